"""heal(): from pages of a new design, unlabelled, to an extractor that reads them.

New rules are learned from the labels that witnesses agree on (learner.healing.labelling), and confidence in their
answers never exceeds the trust in the labels. Fields that the old rules still read keep them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from learner.errors import PageRejected
from learner.extractor import Extractor
from learner.healing.consensus import SEVERAL, Label, alike, resolve
from learner.healing.derivation import bare, bare_facts, derivation, derived_fields, with_derived
from learner.healing.labelling import Witness, open_examples
from learner.healing.memory import values_of, without_empty
from learner.healing.peers import Peers
from learner.healing.refutation import refuted
from learner.healing.staleness import stale
from learner.healing.starts import as_read, steady, told_apart
from learner.learning.induction import agreement
from learner.learning.learning import compile_pages, profile_of
from learner.learning.misreading import without_fillers
from learner.learning.neighbours import misnamed
from learner.pages.page import Page
from learner.pages.values import Value, same, scalars
from learner.programs import recordlist
from learner.programs.doubts import spread
from learner.programs.examples import Example, Known, LabelledPage, have_one_record, records_of
from learner.programs.joints import Joints, forms_of, has_blank, joined_example, parted_example, parted_fact
from learner.programs.orders import contradicted
from learner.programs.program import FieldProfile, FieldProgram, Program, Records, Rule
from learner.programs.recordlist import assemble, coherence, covering, matched, part, per_page, whole
from learner.programs.tally import Tally

MAX_PAGES: Final = 24
CERTAIN: Final = 0.9
"""Trust of labels from which on old rules that agree with them are kept as they are."""
CONFIRMED: Final = 0.75
"""Share of the labels, by their trust, that old rules must give."""
DAYS: Final = ("date", "datetime")
"""Kinds of values that may come to stand over a group of records where they stood in each."""
FAITHFUL: Final = 0.6
"""Share of its labels that a column must have after its page was parted into records."""
TOGETHER: Final = 0.8
"""Share of its values that must stand in the records in which they are known to stand."""
UNEVEN: Final = 0.1
"""What uneven records take from the likeness of their columns: of two ways that are as good the one whose records have
all fields is right."""
MUCH: Final = 0.5
"""The share of the fields that pages of a template show, as they are served."""
FEW: Final = 2
"""Values of a field that a list page without records may seem to have: its heading, and that nothing is there."""
_ONCE: Final = ("old", "column", "slot")
"""Witnesses that say one thing of all pages."""
NOTHING_SEEN: Final = "no field is seen on the new pages"
RARE: Final = 3
"""Pages that are known to lack a field, for each on which it has come since."""
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
    is kept and abstains. Where the pages show little of the template, what they hide by an attribute is read too, for
    scripts may show it, if that gives much more.
    """
    if joints := extractor.program.joints:
        return _in_parts(joints, extractor, pages, known, old, seed)
    names = derived_fields(extractor.program)
    if not names:
        return _shown_or_hidden(extractor, pages, known, old)
    if names == extractor.fields.keys():
        before = _vouched(extractor, pages)
        return Repair(extractor, False, {"pages": len(pages), "before": before, "labels": 0, "reason": NOTHING_SEEN})
    repair = _shown_or_hidden(bare(extractor, names), pages, bare_facts(known, names), old)
    return _with_derived(names, extractor, repair, pages, _facts(extractor, known))


def _in_parts(
    joints: Joints,
    extractor: Extractor,
    pages: Sequence[Page],
    known: Sequence[Known],
    old: Sequence[Page],
    seed: int,
) -> Repair:
    """``heal``, of joined texts by their parts."""
    examples = [parted_example(example, joints) for example in extractor.examples]
    parts = Extractor(extractor.program.with_joints({}), examples, threshold=extractor.threshold)
    forms = {page.url: forms_of(Example(page.url, page.html, {})) for page in pages} if has_blank(joints) else {}
    facts = [parted_fact(fact, joints, forms.get(fact.url, ())) for fact in known]
    repair = heal(parts, pages, known=facts, old=old, seed=seed)
    labels = tuple(joined_example(label, joints) for label in repair.labels)
    if not repair.promoted:
        return replace(repair, extractor=extractor, labels=labels)
    whole = [joined_example(example, joints) for example in repair.extractor.examples]
    healed = Extractor(repair.extractor.program.with_joints(joints), whole, threshold=extractor.threshold)
    return replace(repair, extractor=healed, labels=labels)


