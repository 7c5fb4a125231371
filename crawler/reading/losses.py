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
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from urllib.parse import urljoin

from crawler.reading.live import Count, Live, LiveSite
from crawler.reading.remembered import Visits

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
    without it, read by these versions."""

    versions: list[int]
    part: str
    name: str
    target: str
    urls: tuple[str, ...]
    fetched_at: datetime


@dataclass(slots=True)
class _Seen:
    """Pages of a part in this crawl, read by these versions: which of them were ``broken`` (half of what all pages have
    is absent), with what they lack of it; how often each field was given, which pages were without it, and on how many
    it is lost."""

    versions: list[int]
    pages: int = 0
    broken: dict[str, frozenset[str]] = field(default_factory=dict)
    given: Counter[str] = field(default_factory=Counter)
    without: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    lost: Counter[str] = field(default_factory=Counter)


class Losses:
    """Of one crawl. ``links``: names of fields that hold links; ``limit``: of so many pages it is known what they gave.
    A part is what one version answers: a template, or the links of one."""

    def __init__(self, site: LiveSite, links: Collection[str], count: Count, limit: int) -> None:
        self._site = site
        self._count = count
        self._visits = Visits(site, links, limit)
        self._seen: dict[str, _Seen] = {}
        self._shown: set[int] = set()
        self._linked: set[int] = set()
        self._missing: list[_Link] = []
        self._recalled: dict[str, str] = {}
        self._news: set[str] = set()
        self._said: set[tuple[str, str]] = set()
        self._lost: list[_Link] = []

    def observe(self, live: Live, part: str, absent: Collection[str], url: str) -> None:
        """Take note of a page of a part, and of the fields that are absent there."""
        if part not in self._seen or self._seen[part].versions != live.ids:
            self._seen[part] = _Seen(live.ids)
        seen = self._seen[part]
        seen.pages += 1
        lacking = live.expected.intersection(absent)
        if 2 * len(lacking) >= len(live.expected) > 0 and len(seen.broken) < _KEPT:
            seen.broken[url] = lacking
        for name in live.fields:
            if name not in absent:
                seen.given[name] += 1
            elif len(seen.without[name]) < _KEPT:
                seen.without[name].append(url)

    def led_to(self, part: str, url: str, name: str) -> list[str]:
        """Where the links of a page led that it had on one of its last visits."""
        return [urljoin(url, link) for link in self._visits.links(part, url, name)]

    def gave(self, part: str, url: str, name: str) -> bool:
        """Whether a page had the field on one of its last visits."""
        return self._visits.gave(part, url, name)

    def miss(self, part: str, name: str, target: str, urls: Sequence[str], fetched_at: datetime) -> None:
        """A page, fetched then, is without a link that led to these URLs before; ``target`` is their template."""
        self._missing.append(_Link(self._versions(part), part, name, target, tuple(urls), fetched_at))

    def shows(self, url: str, marks: Iterable[str], links: Iterable[str], asked: str = "") -> bool:
        """Take note of what a page shows that has this URL, or was ``asked`` for by another, and where it leads;
        whether any of its ``marks`` is new. By them it is told what it shows."""
        self._linked.update(map(hash, links))
        shown = set(map(hash, marks))
        news = not shown <= self._shown
        if asked in self._recalled:
            self._recalled.setdefault(url, self._recalled[asked])
        if news and url in self._recalled:
            self._news.add(self._recalled[url])
        self._shown |= shown
        return news

    def lead(self, urls: Iterable[str]) -> None:
        """Take note of links that learned code follows."""
        self._linked.update(map(hash, urls))

    def not_healed(self) -> Counter[str]:
        """On how many pages links are lost that they had before, by their part and name, where no version that answers
        now is newer than that."""
        return Counter(f"{one.part}/{one.name}" for one in self._lost if one.versions == self._versions(one.part))

    def linked(self, url: str) -> bool:
        """Whether a page of the crawl leads to the URL."""
        return hash(url) in self._linked

    def recall(self, url: str, known: str = "") -> None:
        """The URL is asked for by memory; ``known`` is the one by which it was known, if it has moved since."""
        self._recalled |= dict.fromkeys((url, known or url), known or url)

    def by_memory(self) -> Iterator[tuple[str, str]]:
        """URLs to which missing links led before, and nothing leads now, with their templates; each once."""
        for link in self._missing:
            for url in link.urls:
                if url not in self._recalled and hash(url) not in self._linked:
                    self.recall(url)
                    yield url, link.target

    def conclude(self) -> None:
        """Raise what the pages of the crawl together prove."""
        # What is learned anew in the course of the crawl has its own say.
        missing, self._missing = [link for link in self._missing if link.versions == self._versions(link.part)], []
        for link in missing:
            if any(url in self._news and hash(url) not in self._linked for url in link.urls):
                self._lose(link)
            else:
                self._missing.append(link)
        for part, seen in self._seen.items():
            live = self._site.get(part)
            if live is None or live.ids != seen.versions or live.detector.raised is not None:
                continue
            had = sum(self._had(part, [url], lacking) for url, lacking in seen.broken.items())
            if seen.broken and had >= _BROKEN * seen.pages:
                self._site.conclude(part, live)
                continue
            lost = [n for n in sorted(live.fields) if self._is_lost(part, seen, n, always=n in live.expected)]
            if lost:
                self._site.conclude(part, live, *lost)

    # Inside

    def _lose(self, link: _Link) -> None:
        live = self._site.get(link.part)
        learned = live is not None and link.name in live.fields
        self._lost.append(link)
        if link.part in self._seen:
            self._seen[link.part].lost[link.name] += 1
        self._count(f"lost_links/{link.part}/{link.name}")
        if (link.part, link.name) not in self._said:
            self._said.add((link.part, link.name))
            logger.warning(
                "%s: pages of template %s no longer show the link %s that they had before. What it led to is there, "
                "and is asked for by memory; new pages behind it are not found%s.",
                self._site.site,
                link.part,
                link.name,
                " until that is healed" if learned else "",
            )
        if live is not None and learned:
            self._site.lose(link.part, live, link.name, link.fetched_at)
        else:
            self._count("lost_links_not_learned")

    def _versions(self, part: str) -> list[int]:
        live = self._site.get(part)
        return [] if live is None else live.ids

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
