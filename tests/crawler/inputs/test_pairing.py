"""Items of an old export and recorded pages, put together."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from crawler.inputs.pairing import examples_of, pair
from crawler.inputs.warc import RecordedPage

NOW = datetime(2025, 3, 1, tzinfo=UTC)
TEAS = [("Green tea", "£4.00", "Leaf & Sons"), ("Black tea", "£5.50", "Leaf & Sons"), ("Rooibos", "£4.00", "Karoo")]
ITEMS: list[dict[str, Any]] = [dict(zip(("title", "price", "maker"), tea, strict=True)) for tea in TEAS]


def page(number: int, url: str = "https://s.example/p/{}", html: str = "") -> RecordedPage:
    title, price, maker = TEAS[number]
    shown = f"<nav>Shop</nav><h1>{title}</h1><p class=price>{price}</p><p>{maker}</p>"
    return RecordedPage(url.format(number), (html or shown).encode(), NOW)


@pytest.mark.parametrize(
    "url",
    ["https://s.example/p/0", "http://s.example/p/0", "https://www.s.example/p/0/", "https://s.example/p/0#top"],
)
def test_by_url_in_any_form(url: str) -> None:
    result = pair([page(0), page(1)], [{"link": url, **ITEMS[0]}], ["link"], 10)
    assert (result.by_url, result.by_values) == (1, 0)
    assert [(one.page.url, [item["title"] for item in one.items]) for one in result.pairs] == [
        ("https://s.example/p/0", ["Green tea"])
    ]
    assert [one.url for one in result.unmatched_pages] == ["https://s.example/p/1"]


def test_other_addresses_are_other_pages() -> None:
    result = pair([page(0, "https://s.example/?id={}")], [{"url": "https://s.example/?id=1"}], ["url"], 10)
    assert not result.pairs
    assert len(result.unmatched_items) == 1


def test_by_values_where_there_is_no_url() -> None:
    result = pair([page(n) for n in (2, 0, 1)], ITEMS, [], 10)
    assert result.by_values == 3
    assert {one.page.url[-1]: one.items[0]["title"] for one in result.pairs} == {
        "0": "Green tea",
        "1": "Black tea",
        "2": "Rooibos",
    }


@pytest.mark.parametrize(
    "item",
    [
        {"maker": "Leaf & Sons"},
        {"price": "£4.00", "maker": "Leaf & Sons", "title": "White tea", "weight": "90 g"},
        {"title": "Coffee", "price": "£9.00"},
        {"price": "£4.00"},
    ],
    ids=["on two pages", "too few", "on none", "one short value"],
)
def test_an_item_that_could_be_of_several_pages_is_of_none(item: dict[str, Any]) -> None:
    result = pair([page(n) for n in range(3)], [item], [], 10)
    assert not result.pairs
    assert result.unmatched_items == [item]


def test_of_pages_with_one_url_the_last_counts() -> None:
    result = pair([page(0, html="<h1>Old"), page(0)], [{"url": "https://s.example/p/0", **ITEMS[0]}], ["url"], 10)
    assert b"Green tea" in result.pairs[0].page.html


def test_no_more_pages_than_wanted() -> None:
    items = [{"url": f"https://s.example/p/{n}", **ITEMS[n]} for n in range(3)]
    assert len(pair([page(n) for n in range(3)], items, ["url"], 2).pairs) == 2


def test_fields_that_stand_on_few_pages_are_left_out() -> None:
    items = [{"url": f"https://s.example/p/{n}", "scraped": f"run {n}", **ITEMS[n]} for n in range(3)]
    items[2]["maker"] = "somebody else"
    result = pair([page(n) for n in range(3)], items, ["url"], 10)
    examples, shares, _ = examples_of(result.pairs, ["title", "maker", "scraped"], many=False)
    assert shares == {"title": 1.0, "maker": pytest.approx(2 / 3), "scraped": 0.0}
    assert [example.item for example in examples] == [
        {"title": "Green tea", "maker": "Leaf & Sons"},
        {"title": "Black tea", "maker": "Leaf & Sons"},
        {"title": "Rooibos"},
    ]


def test_a_page_of_many_items() -> None:
    html = "<ul>" + "".join(f"<li><b>{title}</b> <i>{price}</i>" for title, price, _ in TEAS) + "</ul>"
    items = [{"url": "https://s.example/p/0", **item} for item in ITEMS]
    result = pair([page(0, html=html)], items, ["url"], 10)
    (example,), _, _ = examples_of(result.pairs, ["title", "price"], many=True)
    assert example.items == [{"title": title, "price": price} for title, price, _ in TEAS]


def test_values_in_a_tab_stand_on_the_page() -> None:
    folded = "<h1>{title}</h1><div hidden><p>{maker}</p></div>"
    pages = [page(n, html=folded.format(title=title, maker=f"Maker {n}")) for n, (title, *_) in enumerate(TEAS)]
    items = [{"url": f"https://s.example/p/{n}", "title": TEAS[n][0], "maker": f"Maker {n}"} for n in range(len(TEAS))]
    _, shares, _ = examples_of(pair(pages, items, ["url"], 10).pairs, ["title", "maker"], many=False)
    assert shares == {"title": 1.0, "maker": 1.0}


@pytest.mark.parametrize(
    ("tags", "joined"),
    [
        (["hot, cold", "hot,cold", "hot"], True),
        (["hot", "cold", "hot, cold"], True),
        (["Uji, Japan", "Uji, Japan", "hot"], False),
        (["hot, iced", "hot", "cold"], False),
        ([["hot", "cold"], ["hot"], ["Uji, Japan"]], False),
    ],
    ids=["lists", "some lists", "texts with commas", "a text that is elsewhere", "lists as such"],
)
def test_lists_joined_with_commas_are_told_and_left_out(tags: list[Any], joined: bool) -> None:
    shown = "<h1>{}</h1><ul><li>hot</li><li>cold</li></ul><p>Uji, Japan</p>"
    pages = [page(number, html=shown.format(TEAS[number][0])) for number in range(3)]
    items = [
        {"url": one.url, "title": TEAS[n][0], "tags": tag} for n, (one, tag) in enumerate(zip(pages, tags, strict=True))
    ]
    examples, _, told = examples_of(pair(pages, items, ["url"], 10).pairs, ["title", "tags"], many=False)
    assert told == ({"tags"} if joined else set())
    assert any("tags" in (example.item or {}) for example in examples) is not joined
