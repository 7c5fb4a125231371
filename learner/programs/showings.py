"""Lists that a page shows several times: for small screens and large ones, or above and below what they belong to.

Where each value stands in a row of its own, made like the others, equal values are as many: the copies of a book
that are all on loan.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from lxml import etree

ROWS: Final = ("li", "tr")
"""Elements that are rows of one list, whatever their classes say."""
CELLS: Final = ("td", "th")
"""Elements that stand side by side in one row."""


def first_showing(places: Sequence[etree._Element], forms: Sequence[str]) -> list[int]:
    """The numbers of a list's values without those that only show it again; ``forms`` are equal for equal values."""
    return _first(list(range(len(forms))), places, forms)


def _first(numbers: list[int], places: Sequence[etree._Element], forms: Sequence[str]) -> list[int]:
    told = [forms[number] for number in numbers]
    if not told or min(Counter(told).values()) < 2:
        return numbers
    branches = _branches([places[number] for number in numbers])
    parts = [[numbers[at] for at in branch] for branch in branches.values()]
    if len(parts) == len(numbers):
        if _alike([places[number] for number in numbers], list(branches)):
            return numbers
        once = {form: number for number, form in reversed(list(zip(numbers, told, strict=True)))}
        return sorted(once.values(), key=numbers.index)
    if len(parts) > 1:
        inner = [_first(part, places, forms) for part in parts]
        if all(len(few) < len(part) for few, part in zip(inner, parts, strict=True)):
            return _first([number for few in inner for number in few], places, forms)
        if all(_told(part, forms) == _told(parts[0], forms) for part in parts):
            return inner[0]
    period = _period(told)
    return numbers[:period] if len(set(told)) > 1 else numbers


def _told(numbers: Sequence[int], forms: Sequence[str]) -> list[str]:
    return [forms[number] for number in numbers]


def _period(told: Sequence[str]) -> int:
    """After how many values all begin again in the same order; all of them if they don't."""
    for times in range(2, len(told) // 2 + 1):
        length, rest = divmod(len(told), times)
        if not rest and list(told) == list(told[:length]) * times:
            return length
    return len(told)


def _branches(places: Sequence[etree._Element]) -> dict[etree._Element, list[int]]:
    """What stands in the same child of the smallest element that has all in it, by that child."""
    paths = [list(_downwards(place)) for place in places]
    shortest = min(map(len, paths))
    depth = 0
    while depth < shortest and len({path[depth] for path in paths}) == 1:
        depth += 1
    branches: dict[etree._Element, list[int]] = {}
    for number, path in enumerate(paths):
        branches.setdefault(path[min(depth, len(path) - 1)], []).append(number)
    return branches


def _downwards(place: etree._Element) -> Iterator[etree._Element]:
    return reversed([place, *place.iterancestors()])


def _alike(places: Sequence[etree._Element], rows: Sequence[etree._Element]) -> bool:
    """Whether places stand each in one of these siblings in the same way, and the siblings are rows of one list."""
    first = rows[0]
    if first.tag in CELLS or any(row.tag != first.tag or row.getparent() is not first.getparent() for row in rows):
        return False
    inner = [[e.tag for e in _downwards(place)][sum(1 for _ in row.iterancestors()) :]
             for place, row in zip(places, rows, strict=True)]  # fmt: skip
    if any(tags != inner[0] for tags in inner):
        return False
    classes = [frozenset((row.get("class") or "").split()) for row in rows]
    return first.tag in ROWS or not any(classes) or bool(frozenset.intersection(*classes))
