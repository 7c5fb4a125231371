"""Far more items of known lists than usual: told from a heal on, and of no site that simply grows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from crawler.growth import Grown, judge
from crawler.volume import judge as judge_volume
from crawler.volume import last_judged
from learner.state.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "state") as opened:
        yield opened


def lists(came: int, known: int, *healed: int, pages: int = 30, more: int = 30) -> Grown:
    """A crawl of so many known pages, the versions in charge that were healed among them."""
    return Grown(pages, more, came, known, frozenset(healed))


def crawl(store: Store, grown: Grown, share: float = 0.5, came: int | None = None) -> list[str]:
    """What one crawl tells, and whether fewer came, too."""
    more, kept = judge(store, "films", "all", {"showing": grown}, share)
    listed = (grown.pages, grown.came if came is None else came, grown.known)
    fewer = judge_volume(
        store, "films", "all", {"items": grown.came}, share, usual=not more, lists={"showing": listed}, beside=kept
    )
    return [str(one) for one in [*more, *fewer]]


MORE = "{} items of known pages of showing, usually {}"
BEFORE = (lists(120, 118), lists(125, 120))


@pytest.mark.parametrize(
    ("crawls", "told"),
    [
        ([*BEFORE, lists(250, 125, 2)], [MORE.format(250, 125)]),
        ([lists(250, 125, 2)], [MORE.format(250, 125)]),
        ([*BEFORE, lists(250, 125)], []),
        ([*BEFORE, lists(130, 125, 2), lists(250, 130, 2)], []),
        ([*BEFORE, lists(187, 125, 2)], []),
        ([*BEFORE, lists(188, 125, 2)], [MORE.format(188, 125)]),
        ([*BEFORE, lists(188, 125, 2, pages=3, more=2)], []),
        ([*BEFORE, lists(40, 20, 2, pages=1, more=1)], []),
        ([lists(20, 20), lists(40, 20, 2, pages=1, more=1)], [MORE.format(40, 20)]),
        ([lists(2, 2), lists(4, 2, 2, pages=1, more=1)], []),
        ([*BEFORE, lists(120, 60, 2)], []),
        ([*BEFORE, lists(250, 125, 2), lists(260, 250, 2, more=2)], [MORE.format(260, 125)]),
        ([*BEFORE, lists(250, 125, 2), lists(130, 250, 3)], []),
        ([*BEFORE, lists(250, 125, 2), lists(260, 250)], []),
        ([*BEFORE, lists(250, 125, 2), *[lists(250, 250, 2, more=0)] * 8], [MORE.format(250, 125)]),
        ([*BEFORE, lists(250, 125, 2), *[lists(250, 250, 2, more=0)] * 9], []),
        ([*BEFORE, lists(130, 125, 2), lists(250, 130, 2, 3)], [MORE.format(250, 130)]),
        ([lists(20, 20), lists(0, 20, 2, pages=1), lists(40, 20, 2, pages=1)], [MORE.format(40, 20)]),
    ],
    ids=[
        "a heal",
        "a heal, and no crawl before",
        "no heal",
        "the healed version answered before",
        "below the limit",
        "the limit",
        "few lists have more",
        "more than were known, but not more than came before",
        "the only list",
        "one with next to nothing",
        "as many as before they were lost",
        "the day after",
        "mended",
        "mended by a person, who takes them for such",
        "for some time",
        "usual in the end",
        "healed again",
        "healed once nothing had come",
    ],
)
def test_far_more_items_since_a_heal(store: Store, crawls: list[Grown], told: list[str]) -> None:
    for before in crawls[:-1]:
        crawl(store, before, came=before.known)
    assert crawl(store, crawls[-1], came=crawls[-1].came) == told


def test_the_share_is_that_of_what_is_far_fewer(store: Store) -> None:
    assert crawl(store, lists(120, 100, 2), 0.8) == [MORE.format(120, 100)]
    assert [str(one) for one in last_judged(store, "films", "more")] == [MORE.format(120, 100)]
    assert [one.share for one in last_judged(store, "films", "more") if one.concerns("showing")] == [1.2]
    assert last_judged(store, "cinemas", "more") == []
