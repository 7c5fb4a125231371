"""Links that lead on: by their addresses, and by what they say."""

from __future__ import annotations

import pytest
from core_tools import document, index
from lxml import etree

from learner.programs.onward import Onward, changed, direction, leads_on, said

HOST = "http://news.test"


@pytest.mark.parametrize(("page", "address", "expected"), [
    ("/jobs", "/jobs?page=2", True),
    ("/jobs?page=2", "/jobs?page=3", True),
    ("/jobs?q=tea&after=ax7", "/jobs?q=tea&after=bc9", True),
    ("/", "/page/2/", True),
    ("/shop/", "/shop/page-2.html", True),
    ("/shop/page-2.html", "/shop/page-3.html", True),
    ("/2024/05/", "/2024/04/", True),
    ("/jobs", "/jobs", False),
    ("/jobs", "/jobs/48000", False),
    ("/jobs", "/login?to=jobs", False),
    ("/job/cook-480", "/apply?job=480", False),
    ("/job/cook-480", "/img/cook-480.png", False),
    ("/jobs", "http://other.test/jobs?page=2", False),
])  # fmt: skip
def test_what_leads_on_to_a_page_of_the_same_series(page: str, address: str, expected: bool) -> None:
    assert leads_on(HOST + page, address if "://" in address else HOST + address) == expected


@pytest.mark.parametrize(("page", "address", "parts", "way"), [
    ("/jobs", "/jobs?page=2", {"page"}, None),
    ("/jobs?q=tea&page=2", "/jobs?page=3&q=tea", {"page"}, 1),
    ("/jobs?page=3", "/jobs?page=2", {"page"}, -1),
    ("/jobs?after=axb", "/jobs?after=cxd", {"after"}, None),
    ("/page/2/", "/page/3/", {"/page/0"}, 1),
    ("/shop/page-2.html", "/shop/page-3.html", {"/page-0.html"}, 1),
    ("/2024/01/", "/2023/12/", {"/0/0"}, -1),
    ("/jobs?page=9", "/jobs?page=10", {"page"}, 1),
])  # fmt: skip
def test_what_tells_one_page_of_a_series_from_another(
    page: str, address: str, parts: set[str], way: int | None
) -> None:
    assert changed(HOST + page, HOST + address) == parts
    assert direction(HOST + page, HOST + address) == way
    back = None if way is None else -way
    assert direction(HOST + address, HOST + page) == back


BACK, NEXT = "<a href='/jobs?page=1'>Back</a>", "<a href='/jobs?page=3'>More vacancies</a>"
LAST = "<a href='/jobs?page=9'>Last</a>"


@pytest.mark.parametrize(("body", "onward", "expected"), [
    (BACK + NEXT + LAST, Onward(("page",), 1, ("morevacancies",)), ["/jobs?page=3"]),
    (BACK + NEXT + LAST, Onward(("page",), 1), ["/jobs?page=3", "/jobs?page=9"]),
    (BACK + NEXT, Onward(("page",), 0, ("next", "morevacancies")), ["/jobs?page=3"]),
    (BACK + NEXT, Onward(("page",), 1, ("next",)), ["/jobs?page=3"]),  # none says so
    (BACK, Onward(("page",), 1, ("next",)), []),
    (BACK, Onward(("page",), 0, ("next",)), ["/jobs?page=1"]),
    ("<a href='/job/48'>Cook</a>" + NEXT, Onward(("page",)), ["/jobs?page=3"]),
    ("<a href='/jobs?page=2'>This page</a>", Onward(("page",), 1), []),
])  # fmt: skip
def test_of_the_links_on_a_page_those_that_lead_on(body: str, onward: Onward, expected: list[str]) -> None:
    page = document(body, HOST + "/jobs?page=2")
    links = [(link, page.absolute(link.get("href"))) for link in page.root.iter("a")]
    found = onward.leading(links, page, page.root.iter("a"), lambda element: element.text or "")
    assert [address for _, address in found] == [HOST + path for path in expected]
    assert Onward.from_json(onward.to_json()) == onward


@pytest.mark.parametrize(("link", "expected"), [
    ("<a>Next</a>", "next"),
    ("<a><span>Older</span> posts: </a>", "olderposts"),
    ("<a>Page 12 of 30</a>", "page0of0"),
    ("<a>&gt;&gt;</a>", ">>"),
    ("<a>3</a>", ""),
    ("<a aria-label='Next page'><svg></svg></a>", "nextpage"),
    ("<a rel=next><img src=x></a>", "next"),
    ("<a></a>", ""),
    (f"<a>{'long ' * 40}</a>", ""),
])  # fmt: skip
def test_what_a_link_says(link: str, expected: str) -> None:
    found = index(link)
    element: etree._Element = next(found.document.root.iter("a"))
    assert said(element, found.text) == expected
