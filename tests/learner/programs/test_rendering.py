"""Generated page objects give what the extractor gives, by themselves."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
import textwrap
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
from core_tools import TEMPLATES, URL, document, fixture_example, fixture_pages, run, swapped
from web_poet import HttpResponse

from learner import Example, Extraction, Extractor, learn
from learner.programs import rendering
from learner.programs.orders import Bonds
from learner.programs.program import FieldProfile, FieldProgram, Program, Records, Rule
from learner.programs.rendering import css, literal, render
from learner.programs.runtime import Tree, css_steps, select
from learner.programs.selectors import Index, Selector, Step
from learner.programs.sought import Sought
from learner.programs.transforms import Transform

ROOT = Path(__file__).resolve().parents[3]


def saved(extractor: Extractor) -> Extractor:
    """The extractor as it is after saving, with weights of four digits."""
    return Extractor(Program.from_json(extractor.program.to_json()), extractor.examples)


def expected(extractor: Extractor, result: Extraction) -> dict[str, Any]:
    return {"items": result.items} if extractor.is_list else result.item


def spoiled(html: str) -> list[str]:
    """The page as it could be on a bad day: hidden, cut off, with other names, as another kind of page."""
    return [
        html,
        html.replace("<h1", "<h1 hidden"),
        html.replace("<p", '<p style="display: none">x</p><p'),
        html[: len(html) // 2],
        html.replace('class="', 'class="new-'),
        html.replace("<td", "<td><b>").replace("<li", "<li aria-hidden=true>gone</li><li"),
        "",
        '{"not": "html"}',
        "<?xml version='1.0'?><rss><channel><title>feed</title></channel></rss>",
    ]


@pytest.mark.parametrize(("site", "template"), TEMPLATES)
def test_same_items_as_the_extractor(site: str, template: str) -> None:
    pages = fixture_pages(site, template)
    extractor = saved(learn([fixture_example(page) for page in pages[:2]]))
    source = extractor.source_code()
    compared = 0
    for page in pages[2:12]:
        url = "http://site.test" + page.path
        result = extractor.read(page.html, url)
        assert run(source, page.html, url) == expected(extractor, result)
        compared += bool(result.item or result.items)
    assert compared == len(pages[2:12]) >= 8


@pytest.mark.parametrize(("site", "template"), TEMPLATES)
def test_same_items_on_pages_that_are_spoiled_or_redesigned(site: str, template: str) -> None:
    extractor = saved(learn([fixture_example(page) for page in fixture_pages(site, template)[:2]]))
    source = extractor.source_code()
    htmls = [*spoiled(fixture_pages(site, template)[3].html), fixture_pages(site, template, 2)[3].html]
    for html in htmls:
        result = extractor.read(html.encode(), URL)
        assert run(source, html, URL) == expected(extractor, result), html[:200]


PAGE = """<html lang=en><head><title>Blue chair | Shop</title><base href="/base/">
<meta property="og:title" content="Blue chair (2026)">
<script type="application/ld+json">{"@type": "Product", "name": "Blue chair",
"offers": [{"price": "1.299,50"}]}</script>
<script>window.__STATE__ = {"code": "EV1", "all": {"7": {"left": 4}}, "attrs": [{"key": "max", "value": 5},
{"key": "sku", "value": "S/9"}]};</script>
</head><body><div id=main class="product md:w-1/2 a.b"><h1>Blue chair</h1>
<p class=price>Now only: $1,299.50 <del>$1,500</del> each</p>
<dl><dt>ISBN-13:</dt><dd>978-0-316-12558-1 (paperback)</dd><dt>Made</dt><dd><b>12 March 2024</b></dd></dl>
<p><b>Publisher:</b> Baen Books <i>x</i> and others</p>
<ul class=tags><li><a href="/t/red?x=1">red</a></li><li><a href="t/blue">Blue</a></li>
<li hidden><a href=h>no</a></li></ul>
<span class=stock>In stock</span><time datetime="2024-03-12T10:30:00">then</time>
<p class=authors>Ann Lee, Bob Ray and Cy</p><p class="when">Updated 3 May 2024 at 10:30 by Ann</p>
<p class=code>No. 12345 of 99; series B-77</p><p class=sum>2.041,50 or 1.357 or 7.99</p>
<p class=change>In 7 days &ndash;0.96% (over &ndash;0.5%)</p></div></body></html>"""


def field(name: str, kind: str, *rules: Rule, many: bool = False) -> tuple[str, FieldProgram]:
    return name, FieldProgram(FieldProfile(name, kind, many), rules)


def by(*steps: Step, take: str = "text") -> Selector:
    return Selector(steps, take=take)


PRICE = by(Step("p", ("price",)))
WHEN = by(Step("p", ("when",)))
CHANGE = by(Step("p", ("change",)))
CODE = by(Step("p", ("code",)))
SUM = by(Step("p", ("sum",)))
DATA = Selector(data=("Product", "offers", "*", "price"))
LINKS = by(Step("ul", ("tags",)), Step("a"), take="@href")
# Every transform, and every way to a place.
CASES: dict[str, tuple[str, Rule, Any]] = {
    "plain": ("text", Rule(by(Step("h1"))), "Blue chair"),
    "escaped classes": ("text", Rule(by(Step("", ("md:w-1/2", "a.b")), Step("h1", child=True))), "Blue chair"),
    "title before": ("text", Rule(by(Step("title")), (("before", " | "),)), "Blue chair"),
    "up to a word": ("text", Rule(by(Step("title")), (("upto", " |"),)), "Blue chair"),
    "up to no word": ("text", Rule(by(Step("h1")), (("upto", " |"),)), "Blue chair"),
    "ahead of the last": ("text", Rule(WHEN, (("ahead", " "),)), "Updated 3 May 2024 at 10:30 by"),
    "meta split": ("text", Rule(by(Step("meta", (), ("property", "=", "og:title")), take="@content"),
                                (("split", " (", "0"),)), "Blue chair"),
    "meta split from the end": ("text", Rule(by(Step("meta", (), ("property", "*=", ":title")), take="@content"),
                                             (("split", "(", "-1"), ("strip", ")"))), "2026"),
    "after": ("text", Rule(PRICE, (("after", "only:"), ("before", " each"))), "$1,299.50 $1,500"),
    "number": ("number", Rule(PRICE, (("find", "amount", "0"), ("number", ""))), 1299.5),
    "second amount": ("number", Rule(PRICE, (("find", "amount", "1"), ("number", "."))), 1500),
    "whole": ("number", Rule(PRICE, (("find", "amount", "1"), ("number", ""))), 1500),
    "decimal": ("number", Rule(PRICE, (("find", "amount", "1"), ("decimal", ""))), 1500.0),
    "data with commas": ("number", Rule(DATA, (("number", ","),)), 1299.5),
    "assigned": ("text", Rule(Selector(data=("var __STATE__", "code"))), "EV1"),
    "item by name": ("text", Rule(Selector(data=("var __STATE__", "attrs", "[key=sku]", "value"))), "S/9"),
    "number as key": ("number", Rule(Selector(data=("var __STATE__", "all", "<id>", "left")), (("number", ""),)), 4),
    "label shape": ("text", Rule(Selector(label="isbn-13", hops=("next:dd",)),
                                 (("shape", r"\d+-\d+-\d+-\d+-\d+", "0"),)), "978-0-316-12558-1"),
    "label tail": ("text", Rule(Selector(label="publisher", take="tail")), "Baen Books"),
    "label up node": ("text", Rule(Selector(label="publisher", hops=("up",), take="node:2")), "and others"),
    "label down": ("date", Rule(Selector(label="made", hops=("next:dd", "down:b")), (("date", "DMY"),)),
                   date(2024, 3, 12)),
    "attribute datetime": ("datetime", Rule(by(Step("time"), take="@datetime"), (("datetime", "YMD"),)),
                           datetime(2024, 3, 12, 10, 30)),
    "find date": ("date", Rule(WHEN, (("find", "date", "0"), ("date", "MDY"))), date(2024, 5, 3)),
    "iso": ("text", Rule(WHEN, (("find", "date", "0"), ("iso", "", "%Y-%m-%d"))), "2024-05-03"),
    "iso with time": ("text", Rule(by(Step("time"), take="@datetime"), (("iso", "YMD", "%Y-%m-%d %H:%M"),)),
                      "2024-03-12 10:30"),
    "moment": ("text", Rule(WHEN, (("find", "moment", "0"), ("timed",), ("iso", "", "%Y-%m-%dT%H:%M"))),
               "2024-05-03T10:30"),
    "amid": ("number", Rule(SUM, (("amid", "or"), ("decimal", ","))), 2041.5),
    "until": ("text", Rule(WHEN, (("until", r"\d+ [A-Za-z]+ \d+"),)), "Updated"),
    "past": ("text", Rule(CODE, (("past", r"\d{5}"), ("before", ";"))), "of 99"),
    "past any number": ("text", Rule(SUM, (("past", "number"), ("until", "number"))), "or"),
    "token": ("text", Rule(CODE, (("token", r"\d+", "1"),)), "99"),
    "past with a sign": ("text", Rule(CHANGE, (("past", r"\d+ [a-z]+"), ("before", " ("))), "–0.96%"),
    "find with a sign": ("text", Rule(CHANGE, (("find", "percent", "0"),)), "–0.96%"),
    "number with a sign": ("number", Rule(CHANGE, (("after", "days"), ("number", "."))), -0.96),
    "token within no number": ("text", Rule(SUM, (("token", r"\d+\.\d+", "0"),)), "1.357"),
    "past a number": ("text", Rule(SUM, (("past", r"\d+\.\d+"),)), "or 7.99"),
    "decimal commas": ("number", Rule(SUM, (("before", " or"), ("decimal", ","))), 2041.5),
    "a thousand": ("number", Rule(SUM, (("after", "or"), ("decimal", ","))), 1357.0),
    "shape of two": ("text", Rule(CODE, (("shape", r"\d+", "1"),)), "99"),
    "case": ("text", Rule(by(Step("h1")), (("case", "title"),)), "Blue Chair"),
    "cases": ("text", Rule(CODE, (("before", "12"), ("case", "title capital"))), "No."),
    "map": ("boolean", Rule(by(Step("span", ("stock",))), (("map", json.dumps({"instock": True})),)), True),
    "has": ("boolean", Rule(by(Step("body")), sought=Sought(by(Step("span", ("stock",))), True)), True),
    "lacks": ("boolean", Rule(by(Step("body")), sought=Sought(by(Step("span", ("sold",))), False)), True),
    "has none": ("boolean", Rule(by(Step("body")), sought=Sought(Selector(label="sold out"), True)), False),
    "first of type": ("text", Rule(by(Step("ul", ("tags",)), Step("li", position=-2, child=True))), "Blue"),
    "first link": ("link", Rule(LINKS, (("absolute",),)), "http://site.test/t/red?x=1"),
    "last": ("text", Rule(by(Step("p")), (("shape", r"[A-Z]+-\d+", "0"),), last=True), "B-77"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_every_transform_and_every_kind_of_place(case: str) -> None:
    kind, rule, value = CASES[case]
    program = Program(dict([field("it", kind, replace(rule, weight=0.99))]))
    extractor = Extractor(program, threshold=0.0)
    found = extractor.read(PAGE, URL).item
    assert found == {"it": value}
    given = run(extractor.source_code(), PAGE, URL)
    assert (given, type(given["it"])) == (found, type(value))


def test_pages_without_tags_of_head_and_body() -> None:
    html = "<!doctype html><meta charset=utf-8><title>Shop</title><main><h2>{}</h2><p>x</p></main><p>y"
    extractor = saved(learn([Example(URL, html.format(name), {"name": name}) for name in ("Oak one", "Elm two")]))
    assert run(extractor.source_code(), html.format("Yew three"), URL) == {"name": "Yew three"}
    assert extractor.read(html.format("Yew three"), URL).item == {"name": "Yew three"}


@pytest.mark.parametrize("transforms", [
    (("after", "or"), ("decimal", "")), (("decimal", "."),), (("amid", "mm"), ("decimal", ",")),
    (("token", r"\d+\.\d+,\d+", "1"),),
])  # fmt: skip
def test_what_could_be_read_in_two_ways_is_not_read(transforms: tuple[Transform, ...]) -> None:
    extractor = Extractor(Program(dict([field("it", "number", Rule(SUM, transforms, weight=0.99))])), threshold=0.0)
    assert run(extractor.source_code(), PAGE, URL) == extractor.read(PAGE, URL).item == {}


@pytest.mark.parametrize("name", ["shape", "token"])
def test_no_number_is_given_without_its_sign(name: str) -> None:
    rule = Rule(CHANGE, ((name, r"\d+\.\d+%", "0"),), weight=0.99)
    extractor = Extractor(Program(dict([field("it", "text", rule)])), threshold=0.0)
    assert run(extractor.source_code(), PAGE, URL) == extractor.read(PAGE, URL).item == {}
    plain = PAGE.replace("&ndash;", "")
    assert run(extractor.source_code(), plain, URL) == extractor.read(plain, URL).item == {"it": "0.96%"}


def test_many_values_exploded_and_absolute() -> None:
    authors = Rule(by(Step("p", ("authors",))), explode=",", weight=0.9)
    program = Program(
        dict(
            [
                field("authors", "text", authors, many=True),
                field("tags", "link", Rule(LINKS, (("absolute",),), weight=0.97), many=True),
            ]
        )
    )
    extractor = Extractor(program, threshold=0.0)
    found = extractor.read(PAGE, URL).item
    assert found["authors"] == ["Ann Lee", "Bob Ray and Cy"]
    assert found["tags"][:2] == ["http://site.test/t/red?x=1", "http://site.test/base/t/blue"]
    assert run(extractor.source_code(), PAGE, URL) == found


def test_lists_after_a_label_end_at_the_next_one() -> None:
    html = "<dl><dt>Extras</dt><dd>{}</dd><dd>Heater</dd><br><dd hidden>x</dd><dt>Contact</dt><dd>Tel. {}</dd></dl>"
    shown = [Example(f"{URL}{n}", html.format(f"Radio {n}", n), {"extras": [f"Radio {n}", "Heater"]}) for n in range(3)]
    extractor = saved(learn(shown))
    assert any("all:dd" in str(rule) for rule in extractor.program.fields["extras"].rules)
    for page in (html, html.replace("<dd>Heater", "<dd>Sunroof</dd><dd>Heater"), html.replace("Extras", "Others")):
        text = page.format("Lamp", 77)
        assert run(extractor.source_code(), text, URL) == extractor.read(text, URL).item
    assert extractor.read(html.format("Lamp", 77), URL).item == {"extras": ["Lamp", "Heater"]}


def test_lists_in_two_places() -> None:
    shown = """<html><body><h1>College {0}</h1><div class=office>Office: <b>{0}-1</b></div><ul><li>Open</li></ul>
