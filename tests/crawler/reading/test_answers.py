"""What a spider made of templates delivers of pages that were repaired, and of those that were not."""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest
from scrapy import Request
from scrapy.http import HtmlResponse, Response

from crawler.reading.answers import Answers
from crawler.reading.reading import Reading, exported
from crawler.responses import EVIDENCE
from crawler.spider import EvergreenSpider, Template
from learner.state.records import NewExample, NewPage, RepairedItem
from learner.state.reports import NOT_LEARNED
from learner.state.store import Store

NOW = datetime(2026, 3, 1, tzinfo=UTC)


class Court(EvergreenSpider):
    name = "court"
    start_urls: ClassVar = ["https://court.example/"]
    start_template = "list"
    templates: ClassVar = {
        "list": Template(fields=("case",), many=True, follow={"next": "list", "cases": "case"}),
        "case": Template(fields=("title",), follow={"parent": "case"}),
    }


CASE, LINKS = {"title": "Ann v. Bo"}, {"next": "/2"}


def reading(template: str, item: Mapping[str, Any], items: Sequence[Mapping[str, Any]] = ()) -> Reading:
    return Reading(template, "https://court.example/1", NOW, item, items, version=1)


def repaired(part: str, item: dict[str, Any], *items: dict[str, Any]) -> RepairedItem:
    return RepairedItem(1, "court", part, "https://court.example/1", item, [*items], {}, 2, NOW)


@pytest.mark.parametrize(
    ("given", "held", "items", "out", "left"),
    [
        # What was held is repaired, or given as it was.
        (None, reading("case", {}), [repaired("case", CASE)], [(CASE, [])], 0),
        (None, reading("case", CASE), [], [(CASE, [])], 0),
        # No item of a page comes twice; its links are followed.
        (reading("case", CASE), None, [repaired("case", {**CASE, "parent": "/3"})], [({"parent": "/3"}, [])], 1),
        (reading("list", {}, [CASE]), None, [repaired("list", {}, CASE, CASE)], [({}, [])], 1),
        (reading("list", {}, [CASE]), None, [repaired("list-links", LINKS)], [(LINKS, [])], 0),
        # One part of a page is repaired: the other is given as it was.
        (None, reading("list", {}, [CASE]), [repaired("list-links", LINKS)], [(LINKS, [CASE])], 0),
        (None, reading("list", LINKS), [repaired("list", {}, CASE)], [(LINKS, [CASE])], 0),
        (None, reading("list", {}), [repaired("list", {}, CASE), repaired("list-links", LINKS)], [(LINKS, [CASE])], 0),
    ],
)
def test_each_page_gives_its_items_once(
    given: Reading | None,
    held: Reading | None,
    items: list[RepairedItem],
    out: list[tuple[dict[str, Any], list[dict[str, Any]]]],
    left: int,
) -> None:
    answers = Answers(Court(), None, lambda name, count=1: None, lambda: True, 1000)
    if given is not None:
        answers._note(given)
    if held is not None:
        answers._held.append(held)
    answers.repaired(items)
    readings, delivered = answers.take()
    assert [(dict(one.item), [*one.items]) for one in readings] == out
    assert len(delivered) == len(items) - left
    assert len(answers.undelivered()) == left
    for part in ("list", "list-links", "case"):
        template = part.removesuffix("-links")
        gave = any(one.template == template for one in (given, *readings) if one and (one.items or "title" in one.item))
        assert answers.gave(part, "https://court.example/1") is gave
    assert answers.take() == ([], [])


@pytest.mark.parametrize(
    ("before", "item", "lost"),
    [
        (("title", "place"), {"title": "Ann v. Bo"}, ["place"]),
        (("title",), {"title": "Ann v. Bo", "place": "Rome"}, []),
    ],
)
def test_what_a_page_gave_before_its_repair_and_not_since_is_told(
    before: Sequence[str], item: dict[str, Any], lost: list[str]
) -> None:
    told: list[Any] = []
    live = SimpleNamespace(fields=frozenset(("title", "place")))
    site: Any = SimpleNamespace(
        get=lambda _: live,
        bring=lambda *_: None,
        tally=lambda *_: None,
        coverage=SimpleNamespace(repaired=lambda *_: None),
        withheld=SimpleNamespace(repaired=lambda *args: told.append(sorted(args[3]))),
    )
    answers = Answers(Court(), site, lambda name, count=1: None, lambda: True, 1000)
    answers._losses = None
    known = reading("case", dict.fromkeys(before, "x"))
    answers._held.append(replace(known, confidence=dict.fromkeys(before, 0.9)))
    answers.repaired([replace(repaired("case", item), confidence=dict.fromkeys(item, 0.9))])
    answers.take()
    assert told == [lost]


ROW = {"case": "Ann v. Bo"}


