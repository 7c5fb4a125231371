"""A second opinion: what the network sees on a page, in the form of a field's values.

The rules of a program answer first. Where they find nothing, or nothing that can be vouched for, the network is
asked where on the page the field is, given the places that showed it on the examples.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from learner.errors import EvergreenError
from learner.forms.counterparts import Counterparts, shown_fields
from learner.forms.cuts import cut, habit_of
from learner.forms.likeness import likeness
from learner.network.scorer import Scores, SupportSet, load_scorer
from learner.pages.candidates import Candidate, markup
from learner.pages.page import Document
from learner.pages.values import Scalar, Value, has_time, iso_form, normal, same, scalars
from learner.programs import transforms as t
from learner.programs.examples import Example, LabelledPage, all_values
from learner.programs.persons import are_persons, persons
from learner.programs.program import FieldProgram, Program, key
from learner.programs.showings import first_showing
from learner.programs.transforms import AMID, TIMED, Transform, case_of

MAX_SUPPORT: Final = 3
MANY_EXAMPLES: Final = 8
FEW_WORDS: Final = 3
OFTEN: Final = 2
"""How often each of a field's few words must have been seen for there to be no others."""
_DIGIT: Final = re.compile(r"\d")
_MOST_ODD: Final = 0.5
_MOST_LOST: Final = 0.6
"""The share of the places seen that must have a value of the field's form: of those of one kind."""
_LEAST: Final = 0.4
"""The same, of all places."""
# Logistic regression of rightness on the logit of the network's probability, and on whether the rules that are not
# trusted say the same; fitted on what rules left out on training sites, fields that were absent included
# (docs/experiments.md).
_CALIBRATION: Final = (-1.11, 0.81, 1.6)


@dataclass(frozen=True, slots=True)
class Sight:
    """What the network sees of a field: the value, its places' numbers among the candidates, the probability."""

    value: Value
    numbers: tuple[int, ...]
    probability: float

    def confidence(self, agreed: bool) -> float:
        """The probability that the value is right, where rules left the field out; ``agreed`` if they say the same."""
        level, slope, agreement = _CALIBRATION
        return calibrated(self.probability, level + agreement * agreed, slope)


def calibrated(probability: float, level: float, slope: float) -> float:
    """How often what has this probability is right, by a logistic regression on its logit."""
    probability = min(max(probability, 1e-3), 1 - 1e-3)
    z = level + slope * math.log(probability / (1 - probability))
    return 1 / (1 + math.exp(-z))


class Opinion:
    """The network's view of a site's fields, from a few of its examples. Raises StateError without weights."""

    def __init__(self, program: Program, examples: Sequence[Example], pages: Sequence[LabelledPage]) -> None:
        """``examples`` tell the words of fields that have few; ``pages`` show the network where fields were."""
        self._fields = fields = {name: one for name, one in program.fields.items() if not one.is_derived}
        self._examples = values = all_values(examples)
        self._iso = {name: form for name in fields if (form := _iso(values.get(name, ())))}
        self._forms = {
            name: _transforms(entry, self._iso.get(name, ""), any(map(has_time, values.get(name, ()))))
            for name, entry in fields.items()
        }
        self._vocabulary = {name: vocabulary(values.get(name, ())) for name in fields}
        self.habits = {n: habit_of(values.get(n, ())) for n, entry in fields.items() if entry.profile.kind == "text"}
        self._named = {n for n, e in fields.items() if e.many and not e.column and are_persons(values.get(n, ()))}
        self._scorer = load_scorer()
        self._support = self._support_of(pages)
        self._shown = shown_fields(pages)

    def _support_of(self, pages: Sequence[LabelledPage]) -> SupportSet | None:
        golds = []
        for page in pages:
            numbers: dict[str, list[int]] = {}
            for name, value in page.values.items():
                distinct = {normal(str(v)): v for v in scalars(value)[:60]}
                found = dict.fromkeys(n for v in distinct.values() for n in page.holding(v))
                if found:
                    numbers[name] = list(found)
            golds.append((page.document, page.candidates, numbers))
        if not golds:
            return None
        many = {name: entry.many for name, entry in self._fields.items()}
        return self._scorer.support(golds, fields=tuple(self._fields), many=many)

    def of(self, document: Document, found: Sequence[Candidate], scores: Scores | None = None) -> dict[str, Sight]:
        """What is seen of each field on a page with these candidates; fields that are not seen are absent. ``scores``:
        those of the page, if they are known."""
        scores = self.scores(document, found) if scores is None else scores
        if scores is None:
            return {}
        counterparts = Counterparts(found)
        sights = {name: self._sight(name, scores, document, found, counterparts) for name in self._fields}
        return {name: sight for name, sight in sights.items() if sight is not None}

    def scores(self, document: Document, found: Sequence[Candidate]) -> Scores | None:
        """How likely each candidate is one of each field; None without examples."""
        return None if self._support is None else self._scorer.score(self._support, document, found)

    def formed(self, name: str, texts: Sequence[tuple[str, Document]]) -> list[tuple[int, Scalar]]:
        """What the texts are in the form that the field's values have, each with its number: of those that are of the
        field's kind, in the form that most can be given and that is most like the examples'."""
        entry, habit = self._fields[name], self.habits.get(name)
        case = case_of(rule.transforms for rule in entry.rules)
        best: list[tuple[int, Scalar]] = []
        likest = 0.0
        # The network sees the places of a list: what its examples have by chance, such as digits, is not asked there.
        firm = entry.many and not entry.column
        shorter = cut([text for text, _ in texts], habit) if habit is not None else ()
        for form in [shorter, *self._forms[name]] if shorter else self._forms[name]:
            made = [
                (n, v) for n, (text, page) in enumerate(texts) if (v := t.apply(form + case, text, page)) is not None
            ]
            made = [(n, v) for n, v in made if entry.oddness([v], firm) < _MOST_ODD]
            if name in self._iso:
                # Dates that code gives are not given in the page's words.
                made = [(n, v) for n, v in made if isinstance(v, str) and iso_form(v) == self._iso[name]]
            if words := self._vocabulary[name]:
                made = [(n, v) for n, v in made if normal(str(v)) in words]
            if len(made) < max(1, len(best)):
                continue
            alike = likeness([v for _, v in made], self._examples.get(name, ()))
            if (len(made), alike) > (len(best), likest):
                best, likest = made, alike
        return best

    def _sight(
        self, name: str, scores: Scores, document: Document, found: Sequence[Candidate], counterparts: Counterparts
    ) -> Sight | None:
        numbers = scores.answers.get(name)
        if not numbers:
            return None
        entry = self._fields[name]
        if name in self._shown:
            numbers = counterparts.as_shown(numbers)
        texts = [(found[number].value, document) for number in numbers]
        best = [(numbers[at], value) for at, value in self.formed(name, texts)]
        if not _mostly([n for n, _ in best], numbers, found):
            return None
        if entry.many and not entry.profile.repeats:
            kept = first_showing([found[n].element for n, _ in best], [key(value) for _, value in best])
            best = [best[at] for at in kept]
        if name in self._named and len({key(value) for _, value in best}) == 1:
            # Nobody is named twice in a list: where all say the same, one place is enough.
            best = [(best[0][0], person) for person in persons(str(best[0][1]))]
        values = [value for _, value in best]
        if not entry.many and any(not same(values[0], other) for other in values[1:]):
            return None
        probability = float(scores[name][scores.answers[name]].mean())
        return Sight(values if entry.many else values[0], tuple(n for n, _ in best), probability)


