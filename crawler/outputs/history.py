"""The items of a site over time, as the store has them: each item once, the newest of those with one key."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from crawler.reading.reading import Reading, exported
from crawler.templates import Template
from learner.errors import UnknownName
from learner.pages.page import squash
from learner.state.records import Scraped
from learner.state.store import Store

_SPAN = re.compile(r"(\d+)([hdw])\Z")
_HOURS: Final = {"h": 1, "d": 24, "w": 168}
_ALL: Final = -1
"""In place of a record's position: all records of the page."""

Identity = tuple[str, str, str]


@dataclass
class History:
    """The items scraped from ``parts`` of a site in a stretch of time. Iterating gives them, oldest first.

    Items with the same key (the template's ``key``) are one, and the newest stands for it. Items without a key are
    known by their page's URL, of one that has moved for good by that where it is now: the newest page stands for all
    before it. ``fields`` are the names that they have, in order of appearance; ``scraped`` counts the items before
    those that are newer replaced them.
    """

    store: Store
    site: str
    parts: Sequence[str]
    templates: Mapping[str, Template]
    url_field: str | None = "url"
    since: datetime | None = None
    until: datetime | None = None
    provenance: bool = False
    fields: list[str] = field(default_factory=list, init=False)
    scraped: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self._moves = self.store.pages.moves(self.site)
        # Only places are kept in memory: items are read a second time when they are given.
        self._chosen: dict[Identity, tuple[datetime, int, int]] = {}
        names: dict[str, None] = {}
        for page, position, identity, item in self._all():
            self.scraped += 1
            names.update(dict.fromkeys(item))
            place = (page.fetched_at, page.page_id, position if identity[1] == "key" else _ALL)
            self._chosen[identity] = max(place, self._chosen.get(identity, place))
        self.fields = list(names)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for page, position, identity, item in self._all():
            _, page_id, chosen = self._chosen.get(identity, (None, None, None))
            if page.page_id == page_id and chosen in (position, _ALL):
                yield item

    def _all(self) -> Iterator[tuple[Scraped, int, Identity, dict[str, Any]]]:
        for part in self.parts:
            for page in self.store.extractions.scraped(self.site, part, since=self.since, until=self.until):
                spec = self.templates.get(part) or Template(many=bool(page.items))
                now = replace(page, url=self._served(page.url))
                for position, item in enumerate(self._items(now, spec)):
                    yield now, position, _identity(now, spec, item), item

    def _served(self, url: str) -> str:
        """Where the page of this address is now."""
        seen = {url}
        while (new := self._moves.get(url, url)) not in seen:
            seen.add(url := new)
        return url

    def _items(self, page: Scraped, spec: Template) -> Iterator[dict[str, Any]]:
        reading = Reading(
            page.template, page.url, page.fetched_at, page.item, page.items, page.version, page.confidence
        )
        return exported(reading, spec, url_field=self.url_field, provenance=self.provenance)


def _identity(page: Scraped, spec: Template, item: Mapping[str, Any]) -> Identity:
    value = item.get(spec.key) if spec.key else None
    if value is None:
        return page.template, "url", page.url
    return page.template, "key", squash(value) if isinstance(value, str) else repr(value)


def moment(text: str, *, end: bool = False) -> datetime:
    """A moment as people write it: a day, a day with a time (ISO 8601, UTC unless it says otherwise), or a span back
    from now (12h, 7d, 2w). A day alone is its beginning, or its ``end``. Raises UnknownName.
    """
    span = _SPAN.match(text)
    try:
        if span:
            return datetime.now(UTC) - timedelta(hours=int(span[1]) * _HOURS[span[2]])
        if len(text) <= 10:
            day = datetime.combine(date.fromisoformat(text), time(), UTC)
            return day + timedelta(days=1) if end else day
        found = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise UnknownName(
            f"{text!r} is no moment.", hint="write 2026-11-24, 2026-11-24T18:30, or 12h, 7d, 2w for a span back"
        ) from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
