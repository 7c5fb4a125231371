"""How like a column of records on a new design is to a field of the examples: in what its values are, in its place.

Values of many records tell a field where no single one does: that all are times, how long they are, which words come
again, how many records lack one. What stands around them and in which order survives redesigns more often than not.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from lxml import etree

from learner.healing.groups import Column, Group, Row
from learner.pages.values import Scalar, normal, read_number
from learner.programs.program import FieldProgram

Element = etree._Element
MOST: Final = 200
"""Values that are looked at."""
COMPARED: Final = 30
"""Records in which two fields are compared."""
_NAMED: Final = (
    "class",
    "id",
    "itemprop",
    "data-testid",
    "data-test",
    "aria-label",
    "data-label",
    "name",
    "rel",
    "role",
)
_WORD: Final = re.compile(r"[^\W\d_]{3,}")
_HUMP: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")
_RUN: Final = re.compile(r"\d+|[^\W\d_]\w*|\s+|.", re.DOTALL)
_MONEY: Final = re.compile(r"[$€£¥₹]|\b(?:USD|EUR|GBP)\b")
_HEADINGS: Final = frozenset(("h1", "h2", "h3", "h4", "h5", "h6", "strong", "b"))
_OFTEN: Final = 0.3
"""Share of a field's places that have a word around them which goes with the field."""
_LONGEST_SHAPE: Final = 9


@lru_cache(maxsize=8_192)
def words_of(text: str) -> frozenset[str]:
    """The words in a name or a label, in lower case: ``articleBody-main`` -> article, body, main."""
    return frozenset(_WORD.findall(_HUMP.sub(" ", text).lower().replace("_", " ")))


def words_around(element: Element, frame: Element | None, label: str = "") -> frozenset[str]:
    """The words in the names of an element and of two around it, in its column's heading and in its label."""
    found = set(words_of(label)) | words_of(_heading(element))
    around: Element | None = element
    for _ in range(3):
        if around is None:
            break
        for name in _NAMED:
            if value := around.get(name):
                found |= words_of(value)
        if around is frame:
            break
        around = around.getparent()
    return frozenset(found)


def _heading(element: Element) -> str:
    """The text of the heading over a table's cell; empty where there is none."""
    cell: Element | None = element
    for _ in range(4):
        if cell is None or cell.tag in ("td", "th"):
            break
        cell = cell.getparent()
    row = None if cell is None else cell.getparent()
    if cell is None or row is None or cell.tag not in ("td", "th") or row.tag != "tr":
        return ""
    at = sum(_span(other) for other in cell.itersiblings(preceding=True))
    table = next(row.iterancestors("table"), None)
    heads = () if table is None else (one for one in table.iter("tr") if len(one.findall("th")) > 1)
    for head in heads:
        reached = 0
        for one in head.iterchildren(etree.Element):
            reached += _span(one)
            if reached > at:
                return " ".join("".join(map(str, one.itertext())).split())[:40]
        break
    return ""


def _span(cell: Element) -> int:
    span = cell.get("colspan") or "1"
    return min(int(span), 100) if span.isdecimal() else 1


def roles(element: Element) -> tuple[float, ...]:
    """What an element is, or what is right around it: a link, a heading, a time, a paragraph, a picture."""
    tags = [element.tag]
    for around in element.iterancestors():
        tags.append(around.tag)
        if len(tags) == 4:
            break
    told = ("a" in tags, not _HEADINGS.isdisjoint(tags), "time" in tags, "p" in tags or "blockquote" in tags)
    return (*map(float, told), float(element.tag == "img"))


@lru_cache(maxsize=8_192)
def _marks(text: str) -> tuple[float, ...]:
    size, first, last = len(text), text[:1], text[-1:]
    told = [any(map(str.isdigit, text)), any(map(str.isalpha, text)), first.isupper(), first.isdigit(), last.isdigit()]
    told += [last in tuple(".!?"), bool(_MONEY.search(text)), text.isupper(), text.islower(), "." in text[:-1]]
    told += [mark in text for mark in " ,:/-(%@#+"] + [first == "/", text.startswith("http")]
    told += [size <= most for most in (3, 12, 40, 120)]
    return tuple(map(float, told))


