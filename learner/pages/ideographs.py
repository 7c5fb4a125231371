"""Days and times as Japanese, Chinese and Korean write them, characters behind the numbers: 2024年1月3日, 오후 7시."""

from __future__ import annotations

import re
from typing import Final

# What the years of an era count from, so that the first is 1.
_ERAS: Final = {"令和": 2018, "平成": 1988, "昭和": 1925, "民國": 1911, "民国": 1911}
_YEAR: Final = rf"(?:\d{{4}}|(?:{'|'.join(_ERAS)})\s?(?:\d{{1,3}}|元))"
_DAY_NAME: Final = (
    r"(?:\s?(?:[(（](?:[月火水木金土日](?:曜日?)?|(?:周|週|星期)?[一二三四五六日天]|[월화수목금토일](?:요일)?)(?:・?祝)?[)）]"
    r"|[月火水木金土日]曜日|(?:周|週|星期)[一二三四五六日天]|[월화수목금토일]요일))?"
)
DAY: Final = (
    rf"(?<!\d)(?:{_YEAR}\s?[年년]\s?\d{{1,2}}\s?[月월]\s?\d{{1,2}}\s?[日号號일]"
    rf"|\d{{4}}\.\s\d{{1,2}}\.\s\d{{1,2}}(?:\.|(?![.\d]))){_DAY_NAME}"
)
"""The pattern of a day, in Korea also 2024. 1. 3.; its weekday belongs to it."""
_HALF: Final = r"(?:午前|上午|早上|오전|午後|下午|晚上|오후)"
_AFTERNOON: Final = ("午後", "下午", "晚上", "오후")
CLOCK: Final = (
    rf"(?:{_HALF}\s?)?\d{{1,2}}(?:[:：]\d{{2}}(?:[:：]\d{{2}})?|\s?[時时点點시](?:\s?\d{{1,2}}\s?[分분]|半)?)(?!\d)"
)
"""The pattern of a time of day."""
_DATED: Final = re.compile(DAY)
_TIMED: Final = re.compile(rf"[\s,、，・·|]{{0,3}}({CLOCK})(?:に|より|부터|에)?")
_COUNTS: Final = re.compile(r"\d+|元|半")


def by_iso(text: str) -> str | None:
    """A day, or a day with its time, written so as a whole, by ISO 8601; None for all other texts."""
    day = _DATED.match(text)
    clock = _TIMED.fullmatch(text, day.end()) if day is not None and day.end() < len(text) else None
    if day is None or (clock is None and text[day.end() :].strip(" 。.")):
        return None
    year, month, date = (1 if number == "元" else int(number) for number in _COUNTS.findall(day.group())[:3])
    year += next((start for era, start in _ERAS.items() if text.startswith(era)), 0)
    said = f"{year:04}-{month:02}-{date:02}"
    return said if clock is None else f"{said} {_time(clock.group(1))}"


def _time(clock: str) -> str:
    """A time of CLOCK as 19:30."""
    hour, minute, second = (*(30 if n == "半" else int(n) for n in _COUNTS.findall(clock)), 0, 0)[:3]
    if hour <= 12 and re.match(_HALF, clock):
        # Twelve o'clock is the end of either half of the day, or its beginning.
        hour = hour % 12 + 12 * clock.startswith(_AFTERNOON)
    return f"{hour:02}:{minute:02}" + (f":{second:02}" if second else "")
