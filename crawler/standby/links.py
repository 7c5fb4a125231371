"""Links that the spider lost, followed as it follows them, and what its requests hand over, filled in."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import unquote, urljoin

from scrapy import Request, Spider
from scrapy.http import Response
from w3lib.url import safe_url_string

from crawler.callbacks.callbacks import Recipe, carried, ignores
from crawler.callbacks.filling import filled, missing
from crawler.callbacks.shapes import LINK, Kind, Shape, handed_template, links_template
from crawler.reading.live import Count
from crawler.reading.losses import Losses
from crawler.reading.remembered import Remembered
from crawler.standby.twins import Twins
from learner.forms.links import SEVERAL
from learner.state.records import Item


@dataclass(frozen=True, slots=True)
class Source:
    """Where lost links are from: pages of a ``callback``, of which this one may be known by several ``addresses``, or
    by what was ``asked`` for."""

    callback: str
    addresses: Sequence[str]
    fetched_at: datetime
    asked: str = ""


class Links:
    """``shapes``: what is known of the spider's templates; ``say`` warns of links that can't be followed, or only
    without what they should hand over; ``sometimes``: the fields of a template that learned code answers and that only
    some pages have."""

    def __init__(
        self,
        spider: Spider,
        shapes: Mapping[str, Shape],
        remembered: Remembered,
        losses: Losses,
        twins: Twins,
        count: Count,
        say: Callable[[str], None],
        sometimes: Callable[[str], Collection[str]],
    ) -> None:
        self._spider = spider
        self._sometimes = sometimes
        self._shapes = shapes
        self._remembered = remembered
        self._losses = losses
        self._twins = twins
        self._count = count
        self._say = say
        self._followed: set[tuple[str, str, str]] = set()
        self._asked: set[int] = set()

    def follow(
        self,
        callback: str,
        target: str,
        records: Sequence[Item],
        response: Response,
        count: str = "filled_links",
        *,
        whole: bool = False,
    ) -> list[Request]:
        """Requests for links of one kind, made as the spider makes them; each once, or of each page that hands over
        something of its own, where the spider asks for the same address anew. ``records``: the links of a page, with
        what it shows of what is handed over. ``whole``: those that lack something are left alone."""
        shape = self._shapes.get(links_template(callback))
        recipe = None if shape is None else shape.recipes.get(target)
        made: list[Request] = []
        if recipe is None:
            return made
        # What only some pages have the others lack rightly.
        unknown = recipe.usual().difference(*records, self._sometimes(handed_template(callback, target)))
        if count == "filled_links":
            self._losses.lead(filter(None, (_joined(response, record) for record in records)))
        page = response.url if recipe.asks_anew() else ""
        # Others of the page have it: that this one has not is no failure to read it.
        none = dict.fromkeys(path for path in recipe.at_times_none() if any(path in record for record in records))
        now: dict[str, list[dict[str, Any]]] = {}
        for record in records:
            url = _joined(response, record)
            if not url or (target, url, page) in self._followed or self._is_anothers(target, url):
                continue
            if not page and self._twins.of(target.partition("-")[0], url):
                self._count(f"came_otherwise/{target}")
                continue
            given = none | self._addresses(callback, target, response)
            given |= self._shared(callback, target, recipe, response)
            given |= self._worked_out(callback, target, recipe, url)
            given |= {path: value for path, value in record.items() if path != LINK}
            given |= self._outdated(target, recipe, url, recipe.lacks(given))
            if whole and (recipe.lacks(given) or unknown - given.keys()):
                continue
            if url in now and (not page or any(given.items() <= before.items() for before in now[url])):
                continue
            now.setdefault(url, []).append(given)
            request = recipe.request(url, self._spider, given, response)
            if request is None:
                self._count(f"links_not_followed/{target}")
                lacks = ", ".join(_lacks(recipe, given))
                self._say(f"Links for {target} are lost and can't be followed: their requests need {lacks}.")
                continue
            self._count(f"{count}/{target}")
            self._lack(target, unknown - given.keys())
            made.append(request)
            self._asked.add(hash(request.url))
        self._followed |= {(target, url, page) for url in now}
        return made

    @staticmethod
    def after(records: Sequence[Item], given: Collection[str], response: Response) -> list[Item]:
        """The links of a page after those that were ``given``; none where none of these is among them."""
        urls = [_joined(response, record) for record in records]
        last = max((urls.index(url) for url in given if url in urls), default=len(urls))
        return [one for one, url in zip(records[last + 1 :], urls[last + 1 :], strict=True) if url not in given]

    def led(self, response: Response) -> bool:
        """Whether the page was asked for by a link that the spider lost."""
        asked = () if response.request is None else response.meta.get("redirect_urls", ())
        return any(hash(url) in self._asked for url in (response.url, *asked))

    def _is_anothers(self, target: str, url: str) -> bool:
        """Whether the address is known as that of pages of other callbacks alone: a page of the list is no tea."""
        known = {shape.callback for name, shape in self._shapes.items() if self._remembered.has(name, url)}
        return bool(target and known) and known.isdisjoint((target, target.rpartition("-")[0]))

    def known(self, source: Source, target: str, response: Response, records: Sequence[Item] = ()) -> list[Request]:
        """Follow the links of one kind that the page had when it was last read, and count them as lost: the only one
        with the only one of the ``records`` that the page shows, if this is still what it was."""
        links = self.known_of(source, target)
        template = handed_template(source.callback, target)
        same = len(records) == len(links) == 1 and any(
            self._remembered.repeats(template, url, records) for url in source.addresses
        )
        return self.recall(source, target, links, response, records[0] if same else {})

    def elsewhere(
        self, source: Source, target: str, response: Response, visited: Collection[str], pages: int
    ) -> list[Request]:
        """The same of links that so many other known pages had, which were not ``visited`` in this crawl: those whose
        addresses nobody knows may be these, at new ones."""
        template = links_template(source.callback)
        links = self._remembered.links_elsewhere(template, visited, target, pages)
        return self.recall(source, target, links, response)

    def recall(
        self, source: Source, target: str, links: Sequence[str], response: Response, handed: Item | None = None
    ) -> list[Request]:
        """The same of these links, with what is ``handed`` over with them."""
        records = [{**(handed or {}), LINK: link} for link in links]
        made = self.follow(source.callback, target, records, response, "known_links")
        urls = [urljoin(response.url, link) for link in links]
        for url in urls:
            self._losses.recall(url)
        if urls:
            self._losses.miss(links_template(source.callback), target, target, urls, source.fetched_at)
        return made

    def known_of(self, source: Source, target: str) -> list[str]:
        """The links of one kind that the page had when it was last read."""
        template = links_template(source.callback)
        posted = self._shapes[template].posted
        if source.asked:
            return posted.get(source.asked, {}).get(target, [])
        several = {asked.partition(" ")[2] for asked in posted}
        return self._remembered.links(template, [url for url in source.addresses if url not in several], target)

    def handed_over(
        self,
        records: Sequence[Item],
        lacking: Sequence[tuple[str | None, Request]],
        requests: Sequence[Request],
        response: Response,
    ) -> list[Request]:
        """The requests with what they lack put into the items that they hand over, where no other request has these.
        ``lacking``: each with its link as the page writes it."""
        found = {_joined(response, record): record for record in records}
        held = Counter(id(item) for request in requests for item in carried(request)[1].values())
        for link, request in lacking:
            given, items = carried(request)
            for path, value in found.get(link or "", {}).items():
                holder, _, name = path.rpartition(".")
                if path == LINK or not missing(given.get(path)):
                    continue
                if holder not in items or held[id(items[holder])] > 1 or filled(items[holder], {name: value}) is None:
                    self._count(f"not_handed_over/{path}")
                else:
                    self._count(f"filled/{path}")
        return [request for _, request in lacking]

    def unrepaired(
        self,
        target: str,
        expected: Collection[str],
        records: Sequence[Item],
        lacking: Sequence[tuple[str | None, Request]],
        response: Response,
    ) -> list[Request]:
        """The same where nothing repairs the page: what it says is put in, and what nobody knows is told."""
        made = self.handed_over(records, lacking, [request for _, request in lacking], response)
        unknown = set(expected).difference(*records)
        for request in made:
            given = carried(request)[0]
            self._lack(target, {path for path in unknown if missing(given.get(path))})
        return made

    def _addresses(self, callback: str, target: str, response: Response) -> dict[str, Any]:
        """What is handed over that is the address of the page with the link."""
        handed = self._shapes.get(handed_template(callback, target))
        return {} if handed is None else dict.fromkeys(handed.addressed, response.url)

    def _shared(self, callback: str, target: str, recipe: Recipe, response: Response) -> dict[str, Any]:
        """The words that were handed over with all links of this page alike, as far as they are known: a category."""
        known = self._remembered.links(links_template(callback), self._remembered.addresses(response), target)
        handed = [recipe.remembered(safe_url_string(link)) for link in known]
        if len(handed) < SEVERAL:
            return {}
        first = {path: value for path, value in handed[0].items() if recipe.comes_again(path, value)}
        return {path: value for path, value in first.items() if all(one.get(path) == value for one in handed)}

    def _worked_out(self, callback: str, target: str, recipe: Recipe, url: str) -> dict[str, Any]:
        """What was handed over with this link before, as far as that can't be out of date: what did not stand on the
        page, what the link itself says, or a word that many links had, such as a category. What was None may be so."""
        handed = self._shapes.get(handed_template(callback, target))
        read: frozenset[str] = frozenset() if handed is None else handed.fields
        values = recipe.remembered(safe_url_string(url))
        return {
            path: value
            for path, value in values.items()
            if path not in read or value is None or _says(url, value) or recipe.comes_again(path, value)
        }

    def _outdated(self, target: str, recipe: Recipe, url: str, paths: Iterable[str]) -> dict[str, Any]:
        """Of what nobody knows and the request can't be made without, what was handed over with this link before and is
        in no item: it may be out of date, which is told unless the callback never looks at it."""
        before = recipe.remembered(safe_url_string(url))
        known = {path: before[path] for path in paths if path in before}
        items = [
            shape
            for shape in self._shapes.values()
            if shape.kind is Kind.ITEMS and shape.callback == target.partition("-")[0]
        ]
        for path in [*known]:
            if recipe.callback and ignores(getattr(self._spider, recipe.callback), path):
                continue
            taken = any(of == path and not one.unlike[name] for one in items for name, of in one.handed.items())
            if taken or not any(one.giving for one in items):
                del known[path]  # the item would have it, or may have
                continue
            self._count(f"outdated/{target}/{path}")
        return known

    def _lack(self, target: str, paths: Iterable[str]) -> None:
        for path in sorted(paths):
            self._count(f"not_handed_over/{path}")
            self._say(
                f"Requests for {target} are made without {path}, which nothing learned finds: their items lack it."
            )


def with_only_link(records: Sequence[Item], links: Sequence[Item], own: Sequence[str | None] = ()) -> Sequence[Item]:
    """The only record of a page with the only link that the page has of a kind: the spider's ``own``, as the page
    writes it, or else, if the record has none, the one that learned code found."""
    found: Sequence[Item] = [{LINK: link or ""} for link in own] or links
    if len(records) != 1 or len(found) != 1 or (records[0].get(LINK) and not own):
        return records
    return [{**records[0], **found[0]}]


def _lacks(recipe: Recipe, given: Mapping[str, Any]) -> list[str]:
    """What is missing for a request of this recipe, for people."""
    if not recipe.repeatable:
        return ["a callback that is a method of the spider, or a plain GET"]
    return recipe.lacks(given) or [f"more values in {path}" for path in recipe.items]


def _joined(response: Response, record: Item) -> str:
    """The link of a record, absolute; empty for none."""
    try:
        return response.urljoin(str(record[LINK])) if record.get(LINK) else ""
    except ValueError:
        return ""


def _says(link: str, value: Any) -> bool:
    """Whether the value stands in the address, such as the number of a page."""
    return re.search(rf"(?<![^\W_]){re.escape(str(value))}(?![^\W_])", unquote(link)) is not None
