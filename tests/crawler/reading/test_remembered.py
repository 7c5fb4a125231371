"""What is known of a page from its last visits."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from crawler.reading.remembered import Visits
from learner import Known
from learner.state.records import COMPLETE, VISITS

WITH, WITHOUT = {"name": "Inn", "rooms": 9}, {"name": "Inn"}


@pytest.mark.parametrize(
    ("known", "visits", "lacked"),
    [
        (Known("/1", WITHOUT), [WITHOUT, WITHOUT], True),
        (Known("/1", WITHOUT), [WITH, WITHOUT], False),
        (Known("/1", WITHOUT), [WITH, *[WITHOUT] * VISITS], True),
        (None, [WITHOUT], False),
        (Known("/1", None, [WITHOUT]), [WITHOUT], False),
    ],
    ids=["it never had it", "it had it before", "long ago", "it was never read", "a list"],
)
def test_pages_that_lacked_a_field_before(known: Known | None, visits: list[dict[str, Any]], lacked: bool) -> None:
    answers = [SimpleNamespace(url="/1", outcome=COMPLETE, item=item, items=()) for item in visits]
    store = SimpleNamespace(
        extractions=SimpleNamespace(answers=lambda site, template, limit: answers),
        examples=SimpleNamespace(told=lambda site, template, limit: {}),
    )
    site: Any = SimpleNamespace(
        store=store, site="inns", flush=lambda: None, known=lambda template: {"/1": known} if known else {}
    )
    assert Visits(site, (), 10).lacked("inn", "/1", "rooms") == lacked
