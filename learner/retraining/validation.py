"""What an extractor is worth on pages: the share of fields it vouches for, and how far it agrees with known values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from learner.pages.values import Value, same, scalars

MOSTLY: Final = 0.8
"""Share of the links of two lists that must be in both: a new link makes no other list, a box beside it does."""

Item = Mapping[str, Value]


class Read(Protocol):
    """An extraction, as far as it is compared."""

    @property
    def item(self) -> Item: ...
    @property
    def items(self) -> Sequence[Item]: ...


class Reads(Protocol):
    """An extractor, as far as it is measured."""

    @property
    def fields(self) -> Mapping[str, Any]: ...

    def read(self, html: bytes | str, url: str) -> Read: ...


class Shown(Protocol):
    """A page."""

    @property
    def url(self) -> str: ...
    @property
    def html(self) -> bytes | str: ...


class Facts(Protocol):
    """Values that are known of a page."""

    @property
    def item(self) -> Item | None: ...
    @property
    def items(self) -> Sequence[Item] | None: ...


@dataclass(frozen=True, slots=True)
class Some:
    """Records that are known to be on a list page, among others that nothing is known of."""

    items: Sequence[Item]
    item: Item | None = None


@dataclass(frozen=True, slots=True)
class Linked:
    """Values that are known of a page; ``lists`` names fields with lists of links, which have to be mostly the same;
    ``kinds`` are the links that are known of it and that it shows, by field, of each kind of which some must be found.
    """

    item: Item
    lists: frozenset[str]
    kinds: Mapping[str, Sequence[Set[str]]]
    items: Sequence[Item] | None = None


@dataclass(slots=True)
class Score:
    """Values of one field: ``right``, ``wrong`` and ``missing`` against what is known; ``pages`` that have it."""

    pages: int = 0
    right: int = 0
    wrong: int = 0
    missing: int = 0


@dataclass(frozen=True, slots=True)
class Measure:
    """Scores per field over a number of pages."""

    pages: int
    fields: dict[str, Score] = field(default_factory=dict)
    presence: dict[str, float] = field(default_factory=dict)

    @property
    def vouched(self) -> float:
        """Share of the fields vouched for, each field weighed by how often pages have it (0..1)."""
        weight = sum(self.presence.values()) * self.pages
        found = sum(min(score.pages, self.pages) * self.presence.get(name, 0.0) for name, score in self.fields.items())
        return found / weight if weight else 0.0

    @property
    def compared(self) -> int:
        """How many given values could be compared with known ones."""
        return sum(score.right + score.wrong for score in self.fields.values())

    @property
    def agreement(self) -> float:
        """Share of the compared values that agree; 1 when there are none."""
        return sum(score.right for score in self.fields.values()) / self.compared if self.compared else 1.0

    @property
    def accuracy(self) -> float:
        """Share of the known values that were given and right; 0 when none is known."""
        known = self.compared + sum(score.missing for score in self.fields.values())
        return sum(score.right for score in self.fields.values()) / known if known else 0.0

    def to_dict(self) -> dict[str, Any]:
        """For reports."""
        return {
            "pages": self.pages,
            "vouched": round(self.vouched, 4),
            "agreement": round(self.agreement, 4),
            "compared": self.compared,
            "fields": {
                name: {
                    "vouched": round(score.pages / max(1, self.pages), 4),
                    "right": score.right,
                    "wrong": score.wrong,
                    "missing": score.missing,
                }
                for name, score in sorted(self.fields.items())
            },
        }


def measure(extractor: Reads, pages: Iterable[tuple[Shown, Facts | None]], presence: Mapping[str, float]) -> Measure:
    """Run the extractor on the pages and compare with what is known of each.

    ``presence`` weighs the fields (0..1); the same must be given for extractors that are compared.
    """
    scores = {name: Score() for name in presence}
    count = 0
    for page, facts in pages:
        count += 1
        read = extractor.read(page.html, page.url)
        for name in names(read):
            scores.setdefault(name, Score()).pages += 1
        if facts is not None:
            compare(read, facts, scores)
    return Measure(count, scores, dict(presence))


def names(read: Read) -> set[str]:
    """The fields that were vouched for, on the page or in any of its records."""
    return {*read.item, *(name for record in read.items for name in record)}


def compare(read: Read, facts: Facts, scores: dict[str, Score]) -> None:
    """Add one page to the scores. Records are compared by column, whatever their number; of those that are only some of
    the page's, each with the one that is given and has most of its values."""
    if isinstance(facts, Some):
        for record in facts.items:
            _compare_record(read.items, record, scores)
        return
    known, given = _columns(facts.item, facts.items), _columns(read.item, read.items)
    listing = bool(facts.items)
    for name, value in known.items():
        score = scores.setdefault(name, Score())
        if name not in given:
            score.missing += len(scalars(value)) if listing else 1
        elif not listing:
            agrees = _agrees(name, given[name], value, facts)
            score.right += agrees
            score.wrong += not agrees
        else:
            _compare_columns(scalars(given[name]), scalars(value), score)


def _agrees(name: str, given: Value, known: Value, facts: Facts) -> bool:
    """Whether the value is what is known; of links, whether all kinds of them are found."""
    if not isinstance(facts, Linked) or name not in facts.lists | facts.kinds.keys():
        return same(given, known)
    links = {str(link) for link in scalars(given)}
    found = not any(links.isdisjoint(kind) for kind in facts.kinds.get(name, ()))
    return found and (name not in facts.lists or _mostly_same(given, known))


def _mostly_same(given: Value, known: Value) -> bool:
    """Whether nearly all links of each of two lists are in the other, whatever their order."""
    one, other = {str(link) for link in scalars(given)}, {str(link) for link in scalars(known)}
    return len(one & other) >= MOSTLY * max(len(one), len(other))


def _compare_record(given: Sequence[Item], known: Item, scores: dict[str, Score]) -> None:
    def shared(record: Item) -> int:
        return sum(name in record and same(record[name], value) for name, value in known.items())

    best = max(given, key=shared, default={})
    # None of its values: it was not found, or taken apart.
    best = best if not given or shared(best) else dict.fromkeys(known, "")
    for name, value in known.items():
        score = scores.setdefault(name, Score())
        if name not in best:
            score.missing += 1
        else:
            agrees = same(best[name], value)
            score.right += agrees
            score.wrong += not agrees


def _compare_columns(given: list[Any], known: list[Any], score: Score) -> None:
    left = Counter(map(str, known))
    right = 0
    for value in map(str, given):
        if left[value] > 0:
            left[value] -= 1
            right += 1
    score.right += right
    score.wrong += len(given) - right
    score.missing += max(0, len(known) - len(given))


def _columns(item: Item | None, items: Sequence[Item] | None) -> dict[str, Value]:
    columns: dict[str, Value] = {name: value for name, value in (item or {}).items() if value not in (None, "", [])}
    lists: dict[str, list[Any]] = {}
    for record in items or ():
        for name, value in record.items():
            if value not in (None, "", []):
                lists.setdefault(name, []).extend(scalars(value))
    return {**columns, **lists}
