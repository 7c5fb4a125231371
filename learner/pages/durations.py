"""Durations: "2h 5m", "1 hr 20 min", "PT1H20M" and "4:13" are numbers of minutes or seconds."""

from __future__ import annotations

import re
from typing import Final

MINUTES: Final = "minutes"
SECONDS: Final = "seconds"
UNITS: Final = {MINUTES: 60, SECONDS: 1}
"""In what durations are counted, in seconds."""
_DAYS: Final = r"days?|tage?n?|jours?|giorn[oi]|d[ií]as?|dagen|dage?|dagar|дн(?:я|ей)|день"
_HOURS: Final = (
    r"h|hrs?|hours?|std|stunden?|uur|uren|u|heures?|or[ae]|horas?|godz|timmar|timer?|tim|час(?:а|ов)?|ч|годин[аи]?|saat|sa"
    r"|ساعات?|ساعة|שעות|שעה"
)
_LETTERED: Final = r"m|min|mins|mn|'|′"
_MINUTES: Final = (
    r"mins?|minutes?|minuten?|minut[oi]s?|minuto|minut(?:er|y)?|мин(?:ут[аы]?)?|хв(?:илин[аи]?)?|dk|dakika"
    r"|دقائق|دقيقة|דקות"
)
_SECONDS: Final = r"secs?|seconds?|sek(?:unden?)?|secondes?|segundos?|second[oi]|сек(?:унд[аы]?)?"
_AND: Final = r"\.?\s{0,2}(?:,|&|\+|and|und|et|e|y|en|og|och|i|и)?\s{0,2}"
# A letter alone is a unit of other things: "5 m" are metres, and minutes only behind hours.
_WORDED: Final = re.compile(
    rf"(?<![\w.,:/-])(?:(?P<days>\d{{1,3}})\s?(?:{_DAYS})(?![^\W\d_]){_AND})?"
    rf"(?:(?P<hours>\d{{1,3}}(?:[.,]\d{{1,2}})?)\s?(?:{_HOURS})(?![^\W\d_])"
    rf"(?:{_AND}(?P<rest>\d{{1,2}})\s?(?:(?:{_MINUTES}|{_LETTERED})(?![^\W\d_])|(?![\w.,:/])))?"
    rf"|(?P<minutes>\d{{1,4}})\s?(?:(?:{_MINUTES})(?![^\W\d_])|(?:{_LETTERED})(?=\s?\d{{1,2}}\s?s)))?"
    rf"(?:{_AND}(?P<seconds>\d{{1,2}})\s?(?:(?:{_SECONDS})(?![^\W\d_])|s\b))?",
    re.IGNORECASE,
)
_PERIOD: Final = re.compile(
    r"\bP(?:(?P<days>\d{1,3})D)?(?:T(?:(?P<hours>\d{1,3})H)?(?:(?P<minutes>\d{1,4})M)?(?:(?P<seconds>\d{1,5})(?:\.\d+)?S)?)?\b"
)
_FIGURES: Final = re.compile(r"(?:(\d{1,2}):)?(\d{1,3}):([0-5]\d)")
_EAST: Final = re.compile(
    r"(?:(?P<hours>\d{1,3})\s?(?:時間|小时|小時|시간))?\s?(?:(?P<minutes>\d{1,3})\s?(?:分鐘|分钟|分|분))?"
)


def read_duration(text: str, unit: str) -> int | None:
    """The one duration that the text says, in whole minutes or seconds (``unit``); None for none, or for several. A
    clock's figures are hours and minutes where minutes are counted, and minutes and seconds where seconds are."""
    if not any(map(str.isdigit, text)):
        return None
    clock = _FIGURES.fullmatch(text.strip())
    if clock is not None:
        hours, high, low = (int(figures or 0) for figures in clock.groups())
        if unit == MINUTES:
            return high * 60 + low if clock.group(1) is None else None
        return hours * 3600 + high * 60 + low
    said = [
        length
        for form in (_PERIOD, _WORDED, _EAST)
        for run in form.finditer(text)
        if (length := _seconds(run)) is not None
    ]
    if len(said) != 1 or said[0] % UNITS[unit]:
        return None
    return round(said[0]) // UNITS[unit]


def _seconds(run: re.Match[str]) -> float | None:
    parts = {name: float(figures.replace(",", ".")) for name, figures in run.groupdict().items() if figures}
    if not parts:
        return None
    minutes = parts.get("minutes", 0.0) + parts.get("rest", 0.0)
    days, hours = parts.get("days", 0.0), parts.get("hours", 0.0)
    return round(days * 86_400 + hours * 3600 + minutes * 60 + parts.get("seconds", 0.0), 3)
