"""What waits for a repair in a crawl, and how it is delivered: repaired, or as it was."""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from scrapy import Request
from scrapy.http import Response

from crawler.callbacks.callbacks import carried
from crawler.callbacks.filling import values_of
from crawler.callbacks.shapes import LINK, Kind, Shape, links_template
from crawler.reading.delivery import delivery
from crawler.reading.live import Count, LiveSite
from crawler.reading.withheld import sayings
from crawler.standby.links import Links, Source, with_only_link
from crawler.standby.omissions import Omissions
from crawler.standby.substitutes import Answer, Substitutes, absent
from crawler.standby.vitality import Vitality
from learner.errors import EvergreenError
from learner.extractor import Extraction
from learner.pages.values import scalars
from learner.state.records import Item, PageAnswer, RepairedItem

if TYPE_CHECKING:
    from crawler.standby.watching import Visit

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Came:
    """What a request for a page had ``handed`` over, with the ``items`` that came of it and lack something: none where
    the callback gave none, or raised after those ``before``."""

    handed: Mapping[str, Any]
    items: list[Any] = field(default_factory=list)
    before: Sequence[Any] = ()


@dataclass(slots=True)
class Held:
    """What waits for a repair: items that lack values, requests that lack arguments, or kinds of links that are lost.
    Of which page, and what learned code said of it, if it is items that wait; ``led``: a link that the spider lost has
    led there.

    ``visits``: what came of each request for the page. ``fails``: they lack what such pages always have, and wait for a
    repair if learned code fails on the page; others only until it is known whether the spider's selectors work, as do
    requests that are ``undecided`` of these fields; ``ended`` are fields that only some pages have, of which nothing
    finds what the page had before. ``strange``: the page is of another design, on which selectors that work prove
    nothing.
    ``requests``: each with its link as the page writes it, and ``expected``, the paths that all of them should hand
    over. ``records`` and ``links``: what learned code read of lost links of one kind, with what they hand over
    and without it; ``single``: learned code reads one record of a page, ``several``: the page gave more links of the
    kind than one; ``source``: where the links are from."""

    url: str
    visits: list[Came] = field(default_factory=list)
    vouched: frozenset[str] = frozenset()
    answer: Answer | None = None
    requests: list[tuple[str | None, Request]] = field(default_factory=list)
    expected: frozenset[str] = frozenset()
    lost: set[str] = field(default_factory=set)
    records: Sequence[Item] = ()
    links: list[Item] = field(default_factory=list)
    single: bool = False
    several: bool = False
    source: Source | None = None
    led: bool = False
    fails: bool = False
    strange: bool = False
    undecided: frozenset[str] = frozenset()
    ended: set[str] = field(default_factory=set)

    @property
    def items(self) -> list[Any]:
        """The items of all visits."""
        return [item for came in self.visits for item in came.items]

    @property
    def is_alone(self) -> bool:
        """Whether the page has one record, and one link: these belong together."""
        return self.single and not self.several


