"""Values that are one and the same in all items of a spider."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from crawler.callbacks.constants import Constants

KIND = {"kind": "tea"}


def constants(*pages: list[dict[Any, Any]], code: str = "a", asked: str = "north") -> Constants:
    """What is known after these pages, read again from where it is kept."""
    seen = Constants()
    for items in pages:
        seen.observe(items, code, asked)
    return Constants.from_dict(json.loads(json.dumps(seen.to_dict())))


@pytest.mark.parametrize(
    ("pages", "known"),
    [
        ([[KIND]] * 3, KIND),
        ([[KIND]] * 2, {}),
        ([[KIND, KIND, KIND]], {}),
        ([[KIND]] * 8 + [[{"kind": "pot"}]], {}),
        ([[KIND]] * 8 + [[{}]], {}),
        ([[{}]] + [[KIND]] * 8, {}),
        ([[KIND, {"kind": "pot"}]] * 3, {}),
        ([[{**KIND, "number": n}] for n in range(3)], KIND),
        ([[{"version": 1}]] * 2 + [[{"version": True}]], {}),
        ([[{"version": 1, 2: "x"}]] * 3, {"version": 1}),
        ([[{"sold": False, "day": date(2026, 5, 1), "tags": ["a"], "text": "x" * 201, "note": ""}]] * 3, {}),
    ],
)
def test_what_is_known(pages: list[list[dict[Any, Any]]], known: dict[str, Any]) -> None:
    assert constants(*pages).known(3, "a", "north") == known


@pytest.mark.parametrize(("code", "asked", "known"), [("a", "north", KIND), ("b", "north", {}), ("a", "south", {})])
def test_what_may_be_otherwise_by_now_is_not_known(code: str, asked: str, known: dict[str, Any]) -> None:
    assert constants(*[[KIND]] * 3).known(3, code, asked) == known


def test_what_changed_code_gives_is_known_anew_and_what_no_argument_changes_always() -> None:
    seen = constants(*[[KIND]] * 3)
    seen.observe([{"kind": "pot"}], "b", "north")
    assert seen.known(1, "b", "north") == {"kind": "pot"}
    for asked in ("south", "east"):
        assert seen.known(1, "b", "west") == {}
        seen.observe([{"kind": "pot"}], "b", asked)
    assert seen.known(1, "b", "west") == {"kind": "pot"}
