"""Amounts that have changed since they were known: prices that rose with the redesign, counts that grow.

No known amount stands on the new pages then, but the new ones go with the old ones, page by page: what was dear is
still dear. One kind of place shows that on nearly all pages, and it is the value's.
"""

from __future__ import annotations

import math
import statistics
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from learner.forms.money import likely_money, money
from learner.pages.candidates import SHOWN, markups
from learner.pages.values import Scalar, Value, read_number
from learner.programs.doubts import log_ways
from learner.programs.examples import LabelledPage
from learner.programs.transforms import KINDS

FEWEST: Final = 5
"""Pages with a known amount from which on it can be told what goes with them."""
SEVERAL: Final = 2
"""Fewer pages, on which amounts are other things where all of them are far from the known ones."""
MOSTLY: Final = 0.8
"""The share of the pages on which the amount must go with the known one."""
FAR: Final = math.log(1.5)
"""How far an amount may be from the known one, as a ratio, once the ratio of most pages is taken off."""
CHANGED: Final = math.log(3)
"""How far that ratio itself may be from none: prices seldom rise threefold."""
SPREAD: Final = math.log(1.5)
"""How far the known amounts must be from each other, as a standard deviation, for anything to go with them."""
COUNTED: Final = (math.log(2), math.log(1.2))
"""The same deviation, and how far they may be, of bare numbers, of which pages show many: counts of reviews."""
HARDLY: Final = math.log(1.05)
"""How far it may be from none where amounts are those of before: of a sale it is farther."""
CHANCE: Final = 0.001
"""Chance at which amounts that go with the known ones are those of the same things, and others that don't are not."""
WORDS: Final = 6
"""Words of a text in which one number may be a count, "Based on 67 reviews", or an amount what a price was."""

Place = tuple[Any, ...]

_COUNT: Final = "count"


def changed(known: Mapping[LabelledPage, Scalar], *, fleeting: bool = False) -> dict[LabelledPage, Scalar] | None:
    """The amounts that have taken the place of the ``known`` ones, by page.

    None where too few are known, or too alike; empty where nothing on the pages goes with them. ``fleeting`` are others
    at each visit: what they were stands there as another thing, and of several that go with them (what it was in the
    morning, and at most) none is told to be theirs.
    """
    amounts = {page: found for page, value in known.items() if (found := _figure_of(value)) is not None}
    logs = [math.log(amount) for _, amount in amounts.values() if amount > 0]
    spread = statistics.pstdev(logs) if len(logs) >= FEWEST else 0.0
    if spread < SPREAD:
        return None
    written = any(isinstance(known[page], str) for page in amounts)
    counted = spread >= COUNTED[0] and all(_count_of(known[page]) is not None for page in amounts)
    shown: dict[Place, dict[LabelledPage, tuple[Scalar, float]]] = {}
    for page, (currency, amount) in amounts.items():
        for place, (text, other, its_currency) in (_shown(page) | (_counts(page) if counted else {})).items():
            if currency in ("", its_currency) and other > 0 and amount > 0:
                shown.setdefault(place, {})[page] = text if written else other, math.log(other / amount)
    best: dict[LabelledPage, Scalar] = {}
    closest = FAR
    near: list[dict[LabelledPage, Scalar]] = []
    for place, ratios in shown.items():
        if len(ratios) < MOSTLY * len(amounts):
            continue
        if fleeting and 2 * sum(ratio == 0 for _, ratio in ratios.values()) > len(ratios):
            continue
        usual = statistics.median(ratio for _, ratio in ratios.values())
        off = sorted(abs(ratio - usual) for _, ratio in ratios.values())
        reached = off[math.ceil(MOSTLY * len(amounts)) - 1]
        if abs(usual) > CHANGED or reached >= FAR:
            continue
        near.append({page: text for page, (text, _) in ratios.items()})
        if reached < (closest if place[0] != _COUNT else min(closest, COUNTED[1])):
            best, closest = near[-1], reached
    return {} if fleeting and any(not _is_same(one, best) for one in near) else best


def _is_same(one: Mapping[LabelledPage, Scalar], other: Mapping[LabelledPage, Scalar]) -> bool:
    """Whether two places show the same, as a price that a page shows twice."""
    both = one.keys() & other.keys()
    return 2 * sum(_figure_of(one[page]) == _figure_of(other[page]) for page in both) > len(both)


def contradict(said: Mapping[LabelledPage, Value], known: Mapping[LabelledPage, Scalar]) -> bool:
    """Whether amounts that a witness gives have nothing to do with what is known of the same pages."""
    both = [(_figure_of(value), _figure_of(known[page])) for page, value in said.items() if page in known]
    logs = [math.log(b[1] / a[1]) for a, b in both if a and b and a[0] == b[0] and a[1] > 0 and b[1] > 0]
    if len(logs) < FEWEST:
        return len(logs) >= SEVERAL and min(map(abs, logs)) > CHANGED
    usual = statistics.median(logs)
    near = sum(abs(one - usual) <= FAR for one in logs)
    return abs(usual) > CHANGED or near < len(logs) / 2


