"""What one page shows to be doubtful by itself: values that were found, but that are not like those of the examples.

Five things are asked. *Orders* (``learner.programs.orders``): a price above the old price. *Companions*: an old price
on a page without a price, where no example has the one without the other. *Strange* values: of a field whose values
come again and again, nearly all of a page were never seen. *Mixed* values: a place that contains the title of its
record, record by record, where no example has that. *Swallowed* values: a text with several others of its record in it,
where in no example it has: that is the whole record.

How many records must show strange and mixed values depends on how many of the examples do not: the chance that so many
are so by accident must be low. What a page with one record can't show is counted from page to page (``learner.drift``).
"""

from __future__ import annotations

import itertools
import math
import re
from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

from learner.pages.values import Value, kind_of, normal, same, scalars
from learner.programs.examples import Example, records_of
from learner.programs.orders import Bonds, Companions, Orders, alone, contradicted, quantity
from learner.programs.program import FORMS, traits_of

UNLIKELY: Final = 1e-3
"""The chance below which what all records of a page show is no accident. That the values of one page are withheld is no
alarm yet: drift is raised where it goes on."""
SEVERAL: Final = 3
"""Different values that must show it: the same one in all records of a page (a brand's own page) is one accident."""
ENOUGH: Final = 5
"""Pages, or records, of the examples from which on it is asked what none of them has."""
NEARLY: Final = 0.8
"""Share of a page's values that are nearly all. One new value among known ones is a place that has opened."""
OFTEN_NEW: Final = 0.25
"""Share of the values that no other page has, above which a field's values do not come again."""
IN_DIGITS: Final = 0.25
"""Share of the values with a digit, above which they are counts, dates or amounts: those are new every day."""
LOOKED_AT: Final = 8
"""Records of a page, evenly spread, that are compared field by field: what most records show is seen in them, and a
long list takes no longer to read."""
KNOWN: Final = 400
"""Records of the examples that are compared field by field, and values of a field that comes again, at most."""
LONG: Final = 300
"""Characters from which on a text is prose, which may well mention what other fields say."""
_DIGIT: Final = re.compile(r"\d")
_WORD: Final = re.compile(r"\w+")
_LETTERS: Final = 4
"""Letters of a word that is hardly an article or a preposition, and of a text that stands in another by no chance."""

Record = Mapping[str, Any]
Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Familiar:
    """Values that come again, in their normal form, and how often they did not: of ``total`` values of single pages
    ``new`` stood on no other page; of ``pages`` pages ``strange`` had hardly others."""

    values: frozenset[str]
    new: int
    total: int
    strange: int
    pages: int


