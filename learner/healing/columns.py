"""The columns of a new design's records, each told by how like it is to a field of the examples.

Where the pages of a new design repeat something, a column of it is looked for each field of the records.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from learner.extractor import Extractor
from learner.healing.groups import Group, Row, groups_of
from learner.healing.judge import Fit, Judge
from learner.healing.resemblance import Spot, Spots, Usual, features
from learner.network.opinion import Opinion
from learner.network.scorer import Scores
from learner.pages.values import scalars
from learner.programs.examples import LabelledPage, records_of
from learner.programs.recordlist import windows

LEAST: Final = 3
"""Values of a column."""


class Columns(Judge):
    """The fields of an extractor's records, looked for among the columns of other pages."""

    name = "columns"
    source = "column"
    widest = 8

    def __init__(self, extractor: Extractor, opinion: Opinion, pages: Sequence[LabelledPage]) -> None:
        """``pages`` are some of the examples, opened."""
        placed = _placed(extractor, pages)
        records = records_of(extractor.examples)
        super().__init__(opinion, records, placed)
        self._usually = len(records) / max(1, len(extractor.examples))
        self._usual = {
            name: Usual.of(entry, values, len(records), placed.get(name, {}))
            for name, entry in extractor.program.fields.items()
            if entry.column
            and (values := [one for record in records for one in scalars(record.get(name)) if one != ""])
        }

    def _groups(self, pages: Sequence[LabelledPage], seen: Sequence[Scores | None]) -> Iterator[dict[str, list[Fit]]]:
        for group in groups_of(pages):
            yield {name: self._fits(usual, group, pages, seen) for name, usual in self._usual.items()}

    def _fits(
        self, usual: Usual, group: Group, pages: Sequence[LabelledPage], seen: Sequence[Scores | None]
    ) -> list[Fit]:
        out = []
        for column in group.columns:
            if not usual.may_stand(column):
                continue
            values = self._formed(usual.name, column, pages, LEAST)
            if values is None:
                continue
            held = [
                float(scores[usual.name][column.cells[row].number])
                for row in values
                if (scores := seen[row[0]]) is not None
            ]
            mean = sum(held) / len(held) if held else 0.0
            told = features(usual, column, values, group, self._usually, mean)
            out.append(Fit(column, values, np.array(told, np.float64)))
        return out

    def spots(self, fit: Fit, pages: Sequence[LabelledPage]) -> Spots:
        """Where a column's values stand, by record."""
        out = {}
        for row in fit.values:
            cell, page = fit.column.cells[row], pages[row[0]]
            element = page.candidates[cell.number].element
            out[row] = Spot(element, page.index.order[element], cell.share)
        return out

    def is_same(self, one: Fit, other: Fit) -> bool:
        """Whether two fields would have mostly the same values in the same records."""
        equal = sum(other.values.get(row) == value for row, value in one.values.items())
        return 2 * equal > min(len(one.values), len(other.values))


def _placed(extractor: Extractor, pages: Sequence[LabelledPage]) -> dict[str, dict[Row, Spot]]:
    """Where the fields stand in the records of the examples, the first of each record."""
    out: dict[str, dict[Row, Spot]] = {}
    parting = extractor.program.records
    for number, page in enumerate(pages if parting is not None else ()):
        assert parting is not None
        order = page.index.order
        starts = sorted({order[element] for element in page.index.elements_of(parting.starts[0])})
        reach = windows(starts, parting.inside, page.index)
        for name, entry in extractor.program.fields.items():
            answer = entry.run(page.index, extractor.program.calibration)
            if answer is None or answer.rule.selector.data:
                continue
            found = [(order[element], element) for element, _ in answer.rule.found(page.index) if element in order]
            own = out.setdefault(name, {})
            at = 0
            for start, end in reach:
                while at < len(found) and found[at][0] < start:
                    at += 1
                if at < len(found) and found[at][0] < end:
                    place, element = found[at]
                    own[number, start] = Spot(element, place, (place - start) / max(1, end - start))
    return out
