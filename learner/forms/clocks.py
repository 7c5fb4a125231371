"""Times of day that texts say, however they are written: 7:30 PM, 7.30pm, 19:30, 19.30 Uhr, 19h30."""

from __future__ import annotations

import re
from typing import Final

from learner.programs.transforms import KINDS

Clock = tuple[int, int]
"""Hour, of 24, and minute."""
_PARTS: Final = re.compile(r"(\d{1,2})(?:[:.h](\d{2}))?(?::\d{2})?\s?(?:([ap])\.?\s?m\.?|uhr)?", re.IGNORECASE)


def clock(text: str) -> Clock | None:
    """The time that a text is as a whole; None where it is none, or the hour is not told ("30 pm")."""
    found = _PARTS.fullmatch(text) if KINDS["time"].fullmatch(text) else None
    if found is None:
        return None
    hour, minute, half = int(found[1]), int(found[2] or 0), (found[3] or "").casefold()
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + 12 * (half == "p")
    return (hour, minute) if hour < 24 and minute < 60 else None
