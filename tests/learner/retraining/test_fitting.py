"""Which of several extractors answers a page."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest

from learner.extractor import Extraction
from learner.retraining.fitting import Best, Several, fit


def said(reason: str = "", expected: str = "ab", **confidence: float) -> Extraction:
    """An answer with these confidences; 0 is a field that was left out."""
    return Extraction(
        item={name: name for name, share in confidence.items() if share},
        confidence={name: share for name, share in confidence.items() if share},
        abstained={name: "absent" for name, share in confidence.items() if not share},
        reason=reason,
        expected=frozenset(expected),
    )


WHOLE = said(a=0.8, b=0.8)
OPTIONAL = said(a=0.9, b=0.9, c=0)
PARTIAL = said(a=1.0, b=0)
NOTHING = said(a=0, b=0)
ONE_RECORD, RECORDS = (
    replace(said(a=share, b=share), item={}, items=[{"a": 1}] * n) for n, share in ((1, 0.9), (7, 0.8))
)
LOGIN = said("login", a=0, b=0)


@pytest.mark.parametrize(
    ("answers", "best", "asked"),
    [
        ([WHOLE, said(a=1.0, b=1.0)], 0, 1),  # the first that answers in full is enough
        ([PARTIAL, WHOLE], 1, 2),
        ([NOTHING, PARTIAL, WHOLE], 2, 3),
        ([OPTIONAL, said(a=0.8, b=0.8, c=0.8)], 1, 2),  # a field that few pages have may be the other's
        ([OPTIONAL, said(a=0.8, b=0.8, c=0)], 0, 2),  # as many fields: the surer one
        ([said(a=0.8, b=0.8, c=0), OPTIONAL], 1, 2),
        ([PARTIAL, PARTIAL], 0, 2),  # of equal ones the first
        (
            [PARTIAL, said(a=0, b=0.7, c=0.7, d=0.7)],
            1,
            2,
        ),  # both lack what is always there
        ([said(a=1.0, c=1.0, d=1.0, e=1.0, b=0), OPTIONAL], 1, 2),  # what pages always have outranks the number
        ([NOTHING, NOTHING, NOTHING], 0, 3),
        ([ONE_RECORD, RECORDS], 1, 2),  # a single record may be no record
        ([RECORDS, ONE_RECORD], 0, 1),
        ([LOGIN, WHOLE], 0, 1),  # what can't be read can't be read by another
    ],
)
def test_a_page_is_answered_by_what_fits_it(answers: list[Extraction], best: int, asked: int) -> None:
    seen = Best[int]()
    count = 0
    for number, answer in enumerate(answers):
        count += 1
        if seen.enough(number, answer):
            break
    assert (seen.found, count) == ((best, answers[best]), asked)


@pytest.mark.parametrize(
    ("worse", "better"), [(NOTHING, PARTIAL), (LOGIN, PARTIAL), (PARTIAL, OPTIONAL), (OPTIONAL, WHOLE)]
)
def test_fit_orders_answers(worse: Extraction, better: Extraction) -> None:
    assert fit(worse) < fit(better)


@dataclass
class Reader:
    answers: dict[str, Extraction]
    fields: dict[str, str]
    read_: list[str] = field(default_factory=list)

    def read(self, html: bytes | str, url: str) -> Extraction:
        self.read_.append(str(html))
        return self.answers[str(html)]


def test_values_of_two_are_never_mixed_and_what_one_answers_in_full_is_not_read_by_the_next() -> None:
    first = Reader({"old": WHOLE, "new": said(a=0.9, b=0)}, {"a": "first", "b": "first"})
    second = Reader({"new": said(a=0, b=0.9)}, {"b": "second", "c": "second"})
    several = Several([(1, first), (2, second)])
    assert several.answer("old", "") == (1, WHOLE)
    assert several.answer("new", "") == (1, said(a=0.9, b=0))
    assert (first.read_, second.read_) == (["old", "new"], ["new"])
    assert several.fields == {"a": "first", "b": "first", "c": "second"}
