"""How a text in which a value was seen is cut to the form that a field's values have.

On a page of another design a value may stand with more than it had before: a label, a mark, a time beside a date.
Only what no example has is cut off, and only where all texts have it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Final

from learner.forms.forms import is_moment
from learner.forms.identifiers import Identifier, identifier_of
from learner.pages.digits import MINUSES, is_below_zero
from learner.pages.values import Scalar
from learner.programs.transforms import KINDS, WHOLE, Transform

SEVERAL: Final = 3
"""Texts from which on words that all of them begin or end with are no part of the values."""
TWO: Final = 2
LONGEST_LABEL: Final = 4
"""Words of a label."""
MOST: Final = 60
"""Texts and examples that are looked at."""
MOSTLY: Final = 0.8
"""The share of the texts that must hold one value of the examples' kind or shape; what holds none is no value."""
_COLONS: Final = frozenset(":：")
_EDGES: Final = frozenset(":,;|-–—•·*>»")


@dataclass(frozen=True, slots=True)
class Habit:
    """How a field's values look: what ``kinds`` they are as a whole, their shape, their marks, their first and last
    words."""

    kinds: tuple[str, ...]
    identifier: Identifier | None
    marks: frozenset[str]
    begins: frozenset[str]
    ends: frozenset[str]


def habit_of(values: Sequence[Scalar]) -> Habit | None:
    """The habit of texts; None when there is none, or values of other types."""
    texts = [value for value in values if isinstance(value, str) and value.strip()]
    if not texts or len(texts) < len(values):
        return None
    identifier = identifier_of(texts)
    texts = list(dict.fromkeys(texts))[:MOST]
    return Habit(
        tuple(kind for kind in WHOLE if all(KINDS[kind].fullmatch(text) for text in texts)),
        identifier,
        frozenset(character for text in texts for character in text if _is_mark(character)),
        frozenset(text.split()[0].casefold() for text in texts),
        frozenset(text.split()[-1].casefold() for text in texts),
    )


def cut(texts: Sequence[str], habit: Habit) -> tuple[Transform, ...]:
    """The program that cuts off what the examples don't have; empty when there is nothing."""
    texts = list(dict.fromkeys(texts))[:MOST]
    for kind in habit.kinds:
        if sum(len(KINDS[kind].findall(text)) == 1 for text in texts) >= MOSTLY * len(texts):
            whole = all(KINDS[kind].fullmatch(text) or (kind == "date" and is_moment(text)) for text in texts)
            return () if whole else (("find", kind, "0"),)
    if habit.identifier is not None:
        held = [habit.identifier.within(text) for text in texts]
        if sum(len(found) == 1 for found in held) >= MOSTLY * len(texts):
            whole = all(found == [text] for found, text in zip(held, texts, strict=True))
            return () if whole else (("token", habit.identifier.pattern, "0"),)
    steps: list[Transform] = []
    head = _head(texts, habit)
    if head:
        steps.append(("after", head))
        texts = [text[len(head) :].strip() for text in texts]
    tail = _tail(texts, habit)
    if tail:
        steps.append(("before", tail))
        texts = [text[: text.find(tail)].strip() for text in texts]
    marks = {end for end in _ends(texts) if end in _EDGES and end not in habit.marks}
    if any(is_below_zero(text, 1) or text[0].isdigit() for text in texts if text):
        marks -= set(MINUSES)  # a number's sign is part of it, though no example is below zero
    if any("«" in text for text in texts):
        marks.discard("»")
    if marks:
        steps.append(("strip", "".join(sorted(marks))))
    return tuple(steps)


def _head(texts: Sequence[str], habit: Habit) -> str:
    """The words with which all texts begin and no example does; empty when there are none."""
    rows = [text.split() for text in texts]
    shared = _shared(rows) or _labelled(rows, habit)
    own = next((at for at, word in enumerate(shared) if _is_own(word, habit.begins)), len(shared))
    return " ".join(shared[:own])


def _labelled(rows: Sequence[Sequence[str]], habit: Habit) -> list[str]:
    """The words of the label that even two texts have before a colon, where no example has one."""
    if len(rows) < TWO or not _COLONS.isdisjoint(habit.marks):
        return []
    at = next((at for at, word in enumerate(rows[0][:LONGEST_LABEL]) if word[-1] in _COLONS), None)
    label = [] if at is None else list(rows[0][: at + 1])
    return label if all(list(row[: len(label)]) == label and len(row) > len(label) for row in rows) else []


def _tail(texts: Sequence[str], habit: Habit) -> str:
    """The words with which all texts end and no example does; empty when there are none."""
    shared = _shared([text.split()[::-1] for text in texts])
    own = next((at for at, word in enumerate(shared) if _is_own(word, habit.ends)), len(shared))
    tail = "".join(" " + word for word in reversed(shared[:own]))
    # What stands earlier in a text too can't be cut off at its first place.
    return tail if tail and all(text.find(tail) == len(text) - len(tail) for text in texts) else ""


def _is_own(word: str, known: frozenset[str]) -> bool:
    """Whether a word is part of the values: examples have it there, or it numbers them ("3.", "a)")."""
    return word.casefold() in known or any(map(str.isdigit, word)) or sum(map(str.isalpha, word)) == 1


def _shared(rows: Sequence[Sequence[str]]) -> list[str]:
    """The words with which several rows begin; none if one of them has no others."""
    if len(rows) < SEVERAL:
        return []
    alike = [column[0] for column in takewhile(lambda column: len(set(column)) == 1, zip(*rows, strict=False))]
    return [] if len(alike) == min(map(len, rows)) else alike


def _ends(texts: Sequence[str]) -> set[str]:
    """The characters with which all texts begin, or all end."""
    edges = {text[0] for text in texts if text}, {text[-1] for text in texts if text}
    return {character for edge in edges if len(edge) == 1 for character in edge}


def _is_mark(character: str) -> bool:
    return not character.isalnum() and not character.isspace()
