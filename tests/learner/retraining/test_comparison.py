"""Two extractors side by side on the same pages."""

from __future__ import annotations

import pytest

from learner import Example, Page, learn
from learner.retraining.comparison import compare

OLD = "<h1>{}</h1><p class=by>{}</p><p>A long story.</p>"
NEW = "<main><nav>Books</nav><h2 id=t>{}</h2><dl><dt>Author<dd>{}<dt>Year<dd>1815</dl></main>"
BOOKS = [("Emma", "Jane Austen"), ("Middlemarch", "George Eliot")]


def example(design: str, book: tuple[str, str], *fields: str) -> Example:
    values = {"title": book[0], "author": book[1]}
    return Example("https://b.example/1", design.format(*book), {name: values[name] for name in fields})


@pytest.mark.parametrize(
    ("new", "page", "counted"),
    [
        (example(OLD, BOOKS[0], "title", "author"), OLD, {"title": "same", "author": "same"}),
        (example(NEW, BOOKS[0], "title", "author"), OLD, {"title": "only_old", "author": "only_old"}),
        (example(NEW, BOOKS[0], "title", "author"), NEW, {"title": "only_new", "author": "only_new"}),
        (example(OLD, BOOKS[0], "title"), OLD, {"title": "same", "author": "only_old"}),
        (Example("https://b.example/1", OLD.format("a", "b"), {"title": "b"}), OLD, {"title": "different"}),
    ],
    ids=["alike", "on old pages", "on new pages", "a field less", "another place"],
)
def test_every_field_of_a_page_is_counted_once(new: Example, page: str, counted: dict[str, str]) -> None:
    old = learn([example(OLD, BOOKS[0], "title", "author")])
    fields = compare(old, learn([new]), [Page("https://b.example/2", page.format(*BOOKS[1]))])
    assert set(fields) == {"title", "author"}
    for name, kind in counted.items():
        assert {kind: 1} == {key: count for key, count in fields[name].counts.items() if count}
        assert len(fields[name].differences) == (kind != "same")


def test_a_page_that_neither_can_read_counts_for_none() -> None:
    extractor = learn([example(OLD, BOOKS[0], "title")])
    fields = compare(extractor, extractor, [Page("https://b.example/2", "")])
    assert not any(fields["title"].counts.values())
