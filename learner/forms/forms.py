"""How a page of a new design shows known values: the same text, the same day, time or amount of money in other words,
or the same picture under another address."""

from __future__ import annotations

import itertools
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Final

from learner.forms.clocks import Clock, clock
from learner.forms.declarations import asset
from learner.forms.money import moneys
from learner.pages.candidates import SHOWN
from learner.pages.digits import MARKS
from learner.pages.values import AT, DATE_ORDERS, Scalar, Value, iso_form, kind_of, read_datetime
from learner.programs.examples import LabelledPage
from learner.programs.program import traits_of
from learner.programs.transforms import KINDS

MOST_WORDINGS: Final = 400
LONGEST: Final = 120
"""Characters of a text in which dates and amounts are looked for."""
UNIT: Final = 3
"""Letters by which units are compared."""
SURROUNDINGS: Final = 16
"""Characters of a weekday and a time that may stand with a date."""
MOST: Final = 4
"""Amounts, or times, of one text that are compared: "£49,250 – £52,250 a year"."""
Said = tuple[object, ...]
"""The amounts or times that a text says, in its order."""
_TOKEN: Final = re.compile(rf"\d+(?:[.,{MARKS}]\d+)*|[^\W\d_]+")
_WORD: Final = re.compile(r"[^\W\d_]{2,}")
MOST_TOKENS: Final = 8
"""Numbers and words of a text of which one may be written otherwise."""
TELLING: Final = 3
"""Digits of a number that no other thing of a page has by chance."""
_MEASURE: Final = re.compile(rf"(\d+(?:[.,{MARKS}]\d+)?)\s?([^\W\d_]{{3,}})\.?")
_CLOCK: Final = re.compile(
    rf"[,:|\s·•・/–—-]{{0,4}}(?:{AT})?"
    r"\s{0,2}(?<!\d)\d{1,2}[:.h]([0-5]\d)(?::\d{2})?(?!\d)"
    r"(?:\s?[ap]\.?m\b\.?)?(?:\s(?:Uhr|h)\b)?(?:\s?\(?(?:UTC|GMT|[A-Z]{1,3}T)\b\)?)?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Wording:
    """A text that says a day, in a certain order of days and months, perhaps with a time, whose ``minutes`` are the
    same in all zones."""

    text: str
    day: date
    minutes: str
    time: Clock | None


class Forms:
    """How a page shows known values.

    Whether days or months come first in the known texts is settled by what finds most of them on the page.
    """

    def __init__(self, page: LabelledPage, values: Sequence[Scalar], worded: Collection[Scalar] = ()) -> None:
        """``worded`` are those that former pages showed as they are."""
        self.page = page
        self._values = values
        self._worded = worded
        self._found: dict[Scalar, Scalar | None] = {}
        self._orders = list(DATE_ORDERS)
        if self._days:
            hits = {order: sum(self._day(day, order) is not None for day in self._days[:60]) for order in DATE_ORDERS}
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
        # A date that code gives as a text of its own making is not given in the page's words.
        if not isinstance(value, str) or any(place.exact for place in places) or self._is_made(value):
            return value if places else None
        if _is_picture(value):
            if (whole := next((place.text for place in places if kind_of(place.text) == "link"), "")).endswith(value):
                return whole  # the address was relative, and is absolute now
            return value if places else self._picture(value)
        for kind, sums in () if _says_day(value) else self._sums.items():
            if said := _said(value, kind):
                shown = {text for one in said if (text := sums.get(one)) is not None}
                if len(shown) == 1 and (kind == "time" or not places):
                    return shown.pop()  # of "10:50am" the half of the day is a part
                return value if places else None
        if not _says_day(value):
            return value if places else self._measured(value)
        if (moment := next((place.text for place in places if is_moment(place.text)), None)) is not None:
            return moment
        if not places and self._says_more(value):
            return None
        if any(place.take == "text" or place.take.startswith("node") for place in places) and len(value) > 10:
            return value
        days = (self._day(value, order) for order in self._orders)
        return next((form for form in days if form is not None), value if places else None)

    def _says_more(self, value: str) -> bool:
        """Whether a text says more than a day that is known of another field, a line of both: the day is not its."""
        days = [day for day in self._days if day != value and day in value]
        rests = [value.replace(day, " ", 1) for day in days]
        return any(len(_WORD.findall(rest)) > 1 for rest in rests) and not any(
            read_datetime(value, order) for order in DATE_ORDERS
        )

    @cached_property
    def _days(self) -> list[str]:
        """The known texts that say a day."""
        return [value for value in self._values if isinstance(value, str) and _says_day(value)]

    def _is_made(self, value: str) -> bool:
        return value not in self._worded and iso_form(value) != ""

    def _measured(self, value: str) -> str | None:
        """A number with its unit, where the page writes the unit otherwise: 25 mins, 25 minutes."""
        measure = _measure(value)
        shown = self._measures.get(measure, set()) if measure is not None else set()
        if not shown and (tokens := _tokens(value)):
            shown = {text for other, text in self._numbered.get(_numbers(tokens), ()) if _but_for_one(tokens, other)}
        return next(iter(shown)) if len(shown) == 1 else None

    @cached_property
    def _numbered(self) -> dict[tuple[str, ...], list[tuple[list[str], str]]]:
        """The short texts of the page in which numbers stand, by these, with their tokens."""
        found: dict[tuple[str, ...], list[tuple[list[str], str]]] = defaultdict(list)
        for candidate in self.page.candidates:
            if candidate.kind in SHOWN and (tokens := _tokens(candidate.value)):
                found[_numbers(tokens)].append((tokens, candidate.value))
        return found

    @cached_property
    def _measures(self) -> dict[tuple[str, str], set[str]]:
        """The texts of the page that are a number and its unit, by both."""
        found: dict[tuple[str, str], set[str]] = defaultdict(set)
        for candidate in self.page.candidates:
            if candidate.kind in SHOWN and (measure := _measure(candidate.value)) is not None:
                found[measure].add(candidate.value)
        return found

    def _picture(self, value: str) -> str | None:
        """The picture's address on this page, absolute if the known one is."""
        found = self._pictures.get(asset(value))
        return self.page.document.absolute(found) if found is not None and "://" in value else found

    @cached_property
    def _pictures(self) -> dict[str, str]:
        """The address of each picture that the page shows; the first, if it has several."""
        found: dict[str, str] = {}
        for candidate in self.page.candidates:
            if candidate.kind == "attribute" and _is_picture(candidate.value):
                found.setdefault(asset(candidate.value), candidate.value)
        return found

    @cached_property
    def _sums(self) -> Mapping[str, Mapping[Said, str]]:
        """By kind the texts of what the page says in amounts of money, or in times: whole texts before parts of short
        ones that have no other, and times that have others beside them; the first, if it has several."""
        shown = [c.value for c in self.page.candidates if c.kind in SHOWN]
        found: dict[str, dict[Said, str]] = {}
        for kind in _READINGS:
            parts = {text: _part(text, kind) for text in shown if len(text) <= LONGEST}
            labelled = {text for text, part in parts.items() if part and _said(text, kind)}
            runs = itertools.chain.from_iterable(map(KINDS[kind].findall, parts)) if kind == "time" else ()
            texts = [*(text for text in shown if text not in labelled), *filter(None, parts.values()), *runs]
            said = {text: _said(text, kind) for text in texts}
            found[kind] = {}
            # What can be read in two ways may be either amount, where no other text is.
            for text, ways in sorted(said.items(), key=lambda entry: len(entry[1])):
                for one in ways:
                    found[kind].setdefault(one, text)
        return found

    def _day(self, text: str, order: str) -> str | None:
        """Of the wordings of the text's day, the one that says as much: with its time, or without any."""
        found = KINDS["date"].search(text)
        moment = read_datetime(found.group(), order) if found else None
        wordings = self._wordings.get(moment.date(), ()) if moment is not None else ()
        if not wordings or found is None:
            return None
        minutes, time = _time(_CLOCK.search(text, found.end()))
        nearest = min(wordings, key=lambda w: (w.minutes != minutes, bool(w.minutes) != bool(minutes), w.time != time))
        return nearest.text

    @cached_property
    def _wordings(self) -> dict[date, list[_Wording]]:
        """The wordings of each day on the page: first texts that are a date as a whole, then parts of texts."""
        whole: dict[str, tuple[str, str, Clock | None]] = {}
        parts: dict[str, tuple[str, str, Clock | None]] = {}
        for candidate in self.page.candidates:
            if candidate.kind not in SHOWN or len(candidate.value) > LONGEST:
                continue
            for found in KINDS["date"].finditer(candidate.value):
                clock = _CLOCK.match(candidate.value, found.end())
                if len(candidate.value) <= len(found.group()) + SURROUNDINGS:
                    said = found.group() if is_moment(candidate.value) else candidate.value
                    whole.setdefault(candidate.value, (said, *_time(clock)))
                parts.setdefault(found.group(), (found.group(), "", None))
                if clock:
                    timed = candidate.value[found.start() : clock.end()].strip()
                    parts.setdefault(timed, (found.group(), *_time(clock)))
        wordings = {**dict(list(parts.items())[:MOST_WORDINGS]), **dict(list(whole.items())[:MOST_WORDINGS])}
        texts = dict.fromkeys([*list(whole)[:MOST_WORDINGS], *list(parts)[:MOST_WORDINGS]])
        readings = {o: {t: m.date() for t in texts if (m := read_datetime(wordings[t][0], o))} for o in DATE_ORDERS}
        order = max(readings, key=lambda name: len(readings[name]))
        days: dict[date, list[_Wording]] = {}
        for text, day in readings[order].items():
            # A day that stands with its time, and nothing else, is not taken from it.
            if text in whole or not any(text in other.text and is_moment(other.text) for other in days.get(day, ())):
                days.setdefault(day, []).append(_Wording(text, day, *wordings[text][1:]))
        return days


def _time(found: re.Match[str] | None) -> tuple[str, Clock | None]:
    """The minutes of a time that stands with a day, and the time, where it says the hour."""
    time = KINDS["time"].search(found.group()) if found else None
    return (found.group(1), clock(time.group()) if time else None) if found else ("", None)


def is_moment(text: str) -> bool:
    """Whether the text is a day with its time, and nothing else."""
    day = KINDS["date"].match(text)
    return day is not None and _CLOCK.fullmatch(text, day.end()) is not None


def _says_day(value: str) -> bool:
    """Whether there is a date in the text, and it is no address: of these many have one in their path."""
    return KINDS["date"].search(value) is not None and "://" not in value and not value.startswith("/")


def _measure(text: str) -> tuple[str, str] | None:
    """The number and how its unit begins, of a text that is nothing else."""
    found = _MEASURE.fullmatch(text) if len(text) <= LONGEST else None
    return None if found is None else (found.group(1), found.group(2)[:UNIT].casefold())


def _tokens(text: str) -> list[str]:
    """The numbers and words of a short text with both; empty for others."""
    tokens = _TOKEN.findall(text.casefold()) if len(text) <= LONGEST and any(map(str.isdigit, text)) else []
    return tokens if 1 < len(tokens) <= MOST_TOKENS and any(map(str.isalpha, tokens)) else []


def _numbers(tokens: Sequence[str]) -> tuple[str, ...]:
    return tuple(token for token in tokens if token[0].isdigit())


def _but_for_one(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether two texts are the same but for one word that one of them writes short: xii, 331 p. and xii, 331 pages.
    A letter alone may be short for anything, unless what stands with it tells the texts from others."""
    differ = [pair for pair in zip(one, other, strict=False) if pair[0] != pair[1]]
    if len(one) != len(other) or len(differ) != 1:
        return False
    short, long = sorted(differ[0], key=len)
    told = len(one) > 2 or any(len(token) >= TELLING for token in _numbers(one))
    return long.startswith(short) and (told or len(short) >= UNIT)


def _is_picture(value: str) -> bool:
    """Whether the text is the address of a picture with a name that tells it from others."""
    return "/" in value and "picture" in traits_of(value) and asset(value) != ""


_READINGS: Final[Mapping[str, Callable[[str], Sequence[object]]]] = {
    "amount": moneys,
    "time": lambda text: [moment] if (moment := clock(text)) is not None else [],
}
"""The ways in which a text of a kind can be read."""


def _said(text: str, kind: str) -> list[Said]:
    """What a text says that is an amount, or a time, as a whole, in each way in which it can be read; or a short one in
    which several stand that can be read in one."""
    if ways := _READINGS[kind](text):
        return [(one,) for one in ways]
    runs = KINDS[kind].findall(text) if len(text) <= LONGEST else []
    read = [ways[0] for run in runs if len(ways := _READINGS[kind](run)) == 1] if 1 < len(runs) <= MOST else []
    return [tuple(read)] if read and len(read) == len(runs) else []


def _part(text: str, kind: str) -> str:
    """The only amount, or time, of a text; of several what begins with the first, without the label before it."""
    runs = list(KINDS[kind].finditer(text))
    if len(runs) == 1:
        return runs[0].group() if runs[0].group() != text else ""
    return text[runs[0].start() :] if runs and text[: runs[0].start()].rstrip().endswith(":") else ""