def most_telling(examples: Sequence[Example], limit: int) -> list[Example]:
    """The examples with the most fields, the most trusted first."""
    return sorted(examples, key=lambda example: (example.source == "network", -len(example.values)))[:limit]


def open_pages(examples: Sequence[Example], revealed: bool = False) -> list[LabelledPage]:
    """The examples that can be read, opened."""
    out: list[LabelledPage] = []
    for example in examples:
        try:
            out.append(LabelledPage(example, revealed=revealed))
        except EvergreenError:
            continue
    return out


def vocabulary(values: Sequence[Scalar]) -> frozenset[str]:
    """A field's words, if many examples have very few of them (in stock, sold out); else empty.

    What has a digit is no word: the records of a page may all be of one day.
    """
    counts = Counter(normal(str(one)) for one in values)
    few = counts.total() >= MANY_EXAMPLES and len(counts) <= FEW_WORDS and min(counts.values()) >= OFTEN
    return frozenset(counts) if few and not any(map(_DIGIT.search, counts)) else frozenset()


def _mostly(having: Sequence[int], numbers: Sequence[int], found: Sequence[Candidate]) -> bool:
    """Whether enough of the places seen are ``having`` a value of the field's form. Places of a kind of which none has
    it are another thing, which stands between the values."""
    if len(having) >= _MOST_LOST * len(numbers):
        return True
    if len(having) < _LEAST * len(numbers):
        return False
    made_of = {number: (found[number].kind, *markup(found[number].element)) for number in numbers}
    kinds = {made_of[number] for number in having}
    return len(having) >= _MOST_LOST * sum(kind in kinds for kind in made_of.values())


def _iso(values: Sequence[Scalar]) -> str:
    """The one ISO form of dates that all values have; empty for others."""
    forms = {iso_form(value) if isinstance(value, str) else "" for value in values}
    return forms.pop() if len(forms) == 1 else ""


def _transforms(entry: FieldProgram, iso: str, clocked: bool) -> list[tuple[Transform, ...]]:
    """The forms into which texts are put: as the rules do, most trusted first; as they stand, last. ``iso``: the ISO
    form of the field's dates, or empty; ``clocked``: these have times, which no text has that says none."""
    # What stands beside the value in its place may not in another.
    found = dict.fromkeys(tuple(step for step in rule.transforms if step[0] != AMID) for rule in entry.rules)
    if iso:
        # In no other order of days and months than the examples settled.
        found.setdefault((("iso", "", iso),))
        found.setdefault((("find", "moment" if clocked else "date", "0"), ("iso", "", iso)))
    if entry.profile.kind == "link":
        found.setdefault((("absolute",),))
    elif entry.profile.kind == "text":
        found.setdefault(())
    elif entry.profile.kind == "number":
        decimal = any(step[0] == "decimal" for program in found for step in program)
        found.setdefault((("decimal" if decimal else "number", ""),))
    elif entry.profile.kind in ("date", "datetime"):
        found.setdefault(((entry.profile.kind, ""),))
        if clocked:
            found.setdefault((("find", "moment", "0"), (entry.profile.kind, "")))
    plain = [program for program in found if len(program) <= 1]
    ordered = [*plain, *(program for program in found if len(program) > 1)]
    return list(dict.fromkeys(map(_timed, ordered))) if clocked else ordered


def _timed(program: tuple[Transform, ...]) -> tuple[Transform, ...]:
    """The program that makes no midnight of a text without a time."""
    *inner, last = program or ((),)
    return (*inner, TIMED, last) if last[:1] in (("iso",), ("datetime",)) and TIMED not in inner else program
