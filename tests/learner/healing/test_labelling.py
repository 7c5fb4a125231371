"""What witnesses say of the pages of a new design."""

from __future__ import annotations

from dataclasses import replace

import pytest

from learner import Example, Known, Page, heal, learn
from learner.healing.consensus import Label
from learner.healing.labelling import CALIBRATION, DECLARED, PICTURED, Witness
from learner.network.opinion import Sight, calibrated
from learner.programs.examples import LabelledPage

HTML = """<html><head><title>{0}</title><meta property=og:image content="https://x.test/{1}-1200x630.jpg"></head><body>
<h1>{0}</h1><img class=main src="https://x.test/{1}-300x200.jpg"><img class=face src="https://x.test/{2}-90x90.jpg">
<i>By someone</i><p>All about {0}, and how it is made.</p></body></html>"""


def shown(number: int) -> Example:
    item = {
        "title": f"Tea {number}",
        "image": f"https://x.test/tea-pot-{number}-300x200.jpg",
        "face": f"https://x.test/author-{number}-90x90.jpg",
    }
    html = HTML.format(item["title"], f"tea-pot-{number}", f"author-{number}")
    return Example(f"https://x.test/{number}", html, item)


@pytest.mark.parametrize(("field", "value", "trusted"), [
    ("image", "https://x.test/tea-pot-7-800x400.webp", True), ("image", "https://x.test/author-7-90x90.jpg", False),
    ("face", "https://x.test/tea-pot-7-300x200.jpg", False), ("face", "https://x.test/author-7-90x90.jpg", False),
])  # fmt: skip
def test_a_picture_that_the_head_names_is_believed_of_a_field_that_was_it(
    field: str, value: str, trusted: bool
) -> None:
    witness = Witness(learn([shown(number) for number in range(3)]), {})
    page = LabelledPage(shown(7))
    seen = {p: witness._seen(page, field, Sight(value, (0,), p)) for p in (0.5, 0.99)}
    assert [label is not None and label.trust >= PICTURED for label in seen.values()] == [trusted, True]


@pytest.mark.parametrize(("field", "value", "calibration"), [
    ("title", "Tea 7", DECLARED), ("title", "By someone", CALIBRATION), ("by", "Tea 7", CALIBRATION),
])  # fmt: skip
def test_what_the_page_declares_is_believed_of_a_field_that_was_declared(
    field: str, value: str, calibration: tuple[float, float]
) -> None:
    witness = Witness(
        learn([replace(one, item={**(one.item or {}), "by": "By someone"}) for one in map(shown, (1, 2))]), {}
    )
    label = witness._seen(LabelledPage(shown(7)), field, Sight(value, (0,), 0.6))
    assert label is not None
    assert label.trust == calibrated(0.6, *calibration)


TEA = """<html><body><main><h1>{0}</h1><b class=price>{1} EUR</b><p class=from>From {2}</p></main>
<aside><span class=since>Since 20{3}</span><span class=ads>{4} teas online</span></aside></body></html>"""


WORDS = "Red Blue Old Grey Sweet Dark Light Bitter Fresh Wild Rare".split()


def tea(number: int, html: str = TEA) -> Example:
    name = f"{WORDS[number % 11]} {WORDS[number * 3 % 7]}"
    price, place = 3 + number, ("Assam", "Ceylon", "Uji")[number % 3]
    since, teas = 10 + number % 13, 40 + 7 * number % 31
    item = {"name": name, "price": price, "place": place, "since": 2000 + since, "teas": teas}
    return Example(f"https://x.test/{number}", html.format(name, price, place, since, teas), item)


@pytest.mark.parametrize(("html", "steady"), [
    pytest.param(TEA, {"name", "price", "place", "since", "teas"}, id="as ever"),
    pytest.param(TEA.replace("<b class=price>{1} EUR</b>", ""), {"name", "place", "since", "teas"}, id="one is gone"),
    pytest.param(TEA.replace("class=price", "hidden").replace("From {2}", "{2}"), set(), id="two are"),
    pytest.param("<h1>{0}</h1><i>{1} EUR</i><u>{2}</u><span class=ads>{4} teas</span>", set(), id="another design"),
])  # fmt: skip
def test_old_rules_are_believed_on_a_page_that_they_read_as_ever(html: str, steady: set[str]) -> None:
    witness = Witness(learn([tea(number) for number in range(3)]), {})
    said = witness.said(LabelledPage(replace(tea(7, html), item={})))
    assert {name for name, labels in said.items() if any(one.steady for one in labels)} == steady


