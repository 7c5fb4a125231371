"""Records of a new design, told from what is made like them, and what stands over all of a page."""

from __future__ import annotations

import random
from typing import Any

import pytest

from learner import Example, Known, Page, heal, learn
from learner.extractor import Extractor
from learner.healing.starts import steady

WORDS = "lake stone paper north river glass summer field winter bridge garden harbour copper silver cedar".split()
PAGES = 10
Thread = dict[str, Any]


def url(n: int) -> str:
    return f"https://talk.test/{n}"


def thread(n: int) -> Thread:
    """A question, and its answers: some of a user who is gone. The first pages have one each."""
    draw = random.Random(n)
    name = lambda: draw.choice(WORDS).title() + draw.choice(WORDS)  # noqa: E731
    answers = [
        {"who": name(), "said": " ".join(draw.sample(WORDS, 5)), "points": draw.randrange(100, 90_000)}
        for _ in range(2 + n % 3 if n > 2 else 1)
    ]
    if n % 3 == 0:
        del answers[-1]["who"]
    return {"title": " ".join(draw.sample(WORDS, 4)), "asker": name(), "views": 1000 + 37 * n, "answers": answers}


def records(n: int) -> list[dict[str, Any]]:
    made = thread(n)
    return [{"title": made["title"], "views": made["views"], **one} for one in made["answers"]]


def old(n: int) -> str:
    made = thread(n)
    rows = "".join(
        f"<div class=answer><p class=said>{one['said']}</p><b class=who>{one.get('who', '')}</b>"
        f"<i class=points>{one['points']}</i></div>"
        for one in made["answers"]
    )
    head = f"<h1>{made['title']}</h1><p>Viewed <span class=views>{made['views']}</span> times</p>"
    return f"<html><body>{head}<div id=answers>{rows}</div></body></html>"


def new(n: int, mark: str) -> str:
    """The question is a row as its answers are, but for their ``mark``."""
    made = thread(n)
    asked = {"who": made["asker"], "said": "what is wrong with mine here", "points": 17 * n + 3}
    rows = "".join(
        f"<tr class=post{mark.format(number) if number else ''}><td><b>{one.get('who', 'gone')}</b>"
        f"<small>Points: {one['points']}</small></td><td><p>{one['said']}</p></td></tr>"
        for number, one in enumerate([asked, *made["answers"]])
    )
    head = f"<div class=top>Topic: <strong>{made['title']}</strong></div><p>Read {made['views'] + 5} times</p>"
    return f"<html><body>{head}<table class=thread>{rows}</table></body></html>"


@pytest.fixture(scope="module")
def extractor() -> Extractor:
    return learn([Example(url(n), old(n), items=records(n)) for n in range(PAGES)])


@pytest.mark.parametrize("mark", [' id="reply-{}"', " data-kind=reply"])
def test_a_question_made_as_its_answers_is_none(extractor: Extractor, mark: str) -> None:
    known = [Known(url(n), items=records(n)) for n in range(PAGES)]
    healed = heal(extractor, [Page(url(n), new(n, mark)) for n in range(PAGES)], known=known).extractor
    for n in (*range(PAGES), 31):
        found = healed.read(new(n, mark), url(n)).items
        assert [one.get("said") for one in found] == [one["said"] for one in records(n)]
        assert len({one.get("views") for one in found}) == 1


@pytest.mark.parametrize(
    ("found", "known", "telling"),
    [
        ([{"who": "A", "on": 1}] * 8 + [{"who": "B"}] * 2, [{"who": "A", "on": 1}] * 10, {"who"}),
        # Of those who are gone nobody is known, nor found.
        ([{"who": "A", "on": 1}] * 8 + [{"on": 1}] * 2, [{"who": "A", "on": 1}] * 8 + [{"on": 1}] * 2, {"who", "on"}),
        ([], [{"who": "A", "on": 1}] * 10, {"who", "on"}),
        ([{"who": "A"}] * 5, [], {"who", "on"}),
    ],
)
def test_fields_that_tell_a_record_are_found_in_all_that_have_them(
    found: list[dict[str, Any]], known: list[dict[str, Any]], telling: set[str]
) -> None:
    assert steady(["who", "on"], found, known) == telling
