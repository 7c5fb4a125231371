"""``scrapy learn``: examples of a person, checked, learned from and put in charge."""

from __future__ import annotations

import pytest
from crawl_tools import SHOP, Project, examples, product

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
