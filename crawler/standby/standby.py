"""Learned code that stands beside a spider which knows nothing of it: it learns from the spider, and steps in.

While the spider's own selectors work, what they yield is recorded and nothing is changed. Where a value that was
always there is missing, where a callback gives nothing or raises, or where links are lost, the values and links that
the learned code vouches for take their place.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from itemadapter import ItemAdapter
from scrapy import Request, Spider
from scrapy.http import Response

from crawler.callbacks.callbacks import Recipe, carried
from crawler.callbacks.filling import missing, type_name, values_of
from crawler.callbacks.matching import PageMatch
from crawler.callbacks.shapes import LINK, Kind, Origin, Shape, handed_template, links_template, shapes_of
from crawler.options import Options
from crawler.reading.account import Account
from crawler.reading.delivery import delivery
from crawler.reading.live import Count, Live, LiveSite, Read
from crawler.reading.losses import Losses
from crawler.reading.remembered import Remembered
from crawler.responses import asked_url, unreadable
from crawler.standby.comparison import Comparison
from crawler.standby.links import Links, Source
from crawler.standby.observation import Observation
from crawler.standby.substitutes import Answer, Substitutes, absent
from crawler.standby.vitality import Vitality
from crawler.standby.waiting import Waiting
from learner.extractor import Extraction
from learner.pages.values import scalars
from learner.state.records import REPAIRED, Item, RepairedItem

if TYPE_CHECKING:
    from crawler.standby.watching import Visit

logger = logging.getLogger(__name__)


class Standby:
    """Stands beside one spider. ``crawl`` hands requests to the engine, ``delivered`` takes note of repaired items
    that are on their way, ``may_heal`` tells whether what failed may still be repaired in this crawl."""

    def __init__(
        self,
        spider: Spider,
        site: LiveSite,
        options: Options,
        count: Count,
        *,
        crawl: Callable[[Sequence[Request]], bool],
        delivered: Callable[[Sequence[RepairedItem]], None],
        may_heal: Callable[[], bool],
    ) -> None:
        self.spider = spider
        self._site = site
        self._enough = options.examples
        self._count = count
        self._crawl = crawl
        self._may_heal = may_heal
        self._shapes = shapes_of(site.store, site.site)
        self._alive: set[tuple[str, str]] = set()
        self._account = Account(site, count)
        self._anew: dict[str, str] = {}
        self._raised: dict[str, set[str]] = {}
        self._remembered = Remembered(site)
        self._began = datetime.now(UTC)
        self._comparison = Comparison(spider, self._shapes, self._began)
        self._observation = Observation(site, self._remembered, self._comparison, count)
        self._substitutes = Substitutes(count, self._account.say, provenance=options.provenance)
        self._losses = Losses(site, (), count, options.known_limit)
        self._links = Links(spider, self._shapes, self._remembered, self._losses, count, self._account.say)
        self._vitality = Vitality()
        self._waiting = Waiting(site, self._shapes, self._substitutes, self._links, self._vitality, count, delivered)

    # What the middleware asks

    def watches(self, response: Response, callback: str) -> bool:
        """Whether the response is a page to learn from; counted by the reason if it is not."""
        reason = unreadable(response) or ("" if 200 <= response.status < 300 else "status")
        for name in [f"not_watched/{reason}"] if reason else ["watched", f"watched/{callback}"]:
            self._count(name)
        return not reason

    def lacks_values(self, template: str, item: Any, response: Response) -> bool:
        """Whether the item lacks a value that was always there."""
        live = self._site.get(template)
        if live is None:
            return False
        return bool(absent(item, live.always - self._comparison.dropped(template), response.url))

    def lacks_handed(self, callback: str, target: str, request: Request) -> bool:
        """Whether the request hands over less than such requests always did."""
        live = self._site.get(handed_template(callback, target))
        if live is None:
            return False
        given = carried(request)[0]
        return any(missing(given.get(path)) for path in live.always - {LINK})

    async def read(self, visit: Visit) -> dict[str, Read]:
        """What the learned code says of the page, by template."""
        return {name: await self._site.extract(visit.response, live) for name, live in self._parts(visit)}

    def read_now(self, visit: Visit) -> dict[str, Read]:
        """The same without waiting for anything."""
        return {name: self._site.extract_now(visit.response, live) for name, live in self._parts(visit)}

    def settle(self, visit: Visit, read: Mapping[str, Read]) -> list[Any]:
        """At the end of a callback: record it, and give what it held back or did not give."""
        self._discover(visit)
        if any(one.extraction.reason for one in read.values()):
            for template, refused in read.items():
                self._observation.record(visit, template, refused, refused.extraction.reason)
            self._refuse(visit, [one.extraction.reason for one in read.values()])
            return visit.held
        asked = asked_url(visit.response)
        self._losses.shows(visit.response.url, _marks(visit, read), _led_to(visit), asked)
        page = _Page(visit, PageMatch(visit.response, visit.handed), read)
        for template, shape in [*self._shapes.items()]:
            if shape.callback == visit.callback and (self._site.get(template) is None or template in read):
                _SETTLE[shape.kind](self, page, template, shape, read.get(template))
        if visit.failed and not page.new:
            self._raised.setdefault(visit.callback, set()).add(visit.response.url)
        kept = {id(value) for value in page.kept}
        return [value for value in visit.held if id(value) not in kept] + page.new

    def bring(self, url: str, values: Sequence[Any]) -> None:
        """Bring these values into the crawl by a delivery."""
        if values:
            self._crawl([delivery(url, partial(_handed_over, values))])

    # What the extension asks for when the crawl is idle

    def revisits(self) -> Sequence[Request]:
        """None: a spider that is only watched is sent nowhere that its links do not lead."""
        return ()

    def by_memory(self) -> Sequence[Request]:
        """None: lost links are followed as soon as they are missed."""
        return ()

    def conclude(self) -> None:
        """Raise drift that the pages of the crawl together prove."""
        self._losses.conclude()

    def gave(self, template: str, url: str) -> bool:
        """Whether the crawl has given items of a page."""
        return self._waiting.given(template, url)

    def repaired(self, items: Sequence[RepairedItem]) -> None:
        """Items that are to be delivered."""
        self._waiting.repaired += items
        for one in items:
            self._losses.shows(one.url, [repr(item) for item in one.items or [one.item] if item], ())

    def undelivered(self) -> Sequence[RepairedItem]:
        """Repaired items that still wait."""
        return self._waiting.repaired

    def deliveries(self) -> Sequence[Request]:
        """A request that brings what waits to be delivered, if something does."""
        return self._waiting.deliveries()

    def learnable(self) -> bool:
        """Whether there is enough to learn from, and new: told once."""
        anew = self._conclude()
        fresh = [
            name
            for name, shape in self._shapes.items()
            if self._site.get(name) is None and self._observation.recorded[name] and shape.giving >= self._enough
        ]
        for name in fresh:
            self._observation.recorded[name] = 0
        return anew or bool(fresh)

    def save(self) -> None:
        """Write what was seen of the spider's callbacks, and say what it no longer finds, or finds otherwise. Raises
        EvergreenError."""
        store, site = self._site.store, self._site.site
        for template in self._comparison.unanswered:
            for one in store.extractions.answers(site, template):
                if one.outcome == REPAIRED and one.fetched_at >= self._began:
                    self._comparison.repaired(template, one.url, Answer.told(one).extraction)
        self._conclude()
        for template, why in self._anew.items():
            store.versions.withdraw(site, template, {"reason": f"the spider's code {why}"})
        self._anew = {}
        self._account.dead(self._vitality.dead())
        self._tell_raised()
        for template, shape in self._shapes.items():
            shape.contradicted = self._comparison.contradicted(template)
            self._account.contradicted(template, shape.contradicted)
            store.shapes.save(site, template, shape.to_dict())

    def _tell_raised(self) -> None:
        """Count the pages on which a callback raised and of which nothing came, from learned code neither."""
        for callback, urls in self._raised.items():
            parts = [name for name, shape in self._shapes.items() if shape.callback == callback]
            came = {url for url in urls if any(self._waiting.given(part, url) for part in parts)}
            self._account.total(f"raised/{callback}", len(urls - came))

    def _conclude(self) -> bool:
        """Whether there are templates to learn anew, for the spider's code has changed; told once."""
        live = {name: one.fields for name in self._shapes if (one := self._site.get(name)) is not None}
        anew = self._comparison.conclude(live)
        for template, why in anew.items():
            logger.info("%s: template %s is learned anew: the spider's code %s", self._site.site, template, why)
        self._anew |= anew
        return bool(anew)

    # A callback's end

    def _refuse(self, visit: Visit, reasons: Sequence[str]) -> None:
        """Count a page that is none of its templates, unless the spider found a whole item there."""
        given = [item for items in visit.items.values() for item in items]
        if all(reasons) and all(any(item is held for held in visit.held) for item in given):
            self._count("refused")
            self._count(f"refused/{reasons[0]}")

    def _parts(self, visit: Visit) -> Iterator[tuple[str, Live]]:
        for template, shape in self._shapes.items():
            live = self._site.get(template)
            if shape.callback == visit.callback and live is not None:
                yield template, live

    def _discover(self, visit: Visit) -> None:
        for template, items in visit.items.items():
            shape = self._shapes.setdefault(template, Shape(visit.callback, Kind.ITEMS))
            shape.type = type_name(type(items[0]))
            for item in items:
                shape.keys.observe(ItemAdapter(item))
        if visit.links:
            self._shapes.setdefault(links_template(visit.callback), Shape(visit.callback, Kind.LINKS))
        for target, requests in visit.links.items():
            if any(not missing(value) for request in requests for value in carried(request)[0].values()):
                template = handed_template(visit.callback, target)
                self._shapes.setdefault(template, Shape(visit.callback, Kind.HANDED, target=target))

    def _settle_items(self, page: _Page, template: str, shape: Shape, read: Read | None) -> None:
        visit = page.visit
        given = visit.items.get(template, [])
        always = shape.gives_always(self._enough) and not self._comparison.stopped(template)
        if len(given) > 1:
            shape.many = True
        if given:
            self._waiting.gave(template, visit.response.url)
        if read is None:
            if given and not visit.failed:
                shape.count(given)
                self._observation.learn(visit, page.match, template, shape, [values_of(item) for item in given])
            elif not visit.failed and not always:
                shape.count(given)
            return
        dropped = self._comparison.dropped(template)
        extraction, fields, url = read.extraction.without(dropped), read.live.always - dropped, visit.response.url
        answer = Answer(extraction, read.version.number, visit.fetched_at)
        own = shape.own(read.live.fields) - dropped
        self._vitality.observe(template, fields | own | extraction.confidence.keys(), given, url)
        page.new += self._waiting.decided(template)
        sure = self._vitality.sure(template, answer, given, url)
        lacking = {id(item): absent(item, fields, url) for item in given if any(item is held for held in visit.held)}
        doubted = {number for number, names in lacking.items() if not self._vitality.believed(template, names, fields)}
        broken = bool(doubted) or (not given and always)
        if not broken and not visit.failed:
            shape.count(given)
        rightly = self._rightly_absent(template, given, lacking, doubted, sure)
        self._observation.judge(visit, page.match, template, read, [values_of(item) for item in given], broken, rightly)
        self._losses.observe(read.live, template, extraction.abstained.keys() if broken else (), url)
        filled = [item for item in given if id(item) in lacking]
        page.kept += filled
        missed = {name for number in doubted for name in lacking[number]} - sure.extraction.confidence.keys()
        # Of a page of the known design items wait until it is known whether the selectors work, else for a repair: what
        # learned code still finds on another design may be something else.
        if broken and (self._may_heal() if extraction.failed else missed):
            held = self._waiting.hold(template, visit, extraction, answer)
            held.items += [item for item in filled if id(item) in doubted]
            filled, broken = [item for item in filled if id(item) not in doubted], False
        if filled or broken:
            items = self._substitutes.items(template, shape, sure, filled, url, visit.handed)
            if items:
                self._waiting.gave(template, url)
            if not given:
                self._vitality.lacked(template, own)
            page.new += items

    def _rightly_absent(
        self,
        template: str,
        given: Sequence[Any],
        lacking: Mapping[int, Sequence[str]],
        doubted: Collection[int],
        sure: Answer,
    ) -> set[str]:
        """The fields that no item of the page has, as far as the spider is believed: what learned code finds there in
        spite of that is none of their values."""
        believed = [set(names) for number, names in lacking.items() if number not in doubted]
        if doubted or len(believed) < len(given) or not believed:
            return set()
        names = set.intersection(*believed) - sure.extraction.confidence.keys()
        for name in names:
            self._count(f"believed/{template}/{name}")
        return names

    def _settle_links(self, page: _Page, template: str, shape: Shape, read: Read | None) -> None:
        visit, extraction = page.visit, None if read is None else read.extraction
        lost = [target for target in shape.recipes if self._is_lost(visit, shape, target, extraction)]
        shown: dict[str, Any] = {}
        for target, requests in visit.links.items():
            self._alive.add((visit.callback, target))
            links = list(dict.fromkeys(filter(None, map(page.link, requests))))
            if links:
                shown[target] = links if len(links) > 1 else links[0]
        if not lost and not visit.failed:
            shape.count(visit.links)
            for target, requests in visit.links.items():
                recipe = shape.recipes.setdefault(target, Recipe.of(requests[0], self.spider))
                recipe.seen += 1
                for request in requests:
                    recipe.observe(request, self.spider)
                shape.observe(target, "", Origin.PAGE if target in shown else Origin.ELSEWHERE)
        if read is None:
            if shown and not lost and not visit.failed:
                self._observation.learn_links(visit, template, shown)
        else:
            self._observation.judge(visit, page.match, template, read, [shown], bool(lost))
            absent = set(lost) & read.extraction.abstained.keys()
            self._losses.observe(read.live, template, absent, self._remembered.address(template, visit.response))
        for target in lost:
            if self._hands_over(visit.callback, target):
                continue  # what is handed over with them settles it
            if extraction is not None and not page.links(target) and self._may_heal():
                self._waiting.hold(template, visit, extraction).lost.add(target)
            self._follow_lost(page, target)

    def _settle_handed(self, page: _Page, template: str, shape: Shape, read: Read | None) -> None:
        visit, extraction = page.visit, None if read is None else read.extraction
        links = self._shapes.get(links_template(visit.callback))
        requests = visit.links.get(shape.target, [])
        records = []
        for request in requests:
            link = page.link(request)
            values = {path: value for path, value in carried(request)[0].items() if not missing(value)}
            if link is not None:
                records.append({LINK: link, **values})
        lacking = [request for request in requests if any(request is held for held in visit.held)]
        hands_over = self._hands_over(visit.callback, shape.target)
        lost = hands_over and links is not None and self._is_lost(visit, links, shape.target, extraction)
        if not lost and not lacking and not visit.failed:
            shape.count(requests)
        shape.many = True
        if read is None or extraction is None:
            if records and not visit.failed:
                self._observation.learn(visit, page.match, template, shape, records)
            if lost:
                self._follow_lost(page, shape.target)
            return
        broken = lost or bool(lacking)
        self._observation.judge(visit, page.match, template, read, records, broken)
        # What a list of so few records may lack is not absent.
        absent = extraction.abstained.keys() - (read.live.expected - extraction.expected) if broken else ()
        self._losses.observe(read.live, template, absent, self._remembered.address(template, visit.response))
        if broken:
            self._hand_over(page, template, shape.target, read, lacking, lost)

    def _hand_over(
        self, page: _Page, template: str, target: str, read: Read, lacking: Sequence[Request], lost: bool
    ) -> None:
        """Put what requests lack into them, and follow those that are lost, or let them wait for a repair."""
        visit, extraction = page.visit, read.extraction
        expected, linked = read.live.always - {LINK}, [(page.link(request), request) for request in lacking]
        page.kept += lacking
        if extraction.failed and self._may_heal():
            held = self._waiting.hold(template, visit, extraction)
            held.requests += linked
            held.expected = expected
            held.lost |= {target} if lost else set()
            held.records, held.links, held.source = extraction.items, page.links(target), self._source(page)
            return
        if extraction.failed:
            page.new += self._links.unrepaired(target, expected, extraction.items, linked, visit.response)
        else:
            requests = visit.links.get(target, [])
            page.new += self._links.handed_over(extraction.items, linked, requests, visit.response)
        if lost:
            self._follow_lost(page, target, extraction.items)

    def _follow_lost(self, page: _Page, target: str, records: Sequence[Item] = ()) -> None:
        """Follow the lost links of one kind: the ``records`` of what is handed over with them, or what else learned
        code says of them, or those that the page had when it was last read."""
        callback, response, links = page.visit.callback, page.visit.response, page.links(target)
        if not links and not any(LINK in record for record in records):
            page.new += self._links.known(self._source(page), target, response)
            return
        for found in (records, links):
            page.new += self._links.follow(callback, target, found, response)

    def _source(self, page: _Page) -> Source:
        visit = page.visit
        return Source(visit.callback, self._remembered.addresses(visit.response), visit.fetched_at)

    def _hands_over(self, callback: str, target: str) -> bool:
        """Whether values of the callback's pages are handed over with links of this kind."""
        shape = self._shapes.get(handed_template(callback, target))
        return shape is not None and bool(shape.fields - {LINK})

    def _is_lost(self, visit: Visit, shape: Shape, target: str, extraction: Extraction | None) -> bool:
        """Whether the page should have had links of this kind, and the spider found none.

        Where it found some on other pages of this crawl, it is believed, unless this page gave nothing at all.
        """
        recipe = shape.recipes.get(target)
        if recipe is None or not recipe.seen or target in visit.links:
            return False
        if self._comparison.stopped(links_template(visit.callback), target):
            return False
        alive = (visit.callback, target) in self._alive
        if alive and (visit.links or visit.items):
            return False
        if shape.follows_always(target, self._enough):
            return True
        addresses = self._remembered.addresses(visit.response)
        if self._remembered.links(links_template(visit.callback), addresses, target):
            return True
        seen = extraction is not None and (target in extraction.item or bool(extraction.items))
        return seen and not alive and 2 * recipe.seen >= shape.pages


