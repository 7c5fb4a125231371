"""From examples to rules: proposals at every place of a value, judged on every example page."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, Final
from urllib.parse import unquote

from lxml import etree

from learner.learning.marks import Marks
from learner.learning.paging import onward_of
from learner.learning.proper import Proper
from learner.pages.values import Scalar, kind_of, normal, scalars
from learner.programs import transforms as t
from learner.programs.examples import LabelledPage, Place
from learner.programs.parts import NAMED_PARTS, PARTS, parts_of
from learner.programs.persons import PERSONS, are_persons, persons
from learner.programs.program import Rule, key, overlap
from learner.programs.selectors import (
    Index,
    Selector,
    generate,
    generate_common,
    generate_data,
    generate_labelled,
    generate_run,
    generate_saying,
)
from learner.programs.transforms import Transform

TELLING: Final = 5
"""Characters of a value that scripts do not hold by chance."""
MAX_PLACES: Final = 10
MAX_PAGES: Final = 6
MAX_GROUP: Final = 400
FEW: Final = 3
"""Links of one page up to which each may say what it is: the next page, the next week."""
MAX_PAIRED: Final = 40
"""Texts of a list and their values that programs are made of."""
SAID: Final = 60
"""Characters of a state with what is said of it: a longer text is no value and more."""
MAX_RUNS: Final = 4
"""Elements of a list from which a label is looked for that stands before several of its values."""
MAX_PARTS: Final = 24
"""Rules that find parts of a list and are tried in pairs."""
MAX_PAIRS: Final = 12
LABELLED: Final = 3
"""Values that must stand after one label for it to be told from others."""
ALIKE: Final = 4
"""Of rules that find the same, how many are tried in pairs."""
GAIN: Final = 0.1
"""The F1 that a pair must find more than either of the two."""
GAIN_OF_FEW: Final = 0.3
"""The same over all pages, of lists of few links: what one page shows of a kind that the others lack."""
WHOLE: Final = 0.95
"""The F1 from which on a rule finds a list whole."""
_HOLDERS: Final = frozenset(("ul", "ol", "menu", "dl", "table", "tbody"))
"""Elements that hold a list whole: of a list of one they show the value, and of others all in one."""
_PARTED: Final = {"": PARTS, PERSONS: NAMED_PARTS}
_WORD = re.compile(r"[^\W\d_]+|\d+")
_CODE = re.compile(r"[\d-]{4,}\w?")
_TITLE_PARTS = re.compile(r"\s[-–—|·:»]\s|\s?\|\s?")


@dataclass(frozen=True, slots=True)
class Trial:
    """A rule and how it did on the example pages.

    ``right`` and ``wrong`` are sums of F1 and of its shortfall over pages where it gave something, ``silent``
    counts pages where it gave nothing though there was a value, ``stray`` those where it gave something though it is
    known that there is none; ``matches`` is how many places its selector
    found on the page it was made from, ``places`` at how many places that page shows the value.
    """

    rule: Rule
    right: float
    wrong: float
    silent: int
    matches: int
    places: int
    tag: str
    length: int
    gold: int
    fit: float
    digits: bool
    local: float = 0.0
    """The share of the selector's words that name this one page: in its values, its title or its address."""
    stray: int = 0
    recased: int = 0
    """Pages where what it gave has other capitals than the value: a word of an address in place of the text."""
    clean: bool = False
    """Whether it gave some of the values of lists, and nothing else."""
    whole: int = 0
    """Pages where it gave all the values, and nothing else."""
    amiss: int = 0
    """Pages with a value where it gave something else, or not all."""
    proper: bool = False
    """Whether its label is the own text of the page it was made from, which names nothing on others."""

    @property
    def holds(self) -> bool:
        """Whether it is right as often as not."""
        return self.right >= 0.5 * (self.right + self.wrong + 0.5 * self.silent)


def trials(pages: Sequence[LabelledPage], name: str, many: bool, column: bool = False, former: str = "") -> list[Trial]:
    """The rules for the field that hold on all pages (see ``attempts``)."""
    return spelled([trial for trial in attempts(pages, name, many, column, former) if trial.holds])


