"""``scrapy report``: one file, or the figures as JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from crawl_tools import Project
from lxml import html


def test_a_report_is_one_file(learned: Project, tmp_path: Path) -> None:
    done = learned.call("report", "shop", "-o", str(tmp_path / "out" / "shop.html"))
    assert done.code == 0, done.all
    page = html.parse(str(tmp_path / "out" / "shop.html")).getroot()
    assert page.xpath("string(//h1)") == "shop"
    assert [name.text for name in page.iter("h2")] == ["list", "product"]
    assert "class LearnedPage" in page.text_content()
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["shop.html"]


def test_the_same_figures_as_json(learned: Project, tmp_path: Path) -> None:
    done = learned.call("report", "shop", "--json")
    assert done.code == 0
    told = json.loads(done.out)
    product = told["templates"][1]
    assert (told["site"], product["name"], product["live"]) == ("shop", "product", 1)
    assert {field["name"] for field in product["fields"]} >= {"title", "price"}
    assert product["versions"][0]["vouched"] > 0.9


def test_json_into_a_file(learned: Project, tmp_path: Path) -> None:
    done = learned.call("report", "shop", "--json", "-o", str(tmp_path / "shop.json"))
    assert (done.code, done.out) == (0, "")
    assert json.loads((tmp_path / "shop.json").read_text())["site"] == "shop"


@pytest.mark.parametrize(("name", "said"), [("shpo", "Did you mean 'shop'?"), ("../shop", "no site")])
def test_a_site_that_is_not_there(learned: Project, name: str, said: str) -> None:
    done = learned.call("report", name)
    assert done.code == 2
    assert said in done.err


def test_a_file_that_cannot_be_written(learned: Project, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    done = learned.call("report", "shop", "-o", str(tmp_path / "taken" / "shop.html"))
    assert done.code == 1
    assert "Traceback" not in done.err