class Waiting:
    """Of one crawl. ``delivered`` takes note of repaired items that are on their way; ``dropped`` tells which fields of
    a template the spider's code names no more. ``late``: by template the fields that a repair found after their items
    had gone, and that were counted. ``refused``: the pages of which no item is given, for nobody knows whether they
    have any."""

    def __init__(
        self,
        site: LiveSite,
        shapes: Mapping[str, Shape],
        substitutes: Substitutes,
        links: Links,
        vitality: Vitality,
        count: Count,
        delivered: Callable[[Sequence[RepairedItem]], None],
        dropped: Callable[[str], frozenset[str]],
        omissions: Omissions,
    ) -> None:
        self._omissions = omissions
        self._dropped = dropped
        self._count = count
        self._vitality = vitality
        self._site = site
        self._shapes = shapes
        self._substitutes = substitutes
        self._links = links
        self._delivered = delivered
        self._held: dict[tuple[str, str], Held] = {}
        self._gave: dict[tuple[str, str], frozenset[str]] = {}
        self._found: dict[str, set[str]] = defaultdict(set)
        self._possible: dict[tuple[str, str], frozenset[str]] = {}
        self.repaired: list[RepairedItem] = []
        self.refused: set[tuple[str, str]] = set()
        self.late: set[tuple[str, str]] = set()

    def hold(self, template: str, visit: Visit, extraction: Extraction, answer: Answer | None = None) -> Held:
        """Where what the page lacks is put until the repair; the ``answer`` stands in if there is none."""
        key = (template, visit.response.url)
        self._site.withheld.waits(*key)
        if key not in self._held:
            self._count(f"held/{template}")
            led = self._links.led(visit.response)
            self._held[key] = Held(visit.response.url, [], frozenset(extraction.confidence), answer, led=led)
        return self._held[key]

    def undecided(self, template: str, held: Held, response: Response) -> Iterator[Any]:
        """Requests of a page that wait until it is known whether the spider has lost what they lack, unless it is."""
        key = (template, held.url)
        if key in self._held or self._vitality.decided(template, held.undecided):
            yield from self._undecided(template, held, response)
            return
        self._count(f"held/{template}")
        self._held[key] = held

    def lacks(self, template: str, url: str, targets: Iterable[str]) -> None:
        """The page has no links of these kinds: if a repair finds some, they are lost, whether it waits or not."""
        self._possible[template, url] = frozenset(targets)

    def decided(self, template: str, response: Response) -> Iterator[Any]:
        """What waited only until it is known whether the spider's selectors work, now that it is."""
        for key, held in [*self._held.items()]:
            if key[0] == template and held.undecided and self._vitality.decided(template, held.undecided):
                del self._held[key]
                yield from self._undecided(template, held, response.replace(url=held.url))
                continue
            if self._omissions.is_doubtful(*key):
                continue
            if key[0] != template or held.answer is None or (held.fails and held.answer.extraction.failed):
                continue
            said = held.answer.extraction.confidence.keys() | held.ended
            names = {name for item in held.items for name in absent(item, said, held.url)}
            if self._vitality.decided(template, names):
                del self._held[key]
                yield from self._not_repaired(template, held, held.answer, None)

    def gave(self, template: str, url: str, lacking: Iterable[str] = (), having: Iterable[str] = ()) -> None:
        """The crawl gave items of the page, with and without values of these fields: a repair of it alone brings
        none."""
        self._gave[template, url] = frozenset(lacking)
        self._found[template].update(having)

    def reads_beside(self, template: str, version: int, items: Sequence[Any], url: str) -> None:
        """The spider gave these items of a page of another design, which the version reads."""
        self._vitality.reads_beside(template, version, items, url)
        self._site.withheld.beside(template, url)

    def went(self, template: str, url: str, items: Sequence[Any], said: Extraction, *, own: bool = False) -> None:
        """These are the items that the crawl gave of the page, of which learned code says this: what they lack, though
        all should have it, is withheld, and where there is none, all of it. ``own``: as the spider gave them."""
        live = self._site.get(template)
        due = frozenset[str]() if live is None else live.due(said) - self._dropped(template)
        lacking = {name for item in items or [{}] for name in absent(item, due, url)}
        fields = frozenset[str]() if live is None else live.fields
        having = {name for item in items for name in fields.difference(absent(item, fields, url))}
        # Of yes and no learned code tells what the page says; where it doesn't, a spider that finds all else does. One
        # that finds nothing says no.
        told = {name for record in said.records for name in record}
        alone = fields - told if own and not lacking else frozenset[str]()
        says = (sayings({n: v for n, v in values_of(item).items() if n in alone}) for item in items)
        self._site.withheld.note(template, url, lacking, said, having.union(*says))
        self._site.bring(template, url, len(items))
        self._site.tally(template, url, [fields.difference(absent(item, fields, url)) for item in items])

    def believed(self, template: str, url: str, names: Iterable[str]) -> None:
        """The crawl's items of the page have none of these fields, and that is taken as it is."""
        self._site.withheld.believed(template, url, names)

    def held(self) -> Counter[str]:
        """How many items wait, by template: one of each visit that gave none."""
        counts = Counter[str]()
        for (template, _), held in self._held.items():
            counts[template] += sum(len(came.items) or 1 for came in held.visits)
        return +counts

    def given(self, template: str, url: str) -> bool:
        """Whether it gave any."""
        return (template, url) in self._gave

    def had(self, template: str, url: str) -> Collection[str] | None:
        """The fields that the items have which it gave of a page, if it gave any; None where they wait."""
        if (template, url) in self._held:
            return None
        return self._site.withheld.had_by(template, url) if self.given(template, url) else ()

    def deliveries(self) -> Sequence[Request]:
        """A request that brings what waits to be delivered, if something does."""
        for held in self._held.values():
            return [delivery(held.url, self._deliver)]
        for item in self.repaired:
            return [delivery(item.url, self._deliver)]
        return ()

    def _deliver(self, response: Response) -> Iterator[Any]:
        """Callback of the delivery: what was repaired, then what was held and could not be."""
        repaired, self.repaired = self.repaired, []
        held, self._held = self._held, {}
        self._delivered(repaired)
        for key in [*held, *((one.template, one.url) for one in repaired)]:
            if self._omissions.refuses(*key):
                self.refused.add(key)
                self._site.withheld.forget(*key)
                held.pop(key, None)
        for one in repaired:
            if (waits := held.get((one.template, one.url))) is not None and waits.fails:
                self.reads_beside(one.template, one.version, waits.items, one.url)
        repaired_links = {(item.template, item.url): item.item for item in repaired}
        for item in repaired:
            key = (item.template, item.url)
            shape = self._shapes.get(item.template)
            if shape is None or key in self.refused:
                continue
            if (
                key in held
                and held[key].answer is not None
                and not (held[key].fails or held[key].ended & item.confidence.keys())
            ):
                continue  # what is repaired is not what these wait for
            waiting = held.pop(key, None)
            if waiting is not None:
                self._site.coverage.repaired(item.template, waiting.vouched, item.confidence)
            if shape.kind is Kind.ITEMS:
                if waiting is not None or key not in self._gave:
                    self.gave(*key)
                    yield from self._delivered_items(item, waiting or Held(item.url, [Came({})]))
                else:
                    for name in (self._gave[key] & item.confidence.keys()) - self._found[item.template]:
                        self._count(f"late/{item.template}/{name}")
                        self.late.add((item.template, name))
            elif waiting is not None:
                self.gave(*key)
                if shape.kind is Kind.HANDED:
                    waiting.records, waiting.single = item.items or [item.item], not item.items
                    more = repaired_links.get((links_template(shape.callback), item.url), {})
                    waiting.links = _with_more(waiting.links, shape, more)
                yield from self._delivered_links(item, shape, waiting, response.replace(url=item.url))
                if waiting.lost and not any(LINK in record for record in (*waiting.records, *waiting.links)):
                    # What is handed over is found again, and not the links that it goes with.
                    held[key] = replace(waiting, requests=[])
            elif shape.kind is Kind.LINKS and key in self._possible:
                yield from self._delivered_links(item, shape, Held(item.url), response.replace(url=item.url))
        newer = {template: self._newest(template) for template, _ in held}
        for (template, url), waiting in held.items():
            if waiting.answer is not None:
                newest = newer[template].get((url, waiting.answer.fetched_at))
                yield from self._not_repaired(template, waiting, waiting.answer, newest)
        for (template, url), waiting in held.items():
            if waiting.undecided:
                yield from self._undecided(template, waiting, response.replace(url=url))
        lost = {
            key: waiting
            for key, waiting in held.items()
            if self._shapes[key[0]].kind is Kind.HANDED and not waiting.undecided
        }
        for (template, url), waiting in lost.items():
            shape, page = self._shapes[template], response.replace(url=url)
            more = repaired_links.get((links_template(shape.callback), url), {})
            waiting.links = _with_more(waiting.links, shape, more)
            if waiting.is_alone:
                waiting.records = with_only_link(waiting.records, waiting.links)
            yield from self._links.unrepaired(shape.target, waiting.expected, waiting.records, waiting.requests, page)
        yield from self._last_resort(lost, response)

    def _undecided(self, template: str, held: Held, page: Response) -> Iterator[Any]:
        """Requests with what learned code says of the fields of which it was not known whether they are lost, as far as
        it is believed."""
        believed = self._vitality.believed_of_some(template, held.undecided)
        records = [{n: v for n, v in one.items() if n not in held.undecided - believed} for one in held.records]
        requests = [request for _, request in held.requests]
        yield from self._links.handed_over(records, held.requests, requests, page)
        self._vitality.doubt_each(template, [carried(one)[0] for one in requests], held.records, held.undecided)

    def _newest(self, template: str) -> dict[tuple[str, datetime], PageAnswer]:
        """What was said last of the template's pages, by their addresses and when they were fetched: a retrain says
        something of what earlier crawls fetched from the same address, too."""
        try:
            answers = self._site.store.extractions.answers(self._site.site, template)
            return {(one.url, one.fetched_at): one for one in answers}
        except (EvergreenError, OSError) as error:
            logger.warning("What a retrain made of the pages that failed can't be read: %s", error)
            return {}

    def _not_repaired(self, template: str, held: Held, answer: Answer, newest: PageAnswer | None) -> Iterator[Any]:
        """What can be said of a page that no retrain has repaired: what a newer version vouches for, or else what the
        one of before did."""
        if held.fails and newest is not None and newest.version > answer.version:
            sure = Answer.told(newest, answer.extraction.expected)
            if held.strange:
                self.reads_beside(template, newest.version, held.items, held.url)
        else:
            sure = self._vitality.sure(template, answer, held.items, held.url)
        items = self._instead(template, sure, held)
        if items:
            self.gave(template, held.url)
            self._vitality.doubt(template, items, answer.extraction, held.url)
        self.went(template, held.url, items, answer.extraction)
        yield from items

    def _instead(self, template: str, answer: Answer, held: Held) -> list[Any]:
        """What is given of each visit that waits."""
        shape = self._shapes[template]
        some = self._vitality.lost_beside if held.strange else self._vitality.lost_alone
        lost = some(template, answer)
        return [
            item
            for came in held.visits
            for item in self._substitutes.items(
                template,
                shape,
                lost if came.items else answer,
                came.items,
                held.url,
                came.handed,
                led=held.led,
                before=came.before,
            )
        ]

    def _delivered_items(self, item: RepairedItem, held: Held) -> Iterator[Any]:
        answer = Answer.told(item)
        items = self._instead(item.template, answer, held)
        self._vitality.repaired(item.template, items, item.url)
        self.went(item.template, item.url, items, answer.extraction)
        yield from items

    def _delivered_links(self, item: RepairedItem, shape: Shape, held: Held, page: Response) -> Iterator[Any]:
        if shape.kind is Kind.LINKS:
            for target in sorted(held.lost | self._possible.get((item.template, item.url), frozenset())):
                links: list[Item] = [{LINK: str(link)} for link in scalars(item.item.get(target))]
                yield from self._links.follow(shape.callback, target, links, page)
            return
        requests, own = [request for _, request in held.requests], held.records
        if held.is_alone:
            own = with_only_link(own, held.links, [link for link, _ in held.requests])
        yield from self._links.handed_over(own, held.requests, requests, page)
        if held.lost:
            for records in (own, held.links):
                yield from self._links.follow(shape.callback, shape.target, records, page)

    def _last_resort(self, held: Mapping[tuple[str, str], Held], response: Response) -> Iterator[Any]:
        """Lost links of pages that nothing repairs: as far as the page says what is handed over with them, with that.
        These come first of all pages, for a link is followed once; then those of which the page shows no more, and of
        a page that shows none those that it had when it was last read."""
        lost = [
            (self._shapes[template], one, response.replace(url=one.url))
            for (template, _), one in held.items()
            if one.lost
        ]
        for shape, one, page in lost:
            yield from self._links.follow(shape.callback, shape.target, one.records, page)
        for shape, one, page in lost:
            yield from self._links.follow(shape.callback, shape.target, one.links, page)
        for shape, one, page in lost:
            if one.source is not None and not one.links and not any(LINK in record for record in one.records):
                yield from self._links.known(one.source, shape.target, page, one.records)


def _with_more(links: Sequence[Item], shape: Shape, found: Item) -> list[Item]:
    """The links, with those that a repair ``found`` on their page of the kind that values are handed over with."""
    more = ({LINK: str(link)} for link in scalars(found.get(shape.target)))
    return [*links, *(one for one in more if one not in links)]
