"""learn(): from examples to an extractor."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Final

from learner.errors import InvalidExample, NothingLearned, PageRejected
from learner.extractor import THRESHOLD, Extractor
from learner.learning import derived, reliability
from learner.learning.boxes import unsearched
from learner.learning.cases import cased
from learner.learning.completion import completed
from learner.learning.induction import Trial, agreement, attempts, joined, spelled
from learner.learning.joining import joints_of
from learner.learning.labels import accompanied, called, measured, scattered, settled, settled_columns, worded
from learner.learning.marks import mark_of
from learner.learning.misreading import as_shown, overfull
from learner.learning.neighbours import captions_of
from learner.learning.paging import onward_of
from learner.learning.rivals import apart, in_order
from learner.learning.scopes import recorded, scopes_of
from learner.learning.strangers import strangers_of
from learner.pages.values import kind_of, same, scalars
from learner.programs.captions import NO_CAPTIONS
from learner.programs.examples import Example, LabelledPage, of_one_form, whole
from learner.programs.joints import parted_example
from learner.programs.orders import Bonds
from learner.programs.program import FORMS, FieldProfile, FieldProgram, Program, Records, Rule, key, traits_of
from learner.programs.recordlist import parting

MAX_RULES: Final = 6
MAX_EXAMPLES: Final = 60
MIN_TRAITS: Final = 6
MOST: Final = 0.5
REFUTED: Final = 0.5
"""Trust in a field of which every rule is wrong on as many examples as it is right on."""
ANYWHERE: Final = 3
"""Places of a page that show a short value, from which on one example does not tell which is the field's."""
BY_CHANCE: Final = 0.6
"""Trust in such a field, until there is another example."""
STRAY: Final = 0.25
"""Weight, at most, of a rule that finds something where the best one rightly finds nothing."""
ENDING: Final = 0.75
"""Presence of a link to the next page that all examples have: the last page has none, and may not be among them."""


def learn(examples: Sequence[Example], *, seed: int = 0) -> Extractor:
    """The best extractor that the examples allow; one example is enough to start.

    Fields whose values stand nowhere on their pages are left out and named in ``warnings``, and so are those that are
    read otherwise than a person shows them, and lists of which a person shows the first records only.
    Raises InvalidExample when there is no example or a page can't be read, NothingLearned when no field
    could be learned.
    """
    if not examples:
        raise InvalidExample(
            "nothing to learn from: the list of examples is empty", hint="scrapy crawl, or scrapy learn"
        )
    whole_lists = [completed(example) for example in of_one_form(examples)]
    examples, notes = [example for example, _ in whole_lists], [note for _, note in whole_lists if note]
    pages, warnings = open_pages(examples[:MAX_EXAMPLES])
    if not any(page.values for page in pages):
        raise NothingLearned("the examples have no values", hint="give each example an item with at least one value")
    listing = any(page.example.items is not None for page in pages)
    joints = joints_of(pages)
    for page in pages if joints else ():
        page.example = parted_example(page.example, joints, page.leaves)
        page.values = page.example.values
    program, missed = compile_pages(pages, listing)
    read = [whole(page) for page in pages] if missed else []
    if any(page.revealed for page in read):
        bare = [page if page.revealed else LabelledPage(page.example, revealed=True) for page in read]
        revealed, still = compile_pages(bare, listing)
        if len(still) < len(missed):
            program, missed, pages = replace(revealed, reveals=True), still, bare
    program, refuted = as_shown(program, [page.example for page in pages])
    program, more = overfull(program, pages)
    missed += [*refuted, *more]
    if not program.fields:
        raise NothingLearned("no field could be learned: " + "; ".join(missed), hint="check the examples' values")
    notes = [*warnings, *notes, *missed, *contradictions(program, pages)]
    return Extractor(program.with_joints(joints), examples, warnings=notes)


