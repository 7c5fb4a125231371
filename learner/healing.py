"""heal(): from pages of a new design, unlabelled, to an extractor that reads them.

Each page is labelled from three witnesses: values known for its address, what the old rules still say, and
where the network sees the fields. Witnesses that agree raise each other's trust; new rules are learned from
the labels, and confidence in their answers never exceeds the trust in the labels.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from learner import transforms as t
from learner.errors import EvergreenError, PageRejected
from learner.examples import Example, Known, LabelledPage
from learner.extractor import Extractor
from learner.induction import agreement, trials
from learner.learning import compile_pages, profile_of
from learner.page import Page
from learner.program import FieldProfile, FieldProgram, Program, Rule
from learner.transforms import KINDS, Transform
from learner.values import DATE_ORDERS, Scalar, Value, normal, read_datetime, same, scalars

if TYPE_CHECKING:
    from learner.network import Scorer, Scores, SupportSet

MAX_SUPPORT: Final = 3
MAX_PAGES: Final = 24
TRUST: Final = {"known": 0.97, "old": 0.8, "network": 0.95}
ENOUGH: Final = 0.45
STRONG: Final = 0.9
SEVERAL: Final = 3
SURROUNDINGS: Final = 16
"""Characters of a weekday and a time that may stand with a date."""
UNLABELLED: Final = 0.3
"""What an answer counts on a page of which nothing else is known."""
DISTINCT: Final = 6
"""Characters from which a known value is unlikely to stand elsewhere on a page by chance."""


@dataclass(frozen=True, slots=True)
class Repair:
    """What healing gave: the extractor to use (the old one if nothing was ``promoted``), a report, the labels."""

    extractor: Extractor
    promoted: bool
    report: dict[str, Any] = field(default_factory=dict)
    labels: tuple[Example, ...] = ()


@dataclass(frozen=True, slots=True)
class Label:
    """A value for a field of a page, how far it is trusted (0..1) and who says so."""

    value: Value
    trust: float
    source: str


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
    witness = _Witness(extractor, facts)
    labels = _resolve([witness.said(page) for page in opened], opened, extractor)
    labelled = []
    for page, given in zip(opened, labels, strict=True):
        page.values = {name: label.value for name, label in given.items()}
        fact = facts.get(page.example.url)
        told = frozenset() if fact is None else frozenset(extractor.fields) - frozenset(_values(fact))
        page.unknown = frozenset(extractor.fields) - frozenset(given) - told
        if page.values:
            labelled.append(page)
    report["labels"] = len(labelled)
    if not labelled:
        return Repair(extractor, False, {**report, "reason": "no field is seen on the new pages"})
    teaching = [*labelled, *_open_examples(extractor, 4)] if old else labelled
    profiles = {name: _widened(profile, labelled, extractor.is_list) for name, profile in extractor.fields.items()}
    program, _ = compile_pages(teaching, extractor.is_list, profiles)
    made = {
        name: _trusted(program.fields.get(name), profile, name, opened, labels) for name, profile in profiles.items()
    }
    made = {name: _varied(entry, name, extractor, opened) for name, entry in made.items()}
    fields = made if extractor.is_list else _choose(extractor, made, opened, labels)
    examples = tuple(_example(page, extractor.is_list) for page in labelled)
    healed = Extractor(
        Program(fields, program.records or extractor.program.records, program.calibration),
        (*_keep(extractor.examples, labelled), *examples),
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


def _values(fact: Known) -> dict[str, Value]:
    return Example(fact.url, "", fact.item, fact.items).values


Said = Mapping[str, Sequence[Label]]


def _resolve(said: Sequence[Said], opened: Sequence[LabelledPage], extractor: Extractor) -> list[dict[str, Label]]:
    """One label for each field of each page, from what the witnesses said of all pages.

    A known value that is short may stand on its page by chance. If one rule finds the known values of several
    pages, chance is ruled out; if none does, the values have changed and count for less.
    """
    labels: list[dict[str, Label]] = [{} for _ in said]
    for name, entry in extractor.program.fields.items():
        known = {
            number: label for number, own in enumerate(said) for label in own.get(name, ()) if label.source == "known"
        }
        certain: float | None = None
        if len(known) >= 3 and any(label.trust < STRONG for label in known.values()):
            certain = _one_rule(name, entry, [(opened[number], label.value) for number, label in known.items()])
        for number, own in enumerate(said):
            given = list(own.get(name, ()))
            if number in known and certain is not None:
                trust = 0.95 if certain >= 0.8 else 0.5 * known[number].trust
                given = [replace(one, trust=trust) if one.source == "known" else one for one in given]
            label = _agree(given)
            if label is not None and label.trust >= ENOUGH:
                labels[number][name] = label
    return _strongest(labels)


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
    """Of each field the labels beyond doubt, if there are several; else all of them."""
    counts: dict[str, int] = {}
    for given in labels:
        for name, label in given.items():
            counts[name] = counts.get(name, 0) + (label.trust >= STRONG)
    return [{n: label for n, label in given.items() if label.trust >= STRONG or counts[n] < 2} for given in labels]


class _Witness:
    """All that is known of a site's fields, asked page by page."""

    def __init__(self, extractor: Extractor, facts: Mapping[str, Known]) -> None:
        self.extractor = extractor
        self.facts = facts
        self.scorer: Scorer | None = None
        self.support: SupportSet | None = None
        self.programs = {name: _transforms(entry) for name, entry in extractor.program.fields.items()}
        self._prepare()

    def _prepare(self) -> None:
        from learner.network import load_scorer

        pages = _open_examples(self.extractor, MAX_SUPPORT)
        if not pages:
            return
        self.scorer = load_scorer()
        golds = []
        for page in pages:
            numbers: dict[str, list[int]] = {}
            for name, value in page.values.items():
                distinct = {normal(str(v)): v for v in scalars(value)[:60]}
                found = dict.fromkeys(n for v in distinct.values() for n in page.holding(v))
                if found:
                    numbers[name] = list(found)
            golds.append((page.document, page.candidates, numbers))
        many = {name: entry.many for name, entry in self.extractor.program.fields.items()}
        self.support = self.scorer.support(golds, fields=tuple(self.extractor.fields), many=many)

    def said(self, page: LabelledPage) -> dict[str, list[Label]]:
        """What each witness says of each of the page's fields."""
        scores = None
        if self.scorer is not None and self.support is not None:
            scores = self.scorer.score(self.support, page.document, page.candidates)
        fact = self.facts.get(page.example.url)
        facts = _values(fact) if fact is not None else {}
        forms = _Forms(page, [v for value in facts.values() for v in scalars(value)])
        out: dict[str, list[Label]] = {}
        for name, entry in self.extractor.program.fields.items():
            witnesses = (
                self._known(page, entry, facts.get(name), forms),
                self._old(page, entry),
                self._seen(page, entry, scores, name),
            )
            out[name] = [label for label in witnesses if label is not None]
        if fact is not None and fact.items and all(any(one.source == "known" for one in out[n]) for n in facts):
            records = [{n: form for n, v in r.items() if (form := _record_form(v, forms))} for r in fact.items]
            page.example = replace(page.example, items=[record for record in records if record])
        return out

    def _known(self, page: LabelledPage, entry: FieldProgram, value: Value | None, forms: _Forms) -> Label | None:
        """The known value, in the form in which the page shows it; of many, what is left of them."""
        if value is None:
            return None
        values = scalars(value)
        shown = [form for one in values if (form := forms.of(one)) is not None]
        if not shown or len(shown) < (0.9 if entry.column else 0.6) * len(values):
            return None
        trust = TRUST["known"] * len(shown) / len(values)
        if not entry.many and len(normal(str(values[0]))) < DISTINCT:
            trust = min(trust, 0.6)
        return Label(shown if entry.many else shown[0], trust, "known")

    def _old(self, page: LabelledPage, entry: FieldProgram) -> Label | None:
        """What the old rules still say; the more of them found nothing, the less it is worth."""
        answer = entry.run(page.index, self.extractor.program.calibration)
        if answer is None or answer.confidence < self.extractor.threshold:
            return None
        share = answer.votes / max(1, answer.rules)
        return Label(answer.value, TRUST["old"] * answer.confidence * min(1.0, 0.5 + share), "old")

    def _seen(self, page: LabelledPage, entry: FieldProgram, scores: Scores | None, name: str) -> Label | None:
        """What the network sees, put into the form of the old values."""
        if scores is None or not scores.answers.get(name):
            return None
        numbers = scores.answers[name]
        probability = float(scores[name][numbers].mean())
        texts = [page.candidates[number].value for number in numbers]
        best: list[Scalar] = []
        for program in self.programs[name]:
            made = [value for text in texts if (value := t.apply(program, text, page.document)) is not None]
            made = [value for value in made if entry.oddness([value]) < 0.5]
            if len(made) > len(best):
                best = made
        if len(best) < 0.6 * len(texts):
            return None
        if not entry.many and any(not same(best[0], other) for other in best[1:]):
            return None
        # The network is less sure of sites it never saw than it is right about them (docs/experiments.md).
        return Label(best if entry.many else best[0], TRUST["network"] * probability**0.5, "network")


