"""Rules are proposed at every place of a value and judged on all pages."""

from __future__ import annotations

import pytest

from learner.examples import Example, LabelledPage
from learner.induction import agreement, trials

FIRST = """<html><body><nav><a href="/">Home</a></nav><h1 class="name">Walnut stool</h1>
<p class="price">Price: <b>12.50</b> EUR</p><ul class="tags"><li>wood</li><li>seat</li></ul>
<table><tr><th>Maker</th><td>Ash &amp; Co</td></tr></table></body></html>"""
SECOND = FIRST.replace("Walnut stool", "Iron lamp").replace("12.50", "7.20").replace("Ash &amp; Co", "Forge")
ITEM = {"title": "Walnut stool", "price": "12.50", "tags": ["wood", "seat"], "maker": "Ash & Co"}


@pytest.fixture
def page() -> LabelledPage:
    return LabelledPage(Example("http://shop.example/1", FIRST, ITEM))


@pytest.mark.parametrize(
    ("field", "families"),
    [("title", {"class", "tag"}), ("price", {"ancestor", "path"}), ("maker", {"label", "tag"}), ("tags", {"ancestor"})],
)
def test_rules_of_several_families_give_the_value(page: LabelledPage, field: str, families: set[str]) -> None:
    many = isinstance(ITEM[field], list)
    found = trials([page], field, many)
    assert families <= {trial.rule.selector.family for trial in found}
    for trial in found:
        values = trial.rule.values(page.index)
        assert agreement(
            values if many else values[-1:] if trial.rule.last else values[:1], _listed(ITEM[field]), False
        )


def _listed(value: str | list[str]) -> list[str]:
    return value if isinstance(value, list) else [value]


def test_rules_are_judged_on_every_page(page: LabelledPage) -> None:
    other = LabelledPage(Example("http://shop.example/2", SECOND, {**ITEM, "title": "Iron lamp", "maker": "Forge"}))
    for trial in trials([page, other], "maker", False):
        assert trial.right + trial.wrong + trial.silent == 2
        if str(trial.rule.selector).startswith('label "maker"'):
            assert trial.right == 2


def test_a_field_that_is_unknown_on_a_page_counts_neither_way(page: LabelledPage) -> None:
    other = LabelledPage(Example("http://shop.example/2", SECOND, {"title": "Iron lamp"}))
    counted = trials([page, other], "maker", False)
    other.unknown = frozenset({"maker"})
    uncounted = trials([page, other], "maker", False)
    assert {trial.wrong for trial in uncounted} == {0.0}
    assert any(trial.wrong for trial in counted) or len(counted) < len(uncounted)


@pytest.mark.parametrize(
    ("values", "gold", "column", "score"),
    [
        (["a", "b"], ["a", "b"], False, 1.0),
        (["a"], ["a", "b"], False, 2 / 3),
        (["x"], ["a"], False, 0.0),
        (["may", "june"], ["may", "may", "may", "june"], True, 0.95),  # a heading over a group
        (["may", "june"], ["may", "may", "may", "june"], False, 4 / 6),
    ],
)
def test_agreement(values: list[str], gold: list[str], column: bool, score: float) -> None:
    assert agreement(values, gold, column) == pytest.approx(score)
