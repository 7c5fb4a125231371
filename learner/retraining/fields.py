"""Extractors and examples with other fields than they had: fewer, trusted otherwise, or as often as pages show them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from learner.extractor import Extractor
    from learner.programs.examples import Example
    from learner.programs.program import FieldProgram


@dataclass(frozen=True, slots=True)
class Wanted:
    """A template whose values a spider gives by itself: learned code only stands beside it.

    It is learned from ``examples`` pages on, of those ``fields`` that stand on the pages, and from what was said
    ``since`` a moment, if one is given; that it can't be learned is no failure.
    """

    examples: int
    fields: frozenset[str]
    since: datetime | None = None


def only(fields: frozenset[str], example: Example) -> Example:
    """The example with none but these fields."""
    if example.items is None:
        item = {name: value for name, value in (example.item or {}).items() if name in fields}
        return replace(example, item=item, lacks=example.lacks & fields)
    records = [{name: value for name, value in record.items() if name in fields} for record in example.items]
    return replace(example, items=records)


def with_fields(
    extractor: Extractor,
    fields: Mapping[str, FieldProgram],
    examples: Sequence[Example] | None = None,
    warnings: Sequence[str] = (),
) -> Extractor:
    """The extractor with these fields, and with other ``examples`` and more ``warnings`` if such are given."""
    from learner.extractor import Extractor

    return Extractor(
        replace(extractor.program, fields=dict(fields)),
        extractor.examples if examples is None else examples,
        warnings=[*extractor.warnings, *warnings],
        threshold=extractor.threshold,
    )


def with_bonds(extractor: Extractor, former: Sequence[Extractor]) -> Extractor:
    """The extractor, which holds values to what the examples of ``former`` ones showed of pairs of its fields, too,
    unless its own contradict it."""
    from learner.extractor import Extractor
    from learner.programs.orders import Bonds

    bonds = Bonds.united(Bonds(one.doubts.orders, one.doubts.companions) for one in former)
    program = replace(extractor.program, bonds=bonds.only(extractor.fields))
    return Extractor(program, extractor.examples, warnings=extractor.warnings, threshold=extractor.threshold)


def without(names: Collection[str], extractor: Extractor, why: str = "often wrong on held-out pages") -> Extractor:
    """The extractor with none of these fields, and a warning for each that says ``why``."""
    fields = {name: entry for name, entry in extractor.program.fields.items() if name not in names}
    warnings = [f"{name}: {why}" for name in sorted(names)]
    return with_fields(extractor, fields, warnings=warnings)


def silenced(names: Collection[str], extractor: Extractor) -> Extractor:
    """The extractor, which vouches for none of these fields: it looks for them, and they are missed."""
    entries = extractor.program.fields
    return with_fields(
        extractor, {n: replace(entry, trust=0.0) if n in names else entry for n, entry in entries.items()}
    )


def as_often(extractor: Extractor, examples: Sequence[Example]) -> Extractor:
    """The extractor with its fields as often as all examples have them: those learned from take turns, so that what few
    pages have is among them."""
    if extractor.is_list:
        return extractor
    entries = extractor.program.fields
    telling = [example for example in examples if example.is_whole(entries)] or examples
    having = Counter(name for example in telling for name in example.values)
    shares = {name: having[name] / len(telling) for name in entries if having[name] < len(telling)}
    profiles = {name: replace(entries[name].profile, presence=share) for name, share in shares.items()}
    fields = {n: replace(entry, profile=profiles.get(n, entry.profile)) for n, entry in entries.items()}
    return with_fields(extractor, fields)
