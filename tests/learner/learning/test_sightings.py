"""Where on a page a value stands, told to a person, and texts that are near to one that stands nowhere."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from learner import Example, learn
from learner.learning.sightings import nearest, sightings
from learner.programs.examples import LabelledPage

HTML = """<html><head><title>Green tea | Shop</title><meta property="og:title" content="Green tea">
<script type="application/ld+json">{"@type": "Product", "name": "Green tea"}</script></head>
<body><nav><a href="/t">Green tea</a></nav>
<main><h1 class=name><span>Green tea</span></h1><p class=price>Now only £4.00, was £5.00</p>
<table><tr><th>Maker</th><td class=maker>Leaf &amp; Sons</td></tr></table><p class=note>Try also: £4.00</p>
<ul><li>fresh<li>fragrant</ul></main></body></html>"""


def opened(**item: Any) -> LabelledPage:
    return LabelledPage(Example("https://s.example/tea", HTML, item))


@pytest.mark.parametrize(
    ("item", "where"),
    [
        (
            {"title": "Green tea"},
            {
                "html > head > meta og:title, content": "Green tea",
                "embedded data: Product > name": "Green tea",
                "body > nav > a": "Green tea",
                "main > h1.name > span": "Green tea",
            },
        ),
        (
            {"price": "£4.00"},
            {
                "body > main > p.price": "Green tea Now only £4.00, was £5.00 Maker Leaf & Sons Try also: £4.00 fresh...",  # noqa: E501
                "body > main > p.note": "...only £4.00, was £5.00 Maker Leaf & Sons Try also: £4.00 fresh fragrant",
            },
        ),
        ({"maker": "Leaf & Sons"}, {"table > tr > td.maker": "Maker Leaf & Sons"}),
        ({"words": ["fresh", "fragrant"]}, {"main > ul > li": "fresh fragrant"}),
    ],
    ids=["title", "price", "maker", "list"],
)
def test_every_place_is_told_once(item: dict[str, Any], where: dict[str, str]) -> None:
    (name,) = item
    found = sightings(opened(**item), name)
    assert {sighting.where: sighting.context for sighting in found} == where
    for sighting in found:
        assert str(item[name] if isinstance(item[name], str) else item[name][0]) in sighting.context
        if sighting.rule:
            assert 0 < sighting.weight < 1
    assert [sighting.weight for sighting in found] == sorted((s.weight for s in found), reverse=True)


def test_the_place_that_is_meant_is_the_one_that_is_learned() -> None:
    page = opened(price="£4.00")
    for sighting in sightings(page, "price"):
        extractor = learn([replace(page.example, places={"price": sighting.places})])
        other = HTML.replace("only £4.00", "only £6.00").replace("also: £4.00", "also: £8.00")
        best = extractor.program.fields["price"].rules[0]
        (read, *_) = best.values(LabelledPage(replace(page.example, html=other)).index)
        assert str(read).lstrip("£") == ("6.00" if sighting.where.endswith("p.price") else "8.00")


def test_words_of_elements_side_by_side_are_told_apart() -> None:
    body = "<ul><li><b>Supply voltage</b><span>2.7V to 12V</span></li></ul><p>£3<sup>.99</sup></p>"
    page = LabelledPage(Example("https://s.example/part", f"<html><body>{body}</body></html>", {}))
    assert "Supply voltage 2.7V to 12V" in nearest(page, "supply voltage 2.7 to 12V")
    assert "£3.99" in nearest(page, "£3.90")


def test_a_place_that_is_gone_counts_for_nothing() -> None:
    example = Example("https://s.example/tea", HTML, {"price": "£4.00"}, places={"price": ["/html/nowhere text"]})
    assert len(LabelledPage(example).meant("price", "£4.00")) > 1


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("Gren tea", "Green tea"),
        ("£4.50", "£4.00"),
        ("leaf and sons", "Leaf & Sons"),
        ("Now only £4.00; was £5.00", "Now only £4.00, was £5.00"),
        ("zzzzzzzz", None),
        ("", None),
    ],
)
def test_the_nearest_text(value: str, text: str | None) -> None:
    found = nearest(opened(title="Green tea"), value)
    assert (text in " ".join(found).replace(",", ",")) if text else not found
