"""What the witnesses of a new design agree on: one label for each field of each page, and how far it is trusted.

Two witnesses may mean the same place and give it in other forms ("Emma", "Emma (paperback)"). They agree then, and
the form that is most like the examples' is taken.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final, NamedTuple

from learner.extractor import Extractor
from learner.forms.likeness import MANY, likeness
from learner.healing.memory import DISTINCT
from learner.learning.induction import agreement, trials
from learner.pages.values import DATE_ORDERS, Scalar, Value, normal, read_datetime, same, scalars
from learner.programs.examples import LabelledPage, all_values
from learner.programs.program import FieldProgram, key
from learner.programs.transforms import KINDS

SEVERAL: Final = 3
TWO: Final = 2
"""Pages that tell as much, of values that are no chance."""
ENOUGH: Final = 0.45
LIKELY: Final = 0.7
WHOLE: Final = 0.8
"""Trust in old rules from which on their list is taken where the network sees some of it and more: from there on theirs
was right (F1 .89 against .79 of the network's), below it was not (.70 against .79)."""
STRONG: Final = 0.9
MOST: Final = 0.995
ANOTHER_FORM: Final = 0.8
"""How far two values count as the same that are one text, cut differently."""
AS_MANY: Final = 0.7
"""How long the shorter of two lists must be, of the longer, to be the same list in another form."""
BETTER_FORM: Final = 0.5
"""By how much a form must be more like the examples' to count as better."""
SHORTEST: Final = 3
"""Characters from which a text is not part of another by chance."""
SAME_DAY: Final = 0.9
IN_OTHER_WORDS: Final = (ANOTHER_FORM, SAME_DAY)
OVERLAP: Final = 0.6
"""How far two lists count as the same of which one holds most of the other."""
OUTVOTED: Final = 0.3
"""Trust in a known value, where the page shows it, but all other witnesses say the same other value."""
CONTRADICTED: Final = 0.5
"""What is left of the trust in old rules where the network sees another value: of 66 such values on training sites the
rules' was right 9 times, the network's 55 times."""
STAYING: Final = 0.95
"""Trust in known values that stand in one place of nearly all pages."""
PROVEN: Final = 0.4
"""What is left of the doubt in old rules that were right on another page; of the trust, if they were wrong."""
SHARED: Final = 0.2
"""What the network adds to slots that say the same, which ask it too: of values that both say with .9 (.7) on training
sites .93 (.76) are right."""
_MARKS: Final = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True, eq=False)
class Label:
    """A value for a field of a page, how far it is trusted (0..1) and who says so.

    ``alone`` is the share of the trust that is left where no other witness says the same. ``steady``: old rules say it
    of a page that they read as ever.
    """

    value: Value
    trust: float
    source: str
    alone: float = 1.0
    steady: bool = False


Said = Mapping[str, Sequence[Label]]


def told_by(source: str, name: str, said: Sequence[Mapping[str, Sequence[Label]]]) -> dict[int, Scalar]:
    """The single values that a witness says of a field, by the number of the page."""
    told = ((at, one) for at, own in enumerate(said) for one in own.get(name, ()))
    return {at: one.value for at, one in told if one.source == source and not isinstance(one.value, list)}


def staying(labels: Iterable[Label]) -> list[Label]:
    """What was said, where the known value stands in the field's place: no chance has put it there."""
    return [replace(one, trust=max(one.trust, STAYING)) if one.source == "known" else one for one in labels]


def resolve(said: Sequence[Said], opened: Sequence[LabelledPage], extractor: Extractor) -> list[dict[str, Label]]:
    """One label for each field of each page, from what the witnesses said of all pages.

    A known value that is short may stand on its page by chance. If one rule finds the known values of several
    pages, chance is ruled out; if none does, the values have changed and count for less.
    """
    said = _without_exchanged(said, extractor)
    labels: list[dict[str, Label]] = [{} for _ in said]
    examples_of = all_values(extractor.examples)
    for name, entry in extractor.program.fields.items():
        known = {
            number: label for number, own in enumerate(said) for label in own.get(name, ()) if label.source == "known"
        }
        certain: float | None = None
        if len(known) >= 3 and any(label.trust < STRONG for label in known.values()):
            certain = _one_rule(name, entry, [(opened[number], label.value) for number, label in known.items()])
        examples = examples_of.get(name, ())
        given = _varying([list(own.get(name, ())) for own in said], name, extractor)
        for number in known if certain is not None else ():
            trust = 0.95 if (certain or 0.0) >= 0.8 else 0.5 * known[number].trust
            given[number] = [replace(one, trust=trust) if one.source == "known" else one for one in given[number]]
        agreed = [agree(own, examples, entry.column) for own in given]
        for number, own in enumerate(_experienced(given, agreed, entry.column)):
            label = agree(own, examples, entry.column)
            if label is not None and label.trust >= ENOUGH:
                labels[number][name] = label
    return _strongest(_apart(labels, extractor))


