"""Values that pages hold in scripts alone: found by name, by the page's number, and not by chance."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from core_tools import run

from learner import Example, NothingLearned, Page, heal, learn
from learner.pages.values import Value

NAMES = "alpha oak, beta elm, gamma fir, delta ash, eps yew, zeta box, eta bay, theta fig, iota nut, kappa gum".split(
    ", "
)
CODES = [f"EV40{(n * 7) % 10}19" for n in range(10)]
SHOWN = 8


def html(data: str, number: int, heading: str = "h1") -> str:
    return f"<p>Events</p><{heading}>{NAMES[number]}</{heading}><p>All about it</p>{data}"


def state(number: int) -> str:
    return (
        f"<script>window.__STATE__ = {json.dumps({'a': {'code': CODES[number], 'left': 100 + 13 * number}})};</script>"
    )


def parsed(number: int) -> str:
    text = json.dumps({"code": CODES[number], "left": 100 + 13 * number})
    return f"<script>var data = JSON.parse({json.dumps(text)});</script>"


def attributes(number: int, optional: Callable[[int], bool] = lambda number: number % 2 == 1) -> list[dict[str, Any]]:
    some = [{"key": "max", "value": 5}] if optional(number) else []
    return [*some, {"key": "code", "value": CODES[number]}, {"key": "left", "value": 100 + 13 * number}]


def keys_and_values(number: int) -> str:
    return f'<script type="application/json">{json.dumps({"attrs": attributes(number)})}</script>'


def firsts(number: int) -> str:
    """The first of the list is another one on pages that were not shown alone."""
    attrs = attributes(number, lambda number: number >= SHOWN)
    return f'<script type="application/json">{json.dumps({"attrs": attrs})}</script>'


def by_number(number: int) -> str:
    events = {str(number + 30): {"code": CODES[number], "left": 100 + 13 * number}}
    return f'<script type="application/json">{json.dumps({"events": events, "other": {"code": "EV1"}})}</script>'


def by_address(number: int) -> str:
    events = {str(n): {"code": CODES[n], "left": 100 + 13 * n} for n in range(10)}
    return f"<script>var events = {json.dumps(events)}</script>"


@pytest.mark.parametrize("data", [state, parsed, keys_and_values, firsts, by_number, by_address])
def test_what_stands_in_scripts_alone_is_learned(data: Callable[[int], str]) -> None:
    extractor = learn([
        Example(
            f"http://x.test/e/{n}", html(data(n), n), {"title": NAMES[n], "sku": CODES[n], "stock": 100 + 13 * n}
        )
        for n in range(SHOWN)
    ])  # fmt: skip
    assert extractor.warnings == ()
    for n in (SHOWN, SHOWN + 1):
        url, page = f"http://x.test/e/{n}", html(data(n), n)
        assert extractor.extract(page, url).item == {"title": NAMES[n], "sku": CODES[n], "stock": 100 + 13 * n}
        assert run(extractor.source_code(), page, url) == extractor.extract(page, url).item
        assert extractor.extract(html("", n), url).item == {"title": NAMES[n]}


def test_moments_and_yes_and_no_of_scripts_are_learned() -> None:
    """Written otherwise than the spider gives them: the moment without seconds and zone, yes as true."""

    def data(number: int) -> str:
        held = {
            "id": CODES[number],
            "endsAt": f"2026-12-{number + 3:02}T18:{number}5:00Z",
            "reserveMet": number % 3 == 0,
        }
        return f"<script>window.__STATE__ = {json.dumps({'a': held})};</script>"

    def item(number: int) -> dict[str, Value]:
        ends = f"2026-12-{number + 3:02}T18:{number}5"
        return {"title": NAMES[number], "ends": ends, "met": number % 3 == 0}

    def page(number: int) -> str:
        return html(data(number), number)

    numbers = range(6)
    extractor = learn([Example(f"http://x.test/e/{n}", page(n), item(n)) for n in numbers])
    assert extractor.warnings == ()
    for n in (4, 5):
        assert extractor.read(page(n), "http://x.test/e/9").item == item(n)
        assert run(extractor.source_code(), page(n), "http://x.test/e/9") == item(n)


@pytest.mark.parametrize("new", [state, parsed, keys_and_values, by_address])
def test_what_moves_into_a_script_is_healed(new: Callable[[int], str]) -> None:
    numbers = range(SHOWN)
    items: list[dict[str, Value]] = [{"title": NAMES[n], "sku": CODES[n], "stock": 100 + 13 * n} for n in numbers]
    extractor = learn(
        [Example(f"http://x.test/e/{n}", html(by_number(n), n), item) for n, item in zip(numbers, items, strict=True)]
    )
    healing = heal(extractor, [Page(f"http://x.test/e/{n}", html(new(n), n, "h2")) for n in numbers])
    assert healing.promoted
    for n in range(10):
        item = healing.extractor.extract(html(new(n), n, "h2"), f"http://x.test/e/{n}").item
        assert item == {"title": NAMES[n], "sku": CODES[n], "stock": 100 + 13 * n}


def test_what_is_shown_is_not_looked_for_in_scripts() -> None:
    pages = [html(state(n) + f"<p class=code>{CODES[n]}</p>", n) for n in range(SHOWN)]
    extractor = learn([Example(f"http://x.test/{n}", page, {"sku": CODES[n]}) for n, page in enumerate(pages)])
    assert not any(rule.selector.is_assigned for rule in extractor.program.fields["sku"].rules)


@pytest.mark.parametrize(("values", "learned"), [
    ([4], False), ([4, 4], False), ([4, 7], True), (["EV40719"], True), (["EV4"], False),
])  # fmt: skip
def test_what_scripts_hold_by_chance_is_not_learned(values: list[int | str], learned: bool) -> None:
    pages = [html(f"<script>var config = {json.dumps({'x': value})}</script>", n) for n, value in enumerate(values)]
    items = [{"title": NAMES[n], "it": value} for n, value in enumerate(values)]
    extractor = learn(
        [Example(f"http://x.test/p{n}", page, item) for n, (page, item) in enumerate(zip(pages, items, strict=True))]
    )
    assert ("it" in extractor.fields) == learned


def test_a_number_has_no_capitals() -> None:
    data = '<script type="application/json">{{"all": {{"{}": {}, "{}": 3}}}}</script>'
    pages = [html(data.format(n + 40, 100 + n, n + 50), n) for n in range(SHOWN)]
    examples = [Example(f"http://x.test/{n}", page, {"it": 100 + n}) for n, page in enumerate(pages)]
    with pytest.raises(NothingLearned, match="'100' stands where no rule leads to"):
        learn(examples)
