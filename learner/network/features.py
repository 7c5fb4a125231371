"""Candidates as arrays: what the network sees of each place on a page.

Words (class names, attribute names, labels, the text itself) are hashed into small vocabularies, tags are
numbers of a fixed table, and the text's shape and place are plain numbers between about 0 and 1. Nothing here
depends on a site: digits and hash-like tokens are left out, and no exact value is kept.
"""

from __future__ import annotations

import math
import re
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any, Final, NamedTuple
from urllib.parse import unquote, urlsplit

import numpy as np
from lxml import etree
from numpy.typing import NDArray

from learner.pages.candidates import Candidate
from learner.pages.page import Document, squash

# Part of what weights fit to: any change of what is read raises it.
FEATURES_VERSION: Final = 2

MAX_PLACES: Final = 3_000

# One table of words: structure first, then a smaller part for the words of the text itself, so that a text is
# described by its shape rather than remembered. Row 0 is "no word".
WORD_BUCKETS: Final = 4_096
TEXT_BUCKETS: Final = 1_024
VOCABULARY: Final = 1 + WORD_BUCKETS + TEXT_BUCKETS

# (name, slots). The slots of a candidate's bags lie beside each other in Features.words.
BAGS: Final = (
    ("own", 8),
    ("near", 10),
    ("far", 10),
    ("semantic", 10),
    ("label", 6),
    ("heading", 4),
    ("next", 4),
    ("text", 8),
)
SLOTS: Final = sum(slots for _, slots in BAGS)

_TAG_NAMES: Final = (
    "? a abbr address article aside b blockquote body br button center cite code data dd details dfn div dl dt em"
    " figcaption figure font footer form h1 h2 h3 h4 h5 h6 header hr i img input label legend li link main mark meta"
    " nav ol option p picture pre q s section select small source span strong sub summary sup table tbody td textarea"
    " tfoot th thead time title tr u ul var video script html custom"
)
TAGS: Final = _TAG_NAMES.split()
TAG_COUNT: Final = len(TAGS)
TAG_SLOTS: Final = 8  # own, parent, grandparent, the one above, sibling before, sibling after, first child, kind
KINDS: Final = ("block", "inline", "node", "attribute", "meta", "data")
NUMBERS: Final = 62
DEPTH: Final = 31  # the column of the numbers that holds the depth, in twentieths
SIGNATURES: Final = 6

_TAG_NUMBER: Final = {tag: number for number, tag in enumerate(TAGS)}
_KIND_NUMBER: Final = {kind: number for number, kind in enumerate(KINDS)}