@dataclass(frozen=True, slots=True)
class Doubts:
    """What all the examples have in common, as far as one page can be held against it.

    ``orders`` and ``companions`` as in learner.programs.orders; ``familiar``: the fields whose values come again;
    ``apart``: pairs of fields of which the first never had the second's value in it, with the number of values;
    ``words`` of the values of these fields, digits being all alike; ``unlike``: pairs of fields that were never the
    same where a page had both, so that one place is not both; ``holding``: of each field of texts the most other values
    of its record that one of its values had in it.
    """

    orders: Orders = field(default_factory=dict)
    companions: Companions = field(default_factory=dict)
    familiar: Mapping[str, Familiar] = field(default_factory=dict)
    apart: Mapping[Pair, int] = field(default_factory=dict)
    words: Mapping[str, frozenset[str]] = field(default_factory=dict)
    unlike: frozenset[Pair] = frozenset()
    holding: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, examples: Sequence[Example], before: Bonds | None = None) -> Doubts:
        """What the examples show, and former ones showed ``before`` of pairs of fields. Raises nothing: of few examples
        there is little to say."""
        apart = apart_of(examples)
        words = _words_of(examples, {name for pair in apart for name in pair})
        bonds, familiar = Bonds.of(examples, before), familiar_of(examples)
        return cls(bonds.orders, bonds.companions, familiar, apart, words, unlike_of(examples), holding_of(examples))

    def doubted(self, records: Sequence[Record]) -> frozenset[str]:
        """The fields of a page's records whose values are not to be believed, all of them."""
        found = contradicted(records, self.orders) if self.orders else set()
        if self.companions:
            found |= alone(records, self.companions)
        if self.familiar:
            found |= self.strange(records)
        if self.apart and len(records) >= SEVERAL:
            found |= self.mixed([{name: one for name, one in r.items() if name not in found} for r in spread(records)])
        return frozenset(found)

    def why(self, name: str, vouched: Container[str]) -> str:
        """Why a field is doubted on a page on which the fields ``vouched`` are not; in words."""
        others = {one for pair in self.orders if name in pair for one in pair if one != name and one not in vouched}
        if others:
            return f"contradicts {', '.join(sorted(others))}"
        lacking = sorted(other for one, other in self.companions if one == name and other not in vouched)
        return f"never seen without {', '.join(lacking)}" if lacking else "unlike the values of the examples"

    def strange(self, records: Sequence[Record]) -> set[str]:
        """The fields whose values come again on all other pages, and of which hardly any on this one was ever seen."""
        found = set()
        for name, known in self.familiar.items():
            values = texts_of(records, name)
            new, shown = len(values - known.values), len(values)
            if new >= max(SEVERAL, NEARLY * shown) and chance(new, shown, known.new, known.total) < UNLIKELY:
                found.add(name)
        return found

    def unswallowed(self, records: Sequence[dict[str, Value]]) -> list[dict[str, Value]]:
        """The records of a list without those values that have two more of the others in them than any example had."""
        if not self.holding:
            return list(records)
        swallowing = ({name for name, held in _held(one) if held > self.holding.get(name, held) + 1} for one in records)
        return [
            {name: value for name, value in record.items() if name not in names}
            for record, names in zip(records, swallowing, strict=True)
        ]

    def mixed(self, records: Sequence[Record]) -> set[str]:
        """The fields that have each other's values in them, record by record, too often for an accident."""
        found: set[str] = set()
        for pair, mixed, values in self.mixtures(records):
            hits = len({other for _, other in mixed})
            if hits >= SEVERAL and chance(hits, values, 0, self.apart[pair]) < UNLIKELY:
                found |= self.blamed(pair, mixed)
        return found

    def mixtures(self, records: Sequence[Record]) -> Iterator[tuple[Pair, list[tuple[str, str]], int]]:
        """The pairs of fields that are mixed in most of the records that have both; the values of those records, and
        how many different ones there are in all."""
        for pair in self.apart:
            outer, inner = pair
            held = [(r[outer], r[inner]) for r in records if outer in r and inner in r]
            mixed, most = [], len(held) // 2
            for number, (one, other) in enumerate(held, 1):
                if _mixed(one, other):
                    mixed.append((one, other))
                elif number - len(mixed) >= len(held) - most:
                    break
            if len(mixed) > most:
                yield pair, mixed, len({str(other) for _, other in held})

    def blamed(self, pair: Pair, mixed: Sequence[tuple[str, str]]) -> set[str]:
        """Which of two fields that are mixed is wrong: the one whose value is less like those that it had, in nearly
        all of the records; if neither is, both are doubted, for nobody knows."""
        alike = [tuple(self._likeness(name, one) for name, one in zip(pair, values, strict=True)) for values in mixed]
        for name, other in (0, 1), (1, 0):
            if sum(one[name] < one[other] for one in alike) >= NEARLY * len(alike):
                return {pair[name]}
        return set(pair)

    def _likeness(self, name: str, text: str) -> float:
        """The share of a value's words that are words of the field's values."""
        words = _shapes(text)
        return len(words & self.words[name]) / max(1, len(words))


def familiar_of(examples: Iterable[Example]) -> dict[str, Familiar]:
    """The fields of short texts whose values come again from page to page, with what is known of them.

    An address is one page, however often it was seen: a list shows the same from day to day.
    """
    pages: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    others: set[str] = set()
    for example in examples:
        for name, value in example.values.items():
            for one in scalars(value):
                if not isinstance(one, str) or len(one) > LONG or kind_of(one) == "link":
                    others.add(name)
                else:
                    pages[name][example.url].add(normal(one))
    return {
        name: known
        for name, shown in pages.items()
        if name not in others and (known := _familiar(list(shown.values()))) is not None
    }


def _familiar(pages: Sequence[set[str]]) -> Familiar | None:
    counts = Counter(itertools.chain.from_iterable(pages))
    new = {value for value, count in counts.items() if count == 1}
    total = counts.total()
    if len(pages) < ENOUGH or len(counts) > KNOWN or len(new) > OFTEN_NEW * total:
        return None
    if sum(_DIGIT.search(value) is not None for value in counts) > IN_DIGITS * len(counts):
        return None
    strange = sum(len(values & new) >= NEARLY * len(values) for values in pages)
    return Familiar(frozenset(counts), len(new), total, strange, len(pages))


def apart_of(examples: Iterable[Example]) -> dict[Pair, int]:
    """Pairs of fields of which no record of the examples has the value of the second in that of the first, with the
    number of different values of the second."""
    records = list(itertools.islice(records_of(examples), KNOWN))
    names = sorted({name for record in records for name in record})
    texts = [name for name in names if _is_text(name, records)]
    found = {}
    for outer, inner in itertools.permutations(texts, 2):
        held = [(r[outer], r[inner]) for r in records if r.get(outer) and r.get(inner)]
        values = len({other for _, other in held})
        if values >= SEVERAL and len(held) >= ENOUGH and not any(_mixed(one, other) for one, other in held):
            found[outer, inner] = values
    return found


