"""Prices that have changed, on pages that also show what they were: the known price is then the old one.

A field stands in one place of each page that has it. Where its known amount is shown in another place, which only some
of these pages have, alone or among words ("Reduced from"), while the first has an amount of its own, that amount is the
field's now. It is the lower one: where a shop shows two amounts and the known one is the lower, it is still the
field's, beside what is struck out.
"""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from lxml import etree

from learner.forms import amounts
from learner.healing.surroundings import Surroundings
from learner.pages.candidates import Candidate, markups
from learner.pages.values import Scalar
from learner.programs.examples import LabelledPage
from learner.programs.transforms import KINDS

FEWEST: Final = 2
"""Pages that must show the known amount in a place for it to be the field's, or one, of an amount of so many digits."""
DIGITS: Final = 4
NEARLY_ALL: Final = 0.9
"""Share of the pages with the field that have its place."""
FEWER: Final = 0.8
"""The most of them that have the places in which the known amounts stand otherwise."""
FALLEN: Final = 0.8
"""Share of the pages with another amount that must have a lower one in the field's place."""

LEAST: Final = 0.3
"""What a price has fallen to, at least, of what it was: a rate by the month is less."""

_WORDED: Final = "worded"
_STRUCK: Final = "struck"
_FORMER: Final = (_WORDED, _STRUCK)
_STRIKES: Final = ("s", "del", "strike")
_STRIKING: Final = ("line-through", "strike")

Place = tuple[Any, ...]


class Prices:
    """The amounts that pages show, by their place: how it is marked up, and the label before it. Where no page has two
    places that are marked up alike the label may be any."""

    def __init__(self, pages: Sequence[LabelledPage]) -> None:
        shown = [_shown(page) for page in pages]
        labels = Counter[str](label for own in shown for label in {place[-1] for place, _, _ in own})
        self._places: list[dict[Place, tuple[str, float]]] = []
        counts = (Counter(place[:-1] for place, _, _ in own) for own in shown)
        twice = {kind for own in counts for kind, count in own.items() if count > 1}
        for found in shown:
            places: dict[Place, tuple[str, float]] = {}
            for place, text, amount in found:
                # A label is one where several pages have it, and it is no amount itself.
                label = place[-1]
                key = place if labels[label] > 1 and not any(map(str.isdigit, label)) else (*place[:-1], "")
                places.setdefault(key, (text, amount))
                if place[:-1] not in twice:
                    places[place[:-1]] = text, amount
            self._places.append(places)

    def place_of(self, known: Mapping[int, Scalar], among: Collection[int], *, struck: bool = False) -> Place | None:
        """The place of a field that the pages ``among`` all have, with these known amounts, by the number of the page;
        None where it is open, or where no known amount stands elsewhere. ``struck``: the field itself is what another
        one was, and may be struck out."""
        never, values = _never(struck), _amounts(known)
        having = Counter[Place](place for at in among for place in self._places[at])
        agreeing: dict[Place, set[int]] = defaultdict(set)
        for at, value in values.items():
            for place, (_, amount) in self._places[at].items():
                if amount == value:
                    agreeing[place].add(at)
        candidates = [
            place
            for place, pages in agreeing.items()
            if _are_enough(pages, values) and having[place] >= NEARLY_ALL * len(among) and place[0] not in never
        ]
        if not candidates:
            fallen = not struck and bool(agreeing) and all(place[0] in _FORMER for place in agreeing)
            return self._lower(values, having, NEARLY_ALL * len(among)) if fallen else None
        best = max(candidates, key=lambda place: len(agreeing[place]))
        elsewhere = {place: others for place, pages in agreeing.items() if (others := pages - agreeing[best])}
        if not elsewhere or any(
            having[place] > FEWER * having[best]
            and not _are_enough(self._beside(place, agreeing[best], values), values)
            for place in elsewhere
        ):
            return None
        changed = frozenset[int]().union(*elsewhere.values())
        fell = sum(now[1] < values[at] for at in changed if (now := self._places[at].get(best)) is not None)
        return best if fell >= FALLEN * len(changed) else None

    def _lower(self, values: Mapping[int, float], having: Mapping[Place, int], least: float) -> Place | None:
        """The place of pages that show the known amounts as what prices were: that in which each has a lower one. Of
        all pages that have the field ``having`` says how many have a place, and at least so many must."""
        found: dict[Place, tuple[float, ...]] = {}
        for place, count in having.items():
            shown = {at: self._places[at][place][1] for at in values if place in self._places[at]}
            fallen = all(LEAST * values[at] <= now < values[at] for at, now in shown.items())
            if count >= least and len(shown) == len(values) >= FEWEST and fallen and place[0] not in _FORMER:
                found[place] = tuple(shown[at] for at in values)
        return min(found, key=repr) if len(set(found.values())) == 1 else None

    def steady(self, known: Mapping[int, Scalar], *, struck: bool = False) -> frozenset[Place]:
        """The places that have the known amount on each of these pages, by number; none where there are too few."""
        never, values = _never(struck), _amounts(known)
        if len(values) < max(FEWEST, len(known)):
            return frozenset()
        own = (
            {place for place, (_, amount) in self._places[at].items() if amount == value and place[0] not in never}
            for at, value in values.items()
        )
        return frozenset(set.intersection(*own))

    def shows(self, number: int, amount: float) -> bool:
        """Whether a page shows the amount anywhere."""
        return any(shown == amount for _, shown in self._places[number].values())

    def at_all(self, places: Collection[Place], number: int) -> tuple[str, float] | None:
        """What a page shows in those of the places that it has, if that is one amount."""
        shown = [found for place in places if (found := self.at(place, number)) is not None]
        return shown[0] if shown and len({amount for _, amount in shown}) == 1 else None

    def _beside(self, place: Place, pages: Collection[int], values: Mapping[int, float]) -> list[int]:
        """Those of the pages that have an amount in this place that is not the known one."""
        return [at for at in pages if place in self._places[at] and self._places[at][place][1] != values[at]]

    def at(self, place: Place, number: int) -> tuple[str, float] | None:
        """What a page shows in a place: the text of the amount, and the amount."""
        return self._places[number].get(place)