def _apart(labels: Sequence[Mapping[str, Label]], extractor: Extractor) -> list[dict[str, Label]]:
    """The labels, but that two fields whose values were never the same are not both seen in one place: the one that
    pages more often have, or of which the witnesses are surer, is."""
    entries = extractor.program.fields
    out = [dict(given) for given in labels]
    for one, other in sorted(extractor.doubts.unlike):
        if one not in entries or other not in entries:
            continue
        seen = [given for given in out if one in given and other in given]
        equal = [given for given in seen if same(given[one].value, given[other].value)]
        if 2 * len(equal) <= len(seen) or len(equal) < 2:
            continue
        standing = {
            name: (entries[name].profile.presence, sum(given[name].trust for given in seen)) for name in (one, other)
        }
        weaker = min((one, other), key=lambda name: standing[name])
        for given in equal:
            del given[weaker]
    return out


def _without_exchanged(said: Sequence[Said], extractor: Extractor) -> list[Said]:
    """What was said, without the old rules of fields that find what is known of another field: on the new design its
    value stands where theirs did. Nor is the network believed that sees the same there."""
    single = [name for name, entry in extractor.program.fields.items() if not entry.many]
    found: dict[str, list[bool]] = {name: [] for name in single}
    told: Counter[str] = Counter()
    for own in said:
        known = {name: value for name in single if (value := _of(own, name, "known")) is not None}
        for name in known:
            if (old := _of(own, name, "old")) is not None:
                others = (value for other, value in known.items() if other != name and not same(value, known[name]))
                found[name].append(any(same(old, value) for value in others))
                told[name] += found[name][-1] and len(normal(str(old))) >= DISTINCT
    moved = {
        name
        for name, seen in found.items()
        if (sum(seen) >= SEVERAL or told[name] >= TWO) and 2 * sum(seen) > len(seen)
    }
    if not moved:
        return list(said)
    out: list[Said] = []
    for own in said:
        fewer = dict(own)
        for name in moved & own.keys():
            old = _of(own, name, "old")
            fewer[name] = [
                one
                for one in own[name]
                if one.source != "old" and not (one.source == "network" and old is not None and same(one.value, old))
            ]
        out.append(fewer)
    return out


def _of(own: Mapping[str, Sequence[Label]], name: str, source: str) -> Value | None:
    """What a witness says of a field."""
    return next((one.value for one in own.get(name, ()) if one.source == source), None)


def _varying(given: Sequence[list[Label]], name: str, extractor: Extractor) -> list[list[Label]]:
    """What was said, without a witness that says the same of all pages, of a field that used to vary: it sees what
    stands on every page."""
    before = [repr(example.values[name]) for example in extractor.examples if name in example.values]
    if len(set(before)) < SEVERAL and not len(set(before)) == len(before) > 1:
        return list(given)
    stuck = set()
    for source in ("known", "old", "network", "slot"):
        values = [repr(label.value) for own in given for label in own if label.source == source]
        if len(values) >= SEVERAL and len(set(values)) == 1:
            stuck.add(source)
    return [[label for label in own if label.source not in stuck] for own in given]


def _experienced(given: Sequence[Sequence[Label]], agreed: Sequence[Label | None], column: bool) -> list[list[Label]]:
    """What was said, the old rules trusted on each page as they did on the others, where the label is beyond doubt."""
    rates: dict[int, float] = {}
    for number, (own, label) in enumerate(zip(given, agreed, strict=True)):
        old = next((one for one in own if one.source == "old"), None)
        if old is not None and label is not None and label.trust >= STRONG and label.source != "old":
            rates[number] = alike(old.value, label.value, column)
    out = []
    for number, own in enumerate(given):
        others = [rate for page, rate in rates.items() if page != number]
        rate = sum(others) / len(others) if others else None
        out.append([one if rate is None or one.source != "old" else _after(one, rate) for one in own])
    return out