<section class=free><h2>Free</h2><i>{0}-2</i></section></body></html>"""
    examples = [Example(f"{URL}/{n}", shown.format(n), {"phones": [f"{n}-1", f"{n}-2"]}) for n in ("2015", "3056")]
    extractor = saved(learn(examples))
    code = extractor.source_code()
    assert any(rule.beside for rule in extractor.program.fields["phones"].rules)
    for html in (
        shown.format("4178"),
        shown.format("4178").replace("<div", "<div hidden", 1),
        "<html><body>x</body></html>",
    ):
        result = extractor.read(html, URL)
        assert run(code, html, URL) == result.item
    assert extractor.read(shown.format("4178"), URL).item == {"phones": ["4178-1", "4178-2"]}
    assert "and beside it" in extractor.explain(shown.format("4178"), URL)


@pytest.mark.parametrize(("shown", "power", "later", "found"), [
    ("173 kW (235 PS)", 235, "85 kW (116 PS)", 116), ("173kW/235PS", 235.0, "85kW/116PS", 116.0),
    ("<b>Power:</b> 173 kW, 235 PS", 235, "<b>Power:</b> 85 kW, 116 PS", 116), ("4 of 5", 5, "7 of 10", 10),
    ("03/2019, 99.863 km, 173 kW", 99863.0, "11/2020, 101.200 km, 85 kW", 101200.0),
])  # fmt: skip
def test_a_number_among_others(shown: str, power: float, later: str, found: float) -> None:
    html = "<body><h1>A car</h1><div class=facts><p class=power>{}</p><p class=fuel>Diesel</p></div></body>"
    extractor = saved(learn([Example(f"{URL}/1", html.format(shown), {"power": power})]))
    assert extractor.warnings == ()
    given = extractor.extract(html.format(later), URL).item
    assert (given, type(given["power"])) == ({"power": found}, type(found))
    assert run(extractor.source_code(), html.format(later), URL) == given


@pytest.mark.parametrize(("shown", "authors", "later", "found"), [
    # One person in one text: there may be several the next time.
    ("By Ann Lee", ["Ann Lee"], "By Bo van Ek, Cy Fox and Di Orr", ["Bo van Ek", "Cy Fox", "Di Orr"]),
    ("Ann Lee and Bo Ek", ["Ann Lee", "Bo Ek"], "Cy Fox, Di Orr & Ed Moe", ["Cy Fox", "Di Orr", "Ed Moe"]),
    ("Ann Lee", ["Ann Lee"], "Reuters", ["Reuters"]),
    ("Ann Lee", ["Ann Lee"], "Salt and Pepper", ["Salt and Pepper"]),
    # Where each stands in a place of its own, what joins two names is part of one.
    ("Ann Lee</b>, <b>Bo Ek", ["Ann Lee", "Bo Ek"], "New York and New Jersey</b>, <b>Cy Fox",
     ["New York and New Jersey", "Cy Fox"]),
    # The field has one value: what joins two names is part of it.
    ("Ann Lee", "Ann Lee", "Bo Ek and Cy Fox", "Bo Ek and Cy Fox"),
])  # fmt: skip
def test_persons_named_in_one_text(shown: str, authors: Any, later: str, found: Any) -> None:
    html = "<body><h1>A story</h1><p class=byline><b>{}</b></p><p>It was a dark night, and all was quiet.</p></body>"
    extractor = saved(learn([Example(f"{URL}/1", html.format(shown), {"authors": authors})]))
    assert extractor.extract(html.format(later), URL).item == {"authors": found}
    assert run(extractor.source_code(), html.format(later), URL) == {"authors": found}


@pytest.mark.parametrize("shown", ["Ann Lee", "music"])
def test_a_list_of_one_that_becomes_several(shown: str) -> None:
    page = "<body><p>Text</p><table><tr><td>Of</td><td>{}</td></tr></table></body>"
    extractor = learn([Example("http://x.test/1", page.format(shown), {"of": [shown]}, source="person")])
    source = saved(extractor).source_code()
    for several in ("Bo Ek<br>Cy Fox", "<ul><li>Bo Ek</li><li>Cy Fox</li></ul>", "<a>Bo Ek</a>, <a>Cy Fox</a>"):
        later = page.format(several)
        assert run(source, later, "http://x.test/2") == extractor.extract(later, "http://x.test/2").item
        assert extractor.extract(later, "http://x.test/2").item == {"of": ["Bo Ek", "Cy Fox"]}


@pytest.mark.parametrize("html", [
    "<li>2 cups tea</li><li>oil</li>", "<li>2 cups tea</li><li><b>Sauce</b></li>",
    "<li><b>2</b> cups</li><li>Sauce</li>",
    "<li><b>2</b> <i>cups</i></li><li><i>Salt</i></li><li>*</li>", "<li>Home</li><li>About</li>",
])  # fmt: skip
def test_lists_keep_what_is_marked_up_as_their_values(html: str) -> None:
    profile = FieldProfile("it", "text", True, traits=frozenset({"digit", "letter", "length 4"}))
    extractor = Extractor(Program({"it": FieldProgram(profile, (Rule(by(Step("li")), weight=0.99),))}), threshold=0.0)
    page = f"<html><body><ul>{html}</ul></body></html>"
    assert run(extractor.source_code(), page, URL) == extractor.read(page, URL).item


def test_votes_and_threshold_decide() -> None:
    rules = (
        Rule(by(Step("h1")), weight=0.6),
        Rule(by(Step("span", ("stock",))), weight=0.8),
        Rule(DATA, weight=0.3),
        Rule(Selector(data=("Product", "name")), weight=0.7),
    )
    seen = set()
    for weight in (0.05, 0.5, 0.9, 0.99):
        changed = (Rule(rules[0].selector, weight=weight), *rules[1:])
        for threshold in (0.2, 0.5, 0.8):
            extractor = Extractor(Program(dict([field("it", "text", *changed)])), threshold=threshold)
            found = extractor.read(PAGE, URL).item
            seen.add(found.get("it"))
            assert run(extractor.source_code(), PAGE, URL) == found
    assert seen >= {None, "Blue chair"}


def test_records_with_headings_advertisements_and_gaps() -> None:
    html = """<html><body><table>
      <tr><td class=day colspan=2>1 May</td></tr>
      <tr class=row><td class=who>Ann</td><td class=what>Opens</td></tr>
      <tr class=row><td class=who>Bob</td></tr>
      <tr><td>Advertisement</td></tr>
      <tr><td class=day>2 May</td></tr>
      <tr class=row><td class=who>Cy</td><td class=what>Closes</td><td class=what>Ends</td></tr>
      </table></body></html>"""

    def column(name: str, many: bool = False) -> tuple[str, FieldProgram]:
        rules = (Rule(by(Step("td", (name,))), weight=0.99),)
        return name, FieldProgram(FieldProfile(name, "text", many), rules, column=True)

    row = by(Step("tr", ("row",)))
    records = Records((by(Step("tr", ("no-such",))), row), True, frozenset({"day"}), frozenset({"who"}))
    program = Program(dict([column("day"), column("who"), column("what", many=True)]), records)
    extractor = Extractor(program, threshold=0.1)
    items = extractor.read(html, URL).items
    assert items == [
        {"day": "1 May", "who": "Ann", "what": ["Opens"]},
        {"day": "1 May", "who": "Bob"},
        {"day": "2 May", "who": "Cy", "what": ["Closes", "Ends"]},
    ]
    assert run(extractor.source_code(), html, URL) == {"items": items}


def test_digits_and_days_of_other_scripts(tmp_path: Path) -> None:
    """The page object reads them as the extractor does."""
    made = "<html><body><h1>{}</h1><p class=price>{}</p><p class=day>{}</p></body></html>".format
    shown = [
        ("Oak", "السعر ٤٨٠ ر.س", "٣ يناير ٢٠٢٤", 480, "2024-01-03"),
        ("Elm", "السعر ٩٠ ر.س", "١٣ مارس ٢٠٢٤", 90, "2024-03-13"),
        ("Fir", "السعر ٧٢٥ ر.س", "٢٨ أبريل ٢٠٢٣", 725, "2023-04-28"),
    ]
    examples = [
        Example(f"{URL}{n}", made(title, price, day), {"title": title, "price": amount, "day": iso})
        for n, (title, price, day, amount, iso) in enumerate(shown)
    ]
    extractor = saved(learn(examples))
    source = extractor.source_code()
    clean(source, tmp_path)
    for price, day, amount, iso in (
        ("السعر ١٬٢٥٠ ر.س", "٥ مايو ٢٠٢٥", 1250, "2025-05-05"),
        ("السعر ٩٩٫٥٠ ر.س", "2025年5月5日", 99.5, "2025-05-05"),
        ("السعر １２，８００", "２０２５／０５／０５", 12800, "2025-05-05"),
    ):
        html = made("Ash", price, day)
        found = extractor.read(html, URL).item
        assert (found["price"], found["day"]) == (amount, iso)
        assert run(source, html, URL) == found


def clean(source: str, folder: Path) -> None:
    """Fails with what ruff finds in the code."""
    path = folder / "page.py"
    path.write_text(source, encoding="utf-8")
    for command in (["check", "--no-cache"], ["format", "--check", "--no-cache"]):
        whole = [sys.executable, "-m", "ruff", *command, "--config", str(ROOT / "pyproject.toml"), str(path)]
        done = subprocess.run(whole, capture_output=True, text=True, timeout=250, check=False)
        assert done.returncode == 0, done.stdout


def offers(rows: Sequence[tuple[str, str]]) -> str:
    """A page of things with two values each."""
    row = "<li><h2>Thing {}</h2><b class=first>{}</b> <s class=second>{}</s></li>"
    return f"<html><body><ul>{''.join(row.format(n, *one) for n, one in enumerate(rows))}</ul></body></html>"


# How a page shows an amount, and what its value is.
SHOWN: dict[str, tuple[tuple[str, str], Any]] = {
    "texts": (("price", "old_price"), lambda amount: (f"${amount:,}.00",) * 2),
    "numbers": (("price", "old_price"), lambda amount: (f"${amount:,}.50", amount + 0.5)),
    "dates": (("begins", "ends"), lambda amount: ((day := date.fromordinal(738_000 + amount)).isoformat(), day)),
    "any names": (('2nd "now"', "class 2nd"), lambda amount: (f"${amount:,}.00",) * 2),
}


@pytest.mark.parametrize("listing", [False, True], ids=["item", "list"])
@pytest.mark.parametrize("shown", SHOWN)
def test_values_that_contradict_each_other_are_left_out(shown: str, listing: bool, tmp_path: Path) -> None:
    names, form = SHOWN[shown]
    rows = [(form(900 + 40 * n), form(1100 + 50 * n)) for n in range(6)]
    values = [{"title": f"Thing {n}", **{k: v for k, (_, v) in zip(names, r, strict=True)}} for n, r in enumerate(rows)]
    texts = [(low, high) for (low, _), (high, _) in rows]
    turned = [(high, low) for low, high in texts]
    if listing:
        examples = [Example(URL, offers(texts), items=values)]
        cases = {offers(turned[:wrong] + texts[wrong:]): wrong > 3 for wrong in range(7)}
    else:
        singles = [({**value, "title": "Thing 0"}, offers([pair])) for value, pair in zip(values, texts, strict=True)]
        examples = [Example(f"{URL}{n}", html, value) for n, (value, html) in enumerate(singles)]
        cases = {offers([pair]): False for pair in texts} | {offers([pair]): True for pair in turned}
    extractor = saved(learn(examples))
    source = extractor.source_code()
    assert f"ORDERS = (\n    ({literal(names[0])}, {literal(names[1])}),  # in 6 records\n)\n" in source
    clean(source, tmp_path)
    for html, wrong in cases.items():
        result = extractor.read(html, URL)
        assert all(wrong != (name in record) for name in names for record in result.records)
        assert run(source, html, URL) == expected(extractor, result)


@pytest.mark.parametrize("learned", [2, 5])
def test_swapped_prices_of_the_shop_are_left_out(learned: int) -> None:
    pages = [page for page in fixture_pages("shop", "product") if page.item is not None and "old_price" in page.item]
    extractor = saved(learn([fixture_example(page) for page in pages[:learned]]))
    source = extractor.source_code()
    assert ("ORDERS = " in source) == ("def contradicted(" in source) == ("def consistent(" in source) == (learned > 2)
    for page in pages[learned : learned + 6]:
        assert page.item is not None
        for html in (page.html, swapped(page.html, page.item["price"], page.item["old_price"])):
            item = extractor.read(html, URL).item
            assert run(source, html, URL) == item
            assert ("price" in item) == ("old_price" in item) == (learned == 2 or html == page.html)


@pytest.mark.parametrize("listing", [False, True], ids=["item", "list"])
@pytest.mark.parametrize("cheaper", [True, False], ids=["an old price", "postage"])
def test_what_never_stands_alone_is_left_out_alone(listing: bool, cheaper: bool, tmp_path: Path) -> None:
    rows = [(f"{900 + 40 * n:,} €", f"{1100 + (50 if cheaper else 200 * (-1) ** n) * n:,} €") for n in range(6)]
    rows += [(low, "") for low, _ in rows[:2]]
    values = [{"title": f"Thing {n}", "price": low, "beside": high} for n, (low, high) in enumerate(rows)]
    values = [{name: value for name, value in one.items() if value} for one in values]
    shown = [("", high) for _, high in rows[:6]]
    if listing:
        examples = [Example(URL, offers(rows), items=values)]
        cases = {offers(shown): True, offers([*shown[:2], *rows[2:]]): False}
    else:
        singles = [({**value, "title": "Thing 0"}, offers([pair])) for value, pair in zip(values, rows, strict=True)]
        examples = [Example(f"{URL}{n}", html, value) for n, (value, html) in enumerate(singles)]
        cases = {offers([pair]): False for pair in rows[:6]} | {offers([pair]): True for pair in shown}
    extractor = saved(learn(examples))
    source = extractor.source_code()
    clean(source, tmp_path)
    for html, alone in cases.items():
        result = extractor.read(html, URL)
        assert alone != any("beside" in record for record in result.records)
        assert (result.abstained.get("beside") == "doubtful") == alone
        assert run(source, html, URL) == expected(extractor, result)


def test_orders_of_fields_that_were_not_learned_are_not_rendered() -> None:
    program = Program(dict([field("price", "text", CASES["plain"][1])]))
    values = [{"price": f"${n}.00", "old_price": f"${n + 4}.00"} for n in range(6)]
    assert "ORDERS" not in render(program, [Example(URL, "<p>x</p>", items=values)], "LearnedPage")


def test_a_field_without_rules_abstains() -> None:
    extractor = Extractor(Program(dict([field("lost", "text"), field("it", "text", CASES["plain"][1])])), threshold=0.0)
    source = extractor.source_code()
    assert run(source, PAGE, URL) == {"it": "Blue chair"}
    assert "No rule is known" in source


def test_what_pages_hide_is_read_where_values_stand_in_it() -> None:
    hidden = PAGE.replace("<h1", "<h1 hidden", 1)
    program = Program(dict([field("it", "text", CASES["plain"][1])]))
    for reveals in (False, True):
        extractor = Extractor(replace(program, reveals=reveals), threshold=0.0)
        assert run(extractor.source_code(), hidden, URL) == extractor.read(hidden, URL).item


@pytest.mark.parametrize("trust", [0.1, 0.5, 0.69, 0.71, 1.0])
def test_trust_in_the_examples_bounds_confidence(trust: float) -> None:
    rules = (Rule(by(Step("h1")), weight=0.99), Rule(DATA, weight=0.6), Rule(by(Step("", ("price",))), weight=0.5))
    entry = FieldProgram(FieldProfile("it", "text", False), rules, trust=trust)
    for threshold in (0.05, 0.4, 0.7):
        extractor = Extractor(Program({"it": entry}), threshold=threshold)
        assert run(extractor.source_code(), PAGE, URL) == extractor.read(PAGE, URL).item


@pytest.mark.parametrize("body", [
    PAGE.replace("Blue", "Blåe").encode("latin-1").replace(b"<head>", b"<head><meta charset=iso-8859-1>"),
    b"\xff\xfe" + PAGE.encode("utf-16-le"),
    PAGE.replace("Blue chair</h1>", "Bl\x00ue\x1f chair</h1>").encode(),
    b"\xef\xbb\xbf" + PAGE.encode(),
])  # fmt: skip
def test_same_decoding(body: bytes) -> None:
    extractor = Extractor(Program(dict([field("it", "text", CASES["plain"][1])])), threshold=0.0)
    found = extractor.read(body, URL).item
    assert found["it"] in ("Blue chair", "Blåe chair")
    assert run(extractor.source_code(), body, URL) == found


def test_runs_where_only_lxml_and_web_poet_are(tmp_path: Path) -> None:
    pages = fixture_pages("shop", "product")
    extractor = saved(learn([fixture_example(page) for page in pages[:2]]))
    (tmp_path / "page.py").write_text(extractor.source_code("ShopPage"), encoding="utf-8")
    (tmp_path / "page.html").write_text(pages[4].html, encoding="utf-8")
    script = """
        import asyncio, json, pathlib, sys
        class Refuse:
            def find_spec(self, name, path=None, target=None):
                if name.split(".")[0] in ("learner", "crawler", "scrapy", "torch", "numpy", "bs4", "dateparser"):
                    raise ModuleNotFoundError(name)
        sys.meta_path.insert(0, Refuse())
        sys.path.insert(0, sys.argv[1])
        from page import ShopPage
        from web_poet import HttpResponse
        body = pathlib.Path(sys.argv[1], "page.html").read_bytes()
        page = ShopPage(response=HttpResponse(url="http://site.test/p", body=body))
        print(json.dumps(asyncio.run(page.to_item())))
    """
    command = [sys.executable, "-I", "-c", textwrap.dedent(script), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=250, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == extractor.read(pages[4].html, "http://site.test/p").item


@pytest.mark.parametrize(("site", "template"), TEMPLATES)
def test_generated_code_is_clean(site: str, template: str, tmp_path: Path) -> None:
    extractor = learn([fixture_example(page) for page in fixture_pages(site, template)[:2]])
    clean(extractor.source_code("SitePage"), tmp_path)


def test_only_what_the_program_uses_is_copied() -> None:
    plain = render(Program(dict([field("it", "text", CASES["plain"][1])])), (), "LearnedPage")
    for absent in (
        "dateparser",
        "import json",
        "def label(",
        "def records(",
        "def read_number(",
        "ORDERS",
        "def quantity(",
        "learner",
    ):
        assert absent not in plain
    assert "KINDS = {}" in plain
    dated = render(Program(dict([field("it", "date", CASES["find date"][1])])), (), "LearnedPage")
    assert "import dateparser" in dated
    assert "lxml, web-poet, dateutil and dateparser" in dated
    assert '"date": re.compile(' in dated
    assert '"phone": re.compile(' not in dated


def test_says_what_a_person_wants_to_know() -> None:
    pages = fixture_pages("shop", "product")
    extractor = learn([fixture_example(page) for page in pages[:2]])
    source = extractor.source_code("ShopPage")
    assert f"#   http://site.test{pages[0].path} (spider)" in source
    assert "Learned from 2 examples" in source
    assert "# title: text, on 100% of the pages." in source
    assert 'css("h1.product-title")' in source
    for entry in extractor.program.fields.values():
        for rule in entry.rules:
            assert repr(round(rule.weight, 4)) in source


HOSTILE = [
    "quo\"te's",
    '"""); import os; os.abort()  # ',
    "'''\nimport os\nos.abort()",
    "back\\slash\\",
    "new\nline\r\x0b\x0c\x85\u2028end",
    "{braces} %s %(x)s {0}",
    "nul\x00 and \ud800 and \u202e",
    "# comment",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_stay_data(text: str) -> None:
    rules = (
        Rule(by(Step(text, (text,), (text, "=", text))), (("after", text), ("before", text), ("strip", text))),
        Rule(Selector(label=text, hops=("up",), take="@" + text), (("map", json.dumps({text: text})),)),
        Rule(Selector(data=(text, "*")), (("split", text, "-1"), ("map", json.dumps({text: True}))), explode=text),
    )
    records = Records((by(Step("", (text,))),), True, frozenset({text}), frozenset({text}))
    fields = {text: FieldProgram(FieldProfile(text, "text", False, traits=frozenset({text})), rules, True)}
    examples = [Example(f"http://site.test/{text}", "<p>x</p>", {"a": text})]
    for program in (Program(fields), Program(fields, records)):
        source = render(program, examples, text)
        source.encode("utf-8")
        tree = ast.parse(source)
        assert not [n for n in ast.walk(tree) if isinstance(n, ast.Import) and n.names[0].name == "os"]
        assert not [n for n in ast.walk(tree) if isinstance(n, ast.Attribute) and n.attr == "abort"]
        literals = {n.value for n in ast.walk(tree) if isinstance(n, ast.Constant)}
        assert text in literals
        name = next(n.name for n in tree.body if isinstance(n, ast.ClassDef))
        assert run(source, PAGE, URL, name) in ({}, {"items": []})