@lru_cache(maxsize=8_192)
def _shape(text: str) -> str:
    """The first runs of a text: how many digits, words with a capital or without, marks."""
    runs = []
    for run in _RUN.findall(text[:60])[:_LONGEST_SHAPE]:
        if run[0].isdigit():
            runs.append("9" * min(len(run), 4))
        elif run[0].isalpha():
            runs.append("A" if run[0].isupper() else "a")
        else:
            runs.append(" " if run.isspace() else run)
    return "".join(runs)


@dataclass(frozen=True, slots=True)
class Look:
    """What values have in common: their marks (shares of 0..1), shapes, words, forms; lengths in characters;
    ``magnitude`` is the middle one's decimal logarithm, where they are numbers; ``distinct`` the share that are."""

    marks: tuple[float, ...]
    shapes: Counter[str]
    words: Counter[str]
    forms: Counter[str]
    length: float
    distinct: float
    magnitude: float | None

    @staticmethod
    def of(values: Sequence[Scalar]) -> Look:
        """The look of some values, of which there must be one."""
        texts = [str(value) for value in values[:MOST]]
        columns = zip(*map(_marks, texts), strict=True)
        return Look(
            tuple(sum(column) / len(texts) for column in columns),
            Counter(map(_shape, texts)),
            Counter(word for text in texts for word in set(normal(text).split())),
            Counter(map(normal, texts)),
            sum(map(len, texts)) / len(texts),
            len(set(texts)) / len(texts),
            _magnitude(texts),
        )