def _with_derived(
    names: frozenset[str], extractor: Extractor, repair: Repair, pages: Sequence[Page], facts: Mapping[str, Known]
) -> Repair:
    """The repair of all other fields with that of the derived ones."""
    made = derivation(names, extractor, repair.extractor, pages[:MAX_PAGES], facts)
    fields = {**repair.extractor.program.fields, **made.fields}
    program = replace(repair.extractor.program, fields={name: fields[name] for name in extractor.fields})
    labels = tuple(with_derived(label, made.known) for label in repair.labels)
    kept = _keep(extractor.examples) if repair.promoted else extractor.examples
    healed = Extractor(program, (*kept, *labels) if repair.promoted else kept, threshold=extractor.threshold)
    before, after = _vouched(extractor, pages), _vouched(healed, pages)
    report = {**repair.report, "before": before}
    changed = any(fields[name] is not extractor.program.fields[name] for name in names)
    if not repair.promoted and not (changed and (made.refuted or sum(after.values()) > sum(before.values()))):
        return Repair(extractor, False, report, labels)
    rows = {
        name: {
            "before": before[name],
            "after": after[name],
            "labels": made.counts[name],
            "source": "known" if made.counts[name] else "",
            "trust": round(fields[name].trust, 3),
        }
        for name in sorted(names)
    }
    report = {name: value for name, value in report.items() if name != "reason"}
    report.update(after=after, fields={**report.get("fields", {}), **rows})
    if made.refuted:
        report["refuted"] = sorted({*report.get("refuted", ()), *made.refuted})
    return Repair(healed, True, report, labels)


def _shown_or_hidden(
    extractor: Extractor, pages: Sequence[Page], known: Sequence[Known], old: Sequence[Page]
) -> Repair:
    """``heal``, of fields whose values stand on the pages."""
    repair = _healed(extractor, pages, known, old)
    if extractor.program.reveals or (shown := _coverage(repair)) >= MUCH:
        return repair
    program = replace(extractor.program, reveals=True)
    revealed = _healed(Extractor(program, extractor.examples, threshold=extractor.threshold), pages, known, old)
    if "after" not in revealed.report or _coverage(revealed) < max(MUCH, 2 * shown):
        return repair
    # Where the old rules read what is hidden, reading it is all that there is to repair.
    before = repair.report["before"]
    fields = {name: {**row, "before": before.get(name, 0.0)} for name, row in revealed.report["fields"].items()}
    report = {name: value for name, value in revealed.report.items() if name != "reason"}
    return replace(revealed, promoted=True, report={**report, "before": before, "fields": fields})


def _coverage(repair: Repair) -> float:
    """The share of its fields that an extractor vouches for on the pages, after they were learned from."""
    after: Mapping[str, float] = repair.report.get("after", repair.report["before"])
    return sum(after.values()) / max(1, len(after))


