"""Which pages are healed with, and which are held out."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime

import pytest

from learner import Example, Known
from learner.retraining.sampling import divide, split
from learner.state.records import StoredPage

URL = "https://x.test/{}".format


def pages(count: int) -> list[StoredPage]:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    return [StoredPage(n, "x", "thing", URL(n), now, b"") for n in range(count)]


def facts(count: int, without: Collection[int]) -> dict[str, Known]:
    items = [{"name": f"Thing {n}"} | ({} if n in without else {"price": n + 1}) for n in range(count)]
    return {URL(n): Known(URL(n), item) for n, item in enumerate(items)}


@pytest.mark.parametrize(("count", "without", "first"), [
    pytest.param(40, (35, 38, 39), [35, 38], id="few have no price"),
    pytest.param(40, (), [0, 1], id="all have one"),
    pytest.param(40, range(20, 40), [0, 1], id="half have none"),
    pytest.param(5, (4,), [4, 0], id="few pages"),
])  # fmt: skip
def test_pages_that_lack_what_nearly_all_have_are_healed_with(
    count: int, without: Collection[int], first: list[int]
) -> None:
    heal_with, held_out = divide(pages(count), facts(count, without))
    assert [page.id for page in heal_with[:2]] == first
    assert not {page.id for page in heal_with} & {page.id for page in held_out}


@pytest.mark.parametrize(("yes", "told"), [
    pytest.param((30, 38, 45), 3, id="few"),
    pytest.param(range(20, 40), 0, id="many"),  # they are among those that are learned from anyway
])  # fmt: skip
def test_pages_with_a_rare_yes_are_learned_from_and_healed_with(yes: Collection[int], told: int) -> None:
    examples = [Example(URL(n), "<p>x</p>", {"name": f"Thing {n}", "sold": n in yes}) for n in range(52)]
    training, held_out = split(examples)
    assert (len(training), len(held_out)) == (20, 10)
    assert sum(bool(one.values["sold"]) for one in training[:told]) == told
    assert not {one.url for one in training} & {one.url for one in held_out}
    heal_with, _ = divide(pages(52), {one.url: Known(one.url, one.item) for one in examples})
    assert len(heal_with) == 24
    assert sum(page.id in yes for page in heal_with[:told]) >= told - 1


def test_pages_of_known_addresses_come_first() -> None:
    known = facts(8, ())
    heal_with, held_out = divide(pages(30)[::-1], known)
    assert all(page.url in known for page in heal_with[:5])
    assert len(held_out) == 10


@pytest.mark.parametrize("having", [range(30, 40), (30, 38, 39), (39,)], ids=["a quarter", "few", "one"])
def test_pages_with_what_few_have_are_healed_with(having: Collection[int]) -> None:
    heal_with, held_out = divide(pages(40), facts(40, set(range(40)).difference(having)))
    assert {page.id for page in heal_with} & set(having)
    assert (len(heal_with), len(held_out)) == (24, 10)
