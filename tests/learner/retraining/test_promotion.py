"""What is said of a new version: which fields nothing can be told of by the pages that drifted."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from learner import Extraction, Known, Page
from learner.retraining.promotion import Evidence, judge
from learner.retraining.validation import Linked

PAGES = [Page(f"/{number}", "<p>") for number in range(3)]
TITLES = [Known(page.url, {"title": "Tea"}) for page in PAGES]


@pytest.mark.parametrize(
    ("known", "lost", "absent"),
    [
        (TITLES, {}, ["lots", "size"]),
        ([*TITLES[:2], Known("/2", {"title": "Tea", "size": "s"})], {}, ["lots"]),
        (TITLES, {"lots": 0.4}, ["size"]),
        ([*TITLES[:2], None], {}, []),
        ([*TITLES[:2], Known("/2", None, [{"title": "Tea"}])], {}, []),
        ([*TITLES[:2], Linked({"next": "/3"}, frozenset(), {})], {}, []),
        ([], {}, []),
    ],
    ids=["none had it", "one had it", "missed before", "a new page", "a list", "links", "no page"],
)
def test_fields_that_no_page_had_tell_nothing(known: list[Any], lost: dict[str, float], absent: list[str]) -> None:
    shares = {"title": 1.0, "size": 0.5, "lots": 0.4}
    fields = {name: SimpleNamespace(presence=share) for name, share in shares.items()}
    live, version = SimpleNamespace(fields=fields, read=lambda *_: Extraction()), SimpleNamespace(number=1)
    new = SimpleNamespace(fields=fields, read=lambda *_: Extraction({"title": "Tea"}, confidence={"title": 1.0}))
    evidence = Evidence(list(zip(PAGES, known, strict=False)), lost=lost)
    assert judge([(version, live)], new, [], evidence).figures["absent"] == absent  # type: ignore[arg-type, list-item]