def _healed(extractor: Extractor, pages: Sequence[Page], known: Sequence[Known], old: Sequence[Page]) -> Repair:
    """``heal``, of what the extractor's pages show."""
    facts = _facts(extractor, known)
    before = _vouched(extractor, pages)
    report: dict[str, Any] = {"pages": len(pages), "before": before}
    opened = _open(pages[:MAX_PAGES], extractor)
    if not opened:
        return Repair(extractor, False, {**report, "labels": 0, "reason": "none of the pages can be read"})
    witness = Witness(extractor, facts, [page.example.url for page in opened])
    said = witness.reconsidered(opened, [witness.said(page) for page in opened])
    labels = _plausible(resolve(said, opened, extractor), extractor)
    labelled, lacking = [], []
    labels_of = dict(zip(opened, labels, strict=True))
    for page, given in zip(opened, labels, strict=True):
        if not _of_template(given, extractor):
            given.clear()
        page.values = {name: label.value for name, label in given.items()}
        fact = witness.fact(page)
        # The last page of a list is not the last for ever.
        told = frozenset(extractor.fields) - witness.few
        told -= witness.may_have(page)
        told = frozenset() if fact is None or fact.url in witness.partly else told - frozenset(values_of(fact))
        if given:
            told |= witness.lacks(page) - frozenset(given)
        page.unknown = frozenset(extractor.fields) - frozenset(given) - told
        if page.values:
            labelled.append(page)
        elif told:
            lacking.append(page)
    report["labels"] = len(labelled)
    if not labelled:
        return Repair(extractor, False, {**report, "reason": NOTHING_SEEN})
    teaching = [*labelled, *lacking, *(open_examples(extractor, 4) if old else ())]
    profiles = {name: _widened(profile, labelled, extractor.is_list) for name, profile in extractor.fields.items()}
    program, _ = compile_pages(teaching, extractor.is_list, profiles, extractor.program)
    if not extractor.is_list and _come_since(program, teaching):
        program, _ = compile_pages(teaching, extractor.is_list, profiles, extractor.program)
    if not extractor.is_list and _corrected(program, labels_of):
        program, _ = compile_pages(teaching, extractor.is_list, profiles, extractor.program)
        labelled = [page for page in labelled if page.values]
    made = {
        name: _trusted(program.fields.get(name), profile, name, opened, labels) for name, profile in profiles.items()
    }
    fields = _together(extractor, _choose(extractor, made, opened, labels, witness.as_ever), opened)
    records, of_pages = None, per_page(extractor.examples)
    if extractor.is_list:
        records, strays = _parting(extractor, fields, program.records, labelled, labels_of, of_pages)
        if records is not None:
            records = told_apart(records, _rules_of(extractor, fields, labelled), profiles, of_pages)
        fields |= {name: replace(fields[name], trust=0.0) for name in strays}
    examples = tuple(_example(page, extractor) for page in labelled)
    healed = Extractor(
        replace(program, fields=fields, records=records, reveals=extractor.program.reveals),
        (*_keep(extractor.examples), *examples),
        threshold=extractor.threshold,
    )
    if gaps := [one for page in labelled if (one := _with_gaps(page, witness)) is not None]:
        program = without_fillers(healed.program, healed.examples, gaps)
        fields = dict(program.fields)
        healed = Extractor(program, healed.examples, threshold=extractor.threshold)
    if wrong := refuted(healed, opened, facts, witness.now_known) | stale(healed, opened, witness.past):
        report["refuted"] = sorted(wrong)
        fields |= {name: replace(fields[name], trust=0.0) for name in wrong}
    if records is not None:
        read = {name for name, entry in fields.items() if entry.rules and entry.trust >= extractor.threshold}
        found = list(as_read(records, _rules_of(extractor, fields, labelled), profiles, of_pages))
        gold = [record for fact in facts.values() for record in fact.items or ()]
        records = covering(records, steady(read, found, gold), [*gold, *found])
    if wrong or records != healed.program.records:
        program = replace(healed.program, fields=fields, records=records)
        healed = Extractor(program, healed.examples, threshold=extractor.threshold)
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
    changed = changed or records != extractor.program.records
    if not changed:
        return Repair(extractor, False, {**report, "reason": "not better than what is live"}, examples)
    if why := _miscounted(healed, witness, facts, labels_of):
        return Repair(extractor, False, {**report, "reason": why}, examples)
    return Repair(healed, True, report, examples)


def _miscounted(
    healed: Extractor,
    witness: Witness,
    facts: Mapping[str, Known],
    labels_of: Mapping[LabelledPage, Mapping[str, Label]],
) -> str:
    """Why list pages are parted wrongly, by the records that are known of them, and by the labels of what every record
    has: "" where they are not."""
    records = healed.program.records
    if records is None:
        return ""
    fields = healed.fields
    single = {name for name in whole(healed.examples) if name in fields and not fields[name].many} - records.carried
    shown = {one.url: one.items or () for one in healed.examples if one.source != "network"}
    tally = Tally()
    for page, given in labels_of.items():
        fact = facts.get(page.example.url) or witness.fact(page)
        sizes = [len(scalars(given[name].value)) for name in single if name in given and given[name].trust >= CERTAIN]
        read = healed.read(page.example.html, page.example.url)
        # What was read last may have been parted wrongly itself.
        known = max((fact.items if fact is not None else None) or (), shown.get(page.example.url, ()), key=len)
        tally.count(known, read.items, "\n".join(page.forms), min(sizes, default=0))
    return tally.why


