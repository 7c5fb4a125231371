"""What the tests of the store and of retraining share."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from learner.state.records import NewPage

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
ROOT = Path(__file__).resolve().parents[2]


def new_page(number: int = 1, *, body: bytes = b"<p>page</p>", **changes: Any) -> NewPage:
    values: dict[str, Any] = {
        "site": "shop",
        "template": "product",
        "url": f"http://shop.example/{number}",
        "body": body,
        "content_type": "text/html; charset=utf-8",
        "status": 200,
        "fetched_at": NOON + timedelta(minutes=number),
    }
    return NewPage(**{**values, **changes})


class Notes:
    """An extractor as far as versions are concerned: several files that have to fit together."""

    def __init__(self, text: str = "notes", files: int = 5) -> None:
        self.text = text
        self.files = files

    def save(self, folder: Path) -> None:
        for number in range(self.files):
            (folder / f"part{number}.txt").write_text(self.text * 500)
        (folder / "nested").mkdir()
        (folder / "nested" / "index.json").write_text(json.dumps({"text": self.text, "files": self.files}))


def is_complete(folder: Path) -> bool:
    index = json.loads((folder / "nested" / "index.json").read_text())
    return all((folder / f"part{n}.txt").read_text() == index["text"] * 500 for n in range(index["files"]))


def run_python(script: str, *arguments: object, timeout: float = 60) -> str:
    """Run a script in an interpreter of its own, where forking is safe; its output."""
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{Path(__file__).parent}"}
    command = [sys.executable, "-c", script, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=timeout, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout
