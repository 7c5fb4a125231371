"""The daily commands on a recorded site: learn from a few of its pages, crawl all of them, grade what comes.

The folder is one of the corpus format (site.json, a folder per version). Right means: the recorded values, but for
case, white space and quotation marks; a field of several values is graded by F1. Pages learned from are not graded.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from crawler.demo import read_items, serving
from fixtures.recorded import RecordedPage, Recording
from learner.training.recorded import plain


def main(arguments: Sequence[str]) -> int:
    """0 when the crawl did what it should, whatever the figures; 1 when a command failed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks recorded", description=__doc__)
    parser.add_argument("folder", type=Path, help="the recorded site")
    parser.add_argument("--shots", type=int, default=3, help="pages to learn from (default: 3)")
    parser.add_argument("--version", help="the recorded version (default: the oldest)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to this file")
    options = parser.parse_args(arguments)
    recording = Recording(options.folder)
    version = options.version or recording.versions[0]
    pages = list(recording.pages(version).values())
    with (
        tempfile.TemporaryDirectory(prefix="evergreen-bench-") as folder,
        serving("--recorded", str(options.folder), "--version", version) as server,
    ):
        work = Path(folder)
        shown = _evenly(pages, options.shots)
        seconds = _learn_and_crawl(server, work, shown, many=bool(pages[0].items))
        report = grade([page for page in pages if page not in shown], read_items(work / "items.jsonl"), server)
    report |= {"site": recording.site, "pages": len(pages), "learned_from": len(shown), "seconds": seconds}
    _show(report)
    if options.json:
        options.json.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    return 0


def _evenly(pages: Sequence[RecordedPage], count: int) -> list[RecordedPage]:
    return [pages[number * len(pages) // count] for number in range(min(count, len(pages)))]


def _learn_and_crawl(server: str, work: Path, shown: Sequence[RecordedPage], *, many: bool) -> dict[str, float]:
    examples = work / "examples.jsonl"
    with examples.open("w", encoding="utf-8") as file:
        for number, page in enumerate(shown):
            (work / f"{number}.html").write_bytes(page.html)
            line = {"url": server + page.path, "html": f"{number}.html", "template": "page"}
            file.write(json.dumps(line | ({"items": page.items} if page.items else {"item": page.item})) + "\n")
    environment = {**os.environ, "EVERGREEN_STATE": str(work / "state"), "EVERGREEN_FIXTURES": server}
    crawl = ["crawl", "recorded", "-O", str(work / "items.jsonl"), "-s", "EVERGREEN_RETRAIN=never"]
    seconds = {}
    for name, command in (
        ("learn", ["learn", "recorded", "--examples", str(examples)]),
        ("crawl", [*crawl, "-a", "many=1"] if many else crawl),
    ):
        begun = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-m", "scrapy", *command], env=environment, capture_output=True, text=True
        )
        seconds[name] = round(time.monotonic() - begun, 1)
        print(f"scrapy {name}: exit code {done.returncode}, {seconds[name]} s", flush=True)
        if done.returncode not in (0, 3):
            raise SystemExit(done.stderr[-3000:])
    return seconds


def grade(pages: Sequence[RecordedPage], items: Sequence[Mapping[str, Any]], server: str) -> dict[str, Any]:
    """Per field the shares right, wrong and missing, over the pages' values."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for item in items:
        found.setdefault(str(item["url"]), []).append(item)
    right: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for page in pages:
        here = found.get(server + page.path, [])
        for name, gold in _columns(page.items or [page.item or {}]).items():
            given = _columns(here).get(name, Counter())
            shared = (gold & given).total()
            share = 2 * shared / (gold.total() + given.total())
            total[name] += 1
            right[name] += share
            extra, lacking = given.total() - shared, gold.total() - shared
            wrong[name] += (1 - share) * extra / (extra + lacking) if extra else 0
    fields = {
        name: {"right": round(right[name] / count, 4), "wrong": round(wrong[name] / count, 4), "pages": count}
        for name, count in sorted(total.items())
    }
    count = total.total() or 1
    return {
        "right": round(right.total() / count, 4),
        "wrong": round(wrong.total() / count, 4),
        "graded": len(pages),
        "items": len(items),
        "fields": fields,
    }


def _columns(items: Sequence[Mapping[str, Any]]) -> dict[str, Counter[str]]:
    columns: dict[str, Counter[str]] = {}
    for item in items:
        for name, value in item.items():
            values = value if isinstance(value, list) else [value]
            columns.setdefault(name, Counter()).update(plain(str(each)) for each in values if each not in (None, ""))
    return {name: values for name, values in columns.items() if values}


def _show(report: Mapping[str, Any]) -> None:
    print(
        f"\n{report['site']}: {report['pages']} pages, learned from {report['learned_from']}, {report['items']} items"
    )
    for name, field in report["fields"].items():
        print(f"  {name:20} right {field['right']:6.1%}   wrong {field['wrong']:6.1%}   on {field['pages']} pages")
    print(f"  {'all':20} right {report['right']:6.1%}   wrong {report['wrong']:6.1%}")
