"""What generated page objects run on: finding texts on a page, turning them into values, and the rules' vote.

``rendering`` copies from here into the code it generates, and only what that code uses; nothing else imports
this module. It says again, in the plainest form, what selectors, transforms, program and recordlist do:
tests compare the two page by page.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import urljoin

from lxml import etree

from learner.pages.durations import read_duration
from learner.pages.embedded import ASSIGNED, Data, assigned_data, embedded_data
from learner.pages.page import (
    _CONTROL,
    _XML_DECLARATION,
    HIDDEN_TAGS,
    MAX_BYTES,
    MAX_NODES,
    declared_text,
    hides,
    is_deep,
    reveal,
    settle,
    squash,
    text_of,
)
from learner.pages.values import kind_of, normal, read_abridged, read_datetime, read_decimal, read_whole, says_time
from learner.programs.captions import caption, contradicts, contradicts_headings, headings, is_unlike, namesakes
from learner.programs.joints import as_one_text, as_whole_texts
from learner.programs.markings import marking
from learner.programs.onward import Onward
from learner.programs.orders import alone, contradicted
from learner.programs.parts import NAMED_PARTS, PARTS, parts_of
from learner.programs.persons import PERSONS, persons
from learner.programs.program import FIRM, FORMS, _odds, admitted, key, once, opening, overlap, traits_of
from learner.programs.recordlist import FITTING, MERGED, MOST, without_strangers
from learner.programs.selectors import MAX_LABEL, MAX_MATCHES, _hop, is_big, label_form, own_texts, wording
from learner.programs.sought import around_of
from learner.programs.transforms import (
    _EDGES,
    _shape,
    _token,
    _uncut,
    first_run,
    is_amid,
    recased,
    remainder,
    run_at,
    worded,
)

Scalar = str | int | float | bool | date | datetime

# Filled in by the generated code.
THRESHOLD = 0.5
CALIBRATION: tuple[float, ...] = ()
KINDS: dict[str, re.Pattern[str]] = {}
ORDERS: tuple[tuple[str, str], ...] = ()
COMPANIONS: tuple[tuple[str, str], ...] = ()


class Tree:
    """A page's elements in document order, and by tag, class and attribute; empty if the page can't be read."""

    def __init__(self, response: Any, revealed: bool = False) -> None:
        self.root = _parse(response)
        if revealed and self.root is not None:
            reveal(self.root)
        self.elements: list[etree._Element] = []
        self.number: dict[etree._Element, int] = {}
        self.named: dict[str, list[etree._Element]] = defaultdict(list)
        self.hidden: set[etree._Element] = set()
        self.cache: dict[Any, Any] = {}
        for number, element in enumerate(self.root.iter(etree.Element) if self.root is not None else ()):
            self.elements.append(element)
            self.number[element] = number
            if hides(element) or element.getparent() in self.hidden:
                self.hidden.add(element)
            names = [str(element.tag), *("[" + str(name) for name in element.attrib)]
            names += {"." + token for token in (element.get("class") or "").split()}
            for name in names:
                self.named[name].append(element)
        base = self.root.find(".//base") if self.root is not None else None
        self.url = self.base = str(response.url)
        self.base = self.absolute((base.get("href") if base is not None else "") or "")

    def absolute(self, link: str) -> str:
        """The link as an absolute address."""
        try:
            return urljoin(self.base, link.strip())
        except ValueError:
            return link

    def text(self, element: etree._Element) -> str:
        """The text of the element that readers see."""
        key = ("text", element)
        if key not in self.cache:
            self.cache[key] = text_of(element)
        found: str = self.cache[key]
        return found


def _parse(response: Any) -> etree._Element | None:
    text = declared_text(response.body)
    text = response.text if text is None else text
    zipped = text.startswith("PK\x03")
    text = _CONTROL.sub("", text)
    start = text.lstrip()[:200].lower()
    if len(response.body) > MAX_BYTES or zipped or "<" not in text or start.startswith(("%pdf", "{", "[")):
        return None
    parser: etree.XMLParser | etree.HTMLParser
    if start.startswith(("<?xml", "<rss", "<feed")) and "<html" not in text[:2000].lower():
        text = _XML_DECLARATION.sub("", text, count=1)
        parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, huge_tree=False)
    else:
        parser = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True)
    try:
        root = etree.fromstring(text.encode("utf-8", "replace"), parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return None
    if root is None or is_deep(root):
        return None
    if text.count("<") > MAX_NODES // 2 and sum(1 for _ in root.iter()) > MAX_NODES:
        return None
    settle(root)
    return root


# Where a value stands: each gives pairs of (number of the element, text found there).
Places = Callable[[Tree], list[tuple[int, str]]]

_NAME = r"(?:\\.|[\w-])+"
_CSS_STEP = re.compile(
    rf'(> )?({_NAME}|\*)?((?:\.{_NAME})*)(?:\[({_NAME})(\*?=)"((?:\\.|[^"\\])*)"\])?'
    r"(?::nth-(last-)?of-type\((\d+)\))?(?: |$)",
    re.DOTALL,
)


@dataclass(frozen=True)
class Step:
    """One part of a CSS selector; ``position`` is negative when counted from the end."""

    child: bool
    tag: str
    classes: frozenset[str]
    attribute: str
    whole: bool
    value: str
    position: int


def css_steps(selector: str) -> list[Step]:
    """The parts of a CSS selector (of the few forms that are used here)."""
    steps = []
    for found in _CSS_STEP.finditer(selector):
        if not found.group().strip():
            continue
        child, tag, classes, attribute, operator, value, last, position = found.groups()
        tokens = frozenset(map(_plain, re.findall(rf"\.({_NAME})", classes, re.DOTALL)))
        number = int(position or 0) * (-1 if last else 1)
        tag = "" if tag in (None, "*") else _plain(tag)
        steps.append(
            Step(bool(child), tag, tokens, _plain(attribute or ""), operator == "=", _plain(value or ""), number)
        )
    return steps


def _plain(escaped: str) -> str:
    return re.sub(r"\\(.)", r"\1", escaped, flags=re.DOTALL)


def css(selector: str, take: str = "text") -> Places:
    """Elements by a CSS selector; ``take`` tells what is read there (text, @attribute, node:N, tail)."""
    return lambda tree: _read(tree, select(tree, selector), take)


def select(tree: Tree, selector: str) -> Iterator[etree._Element]:
    """The elements that the CSS selector means."""
    steps = css_steps(selector)
    last = steps[-1]
    names = [last.tag] if last.tag else []
    names += ["." + token for token in last.classes]
    names += ["[" + last.attribute] if last.attribute else []
    lists = [tree.named.get(name, []) for name in names]
    for element in min(lists, key=len) if lists else tree.elements:
        if _fits(element, last) and _stands_in(element, steps[:-1], last.child):
            yield element


def _fits(element: etree._Element, step: Step) -> bool:
    if step.tag and element.tag != step.tag:
        return False
    if step.classes and not step.classes.issubset((element.get("class") or "").split()):
        return False
    if step.attribute:
        value = element.get(step.attribute)
        if value is None or (value != step.value if step.whole else step.value not in value):
            return False
    if not step.position:
        return True
    before = sum(1 for _ in element.itersiblings(element.tag, preceding=step.position > 0))
    return before + 1 == abs(step.position)


def _stands_in(element: etree._Element, steps: list[Step], child: bool) -> bool:
    if not steps:
        return True
    for parent in element.iterancestors():
        if _fits(parent, steps[-1]) and _stands_in(parent, steps[:-1], steps[-1].child):
            return True
        if child:
            break
    return False


def _read(tree: Tree, elements: Iterable[etree._Element], take: str) -> list[tuple[int, str]]:
    """What is shown at the elements. Hidden content is passed over; attributes and meta count all the same."""
    found: list[tuple[int, str]] = []
    for element in elements:
        if take == "text":
            text = squash(element.text or "") if element.tag == "title" else tree.text(element)
        elif take == "tail":
            text = squash(element.tail or "")
        elif take.startswith("@"):
            text = squash(element.get(take[1:]) or "")
        else:
            text = squash(own_texts(element).get(int(take.removeprefix("node:")), ""))
        if text and (take.startswith("@") or element.tag in ("title", "meta") or element not in tree.hidden):
            found.append((tree.number.get(element, 0), text))
            if len(found) >= MAX_MATCHES:
                break
    return found


def label(text: str, *hops: str, take: str = "text") -> Places:
    """What stands by a label: ``hops`` lead from the element that says the label to the one with the value."""

    def places(tree: Tree) -> list[tuple[int, str]]:
        reached = (element for shown in _labels(tree).get(text, ()) for element in _hop([shown], hops))
        return _read(tree, dict.fromkeys(reached), take)

    return places


def _labels(tree: Tree) -> dict[str, list[etree._Element]]:
    """Shown elements with a short text of their own, by that text."""
    if "labels" not in tree.cache:
        found: dict[str, list[etree._Element]] = defaultdict(list)
        for element in tree.elements:
            own = (element.text or "").strip() or any(c.tail and c.tail.strip() for c in element)
            if own and len(element) <= 4 and element.tag not in HIDDEN_TAGS and not is_big(element):
                text = tree.text(element)
                if 0 < len(text) <= MAX_LABEL and element not in tree.hidden:
                    found[label_form(text)].append(element)
        tree.cache["labels"] = found
    labels: dict[str, list[etree._Element]] = tree.cache["labels"]
    return labels


def data(*path: str) -> Places:
    """Embedded data (JSON in scripts) under these keys: ``*`` is any item of a list, ``[key=name]`` those that say so
    of themselves, and ``<id>`` stands for the number of the page or of the only entry there."""

    def places(tree: Tree) -> list[tuple[int, str]]:
        read = assigned_data if path[0].startswith(ASSIGNED) else embedded_data
        if read not in tree.cache:
            tree.cache[read] = tuple(read(tree.root, tree.url)) if tree.root is not None else ()
        leaves: tuple[Data, ...] = tree.cache[read]
        found = (leaf for leaf in leaves if path in (leaf.path, leaf.keyed))
        return [(tree.number.get(leaf.script, 0), squash(leaf.value)) for leaf in found]

    return places


# What is made of a text; None when there is nothing of the kind in it.
Transform = Callable[[str, Tree], Scalar | None]


def after(literal: str) -> Transform:
    """What follows the literal."""

    def transform(text: str, tree: Tree) -> str | None:
        at = text.casefold().find(literal.casefold())
        return squash(text[at + len(literal) :]) if at >= 0 else None

    return transform


def before(literal: str) -> Transform:
    """What precedes the literal."""

    def transform(text: str, tree: Tree) -> str | None:
        at = text.casefold().find(literal.casefold())
        return squash(text[:at]) if at >= 0 else None

    return transform


def upto(literal: str) -> Transform:
    """What precedes the literal, or all of a text that has it not."""

    def transform(text: str, tree: Tree) -> str:
        at = text.casefold().find(literal.casefold())
        return squash(text[:at]) if at >= 0 else text

    return transform


def ahead(literal: str) -> Transform:
    """What precedes the literal's last occurrence."""

    def transform(text: str, tree: Tree) -> str | None:
        at = text.casefold().rfind(literal.casefold())
        return squash(text[:at]) if at >= 0 else None

    return transform


