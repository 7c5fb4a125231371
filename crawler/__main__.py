"""``python -m crawler COMMAND``: Scrapy with Evergreen's commands, in any project and outside of projects."""

from __future__ import annotations

import os

from scrapy.cmdline import execute
from scrapy.utils.conf import closest_scrapy_cfg
from scrapy.utils.project import ENVVAR, get_project_settings


def main() -> None:
    """Run the command line in the project of the working folder, or in Evergreen's own where there is none."""
    if ENVVAR not in os.environ and not closest_scrapy_cfg():
        os.environ[ENVVAR] = "crawler.settings"
    settings = get_project_settings()
    settings.set("COMMANDS_MODULE", "crawler.commands", priority="cmdline")
    execute(settings=settings)


if __name__ == "__main__":
    main()