_TOKEN = re.compile(r"[A-Z]{2,}(?![a-z])|[A-Z]?[a-z]+|[^\W\d_]+")
_HASHED = re.compile(r"\d[a-z]+\d|[a-z]\d+[a-z]+\d|^[0-9a-f]{6,}$", re.IGNORECASE)
_PIECES = re.compile(r"[\s_\-:/.|]+")
_VOWEL = re.compile(r"[aeiouy]")
_TEXT_WORD = re.compile(r"[^\W_]+")
_DIGITS = re.compile(r"\d")
_MONTH = re.compile(
    r"\b(jan|feb|fév|fev|mar|mär|mrt|maart|apr|avr|abr|may|mai|maj|mei|mag|jun|juin|juni|giu|jul|juil|lug|aug|août|aou|ago"
    r"|sep|set|oct|okt|out|ott|nov|dec|dez|déc|dic|gen|ene|led|úno|bře|dub|kvě|čer|srp|zář|říj|lis|pro|ago)"
    r"[a-zéûěáčřů]*\b|\b(minutes?|hours?|days?|stunden|tagen) ago\b",
    re.IGNORECASE,
)
_DATE = re.compile(r"\b\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}\b")
_ISO = re.compile(r"^\d{4}-\d\d-\d\d")
_TIME = re.compile(r"\b\d{1,2}:\d\d\b|\b\d{1,2} ?[ap]\.?m\b", re.IGNORECASE)
_DURATION = re.compile(
    r"\b\d+ ?(h|hrs?|hours?|m|mins?|minutes?|std|stunden|minuten)\b|^P?T\d",
    re.IGNORECASE,
)
_CURRENCY = re.compile(r"[$€£¥₹]|\b(usd|eur|gbp|kr|zł)\b", re.IGNORECASE)
_NUMBER = re.compile(r"^[+-]?[\d.,' ]+%?$")
_MEASURE = re.compile(r"^[\d½¼¾⅓⅔⅛]+[\d.,/½¼¾⅓⅔⅛]* ?[^\W\d]+")
_CODE = re.compile(r"\b[A-Za-z]{0,4}[\d:-]*\d{2,}[-–:/][A-Za-z\d-]*\d")
_URL = re.compile(r"^(https?:)?//|^/[\w~%.-]+|^\w[\w/.-]*\.(html?|php|aspx?|pdf)\b", re.IGNORECASE)
_IMAGE = re.compile(r"\.(jpe?g|png|webp|gif|avif|svg)\b", re.IGNORECASE)
_FILE = re.compile(r"\.(pdf|docx?|wpd|mp3|zip|xlsx?)\b", re.IGNORECASE)
_VERSUS = re.compile(r"\bvs?\.? |\bin re\b|\bex rel\b", re.IGNORECASE)
_HEADING = frozenset(("h1", "h2", "h3", "h4", "h5", "h6", "th", "dt", "legend", "caption"))
_LEVELS = {"h1": 1.0, "h2": 0.8, "h3": 0.6, "h4": 0.5, "h5": 0.4, "h6": 0.3}
_EMPHASIS = frozenset(("strong", "b", "em", "i", "th", "dt"))
_SEMANTIC = (
    "itemprop",
    "property",
    "rel",
    "role",
    "name",
    "itemtype",
    "aria-label",
    "data-testid",
    "typeof",
)
_REGIONS = (
    "nav",
    "header",
    "footer",
    "aside",
    "article",
    "main",
    "li",
    "table",
    "a",
    "form",
    "figure",
    "p",
)
_NEAR: Final = 3
_NO_WORDS: Final = [0] * max(slots for _, slots in BAGS)
_COLUMNS: Final = 64


@dataclass(frozen=True, slots=True)
class Features:
    """One page's candidates as arrays, one row for each place that is looked at (at most MAX_PLACES).

    ``rows`` gives each place's number in the list of candidates; ``words`` uint16 (places, SLOTS);
    ``tags`` uint8 (places, TAG_SLOTS); ``numbers`` float16 (places, NUMBERS); ``signatures`` uint32
    (places, SIGNATURES) say where places are alike within one design; ``texts`` uint32 hashes of the values.
    """

    rows: NDArray[np.int32]
    words: NDArray[np.uint16]
    tags: NDArray[np.uint8]
    numbers: NDArray[np.float16]
    signatures: NDArray[np.uint32]
    texts: NDArray[np.uint32]


@lru_cache(maxsize=50_000)
def split_name(name: str) -> tuple[str, ...]:
    """The words of a class, id, attribute or field name: ``postMeta__author-3`` -> post, meta, author."""
    words: list[str] = []
    for piece in _PIECES.split(name):
        if not piece or len(piece) > 60 or _HASHED.search(piece):
            continue
        for token in _TOKEN.findall(piece):
            word = token.lower()
            if len(word) > 3 and word.endswith("s") and not word.endswith("ss"):
                word = word[:-1]
            spoken = not word.isascii() or _VOWEL.search(word)
            if (2 < len(word) <= 20 and spoken) or word in ("id", "by", "to", "on"):
                words.append(word)
    return tuple(dict.fromkeys(words))


@lru_cache(maxsize=100_000)
def word_number(word: str) -> int:
    """The row of a structural word."""
    return 1 + zlib.crc32(word.encode("utf-8", "replace")) % WORD_BUCKETS


@lru_cache(maxsize=100_000)
def _text_number(word: str) -> int:
    return 1 + WORD_BUCKETS + zlib.crc32(word.encode("utf-8", "replace")) % TEXT_BUCKETS


def name_words(field: str, slots: int = 4) -> NDArray[np.int64]:
    """The rows of a field name's words, 0 where there are fewer than ``slots``."""
    numbers = [word_number(word) for word in split_name(field)][:slots]
    return np.array(numbers + [0] * (slots - len(numbers)), dtype=np.int64)


