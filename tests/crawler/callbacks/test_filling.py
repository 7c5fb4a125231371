"""Items of all kinds are told apart, filled and built alike."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import attrs
import pydantic
import pytest
import scrapy
from itemadapter import ItemAdapter

from crawler.callbacks.filling import (
    Keys,
    build,
    filled,
    form_of,
    item_type,
    learnable,
    missing,
    restored,
    takes,
    type_name,
)


class OldItem(scrapy.Item):
    title = scrapy.Field()
    price = scrapy.Field()


@dataclass
class DataItem:
    title: str | None = None
    price: str | None = None


@dataclass(frozen=True)
class FrozenItem:
    title: str | None = None
    price: str | None = None


@attrs.define
class AttrsItem:
    title: str | None = None
    price: str | None = None


class PydanticItem(pydantic.BaseModel):
    title: str | None = None
    price: str | None = None


class FrozenPydanticItem(pydantic.BaseModel, frozen=True):
    title: str | None = None
    price: str | None = None


@dataclass
class Demanding:
    title: str
    price: str


class Strict(pydantic.BaseModel):
    title: str = pydantic.Field(min_length=3)


KINDS: list[type] = [dict, OldItem, DataItem, FrozenItem, AttrsItem, PydanticItem, FrozenPydanticItem]


@pytest.mark.parametrize("kind", KINDS)
def test_an_item_is_filled_as_what_it_is(kind: type) -> None:
    item = filled(kind(title="Tea", price=None), {"price": "£4.00"})
    assert type(item) is kind
    assert dict(ItemAdapter(item)) == {"title": "Tea", "price": "£4.00"}


@pytest.mark.parametrize("kind", KINDS)
def test_an_item_is_built_by_the_name_of_its_type(kind: type) -> None:
    found = item_type(type_name(kind))
    assert found is kind
    assert dict(ItemAdapter(build(found, {"title": "Tea", "price": "£4.00"}))) == {"title": "Tea", "price": "£4.00"}


@pytest.mark.parametrize(
    ("kind", "values"),
    [(Demanding, {"title": "Tea"}), (Strict, {"title": "T"}), (OldItem, {"colour": "green"}), (DataItem, {"x": 1})],
)
def test_an_item_that_wants_other_values_is_not_built(kind: type, values: dict[str, Any]) -> None:
    assert build(kind, values) is None


@pytest.mark.parametrize("name", ["os:system", "nowhere:Item", "tests:<locals>.Item", "builtins:eval", "", "crawler"])
def test_nothing_else_is_taken_for_a_type_of_items(name: str) -> None:
    assert item_type(name) is None


@pytest.mark.parametrize(
    ("value", "gone"),
    [
        (None, True),
        ("", True),
        (" \n", True),
        ([], True),
        ({}, True),
        (0, False),
        (False, False),
        ("x", False),
        ({"name": None, "phone": ""}, True),
        ({"name": None, "phone": "x"}, False),
        ({"name": None, "open": False}, False),
    ],
)
def test_what_counts_as_missing(value: Any, gone: bool) -> None:
    assert missing(value) is gone


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        ("Tea", "Tea"),
        (" ", None),
        (4, 4),
        (True, True),
        ([True, False], None),
        (Decimal("4.50"), 4.5),
        (Decimal("NaN"), None),
        (date(2026, 5, 28), date(2026, 5, 28)),
        (["a"], "a"),
        (("a", "b"), ["a", "b"]),
        ([["a", "b"], ["c", "d"]], None),
        ({"a": "b"}, None),
        (object(), None),
    ],
)
def test_what_can_stand_on_a_page(value: Any, plain: Any) -> None:
    assert learnable(value) == plain


@pytest.mark.parametrize(
    "value",
    [
        *("Tea", 4, 4.5, Decimal("4.50"), Decimal("1380.5"), ["a"], ["a", "b"], ("a",)),
        *([Decimal("4.50"), Decimal("12.00")], (Decimal("4.50"),), [date(2026, 5, 28)]),
    ],
)
def test_a_learned_value_comes_back_in_the_spiders_form(value: Any) -> None:
    back = restored(learnable(value), form_of(value))
    assert (type(back), repr(back)) == (type(value), repr(value))


@pytest.mark.parametrize(("form", "back"), [("decimal 0", "12.5"), ("decimal -1", "12.5"), ("decimal -2", "12.50")])
def test_no_digit_is_lost_where_the_spider_gives_some_values_without(form: str, back: str) -> None:
    assert repr(restored(12.5, form)) == repr(Decimal(back))


@pytest.mark.parametrize(
    ("item", "name", "room"), [({}, "x", True), (OldItem(), "x", False), (DataItem(), "price", True)]
)
def test_whether_there_is_room_for_a_field(item: Any, name: str, room: bool) -> None:
    assert takes(item, name) is room


def keys(*items: dict[Any, Any]) -> Keys:
    """What is known of the keys of these items, read again from where it is kept."""
    seen = Keys()
    for item in items:
        seen.observe(item)
    return Keys.from_dict(json.loads(json.dumps(seen.to_dict())))


@pytest.mark.parametrize(
    ("items", "complete"),
    [
        ([{"badge": None}], {"badge": None}),
        ([{"badge": "new"}], {"badge": None}),
        ([{"badge": ""}, {"badge": "new"}], {"badge": ""}),
        ([{"photos": ["a.jpg"]}], {"photos": []}),
        ([{"new": True, "agency": {"name": "a"}, 3: "x"}], {"new": None, "agency": None}),
        ([{"badge": "new"}] * 9 + [{}], {"badge": None}),
        ([{"badge": "new"}] * 8 + [{}] * 2, {}),
        ([], {}),
    ],
)
def test_a_key_that_all_items_have_is_set(items: list[dict[Any, Any]], complete: dict[str, Any]) -> None:
    assert build(dict, {"title": "Tea"}, keys(*items)) == {"title": "Tea", **complete}


def test_an_item_of_declared_fields_has_those_of_them_that_are_always_set() -> None:
    built = build(OldItem, {"title": "Tea"}, keys({"title": "Tea", "price": None, "gone": 1}))
    assert ItemAdapter(built).asdict() == {"title": "Tea", "price": None}


@pytest.mark.parametrize(("kind", "values"), [(DataItem, {"title": "Tea"}), (PydanticItem, {}), (Strict, {})])
def test_other_types_know_their_fields_by_themselves(kind: type, values: dict[str, Any]) -> None:
    known = keys({"title": "", "price": [], "x": 1})
    assert build(kind, values, known) == build(kind, values)


def test_what_most_items_have_a_value_of() -> None:
    assert keys({"a": 1, "b": 1, "c": None}, {"a": 1, "b": 1, "c": 1}, {"a": 1, "b": None, "c": ""}).usual() == {
        "a",
        "b",
    }


def test_the_keys_of_one_of_several_items() -> None:
    both = keys({"meta.a.x": 1, "meta.a.y": "", "meta.ab.z": 1})
    assert both.below("meta.a").complete({}) == {"x": None, "y": ""}
