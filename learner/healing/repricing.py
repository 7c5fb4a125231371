"""Prices that have changed since they were known, on pages that show them and, some of them, what they were.

What stands in the price's place is known instead, and what was known is the old price; where several known prices stand
in one place, what a page of which nothing is known shows there is its price too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Final

from learner.extractor import Extractor
from learner.forms import amounts
from learner.healing.consensus import Label, staying, told_by
from learner.healing.memory import Memory
from learner.healing.prices import Place, Prices, is_struck
from learner.pages.values import Scalar, Value, scalars
from learner.programs.examples import LabelledPage, all_values

PRICED: Final = 2
"""Pages whose known amount is shown from which on it is asked whether all of them stand in one place."""
CHANGED: Final = 0.95
"""Trust in what stands in the place of a value that has changed."""
BESIDE: Final = 0.9
"""The same of what stands there on a page of which nothing is known."""

Said = Sequence[dict[str, list[Label]]]


class Repricing:
    """The prices of pages of a new design, and what is known of them."""

    def __init__(self, extractor: Extractor, examples: Sequence[LabelledPage], memory: Memory) -> None:
        """``examples`` are some of the extractor's, opened."""
        self._extractor = extractor
        self._memory = memory
        self._orders = extractor.doubts.orders
        self._old_prices = {upper for _, upper in self._orders} | _struck(examples)
        self._changed: dict[LabelledPage, dict[str, Value]] = {}
        self._shown: dict[tuple[LabelledPage, str], float] = {}

    def reconsider(self, pages: Sequence[LabelledPage], said: Said) -> None:
        """Changes what was said of the pages."""
        prices: Prices | None = None
        for name, entry in sorted(self._extractor.program.fields.items()):
            known = told_by("known", name, said)
            if entry.many or len(known) < PRICED or not all(map(amounts.amount_of, known.values())):
                continue
            prices = prices or Prices(pages)
            having = frozenset(at for at, page in enumerate(pages) if name in self._memory.values(page))
            struck = name in self._old_prices
            place = prices.place_of(known, having, struck=struck)
            if place is not None:
                self._move(name, prices, place, pages, said)
                self._add(name, prices, (place,), known, pages, said)
            elif len(known) == len(having):
                self._add(name, prices, prices.steady(known, struck=struck), known, pages, said)

    def now(self, page: LabelledPage) -> Mapping[str, Value]:
        """What has changed of what is known of the page."""
        return self._changed.get(page, {})

    def admits(self, page: LabelledPage, name: str, label: Label) -> bool:
        """Whether a witness may be right: it says neither what the field was, of a page that shows what it is now
        beside that, nor another amount than stands in the field's place."""
        amount = self._shown.get((page, name))
        return not self._is_former(page, name, label) and (amount is None or _is_amount(label, amount))

    def may_come(self, page: LabelledPage) -> frozenset[str]:
        """The fields that the page may have, though it is known without them: old prices, where a price has changed."""
        return self._amounts if page in self._changed else frozenset()

    def _move(self, name: str, prices: Prices, place: Place, pages: Sequence[LabelledPage], said: Said) -> None:
        """Of the pages with a known price what stands in the price's place is known instead; where that is another
        amount, the known one is what the price was, if there is a field for that."""
        old = self._old_price_of(name)
        for at, (page, own) in enumerate(zip(pages, said, strict=True)):
            if (shown := prices.at(place, at)) is None:
                continue
            text, amount = shown
            value = self._memory.values(page).get(name)
            was = None if value is None else amounts.amount_of(value)
            if value is not None and was is not None and was[1] != amount:
                now = _as_known([value], text, amount)
                self._changed.setdefault(page, {})[name] = now
                own[name] = [one for one in own[name] if not self._is_former(page, name, one)]
                own[name].append(Label(now, CHANGED, "changed"))
            elif was is not None:
                own[name] = staying(own[name])
            for other, labels in own.items():
                # Another amount that was known before is not what stands in this one's place now.
                if other != name:
                    own[other] = [one for one in labels if one.source != "known" or not _is_amount(one, amount)]
            if value is not None and was is not None and was[1] > amount and old and prices.shows(at, was[1]):
                own.setdefault(old, []).append(Label(value, CHANGED, "changed"))

    def _add(
        self,
        name: str,
        prices: Prices,
        places: Iterable[Place],
        known: Mapping[int, Scalar],
        pages: Sequence[LabelledPage],
        said: Said,
    ) -> None:
        """Of pages of which nothing is known what stands in the price's place."""
        places = list(places)
        for at, (page, own) in enumerate(zip(pages, said, strict=True)):
            if self._memory.fact(page) is None and (shown := prices.at_all(places, at)) is not None:
                self._shown[page, name] = shown[1]
                own.setdefault(name, []).append(Label(_as_known(known.values(), *shown), BESIDE, "changed"))

    def _old_price_of(self, name: str) -> str:
        """The field of what another one was; empty if there is none, or more than one."""
        fields = self._extractor.program.fields
        kind = fields[name].profile.kind
        found = [
            other
            for own, other in self._orders
            if own == name and other in fields and fields[other].profile.kind == kind
        ]
        return found[0] if len(found) == 1 else ""

    def _is_former(self, page: LabelledPage, name: str, label: Label) -> bool:
        """Whether a witness says what the field was, of a page that shows what it is now beside that."""
        if name not in self.now(page):
            return False
        was = amounts.amount_of(self._memory.values(page)[name])
        return was is not None and _is_amount(label, was[1])

    @cached_property
    def _amounts(self) -> frozenset[str]:
        """The fields of amounts."""
        values = all_values(self._extractor.examples)
        return frozenset(name for name, own in values.items() if own and all(map(amounts.amount_of, own)))


def _struck(examples: Iterable[LabelledPage]) -> set[str]:
    """The fields whose values are struck out wherever they stand, on most examples that have them."""
    found: dict[str, list[bool]] = {}
    for page in examples:
        for name, value in page.values.items():
            places = [] if isinstance(value, list) else [place for place in page.places(value) if not place.data]
            if places:
                found.setdefault(name, []).append(all(is_struck(place.element) for place in places))
    return {name for name, own in found.items() if 2 * sum(own) > len(own)}


def _as_known(known: Iterable[Value], text: str, amount: float) -> Scalar:
    """An amount in the form in which others are known: as a text or a number, a whole one where these are."""
    values = [one for value in known for one in scalars(value)]
    if any(isinstance(one, str) for one in values):
        return text
    return int(amount) if amount.is_integer() and all(isinstance(one, int) for one in values) else amount


def _is_amount(label: Label, amount: float) -> bool:
    if isinstance(label.value, list) or (found := amounts.amount_of(label.value)) is None:
        return False
    return found[1] == amount
