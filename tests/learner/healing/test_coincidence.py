"""Known values that pages show by chance, and witnesses that contradict what is known."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence

import pytest

from learner import Example
from learner.healing.coincidence import (
    UNLIKELY,
    Coincidences,
    comes_again,
    is_another,
    is_contradicted,
    measures_another,
)
from learner.pages.values import Scalar
from learner.programs.examples import LabelledPage

CONDITIONS = ("good", "like new", "very good", "acceptable")
PAGES = 10


def pages(own: bool, cards: int, shifted: int = 0) -> tuple[dict[int, Scalar], list[LabelledPage]]:
    """Pages with cards of other things; each with a condition of its ``own``, after so many other facts, or without."""
    chance = random.Random(5)
    known: dict[int, Scalar] = {n: CONDITIONS[n % 4] for n in range(PAGES)}
    made = []
    for n, value in known.items():
        others = "".join(f"<li><a>Thing {k}</a> <em>{chance.choice(CONDITIONS)}</em></li>" for k in range(cards))
        facts = "".join(f"<dd>{k * n + 3} kg</dd>" for k in range(shifted and n % shifted))
        body = f"<ul>{others}</ul><h1>Thing {n}</h1><dl>{facts}{f'<dd>{value}</dd>' if own else ''}</dl>"
        made.append(LabelledPage(Example(f"https://x.test/{n}", f"<html><body>{body}</body></html>", {})))
    return known, made


@pytest.mark.parametrize(("own", "cards", "shifted", "count", "taken"), [
    pytest.param(True, 0, 0, PAGES, 0, id="nothing else shows such values"),
    pytest.param(True, 4, 0, PAGES, 0, id="one place has each page's own"),
    pytest.param(True, 4, 3, PAGES, 0, id="the last of a list"),
    pytest.param(False, 4, 0, PAGES, PAGES, id="only others have such values"),
    pytest.param(False, 4, 0, 2, 0, id="two pages tell nothing"),
])  # fmt: skip
def test_values_found_by_chance(own: bool, cards: int, shifted: int, count: int, taken: int) -> None:
    known, made = pages(own, cards, shifted)
    shown = {at: value for at, value in known.items() if at < count and made[at].places(value)}
    assert len(Coincidences(made).by_chance(shown, count)) == min(taken, len(shown))
    assert shown


def test_the_place_may_be_missing_on_a_page() -> None:
    known, made = pages(own=True, cards=4)
    _, without = pages(own=False, cards=4)
    assert Coincidences([*made[:9], without[9]]).by_chance(known, PAGES) <= {9}


ROOMS = (3, 2, 1, 3, 4, 2, 5, 1, 2, 3)
BATHS = (1, 2, 2, 1, 3, 1, 1, 2, 3, 1)


def homes(rooms: Sequence[int], baths: Sequence[int]) -> list[LabelledPage]:
    """Pages with numbers of rooms beside each other, and pictures whose addresses have all digits."""
    made = []
    for n, (room, bath) in enumerate(zip(rooms, baths, strict=True)):
        pictures = "".join(f"<img src='/photo/{k}/1234567890.jpg'>" for k in range(3))
        facts = f"<dl><dt>Bathrooms</dt><dd>{bath}</dd><dt>Bedrooms</dt><dd>{room}</dd></dl>"
        html = f"<html><body><h1>Home {n}</h1>{pictures}{facts}</body></html>"
        made.append(LabelledPage(Example(f"https://x.test/{n}", html, {})))
    return made


@pytest.mark.parametrize(("known", "count", "stays"), [
    pytest.param(ROOMS, PAGES, True, id="rooms"),
    pytest.param(BATHS, PAGES, True, id="baths"),
    pytest.param([value + 1 for value in BATHS], PAGES, False, id="all have changed"),
    pytest.param((2,) * PAGES, PAGES, False, id="all are one"),
    pytest.param(BATHS, 3, False, id="three pages tell too little"),
    pytest.param((3, 2, 3, 2), 4, False, id="other numbers that come again"),
    pytest.param(BATHS, 2, False, id="two pages tell nothing"),
])  # fmt: skip
def test_numbers_that_stand_in_one_place_of_each_page(known: Sequence[int], count: int, stays: bool) -> None:
    numbers: dict[int, Scalar] = dict(list(enumerate(known))[:count])
    place = Coincidences(homes(ROOMS, BATHS)).agreement(numbers, count, known)
    assert (place.chance <= UNLIKELY) is stays
    assert place.pages == frozenset(numbers) or not stays


def test_data_of_scripts_has_places_too() -> None:
    """Of four homes each, in one script: the page's own and three beside it."""

    def page(number: int) -> LabelledPage:
        beside = [{"rooms": ROOMS[(number + 3 * k) % PAGES]} for k in range(1, 4)]
        data = json.dumps({"beside": beside, "home": {"rooms": ROOMS[number], "baths": BATHS[number]}})
        html = f"<html><body><p>Home</p><script type='application/json'>{data}</script></body></html>"
        return LabelledPage(Example(f"https://x.test/{number}", html, {}))

    made = [page(number) for number in range(PAGES)]
    for known, count in ((ROOMS, PAGES), (BATHS, PAGES), ([value + 1 for value in BATHS], 0)):
        place = Coincidences(made).agreement(dict(enumerate(known)), PAGES, known)
        assert (place.chance <= UNLIKELY, len(place.pages)) == (count > 0, count)


