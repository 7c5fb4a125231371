"""Of which pages something was read, and which came before a moment."""

from __future__ import annotations

from datetime import timedelta

import pytest
from store_tools import NOON, new_page

from learner.state.records import COMPLETE, FAILED, PARTIAL, REPAIRED, NewExtraction
from learner.state.store import Store


@pytest.mark.parametrize(
    ("outcomes", "gave"),
    [
        ([COMPLETE], True),
        ([PARTIAL], True),
        ([FAILED], False),
        (["login"], False),
        ([FAILED, REPAIRED], True),
        ([COMPLETE, "login"], True),
        ([], False),
    ],
)
def test_a_page_of_which_something_was_read(outcomes: list[str], gave: bool, store: Store) -> None:
    page = new_page(1)
    [number] = store.pages.add([page])
    store.extractions.add([NewExtraction(number, None, {"name": "Assam"}, outcome=one) for one in outcomes])
    assert store.pages.gave("shop", [page.url, "http://shop.example/2"]) == ({page.url} if gave else set())
    assert store.pages.gave("teas", [page.url]) == set()


def test_pages_that_came_before_a_moment(store: Store) -> None:
    numbers = store.pages.add([new_page(number) for number in (1, 2, 3)])
    store.extractions.add([NewExtraction(number, None, {"name": "x"}, outcome=PARTIAL) for number in numbers])
    of, moment = ("shop", "product"), NOON + timedelta(minutes=2)
    assert [page.id for page in store.pages.failed(*of, before=moment)] == numbers[:1]
    assert [page.id for page in store.pages.failed(*of, since=moment)] == numbers[:0:-1]