def _with_gaps(page: LabelledPage, witness: Witness) -> Example | None:
    """The page with its records as they are known, where some of these lack what others have."""
    fact = witness.fact(page)
    if fact is None or not fact.items or fact.fleeting or fact.url in witness.partly:
        return None
    having = frozenset().union(*(record.keys() for record in fact.items))
    whole = all(record.keys() >= having for record in fact.items)
    return None if whole else Example(page.example.url, page.example.html, items=fact.items)


def _come_since(program: Program, pages: Sequence[LabelledPage]) -> bool:
    """Take it for open whether pages have a field that is known to have lacked there, where the rules that find it on
    others find something on few such pages, and no other field's value: an old price comes and goes. Tells whether
    there are any."""
    found = False
    for name, entry in program.fields.items():
        having = sum(name in page.values for page in pages)
        if entry.many or having < FEW:
            continue
        lacking = [page for page in pages if name not in page.values and name not in page.unknown]
        new = [page for page in lacking if _has_more(program, name, page)]
        if new and RARE * len(new) <= len(lacking):
            found = True
            for page in new:
                page.unknown |= {name}
    return found


def _has_more(program: Program, name: str, page: LabelledPage) -> bool:
    """Whether most of the field's rules find one thing on the page, which those of no other field find there: what is
    known of another may have changed, and stand here now."""
    rules = program.fields[name].rules
    given = [values[0] for rule in rules if (values := program.fields[name].heard(rule, page.index))]
    if 2 * len(given) <= len(rules) or not all(same(one, given[0]) for one in given):
        return False
    others = (entry.run(page.index, program.calibration) for other, entry in program.fields.items() if other != name)
    return not any(same(one, given[0]) for answer in others if answer is not None for one in scalars(answer.value))


def _corrected(program: Program, labels_of: Mapping[LabelledPage, dict[str, Label]]) -> bool:
    """Take labels away that nobody knows to be right, and that have the caption of another thing (see ``misnamed``);
    tells whether there were any."""
    found = False
    for name, entry in program.fields.items():
        for page in misnamed(entry, list(labels_of)) if not entry.many else ():
            if "known" not in labels_of[page][name].source:
                found = True
                del page.values[name], labels_of[page][name]
                page.unknown |= {name}
    return found


def _plausible(labels: Sequence[dict[str, Label]], extractor: Extractor) -> list[dict[str, Label]]:
    """The labels without those of fields that have each other's values in them, those of values never seen, of fields
    whose values come again, that only one witness told, and those that contradict each other on their page, as no
    example does: a price above the old price. Of the others what is known of the pages stays."""
    records: list[Mapping[str, Value]] = []
    for given in labels:
        told = {name: scalars(label.value) for name, label in given.items() if "known" not in label.source}
        size = max(map(len, told.values()), default=0) if extractor.is_list else 1
        whole = {name: values for name, values in told.items() if len(values) == size}
        records += [{name: values[row] for name, values in whole.items()} for row in range(size)]
    mixed, strange = extractor.doubts.mixed(spread(records)), extractor.doubts.strange(records)

    def stays(name: str, source: str) -> bool:
        return "known" in source or not (name in mixed or (name in strange and "+" not in source))

    kept = [{name: label for name, label in given.items() if stays(name, label.source)} for given in labels]
    if extractor.is_list:
        peers = Peers(records_of(extractor.examples), extractor.doubts.orders)
        return [peers.told(given) for given in kept]
    orders = extractor.doubts.orders
    against = [contradicted([{name: one.value for name, one in given.items()}], orders) for given in kept]
    return [_without(names, given) for names, given in zip(against, kept, strict=True)]


def _without(names: Collection[str], given: Mapping[str, Label]) -> dict[str, Label]:
    """The labels but for those that contradict each other; of these what is known of the page stays."""
    known = {name for name in names if "known" in given[name].source or "changed" in given[name].source}
    dropped = set(names) - known or set(names)
    return {name: label for name, label in given.items() if name not in dropped}


def _of_template(given: Mapping[str, Label], extractor: Extractor) -> bool:
    """Whether enough is seen for a page of the template: a login page shows a title and little else, and an empty list
    a value or two of a field, which rules and network take for records."""
    expected = extractor.expected or extractor.fields.keys()
    usual = min((len(example.items or ()) for example in extractor.examples if example.source != "network"), default=0)
    sizes = [len(scalars(label.value)) for label in given.values()]
    if usual > 1 == min(sizes, default=1) and max(sizes, default=1) <= FEW:
        # A single known value may stand there by chance: of a record most are known.
        return 2 * sum("known" in label.source for label in given.values()) > len(expected)
    if any("known" in label.source or "old" in label.source for label in given.values()):
        return True
    return 3 * sum(name in given for name in expected) > len(expected)


