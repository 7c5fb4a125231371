"""Lists of which a person shows the first records only: the others are beside them, made alike.

Who copies a row of a table means "and so on". Learned from as it is, such an example would say that the other rows are
no records. From the first records it is told what a row is and where each value stands in it; the rows beside them are
read the same way. Advertisements and headings, which are marked up otherwise, are left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from lxml import etree

from learner.errors import PageRejected
from learner.learning.cases import step_of
from learner.pages.candidates import markup
from learner.pages.values import Scalar, Value, same
from learner.programs.examples import Example, LabelledPage, Place, opened, place
from learner.programs.transforms import Transform, apply, induce

MOST_SHOWN: Final = 3
"""Records that a person shows of a list that goes on: of one with more, what is left out is meant to be."""
FEWEST_OTHERS: Final = 3
"""Rows beside them, and no fewer than were shown, from which on a list goes on."""
_PLAIN: Final = frozenset(("alt", "even", "first", "last", "odd"))
"""Classes that rows of one list differ by."""

Record = Mapping[str, Value]
_Step = tuple[tuple[str, str], int]
"""Markup of an element, and its number among those beside it that are marked up so."""


@dataclass(frozen=True, slots=True)
class _Reading:
    """Where a value stands in a row, what is read there, and what is made of it."""

    steps: tuple[_Step, ...]
    take: str
    transforms: tuple[Transform, ...]


def completed(example: Example) -> tuple[Example, str]:
    """The example with the records beside those that a person shows, and what to tell of it; as it is, and nothing,
    where it shows all of a list, or not by itself what a row is."""
    if not example.is_shown or not 0 < len(example.items or ()) <= MOST_SHOWN:
        return example, ""
    shown = [{name: value for name, value in one.items() if value not in (None, "", [])} for one in example.items or ()]
    first = max(shown, key=len)
    if len(first) < 2 or any(isinstance(value, list) for one in shown for value in one.values()):
        return example, ""
    try:
        page = opened(example)
    except PageRejected:
        return example, ""
    texts = {(here.element, here.take): here.text for here in (place(one, True) for one in page.candidates)}
    rows: Sequence[Record] = _rows(page, first, texts)
    held = [next((number for number, row in enumerate(rows) if _holds(row, one)), None) for one in shown]
    if None in held or len(set(held)) < len(held) or len(rows) < len(shown) + max(FEWEST_OTHERS, len(shown)):
        return example, ""
    rows = [_like(row, shown) for row in rows]
    count = len(rows) - len(shown)
    whole = replace(example, items=[shown[held.index(at)] if at in held else row for at, row in enumerate(rows)])
    which = "1 record is" if len(shown) == 1 else f"{len(shown)} records are"
    return (
        whole,
        f"{which} shown of {example.url}, and {count} more beside them, made alike, are taken for records, too",
    )


def _like(row: Record, shown: Sequence[Record]) -> Record:
    """The row without words in the place of numbers: "postponed" where the records that are shown have a score."""
    numbers = {
        name
        for name in row
        if len(having := [str(one[name]) for one in shown if name in one]) > 1
        and all(any(map(str.isdigit, value)) and not any(map(str.isalpha, value)) for value in having)
    }
    return {name: value for name, value in row.items() if name not in numbers or any(map(str.isdigit, str(value)))}


def _holds(row: Record, shown: Record) -> bool:
    return all(name in row and same(row[name], value) for name, value in shown.items())


def _rows(
    page: LabelledPage, record: Record, texts: Mapping[tuple[etree._Element, str], str]
) -> list[dict[str, Value]]:
    """The records that are made like this one, with it, in document order; none where it is not told what a row is."""
    meant = _together(page, record)
    row = _row({name: here.element for name, here in meant.items()}) if meant else None
    if row is None:
        return []
    readings: dict[str, _Reading] = {}
    for name, here in meant.items():
        transforms = _made(here, record[name], page)
        if transforms is None:
            return []
        readings[name] = _Reading(tuple(_steps(row, here.element)), here.take, transforms)
    rows: list[dict[str, Value]] = []
    for other in _alike(row):
        read = ((name, _read(other, how, texts, page)) for name, how in readings.items())
        values: dict[str, Value] = {name: value for name, value in read if value is not None}
        if 2 * len(values) > len(record):
            rows.append(values)
    return rows


def _made(here: Place, value: Value, page: LabelledPage) -> tuple[Transform, ...] | None:
    """What turns the text of the place into the value."""
    if here.take.startswith("@") and isinstance(value, str) and same(page.document.absolute(here.text), value):
        return (("absolute",),)
    programs = [] if isinstance(value, list) else induce([(here.text, value)], 1)
    if not programs:
        return None
    made = apply(programs[0][0], here.text)
    case = step_of([(made, value)]) if isinstance(made, str) and isinstance(value, str) else ()
    return None if case is None else programs[0][0] + case


def _together(page: LabelledPage, record: Record) -> dict[str, Place]:
    """Of each value the place that is in one element with all others, the smallest such element."""
    places = {name: page.places(value) for name, value in record.items() if not isinstance(value, list)}
    places = {name: [here for here in found if not here.data and here.take != "tail"] for name, found in places.items()}
    rarest = min(places.values(), key=len)
    best: dict[str, Place] = {}
    smallest = None
    for here in rarest:
        for around in (here.element, *here.element.iterancestors()):
            inside = {name: _inside(around, found) for name, found in places.items()}
            if all(inside.values()):
                size = sum(1 for _ in around.iter())
                if smallest is None or size < smallest:
                    smallest, best = size, {name: found for name, found in inside.items() if found is not None}
                break
    return best


def _inside(around: etree._Element, places: Sequence[Place]) -> Place | None:
    return next((here for here in places if here.element is around or around in here.element.iterancestors()), None)


def _row(elements: Mapping[str, etree._Element]) -> etree._Element | None:
    """The smallest element with all of these in it that has others like it beside it."""
    common = [[element, *element.iterancestors()] for element in elements.values()]
    for around in common[0]:
        if all(around in others for others in common) and len(list(_alike(around))) > 1:
            return around
    return None


def _alike(row: etree._Element) -> Iterator[etree._Element]:
    """The elements beside a row that are marked up like it, and the row."""
    parent, classes = row.getparent(), _classes(row)
    for other in () if parent is None else parent.iterchildren(row.tag):
        theirs = _classes(other)
        if theirs & classes or not (theirs or classes):
            yield other


def _classes(element: etree._Element) -> set[str]:
    return set(markup(element)[1].split()) - _PLAIN


def _steps(row: etree._Element, element: etree._Element) -> Iterator[_Step]:
    """The way from a row to an element in it."""
    way = [element, *element.iterancestors()]
    for child in reversed(way[: way.index(row)]):
        kind = markup(child)
        yield kind, sum(markup(before) == kind for before in child.itersiblings(child.tag, preceding=True))


def _read(
    row: etree._Element, how: _Reading, texts: Mapping[tuple[etree._Element, str], str], page: LabelledPage
) -> Scalar | None:
    element = row
    for kind, number in how.steps:
        children = [child for child in element.iterchildren(kind[0]) if markup(child) == kind]
        if number >= len(children):
            return None
        element = children[number]
    text = texts.get((element, how.take))
    return apply(how.transforms, text, page.document) if text else None
