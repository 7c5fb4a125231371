"""``scrapy export``: the history of a site's items as a file."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from crawl_tools import SHOP, Project

USAGE = 2
SKUS = {page.item["sku"] for page in SHOP.pages(1).values() if page.template == "product" and page.item}


def read(path: Path) -> list[dict[str, Any]]:
    if path.suffix == ".csv":
        with path.open(newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))
    if path.suffix == ".json":
        found: list[dict[str, Any]] = json.loads(path.read_text())
        return found
    if path.suffix == ".parquet":
        parquet = pytest.importorskip("pyarrow.parquet")
        rows: list[dict[str, Any]] = parquet.read_table(path).to_pylist()
        return rows
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.mark.parametrize("name", ["items.jsonl", "items.json", "items.csv", "items.parquet"])
def test_every_format_holds_the_same_items(learned: Project, name: str) -> None:
    path = learned.path(name)
    done = learned.call("export", "shop", "-O", str(path), "--provenance")
    assert done.code == 0, done.err
    assert done.err == f"{path}: 32 items, the newest of 32\n"
    items = read(path)
    assert {item["sku"] for item in items} == SKUS
    assert {item["title"] for item in items} == {
        page.item["title"] for page in SHOP.pages(1).values() if page.item and page.template == "product"
    }
    origin = items[0]["_evergreen"]
    assert (origin if isinstance(origin, dict) else json.loads(origin))["template"] == "product"
    if name != "items.csv":
        assert isinstance(items[0]["features"], list)


def test_items_go_to_stdout_as_json_lines(learned: Project) -> None:
    done = learned.call("export", "records")
    assert done.code == 0
    assert done.err == ""
    items = [json.loads(line) for line in done.out.splitlines()]
    assert len(items) == 60
    assert not any("_evergreen" in item for item in items)


def test_an_export_of_nothing_leaves_the_file_alone(learned: Project) -> None:
    path = learned.path("items.jsonl")
    path.write_text("good\n")
    done = learned.call("export", "shop", "--since", "2199-01-01", "-O", str(path))
    assert done.code == 1
    assert "no item was found" in done.err
    assert path.read_text() == "good\n"


def test_a_failure_leaves_the_file_alone(learned: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    path = learned.path("items.parquet")
    path.write_bytes(b"good")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    done = learned.call("export", "shop", "-O", str(path), "--json")
    assert done.code == 1
    assert json.loads(done.out)["hint"] == "pip install 'evergreen-crawler[parquet]'"
    assert path.read_bytes() == b"good"
    assert sorted(file.name for file in learned.folder.iterdir()) == ["items.parquet", "state"]


@pytest.mark.parametrize("name", ["items.jsonl", "items.csv"])
def test_items_are_put_after_those_of_the_file(learned: Project, name: str) -> None:
    path = learned.path(name)
    for _ in range(2):
        done = learned.call("export", "shop", "-o", str(path), "--json")
        assert json.loads(done.out)["items"] == 32
    assert len(read(path)) == 64


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["shpo"], "Did you mean 'shop'?"),
        (["shop", "--template", "prodct"], "Did you mean 'product'?"),
        (["shop", "--format", "jsnl"], "Did you mean 'jsonl'?"),
        (["shop", "--since", "yesterday"], "'yesterday' is no moment"),
        (["shop", "--since", "2026-11-02", "--until", "2026-11-01"], "is not before"),
        (["shop", "-O", "items.xls"], "tells no format"),
        (["shop", "-o", "items.json"], "-O replaces it"),
        (["shop", "--format", "parquet"], "needs a name"),
        (["shop", "--json"], "the items need a file"),
        (["shop", "-O", "a.jsonl", "-o", "a.jsonl"], "not allowed with"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_what_can_not_be(learned: Project, arguments: list[str], said: str) -> None:
    done = learned.call("export", *arguments)
    assert said in done.all
    assert done.code == USAGE


def test_columns_that_the_file_lacks_are_told(learned: Project) -> None:
    path = learned.path("items.csv")
    path.write_text("titel,price\nTea,4\n")
    done = learned.call("export", "shop", "-o", str(path))
    assert done.code == USAGE
    assert path.read_text() == "titel,price\nTea,4\n"
