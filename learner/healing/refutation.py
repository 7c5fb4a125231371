"""Healed fields, held against what is known of the same pages: those that give another thing's values are refuted.

Amounts may have changed since they were known, but go with the known ones. What stands beside a link to another page,
and is known of that one, is the other's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from lxml import etree

from learner.extractor import Extractor
from learner.forms import amounts
from learner.forms.forms import moneys
from learner.healing.coincidence import FEWEST
from learner.pages.values import Scalar, Value, same, scalars
from learner.programs.examples import Known, LabelledPage
from learner.programs.program import FieldProgram
from learner.programs.recordlist import alike as shared
from learner.programs.recordlist import matched
from learner.programs.transforms import KINDS

AROUND: Final = 3
"""Levels up to which what stands around a value is looked at for links."""


class _Pair(NamedTuple):
    """What is known of a field, and what it gives, on a page."""

    page: LabelledPage
    known: Value
    given: Value


def refuted(
    extractor: Extractor,
    pages: Sequence[LabelledPage],
    facts: Mapping[str, Known],
    fact_of: Callable[[LabelledPage], Known | None],
) -> frozenset[str]:
    """The fields of which an extractor gives the values of other things. ``facts`` are by address; ``fact_of`` tells
    what is known of each page."""
    pairs: dict[str, list[_Pair]] = {}
    for page in pages:
        fact = fact_of(page)
        if fact is None:
            continue
        read = extractor.read(page.example.html, page.example.url)
        for known, given in _records(extractor, fact, read.item, read.items):
            for name, value in known.items():
                if name in given and value not in (None, "", []):
                    pairs.setdefault(name, []).append(_Pair(page, value, given[name]))
    entries = extractor.program.fields
    return frozenset(name for name, own in pairs.items() if name in entries and _is_incoherent(own)) | frozenset(
        name for name, entry in entries.items() if not entry.many and _is_borrowed(entry, extractor, pages, facts)
    )


def _records(
    extractor: Extractor, fact: Known, item: Mapping[str, Value], items: Sequence[Mapping[str, Value]]
) -> Iterator[tuple[Mapping[str, Value], Mapping[str, Value]]]:
    """What is known of a page with what is given: of a list page record by record, as far as one is recognised."""
    if not extractor.is_list:
        yield fact.item or {}, item
        return
    for known, given in matched(items, fact.items or ()):
        agreeing = set(shared(known, given))
        yield {name: value for name, value in known.items() if agreeing - {name}}, given


def _money(value: Scalar) -> str:
    """The amount of money in a text, alone or among few words; "" where there is none."""
    found = KINDS["amount"].search(value) if isinstance(value, str) else None
    return found.group() if found is not None and moneys(found.group()) and len(str(value)) <= 40 else ""


def _is_incoherent(pairs: Sequence[_Pair]) -> bool:
    """Whether amounts have nothing to do with those that are known of the same pages."""
    single = [pair for pair in pairs if not isinstance(pair.known, list) and not isinstance(pair.given, list)]
    known = {pair.page: _money(value) or value for pair in single for value in scalars(pair.known)}
    given = {pair.page: _money(value) or value for pair in single for value in scalars(pair.given)}
    return len(known) == len(single) and amounts.contradict(given, known)


def _is_borrowed(
    entry: FieldProgram, extractor: Extractor, pages: Sequence[LabelledPage], facts: Mapping[str, Known]
) -> bool:
    """Whether most of a field's values stand beside a link to another page, and are known of that one."""
    name, borrowed, told = entry.profile.name, 0, 0
    for page in pages:
        answer = entry.run(page.index, extractor.program.calibration)
        if answer is None or answer.confidence < extractor.threshold:
            continue
        told += 1
        own = facts.get(page.example.url)
        if own is not None and own.item and same(own.item.get(name, ""), answer.value):
            continue
        element = next((element for element, _ in answer.rule.found(page.index)), None)
        others = [facts[url] for url in _links(page, element) if url in facts and url != page.example.url]
        borrowed += any(fact.item and same(fact.item.get(name, ""), answer.value) for fact in others)
    return borrowed >= FEWEST and 2 * borrowed > told


def _links(page: LabelledPage, element: etree._Element | None) -> Iterator[str]:
    """The addresses that the smallest element around one leads to, if it has links."""
    for _ in range(AROUND):
        if element is None:
            return
        links = [link for one in element.iter("a") if (link := one.get("href"))]
        if links:
            yield from map(page.document.absolute, links)
            return
        element = element.getparent()
