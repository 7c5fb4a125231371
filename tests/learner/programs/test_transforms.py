"""Transforms: what each makes of a text, what is induced from pairs, and what is refused."""

from __future__ import annotations

import json
import time
from datetime import date, datetime
from typing import Any

import pytest
from core_tools import document
from hypothesis import given
from hypothesis import strategies as st

from learner.programs.transforms import KINDS, Pair, Transform, apply, check, find, induce, shape_of


@pytest.mark.parametrize(("steps", "text", "value"), [
    ([("after", "by:")], "Written BY: Ann", "Ann"), ([("after", "by")], "Ann", None), ([("after", "x")], "ax", None),
    ([("before", " (")], "Ann (1950)", "Ann"), ([("before", "(")], "Ann", None),
    ([("upto", " until")], "On loan until 5 May", "On loan"), ([("upto", " until")], "Lost", "Lost"),
    ([("ahead", ", ")], "Unit 4, Mill Road, Leeds", "Unit 4, Mill Road"), ([("ahead", ",")], "Leeds", None),
    ([("split", ",", "1")], "a, b, c", "b"), ([("split", ",", "-1")], "a, b, c", "c"),
    ([("split", ",", "3")], "a, b, c", None), ([("split", ",", "0")], "a", None),
    ([("shape", r"\d{4}", "0")], "tel 12345, in 2024", "2024"), ([("shape", r"\d+", "2")], "1 2", None),
    ([("token", r"\d+", "0")], "2024-MO-016 of 7", "7"), ([("token", r"\d{4}", "0")], "2024/25", None),
    ([("token", r"\d+-\d+", "0")], "No. 16-42.", "16-42"), ([("shape", r"\d+", "1")], "2024-MO-016", "016"),
    ([("token", r"\d+\. [A-Za-z]+ \d+", "0")], "am 3. März 2024 um 9 Uhr", "3. März 2024"),
    ([("shape", r"\d+ [A-Za-z]+", "0")], "2 œufs, 5 août", "2 œufs"), ([("shape", r"\d{4}", "0")], "2019年", "2019"),
    ([("token", r"\d+\.\d+", "0")], "€ 1.041,50", None), ([("token", r"\d+\.\d+", "0")], "1.041,50 or 7.99", "7.99"),
    ([("token", r"\d+\.\d+", "0")], "1.041,50€", None), ([("shape", r"\d+", "0")], "EUR1.041,50EUR", None),
    ([("shape", r"\d+", "0")], "1,041.50", None), ([("shape", r"\d{4}", "0")], "12.03.2024", "2024"),
    ([("past", r"\d+")], "1.041,50 for 3 days", "days"), ([("find", "number", "0")], "for 1.041,50 €", "1.041,50"),
    ([("find", "amount", "1")], "$5 then €1,5", "€1,5"), ([("find", "mail", "0")], "to a.b@c.test!", "a.b@c.test"),
    ([("until", r"\d+")], "Part - 12", "Part"), ([("past", r"\d+")], "12: Part", "Part"),
    ([("past", "number")], "1.234.567,50 EUR", "EUR"), ([("past", "number")], "900 EUR", "EUR"),
    ([("past", "number")], "12 345 678 EUR", "EUR"), ([("until", "number")], "EUR 1,234", "EUR"),
    ([("until", "number")], "EUR, on request", None),
    ([("find", "number", "0")], "of 1.234.567 in all", "1.234.567"), ([("find", "number", "0")], "on 27.10.2026", None),
    ([("shape", r"\d+\.\d+%", "0")], "Day +0.96%", "0.96%"), ([("shape", r"\d+\.\d+%", "0")], "Day -0.96%", None),
    ([("token", r"\d+", "0")], "(−5 of 20)", None), ([("token", r"\d+", "1")], "5 -20", None),
    ([("token", r"\d+", "1")], "5-20", None), ([("shape", r"\d+", "1")], "5-20", "20"),
    ([("past", r"\d+")], "Room 7: –0.96%", "–0.96%"), ([("past", r"\d+")], "10-20", "20"),
    ([("find", "number", "0")], "now -1,234.5", "-1,234.5"), ([("find", "amount", "0")], "of −€5.00", "−€5.00"),
    ([("strip", ":-")], ": Baen -", "Baen"), ([("absolute",)], "/b?c", "http://site.test/b?c"),
    ([("number", ".")], "1,299.00", 1299.0), ([("after", ":"), ("number", "")], "Pages: 45 p.", 45),
    ([("decimal", ",")], "99.863 km", 99863.0),
    ([("decimal", "")], "€ 1.357", None), ([("decimal", "")], "none", None),
    ([("abridged", "")], "(12.3k)", 12300), ([("abridged", "")], "1,204 votes", 1204),
    ([("abridged", "")], "none", None),
    ([("duration", "minutes")], "2h 5m", 125), ([("duration", "seconds")], "4:13", 253),
    ([("duration", "minutes")], "on Friday", None),
    ([("date", "DMY")], "03/04/2024", date(2024, 4, 3)), ([("date", "")], "03/04/2024", None),
    ([("datetime", "")], "2024-05-03T10:30:00", datetime(2024, 5, 3, 10, 30)),
    ([("iso", "", "%Y-%m-%d")], "27 October 2026", "2026-10-27"), ([("iso", "", "%Y-%m-%d")], "03/04/2026", None),
    ([("iso", "DMY", "%Y-%m-%dT%H:%M")], "03/04/2026 10:30", "2026-04-03T10:30"),
    ([("timed",), ("iso", "", "%Y-%m-%dT%H:%M")], "2026-04-03 um 10:30", "2026-04-03T10:30"),
    ([("timed",), ("iso", "", "%Y-%m-%dT%H:%M")], "2026-04-03, 0 Uhr", "2026-04-03T00:00"),
    ([("timed",), ("iso", "", "%Y-%m-%dT%H:%M")], "2026-04-03", None), ([("timed",)], "27.10.2026", None),
    ([("find", "moment", "0")], "Ends 27.10.2026 um 9 Uhr.", "27.10.2026 um 9 Uhr"),
    ([("find", "moment", "0")], "27.10.2026 9.500 m", None),
    ([("map", '{"instock": true}')], "In stock", True), ([("map", '{"instock": true}')], "Sold out", None),
    ([("map", '{"only#left": true, "s4": 4}')], "Only 12 left", True), ([("map", '{"s4": 4}')], "s5", None),
    ([("amid", "dia mm"), ("decimal", ",")], "Diameter: 38,5 mm", 38.5),
    ([("amid", "dia mm"), ("decimal", ",")], "Added: 25 March", None),
    ([("amid", "sto"), ("number", "")], "1 stone", 1), ([("amid", ""), ("number", "")], "17", 17),
    ([("amid", ""), ("number", "")], "25 %", None), ([("amid", ""), ("number", "")], "3 мес.", None),
    ([("case", "upper")], "Oil pump", "OIL PUMP"), ([("case", "title capital")], "pump", "Pump"),
    ([("case", "title capital")], "oil pump", None), ([("case", "lower"), ("before", "x")], "AXB", "a"),
    ([], "as it is", "as it is"),
])  # fmt: skip
def test_apply(steps: list[Transform], text: str, value: Any) -> None:
    assert apply(steps, text, document("x")) == value


