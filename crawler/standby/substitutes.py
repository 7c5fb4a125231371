"""Items in place of those that lack something: the spider's own, filled in, or built anew."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from itemadapter import ItemAdapter

from crawler.callbacks.filling import build, filled, is_zero, item_type, learnable, missing, restored, takes, values_of
from crawler.callbacks.shapes import Origin, Shape
from crawler.reading.live import Count
from crawler.reading.reading import PROVENANCE
from crawler.standby.defaults import Defaults
from learner.extractor import Extraction
from learner.pages.values import same
from learner.state.records import Item, PageAnswer, RepairedItem

TELLING: Final = 3
"""Fields of a page of which an item may lack most, from which on its design is another one."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What learned code says of a page, read just now or repaired, with the version that says so. ``doubted`` are
    fields of which it may not stand in for the spider."""

    extraction: Extraction
    version: int
    fetched_at: datetime
    doubted: frozenset[str] = frozenset()

    @classmethod
    def told(cls, stored: RepairedItem | PageAnswer, expected: frozenset[str] = frozenset()) -> Answer:
        """What the store knows of a page; ``expected`` as in an extraction."""
        extraction = Extraction(stored.item, stored.items, stored.confidence, expected=expected)
        return cls(extraction, stored.version, stored.fetched_at)

    def only(self, names: Collection[str]) -> Answer:
        """The answer without other fields than these."""
        return replace(self, extraction=self.extraction.without(self.extraction.confidence.keys() - names))


class Substitutes:
    """``provenance``: filled-in items tell where their values come from; ``say`` warns of what can't be built.
    ``learned``: the fields of a template that learned code answers; ``constants``: the values that all its items have
    by the spider's code; ``lost`` takes note of a page with an item that was built without the fields named."""

    def __init__(
        self,
        count: Count,
        say: Callable[[str], None],
        *,
        provenance: bool,
        learned: Callable[[str], Collection[str]],
        constants: Callable[[str], Mapping[str, Any]],
        lost: Callable[[str, Collection[str]], None],
        defaults: Defaults,
    ) -> None:
        self._count = count
        self._say = say
        self._learned = learned
        self._constants = constants
        self._lost = lost
        self._defaults = defaults
        self._provenance = provenance

    def items(
        self,
        template: str,
        shape: Shape,
        answer: Answer,
        lacking: Sequence[Any],
        url: str,
        handed: Mapping[str, Any],
        *,
        led: bool = False,
        before: Sequence[Any] = (),
    ) -> list[Any]:
        """The items that lack something, filled in, if need be with what their request has ``handed`` over; or items of
        their own, where the callback gave none, or none after those ``before`` it raised. Where nothing is known of a
        page to which links that the spider lost have ``led``, without which there would be no item, there is none."""
        said, taken = answer.extraction, shape.taken(handed)
        records: Sequence[Item] = [one for one in said.items if one] if shape.many else [said.item]
        if before:
            records = _after(before, records, url)
        if not lacking:
            if said.scant:
                self._count(f"scant/{template}")
                return []
            lacks: set[str] = set()
            built = [self._built(template, shape, values, answer, url, handed, lacks) for values in records if values]
            if lacks:
                self._lost(template, lacks)
            return [item for item in built if item is not None]
        out = []
        pairs = _aligned(lacking, records, url) if shape.many else [(item, said.item) for item in lacking]
        for item, values in pairs:
            names = absent(item, values.keys(), url)
            if is_astray(item, values.keys() | said.expected, url):
                item = self._without_guesses(template, shape, item)
                names = absent(item, values.keys(), url)
            fill = {name: restored(values[name], shape.forms.get(name, "")) for name in names if takes(item, name)}
            fill |= {n: taken[n] for n in absent(item, taken.keys() - fill.keys(), url) if takes(item, n)}
            back = self._defaults.put_back(item, fill)
            done = filled(item, fill | back) if fill or back else item
            if done is None:
                self._count(f"not_built/{template}")
                self._say(f"{template}: items of {shape.type} can't be changed; what was found for them is left out.")
                done, fill = item, {}
            for name in fill:
                self._count(f"filled/{template}/{name}")
            out.append(self._marked(done, template, fill, answer))
        if led and all(is_blank(item, shape) for item in out):
            self._count(f"scant/{template}")
            return []
        return out

    def _without_guesses(self, template: str, shape: Shape, item: Any) -> Any:
        """The item without what the spider makes of finding nothing: on a page of another design neither "not in
        stock" nor "none left" is known, but by learned code."""
        for name, value in list(ItemAdapter(item).items()):
            if is_guess(value) and shape.constant.get(name) != repr(value)[:80]:
                unsure = filled(item, {name: None})
                if unsure is not None:
                    # Of what is 0 the crawl's pages together tell.
                    if isinstance(value, bool) and name not in shape.gone and name not in self._learned(template):
                        self._count(f"lost/{template}/{name}")
                    item = unsure
        return item

    def _built(
        self,
        template: str,
        shape: Shape,
        values: Item,
        answer: Answer,
        url: str,
        handed: Mapping[str, Any],
        lacks: set[str],
    ) -> Any | None:
        """An item of the spider's own type. What comes neither from the page nor from its request, and is not the same
        in all items, is left out; to ``lacks`` is added what other items have, and nobody knows."""
        own: dict[str, Any] = {}
        constants, taken = self._constants(template), shape.taken(handed)
        for name in dict.fromkeys((*shape.origins, *values)):
            origin = shape.origin(name)
            if name in values:
                own[name] = restored(values[name], shape.forms.get(name, ""))
            elif origin is Origin.URL:
                own[name] = url
            elif origin is Origin.REQUEST and not missing(handed.get(shape.handed.get(name, ""))):
                own[name] = handed[shape.handed[name]]
            elif name in taken:
                own[name] = taken[name]
            elif name in constants:
                own[name] = constants[name]
        cls = item_type(shape.type)
        item = None if cls is None else build(cls, own, shape.keys)
        if item is None:
            self._count(f"not_built/{template}")
            self._say(
                f"{template}: no {shape.type} can be built from {', '.join(sorted(own))} alone; the items are lost."
            )
            return None
        for name in values:
            self._count(f"filled/{template}/{name}")
        unset = {name for name in shape.origins if name not in own and not _as_ever(item, name, shape)}
        for name in sorted(unset):
            if shape.origin(name) is Origin.ELSEWHERE or shape.stands_elsewhere(name):
                self._count(f"left_out/{template}/{name}")
        lacks |= unset.difference(self._learned(template), shape.gone)
        self._count(f"filled_items/{template}")
        return self._marked(item, template, values, answer)

    def _marked(self, item: Any, template: str, names: Iterable[str], answer: Answer) -> Any:
        """The item with where its filled-in values come from, if that is wanted and it has room for it."""
        told = answer.extraction.confidence
        if self._provenance and takes(item, PROVENANCE):
            origin = {
                "template": template,
                "version": answer.version,
                "confidence": {n: round(told[n], 4) for n in names if n in told},
                "fetched_at": answer.fetched_at.isoformat(),
            }
            return filled(item, {PROVENANCE: origin}) or item
        return item


