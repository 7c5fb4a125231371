"""What learning gives: an extractor, and what it answers on a page."""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from lxml import etree

from learner.errors import PageRejected, StateError, StateTooNew
from learner.forms.links import Addresses, addresses_of
from learner.pages.candidates import Candidate, candidates
from learner.pages.page import decode, parse
from learner.pages.values import Scalar, Value, from_json, scalars, to_json
from learner.programs.doubts import Doubts
from learner.programs.examples import Example, shares_of
from learner.programs.joints import as_whole_texts, parted_example
from learner.programs.orders import Orders, offshoots_of
from learner.programs.program import ALWAYS, FORMAT, Answer, FieldProfile, Program, key, nearly_same
from learner.programs.recordlist import assemble, whole
from learner.programs.selectors import Asked, Index

if TYPE_CHECKING:
    from learner.network.opinion import Opinion

THRESHOLD: Final = 0.7
LIKELY: Final = 0.5
"""Confidence from which on links that are not vouched for are told all the same, if they lead where the field's do."""
ABSENT: Final = "absent"
"""Why a value is not there: nothing was found that could be it."""
DOUBTFUL: Final = "doubtful"
WRONG: Final = "wrong"
GONE: Final = "gone"
"""Why a page lacks a field: no value can be vouched for; the one that is found is known to be wrong; the field is known
to have drifted."""
PROVEN: Final = 3
"""Examples from which on a field that all of them have is one that pages always have."""
_FEW: Final = 0.1
"""Share of the records without a field, up to which a list page is expected to have it, however short it is."""
_BY_CHANCE: Final = 0.01
"""Chance at which a list page may lack a field that only some records have: one that does has not failed."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where a value was found and which rule said so; ``votes`` of ``rules`` gave the same value."""

    rule: str
    path: str
    votes: int
    rules: int


@dataclass(frozen=True, slots=True)
class Extraction:
    """The answer for one page. A field that is not vouched for is absent from ``item`` and named in
    ``abstained`` with the reason: ``absent`` (no rule found anything), ``doubtful`` (found, but not trusted, or
    not to be reconciled with another field's value or with the examples').
    ``reason`` names why a page gave nothing at all (``empty``, ``not_html``, ``too_large``...). ``opinions`` are
    fields of the item that the rules left out and the network sees. ``expected`` are fields that pages (a list of
    so many records) always have, as far as the examples show: ``unproven`` if these are too few to tell what is
    always there. ``likely``: what the page would say with links that are not vouched for, but lead where the field's
    links lead (on list pages all records): it may have more of them.
    """

    item: dict[str, Value] = field(default_factory=dict)
    items: list[dict[str, Value]] = field(default_factory=list)
    confidence: dict[str, float] = field(default_factory=dict)
    evidence: dict[str, Evidence] = field(default_factory=dict)
    abstained: dict[str, str] = field(default_factory=dict)
    reason: str = ""
    expected: frozenset[str] = frozenset()
    opinions: frozenset[str] = frozenset()
    unproven: bool = False
    likely: list[dict[str, Value]] = field(default_factory=list)

    @property
    def failed(self) -> bool:
        """Whether a field that pages of the template always have is not vouched for, or the page is none. Where one or
        two examples are all that is known, a field may rightly be absent: less than half must be vouched for then,
        unless it is known that something is wrong."""
        if any(why in (WRONG, GONE) for why in self.abstained.values()):
            return True
        if self.reason or self.unproven:
            return bool(self.reason) or 2 * len(self.expected & self.confidence.keys()) < len(self.expected)
        return any(name in self.expected for name in self.abstained)

    @property
    def scant(self) -> bool:
        """Whether less than half of what pages of the template always have is vouched for, or less than a third where
        one or two examples are all that is known of them: no item is made of it."""
        return (3 if self.unproven else 2) * len(self.expected & self.confidence.keys()) < len(self.expected)

    @property
    def records(self) -> list[dict[str, Value]]:
        """The items of a list page, or the one item."""
        return self.items or [self.item]

    def lacking(self, fields: Collection[str]) -> Extraction:
        """The extraction, of which it is known that the page should have these fields."""
        gone = dict.fromkeys(sorted(self.abstained.keys() & fields), GONE)
        return replace(self, abstained={**self.abstained, **gone}) if gone else self

    def without(self, fields: Collection[str], why: str = DOUBTFUL) -> Extraction:
        """The extraction without values of these fields; ``why`` they are left out."""
        if not fields:
            return self

        def kept(values: Mapping[str, Any]) -> dict[str, Any]:
            return {name: value for name, value in values.items() if name not in fields}

        given = sorted({name for record in self.records for name in record}.intersection(fields))
        return replace(
            self,
            item=kept(self.item),
            items=[kept(record) for record in self.items],
            confidence=kept(self.confidence),
            evidence=kept(self.evidence),
            abstained={**self.abstained, **dict.fromkeys(given, why)},
            opinions=self.opinions.difference(fields),
        )