# Pairs, and what the best program makes of texts that it has not seen.
INDUCED: list[tuple[list[Pair], dict[str, Any]]] = [
    ([("Baen Books", "Baen Books")], {"Tor": "Tor"}),
    ([(": Baen Books", "Baen Books")], {": Tor": "Tor"}),
    ([("45 min", 45)], {"5 min": 5, "120 min": 120, "long": None}),
    ([("Day: 0.60%", "0.60%")], {"Day: -0.96%": "-0.96%", "Day: −0.96%": "−0.96%"}),
    ([("Day: 60", "60")], {"Day: -96": "-96"}),
    ([("0.60% –", "0.60%")], {"0.45% –": "0.45%", "–0.96% –": "–0.96%"}),
    ([("-20%", "20%")], {"-35%": "35%"}),  # a discount, of which code leaves the sign out
    ([("Now -€5.00", -5.0)], {"Now −€4.50": -4.5, "Now €3.00": 3.0}),
    ([("$1,299.00", 1299)], {"$99.50": 99.5, "$2,000.00": 2000}),
    ([("1.299,00 €", 1299)], {"2.345,50 €": 2345.5}),
    ([("1,234", 1.234)], {"5,5": 5.5, "5.5": None}),
    ([("1.357,00 €", 1357.0)], {"€ 1.357": 1357.0, "€ 77": 77.0, "€ 1.041,50": 1041.5}),
    ([("€ 77", 77.0)], {"€ 1.357": None, "€ 1.041,50": 1041.5, "€ 1,041.50": 1041.5}),
    ([("€ 77", 77.0), ("€ 7,99", 7.99)], {"€ 1.357": 1357.0}),
    ([("€ 77", 77.0), ("€ 7.99", 7.99)], {"€ 1.357": 1.357}),
    ([("€ 1.041,50", 1041.5), ("€ 1,041.50", 1041.5)], {"€ 1.357": None, "€ 1.357,00": 1357.0}),
    ([("1.250 kg", 1.25)], {"4.125 kg": 4.125}),
    ([("from 30 to 1.250 km", 1250)], {"from 20 to 2.125 km": 2125}),
    ([("173 kW (235 PS)", 235)], {"85 kW (116 PS)": 116, "220 kW": None}),
    ([("Power: 173kW/235PS", 235)], {"Power: 85kW/116PS": 116}),
    ([("03/2019, 99.863 km", 99863), ("11/2020, 850 km", 850)], {"1/2021, 12.000 km": 12000}),
    ([("4 of 5 stars", 5)], {"7 of 10 stars": 10}),
    ([("ISBN-13: 9780316125581", "9780316125581")], {"ISBN-13: 9780765326355": "9780765326355"}),
    ([("Case A12.", "A12"), ("Case B3.", "B3")], {"Case C34.": "C34", "Case A12-MO-016": None}),
    ([("2024-MO-016", "016")], {"2025-MO-017": "017"}),
    ([("Price: $12.50 each", "$12.50")], {"Price: $7.00 each": "$7.00", "Price on request": None}),
    ([("Posted on 3 May 2024 by Ann", "3 May 2024")], {"Posted on 12 June 2025 by Bob": "12 June 2025"}),
    ([("By Ann Lee, 3 May 2024", "Ann Lee"), ("By Bob, 4 May 2024", "Bob")], {"By Cy Ray, 1 June 2023": "Cy Ray"}),
    # How many groups of digits a number has is not known from some.
    ([("1,234,567.00 EUR", "EUR"), ("2,345,678.50 CHF", "CHF")], {"755,500.00 EUR": "EUR", "900 CHF": "CHF"}),
    ([("EUR 1.234.567", "EUR"), ("CHF 2.345.678", "CHF")], {"EUR 900": "EUR", "CHF 12.345": "CHF", "EUR": None}),
    ([("EUR 900", "EUR"), ("CHF 800", "CHF")], {"GBP 12,345.50": "GBP"}),
    ([("Budget 1.234.567 net", "1.234.567")], {"Budget 12.345.678 net": "12.345.678", "Budget open": None}),
    ([("Ann 27.10.2026", "Ann"), ("Bob 28.10.2026", "Bob")], {"Cy 9.5.2026": "Cy", "Cy 1,234": None}),
    ([("Ann | Site", "Ann"), ("Bob | Site", "Bob")], {"Cy Ray | Site": "Cy Ray"}),
    ([("Home > Books > Epic", "Epic"), ("Home > Art > Oil", "Oil")], {"Home > Food > Tea": "Tea"}),
    ([("03/04/2024", date(2024, 4, 3))], {"05/06/2024": date(2024, 6, 5), "05/16/2024": None}),
    ([("03/04/2024", date(2024, 3, 4))], {"05/06/2024": date(2024, 5, 6), "16/05/2024": None}),
    ([("13/04/2024", date(2024, 4, 13))], {"05/06/2024": date(2024, 6, 5)}),
    ([("04/13/2024", date(2024, 4, 13))], {"05/06/2024": date(2024, 5, 6)}),
    ([("05/05/2024", date(2024, 5, 5))], {"05/06/2024": None, "16/05/2024": date(2024, 5, 16)}),
    ([("05/05/2024", date(2024, 5, 5)), ("05/06/2024", date(2024, 6, 5))], {"07/08/2024": date(2024, 8, 7)}),
    ([("3. März 2024", date(2024, 3, 3))], {"4. Mai 2024": date(2024, 5, 4), "04.05.2024": None}),
    ([("2024-04-03", date(2024, 4, 3))], {"2025-01-02": date(2025, 1, 2), "01/02/2025": None}),
    ([("Updated: 3 May 2024", date(2024, 5, 3))], {"Updated: 4 June 2024": date(2024, 6, 4)}),
    ([("Posted: 27 October 2026", date(2026, 10, 27))], {"Posted: 3 May 2026 by Ann": date(2026, 5, 3)}),
    (
        [("Posted: 27 October 2026, 10:30", datetime(2026, 10, 27, 10, 30))],
        {"Posted: 3 May 2026, 11:00": datetime(2026, 5, 3, 11, 0)},
    ),
    ([("Publicado: 27 outubro 2026", date(2026, 10, 27))], {"Publicado: 3 janeiro 2026": date(2026, 1, 3)}),
    ([("Publié : 27 octobre 2026", date(2026, 10, 27))], {"Publié : 3 août 2026": date(2026, 8, 3)}),
    ([("Posted: 27 October 2026", "2026-10-27")], {"Posted: 3 May 2026 by Ann": "2026-05-03", "Posted": None}),
    ([("27 October 2026", "2026-10-27T00:00:00")], {"May 3, 2026": "2026-05-03T00:00:00"}),
    (
        [("on 26 Oct 2026 10:30", "2026-10-26 10:30")],
        {"on 3 May 2026 11:00": "2026-05-03 11:00", "on 3 May 2026": None},
    ),
    # Midnight is made of no text that says no time, unless the examples show that.
    (
        [("27 October 2026, 10:30", "2026-10-27T10:30"), ("28 October 2026, 00:00", "2026-10-28T00:00")],
        {"29 October 2026": None, "29 October 2026, 00:00": "2026-10-29T00:00", "30 October 2026, at": None},
    ),
    ([("27 October 2026, 00:00", "2026-10-27T00:00")], {"29 October 2026": None}),
    (
        [("27 October 2026, 10:30", "2026-10-27T10:30"), ("28 October 2026", "2026-10-28T00:00")],
        {"29 October 2026": "2026-10-29T00:00", "29 October 2026, 9:15": "2026-10-29T09:15"},
    ),
    ([("26.10.2026 10:30", datetime(2026, 10, 26, 10, 30))], {"27.10.2026": None}),
    (
        [("Room 5 from 26.10.2026 um 10:30 Uhr till noon", "2026-10-26T10:30")],
        {"Room 7 from 27.10.2026 um 9 Uhr on": "2026-10-27T09:00", "Room 7 from 27.10.2026 on": None},
    ),
    ([("03/04/2024", "2024-04-03")], {"05/06/2024": "2024-06-05", "05/16/2024": None}),
    ([("05/05/2024", "2024-05-05")], {"05/06/2024": None, "16/05/2024": "2024-05-16"}),
    ([("2026-10-27", "2026-10-27")], {"2026-10-28": "2026-10-28"}),
    ([("2026-10-27T08:00:00Z", "2026-10-27")], {"2026-10-28T08:00:00Z": "2026-10-28"}),
    (
        [("EUR 159.00 Marta B. put this online on Oct 26, 2026.", "2026-10-26")],
        {"EUR 77.03 Marco Dece put this online on Nov 1, 2026.": "2026-11-01"},
    ),
    ([("May 3, 2024 10:30", datetime(2024, 5, 3, 10, 30))], {"May 4, 2024 11:00": datetime(2024, 5, 4, 11, 0)}),
    # One way to write a moment serves all months.
    (
        [("January 3, 2027 · 19:30", "2027-01-03T19:30"), ("April 9, 2027 · 20:00", "2027-04-09T20:00")],
        {"May 4, 2027 · 21:00": "2027-05-04T21:00", "March 4, 2027": None},
    ),
    # Digits and marks of other scripts are those of numbers, too, whether the examples have marks or none.
    ([("٤٨٠ ر.س", 480)], {"١٬٢٥٠ ر.س": 1250, "٩٩٫٥٠ ر.س": 99.5}),
    ([("٩٩٫٥٠ ر.س", 99.5)], {"١٬٢٥٠ ر.س": 1250.0, "١٢٬٤٩٠٫٢٥ ر.س": 12490.25}),
    ([("التقييم ٤٫٩ من ٥", 4.9)], {"التقييم ٥ من ٥": 5.0, "التقييم ٣٫٧٥ من ٥": 3.75}),
    ([("(٤٫٩) ٥ نجوم", 5)], {"(٣٫٢) ٧ نجوم": 7}),
    ([("١٢٫٥ كغ", "١٢٫٥")], {"١٬٢٥٠ كغ": "١٬٢٥٠"}),
    (
        [("価格１２，８００円（税込）", 12800)],
        {"価格９８０円（税込）": 980, "価格１，２３４，５００円（税込）": 1234500},
    ),
    ([("発売日：2024年1月3日", "2024-01-03")], {"発売日：2024年11月23日": "2024-11-23", "発売日：未定": None}),
    ([("2024년 1월 3일", date(2024, 1, 3))], {"2024년 11월 23일": date(2024, 11, 23)}),
    ([("٣ يناير ٢٠٢٤", date(2024, 1, 3))], {"٢٣ نوفمبر ٢٠٢٤": date(2024, 11, 23)}),
    ([("٢٣/٠١/٢٠٢٤", date(2024, 1, 23))], {"٠٣/٠٤/٢٠٢٤": date(2024, 4, 3)}),
    # Durations, and counts that are written short where they are long.
    ([("2h 5m", 125)], {"1h 40m": 100, "2h": 120, "-": None}),
    ([("PT1H20M", 80)], {"PT45M": 45, "PT2H": 120}),
    ([("Length: 4:13", "4:13")], {"Length: 12:40": "12:40"}),
    # Hours and minutes, or minutes and seconds? A longer one tells.
    ([("4:13", 253)], {"12:40": 760, "1:00:00": None}),
    ([("4:13", 253), ("1:00:05", 3605)], {"12:40": 760, "1:00:00": 3600}),
    ([("(12.3k)", 12300), ("(980)", 980)], {"(1.4k)": 1400, "(7)": 7}),
    ([("1.2M views", 1_200_000)], {"15K views": 15_000, "312 views": 312}),
    # Of one that is long what is short is not known.
    ([("(980)", 980)], {"(12.3k)": None}),
    ([("2 hours", 2)], {"3 hours": 3}),
    # A comparison may have a second half, and a part of a text the mark in it that parts the others.
    ([("Python >=3.8", ">=3.8"), ("Python >=3.9", ">=3.9")], {"Python >=3.9,<4": ">=3.9,<4", "Python ~=3.1": "~=3.1"}),
    (
        [("Unit 4, Mill Road, Leeds", "Unit 4, Mill Road"), ("8 Bay, Cork", "8 Bay")],
        {"Pier 3, Quay, Ayr": "Pier 3, Quay"},
    ),
]