def _after(old: Label, rate: float) -> Label:
    """What the old rules say, after they were right on other pages at this rate."""
    if rate >= LIKELY:
        return replace(old, trust=1 - (1 - old.trust) * PROVEN)
    return replace(old, trust=old.trust * PROVEN) if rate < ENOUGH else old


def agree(said: Sequence[Label], examples: Sequence[Scalar] = (), column: bool = False) -> Label | None:
    """The label that the witnesses agree on most; None when there is no witness.

    What is known and shown stands against any single witness, but not against all others: then it changed, and what
    was found is an old form of it. Rules find a list whole or not at all, the network may miss some of it: of lists
    that overlap the rules' is taken, unless these are in doubt.
    """
    if not said:
        return None
    shares = {(one, other): alike(one.value, other.value, column) for one in said for other in said}
    ranked = [_standing(label, said, shares, examples) for label in said]
    ranked.sort(key=lambda one: (not one.certain, one.label.steady, one.partial, one.doubt))
    first = ranked[0]
    if not first.certain:
        # Those that mean the same are equals: the form decides, or else what is trusted more.
        rivals = [o for o in ranked if shares[first.label, o.label] in IN_OTHER_WORDS and _as_many(first, o)]
        # Rules read what is shown, as they did; the network may see the same list, marked otherwise, in embedded data.
        usual = next((o for o in rivals if o.label.source == "old" and _same_lists(o.label, first.label)), first)
        first = max([first, *rivals], key=lambda one: one.form - BETTER_FORM * (one is not usual))
    best = first.label
    trust = min(MOST, 1 - first.doubt)
    if not first.certain:
        # The more the others are trusted that say something else, the likelier they are right instead.
        against = [_odds(one.trust) for one in ranked if shares[best, one.label] < OVERLAP]
        trust = _odds(trust) / (1 + _odds(trust) + sum(against))
        forms = [one.form for one in ranked if shares[best, one.label] == ANOTHER_FORM]
        settled = any(other is not best and shares[best, other] == 1 for other in said)
        if forms and not settled and not isinstance(best.value, list) and forms[0] >= first.form - BETTER_FORM:
            trust *= ANOTHER_FORM
    sources = dict.fromkeys(label.source for label in said if shares[best, label] >= ANOTHER_FORM)
    return Label(best.value, trust, "+".join(sources))


class _Standing(NamedTuple):
    """How a label stands among all: its ``trust`` and the ``doubt`` that the others leave, how far its ``form`` is the
    examples', whether it is ``certain`` (known, and shown, or what old rules say of a page that they read as ever), and
    ``partial``: some of a list that rules find whole."""

    label: Label
    trust: float
    doubt: float
    form: float
    certain: bool
    partial: bool


def _standing(
    label: Label, said: Sequence[Label], shares: Mapping[tuple[Label, Label], float], examples: Sequence[Scalar]
) -> _Standing:
    """``said`` are all labels; ``shares`` tell what each two have in common."""
    others = {other: shares[label, other] for other in said if other is not label}
    known = label.source in ("known", "changed")
    opposed = [other for other, share in others.items() if share < OVERLAP or share == ANOTHER_FORM]
    # Slots ask the network: the two are one rival.
    seen = any(other.source == "network" for other in opposed)
    rivals = [other for other in opposed if not (seen and other.source == "slot")]
    if known and len(rivals) > 1 and shares[rivals[0], rivals[1]] >= ANOTHER_FORM:
        trust = min(label.trust, OUTVOTED)
    elif any(share >= OVERLAP for share in others.values()):
        trust = label.trust
    else:
        trust = label.trust * label.alone
        seen_elsewhere = any(other.source == "network" for other in others)
        if (
            label.source == "old"
            and not label.steady
            and seen_elsewhere
            and (not isinstance(label.value, list) or max(others.values()) < OUTVOTED)
        ):
            trust *= CONTRADICTED
    partial = label.source == "network" and any(
        other.source == "old" and other.trust >= WHOLE and OVERLAP <= share < 1 and share != ANOTHER_FORM
        for other, share in others.items()
    )
    same_value = [other.value for other, share in others.items() if share in IN_OTHER_WORDS]
    return _Standing(
        label,
        trust,
        (1 - trust) * math.prod((1 - other.trust * share) ** _weight(label, other) for other, share in others.items()),
        likeness(label.value, examples) if same_value else 0.0,
        (known and trust >= STRONG) or (label.steady and trust >= LIKELY),
        partial,
    )


