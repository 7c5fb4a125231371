"""Times of day, however they are written."""

from __future__ import annotations

import pytest

from learner.forms.clocks import clock


@pytest.mark.parametrize(("text", "time"), [
    ("7:30 PM", (19, 30)), ("7.30pm", (19, 30)), ("19:30", (19, 30)), ("19.30 Uhr", (19, 30)), ("19h30", (19, 30)),
    ("7 p.m.", (19, 0)), ("12 am", (0, 0)), ("12:15 pm", (12, 15)), ("8 Uhr", (8, 0)), ("7:30:15 pm", (19, 30)),
    # No hour of a day, no time as a whole, or a number that may be anything.
    ("30 pm", None), ("25:00", None), ("10:75", None), ("at 7 pm", None), ("19.30", None), ("7", None), ("", None),
])  # fmt: skip
def test_times_are_read(text: str, time: tuple[int, int] | None) -> None:
    assert clock(text) == time
