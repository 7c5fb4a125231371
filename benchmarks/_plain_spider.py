"""The shop's spider as anybody would write it: Scrapy, parsel, nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import scrapy
from scrapy.http import Response

from crawler.spiders.fixture import LOOPBACK_SETTINGS


class PlainShopSpider(scrapy.Spider):
    name = "plain"
    custom_settings = LOOPBACK_SETTINGS

    def __init__(self, start: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.start_urls = [start]
        self.allowed_domains = ["127.0.0.1"]

    def parse(self, response: Response) -> Iterator[Any]:
        for url in response.css("ul.product-list h3 a::attr(href)").getall():
            yield response.follow(url, callback=self.parse_product)
        following = response.css("a.next::attr(href)").get()
        if following:
            yield response.follow(following, callback=self.parse)

    def parse_product(self, response: Response) -> Iterator[Any]:
        yield {
            "title": response.css("h1.product-title::text").get(),
            "price": response.css("p.product-price span.price::text").get(),
            "old_price": response.css("p.product-price del::text").get(),
            "sku": response.css("td.sku::text").get(),
            "brand": response.css("td.brand::text").get(),
            "description": " ".join("".join(response.css("p.description ::text").getall()).split()),
            "rating": response.css("div.rating span.rating-value::text").get(),
            "image": response.urljoin(response.css("#main-image::attr(src)").get("")),
            "in_stock": response.css("p.stock::text").get(),
            "features": [" ".join("".join(li.css("::text").getall()).split()) for li in response.css("ul.features li")],
            "url": response.url,
        }
