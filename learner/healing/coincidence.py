"""What is found on a page by chance: a known value of few words that also stands in other places of such pages.

"Good" is the condition of this thing, and of one of the four that are shown beside it. Where pages show each other's
values as well, only one place that has each page's own can be the field's: more often than it has what is known of
other pages, for a place with all digits has any number of one.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from learner.healing.surroundings import Surroundings
from learner.pages.candidates import SHOWN, markups
from learner.pages.values import Scalar, normal, readings_of, same
from learner.programs.examples import LabelledPage, place
from learner.programs.selectors import data_ways

FEWEST: Final = 3
"""Pages from which on it can be told."""
LOOKED_AT: Final = 8
"""Pages of which it is asked whether they show each other's values."""
OWN: Final = 4
"""Characters from which on values that no two pages share are told by two pages."""
COMMON: Final = 0.25
"""Share of the other pages that show a page's value from which on it is found by chance."""
ONE_PLACE: Final = 0.6
"""Share of the pages with a known value that must show it in one place."""
MOSTLY: Final = 0.8
"""The same, of those that show it anywhere."""
STAYS: Final = 0.4
"""Share of the pages of which a witness must say what is known, of a field whose values seldom change."""
CLEARLY: Final = 0.2
"""How many more of them than of pages that are given each other's values."""
TURNS: Final = 4
"""How often the pages are given each other's values, to see how many of them chance finds in one place."""
UNLIKELY: Final = 5e-3
"""The chance, at most, of what is no chance: that a place has so many pages' own values."""
_ALIKE: Final = 0.5
_KINDS: Final = (*SHOWN, "attribute")


class Agreement(NamedTuple):
    """The place, among those of the pages asked about, that has most pages' own values: the numbers of these ``pages``,
    and the chance of that."""

    pages: frozenset[int]
    chance: float


NOWHERE: Final = Agreement(frozenset(), 1.0)


class Coincidences:
    """Of some pages. Their places are looked at once, for all fields."""

    def __init__(self, pages: Sequence[LabelledPage]) -> None:
        self._pages = pages
        self._places: dict[int, Places] = {}
        self._found: dict[tuple[int, str], set[tuple[Any, ...]]] = {}

    def by_chance(self, known: Mapping[int, Scalar], total: int) -> frozenset[int]:
        """The pages, by number, whose ``known`` value they show may be another thing's. Of ``total`` pages one is
        known."""
        forms = {at: normal(str(value)) for at, value in known.items()}
        if len(forms) < FEWEST or len(set(forms.values())) < 2:
            return frozenset()
        some = list(known)[:LOOKED_AT]
        others = [(at, other) for at in some for other in some if forms[at] != forms[other]]
        found = sum(bool(self._pages[other].places(known[at], 1)) for at, other in others)
        if found < COMMON * len(others):
            return frozenset()
        return frozenset(known) - self.agreement(known, total).pages

    def agreement(self, known: Mapping[int, Scalar], total: int, usual: Sequence[Scalar] = ()) -> Agreement:
        """The place that has the ``known`` values of nearly all of these pages, by number, clearly more often than
        those of others. Of ``total`` pages one is known; ``usual`` are values of more pages, if there are any."""
        rows, forms = list(known), Counter(normal(str(value)) for value in known.values())
        if len(forms) < 2 or (len(rows) < FEWEST and not _are_own(forms, usual)):
            return NOWHERE
        own: dict[tuple[Any, ...], set[int]] = defaultdict(set)
        for at in rows:
            for here in self._of(at, known[at]):
                own[here].add(at)
        least = max(ONE_PLACE * total, MOSTLY * len(rows))
        own = {here: pages for here, pages in own.items() if len(pages) >= least}
        turned: dict[tuple[Any, ...], float] = defaultdict(float)
        for turn in _turns(known) if own else ():
            for here, hits in Counter(here for at, other in turn for here in self._of(at, known[other])).items():
                turned[here] = max(turned[here], len(rows) * hits / len(turn))
        more = {here: len(pages) - turned[here] for here, pages in own.items()}
        most = max(more.values(), default=0)
        if most < CLEARLY * len(rows):
            return NOWHERE
        best = [own[here] for here in own if more[here] == most]
        forms = Counter(normal(str(value)) for value in usual) if len(usual) > len(rows) else forms
        alike = sum((count / forms.total()) ** 2 for count in forms.values())
        held = max(map(len, best))
        return Agreement(frozenset[int]().union(*best), math.comb(len(rows), held) * alike**held)

    def _of(self, at: int, value: Scalar) -> set[tuple[Any, ...]]:
        if at not in self._places:
            self._places[at] = Places(self._pages[at])
        asked = at, repr(value)
        if asked not in self._found:
            self._found[asked] = self._places[at].of(value)
        return self._found[asked]


