"""Learned code that stands beside a spider which knows nothing of it: it learns from the spider, and steps in.

While the spider's own selectors work, what they yield is recorded and nothing is changed. Where a value that was
always there is missing, where a callback gives nothing or raises, or where links are lost, the values and links that
the learned code vouches for take their place.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from itemadapter import ItemAdapter
from scrapy import Request, Spider
from scrapy.http import Response

from crawler.callbacks import Recipe, carried
from crawler.delivery import delivery
from crawler.filling import build, filled, item_type, learnable, missing, restored, takes, type_name, values_of
from crawler.live import Count, Live, LiveSite
from crawler.matching import PageMatch, links_of
from crawler.options import Options
from crawler.reading import PROVENANCE
from crawler.responses import unreadable
from crawler.shapes import LINK, Kind, Origin, Shape, handed_template, links_template
from learner.errors import EvergreenError
from learner.extractor import Extraction
from learner.records import Item, RepairedItem
from learner.values import same, scalars

if TYPE_CHECKING:
    from crawler.watching import Visit

logger = logging.getLogger(__name__)

_LOOKED_AT = 60
"""Pages of a template whose values are looked for on the page; from then on it is known which fields stand there."""
_AGREES = 0.5
"""Share of a page's known values that the spider's must repeat to be believed on a page that has just changed."""


@dataclass(slots=True)
class Held:
    """What waits for a repair: items that lack values (none, if the callback gave none), requests that lack arguments,
    or kinds of links that are lost. Of which page, what its own request had handed over, and which fields learned code
    vouched for there."""

    url: str
    handed: Mapping[str, Any]
    vouched: frozenset[str] = frozenset()
    items: list[Any] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    lost: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Answer:
    """What learned code says of a page, read just now or repaired, with the version that says so."""

    item: Item
    items: Sequence[Item]
    confidence: Mapping[str, float]
    version: int
    fetched_at: datetime


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
        self._options = options
        self._count = count
        self._crawl = crawl
        self._delivered = delivered
        self._may_heal = may_heal
        self._shapes = {name: Shape.from_dict(state) for name, state in site.store.shapes(site.site).items()}
        self._looked_at: Counter[str] = Counter()
        self._recorded: Counter[str] = Counter()
        self._held: dict[tuple[str, str], Held] = {}
        self._gave: set[tuple[str, str]] = set()
        self._alive: set[tuple[str, str]] = set()
        self._followed: set[tuple[str, str]] = set()
        self._known: dict[str, dict[str, Any]] = {}
        self._repaired: list[RepairedItem] = []
        self._said: set[str] = set()

    # What the middleware asks

    def watches(self, response: Response) -> bool:
        """Whether the response is a page to learn from; counted by the reason if it is not."""
        reason = unreadable(response) or ("" if 200 <= response.status < 300 else "status")
        self._count(f"not_watched/{reason}" if reason else "watched")
        return not reason

    def lacks_values(self, template: str, item: Any, response: Response) -> bool:
        """Whether the item lacks a value that was always there."""
        live = self._site.get(template)
        return live is not None and bool(_absent(item, live.extractor.expected, response.url))

    def lacks_handed(self, callback: str, target: str, request: Request) -> bool:
        """Whether the request hands over less than such requests always did."""
        live = self._site.get(handed_template(callback, target))
        if live is None:
            return False
        given = carried(request)[0]
        return any(missing(given.get(path)) for path in live.extractor.expected - {LINK})

    async def read(self, visit: Visit) -> dict[str, Extraction]:
        """What the learned code says of the page, by template."""
        return {name: await self._site.extract(visit.response, live) for name, live in self._parts(visit)}

    def read_now(self, visit: Visit) -> dict[str, Extraction]:
        """The same without waiting for anything."""
        return {name: self._site.extract_now(visit.response, live) for name, live in self._parts(visit)}

    def settle(self, visit: Visit, read: Mapping[str, Extraction]) -> list[Any]:
        """At the end of a callback: record it, and give what it held back or did not give."""
        self._discover(visit)
        if any(extraction.reason for extraction in read.values()):
            for template, refused in read.items():
                self._record(visit, template, self._site.get(template), refused, refused.reason)
            return visit.held
        page = _Page(visit, PageMatch(visit.response, visit.handed))
        for template, shape in [*self._shapes.items()]:
            if shape.callback == visit.callback:
                live, extraction = self._site.get(template), read.get(template)
                if live is not None and extraction is None:
                    continue
                _SETTLE[shape.kind](self, page, template, shape, live, extraction)
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

    def repaired(self, items: Sequence[RepairedItem]) -> None:
        """Items that are to be delivered."""
        self._repaired += items

    def undelivered(self) -> Sequence[RepairedItem]:
        """Repaired items that still wait."""
        return self._repaired

    def deliveries(self) -> Sequence[Request]:
        """A request that brings what waits to be delivered, if something does."""
        for held in self._held.values():
            return [delivery(held.url, self._deliver)]
        for item in self._repaired:
            return [delivery(item.url, self._deliver)]
        return ()

    def learnable(self) -> bool:
        """Whether there is enough to learn from, and new: told once."""
        fresh = [
            name
            for name, shape in self._shapes.items()
            if self._site.get(name) is None and self._recorded[name] and shape.giving >= self._options.examples
        ]
        for name in fresh:
            self._recorded[name] = 0
        return bool(fresh)

    def save(self) -> None:
        """Write what was seen of the spider's callbacks. Raises EvergreenError."""
        for template, shape in self._shapes.items():
            self._site.store.save_shape(self._site.site, template, shape.to_dict())

    # A callback's end

    def _parts(self, visit: Visit) -> Iterator[tuple[str, Live]]:
        for template, shape in self._shapes.items():
            live = self._site.get(template)
            if shape.callback == visit.callback and live is not None:
                yield template, live

    def _discover(self, visit: Visit) -> None:
        for template, items in visit.items.items():
            shape = self._shapes.setdefault(template, Shape(visit.callback, Kind.ITEMS))
            shape.type = type_name(type(items[0]))
        if visit.links:
            self._shapes.setdefault(links_template(visit.callback), Shape(visit.callback, Kind.LINKS))
        for target, requests in visit.links.items():
            if any(not missing(value) for request in requests for value in carried(request)[0].values()):
                template = handed_template(visit.callback, target)
                self._shapes.setdefault(template, Shape(visit.callback, Kind.HANDED, target=target))

    def _settle_items(
        self, page: _Page, template: str, shape: Shape, live: Live | None, extraction: Extraction | None
    ) -> None:
        visit = page.visit
        given = visit.items.get(template, [])
        always = shape.gives_always(self._options.examples)
        if len(given) > 1:
            shape.many = True
        if given:
            self._gave.add((template, visit.response.url))
        if live is None or extraction is None:
            if given and not visit.failed:
                self._count_page(shape, given)
                self._learn_from(page, template, shape, [values_of(item) for item in given])
            elif not visit.failed and not always:
                self._count_page(shape, given)
            return
        answer = _answer(extraction, live, visit.fetched_at)
        lacking = [item for item in given if any(item is held for held in visit.held)]
        broken = bool(lacking) or (not given and always)
        if not broken and not visit.failed:
            self._count_page(shape, given)
        self._judge(page, template, live, extraction, [values_of(item) for item in given], broken=broken)
        if not broken:
            return
        page.kept += lacking
        if not given and extraction.failed:
            if self._may_heal():
                self._hold(template, visit, extraction)
            return
        for item in self._completed(template, shape, answer, lacking, visit.response.url, visit.handed):
            still = self._may_heal() and _absent(item, live.extractor.expected, visit.response.url)
            (self._hold(template, visit, extraction).items if still else page.new).append(item)

    def _settle_links(
        self, page: _Page, template: str, shape: Shape, live: Live | None, extraction: Extraction | None
    ) -> None:
        visit = page.visit
        url = visit.response.url
        lost = []
        for target in shape.recipes:
            if not self._hands_over(visit.callback, target) and self._is_lost(visit, shape, target, extraction):
                lost.append(target)
        shown: dict[str, Any] = {}
        for target, requests in visit.links.items():
            self._alive.add((visit.callback, target))
            links = list(dict.fromkeys(filter(None, map(page.link, requests))))
            if links:
                shown[target] = links if len(links) > 1 else links[0]
        if not lost and not visit.failed:
            self._count_page(shape, visit.links)
            for target, requests in visit.links.items():
                recipe = shape.recipes.setdefault(target, Recipe.of(requests[0], self.spider))
                recipe.seen += 1
                for request in requests:
                    recipe.observe(request, self.spider)
                shape.observe(target, "", Origin.PAGE if target in shown else Origin.ELSEWHERE)
        if live is None or extraction is None:
            if shown and not lost and not visit.failed:
                self._recorded[template] += 1
                self._site.record(visit.response, template, visit.fetched_at, shown, source="spider")
        else:
            self._judge(page, template, live, extraction, [shown], broken=bool(lost))
        for target in lost:
            vouched = scalars(extraction.item.get(target)) if extraction is not None else []
            if vouched:
                page.new += self._follow(shape, target, [{LINK: str(link)} for link in vouched], visit.response)
                continue
            if extraction is not None and self._may_heal():
                self._hold(template, visit, extraction).lost.add(target)
            known = self._known_of(template, url, target)
            page.new += self._follow(shape, target, known, visit.response, "known_links")

    def _settle_handed(
        self, page: _Page, template: str, shape: Shape, live: Live | None, extraction: Extraction | None
    ) -> None:
        visit = page.visit
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
            self._count_page(shape, requests)
        shape.many = True
        if live is None or extraction is None:
            if records and not visit.failed:
                self._learn_from(page, template, shape, records)
            if lost and links is not None:
                known = self._known_of(links_template(visit.callback), visit.response.url, shape.target)
                page.new += self._follow(links, shape.target, known, visit.response, "known_links")
            return
        self._judge(page, template, live, extraction, records, broken=lost or bool(lacking))
        if not (lost or lacking):
            return
        if extraction.failed and self._may_heal():
            held = self._hold(template, visit, extraction)
            held.requests += lacking
            held.lost |= {shape.target} if lost else set()
            page.kept += lacking
            return
        page.kept += lacking
        page.new += self._handed(extraction.items, lacking, requests, visit.response)
        if lost and links is not None:
            page.new += self._follow(links, shape.target, extraction.items, visit.response)

    # Learning from the spider

    def _count_page(self, shape: Shape, given: Any) -> None:
        shape.pages += 1
        shape.giving += bool(given)

    def _learn_from(self, page: _Page, template: str, shape: Shape, given: Sequence[Item]) -> None:
        """Record what stands on the page as a pair, while nothing is learned."""
        look = self._looked_at[template] < _LOOKED_AT
        self._looked_at[template] += 1
        pairs = []
        for values in given:
            pair = {}
            for name, value in values.items():
                if look:
                    origin, path = page.match.origin(value) if name != LINK or shape.kind is Kind.ITEMS else _SHOWN
                    shape.observe(name, value, origin, path)
                else:
                    origin = shape.origin(name)
                if origin in (Origin.PAGE, Origin.PART) and (plain := learnable(value)) is not None:
                    pair[name] = plain
            pairs.append(pair)
        if any(pair.keys() - {LINK} if shape.kind is Kind.HANDED else pair for pair in pairs):
            self._recorded[template] += 1
            item, items = ({}, pairs) if shape.many else (pairs[0], ())
            self._site.record(page.visit.response, template, page.visit.fetched_at, item, items, source="spider")

    def _judge(
        self, page: _Page, template: str, live: Live, extraction: Extraction, given: Sequence[Item], *, broken: bool
    ) -> None:
        """Watch for drift, and record: with the spider's values as a pair, where they can be trusted."""
        fields = live.extractor.fields
        told = [
            {n: p for n, v in values.items() if n in fields and (p := learnable(v)) is not None} for values in given
        ]
        told = [values for values in told if values]
        listing = live.extractor.is_list
        if not listing and len(told) == 1:
            for name, value in told[0].items():
                if name in extraction.item and not same(extraction.item[name], value):
                    self._count(f"disagrees/{template}/{name}")
        outcome = self._site.watch(extraction, template, live, page.visit.fetched_at)
        trusted = bool(told) and not broken and not page.visit.failed and (listing or len(told) == 1)
        if trusted and extraction.failed and not self._repeats(template, page.visit.response.url, told):
            self._count(f"not_trusted/{template}")
            trusted = False
        self._record(page.visit, template, live, extraction, outcome, told if trusted else ())

    def _repeats(self, template: str, url: str, told: Sequence[Item]) -> bool:
        """Whether what the spider says of a page that has just changed is what was known of it."""
        known = self._known_at(template).get(url)
        if known is None:
            return False
        before = Counter(str(one) for values in _records(known) for value in values.values() for one in scalars(value))
        now = Counter(str(one) for values in told for value in values.values() for one in scalars(value))
        return (before & now).total() >= _AGREES * now.total()

    def _record(
        self,
        visit: Visit,
        template: str,
        live: Live | None,
        extraction: Extraction,
        outcome: str,
        told: Sequence[Item] = (),
    ) -> None:
        listing = live is not None and live.extractor.is_list
        self._site.record(
            visit.response,
            template,
            visit.fetched_at,
            extraction.item,
            extraction.items,
            outcome=outcome,
            live=live,
            confidence=extraction.confidence,
            source="spider" if told else "",
            told={} if listing or not told else told[0],
            told_items=told if listing else (),
        )

    # Stepping in

    def _completed(
        self,
        template: str,
        shape: Shape,
        answer: Answer,
        lacking: Sequence[Any],
        url: str,
        handed: Mapping[str, Any],
    ) -> list[Any]:
        """The items that lack something, filled in; or items of their own, where the callback gave none."""
        records = list(answer.items) if shape.many else [answer.item]
        if not lacking:
            built = [self._built(template, shape, values, answer, url, handed) for values in records if values]
            return [item for item in built if item is not None]
        out = []
        pairs = _aligned(lacking, records, url) if shape.many else [(item, answer.item) for item in lacking]
        for item, values in pairs:
            names = _absent(item, values.keys(), url)
            fill = {name: restored(values[name], shape.forms.get(name, "")) for name in names if takes(item, name)}
            done = filled(item, fill) if fill else item
            if done is None:
                self._count(f"not_built/{template}")
                self._say(f"{template}: items of {shape.type} can't be changed; what was found for them is left out.")
                done, fill = item, {}
            for name in fill:
                self._count(f"filled/{template}/{name}")
            out.append(self._marked(done, template, fill, answer))
        return out

    def _built(
        self, template: str, shape: Shape, values: Item, answer: Answer, url: str, handed: Mapping[str, Any]
    ) -> Any | None:
        """An item of the spider's own type; what comes neither from the page nor from its request is left out."""
        own: dict[str, Any] = {}
        for name in dict.fromkeys((*shape.origins, *values)):
            origin = shape.origin(name)
            if name in values:
                own[name] = restored(values[name], shape.forms.get(name, ""))
            elif origin is Origin.URL:
                own[name] = url
            elif origin is Origin.REQUEST and not missing(handed.get(shape.handed.get(name, ""))):
                own[name] = handed[shape.handed[name]]
            elif origin is Origin.ELSEWHERE:
                self._count(f"left_out/{template}/{name}")
        cls = item_type(shape.type)
        item = None if cls is None else build(cls, own)
        if item is None:
            self._count(f"not_built/{template}")
            self._say(
                f"{template}: no {shape.type} can be built from {', '.join(sorted(own))} alone; the items are lost."
            )
            return None
        for name in values:
            self._count(f"filled/{template}/{name}")
        self._count(f"filled_items/{template}")
        return self._marked(item, template, values, answer)

    def _marked(self, item: Any, template: str, names: Iterable[str], answer: Answer) -> Any:
        """The item with where its filled-in values come from, if that is wanted and it has room for it."""
        if self._options.provenance and takes(item, PROVENANCE):
            origin = {
                "template": template,
                "version": answer.version,
                "confidence": {n: round(answer.confidence[n], 4) for n in names if n in answer.confidence},
                "fetched_at": answer.fetched_at.isoformat(),
            }
            return filled(item, {PROVENANCE: origin}) or item
        return item

    def _follow(
        self, shape: Shape, target: str, records: Iterable[Item], response: Response, count: str = "filled_links"
    ) -> list[Request]:
        """Requests for links of one kind, made as the spider makes them; each once."""
        recipe = shape.recipes.get(target)
        made: list[Request] = []
        if recipe is None:
            return made
        for record in records:
            url = str(record.get(LINK, ""))
            if not url or (target, url) in self._followed:
                continue
            self._followed.add((target, url))
            given = {path: value for path, value in record.items() if path != LINK}
            request = recipe.request(url, self.spider, given, response)
            if request is None:
                self._count(f"links_not_followed/{target}")
                lacks = ", ".join(recipe.lacks(given)) or "a callback that is a method of the spider, or a plain GET"
                self._say(f"Links for {target} are lost and can't be followed: their requests need {lacks}.")
                continue
            self._count(f"{count}/{target}")
            made.append(request)
        return made

    def _handed(
        self, records: Sequence[Item], lacking: Sequence[Request], requests: Sequence[Request], response: Response
    ) -> list[Request]:
        """The requests with what they lack put into the items that they hand over, where no other request has these."""
        links = {raw: url for url, raw in links_of(response).items()}
        found = {links.get(str(record.get(LINK, "")), ""): record for record in records}
        held = Counter(id(item) for request in requests for item in carried(request)[1].values())
        for request in lacking:
            given, items = carried(request)
            for path, value in found.get(request.url.partition("#")[0], {}).items():
                holder, _, name = path.rpartition(".")
                if path == LINK or not missing(given.get(path)):
                    continue
                if holder not in items or held[id(items[holder])] > 1 or filled(items[holder], {name: value}) is None:
                    self._count(f"not_handed_over/{path}")
                else:
                    self._count(f"filled/{path}")
        return list(lacking)

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
        always = shape.follows_always(target, self._options.examples)
        if (visit.callback, target) in self._alive:
            return always and not visit.links and not visit.items
        if always:
            return True
        seen = extraction is not None and (target in extraction.item or bool(extraction.items))
        known = bool(self._known_of(links_template(visit.callback), visit.response.url, target))
        return known or (seen and 2 * recipe.seen >= shape.pages)

    # What is known of a page from before

    def _known_at(self, template: str) -> dict[str, Any]:
        """What was known of the template's pages when this crawl first needed it, by URL."""
        if template not in self._known:
            self._known[template] = {}
            try:
                known = self._site.store.known(self._site.site, template, limit=self._options.known_limit)
            except (EvergreenError, OSError) as error:
                logger.warning("What is known of %s can't be read: %s", template, error)
            else:
                self._known[template] = {one.url: one for one in known}
        return self._known[template]

    def _known_of(self, template: str, url: str, target: str) -> list[Item]:
        """The links of one kind that the page had when it was last read."""
        known = self._known_at(template).get(url)
        links = scalars(known.item.get(target)) if known is not None and known.item is not None else []
        return [{LINK: str(link)} for link in links]

    # Holding and delivering

    def _hold(self, template: str, visit: Visit, extraction: Extraction) -> Held:
        key = (template, visit.response.url)
        if key not in self._held:
            self._count(f"held/{template}")
            self._held[key] = Held(visit.response.url, visit.handed, frozenset(extraction.confidence))
        return self._held[key]

    def _deliver(self, response: Response) -> Iterator[Any]:
        """Callback of the delivery: what was repaired, then what was held and could not be."""
        repaired, self._repaired = self._repaired, []
        held, self._held = self._held, {}
        self._delivered(repaired)
        for item in repaired:
            key = (item.template, item.url)
            shape = self._shapes.get(item.template)
            if shape is None:
                continue
            waiting = held.pop(key, None)
            if waiting is not None:
                self._site.coverage.repaired(item.template, waiting.vouched, item.confidence)
            if shape.kind is Kind.ITEMS:
                if waiting is not None or key not in self._gave:
                    yield from self._delivered_items(item, shape, waiting or Held(item.url, {}))
            elif waiting is not None:
                yield from self._delivered_links(item, shape, waiting, response)
        for (template, url), waiting in held.items():
            yield from waiting.items
            yield from waiting.requests
            yield from self._last_resort(template, url, waiting, response)

    def _delivered_items(self, item: RepairedItem, shape: Shape, held: Held) -> Iterator[Any]:
        answer = Answer(item.item, item.items, item.confidence, item.version, item.fetched_at)
        yield from self._completed(item.template, shape, answer, held.items, item.url, held.handed)

    def _delivered_links(self, item: RepairedItem, shape: Shape, held: Held, response: Response) -> Iterator[Any]:
        links = self._shapes.get(links_template(shape.callback))
        if links is None:
            return
        if shape.kind is Kind.LINKS:
            for target in sorted(held.lost):
                found = [{LINK: str(link)} for link in scalars(item.item.get(target))]
                yield from self._follow(links, target, found, response)
            return
        yield from self._handed(item.items, held.requests, held.requests, response)
        if held.lost:
            yield from self._follow(links, shape.target, item.items, response)

    def _last_resort(self, template: str, url: str, held: Held, response: Response) -> Iterator[Any]:
        """Links that the page had when it was last read, without what was to be handed over with them."""
        shape = self._shapes[template]
        links = self._shapes.get(links_template(shape.callback))
        if shape.kind is Kind.HANDED and held.lost and links is not None:
            known = self._known_of(links_template(shape.callback), url, shape.target)
            yield from self._follow(links, shape.target, known, response, "known_links")

    def _say(self, sentence: str) -> None:
        if sentence not in self._said:
            self._said.add(sentence)
            logger.warning("%s: %s", self._site.site, sentence)


