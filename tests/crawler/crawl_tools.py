"""What the crawler's tests share: the scrapy command as a real process, and what it left behind."""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from scrapy.cmdline import execute

from fixtures import Site

ROOT = Path(__file__).resolve().parents[2]
SHOP = Site("shop", size=32)
RECORDS = Site("records", size=60)
WATCH_TORCH = """
import os, sys
class Watch:
    def find_spec(self, name, path=None, target=None):
        if name == "torch":
            note("torch")
def note(what):
    with open(os.environ["WATCH_FILE"], "a") as file:
        file.write(f"{os.getpid()} {what} {' '.join(sys.orig_argv)}\\n")
sys.meta_path.insert(0, Watch())
note("start")
"""


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
        out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
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
        said = [stream.buffer.getvalue().decode() for stream in (out, err)]  # type: ignore[attr-defined]
        return Done(int(ended.value.code or 0), *said)

    def run_in(self, folder: Path, *arguments: str, **more: str) -> Done:
        """The same in the folder of another project."""
        done = subprocess.run(
            [sys.executable, "-m", "scrapy", *arguments],
            cwd=folder,
            env=self.environment(**more),
            capture_output=True,
            text=True,
            timeout=250,
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

    def own(self, settings: str, spiders: str) -> Path:
        """The folder of another project, with these settings, and ``own_spiders`` for its spiders."""
        folder = self.path("own")
        folder.mkdir(exist_ok=True)
        (folder / "scrapy.cfg").write_text("[settings]\ndefault = own_settings\n")
        (folder / "own_settings.py").write_text(settings)
        (folder / "own_spiders.py").write_text(spiders)
        return folder

    def path(self, name: str) -> Path:
        return self.folder / name

    def items(self, name: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.path(name).read_text(encoding="utf-8").splitlines()]

    def switch(self, **wish: Any) -> None:
        """Change what the server shows."""
        request = urllib.request.Request(f"{self.server}/-/design", data=json.dumps(wish).encode())
        with urllib.request.urlopen(request, timeout=10) as answer:
            answer.read()


def wait_until(what: Callable[[], bool], process: subprocess.Popen[str], seconds: float = 120.0) -> None:
    """Return when ``what`` holds; fail when the process ends before, or the time is over."""
    end = time.monotonic() + seconds
    while not what():
        assert process.poll() is None, process.stderr and process.stderr.read()
        assert time.monotonic() < end
        time.sleep(0.02)


def finish(process: subprocess.Popen[str], number: signal.Signals) -> Done:
    """Send the signal and wait for the end."""
    process.send_signal(number)
    _, err = process.communicate(timeout=250)
    return Done(process.returncode, "", err)


def watched(project: Project) -> dict[str, str]:
    """Environment under which every Python process notes its start, and any import of torch."""
    (project.folder / "sitecustomize.py").write_text(WATCH_TORCH)
    return {"PYTHONPATH": str(project.folder), "WATCH_FILE": str(project.path("processes"))}


def processes(project: Project) -> list[tuple[str, str, str]]:
    """Process id, what it did (start, torch) and its command line."""
    lines = project.path("processes").read_text().splitlines()
    return [(pid, what, command) for pid, what, command in (line.split(" ", 2) for line in lines)]


def stats(log: str) -> dict[str, Any]:
    """The evergreen/ statistics that Scrapy has written to its log, those that are numbers."""
    found = {}
    for line in log.splitlines():
        name, _, value = line.strip(" {},").partition(": ")
        if name.startswith("'evergreen/") and value[:1].isdigit():
            found[name.strip("'").removeprefix("evergreen/")] = json.loads(value)
    return found


def examples(project: Project, *lines: dict[str, object]) -> str:
    """A file of examples, for ``scrapy learn``."""
    path = project.path("examples.jsonl")
    path.write_text("\n".join(json.dumps(line) for line in lines))
    return str(path)


def product(project: Project, number: int = 0) -> tuple[str, dict[str, object]]:
    """URL of a product of the shop, and three of its values."""
    pages = [page for page in SHOP.pages(1).values() if page.template == "product"]
    page = pages[number]
    assert page.item is not None
    return project.server + page.path, {name: page.item[name] for name in ("title", "price", "sku")}
