"""The history of a site as one HTML file that needs nothing else: no network, no scripts, no markup of the pages.

All text is escaped. A policy in the page itself forbids whatever is not its own style.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from crawler.outputs import charts
from crawler.outputs.unlearned import Unlearned
from learner.retraining.figures import Episode, SiteFigures, TemplateFigures
from learner.state.records import Event

_FOLDER: Final = Path(__file__).parent / "reports"
_HELPERS: Final = "# How pages are read"
"""With this line the part of generated code begins that is the same for all pages."""
_CLASS: Final = re.compile(r"\A.*?(?=^class )", re.DOTALL | re.MULTILINE)
"""What stands before its class: imports and constants."""
_INVISIBLE: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
"""Characters that change how the text around them is read, or that nobody sees."""


@dataclass(frozen=True, slots=True)
class FieldRow:
    """A field of the live version, with its curves and its figures since that version is in charge."""

    name: str
    kind: str
    presence: float
    rule: str
    rules: int
    trust: float
    coverage: float | None
    confidence: float | None
    coverage_curve: tuple[str, str]
    confidence_curve: tuple[str, str]


def page(site: SiteFigures, missing: Mapping[str, Unlearned] = MappingProxyType({})) -> str:
    """The report of a site as HTML; ``missing``: what is to be said of the templates that are not learned."""
    return (
        _environment()
        .get_template("site.jinja")
        .render(
            site=site,
            missing=missing,
            style=_style(),
            policy=_policy(),
            shown=[_shown(template) for template in site.templates],
        )
    )


def _shown(template: TemplateFigures) -> dict[str, Any]:
    """What is drawn of a template beside its own figures."""
    points = template.points
    return {
        "template": template,
        "drifting": next((one for one in template.episodes if one.ended_at is None), None),
        "healed_at": max((event.at for event in template.events if event.kind == "healed"), default=None),
        "columns": charts.columns(points),
        "marks": charts.marks(points, [one.since for one in template.episodes]),
        "changes": [number for number in range(1, len(points)) if points[number].version != points[number - 1].version],
        "fields": _fields(template),
        "reliability": charts.reliability(template.curve.bins) if template.curve.bins else None,
        "code": _CLASS.sub("", template.code, count=1).partition(_HELPERS)[0].rstrip(),
    }


def _fields(template: TemplateFigures) -> list[FieldRow]:
    points = template.points
    live = [point for point in points if point.version in (template.live, *template.beside)]
    return [
        FieldRow(
            field.name,
            field.kind,
            field.presence,
            field.rule,
            field.rules,
            field.trust,
            _mean([(point.coverage.get(field.name, 0.0), point.read) for point in live]),
            _mean([(point.confidence[field.name], point.read) for point in live if field.name in point.confidence]),
            charts.spark([point.coverage.get(field.name, 0.0) if point.read else None for point in points]),
            charts.spark([point.confidence.get(field.name) for point in points], low=0.5),
        )
        for field in template.fields
    ]


def _mean(weighed: Sequence[tuple[float, int]]) -> float | None:
    weight = sum(pages for _, pages in weighed)
    return sum(value * pages for value, pages in weighed) / weight if weight else None


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=visible,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "percent": percent,
        "decimal": decimal,
        "moment": moment,
        "lasted": lasted,
        "said": said,
        "mean": overall,
    }
    environment.globals |= {"charts": charts}
    return environment


@cache
def _style() -> Markup:
    return Markup((_FOLDER / "style.css").read_text(encoding="utf-8"))


def _policy() -> str:
    """Nothing is loaded or run; the one style sheet is known by its hash."""
    digest = base64.b64encode(hashlib.sha256(_style().encode()).digest()).decode("ascii")
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def visible(value: Any) -> Any:
    """Text without characters that make it look like another."""
    return _INVISIBLE.sub("\ufffd", value) if isinstance(value, str) and not isinstance(value, Markup) else value


def percent(share: float | None) -> str:
    """A share for people: 100% only when it is all of it."""
    if share is None:
        return "–"
    shown = f"{100 * share:.1f}".removesuffix(".0")
    return f"{shown}%" if shown != "100" or share >= 1 else "99.9%"


def decimal(number: float | None) -> str:
    """A confidence for people."""
    return "–" if number is None else f"{number:.2f}"


def moment(at: datetime) -> str:
    """A moment in UTC."""
    return f"{at:%Y-%m-%d %H:%M}"


def lasted(episode: Episode) -> str:
    """How long a template was drifting."""
    if episode.ended_at is None:
        return "not healed"
    span: timedelta = episode.ended_at - episode.raised_at
    seconds = span.total_seconds()
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


def said(event: Event) -> str:
    """An event as a sentence."""
    detail: Mapping[str, Any] = event.detail
    version, reason = detail.get("version"), str(detail.get("reason") or "")
    match event.kind:
        case "drift":
            fields = ", ".join(map(str, detail.get("fields") or ()))
            return f"drift of the whole page ({fields})" if detail.get("whole") else f"drift of {fields}"
        case "promoted" | "rolled_back":
            how = f" ({reason})" if reason else " (rolled back)" if event.kind == "rolled_back" else ""
            return f"version {version} is live{how}"
        case "quarantined":
            return f"version {version} is quarantined: {reason}"
        case "learned" | "healed":
            return f"{event.kind}: version {version}"
        case _:
            return f"{event.kind.replace('_', ' ')}{': ' if reason else ''}{reason}"


def overall(rows: Sequence[FieldRow], name: str) -> float | None:
    """The mean of a figure over fields that have it."""
    values = [value for row in rows if (value := getattr(row, name)) is not None]
    return sum(values) / len(values) if values else None