@pytest.mark.parametrize("text", [*HOSTILE, "", "plain", "\\d{3}", 'say "x"', "it's", "both ' and \"", "\\"])
def test_literals_read_back(text: str) -> None:
    assert ast.literal_eval(literal(text)) == text
    assert "\n" not in literal(text)


@pytest.mark.parametrize("names", [
    ["class", "import", "None", "url", "html", "css", "response", "to_item", "tree", "field", "items", "item_cls"],
    ["Preis in €", "2nd", "_private", "__dunder__", "été", "ete", "a b", "a-b", "a_b", "a.b", "", "名前", "名"],
    ["one", "many", "rule", "css_", "label", "Form", "dict", "str", "Any", "property", "cached_property"],
])  # fmt: skip
def test_any_name_can_be_a_field(names: list[str]) -> None:
    program = Program(dict(field(name, "text", CASES["plain"][1]) for name in names))
    source = Extractor(program, threshold=0.0).source_code()
    assert run(source, PAGE, URL) == dict.fromkeys(names, "Blue chair")


@pytest.mark.parametrize(("asked", "given"), [
    ("ShopPage", "ShopPage"), ("class", "classPage"), ("WebPage", "WebPagePage"), ("Tree", "TreePage"),
    ("dict", "dictPage"), ("my shop!", "my_shop"), ("", "LearnedPage"), ("2nd", "LearnedPage_2nd"),
])  # fmt: skip
def test_class_names(asked: str, given: str) -> None:
    source = Extractor(Program(dict([field("it", "text", CASES["plain"][1])])), threshold=0.0).source_code(asked)
    assert run(source, PAGE, URL, given) == {"it": "Blue chair"}


