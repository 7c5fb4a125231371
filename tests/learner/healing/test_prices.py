"""Prices that have changed while the page still shows what they were."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import pytest

from learner import Example, Known, Page, heal, learn
from learner.healing.prices import Prices
from learner.pages.values import Scalar
from learner.programs.examples import LabelledPage

Design = Callable[[int, int | None], str]
"""A page's main part, of a price and the price before, if there was another."""


def classes(now: int, was: int | None) -> str:
    return f"<p class=now>€ {now}</p>" + (f"<p class=was>€ {was}</p>" if was else "")


def before(now: int, was: int | None) -> str:
    return (f"<p class=was>€ {was}</p>" if was else "") + f"<p class=now>€ {now}</p>"


def labels(now: int, was: int | None) -> str:
    old = f"<dt>Before</dt><dd>€ {was}</dd>" if was else ""
    return f"<dl>{old}<dt>Asking price</dt><dd>€ {now}</dd></dl>"


def qualified(now: int, was: int | None) -> str:
    """The label before the price differs from page to page."""
    first = f"<i>{'Guide price' if now % 3 else 'Offers over'}</i>" if now % 2 else ""
    return f"<div>{first}{f'<s>€ {was}</s>' if was else ''}<b>€ {now}</b></div>"


def worded(now: int, was: int | None) -> str:
    return f"<p class=now>€ {now}</p>" + (f"<p class=was>Reduced from € {was}</p>" if was else "")


def alike(now: int, was: int | None) -> str:
    return (f"<p>€ {was}</p>" if was else "") + f"<p>€ {now}</p>"


NOW = [120, 340, 75, 610, 88, 45, 230, 510]
WAS = [150, None, None, 700, None, 60, None, 560]


def opened(bodies: Iterable[str]) -> list[LabelledPage]:
    return [
        LabelledPage(Example(f"https://x.test/{n}", f"<html><body><h1>Clock {n}</h1>{body}</body></html>", {}))
        for n, body in enumerate(bodies)
    ]


KNOWN: dict[int, Scalar] = {n: f"€ {was or now}" for n, (now, was) in enumerate(zip(NOW, WAS, strict=True))}


@pytest.mark.parametrize(("design", "known", "found"), [
    pytest.param(classes, KNOWN, NOW, id="classes"),
    pytest.param(before, KNOWN, NOW, id="the old price comes first"),
    pytest.param(labels, KNOWN, NOW, id="labels"),
    pytest.param(worded, KNOWN, NOW, id="the old price among words"),
    pytest.param(labels, {n: float(str(v)[2:]) for n, v in KNOWN.items()}, NOW, id="numbers"),
    pytest.param(qualified, KNOWN, NOW, id="other words before it"),
    pytest.param(alike, KNOWN, None, id="nothing tells them apart"),
    pytest.param(classes, {n: f"€ {now}" for n, now in enumerate(NOW)}, None, id="none has changed"),
    pytest.param(classes, {n: f"€ {was}" for n, was in enumerate(WAS) if was}, None, id="known where old ones are"),
    pytest.param(classes, {n: f"€ {now + 1}" for n, now in enumerate(NOW)}, None, id="none is shown"),
    pytest.param(classes, {}, None, id="nothing known"),
])  # fmt: skip
def test_place_of_the_price(design: Design, known: dict[int, Scalar], found: Sequence[int] | None) -> None:
    prices = Prices(opened(map(design, NOW, WAS)))
    place = prices.place_of(known, range(len(NOW)))
    if found is None:
        assert place is None
    else:
        assert place is not None
        assert [prices.at(place, n) for n in range(len(NOW))] == [(f"€ {now}", float(now)) for now in found]


def test_the_lower_of_two_prices_stays_the_price() -> None:
    """What is known is what things cost; what they used to cost is shown on all pages, and new there."""
    regular = [was or now for now, was in zip(NOW, WAS, strict=True)]
    bodies = [
        f"<p class=regular>€ {full}</p>" + (f"<p class=sale>€ {now}</p>" if full > now else "")
        for now, full in zip(NOW, regular, strict=True)
    ]
    assert Prices(opened(bodies)).place_of({n: f"€ {now}" for n, now in enumerate(NOW)}, range(len(NOW))) is None


