"""Links that the spider lost, followed as it follows them, and what its requests hand over, filled in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from scrapy import Request, Spider
from scrapy.http import Response
from w3lib.url import safe_url_string

from crawler.callbacks.callbacks import carried
from crawler.callbacks.filling import filled, missing
from crawler.callbacks.matching import links_of
from crawler.callbacks.shapes import LINK, Shape
from crawler.reading.live import Count
from learner.state.records import Item


class Links:
    """``say`` warns of links that can't be followed."""

    def __init__(self, spider: Spider, count: Count, say: Callable[[str], None]) -> None:
        self._spider = spider
        self._count = count
        self._say = say
        self._followed: set[tuple[str, str]] = set()

    def follow(
        self, shape: Shape, target: str, records: Iterable[Item], response: Response, count: str = "filled_links"
    ) -> list[Request]:
        """Requests for links of one kind, made as the spider makes them; each once."""
        recipe = shape.recipes.get(target)
        made: list[Request] = []
        if recipe is None:
            return made
        for record in records:
            url = str(record.get(LINK, ""))
            if not url or (target, url) in self._followed:
                continue
            self._followed.add((target, url))
            given = {path: value for path, value in record.items() if path != LINK}
            if not given and count == "filled_links":
                # Nothing of the page is handed over with such links: what was worked out before still holds.
                given = recipe.remembered(safe_url_string(response.urljoin(url)))
            request = recipe.request(url, self._spider, given, response)
            if request is None:
                self._count(f"links_not_followed/{target}")
                lacks = ", ".join(recipe.lacks(given)) or "a callback that is a method of the spider, or a plain GET"
                self._say(f"Links for {target} are lost and can't be followed: their requests need {lacks}.")
                continue
            self._count(f"{count}/{target}")
            made.append(request)
        return made

    def handed_over(
        self, records: Sequence[Item], lacking: Sequence[Request], requests: Sequence[Request], response: Response
    ) -> list[Request]:
        """The requests with what they lack put into the items that they hand over, where no other request has these."""
        links = {raw: url for url, raw in links_of(response).items()}
        found = {links.get(str(record.get(LINK, "")), ""): record for record in records}
        held = Counter(id(item) for request in requests for item in carried(request)[1].values())
        for request in lacking:
            given, items = carried(request)
            for path, value in found.get(request.url.partition("#")[0], {}).items():
                holder, _, name = path.rpartition(".")
                if path == LINK or not missing(given.get(path)):
                    continue
                if holder not in items or held[id(items[holder])] > 1 or filled(items[holder], {name: value}) is None:
                    self._count(f"not_handed_over/{path}")
                else:
                    self._count(f"filled/{path}")
        return list(lacking)
