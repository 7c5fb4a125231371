"""Pages of a spider made of templates: answered by its teacher or by learned code, held back, delivered."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, ClassVar, Final, Protocol, runtime_checkable
from urllib.parse import urljoin, urlsplit

from scrapy import Request
from scrapy.http import Response

from crawler.addresses import is_http
from crawler.names import unknown
from crawler.outputs.unlearned import unlearned
from crawler.reading.beside import Beside
from crawler.reading.delivery import delivery
from crawler.reading.live import Count, Live, LiveSite, Read
from crawler.reading.losses import Losses
from crawler.reading.reading import Item, Reading, as_reading, gives
from crawler.reading.teaching import ITEMS, checked, nothing_learned
from crawler.responses import EVIDENCE, is_evidence, page_of, unreadable
from crawler.templates import Part, Template
from learner.drift.condition import SERVER_ERROR, SOFT_404, TRUNCATED, condition
from learner.errors import EvergreenError
from learner.extractor import Extraction
from learner.pages.values import scalars
from learner.retraining.retraining import is_ripe
from learner.state.records import FAILED, RepairedItem

logger = logging.getLogger(__name__)

_BY_MEMORY: Final = "evergreen_by_memory"
"""Request meta: the URL, to which a link led that is no longer there."""
_KNOWN: Final = "evergreen_known"
"""Request meta: the page is known, and links that led to it are lost."""
_GONE: Final = "gone"
_LOST = (SOFT_404, SERVER_ERROR, TRUNCATED)
"""Conditions of one page: its links are lost, the rest of the site may be there."""


@runtime_checkable
class Described(Protocol):
    """A spider that says its page types itself, as its answers see it."""

    name: str
    start_urls: list[str]
    start_template: ClassVar[str]
    mode: str
    failure: EvergreenError | None
    pages: Mapping[str, Template]

    def teacher(self, template: str) -> Callable[[Response], Mapping[str, Any]] | None:
        """The hand-written selectors of a template, if there are any."""

    def request(self, url: str, template: str) -> Request:
        """The request for a page of a template."""

    def parse_delivery(self, response: Response) -> Iterator[Any]:
        """What comes of repaired pages, and of pages that wait no longer."""


class Answers:
    """Answers the pages of one spider. ``site`` is None where nothing can be recorded; ``may_heal`` tells whether
    pages that failed may still be repaired in this crawl; of ``enough`` pages that a teacher answered is learned."""

    def __init__(
        self,
        spider: Described,
        site: LiveSite | None,
        count: Count,
        may_heal: Callable[[], bool],
        known_limit: int,
        enough: int = 6,
    ) -> None:
        self._spider = spider
        self._site = site
        self._count = count
        self._may_heal = may_heal
        self._held: list[Reading] = []
        self._repaired: list[RepairedItem] = []
        self._left: list[RepairedItem] = []
        self._given: set[tuple[str, str]] = set()
        self._enough = enough
        self._taught_parts: set[str] = set()
        self._found: dict[str, bool] = {}
        self._revisited: set[str] = set()
        self._read: set[int] = set()
        self._absent: set[str] = set()
        links = frozenset(link for spec in spider.pages.values() for link in spec.follow)
        self._losses = None if site is None else Losses(site, links, count, known_limit)
        self._beside = None if site is None else Beside(site, links, count)
        if site is not None:
            site.withheld.links = links

    async def read(self, response: Response, template: str) -> Reading:
        """The values of a page. Raises UnknownName if a template or a field is not there, or nothing can answer."""
        spider = self._spider
        spec = spider.pages.get(template)
        if spec is None:
            raise unknown("template", template, spider.pages, where=f"spider {spider.name}")
        reading = Reading(template, response.url, datetime.now(UTC), evidence=is_evidence(response))
        told = ["revisited"] if reading.evidence else ["pages", f"pages/{template}"]
        for name in told + (["recalled"] if _is_known(response) else []):
            self._count(name)
        self._read.add(hash(response.url))
        reason = unreadable(response)
        if reason:
            return self._refused(reading, reason)
        taught: Item | None = None
        for part in spec.parts(template):
            by_hand = spec.fixed or spider.mode == "teacher" or self._site is None
            live = None if by_hand or self._site is None else self._site.get(part.name)
            if live is not None:
                reading = await self._learned(response, reading, part, spec, live)
            else:
                if taught is None:
                    taught = self._ask_teacher(response, template, spec)
                    if not spec.fixed:
                        reading = replace(reading, reason=self._condition(response, spec, taught))
                if reading.reason:
                    self._set_aside(response, reading, part)
                    return self._refused(reading, reading.reason)
                reading = self._taught(response, reading, part, spec, taught)
            if reading.reason:
                return reading
        if reading.evidence:
            return reading
        if self._losses is not None:
            asked = _asked_by_memory(response)
            news = self._losses.shows(asked or reading.url, *_shown(reading, spec))
            if asked and not news and not reading.failed:
                return self._gone(reading)
            if asked:
                self._count("recalled")
        if (reading.failed or reading.misses) and (spec.fields or not spec.follow) and self._may_heal():
            reading = replace(reading, held=True)
            self._held.append(reading)
        else:
            self._note(reading)
        return reading

    def instead_of_lost_links(self, reading: Reading) -> Iterator[Request]:
        """Requests for known pages, when a page failed and its links with it: once per template and crawl."""
        if reading.evidence:
            return
        if reading.failed or reading.reason in _LOST or self._teacher_is_lost(reading):
            for link, target in self._spider.pages[reading.template].follow.items():
                if link not in reading.item:
                    yield from self._instead_of_links(target)

    # What the extension asks for when the crawl is idle

    def revisits(self) -> list[Request]:
        """Requests for known pages. Where links to them are lost, or wrong, they stand in for those; all others are
        evidence of how pages look now, and no items of a crawl that does not lead to them."""
        followed = {target for spec in self._spider.pages.values() for target in spec.follow.values()}
        lost = self._not_led_to()
        wanted = [self._instead_of_links(target) for target in sorted(followed & lost)]
        return [*itertools.chain(*wanted, *map(self._evidence, sorted(followed - lost)))]

    def by_memory(self) -> list[Request]:
        """Requests for what links led to that pages had before, unless they led elsewhere, too: Scrapy filters what was
        requested before."""
        wanted = [] if self._losses is None else [place for place in self._losses.by_memory() if is_http(place[0])]
        requests = [(url, self._spider.request(url, target)) for url, target in wanted]
        return [request.replace(meta={**request.meta, _BY_MEMORY: url}) for url, request in requests]

    def conclude(self) -> None:
        """Raise drift that the pages of the crawl together prove."""
        if self._losses is not None:
            self._losses.conclude()

    def gave(self, template: str, url: str) -> bool:
        """Whether the crawl has given items of a page, by a part of its template."""
        return (self._template_of(template), url) in self._given

    def leads(self, url: str) -> bool:
        """Whether the crawl was led to a page, and it has not said that it is gone."""
        led = url in self._spider.start_urls or (self._losses is not None and self._losses.linked(url))
        return led and url not in self._absent

    def repaired(self, items: Sequence[RepairedItem]) -> None:
        """Items that are to be delivered."""
        self._repaired += items

    def deliveries(self) -> list[Request]:
        """A request that brings what waits to be delivered, if something does."""
        if not (self._held or self._repaired):
            return []
        return [delivery(self._spider.start_urls[0], self._spider.parse_delivery)]

    def waiting(self) -> Mapping[str, int]:
        """None: what failed is recorded, and no item of it is held."""
        return {}

    def undelivered(self) -> Sequence[RepairedItem]:
        """Repaired items that still wait, and those of which the page had given items before it was repaired."""
        return [*self._repaired, *self._left]

    def learnable(self) -> bool:
        """Whether the teacher has told enough of a template to learn it: asked once per crawl and template."""
        parts, self._taught_parts = self._taught_parts, set()
        site = self._site
        if site is None or not parts or self._spider.mode != "auto":
            return False
        site.flush()
        try:
            return any(is_ripe(site.store, site.site, part, self._enough) for part in sorted(parts))
        except (EvergreenError, OSError) as error:
            logger.warning("Whether there is something to learn can't be read: %s", error)
            return False

    def in_the_dark(self) -> EvergreenError | None:
        """What to tell of a crawl to which no item came because teachers no longer find anything; None if they do."""
        site = self._site
        names = [name for name, found in self._found.items() if not found]
        missing = unlearned(site.store, site.site, {}) if site is not None and names else {}
        known = [name for name in missing if name in names and site and site.store.examples.newest(site.site, name)]
        if site is None or not known:
            return None
        return EvergreenError(
            f"{site.site}: no item came. The selectors of {', '.join(sorted(names))} found nothing on any page, and "
            "nothing has been learned yet of what they found before.",
            kept="every page and example recorded so far",
            hint=f"{missing[known[0]].next}, then scrapy crawl {site.site}",
        )

    def save(self) -> None:
        """Say what is lost. There is nothing to write: the spider says itself what its pages show."""
        if self._beside is not None:
            self._beside.tell()

    def take(self) -> tuple[Sequence[Reading], Sequence[RepairedItem]]:
        """The repaired pages with those held back that nothing repaired, and the items among them. Given once.

        A page that had given items before it was repaired gives none a second time: they stay in the store, for the
        file of repaired items. Its links are followed."""
        repaired, self._repaired = self._repaired, []
        held = {(reading.template, reading.url): reading for reading in self._held}
        self._held = []
        readings: dict[tuple[str, str], Reading] = {}
        delivered = []
        for item in repaired:
            template = self._template_of(item.template)
            key, spec, reading = (template, item.url), self._spider.pages[template], as_reading(item, template)
            if self._losses is not None:
                self._losses.shows(reading.url, *_shown(reading, spec))
            if key in held:
                # What has no confidence was said by the teacher.
                told = {name: value for name, value in held[key].item.items() if name not in held[key].confidence}
                reading = replace(reading, item={**told, **reading.item})
            if key in held and self._site is not None:
                self._site.coverage.repaired(item.template, held[key].confidence, item.confidence)
                self._site.withheld.repaired(item.template, item.url, item.confidence, self._lost(held[key], item))
                self._site.bring(item.template, item.url, len(item.items))
                self._site.tally(item.template, item.url, item.items)
            if key in self._given and gives(reading, spec):
                self._left.append(item)
                links = {name: reading.item[name] for name in spec.follow if name in reading.item}
                reading = replace(reading, item=links, items=())
            else:
                delivered.append(item)
            several = len(spec.parts(template)) > 1
            readings[key] = _joined(readings.get(key, held.get(key) if several else None), reading)
        out = [replace(reading, held=False) for reading in (held | readings).values()]
        for reading in out:
            self._note(reading)
        return out, delivered

    # Inside

    def _ask_teacher(self, response: Response, template: str, spec: Template) -> Item:
        spider = self._spider
        teach = spider.teacher(template)
        if teach is None or (spider.mode == "learned" and not spec.fixed):
            raise nothing_learned(spider.name, template)
        self._count("taught")
        try:
            taught = teach(response)
        except Exception:
            self._count(f"raised/{template}")
            raise
        return checked(taught, template, spec, response.url)

    def _lost(self, held: Reading, item: RepairedItem) -> frozenset[str]:
        """What a page had before it was repaired, and has not any more."""
        live = None if self._site is None else self._site.get(item.template)
        return frozenset() if live is None else live.fields.intersection(held.confidence).difference(item.confidence)

    def _condition(self, response: Response, spec: Template, taught: Item) -> str:
        """What the page is, if the teacher finds little on it, and it names a condition."""
        # A link of that name is nothing special where pages do not show many items.
        items = list(taught.get(ITEMS, ())) if spec.many else []
        item = {name: value for name, value in taught.items() if not (spec.many and name == ITEMS)}
        found = {*item, *(name for record in items for name in record)}
        missing = dict.fromkeys({*spec.fields, *spec.follow} - found, "absent")
        return condition(page_of(response), response.url, Extraction(item, items, abstained=missing))

    def _set_aside(self, response: Response, reading: Reading, part: Part) -> None:
        if self._site is not None:
            self._site.record(response, part.name, reading.fetched_at, {}, outcome=reading.reason)

    def _taught(self, response: Response, reading: Reading, part: Part, spec: Template, taught: Item) -> Reading:
        record = not spec.fixed
        item = {} if part.many else {name: taught[name] for name in part.fields if name in taught}
        items = taught.get(ITEMS, ()) if part.many else ()
        if record and not taught:
            self._count(f"teacher_found_nothing/{part.name}")
        if record:
            self._missing(reading, part, spec, set(part.fields) - taught.keys())
            self._found[part.name] = self._found.get(part.name, False) or bool(taught)
        if record and taught:
            self._taught_parts.add(part.name)
        if record and self._site is not None:
            # A page without a link that others have (the last one of a pagination) is an example as well.
            source, outcome = ("spider", "") if taught else ("", FAILED)
            self._site.record(response, part.name, reading.fetched_at, item, items, source=source, outcome=outcome)
        return replace(reading, item={**reading.item, **item}, items=items or reading.items)

    async def _learned(self, response: Response, reading: Reading, part: Part, spec: Template, live: Live) -> Reading:
        assert self._site is not None
        assert self._losses is not None
        read = await self._site.extract(response, live)
        extraction = read.extraction
        nothing = extraction.reason or not (extraction.confidence or reading.confidence)
        if nothing and _asked_by_memory(response):
            return self._gone(reading)
        if not extraction.reason:
            self._losses.observe(live, part.name, extraction.abstained.keys(), reading.url)
        # Of a page that failed all that is known of the site is asked for.
        missing = [] if extraction.failed else self._missing(reading, part, spec, extraction.abstained)
        outcome = self._site.watch(read, part.name, reading.fetched_at, missing)
        self._site.record(
            response,
            part.name,
            reading.fetched_at,
            extraction.item,
            extraction.items,
            outcome=outcome,
            version=read.version,
            confidence=extraction.confidence,
        )
        if extraction.reason:
            return self._refused(reading, extraction.reason)
        if not reading.evidence:
            lacking = live.due(extraction) - extraction.confidence.keys()
            self._site.withheld.note(part.name, reading.url, lacking, extraction, extraction.confidence)
            self._site.bring(part.name, reading.url, len(extraction.items))
            self._site.tally(part.name, reading.url, extraction.items)
        item, items = self._with_teacher(response, reading, part, spec, read)
        return replace(
            reading,
            item={**reading.item, **item},
            items=items or reading.items,
            version=read.version.number,
            confidence={**reading.confidence, **extraction.confidence},
            failed=reading.failed or extraction.failed,
            misses=reading.misses or live.misses(extraction, reading.url),
            scant=reading.scant or (extraction.scant and bool(spec.fields)),
        )

    def _with_teacher(
        self, response: Response, reading: Reading, part: Part, spec: Template, read: Read
    ) -> tuple[Item, Sequence[Item]]:
        """The values of a page with those that the teacher alone gives."""
        teach = self._spider.teacher(reading.template)
        if teach is None or self._beside is None or reading.evidence or self._spider.mode != "auto":
            return read.extraction.item, read.extraction.items
        return self._beside.fill(
            part,
            read.live,
            read.extraction,
            reading.url,
            lambda: checked(teach(response), reading.template, spec, response.url),
        )

    def _teacher_is_lost(self, reading: Reading) -> bool:
        """Whether a teacher found nothing at all on a page that had links before."""
        if self._losses is None or reading.reason or reading.version is not None or reading.item or reading.items:
            return False
        spec = self._spider.pages[reading.template]
        part = spec.parts(reading.template)[-1].name
        return any(self._losses.led_to(part, reading.url, link) for link in spec.follow)

    def _note(self, reading: Reading) -> None:
        """Take note of a page whose items go into the export."""
        if not reading.reason and gives(reading, self._spider.pages[reading.template]):
            self._given.add((reading.template, reading.url))

    def _refused(self, reading: Reading, reason: str) -> Reading:
        """A page that gives nothing, counted by its reason; not drift."""
        if reason == SOFT_404:
            self._absent.add(reading.url)
        elif self._site is not None and not reading.evidence:
            self._site.unusable.refused(reading.template, reading.url, reason)
        for name in [] if reading.evidence else ["refused", f"refused/{reason}"]:
            self._count(name)
        return replace(reading, reason=reason)

    def _missing(self, reading: Reading, part: Part, spec: Template, absent: Collection[str]) -> list[str]:
        """Of the links that are absent those that the page had before: what they led to is to be asked for."""
        missing: list[str] = []
        if self._losses is None or reading.evidence:
            return missing
        for name in (link for link in part.fields if link in spec.follow and link in absent):
            urls = self._losses.led_to(part.name, reading.url, name)
            if urls:
                self._losses.miss(part.name, name, spec.follow[name], urls, reading.fetched_at)
                missing.append(name)
        return missing

    def _gone(self, reading: Reading) -> Reading:
        """A page to which only memory led, and which gives nothing or nothing new: no page, and no drift."""
        self._count("known_links_gone")
        return replace(reading, reason=_GONE)

    def _not_led_to(self) -> set[str]:
        """The templates to whose pages links have drifted, and those to which these pages lead."""
        site, pages = self._site, self._spider.pages
        if site is None:
            return set()
        site.flush()
        drifted = {drift.template: drift.detail for drift in site.store.drifts.pending(site.site)}
        lost = {
            target
            for name, spec in pages.items()
            for part in spec.parts(name)
            for link, target in spec.follow.items()
            if link in part.fields and part.name in drifted and _concerns(drifted[part.name], link)
        }
        while more := {target for name in lost for target in pages[name].follow.values()} - lost:
            lost |= more
        return lost

    def _instead_of_links(self, target: str) -> Iterator[Request]:
        """Requests for known pages of a template, once per crawl; those requested before are filtered by Scrapy."""
        for url, known in self._not_yet_requested(target):
            self._count("known_urls_requested")
            if self._losses is not None:
                self._losses.recall(url, known)
            request = self._spider.request(url, target)
            yield request.replace(meta={**request.meta, _KNOWN: True})

    def _evidence(self, target: str) -> Iterator[Request]:
        """Requests for those to which no link of the crawl has led. A link that is found later leads there all the
        same: Scrapy does not filter it for their sake."""
        for url, _ in self._not_yet_requested(target):
            if hash(url) not in self._read and not (self._losses is not None and self._losses.linked(url)):
                request = self._spider.request(url, target)
                yield request.replace(meta={**request.meta, EVIDENCE: True}, dont_filter=True)

    def _not_yet_requested(self, target: str) -> Iterator[tuple[str, str]]:
        """Known URLs of a template, once per crawl, and by which URL each was known."""
        if target in self._revisited or self._site is None:
            return
        self._revisited.add(target)
        hosts = {urlsplit(url).netloc for url in self._spider.start_urls}
        for url, known in self._site.known_urls(target, hosts).items():
            if url not in self._spider.start_urls:
                yield url, known

    def _template_of(self, part: str) -> str:
        for name, spec in self._spider.pages.items():
            if any(part == one.name for one in spec.parts(name)):
                return name
        return self._spider.start_template


def _joined(before: Reading | None, part: Reading) -> Reading:
    """A page with what one part of its template says now. Repaired items are whole, whatever was found before."""
    if before is None:
        return part
    item, confidence = {**before.item, **part.item}, {**before.confidence, **part.confidence}
    items, scant = part.items or before.items, before.scant and not part.items
    return replace(before, item=item, items=items, version=part.version, confidence=confidence, scant=scant)


def _asked_by_memory(response: Response) -> str:
    """The URL that was asked for by memory; empty for a page to which a link leads."""
    return "" if response.request is None else str(response.request.meta.get(_BY_MEMORY, ""))


def _is_known(response: Response) -> bool:
    """Whether the page was asked for because links are lost that led to it."""
    return response.request is not None and _KNOWN in response.request.meta


def _concerns(drift: Mapping[str, Any], link: str) -> bool:
    """Whether drift that is pending is of a link: of all of the page, or of it, or nobody knows of what."""
    fields = [*drift.get("fields", ()), *drift.get("wrong", ())]
    return bool(drift.get("whole")) or not fields or link in fields


def _shown(reading: Reading, spec: Template) -> tuple[list[str], list[str]]:
    """By what a page is told to show something new: its items, or where it leads if it has none; and where it leads."""
    links = [urljoin(reading.url, str(link)) for name in spec.follow for link in scalars(reading.item.get(name))]
    marks = []
    for item in reading.items if spec.many else [reading.item]:
        told = [(name, item[name]) for name in spec.fields if name in item]
        key = item.get(spec.key) if spec.key else None
        if told:
            marks.append(repr((reading.template, told if key is None else key)))
    return marks if spec.fields else links, links
