"""What learned code reads otherwise than a person shows it: that is not given as if it were known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Final
from urllib.parse import urljoin

from learner.extractor import THRESHOLD, Extractor
from learner.learning import reliability
from learner.learning.completion import completed
from learner.pages.values import Scalar, Value, kind_of, same, scalars
from learner.programs.examples import Example, LabelledPage
from learner.programs.program import FieldProgram, Program, key, opening
from learner.programs.recordlist import EMPTY, alike, matched

RIGHT_ENOUGH: Final = 0.8
"""Share of the pages that a person shows (of a list page: of its records), on which a field has to be read as shown: of
fewer than five all."""
LONGEST: Final = 80
"""Characters of a value that are shown."""
BEFORE: Final = 30
"""Of these, before the first that differs."""
SEVERAL: Final = 2
"""Pages on which a list is given with more than the example has, from which on that is no slip of one example."""
TWICE: Final = 2
"""Texts that begin with one word, from which on the word tells what stands in the place of a missing value."""

NONE: Final[list[Scalar]] = []
"""What is shown of a field that the page has not."""
_Compared = tuple[str, Value | None, Value | None]
"""A field, what is read of it (None for nothing), and what is shown: None where a person shows a record without it."""


def as_shown(program: Program, examples: Sequence[Example]) -> tuple[Program, list[str]]:
    """The program without the fields that it reads otherwise than a person shows them, and a warning for each. Of rules
    that disagree those stay that read all such pages as shown, if there are any; what stands in records in the place of
    a value that they lack is told from values by its first word, if that can be. Of a program that reads no record of
    any list that a person shows nothing is left."""
    shown = [example for example in examples if example.is_shown]
    warnings: list[str] = []
    program = without_fillers(program, examples, shown)
    while shown and (refuted := _refuted(Extractor(program, examples), shown)):
        fields = dict(program.fields)
        for name, how in refuted.items():
            right = _right_alone(fields.pop(name), program, shown)
            if right is not None:
                fields[name] = right
            else:
                warnings.append(f"{name} is read as {how}: it is not given")
        program = replace(program, fields=fields)
    lists = [example for example in shown if example.items]
    extractor = Extractor(program, examples)
    if program.fields and lists and not any(extractor.read(one.html, one.url).items for one in lists):
        return replace(program, fields={}), [*warnings, f"no record is read on {lists[0].url}"]
    return program, warnings


def overfull(program: Program, pages: Sequence[LabelledPage]) -> tuple[Program, list[str]]:
    """The program without lists of which it gives more than the examples on most of these, two or more, and a warning
    for each: what stands beside such a list on one page after the other is no part of it."""
    fields: dict[str, FieldProgram] = {}
    warnings: list[str] = []
    for name, entry in program.fields.items():
        more = [] if entry.column or not entry.profile.many else _more(entry, pages)
        wrong = [found for found in more if found is not None]
        if len(wrong) < SEVERAL or 2 * len(wrong) <= len(more):
            fields[name] = entry
        else:
            warnings.append(f"{name} is read with {wrong[0]} on most examples: it is not given")
    return (replace(program, fields=fields) if warnings else program), warnings


def _more(entry: FieldProgram, pages: Sequence[LabelledPage]) -> list[str | None]:
    """What is given beyond the example's list, page by page that has one: in words, None for nothing."""
    found: list[str | None] = []
    for page in pages:
        gold = {key(value) for value in scalars(page.values.get(entry.profile.name))}
        answer = entry.run(page.index, reliability.calibration()) if gold else None
        if answer is not None and answer.confidence >= THRESHOLD:
            extra = next((value for value in scalars(answer.value) if key(value) not in gold), None)
            found.append(None if extra is None else f"{str(extra)[:LONGEST]!r}")
    return found


@dataclass(frozen=True, slots=True)
class Tally:
    """How the records of a page that a person shows are read.

    ``told`` is the number of values that are shown, ``missed`` of those that are not read as shown; ``more`` of records
    that are read and not shown, ``lost`` of those that are shown and not read. ``found`` are the fields that are read,
    ``unread`` those that no record is read with, though some are shown with it; ``otherwise``: by field, what is read
    in a record that a person shows with another value (None: without it), and that value.
    """

    told: int
    missed: int
    read: int
    shown: int
    more: int
    lost: int
    found: frozenset[str]
    unread: frozenset[str]
    otherwise: Mapping[str, tuple[Value, Value | None]]


def tally(extractor: Extractor, example: Example) -> Tally:
    """How a list page that a person shows is read. Where he shows the first records only, those beside them are meant,
    too."""
    shown = list(completed(example)[0].items or ())
    read = extractor.read(example.html, example.url).items
    pairs = list(matched(read, shown))
    told = missed = 0
    otherwise: dict[str, tuple[Value, Value | None]] = {}
    for record, found in pairs:
        values = {name: value for name, value in record.items() if value not in EMPTY}
        told += len(values)
        missed += sum(
            name not in found or not agrees(found[name], value, example.url) for name, value in values.items()
        )
        if record in (example.items or ()):
            for name, one, value in _against(record, found, extractor.program, example):
                if not agrees(one, value, example.url):
                    otherwise.setdefault(name, (one, value))
    lost = sum(not found for _, found in pairs)
    return Tally(
        told,
        missed,
        len(read),
        len(shown),
        len(read) - (len(shown) - lost),
        lost,
        frozenset[str]().union(*read),
        frozenset(example.values.keys() & extractor.fields.keys()).difference(*read),
        otherwise,
    )


