"""By which pages it is told that drift is over."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from learner.retraining.backlog import Backlog


@pytest.mark.parametrize(("lost_by", "asked"), [(2, [12]), (1, [11]), (7, [12, 11]), (None, [12, 11])])
def test_of_what_a_heal_did_not_bring_back_the_pages_of_its_version_tell(lost_by: int | None, asked: list[int]) -> None:
    given: list[Any] = []

    def good(_site: str, _template: str, ids: list[int], **_: Any) -> list[Any]:
        given.append(ids)
        return []

    store = SimpleNamespace(pages=SimpleNamespace(good=good), extractions=SimpleNamespace(latest=lambda _: {}))
    drift = SimpleNamespace(site="shop", template="thing", detail={"fields": ["was"], "lost_by": lost_by})
    fields = {"was": SimpleNamespace(presence=0.3)}
    live = [SimpleNamespace(id=10 + n, number=n, load=lambda: SimpleNamespace(fields=fields)) for n in (2, 1)]
    page = SimpleNamespace(id=1, url="/1", fetched_at=datetime(2026, 1, 1, tzinfo=UTC))
    assert not Backlog(store, drift).is_over(live, [page])  # type: ignore[arg-type, list-item]
    assert given == [asked]
