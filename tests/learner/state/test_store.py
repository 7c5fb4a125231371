from __future__ import annotations

import json
import os
import sqlite3
import time
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.exc import OperationalError
from store_tools import NOON, Notes, new_page, run_python

from learner.errors import StateError, StateTooNew, StateUnwritable, UnknownName
from learner.state.records import EVIDENCE, GONE, SEEN_AGAIN, NewExample, NewExtraction, Repair
from learner.state.store import Store
from learner.state.tables import database


def add(store: Store, count: int = 1, *, first: int = 1, **changes: Any) -> list[int]:
    return store.pages.add([new_page(number, **changes) for number in range(first, first + count)])


# Opening


def not_a_database(state: Path) -> None:
    Store.open(state).close()
    (state / "evergreen.sqlite3").write_bytes(b"<html>not a database</html>" * 100)


@pytest.mark.parametrize(
    ("cause", "kind"),
    [
        ("connection failed: connection to server at 127.0.0.1 failed: Connection refused", StateUnwritable),
        ("attempt to write a readonly database", StateUnwritable),
        ("database disk image is malformed", StateError),
        ("no such column: x", StateError),
    ],
)
def test_a_database_that_cannot_be_reached_is_no_broken_one(cause: str, kind: type[StateError]) -> None:
    assert type(database.broken(OperationalError("", None, Exception(cause)), "it")) is kind


def torn_database(state: Path) -> None:
    Store.open(state).close()
    path = state / "evergreen.sqlite3"
    content = path.read_bytes()
    path.write_bytes(content[:4096] + b"\x00garbage" * 2000)


def another_programs_database(state: Path) -> None:
    Store.open(state).close()
    path = state / "evergreen.sqlite3"
    path.unlink()
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE customers (id INTEGER)")
    connection.commit()
    connection.close()


def newer_database(state: Path) -> None:
    Store.open(state).close()
    connection = sqlite3.connect(state / "evergreen.sqlite3")
    connection.execute("UPDATE evergreen_schema SET number = 99")
    connection.commit()
    connection.close()


def numberless_database(state: Path) -> None:
    Store.open(state).close()
    connection = sqlite3.connect(state / "evergreen.sqlite3")
    connection.execute("DELETE FROM evergreen_schema")
    connection.commit()
    connection.close()


def lost_database(state: Path) -> None:
    with Store.open(state) as store:
        add(store)
    (state / "evergreen.sqlite3").unlink()


def newer_folder(state: Path) -> None:
    Store.open(state).close()
    (state / "format.json").write_text('{"evergreen": 99}')


def unreadable_mark(state: Path) -> None:
    state.mkdir()
    (state / "format.json").write_text("{")


def a_file(state: Path) -> None:
    state.write_text("notes")


def below_a_file(state: Path) -> None:
    state.parent.rmdir()
    state.parent.write_text("notes")


def somebodys_home(state: Path) -> None:
    state.mkdir()
    (state / "letter.txt").write_text("dear")


def database_is_a_folder(state: Path) -> None:
    Store.open(state).close()
    (state / "evergreen.sqlite3").unlink()
    (state / "evergreen.sqlite3").mkdir()