def test_what_is_read_as_ever_is_learned_no_other_way() -> None:
    """Where the network, in doubt of numbers that stand side by side, sees others."""
    extractor = learn([tea(number) for number in range(3)])
    html = TEA.replace("<b class=price>{1} EUR</b>", "")
    repair = heal(extractor, [Page(one.url, one.html) for one in (tea(n, html) for n in range(5, 17))])
    for number in range(20, 26):
        page = tea(number, html)
        item = dict(page.item or {})
        del item["price"]
        assert repair.extractor.read(page.html, page.url).item == item


def test_amounts_of_something_else_are_not_the_field() -> None:
    """The value is worded anew, and another amount stands beside it."""
    shown = "<html><body><h1>Bike {0}</h1><p class=g>{1} gears</p><p class=w>{2} kg</p></body></html>"
    items = {n: {"name": f"Bike {n}", "gears": f"{3 + 4 * n % 23} gears"} for n in range(12)}
    new = "<html><body><h2>Bike {0}</h2><ul><li>{1}-speed</li><li>{2} kg</li></ul></body></html>"

    def page(number: int, html: str) -> str:
        return html.format(number, 3 + 4 * number % 23, 10 + number % 7)

    extractor = learn([Example(f"https://x.test/{n}", page(n, shown), item) for n, item in items.items()])
    pages = [LabelledPage(Example(f"https://x.test/{n}", page(n, new), {})) for n in items]
    witness = Witness(extractor, {url: Known(url, items[n]) for n in items for url in [f"https://x.test/{n}"]})
    said: list[dict[str, list[Label]]] = [
        {"name": [], "gears": [Label(f"{10 + n % 7} kg", 0.9, "network")]} for n in items
    ]
    assert [own["gears"] for own in witness.reconsidered(pages, said)] == [[]] * len(items)


PART = (
    "<html><body><h1>{0}</h1><p class=maker>{1}</p><i id=sku>{4}</i>"
    "<table class=stock>{2}</table><dl>{3}</dl></body></html>"
)


def part(number: int) -> Example:
    """A part that is not in each of the warehouses, with an optional voltage."""
    stock = {"Leipzig": 13 + 91 * number % 700, "Dallas": 11 + 37 * number % 900, "Shenzhen": 7 + 53 * number % 800}
    shown = {place: count for at, (place, count) in enumerate(stock.items()) if number < 3 or (number + at) % 3}
    rows = "".join(f"<tr><td>{place}</td><td class=n>{count}</td></tr>" for place, count in shown.items())
    name, maker, case = f"{WORDS[number % 11]}-{WORDS[number * 5 % 7]}", WORDS[number * 7 % 11], f"Case {number % 5}"
    bare = number % 6 == 5
    more = "" if bare else f"<dt>Case</dt><dd>{case}</dd>"
    more += f"<dt>Voltage</dt><dd>{number + 3} V</dd>" if number < 1 else ""
    item = {"name": name, "maker": maker, "case": None if bare else case}
    item |= {"eu": shown.get("Leipzig"), "sku": 4000 + 17 * number}
    item["voltage"] = f"{number + 3} V" if number < 1 else None
    return Example(f"https://x.test/{number}", PART.format(name, maker, rows, more, 4000 + 17 * number), item)


def test_where_old_rules_that_read_the_others_find_nothing_there_is_nothing() -> None:
    extractor = learn([part(number) for number in range(3)])
    pages = [part(number) for number in range(5, 29)]
    repair = heal(extractor, [Page(one.url, one.html) for one in pages])
    for one in (*pages, *(part(number) for number in range(30, 48))):
        found = repair.extractor.read(one.html, one.url).item
        assert found == {name: value for name, value in (one.item or {}).items() if value is not None}


def test_what_the_network_sees_there_is_no_label() -> None:
    witness = Witness(learn([part(number) for number in range(3)]), {})
    examples = [part(number) for number in (6, 7, 8, 9, 10, 12, 13, 16)]
    pages = [LabelledPage(replace(one, item={})) for one in examples]
    said = [witness.said(page) for page in pages]
    for own in said:
        own["eu"].append(Label(99, 0.9, "network"))
    told = witness.reconsidered(pages, said)
    for page, one, own in zip(pages, examples, told, strict=True):
        lacks = (one.item or {})["eu"] is None
        assert [label.source for label in own["eu"]][:2] == ([] if lacks else ["old", "network"])
        assert ("eu" in witness.lacks(page)) is lacks
