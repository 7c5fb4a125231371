"""What a crawl saw, written to the store in batches by a thread of its own.

The crawl hands over records and goes on. The thread writes when enough pages or enough seconds have gathered, and
whatever is left at the end. A store that can't be written (disk full, read-only) stops no crawl: what is lost is
counted, and said once.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from learner.errors import EvergreenError
from learner.state.records import NewExample, NewExtraction, NewPage
from learner.state.store import Store

logger = logging.getLogger(__name__)

_WAITING = 4
"""Batches that may wait for the thread before the crawl waits for it: bounds the memory on a slow disk."""
_BATCH_BYTES = 8 * 1024 * 1024

Item = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Record:
    """A page with what was read from it.

    ``source``: who gave the values, "spider" for a pair to learn from, "" for values extracted by the version
    ``version_id`` with the ``outcome`` complete, partial, failed, or the reason why the page gave nothing. Where a
    spider gave values beside the version, they are ``told`` and ``told_items``.
    """

    page: NewPage
    item: Item = field(default_factory=dict)
    items: Sequence[Item] = ()
    source: str = ""
    version_id: int | None = None
    confidence: Mapping[str, float] = field(default_factory=dict)
    outcome: str = ""
    told: Item = field(default_factory=dict)
    told_items: Sequence[Item] = ()


_Task = list[Record] | Callable[[], None] | None


class Recorder:
    """Takes records from one thread, writes them in another. ``close()`` writes the rest. Without ``write`` it takes
    all, and keeps nothing.

    The other thread is woken for whole batches only: at each waking it takes the interpreter away from the crawl.
    """

    def __init__(self, store: Store, *, pages: int = 100, seconds: float = 5.0, write: bool = True) -> None:
        self._store = store
        self._write_at_all = write
        self._pages = pages
        self._seconds = seconds
        self._lock = threading.Lock()
        self._batch: list[Record] = []
        self._size = 0
        self._queue: queue.Queue[_Task] = queue.Queue(_WAITING)
        self._warned = False
        self._closed = False
        self.counts: Counter[str] = Counter()
        self._thread = threading.Thread(target=self._work, name="evergreen-recorder", daemon=True)
        self._thread.start()

    def put(self, record: Record) -> None:
        """Hand over a record; waits only when very many are waiting already."""
        if not self._write_at_all:
            return
        with self._lock:
            self._batch.append(record)
            self._size += len(record.page.body)
            full = len(self._batch) >= self._pages or self._size >= _BATCH_BYTES
        if full:
            self._queue.put(self._take())

    def run(self, task: Callable[[], None]) -> None:
        """Run ``task``, which writes, in the writing thread after everything handed over before is written."""
        if self._write_at_all:
            self._queue.put(self._take())
            self._queue.put(task)

    def flush(self) -> None:
        """Return when everything handed over before is written, or counted as lost. After ``close`` all of it is."""
        if self._closed:
            return
        done = threading.Event()
        self._queue.put(self._take())
        self._queue.put(done.set)
        done.wait()

    def close(self) -> None:
        """Write the rest and end the thread. Safe to call twice."""
        if not self._closed:
            self._closed = True
            self._queue.put(self._take())
            self._queue.put(None)
            self._thread.join()

    def _take(self) -> list[Record]:
        with self._lock:
            batch, self._batch, self._size = self._batch, [], 0
            return batch

    def _work(self) -> None:
        while True:
            try:
                task = self._queue.get(timeout=self._seconds)
            except queue.Empty:
                # Nothing filled a batch for a while: what there is must not wait for longer.
                self._write(self._take())
                continue
            if isinstance(task, list):
                self._write(task)
            elif task is None:
                return
            else:
                self._guard(task, 0)

    def _write(self, batch: list[Record]) -> None:
        if batch:
            self._guard(lambda: self._save(batch), len(batch))

    def _guard(self, task: Callable[[], None], records: int) -> None:
        try:
            task()
        except (OSError, SQLAlchemyError, EvergreenError) as error:
            self.counts["record_failed"] += records or 1
            if not self._warned:
                self._warned = True
                logger.warning("The crawl goes on, but what it sees can't be recorded: %s", error)

    def _save(self, batch: list[Record]) -> None:
        numbers = self._store.pages.add([record.page for record in batch])
        found = list(zip(numbers, batch, strict=True))
        examples = [_example(page_id, record) for page_id, record in found if record.source]
        extractions = [_extraction(page_id, record) for page_id, record in found if record.outcome]
        self._store.examples.add(examples)
        self._store.extractions.add(extractions)
        self.counts["recorded_pages"] += len(numbers)
        self.counts["recorded_pairs"] += len(examples)
        self.counts["recorded_extractions"] += len(extractions)


def _example(page_id: int, record: Record) -> NewExample:
    item, items = (record.told, record.told_items) if record.outcome else (record.item, record.items)
    if items:
        # Either of the two: a page of many items has its links recorded as a template of their own.
        return NewExample(page_id, items=list(items), source=record.source)
    return NewExample(page_id, item=dict(item), source=record.source)


def _extraction(page_id: int, record: Record) -> NewExtraction:
    return NewExtraction(page_id, record.version_id, record.item, record.items, record.confidence, record.outcome)
