"""Items of an old export and recorded pages, put together: by the page's URL, or by values that stand on it."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from w3lib.url import canonicalize_url

from crawler.inputs.warc import RecordedPage
from learner.errors import PageRejected
from learner.pages.values import normal, scalars
from learner.programs.examples import Example, LabelledPage, opened

Item = Mapping[str, Any]

SHARE: Final = 0.6
"""Of an item's values, how many have to stand on a page that it is matched with by values."""
FOUND: Final = 0.5
"""Of the pages, on how many a field has to stand to be learned."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A page with the items that belong to it."""

    page: RecordedPage
    items: tuple[Item, ...]


@dataclass
class Pairing:
    """What was matched, and what was not."""

    pairs: list[Pair] = field(default_factory=list)
    by_url: int = 0
    by_values: int = 0
    unmatched_items: list[Item] = field(default_factory=list)
    unmatched_pages: list[RecordedPage] = field(default_factory=list)


def pair(pages: Iterable[RecordedPage], items: Sequence[Item], url_fields: Sequence[str], most: int) -> Pairing:
    """Match items with pages, ``most`` pages at most; of pages with one URL the last counts.

    An item is matched by its URL, whatever field holds it. If it has none that is a page's, it is matched with the page
    that shows most of its values, if that is one page alone.
    """
    wanted: dict[str, list[int]] = defaultdict(list)
    for number, item in enumerate(items):
        for name in url_fields:
            if name in item:
                wanted[_key(item[name])].append(number)
    found: dict[str, RecordedPage] = {}
    others: dict[str, RecordedPage] = {}
    for page in pages:
        key = _key(page.url)
        if key in wanted:
            if key in found or len(found) < most:
                found[key] = page
        elif key in others or len(others) < most:
            others[key] = page
        if len(found) >= most:
            break
    result = Pairing()
    matched: set[int] = set()
    for key, page in found.items():
        mine = [number for number in dict.fromkeys(wanted[key]) if number not in matched]
        matched.update(mine)
        result.pairs.append(Pair(page, tuple(items[number] for number in mine)))
    result.by_url = len(matched)
    left = [number for number in range(len(items)) if number not in matched]
    if left and others and len(found) < most:
        by_values = _by_values(list(others.values()), {number: items[number] for number in left})
        for page, numbers in by_values:
            matched.update(numbers)
            others.pop(_key(page.url), None)
            result.pairs.append(Pair(page, tuple(items[number] for number in numbers)))
            result.by_values += len(numbers)
    result.unmatched_items = [item for number, item in enumerate(items) if number not in matched]
    result.unmatched_pages = list(others.values())
    return result


def examples_of(
    pairs: Sequence[Pair], fields: Sequence[str], *, many: bool
) -> tuple[list[Example], dict[str, float], set[str]]:
    """The pairs as examples, of those fields that stand on the pages; on what share of the pages each one does; and the
    fields that seem to hold lists joined with commas, of which no example has any: where an element ends, they do not
    tell."""
    read = []
    for one in pairs:
        asked = [{name: item[name] for name in fields if name in item} for item in one.items]
        try:
            read.append((one, opened(Example(one.page.url, one.page.html, items=asked))))
        except PageRejected:
            continue
    standing = [[_standing(page, item, fields) for item in one.items] for one, page in read]
    having = Counter(name for one, _ in read for item in one.items for name in fields if name in item)
    seen = Counter(name for items in standing for item in items for name in item)
    shares = {name: seen[name] / having[name] for name in fields if having[name]}
    joined = _joined([(page, item) for one, page in read for item in one.items], fields)
    good = {name for name, share in shares.items() if share >= FOUND} - joined
    found = []
    for (one, _), items in zip(read, standing, strict=True):
        kept = [{name: value for name, value in item.items() if name in good} for item in items]
        kept = [item for item in kept if item]
        if kept and many:
            found.append(Example(one.page.url, one.page.html, items=kept))
        elif kept:
            found.append(Example(one.page.url, one.page.html, kept[-1]))
    return found, shares, joined


def _joined(items: Sequence[tuple[LabelledPage, Item]], fields: Sequence[str]) -> set[str]:
    """The fields whose texts with commas stand on their pages in parts more often than whole."""
    whole, parted = Counter[str](), Counter[str]()
    for page, item in items:
        for name in fields:
            text = str(item.get(name)) if isinstance(item.get(name), str) else ""
            parts = [part.strip() for part in text.split(",")]
            if len(parts) > 1 and page.places(text, 1):
                whole[name] += 1
            elif len(parts) > 1 and all(part and page.places(part, 1) for part in parts):
                parted[name] += 1
    return {name for name in parted if parted[name] > whole[name]}


def _standing(page: LabelledPage, item: Item, fields: Sequence[str]) -> dict[str, Any]:
    """The values that stand on the page."""
    return {
        name: item[name]
        for name in fields
        if name in item and all(page.places(scalar, 1) for scalar in scalars(item[name]))
    }


def _by_values(pages: Sequence[RecordedPage], items: Mapping[int, Item]) -> list[tuple[RecordedPage, list[int]]]:
    """Pages with the numbers of the items that they show."""
    showing: dict[str, set[int]] = defaultdict(set)
    for position, page in enumerate(pages):
        try:
            candidates = LabelledPage(Example(page.url, page.html, {})).candidates
        except PageRejected:
            continue
        for form in {normal(candidate.value) for candidate in candidates}:
            showing[form].add(position)
    found: dict[int, list[int]] = defaultdict(list)
    for number, item in items.items():
        forms = {normal(str(value)) for values in item.values() for value in scalars(values)} - {""}
        hits: Counter[int] = Counter()
        weights: dict[int, float] = defaultdict(float)
        for form in forms:
            for position in showing.get(form, ()):
                hits[position] += 1
                weights[position] += math.log(1 + len(pages) / len(showing[form]))
        ranked = sorted(weights, key=lambda position: -weights[position])
        if not ranked:
            continue
        best = ranked[0]
        alone = len(ranked) == 1 or weights[best] > weights[ranked[1]] + 1e-9
        # A page that shows one short value of an item shows it by chance.
        if alone and hits[best] >= max(min(2, len(forms)), math.ceil(SHARE * len(forms))):
            found[best].append(number)
    return [(pages[position], numbers) for position, numbers in found.items()]


def _key(url: Any) -> str:
    """A URL in a form in which those of one page are equal: without scheme, ``www.``, fragment and last slash."""
    try:
        canonical = canonicalize_url(str(url))
    except ValueError:
        return str(url)
    _, _, rest = canonical.partition("://")
    return rest.removeprefix("www.").rstrip("/")
