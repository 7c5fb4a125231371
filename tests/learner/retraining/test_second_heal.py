"""What a first heal could not find is looked for once more, by what it found."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from store_tools import NOON

from learner.retraining.backlog import outcome_of
from learner.retraining.retraining import HEALED, retrain
from learner.state.records import NewExample, NewExtraction, NewPage
from learner.state.store import Store

HOST = "http://homes.example"
STREETS = ("Mill Lane", "Elm Grove", "Tivoli Crescent", "Maple Road", "Ferry Street", "Preston Park")
STATIONS = ("Hove", "Lewes", "Falmer", "Aldrington")


def homes(page: int, moved: bool) -> list[dict[str, Any]]:
    found = []
    for number in range(8 * page, 8 * page + 8):
        street = f"{3 + 7 * number} {STREETS[number % 6]}"
        slug = street.lower().replace(" ", "-")
        link = f"/homes/{slug}-{40_000 + 37 * number}" if moved else f"/property/{40_000 + 37 * number}"
        price = f"£{900 + (number * 331) % 1700:,} pcm"
        found.append({"url": HOST + link, "street": street, "station": STATIONS[number * 7 % 4], "price": price})
    return found


def old(page: int) -> str:
    cards = "".join(
        f'<article class="card"><h2><a href="{one["url"]}">House</a></h2><p class="address">{one["street"]}</p>'
        f'<p class="price">{one["price"]}</p><p class="station">{one["station"]}</p></article>'
        for one in homes(page, False)
    )
    return f"<html><body><h1>To rent</h1><div class='results'>{cards}</div><p>Page {page + 1}</p></body></html>"


def new(page: int) -> str:
    cards = "".join(
        f'<div class="Card_x9f1"><a href="{one["url"]}"><div class="Card_q7c2">{one["street"]}</div></a>'
        f'<div class="Card_t4a8">House</div><div class="Card_m2b7">{one["price"]}</div>'
        f'<div class="Card_z5d3">{one["station"]}</div></div>'
        for one in homes(page, True)
    )
    return f"<html><body><div><a href='/sale'>Buy</a><a href='/rent'>Rent</a></div><div>{cards}</div></body></html>"


def stored(page: int, html: str, day: int) -> NewPage:
    moment = NOON + timedelta(days=day, minutes=page)
    return NewPage("homes", "list", f"{HOST}/rent?page={page}", html.encode(), "text/html", 200, moment)


def test_what_the_first_heal_found_tells_where_the_rest_is(tmp_path: Path) -> None:
    with Store.open(tmp_path / "state") as store:
        names = "url", "station", "price"
        for page in range(3):
            [one] = store.pages.add([stored(page, old(page), 0)])
            store.examples.add([NewExample(one, None, [{n: home[n] for n in names} for home in homes(page, False)])])
        assert retrain(store, "homes").exit_code == 0
        live = store.versions.live("homes", "list")
        assert live is not None
        for page in range(3):
            shown = stored(page, new(page), 1)
            [one] = store.pages.add([shown])
            read = live.load().read(shown.body, shown.url)
            store.extractions.add(
                [NewExtraction(one, live.id, read.item, read.items, read.confidence, outcome_of(read))]
            )
        store.drifts.record("homes", "list", {"whole": True, "fields": list(names)})
        report = retrain(store, "homes")
        assert [one.action for one in report.templates] == [HEALED, HEALED]
        assert report.exit_code == 0
        live = store.versions.live("homes", "list")
        assert live is not None
        found = live.load().read(new(1), f"{HOST}/rent?page=1").items
        assert found == [{n: home[n] for n in names} for home in homes(1, True)]
        assert {len(one.items or ()) for one in report.repaired} == {8}
