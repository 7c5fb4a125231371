"""Candidates as arrays."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from learner.network.features import (
    BAGS,
    MAX_PLACES,
    NUMBERS,
    VOCABULARY,
    Features,
    choose,
    features,
    name_words,
    ordinals,
    page_rarity,
    split_name,
    word_number,
)
from learner.pages.candidates import candidates
from learner.pages.page import parse

URL = "http://books.example/item/the-long-walk"
PAGE = """<html><head><title>The Long Walk</title><meta property="og:title" content="The Long Walk">
<script type="application/ld+json">{"@type": "Book", "name": "The Long Walk"}</script></head><body>
<div id="main"><h1 class="bookTitle x9f3a2">The Long Walk</h1><dl><dt>Price:</dt><dd class="price">$ 12.50</dd></dl>
<p><b>ISBN:</b> 978-1-23</p><table><tr><th>Place</th><th>Date</th></tr><tr><td>Rome</td><td>2 May 2020</td></tr></table>
<ul><li>one</li><li>two</li><li>three</li></ul><img src="/cover.jpg" alt="Cover"></div></body></html>"""


def read(html: str) -> tuple[Features, list[str]]:
    document = parse(html, URL)
    found = candidates(document)
    return features(document, found), [candidate.value for candidate in found]


def bag(page: Features, row: int, name: str) -> set[int]:
    start = 0
    for known, slots in BAGS:
        if known == name:
            return set(page.words[row, start : start + slots].tolist()) - {0}
        start += slots
    raise KeyError(name)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("postMeta__author-name", ("post", "meta", "author", "name")),
        ("case_names", ("case", "name")),
        ("ingredients", ("ingredient",)),
        ("col-md-6 item12", ("col", "item")),
        ("css-1a2b3c", ()),
        ("URLTitle", ("url", "title")),
        ("3f9a8b7c", ()),
        ("", ()),
        ("дата-публикации", ("дата", "публикации")),
    ],
)
def test_names_are_split_into_words_without_digits_and_hashes(name: str, words: tuple[str, ...]) -> None:
    assert split_name(name) == words


def test_same_page_gives_the_same_arrays() -> None:
    one, _ = read(PAGE)
    other, _ = read(PAGE)
    for name in Features.__dataclass_fields__:
        assert np.array_equal(getattr(one, name), getattr(other, name))


def test_arrays_stay_in_their_ranges() -> None:
    page, values = read(PAGE)
    assert len(page.rows) == len(values)
    assert page.words.max() < VOCABULARY
    assert page.numbers.shape == (len(values), NUMBERS)
    assert np.isfinite(page.numbers.astype(np.float32)).all()


@pytest.mark.parametrize(
    ("value", "name", "word"),
    [
        ("$ 12.50", "own", "price"),
        ("$ 12.50", "label", "price"),
        ("978-1-23", "label", "isbn"),
        ("2 May 2020", "heading", "date"),
        ("Rome", "heading", "place"),
    ],
)
def test_a_candidate_knows_its_label_and_column(value: str, name: str, word: str) -> None:
    page, values = read(PAGE)
    assert word_number(word) in bag(page, values.index(value), name)


def test_field_names_share_words_with_class_names() -> None:
    page, values = read(PAGE)
    assert set(name_words("price").tolist()) - {0} <= bag(page, values.index("$ 12.50"), "own")


@pytest.mark.parametrize("html", ["<p></p>", "<html><body></body></html>", "<link rel=canonical href=' '>", "<p>x"])
def test_nearly_empty_pages(html: str) -> None:
    page, values = read(html)
    assert len(page.rows) == len(values)


def test_deep_pages_are_read() -> None:
    page, values = read("<html><body>" + "<div>" * 900 + "<p>deep</p>" + "</div>" * 900 + "</body></html>")
    assert "deep" in values
    assert len(page.rows) == len(values)


def test_big_pages_are_cut_evenly_and_keep_what_tells_most() -> None:
    rows = "".join(f'<li data-n="{n}" class="row"><a href="/{n}">item {n}</a></li>' for n in range(2_500))
    document = parse(f"<html><body><h1>Title</h1><ul>{rows}</ul><p>the end</p></body></html>", URL)
    found = candidates(document)
    chosen = choose(found)
    assert len(chosen) == MAX_PLACES
    assert (np.diff(chosen) > 0).all()
    assert not any(found[number].name == "data-n" for number in chosen)
    assert chosen[-1] > 0.9 * len(found)


def test_cells_of_one_column_are_alike_and_of_another_are_not() -> None:
    page, values = read("<table><tr><td>a1<td>b1<tr><td><i>a2</i><td>b2<tr><td><i>a3</i><td><i>b3</i></table>")
    shape = {value: int(page.signatures[row, 1]) for row, value in enumerate(values) if page.tags[row, 0] != 0}
    cells = {value: shape[value] for value in ("a1", "b1", "b2")}
    assert cells["b1"] == cells["b2"] != cells["a1"]
    assert shape["a2"] == shape["a3"] != shape["b3"]


def test_distance_from_the_heading_survives_what_is_added_far_away() -> None:
    html = "<html><body><h1>Title</h1><p>one</p><p>two</p>{}</body></html>"
    short, values = read(html.format(""))
    long, more = read(html.format("<p>more</p>" * 50))
    away = NUMBERS - 6
    assert short.numbers[values.index("two"), away] == long.numbers[more.index("two"), away] > 0


def test_ordinals_count_equal_signatures_before_and_after() -> None:
    signatures = np.array([[7], [3], [7], [7], [3]], dtype=np.uint32)
    assert ordinals(signatures)[:, 0].tolist() == [[0, 2], [0, 1], [1, 1], [2, 0], [1, 0]]
    assert ordinals(signatures[:0]).shape == (0, 1, 2)


def test_a_word_of_many_places_is_less_rare() -> None:
    page, _ = read(PAGE)
    rarity = page_rarity(page.words)
    assert (rarity[page.words == 0] == 0).all()
    assert rarity.max() == 1
    assert 0 < rarity[page.words != 0].min() < 1


@pytest.mark.parametrize(
    "module", ["learner.network.features", "learner.training.redesign", "learner.training.recorded"]
)
def test_torch_is_not_imported(module: str) -> None:
    code = f"import sys, {module}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
