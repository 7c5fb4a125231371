"""A closed set of text programs, and how they are induced from pairs of text and value.

A transform is a tuple of a name and its texts, so that a program is plain JSON:
    ("after", literal)      what follows the first occurrence of the literal
    ("before", literal)     what precedes its first occurrence
    ("upto", literal)       likewise, or all of a text that has it not: "On loan" of "On loan until May", and "Lost"
    ("ahead", literal)      what precedes its last occurrence
    ("split", mark, index)  the index-th part between marks; negative counts from the end
    ("shape", pattern, k)   the k-th run of characters of this shape (digits, letters and literal marks)
    ("token", pattern, k)   likewise, of those that are no part of a longer number: not 2024 in 2024-MO-016
    ("find", kind, k)       the k-th date, time, amount, phone number, address of mail... in the text
    ("until", pattern)      what precedes the first run of this shape
    ("past", pattern)       what follows the first run of this shape; instead of one, of both: "number", however long
    ("strip", marks)        without these characters at either end
    ("absolute",)           a link made absolute
    ("number", mark)        the number in the text, without a fraction an int; mark is its decimal mark or empty
    ("decimal", mark)       likewise, always a float
    ("abridged", mark)      likewise of a number that may be written short: 12300 for "12.3k"
    ("duration", unit)      the minutes, or seconds, that the one duration of the text lasts: 125 for "2h 5m"
    ("date", order) ("datetime", order)   the date that the text says; with no order, if it can be read in one way only
    ("iso", order, form)    likewise, as a text of this form: 2026-10-27 for "27 October 2026"
    ("timed",)              the text, if it says a time of day: before a moment, which is midnight otherwise
    ("case", names)         the text in this letter case, of CASES; nothing where several are named and differ
    ("map", json)           constants for texts, or for those with # in the place of each number ("only # left")

Patterns of shapes come from one small family without nested repetition, so that matching is linear.
Induction follows the smallest-program idea of FlashFill (Gulwani, POPL 2011) on a much smaller language.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Final

from learner.pages.currencies import AFTER, BEFORE
from learner.pages.digits import MARKS, MINUSES, SIGN, is_below_zero
from learner.pages.durations import UNITS, read_duration
from learner.pages.ideographs import CLOCK, DAY
from learner.pages.magnitudes import MAGNITUDE
from learner.pages.page import Document, squash
from learner.pages.values import (
    AT,
    DATE_ORDERS,
    DECIMAL_MARKS,
    ISO_FORMS,
    Scalar,
    has_time,
    iso_form,
    moment_of,
    normal,
    numbers_in,
    read_abridged,
    read_datetime,
    read_decimal,
    read_number,
    read_whole,
    readings_of,
    same,
    says_time,
)

Transform = tuple[str, ...]
Pair = tuple[str, Scalar]

NAMES: Final = frozenset(
    "after before upto ahead split shape token find until past strip absolute "
    "number decimal abridged duration date datetime iso timed amid case map".split()
)
NUMBERS: Final = ("number", "decimal")
NUMBER: Final = "number"
"""In place of a shape, of which the number of groups of digits is a part: any number, 900 as 1,234,567.50."""
TIMED: Final = ("timed",)
"""The step before a moment that is not to be one of midnight because no time is said."""
AMID: Final = "amid"
"""The step before a number that is not to be one of something else: "25" of "25 March" where "38.5 mm" is meant."""
CASES: Final[Mapping[str, Callable[[str], str]]] = {
    "upper": str.upper,
    "lower": str.lower,
    "title": str.title,
    "capital": str.capitalize,
}
"""Letter cases that code gives to texts, as Python makes them."""
_MARKS: Final = " \t:;,.|-–—•·>»/()[]\"'"
_EDGES: Final = " \t:;,|-–—•·>»/([\"'"
# Whole names, in English and as languages near to it write them: the beginning of "Marta" is no month.
_MONTH = (
    r"(?:jan(?:uary|uari|uar|vier|v)?|feb(?:ruary|ruari|ruar|rero|braio)?|f[eé]vr(?:ier)?|m[aä]r(?:ch|zo|z|s)?"
    r"|apr(?:ile|il)?|avril|mayo?|mai|maj|mei|jun(?:e|io|i)?|juin|jul(?:y|io|i)?|juillet|aug(?:ustus|usti|ust)?|ao[uû]t"
    r"|sep(?:tember|tembre|tiembre|t)?|o[ck]t(?:ober|obre)?|nov(?:ember|embre|iembre)?|d[eé][cz](?:ember|embre)?)"
    r"(?![^\W\d_])\.?"
)
_WEEKDAY = r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6}\.?,?\s{0,2})?"
# Thousands may stand apart, and no cents be written as a dash: 1 299,00 or 12.500,-
_SUM = rf"(?:\d{{1,3}}(?:[ \u00a0\u202f'’]\d{{3}})+(?!\d)(?:[.,{MARKS}]\d+)?|\d+(?:[.,{MARKS}]\d+)*)(?:[.,][-–—])?"
KINDS: Final[dict[str, re.Pattern[str]]] = {
    "date": re.compile(
        rf"(?<!\w)(?<!\d[.,'’])(?:{_WEEKDAY}{_MONTH}\s?\d{{1,2}}(?:st|nd|rd|th)?(?:,?\s?\d{{4}})?(?!\d)"
        rf"|{_WEEKDAY}\d{{1,2}}(?:st|nd|rd|th|\.)?[\s-](?:of\s)?{_MONTH}(?:,?[\s-]\d{{4}})?(?!\d)"
        r"|\d{4}[-/.]\d{1,2}[-/.]\d{1,2}(?!\d)|\d{1,2}(?:[-/]|\.\s?)\d{1,2}(?:[-/]|\.\s?)\d{2,4}(?!\d))"
        rf"|{DAY}",
        re.IGNORECASE,
    ),
    "plain date": re.compile(
        rf"(?<!\w)(?<!\d[.,'’])(?:{_MONTH}\s?\d{{1,2}}(?:st|nd|rd|th)?(?:,?\s?\d{{4}})?(?!\d)"
        rf"|\d{{1,2}}(?:st|nd|rd|th|\.)?[\s-](?:of\s)?{_MONTH}(?:,?[\s-]\d{{4}})?(?!\d))",
        re.IGNORECASE,
    ),
    "time": re.compile(
        r"(?<![\w:])(?<!\d[.,])\d{1,2}(?:(?::\d{2}){0,2}|\.\d{2})\s?[ap]\.?\s?m\b\.?|(?<![\w:])\d{1,2}:\d{2}(?![\w:])"
        r"|(?<![\w:])(?<!\d[.,])\d{1,2}(?:[:.]\d{2})?\s?Uhr\b|(?<!\w)\d{1,2}h\d{2}\b",
        re.IGNORECASE,
    ),
    "amount": re.compile(
        rf"(?:{SIGN})?(?:(?:{BEFORE})\s?{_SUM}{MAGNITUDE}?"
        rf"|(?<![\w.,{MARKS}]){_SUM}(?:{MAGNITUDE}\.?)?\s?(?:{AFTER}))"
    ),
    "number": re.compile(
        rf"(?:{SIGN})?(?<![\w.,{MARKS}])(?:\d{{1,3}}(?:\.\d{{3}})+,\d+|\d{{1,3}}(?:\.\d{{3}}){{2,}}|\d[\d,]*(?:\.\d+)?"
        rf"|\d+(?:[{MARKS}]\d+)+)(?!\w|[.,{MARKS}]\d)"
    ),
    "phone": re.compile(r"(?<!\w)(?:\+\d{1,3}[\s.-]?)?(?:\(\d{2,4}\)\s?|\d{2,4}[\s./-])\d{3}[\s.-]?\d{3,4}(?!\d)"),
    "mail": re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}"),
    "percent": re.compile(rf"(?:{SIGN})?\d(?:[\d.,]|[{MARKS}](?=\d))*\s?[%٪％]"),
}
KINDS["moment"] = re.compile(
    rf"(?:{KINDS['date'].pattern})(?:(?:T|[,:|\s@(·•・/–—-]{{0,4}}(?:{AT})?\s{{0,2}})(?<!\d)\d{{1,2}}(?:"
    r"[:.h][0-5]\d(?::\d{2})?(?!\d)(?:\s?[ap]\.?m\b\.?)?(?:\s(?:Uhr|h)\b)?|\s?(?:[ap]\.?m\b\.?|Uhr\b))"
    rf"|\s?{CLOCK})",
    re.IGNORECASE,
)
MOST_DATES: Final = 4
"""Dates of a text that are read."""
WHOLE: Final = ("date", "time", "amount", "percent", "phone", "mail")
"""Kinds that a value may be as a whole."""
_NAME = re.compile(r"[^\W\d_]+(?: [^\W\d_]+){0,2}\s?[:(=\[]\s*$")
"""A text that ends with a name and a mark after it."""
_COMPARES = re.compile(r"[<>=≤≥!~^]{1,3}\s?\d")  # what may go on on other pages: ">=3.9" as ">=3.9,<4"
_DIGIT = re.compile(r"\d")  # what has one is of its page
_MARKED = re.compile(rf"(?<!\d)\d+(?:[.,'’{MARKS}]\d+)+")  # may be one number
_NUMBERS: Final = re.compile(r"\d+")
_WORDS: Final = re.compile(r"[^\W\d_]+|%")
_BEGINNING: Final = 3
_NUMBERED = re.compile(r"[^\s]*\d[^\s]*")
_LATIN: Final = "A-Za-zÀ-ÖØ-öø-ɏ"
_SHAPE_ITEM = re.compile(r"\\d(\{\d{1,3}\}|\+)|\[A-Z\]\+?|\[a-z\]\+|\[A-Za-z\]\+|\\s\?|\\?.", re.DOTALL)


def apply(transforms: Iterable[Transform], text: str, document: Document | None = None) -> Scalar | None:
    """The value that the transforms make of ``text``; None when one of them finds nothing."""
    value: Scalar | None = text
    for transform in transforms:
        if not isinstance(value, str):
            return value
        value = _apply(transform, value, document)
        if value is None or value == "":
            return None
    return value


def _apply(transform: Transform, text: str, document: Document | None) -> Scalar | None:
    name = transform[0]
    if name == "after":
        at = text.casefold().find(transform[1].casefold())
        return squash(text[at + len(transform[1]) :]) if at >= 0 else None
    if name == "before":
        at = text.casefold().find(transform[1].casefold())
        return squash(text[:at]) if at >= 0 else None
    if name == "upto":
        at = text.casefold().find(transform[1].casefold())
        return squash(text[:at]) if at >= 0 else text
    if name == "ahead":
        at = text.casefold().rfind(transform[1].casefold())
        return squash(text[:at]) if at >= 0 else None
    if name == "split":
        parts = text.split(transform[1])
        index = int(transform[2])
        return squash(parts[index]) if len(parts) > 1 and -len(parts) <= index < len(parts) else None
    if name in ("shape", "token"):
        return run_at(_uncut((_shape if name == "shape" else _token)(transform[1]), text), text, int(transform[2]))
    if name == "find":
        for number, found in enumerate(KINDS[transform[1]].finditer(text)):
            if number == int(transform[2]):
                return found.group()
        return None
    if name in ("until", "past"):
        at, stop = first_run(transform[1], text)
        if at < 0:
            return None
        return text[:at].strip(_EDGES) if name == "until" else remainder(text, stop)
    if name == "strip":
        return text.strip(transform[1] + " ")
    if name == "absolute":
        return document.absolute(text) if document is not None else text
    if name in ("number", "decimal"):
        return (read_whole if name == "number" else read_decimal)(text, transform[1])
    if name == "abridged":
        return read_abridged(text, transform[1])
    if name == "duration":
        return read_duration(text, transform[1])
    if name == "date":
        moment = read_datetime(text, transform[1])
        return moment.date() if moment else None
    if name == "datetime":
        return read_datetime(text, transform[1])
    if name == "iso":
        moment = read_datetime(text, transform[1])
        return moment.strftime(transform[2]) if moment else None
    if name == "timed":
        return text if says_time(text) else None
    if name == AMID:
        return text if is_amid(text, transform[1]) else None
    if name == "case":
        return recased(text, transform[1].split())
    if name == "map":
        constants = constants_of(transform)
        return constants.get(normal(text), constants.get(worded(text)))
    raise ValueError(f"no transform is called {name!r}")


def run_at(runs: Iterable[re.Match[str]], text: str, index: int) -> str | None:
    """The run with this index; None where it is a number without the sign that stands before it."""
    found = next((found for number, found in enumerate(runs) if number == index), None)
    return None if found is None or is_below_zero(text, found.start()) else found.group()


def remainder(text: str, start: int, marks: str = _EDGES) -> str:
    """The text from ``start``, without marks at its ends; the sign of a number is none."""
    rest = text[start:].strip(marks)
    at = len(text) - len(text[start:].lstrip(marks))
    return text[at - 1] + rest if at > start and is_below_zero(text, at) else rest


def recased(text: str, cases: Iterable[str]) -> str | None:
    """The text in the letter case that is named; None where several are, in which it is not the same."""
    made = {CASES[case](text) for case in cases}
    return made.pop() if len(made) == 1 else None


def is_amid(text: str, words: str) -> bool:
    """Whether the text says all of these words, which are given by their ``beginnings``; of none, whether it says
    none."""
    said = beginnings(text)
    return said.issuperset(words.split()) if words else not said


def beginnings(text: str) -> set[str]:
    """How the words of the text begin, which is the same of one and of many: stone, stones."""
    return {word[:_BEGINNING] for word in _WORDS.findall(text.casefold())}


def case_of(programs: Iterable[tuple[Transform, ...]]) -> tuple[Transform, ...]:
    """The step that gives the values of a field their letter case, by its rules' programs; none where they have none,
    or several."""
    steps = {program[-1:] for program in programs if program[-1:] and program[-1][0] == "case"}
    return steps.pop() if len(steps) == 1 else ()


def worded(text: str) -> str:
    """The normal form of a text, in which all numbers are alike, as they are in "only 3 left"."""
    return _NUMBERS.sub("#", normal(text))


def constants_of(transform: Transform) -> dict[str, Scalar]:
    """The constants of a map, by the forms of the texts; of other transforms none."""
    return _constants(transform[1]) if transform[0] == "map" else {}


@lru_cache(maxsize=4_096)
def _constants(text: str) -> dict[str, Scalar]:
    constants: dict[str, Scalar] = json.loads(text)
    return constants


@lru_cache(maxsize=4_096)
def _shape(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![{_LATIN}\d]){_accented(pattern)}(?![{_LATIN}\d])")


@lru_cache(maxsize=4_096)
def _token(pattern: str) -> re.Pattern[str]:
    edge = rf"[{_LATIN}\d]"
    return re.compile(rf"(?<!{edge})(?<!{edge}[-/_]){_accented(pattern)}(?!{edge}|[-/_]{edge})")


def _accented(pattern: str) -> str:
    """The pattern with runs of letters that may have accents: "[A-Za-z]+" finds "März"."""
    return pattern.replace("[A-Za-z]+", f"[{_LATIN}]+")


def _uncut(pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    """The runs of the pattern that neither begin nor end within a number: no 1.041 in 1.041,50."""
    numbers: list[tuple[int, int]] | None = None
    for found in pattern.finditer(text):
        if numbers is None:
            numbers = [run.span() for run in _MARKED.finditer(text) if readings_of(run.group())]
        if not any(a < edge < b for edge in found.span() for a, b in numbers):
            yield found


def first_run(pattern: str, text: str) -> tuple[int, int]:
    """Where the first run of the shape, or the first number, stands in the text (start, stop); (-1, -1) where none."""
    if pattern == NUMBER:
        spans = numbers_in(text)
        # Of a number in groups that spaces part the first group is one, too.
        return max((span for span in spans if span[0] == spans[0][0]), default=(-1, -1))
    run = next(_uncut(_shape(pattern), text), None)
    return run.span() if run is not None else (-1, -1)


_TEXTS: Final = {
    "after": 1, "before": 1, "upto": 1, "ahead": 1, "split": 2, "shape": 2, "token": 2, "find": 2, "until": 1,
    "past": 1, "strip": 1, "absolute": 0, "number": 1, "decimal": 1, "abridged": 1, "duration": 1, "date": 1,
    "datetime": 1, "iso": 2, "timed": 0, "amid": 1, "case": 1, "map": 1,
}  # fmt: skip
_INDEX = re.compile(r"-?\d{1,4}")


def check(transform: Transform) -> Transform:
    """The transform, if it is one of the closed set; raises ValueError otherwise (a program from elsewhere)."""
    if not transform or not all(isinstance(part, str) for part in transform) or transform[0] not in NAMES:
        raise ValueError(f"not a transform: {transform!r}")
    name, texts = transform[0], transform[1:]
    if len(texts) != _TEXTS[name]:
        raise ValueError(f"{name} takes {_TEXTS[name]} texts: {transform!r}")
    if name in ("split", "shape", "token", "find") and not _INDEX.fullmatch(texts[1]):
        raise ValueError(f"not a place in a row: {transform!r}")
    if name in ("after", "before", "upto", "ahead", "split") and not texts[0]:
        raise ValueError(f"nothing to look for: {transform!r}")
    if name == "find" and texts[0] not in KINDS:
        raise ValueError(f"no kind is called {texts[0]!r}")
    if name == "duration" and texts[0] not in UNITS:
        raise ValueError(f"nothing in which durations are counted: {texts[0]!r}")
    if name in ("number", "decimal", "abridged") and texts[0] not in ("", ".", ","):
        raise ValueError(f"not a decimal mark: {texts[0]!r}")
    if name in ("date", "datetime", "iso") and texts[0] not in ("", *DATE_ORDERS):
        raise ValueError(f"not an order of days and months: {texts[0]!r}")
    if name == "iso" and texts[1] not in ISO_FORMS:
        raise ValueError(f"not a form of a date: {texts[1]!r}")
    if name == "case" and not (texts[0] and CASES.keys() >= set(texts[0].split(" "))):
        raise ValueError(f"not a letter case: {texts[0]!r}")
    if name == "map" and not _is_map(texts[0]):
        raise ValueError(f"not a map of constants: {texts[0]!r}")
    if name in ("shape", "token") or (name in ("until", "past") and texts[0] != NUMBER):
        _check_shape(texts[0])
    return transform


def _is_map(text: str) -> bool:
    constants = json.loads(text)
    return isinstance(constants, dict) and all(isinstance(v, (str, int, float)) for v in constants.values())


def _check_shape(pattern: str) -> None:
    items = [found.group() for found in _SHAPE_ITEM.finditer(pattern)]
    before = "", False
    for item in items:
        letters = item.startswith("[") or (item.isascii() and item.isalpha())
        kind = "letter" if letters else "digit" if item[:2] == "\\d" or item.isdigit() else item
        # A lone character stands for itself only if it has no meaning in a pattern.
        escaped = re.fullmatch(r"\\[A-Za-z0-9]", item)
        if (len(item) == 1 and item in "\\[]()*+?{}|^$.") or (escaped and item not in ("\\d",)):
            raise ValueError(f"not a shape: {pattern!r}")
        # Two runs of one kind in a row can be parted in many ways, which takes time.
        endless = item.endswith("+") and item != r"\+"
        if kind == before[0] and (endless or before[1]):
            raise ValueError(f"not a shape: {pattern!r}")
        if item != r"\s?":
            before = kind, endless
    if not items or "".join(items) != pattern:
        raise ValueError(f"not a shape: {pattern!r}")


def shape_of(value: str, exact: bool) -> str | None:
    """A pattern of the value's shape: ``9780316125581`` -> ``\\d{13}``; None when it is mostly words."""
    if len(value) > 40 or not any(map(str.isdigit, value)):
        return None
    parts: list[str] = []
    for run in re.finditer(rf"\d+|[{_LATIN}]+|\s+|.", value, re.DOTALL):
        text = run.group()
        if text.isdigit():
            parts.append(f"\\d{{{len(text)}}}" if exact else "\\d+")
        elif re.fullmatch(f"[{_LATIN}]+", text):
            parts.append(re.escape(text) if exact else "[A-Za-z]+")
        elif text.isspace():
            parts.append(" ")
        else:
            parts.append(re.escape(text))
    if len(parts) > 14:
        return None
    return "".join(parts)


