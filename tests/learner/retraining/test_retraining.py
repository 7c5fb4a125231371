from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from html import escape
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from store_tools import NOON, new_page, run_python

from fixtures import SITES
from learner import Example, Extraction, Extractor, Known, Page, Repair, learn
from learner.drift.drift import DriftDetector
from learner.pages.values import same
from learner.retraining.backlog import outcome_of
from learner.retraining.budget import HEALING, Budget
from learner.retraining.fields import Wanted, with_fields
from learner.retraining.figures import episodes
from learner.retraining.fitting import Several
from learner.retraining.impasse import impasses
from learner.retraining.retraining import IDLE_PAGES, _is_in_few_records, _Job, is_ripe, relearn, retrain
from learner.retraining.sampling import split
from learner.state.records import NewExample, NewExtraction, NewPage
from learner.state.reports import RetrainReport, TemplateReport
from learner.state.store import Store

HOST = "http://shop.example"
FIELDS = ("title", "price", "sku")


def shown(design: int, first: int = 0, count: int = 12) -> list[tuple[NewPage, dict[str, Any]]]:
    """Products of the fixture shop with the values on their pages."""
    products = [page for page in SITES["shop"].pages(design).values() if page.item is not None]
    products.sort(key=lambda page: page.path)
    return [
        (
            NewPage(
                site="shop",
                template="product",
                url=HOST + page.path,
                body=page.html.encode() if isinstance(page.html, str) else page.html,
                content_type="text/html; charset=utf-8",
                status=200,
                fetched_at=NOON + timedelta(days=design, minutes=n),
            ),
            {name: (page.item or {})[name] for name in FIELDS},
        )
        for n, page in enumerate(products[first : first + count])
    ]


def teach(store: Store, pages: Sequence[tuple[NewPage, dict[str, Any]]]) -> None:
    numbers = store.pages.add([page for page, _ in pages])
    store.examples.add([NewExample(number, item) for number, (_, item) in zip(numbers, pages, strict=True)])


def crawl(store: Store, pages: Sequence[tuple[NewPage, dict[str, Any]]]) -> list[int]:
    """Extract with the live version, as a crawl does; the pages' ids."""
    live = store.versions.live("shop", "product")
    assert live is not None
    extractor = live.load()
    numbers = store.pages.add([page for page, _ in pages])
    extractions = []
    for number, (page, _) in zip(numbers, pages, strict=True):
        read = extractor.read(page.body, page.url)
        extractions.append(NewExtraction(number, live.id, read.item, read.items, read.confidence, outcome_of(read)))
    store.extractions.add(extractions)
    return numbers


def raise_drift(store: Store, **detail: Any) -> None:
    store.drifts.record("shop", "product", {"whole": True, "fields": list(FIELDS), **detail})


@pytest.fixture(scope="module")
def learned_state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state in which the shop's products have been learned on design 1."""
    state = tmp_path_factory.mktemp("learned") / "state"
    with Store.open(state) as store:
        teach(store, shown(1))
        assert retrain(store, "shop").exit_code == 0
    return state


