"""Slips of the pen in examples whose values all stand on their pages: a person is told, and decides."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from difflib import get_close_matches
from itertools import combinations
from typing import TYPE_CHECKING, Any, Final

from lxml import etree

from learner.errors import PageRejected
from learner.learning.completion import completed
from learner.pages.page import squash
from learner.pages.values import Scalar, kind_of, normal, same, scalars
from learner.programs.examples import CHOICES, opened

if TYPE_CHECKING:
    from learner.programs.examples import Example, LabelledPage

_LOOKED_AT: Final = 20
"""Pages whose lists are looked at: of more the others tell what is odd on one."""
_FEWEST: Final = 3
"""Elements of a list from which on one that is missing shows, and letters of a value that two fields have by chance."""
_DIGITS: Final = re.compile(r"\d+")
_NUMBER: Final = "0"
_ALIKE: Final = 0.8
"""How like a known name a new one is that may be misspelt: ``price`` is not as like ``old_price``."""


def slips(new: Sequence[Example], before: Sequence[Example]) -> list[str]:
    """Notes on what is odd in ``new`` examples, in themselves or beside those ``before``."""
    told = [*_misspelt(new, before), *_types(new, before), *_otherwise(new, before), *_twice(new)]
    told += _one_of_many(new, before)
    for example in new[:_LOOKED_AT]:
        told += _left_out(example)
    return told


def differing(name: str, shown: Sequence[Scalar], given: Sequence[Scalar]) -> str:
    """How a list that a page shows differs from that which was given, if it has all of that; empty if it does not."""
    if any(not any(same(one, other) for other in shown) for one in given):
        return ""
    more = [one for one in shown if not any(same(one, other) for other in given)]
    if more:
        rest = f" and {len(more) - 1} more" if len(more) > 1 else ""
        return (
            f"{name}: the page shows {len(shown)} in this place, the label has {len(given)}, without "
            f"{str(more[0])[:80]!r}{rest},"
        )
    return f"{name} stands in another order" if len(shown) == len(given) else ""


def _misspelt(new: Sequence[Example], before: Sequence[Example]) -> Iterator[str]:
    """New fields that have nearly the name of one which is known, or that more examples have."""
    known = {name for example in before for name in example.values}
    counts = Counter(name for example in new for name in example.values)
    for name in counts.keys() - known:
        having = [example for example in new if name in example.values]
        others = known.union(other for other, count in counts.items() if count > counts[name])
        others = others.difference(*(example.values for example in having))
        for close in get_close_matches(name, sorted(others), 1, _ALIKE):
            yield f"{name} is a new field on {having[0].url}: is {close} meant?"


def _types(new: Sequence[Example], before: Sequence[Example]) -> Iterator[str]:
    """Fields that are numbers in some examples and texts in others: what is read has one type."""
    told = [(name, _type(value), example.url) for example in [*new, *before] for name, value in example.values.items()]
    for name in dict.fromkeys(name for example in new for name in example.values):
        first: dict[str, str] = {}
        for other, kind, url in told:
            if other == name:
                first.setdefault(kind, url)
        if len(first) > 1:
            shown = ", and ".join(f"a {kind} on {url}" for kind, url in first.items())
            yield f"{name} is {shown}: write them alike, for what is read has one type"


def _otherwise(new: Sequence[Example], before: Sequence[Example]) -> Iterator[str]:
    """Fields of a number that are written with other words than on all pages before, or without those."""
    known: dict[str, set[str]] = {}
    for example in before:
        for name, value in (example.item or {}).items():
            if isinstance(value, str):
                known.setdefault(name, set()).add(squash(value))
    for example in new:
        for name, value in (example.item or {}).items():
            former = known.get(name, set())
            forms = {_form(one) for one in former}
            if not isinstance(value, str) or len(former) < _FEWEST or len(forms) > 1:
                continue
            shorter, longer = sorted((_form(squash(value)), *forms), key=len)
            more = longer.replace(shorter, " ", 1)
            if _NUMBER in shorter and shorter in longer and any(map(str.isalpha, more)):
                yield (
                    f"{name} is {value[:80]!r} on {example.url}, and {min(former)[:80]!r} or the like on all pages "
                    "before: what is read has one form, give it as it was"
                )


def _form(text: str) -> str:
    """The text, whatever its numbers are."""
    return _DIGITS.sub(_NUMBER, text)


def _one_of_many(new: Sequence[Example], before: Sequence[Example]) -> Iterator[str]:
    """Pages on which what is shown stands in one of several rows that are made alike, as on no page before."""
    if any(map(_rows, before[:_FEWEST])):
        return
    for example in new[:_LOOKED_AT]:
        if _rows(example):
            yield (
                f"what is shown of {example.url} stands in one of several records that are made alike: if it is a list "
                'page, give it as one, with a line {"url": ..., "items": [...]} (scrapy learn --examples)'
            )


def _rows(example: Example) -> str:
    """What there is to tell of the records beside the item, if that were one."""
    if example.item is None:
        return ""
    return completed(replace(example, item=None, items=[example.values], source="person", lacks=frozenset()))[1]


def _type(value: Any) -> str:
    kind = kind_of(scalars(value)[0])
    return kind if kind in ("number", "boolean") else "text"


def _twice(new: Sequence[Example]) -> Iterator[str]:
    """Fields that have the same text on one page, and on no other: one of them may have got the other's."""
    pages: dict[tuple[str, str], list[Example]] = {}
    for example in new:
        texts = {name: normal(value) for name, value in (example.item or {}).items() if isinstance(value, str)}
        for one, other in combinations(sorted(texts), 2):
            if texts[one] == texts[other] and len(texts[one]) > _FEWEST:
                pages.setdefault((one, other), []).append(example)
    for (one, other), examples in pages.items():
        if len(examples) == 1:
            value = str((examples[0].item or {})[one])[:80]
            yield f"{one} and {other} are both {value!r} on {examples[0].url}: is that so?"


