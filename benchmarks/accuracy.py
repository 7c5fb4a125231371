"""Right, wrong and missing values on recorded pages: same template, or after a redesign.

    python -m benchmarks accuracy FOLDER [--task same|redesign] [--shots 1] [--sets a,b] [--json OUT]

FOLDER holds recorded pages (set / site / version / page). ``same`` learns from the first pages of a version
and is graded on its others; ``redesign`` learns from one version, heals with the unlabelled pages of the next
and is graded on these. A many-valued field is graded by multiset F1, its shortfall split into wrong and
missing. The shipped weights were trained without the sites that are held out: their rows are the honest ones.
"""

from __future__ import annotations

import argparse
import gzip
import itertools
import json
import statistics
import time
import warnings
from collections import Counter, defaultdict
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from learner import EvergreenError, Example, Page, heal, learn
from learner.training.recorded import held_out, plain


@dataclass(frozen=True)
class Gold:
    url: str
    html: bytes
    item: dict[str, Any]
    records: list[dict[str, Any]] | None

    def example(self) -> Example:
        return (
            Example(self.url, self.html, items=self.records)
            if self.records
            else Example(self.url, self.html, self.item)
        )


@dataclass(frozen=True)
class Cell:
    set: str
    site: str
    field: str
    correct: float
    wrong: float
    missing: float
    confidence: float
    known: bool
    gold: str
    got: str
    page: str


@dataclass(frozen=True)
class Outcome:
    cells: list[Cell]
    learn_seconds: float
    heal_seconds: float
    extract_seconds: list[float]
    failure: str
    absent: list[bool]
    """Of fields that the examples have and a graded page lacks: whether a value was given."""


def pages_of(site: Path, version: str, limit: int) -> list[Gold]:
    out = []
    for path in sorted((site / version).glob("*.json"))[:limit]:
        gold = json.loads(path.read_text())
        records = gold.get("items") or None
        item = gold.get("item") or {}
        if records:
            names = dict.fromkeys(name for record in records for name in record)
            item = {name: [r[name] for r in records if r.get(name) is not None] for name in names}
        html = gzip.decompress(path.with_name(path.stem + ".html.gz").read_bytes())
        out.append(Gold(gold.get("url") or f"http://{site.name}/", html, item, records))
    return out


def _form(value: object) -> str:
    return plain(str(value))


def grade(gold: object, found: object) -> tuple[float, float, float]:
    """(correct, wrong, missing), which sum to 1."""
    if found is None or found == [] or found == "":
        return 0.0, 0.0, 1.0
    if isinstance(gold, list):
        bag = Counter(map(_form, found if isinstance(found, list) else [found]))
        wanted = Counter(map(_form, gold))
        hits = (wanted & bag).total()
        f1 = 2 * hits / (wanted.total() + bag.total())
        extra, lack = bag.total() - hits, wanted.total() - hits
        if not extra + lack:
            return f1, 0.0, 0.0
        return f1, (1 - f1) * extra / (extra + lack), (1 - f1) * lack / (extra + lack)
    if isinstance(found, list):
        found = found[0]
    return (1.0, 0.0, 0.0) if _form(found) == _form(gold) else (0.0, 1.0, 0.0)


def columns(item: dict[str, Any], items: list[dict[str, Any]]) -> dict[str, Any]:
    if not items:
        return item
    names = dict.fromkeys(name for record in items for name in record)
    return {name: [record[name] for record in items if record.get(name) is not None] for name in names}


def run(task: tuple[Path, str, str], shots: int, limit: int) -> Outcome:
    """One site: learn on a version, grade on its other pages or on those of the next version."""
    warnings.simplefilter("ignore")
    site, old, new = task
    if old == new:
        pages = pages_of(site, old, shots + limit)
        train, test = pages[:shots], pages[shots:]
    else:
        train, test = pages_of(site, old, limit), pages_of(site, new, limit)
    began = time.perf_counter()
    healed = 0.0
    failure = ""
    extractor = None
    try:
        extractor = learn([page.example() for page in train])
    except EvergreenError as error:
        failure = error.message
    learned = time.perf_counter() - began
    if extractor is not None and old != new:
        began = time.perf_counter()
        extractor = heal(extractor, [Page(page.url, page.html) for page in test]).extractor
        healed = time.perf_counter() - began
    fields = {name for page in train for name in page.item}
    urls = {page.url for page in train}
    cells: list[Cell] = []
    seconds: list[float] = []
    absent: list[bool] = []
    for page in test:
        began = time.perf_counter()
        result = extractor.extract(page.html, page.url) if extractor is not None else None
        seconds.append(time.perf_counter() - began)
        got = columns(dict(result.item), result.items) if result is not None else {}
        for name, gold in page.item.items():
            if name in fields:
                shares = grade(gold, got.get(name))
                confidence = result.confidence.get(name, 0.0) if result is not None else 0.0
                cells.append(
                    Cell(site.parent.name, site.name, name, *shares, confidence, page.url in urls,
                         repr(gold)[:300], repr(got.get(name))[:300], page.url)
                )  # fmt: skip
        absent += [got.get(name) not in (None, "", []) for name in sorted(fields) if page.item.get(name) is None]
    failed = f"{site.parent.name}/{site.name}: {failure}" if failure else ""
    return Outcome(cells, learned, healed, seconds, failed, absent)


