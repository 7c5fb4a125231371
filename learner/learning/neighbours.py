"""What stands beside a field's places on the examples, so that other places are not taken for them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain, islice
from typing import Final

from lxml import etree

from learner.learning.proper import Proper
from learner.learning.reliability import words_of
from learner.pages.values import scalars
from learner.programs.captions import (
    NO_CAPTIONS,
    Captions,
    Text,
    caption,
    caption_form,
    captioned,
    counterparts,
    headed,
    icon,
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
SEVERAL: Final = 5
NEARLY_ALL: Final = 0.8
"""Pages, and the share of them, that must have it for those without it to be another thing's."""
LETTERS: Final = 4
"""Letters of a field's name from which on a caption that has them in it is what the field is called."""
SAME: Final = 2
"""Pages that have the same heading over a field's list, from which on it is no other list's."""
MUCH: Final = 0.4
"""Share of the caption that these make up, at least."""
MAX_ROWS: Final = 40
"""Headings made alike that are looked at."""
MAX_INSIDE: Final = 12
"""Elements of a row that are looked at."""
MAX_LEVELS: Final = 4
MAX_TEXTS: Final = 80
_HEADINGS: Final = frozenset("h1 h2 h3 h4 h5 h6".split())
_TITLES: Final = _HEADINGS | frozenset("b caption dt label legend strong th".split())
"""Elements that say what comes after them; others may be a button, or what ends the part before."""


def captions_of(entry: FieldProgram, pages: Sequence[LabelledPage], absent: Sequence[LabelledPage] = ()) -> Captions:
    """The captions of the field's places on the pages where its rules find its value, and what stands beside them; of a
    list its headings, of records none but where each page has one. What the rules find where the field is ``absent`` is
    another thing.

    What is a value of the examples, or a page's own (see learner.learning.proper), is no caption. Of several pages what
    stands beside counts that two of them have.
    """
    if entry.column:
        lone = len(pages) >= SAME and all(len(page.example.items or ()) == 1 for page in pages)
        return _rows_of(entry, pages) if lone and not entry.profile.many else NO_CAPTIONS
    if entry.many and entry.profile.kind == "link":
        return NO_CAPTIONS  # what stands over a page's links is the page's: a category, a language
    if entry.many:
        return _headings_of(entry, pages, absent)
    captions = _rows_of(entry, pages)
    says = _said_of(entry, pages, absent)
    if not captions.own:
        return replace(captions, says=says)
    values = _values(pages)
    others = {
        found
        for page in absent
        for element, take in _picked(entry, page)
        if (found := caption(element, "text" if take == "@href" else take, page.index.text)) not in values
    } - captions.own
    return replace(captions, beside=captions.beside | (others - {""}), says=says)


def _picked(entry: FieldProgram, page: LabelledPage) -> list[tuple[etree._Element, str]]:
    """Where the rules find something on the page that may have a caption, and what they read there."""
    rules = [rule for rule in entry.rules if rule.is_shown or rule.is_link]
    found = ((rule.picked(page.index), rule.selector.take) for rule in rules)
    return [*dict.fromkeys((one[0], take) for one, take in found if one is not None)]


def _values(pages: Sequence[LabelledPage]) -> set[str]:
    """The values of the examples in the form of captions."""
    values = chain.from_iterable(scalars(value) for page in pages for value in page.values.values())
    return {caption_form(str(value)) for value in values}


def _headings_of(entry: FieldProgram, pages: Sequence[LabelledPage], absent: Sequence[LabelledPage]) -> Captions:
    """The headings of a list. No list with another one is the field's, where they tell pages that lack it from the
    others, or several pages have the same title over it, or it is what the field is called."""
    having = [page for page in pages if entry.profile.name in page.values]
    told = _values(pages)
    own: list[set[str]] = []
    beside: set[str] = set()
    titled = True
    for page in having:
        gold = Counter(map(key, scalars(page.values[entry.profile.name])))
        mine = set()
        for element, form, last in _headed(entry, page, gold):
            titled = titled and element.tag in _TITLES
            others, parted = _like(element, last, page)
            if not parted:  # else it is the heading of a part
                mine.add(form)
                beside |= others
        if mine - told:
            own.append(mine - told)
    # A heading that each page has otherwise tells nothing.
    if not own or not set.intersection(*own) or any("0" in form for form in set().union(*own)):
        return NO_CAPTIONS
    known = set[str]().union(*own)
    absence = {form for page in absent for _, form, _ in _headed(entry, page)} - known
    same = titled and len(own) >= SAME
    proven = same or bool(absence) or any(_is_called(entry, form) for form in known)
    return Captions(frozenset(known), frozenset(sorted((beside | absence) - known - told)[:MAX_TEXTS]), proven)


