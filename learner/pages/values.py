"""Typed values: how they are read from text, compared, and written to JSON without loss."""

from __future__ import annotations

import math
import re
import unicodedata
import warnings
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, Final

from dateutil import parser

from learner.pages.currencies import CURRENCIES
from learner.pages.digits import DECIMAL, MARKS, MINUSES, PARTING, SIGN, narrow, plain, western
from learner.pages.ideographs import by_iso
from learner.pages.magnitudes import SHORTENED, magnitude, short_count

Scalar = str | int | float | bool | date | datetime
Value = Scalar | list[Any]
Item = Mapping[str, Value]

_QUOTES = str.maketrans(
    {"’": "'", "‘": "'", "“": '"', "”": '"', "\u00ad": "", "\u200b": "", "\u2060": "", "\ufeff": ""}
)
# Marks of other scripts part words, too, so that they are of a number only where nothing else is beside them.
# Spaces part groups of three: "2015 44" are two numbers, and so are "2015 440".
_NUMBER = re.compile(
    rf"(?:[-+−]|{SIGN})?(?:\d(?:[\d.,'’]|(?<!\d{{4}})[\u00a0\u202f ](?=\d{{3}}(?!\d))|(?<=\d)[{MARKS}](?=\d))*\d|\d)"
)
# Other marks within a number, which part thousands or a fraction: what stands before them is no number.
# "-€5.00" is as much below zero as "€-5.00".
_OWED = re.compile(rf"{SIGN}(?:{'|'.join(map(re.escape, CURRENCIES))})[ \u00a0\u202f]?\Z")
_HYPHEN: Final = str.maketrans(dict.fromkeys(MINUSES, "-"))
_WITHIN = re.compile(r"[·˙´`ʼ＇]\d")
LONGEST_CURRENCY: Final = max(map(len, CURRENCIES))
DECIMAL_MARKS: Final = ("", ".", ",")
# How numbers are written with each decimal mark: the other mark parts thousands (and in India, hundreds).
_WRITTEN: Final = {
    mark: re.compile(rf"[-+]?(?:\d+|[1-9]\d{{0,2}}(?:{other}\d{{2,3}})*{other}\d{{3}})(?:{re.escape(mark)}\d+)?")
    for mark, other in ((".", ","), (",", r"\."))
}
_THOUSAND = re.compile(r"[-+]?[1-9]\d{0,2}[.,]\d{3}")  # or a fraction of three digits
# Numbers in a text, those in groups of three parted by spaces apart: "320 235" may be one number, or two. A sign is one
# only where nothing stands before it, and what follows a letter or goes on from a number is no number.
_RUNS: Final = tuple(
    re.compile(rf"(?<![^\W_])(?<!\d[.,'’{MARKS}])(?:{SIGN}|(?<![^\s(\[])\+)?{digits}")
    for digits in (
        rf"\d(?:[\d.,'’{MARKS}]*\d)?",
        rf"\d{{1,3}}(?:[ \u00a0\u202f]\d{{3}})+(?!\d)(?:[.,{MARKS}]\d+)?",
    )
)
_NUMERIC_DATE = re.compile(r"(?<!\d)(\d{1,4})\s?[-/.]\s?(\d{1,2})\s?[-/.]\s?(\d{1,4})(?!\d)")
_FOREIGN = re.compile(r"[^\W\d_]{3,}")
# Names of files may have spaces in them.
_LINK = re.compile(r"https?://(?:[^ ]*|[^ ]+/[^/?\n]* [^/?\n]*\.[A-Za-z]\w{1,4})")
_FARTHEST_ZONE: Final = timedelta(hours=14)
"""From Greenwich, as Kiritimati is."""
_BLANKS: Final = (datetime(2000, 1, 1), datetime(2003, 2, 2))
_MONTH_NAME = re.compile(r"\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)", re.IGNORECASE)
AT: Final = r"(?:um|om|at|à|às|as|a las|alle(?: ore)?|kl\.?|klo\.?|o|o godz\.?|ob|u)(?=[\s\d])"
"""What stands between a day and its time, in several languages."""
_DOTS = re.compile(r"\s[·•・]\s")  # part the weekday, the day and the time
# How a time may stand behind a day in languages that dateutil does not know.
_CLOCK = re.compile(
    rf"(?<=[\w.)])[\s,;]{{1,3}}(?:[@|(/–—-]|{AT})?"
    r"\s{0,2}(?<!\d)(\d{1,2})(?:[:.h](\d{2})(?:\s?(?:uhr|uur|h))?|\s?(?:uhr|uur|h))(?![\w:])\)?",
    re.IGNORECASE,
)
_MIDNIGHT = re.compile(
    r"(?<![\d:.])(?:0?0[:.h]00|24[:.]00|0?0\s?(?:uhr|uur|h)\b|12(?:[:.]00)?\s?a\.?m\b|midnight\b|mitternacht\b)",
    re.IGNORECASE,
)
MOST_WORDS: Final = 4
"""Of three letters or more, in a date of any language with its time: Mittwoch, den 28. Mai 2026 um 14 Uhr."""
# Words that are a month in English alone: a text with one that English does not read is read by no other language.
_ENGLISH = re.compile(
    r"\b(?:january|february|march|may|june|july|october|december)\b",
    re.IGNORECASE,
)
DATE_ORDERS: Final = ("DMY", "MDY", "YMD")
_DAY: Final = "%Y-%m-%d"
ISO_FORMS: Final = (_DAY, *(f"{_DAY}{mark}%H:%M{seconds}" for mark in "T " for seconds in ("", ":%S")))
"""How days and moments are written by ISO 8601, and by Python."""
_ISO = re.compile(r"[12]\d{3}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?)?")