def induce(pairs: Sequence[Pair], limit: int = 6) -> list[tuple[tuple[Transform, ...], float]]:
    """Programs that turn each pair's text into its value, the most general first.

    Numbers are ints where they can be, unless all values are floats.
    Returns up to ``limit`` of (transforms, share of the pairs that it fits); shares below 0.5 are left out.
    """
    proposals: dict[tuple[Transform, ...], None] = {}
    seen: set[str] = set()
    whole = any(isinstance(value, int) for _, value in pairs)
    mark = settled(pairs)
    clocked = any(has_time(value) for _, value in pairs)
    for text, value in pairs:
        kind = normal(text)[:80]
        if kind in seen:
            continue
        seen.add(kind)
        for program in _proposals(text, value):
            if clocked and program[:1] and program[0][:2] == ("find", "date") and TIMED not in program:
                continue  # it cuts off the time that other values have
            proposals.setdefault(marked(as_whole(program) if whole else program, mark))
        if len(seen) >= 8:
            break
    scored = []
    for rank, program in enumerate(proposals):
        fits = sum(1 for text, value in pairs if (made := apply(program, text)) is not None and same(made, value))
        if fits and fits >= 0.5 * len(pairs):
            scored.append((-fits / len(pairs), rank, program))
    scored.sort()
    return [(program, -share) for share, _, program in scored[:limit]]


