"""One attempt at healing a template: with which pages, what is known of them, and what the new version is judged on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from learner.errors import PageRejected
from learner.pages.values import DATE_ORDERS, Value, read_datetime
from learner.retraining.backlog import MISSED, Backlog
from learner.retraining.fields import silenced, with_fields
from learner.retraining.moves import Moves
from learner.retraining.promotion import READS, Evidence, Verdict, judge, staying
from learner.retraining.sampling import divide
from learner.retraining.turnover import turnover
from learner.retraining.validation import Facts, Linked, Shown, Some
from learner.state.records import StoredPage
from learner.state.store import Store
from learner.state.versions import Version

if TYPE_CHECKING:
    from learner import Extractor, Known
    from learner import Repair as Healing
    from learner.healing.directory import Directory
    from learner.healing.memory import Memory


@dataclass(frozen=True, slots=True)
class Case:
    """Drift of a template: the live versions with their extractors, and the one of them to heal from; pages to heal
    with, how many were held out, and pages of the old design that came since; what is known by URL; what a new version
    is judged on, and which live ones would ``stay`` beside it. ``lost`` are the fields that have drifted, where single
    ones have."""

    live: Sequence[tuple[Version, Extractor]]
    parent: Version
    extractor: Extractor
    heal_with: Sequence[StoredPage]
    held_out: int
    still_old: Sequence[StoredPage]
    known: Mapping[str, Known]
    evidence: Evidence
    stay: Sequence[Version]
    lost: frozenset[str] = frozenset()

    @staticmethod
    def of(
        store: Store, backlog: Backlog, live: Sequence[Version], pages: Sequence[StoredPage], most_live: int
    ) -> Case:
        """What the drifted ``pages`` of a backlog make of it. Raises StateError."""
        drift = backlog.drift
        # What was extracted since values went wrong is not known.
        before = drift.since if backlog.wrong else None
        gaps = backlog.gaps(live)
        loaded = [(version, gaps.allowed(version.load())) for version in live]
        # Where a single field is missed day after day, what pages had besides is known all the same.
        fields = frozenset.intersection(*(one.expected for _, one in loaded))
        lost = backlog.missing | set(drift.detail.get("presence") or ())
        facts = store.examples.known(drift.site, drift.template, before=before, fields=fields, lost=lost)
        known = {known.url: gaps.whole(known, fields | lost) for known in facts}
        moves = Moves(store.pages.moves(drift.site))
        moved = {page.url: fact for page in pages if (fact := moves.known(page, known)) is not None}
        known = {url: moves.moved(fact) for url, fact in known.items()} | moved
        told = turnover(store.examples.visits(drift.site, drift.template, before=before))
        known = {url: replace(fact, fleeting=told.fleeting, stays=told.stays) for url, fact in known.items()}
        heal_with, held_out = divide(pages, known)
        still_old = [] if backlog.wrong else backlog.still_old(live, pages)
        answers = store.extractions.latest([page.id for page in (*pages, *still_old)])
        failed, good = (
            Counter(answers[page.id].version_id for page in some if page.id in answers) for some in (pages, still_old)
        )
        parent, extractor = max(loaded, key=lambda one: failed[one[0].id])
        directory = _directory(known, extractor)
        linked = []
        if directory is not None:
            linked = [(page, _linked(page, known.get(page.url), directory)) for page in (*heal_with, *held_out)]
        judged = {page.id for page in held_out or heal_with}
        lasting = {url: fact.lasting for url, fact in known.items()}
        evidence = Evidence(
            [pair for pair in linked if pair[0].id in judged] or _with_facts(held_out or heal_with, lasting),
            [(page, answers.get(page.id)) for page in still_old],
            drift.detail.get("presence"),
            backlog.wrong,
            _labelled(store, pages),
            linked,
            [(page, lasting.get(page.url)) for page in (*heal_with, *held_out)],
        )
        stay = staying(live, good, most_live - 1)
        drifted = frozenset() if drift.detail.get("whole") else frozenset(lost | backlog.wrong)
        return Case(loaded, parent, extractor, heal_with, len(held_out), still_old, known, evidence, stay, drifted)

    def healed(self, seed: int, single: bool) -> tuple[Healing, Verdict]:
        """The better of two ways: code that reads both designs, where the old one is still served, or code for the new
        one alone, beside the versions that are live. The extractor is the parent's where neither gave one.

        ``single``: the drift is of single fields, which the network alone does not bring back.
        """
        healing, verdict = self._tried(seed)
        if single:
            verdict = replace(verdict, why=verdict.why or _by_the_network_alone(healing, verdict))
        return healing, verdict

    def _tried(self, seed: int) -> tuple[Healing, Verdict]:
        from learner.healing.healing import heal
        from learner.pages.page import Page

        healed = partial(
            heal,
            self.extractor,
            [Page(page.url, page.html) for page in self.heal_with],
            known=list(self.known.values()),
            seed=seed,
        )
        healing, verdict = self._judged(healed(old=[Page(page.url, page.html) for page in self.still_old]))
        whole = healing.promoted and verdict.spotless
        unread = len(verdict.figures["unread"])
        if self.still_old and self.stay and not (whole and verdict.vouched >= READS and not unread):
            alone, beside = self._judged(healed(), self.stay)
            more, left = beside.vouched > verdict.vouched, len(beside.figures["unread"])
            if alone.promoted and not beside.why and (left < unread or (left == unread and (more or not whole))):
                return alone, beside
        if not healing.promoted:
            verdict = replace(verdict, why=str(healing.report.get("reason") or "healing found nothing better"))
        elif verdict.why and (refuted := healing.report.get("refuted")):
            why = f"{verdict.why}; known values contradict what was found of {', '.join(refuted)}"
            verdict = replace(verdict, why=why)
        return healing, verdict

    def _judged(self, healing: Healing, stay: Sequence[Version] = ()) -> tuple[Healing, Verdict]:
        """What is to be said of a healed extractor, without the fields that what is known refutes, and with the live
        rules of those that a person refutes."""
        verdict = judge(self.live, healing.extractor, stay, self.evidence)
        refuted = {name for name in _told_alone(healing) if _is_refuted(verdict, name)}
        refuted = {name for name in refuted if not _are_moments(name, healing.extractor, self.evidence.seen)}
        refuted |= {name for name in verdict.figures["links"] if _leads_astray(verdict, name)}
        if refuted:
            report = {**healing.report, "refuted": sorted({*healing.report.get("refuted", ()), *refuted})}
            healing = replace(healing, extractor=silenced(refuted, healing.extractor), report=report)
            verdict = judge(self.live, healing.extractor, stay, self.evidence)
        if verdict.overruled:
            healing = replace(healing, extractor=_as_before(verdict.overruled, healing.extractor))
            verdict = judge(self.live, healing.extractor, stay, self.evidence)
        if self.lost and not self.extractor.is_list and (worse := _worsened(verdict) - self.lost):
            # The others have not drifted, and their live rules are better than what was made of few labels.
            kept = _as_before(dict.fromkeys(worse & self.extractor.fields.keys(), self.extractor), healing.extractor)
            healing = replace(healing, extractor=kept)
            verdict = judge(self.live, healing.extractor, stay, self.evidence)
        return healing, replace(verdict, figures={**verdict.figures, "missed": self._missed(verdict)})

    def _missed(self, verdict: Verdict) -> list[str]:
        """Single links that the new version finds on no more than half of the pages which still have the known one."""
        from learner.healing.directory import link_fields

        linked = any(isinstance(facts, Linked) for _, facts in self.evidence.drifted)
        singles = [name for name, many in link_fields(self.extractor).items() if linked and not many]
        return [name for name in singles if _misses(verdict, name)]


def _labelled(store: Store, pages: Sequence[StoredPage]) -> list[tuple[StoredPage, Facts]]:
    """Pages that a person labelled, as the crawl that drifted has seen them, or as they were shown since."""
    if not pages:
        return []
    newest = max(pages, key=lambda page: page.id)
    of = newest.site, newest.template
    said = {one.url: one for one in store.examples.best(*of, source="person")}
    return [(page, said[page.url]) for page in store.pages.visited(*of, list(said), newest.id)]


def _as_before(overruled: Mapping[str, Extractor], extractor: Extractor) -> Extractor:
    """The extractor with the rules of those that read some fields as a person said."""
    kept = {name: one.program.fields[name] for name, one in overruled.items()}
    return with_fields(extractor, {**extractor.program.fields, **kept})


def _directory(known: Mapping[str, Known], extractor: Extractor) -> Directory | None:
    """Where links are known to lead, if that is what the template holds."""
    from learner.healing.directory import Directory, link_fields
    from learner.healing.labelling import open_examples
    from learner.network.opinion import MAX_SUPPORT

    if any(fact.items for fact in known.values()) or not any(link_fields(extractor).values()):
        return None
    return Directory(extractor, known, open_examples(extractor, MAX_SUPPORT))


def _with_facts(pages: Sequence[StoredPage], known: Mapping[str, Known]) -> list[tuple[StoredPage, Facts | None]]:
    """Pages with what is known of each: of list pages their records, if all are there as they were, or those that they
    show of any page's, for records wander from page to page, as links do."""
    from learner.healing.memory import Memory

    if not any(fact.items for fact in known.values()):
        return [(page, known.get(page.url)) for page in pages]
    memory = Memory(known, [page.url for page in pages], lists=True)
    return [(page, _shown(page, memory)) for page in pages]


