"""The page that a person is asked to label."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from learner import Known
from learner.retraining.impasse import _telling


@pytest.mark.parametrize(
    ("known", "moves", "url"),
    [
        ({}, {}, "/3"),
        ({"/1": {"size": "s"}}, {}, "/1"),
        ({"/1": {"size": "s"}, "/2": {"size": "m", "lots": 2}}, {}, "/2"),
        ({"/1": {"size": "s"}, "/2": {"size": "m"}}, {}, "/2"),
        ({"/old": {"lots": 2}, "/3": {"title": "Tea"}}, {"/old": "/1"}, "/1"),
    ],
    ids=["nothing is known", "one had it", "one had both", "the newest", "it has moved"],
)
def test_the_page_had_what_is_asked_for(known: dict[str, Any], moves: dict[str, str], url: str) -> None:
    facts = [Known(one, item) for one, item in known.items()]
    store: Any = SimpleNamespace(
        pages=SimpleNamespace(moves=lambda site: moves), examples=SimpleNamespace(known=lambda site, template: facts)
    )
    drift: Any = SimpleNamespace(site="teas", template="tea")
    pages: Any = [SimpleNamespace(url=one) for one in ("/3", "/2", "/1")]
    assert _telling(store, drift, pages, ["size", "lots"]) == url