def split(mark: str, index: int) -> Transform:
    """One of the parts between marks."""

    def transform(text: str, tree: Tree) -> str | None:
        parts = text.split(mark)
        return squash(parts[index]) if len(parts) > 1 and -len(parts) <= index < len(parts) else None

    return transform


def shape(pattern: str, index: int) -> Transform:
    """A run of characters of this shape."""
    return lambda text, tree: run_at(_uncut(_shape(pattern), text), text, index)


def token(pattern: str, index: int) -> Transform:
    """A run of characters of this shape that is no part of a longer number."""
    return lambda text, tree: run_at(_uncut(_token(pattern), text), text, index)


def find(kind: str, index: int) -> Transform:
    """A date, an amount, a phone number... in the text."""
    return lambda text, tree: _nth(KINDS[kind].finditer(text), index)


def _nth(runs: Iterable[re.Match[str]], index: int) -> str | None:
    return next((found.group() for number, found in enumerate(runs) if number == index), None)


def until(pattern: str) -> Transform:
    """What precedes the first run of this shape, or the first number ("number")."""

    def transform(text: str, tree: Tree) -> str | None:
        at, _ = first_run(pattern, text)
        return text[:at].strip(_EDGES) if at >= 0 else None

    return transform


def past(pattern: str) -> Transform:
    """What follows the first run of this shape, or the first number ("number")."""

    def transform(text: str, tree: Tree) -> str | None:
        at, stop = first_run(pattern, text)
        return remainder(text, stop) if at >= 0 else None

    return transform


