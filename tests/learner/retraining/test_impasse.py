"""The page that a person is asked to label."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from learner import Known
from learner.retraining import impasse
from learner.retraining.impasse import _telling, impasses


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


@pytest.mark.parametrize(
    ("detail", "tried", "asked"),
    [
        ({"lost_by": 2}, {"page": 7, "example": 3}, True),
        ({"lost_by": 2}, {"page": 9, "example": 3}, True),  # the pages that a version reads now are none of the drift
        ({"lost_by": 2}, {"page": 6, "example": 3}, False),  # a page has come
        ({"lost_by": 2}, {"page": 7, "example": 2}, False),  # an example
        ({"lost_by": 2}, None, False),
        ({}, {"page": 7, "example": 3}, False),  # no heal has been tried
    ],
)
def test_a_person_is_asked_for_what_the_last_heal_did_not_bring_back_of_the_same_pages(
    detail: dict[str, Any], tried: dict[str, int] | None, asked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = SimpleNamespace(url="/7")
    backlog = SimpleNamespace(
        wrong=frozenset(), missing={"size"}, drifted=lambda live: [page], evidence=lambda _: {"page": 7, "example": 3}
    )
    monkeypatch.setattr(impasse, "Backlog", lambda store, drift: backlog)
    healing = [] if tried is None else [SimpleNamespace(kind="healing", detail={"state": tried})]
    told = [SimpleNamespace(kind="healed"), SimpleNamespace(kind="promoted"), *healing]
    extractor = SimpleNamespace(fields={"size": SimpleNamespace(kind="text", presence=1.0)}, is_list=False)
    drift = SimpleNamespace(site="teas", template="tea", detail={"fields": ["size"], **detail}, since=None)
    store: Any = SimpleNamespace(
        drifts=SimpleNamespace(pending=lambda site: [drift]),
        events=SimpleNamespace(newest=lambda *_, kind="", limit: healing if kind else told),
        versions=SimpleNamespace(all_live=lambda *_: [SimpleNamespace(id=1, load=lambda: extractor)]),
        pages=SimpleNamespace(good=lambda *_, **__: []),
        extractions=SimpleNamespace(latest=lambda _: {}),
    )
    monkeypatch.setattr(impasse, "_given", lambda *_: set())
    page.id = 7
    found = impasses(store, "teas")
    assert [(one.fresh, one.url, one.fields) for one in found.values()] == ([(False, "/7", ("size",))] if asked else [])