def _choose(
    extractor: Extractor,
    made: Mapping[str, FieldProgram],
    opened: Sequence[LabelledPage],
    labels: Sequence[Mapping[str, Label]],
    as_ever: Collection[LabelledPage],
) -> dict[str, FieldProgram]:
    """Field by field the new rules, or the old ones where these still agree with the labels as well.

    Old rules are trusted no further than the labels that they agree with; where labels contradict them, not at all.
    Rules that say the same on all pages, of a field that used to vary, are worth nothing. Where most pages are read
    ``as_ever``, and new rules are not believed, the old ones stay what they were.
    """
    same_design = 2 * len(as_ever) > len(opened)
    out: dict[str, FieldProgram] = {}
    for name, new in made.items():
        old = extractor.program.fields[name]
        before = [repr(example.values[name]) for example in extractor.examples if name in example.values]
        varied = len(set(before)) >= SEVERAL or len(set(before)) == len(before) > 1
        worths = []
        for entry in (new, old):
            value, said = 0.0, []
            for page, own in zip(opened, labels, strict=True):
                answer = entry.run(page.index, extractor.program.calibration)
                if answer is None or answer.confidence < extractor.threshold:
                    continue
                said.append(scalars(answer.value))
                label = own.get(name)
                if label is None:
                    value += UNLABELLED if name in page.unknown else 0.0
                else:
                    value += label.trust * agreement(said[-1], scalars(label.value), entry.column)
            stuck = varied and len(said) >= SEVERAL and all(values == said[0] for values in said)
            worths.append(-1.0 if stuck else value)
        trust = _backing(extractor, name, opened, labels)
        renewed = worths[0] >= worths[1] - 1e-9 and new.trust >= CERTAIN and _is_dying(old, opened)
        if max(worths) < 0:
            out[name] = replace(new, trust=0.0)
        elif worths[0] > worths[1] + 1e-9 or (trust < extractor.threshold <= new.trust) or renewed:
            out[name] = new
        elif same_design and new.trust < extractor.threshold:
            out[name] = old
        elif trust < CERTAIN:
            out[name] = replace(old, trust=min(old.trust, trust))
        else:
            # Where old rules say nothing, a second opinion is trusted no further than the labels.
            silent = not worths[1] and any(name in own for own in labels)
            out[name] = replace(old, trust=min(old.trust, new.trust)) if silent else old
    return out


def _is_dying(old: FieldProgram, opened: Sequence[LabelledPage]) -> bool:
    """Whether most of the old rules find nothing on any of the pages: where the others find little, such as the one
    link of a last page, the dead ones outvote them."""
    alive = [rule for rule in old.rules if any(old.heard(rule, page.index) for page in opened)]
    return 2 * len(alive) < len(old.rules)


def _together(
    extractor: Extractor, fields: dict[str, FieldProgram], opened: Sequence[LabelledPage]
) -> dict[str, FieldProgram]:
    """The fields, of which those pairs keep their old rules that contradict each other on pages by these, where the new
    ones say there the same of one and nothing of the other: what was withheld because of both is not told by half."""

    def said(entries: Mapping[str, FieldProgram], pair: Sequence[str], page: LabelledPage) -> dict[str, Value]:
        answers = {name: entries[name].run(page.index, extractor.program.calibration) for name in pair}
        return {n: a.value for n, a in answers.items() if a is not None and a.confidence >= extractor.threshold}

    out = dict(fields)
    old = extractor.program.fields
    for pair in () if extractor.is_list else extractor.orders:
        before = [(page, said(old, pair, page)) for page in opened if old.keys() >= set(pair)]
        swapped = [(page, values) for page, values in before if contradicted([values], [pair])]
        now = [(values, said(fields, pair, page)) for page, values in swapped]
        halved = sum(len(new) == 1 and all(same(values[name], one) for name, one in new.items()) for values, new in now)
        if halved >= SEVERAL and 2 * halved > len(swapped):
            out |= {name: old[name] for name in pair}
    return out


