"""A row that only some pages have, under another label: its items wait for the repair, and what has ended is given."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from scrapy import Spider
from scrapy.http import Response
from watch_tools import Watched, learned

PAGES = 30
ROWS = {
    "Origin": ("Japan", "Malaysia", "China", "Germany"),
    "Mounting": ("Surface", "Through Hole", "Clamp"),
    "Flash": ("32KB", "64KB", "128KB"),
}


def row(name: str, number: int) -> str | None:
    if name == "Weight":
        return f"{number * number % 97 / 100 + 0.011:.3f} g" if number % 5 in (1, 2, 4) else None
    values = ROWS[name]
    return values[number * number % len(values)] if (number + len(name)) % 4 else None


def page(number: int, label: str = "Unit Weight") -> str:
    names = ["Weight", *ROWS]
    names = names[number % 4 :] + names[: number % 4]
    rows = {label if name == "Weight" else name: row(name, number) for name in names}
    table = "".join(f"<tr><th>{name}</th><td>{value}</td></tr>" for name, value in rows.items() if value and name)
    return (
        f"<html><body><h1>Part {number * 7919 % 9001}</h1><p class=state>Active since {1990 + number}</p>"
        f"<table class=specs>{table}</table><footer>Parts since 1990</footer></body></html>"
    )


class Parts(Spider):
    name = "parts"

    def parse(self, response: Response) -> Iterator[Any]:
        specs = {r.css("th::text").get(): r.css("td::text").get() for r in response.css("table.specs tr")}
        item = {"part": response.css("h1::text").get(), "state": response.css("p.state::text").get()}
        yield {**item, "weight": specs.get("Unit Weight"), "origin": specs.get("Origin")}


@pytest.fixture(scope="module")
def taught(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("parts")
    learned(Parts, folder, {f"/p/{number}": page(number) for number in range(PAGES)})
    return folder


def crawl(state: Path, make: Callable[[int], str]) -> tuple[dict[int, str | None], int, dict[str, Any]]:
    """The weights of all items of a crawl, how many of these waited for its end, and its statistics."""
    watched = Watched(Parts, state)
    items = [item for n in range(PAGES) for item in watched.visit(f"/p/{n}", make(n))]
    assert watched.extension.standby is not None
    watched.extension.standby.conclude()
    watched.site.conclude_absence()
    if watched.site.drifted:
        watched.retrain()
        watched.extension._retrained(0)
    watched.requests += watched.extension.standby.deliveries()
    late = watched.deliveries()
    weights = {item["part"]: item["weight"] for item in (*items, *late)}
    assert len(items) + len(late) == len(weights) == PAGES
    return {n: weights[f"Part {n * 7919 % 9001}"] for n in range(PAGES)}, len(late), watched.close()


def test_a_row_under_another_label_is_healed_before_its_items_are_given(taught: Path, tmp_path: Path) -> None:
    shutil.copytree(taught, tmp_path, dirs_exist_ok=True)
    weights = {n: row("Weight", n) for n in range(PAGES)}
    having = sum(value is not None for value in weights.values())
    found, late, counts = crawl(tmp_path, lambda n: page(n, "Weight"))
    assert (found, late, counts["drift_pending"]) == (weights, having, 0)
    # The next day learned code reads it, and knows it to be what the spider found before.
    found, _, counts = crawl(tmp_path, lambda n: page(n, "Weight"))
    assert (found, counts["drift_pending"], counts.get("drift_raised", 0)) == (weights, 0, 0)


def test_a_row_that_is_gone_is_told_and_not_invented(taught: Path, tmp_path: Path) -> None:
    shutil.copytree(taught, tmp_path, dirs_exist_ok=True)
    for _ in range(2):
        found, _, counts = crawl(tmp_path, lambda n: page(n, ""))
        assert set(found.values()) == {None}
        assert counts["drifting/parse.dict"] == "weight"


def test_nothing_waits_once_the_row_is_found_on_another_page(taught: Path, tmp_path: Path) -> None:
    shutil.copytree(taught, tmp_path, dirs_exist_ok=True)
    having = [n for n in range(PAGES) if row("Weight", n)]
    found, late, counts = crawl(tmp_path, lambda n: page(n, "" if n in having[:2] else "Unit Weight"))
    assert found == {n: None if n in having[:2] else row("Weight", n) for n in range(PAGES)}
    assert (late, counts["drift_pending"]) == (0, 0)
