"""What a person writes, in the type that its field has."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from crawler.inputs.written import FieldType, as_typed, types_of
from learner import Example, InvalidExample, learn
from learner.programs.examples import LabelledPage
from learner.state.records import NewExample, NewPage
from learner.state.store import Store

HTML = """<body><h1>{0}</h1><p class=power>{1} kW ({2} PS)</p><p class=range>{3} km</p><p class=day>{4}</p>
<p class=time>{5}</p><p class=used>{6}</p><a class=more href="{7}">more</a><p>About cars</p></body>"""
SHOWN = ("Hatchback", "173", "235", "99.863", "03/04/2024", "2024-05-03T10:30:00", "yes", "/cars/1")
VALUES = (
    "Hatchback", 173, 235, 99863.0, date(2024, 4, 3), datetime(2024, 5, 3, 10, 30), True, "https://c.example/cars/1",
)  # fmt: skip
NAMES = ("title", "kw", "ps", "range", "day", "time", "used", "more")
KNOWN = Example("https://c.example/1", HTML.format(*SHOWN), dict(zip(NAMES, VALUES, strict=True)))
NEW = HTML.format("Estate", "85", "1.160", "1.250", "05/06/2024", "2024-06-05T11:00:00", "no", "/cars/2")
MADE = (("iso", "", "%Y-%m-%dT%H:%M"),)
# What is written, and what becomes of it.
WRITTEN: list[tuple[str, str, Any]] = [
    ("title", "Estate", "Estate"), ("title", "85", "85"), ("kw", "85", 85), ("kw", "85 kW", 85),
    ("ps", "1160", 1160), ("ps", "1.160", 1160), ("range", "1.250 km", 1250.0), ("range", "1250", 1250.0),
    ("kw", "1.160", 1160),
    ("day", "05/06/2024", date(2024, 6, 5)), ("day", "2024-06-05", date(2024, 6, 5)),
    ("day", "5 June 2024", date(2024, 6, 5)), ("time", "2024-06-05 11:00", datetime(2024, 6, 5, 11, 0)),
    ("used", "no", False), ("used", "Yes", True), ("more", "/cars/2", "https://c.example/cars/2"),
    ("more", "https://c.example/cars/2", "https://c.example/cars/2"), ("colour", "235", "235"),
]  # fmt: skip


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "state") as opened:
        yield opened


@pytest.fixture
def page() -> LabelledPage:
    return LabelledPage(Example("https://c.example/2", NEW, {}))


def learned(store: Store) -> Store:
    extractor = learn([KNOWN])
    assert extractor.warnings == ()
    store.versions.promote(store.versions.add("cars", "car", extractor).id)
    return store


@pytest.mark.parametrize(("name", "text", "value"), WRITTEN)
def test_in_the_type_of_the_live_version(store: Store, page: LabelledPage, name: str, text: str, value: Any) -> None:
    given = as_typed({name: text}, types_of(learned(store), "cars", "car"), page)
    assert (given, type(given[name])) == ({name: value}, type(value))


def test_several_values(store: Store, page: LabelledPage) -> None:
    assert as_typed({"kw": ["85", "1.160"]}, types_of(learned(store), "cars", "car"), page) == {"kw": [85, 1160]}


def test_in_the_type_of_earlier_examples(store: Store, page: LabelledPage) -> None:
    body = str(KNOWN.html).encode()
    (number,) = store.pages.add([NewPage("cars", "car", KNOWN.url, body, "text/html", 200, datetime(2026, 1, 1))])
    store.examples.add([NewExample(number, KNOWN.item, None, "spider", None)])
    types = types_of(store, "cars", "car")
    assert as_typed({"ps": "1160", "title": "85", "range": "1250"}, types, page) == {
        "ps": 1160, "title": "85", "range": 1250.0,
    }  # fmt: skip


@pytest.mark.parametrize(("values", "steps", "text", "number"), [
    # A thousand or a fraction, which the page does not tell: settled by the rules, or by values that are all whole.
    ((4.5,), (), "1.160", None), ((4.5,), (("decimal", ","),), "1.160", 1160.0),
    ((4.5,), (("decimal", "."),), "1.160", 1.16),
    ((4,), (), "1.160", 1160), ((4.5,), (), "1.161", None), ((4.5,), (), "1.25", 1.25),
])  # fmt: skip
def test_a_number_that_can_be_read_in_two_ways(
    page: LabelledPage, values: tuple[Any, ...], steps: Any, text: str, number: float | None
) -> None:
    assert FieldType("number", values, steps).read(text, page) == number


@pytest.mark.parametrize(("values", "steps", "text", "value"), [
    # Days and moments that code gives in one form stay in it, however the page writes them.
    (("2026-11-05T09:00",), MADE, "2027-01-09T14:00", "2027-01-09T14:00"),
    (("2026-11-05T09:00",), MADE, "2027-01-09 um 14:00", "2027-01-09T14:00"),
    (("2026-11-05T09:00",), (), "9 January 2027, 2 pm", "2027-01-09T14:00"),
    (("2026-11-05T09:00",), MADE, "2027-01-09", None), (("2026-11-05T09:00",), MADE, "soon", None),
    (("2026-11-05T00:00",), MADE, "2027-01-09", "2027-01-09T00:00"), (("2026-11-05",), MADE, "9.1.2027", None),
    (("2026-11-05",), (("iso", "DMY", "%Y-%m-%d"),), "9.1.2027 um 14 Uhr", "2027-01-09"),
    # Texts of pages may be others.
    (("2026-11-05",), (), "soon", "soon"), (("2026-11-05", "soon"), MADE, "9 January 2027", "9 January 2027"),
    ((), (), "9 January 2027", "9 January 2027"), (("2026-11-05", "2026-11-05T09:00"), (), "9.1.2027", "9.1.2027"),
])  # fmt: skip
def test_days_stay_in_their_form(
    page: LabelledPage, values: tuple[Any, ...], steps: Any, text: str, value: str | None
) -> None:
    assert FieldType("text", values, steps).read(text, page) == value


def test_a_day_that_is_none_is_refused_with_an_example(page: LabelledPage) -> None:
    with pytest.raises(InvalidExample, match=r"a day, or a moment .* such as 2026-11-05T09:00"):
        as_typed({"ends": "soon"}, {"ends": FieldType("text", ("2026-11-05T09:00",), MADE)}, page)


@pytest.mark.parametrize(("name", "text", "said"), [
    ("ps", "many", "ps: 'many' can't be read as what the field has been so far: one number, such as 235."),
    ("ps", "85 kW (116 PS)", "one number"), ("ps", "A85", "one number"), ("used", "perhaps", "yes or no"),
    ("day", "soon", "a date that can be read in one way (2026-04-03), such as 2024-04-03"),
    ("time", "13/13/2024", "a date with time"), ("time", "5 June 2024", "a date with time"),
])  # fmt: skip
def test_what_is_not_of_the_type(store: Store, page: LabelledPage, name: str, text: str, said: str) -> None:
    with pytest.raises(InvalidExample) as raised:
        as_typed({name: text}, types_of(learned(store), "cars", "car"), page)
    assert said in raised.value.message
