"""A page, and its tree within bounds.

Everything learns and runs on one parser, lxml's HTML parser; BeautifulSoup's UnicodeDammit only guesses
encodings that nothing declares. The bounds hold before and after parsing: 10.8 MB of tiny elements would
become a tree of 361 MB, and past about 2,045 nested elements libxml2 drops content silently.
"""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final
from urllib.parse import urljoin, urlsplit

from lxml import etree

from learner.errors import PageRejected
from learner.pages.embedded import Data, assigned_data, embedded_data

MAX_BYTES: Final = 6_000_000
MAX_NODES: Final = 120_000
MAX_DEPTH: Final = 1_000

HIDDEN_TAGS: Final = frozenset(("script", "style", "template", "noscript", "head", "title", "svg", "object", "iframe"))
_HEAD_TAGS: Final = HIDDEN_TAGS | {"base", "basefont", "bgsound", "link", "meta", "noframes"}
BLOCK_TAGS: Final = frozenset(
    "address article aside blockquote body br button caption center dd details dialog div dl dt fieldset figcaption"
    " figure footer form h1 h2 h3 h4 h5 h6 header hr html label legend li main nav ol option p pre section select"
    " summary table tbody td textarea tfoot th thead tr ul".split()
)

_BORDER: Final = "\x00"
_BETWEEN_DIGITS: Final = re.compile(r"\x00(?<=\d\x00)\x00*(?=\d)")  # borders are looked for first, for there are few

HIDING: Final = frozenset(("hidden", "aria-hidden", "style"))
"""Attributes by which elements may be hidden."""

