"""Examples, and where on their pages the values stand."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property
from typing import Final

from lxml import etree

from learner.errors import InvalidExample
from learner.pages.candidates import SHOWN, Candidate, candidates, held
from learner.pages.digits import western
from learner.pages.durations import UNITS, read_duration
from learner.pages.embedded import ASSIGNED
from learner.pages.magnitudes import short_count
from learner.pages.page import BLOCK_TAGS, Document, parse
from learner.pages.values import (
    DATE_ORDERS,
    Scalar,
    Value,
    iso_form,
    kind_of,
    moment_of,
    normal,
    numbers_in,
    read_abridged,
    read_datetime,
    readings_of,
    scalars,
)
from learner.programs.selectors import Index
from learner.programs.transforms import dated_parts, find, remainder

SOURCES: Final = ("network", "known", "spider", "person")  # rising trust
MAX_LOCATED: Final = 40_000
LONGEST: Final = 160
"""Characters of a text in which a number, or a date, is looked for among words and other numbers."""
LONGEST_WHOLE: Final = 60
"""Characters of a text that is a number or date as a whole."""
MAX_WITHIN: Final = 6
MAX_SHOWN: Final = 60
"""Places of one value among which the one is looked for that stands with the others of its record."""
TELLING: Final = 3
"""Characters of a value that may be looked for in what scripts assign."""
ONE_EACH: Final = 5
"""Examples of list pages with one record from which on such pages have no more."""
CHOICES: Final = frozenset(("datalist", "optgroup", "option", "select"))
"""Elements that offer something to choose from: it is on the page, whatever the page is about."""


@dataclass(frozen=True, slots=True)
class Example:
    """A page with its values: ``item``, or ``items`` on a list page. ``source`` says who gave them.

    ``places`` names, for a field whose value stands in several places, those that are meant (``Place.name``).
    ``lacks`` are fields that the page has not: a person says so with an empty value in ``item`` (None, "" or []), which
    is moved there.
    """

    url: str
    html: bytes | str
    item: Mapping[str, Value] | None = None
    items: Sequence[Mapping[str, Value]] | None = None
    source: str = "spider"
    places: Mapping[str, Sequence[str]] | None = None
    lacks: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if (self.item is None) == (self.items is None):
            raise InvalidExample(f"{self.url}: an example has either an item or items")
        if self.source not in SOURCES:
            raise InvalidExample(f"{self.url}: source {self.source!r} is none of {', '.join(SOURCES)}")
        if self.item is not None and self.is_shown:
            values = self.values
            if len(values) < len(self.item):
                object.__setattr__(self, "lacks", self.lacks.union(self.item.keys() - values.keys()))
                object.__setattr__(self, "item", values)
            if self.lacks:
                object.__setattr__(self, "lacks", self.lacks.difference(values))

    @property
    def is_shown(self) -> bool:
        """Whether a person has shown the page."""
        return self.source == "person"

    @property
    def told(self) -> dict[str, Value | None] | None:
        """The item, with None for what the page has not: what is kept of it. None for a list page."""
        return None if self.item is None else {**self.item, **dict.fromkeys(sorted(self.lacks))}

    @property
    def values(self) -> dict[str, Value]:
        """The item's values, or the columns of the records, without fields that are empty."""
        if self.item is not None:
            return given(self.item)
        columns: dict[str, list[Scalar]] = defaultdict(list)
        for record in self.items or ():
            for name, value in given(record).items():
                columns[name].extend(value if isinstance(value, list) else [value])
        return dict(columns)

    def is_whole(self, fields: Collection[str]) -> bool:
        """Whether of these fields it says all that its page has: a person may name a few, to correct them."""
        said = sum(name in fields for name in (*self.values, *self.lacks))
        return not self.is_shown or self.item is None or 2 * said >= len(fields)


