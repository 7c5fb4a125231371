"""By which pages it is told that drift is over."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from learner.extractor import Extraction
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


@pytest.mark.parametrize(("detail", "failed"), [
    ({"whole": True, "since": "2026-01-03T00:00:00+00:00"}, [3]), ({"whole": True}, [2, 3]),
    ({"fields": ["was"], "since": "2026-01-03T00:00:00+00:00"}, [2, 3]),
])  # fmt: skip
def test_pages_of_another_design_are_no_failures_of_new_code(detail: dict[str, Any], failed: list[int]) -> None:
    """Single fields had drifted before the whole page did: what came then is of the design before."""
    added: list[Any] = []
    pages = [
        SimpleNamespace(id=n, url=f"/{n}", html="", fetched_at=datetime(2026, 1, n, tzinfo=UTC)) for n in (1, 2, 3)
    ]
    before = {page.id: SimpleNamespace(item={"name": "x"}, items=[], outcome="partial", version_id=1) for page in pages}
    store = SimpleNamespace(
        pages=SimpleNamespace(several=lambda _: pages),
        extractions=SimpleNamespace(latest=lambda _: before, add=added.extend),
        repairs=SimpleNamespace(add=lambda repairs: [one.page_id for one in repairs]),
    )
    drift = SimpleNamespace(site="s", template="t", detail=detail, since=datetime(2026, 1, 2, tzinfo=UTC))
    nothing = Extraction(abstained={"name": "absent"}, expected=frozenset({"name"}))
    live = SimpleNamespace(answer=lambda _html, _url: (SimpleNamespace(id=2), nothing))
    assert Backlog(store, drift).extract_again([1, 2, 3], live) == []  # type: ignore[arg-type]
    assert [one.page_id for one in added] == failed
