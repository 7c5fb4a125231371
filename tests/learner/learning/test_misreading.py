"""What a person shows is read as shown, or not given."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from learner import Example, NothingLearned, learn
from learner.learning.misreading import agrees, difference

STEPS = ("Fry the leek until it is soft.", "Stir in the rice.", "Pour in the stock.", "Rest it for ten minutes.")


def recipe(number: int, intro: str = "A dish for rainy days.", card: str = "div", steps: int = 4) -> str:
    """A page whose steps stand behind an introduction, in elements that nothing tells from it."""
    told = "".join(f"<p>{step.replace('it', f'batch {number}')}</p>" for step in STEPS[:steps])
    return f"<html><body><h1>Dish {number}</h1><{card}><p>{intro}</p>{told}</{card}><p>Bye.</p></body></html>"


def shown(number: int, source: str = "person", **change: Any) -> Example:
    item = {"title": f"Dish {number}", "steps": [step.replace("it", f"batch {number}") for step in STEPS], **change}
    return Example(f"https://r.example/{number}", recipe(number), item, source=source)


def test_a_list_that_is_read_with_more_than_a_person_shows_is_not_given() -> None:
    extractor = learn([shown(1)])
    assert extractor.fields.keys() == {"title"}
    (warning,) = extractor.warnings
    assert warning.startswith("steps is read as \"['A dish for rainy days.', 'Fry")
    assert warning.endswith("on https://r.example/1: it is not given")
    later = extractor.extract(recipe(2), "https://r.example/2")
    assert later.item == {"title": "Dish 2"}


def test_what_only_a_spider_said_is_learned_as_far_as_it_goes() -> None:
    assert learn([shown(1, source="spider")]).fields.keys() == {"title", "steps"}


@pytest.mark.parametrize(("pages", "beside", "given"), [
    pytest.param(1, 1, True, id="one page tells little"),
    pytest.param(2, 2, False, id="two pages"),
    pytest.param(6, 6, False, id="all of several"),
    pytest.param(6, 2, True, id="few of several"),
])  # fmt: skip
def test_a_list_that_has_more_than_the_examples_on_most_pages_is_not_given(
    pages: int, beside: int, given: bool
) -> None:
    rows = [f"<li>Part {chr(97 + n)}{n}</li><li>Part {n}</li>" for n in range(pages)]
    extractor = learn([
        Example(
            f"https://r.example/{n}",
            f"<h1>Thing {n}</h1><ul>{row}{'<li>Call us</li>' if n < beside else ''}</ul>",
            {"title": f"Thing {n}", "parts": [f"Part {chr(97 + n)}{n}", f"Part {n}"]},
        )
        for n, row in enumerate(rows)
    ])  # fmt: skip
    assert ("parts" in extractor.fields) is given
    assert given or "parts is read with 'Call us' on most examples: it is not given" in extractor.warnings


def test_nothing_is_learned_where_all_is_read_otherwise() -> None:
    steps = [step.replace("it", "batch 1") for step in STEPS]
    with pytest.raises(NothingLearned, match="steps is read as"):
        learn([Example("https://r.example/1", recipe(1), {"steps": steps}, source="person")])


PRICE = "<h1>Thing {0}</h1><p class=kind>Kind {0}</p><p class=price>${0}.50</p><p class=other>{1}</p>"


def thing(number: int, other: str = "in stock", **change: Any) -> Example:
    item = {"title": f"Thing {number}", "kind": f"Kind {number}", "price": f"${number}.50", **change}
    return Example(f"https://t.example/{number}", PRICE.format(number, other), item, source="person")


@pytest.mark.parametrize(("pages", "given"), [(2, False), (4, False), (5, True), (9, True)])
def test_one_page_of_several_that_shows_a_field_elsewhere(pages: int, given: bool) -> None:
    extractor = learn([*map(thing, range(1, pages)), thing(pages, price="in stock")])
    assert ("price" in extractor.read(PRICE.format(77, "in stock"), "https://t.example/77").item) is given
    assert any("price" in warning for warning in extractor.warnings)


def test_a_page_of_another_template_refutes_nothing() -> None:
    words = {"title": "Returns", "kind": "Shipping", "price": "Terms"}
    html = "<h1>Terms</h1><p class=kind>Returns</p><p class=price>Shipping</p>"
    stranger = Example("https://t.example/terms", html, words, source="person")
    assert learn([*map(thing, range(1, 4)), stranger]).fields.keys() == {"title", "kind", "price"}


ROW = "<tr><td class=name>{}</td><td class=cost>{}</td></tr>"


@pytest.mark.parametrize(("odd", "given"), [(0, True), (1, True), (4, False)])
def test_records_that_are_read_otherwise(odd: int, given: bool) -> None:
    """A few odd rows of a long list are told nowhere, many refute the column; rows that nobody labelled say nothing."""
    rows = [ROW.format(f"Thing {n}", f"${n} <b>${n + 50}</b>" if n < odd else f"<b>${n}</b>") for n in range(12)]
    html = f"<html><body><table>{''.join(rows)}</table></body></html>"
    items = [{"name": f"Thing {n}", "cost": f"${n}"} for n in range(10)]
    extractor = learn([Example("https://l.example/", html, items=items, source="person")])
    assert "name" in extractor.fields
    assert ("cost" in extractor.fields) is given, extractor.warnings


@pytest.mark.parametrize(("found", "value", "same"), [
    ("Green  tea", "green tea", True), ("tea", "teas", False), (2.0, 2, True), (["b", "a"], ["a", "b"], True),
    (["a"], ["a", "b"], False), (["a", "b"], ["a"], False), ("a", ["a"], True), (["a", "a"], ["a"], False),
    ("https://t.example/i/1.jpg", "/i/1.jpg", True), ("https://t.example/i/1.jpg", "/i/2.jpg", False),
    (["https://t.example/a", "b"], ["https://t.example/x/b", "/a"], True), ("http://[x", "http://[y", False),
])  # fmt: skip
def test_what_agrees_with_what_is_shown(found: Any, value: Any, same: bool) -> None:
    assert agrees(found, value, "https://t.example/x/1") is same


@pytest.mark.parametrize(("one", "other", "told"), [
    ("8", "9", "'8', not '9'"),
    ("a" * 90, "a" * 89 + "b", f"'…{'a' * 31}', not '…{'a' * 30}b'"),
    ("x" * 100, "y", f"'{'x' * 80}', not 'y'"),
])  # fmt: skip
def test_long_values_are_shown_where_they_differ(one: str, other: str, told: str) -> None:
    assert difference(one, other) == told


@pytest.mark.parametrize("said", [False, True], ids=["it may have been forgotten", "said"])
def test_what_stands_in_the_place_of_what_a_page_has_not_is_not_given(said: bool) -> None:
    lacking = thing(3, "x", price=None)
    lacking = replace(lacking, html=PRICE.format(3, "x"), lacks=lacking.lacks if said else frozenset())
    extractor = learn([thing(1), thing(2), lacking])
    for number in (3, 77):
        found = extractor.read(PRICE.format(number, "x"), f"https://t.example/{number}").item
        assert ("price" in found) is not said
    assert (
        any(one.startswith("price is read as '$3.50', though the page has none") for one in extractor.warnings) is said
    )