def of_one_form(examples: Iterable[Example]) -> list[Example]:
    """The examples, all with an item or all with records: of pages that were given as both, those of one record are
    known as an item, as long as no page has more."""
    examples = list(examples)
    if len({example.items is None for example in examples}) < 2:
        return examples
    if all(len(example.items or ()) < 2 for example in examples):
        return [with_item(example) for example in examples]
    return [
        replace(example, item=None, items=[example.values], lacks=frozenset()) if example.items is None else example
        for example in examples
    ]


def have_one_record(examples: Iterable[Example]) -> bool:
    """Whether list pages have one record each, as far as there are examples enough to tell. What healing labelled tells
    nothing."""
    sizes = [len(example.items) for example in examples if example.items is not None and example.source != "network"]
    return sizes.count(1) >= ONE_EACH and max(sizes) == 1


def with_item(example: Example) -> Example:
    """The example of a list page of one record, or of none, as that of a page with an item."""
    if example.items is None:
        return example
    return replace(example, item=dict(next(iter(example.items), {})), items=None)


def given(values: Mapping[str, Value]) -> dict[str, Value]:
    """The values without fields that are empty: None, "" or []."""
    return {name: value for name, value in values.items() if value not in (None, "", [])}


def all_values(examples: Iterable[Example]) -> dict[str, list[Scalar]]:
    """All values that the examples give, by field; a field that none of them has is absent."""
    found: dict[str, list[Scalar]] = defaultdict(list)
    for example in examples:
        for name, value in example.values.items():
            found[name].extend(scalars(value))
    return dict(found)


def records_of(examples: Iterable[Example]) -> list[Mapping[str, Value]]:
    """The items of the examples, and the records of those that are list pages, without fields that are empty."""
    records = (record for one in examples for record in ([one.item] if one.item is not None else one.items or ()))
    return [given(record) for record in records]


def shares_of(examples: Iterable[Example]) -> dict[str, float]:
    """The share of the records of list pages that have each field."""
    records = records_of(example for example in examples if example.items)
    counts = Counter(name for record in records for name in record)
    return {name: count / len(records) for name, count in counts.items()}


@dataclass(frozen=True, slots=True)
class Known:
    """Values known for an address, without a page. ``partly``: it may have had more; it is not known to lack the
    others. ``fleeting`` are fields whose values are others at most visits: what is known tells that the page has one,
    and nothing of which it is now. ``stays`` tells of fields that change at some, on how many pages they were what they
    had been, of how many, at the visit when most were."""

    url: str
    item: Mapping[str, Value] | None = None
    items: Sequence[Mapping[str, Value]] | None = None
    partly: bool = False
    fleeting: frozenset[str] = frozenset()
    stays: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    @property
    def lasting(self) -> Known:
        """The same without what is fleeting."""
        if not self.fleeting:
            return self
        item = None if self.item is None else _without(self.item, self.fleeting)
        items = None if self.items is None else [_without(record, self.fleeting) for record in self.items]
        return replace(self, item=item, items=None if items is None else [record for record in items if record])


def _without(item: Mapping[str, Value], names: Collection[str]) -> dict[str, Value]:
    return {name: value for name, value in item.items() if name not in names}


@dataclass(frozen=True, slots=True)
class Place:
    """A place that shows a value: the element, what is read there (``take``) and that text.

    ``exact`` tells that the text is the value itself, not longer.
    """

    element: etree._Element
    take: str
    text: str
    exact: bool
    data: tuple[str, ...] = ()

    @property
    def is_assigned(self) -> bool:
        """Whether a script assigns it."""
        return bool(self.data) and self.data[0].startswith(ASSIGNED)

    @property
    def name(self) -> str:
        """The place on its page, as text: the element's path, and what is read there."""
        path = self.element.getroottree().getpath(self.element)
        return " ".join((path, self.take, *self.data))


