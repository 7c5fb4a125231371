"""The project's settings with nothing of Evergreen in them."""

from crawler.settings import *  # noqa: F403

ADDONS: dict[str, int] = {}
SPIDER_MODULES = ["benchmarks._plain_spider"]
COMMANDS_MODULE = ""
CONCURRENT_ITEMS = 100  # Scrapy's own; the project's 8 is part of what is measured
