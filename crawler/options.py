"""The settings of Evergreen, read once: names, defaults, and clear errors for values that can't be."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from scrapy.settings import BaseSettings
from scrapy.utils.conf import closest_scrapy_cfg

from crawler.addresses import is_http
from crawler.names import safe_name, unknown
from learner.errors import UnknownName
from learner.retraining.retraining import MOST_LIVE

DEFAULT_STATE = ".evergreen"
RETRAIN_MODES = ("auto", "never")
_PREFIX = "EVERGREEN_"
NAMES = frozenset(
    (
        "EVERGREEN_DATABASE",
        "EVERGREEN_ENABLED",
        "EVERGREEN_EXAMPLES",
        "EVERGREEN_FIXTURES",
        "EVERGREEN_FLUSH_PAGES",
        "EVERGREEN_FLUSH_SECONDS",
        "EVERGREEN_HEALS_PER_DAY",
        "EVERGREEN_KNOWN_LIMIT",
        "EVERGREEN_LEAST_SHARE",
        "EVERGREEN_LIVE_VERSIONS",
        "EVERGREEN_MONITOR_CONFIDENCE",
        "EVERGREEN_MONITOR_COVERAGE",
        "EVERGREEN_MONITOR_DRIFT",
        "EVERGREEN_MONITOR_HEAL_HOURS",
        "EVERGREEN_NETWORK",
        "EVERGREEN_PAGE_SECONDS",
        "EVERGREEN_PROVENANCE",
        "EVERGREEN_RECORD",
        "EVERGREEN_REPAIRED",
        "EVERGREEN_RETRAIN",
        "EVERGREEN_RETRAIN_SECONDS",
        "EVERGREEN_STATE",
        "EVERGREEN_WEBHOOK",
        "EVERGREEN_WORKER_AFTER",
    )
)
"""All settings, also those that are read elsewhere: by the monitors, by healing, by spiders."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the EVERGREEN_* settings say.

    ``state``: the state folder; ``database``: SQLAlchemy URL or None for SQLite in the state folder;
    ``retrain``: auto (heal in the course of a crawl) or never (record only); ``retrain_seconds``: time budget of it;
    ``provenance``: items carry ``_evergreen``; ``repaired``: file of repaired items or None for one per site under the
    state folder; ``flush_pages``, ``flush_seconds``: how often recorded pages are written; ``known_limit``: known URLs
    requested at most when the links of a page are lost; ``worker_after``: pages after which a worker process reads
    them, 0 for never; ``page_seconds``: the longest that it may take for one; ``heals_per_day``: heals of a site begun
    in 24 hours at most; ``live_versions``: versions of a template that are live at once, at most; ``webhook``: URL that
    is told when a person is needed, or None; ``examples``: pages from which on code is learned that stands beside a
    spider which is only watched; ``least_share``: of the usual number of items or pages, below which a crawl is told to
    have brought far fewer, 0 for never; ``record``: pages are recorded, watched and healed, or only read;
    ``enabled``: the extension is wanted at all.
    """

    state: Path
    database: str | None = None
    retrain: str = "auto"
    retrain_seconds: float = 600.0
    provenance: bool = False
    repaired: Path | None = None
    flush_pages: int = 100
    flush_seconds: float = 5.0
    known_limit: int = 1000
    worker_after: int = 50
    page_seconds: float = 30.0
    heals_per_day: int = 20
    live_versions: int = MOST_LIVE
    webhook: str | None = None
    examples: int = 6
    least_share: float = 0.5
    record: bool = True
    enabled: bool = True

    @classmethod
    def read(cls, settings: BaseSettings) -> Options:
        """Raises UnknownName for a value that a setting can't have."""
        retrain = str(settings.get("EVERGREEN_RETRAIN", "auto"))
        if retrain not in RETRAIN_MODES:
            raise unknown("mode", retrain, RETRAIN_MODES, where="EVERGREEN_RETRAIN")
        webhook = settings.get("EVERGREEN_WEBHOOK") or os.environ.get("EVERGREEN_WEBHOOK") or None
        if webhook is not None and not is_http(webhook):
            raise UnknownName(f"EVERGREEN_WEBHOOK is {webhook!r}: an http(s) URL is wanted.")
        state = settings.get("EVERGREEN_STATE") or os.environ.get("EVERGREEN_STATE") or _own_state()
        repaired = settings.get("EVERGREEN_REPAIRED")
        return cls(
            state=Path(state).expanduser().absolute(),
            database=_database(settings.get("EVERGREEN_DATABASE") or os.environ.get("EVERGREEN_DATABASE")),
            retrain=retrain,
            retrain_seconds=_positive(settings, "EVERGREEN_RETRAIN_SECONDS", 600.0),
            provenance=_flag(settings, "EVERGREEN_PROVENANCE", False),
            repaired=Path(repaired).expanduser().absolute() if repaired else None,
            flush_pages=_whole(settings, "EVERGREEN_FLUSH_PAGES", 100),
            flush_seconds=_positive(settings, "EVERGREEN_FLUSH_SECONDS", 5.0),
            known_limit=_whole(settings, "EVERGREEN_KNOWN_LIMIT", 1000),
            worker_after=_whole(settings, "EVERGREEN_WORKER_AFTER", 50, least=0),
            page_seconds=_positive(settings, "EVERGREEN_PAGE_SECONDS", 30.0),
            heals_per_day=_whole(settings, "EVERGREEN_HEALS_PER_DAY", 20),
            live_versions=_whole(settings, "EVERGREEN_LIVE_VERSIONS", MOST_LIVE),
            webhook=webhook,
            examples=_whole(settings, "EVERGREEN_EXAMPLES", 6),
            least_share=_share(settings, "EVERGREEN_LEAST_SHARE", 0.5),
            record=_flag(settings, "EVERGREEN_RECORD", True),
            enabled=is_enabled(settings),
        )

    def repaired_file(self, site: str) -> Path:
        """Where the repaired items of ``site`` are appended."""
        return self.repaired or self.state / "repaired" / f"{safe_name(site)}.jsonl"


