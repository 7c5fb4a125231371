"""A version beside its parent on pages of the two designs: what each field's code was and is, and where it reads."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from lxml import etree

from learner.errors import EvergreenError
from learner.extractor import Extractor
from learner.pages.page import Document, parse
from learner.pages.values import Value, scalars
from learner.programs.examples import Example
from learner.programs.excerpt import Block, Line, blocks, path, source
from learner.programs.selectors import Index

MAX_VALUE: Final = 200
_MARKED: Final = 4  # places of a field of several values
_TRIED: Final = 8  # pages of the new design that are looked at for the one with most fields


@dataclass(frozen=True, slots=True)
class Reading:
    """What a field's code gives on a page: the value as text and its confidence, the best rule and the element it
    reads, as a path and as ``source``. Without a value none of its rules found anything."""

    rule: str
    value: str = ""
    confidence: float = 0.0
    path: str = ""
    source: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field: ``before`` is the old code on the old page, ``between`` the old code on the new page, ``after`` the
    new code on the new page. One is None where that version does not have the field."""

    field: str
    before: Reading | None
    between: Reading | None
    after: Reading | None


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two pages: its address and the text of the region in which the values stand."""

    url: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """The two pages, and what became of each field."""

    before: Side
    after: Side
    fields: tuple[FieldChange, ...]


def change(old: Extractor, new: Extractor) -> Change | None:
    """``old`` on a page it was learned from and ``new`` on one of its own: of one address, if there is such a pair.

    None when a version has no page that can be read.
    """
    # A version keeps examples of its parent where the old design still counts: they show nothing new.
    kept = {(example.url, example.html) for example in old.examples}
    fresh = [example for example in new.examples if (example.url, example.html) not in kept]
    earlier = {example.url: example for example in old.examples}
    after = _fullest([example for example in fresh if example.url in earlier] or fresh)
    if after is None:
        return None
    before = _fullest([earlier[after[0].url]] if after[0].url in earlier else old.examples)
    if before is None:
        return None
    names = list(dict.fromkeys([*old.fields, *new.fields]))
    marks: tuple[_Marks, _Marks] = {}, {}
    fields = []
    for name in names:
        first = _read(old, name, before[1], marks[0])
        fields.append(FieldChange(name, first, _read(old, name, after[1], {}), _read(new, name, after[1], marks[1])))
    return Change(
        Side(before[0].url, blocks(before[1].document, marks[0])),
        Side(after[0].url, blocks(after[1].document, marks[1])),
        tuple(fields),
    )


_Marks = dict[etree._Element, list[str]]


def _fullest(examples: Iterable[Example]) -> tuple[Example, Index] | None:
    """The page with most fields among the first that can be read."""
    best: tuple[Example, Document] | None = None
    for example in list(examples)[:_TRIED]:
        try:
            document = parse(example.html, example.url)
        except EvergreenError:
            continue
        if best is None or len(example.values) > len(best[0].values):
            best = example, document
    return (best[0], Index(best[1])) if best else None


def _read(extractor: Extractor, name: str, index: Index, marks: _Marks) -> Reading | None:
    program = extractor.program.fields.get(name)
    if program is None:
        return None
    answer = program.run(index, extractor.program.calibration)
    if answer is None:
        return Reading(str(program.rules[0]) if program.rules else "")
    rule = answer.rule
    found = list(dict.fromkeys(element for element, _ in rule.found(index)))
    element = found[-1] if rule.last else found[0]
    # Of a column the first record's place is enough to see.
    for place in found[:_MARKED] if program.profile.many else [element]:
        marks.setdefault(place, []).append(name)
    if rule.selector.data:
        lines: tuple[Line, ...] = (Line(0, f"{' / '.join(rule.selector.data)}: {_text(answer.value)}", True),)
    else:
        lines = source(element, rule.selector.take)
    return Reading(str(rule), _text(answer.value), round(answer.confidence, 4), path(element), lines)


def _text(value: Value) -> str:
    text = " · ".join(map(str, scalars(value)))
    return text if len(text) <= MAX_VALUE else text[: MAX_VALUE - 1] + "…"
