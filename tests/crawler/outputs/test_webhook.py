"""The hook that asks for a person: real HTTP on loopback."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from crawl_tools import Project

from crawler.outputs.webhook import ask, ask_of_crawl, post
from learner.state.reports import RetrainReport, TemplateReport
from learner.state.store import Store


class Hook(ThreadingHTTPServer):
    """Takes what is posted, and answers as told; ``slow`` never answers."""

    daemon_threads = True

    def __init__(self, status: int = 200, *, slow: bool = False) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status, self.slow = status, slow
        self.taken: list[tuple[str, dict[str, Any]]] = []
        self.ended = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/hook"


class _Handler(BaseHTTPRequestHandler):
    server: Hook

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.taken.append((self.headers["Content-Type"], json.loads(body)))
        if self.server.slow:
            self.server.ended.wait(20)
            return
        self.send_response(self.server.status)
        if 300 <= self.server.status < 400:
            self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_POST

    def log_message(self, format: str, *args: object) -> None:
        """Silence."""


@contextmanager
def hook(status: int = 200, *, slow: bool = False) -> Iterator[Hook]:
    server = Hook(status, slow=slow)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.ended.set()
        server.shutdown()
        server.server_close()


def report(*drifting: str, reason: str = "not better") -> RetrainReport:
    templates = tuple(TemplateReport(name, "not_healed", reason=reason) for name in drifting)
    return RetrainReport("shop", templates, drifting=drifting)


@pytest.mark.parametrize(
    ("status", "problem"),
    [(200, ""), (204, ""), (302, "it answered 302"), (404, "it answered 404"), (500, "it answered 500")],
)
def test_answers(status: int, problem: str) -> None:
    with hook(status) as server:
        assert post(server.url, {"site": "shop"}) == problem
        assert server.taken == [("application/json", {"site": "shop"})]


def test_a_hook_that_is_not_there_or_does_not_answer() -> None:
    with hook() as server:
        url = server.url
    assert "refused" in post(url, {}).lower()
    with hook(slow=True) as server:
        assert "timed out" in post(server.url, {}, seconds=0.3)


def test_it_is_told_once_and_again_when_something_changed(tmp_path: Path) -> None:
    with Store.open(tmp_path / "state") as store:
        with hook(500) as server:
            assert ask(store, report("product"), server.url) == "it answered 500"
        with hook() as server:
            said = [
                ask(store, report(*drifting), server.url)
                for drifting in ((), ("product",), ("product",), ("list", "product"), ("list", "product"))
            ]
        assert said == ["", "told", "", "told", ""]
        assert [message["drifting"] for _, message in server.taken] == [["product"], ["list", "product"]]
        assert server.taken[0][1]["reasons"] == {"product": "not better"}
        assert [event.kind for event in store.events.newest("shop")].count("webhook_failed") == 1


def test_what_is_wrong_with_a_crawl_is_told_beside_what_a_retrain_tells(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store, hook() as server:
        told = {"contradicted": {"product/price": 12}}
        assert ask_of_crawl(store, "shop", told, server.url) == "told"
        assert ask(store, report("product"), server.url) == "told"
        assert ask_of_crawl(store, "shop", {"contradicted": {"product/price": 15}}, server.url) == ""
        assert ask_of_crawl(store, "shop", {**told, "fewer": {"items": 0.4}}, server.url) == "told"
        assert ask_of_crawl(store, "shop", {"more": {"items/list": 1.8}}, server.url) == "told"
    taken = [message for _, message in server.taken]
    said = [message.get("contradicted") for message in taken]
    assert (said, taken[-1]["more"]) == ([told["contradicted"], None, told["contradicted"], None], {"items/list": 1.8})


def test_retrain_asks_for_a_person(learned: Project) -> None:
    with Store.open(learned.state) as store:
        store.drifts.record("shop", "product", {"whole": True})
    with hook() as server:
        done = learned.call("retrain", "shop", "-s", f"EVERGREEN_WEBHOOK={server.url}")
        assert done.code == 3
        message = server.taken[0][1]
    assert (message["site"], message["exit_code"], message["drifting"]) == ("shop", 3, ["product"])
    assert "A PERSON IS ASKED" in learned.call("status", "shop").out
    with Store.open(learned.state) as store:
        store.drifts.record("shop", "list", {"whole": True})
    done = learned.call("retrain", "shop", "-s", f"EVERGREEN_WEBHOOK={server.url}")
    assert done.code == 3
    assert "could not be told" in done.err


@pytest.mark.parametrize("url", ["file:///tmp/x", "ftp://hooks.example/", "shop"])
def test_only_http(project: Project, url: str) -> None:
    done = project.call("retrain", "-s", f"EVERGREEN_WEBHOOK={url}")
    assert done.code == 2
    assert "an http(s) URL is wanted" in done.err
