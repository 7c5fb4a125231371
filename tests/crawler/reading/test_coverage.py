"""What a crawl counts of its fields, page by page."""

from __future__ import annotations

import pytest

from crawler.reading.coverage import Coverage

FIELDS = ("title", "price")
SURE = {"title": 0.9, "price": 0.8}


@pytest.mark.parametrize(
    ("pages", "repaired", "expected"),
    [
        ([], {}, {}),
        (
            [SURE, {"title": 0.8}],
            {},
            {"coverage/p/title": 1, "coverage/p/price": 0.5, "confidence/p/title": 0.85, "confidence/p/price": 0.8},
        ),
        ([{"title": 0.9}], {}, {"coverage/p/title": 1, "coverage/p/price": 0, "confidence/p/title": 0.9}),
        ([{}], {"": {"title": 1.0}}, {"coverage/p/title": 1, "coverage/p/price": 0, "confidence/p/title": 1}),
        (
            [{"title": 0.8}],
            {"title": SURE},
            {"coverage/p/title": 1, "coverage/p/price": 1, "confidence/p/title": 0.8, "confidence/p/price": 0.8},
        ),
    ],
    ids=["no page", "one without a price", "a field that never came", "repaired", "only what was missing is added"],
)
def test_fields_are_counted(
    pages: list[dict[str, float]], repaired: dict[str, dict[str, float]], expected: dict[str, float]
) -> None:
    coverage = Coverage()
    for confidence in pages:
        coverage.observe("p", FIELDS, confidence)
    for before, confidence in repaired.items():
        coverage.repaired("p", [before], confidence)
    assert coverage.statistics() == expected


def test_a_repaired_page_that_was_never_observed_changes_nothing() -> None:
    coverage = Coverage()
    coverage.repaired("p", [], SURE)
    assert coverage.statistics() == {}
