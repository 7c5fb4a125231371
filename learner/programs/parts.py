"""The parts of an element that holds several values, where a page with one value shows that one alone in it.

The cell of a table that has one name on one page has a list of them on the next, or lines parted by breaks, or links
in a row: its text would be all of them in one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

from lxml import etree

from learner.pages.page import hides, squash

PARTS: Final = "parts"
"""In place of the mark that parts a text into values: the parts of the element, if it has several."""
NAMED_PARTS: Final = "parts, persons"
"""The same, and the persons named in each."""
MAX_WRAPPERS: Final = 4
"""Levels at which an element may have nothing but another in it."""
_LIST_TAGS: Final = ("a", "li", "tr")
_EDGE_MARKS: Final = " ,;|•·"
_BETWEEN: Final = re.compile(r"[\s,;|/&+•·–—-]*(?:(?:and|e|en|et|o[cg]h?|und|y)[\s,;]*)?", re.IGNORECASE)


def parts_of(element: etree._Element, text: Callable[[etree._Element], str]) -> list[str]:
    """The texts of the element's parts: of children made alike with nothing but marks between them, or of lines parted
    by breaks. Empty if it is one thing. ``text`` gives the text of an element that people see."""
    for _ in range(MAX_WRAPPERS):
        children = [child for child in element if isinstance(child.tag, str) and not hides(child)]
        shown = [child for child in children if child.tag != "br" and text(child)]
        own = [element.text, *(child.tail for child in element)]
        bare = all(_BETWEEN.fullmatch(squash(piece or "")) for piece in own)
        if bare and len(shown) > 1 and _made_alike(shown):
            return [text(child) for child in shown]
        if any(child.tag == "br" for child in children):
            lines = _lines(element, text)
            return lines if len(lines) > 1 else []
        if len(shown) != 1 or not bare:
            break
        element = shown[0]
    return []


def _made_alike(children: Sequence[etree._Element]) -> bool:
    """Whether they are elements of one list: of one tag and, if they have classes, of a common one."""
    tag = children[0].tag
    if any(child.tag != tag for child in children):
        return False
    classes = [frozenset((child.get("class") or "").split()) for child in children]
    return tag in _LIST_TAGS or not any(classes) or bool(frozenset.intersection(*classes))


def _lines(element: etree._Element, text: Callable[[etree._Element], str]) -> list[str]:
    lines = [element.text or ""]
    for child in element:
        if child.tag == "br":
            lines.append("")
        elif isinstance(child.tag, str) and not hides(child):
            around = "".join(map(str, child.itertext()))
            lines[-1] += " " * around[:1].isspace() + text(child) + " " * around[-1:].isspace()
        lines[-1] += child.tail or ""
    return [line for line in (squash(line).strip(_EDGE_MARKS) for line in lines) if line]
