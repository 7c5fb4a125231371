"""Polite and safe defaults of this project. Every line can be overridden with ``-s NAME=VALUE``."""

from __future__ import annotations

from typing import Final

BOT_NAME: Final = "evergreen"
SPIDER_MODULES: Final = ["crawler.spiders"]
NEWSPIDER_MODULE: Final = "crawler.spiders"
COMMANDS_MODULE: Final = "crawler.commands"
ADDONS: Final = {"crawler.addon.Evergreen": 500}

USER_AGENT: Final = "evergreen/0.1 (self-healing crawler; obeys robots.txt)"
ROBOTSTXT_OBEY: Final = True
ROBOTSTXT_USER_AGENT: Final = "evergreen"

AUTOTHROTTLE_ENABLED: Final = True
AUTOTHROTTLE_START_DELAY: Final = 1.0
AUTOTHROTTLE_MAX_DELAY: Final = 30.0
AUTOTHROTTLE_TARGET_CONCURRENCY: Final = 1.0
CONCURRENT_REQUESTS: Final = 16
CONCURRENT_REQUESTS_PER_DOMAIN: Final = 4
DOWNLOAD_DELAY: Final = 0.5
# Scrapy starts this many tasks for every page, whether it has items or not: its 100 cost more than reading the page.
CONCURRENT_ITEMS: Final = 8

# A page that has not come within a minute, or that is larger than a book, is not one we can learn from.
DOWNLOAD_TIMEOUT: Final = 60
DOWNLOAD_MAXSIZE: Final = 16 * 1024 * 1024
DOWNLOAD_WARNSIZE: Final = 4 * 1024 * 1024
DNS_TIMEOUT: Final = 20
RETRY_TIMES: Final = 2
REDIRECT_MAX_TIMES: Final = 5
METAREFRESH_MAXDELAY: Final = 5
URLLENGTH_LIMIT: Final = 2083
# Each page of a pagination is one deeper than the page before it.
DEPTH_LIMIT: Final = 1000
COOKIES_ENABLED: Final = False
DOWNLOAD_VERIFY_CERTIFICATES: Final = True

# http and https only: a page must not make the crawl read files or speak other protocols.
DOWNLOAD_HANDLERS: Final = {"data": None, "file": None, "ftp": None, "s3": None}
TELNETCONSOLE_ENABLED: Final = False
REMOTE_CONTROL_ENABLED: Final = False

FEED_EXPORT_ENCODING: Final = "utf-8"
FEED_STORE_EMPTY: Final = False

LOG_LEVEL: Final = "INFO"
LOGSTATS_INTERVAL: Final = 60.0
TWISTED_REACTOR: Final = "twisted.internet.asyncioreactor.AsyncioSelectorReactor"
