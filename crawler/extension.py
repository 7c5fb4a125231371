"""The extension of a crawl: answers pages by learned code, watches for drift, records, and heals.

One extension per crawl owns the store. Every statistic it keeps begins with ``evergreen/``.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urljoin, urlsplit

from scrapy import Spider, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import DontCloseSpider, NotConfigured
from scrapy.http import Response, TextResponse, XmlResponse

from crawler.coverage import Coverage
from crawler.delivery import delivery
from crawler.names import unknown
from crawler.options import Options
from crawler.reader import Reader
from crawler.reading import Item, Reading, as_reading
from crawler.recorder import Record, Recorder
from crawler.retrainer import Retrainer
from crawler.templates import Part, Template
from learner.drift import Drift, DriftDetector
from learner.errors import EvergreenError, UnknownName
from learner.extractor import Extraction, Extractor
from learner.records import FAILED, NewPage, RepairedItem
from learner.retraining import HEALED, outcome_of
from learner.store import Store
from learner.versions import Version

if TYPE_CHECKING:
    from crawler.spider import EvergreenSpider

logger = logging.getLogger(__name__)

_RETRAINS = 3
"""Retrains in one crawl at most: what they could not heal waits for a person."""
ITEMS = "items"
"""In what the teacher of a ``many`` template returns: the key of its list of items."""


@dataclass(slots=True)
class Live:
    """The learned code in charge of a part of a template, and the watch over it."""

    version: Version
    extractor: Extractor
    detector: DriftDetector


class Evergreen:
    """Extension. Spiders made of templates call ``read``; signals of the crawl do the rest."""

    def __init__(self, crawler: Crawler) -> None:
        """Raises NotConfigured when EVERGREEN_ENABLED is off."""
        if not crawler.settings.getbool("EVERGREEN_ENABLED", True):
            raise NotConfigured
        self.options = Options.read(crawler.settings)
        self._crawler = crawler
        self._site = ""
        self._store: Store | None = None
        self._recorder: Recorder | None = None
        self._live: dict[str, Live] = {}
        self._held: list[Reading] = []
        self._repaired: list[RepairedItem] = []
        self._delivered: list[RepairedItem] = []
        self._revisited: set[str] = set()
        self._drifted = False
        self._retrains = 0
        self._coverage = Coverage()
        self._retrainer: Retrainer | None = None
        self._reader = Reader(after=self.options.worker_after, seconds=self.options.page_seconds)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Evergreen:
        extension = cls(crawler)
        crawler.signals.connect(extension.spider_opened, signal=signals.spider_opened)
        crawler.signals.connect(extension.spider_idle, signal=signals.spider_idle)
        crawler.signals.connect(extension.spider_closed, signal=signals.spider_closed)
        crawler.signals.connect(extension.engine_stopped, signal=signals.engine_stopped)
        return extension

    # Signals of the crawl

    def spider_opened(self, spider: Spider) -> None:
        self._site = spider.name
        try:
            self._store = Store.open(self.options.state, self.options.database)
            self._recorder = Recorder(self._store, pages=self.options.flush_pages, seconds=self.options.flush_seconds)
            self._load()
            self._drifted = bool(self._store.drift(self._site))
        except (EvergreenError, OSError) as error:
            # A spider with selectors of its own goes on; one that needs learned code will say so by itself.
            logger.warning("Nothing is recorded or learned in this crawl: %s", error)

    def spider_idle(self, spider: Spider) -> None:
        """Heal what drifted, then deliver what was held back. Raises DontCloseSpider while there is work."""
        if self._retrainer is not None and self._retrainer.running:
            raise DontCloseSpider
        if self._drifted and self._revisit(spider):
            raise DontCloseSpider
        if self._drifted and self._may_heal() and self._recorder is not None:
            self._drifted = False
            self._retrains += 1
            self._count("retrains")
            self._recorder.flush()
            self._retrainer = Retrainer(self._site, self._crawler.settings, self.options, self._retrained)
            self._retrainer.start()
            raise DontCloseSpider
        if self._held or self._repaired:
            self._deliver(spider)
            raise DontCloseSpider

    async def spider_closed(self, spider: Spider, reason: str) -> None:
        """Write what is left; count what is pending."""
        await self._reader.close()
        if self._retrainer is not None:
            self._retrainer.stop()
        if self._recorder is not None:
            self._recorder.run(self._save_detectors)
            self._recorder.close()
            for name, count in self._recorder.counts.items():
                self._count(name, count)
        if self._store is not None:
            try:
                self._summarise(self._store)
            except (EvergreenError, OSError) as error:
                logger.warning("What is pending can't be read: %s", error)

    def engine_stopped(self) -> None:
        """The feeds are stored now: what was delivered into them need not be delivered again."""
        if self._store is None:
            return
        stats = self._crawler.stats.get_stats() if self._crawler.stats else {}
        stored = not any(name.startswith("feedexport/failed_count") for name in stats)
        try:
            if stored:
                self._store.acknowledge_repaired(self._delivered)
            else:
                self._store.release_repaired(self._delivered)
            self._store.release_repaired(self._repaired)
        except (EvergreenError, OSError) as error:
            logger.warning("Repaired items may be delivered twice: %s", error)
        self._store.close()
        self._store = None

    # What spiders call

    async def read(self, response: Response, template: str, spider: EvergreenSpider) -> Reading:
        """The values of a page. Raises UnknownName if a template or a field is not there, or nothing can answer."""
        spec = spider.pages.get(template)
        if spec is None:
            raise unknown("template", template, spider.pages, where=f"spider {spider.name}")
        self._count("pages")
        self._count(f"pages/{template}")
        reading = Reading(template, response.url, datetime.now(UTC))
        reason = _unreadable(response)
        if reason:
            return self._refused(reading, reason)
        taught: Item | None = None
        for part in spec.parts(template):
            live = None if spec.fixed or spider.mode == "teacher" else self._live.get(part.name)
            if live is not None:
                reading = await self._learned(response, reading, part, live)
            else:
                if taught is None:
                    taught = self._ask_teacher(response, template, spec, spider)
                reading = self._taught(response, reading, part, taught, record=not spec.fixed)
            if reading.reason:
                return reading
        if reading.failed and (spec.fields or not spec.follow) and self._may_heal():
            reading = replace(reading, held=True)
            self._held.append(reading)
        return reading

    def instead_of_lost_links(self, reading: Reading, spider: EvergreenSpider) -> Iterator[tuple[str, str]]:
        """Known URLs with their templates, when a page failed and its links with it: once per template and crawl."""
        if reading.failed and self._store is not None:
            for link, target in spider.pages[reading.template].follow.items():
                if link not in reading.item:
                    yield from self._not_yet_requested(target, spider)

    def take_deliveries(self, spider: EvergreenSpider) -> Sequence[Reading]:
        """The repaired pages, and those held back that nothing repaired. They are given once."""
        repaired, self._repaired = self._repaired, []
        readings = [as_reading(item, _template_of(item.template, spider)) for item in repaired]
        known = {(reading.template, reading.url) for reading in readings}
        before = {(reading.template, reading.url): reading.confidence for reading in self._held}
        for item, reading in zip(repaired, readings, strict=True):
            if (had := before.get((reading.template, reading.url))) is not None:
                self._coverage.repaired(item.template, had, item.confidence)
        held = [reading for reading in self._held if (reading.template, reading.url) not in known]
        self._held = []
        self._delivered += repaired
        self._count("repaired_pages", len(repaired))
        return readings + [replace(reading, held=False) for reading in held]

    def live_parts(self) -> frozenset[str]:
        """The parts of templates that learned code answers."""
        return frozenset(self._live)

    # Answers

    def _ask_teacher(self, response: Response, template: str, spec: Template, spider: EvergreenSpider) -> Item:
        teach = spider.teacher(template)
        if teach is None or (spider.mode == "learned" and not spec.fixed):
            raise nothing_learned(spider.name, template)
        self._count("taught")
        return _checked(teach(response), template, spec, response.url)

    def _taught(self, response: Response, reading: Reading, part: Part, taught: Item, *, record: bool) -> Reading:
        item = {} if part.many else {name: taught[name] for name in part.fields if name in taught}
        items = taught.get(ITEMS, ()) if part.many else ()
        if record and taught:
            # A page without a link that others have (the last one of a pagination) is an example as well.
            self._record(response, reading, part, item, items, source="spider")
        elif record:
            self._count(f"teacher_found_nothing/{part.name}")
            self._record(response, reading, part, {}, (), outcome=FAILED)
        return replace(reading, item={**reading.item, **item}, items=items or reading.items)

    async def _learned(self, response: Response, reading: Reading, part: Part, live: Live) -> Reading:
        extraction = await self._reader.extract(live.extractor, live.version.folder, _body(response), response.url)
        if extraction.reason:
            self._record(response, reading, part, {}, (), outcome=extraction.reason, live=live)
            return self._refused(reading, extraction.reason)
        outcome = outcome_of(extraction)
        self._count("learned")
        self._count(outcome)
        self._coverage.observe(part.name, live.extractor.fields, extraction.confidence)
        for name in extraction.abstained:
            if name in extraction.expected:
                self._count(f"not_vouched_for/{part.name}/{name}")
        self._watch(extraction, reading, part, live)
        self._record(
            response,
            reading,
            part,
            extraction.item,
            extraction.items,
            outcome=outcome,
            live=live,
            confidence=extraction.confidence,
        )
        return replace(
            reading,
            item={**reading.item, **extraction.item},
            items=extraction.items or reading.items,
            version=live.version.number,
            confidence={**reading.confidence, **extraction.confidence},
            failed=reading.failed or extraction.failed,
        )

    def _refused(self, reading: Reading, reason: str) -> Reading:
        """A page that gives nothing, counted by its reason; not drift."""
        self._count("refused")
        self._count(f"refused/{reason}")
        return replace(reading, reason=reason)

    # The record

    def _record(
        self,
        response: Response,
        reading: Reading,
        part: Part,
        item: Item,
        items: Sequence[Item],
        *,
        source: str = "",
        outcome: str = "",
        live: Live | None = None,
        confidence: Mapping[str, float] | None = None,
    ) -> None:
        if self._recorder is None:
            return
        content_type = response.headers.get("Content-Type") or b"text/html"
        page = NewPage(
            site=self._site,
            template=part.name,
            url=response.url,
            body=response.body,
            content_type=content_type.decode("latin-1"),
            status=response.status,
            fetched_at=reading.fetched_at,
        )
        self._recorder.put(
            Record(page, item, items, source, live.version.id if live else None, confidence or {}, outcome)
        )

    def _load(self) -> None:
        """Put the live versions of the site in charge."""
        assert self._store is not None
        live: dict[str, Live] = {}
        for template in self._store.templates(self._site):
            version = self._store.live(self._site, template)
            if version is None:
                continue
            old = self._live.get(template)
            if old is not None and old.version.id == version.id:
                live[template] = old
                continue
            extractor = version.load()
            live[template] = Live(version, extractor, self._detector(template, version, extractor))
        self._live = live

    def _revisit(self, spider: Spider) -> bool:
        """Request known pages, wherever links lead now: they may be wrong, too. Whether there was one to request."""
        if not hasattr(spider, "pages"):
            return False
        described = cast("EvergreenSpider", spider)
        followed = {target for spec in described.pages.values() for target in spec.follow.values()}
        wanted = [place for target in sorted(followed) for place in self._not_yet_requested(target, described)]
        for url, target in wanted:
            self._crawler.engine.crawl(described.request(url, target))
        return bool(wanted)

    def _not_yet_requested(self, target: str, spider: Spider) -> Iterator[tuple[str, str]]:
        """Known URLs of a template with its name, once per crawl; those requested before are filtered by Scrapy."""
        if target in self._revisited or self._store is None:
            return
        self._revisited.add(target)
        hosts = {urlsplit(url).netloc for url in spider.start_urls}
        for url in self._known_urls(target, hosts):
            if url not in spider.start_urls:
                self._count("known_urls_requested")
                yield url, target

    def _known_urls(self, target: str, hosts: set[str]) -> list[str]:
        """URLs of these hosts that once showed pages of the template, newest first."""
        assert self._store is not None
        if self._recorder is not None:
            self._recorder.flush()
        try:
            known = self._store.known(self._site, target, limit=self.options.known_limit)
        except (EvergreenError, OSError) as error:
            logger.warning("Known URLs can't be read: %s", error)
            return []
        return [page.url for page in known if urlsplit(page.url).netloc in hosts]

    # Drift and repair

    def _detector(self, template: str, version: Version, extractor: Extractor) -> DriftDetector:
        """The detector where the last crawl left it; a fresh one when it told of drift that is no longer pending."""
        assert self._store is not None
        state = self._store.detector_state(self._site, template, version.id)
        if state is not None:
            try:
                detector = DriftDetector.from_dict(state)
            except ValueError as error:
                logger.warning("%s/%s: the watch for drift begins anew: %s", self._site, template, error)
            else:
                if detector.raised is None or self._store.drift(self._site, template):
                    return detector
        return DriftDetector.watching(extractor)

    def _watch(self, extraction: Extraction, reading: Reading, part: Part, live: Live) -> None:
        drift = live.detector.observe(extraction, fetched_at=reading.fetched_at)
        if drift is None or self._recorder is None:
            return
        self._drifted = True
        self._count("drift_raised")
        logger.warning("%s: template %s: %s", self._site, part.name, drift)
        self._recorder.run(lambda: self._raise_drift(part.name, live.version, drift))

    def _raise_drift(self, template: str, version: Version, drift: Drift) -> None:
        assert self._store is not None
        self._store.raise_drift(self._site, template, drift.to_dict(), version_id=version.id, since=drift.since)

    def _save_detectors(self) -> None:
        assert self._store is not None
        for template, live in self._live.items():
            self._store.save_detector_state(self._site, template, live.version.id, live.detector.to_dict())

    def _may_heal(self) -> bool:
        return self.options.retrain == "auto" and self._recorder is not None and self._retrains < _RETRAINS

    def _retrained(self, exit_code: int) -> None:
        """A retrain has ended: put the new versions in charge and take over what it repaired."""
        if self._store is None:
            return
        before = {live.version.id for live in self._live.values()}
        try:
            self._load()
            while taken := self._store.take_repaired(self._site):
                self._repaired += taken
        except (EvergreenError, OSError) as error:
            logger.warning("What the retrain did can't be read: %s", error)
        healed = sum(live.version.id not in before for live in self._live.values())
        self._count("healed", healed)
        logger.info("%s: %d templates healed, %d pages repaired", self._site, healed, len(self._repaired))
        spider = self._crawler.spider
        if spider is not None and (self._held or self._repaired):
            self._deliver(spider)

    def _deliver(self, spider: Spider) -> None:
        assert self._crawler.engine is not None
        self._crawler.engine.crawl(delivery(spider, spider.start_urls[0], "parse_delivery"))

    def _summarise(self, store: Store) -> None:
        """The figures of the whole crawl, for monitors. Raises StateError."""
        pending = store.drift(self._site)
        self._count("drift_pending", len(pending))
        if pending:
            self._set("hours_drifting", _hours_since(min(drift.raised_at for drift in pending)))
        for event in store.events(self._site, kind=HEALED, limit=1):
            self._set("hours_since_heal", _hours_since(event.at))
        for name, share in self._coverage.statistics().items():
            self._set(name, share)

    def _count(self, name: str, count: int = 1) -> None:
        if self._crawler.stats is not None:
            self._crawler.stats.inc_value(f"evergreen/{name}", count)

    def _set(self, name: str, value: float) -> None:
        if self._crawler.stats is not None:
            self._crawler.stats.set_value(f"evergreen/{name}", value)


def nothing_learned(site: str, template: str | None = None) -> UnknownName:
    """The error of a page that nobody can read yet."""
    what = f"template {template!r} of {site}" if template else site
    return UnknownName(
        f"Nothing has been learned for {what} yet.",
        kept="every page and example recorded so far",
        hint=f"scrapy retrain {site} after a crawl with a teacher, or scrapy learn {site} --examples FILE.jsonl",
    )


def _hours_since(moment: datetime) -> float:
    return round((datetime.now(UTC) - moment).total_seconds() / 3600, 2)


def _template_of(part: str, spider: EvergreenSpider) -> str:
    for name, spec in spider.pages.items():
        if any(part == one.name for one in spec.parts(name)):
            return name
    return spider.start_template


def _unreadable(response: Response) -> str:
    """Why a response can't be a page at all: "", empty or not_html."""
    if not response.body.strip():
        return "empty"
    if not isinstance(response, TextResponse) or isinstance(response, XmlResponse):
        return "not_html"
    content_type = (response.headers.get("Content-Type") or b"").split(b";")[0].strip().lower()
    return "" if content_type in _HTML else "not_html"