@pytest.mark.parametrize("steps", [
    (Step("p"),),
    (Step("", ("a",)), Step("b", child=True)),
    (Step("div", ("md:w-1/2", "x.y", "ünï", "2col")), Step("a", (), ("href", "*=", '/x?"y"\\ > [z]'))),
    (Step("body"), Step("p", position=3, child=True), Step("", position=-1, child=True)),
    (Step(""), Step("{http://www.w3.org/2005/Atom}title")),
    (Step("a b", ("c > d", "#"), ("@click", "=", "line\nbreak")),),
])  # fmt: skip
def test_css_reads_back_as_the_same_steps(steps: tuple[Step, ...]) -> None:
    read = css_steps(css(steps))
    assert len(read) == len(steps)
    for number, (made, step) in enumerate(zip(read, steps, strict=True)):
        assert (made.tag, made.classes) == (step.tag, frozenset(step.classes))
        assert (made.attribute, made.value) == (step.attribute[0], step.attribute[2])
        assert made.whole == (step.attribute[1] == "=")
        assert made.position == step.position
        assert made.child == (step.child and number > 0)


def test_the_same_elements_as_the_index() -> None:
    page = fixture_pages("shop", "list")[0]
    found = Index(document(page.html))
    tree = Tree(HttpResponse(url=URL, body=f"<html><body>{page.html}</body></html>".encode()))
    selectors = {(Step(tag), Step(inner)) for tag in ("ul", "div", "main", "li") for inner in ("a", "li", "img")}
    for steps in selectors:
        wanted = [found.order[element] for element in found.elements_of(Selector(steps))]
        assert [tree.number[element] for element in select(tree, css(steps))] == wanted