def _agree(said: Sequence[Label]) -> Label | None:
    """What is known, if it is shown; else the most trusted label. Witnesses that say the same raise its trust."""
    if not said:
        return None
    doubts = []
    for label in said:
        doubt = 1.0
        for other in said:
            if same(label.value, other.value):
                doubt *= 1 - other.trust
        doubts.append(doubt - (label.source == "known" and label.trust >= STRONG))
    best = said[doubts.index(min(doubts))]
    doubt = 1.0
    for other in said:
        if same(other.value, best.value):
            doubt *= 1 - other.trust
    against = max((other.trust for other in said if not same(other.value, best.value)), default=0.0)
    if best.source == "known" and best.trust >= STRONG:
        against = 0.0
    sources = "+".join(dict.fromkeys(other.source for other in said if same(other.value, best.value)))
    return Label(best.value, min(0.995, 1 - doubt) * (1 - 0.3 * against), sources)


class _Forms:
    """How a page shows known values: the same text, or the same day in other words.

    Whether days or months come first in the known texts is settled by what finds most of them on the page.
    """

    def __init__(self, page: LabelledPage, values: Sequence[Scalar]) -> None:
        self.page = page
        self._found: dict[Scalar, Scalar | None] = {}
        texts = [value for value in values if isinstance(value, str) and KINDS["date"].search(value)]
        self._orders = list(DATE_ORDERS)
        if texts:
            hits = {order: sum(self._day(text, order) is not None for text in texts[:60]) for order in DATE_ORDERS}
            self._orders = [order for order in DATE_ORDERS if hits[order] == max(hits.values())][:1]

    def of(self, value: Scalar) -> Scalar | None:
        """The value as the page shows it; None when it does not."""
        if value not in self._found:
            self._found[value] = self._shown(value)
        return self._found[value]

    def _shown(self, value: Scalar) -> Scalar | None:
        places = self.page.places(value, 4)
        if any(place.exact for place in places) or not isinstance(value, str) or not KINDS["date"].search(value):
            return value if places else None
        days = (self._day(value, order) for order in self._orders)
        return next((form for form in days if form is not None), value if places else None)

    def _day(self, text: str, order: str) -> str | None:
        found = KINDS["date"].search(text)
        moment = read_datetime(found.group(), order) if found else None
        return self._days.get(moment.date()) if moment is not None else None

    @cached_property
    def _days(self) -> dict[date, str]:
        """The days that the page's texts say, each with its first wording."""
        whole: dict[str, None] = {}
        parts: dict[str, None] = {}
        for candidate in self.page.candidates:
            if candidate.kind in ("block", "inline", "node") and len(candidate.value) <= 120:
                for found in KINDS["date"].finditer(candidate.value):
                    parts.setdefault(found.group())
                    if len(candidate.value) <= len(found.group()) + SURROUNDINGS:
                        whole.setdefault(candidate.value)
        # A text that is a date as a whole, with its weekday and time, is preferred to the date in a longer text.
        wordings = [*list(whole)[:400], *list(parts)[:400]]
        readings = {o: {w: m.date() for w in wordings if (m := read_datetime(w, o))} for o in DATE_ORDERS}
        order = max(readings, key=lambda name: len(readings[name]))
        days: dict[date, str] = {}
        for wording, day in readings[order].items():
            days.setdefault(day, wording)
        return days


