"""Values that are named on the page are told by their names, not by where they stand among others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from core_tools import example

from learner import learn
from learner.learning.induction import trials
from learner.learning.labels import measured, scattered, settled
from learner.programs.examples import LabelledPage

Facts = Sequence[tuple[str, str]]
FIRST: Facts = (("Ref", "K-7"), ("Brand", "Hill"), ("Model", "Swift"), ("Colour", "red"))
LESS: Facts = (("Brand", "Dale"), ("Model", "Heron"), ("Colour", "blue"), ("Weight", "2 kg"))
WITHOUT: Facts = (("Ref", "K-9"), ("Brand", "Dale"), ("Colour", "blue"), ("Weight", "2 kg"))


def table(facts: Facts) -> str:
    return f"<table class=facts>{''.join(f'<tr><td>{name}:<td>{value}' for name, value in facts)}</table>"


def definitions(facts: Facts) -> str:
    return f"<dl class=facts>{''.join(f'<dt>{name}</dt><dd>{value}</dd>' for name, value in facts)}</dl>"


def lines(facts: Facts) -> str:
    return f"<p class=facts>{'<br>'.join(f'<b>{name}:</b> {value}' for name, value in facts)}</p>"


def spans(facts: Facts) -> str:
    rows = (f"<li><span>{name}</span><span class=v>{value}</span>" for name, value in facts)
    return f"<ul class=facts>{''.join(rows)}</ul>"


def page(title: str, facts: str) -> str:
    return f"<html><body><h1>{title}</h1><p>All you want to know</p>{facts}<p>About us</p></body></html>"


@pytest.mark.parametrize("shown", [table, definitions, lines, spans])
@pytest.mark.parametrize(("later", "model"), [(LESS, "Heron"), (WITHOUT, None)])
def test_rows_that_are_missing_move_no_value_to_another_name(shown, later: Facts, model: str | None) -> None:  # type: ignore[no-untyped-def]
    extractor = learn([example(page("Red chair", shown(FIRST)), title="Red chair", model="Swift")])
    read = extractor.read(page("Blue lamp", shown(later)), "http://site.test/things/2")
    assert read.item.get("model") == model


@pytest.mark.parametrize(
    ("facts", "settles"),
    [
        (table(FIRST), True),
        (definitions(FIRST), True),
        # Two names are no list of names; what differs from page to page is none.
        (table(FIRST[1:3]), False),
        (table([("12 May", "Ann"), ("13 May", "Swift"), ("14 May", "Joe"), ("15 May", "Eve")]), False),
        # A class tells it, wherever it stands.
        (table(FIRST).replace("<td>Swift", "<td class=model>Swift"), True),
        ("<p>Swift</p><p>Hill</p><p>red</p>", False),
    ],
)
def test_rules_that_only_count_rows_are_left_out_where_rows_have_names(facts: str, settles: bool) -> None:
    opened = LabelledPage(example(page("Red chair", facts), model="Swift"))
    tried = trials([opened], "model", False)
    kept = settled(tried, [opened])
    assert (len(kept) < len(tried)) == settles
    rules = {str(trial.rule) for trial in kept}
    assert any("facts" in rule for rule in rules) or "facts" not in facts or settles
    assert ("td.model" in rules) == ("class=model" in facts)


@pytest.mark.parametrize(("first", "second"), [
    pytest.param(FIRST, LESS, id="another row"),
    pytest.param(LESS, FIRST, id="another row, the other way round"),
    pytest.param(FIRST, (("Model", "Model"), *LESS[2:]), id="a value that is its name"),
])  # fmt: skip
def test_a_second_example_takes_no_trust_from_names(first: Facts, second: Facts) -> None:
    def shown(number: int, facts: Facts) -> tuple[str, str]:
        rows = "".join(f"<li><span>{name}</span><span>{value}</span>" for name, value in facts)
        return page(f"No. {number}", f"<ul class=facts>{rows}</ul>"), dict(facts)["Model"]

    pages = [shown(number, facts) for number, facts in enumerate((first, second), 1)]
    extractor = learn([example(html, number, model=model) for number, (html, model) in enumerate(pages)])
    assert extractor.warnings == ()
    assert all(rule.selector.label for rule in extractor.program.fields["model"].rules)
    for html, model in (*pages, shown(3, (*WITHOUT[:2], ("Model", "Crane"), *WITHOUT[2:]))):
        assert extractor.read(html, "http://site.test/things/9").item == {"model": model}


@pytest.mark.parametrize(("row", "field", "told"), [
    pytest.param("<dt>Width</dt><dd>20 cm</dd>", "width", True, id="behind its name"),
    pytest.param("<dt>Width:</dt><dd>20 %</dd>", "width", False, id="the same sign"),
    pytest.param("<dt>Width:</dt><dd>20</dd>", "width", False, id="without a sign"),
    pytest.param("<dt>Size</dt><dd>20 cm</dd>", "width", False, id="behind another name"),
])  # fmt: skip
def test_a_number_of_another_unit_is_not_the_one_behind_the_name(row: str, field: str, told: bool) -> None:
    html = f"<h1>Vase</h1><dl>{row}<dt>Weight</dt><dd>3 kg</dd></dl><p class=ad>Members save 20%</p>"
    opened = LabelledPage(example(html, **{field: 20}))
    found = trials([opened], field, many=False)
    left = measured(found, [opened], field)
    assert any("ad" in trial.rule.selector.literals() for trial in found)
    assert any("ad" in trial.rule.selector.literals() for trial in left) is not told


@pytest.mark.parametrize("made", ["<p>{}</p>", "<div><span>{}</span></div>"])
@pytest.mark.parametrize("shown", ["{} mm", "Diameter: {} mm", "{}"])
def test_a_number_that_is_known_by_its_position_is_none_of_another_thing(made: str, shown: str) -> None:
    def told(number: int, diameter: str) -> str:
        rows = [f"Made in {1950 + number}", *([diameter] if diameter else []), f"{number + 2} March 2023", "3 months"]
        return page(f"Watch {number}", f"<main>{''.join(map(made.format, rows))}</main>")

    for count in (4, 6):
        diameters = [30.5 + number for number in range(count)]
        shows = [told(number, shown.format(f"{one:.1f}")) for number, one in enumerate(diameters)]
        read = learn([example(html, n, diameter=diameters[n]) for n, html in enumerate(shows)]).read
        assert read(told(8, shown.format("41.5")), "http://x.test/8").item["diameter"] == 41.5
        lacking = read(told(9, ""), "http://x.test/9").item
        assert "diameter" not in lacking or count < 5


def test_words_that_differ_from_page_to_page_belong_to_no_number() -> None:
    words = ("red", "blue", "green", "white", "black", "grey")
    shows = [page(f"Box {number}", f"<main><p>{number + 3} {word}</p></main>") for number, word in enumerate(words)]
    read = learn([example(html, n, many=n + 3) for n, html in enumerate(shows)]).read
    assert read(page("Box 9", "<main><p>12 pink</p></main>"), "http://x.test/9").item == {"many": 12}


ROOM = (
    "<html><body><h1>{}</h1><table class=sub><tr><td>Location<td>{}<tr><td>Value<td>{}</table>"
    "<div class=offer><s>€2{}8</s> <b>€1{}5</b>{}</div><div class=similar><b>The Bell</b><i>{}</i></div></body></html>"
)


@pytest.mark.parametrize(
    ("given", "later", "read"),
    [
        # A digit of a longer number is another value.
        ({"left": "1"}, ("Inn", "8.9", "6.4", 1, 7, "<i class=left>Only 3 left</i>", "9.2"), {"left": "3"}),
        ({"left": "1"}, ("Inn", "8.1", "6.1", 1, 7, "", "9.1"), {}),
        # What else has the same score is another thing, if a label is the field's name.
        ({"location": "7.6"}, ("Inn", "8.9", "6.4", 1, 7, "", "9.2"), {"location": "8.9"}),
        (
            {"value": "6.1", "location": "7.6"},
            ("Inn", "8.9", "6.4", 1, 7, "", "9.2"),
            {"location": "8.9", "value": "6.4"},
        ),
    ],
)
def test_a_short_value_of_one_example_is_not_what_is_the_same_by_chance(
    given: dict[str, str], later: tuple[object, ...], read: dict[str, str]
) -> None:
    shown = ROOM.format("Palace", "7.6", "6.1", 1, 8, "<i class=left>Only 1 left</i>", "7.6")
    extractor = learn([example(shown, title="Palace", **given)])
    assert extractor.read(ROOM.format(*later), "http://site.test/inn").item == {"title": "Inn", **read}


@pytest.mark.parametrize(("value", "more", "places"), [
    ("8", "", 1), ("8", "<u>8</u><em>8</em>", 3), ("80000", "<u>80000</u><em>80000</em>", 0),
    ("8", "<u class=goals>8</u><em>8</em>", 0),
])  # fmt: skip
def test_a_short_value_that_stands_anywhere_is_not_given_until_a_second_page_tells(
    value: str, more: str, places: int
) -> None:
    first = example(f"<html><body><h1>Ann</h1><b>{value}</b>{more}</body></html>", title="Ann", goals=value)
    extractor = learn([first])
    rules = extractor.program.fields["goals"].rules
    assert scattered(rules, LabelledPage(first), "goals") == places
    later = more.replace(f">{value}<", ">12<" if "class" in more else ">7<")
    page = f"<html><body><h1>Bob</h1><b>12</b>{later}</body></html>"
    second = replace(example(page, title="Bob", goals="12"), url="http://site.test/2")
    assert ("goals" in extractor.read(first.html, first.url).item) is (places < 3)
    assert learn([first, second]).read(page, second.url).item["goals"] == "12"
