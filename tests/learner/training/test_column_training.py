"""Training of what tells columns, on a few made redesigns."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from fixtures.writing import write as write_sites
from learner.errors import EvergreenError
from learner.healing.judge import Likeness
from learner.training.column_training import calibrate, fitted, judged, redesigns, train
from learner.training.recorded import held_out

CITIES = ("Oslo", "Rome", "Bonn", "Graz", "Lyon", "Turin", "Leeds", "Porto")


def write(folder: Path, site: str, shift: int) -> None:
    """A site in two designs: rows, then cards."""
    for version in ("v1", "v2"):
        (folder / "made" / site / version).mkdir(parents=True)
        for page in range(2):
            records = [
                {"city": f"{CITIES[(n + page + shift) % 8]} {n}", "price": f"${10 + 7 * n + page + shift}.50"}
                for n in range(6)
            ]
            row = "<tr><td>{city}<td>{price}" if version == "v1" else "<li><h3>{city}</h3><b>{price}</b></li>"
            html = f"<html><body><h1>All</h1><section>{''.join(row.format(**one) for one in records)}</section>"
            html = html.replace("section", "table" if version == "v1" else "ul")
            gold = {"url": f"https://{site}/{version}/{page}", "items": records}
            (folder / "made" / site / version / f"{page}.json").write_text(json.dumps(gold))
            (folder / "made" / site / version / f"{page}.html.gz").write_bytes(gzip.compress(html.encode()))
    (folder / "made" / site / "site.json").write_text(json.dumps({"site": site, "versions": ["v1", "v2"]}))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("recorded")
    names = [name for n in range(40) if not held_out(name := f"trips{n}.test")]
    for shift, name in enumerate(names[:4]):
        write(made, name, shift)
    return made


def test_columns_are_told_after_training(folder: Path, tmp_path: Path) -> None:
    figures = train([folder], tmp_path, progress=lambda line: None)
    assert (tmp_path / "columns.safetensors").stat().st_size < 20_000
    assert figures["training_right"] > 0.9
    assert figures["held_out_told"] == 0


def test_training_is_repeatable(folder: Path) -> None:
    found = list(redesigns(folder))
    assert len(found) == 4
    one, other = (fitted(found, seed=3) for _ in range(2))
    assert judged(Likeness(one), found) == judged(Likeness(other), found)
    assert {name: value.tolist() for name, value in one.items()} == {n: v.tolist() for n, v in other.items()}


def test_a_folder_without_lists_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EvergreenError, match="No redesigned list pages"):
        train([tmp_path], tmp_path / "out")


def test_calibration() -> None:
    level, slope = calibrate([(0.9, 1.0)] * 3 + [(0.9, 0.0)] + [(0.1, 1.0)] + [(0.1, 0.0)] * 3)
    assert level == pytest.approx(0.0, abs=0.01)
    assert 0 < slope < 1


def test_slots_are_told_after_training(tmp_path: Path) -> None:
    things = tmp_path / "things"
    write_sites(things, pages=3, things=4)
    figures = train([things], tmp_path, kind="slots", all_sites=True, progress=lambda line: None)
    assert (tmp_path / "slots.safetensors").stat().st_size < 40_000
    assert figures["training_told"] > 0.5
    assert figures["training_right"] > 0.8


def test_a_folder_without_items_has_no_slots(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(EvergreenError, match="No redesigned pages of one item"):
        train([folder], tmp_path, kind="slots")
