"""The scheduled job: learn what has examples and no version, heal what drifted, extract again what had failed.

It does nothing, cheaply, when there is nothing to do; it may be started twice at once, and killed at any
moment: every step is one transaction, and the next run goes on where this one stopped.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from learner.errors import EvergreenError, StateError, StateTooNew
from learner.retraining.backlog import MISSED, Backlog, why
from learner.retraining.budget import HEALING, Budget
from learner.retraining.case import Case
from learner.retraining.fields import Wanted, as_often, only, without
from learner.retraining.fitting import Several
from learner.retraining.promotion import LOOK_AT, READS, Verdict, is_corrected, judge, outlasting
from learner.retraining.sampling import split
from learner.retraining.validation import MOSTLY, Measure, measure, names
from learner.state.records import PendingDrift
from learner.state.reports import (
    CAUGHT_UP,
    ERROR,
    HEALED,
    LEARNED,
    LEFT,
    NOT_HEALED,
    NOT_LEARNED,
    OUT_OF_TIME,
    POSTPONED,
    QUARANTINED,
    RETURNED,
    TAKEN_BACK,
    RetrainReport,
    TemplateReport,
)
from learner.state.store import Store
from learner.state.versions import RETIRED, Version

if TYPE_CHECKING:
    from learner import Example, Extractor

RIGHT_ENOUGH: Final = 0.8  # of the values given on held-out examples
READ: Final = 0.8  # of the pages that a field was learned from
TAUGHT: Final = "taught"
"""Among a version's metrics: a person showed pages, those of one design."""
_MAY_RETURN: Final = 3  # newest retired versions
MOST_LIVE: Final = 3  # versions of a template
IDLE_PAGES: Final = 200  # that others answered in full, and
IDLE: Final = timedelta(days=14)  # before a live version that answers none any more is retired
_BATCH: Final = 50
_LEASE_SECONDS: Final = 3600.0

_log = logging.getLogger(__name__)


def retrain(
    store: Store,
    site: str,
    *,
    seconds: float | None = None,
    wait: float = 0.0,
    seed: int = 0,
    budget: Budget | None = None,
    most_live: int = MOST_LIVE,
    wanted: Mapping[str, Wanted] = MappingProxyType({}),
    progress: Callable[[str], None] = lambda line: None,
) -> RetrainReport:
    """Learn, heal and extract again whatever the site needs; ``budget`` bounds the heals, ``most_live`` the versions
    of a template that are live at once.

    ``seconds`` is a budget: no template and no batch of pages is begun after it; what is left waits for the next
    run. Another retrain of the site is waited for ``wait`` seconds at most, beside the budget. ``wanted`` names the
    templates that a spider goes on answering by itself. Raises StateError when the store can't be read; what goes wrong
    with one template is in the report.
    """

    def waits() -> None:
        progress(f"{site}: another retrain is at work; waiting for its end, {wait:g} seconds at most")

    lease = _LEASE_SECONDS if seconds is None else 2 * seconds + 300
    with store.leases.hold(site, lease, wait=wait, waits=waits) as held:
        if not held:
            return RetrainReport(site, busy=True)
        began = time.monotonic()
        deadline = None if seconds is None else began + seconds
        job = _Job(store, site, deadline, seed, budget or Budget(), most_live, wanted, progress)
        reports = tuple(job.run())
        pending = store.drifts.pending(site)
        return RetrainReport(
            site,
            reports,
            tuple(store.repairs.of(job.repaired)),
            tuple(drift.template for drift in pending),
            seconds=time.monotonic() - began,
            why={drift.template: why(drift) for drift in pending},
        )


def relearn(
    store: Store,
    site: str,
    template: str,
    *,
    seed: int = 0,
    most_live: int = MOST_LIVE,
    wanted: Mapping[str, Wanted] = MappingProxyType({}),
    alone: bool = False,
    progress: Callable[[str], None] = lambda line: None,
) -> TemplateReport:
    """Learn a template from all its examples. The new version is asked before those that are live, and takes the place
    of all (``alone``), or of those whose pages it reads as well; if it is not right on held-out examples, all stays as
    it is. ``wanted`` as for ``retrain``.

    Raises StateError, StateTooNew, also when another retrain is at work on the site.
    """
    with store.leases.hold(site, _LEASE_SECONDS) as held:
        if not held:
            raise StateError(f"Another retrain is at work on {site}.", hint="wait for its end, then run again")
        job = _Job(store, site, None, seed, Budget(), most_live, wanted, progress)
        report = job._learn(template, anew=True, alone=alone)
    return report or TemplateReport(template, NOT_LEARNED, reason="there are too few examples")


