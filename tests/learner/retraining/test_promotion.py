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


@pytest.mark.parametrize(
    ("shown", "given", "unread"),
    [
        (["Was 150 €", "Was 180 €", ""], {}, ["was"]),
        (["Was 150 €", "Was 180 €", ""], {"was": 150}, []),
        # One page may show it by chance; and what pages no longer show may have ended.
        (["Was 150 €", "", ""], {}, []),
        (["", "", ""], {}, []),
    ],
    ids=["on none", "on one", "shown once", "ended"],
)
def test_what_is_known_and_shown_and_given_nowhere_is_lost(
    shown: list[str], given: dict[str, int], unread: list[str]
) -> None:
    fields = {"title": SimpleNamespace(presence=1.0), "was": SimpleNamespace(presence=0.2)}
    old = [150, 180, 170]
    seen = [
        (Page(f"/{number}", f"<html><body><p>Tea</p><p>{text}</p></body></html>"), Known(f"/{number}", {"was": was}))
        for number, (text, was) in enumerate(zip(shown, old, strict=True))
    ]
    live, version = SimpleNamespace(fields=fields, read=lambda *_: Extraction()), SimpleNamespace(number=1)

    def read(_html: str, url: str) -> Extraction:
        item = {"title": "Tea", **(given if url == "/0" else {})}
        return Extraction(item, confidence=dict.fromkeys(item, 1.0))

    new = SimpleNamespace(fields=fields, read=read)
    evidence = Evidence(seen[2:], seen=seen)
    assert judge([(version, live)], new, [], evidence).figures["unread"] == unread  # type: ignore[arg-type, list-item]


def test_a_version_that_reads_fewer_records_does_not_go_live() -> None:
    fields = {name: SimpleNamespace(presence=1.0) for name in ("crn", "room", "days")}
    rooms = [{"crn": 72000 + 13 * number, "room": f"Ridge {number}41"} for number in range(4)]
    page = "<html><body>" + "".join(f"<p>{one['crn']}</p><p>{one['room']}</p>" for one in rooms) + "</body></html>"
    drifted = [(Page(f"/{number}", page), Known(f"/{number}", None, rooms)) for number in range(3)]

    def reading(records: list[dict[str, Any]]) -> Any:
        sure = dict.fromkeys((name for record in records for name in record), 1.0)
        return SimpleNamespace(fields=fields, read=lambda *_: Extraction({}, records, sure))

    live, version = reading(rooms), SimpleNamespace(number=1)
    for records, why in ((rooms, ""), (rooms[:1], "gives 3 of 12 records that the pages show")):
        new = reading([{**one, "days": "Mo"} for one in records])
        assert judge([(version, live)], new, [], Evidence(drifted)).why == why  # type: ignore[arg-type, list-item]
