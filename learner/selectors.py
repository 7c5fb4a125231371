"""Where on a page a value stands, as data: steps, labels and data paths, matched through one index.

A selector is matched as browsers match CSS: the index gives the elements that the last step could mean,
and the steps before it are verified upwards. No axis reaches over the whole document from every element.
"""

from __future__ import annotations

import itertools
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from lxml import etree

from learner.page import HIDDEN_TAGS, Document, hides, squash, text_of
from learner.values import normal

MAX_MATCHES: Final = 5_000
MAX_LABEL: Final = 60
_LABEL_MARKS = " :\u00a0：-–—|•*"


@dataclass(frozen=True, slots=True)
class Step:
    """One element of a path. ``position`` counts among siblings of one tag (0: any; negative from the end);
    ``attribute`` is (name, operator, text) with the operator ``=`` or ``*=``; ``child`` ties it to the step before.
    """

    tag: str = ""
    classes: tuple[str, ...] = ()
    attribute: tuple[str, str, str] = ("", "", "")
    position: int = 0
    child: bool = False

    def css(self) -> str:
        """The step as CSS, for people."""
        text = self.tag or ("" if self.classes or self.attribute[0] else "*")
        text += "".join("." + re.sub(r"([^\w-])", r"\\\1", token) for token in self.classes)
        name, operator, value = self.attribute
        if name:
            text += f"[{name}{operator}{quote(value)}]"
        if self.position > 0:
            text += f":nth-of-type({self.position})"
        elif self.position < 0:
            text += f":nth-last-of-type({-self.position})"
        return text


@dataclass(frozen=True, slots=True)
class Selector:
    """A way to a value's places.

    Either ``steps``, or ``label`` (text of the element that names the value) and ``hops`` from it ("up",
    "next", "down:tag", "tail", "in:tag"), or ``data`` (a path in embedded data). ``take`` is what is
    read there: ``text``, ``@attribute``, ``node:N`` (the N-th own text node) or ``tail`` (the text after it).
    """

    steps: tuple[Step, ...] = ()
    label: str = ""
    hops: tuple[str, ...] = ()
    data: tuple[str, ...] = ()
    take: str = "text"

    @property
    def family(self) -> str:
        """The kind of evidence that the selector relies on."""
        if self.data:
            return "data"
        if self.label:
            return "label"
        last = self.steps[-1]
        if last.tag in ("meta", "link", "title"):
            return "meta"
        names = {step.attribute[0] for step in self.steps if step.attribute[0]}
        if names - {"id"}:
            return "attribute"
        if last.classes:
            return "class"
        if names:
            return "id"
        if any(step.classes for step in self.steps):
            return "ancestor"
        return "tag" if len(self.steps) == 1 and not last.position else "path"

    def __str__(self) -> str:
        if self.data:
            return "data " + " / ".join(self.data)
        place = f"label {quote(self.label)} {' '.join(self.hops)}" if self.label else self.css()
        return place if self.take == "text" else f"{place} {self.take}"

    def css(self) -> str:
        """The steps as CSS, for people."""
        return "".join((" > " if step.child else " ") + step.css() for step in self.steps).lstrip(" >")

    def to_json(self) -> dict[str, Any]:
        """The selector as plain JSON, defaults left out."""
        out: dict[str, Any] = {}
        if self.steps:
            out["steps"] = [
                {
                    key: value
                    for key, value in (
                        ("tag", step.tag),
                        ("classes", list(step.classes)),
                        ("attribute", list(step.attribute) if step.attribute[0] else None),
                        ("position", step.position),
                        ("child", step.child),
                    )
                    if value
                }
                for step in self.steps
            ]
        for key in ("label", "hops", "data"):
            if value := getattr(self, key):
                out[key] = value if isinstance(value, str) else list(value)
        if self.take != "text":
            out["take"] = self.take
        return out

    @staticmethod
    def from_json(data: dict[str, Any]) -> Selector:
        """The inverse of ``to_json``; raises ValueError for what is no selector."""
        steps = tuple(
            Step(
                tag=str(step.get("tag", "")),
                classes=tuple(map(str, step.get("classes", ()))),
                attribute=_three(step.get("attribute")),
                position=int(step.get("position", 0)),
                child=bool(step.get("child", False)),
            )
            for step in data.get("steps", ())
        )
        selector = Selector(
            steps,
            str(data.get("label", "")),
            tuple(map(str, data.get("hops", ()))),
            tuple(map(str, data.get("data", ()))),
            str(data.get("take", "text")),
        )
        if not (steps or selector.label or selector.data) or len(steps) > MAX_STEPS or len(selector.hops) > MAX_STEPS:
            raise ValueError(f"not a selector: {data!r}")
        if not _TAKE.fullmatch(selector.take) or not all(map(_HOP.fullmatch, selector.hops)):
            raise ValueError(f"not a selector: {data!r}")
        return selector


