"""What items of a crawl lack, held against what examples and crawls before had: by chance, or lost.

Of a field that pages always have some pages may be without by chance: examples tell how many, and earlier crawls that
were asked for the same. Where something was found and not given, chance is no excuse. A field that only some pages have
fails on no page. That it is on none of so many any more, or on far fewer, is seen in the crawl as a whole.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import takewhile
from typing import TYPE_CHECKING, Any, Final

from crawler.reading.withheld import Withheld, field_of, may_say, sayings
from crawler.verdict import FEWEST, SHARE
from learner.drift.drift import pooled
from learner.programs.doubts import UNLIKELY, chance
from learner.programs.examples import records_of
from learner.state.records import VISITS
from learner.state.store import Store

if TYPE_CHECKING:
    from crawler.reading.live import Live

CRAWLED: Final = "crawled"
"""Event: a crawl came to its end."""
MANY: Final = 20
"""Pages of a crawl from which on it tells how many have a field that only some have. Of lists, of which each page has
many records, far fewer do."""
_TOGETHER: Final = 0.05
"""Chance below which so many pages are no accident where they lack a field with most of the others."""
_POOR: Final = 0.01
"""Chance below which as many pages of another design have nothing of a field by no accident, if the heal that reads
them found little of it."""
_STRAYS: Final = 0.05
"""Share of the records before a heal that may lack a field which all have."""
_LAST: Final = 9
_LOOKED_AT: Final = 100
_MOST: Final = 500
"""Pages beyond which more tell nothing: they are not by chance alike."""


class Presence:
    """Of one crawl. ``asked`` names what it was asked for, ``withheld`` is what its items have and lack."""

    def __init__(self, store: Store, site: str, asked: str, withheld: Withheld) -> None:
        self._store = store
        self._site = site
        self._asked = asked
        self._withheld = withheld
        self._crawls: list[Mapping[str, Any]] | None = None
        self._thin: dict[str, frozenset[str]] = {}

    def missing(self, template: str, live: Live, lacked: Callable[[str, str, str], bool]) -> dict[str, int]:
        """The fields that pages of the template always have, and that items lack on a tenth of them or more, by no
        chance; on how many. Pages (template, URL) that ``lacked`` a field before, as they do now, do not count. Raises
        StateError."""
        pages = self._withheld.pages(template)
        always = frozenset(name for one in live.versions for name in one.extractor.expected) - live.lost
        least, told, bare = max(FEWEST, SHARE * pages), {}, self._withheld.bare(template, always)
        for name, (count, found) in sorted(self._withheld.lacking(template).items()):
            if name not in always or count < least:
                continue
            count -= sum(lacked(template, url, name) for url in self._withheld.without(template, name))
            if count >= least:
                before = [(crawl["pages"], crawl["lacking"].get(name, 0)) for crawl in self._before(template, name)]
                known = len(_whole(live)) + sum(of for of, _ in before)
                lacking = sum(without for _, without in before)
                likely = _TOGETHER if bare[name] >= least else UNLIKELY
                if found >= least or _chance(count, pages, lacking, known) < likely:
                    told[name] = count
        return told

    def fallen(self, template: str, live: Live) -> list[str]:
        """The fields that only some pages of the template have, or records of its lists, and in this crawl none, or far
        fewer than in any crawl before. Raises StateError."""
        pages, had = self._withheld.pages(template), self._withheld.had(template)
        if pages < _least(live) or had.total() == 0:
            return []
        always = live.always if live.is_list else live.expected
        some = {*(live.fields - always - self._withheld.links), *_sayings(live)}
        fallen = {field_of(one) for one in some if self._has_fallen(template, live, one, pages, had[one])}
        return sorted(fallen - live.lost)

    def rarer(self, template: str, live: Live) -> tuple[dict[str, int], str]:
        """The fields that pages of another design than the spider's have less than half as often as the others, by no
        chance, and did not before; on how many items lack them, and one of these pages. While a site has both designs,
        all pages together do not show it."""
        own, others = self._withheld.of_designs(template)
        if len(others) < FEWEST:
            return {}, ""
        facts = live.told()
        before = [facts[url].item or {} for url in others if url in facts and not facts[url].items]
        examples, poor, told = _whole(live), _poor(live), {}
        for name in sorted(live.fields - live.lost - self._withheld.links):
            lacking = sum(name not in names for names in others.values())
            least = _POOR if lacking == len(others) and name in poor else UNLIKELY
            known = (own, [*own, *examples])
            if all(_is_rarer(name, others.values(), one, least) for one in known) and not _is_rarer(name, before, own):
                told[name] = lacking
        return told, next(reversed(others))

    def thinned(self, template: str, live: Live) -> dict[str, int]:
        """The fields that all records of the template's lists had before a heal, and a tenth of them or more lack
        since, by no chance; how many lack them. Pages do not show it: on each some records still have the field. After
        as many crawls as visits after which a page is taken at its word it is no longer told. Raises StateError."""
        of, lacking = self._withheld.records(template)
        healed, least = live.healed, max(FEWEST, SHARE * of)
        names = {name for name in live.fields - live.lost - self._withheld.links if lacking[name] >= least}
        if not (live.is_list and healed and names):
            return {}
        crawls = [one["records"] for one in self._told_before(template) if "records" in one][:_LAST]
        facts = [record for fact in live.told().values() for record in fact.items or ()]
        thin = {name for name in names if _is_thinner(name, lacking[name], of, healed, crawls, facts)}
        self._thin[template] = frozenset(thin)
        return {name: lacking[name] for name in sorted(thin) if _in_a_row(name, crawls) < VISITS}

    def told(self, lives: Mapping[str, Live], but: Collection[str]) -> dict[str, Any]:
        """What crawls to come are to know of this one, of all templates ``but`` those that something is the matter
        with; of these, too, what was found of the records of their lists."""
        told: dict[str, Any] = {}
        for template, live in lives.items():
            sound = template not in but
            of, lacking = self._withheld.records(template)
            if sound and self._withheld.pages(template):
                had = self._withheld.had(template)
                told[template] = {
                    "pages": self._withheld.pages(template),
                    "had": {name: had[name] for name in sorted({*live.fields, *_sayings(live)})},
                    "lacking": {name: count for name, (count, _) in self._withheld.lacking(template).items()},
                }
            if of:
                told.setdefault(template, {})["records"] = {
                    "of": of,
                    "lacking": {name: lacking[name] for name in sorted(live.fields - self._withheld.links)},
                    "healed": sorted(live.healed),
                    "thin": sorted(self._thin.get(template, ())),
                    "sound": sound,
                }
        return told

    def _has_fallen(self, template: str, live: Live, name: str, pages: int, had: int) -> bool:
        crawls = [
            (one["pages"], one["had"][name]) for one in self._before(template, name) if one["pages"] >= _least(live)
        ]
        if not crawls or 2 * had >= pages * min(having / of for of, having in crawls):
            return False
        examples = _whole(live)
        known = (len(examples), sum(name in example for example in examples))
        together = tuple(map(sum, zip(known, *crawls, strict=True)))
        # Each crawl by itself, too: what varies from one to the other is no chance of single pages.
        return all(_chance(pages - had, pages, of - having, of) < UNLIKELY for of, having in (together, *crawls))

    def _before(self, template: str, name: str) -> list[Mapping[str, Any]]:
        """What the crawls before told of the template, those that asked for the field: the newest first."""
        return [one for one in self._told_before(template) if name in one.get("had", ())][:_LAST]

    def _told_before(self, template: str) -> Iterator[Mapping[str, Any]]:
        """The same whatever they asked for."""
        if self._crawls is None:
            events = self._store.events.newest(self._site, "", CRAWLED, limit=_LOOKED_AT)
            self._crawls = [event.detail for event in events if event.detail.get("asked") == self._asked]
        told = (crawl.get("gave", {}).get(template) for crawl in self._crawls)
        return (one for one in told if one)


def _least(live: Live) -> int:
    """Pages of a crawl from which on it tells how many have a field that only some have, if no chance speaks against
    it."""
    return FEWEST if live.is_list else MANY


def _whole(live: Live) -> list[Collection[str]]:
    """The fields of each example that tells all that its page has, and what it says of yes and no."""
    examples = pooled([one.extractor for one in live.versions])
    return [
        {*example.values, *(said for record in records_of([example]) for said in sayings(record))}
        for example in examples
        if example.is_whole(live.fields)
    ]


def _in_a_row(name: str, crawls: Sequence[Mapping[str, Any]]) -> int:
    """How many of the last crawls have found that records lack the field since a heal."""
    return sum(1 for _ in takewhile(lambda crawl: name in crawl["thin"], crawls))


def _is_thinner(
    name: str,
    lacking: int,
    of: int,
    healed: Collection[int],
    crawls: Sequence[Mapping[str, Any]],
    shown: Sequence[Collection[str]],
) -> bool:
    """Whether more records lack a field than chance makes of those of crawls before, and nearly all had it in crawls
    that knew nothing of one of the ``healed`` versions, and in what was ``shown`` or said by the spider. Where all
    crawls know of the heal nobody asks any more."""
    sound = [one for one in crawls if one["sound"] and name in one["lacking"] and name not in one["thin"]]
    before = [(one["of"], one["lacking"][name]) for one in sound if not set(healed) <= set(one["healed"])]
    since = [(one["of"], one["lacking"][name]) for one in sound if set(healed) <= set(one["healed"])]
    if since and not before:
        return False
    known = (len(shown), sum(name not in record for record in shown))
    together = (sum(n for n, _ in (known, *before)), sum(without for _, without in (known, *before)))
    if not together[0] or any(without > _STRAYS * n for n, without in (together, *before)):
        return False
    return all(_chance(lacking, of, without, n) < UNLIKELY for n, without in (together, *before, *since))


def _is_rarer(
    name: str, pages: Collection[Collection[str]], known: Collection[Collection[str]], least: float = 1.0
) -> bool:
    """Whether pages have a field less than half as often as the known ones, with a chance below the ``least``."""
    own, having = (sum(name in names for names in some) for some in (pages, known))
    rarer = 2 * own * len(known) < having * len(pages)
    return rarer and (least >= 1 or _chance(len(pages) - own, len(pages), len(known) - having, len(known)) < least)


def _poor(live: Live) -> set[str]:
    """The fields that one of the live versions can't give, or that its heal found on less than half as many pages as
    have them."""
    poor = set[str]()
    for one in live.versions:
        fields, report = one.extractor.fields, one.version.metrics.get("heal")
        told = {name: 2 * found["after"] for name, found in report.get("fields", {}).items()} if report else {}
        poor |= live.fields - fields.keys()
        poor |= {name for name, profile in fields.items() if report and told.get(name, 0.0) < profile.presence}
    return poor


def _sayings(live: Live) -> set[str]:
    """What pages may say of the fields that are yes or no."""
    profiles = (one.extractor.fields.get(name) for one in live.versions for name in live.fields)
    return {said for one in profiles if one is not None and one.kind == "boolean" for said in may_say(one.name)}


def _chance(hits: int, trials: int, known_hits: int, known: int) -> float:
    """``chance`` of no more trials than tell something."""
    if trials > _MOST:
        hits, trials = hits * _MOST // trials, _MOST
    if known > _MOST:
        known_hits, known = -(-known_hits * _MOST // known), _MOST
    return chance(hits, trials, known_hits, known)
