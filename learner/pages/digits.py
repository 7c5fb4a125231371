"""Digits of any script, and the marks that stand between them: "١٬٢٥٠" and "１，２５０" are 1,250."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

PARTING: Final = "٬"
DECIMAL: Final = "٫"
"""The marks of Arabic digits, each of which has one meaning: unlike a comma, neither is ever the other."""
MARKS: Final = f"{DECIMAL}{PARTING}،，．"
"""Marks in numbers besides point and comma, for classes of patterns."""
MINUSES: Final = "−–‑－-"
"""Signs of numbers below zero: typesetters write a minus, or a dash, where keyboards have a hyphen."""
SIGN: Final = rf"(?<![^\s(\[])[{MINUSES}]"
"""The pattern of one that is a sign: where something stands before it, it parts that from the number."""
_ENGLISH_MARKS: Final = str.maketrans({DECIMAL: ".", PARTING: ",", "،": ",", "，": ",", "．": "."})
_OTHER_DIGIT: Final = re.compile(r"(?![0-9])\d")
_WIDE: Final = {0xFF01 + offset: chr(0x21 + offset) for offset in range(94)}


def western(text: str) -> str:
    """The text with the digits 0 to 9 in place of those of other scripts, each where it was."""
    return text if text.isascii() else _OTHER_DIGIT.sub(lambda digit: str(unicodedata.decimal(digit.group())), text)


def narrow(text: str) -> str:
    """The text with the signs of ASCII for those of full width, each where it was: "2024/1" for "２０２４／１"."""
    return text if text.isascii() else text.translate(_WIDE)


def is_below_zero(text: str, at: int) -> bool:
    """Whether a sign stands before the number that begins in the text at ``at``."""
    return (
        0 < at < len(text)
        and text[at].isdigit()
        and text[at - 1] in MINUSES
        and (at == 1 or text[at - 2].isspace() or text[at - 2] in "([")
    )


def plain(number: str) -> str:
    """A number, and nothing else, with digits, point and comma as they are in English or German."""
    return number if number.isascii() else western(number).translate(_ENGLISH_MARKS)
