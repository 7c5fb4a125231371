"""``scrapy learn``: examples of a person, checked, learned from and put in charge."""

from __future__ import annotations

import json

import pytest
from crawl_tools import SHOP, Project, examples, product

from learner.state.store import Store

USAGE = 2


@pytest.mark.parametrize(
    ("change", "code", "said"),
    [
        ({"item": {"titel": "x"}}, USAGE, "field 'titel'"),
        ({"template": "prodct"}, USAGE, "Did you mean 'product'?"),
        ({"item": {"title": "Nowhere to be found"}}, 1, "'Nowhere to be found' is nowhere on"),
        ({"url": "file:///etc/passwd"}, 1, "no http(s) URL"),
        ({"itm": {}}, USAGE, "Did you mean 'item'?"),
        ({"items": []}, 1, "either item or items"),
        ({"html": "missing.html"}, 1, "saved page can't be read"),
        ({"item": None, "items": [{"title": None}]}, 1, "leave a field out that a record does not show"),
        ({"item": {"title": ["Tea", ""]}}, 1, "null is for a field that the page does not have"),
        ({"item": {"title": "x"}}, 1, "'x' is nowhere on"),
        ({"item": None, "items": [{"title": "Tea"}]}, 1, "shows one item: 'item' is wanted"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else None,
)
def test_an_example_that_is_wrong_teaches_nothing(
    learned: Project, change: dict[str, object], code: int, said: str
) -> None:
    url, item = product(learned)
    learned.path("page.html").write_text(SHOP.pages(1)[url.removeprefix(learned.server)].html)
    before = learned.call("status", "--json").out
    done = learned.call(
        "learn",
        "shop",
        "--examples",
        examples(learned, {"url": url, "html": "page.html", "template": "product", "item": item, **change}),
    )
    assert said in done.err
    assert "Traceback" not in done.all
    assert done.code == code
    assert learned.call("status", "--json").out == before


def test_a_page_that_cannot_be_fetched(project: Project) -> None:
    path = examples(project, {"url": "http://127.0.0.1:9/x", "template": "product", "item": {"title": "Tea"}})
    done = project.run("learn", "shop", "--examples", path, "-s", "RETRY_TIMES=0", "-s", "DOWNLOAD_DELAY=0")
    assert "could not be fetched" in done.err
    assert "Traceback" not in done.all
    assert done.code == 1


def test_learn_from_two_pages_then_crawl(project: Project) -> None:
    (first, one), (second, two) = product(project, 0), product(project, 7)
    saved = project.path("page.html")
    saved.write_text(SHOP.pages(1)[second.removeprefix(project.server)].html)
    path = examples(
        project, {"url": first, "item": one}, {"url": second, "item": two, "html": saved.name, "template": "product"}
    )
    done = project.run("learn", "shop", "--examples", path, "--template", "product")
    assert done.code == 0, done.err
    assert "version 1 is live" in done.out
    crawled = project.run("crawl", "shop", "-O", str(project.path("items.jsonl")), "--nolog")
    assert crawled.code == 0
    items = {item["url"]: item for item in project.items("items.jsonl")}
    assert len(items) == 32
    assert items[first] == {**one, "url": first}
    assert set(items[second]) == {"title", "price", "sku", "url"}


LABELLED_SETTINGS = """
SPIDER_MODULES = ["own_spiders"]
ADDONS = {"crawler.addon.Evergreen": 500}
COMMANDS_MODULE = "crawler.commands"
"""
LABELLED = """
from crawler.spider import EvergreenSpider, Template
class Tea(EvergreenSpider):
    name = "tea"
    start_template = "product"
    templates = {"product": Template(fields=("title", "price", "old_price"))}
"""


LISTED = """
from crawler.spider import EvergreenSpider, Template
class Tea(EvergreenSpider):
    name = "tea"
    start_template = "list"
    start_urls = ["{}"]
    templates = {{"list": Template(fields=("name", "grams"), many=True, follow={{"next": "list"}})}}
"""
ROWS = "<table>{}</table><p class=pager><a href='/{}'>{}</a></p>"


@pytest.mark.parametrize("beside", [True, False])
def test_links_of_a_page_of_many_records_are_shown_beside_them_or_alone(project: Project, beside: bool) -> None:
    theirs = project.own(LABELLED_SETTINGS, LISTED.format(f"{project.server}/list"))
    records = [
        {"name": f"Tea of {place}", "grams": f"{50 + n} g"} for n, place in enumerate(("Assam", "Nepal", "Fujian"))
    ]
    rows = "".join(f"<tr><td class=n>{one['name']}</td><td class=g>{one['grams']}</td></tr>" for one in records)
    project.path("page.html").write_text(ROWS.format(rows, "list?page=2", "Next page"))
    line = {"url": f"{project.server}/list", "template": "list", "html": "page.html"}
    links = {"next": f"{project.server}/list?page=2"}
    lines = [{**line, "items": records, "item": links}] if beside else [{**line, "items": records}]
    done = project.run_in(theirs, "learn", "tea", "--examples", examples(project, *lines))
    assert done.code == 0, done.all
    wanted = 'tea/list-links is not learned yet, and no crawl can do without: {"url": ..., "template": "list-links"'
    assert (wanted in done.err) is not beside
    if not beside:
        done = project.run_in(theirs, "learn", "tea", "--examples", examples(project, {**line, "item": links}))
        assert done.code == 0, done.all
        assert "not learned yet" not in done.all
    assert "tea/list-links: version 1 is live, it answers next" in done.out


def test_an_item_beside_items_is_of_links(project: Project) -> None:
    theirs = project.own(LABELLED_SETTINGS, LISTED.format(f"{project.server}/list"))
    line = {"url": f"{project.server}/list", "template": "list", "items": [{"name": "Tea"}], "item": {"name": "Tea"}}
    done = project.run_in(theirs, "learn", "tea", "--examples", examples(project, line))
    assert "line 1: either item or items is wanted, or links beside items: next." in done.err
    assert done.code == 1


def test_a_field_that_no_labelled_page_shows_is_told(project: Project) -> None:
    theirs = project.own(LABELLED_SETTINGS, LABELLED)
    (line,) = saved(project, 0)
    item = line["item"]
    assert isinstance(item, dict)
    del item["sku"]
    done = project.run_in(theirs, "learn", "tea", "--examples", examples(project, line))
    assert done.code == 0, done.all
    output = project.path("items.jsonl")
    done = project.run_in(theirs, "crawl", "tea", "-a", f"start={line['url']}", "-O", str(output), "--nolog")
    assert done.code == 0, done.all
    assert "nothing has been learned of old_price" in done.err
    (read,) = project.items("items.jsonl")
    assert read == {**item, "url": line["url"]}


def saved(project: Project, *numbers: int, design: int = 1) -> list[dict[str, object]]:
    """Lines for products whose pages are saved beside the examples."""
    lines = []
    for number in numbers:
        url, item = product(project, number)
        name = f"page{number}.html"
        page = SHOP.pages(design)[url.removeprefix(project.server)]
        project.path(name).write_text(page.html)
        item = {name: (page.item or {})[name] for name in item}
        lines.append({"url": url, "template": "product", "item": item, "html": name})
    return lines


@pytest.mark.parametrize(("options", "live"), [((), [2, 1]), (("--only",), [2])])
def test_another_design_is_learned_beside_what_is_live(
    project: Project, options: tuple[str, ...], live: list[int]
) -> None:
    for design, numbers, more in ((1, (0, 1, 2), ()), (2, (7, 8, 9), options)):
        path = examples(project, *saved(project, *numbers, design=design))
        done = project.call("learn", "shop", "--examples", path, *more)
        assert done.code == 0, done.all
    assert ("version 1 stays beside it" in done.out) is (1 in live)
    with Store.open(project.state) as store:
        assert [version.number for version in store.versions.all_live("shop", "product")] == live


def test_examples_that_contradict_each_other_are_refused(project: Project) -> None:
    (line,) = saved(project, 0)
    item = line["item"]
    assert isinstance(item, dict)
    other = {**line, "item": {**item, "price": item["sku"]}}
    done = project.call("learn", "shop", "--examples", examples(project, line, other))
    assert done.code == 1
    assert "contradict each other: price is" in done.err
    assert "Kept: everything" in done.err


def test_what_is_read_otherwise_than_shown_is_not_given_and_ends_with_1(project: Project) -> None:
    steps = ["Fry the leek until it is soft.", "Stir in the rice.", "Pour in the stock.", "Rest it for ten minutes."]
    told = "".join(f"<p>{text}</p>" for text in ("A dish for rainy days.", *steps))
    project.path("dish.html").write_text(f"<html><body><h1>Dish</h1><div>{told}</div><p>Bye.</p></body></html>")
    url, _ = product(project, 9)
    line = {"url": url, "template": "product", "item": {"title": "Dish", "features": steps}, "html": "dish.html"}
    done = project.call("learn", "shop", "--examples", examples(project, line))
    assert done.code == 1, done.err
    assert "version 1 is live, it answers title\n" in done.out
    assert "features is read as \"['A dish for rainy days.'" in done.out
    assert "not given, for nothing that is learned reads it as shown: features\nNext: correct the example" in done.out


def test_a_page_of_another_template_is_told_and_the_rest_is_learned(project: Project) -> None:
    lines = saved(project, 0, 3, 7)
    url, item = product(project, 9)
    assert isinstance(item, dict)
    project.path("other.html").write_text("<table><tr><td>{title}<td>{sku}<td>{price}</table>".format(**item))
    lines.append({"url": url, "template": "product", "item": item, "html": "other.html"})
    done = project.call("learn", "shop", "--examples", examples(project, *lines), "--json")
    assert done.code == 0, done.err
    told = json.loads(done.out)["product"]
    assert told["fields"] == ["price", "sku", "title"]
    assert any("is it a page of another template?" in note for note in told["warnings"]), told


@pytest.mark.parametrize(
    ("lines", "code", "said"),
    [
        ([], 1, "holds no example"),
        ([{"template": "product", "item": {}}], 1, "the examples have no values"),
        ([{"template": "list", "items": []}], 1, "the examples have no values"),
        ([{"template": "product", "item": {"title": ""}}], 1, "the examples have no values"),
    ],
    ids=["no line", "no values", "no records", "an empty value"],
)
def test_examples_without_anything_to_learn(
    project: Project, lines: list[dict[str, object]], code: int, said: str
) -> None:
    (page,) = saved(project, 0)
    given = [{"url": page["url"], "html": page["html"], **line} for line in lines]
    site = "records" if lines and lines[0]["template"] == "list" else "shop"
    done = project.call("learn", site, "--examples", examples(project, *given))
    assert said in done.err
    assert "Traceback" not in done.all
    assert done.code == code


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--gone", "old_price"], 0, "Next: scrapy retrain shop"),
        (["--gone", "old_price", "--gone", "sku", "--template", "product"], 0, "old_price, sku"),
        (["--gone", "old_prise"], USAGE, "Did you mean 'old_price'?"),
        (["--gone", "old_price", "--template", "list"], USAGE, "There is no field 'old_price'"),
        (["--gone", "old_price", "--examples", "x.jsonl"], USAGE, "two steps"),
    ],
)
def test_a_field_is_gone_for_good(learned: Project, arguments: list[str], code: int, said: str) -> None:
    done = learned.call("learn", "shop", *arguments)
    assert (done.code, said in done.all) == (code, True), done.all
    fields = json.loads(learned.call("status", "shop", "--json").out)["shop"]["product"]["fields"]
    assert ("old_price" in fields) == (code != 0)
    assert learned.call("rollback", "shop", "--template", "product").code == code


def test_a_number_among_others_is_learned(project: Project) -> None:
    html = "<body><h1>Green tea</h1><div class=facts><p class=price>12 boxes (235 GBP)</p><p>Fresh</p></div></body>"
    project.path("tea.html").write_text(html)
    line = {"url": "http://127.0.0.1:9/tea", "template": "product", "item": {"price": 235}, "html": "tea.html"}
    done = project.call("learn", "shop", "--examples", examples(project, line))
    assert done.code == 0, done.err
    with Store.open(project.state) as store:
        live = store.versions.live("shop", "product")
        assert live is not None
        read = live.load().read(html.replace("12 ", "9 ").replace("235", "180"), "http://127.0.0.1:9/other").item
    assert read == {"price": 180}
