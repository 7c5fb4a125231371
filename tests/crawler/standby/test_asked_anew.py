"""Pages that are asked for once for each page that leads there: each hands over an item of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from scrapy import Request, Spider
from scrapy.http import Response
from watch_tools import HOST, TEAS, Watched, learned

NEVER = {"EVERGREEN_RETRAIN": "never"}
GARDENS = ("Darjeeling", "Uji", "Fujian")


def page(number: int) -> str:
    """The page of a tea, with a link to its garden."""
    garden = number % len(GARDENS)
    return (
        f"<html><body><h1>{TEAS[number]}</h1><p class=price>£{number + 3}.{number}0</p>"
        f"<a class=garden href='/garden/{garden}'>{GARDENS[garden]}</a></body></html>"
    )


def garden(number: int) -> str:
    """The page of a garden."""
    return f"<html><body><h1>{GARDENS[number]}</h1><i>since 18{number + 3}4</i></body></html>"


class Gardens(Spider):
    """An item of the page of a tea, completed on the page of its garden."""

    name = "gardens"
    link, title, again = "a.garden", "h1", True

    def parse(self, response: Response) -> Iterator[Any]:
        for link in response.css(self.link):
            item = {"name": response.css(f"{self.title}::text").get()}
            kwargs = {"item": item}
            yield response.follow(link.attrib["href"], self.parse_garden, cb_kwargs=kwargs, dont_filter=self.again)

    def parse_garden(self, response: Response, item: dict[str, Any]) -> Iterator[Any]:
        yield {**item, "since": response.css("i::text").get()}


class Once(Gardens):
    """The same of a spider that asks for each garden once."""

    again = False


class Lost(Gardens):
    """The first after the site was redesigned."""

    link = title = "h6"


class LostOnce(Once):
    """The second."""

    link = title = "h6"


@pytest.mark.parametrize(("spider", "after", "teas"), [(Gardens, Lost, range(10)), (Once, LostOnce, range(3))])
def test_the_same_address_is_asked_for_with_each_item_where_the_spider_does(
    spider: type[Spider], after: type[Spider], teas: range, tmp_path: Path
) -> None:
    learned(spider, tmp_path, {f"/tea/{number}": page(number) for number in range(len(TEAS))})
    crawl = Watched(after, tmp_path, **NEVER)
    made: list[Request] = []
    for number in (*range(len(TEAS)), 0):
        made += crawl.visit(f"/tea/{number}", page(number))
    assert [request.cb_kwargs["item"]["name"] for request in made] == [TEAS[number] for number in teas]
    assert {request.url.removeprefix(HOST) for request in made} == {f"/garden/{n}" for n in range(len(GARDENS))}
    came = [item for request in made for item in crawl.visit("", garden(int(request.url[-1])), request)]
    assert [item["name"] for item in came] == [TEAS[number] for number in teas]
    crawl.close()
