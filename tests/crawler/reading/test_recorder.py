"""What is handed to the recorder is in the store, or counted as lost; the crawl never stops for it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawler.reading.recorder import Record, Recorder
from learner.state.records import NewPage
from learner.state.store import Store

HTML = b"<html><body><h1>Tea</h1></body></html>"


def page(number: int) -> NewPage:
    return NewPage("site", "product", f"http://site.example/{number}", HTML, "text/html", 200, datetime.now(UTC))


def pair(number: int) -> Record:
    return Record(page(number), item={"title": "Tea"}, source="spider")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "state") as opened:
        yield opened


def counts(store: Store) -> dict[str, int]:
    return store.counts("site", "product")


def test_pairs_and_extractions_arrive(store: Store) -> None:
    recorder = Recorder(store, pages=3, seconds=60)
    for number in range(7):
        recorder.put(pair(number))
    recorder.put(Record(page(7), item={"title": "Tea"}, outcome="complete", confidence={"title": 0.9}))
    recorder.put(Record(page(8), outcome="empty"))
    recorder.close()
    assert counts(store) == {"pages": 9, "examples": 7, "undelivered": 0, "complete": 1, "empty": 1}
    assert recorder.counts == {"recorded_pages": 9, "recorded_pairs": 7, "recorded_extractions": 2}
    assert {known.url for known in store.examples.known("site", "product")} == {
        f"http://site.example/{n}" for n in range(8)
    }


def test_a_full_batch_is_written_at_once(store: Store) -> None:
    recorder = Recorder(store, pages=2, seconds=60)
    recorder.put(pair(0))
    recorder.put(pair(1))
    done = threading.Event()
    recorder.run(done.set)
    assert done.wait(10)
    assert counts(store)["pages"] == 2
    recorder.close()


def test_time_writes_a_batch_that_is_not_full(store: Store) -> None:
    recorder = Recorder(store, pages=1000, seconds=0.05)
    recorder.put(pair(0))
    for _ in range(200):
        if counts(store)["pages"]:
            break
        threading.Event().wait(0.05)
    assert counts(store)["pages"] == 1
    recorder.close()


def test_flush_waits_for_what_was_handed_over(store: Store) -> None:
    recorder = Recorder(store, pages=1000, seconds=60)
    for number in range(5):
        recorder.put(pair(number))
    recorder.flush()
    assert counts(store)["examples"] == 5
    recorder.close()
    recorder.flush()  # nothing is left to wait for


def test_closing_twice_and_with_nothing_is_fine(store: Store) -> None:
    recorder = Recorder(store)
    recorder.close()
    recorder.close()
    assert counts(store)["pages"] == 0


def test_a_store_that_cannot_be_written_is_told_once(
    store: Store, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "state" / "archive").write_text("a file where the archive's folder should be")
    recorder = Recorder(store, pages=2, seconds=60)
    with caplog.at_level(logging.WARNING):
        for number in range(6):
            recorder.put(pair(number))
        recorder.close()
    assert recorder.counts["record_failed"] == 6
    assert len([record for record in caplog.records if "can't be recorded" in record.getMessage()]) == 1
    (tmp_path / "state" / "archive").unlink()
    recorder = Recorder(store)
    recorder.put(pair(9))
    recorder.close()
    assert counts(store)["pages"] == 1
