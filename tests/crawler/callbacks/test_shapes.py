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


@pytest.mark.parametrize(("kind", "many", "settled", "needed"), [
    pytest.param(Kind.ITEMS, True, 4, 4, id="many items of a page, four pages"),
    pytest.param(Kind.ITEMS, True, 1, 6, id="many items of one page"),
    pytest.param(Kind.ITEMS, True, 0, 6, id="pages are still coming"),
    pytest.param(Kind.ITEMS, True, 40, 6, id="more than are needed"),
    pytest.param(Kind.ITEMS, False, 4, 6, id="one item of a page"),
    pytest.param(Kind.LINKS, False, 4, 4, id="links"),
])  # fmt: skip
def test_lists_are_learned_from_all_pages_that_there_are(kind: Kind, many: bool, settled: int, needed: int) -> None:
    assert Shape("parse", kind, many=many, settled=settled).enough(6) == needed


def test_how_often_a_field_was_no() -> None:
    shape = Shape("parse", Kind.ITEMS)
    for value in (True, False, False):
        shape.observe("visit", value, Origin.PART)
    assert shape.share_of_zeros("visit") == 3 / 5
    assert Shape.from_dict(shape.to_dict()).falses == {"visit": 2}
    # Where they were not counted it may always have been no.
    before = {name: value for name, value in shape.to_dict().items() if name != "falses"}
    assert Shape.from_dict(before).falses == {"visit": 3}