MAX_STEPS: Final = 40
_TAKE = re.compile(r"text|tail|node:\d{1,6}|@.+", re.DOTALL)
_HOP = re.compile(r"up|next(:.+)?|(down|in):.+", re.DOTALL)


def _three(parts: list[str] | None) -> tuple[str, str, str]:
    if not parts:
        return "", "", ""
    name, operator, text = map(str, parts)
    if not name or operator not in ("=", "*="):
        raise ValueError(f"not a condition on an attribute: {parts!r}")
    return name, operator, text


def quote(text: str) -> str:
    """``text`` in double quotes, as CSS and Python both read it."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


@dataclass(frozen=True, slots=True)
class Match:
    """A place that a selector found: the element and the text read there."""

    element: etree._Element
    text: str


class Index:
    """Elements of one document by tag, class, attribute and text; made once, shared by all rules."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.elements: list[etree._Element] = []
        self.order: dict[etree._Element, int] = {}
        self.by_tag: dict[str, list[etree._Element]] = defaultdict(list)
        self.by_class: dict[str, list[etree._Element]] = defaultdict(list)
        self.by_attribute: dict[str, list[etree._Element]] = defaultdict(list)
        self.classes: dict[etree._Element, frozenset[str]] = {}
        self._texts: dict[etree._Element, str] = {}
        self._positions: dict[tuple[etree._Element, bool], int] = {}
        elements, order, by_tag, by_class = self.elements, self.order, self.by_tag, self.by_class
        number = 0
        for element in document.root.iter(etree.Element):
            elements.append(element)
            order[element] = number
            number += 1
            by_tag[element.tag].append(element)
            attributes = element.attrib
            if not attributes:
                continue
            for name in attributes:
                if name == "class":
                    tokens = frozenset(str(attributes["class"]).split())
                    self.classes[element] = tokens
                    for token in tokens:
                        by_class[token].append(element)
                else:
                    self.by_attribute[str(name)].append(element)

    def text(self, element: etree._Element) -> str:
        """The element's shown text, read once."""
        known = self._texts.get(element)
        if known is None:
            known = self._texts[element] = text_of(element)
        return known

    def position(self, element: etree._Element, last: bool = False) -> int:
        """The element's number among siblings of its tag, from 1 (or from -1 backwards)."""
        key = (element, last)
        known = self._positions.get(key)
        if known is None:
            count = sum(1 for _ in element.itersiblings(element.tag, preceding=not last))
            known = self._positions[key] = -(count + 1) if last else count + 1
        return known

    @cached_property
    def labels(self) -> dict[str, list[etree._Element]]:
        """Shown elements by the normal form of their short text, deepest only."""
        found: dict[str, list[etree._Element]] = defaultdict(list)
        for element in self.elements:
            if element.tag in HIDDEN_TAGS:
                continue
            own = element.text
            if (own and own.strip()) or (len(element) and any(c.tail and c.tail.strip() for c in element)):
                if len(element) > 4:
                    continue
                text = self.text(element)
                if 0 < len(text) <= MAX_LABEL and not self.document.is_hidden(element):
                    found[label_form(text)].append(element)
        return found

    def find(self, selector: Selector) -> list[Match]:
        """The selector's places in document order; hidden content is passed over unless it is meta."""
        if selector.data:
            return [Match(leaf.script, squash(leaf.value)) for leaf in self.document.data if leaf.path == selector.data]
        take = selector.take
        out: list[Match] = []
        for element in self.elements_of(selector):
            text = self.read(element, take)
            if text:
                seen = take.startswith("@") or element.tag in ("title", "meta")
                if not seen and self.document.is_hidden(element):
                    continue
                out.append(Match(element, text))
                if len(out) >= MAX_MATCHES:
                    break
        return out

    def elements_of(self, selector: Selector) -> Iterator[etree._Element]:
        """The elements that the selector leads to, whatever is read there."""
        return self._labelled(selector) if selector.label else self._stepped(selector.steps)

    def read(self, element: etree._Element, take: str) -> str:
        """What ``take`` names at the element; empty when it isn't there."""
        if take == "text":
            return squash(element.text or "") if element.tag == "title" else self.text(element)
        if take.startswith("@"):
            return squash(element.get(take[1:]) or "")
        if take == "tail":
            return squash(element.tail or "")
        return squash(own_texts(element).get(int(take[5:]), ""))

    # steps

    def _stepped(self, steps: tuple[Step, ...]) -> Iterator[etree._Element]:
        for element in self._could_be(steps[-1]):
            if self._is(element, steps[-1]) and self._above(element, steps, len(steps) - 1):
                yield element

    def _could_be(self, step: Step) -> list[etree._Element]:
        lists = [self.by_class.get(token, []) for token in step.classes]
        if step.attribute[0]:
            lists.append(self.by_attribute.get(step.attribute[0], []))
        if step.tag:
            lists.append(self.by_tag.get(step.tag, []))
        return min(lists, key=len) if lists else self.elements

    def _is(self, element: etree._Element, step: Step) -> bool:
        if step.tag and element.tag != step.tag:
            return False
        if step.classes:
            tokens = self.classes.get(element)
            if tokens is None or not tokens.issuperset(step.classes):
                return False
        name, operator, text = step.attribute
        if name:
            value = element.get(name)
            if value is None or (value != text if operator == "=" else text not in value):
                return False
        return not step.position or self.position(element, step.position < 0) == step.position

    def _above(self, element: etree._Element, steps: tuple[Step, ...], at: int) -> bool:
        """Whether the steps before ``at`` hold for the element's ancestors."""
        if at == 0:
            return True
        parent = element.getparent()
        if steps[at].child:
            return parent is not None and self._is(parent, steps[at - 1]) and self._above(parent, steps, at - 1)
        while parent is not None:
            if self._is(parent, steps[at - 1]) and self._above(parent, steps, at - 1):
                return True
            parent = parent.getparent()
        return False

    # labels

    def _labelled(self, selector: Selector) -> Iterator[etree._Element]:
        seen: set[etree._Element] = set()
        for label in self.labels.get(selector.label, ()):
            for element in _hop([label], selector.hops):
                if element not in seen:
                    seen.add(element)
                    yield element


