from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from learner import Known, Page
from learner.retraining.validation import Linked, Score, Some, compare, measure, names


@dataclass(frozen=True, slots=True)
class Answer:
    item: dict[str, Any] = field(default_factory=dict)
    items: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Says:
    """An extractor that has one answer."""

    answer: Answer
    fields: dict[str, Any] = field(default_factory=dict)

    def read(self, html: bytes | str, url: str) -> Answer:
        return self.answer


@pytest.mark.parametrize(
    ("item", "known", "score"),
    [
        ({"a": "x"}, {"a": "x"}, (1, 0, 0)),
        ({"a": " X "}, {"a": "y"}, (0, 1, 0)),
        ({}, {"a": "x"}, (0, 0, 1)),
        ({"a": "x"}, {}, (0, 0, 0)),
        ({"a": "x"}, {"a": ""}, (0, 0, 0)),
        ({"a": ["x", "y"]}, {"a": ["x", "y"]}, (1, 0, 0)),
        ({"a": ["x"]}, {"a": ["x", "y"]}, (0, 1, 0)),
        ({"a": 12.50}, {"a": 12.5}, (1, 0, 0)),
    ],
)
def test_values_are_compared(item: dict[str, Any], known: dict[str, Any], score: tuple[int, int, int]) -> None:
    scores = {"a": Score()}
    compare(Answer(item), Known("http://a.example/", known), scores)
    assert (scores["a"].right, scores["a"].wrong, scores["a"].missing) == score


@pytest.mark.parametrize(
    ("given", "known", "score"),
    [
        ("abcde", "abcde", (1, 0, 0)),
        ("abcde", "edcba", (1, 0, 0)),  # in another order
        ("abcde", "abcd", (1, 0, 0)),  # one more
        ("abcd", "abcde", (1, 0, 0)),
        ("abcdef", "abcd", (0, 1, 0)),  # with a box beside it
        ("abc", "abcde", (0, 1, 0)),
        ("vwxyz", "abcde", (0, 1, 0)),
        ("", "abcde", (0, 0, 1)),
    ],
)
def test_lists_of_links_are_mostly_the_same(given: str, known: str, score: tuple[int, int, int]) -> None:
    scores = {"a": Score()}
    item = {"a": list(given)} if given else {}
    compare(Answer(item), Linked({"a": list(known), "b": "x"}, frozenset(("a",)), {}), scores)
    assert (scores["a"].right, scores["a"].wrong, scores["a"].missing) == score
    assert scores["b"].missing == 1


@pytest.mark.parametrize(
    ("items", "known", "score"),
    [
        ([{"a": 1}, {"a": 2}], [{"a": 1}, {"a": 2}], (2, 0, 0)),
        ([{"a": 1}], [{"a": 1}, {"a": 2}], (1, 0, 1)),
        ([{"a": 1}, {"a": 3}], [{"a": 1}, {"a": 2}], (1, 1, 0)),
        ([{"a": 1}, {"a": 1}, {"a": 1}], [{"a": 1}], (1, 2, 0)),
        ([], [{"a": 1}, {"a": 2}], (0, 0, 2)),
        ([{"b": 1}], [{"a": 1}], (0, 0, 1)),
    ],
)
def test_records_are_compared_by_column(
    items: list[dict[str, Any]], known: list[dict[str, Any]], score: tuple[int, int, int]
) -> None:
    scores = {"a": Score()}
    compare(Answer(items=items), Known("http://a.example/", items=known), scores)
    assert (scores["a"].right, scores["a"].wrong, scores["a"].missing) == score


@pytest.mark.parametrize(
    ("items", "right", "wrong", "missing"),
    [
        ([{"a": 9, "b": 9}, {"a": 1, "b": 2}, {"a": 3, "b": 4}], 4, 0, 0),
        ([{"a": 1, "b": 9}, {"a": 3, "b": 4}], 3, 1, 0),
        ([{"a": 1}, {"a": 3, "b": 4}], 3, 0, 1),
        ([{"a": 8, "b": 9}], 0, 4, 0),
        ([], 0, 0, 4),
    ],
)
def test_some_records_of_a_page_are_compared_one_by_one(
    items: list[dict[str, Any]], right: int, wrong: int, missing: int
) -> None:
    scores: dict[str, Score] = {}
    compare(Answer(items=items), Some([{"a": 1, "b": 2}, {"a": 3, "b": 4}]), scores)
    told = [sum(getattr(score, what) for score in scores.values()) for what in ("right", "wrong", "missing")]
    assert told == [right, wrong, missing]


def test_measures() -> None:
    page = Page("http://a.example/", "")
    known = Known("http://a.example/", {"a": 1, "b": 2, "c": 3})
    measured = measure(Says(Answer({"a": 1, "b": 9})), [(page, known), (page, None)], {"a": 1.0, "b": 1.0, "c": 0.5})
    assert measured.vouched == pytest.approx(2 / 2.5)
    assert (measured.compared, measured.agreement, measured.accuracy) == (2, 0.5, pytest.approx(1 / 3))
    assert measured.to_dict()["fields"]["b"] == {"vouched": 1.0, "right": 0, "wrong": 1, "missing": 0}


def test_nothing_to_measure() -> None:
    measured = measure(Says(Answer()), [], {})
    assert (measured.vouched, measured.agreement, measured.accuracy, measured.compared) == (0.0, 1.0, 0.0, 0)


def test_names_are_those_of_the_page_and_its_records() -> None:
    assert names(Answer({"a": 1}, [{"b": 1}, {"c": 1}])) == {"a", "b", "c"}


@pytest.mark.parametrize(
    ("given", "kinds", "right"),
    [("ab", ["a", "b"], 1), ("abc", ["a", "b"], 1), ("bc", ["a", "b"], 0), ("bc", ["ab"], 1), ("c", [], 0)],
)
def test_links_are_right_if_some_of_each_kind_are_found(given: str, kinds: list[str], right: int) -> None:
    scores = {"a": Score()}
    facts = Linked({"a": ["a", "b"]}, frozenset(), {"a": list(map(set, kinds))} if kinds else {})
    compare(Answer({"a": list(given)}), facts, scores)
    assert (scores["a"].right, scores["a"].wrong) == (right, 1 - right)
