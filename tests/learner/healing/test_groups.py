"""What repeats on pages of one design, and the columns of what stands in it."""

from __future__ import annotations

import pytest

from learner import Example
from learner.healing.groups import Group, groups_of
from learner.programs.examples import LabelledPage

NAMES = ("Ann", "Ben", "Cem", "Dan", "Eva")


def pages(body: str, count: int = 2) -> list[LabelledPage]:
    return [
        LabelledPage(Example(f"https://x.test/{n}", f"<html><body><main>{body}</main></body></html>", items=[]))
        for n in range(count)
    ]


def column(groups: list[Group], values: tuple[str, ...], attribute: str = "") -> Group | None:
    """The first group with a column of these values on each page."""
    for group in groups:
        for one in group.columns:
            if one.attribute == attribute and [
                c.value for _, c in sorted(one.cells.items(), key=lambda cell: cell[0])
            ] == [
                *values,
                *values,
            ]:
                return group
    return None


@pytest.mark.parametrize(
    ("body", "values", "attribute", "records"),
    [
        ("".join(f"<li><b>{n}</b><i>{len(n)} pt</i></li>" for n in NAMES), NAMES, "", 5),
        ("".join(f"<li><a href=/{n}>{n}</a> x</li>" for n in NAMES), tuple("/" + n for n in NAMES), "href", 5),
        (
            "<table>" + "".join(f"<tr><td>1</td><td>{n}</td></tr>" for n in NAMES) + "</table>",
            NAMES,
            "",
            5,
        ),
        (
            "<dl>" + "".join(f"<dt>{n}</dt><dd>of {n}</dd>" for n in NAMES) + "</dl>",
            tuple(f"of {n}" for n in NAMES),
            "",
            5,
        ),
        (
            "".join(f"<p>{'<u>Age</u> <s>9</s>' if n < 'C' else ''}<u>Name</u> <s>{n}</s></p>" for n in NAMES),
            NAMES,
            "",
            5,
        ),
    ],
    ids=["items", "links", "rows", "what follows a start", "what follows a label"],
)
def test_columns_of_records(body: str, values: tuple[str, ...], attribute: str, records: int) -> None:
    group = column(list(groups_of(pages(body))), values, attribute)
    assert group is not None
    assert len(group.rows) == 2 * records


def test_of_elements_in_one_another_the_outer_is_a_record() -> None:
    body = "".join(f"<div class=r><div class=r>{name} <b>1</b></div></div>" for name in NAMES)
    assert {len(group.rows) for group in groups_of(pages(body)) if group.inside} >= {10}
    assert max(len(group.rows) for group in groups_of(pages(body))) == 10


@pytest.mark.parametrize("body", ["", "<p>one</p>", "<p>one</p><p>two</p>"])
def test_what_does_not_repeat_is_no_group(body: str) -> None:
    assert not [group for group in groups_of(pages(body, 1)) if len(group.rows) < 4]
    assert not list(groups_of(pages(body, 1)))
