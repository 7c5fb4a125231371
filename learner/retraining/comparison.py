"""Two extractors side by side: their rules, and what both read on the same pages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from learner.extractor import Extraction, Extractor
from learner.pages.page import Page
from learner.pages.values import Value, same, to_json

SAME: Final = "same"
DIFFERENT: Final = "different"
ONLY_OLD: Final = "only_old"
ONLY_NEW: Final = "only_new"
NEITHER: Final = "neither"


@dataclass(frozen=True, slots=True)
class Difference:
    """A page on which the two say different things of a field; None for a value that is not vouched for."""

    url: str
    old: Value | None
    new: Value | None
    old_confidence: float | None
    new_confidence: float | None


@dataclass(slots=True)
class FieldComparison:
    """One field. Rules are texts with weights, most trusted first; ``counts`` of pages are by SAME and so on."""

    old_rules: tuple[tuple[str, float], ...]
    new_rules: tuple[tuple[str, float], ...]
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys((SAME, DIFFERENT, ONLY_OLD, ONLY_NEW), 0))
    differences: list[Difference] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """As plain JSON."""
        return {
            "old_rules": [{"rule": rule, "weight": round(weight, 4)} for rule, weight in self.old_rules],
            "new_rules": [{"rule": rule, "weight": round(weight, 4)} for rule, weight in self.new_rules],
            **self.counts,
            "differences": [
                {
                    "url": difference.url,
                    "old": to_json(difference.old),
                    "new": to_json(difference.new),
                    "old_confidence": difference.old_confidence,
                    "new_confidence": difference.new_confidence,
                }
                for difference in self.differences
            ],
        }


def compare(old: Extractor, new: Extractor, pages: Iterable[Page]) -> dict[str, FieldComparison]:
    """Each field that one of the two answers, compared over the pages."""
    fields = {
        name: FieldComparison(_rules(old, name), _rules(new, name)) for name in sorted({*old.fields, *new.fields})
    }
    for page in pages:
        before, after = old.read(page.html, page.url), new.read(page.html, page.url)
        left, right = _values(before), _values(after)
        for name, comparison in fields.items():
            verdict = _verdict(left.get(name), right.get(name))
            if verdict != NEITHER:
                comparison.counts[verdict] += 1
            if verdict not in (SAME, NEITHER):
                comparison.differences.append(
                    Difference(
                        page.url,
                        left.get(name),
                        right.get(name),
                        before.confidence.get(name),
                        after.confidence.get(name),
                    )
                )
    return fields


def _rules(extractor: Extractor, name: str) -> tuple[tuple[str, float], ...]:
    program = extractor.program.fields.get(name)
    return tuple((str(rule), rule.weight) for rule in program.rules) if program else ()


def _values(read: Extraction) -> dict[str, Value]:
    """The values by field; those of records as columns."""
    columns: dict[str, Any] = dict(read.item)
    for record in read.items:
        for name, value in record.items():
            columns.setdefault(name, []).append(value)
    return columns


def _verdict(old: Value | None, new: Value | None) -> str:
    if old is None and new is None:
        return NEITHER
    if old is None:
        return ONLY_NEW
    if new is None:
        return ONLY_OLD
    return SAME if same(old, new) else DIFFERENT
