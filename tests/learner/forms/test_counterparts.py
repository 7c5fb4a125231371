"""What a page shows for the lists that it embeds as data."""

from __future__ import annotations

import pytest

from learner import Example
from learner.forms.counterparts import Counterparts, shown_fields
from learner.programs.examples import LabelledPage

SHOWN = "½ cup of soft white butter, melted"
DATA = ["0.5 cup of soft white butter ((melted))", "250 g flour", "1 egg"]


def page(body: str, data: list[str] | None = None, item: dict[str, list[str]] | None = None) -> LabelledPage:
    words = "".join(f'"{text}",' for text in data or ())[:-1]
    script = f'<script type="application/ld+json">{{"@type": "Recipe", "parts": [{words}]}}</script>'
    return LabelledPage(Example("http://x.test/", f"<html><head>{script}</head><body>{body}</body></html>", item or {}))


@pytest.mark.parametrize(("body", "shown"), [
    (f"<li>{SHOWN}</li><li>250g flour</li><li>1 egg</li>", [SHOWN, "250g flour", "1 egg"]),
    # What is not shown stays as it is; where most is not shown, it is another list.
    (f"<li>{SHOWN}</li><li>250g flour</li>", [SHOWN, "250g flour", None]),
    ("<li>250g flour</li><li>3 spoons of salt</li>", None),
    ("<p>All about flour, butter and what an egg is good for, at length</p>", None),
    # Of two places with the words that which is of the list's kind.
    (f"<p>1 egg</p><li>{SHOWN}</li><li>250g flour</li><li>1 egg!</li>",
     [SHOWN, "250g flour", "1 egg!"]),
    ("", None),
])  # fmt: skip
def test_lists_are_shown_in_other_words(body: str, shown: list[str | None] | None) -> None:
    candidates = page(body).candidates
    numbers = Counterparts(candidates).of(DATA)
    found = numbers and [candidates[number].value if number >= 0 else None for number in numbers]
    assert found == shown


def test_no_texts_have_no_counterparts() -> None:
    assert Counterparts(page("<p>x</p>").candidates).of([]) is None


def test_places_of_embedded_lists_become_those_that_show_them() -> None:
    opened = page(f"<li>{SHOWN}</li><li>250g flour</li>", DATA)
    numbers = [
        n for n, candidate in enumerate(opened.candidates) if candidate.kind == "data" and "parts" in candidate.name
    ]
    assert [opened.candidates[n].value for n in Counterparts(opened.candidates).as_shown(numbers)] == [
        SHOWN, "250g flour", "1 egg",
    ]  # fmt: skip
    assert Counterparts(opened.candidates).as_shown(numbers[:1]) == numbers[:1]
    long = page("".join(f"<li>{n} figs</li>" for n in range(90)), [f"{n} (figs)" for n in range(90)])
    numbers = [
        n for n, candidate in enumerate(long.candidates) if candidate.kind == "data" and "parts" in candidate.name
    ]
    assert [long.candidates[n].value for n in Counterparts(long.candidates).as_shown(numbers)] == [
        f"{n} figs" for n in range(90)
    ]
    shown = [n for n, candidate in enumerate(opened.candidates) if candidate.kind == "block"]
    assert Counterparts(opened.candidates).as_shown(shown) == shown


@pytest.mark.parametrize(("body", "data", "shown"), [
    ("<li>1 egg</li><li>2 figs</li>", ["1 egg", "2 figs"], True), ("<li>1 egg</li><li>2 figs</li>", [], True),
    ("<p>x</p>", ["1 egg", "2 figs"], False),
])  # fmt: skip
def test_fields_that_pages_show(body: str, data: list[str], shown: bool) -> None:
    assert ("parts" in shown_fields([page(body, data, {"parts": ["1 egg", "2 figs"]})])) is shown
