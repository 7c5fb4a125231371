"""Examples of a person turned into learned code, over an empty store or one that knows the site."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from crawler.inputs.lessons import leave_out, teach
from learner import Example, InvalidExample, NothingLearned, UnknownName, learn
from learner.programs.recordlist import assemble
from learner.retraining.fitting import Several
from learner.state.records import NewExample, NewPage
from learner.state.store import Store

OLD = "<h1 class=t>{}</h1><p class=by>{}</p><div class=year>Year: {}</div><p>A long story.</p>"
NEW = "<main><nav>Books</nav><h2 id=t>{}</h2><dl><dt>Author<dd>{}<dt>First printed<dd>{}</dl></main>"
OTHER = "<table><tr><td>Shipping<td>{}<tr><td>Returns<td>{}<tr><td>Terms<td>{}</table>"
BOOKS = [
    ("Emma", "Jane Austen", "1815"),
    ("Middlemarch", "George Eliot", "1871"),
    ("Villette", "C. Brontë", "1853"),
    ("Shirley", "Currer Bell", "1849"),
    ("Romola", "Mary Ann Evans", "1863"),
    ("Persuasion", "J. A.", "1817"),
]
ALL = ("title", "author", "year")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "state") as opened:
        yield opened


def shown(number: int, design: str = OLD, fields: tuple[str, ...] = ALL, **change: str) -> Example:
    values = dict(zip(ALL, BOOKS[number], strict=True))
    item = {name: values[name] for name in fields} | change
    return Example(f"https://b.example/{number}", design.format(*BOOKS[number]), item, source="person")


def read(store: Store, design: str, number: int = 5) -> dict[str, object]:
    live = store.versions.live("books", "book")
    assert live is not None
    return dict(live.load().extract(design.format(*BOOKS[number]), "https://b.example/x").item)


def test_fields_that_the_examples_lack_keep_their_rules(store: Store) -> None:
    by_spider = learn([replace(shown(number), source="spider") for number in range(3)])
    store.versions.promote(store.versions.add("books", "book", by_spider).id)
    (lesson,) = teach(store, "books", {"book": [shown(3, NEW, ("title",)), shown(4, NEW, ("title",))]})
    assert (lesson.version, lesson.fields, lesson.kept) == (2, ("author", "title", "year"), ("author", "year"))
    assert {name: read(store, OLD)[name] for name in ("author", "year")} == {"author": "J. A.", "year": "1817"}
    assert read(store, NEW)["title"] == "Persuasion"


@pytest.mark.parametrize(
    ("design", "fields", "rare"),
    [
        (OLD.replace("<div class=year>Year: {}</div>", "{:.0}"), ("title", "author"), {"year"}),
        (OLD.replace("<div class=year>Year: {}</div>", "{:.0}"), ("title",), set()),  # a correction
        (OLD, ("title", "author"), set()),  # forgotten
        (NEW, ("title", "author"), set()),  # it may be there
    ],
    ids=["without it", "corrected", "not named", "another design"],
)
def test_what_a_page_lacks_that_is_shown_as_it_is_is_not_always_there(
    design: str, fields: tuple[str, ...], rare: set[str], store: Store
) -> None:
    teach(store, "books", {"book": [shown(0), shown(1)]})
    teach(store, "books", {"book": [shown(2, design, fields)]})
    live = store.versions.live("books", "book")
    assert live is not None
    assert {name for name, profile in live.load().fields.items() if profile.presence < 1} == rare


@pytest.mark.parametrize(("change", "kept"), [
    pytest.param({}, ("author", "title", "year"), id="read as shown"),
    pytest.param({"year": "Author"}, ("author", "title"), id="one is to be read otherwise"),
])  # fmt: skip
def test_what_is_read_as_shown_keeps_rules_of_more_pages(
    store: Store, change: dict[str, str], kept: tuple[str, ...]
) -> None:
    healed = learn([replace(shown(number, NEW), source="network") for number in range(4)])
    store.versions.promote(store.versions.add("books", "book", healed).id)
    (lesson,) = teach(store, "books", {"book": [shown(4, NEW, **change)]})
    assert lesson.kept == kept
    live = store.versions.live("books", "book")
    assert live is not None
    now, before = (
        {name: [str(rule) for rule in fields[name].rules] for name in kept}
        for fields in (live.load().program.fields, healed.program.fields)
    )
    assert now == before


def test_values_of_a_former_design_are_no_measure_of_a_field_that_is_corrected(store: Store) -> None:
    by_spider = learn([replace(shown(number), source="spider") for number in range(3)])
    store.versions.promote(store.versions.add("books", "book", by_spider).id)
    teach(store, "books", {"book": [shown(3, NEW, ("year",))]})
    live = store.versions.live("books", "book")
    assert live is not None
    assert {example.url[-1]: set(example.values) for example in live.load().examples} == {
        "3": {"year"}, **{number: {"title", "author"} for number in "012"},
    }  # fmt: skip


FORMERLY = "<h1>Tea {0}</h1><div class=box><b class=now>£{1}</b>{2}</div>{3}"
TODAY = "<main><h2>Tea {0}</h2><div class=c><p>Only today</p>{2}<em>£{1}</em></div><section>{3}</section></main>"
PRICES = [(301 + 7 * n, 357 + 9 * n if n % 3 else 0) for n in range(18)]
GONE = (4, 9, 15)
"""Teas without a price: sold."""


def tea(number: int, design: str) -> str:
    now, was = PRICES[number]
    old = "" if not was else f"<s class=was>£{was}</s>" if design is FORMERLY else f"<p>Was <i>£{was}</i></p>"
    boxes = [
        f"<div class={'mini' if design is FORMERLY else 'c'}><a href=/tea/{other}>Tea {other}</a>"
        + (f"<span>£{PRICES[other][0]}</span>" if design is FORMERLY else f"<em>£{PRICES[other][0]}</em>")
        + "</div>"
        for other in ((number + 1) % 18, (number + 5) % 18)
        if other not in GONE
    ]
    html = design.format(number, now, old, "".join(boxes))
    return html.replace(f"£{now}", "Sold", 1).replace(old, "") if number in GONE else html


def test_what_is_known_of_other_pages_and_what_former_ones_showed_holds_what_is_taught(store: Store) -> None:
    def truth(number: int) -> dict[str, object]:
        now, was = PRICES[number]
        priced = {"price": now, **({"old_price": was} if was else {})}
        return {"title": f"Tea {number}", **(priced if number not in GONE else {})}

    def page(number: int, design: str) -> NewPage:
        url = f"https://t.example/tea/{number}"
        return NewPage("teas", "tea", url, tea(number, design).encode(), "text/html", 200, datetime.now(UTC))

    pairs = [page(number, FORMERLY) for number in range(18)]
    examples = [Example(one.url, one.body, truth(n), source="spider") for n, one in enumerate(pairs)]
    ids = store.pages.add(pairs)
    store.examples.add([NewExample(one, truth(n), None, "spider", None) for n, one in enumerate(ids)])
    first = learn(examples[:12])
    assert first.doubts.companions
    store.versions.promote(store.versions.add("teas", "tea", first).id)
    store.pages.add([page(number, TODAY) for number in range(18)])
    # One that is reduced, and one that never was.
    for number in (1, 3):
        item = truth(number)
        del item["title"]
        shown = Example(f"https://t.example/tea/{number}", tea(number, TODAY), item, source="person")
        teach(store, "teas", {"tea": [shown]})
    live = store.versions.live("teas", "tea")
    assert live is not None
    extractor = live.load()
    assert extractor.doubts.companions == {("old_price", "price"): first.doubts.companions["old_price", "price"]}
    given = 0
    for number in range(18):
        item = extractor.read(tea(number, TODAY), f"https://t.example/tea/{number}").item
        told = {name: value for name, value in item.items() if name != "title"}
        assert told.items() <= truth(number).items(), number
        given += "price" in told
    assert given == 18 - len(GONE)


def test_what_a_person_said_before_is_learned_from_again(store: Store) -> None:
    teach(store, "books", {"book": [shown(0), shown(1)]})
    (lesson,) = teach(store, "books", {"book": [shown(2, fields=("title",))]})
    assert (lesson.version, lesson.fields, lesson.kept) == (2, ("author", "title", "year"), ("author", "year"))
    live = store.versions.live("books", "book")
    assert live is not None
    assert {example.url[-1] for example in live.load().examples} == {"0", "1", "2"}


def test_a_field_that_is_corrected_leaves_the_others_as_they_are(store: Store) -> None:
    teach(store, "books", {"book": [shown(0)]})
    (lesson,) = teach(store, "books", {"book": [shown(3, fields=("year",))]})
    assert lesson.kept == ("author", "title")
    assert not lesson.warnings
    assert read(store, OLD) == dict(zip(ALL, BOOKS[5], strict=True))
    healed = learn([replace(shown(number, NEW), source="network") for number in range(4)])
    store.versions.promote(store.versions.add("books", "book", healed).id)
    (lesson,) = teach(store, "books", {"book": [shown(4, NEW, fields=("year",))]})
    assert {"author", "title"} <= set(lesson.kept)
    assert read(store, NEW) == dict(zip(ALL, BOOKS[5], strict=True))


def test_two_examples_of_a_page_are_one(store: Store) -> None:
    (lesson,) = teach(store, "books", {"book": [shown(0, fields=("title",)), shown(0, fields=("author",))]})
    assert lesson.fields == ("author", "title")
    teach(store, "books", {"book": [shown(0, fields=("year",))]})
    (example,) = store.examples.best("books", "book")
    assert example.item == dict(zip(ALL, BOOKS[0], strict=True))


def test_a_page_shown_again_loses_what_no_longer_stands_there(store: Store) -> None:
    teach(store, "books", {"book": [shown(0)]})
    changed = Example("https://b.example/0", NEW.format("Emma", "Jane A.", "1815"), {"title": "Emma"}, source="person")
    teach(store, "books", {"book": [changed]})
    (example,) = store.examples.best("books", "book")
    assert example.item == {"title": "Emma", "year": "1815"}


def test_contradictions_are_refused_and_nothing_is_kept(store: Store) -> None:
    with pytest.raises(InvalidExample, match="contradict each other: author is 'Jane Austen' in one and '1815'"):
        teach(store, "books", {"book": [shown(0), shown(0, fields=("title",), author="1815")]})
    assert store.templates("books") == []


def test_one_page_of_a_new_design_is_enough(store: Store) -> None:
    teach(store, "books", {"book": [shown(number) for number in range(5)]})
    (lesson,) = teach(store, "books", {"book": [shown(5, NEW)]})
    assert read(store, NEW, 2) == dict(zip(ALL, BOOKS[2], strict=True))
    assert any("another design" in warning for warning in lesson.warnings)


def answers(store: Store, design: str, number: int) -> dict[str, object]:
    """What the live versions say of a page, the one that fits it best."""
    live = [(one.number, one.load()) for one in store.versions.all_live("books", "book")]
    return dict(Several(live).read(design.format(*BOOKS[number]), f"https://b.example/{number}").item)


def elsewhere(number: int) -> Example:
    """A page of the new design whose address no page of the old one has."""
    return replace(shown(number, NEW), url=f"https://b.example/new/{number}")


OLD_PAGES, NEW_PAGES = [shown(number) for number in range(4)], [elsewhere(number) for number in range(4)]


@pytest.mark.parametrize(
    ("before", "given", "gone", "read"),
    [
        # Another design: what was live goes on for its own pages, unless the new one reads these too.
        ([OLD_PAGES], [elsewhere(4)], set(), (OLD, NEW)),
        ([OLD_PAGES, NEW_PAGES], [shown(4, OTHER, ("title",), title="Romola")], set(), (OLD, NEW)),
        # More of the same design, or what a person corrects: it takes the place of what was.
        ([OLD_PAGES], [shown(4)], {1}, (OLD,)),
        ([OLD_PAGES], [shown(4, year="Mary Ann Evans", author="1863")], {1}, (OLD,)),
        ([OLD_PAGES, NEW_PAGES], [elsewhere(4)], {2}, (OLD, NEW)),
        ([OLD_PAGES, NEW_PAGES], [shown(4)], {1}, (OLD, NEW)),
        ([OLD_PAGES, NEW_PAGES], [shown(4), elsewhere(5)], {1, 2}, (OLD, NEW)),
        # The same addresses, shown in another design: the site was redesigned.
        ([OLD_PAGES], [shown(number, NEW) for number in range(4)], {1}, (NEW,)),
    ],
    ids=["new", "third", "more", "correction", "more new", "more old", "both", "redesigned"],
)
def test_versions_of_other_designs_stay(
    store: Store, before: list[list[Example]], given: list[Example], gone: set[int], read: tuple[str, ...]
) -> None:
    for examples in before:
        teach(store, "books", {"book": examples})
    (lesson,) = teach(store, "books", {"book": given})
    live = [one.number for one in store.versions.all_live("books", "book")]
    assert live == [lesson.version, *lesson.beside]
    assert not gone & {*live}
    assert sum("stays beside it" in line for line in lesson.lines("books")) == len(live) - 1
    for design in read:
        assert answers(store, design, 5)["title"] == "Persuasion"


@pytest.mark.parametrize(("most", "live"), [(1, [2]), (2, [2, 1])])
def test_the_number_of_live_versions_is_bounded(store: Store, most: int, live: list[int]) -> None:
    teach(store, "books", {"book": OLD_PAGES})
    teach(store, "books", {"book": [elsewhere(4)]}, most_live=most)
    assert [one.number for one in store.versions.all_live("books", "book")] == live


@pytest.mark.parametrize(
    ("examples", "said"),
    [
        (
            [shown(n) for n in range(3)] + [shown(3, OTHER)],
            "values are not read as shown on https://b.example/3: is it a page of another",
        ),
        ([shown(0), shown(1, fields=("title", "author"))], "year is read as '1871' on https://b.example/1, too"),
        ([shown(0), shown(1), shown(2, year="George Eliot")], "year is read as '1853', not 'George Eliot'"),
        ([shown(0), shown(1), shown(2), shown(3, author="Shirley")], "author is read as 'Currer Bell', not 'Shirley'"),
    ],
    ids=["another template", "a field not named", "a value of elsewhere", "a field mixed up"],
)
def test_what_does_not_fit_is_told(store: Store, examples: list[Example], said: str) -> None:
    (lesson,) = teach(store, "books", {"book": examples})
    assert any(said in line for line in lesson.lines("books")), lesson.warnings
    assert read(store, OLD)["title"] == "Persuasion"


def test_a_field_that_is_gone_is_not_asked_for_any_more(store: Store) -> None:
    teach(store, "books", {"book": [shown(0), shown(1)]})
    (lesson,) = leave_out(store, "books", ["book"], ["year"])
    assert (lesson.version, lesson.fields) == (2, ("author", "title"))
    assert read(store, OLD) == {"title": "Persuasion", "author": "J. A."}
    live = store.versions.live("books", "book")
    assert live is not None
    assert live.load().expected == {"title", "author"}
    assert all("year" not in (example.item or {}) for example in live.load().examples)


def test_what_is_gone_comes_back_only_where_it_is_shown_again(store: Store) -> None:
    teach(store, "books", {"book": [shown(0), shown(1)]})
    leave_out(store, "books", ["book"], ["year"])
    (lesson,) = teach(store, "books", {"book": [shown(2, fields=("title", "author"))]})
    assert lesson.fields == ("author", "title")
    (lesson,) = teach(store, "books", {"book": [shown(0, fields=("title",))]})
    assert lesson.fields == ("author", "title")
    (lesson,) = teach(store, "books", {"book": [shown(3)]})
    assert lesson.fields == ("author", "title", "year")


def test_what_is_gone_is_gone_from_all_live_versions(store: Store) -> None:
    old, new = (
        store.versions.add("books", "book", learn([shown(number, design) for number in range(3)]))
        for design in (OLD, NEW)
    )
    store.versions.promote(old.id)
    store.versions.promote(new.id, beside=[old.id])
    (lesson,) = leave_out(store, "books", ["book"], ["year"])
    assert (lesson.version, lesson.beside) == (4, (3,))
    for design in (OLD, NEW):
        several = Several([(one.number, one.load()) for one in store.versions.all_live("books", "book")])
        number, extraction = several.answer(design.format(*BOOKS[3]), "https://b.example/3")
        assert (number, extraction.item) == (3 if design is OLD else 4, {"title": "Shirley", "author": "Currer Bell"})


@pytest.mark.parametrize(
    ("names", "error", "said"),
    [
        (["yaer"], UnknownName, "Did you mean 'year'?"),
        (["title", "author", "year"], NothingLearned, "no field would be left"),
    ],
)
def test_what_cannot_be_left_out(store: Store, names: list[str], error: type[Exception], said: str) -> None:
    teach(store, "books", {"book": [shown(0), shown(1)]})
    with pytest.raises(error, match=said.replace("?", r"\?")):
        leave_out(store, "books", ["book"], names)
    assert [version.number for version in store.versions.all_live("books", "book")] == [1]


def dish(number: int, source: str = "person") -> Example:
    """A page whose steps nothing tells from the introduction before them."""
    title = BOOKS[number][0]
    steps = [f"{step} number {number}." for step in ("Fry the leek", "Stir in the rice", "Add the stock", "Rest it")]
    told = "".join(f"<p>{text}</p>" for text in ("A dish for rainy days.", *steps))
    html = f"<html><body><h1>{title}</h1><div>{told}</div><p>Bye.</p></body></html>"
    return Example(f"https://b.example/{number}", html, {"title": title, "steps": steps}, source=source)


def test_what_is_read_otherwise_than_it_was_shown_is_not_given(store: Store) -> None:
    (lesson,) = teach(store, "books", {"book": [dish(0)]})
    assert (lesson.fields, lesson.not_given, lesson.exit_code) == (("title",), ("steps",), 1)
    told = "\n".join(lesson.lines("books"))
    assert "steps is read as \"['A dish for rainy days.', 'Fry" in told
    assert "not given, for nothing that is learned reads it as shown: steps\nNext: correct the example" in told
    live = store.versions.live("books", "book")
    assert live is not None
    assert live.load().read(dish(1).html, "https://b.example/1").item == {"title": "Middlemarch"}
    # Nor where a page that was shown before is read otherwise.
    assert teach(store, "books", {"book": [dish(1)]})[0].not_given == ("steps",)


def test_live_rules_that_read_a_field_otherwise_do_not_go_on(store: Store) -> None:
    before = learn([dish(0, "spider")])
    assert before.fields.keys() == {"title", "steps"}
    # Of several such pages it is learned that the list is read with more than it has.
    assert learn([dish(number, "spider") for number in range(3)]).fields.keys() == {"title"}
    store.versions.promote(store.versions.add("books", "book", before).id)
    (lesson,) = teach(store, "books", {"book": [dish(4)]})
    assert (lesson.fields, lesson.kept, lesson.not_given) == (("title",), (), ("steps",))


def test_a_correction_that_earlier_examples_contradict_is_not_overruled(store: Store) -> None:
    teach(store, "books", {"book": [shown(number) for number in range(5)]})
    (lesson,) = teach(store, "books", {"book": [shown(5, year="J. A.")]})
    assert lesson.not_given == ("year",)
    assert read(store, OLD, 3) == {"title": "Shirley", "author": "Currer Bell"}


def test_what_is_read_as_shown_is_fine(store: Store) -> None:
    (lesson,) = teach(store, "books", {"book": [shown(0)]})
    assert (lesson.not_given, lesson.exit_code) == ((), 0)
    assert not any("not given" in line for line in lesson.lines("books"))


ROW = "<tr class=row><td>{0}<td><b>{1}</b><td>{2}</tr>"
CARD = "<li class=card><i>{2}</i> <em>{1}</em> <u>{0}</u></li>"


def listed(html: str, count: int, number: int = 0, fewer: int = 0, **odd: str | None) -> Example:
    """A list page of several books in this design; ``fewer`` of them are shown, the first with what is ``odd``."""
    books = [(f"{title} {number}", author, year) for title, author, year in (BOOKS * 3)[:count]]
    made = "".join(html.format(*book) for book in books)
    records = [dict(zip(ALL, book, strict=True)) for book in books[: count - fewer]]
    records[0] = {name: value for name, value in {**records[0], **odd}.items() if value is not None}
    page = f"<html><body><h1>All</h1><table>{made}</table></body></html>"
    return Example(f"https://b.example/list/{number}", page, items=records, source="person")


@pytest.mark.parametrize(
    ("examples", "notes", "unlike"),
    [
        ([listed(ROW, 6)], [], False),
        ([listed(ROW, 12, fewer=1)], ["12 records are read on https://b.example/list/0, where 11 are shown"], True),
        ([listed(ROW, 12, fewer=9)], ["3 records are shown of https://b.example/list/0, and 9 more"], False),
        ([listed(ROW, 6, year="1849")], ["year is read as '1815', not '1849', on https://b.example/list/0"], False),
        ([listed(ROW, 6, year=None)], ["year is read as '1815', where a record is shown without it"], False),
        (
            [listed(ROW, 6), listed(ROW, 6, 1), listed(ROW, 6, 2), listed(CARD, 6, 3)],
            ["no record is read on https://b.example/list/3"],
            True,
        ),
    ],
    ids=["as shown", "more", "first ones", "another value", "no value", "another design"],
)
def test_records_that_are_read_otherwise_are_told(
    store: Store, examples: list[Example], notes: list[str], unlike: bool
) -> None:
    (lesson,) = teach(store, "books", {"books": examples})
    assert all(any(note.startswith(said) for note in lesson.warnings) for said in notes), lesson.warnings
    assert notes or not lesson.warnings
    assert lesson.fields == ("author", "title", "year")
    assert (lesson.unlike, lesson.exit_code) == ((examples[-1].url,), 1) if unlike else ((), 0)
    assert any("other records are read than are shown" in line for line in lesson.lines("books")) is unlike


def test_a_list_page_of_a_new_design_wins_over_earlier_ones(store: Store) -> None:
    teach(store, "books", {"books": [listed(ROW, 6, number) for number in range(2)]})
    new = listed(CARD, 7, 2)
    (lesson,) = teach(store, "books", {"books": [new]})
    assert (lesson.fields, lesson.beside, lesson.exit_code) == (("author", "title", "year"), (1,), 0)
    live = store.versions.live("books", "books")
    assert live is not None
    assert live.load().read(new.html, new.url).items == new.items


def test_nothing_is_learned_of_a_list_of_which_no_record_is_read(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("learner.extractor.assemble", lambda *_: [])
    with pytest.raises(NothingLearned, match="no record is read on"):
        teach(store, "books", {"books": [listed(ROW, 6)]})
    assert store.versions.live("books", "books") is None


def test_a_field_that_no_record_is_read_with_is_not_given(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def parted(*arguments: object) -> list[dict[str, object]]:
        return [{name: value for name, value in row.items() if name != "year"} for row in assemble(*arguments)]  # type: ignore[arg-type]

    monkeypatch.setattr("learner.extractor.assemble", parted)
    (lesson,) = teach(store, "books", {"books": [listed(ROW, 6)]})
    assert (lesson.fields, lesson.not_given, lesson.exit_code) == (("author", "title"), ("year",), 1)
    assert "year is in no record that is read on https://b.example/list/0" in lesson.warnings


@pytest.mark.parametrize(("lists", "noted"), [([["Ann"]], True), ([["Ann"], ["Bob", "Cid"]], False)])
def test_a_list_of_one_asks_for_a_page_with_several(store: Store, lists: list[list[str]], noted: bool) -> None:
    pages = ["<h1>Book</h1><p>Text</p><ul>" + "".join(f"<li>{who}</li>" for who in names) + "</ul>" for names in lists]
    examples = [
        Example(f"https://b.example/{number}", html, {"by": names}, source="person")
        for number, (html, names) in enumerate(zip(pages, lists, strict=True))
    ]
    (lesson,) = teach(store, "books", {"book": examples})
    assert any("list of one" in warning for warning in lesson.warnings) is noted


@pytest.mark.parametrize(("year", "more", "pages", "noted"), [
    ("1", "<i>1</i>", 1, True), ("1", "", 1, False), ("1815", "<i>1815</i>", 1, True),
    ("181500", "<i>181500</i>", 1, False), ("1", "<i>1</i>", 2, False),
])  # fmt: skip
def test_a_short_value_that_stands_in_several_places_is_told(
    year: str, more: str, pages: int, noted: bool, store: Store
) -> None:
    examples = [
        Example(f"https://b.example/{number}", OLD.format(title, by, one) + more, item, source="person")
        for number, one in enumerate([year, "27"][:pages])
        for title, by, _ in [BOOKS[number]]
        for item in [{"title": title, "author": by, "year": one}]
    ]
    (lesson,) = teach(store, "books", {"book": examples})
    told = f"year: {year!r} stands in 2 places on https://b.example/0, and one page does not tell which is meant"
    assert any(warning.startswith(told) for warning in lesson.warnings) is noted


TALK = "<h1>{}</h1><h4>{}</h4><ul class=p>{}</ul><h4>Notes</h4><p>{} of interest.</p>"
TALKS = [
    ("Rivers", "With us", ["Ann Lee", "Bo Ray"]),
    ("Glass", "With us", ["Cy Fox"]),
    ("Salt", "At the desk", ["Di Orr"]),
    ("Maps", "At the desk", ["Ed Poe", "Flo Mac"]),
    ("Tides", "With us", ["Gil Day"]),
]


def talk(number: int, empty: bool = False) -> Example:
    title, heading, people = TALKS[number]
    html = TALK.format(title, heading, "".join(f"<li>{one}</li>" for one in people), number)
    item: dict[str, Any] = {"title": title, "notes": f"{number} of interest."}
    if heading == "With us":
        item["guests"] = people
    elif empty:
        item["guests"] = []
    return Example(f"https://t.example/{number}", html, item, source="person")


@pytest.mark.parametrize("steps", [[[0, 1, 2]], [[0], [1], [2]], [[0, 1], [2]], [[2], [0, 1]], [[0], [2]], [[2, 0]]])
@pytest.mark.parametrize("empty", [False, True], ids=["not named", "said to have none"])
def test_what_a_page_lacks_is_learned_in_any_order(store: Store, steps: list[list[int]], empty: bool) -> None:
    for step in steps:
        (lesson,) = teach(store, "talks", {"talk": [talk(number, empty) for number in step]})
    assert (lesson.not_given, lesson.warnings) == ((), ())
    live = store.versions.live("talks", "talk")
    assert live is not None
    read = {n: live.load().extract(talk(n).html, f"https://t.example/{n}").item for n in (3, 4)}
    assert {n: item.get("guests") for n, item in read.items()} == {3: None, 4: ["Gil Day"]}
    examples = [*store.examples.best("talks", "talk"), *live.load().examples]
    assert {one.lacks for one in examples if one.url.endswith("2")} == {frozenset({"guests"} if empty else ())}
    assert store.examples.told("talks", "talk")["https://t.example/2"].item == talk(2).item


@pytest.mark.parametrize("source", ["person", "spider"])
def test_a_field_that_a_page_lacks_is_taken_back(store: Store, source: str) -> None:
    examples = [shown(0), replace(shown(1), html=OLD.format("Middlemarch", "George Eliot", "1871"))]
    if source == "spider":
        by_spider = learn([replace(example, source="spider") for example in examples])
        store.versions.promote(store.versions.add("books", "book", by_spider).id)
    else:
        teach(store, "books", {"book": examples})
    assert read(store, OLD)["author"] == "J. A."
    (lesson,) = teach(store, "books", {"book": [replace(shown(2, fields=()), lacks=frozenset({"author"}))]})
    assert (lesson.fields, lesson.not_given, lesson.exit_code) == (("title", "year"), ("author",), 1)
    assert "author" not in read(store, OLD)


def test_what_is_read_on_a_page_that_does_not_name_it_is_told(store: Store) -> None:
    (lesson,) = teach(store, "books", {"book": [shown(0), shown(1, fields=("title", "author"))]})
    assert (lesson.not_given, lesson.fields) == ((), ("author", "title", "year"))
    (note,) = lesson.warnings
    assert note.startswith("year is read as '1871' on https://b.example/1, too: if the page has none, say so")


@pytest.mark.parametrize(("steps", "given"), [
    pytest.param([(0, ALL), (1, ALL), (2, ALL[:2]), (3, ALL[:2])], False, id="known"),
    pytest.param([(2, ALL[:2]), (3, ALL[:2]), (0, ALL), (1, ALL)], True, id="a field that came later"),
    pytest.param([(0, ALL), (1, ALL), (2, ALL[:2])], True, id="one may be forgotten"),
    pytest.param([(0, ALL), (1, ALL), (2, ALL[:1]), (3, ALL[:1])], True, id="few fields, to correct them"),
])  # fmt: skip
def test_fields_that_whole_pages_do_not_name(
    store: Store, steps: list[tuple[int, tuple[str, ...]]], given: bool
) -> None:
    for number, fields in steps:
        (lesson,) = teach(store, "books", {"book": [shown(number, fields=fields)]})
    assert (lesson.not_given == ()) is given
    assert ("year" in read(store, OLD)) is given


@pytest.mark.parametrize(("label", "code"), [("On display", 0), ("Opening hours", 1)])
def test_a_yes_that_one_page_does_not_tell_is_not_given(store: Store, label: str, code: int) -> None:
    old = "<h1>{}</h1><p class=disp><b>On display</b> <i>{}</i></p>"
    new = "<main><h2>{}</h2><table><tr><th>{}<td>{}</table></main>"

    def of(number: int, html: str, yes: bool) -> Example:
        item = {"title": f"Tea {number}", "on_display": yes}
        return Example(f"https://b.example/{number}", html, item, source="person")

    before = [of(n, old.format(f"Tea {n}", "Yes" if n % 2 else "No"), bool(n % 2)) for n in range(6)]
    (lesson,) = teach(store, "books", {"book": before})
    assert lesson.exit_code == 0
    (lesson,) = teach(store, "books", {"book": [of(9, new.format("Tea 9", label, "Open"), True)]})
    assert "on_display" in lesson.not_given
    assert lesson.untold == ("on_display",)
    assert lesson.exit_code == 1
    assert any("some ten pages of the new design" in line for line in lesson.lines("books"))
    (lesson,) = teach(store, "books", {"book": [of(9, new.format("Tea 9", label, "Yes"), True)]})
    assert ("on_display" in lesson.not_given) is bool(code)