Spot = etree._Element | tuple[str, ...]
"""Where a single value stands: an element, or the path of embedded data."""


@dataclass(frozen=True, slots=True)
class _Told:
    """A value that the network vouches for, and, on list pages, where its parts stand; the ``spot`` where it sees one
    that no rule gives."""

    value: Value
    confidence: float
    evidence: Evidence
    places: Sequence[tuple[int, Scalar]]
    spot: Spot | None


class Extractor:
    """Learned extraction code with what it was learned from.

    ``examples`` are kept, for healing: their values are what is known of the site.
    """

    def __init__(
        self,
        program: Program,
        examples: Sequence[Example] = (),
        *,
        warnings: Sequence[str] = (),
        threshold: float = THRESHOLD,
    ) -> None:
        self.program = program
        self.examples = tuple(examples)
        self.warnings = tuple(warnings)
        self.threshold = threshold

    @cached_property
    def fields(self) -> dict[str, FieldProfile]:
        """What is known of each field."""
        return {name: program.profile for name, program in self.program.fields.items()}

    @property
    def is_list(self) -> bool:
        """Whether pages hold a list of records."""
        return self.program.records is not None

    @cached_property
    def expected(self) -> frozenset[str]:
        """Fields that every example had."""
        return frozenset(name for name, profile in self.fields.items() if profile.presence >= ALWAYS)

    def _expected(self, records: int) -> frozenset[str]:
        """The same without what a list of so few records may lack by chance, for not all of the examples' have it."""
        return frozenset(name for name, rate in self._absent.items() if rate <= _FEW or rate**records <= _BY_CHANCE)

    @cached_property
    def _absent(self) -> dict[str, float]:
        """Of fields that every example had: the share of a list's records without."""
        shares = shares_of(self.examples) if self.is_list else {}
        return {name: 1 - shares.get(name, 1.0) for name in self.expected}

    @cached_property
    def _joints(self) -> dict[str, str]:
        """What joins the values of which items have one text."""
        return self.program.joints

    @cached_property
    def _whole(self) -> frozenset[str]:
        """Fields that every record of the examples had."""
        return whole(self.examples)

    @cached_property
    def _addresses(self) -> dict[str, Addresses]:
        """How the addresses of lists of links are written."""
        return addresses_of(self.examples)

    @cached_property
    def unproven(self) -> bool:
        """Whether the examples are too few to tell which fields are always there; what healing labelled counts not, nor
        do those of a few fields."""
        return sum(one.source != "network" and one.is_whole(self.fields) for one in self.examples) < PROVEN

    @property
    def orders(self) -> Orders:
        """The orders between fields that the examples show."""
        return self.doubts.orders

    @cached_property
    def doubts(self) -> Doubts:
        """What the examples have in common, against which the values of a page are held."""
        return Doubts.of(self.examples, self.program.bonds)

    @cached_property
    def _asked(self) -> Asked:
        rules = itertools.chain.from_iterable(program.rules for program in self.program.fields.values())
        starts = self.program.records.starts if self.program.records is not None else ()
        return Asked.by([*(selector for rule in rules for selector in rule.selectors), *starts])

    def extract(self, html: bytes | str, url: str) -> Extraction:
        """The page's values, those that are vouched for; never raises on a bad page.

        What the rules leave out is asked of the network, which has seen the examples (see learner.network.opinion).
        Values that contradict what the examples have in common are left out (see learner.programs.doubts).
        """
        return self._extraction(html, url, asking=True)

    def read(self, html: bytes | str, url: str) -> Extraction:
        """What the program alone says of the page: as ``extract``, without the network. Crawls use this."""
        return self._extraction(html, url, asking=False)

    def _extraction(self, html: bytes | str, url: str, asking: bool) -> Extraction:
        try:
            document = parse(html, url, revealed=self.program.reveals)
        except PageRejected as error:
            return Extraction(
                abstained=dict.fromkeys(self.fields, error.reason), reason=error.reason, expected=self.expected
            )
        index = Index(document, self._asked)
        item: dict[str, Value] = {}
        confidence: dict[str, float] = {}
        evidence: dict[str, Evidence] = {}
        abstained: dict[str, str] = {}
        places: dict[str, Sequence[tuple[int, Scalar]]] = {}
        unsure: dict[str, Answer | None] = {}
        answers: dict[str, Answer] = {}
        likely: dict[str, Answer] = {}
        for name, program in self.program.fields.items():
            answer = program.run(index, self.program.calibration)
            if answer is not None:
                answers[name] = answer
            strays = answer is not None and self._strays(name, answer)
            if answer is None or strays or answer.confidence < self.threshold:
                abstained[name] = ABSENT if answer is None else DOUBTFUL
                unsure[name] = None if strays else answer
                if answer is not None and not strays and self._is_likely(name, answer):
                    likely[name] = answer
                continue
            confidence[name] = round(answer.confidence, 4)
            evidence[name] = Evidence(str(answer.rule), str(answer.rule.selector), answer.votes, answer.rules)
            item[name] = answer.value
            if self.is_list:
                places[name] = program.located(answer.rule, index)
        opinions = self._opinions(index, unsure) if asking and unsure else {}
        for name, told in opinions.items():
            del abstained[name]
            confidence[name] = round(told.confidence, 4)
            evidence[name] = told.evidence
            item[name] = told.value
            places[name] = told.places
        more = [{name: answer.value for name, answer in likely.items() if name in abstained}] if likely else []
        items: list[dict[str, Value]] = []
        if self.program.records is not None:
            if likely:
                fields = self.program.fields
                found = places | {name: fields[name].located(one.rule, index) for name, one in likely.items()}
                more = assemble(self.program.records, found, self.fields, index, self._whole)
            items = assemble(self.program.records, places, self.fields, index, self._whole)
            items = self.doubts.unswallowed([as_whole_texts(record, self._joints) for record in items])
            item = {}
            for name in places.keys() - {name for record in items for name in record}:
                # Its values stand outside all records, or around them.
                del confidence[name], evidence[name]
                abstained[name] = DOUBTFUL
        item, more = as_whole_texts(item, self._joints), [as_whole_texts(one, self._joints) for one in more]
        seen = frozenset(opinions) & confidence.keys()
        expected = self._expected(len(items)) if items else self.expected
        read = Extraction(item, items, confidence, evidence, abstained, "", expected, seen, self.unproven, more)
        doubted = self.doubts.doubted(read.records) | self._taken(read, index, answers, opinions)
        abstained |= dict.fromkeys(self._borrowed(unsure, read, answers, index), ABSENT)
        return read.without(doubted | self._lone(read.item))

    def _strays(self, name: str, answer: Answer) -> bool:
        """Whether no more than half of the rules of a list of links give it, and not all of it leads where its links
        do: in a new design what is left of the rules finds links of any kind."""
        known = self._addresses.get(name)
        return known is not None and 2 * answer.votes <= answer.rules > 1 and known.are_strange(scalars(answer.value))

    def _is_likely(self, name: str, answer: Answer) -> bool:
        """Whether links that are not vouched for all lead where the field's do."""
        known = self._addresses.get(name)
        return known is not None and answer.confidence >= LIKELY and known.are_sure(scalars(answer.value))

    @cached_property
    def _offshoots(self) -> dict[str, str]:
        """Fields that came with another on all of the few examples, as old prices (see orders.offshoots_of)."""
        if self.is_list or not self.unproven:
            return {}
        found = offshoots_of(self.examples)
        return {one: other for one, other in found.items() if other in self.fields and self.program.fields[other].rules}

    def _lone(self, item: Mapping[str, Value]) -> set[str]:
        """Fields that a page has without the one that they came with on the few examples there are."""
        return {one for one, other in self._offshoots.items() if one in item and other not in item}

    def _taken(
        self, read: Extraction, index: Index, answers: Mapping[str, Answer], opinions: Mapping[str, _Told]
    ) -> set[str]:
        """Fields that were read where another one stands, though the two were never the same on the examples: an old
        price that is the price. The one whose label is not there, that the network alone vouches for, that fewer pages
        have, or that is trusted less, has no place of its own."""
        taken: set[str] = set()
        sharing: dict[str, list[str]] = {}
        for name in sorted(read.item):
            if not isinstance(value := read.item[name], list):
                sharing.setdefault(key(value), []).append(name)
        pairs = ((said, pair) for said, names in sharing.items() for pair in itertools.combinations(names, 2))
        for said, pair in pairs:
            if pair not in self.doubts.unlike:
                continue
            mine, others = (self._spots(name, said, answers, opinions, index) for name in pair)
            if _same_spot(mine[0], others[0]) or any(one in others for one in mine):
                standing = {
                    name: (
                        self._is_labelled(name, said, index),
                        name not in opinions,
                        self.fields[name].presence,
                        name not in self._offshoots,
                        read.confidence[name],
                    )
                    for name in pair
                }
                taken.add(min(pair, key=lambda name: standing[name]))
        return taken

    def _borrowed(
        self, unsure: Mapping[str, Answer | None], read: Extraction, answers: Mapping[str, Answer], index: Index
    ) -> list[str]:
        """Fields of which little is found, and that where another one stands that is vouched for, though the two were
        never the same on the examples: it is no sign of a value of their own."""
        found: dict[str, list[str]] = {}
        for name in () if read.items else sorted(read.item.keys() & answers.keys()):
            if not isinstance(value := read.item[name], list):
                found.setdefault(key(value), []).append(name)
        return [
            name
            for name, answer in unsure.items()
            if answer is not None and name in read.abstained and not isinstance(answer.value, list)
            for other in found.get(key(answer.value), ())
            if (min(name, other), max(name, other)) in self.doubts.unlike
            and _same_spot(_spot(answer, index), _spot(answers[other], index))
        ]

    def _spots(
        self, name: str, said: str, answers: Mapping[str, Answer], opinions: Mapping[str, _Told], index: Index
    ) -> list[Spot]:
        """Where the value with this key was read first, and where else the field's rules read it."""
        if (told := opinions.get(name)) is not None and told.spot is not None:
            return [told.spot]
        spots = [_spot(answers[name], index)]
        for rule in self.program.fields[name].rules:
            picked = rule.picked(index)
            if picked is not None and key(picked[1]) == said:
                spots.append(rule.selector.data or picked[0])
        return spots

    def _is_labelled(self, name: str, said: str, index: Index) -> bool:
        """Whether a rule finds the value with this key by the field's label."""
        rules = [rule for rule in self.program.fields[name].rules if rule.selector.label]
        return any(key(found[0]) == said for rule in rules if (found := rule.values(index)))

    def _opinions(self, index: Index, unsure: Mapping[str, Answer | None]) -> dict[str, _Told]:
        """Of the fields that the rules left out those of which the network is sure enough. Where it sees what the
        rules said, the rules' answer is given; else its own."""
        if self._opinion is None:
            return {}
        found = candidates(index.document)
        out: dict[str, _Told] = {}
        for name, sight in self._opinion.of(index.document, found).items():
            if name not in unsure:
                continue
            entry, answer = self.program.fields[name], unsure[name]
            agreed = answer is not None and nearly_same(answer.value, sight.value)
            sure = min(entry.trust, sight.confidence(agreed))
            shown = [found[number] for number in sight.numbers]
            if sure < self.threshold or any(entry.is_elsewhere(c.element, c.take, index) for c in shown if c.take):
                continue
            if answer is not None and agreed:
                said = f"{answer.rule}, and the network agrees"
                evidence = Evidence(said, str(answer.rule.selector), answer.votes, answer.rules)
                out[name] = _Told(answer.value, sure, evidence, answer.rule.places(index) if self.is_list else (), None)
            else:
                evidence = Evidence("opinion of the network", _path(shown[0]), 0, len(entry.rules))
                order = [index.order.get(candidate.element, 0) for candidate in shown]
                places = list(zip(order, scalars(sight.value), strict=True))
                spot = tuple(shown[0].name.split("/")) if shown[0].kind == "data" else shown[0].element
                out[name] = _Told(sight.value, sure, evidence, places, spot)
        # A page of another template shows a title and little else, and no rule says anything there.
        read = len(self.fields) - len(unsure)
        expected = len(self.expected or self.fields)
        return out if read + len(out) >= (expected / 2 if read else expected) else {}

    @cached_property
    def _opinion(self) -> Opinion | None:
        """The network with the examples before it; None without examples or weights."""
        from learner.network.opinion import MAX_SUPPORT, Opinion, most_telling, open_pages

        # What was labelled last is of the design that is served now.
        told = [parted_example(one, self._joints) for one in self.examples] if self._joints else self.examples
        healed = [example for example in reversed(told) if example.source == "network"]
        others = [example for example in told if example.source != "network"]
        pages = [*healed[: MAX_SUPPORT - 1], *most_telling(others, MAX_SUPPORT)][:MAX_SUPPORT]
        try:
            return Opinion(self.program, told, open_pages(pages, self.program.reveals)) if pages else None
        except StateError:
            return None

    def explain(self, html: bytes | str, url: str) -> str:
        """For every field, which answer won, by how much, and what came second; what each rule and the network say; for
        people."""
        try:
            document = parse(html, url, revealed=self.program.reveals)
        except PageRejected as error:
            return error.show()
        index = Index(document)
        lines = []
        found = candidates(document)
        sights = self._opinion.of(document, found) if self._opinion is not None else {}
        vouched = self.read(html, url).confidence
        for name, program in self.program.fields.items():
            answer = program.run(index, self.program.calibration)
            ranking = [(_short(v if program.many else v[0]), backing) for v, backing in program.ranking(index)]
            if answer is None:
                lines.append(f"{name}: not known (no rule found anything)")
            else:
                mark = "" if name in vouched else " - not vouched for"
                if mark and answer.confidence >= self.threshold:
                    mark += f": {self.doubts.why(name, vouched)}"
                lines.append(
                    f"{name}: {_short(answer.value)}  confidence {answer.confidence:.2f}, "
                    f"{answer.votes} of {answer.rules} rules agree{mark}"
                )
                second = (
                    f", second {ranking[1][0]} with {ranking[1][1]:.1f}"
                    if len(ranking) > 1
                    else ", nothing else was said"
                )
                lines.append(f"    won with a backing of {ranking[0][1]:.1f}{second}")
            for rule in program.rules:
                values = rule.values(index)
                said = _short(values if program.many else values[0]) if values else "nothing"
                lines.append(f"    {rule.weight:.2f}  {rule}  ->  {said}")
            if name in sights:
                sight = sights[name]
                where = _path(found[sight.numbers[0]])
                lines.append(f"    network {sight.probability:.2f}  {where}  ->  {_short(sight.value)}")
        return "\n".join(lines)

    def source_code(self, class_name: str = "LearnedPage") -> str:
        """The program as a readable Python page object."""
        from learner.programs.rendering import render

        return render(self.program, self.examples, class_name, threshold=self.threshold)

    def save(self, folder: str | os.PathLike[str]) -> None:
        """Write the extractor as plain files (program.json, examples.jsonl, page.py) into ``folder``."""
        path = Path(folder)
        path.mkdir(parents=True, exist_ok=True)
        data = {**self.program.to_json(), "threshold": self.threshold, "warnings": list(self.warnings)}
        (path / "program.json").write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        with (path / "examples.jsonl").open("w", encoding="utf-8") as file:
            for example in self.examples:
                html = example.html if isinstance(example.html, str) else decode(example.html)
                line: dict[str, Any] = {"url": example.url, "source": example.source, "html": html}
                if example.item is not None:
                    line["item"] = to_json(example.told)
                else:
                    line["items"] = to_json(list(example.items or ()))
                if example.places:
                    line["places"] = {name: list(places) for name, places in example.places.items()}
                file.write(json.dumps(line, ensure_ascii=False) + "\n")
        (path / "page.py").write_text(self.source_code(), encoding="utf-8")


