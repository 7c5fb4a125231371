"""What stands beside a field's places on the examples, so that other places are not taken for them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from typing import Final

from lxml import etree

from learner.pages.values import scalars
from learner.programs.captions import (
    NO_CAPTIONS,
    Captions,
    Text,
    caption,
    caption_form,
    captioned,
    counterparts,
    namesakes,
    rows_beside,
)
from learner.programs.examples import LabelledPage
from learner.programs.program import FieldProgram, key
from learner.programs.selectors import Index, is_big, wording

ALIKE: Final = 2
"""Rows beside a value's that are made as it is, from which on the text beside the value is a caption."""
MOST: Final = 2
"""Pages that must have the most frequent caption, for each that has the next one."""
MAX_INSIDE: Final = 12
"""Elements of a row that are looked at."""
MAX_LEVELS: Final = 4
MAX_TEXTS: Final = 80
_HEADINGS: Final = frozenset("h1 h2 h3 h4 h5 h6".split())


def captions_of(entry: FieldProgram, pages: Sequence[LabelledPage]) -> Captions:
    """The captions of the field's places on the pages where its rules find its value, and what stands beside them.

    What is a value of the examples is no caption. Of several pages what stands beside counts that two of them have.
    """
    own: list[set[str]] = []
    beside: Counter[str] = Counter()
    proven = False
    having = [page for page in pages if entry.profile.name in page.values]
    for page in having:
        mine: set[str] = set()
        texts: set[str] = set()
        for element, take in _places(entry, page):
            row, named = captioned(element, take, page.index.text)
            if row is not None and named:
                mine.add(named)
                proven = proven or _is_one_of_many(row) or _has_rival(element, take, named, page.index)
                texts |= _texts_beside(row, page.index.text)
        own.append(mine)
        beside.update(texts)
    if not any(own):
        return NO_CAPTIONS
    values = chain.from_iterable(scalars(value) for page in pages for value in page.values.values())
    told = {caption_form(str(value)) for value in values}
    known = set().union(*own) - told
    if not known:
        return NO_CAPTIONS
    least = min(2, len(having))
    texts = {text for text, count in beside.items() if count >= least} - told - known
    # A text with a number in it is a value itself, and so is one that each page has otherwise.
    steady = bool(set.intersection(*own) - told) and not any("0" in form for form in known)
    return Captions(frozenset(known), frozenset(sorted(texts)[:MAX_TEXTS]), proven and steady)


def misnamed(entry: FieldProgram, pages: Sequence[LabelledPage]) -> list[LabelledPage]:
    """Pages on which what is taken for the field's value has another caption than on most pages, though a row made
    alike has that one there."""
    named: dict[LabelledPage, dict[tuple[etree._Element, str], str]] = {}
    for page in pages:
        if entry.profile.name in page.values:
            found = {(one, take): caption(one, take, page.index.text) for one, take in _places(entry, page)}
            if found and all(found.values()):
                named[page] = found
    counts = Counter(form for found in named.values() for form in set(found.values()))
    (common, most), *others = [*counts.most_common(2), ("", 0)]
    if not common or most < MOST * max(1, others[0][1] if others else 0):
        return []
    return [
        page
        for page, found in named.items()
        if common not in found.values()
        and any(namesakes(element, take, page.index.text, {common}) for element, take in found)
    ]


def _places(entry: FieldProgram, page: LabelledPage) -> list[tuple[etree._Element, str]]:
    """Where the field's rules find its value on the page, and what they read there."""
    gold = key(scalars(page.values[entry.profile.name])[0])
    picked = ((rule.picked(page.index), rule.selector.take) for rule in entry.rules if rule.is_shown)
    places = dict.fromkeys((found[0], take) for found, take in picked if found is not None and key(found[1]) == gold)
    return [(element, take) for element, take in places if element.tag not in _HEADINGS]


def _is_one_of_many(row: etree._Element) -> bool:
    made = [child.tag for child in row.iterchildren(etree.Element)]
    alike = ([child.tag for child in one.iterchildren(etree.Element)] == made for one in rows_beside(row))
    return sum(alike) >= ALIKE


def _has_rival(element: etree._Element, take: str, own: str, index: Index) -> bool:
    """Whether a row beside has a value of the same form, with digits in it, which another caption tells from this."""
    form = wording(index.shown(element, take))
    return "0" in form and any(
        wording(index.shown(other, take)) == form and caption(other, take, index.text) not in ("", own)
        for other in counterparts(element, take, index.text)
    )


def _texts_beside(row: etree._Element, text: Text) -> set[str]:
    """The short texts of the nearest rows, in the form of captions."""
    around: etree._Element | None = row
    for _ in range(MAX_LEVELS):
        if around is None or around.tag in ("body", "html"):
            break
        found = {caption_form(one) for other in rows_beside(around) for one in _texts(other, text)} - {""}
        if found:
            return found
        around = around.getparent()
    return set()


def _texts(row: etree._Element, text: Text) -> Iterator[str]:
    for inner in islice(row.iter(etree.Element), MAX_INSIDE):
        if not is_big(inner):
            yield text(inner)
        yield inner.text or ""
        yield inner.tail or "" if inner is not row else ""
