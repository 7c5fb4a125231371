"""Addresses of links. A redesign moves links about and marks them up anew, but mostly keeps the shape of addresses:
what leads to articles leads to ``/article/`` and a number, and the next page is the one with the next number.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from lxml import etree

from learner.pages.candidates import markups
from learner.pages.page import host
from learner.pages.values import scalars
from learner.programs.examples import Example, LabelledPage

SEVERAL: Final = 3
"""Known links that a list must hold for it to be told by them."""
MOSTLY: Final = 0.5
"""The share of the links that are marked up alike from which on, if they are known of a page, they are of one kind."""
FEWEST: Final = 5
"""Different addresses from which on their shape tells something."""
SERIES: Final = 3
"""The same of one address for each page, told by their numbers alone."""
OTHERS: Final = 0.5
"""The share of a list's links from which on another list on the page may as well be meant."""
_AFFIX: Final = re.compile(r".*[\W_]|")
_NUMBER: Final = re.compile(r"\d{1,9}")


@dataclass(frozen=True, slots=True)
class LinkShape:
    """The shape of a field's addresses: a pattern for each part of one, with a group where numbers differ; how few and
    how many of them pages had; and the addresses of these pages, of which one without a number is the first."""

    parts: tuple[re.Pattern[str], ...]
    many: bool
    fewest: int
    most: int
    taught: frozenset[str]

    def found(self, page: LabelledPage) -> list[str] | str | None:
        """The field's links on the page, absolute; None where it has none, or where it can't be told which they are."""
        if self.many:
            return self._listed(page)
        following = self._following(page)
        return following.pop() if following is not None and len(following) == 1 else None

    def is_last(self, page: LabelledPage) -> bool:
        """Whether the page is one of a series, and nothing on it leads to the next."""
        return not self.many and self._following(page) == set()

    def _listed(self, page: LabelledPage) -> list[str] | None:
        """The longest list of links of the shape that are marked up alike, each address once."""
        found = _alike((element, address) for element, address in links_on(page) if self._match(address) is not None)
        lists = sorted(map(list, found), key=len, reverse=True)
        if not lists or not OTHERS * self.fewest <= len(lists[0]) <= self.most / OTHERS:
            return None
        longest = set(lists[0])
        clear = all(len(other) < OTHERS * len(longest) or longest >= set(other) for other in lists[1:])
        return lists[0] if clear else None

    def _following(self, page: LabelledPage) -> set[str] | None:
        """The links whose number follows that of the page itself; None for a page that is none of a series."""
        own = self._number(page.document.url)
        if own is None and page.document.url in self.taught:
            own = 1
        return None if own is None else {address for _, address in links_on(page) if self._number(address) == own + 1}

    def _match(self, address: str) -> list[re.Match[str]] | None:
        parts = _parts(address)
        if len(parts) != len(self.parts):
            return None
        matches = [pattern.fullmatch(part) for pattern, part in zip(self.parts, parts, strict=True)]
        found = [match for match in matches if match is not None]
        return found if len(found) == len(parts) else None

    def _number(self, address: str) -> int | None:
        """The number that tells the address from others; None where it has not the shape, or not one number."""
        numbers = [int(group) for match in self._match(address) or () for group in match.groups()]
        return numbers[0] if len(numbers) == 1 else None


def link_shape(name: str, many: bool, pages: Sequence[LabelledPage]) -> LinkShape | None:
    """The shape of a field's addresses, if it finds on all example pages what they say, and nothing where they have
    none."""
    values = [value for page in pages for value in scalars(page.values.get(name))]
    addresses = list(dict.fromkeys(value for value in values if isinstance(value, str) and "://" in value))
    if len(addresses) < len(dict.fromkeys(map(str, values))) or len(addresses) < (FEWEST if many else SERIES):
        return None
    rows = list(map(_parts, addresses))
    if len(set(map(len, rows))) > 1:
        return None
    columns = list(zip(*rows, strict=True))
    taught = [page for page in pages if name in page.values]
    counts = [len(scalars(page.values[name])) for page in taught]
    urls = frozenset(page.document.url for page in taught)
    shape = LinkShape(tuple(map(_pattern, columns)), many, min(counts), max(counts), urls)
    numbers = sum(pattern.groups for pattern in shape.parts)
    telling = numbers or any(_is_fixed(column) for column in columns[1:])
    if not telling or not (many or numbers == 1):
        return None
    return shape if all(_same(shape.found(page), page.values.get(name)) for page in pages) else None


def links_on(page: LabelledPage) -> Iterator[tuple[etree._Element, str]]:
    """The page's links with their absolute addresses."""
    for candidate in page.candidates:
        if candidate.kind == "attribute" and candidate.name == "href" and candidate.element.tag == "a":
            yield candidate.element, page.document.absolute(candidate.value)


def lists_on(page: LabelledPage) -> list[set[str]]:
    """The addresses of the page's links, those together that are marked up alike."""
    return list(map(set, _alike(links_on(page))))


