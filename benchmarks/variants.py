"""Two designs of a site served at once, crawl after crawl: what is right, what is raised, and how often it heals.

    python -m benchmarks variants [--site shop] [--size 32] [--crawls 6] [--share 0.5] [--design 2] [--json OUT]

The site is learned in its first design. Then each page is shown in one of two designs, drawn anew for each crawl, as in
an A/B test; ``scrapy crawl`` heals by itself, and ``scrapy retrain`` follows. Values are compared with what the page
showed in the design that was served. ``--share`` may be several numbers with commas, for a rollout.
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
from pathlib import Path
from typing import Any

from crawler.demo import grade, read_items
from fixtures import SITES, Site
from fixtures.hosts import SiteHost
from fixtures.server import running
from learner.state.store import Store


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks variants", description=__doc__)
    parser.add_argument("--site", default="shop", choices=sorted(SITES))
    parser.add_argument("--size", type=int, default=32)
    parser.add_argument("--crawls", type=int, default=6)
    parser.add_argument("--share", default="0.5", help="share of the pages in the second design, per crawl")
    parser.add_argument("--design", type=int, default=2)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args(arguments)
    site = Site(options.site, size=options.size)
    shares = [float(share) for share in options.share.split(",")]
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder, running(host := SiteHost({site.name: site})) as server:
        work = Path(folder)
        environment = {**os.environ, "EVERGREEN_FIXTURES": server.url, "EVERGREEN_STATE": str(work / "state")}

        def scrapy(*arguments: str) -> tuple[int, str]:
            command = [sys.executable, "-m", "scrapy", *arguments]
            done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
            return done.returncode, done.stdout + done.stderr

        scrapy("crawl", site.name, "-O", str(work / "taught.jsonl"))
        scrapy("retrain", site.name)
        print("crawl  share   right   wrong   code  raised  heals       s  live")
        for number in range(1, options.crawls + 1):
            share = shares[min(number, len(shares)) - 1]
            host.switch({"site": site.name, "design": options.design, "share": share, "draw": number})
            path = work / f"{number}.jsonl"
            began = time.monotonic()
            code, _ = scrapy("crawl", site.name, "-a", "mode=learned", "-O", str(path))
            seconds = time.monotonic() - began
            after, _ = scrapy("retrain", site.name)
            score = grade(site, host.design, server.url, read_items(path))
            rows.append(
                {
                    "share": share,
                    "right": score.share,
                    "wrong": score.share_wrong,
                    "code": code,
                    "retrain_code": after,
                    "seconds": round(seconds, 1),
                    **events(work / "state", site.name, rows),
                }
            )
            row = rows[-1]
            print(
                f"{number:>5} {share:>6.0%} {row['right']:>7.1%} {row['wrong']:>7.1%} {code:>6} {row['drift']:>7}"
                f" {row['healing']:>6} {seconds:>7.1f}  {row['live']}",
                flush=True,
            )
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1) + "\n")
    return 0


def events(state: Path, site: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """How often drift was raised and a heal begun since the row before, and what is live."""
    with Store.open(state) as store:
        counts = Counter(event.kind for event in store.events.newest(site, limit=100_000))
        live = {
            name: sorted(version.number for version in store.versions.all_live(site, name))
            for name in store.templates(site)
        }
    before = Counter[str]()
    for row in rows:
        before.update({kind: row[kind] for kind in ("drift", "healing")})
    return {kind: counts[kind] - before[kind] for kind in ("drift", "healing")} | {"live": live}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