class LabelledPage:
    """An example opened: its tree, index and candidates, made once for all its fields."""

    def __init__(self, example: Example, values: Mapping[str, Value] | None = None, *, revealed: bool = False) -> None:
        """``values`` instead of the example's; ``revealed`` as in learner.pages.page.parse."""
        self.example = example
        self.revealed = revealed
        self.document: Document = parse(example.html, example.url, revealed=revealed)
        self.index = Index(self.document)
        self.values: dict[str, Value] = dict(example.values if values is None else values)
        # Fields of which it is not known whether the page has them.
        self.unknown: frozenset[str] = frozenset()
        self._listed: dict[tuple[type, Scalar], list[Place]] = {}

    @cached_property
    def candidates(self) -> list[Candidate]:
        """The page's candidates."""
        return candidates(self.document, MAX_LOCATED)

    def together(self, name: str) -> frozenset[etree._Element]:
        """Where the values of a field stand with the others of their records; none where it is not told."""
        return self._together.get(name, frozenset())

    @cached_property
    def _together(self) -> dict[str, frozenset[etree._Element]]:
        records = self.example.items or ()
        standing = [places for record in records if (places := self._standing(record))]
        held = [(places, row) for places in standing if (row := self._row(places)) is not None]
        counts = Counter(row for _, row in held)
        # Where no element holds a record, one holds several; and one with a slip stands nowhere in one row.
        around = {above for row in counts for above in row.iterancestors()}
        held = [(places, row) for places, row in held if counts[row] == 1 and row not in around]
        if len(held) < 2 or 2 * len(held) < len(records):
            return {}
        found: dict[str, set[etree._Element]] = defaultdict(set)
        for places, row in held:
            for name, elements in places.items():
                found[name].update(one for one in elements if one is row or row in one.iterancestors())
        return {name: frozenset(elements) for name, elements in found.items()}

    def _standing(self, record: Mapping[str, Value]) -> dict[str, list[etree._Element]]:
        """Where each value of a record is shown; of fewer than two that are shown, nothing."""
        found = {}
        for name, value in record.items():
            given = scalars(value) if value not in (None, "", []) else []
            if places := [here.element for one in given for here in self.many_places(one) if not here.data]:
                found[name] = places
        return found if len(found) > 1 else {}

    def many_places(self, value: Scalar) -> list[Place]:
        """Where a value of a list page stands, looked for once: many records have the same."""
        known = self._listed.get((type(value), value))
        if known is None:
            known = self._listed[type(value), value] = self.places(value, MAX_SHOWN)
        return known

    def _row(self, places: Mapping[str, Sequence[etree._Element]]) -> etree._Element | None:
        """The smallest element with a value of each field in it; None where several are as small."""
        holders = [{above for one in elements for above in (one, *one.iterancestors())} for elements in places.values()]
        common = set.intersection(*holders)
        smallest = common.difference(above for one in common for above in one.iterancestors())
        sizes = {row: sum(1 for _ in row.iter()) for row in smallest}
        least = [row for row, size in sizes.items() if size == min(sizes.values())]
        return least[0] if len(least) == 1 else None

    @cached_property
    def declares(self) -> bool:
        """Whether the page has structured data, or meta elements other than its title."""
        return any(c.kind == "data" or (c.kind == "meta" and c.element.tag == "meta") for c in self.candidates)

    @property
    def forms(self) -> Collection[str]:
        """The normal forms of all that the page shows and holds, links as absolute addresses, too; in its order."""
        return self._by_form.keys()

    @cached_property
    def leaves(self) -> frozenset[str]:
        """The normal forms of the texts that people see and that no block within them parts: paragraphs, not what
        stands around these."""
        own = (c for c in self.candidates if c.kind in SHOWN)
        return frozenset(normal(c.value) for c in own if c.kind == "node" or not holds_blocks(c.element))

    @cached_property
    def _by_form(self) -> dict[str, list[Candidate]]:
        forms: dict[str, list[Candidate]] = defaultdict(list)
        for candidate in self.candidates:
            forms[normal(candidate.value)].append(candidate)
            if candidate.kind in ("attribute", "meta", "data") and _linklike(candidate):
                absolute = normal(self.document.absolute(candidate.value))
                if absolute != normal(candidate.value):
                    forms[absolute].append(candidate)
        return forms

    @cached_property
    def _forms(self) -> list[tuple[str, Candidate]]:
        return [(form, candidate) for form, group in self._by_form.items() for candidate in group]

    def holding(self, value: Scalar, limit: int = 24) -> list[int]:
        """Numbers of the candidates that show the value: whole texts, or else the smallest that contain it."""
        shown = self.places(value, limit)
        shown = [place for place in shown if place.element.tag not in CHOICES] or shown
        texts = {(place.element, place.take, place.data) for place in shown}
        out = []
        for number, candidate in enumerate(self.candidates):
            here = place(candidate, True)
            if (here.element, here.take, here.data) in texts:
                out.append(number)
        return out

    def meant(self, name: str, value: Scalar) -> list[Place]:
        """Where a field's value stands: the places that the example names, if it does and they are there."""
        named = (self.example.places or {}).get(name, ())
        return (named and [p for p in self.everywhere(value) if p.name in named]) or self.places(value)

    def everywhere(self, value: Scalar) -> list[Place]:
        """All places that show the value, also within a longer text where others show it alone; the smallest only."""
        whole = self.places(value)
        found = [place for place in whole if place.exact]
        around = {element for place in found for element in (place.element, *place.element.iterancestors())}
        parts = [*(self._containing(value) if isinstance(value, str) else self._within(value))]
        for place in dict.fromkeys([*(place for place in whole if not place.exact), *parts]):
            # All that a script holds stands in one element.
            if place.data or place.element not in around:
                found.append(place)
                around.update((place.element, *place.element.iterancestors()))
        return found

    def places(self, value: Scalar, limit: int = 14) -> list[Place]:
        """Where the value stands: whole texts first; if there are none, the smallest texts that contain it. What stands
        nowhere else is looked for in what scripts assign, unless it is so short that it may stand there by chance."""
        found = self.shown_places(value, limit)
        return found or (self.assigned_places(value)[:limit] if len(normal(str(value))) >= TELLING else [])

    def assigned_places(self, value: Scalar) -> list[Place]:
        """Where the value is a whole entry in what scripts assign to variables."""
        exact = self._assigned_forms.get(normal(value), ()) if isinstance(value, str) else ()
        if not exact and (moment := moment_of(value)) is not None and (not isinstance(value, str) or iso_form(value)):
            likely = (c for c in self._assigned if len(c.value) <= LONGEST_WHOLE and _has_numbers(c.value, moment))
            return [place(c, False) for c in likely if _says_date(c.value, moment)]
        if kind_of(value) == "number":
            return [
                place(c, False)
                for c in self._assigned
                if len(c.value) <= LONGEST_WHOLE and any(map(str.isdigit, c.value)) and value in readings_of(c.value)
            ]
        return [place(c, True) for c in exact]

    @cached_property
    def _assigned(self) -> list[Candidate]:
        return list(held(self.document.assigned))

    @cached_property
    def _assigned_forms(self) -> dict[str, list[Candidate]]:
        forms: dict[str, list[Candidate]] = defaultdict(list)
        for candidate in self._assigned:
            forms[normal(candidate.value)].append(candidate)
            if _linklike(candidate) and (absolute := normal(self.document.absolute(candidate.value))) not in forms:
                forms[absolute].append(candidate)
        return forms

    def shown_places(self, value: Scalar, limit: int = 14) -> list[Place]:
        """The same, without what scripts assign."""
        if isinstance(value, str):
            exact = _with_tails([place(c, True) for c in self._by_form.get(normal(value), ())])
            if not exact:
                exact = self._bare(value)
            # Also where there is none.
            if all(place.element.tag in CHOICES for place in exact):
                around = {element for place in exact for element in place.element.iterancestors()}
                days = self._saying(value, limit) if iso_form(value) else []
                exact = [*days, *(place for place in self._containing(value) if place.element not in around), *exact]
            return exact[:limit]
        if isinstance(value, date):
            return self._saying(value, limit)
        found = self._typed(value, limit)
        if not any(_is_bare(place.text) for place in found):
            found += [place for place in self._within(value) if place not in found]
        return (found or self._measured(value))[:limit]

    def _bare(self, value: str) -> list[Place]:
        """Places whose text is the value within marks such as a bullet, a colon or a dash."""
        form = remainder(normal(value), 0, _MARKS)
        if len(form) < 3:
            return []
        return _with_tails([place(c, True) for c in self._by_marks.get(form, ())])

    @cached_property
    def _by_marks(self) -> dict[str, list[Candidate]]:
        forms: dict[str, list[Candidate]] = defaultdict(list)
        for form, group in self._by_form.items():
            forms[remainder(form, 0, _MARKS)].extend(group)
        return forms

    def _containing(self, value: str) -> list[Place]:
        form = normal(value)
        if not form:
            return []
        hits = [
            (len(text), number, candidate)
            for number, (text, candidate) in enumerate(self._forms)
            if form in text and len(text) <= 20 * len(form) + 400 and candidate.element.tag not in CHOICES
        ]
        # A digit of a longer number is another value, where it stands alone elsewhere.
        apart = [hit for hit in hits if _stands_apart(value, hit[2].value)] if value[-1:].isdigit() else []
        hits = sorted(apart or hits, key=lambda hit: hit[:2])
        found = [place(c, False) for _, _, c in hits[:60] if find(c.value, value)[0] >= 0]
        return _with_tails(found[:6])

    def _typed(self, value: Scalar, limit: int) -> list[Place]:
        found: list[Place] = []
        for candidate in self.candidates if kind_of(value) == "number" else ():
            text = candidate.value
            if len(text) > LONGEST_WHOLE:
                continue
            if any(map(str.isdigit, text)) and value in readings_of(text):
                found.append(place(candidate, False))
        found.sort(key=lambda p: len(p.text))
        return found[:limit]

    def _saying(self, value: Scalar, limit: int) -> list[Place]:
        """Texts that say a day or moment, in any words; if there are none, the smallest in which it stands."""
        moment = moment_of(value)
        assert moment is not None
        # Reading a date is dear: a text without the numbers of day and year says another one.
        likely = [c for c in self.candidates if len(c.value) <= LONGEST and _has_numbers(c.value, moment)]
        found = [place(c, False) for c in likely if len(c.value) <= LONGEST_WHOLE and _says_date(c.value, moment)]
        if not found:
            found = self._smallest([c for c in likely if any(_says_date(p, moment) for _, p in dated_parts(c.value))])
        return sorted(found, key=lambda one: len(one.text))[:limit]

    def _within(self, value: Scalar) -> list[Place]:
        """Texts in which a number stands among words and other numbers, the smallest."""
        return self._smallest(self._by_number.get(value, ())) if kind_of(value) == "number" else []

    def _measured(self, value: Scalar) -> list[Place]:
        """Texts that say a number as a duration in several units, or as a count that is written short."""
        return self._smallest(self._by_measure.get(value, ())) if kind_of(value) == "number" else []

    @staticmethod
    def _smallest(holding: Iterable[Candidate]) -> list[Place]:
        """Of texts that have a value in them those that have none of the others in them."""
        found: list[Place] = []
        lengths: dict[etree._Element, int] = {}  # of what stands in an element, the smallest text that has the value
        for candidate in sorted(holding, key=lambda one: len(one.value)):
            here = place(candidate, False)
            if lengths.get(here.element, len(here.text)) == len(here.text) and len(found) < MAX_WITHIN:
                if here.element.tag not in CHOICES:
                    found.append(here)
                if not here.data and not here.take.startswith("@"):
                    for element in (here.element, *here.element.iterancestors()):
                        lengths.setdefault(element, len(here.text))
        return _with_tails(found)

    @cached_property
    def _by_measure(self) -> dict[Scalar, list[Candidate]]:
        return self._saying_numbers(_measures)

    @cached_property
    def _by_number(self) -> dict[Scalar, list[Candidate]]:
        return self._saying_numbers(_numbers)

    def _saying_numbers(self, read: Callable[[str], set[float | int]]) -> dict[Scalar, list[Candidate]]:
        """The candidates by what is ``read`` of their texts, those that are not long."""
        numbers: dict[Scalar, list[Candidate]] = defaultdict(list)
        for candidate in self.candidates:
            text = candidate.value
            if len(text) <= LONGEST and any(map(str.isdigit, text)):
                for number in read(text):
                    numbers[number].append(candidate)
        return numbers