def _are_own(forms: Collection[str], usual: Sequence[Scalar]) -> bool:
    """Whether two pages tell as much as more: their values are not short, and no other page has them."""
    counts = Counter(normal(str(value)) for value in usual)
    return min(map(len, forms)) >= OWN and max(counts[form] for form in forms) <= 1


def _turns(known: Mapping[int, Scalar]) -> Iterator[list[tuple[int, int]]]:
    """Pages by number, each with another one whose value it is given; a page whose value is the same tells nothing."""
    rows = list(known)
    for by in range(1, min(TURNS, len(rows))):
        turn = [
            (at, other)
            for at, other in zip(rows, rows[by:] + rows[:by], strict=True)
            if not same(known[at], known[other])
        ]
        if 2 * len(turn) >= len(rows):
            yield turn


class Places:
    """The places of a page: after a label, by their number among those that are marked up alike, from both ends, and by
    the paths of what scripts hold."""

    def __init__(self, page: LabelledPage) -> None:
        self._page = page
        self._at: dict[Any, list[tuple[Any, ...]]] = defaultdict(list)
        before = Surroundings(page).before
        alike: dict[tuple[Any, ...], list[Any]] = defaultdict(list)
        for number, candidate in enumerate(page.candidates):
            if candidate.kind not in _KINDS:
                continue
            here = place(candidate, True)
            own = candidate.kind, candidate.name
            # Hashes in the names of classes tell places of one design apart, numbers of single things do not.
            for kind in (markups(candidate.element), (candidate.element.tag, candidate.element.get("class"))):
                alike[*own, *kind].append((here.element, here.take))
            if before[number]:
                self._at[here.element, here.take].append((*own, before[number]))
        for kind, places in alike.items():
            for at, one in enumerate(places):
                self._at[one] += [(kind, at), (kind, at - len(places))]

    def of(self, value: Scalar) -> set[tuple[Any, ...]]:
        """Those that have a value, alone or within a longer text."""
        held = self._page.everywhere(value)
        found = {(at, one.exact) for one in held if not one.data for at in self._at.get((one.element, one.take), ())}
        for one in held:
            if one.data:
                found.update((way, True) for way in data_ways(one.data, (one.text,), self._page.index))
        return found


def is_contradicted(said: Mapping[int, Scalar], known: Mapping[int, Scalar]) -> bool:
    """Whether a witness says other texts than what is known of the same pages, by their number, more often than not."""
    both = [(str(value), str(known[at])) for at, value in said.items() if at in known]
    if len(both) < FEWEST or any(map(str.isdigit, "".join(value for _, value in both))):
        return False
    return sum(_alike(one, other) for one, other in both) < STAYS * len(both)


def measures_another(said: Mapping[int, Scalar], known: Mapping[int, Scalar], pages: Sequence[LabelledPage]) -> bool:
    """Whether a witness says other amounts of something else than what is known ("14.5 kg", "18 gears") more often than
    not of pages that still show the known amount."""
    both = {at: known[at] for at in said if at in known}
    told = {at: (str(said[at]), str(value)) for at, value in both.items()}
    others = {at: value for at, (one, value) in told.items() if not _is_same_measure(one, value)}
    if len(others) < FEWEST or len(others) <= (1 - STAYS) * len(both):
        return False
    shown = sum(any(pages[at].places(number, 1) for number in readings_of(value)) for at, value in others.items())
    return shown > (1 - STAYS) * len(both)


def _is_same_measure(one: str, other: str) -> bool:
    """Whether two texts may say the same: one has no number, or they have the same number or the same words."""
    amounts = readings_of(one), readings_of(other)
    return not all(amounts) or bool(amounts[0] & amounts[1]) or _unit(one) == _unit(other)


def _unit(text: str) -> str:
    return "".join(filter(str.isalpha, text.casefold()))


def is_another(said: Mapping[int, Scalar], known: Mapping[int, Scalar]) -> bool:
    """Whether a witness says what is ``known`` of the same pages no more often than chance would, of values that come
    again from page to page and are known to stand there still."""
    both = {at: known[at] for at in said if at in known}
    if len(both) < FEWEST:
        return False
    right = sum(same(said[at], own) for at, own in both.items())
    turned = (sum(same(said[at], known[other]) for at, other in turn) / len(turn) for turn in _turns(both))
    return right < MOSTLY * len(both) and right < (max(turned, default=0.0) + CLEARLY) * len(both)


def comes_again(values: Sequence[Scalar]) -> bool:
    """Whether values are few that many pages share, as counts of rooms are and prices are not."""
    return 2 * len({normal(str(value)) for value in values}) <= len(values)


def _alike(one: str, other: str) -> bool:
    """Whether two texts may be one value: what one says is most of what the other says."""
    words = set(one.casefold().split()), set(other.casefold().split())
    return len(words[0] & words[1]) > _ALIKE * max(map(len, words))
