"""A Scrapy extension that writes how long a crawl took, from the engine's start to its end, to BENCHMARK_METER."""

from __future__ import annotations

import contextlib
import json
import os
import resource
import sys
import time
from pathlib import Path

from scrapy import signals
from scrapy.crawler import Crawler


class Meter:
    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._children = 0.0
        self._begun = time.perf_counter()
        self._cpu = time.process_time()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Meter:
        meter = cls(crawler)
        crawler.signals.connect(meter.engine_started, signal=signals.engine_started)
        crawler.signals.connect(meter.spider_idle, signal=signals.spider_idle)
        crawler.signals.connect(meter.engine_stopped, signal=signals.engine_stopped)
        return meter

    def engine_started(self) -> None:
        self._begun = time.perf_counter()
        self._cpu = time.process_time()

    def spider_idle(self) -> None:
        # The last moment at which a worker process is certainly there.
        self._children = max(self._children, _peak_of_children())

    def engine_stopped(self) -> None:
        stats = self._crawler.stats.get_stats()
        seconds = time.perf_counter() - self._begun
        result = {
            "seconds": seconds,
            "memory": _own_peak() + self._children,
            "cpu": time.process_time() - self._cpu,
            "pages": stats["response_received_count"],
            "items": stats["item_scraped_count"],
        }
        Path(self._crawler.settings["BENCHMARK_METER"]).write_text(json.dumps(result), encoding="utf-8")


def _own_peak() -> float:
    """Megabytes that this process had at most."""
    # The system counts kilobytes, on a Mac bytes.
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def _peak_of_children() -> float:
    """Megabytes that the living children had at most, together; 0 where the system has no /proc."""
    total = 0.0
    for status in Path("/proc").glob("[0-9]*/status"):
        with contextlib.suppress(OSError):
            fields = dict(line.split(":", 1) for line in status.read_text().splitlines() if ":" in line)
            if int(fields["PPid"]) == os.getpid():
                total += int(fields.get("VmHWM", "0 kB").split()[0]) / 1024
    return total