def _numbers(text: str) -> set[float | int]:
    """The numbers that stand in the text, in every way in which they can be read."""
    return {number for at, stop in numbers_in(text) for number in readings_of(text[at:stop])}


def _measures(text: str) -> set[float | int]:
    """What the text says as a duration, or as a count that is written short."""
    short = (read_abridged(text),) if short_count(text) is not None else ()
    return {number for number in (*short, *(read_duration(text, unit) for unit in UNITS)) if number}


_MARKS: Final = "▢•·▪◦*☐□-–—:;,.|()[]\"'"


def holds_blocks(element: etree._Element) -> bool:
    """Whether blocks within the element part its text; line breaks are none."""
    return any(inner.tag in BLOCK_TAGS and inner.tag != "br" for inner in element.iterdescendants())


def opened(example: Example) -> LabelledPage:
    """The example's page, as ``whole`` gives it. Raises PageRejected."""
    return whole(LabelledPage(example))


def whole(page: LabelledPage) -> LabelledPage:
    """The page; with what it hides as if it were shown, where a value stands only there (a tab, a fold)."""
    lost = [one for value in page.values.values() for one in scalars(value)[:1] if not page.shown_places(one, 1)]
    if lost:
        revealed = LabelledPage(page.example, revealed=True)
        if any(revealed.shown_places(one, 1) for one in lost):
            return revealed
    return page