def _magnitude(texts: Sequence[str]) -> float | None:
    numbers = sorted(abs(float(number)) for text in texts if (number := read_number(text)) is not None)
    if len(numbers) < 0.7 * len(texts) or not math.isfinite(numbers[-1]):
        return None
    return math.log10(numbers[len(numbers) // 2] + 1)


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a record's value stands: its element, that element's place on the page, and how far into the record."""

    element: Element
    place: int
    share: float


Spots = Mapping[Row, Spot]


@dataclass(frozen=True, slots=True)
class Usual:
    """A field of list pages as the examples show it: its ``look``, the share of the records that have it, the words
    and roles of its places, how far into a record it stands, and the attributes it is read from (none: texts)."""

    name: str
    look: Look
    presence: float
    words: frozenset[str]
    roles: tuple[float, ...] | None
    share: float | None
    attributes: tuple[str, ...]

    @staticmethod
    def of(entry: FieldProgram, values: Sequence[Scalar], records: int, spots: Spots) -> Usual:
        """A field with these ``values`` in so many ``records``, some of which stand at ``spots``."""
        elements = [spot.element for spot in spots.values()]
        around = Counter(word for element in elements for word in words_around(element, None))
        often = {word for word, count in around.items() if count >= _OFTEN * len(elements)}
        shown = [roles(element) for element in elements]
        takes = Counter[str]()
        for rule in entry.rules:
            takes[rule.selector.take if not rule.selector.data else "text"] += rule.weight  # type: ignore[assignment]
        take = max(takes, key=takes.__getitem__, default="text")
        named = ("src", "data-src") if take in ("@src", "@data-src") else (take[1:],) if take.startswith("@") else ()
        return Usual(
            entry.profile.name,
            Look.of(values),
            min(1.0, len(values) / max(1, records)),
            frozenset(often | words_of(entry.profile.name)),
            tuple(sum(one) / len(shown) for one in zip(*shown, strict=True)) if shown else None,
            sum(spot.share for spot in spots.values()) / len(spots) if spots else None,
            named,
        )

    def may_stand(self, column: Column) -> bool:
        """Whether the field's values can be what the column has: links are read from links, texts from texts, or from
        what is said of a picture."""
        if self.attributes and self.attributes[0] in ("href", "src", "data-src"):
            return column.attribute in self.attributes
        return not column.attribute or column.attribute in self.attributes


def features(
    usual: Usual, column: Column, made: Mapping[Row, Scalar], group: Group, usually: float, seen: float
) -> list[float]:
    """How like the column, whose cells give the values ``made``, is to the field. ``usually`` is how many records the
    examples have, ``seen`` the mean probability that the network gives its places. (24,)"""
    presence = len(made) / len(group.rows)
    words = words_around(column.element, column.frame, column.label) | {column.attribute}
    shown = roles(column.element)
    unlike = [abs(a - b) for a, b in zip(shown, usual.roles, strict=True)] if usual.roles else [0.5] * len(shown)
    share = sum(cell.share for cell in column.cells.values()) / len(column.cells)
    pages = len({number for number, _ in group.rows})
    return [
        abs(presence - usual.presence),
        max(0.0, usual.presence - presence),
        1 - len(made) / len(column.cells),
        *likenesses(Look.of(list(made.values())), usual.look),
        min(2, len(words & usual.words)) / 2,
        float(not words.isdisjoint(words_of(usual.name))),
        *unlike[:3],
        abs(share - usual.share) if usual.share is not None else 0.3,
        seen,
        math.log(seen + 1e-3),
        float(bool(column.attribute)),
        float(bool(column.label)),
        abs(math.log((len(group.rows) / pages + 1) / (usually + 1))),
        float(group.inside),
    ]


def likenesses(look: Look, field: Look) -> list[float]:
    """How like some values are to a field's. (9,)"""
    off = [abs(one - other) for one, other in zip(look.marks, field.marks, strict=True)]
    comparable = look.magnitude is not None and field.magnitude is not None
    return [
        sum(off) / len(off),
        max(off),
        abs(math.log((look.length + 1) / (field.length + 1))),
        abs(look.distinct - field.distinct),
        _cosine(look.shapes, field.shapes),
        _known(look.words, field.words),
        _known(look.forms, field.forms),
        min(2.0, abs((look.magnitude or 0.0) - (field.magnitude or 0.0))) if comparable else 0.0,
        float(comparable),
    ]


def _cosine(one: Counter[str], other: Counter[str]) -> float:
    sizes = math.sqrt(sum(n * n for n in one.values()) * sum(n * n for n in other.values()))
    return sum(count * other[name] for name, count in one.items()) / sizes if sizes else 0.0


def _known(found: Counter[str], before: Counter[str]) -> float:
    """The share of what was found that there was before."""
    return sum(count for one, count in found.items() if one in before) / max(1, found.total())


@dataclass(frozen=True, slots=True)
class Relation:
    """How two fields stand to each other in the records that have both: the share in which one is in the other's place
    or around it, and in which the first comes before the second (half, if they are at one place)."""

    together: float
    before: float


def relation(one: Spots, other: Spots) -> Relation | None:
    """The relation of what stands at these spots; None where no record has both."""
    pairs = [(one[row], other[row]) for row in [row for row in one if row in other][:COMPARED]]
    if not pairs:
        return None
    together = sum(_together(a.element, b.element) for a, b in pairs) / len(pairs)
    return Relation(together, sum(0.5 * (a.place == b.place) + (a.place < b.place) for a, b in pairs) / len(pairs))


def _together(one: Element, other: Element) -> bool:
    return one is other or _is_around(one, other) or _is_around(other, one)


def _is_around(outer: Element, inner: Element) -> bool:
    """Whether an element is around another, at most three levels up."""
    return any(around is outer for _, around in zip(range(3), inner.iterancestors(), strict=False))


def relations(before: Iterable[tuple[Relation, Relation]]) -> list[float]:
    """How a column stands to those of other fields: pairs of the relation on the examples, and that of the columns.
    (3,)"""
    pairs = list(before)
    partners = [now.together for then, now in pairs if then.together >= 0.8]
    ordered = [1 - 2 * abs(then.before - now.before) for then, now in pairs]
    return [max(partners, default=0.0), float(bool(partners)), sum(ordered) / len(ordered) if ordered else 0.0]
