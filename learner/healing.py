"""heal(): from pages of a new design, unlabelled, to an extractor that reads them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from learner.errors import EvergreenError, PageRejected
from learner.examples import Example, Known, LabelledPage
from learner.extractor import Extractor
from learner.learning import learn
from learner.page import Page
from learner.values import Value, scalars


@dataclass(frozen=True, slots=True)
class Repair:
    """What healing gave: the extractor to use (the old one if nothing was ``promoted``), a report, the labels."""

    extractor: Extractor
    promoted: bool
    report: dict[str, Any] = field(default_factory=dict)
    labels: tuple[Example, ...] = ()


def heal(
    extractor: Extractor,
    pages: Sequence[Page],
    *,
    known: Sequence[Known] = (),
    old: Sequence[Page] = (),
    seed: int = 0,
) -> Repair:
    """Relabel the pages from what is known, learn from the labels, and check the result before it is promoted."""
    facts = _facts(extractor, known)
    labels = [label for page in pages if (label := _relabel(page, facts)) is not None]
    before = _vouched(extractor, pages)
    report: dict[str, Any] = {"pages": len(pages), "labels": len(labels), "before": before}
    if not labels:
        return Repair(extractor, False, {**report, "reason": "no known value stands on the new pages"})
    try:
        healed = learn(labels, seed=seed)
    except EvergreenError as error:
        return Repair(extractor, False, {**report, "reason": error.message}, tuple(labels))
    after = _vouched(healed, pages)
    report["after"] = after
    report["fields"] = {
        name: {
            "before": before.get(name, 0.0),
            "after": after.get(name, 0.0),
            "labels": sum(name in label.values for label in labels),
            "source": "known",
        }
        for name in {*before, *after}
    }
    better = sum(after.values()) > sum(before.values())
    if not better:
        return Repair(extractor, False, {**report, "reason": "not better than what is live"}, tuple(labels))
    return Repair(healed, True, report, tuple(labels))


def _facts(extractor: Extractor, known: Sequence[Known]) -> dict[str, Known]:
    facts = {e.url: Known(e.url, e.item, e.items) for e in extractor.examples}
    facts.update((fact.url, fact) for fact in known)
    return facts


def _relabel(page: Page, facts: Mapping[str, Known]) -> Example | None:
    """The page with those known values of its address that stand on it."""
    fact = facts.get(page.url)
    if fact is None:
        return None
    try:
        opened = LabelledPage(Example(page.url, page.html, item={}, source="known"))
    except PageRejected:
        return None
    if fact.item is not None:
        item: dict[str, Value] = {}
        for name, value in fact.item.items():
            here = [v for v in scalars(value) if v not in ("", None) and opened.places(v)]
            if here and len(here) >= 0.6 * len(scalars(value)):
                item[name] = here if isinstance(value, list) else here[0]
        return Example(page.url, page.html, item=item, source="known") if item else None
    records = []
    for record in fact.items or ():
        found = {name: value for name, value in record.items() if all(opened.places(v) for v in scalars(value))}
        if found:
            records.append(found)
    return Example(page.url, page.html, items=records, source="known") if records else None


def _vouched(extractor: Extractor, pages: Sequence[Page]) -> dict[str, float]:
    """Per field, the share of the pages for which the extractor vouches for a value."""
    counts = dict.fromkeys(extractor.fields, 0)
    for page in pages:
        for name in extractor.extract(page.html, page.url).confidence:
            counts[name] += 1
    return {name: count / max(1, len(pages)) for name, count in counts.items()}
