"""The command by which a person shows what no retrain has found."""

from __future__ import annotations

import pytest

from crawler.outputs.unhealed import otherwise, shown_by
from learner.retraining.impasse import Impasse


@pytest.mark.parametrize(
    ("url", "fields", "many", "command"),
    [
        (
            "https://t.example/1",
            ("price", "title"),
            False,
            "scrapy teach https://t.example/1 price=VALUE title=VALUE --spider teas --template tea",
        ),
        (
            "https://t.example/?a=1&b=2",
            ("list price",),
            False,
            "scrapy teach 'https://t.example/?a=1&b=2' 'list price=VALUE' --spider teas --template tea",
        ),
        (
            "https://t.example/1",
            ("title",),
            True,
            "scrapy learn teas --examples FILE.jsonl, "
            'with the line {"url": "https://t.example/1", "template": "tea", "items": [{"title": "VALUE"}]}, '
            "with such a record for each of the page's",
        ),
        (
            "",
            ("title",),
            False,
            "scrapy teach URL title=VALUE --spider teas --template tea",
        ),
    ],
)
def test_a_person_is_told_how_to_show_a_page(url: str, fields: tuple[str, ...], many: bool, command: str) -> None:
    assert shown_by("teas", Impasse("tea", "nothing found", False, url, fields, many)) == command


@pytest.mark.parametrize(
    ("gone", "told"),
    [
        ((), ""),
        (
            ("list price",),
            "(or scrapy learn teas --gone 'list price', if the site does not show it any more)",
        ),
        (
            ("size", "price"),
            "(or scrapy learn teas --gone FIELD, if the site does not show the field any more, one of price, size)",
        ),
    ],
)
def test_what_next_to_no_page_has_may_be_gone(gone: tuple[str, ...], told: str) -> None:
    assert otherwise("teas", gone) == told


@pytest.mark.parametrize(("fields", "begin"), [
    (("sold",), "scrapy learn teas --examples FILE.jsonl, with the line "),
    (("price", "sold"), "scrapy teach https://t.example/1 price=VALUE --spider teas --template tea and scrapy "),
])  # fmt: skip
def test_of_yes_and_no_several_pages_are_asked_for(fields: tuple[str, ...], begin: str) -> None:
    impasse = Impasse("tea", "", False, "https://t.example/1", fields, False, booleans=frozenset(("sold",)))
    command = shown_by("teas", impasse)
    assert command.startswith(begin)
    assert '"item": {"sold": true}} and such lines of nine pages more, yes and no' in command


def test_of_what_few_shown_pages_have_others_may_have_none() -> None:
    told = otherwise("teas", ["size"], {"size", "list price"})
    none, gone = told.split(") (")
    assert none == "(a page that has none is shown with 'list price=', size= and no value"
    assert gone == "or scrapy learn teas --gone size, if the site does not show it any more)"
    assert otherwise("teas", [], {"size"}) == "(a page that has none is shown with size= and no value)"
