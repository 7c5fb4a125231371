"""Pages of which the spider gives no item on purpose: behind a paywall, withdrawn, of another kind.

What tells them is a selector, too, and a redesign breaks it with the others. Then the spider gives items of next to
nothing, which learned code would fill in. Of pages that gave none before there is none. Of pages that nobody knows,
where a callback gives none at times, it is not known, unless the crawl shows that the spider still tells them apart.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final
from zlib import crc32

from scrapy.http import Response

from crawler.callbacks.shapes import Origin, Shape
from crawler.reading.live import LiveSite
from crawler.reading.remembered import Remembered
from crawler.standby.substitutes import unfound

_FEWEST: Final = 3
_SHARE: Final = 0.05
"""Number and share of a callback's pages without an item, from which on it leaves some out."""
_KEPT: Final = 2000
"""Pages of a template that are known to have none: the newest."""


class Omissions:
    """Of one crawl. ``shapes``: what is known of the spider's templates, brought up to date here; ``reads`` tells
    whether the spider can read all known pages of a template so far, and has read some."""

    def __init__(
        self, site: LiveSite, shapes: Mapping[str, Shape], remembered: Remembered, reads: Callable[[str], bool]
    ) -> None:
        self._site = site
        self._shapes = shapes
        self._remembered = remembered
        self._reads = reads
        self._none: dict[str, dict[int, None]] = {}
        self._works: set[str] = set()
        self._broken: set[str] = set()
        self._doubtful: set[tuple[str, str]] = set()

    def none(self, template: str, response: Response) -> bool:
        """The spider gives no item of the page; whether it gave none before."""
        keys, known = self._keys(response), self._is_known(template, response)
        if not self._gave(template, response):
            self._none.setdefault(template, {}).update(dict.fromkeys(keys))
        if known:
            self._works.add(template)
        return known

    def gives(self, template: str, response: Response, items: Sequence[Any]) -> bool:
        """The spider gives these items of the page; whether they are of next to nothing, and it gave none before."""
        known, shape = self._is_known(template, response), self._shapes[template]
        if not is_empty(items, shape, response.url):
            shape.omitted = (
                [key for key in shape.omitted if key not in self._keys(response)] if known else shape.omitted
            )
            return False
        if known:
            self._broken.add(template)
        else:
            self.doubt(template, response)
        return known

    def doubt(self, template: str, response: Response) -> None:
        """Take note of a page of which items would be built, if nobody knows whether it has any."""
        shape = self._shapes[template]
        none = shape.pages - shape.giving
        if none >= max(_FEWEST, _SHARE * shape.pages) and not self._gave(template, response):
            self._doubtful.add((template, response.url))

    def is_doubtful(self, template: str, url: str) -> bool:
        """Whether it is not known of the page that it has an item, as far as the crawl has come."""
        return (template, url) in self._doubtful

    def refuses(self, template: str, url: str) -> bool:
        """The same when all pages have come: whether the spider still tells pages without items is known by then."""
        return self.is_doubtful(template, url) and (template in self._broken or template not in self._works)

    def conclude(self) -> None:
        """Keep which pages have no item, of templates that the spider reads as ever."""
        for template, keys in self._none.items():
            if self._reads(template):
                shape = self._shapes[template]
                shape.omitted = [*dict.fromkeys((*shape.omitted, *keys))][-_KEPT:]

    def _gave(self, template: str, response: Response) -> bool:
        """Whether the spider itself gave an item of the page before: what learned code says is no proof of one."""
        told = self._site.told(template)
        return any(url in told for url in self._remembered.addresses(response))

    def _is_known(self, template: str, response: Response) -> bool:
        return not self._keys(response).isdisjoint(self._shapes[template].omitted)

    def _keys(self, response: Response) -> set[int]:
        return {crc32(url.encode()) for url in self._remembered.addresses(response)}


def is_empty(items: Sequence[Any], shape: Shape, url: str) -> bool:
    """Whether items lack more than half of what nearly all have that comes neither from the address nor from the
    request, and is not the same in all."""
    varying = [name for name in shape.usual if shape.constant.get(name) is None]
    names = [name for name in varying if shape.origin(name) in (Origin.PAGE, Origin.ELSEWHERE)]
    return bool(items) and all(2 * len(unfound(item, names, url)) > len(names) for item in items)