def _shown(page: StoredPage, memory: Memory) -> Facts | None:
    """What is known of one list page."""
    from learner.programs.examples import Example, LabelledPage

    try:
        opened = LabelledPage(Example(page.url, page.html, items=()))
    except PageRejected:
        return None
    fact = memory.current(opened)
    return Some(fact.items) if fact is not None and fact.items and memory.recognises(opened) else fact


def _linked(page: StoredPage, fact: Known | None, directory: Directory) -> Facts | None:
    """What is known of one page with a list of links."""
    from learner.programs.examples import Example, LabelledPage

    try:
        opened = LabelledPage(Example(page.url, page.html, {}))
    except PageRejected:
        return None
    known = (fact.item if fact is not None else None) or {}
    item = directory.shown(opened, known)
    return Linked(item, directory.lists.intersection(item), directory.kinds(opened, known)) if item else None


def _told_alone(healing: Healing) -> set[str]:
    """The fields of which the network alone said anything, or of under half of the pages single witnesses alone: what
    is known of them stands there by chance (a price of 20 at eight o'clock)."""
    told, pages = healing.report.get("fields", {}), healing.report.get("labels", 0)
    few = {name for name, one in told.items() if one["source"] and 2 * one.get("labels", 0) < pages}
    said = {name: _witnesses(told[name]["source"]) for name in few}
    single = {name for name, own in said.items() if all(len(one) == 1 and "old" not in one for one in own)}
    return _seen_alone(healing) | single


