"""What learned code gives of a field that the spider has lost: new values, or those of the last visit."""

from __future__ import annotations

import pytest

from crawler.callbacks.shapes import Kind, Shape
from crawler.standby.renewal import Renewal
from learner.retraining.turnover import Turnover

PRICED = Turnover(fleeting=frozenset({"price"}), stays={"rating": (20, 33)})


def stale(name: str, kept: int, pages: int, shape: Shape, version: int = 1, *, alike: bool = False) -> set[str]:
    """What is told at the last of so many pages, of which some are given what they had."""
    renewal = Renewal(lambda template: PRICED)
    found: frozenset[str] = frozenset()
    for page in range(pages):
        was = "7.1" if alike else f"{page}.25"
        stays = page * kept // pages != (page + 1) * kept // pages
        said = {name: was if stays else f"{page}.75", "title": f"Film {page}"}
        found = renewal.stale("film", shape, version, said, {name: was, "title": f"Film {page}"}, [name])
    return set(found)


@pytest.mark.parametrize(("name", "kept", "pages", "alike", "found"), [
    ("price", 5, 5, False, {"price"}), ("price", 3, 10, False, set()), ("price", 5, 5, True, set()),
    ("rating", 30, 30, False, {"rating"}), ("rating", 19, 30, False, set()), ("rating", 3, 3, False, set()),
    # Of a field that never changed nothing is told.
    ("year", 30, 30, False, set()),
])  # fmt: skip
def test_what_is_as_it_was_on_more_pages_than_it_ever_was_is_stale(
    name: str, kept: int, pages: int, alike: bool, found: set[str]
) -> None:
    shape = Shape("parse", Kind.ITEMS)
    assert stale(name, kept, pages, shape, alike=alike) == found
    assert set(shape.stale) == found


def test_what_was_stale_stays_so_until_another_version_reads_it() -> None:
    shape = Shape.from_dict(Shape("parse", Kind.ITEMS, stale={"price": 1}).to_dict())
    assert stale("price", 0, 3, shape) == {"price"}
    assert stale("price", 0, 3, shape, version=2) == set()
