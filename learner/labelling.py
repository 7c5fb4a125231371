"""Labels for pages of a new design: what three witnesses say of each field, and what they agree on.

The witnesses are the values known for the page's address, the old rules, and the network. Those that agree
raise each other's trust; one rule that finds the known values of several pages rules chance out.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Final

from learner.examples import Example, Known, LabelledPage
from learner.extractor import Extractor
from learner.induction import trials
from learner.opinion import MAX_SUPPORT, Opinion, Sight, open_pages
from learner.program import FieldProgram
from learner.transforms import KINDS
from learner.values import DATE_ORDERS, Scalar, Value, normal, read_datetime, same, scalars

TRUST: Final = {"known": 0.97, "old": 0.8, "network": 0.95}
ENOUGH: Final = 0.45
STRONG: Final = 0.9
MOVED: Final = 5
"""Known pages from which on a page of an unknown address may be told by its values."""
SURROUNDINGS: Final = 16
"""Characters of a weekday and a time that may stand with a date."""
DISTINCT: Final = 6
"""Characters from which a known value is unlikely to stand elsewhere on a page by chance."""


@dataclass(frozen=True, slots=True)
class Label:
    """A value for a field of a page, how far it is trusted (0..1) and who says so."""

    value: Value
    trust: float
    source: str


def values_of(fact: Known) -> dict[str, Value]:
    return Example(fact.url, "", fact.item, fact.items).values


def _told(facts: Mapping[str, Known]) -> dict[str, list[tuple[str, str]]]:
    """Which page's which field has a value, for values that are long enough and that no second page has."""
    told: dict[str, list[tuple[str, str]]] = {}
    for url, fact in facts.items():
        for name, value in (fact.item or {}).items():
            for one in scalars(value):
                if isinstance(one, str) and len(form := normal(one)) >= DISTINCT:
                    told.setdefault(form, []).append((url, name))
    return {form: places for form, places in told.items() if len({url for url, _ in places}) == 1}


Said = Mapping[str, Sequence[Label]]


def resolve(said: Sequence[Said], opened: Sequence[LabelledPage], extractor: Extractor) -> list[dict[str, Label]]:
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


class Witness:
    """All that is known of a site's fields, asked page by page."""

    def __init__(self, extractor: Extractor, facts: Mapping[str, Known]) -> None:
        self.extractor = extractor
        self.facts = facts
        self._told = _told(facts)
        self._facts_of: dict[LabelledPage, Known | None] = {}
        self._opinion = Opinion(
            extractor.program.fields, extractor.examples, most_telling(extractor.examples, MAX_SUPPORT)
        )

    def fact(self, page: LabelledPage) -> Known | None:
        """What is known of the page: by its address, or, if it moved, by values that only one page had."""
        if page not in self._facts_of:
            self._facts_of[page] = self._find(page)
        return self._facts_of[page]

    def _find(self, page: LabelledPage) -> Known | None:
        fact = self.facts.get(page.example.url)
        if fact is not None or len(self.facts) < MOVED:
            return fact
        hits: Counter[str] = Counter()
        seen: set[tuple[str, str]] = set()
        for candidate in page.candidates:
            for url, name in self._told.get(normal(candidate.value), ()):
                if (url, name) not in seen:
                    seen.add((url, name))
                    hits[url] += 1
        ranked = hits.most_common(2)
        if not ranked or ranked[0][1] < 2 or (len(ranked) > 1 and ranked[0][1] < 2 * ranked[1][1]):
            return None
        return self.facts[ranked[0][0]]

    def said(self, page: LabelledPage) -> dict[str, list[Label]]:
        """What each witness says of each of the page's fields."""
        sights = self._opinion.of(page.document, page.candidates)
        fact = self.fact(page)
        facts = values_of(fact) if fact is not None else {}
        forms = Forms(page, [v for value in facts.values() for v in scalars(value)])
        out: dict[str, list[Label]] = {}
        for name, entry in self.extractor.program.fields.items():
            witnesses = (
                self._known(page, entry, facts.get(name), forms),
                self._old(page, entry),
                _seen(sights.get(name)),
            )
            out[name] = [label for label in witnesses if label is not None]
        if fact is not None and fact.items and all(any(one.source == "known" for one in out[n]) for n in facts):
            records = [{n: form for n, v in r.items() if (form := _record_form(v, forms))} for r in fact.items]
            page.example = replace(page.example, items=[record for record in records if record])
        return out

    def _known(self, page: LabelledPage, entry: FieldProgram, value: Value | None, forms: Forms) -> Label | None:
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


def _seen(sight: Sight | None) -> Label | None:
    """What the network sees; it is less sure of sites it never saw than it is right about them."""
    return Label(sight.value, TRUST["network"] * sight.probability**0.5, "network") if sight is not None else None


def _agree(said: Sequence[Label]) -> Label | None:
    """What is known, if it is shown; else the most trusted label. Witnesses that say the same raise its trust."""
    if not said:
        return None
    doubts = []
    for label in said:
        doubt = math.prod(1 - other.trust for other in said if same(label.value, other.value))
        certain = label.source == "known" and label.trust >= STRONG
        doubts.append((not certain, doubt, label))
    uncertain, doubt, best = min(doubts, key=lambda entry: entry[:2])
    against = max((other.trust for other in said if not same(other.value, best.value)), default=0.0)
    sources = "+".join(dict.fromkeys(other.source for other in said if same(other.value, best.value)))
    return Label(best.value, min(0.995, 1 - doubt) * (1 - 0.3 * against * uncertain), sources)


class Forms:
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


def _record_form(value: Value, forms: Forms) -> Value | None:
    if isinstance(value, list):
        shown = [form for one in value if (form := forms.of(one)) is not None]
        return shown or None
    return forms.of(value)


def most_telling(examples: Sequence[Example], limit: int) -> list[Example]:
    """The examples with the most fields, the most trusted first."""
    return sorted(examples, key=lambda example: (example.source == "network", -len(example.values)))[:limit]


def open_examples(extractor: Extractor, limit: int) -> list[LabelledPage]:
    """The most telling examples, opened."""
    return open_pages(most_telling(extractor.examples, limit))
