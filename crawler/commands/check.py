"""``scrapy check``: Scrapy's own command. Nothing of what the contracts try is recorded."""

from __future__ import annotations

import argparse
import contextlib
from typing import Any, ClassVar

from scrapy.commands.check import Command as CheckCommand

from crawler.command import Helped, description, guarded, say
from crawler.inputs.inspection import answering
from learner.errors import EvergreenError


class Command(Helped, CheckCommand):
    default_settings: ClassVar[dict[str, Any]] = {**CheckCommand.default_settings, "EVERGREEN_RECORD": False}

    def long_desc(self) -> str:
        return description(self.short_desc(), "scrapy check shop")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        self.exitcode = guarded(lambda: self._work(args, opts))

    def _work(self, args: list[str], opts: argparse.Namespace) -> int:
        self.check_first(*args)
        super().run(args, opts)
        with contextlib.suppress(EvergreenError):  # where nothing is learned, no version answered
            for name in args:
                for line in answering(self.options, name):
                    say(line)
        return self.exitcode