def _record_form(value: Value, forms: _Forms) -> Value | None:
    if isinstance(value, list):
        shown = [form for one in value if (form := forms.of(one)) is not None]
        return shown or None
    return forms.of(value)


def _transforms(entry: FieldProgram) -> list[tuple[Transform, ...]]:
    """The forms into which texts are put: as the old rules did, most trusted first; as they stand, last."""
    found = dict.fromkeys(rule.transforms for rule in entry.rules)
    if entry.profile.kind == "link":
        found.setdefault((("absolute",),))
    elif entry.profile.kind == "text":
        found.setdefault(())
    elif entry.profile.kind == "number":
        found.setdefault((("number", ""),))
    elif entry.profile.kind in ("date", "datetime"):
        for order in DATE_ORDERS:
            found.setdefault(((entry.profile.kind, order),))
    plain = [program for program in found if len(program) <= 1]
    return [*plain, *(program for program in found if len(program) > 1)]


def _varied(entry: FieldProgram, name: str, extractor: Extractor, opened: Sequence[LabelledPage]) -> FieldProgram:
    """The field's program; one that says the same on all pages of a field that used to vary is not trusted."""
    old = {repr(example.values.get(name)) for example in extractor.examples if name in example.values}
    new = [values for page in opened if entry.rules and (values := entry.read(entry.rules[0], page.index))]
    if len(new) >= SEVERAL and len(old) >= SEVERAL and all(values == new[0] for values in new):
        return replace(entry, trust=0.0)
    return entry


