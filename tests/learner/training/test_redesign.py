"""Simulated redesigns keep the values and change the page."""

from __future__ import annotations

import re

import pytest
from lxml import etree

from learner.errors import PageRejected
from learner.pages.candidates import candidates
from learner.pages.page import parse, text_of
from learner.training.redesign import redesign

URL = "http://books.example/1"
PAGE = """<html><head><title>Book</title><meta property="og:title" content="Book"></head><body class="page">
<header class="site-header"><nav><a href="/">Home</a><a href="/all">All books</a></nav></header>
<div class="product" id="main"><h1 class="product-title">Sagas</h1><span class="product-price">12 EUR</span>
<p class="intro">A <b>bold</b> tale, <i>twice</i> told.</p>
<table class="facts"><tr><th>Pages</th><td>310</td></tr><tr><th>Year</th><td>1999</td></tr></table>
<ul class="tags"><li class="tag">fiction</li><li class="tag">iceland</li></ul>
<dl><dt>ISBN</dt><dd itemprop="isbn">978</dd></dl><img src="/a.jpg" alt="Cover"></div></body></html>"""
SECOND = PAGE.replace("Sagas", "Myths").replace("12 EUR", "9 EUR")


def shown(html: str) -> set[str]:
    return {c.value for c in candidates(parse(html, URL)) if c.kind in ("block", "inline", "node")}


def classes(html: str) -> dict[str, str]:
    """Text of an element -> its classes."""
    root = parse(html, URL).root
    return {text_of(e): e.get("class") or "" for e in root.iter("h1", "h2", "span", "div", "em", "strong", "b", "p")}


@pytest.mark.parametrize("strength", [0.1, 0.5, 1.0])
@pytest.mark.parametrize("seed", range(12))
def test_every_value_is_still_shown(seed: int, strength: float) -> None:
    page = redesign(PAGE, seed, strength)
    values = {"Sagas", "12 EUR", "A bold tale, twice told.", "310", "1999", "fiction", "iceland", "978"}
    assert values <= shown(page)
    links = {c.value for c in candidates(parse(page, URL)) if c.kind == "attribute"}
    assert {"/", "/all", "/a.jpg", "Cover"} <= links


@pytest.mark.parametrize("seed", range(6))
def test_a_seed_gives_one_design(seed: int) -> None:
    assert redesign(PAGE, seed, 0.8) == redesign(PAGE.encode(), seed, 0.8)


def test_seeds_differ() -> None:
    assert len({redesign(PAGE, seed, 0.8) for seed in range(8)}) == 8


@pytest.mark.parametrize("seed", range(6))
def test_names_are_mapped_alike_on_all_pages_of_a_template(seed: int) -> None:
    one, other = classes(redesign(PAGE, seed, 0.9)), classes(redesign(SECOND, seed, 0.9))
    assert one.get("Sagas") == other.get("Myths")
    assert one.get("12 EUR") == other.get("9 EUR")


def test_no_strength_changes_nothing() -> None:
    plain = etree.tostring(parse(PAGE, URL).root, encoding="unicode", method="html")
    assert redesign(PAGE, 1, 0.0) == plain


def test_most_class_names_change_at_full_strength() -> None:
    old = set(re.findall(r"[\w-]+", " ".join(re.findall(r'class="([^"]*)"', PAGE))))
    kept = [old & set(re.findall(r'class="([^"]*)"', redesign(PAGE, seed, 1.0))) for seed in range(10)]
    assert sum(map(len, kept)) < 0.35 * 10 * len(old)


def test_the_given_tree_is_left_as_it_is() -> None:
    root = parse(PAGE, URL).root
    before = etree.tostring(root)
    redesign(root, 3, 1.0)
    assert etree.tostring(root) == before


def test_a_page_that_is_no_page() -> None:
    with pytest.raises(PageRejected):
        redesign("", 1)
