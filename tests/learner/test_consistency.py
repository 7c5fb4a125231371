"""Values that contradict each other are withheld; forms of values are told apart, coarsely."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from core_tools import example, listing

from learner import Extraction
from learner.consistency import Consistency, form_of, is_near, withheld
from learner.drift import DriftDetector

PRICES = [
    ("£9.00", "£12.00"),
    ("£19.50", "£25.00"),
    ("£1,100.00", "£1,300.00"),
    ("£4.00", "£4.50"),
    ("£30.00", "£31.00"),
]


def consistency(*items: dict[str, Any]) -> Consistency:
    return Consistency.of([example("<p>", number, **item) for number, item in enumerate(items)])


@pytest.mark.parametrize(
    ("items", "orders"),
    [
        ([{"price": low, "old_price": high} for low, high in PRICES], ["price <= old_price"]),
        ([{"price": low, "old_price": high} for low, high in PRICES[:3]], ["price <= old_price"]),
        ([{"price": low, "old_price": high} for low, high in PRICES[:2]], []),
        ([{"price": low, "rrp": high} for low, high in PRICES[:3]], []),
        ([{"price": low, "rrp": high} for low, high in PRICES], ["price <= rrp"]),
        ([{"price": low, "weight": high.replace("£", "kg ")} for low, high in PRICES], []),
        (
            [
                {"price": high if n == 2 else low, "old_price": low if n == 2 else high}
                for n, (low, high) in enumerate(PRICES)
            ],
            [],
        ),
        ([{"rating": 4.5, "price": 10.0 + n} for n in range(9)], []),
        ([{"min_age": n, "max_age": n + 3} for n in range(5)], ["min_age <= max_age"]),
        ([{"start": date(2026, 1, n), "end": date(2026, 2, n)} for n in range(1, 7)], ["start <= end"]),
        ([{"price": "£4.00", "old_price": "£4.00"}] * 9, []),
        ([{"pages": [1, 2], "shots": [3, 4]}] * 9, []),
    ],
)
def test_orders(items: list[dict[str, Any]], orders: list[str]) -> None:
    assert [str(order) for order in consistency(*items).orders] == orders


@pytest.mark.parametrize(
    ("item", "kept"),
    [
        ({"title": "Lamp", "price": "£9.00", "old_price": "£12.00"}, {"title", "price", "old_price"}),
        ({"title": "Lamp", "price": "£12.00", "old_price": "£9.00"}, {"title"}),
        ({"title": "Lamp", "price": "£12.00"}, {"title", "price"}),
        ({"title": "Lamp", "price": "free", "old_price": "£9.00"}, {"title", "price", "old_price"}),
    ],
)
def test_a_page_that_contradicts_an_order_gives_neither_value(item: dict[str, Any], kept: set[str]) -> None:
    known = consistency(*({"title": "Lamp", "price": low, "old_price": high} for low, high in PRICES))
    checked = known.checked(Extraction(item, confidence=dict.fromkeys(item, 0.9)))
    assert checked.item.keys() == checked.confidence.keys() == kept
    assert checked.abstained == dict.fromkeys(sorted(item.keys() - kept), "doubtful")


def test_records_of_a_list_contradict_as_a_whole() -> None:
    records = [{"price": low, "old_price": high} for low, high in PRICES]
    known = Consistency.of([listing("<p>", records)])
    swapped = [{"price": high, "old_price": low, "sku": "1"} for low, high in PRICES]
    assert known.checked(Extraction(items=[swapped[0], *records[1:]])).items == [swapped[0], *records[1:]]
    assert known.checked(Extraction(items=swapped)).items == [{"sku": "1"}] * 5


def test_what_is_withheld_is_named() -> None:
    extraction = Extraction({"a": 1, "b": 2}, [{"a": 1, "c": 3}], {"a": 0.9, "c": 0.8}, abstained={"d": "absent"})
    left = withheld(extraction, frozenset(("a", "d")))
    assert (left.item, left.items, left.confidence) == ({"b": 2}, [{"c": 3}], {"c": 0.8})
    assert left.abstained == {"a": "doubtful", "d": "absent"}


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("£12.50", "£1,250.00", True),
        ("£12.50", "Blue chair", False),
        ("9 May 2026", "Wednesday, 23 September 2026", True),
        ("Blue chair", "Green door", True),
        ("Blue chair", "A long description of the chair " * 10, False),
        (12, 40, True),
        (12, 12_000_000, False),
        (["a b", "c d"], ["e f", "g h", "i j"], True),
        (["a b"], ["x " * 200], False),
        ("http://a.example/1.jpg", "http://b.example/some/2.png", True),
        (date(2026, 1, 1), "1 January 2026", False),
    ],
)
def test_forms(one: Any, other: Any, alike: bool) -> None:
    assert is_near(form_of(one), {form_of(other)}) == alike


def pages_until_wrong(detector: DriftDetector, items: list[dict[str, Any]]) -> int:
    for number, item in enumerate(items, 1):
        drift = detector.observe(Extraction(item))
        if drift is not None:
            assert drift.wrong == ("title",)
            return number
    return 0


@pytest.mark.parametrize(
    ("later", "raised"),
    [
        (lambda n: "Hearth and Hollow", True),
        (lambda n: f"£{n}.50", True),
        (lambda n: ("Acme", "Bolt")[n % 2], True),
        (lambda n: f"Chair number {n}", False),
    ],
    ids=["constant", "another kind", "of another field", "as ever"],
)
def test_values_that_are_wrong_are_noticed(later: Any, raised: bool) -> None:
    items = [{"title": f"Chair number {n}", "brand": ("Acme", "Bolt")[n % 2]} for n in range(60)]
    known = consistency(*items[:20])
    detector = DriftDetector({"title": 1.0, "brand": 1.0}, examples=20, consistency=known)
    assert pages_until_wrong(detector, items) == 0
    pages = pages_until_wrong(detector, [{"title": later(n), "brand": "Acme"} for n in range(300)])
    assert (2 <= pages <= 12) == raised
    assert detector.doubted == ({"title"} if raised else set())
    again = DriftDetector.from_dict(detector.to_dict(), known)
    assert again.to_dict() == detector.to_dict()
    assert again.doubted == detector.doubted
