"""Amounts of money that texts say, in any currency and with any decimal mark."""

from __future__ import annotations

from learner.pages.currencies import CURRENCIES, CURRENCY
from learner.pages.values import read_number, readings_of
from learner.programs.transforms import KINDS

Money = tuple[str, float]
"""Currency and how much it is."""


def money(text: str) -> Money | None:
    """Of a text that is an amount of money as a whole, and can be read in one way only."""
    amounts = moneys(text)
    return amounts[0] if len(amounts) == 1 else None


def likely_money(text: str) -> Money | None:
    """The same of a text that may be read in two ways ("€ 12.990"), too: as thousands, for amounts of money seldom have
    fractions of three digits."""
    return max(moneys(text), default=None)


def moneys(text: str) -> list[Money]:
    """What such a text may say: two amounts, if its decimal mark is not known ("€ 1.357")."""
    if KINDS["amount"].fullmatch(text) is None or (currency := CURRENCY.search(text)) is None:
        return []
    name = CURRENCIES.get(currency.group(), currency.group())
    number = read_number(text)
    return [(name, float(one)) for one in ([number] if number is not None else sorted(readings_of(text)))]