def _with_tails(places: list[Place]) -> list[Place]:
    """The places, and each bare text node after an element once more as that element's tail."""
    out: list[Place] = []
    for found in places:
        out.append(found)
        number = int(found.take[5:]) if found.take.startswith("node:") else 0
        if number:
            out.append(Place(found.element[number - 1], "tail", found.text, found.exact))
    return out


def _stands_apart(number: str, text: str) -> bool:
    """Whether the text has a number that is not part of a longer one; 2026 is none of 27.11.2026."""
    begun = r"(?:(?<![\d.,])|(?<=[^\d][.,])|(?<=[.,]\d[.,])|(?<=[.,]\d\d[.,]))"
    return bool(re.search(rf"{begun}{re.escape(number)}(?!\d)(?![.,]\d+(?![.,]?\d))", text))


def _is_bare(text: str) -> bool:
    """Whether the text is a number with no words beside it."""
    return not any(map(str.isalpha, text))


def _linklike(candidate: Candidate) -> bool:
    return candidate.name in ("href", "src", "og:image", "og:url") or candidate.value.startswith(("/", "."))


def _has_numbers(text: str, day: date) -> bool:
    """Whether a text has the numbers of day and year, in digits of any script. Years of an era have another."""
    digits = western(text)
    return str(day.day) in digits and (f"{day.year % 100:02}" in digits or "年" in digits)


def _says_date(text: str, value: Scalar) -> bool:
    for order in DATE_ORDERS:
        moment = read_datetime(text, order)
        if moment is None:
            continue
        if isinstance(value, datetime):
            if moment.replace(tzinfo=None) == value.replace(tzinfo=None):
                return True
        elif isinstance(value, date) and moment.date() == value:
            return True
    return False


def place(candidate: Candidate, exact: bool) -> Place:
    """The place of a candidate."""
    if candidate.kind == "data":
        return Place(candidate.element, "data", candidate.value, exact, tuple(candidate.name.split("/")))
    if candidate.kind == "attribute":
        take = "@" + candidate.name
    elif candidate.kind == "meta":
        take = {"title": "text", "link": "@href"}.get(str(candidate.element.tag), "@content")
    elif candidate.kind == "node":
        take = f"node:{candidate.node}"
    else:
        take = "text"
    return Place(candidate.element, take, candidate.value, exact)
