"""Labels for pages of a new design: what five witnesses say of each field.

The witnesses are the values known for the page's address, the old rules, the network, the shape of identifiers and
of the addresses of links, and what many values have in common: the columns of what repeats on list pages
(learner.healing.columns), what stands in one place of other pages (learner.healing.slots).
What they agree on is told by learner.healing.consensus.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from learner.extractor import Extractor
from learner.forms import amounts
from learner.forms.cuts import cut
from learner.forms.declarations import Declarations, habits
from learner.forms.forms import Forms
from learner.forms.identifiers import is_even
from learner.forms.links import link_shape
from learner.healing.coincidence import (
    UNLIKELY,
    Coincidences,
    comes_again,
    is_another,
    is_contradicted,
    measures_another,
)
from learner.healing.columns import Columns
from learner.healing.consensus import Label, staying, told_by
from learner.healing.directory import Directory
from learner.healing.judge import Judge
from learner.healing.memory import DISTINCT, Memory, values_of
from learner.healing.peers import Peers
from learner.healing.repricing import CHANGED, Repricing
from learner.healing.slots import Slots
from learner.network.opinion import MAX_SUPPORT, Opinion, Sight, calibrated, most_telling, open_pages
from learner.network.scorer import Scores
from learner.pages.values import Scalar, Value, normal, scalars
from learner.programs.examples import Known, LabelledPage, have_one_record, records_of
from learner.programs.program import Answer, FieldProgram, key
from learner.programs.recordlist import per_page
from learner.programs.selectors import wording
from learner.programs.transforms import apply

TRUST: Final = {"known": 0.97, "old": 0.95, "network": 0.95, "shape": 0.93}
CALIBRATION: Final = (-0.3, 0.65)
"""Logistic regression of rightness on the logit of the network's probability, of single values after a redesign. Fitted
on training sites it is (0.37, 0.54), on held-out ones (0.31, 0.57); what is wrong costs more than what is missing."""
ALONE: Final = 0.95
UNDECLARED: Final = 0.5
NOTHING_DECLARED: Final = 0.8
"""What is left of the trust in old rules that no other witness confirms: in general; where the value is not in the
page's structured data; where the page has none. Pages say there what they are about, and rules that err find other
things."""
DECLARED: Final = (1.6, 0.65)
"""The same of values that the page declares, of fields whose values used to be: on training sites .94 of those with a
probability below .8 were right, of all that no other witness confirmed or denied .97."""
PICTURED: Final = 0.77
"""How often the network is right about a picture that the page declares, in whatever size, however sure it is: on
training sites 24 of 31 with a probability below 0.9. Of those that the page does not declare, a third."""
SURE: Final = 0.9
"""Trust in known values from which on a column that has them is their field's."""
ALIKE: Final = 8
"""Pages whose columns are looked at together."""
TWICE: Final = 2
"""Pages whose links are known for certain from which on no others are needed, and from which on words that stand with
what is known of them are the field's."""
USUAL: Final = 0.8
"""Presence from which on a field tells whether old rules read a page as ever."""
NEARLY: Final = 0.8
"""Share of such fields, and of a field's rules, that must agree then."""
FIELDS: Final = 4
"""Such fields, at least."""
STEADY: Final = 3
"""Pages on which they find a field, from which on they are believed where they find none."""
DOUBTFUL: Final = 0.5
"""Confidence below which old rules are no witness."""


def _is_held(entry: FieldProgram) -> bool:
    """Whether the values of a field were read where pages hold them for machines: no page showed them so."""
    return bool(entry.rules) and 2 * sum(not rule.is_shown for rule in entry.rules) > len(entry.rules)


def _records(said: Mapping[str, Sequence[Label]], besides: str) -> int:
    """How many records a list page has, as most of what is said of its other columns tells."""
    given = [label for name, labels in said.items() if name != besides for label in labels if label.trust >= DOUBTFUL]
    sizes = Counter(len(scalars(label.value)) for label in given)
    return sizes.most_common(1)[0][0] if sizes else 0


