"""``scrapy genspider -t evergreen NAME DOMAIN``: Scrapy's own command, with one more template."""

from __future__ import annotations

from pathlib import Path

from scrapy.commands.genspider import Command as GenspiderCommand

from crawler.command import Helped, description, say
from crawler.names import unknown
from crawler.verdict import FAILED, USAGE

SCAFFOLD = Path(__file__).resolve().parents[1] / "scaffold" / "spiders"


class Command(Helped, GenspiderCommand):
    """A file of the project's TEMPLATES_DIR goes before one of the same name that comes with Evergreen."""

    def long_desc(self) -> str:
        return description(self.short_desc(), "scrapy genspider -t evergreen shop shop.example")

    def _find_template(self, template: str) -> Path | None:
        name = template if template.endswith(".tmpl") else f"{template}.tmpl"
        for path in (Path(name), Path(self.templates_dir, name), SCAFFOLD / name):
            if path.exists():
                return path
        say(unknown("template", template, (path.stem for path in self._templates())).show())
        self.exitcode = USAGE
        return None

    def _list_templates(self) -> None:
        print("Available templates:", *sorted({f"  {path.stem}" for path in self._templates()}), sep="\n")

    def _spider_exists(self, name: str) -> bool:
        exists = super()._spider_exists(name)
        if exists:
            self.exitcode = FAILED
        return exists

    def _templates(self) -> list[Path]:
        return [*Path(self.templates_dir).glob("*.tmpl"), *SCAFFOLD.glob("*.tmpl")]
