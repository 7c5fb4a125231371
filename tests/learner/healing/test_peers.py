"""Numbers that are near each other in every record are told by all of them together, or not at all."""

from __future__ import annotations

import pytest

from learner.healing.consensus import Label
from learner.healing.peers import Peers

RECORDS = [
    {"name": f"n{n}", "low": n * 10.0, "last": n * 10.0 + 1, "high": n * 10.0 + 2, "pe": n} for n in range(2, 20)
]
ORDERS = {("low", "last"): 18, ("last", "high"): 18, ("low", "high"): 18}
LOW, LAST, HIGH = [5.0, 50.0, 500.0], [5.1, 51.0, 510.0], [5.2, 52.0, 520.0]
TWINS = {"low", "last", "high"}


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ({"high": (LAST, "column")}, set()),
        ({"high": (LAST, "column"), "low": (LOW, "column")}, set()),
        ({"low": (LOW, "column"), "last": (LAST, "column"), "high": (HIGH, "network+column")}, TWINS),
        ({"low": (HIGH, "column"), "last": (LAST, "column"), "high": (LOW, "column")}, set()),
        ({"low": (LAST, "column"), "last": (LAST, "column"), "high": (HIGH, "column")}, set()),
        ({"low": (LOW, "column"), "last": (LAST, "column"), "high": (HIGH[:2], "column")}, set()),
        ({"last": (LAST, "known"), "high": (LAST, "network")}, {"last"}),
        ({"last": (LAST, "old"), "high": (HIGH, "old+column")}, {"high"}),
        ({"pe": (LAST, "column")}, {"pe"}),
    ],
)
def test_columns_that_are_near_each_other_are_told_by_all_of_them(
    said: dict[str, tuple[list[float], str]], left: set[str]
) -> None:
    given = {name: Label(list(values), 0.9, source) for name, (values, source) in said.items()}
    assert set(Peers(RECORDS, ORDERS).told(given)) == left


@pytest.mark.parametrize(
    ("sources", "size", "left"),
    [
        (("network", "column"), 6, ["column"]),
        (("network", "column"), 3, ["network", "column"]),
        (("network",), 6, ["network"]),
        (("old", "column"), 6, ["old", "column"]),
    ],
)
def test_what_sees_more_values_than_there_are_records_takes_several_columns_for_one(
    sources: tuple[str, ...], size: int, left: list[str]
) -> None:
    first, *others = sources
    said = {"last": [Label(LAST * (size // 3), 0.9, first), *(Label(LAST, 0.9, other) for other in others)]}
    assert [label.source for label in Peers(RECORDS, ORDERS).single(said, 3)["last"]] == left
