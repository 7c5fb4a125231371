"""What witnesses agree on: which of their values, in which form, and how far it is trusted."""

from __future__ import annotations

import pytest
from core_tools import example

from learner import Extractor, learn
from learner.healing.consensus import Label, _without_exchanged, agree, alike
from learner.pages.values import Value


def label(source: str, value: Value, trust: float, alone: float = 1.0) -> Label:
    return Label(value, trust, source, alone)


@pytest.mark.parametrize(("left", "right", "share"), [
    ("Emma", "emma ", 1.0),
    ("Emma", "Emma, a novel", 0.8),
    ("Emma", "Persuasion", 0.0),
    ("am", "a long text with the word am in it", 0.0),
    ("2016-12-20T10:32", "Dec 20, 2016", 0.9),
    ("03/04/2024", "April 3, 2024", 0.9),
    (3, 3.0, 1.0),
    (["a", "b"], ["b", "a"], 1.0),
    (["one", "two", "three", "four"], ["one", "two"], 0.667),
    (["one", "two", "three", "four", "five", "six"], ["one", "two"], 0.6),
    (["Mr. Smith", "Ms. Jones"], ["Smith", "Jones"], 0.8),
    ("salt as required", "salt (as required)", 0.0),
    (["salt as required"], ["salt (as required)"], 0.8),
    (["½ cup cream (or milk)", "1 egg - beaten"], ["½ cup cream, or milk", "1 egg, beaten"], 0.8),
    (["---"], ["***"], 0.0),
    (["one"], ["two"], 0.0),
    ([], ["one"], 0.0),
])  # fmt: skip
def test_values_are_alike(left: Value, right: Value, share: float) -> None:
    assert alike(left, right) == pytest.approx(share, abs=0.001)
    assert alike(right, left) == pytest.approx(share, abs=0.001)


def test_in_a_column_a_heading_holds_for_the_records_below_it() -> None:
    assert alike(["May 1", "May 1", "May 2"], ["May 1", "May 2"], column=True) >= 0.9


@pytest.mark.parametrize(("said", "value", "least", "most"), [
    # Those that agree raise each other's trust.
    ([label("old", "Emma", 0.7), label("network", "Emma", 0.7)], "Emma", 0.85, 1.0),
    # One against another: the network, as far as the other is not trusted.
    ([label("old", "Emma", 0.7), label("network", "Villette", 0.95)], "Villette", 0.8, 0.93),
    # Old rules that the network contradicts are seldom right.
    ([label("old", "Emma", 0.7), label("network", "Villette", 0.7)], "Villette", 0.5, 0.65),
    ([label("old", "Emma", 0.95), label("network", "Villette", 0.7)], "Villette", 0.5, 0.65),
    ([label("old", "Emma", 0.95), label("network", "Villette", 0.3)], "Emma", 0.3, 0.5),
    # But of a page that they read as ever they are believed, if it is not known better.
    ([Label("Emma", 0.9, "old", steady=True), label("network", "Villette", 0.95), label("slot", "Villette", 0.95)],
     "Emma", 0.9, 1.0),
    ([Label("Emma", 0.9, "old", steady=True), label("known", "Villette", 0.97), label("network", "Villette", 0.9)],
     "Villette", 0.9, 1.0),
    # What is known stands against one witness, not against two that say the same.
    ([label("known", "Emma", 0.97), label("network", "Villette", 0.95)], "Emma", 0.9, 1.0),
    ([label("known", "Emma", 0.97), label("network", "Villette", 0.8), label("old", "Villette", 0.8)],
     "Villette", 0.8, 0.97),
    ([label("known", "Emma", 0.97), label("network", "Emma, a novel", 0.8), label("old", "Emma, a novel", 0.8)],
     "Emma, a novel", 0.8, 1.0),
    # The same day in other words is no other value.
    ([label("known", "Dec. 2, 2016", 0.97), label("network", "2016-12-02", 0.8), label("old", "2016-12-02", 0.8)],
     "Dec. 2, 2016", 0.9, 1.0),
    # Old rules whose value nobody confirms.
    ([label("old", "Emma", 0.9, 0.5)], "Emma", 0.4, 0.5),
    ([label("old", "Emma", 0.9, 0.5), label("network", "Emma", 0.7)], "Emma", 0.9, 1.0),
    # Of lists that overlap the rules' is taken, which is whole.
    ([label("old", ["a", "b", "c", "d"], 0.8), label("network", ["a", "b"], 0.95)], ["a", "b", "c", "d"], 0.8, 1.0),
])  # fmt: skip
def test_the_label_and_its_trust(said: list[Label], value: Value | None, least: float, most: float) -> None:
    agreed = agree(said)
    assert agreed is not None
    assert value is None or agreed.value == value
    assert least <= agreed.trust <= most
    again = agree(said[::-1])
    assert again is not None
    assert again.trust == pytest.approx(agreed.trust)


