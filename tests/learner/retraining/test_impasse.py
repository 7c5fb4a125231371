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
    pages: Any = [SimpleNamespace(url=one, html=one) for one in ("/3", "/2", "/1")]
    assert _telling(store, drift, [], pages, ["size", "lots"]) == url


@pytest.mark.parametrize(
    ("htmls", "good", "url"),
    [
        ({"/1": "Sorry", "/2": "Sorry", "/3": "Sorry"}, ["/9"], "/9"),  # that there is no such page is no page of it
        ({"/1": "Sorry", "/2": "Sorry", "/3": "Sorry"}, [], "/1"),
        ({"/1": "Sorry", "/2": "Sorry", "/3": "Kettle of Iron"}, ["/9"], "/3"),
        ({"/1": "Kettle of Iron", "/2": "Kettle of Iron"}, ["/9"], "/1"),  # two addresses of one thing
        ({}, ["/9"], "/5"),  # no page has drifted by itself
    ],
)
def test_an_error_page_is_not_shown(htmls: dict[str, str], good: list[str], url: str) -> None:
    facts = [Known("/5", {"size": "m"}), *(Known(one, {"title": "Kettle of Iron"}) for one in ("/1", "/2", "/3"))]
    fine = [SimpleNamespace(url=one, html="") for one in good]
    store: Any = SimpleNamespace(
        pages=SimpleNamespace(moves=lambda site: {}, good=lambda *args, **more: fine),
        examples=SimpleNamespace(known=lambda site, template: facts),
    )
    drift: Any = SimpleNamespace(site="teas", template="tea", since=None)
    pages: Any = [SimpleNamespace(url=one, html=html) for one, html in htmls.items()]
    assert _telling(store, drift, [], pages, ["size"]) == url


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
    extractor = SimpleNamespace(fields={"size": SimpleNamespace(kind="text", presence=1.0)}, examples=(), is_list=False)
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
