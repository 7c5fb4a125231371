"""How like the examples values look: marks, letters and digits, first and last words."""

from __future__ import annotations

import pytest

from learner.forms.likeness import likeness
from learner.pages.values import Value


@pytest.mark.parametrize(("better", "worse", "examples"), [
    ("Smith v. Jones and others", "Smith v. Jones and others (opens in a window)", ["Lee v. Hill", "In re Clark"]),
    ("2024 NYSlipOp 04297", "2024 NYSlipOp 04297 »", ["2023 NYSlipOp 00001"]),
    (["Ann Smith", "Ruth Jones", "Mary Lee"], ["By Ann Smith", "By Ruth Jones", "By Mary Lee"], ["Ann Hill"]),
    ("$5.00", "5.00", ["$7.10", "$8.20"]),
    (["People v Amado", "People v Bo"], ["v Amado", "v Bo"], ["The People v. Lee", "Sangaray v. West"]),
    (["May 1, 2021", "May 3, 2021", "May 9, 2021"], ["May 1, 2021—", "May 3, 2021—", "May 9, 2021—"],
     ["May 5, 2016", "June 6, 2016"]),  # a year that all have is no label
])  # fmt: skip
def test_what_is_made_like_the_examples_is_liked_better(better: Value, worse: Value, examples: list[str]) -> None:
    assert likeness(better, examples) > likeness(worse, examples)


@pytest.mark.parametrize(("value", "examples"), [("x", []), (4.5, ["a"]), ("a", [4.5]), ("oak", ["elm", "fir"])])
def test_without_a_difference_nothing_is_taken_away(value: Value, examples: list[str]) -> None:
    assert likeness(value, examples) == 0.0