class Witness:
    """All that is known of a site's fields, asked page by page."""

    def __init__(self, extractor: Extractor, facts: Mapping[str, Known], urls: Collection[str] = ()) -> None:
        """``facts``: what is known, by address; ``urls``: the addresses of the pages that will be asked about.
        ``as_ever`` are those of them that old rules read as ever, once they were asked about; ``partly`` are addresses
        of which not all is known."""
        self.extractor = extractor
        self._facts = facts
        # Records of other pages that stand on such a page beside its own are not its.
        self._is_single = extractor.is_list and have_one_record(extractor.examples)
        self._memory = Memory(facts, urls, lists=extractor.is_list and not self._is_single)
        shown = open_examples(extractor, MAX_SUPPORT)
        self._directory = Directory(extractor, facts, shown)
        self.few = self._directory.few
        self._per_page = per_page(extractor.examples) & extractor.program.fields.keys()
        self._opinion = Opinion(extractor.program, extractor.examples, shown)
        self._declared_fields, self._pictures = habits(shown)
        self._identifiers = {
            name: habit.identifier
            for name, habit in self._opinion.habits.items()
            if habit is not None and habit.identifier is not None and extractor.program.fields[name].column
        }
        self._link_shapes = {
            name: shape
            for name, entry in extractor.program.fields.items()
            if entry.profile.kind == "link" and (shape := link_shape(name, entry.many, shown)) is not None
        }
        self._made = {
            name
            for name, entry in extractor.program.fields.items()
            if any(step[0] == "iso" for rule in entry.rules for step in rule.transforms) or _is_held(entry)
        }
        kind = Columns if extractor.is_list else Slots
        self._judge: Judge = kind(extractor, self._opinion, shown)
        self._scores: dict[LabelledPage, Scores | None] = {}
        self._declarations: dict[LabelledPage, Declarations] = {}
        self._staying: set[str] = set()
        self._repricing = Repricing(extractor, shown, self._memory)
        self._peers = Peers(records_of(extractor.examples), extractor.doubts.orders)
        self.as_ever: set[LabelledPage] = set()
        self._silent: defaultdict[LabelledPage, set[str]] = defaultdict(set)
        self.partly = {one.url for one in extractor.examples if not one.is_whole(extractor.fields)}
        self.partly |= {fact.url for fact in facts.values() if fact.partly}

    def said(self, page: LabelledPage) -> dict[str, list[Label]]:
        """What each witness says of each of the page's fields."""
        sights = self._opinion.of(page.document, page.candidates, self._scores_of(page))
        fact = self._memory.current(page)
        facts = {} if fact is None else values_of(fact)
        worded = {v for name, value in facts.items() if name not in self._made for v in scalars(value)}
        forms = Forms(page, [v for value in facts.values() for v in scalars(value)], worded)
        out: dict[str, list[Label]] = {}
        program = self.extractor.program
        answers = {name: entry.run(page.index, program.calibration) for name, entry in program.fields.items()}
        steady = self._is_as_ever(answers)
        if steady:
            self.as_ever.add(page)
        for name, entry in program.fields.items():
            witnesses = (
                self._known(page, entry, facts.get(name), forms),
                self._old(page, entry, answers[name], steady),
                self._seen(page, name, sights.get(name)),
            )
            out[name] = [label for label in witnesses if label is not None]
        for name, identifier in self._identifiers.items():
            if (values := identifier.listed(page, _records(out, name))) is not None:
                out[name].append(Label(values, TRUST["shape"], "shape"))
        for name, shape in self._link_shapes.items():
            if (links := shape.found(page)) is not None and self._as_many(name, links, out):
                out[name].append(Label(links, TRUST["shape"], "shape"))
        shown = all(any(one.source == "known" for one in out[name]) for name in facts if name in out)
        still = shown or self._memory.recognises(page) or self._memory.keeps(page)
        if fact is not None and fact.items and not still:
            # The list has changed: values that stand on any such page ("affirmed") tell nothing.
            out = {name: [label for label in given if label.source != "known"] for name, given in out.items()}
        elif fact is not None and fact.items:
            records = [{n: form for n, v in r.items() if (form := forms.of_record(v))} for r in fact.items]
            page.example = replace(page.example, items=[record for record in records if record])
        return out

    def fact(self, page: LabelledPage) -> Known | None:
        """What is known of the page."""
        return self._memory.fact(page)

    def past(self, page: LabelledPage) -> Known | None:
        """What was known of the page at the last visit, with what is fleeting."""
        return self._memory.past(page)

    def now_known(self, page: LabelledPage) -> Known | None:
        """The same, with prices of today where these have changed beside what they were, and without the fields of
        records that are others now."""
        fact = self._memory.current(page)
        if fact is None or fact.item is None:
            return fact
        return replace(fact, item={**fact.item, **self._repricing.now(page)})

    def reconsidered(
        self, pages: Sequence[LabelledPage], said: Sequence[Mapping[str, Sequence[Label]]]
    ) -> list[dict[str, list[Label]]]:
        """What was said of the pages, after a look at all of them: of amounts that are known of most pages and shown on
        few, the amounts that go with them have taken their place, and what does not is another thing. Of lists, what
        columns there are is told by all of their records."""
        out = [{name: list(labels) for name, labels in given.items()} for given in said]
        if not self.extractor.is_list:
            self._repricing.reconsider(pages, out)
            self._take_back(pages, out)
        for number, name, label in list(self._told(pages[:ALIKE], out)):
            if self._repricing.admits(pages[number], name, label):
                out[number].setdefault(name, []).append(label)
        for at, page in enumerate(pages):
            if self._memory.changed(page):
                out[at] = self._peers.single(out[at], len(fact.items or ()) if (fact := self.fact(page)) else 0)
        facts = {page: fact for page in pages if (fact := self._memory.fact(page)) is not None and fact.item}
        items = {page: fact.item or {} for page, fact in facts.items()}
        for name, entry in self.extractor.program.fields.items():
            known = {page: scalars(item[name])[0] for page, item in items.items() if name in item}
            shown = sum(any(one.source == "known" for one in given.get(name, ())) for given in said)
            fleeting = any(name in fact.fleeting for fact in facts.values())
            now = None if entry.many or 2 * shown >= len(known) else amounts.changed(known, fleeting=fleeting)
            if now is None:
                continue
            strangers = set()
            for source in ("old", "network", self._judge.source):
                values = {
                    p: one.value
                    for p, own in zip(pages, said, strict=True)
                    for one in own.get(name, ())
                    if one.source == source
                }
                if amounts.contradict(values, known):
                    strangers.add(source)
            for page, own in zip(pages, out, strict=True):
                own[name] = [one for one in own.get(name, ()) if one.source not in strangers]
                if page in now and not any(one.source == "known" for one in own[name]):
                    own[name].append(Label(now[page], CHANGED, "changed"))
        self._contradict(pages, out)
        self._believe_silence(pages, out)
        for name in self.few:
            _know_alone(name, out)
        for name in self._per_page:
            # What differs from record to record is another thing.
            for own in out:
                own[name] = [one for one in own.get(name, ()) if len(set(map(key, scalars(one.value)))) < TWICE]
        return [self._of_one(own) for own in out] if self._is_single else out

    def _of_one(self, said: Mapping[str, Sequence[Label]]) -> dict[str, list[Label]]:
        """What was said that one record may have."""
        many = {name for name, profile in self.extractor.fields.items() if profile.many}
        return {
            name: [one for one in labels if name in many or len(scalars(one.value)) == 1]
            for name, labels in said.items()
        }

    def _contradict(self, pages: Sequence[LabelledPage], said: Sequence[dict[str, list[Label]]]) -> None:
        """Takes back what a witness says of a field, if it is another thing than what is known on most pages."""
        facts = [self._memory.values(page) for page in pages]
        for name, entry in self.extractor.program.fields.items():
            told = ((at, fact.get(name)) for at, fact in enumerate(facts))
            known = {at: value for at, value in told if value is not None and not isinstance(value, list)}
            if entry.many or entry.column or not known:
                continue
            shown = told_by("known", name, said) if name in self._staying else {}
            stays = comes_again(self._usual_of(name))
            for source in ("old", "network", self._judge.source):
                others = told_by(source, name, said)
                another = is_contradicted(others, known) or measures_another(others, known, pages)
                if another or (stays and is_another(others, shown)):
                    for own in said:
                        own[name] = _but(source, own.get(name, ()))

    def _believe_silence(self, pages: Sequence[LabelledPage], said: Sequence[dict[str, list[Label]]]) -> None:
        """Takes back what others see of a field where old rules, which find it on other pages, find nothing on a page
        that they read as ever: it has none, and what stands there is another thing's."""
        for name, entry in self.extractor.program.fields.items():
            found = sum(any(one.steady for one in own.get(name, ())) for own in said)
            if entry.column or found < STEADY:
                continue
            for page, own in zip(pages, said, strict=True):
                given = own.get(name, [])
                if page in self.as_ever and not any(one.source == "old" for one in given):
                    own[name] = [one for one in given if one.source not in ("network", self._judge.source)]
                    self._silent[page].add(name)

    def _usual_of(self, name: str) -> list[Scalar]:
        """All single values that are known of a field."""
        values = (fact.item.get(name) for fact in self._facts.values() if fact.item)
        return [value for value in values if value is not None and not isinstance(value, list)]

    def _take_back(self, pages: Sequence[LabelledPage], said: Sequence[dict[str, list[Label]]]) -> None:
        """Takes back known values that pages may show by chance, and believes short ones that stand in one place of
        nearly all pages: there no chance has put them."""
        coincidences, facts = Coincidences(pages), [self._memory.values(page) for page in pages]
        for name, entry in self.extractor.program.fields.items():
            known = told_by("known", name, said)
            if entry.many or not known:
                continue
            total = sum(name in fact for fact in facts)
            for at in coincidences.by_chance(known, total):
                said[at][name] = _but("known", said[at][name])
            if not any(len(normal(str(value))) < DISTINCT for value in known.values()):
                continue
            place = coincidences.agreement(known, total, self._usual_of(name))
            if place.chance > UNLIKELY:
                continue
            self._staying.add(name)
            for at in place.pages:
                said[at][name] = staying(said[at][name])

    def _told(
        self, pages: Sequence[LabelledPage], said: Sequence[Mapping[str, Sequence[Label]]]
    ) -> Iterator[tuple[int, str, Label]]:
        """What the columns of list pages, or the slots of others, say, by the number of the page and the field."""
        known: dict[str, dict[int, list[Scalar]]] = {}
        for number, own in enumerate(said[: len(pages)]):
            for name, labels in own.items():
                for one in labels:
                    if one.source == "known" and one.trust >= SURE:
                        known.setdefault(name, {})[number] = scalars(one.value)
        seen = [self._scores_of(page) for page in pages]
        for name, told in self._judge.told(pages, known, seen, self._past(pages)).items():
            entry = self.extractor.program.fields[name]
            single = {} if entry.many or self.extractor.is_list else known.get(name, {})
            within = [_within(pages[number], values[0]) for number, values in single.items()]
            words = set.intersection(*within) if len(within) >= TWICE else set()
            for number, values in told.by_page().items():
                if words and not words & _within(pages[number], values[0]):
                    continue  # all known values stand beside words that this one lacks
                if not self.extractor.is_list:
                    # Pictures are known by their names, whatever their size (learner.forms.declarations), and a slot
                    # that was chosen for what is known of a page says nothing of its own there.
                    if name in self._pictures or number in known.get(name, ()) or self._is_lacking(pages[number], name):
                        continue
                    if not entry.profile.repeats:
                        # Pages may show a list twice, for small screens and large ones.
                        values = list(dict.fromkeys(values))
                value = values if entry.many else values[0]
                yield number, name, Label(value, told.probability, self._judge.source, ALONE)

    def _past(self, pages: Sequence[LabelledPage]) -> dict[str, dict[int, Scalar | None]]:
        """What is known of the single fields of these pages, by number: that they have none, and values that come again
        from page to page, which seldom change."""
        past: dict[str, dict[int, Scalar | None]] = {}
        for name, entry in self.extractor.program.fields.items() if not self.extractor.is_list else ():
            if entry.many or name in self.few:
                continue
            stays = comes_again(self._usual_of(name))
            for number, page in enumerate(pages):
                fact = self._memory.fact(page)
                value = None if fact is None else values_of(fact).get(name)
                if fact is None or isinstance(value, list) or (value is not None and not stays):
                    continue
                if value is not None and name in fact.fleeting:
                    continue
                if value is not None and not page.places(value, 1):
                    continue  # worded anew
                if value is not None or not (fact.url in self.partly or name in self.may_have(page)):
                    past.setdefault(name, {})[number] = value
        return past

    def _is_lacking(self, page: LabelledPage, name: str) -> bool:
        """Whether it is known that the page has none of a field."""
        fact = self._memory.fact(page)
        known = values_of(fact) if fact is not None and name not in self.few else {name: True}
        return name in self.lacks(page) or name not in known

    def lacks(self, page: LabelledPage) -> frozenset[str]:
        """The fields that the page is sure to have none of: the next page, where nothing leads to one, and what old
        rules don't find that read it as ever."""
        last = (name for name, shape in self._link_shapes.items() if shape.is_last(page))
        return frozenset((*last, *self._silent.get(page, ())))

    def may_have(self, page: LabelledPage) -> frozenset[str]:
        """The fields that the page may have, though it is known without them: old prices, where a price has changed."""
        return self._repricing.may_come(page)

    def _as_many(self, name: str, links: Value, said: Mapping[str, Sequence[Label]]) -> bool:
        """Whether there is a link for each record, of a list page's column."""
        column = self.extractor.program.fields[name].column
        return not column or is_even(len(scalars(links)), _records(said, name))

    def _known(self, page: LabelledPage, entry: FieldProgram, value: Value | None, forms: Forms) -> Label | None:
        """The known value, in the form in which the page shows it; of many, what is left of them; of links, the list
        that has the known ones."""
        few = entry.profile.name in self.few
        found = self._directory.own if few else self._directory.listed
        listed = found(entry.profile.name, page, value)
        if listed is not None or few:
            return None if listed is None else Label(listed.links, TRUST["known"] * (1 + listed.share) / 2, "known")
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

    def _is_as_ever(self, answers: Mapping[str, Answer | None]) -> bool:
        """Whether the old rules read nearly all that pages usually have, and agree on it: the design is theirs. What
        the heal before has not brought back tells nothing."""
        usual = [
            name
            for name, entry in self.extractor.program.fields.items()
            if entry.profile.presence >= USUAL and entry.trust >= self.extractor.threshold
        ]
        read = sum(self._is_agreed(answers[name]) for name in usual)
        return len(usual) >= FIELDS and read >= NEARLY * len(usual)

    def _is_agreed(self, answer: Answer | None) -> bool:
        sure = answer is not None and answer.confidence >= self.extractor.threshold
        return sure and answer is not None and answer.votes >= NEARLY * answer.rules

    def _old(self, page: LabelledPage, entry: FieldProgram, answer: Answer | None, as_ever: bool) -> Label | None:
        """What the old rules still say: their confidence in it holds after a redesign too (docs/experiments.md)."""
        if answer is None or answer.confidence < DOUBTFUL:
            return None
        if as_ever and self._is_agreed(answer):
            return Label(self._usual(entry, answer.value), TRUST["old"] * answer.confidence, "old", steady=True)
        alone = ALONE
        if not isinstance(answer.value, list) and not self._declared(page, entry.profile.name, answer.value):
            alone = UNDECLARED if page.declares else NOTHING_DECLARED
        return Label(self._usual(entry, answer.value), TRUST["old"] * answer.confidence, "old", alone)

    def _usual(self, entry: FieldProgram, value: Value) -> Value:
        """A list of texts without what all of them begin or end with and no example does: a box to tick."""
        habit = self._opinion.habits.get(entry.profile.name)
        if habit is None or not isinstance(value, list):
            return value
        texts = [one for one in value if isinstance(one, str)]
        program = cut(texts, habit)
        return [made for text in texts if (made := apply(program, text)) is not None]

    def _seen(self, page: LabelledPage, name: str, sight: Sight | None) -> Label | None:
        """What the network sees. Of lists it is less sure on sites it never saw than it is right about them."""
        if sight is None:
            return None
        if isinstance(sight.value, list):
            return Label(sight.value, TRUST["network"] * sight.probability**0.5, "network")
        declarations = self._declarations_of(page)
        if name in self._pictures:
            trust = calibrated(sight.probability, *CALIBRATION)
            return Label(sight.value, max(trust, PICTURED) if declarations.show(sight.value) else trust, "network")
        declared = name in self._declared_fields and declarations.hold(sight.value)
        return Label(sight.value, calibrated(sight.probability, *(DECLARED if declared else CALIBRATION)), "network")

    def _declared(self, page: LabelledPage, name: str, value: Scalar) -> bool:
        """Whether the value, or the picture, stands in what the page says of itself for machines."""
        stands = any(place.data or place.element.tag in ("meta", "title", "link") for place in page.places(value, 40))
        return stands or (name in self._pictures and self._declarations_of(page).show(value))

    def _scores_of(self, page: LabelledPage) -> Scores | None:
        if page not in self._scores:
            self._scores[page] = self._opinion.scores(page.document, page.candidates)
        return self._scores[page]

    def _declarations_of(self, page: LabelledPage) -> Declarations:
        if page not in self._declarations:
            self._declarations[page] = Declarations(page)
        return self._declarations[page]


def _know_alone(name: str, said: Sequence[dict[str, list[Label]]]) -> None:
    """Takes back what other witnesses say of a field of few links where it is known of pages which theirs are: first of
    those that show no new link beside these, which may be one of them."""
    known = [one for own in said for one in own.get(name, ()) if one.source == "known"]
    whole = [one for one in known if one.trust >= TRUST["known"]]
    believed = whole if len(whole) >= TWICE else known
    for own in said if believed else ():
        own[name] = [replace(one, trust=TRUST["known"]) for one in own.get(name, ()) if one in believed]


def _within(page: LabelledPage, value: Scalar) -> set[str]:
    """The words with which the value stands in one text: "Coursework" in "Coursework (40%)"; none where it is alone."""
    found = [place for place in page.places(value) if not place.exact and not place.data]
    return {wording(place.text.replace(str(value), " ", 1)) for place in found} - {""}


def _but(source: str, labels: Iterable[Label]) -> list[Label]:
    """What other witnesses say."""
    return [one for one in labels if one.source != source]


def open_examples(extractor: Extractor, limit: int) -> list[LabelledPage]:
    """The most telling examples, opened."""
    return open_pages(most_telling(extractor.examples, limit), extractor.program.reveals)