def contradictions(program: Program, pages: Sequence[LabelledPage]) -> list[str]:
    """Warnings for examples that the program reads otherwise: of another template, or contradicting the rest."""
    if len(pages) < 2:
        return []
    unread: dict[str, list[LabelledPage]] = {}
    strangers: list[LabelledPage] = []
    for page in pages:
        asked = [name for name in page.values if name in program.fields]
        failed = [name for name in asked if not _reads(program.fields[name], page)]
        if len(failed) > max(1, len(asked) / 2):
            strangers.append(page)
        else:
            for name in failed:
                unread.setdefault(name, []).append(page)
    warnings = []
    if strangers:
        warnings.append(
            f"{len(strangers)} of {len(pages)} examples seem to be of another template, for few of their values stand "
            f"where the others have theirs: {', '.join(page.example.url for page in strangers[:3])}"
        )
    for name, entry in program.fields.items():
        if entry.trust <= REFUTED:
            warnings.append(f"{name}: the examples contradict each other, and no value of it is vouched for")
    for name, few in unread.items():
        warnings.append(
            f"{name}: {len(few)} of {len(pages)} examples contradict the others, or show it in a place of its own: "
            f"{', '.join(page.example.url for page in few[:3])}"
        )
    return warnings


def _reads(entry: FieldProgram, page: LabelledPage) -> bool:
    """Whether one of the field's rules gives the example's value, or most of its values."""
    gold = scalars(page.values[entry.profile.name])
    return any(agreement(entry.read(rule, page.index), gold, entry.column) > MOST for rule in entry.rules)


def compile_pages(
    pages: Sequence[LabelledPage],
    listing: bool,
    profiles: Mapping[str, FieldProfile] | None = None,
    former: Program | None = None,
) -> tuple[Program, list[str]]:
    """The program that reads the pages' values, and warnings for fields that no rule finds; ``former`` is the program
    of a former design."""
    fields: dict[str, FieldProgram] = {}
    warnings: list[str] = []
    names = list(dict.fromkeys(name for page in pages for name in page.values))
    told = [name for name in names if derived.are_booleans(pages, name)]
    for name in names:
        if name in told:
            continue
        profile = (profiles or {}).get(name)
        before = former.fields.get(name) if former is not None else None
        entry = _compiled_with_absences(name, names, pages, listing, profile, before)
        if entry is not None:
            fields[name] = entry
        if entry is None or _is_poor(entry, pages):
            told.append(name)
    records = None
    if listing and fields:
        best = {name: program.rules[0] for name, program in fields.items()}
        inner = {name: program.profile for name, program in fields.items()}
        records = parting(pages, best, inner)
    for name in told:
        entry = _told(name, pages, records, fields) if records is not None or not listing else None
        if entry is not None:
            fields[name] = entry
        elif name not in fields:
            warnings.append(_unlearned(name, pages))
    bonds = former.bonds if former is not None else Bonds()
    return Program(fields, records, reliability.calibration(), bonds=bonds), warnings


def _is_poor(entry: FieldProgram, pages: Sequence[LabelledPage]) -> bool:
    """Whether a field with one of few values, as a number of stars, is not read on many of the pages: what is read may
    stand there by chance."""
    having = scopes_of(pages, entry.profile.name)
    values = {key(scope.value) for scope in having}
    if entry.many or len(values) < 2 or len(having) < derived.EACH * len(values):
        return False
    answers = [entry.run(scope.page.index, reliability.calibration()) for scope in having]
    right = sum(one is not None and same(one.value, s.value) for one, s in zip(answers, having, strict=True))
    return right < derived.MOST * len(having)


def _told(
    name: str, pages: Sequence[LabelledPage], records: Records | None, fields: Mapping[str, FieldProgram]
) -> FieldProgram | None:
    """The rules for a field whose values stand nowhere, but are told by what does."""
    listing = records is not None
    scopes = recorded(pages, name, records, fields) if records is not None else scopes_of(pages, name)
    return derived.compiled(name, scopes, profile_of(name, pages, listing), records) if scopes else None


def _unlearned(name: str, pages: Sequence[LabelledPage]) -> str:
    """Why nothing is learned of a field."""
    shown = next(page for page in pages if name in page.values)
    values = [value for page in pages for value in scalars(page.values.get(name))]
    if all(isinstance(value, bool) for value in values):
        count = f"{sum(map(bool, values))} of {len(values)}"
        return f"{name}: nothing on the pages tells its values for certain, which are yes in {count} examples"
    place = next(iter(shown.places(values[0], 1)), None)
    value, where = f"the value {str(values[0])[:80]!r}", shown.example.url
    text = str(values[0])
    if place is not None and place.text != text and place.text.casefold() == text.casefold():
        return f"{name}: {value} stands on {where} in other capitals, and no letter case makes it of them"
    stands = "stands where no rule leads to, on" if place is not None else "stands nowhere on"
    return f"{name}: {value} {stands} {where}"


