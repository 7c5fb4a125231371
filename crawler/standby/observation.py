"""What a spider yields, seen beside the learned code: learned from while there is none, compared with it, recorded."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from crawler.callbacks.filling import learnable
from crawler.callbacks.matching import PageMatch
from crawler.callbacks.shapes import LINK, Kind, Origin, Shape, links_template
from crawler.reading.live import Count, LiveSite, Read
from crawler.reading.remembered import Remembered
from crawler.standby.comparison import Comparison
from crawler.standby.disorder import Disorder
from crawler.standby.substitutes import is_astray, is_guess
from learner.state.records import Item

if TYPE_CHECKING:
    from crawler.standby.watching import Visit
    from learner.extractor import Extraction

_LOOKED_AT = 60
"""Pages of a template whose values are looked for on the page; from then on it is known which fields stand there."""
_SHOWN = (Origin.PAGE, "")


class Observation:
    """``recorded``: pages with something to learn from, by template, since ``learnable`` last told of them; ``came``:
    the addresses of all of the crawl."""

    def __init__(
        self, site: LiveSite, remembered: Remembered, comparison: Comparison, disorder: Disorder, count: Count
    ) -> None:
        self._site = site
        self._disorder = disorder
        self._remembered = remembered
        self._comparison = comparison
        self._count = count
        self._looked_at: Counter[str] = Counter()
        self.recorded: Counter[str] = Counter()
        self.came: defaultdict[str, set[str]] = defaultdict(set)

    def learn(self, visit: Visit, match: PageMatch, template: str, shape: Shape, given: Sequence[Item]) -> None:
        """Record what stands on the page as a pair, while nothing is learned."""
        self._comparison.learns(template)
        pairs = self._pairs(match, template, shape, given)
        if any(pair.keys() - {LINK} if shape.kind is Kind.HANDED else pair for pair in pairs):
            self._take_note(visit, template)
            item, items = ({}, pairs) if shape.many else (pairs[0], ())
            self._site.record(visit.response, template, visit.fetched_at, item, items, source="spider")

    def _take_note(self, visit: Visit, template: str) -> None:
        self.recorded[template] += 1
        self.came[template].add(visit.response.url)

    def _pairs(self, match: PageMatch, template: str, shape: Shape, given: Sequence[Item]) -> list[Item]:
        """Of each item what stands on the page; where it comes from is counted in the ``shape``."""
        look = self._looked_at[template] < _LOOKED_AT
        self._looked_at[template] += 1
        pairs: list[Item] = []
        for values in given:
            pair = {}
            for name in shape.handed.keys() - values.keys() if look else ():
                shape.unlike[name] += match.hands_over(shape.handed[name])
            for name, value in values.items():
                also = False
                if look:
                    origin, path = _SHOWN if _is_link(shape, name) else match.origin(value)
                    also = shape.kind is Kind.ITEMS and origin is Origin.REQUEST and match.shows(value)
                    shape.observe(name, value, origin, path, shown=also)
                else:
                    origin = shape.origin(name)
                shown = also or origin in (Origin.PAGE, Origin.PART) or shape.may_be_chosen(name)
                if shape.is_nowhere(name, value):
                    shown = False  # on other pages it stands nowhere, and here by chance
                if shown and (plain := learnable(value)) is not None:
                    pair[name] = plain
            pairs.append(pair)
        return pairs

    def learn_links(self, visit: Visit, template: str, links: Item) -> None:
        """Record the links of a page as a pair."""
        self._comparison.learns(template)
        self._take_note(visit, template)
        self._site.record(visit.response, template, visit.fetched_at, links, source="spider")

    def judge(
        self,
        visit: Visit,
        match: PageMatch,
        template: str,
        read: Read,
        given: Sequence[Item],
        broken: bool,
        rightly_absent: Collection[str] = (),
    ) -> None:
        """Watch for drift, compare, and record: with the spider's values as a pair, where they can be trusted."""
        extraction, listing = read.extraction, read.live.is_list
        new = self._comparison.is_new(template)
        if new:
            given = [values for values in given if self._comparison.has_found(template, values, read.live.fields)]
        if new and given:
            told = self._pairs(match, template, self._comparison.yields(template), given)
        else:
            # Links of a kind that is not learned are known all the same.
            linked = template == links_template(visit.callback)
            told = [_learnable(values, values.keys() if linked else read.live.fields) for values in given]
            told = [_without_guesses(values, extraction) for values in told]
            told = [
                {n: v for n, v in values.items() if not self._comparison.is_nowhere(template, n, v)} for values in told
            ]
        told = [values for values in told if values]
        for name in self._comparison.observe(template, visit.response.url, extraction, told) if told else ():
            self._count(f"disagrees/{template}/{name}")
        outcome = self._site.watch(read, template, visit.fetched_at)
        if not told or broken or visit.failed or not (listing or len(told) == 1):
            told = []
        elif not new:
            told = self._trusted(visit, template, read, told)
        read = replace(read, extraction=extraction.without(rightly_absent))
        self.record(visit, template, read, outcome, told)

    def _trusted(self, visit: Visit, template: str, read: Read, told: list[Item]) -> list[Item]:
        """What the spider says of a page and can be learned from. Of a page that learned code can't read as it did,
        it is what was known before, and what learned code finds, too. Nothing is where values contradict each other, as
        those of no example do, or have changed places."""
        extraction, listing, remembered = read.extraction, read.live.is_list, self._remembered
        address = remembered.address(template, visit.response)
        if self._disorder.observe(template, told, read.live.detector.consistency.doubts):
            return []
        if not listing and remembered.exchanges(template, visit.response.url, told[0]):
            return []
        if not extraction.failed:
            return told
        if not remembered.repeats(template, address, told):
            self._count(f"not_trusted/{template}")
            return []
        if listing:
            return told
        sure = remembered.confirmed(template, address, told[0]) | extraction.item.keys()
        return [{name: value for name, value in told[0].items() if name in sure}]

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


def _learnable(values: Item, fields: Collection[str]) -> Item:
    """The values of these fields that can stand on a page."""
    return {name: plain for name, value in values.items() if name in fields and (plain := learnable(value)) is not None}


def _without_guesses(told: Item, extraction: Extraction) -> Item:
    """What the spider has told without its guesses, where it found less than half of what such pages have, or of
    what learned code did: then it says no of whatever it did not find."""
    names = extraction.expected.union(*extraction.records)
    answers = {n for record in extraction.records for n, value in record.items() if is_guess(value)}
    if not is_astray(told, names - answers, ""):
        return told
    return {name: value for name, value in told.items() if not is_guess(value)}


def _is_link(shape: Shape, name: str) -> bool:
    return shape.kind is Kind.LINKS or (shape.kind is Kind.HANDED and name == LINK)
