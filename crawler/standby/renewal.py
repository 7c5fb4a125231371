"""Fields that the spider finds nowhere any more, and that learned code gives: whether they are new as they ever were,
or what they were at the last visit, which the site shows as another thing ("Last week")."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

from crawler.callbacks.shapes import Shape
from learner.healing.staleness import is_unrenewed
from learner.pages.values import same
from learner.retraining.turnover import Turnover

FEWEST: Final = 5
"""Pages that must have kept a value: the first few may by chance."""

Item = Mapping[str, Any]


class Renewal:
    """Of one crawl; ``turnover_of`` tells how the fields of a template have changed from visit to visit."""

    def __init__(self, turnover_of: Callable[[str], Turnover]) -> None:
        self._turnover_of = turnover_of
        self._turnover: dict[str, Turnover] = {}
        self._told: Counter[tuple[str, str]] = Counter()
        self._kept: Counter[tuple[str, str]] = Counter()
        self._last: dict[tuple[str, str], Any] = {}

    def stale(
        self, template: str, shape: Shape, version: int, said: Item, before: Item, names: Collection[str]
    ) -> frozenset[str]:
        """Which of the fields that a page's item lacks a ``version`` gives as they were ``before``, on more of the
        pages so far than it ever was so, in this crawl or one before. Where the page before had the same, nothing is
        told."""
        for name in said.keys() & before.keys() & set(names):
            of = template, name
            if of not in self._last or not same(self._last[of], before[name]):
                self._told[of] += 1
                self._kept[of] += same(said[name], before[name])
            self._last[of] = before[name]
        shape.stale |= {name: version for name in names if self._is_stale(template, name)}
        return frozenset(name for name in names if shape.stale.get(name) == version)

    def _is_stale(self, template: str, name: str) -> bool:
        of = template, name
        if self._kept[of] < FEWEST:
            return False
        if template not in self._turnover:
            self._turnover[template] = self._turnover_of(template)
        own = self._turnover[template]
        return is_unrenewed(self._kept[of], self._told[of], own.stays.get(name), always=name in own.fleeting)
