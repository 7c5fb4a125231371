"""Derived fields on a new design: yes and no, and other values that stand nowhere (learner.learning.derived).

No page shows what they are; but which pages and records are known shows in their other fields, once these are healed.
The old rules stay where they say what is known; else rules are learned anew from it. Where nothing is known of the
pages, texts that told a value before tell it again, and old rules that say the same of all pages are not believed.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from learner.extractor import Extraction, Extractor
from learner.healing.memory import Memory
from learner.learning.derived import CHANGED, SURE, compiled, unlikely
from learner.learning.scopes import Scope, recorded, scopes_of
from learner.pages.page import Page
from learner.pages.values import Value, same
from learner.programs.examples import Example, Known, LabelledPage, records_of
from learner.programs.program import Answer, FieldProgram, Program, key
from learner.programs.transforms import constants_of, worded

OUTDATED: Final = 0.1
"""Share of the known values that may have changed since, or be wrong."""
TOLD: Final = 0.8
"""Share of the pages of which old rules must say something to be kept."""
REWORDED: Final = 0.2
"""Share of the pages on which a field says what was known, below which it is worded anew."""
TRUST: Final = 0.97
SEVERAL: Final = 6
"""Pages from which on it is odd that rules say the same of all of them."""
_NUMBERS: Final = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Derivation:
    """The derived ``fields`` of a new design; those whose old rules contradict what is known (``refuted``); on how many
    pages each was known, and by address what is ``known`` of each record."""

    fields: Mapping[str, FieldProgram]
    refuted: frozenset[str]
    counts: Mapping[str, int]
    known: Mapping[str, Sequence[Mapping[str, Value]]]


def derived_fields(program: Program) -> frozenset[str]:
    """The names of the derived fields."""
    return frozenset(name for name, entry in program.fields.items() if entry.is_derived)


def bare(extractor: Extractor, names: Collection[str]) -> Extractor:
    """The extractor without these fields, and examples without their values."""
    fields = {name: entry for name, entry in extractor.program.fields.items() if name not in names}
    examples = [
        replace(
            one,
            item=None if one.item is None else _but(one.item, names),
            items=None if one.items is None else [_but(record, names) for record in one.items],
            lacks=one.lacks.difference(names),
        )
        for one in extractor.examples
    ]
    return Extractor(replace(extractor.program, fields=fields), examples, threshold=extractor.threshold)


def bare_facts(known: Iterable[Known], names: Collection[str]) -> list[Known]:
    """What is known, without the values of these fields."""
    return [
        replace(
            fact,
            item=None if fact.item is None else _but(fact.item, names),
            items=None if fact.items is None else [_but(record, names) for record in fact.items],
        )
        for fact in known
    ]


def derivation(
    names: Collection[str], extractor: Extractor, healed: Extractor, pages: Sequence[Page], facts: Mapping[str, Known]
) -> Derivation:
    """The derived fields of an ``extractor`` whose other fields are ``healed``, from the pages and what is known."""
    reads = dict(_opened(healed, pages))
    opened = [*reads]
    memory = Memory(facts, [page.example.url for page in opened], lists=healed.is_list)
    for page in opened:
        fact = memory.fact(page)
        if fact is not None:
            page.example = replace(page.example, item=fact.item, items=fact.items)
            page.values = {name: value for name, value in page.example.values.items() if name in names}
    steady = _steady({page: read for page, read in reads.items() if page.values}, names)
    fields, counts, refuted = {}, {}, set()
    for name in sorted(names):
        old, scopes = extractor.program.fields[name], _scopes(name, steady, healed.program)
        counts[name] = len({scope.page for scope in scopes})
        answers = [old.run(scope.page.index, extractor.program.calibration, scope.window) for scope in scopes]
        given = sum(one is not None for one in answers)
        agrees = _agrees(answers, scopes)
        if not agrees and len(scopes) >= SEVERAL:
            refuted.add(name)
        if scopes:
            stays = given >= TOLD * len(scopes) and agrees and _varies(scopes)
        else:
            stays = not old.column and _is_alive(old, opened, extractor.program)
            scopes = [] if stays or old.column else list(_spoken(old, opened))
        fields[name] = old if stays else _anew(name, old, scopes, healed.program)
    told = {page.example.url: [_only(one, names) for one in records_of([page.example])] for page in steady}
    return Derivation(fields, frozenset(refuted), counts, told)


def _steady(reads: Mapping[LabelledPage, Extraction], names: Collection[str]) -> list[LabelledPage]:
    """The pages of which the other fields say what was known of them: yes may have become no with a price. Fields that
    say something else on nearly all pages are worded otherwise."""
    same_on: Counter[str] = Counter()
    other_on: dict[str, set[LabelledPage]] = defaultdict(set)
    for page, read in reads.items():
        known = page.example.item or {}
        for name in read.item.keys() - names if known else ():
            if name in known and _is_unchanged(read.item[name], known[name]):
                same_on[name] += 1
            else:
                other_on[name].add(page)
    stays = {name for name, those in other_on.items() if same_on[name] >= REWORDED * (same_on[name] + len(those))}
    changed = {page for name in stays for page in other_on[name]}
    return [page for page in reads if page not in changed] if len(reads) - len(changed) >= SEVERAL else [*reads]


def _is_unchanged(given: Value, known: Value) -> bool:
    """Whether the two are the same, perhaps in other words: "c. 1816" is "circa 1816", and has the same numbers."""
    if same(given, known) or isinstance(given, list) or isinstance(known, list):
        return same(given, known)
    numbers = _NUMBERS.findall(str(given))
    return bool(numbers) and numbers == _NUMBERS.findall(str(known))


def with_derived(label: Example, known: Mapping[str, Sequence[Mapping[str, Value]]]) -> Example:
    """A page with the labels of its other fields, and what is known of the derived ones."""
    told = known.get(label.url, ())
    if label.item is not None:
        return replace(label, item={**label.item, **told[0]}) if told else label
    items = list(label.items or ())
    if len(told) != len(items):
        return label
    return replace(label, items=[{**record, **more} for record, more in zip(items, told, strict=True)])


def _anew(name: str, old: FieldProgram, scopes: Sequence[Scope], healed: Program) -> FieldProgram:
    """The field's rules on the new design; none where nothing tells its values."""
    made = compiled(name, scopes, old.profile, healed.records, OUTDATED) if scopes else None
    return FieldProgram(old.profile, (), old.column, 0.0) if made is None else replace(made, trust=TRUST)


