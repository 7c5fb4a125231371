"""A person is asked: what drifted and was not healed, came far fewer times than usual, is contradicted by learned
code, or contradicts itself, as JSON, by POST to the URL that EVERGREEN_WEBHOOK names.

It is told once, and again when something changed or a day has passed. A hook that fails stops nothing.
"""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from http.client import HTTPException
from typing import Any, Final

from learner.state.reports import RetrainReport
from learner.state.store import Store

TOLD: Final = "webhook_told"
FAILED: Final = "webhook_failed"
WAS_TOLD: Final = "told"
SECONDS: Final = 10.0
_AGAIN: Final = timedelta(days=1)
OF_CRAWLS: Final = ("fewer", "more", "contradicted", "disorder")
"""Families of statistics of a crawl that a person is told of."""


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        """What asks for a person must not be sent on to somebody else."""


def ask(store: Store, report: RetrainReport, url: str, *, seconds: float = SECONDS) -> str:
    """Tell the hook that the site needs a person, if that is news: ``told``, or why not; empty when it is none."""
    return _tell(store, report.site, _message(report), url, seconds) if report.drifting else ""


def ask_of_crawl(
    store: Store, site: str, told: Mapping[str, Mapping[str, float]], url: str, *, seconds: float = SECONDS
) -> str:
    """The same of a crawl: what it brought far ``fewer`` times than usual, or ``more`` since a heal, each with its
    share of what is usual, and in what the spider is ``contradicted`` by learned code, or by itself (``disorder``),
    each with the number of pages."""
    drifting = sorted({drift.template for drift in store.drifts.pending(site)})
    message = {"site": site, "exit_code": 3, "drifting": drifting, "reasons": {}, **told}
    return _tell(store, site, {**message, "next": f"scrapy status {site}"}, url, seconds)


def _tell(store: Store, site: str, message: Mapping[str, Any], url: str, seconds: float) -> str:
    if _is_old(store, site, message):
        return ""
    problem = post(url, {**message, "at": datetime.now(UTC).isoformat()}, seconds=seconds)
    store.events.add(site, "", FAILED if problem else TOLD, {"problem": problem} if problem else message)
    return problem or WAS_TOLD


def post(url: str, message: Mapping[str, Any], *, seconds: float = SECONDS) -> str:
    """POST as JSON; empty when it was taken (2xx), else what went wrong."""
    request = urllib.request.Request(
        url,
        data=json.dumps(message).encode(),
        headers={"Content-Type": "application/json", "User-Agent": "evergreen"},
        method="POST",
    )
    try:
        with urllib.request.build_opener(_NoRedirect).open(request, timeout=seconds) as answer:
            return "" if 200 <= answer.status < 300 else f"it answered {answer.status}"
    except urllib.error.HTTPError as error:
        error.close()
        return f"it answered {error.code}"
    except (OSError, HTTPException, ValueError) as error:
        return str(getattr(error, "reason", None) or error or type(error).__name__)


def _message(report: RetrainReport) -> dict[str, Any]:
    return {
        "site": report.site,
        "exit_code": report.exit_code,
        "drifting": list(report.drifting),
        "reasons": dict(report.why)
        | {
            entry.template: entry.reason or report.why.get(entry.template) or entry.action
            for entry in report.templates
            if entry.template in report.drifting
        },
        "next": f"scrapy status {report.site}",
    }


def _is_old(store: Store, site: str, message: Mapping[str, Any]) -> bool:
    """Whether the same was told of within a day: the same templates, the same that is missing."""
    yesterday = datetime.now(UTC) - _AGAIN
    told = [event.detail for event in store.events.newest(site, kind=TOLD, limit=20) if event.at > yesterday]
    of_its_kind = [_about(detail) for detail in told if _kind(detail) == _kind(message)]
    return of_its_kind[:1] == [_about(message)]


def _about(message: Mapping[str, Any]) -> list[list[str]]:
    return [sorted(message.get(what, ())) for what in ("drifting", *OF_CRAWLS)]


def _kind(message: Mapping[str, Any]) -> bool:
    """Whether it is of a crawl, or of a retrain."""
    return any(what in message for what in OF_CRAWLS)
