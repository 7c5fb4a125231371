"""``scrapy teach``: values of one page, the places where they stand, and what is learned from the answer."""

from __future__ import annotations

import builtins
import json
import sys
from collections.abc import Iterator

import pytest
from crawl_tools import SHOP, Project, product

from learner import Example, learn
from learner.state.store import Store

USAGE = 2
PAGE = """<html><body><nav><a href="/">Tea</a></nav><main><h1>Tea</h1><p class=cost>£4.00</p>
<p class=more>From £4.00 a box</p></main></body></html>"""
PRODUCTS = [page for page in SHOP.pages(1).values() if page.template == "product"]
URL = "http://127.0.0.1:9/tea"


@pytest.fixture
def saved(project: Project) -> Project:
    project.path("tea.html").write_text(PAGE)
    return project


def call(project: Project, *arguments: str, spider: str = "shop") -> tuple[int, str, str]:
    done = project.call("teach", *arguments, "--html", str(project.path("tea.html")), "--spider", spider)
    return done.code, done.out, done.err


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What a person at a terminal types."""
    given: list[str] = []

    def answer(prompt: str) -> str:
        print(prompt)
        if not given:
            raise EOFError
        return given.pop(0)

    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    monkeypatch.setattr(builtins, "input", answer)
    yield given
    assert not given


def test_places_are_shown_and_nothing_is_learned_unless_it_is_said(saved: Project) -> None:
    code, out, err = call(saved, URL, "title=Tea", "price=£4.00")
    assert code == USAGE
    assert "--yes" in err
    assert "body > main > p.cost\n" in out
    assert "body > main > p.more\n" in out
    assert "rule: " in out
    with Store.open(saved.state) as store:
        assert store.sites() == []


def test_yes_takes_all_places(saved: Project) -> None:
    code, out, _ = call(saved, URL, "title=Tea", "price=£4.00", "--yes")
    assert code == 0
    assert "shop/product: version 1 is live, it answers price, title" in out
    with Store.open(saved.state) as store:
        (example,) = store.examples.best("shop", "product")
    assert (example.source, example.item, example.places) == ("person", {"title": "Tea", "price": "£4.00"}, None)


def test_a_person_says_which_place_is_meant(saved: Project, answers: list[str]) -> None:
    code, out, _ = call(saved, URL, "price=£4.00")
    assert code == 1
    shown = [line for line in out.splitlines() if line.startswith("  ") and "body > main" in line]
    more = next(number for number, line in enumerate(shown, 1) if "p.more" in line)
    answers += ["9", "first", str(more)]
    code, out, _ = call(saved, URL, "price=£4.00")
    assert code == 0
    assert out.count("Numbers from 1 to 2 are wanted") == 2
    with Store.open(saved.state) as store:
        live = store.versions.live("shop", "product")
        assert live is not None
        rules = live.load().program.fields["price"].rules
        assert store.examples.best("shop", "product")[0].places is not None
    assert not any("cost" in str(rule) for rule in rules)
    assert any("more" in str(rule) for rule in rules)


def test_enter_leaves_the_choice_to_the_rules(saved: Project, answers: list[str]) -> None:
    answers += [""]
    code, _, _ = call(saved, URL, "price=£4.00")
    assert code == 0
    with Store.open(saved.state) as store:
        assert store.examples.best("shop", "product")[0].places is None


def test_as_json(saved: Project) -> None:
    code, out, _ = call(saved, URL, "title=Tea", "--json", "--yes")
    assert code == 0
    report = json.loads(out)
    assert (report["site"], report["template"]) == ("shop", "product")
    assert {"body > nav > a", "body > main > h1"} <= {place["where"] for place in report["places"]["title"]}
    assert report["learned"]["version"] == 1


@pytest.mark.parametrize(
    ("arguments", "spider", "code", "said"),
    [
        ([URL], "shop", USAGE, "a FIELD=VALUE is missing"),
        ([URL, "title"], "shop", USAGE, "'title' is no FIELD=VALUE"),
        ([URL, "title="], "shop", USAGE, "no field 'title' in what is learned"),
        (["tea.html", "title=Tea"], "shop", USAGE, "no http(s) URL"),
        ([URL, "title=Tea"], "shpo", USAGE, "Did you mean 'shop'?"),
        ([URL, "title=Tea"], "", USAGE, "add --spider NAME"),
        ([URL, "titel=Tea"], "shop", USAGE, "Did you mean 'title'?"),
        ([URL, "titel=Tea", "--template", "product"], "shop", USAGE, "Did you mean 'title'?"),
        ([URL, "title=Tea", "--template", "prodct"], "shop", USAGE, "Did you mean 'product'?"),
        ([URL, "title=Tea", "next=/2"], "shop", USAGE, "add --template"),
        ([URL, "docket=Tea"], "records", USAGE, "shows many records"),
        ([URL, "title=Tee"], "shop", 1, "'Tee' is nowhere on http://127.0.0.1:9/tea. The page has 'Tea'."),
        ([URL, "price=£4.00", "price=£9.99"], "shop", 1, "price: '£9.99' is nowhere"),
    ],
    ids=lambda value: " ".join(value[1:]) if isinstance(value, list) else None,
)
def test_what_can_not_be(saved: Project, arguments: list[str], spider: str, code: int, said: str) -> None:
    ended, out, err = call(saved, *arguments, "--yes", spider=spider)
    assert said in out + err
    assert "Traceback" not in out + err
    assert ended == code


def test_a_page_that_can_not_be_read(saved: Project) -> None:
    saved.path("tea.html").write_bytes(b"\x1f\x8b\x08 not a page")
    code, _, err = call(saved, URL, "title=Tea", "--yes")
    assert code == 1
    assert "can't be learned from" in err
    saved.path("tea.html").unlink()
    code, _, err = call(saved, URL, "title=Tea", "--yes")
    assert code == 1
    assert "can't be read" in err


def test_a_page_is_fetched(project: Project) -> None:
    reduced = [page.item is not None and "old_price" in page.item for page in PRODUCTS].index(True)
    url, item = product(project, reduced)
    done = project.run("teach", url, *(f"{name}={value}" for name, value in item.items()), "--spider", "shop", "--yes")
    assert done.code == 0, done.all
    with Store.open(project.state) as store:
        live = store.versions.live("shop", "product")
        assert live is not None
        other = PRODUCTS[5]
        read = live.load().extract(other.html, project.server + other.path).item
    assert other.item is not None
    assert read == {name: other.item[name] for name in item}


def test_a_number_stays_one(saved: Project) -> None:
    html = "<body><h1>Green tea</h1><p class=cost>{} boxes ({} GBP)</p></body>".format
    with Store.open(saved.state) as store:
        known = learn([Example(f"{URL}/1", html(12, 235), {"price": 235})])
        store.versions.promote(store.versions.add("shop", "product", known).id)
    saved.path("tea.html").write_text(html(9, 180))
    code, out, err = call(saved, URL, "price=dear", "--template", "product", "--yes")
    assert (code, "can't be read as what the field has been so far: one number, such as 235" in err) == (1, True), out
    code, out, err = call(saved, URL, "price=180", "--template", "product", "--yes")
    assert code == 0, err
    assert "price = 180" in out
    with Store.open(saved.state) as store:
        live = store.versions.live("shop", "product")
        assert live is not None
        assert live.load().read(html(7, 310), f"{URL}/2").item == {"price": 310}


def test_a_field_that_the_page_has_not(saved: Project) -> None:
    assert call(saved, URL, "title=Tea", "price=£4.00", "--template", "product", "--yes")[0] == 0
    code, out, err = call(saved, URL, "price=", "--template", "product", "--yes")
    assert (code, err) == (1, "")
    assert "price: the page has none" in out
    assert "not given, for nothing that is learned reads it as shown: price" in out
    with Store.open(saved.state) as store:
        (example,) = store.examples.best("shop", "product")
    assert (example.item, example.lacks) == ({"title": "Tea"}, {"price"})


@pytest.mark.parametrize(("arguments", "said"), [
    (("price=£4.00", "price="), "no FIELD=VALUE"),
    (("old_price=",), "old_price"),
])  # fmt: skip
def test_what_nobody_has_not(saved: Project, arguments: tuple[str, ...], said: str) -> None:
    code, _, err = call(saved, URL, *arguments, "--template", "product", "--yes")
    assert code == USAGE
    assert said in err


@pytest.mark.parametrize("many", [True, False])
def test_a_page_of_many_records_is_not_taught_as_an_item(saved: Project, many: bool) -> None:
    rows = "".join(f"<li><b>Tea {number}</b><i>£{number}.00</i></li>" for number in range(6))
    items = [{"title": f"Tea {number}", "price": f"£{number}.00"} for number in range(6)]
    one = {"items": items} if many else {"item": {"title": "Tea", "price": "£4.00"}}
    html = f"<ul>{rows}</ul>" if many else PAGE
    with Store.open(saved.state) as store:
        store.versions.promote(store.versions.add("press", "parse.dict", learn([Example(URL, html, **one)])).id)
    code, _, err = call(saved, URL, "title=Tea", "price=£4.00", "--template", "parse.dict", "--yes", spider="press")
    assert code == (USAGE if many else 0)
    assert ("A page of template parse.dict shows many records: they have to be given all." in err) is many
    with Store.open(saved.state) as store:
        assert len(store.versions.all("press", "parse.dict")) == (1 if many else 2)
