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
_ENGLISH_MARKS: Final = str.maketrans({DECIMAL: ".", PARTING: ",", "،": ",", "，": ",", "．": "."})
_OTHER_DIGIT: Final = re.compile(r"(?![0-9])\d")
_WIDE: Final = {0xFF01 + offset: chr(0x21 + offset) for offset in range(94)}


def western(text: str) -> str:
    """The text with the digits 0 to 9 in place of those of other scripts, each where it was."""
    return text if text.isascii() else _OTHER_DIGIT.sub(lambda digit: str(unicodedata.decimal(digit.group())), text)


def narrow(text: str) -> str:
    """The text with the signs of ASCII for those of full width, each where it was: "2024/1" for "２０２４／１"."""
    return text if text.isascii() else text.translate(_WIDE)


def plain(number: str) -> str:
    """A number, and nothing else, with digits, point and comma as they are in English or German."""
    return number if number.isascii() else western(number).translate(_ENGLISH_MARKS)