def choose(candidates: Sequence[Candidate], limit: int = MAX_PLACES) -> NDArray[np.int32]:
    """The candidates to look at, in their order, at most ``limit``.

    A big page loses data-* attributes first, then repeated attributes, then embedded data, then every further
    place of a text that was seen; what is left is cut evenly over the document, so that the end isn't lost.
    """
    if len(candidates) <= limit:
        return np.arange(len(candidates), dtype=np.int32)
    seen: set[tuple[str, str]] = set()
    order = np.empty(len(candidates), dtype=np.int32)
    for number, candidate in enumerate(candidates):
        key = (candidate.kind, candidate.value)
        again = key in seen
        seen.add(key)
        rank = 0
        if candidate.kind == "attribute":
            rank = 5 if candidate.name.startswith("data-") else 4 if again else 1
        elif candidate.kind == "data":
            rank = 3 if again else 1
        elif again:
            rank = 2
        order[number] = rank
    numbers = np.arange(len(candidates), dtype=np.int32)
    for rank in (5, 4, 3, 2):
        if len(numbers) <= limit:
            return numbers
        droppable = np.flatnonzero(order[numbers] == rank)
        excess = len(numbers) - limit
        dropped = droppable if len(droppable) <= excess else _evenly(droppable, excess)
        numbers = np.delete(numbers, dropped)
    return numbers if len(numbers) <= limit else _evenly(numbers, limit)


def _evenly(values: NDArray[Any], count: int) -> NDArray[Any]:
    return values[np.linspace(0, len(values) - 1, count).round().astype(np.int64)]


def features(document: Document, candidates: Sequence[Candidate], limit: int = MAX_PLACES) -> Features:
    """The arrays of a page's candidates; deterministic, and bounded by ``limit``."""
    rows = choose(candidates, limit)
    chosen = [candidates[row] for row in rows]
    count = len(chosen)
    reader = _Reader(document)
    contexts = _contexts(chosen)
    whole = _whole_page(document, chosen)
    lines = [reader.read(candidate, context, whole) for candidate, context in zip(chosen, contexts, strict=True)]
    # One conversion of lists is several times faster than writing rows one by one.
    words = np.array([line.words for line in lines], dtype=np.uint16).reshape(count, SLOTS)
    tags = np.array([line.tags for line in lines], dtype=np.uint8).reshape(count, TAG_SLOTS)
    signatures = np.array([line.signatures for line in lines], dtype=np.uint32).reshape(count, SIGNATURES)
    texts = np.array([_hash(candidate.value.casefold()) for candidate in chosen], dtype=np.uint32)
    numbers = np.zeros((count, NUMBERS), dtype=np.float32)
    if count:
        told = np.array([line.numbers for line in lines], dtype=np.float32)
        numbers[:, : told.shape[1]] = told
    _places(chosen, numbers)
    return Features(rows, words, tags, np.clip(numbers, -1, 4).astype(np.float16), signatures, texts)


def _hash(text: str) -> int:
    return zlib.crc32(text.encode("utf-8", "replace"))


class _Element:
    """What all candidates of one element share."""

    __slots__ = (
        "attribute_words",
        "depth",
        "far",
        "near",
        "own",
        "path",
        "regions",
        "shape",
        "sibling",
        "tags",
    )

    own: tuple[int, ...]
    near: tuple[int, ...]
    far: tuple[int, ...]
    attribute_words: tuple[int, ...]
    tags: tuple[int, ...]
    depth: int
    path: int
    shape: int
    regions: tuple[bool, ...]
    sibling: tuple[float, ...]


class _Line(NamedTuple):
    """One candidate's row of every array."""

    words: list[int]
    tags: tuple[int, ...]
    numbers: tuple[float, ...]
    signatures: tuple[int, ...]


