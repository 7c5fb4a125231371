"""What repeats on pages of one design: groups of elements that may be records, and the columns of what stands in them.

A column is what stands in one place of each record: by its markup and that around it, and its number among those that
are alike, or after a label. The pages are taken together, for a design marks up its records alike.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from lxml import etree

from learner.pages.candidates import SHOWN, Candidate, markup
from learner.pages.values import normal
from learner.programs.examples import LabelledPage
from learner.programs.recordlist import end_of

FEWEST: Final = 4
"""Records of all pages that make a group."""
MOST: Final = 400
"""Elements of one page that may be records."""
NEARLY_ALL: Final = 0.6
"""Share of the pages on which a group is."""
RARE: Final = 0.08
"""Share of the records that have what makes a column."""
MAX_COLUMNS: Final = 150
MAX_ALIKE: Final = 16
"""Places of one kind in a record that are told apart by their number."""
LABEL: Final = 30
"""Characters of a text that may be the label of what follows."""
LEVELS: Final = 3
_ATTRIBUTES: Final = frozenset(("href", "src", "data-src", "datetime", "alt", "title", "content"))
_NO_RECORDS: Final = frozenset(
    ("script", "style", "svg", "path", "br", "img", "option", "noscript", "template", "head", "meta", "link")
)

Row = tuple[int, int]
"""A record: the number of its page, and the place of its start in document order."""


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in a record's column: a text, the number of its candidate, and how far into the record (0..1)."""

    value: str
    number: int
    share: float


@dataclass(slots=True)
class Column:
    """What stands in one place of the records. ``attribute`` is empty for texts; ``label`` is what stands before them,
    if that makes the column; ``element`` the first place, inside of ``frame``."""

    attribute: str
    label: str
    element: etree._Element
    frame: etree._Element | None
    cells: dict[Row, Cell] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Group:
    """Elements that may be records, ``inside`` which, or after which up to the next, their columns stand."""

    inside: bool
    rows: tuple[Row, ...]
    columns: tuple[Column, ...]


def groups_of(pages: Sequence[LabelledPage]) -> Iterator[Group]:
    """The groups of what repeats on the pages."""
    shown = [_by_place(page) for page in pages]
    for found in _repeated(pages):
        for inside in (True, False):
            group = _group(pages, shown, found, inside)
            if group is not None:
                yield group


def _by_place(page: LabelledPage) -> list[tuple[int, int, Candidate]]:
    """What the page shows and holds, with its place in document order and its number."""
    order = page.index.order
    held = (
        (order[candidate.element], number, candidate)
        for number, candidate in enumerate(page.candidates)
        if candidate.element in order
        and (candidate.kind in SHOWN or (candidate.kind == "attribute" and candidate.name in _ATTRIBUTES))
    )
    return sorted(held, key=lambda entry: entry[:2])


def _repeated(pages: Sequence[LabelledPage]) -> Iterator[Mapping[int, list[etree._Element]]]:
    """Elements that are marked up alike, by the number of their page: with or without what is around them, or by their
    tag and what is around them. What is the same elements comes once."""
    alike: dict[tuple[str, ...], dict[int, list[etree._Element]]] = defaultdict(lambda: defaultdict(list))
    for number, page in enumerate(pages):
        body = page.document.root.find("body")
        for element in (page.document.root if body is None else body).iter(etree.Element):
            around = element.getparent()
            if around is not None and element.tag not in _NO_RECORDS:
                own, outer = markup(element), markup(around)
                for kind in (("both", *own, *outer), ("tag", own[0], *outer), ("own", *own)):
                    alike[kind][number].append(element)
    told = set()
    for found in alike.values():
        sizes = [len(elements) for elements in found.values()]
        if sum(sizes) < FEWEST or not 3 <= max(sizes) <= MOST or len(found) < NEARLY_ALL * len(pages):
            continue
        same = frozenset(map(id, (element for elements in found.values() for element in elements)))
        if same not in told:
            told.add(same)
            yield found


def _group(
    pages: Sequence[LabelledPage],
    shown: Sequence[Sequence[tuple[int, int, Candidate]]],
    found: Mapping[int, Sequence[etree._Element]],
    inside: bool,
) -> Group | None:
    columns: dict[tuple[Any, ...], Column] = {}
    rows = []
    for number, elements in found.items():
        places = [place for place, _, _ in shown[number]]
        for start, end, element in _windows(pages[number], elements, inside):
            row = (number, start)
            rows.append(row)
            held = shown[number][bisect_left(places, start) : bisect_left(places, end)]
            _fill(columns, row, held, (start, end), element if inside else element.getparent())
    if len(rows) < FEWEST:
        return None
    least = max(3, RARE * len(rows))
    once: dict[Any, Column] = {}
    for column in columns.values():
        if len(column.cells) >= least:
            content = frozenset((row, cell.value) for row, cell in column.cells.items())
            once.setdefault((column.attribute, content), column)
    if not 1 + (not inside) <= len(once) <= MAX_COLUMNS:
        return None
    return Group(inside, tuple(rows), tuple(once.values()))


def _windows(
    page: LabelledPage, elements: Iterable[etree._Element], inside: bool
) -> Iterator[tuple[int, int, etree._Element]]:
    """From where to where each record reaches; of elements in one another the outer one is a record."""
    order = page.index.order
    outer: list[etree._Element] = []
    end = -1
    for element in sorted((one for one in elements if one in order), key=order.__getitem__):
        if order[element] >= end:
            outer.append(element)
            end = end_of(element, page.index)
    for element, following in zip(outer, [*outer[1:], None], strict=True):
        end = end_of(element, page.index)
        if not inside:
            around = element.getparent()
            end = len(order) if around is None else end_of(around, page.index)
            end = min(end, order[following]) if following is not None else end
        yield order[element], end, element


def _fill(
    columns: dict[tuple[Any, ...], Column],
    row: Row,
    held: Iterable[tuple[int, int, Candidate]],
    window: tuple[int, int],
    frame: etree._Element | None,
) -> None:
    """Put what one record holds into the columns."""
    start, end = window
    counts: Counter[tuple[Any, ...]] = Counter()
    label = ""
    for place, number, candidate in held:
        attribute = candidate.name if candidate.kind == "attribute" else ""
        kind = (candidate.kind, attribute, candidate.node, *markup_around(candidate.element, frame))
        count = counts[kind]
        counts[kind] += 1
        keys: list[tuple[Any, ...]] = [(*kind, count)] if count < MAX_ALIKE else []
        if label and not attribute:
            keys.append(("label", candidate.kind, normal(label).strip(" :")))
        for key in keys:
            if key not in columns:
                columns[key] = Column(attribute, label if key[0] == "label" else "", candidate.element, frame)
            cell = Cell(candidate.value, number, (place - start) / max(1, end - start))
            columns[key].cells.setdefault(row, cell)
        if not attribute:
            label = candidate.value if len(candidate.value) <= LABEL else ""


def markup_around(element: etree._Element, frame: etree._Element | None = None) -> Iterator[tuple[str, str]]:
    """How an element, and what is around it inside of the frame, is marked up."""
    around: etree._Element | None = element
    for _ in range(LEVELS):
        if around is None:
            return
        yield markup(around)
        if around is frame:
            return
        around = around.getparent()