def _varies(scopes: Iterable[Scope]) -> bool:
    return len({str(scope.value) for scope in scopes}) > 1


def _agrees(answers: Sequence[Answer | None], scopes: Sequence[Scope]) -> bool:
    """Whether the old rules say what is known. On some pages it may have changed since, where a text says so, or where
    chance would not agree as often."""
    both = [(one, scope.value) for one, scope in zip(answers, scopes, strict=True) if one is not None]
    wrong = sum(not same(one.value, value) for one, value in both)
    if wrong <= OUTDATED * len(both):
        return True
    if wrong > CHANGED * len(both) or len({str(one.value) for one, _ in both}) < 2:
        return False
    by_text = all(one.rule.sought is None for one, _ in both)
    return by_text or unlikely(Counter(key(value) for _, value in both), wrong) >= SURE


def _is_alive(old: FieldProgram, opened: Sequence[LabelledPage], former: Program) -> bool:
    """Whether old rules still say something of the pages, and not the same of all of many."""
    answers = (old.run(page.index, former.calibration) for page in opened)
    said = [str(answer.value) for answer in answers if answer is not None]
    return len(said) >= TOLD * max(1, len(opened)) and (len(said) < SEVERAL or len(set(said)) > 1)


def _spoken(old: FieldProgram, opened: Sequence[LabelledPage]) -> Iterator[Scope]:
    """The pages that show a text that told a value before, and none that told another."""
    constants = {
        text: value
        for rule in old.rules
        if rule.selector.take == "text" and rule.is_shown
        for step in rule.transforms
        for text, value in constants_of(step).items()
        if len(text) >= SEVERAL
    }
    for page in opened:
        texts = {worded(candidate.value) for candidate in page.candidates if len(candidate.value) < 100}
        values = [constants[text] for text in texts & constants.keys()]
        if len(set(map(str, values))) == 1:
            yield Scope(page, None, values[0])


def _scopes(name: str, opened: Sequence[LabelledPage], healed: Program) -> list[Scope]:
    """Of which pages, or records of them, the value is known."""
    if healed.records is None:
        return scopes_of(opened, name)
    fields = {field: entry for field, entry in healed.fields.items() if entry.trust > 0 and entry.rules}
    return recorded(opened, name, healed.records, fields)


def _opened(healed: Extractor, pages: Sequence[Page]) -> Iterator[tuple[LabelledPage, Extraction]]:
    """The pages that show the template, with what is read of them."""
    for page in pages:
        read = healed.read(page.html, page.url)
        if read.reason or read.scant or not any(read.records):
            continue
        empty = Example(page.url, page.html, None if healed.is_list else {}, [] if healed.is_list else None, "known")
        yield LabelledPage(empty, revealed=healed.program.reveals), read


def _but(values: Mapping[str, Value], names: Collection[str]) -> dict[str, Value]:
    return {name: value for name, value in values.items() if name not in names}


def _only(values: Mapping[str, Value], names: Collection[str]) -> dict[str, Value]:
    return {name: value for name, value in values.items() if name in names}