class _Reader:
    """Reads candidates of one page; remembers what elements share."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._elements: dict[etree._Element, _Element] = {}
        self._siblings: dict[etree._Element, dict[etree._Element, tuple[float, ...]]] = {}
        self._columns: dict[etree._Element, list[tuple[int, ...]]] = {}

    def element(self, element: etree._Element) -> _Element:
        known = self._elements.get(element)
        if known is not None:
            return known
        # From the top down: a deep page must not become deep recursion.
        unread: list[etree._Element] = []
        above: etree._Element | None = element
        while above is not None and above not in self._elements:
            unread.append(above)
            above = above.getparent()
        for part in reversed(unread):
            self._elements[part] = self._read(part)
        return self._elements[element]

    def _read(self, element: etree._Element) -> _Element:
        shared = _Element()
        attributes = element.attrib
        named = (attributes.get("class") or "") + " " + (attributes.get("id") or "")
        shared.own = tuple(word_number(word) for word in split_name(named.strip()))
        semantic: list[int] = []
        for name in _SEMANTIC:
            value = attributes.get(name) if attributes else None
            if value:
                semantic.extend(word_number("@" + word) for word in split_name(value[:80]))
                semantic.extend(word_number(word) for word in split_name(value[:80]))
        shared.attribute_words = tuple(dict.fromkeys(semantic))
        tag = str(element.tag)
        number = _TAG_NUMBER.get(tag, TAG_COUNT - 1)
        parent = element.getparent()
        style = _hash(self._style(element))
        if parent is None:
            shared.near = shared.far = ()
            shared.depth, shared.path, shared.shape = 0, number, style
            shared.tags = (number, 0, 0, 0, 0, 0, 0)
            shared.regions = (False,) * len(_REGIONS)
            shared.sibling = (0.0,) * 4
            return shared
        above = self.element(parent)
        shared.near, shared.far = self._ancestors(parent)
        shared.depth = above.depth + 1
        shared.path = _hash(f"{above.path}/{number}")
        shared.shape = (
            _hash(f"{above.shape & 0xFFFF}/{style}")
            if shared.depth < 3
            else _hash(f"{style}/{self._style(parent)}/{self._style(parent.getparent())}")
        )
        before, after = element.getprevious(), element.getnext()
        first = element[0] if len(element) else None
        shared.tags = (number, *above.tags[:3], _tag(before), _tag(after), _tag(first))
        shared.regions = above.regions
        if tag in _REGIONS:
            number = _REGIONS.index(tag)
            shared.regions = (*above.regions[:number], True, *above.regions[number + 1 :])
        shared.sibling = self._sibling(parent, element)
        return shared

    @staticmethod
    def _style(element: etree._Element | None) -> str:
        """Tag and class; of a table's cell also its column."""
        if element is None:
            return ""
        style = f"{element.tag}.{element.get('class') or ''}"
        if element.tag in ("td", "th"):
            style += f"#{sum(1 for _ in islice(element.itersiblings('td', 'th', preceding=True), _COLUMNS))}"
        return style

    def _ancestors(self, parent: etree._Element) -> tuple[tuple[int, ...], tuple[int, ...]]:
        near: list[int] = []
        far: list[int] = []
        element: etree._Element | None = parent
        for level in range(9):
            if element is None:
                break
            (near if level < _NEAR else far).extend(self.element(element).own)
            element = element.getparent()
        return tuple(dict.fromkeys(near)), tuple(dict.fromkeys(far))

    def _sibling(self, parent: etree._Element, element: etree._Element) -> tuple[float, ...]:
        known = self._siblings.get(parent)
        if known is None:
            children = [child for child in parent if isinstance(child.tag, str)][:2_000]
            styles = [f"{child.tag}.{child.get('class') or ''}" for child in children]
            alike = Counter(styles)
            tags = Counter(str(child.tag) for child in children)
            known = {}
            order: Counter[str] = Counter()
            for number, (child, style) in enumerate(zip(children, styles, strict=True)):
                known[child] = (
                    _log(number),
                    _log(alike[style] - 1),
                    _log(tags[str(child.tag)] - 1),
                    order[style] / alike[style],
                )
                order[style] += 1
            self._siblings[parent] = known
        return known.get(element, (2.0, 2.0, 2.0, 1.0))

    def _column(self, element: etree._Element) -> tuple[int, ...]:
        """Words of the column's header of a table cell."""
        cell: etree._Element | None = element
        for _ in range(4):
            if cell is None or cell.tag in ("td", "th"):
                break
            cell = cell.getparent()
        if cell is None or cell.tag != "td":
            return ()
        row = cell.getparent()
        table = row
        for _ in range(3):
            if table is None or table.tag == "table":
                break
            table = table.getparent()
        if row is None or table is None:
            return ()
        headers = self._columns.get(table)
        if headers is None:
            first = next(table.iter("tr"), None)
            headers = []
            for head in first if first is not None else ():
                text = squash("".join(map(str, head.itertext()))[:60]) if isinstance(head.tag, str) else ""
                headers.append(_label_words(text) if len(text) <= 40 else ())
            self._columns[table] = headers
        number = row.index(cell)
        return headers[number] if number < len(headers) and headers[number] is not None else ()

    def read(self, candidate: Candidate, context: _Context, whole: _Whole) -> _Line:
        """One row of every array."""
        element, kind, value = candidate.element, candidate.kind, candidate.value
        shared = self.element(element)
        visible = kind not in ("meta", "data")
        semantic = list(shared.attribute_words)
        if kind == "attribute":
            semantic = [word_number("attribute " + candidate.name), *semantic]
        elif not visible:
            semantic = [word_number("@" + w) for w in split_name(candidate.name)][-5:]
            semantic += [word_number(w) for w in split_name(candidate.name)][-5:]
        else:
            parent = element.getparent()
            if parent is not None:
                semantic += self.element(parent).attribute_words
        heading = self._column(element) if visible else ()
        bags = (
            shared.own if visible else (),
            shared.near if visible else (),
            shared.far if visible else (),
            semantic,
            _label_words(context.label),
            heading or _label_words(context.heading),
            _label_words(context.next),
            _text_words(value, kind == "attribute"),
        )
        words: list[int] = []
        for (_, slots), bag in zip(BAGS, bags, strict=True):
            kept = list(dict.fromkeys(bag))[:slots] if bag else []
            words += kept
            words += _NO_WORDS[: slots - len(kept)]
        shape = _text_shape(value)
        page = whole.numbers(candidate)
        structure = (
            shared.depth / 20,
            *shared.sibling,
            _log(len(element)),
            _LEVELS.get(str(element.tag), _LEVELS.get(TAGS[shared.tags[1]], 0.0)),
            1.0 if element.tag in _EMPHASIS or TAGS[shared.tags[1]] in _EMPHASIS else 0.0,
            *shared.regions,
            1.0 if context.label.endswith(":") else 0.0,
            _log(context.label_length),
            1.0 if candidate.node else 0.0,
        )
        key = f"{kind}.{candidate.name}.{candidate.node}"
        own = f"{element.tag}.{element.get('class') or ''}" if visible else ""
        signatures = (
            _hash(f"{key}|{own}"),
            _hash(f"{key}|{shared.shape}"),
            _hash(f"{key}|{shared.path}"),
            _hash(f"{kind}|{context.label.casefold()}|{element.tag}") if context.label else 0,
            _hash(f"{key}|{element.tag}|{sorted(semantic)}") if semantic else 0,
            _hash(f"{kind}|{element.tag}|{sorted(shared.own)}") if shared.own and visible else 0,
        )
        return _Line(words, (*shared.tags, 1 + _KIND_NUMBER[kind]), (*shape, *page, *structure), signatures)