def label_form(text: str) -> str:
    """The form in which labels are compared: normal, without the colon or dash that ends them."""
    return normal(text).strip(_LABEL_MARKS)


def own_texts(element: etree._Element) -> dict[int, str]:
    """The element's own text nodes by number: 0 is before the first child."""
    texts = {0: element.text or ""}
    for number, child in enumerate(element, 1):
        if child.tail:
            texts[number] = child.tail
    return texts


def _hop(elements: list[etree._Element], hops: tuple[str, ...]) -> list[etree._Element]:
    for hop in hops:
        name, _, tag = hop.partition(":")
        reached: list[etree._Element] = []
        for element in elements:
            if name == "up":
                parent = element.getparent()
                if parent is not None:
                    reached.append(parent)
            elif name == "next":
                sibling = next((s for s in element.itersiblings() if isinstance(s.tag, str) and not hides(s)), None)
                if sibling is not None and (not tag or sibling.tag == tag):
                    reached.append(sibling)
            elif name == "down":
                child = next((c for c in element if c.tag == tag), None)
                if child is not None:
                    reached.append(child)
            elif name == "in":
                reached.extend(element.iter(tag))
            else:
                raise ValueError(f"no hop is called {hop!r}")
        elements = reached
    return elements


# Generation ------------------------------------------------------------------------------------------

_GENERATED = re.compile(
    r"\d{3,}|^[a-z]{1,3}-?\d+$|[0-9a-f]{8,}|^_|__[A-Za-z0-9]*\d[A-Za-z0-9]*$|^(css|sc|jsx|svelte|ng)-"
)
_SEMANTIC: Final = ("itemprop", "property", "rel", "role", "name", "data-testid", "data-test", "data-qa", "data-type",
                    "data-role", "data-field", "itemtype", "aria-label", "headers", "for", "data-label", "data-th",
                    "data-title", "typeof", "data-component", "data-name")  # fmt: skip
_STATES: Final = frozenset("active selected current open first last odd even hidden show loaded lazyloaded".split())


def generated(token: str) -> bool:
    """Whether a class or id looks as if a build tool or a database wrote it."""
    if _GENERATED.search(token):
        return True
    changes = sum(1 for a, b in itertools.pairwise(token) if a.isdigit() != b.isdigit())
    return changes >= 2 or (changes and len(token) >= 6 and token.isalnum() and not token.islower()) > 0


