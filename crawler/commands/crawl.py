"""``scrapy crawl NAME``: Scrapy's own command, with an exit code that a scheduler can trust."""

from __future__ import annotations

import argparse
import logging
from collections.abc import Mapping
from shlex import quote
from typing import Any

from scrapy.commands.crawl import Command as CrawlCommand
from scrapy.crawler import Crawler

from crawler.command import Helped, description, guarded, say
from crawler.extension import TELLS
from crawler.options import Options
from crawler.outputs.feeds import check_feeds
from crawler.outputs.webhook import OF_CRAWLS, WAS_TOLD, ask_of_crawl
from crawler.reading.teaching import nothing_learned
from crawler.spider import EvergreenSpider
from crawler.templates import Part
from crawler.verdict import FAILED, named, verdict
from learner.errors import StateUnwritable, UnknownName
from learner.state.store import Store

_TELLS_DOWNLOAD_ERRORS = ("scrapy.core.scraper", "scrapy.downloadermiddlewares.robotstxt")


class Command(Helped, CrawlCommand):
    def long_desc(self) -> str:
        return description(self.short_desc(), "scrapy crawl shop -O shop.jsonl --nolog")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        self.exitcode = guarded(lambda: self._work(args, opts))

    def _work(self, args: list[str], opts: argparse.Namespace) -> int:
        if len(args) != 1 or args[0].startswith("-"):
            raise UnknownName(
                f"One spider is wanted, not {' '.join(args) or 'none'}.", hint="scrapy list, then scrapy crawl NAME"
            )
        self.check_first(args[0])
        assert self.crawler_process is not None
        # Newer Scrapy has a method that also warns of feeds which nothing exports.
        create = getattr(self, "_create_crawler", self.crawler_process.create_crawler)
        crawler: Crawler = create(args[0])
        Options.read(crawler.settings)  # what is wrong there is told before anything begins
        check_feeds(crawler.settings)
        if issubclass(crawler.spidercls, EvergreenSpider):
            self._check(crawler, opts.spargs)
        TELLS.add(crawler)
        for name in _TELLS_DOWNLOAD_ERRORS:
            logging.getLogger(name).addFilter(_in_a_line)
        self.crawler_process.crawl(crawler, **opts.spargs)
        self.crawler_process.start()
        if self.crawler_process.bootstrap_failed:
            return FAILED
        self._tell(crawler)
        return verdict(crawler, say)

    def _tell(self, crawler: Crawler) -> None:
        """Tell the hook what of the crawl itself somebody should look at."""
        options, site = Options.read(crawler.settings), crawler.spidercls.name
        stats = crawler.stats.get_stats() if crawler.stats else {}
        told = {what: figures for what in OF_CRAWLS if (figures := named(stats, what))}
        if not told or options.webhook is None:
            return
        with Store.open(options.state, options.database) as store:
            answer = ask_of_crawl(store, site, told, options.webhook)
        if answer not in ("", WAS_TOLD):
            say(f"{site}: EVERGREEN_WEBHOOK could not be told: {answer}")

    def _check(self, crawler: Crawler, arguments: Mapping[str, Any]) -> None:
        """Whatever can be known to be wrong before the first request. Raises EvergreenError."""
        assert issubclass(crawler.spidercls, EvergreenSpider)
        options = Options.read(crawler.settings)
        spider = crawler.spidercls(**crawler.spidercls.prepared(crawler.settings, arguments))
        by_hand = {name: spider.teacher(name) is not None for name in spider.pages}
        needed = {
            name: spec
            for name, spec in spider.pages.items()
            if not by_hand[name] or (spider.mode == "learned" and not spec.fixed)
        }
        try:
            with Store.open(options.state, options.database) as store:
                for name, spec in needed.items():
                    for part in spec.parts(name):
                        asked = by_hand[name] and spider.mode != "learned"
                        _check_learned(store, spider.name, part, taught=asked)
        except StateUnwritable:
            # The hand-written selectors can answer: the extension will tell that nothing is recorded.
            if needed:
                raise


def _check_learned(store: Store, site: str, part: Part, *, taught: bool) -> None:
    """Raises UnknownName if a part has not been learned. Of its fields those are told that items will lack."""
    live = store.versions.all_live(site, part.name)
    if not live:
        raise nothing_learned(site, part.name)
    learned = {name for version in live for name in version.load().fields}
    unlearned = [] if taught else [name for name in part.fields if name not in learned]
    if unlearned:
        url = _lacking(store, site, part.name, unlearned[0])
        say(
            f"{site}/{part.name}: nothing has been learned of {', '.join(unlearned)}, and no item will have it.\n"
            f"Next: scrapy teach {quote(url or 'URL')} {unlearned[0]}=VALUE --spider {site} --template {part.name}, "
            f"with {'this page or another' if url else 'the URL of a page'} that shows it"
        )


def _lacking(store: Store, site: str, template: str, name: str) -> str:
    """The newest page of which the field is not known, and that nobody has shown; empty if there is none."""
    shown = {one.url for one in store.examples.best(site, template, source="person")}
    known = store.examples.known(site, template)
    return next((one.url for one in known if one.url not in shown and name not in (one.item or {})), "")


def _in_a_line(record: logging.LogRecord) -> bool:
    """A server that does not answer is no bug: its error needs no traceback."""
    if record.exc_info and str(record.msg).startswith("Error downloading"):
        told, reason = record.getMessage(), str(record.exc_info[1])
        record.msg, record.args = told if reason in told else f"{told}: {reason}", ()
        record.exc_info = record.exc_text = None
    return True
