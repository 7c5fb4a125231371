"""Where a field is absent its rules find other things, which the examples show beside it: the prices in cards."""

from __future__ import annotations

import asyncio
import sys
import types

import pytest
from web_poet import HttpResponse

from learner import Example, learn
from learner.programs.program import Program

CARD = "<div class=card><a href=/item/{0}>{1}</a><p>{0} pages</p><span class={2}>£{3}</span></div>"


def page(name: str, price: int | None, inner: str, card: str) -> str:
    """A thing with its price, and others below; ``inner`` and ``card`` are the classes of the prices."""
    box = f"<span class='{inner}'>£{price}</span>" if price else "<em>Sold</em>"
    cards = "".join(CARD.format(20 + n, f"Other {name} {n}", f"'{card}'", 300 + 7 * n + len(name)) for n in range(3))
    return f"<html><body><h1>{name}</h1>{box}<p>A thing to look at.</p><section>{cards}</section></body></html>"


def ejected(source: str, html: str, monkeypatch: pytest.MonkeyPatch) -> object:
    module = types.ModuleType("page_of_cards")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    exec(compile(source, "page_of_cards", "exec"), module.__dict__)  # noqa: S102
    return asyncio.run(module.LearnedPage(response=HttpResponse("https://x.test/9", body=html.encode())).to_item())


@pytest.mark.parametrize(("inner", "card"), [
    ("big bold", "small bold"), ("bold", "bold"), ("price", "price"), ("price now", "price"),
])  # fmt: skip
@pytest.mark.parametrize("count", [1, 3])
def test_a_thing_without_a_price_is_not_given_another_ones(
    inner: str, card: str, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("Globe", "Lantern", "Atlas", "Barometer", "Compass")
    items = [{"title": name, "price": 120 + 35 * n} for n, name in enumerate(names)]
    htmls = [page(str(item["title"]), int(item["price"]), inner, card) for item in items]
    extractor = learn(
        Example(f"https://x.test/{n}", html, item)
        for n, (html, item) in list(enumerate(zip(htmls, items, strict=True)))[:count]
    )
    kept = Program.from_json(extractor.program.to_json())
    assert kept.fields["price"].strangers == extractor.program.fields["price"].strangers
    for html, item in zip(htmls, items, strict=True):
        assert extractor.read(html, "https://x.test/9").item == item
    sold = page("Sextant", None, inner, card)
    assert extractor.read(sold, "https://x.test/9").item == {"title": "Sextant"}
    assert extractor.extract(sold, "https://x.test/9").item == {"title": "Sextant"}
    assert ejected(extractor.source_code(), sold, monkeypatch) == {"title": "Sextant"}


def test_places_that_are_marked_up_as_the_value_is_are_no_strangers() -> None:
    """The first of several that are alike is the value, in whatever number they come."""
    html = "<html><body><h1>{}</h1><ul><li class=d>{}</li><li class=d>{}</li></ul></body></html>"
    extractor = learn(
        Example(f"https://x.test/{n}", html.format(name, day, other), {"title": name, "day": day})
        for n, (name, day, other) in enumerate([("Fair", "3 May", "5 May"), ("Fete", "8 June", "9 June")])
    )
    assert not extractor.program.fields["day"].strangers
    assert extractor.read(html.format("Market", "2 July", "4 July"), "https://x.test/9").item["day"] == "2 July"
