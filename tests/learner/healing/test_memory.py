"""What is known of a page: by its address, by its values if it moved, of lists by the records of any page."""

from __future__ import annotations

import pytest

from learner import Example, Known
from learner.healing.memory import Memory
from learner.programs.examples import LabelledPage

LOTS = [{"lot": f"{300 + 7 * n}-B", "piece": f"Carriage clock of {1800 + n}", "sold": "yes"} for n in range(12)]
HOST = "http://auction.example"


def shown(lots: list[dict[str, str]], more: str = "") -> LabelledPage:
    rows = "".join(f"<div><h5>{lot['piece']}</h5><i>{lot['lot']}</i><b>{lot['sold']}</b></div>" for lot in lots)
    return LabelledPage(Example(f"{HOST}/1", f"<html><body>{rows}{more}</body></html>", items=[]))


FACTS = {f"{HOST}/{n + 1}": Known(f"{HOST}/{n + 1}", items=LOTS[4 * n : 4 * n + 4]) for n in range(3)}
NEW = {"lot": "999-Z", "piece": "Mantel clock, never seen", "sold": "no"}


@pytest.mark.parametrize(
    ("lots", "items"),
    [
        pytest.param(LOTS[:4], LOTS[:4], id="as it was"),
        pytest.param([NEW, *LOTS[:3]], LOTS[:3], id="one is new"),
        pytest.param([NEW, *LOTS[2:5]], LOTS[2:5], id="others have moved in"),
        pytest.param(LOTS[8:], LOTS[8:], id="those of another page"),
        pytest.param([LOTS[5], LOTS[9], LOTS[2]], [LOTS[5], LOTS[9], LOTS[2]], id="in the page's order"),
        pytest.param([{**lot, "sold": "no"} for lot in LOTS[:4]], LOTS[:4], id="a value has changed"),
        pytest.param([NEW, NEW, LOTS[0]], LOTS[:4], id="too few: what was known of the address"),
    ],
)
def test_records_that_a_list_page_shows(lots: list[dict[str, str]], items: list[dict[str, str]]) -> None:
    fact = Memory(FACTS, [f"{HOST}/1"], lists=True).fact(shown(lots))
    assert fact is not None
    assert list(fact.items or ()) == items


def test_a_record_is_recognised_by_a_value_of_its_own() -> None:
    facts = {f"{HOST}/1": Known(f"{HOST}/1", items=[{"court": "Supreme Court", "vote": "affirmed"}] * 5)}
    page = shown([NEW], "<p>Supreme Court</p><p>affirmed</p>")
    memory = Memory(facts, [f"{HOST}/1"], lists=True)
    assert memory.fact(page) is facts[f"{HOST}/1"]
    assert not memory.recognises(page)


@pytest.mark.parametrize(
    ("known", "now", "keeps"),
    [
        pytest.param(LOTS[:1], {**LOTS[0], "sold": "no"}, True, id="a value has changed"),
        pytest.param(LOTS[:1], {**NEW, "sold": "yes"}, False, id="it is another one"),
        pytest.param([{"piece": NEW["piece"], "lot": "1-A", "sold": "?"}], NEW, False, id="little of it is left"),
        pytest.param(LOTS[:2], LOTS[0], False, id="one of two"),
    ],
)
def test_the_only_record_of_a_page_is_kept_though_some_of_it_has_changed(
    known: list[dict[str, str]], now: dict[str, str], keeps: bool
) -> None:
    facts = {f"{HOST}/1": Known(f"{HOST}/1", items=known)}
    assert Memory(facts, [f"{HOST}/1"], lists=True).keeps(shown([now])) is keeps


STOCKS = [
    {"symbol": f"AB{n}", "company": f"Company {chr(65 + n)}", "last": 10.5 + n, "change": 0.25, "time": f"10:{10 + n}"}
    for n in range(8)
]


@pytest.mark.parametrize(
    ("shown_fields", "symbols"),
    [
        pytest.param(("symbol", "company"), range(8), id="numbers are others now"),
        pytest.param(("company",), None, id="names alone are another list"),
        pytest.param(("symbol",), None, id="nothing of its own"),
    ],
)
def test_records_are_recognised_by_what_stays(shown_fields: tuple[str, ...], symbols: range | None) -> None:
    rows = "".join(
        f"<tr>{''.join(f'<td>{stock[name]}</td>' for name in shown_fields)}<td>{700 + n}.31</td></tr>"
        for n, stock in enumerate(STOCKS)
    )
    page = LabelledPage(Example(f"{HOST}/s", f"<html><body><table>{rows}</table></body></html>", items=[]))
    # A company that is listed elsewhere too is known by those beside it.
    other = Known(f"{HOST}/t", items=[{**stock, "symbol": f"ZZ{n}"} for n, stock in enumerate(STOCKS)])
    memory = Memory({f"{HOST}/s": Known(f"{HOST}/s", items=STOCKS), f"{HOST}/t": other}, [f"{HOST}/s"], lists=True)
    current = memory.current(page)
    assert current is not None
    assert memory.recognises(page) == (symbols is not None)
    if symbols is None:
        assert memory.changed(page) == frozenset()
    else:
        assert memory.changed(page) == {"last", "change", "time"}
        assert list(current.items or ()) == [{name: STOCKS[n][name] for name in ("symbol", "company")} for n in symbols]


