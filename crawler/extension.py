"""The extension of a crawl: it owns the learned code of the site, heals what drifted, and delivers what was repaired.

Every statistic it keeps begins with ``evergreen/``.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from shlex import quote
from typing import Final, Protocol
from weakref import WeakSet

from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import DontCloseSpider, NotConfigured
from scrapy.http import Response

from crawler.callbacks.callbacks import callback_name, spiders_named
from crawler.callbacks.shapes import enough_to_learn
from crawler.growth import judge as judge_growth
from crawler.options import Options, is_enabled, misspelt
from crawler.outputs.unhealed import otherwise, shown_by
from crawler.reading.answers import Answers, Described
from crawler.reading.live import LiveSite
from crawler.reading.remembered import Visits
from crawler.reading.unusable import Missed
from crawler.retrainer import Retrainer
from crawler.standby.remains import Lost
from crawler.standby.standby import Standby
from crawler.verdict import named, trouble, verdict
from crawler.volume import asked_for, brought, counted, judge
from learner.errors import EvergreenError
from learner.retraining.backlog import fields_of, names_of
from learner.retraining.budget import Budget
from learner.retraining.impasse import Impasse, are_few_shown, booleans_of, impasses, shown_of
from learner.state.records import RepairedItem
from learner.state.reports import HEALED

logger = logging.getLogger(__name__)

_RETRAINS = 3
"""Retrains in one crawl at most: what they could not heal waits for a person."""

_FINISHED: Final = "finished"
"""Why a crawl was closed that came to its end."""
_CUT_OFF: Final = ("shutdown", "memusage_exceeded")
"""Why one was that nothing more may be done for: it was interrupted, or memory is short. All others a limit has closed,
or the spider itself."""

_GONE: Final = (404, 410)
"""Status of pages that are no longer there."""
_ERRORS: Final = 400
"""The least status of an answer that is an error."""

_NAMED: Final = 10
"""Pages that are named in one line of the log, at most."""


TELLS: Final[WeakSet[Crawler]] = WeakSet()
"""Crawls of a command that tells by itself what became of them."""


class Pages(Protocol):
    """Who answers the pages of the crawl, as the extension sees it when the crawl is idle."""

    def by_memory(self) -> Sequence[Request]:
        """Requests for what lost links led to before."""

    def conclude(self) -> None:
        """Raise drift that the pages of the crawl together prove."""

    def revisits(self) -> Sequence[Request]:
        """Requests for known pages, when there is drift."""

    def deliveries(self) -> Sequence[Request]:
        """Requests that bring what waits to be delivered."""

    def gave(self, template: str, url: str) -> bool:
        """Whether the crawl has given items of a page, by a part of its template."""

    def leads(self, url: str) -> bool:
        """Whether the crawl was led to a page, and it has not said that it is gone."""

    def repaired(self, items: Sequence[RepairedItem]) -> None:
        """Items that are to be delivered."""

    def undelivered(self) -> Sequence[RepairedItem]:
        """Repaired items that still wait."""

    def waiting(self) -> Mapping[str, int]:
        """How many items the crawl holds back, for they wait for a repair, by template."""

    def learnable(self) -> bool:
        """Whether there is something new to learn from at the end of the crawl."""

    def save(self) -> None:
        """Write what a retrain has to know, or the next crawl. Raises EvergreenError."""


class Evergreen:
    """Extension. Spiders made of templates ask its ``answers``; signals of the crawl do the rest."""

    def __init__(self, crawler: Crawler) -> None:
        """Raises NotConfigured when EVERGREEN_ENABLED is off, UnknownName for a value that a setting can't have."""
        if not is_enabled(crawler.settings):
            raise NotConfigured
        self.options = Options.read(crawler.settings)
        self._crawler = crawler
        self._site: LiveSite | None = None
        self._pages: Pages | None = None
        self._delivered: list[RepairedItem] = []
        self._left: list[RepairedItem] = []
        self._retrains = 0
        self._retrainer: Retrainer | None = None
        self._asked = ""
        self._gone: set[str] = set()
        self._closing = False
        self._cut_off: Mapping[str, int] = {}
        for sentence in misspelt(crawler.settings):
            logger.warning(sentence)
        self._resumes = _has_begun(crawler.settings.get("JOBDIR"))

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Evergreen:
        extension = cls(crawler)
        crawler.signals.connect(extension.spider_opened, signal=signals.spider_opened)
        crawler.signals.connect(extension.response_received, signal=signals.response_received)
        crawler.signals.connect(extension.spider_idle, signal=signals.spider_idle)
        crawler.signals.connect(extension.spider_closed, signal=signals.spider_closed)
        crawler.signals.connect(extension.engine_stopped, signal=signals.engine_stopped)
        return extension

    @property
    def site(self) -> LiveSite | None:
        """What is learned of the spider's site; None where the state folder can't be used."""
        return self._site

    @property
    def answers(self) -> Answers:
        """The answers to the pages of a spider made of templates."""
        assert isinstance(self._pages, Answers)
        return self._pages

    @property
    def standby(self) -> Standby | None:
        """What stands beside a spider that is only watched; None where nothing can be recorded."""
        return self._pages if isinstance(self._pages, Standby) else None

    def delivered(self, items: Sequence[RepairedItem]) -> None:
        """These repaired items are on their way into the export."""
        self._delivered += items
        self._count("repaired_pages", len(items))

    def full(self) -> bool:
        """Whether as many items have come, or wait for a repair, as a limit lets the crawl have: no more pages are
        asked for. One that goes on later keeps its requests."""
        limit = self._crawler.settings.getint("CLOSESPIDER_ITEMCOUNT")
        if not limit or self._pages is None or self._crawler.settings.get("JOBDIR"):
            return False
        return self._counted("item_scraped_count") + sum(self._pages.waiting().values()) >= limit

    # Signals of the crawl

    def spider_opened(self, spider: Spider) -> None:
        self._asked = asked_for(spider)
        if self._resumes:
            self._count("resumed")
        try:
            self._site = LiveSite(spider.name, self.options, self._count, self._asked)
        except (EvergreenError, OSError) as error:
            # A spider with selectors of its own goes on; one that needs learned code will say so by itself.
            self._count("state_unusable")
            logger.warning("Nothing is recorded or learned in this crawl: %s", error)
        if isinstance(spider, Described):
            limit, enough = self.options.known_limit, self.options.examples
            self._pages = Answers(spider, self._site, self._count, self._may_heal, limit, enough)
        elif self._site is not None:
            self._stand_by(spider, self._site)

    def response_received(self, response: Response, request: Request) -> None:
        """Take note of pages that are gone, and of those that answer with another error."""
        if response.status < _ERRORS:
            return
        addresses = {response.url, *request.meta.get("redirect_urls", ())}
        if response.status in _GONE:
            self._gone |= addresses
        elif self._site is not None and self._crawler.spider is not None:
            made = request.cb_kwargs.get("template") if isinstance(self._crawler.spider, Described) else None
            kind = str(made or callback_name(request, self._crawler.spider))
            self._site.unusable.error(kind, response.url, response.status, addresses)

    def spider_idle(self, spider: Spider) -> None:
        """Heal what drifted, then deliver what was held back. Raises DontCloseSpider while there is work."""
        if self._site is None or self._pages is None or not self.options.record:
            return
        if self._retrainer is not None and self._retrainer.running:
            raise DontCloseSpider
        if self._crawl(self._pages.by_memory()):
            raise DontCloseSpider
        self._pages.conclude()
        self._site.conclude_absence()
        self._site.drifted |= self._site.fall_behind()
        if self._site.drifted and self._crawl(self._pages.revisits()):
            raise DontCloseSpider
        if self._site.drifted and self._may_heal():
            self._site.drifted = False
            self._retrain(self._site, self._pages)
            raise DontCloseSpider
        if self._crawl(self._pages.deliveries()):
            raise DontCloseSpider
        if self._may_heal() and self._pages.learnable() and self._has_enough(self._site):
            self._retrain(self._site, self._pages)
            raise DontCloseSpider
        if self._site.crawl and self._take_over(self._site, self._pages):
            raise DontCloseSpider

    async def spider_closed(self, spider: Spider, reason: str) -> None:
        """Write what is left; count what is pending. Of a crawl that a limit has closed, learn and heal first."""
        self._closing = True
        limited = reason not in (_FINISHED, *_CUT_OFF) and getattr(spider, "failure", None) is None
        if limited and self._site is not None and self._pages is not None and self.options.record:
            await self._make_up(self._site, self._pages)
        if self._retrainer is not None:
            self._retrainer.stop()
        if self._site is None:
            return
        if self._pages is not None:
            self._site.run(self._pages.save)
        self._site.fall_behind()
        await self._site.close()
        try:
            if self.standby is not None:
                self.standby.tell_doubted()
            self._summarise(self._site)
            came = self._counted("item_scraped_count") + self._counted("evergreen/drift_pending")
            if isinstance(spider, Described) and isinstance(self._pages, Answers) and not came:
                spider.failure = spider.failure or self._pages.in_the_dark()
            if reason == _FINISHED or limited:
                self._weigh(self._site, whole=reason == _FINISHED)
        except (EvergreenError, OSError) as error:
            logger.warning("What is pending can't be read: %s", error)

    def engine_stopped(self) -> None:
        """The feeds are stored now: what was delivered into them need not be delivered again."""
        self._tell()
        if self._site is None:
            return
        store, crawl, self._site = self._site.store, self._site.crawl, None
        stats = self._crawler.stats.get_stats() if self._crawler.stats else {}
        stored = not any(name.startswith("feedexport/failed_count") for name in stats)
        try:
            if stored:
                store.repairs.acknowledge(self._delivered)
            else:
                store.repairs.release(self._delivered)
            store.repairs.release(self._left)
            if self._pages is not None:
                store.repairs.release(self._pages.undelivered())
            # Last of all: from now on what this crawl fetched may be given to others.
            store.crawls.end(crawl)
        except (EvergreenError, OSError) as error:
            logger.warning("Repaired items may be delivered twice: %s", error)
        store.close()

    # Inside

    def _tell(self) -> None:
        """Log what became of the crawl, where the command does not tell it: Scrapy's own always ends with 0."""
        pages = sum(map(self._counted, ("evergreen/pages", "evergreen/watched", "evergreen/not_watched/empty")))
        if pages and self.options.record and self._crawler not in TELLS:
            verdict(self._crawler, logger.warning)

    def _stand_by(self, spider: Spider, site: LiveSite) -> None:
        twins = spiders_named(spider.name, self._crawler.settings.getlist("SPIDER_MODULES"))
        if len(twins) > 1:
            names = " and ".join(sorted(f"{twin.__module__}.{twin.__qualname__}" for twin in twins))
            logger.warning(
                "Nothing is recorded or learned in this crawl: %s are both named %r, and what is learned of one would "
                "be used for the other. Give them different names.",
                names,
                spider.name,
            )
            return
        self._pages = Standby(
            spider,
            site,
            self.options,
            self._count,
            crawl=self._crawl,
            delivered=self.delivered,
            may_heal=self._may_heal,
        )

    def _has_enough(self, site: LiveSite) -> bool:
        """Whether a retrain could learn from what is known by now: one that finds too little takes seconds, too."""
        if self.standby is None:
            return True
        site.run(self.standby.save)
        site.flush()
        try:
            return enough_to_learn(site.store, site.site, self.options.examples)
        except (EvergreenError, OSError) as error:
            logger.warning("Whether there is something to learn can't be read: %s", error)
            return False

    def _retrain(self, site: LiveSite, pages: Pages) -> None:
        self._retrains += 1
        self._count("retrains")
        site.run(pages.save)
        site.flush()
        site.failures_are_seen()
        self._retrainer = Retrainer(site.site, self._crawler.settings, self.options, self._retrained)
        self._retrainer.start()

    async def _make_up(self, site: LiveSite, pages: Pages) -> None:
        """What an idle crawl does, for one that a limit has closed before: it learns, judges and heals. Nothing can be
        delivered any more: what is repaired waits for the next crawl."""
        if self._retrainer is not None:
            await self._retrainer.ended()
        pages.conclude()
        site.conclude_absence()
        site.drifted |= site.fall_behind()
        if self._may_heal() and (site.drifted or (pages.learnable() and self._has_enough(site))):
            site.drifted = False
            self._retrain(site, pages)
            assert self._retrainer is not None
            await self._retrainer.ended()
        self._cut_off = pages.waiting()
        for template, left in self._cut_off.items():
            self._count(f"cut_off/{template}", left)

    def _may_heal(self) -> bool:
        wanted = self.options.retrain == "auto" and self.options.record
        return wanted and self._site is not None and self._retrains < _RETRAINS

    def _retrained(self, exit_code: int) -> None:
        """A retrain has ended: put the new versions in charge and take over what it repaired."""
        if self._site is None or self._pages is None:
            return
        if exit_code < 0:
            self._count("retrains_killed")
            logger.warning(
                "%s: the retrain was killed by signal %d. What it had not done, the next one does.",
                self._site.site,
                -exit_code,
            )
        healed, first, repaired = 0, 0, 0
        try:
            new = self._site.load()
            first = sum(version.parent is None for version in new)
            healed = len(new) - first
            repaired = 0 if self._closing else self._take(self._site, self._pages, own=True)
        except (EvergreenError, OSError) as error:
            logger.warning("What the retrain did can't be read: %s", error)
        self._count("healed", healed)
        self._count("first_versions", first)
        logger.info("%s: %d templates healed, %d pages repaired", self._site.site, healed, repaired)
        if self._crawler.spider is not None and not self._closing:
            self._crawl(self._pages.deliveries())

    def _take_over(self, site: LiveSite, pages: Pages) -> bool:
        """Deliver what earlier crawls have left, once nothing else is to come: what this crawl has of the same pages is
        newer. Whether there was anything."""
        try:
            site.flush()
            return bool(self._take(site, pages, own=False)) and self._crawl(pages.deliveries())
        except (EvergreenError, OSError) as error:
            logger.warning("What earlier crawls have left can't be read: %s", error)
            return False

    def _take(self, site: LiveSite, pages: Pages, *, own: bool) -> int:
        """Take over repaired items, those of this crawl's pages (``own``) or those that earlier crawls have left; how
        many are to be delivered. Of a URL of which the crawl has given items, or will give, earlier ones are not; nor
        are those of pages to which it was not led, or that are gone, unless it goes on with the earlier crawl; nor
        those of pages that it has fetched itself and could not read: what they say now is not known."""
        taken: list[RepairedItem] = []
        before = self._left
        try:
            while some := site.store.repairs.take(site.site, crawl=site.crawl, own=own):
                taken += some
        finally:
            self._left = before + taken
        newest = [item for item in taken if not item.superseded]
        lacking = [item for item in newest if own or not pages.gave(item.template, item.url)]
        wanted = [
            item
            for item in lacking
            if own or (not item.outdated and (self._resumes or self._is_there(pages, item.url)))
        ]
        if wanted and not own:
            self._count("earlier_items", sum(len(item.items) or 1 for item in wanted))
            self._name(
                f"{site.site}: items of %d page(s) that this crawl has none of are delivered as they were when an "
                "earlier crawl fetched the pages, for they have been repaired since: %s",
                wanted,
            )
        if len(lacking) > len(wanted):
            rest = [item for item in lacking if item not in wanted]
            self._count("earlier_items_kept", sum(len(item.items) or 1 for item in rest))
            self._name(
                f"{site.site}: items of %d page(s) of an earlier crawl have been repaired since, and are not "
                f"delivered: nothing in this crawl leads there, or they are gone, or it could not read what it fetched "
                f"there: %s. Next: scrapy retrain {site.site} writes them to a file",
                rest,
            )
        kept = {item.id for item in wanted}
        pages.repaired(wanted)
        self._left = before + [item for item in newest if item.id not in kept]
        # They are not exported, but what takes their place is.
        self._delivered += [item for item in taken if item.superseded]
        return len(wanted)

    def _is_there(self, pages: Pages, url: str) -> bool:
        return url not in self._gone and pages.leads(url)

    def _name(self, sentence: str, items: Sequence[RepairedItem]) -> None:
        """Warn of the pages of these items: how many they are, and which."""
        urls = list(dict.fromkeys(item.url for item in items))
        more = f" and {len(urls) - _NAMED} more" if len(urls) > _NAMED else ""
        logger.warning(sentence, len(urls), ", ".join(urls[:_NAMED]) + more)

    def _crawl(self, requests: Sequence[Request]) -> bool:
        """Hand requests to the engine; whether there were any."""
        assert self._crawler.engine is not None
        for request in requests:
            self._crawler.engine.crawl(request)
        return bool(requests)

    def _summarise(self, site: LiveSite) -> None:
        """The figures of the whole crawl, for monitors. Raises StateError."""
        pending = site.store.drifts.pending(site.site)
        waiting = {drift.template for drift in site.store.drifts.healed(site.site)} & site.behind
        self._count("drift_pending", len(waiting | {drift.template for drift in pending}))
        asked = {
            template: f"{shown_by(site.site, impasse)} {otherwise(site.site, impasse.gone, impasse.shown)}".rstrip()
            for template, impasse in impasses(site.store, site.site, Budget(self.options.heals_per_day)).items()
            for impasse in [self._lacking(site, impasse)]
            if not impasse.fresh
        }
        for template, command in asked.items():
            self._set(f"asked/{template}", command)
        for drift in pending:
            fields = self._lacked(site, drift.template, names) if (names := names_of(drift)) else ()
            self._set(f"drifting/{drift.template}", ", ".join(fields) or fields_of(drift))
        mended = [*self._cut_off, *(drift.template for drift in pending)]
        self._tell_withheld(site, dict.fromkeys(mended, f"scrapy retrain {site.site}") | asked)
        self._tell_scant(site, {drift.template for drift in pending})
        if pending:
            self._set("hours_drifting", _hours_since(min(drift.raised_at for drift in pending)))
        for event in site.store.events.newest(site.site, kind=HEALED, limit=1):
            self._set("hours_since_heal", _hours_since(event.at))
        for name, share in site.coverage.statistics().items():
            self._set(name, share)
        self._tell_unusable(site.unusable.missed(site.knew))

    def _tell_unusable(self, missed: Missed) -> None:
        """Count and name the pages that gave values before, and can't be used."""

        def of(kind: str) -> int:
            return self._counted(f"evergreen/pages/{kind}") or self._counted(f"evergreen/watched/{kind}")

        for name, count in missed.statistics(of).items():
            self._set(name, count)
        if missed:
            name = self._crawler.spidercls.name
            logger.warning("%s: %d page(s) gave values before and can't be used now: %s", name, len(missed), missed)

    def _lacking(self, site: LiveSite, impasse: Impasse) -> Impasse:
        """The same for fields alone that items of the crawl lack: the spider may still find the others."""
        fields = tuple(self._lacked(site, impasse.template, impasse.fields))
        gone = tuple(name for name in impasse.gone if name in fields)
        booleans, shown = impasse.booleans.intersection(fields), impasse.shown.intersection(fields)
        return replace(impasse, fields=fields, gone=gone, booleans=booleans, shown=shown)

    def _lacked(self, site: LiveSite, template: str, names: Sequence[str]) -> Sequence[str]:
        """Which of the fields pages of the crawl lack; if they have all of them, what else they lack."""
        pages, had = site.withheld.pages(template), site.withheld.had(template)
        lacking = [name for name in names if had[name] < pages]
        return lacking or sorted(site.withheld.lacking(template)) or names

    def _tell_withheld(self, site: LiveSite, following: Mapping[str, str]) -> None:
        """Count and log what items lack, with the command that leads on: by template, where there is drift."""
        for name, count in site.withheld.statistics().items():
            self._set(name, count)
        following = dict(following)
        visits = Visits(site, site.withheld.links, self.options.known_limit)
        lost, missing = self.standby.lost() if self.standby is not None else {}, site.missing(visits.lacked)
        rarer, thinned = site.rarer(), site.thinned()
        for template in sorted(lost.keys() | missing.keys() | rarer.keys() | thinned.keys()):
            counts, left, thin = missing.get(template, {}), lost.get(template, Lost()), thinned.get(template, {})
            rare, url = rarer.get(template, ({}, ""))
            names = tuple(dict.fromkeys((*counts, *sorted({*left.fields, *rare, *thin})))) or self._due(site, template)
            following.setdefault(template, self._shown_by(site, template, names, left.url or url))
            self._set(f"missing_next/{template}", following[template])
            if counts:
                self._set(f"missing_of/{template}", site.withheld.pages(template))
            if left.pages:
                self._set(f"lost_pages/{template}", len(left.pages))
                self._set(f"lost_page/{template}", left.pages[0])
            for name, count in counts.items():
                self._set(f"missing/{template}/{name}", count)
            for name, count in left.fields.items():
                self._set(f"still_shown/{template}/{name}", count)
            for name, count in rare.items():
                self._set(f"rarer/{template}/{name}", count)
            for name, count in thin.items():
                self._set(f"thinned/{template}/{name}", count)
                self._set(f"thinned_of/{template}", site.withheld.records(template)[0])
        for template, (lacking, url) in site.withheld.sentences().items():
            look = f"scrapy shell {quote(url)} --spider {site.site}, where evergreen.explain({template!r}) tells why"
            logger.warning(
                "%s: template %s: values are left out: %s. Next: %s",
                site.site,
                template,
                lacking,
                following.get(template, look),
            )

    def _tell_scant(self, site: LiveSite, drifting: Collection[str]) -> None:
        """Ask for pages of which no item was made, though their template is not ``drifting``, for few shown pages tell
        what such pages always have."""
        stats = self._crawler.stats.get_stats() if self._crawler.stats else {}
        for template, url in named(stats, "scant_page").items():
            live = site.get(template)
            if (
                template not in drifting
                and live is not None
                and all(are_few_shown(one.extractor) for one in live.versions)
            ):
                command = f"scrapy teach {quote(url)} FIELD=VALUE --spider {site.site} --template {template}"
                self._set(f"scant_next/{template}", f"{command}, with each field that the page has")

    @staticmethod
    def _due(site: LiveSite, template: str) -> tuple[str, ...]:
        """The fields that all pages of the template have."""
        live = site.get(template)
        return () if live is None else tuple(sorted(live.always))

    def _shown_by(self, site: LiveSite, template: str, names: tuple[str, ...], url: str = "") -> str:
        """How a person shows what items of too many pages lack, of a template that has not drifted."""
        live, url = site.get(template), url or site.withheld.newest(template, names)
        many = live is not None and live.is_list
        told = frozenset(names) & (booleans_of(live.first.extractor) if live is not None else frozenset())
        impasse = Impasse(template, "", fresh=False, url=url, fields=names, many=many, booleans=told)
        command = shown_by(site.site, impasse)
        had, pages = site.withheld.had(template), site.withheld.pages(template)
        gone = [name for name in names if 2 * had[name] < pages]
        shown = shown_of(live.first.extractor).intersection(names) if live is not None else ()
        return f"{command} {otherwise(site.site, gone, shown)}".rstrip()

    def _weigh(self, site: LiveSite, *, whole: bool) -> None:
        """What came is compared with what usually comes; not of a crawl in several parts, nor where nothing was ever
        recorded. Of one that did not come to its end (``whole``), only that nothing came. Raises StateError."""
        if not self.options.record or site.store.frozen or self._crawler.settings.get("JOBDIR"):
            return
        if not site.store.templates(site.site):
            return
        stats = self._crawler.stats.get_stats() if self._crawler.stats else {}
        if not stats.get("item_scraped_count") and (items := brought(site.store, site.site, self._asked)):
            self._set("items_before", items)
        if not (whole and self.options.least_share):
            return
        usual = not stats.get("evergreen/recalled") and not trouble(stats)
        wanting = {drift.template for drift in site.store.drifts.pending(site.site)} | named(
            stats, "missing_next"
        ).keys()
        share, gave = self.options.least_share, site.gave(but=wanting)
        counts, lists = counted(stats), site.brought()
        more, kept = judge_growth(site.store, site.site, self._asked, site.grown(), share)
        # What may be other things is no measure.
        judged = partial(judge, usual=usual and not more, gave=gave, lists=lists, beside=kept)
        fewer = judged(site.store, site.site, self._asked, counts, share)
        for what, found in (("fewer", fewer), ("more", more)):
            for one in found:
                self._set(f"{what}/{one.what}", one.share)
            if found:
                logger.warning("%s: far %s than usual: %s", site.site, what, "; ".join(map(str, found)))

    def _counted(self, name: str) -> int:
        return int(self._crawler.stats.get_value(name, 0)) if self._crawler.stats else 0

    def _count(self, name: str, count: int = 1) -> None:
        if self._crawler.stats is not None:
            self._crawler.stats.inc_value(f"evergreen/{name}", count)

    def _set(self, name: str, value: float | str) -> None:
        if self._crawler.stats is not None:
            self._crawler.stats.set_value(f"evergreen/{name}", value)


def _has_begun(job: str | None) -> bool:
    """Whether a crawl goes on that was begun in this folder before."""
    seen = Path(job) / "requests.seen" if job else None
    return seen is not None and seen.exists() and seen.stat().st_size > 0


def _hours_since(moment: datetime) -> float:
    return round((datetime.now(UTC) - moment).total_seconds() / 3600, 2)
