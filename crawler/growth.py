"""Far more items of known lists than usual, from the heal on that reads their pages: it may read other things, too.

A site that grows is no trouble. But a block of tomorrow's rows that is made like today's, and was another one before
the redesign, is taken for more of the same: the number alone shows it. It is asked while the versions in charge are
news.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from crawler.reading.presence import CRAWLED
from crawler.verdict import FEWEST
from crawler.volume import LAST, LISTED, LOOKED_AT, Unusual
from learner.state.store import Store


@dataclass(frozen=True, slots=True)
class Grown:
    """Of the known lists of a template that came: how many ``pages``, of which ``more`` give more items than were known
    of them, how many items ``came`` of all, and were ``known``; and the versions in charge that were ``healed``."""

    pages: int
    more: int
    came: int
    known: int
    healed: frozenset[int] = frozenset()


def judge(
    store: Store, site: str, asked: str, lists: Mapping[str, Grown], least_share: float
) -> tuple[list[Unusual], dict[str, Any]]:
    """What came far more times than usual, by as much more as what is below the ``least_share`` is less; and what is
    kept of it for the crawls to come, that were ``asked`` for the same. Raises StateError."""
    events = store.events.newest(site, "", CRAWLED, limit=LOOKED_AT)
    before = [event.detail for event in events if event.detail.get("asked") == asked][:LAST]
    found = [Unusual(f"{LISTED}{name}", one.came, _usual(before, name, one)) for name, one in sorted(lists.items())]
    goes_on = {one["what"] for crawl in before[:1] for one in crawl.get("more", ())}
    more = [one for one in found if _is_more(one, lists[one.what.removeprefix(LISTED)], least_share, goes_on)]
    figures = {name: {"came": one.came, "healed": sorted(one.healed)} for name, one in lists.items()}
    kept = {"more": [asdict(one) for one in more], "lists": figures}
    return [one for one in more if _in_a_row(before, one.what) < LAST], kept


def _is_more(one: Unusual, lists: Grown, least_share: float, goes_on: Collection[str]) -> bool:
    # Of a site with one or two lists all of them show it. On the days after they give as many as they did.
    if lists.more < min(FEWEST, lists.pages) and one.what not in goes_on:
        return False
    return one.usual > 0 and one.count >= max(one.usual + FEWEST, (2 - least_share) * one.usual)


def _usual(before: Sequence[Mapping[str, Any]], template: str, lists: Grown) -> int:
    """How many items of the known lists are usual where versions answer that are news; 0 where none is. What a crawl
    with far more has read is known of its pages since: those after it are held against what was usual then."""
    what = f"{LISTED}{template}"
    told = {one["what"]: one["usual"] for crawl in before[:1] for one in crawl.get("more", ())}
    sound = [
        crawl["lists"][template]
        for crawl in before
        if crawl.get("lists", {}).get(template, {}).get("came")  # else no version has read anything yet
        and all(one["what"] != what for one in (*crawl.get("more", ()), *crawl["fewer"]))
    ]
    if lists.healed <= {version for one in sound for version in one["healed"]}:
        return 0
    return int(told[what]) if what in told else max([lists.known, *(one["came"] for one in sound)])


def _in_a_row(before: Sequence[Mapping[str, Any]], what: str) -> int:
    """How many of the last crawls told it."""
    told = [any(one["what"] == what for one in crawl.get("more", ())) for crawl in before]
    return next((number for number, one in enumerate(told) if not one), len(told))
