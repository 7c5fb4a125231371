"""What the crawler's tests share: the fixture server, the scrapy command as a real process, learned states."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from scrapy.cmdline import execute

from fixtures import Site
from fixtures.hosts import SiteHost
from fixtures.server import running

ROOT = Path(__file__).resolve().parents[2]
SHOP = Site("shop", size=32)
RECORDS = Site("records", size=60)


@dataclass(frozen=True, slots=True)
class Done:
    """A command that has ended."""

    code: int
    out: str
    err: str

    @property
    def all(self) -> str:
        return self.out + self.err


class Project:
    """The project as a user works with it: one state folder, one server, the scrapy command."""

    def __init__(self, server: str, folder: Path) -> None:
        self.server = server
        self.folder = folder
        self.state = folder / "state"

    def environment(self, **more: str) -> dict[str, str]:
        inherited = {key: value for key, value in os.environ.items() if not key.startswith("EVERGREEN_")}
        inherited["PYTHONPATH"] = os.pathsep.join([str(ROOT), more.pop("PYTHONPATH", "")])
        return {**inherited, "EVERGREEN_FIXTURES": self.server, "EVERGREEN_STATE": str(self.state), **more}

    def run(self, *arguments: str, **more: str) -> Done:
        """``scrapy ARGUMENTS`` to its end, as a process of its own; ``more`` are environment variables."""
        return self.run_in(ROOT, *arguments, **more)

    def call(self, *arguments: str) -> Done:
        """``scrapy ARGUMENTS`` in this process, by Scrapy's own dispatcher: for commands that crawl nothing."""
        out, err = io.StringIO(), io.StringIO()
        with (
            pytest.MonkeyPatch.context() as patch,
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
            contextlib.chdir(ROOT),
        ):
            for name, value in {**self.environment(), "SCRAPY_SETTINGS_MODULE": "crawler.settings"}.items():
                patch.setenv(name, value)
            with pytest.raises(SystemExit) as ended:
                execute(["scrapy", *arguments])
        return Done(int(ended.value.code or 0), out.getvalue(), err.getvalue())

    def run_in(self, folder: Path, *arguments: str, **more: str) -> Done:
        """The same in the folder of another project."""
        done = subprocess.run(
            [sys.executable, "-m", "scrapy", *arguments],
            cwd=folder,
            env=self.environment(**more),
            capture_output=True,
            text=True,
            timeout=100,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    def begin(self, *arguments: str) -> subprocess.Popen[str]:
        """``scrapy ARGUMENTS`` as a process that goes on."""
        return subprocess.Popen(
            [sys.executable, "-m", "scrapy", *arguments],
            cwd=ROOT,
            env=self.environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )

    def path(self, name: str) -> Path:
        return self.folder / name

    def items(self, name: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.path(name).read_text(encoding="utf-8").splitlines()]

    def switch(self, **wish: Any) -> None:
        """Change what the server shows."""
        request = urllib.request.Request(f"{self.server}/-/design", data=json.dumps(wish).encode())
        with urllib.request.urlopen(request, timeout=10) as answer:
            answer.read()


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    with running(SiteHost({"shop": SHOP, "records": RECORDS})) as fixture_server:
        yield fixture_server.url


@pytest.fixture(scope="session")
def learned_state(server: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state folder in which shop and records were taught and learned."""
    project = Project(server, tmp_path_factory.mktemp("learned"))
    for site in ("shop", "records"):
        project.switch(site=site, design=1)
        done = project.run("crawl", site, "-O", str(project.path("taught.jsonl")), "--nolog")
        assert done.code == 0, done.err
    done = project.call("retrain")
    assert done.code == 0, done.all
    return project.state


@pytest.fixture
def project(server: str, tmp_path: Path) -> Project:
    """A fresh project; the sites have their first design."""
    fresh = Project(server, tmp_path)
    for site in ("shop", "records"):
        fresh.switch(site=site, design=1)
    return fresh


@pytest.fixture
def learned(project: Project, learned_state: Path) -> Project:
    """A project that has learned shop and records."""
    shutil.copytree(learned_state, project.state)
    return project


def wait_until(what: Callable[[], bool], process: subprocess.Popen[str], seconds: float = 30.0) -> None:
    """Return when ``what`` holds; fail when the process ends before, or the time is over."""
    end = time.monotonic() + seconds
    while not what():
        assert process.poll() is None, process.stderr and process.stderr.read()
        assert time.monotonic() < end
        time.sleep(0.02)


def finish(process: subprocess.Popen[str], number: signal.Signals) -> Done:
    """Send the signal and wait for the end."""
    process.send_signal(number)
    _, err = process.communicate(timeout=60)
    return Done(process.returncode, "", err)
