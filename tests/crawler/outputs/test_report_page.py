"""The report as a page: whole by itself, harmless whatever the pages say, readable."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from lxml import etree, html

from crawler.outputs import report
from learner.programs.excerpt import Block, Line
from learner.retraining.change import Change, FieldChange, Reading, Side
from learner.retraining.figures import Bin, Curve, Episode, Field, Heal, Point, Scores, SiteFigures, TemplateFigures
from learner.state.records import Event

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
STYLE = (Path(report.__file__).parent / "reports/style.css").read_text(encoding="utf-8")
ATTACKS = (
    "<script>alert(1)</script>",
    "</style><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "{{ 7 * 7 }}{% raw %}",
    "javascript:alert(1)",
    "<iframe src=http://attacker.example></iframe>",
    "a\u202egpj.exe\x07",
)


def template(text: str = "title", **changes: Any) -> TemplateFigures:
    """A template of which everything is known, with ``text`` wherever a page or a person has a say."""
    reading = Reading(text, text, 0.9, text, (Line(0, text), Line(1, text, True)))
    side = Side(f"http://shop.example/{text}", (Block(text), Block(text, (text,))))
    values: dict[str, Any] = {
        "name": text,
        "live": 2,
        "beside": (),
        "counts": {"pages": 20, "examples": 5, "undelivered": 0},
        "fields": (Field(text, "text", 1.0, text, 3, 1.0),),
        "points": tuple(
            Point(NOON, NOON, 1 + (n > 4), 2, 2, {"complete": 1, text: 1}, {text: 1.0}, {text: 0.9}) for n in range(9)
        ),
        "episodes": (Episode(NOON, NOON, (text,), False, NOON + timedelta(hours=5), 2, text),),
        "versions": (
            Scores(1, None, "quarantined", NOON, 0, text, "learned"),
            Scores(2, 1, "live", NOON, 0, "", "healed", 3, 2, 1.0, 0.0, 1.0, 9),
        ),
        "events": tuple(
            Event(1, "shop", text, kind, {"reason": text, "fields": [text], "version": 1}, NOON)
            for kind in ("drift", "promoted", "quarantined", "healed", "not_healed", "rolled_back", text)
        ),
        "curve": Curve((Bin(0.9, 0.95, 9, 8, 0.92),)),
        "heal": Heal(2, 1, NOON, Change(side, side, (FieldChange(text, reading, None, reading),))),
        "code": f"import this\n\nclass LearnedPage:\n    # {text}\n\n\n# How pages are read ---\n\ndef secret(): ...",
    }
    return TemplateFigures(**{**values, **changes})


def rendered(*templates: TemplateFigures, site: str = "shop") -> etree._Element:
    return html.document_fromstring(report.page(SiteFigures(site, NOON, templates)))


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_of_a_page_becomes_markup(attack: str) -> None:
    harmless, hostile = rendered(template("word"), site="word"), rendered(template(attack), site=attack)
    assert [element.tag for element in hostile.iter()] == [element.tag for element in harmless.iter()]
    assert not hostile.xpath("//script | //iframe | //img | //object | //link | //form | //base")
    assert not [name for element in hostile.iter() for name in element.attrib if name.startswith("on")]
    assert "49" not in hostile.xpath("string(//h1)")


@pytest.mark.parametrize("invisible", ["\u202e", "\x07", "\ufeff", "\u2066"])
def test_characters_that_hide_others_are_shown(invisible: str) -> None:
    page = report.page(SiteFigures("shop", NOON, (template(f"a{invisible}b"),)))
    assert invisible not in page
    assert "a\ufffdb" in page


def test_nothing_is_loaded_from_anywhere() -> None:
    page = rendered(template())
    links = page.xpath("//@src | //@href | //@action | //@background | //@poster | //@srcset | //@data")
    assert set(links) == {"#template-1"}
    assert not page.xpath("//@style")
    assert "url(" not in STYLE
    assert "@import" not in STYLE


def test_the_policy_knows_the_style_sheet_and_nothing_else() -> None:
    page = rendered(template())
    (policy,) = page.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    (style,) = page.xpath("//style/text()")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"heal": None}, "This template has not been healed yet."),
        ({"curve": Curve()}, "No value can be compared yet."),
        ({"episodes": ()}, "No drift has been raised."),
        ({"versions": (), "live": None, "fields": (), "code": ""}, "There is no version yet."),
        ({"live": None, "fields": (), "code": ""}, "not learned yet"),
        ({"episodes": (Episode(NOON, NOON, ("price",), True),)}, "drifting"),
        ({}, "version 2 is live"),
        ({"beside": (1, 4)}, "beside 1 and 4"),
        ({"points": (), "events": ()}, "The last heal"),
    ],
)
def test_what_is_not_there_is_said(changes: dict[str, Any], said: str) -> None:
    assert said in rendered(template(**changes)).text_content()


def test_a_site_without_templates() -> None:
    assert "Nothing has been recorded of this site yet." in rendered().text_content()


def test_the_code_is_shown_without_what_all_pages_share() -> None:
    (code,) = rendered(template()).xpath("//pre/text()")
    assert code.startswith("class LearnedPage:")
    assert "secret" not in code


@pytest.mark.parametrize(
    ("share", "shown"), [(None, "–"), (0.0, "0%"), (0.5, "50%"), (0.123, "12.3%"), (0.99999, "99.9%"), (1.0, "100%")]
)
def test_shares(share: float | None, shown: str) -> None:
    assert report.percent(share) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(3, "3 s"), (119, "119 s"), (150, "2 min"), (9_000, "2 h"), (259_200, "3 d"), (None, "not healed")],
)
def test_how_long_drift_lasted(seconds: float | None, shown: str) -> None:
    ended = None if seconds is None else NOON + timedelta(seconds=seconds)
    assert report.lasted(Episode(NOON, NOON, (), False, ended)) == shown


# Colours

_PAIRS = (
    *((ink, ground) for ink in ("ink", "soft", "good", "bad") for ground in ("ground", "sheet", "wash")),
    *((name, f"{name}-wash") for name in ("good", "part", "bad")),
    ("ink", "mark"),
    ("good", "mark"),
    ("blue", "sheet"),
)


def palette(part: str) -> Mapping[str, str]:
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", part))


def luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4 for channel in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), _PAIRS)
def test_text_can_be_read(scheme: str, ink: str, ground: str) -> None:
    """WCAG 2.2, contrast (minimum): 4.5 to 1."""
    light, dark = STYLE.split("@media (prefers-color-scheme: dark)")[:2]
    colours = palette(light if scheme == "light" else dark.split("body {")[0])
    darker, lighter = sorted([luminance(colours[ink]), luminance(colours[ground])])
    assert (lighter + 0.05) / (darker + 0.05) >= 4.5


def test_every_class_of_the_page_is_styled() -> None:
    page = rendered(template(), replace(template("other"), live=None))
    used = {name for value in page.xpath("//@class") for name in value.split()}
    styled = set(re.findall(r"\.([a-z][a-z-]*)", STYLE))
    assert used <= styled | {"halo"}
