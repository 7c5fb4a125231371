"""``scrapy shell``: the shortcut ``evergreen``."""

from __future__ import annotations

from pathlib import Path

import pytest
from crawl_tools import SHOP, Project, product
from scrapy import Spider
from scrapy.http import HtmlResponse, Response

from crawler.inputs.inspection import Inspector
from crawler.options import Options


def test_the_shortcut_is_there_and_nothing_is_recorded(learned: Project) -> None:
    before = learned.call("status", "--json").out
    url, item = product(learned)
    done = learned.run("shell", url, "--spider", "shop", "--nolog", "-c", "evergreen()")
    assert done.code == 0, done.err
    assert "shop/product, version 1 (live): " in done.out
    for value in item.values():
        assert repr(value) in done.out
    assert learned.call("status", "--json").out == before


def test_a_shell_without_a_project_s_site(project: Project) -> None:
    done = project.run("shell", f"{project.server}/shop/", "--nolog", "-c", "evergreen(), response.status")
    assert "There is no state folder" in done.out
    assert "(None, 200)" in done.out
    assert not project.state.exists()
    assert project.run("shell", "--spider", "shpo", "--nolog", "-c", "1").code == 2


def inspector(state: Path, site: str = "shop", response: Response | None = None) -> Inspector:
    page = next(page for page in SHOP.pages(1).values() if page.template == "product")
    shown = HtmlResponse("http://127.0.0.1:9/x", body=page.html.encode())
    return Inspector(Options(state), Spider(site), response if response is not None else shown)


def test_it_tells_values_and_rules(learned: Project, capsys: pytest.CaptureFixture[str]) -> None:
    extraction = inspector(learned.state)("product")
    assert extraction is not None
    assert extraction.item["title"] in capsys.readouterr().out
    inspector(learned.state).explain()
    out = capsys.readouterr().out
    assert out.startswith("shop/product, version 1 (live)")
    assert "title: " in out


@pytest.mark.parametrize(
    ("site", "arguments", "said"),
    [
        ("shop", ("prodct",), "Did you mean 'product'?"),
        ("shop", ("product", 9), "Nothing has been learned for template 'product' of shop"),
        ("other", (), "Which site the page is of, is not clear (records, shop)"),
    ],
    ids=["template", "version", "site"],
)
def test_what_can_not_be_is_told_without_a_traceback(
    learned: Project, capsys: pytest.CaptureFixture[str], site: str, arguments: tuple[str, ...], said: str
) -> None:
    assert inspector(learned.state, site)(*arguments) is None  # type: ignore[arg-type]
    assert said in capsys.readouterr().out


def test_what_is_no_page(learned: Project, capsys: pytest.CaptureFixture[str]) -> None:
    assert Inspector(Options(learned.state), None, None)() is None
    assert "There is no page yet" in capsys.readouterr().out
    assert inspector(learned.state, response=Response("http://127.0.0.1:9/x", body=b"\x89PNG"))() is None
    assert "not_html" in capsys.readouterr().out
