"""Pages that lack what the few shown ones all had are as ever, before and after a heal."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from store_tools import NOON

from learner.retraining.backlog import Backlog, outcome_of
from learner.retraining.gaps import Gaps
from learner.retraining.retraining import retrain
from learner.state.records import COMPLETE, PARTIAL, NewExample, NewExtraction, NewPage
from learner.state.store import Store

DUE = frozenset(("name", "place", "size", "colour", "age"))
LESS = {"name": "x", "place": "x", "size": "x", "colour": "x"}


def kept(items: list[dict[str, Any]], complete: int, told: dict[str, Any], visited: int = 100) -> Any:
    """A store of pages (of so many that were ``visited``) read in part, and so many in full, as far as it is asked."""
    items = [*items, *([dict.fromkeys(DUE, "x")] * complete)]
    pages = [SimpleNamespace(id=n, url=f"/{n % visited}") for n in range(len(items))]
    answers = {n: SimpleNamespace(item=item, items=[], version_id=1) for n, item in enumerate(items)}
    return SimpleNamespace(
        pages=SimpleNamespace(failed=lambda *_, **__: pages),
        extractions=SimpleNamespace(latest=lambda _: answers),
        examples=SimpleNamespace(told=lambda *_: told),
    )


def version(count: int) -> Any:
    examples = [SimpleNamespace(source="person", is_whole=lambda _: True)] * count
    extractor = SimpleNamespace(expected=DUE, is_list=False, fields=DUE, examples=examples)
    return SimpleNamespace(id=1, load=lambda: extractor)


@pytest.mark.parametrize(
    ("items", "complete", "examples", "told", "share"),
    [
        ([LESS] * 8, 12, 3, {}, 0.6),
        ([LESS] * 24, 12, 20, {}, None),  # twenty pages that all had it are no chance
        ([LESS] * 2, 8, 3, {}, None),
        ([LESS] * 8, 200, 3, {}, None),
        ([{"name": "x"}] * 8, 12, 3, {}, None),  # pages of another design lack most
        ([LESS] * 4, 12, 3, {f"/{n}": SimpleNamespace(item={"age": 3}) for n in range(2)}, None),
        ([], 12, 3, {}, None),
        ([], 0, 3, {}, None),
    ],
    ids=["some", "always there", "few", "hardly any", "another design", "the spider found it", "none", "no pages"],
)
def test_what_pages_lacked_before(
    items: list[dict[str, Any]], complete: int, examples: int, told: dict[str, Any], share: float | None
) -> None:
    gaps = Gaps.before(NOON, kept(items, complete, told), ("s", "t"), [version(examples)])
    assert gaps.shares == ({} if share is None else {"age": pytest.approx(share)})


@pytest.mark.parametrize(("visited", "shares"), [(20, {"age": 0.6}), (8, {})])
def test_what_a_page_had_the_time_before_it_has_lost(visited: int, shares: dict[str, float]) -> None:
    store = kept([LESS] * 8, 12, {}, visited)
    assert Gaps.before(NOON, store, ("s", "t"), [version(3)]).shares == pytest.approx(shares)


@pytest.mark.parametrize(
    ("lacking", "drifted", "explained"),
    [(["age"], (), True), (["age", "size"], (), False), (["age"], ["age"], False), ([], (), False)],
)
def test_pages_that_are_as_ever(lacking: list[str], drifted: Collection[str], explained: bool) -> None:
    gaps = Gaps({"age": 0.6}, {1: DUE}, frozenset(drifted))
    answer: Any = SimpleNamespace(item=dict.fromkeys(DUE.difference(lacking), "x"), items=[], version_id=1)
    assert gaps.explain(answer) is explained
    assert not gaps.explain(None)


NAMES = ("Aldo Marsh", "Berta Quill", "Cosmo Dray", "Dunja Holt", "Emil Frost", "Flora Beck", "Gus Thorn", "Hedda Voss")
NAMES += ("Ivo Lund", "Jule Hart", "Knut Sorg", "Lene Falk")
PLACES, KINDS = ("Bergen", "Leeds", "Porto", "Ghent"), ("violin", "cello", "oboe", "horn", "harp")


def item_of(number: int) -> dict[str, str]:
    item = {"name": NAMES[number], "place": PLACES[number % 4], "plays": KINDS[number % 5], "since": f"{1990 + number}"}
    return item if number % 5 > 2 else {**item, "teacher": f"{NAMES[number - 1].split()[1]} of {PLACES[number % 3]}"}


def page_of(number: int, day: int) -> NewPage:
    labels = {"place": "Town", "plays": "Instrument", "since": "Joined", "teacher": "Taught by"}
    rows = [(labels[name], value) for name, value in item_of(number).items() if name in labels]
    if day < 3:
        cells = "".join(f'<tr class="{label[:3]}"><th>{label}</th><td>{value}</td></tr>' for label, value in rows)
        body = f'<h1 class="player">{NAMES[number]}</h1><table class="facts">{cells}</table>'
    else:
        cells = "".join(
            f'<div class="q{label[-2:]}"><b>{label}:</b> <span>{value}</span></div>' for label, value in rows
        )
        body = f'<main><h2><span class="z9">{NAMES[number]}</span></h2><section>{cells}</section></main>'
    html = f"<html><body><nav>Home</nav>{body}<footer>The band</footer></body></html>"
    moment = NOON + timedelta(days=day, minutes=number)
    return NewPage("band", "player", f"http://band.example/{number}", html.encode(), "text/html", 200, moment)


def crawl(store: Store, day: int, numbers: Collection[int]) -> list[str]:
    live = store.versions.live("band", "player")
    assert live is not None
    extractor, outcomes = live.load(), []
    for number in numbers:
        page = page_of(number, day)
        [one] = store.pages.add([page])
        read = extractor.read(page.body, page.url)
        outcomes.append(outcome_of(read))
        store.extractions.add([NewExtraction(one, live.id, read.item, [], read.confidence, outcomes[-1])])
    return outcomes


def test_a_heal_knows_that_pages_may_lack_what_the_three_shown_ones_had(tmp_path: Path) -> None:
    with Store.open(tmp_path / "state") as store:
        for number in (0, 1, 2):
            [one] = store.pages.add([page_of(number, 0)])
            store.examples.add([NewExample(one, item_of(number), source="person")])
        assert retrain(store, "band").exit_code == 0
        for day in (1, 2):
            assert crawl(store, day, range(12)).count(PARTIAL) == 4
        crawl(store, 3, range(8))  # the others have not been visited yet
        store.drifts.record("band", "player", {"whole": True, "fields": ["name"]}, since=page_of(0, 3).fetched_at)
        [drift] = store.drifts.pending("band")
        pages = Backlog(store, drift).drifted(store.versions.all_live("band", "player"))
        assert [page.url[-1] for page in pages] == list("76543210")
        assert retrain(store, "band").exit_code == 0
        live = store.versions.live("band", "player")
        assert live is not None
        assert live.number == 2
        assert live.load().fields["teacher"].presence < 1
        assert crawl(store, 4, range(12)) == [COMPLETE] * 12
