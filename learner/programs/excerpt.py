"""A page for people to look at, as text: the region in which values stand, with the elements that give them marked.

Nothing of the page's own markup is handed on. What comes out are lines and blocks of plain text; whoever shows them
escapes them like any other text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from lxml import etree

from learner.pages.page import BLOCK_TAGS, Document, hides, squash, text_of
from learner.programs.selectors import Step, quote

LEVELS: Final = 2  # ancestors shown around an element
BESIDE: Final = 2  # siblings shown before and after it
MAX_TEXT: Final = 160
MAX_BESIDE: Final = 48  # of the text of an element beside the one in question
MAX_ATTRIBUTE: Final = 80
MAX_BLOCKS: Final = 60
MAX_ELEMENTS: Final = 20_000
GAP: Final = "…"
_TELLING: Final = ("id", "class", "itemprop", "property", "name", "rel", "datetime", "content", "href", "src", "alt")
_OUTER: Final = ("html", "body")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a page's source, ``depth`` steps in; ``marked`` where it belongs to the element in question."""

    depth: int
    text: str
    marked: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of a page's text. ``fields`` names the values that it gives; a gap is the text ``…``."""

    text: str
    fields: tuple[str, ...] = ()


def source(element: etree._Element, take: str = "text") -> tuple[Line, ...]:
    """The element (of which ``take`` is read) among its neighbours, as an outline of the page's source."""
    top = element
    for _ in range(LEVELS):
        parent = top.getparent()
        if parent is None or parent.tag in _OUTER or hides(parent):
            break
        top = parent
    return tuple(_outline(top, element, take, 0))


def path(element: etree._Element) -> str:
    """Where the element stands, from the outside in, for people."""
    steps: list[str] = []
    for node in (element, *element.iterancestors()):
        if node.tag in _OUTER or len(steps) == LEVELS + 2:
            break
        steps.append(Step(str(node.tag), tuple((node.get("class") or "").split()[:2])).css())
    return " > ".join(reversed(steps))


def blocks(document: Document, marks: Mapping[etree._Element, Sequence[str]]) -> tuple[Block, ...]:
    """The text of the region that holds all marked elements, in reading order; ``marks`` names their fields.

    Text far from any of them is left out. Elements that no reader sees, as ``meta`` and embedded data, are not in it.
    """
    shown = {element: tuple(names) for element, names in marks.items() if not document.is_hidden(element)}
    region = _around(list(shown))
    return _near(list(_read(region, shown))) if region is not None else ()


# The source --------------------------------------------------------------------------------------------


def _outline(node: etree._Element, element: etree._Element, take: str, depth: int) -> Iterator[Line]:
    if node is element:
        taken = take[1:] if take.startswith("@") else ""
        yield Line(depth, _element(node, taken, MAX_TEXT), True)
        if take == "tail" and squash(node.tail or ""):
            yield Line(depth, _short(node.tail or ""), True)
        return
    children = [child for child in node if isinstance(child.tag, str)]
    inner = next(child for child in children if child is element or element in child.iterdescendants())
    at = children.index(inner)
    yield Line(depth, _opening(node) + _short(node.text or "", MAX_BESIDE))
    if at > BESIDE:
        yield Line(depth + 1, GAP)
    for child in children[max(0, at - BESIDE) : at]:
        yield Line(depth + 1, _element(child))
    yield from _outline(inner, element, take, depth + 1)
    for child in children[at + 1 : at + 1 + BESIDE]:
        yield Line(depth + 1, _element(child))
    if len(children) > at + 1 + BESIDE:
        yield Line(depth + 1, GAP)
    yield Line(depth, f"</{node.tag}>")


def _element(node: etree._Element, taken: str = "", longest: int = MAX_BESIDE) -> str:
    """The element on one line; of what is in it only the text."""
    text = GAP if node.tag in ("script", "style", "template") else _short(text_of(node), longest)
    if not text and not len(node):
        return _opening(node, taken)
    return f"{_opening(node, taken)}{text}</{node.tag}>"


def _opening(node: etree._Element, taken: str = "") -> str:
    names = [name for name in _TELLING if node.get(name)]
    names += [taken] if taken and taken not in names and node.get(taken) else []
    shown = "".join(f" {name}={quote(_short(node.get(name) or '', MAX_ATTRIBUTE))}" for name in names)
    return f"<{node.tag}{shown}>"


# The text ----------------------------------------------------------------------------------------------


def _around(elements: Sequence[etree._Element]) -> etree._Element | None:
    """The innermost element that holds all of them and is none of them."""
    chains = [list(reversed([element, *element.iterancestors()]))[:-1] for element in elements]
    common: etree._Element | None = None
    for level in zip(*chains, strict=False):
        if any(node is not level[0] for node in level):
            break
        common = level[0]
    return common


def _read(region: etree._Element, marks: Mapping[etree._Element, tuple[str, ...]]) -> Iterator[Block]:
    pieces: list[str] = []

    def flush() -> Iterator[Block]:
        text = _short("".join(pieces))
        pieces.clear()
        if text:
            yield Block(text)

    stack: list[etree._Element | str] = [region]
    seen = 0
    while stack and seen < MAX_ELEMENTS:
        node = stack.pop()
        if isinstance(node, str):
            pieces.append(node)
            continue
        seen += 1
        if node in marks:
            inside = [name for child in node.iterdescendants() for name in marks.get(child, ())]
            yield from flush()
            shown = text_of(node) or node.get("alt") or node.get("content") or node.get("src") or f"<{node.tag}>"
            yield Block(_short(shown), (*marks[node], *inside))
            continue
        if node.tag in BLOCK_TAGS:
            yield from flush()
        for child in reversed(node):
            if child.tail:
                stack.append(child.tail)
            if isinstance(child.tag, str) and not hides(child):
                stack.append(child)
        if node.text:
            stack.append(node.text)
    yield from flush()


def _near(found: Sequence[Block]) -> tuple[Block, ...]:
    """The blocks with fields and those beside them, a gap for each run of others."""
    marked = [number for number, block in enumerate(found) if block.fields]
    kept = {near for number in marked for near in range(number - BESIDE, number + BESIDE + 1)}
    out: list[Block] = []
    for number, block in enumerate(found):
        if number in kept:
            out.append(block)
        elif not out or out[-1].text != GAP:
            out.append(Block(GAP))
        if len(out) >= MAX_BLOCKS:
            out.append(Block(GAP))
            break
    return tuple(out)


def _short(text: str, longest: int = MAX_TEXT) -> str:
    text = squash(text)
    return text if len(text) <= longest else text[: longest - 1].rstrip() + GAP