def test_a_price_that_only_some_pages_have_is_told_by_these() -> None:
    now, was = [1200, 3400, 750, 6100, 880, 4500], [None, 3600, 800, None, 900, 4700]
    known: dict[int, Scalar] = {n: old or new for n, (new, old) in enumerate(zip(now, was, strict=True))}
    bodies = [*(qualified(new, old) for new, old in zip(now, was, strict=True)), "<div>Sold</div>", "<div>Sold</div>"]
    prices = Prices(opened(bodies))
    place = prices.place_of(known, known)
    assert place is not None
    shown = [prices.at(place, n) for n in range(len(bodies))]
    assert [None if one is None else one[1] for one in shown] == [*now, None, None]


def struck(now: int, was: int | None) -> str:
    return f"<div>{f'<span class=line-through>€ {was}</span>' if was else ''}<b>€ {now}</b></div>"


@pytest.mark.parametrize(("pairs", "old_price", "found"), [
    pytest.param([(4140, 4405), (5570, 5990), (1820, 1860)], False, True, id="all known prices are struck out"),
    pytest.param([(4140, 4405), (5570, 5990), (1820, 1860)], True, False, id="the field is an old price"),
    pytest.param([(41, 4405), (55, 5990), (18, 1860)], False, False, id="what it costs by the month"),
])  # fmt: skip
def test_what_is_struck_out_is_no_price(pairs: list[tuple[int, int]], old_price: bool, found: bool) -> None:
    prices = Prices(opened(struck(*pair) for pair in pairs))
    place = prices.place_of({n: was for n, (_, was) in enumerate(pairs)}, range(len(pairs)), struck=old_price)
    shown = None if place is None else [prices.at(place, n) for n in range(len(pairs))]
    assert shown == ([(f"€ {now}", float(now)) for now, _ in pairs] if found else None)


def test_a_page_of_which_nothing_is_known_has_its_price_where_others_have_theirs() -> None:
    prices = Prices(opened([struck(847, None), struck(887, None), struck(322, 343), struck(862, 897)]))
    places = prices.steady({0: 847, 1: 887})
    assert [prices.at_all(places, n) for n in (2, 3)] == [("€ 322", 322.0), ("€ 862", 862.0)]
    assert not prices.steady({0: 847})
    assert not prices.steady({0: 847, 1: 888})
    assert prices.shows(2, 343.0)
    assert not prices.shows(2, 344.0)


def test_one_page_tells_where_all_but_one_show_what_the_price_was() -> None:
    """The second still costs what it did, beside what it had cost before."""
    now, was = [4140, 5290, 1820, 8330, 8470, 9990], [4405, 5570, 1860, 8510, None, 10400]
    known: dict[int, Scalar] = {0: 4405, 1: 5290, 2: 1860, 3: 8510, 4: 8470, 5: 10400}
    prices = Prices(opened(map(qualified, now, was)))
    place = prices.place_of(known, range(6))
    assert place is not None
    assert [prices.at(place, n) for n in range(6)] == [(f"€ {one}", float(one)) for one in now]
    # Without that page both may be what the field was.
    del known[1]
    assert prices.place_of(known, range(6)) is None


def test_a_price_may_be_written_in_thousands_with_a_dot() -> None:
    now, was = [12990, 24400, 7500], [13990, None, None]
    known: dict[int, Scalar] = {n: old or new for n, (new, old) in enumerate(zip(now, was, strict=True))}
    dotted = [f"{new:,}".replace(",", ".") for new in now]
    bodies = [
        f"<div class=box>{f'<del>{old:,} €</del> '.replace(',', '.') if old else ''}<strong>{new} €</strong></div>"
        for new, old in zip(dotted, was, strict=True)
    ]
    prices = Prices(opened(bodies))
    place = prices.place_of(known, known)
    assert place is not None
    assert [prices.at(place, n) for n in range(3)] == [(f"{t} €", float(n)) for t, n in zip(dotted, now, strict=True)]


OLD = "<html><body><article><h2>{0}</h2><b class=price>€ {1}</b><i>{2}</i><p>{3}</p></article></body></html>"
NEW = "<html><body><main><h1>{0}</h1><div class=q>{2}</div><section>{1}</section></main></body></html>"


@pytest.mark.parametrize("design", [classes, before, labels, worded])
def test_an_old_price_is_not_healed_to_be_the_price(design: Design) -> None:
    names = [f"{colour} clock" for colour in "Red Blue Green Black White Brown Grey Pink".split()]
    makers = [f"Maker {letter}" for letter in "ABCDEFGH"]
    items = [
        {"title": name, "price": str(KNOWN[n]), "maker": maker}
        for n, (name, maker) in enumerate(zip(names, makers, strict=True))
    ]
    old = [OLD.format(i["title"], i["price"][2:], i["maker"], "A clock that goes well.") for i in items]
    examples = [
        Example(f"https://x.test/{n}", html, item) for n, (html, item) in enumerate(zip(old, items, strict=True))
    ]
    pages = [
        Page(f"https://x.test/{n}", NEW.format(i["title"], design(NOW[n], WAS[n]), i["maker"]).encode())
        for n, i in enumerate(items)
    ]
    facts = [Known(f"https://x.test/{n}", item, None) for n, item in enumerate(items)]
    healed = heal(learn(examples), pages, known=facts).extractor
    told = [healed.read(page.html, page.url).item.get("price") for page in pages]
    assert [price for price in told if price is not None] == [
        f"€ {now}" for now, price in zip(NOW, told, strict=True) if price is not None
    ]
    assert sum(price is not None for price in told) >= 4