def is_ripe(store: Store, site: str, template: str, least: int) -> bool:
    """Whether a template that nothing is learned of has ``least`` examples to learn from; after learning was refused,
    twice as many as were there then."""
    refused = _tried(store, site, template, NOT_LEARNED).get("examples", 0)
    fresh = store.examples.count(site, template, after=refused)
    return fresh >= least and (not refused or 2 * fresh >= store.examples.count(site, template))


class _Job:
    def __init__(
        self,
        store: Store,
        site: str,
        deadline: float | None,
        seed: int,
        budget: Budget,
        most_live: int,
        wanted: Mapping[str, Wanted],
        progress: Callable[[str], None],
    ) -> None:
        self.store = store
        self.site = site
        self.deadline = deadline
        self.seed = seed
        self.budget = budget
        self.most_live = most_live
        self.wanted = wanted
        self.say = progress
        self.repaired: list[int] = []
        self.attempted: set[int] = set()
        self.promoted: set[tuple[str, int | None]] = set()

    def run(self) -> Iterator[TemplateReport]:
        pending = {drift.template: drift for drift in self.store.drifts.pending(self.site)}
        for template, drift in pending.items():
            yield from self._step(template, partial(self._heal, template, drift))
        # What a new version reads of some fields tells where the others stand: of what it lacks, one more heal may find
        # what the first could not.
        for drift in self.store.drifts.pending(self.site):
            if (drift.template, drift.detail.get("lost_by")) in self.promoted:
                yield from self._step(drift.template, partial(self._heal, drift.template, drift))
        for template in self.store.templates(self.site):
            # Of a version whose files are damaged the examples are still there.
            if self._is_to_learn(template):
                yield from self._step(template, partial(self._learn, template))
        for drift in self.store.drifts.healed(self.site):
            if drift.id not in self.attempted:
                yield from self._step(drift.template, partial(self._catch_up, drift))
        for template in self.store.templates(self.site):
            if len(self.store.versions.all_live(self.site, template)) > 1:
                yield from self._step(template, partial(self._retire, template))

    def _step(self, template: str, step: Callable[[], TemplateReport | None]) -> Iterator[TemplateReport]:
        if self._late():
            yield TemplateReport(template, OUT_OF_TIME, reason="the next run goes on")
            return
        began = time.monotonic()
        try:
            report = step()
        except Exception as error:  # one template's trouble must not be the others'
            _log.debug("retraining %s/%s", self.site, template, exc_info=True)
            reason = _reason(error)
            self.store.events.add(self.site, template, ERROR, {"reason": reason})
            report = TemplateReport(template, ERROR, reason=reason)
        if report is not None:
            self.say(f"{self.site}/{report}")
            yield replace(report, seconds=time.monotonic() - began)

    def _late(self) -> bool:
        return self.deadline is not None and time.monotonic() >= self.deadline

    # Learning

    def _learn(self, template: str, *, anew: bool = False, alone: bool = False) -> TemplateReport | None:
        """A first version, None when there is nothing to learn from. ``anew``: whatever was tried before; ``alone``: no
        other is to answer beside it."""
        newest = self.store.examples.newest(self.site, template)
        if not newest:
            return None
        wanted = self.wanted.get(template)
        tried = self._tried(template, NOT_LEARNED)
        if tried.get("examples") == newest and not anew:
            if wanted is not None:
                return None
            return TemplateReport(template, NOT_LEARNED, reason=f"{tried.get('reason')} (no new example since)")
        from learner.learning.learning import learn

        since = None if wanted is None else wanted.since
        examples = self.store.examples.best(self.site, template, limit=LOOK_AT, since=since)
        if wanted is not None:
            if not wanted.fields or len(examples) < wanted.examples:
                return None
            examples = [only(wanted.fields, example) for example in examples]
        training, held_out = split(examples)
        self.say(f"{self.site}/{template}: learning from {len(training)} examples")
        try:
            extractor = learn(training, seed=self.seed)
        except EvergreenError as error:
            return self._not_learned(template, newest, error.message)
        extractor = as_often(extractor, examples)
        if wanted is not None and (unread := _unread_fields(extractor, training)):
            # The spider has these itself; that learned code never reads them is no news of the site.
            if unread >= extractor.fields.keys():
                reason = f"nothing is vouched for on enough of the {len(training)} pages that it was learned from"
                return self._not_learned(template, newest, reason)
            extractor = without(unread, extractor, "not vouched for on enough of the pages that it was learned from")
            held_out = [only(frozenset(extractor.fields), example) for example in held_out]
        checked = self._measure(extractor, held_out)
        if wanted is not None and (bad := _wrong_fields(checked)) and bad < extractor.fields.keys():
            # The spider has these itself; they must not keep the others from being learned.
            extractor = without(bad, extractor)
            checked = self._measure(extractor, [only(frozenset(extractor.fields), example) for example in held_out])
        metrics = {
            "examples": len(training),
            "held_out": len(held_out),
            "accuracy": round(checked.accuracy, 4),
            "validation": checked.to_dict(),
            "warnings": list(extractor.warnings),
        }
        version = self.store.versions.add(self.site, template, extractor, None, metrics, self.seed)
        if held_out and (not checked.compared or checked.agreement < RIGHT_ENOUGH):
            reason = f"right on held-out pages: {checked.agreement:.0%} of {checked.compared} values"
            self.store.versions.quarantine(version.id, reason, metrics)
            return self._not_learned(template, newest, reason, version.number, metrics)
        live = [] if alone else self._readable(template)
        stay = outlasting(self.store, live, extractor, most=self.most_live - 1)
        reason = "learned anew" if self.store.versions.live(self.site, template) else "first version"
        self.store.versions.promote(version.id, {"reason": reason}, beside=[one.id for one in stay])
        self.store.events.add(self.site, template, LEARNED, {"version": version.number, **metrics})
        beside = tuple(one.number for one in stay)
        return TemplateReport(template, LEARNED, version.number, detail=metrics, beside=beside)

    def _is_to_learn(self, template: str) -> bool:
        """Whether no version is live that can be read; those of a newer release are that release's."""
        try:
            return not self._readable(template)
        except StateTooNew:
            return False

    def _readable(self, template: str) -> list[tuple[Version, Extractor]]:
        """The live versions whose files can be read. Raises StateTooNew."""
        found = []
        for version in self.store.versions.all_live(self.site, template):
            try:
                found.append((version, version.load()))
            except StateTooNew:
                raise
            except StateError as error:
                _log.warning("%s", error)
        return found

    def _not_learned(
        self,
        template: str,
        newest: int,
        reason: str,
        version: int | None = None,
        metrics: dict[str, Any] | None = None,
    ) -> TemplateReport:
        self.store.events.add(self.site, template, NOT_LEARNED, {"examples": newest, "reason": reason})
        action = LEFT if template in self.wanted else NOT_LEARNED
        return TemplateReport(template, action, version, reason, detail=metrics or {})

    def _measure(self, extractor: Extractor, held_out: Sequence[Example]) -> Measure:
        presence = {name: profile.presence for name, profile in extractor.fields.items()}
        return measure(extractor, [(example, example) for example in held_out], presence)

    # Healing

    def _heal(self, template: str, drift: PendingDrift) -> TemplateReport:
        live = self.store.versions.all_live(self.site, template)
        if not live:
            return TemplateReport(template, NOT_HEALED, reason="no version is live")
        backlog = Backlog(self.store, drift)
        pages = backlog.drifted(live)
        state = backlog.evidence(pages)
        tried = self._tried(template, NOT_HEALED)
        if tried and backlog.is_over(live, pages):
            return self._taken_back(template)
        if tried.get("state") == state:
            reason = f"{tried.get('reason')} (no new page or example since)"
            return TemplateReport(template, NOT_HEALED, reason=reason, detail=tried.get("report") or {})
        if not pages:
            return self._not_healed(template, drift, state, "no page of the new design is in the archive", {})
        # A new example is a person's answer, or a teacher's: it is tried at once.
        answered = state["example"] != tried.get("state", state).get("example")
        whole = bool(drift.detail.get("whole"))
        refused = "" if answered else self.budget.refused(self.store, self.site, template, whole=whole)
        # Nothing is trained for a version that returns: it needs no room in the budget, and takes none.
        retired = [] if backlog.wrong else self._retired(template)
        if refused and not retired:
            return self._postponed(template, refused)
        case = Case.of(self.store, backlog, live, pages, self.most_live)
        returned = self._returned(retired, case)
        if returned is not None:
            return self._put_in_charge(template, *returned, RETURNED)
        if refused:
            return self._postponed(template, refused)
        self.store.events.add(self.site, template, HEALING, {"state": state})
        self.say(
            f"{self.site}/{template}: healing with {len(case.heal_with)} pages, {case.held_out} held out, "
            f"{len(case.known)} known, {len(case.still_old)} of the old design"
        )
        healing, verdict = case.healed(self.seed, single=not whole)
        if healing.extractor is case.extractor:
            report = self._not_healed(template, drift, state, verdict.why, healing.report)
            return self._taken_back(template, report.reason) if backlog.is_over(live, pages) else report
        metrics = {"heal": healing.report, "validation": verdict.figures, "labels": len(healing.labels)}
        version = self.store.versions.add(self.site, template, healing.extractor, case.parent.id, metrics, self.seed)
        if verdict.why:
            self.store.versions.quarantine(version.id, verdict.why, metrics)
            told = {"state": state, "reason": verdict.why, "version": version.number, "whole": whole}
            self.store.events.add(self.site, template, NOT_HEALED, told)
            report = TemplateReport(template, QUARANTINED, version.number, verdict.why, detail=metrics)
            return self._taken_back(template, report.reason) if backlog.is_over(live, pages) else report
        return self._put_in_charge(template, version, verdict, HEALED, metrics)

    def _taken_back(self, template: str, failed: str = "") -> TemplateReport:
        """The drift is over; ``failed`` is why healing from it gave nothing, if that was tried."""
        self.store.drifts.clear(self.site, template)
        reason = "the pages that had drifted are as they were before"
        return TemplateReport(template, TAKEN_BACK, reason=f"{reason} ({failed})" if failed else reason)

    def _retired(self, template: str) -> list[Version]:
        """Retired versions that may come back, the newest first: none that new examples have replaced."""
        versions = self.store.versions.all(self.site, template)
        learned = max((one.number for one in versions if one.metrics.keys().isdisjoint(("heal", TAUGHT))), default=0)
        retired = [one for one in versions if one.state == RETIRED and one.number >= learned]
        return retired[: -_MAY_RETURN - 1 : -1]

    def _returned(self, retired: Sequence[Version], case: Case) -> tuple[Version, Verdict] | None:
        """The first of them whose design is back, and that reads the pages as they are. Those that are live stay beside
        it: what came back once may change again. None comes back that a person has corrected."""
        said = self.store.examples.best(self.site, case.parent.template, source="person") if retired else []
        for version in retired:
            try:
                extractor = version.load()
            except StateError:
                continue
            if is_corrected(extractor, said):
                continue
            verdict = judge(case.live, extractor, case.stay, case.evidence)
            if not verdict.why and verdict.vouched >= READS:
                return version, verdict
        return None

    def _put_in_charge(
        self, template: str, version: Version, verdict: Verdict, action: str, metrics: dict[str, Any] | None = None
    ) -> TemplateReport:
        beside = tuple(one.number for one in verdict.stay)
        self.store.versions.promote(version.id, {"reason": action}, beside=[one.id for one in verdict.stay])
        if action == HEALED:
            self.store.events.add(
                self.site, template, HEALED, {"version": version.number, "beside": beside, **(metrics or {})}
            )
            self.promoted.add((template, version.number))
        lost = self._raise_lost(template, version, verdict.figures)
        reason = f"not repaired: {', '.join(lost)}" if lost else ""
        report = TemplateReport(template, action, version.number, reason, detail=metrics or {}, beside=beside)
        for drift in self.store.drifts.healed(self.site):
            if drift.template == template:
                done = self._catch_up(drift)
                report = replace(
                    report,
                    pages=report.pages + done.pages,
                    repaired=report.repaired + done.repaired,
                    reason=", ".join(filter(None, (reason, done.reason if done.action == OUT_OF_TIME else ""))),
                )
        return report

    def _raise_lost(self, template: str, version: Version, validation: dict[str, Any]) -> list[str]:
        """Fields that the new version does not bring back, or of whose known links it finds too few, stay pending as
        drift, for the next run and for people."""
        presence: dict[str, float] = validation["presence"]
        after = validation["after"]
        lost = {
            name: share
            for name, share in presence.items()
            if max(share * after["pages"], after["fields"][name]["missing"]) >= min(MISSED, after["pages"])
            and after["fields"][name]["vouched"] < share / 2
            and not _all_found(after["fields"][name])
            and name not in validation["absent"]
        }
        if version.load().is_list:
            lost |= {name: share for name, share in presence.items() if _is_in_few_records(after["fields"][name])}
        links = [name for name, score in validation["links"].items() if _are_lost(score)]
        # The version before may lack links that another live one has.
        lost |= {name: presence.get(name, 1.0) for name in (*links, *validation.get("missed", ()))}
        lost |= {name: presence[name] for name in validation["unread"]}
        if lost:
            detail = {"whole": False, "fields": sorted(lost), "presence": lost, "lost_by": version.number}
            self.store.drifts.record(self.site, template, detail)
        return sorted(lost)

    def _not_healed(
        self, template: str, drift: PendingDrift, state: dict[str, int], reason: str, report: dict[str, Any]
    ) -> TemplateReport:
        detail = {"state": state, "reason": reason, "report": report, "whole": bool(drift.detail.get("whole"))}
        self.store.events.add(self.site, template, NOT_HEALED, detail)
        return TemplateReport(template, NOT_HEALED, reason=reason, detail=report)

    def _postponed(self, template: str, reason: str) -> TemplateReport:
        newest = self.store.events.newest(self.site, template, limit=1)
        if not newest or newest[0].kind != POSTPONED:
            self.store.events.add(self.site, template, POSTPONED, {"reason": reason})
        return TemplateReport(template, POSTPONED, reason=reason)

    def _tried(self, template: str, kind: str) -> dict[str, Any]:
        return _tried(self.store, self.site, template, kind)

    # Several live versions

    def _retire(self, template: str, now: datetime | None = None) -> TemplateReport | None:
        """Take a version out of charge that no page fits any more, while others answer."""
        long_ago = (now or datetime.now(UTC)) - IDLE
        for version_id, (pages, since) in self.store.versions.idle(self.site, template).items():
            if pages >= IDLE_PAGES and since < long_ago:
                reason = f"fits none of the last {pages} pages, since {since:%Y-%m-%d}"
                version = self.store.versions.retire(version_id, {"reason": reason})
                beside = tuple(one.number for one in self.store.versions.all_live(self.site, template))
                return TemplateReport(template, RETIRED, version.number, reason, beside=beside)
        return None

    # Extracting again

    def _catch_up(self, drift: PendingDrift) -> TemplateReport:
        """Extract again what the version before failed on; every page once, as far as the time goes."""
        self.attempted.add(drift.id)
        live = self.store.versions.all_live(self.site, drift.template)
        if not live or not drift.versions:
            self.store.drifts.caught_up(drift.id)
            return TemplateReport(drift.template, CAUGHT_UP)
        several = Several([(version, version.load()) for version in live])
        backlog = Backlog(self.store, drift)
        waiting = backlog.waiting()
        repaired = 0
        for start in range(0, len(waiting), _BATCH):
            if self._late():
                reason = f"{len(waiting) - start} failed pages are left for the next run"
                return TemplateReport(drift.template, OUT_OF_TIME, reason=reason, pages=start, repaired=repaired)
            done = backlog.extract_again(waiting[start : start + _BATCH], several)
            self.repaired += done
            repaired += len(done)
            self.say(f"{self.site}/{drift.template}: {repaired} of {len(waiting)} failed pages repaired")
        self.store.drifts.caught_up(drift.id)
        return TemplateReport(drift.template, CAUGHT_UP, pages=len(waiting), repaired=repaired)


