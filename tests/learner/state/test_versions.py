from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from store_tools import Notes, is_complete, new_page, run_python

from learner import Example, learn
from learner.errors import StateError, UnknownName
from learner.state.records import NewExtraction
from learner.state.store import Store
from learner.state.versions import write_draft

PAGE = "<html><body><h1>Blue chair</h1><p class='price'>12.50</p></body></html>"


def add(store: Store, count: int = 1, **changes: Any) -> list[int]:
    return [store.versions.add("shop", "product", Notes(f"v{n}"), **changes).id for n in range(count)]


def states(store: Store) -> list[str]:
    return [version.state for version in store.versions.all("shop", "product")]


def test_a_candidate_is_complete_and_not_live(store: Store) -> None:
    first = store.versions.add("shop", "product", Notes(), None, {"accuracy": 0.9}, 7)
    second = store.versions.add("shop", "product", Notes(), first.id)
    assert [v.number for v in store.versions.all("shop", "product")] == [1, 2]
    assert (first.state, first.metrics, first.seed, first.parent) == ("candidate", {"accuracy": 0.9}, 7, None)
    assert second.parent == first.id
    assert first.folder == store.state / "versions" / "shop" / "product" / "1"
    assert is_complete(first.folder)
    assert store.versions.live("shop", "product") is None
    assert [path.name for path in sorted(first.folder.parent.iterdir())] == ["1", "2"]


def test_a_real_extractor_comes_back(store: Store) -> None:
    extractor = learn([Example("http://shop.example/1", PAGE, {"title": "Blue chair"})])
    store.versions.promote(store.versions.add("shop", "product", extractor).id)
    live = store.versions.live("shop", "product")
    assert live is not None
    assert live.load().extract(PAGE.replace("Blue", "Red"), "http://shop.example/2").item == {"title": "Red chair"}


def test_promotion_retires_the_one_before(store: Store) -> None:
    first, second, third = add(store, 3)
    for number in (first, second, third):
        promoted = store.versions.promote(number)
        live = store.versions.live("shop", "product")
        assert live == promoted
    assert states(store) == ["retired", "retired", "live"]
    store.versions.promote(third)
    assert states(store) == ["retired", "retired", "live"]


def test_templates_have_live_versions_of_their_own(store: Store) -> None:
    for template in ("list", "product"):
        store.versions.promote(store.versions.add("shop", template, Notes(template)).id)
    for template in ("list", "product"):
        live = store.versions.live("shop", template)
        assert live is not None
        assert live.template == template
        assert live.number == 1


def test_quarantine_keeps_the_reason(store: Store) -> None:
    (number,) = add(store)
    version = store.versions.quarantine(number, "not better")
    assert (version.state, version.note) == ("quarantined", "not better")
    assert store.events.newest("shop")[0].detail == {"version": 1, "reason": "not better"}
    store.versions.promote(number)
    with pytest.raises(StateError, match="is live"):
        store.versions.quarantine(number, "why")


@pytest.mark.parametrize(
    ("promoted", "quarantined", "to", "live", "expected"),
    [
        ([1, 2], [], None, 1, ["live", "quarantined", "candidate"]),
        ([1, 2, 3], [], None, 2, ["retired", "live", "quarantined"]),
        ([1, 2, 3], [], 1, 1, ["live", "quarantined", "quarantined"]),
        ([1, 3], [2], None, 1, ["live", "quarantined", "quarantined"]),
        ([1, 3], [], None, 1, ["live", "candidate", "quarantined"]),
        ([1], [], 3, 3, ["retired", "candidate", "live"]),
        ([1], [2], 2, 2, ["retired", "live", "candidate"]),
    ],
)
def test_rollback(
    promoted: list[int], quarantined: list[int], to: int | None, live: int, expected: list[str], store: Store
) -> None:
    numbers = dict(enumerate(add(store, 3), 1))
    for number in quarantined:
        store.versions.quarantine(numbers[number], "why")
    for number in promoted:
        store.versions.promote(numbers[number])
    assert store.versions.rollback("shop", "product", to).number == live
    assert states(store) == expected
    assert store.events.newest("shop")[0].kind == "rolled_back"


@pytest.mark.parametrize("to", [None, 2])
def test_rolling_back_from_a_version_that_had_returned(to: int | None, store: Store) -> None:
    """The order in which versions went live counts, not that of their numbers."""
    one, two, _ = add(store, 3)
    for number in (one, two, one):
        store.versions.promote(number)
    assert store.versions.rollback("shop", "product", to).number == 2
    assert states(store) == ["quarantined", "live", "candidate"]
    assert store.versions.rollback("shop", "product", 1).number == 1
    assert states(store) == ["live", "retired", "candidate"]


