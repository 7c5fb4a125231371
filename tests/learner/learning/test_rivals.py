"""One page shown with its price and the old one: on pages with a single price that is the price."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from learner import Example, Extractor, learn

Prices = Callable[[str, str], str]


def classes(price: str, old: str) -> str:
    return (f"<span class=was>{old} €</span> " if old else "") + f"<span class=now>{price} €</span>"


def words(price: str, old: str) -> str:
    return f"<span class=p>€ {price}</span>" + (f" <span class=o>statt € {old}</span>" if old else "")


def tags(price: str, old: str) -> str:
    return (f"<del>{old} €</del> " if old else "") + f"<ins>{price} €</ins>"


def order(price: str, old: str) -> str:
    return (f"<span>{old} €</span> " if old else "") + f"<span>{price} €</span>"


def order_turned(price: str, old: str) -> str:
    return f"<span>{price} €</span>" + (f" <span>{old} €</span>" if old else "")


def part(price: str, old: str) -> str:
    return f"<b class='p sale'>{price} €</b> <b class=q>{old} €</b>" if old else f"<b class=p>{price} €</b>"


def page(title: str, made: str, similar: str = "") -> str:
    beside = f"<ul><li><a href=/9>{similar}</a> <i>7.190 €</i></ul>" if similar else ""
    return (
        f"<html><head><title>{title} - Shop</title></head><body><main><h1>{title}</h1><div class=box>{made}</div>"
        f"<p>Made with care, from 29 € on</p>{beside}</main></body></html>"
    )


def learned(prices: Prices) -> Extractor:
    item = {"title": "Red chair", "price": 23900, "old_price": 24400}
    shown = page("Red chair", prices("23.900", "24.400"), "Blue lamp")
    return learn([Example("http://site.test/1", shown, item, source="person")])


@pytest.mark.parametrize(
    ("prices", "told"),
    [(classes, True), (words, True), (tags, True), (order, False), (order_turned, False), (part, False)],
)
def test_a_single_price_is_no_old_price(prices: Prices, told: bool) -> None:
    extractor = learned(prices)
    for read in (extractor.extract, extractor.read):
        one = read(page("Oak table", prices("30.290", ""), "Red chair"), "http://site.test/2").item
        assert "old_price" not in one
        assert one.get("price") in ((30290,) if told else (30290, None))
        both = read(page("Oak table", prices("30.290", "31.000"), "Red chair"), "http://site.test/2").item
        assert (both["price"], both["old_price"]) == (30290, 31000)


def test_numbers_of_other_kinds_keep_their_order() -> None:
    html = page("{}", "<b class=r>{}</b> <b>{}</b>")
    item = {"title": "Red chair", "rating": 4, "rating_count": 3}
    extractor = learn([Example("http://site.test/1", html.format(*2 * ["Red chair"], 4, 3), item)])
    read = extractor.read(html.format(*2 * ["Blue lamp"], 5, 7), "http://site.test/2").item
    assert (read.get("rating"), read.get("rating_count")) == (5, 7)


def test_the_title_of_a_shown_page_is_no_caption_of_its_price() -> None:
    item = {"title": "Red chair", "price": 23900, "old_price": 24400}
    examples = [
        Example(
            "http://site.test/1", page("Red chair", classes("23.900", "24.400"), "Oak table"), item, source="person"
        ),
        # A person corrects one field, and does not say the title.
        Example("http://site.test/2", page("Blue lamp", classes("7.190", "")), {"price": 7190}, source="person"),
    ]
    extractor = learn(examples)
    captions = extractor.program.fields["price"].captions.own
    assert not captions & {"redchair", "bluelamp"}
    for beside in ("Red chair", "Blue lamp"):
        read = extractor.read(page("Oak table", classes("30.290", ""), beside), "http://site.test/3").item
        assert read["price"] == 30290
        assert "old_price" not in read


@pytest.mark.parametrize("classes", [True, False])
def test_columns_of_the_same_values_in_another_order_are_told_apart(classes: bool) -> None:
    """The ranks of today are those of last week, of other teams."""

    def table(places: list[tuple[int, int]]) -> str:
        own = ("class=r", "class=p") if classes else ("", "")
        rows = (f"<tr><td {own[0]}>{now}<td>Team {now + was}<td {own[1]}>{was}</tr>" for now, was in places)
        return f"<table>{''.join(rows)}</table>"

    shown = [(1, 2), (2, 1), (3, 3), (4, 6), (5, 4), (6, 5)]
    records = [{"rank": now, "team": f"Team {now + was}", "previous": was} for now, was in shown]
    extractor = learn([Example("http://site.test/1", table(shown), items=records)])
    read = extractor.read(table([(7, 9), (8, 7), (9, 12)]), "http://site.test/2").items
    assert [(one["rank"], one["previous"]) for one in read] == [(7, 9), (8, 7), (9, 12)]