def _tag(element: etree._Element | None) -> int:
    return 0 if element is None else _TAG_NUMBER.get(str(element.tag), TAG_COUNT - 1)


def _log(number: float) -> float:
    return math.log1p(number) / 4


@lru_cache(maxsize=20_000)
def _label_words(text: str) -> tuple[int, ...]:
    return tuple(word_number(word) for word in split_name(text[:60]))


def _text_words(value: str, attribute: bool) -> tuple[int, ...]:
    """The first and the last words of a text."""
    if attribute and len(value) > 80:
        value = value[-80:]
    found = _TEXT_WORD.findall(value[:200].lower())
    if len(found) > 8:
        found = found[:5] + found[-3:]
    return tuple(_text_number("0" if word.isdigit() else word) for word in found)


@dataclass(frozen=True, slots=True)
class _Context:
    label: str
    heading: str
    next: str
    label_length: int


def _contexts(candidates: Sequence[Candidate]) -> list[_Context]:
    """The texts around each candidate: the one before it, the last heading, the one after it."""
    leaves: list[str] = []  # texts of elements without children, and bare text nodes, in document order
    position: list[int] = []  # leaves before each candidate
    headings: list[str] = []
    heading = ""
    for candidate in candidates:
        leaf = candidate.kind == "node" or (candidate.kind in ("block", "inline") and not len(candidate.element))
        position.append(len(leaves))
        headings.append(heading)
        if leaf:
            leaves.append(candidate.value)
        if candidate.kind in ("block", "inline") and candidate.element.tag in _HEADING:
            heading = candidate.value[:60]
    contexts = []
    for candidate, before, above in zip(candidates, position, headings, strict=True):
        if candidate.kind in ("meta", "data"):
            contexts.append(_Context("", "", "", 0))
            continue
        label = leaves[before - 1] if before else ""
        after = before
        if candidate.kind == "node":
            after += 1
            if candidate.node and candidate.node <= len(candidate.element):
                inner = "".join(map(str, candidate.element[candidate.node - 1].itertext()))[:60]
                label = squash(inner) or label
        elif candidate.kind in ("block", "inline"):
            after += 1
        following = leaves[after] if after < len(leaves) else ""
        if candidate.kind == "attribute" and before < len(leaves):
            following = leaves[before]
        contexts.append(_Context(label if len(label) <= 60 else "", above, following[:60], len(label)))
    return contexts


