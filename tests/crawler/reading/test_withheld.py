"""What items lack that they should have: counted by its reasons, as it is at the end of the crawl."""

from __future__ import annotations

from crawler.reading.withheld import Withheld
from learner.extractor import DOUBTFUL, WRONG, Extraction

SAID = Extraction({"price": "1"}, confidence={"price": 0.8}, abstained={"title": DOUBTFUL, "size": "absent"})


def test_each_page_counts_as_it_was_last() -> None:
    withheld = Withheld()
    withheld.note("tea", "/1", ["title", "size"], SAID)
    withheld.note("tea", "/2", ["title", "price"], SAID)
    withheld.note("tea", "/3", ["title"], Extraction(abstained={"title": WRONG}))
    withheld.note("tea", "/4", ["size"], SAID)
    withheld.note("tea", "/4", [], SAID)
    withheld.note("shop", "/5", ["size"], SAID)
    withheld.repaired("tea", "/3", {"size": 0.9})
    withheld.repaired("shop", "/5", {"size": 0.9})
    assert withheld.statistics() == {"withheld/tea/title": 3, "withheld/tea/size": 1, "withheld/tea/price": 1}
    # Of a page that was repaired it does not matter what old code said of it.
    told = "price on 1 page (not sure enough), size on 1 page (not found), title on 3 pages (not sure enough 2, "
    assert withheld.sentences() == {"tea": (f"{told}not found 1)", "/3")}
    assert withheld.lacking("tea")["title"] == (3, 2)
    assert (withheld.without("tea", "title"), withheld.without("tea", "price")) == (["/3"], [])


def test_what_all_items_have_is_not_told_of() -> None:
    withheld = Withheld()
    withheld.note("tea", "/1", [], SAID)
    assert (withheld.statistics(), withheld.sentences()) == ({}, {})


def test_a_page_that_waits_for_a_repair_tells_nothing_of_what_it_has() -> None:
    withheld = Withheld()
    for url in ("/1", "/2"):
        withheld.note("tea", url, ["title"], SAID)
        withheld.waits("tea", url)
    assert (withheld.pages("tea"), withheld.had("tea").total()) == (0, 0)
    withheld.repaired("tea", "/1", ["title", "price"])
    withheld.note("tea", "/2", ["title"], SAID, ["price"])
    assert (withheld.pages("tea"), withheld.had("tea")) == (2, {"price": 2, "title": 1})
    assert withheld.lacking("tea") == {"title": (1, 1)}


def test_what_a_repaired_page_has_no_longer_is_told() -> None:
    withheld = Withheld()
    withheld.note("tea", "/1", ["title"], SAID, ["price", "size"])
    withheld.repaired("tea", "/1", ["title", "price"], ["size"])
    assert withheld.had("tea") == {"title": 1, "price": 1}
    assert withheld.lacking("tea") == {"size": (1, 1)}


def test_what_items_of_lists_lack_is_counted_by_item() -> None:
    withheld = Withheld()
    withheld.links = frozenset(("next",))
    fields = ("title", "price", "next")
    withheld.tally("tea", "/1", [{"title"}, {"title", "price"}, {"price"}], fields)
    withheld.tally("tea", "/2", [{"title"}] * 4, fields)
    withheld.tally("tea", "/2", [{"title", "price"}, {"title"}], fields)  # those that had waited for a repair
    withheld.tally("shop", "/3", [set()], fields)
    assert withheld.records("tea") == (7, {"price": 2, "title": 1})
    withheld.forget("tea", "/1")
    assert withheld.records("tea") == (4, {"price": 1})
    assert withheld.records("cup") == (0, {})
