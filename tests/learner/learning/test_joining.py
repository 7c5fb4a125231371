"""Fields whose items have one text for what the page shows in parts are learned, healed and rendered so."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from core_tools import run

from learner import Example, Extractor, Known, Page, heal, learn, load
from learner.learning.joining import joints_of
from learner.pages.values import Value
from learner.programs.examples import LabelledPage

AUTHORS = ("Ann Lee", "Bo Chan", "Cy Young", "Di Fox", "Ed Poe", "Flo Day")
TAGS = ("art", "music", "war", "law", "sea", "sun", "food")
Item = dict[str, Value]


def url(number: int) -> str:
    return f"http://news.example/{number}"


def told(number: int) -> tuple[list[str], list[str], list[str]]:
    """A story's authors, tags and paragraphs."""
    return (
        [AUTHORS[(number + at) % 6] for at in range(1 + number % 3)],
        [TAGS[(2 * number + at) % 7] for at in range(1 + 5 * number % 4)],
        [f"Paragraph {at} of story {number} tells a <b>long</b> tale." for at in range(2 + number % 3)],
    )


def item(number: int) -> Item:
    authors, tags, paragraphs = told(number)
    body = " ".join(re.sub("<.*?>", "", one) for one in paragraphs)
    return {"title": f"Story number {number}", "authors": ", ".join(authors), "tags": "; ".join(tags), "body": body}


def before(number: int) -> str:
    authors, tags, (first, *others) = told(number)
    by = "".join(f'<li class="by"><a href="/a/{one}">{one}</a></li>' for one in authors)
    said = "".join(f'<a class="tag" href="/t/{one}">{one}</a> ' for one in tags)
    body = f"<p>{first}</p><aside>Advertisement, look here</aside>" + "".join(f"<p>{one}</p>" for one in others)
    return (
        f"<title>Story {number}</title><h1>Story number {number}</h1><ul class='authors'>{by}</ul>"
        f"<div class='body'>{body}</div><div class='tags'><b>Tags</b> {said}</div>"
    )


def after(number: int) -> str:
    authors, tags, (first, *others) = told(number)
    by = "".join(f'<span class="writer">{one}</span>' for one in authors)
    said = "".join(f'<li class="topic"><a href="/topic/{one}">{one}</a></li>' for one in tags)
    rest = "".join(f"<div class='para'><span>{one}</span></div>" for one in others)
    return (
        f"<title>Story {number}</title><main><h2>Story number {number}</h2><div class='writers'>{by}</div>"
        f"<div class='para'><span>{first}</span></div><div class='ad'>Advertisement, look here</div>{rest}"
        f"<ul class='topics'>{said}</ul></main>"
    )


def example(number: int, html: str, said: Mapping[str, Value]) -> Example:
    return Example(url(number), html, said)


def faults(extractor: Extractor, show: Callable[[int], str]) -> list[tuple[int, str, Value | None]]:
    """Values of 29 stories that are not as told."""
    found = []
    for number in range(1, 30):
        read = extractor.read(show(number), url(number)).item
        found += [(number, name, read.get(name)) for name, value in item(number).items() if read.get(name) != value]
    return found


@pytest.mark.parametrize("shown", [[2], [5, 3], [1, 2, 3, 4, 5, 6]])
def test_joined_texts_are_learned_and_healed(shown: list[int]) -> None:
    extractor = learn([example(one, before(one), item(one)) for one in shown])
    assert extractor.program.joints == {"authors": ", ", "tags": "; ", "body": " "}
    assert extractor.examples[0].item == item(shown[0])
    assert faults(extractor, before) == []
    pages = [Page(url(one), after(one)) for one in range(1, 20)]
    repair = heal(extractor, pages, known=[Known(url(one), item(one)) for one in range(1, 10)])
    assert repair.promoted
    assert faults(repair.extractor, after) == []
    assert repair.labels[0].item == item(1)
    assert {type(value) for one in repair.extractor.examples for value in one.values.values()} == {str}


def test_generated_code_and_saved_programs_join_them(tmp_path: Path) -> None:
    extractor = learn([example(one, before(one), item(one)) for one in (2, 5)])
    extractor.save(tmp_path)
    assert load(tmp_path).program.joints == extractor.program.joints
    assert load(tmp_path).read(before(7), url(7)).item == item(7)
    assert run(extractor.source_code(), before(7), url(7)) == item(7)
    assert 'as one text, joined with "; "' in extractor.source_code()