def _choose(
    extractor: Extractor,
    made: Mapping[str, FieldProgram],
    opened: Sequence[LabelledPage],
    labels: Sequence[Mapping[str, Label]],
) -> dict[str, FieldProgram]:
    """Field by field the new rules, or the old ones where these still agree with the labels as well."""
    out: dict[str, FieldProgram] = {}
    for name, new in made.items():
        old = extractor.program.fields[name]
        worth = {True: 0.0, False: 0.0}
        for page, own in zip(opened, labels, strict=True):
            for newer, entry in ((True, new), (False, old)):
                answer = entry.run(page.index, extractor.program.calibration)
                if answer is None or answer.confidence < extractor.threshold:
                    continue
                label = own.get(name)
                if label is None:
                    worth[newer] += UNLABELLED
                else:
                    worth[newer] += label.trust * agreement(scalars(answer.value), scalars(label.value), entry.column)
        out[name] = new if worth[True] > worth[False] + 1e-9 else old
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


def _open_examples(extractor: Extractor, limit: int) -> list[LabelledPage]:
    """The examples with the most fields, the most trusted first."""
    ranked = sorted(extractor.examples, key=lambda example: (example.source == "network", -len(example.values)))
    out: list[LabelledPage] = []
    for example in ranked[:limit]:
        try:
            out.append(LabelledPage(example))
        except EvergreenError:
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


def _keep(examples: Sequence[Example], labelled: Sequence[LabelledPage]) -> list[Example]:
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
        result = extractor.extract(page.html, page.url)
        for name in counts:
            if extractor.is_list:
                counts[name] += sum(name in record for record in result.items) / max(1, len(result.items))
            else:
                counts[name] += name in result.confidence
    return {name: count / max(1, len(pages)) for name, count in counts.items()}
