"""Drift that a retrain has not healed, or not all of it: why, and a page of the new design that a person may label."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from learner.extractor import Extractor
from learner.pages.values import Value, scalars
from learner.retraining.backlog import Backlog
from learner.retraining.budget import HEALING, Budget
from learner.retraining.promotion import LOOK_AT
from learner.retraining.validation import names
from learner.state.records import Event, PendingDrift, StoredPage
from learner.state.reports import NOT_HEALED, POSTPONED, TAKEN_BACK
from learner.state.store import Store
from learner.state.versions import Version

_LONG = 8
"""Characters of a text that no page shows by chance."""
TELLING: Final = 5
"""Pages that a person has shown from which on it is believed that all others have what these have."""
_STILL = "the last heal has not brought it back"
_ENDS = ("promoted", "rolled_back", "drift", TAKEN_BACK)


@dataclass(frozen=True, slots=True)
class Impasse:
    """Of one template. ``fresh``: pages or examples have come since that a retrain can heal with now. ``url``: of
    the pages that drifted the newest that is known to have had what they lack, empty where the archive has none;
    ``fields``: what such pages lack; ``many``: they show several records; ``gone``: fields that next to no page gives
    any more, and which the site may no longer show; ``booleans``: those of the fields of which one page tells little;
    ``shown``: those that all of few pages have which a person has shown, though others may have none.
    """

    template: str
    reason: str
    fresh: bool
    url: str
    fields: tuple[str, ...]
    many: bool
    gone: tuple[str, ...] = ()
    booleans: frozenset[str] = frozenset()
    shown: frozenset[str] = frozenset()


def impasses(store: Store, site: str, budget: Budget | None = None) -> dict[str, Impasse]:
    """By template, those of the site, of which heals begin within the ``budget``. Raises StateError."""
    found = (_impasse(store, drift, budget or Budget()) for drift in store.drifts.pending(site))
    return {one.template: one for one in found if one is not None}


def _impasse(store: Store, drift: PendingDrift, budget: Budget) -> Impasse | None:
    last, heal = _last(store, drift), None
    if last is None and "lost_by" in drift.detail:
        heal = next(iter(store.events.newest(drift.site, drift.template, kind=HEALING, limit=1)), None)
    live = store.versions.all_live(drift.site, drift.template)
    if (last is None and heal is None) or not live:
        return None
    backlog = Backlog(store, drift)
    pages, extractor = backlog.drifted(live), live[0].load()
    evidence = backlog.evidence(pages)
    if heal is not None and _is_news(evidence, heal.detail["state"]):
        return None
    fields = backlog.wrong or backlog.missing or extractor.fields.keys()
    return Impasse(
        drift.template,
        _STILL if last is None else str(last.detail.get("reason")),
        last is not None
        and last.kind == NOT_HEALED
        and _may_heal(store, drift, last.detail.get("state"), evidence, budget),
        _telling(store, drift, live, pages, fields),
        tuple(sorted(fields)),
        extractor.is_list,
        tuple(sorted(backlog.wrong or fields - _given(store, drift, live, pages, extractor))),
        booleans_of(extractor).intersection(fields),
        shown_of(extractor).intersection(fields),
    )


def _is_news(evidence: Mapping[str, int], tried: Mapping[str, int]) -> bool:
    """Whether pages or examples have come since a heal began with those that it ``tried``."""
    return evidence["page"] > tried["page"] or evidence["example"] != tried["example"]


def booleans_of(extractor: Extractor) -> frozenset[str]:
    """The fields that are yes or no."""
    return frozenset(name for name, profile in extractor.fields.items() if profile.kind == "boolean")


def shown_of(extractor: Extractor) -> frozenset[str]:
    """The fields of one item that all pages have which a person has shown, where these are too few to tell that all
    others have them, too."""
    if extractor.is_list or not are_few_shown(extractor):
        return frozenset()
    return frozenset(extractor.expected).intersection(*(one.values for one in extractor.examples if one.is_shown))


def are_few_shown(extractor: Extractor) -> bool:
    """Whether a person has shown pages, and too few to tell what all pages have."""
    return 0 < sum(example.is_shown for example in extractor.examples) < TELLING


def _may_heal(
    store: Store, drift: PendingDrift, tried: Mapping[str, int] | None, state: Mapping[str, int], budget: Budget
) -> bool:
    """Whether a retrain that begins now has something new to heal with, and is not postponed."""
    if tried == state:
        return False
    if tried is None or state["example"] != tried.get("example"):
        return True
    return not budget.refused(store, drift.site, drift.template, whole=bool(drift.detail.get("whole")))


def _telling(
    store: Store, drift: PendingDrift, live: Sequence[Version], pages: Sequence[StoredPage], fields: Collection[str]
) -> str:
    """The URL of the page that is known to have had most of the fields; of several the newest's. None that shows
    nothing of what is known of it, as others do under one and the same text: it says that there is no such page. Where
    no page has drifted by itself, it is the newest of all that are known to have had one of the fields."""
    if len(pages) == 1:
        return pages[0].url
    moves = store.pages.moves(drift.site)
    known = {
        moves.get(one.url, one.url): [one.item] if one.item is not None else list(one.items or ())
        for one in store.examples.known(drift.site, drift.template)
    }
    had = {url: {name for record in records for name in record} for url, records in known.items()}
    if not pages:
        return next((url for url, there in had.items() if there.intersection(fields)), "")
    texts = Counter(page.html for page in pages)
    its_own = [page for page in pages if texts[page.html] == 1 or _shows(page, known.get(page.url, ()))]
    if not its_own:
        ids = [version.id for version in live]
        its_own = list(store.pages.good(drift.site, drift.template, ids, since=drift.since, limit=1))
    return max(its_own or pages, key=lambda page: len(had.get(page.url, set()).intersection(fields))).url


def _shows(page: StoredPage, known: Sequence[Mapping[str, Value]]) -> bool:
    """Whether the page shows one of the longer texts that are known of it."""
    text = page.html if isinstance(page.html, str) else page.html.decode(errors="replace")
    values = (one for record in known for value in record.values() for one in scalars(value))
    return any(isinstance(one, str) and len(one) >= _LONG and one in text for one in values)


def _given(
    store: Store, drift: PendingDrift, live: Sequence[Version], pages: Sequence[StoredPage], extractor: Extractor
) -> set[str]:
    """The fields that pages since the drift still give, at least half as often as they used to."""
    ids = [version.id for version in live]
    good = store.pages.good(drift.site, drift.template, ids, since=drift.since, limit=LOOK_AT)
    answers = store.extractions.latest([page.id for page in (*pages, *good)])
    counts = Counter(name for answer in answers.values() for name in names(answer))
    share = {name: profile.presence for name, profile in extractor.fields.items()}
    return {name for name, count in counts.items() if count >= share.get(name, 1.0) / 2 * len(answers)}


def _last(store: Store, drift: PendingDrift) -> Event | None:
    """What became of the last heal, if it failed or could not begin."""
    for event in store.events.newest(drift.site, drift.template, limit=20):
        if event.kind in (NOT_HEALED, POSTPONED):
            return event
        if event.kind in _ENDS:
            break
    return None
