"""Currencies: the signs and words that stand with amounts of money, and the codes that they mean."""

from __future__ import annotations

import re
from typing import Final

_CODES: Final = (
    "AUD BGN BRL CAD CHF CNY CZK DKK EUR GBP HKD HUF INR JPY KRW MXN NOK NZD PLN RON RUB SEK SGD TRY UAH USD ZAR"
).split()
_SIGNS: Final = {
    "R$": "BRL",
    "$": "USD",
    "€": "EUR",
    "£": "GBP",
    "¥": "JPY",
    "₩": "KRW",
    "₪": "ILS",
    "₫": "VND",
    "₱": "PHP",
    "₴": "UAH",
    "₹": "INR",
    "₺": "TRY",
    "₽": "RUB",
    "฿": "THB",
}
# "kr" is a crown of three countries. What is another word as well ("Fr", a Friday) is left out.
_CURRENCY_WORDS: Final = {"Euro": "EUR", "Kč": "CZK", "kr": "kr", "zł": "PLN"}
CURRENCIES: Final = {**_SIGNS, **_CURRENCY_WORDS, **{code: code for code in _CODES}}
"""What stands with an amount, and the code of its currency."""
BEFORE: Final = "|".join([*map(re.escape, _SIGNS), *(rf"(?<!\w){word}(?![^\W\d_])" for word in ("kr", *_CODES))])
AFTER: Final = "|".join([*map(re.escape, _SIGNS), *(rf"{word}\b" for word in (*_CURRENCY_WORDS, *_CODES))])
"""Patterns of what stands before an amount, and after it."""
CURRENCY: Final = re.compile(
    "|".join([*map(re.escape, _SIGNS), *(rf"(?<![^\W\d_]){word}(?![^\W\d_])" for word in (*_CURRENCY_WORDS, *_CODES))])
)