@pytest.mark.parametrize(("pairs", "unseen"), INDUCED)
def test_induced_programs_read_what_they_have_not_seen(pairs: list[Pair], unseen: dict[str, Any]) -> None:
    programs = induce(pairs)
    assert programs
    best, share = programs[0]
    assert share == 1.0
    for step in best:
        check(step)
    assert {text: apply(best, text) for text in unseen} == unseen


@pytest.mark.parametrize("pairs", [
    [("45 min", 46)], [("red", "blue")], [("", "x")], [("3 May 2024", date(2024, 5, 4))],
    [("a", "1"), ("b", "2"), ("c", "3")],
])  # fmt: skip
def test_nothing_is_induced_where_nothing_fits(pairs: list[Pair]) -> None:
    assert induce(pairs) == []


@given(st.text(max_size=60), st.text(min_size=1, max_size=20), st.text(max_size=60))
def test_induced_programs_are_of_the_closed_set_and_give_the_value(before: str, value: str, after: str) -> None:
    text = f"{before} {value} {after}"
    for program, share in induce([(text, value)]):
        assert share == 1.0
        for step in program:
            assert check(tuple(json.loads(json.dumps(step)))) == step


BAD_SHAPES = ["(a+)+", r"\d+\d+", "a*", "[^a]", ".*", r"\w+", r"\b", r"\1", "(?=x)", r"\d{3", "a|b", "x{99999999}",
              "^a", "[A-Z]+[A-Z]+", "[a-z]+a", "a[a-z]+", r"\d+\s?\d+", r"\d{2}\d+", "", "x+"]  # fmt: skip


