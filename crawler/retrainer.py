"""Retraining in the course of a crawl: ``scrapy retrain NAME`` as a process of its own.

The crawl's process never imports torch; a retrain that dies or hangs costs the crawl nothing but the time budget.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from scrapy.settings import BaseSettings
from scrapy.utils.defer import maybe_deferred_to_future
from twisted.internet import threads
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from crawler.options import Options

logger = logging.getLogger(__name__)

_PASSED_ON = (
    "EVERGREEN_DATABASE",
    "EVERGREEN_REPAIRED",
    "EVERGREEN_FIXTURES",
    "EVERGREEN_HEALS_PER_DAY",
    "EVERGREEN_LIVE_VERSIONS",
    "EVERGREEN_WEBHOOK",
    "EVERGREEN_EXAMPLES",
)
_ROOT = str(Path(__file__).resolve().parents[1])
_GRACE = 60.0
"""Seconds beyond its budget, and what it may wait for another, after which a retrain is ended."""


class Retrainer:
    """One run of ``scrapy retrain``; ``done`` is called with its exit code in the crawl's own thread.

    Another retrain of the site, from a scheduler or another crawl, is waited for as long as the budget is: it may heal
    what this crawl needs. What is left then is done here."""

    def __init__(self, site: str, settings: BaseSettings, options: Options, done: Callable[[int], None]) -> None:
        self.running = False
        self._done = done
        self._waiting: list[Deferred[None]] = []
        self._seconds = options.retrain_seconds
        self._process: subprocess.Popen[str] | None = None
        self._command = [sys.executable, "-m", "crawler", "retrain", site, "--no-delivery"]
        seconds = f"{options.retrain_seconds:g}"
        self._command += ["--seconds", seconds, "--wait", seconds, "-s", f"EVERGREEN_STATE={options.state}"]
        for name in _PASSED_ON:
            if settings.get(name):
                self._command += ["-s", f"{name}={settings.get(name)}"]

    def start(self) -> None:
        """Start the process and return at once."""
        self.running = True
        deferred = threads.deferToThread(self._run)
        deferred.addCallbacks(self._ended, self._broke)

    async def ended(self) -> None:
        """Wait until the process has ended, and what follows of it is done."""
        if self.running:
            waiting: Deferred[None] = Deferred()
            self._waiting.append(waiting)
            await maybe_deferred_to_future(waiting)

    def stop(self) -> None:
        """End the process if it is still running: the crawl is shut down."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()

    def _run(self) -> int:
        self._process = subprocess.Popen(
            self._command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "PYTHONPATH": _search_path()},
        )
        assert self._process.stdout is not None
        end = threading.Timer(2 * self._seconds + _GRACE, self._process.kill)
        end.daemon = True
        end.start()
        try:
            for line in self._process.stdout:  # at once: what it waits for is to be told while it waits
                logger.info("retrain: %s", line.rstrip())
            return self._process.wait()
        finally:
            end.cancel()
            self._process.stdout.close()

    def _ended(self, exit_code: int) -> None:
        self.running = False
        try:
            self._done(exit_code)
        finally:
            waiting, self._waiting = self._waiting, []
            for one in waiting:
                one.callback(None)

    def _broke(self, failure: Failure) -> None:
        logger.warning("The retrain could not be run: %s", failure.value)
        self._ended(1)


def _search_path() -> str:
    """Where this process finds its modules: the project may be in an egg that scrapyd has put there."""
    return os.pathsep.join(dict.fromkeys([_ROOT, *(os.path.abspath(entry) for entry in sys.path)]))
