"""``scrapy parse URL``: Scrapy's own command, with the kind of the page, and what learned code made of it."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any, ClassVar

from scrapy.commands.parse import Command as ParseCommand

from crawler.command import Helped, description, guarded
from crawler.inputs.inspection import answering
from crawler.names import unknown
from crawler.spider import EvergreenSpider
from crawler.verdict import FAILED
from learner.errors import EvergreenError
from learner.state.store import Store

_OUTCOMES = ("complete", "partial", "failed", "taught", "refused", "not_vouched_for")


class Command(Helped, ParseCommand):
    # A person tries one page: nothing of that is recorded or healed, and its items say where they come from.
    default_settings: ClassVar[dict[str, Any]] = {
        **ParseCommand.default_settings,
        "EVERGREEN_RECORD": False,
        "EVERGREEN_PROVENANCE": True,
    }

    def long_desc(self) -> str:
        return description(self.short_desc(), "scrapy parse https://shop.example/p/1 --spider shop --template product")

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument(
            "--template", metavar="TEMPLATE", default="", help="what kind of page it is (default: as it was recorded)"
        )

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        self.exitcode = guarded(lambda: self._work(args, opts))

    def _work(self, args: list[str], opts: argparse.Namespace) -> int:
        self.check_first(*filter(None, [opts.spider]))
        super().run(args, opts)
        if self.spidercls is None or self.first_response is None:
            return FAILED
        if issubclass(self.spidercls, EvergreenSpider):
            self._show(opts)
        return self.exitcode

    def set_spidercls(self, url: str, opts: argparse.Namespace) -> None:
        super().set_spidercls(url, opts)
        if self.spidercls is not None and issubclass(self.spidercls, EvergreenSpider):
            template = self._template(self.spidercls, url, opts.template)
            if template and not opts.callback:
                opts.cbkwargs = {"template": template, **(opts.cbkwargs or {})}

    def _template(self, spider: type[EvergreenSpider], url: str, wanted: str) -> str:
        """The template that was named, or that of the page as it was recorded. Raises UnknownName."""
        if wanted:
            if spider.templates and wanted not in spider.templates:
                raise unknown("template", wanted, spider.templates, where=f"spider {spider.name}")
            return wanted
        options = self.options
        try:
            with Store.open(options.state, options.database, create=False) as store:
                recorded = store.pages.template_of(spider.name, url)
        except EvergreenError:
            return ""
        of_part = {part.name: name for name, spec in spider.templates.items() for part in spec.parts(name)}
        return of_part.get(recorded, "")

    def _show(self, opts: argparse.Namespace) -> None:
        assert self.spidercls is not None
        print(f"# Evergreen {'-' * 65}")
        try:
            live = answering(self.options, self.spidercls.name)
        except EvergreenError:
            live = []
        print("\n".join(live) or "nothing is learned yet, the teacher answers")
        stats: Mapping[str, Any] = self.pcrawler.stats.get_stats() if self.pcrawler.stats else {}
        for name, count in sorted(stats.items()):
            outcome = name.removeprefix("evergreen/")
            if outcome != name and outcome.split("/")[0] in _OUTCOMES:
                print(f"{outcome}: {count}")
