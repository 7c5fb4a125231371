"""What the commands share: what they say to mistakes, the exit code; no traceback, whatever is typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from crawl_tools import Project

USAGE = 2
COMMANDS = sorted(path.stem for path in Path("crawler/commands").glob("[!_]*.py"))


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["crawl", "shpo"], USAGE, "There is no spider 'shpo'. Did you mean 'shop'?"),
        (["crawl"], USAGE, "One spider is wanted"),
        (["crawl", "shop", "-a", "mod=auto"], USAGE, "Did you mean 'mode'?"),
        (["crawl", "shop", "-a", "mode=learned"], USAGE, "Nothing has been learned"),
        (["crawl", "shop", "-s", "EVERGREEN_RETRAIN=nevr"], USAGE, "Did you mean 'never'?"),
        (["crawl", "recorded"], USAGE, "scrapy learn recorded --examples"),
        (["crawl", "shop", "-a", "start=http://127.0.0.1:9/"], 1, "no page was answered"),
        (["crawl", "shop", "-s", "EVERGREEN_STATE=/etc"], 1, "not an Evergreen state folder"),
        (["retrain", "shpo"], USAGE, "Did you mean 'shop'?"),
        (["retrain", "shop", "-O", "repaired.csv"], USAGE, "JSON lines"),
        (["status"], 1, "There is no state folder"),
        (["retrain"], 1, "There is no state folder"),
        (["status", "--jsno"], USAGE, "unknown option --jsno"),
        (["status", "a", "b"], USAGE, "too many names"),
        (["rollback"], USAGE, "a NAME is missing"),
        (["learn", "shop"], USAGE, "--examples FILE.jsonl"),
        (["learn", "shop", "--examples", "nothing.jsonl"], 1, "can't be read"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_mistakes_are_told(project: Project, arguments: list[str], code: int, said: str) -> None:
    done = project.run(*arguments) if arguments[0] == "crawl" else project.call(*arguments)
    assert said in done.all
    assert "Traceback" not in done.all
    assert done.code == code


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["eject", "shop", "--template", "prodct"], "Did you mean 'product'?"),
        (["rollback", "shop", "--template", "prodct"], "Did you mean 'product'?"),
        (["rollback", "shop", "--template", "product", "--to", "7"], "There is no version '7' in shop/product"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_names_in_what_is_learned(learned: Project, arguments: list[str], said: str) -> None:
    done = learned.call(*arguments)
    assert said in done.err
    assert done.code == USAGE


@pytest.mark.parametrize("content", [b"not a database, not at all" * 50, b""], ids=["broken", "empty"])
def test_a_broken_state_is_told_and_left_alone(learned: Project, content: bytes) -> None:
    database = learned.state / "evergreen.sqlite3"
    for extra in learned.state.glob("evergreen.sqlite3-*"):
        extra.unlink()
    database.write_bytes(content)
    done = learned.call("status", "shop")
    assert "Traceback" not in done.all
    assert done.code == 1
    assert "put a copy of " in done.err
    assert database.read_bytes() == content
    assert list((learned.state / "archive").rglob("*.warc.gz"))


@pytest.mark.parametrize("name", COMMANDS)
def test_help_shows_an_example_and_the_exit_codes(project: Project, name: str) -> None:
    done = project.call(name, "--help")
    assert done.code == 0
    assert f"\n  scrapy {name} " in done.out.split("Options", 1)[0].split("Usage", 1)[1].split("\n", 3)[3]
    assert "0 fine, 1 failed, 2 usage, 3 drift found and not healed" in done.out


def test_an_error_as_json(project: Project) -> None:
    done = project.call("status", "--json")
    told = json.loads(done.out)
    assert told["exit_code"] == done.code == 1
    assert "There is no state folder" in told["error"]
    assert told["hint"].startswith("crawl first")