def as_whole(program: tuple[Transform, ...]) -> tuple[Transform, ...]:
    """The program that reads numbers as ints where they can be."""
    return tuple([("number", *step[1:]) if step[0] == "decimal" else step for step in program])


def marked(program: tuple[Transform, ...], mark: str) -> tuple[Transform, ...]:
    """The program that reads numbers with this decimal mark where it knows none."""
    return tuple([(step[0], mark) if step[0] in NUMBERS and not step[1] else step for step in program])


def settled(pairs: Iterable[tuple[str, Scalar]]) -> str:
    """The decimal mark with which alone numbers are read as they are known; empty where none is, or both are."""
    found = {mark for text, value in pairs if isinstance(value, (int, float)) for mark in _settled(text, value)}
    return found.pop() if len(found) == 1 else ""


def _settled(text: str, value: float) -> tuple[str, ...]:
    """The one decimal mark with which a number of the text is the value; none where it is so with either."""
    parts = [text, *(text[at:stop] for at, stop in numbers_in(text))]
    marks = tuple([mark for mark in DECIMAL_MARKS if mark and any(read_number(p, mark) == value for p in parts)])
    return marks if len(marks) == 1 else ()


def _proposals(text: str, value: Scalar) -> Iterator[tuple[Transform, ...]]:
    if isinstance(value, bool):
        return  # see learner.learning.constants
    if isinstance(value, (int, float)):
        yield from _numbered(text, value)
        return
    if isinstance(value, (date, datetime)):
        yield from _dated(text, value)
        return
    if normal(text) == normal(value):
        yield ()
        return
    at, stop = find(text, value)
    if at >= 0:
        yield from _substring(text, at, stop)
    elif iso_form(value):
        yield from _dated(text, value)


