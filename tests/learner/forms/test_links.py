"""The shape of a field's addresses, and the links that have it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from core_tools import fixture_example, fixture_pages

from learner import Example, Page, heal, learn
from learner.forms.links import LinkShape, addresses_of, link_shape
from learner.programs.examples import LabelledPage

HOST = "http://news.test"
LIST = "/news/?page={}"


def links(paths: Sequence[str], css: str = "story") -> str:
    return "".join(f"<h2 class='{css}'><a href='{path}'>{path[-3:]}</a></h2>" for path in paths)


def front(number: int, body: str, stories: Sequence[str] = (), following: str = "") -> LabelledPage:
    """A page of a list; its address has no number if it is the first."""
    item: dict[str, str | list[str]] = {"stories": [HOST + path for path in stories]} if stories else {}
    if following:
        item["next"] = HOST + following
    url = HOST + (LIST.format(number) if number > 1 else "/news/")
    return LabelledPage(Example(url, f"<html><body>{body}</body></html>", item))


def stories(number: int, count: int = 4) -> list[str]:
    return [f"/news/2026/{number}{n}/story-{'abcdefgh'[n]}{number}" for n in range(count)]


def taught(number: int, count: int = 4, more: str = "") -> LabelledPage:
    following = LIST.format(number + 1) if number < 4 else ""
    body = links(stories(number, count)) + more
    body += f"<a href='{following}'>Older</a>" if following else ""
    return front(number, body + "<a href='/about'>About</a>", stories(number, count), following)


EARLIER = ["/news/2025/1/story-x", "/news/2025/2/story-y"]
PAGES = [taught(1), taught(2, 3, links(stories(8, 1), "read")), taught(3, 5), taught(4)]


@pytest.fixture(scope="module")
def shapes() -> dict[str, LinkShape]:
    found = {"stories": link_shape("stories", True, PAGES), "next": link_shape("next", False, PAGES)}
    return {name: shape for name, shape in found.items() if shape is not None}


@pytest.mark.parametrize(("body", "expected"), [
    (links(stories(7)), stories(7)),
    # Another year; each address once; what is no story is none.
    (links([*EARLIER, EARLIER[0], "/ads/1"], "new"), EARLIER),
    # The longer list is meant, and a list of some of the same does no harm.
    (links(stories(7)) + links(stories(6, 1), "read"), stories(7)),
    (links(stories(7)) + links(stories(7, 2), "picture"), stories(7)),
    (links(stories(7)) + links(stories(6), "read"), None),  # which of them?
    (links(stories(7, 1)), None),  # far fewer than pages had
    (links(stories(6, 8) + stories(7, 8)), None),  # far more
    (links([f"/sport/2026/{n}/game" for n in range(4)]), None),
    (links([f"/news/{n}/story" for n in range(4)]), None),
    (links([f"http://other.test/news/2026/{n}/story" for n in range(4)]), None),
    # Comments on a story are no story.
    (links(stories(7)) + links([f"{path}#comments" for path in stories(7)], "comments"), stories(7)),
    ("", None),
])  # fmt: skip
def test_a_list_of_links(shapes: dict[str, LinkShape], body: str, expected: list[str] | None) -> None:
    assert shapes["stories"].found(front(5, body)) == (expected and [HOST + path for path in expected])


@pytest.mark.parametrize(("number", "paths", "expected"), [
    (1, [LIST.format(2)], LIST.format(2)),
    (7, [LIST.format(6), LIST.format(8), LIST.format(9)], LIST.format(8)),
    (7, [LIST.format(8), LIST.format(8)], LIST.format(8)),
    (7, [LIST.format(6)], None),
    (7, ["/sport/?page=8"], None),
    (7, ["/news/?page=8&sort=new"], None),
    (7, [], None),
    (7, [LIST.format(8), LIST.format(8) + "#top"], LIST.format(8)),
])  # fmt: skip
def test_the_next_page(shapes: dict[str, LinkShape], number: int, paths: list[str], expected: str | None) -> None:
    page = front(number, links(paths))
    assert shapes["next"].found(page) == (expected and HOST + expected)
    assert shapes["next"].is_last(page) == (expected is None)
    assert not shapes["stories"].is_last(page)


@pytest.mark.parametrize("url", ["/sport/", "/news/?page=7&sort=new", "/news/2026/1/story"])
def test_a_page_that_is_none_of_the_series(shapes: dict[str, LinkShape], url: str) -> None:
    page = LabelledPage(Example(HOST + url, f"<html><body>{links([LIST.format(2)])}</body></html>", {}))
    assert shapes["next"].found(page) is None
    assert not shapes["next"].is_last(page)


@pytest.mark.parametrize(("pages", "name", "many"), [
    (PAGES[:1], "stories", True),  # too few addresses
    (PAGES[:2], "next", False),
    (PAGES, "next", True),
    (PAGES, "none", True),
    # Nothing is common to all of them.
    ([front(n, links([f"/{c}{n}" for c in "abc"]), [f"/{c}{n}" for c in "abc"]) for n in (1, 2)], "stories", True),
    # The examples are some of the list, or stand beside one that is as long.
    ([front(n, links(stories(n)), stories(n, 3)) for n in (1, 2)], "stories", True),
    ([front(n, links(stories(n)) + links(stories(n + 5), "read"), stories(n)) for n in (1, 2)], "stories", True),
    # The links have the shape of no number, or the next page is not the next number.
    ([front(n, links([f"/news/{c}"]), (), f"/news/{c}") for n, c in enumerate("abcd", 1)], "next", False),
    ([front(n, links([LIST.format(n + 2)]), (), LIST.format(n + 2)) for n in (1, 2, 3, 4)], "next", False),
])  # fmt: skip
def test_what_has_no_shape_that_tells(pages: list[LabelledPage], name: str, many: bool) -> None:
    assert link_shape(name, many, pages) is None


@pytest.mark.parametrize(("site", "design"), [("shop", 2), ("articles", 2), ("articles", 3)])
def test_lists_of_links_heal_where_no_page_is_known(site: str, design: int) -> None:
    old, new = fixture_pages(site, "list", 1), fixture_pages(site, "list", design)
    extractor = learn([fixture_example(page) for page in old[:4]])
    healed = heal(extractor, [Page(fixture_example(page).url, page.html) for page in new[-4:]]).extractor
    for page in new:
        example = fixture_example(page)
        assert healed.read(page.html, example.url).item == example.values


def test_a_longer_list_that_is_planted_on_one_page_does_not_win() -> None:
    old, new = fixture_pages("articles", "list", 1), fixture_pages("articles", "list", 2)
    extractor = learn([fixture_example(page) for page in old[:4]])
    planted = "".join(f"<p class='said'><a href='/articles/2026/03/spam-{n}'>x</a></p>" for n in range(25))
    shown = [Page(fixture_example(page).url, page.html) for page in new[-4:]]
    shown[0] = Page(shown[0].url, str(new[-4].html).replace("</body>", planted + "</body>"))
    healed = heal(extractor, shown).extractor
    for page, example in zip(shown, map(fixture_example, new[-4:]), strict=True):
        assert healed.read(page.html, page.url).item == example.values


TEAS = [f"/tea/{number}-{'abcdef'[number]}" for number in range(6)]
SHELVES = [
    Example(f"{HOST}/shelf?p={n}", "", {"teas": [HOST + one for one in TEAS[2 * n : 2 * n + 2]], "more": HOST + more})
    for n, more in enumerate(["/shelf?p=1", "/shelf?p=2", "/tea/more"])
]


@pytest.mark.parametrize(("paths", "strange", "sure"), [
    (["/tea/7-g", "/tea/8"], False, True),
    (["/tea/7-g", "/shelf?p=1"], True, False),
    (["/tea/7-g", "/"], True, False),
    (["/tea/7-g/comments"], True, False),
    (["/teas/7-g"], True, False),
    (["/tea/more"], True, False),  # where only another field leads
])  # fmt: skip
def test_links_that_lead_where_those_of_a_field_do(paths: list[str], strange: bool, sure: bool) -> None:
    (name, known), *more = addresses_of(SHELVES).items()
    links = [HOST + path for path in paths]
    assert (name, more) == ("teas", [])
    assert (known.are_strange(links), known.are_sure(links)) == (strange, sure)


def test_of_addresses_that_have_nothing_in_common_none_is_sure() -> None:
    pages = [Example(f"{HOST}/{n}", "", {"teas": [f"{HOST}/{n}-a", f"{HOST}/b-{n}"]}) for n in range(4)]
    known = addresses_of(pages)["teas"]
    assert not known.are_strange([f"{HOST}/new"])
    assert not known.are_sure([f"{HOST}/new"])
    assert addresses_of(pages[:2]) == {}