def names_of(element: etree._Element, index: Index) -> Iterator[Step]:
    """Steps that name the element by something said about it, the most meaningful first (no position)."""
    tag = element.tag
    for name in _SEMANTIC:
        value = element.get(name)
        if value and len(value) <= 60 and not generated(value):
            yield Step(tag, (), (name, "=", value))
    identity = element.get("id")
    if identity and not generated(identity) and len(identity) <= 60:
        yield Step(tag, (), ("id", "=", identity))
    href = element.get("href")
    if href and tag == "a":
        for word in re.findall(r"/([A-Za-z][A-Za-z_-]{2,24})(?=[/?=])", href.split("//")[-1])[:3]:
            yield Step(tag, (), ("href", "*=", f"/{word}"))
        query = re.search(r"[?&]([A-Za-z_]{2,20})=", href)
        if query:
            yield Step(tag, (), ("href", "*=", query.group(1) + "="))
    tokens = (element.get("class") or "").split()
    stable = [token for token in tokens if token not in _STATES and not generated(token)][:6]
    if len(stable) > 1:
        yield Step(tag, tuple(stable))
    for token in sorted(stable, key=lambda t: len(index.by_class[t])):
        yield Step(tag, (token,))
    hashed = [token for token in tokens if generated(token)][:2]
    for token in hashed:
        yield Step(tag, (token,))


def generate(element: etree._Element, take: str, index: Index) -> Iterator[Selector]:
    """Selectors for one element, of every family, unranked. Positions are tried where names don't suffice."""
    tag = element.tag
    own = list(names_of(element, index))
    for step in own:
        yield Selector((step,), take=take)
        if step.classes:
            yield Selector((Step("", step.classes, step.attribute),), take=take)
    if tag in ("meta", "link", "title"):
        if not own:
            yield Selector((Step(tag),), take=take)
        return
    yield Selector((Step(tag),), take=take)
    # paths down from each of the nearest named ancestors
    down: tuple[Step, ...] = ()
    child = element
    parent = element.getparent()
    distance = 0
    while parent is not None and distance < 7:
        distance += 1
        # ``down`` ends at the child of ``parent``
        plain = Step(child.tag, child=True)
        numbered = Step(child.tag, position=index.position(child), child=True)
        ending = Step(child.tag, position=index.position(child, True), child=True)
        loose = list(own[:4]) or [Step(tag)]
        for name in list(names_of(parent, index))[: 5 if distance < 4 else 3]:
            for step in loose:
                yield Selector((name, step), take=take)
            yield Selector((name, Step(tag)), take=take)
            yield Selector((name, plain, *down), take=take)
            yield Selector((name, numbered, *down), take=take)
            yield Selector((name, ending, *down), take=take)
            if distance > 1:
                yield Selector((name, *(Step(s.tag, position=0, child=True) for s in (plain, *down))), take=take)
        down = (numbered, *down)
        child, parent = parent, parent.getparent()
    # the position from the top, as a browser copies it
    path: list[Step] = []
    node: etree._Element | None = element
    while node is not None and node.tag != "body":
        path.append(Step(node.tag, position=index.position(node), child=True))
        node = node.getparent()
    if 1 < len(path) <= 25:
        yield Selector((Step("body"), *reversed(path)), take=take)


def generate_labelled(element: etree._Element, take: str, index: Index) -> Iterator[Selector]:
    """Selectors that go from a label before (or around) the element to it."""
    seen: set[tuple[str, tuple[str, ...]]] = set()
    if take == "tail":
        text = index.text(element)
        if 0 < len(text) <= MAX_LABEL and label_form(text):
            yield Selector(label=label_form(text), take=take)
        return
    for label, hops in _labels_before(element, index):
        key = (label_form(index.text(label)), hops)
        if key[0] and not key[0].isdigit() and key not in seen:
            seen.add(key)
            yield Selector(label=key[0], hops=hops, take=take)