def absent(item: Any, names: Iterable[str], url: str) -> list[str]:
    """The fields without a value. The page's own address is none where another link is wanted: it is what is left of
    a link when nothing was found."""
    adapter = ItemAdapter(item)
    values = {name: adapter.get(name) for name in names}
    return [name for name, value in values.items() if missing(value) or value == url]


def is_blank(item: Any, shape: Shape) -> bool:
    """Whether the item has nothing of what differs from item to item and comes neither from the address nor from the
    request."""
    adapter, origins = ItemAdapter(item), (Origin.PAGE, Origin.ELSEWHERE)
    names = [name for name in shape.origins if shape.constant.get(name) is None and shape.origin(name) in origins]
    return bool(names) and all(missing(adapter.get(name)) or is_guess(adapter.get(name)) for name in names)


def is_guess(value: Any) -> bool:
    """Whether a spider may say so of what it did not find: yes or no, or a number that is 0."""
    return isinstance(value, bool) or is_zero(value)


def is_astray(item: Any, names: Collection[str], url: str) -> bool:
    """Whether the item lacks more than half of these fields, guesses not counted: the spider says no of whatever it
    does not find, or counts none. Of one or two fields nothing is told: what the spider lost may be one of them."""
    told = [name for name in names if not is_guess(ItemAdapter(item).get(name))]
    return len(told) >= TELLING and 2 * len(absent(item, told, url)) > len(told)


def unfound(item: Any, names: Collection[str], url: str) -> list[str]:
    """The fields of which the spider found nothing: those without a value, and guesses where it found so little."""
    guesses = [name for name in names if is_guess(ItemAdapter(item).get(name))]
    return [*absent(item, names, url), *(guesses if is_astray(item, names, url) else ())]


def _as_ever(item: Any, name: str, shape: Shape) -> bool:
    """Whether the item has by its type what all items have that the spider made."""
    value, ever = ItemAdapter(item).get(name), shape.constants.values.get(name)
    return ever is not None and type(value) is type(ever) and value == ever


def _aligned(items: Sequence[Any], records: Sequence[Item], url: str) -> list[tuple[Any, Item]]:
    """Each item with the record of the page that it shows, told by the values that both have; in order."""
    places = _places(items, records, url)
    return [(item, records[at] if at >= 0 else {}) for item, at in zip(items, places, strict=True)]


def _after(items: Sequence[Any], records: Sequence[Item], url: str) -> Sequence[Item]:
    """The records of the page after those that the items show; none where no item shows one."""
    places = _places(items, records, url)
    last = max((number for number, at in enumerate(places) if at >= 0), default=-1)
    return records[places[last] + len(places) - last :] if last >= 0 else []


def _places(items: Sequence[Any], records: Sequence[Item], url: str) -> list[int]:
    """Of each item which of the records it shows, in order; -1 for none."""
    out: list[int] = []
    cursor = 0
    for number, item in enumerate(items):
        values = values_of(item)
        best, shared = -1, 0
        for at in range(cursor, len(records)):
            record = records[at]
            common = [n for n in record if n in values and values[n] != url and not isinstance(record[n], bool)]
            agree = sum(same(records[at][name], _plain(values[name])) for name in common)
            if agree > shared and agree == len(common):
                best, shared = at, agree
        if best < 0 and len(items) == len(records) and not values.keys() & records[number].keys():
            best = number
        out.append(best)
        cursor = best + 1 if best >= 0 else cursor
    return out


def _plain(value: Any) -> Any:
    plain = learnable(value)
    return "" if plain is None else plain
