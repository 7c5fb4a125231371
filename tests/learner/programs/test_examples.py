"""Examples: what is one, and where the values of one stand."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from core_tools import URL

from learner import Example, InvalidExample
from learner.programs.examples import LabelledPage, of_one_form

HTML = """<html><head><meta property="og:title" content="Red chair"><title>Red chair | Shop</title></head><body>
<h1>Red  <b>chair</b></h1><p class=isbn><b>ISBN:</b> 978-1</p><p>by: Ann Lee (editor)</p><p>• Two marks •</p>
<a href="/tags/red">red</a><img src=/i.jpg alt="Red chair"><span class=price>$1,299.00</span><time>3 May 2024</time>
<p hidden>Secret</p><script type="application/ld+json">{"@type": "Product", "name": "Red chair"}</script>
</body></html>"""


@pytest.mark.parametrize("arguments", [
    {}, {"item": {"a": 1}, "items": [{"a": 1}]}, {"item": {"a": 1}, "source": "a stranger"},
])  # fmt: skip
def test_what_is_no_example(arguments: dict[str, Any]) -> None:
    with pytest.raises(InvalidExample, match=r"http://site\.test"):
        Example(URL, HTML, **arguments)


@pytest.mark.parametrize(("arguments", "values"), [
    ({"item": {"a": 1, "b": None, "c": "", "d": [], "e": 0, "f": False}}, {"a": 1, "e": 0, "f": False}),
    ({"items": [{"a": 1, "b": ["x", "y"]}, {"b": "z", "c": None}]}, {"a": [1], "b": ["x", "y", "z"]}),
    ({"items": []}, {}),
])  # fmt: skip
def test_values_leave_out_what_is_empty(arguments: dict[str, Any], values: dict[str, Any]) -> None:
    assert Example(URL, HTML, **arguments).values == values


@pytest.mark.parametrize(("value", "tags", "exact"), [
    ("Red chair", {"h1", "meta", "img", "script"}, True), ("red CHAIR", {"h1", "meta", "img", "script"}, True),
    ("978-1", {"p", "b"}, True), ("Ann Lee", {"p"}, False), ("Two marks", {"p"}, True),
    ("http://site.test/tags/red", {"a"}, True), ("/i.jpg", {"img"}, True), (1299, {"span"}, False),
    (date(2024, 5, 3), {"time"}, False), ("2024-05-03", {"time"}, False), ("2024-05-04", set(), True),
    ("Secret", set(), True), ("nowhere", set(), True), (77, set(), True),
    ("", set(), True),
])  # fmt: skip
def test_where_values_stand(value: Any, tags: set[str], exact: bool) -> None:
    page = LabelledPage(Example(URL, HTML, {"it": value}))
    places = page.places(value)
    # Where no text is the value itself, the smallest text that has it comes first.
    assert {place.element.tag for place in (places if exact else places[:1])} == tags
    assert all(place.exact is exact for place in places)
    assert {page.candidates[number].element for number in page.holding(value)} <= {place.element for place in places}
    for place in places:
        if not place.data:
            assert page.index.read(place.element, place.take) == place.text


@pytest.mark.parametrize(("html", "value", "shown", "everywhere"), [
    # A date among words, as a date or in its ISO form; of texts that are one as a whole nothing else is told.
    ("<p>Posted: 27 October 2026</p>", date(2026, 10, 27), ["p"], ["p"]),
    ("<p>Posted: 27 October 2026</p>", "2026-10-27", ["p"], ["p"]),
    ("<p>Ann put this online on Oct 27, 2026.</p>", "2026-10-27", ["p"], ["p"]),
    ("<p>Posted: 27 October 2026</p><i>27.10.2026</i>", "2026-10-27", ["i"], ["i"]),
    ("<p>Posted: 27 October 2026</p><i>2026-10-27</i>", "2026-10-27", ["i"], ["i"]),
    ("<p>Posted: 27 October 2026, 10:30</p>", datetime(2026, 10, 27, 10, 30), ["p"], ["p"]),
    ("<p>Posted: 27 October 2026, 10:30</p>", "2026-10-27T10:31", [], []),
    ("<p>173 kW (235 PS)</p>", 235, ["p"], ["p"]), ("<p>173 kW (235 PS)</p>", 235.0, ["p"], ["p"]),
    ("<p>173 kW (235 PS)</p>", 23, [], []), ("<p>Model A235, 173 kW</p>", 235, [], []),
    # Of a number that stands alone the others are told to a person only.
    ("<p>173 kW (235 PS)</p><b>235</b>", 235, ["b"], ["b", "p"]),
    # One with a word may be another thing.
    ("<p>173 kW (235 PS)</p><b>235 views</b>", 235, ["b", "p"], ["b", "p"]),
    ("<select><option>kW 5, PS 235</select>", 235, [], []), ("<p>" + "1 word " * 40 + "235</p>", 235, [], []),
])  # fmt: skip
def test_numbers_among_others(html: str, value: float, shown: list[str], everywhere: list[str]) -> None:
    page = LabelledPage(Example(URL, f"<body>{html}<p>Power</p></body>", {"it": value}))
    assert [place.element.tag for place in page.places(value)] == shown
    assert [place.element.tag for place in page.everywhere(value)] == everywhere


@pytest.mark.parametrize(("html", "tags", "held"), [
    # What a list to choose from offers comes after what the page says.
    ("<select><option>Divorce<option>Appeal</select><p>Type: Divorce</p>", ["p", "option"], {"p"}),
    ("<select><option>Divorce<option>Appeal</select><p>Divorce</p>", ["option", "p"], {"p"}),
    ("<select><option>Divorce<option>Appeal</select><p>Other</p>", ["option"], {"option"}),
])  # fmt: skip
def test_choices_are_offered_whatever_the_page_is_about(html: str, tags: list[str], held: set[str]) -> None:
    page = LabelledPage(Example(URL, f"<body>{html}</body>", {"it": "Divorce"}))
    assert [place.element.tag for place in page.places("Divorce")] == tags
    assert {page.candidates[number].element.tag for number in page.holding("Divorce")} == held


@pytest.mark.parametrize("empty", [None, "", []])
def test_an_empty_value_of_a_person_says_that_the_page_has_none(empty: Any) -> None:
    example = Example("http://s.test/1", "<p>Tea</p>", {"title": "Tea", "note": empty}, source="person")
    assert (example.item, example.lacks) == ({"title": "Tea"}, {"note"})
    assert example.told == {"title": "Tea", "note": None}
    assert Example(example.url, "", example.told, source="person").lacks == {"note"}
    assert not Example("http://s.test/1", "", {"title": "Tea", "note": empty}).lacks


@pytest.mark.parametrize(("given", "expected"), [
    ([{"item": {"a": 1}}, {"item": {}}], [{"item": {"a": 1}}, {"item": {}}]),
    ([{"items": [{"a": 1}]}, {"items": []}], [{"items": [{"a": 1}]}, {"items": []}]),
    # As long as no page has more, one record is an item.
    ([{"items": [{"a": 1}]}, {"items": []}, {"item": {"a": 2}}],
     [{"item": {"a": 1}}, {"item": {}}, {"item": {"a": 2}}]),
    ([{"items": [{"a": 1}, {"a": 2}]}, {"item": {"a": 3}}], [{"items": [{"a": 1}, {"a": 2}]}, {"items": [{"a": 3}]}]),
])  # fmt: skip
def test_examples_of_two_forms(given: list[dict[str, Any]], expected: list[dict[str, Any]]) -> None:
    examples = of_one_form([Example(URL, "<p>", **one) for one in given])
    assert examples == [Example(URL, "<p>", **one) for one in expected]