@pytest.mark.parametrize(
    ("spoil", "error", "words"),
    [
        (not_a_database, StateError, "not a readable database"),
        (torn_database, StateError, "not a readable database"),
        (another_programs_database, StateError, "another program"),
        (newer_database, StateTooNew, "newer release"),
        (numberless_database, StateError, "schema number"),
        (lost_database, StateError, "gone or empty"),
        (newer_folder, StateTooNew, "newer release"),
        (unreadable_mark, StateError, "not an Evergreen state folder"),
        (a_file, StateError, "is a file"),
        (below_a_file, StateError, "can't be used"),
        (somebodys_home, StateError, "not an Evergreen state folder"),
        (database_is_a_folder, StateError, "can't be used"),
    ],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_a_folder_that_cannot_be_used_is_a_clear_error(
    spoil: Any, error: type[StateError], words: str, tmp_path: Path
) -> None:
    (tmp_path / "a").mkdir()
    state = tmp_path / "a" / "state"
    spoil(state)
    with pytest.raises(error) as raised:
        Store.open(state)
    assert words in raised.value.message
    assert raised.value.hint
    assert raised.value.kept or isinstance(raised.value, StateTooNew)


def test_a_spoiled_folder_is_left_as_it_was(tmp_path: Path) -> None:
    state = tmp_path / "state"
    not_a_database(state)
    before = (state / "evergreen.sqlite3").read_bytes()
    with pytest.raises(StateError):
        Store.open(state)
    assert (state / "evergreen.sqlite3").read_bytes() == before


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write everywhere")
def test_an_unwritable_folder(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(StateError):
            Store.open(tmp_path / "state")
    finally:
        tmp_path.chmod(0o700)


def test_not_created_unless_wanted(tmp_path: Path) -> None:
    with pytest.raises(StateError, match="no state folder"):
        Store.open(tmp_path / "state", create=False)
    assert not (tmp_path / "state").exists()


@pytest.mark.parametrize("url", ["nonsense", "nodialect://host/db", "postgresql+psycopg://127.0.0.1:1/nobody"])
def test_a_database_url_that_is_none(url: str, tmp_path: Path) -> None:
    with pytest.raises(StateError):
        Store.open(tmp_path / "state", url)


def test_an_empty_database_beside_an_archive_is_none_of_it(database: str | None, tmp_path: Path) -> None:
    with Store.open(tmp_path / "state") as store:
        add(store)
    with pytest.raises(StateError, match="gone or empty"):
        Store.open(tmp_path / "state", database or f"sqlite:///{tmp_path / 'other.sqlite3'}")
    with Store.open(tmp_path / "state") as store:
        assert store.sites()


def test_opening_again_finds_everything(tmp_path: Path) -> None:
    with Store.open(tmp_path / "state") as store:
        (page,) = add(store, body=b"\xff\x00body")
    with Store.open(tmp_path / "state", create=False) as store:
        assert store.pages.get(page).html == b"\xff\x00body"
    assert json.loads((tmp_path / "state" / "format.json").read_text()) == {"evergreen": 1}
    assert not [path for path in (tmp_path / "state").iterdir() if path.name.startswith(".")]


def test_sqlite_runs_in_wal_with_foreign_keys(tmp_path: Path) -> None:
    with Store.open(tmp_path / "state") as store, store._database.reading() as connection:
        assert connection.scalar(text("PRAGMA journal_mode")) == "wal"
        assert connection.scalar(text("PRAGMA foreign_keys")) == 1


# Pages


def test_pages_come_back_byte_for_byte(store: Store) -> None:
    bodies = [
        b"",
        b"plain",
        bytes(range(256)) * 40,
        "größer".encode("latin-1"),
        b"HTTP/1.1 404 Not\r\n\r\nWARC/1.0\r\n",
    ]
    numbers = store.pages.add([new_page(n, body=body) for n, body in enumerate(bodies)])
    assert numbers == sorted(numbers)
    for n, (number, body) in enumerate(zip(numbers, bodies, strict=True)):
        page = store.pages.get(number)
        assert (page.html, page.url, page.site, page.template) == (body, f"http://shop.example/{n}", "shop", "product")
        assert page.fetched_at == NOON + timedelta(minutes=n)


def test_no_pages_at_all(store: Store) -> None:
    assert store.pages.add([]) == []
    store.examples.add([])
    store.extractions.add([])


def test_pages_of_several_sites_in_one_batch(store: Store) -> None:
    numbers = store.pages.add([new_page(n, site=f"site{n % 3}", body=b"%d" % n) for n in range(9)])
    assert [store.pages.get(number).html for number in numbers] == [b"%d" % n for n in range(9)]
    assert store.sites() == ["site0", "site1", "site2"]
    assert store.templates("site0") == ["product"]


def test_an_unknown_page(store: Store) -> None:
    with pytest.raises(UnknownName):
        store.pages.get(1)


@pytest.mark.parametrize(
    "call",
    [
        lambda store: store.examples.add([NewExample(99, {"a": "b"})]),
        lambda store: store.extractions.add([NewExtraction(99, None, {})]),
        lambda store: store.versions.add("shop", "product", Notes(), parent=99),
        lambda store: store.versions.promote(99),
        lambda store: store.versions.quarantine(99, "why"),
        lambda store: store.versions.get(99),
        lambda store: store.versions.rollback("shop", "product"),
        lambda store: store.versions.rollback("shop", "product", to=7),
    ],
)
def test_what_was_never_stored_is_an_unknown_name(call: Any, store: Store) -> None:
    with pytest.raises(UnknownName):
        call(store)


# Examples and known values


VALUES = {
    "title": "Ä title",
    "date": date(2026, 2, 3),
    "at": datetime(2026, 2, 3, 4, 5),
    "price": 12.5,
    "stock": 3,
    "sold_out": False,
    "tags": ["a", "b"],
    "dates": [date(2026, 1, 1)],
}


@pytest.mark.parametrize("item", [VALUES, {"date": "2026-02-03"}, {"date": "May"}, {"datetime": ["x"]}])
def test_examples_keep_types(item: dict[str, Any], store: Store) -> None:
    (page,) = add(store)
    store.examples.add([NewExample(page, item)])
    (example,) = store.examples.best("shop", "product")
    assert (example.item, example.items, example.html) == (item, None, b"<p>page</p>")
    assert [type(value) for value in (example.item or {}).values()] == [type(value) for value in item.values()]


def test_list_examples(store: Store) -> None:
    (page,) = add(store, template="list")
    store.examples.add([NewExample(page, items=[{"date": "today"}, {"n": 2}])])
    (example,) = store.examples.best("shop", "list")
    assert (example.item, example.items) == (None, [{"date": "today"}, {"n": 2}])
    assert [known.items for known in store.examples.known("shop", "list")] == [[{"date": "today"}, {"n": 2}]]


def test_what_was_told_of_each_url(store: Store) -> None:
    first, second, again = store.pages.add([new_page(1), new_page(2), new_page(1)])
    store.examples.add([NewExample(first, {"title": "old"}), NewExample(second, {"title": "two"})])
    store.examples.add([NewExample(again, {"title": "new"}), NewExample(second, {"title": "seen"}, source="network")])
    store.examples.add([NewExample(second, {"title": "said"}, source="person")])
    told = store.examples.told("shop", "product")
    assert {known.url[-1]: known.item for known in told.values()} == {"1": {"title": "new"}, "2": {"title": "said"}}
    assert [known.item for known in store.examples.told("shop", "product", limit=1).values()] == [{"title": "said"}]
    assert store.examples.told("shop", "list") == {}


def test_addresses_that_moved(store: Store) -> None:
    asked = {1: "", 2: "http://shop.example/old", 3: "http://shop.example/gone", 4: "http://shop.example/old?2"}
    store.pages.add([new_page(number, asked_url=old) for number, old in asked.items()])
    # All that is gone leads to one page; what moved twice is where it was last.
    store.pages.add([new_page(3, asked_url="http://shop.example/gone-too"), new_page(5, asked_url=asked[2])])
    store.pages.add([new_page(6, site="other", asked_url="http://other.example/old")])
    assert store.pages.moves("shop") == {asked[2]: "http://shop.example/5", asked[4]: "http://shop.example/4"}
    assert store.pages.moves("none") == {}
    store.pages.add([replace(new_page(7), url=asked[4], asked_url="http://shop.example/4")])
    assert store.pages.moves("shop") == {asked[2]: "http://shop.example/5", "http://shop.example/4": asked[4]}


@pytest.mark.parametrize(
    ("visits", "moves"),
    [
        # Each visit: crawl, address, the address that was asked for.
        ([("a", 1, 0), ("b", 2, 1)], {1: 2}),
        ([("a", 1, 0), ("a", 2, 0), ("b", 2, 1)], {}),
        ([("a", 1, 0), ("a", 2, 0), ("b", 2, 1), ("c", 2, 1)], {}),
        ([("a", 2, 0), ("b", 1, 0), ("c", 2, 1)], {}),
        # Others led there before it was asked for.
        ([("a", 1, 0), ("b", 2, 0), ("c", 2, 1)], {1: 2}),
        ([("", 1, 0), ("", 2, 0), ("", 2, 1)], {}),
        # It moved, and came back, by a redirect or without one.
        ([("a", 1, 0), ("b", 2, 1), ("c", 1, 2)], {2: 1}),
        ([("a", 1, 0), ("b", 2, 1), ("c", 1, 0)], {}),
    ],
)
def test_a_page_that_was_there_beside_another_has_not_moved_to_it(
    visits: list[tuple[str, int, int]], moves: dict[int, int], store: Store
) -> None:
    for crawl, number, asked in visits:
        store.pages.add([new_page(number, crawl=crawl, asked_url=new_page(asked).url if asked else "")])
    assert store.pages.moves("shop") == {new_page(old).url: new_page(new).url for old, new in moves.items()}


def test_what_versions_answered(store: Store) -> None:
    pages = add(store, 3)
    version = store.versions.add("shop", "product", Notes())
    store.extractions.add([NewExtraction(page, version.id, {"n": page}, confidence={"n": 0.9}) for page in pages])
    store.extractions.add([NewExtraction(pages[0], None, {"n": "of the teacher"})])
    answers = store.extractions.answers("shop", "product")
    assert [(answer.item["n"], answer.version, answer.confidence) for answer in answers] == [
        (page, 1, {"n": 0.9}) for page in pages
    ]
    assert [answer.item["n"] for answer in store.extractions.answers("shop", "product", limit=2)] == pages[1:]


def test_examples_newest_first_a_persons_before_the_spiders_one_per_url(store: Store) -> None:
    numbers = store.pages.add([new_page(n) for n in (1, 2, 3, 1)])
    store.examples.add([NewExample(number, {"title": str(n)}) for n, number in enumerate(numbers)])
    store.examples.add([NewExample(numbers[1], {"title": "told"}, source="person")])
    titles = [(example.item or {})["title"] for example in store.examples.best("shop", "product")]
    assert titles == ["told", "3", "2"]
    assert [e.source for e in store.examples.best("shop", "product", source="spider")] == ["spider"] * 3
    assert len(store.examples.best("shop", "product", limit=2)) == 2


@pytest.mark.parametrize(
    ("person", "spider", "extracted", "best"),
    [
        (None, "spider", None, "spider"),
        (None, "spider", ("complete", "seen"), "seen"),
        (None, "spider", ("partial", "seen"), "spider"),
        (None, "spider", ("failed", "seen"), "spider"),
        ("person", "spider", ("complete", "seen"), "person"),
        (None, None, ("complete", "seen"), "seen"),
        (None, None, ("partial", "seen"), None),
        (None, None, ("login", "seen"), None),
    ],
)
def test_known_values_are_the_most_trusted(
    person: str | None, spider: str | None, extracted: tuple[str, str] | None, best: str | None, store: Store
) -> None:
    (page,) = add(store)
    for source, value in (("person", person), ("spider", spider)):
        if value:
            store.examples.add([NewExample(page, {"title": value}, source=source)])
    if extracted:
        outcome, value = extracted
        store.extractions.add([NewExtraction(page, None, {"title": value}, outcome=outcome)])
    known = [(known.item or {})["title"] for known in store.examples.known("shop", "product")]
    assert known == ([best] if best else [])


def test_a_field_that_the_newest_lacks_is_taken_from_the_one_before(store: Store) -> None:
    (page,) = add(store)
    store.examples.add([NewExample(page, {"title": "old", "date": date(2026, 1, 1)})])
    store.extractions.add([NewExtraction(page, None, {"title": "new", "price": 3}, outcome="repaired")])
    (known,) = store.examples.known("shop", "product")
    assert known.item == {"title": "new", "price": 3, "date": date(2026, 1, 1)}


@pytest.mark.parametrize(("newest", "known"), [
    pytest.param([{"b": 1}, {"b": 2}], [{"a": "x", "b": 1}, {"a": "y", "b": 2}], id="none has it any more"),
    pytest.param([{"b": 2}, {"b": 3}], [{"a": "y", "b": 2}, {"b": 3}], id="one is new"),
    pytest.param([{"a": "z", "b": 1}, {"b": 2}], [{"a": "z", "b": 1}, {"b": 2}], id="one has it"),
    pytest.param([{"a": None, "b": 1}, {"b": 2}], [{"a": None, "b": 1}, {"b": 2}], id="it is said that one has none"),
    pytest.param([{"b": 4}, {"b": 4}], [{"b": 4}, {"b": 4}], id="it could be one of several"),
])  # fmt: skip
def test_a_field_that_no_record_has_any_more_is_taken_from_those_before(
    newest: list[dict[str, Any]], known: list[dict[str, Any]], store: Store
) -> None:
    (page,) = add(store, template="list")
    before = [{"a": name, "b": number} for name, number in (("x", 1), ("y", 2), ("v", 4), ("w", 4))]
    store.examples.add([NewExample(page, items=before)])
    store.extractions.add([NewExtraction(page, None, {}, items=newest, outcome="repaired")])
    assert [one.items for one in store.examples.known("shop", "list")] == [known]


@pytest.mark.parametrize(("outcomes", "fields", "known"), [
    (["partial"], "abcde", ({"a": 0, "b": 0, "c": 0, "d": 0}, True)), (["partial"], "abcdefgh", None),
    (["partial"], "", None), (["failed"], "abcde", None),
    # What was read in full is known, though something was missed since.
    (["complete", "partial"], "abcde", ({"a": 0, "b": 0, "c": 0, "d": 0}, False)),
    (["partial", "partial"], "abcde", ({"a": 1, "b": 1, "c": 1, "d": 1}, True)),
])  # fmt: skip
def test_of_a_page_that_nearly_all_was_read_of_that_is_known(
    outcomes: list[str], fields: str, known: tuple[dict[str, int], bool] | None, store: Store
) -> None:
    (page,) = add(store)
    for number, outcome in enumerate(outcomes):
        store.extractions.add([NewExtraction(page, None, dict.fromkeys("abcd", number), outcome=outcome)])
    found = [(one.item, one.partly) for one in store.examples.known("shop", "product", fields=fields)]
    assert found == ([known] if known else [])


@pytest.mark.parametrize(("visits", "lost", "known"), [
    ([("spider", "5 g"), ("spider", None)], ["weight"], "5 g"),
    ([("complete", "5 g"), ("complete", None)], ["weight"], "5 g"),
    ([("complete", "5 g"), ("complete", None)], [], None), ([("complete", "5 g"), ("complete", None)], ["price"], None),
    # The newest that had it; none of too long ago; what was read in part is not known.
    ([("spider", "5 g"), ("complete", "6 g"), ("repaired", None)], ["weight"], "6 g"),
    ([("spider", "5 g"), *[("spider", None)] * 5], ["weight"], None),
    ([("partial", "5 g"), ("complete", None)], ["weight"], None),
    # A person has said that there is none.
    ([("spider", "5 g"), ("person", None)], ["weight"], None),
])  # fmt: skip
def test_of_a_lost_field_what_one_of_the_last_visits_gave_is_known(
    visits: list[tuple[str, str | None]], lost: list[str], known: str | None, store: Store
) -> None:
    for number, (source, weight) in enumerate(visits):
        (page,) = add(store, fetched_at=NOON + timedelta(days=number))
        item = {"title": "Tea", **({"weight": weight} if weight or source == "person" else {})}
        if source in ("spider", "person"):
            store.examples.add([NewExample(page, item, source=source)])
        else:
            store.extractions.add([NewExtraction(page, None, item, outcome=source)])
    (found,) = store.examples.known("shop", "product", lost=lost)
    assert found.item == {"title": "Tea", **({"weight": known} if known else {})}


def test_visits_tell_what_was_known_at_each(store: Store) -> None:
    said = [("spider", 1), ("complete", 2), ("partial", 9), ("repaired", 3)]
    for number, (source, price) in enumerate(said):
        (page,) = add(store, fetched_at=NOON + timedelta(days=number))
        if source == "spider":
            store.examples.add([NewExample(page, {"price": price}, source=source)])
            store.extractions.add([NewExtraction(page, None, {"price": 8}, outcome="complete")])
        else:
            store.extractions.add([NewExtraction(page, None, {"price": price}, outcome=source)])
    add(store, url="https://shop.test/once")
    (visits,) = store.examples.visits("shop", "product").values()
    assert [one.item for one in visits] == [{"price": 1}, {"price": 2}, {"price": 3}]
    before = NOON + timedelta(days=2)
    assert [len(one) for one in store.examples.visits("shop", "product", before=before).values()] == [2]


def test_the_networks_labels_are_not_known_values(store: Store) -> None:
    (page,) = add(store)
    store.examples.add([NewExample(page, {"title": "guess"}, source="network")])
    assert store.examples.known("shop", "product") == []


# Failed pages and repairs


def fail(store: Store, count: int = 3, *, outcome: str = "failed", version: int | None = None) -> list[int]:
    numbers = add(store, count)
    store.extractions.add([NewExtraction(number, version, {}, outcome=outcome) for number in numbers])
    return numbers


def test_the_newest_page_of_each_url_of_one_crawl_or_after_it(store: Store) -> None:
    before, _, first, second, after, _ = store.pages.add([
        new_page(1, crawl="before"), new_page(4, crawl="before"), new_page(2, crawl="of today"),
        new_page(3, crawl="of today"), new_page(1), new_page(5, site="other"),
    ])  # fmt: skip
    urls = [new_page(number).url for number in range(1, 6)]
    assert {page.id for page in store.pages.visited("shop", "product", urls, second)} == {first, second, after}
    assert {page.id for page in store.pages.visited("shop", "product", urls[:1], before)} == {after}
    assert {page.id for page in store.pages.visited("shop", "product", urls, after)} == {after}


def test_failed_pages_newest_first_until_a_better_extraction(store: Store) -> None:
    first, second, third = fail(store)
    assert [page.id for page in store.pages.failed("shop", "product")] == [third, second, first]
    store.extractions.add([NewExtraction(second, None, {"title": "x"})])
    assert [page.id for page in store.pages.failed("shop", "product")] == [third, first]
    assert [page.id for page in store.pages.failed("shop", "product", limit=1)] == [third]
    assert [page.id for page in store.pages.failed("shop", "product", since=NOON + timedelta(minutes=3))] == [third]
    assert [page.id for page in store.pages.good("shop", "product")] == [second]


@pytest.mark.parametrize("outcome", ["empty", "login", "captcha", "complete", "repaired"])
def test_other_outcomes_are_not_failed(outcome: str, store: Store) -> None:
    fail(store, outcome=outcome)
    assert store.pages.failed("shop", "product") == []


def test_failed_pages_of_one_version(store: Store) -> None:
    version = store.versions.add("shop", "product", Notes()).id
    mine = fail(store, 2, version=version)
    fail(store, 2)
    assert sorted(page.id for page in store.pages.failed("shop", "product", [version])) == mine


def test_a_lost_archive_record_is_left_out(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    numbers = fail(store, 2)
    store.close()
    (file,) = (store.state / "archive" / "shop").iterdir()
    content = file.read_bytes()
    file.write_bytes(content[:-40])
    assert [page.id for page in store.pages.failed("shop", "product")] == numbers[:1]
    assert "can't be read" in caplog.text
    with pytest.raises(StateError):
        store.pages.get(numbers[1])


def test_each_repaired_item_is_delivered_once(store: Store) -> None:
    numbers = fail(store)
    version = store.versions.add("shop", "product", Notes()).id
    repairs = [Repair(number, version, {"title": f"t{number}"}, (), {"title": 0.9}) for number in numbers]
    assert store.repairs.add(repairs) == numbers
    assert store.repairs.add(repairs) == []
    assert store.pages.failed("shop", "product") == []
    assert store.counts("shop", "product")["undelivered"] == 3
    taken = store.repairs.take("shop")
    assert [item.item for item in taken] == [{"title": f"t{number}"} for number in numbers]
    assert (taken[0].url, taken[0].version, taken[0].confidence) == ("http://shop.example/1", 1, {"title": 0.9})
    assert store.repairs.take("shop") == []
    assert store.repairs.take("elsewhere") == []
    store.repairs.release(taken[2:])
    assert [item.id for item in store.repairs.take("shop")] == [taken[2].id]
    store.repairs.acknowledge(taken)
    assert store.repairs.take("shop") == []
    store.repairs.release(taken)
    assert store.repairs.take("shop") == []
    assert [item.id for item in store.repairs.of(numbers)] == [item.id for item in taken]
    assert store.counts("shop", "product") == {"pages": 3, "examples": 0, "undelivered": 0, "repaired": 3}


def test_what_a_dead_process_had_taken_is_given_again(database: str | None, tmp_path: Path) -> None:
    with Store.open(tmp_path / "state", database) as store:
        version = store.versions.add("shop", "product", Notes()).id
        store.repairs.add([Repair(number, version, {"title": "x"}) for number in fail(store)])
        script = """
import sys
from learner.state.store import Store
print(len(Store.open(sys.argv[1], sys.argv[2] or None).repairs.take('shop')))
"""
        assert run_python(script, tmp_path / "state", database or "").strip() == "3"
        assert len(store.repairs.take("shop")) == 3


def test_a_page_that_failed_again_after_its_repair_can_be_repaired_again(store: Store) -> None:
    (number,) = fail(store, 1)
    version = store.versions.add("shop", "product", Notes()).id
    store.repairs.add([Repair(number, version, {"title": "x"})])
    store.extractions.add([NewExtraction(number, version, {}, outcome="failed")])
    assert store.repairs.add([Repair(number, version, {"title": "y"})]) == [number]
    assert store.extractions.latest([number])[number].item == {"title": "y"}


def test_a_better_repair_takes_the_place_of_one_that_nobody_has_taken(store: Store) -> None:
    first, second = fail(store, 2)
    one, two = (store.versions.add("shop", "product", Notes()).id for _ in range(2))
    store.repairs.add([Repair(first, one, {"title": "a"}), Repair(second, one, {"title": "b"})])
    assert store.repairs.add([Repair(first, two, {"title": "a", "price": 1})]) == [first]
    assert [item.item for item in store.repairs.take("shop")] == [{"title": "b"}, {"title": "a", "price": 1}]
    assert [item.version for item in store.repairs.of([first, second])] == [1, 2]


@pytest.mark.parametrize(
    ("pages", "taker", "given", "superseded"),
    [
        # (crawl, URL, minute, what became of the page); the crawls a and b are running, the others have ended
        ([("", 1, 1, "repaired"), ("", 1, 2, "repaired"), ("", 1, 3, "repaired")], "", [3], [1, 2]),
        ([("", 1, 2, "repaired"), ("", 1, 1, "repaired"), ("", 2, 1, "repaired")], "", [1, 3], [2]),
        ([("", 1, 1, "repaired"), ("", 1, 2, "complete")], "", [], [1]),
        ([("", 1, 1, "repaired"), ("", 1, 2, "partial")], "", [], [1]),
        ([("", 1, 1, "repaired"), ("", 1, 2, "told")], "", [], [1]),
        ([("", 1, 1, "repaired"), ("", 1, 2, "failed"), ("", 1, 3, "login")], "", [1], []),
        ([("", 1, 1, "repaired"), ("", 1, 2, "moved")], "", [], [1]),
        ([("old", 1, 1, "repaired"), ("a", 1, 2, "repaired"), ("b", 1, 3, "repaired")], "", [], [1]),
        ([("old", 1, 1, "repaired"), ("a", 1, 2, "repaired"), ("b", 1, 3, "repaired")], "a", [2], [1]),
        ([("old", 1, 1, "repaired"), ("a", 1, 2, "repaired"), ("b", 1, 3, "repaired")], "b", [3], [1]),
        ([("a", 1, 1, "repaired"), ("a", 1, 2, "repaired"), ("old", 2, 1, "repaired")], "a", [2, 3], [1]),
        ([("a", 1, 1, "repaired"), ("old", 1, 2, "repaired")], "a", [1, 2], []),
        ([("", 1, 1, "repaired"), (EVIDENCE, 1, 2, "complete"), (EVIDENCE, 2, 3, "repaired")], "", [1], []),
    ],
)
def test_of_one_url_the_newest_page_is_delivered_and_what_a_running_crawl_fetched_is_left_to_it(
    pages: list[tuple[str, int, int, str]], taker: str, given: list[int], superseded: list[int], store: Store
) -> None:
    version = store.versions.add("shop", "product", Notes()).id
    names = {name: store.crawls.begin("shop") for name in ("a", "b", "old")}
    store.crawls.end(names["old"])
    assert set(store.crawls.running("shop")) == {names["a"], names["b"]}
    numbers: list[int] = []
    for crawl, url, minute, outcome in pages:
        changes: dict[str, Any] = {"fetched_at": NOON + timedelta(minutes=minute), "crawl": names.get(crawl, crawl)}
        if outcome == "moved":
            changes |= {"url": "http://shop.example/moved", "asked_url": f"http://shop.example/{url}"}
        numbers += store.pages.add([new_page(url, **changes)])
        if outcome == "told":
            store.examples.add([NewExample(numbers[-1], {"title": "x"})])
        elif outcome != "repaired":
            outcome = outcome.replace("moved", "complete")
            store.extractions.add([NewExtraction(numbers[-1], version, {}, outcome=outcome)])
    repaired = [number for number, page in zip(numbers, pages, strict=True) if page[3] == "repaired"]
    store.repairs.add([Repair(number, version, {"title": str(number)}) for number in repaired])
    taken = store.repairs.take("shop", limit=2, crawl=names.get(taker, ""))
    taken += store.repairs.take("shop", crawl=names.get(taker, ""))
    first = numbers[0] - 1
    for wanted, found in ((given, False), (superseded, True)):
        assert sorted(int(item.item["title"]) - first for item in taken if item.superseded is found) == wanted
    own = [item for item in taken if item.crawl == names.get(taker)]
    assert {int(item.item["title"]) - first for item in own} == {
        number for number, page in enumerate(pages, 1) if page[0] == taker and page[3] == "repaired" and taker
    }


@pytest.mark.parametrize(
    ("crawl", "outcome", "superseded", "outdated"),
    [
        ("a", "failed", False, True),
        ("a", "login", False, False),  # what the page shows is not known, as if it had not come
        ("a", "partial", True, False),
        ("old", "failed", False, False),
    ],
)
def test_an_item_is_outdated_where_the_crawl_that_takes_it_could_not_read_its_own_page(
    crawl: str, outcome: str, superseded: bool, outdated: bool, store: Store
) -> None:
    version = store.versions.add("shop", "product", Notes()).id
    names = {name: store.crawls.begin("shop") for name in ("a", "old")}
    store.crawls.end(names["old"])
    (before,) = store.pages.add([new_page(1, fetched_at=NOON)])
    (after,) = store.pages.add([new_page(1, fetched_at=NOON + timedelta(days=1), crawl=names[crawl])])
    store.extractions.add([NewExtraction(after, version, {}, outcome=outcome)])
    store.repairs.add([Repair(before, version, {"title": "x"})])
    (taken,) = store.repairs.take("shop", crawl=names["a"])
    assert (taken.superseded, taken.outdated) == (superseded, outdated)


def test_a_crawl_that_died_has_ended(database: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = """
import sys
from learner.state.store import Store
print(Store.open(sys.argv[1], sys.argv[2] or None).crawls.begin('shop'))
"""
    dead = run_python(script, tmp_path / "state", database or "").strip()
    with Store.open(tmp_path / "state", database) as store:
        assert store.crawls.running("shop") == []
        mine = store.crawls.begin("shop")
        assert store.crawls.running("shop") == [mine]
        assert store.crawls.running("elsewhere") == []
        assert mine != dead
        # Of a crawl of another machine nothing is known but when it began.
        monkeypatch.setattr("socket.gethostname", lambda: "elsewhere")
        assert store.crawls.running("shop") == [mine]
        monkeypatch.setattr("learner.state.tables.crawls.BELIEVED", timedelta())
        assert store.crawls.running("shop") == []


# Drift, detectors, events


def test_drift_is_pending_once_and_ends_with_a_promotion(store: Store) -> None:
    version = store.versions.promote(store.versions.add("shop", "product", Notes()).id)
    assert store.drifts.record("shop", "product", {"fields": ["title"]}, version_ids=[version.id], since=NOON)
    assert not store.drifts.record("shop", "product", {"fields": ["title", "price"]})
    (pending,) = store.drifts.pending("shop")
    assert (pending.template, pending.versions, pending.since) == ("product", (version.id,), NOON)
    assert pending.detail == {"fields": ["title", "price"]}
    assert store.drifts.pending("shop", "list") == []
    assert store.drifts.healed("shop") == []
    better = store.versions.promote(store.versions.add("shop", "product", Notes(), parent=version.id).id)
    assert store.drifts.pending("shop") == []
    (healed,) = store.drifts.healed("shop")
    assert not store.drifts.record("shop", "product", {}, version_ids=[version.id]), "the version is not live any more"
    assert store.drifts.pending("shop") == []
    *_, late = store.drifts.healed("shop")
    assert late.versions == (version.id,), "what failed on it is still to be extracted again"
    for drift in (healed, late):
        store.drifts.caught_up(drift.id)
    assert store.drifts.healed("shop") == []
    assert store.drifts.record("shop", "product", {}, version_ids=[better.id])
    store.drifts.clear("shop", "product")
    assert (store.drifts.pending("shop"), store.drifts.healed("shop")) == ([], [])
    told = ["taken_back", "drift", "promoted", "drift", "promoted"]
    assert [event.kind for event in store.events.newest("shop")] == told


@pytest.mark.parametrize(
    ("pending", "then", "fields"),
    [
        ({"fields": ["title"]}, {"fields": ["price"]}, ["price"]),
        ({"fields": ["title"], "presence": {"title": 1.0}, "lost_by": 2}, {"fields": ["price"]}, ["price", "title"]),
        ({"fields": ["title"], "presence": {"title": 1.0}, "lost_by": 2}, {}, ["title"]),
    ],
)
def test_what_a_heal_has_not_brought_back_stays_a_part_of_the_drift(
    pending: dict[str, Any], then: dict[str, Any], fields: list[str], store: Store
) -> None:
    for detail in (pending, then):
        store.drifts.record("shop", "product", detail)
    (drift,) = store.drifts.pending("shop")
    assert drift.detail == {**pending, **then, "fields": fields}


def test_detector_state_belongs_to_a_version(store: Store) -> None:
    first, second = (store.versions.add("shop", "product", Notes()).id for _ in range(2))
    assert store.detectors.state("shop", "product", [first]) is None
    store.detectors.save("shop", "product", [first], {"n": 1})
    store.detectors.save("shop", "product", [first], {"n": 2})
    assert store.detectors.state("shop", "product", [first]) == {"n": 2}
    assert store.detectors.state("shop", "product", [second]) is None
    assert store.detectors.state("shop", "list", [first]) is None


def test_events_newest_first(store: Store) -> None:
    for kind in ("learned", "drift", "healed", "drift"):
        store.events.add("shop", "product", kind, {"n": 1})
    assert [event.kind for event in store.events.newest("shop")] == ["drift", "healed", "drift", "learned"]
    assert [event.kind for event in store.events.newest("shop", kind="drift", limit=1)] == ["drift"]
    assert store.events.newest("shop", "list") == []
    assert store.sites() == ["shop"]


def test_what_is_gone_is_so_until_it_is_seen_again(store: Store) -> None:
    for kind, fields in ((GONE, ["price", "size"]), (SEEN_AGAIN, ["size"]), (GONE, ["colour"])):
        store.events.add("shop", "product", kind, {"fields": fields})
    assert store.events.gone("shop", "product") == {"price", "colour"}
    assert store.events.gone("shop", "list") == set()


# Several processes


ADD_VERSIONS = """
import os, sys
from pathlib import Path
from learner.state.store import Store
from store_tools import Notes, new_page
children = []
for worker in range(4):
    child = os.fork()
    if child == 0:
        code = 1
        try:
            with Store.open(Path(sys.argv[1]), sys.argv[2] or None) as store:
                for n in range(25):
                    store.pages.add([new_page(n)])
                    version = store.versions.add("shop", "product", Notes(files=1))
                    store.drifts.record("shop", "product", {str(worker): n})
                    store.versions.promote(version.id)
            code = 0
        finally:
            os._exit(code)
    children.append(child)
assert [os.waitpid(child, 0)[1] for child in children] == [0] * 4
"""


def test_four_processes_that_read_then_write_never_meet_a_lock(database: str | None, tmp_path: Path) -> None:
    run_python(ADD_VERSIONS, tmp_path / "state", database or "")
    with Store.open(tmp_path / "state", database) as store:
        assert [version.number for version in store.versions.all("shop", "product")] == list(range(1, 101))
        assert store.counts("shop", "product")["pages"] == 100
        assert [v.state for v in store.versions.all("shop", "product")].count("live") == 1


def test_the_second_lease_has_to_wait(store: Store) -> None:
    hold = store.leases.hold
    with hold("shop", 60) as first, hold("shop", 60) as second, hold("other", 60) as other:
        assert (first, second, other) == (True, False, True)
    with store.leases.hold("shop", 60) as again:
        assert again


@pytest.mark.parametrize(("wait", "held"), [(0.0, False), (0.1, False), (20.0, True)])
def test_a_lease_is_waited_for(wait: float, held: bool, store: Store) -> None:
    begun: list[float] = []
    with store.leases.hold("shop", 60 if wait < 1 else 0.3):
        began = time.monotonic()
        with store.leases.hold("shop", 60, wait=wait, waits=lambda: begun.append(began)) as mine:
            assert mine is held
    assert bool(begun) is bool(wait)
    assert time.monotonic() - began < 10


def test_a_lease_whose_time_is_over_can_be_taken(store: Store) -> None:
    with store.leases.hold("shop", -1) as first, store.leases.hold("shop", 60) as second:
        assert (first, second) == (True, True)
    with store.leases.hold("shop", 60) as third:
        assert third


def test_the_lease_of_a_killed_process_is_taken_over(database: str | None, tmp_path: Path) -> None:
    script = """
import os, sys
from learner.state.store import Store
store = Store.open(sys.argv[1], sys.argv[2] or None)
with store.leases.hold("shop", 3600) as held:
    print(held, flush=True)
    os._exit(0)
"""
    assert run_python(script, tmp_path / "state", database or "").strip() == "True"
    with Store.open(tmp_path / "state", database) as store, store.leases.hold("shop", 60) as held:
        assert held


# Speed


def test_five_hundred_pages_with_examples_take_less_than_a_second_of_processor(tmp_path: Path) -> None:
    bodies = [" ".join(f"<p class='c{(n * k) % 97}'>text {n * k}</p>" for k in range(450)).encode() for n in range(500)]
    assert sum(map(len, bodies)) > 500 * 13_000
    with Store.open(tmp_path / "state") as store:
        start = time.process_time()
        for first in range(0, 500, 50):
            batch = [new_page(n, body=bodies[n]) for n in range(first, first + 50)]
            numbers = store.pages.add(batch)
            store.examples.add([NewExample(number, VALUES) for number in numbers])
            store.extractions.add([NewExtraction(number, None, VALUES) for number in numbers])
        assert time.process_time() - start < 1.0


# A full disk


FILL = """
import os, resource, signal, sys
from learner.errors import StateError
from learner.state.records import NewExample
from learner.state.store import Store
from store_tools import Notes, new_page
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
store = Store.open(sys.argv[1])
store.versions.promote(store.versions.add("shop", "product", Notes()).id)
limit = int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
kept = 0
try:
    for n in range(10_000):
        number, = store.pages.add([new_page(n, body=os.urandom(int(sys.argv[3])))])
        store.examples.add([NewExample(number, {"title": "x" * 300})])
        kept += 1
except StateError as error:
    assert error.kept and error.hint, error
    print(kept)
"""


@pytest.mark.skipif(os.name != "posix", reason="needs RLIMIT_FSIZE")
@pytest.mark.parametrize(("limit", "body"), [(300_000, 5_000), (400_000, 10)])
def test_when_no_more_can_be_written_what_was_stays(limit: int, body: int, tmp_path: Path) -> None:
    kept = int(run_python(FILL, tmp_path / "state", limit, body))
    assert kept > 5
    with Store.open(tmp_path / "state") as store:
        assert len(store.examples.best("shop", "product", limit=10_000)) >= kept
        live = store.versions.live("shop", "product")
        assert live is not None
        assert live.folder.is_dir()


def test_what_can_only_be_read_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Store.open(tmp_path / "state") as store:
        add(store)
        version = store.versions.add("shop", "product", Notes())
        store.versions.promote(version.id)
    connect = database.connect

    def refused(target: Path, *, frozen: bool = False) -> Any:
        if not frozen:
            raise StateUnwritable("no room")
        return connect(target, frozen=frozen)

    monkeypatch.setattr(database, "connect", refused)
    with Store.open(tmp_path / "state") as store:
        assert store.frozen
        live = store.versions.live("shop", "product")
        assert live is not None
        assert live.number == 1
        with pytest.raises(StateUnwritable):
            store.drifts.record("shop", "product", {})


def test_the_places_that_a_person_meant_are_kept(store: Store) -> None:
    (number,) = store.pages.add([new_page()])
    places = {"price": ["/html/body/p text"]}
    store.examples.add([NewExample(number, {"price": "4"}, source="person", places=places)])
    assert [example.places for example in store.examples.best("shop", "product")] == [places]


def written_before(number: int, database: str | None, state: Path, *statements: str) -> None:
    """Turn the database into one of an older schema."""
    engine = create_engine(database or f"sqlite:///{state / 'evergreen.sqlite3'}")
    with engine.begin() as connection:
        for statement in (*statements, f"UPDATE evergreen_schema SET number = {number}"):
            connection.exec_driver_sql(statement)
    engine.dispose()


BEFORE_6 = ("ALTER TABLE pages DROP COLUMN crawl", "DROP TABLE crawls")
BEFORE_5 = ("ALTER TABLE pages DROP COLUMN asked_url", *BEFORE_6)
BEFORE_4 = (
    *BEFORE_5,
    "DROP TABLE live",
    "CREATE TABLE live (site VARCHAR NOT NULL, template VARCHAR NOT NULL, version_id INTEGER NOT NULL, "
    "PRIMARY KEY (site, template), FOREIGN KEY(version_id) REFERENCES versions (id))",
    "INSERT INTO live VALUES ('shop', 'list', 1), ('shop', 'product', 2)",
)
BEFORE_3 = ("DROP TABLE shapes", *BEFORE_4)
BEFORE_2 = ("ALTER TABLE examples DROP COLUMN places", *BEFORE_3)


@pytest.mark.parametrize(
    ("number", "statements"),
    [(1, BEFORE_2), (2, BEFORE_3), (3, BEFORE_4), (4, BEFORE_5), (5, BEFORE_6)],
    ids=["first", "second", "third", "fourth", "fifth"],
)
def test_a_database_of_an_older_schema_is_brought_up_to_date(
    number: int, statements: tuple[str, ...], database: str | None, tmp_path: Path
) -> None:
    with Store.open(tmp_path, database) as store:
        store.examples.add([NewExample(page, {"a": "1"}) for page in store.pages.add([new_page()])])
        for template in ("list", "product"):
            store.versions.promote(store.versions.add("shop", template, Notes()).id)
        store.drifts.record("shop", "list", {"fields": ["title"]})
        store.detectors.save("shop", "list", [1], {"n": 1})
    old = """UPDATE drifts SET detail = '{"fields": ["title"]}'""", """UPDATE detectors SET state = '{"n": 1}'"""
    written_before(number, database, tmp_path, *old, *statements)
    for _ in range(2):
        with Store.open(tmp_path, database) as store:
            (example,) = store.examples.best("shop", "product")
            assert (example.item, example.places) == ({"a": "1"}, None)
            assert store.shapes.of("shop") == {}
            assert store.pages.moves("shop") == {}
            assert [version.id for version in store.versions.all_live("shop", "list")] == [1]
            (pending,) = store.drifts.pending("shop")
            assert (pending.versions, pending.detail) == ((1,), {"fields": ["title"]})
            assert store.detectors.state("shop", "list", [1]) == {"n": 1}
    with Store.open(tmp_path, database) as store:
        store.shapes.save("shop", "list", {"callback": "parse"})
        store.versions.promote(store.versions.add("shop", "product", Notes()).id, beside=[2])
        assert [version.number for version in store.versions.all_live("shop", "product")] == [2, 1]
        assert store.unsettled() == {"shop"}


def test_an_updated_database_has_the_tables_of_a_new_one(database: str | None, tmp_path: Path) -> None:
    def tables() -> dict[str, object]:
        engine = create_engine(database or f"sqlite:///{tmp_path / 'evergreen.sqlite3'}")
        inspector = inspect(engine)
        found = {
            name: (
                {(column["name"], str(column["type"]), column["nullable"]) for column in inspector.get_columns(name)},
                inspector.get_pk_constraint(name),
                sorted(map(str, inspector.get_unique_constraints(name))),
                sorted(map(str, inspector.get_foreign_keys(name))),
            )
            for name in inspector.get_table_names()
        }
        engine.dispose()
        return found

    Store.open(tmp_path, database).close()
    new = tables()
    written_before(1, database, tmp_path, *BEFORE_2[:-1])
    assert tables() != new
    Store.open(tmp_path, database).close()
    assert tables() == new


def test_sites_with_something_to_do_are_told(store: Store) -> None:
    for site in ("rest", "drift", "behind", "taught", "owed", "empty"):
        page = replace(new_page(), site=site)
        (number,) = store.pages.add([page])
        if site == "empty":
            continue
        if site == "taught":
            store.examples.add([NewExample(number, {"a": "1"})])
            continue
        version = store.versions.promote(store.versions.add(site, page.template, Notes()).id)
        if site in ("drift", "behind"):
            store.drifts.record(site, page.template, {})
        if site == "behind":
            store.versions.promote(store.versions.add(site, page.template, Notes()).id)
        if site == "owed":
            store.repairs.add([Repair(number, version.id, {"a": "1"})])
    assert store.unsettled() == {"drift", "behind", "taught", "owed"}
    store.drifts.clear("drift", "product")
    store.drifts.caught_up(store.drifts.healed("behind")[0].id)
    store.repairs.acknowledge(store.repairs.take("owed"))
    store.versions.promote(store.versions.add("taught", "product", Notes()).id)
    assert store.unsettled() == set()
