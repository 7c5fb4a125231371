"""Columns of a new design, told without any known value."""

from __future__ import annotations

import random

import numpy as np
import pytest

from learner import Example, Page, heal, learn
from learner.healing.groups import Column
from learner.healing.judge import Fit, Likeness
from learner.pages.values import Value
from learner.programs.examples import LabelledPage

WORDS = "lake stone paper north river glass summer field winter bridge garden harbour copper silver cedar".split()


def records(seed: int, count: int = 12) -> list[dict[str, Value]]:
    """Trips: words, a time, an amount; some have a note."""
    draw = random.Random(seed)
    out = []
    for number in range(count):
        trip = {
            "title": f"{draw.choice(WORDS).title()} {draw.choice(WORDS)} to {draw.choice(WORDS)}",
            "link": f"/trips/{draw.randrange(1000, 9999)}",
            "departs": f"{draw.randrange(6, 22)}:{draw.randrange(10, 59)}",
            "price": f"${draw.randrange(20, 900)}.{draw.randrange(10, 99)}",
        }
        out.append(trip | ({"note": f"Only on {draw.choice(('Mondays', 'Fridays'))}"} if number % 3 == 0 else {}))
    return out


def table(trips: list[dict[str, Value]]) -> str:
    rows = "".join(
        f"<tr><td><a href='{t['link']}'>{t['title']}</a></td><td>{t['departs']}</td><td>{t['price']}</td>"
        f"<td>{t.get('note', '')}</td></tr>"
        for t in trips
    )
    return f"<html><body><h1>Trips</h1><table class=trips>{rows}</table></body></html>"


def cards(trips: list[dict[str, Value]]) -> str:
    shown = "".join(
        f"<article class='c-9f'><header><h3 class='c-1a'><a class='q' href='{t['link']}'>{t['title']}</a></h3></header>"
        f"<div class='c-7d'><span>{t['departs']}</span></div><div class='c-2e'><b>{t['price']}</b></div>"
        f"{'<p>' + str(t['note']) + '</p>' if 'note' in t else ''}</article>"
        for t in trips
    )
    head = "<nav><a href=/>Home</a></nav>"
    return f"<html><body>{head}<main><h2>All trips</h2><section>{shown}</section></main></body></html>"


@pytest.fixture(scope="module")
def healed() -> list[tuple[list[dict[str, Value]], list[dict[str, Value]]]]:
    extractor = learn([Example(f"https://x.test/{n}", table(records(n)), items=records(n)) for n in range(3)])
    pages = [Page(f"https://x.test/new/{n}", cards(records(n))) for n in range(10, 13)]
    better = heal(extractor, pages).extractor
    return [(records(n), better.read(cards(records(n)), f"https://x.test/new/{n}").items) for n in (10, 20)]


@pytest.mark.parametrize("field", ["title", "link", "departs", "price"])
def test_a_list_of_which_nothing_is_known_is_healed_by_its_columns(
    healed: list[tuple[list[dict[str, Value]], list[dict[str, Value]]]], field: str
) -> None:
    for gold, found in healed:
        assert [record.get(field) for record in found] == [record[field] for record in gold]


def test_what_is_told_is_right_or_left_out(
    healed: list[tuple[list[dict[str, Value]], list[dict[str, Value]]]],
) -> None:
    for gold, found in healed:
        for record, one in zip(gold, found, strict=True):
            assert one.items() <= record.items()


def test_probabilities_are_of_all_that_there_is() -> None:
    likeness: Likeness = Likeness.shipped("columns")
    page = LabelledPage(Example("https://x.test/", table(records(1)), items=[]))
    column = Column("", "", page.candidates[0].element, None)
    fits = [Fit(column, {}, np.zeros(1)), Fit(column, {}, np.zeros(1))]

    def probability(*scores: float) -> float:
        return likeness.probability(np.array(scores), fits[: len(scores)], 0)

    alone, two, none = probability(4.0), probability(4.0, 4.0), probability(-4.0)
    assert 0 < none < two < alone < 1
