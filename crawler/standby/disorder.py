"""Values of a spider that contradict each other, as those of no example do: a price above the old price.

Its selectors go on finding something, and may have changed places. Learned code withholds such values; what the spider
gives is its own affair, but it is told, and nothing is learned from it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from learner.programs.doubts import UNLIKELY, Doubts, chance
from learner.programs.orders import alone, contradicted
from learner.state.records import Item

FEWEST: Final = 3
"""Pages of a crawl on which it is so, from which on it is no single oddity of the site."""


class Disorder:
    """Of one crawl: on how many pages which fields contradict each other, of those on which they could."""

    def __init__(self) -> None:
        self._wrong: dict[str, Counter[str]] = {}
        self._shown: dict[str, Counter[str]] = {}
        self._known: dict[tuple[str, str], int] = {}

    def observe(self, template: str, told: Sequence[Item], doubts: Doubts) -> bool:
        """Whether what the spider has ``told`` of a page contradicts what all examples show."""
        wrong, shown = self._wrong.setdefault(template, Counter()), self._shown.setdefault(template, Counter())
        found = False
        for pairs, check, words in (
            (doubts.orders, contradicted, "{} contradicts {}"),
            (doubts.companions, alone, "{} without {}"),
        ):
            for (one, other), known in pairs.items():
                said = words.format(one, other)
                if not any(one in record and (other in record or check is alone) for record in told):
                    continue
                self._known[template, said] = known
                shown[said] += 1
                if check(told, {(one, other): known}):
                    wrong[said] += 1
                    found = True
        return found

    def proved(self, template: str) -> dict[str, int]:
        """In words what contradicts what, and on how many pages: where it is so on most of them, or by no chance."""
        shown = self._shown.get(template, Counter())
        return {
            said: pages
            for said, pages in self._wrong.get(template, Counter()).items()
            if pages >= FEWEST
            and (2 * pages > shown[said] or chance(pages, shown[said], 0, self._known[template, said]) < UNLIKELY)
        }
