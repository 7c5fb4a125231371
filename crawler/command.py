"""What the commands of Evergreen share: errors for people, exit codes, names that are checked."""

from __future__ import annotations

import argparse
import json
import logging
import sys
from abc import abstractmethod
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

from scrapy.commands import ScrapyCommand
from scrapy.exceptions import UsageError
from scrapy.spiderloader import get_spider_loader

from crawler.names import unknown
from crawler.options import Options
from learner.errors import EvergreenError
from learner.store import Store

FINE, FAILED, USAGE, DRIFT = 0, 1, 2, 3
EXIT_CODES = "Exit codes: 0 fine, 1 failed, 2 usage, 3 drift found and not healed."


class EvergreenCommand(ScrapyCommand):
    """Base of the commands: ``work`` returns the exit code; an EvergreenError is shown without a traceback."""

    requires_project = True
    requires_crawler_process = False
    default_settings = {"LOG_ENABLED": False}  # noqa: RUF012 - Scrapy's own way

    names = "[NAME]"
    about = ""

    def syntax(self) -> str:
        return f"[options] {self.names}".strip()

    def short_desc(self) -> str:
        return self.about

    def long_desc(self) -> str:
        return f"{self.about}. {EXIT_CODES}"

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        self.exitcode = guarded(lambda: self.work(self._positional(args), opts))

    @abstractmethod
    def work(self, args: list[str], opts: argparse.Namespace) -> int:
        """Do it. Raises EvergreenError."""

    @property
    def options(self) -> Options:
        assert self.settings is not None
        return Options.read(self.settings)

    def open_store(self, *, create: bool = True) -> Store:
        """Raises StateError or StateTooNew."""
        options = self.options
        return Store.open(options.state, options.database, create=create)

    def spiders(self) -> list[str]:
        """Names of the project's spiders."""
        assert self.settings is not None
        return sorted(get_spider_loader(self.settings).list())

    def check_site(self, name: str, store: Store) -> str:
        """``name`` if it is a spider or a site of the store. Raises UnknownName."""
        known = {*self.spiders(), *store.sites()}
        if name not in known:
            raise unknown("site", name, known)
        return name

    def _positional(self, args: list[str]) -> list[str]:
        # Scrapy hands over options that it does not know as if they were names.
        for argument in args:
            if argument.startswith("-"):
                raise UsageError(f"unknown option {argument}", print_help=False)
        most = self.names.count("NAME")
        if len(args) > most:
            raise UsageError(f"too many names: {' '.join(args)}", print_help=False)
        if len(args) < most and "[NAME]" not in self.names:
            raise UsageError("a NAME is missing", print_help=False)
        return args


def guarded(work: Callable[[], int]) -> int:
    """The exit code of ``work``; errors that people can act on are shown on stderr, without a traceback."""
    try:
        return work()
    except EvergreenError as error:
        say(error.show())
        return error.exit_code
    except BrokenPipeError:
        return FINE
    except OSError as error:
        say(str(error))
        return FAILED


def say(text: str) -> None:
    """A line for people, on stderr: stdout is for results."""
    print(text, file=sys.stderr, flush=True)


def show_json(value: Any) -> None:
    """``value`` as JSON on stdout."""
    print(json.dumps(value, indent=1, ensure_ascii=False, default=plain))


def plain(value: Any) -> Any:
    """What JSON has no type for, as text."""
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, (set, frozenset, tuple)):
        return list(value)
    if isinstance(value, Path):
        return str(value)
    return repr(value)


def quiet() -> None:
    """Libraries say nothing on stderr while a command runs."""
    logging.getLogger().addHandler(logging.NullHandler())
