"""What a value could be: texts, attributes, meta and embedded data of a page, in document order.

Three kinds of text are candidates: blocks whose text is a whole value (a paragraph with inline markup),
inline elements inside them, and bare text nodes beside those (``<b>ISBN:</b> 978...``). Hidden content is
no candidate for visible values; meta and embedded data always are, under kinds of their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from lxml import etree

from learner.page import BLOCK_TAGS, HIDDEN_TAGS, Document, hides, squash

MAX_CANDIDATES: Final = 8_000
MAX_TEXT: Final = 6_000

ATTRIBUTES: Final = frozenset(
    "href src datetime content alt title value data-src srcset data-srcset poster data-lazy-src data-original".split()
)
_COMPOSITE_TEXT: Final = 1_500
_COMPOSITE_ELEMENTS: Final = 40


@dataclass(frozen=True, slots=True)
class Candidate:
    """One place on the page that shows or holds a text.

    ``kind`` is block, inline, node, attribute, meta or data; ``name`` the attribute, the meta's name or the
    data path; ``node`` counts the text nodes of the element before a bare text node (0 is ``element.text``).
    """

    element: etree._Element
    kind: str
    value: str
    name: str = ""
    node: int = 0


def candidates(document: Document, limit: int = MAX_CANDIDATES) -> list[Candidate]:
    """The page's candidates in document order, at most ``limit``; embedded data comes last."""
    found: list[Candidate] = []
    for candidate in _walk(document.root):
        found.append(candidate)
        if len(found) >= limit:
            return found
    for leaf in document.data:
        value = squash(leaf.value[:MAX_TEXT])
        if value:
            found.append(Candidate(leaf.script, "data", value, "/".join(leaf.path)))
        if len(found) >= limit:
            break
    return found


def _walk(root: etree._Element) -> Iterator[Candidate]:
    """Preorder over shown elements; each element's texts are slices of one list of pieces."""
    for element in root.iter("meta"):
        content = element.get("content")
        name = element.get("property") or element.get("name") or element.get("itemprop") or element.get("http-equiv")
        if content and name and (value := squash(content[:MAX_TEXT])):
            yield Candidate(element, "meta", value, name.strip().lower())
    title = root.find(".//title")
    if title is not None and title.text and (value := squash(title.text)):
        yield Candidate(title, "meta", value, "<title>")
    for link in root.iterfind(".//link[@href]"):
        if (link.get("rel") or "").lower() in ("canonical", "image_src", "amphtml", "shortlink"):
            yield Candidate(link, "meta", squash(link.get("href") or ""), "rel:" + (link.get("rel") or "").lower())
    body = root.find("body")
    if body is None:
        body = root
    pieces: list[str] = []
    entries: list[_Entry] = []
    _visit(body, pieces, entries)
    for entry in entries:
        yield from entry.candidates(pieces)


class _Entry:
    """A shown element and the pieces of text in it."""

    __slots__ = ("blocks", "element", "elements", "own", "start", "stop")

    def __init__(self, element: etree._Element, start: int) -> None:
        self.element = element
        self.start = start
        self.stop = start
        self.elements = 0
        self.blocks = 0
        self.own: list[tuple[int, int]] = []  # (piece, number of the text node)

    def candidates(self, pieces: list[str]) -> Iterator[Candidate]:
        element = self.element
        if self.stop > self.start:
            whole = self.blocks == 0 or (self.elements <= _COMPOSITE_ELEMENTS)
            if whole:
                text = squash("".join(pieces[self.start : self.stop]))
                if text and (self.blocks == 0 or len(text) <= _COMPOSITE_TEXT) and len(text) <= MAX_TEXT:
                    kind = "block" if element.tag in BLOCK_TAGS else "inline"
                    yield Candidate(element, kind, text)
            if self.own and self.elements:
                for piece, number in self.own:
                    text = squash(pieces[piece])
                    if text and len(text) <= MAX_TEXT and any(map(str.isalnum, text)):
                        yield Candidate(element, "node", text, node=number)
        for key, raw in element.attrib.items():
            name, value = str(key), str(raw)
            if (name in ATTRIBUTES or name.startswith("data-")) and value and len(value) <= MAX_TEXT:
                value = squash(value)
                if value and value != "#" and not value.startswith(("javascript:", "data:", "{", "[")):
                    yield Candidate(element, "attribute", value, name)


def _visit(body: etree._Element, pieces: list[str], entries: list[_Entry]) -> None:
    first = _Entry(body, 0)
    entries.append(first)
    stack: list[tuple[_Entry, Iterator[etree._Element], int]] = [(first, iter(body), 1)]
    if body.text:
        first.own.append((len(pieces), 0))
        pieces.append(body.text)
    while stack:
        entry, children, count = stack.pop()
        descended = False
        for child in children:
            tag = child.tag
            if not isinstance(tag, str):
                continue
            entry.elements += 1
            if tag in HIDDEN_TAGS or (child.attrib and hides(child)):
                tail = child.tail
                if tail:
                    entry.own.append((len(pieces), count))
                    pieces.append(tail)
                count += 1
                continue
            if tag in BLOCK_TAGS:
                entry.blocks += tag != "br"
                pieces.append(" ")
            inner = _Entry(child, len(pieces))
            entries.append(inner)
            if child.text:
                inner.own.append((len(pieces), 0))
                pieces.append(child.text)
            stack.append((entry, children, count + 1))
            stack.append((inner, iter(child), 1))
            descended = True
            break
        if descended:
            continue
        entry.stop = len(pieces)
        if stack:
            parent = stack[-1][0]
            parent.elements += entry.elements
            parent.blocks += entry.blocks
            element = entry.element
            if element.tag in BLOCK_TAGS:
                pieces.append(" ")
            tail = element.tail
            if tail:
                parent.own.append((len(pieces), stack[-1][2] - 1))
                pieces.append(tail)
