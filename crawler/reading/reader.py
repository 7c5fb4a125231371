"""Pages read by learned code: here while a crawl is short, in a worker process once it is long.

The worker runs beside the crawl on another core; when it falls behind, the crawl reads along. A page on which it dies
or hangs is given up by name (``crashed``, ``too_slow``), a new worker takes over, and the crawl goes on.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import sys
import time
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path

from crawler.reading.worker import decode
from learner.extractor import Extraction, Extractor

logger = logging.getLogger(__name__)

CRASHED = "crashed"
TOO_SLOW = "too_slow"
_BACKLOG = 8
"""Pages that may wait for the worker before this process reads one as well, so that neither core waits."""
_ROOT = str(Path(__file__).resolve().parents[2])
_LINE = 64 * 1024 * 1024
"""Bytes of the longest answer that is taken."""


@dataclass(slots=True)
class _Waiting:
    request: bytes
    answer: asyncio.Future[Extraction] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    since: float = 0.0
    """When it became the page that the worker is at."""


class Reader:
    """Extracts pages. ``after``: pages read in this process before a worker is started, 0 for never;
    ``seconds``: the longest that the worker may take for a page."""

    def __init__(self, *, after: int = 50, seconds: float = 30.0) -> None:
        self._after = after
        self._seconds = seconds
        self._read = 0
        self._waiting: deque[_Waiting] = deque()
        self._worker: asyncio.subprocess.Process | None = None
        self._pump: asyncio.Task[None] | None = None
        self._ready = False
        self._closed = False

    async def extract(self, extractor: Extractor, folder: Path, html: bytes | str, url: str) -> Extraction:
        """The values of the page by the extractor that is saved in ``folder``."""
        self._read += 1
        if self._after and self._read > self._after and self._pump is None and not self._closed:
            with contextlib.suppress(RuntimeError):  # another reactor than asyncio's has no running loop
                asyncio.get_running_loop()
                self._pump = asyncio.ensure_future(self._work())
        if not self._ready or len(self._waiting) >= _BACKLOG:
            return extractor.read(html, url)
        waiting = _Waiting(_request(folder, html, url))
        if not self._waiting:
            waiting.since = time.monotonic()
        self._waiting.append(waiting)
        assert self._worker is not None
        assert self._worker.stdin is not None
        with contextlib.suppress(OSError):  # the pump finds out, and sends it to the next worker
            self._worker.stdin.write(waiting.request)
        return await waiting.answer

    async def close(self) -> None:
        """End the worker. Pages that are still waiting count as crashed."""
        self._closed = True
        self._ready = False
        if self._pump is not None:
            self._pump.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._pump
        await self._end()
        while self._waiting:
            self._give_up(CRASHED)

    async def _work(self) -> None:
        """Start a worker, take its answers, and start another one if it fails."""
        failures = 0
        while failures < 5:
            try:
                await self._start()
                await self._take_answers()
            except (OSError, ValueError) as error:
                logger.warning("The reading worker failed: %s", error)
            failures += 1
            self._ready = False
            await self._end()
        while self._waiting:
            self._give_up(CRASHED)

    async def _start(self) -> None:
        self._worker = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "crawler.reading.worker",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=_LINE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join([_ROOT, os.environ.get("PYTHONPATH", "")])},
            # Ctrl-C is for the crawl: it reads the last pages, and then ends the worker.
            start_new_session=True,
        )
        assert self._worker.stdin is not None
        assert self._worker.stdout is not None
        if not await self._worker.stdout.readline():
            raise OSError("it ended before it began")
        for waiting in self._waiting:
            self._worker.stdin.write(waiting.request)
        self._begin_next()
        self._ready = True

    async def _take_answers(self) -> None:
        """Until the worker ends, or is at one page for too long."""
        assert self._worker is not None
        assert self._worker.stdout is not None
        while True:
            try:
                line = await asyncio.wait_for(self._worker.stdout.readline(), self._seconds / 4)
            except TimeoutError:
                if self._waiting and time.monotonic() - self._waiting[0].since > self._seconds:
                    self._give_up(TOO_SLOW)
                    return
                continue
            if not line:
                self._give_up(CRASHED)
                return
            waiting = self._waiting.popleft()
            self._begin_next()
            if not waiting.answer.done():
                waiting.answer.set_result(decode(line))

    def _begin_next(self) -> None:
        if self._waiting:
            self._waiting[0].since = time.monotonic()

    def _give_up(self, reason: str) -> None:
        if not self._waiting:
            return
        waiting = self._waiting.popleft()
        if not waiting.answer.done():
            waiting.answer.set_result(Extraction(reason=reason))

    async def _end(self) -> None:
        worker, self._worker = self._worker, None
        if worker is not None:
            with contextlib.suppress(ProcessLookupError):
                worker.kill()
            await worker.wait()


def _request(folder: Path, html: bytes | str, url: str) -> bytes:
    page = html.encode("utf-8", "replace") if isinstance(html, str) else html
    head = {"folder": str(folder), "url": url, "length": len(page), "text": isinstance(html, str)}
    return json.dumps(head).encode() + b"\n" + page