def strip(marks: str) -> Transform:
    """The text without these marks at its ends."""
    return lambda text, tree: text.strip(marks + " ")


def absolute() -> Transform:
    """A link as an absolute address."""
    return lambda text, tree: tree.absolute(text)


def number(mark: str) -> Transform:
    """The number in the text, without a fraction an int; an empty decimal mark is told from the number's form."""
    return lambda text, tree: read_whole(text, mark)


def decimal(mark: str) -> Transform:
    """The number in the text, always a float."""
    return lambda text, tree: read_decimal(text, mark)


def abridged(mark: str) -> Transform:
    """The number in the text, which may be written short: 12.3k."""
    return lambda text, tree: read_abridged(text, mark)


def duration(unit: str) -> Transform:
    """The minutes, or seconds, that the one duration of the text lasts."""
    return lambda text, tree: read_duration(text, unit)


def day(order: str) -> Transform:
    """The date that the text says."""

    def transform(text: str, tree: Tree) -> date | None:
        moment = read_datetime(text, order)
        return moment.date() if moment else None

    return transform


def moment(order: str) -> Transform:
    """The date and time that the text says."""
    return lambda text, tree: read_datetime(text, order)


def iso(order: str, form: str) -> Transform:
    """The date that the text says, as a text of this form."""

    def transform(text: str, tree: Tree) -> str | None:
        moment = read_datetime(text, order)
        return moment.strftime(form) if moment else None

    return transform


