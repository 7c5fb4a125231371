"""Things that came in a crawl under another address: a rollout serves old and new addresses at once.

Where pages have moved, redirects show which part of the old address comes again in the new one, such as a number. By
that part an address whose page is served at once is known to be the other one of a page that has come.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, urlsplit

from crawler.callbacks.filling import values_of
from crawler.callbacks.shapes import Shape
from crawler.reading.live import LiveSite
from crawler.reading.remembered import Remembered
from crawler.responses import asked_url
from learner.programs.examples import Known

if TYPE_CHECKING:
    from crawler.standby.watching import Visit

_FEWEST: Final = 3
"""Pages that have moved, from which on it is known what their addresses have in common."""
_SHARE: Final = 0.9
"""Of them: so many have it. What is gone may lead anywhere."""
_RUNS: Final = re.compile(r"[^\W_]+")

_Place = tuple[str, int | str]
_Rule = tuple[_Place, _Place]
_Key = tuple[str, ...]


@dataclass(slots=True)
class _Pairs:
    """``rules`` by which old addresses of a callback's pages go with new ones, after so many have ``moved``; the pages
    that ``gave`` items, and those that are ``alike``, by what the rules compare in old or new addresses."""

    moved: int
    rules: list[_Rule]
    gave: dict[tuple[int, _Key], str] = field(default_factory=dict)
    alike: dict[tuple[int, _Key, tuple[str, ...]], str] = field(default_factory=dict)

    def add(self, url: str, *, gave: bool) -> None:
        """Take note of a page. Where another one has the same of what is compared, the rules tell nothing."""
        for side in range(2):
            key = self.key(url, side)
            if not key:
                continue
            if self.alike.setdefault((side, key, _form(url)), url) != url:
                self.rules = []
                return
            if gave:
                self.gave[side, key] = url

    def key(self, url: str, side: int) -> _Key:
        """What the rules compare of the address, if it is an old one (``side`` 0) or a new one."""
        return _key(url, [rule[side] for rule in self.rules])

    def other(self, url: str) -> str:
        """The page that gave items and goes with this address; empty if there is none."""
        for side in range(2):
            key = self.key(url, side)
            if key and self.alike.get((side, key, _form(url)), url) == url and (1 - side, key) in self.gave:
                return self.gave[1 - side, key]
        return ""


class Twins:
    """Of one crawl. ``shapes``: what is known of the spider's templates."""

    def __init__(self, site: LiveSite, shapes: Mapping[str, Shape], remembered: Remembered) -> None:
        self._site = site
        self._shapes = shapes
        self._remembered = remembered
        self._moves: defaultdict[str, dict[str, str]] = defaultdict(dict)
        self._gave: defaultdict[str, set[str]] = defaultdict(set)
        self._pairs: dict[str, _Pairs] = {}

    def came(self, visit: Visit) -> None:
        """Take note of a page, and whether the spider itself found whole items there."""
        response, callback = visit.response, visit.callback
        if old := asked_url(response):
            self._moves[callback][old] = response.url
        whole = not visit.held and not visit.failed
        if whole and any(values_of(item) for items in visit.items.values() for item in items):
            self._gave[callback].add(response.url)
            if callback in self._pairs:
                self._pairs[callback].add(response.url, gave=True)

    def of(self, callback: str, url: str) -> str:
        """The other address under which the page of this one gave items in this crawl; empty if none is known."""
        gave = self._gave.get(callback, set())
        if not gave or url in gave:
            return ""
        return self._paired(callback).other(url)

    def _paired(self, callback: str) -> _Pairs:
        """What is known by now of the callback's pages; looked at anew whenever twice as many have moved."""
        moved = len(self._moves[callback])
        pairs = self._pairs.get(callback)
        if pairs is None or moved >= max(_FEWEST, 2 * pairs.moved):
            moves, gave = self._moves_of(callback), self._gave[callback]
            pairs = self._pairs[callback] = _Pairs(moved, _rules(moves))
            known = {url for facts in self._known_of(callback) for url in facts}
            for url in sorted({*known, *gave, *moves, *moves.values()}):
                pairs.add(url, gave=url in gave)
        return pairs

    def _known_of(self, callback: str) -> list[Mapping[str, Known]]:
        return [self._site.known(name) for name, shape in self._shapes.items() if shape.callback == callback]

    def _moves_of(self, callback: str) -> dict[str, str]:
        """Old addresses of the callback's pages and their new ones, as this crawl and earlier ones have seen it."""
        known = self._known_of(callback)
        before = {
            old: new for new, old in self._remembered.former.items() if any(old in one or new in one for one in known)
        }
        moves = before | self._moves[callback]
        led = Counter(moves.values())
        return {old: new for old, new in moves.items() if led[new] == 1}


def _rules(moves: Mapping[str, str]) -> list[_Rule]:
    """Which places of the old address hold what stands in which places of the new one, and tells pages apart."""
    counts: Counter[_Rule] = Counter()
    values: defaultdict[_Rule, set[str]] = defaultdict(set)
    for old, new in moves.items():
        there: defaultdict[str, list[_Place]] = defaultdict(list)
        for place, value in _parts(new).items():
            there[value].append(place)
        for place, value in _parts(old).items():
            for other in there.get(value, ()):
                counts[place, other] += 1
                values[place, other].add(value)
    least = max(_FEWEST, _SHARE * len(moves))
    return sorted((rule for rule, n in counts.items() if n >= least and len(values[rule]) == n), key=repr)


def _key(url: str, places: list[_Place]) -> tuple[str, ...]:
    """What stands in these places of the address; empty if it has not all of them."""
    parts = _parts(url)
    return tuple(parts[place] for place in places) if all(place in parts for place in places) else ()


def _form(url: str) -> tuple[str, ...]:
    """How the address is built: old and new ones are not alike."""
    address = urlsplit(url)
    folder = address.path.strip("/").rpartition("/")[0]
    return (address.netloc, folder, *(name for name, _ in parse_qsl(address.query)))


def _parts(url: str) -> dict[_Place, str]:
    """The parts of an address by their places: parts of the path and words with a digit, counted from both ends, and
    what is asked for by name. A word of several is not the name of a thing."""
    address = urlsplit(url)
    parts: dict[_Place, str] = {}
    for kind, found in (("part", address.path.strip("/").split("/")), ("run", _RUNS.findall(address.path))):
        for number, value in enumerate(found):
            if kind == "part" or any(map(str.isdigit, value)):
                parts[kind, number] = parts[kind, number - len(found)] = value
    return parts | {("query", name): value for name, value in parse_qsl(address.query)}
