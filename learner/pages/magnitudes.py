"""Magnitudes: the words and letters that multiply the number before them. "£3.58 million" is no price of £3.58."""

from __future__ import annotations

import re
from typing import Final

_MULTIPLES: Final = {
    1e3: "thousand|tausend|tsd|tys|tis|тыс(?:яч[аи]?)?|тис(?:яч[аі]?)?|[أا]لف|[آا]لاف|אלף|אלפים",
    1e6: r"millions?|million(?:en|er|es)|millón|milhão|milhões|milion[ei]|miljoe?n(?:er)?|milion(?:y|ů|ów)|mln|mio"
    r"|млн|миллион(?:а|ов)?|мільйон(?:а|ів)?|milyon|مليون|ملايين|מיליון",
    1e9: r"billions?|bn|milliards?|milliarden?|miliard(?:i|o|y|ów)?|miljarde?r?|mrd|mld"
    r"|млрд|миллиард(?:а|ов)?|мільярд(?:а|ів)?|milyar|مليار|מיליארד",
}
# Letters are units of other things where no currency stands before the number.
_MULTIPLE_LETTERS: Final = {1e3: "[kK]", 1e6: "[mM]"}
_ANY_WORD: Final = "|".join(_MULTIPLES.values())
_ANY_LETTER: Final = "|".join(_MULTIPLE_LETTERS.values())
MAGNITUDE: Final = rf"(?:[ \u00a0\u202f]?(?i:{_ANY_WORD})\b|(?:{_ANY_LETTER})(?![^\W_]))"
"""The pattern of what stands behind the number of an amount."""
_MULTIPLE: Final = re.compile("|".join(rf"({words})\b" for words in _MULTIPLES.values()), re.IGNORECASE)
_MULTIPLE_LETTER: Final = re.compile("|".join(rf"({letter})(?![^\W_])" for letter in _MULTIPLE_LETTERS.values()))
SHORTENED: Final = re.compile(r"[kK](?![^\W_])")
"""What stands behind a number of thousands that is written short."""
_SHORT: Final = {"k": 1e3, "m": 1e6, "b": 1e9}
_ABRIDGED: Final = re.compile(r"(?<![\w.,])(\d{1,3}(?:[.,]\d{1,2})?)\s?([kKmMbB])(?![^\W_])")
_MONEY: Final = re.compile("[$€£¥₹]")
_MONEY_BEFORE: Final = re.compile(r"[$€£¥₹]\s?[-+]?\Z")


def short_count(text: str) -> float | None:
    """The number of a count that is written short, "12.3k" as 12300; None where no such letter follows the one number
    of the text, which is no amount of money."""
    runs = _ABRIDGED.findall(text)
    if len(runs) != 1 or _MONEY.search(text):
        return None
    figures, letter = runs[0]
    return round(float(figures.replace(",", ".")) * _SHORT[letter.casefold()], 3)


def magnitude(text: str, start: int, stop: int) -> float:
    """By how much the number that stands in a text from ``start`` to ``stop`` is multiplied by what follows it."""
    word = _MULTIPLE.match(text, stop + (text[stop : stop + 1] in " \u00a0\u202f" and stop < len(text)))
    if word is not None:
        return list(_MULTIPLES)[(word.lastindex or 1) - 1]
    letter = _MULTIPLE_LETTER.match(text, stop) if _MONEY_BEFORE.search(text, max(0, start - 3), start) else None
    return 1.0 if letter is None else list(_MULTIPLE_LETTERS)[(letter.lastindex or 1) - 1]
