"""What a value's place is called: the short text beside it, which tells it from the places around it.

Where a page lacks a field, what comes after it moves up, and where it has one more thing, the field moves down: a rule
that counts places finds another thing there. That thing has a caption of its own: "Venue" where "ISBN" was. In the rows
made like its own the field's caption may stand, with the field's value. A place without such a text may have an icon
before it, which is told from others by its class or its picture.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from lxml import etree

from learner.pages.page import HIDDEN_TAGS, hides
from learner.programs.selectors import MAX_LABEL, is_big, wording

MAX_LEVELS: Final = 4
"""Levels up to which a value's row is looked for."""
MAX_CHILDREN: Final = 40
MAX_ROWS: Final = 40
"""Rows before and after a value's that are looked at."""

PAIRS: Final = 2
"""Pairs of a caption and a value in one row, from which on their classes tell them apart."""
ALIKE: Final = 4
"""Letters with which two headings begin, at least, that say the same."""
NEARLY: Final = 0.7
"""The same as a share of the shorter of the two."""

ICON: Final = "<icon "
"""How the captions begin that are icons."""
MAX_PARTS: Final = 4
"""Elements of an icon that are looked at."""
_DRAWING: Final = re.compile(r"[^?#]*\.svg")
_NO_ICONS: Final = HIDDEN_TAGS - {"svg"}

Text = Callable[[etree._Element], str]


@dataclass(frozen=True, slots=True)
class Captions:
    """The captions of a field's places on the examples (``own``), and the short texts of the rows beside them.

    ``proven``: those rows are made alike, so that ``own`` is a caption indeed, which no page has otherwise. Of a list
    ``own`` are its headings. ``says``: what links say that are the field's, if that tells them from others.
    """

    own: frozenset[str] = frozenset()
    beside: frozenset[str] = frozenset()
    proven: bool = False
    says: frozenset[str] = frozenset()

    @property
    def is_known(self) -> bool:
        """Whether there are any."""
        return bool(self.own or self.says)

    def contradict(self, found: str) -> bool:
        """Whether a place with this caption is another thing."""
        return contradicts(found, self.own, self.beside, self.proven)

    def contradict_headings(self, found: Iterable[str]) -> bool:
        """Whether a list with these headings, the nearest first, is another thing."""
        return contradicts_headings(found, self.own, self.beside, self.proven)

    def contradict_link(self, found: str) -> bool:
        """Whether a link that says this is another thing."""
        return contradicts_headings([found], self.says, (), True)

    def to_json(self) -> dict[str, Any]:
        """The captions as plain JSON."""
        says = {"says": sorted(self.says)} if self.says else {}
        return {"own": sorted(self.own), "beside": sorted(self.beside), "proven": self.proven, **says}

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> Captions:
        """The inverse of ``to_json``."""
        own, beside, says = (frozenset(map(str, data.get(name, ()))) for name in ("own", "beside", "says"))
        return Captions(own, beside, bool(data.get("proven", False)), says)


NO_CAPTIONS: Final = Captions()


def contradicts(found: str, own: Collection[str], beside: Collection[str], proven: bool) -> bool:
    """Whether a caption shows that its place is another thing; a place without caption (empty) may be any, and so may
    one with an icon that nobody knows."""
    known = found in beside or (proven and not found.startswith(ICON))
    return bool(own and found) and found not in own and known


def contradicts_headings(found: Iterable[str], own: Collection[str], beside: Collection[str], proven: bool) -> bool:
    """The same of the headings over a list, the nearest first, or of what a link says. Words that begin alike, or that
    are part of others, are the same thing: Author, Authors, Our authors. The nearest may be that of a part."""
    found = iter(found)
    nearest = next(found, "")
    if not contradicts(nearest, own, beside, proven):
        return False
    return nearest in beside or not any(_is_alike(one, other) for one in (nearest, *found) for other in own)


def _is_alike(one: str, other: str) -> bool:
    shorter = min(len(one), len(other))
    begin = next((at for at in range(shorter) if one[at] != other[at]), shorter)
    return shorter >= ALIKE and (one in other or other in one or begin >= max(ALIKE, NEARLY * shorter))


def headings(elements: Sequence[etree._Element], text: Text) -> Iterator[str]:
    """The forms of the short texts over a list of which these are the elements, or before it: the nearest first, none
    if that is no heading."""
    node, found = headed(elements, text)
    if node is None or not found:
        return
    yield found
    for _ in range(MAX_LEVELS):
        for before in islice(node.itersiblings(preceding=True), MAX_CHILDREN):
            if _is_shown(before) and not is_big(before) and (form := caption_form(text(before))):
                yield form
        node = node.getparent()
        if node is None or node.tag == "body":
            break