def test_without_witnesses_there_is_no_label() -> None:
    assert agree([]) is None


@pytest.mark.parametrize(("better", "worse", "examples"), [
    ("Smith v. Jones and others", "Smith v. Jones and others (opens in a window)", ["Lee v. Hill", "In re Clark"]),
    ("2024 NYSlipOp 04297", "2024 NYSlipOp 04297 »", ["2023 NYSlipOp 00001"]),
    (["Ann Smith", "Ruth Jones", "Mary Lee"], ["By Ann Smith", "By Ruth Jones", "By Mary Lee"], ["Ann Hill"]),
    ("$5.00", "5.00", ["$7.10", "$8.20"]),
    # The same day, as pages show it and as they say it to machines.
    ("06.01.2026 - 16:42", "2026-01-06T15:42:30.000Z", ["torsdag 09. mai 2024 - 13:26"]),
    ("2026-01-06T15:42:30Z", "Jan 6, 2026", ["2025-12-09T13:06:30Z"]),
])  # fmt: skip
def test_the_form_most_like_the_examples_is_liked_best(better: Value, worse: Value, examples: list[str]) -> None:
    for trust in (0.8, 0.7):  # also where the worse form is trusted more
        agreed = agree([label("old", worse, 0.8), label("network", better, trust)], examples)
        assert agreed is not None
        assert agreed.value == better
        assert agreed.source == "old+network"


def test_slots_and_the_network_count_little_more_than_one_of_them() -> None:
    network, slot, old = (label(source, "Emma", 0.8) for source in ("network", "slot", "old"))
    alone, related, unrelated = (agree(said) for said in ([slot], [network, slot], [old, slot]))
    assert alone is not None
    assert related is not None
    assert unrelated is not None
    assert alone.trust < related.trust < 0.9 < unrelated.trust


def test_slots_and_the_network_together_do_not_outvote_what_is_known() -> None:
    known, *others = (label("known", "Emma", 0.95), label("network", "Ada", 0.8), label("slot", "Ada", 0.8))
    agreed = agree([known, *others])
    assert agreed is not None
    assert agreed.value == "Emma"
    outvoted = agree([known, *others, label("old", "Ada", 0.8)])
    assert outvoted is not None
    assert outvoted.value == "Ada"


def _titled() -> Extractor:
    pairs = [("A flat for sale", "12 Oak Lane"), ("A house to let", "3 Elm Street")]
    return learn([example(f"<h1>{one}</h1><p>{two}", n, title=one, address=two) for n, (one, two) in enumerate(pairs)])


@pytest.mark.parametrize(("pages", "left"), [
    pytest.param([("A big flat", "9 Ash Road"), ("A loft", "7 Yew Road")], {"known"}, id="two pages, long values"),
    pytest.param([("A big flat", "9 Ash Road")], {"known", "old", "network"}, id="one page"),
    pytest.param([("Flat", "Ash"), ("Loft", "Yew")], {"known", "old", "network"}, id="two pages, short values"),
    pytest.param([("Flat", "Ash"), ("Loft", "Yew"), ("Home", "Elm")], {"known"}, id="three pages"),
])  # fmt: skip
def test_old_rules_that_find_what_is_known_of_another_field_are_no_witness(
    pages: list[tuple[str, str]], left: set[str]
) -> None:
    said = [
        {
            "title": [Label(title, 0.97, "known"), Label(address, 0.7, "old"), Label(address, 0.97, "network")],
            "address": [Label(address, 0.97, "known")],
        }
        for title, address in pages
    ]
    told = _without_exchanged(said, _titled())
    assert [{label.source for label in own["title"]} for own in told] == [left] * len(pages)
