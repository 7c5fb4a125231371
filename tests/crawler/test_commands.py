"""The commands of daily use: what they say, what they change, the exit code; no traceback, whatever is typed."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest
from crawl_tools import SHOP, Project

USAGE = 2


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["crawl", "shpo"], USAGE, "There is no spider 'shpo'. Did you mean 'shop'?"),
        (["crawl"], USAGE, "One spider is wanted"),
        (["crawl", "shop", "-a", "mod=auto"], USAGE, "Did you mean 'mode'?"),
        (["crawl", "shop", "-a", "mode=learned"], USAGE, "Nothing has been learned"),
        (["crawl", "shop", "-s", "EVERGREEN_RETRAIN=nevr"], USAGE, "Did you mean 'never'?"),
        (["crawl", "recorded"], USAGE, "scrapy learn recorded --examples"),
        (["crawl", "shop", "-a", "start=http://127.0.0.1:9/"], 1, "no page was answered"),
        (["crawl", "shop", "-s", "EVERGREEN_STATE=/etc"], 1, "not an Evergreen state folder"),
        (["retrain", "shpo"], USAGE, "Did you mean 'shop'?"),
        (["retrain", "shop", "-O", "repaired.csv"], USAGE, "JSON lines"),
        (["status"], 1, "There is no state folder"),
        (["status", "--jsno"], USAGE, "unknown option --jsno"),
        (["status", "a", "b"], USAGE, "too many names"),
        (["rollback"], USAGE, "a NAME is missing"),
        (["learn", "shop"], USAGE, "--examples FILE.jsonl"),
        (["learn", "shop", "--examples", "nothing.jsonl"], 1, "can't be read"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_mistakes_are_told(project: Project, arguments: list[str], code: int, said: str) -> None:
    done = project.run(*arguments) if arguments[0] == "crawl" else project.call(*arguments)
    assert said in done.all
    assert "Traceback" not in done.all
    assert done.code == code


@pytest.mark.parametrize("content", [b"not a database, not at all" * 50, b""], ids=["broken", "empty"])
def test_a_broken_state_is_told_and_left_alone(learned: Project, content: bytes) -> None:
    database = learned.state / "evergreen.sqlite3"
    for extra in learned.state.glob("evergreen.sqlite3-*"):
        extra.unlink()
    database.write_bytes(content)
    done = learned.call("status", "shop")
    assert "Traceback" not in done.all
    if content:
        assert done.code == 1
        assert "mv " in done.err
        assert database.read_bytes() == content
    assert list((learned.state / "archive").rglob("*.warc.gz"))


def test_status_tells_versions_and_counts(learned: Project) -> None:
    done = learned.call("status", "shop", "--json")
    assert done.code == 0
    product = json.loads(done.out)["shop"]["product"]
    assert product["live"] == 1
    assert product["drift"] is None
    assert product["counts"]["pages"] == product["counts"]["examples"] == 32
    assert set(product["fields"]) == set(SHOP.fields["product"])
    text = learned.call("status").out
    assert "version 1 live" in text
    assert "records" in text


def test_retrain_does_nothing_when_nothing_drifted(learned: Project) -> None:
    done = learned.call("retrain")
    assert done.code == 0
    assert "shop: nothing to do" in done.out
    report = json.loads(learned.call("retrain", "shop", "--json").out)["shop"]
    assert report["templates"] == []
    assert report["delivered"] == 0


def test_eject_writes_readable_python(learned: Project, tmp_path: Path) -> None:
    done = learned.call("eject", "shop", "-o", str(tmp_path / "ejected"))
    assert done.code == 0
    files = sorted(path.name for path in (tmp_path / "ejected").iterdir())
    assert files == ["shop_list.py", "shop_product.py"]
    tree = ast.parse((tmp_path / "ejected" / "shop_product.py").read_text())
    assert "ShopProductPage" in {node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}
    assert learned.call("eject", "shop", "--template", "prodct").code == USAGE


def test_rollback_needs_an_earlier_version(learned: Project) -> None:
    done = learned.call("rollback", "shop")
    assert done.code == USAGE
    assert "no earlier version" in done.err


def examples(project: Project, *lines: dict[str, object]) -> str:
    path = project.path("examples.jsonl")
    path.write_text("\n".join(json.dumps(line) for line in lines))
    return str(path)


def product(project: Project, number: int = 0) -> tuple[str, dict[str, object]]:
    pages = [page for page in SHOP.pages(1).values() if page.template == "product"]
    page = pages[number]
    assert page.item is not None
    return project.server + page.path, {name: page.item[name] for name in ("title", "price", "sku")}


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
