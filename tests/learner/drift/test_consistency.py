"""What values have in common; forms of values are told apart, coarsely."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from core_tools import example

from learner import Extraction
from learner.drift.consistency import Consistency, form_of, is_near
from learner.drift.drift import DriftDetector


def consistency(*items: dict[str, Any]) -> Consistency:
    return Consistency.of([example("<p>", number, **item) for number, item in enumerate(items)])


def test_values_that_contradict_what_all_examples_show_are_withheld() -> None:
    items = [{"title": "Lamp", "price": f"£{n}.00", "old_price": f"£{n + 3}.50"} for n in range(7, 12)]
    known = consistency(*items)
    swapped = Extraction({"title": "Lamp", "price": "£10.50", "old_price": "£7.00"})
    assert known.checked(swapped).item == {"title": "Lamp"}
    assert known.checked(Extraction(items[0])).item == items[0]


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