def _backing(
    extractor: Extractor, name: str, opened: Sequence[LabelledPage], labels: Sequence[Mapping[str, Label]]
) -> float:
    """How far labels back what old rules say: 1 where they say nothing, 0 where no label agrees with them."""
    entry = extractor.program.fields[name]
    backed = []
    answered = False
    for page, own in zip(opened, labels, strict=True):
        answer = entry.run(page.index, extractor.program.calibration)
        if answer is None or answer.confidence < extractor.threshold:
            continue
        answered = True
        if name in own:
            share = agreement(scalars(answer.value), scalars(own[name].value), entry.column)
            backed.append((own[name].trust, own[name].trust * share))
    if not backed:
        return UNLABELLED if answered else 1.0
    share = sum(trust for _, trust in backed) / sum(trust for trust, _ in backed)
    best = max(trust for _, trust in backed)
    return best if share >= CONFIRMED else best * share


def _parting(
    extractor: Extractor,
    fields: Mapping[str, FieldProgram],
    made: Records | None,
    labelled: Sequence[LabelledPage],
    labels_of: Mapping[LabelledPage, Mapping[str, Label]],
    of_pages: frozenset[str],
) -> tuple[Records | None, frozenset[str]]:
    """Of the ways to part pages into records the one whose columns are most like the labels, and whose records are most
    like those that are known; and the fields that are not like them even so. What is ``of_pages`` stands over them."""
    profiles = {name: entry.profile for name, entry in fields.items()}
    before = extractor.program.records
    ways = dict.fromkeys(way for way in (before, made) if way is not None)
    carried = of_pages & fields.keys()
    carried |= before.carried if before is not None else frozenset()
    # Pages with one record each part in many ways.
    fullest = sorted(labelled, key=lambda page: -max(len(scalars(one.value)) for one in labels_of[page].values()))
    rules_of = _rules_of(extractor, fields, fullest[:SEVERAL])
    for page, rules in rules_of.items():
        sizes = Counter(len(scalars(label.value)) for label in labels_of[page].values())
        usual = sizes.most_common(1)[0][0]
        # What stood over a group of records is known of each of them, and shown once.
        once = frozenset(n for n in carried & rules.keys() if len(rules[n].places(page.index)) < usual)
        even = {
            n: rules[n]
            for n, label in labels_of[page].items()
            if n in rules and n not in once and len(scalars(label.value)) == usual
        }
        parted = part(page, even, profiles) if even else None
        if parted is not None:
            ways.setdefault(parted[0])
            if once:
                ways.setdefault(replace(parted[0], carried=once, required=parted[0].required - once))
    if before is not None and _is_out_of_use(before, labelled):
        # What little still begins records there is none of the way that was learned: it comes after all others.
        ways = {way: None for way in ways if way != before} | {before: None}
    headings = carried | {
        name for name, profile in profiles.items() if profile.kind in DAYS or "date" in profile.traits
    }
    best, most, strays = before, -1.0, frozenset[str]()
    for way in ways:
        if not way.carried <= headings:
            continue
        worth: dict[str, float] = dict.fromkeys(fields, 0.0)
        total = dict(worth)
        kept, told, held, owed = Counter[str](), Counter[str](), Counter[str](), 0
        coherences = []
        for page, rules in rules_of.items():
            places = {name: rule.places(page.index) for name, rule in rules.items()}
            records = assemble(way, places, profiles, page.index)
            coherences.append(coherence(records, places, way.carried))
            for name, label in labels_of[page].items():
                column = [one for record in records for one in scalars(record.get(name))]
                if column:
                    total[name] += label.trust
                    worth[name] += label.trust * alike(column, label.value, True)
            for gold, found in matched(records, page.example.items or ()):
                # A heading that stands over records is theirs: a way that gives it to none is no better for that.
                owed += len(gold.keys() & carried & places.keys() - found.keys()) if found else 0
                told.update(gold.keys() & found.keys())
                kept.update(recordlist.alike(gold, found))
                # What is in no record any more has changed, and does not tell where it stood.
                held.update(
                    n for n in gold.keys() & found.keys() if any(recordlist.alike({n: gold[n]}, r) for r in records)
                )
        likeness = sum(worth.values()) * (1 - UNEVEN * (1 - sum(coherences) / len(coherences)))
        likeness *= kept.total() / (told.total() + owed) if told else 1.0
        if likeness > most + 1e-9:
            best, most = way, likeness
            strays = frozenset(n for n in fields if worth[n] < FAITHFUL * total[n] or kept[n] < TOGETHER * held[n])
    return best, strays


