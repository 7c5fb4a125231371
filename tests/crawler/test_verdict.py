"""The exit code of a crawl by what it counted, and the sentence that goes with it."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from scrapy import Spider
from scrapy.crawler import Crawler
from scrapy.settings import Settings
from scrapy.statscollectors import MemoryStatsCollector

from crawler.command import say
from crawler.commands.crawl import _in_a_line
from crawler.verdict import DRIFT, FAILED, FINE, verdict


class Teas(Spider):
    name = "teas"


def pages(number: int, **refused: int) -> dict[str, int]:
    """What a crawl of so many pages counts, of which some were refused, by their reason."""
    came = {"response_received_count": number, "item_scraped_count": number, "evergreen/pages": number}
    told = {f"evergreen/refused/{reason}": count for reason, count in refused.items()}
    return {**came, **told, "evergreen/refused": sum(refused.values())}


def watched(number: int, **refused: int) -> dict[str, int]:
    """The same of a spider that is only watched."""
    counted = pages(number, **refused)
    empty = refused.get("empty", 0)
    return counted | {"evergreen/pages": 0, "evergreen/watched": number - empty, "evergreen/not_watched/empty": empty}


def raised(number: int, *, of: int) -> dict[str, int]:
    """What is counted of a callback that raises."""
    return {"evergreen/raised/parse_tea": number, "evergreen/watched/parse_tea": of, "spider_exceptions/count": number}


SOME = {"response_received_count": 4, "item_scraped_count": 3}
"""What is counted of a crawl of four pages that gave three items."""
THINNED = {"evergreen/thinned_of/rate": 36, "evergreen/missing_next/rate": "scrapy learn teas"}
"""How many items of lists there are, of which some lack what all had, and what to do next."""


@pytest.mark.parametrize(
    ("counted", "code", "said"),
    [
        ({}, FAILED, "no page was answered"),
        (pages(30, captcha=11), DRIFT, "teas: 11 of 30 pages could not be used (captcha 11). What came"),
        (pages(30, captcha=2), FINE, ""),
        (pages(100, captcha=9), FINE, ""),
        (pages(30, soft_404=11), FINE, ""),
        (pages(30, captcha=16), FAILED, "only 14 of 30 pages could be used (captcha 16)"),
        (
            pages(30) | {"evergreen/scant/parse.Tea": 4},
            DRIFT,
            "4 of 30 pages showed less than half of what they should",
        ),
        (
            pages(30) | {"evergreen/scant/tea": 1, "evergreen/scant_next/tea": "scrapy teach URL"},
            DRIFT,
            "No item was made of 1 page(s) of tea: little is read",
        ),
        (watched(30, login=11), DRIFT, "teas: 11 of 30 pages could not be used (login 11)"),
        (watched(30, soft_404=11), FINE, ""),
        (watched(30, soft_404=11) | {"evergreen/missed_pages": 4}, DRIFT, "4 of 30 pages could not be used (soft_404"),
        (
            watched(27) | {"evergreen/errors/500": 7, "evergreen/errors/403": 3},
            DRIFT,
            "10 of 37 pages were there before",
        ),
        (watched(27) | {"evergreen/errors/500": 2}, FINE, ""),
        (
            watched(63) | {"evergreen/unusable/parse_tea": 4, "evergreen/unusable_of/parse_tea": 34},
            DRIFT,
            "teas: 4 of 34 pages of parse_tea gave values before and can't be used now: the log has them",
        ),
        (watched(63) | {"evergreen/unusable/parse_tea": 4, "evergreen/unusable_of/parse_tea": 41}, FINE, ""),
        (watched(63) | {"evergreen/unusable/parse_tea": 2, "evergreen/unusable_of/parse_tea": 4}, FINE, ""),
        (watched(23, empty=9), DRIFT, "9 of 23 pages could not be used (empty 9)"),
        (watched(9, empty=9), FAILED, "no page could be used (empty 9)"),
        (watched(30) | {"evergreen/not_watched/empty": 9}, FINE, ""),
        (watched(30, login=16), FAILED, "only 14 of 30 pages could be used (login 16)"),
        (
            watched(30) | raised(4, of=6),
            DRIFT,
            "raised an exception on pages of parse_tea (4 of 6); nothing came of them",
        ),
        (watched(30) | raised(2, of=2), FINE, ""),
        (watched(50) | raised(4, of=6), FINE, ""),
        (watched(30) | raised(4, of=9), FINE, ""),
        (pages(30) | {"evergreen/raised/tea": 9, "evergreen/pages/tea": 9}, DRIFT, "on pages of tea (9 of 9)"),
        (pages(30) | {"evergreen/state_unusable": 1}, DRIFT, "teas: the state can't be written or read"),
        (SOME | {"evergreen/watched": 4}, FINE, ""),
        ({"response_received_count": 4, "evergreen/watched": 4}, FINE, ""),
        (
            SOME | {"evergreen/links_unknown/parse-links/parse_tea": 1},
            DRIFT,
            "1 page(s) lack links that such pages always had (parse-links/parse_tea 1), and where they led is not",
        ),
        (
            SOME | {"evergreen/lost/parse.dict/in_stock": 3},
            DRIFT,
            "items lack, or say 0 or no of, what only the spider's own code gives",
        ),
        (
            SOME | {"evergreen/late/parse.dict/size": 2},
            DRIFT,
            "teas: 2 value(s) were repaired after their items had been exported without them (parse.dict/size 2).\n"
            "Next: scrapy export teas",
        ),
        (
            SOME | {"evergreen/contradicted/parse.dict/price": 3},
            DRIFT,
            "say different things (parse.dict/price 3)",
        ),
        (
            SOME | {"evergreen/disorder/parse.dict/price contradicts old_price": 3},
            DRIFT,
            "teas: price contradicts old_price on 3 pages: the spider's selectors may have changed places.",
        ),
        (
            SOME | {"evergreen/not_listed/parse_tea": 3},
            DRIFT,
            "teas: 3 known page(s) are there, and no list of addresses, such as a sitemap, leads to them any more "
            "(parse_tea 3).",
        ),
        (
            {"response_received_count": 4, "evergreen/unfollowed/parse_tea": 60, "evergreen/items_before": 30},
            DRIFT,
            "teas: 60 addresses are listed, in a sitemap perhaps, and nothing follows them; none of the known pages is "
            "there any more (parse_tea). No item came: a file that an earlier crawl has written stays as it was.\n"
            "Next: let the spider's rules (sitemap_rules) name the addresses that are listed",
        ),
        (SOME | {"evergreen/unfollowed/parse_tea": 60}, FINE, ""),
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
        ({"response_received_count": 1, "evergreen/pages": 1, "evergreen/resumed": 1}, FINE, ""),
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
            {"response_received_count": 1, "item_scraped_count": 3, "evergreen/not_handed_over/cb_kwargs.item.city": 3},
            DRIFT,
            "3 value(s) were not handed over with requests (cb_kwargs.item.city 3)",
        ),
        (
            {
                "response_received_count": 1,
                "evergreen/links_not_followed/parse_tea": 3,
                "evergreen/not_built/parse.Tea": 2,
                "evergreen/drift_pending": 1,
            },
            DRIFT,
            "teas: 1 template(s) drifted and are not healed. What failed is kept. No item came: a file that an earlier "
            "crawl has written stays as it was.\nNext: scrapy retrain teas\n"
            "3 lost link(s) could not be followed (parse_tea 3): their requests need what the page does not show. "
            "The log says what.\n2 item(s) could not be built or filled in (parse.Tea 2): their type wants values that "
            "the page does not show. The log says which.\nNext: mend the spider's selectors\n",
        ),
        (
            SOME | {"evergreen/drift_pending": 2, "evergreen/asked/tea": "scrapy teach URL price=VALUE"},
            DRIFT,
            "teas: 2 template(s) drifted and are not healed. What failed is kept.\nNext: scrapy retrain teas\n"
            "A retrain could not heal tea: a person is asked.\nNext: scrapy teach URL price=VALUE\n",
        ),
        (
            SOME | {"evergreen/drift_pending": 2, "evergreen/drifting/tea": "price", "evergreen/drifting/shop": "size"},
            DRIFT,
            "teas: 2 template(s) drifted and are not healed (shop: size; tea: price). What failed is kept.\nNext: ",
        ),
        (
            SOME
            | {"evergreen/missing/tea/price": 36, "evergreen/missing/tea/size": 9, "evergreen/missing_of/tea": 56}
            | {"evergreen/missing_next/tea": "scrapy teach URL price=VALUE", "evergreen/withheld/shop/size": 9},
            DRIFT,
            "teas: Of 56 pages of tea some have items that lack what the pages had that were learned from: "
            "price on 36, size on 9.\n"
            "Next: scrapy teach URL price=VALUE\n",
        ),
        (
            SOME | {"evergreen/unsure_items/parse.Story": 3},
            DRIFT,
            "teas: 3 item(s) of pages that are not known (parse.Story 3) were not given: the spider's own code finds "
            "next to nothing there, and gives none of some such pages on purpose. The log has one of them.\nNext: mend",
        ),
        (
            SOME
            | {"evergreen/lost_pages/tea": 3, "evergreen/lost_page/tea": "http://shop.example/tea/4"}
            | {"evergreen/missing/tea/price": 36, "evergreen/missing_of/tea": 56}
            | {"evergreen/still_shown/tea/price": 20, "evergreen/still_shown/tea/size": 5}
            | {"evergreen/rarer/tea/size": 8, "evergreen/rarer/tea/brew": 9}
            | {"evergreen/missing_next/tea": "scrapy teach URL price=VALUE size=VALUE"},
            DRIFT,
            "teas: Of 56 pages of tea some have items that lack what the pages had that were learned from: "
            "price on 36.\n"
            "3 page(s) of tea gave items before, still show what was known of them, and give none now "
            "(http://shop.example/tea/4).\n"
            "Items of tea lack what was known of their pages, which are still there: size on 5.\n"
            "Pages of tea that have another design than the others lack what these have, or nearly all of it: "
            "brew on 9.\n"
            "Next: scrapy teach URL price=VALUE size=VALUE\n",
        ),
        (
            {"response_received_count": 4, "evergreen/pages": 4, "evergreen/fewer/items": 0.0},
            FAILED,
            "4 pages were read, and no item came of them.",
        ),
        (
            {"response_received_count": 4, "evergreen/watched": 4, "evergreen/fewer/items": 0.0},
            DRIFT,
            "items 0% of the usual number. No item came: a file that an earlier crawl has written stays as it was.",
        ),
        (
            SOME | {"evergreen/drift_pending": 1, "evergreen/asked/tea": "scrapy teach URL price=VALUE"},
            DRIFT,
            "teas: 1 template(s) drifted and are not healed. What failed is kept.\n"
            "A retrain could not heal tea: a person is asked.\nNext: scrapy teach URL price=VALUE\n",
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
        (
            SOME | {"evergreen/lost_links_not_healed/parse-links/parse": 7, "evergreen/drift_pending": 0},
            DRIFT,
            "teas: 7 page(s) lost links that they had before (parse-links/parse 7). What they led to was asked for by "
            "memory, new pages behind such links are not found.\n"
            "Next: mend the spider's selectors; scrapy status teas shows what is learned\n",
        ),
        (SOME | {"evergreen/lost_links_not_healed/parse-links/parse": 0}, FINE, ""),
        (
            {
                "response_received_count": 1,
                "item_scraped_count": 1,
                "evergreen/drift_pending": 1,
                "evergreen/fewer/items": 0.34,
            },
            DRIFT,
            "far fewer than usual came: items 34% of the usual number",
        ),
        (
            SOME | {"evergreen/more/items/showing": 1.82},
            DRIFT,
            "teas: far more than usual came since a heal: items/showing 182% of the usual number. Learned code may "
            "take other things for such items. What came is exported.\nNext: scrapy status teas\n",
        ),
        (
            SOME | {f"evergreen/thinned/rate/{name}": 16 for name in ("change", "buy")} | THINNED,
            DRIFT,
            "teas: Of 36 items of the lists of rate some lack what all such items had before a heal: buy on 16, change "
            "on 16.\nNext: scrapy learn teas\n",
        ),
        (
            SOME
            | {"evergreen/thinned/rate/buy": 16, "evergreen/missing/rate/buy": 3, "evergreen/missing_of/rate": 3}
            | THINNED,
            DRIFT,
            "pages had that were learned from: buy on 3.\nNext: scrapy learn teas\n",
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
    assert verdict(crawler, say) == code
    assert said in (told := capsys.readouterr().err)
    assert bool(told) == bool(said)


@pytest.mark.parametrize("told", ["Error downloading <GET http://a/>", "Error downloading <GET http://a/>: refused"])
def test_a_server_that_does_not_answer_is_told_in_a_line_with_the_reason_once(told: str) -> None:
    error = ConnectionError("refused")
    record = logging.LogRecord("scrapy", logging.ERROR, "", 1, told, (), (ConnectionError, error, None))
    assert _in_a_line(record)
    assert (record.getMessage(), record.exc_info) == ("Error downloading <GET http://a/>: refused", None)