def _tried(store: Store, site: str, template: str, kind: str) -> dict[str, Any]:
    """The last attempt, unless a version was made live since."""
    for event in store.events.newest(site, template, limit=20):
        if event.kind == kind:
            return event.detail
        if event.kind in ("promoted", "rolled_back", TAKEN_BACK):
            break
    return {}


def _wrong_fields(checked: Measure) -> set[str]:
    """Fields that are often wrong on held-out pages."""
    return {name for name, score in checked.fields.items() if score.right < RIGHT_ENOUGH * (score.right + score.wrong)}


def _unread_fields(extractor: Extractor, examples: Sequence[Example]) -> set[str]:
    """Fields that the extractor does not vouch for on enough of the very pages that it was learned from: those without
    would seem to have drifted, one crawl after the other."""
    having, read = Counter[str](), Counter[str]()
    for example in examples:
        having.update(example.values.keys())
        read.update(example.values.keys() & names(extractor.read(example.html, example.url)))
    return {name for name in extractor.fields if read[name] < READ * having[name]}


def _reason(error: Exception) -> str:
    if isinstance(error, EvergreenError):
        return error.message
    if isinstance(error, ModuleNotFoundError):
        return f"{error.name} is not installed; healing needs it: pip install evergreen-crawler"
    return f"{type(error).__name__}: {error}"


def _are_lost(score: dict[str, Any]) -> bool:
    """Whether some kind of the known links is not found, on more pages than a new link or two explain."""
    told = score["right"] + score["wrong"] + score["missing"]
    return bool(score["right"] < MOSTLY * told)


def _is_in_few_records(score: dict[str, Any]) -> bool:
    """Whether most of the records that are known to have a field lack it, be it found on each page."""
    return bool(score["missing"] >= MISSED and score["missing"] > score["right"] + score["wrong"])


def _all_found(score: dict[str, Any]) -> bool:
    """Whether every known value of an optional field was found: that few pages have it is then chance."""
    return score["right"] + score["wrong"] > 0 and not score["missing"]