def test_pages_with_one_value_tell_of_others_only() -> None:
    """Every second page has the same: what one of these is given of another is its own."""
    rooms, baths = (2, 1, 2, 1), (1, 3, 2, 4)
    place = Coincidences(homes(rooms, baths)).agreement(dict(enumerate(rooms)), 4, ROOMS)
    assert place.chance <= UNLIKELY
    assert place.pages == frozenset(range(4))


@pytest.mark.parametrize(("own", "usual", "stays"), [
    pytest.param(("78773", "76556"), [str(70_000 + 7 * n) for n in range(30)], True, id="no two pages share one"),
    pytest.param(("78773", "76556"), ["78773"] * 2 + [str(70_000 + 7 * n) for n in range(30)], False, id="two do"),
    pytest.param(("78773", "76556"), (), False, id="nothing is known of others"),
    pytest.param(("3", "2"), list("23456789"), False, id="short ones"),
])  # fmt: skip
def test_two_pages_tell_of_values_of_their_own(own: tuple[str, str], usual: Sequence[str], stays: bool) -> None:
    htmls = [
        f"<h1>Home {n}</h1><img src=/p/{one}.jpg><p>Reference {one}</p><p>£ 850{n}</p>" for n, one in enumerate(own)
    ]
    made = [LabelledPage(Example(f"https://x.test/{n}", f"<html><body>{html}", {})) for n, html in enumerate(htmls)]
    values: list[Scalar] = [*own, *usual] if usual else []
    place = Coincidences(made).agreement(dict(enumerate(own)), 2, values)
    assert (place.chance <= UNLIKELY) is stays


@pytest.mark.parametrize("known", [ROOMS, BATHS])
def test_a_place_with_all_digits_hides_no_other(known: Sequence[int]) -> None:
    assert not Coincidences(homes(ROOMS, BATHS)).by_chance(dict(enumerate(known)), PAGES)


@pytest.mark.parametrize(("said", "known", "is_so"), [
    pytest.param(ROOMS, BATHS, True, id="the rooms beside"),
    pytest.param(BATHS, BATHS, False, id="the same"),
    pytest.param((*BATHS[:8], 4, 4), BATHS, False, id="most are the same"),
    pytest.param((71, 72, 73), BATHS[:3], True, id="other numbers"),
    pytest.param((60, 104, 105, 54), (2, 1, 2, 1), True, id="numbers of streets"),
    pytest.param((2, 1, 2, 1), (2, 1, 2, 1), False, id="the same, which come again"),
    pytest.param((71, 72), BATHS[:2], False, id="two pages tell nothing"),
])  # fmt: skip
def test_what_has_nothing_to_do_with_the_known(said: Sequence[int], known: Sequence[int], is_so: bool) -> None:
    assert is_another(dict(enumerate(said)), dict(enumerate(known))) is is_so


def test_values_that_come_again() -> None:
    assert comes_again(ROOMS)
    assert not comes_again([1290.0 + n for n in range(PAGES)])


@pytest.mark.parametrize(("said", "known", "is_so"), [
    pytest.param(["good", "new", "worn"], ["worn", "good", "new"], True, id="others"),
    pytest.param(["good", "new", "new"], ["good", "new", "worn"], False, id="most are the same"),
    pytest.param([f"A {n} lamp | Shop" for n in CONDITIONS], [f"A {n} lamp" for n in CONDITIONS], False, id="more"),
    pytest.param([f"{n} in stock" for n in range(4)], [f"{n} left" for n in "9876"], False, id="amounts change"),
    pytest.param(["good", "new"], ["worn", "good"], False, id="two pages tell nothing"),
    pytest.param([], [], False, id="nothing"),
])  # fmt: skip
def test_what_contradicts_the_known(said: list[str], known: list[str], is_so: bool) -> None:
    assert is_contradicted(dict(enumerate(said)), dict(enumerate(known))) is is_so


@pytest.mark.parametrize(("said", "known", "is_so"), [
    pytest.param(["14 kg", "15 kg", "16 kg"], ["3 gears", "7 gears", "8 gears"], True, id="something else"),
    pytest.param(["3-speed", "7-speed", "8-speed"], ["3 gears", "7 gears", "8 gears"], False, id="in other words"),
    pytest.param(["14 gears", "15 gears", "16 gears"], ["3 gears", "7 gears", "8 gears"], False, id="it has changed"),
    pytest.param(["14 kg", "15 kg", "16 kg"], ["30 gears", "70 gears", "80 gears"], False, id="not shown any more"),
    pytest.param(["14 kg", "7-speed", "8-speed"], ["3 gears", "7 gears", "8 gears"], False, id="on one page"),
    pytest.param(["none", "few", "many"], ["3 gears", "7 gears", "8 gears"], False, id="no amounts"),
    pytest.param(["14 kg", "15 kg"], ["3 gears", "7 gears"], False, id="two pages tell nothing"),
])  # fmt: skip
def test_what_measures_something_else(said: list[str], known: list[str], is_so: bool) -> None:
    html = "<html><body><p>{}-speed</p><p>{} kg</p></body></html>"
    shown = [LabelledPage(Example(f"http://b.test/{g}", html.format(g, w), {})) for g, w in ((3, 14), (7, 15), (8, 16))]
    assert measures_another(dict(enumerate(said)), dict(enumerate(known)), shown) is is_so