def _headed(
    entry: FieldProgram, page: LabelledPage, gold: Counter[str] | None = None
) -> Iterator[tuple[etree._Element, str, etree._Element]]:
    """The headings over what the rules find on the page (where it is the list that is shown, if one is), and the last
    element of each."""
    seen = set()
    for rule in entry.rules:
        listed = entry.listed(rule, page.index) if rule.is_headed else []
        elements = [element for element, _ in listed]
        if elements and (gold is None or Counter(key(value) for _, value in listed) == gold):
            element, form = headed(elements, page.index.text)
            if element is not None and form and (element, form) not in seen:
                seen.add((element, form))
                yield element, form, elements[-1]


def _like(heading: etree._Element, last: etree._Element, page: LabelledPage) -> tuple[set[str], bool]:
    """The other headings of the page that are made as this one, and whether there are such within its list."""
    made = heading.tag, heading.get("class")
    if heading.tag not in _HEADINGS and made[1] is None:
        return set(), False
    order = page.index.order
    alike = [one for one in order if (one.tag, one.get("class")) == made and one is not heading and not is_big(one)]
    parted = any(order[heading] < order[one] < order[last] for one in alike)
    return {caption_form(page.index.text(one)) for one in alike[:MAX_ROWS]} - {""}, parted


def _said_of(entry: FieldProgram, pages: Sequence[LabelledPage], absent: Sequence[LabelledPage]) -> frozenset[str]:
    """What the field's links say, where that is no other field's value and tells them from others (see
    ``_headings_of``)."""
    told = _values(pages)
    own: list[set[str]] = []
    having = [page for page in pages if entry.profile.name in page.values]
    for page in having:
        own.append(_saying(entry, page, key(scalars(page.values[entry.profile.name])[0])))
    known = set().union(*own)
    if not known or known & told or not set.intersection(*own) or any("0" in form for form in known):
        return frozenset()
    others = set().union(*(_saying(entry, page) for page in absent)) - known
    proven = len(having) >= SAME or others or any(_is_called(entry, form) for form in known)
    return frozenset(known) if proven else frozenset()


def _saying(entry: FieldProgram, page: LabelledPage, gold: str = "") -> set[str]:
    """What the links say that the rules pick on the page (of these the ones that lead where the example says)."""
    picked = [found for rule in entry.rules if rule.is_link and (found := rule.picked(page.index)) is not None]
    links = {element for element, value in picked if element.tag == "a" and gold in ("", key(value))}
    return {caption_form(page.index.text(element)) for element in links} - {""}


def _is_called(entry: FieldProgram, form: str) -> bool:
    """Whether a caption is what the field is called, as far as their words go."""
    stems = [word.rstrip("s") for word in words_of(entry.profile.name)]
    said = [stem for stem in stems if len(stem) >= LETTERS and stem in form]
    return sum(map(len, said)) >= MUCH * len(form) or any(form in (stem, f"{stem}s") for stem in stems)


def _rows_of(entry: FieldProgram, pages: Sequence[LabelledPage]) -> Captions:
    """The captions of the rows in which the field's value stands."""
    own: list[set[str]] = []
    beside: Counter[str] = Counter()
    proven = False
    having = [page for page in pages if entry.profile.name in page.values]
    for page in having:
        mine: set[str] = set()
        texts: set[str] = set()
        proper = Proper(page)
        for element, take in _places(entry, page):
            row, said = captioned(element, take, page.index.text)
            named = "" if proper.has(said) else caption_form(said)
            if row is not None and named:
                mine.add(named)
                proven = proven or _is_one_of_many(row) or _has_rival(element, take, named, page.index)
                texts |= _texts_beside(row, page.index.text)
        own.append(mine)
        beside.update(texts)
    if not any(own):
        return NO_CAPTIONS
    told = _values(pages)
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
    alike has that one there, or nearly all others have it."""
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
    usual = most >= max(SEVERAL, NEARLY_ALL * len(named))
    return [
        page
        for page, found in named.items()
        if common not in found.values()
        and (usual or any(namesakes(element, take, page.index.text, {common}) for element, take in found))
    ]


def _places(entry: FieldProgram, page: LabelledPage) -> list[tuple[etree._Element, str]]:
    """Where the field's rules find its value on the page, and what they read there."""
    gold = key(scalars(page.values[entry.profile.name])[0])
    rules = [rule for rule in entry.rules if rule.is_shown or rule.is_link]
    picked = ((rule.picked(page.index), rule.selector.take) for rule in rules)
    places = dict.fromkeys(
        (found[0], "text" if take == "@href" else take)
        for found, take in picked
        if found is not None and key(found[1]) == gold and (take != "@href" or found[0].tag == "a")
    )
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
            yield text(inner) or icon(inner, text)
        yield inner.text or ""
        yield inner.tail or "" if inner is not row else ""