@pytest.mark.parametrize(
    ("held", "items", "exported_items"),
    [
        # What is repaired is whole, though little was found of the page before.
        (reading("list", {}, [ROW]), [repaired("list", {}, ROW, ROW)], 2),
        (reading("case", CASE), [repaired("case", CASE)], 1),
        # Its links alone do not make it so.
        (reading("list", {}, [ROW]), [repaired("list-links", LINKS)], 0),
        (reading("case", CASE), [], 0),
    ],
)
def test_a_scant_page_gives_items_once_it_is_repaired(
    held: Reading, items: list[RepairedItem], exported_items: int
) -> None:
    spider = Court()
    answers = Answers(spider, None, lambda name, count=1: None, lambda: True, 1000)
    answers._note(replace(held, scant=True))
    answers._held.append(replace(held, scant=True))
    answers.repaired(items)
    readings, delivered = answers.take()
    given = [exported(one, spider.pages[one.template], url_field="url", provenance=False) for one in readings]
    assert len(list(itertools.chain.from_iterable(given))) == exported_items
    assert delivered == items


@pytest.mark.parametrize(
    ("found", "known", "refused", "named"),
    [
        ({"list": False, "case": False}, "case", False, "scrapy retrain court, then scrapy crawl court"),
        ({"list": False, "case": False}, "case", True, "scrapy learn court --examples FILE.jsonl, then scrapy crawl"),
        ({"list": True}, "list", False, ""),
        ({"list": False}, "", False, ""),
        ({}, "list", False, ""),
    ],
)
def test_a_crawl_whose_selectors_find_nothing_names_what_learns(
    found: dict[str, bool], known: str, refused: bool, named: str, tmp_path: Path
) -> None:
    answers = Answers(Court(), None, lambda name, count=1: None, lambda: True, 1000)
    assert answers.in_the_dark() is None
    with Store.open(tmp_path) as store:
        for name in filter(None, [known]):
            page = NewPage("court", name, "https://court.example/1", b"<p>1", "text/html", 200, datetime.now(UTC))
            store.examples.add([NewExample(store.pages.add([page])[0], {"title": "1"})])
            tried = {"examples": store.examples.newest("court", name), "reason": "too poor"}
            store.events.add("court", name, NOT_LEARNED if refused else "other", tried)
        answers._site = SimpleNamespace(site="court", store=store)  # type: ignore[assignment]
        answers._found = found
        error = answers.in_the_dark()
    assert (error is not None) is bool(named)
    assert error is None or (error.exit_code == 1 and f"Next: {named}" in error.show())


KNOWN_PAGES = {"list": "https://court.example/9", "case": "https://court.example/case/9"}


@pytest.mark.parametrize(
    ("drifted", "lost"),
    [
        ({"case": {"fields": ["title"], "whole": False}}, []),
        ({"list": {"fields": ["case"], "whole": True}}, []),
        ({"list-links": {"fields": ["cases"]}}, ["case"]),
        ({"list-links": {"fields": ["next"]}}, ["list", "case"]),
        ({"list-links": {"fields": [], "wrong": ["cases"]}}, ["case"]),
        ({"case": {"fields": [], "whole": True}}, ["case"]),
        ({"list-links": {}}, ["list", "case"]),
    ],
    ids=str,
)
def test_known_pages_are_evidence_unless_links_to_them_are_lost(drifted: dict[str, Any], lost: list[str]) -> None:
    pending = [SimpleNamespace(template=name, detail=detail) for name, detail in drifted.items()]
    answers = Answers(Court(), None, lambda name, count=1: None, lambda: True, 1000)
    answers._site = SimpleNamespace(  # type: ignore[assignment]
        site="court",
        flush=lambda: None,
        store=SimpleNamespace(drifts=SimpleNamespace(pending=lambda site: pending)),
        known_urls=lambda target, hosts: {KNOWN_PAGES[target]: KNOWN_PAGES[target]},
    )
    asked = {request.cb_kwargs["template"]: EVIDENCE in request.meta for request in answers.revisits()}
    assert asked == {target: target not in lost for target in KNOWN_PAGES}
    assert answers.revisits() == []


class Taught(Court):
    def teach_case(self, response: Response) -> Mapping[str, Any]:
        return {"title": "Ann v. Bo", "parent": "/3"}


@pytest.mark.parametrize("evidence", [True, False])
def test_nothing_of_a_page_that_is_evidence_goes_out(evidence: bool) -> None:
    counts: Counter[str] = Counter()
    spider = Taught()
    answers = Answers(spider, None, lambda name, count=1: counts.update({name: count}), lambda: True, 1000)
    spider._evergreen = lambda: SimpleNamespace(  # type: ignore[method-assign,assignment,return-value]
        answers=answers, options=SimpleNamespace(provenance=False)
    )
    spider.crawler = SimpleNamespace(stats=None)  # type: ignore[assignment]
    request = Request(KNOWN_PAGES["case"], meta={EVIDENCE: True} if evidence else {})
    response = HtmlResponse(request.url, body=b"<p>Ann v. Bo</p>", request=request)

    async def given() -> list[Any]:
        return [value async for value in spider.parse(response, "case")]

    assert len(asyncio.run(given())) == (0 if evidence else 2)
    assert counts == Counter(["revisited", "taught"] if evidence else ["pages", "pages/case", "taught"])
