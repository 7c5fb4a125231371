"""Amounts of money, in any currency and with any decimal mark."""

from __future__ import annotations

import pytest

from learner.forms.money import likely_money, money, moneys


@pytest.mark.parametrize(("text", "amount"), [
    ("£155.50", ("GBP", 155.5)), ("155.50 GBP", ("GBP", 155.5)), ("1 299,00 zł", ("PLN", 1299)),
    ("50.000,00 PLN", ("PLN", 50_000)), ("12.500,- kr", ("kr", 12_500)), ("CHF 1'299.–", ("CHF", 1299)),
    ("R$ 1.234,56", ("BRL", 1234.56)), ("₹1,23,456", ("INR", 123_456)), ("EUR5", ("EUR", 5)), ("5 Euro", ("EUR", 5)),
    # Words that only begin like a currency, or may be another thing, and texts that are more than an amount.
    ("5 Eurocents", None), ("12 ft", None), ("Fr 15", None), ("from £5", None), ("155.50", None),
])  # fmt: skip
def test_amounts_are_read(text: str, amount: tuple[str, float] | None) -> None:
    assert money(text) == amount


def test_an_amount_that_can_be_read_in_two_ways_is_both() -> None:
    assert (money("€ 1.357"), moneys("€ 1.357")) == (None, [("EUR", 1.357), ("EUR", 1357.0)])


@pytest.mark.parametrize(("text", "amount"), [
    ("€ 12.990", ("EUR", 12_990)), ("12.990 €", ("EUR", 12_990)), ("12,99 €", ("EUR", 12.99)), ("12.990", None),
])  # fmt: skip
def test_amounts_have_no_fractions_of_three_digits(text: str, amount: tuple[str, float] | None) -> None:
    assert likely_money(text) == amount
