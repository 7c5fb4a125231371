"""What pages gave before and do not give in this crawl, though it should still be there.

A link that only some pages have (to the next page) is no failure where it is absent: the last page has none. But
where the page had it before, what it led to is asked for by memory, once nothing else is left to fetch. If that shows
what the crawl would have missed, the link is lost: the page counts as drift, and what was found is not missed.

At the end of a crawl its pages are judged together: a site of three pages never gives as many trials as a sequential
test wants.
"""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from urllib.parse import urljoin

from crawler.live import Count, Live, LiveSite
from crawler.reading import Reading
from crawler.remembered import Visits
from crawler.templates import Part, Template
from learner.extractor import Extraction

logger = logging.getLogger(__name__)

_KEPT: Final = 100
"""Pages of which it is kept which fields they lacked, per template and field."""
_BROKEN: Final = 0.25
"""Share of the pages that were read before and give next to nothing now, from which on a crawl proves drift."""
_ALWAYS: Final = 2
"""Pages without a field that all should have, at least half of all, that prove the same of it."""
_SOME: Final = 10
"""Pages that had a field which only some have, where none has it any more: discounts end together."""


@dataclass(frozen=True, slots=True)
class _Link:
    """A link that a page gave before: which part of its template told it, where it led, and when the page came
    without it."""

    part: str
    name: str
    target: str
    urls: tuple[str, ...]
    fetched_at: datetime


@dataclass(slots=True)
class _Seen:
    """Pages of a part in this crawl, read by these versions: which of them were ``broken`` (half of what all pages have
    is absent), how often each field was given, which pages were without it, and on how many it is lost."""

    versions: list[int]
    pages: int = 0
    broken: list[str] = field(default_factory=list)
    given: Counter[str] = field(default_factory=Counter)
    without: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    lost: Counter[str] = field(default_factory=Counter)


class Losses:
    """Of one crawl of a spider with these ``templates``; ``limit``: of so many pages it is known what they gave."""

    def __init__(self, site: LiveSite, templates: Mapping[str, Template], count: Count, limit: int) -> None:
        self._site = site
        self._count = count
        self._visits = Visits(site, frozenset(link for spec in templates.values() for link in spec.follow), limit)
        self._seen: dict[str, _Seen] = {}
        self._shown: set[int] = set()
        self._linked: set[int] = set()
        self._missing: list[_Link] = []
        self._recalled: set[str] = set()
        self._news: set[str] = set()
        self._said: set[tuple[str, str]] = set()

    def observe(self, live: Live, part: Part, spec: Template, extraction: Extraction, page: Reading) -> frozenset[str]:
        """Take note of what a page gives; the links that it had before, if it is a page of its template."""
        seen = self._of(part.name, live)
        seen.pages += 1
        if 2 * len(live.expected & extraction.abstained.keys()) >= len(live.expected) > 0 and len(seen.broken) < _KEPT:
            seen.broken.append(page.url)
        for name in live.fields:
            if name in extraction.confidence:
                seen.given[name] += 1
            elif len(seen.without[name]) < _KEPT:
                seen.without[name].append(page.url)
        if extraction.failed:
            # All that is known of the site is asked for then.
            return frozenset()
        missing = []
        for name in (link for link in part.fields if link in spec.follow and link in extraction.abstained):
            links = self._visits.links(part.name, page.url, name)
            if links:
                urls = tuple(urljoin(page.url, link) for link in links)
                missing.append(_Link(part.name, name, spec.follow[name], urls, page.fetched_at))
        self._missing += missing
        return frozenset(link.name for link in missing)

    def shows(self, page: Reading, spec: Template, asked: str = "") -> bool:
        """Take note of what a page shows, and where it leads; whether it shows anything new. ``asked`` is the URL that
        was asked for, if another."""
        links = [urljoin(page.url, link) for name in spec.follow for link in _texts(page.item.get(name))]
        self._linked.update(map(hash, links))
        shown = {hash(mark) for mark in (_marks(page, spec) if spec.fields else links)}
        news = bool(shown - self._shown)
        if news:
            self._news.update({asked or page.url} & self._recalled)
        self._shown |= shown
        return news

    def recall(self, url: str) -> None:
        """The URL is asked for by memory."""
        self._recalled.add(url)

    def by_memory(self) -> Iterator[tuple[str, str]]:
        """URLs to which missing links led before, and nothing leads now, with their templates; each once."""
        for link in self._missing:
            for url in link.urls:
                if url not in self._recalled and hash(url) not in self._linked:
                    self.recall(url)
                    yield url, link.target

    def conclude(self) -> None:
        """Raise what the pages of the crawl together prove."""
        missing, self._missing = self._missing, []
        for link in missing:
            if any(url in self._news and hash(url) not in self._linked for url in link.urls):
                self._lose(link)
            else:
                self._missing.append(link)
        for part, seen in self._seen.items():
            live = self._site.get(part)
            if live is None or live.ids != seen.versions or live.detector.raised is not None:
                continue
            if seen.broken and self._had(part, seen.broken, live.expected) >= _BROKEN * seen.pages:
                self._site.conclude(part, live)
                continue
            lost = [n for n in sorted(live.fields) if self._is_lost(part, seen, n, always=n in live.expected)]
            if lost:
                self._site.conclude(part, live, *lost)

    # Inside

    def _of(self, part: str, live: Live) -> _Seen:
        if part not in self._seen or self._seen[part].versions != live.ids:
            self._seen[part] = _Seen(live.ids)
        return self._seen[part]

    def _lose(self, link: _Link) -> None:
        self._seen[link.part].lost[link.name] += 1
        self._count(f"lost_links/{link.part}/{link.name}")
        if (link.part, link.name) not in self._said:
            self._said.add((link.part, link.name))
            logger.warning(
                "%s: pages of template %s no longer show the link %s that they had before. What it led to is there, "
                "and is asked for by memory; new pages behind it are not found.",
                self._site.site,
                link.part,
                link.name,
            )
        live = self._site.get(link.part)
        if live is not None:
            self._site.lose(link.part, live, link.name, link.fetched_at)

    def _is_lost(self, part: str, seen: _Seen, name: str, *, always: bool) -> bool:
        """Whether a field is lost on half of the pages that should have it, or more."""
        given, absent = seen.given[name], seen.without[name]
        if seen.lost[name]:
            return seen.lost[name] >= given
        least = max(_ALWAYS, given) if always else _SOME
        if len(absent) < least or (given and not always):
            return False
        return self._had(part, absent, [name]) >= least

    def _had(self, part: str, urls: Iterable[str], names: Collection[str]) -> int:
        """How many of the pages had one of the fields before."""
        return sum(any(self._visits.gave(part, url, name) for name in names) for url in urls)


def _marks(page: Reading, spec: Template) -> Iterator[str]:
    """By what a page is told to show an item that no other has shown."""
    for item in page.items if spec.many else [page.item]:
        key = item.get(spec.key) if spec.key else None
        told = [(name, item[name]) for name in spec.fields if name in item]
        if told:
            yield repr((page.template, told if key is None else key))


def _texts(value: object) -> list[str]:
    return [value] if isinstance(value, str) else [str(one) for one in value] if isinstance(value, list) else []
