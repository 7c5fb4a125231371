"""Values that are others at every visit: yesterday's stand on the new pages beside today's, as another thing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from learner import Example, Extractor, Known, Page, heal, learn

URL = "https://funds.test/{}".format
NAMES = ("Alder", "Birch", "Cedar", "Dogwood", "Elm", "Fir", "Ginkgo", "Hazel", "Ivy", "Juniper", "Katsura", "Larch")
FLEETING = frozenset({"price"})


def price(number: int, day: int, share: float = 1.0) -> str:
    """What a fund costs on a day, or this share of it."""
    return f"€{((37 * number) % 90 + 11 + ((13 * number + 7 * day) % 90 + 10) / 100) * share:.2f}"


def item(number: int, day: int) -> dict[str, str]:
    return {"name": f"{NAMES[number]} Growth Fund", "price": price(number, day), "code": f"LU{4_711 * (number + 3)}"}


def quote(number: int, day: int, moved: str = "", *, rivals: bool = False) -> str:
    """A page of the design that was learned; ``moved`` is a field that stands elsewhere; ``rivals`` stand beside it."""
    own = item(number, day)
    now, then = f"<span class=last>{own['price']}</span>", f"<div><i>{own['price']}</i></div>"
    row, line = f"<tr><th>Code<td>{own['code']}</tr>", f"<p class=facts>Code {own['code']}</p>"
    before = f"<tr><th>Previous close<td>{price(number, day - 1)}</tr>"
    moves = {name for name in ("code", "price") if moved in (name, "both")}
    first = f"<h1>{own['name']}</h1>{'' if 'price' in moves else now}"
    last = f"{line if 'code' in moves else ''}{then if 'price' in moves else ''}"
    more = f"<ul><li>High {price(number, day, 1.01)}</li></ul><dl><dt>Open<dd>{price(number, day, 0.99)}</dl>"
    return f"{first}<table>{'' if 'code' in moves else row}{before}</table>{last}{more if rivals else ''}"


def learned() -> Extractor:
    return learn([Example(URL(n), quote(n, 1), item(n, 1)) for n in range(6)])


def healed(pages: Sequence[str], fleeting: frozenset[str]) -> list[Mapping[str, object]]:
    known = [Known(URL(n), item(n, 1), fleeting=fleeting) for n in range(len(pages))]
    repair = heal(learned(), [Page(URL(n), html) for n, html in enumerate(pages)], known=known)
    return [repair.extractor.read(html, URL(n)).item for n, html in enumerate(pages)]


@pytest.mark.parametrize(("moved", "rivals", "found"), [
    # The price's own rules are kept where another field has moved.
    ("code", False, True), ("code", True, True),
    # Where they find nothing, it is the amount that goes with yesterday's, if there is one.
    ("price", False, True), ("both", False, True), ("price", True, False), ("both", True, False),
])  # fmt: skip
def test_what_it_was_yesterday_is_not_taken_for_what_it_is(moved: str, rivals: bool, found: bool) -> None:
    pages = [quote(n, 2, moved, rivals=rivals) for n in range(len(NAMES))]
    for number, read in enumerate(healed(pages, FLEETING)):
        assert read.get("price") == (price(number, 2) if found else None)
        assert (read["name"], read["code"]) == (item(number, 2)["name"], item(number, 2)["code"])


def test_what_is_not_known_to_change_is_found_where_it_is_known() -> None:
    pages = [quote(n, 2, "price") for n in range(len(NAMES))]
    assert healed(pages, frozenset())[0].get("price") == price(0, 1)


def board(number: int, day: int, yesterday: bool) -> str:
    def rows(of: int) -> str:
        return "".join(f"<li><b>{t}</b> <i>{to}</i></li>" for t, to in departures(number, of))

    before = f"<h3>Yesterday</h3><ul class=past>{rows(day - 1)}</ul>" if yesterday else ""
    return f"<h1>Station {number}</h1><ul class=today>{rows(day)}</ul>{before}"


def departures(number: int, day: int) -> list[tuple[str, str]]:
    towns = ("Ashford", "Brinley", "Corwen", "Dunmore", "Eastleigh")
    return [
        (f"{6 + row:02}:{(number * 7 + day * 11 + row * 5) % 60:02}", towns[(row + number + day) % 5])
        for row in range(8)
    ]


def test_records_of_yesterday_are_not_those_of_today() -> None:
    def records(number: int, day: int) -> list[dict[str, str]]:
        return [{"time": time, "to": to} for time, to in departures(number, day)]

    extractor = learn(
        [
            Example(URL(n), board(n, 1, False).replace("<b>", "<u>").replace("</b>", "</u>"), items=records(n, 1))
            for n in range(6)
        ]
    )
    known = [Known(URL(n), items=records(n, 1), fleeting=frozenset({"time", "to"})) for n in range(10)]
    pages = [Page(URL(n), board(n, 2, True)) for n in range(10)]
    repair = heal(extractor, pages, known=known)
    for number, page in enumerate(pages):
        for record in repair.extractor.read(page.html, page.url).items:
            assert record not in records(number, 1)
