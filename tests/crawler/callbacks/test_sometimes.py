"""How often crawls had what only some items have."""

from __future__ import annotations

import pytest

from crawler.callbacks.sometimes import Sometimes


@pytest.mark.parametrize(
    ("crawls", "known"),
    [
        ([], {"a": (10, 40)}),
        ([(5, 40)], {"a": (5, 40)}),  # the fewest
        ([(5, 40), (20, 40)], {"a": (5, 40)}),
        ([(30, 40)], {"a": (10, 40)}),
        ([(1, 19)], {"a": (10, 40)}),  # too few pages
        ([(0, 40)], {"a": (10, 40)}),  # none had it: lost, or not asked for
    ],
)
def test_of_crawls_that_were_asked_for_the_same_the_fewest_are_kept(
    crawls: list[tuple[int, int]], known: dict[str, tuple[int, int]]
) -> None:
    kept = Sometimes()
    kept.learned("all", {"a": (10, 40)})
    for counts in crawls:
        kept.observe("all", {"a": counts})
    assert Sometimes.from_dict(kept.to_dict()).of("all") == known
    kept.observe("some", {"a": (2, 30)})
    assert (kept.of("some"), kept.of("none")) == ({"a": (2, 30)}, {})
    for number in range(30):
        kept.observe(f"{number}", {"a": (2, 30)})
    assert len(kept.asked) == 20
