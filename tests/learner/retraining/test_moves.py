"""What is known of pages whose addresses have moved."""

from __future__ import annotations

import pytest
from store_tools import NOON

from learner import Known
from learner.retraining.moves import Moves
from learner.state.records import StoredPage

HOST = "http://shop.example"
MOVED = {f"{HOST}/old": f"{HOST}/new", f"{HOST}/p?a=1&b=2": f"{HOST}/p/12", f"{HOST}/two": f"{HOST}/zwei"}


def page(html: str, url: str = "/list") -> StoredPage:
    return StoredPage(1, "shop", "list", HOST + url, NOON, html.encode())


@pytest.mark.parametrize(("html", "value", "known"), [
    ("<a href='/new'>", f"{HOST}/old", f"{HOST}/new"),
    ('<a href="http://shop.example/new">', f"{HOST}/old", f"{HOST}/new"),
    ("<a href='/old'><a href='/new'>", f"{HOST}/old", f"{HOST}/old"),  # is still shown
    ("<a href='/newer'>", f"{HOST}/old", f"{HOST}/old"),  # is shown under neither
    ("<a href='/p/12'>", f"{HOST}/p?a=1&b=2", f"{HOST}/p/12"),
    ("<a href='/p?a=1&amp;b=2'><a href='/p/12'>", f"{HOST}/p?a=1&b=2", f"{HOST}/p?a=1&b=2"),
    ("<a href='/zwei'><a href='/new'>", [f"{HOST}/old", f"{HOST}/three", f"{HOST}/two"],
     [f"{HOST}/new", f"{HOST}/three", f"{HOST}/zwei"]),
    ("<a href='/new'>", "A text", "A text"),
    ("<a href='/new'>", 7, 7),
])  # fmt: skip
def test_links_that_moved(html: str, value: object, known: object) -> None:
    fact = Known(f"{HOST}/list", item={"link": value})  # type: ignore[dict-item]
    found = Moves(MOVED).known(page(html), {fact.url: fact})
    assert found is not None
    assert (found.url, found.item, found.items) == (f"{HOST}/list", {"link": known}, None)


def test_links_of_records_that_moved() -> None:
    fact = Known(f"{HOST}/list", items=[{"title": "One", "link": f"{HOST}/old"}])
    found = Moves(MOVED).known(page("<a href='/new'>"), {fact.url: fact})
    assert found is not None
    assert (found.item, found.items) == (None, [{"title": "One", "link": f"{HOST}/new"}])


@pytest.mark.parametrize(("known", "url", "title"), [
    ({"/old": "former"}, "/new", "former"),
    ({"/old": "former", "/new": "own"}, "/new", "own"),
    ({"/old": "former"}, "/zwei", None),
    ({}, "/new", None),
])  # fmt: skip
def test_a_page_that_moved(known: dict[str, str], url: str, title: str | None) -> None:
    facts = {HOST + path: Known(HOST + path, {"title": text}) for path, text in known.items()}
    found = Moves(MOVED).known(page("<p>", url), facts)
    assert (found and (found.url, found.item)) == (title and (HOST + url, {"title": title}))


@pytest.mark.parametrize(("html", "own", "link"), [
    ("<a href='/zwei'>", None, f"{HOST}/zwei"),
    ("<a href='/zwei'>", f"{HOST}/own", f"{HOST}/own"),  # it was found there
    ("<a href='/two'>", None, None),  # it has not moved
    ("<p>", None, None),
])  # fmt: skip
def test_a_link_that_was_not_found_since_its_page_moved(html: str, own: str | None, link: str | None) -> None:
    known = {"title": "own", **({"link": own} if own else {})}
    facts = [
        Known(f"{HOST}/old", {"title": "former", "link": f"{HOST}/two", "badge": "new"}),
        Known(f"{HOST}/new", known),
    ]
    found = Moves(MOVED).known(page(html, "/new"), {fact.url: fact for fact in facts})
    assert found is not None
    assert found.item == {"title": "own", **({"link": link} if link else {})}


@pytest.mark.parametrize(("moved", "value", "known"), [
    (MOVED, f"{HOST}/old", f"{HOST}/new"),
    (MOVED, [f"{HOST}/old", f"{HOST}/three", 7], [f"{HOST}/new", f"{HOST}/three", 7]),
    (MOVED, 7, 7),
    ({}, f"{HOST}/old", f"{HOST}/old"),
])  # fmt: skip
def test_all_links_that_moved(moved: dict[str, str], value: object, known: object) -> None:
    found = Moves(moved).moved(Known(f"{HOST}/list", item={"link": value}))  # type: ignore[dict-item]
    assert (found.url, found.item) == (f"{HOST}/list", {"link": known})