def test_rolling_back_from_a_version_that_had_returned_beside_another(store: Store) -> None:
    one, two, _ = add(store, 3)
    for number in (one, two):
        store.versions.promote(number)
    store.versions.promote(one, beside=[two])
    assert store.versions.rollback("shop", "product").number == 2
    assert states(store) == ["quarantined", "live", "candidate"]


def test_what_is_left_for_an_earlier_version_is_quarantined_whenever_it_went_live(store: Store) -> None:
    one, two, three = add(store, 3)
    store.versions.promote(one)
    store.versions.promote(two, beside=[one])
    store.versions.promote(three, beside=[one])
    assert store.versions.rollback("shop", "product", 2).number == 2
    assert states(store) == ["quarantined", "live", "quarantined"]


def test_rolling_back_twice_goes_further_back_and_then_no_further(store: Store) -> None:
    for number in add(store, 3):
        store.versions.promote(number)
    assert [store.versions.rollback("shop", "product").number for _ in range(2)] == [2, 1]
    with pytest.raises(UnknownName, match="no earlier version"):
        store.versions.rollback("shop", "product")
    live = store.versions.live("shop", "product")
    assert live is not None
    assert live.number == 1


def numbers(store: Store) -> list[int]:
    return [version.number for version in store.versions.all_live("shop", "product")]


def several(store: Store, count: int = 3) -> list[int]:
    """So many versions, live at once, the last asked first."""
    ids = add(store, count)
    for number, version_id in enumerate(ids):
        store.versions.promote(version_id, beside=ids[:number])
    assert numbers(store) == list(range(count, 0, -1))
    assert states(store) == ["live"] * count
    return ids


@pytest.mark.parametrize(
    ("beside", "live", "after"),
    [
        ([], [4], ["retired", "retired", "retired", "live"]),
        ([1], [4, 1], ["live", "retired", "retired", "live"]),
        ([1, 3], [4, 3, 1], ["live", "retired", "live", "live"]),
        ([1, 2, 3, 4], [4, 3, 2, 1], ["live"] * 4),
    ],
)
def test_a_version_is_promoted_beside_others_or_in_their_place(
    beside: list[int], live: list[int], after: list[str], store: Store
) -> None:
    ids = several(store)
    ids.append(store.versions.add("shop", "product", Notes()).id)
    store.drifts.record("shop", "product", {})
    store.versions.promote(ids[3], beside=[ids[number - 1] for number in beside])
    assert (numbers(store), states(store)) == (live, after)
    assert store.drifts.pending("shop") == []
    assert store.events.newest("shop")[0].detail.get("beside", []) == live[1:]


def test_what_is_not_live_does_not_become_live_beside_another(store: Store) -> None:
    one, two, three = add(store, 3)
    store.versions.promote(one)
    store.versions.promote(three, beside=[two])
    assert (numbers(store), states(store)) == ([3], ["retired", "candidate", "live"])


@pytest.mark.parametrize(
    ("to", "live", "after"),
    [
        (None, [2, 1], ["live", "live", "quarantined"]),
        (1, [1], ["live", "quarantined", "quarantined"]),
        (3, [3], ["retired", "retired", "live"]),  # no way back: what is left was not wrong
    ],
)
def test_rolling_back_with_several_live_versions(
    to: int | None, live: list[int], after: list[str], store: Store
) -> None:
    several(store)
    store.versions.rollback("shop", "product", to)
    assert (numbers(store), states(store)) == (live, after)


def test_one_of_several_is_retired_and_never_the_only_one(store: Store) -> None:
    one, two = several(store, 2)
    assert store.versions.retire(one, {"reason": "idle"}).state == "retired"
    assert numbers(store) == [2]
    assert store.events.newest("shop")[0].detail == {"version": 1, "live": [2], "reason": "idle"}
    for version_id in (one, two):
        with pytest.raises(StateError, match="not one of several"):
            store.versions.retire(version_id)
    assert states(store) == ["retired", "live"]


def test_how_long_a_live_version_has_answered_nothing(store: Store) -> None:
    one, two = several(store, 2)
    before = datetime.now(UTC)
    pages = store.pages.add([new_page(number) for number in range(6)])
    answers = [(one, "complete"), (two, "complete"), (two, "failed"), (two, "complete"), (one, "partial")]
    store.extractions.add(
        [NewExtraction(page, who, {}, outcome=outcome) for page, (who, outcome) in zip(pages, answers, strict=False)]
    )
    idle = store.versions.idle("shop", "product")
    assert {version: count for version, (count, _) in idle.items()} == {one: 2, two: 0}
    assert all(since >= before for _, since in idle.values())


