"""Examples that a person gives: a file of JSON lines, checked before anything is learned or kept.

    {"url": "https://...", "template": "product", "item": {"title": "..."}, "html": "page.html"}

A field of ``item`` that is null (or an empty text or list) is one that the page has not; of one that is left out
nothing is said.
``items`` (a list) stands in place of ``item`` for a page of records; links of such a page, as to the next one, are an
``item`` beside them, or alone. ``html``, optional, names a saved page beside the
file; without it the page is fetched.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from lxml import etree

from crawler.addresses import is_http
from crawler.names import unknown
from crawler.templates import Part, links_of
from learner.errors import InvalidExample, PageRejected, ValueNotFound
from learner.learning.completion import MOST_SHOWN, completed
from learner.pages.values import same, scalars
from learner.programs.examples import Example, LabelledPage, opened
from learner.programs.joints import shows

MANY_MORE: Final = 3
"""How many times the given records a page must seem to show for some of them to have been left out: it may well show
two lists, of which one is meant."""
_KEYS = ("url", "template", "item", "items", "html")
LONGEST: Final = 80
"""Characters of a value that are shown."""
_SHOWN: Final = 5
"""Values that are named of those that stand nowhere."""


@dataclass(frozen=True, slots=True)
class Given:
    """One line of the file. ``html`` is None where the page is to be fetched."""

    line: int
    url: str
    template: str
    item: Mapping[str, Any] | None
    items: Sequence[Mapping[str, Any]] | None
    html: bytes | None

    @property
    def fields(self) -> set[str]:
        """The names of the fields that have values."""
        return {name for values in ([self.item] if self.item is not None else self.items or ()) for name in values}


def read_examples(path: Path, template: str = "") -> list[Given]:
    """The lines of ``path``; those without a template are of ``template``. Raises InvalidExample, UnknownName."""
    if path.suffix == ".csv":
        raise InvalidExample(
            f"{path}: examples are JSON Lines, which tell a list from a text with commas.",
            hint='one line each: {"url": ..., "item": {...}}, or scrapy learn-from, which takes CSV',
        )
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidExample(
            f"The examples can't be read: {error}", hint="scrapy learn NAME --examples FILE"
        ) from error
    given = [_read(number, text, path, template) for number, text in enumerate(lines, 1) if text.strip()]
    if not given:
        raise InvalidExample(f"{path} holds no example.", hint='one line each: {"url": ..., "item": {...}}')
    return given


def parted(given: Sequence[Given], parts: Mapping[str, Part]) -> list[Given]:
    """The lines, of which those that give the links of a page of many items are of the part that answers these, be it
    that they give its records, too. Raises InvalidExample for others that have both an item and items."""
    lines: list[Given] = []
    for one in given:
        links = parts.get(links_of(one.template))
        linked = links is not None and one.item is not None and not one.item.keys().isdisjoint(links.fields)
        if one.item is not None and one.items is not None and not linked:
            may = f", or links beside items: {', '.join(links.fields)}" if links is not None else ""
            raise InvalidExample(f"line {one.line}: either item or items is wanted{may}.")
        if not linked or one.items is not None:
            lines.append(replace(one, item=None) if linked else one)
        if linked and links is not None:
            lines.append(replace(one, template=links.name, items=None))
    return lines


def check_names(given: Sequence[Given], parts: Mapping[str, Part]) -> None:
    """Raises UnknownName for a template that is not among ``parts``, or a field that its template does not have, and
    InvalidExample for one item where pages show many, or many where they show one.

    Of a site that nobody described (no ``parts``) all names are as good as others.
    """
    templates: Mapping[str, Collection[str]] = {name: part.fields for name, part in parts.items()}
    for example in given if templates else ():
        if example.template not in templates:
            raise unknown("template", example.template, templates, where=f"line {example.line}")
        _check_form(example, many=parts[example.template].many)
        fields = templates[example.template]
        for name in sorted(example.fields):
            if fields and name not in fields:
                raise unknown("field", name, fields, where=f"template {example.template} (line {example.line})")


def repeated(given: Sequence[Given]) -> list[str]:
    """Notes on lines that say of a page what others do. Raises InvalidExample for lines that contradict each other."""
    told = []
    before: dict[tuple[str, str], list[Given]] = defaultdict(list)
    for one in given:
        for other in before[one.template, one.url]:
            _check_alike(one, other)
            if one.item == other.item and one.items == other.items:
                told.append(f"line {one.line} says the same of {one.url} as line {other.line}: it counts once")
                break
        before[one.template, one.url].append(one)
    return told


def _check_alike(one: Given, other: Given) -> None:
    """Raises InvalidExample for two lines of one page that give a field, or its records, otherwise."""
    before = other.item or {}
    told = [
        f"{name} is {_short(before[name])} in one and {_short(value)} in the other"
        for name, value in (one.item or {}).items()
        if name in before and not (value is before[name] or same(value or [], before[name] or []))
    ]
    if told or one.items != other.items:
        raise InvalidExample(
            f"Lines {other.line} and {one.line}, both of {one.url}, contradict each other: "
            f"{', '.join(told[:_SHOWN]) or 'their records differ'}.",
            kept="everything recorded and learned before; nothing was taken over",
            hint="correct one of them, or leave it out",
        )


def _short(value: Any) -> str:
    return repr(value)[:LONGEST]


def _check_form(given: Given, *, many: bool) -> None:
    if many != (given.items is not None):
        shown, wanted = ("many items", "items") if many else ("one item", "item")
        raise InvalidExample(
            f"line {given.line}: a page of template {given.template} shows {shown}: {wanted!r} is wanted.",
            kept="everything recorded and learned before",
        )


def check_values(given: Given, html: bytes) -> Example:
    """The example with its page. Raises ValueNotFound for a value that is nowhere on it, InvalidExample for no page."""
    example = Example(given.url, html, given.item, given.items, source="person")
    try:
        page = opened(example)
    except PageRejected as error:
        raise not_a_page(given.url, error) from error
    values = [*_values(given)]
    missing = [(name, value) for name, value in values if not (isinstance(value, bool) or shows(page, value))]
    if len(missing) == 1:
        raise nowhere(page, *missing[0], f" (line {given.line})")
    if missing:
        raise _several_nowhere(page, given, missing, len(values))
    number = len(given.items or ())
    shown = records_like(page, given.items or ())
    if shown >= MANY_MORE * number > 0 and not completed(example)[1]:
        raise InvalidExample(
            f"{given.url} (line {given.line}) shows some {shown} records like the {number} given. All records of a "
            "page are wanted: what is left out counts as something else, and the page can't be parted. "
            f"{MOST_SHOWN} records at most stand for all where their rows stand beside each other and are made alike, "
            "by two values or more that are no lists.",
            kept="everything recorded and learned before; nothing was taken over",
            hint="give every record of the page, or another page with fewer",
        )
    return example


def not_a_page(url: str, error: PageRejected) -> InvalidExample:
    """The error of an example whose page can't be read."""
    return InvalidExample(f"{url} can't be learned from: {error.message.removeprefix(f'{url}: ')}")