def timed() -> Transform:
    """The text, if it says a time of day."""
    return lambda text, tree: text if says_time(text) else None


def amid(words: str) -> Transform:
    """The text, if it says all of these words, given by how they begin; of none, if it says none."""
    return lambda text, tree: text if is_amid(text, words) else None


def case(*names: str) -> Transform:
    """The text in this letter case; nothing where several are named and differ."""
    return lambda text, tree: recased(text, names)


def constant(values: Mapping[str, Scalar]) -> Transform:
    """A constant for a text, or for all that differ from it in numbers."""
    return lambda text, tree: values.get(normal(text), values.get(worded(text)))


@dataclass(frozen=True)
class Rule:
    """One way to a field's value. ``weight``: how far it is trusted; ``evidence``: what it relies on; ``reach``: how
    often it finds anything where the field is; ``beside``: the rule for the rest of a list that stands in two places;
    ``onward``: what links to the next page have in common; ``has`` or ``lacks``: what is sought at its places, of yes
    and no.
    """

    weight: float
    evidence: str
    places: Places
    transforms: tuple[Transform, ...]
    explode: str
    last: bool
    reach: float
    beside: Rule | None
    take: str
    onward: Onward | None
    has: Places | None
    lacks: Places | None

    def values(self, tree: Tree) -> list[tuple[int, Scalar]]:
        """What the rule finds, with the numbers of the elements where it stands."""
        sought = self.has or self.lacks
        if sought is not None:
            around = around_of(tree.elements[place] for place, _ in sought(tree))
            says = self.has is not None
            return [(place, (tree.elements[place] in around) is says) for place, _ in self.places(tree)]
        found: list[tuple[int, Scalar]] = []
        named, parted = self.explode in (PERSONS, NAMED_PARTS), self.explode in (PARTS, NAMED_PARTS)
        mark = "" if named or parted else self.explode
        for place, whole in self.places(tree):
            several = parts_of(tree.elements[place], tree.text) if parted else whole.split(mark) if mark else []
            for text in several or [whole]:
                value = self.made(text.strip() if mark else text, tree)
                if value is None or value == "":
                    continue
                if named and isinstance(value, str):
                    found.extend((place, person) for person in persons(value))
                else:
                    found.append((place, value))
        if self.beside is not None:
            found = sorted([*found, *self.beside.values(tree)], key=lambda pair: pair[0])
        if self.onward is not None:
            links = [(tree.elements[place], value) for place, value in found]
            leading = self.onward.leading(links, tree, tree.named["a"], tree.text)
            found = [(tree.number[link], value) for link, value in leading]
        return found

    def made(self, text: str, tree: Tree) -> Scalar | None:
        """What the rule makes of a text."""
        value: Scalar | None = text
        for transform in self.transforms:
            if isinstance(value, str) and value:
                value = transform(value, tree)
        return value