@pytest.mark.parametrize("step", [
    (), ("eval", "1"), ("after",), ("after", ""), ("split", "", "0"), ("split", ",", "x"), ("split", ",", "99999999"),
    ("find", "everything", "0"), ("find", "date"), ("number", "x"), ("number",),
    ("decimal", "x"), ("decimal",), ("duration", "days"), ("abridged", "x"), ("date", "YDM"), ("datetime",),
    ("iso", ""), ("iso", "YDM", "%Y-%m-%d"), ("iso", "", "%x"),
    ("map", "not json"), ("map", "[]"), ("map", '{"a": {"b": 1}}'), ("map", '{"a": null}'), ("absolute", "x"),
    ("present",), ("after", 3), (["after"], "x"),
    *[(name, pattern, "0") for name in ("shape", "token") for pattern in BAD_SHAPES],
    *[("until", pattern) for pattern in BAD_SHAPES],
])  # fmt: skip
def test_what_is_not_of_the_closed_set_is_refused(step: Any) -> None:
    with pytest.raises(ValueError, match=r"."):
        check(step)


@pytest.mark.parametrize("value", [
    "978-0-316", "B-77", "12 March 2024", "a.b+1", "10%", "v1.2(3)", "\\x1", "x{3}1", "É9", "AbCdEfGh1", "a++1", "1**2",
])  # fmt: skip
@pytest.mark.parametrize("exact", [True, False])
def test_shapes_of_values_are_shapes_and_find_them(value: str, exact: bool) -> None:
    pattern = shape_of(value, exact)
    assert pattern is not None
    check(("shape", pattern, "0"))
    if not value.startswith("É"):
        assert apply([("shape", pattern, "0")], f"see {value}.") == value


