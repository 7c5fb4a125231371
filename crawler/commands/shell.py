"""``scrapy shell``: Scrapy's own command, with a shortcut to what learned code says of the page."""

from __future__ import annotations

import argparse
from typing import Any, ClassVar

from scrapy.commands.shell import Command as ShellCommand

from crawler.command import FINE, HelpFormatter, description, guarded
from crawler.inspection import Inspector
from crawler.names import unknown
from crawler.options import Options


class Command(ShellCommand):
    # A person looks around: nothing of that is recorded or healed.
    default_settings: ClassVar[dict[str, Any]] = {**ShellCommand.default_settings, "EVERGREEN_ENABLED": False}

    def long_desc(self) -> str:
        about = (
            f"{super().long_desc().rstrip('.')}. evergreen() shows which version of the learned code reads it, and how"
        )
        return description(about, 'scrapy shell https://shop.example/p/1 --spider shop -c "evergreen()"')

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.formatter_class = HelpFormatter

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        self.exitcode = guarded(lambda: self._work(args, opts))

    def _work(self, args: list[str], opts: argparse.Namespace) -> int:
        assert self.crawler_process is not None
        names = self.crawler_process.spider_loader.list()
        if opts.spider and opts.spider not in names:
            raise unknown("spider", opts.spider, names)
        super().run(args, opts)
        return FINE

    def update_vars(self, vars: dict[str, Any]) -> None:
        assert self.settings is not None
        vars["evergreen"] = Inspector(Options.read(self.settings), vars.get("spider"), vars.get("response"))