def euros(amount: int) -> str:
    return f"{amount:,} €".replace(",", ".")


@pytest.mark.parametrize("count", [3, 4, 6, 8])
def test_a_few_pages_tell_what_is_a_price_and_what_it_was(count: int) -> None:
    """Some prices fell since they were known: what stands first in the box was the price of these."""
    names = [f"{colour} {make}" for colour in "Red Blue Green Black".split() for make in ("Audi", "Opel", "Seat")]
    old_price = [12990 + 1370 * n for n in range(12)]
    price = [one - 750 if n % 3 == 1 else one for n, one in enumerate(old_price)]
    rest = "<p>A car that goes well.</p><div class=seller>Tel. 089 1234</div>"
    old = [
        f"<html><body><h1>{name}</h1><span class=p>{euros(was)}</span><i>{2008 + n}</i>{rest}</body></html>"
        for n, (name, was) in enumerate(zip(names, old_price, strict=True))
    ]
    items = [
        {"title": t, "price": was, "year": 2008 + n} for n, (t, was) in enumerate(zip(names, old_price, strict=True))
    ]
    new = [
        f"<html><body><h2>{name}</h2><div class=box><p>Our offer</p>{f'<del>{euros(was)}</del> ' if was > now else ''}"
        f"<strong>{euros(now)}</strong></div><em>{2008 + n}</em>{rest}</body></html>"
        for n, (name, was, now) in enumerate(zip(names, old_price, price, strict=True))
    ]
    urls = [f"https://x.test/{n}" for n in range(12)]
    examples = [Example(url, html, item) for url, html, item in zip(urls, old, items, strict=True)]
    healed = heal(
        learn(examples), [Page(url, html.encode()) for url, html in list(zip(urls, new, strict=True))[:count]]
    )
    told = [healed.extractor.read(html.encode(), url).item.get("price") for url, html in zip(urls, new, strict=True)]
    assert told == price


@pytest.mark.parametrize("fallen", [0, 2, 4], ids=["none fell", "some fell", "all known ones fell"])
def test_few_pages_of_which_some_are_unknown_tell_a_price_from_what_it_was(fallen: int) -> None:
    """Some pages show what the price was, struck out before it; of two nothing is known."""
    urls = [f"https://x.test/{n}" for n in range(12)]
    price = [41_000 + 3_170 * n for n in range(12)]
    was = [one + 2_500 if n % 3 == 0 else None for n, one in enumerate(price)]
    old = [
        f"<html><body><h2>Home {n}</h2><em class=p>€ {now}</em>{f'<i class=o>€ {before}</i>' if before else ''}"
        for n, (now, before) in enumerate(zip(price, was, strict=True))
    ]
    items = [
        {"title": f"Home {n}", "price": now} | ({"old_price": before} if before else {})
        for n, (now, before) in enumerate(zip(price, was, strict=True))
    ]
    examples = [Example(url, f"{html}<p>Call us.", item) for url, html, item in zip(urls, old, items, strict=True)]
    chosen = [1, 2, 4, 5, 6, 9]
    now = {n: (price[n] - 1_500, price[n]) if n in chosen[:fallen] else (price[n], was[n]) for n in range(12)}
    new = {urls[n]: f"<html><body><h1>Home {n}</h1>{struck(*now[n])}<p>Call us.</p>" for n in range(12)}
    facts = [Known(urls[n], items[n]) for n in chosen[:4]]
    extractor = learn(examples[:1] + examples[3:4] + examples[10:] + examples[7:9])
    healed = heal(extractor, [Page(urls[n], new[urls[n]].encode()) for n in chosen], known=facts).extractor
    told = [healed.read(new[url].encode(), url).item for url in urls]
    assert [item.get("price") for item in told] == [now[n][0] for n in range(12)]
    given = [(item["old_price"], now[n][1]) for n, item in enumerate(told) if "old_price" in item]
    assert all(one == other for one, other in given)
