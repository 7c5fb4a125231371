"""Two versions beside each other on pages of the two designs."""

from __future__ import annotations

import pytest

from learner import Example, Extractor, learn
from learner.retraining.change import MAX_VALUE, change

OLD = "<div class=book><h1>{}</h1><p class=by>by {}</p><i class=isbn>{}</i></div>"
NEW = "<article><h2 class=name>{}</h2><dl><dt>Author</dt><dd>{}</dd></dl></article>"
BOOKS = [("Emma", "Jane Austen"), ("Middlemarch", "George Eliot"), ("Villette", "Charlotte Brontë")]


def learned(form: str, *, isbn: bool, host: str = "books.example") -> Extractor:
    examples = []
    for number, (title, author) in enumerate(BOOKS):
        item = {"title": title, "author": author, **({"isbn": f"978010{number}"} if isbn else {})}
        html = form.format(title, author, f"978010{number}")
        examples.append(Example(f"http://{host}/{number}", html, item))
    return learn(examples)


def test_every_field_before_and_after() -> None:
    changed = change(learned(OLD, isbn=True), learned(NEW, isbn=False))
    assert changed is not None
    assert changed.before.url == changed.after.url == "http://books.example/0"
    fields = {field.field: field for field in changed.fields}
    assert set(fields) == {"title", "author", "isbn"}
    title, isbn = fields["title"], fields["isbn"]
    assert title.before is not None
    assert title.between is not None
    assert title.after is not None
    assert (title.before.value, title.between.value, title.after.value) == ("Emma", "", "Emma")
    assert title.after.confidence > 0.7
    assert [line.text for line in title.after.source if line.marked] == ['<h2 class="name">Emma</h2>']
    assert title.after.path == "article > h2.name"
    assert isbn.before is not None
    assert isbn.before.value == "9780100"
    assert isbn.after is None
    shown = [(block.text, block.fields) for block in changed.after.blocks]
    assert shown == [("Emma", ("title",)), ("Author", ()), ("Jane Austen", ("author",))]


def test_pages_that_moved_are_shown_all_the_same() -> None:
    changed = change(learned(OLD, isbn=True), learned(NEW, isbn=False, host="new.example"))
    assert changed is not None
    assert changed.before.url == "http://books.example/0"
    assert changed.after.url == "http://new.example/0"


def test_examples_kept_from_the_parent_show_nothing_new() -> None:
    old, new = learned(OLD, isbn=True), learned(NEW, isbn=False)
    changed = change(old, Extractor(new.program, [*old.examples, *new.examples]))
    assert changed is not None
    assert "article" in {line.text.strip("<>/") for line in changed.fields[0].after.source}  # type: ignore[union-attr]


@pytest.mark.parametrize("pages", [[], [Example("http://books.example/0", "", {"title": "Emma"})]])
def test_without_a_page_there_is_nothing_to_show(pages: list[Example]) -> None:
    old = learned(OLD, isbn=True)
    assert change(old, Extractor(old.program, pages)) is None
    assert change(Extractor(old.program, pages), old) is None


def test_long_values_are_cut() -> None:
    examples = [
        Example(f"http://x.test/{n}", f"<h1>{n} {'word ' * 99}</h1>", {"t": f"{n} {'word ' * 98}word"}) for n in "ab"
    ]
    changed = change(learned(OLD, isbn=True), learn(examples))
    assert changed is not None
    assert changed.fields[-1].after is not None
    assert len(changed.fields[-1].after.value) == MAX_VALUE
