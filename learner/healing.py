"""heal(): from pages of a new design, unlabelled, to an extractor that reads them.

New rules are learned from the labels that witnesses agree on (learner.labelling), and confidence in their
answers never exceeds the trust in the labels. Fields that the old rules still read keep them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from learner.errors import PageRejected
from learner.examples import Example, Known, LabelledPage
from learner.extractor import Extractor
from learner.induction import agreement
from learner.labelling import Label, Witness, open_examples, resolve, values_of
from learner.learning import compile_pages, profile_of
from learner.page import Page
from learner.program import FieldProfile, FieldProgram, Program, Rule
from learner.values import scalars

MAX_PAGES: Final = 24
SEVERAL: Final = 3
UNLABELLED: Final = 0.3
"""What an answer counts on a page of which nothing else is known."""


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
    """Label the pages, learn from the labels, and check the result before it is promoted.

    ``known`` adds values known for addresses to those of the extractor's examples; ``old`` are pages of the
    old design where it is still served, which the new rules must go on reading. A field that gets no label
    is kept and abstains.
    """
    facts = _facts(extractor, known)
    before = _vouched(extractor, pages)
    report: dict[str, Any] = {"pages": len(pages), "before": before}
    opened = _open(pages[:MAX_PAGES], extractor.is_list)
    if not opened:
        return Repair(extractor, False, {**report, "labels": 0, "reason": "none of the pages can be read"})
    witness = Witness(extractor, facts)
    labels = resolve([witness.said(page) for page in opened], opened, extractor)
    labelled = []
    for page, given in zip(opened, labels, strict=True):
        if not _of_template(given, extractor):
            given.clear()
        page.values = {name: label.value for name, label in given.items()}
        fact = witness.fact(page)
        told = frozenset() if fact is None else frozenset(extractor.fields) - frozenset(values_of(fact))
        page.unknown = frozenset(extractor.fields) - frozenset(given) - told
        if page.values:
            labelled.append(page)
    report["labels"] = len(labelled)
    if not labelled:
        return Repair(extractor, False, {**report, "reason": "no field is seen on the new pages"})
    teaching = [*labelled, *open_examples(extractor, 4)] if old else labelled
    profiles = {name: _widened(profile, labelled, extractor.is_list) for name, profile in extractor.fields.items()}
    program, _ = compile_pages(teaching, extractor.is_list, profiles)
    made = {
        name: _trusted(program.fields.get(name), profile, name, opened, labels) for name, profile in profiles.items()
    }
    fields = made if extractor.is_list else _choose(extractor, made, opened, labels)
    examples = tuple(_example(page, extractor.is_list) for page in labelled)
    healed = Extractor(
        Program(fields, program.records or extractor.program.records, program.calibration),
        (*_keep(extractor.examples), *examples),
        threshold=extractor.threshold,
    )
    after = _vouched(healed, pages)
    report["after"] = after
    report["fields"] = {
        name: {
            "before": before.get(name, 0.0),
            "after": after.get(name, 0.0),
            "labels": sum(name in given for given in labels),
            "source": ", ".join(sorted({given[name].source for given in labels if name in given})),
            "trust": round(fields[name].trust, 3),
        }
        for name in fields
    }
    changed = any(fields[name] is not extractor.program.fields[name] for name in fields)
    if not changed or (extractor.is_list and sum(after.values()) <= sum(before.values())):
        return Repair(extractor, False, {**report, "reason": "not better than what is live"}, examples)
    return Repair(healed, True, report, examples)


def _of_template(given: Mapping[str, Label], extractor: Extractor) -> bool:
    """Whether enough is seen for a page of the template: a login page shows a title and little else."""
    if any("known" in label.source or "old" in label.source for label in given.values()):
        return True
    expected = extractor.expected or extractor.fields.keys()
    return 3 * sum(name in given for name in expected) > len(expected)


def _choose(
    extractor: Extractor,
    made: Mapping[str, FieldProgram],
    opened: Sequence[LabelledPage],
    labels: Sequence[Mapping[str, Label]],
) -> dict[str, FieldProgram]:
    """Field by field the new rules, or the old ones where these still agree with the labels as well.

    Rules that say the same on all pages, of a field that used to vary, are worth nothing.
    """
    out: dict[str, FieldProgram] = {}
    for name, new in made.items():
        old = extractor.program.fields[name]
        before = [repr(example.values[name]) for example in extractor.examples if name in example.values]
        varied = len(set(before)) >= SEVERAL or len(set(before)) == len(before) > 1
        worth = []
        for entry in (new, old):
            value, said = 0.0, []
            for page, own in zip(opened, labels, strict=True):
                answer = entry.run(page.index, extractor.program.calibration)
                if answer is None or answer.confidence < extractor.threshold:
                    continue
                said.append(scalars(answer.value))
                label = own.get(name)
                alike = UNLABELLED if label is None else agreement(said[-1], scalars(label.value), entry.column)
                value += alike if label is None else label.trust * alike
            stuck = varied and len(said) >= SEVERAL and all(values == said[0] for values in said)
            worth.append(-1.0 if stuck else value)
        chosen = new if worth[0] > worth[1] + 1e-9 else old
        out[name] = replace(new, trust=0.0) if max(worth) < 0 else chosen
    return out


def _widened(profile: FieldProfile, labelled: Sequence[LabelledPage], listing: bool) -> FieldProfile:
    """The field's profile with room for the forms that its values have in the new design."""
    pages = [page for page in labelled if profile.name in page.values]
    if not pages:
        return profile
    new = profile_of(profile.name, pages, listing)
    return replace(
        profile,
        shortest=min(profile.shortest, new.shortest),
        longest=max(profile.longest, new.longest),
        traits=profile.traits & new.traits,
        fewest=min(profile.fewest, new.fewest),
        most=max(profile.most, new.most),
    )


