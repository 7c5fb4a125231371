"""What became of a site, in figures for people: pages and their fields over time, drift, versions, the last heal.

Everything is read from the store; nothing is extracted anew but the two pages that show the last heal.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from learner.errors import StateError
from learner.extractor import Extractor
from learner.programs.examples import Known
from learner.retraining.change import Change, change
from learner.retraining.validation import Score, compare
from learner.state.records import COMPLETE, FAILED, PARTIAL, REPAIRED, Event, PageAnswer
from learner.state.reports import TAKEN_BACK
from learner.state.store import Store
from learner.state.versions import LIVE, RETIRED, Version

POINTS: Final = 48
"""Points of a curve over time at most, and a few more where the version changes."""
ANSWERS: Final = 10_000
_GONE: Final = 20
"""Pages that a version does not answer, at least, where another took over."""
_READ: Final = (COMPLETE, PARTIAL, FAILED)
EDGES: Final = (0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.98, 1.0)
"""Between which confidences values are counted together."""


@dataclass(frozen=True, slots=True)
class Point:
    """Pages that were fetched one after the other and answered by one version, or by several that are live at once:
    ``version`` is then the newest of them.

    ``outcomes`` counts them (complete, partial, failed, or why a page is none of the template's); ``read`` of them are
    of the template. ``coverage`` is the share of these that has a field, ``confidence`` the mean where they have it
    (0..1).
    """

    since: datetime
    until: datetime
    version: int
    pages: int
    read: int
    outcomes: Mapping[str, int]
    coverage: Mapping[str, float]
    confidence: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the live version: its type, the share of the examples that have it, its best rule of ``rules``, and
    how far the values it was learned from are trusted (0..1)."""

    name: str
    kind: str
    presence: float
    rule: str
    rules: int
    trust: float


@dataclass(frozen=True, slots=True)
class Scores:
    """A version and what it was worth when it was made: learned from ``examples``, checked on ``pages`` others, where
    it vouched for the share ``vouched`` of the fields (its parent for ``vouched_before``), and ``right`` of
    ``compared`` values were those that are known. None is what was not measured."""

    number: int
    parent: int | None
    state: str
    created_at: datetime
    seed: int
    note: str
    origin: str
    examples: int | None = None
    pages: int | None = None
    vouched: float | None = None
    vouched_before: float | None = None
    right: float | None = None
    compared: int | None = None


@dataclass(frozen=True, slots=True)
class Episode:
    """Drift, from when it was raised until a version took over (None: not yet). ``since`` is when the first page of it
    was fetched."""

    raised_at: datetime
    since: datetime
    fields: tuple[str, ...]
    whole: bool
    ended_at: datetime | None = None
    ended_by: int | None = None
    ended_how: str = ""


@dataclass(frozen=True, slots=True)
class Bin:
    """Values whose confidence lies between ``low`` and ``high``: their mean, and how many of ``values`` are right."""

    low: float
    high: float
    values: int
    right: int
    confidence: float


@dataclass(frozen=True, slots=True)
class Curve:
    """Confidence against being right, on pages that no version was learned from and whose values a person or the
    spider's own selectors told."""

    bins: tuple[Bin, ...] = ()

    @property
    def values(self) -> int:
        return sum(one.values for one in self.bins)


@dataclass(frozen=True, slots=True)
class Heal:
    """The last heal: when, and the two versions on a page of each design."""

    version: int
    parent: int
    at: datetime
    change: Change


@dataclass(frozen=True, slots=True)
class TemplateFigures:
    """All of one template. ``live`` is the number of the version in charge, ``code`` its page object in Python;
    ``beside`` are those that answer pages which they fit better."""

    name: str
    live: int | None
    beside: tuple[int, ...]
    counts: Mapping[str, int]
    fields: tuple[Field, ...]
    points: tuple[Point, ...]
    episodes: tuple[Episode, ...]
    versions: tuple[Scores, ...]
    events: tuple[Event, ...]
    curve: Curve
    heal: Heal | None
    code: str


@dataclass(frozen=True, slots=True)
class SiteFigures:
    site: str
    at: datetime
    templates: tuple[TemplateFigures, ...]


def figures(store: Store, site: str) -> SiteFigures:
    """Everything that is known of the site. Raises StateError when the store can't be read."""
    return SiteFigures(site, datetime.now(UTC), tuple(_template(store, site, name) for name in store.templates(site)))


def _template(store: Store, site: str, name: str) -> TemplateFigures:
    versions = store.versions.all(site, name)
    loaded = {version.number: extractor for version in versions if (extractor := _load(version)) is not None}
    numbers = [version.number for version in store.versions.all_live(site, name)]
    live = numbers[0] if numbers else None
    extractor = None if live is None else loaded.get(live)
    answers = store.extractions.answers(site, name, ANSWERS)
    events = store.events.newest(site, name, limit=1_000)
    return TemplateFigures(
        name=name,
        live=live,
        beside=tuple(numbers[1:]),
        counts=store.counts(site, name),
        fields=_fields(extractor) if extractor else (),
        points=points([answer for answer in answers if answer.outcome != REPAIRED]),
        episodes=episodes(events),
        versions=tuple(_scores(version, versions) for version in versions),
        events=tuple(events),
        curve=curve(answers, store.examples.told(site, name), _learned_from(loaded)),
        heal=_heal(versions, loaded),
        code=extractor.source_code() if extractor else "",
    )


def _load(version: Version) -> Extractor | None:
    """None for a version that was damaged: the report tells of the others."""
    try:
        return version.load()
    except StateError:
        return None


def _fields(extractor: Extractor) -> tuple[Field, ...]:
    return tuple(
        Field(
            name,
            f"{program.profile.kind}, several" if program.many else program.profile.kind,
            program.profile.presence,
            str(program.rules[0]) if program.rules else "",
            len(program.rules),
            program.trust,
        )
        for name, program in sorted(extractor.program.fields.items())
    )


def points(answers: Sequence[PageAnswer]) -> tuple[Point, ...]:
    """The answers in order of fetching, in pieces of equal size that end where another version takes over."""
    size = max(1, -(-len(answers) // POINTS))
    ordered = sorted(answers, key=lambda answer: answer.fetched_at)
    pieces: list[list[PageAnswer]] = []
    for at, answer in enumerate(ordered):
        if not pieces or len(pieces[-1]) == size or _takes_over(ordered, at, max(size, _GONE)):
            pieces.append([])
        pieces[-1].append(answer)
    return tuple(map(_point, pieces))


def _takes_over(answers: Sequence[PageAnswer], at: int, window: int) -> bool:
    """Whether another version answers from here on: the one before does not come again, and this one had not come."""
    before, now = answers[at - 1].version, answers[at].version
    return before != now and not (
        any(one.version == before for one in answers[at : at + window])
        or any(one.version == now for one in answers[max(0, at - window) : at])
    )


def _point(answers: Sequence[PageAnswer]) -> Point:
    sums: defaultdict[str, float] = defaultdict(float)
    found: Counter[str] = Counter()
    for answer in answers:
        for name, confidence in answer.confidence.items():
            found[name] += 1
            sums[name] += confidence
    outcomes = Counter(answer.outcome for answer in answers)
    read = sum(outcomes[outcome] for outcome in _READ)
    return Point(
        answers[0].fetched_at,
        answers[-1].fetched_at,
        max(answer.version for answer in answers),
        len(answers),
        read,
        dict(outcomes),
        {name: round(count / read, 4) for name, count in found.items()} if read else {},
        {name: round(sums[name] / count, 4) for name, count in found.items()},
    )


def episodes(events: Sequence[Event]) -> tuple[Episode, ...]:
    """Drift and what ended it, from events of one template, newest first."""
    found: list[Episode] = []
    pending: Event | None = None
    for event in sorted(events, key=lambda event: event.id):
        if event.kind == "drift":
            pending = event
        elif event.kind in ("promoted", "rolled_back", TAKEN_BACK) and pending is not None:
            how = str(event.detail.get("reason") or event.kind.replace("_", " "))
            found.append(_episode(pending, event.at, event.detail.get("version"), how))
            pending = None
    if pending is not None:
        found.append(_episode(pending, None, None, ""))
    return tuple(reversed(found))


def _episode(event: Event, ended_at: datetime | None, ended_by: int | None, how: str) -> Episode:
    fields = tuple(map(str, event.detail.get("fields") or ()))
    since = event.detail.get("since")
    try:
        began = datetime.fromisoformat(since) if since else event.at
    except (TypeError, ValueError):
        began = event.at
    return Episode(event.at, began, fields, bool(event.detail.get("whole")), ended_at, ended_by, how)


def _scores(version: Version, versions: Sequence[Version]) -> Scores:
    parents = {other.id: other.number for other in versions}
    metrics = version.metrics
    validation: Mapping[str, Any] = metrics.get("validation") or {}
    after: Mapping[str, Any] = validation.get("after") or validation
    heal: Mapping[str, Any] = metrics.get("heal") or {}
    return Scores(
        number=version.number,
        parent=parents.get(version.parent) if version.parent is not None else None,
        state=version.state,
        created_at=version.created_at,
        seed=version.seed,
        note=version.note,
        origin="healed" if heal else "learned",
        examples=metrics.get("labels") if heal else metrics.get("examples"),
        pages=after.get("pages"),
        vouched=after.get("vouched"),
        vouched_before=(validation.get("before") or {}).get("vouched"),
        right=after.get("agreement") if after.get("compared") else None,
        compared=after.get("compared"),
    )


def _learned_from(loaded: Mapping[int, Extractor]) -> frozenset[str]:
    return frozenset(example.url for extractor in loaded.values() for example in extractor.examples)


def curve(answers: Sequence[PageAnswer], told: Mapping[str, Known], learned_from: frozenset[str]) -> Curve:
    """How many of the answers are right, by their confidence, where the page's values were told."""
    counted = [Counter[str]() for _ in EDGES[1:]]
    sums = [0.0 for _ in EDGES[1:]]
    for answer in answers:
        known = told.get(answer.url)
        if known is None or answer.url in learned_from:
            continue
        scores: dict[str, Score] = {}
        compare(answer, known, scores)
        for name, score in scores.items():
            values = score.right + score.wrong
            if name not in answer.confidence or not values:
                continue
            at = _bin(answer.confidence[name])
            counted[at]["values"] += values
            counted[at]["right"] += score.right
            sums[at] += answer.confidence[name] * values
    return Curve(
        tuple(
            Bin(EDGES[at], EDGES[at + 1], count["values"], count["right"], round(sums[at] / count["values"], 4))
            for at, count in enumerate(counted)
            if count["values"]
        )
    )


def _bin(confidence: float) -> int:
    return max((at for at, low in enumerate(EDGES[:-1]) if confidence >= low), default=0)


def _heal(versions: Sequence[Version], loaded: Mapping[int, Extractor]) -> Heal | None:
    """The newest heal that was put in charge and whose two versions can be read."""
    numbers = {version.id: version.number for version in versions}
    for version in reversed(versions):
        parent = numbers.get(version.parent) if version.parent is not None else None
        if parent is None or "heal" not in version.metrics or version.state not in (LIVE, RETIRED):
            continue
        if version.number in loaded and parent in loaded:
            changed = change(loaded[parent], loaded[version.number])
            if changed is not None:
                return Heal(version.number, parent, version.created_at, changed)
    return None