def _is_out_of_use(records: Records, labelled: Sequence[LabelledPage]) -> bool:
    """Whether most of the ways in which records begin find nothing on any of the pages."""
    alive = [one for one in records.starts if any(page.index.elements_of(one) for page in labelled)]
    return 2 * len(alive) < len(records.starts)


def _rules_of(
    extractor: Extractor, fields: Mapping[str, FieldProgram], pages: Iterable[LabelledPage]
) -> dict[LabelledPage, dict[str, Rule]]:
    """The rule that is believed of each field on each of the pages."""
    out: dict[LabelledPage, dict[str, Rule]] = {}
    for page in pages:
        answers = {name: entry.run(page.index, extractor.program.calibration) for name, entry in fields.items()}
        out[page] = {n: a.rule for n, a in answers.items() if a is not None and a.confidence >= extractor.threshold}
    return out


def _widened(profile: FieldProfile, labelled: Sequence[LabelledPage], listing: bool) -> FieldProfile:
    """The field's profile with room for the forms that its values have in the new design."""
    pages = [page for page in labelled if profile.name in page.values]
    if not pages:
        return profile
    new = profile_of(profile.name, pages, listing)
    # Addresses that were relative are links where they are absolute now.
    return replace(
        profile,
        kind=new.kind if profile.kind == "text" and new.kind == "link" else profile.kind,
        shortest=min(profile.shortest, new.shortest),
        longest=max(profile.longest, new.longest),
        traits=profile.traits & new.traits,
        fewest=min(profile.fewest, new.fewest),
        most=max(profile.most, new.most),
        repeats=profile.repeats or new.repeats,
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
    told = sum(own[name].source not in _ONCE for own in labels if name in own)
    column = entry.column if entry is not None else False
    if entry is None or not given:
        return FieldProgram(profile, (), column, 0.0)
    trust = sum(given) / len(given)
    if len(given) > 1 and told:
        # One rule that gives every page its label confirms labels that were made page by page; old rules and columns
        # always agree.
        share = max(_confirmed(entry, rule, name, opened, labels) for rule in entry.rules)
        trust = 1 - (1 - trust) * 0.5 ** min(told - 1, 4) if share >= 0.8 else trust * (0.5 + 0.5 * share)
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


def _open(pages: Iterable[Page], extractor: Extractor) -> list[LabelledPage]:
    out = []
    is_list = extractor.is_list
    for page in pages:
        try:
            empty = Example(page.url, page.html, None if is_list else {}, [] if is_list else None, "network")
            out.append(LabelledPage(empty, revealed=extractor.program.reveals))
        except PageRejected:
            continue
    return out


def _example(page: LabelledPage, extractor: Extractor) -> Example:
    if not extractor.is_list:
        return Example(page.example.url, page.example.html, dict(page.values), None, "network")
    if have_one_record(extractor.examples):
        many = {name for name, profile in extractor.fields.items() if profile.many}
        record = {n: scalars(value) if n in many else scalars(value)[0] for n, value in page.values.items()}
        return Example(page.example.url, page.example.html, None, [record], "network")
    columns = {name: scalars(value) for name, value in page.values.items()}
    size = max(map(len, columns.values()))
    whole = {name: values for name, values in columns.items() if len(values) == size}
    records = [{name: values[row] for name, values in whole.items()} for row in range(size)]
    return Example(page.example.url, page.example.html, None, records, "network")


def _keep(examples: Sequence[Example]) -> list[Example]:
    """Old examples that stay: what people and spiders said is never forgotten for what the network says."""
    return [example for example in examples if example.source != "network"][:20]


def _facts(extractor: Extractor, known: Sequence[Known]) -> dict[str, Known]:
    """What is known, by address, without fields that are empty."""
    told = known[0] if known else Known("")
    facts = {e.url: replace(told, url=e.url, item=e.item, items=e.items, partly=False) for e in extractor.examples}
    facts.update((fact.url, fact) for fact in known)
    return {fact.url: fact for fact in map(without_empty, facts.values())}


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
