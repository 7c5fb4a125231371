"""What a value's place is called: the short text beside it, which tells it from the places around it.

Where a page lacks a field, what comes after it moves up, and a rule that counts places finds another thing there. That
thing has a caption of its own: "Venue" where "ISBN" was.
"""

from __future__ import annotations

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
            return before, caption_form(text(before))
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
            if before is None or before.tag == node.tag or is_big(before):
                break
            return before, caption_form(text(before))
        node = row
    return None, ""


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
