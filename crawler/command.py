"""What the commands of Evergreen share: errors for people, exit codes, names that are checked."""

from __future__ import annotations

import argparse
import json
import os
import sys
from abc import abstractmethod
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

from scrapy.commands import ScrapyCommand, ScrapyHelpFormatter
from scrapy.exceptions import UsageError

from crawler.names import unknown
from crawler.options import Options, misspelt
from crawler.spider import spider_loader
from crawler.verdict import FAILED, FINE
from learner.errors import EvergreenError
from learner.state.store import Store
from learner.state.versions import Version

EXIT_CODES = "Exit codes: 0 fine, 1 failed, 2 usage, 3 drift found and not healed."


class HelpFormatter(argparse.RawDescriptionHelpFormatter, ScrapyHelpFormatter):
    """Scrapy's help, with the lines of an example as they were written."""


class Helped(ScrapyCommand):
    """What Scrapy's own commands and Evergreen's share: help with lines as they are, names that are checked."""

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.formatter_class = HelpFormatter

    @property
    def options(self) -> Options:
        """The settings as the command sees them. Raises UnknownName for a value that a setting can't have."""
        assert self.settings is not None
        return Options.read(self.settings)

    def check_first(self, *spiders: str) -> None:
        """What is told before anything begins. Raises UnknownName for a value that a setting can't have, and for the
        first name that is no spider of the project."""
        assert self.settings is not None
        assert self.crawler_process is not None
        Options.read(self.settings)
        known = self.crawler_process.spider_loader.list()
        for name in spiders:
            if name not in known:
                raise unknown("spider", name, known)


class EvergreenCommand(Helped):
    """Base of the commands: ``work`` returns the exit code; an EvergreenError is shown without a traceback.

    ``names`` are the arguments that stand without an option (``[NAME]`` may be left out, ``NAME...`` is one or more),
    ``about`` is one sentence, ``example`` lines of a shell.
    """

    requires_project = True
    requires_crawler_process = False
    default_settings = {"LOG_ENABLED": False}  # noqa: RUF012 - Scrapy's own way

    names = "[NAME]"
    about = ""
    example = ""

    def syntax(self) -> str:
        return f"[options] {self.names}".strip()

    def short_desc(self) -> str:
        return self.about

    def long_desc(self) -> str:
        return description(self.about, self.example)

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--json", action="store_true", help="print the result as JSON")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        assert self.settings is not None
        for sentence in misspelt(self.settings):
            say(sentence)
        self.exitcode = guarded(lambda: self.work(self._positional(args), opts), as_json=opts.json)

    @abstractmethod
    def work(self, args: list[str], opts: argparse.Namespace) -> int:
        """Do it. Raises EvergreenError."""

    def most_live(self, opts: argparse.Namespace) -> int:
        """How many versions of a template may be live: one, if the new one is to answer alone (``--only``)."""
        return 1 if opts.only else self.options.live_versions

    def open_store(self, *, create: bool = True) -> Store:
        """Raises StateError or StateTooNew."""
        options = self.options
        return Store.open(options.state, options.database, create=create)

    def spiders(self) -> list[str]:
        """Names of the project's spiders."""
        assert self.settings is not None
        return sorted(spider_loader(self.settings).list())

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
        wanted = self.names.split()
        if len(args) > len(wanted) and not self.names.endswith("..."):
            raise UsageError(f"too many names: {' '.join(args)}", print_help=False)
        for name in wanted[len(args) :]:
            if not name.startswith("["):
                raise UsageError(f"a {name.removesuffix('...')} is missing", print_help=False)
        return args


def template_option(parser: argparse.ArgumentParser, about: str = "only this template (default: all)") -> None:
    """Add ``--template``."""
    parser.add_argument("--template", metavar="TEMPLATE", default="", help=about)


def positive(text: str) -> int:
    """An option's value that counts something. Raises ValueError."""
    number = int(text)
    if number < 1:
        raise ValueError
    return number


def check_templates(store: Store, site: str, name: str) -> list[str]:
    """The template ``name``, or all of the site if it is empty. Raises UnknownName."""
    templates = store.templates(site)
    if name and name not in templates:
        raise unknown("template", name, templates, where=f"site {site}")
    return [name] if name else templates


def check_version(store: Store, site: str, template: str, number: int) -> Version:
    """The version of this number. Raises UnknownName."""
    versions = {version.number: version for version in store.versions.all(site, template)}
    if number not in versions:
        raise unknown("version", str(number), map(str, versions), where=f"{site}/{template}")
    return versions[number]


def description(about: str, example: str) -> str:
    """What ``--help`` says before the options: one sentence, an example, the exit codes."""
    lines = "\n".join(f"  {line}" for line in example.splitlines())
    return f"{about}.\n\n{lines}\n\n{EXIT_CODES}" if lines else f"{about}.\n\n{EXIT_CODES}"


def guarded(work: Callable[[], int], *, as_json: bool = False) -> int:
    """The exit code of ``work``; errors that people can act on are shown on stderr, without a traceback.

    With ``as_json`` they are on stdout as well, as an object with ``error``, ``kept``, ``hint`` and ``exit_code``.
    """
    try:
        return work()
    except EvergreenError as error:
        say(error.show())
        if as_json:
            show_json({"error": error.message, "kept": error.kept, "hint": error.hint, "exit_code": error.exit_code})
        return error.exit_code
    except BrokenPipeError:
        # Nobody reads on (``| head``). What is still buffered must not raise again when the interpreter ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FINE
    except OSError as error:
        say(str(error))
        if as_json:
            show_json({"error": str(error), "kept": "", "hint": "", "exit_code": FAILED})
        return FAILED


def say(text: str) -> None:
    """A line for people, on stderr: stdout is for results."""
    print(text, file=sys.stderr, flush=True)


def show_json(value: Any) -> None:
    """``value`` as JSON on stdout."""
    print(as_json(value))


def as_json(value: Any) -> str:
    """``value`` as JSON; what JSON has no type for as text."""
    return json.dumps(value, indent=1, ensure_ascii=False, default=plain)


def plain(value: Any) -> Any:
    """What JSON has no type for, as text."""
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, (set, frozenset, tuple)):
        return list(value)
    if isinstance(value, Path):
        return str(value)
    return repr(value)
