"""What is known of a template by watching: which of its fields the page gives."""

from __future__ import annotations

import pytest

from crawler.callbacks.shapes import LINK, Kind, Origin, Shape


@pytest.mark.parametrize(
    ("kind", "values", "fields", "learnable"),
    [
        (Kind.HANDED, ["Leaf", "Leaf"], {LINK}, set()),
        (Kind.HANDED, ["Leaf", "Dust"], {LINK, "cb_kwargs.sort"}, {LINK, "cb_kwargs.sort"}),
        (Kind.ITEMS, ["Leaf", "Leaf"], {LINK, "cb_kwargs.sort"}, {LINK, "cb_kwargs.sort"}),
    ],
)
def test_what_is_handed_over_with_all_links_alike_is_not_read_from_the_page(
    kind: Kind, values: list[str], fields: set[str], learnable: set[str]
) -> None:
    shape = Shape("parse", kind, target="parse_one")
    for value in values:
        shape.observe(LINK, "/tea", Origin.PAGE)
        shape.observe("cb_kwargs.sort", value, Origin.PAGE)
    assert (shape.fields, shape.learnable) == (fields, learnable)