@lru_cache(maxsize=200_000)
def normal(text: str) -> str:
    """The form in which texts are compared: without case, white space, or kind of quotation mark."""
    if text.isascii():
        return "".join(text.lower().split())
    return "".join(unicodedata.normalize("NFKC", text).translate(_QUOTES).casefold().split())


def kind_of(value: Scalar) -> str:
    """The name of a scalar's type: boolean, number, datetime, date, link or text."""
    if isinstance(value, str):
        return "link" if _LINK.fullmatch(value.strip()) else "text"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float)):
        return "number"
    return "datetime" if isinstance(value, datetime) else "date"


def scalars(value: Value | None) -> list[Scalar]:
    """The value's scalars: a list's own, or the one."""
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]


def same(left: Value, right: Value) -> bool:
    """Whether two values say the same: texts by their normal form, numbers and dates by value."""
    if isinstance(left, list) or isinstance(right, list):
        a, b = scalars(left), scalars(right)
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b, strict=True))
    if isinstance(left, str) and isinstance(right, str):
        return normal(left) == normal(right)
    if isinstance(left, (int, float)) and isinstance(right, (int, float)):
        return abs(left - right) < 1e-9 * max(1.0, abs(left))
    return left == right


def to_json(value: Any) -> Any:
    """``value`` as JSON, without loss: dates become ``{"$date": iso}``, and names that begin with ``$`` get
    one more, so that no field of an item is taken for a date.
    """
    if isinstance(value, datetime):
        return {"$datetime": value.isoformat()}
    if isinstance(value, date):
        return {"$date": value.isoformat()}
    if isinstance(value, Mapping):
        return {("$" + str(k) if str(k).startswith("$") else str(k)): to_json(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_json(v) for v in value]
    return value


def from_json(value: Any) -> Any:
    """The inverse of ``to_json``; raises ValueError for a date that is none."""
    if isinstance(value, dict):
        if value.keys() == {"$datetime"}:
            return datetime.fromisoformat(value["$datetime"])
        if value.keys() == {"$date"}:
            return date.fromisoformat(value["$date"])
        return {k.removeprefix("$"): from_json(v) for k, v in value.items()}
    if isinstance(value, list):
        return [from_json(v) for v in value]
    return value


def read_number(text: str, decimal: str = "") -> float | int | None:
    """The one number in ``text``, multiplied where a word says so ("1.2 million"); ``decimal`` is its decimal mark, or
    empty to tell from the form.

    None when there is no number, when its marks part no thousands ("12.50" with decimal commas), when a count is
    written short ("12.3k"), or when it could be read in two ways: with no mark known, "1.357" may be a thousand or a
    fraction. "1,234" is read as a thousand then, for English pages write that far more often than others write
    fractions of three digits.
    """
    found = _NUMBER.search(text)
    if found is None or _WITHIN.match(text, found.end()):
        return None
    if SHORTENED.match(text, found.end()) and magnitude(text, found.start(), found.end()) == 1:
        return None
    digits = re.sub(r"['’\s\u00a0\u202f]", "", found.group()).translate(_HYPHEN)
    if digits[0].isdigit() and _OWED.search(text, max(0, found.start() - LONGEST_CURRENCY - 2), found.start()):
        digits = f"-{digits}"
    if PARTING in digits or DECIMAL in digits:
        decimal = "."  # once they are those of English, whatever marks the other numbers of the field have
    digits = plain(digits)
    decimal = decimal or _decimal_mark(digits, text[found.end() :])
    if not decimal or not _WRITTEN[decimal].fullmatch(digits):
        return None
    digits = digits.replace("," if decimal == "." else ".", "").replace(decimal, ".")
    times = magnitude(text, found.start(), found.end())
    number = round(float(digits) * times, 6) if times != 1 else float(digits)
    return int(number) if number.is_integer() and ("." not in digits or times != 1) else number


def _decimal_mark(digits: str, rest: str) -> str:
    """The decimal mark of a number, by its form and what follows it; empty for one that can be read in two ways."""
    dots, commas = digits.count("."), digits.count(",")
    if dots and commas:
        return "." if digits.rfind(".") > digits.rfind(",") else ","
    if dots + commas > 1:
        return "," if dots else "."
    if _THOUSAND.fullmatch(digits):
        return "." if commas else "," if rest.startswith((",-", ",–", ",—")) else ""
    return "," if commas else "."


def readings_of(text: str) -> frozenset[float | int]:
    """The first number of the text, in every way in which it can be read."""
    return frozenset(number for mark in DECIMAL_MARKS if (number := read_number(text, mark)) is not None)


def read_abridged(text: str, decimal: str = "") -> float | int | None:
    """As ``read_whole``, also of a count that is written short: 12300 for "12.3k"."""
    number = short_count(text)
    if number is None:
        return read_whole(text, decimal)
    return int(number) if number.is_integer() else number


def numbers_in(text: str) -> list[tuple[int, int]]:
    """Where numbers stand in the text (start, stop), in their order; parts of others where these may be several."""
    return sorted(run.span() for runs in _RUNS for run in runs.finditer(text))


def read_whole(text: str, decimal: str = "") -> float | int | None:
    """As ``read_number``, an int where the number has no fraction, however it is written: 12 for "12.00"."""
    number = read_number(text, decimal)
    return int(number) if number is not None and math.isfinite(number) and number == int(number) else number


def read_decimal(text: str, decimal: str = "") -> float | None:
    """As ``read_number``, always a float."""
    number = read_number(text, decimal)
    return None if number is None else float(number)


def read_datetime(text: str, order: str) -> datetime | None:
    """The date (and time) that the whole of ``text`` says, days before months as ``order`` tells.

    With no order (empty) a date that could be read in two ways, 03/04/2024, is not read; nor is one that
    contradicts its order, 04/13/2024 with days first. A year of four digits at the beginning needs no order.
    """
    if not 4 <= len(text) <= 80 or not any(map(str.isdigit, text)):
        return None
    text = _western(text)
    if order:
        # With the month's name there is nothing to settle: one reading serves all orders.
        return _read_datetime(text, "DMY" if _MONTH_NAME.search(text) else order)
    readings = {moment for one in DATE_ORDERS if (moment := _read_datetime(text, one)) is not None}
    return readings.pop() if len(readings) == 1 else None


def says_time(text: str) -> bool:
    """Whether the text says a time of day with its day, so that midnight is none that is made up."""
    text = _western(text)
    moments = (read_datetime(text, order) for order in DATE_ORDERS)
    return any(has_time(moment) for moment in moments if moment is not None) or _MIDNIGHT.search(text) is not None


def has_time(value: Scalar) -> bool:
    """Whether the value is a moment, or a text of one of ISO_FORMS that says one, at another time than midnight."""
    moment = moment_of(value)
    return isinstance(moment, datetime) and moment.time() != time()


def iso_form(text: str) -> str:
    """Which of ISO_FORMS the text is written in; empty for none."""
    if moment_of(text) is None:
        return ""
    clock = "" if len(text) == len("2026-10-27") else f"{text[10]}%H:%M" + ":%S" * (text.count(":") > 1)
    return _DAY + clock


def moment_of(value: Scalar) -> date | None:
    """The day, or moment, that a value is, or that a text of one of ISO_FORMS says; None for other values."""
    if isinstance(value, date):
        return value
    if not isinstance(value, str) or not _ISO.fullmatch(value):
        return None
    try:
        return datetime.fromisoformat(value) if len(value) > len("2026-10-27") else date.fromisoformat(value)
    except ValueError:
        return None


def _western(text: str) -> str:
    """A text that may be a date with the digits of English; one of Japanese, Chinese or Korean by ISO 8601."""
    text = _DOTS.sub(", ", western(narrow(text)))
    return by_iso(text) or text


def _read_english(text: str, order: str) -> datetime | None:
    """The date as dateutil reads it, a hundred times as fast as all languages of dateparser.

    A part that is missing is filled from a blank date; two different blanks tell whether one was.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", parser.UnknownTimezoneWarning)
            first, second = (
                parser.parse(text, dayfirst=order == "DMY", yearfirst=order == "YMD", default=blank)
                for blank in _BLANKS
            )
        # "0.5.1 2025-11-30" is no moment in a zone thirty hours behind.
        zone = first.utcoffset() or timedelta()
    except (parser.ParserError, OverflowError, ValueError, TypeError):
        return None
    return first if first == second and abs(zone) <= _FARTHEST_ZONE else None


def _few_words(text: str) -> bool:
    """Whether the text may be a date: not an address, and of few words."""
    return 0 < len(_FOREIGN.findall(text)) <= MOST_WORDS and not text.startswith("/") and "://" not in text


def _read_foreign(text: str, order: str) -> datetime | None:
    # It knows all languages, and takes long to import: English dates do without it.
    import dateparser

    settings = {"DATE_ORDER": order, "REQUIRE_PARTS": ["day", "month", "year"], "STRICT_PARSING": True}
    try:
        moment: datetime | None = dateparser.parse(text, settings=settings)
    except (ValueError, OverflowError, TypeError, RecursionError):
        return None
    return moment


@lru_cache(maxsize=50_000)
def _read_datetime(text: str, order: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    parts = _NUMERIC_DATE.search(text)
    if parts is not None and len(parts.group(1)) == 4:
        order = "YMD"
    plain, clocks = _CLOCK.subn(lambda clock: f" {clock[1]}:{clock[2] or '00'}", text)
    wordings = (text, plain) if clocks == 1 and plain != text else (text,)
    moment = next((moment for one in wordings if (moment := _read_english(one, order)) is not None), None)
    if moment is None and not _ENGLISH.search(text):
        foreign = (_read_foreign(one, order) for one in wordings if _few_words(one))
        moment = next((moment for moment in foreign if moment is not None), None)
    if moment is None or parts is None:
        return moment
    said = {"D": moment.day, "M": moment.month, "Y": moment.year}
    follows = all(int(part) in (said[name], said[name] % 100) for part, name in zip(parts.groups(), order, strict=True))
    return moment if follows else None
