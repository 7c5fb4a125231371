"""``scrapy check``: Scrapy's own command. Nothing of what the contracts try is recorded."""

from __future__ import annotations

import argparse
import contextlib
from typing import Any, ClassVar

from scrapy.commands.check import Command as CheckCommand

from crawler.command import HelpFormatter, description, guarded, say
from crawler.inspection import answering
from crawler.names import unknown
from crawler.options import Options
from learner.errors import EvergreenError


class Command(CheckCommand):
    default_settings: ClassVar[dict[str, Any]] = {**CheckCommand.default_settings, "EVERGREEN_RECORD": False}

    def long_desc(self) -> str:
        return description(self.short_desc(), "scrapy check shop")

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.formatter_class = HelpFormatter

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        self.exitcode = guarded(lambda: self._work(args, opts))

    def _work(self, args: list[str], opts: argparse.Namespace) -> int:
        assert self.settings is not None
        assert self.crawler_process is not None
        names = self.crawler_process.spider_loader.list()
        for name in args:
            if name not in names:
                raise unknown("spider", name, names)
        super().run(args, opts)
        with contextlib.suppress(EvergreenError):  # where nothing is learned, no version answered
            for name in args:
                for line in answering(Options.read(self.settings), name):
                    say(line)
        return self.exitcode
