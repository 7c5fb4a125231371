"""Texts that a spider joined are parted, and joined again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from learner import Example, Known
from learner.pages.values import Value, normal
from learner.programs.examples import LabelledPage
from learner.programs.joints import (
    as_whole_texts,
    forms_of,
    has_blank,
    joint_of,
    parted,
    parted_example,
    parted_fact,
    parts_of_text,
)

SHOWN = ("Ann Lee", "Bo Chan", "S", "M", "XL", "12", "38", "The first. It is long.", "The second.", "first", "It is")


@pytest.mark.parametrize(
    ("text", "joint"),
    [
        ("Ann Lee, Bo Chan", ", "),
        ("ann lee,  Bo Chan", ", "),
        ("Ann Lee,Bo Chan", ","),
        ("Ann Lee | Bo Chan", " | "),
        ("12 / 38", " / "),
        ("The first. It is long. The second.", " "),
        ("The first. It is long.\n\nThe second.", "\n\n"),
        ("Ann Lee", ""),  # one part
        ("Ann Lee, Cy Young", ""),  # a part that is nowhere
        ("Ann Lee, , Bo Chan", ""),
        ("S, M, XL", ""),  # single letters stand anywhere
        ("The first. It is long. The third.", ""),
        ("", ""),
        (" ", ""),
    ],
)
def test_what_joins_a_text(text: str, joint: str) -> None:
    html = "".join(f"<p>{one}</p>" for one in SHOWN)
    assert joint_of(text, LabelledPage(Example("http://a.example/1", html, {}))) == joint


@pytest.mark.parametrize(
    ("text", "joint", "shown", "parts"),
    [
        ("Ann Lee, Bo Chan", ", ", (), ["Ann Lee", "Bo Chan"]),
        ("Ann Lee", ", ", (), ["Ann Lee"]),
        ("The first. It is long. The second.", " ", SHOWN, ["The first. It is long.", "The second."]),
        ("The first. It is long.", " ", SHOWN, ["The first. It is long."]),
        ("The first. It is long. The second.", " ", (), None),
        ("One line\n\nanother", "\n\n", (), ["One line", "another"]),
    ],
)
def test_the_parts_of_a_text(text: str, joint: str, shown: Sequence[str], parts: list[str] | None) -> None:
    assert parts_of_text(text, joint, [normal(one) for one in shown]) == parts


def test_the_fewest_parts_are_taken() -> None:
    """A text of thousands of words is parted at once, though it could be in many ways."""
    words = ["so"] * 3_000
    assert parts_of_text(" ".join(words), " ", ["so", normal(" ".join(words))]) == [" ".join(words)]


def test_records_are_parted_and_joined() -> None:
    record: Mapping[str, Value] = {"authors": "Ann Lee, Bo Chan", "title": "So, what", "tags": ["a", "b"]}
    joints = {"authors": ", ", "tags": "; "}
    assert parted(record, joints) == {**record, "authors": ["Ann Lee", "Bo Chan"]}
    assert as_whole_texts(parted(record, joints), {"authors": ", "}) == record


def test_what_cannot_be_parted_is_not_known() -> None:
    fact = Known("http://a.example/1", {"body": "The first. The second.", "title": "A"})
    assert parted_fact(fact, {"body": " "}) == Known(fact.url, {"title": "A"}, None, True)
    assert parted_fact(fact, {"title": ", "}) == Known(fact.url, {**(fact.item or {}), "title": ["A"]}, None, False)
    lines = Known("http://a.example/", None, [{"body": "The first."}, {"title": "B"}])
    assert parted_fact(lines, {"body": " "}).partly
    assert parted_fact(lines, {"body": " "}, ["thefirst."]) == Known(
        lines.url, None, [{"body": ["The first."]}, {"title": "B"}], False
    )


def test_the_page_tells_where_a_part_ends() -> None:
    html = "<p>The first. It is long.</p><aside>x</aside><p>The second.</p>"
    example = Example("http://a.example/1", html, {"body": "The first. It is long. The second."})
    assert parted_example(example, {"body": " "}).item == {"body": ["The first. It is long.", "The second."]}
    assert parted_example(example, {"body": " "}, ()).item == {}
    assert forms_of(Example(example.url, "", {})) == ()
    assert forms_of(Example(example.url, "<div><p>A b</p>c<p>d <i>e</i></p></div>", {})) == {"ab", "c", "d", "de", "e"}
    assert has_blank({"a": ", ", "b": "\n"})
    assert not has_blank({"a": ", "})
