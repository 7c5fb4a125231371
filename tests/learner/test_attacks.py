"""One test per attack: pages and files made to hang, to crash, to deceive or to break out."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from core_tools import URL, example, fixture_example, fixture_pages, run

from learner import Extractor, InvalidExample, NothingLearned, StateError, learn, load
from learner.errors import PageRejected
from learner.pages.candidates import candidates
from learner.pages.page import parse
from learner.programs.selectors import Index, Selector

SECONDS = 6.0


@contextmanager
def within(seconds: float = SECONDS) -> Iterator[None]:
    started = time.process_time()
    yield
    assert time.process_time() - started < seconds


def page(title: str = "Red chair", price: str = "$12.50", more: str = "") -> str:
    return f"""<html><head><title>{title}</title></head><body><h1 class=title>{title}</h1>{more}
    <dl><dt>Price:</dt><dd class=price>{price}</dd></dl></body></html>"""


@pytest.fixture(scope="module")
def extractor() -> Extractor:
    examples = [
        example(page(t, p), n, title=t, price=p)
        for n, (t, p) in enumerate([("Red chair", "$12.50"), ("Lamp", "$9.00")])
    ]
    return learn(examples)


@pytest.mark.parametrize(
    "opening", ["<div>", "<b>", "<b>x", "<div class=price>", "<table><tr><td>", "<ul><li>x", "<dl><dt>Price:<dd>"]
)
@pytest.mark.parametrize("depth", [900, 3_000, 30_000])
def test_deep_nesting(opening: str, depth: int, extractor: Extractor) -> None:
    html = page(more=opening * depth)
    with within():
        result = extractor.extract(html, URL)
        extractor.explain(html, URL)
    assert result.reason == ("too_deep" if depth * opening.count("<") > 1_000 else "")


@pytest.mark.parametrize(
    "unit", ["<b>x", "<i>a</i>", "<p>Price:", "<b class=price>", "<h1 class=title>", "<a href=x>", "<p>x"]
)
def test_huge_page_of_tiny_elements(unit: str, extractor: Extractor) -> None:
    with within():
        result = extractor.extract(page(more=unit * 119_000), URL)
    assert result.reason in ("", "too_many_nodes", "too_deep")
    with within():
        assert extractor.extract("<html>" + unit * 900_000, URL).reason in ("too_large", "too_many_nodes", "too_deep")


def test_candidates_of_a_deep_page_are_bounded() -> None:
    with within():
        document = parse(("<b>word " * 900 + "</b>" * 900) * 55, URL)
        assert len(candidates(document)) <= 8_000
        assert list(Index(document).places(Selector(label="x", hops=("up",)))) == []


@pytest.mark.parametrize("html", [
    '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "' + "ha" * 50 + '">' + "".join(
        f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 20}">' for n in range(9)) + "]><rss><item>&j;</item></rss>",
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><feed><title>&e;</title></feed>',
    '<?xml version="1.0"?><!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd"><rss><title>x</title></rss>',
    '<!DOCTYPE html [<!ENTITY e SYSTEM "file:///etc/passwd">]><html><body><h1 class=title>&e;</h1></body></html>',
])  # fmt: skip
def test_entity_bombs_and_files(html: str, extractor: Extractor) -> None:
    with within(2):
        result = extractor.extract(html, URL)
        try:
            shown = [c.value for c in candidates(parse(html, URL))]
        except PageRejected:
            shown = []
    assert "root:" not in str(result) + "".join(shown)
    assert sum(map(len, shown)) < 100_000


@pytest.mark.parametrize("text", [
    "1" * 50_000, "1," * 25_000, "a1" * 25_000, "Jan " * 12_000, "a@" * 25_000, "$ " * 25_000, "(" * 50_000,
    " " * 50_000 + "x", "-" * 50_000, "A" * 50_000, "\u00a0" * 50_000, "1:" * 25_000, "a." * 25_000,
])  # fmt: skip
def test_texts_made_for_backtracking(text: str) -> None:
    values = {"amount": 12.5, "day": "3 May 2024", "code": "AB-12c 7", "mail": "a.b@c.test"}
    shown = """<p class=a>Cost: $12.50 each</p><p class=b>On 3 May 2024, late</p><p class=c>No. AB-12c 7 of 9</p>
    <p class=d>to a.b@c.test now</p>"""
    extractor = learn([example(f"<html><body>{shown}</body></html>", **values)])
    hostile = "".join(f"<p class={name}>{text}</p>" for name in "abcd")
    with within():
        extractor.extract(f"<html><body>{hostile}</body></html>", URL)


def test_learning_from_hostile_pages_ends() -> None:
    for more in ("<b>x" * 900, "<i>a</i>" * 20_000, "<p>" + "1," * 20_000, "<div>" * 900):
        with within(20):
            learned = learn([example(page(more=more), title="Red chair", price="$12.50")])
            learned.extract(page("Lamp", "$9.00", more), URL)


TAMPERED: list[tuple[str, Any]] = [
    ("transforms", [["eval", "__import__('os').abort()"]]), ("transforms", [["shape", "(a+)+$", "0"]]),
    ("transforms", [["shape", "\\d+\\d+\\d+\\d+", "0"]]), ("transforms", [["shape", "\\d{999999999}", "0"]]),
    ("transforms", [["find", "(.*)*", "0"]]), ("transforms", [["after"]]), ("transforms", [["split", "", "0"]]),
    ("transforms", [["number", "__class__"]]), ("transforms", "eval"), ("transforms", [["map", "{"]]),
    ("selector", {"steps": [{"tag": "p"}], "take": "node:99999999999"}),
    ("selector", {"label": "x", "hops": ["up"] * 10_000}),
    ("selector", {"steps": [{"tag": "*"}] * 5_000}),
    ("selector", {"steps": [{"attribute": ["a", "matches", "(a+)+"]}]}),
    ("selector", {"xpath": "//*[following::*[preceding::*]]"}), ("selector", {"label": "x", "hops": ["following::*"]}),
    ("weight", 10**400), ("weight", -1), ("weight", None), ("weight", "0.5; import os"),
]  # fmt: skip


@pytest.mark.parametrize(("key", "value"), TAMPERED)
def test_a_tampered_program_is_refused(key: str, value: Any, extractor: Extractor, tmp_path: Path) -> None:
    extractor.save(tmp_path)
    path = tmp_path / "program.json"
    data = json.loads(path.read_text())
    data["fields"]["title"]["rules"][0][key] = value
    path.write_text(json.dumps(data))
    with within(2), pytest.raises(StateError):
        load(tmp_path)


@pytest.mark.parametrize("step", [
    {"tag": "p", "position": 10**12}, {"tag": "p", "position": -(10**12)}, {"tag": "p' or '1'='1"}, {"tag": "p]|//*["},
    {"classes": ["a'b\"c"]}, {"attribute": ["id", "=", "x' or 'a'='a"]}, {"attribute": ["on:click]", "=", "x"]},
    {"tag": "{http://x}y"}, {"classes": ["a b"]}, {"tag": "\u0000"}, {"attribute": ["x\ny", "*=", "\u0000"]},
    {"tag": ""},
])  # fmt: skip
def test_strange_steps_find_nothing_more(step: dict[str, Any], extractor: Extractor, tmp_path: Path) -> None:
    extractor.save(tmp_path)
    path = tmp_path / "program.json"
    data = json.loads(path.read_text())
    last = [{"tag": "body"}, step, {"tag": "dd", "child": True}]
    data["fields"]["title"]["rules"] = [{"selector": {"steps": last}, "weight": 0.99}]
    path.write_text(json.dumps(data))
    loaded = Extractor(load(tmp_path).program, threshold=0.0)
    with within(2):
        found = loaded.extract(page(), URL).item
    assert "title" not in found or step == {"tag": ""}


PYTHON = [
    '"""); import os; os.abort() #', "'''\nimport os\nos.abort()\n'''", "\\", "\\\"'",
    "{}{0}%s%(x)s", "a\r\nb\u2028c\x85d",
    "${jndi:x}", "__import__('os').abort()", "\u202egnp.exe", "# coding: utf-7\n+AGE-",
]  # fmt: skip


