"""The parts of an element that holds several values."""

from __future__ import annotations

import pytest
from lxml import html

from learner.pages.page import text_of
from learner.programs.parts import parts_of


@pytest.mark.parametrize(("inner", "parts"), [
    ("<ul><li>A b</li><li>C</li></ul>", ["A b", "C"]),
    ("<a href=/a>A</a> <a href=/c>C</a>", ["A", "C"]),
    ("<a class=on>A</a>, <a class=off>B</a> and <a>C</a>", ["A", "B", "C"]),
    ("<span class=chip>A</span><span class='chip last'>B</span>", ["A", "B"]),
    ("<div><div><b>A</b> | <b>B</b></div></div>", ["A", "B"]),
    ("<p>A</p><p hidden>B</p><p></p><p>C</p>", ["A", "C"]),
    ("<a>A</a><br><a>B</a>", ["A", "B"]),
    ("A<br>B,<br/><br>C", ["A", "B", "C"]),
    ("<i>Dr </i>A<br>Prof. <b>B</b> c", ["Dr A", "Prof. B c"]),
    # One thing.
    ("A b", []),
    ("<ul><li>A</li></ul>", []),
    ("A<br>", []),
    ("<b>A</b> of <b>B</b>", []),
    ("<b>A</b> <i>B</i>", []),
    ("<span class=first-name>A</span> <span class=surname>B</span>", []),
    ("see <a>A</a> <a>B</a>", []),
    ("", []),
])  # fmt: skip
def test_what_an_element_has_in_it(inner: str, parts: list[str]) -> None:
    assert parts_of(html.fromstring(f"<td>{inner}</td>"), text_of) == parts
