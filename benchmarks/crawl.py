"""Pages per second and memory of a crawl with learned code, against hand-written parsel selectors.

Both crawl the fixture shop from a server in a process of its own, in turns, in this one command. The learned crawl has
everything on, as by default: recording, archive, drift. The other has nothing of Evergreen's. The time is that from the
engine's start to its end, writing and closing included; memory is the peak of the process as the system counted it.

"plain" has Scrapy's own CONCURRENT_ITEMS of 100, "learned" the project's 8. As that alone saves time, "tuned" is the
plain spider with 8: a comparison for information, of the extraction, the recording and the watch alone.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

SPEED_GOAL = 0.8
MEMORY_GOAL_MB = 150.0
PER_LIST_PAGE = 20
KINDS = ("plain", "learned", "tuned")


@dataclass(frozen=True, slots=True)
class Run:
    """One crawl: pages per second, processor milliseconds of the crawl's process per page, peak memory in megabytes
    (that of a worker process included), items."""

    name: str
    rate: float
    cpu: float
    memory: float
    items: int


def main(arguments: Sequence[str]) -> int:
    """0 when both goals are met, 1 when not."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks crawl", description=__doc__)
    parser.add_argument("--pages", type=int, default=500, help="pages of each crawl (default: 500)")
    parser.add_argument("--pairs", type=int, default=4, help="runs of each kind (default: 4)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to this file")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="evergreen-bench-") as folder, serving(_products(options.pages)) as url:
        work = Path(folder)
        _learn(url, work)
        runs = []
        for number in range(options.pairs):
            # The order changes from pair to pair, so that a machine that slows down slows both.
            for kind in KINDS if number % 2 == 0 else reversed(KINDS):
                runs.append(_run(kind, url, work))
                run = runs[-1]
                print(
                    f"{run.name:8} {run.rate:7.1f} pages/s {run.cpu:6.2f} ms CPU/page {run.memory:7.1f} MB"
                    f" {run.items} items",
                    flush=True,
                )
    report = summary(runs)
    print(
        f"\nlearned / plain: {report['speed_ratio']:.2f} of the pages per second (goal: at least {SPEED_GOAL}),"
        f" {report['memory_more_mb']:+.1f} MB (goal: at most +{MEMORY_GOAL_MB:.0f});"
        f" learned / tuned: {report['speed_ratio_to_tuned']:.2f}"
    )
    if options.json:
        options.json.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    return 0 if report["speed_ratio"] >= SPEED_GOAL and report["memory_more_mb"] <= MEMORY_GOAL_MB else 1


def summary(runs: Sequence[Run]) -> dict[str, Any]:
    """Medians of both kinds, and what the goals are about."""
    rate = {kind: statistics.median(run.rate for run in runs if run.name == kind) for kind in KINDS}
    memory = {kind: statistics.median(run.memory for run in runs if run.name == kind) for kind in KINDS}
    return {
        "speed_ratio": round(rate["learned"] / rate["plain"], 3),
        "speed_ratio_to_tuned": round(rate["learned"] / rate["tuned"], 3),
        "memory_more_mb": round(memory["learned"] - memory["plain"], 1),
        "cpu_ms_per_page": {
            kind: round(statistics.median(run.cpu for run in runs if run.name == kind), 2) for kind in rate
        },
        "pages_per_second": {kind: round(value, 1) for kind, value in rate.items()},
        "memory_mb": {kind: round(value, 1) for kind, value in memory.items()},
        "runs": [asdict(run) for run in runs],
    }


@contextmanager
def serving(products: int) -> Iterator[str]:
    """The shop's server with its pages rendered; gives the URL of the first page."""
    command = [sys.executable, "-m", "benchmarks._shop_server", str(products)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield json.loads(process.stdout.readline())["url"] + "/shop/"
        finally:
            process.terminate()


def _products(pages: int) -> int:
    return max(PER_LIST_PAGE, pages * PER_LIST_PAGE // (PER_LIST_PAGE + 1))


def _learn(url: str, work: Path) -> None:
    """A crawl with the teacher, which also has the server render every page, then learned code for both templates."""
    state = ["-s", f"EVERGREEN_STATE={work / 'state'}"]
    for arguments in (["crawl", "shop", "-a", f"start={url}", *state], ["retrain", "shop", *state]):
        done = subprocess.run([sys.executable, "-m", "scrapy", *arguments], capture_output=True, text=True)
        if done.returncode != 0:
            raise SystemExit(f"{' '.join(arguments)} ended with {done.returncode}:\n{done.stderr[-2000:]}")


def _run(kind: str, url: str, work: Path) -> Run:
    meter, output = work / "meter.json", work / f"{kind}.jsonl"
    meter.unlink(missing_ok=True)
    settings = {"EXTENSIONS": json.dumps({"benchmarks._meter.Meter": 999}), "BENCHMARK_METER": str(meter)}
    environment = dict(os.environ)
    if kind != "learned":
        settings |= {"CONCURRENT_ITEMS": "8"} if kind == "tuned" else {}
        environment["SCRAPY_SETTINGS_MODULE"] = "benchmarks._plain_settings"
        spider = ["plain"]
    else:
        settings["EVERGREEN_STATE"] = str(work / "state")
        spider = ["shop", "-a", "mode=learned"]
    command = [
        sys.executable,
        "-m",
        "scrapy",
        "crawl",
        *spider,
        "-a",
        f"start={url}",
        "-O",
        str(output),
        "-L",
        "WARNING",
    ]
    for name, value in settings.items():
        command += ["-s", f"{name}={value}"]
    code = subprocess.call(command, env=environment)
    if code != 0:
        raise SystemExit(f"{' '.join(command)} ended with {code}")
    figures = json.loads(meter.read_text(encoding="utf-8"))
    return Run(
        kind,
        figures["pages"] / figures["seconds"],
        1000 * figures["cpu"] / figures["pages"],
        figures["memory"],
        figures["items"],
    )
