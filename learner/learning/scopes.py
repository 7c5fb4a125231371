"""Where derived fields are told: pages or records with their values, what is there in them, and what is said where."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from lxml import etree

from learner.forms.consent import spoken
from learner.pages.page import HIDDEN_TAGS, squash
from learner.pages.values import Scalar, normal
from learner.programs.examples import LabelledPage
from learner.programs.program import FieldProgram, Records
from learner.programs.recordlist import placed
from learner.programs.selectors import (
    MAX_LABEL,
    Index,
    Selector,
    Step,
    class_tokens,
    generated,
    label_form,
    labels_before,
    names_of,
)

MAX_ANCHORS: Final = 6
MAX_TOKENS: Final = 6
FEW_CHILDREN: Final = 4
"""Elements within one whose text is short."""
_ATTRIBUTES: Final = frozenset(
    "class style alt title aria-label aria-checked aria-disabled content value href src".split()
)


@dataclass(frozen=True, slots=True)
class Scope:
    """A page, or a record of one (``window``: from where to where in document order), and the value that it has."""

    page: LabelledPage
    window: tuple[int, int] | None
    value: Scalar


class Mark(NamedTuple):
    """Something that may be in a scope: an element with a text (``take`` is text), an @attribute, a ``class``, of a
    ``tag``."""

    take: str
    form: str


def scopes_of(pages: Sequence[LabelledPage], name: str) -> list[Scope]:
    """The pages that have a value of the field."""
    return [Scope(page, None, value) for page in pages if (value := _single(page, name)) is not None]


def recorded(
    pages: Sequence[LabelledPage], name: str, records: Records, fields: Mapping[str, FieldProgram]
) -> list[Scope]:
    """The records that have a value of the field, as the other ``fields`` part the pages."""
    rules = {field: entry.rules[0] for field, entry in fields.items() if entry.rules}
    profiles = {field: entry.profile for field, entry in fields.items()}
    return [
        Scope(page, window, value)
        for page in pages
        for record, window in placed(records, rules, profiles, page)
        if (value := record.get(name)) is not None and not isinstance(value, list)
    ]


def marks(scope: Scope, records: Records | None) -> Iterator[tuple[Mark, etree._Element, Sequence[Selector]]]:
    """What is there in the scope, whatever the place, and what leads to the elements that hold it: a record's own, or
    those with a name. One that a build has made is a name where there is no other around."""
    if records is not None and not records.inside:
        return
    anchors: dict[etree._Element, tuple[Selector, ...]] = {}
    made: dict[etree._Element, tuple[Selector, ...]] = {}
    for element, meta in _shown(scope):
        if meta or element.tag in ("html", "body"):
            continue
        parent = element.getparent()
        around = anchors.get(parent, ()) if parent is not None else ()
        if records is not None:
            anchors[element] = around = (records.starts[0],)
        else:
            names = list(names_of(element, scope.page.index))
            steps = [step for step in names if not any(map(generated, step.classes))]
            steps += [Step(element.tag)] if element.tag in ("main", "article") else []
            anchors[element] = (*(Selector((step,)) for step in steps[:2]), *around)[:MAX_ANCHORS]
            if not around:
                around = made.get(parent, ()) if parent is not None else ()
                made[element] = (*(Selector((step,)) for step in names[:1]), *around)[:MAX_ANCHORS]
        if not around:
            continue
        yield Mark("tag", str(element.tag)), element, around
        for token in class_tokens(element.get("class") or "")[:MAX_TOKENS]:
            yield Mark("class", token), element, around
        for take, form in _said(scope, element, meta):
            if take != "@class":
                yield Mark(take, form), element, around


def slots(scope: Scope) -> Iterator[tuple[tuple[object, ...], str, etree._Element]]:
    """What is said in the scope at which place: that from the top, that in its nearest surroundings, and that after the
    label which stands before it, however many others there are."""
    index = scope.page.index
    top = None if scope.window is None else index.elements[scope.window[0]]
    paths: dict[etree._Element, tuple[object, ...]] = {}
    for element, meta in _shown(scope):
        parent = element.getparent()
        before = paths.get(parent, ()) if parent is not None and element is not top else ()
        paths[element] = () if element is top else (*before, element.tag, index.position(element))
        said = list(_said(scope, element, meta))
        if not said:
            continue
        near = () if parent is None or parent is top else (parent.tag, parent.get("class"))
        label = _label(element, index) if said[0][0] == "text" else ""
        for take, form in said:
            yield (take, *paths[element]), form, element
            if label and take == "text":
                yield (take, "after", label), form, element
            if meta:
                yield (take, element.tag, element.get("property") or element.get("itemprop")), form, element
            elif near:
                yield (take, element.tag, *near, index.position(element)), form, element
                for token in class_tokens(element.get("class") or "")[:MAX_TOKENS]:
                    yield (take, element.tag, *near, token), form, element
    if scope.window is None:
        document = scope.page.document
        # Of what scripts assign, only yes and no: of its many texts some go with any values by chance.
        assigned = (leaf for leaf in document.assigned if spoken(normal(leaf.value)) is not None)
        for leaf in (*document.data, *assigned):
            if 0 < len(leaf.value) <= MAX_LABEL:
                yield ("data", *leaf.path), normal(leaf.value), leaf.script


def _shown(scope: Scope) -> Iterator[tuple[etree._Element, bool]]:
    """The scope's elements that may say something, and whether they say it to machines."""
    index, document = scope.page.index, scope.page.document
    elements = index.elements if scope.window is None else index.elements[scope.window[0] : scope.window[1]]
    for element in elements:
        meta = element.tag in ("meta", "link")
        if element.tag not in HIDDEN_TAGS | {"title", "script"} and (meta or not document.is_hidden(element)):
            yield element, meta


def _said(scope: Scope, element: etree._Element, meta: bool) -> Iterator[tuple[str, str]]:
    """The short text of an element, and its attributes: what is read, and in which form."""
    if not meta:
        own = (element.text and not element.text.isspace()) or any(c.tail and not c.tail.isspace() for c in element)
        if own and len(element) <= FEW_CHILDREN and (text := scope.page.index.text(element)) and len(text) <= MAX_LABEL:
            yield "text", normal(text)
    for name, value in ((str(name), str(value)) for name, value in element.items()):
        telling = name in _ATTRIBUTES or name.startswith("data-")
        if telling and value and len(value) <= MAX_LABEL and (name != "href" or meta) and (name != "class" or not meta):
            yield f"@{name}", normal(squash(value))


def _label(element: etree._Element, index: Index) -> str:
    """The label that stands before an element; "" where none does."""
    before = (label for label, hops in labels_before(element, index) if hops != ("up",))
    return next((form for label in before if (form := label_form(index.text(label)))), "")


def _single(page: LabelledPage, name: str) -> Scalar | None:
    value = page.values.get(name)
    return None if isinstance(value, list) else value