@pytest.mark.parametrize("text", PYTHON)
def test_page_text_stays_data_in_generated_code(text: str) -> None:
    from html import escape

    quoted = escape(text, quote=True)

    def hostile(value: str) -> str:
        return f"""<html><body><h1 class="{quoted}" id="{quoted}">{escape(value)}</h1><dl><dt>{quoted}</dt>
        <dd itemprop="{quoted}">{escape(value)}</dd></dl><p>{quoted} {escape(value)}</p></body></html>"""

    extractor = learn([example(hostile("Some value"), it="Some value", other=text.strip() or "x")])
    source = extractor.source_code(text)
    compile(source, "page.py", "exec")
    name = next(line.split("(")[0].removeprefix("class ") for line in source.split("\n") if line.endswith("(WebPage):"))
    result = extractor.extract(hostile("Other value"), URL)
    assert run(source, hostile("Other value"), URL, name).get("it") == result.item.get("it") == "Other value"


@pytest.mark.parametrize("text", PYTHON)
def test_what_tells_yes_from_no_stays_data(text: str) -> None:
    from html import escape

    quoted = escape(text, quote=True)

    def hostile(number: int) -> str:
        mark = f'<b class="{quoted} mark" title="{quoted}">{quoted}</b>' if number % 2 else ""
        said = quoted if number % 3 else "plain"
        return f"""<html><body><div class="{quoted} box"><h1>Tea {number}</h1>{mark}<p class=says>{said}.</p></div>"""

    def item(number: int) -> dict[str, Any]:
        return {"title": f"Tea {number}", "marked": number % 2 > 0, "says": number % 3 > 0}

    extractor = learn([example(hostile(n), n, **item(n)) for n in range(24)])
    source = extractor.source_code()
    for number in (30, 31, 32, 33):
        found = extractor.extract(hostile(number), URL).item
        assert "title" in found
        assert found.items() <= item(number).items()
        assert run(source, hostile(number), URL) == found