TALK = """<h1>Talk</h1><div><a class=b href=/a.mp3>Listen</a> <a class=b href=/x/9>{2}</a></div>
<section><h4>{0}</h4><ul class=p>{1}</ul><h4>Notes</h4><p>All about it.</p></section>
<table><tr><th>Site:</th><td><a href=https://a.example/>here</a></td></tr><tr><th>Phone:</th><td>1</td></tr>
<tr><th>{3}</th><td><a href=https://b.example/>there</a></td></tr></table>"""


@pytest.mark.parametrize(("heading", "says", "row", "given"), [
    ("Guests", "Transcript", "Web", {"guests", "transcript", "web"}),
    ("Our guests", "Transcript (PDF)", "Web", {"guests", "transcript", "web"}),
    ("Hosts", "Press kit", "Site:", set()),
    ("Hosts", "Transcript", "Owner", {"transcript"}),
    ("Notes", "Listen", "Phone:", set()),
])  # fmt: skip
def test_captions_of_lists_and_links(heading: str, says: str, row: str, given: set[str]) -> None:
    shown = {"title": "Talk", "guests": ["Ann Lee", "Bo Ray"], "transcript": urljoin(URL, "/x/9")}
    page = TALK.format("Guests", "<li>Ann Lee</li><li>Bo Ray</li>", "Transcript", "Web")
    extractor = saved(learn([Example(URL, page, {**shown, "web": "https://b.example/"}, source="person")]))
    html = TALK.format(heading, "<li>Cy Fox</li>", says, row)
    result = extractor.read(html, URL)
    assert result.item.keys() == given | {"title"}
    assert run(extractor.source_code(), html, URL) == result.item


