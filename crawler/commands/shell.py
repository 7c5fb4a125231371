"""``scrapy shell``: Scrapy's own command, with a shortcut to what learned code says of the page."""

from __future__ import annotations

import argparse
from typing import Any, ClassVar

from scrapy.commands.shell import Command as ShellCommand

from crawler.command import Helped, description, guarded
from crawler.inputs.inspection import Inspector
from crawler.verdict import FINE


class Command(Helped, ShellCommand):
    # A person looks around: nothing of that is recorded or healed.
    default_settings: ClassVar[dict[str, Any]] = {**ShellCommand.default_settings, "EVERGREEN_ENABLED": False}

    def long_desc(self) -> str:
        about = (
            f"{super().long_desc().rstrip('.')}. evergreen() shows which version of the learned code reads it, and how"
        )
        return description(about, 'scrapy shell https://shop.example/p/1 --spider shop -c "evergreen()"')

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        self.exitcode = guarded(lambda: self._work(args, opts))

    def _work(self, args: list[str], opts: argparse.Namespace) -> int:
        self.check_first(*filter(None, [opts.spider]))
        super().run(args, opts)
        return FINE

    def update_vars(self, vars: dict[str, Any]) -> None:
        vars["evergreen"] = Inspector(self.options, vars.get("spider"), vars.get("response"))
