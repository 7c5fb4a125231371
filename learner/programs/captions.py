"""What a value's place is called: the short text beside it, which tells it from the places around it.

Where a page lacks a field, what comes after it moves up, and where it has one more thing, the field moves down: a rule
that counts places finds another thing there. That thing has a caption of its own: "Venue" where "ISBN" was. In the rows
made like its own the field's caption may stand, with the field's value.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from lxml import etree

from learner.pages.page import hides
from learner.programs.selectors import MAX_LABEL, is_big, wording

MAX_LEVELS: Final = 4
"""Levels up to which a value's row is looked for."""
MAX_CHILDREN: Final = 40
MAX_ROWS: Final = 40
"""Rows before and after a value's that are looked at."""

PAIRS: Final = 2
"""Pairs of a caption and a value in one row, from which on their classes tell them apart."""

Text = Callable[[etree._Element], str]


@dataclass(frozen=True, slots=True)
class Captions:
    """The captions of a field's places on the examples (``own``), and the short texts of the rows beside them.

    ``proven``: those rows are made alike, so that ``own`` is a caption indeed, which no page has otherwise.
    """

    own: frozenset[str] = frozenset()
    beside: frozenset[str] = frozenset()
    proven: bool = False

    def contradict(self, found: str) -> bool:
        """Whether a place with this caption is another thing."""
        return contradicts(found, self.own, self.beside, self.proven)

    def to_json(self) -> dict[str, Any]:
        """The captions as plain JSON."""
        return {"own": sorted(self.own), "beside": sorted(self.beside), "proven": self.proven}

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> Captions:
        """The inverse of ``to_json``."""
        own, beside = (frozenset(map(str, data.get(name, ()))) for name in ("own", "beside"))
        return Captions(own, beside, bool(data.get("proven", False)))


NO_CAPTIONS: Final = Captions()


def contradicts(found: str, own: Collection[str], beside: Collection[str], proven: bool) -> bool:
    """Whether a caption shows that its place is another thing; a place without caption (empty) may be any."""
    return bool(own and found) and found not in own and (proven or found in beside)


def caption(element: etree._Element, take: str, text: Text) -> str:
    """The form of the one other text in the row in which ``take`` is read at the element; of many, of the one before,
    if it is marked up otherwise. Empty for none. ``text`` gives an element's shown text."""
    return captioned(element, take, text)[1]


def captioned(element: etree._Element, take: str, text: Text) -> tuple[etree._Element | None, str]:
    """The caption, and the element that comes again with each place that has one: its row, or its own."""
    if take != "text":
        before = element if take == "tail" else None
        for number, child in enumerate(islice(element, MAX_CHILDREN) if take != "tail" else (), 1):
            if f"node:{number - 1}" == take:
                break
            before = child if _is_shown(child) and text(child) else before
        if before is not None and text(before):
            return (before.getparent() if _is_lone(before, text) else before), caption_form(text(before))
        row = element.getparent() if take == "tail" else element
        others = _others(row, element, take, text) if row is not None else []
        return (row, caption_form(others[0])) if len(others) == 1 else (None, "")
    node: etree._Element = element
    for _ in range(MAX_LEVELS):
        row = node.getparent()
        if row is None or row.tag in ("body", "html"):
            break
        others = _others(row, node, take, text)
        if len(others) == 1:
            return row, caption_form(others[0])
        if others:
            before = next((s for s in node.itersiblings(preceding=True) if _is_shown(s) and text(s)), None)
            if before is None or is_big(before) or not _are_pairs(before, node, row):
                break
            return before, caption_form(text(before))
        node = row
    return None, ""


def counterparts(element: etree._Element, take: str, text: Text) -> Iterator[etree._Element]:
    """What stands in the rows made alike where the element, which has a caption, stands in its own."""
    row = captioned(element, take, text)[0]
    if row is None:
        return
    path: list[tuple[str, int]] = []
    base = element
    while base is not row and base.getparent() is not row.getparent():
        path.append((base.tag, sum(1 for _ in base.itersiblings(base.tag, preceding=True))))
        parent = base.getparent()
        if parent is None:
            return
        base = parent
    for other in rows_beside(base):
        found: etree._Element | None = other
        for tag, number in reversed(path):
            if found is not None:
                found = next(islice(found.iterchildren(tag), number, None), None)
        if found is not None and _is_shown(found):
            yield found


def namesakes(element: etree._Element, take: str, text: Text, own: Collection[str]) -> list[etree._Element]:
    """Where in the rows made alike the captions ``own`` stand."""
    return [other for other in counterparts(element, take, text) if caption(other, take, text) in own]


def rows_beside(row: etree._Element) -> Iterator[etree._Element]:
    """Elements of the row's tag before and after it, the nearest first."""
    yield from islice(row.itersiblings(row.tag, preceding=True), MAX_ROWS)
    yield from islice(row.itersiblings(row.tag), MAX_ROWS)


def _is_lone(element: etree._Element, text: Text) -> bool:
    """Whether what it is in has no other text than its own and what stands behind it."""
    row = element.getparent()
    return row is not None and len(_others(row, element, "tail", text)) == 1


def _are_pairs(before: etree._Element, node: etree._Element, row: etree._Element) -> bool:
    """Whether the two are marked up otherwise: by their tags, or by classes that as many others of the row have."""
    if before.tag != node.tag:
        return True
    one, other = _kind(before), _kind(node)
    kinds = Counter(map(_kind, islice(row.iterchildren(etree.Element), 2 * MAX_ROWS)))
    return one != other and kinds[one] == kinds[other] >= PAIRS


def _kind(element: etree._Element) -> tuple[str, str | None]:
    return element.tag, element.get("class")


def _others(row: etree._Element, own: etree._Element, take: str, text: Text) -> list[str]:
    """The texts of a row besides the value; no more than two of them."""
    return list(islice((piece for piece in _pieces(row, own, take, text) if piece and not piece.isspace()), 2))


def _pieces(row: etree._Element, own: etree._Element, take: str, text: Text) -> Iterator[str]:
    if take != "node:0":
        yield row.text or ""
    for number, child in enumerate(row, 1):
        if _is_shown(child) and (child is not own or take != "text"):
            yield "?" * (MAX_LABEL + 1) if is_big(child) else text(child)
        if take != f"node:{number}" and (take != "tail" or child is not own):
            yield child.tail or ""


def caption_form(text: str) -> str:
    """The form in which captions are compared: numbers are alike. Empty for what is too long, or has no letter."""
    form = wording(text)
    return form if any(map(str.isalpha, form)) else ""


def _is_shown(element: etree._Element) -> bool:
    return isinstance(element.tag, str) and not hides(element)