def _trusted(
    entry: FieldProgram | None,
    profile: FieldProfile,
    name: str,
    opened: Sequence[LabelledPage],
    labels: Sequence[Mapping[str, Label]],
) -> FieldProgram:
    """The field's program with the trust that its labels deserve; without labels, one that always abstains."""
    given = [own[name].trust for own in labels if name in own]
    column = entry.column if entry is not None else False
    if entry is None or not given:
        return FieldProgram(profile, (), column, 0.0)
    trust = sum(given) / len(given)
    if len(given) > 1:
        # One rule that gives every page its label confirms labels that were made page by page.
        share = max(_confirmed(entry, rule, name, opened, labels) for rule in entry.rules)
        trust = 1 - (1 - trust) * 0.5 ** min(len(given) - 1, 4) if share >= 0.8 else trust * (0.5 + 0.5 * share)
    return replace(entry, trust=min(1.0, trust))


def _confirmed(
    entry: FieldProgram,
    rule: Rule,
    name: str,
    opened: Sequence[LabelledPage],
    labels: Sequence[Mapping[str, Label]],
) -> float:
    """The share of the field's labels, each by its trust, that the rule gives."""
    total = hits = 0.0
    for page, own in zip(opened, labels, strict=True):
        if name in own:
            total += own[name].trust
            values = entry.read(rule, page.index)
            if values:
                hits += own[name].trust * agreement(values, scalars(own[name].value), entry.column)
    return hits / total


def _open(pages: Iterable[Page], is_list: bool) -> list[LabelledPage]:
    out = []
    for page in pages:
        try:
            empty = Example(page.url, page.html, None if is_list else {}, [] if is_list else None, "network")
            out.append(LabelledPage(empty))
        except PageRejected:
            continue
    return out


def _example(page: LabelledPage, is_list: bool) -> Example:
    if not is_list:
        return Example(page.example.url, page.example.html, dict(page.values), None, "network")
    columns = {name: scalars(value) for name, value in page.values.items()}
    size = max(map(len, columns.values()))
    whole = {name: values for name, values in columns.items() if len(values) == size}
    records = [{name: values[row] for name, values in whole.items()} for row in range(size)]
    return Example(page.example.url, page.example.html, None, records, "network")


def _keep(examples: Sequence[Example]) -> list[Example]:
    """Old examples that stay: what people and spiders said is never forgotten for what the network says."""
    return [example for example in examples if example.source != "network"][:20]


def _facts(extractor: Extractor, known: Sequence[Known]) -> dict[str, Known]:
    facts = {e.url: Known(e.url, e.item, e.items) for e in extractor.examples}
    facts.update((fact.url, fact) for fact in known)
    return facts


def _vouched(extractor: Extractor, pages: Sequence[Page]) -> dict[str, float]:
    """Per field, the share of the pages (of a list page: of its records) with a value that is vouched for."""
    counts = dict.fromkeys(extractor.fields, 0.0)
    for page in pages:
        result = extractor.read(page.html, page.url)
        for name in counts:
            if extractor.is_list:
                counts[name] += sum(name in record for record in result.items) / max(1, len(result.items))
            else:
                counts[name] += name in result.confidence
    return {name: count / max(1, len(pages)) for name, count in counts.items()}
