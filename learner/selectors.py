"""Where on a page a value stands, as data: steps, labels and data paths, matched through one index.

A selector is matched as browsers match CSS: the elements that the last step could mean are found, and the
steps before it are verified upwards. No axis reaches over the whole document from every element.
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

from learner import xpath
from learner.page import Data, Document, hides, squash, text_of
from learner.values import normal

MAX_MATCHES: Final = 5_000
MAX_LABEL: Final = 60
MAX_INSIDE: Final = 40
FEW: Final = 256
"""Selectors that a page is asked for by XPath; a program has fewer, learning has many more."""
_WITH_TEXT: Final = xpath.search("descendant-or-self::*[text()[normalize-space()]]")
_WITH_CLASS: Final = xpath.search("descendant-or-self::*[@class]")
_HTML_SPACE: Final = re.compile(r"[ \t\n\f\r]+")
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


@dataclass(frozen=True)  # no slots: what is asked of a selector for every page is made once
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

    @cached_property
    def path(self) -> str:
        """The steps as XPath; empty when there are none, or XPath can't say them."""
        return xpath.expression(self.steps) if self.steps else ""

    @cached_property
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
        return self._shown

    @cached_property
    def _shown(self) -> str:
        if self.data:
            return "data " + " / ".join(self.data)
        place = f"label {quote(self.label)} {' '.join(self.hops)}" if self.label else self.css()
        return place if self.take == "text" else f"{place} {self.take}"

    def literals(self) -> list[str]:
        """The texts that the selector relies on, the last step's first: classes, attribute values, keys, label."""
        texts: list[str] = []
        for step in reversed(self.steps):
            texts.extend(step.classes)
            if step.attribute[0]:
                texts.append(step.attribute[2])
        texts.extend(part for part in reversed(self.data) if part != "*")
        if self.label:
            texts.append(self.label)
        return texts

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
    """What several rules ask of one document, found when it is first asked for and shared by all of them.

    The few selectors of a program are run as XPath. Once a page is asked for many, or its tables are there anyway,
    the tables give the elements that the last step could mean, and the steps before it are verified upwards.
    """

    def __init__(self, document: Document) -> None:
        self.document = document
        self._texts: dict[etree._Element, str] = {}
        self._shown: dict[tuple[etree._Element, str], str] = {}
        self._positions: dict[tuple[etree._Element, bool], int] = {}
        self._found: dict[str, list[etree._Element]] = {}

    @cached_property
    def elements(self) -> list[etree._Element]:
        """All elements in document order."""
        return list(self.document.root.iter(etree.Element))

    @cached_property
    def order(self) -> dict[etree._Element, int]:
        """The number of each element in document order."""
        return {element: number for number, element in enumerate(self.elements)}

    @cached_property
    def classes(self) -> dict[etree._Element, frozenset[str]]:
        """The classes of each element that has some, in document order."""
        elements = _WITH_CLASS(self.document.root)
        return {element: frozenset(class_tokens(element.get("class") or "")) for element in elements}

    @cached_property
    def by_class(self) -> dict[str, list[etree._Element]]:
        """Elements by each of their classes, in document order."""
        found: dict[str, list[etree._Element]] = defaultdict(list)
        for element, tokens in self.classes.items():
            for token in tokens:
                found[token].append(element)
        return found

    @cached_property
    def _by_tag(self) -> dict[str, list[etree._Element]]:
        found: dict[str, list[etree._Element]] = defaultdict(list)
        for element in self.elements:
            found[element.tag].append(element)
        return found

    @cached_property
    def _by_attribute(self) -> dict[str, list[etree._Element]]:
        found: dict[str, list[etree._Element]] = defaultdict(list)
        for element in self.elements:
            for name in element.keys():  # noqa: SIM118 - an element is no mapping
                found[str(name)].append(element)
        return found

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
    def _labels(self) -> dict[str, list[etree._Element]]:
        """Elements by the normal form of their short text, deepest only; whether they are shown is not looked at."""
        found: dict[str, list[etree._Element]] = defaultdict(list)
        for element in _WITH_TEXT(self.document.root):
            if not len(element):
                text = element.text or ""
                if len(text) > MAX_LABEL:
                    text = squash(text)
            elif len(element) <= 4 and _has_own_text(element) and not is_big(element):
                text = self.text(element)
            else:
                continue
            # White space makes no difference to the form.
            if len(text) <= MAX_LABEL and (form := label_form(text)):
                found[form].append(element)
        return found

    @cached_property
    def _data(self) -> dict[tuple[str, ...], list[Data]]:
        found: dict[tuple[str, ...], list[Data]] = defaultdict(list)
        for leaf in self.document.data:
            found[leaf.path].append(leaf)
        return found

    def find(self, selector: Selector) -> list[Match]:
        """The selector's places in document order; hidden content is passed over unless it is meta."""
        return [Match(element, text) for element, text in self.places(selector)]

    def places(self, selector: Selector) -> Iterator[tuple[etree._Element, str]]:
        """What ``find`` gives, as pairs and one by one: nothing is read beyond what the reader takes."""
        if selector.data:
            for leaf in self._data.get(selector.data, ()):
                yield leaf.script, squash(leaf.value)
            return
        take, count = selector.take, 0
        for element in self.elements_of(selector):
            if text := self.shown(element, take):
                yield element, text
                count += 1
                if count >= MAX_MATCHES:
                    return

    def elements_of(self, selector: Selector) -> list[etree._Element]:
        """The elements that the selector leads to, whatever is read there."""
        if selector.data:
            return [leaf.script for leaf in self._data.get(selector.data, ())]
        return self._labelled(selector) if selector.label else self._stepped(selector)

    def shown(self, element: etree._Element, take: str) -> str:
        """What ``take`` names at the element, read once; empty when it isn't there, or is text that is hidden."""
        known = self._shown.get((element, take))
        if known is None:
            known = self.read(element, take)
            seen = not known or take.startswith("@") or element.tag in ("title", "meta")
            if not seen and self.document.is_hidden(element):
                known = ""
            self._shown[element, take] = known
        return known

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

    def _stepped(self, selector: Selector) -> list[etree._Element]:
        path = selector.path
        found = self._found.get(path)
        if found is None:
            if not path or "_by_tag" in self.__dict__ or len(self._found) >= FEW:
                return self._looked_up(selector.steps)
            found = self._found[path] = self._searched(selector)
        return found

    def _searched(self, selector: Selector) -> list[etree._Element]:
        # Few elements have a class, and most programs rely on classes: their table costs less than two searches.
        if selector.steps[-1].classes:
            return self._looked_up(selector.steps)
        context = self._body if selector.path.startswith(xpath.FROM_BODY) else self.document.root
        return self._looked_up(selector.steps) if context is None else xpath.search(selector.path)(context)

    @cached_property
    def _body(self) -> etree._Element | None:
        """The body, if there is one and no other."""
        bodies = list(self.document.root.iter("body"))
        return bodies[0] if len(bodies) == 1 else None

    def _looked_up(self, steps: tuple[Step, ...]) -> list[etree._Element]:
        last, above = steps[-1], len(steps) - 1
        return [
            element
            for element in self._could_be(last)
            if self._is(element, last) and (not above or self._above(element, steps, above))
        ]

    def _could_be(self, step: Step) -> list[etree._Element]:
        if step.classes:
            return min((self.by_class.get(token, []) for token in step.classes), key=len)
        lists = []
        if step.attribute[0]:
            lists.append(self._by_attribute.get(step.attribute[0], []))
        if step.tag:
            lists.append(self._by_tag.get(step.tag, []))
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

    def _labelled(self, selector: Selector) -> list[etree._Element]:
        found: dict[etree._Element, None] = {}
        for label in self._labels.get(selector.label, ()):
            if not self.document.is_hidden(label):
                found.update(dict.fromkeys(_hop([label], selector.hops)))
        return list(found)


def _has_own_text(element: etree._Element) -> bool:
    own = element.text
    return bool(own and own.strip()) or any(child.tail and child.tail.strip() for child in element)


def class_tokens(text: str) -> list[str]:
    """The classes in a class attribute: parted by white space as HTML knows it, which is not all of Unicode's."""
    return text.split() if text.isascii() else [token for token in _HTML_SPACE.split(text) if token]


def is_big(element: etree._Element) -> bool:
    """Whether the element has more in it than labels have."""
    return any(number >= MAX_INSIDE for number, _ in enumerate(element.iterdescendants()))


def label_form(text: str) -> str:
    """The form in which labels are compared: normal, without the colon or dash that ends them."""
    # Most texts are ASCII, whose normal form is quickly made.
    form = "".join(text.lower().split()) if text.isascii() else normal(text)
    return form.strip(_LABEL_MARKS)


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