def attempts(
    pages: Sequence[LabelledPage], name: str, many: bool, column: bool = False, former: str = ""
) -> list[Trial]:
    """Every rule for the field that is right on the page it was made from, judged on all pages.

    In a ``column`` of a list page one place may hold for several records in a row (a date over a group). ``former`` is
    the decimal mark that the field had on a former design.
    """
    found: dict[tuple[Selector, tuple[Transform, ...], str, bool], Trial] = {}
    having = [page for page in pages if name in page.values]
    readings, marks = _Readings(), Marks(pages, name, many=many, former=former)
    onward = None if many else onward_of(pages, name)
    # Of 4 and 4.5 the first shows that numbers are not floats throughout.
    whole = any(isinstance(value, int) for page in having for value in scalars(page.values[name]))
    for page, assigned in _rounds(having[:MAX_PAGES], found):
        own, proper = _own_texts(page), Proper(page)
        if many:
            proposals = iter(()) if assigned else _many(page, name, column, readings)
        else:
            (value, *_) = scalars(page.values[name])
            proposals = _single(page, value, page.assigned_places(value) if assigned else page.meant(name, value))
        for proposed, matches, places, tag in proposals:
            rule = replace(proposed, transforms=t.as_whole(proposed.transforms)) if whole else proposed
            rule = replace(marks.settle(rule), onward=onward)
            identity = (rule.selector, rule.transforms, rule.explode, rule.last)
            if identity in found:
                continue
            made = readings.of(rule, page.index)
            right = wrong = 0.0
            silent = stray = recased = exact = amiss = 0
            scripted, hits = rule.selector.is_assigned, set[str]()
            clean = many and not column
            for other in pages:
                gold = scalars(other.values.get(name))
                if not gold and name in other.unknown:
                    continue
                values = made if other is page else readings.of(rule, other.index)
                if not many:
                    values = values[-1:] if rule.last else values[:1]
                if not values:
                    silent += bool(gold)
                    continue
                score = agreement(values, gold, column) if gold else 0.0
                stray += not gold
                exact += score == 1
                if scripted and score == 1:
                    hits.add(key(gold[0]))
                amiss += bool(gold) and score < 1
                clean = clean and set(map(key, values)) <= set(map(key, gold))
                recased += score > 0 and _is_recased(values, gold)
                right += score
                wrong += 1 - score
            if scripted and not _is_told(hits):
                continue
            first = str(scalars(page.values[name])[0])
            gold_here = scalars(page.values[name])
            fit = agreement(made, gold_here, column) if many else 1.0
            found[identity] = Trial(
                rule, right, wrong, silent, matches, places, tag, len(first), len(gold_here), fit,
                any(map(str.isdigit, first)), _local(rule.selector, own), stray, recased, clean, exact, amiss,
                not column and bool(rule.selector.label) and proper.has(rule.selector.label),
            )  # fmt: skip
    return _named(found.values())


def _is_told(hits: Collection[str]) -> bool:
    """Whether scripts do not hold these values by chance: they are several, or there is much to them."""
    return len(hits) > 1 or any(len(one) >= TELLING for one in hits)


def _named(tried: Collection[Trial]) -> list[Trial]:
    """Without rules that take the first or last of a list, where the same is always told by its name."""
    sure = {
        tuple("*" if step.startswith("[") else step for step in trial.rule.selector.data)
        for trial in tried
        if trial.whole > 1
        and not (trial.amiss or trial.silent or trial.stray)
        and any(step.startswith("[") for step in trial.rule.selector.data)
    }
    return [trial for trial in tried if not (trial.rule.selector.data and trial.rule.selector.data in sure)]


def spelled(tried: list[Trial]) -> list[Trial]:
    """Those that give values with their own capitals, if one of them is nearly as good as any."""
    found = [trial for trial in tried if not trial.recased]
    most = max((trial.right for trial in tried), default=0.0)
    return found if any(trial.right >= WHOLE * most for trial in found) else tried


def _is_recased(values: Sequence[Scalar], gold: Sequence[Scalar]) -> bool:
    """Whether some of the values are those wanted but for their capitals."""
    if list(values) == list(gold):
        return False
    given, wanted = (Counter("".join(str(one).split()) for one in some) for some in (values, gold))
    lower = Counter(text.lower() for text in (wanted - given).elements())
    return any(text.lower() in lower for text in given - wanted)


