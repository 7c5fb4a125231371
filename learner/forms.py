"""How a page of a new design shows known values: the same text, or the same day in other words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Final

from learner.examples import LabelledPage
from learner.transforms import KINDS
from learner.values import DATE_ORDERS, Scalar, Value, read_datetime

MOST_WORDINGS: Final = 400
LONGEST: Final = 120
"""Characters of a text in which dates are looked for."""
SURROUNDINGS: Final = 16
"""Characters of a weekday and a time that may stand with a date."""
_CLOCK: Final = re.compile(
    r"[,:|\s–-]{0,4}(?:at\s|um\s|à\s)?\s{0,2}(?<!\d)\d{1,2}[:.h]([0-5]\d)(?::\d{2})?(?!\d)"
    r"(?:\s?[ap]\.?m\b\.?)?(?:\s?\(?(?:UTC|GMT|[A-Z]{1,3}T)\b\)?)?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Wording:
    """A text that says a day, in a certain order of days and months, perhaps with the minutes of a time."""

    text: str
    day: date
    minutes: str


class Forms:
    """How a page shows known values.

    Whether days or months come first in the known texts is settled by what finds most of them on the page.
    """

    def __init__(self, page: LabelledPage, values: Sequence[Scalar]) -> None:
        self.page = page
        self._found: dict[Scalar, Scalar | None] = {}
        texts = [value for value in values if isinstance(value, str) and KINDS["date"].search(value)]
        self._orders = list(DATE_ORDERS)
        if texts:
            hits = {order: sum(self._day(text, order) is not None for text in texts[:60]) for order in DATE_ORDERS}
            self._orders = [order for order in DATE_ORDERS if hits[order] == max(hits.values())][:1]

    def of(self, value: Scalar) -> Scalar | None:
        """The value as the page shows it; None when it does not."""
        if value not in self._found:
            self._found[value] = self._shown(value)
        return self._found[value]

    def of_record(self, value: Value) -> Value | None:
        """A record's value or values, those that are shown."""
        if isinstance(value, list):
            return [form for one in value if (form := self.of(one)) is not None] or None
        return self.of(value)

    def _shown(self, value: Scalar) -> Scalar | None:
        places = self.page.places(value, 4)
        exact = any(place.exact for place in places)
        if exact or not isinstance(value, str) or not KINDS["date"].search(value):
            return value if places else None
        if any(place.take == "text" or place.take.startswith("node") for place in places) and len(value) > 10:
            return value
        days = (self._day(value, order) for order in self._orders)
        return next((form for form in days if form is not None), value if places else None)

    def _day(self, text: str, order: str) -> str | None:
        """Of the wordings of the text's day, the one that says as much: with its time, or without any."""
        found = KINDS["date"].search(text)
        moment = read_datetime(found.group(), order) if found else None
        wordings = self._wordings.get(moment.date(), ()) if moment is not None else ()
        if not wordings or found is None:
            return None
        clock = _CLOCK.search(text, found.end())
        minutes = clock.group(1) if clock else ""
        return min(wordings, key=lambda w: (w.minutes != minutes, bool(w.minutes) != bool(minutes))).text

    @cached_property
    def _wordings(self) -> dict[date, list[_Wording]]:
        """The wordings of each day on the page: first texts that are a date as a whole, then parts of texts."""
        whole: dict[str, tuple[str, str]] = {}
        parts: dict[str, tuple[str, str]] = {}
        for candidate in self.page.candidates:
            if candidate.kind not in ("block", "inline", "node") or len(candidate.value) > LONGEST:
                continue
            for found in KINDS["date"].finditer(candidate.value):
                clock = _CLOCK.match(candidate.value, found.end())
                minutes = clock.group(1) if clock else ""
                if len(candidate.value) <= len(found.group()) + SURROUNDINGS:
                    whole.setdefault(candidate.value, (candidate.value, minutes))
                parts.setdefault(found.group(), (found.group(), ""))
                if clock:
                    timed = candidate.value[found.start() : clock.end()].strip()
                    parts.setdefault(timed, (found.group(), minutes))
        wordings = {**dict(list(parts.items())[:MOST_WORDINGS]), **dict(list(whole.items())[:MOST_WORDINGS])}
        texts = dict.fromkeys([*list(whole)[:MOST_WORDINGS], *list(parts)[:MOST_WORDINGS]])
        readings = {o: {t: m.date() for t in texts if (m := read_datetime(wordings[t][0], o))} for o in DATE_ORDERS}
        order = max(readings, key=lambda name: len(readings[name]))
        days: dict[date, list[_Wording]] = {}
        for text, day in readings[order].items():
            days.setdefault(day, []).append(_Wording(text, day, wordings[text][1]))
        return days
