"""Links of two kinds that lead to one callback: to the rest of a week and to the next one, healed together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from store_tools import NOON

from learner import Example, learn
from learner.retraining.backlog import outcome_of
from learner.retraining.retraining import retrain
from learner.state.records import NewExample, NewExtraction, NewPage
from learner.state.reports import RetrainReport
from learner.state.store import Store

HOST = "http://events.example"
WEEKS = 5


def address(week: int, part: int = 1) -> str:
    return f"/calendar?week=2026-W{week}&page={part}"


def pages(day: int) -> list[tuple[int, int]]:
    """The pages of a calendar that is a week further every day, each week on two pages."""
    return [(week, part) for week in range(20 + day, 20 + day + WEEKS) for part in (1, 2)]


def links(day: int, week: int, part: int) -> tuple[str, str, str]:
    """To the week before, to the rest of the week and to the next week, where there are such."""
    weeks = [week for week, _ in pages(day)]
    earlier, later = (address(one) if one in weeks else "" for one in (week - 1, week + 1))
    return earlier, address(week, part + 1) if part < 2 else "", later


def followed(day: int, week: int, part: int) -> list[str]:
    return [HOST + link for link in links(day, week, part)[1:] if link]


def concerts(week: int, part: int) -> list[str]:
    return [f"{HOST}/concert/{1000 + 30 * week + 5 * part + n}" for n in range(4)]


def anchor(link: str, text: str, attributes: str = "") -> str:
    return f'<a {attributes} href="{link}">{text}</a>' if link else ""


def rows(week: int, part: int, kind: str) -> str:
    return "".join(f"<li class={kind}>{anchor(link, link[-4:])}</li>" for link in concerts(week, part))


def old(day: int, week: int, part: int) -> str:
    before, rest, after = links(day, week, part)
    return (
        f"<html><body><h1>Week {week}</h1><ul>{rows(week, part, 'concert')}</ul>"
        f"<div class='pager'>{anchor(before, 'Back', 'class=prev-week')}"
        f"{anchor(rest, 'More this week', 'class=next')} {anchor(after, 'Next', 'class=next-week')}</div></body></html>"
    )


def in_two_places(day: int, week: int, part: int) -> str:
    before, rest, after = links(day, week, part)
    return (
        f"<html><body><div><h2>{week}</h2><ol>{rows(week, part, 'x2')}</ol>"
        f"<nav class='x1'>{anchor(rest, 'Load more', 'rel=next')}"
        f"<span>{anchor(before, 'Earlier')} {anchor(after, 'Later')}</span></nav></div></body></html>"
    )


def as_buttons(day: int, week: int, part: int) -> str:
    _, rest, after = links(day, week, part)
    weeks = "".join(anchor(address(one), f"W{one}") for one, half in pages(day) if half == 1)
    return (
        f"<html><body><nav class='weeks'>{weeks}</nav><ol>{rows(week, part, 'x2')}</ol>"
        f"<div class='foot'>{anchor(rest, 'Show more', 'class=btn')}"
        f"{anchor(after, 'Next week', 'class=btn-alt')}</div></body></html>"
    )


def scattered(day: int, week: int, part: int) -> str:
    """The rest of a week is behind its number, and on each page somewhere else."""
    before, rest, after = links(day, week, part)
    rest = anchor(rest, f"{week}/{part + 1}")
    for tag in ("b", "i", "u", "p")[: week % 5]:
        rest = f"<{tag}>{rest}</{tag}>"
    return (
        f"<html><body>{rest}<ol>{rows(week, part, 'x2')}</ol>"
        f"<footer>{anchor(before, 'Earlier')} {anchor(after, 'Later')}</footer></body></html>"
    )


def page(day: int, week: int, part: int, html: str) -> NewPage:
    moment = NOON + timedelta(days=day, minutes=2 * week + part)
    url = HOST + address(week, part)
    return NewPage("events", "parse-links", url, html.encode(), "text/html; charset=utf-8", 200, moment)


def healed_on(
    state: Path, day: int, drawn: Callable[[int, int, int], str]
) -> tuple[RetrainReport, dict[tuple[int, int], Any]]:
    """What a heal on that day reports, and what the live version says of the pages of the day after."""
    with Store.open(state) as store:
        for week, part in pages(0):
            [one] = store.pages.add([page(0, week, part, old(0, week, part))])
            found, item = followed(0, week, part), {"parse_concert": concerts(week, part)}
            store.examples.add(
                [NewExample(one, item | ({"parse": found if len(found) > 1 else found[0]} if found else {}))]
            )
        assert retrain(store, "events").exit_code == 0
        live = store.versions.live("events", "parse-links")
        assert live is not None
        extractor = live.load()
        for week, part in pages(day):
            new = page(day, week, part, drawn(day, week, part))
            [one] = store.pages.add([new])
            read = extractor.read(new.body, new.url)
            answer = NewExtraction(one, live.id, read.item, read.items, read.confidence, outcome_of(read))
            store.extractions.add([answer])
        store.drifts.record("events", "parse-links", {"whole": True, "fields": ["parse", "parse_concert"]})
        report = retrain(store, "events")
        live = store.versions.live("events", "parse-links")
        assert live is not None
        extractor, tomorrow = live.load(), day + 1
        read_of = {p: extractor.read(drawn(tomorrow, *p), HOST + address(*p)) for p in pages(tomorrow)}
        return report, {one: read.item.get("parse", []) for one, read in read_of.items()}


@pytest.mark.parametrize("alone", [(), ((24, 1),), ((20, 2), (24, 1), (24, 2)), ((20, 1), (22, 1), (23, 1), (24, 1))])
def test_links_of_both_kinds_are_learned_whichever_pages_come_first(alone: Sequence[tuple[int, int]]) -> None:
    taught = [one for one in pages(0) if one not in alone]
    items = {one: {"parse": followed(0, *one), "parse_concert": concerts(*one)} for one in taught}
    extractor = learn([Example(HOST + address(*one), old(0, *one), items[one]) for one in taught])
    read = {one: extractor.read(old(0, *one), HOST + address(*one)).item.get("parse") for one in pages(0)[:-1]}
    assert read == {one: followed(0, *one) for one in pages(0)[:-1]}


@pytest.mark.parametrize("day", [0, 1])
@pytest.mark.parametrize("drawn", [in_two_places, as_buttons])
def test_links_of_both_kinds_are_healed(day: int, drawn: Callable[[int, int, int], str], tmp_path: Path) -> None:
    report, found = healed_on(tmp_path / "state", day, drawn)
    assert report.exit_code == 0
    *pages_before, last = pages(day + 1)
    assert {one: sorted(found[one]) for one in pages_before} == {
        one: sorted(followed(day + 1, *one)) for one in pages_before
    }
    assert set(found[last]) <= {HOST + links(day + 1, *last)[0]}


def test_links_of_which_one_kind_is_not_found_are_not_repaired(tmp_path: Path) -> None:
    report, _ = healed_on(tmp_path / "state", 0, scattered)
    assert report.exit_code == 3
    assert "parse" in report.summary