class _Page:
    """A visit while it is settled: ``new`` is what is given in addition, ``kept`` what is not given as it was held."""

    def __init__(self, visit: Visit, match: PageMatch) -> None:
        self.visit = visit
        self.match = match
        self.new: list[Any] = []
        self.kept: list[Any] = []

    def link(self, request: Request) -> str | None:
        """The page's link that the request follows."""
        return self.match.link(request.url) if request.method == "GET" else None


_SETTLE = {
    Kind.ITEMS: Standby._settle_items,
    Kind.LINKS: Standby._settle_links,
    Kind.HANDED: Standby._settle_handed,
}
_SHOWN = (Origin.PAGE, "")


def _handed_over(values: Sequence[Any], response: Response) -> Sequence[Any]:
    return values


def _answer(extraction: Extraction, live: Live, fetched_at: datetime) -> Answer:
    return Answer(extraction.item, extraction.items, extraction.confidence, live.version.number, fetched_at)


def _absent(item: Any, names: Iterable[str], url: str) -> list[str]:
    """The fields without a value. The page's own address is none where another link is wanted: it is what is left of
    a link when nothing was found."""
    adapter = ItemAdapter(item)
    values = {name: adapter.get(name) for name in names}
    return [name for name, value in values.items() if missing(value) or value == url]


def _aligned(items: Sequence[Any], records: Sequence[Item], url: str) -> list[tuple[Any, Item]]:
    """Each item with the record of the page that it shows, told by the values that both have; in order."""
    out: list[tuple[Any, Item]] = []
    cursor = 0
    for number, item in enumerate(items):
        values = values_of(item)
        best, shared = -1, 0
        for at in range(cursor, len(records)):
            common = [name for name in records[at] if name in values and values[name] != url]
            agree = sum(same(records[at][name], _plain(values[name])) for name in common)
            if agree > shared and agree == len(common):
                best, shared = at, agree
        if best < 0 and len(items) == len(records) and not values.keys() & records[number].keys():
            best = number
        out.append((item, records[best] if best >= 0 else {}))
        cursor = best + 1 if best >= 0 else cursor
    return out


def _plain(value: Any) -> Any:
    plain = learnable(value)
    return "" if plain is None else plain


def _records(known: Any) -> list[Item]:
    return list(known.items) if known.items else [known.item or {}]
