"""Identifiers: the shape of case numbers and the like, and where a page has one for each record."""

from __future__ import annotations

import pytest

from learner import Example, Page, heal, learn
from learner.forms.identifiers import identifier_of
from learner.pages.values import Scalar
from learner.programs.examples import LabelledPage


@pytest.mark.parametrize(("values", "pattern", "telling"), [
    (["21-2913", "22-1002", "19-4"], r"\d{2}\-\d+", False),
    (["21-2913", "22-1002", "19-467"], r"\d{2}\-\d+", True),
    (["SC19285", "SC2", "SC111"], r"SC\d+", False),
    (["20SC360", "20SA236", "19SC1"], r"\d{2}[A-Za-z]+\d+", False),
    (["2021 CO 81", "2021 CO 82", "2022 CO 1"], r"\d{4} CO \d+", True),
    (["1476", "1470", "MISC. DOCKET 1", "1471", "1472"], r"\d{4}", True),
])  # fmt: skip
def test_shapes(values: list[Scalar], pattern: str, telling: bool) -> None:
    identifier = identifier_of(values)
    assert identifier is not None
    assert (identifier.pattern, identifier.telling) == (pattern, telling)


@pytest.mark.parametrize("values", [
    [], ["21-2913"], ["21-2913"] * 9, [1, 2, 3], ["Ann", "Bob", "Cid"], ["May 1, 2020", "May 2, 2020", "May 3, 2020"],
    ["$1.50", "$2.50", "$3.50"], ["State 1", "People 2", "Army 3"], ["21-2913", "SC19", "x 4"],
    ["1 " * 20 + str(n) for n in range(3)],
])  # fmt: skip
def test_what_has_no_shape(values: list[Scalar]) -> None:
    assert identifier_of(values) is None


@pytest.mark.parametrize(("text", "found"), [
    ("21-2913 Bragg v. Munster (cv)", ["21-2913"]), ("Nos. 21-2913, 22-1002", ["21-2913", "22-1002"]),
    ("121-2913", []), ("21-29134", []), ("21-2913-cv", []), ("x/21-2913", []), ("21-2913.", ["21-2913"]),
    ("-" * 601, []),
])  # fmt: skip
def test_what_has_the_shape_within_a_text(text: str, found: list[str]) -> None:
    identifier = identifier_of(["21-2913", "22-1002", "19-4467"])
    assert identifier is not None
    assert identifier.within(text) == found


def row(number: str) -> str:
    return f"<li><b>{number} Bragg v. Munster</b></li>"


ROWS = "".join(map(row, ("23-1111", "23-2222", "23-3333")))


@pytest.mark.parametrize(("html", "number", "found"), [
    (ROWS, 3, ["23-1111", "23-2222", "23-3333"]),
    (ROWS, 9, None),  # not one for each record
    (row("23-1111") + row("23-2222"), 2, None),  # too few to tell
    (ROWS + "<p>23-1111</p>", 3, ["23-1111", "23-2222", "23-3333"]),  # another kind of place
    (ROWS + "".join(f"<p>See 20-000{n}</p>" for n in range(3)), 3, None),  # which of the two?
    (ROWS.replace("Munster", "Munster, 20-0001"), 3, None),  # which of the two?
    (ROWS.replace("Munster", "Munster <a href=x>pdf</a>"), 3, ["23-1111", "23-2222", "23-3333"]),
])  # fmt: skip
def test_a_page_has_one_for_each_record_or_they_are_not_known(html: str, number: int, found: list[str] | None) -> None:
    identifier = identifier_of(["21-2913", "22-1002", "19-4467"])
    page = LabelledPage(Example("http://x.test/", f"<html><body><ul>{html}</ul></body></html>", {}))
    assert identifier is not None
    assert identifier.listed(page, number) == found


def test_identifiers_are_found_where_a_redesign_put_them_into_other_texts() -> None:
    names = ("Bragg v. Munster", "Roe v. Lee", "Poe v. Kim", "Day v. Orr", "Fox v. Gray")
    old = [(f"2{n}-{n}913", name, f"May {n}, 2020") for n, name in enumerate(names, 1)]
    table = "".join(
        f"<tr><td class=no>{n}</td><td class=name>{name}</td><td class=day>{d}</td></tr>" for n, name, d in old
    )
    items = [{"number": n, "name": name, "day": day} for n, name, day in old]
    extractor = learn([Example("http://x.test/", f"<body><table>{table}</table></body>", items=items)])
    new = [(f"3{n}-{n}777", name, f"June {n}, 2021") for n, name in enumerate(names, 1)]
    html = "".join(
        f"<li class=case><i>({n}, decided)</i><b class=name>{name}</b><u class=day>{d}</u></li>" for n, name, d in new
    )
    repair = heal(extractor, [Page("http://x.test/2", f"<body><ul>{html}</ul></body>")])
    read = repair.extractor.read(f"<body><ul>{html}</ul></body>", "http://x.test/2")
    assert repair.promoted
    assert [record.get("number") for record in read.items] == [number for number, _, _ in new]


@pytest.mark.parametrize(("text", "found"), [
    ("12 meter", ["12 meter"]), ("tower: 34 meter", ["34 meter"]), ("11 oktober 1885", []),
    ("11 oktober, 19 meter", ["19 meter"]),
])  # fmt: skip
def test_a_part_of_a_date_has_no_shape(text: str, found: list[str]) -> None:
    identifier = identifier_of(["12 meter", "37 meter", "40 meter"])
    assert identifier is not None
    assert identifier.within(text) == found
