"""The learned code of a site in a crawl: it reads pages, is watched for drift, and all it says is recorded."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property, partial
from typing import Any, Final
from urllib.parse import urlsplit

from scrapy.http import Response

from crawler.growth import Grown
from crawler.options import Options
from crawler.reading.coverage import Coverage
from crawler.reading.presence import Presence
from crawler.reading.reader import Reader
from crawler.reading.reading import Item
from crawler.reading.recorder import Record, Recorder
from crawler.reading.unusable import Unusable
from crawler.reading.withheld import Withheld
from crawler.responses import asked_url, content_type, is_evidence, page_of
from learner.drift.condition import Usual, condition, in_words
from learner.drift.consistency import Consistency, exchanged
from learner.drift.drift import Drift, DriftDetector, bonds_of, pooled
from learner.errors import EvergreenError
from learner.extractor import WRONG, Extraction, Extractor
from learner.programs.examples import Known, given
from learner.programs.program import nearly_same
from learner.retraining.backlog import outcome_of
from learner.retraining.fitting import Best
from learner.retraining.turnover import Turnover, turnover
from learner.state.records import COMPLETE, EVIDENCE, FAILED, PARTIAL, NewPage
from learner.state.store import Store
from learner.state.versions import Version

logger = logging.getLogger(__name__)

MANY = 20
"""Pages in a row that are none of their template, from which on somebody should look at the site."""

PROVED: Final = 3
"""Pages on which two fields have changed places, from which on neither is believed on any page."""

CONFIRMED: Final = 0.97
"""Confidence of what learned code says of a page, whatever its own, if the same was known of the page before."""

Count = Callable[..., None]
"""Adds to a statistic: its name, and how much (1)."""


@dataclass(slots=True)
class Learned:
    """A version that is live, how pages look that it was learned from, and how many pages of this crawl it fitted."""

    version: Version
    extractor: Extractor
    usual: Usual
    fitted: int = 0


@dataclass(frozen=True)  # no slots: what is always there is looked for once
class Live:
    """The learned code in charge of a part of a template, and the watch over it. Each page is answered by one of
    the ``versions``: the one that fits it. ``known`` gives what is known of pages, by URL, and ``told`` what of
    that a person or the spider has said; ``exchanged`` counts the pages of the crawl on which a field had what
    another used to have there; ``lost`` are fields that the heal which made one of the versions has not brought
    back: that pages of its own design lack them is no sign of another."""

    versions: tuple[Learned, ...]
    detector: DriftDetector
    known: Callable[[], Mapping[str, Known]] = dict
    told: Callable[[], Mapping[str, Known]] = dict
    lost: frozenset[str] = frozenset()
    exchanged: Counter[str] = field(default_factory=Counter)

    @property
    def first(self) -> Learned:
        """The version that was put in charge last."""
        return self.versions[0]

    @property
    def ids(self) -> list[int]:
        return [one.version.id for one in self.versions]

    @property
    def healed(self) -> frozenset[int]:
        """The versions that a heal has made."""
        return frozenset(one.version.id for one in self.versions if "heal" in one.version.metrics)

    @property
    def fields(self) -> frozenset[str]:
        """The fields that any of the versions answers."""
        return frozenset(name for one in self.versions for name in one.extractor.fields)

    @property
    def expected(self) -> frozenset[str]:
        """The fields that pages always have, whatever their design."""
        return frozenset.intersection(*(one.extractor.expected for one in self.versions))

    @cached_property
    def always(self) -> frozenset[str]:
        """The fields that items always have: on a list page, each of its records."""
        examples = [example for one in self.versions for example in one.extractor.examples if example.items]
        if not self.is_list or not examples:
            return self.expected
        return self.expected.intersection(*(record.keys() for example in examples for record in example.items or ()))

    @cached_property
    def sometimes(self) -> frozenset[str]:
        """The fields that only some items have, and that learned code answers."""
        return self.fields - self.always - self.lost

    @property
    def is_list(self) -> bool:
        return self.first.extractor.is_list

    def due(self, extraction: Extraction) -> frozenset[str]:
        """The fields that a page should have of which this is said, those that are lost among them."""
        return (self.always if self.is_list else extraction.expected) | self.lost

    def misses(self, extraction: Extraction, url: str) -> bool:
        """Whether a page lacks what all of the few examples had, and it had before: whether that is lost is told by the
        pages to come."""
        absent = extraction.expected & extraction.abstained.keys()
        if self.is_list or not extraction.unproven or not absent:
            return False
        fact = self.known().get(url)
        return fact is not None and not absent.isdisjoint(given(fact.item or {}))

    def in_turn(self) -> list[Learned]:
        """The versions in the order in which they are asked: what fitted most pages of the crawl comes first."""
        return sorted(self.versions, key=lambda one: -one.fitted)

    def checked(self, extraction: Extraction, url: str) -> Extraction:
        """The extraction without values that contradict each other, by what the examples of all versions show, or that
        have changed places since the page was last read."""
        checked = self.detector.consistency.checked(extraction)
        fact = None if self.is_list else self.known().get(url)
        return checked if fact is None else checked.without(exchanged(checked.item, fact.item or {}), WRONG)

    def confirmed(self, extraction: Extraction, url: str) -> Extraction:
        """The extraction, surer of values that were known of the page before, and not expecting what is lost."""
        fact = None if self.is_list else self.known().get(url)
        before = (fact.item if fact is not None else None) or {}
        known = {n for n, one in extraction.item.items() if n in before and nearly_same(one, before[n])}
        sure = {n: max(one, CONFIRMED) if n in known else one for n, one in extraction.confidence.items()}
        return replace(extraction, confidence=sure, expected=extraction.expected - self.lost)

    def judged(self, page: bytes | str, url: str, best: Best[Learned]) -> Read:
        """The best answer without values that are not to be believed; a page that is none of the template's has
        none."""
        assert best.found is not None
        one, extraction = best.found
        reason = extraction.reason or condition(page, url, extraction, one.usual)
        if reason:
            nothing = dict.fromkeys(one.extractor.fields, reason)
            extraction = Extraction(abstained=nothing, reason=reason, expected=extraction.expected)
        else:
            one.fitted += not extraction.failed
            extraction = extraction.without(self.detector.doubted, WRONG)
            if extraction.unproven and self.detector.raised is not None:
                extraction = extraction.lacking(extraction.expected.intersection(self.detector.raised.fields))
        return Read(extraction, one.version, self)


@dataclass(frozen=True, slots=True)
class Read:
    """What learned code says of a page: the answer of one of the live versions, ``version``."""

    extraction: Extraction
    version: Version
    live: Live

    @property
    def beside(self) -> bool:
        """Whether the version was put beside an older one, for pages of another design."""
        return self.version.number > min(one.version.number for one in self.live.versions)


class LiveSite:
    """The store of a site as one crawl uses it. ``drifted``: there is drift that no retrain of this crawl has seen;
    ``crawl``: the name under which pages are recorded, empty where the crawl takes no repaired items; ``behind``: the
    templates of which pages failed while somebody else healed them; ``asked`` names what the crawl was asked for."""

    def __init__(self, site: str, options: Options, count: Count, asked: str = "") -> None:
        """Raises EvergreenError or OSError when the state folder can't be used."""
        self.site = site
        self.coverage = Coverage()
        self.withheld = Withheld()
        self.unusable = Unusable()
        self.behind: set[str] = set()
        self._failing: dict[str, list[int]] = {}
        self._records = options.record
        self._count = count
        self._live: dict[str, Live] = {}
        self._reader = Reader(after=options.worker_after, seconds=options.page_seconds)
        self._known_limit = options.known_limit
        self._known: dict[str, Mapping[str, Known]] = {}
        self._brought: dict[str, dict[str, tuple[int, int]]] = {}
        self._told: dict[str, Mapping[str, Known]] = {}
        self.store = Store.open(options.state, options.database)
        if self.store.frozen:
            count("state_unusable")
            logger.warning("%s can't be written: what is learned answers, nothing is recorded", options.state)
        takes = options.retrain == "auto" and options.record and not self.store.frozen
        try:
            self.load()
            self.drifted = bool(self.store.drifts.pending(site))
            self.crawl = self.store.crawls.begin(site) if takes else ""
        except BaseException:
            self.store.close()
            raise
        self.presence = Presence(self.store, site, asked, self.withheld)
        self._recorder = Recorder(
            self.store, pages=options.flush_pages, seconds=options.flush_seconds, write=options.record
        )

    def get(self, template: str) -> Live | None:
        """What is in charge of the template, or part of one."""
        return self._live.get(template)

    def load(self) -> list[Version]:
        """Put the live versions in charge; those that are new. Raises EvergreenError or OSError."""
        live: dict[str, Live] = {}
        before = {version_id for entry in self._live.values() for version_id in entry.ids}
        for template in self.store.templates(self.site):
            versions = self.store.versions.all_live(self.site, template)
            if not versions:
                continue
            old = self._live.get(template)
            if old is not None and old.ids == [version.id for version in versions]:
                live[template] = old
                continue
            extractors = [version.load() for version in versions]
            learned = (Learned(v, e, Usual.of(e.examples)) for v, e in zip(versions, extractors, strict=True))
            detector = self._detector(template, versions, extractors)
            lost = self._lost(template, versions)
            live[template] = Live(
                tuple(learned), detector, partial(self.known, template), partial(self.told, template), lost
            )
        self._live = live
        return [one.version for entry in live.values() for one in entry.versions if one.version.id not in before]

    def _lost(self, template: str, versions: Sequence[Version]) -> frozenset[str]:
        """The fields that making one of the versions has lost."""
        numbers = {version.number for version in versions}
        pending = self.store.drifts.pending(self.site, template)
        return frozenset(
            name for one in pending if one.detail.get("lost_by") in numbers for name in one.detail["presence"]
        )

    def known(self, template: str) -> Mapping[str, Known]:
        """What was known of the template's pages before this crawl, by URL: read once, of so many pages at most as the
        settings say."""
        if template not in self._known:
            read = self.store.examples.known
            self._known[template] = self._facts(lambda: read(self.site, template, limit=self._known_limit), template)
        return self._known[template]

    def knew(self, urls: Collection[str]) -> set[str]:
        """Those of which something was known before this crawl, or read, be it in part. Raises StateError."""
        known = {url for url in urls if any(url in self.known(template) for template in self._live)}
        return known | self.store.pages.gave(self.site, sorted(set(urls) - known))

    def turnover(self, template: str) -> Turnover:
        """How the fields of its pages have changed from visit to visit, as far as that is kept."""
        try:
            return turnover(self.store.examples.visits(self.site, template))
        except (EvergreenError, OSError) as error:
            logger.warning("Former visits can't be read: %s", error)
            return Turnover()

    def told(self, template: str) -> Mapping[str, Known]:
        """The same of what the spider's own code or a person said."""
        if template not in self._told:
            read = self.store.examples.told
            told = self._facts(lambda: read(self.site, template, limit=self._known_limit).values(), template)
            self._told[template] = told
        return self._told[template]

    @staticmethod
    def _facts(read: Callable[[], Iterable[Known]], template: str) -> dict[str, Known]:
        try:
            return {one.url: one for one in read()}
        except (EvergreenError, OSError) as error:
            logger.warning("What is known of %s can't be read: %s", template, error)
            return {}

    # Reading

    async def extract(self, response: Response, live: Live) -> Read:
        """The page's values; the worker may read it. What one version answers in full is not read by another."""
        page, best = page_of(response), Best[Learned]()
        for one in live.in_turn():
            read = await self._reader.extract(one.extractor, one.version.folder, page, response.url)
            if best.enough(one, live.checked(read, response.url)):
                break
        return live.judged(page, response.url, best)

    def extract_now(self, response: Response, live: Live) -> Read:
        """The page's values, read here."""
        page, best = page_of(response), Best[Learned]()
        for one in live.in_turn():
            if best.enough(one, live.checked(one.extractor.read(page, response.url), response.url)):
                break
        return live.judged(page, response.url, best)

    def watch(self, read: Read, template: str, fetched_at: datetime, lost: Collection[str] = ()) -> str:
        """Count what was read, and watch for drift; the outcome under which it is recorded. A page without what it gave
        before (``lost``) is not complete."""
        extraction, live = read.extraction, read.live
        if extraction.reason:
            live.detector.observe(extraction)
            in_a_row = live.detector.in_a_row
            if in_a_row.total() == MANY:
                logger.warning(
                    "%s: the last %d pages were none of template %s: %s", self.site, MANY, template, in_words(in_a_row)
                )
            return extraction.reason
        outcome = outcome_of(extraction)
        if lost and outcome == COMPLETE:
            outcome = PARTIAL
        if outcome in (PARTIAL, FAILED):
            self._failing[template] = live.ids
        self._count("learned")
        self._count(outcome)
        self.coverage.observe(template, live.fields, extraction.confidence)
        for name in extraction.abstained:
            if name in extraction.expected:
                self._count(f"not_vouched_for/{template}/{name}")
        self._raise(template, live, live.detector.observe(extraction, fetched_at=fetched_at))
        live.exchanged.update(name for name, why in extraction.abstained.items() if why == WRONG)
        proved = [name for name, pages in live.exchanged.items() if pages >= PROVED]
        self._raise(template, live, live.detector.doubt(*proved))
        return outcome

    def fall_behind(self) -> bool:
        """Whether pages failed on versions that somebody has replaced since: then they are to be extracted again, which
        is noted for the next retrain. Every failure is looked at once after a change."""
        changed = False
        if not self._failing or not self._records:
            return changed
        self.flush()
        try:
            for template, ids in [*self._failing.items()]:
                if set(ids) != {version.id for version in self.store.versions.all_live(self.site, template)}:
                    self.store.drifts.record(self.site, template, {}, version_ids=ids)
                    del self._failing[template]
                    self.behind.add(template)
                    changed = True
        except (EvergreenError, OSError) as error:
            logger.warning("What others have healed in the meantime can't be read: %s", error)
        return changed

    def failures_are_seen(self) -> None:
        """The retrain that begins now sees all that has failed until now."""
        self._failing.clear()

    def lose(self, template: str, live: Live, name: str, fetched_at: datetime) -> None:
        """Watch for drift: a page, fetched then, no longer gives a field that it should still give."""
        self._raise(template, live, live.detector.lose(name, fetched_at=fetched_at))

    def conclude(self, template: str, live: Live, *names: str) -> None:
        """The crawl as a whole says that fields, or the whole page, have drifted."""
        self._raise(template, live, live.detector.conclude(*names))

    def conclude_absence(self) -> None:
        """Raise drift of fields that only some pages have, where the items of the crawl together prove that they are
        lost."""
        try:
            fallen = {template: self.presence.fallen(template, live) for template, live in self._live.items()}
        except (EvergreenError, OSError) as error:
            logger.warning("What crawls before brought can't be read: %s", error)
            return
        for template, names in fallen.items():
            if names:
                self.conclude(template, self._live[template], *names)

    def missing(self, lacked: Callable[[str, str, str], bool]) -> dict[str, dict[str, int]]:
        """By template, what items of too many pages lack, but for pages that ``lacked`` it before (see Presence).
        Raises StateError."""
        found = {template: self.presence.missing(template, live, lacked) for template, live in self._live.items()}
        return {template: counts for template, counts in found.items() if counts}

    def rarer(self) -> dict[str, tuple[dict[str, int], str]]:
        """By template, what pages of another design lack, on how many; and one of these (see Presence)."""
        found = {template: self.presence.rarer(template, live) for template, live in self._live.items()}
        return {template: told for template, told in found.items() if told[0]}

    def thinned(self) -> dict[str, dict[str, int]]:
        """By template, what all records of lists had before a heal and many lack since (see Presence). Raises
        StateError."""
        found = {template: self.presence.thinned(template, live) for template, live in self._live.items()}
        return {template: counts for template, counts in found.items() if counts}

    def tally(self, template: str, url: str, items: Iterable[Collection[str]]) -> None:
        """The items that came of a list have these fields."""
        live = self.get(template)
        if live is not None and live.is_list:
            self.withheld.tally(template, url, items, live.fields)

    def bring(self, template: str, url: str, records: int) -> None:
        """So many items came of a page; where they come in parts, the most at once."""
        known = self.known(template).get(url)
        if known is not None and known.items:
            pages = self._brought.setdefault(template, {})
            pages[url] = max(records, pages.get(url, (0, 0))[0]), len(known.items)

    def brought(self) -> dict[str, tuple[int, int, int]]:
        """By template, of known pages that hold lists: on how many there are fewer items than were known of them, how
        many came of all, none beyond those, and how many were known."""
        return {
            template: (
                sum(now < before for now, before in pages.values()),
                sum(min(counts) for counts in pages.values()),
                sum(before for _, before in pages.values()),
            )
            for template, pages in self._brought.items()
        }

    def grown(self) -> dict[str, Grown]:
        """The same of known pages on which there are more items, with the versions in charge that a heal has made."""
        return {
            template: Grown(
                len(pages),
                sum(now > before for now, before in pages.values()),
                sum(now for now, _ in pages.values()),
                sum(before for _, before in pages.values()),
                frozenset() if live is None else live.healed,
            )
            for template, pages in self._brought.items()
            for live in [self.get(template)]
        }

    def gave(self, but: Collection[str]) -> dict[str, Any]:
        """What the crawl tells those to come of what its items have, of all templates ``but`` these."""
        return self.presence.told(self._live, but)

    # The record

    def record(
        self,
        response: Response,
        template: str,
        fetched_at: datetime,
        item: Item,
        items: Sequence[Item] = (),
        *,
        source: str = "",
        outcome: str = "",
        version: Version | None = None,
        confidence: Mapping[str, float] | None = None,
        told: Item | None = None,
        told_items: Sequence[Item] = (),
    ) -> None:
        """Hand the page over with its values, a pair to learn from (``source``) or what was extracted (``outcome``);
        with what a spider ``told`` beside the extraction, both."""
        page = NewPage(
            site=self.site,
            template=template,
            url=response.url,
            body=response.body,
            content_type=content_type(response),
            status=response.status,
            fetched_at=fetched_at,
            asked_url=asked_url(response),
            crawl=EVIDENCE if is_evidence(response) else self.crawl,
        )
        answered = None if version is None else version.id
        self._recorder.put(
            Record(page, item, items, source, answered, confidence or {}, outcome, told or {}, told_items)
        )

    def run(self, task: Callable[[], None]) -> None:
        """Run a task that writes to the store, after all that was recorded is written."""
        self._recorder.run(task)

    def flush(self) -> None:
        """Return when all that was recorded is written, or counted as lost."""
        self._recorder.flush()

    def known_urls(self, template: str, hosts: Collection[str] | None = None) -> dict[str, str]:
        """URLs (of these hosts) where pages of the template are that were known, newest first, and by which URL each
        was known, which it may have moved from."""
        self.flush()
        try:
            known = self.store.examples.known(self.site, template, limit=self._known_limit)
            moves = self.store.pages.moves(self.site)
        except (EvergreenError, OSError) as error:
            logger.warning("Known URLs can't be read: %s", error)
            return {}
        urls: dict[str, str] = {}
        for page in known:
            urls.setdefault(moves.get(page.url, page.url), page.url)
        return {url: page_url for url, page_url in urls.items() if hosts is None or urlsplit(url).netloc in hosts}

    async def close(self) -> None:
        """End the worker, write what is left, and count it. The store stays open."""
        await self._reader.close()
        self._recorder.run(self._save_detectors)
        self._recorder.close()
        for name, count in self._recorder.counts.items():
            self._count(name, count)

    # Drift

    def _detector(self, template: str, versions: Sequence[Version], extractors: Sequence[Extractor]) -> DriftDetector:
        """The detector where the last crawl left it; a fresh one when it told of drift that is no longer pending."""
        state = self.store.detectors.state(self.site, template, [version.id for version in versions])
        if state is not None:
            try:
                detector = DriftDetector.from_dict(state, Consistency.of(pooled(extractors), bonds_of(extractors)))
            except ValueError as error:
                logger.warning("%s/%s: the watch for drift begins anew: %s", self.site, template, error)
            else:
                if detector.raised is None or self.store.drifts.pending(self.site, template):
                    return detector
        return DriftDetector.watching(*extractors)

    def _raise(self, template: str, live: Live, drift: Drift | None) -> None:
        if drift is None:
            return
        self.drifted = True
        self._count("drift_raised")
        logger.warning("%s: template %s: %s", self.site, template, drift)
        self._recorder.run(lambda: self._record_drift(template, live, drift))

    def _record_drift(self, template: str, live: Live, drift: Drift) -> None:
        self.store.drifts.record(self.site, template, drift.to_dict(), version_ids=live.ids, since=drift.since)

    def _save_detectors(self) -> None:
        for template, live in self._live.items():
            self.store.detectors.save(self.site, template, live.ids, live.detector.to_dict())
