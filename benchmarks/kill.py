"""Kill a retrain with SIGKILL, at every write and at random moments, and look at what it leaves.

    python -m benchmarks kill [--times 200] [--pages 8] [--both] [--json OUT]

A shop was learned, redesigned and crawled again; a process heals it, promotes, and extracts the failed pages again.
With ``--both`` the old design is still served, and the healed version is put beside the live one. The process is killed
right before each of its writes in turn (statements that change the database, commits, files created, renamed, synced),
and, for the rest of the times, at random moments. After each kill the store has to open, the live versions to be those
of before or of after and complete, and the next run to go on to the end: every failed page is repaired, and each
repaired item is given for delivery once.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from fixtures import Site
from learner.errors import EvergreenError
from learner.retraining.backlog import outcome_of
from learner.retraining.retraining import retrain
from learner.state.records import NewExample, NewExtraction, NewPage
from learner.state.store import Store

SITE, TEMPLATE = "shop", "product"
FIELDS = ("title", "price", "sku")
_FILES = frozenset(("os.rename", "os.link", "os.mkdir", "os.remove", "os.rmdir"))
_CHANGES = ("INSERT", "UPDATE", "DELETE")


def prepare(state: Path, pages: int, both: bool) -> None:
    """A state whose live version fails on as many pages of a new design; drift is pending. With ``both`` it has read as
    many pages of the old design since."""
    shop = Site(SITE, size=pages + 12)
    with Store.open(state) as store:
        old = _pages(shop, 1)
        numbers = store.pages.add([page for page, _ in old])
        store.examples.add([NewExample(number, item) for number, (_, item) in zip(numbers, old, strict=True)])
        retrain(store, SITE)
        live = store.versions.live(SITE, TEMPLATE)
        assert live is not None
        extractor = live.load()
        came = [page for page, _ in _pages(shop, 2)[:pages]]
        if both:
            came += [replace(page, fetched_at=page.fetched_at + timedelta(days=2)) for page, _ in old[pages:]]
        extractions = []
        for number, page in zip(store.pages.add(came), came, strict=True):
            read = extractor.read(page.body, page.url)
            extractions.append(NewExtraction(number, live.id, read.item, read.items, read.confidence, outcome_of(read)))
        store.extractions.add(extractions)
        store.drifts.record(SITE, TEMPLATE, {"whole": True, "fields": list(FIELDS)})


def _pages(shop: Site, design: int) -> list[tuple[NewPage, dict[str, Any]]]:
    began = datetime(2026, 3, 1, tzinfo=UTC) + timedelta(days=design)
    out = []
    for path in shop.paths(design, TEMPLATE):
        page = shop.pages(design)[path]
        new = NewPage(SITE, TEMPLATE, f"http://shop.example{path}", page.html.encode(), "text/html", 200, began)
        out.append((new, {name: (page.item or {})[name] for name in FIELDS}))
    return out


def heal(state: Path) -> None:
    with Store.open(state) as store:
        retrain(store, SITE)


def forked(work: Callable[[], None]) -> int:
    """Start the work in a process of its own; its id."""
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        work()
        code = 0
    finally:
        sys.stdout.flush()
        os._exit(code)
    raise AssertionError


def at_each_write(then: Callable[[str], None]) -> None:
    """Call ``then`` with its name before every write of this process."""

    def audited(name: str, arguments: tuple[Any, ...]) -> None:
        if name in _FILES or (
            name == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
        ):
            then(name)

    def executed(_c: Any, _u: Any, statement: str, *_rest: Any) -> None:
        if statement.lstrip().upper().startswith(_CHANGES):
            then(statement.split("(")[0].strip()[:40])

    sys.addaudithook(audited)
    event.listen(Engine, "before_cursor_execute", executed)
    event.listen(Engine, "commit", lambda _connection: then("COMMIT"))
    synced = os.fsync

    def sync(number: int) -> None:
        then("fsync")
        synced(number)

    os.fsync = sync


def writes(state: Path) -> list[str]:
    """The names of the writes of an undisturbed run, in order."""
    reading, writing = os.pipe()

    def work() -> None:
        seen: list[str] = []
        at_each_write(seen.append)
        heal(state)
        with os.fdopen(writing, "w") as file:
            file.write(json.dumps(seen))

    child = forked(work)
    os.close(writing)
    with os.fdopen(reading) as file:
        seen: list[str] = json.loads(file.read() or "[]")
    os.waitpid(child, 0)
    return seen


def kill_at_write(state: Path, number: int) -> bool:
    """Run, and die before the write of this number; whether it came to that."""

    def work() -> None:
        left = number

        def count(_name: str) -> None:
            nonlocal left
            left -= 1
            if left < 0:
                os.kill(os.getpid(), signal.SIGKILL)

        at_each_write(count)
        heal(state)

    return _killed(forked(work))


def kill_after(state: Path, seconds: float) -> bool:
    """Run, and be killed after so many seconds; whether it was still at work."""
    child = forked(lambda: heal(state))
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    return _killed(child)


def _killed(child: int) -> bool:
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


def what_is_wrong(state: Path, pages: int, after: list[int]) -> tuple[str, list[int]]:
    """What is not as it should be after a kill ("" for nothing), and the numbers of the versions that were live, which
    are ``after`` when nothing is killed."""
    live: list[int] = []
    try:
        with Store.open(state) as store:
            live = [version.number for version in store.versions.all_live(SITE, TEMPLATE)]
            if live not in ([1], after):
                return f"the live versions are {live}", live
            if any(one.load().fields.keys() != set(FIELDS) for one in store.versions.all_live(SITE, TEMPLATE)):
                return "a live version is not complete", live
        if os.waitpid(forked(lambda: heal(state)), 0)[1]:
            return "the next run failed", live
        with Store.open(state) as store:
            healed = [version.number for version in store.versions.all_live(SITE, TEMPLATE)]
            # A version that a killed run had written and not promoted keeps its number.
            if len(healed) != len(after) or healed[0] < 2 or healed[1:] != after[1:] or store.drifts.pending(SITE):
                return f"the next run did not heal: {healed} are live", live
            given: Counter[str] = Counter()
            while taken := store.repairs.take(SITE, limit=3):
                given.update(item.url for item in taken)
                store.repairs.acknowledge(taken)
            if len(given) != pages or set(given.values()) != {1}:
                return f"{len(given)} of {pages} pages repaired, some {max(given.values(), default=0)} times", live
    except (EvergreenError, OSError) as error:
        return f"{type(error).__name__}: {error}", live
    return "", live


def _named(numbers: list[int]) -> str:
    return f"{' and '.join(map(str, numbers)) or 'no version'} {'is' if len(numbers) < 2 else 'are'} live"


def main(arguments: list[str]) -> int:
    """Exit code 1 when any kill left something wrong."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks kill", description=__doc__)
    parser.add_argument("--times", type=int, default=200)
    parser.add_argument("--pages", type=int, default=8, help="failed pages (8)")
    parser.add_argument("--both", action="store_true", help="the old design is still served")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path, help="write all figures")
    options = parser.parse_args(arguments)
    warnings.simplefilter("ignore")
    import learner.healing.healing
    import learner.network.scorer  # noqa: F401 - imported once, before the forks

    chance = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as folder:
        return _work(options, Path(folder), chance)


