"""Learned code that stands beside a spider which knows nothing of it: it learns from the spider, and steps in.

While the spider's own selectors work, what they yield is recorded and nothing is changed. Where a value that was
always there is missing, where a callback gives nothing or raises, or where links are lost, the values and links that
the learned code vouches for take their place.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from itemadapter import ItemAdapter
from scrapy import Request, Spider
from scrapy.http import Response

from crawler.callbacks.callbacks import carried
from crawler.callbacks.code import Code
from crawler.callbacks.filling import missing, type_name, values_of
from crawler.callbacks.matching import PageMatch
from crawler.callbacks.shapes import LINK, Kind, Shape, handed_template, links_template, shapes_of
from crawler.callbacks.sometimes import Sometimes
from crawler.options import Options
from crawler.reading.account import Account
from crawler.reading.delivery import delivery
from crawler.reading.live import Count, Live, LiveSite, Read
from crawler.reading.losses import Losses
from crawler.reading.remembered import Remembered
from crawler.responses import NOT_HTML, asked_url, unreadable
from crawler.standby.absence import Absence
from crawler.standby.comparison import Comparison
from crawler.standby.defaults import Defaults
from crawler.standby.disorder import Disorder
from crawler.standby.items import Items
from crawler.standby.links import Links
from crawler.standby.observation import Observation
from crawler.standby.omissions import Omissions
from crawler.standby.page import SettledPage
from crawler.standby.remains import Lost, Remains
from crawler.standby.renewal import Renewal
from crawler.standby.requests import Requests
from crawler.standby.sources import Sources
from crawler.standby.substitutes import Answer, Substitutes, absent
from crawler.standby.twins import Twins
from crawler.standby.vitality import Vitality
from crawler.standby.waiting import Waiting
from crawler.volume import asked_for
from learner.drift.condition import EMPTY, SOFT_404
from learner.state.records import REPAIRED, SEEN_AGAIN, RepairedItem

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
        self._shapes = shapes_of(site.store, site.site)
        self._sometimes = {name: shape.sometimes.to_dict() for name, shape in self._shapes.items()}
        self._came_before = {name: shape.came for name, shape in self._shapes.items()}
        self._usual = {
            name: frozenset(one for one in shape.own(()) if shape.constant.get(one) is None)
            for name, shape in self._shapes.items()
            if shape.pages >= self._enough
        }
        self._gone = {name: frozenset(shape.gone) for name, shape in self._shapes.items()}
        self._account = Account(site, count)
        self._anew: dict[str, str] = {}
        self._raised: dict[str, set[str]] = {}
        self._refused: set[str] = set()
        self._remembered = Remembered(site)
        self._began = datetime.now(UTC)
        self._code = Code(type(spider))
        self._asked = asked_for(spider)
        self._comparison = Comparison(self._code, self._shapes, self._began)
        self._disorder = Disorder()
        self._observation = Observation(site, self._remembered, self._comparison, self._disorder, count)
        self._vitality = Vitality()
        self._defaults = Defaults(site, self._comparison)
        substitutes = Substitutes(
            count,
            self._account.say,
            provenance=options.provenance,
            learned=self._learned,
            constants=self._constants,
            lost=self._lost,
            defaults=self._defaults,
        )
        self._losses = Losses(site, (), count, options.known_limit)
        self._twins = Twins(site, self._shapes, self._remembered)
        links = Links(
            spider,
            self._shapes,
            self._remembered,
            self._losses,
            self._twins,
            count,
            self._account.say,
            self._sometimes_had,
        )
        self._links = links
        self._sources = Sources(spider, site, self._shapes, count, self._account.say)
        self._absence = Absence(self._shapes)
        self._omissions = Omissions(site, self._shapes, self._remembered, self._reads)
        self._waiting = Waiting(
            site,
            self._shapes,
            substitutes,
            links,
            self._vitality,
            count,
            delivered,
            self._comparison.dropped,
            self._omissions,
        )
        self._remains = Remains(site, self._remembered, self._waiting.had)
        items = Items(
            self._comparison,
            self._observation,
            substitutes,
            self._losses,
            self._remembered,
            self._absence,
            self._vitality,
            self._waiting,
            links,
            count,
            self._defaults,
            self._remains,
            self._omissions,
            Renewal(site.turnover),
            enough=self._enough,
            may_heal=may_heal,
            asked=self._asked,
        )
        requests = Requests(
            spider,
            self._shapes,
            self._remembered,
            self._comparison,
            self._observation,
            self._losses,
            self._absence,
            links,
            self._waiting,
            self._vitality,
            enough=self._enough,
            may_heal=may_heal,
            learned=self._learned,
        )
        self._requests = requests
        self._settle = {Kind.ITEMS: items.settle, Kind.LINKS: requests.settle, Kind.HANDED: requests.settle_handed}

    @property
    def sources(self) -> Sources:
        """What is no page and leads to pages."""
        return self._sources

    # What the middleware asks

    def watches(self, response: Response, callback: str) -> bool:
        """Whether the response is a page to learn from; counted by the reason if it is not."""
        reason = ("" if 200 <= response.status < 300 else "status") or unreadable(response)
        counted = [f"not_watched/{reason}"] if reason else ["watched", f"watched/{callback}"]
        if reason == EMPTY and any(
            one.callback == callback and one.kind in self._settle for one in self._shapes.values()
        ):
            counted += ["refused", f"refused/{reason}"]
        for name in counted:
            self._count(name)
        if reason == NOT_HTML:
            self._sources.came(response, callback)
        return not reason

    def lacks_values(self, template: str, item: Any, visit: Visit) -> bool:
        """Whether the item lacks a value that was always there, or that its page's request has handed over, or has one
        in its place that may stand for nothing."""
        live, shape = self._site.get(template), self._shapes.get(template)
        if live is None or shape is None:
            return False
        names, url = live.always | shape.taken(visit.handed).keys(), visit.response.url
        dropped = self._comparison.dropped(template)
        rare = live.sometimes - names - dropped - shape.gone
        if absent(item, self._vitality.may_lack(template, rare), url):
            visit.in_turn.add(template)
        suspects = self._defaults.suspects(template, item, live.fields, url)
        return bool(suspects or absent(item, names - dropped, url) or template in visit.in_turn)

    def lacks_handed(self, callback: str, target: str, request: Request) -> bool:
        """Whether the request hands over less than such requests always did."""
        live = self._site.get(handed_template(callback, target))
        if live is None:
            return False
        given, shape = carried(request)[0], self._shapes[handed_template(callback, target)]
        rare = self._vitality.may_lack(handed_template(callback, target), live.sometimes - {LINK} - shape.gone)
        return any(missing(given.get(path)) for path in (live.always - {LINK}) | rare)

    def is_blank(self, visit: Visit, template: str, item: Any) -> bool:
        """Whether the item has nothing of what such items always have, and its page was asked for by a link that the
        spider lost: without that there would be no such item. Nothing is learned that could fill it in."""
        if self._site.get(template) is not None or not self._links.led(visit.response):
            return False
        return self._withheld(template, self._usual.get(template, frozenset()), values_of(item))

    def is_blank_request(self, visit: Visit, target: str, request: Request) -> bool:
        """The same of the items that a request hands over."""
        template = handed_template(visit.callback, target)
        if self._site.get(template) is not None or not self._links.led(visit.response):
            return False
        return self._withheld(template, self._requests.always(visit.callback, target), carried(request)[0])

    def _withheld(self, template: str, usual: frozenset[str], values: Mapping[str, Any]) -> bool:
        blank = bool(usual) and all(missing(values.get(name)) for name in usual)
        if blank:
            self._count(f"blank/{template}")
        return blank

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
            self._refuse(visit, {template: one.extraction.reason for template, one in read.items()})
            return visit.held
        asked = asked_url(visit.response)
        self._losses.shows(visit.response.url, _marks(visit, read), _led_to(visit), asked)
        self._sources.visited(visit)
        self._twins.came(visit)
        page = SettledPage(visit, PageMatch(visit.response, visit.handed), read)
        for template, shape in [*self._shapes.items()]:
            if (
                shape.kind in self._settle
                and shape.callback == visit.callback
                and (self._site.get(template) is None or template in read)
            ):
                self._settle[shape.kind](page, template, shape, read.get(template))
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
        """Requests for lost links of pages whose addresses nobody knows, and for known pages to which no sitemap leads
        any more; all others are followed as soon as they are missed."""
        return [*self._requests.by_memory(), *self._sources.by_memory()]

    def conclude(self) -> None:
        """Raise drift that the pages of the crawl together prove."""
        self._absence.conclude()
        self._losses.conclude()
        self._omissions.conclude()
        for template, urls in self._observation.came.items():
            shape, before = self._shapes[template], self._came_before.get(template, 0)
            shape.came = len(urls)
            shape.settled = shape.came if shape.came <= before else 0
        for template in self._lost_unlearned():
            self._shapes[template].settled = len(self._site.known(template))

    def gave(self, template: str, url: str) -> bool:
        """Whether the crawl has given items of a page, under this address or another one."""
        shape = self._shapes.get(template)
        return self._waiting.given(template, url) or bool(shape and self._twins.of(shape.callback, url))

    def leads(self, url: str) -> bool:
        """Whether the crawl was led to a page, and it has not said that it is gone."""
        led = url in getattr(self.spider, "start_urls", ()) or self._losses.linked(url) or self._sources.leads(url)
        return led and url not in self._refused

    def repaired(self, items: Sequence[RepairedItem]) -> None:
        """Items that are to be delivered."""
        self._waiting.repaired += items
        for one in items:
            self._losses.shows(one.url, [repr(item) for item in one.items or [one.item] if item], ())

    def undelivered(self) -> Sequence[RepairedItem]:
        """Repaired items that still wait."""
        return self._waiting.repaired

    def waiting(self) -> Mapping[str, int]:
        """How many items the crawl holds back, for they wait for a repair, by template."""
        return self._waiting.held()

    def deliveries(self) -> Sequence[Request]:
        """A request that brings what waits to be delivered, if something does."""
        return self._waiting.deliveries()

    def learnable(self) -> bool:
        """Whether there is enough to learn from, and new: told once."""
        anew = self._conclude()
        fresh = [
            name
            for name, shape in self._shapes.items()
            if self._site.get(name) is None
            and self._observation.recorded[name]
            and shape.giving >= shape.enough(self._enough)
        ]
        fresh += self._lost_unlearned()
        self._requests.unlearned.clear()
        for name in fresh:
            self._observation.recorded[name] = 0
        return anew or bool(fresh)

    def _lost_unlearned(self) -> list[str]:
        """Templates of links that no page of the crawl has, so that there will be no more to learn them from."""
        return sorted(self._requests.unlearned - self._observation.came.keys())

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
        self._account.missed(self._vitality.missed())
        self._account.ended(self._vitality.ended())
        self._account.unknown(self._requests.unknown())
        self._account.refused(self._waiting.refused)
        self._account.unsure(self._requests.unsure())
        self._account.unlearned(self._requests.unlearned_links())
        self._account.lost_links(self._losses.not_healed())
        self._account.not_listed(self._sources.found(), self._sources.unfollowed())
        self._tell_raised()
        for template, shape in self._shapes.items():
            shape.contradicted = self._comparison.contradicted(template)
            self._account.contradicted(template, shape.contradicted)
            shape.disorder = self._disorder.proved(template)
            self._account.disorder(template, shape.disorder)
            if shape.kind is Kind.ITEMS:
                self._count_optional(template, shape)
            store.shapes.save(site, template, shape.to_dict())
            if back := self._gone.get(template, frozenset()) - shape.gone:
                store.events.add(site, template, SEEN_AGAIN, {"fields": sorted(back)})
                self._gone[template] = frozenset(shape.gone)

    def tell_doubted(self) -> None:
        """Tell of fields that the spider found nowhere, and in how many items learned code is not sure of them, when
        all items have gone."""
        found = self._vitality.doubted()
        for template, names in self._vitality.dead().items():
            lacking = self._site.withheld.lacking(template)
            there = {name: lacking[name][1] for name in names if name in lacking and lacking[name][1]}
            if there:
                found[template] = {**there, **found.get(template, {})}
        self._account.doubted(found)
        self._tell_late()

    def _tell_late(self) -> None:
        """Count the values that a repair found on pages of this crawl, of fields that none of its items has."""
        for template, shape in self._shapes.items():
            had = self._site.withheld.had(template)
            if shape.kind is not Kind.ITEMS or not had:
                continue
            lacking = self._learned(template).difference(had, self._comparison.dropped(template), shape.gone)
            lacking -= {name for of, name in self._waiting.late if of == template}
            answers = self._site.store.extractions.answers(self._site.site, template) if lacking else ()
            found = Counter(
                name
                for one in answers
                if one.outcome == REPAIRED and one.fetched_at >= self._began and self.gave(template, one.url)
                for record in one.items or [one.item]
                for name in lacking.intersection(record)
            )
            for name, count in found.items():
                self._account.total(f"late/{template}/{name}", count)

    def lost(self) -> dict[str, Lost]:
        """By template, what was known of pages, is still there, and is in no item of the crawl."""
        return self._remains.lost()

    def _count_optional(self, template: str, shape: Shape) -> None:
        """Bring up to date how often crawls had what only some items have."""
        if self._observation.came.get(template) or shape.since == self._began.isoformat():
            shape.sometimes.learned(self._asked, shape.seen())
        else:
            shape.sometimes = Sometimes.from_dict(self._sometimes.get(template, {}))
            shape.sometimes.observe(self._asked, self._vitality.came(template))

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

    def _refuse(self, visit: Visit, reasons: Mapping[str, str]) -> None:
        """Count a page that is none of its templates, by the reasons that these have, unless the spider found a whole
        item there."""
        given = [item for items in visit.items.values() for item in items]
        if not all(reasons.values()) or not all(any(item is held for held in visit.held) for item in given):
            return
        first = next(iter(reasons.values()))
        self._count("refused")
        self._count(f"refused/{first}")
        if first == SOFT_404:
            self._refused.add(visit.response.url)
        missed = not any(self._remembered.is_gone(one, visit.response.url) for one in reasons)
        if first == SOFT_404 and missed:
            self._count("missed_pages")
        if first != SOFT_404 or missed:
            self._site.unusable.refused(visit.callback, visit.response.url, first)

    def _parts(self, visit: Visit) -> Iterator[tuple[str, Live]]:
        for template, shape in self._shapes.items():
            live = self._site.get(template)
            if shape.callback == visit.callback and live is not None:
                yield template, live

    def _reads(self, template: str) -> bool:
        """Whether the spider gives items of the template, and reads all known pages."""
        return self._absence.given(template) and self._remains.reads(template)

    def _learned(self, template: str) -> frozenset[str]:
        live = self._site.get(template)
        return frozenset() if live is None else live.fields

    def _sometimes_had(self, template: str) -> frozenset[str]:
        live = self._site.get(template)
        return frozenset() if live is None else live.sometimes

    def _lost(self, template: str, names: Collection[str]) -> None:
        """Take note of a page with an item that was built without these fields: of those that items should have."""
        usual = self._shapes[template].usual
        self._vitality.lost(template, [n for n in names if n in usual or self._vitality.is_optional(template, n)])

    def _constants(self, template: str) -> dict[str, Any]:
        """What the spider's code gives all items of the template alike: no page shows it, and no case decides it."""
        shape = self._shapes[template]
        known = shape.constants.known(self._enough, self._code.fingerprint, self._asked)
        return {n: v for n, v in known.items() if shape.stands_elsewhere(n) and not self._code.chooses(v)}

    def _discover(self, visit: Visit) -> None:
        for template, items in visit.items.items():
            shape = self._shapes.setdefault(template, Shape(visit.callback, Kind.ITEMS))
            shape.type = type_name(type(items[0]))
            for item in items:
                shape.keys.observe(ItemAdapter(item))
            shape.constants.observe(items, self._code.fingerprint, self._asked)
        if visit.links:
            self._shapes.setdefault(links_template(visit.callback), Shape(visit.callback, Kind.LINKS))
        for target, requests in visit.links.items():
            if any(not missing(value) for request in requests for value in carried(request)[0].values()):
                template = handed_template(visit.callback, target)
                self._shapes.setdefault(template, Shape(visit.callback, Kind.HANDED, target=target))


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
