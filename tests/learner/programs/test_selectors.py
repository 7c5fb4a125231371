"""Selectors: every family, hidden content, labels, and what is generated for an element."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from core_tools import document, fixture_pages, index
from cssselect import GenericTranslator
from lxml import etree

from fixtures import SITES
from learner.programs.runtime import css_steps
from learner.programs.selectors import (
    Asked,
    Index,
    Selector,
    Step,
    generate,
    generate_common,
    generate_labelled,
    generated,
    label_form,
)

BODY = """<div id=main class="a b"><h1 class=t>Title</h1>
<p class="price new" itemprop=price>10</p><p>second</p><p>third <b>bold</b> tail</p>
<dl><dt>Author:</dt><dd><a href="/authors/7?ref=x">Ann</a></dd><dt>Year</dt><dd hidden>1999</dd><dd>2024</dd><br>
<dd>2025</dd></dl>
<p><b>ISBN:</b> 978 <i>x</i> end</p><ul class=tags><li>one<li>two<li hidden>no</ul>
<div hidden><p class=price>decoy</p></div></div>
<script type="application/ld+json">{"@type": "Book", "tags": ["x", "y"]}</script>"""

FOUND: list[tuple[str, Selector, list[str]]] = [
    ("class", Selector((Step("p", ("price",)),)), ["10"]),
    ("class", Selector((Step("", ("new", "price")),)), ["10"]),
    ("attribute", Selector((Step("p", (), ("itemprop", "=", "price")),)), ["10"]),
    ("id", Selector((Step("div", (), ("id", "=", "main")), Step("h1"))), ["Title"]),
    ("ancestor", Selector((Step("ul", ("tags",)), Step("li", child=True))), ["one", "two"]),
    ("tag", Selector((Step("h1"),)), ["Title"]),
    ("path", Selector((Step("body"), Step("div", child=True), Step("p", position=2, child=True))), ["second"]),
    ("path", Selector((Step("div"), Step("p", position=-1, child=True))), ["ISBN: 978 x end"]),
    ("attribute", Selector((Step("a", (), ("href", "*=", "/authors")),), take="@href"), ["/authors/7?ref=x"]),
    ("label", Selector(label="author", hops=("next:dd",)), ["Ann"]),
    ("label", Selector(label="author", hops=("next:dd", "down:a"), take="@href"), ["/authors/7?ref=x"]),
    ("label", Selector(label="year", hops=("next:dd",)), ["2024"]),
    ("label", Selector(label="isbn", take="tail"), ["978"]),
    ("label", Selector(label="isbn", hops=("up",), take="node:2"), ["end"]),
    ("label", Selector(label="title", hops=("up", "in:li")), ["one", "two"]),
    ("label", Selector(label="title", hops=("next:div",)), []),
    ("label", Selector(label="year", hops=("all:dd",)), ["2024", "2025"]),
    ("label", Selector(label="author", hops=("all:dd", "down:a")), ["Ann"]),
    ("label", Selector(label="title", hops=("all:p",)), ["10", "second", "third bold tail"]),
    ("data", Selector(data=("Book", "tags", "*")), ["x", "y"]),
    ("class", Selector((Step("p", ("no-such",)),)), []),
    ("ancestor", Selector((Step("h1", ("t",)), Step("p"))), []),
]


@pytest.mark.parametrize(("family", "selector", "texts"), FOUND)
def test_what_selectors_find(family: str, selector: Selector, texts: list[str]) -> None:
    assert selector.family == family
    assert [match.text for match in index(BODY).find(selector)] == texts
    assert Selector.from_json(json.loads(json.dumps(selector.to_json()))) == selector
    assert str(selector)


def test_meta_and_title_are_read_though_nobody_sees_them() -> None:
    from learner.pages.page import parse

    html = "<html><head><title>A <b>b</title><meta name=x content=y></head><body>z</body></html>"
    found = Index(parse(html, "http://x.test"))
    assert [m.text for m in found.find(Selector((Step("title"),)))] == ["A <b>b"]
    meta = Selector((Step("meta", (), ("name", "=", "x")),), take="@content")
    assert meta.family == "meta"
    assert [m.text for m in found.find(meta)] == ["y"]


@pytest.mark.parametrize(("text", "form"), [
    ("Author:", "author"), (" ISBN - 13 : ", "isbn-13"), ("Año –", "año"), ("•Tag", "tag"), ("Price：", "price"),
])  # fmt: skip
def test_label_forms(text: str, form: str) -> None:
    assert label_form(text) == form


@pytest.mark.parametrize(("token", "machine"), [
    ("price", False), ("product-title", False), ("css-1x2y3z", True), ("sc-bdVaJa", True), ("item-12345", True),
    ("a1b2c3d4", True), ("_hash", True), ("h2", True), ("col-md-6", False), ("Price", False), ("deadbeefcafe", True),
])  # fmt: skip
def test_names_that_a_machine_gave(token: str, machine: bool) -> None:
    assert generated(token) is machine


@pytest.mark.parametrize("design", [1, 2, 3])
@pytest.mark.parametrize(("site", "template"), [("shop", "product"), ("articles", "article")])
def test_selectors_made_for_an_element_find_it(site: str, template: str, design: int) -> None:
    page = Index(document(fixture_pages(site, template, design)[0].html))
    families: set[str] = set()
    labelled = 0
    shown = [
        e for e in page.elements if page.text(e) and not page.document.is_hidden(e) and e.tag not in ("html", "body")
    ]
    for element in shown[::3]:
        for selector in generate(element, "text", page):
            families.add(selector.family)
            assert element in {match.element for match in page.find(selector)}, selector
            assert Selector.from_json(selector.to_json()) == selector
        for selector in generate_labelled(element, "text", page):
            labelled += element in {match.element for match in page.find(selector)}
    assert len(families) >= 5
    assert labelled >= 5


@pytest.mark.parametrize("site", sorted(SITES))
@pytest.mark.parametrize("design", [1, 2, 3])
def test_selectors_find_what_their_css_finds(site: str, design: int) -> None:
    pages = list(SITES[site].pages(design).values())
    for page in pages[:: max(1, len(pages) // 2)][:2]:
        shared = Index(document(page.html))
        selectors = [s for element in shared.elements[::7] for s in generate(element, "text", shared)]
        for selector in dict.fromkeys(selectors):
            assert shared.elements_of(selector) == _by_css(selector.css())(shared.document.root), str(selector)


NESTED = """<div class=a id=1><p>1<div class="a b" id=2><p class=x>2<span>3</span><div id=3><p>4<p class=x>5</div></div>
<p class=x>6</div><div id=4><p>7<span class="b\u00a0c">8</span></div><ul><li><ul><li>9<li>10</ul><li>11</ul>""" + (
    "<table class=t>" + "<tr><td><a>x</a><a class=x>y</a><td><b></b><a>z</a>" * 6 + "</table>"
)


@pytest.mark.parametrize("css", [
    "div.a p", "div.a > p", "div > p:nth-of-type(1)", "div p:nth-last-of-type(1)", "div div > p.x", ".a.b p", "div div",
    "li > ul > li", "ul li:nth-of-type(2)", "table.t a", "tr > td:nth-of-type(2) > a", "td > a:nth-of-type(2)",
    "tr > td:nth-last-of-type(1) > a", "tr td:nth-of-type(1) a.x", "table > tr > td", '[id="2"] [id="3"] > p', ".x",
])  # fmt: skip
def test_nested_elements_come_once_and_in_order(css: str) -> None:
    page = Index(document(NESTED))
    steps = [
        Step(
            step.tag,
            tuple(sorted(step.classes)),
            (step.attribute, "=", step.value) if step.attribute else ("", "", ""),
            step.position,
            step.child,
        )
        for step in css_steps(css)
    ]
    assert page.elements_of(Selector(tuple(steps))) == _by_css(css)(page.document.root)


def _by_css(css: str) -> Callable[[etree._Element], list[etree._Element]]:
    return etree.XPath(GenericTranslator().css_to_xpath(css))


def test_only_labels_that_are_asked_for_are_found() -> None:
    page = document("<p><b>ISBN:</b> 9</p><p>Size: <i>7</i></p><p><b>Year</b> 2</p><i>" + "a " * 90 + "</i>")
    selectors = [Selector(label=label, take=take) for label in ("isbn", "size:7", "year") for take in ("text", "tail")]
    every, asked = Index(page), Index(page, Asked(frozenset(), frozenset(("isbn", "size:7"))))
    for selector in selectors[:4]:
        assert every.elements_of(selector)
        assert asked.find(selector) == every.find(selector)
    assert every.find(selectors[4])
    assert not asked.find(selectors[4])


def test_common_selectors_find_the_group() -> None:
    page = index("<ul id=x><li class='r odd'><b>a</b><li class=r><b>b</b></ul><ol><li><b>c</b></ol>")
    group = list(page.document.root.iter("b"))[:2]
    found = [{m.text for m in page.find(s)} for s in generate_common(group, "text", page)]
    assert {"a", "b"} in found
    assert all(texts >= {"a", "b"} for texts in found)