def _labels_before(element: etree._Element, index: Index) -> Iterator[tuple[etree._Element, tuple[str, ...]]]:
    inside = next((c for c in element if isinstance(c.tag, str) and 0 < len(index.text(c)) <= MAX_LABEL), None)
    if inside is not None:
        yield inside, ("up",)
    down: tuple[str, ...] = ()
    node = element
    for _ in range(4):
        parent = node.getparent()
        if parent is None or parent.tag in ("body", "html"):
            return
        previous = next(
            (s for s in node.itersiblings(preceding=True) if isinstance(s.tag, str) and not hides(s) and index.text(s)),
            None,
        )
        if previous is not None:
            adjacent = next((s for s in previous.itersiblings() if isinstance(s.tag, str) and not hides(s)), None)
            if adjacent is node:
                label, ups = previous, ("next:" + node.tag,)
                text = index.text(label)
                if 0 < len(text) <= MAX_LABEL:
                    inner = label
                    climbs: tuple[str, ...] = ()
                    while len(inner) == 1 and not squash(inner.text or "") and index.text(inner[0]) == text:
                        inner = inner[0]
                        climbs = (*climbs, "up")
                    yield inner, (*climbs, *ups, *down)
                    return
        down = ("down:" + node.tag, *down)
        if next((c for c in parent if c.tag == node.tag), None) is not node:
            return
        node = parent


def generate_common(elements: list[etree._Element], take: str, index: Index) -> Iterator[Selector]:
    """Selectors for a group of elements that play one role: where their paths differ, any will do."""
    first = elements[0]
    levels: list[list[etree._Element]] = []
    level = elements
    while len(levels) < 12:
        levels.append(level)
        parents = [element.getparent() for element in level]
        if any(parent is None for parent in parents):
            break
        level = [parent for parent in dict.fromkeys(parents) if parent is not None]
        if len(level) == 1 or len({element.tag for element in level}) > 1:
            break
    top = level[0] if len(level) == 1 else None
    steps: list[Step] = []
    loose: list[Step] = []
    for group in reversed(levels):
        tag = group[0].tag if len({element.tag for element in group}) == 1 else ""
        positions = {index.position(element) for element in group} if len(group) > 1 or len(levels) > 1 else {0}
        endings = {index.position(element, True) for element in group}
        same = positions.pop() if len(positions) == 1 else 0
        if not same and len(endings) == 1 and len(group) > 1:
            same = endings.pop()
        if len(group) == 1 and group is not levels[0]:
            same = 0
        steps.append(Step(tag, position=same, child=True))
        loose.append(Step(tag, child=True))
    shared: tuple[str, ...] = ()
    tokens = [frozenset((element.get("class") or "").split()) for element in elements]
    common = frozenset.intersection(*tokens)
    shared = tuple(sorted(t for t in common if t not in _STATES and not generated(t)))[:4]
    endings_of = [Step(first.tag if steps[-1].tag else "")]
    if shared:
        endings_of.insert(0, Step(steps[-1].tag, shared))
        endings_of.extend(Step("", (token,)) for token in shared)
    for name in names_of(first, index):
        if name.attribute[0] and all(index._is(e, Step("", (), name.attribute)) for e in elements):
            endings_of.append(Step(steps[-1].tag, (), name.attribute))
    # by their parents' common class
    if len(levels) > 1:
        parent_tokens = [frozenset((e.get("class") or "").split()) for e in levels[1]]
        for token in sorted(t for t in frozenset.intersection(*parent_tokens) if t not in _STATES)[:3]:
            for ending in endings_of[:3]:
                yield Selector((Step("", (token,)), ending), take=take)
            yield Selector((Step("", (token,)), steps[-1]), take=take)
            yield Selector((Step("", (token,)), loose[-1]), take=take)
    for ending in endings_of:
        if ending.tag or ending.classes or ending.attribute[0]:
            yield Selector((ending,), take=take)
    anchor, climbed = top, 0
    while anchor is not None and climbed < 6:
        for name in list(names_of(anchor, index))[:5]:
            for ending in endings_of:
                yield Selector((name, ending), take=take)
            if climbed == 0:
                yield Selector((name, *steps), take=take)
                yield Selector((name, *loose), take=take)
                if len(steps) > 1:
                    yield Selector((name, *loose[:-1], steps[-1]), take=take)
                    yield Selector((name, Step(loose[0].tag), *steps[1:]), take=take)
            else:
                yield Selector((name, Step(loose[0].tag), *steps[1:]), take=take)
        if climbed == 0:
            path: list[Step] = []
            node: etree._Element | None = anchor
            while node is not None and node.tag not in ("body", "html"):
                path.append(Step(node.tag, position=index.position(node), child=True))
                node = node.getparent()
            if len(path) <= 25:
                yield Selector((Step("body"), *reversed(path), *steps), take=take)
                yield Selector((Step("body"), *reversed(path), *loose), take=take)
        anchor, climbed = anchor.getparent(), climbed + 1
    if len(steps) > 1:
        yield Selector((Step(loose[-2].tag), steps[-1]), take=take)
        yield Selector(tuple(steps), take=take)
