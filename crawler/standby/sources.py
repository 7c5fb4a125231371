"""What is no page and lists addresses, as a sitemap does: where it led, and known pages to which it leads no more.

A spider follows those addresses that its rules name. Where a site has moved all of them, the list is as long as ever,
and the spider follows none: what it led to before is asked for by memory then, and redirects tell where it is now. A
spider that leaves out what it has seen already is left alone: the list still shows it.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from html import unescape
from typing import TYPE_CHECKING, Final
from weakref import WeakKeyDictionary

from scrapy import Request, Spider
from scrapy.http import Response
from w3lib.url import safe_url_string

from crawler.callbacks.callbacks import Recipe, target_name
from crawler.callbacks.shapes import Kind, Shape, listed_template
from crawler.reading.live import Count, LiveSite

if TYPE_CHECKING:
    from crawler.standby.watching import Visit

_ADDRESS: Final = re.compile(r"""(?<!=["'])https?:(?:\\?/){2}[^\s<>"'\]]+""")
"""An address in XML, JSON or plain text; those in attributes are names of languages and other things."""
_GZIP: Final = b"\x1f\x8b"
_MOST_BYTES: Final = 50_000_000
_KEPT: Final = 100_000
"""Addresses of a crawl that nothing follows: so many are kept."""
_OBSERVED: Final = 200
"""Requests of one kind of which it is looked at how they are made."""
_FEWEST: Final = 2
_SHARE: Final = 0.25
"""Of the known pages: so many addresses, and two at least, are listed and followed by nothing where pages have moved. A
feed that tells of nothing new names few."""


@dataclass(slots=True)
class _Source:
    """``left``: the addresses that it lists and nothing follows; ``led``: the kinds of links that came of it."""

    callback: str
    left: dict[str, None]
    led: set[str] = field(default_factory=set)


class Sources:
    """Of one crawl. ``shapes``: what is known of the spider's templates; ``say`` warns of what leads nowhere."""

    def __init__(
        self, spider: Spider, site: LiveSite, shapes: dict[str, Shape], count: Count, say: Callable[[str], None]
    ) -> None:
        self._spider = spider
        self._site = site
        self._shapes = shapes
        self._count = count
        self._say = say
        self._of: WeakKeyDictionary[Response, _Source] = WeakKeyDictionary()
        self._came: list[_Source] = []
        self._kept = 0
        self._led: set[int] = set()
        self._observed: Counter[tuple[str, str]] = Counter()
        self._visited: set[str] = set()
        self._asked: dict[str, str] = {}
        self._there: dict[str, set[str]] = {}
        self._left: dict[str, int] = {}

    def came(self, response: Response, callback: str) -> None:
        """Take note of a response that is no page."""
        listed = _listed(response) if self._kept < _KEPT else {}
        self._of[response] = source = _Source(callback, listed)
        self._kept += len(listed)
        self._came.append(source)

    def led(self, response: Response, request: Request) -> None:
        """Take note of a request that came of it."""
        source = self._of.get(response)
        if source is None:
            return
        target, template = target_name(request, self._spider), listed_template(source.callback)
        self._led.add(hash(request.url))
        if request.url in source.left:
            del source.left[request.url]
            self._kept -= 1
        if target == source.callback:
            return
        shape = self._shapes.setdefault(template, Shape(source.callback, Kind.LISTED))
        if target in shape.unlisted:
            shape.unlisted.remove(target)
        recipe = shape.recipes.setdefault(target, Recipe.of(request, self._spider))
        recipe.seen += target not in source.led
        source.led.add(target)
        self._observed[template, target] += 1
        if self._observed[template, target] <= _OBSERVED:
            recipe.observe(request, self._spider)

    def leads(self, url: str) -> bool:
        """Whether a request for the page came of one."""
        return hash(url) in self._led

    def visited(self, visit: Visit) -> None:
        """Take note of a page."""
        self._visited.add(visit.callback)
        for url in (visit.response.url, *visit.response.meta.get("redirect_urls", ())):
            target = self._asked.get(url)
            if target is not None:
                self._count("recalled")
                self._there.setdefault(target, set()).add(visit.response.url)
                return

    def by_memory(self) -> list[Request]:
        """Requests for the known pages of callbacks to which lists of addresses led before, and lead no more."""
        led = {target for source in self._came for target in source.led}
        left = {url: None for source in self._came for url in source.left}
        requests: list[Request] = []
        for callback in dict.fromkeys(source.callback for source in self._came):
            shape = self._shapes.get(listed_template(callback))
            for target, recipe in [] if shape is None else shape.recipes.items():
                if shape is not None and recipe.seen and target not in led and target not in self._left:
                    requests += self._instead(shape, target, recipe, left)
        return requests

    def found(self) -> dict[str, int]:
        """By callback, how many known pages are there to which a list of addresses leads no more."""
        return {target: len(self._there[target]) for target in self._left if self._there.get(target)}

    def unfollowed(self) -> dict[str, int]:
        """By callback to which a list of addresses leads no more, and of which no known page is there: how many
        addresses are listed that nothing follows."""
        return {target: count for target, count in self._left.items() if not self._there.get(target)}

    def _instead(self, shape: Shape, target: str, recipe: Recipe, left: Mapping[str, None]) -> list[Request]:
        callback = recipe.callback or "parse"
        known = self._known(callback)
        if callback in self._visited or len(left) < max(_FEWEST, _SHARE * len(known)):
            return []
        # Pages that were found by memory are known under the addresses that are listed.
        if target not in shape.unlisted and any(url in left or before in left for url, before in known.items()):
            return []
        if target not in shape.unlisted:
            shape.unlisted.append(target)
        self._left[target] = len(left)
        self._say(
            f"{len(left)} addresses are listed, in a sitemap perhaps, and nothing follows them, such as "
            f"{next(iter(left))}; none leads to {callback} any more. The {len(known)} pages that are known of it are "
            "asked for by memory; new ones are not found until the spider's rules name these addresses."
        )
        requests = []
        response = Response(next(iter(left)))
        for url in known:
            request = recipe.request(url, self._spider, recipe.remembered(url), response)
            if request is None:
                self._count(f"links_not_followed/{target}")
                continue
            self._count(f"known_links/{target}")
            self._asked[url] = target
            requests.append(request)
        return requests

    def _known(self, callback: str) -> dict[str, str]:
        """The addresses of the callback's pages, and by which each was known."""
        templates = [name for name, shape in self._shapes.items() if shape.callback == callback]
        known: dict[str, str] = {}
        for template in templates:
            for url, before in self._site.known_urls(template).items():
                known.setdefault(url, before)
        return known


def _listed(response: Response) -> dict[str, None]:
    """The addresses that stand in what is no page, as requests for them would name them."""
    body = response.body
    if body.startswith(_GZIP):
        try:
            body = zlib.decompressobj(31).decompress(body, _MOST_BYTES)
        except zlib.error:
            return {}
    text = body[:_MOST_BYTES].decode("utf-8", "replace")
    listed: dict[str, None] = {}
    for match in _ADDRESS.finditer(text):
        with suppress(ValueError):
            listed[safe_url_string(unescape(match.group().replace("\\/", "/")))] = None
    return listed
