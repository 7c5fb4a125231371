"""The reading worker answers as this process would; a page that it can't survive costs that page alone."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from crawl_tools import SHOP

from crawler.reading.reader import CRASHED, TOO_SLOW, Reader
from learner.extractor import Extraction, Extractor
from learner.state.store import Store

PAGES = [(path, page.html) for path, page in SHOP.pages(1).items() if page.template == "product"]


@pytest.fixture(scope="module")
def version(learned_state: Path) -> tuple[Extractor, Path]:
    """The learned code for products, and its folder."""
    with Store.open(learned_state) as store:
        live = store.versions.live("shop", "product")
        assert live is not None
        return live.load(), live.folder


def run(reader: Reader, work: Callable[[], Awaitable[None]]) -> None:
    async def both() -> None:
        try:
            await asyncio.wait_for(work(), 60)
        finally:
            await reader.close()

    asyncio.run(both())


async def started(reader: Reader, version: tuple[Extractor, Path]) -> int:
    """Read until the worker has started; its process id."""
    while not reader._ready:
        await reader.extract(*version, PAGES[0][1], "http://shop.example/")
        await asyncio.sleep(0.02)
    assert reader._worker is not None
    return reader._worker.pid


def test_worker_answers_as_this_process_would(version: tuple[Extractor, Path]) -> None:
    reader = Reader(after=1)

    async def work() -> None:
        assert await started(reader, version) != os.getpid()
        urls = [f"http://shop.example{path}" for path, _ in PAGES]
        texts = [html if number % 2 else html.encode() for number, (_, html) in enumerate(PAGES)]
        pages = list(zip(texts, urls, strict=True))
        answers = await asyncio.gather(*(reader.extract(*version, html, url) for html, url in pages))
        for (html, url), answer in zip(pages, answers, strict=True):
            here = version[0].read(html, url)
            assert (answer.item, answer.items, answer.reason) == (here.item, here.items, here.reason)
            assert answer.confidence == here.confidence
            assert (answer.abstained, answer.expected) == (here.abstained, here.expected)
        assert (await reader.extract(*version, b"", "http://shop.example/")).reason == "empty"

    run(reader, work)


@pytest.mark.parametrize("after", [0, 1000])
def test_a_short_crawl_starts_no_worker(version: tuple[Extractor, Path], after: int) -> None:
    reader = Reader(after=after)

    async def work() -> None:
        for path, html in PAGES[:5]:
            assert (await reader.extract(*version, html, path)).item
        assert reader._worker is None

    run(reader, work)


@pytest.mark.parametrize(("number", "reason"), [(signal.SIGKILL, CRASHED), (signal.SIGSTOP, TOO_SLOW)])
def test_a_deadly_page_costs_itself_alone(version: tuple[Extractor, Path], number: signal.Signals, reason: str) -> None:
    reader = Reader(after=1, seconds=2.0)

    async def work() -> None:
        process = await started(reader, version)
        os.kill(process, number)
        tasks = [asyncio.ensure_future(reader.extract(*version, html, path)) for path, html in PAGES[:6]]
        answers: list[Extraction] = await asyncio.gather(*tasks)
        assert answers[0].reason == reason
        assert all(answer.item for answer in answers[1:])
        assert await started(reader, version) != process

    run(reader, work)


def test_closing_leaves_nothing_waiting(version: tuple[Extractor, Path]) -> None:
    reader = Reader(after=1)

    async def work() -> None:
        os.kill(await started(reader, version), signal.SIGSTOP)
        task = asyncio.ensure_future(reader.extract(*version, PAGES[0][1], "http://shop.example/"))
        await asyncio.sleep(0)
        await reader.close()
        assert (await task).reason == CRASHED

    run(reader, work)