def rule(
    weight: float,
    evidence: str,
    places: Places,
    *transforms: Transform,
    explode: str = "",
    last: bool = False,
    reach: float = 1.0,
    beside: Rule | None = None,
    take: str = "",
    onward: Onward | None = None,
    has: Places | None = None,
    lacks: Places | None = None,
) -> Rule:
    """One way to a field's value; ``explode`` parts a text into several, ``last`` takes the last of several. ``take``:
    what is read, where the caption of the place must be the field's. A rule whose places must have, or lack, what is
    sought there says yes or no."""
    return Rule(weight, evidence, places, transforms, explode, last, reach, beside, take, onward, has, lacks)


@dataclass(frozen=True)
class Form:
    """How the field's values look in the examples, and how far the examples are trusted.

    ``own`` are the captions of its places, ``others`` texts beside them; ``proven``: no place has another caption.
    ``fillers`` are first words of texts that stand where a value is missing.
    ``says``: what its links say, and no others; ``strangers``: how other things are marked up that its rules find.
    """

    kind: str = "text"
    many: bool = False
    column: bool = False
    shortest: int = 0
    longest: int = 0
    fewest: int = 0
    most: int = 0
    once: bool = False
    traits: frozenset[str] = frozenset()
    fillers: frozenset[str] = frozenset()
    trust: float = 1.0
    optional: bool = False
    own: frozenset[str] = frozenset()
    others: frozenset[str] = frozenset()
    proven: bool = False
    says: frozenset[str] = frozenset()
    strangers: frozenset[str] = frozenset()

    def admits(self, value: Scalar) -> bool:
        """Whether the value has what all values of the examples have, and is none that fills a gap."""
        if not isinstance(value, str) or opening(value) in self.fillers:
            return not isinstance(value, str)
        return self.traits <= traits_of(value)

    def allows(self, value: Scalar) -> bool:
        """Whether the value may stand among values that are admitted."""
        return not isinstance(value, str) or self.traits & FIRM <= traits_of(value)

    def fits(self, value: Scalar) -> bool:
        """Whether the value is what all values of the examples are as a whole: an amount, a time, a number..."""
        return not isinstance(value, str) or self.traits & FORMS <= traits_of(value)

    def oddness(self, values: Sequence[Scalar]) -> float:
        """How far the values are from the examples' in form."""
        odd = 0.0
        for value in values[:20]:
            if kind_of(value) != self.kind or not self.admits(value):
                odd += 1.0
            elif isinstance(value, str):
                if self.longest and len(value) > 4 * self.longest + 20:
                    odd += 1.0
                elif self.shortest and 4 * len(value) < self.shortest - 8:
                    odd += 0.7
        odd /= max(1, min(len(values), 20))
        out_of_range = not self.fewest / 4 <= len(values) <= 4 * self.most + 8
        return odd + (1.0 if self.most and not self.column and out_of_range else 0.0)


