"""Fields whose healed rules give something else than what is known of the same pages."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from learner import Example, Known, Page, heal, learn
from learner.healing.refutation import refuted
from learner.pages.values import Value
from learner.programs.examples import LabelledPage

URL = "https://things.test/thing/{}".format
NAMES = ("Amber", "Birch", "Cedar", "Dune", "Elm", "Fern", "Gorse", "Heath", "Iris", "Juniper")
PRICES = (12, 45, 8, 160, 30, 75, 22, 240, 5, 110)
PAGES = len(NAMES)


def page(n: int, body: str) -> str:
    return f"<html><body><h1>{NAMES[n]}</h1>{body}<p class=end>Thing {n} of all</p></body></html>"


def wrong(
    body: Callable[[int], str], given: Callable[[int], Value], known: Callable[[int], Value], count: int = PAGES
) -> frozenset[str]:
    """The fields that are refuted where rules learned of what is ``given`` read pages of which ``count`` are known."""
    examples = [Example(URL(n), page(n, body(n)), {"it": given(n)}) for n in range(PAGES)]
    facts = {URL(n): Known(URL(n), {"it": known(n)}) for n in range(count)}
    opened = [LabelledPage(Example(one.url, one.html, {})) for one in examples]
    return refuted(learn(examples), opened, facts, lambda one: facts.get(one.example.url))


def other(n: int) -> int:
    return (3 * n + 4) % PAGES


def tiles(n: int) -> str:
    """Things that the page leads on to, with their prices."""
    some = [other(n), (n + 5) % PAGES]
    return "".join(f"<div class=tile><a href='/thing/{k}'>{NAMES[k]}</a><p>from £{PRICES[k]}</p></div>" for k in some)


def shown(text: Callable[[int], str], more: Callable[[int], str] = lambda n: "") -> Callable[[int], str]:
    return lambda n: f"<p class=it>{text(n)}</p><p class=more>{more(n)}</p>"


STATES = ("Used", "As new", "Faulty")
COLOURS = ("Red", "Blue", "Green", "Black", "White")


def state(n: int) -> str:
    return STATES[n % 3]


def nth(n: int) -> str:
    """What stands third in a list of facts, of which some pages have another one before it."""
    return state(n) if n % 2 else COLOURS[n % 5]


def people(n: int, more: int) -> str:
    rows = "".join(f"<li>{NAMES[(n + k) % PAGES]} Person {n}{k}</li>" for k in range(2))
    return f"<ul class=who>{rows}</ul><ul class=who>{f'<li>Clerk {n}</li>' * more}</ul>"


def names(n: int, more: int = 0) -> list[str]:
    return [*(f"{NAMES[(n + k) % PAGES]} Person {n}{k}" for k in range(2)), *[f"Clerk {n}"] * more]


def crew(n: int) -> list[str]:
    return [f"{NAMES[k]} Person {n}{k}" for k in range(PAGES)]


def crowd(n: int, more: int) -> str:
    """A list of ten, and what stands beside them."""
    return f"<ul class=who>{''.join(f'<li>{name}</li>' for name in crew(n))}{f'<li>Clerk {n}</li>' * more}</ul>"


@pytest.mark.parametrize(("body", "given", "known", "count", "is_refuted"), [
    pytest.param(tiles, lambda n: f"from £{PRICES[other(n)]}", lambda n: f"from £{PRICES[n]}", PAGES, True,
                 id="prices of the things beside"),
    pytest.param(shown(nth, lambda n: "" if n % 2 else state(n)), nth, state, PAGES, True,
                 id="what no page has ever had, beside what is known"),
    pytest.param(shown(nth), nth, state, PAGES, False, id="what is known does not stand there any more"),
    pytest.param(shown(nth, lambda n: "</p><p>".join(STATES)), nth, state, PAGES, False,
                 id="what is known stands on every page"),
    pytest.param(tiles, lambda n: f"from £{PRICES[other(n)]}", lambda n: f"from £{PRICES[n]}", 2, False,
                 id="of too few known things"),
    pytest.param(shown(lambda n: f"£{PRICES[other(n)]}"), lambda n: f"£{PRICES[other(n)]}", lambda n: f"£{PRICES[n]}",
                 PAGES, True, id="amounts that do not go with the known ones"),
    pytest.param(shown(lambda n: f"£{PRICES[n] + 1}"), lambda n: f"£{PRICES[n] + 1}", lambda n: f"£{PRICES[n]}", PAGES,
                 False, id="prices that rose"),
    pytest.param(shown(lambda n: f"£{PRICES[n] - 1}", lambda n: f"£{PRICES[n]}"), lambda n: f"£{PRICES[n] - 1}",
                 lambda n: f"£{PRICES[n]}", PAGES, False, id="prices that fell, beside the old ones"),
    pytest.param(shown(lambda n: f"{141 + 9 * n}", lambda n: f"2.{413 + n}"), lambda n: 141 + 9 * n,
                 lambda n: 2413 + n, 1, True, id="another number"),
    pytest.param(shown(lambda n: f"{141 + 9 * n}", lambda n: f"{5 + n}"), lambda n: 141 + 9 * n, lambda n: 5 + n, 1,
                 False, id="a number that may stand there by chance"),
    pytest.param(shown(lambda n: f"Profile {NAMES[n]} Works", lambda n: f"<b>{NAMES[n]} Works</b>"),
                 lambda n: f"Profile {NAMES[n]} Works", lambda n: f"{NAMES[n]} Works", 1, True, id="a longer text"),
    pytest.param(shown(lambda n: f"{NAMES[n]} Works Inc"), lambda n: f"{NAMES[n]} Works Inc",
                 lambda n: f"{NAMES[n]} Works", PAGES, False, id="a longer text, where the known one is part of it"),
    pytest.param(shown(lambda n: f"12{n} 45 67"), lambda n: f"12{n} 45 67", lambda n: f"12{n}-45-67", PAGES, False,
                 id="other marks"),
    pytest.param(shown(lambda n: f"{n + 1} March 2024"), lambda n: f"{n + 1} March 2024",
                 lambda n: f"2024-03-{n + 1:02}", PAGES, False, id="the same day"),
    pytest.param(lambda n: f"<p class=it><img src='/img/{NAMES[n]}.jpg?w=80'></p>",
                 lambda n: f"https://things.test/img/{NAMES[n]}.jpg?w=80",
                 lambda n: f"https://things.test/img/{NAMES[n]}.jpg", PAGES, False, id="the same picture"),
    pytest.param(shown(lambda n: names(n)[0], lambda n: names(n)[1] if n < 2 else ""), lambda n: names(n)[:1],
                 lambda n: names(n) if n < 3 else names(n)[:1], PAGES, True, id="half of some lists"),
    pytest.param(shown(lambda n: names(n)[0], lambda n: names(n)[1] if n < 1 else ""), lambda n: names(n)[:1],
                 lambda n: names(n) if n < 3 else names(n)[:1], PAGES, False, id="lists that became shorter"),
    pytest.param(lambda n: people(n, 1), lambda n: names(n, 1), names, 1, True, id="a list and more"),
    pytest.param(shown(lambda n: ", ".join(names(n))), lambda n: [", ".join(names(n))], names, PAGES, True,
                 id="a list in one text"),
    pytest.param(shown(lambda n: ", ".join(names(n))), names, names, PAGES, False, id="a list taken out of one text"),
    pytest.param(lambda n: crowd(n, 1), lambda n: [*crew(n), f"Clerk {n}"], crew, PAGES, True,
                 id="a long list and one more on all pages"),
    pytest.param(lambda n: crowd(n, n % 2), lambda n: [*crew(n), *[f"Clerk {n}"] * (n % 2)], crew, PAGES, False,
                 id="a long list and one more on half of the pages"),
    pytest.param(lambda n: people(n, n % 2), lambda n: names(n, n % 2), names, PAGES, False,
                 id="as many pages with the list alone"),
    pytest.param(lambda n: people(n, 0), names, lambda n: [f"{name}." for name in names(n)], PAGES, False,
                 id="a list with other marks"),
    pytest.param(shown(lambda n: f"New {NAMES[n]}", lambda n: f"<span title='Old {NAMES[n]}'></span>"),
                 lambda n: f"New {NAMES[n]}", lambda n: f"Old {NAMES[n]}", PAGES, False,
                 id="a text that was changed where readers see it"),
    pytest.param(shown(lambda n: f"New {NAMES[n]}", lambda n: f"Old {NAMES[n]}"), lambda n: f"New {NAMES[n]}",
                 lambda n: f"Old {NAMES[n]}", PAGES, True, id="a text beside the known one"),
])  # fmt: skip
def test_fields_that_are_refuted(
    body: Callable[[int], str],
    given: Callable[[int], Value],
    known: Callable[[int], Value],
    count: int,
    is_refuted: bool,
) -> None:
    assert wrong(body, given, known, count) == (frozenset({"it"}) if is_refuted else frozenset())


ROOMS = (3, 2, 1, 3, 4, 2, 5, 1, 2, 3)
BATHS = (1, 2, 2, 1, 3, 1, 1, 2, 3, 1)
Column = Callable[[int], Value]


def home(n: int) -> str:
    """A page with two small numbers, and with two amounts on every second."""
    was = f"<s>{8000 + 111 * n}</s>" if n % 2 else ""
    return page(n, f"<dl><dt>Baths</dt><dd>{BATHS[n]}</dd><dt>Rooms</dt><dd>{ROOMS[n]}</dd></dl>{was}<b>{price(n)}</b>")


def price(n: int) -> int:
    return 7000 + 97 * n


def shown_first(n: int) -> int:
    return 8000 + 111 * n if n % 2 else price(n)


@pytest.mark.parametrize(("given", "known", "beside", "is_refuted"), [
    pytest.param(lambda n: ROOMS[n], lambda n: BATHS[n], lambda n: ROOMS[n], True, id="another's small number"),
    pytest.param(lambda n: ROOMS[n], lambda n: BATHS[n], None, True, id="a small number of none"),
    pytest.param(lambda n: BATHS[n], lambda n: BATHS[n], lambda n: ROOMS[n], False, id="its own"),
    pytest.param(lambda n: BATHS[n], lambda n: BATHS[n] if n > 2 else 9, lambda n: ROOMS[n], False, id="some changed"),
    pytest.param(lambda n: BATHS[n], lambda n: BATHS[n] + 1, lambda n: ROOMS[n], False, id="all changed"),
    pytest.param(lambda n: str(ROOMS[n]), lambda n: str(BATHS[n]), None, True, id="texts of one character"),
    pytest.param(shown_first, price, lambda n: shown_first(n) if n % 2 else "", True,
                 id="the old price, where there is one"),
    pytest.param(price, price, lambda n: shown_first(n) if n % 2 else "", False, id="the price, beside the old one"),
    pytest.param(price, lambda n: price(n) + 500, price, False, id="the price of yesterday is the old one now"),
])  # fmt: skip
def test_whole_columns_are_compared(given: Column, known: Column, beside: Column | None, is_refuted: bool) -> None:
    extractor = learn([Example(URL(n), home(n), {"it": given(n)}) for n in range(PAGES)])
    own = {URL(n): {"it": known(n), **({"other": beside(n)} if beside else {})} for n in range(PAGES)}
    facts = {url: Known(url, item) for url, item in own.items()}
    opened = [LabelledPage(Example(URL(n), home(n), {})) for n in range(PAGES)]
    told = refuted(extractor, opened, facts, lambda one: facts.get(one.example.url))
    assert told == (frozenset({"it"}) if is_refuted else frozenset())


LIMITS = ("14+", "16+", "18+")
FROM = (12.5, 18.0, 8.0, 15.0, 10.0, 22.5, 27.5)


def gig(n: int, more: str) -> str:
    limit = f"<i>Mon {1 + n % 3}</i><em>{LIMITS[n % 3]}</em>"
    return f"<li><a href='/gig/{n}'>Band {n}</a>{limit}<b>£{FROM[n % 7]}</b>{more}</li>"


def listed(size: int, more: Callable[[int], str], column: Column) -> list[Example]:
    """List pages, each with so many records."""
    return [
        Example(
            URL(f"list{at}"),
            f"<html><body><ul>{''.join(gig(n, more(n)) for n in rows)}</ul></body></html>",
            items=[{"name": f"Band {n}", "it": column(n)} for n in rows],
        )
        for at, rows in enumerate(range(start, start + size) for start in range(0, 5 * size, size))
    ]


@pytest.mark.parametrize(("more", "given", "known", "is_refuted"), [
    pytest.param(lambda n: "", lambda n: f"Mon {1 + n % 3}", lambda n: LIMITS[n % 3], True, id="the short text beside"),
    pytest.param(lambda n: "", lambda n: LIMITS[n % 3], lambda n: LIMITS[n % 3], False, id="its own"),
    pytest.param(lambda n: "", lambda n: LIMITS[n % 3], lambda n: LIMITS[(n + 1) % 3], False, id="all changed"),
    pytest.param(lambda n: "<u>all</u><u>some</u>", lambda n: LIMITS[n % 3], lambda n: ("all", "some")[n % 2], False,
                 id="what every record shows"),
    pytest.param(lambda n: f"<q>{14 + n * n % 5}</q>", lambda n: float(14 + n * n % 5), lambda n: FROM[n % 7], True,
                 id="another number"),
    pytest.param(lambda n: f"<q>£{0.8 * FROM[n % 7]:.2f}</q>", lambda n: round(0.8 * FROM[n % 7], 2),
                 lambda n: FROM[n % 7], False, id="prices that fell, beside the old ones"),
    pytest.param(lambda n: f"<q>{3 + n + n % 4}</q><s>{3 + n}</s>", lambda n: 3 + n + n % 4, lambda n: 3 + n, False,
                 id="ranks, beside those of last week"),
    pytest.param(lambda n: f"<q>2026-10-0{1 + n % 3}</q><s>2026-10-0{4 + n % 3}</s>", lambda n: f"2026-10-0{1 + n % 3}",
                 lambda n: f"2026-10-0{4 + n % 3}", False, id="days, beside those before"),
])  # fmt: skip
def test_short_values_of_records_are_looked_for_in_these(
    more: Callable[[int], str], given: Column, known: Column, is_refuted: bool
) -> None:
    examples = listed(6, more, given)
    facts = {one.url: Known(one.url, items=one.items) for one in listed(6, more, known)}
    opened = [LabelledPage(Example(one.url, one.html, items=[])) for one in examples]
    told = refuted(learn(examples), opened, facts, lambda one: facts.get(one.example.url))
    assert told == (frozenset({"it"}) if is_refuted else frozenset())


def shop(n: int, design: int, turn: int) -> str:
    """A page with its price, or with those of the things beside alone."""
    beside = [k if k != n else (k + 1) % PAGES for k in ((turn * n + 4) % PAGES, (n + 5) % PAGES)]
    cards = "".join(f"<div><a href='/thing/{k}'><b>{NAMES[k]}</b></a><p>£{PRICES[k]}</p></div>" for k in beside)
    if design == 1:
        return page(n, f"<p class=price>£{PRICES[n]}</p><div class=also><h3>You may also like</h3>{cards}</div>")
    text = f"<p class=lead>{NAMES[n]}</p><section><p>A thing of {NAMES[n].lower()} wood, number {n}.</p></section>"
    return f"<html><body><div class=grid>{text}<div class=carousel>{cards}</div></div></body></html>"


@pytest.mark.parametrize("turn", [1, 5, 7])
def test_a_price_that_the_design_no_longer_shows_is_not_taken_from_the_things_beside(turn: int) -> None:
    items = [{"name": NAMES[n], "price": f"£{PRICES[n]}"} for n in range(PAGES)]
    extractor = learn([Example(URL(n), shop(n, 1, turn), items[n]) for n in range(2)])
    pages = [Page(URL(n), shop(n, 2, turn)) for n in range(PAGES)]
    repair = heal(extractor, pages, known=[Known(URL(n), items[n]) for n in range(PAGES)])
    assert repair.promoted
    assert repair.report["refuted"] == ["price"]
    assert repair.report["fields"]["price"]["trust"] == 0
    given = [repair.extractor.extract(one.html, one.url).item for one in pages]
    assert given == [{"name": name} for name in NAMES]