def _numbered(text: str, value: float) -> Iterator[tuple[Transform, ...]]:
    """Programs that read the number: the first of the text, what follows words, or a part of the text."""
    name = "decimal" if isinstance(value, float) else "number"
    # A mark that the pair does not settle is none.
    marks = (*_settled(text, value), "")
    for mark in marks:
        yield ((name, mark),)
    if value not in readings_of(text):
        # Counts may be written short, and durations in several units.
        yield from ((("duration", unit),) for unit in UNITS if read_duration(text, unit) == value)
        if read_abridged(text) == value:
            yield (("abridged", ""),)
    parts = [(at, stop) for at, stop in numbers_in(text) if value in readings_of(text[at:stop])]
    for mark in marks:
        for at, stop in parts:
            if read_number(text[at:stop], mark) == value:
                # Behind another number it is the first one after some words; in front of all it is that as it is.
                heads = _before(text[:at]) if _DIGIT.search(text[:at]) else ()
                inner = [(("after", literal),) for literal in heads if not _DIGIT.search(literal)][:2]
                yield from ((*program, (name, mark)) for program in (*inner, *_substring(text, at, stop)))


def _dated(text: str, value: date | str) -> Iterator[tuple[Transform, ...]]:
    """Programs that read the date: with the order of day and month that the pair settles, or else with none. Where the
    text says a moment's time, a text that says none is another thing."""
    kind = "iso" if isinstance(value, str) else "datetime" if isinstance(value, datetime) else "date"
    form = (iso_form(value),) if isinstance(value, str) else ()
    is_moment, told = isinstance(moment_of(value), datetime), False
    for inner, part in dated_parts(text):
        orders = [order for order in ("", *DATE_ORDERS) if same(apply(((kind, order, *form),), part) or "", value)]
        timed = bool(orders) and is_moment and says_time(part)
        if told and not timed:
            continue
        told = told or timed
        steps = (*inner, TIMED) if timed else inner
        if {"", "DMY", "MDY"} <= set(orders) or orders == [""]:
            yield (*steps, (kind, "", *form))
        else:
            # An order that fits where another doesn't is settled by this pair.
            yield from ((*steps, (kind, order, *form)) for order in orders if order)