def elect(tree: Tree, form: Form, rules: Sequence[Rule]) -> tuple[Rule, list[Scalar]] | None:
    """The rule that the others agree with most, and its values; None if they are not to be trusted.

    Rules of one kind of evidence err together, so only the strongest of each kind has a vote. Where pages may lack the
    field and only poor rules find something, those that find nothing vote for there being none.
    """
    several = form.many or form.column

    def heard(entry: Rule, found: list[tuple[int, Scalar]]) -> list[tuple[int, Scalar]] | None:
        """What the rule says of a field with one value: where its caption, or what its link says, is another thing's,
        but the field's own stands in one of the rows made alike, the value there, or nothing that counts."""
        if found and marking(tree.elements[found[0][0]]) in form.strangers:
            return None
        if not found or not entry.take:
            return found
        place, take = tree.elements[found[0][0]], entry.take
        if take == "@href":
            if place.tag != "a":
                return found
            if contradicts_headings([wording(tree.text(place))], form.says, (), True):
                return None
            take = "text"
        shown = caption(place, take, tree.text) if form.own else ""
        if not shown or shown in form.own:
            return found
        if entry.take != "@href":
            texts = _read(tree, namesakes(place, take, tree.text, form.own), take)
            values = [(number, value) for number, text in texts if (value := entry.made(text, tree)) not in (None, "")]
            moved = {key(value): (number, value) for number, value in values if value is not None}
            if len(moved) == 1:
                return [*moved.values()]
        return None if is_elsewhere(tree, form, place, take) else found

    given: list[tuple[Rule, list[Scalar]]] = []
    for entry in rules:
        if form.column:
            given.append((entry, [value for _, value in located(tree, form, entry)]))
            continue
        found = entry.values(tree)
        if several:
            marked = [(tree.elements[place], value) for place, value in found]
            marked = admitted(marked, form.admits, form.allows)
            marked = once(marked) if form.once else marked
            named = headings([element for element, _ in marked], tree.text) if entry.take and marked else ()
            if not contradicts_headings(named, form.own, form.others, form.proven):
                given.append((entry, [value for _, value in marked]))
        else:
            said = heard(entry, found[-1:] if entry.last else found[:1])
            if said is not None:
                given.append((entry, [value for _, value in said if form.fits(value)]))
    answers = [(entry, values) for entry, values in given if values]
    if not answers:
        return None
    bags = [Counter(map(key, values)) for _, values in answers]
    best, best_score = 0, -1.0
    for number, bag in enumerate(bags):
        backing: dict[str, float] = {}
        for (entry, _), other in zip(answers, bags, strict=True):
            vote = _odds(entry.weight) * overlap(bag, other)
            backing[entry.evidence] = max(backing.get(entry.evidence, 0.0), vote)
        if sum(backing.values()) > best_score + 1e-9:
            best, best_score = number, sum(backing.values())
    agreed = [(entry, overlap(bags[best], bag)) for (entry, _), bag in zip(answers, bags, strict=True)]
    supporters = [entry for entry, share in agreed if share > 0.999]
    if form.optional:
        mute: dict[str, float] = {}
        for entry, values in given:
            if not values:
                mute[entry.evidence] = max(mute.get(entry.evidence, 0.0), _odds(entry.weight) * entry.reach)
        if sum(mute.values()) > best_score and max((entry.weight for entry in supporters), default=0.0) < 0.5:
            return None
    silent = sum(entry.weight * entry.reach for entry, values in given if not values)
    total = sum(entry.weight for entry, _ in answers) + silent or 1.0
    figures = (
        max((entry.weight for entry in supporters), default=0.0),
        sum(entry.weight * share for entry, share in agreed) / total,
        min(len({entry.evidence for entry in supporters}), 4) / 4,
        max(entry.weight * (1 - share) for entry, share in agreed),
        silent / total,
        form.oddness(answers[best][1]),
        1.0 if several else 0.0,
        min(len(rules), 6) / 6,
    )
    z = sum(c * f for c, f in zip(CALIBRATION, (1.0, *figures), strict=False))
    confidence = min(form.trust, 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, z)))))
    if form.trust < 1 and figures[0] < 0.5 and not several:
        # Of labels that nobody showed, rules that are more often wrong are worth no more than the best of them.
        confidence = min(confidence, figures[0])
    return answers[best] if confidence >= THRESHOLD else None


