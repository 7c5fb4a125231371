"""What learned code reads otherwise than a person shows it: that is not given as if it were known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import takewhile
from typing import Final
from urllib.parse import urljoin

from learner.extractor import Extractor
from learner.pages.values import Scalar, Value, kind_of, same, scalars
from learner.programs.examples import Example, LabelledPage
from learner.programs.program import FieldProgram, Program, key
from learner.programs.recordlist import matched

RIGHT_ENOUGH: Final = 0.8
"""Share of the pages that a person shows (of a list page: of its records), on which a field has to be read as shown: of
fewer than five all."""
LONGEST: Final = 80
"""Characters of a value that are shown."""
BEFORE: Final = 30
"""Of these, before the first that differs."""

_Compared = tuple[str, Value, Value]
"""A field, what is read of it, and what is shown."""


def as_shown(program: Program, examples: Sequence[Example]) -> tuple[Program, list[str]]:
    """The program without the fields that it reads otherwise than a person shows them, and a warning for each. Of rules
    that disagree those stay that read all such pages as shown, if there are any."""
    shown = [example for example in examples if example.source == "person"]
    warnings: list[str] = []
    while shown and (refuted := _refuted(Extractor(program, examples), shown)):
        fields = dict(program.fields)
        for name, how in refuted.items():
            right = _right_alone(fields.pop(name), program, shown)
            if right is not None:
                fields[name] = right
            else:
                warnings.append(f"{name} is read as {how}: it is not given")
        program = replace(program, fields=fields)
    return program, warnings


def agrees(found: Value, shown: Value, url: str) -> bool:
    """Whether a value says what is shown, on the page of this address. The order of lists does not count, nor whether
    links are relative."""
    given, wanted = scalars(found), scalars(shown)
    if same(found, shown) or Counter(map(key, given)) == Counter(map(key, wanted)):
        return True
    if all(kind_of(value) != "link" for value in (*given, *wanted)):
        return False
    return Counter(_absolute(value, url) for value in given) == Counter(_absolute(value, url) for value in wanted)


def _absolute(value: Scalar, url: str) -> str:
    try:
        return urljoin(url, str(value))
    except ValueError:
        return str(value)


def difference(found: Value, shown: Value) -> str:
    """What is read, and what is shown, for people: where they differ."""
    one, other = str(found), str(shown)
    alike = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
    start = max(0, alike - BEFORE) if max(len(one), len(other)) > LONGEST else 0
    read, wanted = (("…" if start else "") + text[start : start + LONGEST] for text in (one, other))
    return f"{read!r}, not {wanted!r}"


def _refuted(extractor: Extractor, shown: Sequence[Example]) -> dict[str, str]:
    """The fields that are too often read otherwise, and how. Pages of which little is read as shown are of another
    template, where others are not."""
    both = [(example, list(_compared(extractor, example))) for example in shown]
    ours = [(example, compared) for example, compared in both if not _is_strange(example, extractor, compared)]
    told, wrong = Counter[str](), Counter[str]()
    how: dict[str, str] = {}
    for example, compared in ours or both:
        for name, found, value in compared:
            told[name] += 1
            if not agrees(found, value, example.url):
                wrong[name] += 1
                how.setdefault(name, f"{difference(found, value)}, on {example.url}")
    return {name: one for name, one in how.items() if told[name] - wrong[name] < RIGHT_ENOUGH * told[name]}


def _compared(extractor: Extractor, example: Example) -> Iterator[_Compared]:
    """What is given of the page, field by field, and record by record on a list page."""
    read = extractor.read(example.html, example.url)
    pairs = [(example.values, read.item)] if example.items is None else matched(read.items, example.items)
    for shown, found in pairs:
        yield from ((name, found[name], value) for name, value in shown.items() if name in found)


def _is_strange(example: Example, extractor: Extractor, compared: Sequence[_Compared]) -> bool:
    asked = len(example.values.keys() & extractor.fields.keys())
    right = sum(agrees(found, value, example.url) for _, found, value in compared)
    return example.items is None and asked - right > max(1, asked / 2)


def _right_alone(entry: FieldProgram, program: Program, shown: Sequence[Example]) -> FieldProgram | None:
    """The field with none but the rules that read it on all pages as shown; None if there are no such, or no others."""
    name, rules = entry.profile.name, entry.rules
    for example in shown:
        if name in example.values and not entry.column:
            index, value = LabelledPage(example, revealed=program.reveals).index, example.values[name]
            read = [(rule, entry.read(rule, index)) for rule in rules]
            rules = tuple(
                rule for rule, found in read if found and agrees(found if entry.many else found[0], value, example.url)
            )
    return replace(entry, rules=rules) if 0 < len(rules) < len(entry.rules) else None