def _seen_alone(healing: Healing) -> set[str]:
    """The fields of which the network alone, or slots that ask it, say where they are."""
    fields = healing.report.get("fields", {})
    return {name for name, told in fields.items() if set(_witnesses(told["source"])) == {frozenset(("network",))}}


def _witnesses(sources: str) -> list[frozenset[str]]:
    """Who said each of the labels that a report names ("known+old, network"); slots are the network's."""
    said = (one.split("+") for one in sources.split(", ") if one)
    return [frozenset("network" if name == "slot" else name for name in names) for names in said]


def _is_refuted(verdict: Verdict, name: str) -> bool:
    """Whether what the new version gives of a field is never what is known of its pages."""
    score = verdict.figures["after"]["fields"].get(name, {"right": 0, "wrong": 0})
    return not score["right"] and score["wrong"] >= MISSED


def _are_moments(name: str, extractor: Extractor, seen: Sequence[tuple[Shown, Facts | None]]) -> bool:
    """Whether a field is given the day or moment that is known, in whatever form, on most of the pages of which one is:
    that is no chance. On the others it has changed, as when a story was updated last."""
    right = told = 0
    for page, facts in seen:
        known = _moments((facts.item or {}).get(name)) if facts is not None else frozenset()
        given = _moments(extractor.read(page.html, page.url).item.get(name)) if known else frozenset()
        told += bool(given)
        right += bool(known & given)
    return right >= MISSED and 2 * right > told


def _moments(value: Value | None) -> frozenset[datetime]:
    """The moments that a single value may say, however days and months are ordered."""
    if value is None or isinstance(value, (list, int, float)):
        return frozenset()
    return frozenset(moment for order in DATE_ORDERS if (moment := read_datetime(str(value), order)) is not None)


def _leads_astray(verdict: Verdict, name: str) -> bool:
    """Whether the links that the new version gives are on most pages another list than the one that is known."""
    score = verdict.figures["after"]["fields"].get(name, {"right": 0, "wrong": 0})
    return bool(score["wrong"] > max(1, score["right"]))


def _worsened(verdict: Verdict) -> set[str]:
    """The fields of which the new version gives less than the live ones, or less that is right."""
    before, after = (verdict.figures[when]["fields"] for when in ("before", "after"))
    told = {name: (before[name], score) for name, score in after.items() if name in before}
    return {n for n, (was, now) in told.items() if now["vouched"] < was["vouched"] or now["right"] < was["right"]}


def _misses(verdict: Verdict, name: str) -> bool:
    """Whether the new version does not give what is known of a field on half of the pages that have it, or more."""
    score = verdict.figures["after"]["fields"].get(name, {"right": 0, "wrong": 0, "missing": 0})
    return bool(score["missing"] + score["wrong"] >= max(1, score["right"]))


def _by_the_network_alone(healing: Healing, verdict: Verdict) -> str:
    """Why a version must not go live that is better in nothing but what the network alone says; empty if others do."""
    before, after = (verdict.figures[when]["fields"] for when in ("before", "after"))
    vouched = {name: before.get(name, {}).get("vouched", 0.0) for name in after}
    gained = {name for name, score in after.items() if score["vouched"] > vouched[name]}
    if not gained or gained - _seen_alone(healing) or any(after[n]["right"] > after[n]["wrong"] for n in gained):
        return ""
    return f"the network alone says where {', '.join(sorted(gained))} would be"
