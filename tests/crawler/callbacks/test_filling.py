"""Items of all kinds are told apart, filled and built alike."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import attrs
import pydantic
import pytest
import scrapy
from itemadapter import ItemAdapter

from crawler.callbacks.filling import build, filled, form_of, item_type, learnable, missing, restored, takes, type_name


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
    [(None, True), ("", True), (" \n", True), ([], True), ({}, True), (0, False), (False, False), ("x", False)],
)
def test_what_counts_as_missing(value: Any, gone: bool) -> None:
    assert missing(value) is gone


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        ("Tea", "Tea"),
        (" ", None),
        (4, 4),
        (True, None),
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


@pytest.mark.parametrize("value", ["Tea", 4, 4.5, Decimal("4.50"), Decimal("1380.5"), ["a"], ["a", "b"], ("a",)])
def test_a_learned_value_comes_back_in_the_spiders_form(value: Any) -> None:
    back = restored(learnable(value), form_of(value))
    assert (type(back), repr(back)) == (type(value), repr(value))


@pytest.mark.parametrize(
    ("item", "name", "room"), [({}, "x", True), (OldItem(), "x", False), (DataItem(), "price", True)]
)
def test_whether_there_is_room_for_a_field(item: Any, name: str, room: bool) -> None:
    assert takes(item, name) is room