def _amounts(known: Mapping[int, Scalar]) -> dict[int, float]:
    """How much the known values are, by the number of the page."""
    return {at: read[1] for at, value in known.items() if (read := amounts.amount_of(value)) is not None}


def _never(struck: bool) -> tuple[str, ...]:
    """How a field is never shown: as what a price was, or if it is ``struck`` itself, among words."""
    return (_WORDED,) if struck else _FORMER


def _are_enough(pages: Collection[int], values: Mapping[int, float]) -> bool:
    """Whether so many pages show their known amounts in a place that no chance has put them there."""
    return len(pages) >= FEWEST or any(values[at] >= 10 ** (DIGITS - 1) for at in pages)


def _shown(page: LabelledPage) -> list[tuple[Place, str, float]]:
    """The amounts of a page that stand alone, or among words, each with its place, its text and how much it is."""
    before = Surroundings(page).before
    return [
        ((_manner(candidate, words), *markups(candidate.element), before[number]), text, amount)
        for words in (False, True)
        for number, text, (_, amount) in amounts.amounts_on(page, words)
        if len(KINDS["amount"].findall((candidate := page.candidates[number]).value)) == 1
    ]


def _manner(candidate: Candidate, words: bool) -> str:
    """How an amount is shown: among words, struck out, or as what it is."""
    return _WORDED if words else _STRUCK if is_struck(candidate.element) else candidate.kind


def is_struck(element: etree._Element) -> bool:
    """Whether the text of an element is struck out, as what a price was is."""
    near = [element, *itertools.islice(element.iterancestors(), 2)]
    told = (f"{one.get('class', '')} {one.get('style', '')}" for one in near)
    return any(one.tag in _STRIKES for one in near) or any(word in own for own in told for word in _STRIKING)