def one(tree: Tree, form: Form, *rules: Rule) -> Any:
    """The field's value; None when it is not on the page or not to be trusted."""
    elected = elect(tree, form, rules)
    return elected[1][0] if elected else None


def many(tree: Tree, form: Form, *rules: Rule) -> list[Any] | None:
    """The field's values; None when there are none or they are not to be trusted."""
    elected = elect(tree, form, rules)
    return elected[1] if elected else None


def joined_text(joint: str, tree: Tree, form: Form, *rules: Rule) -> str | None:
    """The field's values as one text; None when there are none or they are not to be trusted."""
    elected = elect(tree, form, rules)
    return as_one_text(elected[1], joint) if elected else None


def column(tree: Tree, form: Form, *rules: Rule) -> list[tuple[int, Scalar]] | None:
    """The values of a field of all records, with the numbers of the elements where they stand."""
    elected = elect(tree, form, rules)
    return located(tree, form, elected[0]) if elected else None


def located(tree: Tree, form: Form, entry: Rule) -> list[tuple[int, Scalar]]:
    """The values of a column that the rule finds and whose captions are not those of other things."""
    found = [(place, value) for place, value in entry.values(tree) if form.admits(value)]
    if not entry.take:
        return found
    return [(place, value) for place, value in found if not is_elsewhere(tree, form, tree.elements[place], entry.take)]


def is_elsewhere(tree: Tree, form: Form, place: etree._Element, take: str) -> bool:
    """Whether the caption of what ``take`` reads at the place shows it to be another thing."""
    shown = caption(place, take, tree.text)
    if not shown or shown in form.own:
        return False
    misled = contradicts(shown, form.own, form.others, form.proven)
    misled = misled or is_unlike(place, take, tree.text, shown, form.others)
    return misled or bool(namesakes(place, take, tree.text, form.own))