@pytest.mark.parametrize(("text", "value", "found"), [
    ("The cat sat", "cat", (4, 7)), ("concat cat", "cat", (7, 10)), ("concat", "cat", (-1, -1)),
    ("a  b", "A b", (0, 4)),
    ("concat", "ncat", (2, 6)), ("30kg", "30", (0, 2)), ("東京都", "京", (1, 2)),
    ("abc", "", (-1, -1)), ("abc", "x", (-1, -1)), ("1+1 (x)", "(x)", (4, 7)),
    ("£125,000.00", "£125,000", (-1, -1)), ("now £125,000.", "£125,000", (4, 12)), ("3.2", "3", (-1, -1)),
    ("27.11.2026", "27", (0, 2)), ("3, 2 or 1", "3", (0, 1)), ("12.5 or 12", "12", (8, 10)),
])  # fmt: skip
def test_find(text: str, value: str, found: tuple[int, int]) -> None:
    assert find(text, value) == found


@pytest.mark.parametrize(("kind", "text", "found"), [
    ("date", "Episode 181 | 13th of October 2026 | 34 min", "13th of October 2026"), ("date", "3 of Mayor", None),
    ("date", "on Mon, 3 May 2024 at", "Mon, 3 May 2024"), ("date", "12.03.2024", "12.03.2024"),
    ("amount", "worth £3.58 million.", "£3.58 million"), ("amount", "um 3,5 Mio. € mehr", "3,5 Mio. €"),
    ("amount", "$1.2M raised", "$1.2M"), ("amount", "£4 m", "£4"), ("amount", "£4 millions", "£4 millions"),
    ("date", "am 6. 1. 2026, 14:59 Uhr", "6. 1. 2026"), ("date", "1/ 2/ 2026", None),
    ("time", "at 10:30 pm", "10:30 pm"), ("time", "at 7.30pm in", "7.30pm"), ("time", "um 19.30 Uhr", "19.30 Uhr"),
    ("time", "12.05.2024 pm", None), ("amount", "od 1 299,00 zł", "1 299,00 zł"), ("amount", "$5, or", "$5"),
    ("amount", "12.500,- kr", "12.500,- kr"), ("amount", "in 2019 500 € more", "500 €"), ("amount", "12 ft", None),
    ("amount", "only EUR 12.50", "EUR 12.50"), ("phone", "call (020) 555-1234 now", "(020) 555-1234"),
    ("date", "EUR 159.00 Marta B. put this online on Oct 26, 2026.", "Oct 26, 2026"), ("date", "3 Mayor", None),
    ("date", "3 Marta", None), ("date", "EUR 159.03 Mar 2026", None), ("date", "3. März 2024", "3. März 2024"),
    ("date", "4 septembre 2024", "4 septembre 2024"), ("date", "May2 2024", "May2 2024"),
    ("date", "3-Okt-2024", "3-Okt-2024"),
    ("percent", "Day -0.96%", "-0.96%"), ("percent", "Day −0,96 %", "−0,96 %"), ("percent", "5-10%", "10%"),
    ("number", "7 - 5", "7"), ("number", "A-5", "5"), ("amount", "to -5.00 €", "-5.00 €"),
    ("percent", "12.5 % off", "12.5 %"), ("number", "v2 has 1,234.5 of", "1,234.5"), ("date", "no date 123", None),
    ("number", "عدد ١٬٢٥٠ في", "١٬٢٥٠"), ("number", "１２，８００ 円", "１２，８００"),
    ("amount", "only € ١٬٢٥٠٫٧٥", "€ ١٬٢٥٠٫٧٥"),
    ("percent", "خصم ١٢٫٥٪ اليوم", "١٢٫٥٪"), ("percent", "5％", "5％"),
    ("date", "発売2024年1月3日(水)から", "2024年1月3日(水)"),
    ("date", "on 2024. 1. 3. at", "2024. 1. 3."),
    ("moment", "2024年1月3日（水）19時30分開演", "2024年1月3日（水）19時30分"),
    ("moment", "on May 3, 2024 · 19:30 in", "May 3, 2024 · 19:30"), ("number", "１２，８００円", None),
])  # fmt: skip
def test_kinds(kind: str, text: str, found: str | None) -> None:
    match = KINDS[kind].search(text)
    assert (match.group() if match else None) == found


