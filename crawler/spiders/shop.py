"""The fixture shop: lists of products, and a page for each product. The selectors are of the shop's first design."""

from __future__ import annotations

from typing import Any, ClassVar

from scrapy.http import Response

from crawler.spider import Template
from crawler.spiders.fixture import FixtureSpider, squashed


class ShopSpider(FixtureSpider):
    name = "shop"
    start_path = "/shop/"
    start_template = "list"
    templates: ClassVar = {
        "list": Template(follow={"products": "product", "next": "list"}),
        "product": Template(
            fields=(
                "title",
                "price",
                "old_price",
                "sku",
                "brand",
                "description",
                "rating",
                "image",
                "in_stock",
                "features",
            ),
            key="sku",
        ),
    }

    def teach_list(self, response: Response) -> dict[str, Any]:
        return {
            "products": response.css("ul.product-list h3 a::attr(href)").getall(),
            "next": response.css("a.next::attr(href)").get(),
        }

    def teach_product(self, response: Response) -> dict[str, Any]:
        return {
            "title": squashed(response.css("h1.product-title::text").getall()),
            "price": response.css("p.product-price span.price::text").get(),
            "old_price": response.css("p.product-price del::text").get(),
            "sku": response.css("td.sku::text").get(),
            "brand": response.css("td.brand::text").get(),
            "description": squashed(response.css("p.description ::text").getall()),
            "rating": response.css("div.rating span.rating-value::text").get(),
            "image": response.urljoin(response.css("#main-image::attr(src)").get("")),
            "in_stock": response.css("p.stock::text").get(),
            "features": [squashed(li.css("::text").getall()) for li in response.css("ul.features li")],
        }
