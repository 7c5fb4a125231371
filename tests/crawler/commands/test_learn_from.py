"""``scrapy learn-from``: pages recorded elsewhere and an old export, learned from and put in charge."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from crawl_tools import RECORDS, SHOP, Project
from warc_tools import write_warc

from learner.state.store import Store

USAGE = 2
PRODUCTS = [page for page in SHOP.pages(1).values() if page.template == "product"]
FIELDS = ("title", "price", "sku", "brand")


def recorded(project: Project, count: int = 12) -> Path:
    return write_warc(
        project.path("pages.warc.gz"),
        *(("https://shop.example" + page.path, page.html.encode()) for page in PRODUCTS[:count]),
        ("https://shop.example/about", b"<h1>About us</h1><p>We sell things."),
        ("https://shop.example/gone", b"gone", {"status": 404}),
    )


def items(*fields: str, url: bool = True) -> list[dict[str, Any]]:
    found = []
    for page in PRODUCTS[:14]:
        assert page.item is not None
        link = {"url": "https://shop.example" + page.path} if url else {}
        found.append({**link, **{name: page.item[name] for name in fields}, "run": "2024-W51"})
    return found


def export(project: Project, *entries: dict[str, Any]) -> str:
    path = project.path("items.jsonl")
    path.write_text("\n".join(map(json.dumps, entries)))
    return str(path)


@pytest.mark.parametrize("by", ["url", "values"])
def test_pages_and_items_are_matched_and_learned(project: Project, by: str) -> None:
    arguments = ["--items", export(project, *items(*FIELDS, url=by == "url")), "--spider", "shop", "--json"]
    done = project.call("learn-from", str(recorded(project)), *arguments)
    assert done.code == 0, done.all
    told = json.loads(done.out)
    assert told[f"matched_by_{by}"] == told["pages_matched"] == 12
    assert told["pages_not_matched"] == ["https://shop.example/about"]
    assert len(told["items_not_matched"]) == 2
    assert told["records_skipped"] == {"status 404": 1}
    assert "run" in told["fields_left_out"]
    assert (told["template"], told["action"], told["version"]) == ("product", "learned", 1)
    with Store.open(project.state) as store:
        live = store.versions.live("shop", "product")
        assert live is not None
        assert {one.source for one in store.examples.best("shop", "product")} == {"spider"}
        last = PRODUCTS[-1]
        assert last.item is not None
        read = live.load().extract(last.html, "https://shop.example" + last.path).item
    assert read == {name: last.item[name] for name in FIELDS}


def test_people_are_told_what_did_not_match(project: Project) -> None:
    path = export(project, *items(*FIELDS))
    done = project.call("learn-from", str(recorded(project, 3)), "--items", path, "--spider", "shop")
    assert done.code == 0, done.all
    assert "3 of 14 items matched with 3 pages: 3 by URL, 0 by values" in done.out
    assert "pages without an item: https://shop.example/about" in done.out
    assert "items without a page: 6 more" in done.out
    assert "left out: run, the template has no such field" in done.out
    assert "shop/product: learned, version 1 is live" in done.out


def test_pages_of_records(project: Project) -> None:
    pages = [page for page in RECORDS.pages(1).values() if page.items]
    url = "https://court.example"
    warc = write_warc(project.path("lists.warc.gz"), *((url + page.path, page.html.encode()) for page in pages))
    entries = [{"link": url + page.path, **item} for page in pages for item in page.items or ()]
    done = project.call("learn-from", str(warc), "--items", export(project, *entries), "--spider", "records", "--json")
    assert done.code == 0, done.all
    told = json.loads(done.out)
    assert (told["template"], told["matched_by_url"]) == ("list", len(entries))
    with Store.open(project.state) as store:
        live = store.versions.live("records", "list")
        assert live is not None
        assert len(live.load().extract(pages[0].html, url).items) == len(pages[0].items or ())


@pytest.mark.parametrize(
    ("change", "code", "said"),
    [
        ({"--items": None}, USAGE, "--items FILE is missing"),
        ({"--spider": None}, USAGE, "--spider NAME is missing"),
        ({"--spider": "shpo"}, USAGE, "Did you mean 'shop'?"),
        ({"--template": "prodct"}, USAGE, "Did you mean 'product'?"),
        ({"--url-field": "ulr"}, USAGE, "Did you mean 'url'?"),
        ({"--items": "nothing.jsonl"}, 1, "can't be read"),
        ({"--spider": "records"}, USAGE, "There is no field 'sku'"),
        ({"--url-field": "sku", "--template": "list"}, USAGE, "There is no field 'url' in list"),
    ],
    ids=lambda value: " ".join(map(str, *value.items())) if isinstance(value, dict) and len(value) == 1 else None,
)
def test_what_can_not_be(project: Project, change: dict[str, str | None], code: int, said: str) -> None:
    options = {"--items": export(project, *items("sku", "price")), "--spider": "shop", **change}
    given = [part for name, value in options.items() if value is not None for part in (name, value)]
    done = project.call("learn-from", str(recorded(project, 2)), *given)
    assert said in done.all
    assert done.code == code


def test_nothing_matches(project: Project) -> None:
    path = export(project, {"url": "https://other.example/1", "title": "Nothing like it", "price": "£0.01"})
    done = project.call("learn-from", str(recorded(project, 2)), "--items", path, "--spider", "shop")
    assert done.code == 1
    assert "nothing was learned" in done.err
    with Store.open(project.state) as store:
        assert store.sites() == []
