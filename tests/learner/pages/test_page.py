"""Pages: decoding, bounds, what is hidden, texts."""

from __future__ import annotations

import pytest
from core_tools import URL, document

from learner.errors import PageRejected
from learner.pages.page import MAX_BYTES, decode, host, joined, parse, squash, text_of


@pytest.mark.parametrize(("html", "text"), [
    ("é".encode(), "é"), (b"\xef\xbb\xbf" + "é".encode(), "é"), (b"\xff\xfe" + "é".encode("utf-16-le"), "é"),
    (b"\xfe\xff" + "é".encode("utf-16-be"), "é"),
    (b"<meta charset=iso-8859-1>\xe9\x80", "<meta charset=iso-8859-1>é€"),
    (b"<meta http-equiv=content-type content='text/html; charset=windows-1251'>\xcf",
     "<meta http-equiv=content-type content='text/html; charset=windows-1251'>П"),
    (b"<meta charset='shift_jis'>\x93\xfa", "<meta charset='shift_jis'>日"),
    (b"<meta charset=utf-8>\xe9", "<meta charset=utf-8>\ufffd"), (b"", ""),
])  # fmt: skip
def test_decode(html: bytes, text: str) -> None:
    assert decode(html) == text


@pytest.mark.parametrize(
    "html", [b"<meta charset=no-such>\xe9t\xe9 and more words", b"\xe9t\xe9", b"\x81\x8d\x9d", b"\xff"]
)
def test_decode_never_raises(html: bytes) -> None:
    assert isinstance(decode(html), str)


@pytest.mark.parametrize(("html", "reason"), [
    ("", "empty"), ("  \n\t ", "empty"), (b"", "empty"), ("\x00\x01", "empty"), ("%PDF-1.7 ...", "not_html"),
    ('{"a": 1}', "not_html"), ("[1, 2]", "not_html"), (b"PK\x03\x04zip", "not_html"), ("just words", "not_html"),
    ("x" * (MAX_BYTES + 1), "too_large"), ("<i></i>" * 120_001, "too_many_nodes"),
])  # fmt: skip
def test_what_is_no_page_is_rejected_by_name(html: str | bytes, reason: str) -> None:
    with pytest.raises(PageRejected) as caught:
        parse(html, URL)
    assert caught.value.reason == reason
    assert URL in caught.value.message


@pytest.mark.parametrize(("body", "text"), [
    ("<p>a <b>b</b> c</p>", "a b c"), ("<p>a<br>b</p>", "a b"), ("<ul><li>a<li>b</ul>", "a b"),
    ("<p>a<b>b</b>c</p>", "abc"), ("<p>a<i hidden>x</i>b</p>", "ab"), ("<p>a<script>x()</script>b</p>", "ab"),
    ("<p>a<span style='color: red; Display : NONE'>x</span>b</p>", "ab"), ("<p>a<!-- x -->b</p>", "ab"),
    ("<p>a<i aria-hidden=true>x</i><i aria-hidden=false>y</i></p>", "ay"), ("<p>a<noscript>x</noscript></p>", "a"),
    ("<p>a<template><b>x</b></template>b</p>", "ab"), ("<p>a<span style='visibility:hidden'>x</span></p>", "a"),
    ("<p>\u00a0 a\n\t b </p>", "a b"), ("<p></p>", ""),
])  # fmt: skip
def test_text_is_what_readers_see(body: str, text: str) -> None:
    assert text_of(document(body).root.find("body")) == text


def test_what_attributes_hide_is_shown_when_revealed() -> None:
    html = (
        "<div hidden><p>a</p></div><p aria-hidden=true>b<i style='color:red'>c</i></p><p style='display:none'>d</p>"
        "<template>e</template><noscript>f</noscript><script hidden>g</script>"
    )
    assert text_of(parse(html, "http://site.test/").root) == ""
    revealed = parse(html, "http://site.test/", revealed=True)
    assert text_of(revealed.root) == "a bc d"
    assert [element.get("style") for element in revealed.root.iter("i")] == ["color:red"]


