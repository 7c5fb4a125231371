"""The fixture newspaper: lists of articles, and a page for each. The selectors are of the paper's first design."""

from __future__ import annotations

from typing import Any, ClassVar

from scrapy.http import Response

from crawler.spider import Template
from crawler.spiders.fixture import FixtureSpider, squashed


class ArticlesSpider(FixtureSpider):
    name = "articles"
    start_path = "/articles/"
    start_template = "list"
    templates: ClassVar = {
        "list": Template(follow={"articles": "article", "next": "list"}),
        "article": Template(fields=("title", "author", "date", "dek", "paragraphs", "topics", "image"), key="title"),
    }

    def teach_list(self, response: Response) -> dict[str, Any]:
        return {
            "articles": response.css("main.front h2.story-headline a::attr(href)").getall(),
            "next": response.css("a.older::attr(href)").get(),
        }

    def teach_article(self, response: Response) -> dict[str, Any]:
        image = response.css("figure.lead img::attr(src)").get()
        return {
            "title": response.css("h1.article-headline::text").get(),
            "author": response.css("span.byline a.author::text").get(),
            "date": response.css("time.article-date::text").get(),
            "dek": response.css("p.article-dek::text").get(),
            "paragraphs": [squashed(p.css("::text").getall()) for p in response.css("div.article-body > p")],
            "topics": response.css("ul.topics a::text").getall(),
            "image": response.urljoin(image) if image else None,
        }