@pytest.mark.parametrize(
    "unit",
    [
        "1",
        "a",
        "A",
        "1 ",
        "1,",
        "1.",
        "a.",
        "a@",
        "a.a.",
        "+1 ",
        "(1",
        "1:",
        "Jan",
        "1/",
        " ",
        "$",
        "-1",
        "Aa",
        "١٬",
        "1，",
        "1年",
        "1 年",
    ],
)
def test_long_runs_take_no_long_time(unit: str) -> None:
    """Texts made to make patterns try again and again."""
    text = unit * (6_000 // len(unit)) + "!"
    started = time.process_time()
    for kind in KINDS:
        apply([("find", kind, "0")], text)
    for value in ("AbCdEfGh12", "12 ab-CD 34", "1.2.3.4.5.6.7"):
        for exact in (True, False):
            pattern = shape_of(value, exact)
            assert pattern is not None
            for name in ("shape", "token", "until", "past"):
                apply([(name, pattern, "0")[: 3 if name in ("shape", "token") else 2]], text)
    for name in ("number", "decimal", "date", "datetime"):
        apply([(name, "")], text)
    apply([("iso", "", "%Y-%m-%d")], text)
    find(text, "a b c 1 1 1")
    assert time.process_time() - started < 4.0


def test_of_several_brackets_the_last_may_be_meant() -> None:
    pairs = [
        ("Learning (Statistics) (stat.ML)", "stat.ML"),
        ("Logic (cs.LO)", "cs.LO"),
        ("Sets [a] (math.LO)", "math.LO"),
    ]
    ((program, share), *_) = induce(pairs)
    assert share == 1.0
    assert apply(program, "Theory (Information) (cs.IT)") == "cs.IT"
    assert apply(program, "Theory") is None