_HTML = frozenset((b"", b"text/html", b"application/xhtml+xml", b"application/vnd.wap.xhtml+xml"))


def _body(response: Response) -> bytes | str:
    """The bytes of the page, or its text where only the HTTP header told the encoding."""
    content_type = (response.headers.get("Content-Type") or b"").lower()
    if b"charset" in content_type and b"utf-8" not in content_type:
        return response.text
    return response.body


def _checked(taught: Item, template: str, spec: Template, url: str) -> Item:
    """What a teacher said, without empty values, its links absolute.

    Raises UnknownName for a field that the template does not have.
    """
    fields = (*spec.follow, ITEMS) if spec.many else (*spec.fields, *spec.follow)
    for name in taught:
        if name not in fields:
            raise unknown("field", name, fields, where=f"template {template}, which its teacher returned")
    values = _filled(taught)
    for name in spec.follow:
        if name in values:
            links = values[name]
            values[name] = urljoin(url, links) if isinstance(links, str) else [urljoin(url, link) for link in links]
    if spec.many:
        items = [_filled(item) for item in taught.get(ITEMS) or ()]
        for item in items:
            for name in item:
                if name not in spec.fields:
                    raise unknown("field", name, spec.fields, where=f"an item of template {template}")
        values[ITEMS] = [item for item in items if item]
        values = _filled(values)
    return values


def _filled(values: Item) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None and value != "" and value != []}