@pytest.mark.parametrize(
    ("cells", "changed"),
    [
        pytest.param("<td>{0:.2f} EUR</td>", False, id="worded anew"),
        pytest.param("<td>{1:.2f} EUR</td>", True, id="amounts of today"),
        pytest.param("<td>{1:.2f} EUR</td><td>{0:.2f} EUR</td>", True, id="those of the day before beside them"),
        pytest.param("<td>{0:.2f}</td>", True, id="bare numbers may be anything"),
    ],
)
def test_amounts_that_are_worded_anew_are_known(cells: str, changed: bool) -> None:
    dishes = [
        {
            "section": f"Part {n // 3}",
            "name": f"Dish number {n} with {chr(97 + n)}",
            "price": f"€{8.5 + n}0",
            "left": 90 + n,
            "sold": 300 + n,
        }
        for n in range(6)
    ]
    rows = "".join(
        f"<tr><td>{dish['section']}</td><td>{dish['name']}</td>{cells.format(8.5 + n, 8.75 + n)}</tr>"
        for n, dish in enumerate(dishes)
    )
    page = LabelledPage(Example(f"{HOST}/m", f"<html><body><table>{rows}</table></body></html>", items=[]))
    memory = Memory({f"{HOST}/m": Known(f"{HOST}/m", items=dishes)}, [f"{HOST}/m"], lists=True)
    assert memory.recognises(page)
    assert memory.changed(page) == {"left", "sold", *(["price"] if changed else [])}


@pytest.mark.parametrize("link", ["/lots/{}", "{}", "http://auction.example/lots/{}"])
def test_a_record_is_recognised_by_its_link_however_the_page_writes_it(link: str) -> None:
    records = [{"url": f"{HOST}/lots/{lot['lot']}", "sold": "yes"} for lot in LOTS]
    rows = "".join(f"<li><a href='{link.format(lot['lot'])}'>Lot</a> <b>yes</b></li>" for lot in [NEW, *LOTS[2:5]])
    page = LabelledPage(Example(f"{HOST}/lots/1", f"<html><body><ul>{rows}</ul></body></html>", items=[]))
    fact = Memory({f"{HOST}/lots/1": Known(f"{HOST}/lots/1", items=records)}, [page.example.url], lists=True).fact(page)
    assert fact is not None
    assert list(fact.items or ()) == records[2:5]


NUMBERED = [{"url": f"{HOST}/lot/{n}", "piece": f"Carriage clock of {1800 + n}", "room": "Great Hall"}
            for n in (1, 2, 4, 41, 42, 43)]  # fmt: skip


@pytest.mark.parametrize(
    ("lots", "more", "known"),
    [
        pytest.param(NUMBERED[3:], "", NUMBERED[3:], id="addresses that begin as others do"),
        pytest.param(NUMBERED[3:], "<p>Carriage clock of 1801</p>", NUMBERED[3:], id="a name without its link"),
        pytest.param([{**lot, "url": ""} for lot in NUMBERED[3:]], "", NUMBERED[3:], id="no links are shown"),
    ],
)
def test_a_record_of_another_page_is_not_recognised_by_what_looks_like_it(
    lots: list[dict[str, str]], more: str, known: list[dict[str, str]]
) -> None:
    rows = "".join(f"<li><a href='{lot['url']}'>{lot['piece']}</a> {lot['room']}</li>" for lot in lots)
    page = LabelledPage(Example(f"{HOST}/2", f"<html><body><ul>{rows}</ul>{more}</body></html>", items=[]))
    fact = Memory({f"{HOST}/1": Known(f"{HOST}/1", items=NUMBERED)}, [page.example.url], lists=True).fact(page)
    assert fact is not None
    assert list(fact.items or ()) == known


CLOCKS = {f"{HOST}/old/{n}": Known(f"{HOST}/old/{n}", {"name": f"Clock No. {100 + n}", "maker": f"Maker {n} & Sons"})
          for n in range(6)}  # fmt: skip


@pytest.mark.parametrize(
    ("urls", "known"),
    [
        pytest.param([f"{HOST}/new/{n}" for n in range(6)], "/old/3", id="all have moved"),
        pytest.param([*(f"{HOST}/old/{n}" for n in range(5)), f"{HOST}/new/3"], None, id="a new page among known ones"),
    ],
)
def test_a_page_of_an_unknown_address_is_a_known_one_only_if_the_site_has_moved(urls: list[str], known: str) -> None:
    html = "<html><body><h1>Clock No. 103</h1><p>Maker 3 & Sons</p></body></html>"
    fact = Memory(CLOCKS, urls, lists=False).fact(LabelledPage(Example(f"{HOST}/new/3", html, {})))
    assert (fact.url.removeprefix(HOST) if fact else None) == known