def test_hidden_is_inherited() -> None:
    page = document("<div hidden><p><b>x</b></p></div><p><b>y</b></p>")
    assert [page.is_hidden(b) for b in page.root.iter("b")] == [True, False]
    assert page.is_hidden(next(page.root.iter("p")))
    assert not page.is_hidden(page.root)


@pytest.mark.parametrize(("base", "link", "absolute"), [
    ("", "x", "http://site.test/things/x"), ("", "/x", "http://site.test/x"), ("", "//o.test/x", "http://o.test/x"),
    ("", " x\n", "http://site.test/things/x"), ("<base href='/b/'>", "x", "http://site.test/b/x"),
    ("<base href='http://o.test/b/'>", "x", "http://o.test/b/x"), ("<base>", "x", "http://site.test/things/x"),
    ("", "http://[x", "http://[x"), ("", "mailto:a@b.test", "mailto:a@b.test"),
])  # fmt: skip
def test_links_are_made_absolute(base: str, link: str, absolute: str) -> None:
    assert parse(f"<html><head>{base}</head><body>x</body></html>", URL).absolute(link) == absolute


HEAD = "<meta charset=utf-8><title>Shop</title>"


@pytest.mark.parametrize(("html", "children", "text"), [
    (f"{HEAD}<main><p>12 $</p><h2>oak</h2></main>", ["main"], "12 $ oak"),
    (f"{HEAD}<header>Shop</header><p>12 $<h2>oak</h2>", ["header", "p", "h2"], "Shop 12 $ oak"),
    (f"{HEAD}<header>a</header>b<main>c</main>d<p>e", ["header", "main", "p"], "a b c d e"),
    (f"<html><head>{HEAD}<section>a</section></head><body class=k>b<p>c</p></body></html>", ["section", "p"], "a b c"),
    (f"{HEAD}<article>a</article><script>x()</script><template>y</template><nav>b</nav>", ["article", "script",
     "template", "nav"], "a b"),
    (f"{HEAD}<x-card>a</x-card><p>b", ["x-card", "p"], "a b"),
    (f"{HEAD}<svg></svg><noscript>x</noscript><link rel=icon><p>a", ["p"], "a"),
    (f"<html><head>{HEAD}</head><body><main>a</main></body></html>", ["main"], "a"),
    (f"{HEAD}<div>a</div>", ["div"], "a"), ("<main>a</main>", ["main"], "a"), (HEAD, None, ""),
])  # fmt: skip
def test_what_begins_the_body_is_no_part_of_the_head(html: str, children: list[str] | None, text: str) -> None:
    root = parse(f"<!doctype html>{html}", URL).root
    body = root.find("body")
    assert (None if body is None else [child.tag for child in body]) == children
    assert text_of(root) == text
    assert root.findtext("head/title") == (None if html == "<main>a</main>" else "Shop")


@pytest.mark.parametrize(("url", "name"), [
    ("http://www.a.test:80/x", "a.test"), ("https://A.test", "a.test"), ("/x", ""), ("http://[", ""),
])  # fmt: skip
def test_host(url: str, name: str) -> None:
    assert host(url) == name


@pytest.mark.parametrize(("text", "squashed"), [
    (" a \n\tb\u00a0 c ", "a b c"),
    ("\ufeff a\u200b b \u200b\u2060\n", "a\u200b b"),  # of no width: at the ends only
    ("\u200d225 g", "\u200d225 g"),  # joins letters
    (" \u200b ", ""),
])  # fmt: skip
def test_squash(text: str, squashed: str) -> None:
    assert squash(text) == squashed


@pytest.mark.parametrize(("pieces", "text"), [
    (["Since 2017", "56 teas"], "Since 2017 56 teas"), (["2017", "", "56"], "2017 56"), (["2017", " 56"], "2017 56"),
    (["£", "12", ".50"], "£12.50"), (["Tea", "pot"], "Teapot"), (["", "7"], "7"), ([], ""),
])  # fmt: skip
def test_two_numbers_side_by_side_are_two(pieces: list[str], text: str) -> None:
    assert joined(pieces) == text
