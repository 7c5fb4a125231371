"""How far the form of values is that of a field's examples: their marks, their letters and digits, their edges."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from learner.pages.values import Scalar, Value, scalars

AFFIX: Final = 5.0
"""What a word counts with which all values of a list begin or end, and no example; a mark that is missing counts 1."""
MANY: Final = 60
"""Values of a list that are looked at, where each is compared with each."""


def likeness(value: Value, examples: Sequence[Scalar]) -> float:
    """How far the value's form is the examples' (0 and less: it has what no example has)."""
    usual = [_form(one) for one in examples[:MANY] if isinstance(one, str)]
    mine = [_form(one) for one in scalars(value)[:MANY] if isinstance(one, str)]
    if not usual or not mine:
        return 0.0
    seen = frozenset.union(*usual)
    always = frozenset.intersection(*usual)
    strange = sum(len(form - seen) for form in mine) / len(mine)
    lacking = sum(len(always - form) for form in mine) / len(mine)
    return -strange - lacking - AFFIX * len(_affixes(value) - _affixes(list(examples)))


def _form(text: str) -> frozenset[str]:
    """What a text is made of: its marks, digits, letters, and with what it begins and ends."""
    marks = {character for character in text if not character.isalnum() and not character.isspace()}
    kinds = {"digits" for character in text if character.isdigit()} | {"letters" for c in text if c.isalpha()}
    edges = {f"{where} {_sort(text[at])}" for where, at in (("begins", 0), ("ends", -1)) if text}
    return frozenset(marks | kinds | edges)


def _affixes(value: Value) -> set[str]:
    """The word with which all values of a list begin, and the one with which they end: a label, mostly, or a year."""
    values = [one.split() for one in scalars(value)[:MANY] if isinstance(one, str) and one.strip()]
    if len(values) < 3:
        return set()
    edges = {("begins", words[0]) for words in values}, {("ends", words[-1]) for words in values}
    shared = {one for edge in edges if len(edge) == 1 for one in edge}
    return {f"{where} {word}" for where, word in shared if not any(map(str.isdigit, word))}


def _sort(character: str) -> str:
    if character.isdigit():
        return "digit"
    return ("capital" if character.isupper() else "letter") if character.isalpha() else character
