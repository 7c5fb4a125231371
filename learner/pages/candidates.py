"""What a value could be: texts, attributes, meta and embedded data of a page, in document order.

Three kinds of text are candidates: blocks whose text is a whole value (a paragraph with inline markup),
inline elements inside them, and bare text nodes beside those (``<b>ISBN:</b> 978...``). Hidden content is
no candidate for visible values; meta and embedded data always are, under kinds of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple

from lxml import etree

from learner.pages.embedded import Data
from learner.pages.page import BLOCK_TAGS, HIDDEN_TAGS, HIDING, Document, hides, joined, squash

MAX_CANDIDATES: Final = 8_000
MAX_TEXT: Final = 6_000

ATTRIBUTES: Final = frozenset(
    "href src datetime content alt title value data-src srcset data-srcset poster data-lazy-src data-original".split()
)
_NOWHERE: Final = ("javascript:", "data:", "{", "[")
_CLASS_NUMBERS: Final = re.compile(r"\d")
_SUSPECT: Final = "#jd{["
_LINKS: Final = frozenset(("canonical", "image_src", "amphtml", "shortlink"))
_COMPOSITE_TEXT: Final = 1_500
_COMPOSITE_ELEMENTS: Final = 40
# What elements of a tag are, if not inline; comments and the like are not even that.
SHOWN: Final = ("block", "inline", "node")
"""Kinds of candidates that are texts which people see."""
_KINDS: Final[dict[Any, str]] = {
    **dict.fromkeys(BLOCK_TAGS, "block"),
    "br": "break",
    **dict.fromkeys(HIDDEN_TAGS, "hidden"),
    **dict.fromkeys((etree.Comment, etree.PI, etree.Entity), "none"),
}


class Candidate(NamedTuple):
    """One place on the page that shows or holds a text.

    ``kind`` is block, inline, node, attribute, meta or data; ``name`` the attribute, the meta's name or the
    data path; ``node`` counts the text nodes of the element before a bare text node (0 is ``element.text``).
    """

    element: etree._Element
    kind: str
    value: str
    name: str = ""
    node: int = 0

    @property
    def take(self) -> str:
        """What selectors call what is read there, of texts that people see; else empty."""
        return "" if self.kind not in SHOWN else f"node:{self.node}" if self.kind == "node" else "text"


def markup(element: etree._Element) -> tuple[str, str]:
    """What places that are marked up alike have in common: the element's tag and class, without numbers."""
    return str(element.tag), _CLASS_NUMBERS.sub("", element.get("class") or "")


def markups(element: etree._Element) -> tuple[str, ...]:
    """The same with that of the element around it, if there is one."""
    parent = element.getparent()
    return (*markup(element), *(() if parent is None else markup(parent)))


def candidates(document: Document, limit: int = MAX_CANDIDATES) -> list[Candidate]:
    """The page's candidates in document order, at most ``limit``; embedded data comes last."""
    body = document.root.find("body")
    found = list(_meta(document.root))
    found += _shown(document.root if body is None else body)
    if len(found) < limit:
        found += held(document.data)
    return found[:limit]


def held(leaves: Iterable[Data]) -> Iterator[Candidate]:
    """The candidates that embedded data are."""
    for leaf in leaves:
        if text := squash(leaf.value[:MAX_TEXT]):
            yield Candidate(leaf.script, "data", text, "/".join(leaf.path))


def _meta(root: etree._Element) -> Iterator[Candidate]:
    for element in root.iter("meta"):
        content = element.get("content")
        name = element.get("property") or element.get("name") or element.get("itemprop") or element.get("http-equiv")
        if content and name and (value := squash(content[:MAX_TEXT])):
            yield Candidate(element, "meta", value, name.strip().lower())
    title = next(root.iter("title"), None)
    if title is not None and title.text and (value := squash(title.text)):
        yield Candidate(title, "meta", value, "<title>")
    for link in root.iter("link"):
        href, relation = link.get("href"), (link.get("rel") or "").lower()
        if href is not None and relation in _LINKS:
            yield Candidate(link, "meta", squash(href), "rel:" + relation)


