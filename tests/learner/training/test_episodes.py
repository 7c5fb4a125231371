"""Episodes: never a page that they show, all kinds of them, and pages that are cut keep their gold."""

from __future__ import annotations

import random

from learner.training.episodes import Library, _without, draw_episode
from learner.training.recorded import PreparedPage


def test_episodes_never_ask_for_a_page_they_show(pages: list[PreparedPage]) -> None:
    library = Library(pages)
    kinds = set()
    for number in range(200):
        episode = draw_episode(library, random.Random(number))
        kinds.add(episode.kind)
        assert all(page is not episode.query for page in episode.support)
        assert {page.site for page in episode.support} == {episode.query.site}
    assert {"same", "redesign", "simulated"} <= kinds


def test_a_page_without_a_field_keeps_the_others(pages: list[PreparedPage]) -> None:
    page = pages[0]
    cut = _without(page, "price")
    assert "price" not in cut.gold
    assert len(cut.features.rows) == len(page.features.rows) - sum(map(len, page.gold["price"]))
    for before, after in zip(page.gold["tags"], cut.gold["tags"], strict=True):
        assert [page.features.texts[row] for row in before] == [cut.features.texts[row] for row in after]
