from dataclasses import dataclass, field
from datetime import date

import scrapy


class ProductItem(scrapy.Item):
    name = scrapy.Field()
    price = scrapy.Field()
    sku = scrapy.Field()
    brand = scrapy.Field()
    description = scrapy.Field()
    rating = scrapy.Field()
    image_urls = scrapy.Field()
    features = scrapy.Field()
    url = scrapy.Field()
    shop = scrapy.Field()


@dataclass
class Story:
    headline: str | None = None
    teaser: str | None = None
    author: str | None = None
    published: date | None = None
    paragraphs: list = field(default_factory=list)
    tags: list = field(default_factory=list)
    link: str | None = None
