"""Persons named in one text, as bylines have them: "Ann Lee, Bo van Ek and Cy Fox"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from learner.pages.values import Scalar

PERSONS: Final = "persons"
"""In place of the mark that parts a text into values: the persons named in what is made of the text."""
_JOINT: Final = re.compile(
    r"\s*[,;]\s+(?:(?:&|and|e|en|et|o[cg]h?|und|y)\s+)?|\s+(?:&|and|e|en|et|o[cg]h?|und|y)\s+|\s*[/|]\s*"
)
_WORD: Final = re.compile(r"[^\W\d_]+(?:[.'’-][^\W\d_]*)*")


def is_person(text: str) -> bool:
    """Whether the text looks like the name of one person: a few words, the first and the last with a capital."""
    words = text.split()
    if not 2 <= len(words) <= 5 or not all(map(_WORD.fullmatch, words)):
        return False
    return words[0][0].isupper() and words[-1][0].isupper() and _JOINT.search(text) is None


def are_persons(values: Sequence[Scalar]) -> bool:
    """Whether there are values, and all of them are names of persons."""
    return bool(values) and all(isinstance(value, str) and is_person(value) for value in values)


def persons(text: str) -> list[str]:
    """The persons named in the text; the text itself if it is anything but several names."""
    parts = _JOINT.split(text.strip())
    return parts if len(parts) > 1 and all(map(is_person, parts)) else [text]
