"""One to three pages shown with all fields: on a page without one of them its neighbour's value is not given for it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from learner import Example, Extractor, learn

ARABIC = str.maketrans("0123456789.", "٠١٢٣٤٥٦٧٨٩٫")
Facts = Callable[[str, str], str]


def classes(rating: str, cost: str) -> str:
    told = f"<li class=rate>Rated {rating} of 5</li>" if rating else ""
    return f"<ul class=facts><li class=prep>Takes 70 minutes</li>{told}<li class=cost>Costs {cost} $</li></ul>"


def labels(rating: str, cost: str) -> str:
    rows = [("Minutes", "70"), *([("Rated", rating)] if rating else []), ("Costs", f"{cost} $")]
    return "<dl>" + "".join(f"<dt>{one}</dt><dd>{other}</dd>" for one, other in rows) + "</dl>"


def nested(rating: str, cost: str) -> str:
    # Cells that are never closed stand in one another.
    told = f"<tr><td><font>Rated<td><font>{rating} of 5" if rating else ""
    return f"<table><tr><td><font>Minutes<td><font>70{told}<tr><td><font>Costs<td><font>{cost} $</table>"


def page(facts: str) -> str:
    return f"<html><body><article><h1>Soup</h1>{facts}</article></body></html>"


def learned(facts: Facts, shown: list[tuple[str, str]], digits: Callable[[str], str]) -> Extractor:
    examples = [
        Example(
            f"http://site.test/{number}",
            page(digits(facts(rating, cost))),
            {"title": "Soup", "rating": digits(rating), "cost": digits(cost)},
            source="person",
        )
        for number, (rating, cost) in enumerate(shown)
    ]
    return learn(examples)


@pytest.mark.parametrize("digits", [str, lambda text: text.translate(ARABIC)], ids=["latin", "arabic"])
@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("facts", [classes, labels, nested])
def test_a_search_in_the_box_around_finds_no_neighbour(facts: Facts, count: int, digits: Callable[[str], str]) -> None:
    # The tags' names have no digits or points that are not text: all of the page may be translated.
    extractor = learned(facts, [("4.9", "34.25"), ("3.5", "22.50"), ("4.1", "70.75")][:count], digits)
    without = extractor.read(page(digits(facts("", "41.05"))), "http://site.test/8").item
    assert "rating" not in without
    assert without.get("cost", digits("41.05")) == digits("41.05")
    both = extractor.read(page(digits(facts("2.5", "41.05"))), "http://site.test/9").item
    assert (both["rating"], both["cost"]) == (digits("2.5"), digits("41.05"))


def test_a_box_is_searched_where_nothing_leads_to_a_place_of_the_value_alone() -> None:
    html = "<html><body><h1>{}</h1><div>Posted {} by Ann, seen {} times</div></body></html>"
    first = html.format("Red chair", 12, 345)
    extractor = learn([Example("http://site.test/1", first, {"title": "Red chair", "posted": 12, "seen": 345})])
    item = extractor.read(html.format("Oak table", 7, 89), "http://site.test/2").item
    assert (item["posted"], item["seen"]) == (7, 89)


def test_words_in_the_box_tell_the_value_as_well() -> None:
    html = "<html><body><h1>Soup</h1><div class=facts>{}<p>Time: <b>{}</b> minutes</p></div></body></html>"
    first = html.format("<p>Serves <b class=serves>4</b></p>", 70)
    extractor = learn([Example("http://site.test/1", first, {"title": "Soup", "serves": 4, "time": 70})])
    item = extractor.read(html.format("", 55), "http://site.test/2").item
    assert "serves" not in item
    assert item.get("time", 55) == 55