def dated_parts(text: str) -> Iterator[tuple[tuple[Transform, ...], str]]:
    """The text, and parts of it that may be a date, with the programs that give them: dates with their times, dates,
    and what follows a label, for the date may be in any language."""
    yield (), text
    runs: list[re.Match[str]] = []
    for kind in ("moment", "date"):
        runs = [run for _, run in zip(range(MOST_DATES), KINDS[kind].finditer(text), strict=False)]
        for number, run in enumerate(runs):
            if run.group() != text:
                yield (("find", kind, str(number)),), run.group()
    prefix = text[: runs[0].start()] if runs else text[: text.find(":") + 1]
    if prefix.strip() and not _DIGIT.search(prefix):
        for literal in dict.fromkeys(_before(prefix)):
            program: tuple[Transform, ...] = (("after", literal),)
            if isinstance(part := apply(program, text), str):
                yield program, part


def find(text: str, value: str) -> tuple[int, int]:
    """Where ``value`` stands in ``text`` (start, stop), white space and case aside; (-1, -1) when nowhere."""
    words = [re.escape(word) for word in value.split()]
    if not words:
        return -1, -1
    # "£125,000" is no part of "£125,000.00", and 27 is one of 27.11.2026.
    pattern = r"\s*".join(words) + (rf"(?![.,{MARKS}]\d+(?![.,{MARKS}]?\d))" if value[-1].isdigit() else "")
    found = re.search(rf"(?<!\w){pattern}(?!\w)", text, re.IGNORECASE)
    # A few letters stand in the midst of words by chance.
    if found is None and not (len(value) < 4 and value.isascii() and value.isalpha()):
        found = re.search(pattern, text, re.IGNORECASE)
    return (found.start(), found.end()) if found else (-1, -1)