def kinds_on(page: LabelledPage, known: set[str]) -> list[set[str]]:
    """The links that are known of a page and that it still shows, by their kinds, of each of which at least one should
    be found: each by itself where few are known, else those that are marked up alike and mostly known of it."""
    if len(known) < SEVERAL:
        return [{address} for address in sorted(known.intersection(address for _, address in links_on(page)))]
    return [one & known for one in lists_on(page) if len(one & known) >= max(1, MOSTLY * len(one))]


def _alike(links: Iterable[tuple[etree._Element, str]]) -> list[dict[str, None]]:
    """Addresses by how their links are marked up, in their order."""
    groups: dict[tuple[str, ...], dict[str, None]] = defaultdict(dict)
    for element, address in links:
        groups[markups(element)].setdefault(address)
    return list(groups.values())


def addresses_like(some: Sequence[str]) -> Callable[[str], bool]:
    """What tells whether an address is written like some others, with as many parts and what these have in common."""
    patterns = {size: tuple(map(_pattern, columns)) for size, columns in _columns(some).items()}
    return lambda address: _is_like(patterns, address)


@dataclass(frozen=True, slots=True)
class Addresses:
    """How all addresses of a field's links are written on the examples: patterns for the parts of those with so many
    parts. ``telling``: how many parts those have that are known by more than their number; ``others``: the addresses to
    which only other fields led."""

    patterns: Mapping[int, Sequence[re.Pattern[str]]]
    telling: frozenset[int]
    others: frozenset[str]

    def are_strange(self, values: Iterable[object]) -> bool:
        """Whether one of the links leads where none of the field's did: its address is written otherwise than all of
        them, or is another field's."""
        return any(not self._is_like(str(value)) for value in values)

    def are_sure(self, values: Iterable[object]) -> bool:
        """Whether all of the links lead where only those of the field did."""
        return all(len(_parts(str(value))) in self.telling and self._is_like(str(value)) for value in values)

    def _is_like(self, address: str) -> bool:
        return address not in self.others and _is_like(self.patterns, address)


def addresses_of(examples: Iterable[Example]) -> dict[str, Addresses]:
    """How the addresses of each field are written that holds several links, if the examples show enough of them."""
    found: dict[str, set[str]] = defaultdict(set)
    many: set[str] = set()
    for example in examples:
        for record in example.items or (example.values,):
            for name, value in record.items():
                found[name].update(map(str, scalars(value)))
                if example.items or isinstance(value, list):
                    many.add(name)
    links = {name: some for name, some in found.items() if some and all("://" in one for one in some)}
    return {
        name: _addresses(sorted(links[name]), {one for other in links if other != name for one in links[other]})
        for name in many & links.keys()
        if len(links[name]) >= FEWEST
    }


def _addresses(own: Sequence[str], others: set[str]) -> Addresses:
    columns = _columns(own)
    patterns = {size: tuple(map(_pattern, some)) for size, some in columns.items()}
    telling = {size for size, some in columns.items() if len(some[0]) >= FEWEST and any(map(_is_fixed, some[1:]))}
    return Addresses(patterns, frozenset(telling), frozenset(others.difference(own)))


def _columns(addresses: Iterable[str]) -> dict[int, list[tuple[str, ...]]]:
    """The parts of addresses that have as many of them, each with those of the others in its place."""
    rows: dict[int, list[tuple[str, ...]]] = defaultdict(list)
    for parts in map(_parts, addresses):
        rows[len(parts)].append(parts)
    return {size: list(zip(*alike, strict=True)) for size, alike in rows.items()}


def _is_like(patterns: Mapping[int, Sequence[re.Pattern[str]]], address: str) -> bool:
    parts = _parts(address)
    found = patterns.get(len(parts))
    return found is not None and all(map(re.Pattern.fullmatch, found, parts))


def _same(found: list[str] | str | None, told: object) -> bool:
    return set(found) == set(told) if isinstance(found, list) and isinstance(told, list) else found == told


def _parts(address: str) -> tuple[str, ...]:
    """Host, path, query and fragment in parts."""
    try:
        split = urlsplit(address)
    except ValueError:
        return ()
    query = (f"?{key}={value}" for key, value in sorted(parse_qsl(split.query, keep_blank_values=True)))
    fragment = ("#" + split.fragment,) if split.fragment else ()
    return (host(address), *split.path.strip("/").split("/"), *query, *fragment)


def _pattern(column: Sequence[str]) -> re.Pattern[str]:
    """What all of the texts match: the same text; or the same beginning, and a number or anything."""
    if len(set(column)) == 1:
        # A year, say: the next page may be of another.
        return re.compile(r"\d+" if column[0].isdigit() else re.escape(column[0]))
    head = _head(column)
    rests = [text[len(head) :] for text in column]
    numbers = all(_NUMBER.fullmatch(rest) for rest in rests)
    return re.compile(re.escape(head) + (r"(\d{1,9})" if numbers else ".+"))


def _head(column: Sequence[str]) -> str:
    """With what all of the texts begin, as far as a mark."""
    first, last = min(column), max(column)
    same = next((at for at, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last)))
    found = _AFFIX.match(first[:same])
    return found.group() if found else ""


def _is_fixed(column: Sequence[str]) -> bool:
    return len(set(column)) == 1 and column[0] != "" and not column[0].isdigit()