def _shown(body: etree._Element) -> list[Candidate]:
    """What shown elements have, in document order: each its text, its bare text nodes and its attributes."""
    # One loop without calls of its own, as most of the time goes here. An element's texts are the last of ``pieces``
    # when it ends, squashed but for a space at either end, and ``letters`` is what they come to at least. What it gives
    # beside its attributes is only known then, and goes to its place, which is the ``first`` of its candidates.
    found: list[Candidate] = []
    pieces: list[str] = []
    around: list[Any] = []
    parent: Any = None
    children: Iterator[etree._Element] = iter((body,))
    nodes: list[Candidate] = []
    kind, number = "", 0
    first = start = elements = elements_at = blocks = blocks_at = letters = letters_at = 0
    # The last text, and the letters before it: an element that has no other has the same text.
    last, last_at = "", 0
    known: dict[tuple[Any, ...], tuple[bool, Sequence[str]]] = {}
    kind_of, made, candidate = _KINDS.get, tuple.__new__, Candidate
    while True:
        child = next(children, None)
        if child is not None:
            its_kind = kind_of(child.tag, "inline")
            if its_kind == "none":
                continue
            number += 1
            elements += 1
            names = tuple(child.keys())
            holding = known.get(names)
            if holding is None:
                holding = not HIDING.isdisjoint(names), tuple([str(name) for name in names if _may_hold(name)])
                known[names] = holding
            may_hide, valued = holding
            if its_kind == "hidden" or (may_hide and child is not body and hides(child)):
                text = child.tail
            else:
                if its_kind != "inline":
                    pieces.append(" ")
                    if its_kind == "block":
                        blocks += 1
                    else:
                        its_kind = "block"
                text = child.text
                if len(child):
                    around.append((
                        parent, children, kind, nodes, number, first, start, elements_at, blocks_at, letters_at
                    ))  # fmt: skip
                    parent, children, kind, nodes, number, first = child, iter(child), its_kind, [], 0, len(found)
                    start, elements_at, blocks_at, letters_at = len(pieces), elements, blocks, letters
                else:
                    if text and not text.isspace():
                        value = text.strip() if text.isprintable() and "  " not in text else squash(text)
                        last, last_at = value, letters
                        letters += len(value)
                        if value and len(value) <= MAX_TEXT:
                            found.append(made(candidate, (child, its_kind, value, "", 0)))
                        pieces.append(value if its_kind == "block" or len(text) == len(value) else _edged(text, value))
                    elif text:
                        pieces.append(" ")
                    if its_kind == "block":
                        pieces.append(" ")
                    text = child.tail
                for name in valued:
                    raw = child.get(name)
                    if raw and len(raw) <= MAX_TEXT:
                        value = squash(raw)
                        if value and (value[0] not in _SUSPECT or (value != "#" and not value.startswith(_NOWHERE))):
                            found.append(made(candidate, (child, "attribute", value, name, 0)))
        elif parent is None:
            return found
        else:
            if elements == elements_at:
                nodes = []
            if letters > letters_at:
                simple = blocks == blocks_at
                limit = MAX_TEXT if simple else _COMPOSITE_TEXT
                if letters - letters_at <= limit and (simple or elements - elements_at <= _COMPOSITE_ELEMENTS):
                    if letters_at != last_at:
                        whole = joined(pieces[start:])
                        while "  " in whole:
                            whole = whole.replace("  ", " ")
                        pieces[start:] = (whole,)
                        last, last_at = whole.strip(), letters_at
                    if len(last) <= limit:
                        nodes.insert(0, made(candidate, (parent, kind, last, "", 0)))
            if kind == "block":
                pieces.append(" ")
            if nodes:
                found[first:first] = nodes
            text = parent.tail
            parent, children, kind, nodes, number, first, start, elements_at, blocks_at, letters_at = around.pop()
        if text and text.isspace():
            pieces.append(" ")
        elif text:
            value = text.strip() if text.isprintable() and "  " not in text else squash(text)
            last, last_at = value, letters
            letters += len(value)
            if len(value) <= MAX_TEXT and (value[:1].isalnum() or any(map(str.isalnum, value))):
                nodes.append(made(candidate, (parent, "node", value, "", number)))
            pieces.append(value if len(text) == len(value) else _edged(text, value))


def _may_hold(name: Any) -> bool:
    return name in ATTRIBUTES or name.startswith("data-")


def _edged(text: str, squashed: str) -> str:
    """The squashed text with a space where the text has some at its ends."""
    return (" " if text[0].isspace() else "") + squashed + (" " if text[-1].isspace() else "")