def test_texts_joined_in_records() -> None:
    def page(start: int) -> str:
        rows = (
            f"<li class='story'><h2>Story number {one}</h2>{tags(one)}<i>by</i></li>" for one in range(start, start + 6)
        )
        return f"<title>News</title><h1>News</h1><ul>{''.join(rows)}</ul>"

    def tags(number: int) -> str:
        return "".join(f'<a class="tag" href="/t/{one}">{one}</a> ' for one in told(number)[1])

    def records(start: int) -> list[Item]:
        return [{name: item(one)[name] for name in ("title", "tags")} for one in range(start, start + 6)]

    extractor = learn([Example(url(start), page(start), items=records(start)) for start in (1, 7)])
    assert extractor.program.joints == {"tags": "; "}
    assert extractor.read(page(13), url(13)).items == records(13)
    assert run(extractor.source_code(), page(13), url(13)) == {"items": records(13)}


@pytest.mark.parametrize(
    ("html", "value"),
    [
        ("<p>Lee, Ann</p><a>Lee</a><a>Ann</a>", "Lee, Ann"),  # it stands there as a whole
        ("<a>Lee</a><a>Ann</a>", ["Lee, Ann"]),  # lists are not texts
        ("<a>Lee</a><a>Bo</a>", "Lee, Ann"),  # a part stands nowhere
        ("<a>/lee</a><a>/ann</a>", "http://a.example/lee,ann"),  # addresses
        ("<a>12</a><a>38</a>", 12.38),
    ],
)
def test_other_texts_are_left_as_they_are(html: str, value: Value) -> None:
    page = LabelledPage(Example(url(1), html, {"author": value}))
    assert joints_of([page]) == {}


def test_a_mark_that_belongs_to_most_values_joins_nothing() -> None:
    """Names with a comma in them stand as a whole on most pages: what joins two there by chance is none."""
    whole = [
        LabelledPage(Example(url(n), f"<p>Lee, {one}</p>", {"author": f"Lee, {one}"})) for n, one in enumerate(TAGS)
    ]
    parts = LabelledPage(Example(url(9), "<a>Lee</a><a>Ann</a>", {"author": "Lee, Ann"}))
    assert joints_of([parts]) == {"author": ", "}
    assert joints_of([*whole, parts]) == {}


def boxed(number: int, *paragraphs: str, before: str = "", tag: str = "p", joint: str = " ") -> LabelledPage:
    html = f"<div>{before}{''.join(f'<{tag}>{one}</{tag}>' for one in paragraphs)}</div>"
    return LabelledPage(Example(url(number), html, {"body": joint.join(paragraphs)}))


QUOTE = "<blockquote>Somebody said this.</blockquote>"
LONG = [f"The paragraph number {number} of a very long story." for number in range(60)]


@pytest.mark.parametrize(
    ("pages", "joints"),
    [
        # A box with a quotation in it is not the value, and one paragraph alone is a part.
        ([boxed(1, "The first of the answers.", "And there is some more.", before=QUOTE)], {"body": " "}),
        ([boxed(1, *LONG[:3], before=QUOTE), *(boxed(n, LONG[n]) for n in range(2, 5))], {"body": " "}),
        ([boxed(1, *LONG[:3], before=QUOTE), *(boxed(n, *LONG[n:9]) for n in range(2, 5))], {"body": " "}),
        # It is where nothing else stands in it, however long it is; and where no paragraphs are in most.
        ([boxed(1, *LONG[:3])], {}),
        ([boxed(1, *LONG)], {}),
        ([boxed(1, *LONG), boxed(2, *LONG[:3])], {}),
        # A paragraph of several lines is one, whatever it begins with.
        (
            [
                LabelledPage(
                    Example(url(1), f"<p><b>Held</b> {LONG[1]}<br>{LONG[2]}</p>", {"body": " ".join(LONG[1:3])})
                )
            ],
            {},
        ),
        # Lines are kept, which no place of the page has as the spider gives them.
        ([boxed(1, *LONG[:3], joint="\n\n"), boxed(2, LONG[4])], {"body": "\n\n"}),
        ([LabelledPage(Example(url(1), f"<p>{LONG[1]}\n  {LONG[2]}</p>", {"body": f"{LONG[1]}\n  {LONG[2]}"}))], {}),
        # Words of a sentence are no parts.
        ([boxed(1, "New", "York", before="in ", tag="b")], {}),
    ],
)
def test_paragraphs_are_parts_where_what_stands_around_them_is_not_the_value(
    pages: list[LabelledPage], joints: dict[str, str]
) -> None:
    assert joints_of(pages) == joints
