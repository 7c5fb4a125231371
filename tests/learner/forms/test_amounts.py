"""Amounts that changed since they were known: found by what they go with, or not at all."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import pytest

from learner import Example
from learner.forms.amounts import changed, contradict, go_together
from learner.pages.values import Scalar, Value
from learner.programs.examples import LabelledPage

PRICES = (95.25, 120.0, 349.9, 801.5, 1250.0, 4999.99, 60.0, 220.0)
SHIPPING = (16.85, 43.1, 12.0, 38.4, 20.2, 9.9, 31.0, 25.5)


def page(price: float, shipping: float, number: int) -> LabelledPage:
    html = (
        f"<html><body><h1>Clock {number}</h1><ins class=now>€ {price:,.2f}</ins>"
        f"<table><tr><td>€ {shipping:.2f}</td></tr></table><p>Basket: € 0.00</p>"
        "<p>Orders above € 50.00 are sent free of charge by our own van.</p></body></html>"
    )
    return LabelledPage(Example(f"http://clocks.example/{number}", html, {}))


def shop(change: Callable[[float], float]) -> list[LabelledPage]:
    return [page(change(p), s, n) for n, (p, s) in enumerate(zip(PRICES, SHIPPING, strict=True))]


def text(amount: float) -> Scalar:
    return f"€ {amount:,.2f}"


@pytest.mark.parametrize("write", [text, float])
@pytest.mark.parametrize("change", [1.07, 0.8, 1.0, 2.5])
def test_what_was_dear_is_still_dear(change: float, write: Callable[[float], Scalar]) -> None:
    pages = shop(lambda price: price * change)
    known = {page: write(price) for page, price in zip(pages, PRICES, strict=True)}
    assert changed(known) == {page: write(round(p * change, 2)) for page, p in zip(pages, PRICES, strict=True)}


@pytest.mark.parametrize(
    ("pages", "known", "found"),
    [
        pytest.param(shop(lambda price: price)[:4], [text(p) for p in PRICES[:4]], None, id="few pages"),
        pytest.param(shop(lambda price: price), [text(99.0 + n) for n in range(8)], None, id="much alike"),
        pytest.param(shop(lambda price: price), ["$ 10.00"] * 8, None, id="all the same"),
        pytest.param(shop(lambda price: price), [f"${p}" for p in PRICES], {}, id="another currency"),
        pytest.param(shop(lambda price: 100_000 / price), [text(p) for p in PRICES], {}, id="nothing goes with it"),
        pytest.param(shop(lambda price: 20 * price), [text(p) for p in PRICES], {}, id="too far"),
        pytest.param(shop(lambda price: price), [f"Clock {n}" for n in range(8)], None, id="no amounts"),
    ],
)
def test_what_cannot_be_told(pages: list[LabelledPage], known: list[Scalar], found: object) -> None:
    assert changed(dict(zip(pages, known, strict=True))) == found


@pytest.mark.parametrize(
    ("said", "is_so"),
    [
        pytest.param([text(p * 1.1) for p in PRICES], False, id="all rose"),
        pytest.param([text(s) for s in SHIPPING], True, id="another thing"),
        pytest.param([text(p * 50) for p in PRICES], True, id="fifty times as much"),
        pytest.param([text(s) for s in SHIPPING[:4]], False, id="too few to tell"),
        pytest.param([text(p * 50) for p in PRICES[:2]], True, id="fifty times as much, on two pages"),
        pytest.param([text(p * 50) for p in PRICES[:1]], False, id="on one page"),
        pytest.param([text(p * 2) for p in PRICES[:4]], False, id="twice as much, on four pages"),
        pytest.param(["sold"] * 8, False, id="no amounts"),
    ],
)
def test_amounts_that_have_nothing_to_do_with_what_is_known(said: list[Scalar], is_so: bool) -> None:
    pages = shop(lambda price: price)
    known = {page: text(price) for page, price in zip(pages, PRICES, strict=True)}
    assert contradict(dict(zip(pages, said, strict=False)), known) is is_so


REVIEWS = (67, 348, 15, 4057, 741, 3047, 120, 1999)


STOCKS = (10580, 1515, 9825, 4075, 16201, 696, 11923)
ROOMS = (76, 148, 125, 123, 264, 239, 215, 89, 218, 134, 95, 187, 209, 178, 82, 64, 168, 311)
DAY_AFTER = (68, 155, 112, 145, 264, 299, 215, 89, 191, 158, 95, 240, 261, 142, 91, 71, 198, 311)


@pytest.mark.parametrize(
    ("known", "now", "so"),
    [
        (STOCKS, [n + 47 for n in STOCKS], True),
        (STOCKS, [str(n - 9) for n in STOCKS], True),
        (STOCKS, [STOCKS[-1], *STOCKS[:-1]], False),  # those of other pages
        (STOCKS, [n * 0.8 for n in STOCKS], None),  # prices before a sale, as far as so few tell
        (STOCKS * 2, [n * 0.8 for n in STOCKS * 2], False),
        (STOCKS, ["", *[n + 47 for n in STOCKS[1:]]], True),
        (STOCKS, ["", "", "many", *[n + 47 for n in STOCKS[3:]]], None),
        (STOCKS, ["", "", "many", "", "", "", STOCKS[6] + 47], False),
        (STOCKS[:5], [n + 47 for n in STOCKS[:5]], None),
        ([1000 + n for n in range(9)], [1001 + n for n in range(9)], None),
        (["red", "blue"], ["blue", "red"], False),
        ([], [], False),
        (sorted(ROOMS), sorted(DAY_AFTER, reverse=True), False),
        # Prices that are closer together: of so many pairs it is no chance either.
        (ROOMS, DAY_AFTER, True),
        (ROOMS[6:12], DAY_AFTER[6:12], None),  # all up, of few
        (STOCKS[:6], [n * 0.8 for n in STOCKS[:6]], None),
        (["", *ROOMS[1:]], DAY_AFTER, True),
        (ROOMS, [*DAY_AFTER[5:], *DAY_AFTER[:5]], None),
        ([90 + n for n in range(40)], [129 - n for n in range(40)], None),  # ratings, all alike
        ([7.1 + n % 9 / 5 for n in range(40)], [7.0 + n % 9 / 5 for n in range(40)], None),
        ([60] * 40, [60] * 40, None),
    ],
)
def test_amounts_that_are_others_every_day_go_with_what_was_known(
    known: Sequence[Value], now: Sequence[Value], so: bool | None
) -> None:
    assert go_together(list(zip(known, now, strict=True))) is so


@pytest.mark.parametrize(("known", "so"), [(STOCKS, True), (ROOMS, None)])
def test_of_known_amounts_that_are_far_from_each_other_more_is_believed(known: Sequence[int], so: bool | None) -> None:
    pairs = [(number, number + number % 3) for number in known]
    assert go_together(pairs) is True
    assert go_together(pairs, spread=True) is so


def test_thousands_of_amounts_go_together() -> None:
    known = [math.exp(n % 700 / 100) for n in range(3000)]
    assert go_together([(one, 1.01 * one) for one in known]) is True
    assert go_together([(one, 7 * one) for one in known]) is False


def reviewed(said: str, counts: Sequence[int]) -> list[LabelledPage]:
    """Pages with so many reviews, as this is said, beside other numbers: rooms, a year, and what is sold."""
    return [
        LabelledPage(
            Example(
                f"http://inns.example/{number}",
                f"<html><body><h1>Inn {number}</h1><p>Since 19{20 + number}</p><b>{9 + 3 * number % 7} rooms</b>"
                f"<small>{said.format(count)}</small><i>12,400 reviews by guests of 40 inns</i></body></html>",
                {},
            )
        )
        for number, count in enumerate(counts)
    ]


@pytest.mark.parametrize("said", ["{:,}", "Based on {:,} guest reviews", "({})"])
@pytest.mark.parametrize("more", [0, 1, 9])
@pytest.mark.parametrize("write", [int, "{:,}".format])
def test_counts_that_grow_are_what_they_were(said: str, more: int, write: Callable[[int], Scalar]) -> None:
    pages = reviewed(said, [count + more for count in REVIEWS])
    found = changed({page: write(count) for page, count in zip(pages, REVIEWS, strict=True)})
    assert found is not None
    assert all(isinstance(count, type(write(0))) for count in found.values())
    read = {page: int(str(count).replace(",", "")) for page, count in found.items()}
    assert read == {page: count + more for page, count in zip(pages, REVIEWS, strict=True)}


@pytest.mark.parametrize(
    ("said", "counts", "known", "found"),
    [
        pytest.param("{} reviews", REVIEWS[::-1], REVIEWS, {}, id="other counts"),
        pytest.param("{} reviews", [2 * n % 997 for n in REVIEWS], REVIEWS, {}, id="nothing goes with it"),
        pytest.param("{} of 5000 have told us", REVIEWS, REVIEWS, {}, id="one of two numbers"),
        pytest.param("{} guests wrote to us in the last year", REVIEWS, REVIEWS, {}, id="in a sentence"),
        pytest.param("{} reviews", range(40, 48), range(40, 48), None, id="much alike"),
        pytest.param("{} reviews", REVIEWS, [f"{n} reviews" for n in REVIEWS], None, id="a text"),
    ],
)
def test_numbers_that_go_with_nothing(said: str, counts: Sequence[int], known: Sequence[Scalar], found: object) -> None:
    assert changed(dict(zip(reviewed(said, counts), known, strict=True))) == found
