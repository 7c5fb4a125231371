# Scrapy settings for bookshop project

BOT_NAME = "bookshop"

SPIDER_MODULES = ["bookshop.spiders"]
NEWSPIDER_MODULE = "bookshop.spiders"

ROBOTSTXT_OBEY = False
CONCURRENT_REQUESTS_PER_DOMAIN = 16
FEED_EXPORT_ENCODING = "utf-8"

ITEM_PIPELINES = {
    "bookshop.pipelines.DropIncompletePipeline": 300,
}

ADDONS = {"crawler.addon.Evergreen": 500}
