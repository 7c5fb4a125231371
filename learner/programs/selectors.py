"""Where on a page a value stands, as data: steps, labels and data paths, matched through one index.

A selector is matched as browsers match CSS: the elements that the last step could mean are found, and the
steps before it are verified upwards. No axis reaches over the whole document from every element.
"""

from __future__ import annotations

import itertools
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Final, NamedTuple

from lxml import etree

from learner.pages.candidates import MAX_TEXT
from learner.pages.embedded import ASSIGNED, ID, Data, is_keyed
from learner.pages.page import Document, hides, squash, text_of
from learner.pages.values import normal

MAX_MATCHES: Final = 5_000
MAX_LABEL: Final = 120
MAX_INSIDE: Final = 40
FEW: Final = 4
"""Elements up to which their children are gone through; else elements like the children are, for their parents."""
# lxml does not take such characters in a tag, and no element has them.
_NO_NAME = re.compile("[\x00-\x1f\ud800-\udfff\ufffe\uffff]")
_HTML_SPACE: Final = re.compile(r"[ \t\n\f\r]+")
_NUMBERS: Final = re.compile(r"\d+")
_BREAKS: Final = frozenset(("br", "hr", "wbr"))
_LABEL_MARKS = " :\u00a0：-–—|•*"
_LABEL_EDGES = _LABEL_MARKS + "\t\n\v\f\r\x1c\x1d\x1e\x1f"


class Step(NamedTuple):
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


@dataclass(frozen=True, slots=True, eq=False)
class Chain:
    """Steps that begin a selector: the last of them, and those before. Selectors that begin alike share one object,
    so that a page is searched once for all of them."""

    before: Chain | None
    step: Step


@lru_cache(maxsize=50_000)
def chain(before: Chain | None, step: Step) -> Chain:
    """The chain that ends with the step."""
    return Chain(before, step)


@dataclass(frozen=True)  # no slots: what is asked of a selector for every page is made once
class Selector:
    """A way to a value's places.

    Either ``steps``, or ``label`` (text of the element that names the value) and ``hops`` from it ("up",
    "next", "down:tag", "tail", "in:tag", "all:tag"), or ``data`` (a path in embedded data). ``take`` is what is
    read there: ``text``, ``@attribute``, ``node:N`` (the N-th own text node) or ``tail`` (the text after it).
    """

    steps: tuple[Step, ...] = ()
    label: str = ""
    hops: tuple[str, ...] = ()
    data: tuple[str, ...] = ()
    take: str = "text"

    @cached_property
    def chain(self) -> Chain | None:
        """The steps as a chain; None when there are none."""
        made: Chain | None = None
        for step in self.steps:
            made = chain(made, step)
        return made

    @property
    def is_assigned(self) -> bool:
        """Whether it leads to what a script assigns."""
        return bool(self.data) and self.data[0].startswith(ASSIGNED)

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
_HOP = re.compile(r"up|next(:.+)?|(down|in|all):.+", re.DOTALL)


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


class Asked(NamedTuple):
    """What selectors look for on every page."""

    classes: frozenset[str]
    labels: frozenset[str]

    @staticmethod
    def by(selectors: Iterable[Selector]) -> Asked:
        """What these selectors look for."""
        selectors = list(selectors)
        classes = (step.classes for selector in selectors for step in selector.steps)
        labels = (selector.label for selector in selectors if selector.label)
        return Asked(frozenset(itertools.chain(*classes)), frozenset(labels))