def records(
    tree: Tree,
    columns: Mapping[str, list[tuple[int, Scalar]] | None],
    starts: Sequence[str],
    inside: bool,
    carried: Iterable[str] = (),
    required: Iterable[str] = (),
    several: Iterable[str] = (),
    whole: Iterable[str] = (),
    joints: Mapping[str, str] | None = None,
) -> list[dict[str, Any]]:
    """The columns' values, each in the record in which it stands.

    A record begins at an element of ``starts`` (CSS selectors; the first is used whose records take in enough values
    and have what they must, or else the one whose records are the most even) and reaches to that element's end
    (``inside``) or to the next start. ``carried`` fields stand over several records; a record has one of the
    ``required`` fields; ``several`` fields have lists as values, which ``joints`` make one text of. A field of the
    ``whole``, which all records have, is left out where few of these have it, and so is a record with few of these
    fields.
    """
    found = {name: values for name, values in columns.items() if values is not None}
    counts = {name: len(values) for name, values in found.items()}
    over, lists, always = set(carried), set(several), set(whole) & found.keys()
    own = found.keys() - over
    best: list[dict[str, Any]] = []
    loose: Iterable[str] = ()
    most = 0.0
    for selector in starts:
        made = _fill(_windows(tree, selector, inside), found, over, set(required) & found.keys(), lists)
        strays = _loose(made, counts, own - lists, always)
        held = sum(
            len(value) if isinstance(value, list) else 1
            for record in made
            for name, value in record.items()
            if name in own
        )
        even = _evenness(made, own, held, sum(counts[name] for name in own))
        sure = not strays and held >= 0.9 * sum(counts[name] for name in own)
        if sure or even > 1.05 * most:
            best, loose, most = made, strays, even
        if sure:
            break
    kept = ({name: value for name, value in record.items() if name not in loose} for record in best)
    made = without_strangers([record for record in kept if record], set(whole))
    return [as_whole_texts(record, joints) for record in made] if joints else made


def _loose(
    made: Sequence[dict[str, Any]], counts: Mapping[str, int], singles: Iterable[str], whole: Collection[str]
) -> Collection[str]:
    """Fields of the ``whole`` that most records lack; all fields where several records were taken for one, or pieces
    of records for records."""
    if not whole:
        return ()
    having = {name: sum(name in record for record in made) for name in whole}
    merged = len(made) < MERGED * min((counts[name] for name in singles if name in whole), default=0)
    if merged or max(having.values()) < FITTING * max(1, len(made)):
        return counts.keys()
    return {name for name, count in having.items() if count < MOST * min(len(made), counts[name])}


def _evenness(made: Sequence[dict[str, Any]], own: Collection[str], held: int, total: int) -> float:
    """How evenly values fall into records: every value in a record, every record with every field."""
    filled = sum(name in record for record in made for name in own)
    if not total or not filled:
        return 0.0
    precision, recall = held / total, filled / (len(made) * len(own))
    return 2 * precision * recall / (precision + recall)


def _windows(tree: Tree, selector: str, inside: bool) -> list[tuple[int, int]]:
    starts = sorted({tree.number[element] for element in select(tree, selector)})
    ends = [*starts[1:], len(tree.elements)]
    windows = []
    for start, stop in zip(starts, ends, strict=False):
        end = tree.elements[start]
        while len(end) and end[-1] in tree.number:
            end = end[-1]
        windows.append((start, min(stop, tree.number[end] + 1) if inside else stop))
    return windows


def _fill(
    windows: Sequence[tuple[int, int]],
    found: Mapping[str, list[tuple[int, Scalar]]],
    carried: set[str],
    required: set[str],
    several: set[str],
) -> list[dict[str, Any]]:
    made = []
    starts = [start for start, _ in windows]
    for start, stop in windows:
        record: dict[str, Any] = {}
        for name, values in found.items():
            places = [place for place, _ in values]
            first, end = bisect_left(places, start), bisect_left(places, stop)
            if name in carried and end:
                # Those of a list stand between the same two records.
                before = bisect_right(starts, places[end - 1])
                first = bisect_left(places, starts[before - 1] if before else 0) if name in several else end - 1
            if end > first:
                inner = [value for _, value in values[first:end]]
                record[name] = inner if name in several else inner[0]
        if record.keys() - carried and (not required or required & record.keys()):
            made.append(record)
    return made


def consistent(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The page's items without the fields whose values contradict each other, or lack what always comes with them."""
    wrong = contradicted(items, ORDERS) | alone(items, COMPANIONS)
    return [{name: value for name, value in item.items() if name not in wrong} for item in items]
