"""Rules that lead to other things are left out, where recorded pages tell them from the others."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from learner import Example, Extractor, Known, learn
from learner.healing.strays import Recorded, parted
from learner.programs.examples import LabelledPage
from learner.programs.selectors import Selector, Step

PAGE = "<html><body><h1>Tea {0}</h1><div class=c><em class=now>£{1}</em></div>{2}</body></html>"
BOX = "<div class=c><a href=/tea/{0}>Tea {0}</a><em>£{1}</em></div>"
HOST = "http://teas.test"


def page(number: int, *, sold: bool = False, own: str = "now") -> str:
    html = PAGE.format(number, 301 + 7 * number, "".join(BOX.format(n, 301 + 7 * n) for n in (number + 1, number + 2)))
    html = html.replace("class=now", f"class={own}")
    return html.replace(f"£{301 + 7 * number}", "Sold", 1) if sold else html


def learned(*steps: Step) -> Extractor:
    """An extractor whose rules for the price lead there by these steps, whatever the markup."""
    extractor = learn([Example(f"{HOST}/tea/0", page(0), {"title": "Tea 0", "price": 301}, source="person")])
    entry = extractor.program.fields["price"]
    rules = tuple(replace(entry.rules[0], selector=Selector((step,)), weight=0.99) for step in steps)
    fields = {**extractor.program.fields, "price": replace(entry, rules=rules, strangers=frozenset())}
    return Extractor(replace(extractor.program, fields=fields), extractor.examples)


ANY, OWN = Step("em"), Step("em", ("now",))


@pytest.mark.parametrize(
    ("steps", "pages", "known", "own", "left"),
    [
        pytest.param((ANY, OWN), range(9), range(12), "now", (OWN,), id="boxes of known things"),
        pytest.param((ANY, OWN), range(9), range(0), "now", (ANY, OWN), id="nothing is known"),
        pytest.param((ANY, OWN), range(1), range(12), "now", (ANY, OWN), id="one page"),
        pytest.param((ANY, OWN), range(9), range(12), "new", (ANY, OWN), id="the other does not read these pages"),
        pytest.param((ANY,), range(9), range(12), "now", (ANY,), id="no other rule"),
    ],
)
def test_rules_that_reach_into_boxes_of_others(
    steps: tuple[Step, ...], pages: range, known: range, own: str, left: tuple[Step, ...]
) -> None:
    facts = {f"{HOST}/tea/{n}": Known(f"{HOST}/tea/{n}", {"title": f"Tea {n}", "price": 301 + 7 * n}) for n in known}
    opened = [LabelledPage(Example(f"{HOST}/tea/{n}", page(n, own=own), {})) for n in pages]
    changed, astray = parted(learned(*steps), ["price", "title"], Recorded(opened, facts))
    assert tuple(rule.selector.steps[0] for rule in changed.program.fields["price"].rules) == left
    assert not astray


@pytest.mark.parametrize(("steps", "told"), [((ANY,), True), ((ANY, OWN), False)])
def test_a_page_that_is_given_anothers_value_is_told(steps: tuple[Step, ...], told: bool) -> None:
    facts = {f"{HOST}/tea/{n}": Known(f"{HOST}/tea/{n}", {"price": 301 + 7 * n}) for n in range(12) if n != 4}
    opened = [LabelledPage(Example(f"{HOST}/tea/{n}", page(n, sold=n == 4), {})) for n in range(9)]
    changed, astray = parted(learned(*steps), ["price"], Recorded(opened, facts))
    assert astray == ({"price": f"{HOST}/tea/4"} if told else {})
    assert ("price" in changed.read(page(6, sold=True), f"{HOST}/tea/6").item) is told


@pytest.mark.parametrize(
    ("price", "old", "stray"),
    [(301, None, True), (301, 357, False), (290, None, False)],
)
def test_a_value_that_is_another_fields(price: int, old: int | None, stray: bool) -> None:
    """``price``: what the page shows now; ``old``: the old price that is known of it beside a price of 301."""
    html = f"<html><body><h1>Tea</h1><div><b class=now>£{price}</b> <s>£301</s></div></body></html>"
    shown: dict[str, Any] = {"title": "Tea", "price": price}
    extractor = learn([Example(f"{HOST}/tea/0", html, shown, source="person")])
    known: dict[str, Any] = {"price": 301, **({"old_price": old} if old else {})}
    recorded = Recorded((), {f"{HOST}/tea/0": Known(f"{HOST}/tea/0", known)})
    opened = LabelledPage(Example(f"{HOST}/tea/0", html, {}))
    value = old or 301
    assert recorded.is_another_field(extractor, opened, "old_price", value) is stray