def headed(elements: Sequence[etree._Element], text: Text) -> tuple[etree._Element | None, str]:
    """The heading of a list, and the element that is it or, where it is bare text, that has it."""
    node = elements[0]
    around = {node, *node.iterancestors()}
    top = next((one for one in (elements[-1], *elements[-1].iterancestors()) if one in around), node)
    while node is not top and node.getparent() is not top:
        node = node.getparent()  # type: ignore[assignment]
    for _ in range(MAX_LEVELS):
        parent = node.getparent()
        if parent is None or node.tag == "body":
            break
        before, lead = _before(node, text)
        if lead:
            return parent, caption_form(lead)
        if before is not None:
            if is_big(before) or (before.tag == node.tag and node.tag != "td"):
                break
            return before, caption_form(text(before))
        node = parent
    return None, ""


def _before(node: etree._Element, text: Text) -> tuple[etree._Element | None, str]:
    """The element with a text before this one, or the bare text between the two."""
    for other in node.itersiblings(preceding=True):
        if not _is_blank(other.tail):
            return None, other.tail or ""
        if _is_shown(other) and text(other):
            return other, ""
    parent = node.getparent()
    lead = parent.text if parent is not None else ""
    return None, "" if _is_blank(lead) else lead or ""


def caption(element: etree._Element, take: str, text: Text) -> str:
    """The form of the one other text in the row in which ``take`` is read at the element; of many, of the one before,
    if it is marked up otherwise; of none, the icon before it. Empty for none. ``text`` gives what an element shows."""
    return caption_form(captioned(element, take, text)[1])


def captioned(element: etree._Element, take: str, text: Text) -> tuple[etree._Element | None, str]:
    """The text of the caption, and the element that comes again with each place that has one: its row, or its own."""
    if take != "text":
        before = element if take == "tail" else None
        for number, child in enumerate(islice(element, MAX_CHILDREN) if take != "tail" else (), 1):
            if f"node:{number - 1}" == take:
                break
            before = child if _is_shown(child) and text(child) else before
        if before is not None and text(before):
            return (before.getparent() if _is_lone(before, text) else before), text(before)
        row = element.getparent() if take == "tail" else element
        others = _others(row, element, take, text) if row is not None else []
        return (row, others[0]) if len(others) == 1 else _pictured(element, take, text)
    node: etree._Element = element
    for _ in range(MAX_LEVELS):
        row = node.getparent()
        if row is None or row.tag in ("body", "html"):
            break
        others = _others(row, node, take, text)
        pictured, form = _pictured(node, take, text)
        if form and (len(others) != 1 or any(_pictured(one, take, text)[1] for one in rows_beside(node))):
            return pictured, form
        if len(others) == 1:
            return row, others[0]
        if others:
            before = next((s for s in node.itersiblings(preceding=True) if _is_shown(s) and text(s)), None)
            if before is None or is_big(before) or not _are_pairs(before, node, row):
                break
            return before, text(before)
        node = row
    return None, ""


def _pictured(element: etree._Element, take: str, text: Text) -> tuple[etree._Element | None, str]:
    """The icon right before the value, or that it begins with, and the element that comes again with each place that
    has one."""
    if take == "text" and len(element) and _is_blank(element.text) and (form := icon(element[0], text)):
        return element, form
    before: etree._Element | None = element
    if take.startswith("node:"):
        number = int(take.removeprefix("node:"))
        before = element[number - 1] if 0 < number <= len(element) else None
    elif take == "text":
        before = element.getprevious()
        before = before if before is not None and _is_blank(before.tail) else None
    form = icon(before, text) if before is not None else ""
    row = before.getparent() if before is not None and form else None
    if row is None:
        return None, ""
    return (before if _others(row, element, take, text) else row), form


def icon(element: etree._Element, text: Text) -> str:
    """What tells an element that shows no text from others of its kind: class, picture; empty for nothing."""
    if not isinstance(element.tag, str) or element.tag in _NO_ICONS or (text(element) and not hides(element)):
        return ""
    found = [text(element)]
    for part in islice(element.iter(etree.Element), MAX_PARTS):
        picture = _DRAWING.match(part.get("src") or "")
        found += [part.get("class") or "", picture.group() if picture else ""]
        found += [part.get("href") or part.get("xlink:href") or ""] if part.tag == "use" else []
    marks = " ".join(filter(None, found))
    return f"{ICON}{marks}>" if marks else ""


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


def is_unlike(element: etree._Element, take: str, text: Text, found: str, beside: Collection[str]) -> bool:
    """Whether the icon ``found`` at a place is another thing's, that no example had, among icons that stood
    ``beside``: else icons may all have other names now."""
    return found.startswith(ICON) and bool(namesakes(element, take, text, beside))


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
    if text.startswith(ICON):
        return text
    form = wording(text)
    return form if any(map(str.isalpha, form)) else ""


def _is_blank(text: str | None) -> bool:
    return not text or text.isspace()


def _is_shown(element: etree._Element) -> bool:
    return isinstance(element.tag, str) and not hides(element)
