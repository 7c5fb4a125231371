"""Lists that a page shows several times."""

from __future__ import annotations

import pytest
from lxml import html

from learner.programs.showings import first_showing


@pytest.mark.parametrize(("body", "kept"), [
    # In rows of their own equal values are as many.
    ("<ul><li class=x>A</li><li class=x>A</li><li class=x>A</li></ul>", "AAA"),
    ("<table><tr class=odd><td class=x>A</td></tr><tr class=even><td class=x>A</td></tr></table>", "AA"),
    ("<ul><li class=x>A</li><li class=x>B</li><li class=x>A</li><li class=x>B</li></ul>", "ABAB"),
    ("<div><div class=row><b class=x>A</b></div><div class='row last'><b class=x>A</b></div></div>", "AA"),
    # One value may be in the list twice.
    ("<ul><li class=x>A</li><li class=x>B</li><li class=x>A</li></ul>", "ABA"),
    # Shown again, elsewhere.
    ("<ul><li class=x>A</li><li class=x>B</li></ul><div><ul><li class=x>A</li><li class=x>B</li></ul></div>", "AB"),
    ("<ul><li class=x>A</li><li class=x>A</li></ul><div><ul><li class=x>A</li><li class=x>A</li></ul></div>", "AA"),
    ("<div class=a><b class=x>A</b></div><div class=b><b class=x>A</b></div>", "A"),
    ("<header><b class=x>A</b></header><footer><b class=x>A</b></footer>", "A"),
    # In parts, then whole.
    ("<ol><li class=x>A</ol><ol><li class=x>B</ol><div><ol><li class=x>A<li class=x>B</ol></div>", "AB"),
    # In each row for small screens and for large ones.
    ("<ul><li><b class=x>A</b><i class=x>A</i></li><li><b class=x>A</b><i class=x>A</i></li></ul>", "AA"),
    ("<ul><li><b class=x>A</b><i class=x>A</i></li><li><b class=x>B</b><i class=x>B</i></li></ul>", "AB"),
    # Side by side in one row, or one within the other.
    ("<table><tr><td class=x>A</td><td class=x>A</td></tr></table>", "A"),
    ("<div class=x><b class=x>A</b></div>", "A"),
    # What comes again in another order may be other things.
    ("<ul><li class=x>A</li><li class=x>B</li></ul><div><ul><li class=x>B</li><li class=x>A</li></ul></div>", "ABBA"),
    ("", ""),
])  # fmt: skip
def test_what_is_shown_again_is_left_out(body: str, kept: str) -> None:
    places = html.fromstring(f"<body><p>text</p>{body}</body>").find_class("x")
    texts = [place.text_content() for place in places]
    assert "".join(texts[number] for number in first_showing(places, texts)) == kept


def test_values_in_one_place_are_a_list_shown_again_only_as_a_whole() -> None:
    (script,) = html.fromstring("<body><p>text</p><script>1</script></body>").iter("script")
    assert first_showing([script] * 4, ["A", "B", "A", "B"]) == [0, 1]
    assert first_showing([script] * 2, ["A", "A"]) == [0, 1]
