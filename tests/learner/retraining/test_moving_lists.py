"""Links of list pages, healed from lists that have moved on since the old design was last seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from store_tools import NOON

from learner.retraining.backlog import outcome_of
from learner.retraining.retraining import retrain
from learner.state.records import NewExample, NewExtraction, NewPage
from learner.state.store import Store

HOST = "http://ads.example"
SIZE, PAGES = 8, 4
WORDS = ("red", "green", "blue", "black", "white", "grey", "pink")
ADS = [f"/ad/{WORDS[n % 7]}-{WORDS[n % 5]}-bicycle-{4000 + 37 * n}.html" for n in range(60)]
BRANDS = ("apex", "bolt", "comet", "delta")


def address(number: int) -> str:
    return f"{HOST}/bicycles?page={number}" if number > 1 else f"{HOST}/bicycles"


def on_day(day: int, number: int) -> list[str]:
    """The ads on a page: each day a new one comes to the top of the list."""
    newest = list(reversed(ADS[: PAGES * SIZE + day]))[: PAGES * SIZE]
    return newest[(number - 1) * SIZE : number * SIZE]


def old(ads: Sequence[str], number: int) -> str:
    brands = "".join(f'<li><a href="/bicycles/{brand}">{brand}</a></li>' for brand in BRANDS)
    cards = "".join(
        f'<div class="card"><a class="ad" href="{ad}">{ad[4:-5]}</a><b>{len(ad)} EUR</b></div>' for ad in ads
    )
    following = f'<a class="next" href="{address(number + 1)}">Next</a>' if number < PAGES else ""
    return f"<html><body><ul>{brands}</ul><h1>Bicycles</h1>{cards}<div class='pager'>{following}</div></body></html>"


def new(ads: Sequence[str], number: int, beside: Sequence[str] = (), *, buttons: bool = False) -> str:
    def card(ad: str) -> str:
        inner = f"<h3>{ad[4:-5]}</h3><i>{len(ad)} EUR</i>"
        return f"<button>{inner}</button>" if buttons else f'<a class="x9 wide" href="{ad}">{inner}</a>'

    strip = "".join(f'<a class="x9 hot" href="{ad}">{ad[4:-5]}</a>' for ad in beside)
    following = f'<a rel="next" href="{address(number + 1)}">›</a>' if number < PAGES else ""
    return (
        f'<html><body><nav><a href="/sell">Sell</a><a href="/logout">Log out</a></nav><div class="strip">{strip}</div>'
        f"<section><ul>{''.join(f'<li>{card(ad)}</li>' for ad in ads)}</ul></section><p>{following}</p></body></html>"
    )


def page(number: int, html: str, day: int) -> NewPage:
    moment = NOON + timedelta(days=day, minutes=number)
    return NewPage("ads", "parse-links", address(number), html.encode(), "text/html; charset=utf-8", 200, moment)


def healed_on(tmp_path: Path, day: int, drawn: Callable[[list[str], int], str]) -> dict[int, Any]:
    """What the live version says of the new design's pages a day after it was healed from those of ``day``."""
    with Store.open(tmp_path / "state") as store:
        for number in range(1, PAGES + 1):
            ads = on_day(0, number)
            [one] = store.pages.add([page(number, old(ads, number), 0)])
            links: dict[str, Any] = {"parse_ad": [HOST + ad for ad in ads]}
            links |= {"parse": address(number + 1)} if number < PAGES else {}
            store.examples.add([NewExample(one, links)])
        assert retrain(store, "ads").exit_code == 0
        live = store.versions.live("ads", "parse-links")
        assert live is not None
        extractor = live.load()
        for number in range(1, PAGES + 1):
            new_page = page(number, drawn(on_day(day, number), number), day)
            [one] = store.pages.add([new_page])
            read = extractor.read(new_page.body, new_page.url)
            assert read.failed
            store.extractions.add(
                [NewExtraction(one, live.id, read.item, read.items, read.confidence, outcome_of(read))]
            )
        store.drifts.record("ads", "parse-links", {"whole": True, "fields": ["parse", "parse_ad"]})
        retrain(store, "ads")
        live = store.versions.live("ads", "parse-links")
        assert live is not None
        extractor, pages = live.load(), range(1, PAGES + 1)
        return {n: extractor.read(drawn(on_day(day + 1, n), n), address(n)).item for n in pages}


HOT = [on_day(0, 3)[2], on_day(0, 2)[1], on_day(0, 4)[5], on_day(0, 1)[0]]
DRAWN: dict[str, Callable[[list[str], int], str]] = {
    "the list alone": new,
    "a box of the same ads on all pages": lambda ads, number: new(ads, number, HOT),
    "a box of others' ads": lambda ads, number: new(ads, number, on_day(0, number % PAGES + 1)[:3]),
}


@pytest.mark.parametrize("day", [0, 1, 3, 6])
@pytest.mark.parametrize("design", DRAWN)
def test_links_are_healed_though_their_list_has_moved(day: int, design: str, tmp_path: Path) -> None:
    for number, item in healed_on(tmp_path, day, DRAWN[design]).items():
        assert item.get("parse_ad") == [HOST + ad for ad in on_day(day + 1, number)]
        assert item.get("parse") in (address(number + 1), None if number == PAGES else address(number + 1))


@pytest.mark.parametrize("beside", ["the same", "others", "few", "none"])
def test_no_box_takes_the_place_of_a_list_that_has_no_links(beside: str, tmp_path: Path) -> None:
    def drawn(ads: list[str], number: int) -> str:
        others = on_day(0, number % PAGES + 1)
        box = {"the same": HOT, "others": others[:3], "few": others[:2], "none": []}[beside]
        return new(ads, number, box, buttons=True)

    for item in healed_on(tmp_path, 1, drawn).values():
        assert "parse_ad" not in item
        assert not any("logout" in str(value) or "sell" in str(value) for value in item.values())
