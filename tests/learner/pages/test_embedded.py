"""Data that pages embed as JSON: whole scripts of it, and what other scripts assign."""

from __future__ import annotations

import json
import time

import pytest
from core_tools import document

from learner.pages.embedded import MAX_LEAVES, Data
from learner.pages.page import parse


def assigned(script: str) -> dict[tuple[str, ...], str]:
    return {leaf.path: leaf.value for leaf in document(f"<script>{script}</script>").assigned}


def ways(tree: object, url: str = "http://site.test/event/30") -> dict[str, str]:
    """The values by the paths in which items and numbers are told by what they are; only where these are others."""
    page = parse(f'<p>x<script type="application/json">{json.dumps(tree)}</script>', url)
    return {" ".join(leaf.keyed[1:]): leaf.value for leaf in page.keyed_data if leaf.keyed}


@pytest.mark.parametrize(("script", "leaves"), [
    ('{"@type": "Product", "name": "A", "offers": [{"price": 1}, {"price": 2.5}]}',
     {("Product", "@type"): "Product", ("Product", "name"): "A", ("Product", "offers", "*", "price"): "2.5"}),
    ('{"@graph": [{"@type": ["Book", "Product"], "name": "A"}, {"@type": "Person", "name": "B"}]}',
     {("Book", "name"): "A", ("Person", "name"): "B"}),
    ('[{"@type": "Book", "ok": true}]', {("Book", "ok"): "true"}),
    ('{"name": "two\nlines"}', {("name",): "two\nlines"}),
    ('{"name": "Kwame&#39;s &frac12; &lt;b&gt; & co"}', {("name",): "Kwame's ½ <b> & co"}),
    ("{broken", {}), ("", {}), ("[" * 100_000, {}), ("null", {}),
])  # fmt: skip
def test_embedded_data(script: str, leaves: dict[tuple[str, ...], str]) -> None:
    page = document(f'<script type="application/ld+json">{script}</script>')
    found = {leaf.path: leaf.value for leaf in page.data}
    assert {path: found.get(path) for path in leaves} == leaves
    if not leaves:
        assert not found


def test_slashes_part_no_keys() -> None:
    page = document('<script type="application/ld+json">{"@type": "http://schema.org/Book", "a/b": 1}</script>')
    assert [leaf.path for leaf in page.data] == [("Book", "@type"), ("Book", "a|b")]


def test_json_scripts_are_known_by_their_id() -> None:
    page = document('<script type="application/json" id="state">{"a": {"b": "c"}}</script><script>{"x": 1}</script>')
    assert [(leaf.path, leaf.value) for leaf in page.data] == [(("#state", "a", "b"), "c")]


@pytest.mark.parametrize(("script", "leaves"), [
    ('window.__STATE__ = {"a": {"code": "EV1"}};', {("var __STATE__", "a", "code"): "EV1"}),
    ('self["__STATE__"]={"a":[1,{"b":true}]}',
     {("var __STATE__", "a", "*"): "1", ("var __STATE__", "a", "*", "b"): "true"}),
    ('var data = {"x": 1.5}, more = [{"y": "z"}];', {("var data", "x"): "1.5", ("var more", "*", "y"): "z"}),
    ('window.App.state = {"x": null, "y": ""};', {("var App.state", "y"): ""}),
    ('dataLayer.push({"sku": "A"}); dataLayer.push({"stock": 4})', {("var dataLayer", "sku"): "A",
                                                                     ("var dataLayer", "stock"): "4"}),
    ('(window.dataLayer = window.dataLayer || []).push({"sku": "A"})', {("var dataLayer", "sku"): "A"}),
    (r'''window.S1 = JSON.parse("{\"a\":\"b\u00e9 \\\"c\\\"\"}");''', {("var S1", "a"): 'bé "c"'}),
    (r'''window.S1 = JSON.parse('{"a":"it\'s","b":"\u20ac \x41 \\"q\\""}')''',
     {("var S1", "a"): "it's", ("var S1", "b"): '€ A "q"'}),
    ('var bad = {"a": function() {}}, good = {"b": 2}', {("var good", "b"): "2"}),
    # What is no JSON, no data, or has no lasting name.
    ("var data = {x: 1}", {}), ('if (a == {"x": 1}) {}', {}), ('var x1 = ["a", "b"].join("")', {}), ('e={"x": 1}', {}),
    ('f(function() { return {"x": 1} })', {}), ('var t1 = "{}"', {}), ('var d1 = {"x": "unended', {}),
    ("var d1 = JSON.parse('{\"x\": 1", {}), ("var d1 = JSON.parse('null')", {}), ("", {}),
])  # fmt: skip
def test_what_scripts_assign(script: str, leaves: dict[tuple[str, ...], str]) -> None:
    assert assigned(script) == leaves