def holding_of(examples: Iterable[Example]) -> dict[str, int]:
    """Of each field of single texts in a list the most other values of its record that one of them has in it."""
    most: dict[str, int] = {}
    records = records_of(example for example in examples if example.items)
    for record in records[:KNOWN] if len(records) >= ENOUGH else ():
        for name, count in _held(record):
            most[name] = max(most.get(name, 0), count)
    return most


def _held(record: Record) -> Iterator[tuple[str, int]]:
    """How many other values of its record each text has in it."""
    lines = {name: _line(str(one)) for name, one in record.items() if not isinstance(one, list)}
    parts = {line for line in lines.values() if len(line) >= _LETTERS + 2}
    for name, line in lines.items():
        if isinstance(record[name], str) and kind_of(record[name]) != "link":
            yield name, sum(len(part) < len(line) and part in line for part in parts)


def unlike_of(examples: Iterable[Example]) -> frozenset[Pair]:
    """Pairs of fields with single values, in alphabetical order, that were never the same where a page had both."""
    told: dict[Pair, bool] = {}
    for item in records_of(example for example in examples if example.item is not None):
        single = sorted(name for name, one in item.items() if not isinstance(one, list))
        for pair in itertools.combinations(single, 2):
            differ = not same(item[pair[0]], item[pair[1]])
            told[pair] = told.get(pair, True) and differ
    return frozenset(pair for pair, differ in told.items() if differ)


def _words_of(examples: Iterable[Example], names: Container[str]) -> dict[str, frozenset[str]]:
    words: dict[str, set[str]] = defaultdict(set)
    for record in itertools.islice(records_of(examples), KNOWN):
        for name, one in record.items():
            if name in names and isinstance(one, str):
                words[name] |= _shapes(one)
    return {name: frozenset(some) for name, some in words.items()}


def _shapes(text: str) -> frozenset[str]:
    """A text's words, all digits being alike: two numbers of as many digits are of one shape."""
    return frozenset(_WORD.findall(_DIGIT.sub("9", text[: 2 * LONG].casefold())))


def _is_text(name: str, records: Sequence[Record]) -> bool:
    """Whether the field has single short texts that are no links, and not all of a form: amounts, days, times."""
    given = [record[name] for record in records if record.get(name) not in (None, "", [])]
    if not all(isinstance(one, str) and len(one) <= LONG and kind_of(one) != "link" for one in given):
        return False
    return not all(quantity(one) is not None or traits_of(one) & FORMS for one in given)


def _mixed(outer: Value, inner: Value) -> bool:
    """Whether a text contains another, or most of its words."""
    if not isinstance(outer, str) or not isinstance(inner, str) or len(inner) > LONG:
        return False
    whole, own = _parted(outer)
    part, words = _parted(inner)
    if len(part) >= _LETTERS + 2 and part in whole:
        return True
    shared = len(own & words)
    return shared > 1 and 2 * shared > len(words)


@lru_cache(maxsize=4_096)
def _parted(text: str) -> tuple[str, frozenset[str]]:
    """A text's words, in one line, and those that are hardly articles or prepositions."""
    line = _line(text)
    return line, frozenset(word for word in line.split() if len(word) >= _LETTERS and word.isalpha())


@lru_cache(maxsize=4_096)
def _line(text: str) -> str:
    """A text's words, in one line."""
    return f" {' '.join(_WORD.findall(text[: 2 * LONG].casefold()))} "


def texts_of(records: Iterable[Record], name: str) -> set[str]:
    """The field's different texts in these records, in their normal form."""
    return {normal(one) for r in records if name in r for one in scalars(r[name]) if isinstance(one, str)}


def spread(records: Sequence[Record]) -> Sequence[Record]:
    """Some of the records, from the first on evenly to the end."""
    if len(records) <= LOOKED_AT:
        return records
    return [records[number * len(records) // LOOKED_AT] for number in range(LOOKED_AT)]


@lru_cache(maxsize=4_096)
def chance(hits: int, trials: int, known_hits: int, known: int) -> float:
    """The probability of so many hits or more, where ``known_hits`` of ``known`` trials before were hits, and nothing
    else is known of how often there are any (beta-binomial)."""
    one, other = 1 + known_hits, 1 + known - known_hits
    return sum(
        math.exp(log_ways(trials, number) + _beta(one + number, other + trials - number) - _beta(one, other))
        for number in range(hits, trials + 1)
    )


def log_ways(trials: int, hits: int) -> float:
    """The logarithm of how many ways there are, which may be too large a number."""
    return math.lgamma(trials + 1) - math.lgamma(hits + 1) - math.lgamma(trials - hits + 1)


def _beta(one: float, other: float) -> float:
    return math.lgamma(one) + math.lgamma(other) - math.lgamma(one + other)
