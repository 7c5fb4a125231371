"""Where the records of a new design begin, told by those that are known: a question may be made as its answers are."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from lxml import etree

from learner.healing.memory import DISTINCT
from learner.pages.values import Value, normal
from learner.programs.examples import LabelledPage
from learner.programs.program import FieldProfile, Records, Rule
from learner.programs.recordlist import alike, reaching
from learner.programs.selectors import Index, Selector, Step, generate_common

FEWEST: Final = 3
"""Pages on which something that is no record begins as they do, from which on that is no chance."""
MOSTLY: Final = 0.8
"""Share of the pages with known records that must have such a thing. A new record comes to a few."""
NEARLY: Final = 0.9
"""Share of the known records that must begin otherwise than it does, and of such things that are no known record; and
of the records with a field those in which it must be found for it to tell a record."""
WAYS: Final = 4
_DIGITS: Final = re.compile(r"\d")


class _Page(NamedTuple):
    """Where on a page something begins: ``known`` records, and others."""

    page: LabelledPage
    known: frozenset[int]
    others: frozenset[int]


def told_apart(
    records: Records,
    rules_of: Mapping[LabelledPage, Mapping[str, Rule]],
    profiles: Mapping[str, FieldProfile],
    per_page: Collection[str],
) -> Records:
    """The same parting, but for what begins as records do on nearly all pages and is none of the known ones, if
    something tells these from it. ``per_page``: fields that tell no record from the others of its page."""
    over = records.carried.union(per_page)
    pages = [_begun(records, page, rules, profiles, over) for page, rules in rules_of.items() if page.example.items]
    pages = [one for one in pages if one.known]
    if sum(bool(one.others) for one in pages) < max(FEWEST, MOSTLY * len(pages)):
        return records
    # Pages with one record each have nothing in common that its neighbours would show.
    fullest = sorted(pages, key=lambda one: -len(one.known))[:FEWEST]
    begun = [(page.index, [page.index.elements[start] for start in sorted(known)]) for page, known, _ in fullest]
    ways: dict[Selector, None] = {}
    for selector in _selecting(begun):
        if selector not in ways and _tells(selector, pages):
            ways[selector] = None
    return replace(records, starts=tuple(ways)[:WAYS]) if ways else records


def as_read(
    records: Records,
    rules_of: Mapping[LabelledPage, Mapping[str, Rule]],
    profiles: Mapping[str, FieldProfile],
    per_page: Collection[str],
) -> Iterator[Mapping[str, Value]]:
    """The known records of the pages as they are read there, also those with none of the required fields. Yes and no is
    said of whatever begins as a record."""
    free, over = replace(records, required=frozenset()), records.carried.union(per_page)
    for page, rules in rules_of.items():
        for record, _, known in _found(free, page, rules, profiles, over):
            if known:
                yield {name: value for name, value in record.items() if not isinstance(value, bool)}


def steady(
    names: Collection[str], found: Sequence[Mapping[str, Value]], known: Sequence[Mapping[str, Value]]
) -> set[str]:
    """The fields that are ``found`` in nearly as many records as are known to have them."""
    had, having = (Counter(name for record in records for name in record) for records in (known, found))
    return {name for name in names if having[name] * len(known) >= NEARLY * had[name] * len(found)}


def _begun(
    records: Records,
    page: LabelledPage,
    rules: Mapping[str, Rule],
    profiles: Mapping[str, FieldProfile],
    over: Collection[str],
) -> _Page:
    """What begins on the page as its records do."""
    found = {start: known for _, start, known in _found(records, page, rules, profiles, over)}
    return _Page(
        page, frozenset(s for s, yes in found.items() if yes), frozenset(s for s, yes in found.items() if not yes)
    )


def _found(
    records: Records,
    page: LabelledPage,
    rules: Mapping[str, Rule],
    profiles: Mapping[str, FieldProfile],
    over: Collection[str],
) -> Iterator[tuple[Mapping[str, Value], int, bool]]:
    """What the page has as its records, where each begins, and whether it is known: by a text, or by two values, of its
    own."""
    own = {name: rule for name, rule in rules.items() if name not in over}
    for record, (start, _) in reaching(records, records.starts[0], own, profiles, page):
        shared = [(gold, name) for gold in page.example.items or () for name in alike(gold, record)]
        by_text = any(_is_distinct(gold[name]) for gold, name in shared)
        yield record, start, by_text or any(sum(gold is one for one, _ in shared) > 1 for gold, _ in shared)


def _is_distinct(value: Value) -> bool:
    return isinstance(value, str) and len(normal(value)) >= DISTINCT


def _tells(selector: Selector, pages: Sequence[_Page]) -> bool:
    """Whether nearly all known records begin where the selector leads, and something else on nearly all pages does
    not."""
    lost = out = having = 0
    for page, known, others in pages:
        found = {page.index.order[element] for element in page.index.elements_of(selector)}
        lost += len(known - found)
        out += len(others - found)
        having += bool(others - found)
    total = sum(len(one.known) for one in pages)
    return having >= max(FEWEST, MOSTLY * len(pages)) and lost <= (1 - NEARLY) * min(total, out)


def _selecting(begun: Sequence[tuple[Index, Sequence[etree._Element]]]) -> Iterator[Selector]:
    """Selectors that lead to these elements of some pages: by an attribute that begins alike, or as others do."""
    elements = [element for _, own in begun for element in own]
    if len({element.tag for element in elements}) == 1 < len(elements):
        for name in sorted(map(str, elements[0].attrib)):
            text = _DIGITS.split(elements[0].get(name, ""), maxsplit=1)[0]
            if text and name != "style" and all(element.get(name, "").startswith(text) for element in elements):
                yield Selector((Step(str(elements[0].tag), (), (name, "*=", text)),))
    for index, own in begun:
        if len(own) > 1:
            yield from generate_common(list(own), "text", index)