def _filled(
    record: Mapping[str, Value], found: Mapping[str, Value], program: Program, example: Example
) -> Iterator[str]:
    """The fields that are read in a record though a person shows it without, and others of its page with them. What
    stands above several records may be shown in the first of them."""
    over = program.records.carried if program.records is not None else frozenset[str]()
    asked = [name for name, value in record.items() if value not in EMPTY]
    if 2 * len(alike(record, found)) >= len(asked):
        yield from (name for name in found.keys() & example.values.keys() if name not in asked and name not in over)


def without_fillers(program: Program, examples: Sequence[Example], shown: Sequence[Example]) -> Program:
    """The program that does not take for values what stands in their place in records that are shown, or known, to have
    none."""
    fillers: dict[str, list[Value]] = {}
    extractor = Extractor(program, examples)
    for example in shown:
        if example.items:
            for record, found in matched(extractor.read(example.html, example.url).items, example.items):
                for name in _filled(record, found, program, example):
                    fillers.setdefault(name, []).append(found[name])
    fields = dict(program.fields)
    for name, gaps in fillers.items():
        values = [str(value) for one in examples for value in scalars(one.values.get(name))]
        texts = [value for value in gaps if isinstance(value, str)]
        words = Counter(map(opening, texts))
        # A number, and what stands once and is like the values, may be one that a person overlooked.
        telling = {word for word, count in words.items() if word.endswith(":") or (count >= TWICE and word.isalpha())}
        if not any(map(str.isalpha, values)):
            telling.update(opening(text) for text in texts if text.isalpha())
        profile = fields[name].profile
        profile = replace(profile, fillers=profile.fillers | telling.difference(map(opening, values)))
        fields[name] = replace(fields[name], profile=profile)
    return replace(program, fields=fields) if fillers else program


def agrees(found: Value, shown: Value | None, url: str) -> bool:
    """Whether a value says what is shown, on the page of this address. The order of lists does not count, nor whether
    links are relative."""
    if shown is None:
        return False
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


def difference(found: Value, shown: Value | None) -> str:
    """What is read, and what is shown, for people: where they differ."""
    if shown is None:
        return f"{str(found)[:LONGEST]!r}, where a record is shown without it"
    one, other = str(found), str(shown) if shown != NONE else ""
    alike = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
    start = max(0, alike - BEFORE) if max(len(one), len(other)) > LONGEST else 0
    read, wanted = (("…" if start else "") + text[start : start + LONGEST] for text in (one, other))
    return f"{read!r}, not {wanted!r}" if wanted else f"{read!r}, though the page has none"


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
            if found is not None and not agrees(found, value, example.url):
                wrong[name] += 1
                how.setdefault(name, f"{difference(found, value)}, on {example.url}")
    return {name: one for name, one in how.items() if told[name] - wrong[name] < RIGHT_ENOUGH * told[name]}


def _compared(extractor: Extractor, example: Example) -> Iterator[_Compared]:
    """What is given of the page, field by field, and record by record on a list page; of what it has not, if that is
    given or not."""
    read = extractor.read(example.html, example.url)
    pairs = [(example.values, read.item)] if example.items is None else matched(read.items, example.items)
    for shown, found in pairs:
        yield from _against(shown, found, extractor.program, example)
    yield from ((name, read.item.get(name), NONE) for name in sorted(example.lacks & extractor.fields.keys()))


def _against(
    shown: Mapping[str, Value], found: Mapping[str, Value], program: Program, example: Example
) -> Iterator[tuple[str, Value, Value | None]]:
    yield from ((name, found[name], value) for name, value in shown.items() if name in found and value not in EMPTY)
    if example.items is not None:
        yield from ((name, found[name], None) for name in _filled(shown, found, program, example))


def _is_strange(example: Example, extractor: Extractor, compared: Sequence[_Compared]) -> bool:
    asked = len(example.values.keys() & extractor.fields.keys())
    told = [(found, value) for _, found, value in compared if found is not None and value != NONE]
    right = sum(agrees(found, value, example.url) for found, value in told)
    return example.items is None and asked - right > max(1, asked / 2)


def _right_alone(entry: FieldProgram, program: Program, shown: Sequence[Example]) -> FieldProgram | None:
    """The field with none but the rules that read it on all pages as shown; None if there are no such, or no others."""
    name, rules = entry.profile.name, entry.rules
    if entry.column:
        rules = tuple(rule for rule in rules if _is_right(replace(entry, rules=(rule,)), program, shown))
    for example in shown:
        if (name in example.values or name in example.lacks) and not entry.column:
            index, value = LabelledPage(example, revealed=program.reveals).index, example.values.get(name)
            read = [(rule, entry.heard(rule, index)) for rule in rules]
            if value is None:
                rules = tuple(rule for rule, found in read if not found)
                continue
            rules = tuple(
                rule for rule, found in read if found and agrees(found if entry.many else found[0], value, example.url)
            )
    return replace(entry, rules=rules) if 0 < len(rules) < len(entry.rules) else None


def _is_right(entry: FieldProgram, program: Program, shown: Sequence[Example]) -> bool:
    """Whether all that is read so in the records is as shown, and most of what is shown is read."""
    name = entry.profile.name
    extractor = Extractor(replace(program, fields={**program.fields, name: entry}), shown)
    right = told = 0
    for example in shown:
        told += sum(one.get(name) not in EMPTY for one in example.items or ())
        for one, found, value in _compared(extractor, example):
            if one == name and found is not None and not agrees(found, value, example.url):
                return False
            right += one == name
    return right >= RIGHT_ENOUGH * told