@pytest.fixture(scope="module")
def drifted_state(learned_state: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same after a crawl of design 2: twelve pages failed and drift is pending."""
    state = tmp_path_factory.mktemp("drifted") / "state"
    shutil.copytree(learned_state, state)
    with Store.open(state) as store:
        crawl(store, shown(2))
        assert len(store.pages.failed_ids("shop", "product")) == 12
        raise_drift(store)
    return state


def opened(state: Path, folder: Path) -> Store:
    shutil.copytree(state, folder / "state")
    return Store.open(folder / "state")


@pytest.fixture
def learned(learned_state: Path, tmp_path: Path) -> Iterator[Store]:
    with opened(learned_state, tmp_path) as store:
        yield store


@pytest.fixture
def drifted(drifted_state: Path, tmp_path: Path) -> Iterator[Store]:
    with opened(drifted_state, tmp_path) as store:
        yield store


# Nothing to do


def test_a_site_of_which_nothing_is_known(tmp_path: Path) -> None:
    with Store.open(tmp_path / "state") as store:
        report = retrain(store, "shop")
    assert (report.exit_code, report.summary, report.templates) == (0, "shop: nothing to do", ())


def test_a_version_that_is_damaged_is_learned_anew(learned: Store) -> None:
    (before,) = learned.versions.all_live("shop", "product")
    (before.folder / "program.json").write_text("{", encoding="utf-8")
    report = retrain(learned, "shop")
    assert (report.exit_code, [one.action for one in report.templates]) == (0, ["learned"])
    (live,) = learned.versions.all_live("shop", "product")
    assert (live.number, live.load().fields.keys()) == (2, set(FIELDS))
    assert retrain(learned, "shop").templates == ()


def test_nothing_to_do_costs_nothing(learned: Store) -> None:
    start = time.process_time()
    report = retrain(learned, "shop")
    assert time.process_time() - start < 0.1
    assert report.templates == ()


def test_nothing_to_do_imports_no_torch(learned_state: Path, tmp_path: Path) -> None:
    shutil.copytree(learned_state, tmp_path / "state")
    script = """
import sys
from learner.state.store import Store
from learner.retraining.retraining import retrain
with Store.open(sys.argv[1]) as store:
    print(retrain(store, "shop").summary)
print([name for name in ("torch", "scrapy") if name in sys.modules])
"""
    assert run_python(script, tmp_path / "state").splitlines() == ["shop: nothing to do", "[]"]


def test_a_second_one_at_once_does_nothing(drifted: Store) -> None:
    with drifted.leases.hold("shop", 60):
        report = retrain(drifted, "shop")
    assert (report.busy, report.exit_code) == (True, 0)
    assert drifted.drifts.pending("shop")


def test_a_second_one_may_wait_for_the_first(drifted: Store) -> None:
    said: list[str] = []
    with drifted.leases.hold("shop", 60):
        assert retrain(drifted, "shop", wait=0.1, progress=said.append).busy
    assert said == ["shop: another retrain is at work; waiting for its end, 0.1 seconds at most"]
    with drifted.leases.hold("shop", 0.2):
        report = retrain(drifted, "shop", wait=60, progress=said.append)
    assert [one.action for one in report.templates] == ["healed"]
    assert report.seconds < 60


# Learning


def test_a_first_version_is_learned_and_measured(learned: Store) -> None:
    live = learned.versions.live("shop", "product")
    assert live is not None
    assert live.number == 1
    assert live.metrics["examples"] + live.metrics["held_out"] == 12
    assert live.metrics["accuracy"] >= 0.9
    assert [event.kind for event in learned.events.newest("shop")] == ["learned", "promoted"]
    page, item = shown(1, 20, 1)[0]
    read = live.load().read(page.body, page.url)
    assert all(same(read.item[name], item[name]) for name in FIELDS)


@pytest.mark.parametrize("count", [1, 3])
def test_few_examples_are_all_learned_from(count: int, tmp_path: Path) -> None:
    with Store.open(tmp_path / "state") as store:
        teach(store, shown(1, 0, count))
        lines: list[str] = []
        report = retrain(store, "shop", progress=lines.append)
        live = store.versions.live("shop", "product")
    assert report.exit_code == 0
    assert live is not None
    assert (live.metrics["examples"], live.metrics["held_out"]) == (count, 0)
    assert lines == [f"shop/product: learning from {count} examples", "shop/product: learned, version 1"]


def test_what_can_not_be_learned_is_tried_again_only_with_new_examples(tmp_path: Path) -> None:
    with Store.open(tmp_path / "state") as store:
        (number,) = store.pages.add([new_page(body=b"<p>some text</p>")])
        store.examples.add([NewExample(number, {"title": "nowhere on the page"})])
        first, again = retrain(store, "shop"), retrain(store, "shop")
        assert (first.exit_code, again.exit_code) == (1, 1)
        assert first.templates[0].action == again.templates[0].action == "not_learned"
        assert "no new example" in again.templates[0].reason
        assert len(store.events.newest("shop", kind="not_learned")) == 1
        teach(store, shown(1))
        assert retrain(store, "shop").templates[0].action == "learned"


def test_examples_that_contradict_each_other_are_quarantined(tmp_path: Path) -> None:
    pages = shown(1, 0, 24)
    with Store.open(tmp_path / "state") as store:
        teach(
            store, [(page, {"title": item["sku"] if n % 2 else item["price"]}) for n, (page, item) in enumerate(pages)]
        )
        report = retrain(store, "shop")
        versions = store.versions.all("shop", "product")
    assert report.exit_code == 1
    assert [version.state for version in versions] in ([], ["quarantined"])


def example(n: int, fields: str = "ab", source: str = "spider") -> Example:
    return Example(f"http://a.example/{n}", "", dict.fromkeys(fields, n), source=source)


def two_sorts(number: int, headed: bool) -> tuple[NewPage, list[dict[str, Any]]]:
    """A page of records of one sort, on most pages below one of another sort."""
    rows = [{"ref": f"{number}{n}/{n}-{number}", "fee": n + number / 4} for n in range(1, 4)]
    made = "".join(f"<tr><td class=r>{row['ref']}</td><td class=f>{row['fee']}</td></tr>" for row in rows)
    head = f"<h1>Number {number} Ltd</h1><p>in <b>Town {number}</b></p>" if headed else ""
    body = f"<html><body>{head}<table>{made}</table></body></html>".encode()
    first = [{"name": f"Number {number} Ltd", "town": f"Town {number}"}] if headed else []
    return new_page(number, body=body), [*first, *rows]


@pytest.mark.parametrize(
    ("wanted", "read"),
    [({"name", "town", "ref", "fee"}, {"ref", "fee"}), ({"name", "town"}, {"name", "town"}), (set(), None)],
)
def test_what_is_never_read_on_the_pages_it_was_learned_from_is_left_to_the_spider(
    wanted: set[str], read: set[str] | None, tmp_path: Path
) -> None:
    with Store.open(tmp_path) as store:
        pages = [two_sorts(number, number % 3 != 0) for number in range(10, 28)]
        numbers = store.pages.add([page for page, _ in pages])
        store.examples.add([NewExample(n, items=items) for n, (_, items) in zip(numbers, pages, strict=True)])
        report = retrain(store, "shop", wanted={"product": Wanted(6, frozenset(wanted))})
        live = store.versions.live("shop", "product")
        assert (live is not None, report.exit_code) == (read is not None, 0)
        assert live is None or live.load().fields.keys() == read
        warnings = [] if live is None else live.load().warnings
    unread = [warning for warning in warnings if "the pages that it was learned from" in warning]
    assert len(unread) == len(wanted - (read or wanted))


@pytest.mark.parametrize(
    ("count", "training", "held_out"),
    [(0, 0, 0), (1, 1, 0), (5, 5, 0), (6, 4, 2), (12, 9, 3), (40, 20, 10), (100, 20, 10)],
)
def test_examples_are_split(count: int, training: int, held_out: int) -> None:
    learn_from, check_on = split([example(n) for n in range(count)])
    assert (len(learn_from), len(check_on)) == (training, held_out)
    assert not {e.url for e in learn_from} & {e.url for e in check_on}


def test_a_persons_examples_are_learned_from_and_rare_fields_are_among_them() -> None:
    examples = [example(0, source="person"), *(example(n, "abc" if n == 50 else "ab") for n in range(1, 60))]
    learn_from, check_on = split(examples)
    assert learn_from[0].source == "person"
    assert len(learn_from) == 20
    assert any("c" in e.values for e in [*learn_from, *check_on])


# Healing


def test_drift_is_healed_and_what_failed_is_extracted_again_once(drifted: Store) -> None:
    failed = {page.url for page in drifted.pages.failed("shop", "product")}
    report = retrain(drifted, "shop")
    assert report.exit_code == 0
    assert (report.templates[0].action, report.templates[0].version) == ("healed", 2)
    assert {item.url for item in report.repaired} == failed
    assert drifted.pages.failed("shop", "product") == []
    truth = {page.url: item for page, item in shown(2)}
    for item in report.repaired:
        assert item.version == 2
        assert all(same(value, truth[item.url][name]) for name, value in item.item.items()), item
    assert sum(len(item.item) for item in report.repaired) >= 0.9 * len(FIELDS) * len(failed)
    taken = drifted.repairs.take("shop")
    assert [item.id for item in taken] == [item.id for item in report.repaired]
    drifted.repairs.acknowledge(taken)
    live = drifted.versions.live("shop", "product")
    assert live is not None
    assert live.parent is not None
    assert live.metrics["validation"]["after"]["vouched"] > live.metrics["validation"]["before"]["vouched"]
    again = retrain(drifted, "shop")
    assert (again.templates, again.repaired, again.exit_code) == ((), (), 0)
    assert drifted.repairs.take("shop") == []
    kinds = {event.kind for event in drifted.events.newest("shop")}
    assert kinds >= {"learned", "drift", "promoted", "healed"}


def test_the_report_is_json(drifted: Store) -> None:
    report = retrain(drifted, "shop")
    told = json.loads(json.dumps(report.to_dict()))
    assert told["exit_code"] == 0
    assert told["repaired"] == 12
    assert told["templates"][0]["action"] == "healed"
    assert "healed, version 2, 12 of 12 failed pages repaired" in report.summary


def test_no_time_leaves_everything_for_the_next_run(drifted: Store) -> None:
    report = retrain(drifted, "shop", seconds=0)
    assert [part.action for part in report.templates] == ["out_of_time"]
    assert report.exit_code == 3
    assert retrain(drifted, "shop", seconds=60).exit_code == 0


def test_a_run_killed_after_the_promotion_is_finished_by_the_next(drifted: Store) -> None:
    extractor = learn([Example(page.url, page.body, item) for page, item in shown(2, 30, 6)])
    drifted.versions.promote(drifted.versions.add("shop", "product", extractor).id)
    assert drifted.drifts.pending("shop") == []
    late = retrain(drifted, "shop", seconds=0)
    assert [part.action for part in late.templates] == ["out_of_time"]
    report = retrain(drifted, "shop")
    assert [(part.action, part.repaired) for part in report.templates] == [("caught_up", 12)]
    assert len(drifted.repairs.take("shop")) == 12


def heal_gives(monkeypatch: pytest.MonkeyPatch, repair: Callable[[Extractor], Repair]) -> list[int]:
    """Put a decision of ours in the place of healing's; the calls are counted in the list."""
    calls: list[int] = []

    def heal(extractor: Extractor, pages: Sequence[Page], **arguments: Sequence[Known]) -> Repair:
        calls.append(len(pages))
        return repair(extractor)

    monkeypatch.setattr("learner.healing.healing.heal", heal)
    return calls


def taught(design: int, *fields: str, swap: bool = False) -> Extractor:
    examples = []
    for page, item in shown(design, 30, 6):
        values = {"title": item["sku"], "price": item["price"], "sku": item["title"]} if swap else item
        examples.append(Example(page.url, page.body, {name: values[name] for name in fields or FIELDS}))
    return learn(examples)


@pytest.mark.parametrize(
    ("repair", "action", "words"),
    [
        (lambda old: Repair(old, False, {"reason": "nothing found"}), "not_healed", "nothing found"),
        (lambda old: Repair(taught(2), False, {"reason": "too few labels"}), "quarantined", "too few labels"),
        (lambda old: Repair(taught(1), True), "quarantined", "vouches for"),
        (lambda old: Repair(taught(1), True, {"refuted": ["sku"]}), "quarantined", "contradict what was found of sku"),
        (lambda old: Repair(taught(2, swap=True), True), "quarantined", "agrees with"),
    ],
)
def test_what_is_not_better_does_not_go_live(
    repair: Callable[[Extractor], Repair], action: str, words: str, drifted: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = heal_gives(monkeypatch, repair)
    report = retrain(drifted, "shop")
    assert (report.exit_code, report.templates[0].action) == (3, action)
    assert words in report.templates[0].reason
    live = drifted.versions.live("shop", "product")
    assert live is not None
    assert live.number == 1
    assert len(drifted.pages.failed("shop", "product")) == 12
    states = [version.state for version in drifted.versions.all("shop", "product")]
    assert states == (["live", "quarantined"] if action == "quarantined" else ["live"])
    again = retrain(drifted, "shop")
    assert (again.exit_code, len(calls)) == (3, 1), "not tried again before there is something new"
    assert "no new page" in again.templates[0].reason
    impasse = impasses(drifted, "shop")["product"]
    assert (impasse.fresh, impasse.url, impasse.fields) == (False, shown(2)[-1][0].url, tuple(sorted(FIELDS)))
    assert words in impasse.reason
    crawl(drifted, shown(2, 12, 1))
    assert impasses(drifted, "shop")["product"].fresh
    retrain(drifted, "shop")
    assert len(calls) == 2
    # After two failures the next is postponed, and not advised before it may begin, but for what a person shows.
    crawl(drifted, shown(2, 13, 1))
    assert not impasses(drifted, "shop", Budget())["product"].fresh
    teach(drifted, shown(2, 13, 1))
    assert impasses(drifted, "shop", Budget())["product"].fresh


# Two designs at once


def both_designs(store: Store) -> None:
    """The old design is served beside the new one: its pages come again, after those that failed."""
    crawl(store, [(replace(page, fetched_at=page.fetched_at + timedelta(days=9)), item) for page, item in shown(1)])


def live_numbers(store: Store) -> list[int]:
    return [version.number for version in store.versions.all_live("shop", "product")]


@pytest.mark.parametrize(
    ("healed", "still_served", "most", "live", "action"),
    [
        (lambda old: Repair(taught(2), True), False, 3, [2], "healed"),
        (lambda old: Repair(taught(2), True), True, 3, [2, 1], "healed"),
        (lambda old: Repair(taught(2), True), True, 1, [1], "taken_back"),  # spoils pages of the old design
        (lambda old: Repair(of_both(), True), True, 3, [2], "healed"),  # loses nothing: no other is needed
        (lambda old: Repair(taught(1), True), True, 3, [1], "taken_back"),
        (lambda old: Repair(taught(2, swap=True), True), True, 3, [1], "taken_back"),
        (lambda old: Repair(old, False, {"reason": "nothing found"}), True, 3, [1], "taken_back"),
    ],
)
def test_a_healed_version_is_put_beside_the_live_one_or_in_its_place(
    healed: Callable[[Extractor], Repair],
    still_served: bool,
    most: int,
    live: list[int],
    action: str,
    drifted: Store,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if still_served:
        both_designs(drifted)
    heal_gives(monkeypatch, healed)
    report = retrain(drifted, "shop", most_live=most).templates[0]
    assert (report.action, live_numbers(drifted), list(report.beside)) == (action, live, live[1:])
    assert ("beside 1" in str(report)) == (live == [2, 1])
    assert ("pages of the old design" in report.reason) == (most == 1)


@pytest.mark.parametrize(
    ("sources", "whole", "action"),
    [
        (dict.fromkeys(FIELDS, "network"), False, "quarantined"),
        (dict.fromkeys(FIELDS, "network") | {FIELDS[0]: "known, network"}, False, "healed"),
        (dict.fromkeys(FIELDS, "network"), True, "healed"),
    ],
    ids=["by the network alone", "by others, too", "the whole page"],
)
def test_the_network_alone_brings_no_single_field_back(
    sources: dict[str, str], whole: bool, action: str, drifted: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    raise_drift(drifted, whole=whole)
    # Nothing is known that could be compared.
    monkeypatch.setattr(type(drifted.examples), "known", lambda *arguments, **more: [])
    told = {name: {"source": source} for name, source in sources.items()}
    heal_gives(monkeypatch, lambda old: Repair(taught(2), True, {"fields": told}))
    report = retrain(drifted, "shop").templates[0]
    assert report.action == action
    assert ("the network alone says where" in report.reason) is (action == "quarantined")


def test_a_field_that_only_the_network_sees_and_that_is_never_what_is_known_is_not_vouched_for(
    drifted: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = {name: {"source": "network" if name == "title" else "known"} for name in FIELDS}
    wrong = [
        replace(known, item={**(known.item or {}), "title": "Another"})
        for known in drifted.examples.known("shop", "product")
    ]
    monkeypatch.setattr(type(drifted.examples), "known", lambda *arguments, **more: wrong)
    heal_gives(monkeypatch, lambda old: Repair(taught(2), True, {"fields": told}))
    report = retrain(drifted, "shop")
    assert (report.templates[0].action, report.exit_code) == ("healed", 3)
    page, item = shown(2)[0]
    live = drifted.versions.live("shop", "product")
    assert live is not None
    assert live.load().read(page.body, page.url).item == {n: item[n] for n in FIELDS if n != "title"}


def of_both() -> Extractor:
    examples = [Example(page.url, page.body, item) for design in (1, 2) for page, item in shown(design, 30, 6)]
    return learn(examples)


def test_each_failed_page_is_read_again_by_the_version_that_fits_it(
    drifted: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    both_designs(drifted)
    heal_gives(monkeypatch, lambda old: Repair(taught(2), True))
    report = retrain(drifted, "shop")
    assert (report.exit_code, len(report.repaired), report.drifting) == (0, 12, ())
    assert {item.version for item in report.repaired} == {2}
    by_url = {page.url: item for page, item in shown(2)}
    assert all(same(item.item[name], by_url[item.url][name]) for item in report.repaired for name in FIELDS)
    assert retrain(drifted, "shop").templates == (), "nothing is left to do"


@pytest.mark.parametrize(("fields", "repaired"), [(FIELDS[:1], False), (FIELDS[:-1], True), (FIELDS, True)])
def test_a_page_with_next_to_nothing_of_the_template_is_not_repaired(
    fields: Sequence[str], repaired: bool, drifted: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    heal_gives(monkeypatch, lambda old: Repair(taught(2), True))
    read = Extractor.read

    def some(self: Extractor, html: bytes | str, url: str) -> Extraction:
        said = read(self, html, url)
        return said.without({*FIELDS} - {*fields}) if "class=late" in str(html) else said

    monkeypatch.setattr(Extractor, "read", some)
    late = replace(shown(2)[0][0], url="http://shop.test/list?page=2", body=shown(2)[0][0].body + b"<p class=late>")
    crawl(drifted, [(late, {})])
    report = retrain(drifted, "shop")
    assert (late.url in {item.url for item in report.repaired}) is repaired


def test_when_there_is_no_room_the_version_goes_that_answers_fewest_pages(
    drifted: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    idle = drifted.versions.add("shop", "product", taught(1))
    drifted.versions.promote(idle.id, beside=[1])
    raise_drift(drifted)
    both_designs(drifted)
    answers = drifted.extractions.latest(drifted.pages.ids("shop", "product")).values()
    drifted.extractions.add([NewExtraction(one.page_id, 1, one.item, outcome=one.outcome) for one in answers])
    heal_gives(monkeypatch, lambda old: Repair(taught(2), True))
    report = retrain(drifted, "shop", most_live=2)
    assert live_numbers(drifted) == [3, 1], report.summary


@pytest.mark.parametrize(
    ("design", "fields", "lost", "origin", "most", "live", "action"),
    [
        (1, FIELDS, False, "heal", 3, [1, 2], "returned"),
        (1, FIELDS, False, "heal", 1, [1], "returned"),
        (1, FIELDS, True, "heal", 3, [2], "quarantined"),  # its folder is gone
        (1, FIELDS, False, "taught", 3, [1, 2], "returned"),  # a person taught the one that replaced it
        (1, FIELDS, False, "examples", 3, [2], "quarantined"),  # it was learned anew
        (1, ("title",), False, "heal", 3, [2], "quarantined"),  # it reads a part of the pages' fields
        (3, FIELDS, False, "heal", 3, [2], "quarantined"),  # another design than its own
    ],
)
def test_a_retired_version_comes_back_with_its_design(
    design: int,
    fields: tuple[str, ...],
    lost: bool,
    origin: str,
    most: int,
    live: list[int],
    action: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls = heal_gives(monkeypatch, lambda old: Repair(old.__class__(old.program, old.examples), True))
    with Store.open(tmp_path / "state") as store:
        first = store.versions.promote(store.versions.add("shop", "product", taught(1, *fields)).id)
        store.versions.promote(store.versions.add("shop", "product", taught(2), first.id, {origin: {}}).id)
        crawl(store, shown(design))
        raise_drift(store)
        if lost:
            shutil.rmtree(first.folder)
        report = retrain(store, "shop", most_live=most)
        assert (report.templates[0].action, live_numbers(store)) == (action, live)
        assert len(calls) == (action != "returned")
        assert report.templates[0].repaired == (12 if action == "returned" else 0)


@pytest.mark.parametrize(
    ("design", "swap", "action"),
    [(2, False, "returned"), (1, False, "returned"), (1, True, "quarantined")],
    ids=["of another design", "as it reads it", "otherwise"],
)
def test_a_version_that_a_person_corrected_does_not_come_back(
    design: int, swap: bool, action: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heal_gives(monkeypatch, lambda old: Repair(old.__class__(old.program, old.examples), True))
    with Store.open(tmp_path / "state") as store:
        store.versions.promote(store.versions.add("shop", "product", taught(1)).id)
        label(store, *shown(design, 40, 1)[0], swap=swap)
        store.versions.promote(store.versions.add("shop", "product", taught(2), 1, {"taught": True}).id)
        crawl(store, shown(1))
        raise_drift(store)
        assert retrain(store, "shop").templates[0].action == action


@pytest.mark.parametrize(("to", "returned"), [(None, False), (1, False), (2, True)])
def test_what_was_rolled_back_does_not_come_back_by_itself(
    to: int | None, returned: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heal_gives(monkeypatch, lambda old: Repair(old, False))
    with Store.open(tmp_path / "state") as store:
        for design, metrics in ((2, {}), (1, {"heal": {}}), (3, {"heal": {}})):
            store.versions.promote(store.versions.add("shop", "product", taught(design), None, metrics).id)
        for _ in range(1 if to else 2):
            store.versions.rollback("shop", "product", to)
        crawl(store, shown(1 if to != 2 else 2))
        raise_drift(store)
        assert (retrain(store, "shop").templates[0].action == "returned") is returned


def label(store: Store, page: NewPage, item: dict[str, Any], *, swap: bool = False) -> None:
    """A person shows a page, and with ``swap`` two of its values in each other's place."""
    values = {"title": item["sku"], "price": item["price"], "sku": item["title"]} if swap else item
    (number,) = store.pages.add([replace(page, crawl="")])
    store.examples.add([NewExample(number, values, source="person")])


@pytest.mark.parametrize(
    ("when", "kept"),
    [("after", True), ("before", True), ("long before", False), ("of the former design", True)],
)
def test_a_heal_does_not_overrule_a_person(
    when: str, kept: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The site shows one field elsewhere; the healed version finds it, and takes the brand for the title."""
    products = SITES["shop"].pages(2)

    def brand(page: NewPage) -> str:
        return str((products[page.url.removeprefix(HOST)].item or {})["brand"])

    mistaken = learn([Example(page.url, page.body, {**item, "title": brand(page)}) for page, item in shown(2, 30, 6)])
    pages = [(replace(page, crawl="of today"), item) for page, item in shown(2)]
    half = with_fields(taught(2), {**taught(2).program.fields, "sku": taught(1).program.fields["sku"]})
    heal_gives(monkeypatch, lambda old: Repair(mistaken, True))
    with Store.open(tmp_path / "state") as store:
        store.versions.promote(store.versions.add("shop", "product", half, None, {"taught": True}).id)
        if when != "after":
            label(store, *shown(1 if when == "of the former design" else 2)[0])
        crawl(store, pages[1:] if when == "long before" else pages)
        raise_drift(store, whole=False, fields=["sku"])
        if when == "after":
            label(store, *pages[0])
        report = retrain(store, "shop").templates[0]
        assert report.action == "healed", report
        live = store.versions.live("shop", "product")
        assert live is not None
        page, item = pages[3]
        found = live.load().read(page.body, page.url).item
        assert found == {**item, "title": item["title"] if kept else brand(page)}


@pytest.mark.parametrize(("design", "action"), [(1, "returned"), (3, "postponed")])
def test_a_version_comes_back_though_no_heal_may_begin(
    design: int, action: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = heal_gives(monkeypatch, lambda old: Repair(old, False))
    with Store.open(tmp_path / "state") as store:
        first = store.versions.promote(store.versions.add("shop", "product", taught(1)).id)
        store.versions.promote(store.versions.add("shop", "product", taught(2), first.id, {"heal": {}}).id)
        crawl(store, shown(design))
        raise_drift(store)
        store.events.add("shop", "list", HEALING)
        report = retrain(store, "shop", budget=Budget(1))
        assert (report.templates[0].action, calls) == (action, [])
        assert [event.template for event in store.events.newest("shop", kind=HEALING)] == ["list"]


@pytest.mark.parametrize(
    ("pages", "days", "live"),
    [(IDLE_PAGES, 15, [2]), (IDLE_PAGES - 1, 15, [2, 1]), (IDLE_PAGES, 13, [2, 1]), (IDLE_PAGES + 50, 30, [2])],
)
def test_a_version_that_fits_no_page_any_more_is_retired(
    pages: int, days: int, live: list[int], learned: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = learned.versions.promote(learned.versions.add("shop", "product", taught(2)).id, beside=[1])
    numbers = learned.pages.add([new_page(number) for number in range(pages)])
    learned.extractions.add([NewExtraction(number, version.id, {"title": "x"}) for number in numbers])
    monkeypatch.setattr("learner.retraining.retraining.IDLE", timedelta(days=14) - timedelta(days=days))
    report = retrain(learned, "shop")
    assert live_numbers(learned) == live
    assert [(part.action, part.version, part.beside) for part in report.templates] == (
        [("retired", 1, (2,))] if live == [2] else []
    )
    assert report.exit_code == 0
    assert [version.state for version in learned.versions.all("shop", "product")][1] == "live"


@pytest.mark.parametrize(("design", "most"), [(1, 3), (2, 3), (2, 1)])
def test_what_is_learned_anew_leaves_no_design_unread(learned: Store, design: int, most: int) -> None:
    teach(learned, shown(design, 20))
    report = relearn(learned, "shop", "product", most_live=most)
    assert (report.action, report.version, [2, *report.beside]) == ("learned", 2, live_numbers(learned))
    assert len(live_numbers(learned)) <= (most if design == 2 else 1)
    live = Several([(one.number, one.load()) for one in learned.versions.all_live("shop", "product")])
    for page, item in (*shown(design, 40, 3), *(shown(1, 40, 3) if most > 1 else ())):
        assert {name: live.read(page.body, page.url).item.get(name) for name in FIELDS} == item


def test_a_field_that_is_not_brought_back_stays_pending(drifted: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    heal_gives(monkeypatch, lambda old: Repair(taught(2, "title", "sku"), True))
    report = retrain(drifted, "shop")
    assert report.templates[0].action == "healed"
    assert report.templates[0].reason == "not repaired: price"
    assert [one.action for one in report.templates] == ["healed", "quarantined"], "it is tried once more"
    assert report.exit_code == 3
    assert report.drifting == ("product",)
    assert len(report.repaired) == 12
    (pending,) = drifted.drifts.pending("shop")
    assert pending.detail["fields"] == ["price"]
    assert impasses(drifted, "shop")["product"].gone == ("price",)
    crawl(drifted, shown(2, 12, 1))
    heal_gives(monkeypatch, lambda old: Repair(taught(2), True))
    then = retrain(drifted, "shop")
    assert (then.exit_code, then.templates[0].action, len(then.repaired)) == (0, "healed", 13)
    assert all("price" in item.item for item in then.repaired)


def test_a_page_that_fails_as_a_whole_is_healed_with_those_that_the_last_heal_left_without_a_field(
    drifted: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    heal_gives(monkeypatch, lambda old: Repair(taught(2, "title", "sku"), True))
    retrain(drifted, "shop")
    crawl(drifted, shown(2, 12, 1))
    raise_drift(drifted)
    calls = heal_gives(monkeypatch, lambda old: Repair(taught(2), True))
    assert retrain(drifted, "shop").templates[0].action == "healed"
    assert calls == [9], "of 13 pages, every third held out"


def test_drift_without_pages_is_reported(learned: Store) -> None:
    raise_drift(learned)
    report = retrain(learned, "shop")
    assert (report.exit_code, report.templates[0].action) == (3, "not_healed")
    assert "no page of the new design" in report.templates[0].reason


@pytest.mark.parametrize(
    ("first", "back", "wrong", "action", "code"),
    [
        (0, 12, [], "taken_back", 0),
        (0, 11, [], "not_healed", 3),
        (0, 0, [], "not_healed", 3),
        (0, 12, ["price"], "not_healed", 3),
        (12, 12, [], "taken_back", 0),
        (12, 11, [], "not_healed", 3),
    ],
    ids=["all pages are back", "all but one", "none", "values were wrong", "as many others are read", "fewer are"],
)
def test_drift_is_taken_back_when_its_pages_are_as_they_were(
    drifted: Store, monkeypatch: pytest.MonkeyPatch, first: int, back: int, wrong: list[str], action: str, code: int
) -> None:
    heal_gives(monkeypatch, lambda old: Repair(old, False, {"reason": "nothing found"}))
    raise_drift(drifted, wrong=wrong)
    assert retrain(drifted, "shop").exit_code == 3
    crawl(
        drifted,
        [(replace(page, fetched_at=page.fetched_at + timedelta(days=7)), item) for page, item in shown(1, first, back)],
    )
    report = retrain(drifted, "shop")
    assert (report.templates[0].action, report.exit_code, len(report.drifting)) == (action, code, code // 3)
    (episode, *_) = episodes(drifted.events.newest("shop", "product"))
    assert (episode.ended_at is None, episode.ended_how) == (code == 3, "" if code else "taken back")


def test_the_trouble_of_one_template_is_not_the_others(drifted: Store) -> None:
    live = drifted.versions.live("shop", "product")
    assert live is not None
    shutil.rmtree(live.folder)
    for page, item in shown(1, 0, 2):
        (number,) = drifted.pages.add([NewPage("shop", "other", page.url, page.body, "text/html", 200, NOON)])
        drifted.examples.add([NewExample(number, item)])
    report = retrain(drifted, "shop")
    done = [(part.template, part.action) for part in report.templates]
    # What can't be healed from, for its version is gone, is learned anew.
    assert sorted(done) == [
        ("other", "learned"),
        ("product", "caught_up"),
        ("product", "error"),
        ("product", "learned"),
    ]
    assert report.exit_code == 1
    assert "can't be loaded" in report.templates[0].reason


def test_a_page_that_is_none_is_counted_by_its_name_and_not_repaired(drifted: Store) -> None:
    page = shown(2, 13, 1)[0][0]
    live = drifted.versions.live("shop", "product")
    assert live is not None
    (number,) = drifted.pages.add([NewPage("shop", "product", page.url, b"", "text/html", 200, page.fetched_at)])
    drifted.extractions.add([NewExtraction(number, live.id, {}, outcome="failed")])
    report = retrain(drifted, "shop")
    assert (report.templates[0].pages, report.templates[0].repaired) == (13, 12)
    assert drifted.counts("shop", "product")["empty"] == 1


@pytest.mark.parametrize(
    ("actions", "drifting", "code"),
    [
        ([], [], 0),
        (["learned", "healed", "caught_up"], [], 0),
        (["out_of_time"], [], 0),
        (["healed"], ["product"], 3),
        (["quarantined"], ["product"], 3),
        (["not_learned"], [], 1),
        (["error"], ["product"], 1),
    ],
)
def test_exit_codes(actions: list[str], drifting: list[str], code: int) -> None:
    report = RetrainReport("shop", tuple(TemplateReport("t", action) for action in actions), drifting=tuple(drifting))
    assert report.exit_code == code


@pytest.mark.parametrize(
    ("action", "detail", "said"),
    [
        ("healed", {"whole": True, "fields": ["b", "a"]}, "pages give too little of a, b"),
        ("caught_up", {"whole": False, "fields": ["a"]}, "pages are without a, which they should have"),
        ("", {"wrong": ["a"], "fields": ["a", "b"]}, "pages give values that are not to be believed of a"),
        ("healed", {}, "its pages have changed"),
        ("quarantined", {"fields": ["a"]}, None),
        ("not_healed", {"fields": ["a"]}, None),
    ],
)
def test_why_a_template_still_drifts_is_said(
    action: str, detail: dict[str, Any], said: str | None, learned: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Drift may be raised again while it is healed, by a crawl that goes on."""

    def run(job: Any) -> list[TemplateReport]:
        learned.drifts.record("shop", "product", detail)
        return [TemplateReport("product", action)] if action else []

    monkeypatch.setattr("learner.retraining.retraining._Job.run", run)
    report = retrain(learned, "shop")
    assert report.exit_code == 3
    assert report.unexplained == ([] if said is None else [f"shop/product: still drifts: {said}"])
    assert report.to_dict()["why"].keys() == {"product"}


@pytest.mark.parametrize(
    ("examples", "refused_at", "more", "ripe"),
    [(5, False, 0, False), (6, False, 0, True), (6, True, 5, False), (6, True, 6, True), (9, True, 6, False)],
)
def test_examples_are_ripe_once(examples: int, refused_at: bool, more: int, ripe: bool, tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        pages = store.pages.add([page for page, _ in shown(1)][:1])
        store.examples.add([NewExample(pages[0], {"title": "x"})] * examples)
        if refused_at:
            newest = store.examples.newest("shop", "product")
            store.events.add("shop", "product", "not_learned", {"examples": newest, "reason": "too few"})
            assert not is_ripe(store, "shop", "product", 6)
        store.examples.add([NewExample(pages[0], {"title": "x"})] * more)
        assert is_ripe(store, "shop", "product", 6) is ripe


# Values that are found and wrong


def spoiled(page: NewPage, item: dict[str, Any]) -> NewPage:
    """The page with the shop's name where its title stood; the title is a heading of another class."""
    text = page.body.decode().replace(escape(item["title"]), "Hearth and Hollow, all our goods")
    head, begun, rest = text.partition('<div class="product-info">')
    return replace(page, body=f'{head}{begun}<h2 class="goods">{item["title"]}</h2>{rest}'.encode())


def watched(store: Store, pages: Sequence[tuple[NewPage, dict[str, Any]]]) -> list[dict[str, Any]]:
    """Extract as a crawl does that watches for drift and withholds what it doubts; the items."""
    live = store.versions.live("shop", "product")
    assert live is not None
    extractor = live.load()
    detector = DriftDetector.watching(extractor)
    items = []
    for page, _ in pages:
        read = extractor.read(page.body, page.url).without(detector.doubted)
        drift = detector.observe(read, fetched_at=page.fetched_at)
        [number] = store.pages.add([page])
        store.extractions.add([NewExtraction(number, live.id, read.item, outcome=outcome_of(read))])
        if drift is not None:
            store.drifts.record("shop", "product", drift.to_dict(), since=drift.since)
        items.append(read.item)
    return items


def test_a_title_that_is_the_same_on_all_pages_is_noticed_withheld_and_healed(learned: Store) -> None:
    pages = shown(1, count=40)
    later = [
        (replace(spoiled(page, item), fetched_at=page.fetched_at + timedelta(days=1)), item) for page, item in pages
    ]
    items = watched(learned, [*pages, *later])
    assert sum("title" not in item for item in items[40:]) >= 20
    [drift] = learned.drifts.pending("shop")
    assert drift.detail["wrong"] == ["title"]
    report = retrain(learned, "shop")
    assert report.exit_code == 0, report.summary
    live = learned.versions.live("shop", "product")
    assert live is not None
    extractor = live.load()
    right = [same(extractor.read(page.body, page.url).item.get("title", ""), item["title"]) for page, item in later]
    assert sum(right) >= 38
    repaired = {item.url: item.item for item in report.repaired}
    assert all(repaired[page.url]["title"] == item["title"] for page, item in later if page.url in repaired)
    assert len(repaired) >= 38


KILL = """
import os, random, signal, sys, time
from learner.retraining.retraining import retrain
from learner.state.store import Store

state, rounds, generator = sys.argv[1], int(sys.argv[2]), random.Random(5)
with Store.open(state) as store:
    wanted = sorted(page.url for page in store.pages.failed("shop", "product"))
for _ in range(rounds):
    child = os.fork()
    if child == 0:
        with Store.open(state) as store:
            retrain(store, "shop")
        os._exit(0)
    time.sleep(0.4 * generator.random())
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    with Store.open(state) as store:
        live = store.versions.live("shop", "product")
        assert live.number >= 1 and live.load().fields
with Store.open(state) as store:
    report = retrain(store, "shop")
    assert report.exit_code == 0, report
    assert sorted(item.url for item in store.repairs.take("shop")) == wanted
    assert not store.pages.failed_ids("shop", "product")
    print(report.summary)
"""


def test_killed_at_any_moment_the_next_run_goes_on_and_delivers_each_item_once(
    drifted_state: Path, tmp_path: Path
) -> None:
    shutil.copytree(drifted_state, tmp_path / "state")
    assert "shop: " in run_python(KILL, tmp_path / "state", 12)


@pytest.mark.parametrize(("times", "more"), [(4, ()), (2, ("--both",))])
def test_killed_before_a_write_the_next_run_goes_on(times: int, more: tuple[str, ...]) -> None:
    """A few of the kills of ``python -m benchmarks kill``, which kills before every write."""
    script = "import sys; from benchmarks.kill import main; sys.exit(main(sys.argv[1:]))"
    said = run_python(script, "--times", times, "--pages", 4, *more, timeout=250)
    assert ("1 are live" in said) == bool(more)
    assert "0 left something wrong" in said


@pytest.mark.parametrize(
    ("right", "wrong", "missing", "few"),
    [(2, 1, 6, True), (0, 0, 3, True), (0, 0, 2, False), (4, 2, 6, False), (20, 0, 0, False)],
)
def test_a_field_that_most_known_records_lack(right: int, wrong: int, missing: int, few: bool) -> None:
    assert _is_in_few_records({"right": right, "wrong": wrong, "missing": missing}) is few


@pytest.mark.parametrize("kind", ["links", "missed"])
def test_links_that_only_another_live_version_has_stay_pending(kind: str) -> None:
    told: dict[str, Any] = {"presence": {"next": 1.0}, "absent": [], "links": {}, "missed": [], "unread": []}
    told["after"] = {"pages": 9, "fields": {"next": {"missing": 0, "right": 9, "wrong": 0, "vouched": 1.0}}}
    told[kind] = {"venue": {"right": 0, "wrong": 0, "missing": 9}} if kind == "links" else ["venue"]
    raised: list[Any] = []
    record = SimpleNamespace(record=lambda *drift: raised.append(drift))
    job = cast(_Job, SimpleNamespace(site="gigs", store=SimpleNamespace(drifts=record)))
    version: Any = SimpleNamespace(number=3, load=lambda: SimpleNamespace(is_list=False))
    assert _Job._raise_lost(job, "list-links", version, told) == ["venue"]
    assert raised == [
        ("gigs", "list-links", {"whole": False, "fields": ["venue"], "presence": {"venue": 1.0}, "lost_by": 3})
    ]