def go_together(pairs: Sequence[tuple[Value, Value]], *, spread: bool = False) -> bool | None:
    """Whether amounts that are others today go with what was known of the same things, pair by pair, known ones first:
    stocks. No other amount does where most have hardly changed: a price goes with the one before the sale. None where
    there are too few to tell, or they are too alike: those of other pairs would go together as well. ``spread``: the
    known ones have to be far from each other besides."""
    both = [(_figure_of(known), _figure_of(now)) for known, now in pairs]
    amounts = [(a[1], b[1]) for a, b in both if a and b and a[0] == b[0] and a[1] > 0 and b[1] > 0]
    ratios = [math.log(now / known) for known, now in amounts]
    near = sum(abs(ratio) <= FAR for ratio in ratios)
    few, beyond = _at_least(len(pairs) - near, len(pairs), 1 - MOSTLY), abs(statistics.median(ratios or [math.inf]))
    off = max(sum(ratio > HARDLY for ratio in ratios), sum(ratio < -HARDLY for ratio in ratios))
    if not ratios or few < CHANCE or _at_least(off, len(ratios), 0.5) < CHANCE:
        return False
    together = near >= MOSTLY * len(pairs) and beyond <= HARDLY and len(amounts) > FEWEST
    if together and spread and statistics.pstdev(math.log(known) for known, _ in amounts) < COUNTED[0]:
        return None
    return True if together and _at_least(near, len(pairs), _by_chance(amounts)) < CHANCE else None


def _by_chance(amounts: Sequence[tuple[float, float]]) -> float:
    """The share of near ones, were each known amount paired with those of all other pairs."""
    known = sorted(math.log(one) for one, _ in amounts)
    logs = [math.log(now) for _, now in amounts]
    near = sum(bisect_right(known, one + FAR) - bisect_left(known, one - FAR) for one in logs)
    own = sum(abs(math.log(now / known)) <= FAR for known, now in amounts)
    return (near - own) / (len(amounts) * (len(amounts) - 1))


def _at_least(hits: int, trials: int, share: float) -> float:
    """The probability of so many hits or more, where each trial is one with this probability."""
    if hits <= 0 or not 0 < share < 1:
        return float(hits <= 0 or share > 0)
    hit, miss = math.log(share), math.log1p(-share)
    return sum(math.exp(log_ways(trials, n) + n * hit + (trials - n) * miss) for n in range(hits, trials + 1))


def amount_of(value: Value) -> tuple[str, float] | None:
    """Currency, "" for a bare number, and amount."""
    if isinstance(value, str):
        return money(value)
    return ("", float(value)) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _figure_of(value: Value) -> tuple[str, float] | None:
    """The same, also of a text that is a whole number and nothing else."""
    count = _count_of(value)
    return amount_of(value) if count is None else ("", float(count))


def _count_of(value: Value) -> int | None:
    """The whole number that the value is, or says and nothing else."""
    read = read_number(value) if isinstance(value, str) and KINDS["number"].fullmatch(value) else value
    return read if isinstance(read, int) and not isinstance(read, bool) else None


def _shown(page: LabelledPage) -> dict[Place, tuple[str, float, str]]:
    """The first amount of each kind of place, with its currency; longer texts are none."""
    found: dict[Place, tuple[str, float, str]] = {}
    for number, text, (currency, amount) in amounts_on(page):
        candidate = page.candidates[number]
        found.setdefault((candidate.kind, *markups(candidate.element)), (text, amount, currency))
    return found


def _counts(page: LabelledPage) -> dict[Place, tuple[str, int, str]]:
    """The first whole number of each kind of place, in a text of a few words with no other number."""
    found: dict[Place, tuple[str, int, str]] = {}
    for candidate in page.candidates:
        if candidate.kind in SHOWN and len(candidate.value.split()) <= WORDS:
            numbers = KINDS["number"].findall(candidate.value)
            count = read_number(numbers[0]) if len(numbers) == 1 else None
            if isinstance(count, int):
                found.setdefault((_COUNT, candidate.kind, *markups(candidate.element)), (numbers[0], count, ""))
    return found


def amounts_on(page: LabelledPage, words: bool = False) -> Iterator[tuple[int, str, tuple[str, float]]]:
    """The candidates that are an amount, by their number: its text, and its currency and how much it is; longer texts
    are none. With ``words`` only those in which an amount stands among a few words: "Reduced from £2,780"."""
    for number, candidate in enumerate(page.candidates):
        hit = KINDS["amount"].search(candidate.value) if candidate.kind in SHOWN else None
        if hit is None or (2 * len(hit.group()) < len(candidate.value)) != words:
            continue
        if (not words or len(candidate.value.split()) <= WORDS) and (read := likely_money(hit.group())):
            yield number, hit.group(), read