def _work(options: argparse.Namespace, folder: Path, chance: random.Random) -> int:
    prepared, state = folder / "prepared", folder / "state"
    # In a process of its own: a parent that has computed can't fork children that do.
    if os.waitpid(forked(lambda: prepare(prepared, options.pages, options.both)), 0)[1]:
        print("the state could not be prepared", file=sys.stderr)
        return 1
    shutil.copytree(prepared, state)
    began = time.monotonic()
    names = writes(state)
    seconds = time.monotonic() - began
    with Store.open(state) as store:
        after = [version.number for version in store.versions.all_live(SITE, TEMPLATE)]
    print(f"an undisturbed run takes {seconds:.1f} s, writes {len(names)} times, and then {_named(after)}")
    every = [(n, 0.0) for n in range(len(names))]
    if options.times < len(every):
        every = sorted(chance.sample(every, options.times // 2))
    moments = every + [(-1, chance.uniform(0, seconds)) for _ in range(options.times - len(every))]
    wrong: list[str] = []
    live: Counter[str] = Counter()
    killed = 0
    for number, moment in moments:
        shutil.rmtree(state)
        shutil.copytree(prepared, state)
        killed += kill_at_write(state, number) if number >= 0 else kill_after(state, moment)
        problem, numbers = what_is_wrong(state, options.pages, after)
        live[_named(numbers)] += 1
        if problem:
            where = f"before write {number} ({names[number]})" if number >= 0 else f"after {moment:.2f} s"
            wrong.append(f"killed {where}: {problem}")
            print(wrong[-1], flush=True)
    print(f"{len(moments)} runs, {killed} killed at work, {len(every)} of them before a write")
    print("after the kill " + ", ".join(f"{said} {count} times" for said, count in sorted(live.items())))
    print(f"{len(wrong)} left something wrong")
    if options.json:
        figures = {"runs": len(moments), "killed": killed, "writes": len(names), "live": live, "wrong": wrong}
        options.json.write_text(json.dumps(figures, indent=1) + "\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
