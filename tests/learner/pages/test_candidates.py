"""Candidates: what a value could be on a page, and what is not one."""

from __future__ import annotations

import pytest
from core_tools import document, fixture_pages

from learner.pages.candidates import MAX_TEXT, candidates
from learner.pages.page import parse


def found(body: str) -> set[tuple[str, str, str]]:
    return {(c.kind, c.name or str(c.node), c.value) for c in candidates(document(body))}


@pytest.mark.parametrize(("body", "expected"), [
    ("<p>Some <b>bold</b> words</p>",
     {("block", "0", "Some bold words"), ("inline", "0", "bold"), ("node", "0", "Some"), ("node", "1", "words")}),
    ("<p><b>ISBN:</b> 978</p>", {("block", "0", "ISBN: 978"), ("inline", "0", "ISBN:"), ("node", "1", "978")}),
    ("<a href='/x' title=T>go</a>", {("attribute", "href", "/x"), ("attribute", "title", "T"), ("inline", "0", "go")}),
    ("<img src=a.jpg alt='An image' data-zoom=b.jpg>",
     {("attribute", "src", "a.jpg"), ("attribute", "alt", "An image"), ("attribute", "data-zoom", "b.jpg")}),
    ("<time datetime=2024-01-02>then</time>", {("attribute", "datetime", "2024-01-02"), ("inline", "0", "then")}),
    ('<script type="application/ld+json">{"@type": "Book", "isbn": "978"}</script>', {("data", "Book/isbn", "978")}),
    ("<table><tr><th>A<td>1</table>", {("block", "0", "A"), ("block", "0", "1")}),
    ("<h1>\u200bA title\u200b</h1>", {("block", "0", "A title")}),
    ("<h1>\u200b<b>A</b> title \ufeff</h1>", {("block", "0", "A title"), ("node", "1", "title")}),
])  # fmt: skip
def test_candidates(body: str, expected: set[tuple[str, str, str]]) -> None:
    assert expected <= found(body)


@pytest.mark.parametrize("hiding", [
    "<p hidden>{}</p>", "<p style='display:none'>{}</p>", "<p style='color:red; visibility : hidden'>{}</p>",
    "<p aria-hidden=true>{}</p>", "<template><p>{}</p></template>", "<noscript><p>{}</p></noscript>",
    "<div hidden><div><p>{}</p></div></div>", "<script>{}</script>", "<style>{}</style>", "<!-- {} -->",
    "<svg><text>{}</text></svg>", "<p hidden><a href=x>{}</a></p>",
])  # fmt: skip
def test_hidden_content_is_no_candidate(hiding: str) -> None:
    assert not [c for c in candidates(document("<p>shown</p>" + hiding.format("decoy"))) if "decoy" in c.value]


@pytest.mark.parametrize("body", ["<p>\u200b</p>", "<p><b>\u2060</b>\ufeff</p>", "<a title='\u200b'>\u200b</a>"])
def test_what_has_no_width_is_no_candidate(body: str) -> None:
    assert not list(candidates(document(body)))


@pytest.mark.parametrize("showing", [
    "<p style='backface-visibility: hidden'>{}</p>", "<p style='x-display: none'>{}</p>",
    "<div hidden id='S:1a'><p>{}</p></div>",  # React puts it in its place
])  # fmt: skip
def test_what_is_shown_is_a_candidate(showing: str) -> None:
    assert [c for c in candidates(document("<p>shown</p>" + showing.format("value"))) if c.value == "value"]


@pytest.mark.parametrize("link", ["#", "javascript:go()", "data:image/png;base64,AAAA", ""])
def test_links_to_nowhere_are_no_candidates(link: str) -> None:
    assert not [c for c in candidates(document(f"<a href='{link}'>x</a>")) if c.kind == "attribute"]


def test_meta_and_title() -> None:
    html = """<html><head><title> A  title </title><meta property="OG:Title" content="A"><meta name=x content=" ">
    <link rel=canonical href="/c"><link rel=stylesheet href="/s"><meta charset=utf-8></head><body>b</body></html>"""
    metas = {(c.name, c.value) for c in candidates(parse(html, "http://x.test/")) if c.kind == "meta"}
    assert metas == {("og:title", "A"), ("<title>", "A title"), ("rel:canonical", "/c")}


def test_document_order_and_limits() -> None:
    page = document("".join(f"<p>p{n}</p>" for n in range(50)))
    assert [c.value for c in candidates(page)] == [f"p{n}" for n in range(50)]
    assert [c.value for c in candidates(page, 3)] == ["p0", "p1", "p2"]
    long = document(f"<p>{'x' * (MAX_TEXT + 1)}</p><p>{'y' * MAX_TEXT}</p>")
    assert [c.value[0] for c in candidates(long)] == ["y"]


@pytest.mark.parametrize(("site", "template"), [("shop", "product"), ("articles", "article")])
@pytest.mark.parametrize("design", [1, 2, 3])
def test_values_of_the_fixture_sites_are_candidates(site: str, template: str, design: int) -> None:
    for page in fixture_pages(site, template, design)[:5]:
        values = [c.value for c in candidates(parse(page.html, "http://x.test"))]
        for name, value in (page.item or {}).items():
            for text in value if isinstance(value, list) else [value]:
                assert any(" ".join(text.split()) in shown for shown in values), (page.path, name, text)
