"""What a teacher gives beside learned code: the fields that it said before and nothing is learned of, such as a boolean
made of a text. It is believed on pages of which it says what learned code does; there its selectors still work."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final
from urllib.parse import urljoin

from crawler.callbacks.shapes import Shape
from crawler.reading.account import Account
from crawler.reading.live import Count, Live, LiveSite
from crawler.reading.reading import Item
from crawler.reading.teaching import ITEMS
from crawler.templates import Part
from learner.errors import EvergreenError
from learner.extractor import Extraction
from learner.pages.values import same, scalars
from learner.state.store import Store

logger = logging.getLogger(__name__)

_LOOKED_AT: Final = 100
"""Pages of which it is looked up what the teacher said."""
_ALWAYS: Final = 0.9
"""Share of the records that have a field, from which on one without it lacks it."""
_FEWEST: Final = 3
_SHARE: Final = 0.1
"""Pages, and share of the pages, from which on it is told that a field is lost."""


class Beside:
    """Of one crawl. ``links``: names of fields that hold links."""

    def __init__(self, site: LiveSite, links: Collection[str], count: Count) -> None:
        self._site = site
        self._links = links
        self._count = count
        self._own: dict[str, tuple[list[int], dict[str, float]]] = {}
        self._given: Counter[tuple[str, str]] = Counter()
        self._lost: Counter[tuple[str, str]] = Counter()
        self._account = Account(site, count)
        self._broke = False

    def fill(
        self, part: Part, live: Live, extraction: Extraction, url: str, ask: Callable[[], Item]
    ) -> tuple[Item, Sequence[Item]]:
        """The item and the items of a page with what the teacher alone gives; ``ask`` calls it."""
        item, items = extraction.item, extraction.items
        own = self._fields(part, live)
        if not own or not (item or items):
            return item, items
        taught = self._ask(ask)
        told = taught.get(ITEMS, []) if part.many else [taught]
        said = [self._absolute(record, url) for record in (items if part.many else [item])]
        if len(told) != len(said) or not all(map(_agree, said, told)):
            self._lost.update((part.name, name) for name, share in own.items() if share >= _ALWAYS)
            return item, items
        more = [{name: values[name] for name in own if name in values} for values in told]
        self._note(part.name, {name for values in more for name in values})
        if part.many:
            return item, [{**record, **values} for record, values in zip(items, more, strict=True)]
        return {**item, **more[0]}, items

    def tell(self) -> None:
        """Count and say which fields are lost, each page once."""
        for (part, name), pages in self._lost.items():
            given = self._given[part, name]
            if given and (pages < _FEWEST or pages < _SHARE * (pages + given)):
                continue
            self._account.total(f"lost/{part}/{name}", pages)
            self._account.say(
                f"nothing is learned of {name} of {part}, and the teacher that gives it no longer says what learned "
                "code does: items lack it. Mend the teacher's selectors."
            )

    # Inside

    def _fields(self, part: Part, live: Live) -> Mapping[str, float]:
        known = self._own.get(part.name)
        if known is None or known[0] != live.ids:
            try:
                own = unlearned(self._site.store, self._site.site, part, live.fields)
            except EvergreenError as error:
                logger.warning("What the teacher of %s said before can't be read: %s", part.name, error)
                own = {}
            known = self._own[part.name] = (live.ids, own)
            if own:
                names = ", ".join(sorted(own))
                logger.info(
                    "%s: nothing is learned of %s of %s: its teacher is asked", self._site.site, names, part.name
                )
        return known[1]

    def _ask(self, ask: Callable[[], Item]) -> Item:
        try:
            return ask()
        except Exception as error:  # it is the spider's code; the page is answered without it
            if not self._broke:
                self._broke = True
                logger.warning(
                    "A teacher that is asked beside learned code raised an exception: %r", error, exc_info=error
                )
            return {}

    def _absolute(self, record: Item, url: str) -> Item:
        """The record with its links as a teacher's are."""
        return {
            name: [urljoin(url, str(link)) for link in scalars(value)] if name in self._links else value
            for name, value in record.items()
        }

    def _note(self, part: str, names: Collection[str]) -> None:
        for name in names:
            self._given[part, name] += 1
            self._count(f"taught/{part}/{name}")


def unlearned(store: Store, site: str, part: Part, learned: Collection[str]) -> dict[str, float]:
    """The fields of a part that examples have and that are not ``learned``, but for those that are gone from the site;
    with the share of the records that have them. Raises StateError."""
    wanted = set(part.fields) - set(learned)
    if not wanted:
        return {}
    known = store.examples.told(site, part.name, limit=_LOOKED_AT).values()
    records = [record for one in known for record in ((one.items or ()) if part.many else [one.item or {}])]
    counts = Counter(name for record in records for name in wanted.intersection(record))
    left_out = store.events.gone(site, part.name)
    return {name: count / len(records) for name, count in counts.items() if name not in left_out}


def own_fields(
    store: Store, site: str, shape: Shape | None, part: Part | None, learned: Collection[str]
) -> frozenset[str]:
    """The fields of a template that the spider's own code alone gives: its callbacks (``shape``), or its teachers
    (``part``). Raises StateError."""
    if part is not None:
        return frozenset(unlearned(store, site, part, learned))
    return frozenset() if shape is None else shape.own(learned) | shape.optional(learned, "").keys()


def _agree(said: Item, told: Item) -> bool:
    """Whether the teacher says at least half of what learned code does."""
    return 2 * sum(name in told and same(value, told[name]) for name, value in said.items()) >= len(said) > 0