class _Readings:
    """What rules give on pages. Most lead to the same elements: what they read alike there is read once."""

    def __init__(self) -> None:
        self._known: dict[tuple[object, ...], list[Scalar]] = {}

    def of(self, rule: Rule, index: Index) -> list[Scalar]:
        """The values that the rule gives on the page."""
        there = (index, rule.reading, *index.elements_of(rule.selector))
        known = self._known.get(there)
        if known is None:
            known = self._known[there] = rule.values(index)
        return known


def joined(tried: Sequence[Trial], pages: Sequence[LabelledPage], name: str) -> list[Trial]:
    """Rules for a list whose values stand in two places of their own: pairs of those that find some of it, and nothing
    else, where the two find more of it on all pages than either. One of them may be on few pages."""
    having = [page for page in pages if name in page.values]
    if not tried or any(trial.right >= WHOLE * len(having) for trial in tried):
        return []
    golds = [Counter(map(key, scalars(page.values[name]))) for page in having]
    found: list[tuple[Trial, list[Counter[str]]]] = []
    for trial in sorted(tried, key=lambda one: -one.right):
        if not trial.clean:
            continue
        bags = [Counter(map(key, trial.rule.values(page.index))) for page in having]
        if any(bag - gold for bag, gold in zip(bags, golds, strict=True)):
            continue
        if sum(bags == other for _, other in found) < ALIKE:
            found.append((trial, bags))
        if len(found) >= MAX_PARTS:
            break
    few = max(gold.total() for gold in golds) <= FEW
    gain = min(GAIN * len(having), GAIN_OF_FEW) if few else GAIN * len(having)
    pairs = []
    for at, (one, bags) in enumerate(found):
        for other, rest in found[at + 1 :]:
            both = [left + right for left, right in zip(bags, rest, strict=True)]
            if any(bag - gold for bag, gold in zip(both, golds, strict=True)):
                continue
            right = sum(overlap(bag, gold) for bag, gold in zip(both, golds, strict=True))
            if right >= max(one.right, other.right) + gain:
                rule = replace(one.rule, beside=other.rule)
                exact = sum(bag == gold for bag, gold in zip(both, golds, strict=True))
                made = replace(one, rule=rule, right=right, wrong=len(having) - right, silent=0, whole=exact)
                pairs.append(replace(made, fit=right / len(having), amiss=len(having) - exact))
    pairs.sort(key=lambda trial: -trial.right)
    return [trial for trial in pairs[:MAX_PAIRS] if trial.right >= pairs[0].right - GAIN]


def _own_texts(page: LabelledPage) -> tuple[frozenset[str], frozenset[str]]:
    """What names this one page: its values and its title in their normal forms, and the words of its address."""
    forms = {normal(v) for value in page.values.values() for v in scalars(value) if isinstance(v, str) and len(v) < 200}
    title = page.document.root.find(".//title")
    if title is not None and title.text:
        forms.update(map(normal, _TITLE_PARTS.split(title.text)))
    address = unquote(page.document.url).rstrip("/").rsplit("/", 1)[-1]
    words = frozenset(word.lower() for word in _WORD.findall(address) if len(word) > 3)
    return frozenset(form for form in forms if len(form) > 3), words


def _local(selector: Selector, own: tuple[frozenset[str], frozenset[str]]) -> float:
    forms, address = own
    if selector.label:
        label = selector.label
        return 1.0 if any(label in form or form in label for form in forms) else 0.0
    words: list[str] = [word.lower() for text in selector.literals() for word in _WORD.findall(text)]
    return sum(word in address or (word.isdigit() and len(word) > 2) for word in words) / max(1, len(words))


