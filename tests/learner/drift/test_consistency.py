"""What values have in common; forms of values are told apart, coarsely."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from core_tools import example

from learner import Extraction
from learner.drift.consistency import Consistency, exchanged, form_of, is_near
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
    ("now", "before", "fields"),
    [
        ({"author": "Ann Lee", "by": "Mole Press"}, {"author": "Mole Press", "by": "Ann Lee"}, {"author", "by"}),
        ({"year": 1999, "pages": 320}, {"year": 320, "pages": 1999}, {"year", "pages"}),
        # The name's link went with it, the price may change as it likes.
        (
            {"author": "Ann Lee", "by": "Mole Press", "link": "https://a.example/mole", "price": "£4.00"},
            {"author": "Mole Press", "by": "Ann Lee", "link": "https://a.example/ann", "price": "£3.00"},
            {"author", "by", "link"},
        ),
        ({"author": "Ann Lee", "by": "Mole Press"}, {"author": "Ann Lee", "by": "Mole Press"}, set()),
        # A sale has ended.
        ({"price": "£12.00"}, {"price": "£9.00", "old_price": "£12.00"}, set()),
        ({"price": "£12.00", "old_price": "£15.00"}, {"price": "£9.00", "old_price": "£12.00"}, set()),
        # Small numbers may be the others' by chance.
        ({"up": 3, "down": 12}, {"up": 12, "down": 3}, set()),
        ({"tags": ["one", "two"], "more": ["three"]}, {"tags": ["three"], "more": ["one", "two"]}, set()),
    ],
)
def test_values_that_have_changed_places(now: dict[str, Any], before: dict[str, Any], fields: set[str]) -> None:
    assert exchanged(now, before) == fields


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


PLACES = ("Volksbad", "Stadtpark", "Kassablanca", "Rathaus", "Theater", "Mensa")
OTHERS = [
    f"{one} {other}" for one in ("Neues", "Altes", "Kleines", "Blaues") for other in ("Haus", "Tor", "Werk", "Bad")
]


def evenings(places: list[str], titles: int = 0) -> list[dict[str, Any]]:
    return [
        {"title": f"Abend {chr(97 + n // 26)}{chr(97 + n % 26)}", "place": one} for n, one in enumerate(places, titles)
    ]


@pytest.mark.parametrize(
    ("later", "pages"),
    [
        ([*OTHERS], range(4, 12)),
        ([*OTHERS[:1], *PLACES] * 20, None),
        ([OTHERS[0], OTHERS[0], PLACES[0]] * 60, None),
        ([OTHERS[0]] * 200, None),
        ([place for place in OTHERS for _ in range(8)], None),
        ([*PLACES] * 40, None),
    ],
    ids=["all new", "one new", "one new, often", "one new, always", "in their order", "as ever"],
)
def test_values_that_come_again_are_watched_page_by_page(later: list[str], pages: range | None) -> None:
    known = consistency(*evenings(list(PLACES) * 4))
    assert known.doubts.familiar.keys() == {"place"}
    detector = DriftDetector({"title": 1.0, "place": 1.0}, examples=24, consistency=known)
    assert all(detector.observe(Extraction(item)) is None for item in evenings(list(PLACES) * 5, 100))
    taken = next((n for n, item in enumerate(evenings(later, 200), 1) if detector.observe(Extraction(item))), None)
    assert (taken in pages) if pages is not None else (taken is None)
    again = DriftDetector.from_dict(detector.to_dict(), known)
    assert again.to_dict() == detector.to_dict()
    assert detector.doubted == ({"place"} if pages else set())


def test_new_values_that_are_read_again_do_not_become_known() -> None:
    known = consistency(*evenings(list(PLACES) * 2))
    detector = DriftDetector({"title": 1.0, "place": 1.0}, examples=12, consistency=known)
    assert all(detector.observe(Extraction(item)) is None for item in evenings(OTHERS[:4] * 20))
    assert any(detector.observe(Extraction(item)) for item in evenings(OTHERS[4:], 80))
    assert detector.doubted == {"place"}


@pytest.mark.parametrize(
    ("shown", "doubted"),
    [
        (lambda title: {"title": title, "place": f"{title}, Eintritt frei"}, {"place"}),
        (lambda title: {"title": title, "place": title}, {"place"}),
        (lambda title: {"title": title, "place": "Volksbad Nord"}, set()),
    ],
)
def test_mixed_values_are_watched_page_by_page(shown: Any, doubted: set[str]) -> None:
    # Places do not come again, so that nothing but the title in them tells.
    known = consistency(*evenings([f"Ort {chr(97 + n)}{chr(97 + n)}" for n in range(20)]))
    assert not known.doubts.familiar
    detector = DriftDetector({"title": 1.0, "place": 1.0}, examples=20, consistency=known)
    for item in evenings([f"Ort {chr(97 + n % 26)}q" for n in range(60)], 20):
        assert detector.observe(Extraction(item)) is None
    for n in range(12):
        detector.observe(Extraction(shown(f"Abend {chr(97 + n)}qr")))
    assert detector.doubted & {"place"} == doubted


def test_a_state_of_before_there_was_such_a_thing_goes_on() -> None:
    known = consistency(*evenings(list(PLACES) * 4))
    detector = DriftDetector({"title": 1.0, "place": 1.0}, examples=24, consistency=known)
    state = detector.to_dict()
    state["values"] = {name: one for name, one in state["values"].items() if name.split()[0] in ("form", "same")}
    assert DriftDetector.from_dict(state, known).to_dict() == detector.to_dict()
    state["values"] = {}
    with pytest.raises(ValueError, match="not the state"):
        DriftDetector.from_dict(state, known)
