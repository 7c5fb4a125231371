"""What is found on a page by chance: a known value of few words that also stands in other places of such pages.

"Good" is the condition of this thing, and of one of the four that are shown beside it. Where pages show each other's
values as well, only one place that has each page's own can be the field's.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from learner.healing.surroundings import Surroundings
from learner.pages.candidates import SHOWN, markups
from learner.pages.values import Scalar, normal
from learner.programs.examples import LabelledPage, place

FEWEST: Final = 3
"""Pages from which on it can be told."""
LOOKED_AT: Final = 8
"""Pages of which it is asked whether they show each other's values."""
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
_ALIKE: Final = 0.5
_KINDS: Final = (*SHOWN, "attribute")


class Coincidences:
    """Of some pages. Their places are looked at once, for all fields."""

    def __init__(self, pages: Sequence[LabelledPage]) -> None:
        self._pages = pages
        self._places: dict[int, Places] = {}

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
        rows = list(known)
        places = {at: self._of(at, known[at]) for at in rows}
        best, most = _shared(places.values())
        turned = (
            _shared(self._of(at, known[other]) for at, other in zip(rows, _turn(rows, by), strict=True))[1]
            for by in range(1, min(TURNS, len(rows)))
        )
        if most < max(ONE_PLACE * total, MOSTLY * len(known), max(turned, default=0) + CLEARLY * len(known)):
            return frozenset(known)
        return frozenset(at for at, own in places.items() if best.isdisjoint(own))

    def _of(self, at: int, value: Scalar) -> set[tuple[Any, ...]]:
        if at not in self._places:
            self._places[at] = Places(self._pages[at])
        return self._places[at].of(value)


def _turn(rows: Sequence[int], by: int) -> list[int]:
    return [*rows[by:], *rows[:by]]


def _shared(places: Iterable[set[tuple[Any, ...]]]) -> tuple[set[tuple[Any, ...]], int]:
    """The places that most pages have, and how many have each."""
    counts = Counter(place for own in places for place in own)
    most = max(counts.values(), default=0)
    return {place for place, count in counts.items() if count == most}, most


class Places:
    """The places of a page: after a label, and by their number among those that are marked up alike, from both ends."""

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
        held = (one for one in self._page.everywhere(value) if not one.data)
        return {(at, one.exact) for one in held for at in self._at.get((one.element, one.take), ())}


def is_contradicted(said: Mapping[int, Scalar], known: Mapping[int, Scalar]) -> bool:
    """Whether a witness says other texts than what is known of the same pages, by their number, more often than not."""
    both = [(str(value), str(known[at])) for at, value in said.items() if at in known]
    if len(both) < FEWEST or any(map(str.isdigit, "".join(value for _, value in both))):
        return False
    return sum(_alike(one, other) for one, other in both) < STAYS * len(both)


def _alike(one: str, other: str) -> bool:
    """Whether two texts may be one value: what one says is most of what the other says."""
    words = set(one.casefold().split()), set(other.casefold().split())
    return len(words[0] & words[1]) > _ALIKE * max(map(len, words))