class _Page:
    """A visit while it is settled: ``new`` is what is given in addition, ``kept`` what is not given as it was held;
    ``read`` what learned code says of the page, by template."""

    def __init__(self, visit: Visit, match: PageMatch, read: Mapping[str, Read]) -> None:
        self.visit = visit
        self.match = match
        self._read = read
        self.new: list[Any] = []
        self.kept: list[Any] = []

    def link(self, request: Request) -> str | None:
        """The page's link that the request follows."""
        return self.match.link(request.url) if request.method == "GET" else None

    def links(self, target: str) -> list[Item]:
        """The links of one kind that learned code vouches for."""
        read = self._read.get(links_template(self.visit.callback))
        links = [] if read is None else scalars(read.extraction.item.get(target))
        return [{LINK: str(link)} for link in links]


_SETTLE = {
    Kind.ITEMS: Standby._settle_items,
    Kind.LINKS: Standby._settle_links,
    Kind.HANDED: Standby._settle_handed,
}


def _marks(visit: Visit, read: Mapping[str, Read]) -> list[str]:
    """By what the page is told to show something new: the items or links that the spider found there, or else what
    learned code says."""
    items = [repr(values_of(item)) for items in visit.items.values() for item in items]
    if items or visit.links:
        return items or list(_led_to(visit))
    answers = [one.extraction for one in read.values()]
    return [repr(item) for answer in answers for item in answer.items or [answer.item] if item]


def _led_to(visit: Visit) -> Iterator[str]:
    return (request.url for requests in visit.links.values() for request in requests)


def _handed_over(values: Sequence[Any], response: Response) -> Sequence[Any]:
    return values
