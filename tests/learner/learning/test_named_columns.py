"""Records whose values have names: what one of them lacks moves no other value to another name."""

from __future__ import annotations

import pytest
from core_tools import URL, run

from learner import Example, learn

NAMES = {"time": "Departs", "to": "Towards", "line": "Service", "track": "Track", "state": "State", "late": "Late by"}
PLACES = ("Ashford", "Brinley", "Corwen", "Dunmore", "Eastleigh", "Farley")
STATES = ("On time", "Boarding", "Delayed")
Row = dict[str, str]


def row(n: int, *without: str) -> Row:
    values = {
        "time": f"{8 + n:02d}:{7 * n % 60:02d}",
        "to": f"{PLACES[n % 6]} Road {n}",
        "line": f"RE {20 + n}",
        "track": str(n + 1),
        "state": STATES[n % 3],
        "late": f"+{10 + n}",
    }
    return {name: value for name, value in values.items() if name not in without}


def definitions(rows: list[Row]) -> str:
    told = ("".join(f"<dt>{NAMES[name]}</dt><dd>{value}</dd>" for name, value in one.items()) for one in rows)
    return f"<ul class=deps>{''.join(f'<li><dl>{one}</dl></li>' for one in told)}</ul>"


def spans(rows: list[Row]) -> str:
    told = ("".join(f"<p><i>{NAMES[name]}</i><b>{value}</b></p>" for name, value in one.items()) for one in rows)
    return f"<ul class=deps>{''.join(f'<li>{one}</li>' for one in told)}</ul>"


@pytest.mark.parametrize("shown", [definitions, spans])
@pytest.mark.parametrize("short", ["late", ""], ids=["some are late", "all are late"])
def test_what_a_record_lacks_moves_no_other_value(shown, short: str) -> None:  # type: ignore[no-untyped-def]
    first = [row(n, *([short] if n % 2 else [])) for n in range(6)]
    html = "<html><body><h1>Station</h1>{}<p>Night timetable from 23:30</p></body></html>"
    extractor = learn([Example(URL, html.format(shown(first)), items=first)])
    later = [row(7), row(8, "track"), row(9, "track", "late"), row(10, "late"), row(11), row(12, "track", "late")]
    page = html.format(shown(later))
    assert extractor.read(page, URL).items == later
    assert run(extractor.source_code(), page, URL)["items"] == later