def test_what_former_examples_showed_is_held_to_by_ejected_code_and_kept() -> None:
    pages = [page for page in fixture_pages("shop", "product") if page.item is not None and "old_price" in page.item]
    few = learn([fixture_example(page) for page in pages[:2]])
    bonds = Bonds({("price", "old_price"): 7}, {("old_price", "price"): 7})
    extractor = saved(Extractor(replace(few.program, bonds=bonds), few.examples))
    assert extractor.program.bonds == bonds
    source = extractor.source_code()
    for page in pages[2:6]:
        assert page.item is not None
        html = swapped(page.html, page.item["price"], page.item["old_price"])
        item = extractor.read(html, URL).item
        assert {"price", "old_price"}.isdisjoint(item)
        assert run(source, html, URL) == item


def test_no_two_things_that_generated_code_may_need_have_one_name() -> None:
    """A page object may use all of the runtime: names are unique over the modules that it is copied from."""
    imports, definitions = rendering._bundle("\n".join(rendering._module(rendering._RUNTIME).definitions))
    assert "from lxml import etree" in imports
    compile(definitions, "runtime", "exec")


@pytest.mark.parametrize("shown", [("+0.60%",), ("+0.60%", "-1.20%", "0.00%")], ids=["one page", "three pages"])
@pytest.mark.parametrize(("now", "given"), [
    ("-0.96%", "-0.96%"), ("+3%", "+3%"), ("as of 13 November 2026", None), ("€601.65", None), ("601.65", None),
])  # fmt: skip
def test_where_a_percentage_stood_no_other_kind_is_given(shown: Sequence[str], now: str, given: str | None) -> None:
    html = "<h1>Fund {}</h1><div class=quote><b>{}</b> <span>{}</span></div>"
    pages = [Example(URL, html.format(n, 100 + n, one), {"change": one}) for n, one in enumerate(shown)]
    extractor = saved(learn(pages))
    page = html.format(7, 109, now)
    expected = {} if given is None else {"change": given}
    assert run(extractor.source_code(), page, URL) == extractor.read(page, URL).item == expected
