"""What a spider yields, seen beside the learned code: learned from while there is none, compared with it, recorded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from crawler.callbacks.filling import learnable
from crawler.callbacks.matching import PageMatch
from crawler.callbacks.shapes import LINK, Kind, Origin, Shape
from crawler.reading.live import Count, LiveSite, Read
from crawler.reading.remembered import Remembered
from learner.pages.values import same
from learner.state.records import Item

if TYPE_CHECKING:
    from crawler.standby.watching import Visit

_LOOKED_AT = 60
"""Pages of a template whose values are looked for on the page; from then on it is known which fields stand there."""
_SHOWN = (Origin.PAGE, "")


class Observation:
    """``recorded``: pages with something to learn from, by template, since ``learnable`` last told of them."""

    def __init__(self, site: LiveSite, remembered: Remembered, count: Count) -> None:
        self._site = site
        self._remembered = remembered
        self._count = count
        self._looked_at: Counter[str] = Counter()
        self.recorded: Counter[str] = Counter()

    def learn(self, visit: Visit, match: PageMatch, template: str, shape: Shape, given: Sequence[Item]) -> None:
        """Record what stands on the page as a pair, while nothing is learned."""
        look = self._looked_at[template] < _LOOKED_AT
        self._looked_at[template] += 1
        pairs = []
        for values in given:
            pair = {}
            for name, value in values.items():
                if look:
                    origin, path = match.origin(value) if name != LINK or shape.kind is Kind.ITEMS else _SHOWN
                    shape.observe(name, value, origin, path)
                else:
                    origin = shape.origin(name)
                if origin in (Origin.PAGE, Origin.PART) and (plain := learnable(value)) is not None:
                    pair[name] = plain
            pairs.append(pair)
        if any(pair.keys() - {LINK} if shape.kind is Kind.HANDED else pair for pair in pairs):
            self.recorded[template] += 1
            item, items = ({}, pairs) if shape.many else (pairs[0], ())
            self._site.record(visit.response, template, visit.fetched_at, item, items, source="spider")

    def learn_links(self, visit: Visit, template: str, links: Item) -> None:
        """Record the links of a page as a pair."""
        self.recorded[template] += 1
        self._site.record(visit.response, template, visit.fetched_at, links, source="spider")

    def judge(
        self,
        visit: Visit,
        template: str,
        read: Read,
        given: Sequence[Item],
        broken: bool,
        rightly_absent: Collection[str] = (),
    ) -> None:
        """Watch for drift, and record: with the spider's values as a pair, where they can be trusted."""
        extraction, fields = read.extraction, read.live.fields
        told = [
            {n: p for n, v in values.items() if n in fields and (p := learnable(v)) is not None} for values in given
        ]
        told = [values for values in told if values]
        listing = read.live.is_list
        if not listing and len(told) == 1:
            for name, value in told[0].items():
                if name in extraction.item and not same(extraction.item[name], value):
                    self._count(f"disagrees/{template}/{name}")
        outcome = self._site.watch(read, template, visit.fetched_at)
        trusted = bool(told) and not broken and not visit.failed and (listing or len(told) == 1)
        if trusted and extraction.failed and not self._remembered.repeats(template, visit.response.url, told):
            self._count(f"not_trusted/{template}")
            trusted = False
        read = replace(read, extraction=extraction.without(rightly_absent))
        self.record(visit, template, read, outcome, told if trusted else ())

    def record(self, visit: Visit, template: str, read: Read, outcome: str, told: Sequence[Item] = ()) -> None:
        """Hand the page over with what was extracted, and what the spider ``told`` of it."""
        extraction, listing = read.extraction, read.live.is_list
        self._site.record(
            visit.response,
            template,
            visit.fetched_at,
            extraction.item,
            extraction.items,
            outcome=outcome,
            version=read.version,
            confidence=extraction.confidence,
            source="spider" if told else "",
            told={} if listing or not told else told[0],
            told_items=told if listing else (),
        )