def _left_out(example: Example) -> Iterator[str]:
    """Lists of which the page shows one element more, beside the others."""
    lists = {name: value for name, value in (example.item or {}).items() if isinstance(value, list)}
    lists = {name: value for name, value in lists.items() if len(value) >= _FEWEST and all(map(_is_text, value))}
    if not lists:
        return
    try:
        page = opened(example)
    except PageRejected:
        return
    for name, value in lists.items():
        more = [text for text in _beside(page, value) if not any(same(text, one) for one in value)]
        lengths = [len(one) for one in value]
        if len(more) == 1 and min(lengths) <= len(more[0]) <= max(lengths):
            yield f"{differing(name, [*value, *more], value)} on {example.url}"


def _is_text(value: Scalar) -> bool:
    return isinstance(value, str)


def _beside(page: LabelledPage, values: Sequence[str]) -> list[str]:
    """The texts of elements that stand beside those of the values, marked up like them, and are none of them."""
    places = [_elements(page, value) for value in values]
    for element in places[0]:
        for around in element.iterancestors():
            children = [_child(elements, around) for elements in places]
            if any(child is None for child in children):
                continue
            rows = {child: (child.tag, child.get("class")) for child in children if child is not None}
            if len(rows) == len(values) and len(marks := {*rows.values()}) == 1:
                like = [one for one in around if (one.tag, one.get("class")) in marks and one not in rows]
                return [text for one in like if (text := squash("".join(map(str, one.itertext()))))]
            break
    return []


def _elements(page: LabelledPage, value: str) -> list[etree._Element]:
    """The elements whose text is the value."""
    exact = [place for place in page.places(value) if place.exact and not place.data and not place.take.startswith("@")]
    return [place.element for place in exact if place.element.tag not in CHOICES]


def _child(elements: Collection[etree._Element], around: etree._Element) -> etree._Element | None:
    """The child of an element in which the first of these stands that is inside it."""
    for element in elements:
        chain = [element, *element.iterancestors()]
        if around in chain[1:]:
            return chain[chain.index(around) - 1]
    return None