class _Whole:
    """What the page as a whole says about a text."""

    def __init__(
        self,
        url: str,
        titles: str,
        meta: frozenset[str],
        data: frozenset[str],
        shown: Counter[str],
    ) -> None:
        self._slug = frozenset(_TEXT_WORD.findall(unquote(_path(url)).lower()))
        self._titles = titles
        self._meta = meta
        self._data = data
        self._shown = shown

    def numbers(self, candidate: Candidate) -> tuple[float, ...]:
        text = candidate.value.casefold()
        words = _TEXT_WORD.findall(text[:200])
        in_slug = sum(word in self._slug for word in words) / len(words) if words else 0.0
        return (
            in_slug,
            1.0 if len(text) > 4 and text in self._titles else 0.0,
            1.0 if text in self._meta else 0.0,
            1.0 if text in self._data else 0.0,
            _log(self._shown[text] - 1 if self._shown[text] else 0),
        )


def _path(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return f"{parts.path} {parts.query}"


def _whole_page(document: Document, candidates: Sequence[Candidate]) -> _Whole:
    meta: set[str] = set()
    data: set[str] = set()
    titles: list[str] = []
    shown: Counter[str] = Counter()
    for candidate in candidates:
        text = candidate.value.casefold()
        if candidate.kind == "meta":
            meta.add(text)
            if "title" in candidate.name:
                titles.append(text)
        elif candidate.kind == "data":
            data.add(text)
        else:
            shown[text] += 1
    return _Whole(document.url, "\n".join(titles), frozenset(meta), frozenset(data), shown)


@lru_cache(maxsize=50_000)
def _text_shape(value: str) -> tuple[float, ...]:
    """26 numbers on the look of a text; the length in coarse steps, so that a text isn't known by it."""
    length = len(value)
    head = value[:300]
    words = head.split()
    letters = sum(map(str.isalpha, head)) or 1
    upper = sum(map(str.isupper, head))
    digits = len(_DIGITS.findall(head))
    capitalised = sum(word[:1].isupper() for word in words)
    step = round(math.log2(length + 1) * 1.5) / 1.5
    date = bool(_MONTH.search(head[:60]) and digits) or bool(_DATE.search(head))
    return (
        step / 12,
        1.0 if length <= 4 else 0.0,
        1.0 if 4 < length <= 30 else 0.0,
        1.0 if 30 < length <= 120 else 0.0,
        1.0 if length > 120 else 0.0,
        round(math.log1p(len(words)) * 3) / 12,
        digits / (len(head) or 1),
        upper / letters,
        capitalised / (len(words) or 1),
        1.0 if value[:1].isupper() else 0.0,
        1.0 if value[:1].isdigit() else 0.0,
        1.0 if value.isupper() else 0.0,
        1.0 if value.endswith((".", "!", "?", "…", "。")) else 0.0,
        1.0 if value.endswith(":") else 0.0,
        min(head.count(",") / 4, 1.0),
        1.0 if _CURRENCY.search(head[:40]) else 0.0,
        1.0 if date else 0.0,
        1.0 if _ISO.match(value) else 0.0,
        1.0 if _TIME.search(head[:80]) else 0.0,
        1.0 if length < 60 and _DURATION.search(head) else 0.0,
        1.0 if _NUMBER.match(head) else 0.0,
        1.0 if _MEASURE.match(head) else 0.0,
        1.0 if _CODE.search(head[:80]) and not date else 0.0,
        (1.0 if _IMAGE.search(value[-200:]) else 0.5) if _URL.match(value) else 0.0,
        1.0 if _FILE.search(value[-60:]) else 0.0,
        1.0 if length < 250 and _VERSUS.search(head) else 0.0,
    )


def _places(candidates: Sequence[Candidate], numbers: NDArray[np.float32]) -> None:
    """The last columns: the surroundings of each place, its distance from the first h1, where it is in the document."""
    count = len(candidates)
    if not count:
        return
    body = np.array([candidate.kind not in ("meta", "data") for candidate in candidates])
    shown = np.cumsum(body) - body
    total = max(int(body.sum()), 1)
    linked = np.array([candidate.element.tag == "a" or candidate.name == "href" for candidate in candidates])
    length = np.array([min(len(candidate.value), 400) for candidate in candidates]) * ~linked
    first = next(
        (n for n, c in enumerate(candidates) if c.element.tag == "h1" and c.kind == "block"),
        -1,
    )
    numbers[:, NUMBERS - 8] = _around(linked & body)
    numbers[:, NUMBERS - 7] = _around(length * body) / 100
    if first >= 0:
        away = shown - shown[first]
        numbers[:, NUMBERS - 6] = np.where(body, np.tanh(away / 40), 0)
        numbers[:, NUMBERS - 5] = np.where(body, np.sign(away) * np.log1p(np.abs(away)) / 6, 0)
    numbers[:, NUMBERS - 4] = np.where(body, shown / total, 0)
    numbers[:, NUMBERS - 3] = np.where(body, np.log1p(shown) / 8, 0)
    numbers[:, NUMBERS - 2] = np.where(body, np.log1p(total - shown) / 8, 0)
    numbers[:, NUMBERS - 1] = body


def _around(values: NDArray[Any], reach: int = 12) -> NDArray[np.float64]:
    """Mean of the values within reach of each place."""
    sums = np.concatenate([[0.0], np.cumsum(values, dtype=np.float64)])
    places = np.arange(len(values))
    start, stop = (
        np.maximum(places - reach, 0),
        np.minimum(places + reach + 1, len(values)),
    )
    return np.asarray((sums[stop] - sums[start]) / (stop - start))


def ordinals(signatures: NDArray[np.uint32]) -> NDArray[np.int32]:
    """For each place and signature: how many places before it share it, how many after it (places, signatures, 2)."""
    count, kinds = signatures.shape
    found = np.zeros((count, kinds, 2), dtype=np.int32)
    for kind in range(kinds):
        column = signatures[:, kind]
        order = np.argsort(column, kind="stable")
        ordered = column[order]
        starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]]) if count else np.zeros(0, dtype=np.int64)
        sizes = np.diff(np.r_[starts, count])
        before = np.arange(count) - np.repeat(starts, sizes)
        found[order, kind, 0] = before
        found[order, kind, 1] = np.repeat(sizes, sizes) - 1 - before
    return found


def page_rarity(words: NDArray[np.uint16]) -> NDArray[np.float32]:
    """For each word slot how rare the word is among the page's places in the same bag: 1 alone, towards 0 common."""
    rarity = np.zeros(words.shape, dtype=np.float32)
    start = 0
    for _, slots in BAGS:
        part = words[:, start : start + slots]
        counts = np.bincount(part.ravel().astype(np.int64), minlength=VOCABULARY)
        rarity[:, start : start + slots] = (1 / np.sqrt(np.maximum(counts, 1)))[part]
        start += slots
    rarity[words == 0] = 0
    return rarity


def stack(names: Iterable[str], slots: int = 4) -> NDArray[np.int64]:
    """The rows of several field names (names, slots)."""
    rows = [name_words(name, slots) for name in names]
    return np.stack(rows) if rows else np.zeros((0, slots), dtype=np.int64)


def as_arrays(page: Features) -> Mapping[str, NDArray[np.generic]]:
    """The arrays by name, to be saved."""
    return {name: getattr(page, name) for name in ("rows", "words", "tags", "numbers", "signatures", "texts")}
