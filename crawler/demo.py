"""``python -m crawler.demo``: the whole loop on the fixture sites, by the commands of daily use, with an account.

A site is crawled with hand-written selectors as teacher; from what was recorded, code is learned; the site is crawled
by learned code alone, is redesigned, is crawled again (the drift is noticed), is retrained, and is crawled once more.
Right means: equal to what the generator of the site put on the page.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from crawler.verdict import DRIFT, FINE
from fixtures import SITES, Site, absolute
from learner.state.store import Store

REDESIGN = 2


@dataclass(slots=True)
class Score:
    """Field values of all pages of a site: ``right``, ``wrong`` (exported, but not what the page shows), missing."""

    total: int = 0
    right: int = 0
    wrong: int = 0
    items: int = 0

    @property
    def share(self) -> float:
        return self.right / self.total if self.total else 0.0

    @property
    def share_wrong(self) -> float:
        return self.wrong / self.total if self.total else 0.0


@dataclass(slots=True)
class Account:
    """What happened to one site."""

    site: str
    scores: dict[str, Score] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    rules: list[dict[str, str]] = field(default_factory=list)
    repaired: int = 0
    problems: list[str] = field(default_factory=list)


class NoServer(Exception):
    """The fixture server did not start."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0 when every step did what it should, else 1."""
    parser = argparse.ArgumentParser(prog="python -m crawler.demo", description=__doc__)
    parser.add_argument("--sites", default="shop", help=f"some of {', '.join(SITES)}, with commas (default: shop)")
    parser.add_argument("--folder", type=Path, default=Path("build"), help="where everything is written")
    parser.add_argument("--design", type=int, choices=(2, 3), default=REDESIGN, help="the design it is changed to")
    options = parser.parse_args(arguments)
    names = [name.strip() for name in options.sites.split(",")]
    for name in names:
        if name not in SITES:
            parser.error(f"there is no site {name!r}, but {', '.join(SITES)}")
    work = options.folder / "demo"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    begun = time.monotonic()
    try:
        with serving() as server:
            accounts = [Loop(name, server, work.resolve(), options.design).run() for name in names]
    except NoServer as error:
        print(f"The demo stopped: {error}", file=sys.stderr)
        return 1
    seconds = time.monotonic() - begun
    report = as_json(accounts, seconds)
    (options.folder / "demo.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    for account in accounts:
        show(account)
    print(f"\n{seconds:.0f} seconds in all. The account is in {options.folder / 'demo.json'}, all else in {work}.")
    return 1 if any(account.problems for account in accounts) else 0


@contextmanager
def serving(*arguments: str) -> Iterator[str]:
    """The fixture server as a process of its own; gives its URL."""
    command = [sys.executable, "-m", "fixtures", "serve", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            if not line:
                raise NoServer("the fixture server did not start.")
            yield str(json.loads(line)["url"])
        finally:
            process.terminate()


class Loop:
    """The loop of one site."""

    def __init__(self, site: str, server: str, work: Path, design: int) -> None:
        self.account = Account(site)
        self._site: Site = SITES[site]
        self._server = server
        self._work = work
        self._design = design
        self._state = work / "state"
        self._step = 0
        self._environment = {**os.environ, "EVERGREEN_FIXTURES": server, "EVERGREEN_STATE": str(self._state)}

    def run(self) -> Account:
        """Every step, also after one that went wrong; ``problems`` of the account tells which did."""
        name = self._site.name
        # Its end would learn, which is shown as a step of its own.
        self._crawl("taught", "crawl design 1 with hand-written selectors", 1, "-s", "EVERGREEN_RETRAIN=never")
        self._command("learn", "learn from the recorded pairs", ["retrain", name], FINE)
        self._crawl("before", "crawl with learned code only", 1, "-a", "mode=learned")
        self._step += 1
        print(f"[{self._step}/7] {name}: the site is redesigned", flush=True)
        self._switch()
        never = ("-a", "mode=learned", "-s", "EVERGREEN_RETRAIN=never")
        self._crawl(
            "during", f"crawl the redesigned site (design {self._design})", self._design, *never, expected=DRIFT
        )
        repaired = self._path("repaired")
        self._command("heal", "retrain: find the known values, learn anew", ["retrain", name, "-O", repaired], FINE)
        self._crawl("after", "crawl with the healed code", self._design, "-a", "mode=learned")
        self._score_repaired()
        self.account.rules = replaced_rules(self._state, name)
        return self.account

    def _crawl(self, key: str, what: str, design: int, *arguments: str, expected: int = FINE) -> None:
        path = self._path(key)
        self._command(key, what, ["crawl", self._site.name, "-O", path, *arguments], expected)
        score = grade(self._site, design, self._server, read_items(Path(path)))
        self.account.scores[key] = score
        print(
            f"      {score.items} items, {score.share:.1%} of the fields right, {score.share_wrong:.1%} wrong",
            flush=True,
        )

    def _command(self, key: str, what: str, arguments: list[str], expected: int) -> None:
        self._step += 1
        print(f"[{self._step}/7] {self._site.name}: {what} ...", end=" ", flush=True)
        begun = time.monotonic()
        log = self._work / f"{self._site.name}-{key}.log"
        with log.open("wb") as file:
            command = [sys.executable, "-m", "scrapy", *arguments]
            code = subprocess.call(command, env=self._environment, stdout=file, stderr=subprocess.STDOUT)
        self.account.seconds[key] = round(time.monotonic() - begun, 2)
        print(f"{self.account.seconds[key]:.1f} s", flush=True)
        if code != expected:
            tail = "\n".join(log.read_text(errors="replace").splitlines()[-5:])
            self.account.problems.append(f"scrapy {arguments[0]} ended with {code} instead of {expected}:\n{tail}")
            print(f"      exit code {code} instead of {expected}, see {log}", flush=True)

    def _switch(self) -> None:
        body = json.dumps({"site": self._site.name, "design": self._design}).encode()
        request = urllib.request.Request(
            f"{self._server}/-/design", data=body, headers={"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=10) as response:
            response.read()

    def _score_repaired(self) -> None:
        """The export of the crawl during the redesign, with repaired items in place of what had failed."""
        repaired = read_items(Path(self._path("repaired")))
        self.account.repaired = len(repaired)
        pages = {item["url"] for item in repaired}
        kept = [item for item in read_items(Path(self._path("during"))) if item["url"] not in pages]
        self.account.scores["repaired"] = grade(self._site, self._design, self._server, [*kept, *repaired])

    def _path(self, key: str) -> str:
        return str(self._work / f"{self._site.name}-{key}.jsonl")


def read_items(path: Path) -> list[dict[str, Any]]:
    """The items of a JSON lines file; none if there is no file."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def grade(site: Site, design: int | Callable[[str], int], server: str, items: Sequence[Mapping[str, Any]]) -> Score:
    """``items`` against all that the site shows in a design, or each page in one of its own, by its path: what was not
    reached counts as missing."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for item in items:
        found.setdefault(str(item.get("url")), []).append(item)
    score = Score(items=len(items))
    for path in site.pages(design if isinstance(design, int) else 1):
        page = site.pages(design if isinstance(design, int) else design(path))[path]
        shown = absolute(page, server, site.link_fields)
        here = found.get(server + path, [])
        if shown.item is not None:
            _add(score, shown.item, here[0] if here else {})
        for gold in shown.items or ():
            _add(score, gold, _nearest(gold, here))
    return score


def _add(score: Score, gold: Mapping[str, Any], item: Mapping[str, Any]) -> None:
    for name, value in gold.items():
        if value in (None, "", []):
            continue
        score.total += 1
        score.right += item.get(name) == value
        score.wrong += name in item and item[name] != value
    score.wrong += sum(name not in gold and name != "url" for name in item)


def _nearest(gold: Mapping[str, Any], items: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """The item of the page that shares most values with the gold record."""
    shared = Counter({number: sum(item.get(n) == v for n, v in gold.items()) for number, item in enumerate(items)})
    best = shared.most_common(1)
    return items[best[0][0]] if best and best[0][1] else {}


def replaced_rules(state: Path, site: str) -> list[dict[str, str]]:
    """Per template and field the best rule of the live version and of the one before."""
    rows = []
    with Store.open(state, os.environ.get("EVERGREEN_DATABASE"), create=False) as store:
        for template in store.templates(site):
            live = store.versions.live(site, template)
            if live is None or live.parent is None:
                continue
            old, new = store.versions.get(live.parent).load().program, live.load().program
            for name in sorted({*old.fields, *new.fields}):
                before, after = _best_rule(old, name), _best_rule(new, name)
                if before != after:
                    rows.append({"template": template, "field": name, "before": before, "after": after})
    return rows


def _best_rule(program: Any, name: str) -> str:
    rules = program.fields[name].rules if name in program.fields else ()
    return str(rules[0]) if rules else "-"


def as_json(accounts: Sequence[Account], seconds: float) -> dict[str, Any]:
    """The account of all sites; the shares at the top are of the fields of all sites together."""
    stages = ("before", "during", "repaired", "after")
    return {
        "fields_right": {stage: _share(accounts, stage, "right") for stage in stages},
        "fields_wrong": {stage: _share(accounts, stage, "wrong") for stage in stages},
        "seconds": round(seconds, 1),
        "sites": {
            account.site: {
                "items": {stage: score.items for stage, score in account.scores.items()},
                "fields_right": {stage: round(score.share, 4) for stage, score in account.scores.items()},
                "fields_wrong": {stage: round(score.share_wrong, 4) for stage, score in account.scores.items()},
                "repaired_items": account.repaired,
                "seconds": account.seconds,
                "rules": account.rules,
                "problems": account.problems,
            }
            for account in accounts
        },
    }


def _share(accounts: Sequence[Account], stage: str, what: str) -> float:
    total = sum(account.scores[stage].total for account in accounts)
    return round(sum(getattr(account.scores[stage], what) for account in accounts) / total, 4) if total else 0.0


def show(account: Account) -> None:
    """The account for a person."""
    print(f"\n{account.site}")
    print(f"  {'':34}{'items':>7}{'fields right':>14}{'wrong':>8}{'not known':>11}")
    for stage, title in (
        ("taught", "hand-written selectors, design 1"),
        ("before", "learned code, design 1"),
        ("during", "learned code, redesigned site"),
        ("repaired", "... with what was repaired after"),
        ("after", "healed code, redesigned site"),
    ):
        score = account.scores[stage]
        missing = 1 - score.share - score.share_wrong
        print(f"  {title:34}{score.items:>7}{score.share:>14.1%}{score.share_wrong:>8.1%}{max(0, missing):>11.1%}")
    print("  seconds: " + ", ".join(f"{key} {seconds:.1f}" for key, seconds in account.seconds.items()))
    for problem in account.problems:
        print(f"  PROBLEM: {problem}")
    print(f"  {len(account.rules)} rules were replaced:")
    for row in account.rules:
        print(f"    {row['template']}.{row['field']}: {row['before']}\n      -> {row['after']}")


if __name__ == "__main__":
    sys.exit(main())
