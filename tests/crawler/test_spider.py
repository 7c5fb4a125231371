"""A spider that is described wrongly says so before it crawls."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest
from scrapy.settings import Settings

from crawler.options import Options
from crawler.spider import EvergreenSpider, Template
from crawler.spiders.recorded import RecordedSpider
from crawler.spiders.shop import ShopSpider
from crawler.templates import Part
from learner.errors import UnknownName


class Site(EvergreenSpider):
    name = "site"
    start_urls: ClassVar = ["https://www.site.example/"]
    start_template = "list"
    templates: ClassVar = {
        "list": Template(follow={"items": "item"}),
        "item": Template(fields=("title",)),
    }


def variant(**attributes: Any) -> type[EvergreenSpider]:
    return type("Variant", (Site,), attributes)


@pytest.mark.parametrize(
    ("spider", "arguments", "said"),
    [
        (Site, {"mod": "auto"}, "argument 'mod'.*Did you mean 'mode'"),
        (Site, {"mode": "lerned"}, "mode 'lerned'.*Did you mean 'learned'"),
        (Site, {"start": "ftp://site.example/"}, "no http"),
        (Site, {"start": "site.example"}, "no http"),
        (variant(start_urls=[]), {}, "no URL to begin with"),
        (variant(start_template="lst"), {}, "template 'lst'.*Did you mean 'list'"),
        (variant(templates={"list": Template(follow={"a": "itm"}), "item": Template()}), {}, "Did you mean 'item'"),
        (variant(teach_itm=lambda self, response: {}), {}, "method teach_itm.*Did you mean 'item'"),
        (variant(name="../../x"), {}, "no name for a spider"),
    ],
)
def test_mistakes_are_told(spider: type[EvergreenSpider], arguments: dict[str, str], said: str) -> None:
    with pytest.raises(UnknownName, match=said) as caught:
        spider(**arguments)
    assert caught.value.exit_code == 2


def test_a_crawl_keeps_to_the_hosts_it_begins_with() -> None:
    assert Site().allowed_domains == ["www.site.example"]
    assert Site(start="https://a.example/ http://b.example:81/x").allowed_domains == ["a.example", "b.example"]


@pytest.mark.parametrize(
    ("template", "parts"),
    [
        (Template(fields=("a",)), (Part("t", ("a",)),)),
        (Template(follow={"b": "t"}), (Part("t", ("b",)),)),
        (Template(fields=("a", "b"), follow={"b": "t"}), (Part("t", ("a", "b")),)),
        (Template(fields=("a",), many=True), (Part("t", ("a",), many=True),)),
        (
            Template(fields=("a",), follow={"b": "t"}, many=True),
            (Part("t", ("a",), many=True), Part("t-links", ("b",))),
        ),
    ],
)
def test_parts_that_are_learned(template: Template, parts: tuple[Part, ...]) -> None:
    assert template.parts("t") == parts


def test_a_fixture_spider_needs_its_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EVERGREEN_FIXTURES", raising=False)
    with pytest.raises(UnknownName, match="where its server is"):
        ShopSpider.prepared(Settings(), {})
    given = ShopSpider.prepared(Settings({"EVERGREEN_FIXTURES": "http://127.0.0.1:9"}), {"mode": "auto"})
    assert given == {"mode": "auto", "start": "http://127.0.0.1:9/shop/"}


def test_fields_of_a_recorded_site() -> None:
    spider = RecordedSpider(start="http://127.0.0.1:9/", fields="title, author ,")
    assert spider.pages["page"].fields == ("title", "author")
    assert spider.pages["index"].fixed


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("EVERGREEN_RETRAIN", "alwys", "mode 'alwys'"),
        ("EVERGREEN_FLUSH_SECONDS", "soon", "above 0"),
        ("EVERGREEN_FLUSH_SECONDS", "nan", "above 0"),
        ("EVERGREEN_FLUSH_PAGES", "0", "whole number from 1"),
        ("EVERGREEN_FLUSH_PAGES", 0.5, "whole number from 1"),
        ("EVERGREEN_KNOWN_LIMIT", "2.5", "whole number from 1"),
        ("EVERGREEN_HEALS_PER_DAY", "0.5", "whole number from 1"),
        ("EVERGREEN_LIVE_VERSIONS", "inf", "whole number from 1"),
        ("EVERGREEN_EXAMPLES", "six", "whole number from 1"),
        ("EVERGREEN_WORKER_AFTER", 0.5, "whole number from 0"),
        ("EVERGREEN_WORKER_AFTER", "-1", "whole number from 0"),
        ("EVERGREEN_LEAST_SHARE", "nan", "from 0 to 1"),
    ],
)
def test_settings_that_cannot_be(name: str, value: str | float, said: str) -> None:
    with pytest.raises(UnknownName, match=said):
        Options.read(Settings({name: value}))


@pytest.mark.parametrize(
    ("name", "value", "field", "expected"),
    [
        ("EVERGREEN_FLUSH_PAGES", "7", "flush_pages", 7),
        ("EVERGREEN_FLUSH_PAGES", 7.0, "flush_pages", 7),
        ("EVERGREEN_FLUSH_PAGES", None, "flush_pages", 100),
        ("EVERGREEN_WORKER_AFTER", 0, "worker_after", 0),
        ("EVERGREEN_FLUSH_SECONDS", "0.5", "flush_seconds", 0.5),
    ],
)
def test_settings_that_can_be(name: str, value: str | float | None, field: str, expected: float) -> None:
    assert getattr(Options.read(Settings({name: value})), field) == expected


def test_a_scheduler_s_own_argument_is_taken() -> None:
    """scrapyd tells each spider its job, as ``-a _job=...``."""
    assert Site(_job="4f2").__dict__["_job"] == "4f2"
