"""Pages that gave values before, and are of no use now: counted by their kind, and named."""

from __future__ import annotations

from collections.abc import Collection

import pytest

from crawler.reading.unusable import Unusable


def noted() -> Unusable:
    unusable = Unusable()
    unusable.error("tea", "/1", 500)
    unusable.error("tea", "/new/2", 503, ["/2"])
    unusable.refused("tea", "/3", "server_error")
    unusable.refused("list", "/4", "login")
    return unusable


@pytest.mark.parametrize(
    ("known", "statistics", "told"),
    [
        ([], {}, ""),
        (["/4"], {"unusable/list": 1, "unusable_of/list": 30}, "/4 (login)"),
        (
            ["/1", "/2", "/3"],
            {"errors/500": 1, "errors/503": 1, "unusable/tea": 3, "unusable_of/tea": 32},
            "/1 (500), /new/2 (503), /3 (server_error)",
        ),
    ],
)
def test_pages_that_were_known(known: Collection[str], statistics: dict[str, int], told: str) -> None:
    missed = noted().missed(lambda urls: set(known) & set(urls))
    assert missed.statistics(lambda kind: 30) == statistics
    assert str(missed) == told
    assert len(missed) == len(known)


def test_many_pages_are_named_in_part() -> None:
    unusable = Unusable()
    for number in range(12):
        unusable.refused("tea", f"/{number}", "login")
    assert str(unusable.missed(lambda urls: urls)).endswith("/9 (login) and 2 more")