def _weight(label: Label, other: Label) -> float:
    """How much what another witness says adds."""
    return SHARED if {label.source, other.source} == {"network", "slot"} else 1.0


def _as_many(one: _Standing, other: _Standing) -> bool:
    """Whether two lists are of nearly the same length: else they are not one list in two forms."""
    sizes = len(scalars(one.label.value)), len(scalars(other.label.value))
    return min(sizes) >= AS_MANY * max(sizes)


def _same_lists(one: Label, other: Label) -> bool:
    """Whether two lists differ in their marks alone."""
    lists = isinstance(one.value, list) and isinstance(other.value, list)
    return lists and _mostly(scalars(one.value), scalars(other.value), _same_words)


def _odds(trust: float) -> float:
    return trust / (1 - trust)


def alike(left: Value, right: Value, column: bool = False) -> float:
    """How far two values are the same (0..1): of lists what they have in common, of texts one inside the other."""
    if isinstance(left, list) or isinstance(right, list):
        one, other = scalars(left), scalars(right)
        if not one or not other:
            return 0.0
        bags = Counter(map(key, one)), Counter(map(key, other))
        share = max(agreement(one, other, column), agreement(other, one, column))
        inner = (bags[0] & bags[1]).total() / min(len(one), len(other))
        if inner >= 0.8 and min(len(one), len(other)) > 1:
            share = max(share, OVERLAP)
        if share >= OVERLAP:
            return share
        return ANOTHER_FORM if _mostly_within(one, other) or _mostly_within(other, one) else share
    if same(left, right):
        return 1.0
    if _same_day(left, right):
        return SAME_DAY
    return ANOTHER_FORM if _within(left, right) else 0.0


def _mostly_within(one: Sequence[Scalar], other: Sequence[Scalar]) -> bool:
    return _mostly(one, other, lambda a, b: _within(a, b) or _same_words(a, b))


def _mostly(one: Sequence[Scalar], other: Sequence[Scalar], meets: Callable[[Scalar, Scalar], bool]) -> bool:
    """Whether nearly all of one list's values meet one of the other's."""
    met = [any(meets(a, b) for b in other[:MANY]) for a in one[:MANY]]
    return sum(met) >= 0.9 * len(met)


def _same_day(left: Scalar, right: Scalar) -> bool:
    """Whether two texts say the same day, however days and months are ordered."""
    if not isinstance(left, str) or not isinstance(right, str):
        return False
    found = KINDS["date"].search(left), KINDS["date"].search(right)
    if found[0] is None or found[1] is None:
        return False
    days = [{m.date() for o in DATE_ORDERS if (m := read_datetime(text.group(), o))} for text in found if text]
    return bool(days[0] & days[1])


def _within(left: Scalar, right: Scalar) -> bool:
    """Whether one text is part of the other, and not a small one."""
    if not isinstance(left, str) or not isinstance(right, str):
        return same(left, right)
    short, long = sorted((normal(left), normal(right)), key=len)
    return len(short) >= SHORTEST and 3 * len(short) >= len(long) and short in long


def _same_words(left: Scalar, right: Scalar) -> bool:
    """Whether two texts differ in their marks alone."""
    bare = _bare(str(left))
    return len(bare) >= SHORTEST and bare == _bare(str(right))


@lru_cache(maxsize=4_096)
def _bare(text: str) -> str:
    return _MARKS.sub("", normal(text))


def _one_rule(name: str, entry: FieldProgram, known: Sequence[tuple[LabelledPage, Value]]) -> float:
    """The share of the pages' known values that the best single rule gives (0 if the values are all the same)."""
    if len({repr(value) for _, value in known}) < 2:
        return 0.0
    pages = []
    for page, value in known[:8]:
        page.values = {name: value}
        pages.append(page)
    tried = trials(pages, name, entry.many, entry.column)
    return max((trial.right for trial in tried), default=0.0) / len(pages)


def _strongest(labels: Sequence[Mapping[str, Label]]) -> list[dict[str, Label]]:
    """Of each field the labels beyond doubt, if there are several; if there is one, those that are no guess."""
    counts: dict[str, int] = {}
    for given in labels:
        for name, label in given.items():
            counts[name] = counts.get(name, 0) + (label.trust >= STRONG)
    least = {name: (0.0, LIKELY, STRONG)[min(count, 2)] for name, count in counts.items()}
    return [{name: label for name, label in given.items() if label.trust >= least[name]} for given in labels]
