"""How much a crawl brought, against what the crawls before it brought.

What no page tells shows in the numbers: a list whose links lead nowhere, a start page that has moved. The figures of
each crawl that came to its end are kept, and compared with the median of those that were asked for the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from types import MappingProxyType
from typing import Any, Final

from scrapy import Spider

from crawler.reading.presence import CRAWLED
from crawler.verdict import FEWEST
from learner.state.store import Store

LEAST: Final = 3
"""Crawls before, from which on it is known what is usual."""
LAST: Final = 9
LOOKED_AT: Final = 100
_ITEMS: Final = "items"
_PAGES: Final = "pages/"
LISTED: Final = "items/"


@dataclass(frozen=True, slots=True)
class Unusual:
    """``what`` came ``count`` times, and ``usual`` is so many: items, pages/TEMPLATE, or, of the known pages of a
    template that hold lists, items/TEMPLATE."""

    what: str
    count: int
    usual: float

    @property
    def share(self) -> float:
        """Of what is usual: 0 to 1 of what came fewer times, more than 1 of what came more."""
        return round(self.count / self.usual, 4)

    def concerns(self, template: str) -> bool:
        """Whether it is of the template's pages, or of the site's items."""
        return self.what in (_ITEMS, f"{_PAGES}{template}", f"{LISTED}{template}")

    def __str__(self) -> str:
        what = self.what.replace(LISTED, "items of known pages of ").replace(_PAGES, "pages of ")
        usual = self.usual if isinstance(self.usual, int) else f"{self.usual:g}"
        return f"{self.count} {what}, usually {usual}"


def asked_for(spider: Spider) -> str:
    """A name for what the spider was asked for: its arguments and where it begins. Crawls of other names are not
    compared."""
    told = {n: v for n, v in vars(spider).items() if isinstance(v, str) and not n.startswith("_") and n != "mode"}
    asked = repr((sorted(told.items()), sorted(getattr(spider, "start_urls", ()))))
    return hashlib.sha256(asked.encode()).hexdigest()[:16]


def counted(stats: Mapping[str, Any]) -> dict[str, int]:
    """The figures of a crawl that are compared, without what it fetched nothing of."""
    pages = {name.removeprefix("evergreen/"): count for name, count in stats.items() if _counts_pages(name)}
    items = stats.get("item_scraped_count", 0) - stats.get("evergreen/earlier_items", 0)
    return {_ITEMS: max(0, items), **pages}


def judge(
    store: Store,
    site: str,
    asked: str,
    counts: Mapping[str, int],
    least_share: float,
    *,
    usual: bool = True,
    gave: Mapping[str, Any] = MappingProxyType({}),
    lists: Mapping[str, tuple[int, int, int]] = MappingProxyType({}),
    beside: Mapping[str, Any] = MappingProxyType({}),
) -> list[Unusual]:
    """What came far fewer times than usual (``least_share`` of it, 0..1), and fewer than in any crawl that was not
    found wanting itself. The crawl is kept for those to come, with what it ``gave``; one that was not ``usual``, for it
    failed, or asked for known pages because links were lost, is a measure for them only where others are too few. One
    without an item is none where others have some: a site that is down for days has not become smaller. What was known
    of the very pages that came tells from the second crawl on: ``lists`` is, by template, on how many of them there
    are fewer items, how many came, and how many were known; ``beside`` is kept, too. Raises StateError."""
    events = store.events.newest(site, "", CRAWLED, limit=LOOKED_AT)
    same = [event.detail for event in events if event.detail.get("asked") == asked]
    same = [detail for detail in same if detail["counts"].get(_ITEMS)] or same
    before = [detail for detail in same if detail.get("usual", True)]
    if len(before) < LEAST:
        before = [detail for detail in same if detail.get("usual", True) or detail["counts"].get(_ITEMS)]
    before = before[:LAST]
    fewer = _fewer(before, counts, least_share) if len(before) >= LEAST else []
    fewer += _fewer_listed(same[:LAST], lists, least_share)
    told = {"asked": asked, "counts": dict(counts), "usual": usual, "fewer": [asdict(one) for one in fewer]}
    told |= {"gave": dict(gave)} if gave else {}
    told |= beside
    store.events.add(site, "", CRAWLED, told)
    return fewer


def brought(store: Store, site: str, asked: str) -> int:
    """The items of the newest crawl that was asked for the same and brought any; 0 if none did. Raises StateError."""
    for event in store.events.newest(site, "", CRAWLED, limit=LOOKED_AT):
        if event.detail.get("asked") == asked and event.detail["counts"].get(_ITEMS):
            return int(event.detail["counts"][_ITEMS])
    return 0


def last_judged(store: Store, site: str, which: str = "fewer") -> list[Unusual]:
    """What the last crawl of the site brought far fewer times than usual, or ``more`` since a heal."""
    for event in store.events.newest(site, "", CRAWLED, limit=1):
        return [Unusual(**one) for one in event.detail.get(which, ())]
    return []


def _fewer(before: Sequence[Mapping[str, Any]], counts: Mapping[str, int], least_share: float) -> list[Unusual]:
    found = []
    for what in sorted({name for crawl in before for name in crawl["counts"]}):
        numbers = [crawl["counts"].get(what, 0) for crawl in before]
        usual, count = median(numbers), counts.get(what, 0)
        good = [number for number, crawl in zip(numbers, before, strict=True) if not crawl["fewer"]]
        if count < least_share * usual and all(count < number for number in good):
            found.append(Unusual(what, count, usual))
    return found


def _fewer_listed(
    before: Sequence[Mapping[str, Any]], lists: Mapping[str, tuple[int, int, int]], least_share: float
) -> list[Unusual]:
    """The known lists that give far fewer items. What a crawl that was found wanting has read is known of its pages
    since; those after it are held against what was known then, until so few are usual. Nor is what one has read that
    brought far more (see ``crawler.growth``) what its pages have."""
    found = []
    for template, (pages, came, known) in sorted(lists.items()):
        what = f"{LISTED}{template}"
        told = [one["usual"] for crawl in before for one in crawl["fewer"] if one["what"] == what]
        goes_on = bool(told) and len(told) < LAST and any(one["what"] == what for one in before[0]["fewer"])
        too_many = [one["usual"] for crawl in before for one in crawl.get("more", ()) if one["what"] == what]
        usual = min([max([known, *told]) if goes_on else known, *too_many])
        if (pages >= FEWEST or goes_on) and came < least_share * usual:
            found.append(Unusual(what, came, usual))
    return found


def _counts_pages(name: str) -> bool:
    return name.startswith(f"evergreen/{_PAGES}")