def tasks(folder: Path, kind: str, shots: int, sets: list[str] | None) -> Iterator[tuple[Path, str, str]]:
    for meta in sorted(folder.glob("*/*/site.json")):
        site = meta.parent
        if sets and site.parent.name not in sets:
            continue
        versions = [v for v in json.loads(meta.read_text())["versions"] if any((site / v).glob("*.json"))]
        if kind == "same":
            for version in versions:
                if len(list((site / version).glob("*.json"))) > shots:
                    yield site, version, version
        else:
            for old, new in itertools.pairwise(versions):
                yield site, old, new


def row(cells: list[Cell]) -> dict[str, float]:
    count = len(cells)
    return {
        "n": count,
        "correct": round(sum(c.correct for c in cells) / count, 4),
        "wrong": round(sum(c.wrong for c in cells) / count, 4),
        "missing": round(sum(c.missing for c in cells) / count, 4),
    }


def table(cells: list[Cell], title: str) -> dict[str, Any]:
    groups: dict[str, list[Cell]] = defaultdict(list)
    for cell in cells:
        groups[cell.set].append(cell)
    rows = {name: row(group) for name, group in sorted(groups.items())}
    if not rows:
        return {}
    macro = {key: round(statistics.mean(r[key] for r in rows.values()), 4) for key in ("correct", "wrong", "missing")}
    print(f"\n{title:12} {'n':>6} {'correct':>8} {'wrong':>8} {'missing':>8}")
    for name, figures in {**rows, "mean of sets": {"n": len(cells), **macro}}.items():
        print(f"{name:12} {figures['n']:6} {figures['correct']:8.3f} {figures['wrong']:8.3f} {figures['missing']:8.3f}")
    return {"sets": rows, "macro": macro}


def curve(cells: list[Cell]) -> list[dict[str, float]]:
    """The reliability curve: of values given with a confidence, the share that is right."""
    out = []
    for low, high in ((0.5, 0.6), (0.6, 0.7), (0.7, 0.8), (0.8, 0.9), (0.9, 0.95), (0.95, 1.01)):
        given = [c for c in cells if low <= c.confidence < high and c.missing < 1]
        if given:
            right = sum(c.correct for c in given) / len(given)
            out.append({"from": low, "to": min(high, 1.0), "values": len(given), "right": round(right, 4)})
    print("\nconfidence   values   right")
    for entry in out:
        print(f"{entry['from']:.2f}-{entry['to']:.2f} {entry['values']:9} {entry['right']:7.3f}")
    return out


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks accuracy", description=__doc__)
    parser.add_argument("folder", type=Path, help="folder of recorded pages")
    parser.add_argument("--task", choices=("same", "redesign"), default="same")
    parser.add_argument("--shots", type=int, default=1, help="example pages (1)")
    parser.add_argument("--limit", type=int, default=3, help="pages graded of each site (3)")
    parser.add_argument("--sets", help="only these sets, with commas between")
    parser.add_argument("--site", help="only sites with this in their name")
    parser.add_argument("--held-out", action="store_true", help="only sites that the weights never saw")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--failures", type=Path, help="write the values that are not right, one JSON line each")
    parser.add_argument("--json", type=Path, help="write all figures")
    options = parser.parse_args(arguments)
    work = [
        task
        for task in tasks(
            options.folder, options.task, options.shots, options.sets.split(",") if options.sets else None
        )
        if (not options.site or options.site in task[0].name) and (not options.held_out or held_out(task[0].name))
    ]
    if not work:
        parser.error(f"no recorded site in {options.folder} fits")
    with ProcessPoolExecutor(options.jobs, mp_context=get_context("fork")) as pool:
        outcomes = list(pool.map(partial(run, shots=options.shots, limit=options.limit), work, chunksize=2))
    cells = [cell for outcome in outcomes for cell in outcome.cells]
    out: dict[str, Any] = {"task": options.task, "shots": options.shots, "tasks": len(work)}
    out["all"] = table(cells, "all sites")
    out["held_out"] = table([cell for cell in cells if held_out(cell.site)], "held out")
    if options.task == "redesign":
        out["known"] = table([cell for cell in cells if cell.known], "page known")
        out["unknown"] = table([cell for cell in cells if not cell.known], "none known")
        out["heal_median_seconds"] = round(statistics.median(outcome.heal_seconds for outcome in outcomes), 3)
    out["curve"] = curve([cell for cell in cells if held_out(cell.site)] or cells)
    out["learn_median_seconds"] = round(statistics.median(outcome.learn_seconds for outcome in outcomes), 3)
    out["extract_median_seconds"] = round(statistics.median(s for o in outcomes for s in o.extract_seconds), 4)
    out["failures"] = [outcome.failure for outcome in outcomes if outcome.failure]
    absent = [given for outcome in outcomes for given in outcome.absent]
    out["absent"] = {"n": len(absent), "given": sum(absent)}
    print(f"\nfields that a page lacks, as far as was recorded: {len(absent)}, a value given in {sum(absent)}")
    print(f"\n{len(work)} tasks, {len(out['failures'])} not learned; median seconds:", end=" ")
    print(", ".join(f"{key.split('_')[0]} {value}" for key, value in out.items() if key.endswith("_seconds")))
    if options.failures:
        with options.failures.open("w") as file:
            for cell in cells:
                if cell.correct < 0.999:
                    file.write(
                        json.dumps({**cell.__dict__, "held_out": held_out(cell.site)}, ensure_ascii=False) + "\n"
                    )
    if options.json:
        options.json.write_text(json.dumps(out, indent=1))
    return 0
