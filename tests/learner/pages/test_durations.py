"""Durations in the ways in which pages write them."""

from __future__ import annotations

import time

import pytest

from learner.pages.durations import MINUTES, SECONDS, read_duration


@pytest.mark.parametrize(("text", "minutes", "seconds"), [
    ("2h 5m", 125, 7500), ("2h05", 125, 7500), ("2 h 05 min", 125, 7500), ("1 hr 20 mins", 80, 4800),
    ("1 hour and 20 minutes", 80, 4800), ("2 Std. 5 Min.", 125, 7500), ("2 heures", 120, 7200),
    ("45 minuten", 45, 2700),
    ("1 ч 20 мин", 80, 4800), ("1時間20分", 80, 4800), ("1.5 hours", 90, 5400), ("1 day 2 hours", 1560, 93600),
    ("PT1H20M", 80, 4800), ("PT4M13S", None, 253), ("P1DT2H", 1560, 93600), ("4m13s", None, 253), ("45 sec", None, 45),
    ("2:05", 125, 125), ("1:02:03", None, 3723),
    ("1994 · 2h 5m · Drama", 125, 7500), ("Runtime: 2 hours 5 minutes", 125, 7500),
    # Metres, a time of day, two durations, no duration.
    ("5 m", None, None), ("Friday, 20 Uhr", None, None), ("from 10:30", None, None), ("90 min - 120 min", None, None),
    ("24/7", None, None), ("A2h", None, None), ("", None, None), ("soon", None, None), ("1994", None, None),
])  # fmt: skip
def test_durations(text: str, minutes: int | None, seconds: int | None) -> None:
    assert read_duration(text, MINUTES) == minutes
    assert read_duration(text, SECONDS) == seconds


@pytest.mark.parametrize("text", ["1" * 20_000, "1 h " * 5_000, "2 days and " * 3_000, "P" * 20_000, "1 " * 20_000])
def test_long_texts_take_no_long_time(text: str) -> None:
    began = time.process_time()
    read_duration(text, MINUTES)
    assert time.process_time() - began < 2