_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_.:-]{1,40})", re.IGNORECASE)
_HIDING_STYLE = re.compile(r"(?<![\w-])(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE)
# React sends parts of a page that come late in hidden elements with such an id, and puts them in their places.
_STREAMED = re.compile(r"S:[0-9a-f]{1,4}")
_XML_DECLARATION = re.compile(r"\s*<\?xml[^>]*\?>")
# Most links are such: there is nothing in their paths to be resolved or left out.
_PLAIN_PATH = re.compile(r"/(?:[\w~%-][\w.~%-]*/)*(?:[\w~%-][\w.~%-]*)?(?:\?[\w.~%=&/-]+)?", re.ASCII)
_ORIGIN = re.compile(r"https?://[\w.:-]+(?=[/?#]|$)", re.ASCII)
# Zero-width space, word joiner, byte-order mark; not what joins letters, which is part of a word.
_NO_WIDTH = " \u200b\u2060\ufeff"
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")
_CONTROLS = bytes(code for code in range(0x20) if code not in b"\t\n\r")


@dataclass(frozen=True, slots=True)
class Page:
    """A page as served: its address and its bytes (or text already decoded)."""

    url: str
    html: bytes | str


def squash(text: str) -> str:
    """``text`` with every run of white space made one space, none at the ends, nor spaces without a width."""
    return " ".join(text.split()).strip(_NO_WIDTH)


def decode(html: bytes) -> str:
    """Text of ``html``: by byte-order mark, as UTF-8, as declared, or as UnicodeDammit guesses; never raises."""
    text = declared_text(html)
    if text is not None:
        return text
    # Few pages need it, and it takes as long to import as all the rest of this module.
    from bs4.dammit import UnicodeDammit

    return UnicodeDammit(html, is_html=True).unicode_markup or html.decode("utf-8", "replace")


def declared_text(html: bytes) -> str | None:
    """Text of ``html`` by its byte-order mark, as UTF-8 or as declared; None when that has to be guessed."""
    if html.startswith((b"\xff\xfe", b"\xfe\xff")):
        return html.decode("utf-16", "replace")
    try:
        return html.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    declared = _CHARSET.search(html[:4096])
    if declared:
        name = declared.group(1).decode("ascii").lower()
        if name not in ("utf-8", "utf8"):
            try:
                return html.decode("cp1252" if name in ("iso-8859-1", "latin-1", "ascii") else name, "replace")
            except LookupError:
                pass
        else:
            return html.decode("utf-8", "replace")
    return None


class Document:
    """The bounded tree of one page, with what several readers of it share.

    ``root`` is the html element; ``url`` the page's address (relative links are read against its base).
    """

    def __init__(self, root: etree._Element, url: str) -> None:
        self.root = root
        self.url = url
        self._hidden: dict[etree._Element, bool] = {}
        self._absolute: dict[str, str] = {}

    @cached_property
    def base(self) -> str:
        """The address that relative links are relative to."""
        element = self.root.find(".//base")
        href = element.get("href") if element is not None else None
        return self.absolute(href, self.url) if href else self.url

    @cached_property
    def _origin(self) -> str:
        origin = _ORIGIN.match(self.base)
        return origin.group() if origin else ""

    def absolute(self, link: str, base: str | None = None) -> str:
        """``link`` as an absolute address; a link that is not an address is given back as it stands."""
        known = self._absolute.get(link) if base is None else None
        if known is not None:
            return known
        if base is None and self._origin and _PLAIN_PATH.fullmatch(link):
            absolute = self._origin + link
        else:
            try:
                absolute = urljoin(self.base if base is None else base, link.strip())
            except ValueError:
                absolute = link
        if base is None:
            self._absolute[link] = absolute
        return absolute

    def is_hidden(self, element: etree._Element) -> bool:
        """Whether the element or an ancestor is not shown to readers of the page."""
        known = self._hidden.get(element)
        if known is not None:
            return known
        # Not recursive: pages are nested deeper than Python calls.
        path = [element]
        for ancestor in element.iterancestors():
            if ancestor in self._hidden:
                break
            path.append(ancestor)
        parent = path[-1].getparent()
        known = parent is not None and self._hidden[parent]
        for node in reversed(path):
            known = self._hidden[node] = known or hides(node)
        return known

    @cached_property
    def data(self) -> tuple[Data, ...]:
        """Leaves of the embedded data (JSON-LD and application/json scripts), in document order."""
        return tuple(embedded_data(self.root))

    @cached_property
    def keyed_data(self) -> tuple[Data, ...]:
        """The same, with the paths that tell them by what they are: few readers ask for these."""
        return tuple(embedded_data(self.root, self.url))

    @cached_property
    def assigned(self) -> tuple[Data, ...]:
        """Leaves of the JSON that other scripts assign (``window.__STATE__ = {...}``), in document order.

        Such scripts are many and hold much that is not about the page: they are read only where something is looked
        for that stands nowhere else.
        """
        return tuple(assigned_data(self.root, self.url))


def hides(element: etree._Element) -> bool:
    """Whether the element itself keeps its content from being shown."""
    if element.tag in HIDDEN_TAGS:
        return True
    if HIDING.isdisjoint(element.keys()):
        return False
    if element.get("hidden") is not None:
        return not _STREAMED.fullmatch(element.get("id") or "")
    if element.get("aria-hidden") == "true":
        return True
    style = element.get("style")
    return style is not None and _HIDING_STYLE.search(style) is not None


def text_of(element: etree._Element) -> str:
    """The text that a reader sees in the element, white space squashed; blocks and line breaks separate words."""
    if not len(element):
        return squash(element.text or "")
    pieces: list[str] = []
    _collect(element, pieces)
    return squash(joined(pieces))


def joined(pieces: Iterable[str]) -> str:
    """The pieces as one text. Two numbers that stand side by side, "2017" and "56", are not one, 201756."""
    return _BETWEEN_DIGITS.sub(" ", _BORDER.join(pieces)).replace(_BORDER, "")


def _collect(element: etree._Element, pieces: list[str]) -> None:
    stack: list[tuple[etree._Element, Iterator[etree._Element]]] = [(element, iter(element))]
    if element.text:
        pieces.append(element.text)
    while stack:
        parent, children = stack[-1]
        for child in children:
            tag = child.tag
            if isinstance(tag, str) and not hides(child):
                if tag in BLOCK_TAGS:
                    pieces.append(" ")
                if child.text:
                    pieces.append(child.text)
                if len(child):
                    stack.append((child, iter(child)))
                    break
                if tag in BLOCK_TAGS:
                    pieces.append(" ")
            if child.tail:
                pieces.append(child.tail)
        else:
            stack.pop()
            if stack:
                if parent.tag in BLOCK_TAGS:
                    pieces.append(" ")
                if parent.tail:
                    pieces.append(parent.tail)


def reveal(root: etree._Element) -> None:
    """Let everything count as shown that an attribute hides: tabs, what is folded, what only screen readers skip."""
    for element in root.iter(etree.Element):
        if not HIDING.isdisjoint(element.keys()) and element.tag not in HIDDEN_TAGS and hides(element):
            for name in HIDING.intersection(element.keys()):
                del element.attrib[name]


def parse(html: bytes | str, url: str, *, revealed: bool = False) -> Document:
    """The page's tree; if ``revealed``, with what attributes hide as if it were shown.

    Raises PageRejected (reason ``empty``, ``not_html``, ``too_large``, ``too_many_nodes``, ``too_deep``).
    """
    if len(html) > MAX_BYTES:
        raise PageRejected(f"{url}: {len(html):,} bytes, the bound is {MAX_BYTES:,}", reason="too_large")
    zipped = html[:3] in (b"PK\x03", "PK\x03")
    data, text = _utf8(html)
    if not text or text.isspace():
        raise PageRejected(f"{url}: the page is empty", reason="empty")
    start = text.lstrip()[:200].lower()
    if zipped or "<" not in text or start.startswith(("%pdf", "{", "[")):
        raise PageRejected(f"{url}: the page is not HTML", reason="not_html")
    parser: etree.XMLParser | etree.HTMLParser
    if start.startswith(("<?xml", "<rss", "<feed")) and "<html" not in text[:2000].lower():
        data = _XML_DECLARATION.sub("", text, count=1).encode("utf-8", "replace")
        parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, huge_tree=False)
    else:
        parser = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True)
    # libxml2 reads bytes in a declared encoding faster and more safely than Python text with a meta charset.
    try:
        root = etree.fromstring(data, parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as error:
        raise PageRejected(f"{url}: no HTML in the page ({error})", reason="not_html") from error
    if root is None:
        raise PageRejected(f"{url}: no HTML in the page", reason="not_html")
    tags = text.count("<")
    if tags > MAX_DEPTH and is_deep(root):
        raise PageRejected(f"{url}: elements in {MAX_DEPTH:,} others, which is too deep", reason="too_deep")
    if tags > MAX_NODES // 2:
        nodes = sum(1 for _ in root.iter())
        if nodes > MAX_NODES:
            raise PageRejected(f"{url}: {nodes:,} elements, the bound is {MAX_NODES:,}", reason="too_many_nodes")
    settle(root)
    if revealed:
        reveal(root)
    return Document(root, url)


def settle(root: etree._Element) -> None:
    """Move what begins the body out of the head, in place.

    Pages may leave ``<body>`` out. The parser ends the head at elements that it knows, and ``<main>``, ``<section>`` or
    ``<header>`` are none of them: these it leaves in the head, where nothing is shown.
    """
    head = root.find("head")
    first = next((e for e in head if e.tag not in _HEAD_TAGS), None) if head is not None else None
    if head is None or first is None:
        return
    body = root.find("body")
    if body is None:
        body = etree.SubElement(root, "body")
    text, body.text = body.text, None
    moved = [first, *first.itersiblings()]
    # To the end, in their order: each takes what follows it along, and none is looked for among many.
    for element in (*moved, *body):
        body.append(element)
    if text:
        moved[-1].tail = (moved[-1].tail or "") + text


_DEEP = etree.XPath("boolean(/*" + "/*" * MAX_DEPTH + ")", regexp=False)


def is_deep(root: etree._Element) -> bool:
    """Whether an element stands in MAX_DEPTH others: reading texts there takes the square of the time."""
    return bool(_DEEP(root))


def _utf8(html: bytes | str) -> tuple[bytes, str]:
    """The page in UTF-8, and as text, both without control characters. Most pages are in UTF-8 already."""
    if isinstance(html, bytes):
        # Few pages have any, and to look for them takes less than to copy the page without.
        data = html.translate(None, _CONTROLS) if any(code in html for code in _CONTROLS) else html
        try:
            return data.removeprefix(BOM_UTF8), data.decode("utf-8-sig")
        except UnicodeDecodeError:
            pass
    text = _CONTROL.sub("", decode(html) if isinstance(html, bytes) else html)
    return text.encode("utf-8", "replace"), text


def host(url: str) -> str:
    """The host of an address, without ``www.``; empty when it has none."""
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""
