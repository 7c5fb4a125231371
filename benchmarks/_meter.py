"""A Scrapy extension that writes how long a crawl took, from the engine's start to its end, to BENCHMARK_METER."""

from __future__ import annotations

import json
import time
from pathlib import Path

from scrapy import signals
from scrapy.crawler import Crawler


class Meter:
    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._begun = time.perf_counter()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Meter:
        meter = cls(crawler)
        crawler.signals.connect(meter.engine_started, signal=signals.engine_started)
        crawler.signals.connect(meter.engine_stopped, signal=signals.engine_stopped)
        return meter

    def engine_started(self) -> None:
        self._begun = time.perf_counter()

    def engine_stopped(self) -> None:
        stats = self._crawler.stats.get_stats()
        seconds = time.perf_counter() - self._begun
        result = {"seconds": seconds, "pages": stats["response_received_count"], "items": stats["item_scraped_count"]}
        Path(self._crawler.settings["BENCHMARK_METER"]).write_text(json.dumps(result), encoding="utf-8")
