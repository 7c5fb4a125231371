"""``scrapy diff NAME OLD NEW``: two versions of the learned code side by side."""

from __future__ import annotations

import argparse
import shutil
import textwrap
from collections.abc import Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from crawler.command import EvergreenCommand, check_templates, check_version, positive, show_json, template_option
from crawler.names import unknown
from crawler.verdict import FINE
from learner.errors import UnknownName
from learner.state.store import Store
from learner.state.versions import Version

if TYPE_CHECKING:
    from learner.retraining.comparison import Difference, FieldComparison

_SHOWN = 3
"""Differences shown of a field; all are in the JSON."""


class Command(EvergreenCommand):
    names = "NAME OLD NEW"
    about = "Compare the rules of two versions, and what both read on the same recorded pages"
    example = "scrapy diff shop 1 2 --template product"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        template_option(parser, "only this template (default: all that have both versions)")
        parser.add_argument(
            "--pages", type=positive, default=20, metavar="N", help="recorded pages to read (default: %(default)s)"
        )

    def work(self, args: list[str], opts: argparse.Namespace) -> int:
        numbers = [_number(text) for text in args[1:]]
        with self.open_store(create=False) as store:
            site = self.check_site(args[0], store)
            pairs = _pairs(store, site, opts.template, numbers)
            compared = {old.template: (old, new, *_compared(store, old, new, opts.pages)) for old, new in pairs}
        if opts.json:
            show_json({name: _as_json(*entry) for name, entry in compared.items()})
            return FINE
        width = shutil.get_terminal_size((120, 24)).columns
        for entry in compared.values():
            _show(*entry, width=width)
        return FINE


def _number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise UnknownName(
            f"{text!r} is no number of a version.", hint="scrapy status NAME lists the versions"
        ) from None


def _pairs(store: Store, site: str, template: str, numbers: Sequence[int]) -> list[tuple[Version, Version]]:
    """The two versions of each template that has both. Raises UnknownName."""
    pairs = []
    for name in check_templates(store, site, template):
        if template or set(numbers) <= {version.number for version in store.versions.all(site, name)}:
            old, new = (check_version(store, site, name, number) for number in numbers)
            pairs.append((old, new))
    if not pairs:
        known = [str(version.number) for name in store.templates(site) for version in store.versions.all(site, name)]
        missing = next((number for number in map(str, numbers) if number not in known), None)
        if missing is not None:
            raise unknown("version", missing, known, where=f"site {site}")
        raise UnknownName(
            f"No template of {site} has both versions {numbers[0]} and {numbers[1]}.",
            hint=f"scrapy status {site} lists the versions",
        )
    return pairs


def _compared(store: Store, old: Version, new: Version, most: int) -> tuple[int, dict[str, FieldComparison]]:
    """How many pages both have read, and what came of each field."""
    from learner.pages.page import Page
    from learner.retraining.comparison import compare

    chosen = _spread(store.pages.ids(old.site, old.template), most)
    pages = [Page(page.url, page.html) for page in store.pages.several(chosen)]
    return len(pages), compare(old.load(), new.load(), pages)


def _spread(numbers: Sequence[int], most: int) -> list[int]:
    """At most so many, evenly from the first to the last: pages of every design are among them."""
    if len(numbers) <= most:
        return list(numbers)
    step = (len(numbers) - 1) / max(1, most - 1)
    return [numbers[round(step * position)] for position in range(most)]


def _as_json(old: Version, new: Version, pages: int, fields: dict[str, FieldComparison]) -> dict[str, Any]:
    return {
        "old": {"number": old.number, "state": old.state, "created_at": old.created_at, "note": old.note},
        "new": {"number": new.number, "state": new.state, "created_at": new.created_at, "note": new.note},
        "pages": pages,
        "fields": {name: comparison.to_json() for name, comparison in fields.items()},
    }


def _show(old: Version, new: Version, pages: int, fields: dict[str, FieldComparison], *, width: int) -> None:
    print(f"{old.site}/{old.template}, both read on {pages} recorded pages")
    _print_columns([_title(old)], [_title(new)], width, indent=0)
    for name, comparison in fields.items():
        print(name)
        _print_columns(_rules(comparison.old_rules), _rules(comparison.new_rules), width)
        print(f"  values: {_counted(comparison, old, new)}")
        for difference in comparison.differences[:_SHOWN]:
            print(f"    {difference.url}")
            _print_columns(*_sides(difference), width, indent=6)
        if len(comparison.differences) > _SHOWN:
            print(f"    and {len(comparison.differences) - _SHOWN} more; --json has all")


def _title(version: Version) -> str:
    return f"version {version.number} ({version.state}, {version.created_at:%Y-%m-%d %H:%M})"


def _rules(rules: Sequence[tuple[str, float]]) -> list[str]:
    return [f"{weight:.2f} {rule}" for rule, weight in rules] or ["(not answered)"]


def _counted(comparison: FieldComparison, old: Version, new: Version) -> str:
    words = {
        "same": "the same",
        "different": "different",
        "only_old": f"only from version {old.number}",
        "only_new": f"only from version {new.number}",
    }
    counted = [f"{count} {words[kind]}" for kind, count in comparison.counts.items() if count]
    return ", ".join(counted) or "none from either"


def _sides(difference: Difference) -> tuple[list[str], list[str]]:
    return (
        [_value(difference.old, difference.old_confidence)],
        [_value(difference.new, difference.new_confidence)],
    )


def _value(value: Any, confidence: float | None) -> str:
    if value is None:
        return "not known"
    text = str(value)
    return (text if len(text) <= 200 else f"{text[:197]}...") + (f" ({confidence:.2f})" if confidence else "")


def _print_columns(left: Sequence[str], right: Sequence[str], width: int, indent: int = 2) -> None:
    """Two lists of texts, side by side, each text wrapped within its column."""
    column = max(20, (width - indent - 3) // 2)
    for one, other in zip_longest(left, right, fillvalue=""):
        wrapped = (textwrap.wrap(text, column, subsequent_indent="  ") for text in (one, other))
        for first, second in zip_longest(*wrapped, fillvalue=""):
            print(f"{'':{indent}}{first:{column}} | {second}".rstrip())