class Index:
    """What several rules ask of one document, found when it is first asked for and shared by all of them.

    ``asked`` tells what will be looked for, if that is known: other classes and labels are then left out.
    """

    def __init__(self, document: Document, asked: Asked | None = None) -> None:
        self.document = document
        self._asked = asked
        self._texts: dict[etree._Element, str] = {}
        self._shown: dict[tuple[etree._Element, str], str] = {}
        self._positions: dict[tuple[etree._Element, bool], int] = {}
        self._found: dict[Chain, list[etree._Element]] = {}
        self._had: dict[tuple[str, str], list[etree._Element]] = {}

    @cached_property
    def elements(self) -> list[etree._Element]:
        """All elements in document order."""
        return list(self.document.root.iter("*"))

    @cached_property
    def order(self) -> dict[etree._Element, int]:
        """The number of each element in document order."""
        return dict(zip(self.elements, itertools.count(), strict=False))

    @cached_property
    def _classed(self) -> dict[str, list[etree._Element]]:
        """Elements by each of their classes, in document order."""
        found: dict[str, list[etree._Element]] = defaultdict(list)
        asked = self._asked
        # Many elements' classes are written alike.
        lists: dict[str, list[list[etree._Element]]] = {}
        for element in self.elements:
            if classes := element.get("class"):
                those = lists.get(classes)
                if those is None:
                    tokens = tokens_of(classes) if asked is None else tokens_of(classes) & asked.classes
                    those = lists[classes] = [found[token] for token in tokens]
                for elements in those:
                    elements.append(element)
        return found

    def with_class(self, token: str) -> list[etree._Element]:
        """Elements that have the class, in document order."""
        return self._classed.get(token, [])

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
        asked = self._asked.labels if self._asked is not None else None
        parts, starts = "\n".join(asked or ()), {label[0] for label in asked or ()}
        mixed = {element.getparent() for element in self.elements if (tail := element.tail) and not tail.isspace()}
        for element, size in zip(self.elements, map(len, self.elements), strict=True):
            if size > 4:
                continue
            text = element.text
            if not size:
                if not text:
                    continue
                if asked is not None and text.isascii() and text.lstrip(_LABEL_EDGES)[:1].lower() not in starts:
                    continue
                if len(text) > MAX_LABEL:
                    # So many words are longer, however much of the text is white space.
                    if len(text.split(None, MAX_LABEL // 2)) > MAX_LABEL // 2:
                        continue
                    text = squash(text)
            elif element in mixed or (text and not text.isspace()):
                if asked is not None and not all(label_form(own) in parts for own in own_texts(element).values()):
                    continue
                if is_big(element):
                    continue
                text = self.text(element)
            else:
                continue
            # White space makes no difference to the form.
            if len(text) <= MAX_LABEL and (form := label_form(text)) and (asked is None or form in asked):
                found[form].append(element)
        return found

    @cached_property
    def _data(self) -> dict[tuple[str, ...], list[Data]]:
        return _by_path(self.document.data)

    @cached_property
    def _keyed(self) -> dict[tuple[str, ...], list[Data]]:
        return _by_path(self.document.keyed_data)

    @cached_property
    def _assigned(self) -> dict[tuple[str, ...], list[Data]]:
        return _by_path(self.document.assigned)

    def leaves(self, path: tuple[str, ...], keyed: bool = False) -> list[Data]:
        """The embedded data under the path, in document order; if ``keyed``, with the other paths that lead there."""
        if path[0].startswith(ASSIGNED):
            return self._assigned.get(path, [])
        return (self._keyed if keyed or is_keyed(path) else self._data).get(path, [])

    def find(self, selector: Selector) -> list[Match]:
        """The selector's places in document order; hidden content is passed over unless it is meta."""
        return [Match(element, text) for element, text in self.places(selector)]

    def places(self, selector: Selector) -> Iterator[tuple[etree._Element, str]]:
        """What ``find`` gives, as pairs and one by one: nothing is read beyond what the reader takes."""
        if selector.data:
            for leaf in self.leaves(selector.data):
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
        if (steps := selector.chain) is not None:
            return self._stepped(steps)
        if selector.data:
            return [leaf.script for leaf in self.leaves(selector.data)]
        return self._labelled(selector)

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

    def _stepped(self, steps: Chain) -> list[etree._Element]:
        """The elements that the steps lead to, in document order."""
        found = self._found.get(steps)
        if found is None:
            before, step = steps.before, steps.step
            if _NO_NAME.search(step.tag):
                found = []
            elif before is None:
                found = self._anywhere(step)
            elif not (above := self._stepped(before)):
                found = above
            elif step.child:
                found = self._below(above, step)
            else:
                found = self._inside(above, step)
            self._found[steps] = found
        return found

    def _anywhere(self, step: Step) -> list[etree._Element]:
        tag, classes, attribute, position, _ = step
        if len(classes) == 1:
            return self._those(self.with_class(classes[0]), tag, (), attribute, position)
        if classes:
            return self._those(min(map(self.with_class, classes), key=len), tag, classes, attribute, position)
        return self._those(self._having(tag, attribute[0]), "", (), attribute, position)

    def _having(self, tag: str, attribute: str) -> list[etree._Element]:
        """Elements of the tag that have the attribute; what is empty is not asked."""
        key = (tag, attribute)
        if key not in self._had:
            if attribute:
                self._had[key] = [e for e in self._having(tag, "") if e.get(attribute) is not None]
            else:
                self._had[key] = list(self.document.root.iter(tag)) if tag else self.elements
        return self._had[key]

    def _below(self, above: list[etree._Element], step: Step) -> list[etree._Element]:
        tag, classes, attribute, position, _ = step
        if len(above) > FEW and (tag or not position):
            return self._those(self._under(set(above), step), "", classes, attribute, 0)
        found: list[etree._Element] = []
        for parent in above:
            if tag and position:
                children = parent.iterchildren(tag) if position > 0 else parent.iterchildren(tag, reversed=True)
                found += itertools.islice(children, abs(position) - 1, abs(position))
            else:
                found += parent.iterchildren(tag or "*")
        if any(outer in inner.iterancestors() for outer, inner in itertools.pairwise(above)):
            found.sort(key=self.order.__getitem__)
        return self._those(found, "", classes, attribute, 0 if tag else position)

    def _under(self, parents: set[etree._Element], step: Step) -> list[etree._Element]:
        """Of the elements of the step's tag the children of these parents, and in its position among them."""
        position = step.position
        alike = self._having(step.tag, "")
        if not position:
            return [element for element in alike if element.getparent() in parents]
        found: list[etree._Element] = []
        numbers: dict[etree._Element, int] = {}
        wanted = abs(position)
        for element in alike if position > 0 else reversed(alike):
            parent = element.getparent()
            if parent in parents:
                number = numbers[parent] = numbers.get(parent, 0) + 1
                if number == wanted:
                    found.append(element)
        return found if position > 0 else found[::-1]

    def _inside(self, above: list[etree._Element], step: Step) -> list[etree._Element]:
        if step.classes or step.attribute[0] or not step.tag:
            # There are few of them: it is their ancestors that are looked at.
            outer = set(above)
            found = self._stepped(chain(None, step))
            return [element for element in found if not outer.isdisjoint(element.iterancestors())]
        inner: dict[etree._Element, None] = {}
        for element in above:
            inner.update(dict.fromkeys(element.iterdescendants(step.tag)))
        return self._those(list(inner), "", (), step.attribute, step.position)

    def _those(
        self,
        elements: list[etree._Element],
        tag: str,
        classes: tuple[str, ...],
        attribute: tuple[str, str, str],
        position: int,
    ) -> list[etree._Element]:
        """The elements for which all this holds; what is empty is not asked."""
        if tag:
            elements = [element for element in elements if element.tag == tag]
        if classes:
            elements = [element for element in elements if tokens_of(element.get("class") or "").issuperset(classes)]
        name, operator, text = attribute
        if name and operator == "=":
            elements = [element for element in elements if element.get(name) == text]
        elif name:
            elements = [e for e in elements if (value := e.get(name)) is not None and text in value]
        if position:
            elements = [element for element in elements if self.position(element, position < 0) == position]
        return elements

    # labels

    def _labelled(self, selector: Selector) -> list[etree._Element]:
        found: dict[etree._Element, None] = {}
        for label in self._labels.get(selector.label, ()):
            if not self.document.is_hidden(label):
                found.update(dict.fromkeys(_hop([label], selector.hops)))
        return list(found)


def class_tokens(text: str) -> list[str]:
    """The classes in a class attribute: parted by white space as HTML knows it, which is not all of Unicode's."""
    return text.split() if text.isascii() else [token for token in _HTML_SPACE.split(text) if token]


@lru_cache(maxsize=20_000)
def tokens_of(text: str) -> frozenset[str]:
    """The classes in a class attribute, as a set."""
    return frozenset(class_tokens(text))


def _has(element: etree._Element, attribute: tuple[str, str, str]) -> bool:
    name, operator, text = attribute
    value = element.get(name)
    return value is not None and (value == text if operator == "=" else text in value)


def is_big(element: etree._Element) -> bool:
    """Whether the element has more in it than labels have."""
    return any(number >= MAX_INSIDE for number, _ in enumerate(element.iterdescendants()))


def label_form(text: str) -> str:
    """The form in which labels are compared: normal, without the colon or dash that ends them."""
    # Labels are looked for in all texts of a page, of which few are met again.
    form = "".join(text.lower().split()) if text.isascii() else normal(text)
    return form.strip(_LABEL_MARKS)


def wording(text: str) -> str:
    """The form of a short text, as of labels, in which numbers are alike; empty for longer ones."""
    return label_form(_NUMBERS.sub("0", text)) if len(text) <= MAX_LABEL else ""


def own_texts(element: etree._Element) -> dict[int, str]:
    """The element's own text nodes by number: 0 is before the first child."""
    texts = {0: element.text or ""}
    for number, child in enumerate(element, 1):
        if child.tail:
            texts[number] = child.tail
    return texts


def _by_path(leaves: Iterable[Data]) -> dict[tuple[str, ...], list[Data]]:
    """The leaves by each path that leads to them."""
    found: dict[tuple[str, ...], list[Data]] = defaultdict(list)
    for leaf in leaves:
        found[leaf.path].append(leaf)
        if leaf.keyed:
            found[leaf.keyed].append(leaf)
    return found


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
            elif name == "all":
                reached.extend(_run(element, tag))
            else:
                raise ValueError(f"no hop is called {hop!r}")
        elements = reached
    return elements


def _run(element: etree._Element, tag: str) -> Iterator[etree._Element]:
    """The siblings of the tag that follow the element, up to the first of another one: the values after ``dt``."""
    for sibling in element.itersiblings():
        if isinstance(sibling.tag, str) and sibling.tag not in _BREAKS and not hides(sibling):
            if sibling.tag != tag:
                return
            yield sibling


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
    for token in sorted(stable, key=lambda t: len(index.with_class(t))):
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
    for label, hops in labels_before(element, index):
        key = (label_form(index.text(label)), hops)
        if key[0] and not key[0].isdigit() and key not in seen:
            seen.add(key)
            yield Selector(label=key[0], hops=hops, take=take)


def generate_run(element: etree._Element, take: str, index: Index) -> Iterator[Selector]:
    """Selectors that go from a label before the element to all elements of its tag up to the next label."""
    for label, hops in labels_before(element, index):
        ups = hops.count("up")
        before = next(itertools.islice(label.iterancestors(), ups - 1, None), label) if ups else label
        form = label_form(index.text(label))
        if form and not form.isdigit() and hops[ups:] and hops[ups] != f"next:{before.tag}":
            run = hops[ups].replace("next:", "all:", 1)
            yield Selector(label=form, hops=(*hops[:ups], run, *hops[ups + 1 :]), take=take)


def generate_saying(element: etree._Element, take: str, index: Index) -> Iterator[Selector]:
    """The selector of a link that says by itself what it is: the next page."""
    text = index.text(element)
    form = label_form(text) if element.tag == "a" and take == "@href" and len(text) <= MAX_LABEL else ""
    if form and not form.isdigit():
        yield Selector(label=form, take=take)


def labels_before(element: etree._Element, index: Index) -> Iterator[tuple[etree._Element, tuple[str, ...]]]:
    """Elements that may name an element, for they stand before it or within it, and the way from each to it."""
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


def data_ways(path: tuple[str, ...], texts: Collection[str], index: Index) -> list[tuple[str, ...]]:
    """The path of embedded data, and those by the names and numbers of what has these texts, where the path has several
    or is one page's own."""
    leaves = index.leaves(path, keyed=True)
    keyed = dict.fromkeys(leaf.keyed for leaf in leaves if leaf.keyed and squash(leaf.value[:MAX_TEXT]) in texts)
    ways = itertools.islice(keyed, FEW)
    return [path, *(way for way in ways if len(leaves) > 1 or any(ID in step for step in way))]


def generate_data(path: tuple[str, ...], texts: Collection[str], index: Index) -> Iterator[Selector]:
    """Selectors for embedded data with these texts under the path."""
    yield from (Selector(data=way) for way in data_ways(path, texts, index))


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
        if name.attribute[0] and all(_has(e, name.attribute) for e in elements):
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
