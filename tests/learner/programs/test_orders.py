"""Orders between fields are learned from examples; values that contradict one are told."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from core_tools import example, listing

from learner.programs.orders import Bonds, alone, companions_of, contradicted, orders_of, quantity

PRICES = [
    ("£9.00", "£12.00"),
    ("£19.50", "£25.00"),
    ("£1,100.00", "£1,300.00"),
    ("£4.00", "£4.50"),
    ("£30.00", "£31.00"),
]
REDUCED = [{"price": low, "old_price": high} for low, high in PRICES]
SWAPPED = [{"price": high, "old_price": low} for low, high in PRICES]
ORDERS = {("price", "old_price"): 5}


@pytest.mark.parametrize(
    ("items", "orders"),
    [
        (REDUCED, ORDERS),
        ([*REDUCED, {"price": "£3.00"}, {"old_price": "£8.00"}, {"price": "free", "old_price": None}], {}),
        ([*REDUCED, {"price": "£3.00"}, {"old_price": "£8.00"}, {"price": "£2.00", "old_price": None}], ORDERS),
        (REDUCED[:3], {("price", "old_price"): 3}),
        (REDUCED[:2], {}),
        ([*REDUCED[:2], SWAPPED[2], *REDUCED[3:]], {}),
        ([*REDUCED, {"price": "£1.357", "old_price": "£1.041"}], ORDERS),
        ([{"price": low, "rrp": high} for low, high in PRICES[:3]], {}),
        ([{"price": low, "rrp": high} for low, high in PRICES], {("price", "rrp"): 5}),
        ([{"price": low, "weight": high.replace("£", "kg ")} for low, high in PRICES], {}),
        ([{"price": low, "old_price": high.replace("£", "$")} for low, high in PRICES], {}),
        ([{"rating": 4.5, "price": 10.0 + n} for n in range(9)], {}),
        ([{"min_age": n, "max_age": n + 3} for n in range(5)], {("min_age", "max_age"): 5}),
        ([{"min_age": n, "max_age": n + 3} for n in range(4)], {}),
        ([{"rating": 4.0 + n / 10, "rating_count": 10 + n} for n in range(9)], {}),
        ([{"rating": f"4.{n}", "rating_count": f"{10 + n}"} for n in range(9)], {}),
        ([{"price": 4.0 + n, "old_price": 5.5 + n} for n in range(3)], {("price", "old_price"): 3}),
        ([{"价": f"£{n}", "旧": f"£{n + 4}"} for n in range(4)], {}),
        ([{"start": date(2026, 1, n), "end": date(2026, 2, n)} for n in range(1, 7)], {("start", "end"): 6}),
        ([{"price": "£4.00", "old_price": "£4.00"}] * 9, {}),
        ([{"pages": [1, 2], "shots": [3, 4]}] * 9, {}),
        ([{"url": f"/{n}", "film.awards": n, "film.budget": n + 3} for n in range(9)], {}),
        ([{"film.min_age": n, "film.max_age": n + 3} for n in range(5)], {("film.min_age", "film.max_age"): 5}),
        # Numbers without a unit that have nothing in common but that one is always somewhat more than the other.
        ([{"price": 40 + 17 * n, "was": 50 + 21 * n} for n in range(6)], {("price", "was"): 6}),
        ([{"price": 40 + 17 * n, "was": 50 + 21 * n} for n in range(5)], {}),
        ([{"price": 40 + 17 * n, "was": 50 + 21 * n - (n == 4) * 80} for n in range(9)], {}),
        ([{"price": 40 + 17 * n, "left": 900 - 41 * n} for n in range(9)], {}),
        ([{"built": 1950 + 3 * n, "sold": 1990 + 3 * n} for n in range(9)], {}),
    ],
)
def test_orders(items: list[dict[str, Any]], orders: dict[tuple[str, str], int]) -> None:
    assert orders_of([example("<p>", number, **item) for number, item in enumerate(items)]) == orders
    assert orders_of([listing("<p>", items[:2]), listing("<p>", items[2:])]) == orders


@pytest.mark.parametrize(
    ("records", "wrong"),
    [
        ([{"title": "Lamp", "price": "£9.00", "old_price": "£12.00"}], set()),
        ([{"title": "Lamp", "price": "£9.00", "old_price": "£9.00"}], set()),
        ([{"title": "Lamp", "price": "£12.00", "old_price": "£9.00"}], {"price", "old_price"}),
        ([{"title": "Lamp", "price": "£1,299.00", "old_price": "£999.00"}], {"price", "old_price"}),
        ([{"title": "Lamp", "price": "£12.00"}], set()),
        ([{"title": "Lamp", "price": "free", "old_price": "£9.00"}], set()),
        ([{}], set()),
        ([], set()),
        (SWAPPED, {"price", "old_price"}),
        ([SWAPPED[0], *REDUCED[1:]], set()),
        ([*SWAPPED[:3], *REDUCED[3:]], {"price", "old_price"}),
        ([*SWAPPED[:2], *REDUCED[2:4]], set()),
        ([SWAPPED[0], {"price": "£9.00"}, {"title": "Lamp"}], {"price", "old_price"}),
    ],
)
def test_a_page_contradicts_an_order_where_most_of_its_records_do(
    records: list[dict[str, Any]], wrong: set[str]
) -> None:
    assert contradicted(records, ORDERS) == wrong
    assert contradicted(records, {}) == set()


@pytest.mark.parametrize(
    ("records", "wrong"),
    [
        ([{"price": "£9.00", "old_price": "£12.00"}], set()),
        ([{"price": "£9.00"}], set()),
        ([{"old_price": "£12.00"}], {"old_price"}),
        ([{"price": "£9.00", "old_price": "£9.00"}], {"old_price"}),
        ([{"price": 9.0, "old_price": 9.0}], {"old_price"}),
        ([{"price": "free", "old_price": "free"}], set()),
        ([{"price": "£9.00", "old_price": "£9.00"}, *REDUCED], set()),
    ],
)
def test_an_old_price_is_beside_a_price_that_is_another(records: list[dict[str, Any]], wrong: set[str]) -> None:
    assert alone(records, [("old_price", "price")]) == wrong


@pytest.mark.parametrize(
    ("items", "found"),
    [
        ([*REDUCED, {"price": "£3.00"}], {("old_price", "price"): 5}),
        (REDUCED, {}),
        ([*REDUCED, {"price": "£3.00"}, {"old_price": "£3.00"}], {}),
        ([*REDUCED, {"price": "£3.00"}, {"price": "£3.00", "old_price": "£3.00"}], {}),
    ],
)
def test_companions_are_learned(items: list[dict[str, Any]], found: dict[tuple[str, str], int]) -> None:
    assert companions_of([example("<p>", number, **item) for number, item in enumerate(items)]) == found


@pytest.mark.parametrize(("source", "learned"), [("network", True), ("spider", False), ("person", True)])
def test_what_nobody_said_of_a_page_does_not_stand_alone(source: str, learned: bool) -> None:
    whole = [
        example("<p>", n, title="Lamp", of="wood", **item) for n, item in enumerate([*REDUCED, {"price": "£3.00"}])
    ]
    partial = replace(example("<p>", 9, old_price="£8.00"), source=source)
    assert (companions_of([*whole, partial]) == {("old_price", "price"): 5}) is learned


@pytest.mark.parametrize(
    ("items", "orders", "companions"),
    [
        ([], True, True),
        ([{"price": 4, "old_price": 9}], True, True),
        ([{"price": 4}], True, True),
        ([{"old_price": 4}], True, False),
        ([{"price": 4, "old_price": 4}], True, False),
        ([{"price": 9, "old_price": 4}], False, True),
    ],
)
def test_what_former_examples_showed_holds_until_new_ones_contradict_it(
    items: list[dict[str, Any]], orders: bool, companions: bool
) -> None:
    before = Bonds(ORDERS, {("old_price", "price"): 7})
    bonds = Bonds.of([example("<p>", number, **item) for number, item in enumerate(items)], before)
    assert (bonds.orders == ORDERS, bonds.companions == before.companions) == (orders, companions)
    assert (bool(bonds.orders), bool(bonds.companions)) == (orders, companions)


def test_bonds_as_json_united_and_of_some_fields() -> None:
    bonds = Bonds(ORDERS, {("old_price", "price"): 7})
    assert Bonds.from_json(bonds.to_json()) == bonds
    assert Bonds.united([Bonds(ORDERS), Bonds(companions=bonds.companions)]) == bonds
    assert bonds.only(["price", "title"]) == Bonds()
    assert bonds.only(["price", "old_price", "title"]) == bonds


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("$1,299.00", 1299.0),
        ("1.299,50 €", 1299.5),
        (7, 7.0),
        (True, None),
        ("3 for 2", None),
        ("a lamp for about £9.00 or less", None),
        ("lamp", None),
        ([1], None),
        (None, None),
        ("£1.357", None),
        ("£1,357", 1357.0),
        (date(1, 1, 1), 1.0),
        (datetime(1970, 1, 1, 1), 3600.0),
        (datetime(1970, 1, 1, 1, tzinfo=UTC), 3600.0),
        (datetime(1, 1, 1), -62135596800.0),
    ],
)
def test_a_value_as_a_number(value: Any, number: float | None) -> None:
    assert quantity(value) == number
