"""What single witnesses say of a new design, held against what is known of its pages."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest
from core_tools import example

from learner import Example, Known, Repair, learn
from learner.retraining.case import (
    _are_moments,
    _by_the_network_alone,
    _is_refuted,
    _leads_astray,
    _misses,
    _told_alone,
    _worsened,
)
from learner.retraining.promotion import Verdict


@pytest.mark.parametrize(
    ("source", "labels", "alone"),
    [
        ("known", 2, True),
        ("known", 6, False),
        ("network", 2, True),
        ("network", 12, True),
        ("network+slot", 12, True),
        ("slot, network", 12, True),
        ("slot", 2, True),
        ("known+slot", 2, False),
        ("column", 12, False),
        ("known, network", 2, True),
        ("known, network", 12, False),
        ("known+network", 2, False),
        ("known, known+network", 2, False),
        ("old", 2, False),
        ("known, old", 2, False),
        ("", 0, False),
    ],
)
def test_fields_that_single_witnesses_tell(source: str, labels: int, alone: bool) -> None:
    extractor = learn([example("<h1>Tea</h1>", title="Tea")])
    report = {"labels": 12, "fields": {"price": {"source": source, "labels": labels}}}
    assert _told_alone(Repair(extractor, True, report)) == ({"price"} if alone else set())


@pytest.mark.parametrize(
    ("right", "wrong", "refuted"), [(0, 6, True), (0, 3, True), (0, 2, False), (1, 6, False), (0, 0, False)]
)
def test_what_is_known_refutes_a_field(right: int, wrong: int, refuted: bool) -> None:
    figures = {"after": {"fields": {"price": {"right": right, "wrong": wrong}}}}
    assert _is_refuted(Verdict((), "", True, figures), "price") is refuted
    assert not _is_refuted(Verdict((), "", True, figures), "title")


@pytest.mark.parametrize(
    ("known", "given", "are_moments"),
    [
        ("Nov {}, 2026 09:35", ["{}/11/2026 09:35"] * 4 + ["26/11/2026 10:00"], True),
        ("Nov {}, 2026", ["2026-11-{}"] * 3 + ["2026-11-28", None], True),
        ("Nov {}, 2026 09:35", ["{}/11/2026 10:35"] * 5, False),
        ("Nov {}, 2026", ["2026-11-{}"] * 3 + ["2026-11-28"] * 3, False),
        ("Nov {}, 2026", ["2026-11-{}"] * 2, False),
        ("Size {}", ["Size {}"] * 5, False),
        (7, [7] * 5, False),
    ],
)
def test_moments_that_are_known_in_another_form(known: Any, given: list[Any], are_moments: bool) -> None:
    """What is known refutes them not, though some have changed since."""

    def on(day: int, value: Any) -> Any:
        return value.format(day) if isinstance(value, str) else value

    reader = SimpleNamespace(read=lambda html, url: SimpleNamespace(item={"changed": given[int(url)] and html}))
    seen = [
        (Example(str(at), on(14 + at, value), {}), Known(str(at), {"changed": on(14 + at, known)}))
        for at, value in enumerate(given)
    ]
    assert _are_moments("changed", cast("Any", reader), [*seen, (Example("0", "", {}), None)]) is are_moments


@pytest.mark.parametrize(
    ("right", "wrong", "astray"),
    [(0, 4, True), (1, 2, True), (2, 2, False), (3, 2, False), (0, 1, False), (0, 0, False)],
)
def test_a_list_of_links_that_is_another_on_most_pages(right: int, wrong: int, astray: bool) -> None:
    figures = {"after": {"fields": {"products": {"right": right, "wrong": wrong}}}}
    assert _leads_astray(Verdict((), "", True, figures), "products") is astray
    assert not _leads_astray(Verdict((), "", True, figures), "next")


@pytest.mark.parametrize(
    ("source", "right", "wrong", "is_alone"),
    [("slot", 0, 0, True), ("slot", 2, 8, True), ("slot", 6, 2, False), ("slot, known+slot", 2, 8, False)],
)
def test_a_single_field_that_the_network_alone_brings_back(source: str, right: int, wrong: int, is_alone: bool) -> None:
    extractor = learn([example("<h1>Tea</h1>", title="Tea")])
    healing = Repair(extractor, True, {"fields": {"price": {"source": source}}})
    score = {"vouched": 1.0, "right": right, "wrong": wrong}
    figures = {"before": {"fields": {}}, "after": {"fields": {"price": score}}}
    assert bool(_by_the_network_alone(healing, Verdict((), "", True, figures))) is is_alone


@pytest.mark.parametrize(
    ("right", "wrong", "missing", "missed"),
    [(1, 0, 1, True), (0, 1, 0, True), (0, 0, 1, True), (2, 0, 1, False), (3, 1, 1, False), (0, 0, 0, False)],
)
def test_a_link_that_pages_still_have_and_the_new_version_does_not_find(
    right: int, wrong: int, missing: int, missed: bool
) -> None:
    figures = {"after": {"fields": {"next": {"right": right, "wrong": wrong, "missing": missing}}}}
    assert _misses(Verdict((), "", True, figures), "next") is missed
    assert not _misses(Verdict((), "", True, figures), "more")


@pytest.mark.parametrize(
    ("vouched", "right", "worse"), [(1.0, 8, False), (0.9, 8, True), (1.0, 7, True), (1.0, 9, False), (0.0, 0, True)]
)
def test_a_field_of_which_the_new_version_gives_less(vouched: float, right: int, worse: bool) -> None:
    scores = [{"title": {"vouched": v, "right": r, "wrong": 0}} for v, r in ((1.0, 8), (vouched, right))]
    figures = dict(zip(("before", "after"), ({"fields": one} for one in scores), strict=True))
    assert _worsened(Verdict((), "", True, figures)) == ({"title"} if worse else set())