@pytest.mark.parametrize(
    "name", ["class", "__init__", "a; import os", "'", '"', "\n", "../../x", "{x}", "\x00", "to_item"]
)
def test_field_names_stay_data(name: str, tmp_path: Path) -> None:
    extractor = learn([example(page(), **{name: "Red chair"})])
    extractor.save(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"program.json", "examples.jsonl", "page.py"}
    compile((tmp_path / "page.py").read_text(encoding="utf-8"), "page.py", "exec")
    assert load(tmp_path).extract(page("Lamp"), URL).item == {name: "Lamp"}


@pytest.mark.parametrize("html", [
    page("Red\x00 chair"), page("Red\x1b chair"), page().replace("<h1", "\x00<h1"), "\x00" * 10 + page(),
    page() + "\ud800",
    page().encode("utf-16"), page().encode("utf-8-sig"), page().encode("utf-16-le"), page().encode("utf-32"),
    page().replace("<head>", "<head><meta charset=utf-16>").encode(),
    page().replace("<head>", "<head><meta charset=x>").encode(),
    page("Café").replace("<head>", "<head><meta charset=utf-8>").encode("latin-1"), page("日本").encode("shift_jis"),
    b"\xff" * 1_000 + page().encode(), page().replace("<head>", "<head><meta charset=rot13>").encode() + b"\xff",
    page().replace("<head>", "<head><meta charset=base64>").encode() + b"\xff",
])  # fmt: skip
def test_nul_bytes_and_wrong_encodings(html: str | bytes, extractor: Extractor) -> None:
    with within(3):
        result = extractor.extract(html, URL)
    assert isinstance(result.item, dict)
    json.dumps(result.item).encode()


DECOYS = [
    "<h1 class=title hidden>Decoy</h1>", "<h1 class=title style='display:none'>Decoy</h1>",
    "<h1 class=title style='DISPLAY : none !important'>Decoy</h1>", "<h1 class=title aria-hidden=true>Decoy</h1>",
    "<div hidden><h1 class=title>Decoy</h1></div>", "<template><h1 class=title>Decoy</h1></template>",
    "<noscript><h1 class=title>Decoy</h1></noscript>",
    "<div style='visibility:hidden'><h1 class=title>Decoy</h1></div>",
    "<!-- <h1 class=title>Decoy</h1> -->", "<svg><desc><h1 class=title>Decoy</h1></desc></svg>",
    "<dl hidden><dt>Price:</dt><dd class=price>$0.01</dd></dl>",
    "<script>document.write('<h1 class=title>Decoy</h1>')</script>",
]  # fmt: skip


@pytest.mark.parametrize("decoy", DECOYS)
def test_hidden_decoys_are_not_taken(decoy: str, extractor: Extractor) -> None:
    html = page("Lamp", "$9.99").replace("<body>", "<body>" + decoy)
    item = extractor.extract(html, URL).item
    assert item.get("title", "Lamp") == "Lamp"
    assert item.get("price", "$9.99") == "$9.99"
    assert item


@pytest.mark.parametrize(
    "html", ["", "\x00", "<", "<html", "<!DOCTYPE", "&#0;", "&#xFFFFFFFF;" * 9, "<a " * 99, "]]>", "<![CDATA["]
)
def test_scraps_of_pages(html: str, extractor: Extractor) -> None:
    with within(1):
        assert extractor.extract(html, URL).item == {}
    with pytest.raises((InvalidExample, NothingLearned)):
        learn([example(html, title="Red chair")])


def test_an_address_can_be_anything(extractor: Extractor) -> None:
    pages = fixture_pages("shop", "list")
    links = learn([fixture_example(p) for p in pages[:2]])
    for url in ("", "http://[", "javascript:x", "\n", "http://x.test/\u2028#", "file:///etc/passwd"):
        assert extractor.extract(page("Lamp"), url).item["title"] == "Lamp"
        links.extract(pages[3].html, url)