def records_like(page: LabelledPage, records: Sequence[Mapping[str, Any]]) -> int:
    """How many records a list page seems to show: places that are marked up as the first record's values are, of most
    of its fields. 0 where that can't be told."""
    counts = []
    alike: dict[tuple[object, ...], list[etree._Element]] = defaultdict(list)
    for element in page.index.elements if records else ():
        alike[_markup(element)].append(element)
    for value in records[0].values() if records else ():
        exact = [place.element for place in page.places(scalars(value)[0]) if place.exact and not place.data]
        counts += [min(_in_its_place(page, one, alike[_markup(one)]) for one in exact)] if exact else []
    return sorted(counts)[len(counts) // 2] if counts else 0


def _in_its_place(page: LabelledPage, element: etree._Element, alike: Sequence[etree._Element]) -> int:
    """How many of those that are marked up as the element is have its number among the siblings of their tag."""
    position = page.index.position(element)
    return sum(page.index.position(other) == position for other in alike)


def _markup(element: etree._Element) -> tuple[object, ...]:
    """The element's tag and class, and those of what is around it."""
    around = [(one.tag, one.get("class")) for one, _ in zip(element.iterancestors(), range(3), strict=False)]
    return element.tag, element.get("class"), *around


def nowhere(page: LabelledPage, name: str, value: Any, where: str = "") -> ValueNotFound:
    """The error of a value that stands nowhere on its page, with the texts that are most like it."""
    from learner.learning.sightings import nearest

    close = nearest(page, value)
    shown = f" The page has {', '.join(repr(text[:80]) for text in close)}." if close else ""
    return ValueNotFound(
        f"{name}: {str(value)[:80]!r} is nowhere on {page.example.url}{where}.{shown}",
        kept="everything recorded and learned before; nothing was taken over",
        hint="write the value as the page shows it, or leave the field out",
    )


def _several_nowhere(page: LabelledPage, given: Given, missing: Sequence[tuple[str, Any]], count: int) -> ValueNotFound:
    """The error of several values that stand nowhere on their page."""
    others = 2 * len(missing) > count
    shown = missing[:_SHOWN]
    told = ", ".join(f"{name} {_short(value)}{'' if others else _likest(page, value)}" for name, value in shown)
    rest = f" and {len(missing) - _SHOWN} more" if len(missing) > _SHOWN else ""
    return ValueNotFound(
        f"{len(missing)} of {count} values are nowhere on {given.url} (line {given.line}): {told}{rest}."
        + (" Are they another page's?" if others else ""),
        kept="everything recorded and learned before; nothing was taken over",
        hint="give the page that shows them" if others else "write values as the page shows them, or leave them out",
    )


def _likest(page: LabelledPage, value: Any) -> str:
    from learner.learning.sightings import nearest

    return "".join(f" (the page has {_short(text)})" for text in nearest(page, value, 1))


def _values(given: Given) -> Iterator[tuple[str, Any]]:
    for values in [given.item] if given.item is not None else given.items or ():
        for name, value in values.items():
            for scalar in scalars(value) if value is not None else ():
                yield name, scalar


def _read(number: int, text: str, path: Path, template: str) -> Given:
    where = f"{path} line {number}"
    try:
        entry = json.loads(text)
    except ValueError as error:
        raise InvalidExample(f"{where} is not JSON: {error}") from error
    if not isinstance(entry, dict):
        raise InvalidExample(f"{where} is not a JSON object.")
    for key in entry:
        if key not in _KEYS:
            raise unknown("key", key, _KEYS, where=where)
    url, item, items = entry.get("url"), entry.get("item"), entry.get("items")
    if not isinstance(url, str) or not is_http(url):
        raise InvalidExample(f"{where}: {url!r} is no http(s) URL.")
    if item is None and items is None:
        raise InvalidExample(f"{where}: either item or items is wanted.")
    if isinstance(item, dict):
        item = {name: None if _is_none(value) else value for name, value in item.items()}
    records = [] if items is None else items if isinstance(items, list) else [items]
    for record in records:
        _check_record(record, where, many=True)
    if item is not None:
        _check_record(item, where, many=False)
    name = entry.get("template") or template
    if not isinstance(name, str) or not name:
        raise InvalidExample(f"{where} names no template.", hint='add "template": "..." or --template')
    return Given(number, url, name, item, items, _saved(entry.get("html"), path, where))


def _is_none(value: Any) -> bool:
    """Whether a person says with it that the page has none."""
    return value is None or value == [] or (isinstance(value, str) and not value.strip())


def _check_record(record: Any, where: str, *, many: bool) -> None:
    """Raises InvalidExample, with the field, for what are no values."""
    if not isinstance(record, dict):
        raise InvalidExample(f"{where}: {str(record)[:80]!r} is no object of fields and values.")
    for name, value in record.items():
        if value is None and not many:
            continue
        if not all(map(_is_scalar, value or [None]) if isinstance(value, list) else [_is_scalar(value)]):
            raise InvalidExample(
                f"{where}: {name} is {json.dumps(value)[:80]}, but the values of an item are texts, numbers, or lists "
                "of them.",
                hint="leave a field out that a record does not show: null, an empty text or an empty list is no value"
                if many
                else "null is for a field that the page does not have",
            )


def _is_scalar(value: Any) -> bool:
    return bool(value.strip()) if isinstance(value, str) else isinstance(value, int | float)


def _saved(name: Any, path: Path, where: str) -> bytes | None:
    if name is None:
        return None
    try:
        return (path.parent / str(name)).read_bytes()
    except OSError as error:
        raise InvalidExample(f"{where}: the saved page can't be read: {error}") from error
