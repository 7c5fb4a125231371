"""Values: read, compared, and written to JSON without loss."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from learner.pages.values import (
    from_json,
    has_time,
    iso_form,
    kind_of,
    moment_of,
    normal,
    numbers_in,
    read_datetime,
    read_number,
    readings_of,
    same,
    says_time,
    scalars,
    to_json,
)


@pytest.mark.parametrize("value", [
    "text", "", 3, 2.5, True, None, date(2026, 1, 2), datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    {"date": "2026-01-01"}, {"datetime": "not one"}, {"date": date(2026, 1, 1)}, {"date": datetime(2026, 1, 1)},
    {"$date": "2026-01-01"}, {"$$date": 1}, {"$": 1, "date": 2}, {"$datetime": date(2026, 1, 1)},
    [date(2026, 1, 1), "2026-01-01"], {"a": [1, {"$date": ["x"]}]}, [{"date": "x"}, {"date": date(2026, 5, 6)}],
])  # fmt: skip
def test_json_is_lossless(value: Any) -> None:
    read = from_json(json.loads(json.dumps(to_json(value))))
    assert read == value
    assert type(read) is type(value)


scalar = st.one_of(
    st.text(), st.integers(), st.floats(allow_nan=False), st.booleans(), st.dates(), st.datetimes(), st.none()
)
names = st.one_of(st.text(), st.sampled_from(["date", "datetime", "$date", "$datetime", "$$date", "$"]))
trees = st.recursive(scalar, lambda inner: st.lists(inner) | st.dictionaries(names, inner), max_leaves=12)


@given(trees)
def test_json_is_lossless_for_any_tree(value: Any) -> None:
    assert from_json(json.loads(json.dumps(to_json(value)))) == value


@pytest.mark.parametrize(("value", "kind"), [
    (True, "boolean"), (1, "number"), (1.5, "number"), (date(2026, 1, 1), "date"), (datetime(2026, 1, 1), "datetime"),
    ("http://x.test/a", "link"), ("https://x.test", "link"), ("http://x.test and more", "text"), ("ftp://x", "text"),
    ("http://x.test/files/Roe v. Lee, 2.pdf", "link"), ("http://x.test/a see file.pdf or http://x.test/b", "text"),
])  # fmt: skip
def test_kinds(value: Any, kind: str) -> None:
    assert kind_of(value) == kind


@pytest.mark.parametrize(("text", "decimal", "number"), [
    ("$1,299.00", "", 1299.0), ("1.299,00 €", "", 1299.0), ("1,234", "", 1234), ("1.234", "", None),
    ("1.234", ".", 1.234), ("1.234", ",", 1234), ("1,234", ",", 1.234), ("1.234.567", "", 1234567),
    ("1,234,567.5", "", 1234567.5), ("12,5", "", 12.5), ("12.50", ",", None), ("12,5", ".", None),
    ("0,125", "", 0.125), ("1'299.50", "", 1299.5), ("1\u00a0234,5 kg", "", 1234.5),
    ("45 min", "", 45), ("−3.5°", "", -3.5), ("none", "", None), ("", "", None), ("4.6 out of 5", "", 4.6),
    ("0.125", "", 0.125), ("1234.567", "", 1234.567), ("1.299,- €", "", 1299), ("1'299.-", "", 1299),
    ("−1.234", "", None), ("1,23,456.7", "", 123456.7), ("€ 1.041,50", "", 1041.5), ("12.03.2024", "", None),
    ("£3.58 million", "", 3_580_000), ("3,5 Mio. €", "", 3_500_000), ("$1.2M", "", 1_200_000), ("£250k", "", 250_000),
    ("2 milliards", "", 2_000_000_000), ("12 thousand", "", 12_000), ("1,250.5 mln zł", ".", 1_250_500_000),
    ("4 m long", "", 4), ("10K+", "", None), ("$5 m", "", 5), ("3 millions of", "", 3_000_000), ("£4 Main St", "", 4),
    ("5 kg", "", 5), ("7 bnx", "", 7), ("0.3 million", "", 300_000),
    ("1,234.56", ",", None), ("£3·50", "", None), ("1´250", "", None), ("5 · 3 reviews", "", 5),
    # Digits of other scripts; the marks of Arabic are what they are, whatever those of the field.
    ("٤٨٠ ر.س", "", 480), ("١٬٢٥٠ ر.س", "", 1250), ("١٬٢٥٠", ",", 1250), ("١٬٢٥٠٬٠٠٠", "", 1250000),
    ("٩٩٫٥٠", "", 99.5), ("١٢٫٥٠٠", ",", 12.5), ("١٬٢٥٠٫٧٥", "", 1250.75), ("١٢٬٥", "", None),
    ("١،٢٥٠", "", 1250), ("١٢،٥٠", "", 12.5), ("٥، ٦", "", 5), ("٤٫٩ من ٥", "", 4.9),
    ("۱۲۵٬۰۰۰ تومان", "", 125000), ("１２，８００円", "", 12800), ("１２．５", "", 12.5), ("１２，８００", ",", 12.8),
    ("1,2 млн ₽", "", 1200000), ("950 тыс. ₽", "", 950000), ("١٫٢ مليون", "", 1200000), ("3 milyon TL", "", 3000000),
    ("2 тиски", "", 2), ("१२,३४,५६७.५", "", 1234567.5), ("２，８，１", "", None), ("库存５件，售价８０元", "", 5),
    ("–3,5 %", "", -3.5), ("Day –3.5", "", -3.5), ("Nos. 3 – 5", "", 3), ("to – 5", "", 5), ("Oslo–5", "", 5),
    ("-€5.00", "", -5.0), ("− US 5", "", 5), ("(-$ 3)", "", -3), ("Oslo-€5", "", 5), ("−EUR 1,250", "", -1250),
    ("12.3k", "", None), ("$3k", "", 3000), ("5 km", "", 5), ("Since 2015 44 teas", "", 2015), ("99 44", "", 99),
    ("2015 440", "", 2015), ("1 234 56", "", 1234), ("-1 200 kr", "", -1200), ("12 345 678,5", "", 12345678.5),
])  # fmt: skip
def test_numbers(text: str, decimal: str, number: float | None) -> None:
    assert read_number(text, decimal) == number


@pytest.mark.parametrize(("text", "numbers"), [
    ("173 kW (235 PS)", ["173", "235"]), ("173kW/235PS", ["173", "235"]), ("from 3-5 days", ["3", "5"]),
    ("03/2019, 99.863 km, 1'299.50.", ["03", "2019", "99.863", "1'299.50"]), ("v1.5 of A235", []),
    ("(−3) and -4", ["−3", "-4"]), ("99 863 km", ["99", "99 863", "863"]),
    ("12\u00a0500,5 €", ["12", "12\u00a0500,5", "500,5"]),
    ("none", []), ("", []), ("١٬٢٥٠ ر.س، ٥ قطع", ["١٬٢٥٠", "٥"]), ("٤٫٩ من ٥", ["٤٫٩", "٥"]),
    ("１２，８００円，５個", ["１２，８００", "５"]),
])  # fmt: skip
def test_numbers_in_a_text(text: str, numbers: list[str]) -> None:
    assert [text[start:stop] for start, stop in numbers_in(text)] == numbers


@pytest.mark.parametrize(("text", "readings"), [
    ("99.863 km", {99.863, 99863}), ("235 PS", {235}), ("$1,299.00", {1299.0}), ("1,299", {1299, 1.299}),
    ("none", set()),
])  # fmt: skip
def test_readings(text: str, readings: set[float]) -> None:
    assert readings_of(text) == readings


@pytest.mark.parametrize(("text", "order", "day"), [
    ("03/04/2024", "", None), ("03/04/2024", "DMY", date(2024, 4, 3)), ("03/04/2024", "MDY", date(2024, 3, 4)),
    ("13/04/2024", "", date(2024, 4, 13)), ("13/04/2024", "MDY", None), ("04/13/2024", "DMY", None),
    ("04/13/2024", "", date(2024, 4, 13)), ("05/05/2024", "", date(2024, 5, 5)), ("03.04.24", "", None),
    ("03.04.24", "DMY", date(2024, 4, 3)), ("2024-04-03", "", date(2024, 4, 3)),
    ("2024/04/03", "DMY", date(2024, 4, 3)),
    ("3 May 2024", "", date(2024, 5, 3)), ("May 3rd, 2024", "DMY", date(2024, 5, 3)),
    ("3. März 2024", "", date(2024, 3, 3)),
    ("3 mars 2024", "", date(2024, 3, 3)), ("3 de marzo de 2024", "", date(2024, 3, 3)), ("May 2024", "", None),
    ("yesterday", "", None), ("12", "", None), ("99/99/2024", "DMY", None),
    ("2024-04-03T10:30:00Z", "", date(2024, 4, 3)),
    ("٣ أبريل ٢٠٢٤", "", date(2024, 4, 3)), ("٢٠٢٤/٠٤/٠٣", "", date(2024, 4, 3)), ("٠٣/٠٤/٢٠٢٤", "", None),
    ("٠٣/٠٤/٢٠٢٤", "DMY", date(2024, 4, 3)), ("２０２４／４／３", "", date(2024, 4, 3)),
    ("2024年4月3日", "", date(2024, 4, 3)), ("2024年4月3日（水）", "MDY", date(2024, 4, 3)),
    ("２０２４年４月３日", "", date(2024, 4, 3)), ("令和6年4月3日", "", date(2024, 4, 3)),
    ("2024年4月3日星期三", "", date(2024, 4, 3)), ("2024년 4월 3일", "", date(2024, 4, 3)),
    ("2024. 4. 3.", "", date(2024, 4, 3)), ("2024年13月3日", "", None), ("2024年4月", "", None),
    ("2024年4月3日発売", "", None), ("24年4月3日", "", None),
    ("0.5.1 2025-11-30", "", None), ("0.5.1 2025-11-20", "", None), ("2024-12-31 2024-11-30", "", None),
    ("2024-04-03 10:00 +14:00", "", date(2024, 4, 3)), ("Wed, 3 Apr 2024 10:00:00 -0800", "", date(2024, 4, 3)),
])  # fmt: skip
def test_a_date_is_read_only_where_its_order_is_settled(text: str, order: str, day: date | None) -> None:
    moment = read_datetime(text, order)
    assert (moment.date() if moment else None) == day


@pytest.mark.parametrize(("text", "moment"), [
    ("2026-12-25 um 09:00", (9, 0)), ("25. Dezember 2026 um 9 Uhr", (9, 0)), ("25/12/2026 à 14:00", (14, 0)),
    ("25/12/2026 às 14h30", (14, 30)), ("25 december 2026 kl. 14:00", (14, 0)), ("25.12.2026 klo 14.30", (14, 30)),
    ("25. Dezember 2026 o godz. 14:00", (14, 0)), ("December 25, 2026 @ 2:30 pm", (14, 30)),
    ("2026-12-25 (14:00)", (14, 0)), ("25.12.2026 | 14:00", (14, 0)), ("25.12.2026, 0 Uhr", (0, 0)),
    ("25 Dec 2026 12 am", (0, 0)), ("2026-12-25T00:00:00", (0, 0)),
    ("December 25, 2026 · 19:30", (19, 30)), ("Fri · December 25, 2026 · 7 pm", (19, 0)),
    ("25/12/2026 • 19:30", (19, 30)), ("December 25, 2026 / 19:30", (19, 30)), ("25 декабря 2026 · 19:30", (19, 30)),
    ("25. Dezember 2026 — 19 Uhr", (19, 0)),
    ("٢٥ ديسمبر ٢٠٢٦، ١٩:٣٠", (19, 30)), ("2026年12月25日 19:30", (19, 30)),
    ("2026年12月25日（金）午後7時半", (19, 30)),
    ("2026년 12월 25일 (금) 오후 7시 30분", (19, 30)), ("2026年12月25日 上午12:00", (0, 0)), ("2026年12月25日", None),
    ("25.12.2026", None), ("2026-12-25", None), ("25 December 2026", None), ("25.12.26", None),
    ("2026-12-25 um 25:00", None), ("2026-12-25 um 09:00 - 10:00", None), ("Ends 2026-12-25 um 09:00", None),
])  # fmt: skip
def test_a_moment_says_its_time(text: str, moment: tuple[int, int] | None) -> None:
    found = read_datetime(text, "DMY")
    assert says_time(text) == (moment is not None)
    if moment is not None:
        assert found == datetime(2026, 12, 25, *moment)
        assert has_time(datetime(2026, 12, 25, *moment)) == has_time(f"2026-12-25 {moment[0]:02}:{moment[1]:02}")
        assert has_time(datetime(2026, 12, 25, *moment)) == (moment != (0, 0))


@pytest.mark.parametrize(("value", "form", "moment"), [
    ("2026-10-27", "%Y-%m-%d", date(2026, 10, 27)), ("2026-13-27", "", None), ("on 2026-10-27", "", None),
    ("2026-10-27T08:30", "%Y-%m-%dT%H:%M", datetime(2026, 10, 27, 8, 30)), ("2026-10-27T25:30", "", None),
    ("2026-10-27T08:30:05", "%Y-%m-%dT%H:%M:%S", datetime(2026, 10, 27, 8, 30, 5)), ("20261027", "", None),
    ("2026-10-27 08:30:05", "%Y-%m-%d %H:%M:%S", datetime(2026, 10, 27, 8, 30, 5)), ("27.10.2026", "", None),
    ("2026-10-27T08:30:05+00:00", "", None),
])  # fmt: skip
def test_dates_written_by_the_standard(value: str, form: str, moment: date | None) -> None:
    assert iso_form(value) == form
    assert moment_of(value) == moment
    if moment is not None:
        assert moment.strftime(form) == value
        assert moment_of(moment) is moment


@pytest.mark.parametrize(("left", "right", "equal"), [
    ("A  b", "a b", True), ("It’s", "It's", True), ("1", 1, False), (1, 1.0, True), (0.1 + 0.2, 0.3, True),
    (["a"], "a", True), (["a", "b"], ["b", "a"], False), (date(2024, 1, 1), date(2024, 1, 1), True), ([], "a", False),
])  # fmt: skip
def test_same(left: Any, right: Any, equal: bool) -> None:
    assert same(left, right) is equal


def test_normal_and_scalars() -> None:
    assert normal(" Café\u200b  “X” ") == 'café"x"'
    assert scalars(None) == []
    assert scalars("a") == ["a"]
    assert scalars([1, 2]) == [1, 2]
