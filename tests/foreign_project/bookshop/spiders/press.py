from datetime import datetime

import scrapy

from bookshop.items import Story


class PressSpider(scrapy.Spider):
    """Front pages lead to stories; the headline and the teaser are taken from the front page."""

    name = "press"

    def __init__(self, site="", *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.site = site

    async def start(self):
        yield scrapy.Request(f"{self.site}/articles/")

    def parse(self, response):
        for story in response.css("main.front div.story"):
            item = Story(
                headline=story.css("h2.story-headline a::text").get(),
                teaser=story.css("p.story-dek::text").get(),
            )
            yield response.follow(
                story.css("h2.story-headline a::attr(href)").get(),
                callback=self.parse_story,
                errback=self.on_error,
                cb_kwargs={"item": item},
            )

        next_page = response.css("a.older::attr(href)").get()
        if next_page is not None:
            yield response.follow(next_page, callback=self.parse)

    async def parse_story(self, response, item):
        item.author = response.css("span.byline a.author::text").get()
        item.published = datetime.strptime(response.css("time.article-date::text").get(), "%d %B %Y").date()
        item.paragraphs = [p.xpath("normalize-space()").get() for p in response.css("div.article-body > p")]
        item.tags = response.css("ul.topics a::text").getall()
        item.link = response.url
        yield item

    def on_error(self, failure):
        self.logger.error("no answer: %s", failure.request.url)