def test_a_version_without_its_folder(store: Store) -> None:
    first, second = add(store, 2)
    store.versions.promote(first)
    version = store.versions.get(second)
    version.folder.rename(version.folder.with_name("away"))
    with pytest.raises(StateError, match="lost its folder"):
        store.versions.promote(second)
    assert states(store) == ["live", "candidate"]
    with pytest.raises(StateError, match="can't be loaded"):
        version.load()


class Failing:
    def __init__(self, error: BaseException) -> None:
        self.error = error

    def save(self, folder: Path) -> None:
        (folder / "half").write_text("half")
        raise self.error


@pytest.mark.parametrize(
    ("error", "raised"),
    [
        (OSError(28, "No space left"), StateError),
        (ValueError("x"), ValueError),
        (KeyboardInterrupt(), KeyboardInterrupt),
    ],
)
def test_what_can_not_be_saved_leaves_nothing(error: BaseException, raised: type[BaseException], store: Store) -> None:
    with pytest.raises(raised):
        store.versions.add("shop", "product", Failing(error))
    assert store.versions.all("shop", "product") == []
    assert list((store.state / "versions" / "shop" / "product").iterdir()) == []


def test_what_a_killed_process_left_is_swept_and_never_taken_for_a_version(store: Store) -> None:
    home = store.state / "versions" / "shop" / "product"
    script = """
import os, sys
from pathlib import Path
from learner.state.versions import publish, write_draft
from store_tools import Notes
write_draft(Path(sys.argv[1]), Notes("draft"))
publish(write_draft(Path(sys.argv[1]), Notes("orphan")), 1)
os._exit(0)
"""
    run_python(script, home)
    mine = write_draft(home, Notes("being written"))
    assert sorted(path.name for path in home.iterdir()) == sorted([mine.name, "1"])
    version = store.versions.add("shop", "product", Notes("real"))
    assert version.number == 1
    assert (version.folder / "part0.txt").read_text().startswith("real")
    store.versions.add("shop", "product", Notes("next"))
    assert sorted(path.name for path in home.iterdir()) == sorted([mine.name, "1", "2"])


@pytest.mark.parametrize("name", ["../../x", "..", "a/b", "", "Ä", "x" * 300])
def test_every_name_stays_inside(name: str, store: Store, tmp_path: Path) -> None:
    version = store.versions.add(name, name, Notes())
    assert version.folder.resolve().is_relative_to((store.state / "versions").resolve())
    assert is_complete(version.folder)
    assert [path.name for path in tmp_path.iterdir()] == ["state"]


def test_the_state_folder_may_be_moved(store: Store, database: str | None, tmp_path: Path) -> None:
    store.versions.promote(add(store)[0])
    store.close()
    os.rename(tmp_path / "state", tmp_path / "moved")
    with Store.open(tmp_path / "moved", database) as moved:
        live = moved.versions.live("shop", "product")
        assert live is not None
        assert is_complete(live.folder)


KILL = """
import os, random, signal, sys, time
from pathlib import Path
from learner.state.store import Store
from store_tools import Notes, is_complete, new_page

state, rounds, generator = Path(sys.argv[1]), int(sys.argv[2]), random.Random(4)
with Store.open(state) as store:
    store.versions.promote(store.versions.add("shop", "product", Notes("first")).id)
amid = 0
for _ in range(rounds):
    told, tell = os.pipe()
    child = os.fork()
    if child == 0:
        with Store.open(state) as store:
            os.write(tell, b"!")
            while True:
                store.pages.add([new_page(n) for n in range(3)])
                version = store.versions.add("shop", "product", Notes("next", files=1))
                store.drifts.record("shop", "product", {})
                store.versions.promote(version.id)
    os.read(told, 1)
    time.sleep(0.12 * generator.random())
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    os.close(told), os.close(tell)
    with Store.open(state) as store:
        live = store.versions.live("shop", "product")
        versions = store.versions.all("shop", "product")
        assert live is not None and is_complete(live.folder), live
        assert [v.id for v in versions if v.state == "live"] == [live.id]
        assert [v.number for v in versions] == list(range(1, len(versions) + 1))
        assert all(is_complete(v.folder) for v in versions[-3:])
        amid += versions[-1].state == "candidate" or bool(list(live.folder.parent.glob(".draft-*")))
with Store.open(state) as store:
    pages = store.pages.several(range(1, store.counts("shop", "product")["pages"] + 1))
    assert len(pages) == store.counts("shop", "product")["pages"] > rounds
    print(len(store.versions.all("shop", "product")), amid)
"""


def test_killed_at_any_moment_the_live_version_is_complete(tmp_path: Path) -> None:
    versions, amid = map(int, run_python(KILL, tmp_path / "state", 40).split())
    assert versions > 5
    assert amid > 4, "the kills have to hit something"
