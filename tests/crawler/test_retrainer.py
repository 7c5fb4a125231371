"""``scrapy retrain`` beside a crawl, wherever the crawl's project comes from."""

from __future__ import annotations

import logging
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from scrapy import Spider
from scrapy.settings import Settings
from watch_tools import Watched

from crawler.options import Options
from crawler.retrainer import Retrainer
from learner.state.store import Store

SETTINGS = """BOT_NAME = "theirs"
SPIDER_MODULES = ["theirs"]
ADDONS = {"crawler.addon.Evergreen": 500}
COMMANDS_MODULE = "crawler.commands"
"""
SPIDER = """from scrapy import Spider


class Theirs(Spider):
    name = "theirs"
"""


def test_the_project_of_an_egg_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """As scrapyd does it: the egg is put on the search path of the crawl's process, whose folder is another."""
    with zipfile.ZipFile(tmp_path / "theirs.egg", "w") as egg:
        for name, text in {"__init__": "", "settings": SETTINGS, "spider": SPIDER}.items():
            egg.writestr(f"theirs/{name}.py", text)
    monkeypatch.syspath_prepend(str(tmp_path / "theirs.egg"))
    monkeypatch.setenv("SCRAPY_SETTINGS_MODULE", "theirs.settings")
    monkeypatch.delenv("PYTHONPATH", raising=False)
    (tmp_path / "jobs").mkdir()
    monkeypatch.chdir(tmp_path / "jobs")
    state = tmp_path / "state"
    with Store.open(state) as store:
        store.events.add("theirs", "page", "seen", {})
        retrainer = Retrainer("theirs", Settings(), Options(state), lambda code: None)
        with caplog.at_level(logging.INFO), ThreadPoolExecutor(1) as pool:
            with store.leases.hold("theirs", 60):
                running = pool.submit(retrainer._run)
                while "theirs: another retrain is at work; waiting for its end, 600 seconds at most" not in caplog.text:
                    assert not running.done(), caplog.text
                    time.sleep(0.05)
            assert running.result() == 0, caplog.text
    assert "theirs: nothing to do" in caplog.text


@pytest.mark.parametrize(("code", "killed"), [(-9, True), (0, False), (3, False), (1, False)])
def test_a_retrain_that_is_killed_is_told(
    code: int, killed: bool, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    class Teas(Spider):
        name = "teas"

    crawl = Watched(Teas, tmp_path)
    crawl.extension._retrained(code)
    assert crawl.close().get("retrains_killed", 0) == killed
    assert ("the retrain was killed by signal 9" in caplog.text) == killed