def _substring(text: str, at: int, stop: int) -> Iterator[tuple[Transform, ...]]:
    prefix, value, suffix = text[:at], text[at:stop], text[stop:]
    if not prefix.strip(_MARKS) and not suffix.strip(_MARKS):
        marks = "".join(sorted(set((prefix + suffix).replace(" ", ""))))
        # Of a number a hyphen may be the sign on other pages, unless this one shows that it is left out.
        signs = set(marks) & set(MINUSES) if value[0].isdigit() and not is_below_zero(text, at) else ()
        if marks and not signs and not (set(marks) & {value[0], value[-1]}):
            yield (("strip", marks),)
    known = False
    for kind, regex in KINDS.items():
        for number, found in enumerate(regex.finditer(text)):
            if found.start() == at and found.end() == stop:
                known = True
                yield (("find", kind, str(number)),)
                if (named := _NAME.search(prefix)) and len(regex.findall(text)) > 1:
                    yield (("after", named.group().strip()), ("find", kind, "0"))
    # What is of a kind is not told by its month or by the number of its digits. Where the value is no part of a longer
    # number, none is taken for one. A comparison has no shape, for it may have a second half.
    for exact in () if _COMPARES.match(value) else (False,) if known else (True, False):
        pattern = shape_of(value, exact)
        if pattern:
            for name, regex in (("token", _token(pattern)), ("shape", _shape(pattern))):
                numbers = [n for n, run in enumerate(_uncut(regex, text)) if run.span() == (at, stop)]
                if numbers:
                    yield ((name, pattern, str(numbers[0])),)
                    break
    heads: list[tuple[Transform, ...]] = [()]
    if prefix.strip():
        heads = [(("after", literal),) for literal in _before(prefix) if not _DIGIT.search(literal)]
        runs = [run for run in _NUMBERED.finditer(prefix) if not prefix[run.end() :].strip(_MARKS)]
        heads += [(("past", pattern),) for run in runs[-1:] if (pattern := _edge(run.group()))]
    tails: list[tuple[Transform, ...]] = [()]
    if suffix.strip():
        tails = [(("before", literal),) for literal in _after(suffix) if not _DIGIT.search(literal)]
        first = _NUMBERED.search(suffix)
        if first and not suffix[: first.start()].strip(_MARKS) and (pattern := _edge(first.group())):
            tails.append((("until", pattern),))
    for head in heads:
        for tail in tails:
            program: tuple[Transform, ...] = (*head, *tail)
            if program and normal(str(apply(program, text) or "")) == normal(value):
                yield program
    for mark in (
        " | ",
        " - ",
        " – ",
        " — ",
        ", ",
        "; ",
        ": ",
        " / ",
        " > ",
        " › ",
        " » ",
        "|",
        ",",
        ";",
        ":",
        "/",
        "(",
        " (",
    ):
        parts = text.split(mark)
        # Of a value with the mark in it all but what stands behind its last one.
        if len(parts) > 2 and normal(mark.join(parts[:-1])) == normal(value):
            yield (("ahead", mark),)
        if 1 < len(parts) <= 12:
            for index, part in enumerate(parts):
                if normal(part) == normal(value):
                    yield (("split", mark, str(index)),)
                    yield (("split", mark, str(index - len(parts))),)
    for opening, closing in ("()", "[]"):
        # What stands between brackets, of several the last: Machine Learning (Statistics) (stat.ML).
        parts = text.split(opening)
        if len(parts) > 1 and normal(parts[-1].partition(closing)[0]) == normal(value):
            yield (("split", opening, "-1"), ("before", closing))


def _edge(run: str) -> str | None:
    """What a run beside a value is: a number, or of what shape."""
    return NUMBER if (0, len(run)) in numbers_in(run) and readings_of(run) else shape_of(run, False)


def _before(prefix: str) -> Iterator[str]:
    """Literals that end the text before a value, the most telling first."""
    stripped = prefix.strip()
    words = stripped.split(" ")
    if len(stripped) <= 40:
        yield stripped
    if len(words) > 1:
        yield words[-1]
        yield " ".join(words[-2:])
    mark = re.search(r"[^\w\s]\s*$", prefix)
    if mark:
        yield mark.group().strip()


def _after(suffix: str) -> Iterator[str]:
    stripped = suffix.strip()
    words = stripped.split(" ")
    if suffix[:1] == " ":
        yield " " + words[0]
    else:
        yield words[0]
    if len(words) > 1 and len(stripped) <= 40:
        yield stripped
    mark = re.match(r"\s*[^\w\s]", suffix)
    if mark:
        yield mark.group()
