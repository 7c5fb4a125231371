"""Rounds of redesigns: how records are graded, how knowledge is spoiled, and that each template can be run."""

from __future__ import annotations

import random

import pytest

from benchmarks.feedback import TEMPLATES, Records, Score, rounds, spoiled
from fixtures import SITES

A, B, C = ({"title": f"Title {name}", "price": f"£{number}"} for number, name in enumerate("ABC"))
TITLE_A = {"title": A["title"]}


@pytest.mark.parametrize(
    ("gold", "given", "right", "wrong"),
    [
        ([A, B], [A, B], 4, 0),
        ([A, B], [B], 2, 0),
        ([A, B], [], 0, 0),
        ([A], [A, B], 2, 2),
        ([A, B, C], [B, C], 4, 0),
        ([A, B], [A, {**B, "price": "£9"}], 3, 1),
        ([A, B], [TITLE_A, B], 3, 0),
        ([TITLE_A], [A], 1, 1),
        ([A], [{"title": "no", "price": "none"}], 0, 2),
        ([{"tags": ["a", "b"]}], [{"tags": ["a", "b", "c", "d"]}], 2 / 3, 1 / 3),
    ],
    ids=[
        "all",
        "a record too few",
        "none",
        "a record too many",
        "the first is missing, the others are not moved",
        "a wrong value",
        "a missing value",
        "a value where there is none",
        "nothing in common",
        "a list of values counts by share",
    ],
)
def test_records_are_graded_one_by_one(gold: Records, given: Records, right: float, wrong: float) -> None:
    score = Score()
    score.add(gold, given)
    total = sum(map(len, gold))
    assert score.shares == pytest.approx((right / total, wrong / total))


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_spoiled_values_are_those_of_other_records(share: float) -> None:
    known = {f"/{page}": [{"title": f"{page} {row}"} for row in range(20)] for page in range(10)}
    out = spoiled(known, share, random.Random(1))
    pairs = [pair for url in known for pair in zip(known[url], out[url], strict=True)]
    assert sum(before != after for before, after in pairs) / len(pairs) == pytest.approx(share, abs=0.1)
    assert {record["title"] for own in out.values() for record in own} <= {record["title"] for record, _ in pairs}


@pytest.mark.parametrize(("site", "template"), [(site, name) for site, names in TEMPLATES.items() for name in names])
def test_every_template_is_run(site: str, template: str) -> None:
    before, after = rounds(site, template, 1, 0.0, 2)
    assert rounds(site, template, 1, 0.0, 2, fed=False) == [before, after]
    fields = set(SITES[site].fields[template.removesuffix("-links")])
    links = {"next"} if site == "records" else set()
    assert set(before.total) == (links if template.endswith("-links") else fields - links)
    assert before.shares[0] == 1.0
    assert after.shares[0] > 0.8