def _compiled_with_absences(
    name: str,
    names: Collection[str],
    pages: Sequence[LabelledPage],
    listing: bool,
    profile: FieldProfile | None,
    former: FieldProgram | None,
) -> FieldProgram | None:
    """The rules that read a field's values, and nothing on pages without it. That a person has not named it,
    though most of the page, counts if rules tell such pages from the others."""
    unsaid = [page for page in pages if _is_unsaid(name, page)]
    denied = [page for page in pages if name in page.example.lacks]
    absent = [*denied, *(page for page in unsaid if page.example.is_whole(names))]

    def counting(lacking: Collection[LabelledPage]) -> FieldProgram | None:
        for page in (*unsaid, *denied):
            page.unknown = page.unknown - {name} if page in lacking else page.unknown | {name}
        return _compiled(name, pages, listing, profile, former, absent)

    entry = counting(())
    lacking = [page for page in absent if not (entry and _shows(entry, page))]
    entry = counting(lacking) if lacking else entry
    # What stands there is another thing, as far as a caption tells it; else the rules that find it are no good.
    if entry is not None and any(_gives(entry, page) for page in absent):
        closer = counting(absent)
        told = [page for page in pages if name in page.values and _gives(entry, page)]
        apart = closer is not None and not any(_gives(closer, page) for page in absent)
        if (apart and closer and all(_gives(closer, page) for page in told)) or denied:
            return closer
        absent = lacking
    if entry is None or profile is not None or len(absent) == len(lacking):
        return entry
    having = sum(name in page.values for page in pages)
    return replace(entry, profile=replace(entry.profile, presence=having / (having + len(absent))))


def _is_unsaid(name: str, page: LabelledPage) -> bool:
    """Whether a person showed the page, and did not say whether it has the field."""
    example = page.example
    said = name in page.values or name in example.lacks
    return example.is_shown and example.item is not None and not said


def _shows(entry: FieldProgram, page: LabelledPage) -> bool:
    """Whether all trusted rules find something on the page, whatever its caption, and agree so far that it would be
    given."""
    trusted = (entry.read(rule, page.index) for rule in entry.rules if rule.weight >= THRESHOLD)
    return _gives(replace(entry, captions=NO_CAPTIONS), page) and all(trusted)


def _gives(entry: FieldProgram, page: LabelledPage) -> bool:
    """Whether something is given of the field on the page."""
    answer = entry.run(page.index, reliability.calibration())
    return answer is not None and answer.confidence >= THRESHOLD


def _compiled(
    name: str,
    pages: Sequence[LabelledPage],
    listing: bool,
    profile: FieldProfile | None,
    former: FieldProgram | None,
    absent: Sequence[LabelledPage] = (),
) -> FieldProgram | None:
    """The rules that read a field's values; None if there are none. What they find on the pages where it is ``absent``
    is another thing, if its caption or markup tells it."""
    profile = profile or profile_of(name, pages, listing)
    mark = mark_of(former.rules) if former is not None else ""
    made = attempts(pages, name, profile.many or listing, listing, mark)
    tried = spelled([trial for trial in made if trial.holds])
    if profile.many and not listing:
        tried += joined(made, pages, name)
    if not profile.many and not listing:
        having = [page for page in pages if name in page.values]
        tried = called(worded(settled(tried, having), having, name), having, name)
        tried = measured(apart(tried, having, name), having, name)
    if listing:
        having = [page for page in pages if name in page.values]
        tried = in_order(settled_columns(tried, having), having, name)
    if not tried:
        return None
    rules = select(tried, name, profile.many or listing, listing)
    if not profile.many and not listing:
        apt = unsearched(tried, rules, having)
        rules = accompanied(select(apt, name, False) if len(apt) < len(tried) else rules, having, name)
    rules = cased(rules, pages, name, former.rules if former is not None else None)
    if not rules:
        return None
    # Of examples that contradict each other no rule is right more often than wrong: however many rules agree.
    trust = REFUTED if all(map(_is_refuted, tried)) else 1.0
    if not profile.many and not listing and len(having) == 1 and scattered(rules, having[0], name) >= ANYWHERE:
        trust = min(trust, BY_CHANCE)
    entry = FieldProgram(profile, rules, column=listing, trust=trust)
    return replace(entry, captions=captions_of(entry, pages, absent), strangers=strangers_of(entry, pages, absent))


