"""What witnesses say of the pages of a new design."""

from __future__ import annotations

from dataclasses import replace

import pytest

from learner import Example, learn
from learner.healing.labelling import CALIBRATION, DECLARED, PICTURED, Witness
from learner.network.opinion import Sight, calibrated
from learner.programs.examples import LabelledPage

HTML = """<html><head><title>{0}</title><meta property=og:image content="https://x.test/{1}-1200x630.jpg"></head><body>
<h1>{0}</h1><img class=main src="https://x.test/{1}-300x200.jpg"><img class=face src="https://x.test/{2}-90x90.jpg">
<i>By someone</i><p>All about {0}, and how it is made.</p></body></html>"""


def shown(number: int) -> Example:
    item = {
        "title": f"Tea {number}",
        "image": f"https://x.test/tea-pot-{number}-300x200.jpg",
        "face": f"https://x.test/author-{number}-90x90.jpg",
    }
    html = HTML.format(item["title"], f"tea-pot-{number}", f"author-{number}")
    return Example(f"https://x.test/{number}", html, item)


@pytest.mark.parametrize(("field", "value", "trusted"), [
    ("image", "https://x.test/tea-pot-7-800x400.webp", True), ("image", "https://x.test/author-7-90x90.jpg", False),
    ("face", "https://x.test/tea-pot-7-300x200.jpg", False), ("face", "https://x.test/author-7-90x90.jpg", False),
])  # fmt: skip
def test_a_picture_that_the_head_names_is_believed_of_a_field_that_was_it(
    field: str, value: str, trusted: bool
) -> None:
    witness = Witness(learn([shown(number) for number in range(3)]), {})
    page = LabelledPage(shown(7))
    seen = {p: witness._seen(page, field, Sight(value, (0,), p)) for p in (0.5, 0.99)}
    assert [label is not None and label.trust >= PICTURED for label in seen.values()] == [trusted, True]


@pytest.mark.parametrize(("field", "value", "calibration"), [
    ("title", "Tea 7", DECLARED), ("title", "By someone", CALIBRATION), ("by", "Tea 7", CALIBRATION),
])  # fmt: skip
def test_what_the_page_declares_is_believed_of_a_field_that_was_declared(
    field: str, value: str, calibration: tuple[float, float]
) -> None:
    witness = Witness(
        learn([replace(one, item={**(one.item or {}), "by": "By someone"}) for one in map(shown, (1, 2))]), {}
    )
    label = witness._seen(LabelledPage(shown(7)), field, Sight(value, (0,), 0.6))
    assert label is not None
    assert label.trust == calibrated(0.6, *calibration)