def is_enabled(settings: BaseSettings) -> bool:
    """Whether the extension is wanted. Raises UnknownName for what is neither yes nor no."""
    return _flag(settings, "EVERGREEN_ENABLED", True)


def misspelt(settings: BaseSettings) -> list[str]:
    """A sentence for each setting that looks like one of Evergreen and is none, with the nearest name there is."""
    strange = sorted(name for name in settings if str(name).startswith(_PREFIX) and name not in NAMES)
    return [unknown("setting", str(name), NAMES).message for name in strange]


def _own_state() -> Path:
    """The state folder where none is named: beside the project's scrapy.cfg, from whatever folder a command is called.
    Without a project it is in the working directory."""
    return Path(closest_scrapy_cfg()).parent / DEFAULT_STATE


def _database(url: str | None) -> str | None:
    if not url:
        return None
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        make_url(url).get_dialect()
    except ArgumentError:  # also where SQLAlchemy knows no database of this name
        # Not the URL itself: there may be a password in it.
        raise UnknownName(
            f"EVERGREEN_DATABASE begins with {url.split(':')[0]!r}: an SQLAlchemy URL is wanted.",
            hint="write it as postgresql+psycopg://...",
        ) from None
    return url


def _flag(settings: BaseSettings, name: str, default: bool) -> bool:
    try:
        return settings.getbool(name, default)
    except ValueError:
        raise UnknownName(f"{name} is {settings.get(name)!r}: True or False is wanted.") from None


def _positive(settings: BaseSettings, name: str, default: float) -> float:
    return _number(settings, name, default, lambda number: number > 0, "a number above 0")


def _whole(settings: BaseSettings, name: str, default: int, least: int = 1) -> int:
    """A number of things, ``least`` or more."""
    wanted = f"a whole number from {least} on"
    return int(_number(settings, name, default, lambda number: number.is_integer() and number >= least, wanted))


def _share(settings: BaseSettings, name: str, default: float) -> float:
    return _number(settings, name, default, lambda number: 0 <= number <= 1, "a number from 0 to 1")


def _number(settings: BaseSettings, name: str, default: float, fits: Callable[[float], bool], wanted: str) -> float:
    value = settings.get(name)
    if value is None:
        return default
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not fits(number):
        raise UnknownName(f"{name} is {value!r}: {wanted} is wanted.")
    return number
