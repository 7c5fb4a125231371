"""The exit code of a crawl by what it counted, and the sentence that goes with it."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from scrapy import Spider
from scrapy.crawler import Crawler
from scrapy.settings import Settings
from scrapy.statscollectors import MemoryStatsCollector

from crawler.command import DRIFT, FAILED, FINE
from crawler.commands.crawl import _in_a_line, verdict


class Teas(Spider):
    name = "teas"


@pytest.mark.parametrize(
    ("counted", "code", "said"),
    [
        ({}, FAILED, "no page was answered"),
        ({"response_received_count": 4, "item_scraped_count": 3, "evergreen/watched": 4}, FINE, ""),
        ({"response_received_count": 4, "evergreen/watched": 4}, FINE, ""),
        (
            {"response_received_count": 4, "evergreen/watched": 4, "evergreen/items_before": 30},
            FAILED,
            "teas: 4 pages were read, and no item came of them; a crawl before brought 30.",
        ),
        (
            {"item_scraped_count": 1, "response_received_count": 1, "evergreen/items_before": 30},
            FINE,
            "",
        ),
        ({"response_received_count": 1, "evergreen/pages": 1}, FAILED, "1 pages were read, and no item came of them."),
        ({"response_received_count": 1, "evergreen/pages": 1, "evergreen/drift_pending": 1}, DRIFT, "1 template(s)"),
        (
            {
                "response_received_count": 1,
                "evergreen/watched": 1,
                "evergreen/items_before": 3,
                "evergreen/links_not_followed/parse_tea": 3,
                "evergreen/links_not_followed/parse": 1,
            },
            DRIFT,
            "4 lost link(s) could not be followed (parse 1, parse_tea 3)",
        ),
        (
            {
                "response_received_count": 1,
                "evergreen/watched": 1,
                "evergreen/items_before": 3,
                "evergreen/not_built/parse.Tea": 2,
            },
            DRIFT,
            "2 item(s) could not be built or filled in (parse.Tea 2)",
        ),
        (
            {
                "response_received_count": 1,
                "item_scraped_count": 1,
                "evergreen/lost_links_not_learned": 1,
            },
            DRIFT,
            "mend the spider's selectors",
        ),
    ],
    ids=lambda value: ", ".join(value) if isinstance(value, dict) else None,
)
def test_the_exit_code_of_a_crawl(
    counted: dict[str, Any], code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    crawler = Crawler(Teas, Settings())
    crawler.stats = MemoryStatsCollector(crawler)
    for name, count in counted.items():
        crawler.stats.set_value(name, count)
    assert verdict(crawler) == code
    assert said in (told := capsys.readouterr().err)
    assert bool(told) == bool(said)


@pytest.mark.parametrize("told", ["Error downloading <GET http://a/>", "Error downloading <GET http://a/>: refused"])
def test_a_server_that_does_not_answer_is_told_in_a_line_with_the_reason_once(told: str) -> None:
    error = ConnectionError("refused")
    record = logging.LogRecord("scrapy", logging.ERROR, "", 1, told, (), (ConnectionError, error, None))
    assert _in_a_line(record)
    assert (record.getMessage(), record.exc_info) == ("Error downloading <GET http://a/>: refused", None)
