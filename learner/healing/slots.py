"""The slots of a template: what stands in one place of each of its pages, and which slot is which field.

Pages of one design put a field in one place, by its markup and that around it, and its number among those that are
alike, or by the text before or after it. What one page alone leaves open, several tell.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np

from learner.extractor import Extractor
from learner.healing.groups import MAX_ALIKE, Cell, Column, Row, markup_around
from learner.healing.judge import Fit, Judge
from learner.healing.resemblance import Look, Spot, Spots
from learner.healing.surroundings import Position, Surroundings, Usual, features
from learner.network.opinion import Opinion
from learner.network.scorer import Scores
from learner.pages.values import Scalar, scalars
from learner.programs.examples import LabelledPage, records_of
from learner.programs.program import Calibration, FieldProgram, key

SEVERAL: Final = 3
"""Pages from which on a slot is on two of them at least, and equal values are no chance."""
MOST: Final = 12
"""Values of a slot, for each that the examples have on a page."""


class Slots(Judge):
    """The fields of an extractor's items, looked for among the slots of other pages."""

    name = "slots"
    source = "slot"
    widest = 24

    def __init__(self, extractor: Extractor, opinion: Opinion, pages: Sequence[LabelledPage]) -> None:
        """``pages`` are some of the examples, opened."""
        items = [item for item in records_of(extractor.examples) if item]
        around = [Surroundings(page) for page in pages]
        self._usual: dict[str, Usual] = {}
        placed: dict[str, Spots] = {}
        for name, entry in extractor.program.fields.items():
            values = [scalars(item[name]) for item in items if item.get(name) not in (None, "", [])]
            if not values:
                continue
            places = {
                n: _places(page, entry, extractor.program.calibration)
                for n, page in enumerate(pages)
                if name in page.values
            }
            made = {(at, n): value for at, found in places.items() for n, value in found.items()}
            numbers = {row: row[1] for row in made}
            self._usual[name] = Usual.of(
                entry,
                Look.of([one for some in values for one in some]),
                len(values) / len(items),
                sum(map(len, values)) / len(values),
                Position.of(numbers, made, pages, around),
            )
            placed[name] = _first(numbers, pages)
        super().__init__(opinion, items, placed)

    def _groups(self, pages: Sequence[LabelledPage], seen: Sequence[Scores | None]) -> Iterator[dict[str, list[Fit]]]:
        # One group, of one record for each page.
        around = [Surroundings(page) for page in pages]
        single, many = slots_of(pages, around)
        out = {}
        for name, usual in self._usual.items():
            slots = [slot for slot in (many if usual.many else single) if usual.may_stand(slot)]
            out[name] = [fit for slot in slots if (fit := self._fit(usual, slot, pages, around, seen)) is not None]
        yield out

    def _fit(
        self,
        usual: Usual,
        slot: Column,
        pages: Sequence[LabelledPage],
        around: Sequence[Surroundings],
        seen: Sequence[Scores | None],
    ) -> Fit | None:
        if usual.many and len(slot.cells) > MOST * len(pages) * max(4.0, usual.size):
            return None
        values = self._formed(usual.name, slot, pages, 1)
        if values is None:
            return None
        said: dict[int, list[str]] = defaultdict(list)
        for (at, _), value in values.items():
            said[at].append(key(value))
        content = frozenset((at, tuple(own)) for at, own in said.items())
        position = Position.of(_numbers(slot, values), values, pages, around)
        told = features(usual, slot, values, pages, position, seen)
        return Fit(slot, values, np.array(told, np.float32), content)

    def spots(self, fit: Fit, pages: Sequence[LabelledPage]) -> Spots:
        """Where a slot's values stand, the first of each page."""
        return _first(_numbers(fit.column, fit.values), pages)

    def is_same(self, one: Fit, other: Fit) -> bool:
        """Whether two fields would stand in one place, or have the same values on several pages."""
        places = [{(at, cell.number) for (at, _), cell in fit.column.cells.items()} for fit in (one, other)]
        if 2 * len(places[0] & places[1]) > min(map(len, places)):
            return True
        values = [{(at, key(value)) for (at, _), value in fit.values.items()} for fit in (one, other)]
        equal = values[0] & values[1]
        return len({at for at, _ in equal}) >= SEVERAL and 2 * len(equal) > min(map(len, values))


def slots_of(pages: Sequence[LabelledPage], around: Sequence[Surroundings]) -> tuple[list[Column], list[Column]]:
    """The slots of one value on a page, and those of all that are marked up alike, on it or under one heading."""
    single: dict[tuple[Any, ...], Column] = {}
    many: dict[tuple[Any, ...], Column] = {}
    for at, page in enumerate(pages):
        counts: Counter[tuple[Any, ...]] = Counter()
        size = len(page.candidates)
        for number, candidate in enumerate(page.candidates):
            machine = candidate.kind in ("meta", "data")
            kind: tuple[Any, ...] = (candidate.kind, candidate.name)
            if not machine:
                kind += (candidate.node, *markup_around(candidate.element))
            attribute = candidate.kind if machine else candidate.name
            cell = Cell(candidate.value, number, number / size)
            near = around[at]
            for place in (("all", kind), ("under", kind, near.headings[number])):
                if place not in many:
                    many[place] = Column(attribute, "", candidate.element, None)
                many[place].cells[at, number] = cell
            count = counts[kind]
            counts[kind] += 1
            keys: list[tuple[Any, ...]] = [("number", kind, count)] if count < MAX_ALIKE else []
            if not attribute:
                before, after = near.before[number], near.after[number]
                keys += [("before", candidate.kind, before), ("before", kind, before)] if before else []
                keys += [("after", kind, after)] if after else []
            for place in keys:
                if place not in single:
                    single[place] = Column(attribute, "", candidate.element, None)
                single[place].cells.setdefault((at, 0), cell)
    least = 1 if len(pages) < SEVERAL else 2
    return _once(single.values(), least), _once(many.values(), least)


def _once(slots: Iterable[Column], least: int) -> list[Column]:
    """Those that are on so many pages, and each that has the same places once."""
    told: dict[frozenset[tuple[Row, int]], Column] = {}
    for slot in slots:
        if len({at for at, _ in slot.cells}) >= least:
            told.setdefault(frozenset((row, cell.number) for row, cell in slot.cells.items()), slot)
    return list(told.values())


def _numbers(slot: Column, rows: Iterable[Row]) -> dict[Row, int]:
    """The numbers of a slot's candidates."""
    return {row: slot.cells[row].number for row in rows}


def _places(page: LabelledPage, entry: FieldProgram, calibration: Calibration) -> dict[int, Scalar]:
    """The candidates that show a field's values on an example, one for each: where its rules read, if they do."""
    answer = entry.run(page.index, calibration)
    read = set() if answer is None else {element for element, _ in answer.rule.found(page.index)}
    out: dict[int, Scalar] = {}
    for value in scalars(page.values[entry.profile.name])[:20]:
        held = page.holding(value)
        for number in [n for n in held if page.candidates[n].element in read] or held[:1]:
            out.setdefault(number, value)
    return out


def _first(numbers: Mapping[Row, int], pages: Sequence[LabelledPage]) -> dict[Row, Spot]:
    """Where the first value of each page stands, if it is shown."""
    out: dict[Row, Spot] = {}
    for (at, _), number in sorted(numbers.items()):
        element = pages[at].candidates[number].element
        place = pages[at].index.order.get(element)
        if place is not None:
            out.setdefault((at, 0), Spot(element, place, number / len(pages[at].candidates)))
    return out
