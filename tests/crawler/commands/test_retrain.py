"""``scrapy retrain``: the job over all sites."""

from __future__ import annotations

import json
import os
import resource
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from crawl_tools import Project
from sqlalchemy import event
from sqlalchemy.engine import Engine

from crawler.callbacks.shapes import Kind, Shape
from learner import Example, learn
from learner.state.records import NewExample, NewExtraction, NewPage
from learner.state.store import Store

DRIFT = 3
HTML = b"<h1>Emma</h1><p class=by>Jane Austen</p><p>A long story.</p>"
BOOK = Example("https://b.example/1", HTML, {"title": "Emma", "author": "Jane Austen"})


def test_nothing_is_done_when_nothing_drifted(learned: Project) -> None:
    done = learned.call("retrain")
    assert done.code == 0
    assert done.out == ""
    assert done.err == "2 sites: nothing to do\n"
    assert learned.call("retrain", "shop").out == "shop: nothing to do\n"
    report = json.loads(learned.call("retrain", "--json").out)
    assert set(report) == {"records", "shop"}
    assert report["shop"]["templates"] == []
    assert report["shop"]["delivered"] == 0


@pytest.fixture(scope="module")
def hundred(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state folder with a hundred learned sites."""
    state = tmp_path_factory.mktemp("hundred") / "state"
    extractor = learn([BOOK])
    now = datetime.now(UTC)
    with Store.open(state) as store:
        for number in range(100):
            site = f"site{number}"
            pages = [NewPage(site, "book", f"https://b.example/{n}", HTML, "text/html", 200, now) for n in range(3)]
            ids = store.pages.add(pages)
            version = store.versions.promote(store.versions.add(site, "book", extractor).id)
            store.extractions.add([NewExtraction(page, version.id, {"title": "Emma"}) for page in ids])
    return state


@contextmanager
def statements() -> Iterator[list[str]]:
    """What is asked of databases in the block."""
    asked: list[str] = []

    def note(connection: object, cursor: object, statement: str, *rest: object) -> None:
        asked.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    yield asked
    event.remove(Engine, "before_cursor_execute", note)


def processor_time(project: Project, state: Path) -> float:
    """Seconds of the processor that a retrain of a state folder at rest takes."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = project.run("retrain", EVERGREEN_STATE=str(state))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.err.endswith(": nothing to do\n")
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def test_a_hundred_sites_at_rest_cost_little_more_than_one(project: Project, hundred: Path, tmp_path: Path) -> None:
    with Store.open(tmp_path / "one") as store:
        store.versions.promote(store.versions.add("site0", "book", learn([BOOK])).id)
    # Side by side: what either takes depends on the machine and on what else it does.
    one, all_of_them = (min(processor_time(project, state) for _ in range(2)) for state in (tmp_path / "one", hundred))
    assert all_of_them < 1.5 * one
    with statements() as asked:
        project.state.symlink_to(hundred)
        assert project.call("retrain").code == 0
    assert len(asked) < 20


def test_the_one_site_that_needs_something_is_looked_at(project: Project, hundred: Path) -> None:
    project.state.symlink_to(hundred)
    with Store.open(hundred) as store:
        version = store.versions.live("site7", "book")
        assert version is not None
        store.drifts.record("site7", "book", {"fields": ["title"]}, version_ids=[version.id])
        done = project.call("retrain")
        told = project.call("status", "site7").out
        store.drifts.clear("site7", "book")
    assert done.code == DRIFT
    # Nothing is new: another retrain would come to the same end.
    for said in (done.all, told):
        assert "Next: scrapy teach https://b.example/2 title=VALUE --spider site7 --template book" in said
        assert "Next: scrapy retrain" not in said
    assert done.err.splitlines()[-1] == "100 sites: 1 had something to do, 1 need a look"
    assert [line.split(":")[0] for line in done.out.splitlines()] == ["site7"]


def test_a_site_of_which_too_little_is_known_had_nothing_to_do(project: Project, hundred: Path) -> None:
    shutil.copytree(hundred, project.state)
    with Store.open(project.state) as store:
        (page,) = store.pages.add(
            [NewPage("site1", "new", "https://b.example/n", HTML, "text/html", 200, datetime.now(UTC))]
        )
        store.examples.add([NewExample(page, {"title": "Emma"})])
        store.shapes.save("site1", "new", Shape("parse", Kind.ITEMS).to_dict())
    done = project.call("retrain")
    assert (done.code, done.err) == (0, "100 sites: nothing to do\n")


def test_a_site_that_another_retrain_is_at_is_left_to_it(project: Project, hundred: Path) -> None:
    project.state.symlink_to(hundred)
    with Store.open(hundred) as store, store.leases.hold("site8", 60) as held:
        assert held
        done = project.call("retrain", "site8")
    assert done.code == 0
    assert "another retrain is at work" in done.out


def test_settings_of_a_project_elsewhere(project: Project, hundred: Path, tmp_path: Path) -> None:
    """As under scrapyd: no scrapy.cfg in the folder, the project named by the environment, the rest by -s."""
    module = tmp_path / "elsewhere" / "their_settings.py"
    module.parent.mkdir()
    module.write_text(
        'BOT_NAME = "theirs"\nSPIDER_MODULES = []\n'
        'ADDONS = {"crawler.addon.Evergreen": 500}\nCOMMANDS_MODULE = "crawler.commands"\n'
    )
    done = project.run_in(
        tmp_path,
        "retrain",
        "-s",
        f"EVERGREEN_STATE={hundred}",
        SCRAPY_SETTINGS_MODULE="their_settings",
        PYTHONPATH=os.pathsep.join([str(module.parent), *filter(None, [os.environ.get("PYTHONPATH")])]),
    )
    assert done.err == "100 sites: nothing to do\n"
    assert done.code == 0


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["shop", "--anew", "--template", "product"], 0, "shop/product: learned, version 2\n"),
        (["shop", "--anew", "--template", "prodct"], 2, "Did you mean 'product'?"),
        (["--anew"], 2, "--anew is for one site"),
    ],
)
def test_learn_anew_whatever_is_live(learned: Project, arguments: list[str], code: int, said: str) -> None:
    done = learned.call("retrain", *arguments)
    assert (done.code, said in done.all) == (code, True), done.all
    with Store.open(learned.state) as store:
        assert [one.number for one in store.versions.all_live("shop", "product")] == [1 if code else 2]
