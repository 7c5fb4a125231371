"""Programs: votes, profiles, JSON there and back."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from core_tools import TEMPLATES, document, fixture_example, fixture_pages, index

from learner import learn
from learner.pages.values import Scalar
from learner.programs.program import (
    Calibration,
    FieldProfile,
    FieldProgram,
    Program,
    Records,
    Rule,
    key,
    overlap,
    traits_of,
)
from learner.programs.selectors import Selector, Step

H1 = Selector((Step("h1"),))
H2 = Selector((Step("", ("two",)),))
H3 = Selector((Step("body"), Step("h3", position=1, child=True)))
BODY = "<h1>Ann</h1><h2 class=two>Ann</h2><h3>Bob</h3>"
PROFILE = FieldProfile("it", "text", False)


@pytest.mark.parametrize(("rules", "value", "votes"), [
    ([Rule(H1)], "Ann", 1), ([Rule(H1), Rule(H3)], "Ann", 1), ([Rule(H3, weight=0.9), Rule(H1)], "Bob", 1),
    ([Rule(H3, weight=0.8), Rule(H1, weight=0.75), Rule(H2, weight=0.75)], "Ann", 2),
    ([Rule(Selector((Step("h6"),))), Rule(H1)], "Ann", 1), ([Rule(Selector((Step("h6"),)))], None, 0),
    # rules of one family err together
    ([Rule(H3, weight=0.8), Rule(H2, weight=0.75), Rule(Selector((Step("h2", ("two",)),)), weight=0.75)], "Bob", 1),
])  # fmt: skip
def test_the_rules_that_agree_win(rules: list[Rule], value: str | None, votes: int) -> None:
    answer = FieldProgram(PROFILE, tuple(rules)).run(index(BODY), Calibration())
    assert (answer.value if answer else None) == value
    assert (answer.votes if answer else 0) == votes


@pytest.mark.parametrize(("rules", "presence", "outvoted"), [
    ([Rule(Selector((Step("h6"),)), weight=0.93), Rule(H3, weight=0.25)], 0.6, True),
    ([Rule(Selector((Step("h6"),)), weight=0.93), Rule(H3, weight=0.25)], 1.0, False),
    ([Rule(Selector((Step("h6"),)), weight=0.93, reach=0.02), Rule(H3, weight=0.6)], 0.6, False),
    ([Rule(Selector((Step("h6"),)), weight=0.7), Rule(H3, weight=0.93)], 0.6, False),
    ([Rule(Selector((Step("h6"),)), weight=0.93), Rule(H3, weight=0.6)], 0.6, False),
])  # fmt: skip
def test_where_pages_may_lack_a_field_rules_that_find_nothing_speak_against_it(
    rules: list[Rule], presence: float, outvoted: bool
) -> None:
    profile = FieldProfile("it", "text", False, presence=presence)
    assert (FieldProgram(profile, tuple(rules)).run(index(BODY), Calibration()) is None) is outvoted


def test_agreement_raises_confidence_and_trust_bounds_it() -> None:
    place = index(BODY)

    def confidence(*rules: Rule, trust: float = 1.0, profile: FieldProfile = PROFILE) -> float:
        answer = FieldProgram(profile, rules, trust=trust).run(place, Calibration())
        assert answer is not None
        return answer.confidence

    one, two, three = Rule(H1, weight=0.8), Rule(H2, weight=0.8), Rule(H3, weight=0.8)
    assert confidence(one, two) > confidence(one) > confidence(one, three)
    assert confidence(one, two, trust=0.4) == 0.4
    assert confidence(one) > confidence(one, profile=FieldProfile("it", "number", False))
    assert confidence(one) > confidence(one, profile=FieldProfile("it", "text", False, shortest=90, longest=200))


@pytest.mark.parametrize(("weight", "trust", "confidence"), [(0.32, 0.9, 0.32), (0.32, 1.0, 0.9), (0.5, 0.9, 0.9)])
def test_poor_rules_of_labels_that_nobody_showed(weight: float, trust: float, confidence: float) -> None:
    generous = Calibration((4.0, *Calibration().coefficients[1:]))
    answer = FieldProgram(PROFILE, (Rule(H1, weight=weight),), trust=trust).run(index(BODY), generous)
    assert answer is not None
    assert min(answer.confidence, 0.9) == pytest.approx(confidence)


def test_many_last_explode_and_window() -> None:
    place = index("<ul><li>a, b</li><li>c</li></ul><p>d</p>")
    items = Rule(Selector((Step("li"),)), explode=",")
    assert items.values(place) == ["a", "b", "c"]
    many = FieldProgram(FieldProfile("it", "text", True), (items,))
    answer = many.run(place, Calibration())
    assert answer is not None
    assert answer.value == ["a", "b", "c"]
    last = FieldProgram(PROFILE, (Rule(Selector((Step("li"),)), last=True),)).run(place, Calibration())
    assert last is not None
    assert last.value == "c"
    (first_place, _), *_, (second_place, _) = items.places(place)
    assert items.values(place, (second_place, second_place + 1)) == ["c"]
    assert items.values(place, (first_place, second_place)) == ["a", "b"]


@pytest.mark.parametrize(("traits", "html", "values"), [
    # What all examples had by chance, marked up like the others: it is one of them.
    ({"digit", "length 4"}, "<li>2 cups tea</li><li>oil</li>", ["2 cups tea", "oil"]),
    ({"digit"}, "<li><b>2</b> <i>cups</i></li><li><i>Salt</i></li>", ["2 cups", "Salt"]),
    # A heading is marked up in its own way.
    ({"digit"}, "<li>2 cups tea</li><li><b>Sauce</b></li><li>1 egg</li>", ["2 cups tea", "1 egg"]),
    ({"digit"}, "<li>2 cups tea</li><li class=head>Sauce</li>", ["2 cups tea"]),
    ({"digit"}, "<li><b>2</b> <i>cups</i></li><li>Sauce</li>", ["2 cups"]),
    # Marks are no values, and what no value looks like is no list.
    ({"letter"}, "<li>2 cups tea</li><li>*</li>", ["2 cups tea"]),
    ({"amount"}, "<li>$2.50</li><li>none</li>", ["$2.50"]),
    ({"digit"}, "<li>Home</li><li>About</li>", None),
])  # fmt: skip
def test_lists_keep_what_is_marked_up_as_their_values(traits: set[str], html: str, values: list[str] | None) -> None:
    place = index(f"<ul>{html}</ul>")
    profile = FieldProfile("it", "text", True, traits=frozenset(traits))
    answer = FieldProgram(profile, (Rule(Selector((Step("li"),))),)).run(place, Calibration())
    assert (answer and answer.value) == values
    column = FieldProgram(profile, (Rule(Selector((Step("li"),))),), column=True)
    strict = [text for text in column.rules[0].values(place) if profile.admits(text)]
    assert column.read(column.rules[0], place) == strict


@pytest.mark.parametrize(("html", "repeats", "values"), [
    ("<ul><li>Ann</li><li>Bob</li></ul><div><ol><li>ann</li><li>Bob</li></ol></div>", False, ["Ann", "Bob"]),
    ("<ul><li>Ann</li><li>Bob</li></ul><ol><li>ann</li><li>Bob</li></ol>", True, ["Ann", "Bob", "ann", "Bob"]),
    ("", False, None),
])  # fmt: skip
def test_a_list_that_is_shown_twice_is_one(html: str, repeats: bool, values: list[str] | None) -> None:
    profile = FieldProfile("it", "text", True, repeats=repeats)
    answer = FieldProgram(profile, (Rule(Selector((Step("li"),))),)).run(index(html), Calibration())
    assert (answer and answer.value) == values


@pytest.mark.parametrize(("text", "traits"), [
    ("", set()), ("-", set()), ("a1", {"digit", "letter"}), ("long", {"letter", "length 4"}),
    ("1234", {"digit", "length 4", "number"}), ("$12.50", {"digit", "length 4", "amount"}),
    ("½ cup", {"digit", "letter", "length 4"}), ("5. 1. 2026, 14:59", {"digit", "length 4", "date"}),
    ("+0.60%", {"digit", "length 4", "percent"}), ("−0,96 %", {"digit", "length 4", "percent"}),
    ("±0%", {"digit", "percent"}), ("+5", {"digit", "number"}), ("– €5.00", {"digit", "length 4", "amount"}),
    ("5. Mai 2020", {"digit", "length 4", "date"}), ("12 de marzo de 2021", {"digit", "length 4", "date"}),
])  # fmt: skip
def test_traits(text: str, traits: set[str]) -> None:
    assert traits_of(text) == traits
    assert FieldProfile("x", "text", True, traits=frozenset(traits)).admits(text)
    assert FieldProfile("x", "text", True, traits=frozenset({"digit"})).admits(text) is ("digit" in traits)


@pytest.mark.parametrize(("left", "right", "equal"), [
    (4, 4.0, True), (4.5, 4.5, True), (4, 4.5, False), (4, "4", True), (True, 1, False), (float("inf"), 4, False),
    ("Red  Chair", "red chair", True), (date(2024, 5, 3), date(2024, 5, 4), False),
])  # fmt: skip
def test_equal_values_have_one_key(left: Scalar, right: Scalar, equal: bool) -> None:
    assert (key(left) == key(right)) is equal


def test_overlap() -> None:
    from collections import Counter

    assert overlap(Counter("ab"), Counter("ba")) == 1.0
    assert overlap(Counter("aab"), Counter("ab")) == pytest.approx(0.8)
    assert overlap(Counter(), Counter()) == 1.0
    assert overlap(Counter("a"), Counter("b")) == 0.0


@pytest.mark.parametrize(("site", "template"), TEMPLATES)
def test_json_there_and_back(site: str, template: str) -> None:
    program = learn([fixture_example(page) for page in fixture_pages(site, template)[:2]]).program
    text = json.dumps(program.to_json())
    read = Program.from_json(json.loads(text))
    assert json.dumps(read.to_json()) == text
    page = document(fixture_pages(site, template)[3].html)
    assert {n: a.value for n, a in read.run(page).items()} == {n: a.value for n, a in program.run(page).items()}


def test_profile_there_and_back() -> None:
    profile = FieldProfile("x", "date", True, 0.5, 3, 9, ("a",), frozenset({"digit"}), 2, 7, repeats=False)
    assert FieldProfile.from_json("x", json.loads(json.dumps(profile.to_json()))) == profile


def rule(**changes: Any) -> dict[str, Any]:
    return {"selector": {"steps": [{"tag": "p"}]}, "weight": 0.5, **changes}


@pytest.mark.parametrize("data", [
    rule(weight=0), rule(weight=1), rule(weight=float("nan")), rule(weight="much"), rule(transforms=[["eval", "1"]]),
    rule(transforms=[["shape", "(a+)+", "0"]]), rule(selector={}), rule(selector={"steps": [{}] * 99}),
    rule(selector={"steps": [{"tag": "p"}], "take": "node:x"}),
    rule(selector={"steps": [{"tag": "p"}], "take": "html"}),
    rule(selector={"label": "x", "hops": ["following"]}), rule(selector={"label": "x", "hops": ["down:"]}),
    rule(selector={"steps": [{"attribute": ["id", "~=", "x"]}]}), rule(selector={"steps": [{"attribute": ["id"]}]}),
    rule(selector={"steps": [{"position": "first"}]}),
])  # fmt: skip
def test_foreign_rules_are_refused(data: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"."):
        Rule.from_json(data)


def test_records_start_at_elements() -> None:
    records = Records((H1, H2), True, frozenset({"day"}), frozenset({"who"}))
    assert Records.from_json(json.loads(json.dumps(records.to_json()))) == records
    with pytest.raises(ValueError, match="steps"):
        Records.from_json({"starts": [{"label": "x"}], "inside": True})


def test_a_program_of_another_format_is_refused() -> None:
    with pytest.raises(ValueError, match="format 99"):
        Program.from_json({**Program({}).to_json(), "format": 99})


def test_typed_answers() -> None:
    made = Rule(Selector((Step("p"),)), (("date", ""),))
    program = FieldProgram(FieldProfile("day", "date", False), (made,))
    answer = program.run(index("<p>3 May 2024</p>"), Calibration())
    assert answer is not None
    assert answer.value == date(2024, 5, 3)


@pytest.mark.parametrize(("text", "odd", "firm"), [
    ("2 cups of tea leaves", 0.0, 0.0), ("salt and pepper, white", 1.0, 0.0), ("1 egg", 0.7, 0.0),
    ("2 cups " * 60, 1.0, 1.0),
])  # fmt: skip
def test_what_examples_have_by_chance_is_odd_or_not(text: str, odd: float, firm: float) -> None:
    entry = FieldProgram(FieldProfile("it", "text", True, shortest=60, longest=90, traits=frozenset({"digit"})), ())
    assert (entry.oddness([text]), entry.oddness([text], firm=True)) == (odd, firm)
