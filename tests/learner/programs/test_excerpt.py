"""Pages as text for people: the outline around an element, and the text of the region in which values stand."""

from __future__ import annotations

from html import escape

import pytest
from core_tools import document
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from learner.programs.excerpt import GAP, MAX_BESIDE, MAX_BLOCKS, MAX_TEXT, blocks, path, source

SHOP = (
    "<main><div class='box big x'><h1>Tea</h1><p>one</p><p>two</p><b id=price data-cents=400>4.00</b><p>three</p>"
    "<p>four</p><p>five</p></div></main>"
)


def outline(body: str, xpath: str, take: str = "text") -> list[str]:
    element = document(body).root.xpath(xpath)[0]
    return [("* " if line.marked else "  ") + "  " * line.depth + line.text for line in source(element, take)]


def test_an_element_is_shown_among_its_neighbours() -> None:
    assert outline(SHOP, "//b") == [
        "  <main>",
        '    <div class="box big x">',
        "      …",
        "      <p>one</p>",
        "      <p>two</p>",
        '*     <b id="price">4.00</b>',
        "      <p>three</p>",
        "      <p>four</p>",
        "      …",
        "    </div>",
        "  </main>",
    ]


@pytest.mark.parametrize(
    ("body", "xpath", "take", "marked"),
    [
        (SHOP, "//b", "@data-cents", ['<b id="price" data-cents="400">4.00</b>']),
        ("<p><b>Price</b> 4.00</p>", "//b", "tail", ["<b>Price</b>", "4.00"]),
        ("<p><img src=a.png alt='A \"b\"'></p>", "//img", "@src", ['<img src="a.png" alt="A \\"b\\"">']),
        ("<p><script>alert(1)</script></p>", "//script", "text", ["<script>…</script>"]),
        ("<p>x</p>", "//p", "text", ["<p>x</p>"]),
        (f"<p>{'x' * 999}</p>", "//p", "text", [f"<p>{'x' * (MAX_TEXT - 1)}…</p>"]),
    ],
    ids=["what is read", "the text after it", "without text", "a script", "at the top", "long"],
)
def test_what_gives_the_value_is_marked(body: str, xpath: str, take: str, marked: list[str]) -> None:
    assert [line[1:].strip() for line in outline(body, xpath, take) if line[0] == "*"] == marked


def test_neighbours_are_cut_short() -> None:
    lines = outline(f"<div><b>1</b><p>{'long ' * 99}</p></div>", "//b")
    assert max(map(len, lines)) < MAX_BESIDE + 20


@pytest.mark.parametrize(
    ("xpath", "shown"),
    [("//b", "main > div.box.big > b"), ("//main", "main"), ("//body", "")],
)
def test_a_path_names_the_element(xpath: str, shown: str) -> None:
    assert path(document(SHOP).root.xpath(xpath)[0]) == shown


@pytest.mark.parametrize(
    ("body", "marks", "shown"),
    [
        (
            "<nav>Menu</nav><div><h1>Tea</h1><p>Price: <b>4.00</b> each</p></div>",
            {"//h1": ["title"], "//b": ["price"]},
            [("Tea", ("title",)), ("Price:", ()), ("4.00", ("price",)), ("each", ())],
        ),
        (
            "<div><h1>Tea</h1>" + "".join(f"<p>{n}</p>" for n in range(9)) + "<b>4.00</b></div>",
            {"//h1": ["title"], "//b": ["price"]},
            [("Tea", ("title",)), ("0", ()), ("1", ()), (GAP, ()), ("7", ()), ("8", ()), ("4.00", ("price",))],
        ),
        (
            "<div><h3>The <a href=x>case</a></h3><i>1</i></div>",
            {"//h3": ["title"], "//a": ["link"], "//i": ["number"]},
            [("The case", ("title", "link")), ("1", ("number",))],
        ),
        (
            "<div><i>1</i><img src=a.png><p hidden>secret</p><script>x</script></div>",
            {"//i": ["number"], "//img": ["image"]},
            [("1", ("number",)), ("a.png", ("image",))],
        ),
        ("<div><b>4.00</b></div>", {"//b": ["price"]}, [("4.00", ("price",))]),
        ("<script>1</script><p>x</p>", {"//script": ["price"]}, []),
        ("<p>x</p>", {}, []),
    ],
    ids=["in reading order", "gaps", "one in another", "hidden text is not there", "one", "unseen", "none"],
)
def test_the_region_of_the_values(
    body: str, marks: dict[str, list[str]], shown: list[tuple[str, tuple[str, ...]]]
) -> None:
    page = document(body)
    found = blocks(page, {page.root.xpath(xpath)[0]: names for xpath, names in marks.items()})
    assert [(block.text, block.fields) for block in found] == shown


def test_blocks_are_bounded() -> None:
    page = document("<div>" + "<p>x</p>" * 2000 + "</div>")
    found = blocks(page, {element: ["x"] for element in page.root.iter("p")})
    assert len(found) == MAX_BLOCKS + 1


@settings(max_examples=60, deadline=None)
@given(
    st.recursive(
        st.text('ab<>&" \n', max_size=6).map(escape),
        lambda inner: st.builds(
            "<{0} class={1}>{2}</{0}>".format,
            st.sampled_from("div p b li script td".split()),
            st.sampled_from("ab"),
            st.lists(inner, max_size=4).map("".join),
        ),
        max_leaves=12,
    )
)
def test_any_page_can_be_shown(body: str) -> None:
    page = document(f"<main>{body}</main>")
    for element in page.root.iter(etree.Element):
        lines = source(element)
        assert [line.marked for line in lines].count(True) == 1
        assert all(line.depth >= 0 and "\n" not in line.text for line in lines)
        assert path(element) or element.tag in ("html", "body")
        found = blocks(page, {element: ["x"]})
        assert not found or ("x",) in [block.fields for block in found] or element.tag in ("html", "body")
