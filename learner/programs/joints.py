"""Joined texts: several values of which a spider makes one, as ``", ".join(authors)`` does.

A page shows each part by itself, and the whole nowhere. Rules find the parts, as they find the values of a list; what
they find is joined again, so that the item has what the spider gives.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from itertools import accumulate
from typing import Final

from learner.errors import PageRejected
from learner.pages.values import Scalar, Value, normal
from learner.programs.examples import Example, Known, LabelledPage

MARKS: Final = (
    ", ",
    "; ",
    " | ",
    " / ",
    " > ",
    " › ",
    " » ",
    " → ",
    " · ",
    " • ",
    " - ",
    " – ",
    " & ",
    " + ",
    ",",
    ";",
    "|",
)
"""What parts are joined with, other than white space; the longer first."""
SHORTEST: Final = 2
"""Characters of a part: those of one stand on most pages by chance."""
MAX_TEXT: Final = 40_000
"""Characters of a text of which parts are looked for, white space aside."""

Joints = Mapping[str, str]
"""By field, what its parts are joined with."""


def as_one_text(values: Sequence[Scalar], joint: str) -> str:
    """The parts as the one text that the item has."""
    return joint.join(map(str, values))


def joint_of(text: str, page: LabelledPage) -> str:
    """What joins the parts of a text that stand on the page each by itself; empty where they don't."""
    for mark in MARKS:
        found = [normal(part) for part in text.split(mark)]
        if len(found) > 1 and all(map(_is_part, found)) and all(form in page.forms for form in found):
            return mark
    cover = _cover_by_lines(text, page.leaves, "\n" in text.strip())
    if len(cover) < 2:
        return ""
    between: list[str] = re.findall(r"\s+", text.strip())
    joints = [between[start - 1] for start, _ in cover[1:]]
    return max(joints, key=joints.count)


def shows(page: LabelledPage, value: Scalar) -> bool:
    """Whether the value stands on the page, as a whole or in parts."""
    return bool(page.places(value) or (isinstance(value, str) and joint_of(value, page)))


def parts_of_text(text: str, joint: str, forms: Collection[str] = ()) -> list[Scalar] | None:
    """The parts of a joined text. Where white space joins them, only the ``forms`` of their page, its leaves, tell
    where one ends; None where these don't."""
    if joint.strip():
        return [part.strip() for part in text.split(joint) if part.strip()]
    if cover := _cover_by_lines(text, forms, "\n" in joint):
        words = text.split()
        return [" ".join(words[start:stop]) for start, stop in cover]
    return [part.strip() for part in text.split(joint) if part.strip()] if "\n" in joint else None


def parted(record: Mapping[str, Value], joints: Joints, forms: Collection[str] = ()) -> dict[str, Value]:
    """The record with lists in the place of joined texts, without those whose parts are not known."""
    found: dict[str, Value] = {}
    for name, value in record.items():
        if name not in joints or not isinstance(value, str):
            found[name] = value
        elif (several := parts_of_text(value, joints[name], forms)) is not None:
            found[name] = several
    return found


def as_whole_texts(record: Mapping[str, Value], joints: Joints) -> dict[str, Value]:
    """The record with joined texts in the place of lists: the inverse of ``parted``."""
    return {
        name: as_one_text(value, joints[name]) if name in joints and isinstance(value, list) else value
        for name, value in record.items()
    }


def parted_example(example: Example, joints: Joints, forms: Collection[str] | None = None) -> Example:
    """The example with lists in the place of joined texts; ``forms`` of its page are looked for where they are needed
    and not given."""
    needed = forms_of(example) if forms is None and has_blank(joints) else forms or ()
    return _with(example, lambda record: parted(record, joints, needed))


def joined_example(example: Example, joints: Joints) -> Example:
    """The inverse of ``parted_example``."""
    return _with(example, lambda record: as_whole_texts(record, joints))


def _with(example: Example, change: Callable[[Mapping[str, Value]], Mapping[str, Value]]) -> Example:
    """The example with its item, or each of its records, changed."""
    return replace(
        example,
        item=None if example.item is None else change(example.item),
        items=None if example.items is None else list(map(change, example.items)),
    )


def parted_fact(fact: Known, joints: Joints, forms: Collection[str] = ()) -> Known:
    """What is known, with lists in the place of joined texts; known in part where their parts are not known."""
    item = None if fact.item is None else parted(fact.item, joints, forms)
    items = None if fact.items is None else [parted(record, joints, forms) for record in fact.items]
    whole = zip([fact.item or {}, *(fact.items or ())], [item or {}, *(items or ())], strict=True)
    partly = fact.partly or any(len(one) > len(other) for one, other in whole)
    return replace(fact, item=item, items=items, partly=partly)


def has_blank(joints: Joints) -> bool:
    """Whether white space joins the parts of a field: only their page tells where one ends."""
    return not all(map(str.strip, joints.values()))


def forms_of(example: Example) -> Collection[str]:
    """The forms of what the example's page shows, that tell the parts of joined texts; of what is no page none."""
    try:
        return LabelledPage(example).leaves
    except PageRejected:
        return ()


def _is_part(form: str) -> bool:
    return len(form) >= SHORTEST and any(map(str.isalnum, form))


def _cover_by_lines(text: str, forms: Collection[str], lines: bool) -> list[tuple[int, int]]:
    """``_cover``, of ``lines`` if they are told and each has parts of its own."""
    return (_cover(text, forms, lines=True) if lines else []) or _cover(text, forms)


def _cover(text: str, forms: Collection[str], *, lines: bool = False) -> list[tuple[int, int]]:
    """The fewest parts, one behind the other, that are the text and stand on the page each by itself: the numbers of
    their first words, and of those behind their last; none where there are none. Of ``lines`` each has its own."""
    words = [normal(word) for word in text.split()]
    whole = "".join(words)
    ends_of_lines = list(accumulate(len(line.split()) for line in text.split("\n"))) if lines else []
    if len(whole) > MAX_TEXT:
        return []
    ends = {end: number for number, end in enumerate(accumulate(map(len, words), initial=0))}
    stops: dict[int, list[int]] = {}
    for form in forms:
        at = whole.find(form) if len(form) >= SHORTEST else -1
        while at >= 0:
            if at in ends and at + len(form) in ends:
                start, stop = ends[at], ends[at + len(form)]
                if not any(start < end < stop for end in ends_of_lines):
                    stops.setdefault(start, []).append(stop)
            at = whole.find(form, at + 1)
    # By the number of a word: the fewest parts that are the text from there on, and where the first of them ends.
    fewest: dict[int, tuple[int, int]] = {len(words): (0, 0)}
    for start in range(len(words) - 1, -1, -1):
        counts = [(fewest[stop][0] + 1, stop) for stop in stops.get(start, ()) if stop in fewest]
        if counts:
            fewest[start] = min(counts)
    cover: list[tuple[int, int]] = []
    start = 0
    while 0 in fewest and start < len(words):
        cover.append((start, fewest[start][1]))
        start = fewest[start][1]
    return cover
