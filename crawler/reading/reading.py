"""What was read from one page, by the hand-written teacher or by the learned code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from crawler.templates import Template
from learner.state.records import RepairedItem

Item = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Reading:
    """The values of a page.

    ``item``: fields and links; ``items``: the items of a page that shows many; ``version``: number of the learned
    version that gave them, None for the teacher; ``confidence``: field -> 0..1; ``failed``: a field that the template
    always has is not vouched for; ``misses``: it lacks one that it had before, where few examples tell what is always
    there; ``scant``: less than half of them are; ``reason``: why the page gives nothing at all ("" or empty,
    not_html...); ``held``: its items wait for a repair; ``evidence``: the page was asked for only to learn from it, and
    nothing of it goes out.
    """

    template: str
    url: str
    fetched_at: datetime
    item: Item = field(default_factory=dict)
    items: Sequence[Item] = ()
    version: int | None = None
    confidence: Mapping[str, float] = field(default_factory=dict)
    failed: bool = False
    misses: bool = False
    scant: bool = False
    reason: str = ""
    held: bool = False
    evidence: bool = False


def as_reading(repaired: RepairedItem, template: str) -> Reading:
    """A repaired page as if it had just been read."""
    return Reading(
        template,
        repaired.url,
        repaired.fetched_at,
        repaired.item,
        repaired.items,
        repaired.version,
        repaired.confidence,
    )


PROVENANCE = "_evergreen"


def gives(reading: Reading, spec: Template) -> bool:
    """Whether items come of the page: none of a scant one, for what was found there may be of another thing, and would
    replace an item that is whole."""
    if reading.scant or (spec.follow and not spec.fields):
        return False
    return bool(reading.items) if spec.many else any(name in reading.item for name in spec.fields or reading.item)


def exported(reading: Reading, spec: Template, *, url_field: str | None, provenance: bool) -> Iterator[dict[str, Any]]:
    """The items of a reading as they leave the crawl: the template's fields, the page's URL, where they come from.

    A template without ``fields`` and ``follow`` is one that nobody described: all its values are exported.
    """
    if not gives(reading, spec):
        return
    for values in reading.items if spec.many else [reading.item]:
        item = {name: values[name] for name in spec.fields or values if name in values}
        if not item:
            continue
        if url_field is not None:
            item.setdefault(url_field, reading.url)
        if provenance:
            item[PROVENANCE] = _provenance(reading)
        yield item


def _provenance(reading: Reading) -> dict[str, Any]:
    return {
        "template": reading.template,
        "version": reading.version,
        "confidence": {name: round(value, 4) for name, value in reading.confidence.items()},
        "fetched_at": reading.fetched_at.isoformat(),
    }
