"""Drift that a retrain has not healed: why, and a page of the new design that a person may label."""

from __future__ import annotations

from dataclasses import dataclass

from learner.retraining.backlog import Backlog
from learner.state.records import Event, PendingDrift
from learner.state.reports import NOT_HEALED, POSTPONED, TAKEN_BACK
from learner.state.store import Store

_ENDS = ("promoted", "rolled_back", "drift", TAKEN_BACK)


@dataclass(frozen=True, slots=True)
class Impasse:
    """Of one template. ``fresh``: pages or examples have come since that another retrain can heal with. ``url``: the
    newest page that drifted, empty where the archive has none; ``fields``: what such pages lack; ``many``: they show
    several records."""

    template: str
    reason: str
    fresh: bool
    url: str
    fields: tuple[str, ...]
    many: bool


def impasses(store: Store, site: str) -> dict[str, Impasse]:
    """By template, those of the site. Raises StateError."""
    found = (_impasse(store, drift) for drift in store.drifts.pending(site))
    return {one.template: one for one in found if one is not None}


def _impasse(store: Store, drift: PendingDrift) -> Impasse | None:
    last = _last(store, drift)
    live = store.versions.all_live(drift.site, drift.template)
    if last is None or not live:
        return None
    backlog = Backlog(store, drift)
    pages, extractor = backlog.drifted(live), live[0].load()
    return Impasse(
        drift.template,
        str(last.detail.get("reason")),
        last.kind == NOT_HEALED and last.detail.get("state") != backlog.evidence(pages),
        pages[0].url if pages else "",
        tuple(sorted(backlog.wrong or backlog.missing or extractor.fields)),
        extractor.is_list,
    )


def _last(store: Store, drift: PendingDrift) -> Event | None:
    """What became of the last heal, if it failed or could not begin."""
    for event in store.events.newest(drift.site, drift.template, limit=20):
        if event.kind in (NOT_HEALED, POSTPONED):
            return event
        if event.kind in _ENDS:
            break
    return None
