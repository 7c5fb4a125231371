"""List pages of a new design beside those of the old one, which is still served."""

from __future__ import annotations

import random
from typing import Any

import pytest

from learner import Example, Page, heal, learn

WORDS = "lake stone paper north river glass summer field winter bridge garden harbour copper silver cedar".split()
HOST = "https://forum.test"


def thread(number: int) -> list[dict[str, Any]]:
    """Answers to a question, which is named above them."""
    draw = random.Random(number)
    title = f"How do I {draw.choice(WORDS)} the {draw.choice(WORDS)} {number}?"
    return [
        {
            "question": title,
            "author": f"{draw.choice(WORDS).title()}{draw.choice(WORDS).title()}",
            "rep": draw.randrange(1_000, 90_000),
            "posted": f"2026-{draw.randrange(1, 12):02}-{draw.randrange(1, 28):02}",
        }
        for _ in range(draw.choice((1, 2, 4, 5)))
    ]


def old(answers: list[dict[str, Any]]) -> str:
    made = "".join(
        f"<div class=answer><p><a class=user href=#>{one['author']}</a> <span class=rep>{one['rep']}</span></p>"
        f"<p><time datetime={one['posted']}>{one['posted']}</time></p></div>"
        for one in answers
    )
    head = f"<div class=head><h1>{answers[0]['question']}</h1></div>"
    return f"<html><body>{head}<div id=answers>{made}</div></body></html>"


def new(answers: list[dict[str, Any]]) -> str:
    made = "".join(
        f"<article class='rounded shadow'><div class=gap-2><span class=name>{one['author']}</span> <b>{one['rep']}</b>"
        f" <time datetime={one['posted']}>{one['posted']}</time></div></article>"
        for one in answers
    )
    head = f"<main class=mx-auto><h2 class=big>{answers[0]['question']}</h2>"
    return f"<html><body>{head}<section>{made}</section></main></body></html>"


@pytest.mark.parametrize("beside", [False, True])
def test_records_begin_where_those_of_the_new_design_do(beside: bool) -> None:
    known = {f"{HOST}/{n}": thread(n) for n in range(20)}
    extractor = learn([Example(url, old(answers), items=answers) for url, answers in known.items()])
    pages = [Page(url, new(answers)) for url, answers in list(known.items())[:10]]
    still = [Page(url, old(answers)) for url, answers in list(known.items())[10:]] if beside else []
    repair = heal(extractor, pages, old=still)
    assert repair.promoted
    assert repair.extractor.program.records is not None
    assert str(repair.extractor.program.records.starts[0]) == "article.rounded.shadow"
    assert [len(repair.extractor.read(page.html, page.url).items) for page in pages] == [
        len(known[page.url]) for page in pages
    ]
