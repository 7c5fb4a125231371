"""Rules are proposed at every place of a value and judged on all pages."""

from __future__ import annotations

import pytest

from learner.learning.induction import agreement, joined, trials
from learner.programs.examples import Example, LabelledPage

FIRST = """<html><body><nav><a href="/">Home</a></nav><h1 class="name">Walnut stool</h1>
<p class="price">Price: <b>12.50</b> EUR</p><ul class="tags"><li>wood</li><li>seat</li></ul>
<table><tr><th>Maker</th><td>Ash &amp; Co</td></tr></table></body></html>"""
SECOND = FIRST.replace("Walnut stool", "Iron lamp").replace("12.50", "7.20").replace("Ash &amp; Co", "Forge")
ITEM = {"title": "Walnut stool", "price": "12.50", "tags": ["wood", "seat"], "maker": "Ash & Co"}


@pytest.fixture
def page() -> LabelledPage:
    return LabelledPage(Example("http://shop.example/1", FIRST, ITEM))


@pytest.mark.parametrize(
    ("field", "families"),
    [("title", {"class", "tag"}), ("price", {"ancestor", "path"}), ("maker", {"label", "tag"}), ("tags", {"ancestor"})],
)
def test_rules_of_several_families_give_the_value(page: LabelledPage, field: str, families: set[str]) -> None:
    many = isinstance(ITEM[field], list)
    found = trials([page], field, many)
    assert families <= {trial.rule.selector.family for trial in found}
    for trial in found:
        values = trial.rule.values(page.index)
        assert agreement(
            values if many else values[-1:] if trial.rule.last else values[:1], _listed(ITEM[field]), False
        )


def _listed(value: str | list[str]) -> list[str]:
    return value if isinstance(value, list) else [value]


def test_rules_are_judged_on_every_page(page: LabelledPage) -> None:
    other = LabelledPage(Example("http://shop.example/2", SECOND, {**ITEM, "title": "Iron lamp", "maker": "Forge"}))
    for trial in trials([page, other], "maker", False):
        assert trial.right + trial.wrong + trial.silent == 2
        if str(trial.rule.selector).startswith('label "maker"'):
            assert trial.right == 2


def test_a_field_that_is_unknown_on_a_page_counts_neither_way(page: LabelledPage) -> None:
    other = LabelledPage(Example("http://shop.example/2", SECOND, {"title": "Iron lamp"}))
    counted = trials([page, other], "maker", False)
    other.unknown = frozenset({"maker"})
    uncounted = trials([page, other], "maker", False)
    assert {trial.wrong for trial in uncounted} == {0.0}
    assert any(trial.wrong for trial in counted) or len(counted) < len(uncounted)


@pytest.mark.parametrize(("link", "spelled"), [
    pytest.param('<a href="/topic/council/">#Council</a>', True, id="the text has the capitals"),
    pytest.param('<a href="/topic/council/">More on it</a>', False, id="nothing has them"),
])  # fmt: skip
def test_a_word_of_an_address_is_not_taken_for_the_text_with_its_capitals(link: str, spelled: bool) -> None:
    page = LabelledPage(Example("http://news.example/1", f"<p class=topic>{link}</p>", {"topic": "Council"}))
    found = [trial.rule.values(page.index)[0] for trial in trials([page], "topic", False)]
    assert found
    assert ({*found} == {"Council"}) is spelled


@pytest.mark.parametrize(
    ("values", "gold", "column", "score"),
    [
        (["a", "b"], ["a", "b"], False, 1.0),
        (["a"], ["a", "b"], False, 2 / 3),
        (["x"], ["a"], False, 0.0),
        (["may", "june"], ["may", "may", "may", "june"], True, 0.95),  # a heading over a group
        (["may", "june"], ["may", "may", "may", "june"], False, 4 / 6),
    ],
)
def test_agreement(values: list[str], gold: list[str], column: bool, score: float) -> None:
    assert agreement(values, gold, column) == pytest.approx(score)


CONTACT = """<html><body><h1>{0}</h1><p class="office">Office: <b>{1}</b></p><ul><li>Open</li><li>No parking</li></ul>
<p class="free">Call us free: <i>{2}</i></p><p class="fax">Fax: <u>{3}</u></p></body></html>"""


def contact(number: int, phones: int = 2) -> LabelledPage:
    told = [f"({number}) 555-{place}{number}00" for place in range(1, 4)]
    html = CONTACT.format(f"College {number}", *told)
    return LabelledPage(Example(f"http://x.test/{number}", html, {"phones": told[:phones]}))


@pytest.mark.parametrize("numbers", [(201,), (201, 305), (201, 305, 417)])
def test_a_list_in_two_places_takes_a_pair_of_rules(numbers: tuple[int, ...]) -> None:
    pages = [contact(number) for number in numbers]
    pairs = joined(trials(pages, "phones", True), pages, "phones")
    assert pairs
    for trial in pairs:
        assert trial.right == len(pages)
        assert (trial.wrong, trial.fit, trial.silent) == (0, 1, 0)
        unseen = contact(512)
        assert trial.rule.values(unseen.index) == unseen.values["phones"]


def test_lists_that_one_rule_finds_take_no_pair() -> None:
    pages = [LabelledPage(Example("http://shop.example/1", FIRST, ITEM))]
    assert joined(trials(pages, "tags", True), pages, "tags") == []
    assert joined([], pages, "tags") == []


def test_pairs_find_nothing_else() -> None:
    pages = [contact(201, 2), contact(305, 1)]  # the second has its free number no more, but it is still shown
    for trial in joined(trials(pages, "phones", True), pages, "phones"):
        assert all(set(trial.rule.values(page.index)) <= set(page.values["phones"]) for page in pages)
