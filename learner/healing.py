"""heal(): from pages of a new design, unlabelled, to an extractor that reads them.

Each page is labelled from three witnesses: values known for its address, what the old rules still say, and
where the network sees the fields. Witnesses that agree raise each other's trust; new rules are learned from
the labels, and confidence in their answers never exceeds the trust in the labels.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from learner import transforms as t
from learner.errors import EvergreenError, PageRejected
from learner.examples import Example, Known, LabelledPage
from learner.extractor import Extractor
from learner.learning import compile_pages
from learner.page import Page
from learner.program import FieldProfile, FieldProgram, Program
from learner.transforms import Transform
from learner.values import DATE_ORDERS, Scalar, Value, normal, read_datetime, same, scalars

if TYPE_CHECKING:
    from learner.network import Scorer, Scores, SupportSet

MAX_SUPPORT: Final = 3
MAX_PAGES: Final = 24
TRUST: Final = {"known": 0.97, "old": 0.8, "network": 0.95}
ENOUGH: Final = 0.45
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
    labels = [witness.labels(page) for page in opened]
    labelled = []
    for page, given in zip(opened, labels, strict=True):
        page.values = {name: label.value for name, label in given.items()}
        if page.values:
            labelled.append(page)
    report["labels"] = len(labelled)
    if not labelled:
        return Repair(extractor, False, {**report, "reason": "no field is seen on the new pages"})
    teaching = [*labelled, *_open_examples(extractor, 4)] if old else labelled
    program, _ = compile_pages(teaching, extractor.is_list, extractor.fields)
    fields = {
        name: _trusted(program.fields.get(name), profile, name, labelled, labels, opened)
        for name, profile in extractor.fields.items()
    }
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
    if sum(after.values()) <= sum(before.values()):
        return Repair(extractor, False, {**report, "reason": "not better than what is live"}, examples)
    return Repair(healed, True, report, examples)


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

    def labels(self, page: LabelledPage) -> dict[str, Label]:
        """The page's fields, as far as the witnesses know them."""
        scores = None
        if self.scorer is not None and self.support is not None:
            scores = self.scorer.score(self.support, page.document, page.candidates)
        fact = self.facts.get(page.example.url)
        facts = Example(fact.url, "", fact.item, fact.items).values if fact is not None else {}
        out: dict[str, Label] = {}
        for name, entry in self.extractor.program.fields.items():
            said = [
                label
                for label in (
                    self._known(page, entry, facts.get(name), scores, name),
                    self._old(page, entry),
                    self._seen(page, entry, scores, name),
                )
                if label is not None
            ]
            label = _agree(said)
            if label is not None and label.trust >= ENOUGH:
                out[name] = label
        return out

    def _known(
        self, page: LabelledPage, entry: FieldProgram, value: Value | None, scores: Scores | None, name: str
    ) -> Label | None:
        """The known value, in the form in which the page shows it."""
        if value is None or entry.column:
            return None
        shown: list[Scalar] = []
        trust = TRUST["known"]
        values = scalars(value)
        for one in values:
            form = _shown(page, one)
            if form is None:
                continue
            shown.append(form)
            if len(normal(str(one))) < DISTINCT and len(values) == 1:
                trust = 0.6
        if not shown or len(shown) < 0.6 * len(values):
            return None
        return Label(shown if entry.many else shown[0], trust * len(shown) / len(values), "known")

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
        return Label(best if entry.many else best[0], TRUST["network"] * probability, "network")


def _agree(said: Sequence[Label]) -> Label | None:
    """The most trusted label, the more so for every witness that says the same."""
    if not said:
        return None
    best, best_trust = said[0], -1.0
    for label in said:
        doubt = 1.0
        for other in said:
            if same(label.value, other.value):
                doubt *= 1 - other.trust
        if 1 - doubt > best_trust:
            best, best_trust = label, 1 - doubt
    against = max((other.trust for other in said if not same(other.value, best.value)), default=0.0)
    sources = "+".join(dict.fromkeys(other.source for other in said if same(other.value, best.value)))
    return Label(best.value, min(0.995, best_trust) * (1 - 0.3 * against), sources)


def _shown(page: LabelledPage, value: Scalar) -> Scalar | None:
    """The known value as the page shows it: the same text, or another form of the same moment."""
    if page.places(value, 4):
        return value
    if not isinstance(value, str):
        return None
    moments = {moment.date() for order in DATE_ORDERS if (moment := read_datetime(value.strip(), order)) is not None}
    if len(moments) != 1:
        return None
    for candidate in page.candidates:
        if candidate.kind in ("block", "inline", "node") and any(
            (moment := read_datetime(candidate.value, order)) is not None and moment.date() in moments
            for order in DATE_ORDERS
        ):
            return candidate.value
    return None


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


def _trusted(
    entry: FieldProgram | None,
    profile: FieldProfile,
    name: str,
    labelled: Sequence[LabelledPage],
    labels: Sequence[Mapping[str, Label]],
    opened: Sequence[LabelledPage],
) -> FieldProgram:
    """The field's program with the trust that its labels deserve; without labels, one that always abstains."""
    given = [own[name].trust for own in labels if name in own]
    column = entry.column if entry is not None else False
    if entry is None or not given:
        return FieldProgram(profile, (), column, 0.0)
    trust = sum(given) / len(given)
    if len(given) > 1:
        # One rule that gives every page its label confirms labels that were made page by page.
        hits = 0
        for page in labelled:
            if name in page.values:
                values = entry.read(entry.rules[0], page.index)
                hits += bool(values) and same(values if entry.many else values[0], page.values[name])
        share = hits / len(given)
        trust = 1 - (1 - trust) * (1 - 0.5 * share) if share >= 0.8 else trust * (0.6 + 0.4 * share)
    return replace(entry, trust=min(1.0, trust))


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
    """Per field, the share of the pages for which the extractor vouches for a value."""
    counts = dict.fromkeys(extractor.fields, 0)
    for page in pages:
        for name in extractor.extract(page.html, page.url).confidence:
            counts[name] += 1
    return {name: count / max(1, len(pages)) for name, count in counts.items()}
