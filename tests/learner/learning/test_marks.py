"""Decimal marks are settled by what other pages and amounts show; what nothing settles is not read."""

from __future__ import annotations

import pytest

from learner import Example, Known, Page, heal, learn
from learner.learning.learning import compile_pages
from learner.pages.values import Value
from learner.programs.examples import LabelledPage
from learner.programs.program import FieldProgram, Rule
from learner.programs.selectors import Selector, Step

BODY = "<body><h1>Phone {0}</h1><div class=box><b class=price>{1}</b> <i>{2}</i></div><p>No. 12 of our phones</p>"
# Shown prices with their values (None: not known), what stands beside them, the former mark; what "€ 1.357" is then.
CASES: list[tuple[list[tuple[str, float | None]], str, str, float | None]] = [
    ([("€ 77", 77.0), ("€ 159", 159.0)], "used", "", None),
    ([("€ 77", 77.0), ("€ 1.041,50", 1041.5)], "used", "", 1357.0),
    ([("€ 77", 77.0), ("€ 1.041", 1041.0)], "used", "", 1357.0),
    ([("€ 77", 77.0), ("€ 1.041", 1.041)], "used", "", 1.357),
    ([("€ 77", 77.0), ("€ 7.99", 7.99)], "used", "", 1.357),
    ([("€ 77", 77.0), ("€ 159", 159.0), ("€ 1.041,50", None)], "used", "", 1357.0),
    ([("€ 77", 77.0), ("€ 159", 159.0)], "SIM for 9,99 €", "", 1357.0),
    ([("€ 77", 77.0), ("€ 159", 159.0)], "SIM for 9.99 €", "", 1.357),
    ([("€ 77", 77.0), ("€ 159", 159.0)], "rated 4.5", "", None),
    ([("€ 77", 77.0), ("€ 159", 159.0)], "used", ",", 1357.0),
    ([("€ 77", 77.0), ("€ 159", 159.0)], "SIM for 9.99 €", ",", 1.357),
    ([("€ 1.041,50", 1041.5), ("€ 1,041.50", 1041.5)], "used", "", None),
    # What is no money is not settled by money.
    ([("77 km", 77.0), ("159 km", 159.0)], "SIM for 9,99 €", "", None),
]


@pytest.mark.parametrize(("shown", "beside", "mark", "value"), CASES)
def test_what_settles_a_mark(
    shown: list[tuple[str, float | None]], beside: str, mark: str, value: float | None
) -> None:
    pages = [
        LabelledPage(Example(f"http://x.test/{n}", BODY.format(n, text, beside), {"price": price} if price else {}))
        for n, (text, price) in enumerate(shown)
    ]
    for page in pages:
        page.unknown = frozenset({"price"})
    program, _ = compile_pages(pages, False, former=_former(mark, pages) if mark else None)
    text = "€ 1.357" if "€" in shown[0][0] else "1.357 km"
    new = LabelledPage(Example("http://x.test/9", BODY.format(9, text, beside), {}))
    answer = program.run(new.document).get("price")
    assert (answer and answer.value) == value


def _former(mark: str, pages: list[LabelledPage]):  # type: ignore[no-untyped-def]
    program, _ = compile_pages(pages, False)
    rule = Rule(Selector((Step("b"),)), (("decimal", mark),))
    entry = FieldProgram(program.fields["price"].profile, (rule,))
    return type(program)({"price": entry})


def test_machines_and_readers_are_told_numbers_in_their_own_ways() -> None:
    html = '<body><h1>{0}</h1><b class=price>{1}</b><data class=sum value="{2}">pay</data></body>'
    shown = [("€ 77", "77.00", 77.0), ("€ 1.041", "1041.00", 1041.0), ("€ 159", "159.00", 159.0)]
    examples = [
        Example(f"http://x.test/{n}", html.format(n, text, data), {"price": price})
        for n, (text, data, price) in enumerate(shown)
    ]
    extractor = learn(examples)
    marks = {(r.selector.take, r.transforms[-1][1]) for r in extractor.program.fields["price"].rules}
    assert marks == {("text", ","), ("@value", ".")}


def test_a_redesign_keeps_thousands() -> None:
    """The former design wrote cents, the new one leaves them out where there are none."""
    old = "<body><h1 class=t>{0}</h1><strong class=price>{1}</strong><p>Used phones</p></body>"
    new = "<body><nav>Phones</nav><h2>{0}</h2><div class=box><span>{1}</span> now</div><p>Used phones</p></body>"
    names = ["Aral", "Brio", "Cord", "Dune", "Echo", "Fjord", "Gale", "Hub"]
    prices = [1357.0, 77.0, 1041.5, 450.0, 2199.0, 89.0, 1250.0, 310.0]

    def german(price: float, *, cents: bool) -> str:
        text = f"{price:,.2f}".translate(str.maketrans(",.", ".,"))
        return text if cents or not text.endswith(",00") else text[:-3]

    items: list[dict[str, Value]] = [{"title": n, "price": p} for n, p in zip(names, prices, strict=True)]
    url = "http://x.test/{}".format
    olds = [old.format(n, german(p, cents=True) + " €") for n, p in zip(names, prices, strict=True)]
    news = [new.format(n, "€ " + german(p, cents=False)) for n, p in zip(names, prices, strict=True)]
    extractor = learn([Example(url(n), olds[n], items[n]) for n in range(8)])
    repair = heal(
        extractor, [Page(url(n), news[n]) for n in range(8)], known=[Known(url(n), items[n]) for n in range(8)]
    )
    assert repair.promoted
    read = [repair.extractor.extract(news[n], url(n)).item.get("price") for n in range(8)]
    assert read == prices
    assert repair.extractor.extract(new.format("Ion", "€ 3.456"), url(20)).item.get("price") == 3456.0