def open_pages(examples: Sequence[Example]) -> tuple[list[LabelledPage], list[str]]:
    """The examples' pages, and warnings for those that can't be read.

    Raises InvalidExample when none can.
    """
    pages: list[LabelledPage] = []
    warnings: list[str] = []
    for example in examples:
        try:
            pages.append(LabelledPage(example))
        except PageRejected as error:
            warnings.append(error.message)
    if not pages:
        raise InvalidExample("no example's page can be read: " + "; ".join(warnings), hint="give other pages")
    return pages, warnings


def profile_of(name: str, pages: Sequence[LabelledPage], listing: bool) -> FieldProfile:
    """What the examples tell of a field. In records, ``many`` means several values in one record."""
    having = [page for page in pages if name in page.values]
    values = [value for page in having for value in scalars(page.values[name])]
    kinds = [kind_of(value) for value in values]
    lengths = [len(value) for value in values if isinstance(value, str)]
    if listing:
        many = any(isinstance(r.get(name), list) for page in pages for r in page.example.items or ())
    else:
        many = any(isinstance(page.values[name], list) for page in having)
    ends = not many and onward_of(pages, name) is not None
    telling = sum(name in page.values or name not in page.unknown for page in pages)
    return FieldProfile(
        name,
        max(set(kinds), key=kinds.count),
        many,
        ENDING if ends and len(having) == telling else len(having) / telling,
        min(lengths, default=0),
        max(lengths, default=0),
        traits=_traits([value for value in values if isinstance(value, str)]),
        fewest=min(len(scalars(page.values[name])) for page in having) if many else 0,
        most=max(len(scalars(page.values[name])) for page in having) if many else 0,
        repeats=listing or any(len(set(map(key, v))) < len(v) for v in (scalars(p.values[name]) for p in having)),
    )


def _traits(values: Sequence[str]) -> frozenset[str]:
    """Traits that all values have: what they are as a whole; once there are enough to tell, what they are made of."""
    if not values:
        return frozenset()
    shared = frozenset.intersection(*map(traits_of, values))
    return shared if len(set(values)) >= MIN_TRAITS else shared & FORMS


def select(
    tried: Sequence[Trial], name: str, many: bool, column: bool = False, model: reliability.Network | None = None
) -> tuple[Rule, ...]:
    """The most trusted rules, of different families and places first.

    Where the best rule gives all values that others give, and nothing on the examples that have none, those that find
    something there see another thing: they may say the same as it does, but are not believed alone. Where it is never
    wrong, those that are wrong as often as right are left out: with few examples they could outweigh it.
    """
    weighed = reliability.weigh(tried, name, many, column, model)
    trial_of = dict(zip(weighed, tried, strict=True))
    weighed.sort(key=_worth, reverse=True)
    weighed = [rule for rule in weighed if not trial_of[rule].proper] or weighed
    if not trial_of[weighed[0]].wrong:
        weighed = [rule for rule in weighed if not _is_refuted(trial_of[rule])]
    if many and not column:
        left = [trial_of[rule] for rule in weighed]
        weighed = [rule for rule in weighed if not _is_uneven(trial_of[rule], left)]
    chosen: list[Rule] = []
    kinds: dict[tuple[str, ...], int] = {}
    for limit in (1, 2):
        for rule in weighed:
            kind = (
                rule.family,
                rule.selector.take,
                rule.selector.steps[-1].tag if rule.selector.steps else "",
            )
            if len(chosen) >= MAX_RULES:
                break
            if rule not in chosen and kinds.get(kind, 0) < limit and _worth(rule) >= 0.4 * _worth(weighed[0]):
                kinds[kind] = kinds.get(kind, 0) + 1
                chosen.append(rule)
    best = trial_of[weighed[0]]
    if not best.stray and best.right >= max(trial.right for trial in tried):
        chosen = [replace(r, weight=min(r.weight, STRAY)) if trial_of[r].stray else r for r in chosen]
    return tuple(sorted(chosen, key=_worth, reverse=True))


def _is_refuted(trial: Trial) -> bool:
    """Whether the rule is wrong on as many examples as it is right on."""
    return trial.wrong >= max(1.0, trial.right)


def _is_uneven(trial: Trial, tried: Sequence[Trial]) -> bool:
    """Whether the rule gives a list otherwise than most of the examples have it, which another rule gives whole: it has
    a value more, that stands beside the list on each page."""
    most = max(one.whole for one in tried)
    return trial.amiss > trial.whole and most > max(trial.whole, MOST * (trial.whole + trial.amiss + trial.silent))


def _worth(rule: Rule) -> float:
    """The probability that the rule finds the value of a new page."""
    return rule.weight * rule.reach