def agreement(values: Sequence[Scalar], gold: Sequence[Scalar], column: bool) -> float:
    """F1 of the values against the gold; in a column, runs of one gold value may be found once, and so may a list that
    all records have."""
    found, wanted = [key(v) for v in values], [key(v) for v in gold]
    score = overlap(Counter(found), Counter(wanted))
    if column and score < 1:
        heads = [form for form, before in zip(wanted, ["", *wanted], strict=False) if form != before]
        if len(heads) < len(wanted):
            score = max(score, 0.95 * overlap(Counter(found), Counter(heads)))
        counts = Counter(wanted)
        if (times := math.gcd(*counts.values())) > 1:
            once = Counter({form: count // times for form, count in counts.items()})
            score = max(score, 0.95 * overlap(Counter(found), once))
    return score


Proposal = tuple[Rule, int, int, str]


def _rounds(pages: Sequence[LabelledPage], found: Mapping[Any, Trial]) -> Iterator[tuple[LabelledPage, bool]]:
    """The pages; and once more, for what scripts assign, if no rule that holds was found."""
    yield from ((page, False) for page in pages)
    if not any(trial.holds for trial in found.values()):
        yield from ((page, True) for page in pages)


def _single(page: LabelledPage, value: Scalar, meant: list[Place]) -> Iterator[Proposal]:
    places = _diverse(meant)
    for place in places:
        for selector in _selectors(place, page):
            matches = page.index.find(selector)
            if not matches or len(matches) > MAX_GROUP:
                continue
            for last in (False, True):
                match = matches[-1 if last else 0]
                if last and len(matches) == 1:
                    break
                if not selector.data and match.element is not place.element:
                    continue
                for program in _programs(place, match.text, value, page):
                    yield Rule(selector, program, "", last), len(matches), len(places), str(place.element.tag)


def _programs(place: Place, text: str, value: Scalar, page: LabelledPage) -> list[tuple[Transform, ...]]:
    if place.exact and isinstance(value, str):
        link = kind_of(value) == "link"
        if normal(text) == normal(value) or (link and normal(page.document.absolute(text)) == normal(value)):
            return [(("absolute",),)] if link else [()]
    return [program for program, _ in t.induce([(text, value)], limit=5)]


def _selectors(place: Place, page: LabelledPage) -> Iterator[Selector]:
    if place.data:
        yield from generate_data(place.data, (place.text,), page.index)
        return
    yield from dict.fromkeys(generate(place.element, place.take, page.index))
    if place.element.tag not in ("meta", "title", "link"):
        yield from generate_labelled(place.element, place.take, page.index)


def _diverse(places: list[Place]) -> list[Place]:
    """At most MAX_PLACES places, first one of every kind (tag and what is read)."""
    kinds: dict[tuple[str, str, tuple[str, ...]], list[Place]] = defaultdict(list)
    for place in places:
        kinds[(str(place.element.tag), place.take, place.data)].append(place)
    out: list[Place] = []
    while len(out) < MAX_PLACES and any(kinds.values()):
        for group in kinds.values():
            if group and len(out) < MAX_PLACES:
                out.append(group.pop(0))
    return out


def _many(page: LabelledPage, name: str, column: bool, readings: _Readings) -> Iterator[Proposal]:
    gold = scalars(page.values[name])[:MAX_GROUP]
    wanted = scalars(page.values[name])
    groups: dict[tuple[str, str, tuple[str, ...]], dict[Place, Scalar]] = defaultdict(dict)
    places_of: dict[str, list[Place]] = {}
    for value in gold:
        form = key(value)
        if form not in places_of:
            places_of[form] = page.many_places(value)
        for place in places_of[form]:
            if place.take == "text" and place.element.tag in _HOLDERS:
                continue
            if place.data:
                groups[("data", "data", place.data)][place] = value
            else:
                groups[(str(place.element.tag), place.take, ())][place] = value
                if place.take == "text":
                    groups[("*", place.take, ())][place] = value
                classes = (place.element.get("class") or "").split()
                if classes:
                    groups[(str(place.element.tag), place.take, tuple(classes))][place] = value
                parent = place.element.getparent()
                if parent is not None:
                    groups[(f"{parent.tag}/{place.element.tag}", place.take, (parent.get("class") or "",))][place] = (
                        value
                    )
    ranked = sorted(groups.items(), key=lambda entry: -len({key(v) for v in entry[1].values()}))
    best = len({key(v) for v in ranked[0][1].values()}) if ranked else 0
    done: set[tuple[Selector, tuple[Transform, ...], str]] = set()
    one_alone = len(gold) == 1 and not column
    for (_, take, data), members in ranked[:12]:
        if len({key(v) for v in members.values()}) < 0.5 * best:
            break
        places = list(members)
        made: dict[tuple[str, ...], list[tuple[tuple[Transform, ...], str]]] = {}
        selectors: dict[Selector, None] = {}
        if take == "data":
            ways = list(generate_data(data, {place.text for place in places}, page.index))
            # Of several items each has a name of its own.
            selectors.update(dict.fromkeys(ways if len(ways) <= 2 else ways[:1]))
        else:
            elements = list(dict.fromkeys(place.element for place in places))
            together = page.together(name) if column else frozenset()
            for cluster in _clusters(elements, page.index, together):
                for selector in generate_common(cluster, take, page.index):
                    selectors.setdefault(selector)
            for element in {elements[0]: 0, elements[-1]: 0}:
                only = one_alone and page.index.position(element) == 1 and page.index.position(element, True) == -1
                for made_one in generate(element, take, page.index):
                    selector = _unnumbered(made_one) if only else made_one
                    if len(gold) == 1 or not (selector.steps and selector.steps[-1].position and len(elements) > 1):
                        selectors.setdefault(selector)
                for selector in generate_labelled(element, take, page.index):
                    selectors.setdefault(selector)
                    if len(elements) > 1 and selector.hops and selector.hops[-1].startswith("down:"):
                        inner = "in:" + selector.hops[-1][5:]
                        selectors.setdefault(replace(selector, hops=(*selector.hops[:-1], inner)))
            # Of values after a label the first tells which it is.
            for element in () if column else _firsts(elements):
                for selector in generate_run(element, take, page.index):
                    selectors.setdefault(selector)
            for element in elements if len(gold) <= FEW and not column else ():
                for selector in generate_saying(element, take, page.index):
                    selectors.setdefault(selector)
        for selector in selectors:
            matches = page.index.find(selector)
            # Lines that a label tells apart are tails of one tag, a handful in each record.
            if not matches or len(matches) > (12 if take == "tail" else 4) * len(gold) + 20:
                continue
            texts = tuple([match.text for match in matches])
            if texts not in made:
                made[texts] = _many_programs(texts, places, members, gold, page, alone=not column)
            # What shows one value alone may show several on the next page.
            bare = one_alone and take == "text"
            bare = bare and not any(parts_of(match.element, page.index.text) for match in matches)
            for program, mark in made[texts]:
                explode = _PARTED.get(mark, mark) if bare else mark
                identity = (selector, program, explode)
                if identity in done:
                    continue
                done.add(identity)
                rule = Rule(selector, program, explode)
                if agreement(readings.of(rule, page.index), wanted, column) >= 0.5:
                    yield rule, len(matches), len(places), str(places[0].element.tag)


def _firsts(elements: Sequence[etree._Element]) -> list[etree._Element]:
    """Those that are, or that stand in, the first of their tag after something else; a few of them."""
    known = set(elements)
    return [
        element for element in elements if not any(before in known for before in element.itersiblings(preceding=True))
    ][:MAX_RUNS]


def _unnumbered(selector: Selector) -> Selector:
    """The selector without the number of its last step: of a list of one, the only child of its tag may be any."""
    if not selector.steps or not selector.steps[-1].position:
        return selector
    return replace(selector, steps=(*selector.steps[:-1], selector.steps[-1]._replace(position=0)))


def _cut_at_times(pairs: Sequence[tuple[str, Scalar]]) -> list[tuple[Transform, ...]]:
    """Programs for a list of which some values are all of their texts, and others stand before what is said of them:
    "Lost", and "On loan until May"."""
    cut = [(text, value) for text, value in pairs if isinstance(value, str) and normal(text) != normal(value)]
    if not cut or len(cut) == len(pairs) or any(len(text) > SAID for text, _ in pairs):
        return []
    found = [program[0][1] for program, share in t.induce(cut) if share == 1 and [s[0] for s in program] == ["before"]]
    return [(("upto", literal),) for literal in found[:2]]


def _checking(programs: list[tuple[Transform, ...]], pairs: list[tuple[str, Scalar]]) -> list[tuple[Transform, ...]]:
    """Of the programs that cut a label off those that tell it from others, where all texts have the same."""
    label = _label(*pairs[0])
    if not label.endswith(":") or not any(map(str.isalpha, label)):
        return programs
    if len({key(value) for _, value in pairs}) < LABELLED or any(_label(*pair) != label for pair in pairs):
        return programs
    others = pairs[0][0].replace(label, "Zq:", 1)
    telling = [
        program
        for program in programs
        if program[0][0] not in ("after", "before", "split") or t.apply(program, others) is None
    ]
    return telling or programs


def _label(text: str, value: Scalar) -> str:
    """What stands before the value in its text."""
    at, _ = t.find(text, value) if isinstance(value, str) else (-1, -1)
    return text[:at].strip() if at > 0 else ""


def _clusters(
    elements: list[etree._Element], index: Index, together: Collection[etree._Element]
) -> Iterator[list[etree._Element]]:
    """The whole group, and parts of it, for the rest may be something else that says the same: those in the most
    frequent place among their siblings (a column), those under the busiest ancestor, and those that stand
    ``together`` with the other values of their records."""
    yield elements[:MAX_GROUP]
    meant = [element for element in elements if element in together]
    if 1 < len(meant) < len(elements):
        yield meant[:MAX_GROUP]
    for up in (0, 1):
        columns: dict[tuple[str, int], list[etree._Element]] = defaultdict(list)
        for element in elements:
            node = next(islice(element.iterancestors(), 1), element) if up else element
            columns[str(node.tag), index.position(node)].append(element)
        if len(columns) > 1:
            for column in sorted(columns.values(), key=len, reverse=True)[:2]:
                if len(column) >= max(2, 0.3 * len(elements)):
                    yield column[:MAX_GROUP]
    for up in (1, 2, 3):
        homes: dict[object, list[etree._Element]] = defaultdict(list)
        for element in elements:
            above = list(islice(element.iterancestors(), up))
            homes[above[-1] if above else element].append(element)
        if len(homes) > 1:
            busiest = max(homes.values(), key=len)
            if 1 < len(busiest) < len(elements):
                yield busiest[:MAX_GROUP]


def _many_programs(
    texts: tuple[str, ...],
    places: list[Place],
    members: dict[Place, Scalar],
    gold: list[Scalar],
    page: LabelledPage,
    alone: bool,
) -> list[tuple[tuple[Transform, ...], str]]:
    """What is made of the texts, and what parts them; ``alone`` if one text may have all of a page's values."""
    forms = {normal(text) for text in texts}
    strings = [value for value in gold if isinstance(value, str)]
    shown = set(texts)
    pairs = list(islice(((place.text, members[place]) for place in places if place.text in shown), MAX_PAIRED))
    at_times = _cut_at_times(pairs) if alone else []
    # One text that names a person may name several on the next page.
    whole = PERSONS if alone and len(texts) == 1 and are_persons(strings) else ""
    if strings:
        direct = sum(normal(value) in forms for value in strings)
        if direct >= 0.6 * len(strings):
            link = kind_of(strings[0]) == "link"
            return [((("absolute",),) if link else (), whole), *((program, whole) for program in at_times)]
        absolute = {normal(page.document.absolute(text)) for text in texts}
        # Links of one kind may be a part of the list, in a place of their own.
        wanted = {normal(value) for value in strings}
        if len(absolute & wanted) >= 0.6 * len(wanted) or absolute <= wanted:
            return [((("absolute",),), "")]
    if not pairs:
        return []
    out: list[tuple[tuple[Transform, ...], str]] = [(program, whole) for program in at_times]
    if whole and {normal(one) for one in persons(texts[0])} == {normal(value) for value in strings}:
        return [((), whole)]
    if len(shown) < len(gold) and strings and len(gold) > 1:
        for mark in (",", ";", "|", "/", " and ", "&", "•", "·"):
            parts = {normal(part) for text in shown for part in text.split(mark)}
            if sum(normal(value) in parts for value in strings) >= 0.6 * len(strings):
                out.append(((), mark))
        # Numbers and codes may stand apart by spaces, where words are one name.
        if alone and all(_CODE.fullmatch(value) for value in strings):
            parts = {normal(part) for text in shown for part in text.split(" ")}
            if all(normal(value) in parts for value in strings):
                out.append(((), " "))
    programs = [program for program, _ in t.induce(pairs, limit=12)]
    out.extend((program, whole) for program in _checking(programs, pairs)[:4])
    return out