def _spot(answer: Answer, index: Index) -> Spot:
    """Where the single value of an answer stands."""
    if answer.rule.selector.data:
        return answer.rule.selector.data
    elements = [element for element, _ in answer.rule.found(index)]
    return elements[-1 if answer.rule.last else 0]


def _same_spot(one: Spot, other: Spot) -> bool:
    """Whether two values stand in one place, or one around the other."""
    if isinstance(one, tuple) or isinstance(other, tuple):
        return one == other
    return one in (other, *other.iterancestors()) or other in one.iterancestors()


def _short(value: Value) -> str:
    text = repr(value)
    return text if len(text) <= 100 else text[:97] + "..."


def load(folder: str | os.PathLike[str]) -> Extractor:
    """The extractor saved in ``folder``.

    Raises StateError when the files aren't there or are broken, StateTooNew when a newer release wrote them.
    """
    path = Path(folder)
    try:
        data: Mapping[str, Any] = json.loads((path / "program.json").read_text(encoding="utf-8"))
        if int(data.get("format", 0)) > FORMAT:
            raise StateTooNew(f"{path}: written by a newer release", hint="upgrade, or roll back to an older version")
        program = Program.from_json(data)
        examples = tuple(_examples(path / "examples.jsonl"))
        threshold, warnings = float(data["threshold"]), tuple(map(str, data.get("warnings", ())))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise StateError(f"{path}: no extractor can be read from it ({error})", hint="scrapy status") from error
    return Extractor(program, examples, warnings=warnings, threshold=threshold)


def _examples(path: Path) -> list[Example]:
    out = []
    for line in path.read_text(encoding="utf-8").split("\n"):
        if line:
            entry = json.loads(line)
            out.append(
                Example(
                    entry["url"],
                    entry["html"],
                    from_json(entry["item"]) if "item" in entry else None,
                    from_json(entry["items"]) if "items" in entry else None,
                    entry["source"],
                    entry.get("places"),
                )
            )
    return out


def _path(candidate: Candidate) -> str:
    """Where a candidate is, for people."""
    if candidate.kind == "data":
        return f"data {candidate.name}"
    return candidate.element.getroottree().getpath(candidate.element) + (
        f" @{candidate.name}" if candidate.kind == "attribute" else ""
    )
