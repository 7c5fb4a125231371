"""What the add-on meets in a strange project, and can't use: it says so in a sentence, and the crawl goes on."""

from __future__ import annotations

import asyncio
import importlib
import json
from collections.abc import AsyncIterator, Iterator
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

import pytest
from scrapy import Request, Spider
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider, NotConfigured
from scrapy.http import HtmlResponse, JsonResponse, Response, TextResponse
from scrapy.settings import Settings
from watch_tools import HOST, TEAS, Watched, learned, tea, teas

import crawler.addon
from crawler.addon import Evergreen
from crawler.standby.watching import WatchMiddleware
from learner.state.store import Store


class Titles(Spider):
    name = "titles"

    def parse(self, response: Response) -> Iterator[Any]:
        yield {"title": response.css("h1::text").get() if isinstance(response, HtmlResponse) else "none"}


@pytest.mark.parametrize("package", ["sqlalchemy", "warcio"])
def test_a_project_without_the_packages(package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def find(name: str) -> ModuleSpec | None:
        return None if name == package else ModuleSpec(name, None)

    monkeypatch.setattr(crawler.addon, "find_spec", find)
    settings = Settings()
    with pytest.raises(NotConfigured, match=f"{package} is not installed. The crawl goes on without Evergreen"):
        Evergreen().update_settings(settings)
    assert "crawler.extension.Evergreen" not in settings.getdict("EXTENSIONS")


def test_only_what_is_unset_is_set() -> None:
    own = {"crawler.standby.watching.WatchMiddleware": None}
    settings = Settings({"SPIDER_MIDDLEWARES": own, "FEED_STORE_EMPTY": True})
    Evergreen().update_settings(settings)
    assert settings.getdict("SPIDER_MIDDLEWARES") == own
    assert settings.getbool("FEED_STORE_EMPTY")


@pytest.mark.parametrize(
    ("response", "reason"),
    [
        (JsonResponse(HOST, body=b'{"a": 1}', headers={"Content-Type": "application/json"}), "not_html"),
        (Response(HOST, body=b"\x89PNG", headers={"Content-Type": "image/png"}), "not_html"),
        (TextResponse(HOST, body=b"a,b", headers={"Content-Type": "text/csv"}), "not_html"),
        (HtmlResponse(HOST, body=b" "), "empty"),
        (HtmlResponse(HOST, body=b"<h1>gone</h1>", status=404), "status"),
    ],
)
def test_responses_that_are_no_pages(response: Response, reason: str, tmp_path: Path) -> None:
    response.request = Request(HOST)
    crawl = Watched(Titles, tmp_path)
    assert len(list(crawl.output(response))) == 1
    counted = crawl.close()
    assert counted[f"not_watched/{reason}"] == 1
    assert "watched" not in counted
    assert not counted.get("recorded_pages")


def newer(state: Path) -> None:
    state.mkdir()
    (state / "format.json").write_text(json.dumps({"evergreen": 99}))


def a_file(state: Path) -> None:
    state.write_text("a file where the folder should be")


def foreign(state: Path) -> None:
    state.mkdir()
    (state / "thesis.tex").write_text("of another program")


@pytest.mark.parametrize(
    ("spoil", "said"), [(newer, "newer release"), (a_file, "is a file"), (foreign, "not an Evergreen state folder")]
)
def test_a_state_folder_that_cannot_be_used(
    spoil: Any, said: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    state = tmp_path / "state"
    spoil(state)
    crawl = Watched(Titles, state)
    assert crawl.visit("/", "<h1>Tea</h1>") == [{"title": "Tea"}]
    assert crawl.close() == {"state_unusable": 1}
    assert "Nothing is recorded or learned in this crawl" in caplog.text
    assert said in caplog.text


TWIN = """
from scrapy import Spider

class Twin(Spider):
    name = "twins"

    def parse(self, response):
        yield {}
"""


def test_two_spiders_of_one_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    package = tmp_path / "shopping"
    package.mkdir()
    for module in ("one", "two"):
        (package / f"{module}.py").write_text(TWIN)
    (package / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    twins = [importlib.import_module(f"shopping.{module}").Twin for module in ("one", "two")]
    crawl = Watched(twins[1], tmp_path / "state", SPIDER_MODULES=["shopping"])
    assert crawl.visit("/", "<h1>Tea</h1>") == [{}]
    assert not crawl.close().get("recorded_pages")
    assert "shopping.one.Twin and shopping.two.Twin are both named 'twins'" in caplog.text


def test_items_without_a_url_and_values_of_any_kind(tmp_path: Path) -> None:
    class Odd(Titles):
        def parse(self, response: Response) -> Iterator[Any]:
            yield {
                "title": response.css("h1.t::text").get(),
                "o": object(),
                3: "x",
                "n": {"a": [1]},
                "y": True,
                "l": [],
            }

    pages = teas()
    crawl = Watched(Odd, tmp_path)
    for path, html in pages.items():
        assert len(crawl.visit(path, html)) == 1
    report = crawl.retrain()
    assert [one.action for one in report.templates] == ["learned"]
    crawl.close()
    with Store.open(tmp_path) as store:
        assert store.versions.live("titles", "parse.dict").load().fields.keys() == {"title"}  # type: ignore[union-attr]


def test_a_spider_that_closes_itself_is_not_helped(tmp_path: Path) -> None:
    learned(Titles, tmp_path, teas())

    class Closing(Titles):
        def parse(self, response: Response) -> Iterator[Any]:
            raise CloseSpider("enough")
            yield

    crawl = Watched(Closing, tmp_path, EVERGREEN_RETRAIN="never")
    with pytest.raises(CloseSpider):
        crawl.visit("/tea/9", tea(TEAS[9], 9))
    assert not [name for name in crawl.close() if name.startswith("filled")]


def test_output_that_is_asynchronous(tmp_path: Path) -> None:
    """Scrapy hands over what asynchronous callbacks yield to a method of its own."""
    learned(Titles, tmp_path, teas())

    async def values() -> AsyncIterator[Any]:
        yield {"title": None}
        raise ValueError("no such tea")

    async def watched(crawl: Watched) -> list[Any]:
        response = crawl.response("/tea/9", tea(TEAS[9], 9))
        crawl.middleware.process_spider_input(response)
        found: list[Any] = []
        try:
            async for value in crawl.middleware.process_spider_output_async(response, values()):
                found.append(value)
        except ValueError as error:
            found.append(str(error))
        return found

    crawl = Watched(Titles, tmp_path, EVERGREEN_RETRAIN="never")
    assert asyncio.run(watched(crawl)) == [{"title": TEAS[9]}, "no such tea"]
    crawl.close()


def test_a_spider_made_of_templates_is_not_watched() -> None:
    from crawler.spiders.shop import ShopSpider

    with pytest.raises(NotConfigured):
        WatchMiddleware.from_crawler(Crawler(ShopSpider, Settings()))