def test_scripts_that_are_none_are_not_read() -> None:
    page = document('<script type="text/template">var d1 = {"x": 1}</script><script type=module>d2 = {"x": 2}</script>')
    assert [leaf.path for leaf in page.assigned] == [("var d2", "x")]


def test_what_a_framework_streams() -> None:
    text = (
        '5:["$","div",null,{"className":"x","children":[["$","$L1",null,{"product":{"sku":"AB","cost":"$$5",'
        '"when":"$D2024-01-01"},"children":"no"}]]}]\n6:I[1,2]\n7:["$","$L2","k",{"left":4}]\n'
    )
    parts = text[:60], text[60:]
    scripts = "".join(f"<script>self.__next_f.push([1,{json.dumps(part)}])</script>" for part in parts)
    page = document(f"<script>(self.__next_f=self.__next_f||[]).push([0])</script>{scripts}")
    assert {leaf.path[1:]: leaf.value for leaf in page.assigned} == {
        ("product", "sku"): "AB", ("product", "cost"): "$$5", ("left",): "4"
    }  # fmt: skip


@pytest.mark.parametrize(("tree", "found"), [
    # Items of a list that say little but what they are.
    ({"a": [{"key": "max", "value": 5}, {"key": "code", "value": "E"}]},
     {"a [key=max] value": "5", "a [key=code] value": "E"}),
    ({"a": [{"name": "tags", "values": ["x"]}]}, {"a [name=tags] values *": "x"}),
    ({"a": [{"id": 7, "text": "x"}]}, {"a [id=7] text": "x"}),
    ({"a": [{"key": "x"}, {"key": "y", "b": 1, "c": 2, "d": 3, "e": 4}, {"b": 1, "c": 2}, "key"]}, {}),
    # Numbers as keys: the only one there, or the page's own.
    ({"events": {"77": {"code": "E"}}}, {"events <id> code": "E"}),
    ({"events": {"77": {"code": "E"}, "30": {"code": "F"}}}, {"events <id> code": "F"}),
    ({"events": {"77": {"code": "E"}, "78": {"code": "F"}}}, {}),
    ({"Root": 1, "Event:30": 2, "Event:31": 3, "Brand:5": 4}, {"Event:<id>": "2", "Brand:<id>": "4"}),
    ({"d9b2d63d-a233-4123-847a-76f5a5d3a1e4": 1}, {"<id>": "1"}),
])  # fmt: skip
def test_items_and_numbers_are_told_by_what_they_are(tree: object, found: dict[str, str]) -> None:
    assert ways(tree) == found


@pytest.mark.parametrize(("url", "found"), [
    ("http://site.test/e/30-two-oaks.html", {"<id>": "1"}), ("http://site.test/e?id=30", {"<id>": "1"}),
    ("http://site.test/e?id=30&size=31", {}), ("http://site.test/e/", {}), ("http://[", {}),
    ("http://site.test/e/oak", {"<id>": "3"}),
])  # fmt: skip
def test_the_numbers_of_a_page_stand_in_its_address(url: str, found: dict[str, str]) -> None:
    assert ways({"30": 1, "31": 2, "oak": 3}, url) == found


@pytest.mark.parametrize("script", [
    'a1=["=[",' * 300_000, 'a1={"x":' * 300_000, "a1=" + "[[" * 1_000_000, "x=y" * 1_000_000,
    "a1=" + '{"x":"' + "y" * 4_000_000, "a1=JSON.parse('" * 200_000, "a." * 1_500_000 + '={"x"', 'a1="' * 500_000,
])  # fmt: skip
def test_scripts_take_a_bounded_time(script: str) -> None:
    page = document(f"<script>{script}</script>")
    start = time.process_time()
    assert page.assigned == ()
    assert time.process_time() - start < 1.5


def test_the_number_of_leaves_is_bounded() -> None:
    script = f"var data = {json.dumps(list(range(2 * MAX_LEAVES)))}"
    leaves: tuple[Data, ...] = document(f"<script>{script.replace('[0,', '[[0],')}</script>").assigned
    assert len(leaves) == MAX_LEAVES
