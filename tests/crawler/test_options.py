"""The settings: values that can't be are refused by name, names that are none are told."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from crawl_tools import ROOT, Project
from scrapy.settings import Settings

from crawler.options import NAMES, Options, misspelt
from learner.errors import UnknownName

WRONG: list[tuple[str, Any, str]] = [
    ("EVERGREEN_RETRAIN", "nevr", "Did you mean 'never'?"),
    ("EVERGREEN_EXAMPLES", 0, "a whole number from 1 on"),
    ("EVERGREEN_LIVE_VERSIONS", -1, "a whole number from 1 on"),
    ("EVERGREEN_LEAST_SHARE", 7, "a number from 0 to 1"),
    ("EVERGREEN_FLUSH_SECONDS", -3, "a number above 0"),
    ("EVERGREEN_FLUSH_SECONDS", "soon", "a number above 0"),
    ("EVERGREEN_WEBHOOK", "ftp://x", "an http(s) URL"),
    ("EVERGREEN_PROVENANCE", "vielleicht", "True or False"),
    ("EVERGREEN_RECORD", "maybe", "True or False"),
    ("EVERGREEN_ENABLED", "maybe", "True or False"),
    ("EVERGREEN_DATABASE", "foo://bar", "an SQLAlchemy URL"),
    ("EVERGREEN_DATABASE", "no address", "an SQLAlchemy URL"),
]
PROJECT = """
SPIDER_MODULES = ["own_spiders"]
COMMANDS_MODULE = "crawler.commands"
ADDONS = {"crawler.addon.Evergreen": 500}
"""
SPIDER = """
import scrapy
class Plain(scrapy.Spider):
    name = "plain"
    start_urls = ["http://127.0.0.1:9/"]
    custom_settings = {"RETRY_TIMES": 0}
    def parse(self, response):
        yield {}
"""


@pytest.fixture
def plain(project: Project) -> Path:
    """A project with a spider that is only watched."""
    return project.own(PROJECT, SPIDER)


@pytest.mark.parametrize(("name", "value", "wanted"), WRONG)
def test_a_value_that_a_setting_cannot_have(name: str, value: Any, wanted: str) -> None:
    with pytest.raises(UnknownName) as refused:
        Options.read(Settings({name: value}))
    assert name in refused.value.message
    assert wanted in refused.value.message


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("EVERGREEN_PROVENANCE", "true"),
        ("EVERGREEN_RECORD", "0"),
        ("EVERGREEN_DATABASE", "sqlite:///x.sqlite3"),
        ("EVERGREEN_DATABASE", "postgresql+psycopg://a:b@c/d"),
        ("EVERGREEN_LEAST_SHARE", "0"),
    ],
)
def test_a_value_that_it_can_have(name: str, value: Any) -> None:
    Options.read(Settings({name: value}))


@pytest.mark.parametrize("command", [["crawl", "plain", "--nolog"], ["parse", "http://127.0.0.1:9/", "--spider=plain"]])
def test_a_wrong_setting_ends_a_command_before_it_begins(project: Project, plain: Path, command: list[str]) -> None:
    for name, value, wanted in (WRONG[0], WRONG[1], WRONG[9], WRONG[10]):
        done = project.run_in(plain, *command, "-s", f"{name}={value}")
        assert (done.code, "Traceback" in done.all) == (2, False), done.all
        assert name in done.err
        assert wanted in done.err


def test_a_name_that_is_none_is_told() -> None:
    assert misspelt(Settings({"EVERGREEN_RETRAINN": "never", "EVERGREEN_RETRAIN": "never", "RETRY_TIMES": 1})) == [
        "There is no setting 'EVERGREEN_RETRAINN'. Did you mean 'EVERGREEN_RETRAIN'?"
    ]


def test_a_name_that_is_none_is_told_by_commands(project: Project, plain: Path) -> None:
    wrong = ("-s", "EVERGREEN_RETRAINN=never")
    told = "Did you mean 'EVERGREEN_RETRAIN'?"
    assert told in project.run_in(plain, "crawl", "plain", *wrong).err
    assert told in project.call("status", *wrong).err


@pytest.mark.parametrize(
    ("named", "cfg", "state"),
    [
        (None, True, "shop/.evergreen"),
        (None, False, "shop/spiders/.evergreen"),
        ("mine", True, "shop/spiders/mine"),
    ],
)
def test_the_state_is_one_for_all_folders_of_a_project(
    named: str | None, cfg: bool, state: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    below = tmp_path / "shop" / "spiders"
    below.mkdir(parents=True)
    if cfg:
        (tmp_path / "shop" / "scrapy.cfg").touch()
    monkeypatch.delenv("EVERGREEN_STATE", raising=False)
    monkeypatch.chdir(below)
    assert Options.read(Settings({"EVERGREEN_STATE": named} if named else {})).state == tmp_path / state


def test_all_names_are_known() -> None:
    told = (ROOT / "docs/settings.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(EVERGREEN_[A-Z_]+)`", told, re.MULTILINE)) == NAMES
