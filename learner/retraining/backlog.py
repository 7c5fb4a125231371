"""The pages of a template that drifted: what the live versions fail on, and what waits to be extracted again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, Protocol

from learner.programs.program import ALWAYS
from learner.retraining.fitting import Several
from learner.retraining.gaps import Gaps
from learner.retraining.promotion import LOOK_AT
from learner.retraining.sampling import HEAL_WITH, HELD_OUT
from learner.retraining.validation import names
from learner.state.records import (
    COMPLETE,
    FAILED,
    PARTIAL,
    REPAIRED,
    NewExtraction,
    PendingDrift,
    Repair,
    StoredExtraction,
    StoredPage,
)
from learner.state.store import Store
from learner.state.versions import Version

MISSED: Final = 3  # pages that should have a field and don't, before the field counts as not brought back
_WITHOUT: Final = (COMPLETE, REPAIRED)  # outcomes of pages that may lack a field which nobody expects any more


class Outcome(Protocol):
    """What ``outcome_of`` judges: an Extraction."""

    @property
    def item(self) -> Any: ...
    @property
    def items(self) -> Any: ...
    @property
    def reason(self) -> str: ...
    @property
    def failed(self) -> bool: ...
    @property
    def scant(self) -> bool: ...


def outcome_of(extraction: Outcome) -> str:
    """The name under which an extraction is stored."""
    if extraction.reason:
        return extraction.reason
    if not extraction.failed:
        return COMPLETE
    return PARTIAL if (extraction.item or extraction.items) and not extraction.scant else FAILED


class Backlog:
    """The pages of one ``drift``; ``wrong`` are its fields of which values were given, but not to be believed,
    ``missing`` those that pages lack, where they lack single ones."""

    def __init__(self, store: Store, drift: PendingDrift) -> None:
        self.store = store
        self.drift = drift
        self._of = drift.site, drift.template
        self.wrong = frozenset(drift.detail.get("wrong") or ())
        self.missing = set() if drift.detail.get("whole") else set(drift.detail.get("fields") or ())
        self._gaps: Gaps | None = None

    def gaps(self, live: Sequence[Version]) -> Gaps:
        """What pages lacked before the drift; read once."""
        if self._gaps is None:
            drifted = self.missing | self.wrong | set(self.drift.detail.get("presence") or ())
            self._gaps = Gaps.before(self._began(), self.store, self._of, live, drifted)
        return self._gaps

    def drifted(self, live: Sequence[Version]) -> list[StoredPage]:
        """The newest page of each URL that the live versions fail on, newest first; none that lacks but what pages
        lacked before."""
        ids = [version.id for version in live]
        pages = self._without_usual(self.store.pages.failed(*self._of, ids, limit=LOOK_AT), live)
        # Of a page that fails as a whole, and may be the only one, that is learned as well which earlier heals missed.
        missing = self.missing | set(self.drift.detail.get("presence") or ())
        if not pages and not missing:
            missing = {name for version in live for name in version.load().fields}
        if len(pages) < HEAL_WITH and missing:
            # A field that is not on every page, or that the last heal did not bring back, leaves no failed pages.
            since = self.store.pages.failed(*self._of, ids, outcomes=_WITHOUT, since=self.drift.since, limit=LOOK_AT)
            answers = self.store.extractions.latest([page.id for page in since])
            pages += [page for page in since if page.id in answers and missing - self._given(answers[page.id])]
        newest = {page.url: page for page in sorted(pages, key=lambda page: page.id)}
        return sorted(newest.values(), key=lambda page: -page.id)

    def _without_usual(self, pages: Sequence[StoredPage], live: Sequence[Version]) -> list[StoredPage]:
        """The pages but for those that are as they were before the drift."""
        gaps = self.gaps(live) if pages else Gaps()
        if not gaps.shares:
            return list(pages)
        answers = self.store.extractions.latest([page.id for page in pages])
        told = [(page, answers.get(page.id)) for page in pages]
        return [page for page, one in told if not gaps.explain(one) or (one and names(one) & self.wrong)]

    def evidence(self, drifted: Sequence[StoredPage]) -> dict[str, int]:
        """The newest of these pages and the newest example: with the same again another heal comes to the same end."""
        return {
            "page": max((page.id for page in drifted), default=0),
            "example": self.store.examples.newest(*self._of),
        }

    def is_over(self, live: Sequence[Version], drifted: Sequence[StoredPage]) -> bool:
        """Whether the pages that drifted are read in full again: each of them, or, since the last of them came, as many
        others. A field that pages may lack has to be there half as often as it was; of what a healed version did not
        bring back its own pages tell: those of another design never lacked it."""
        if not drifted or self.wrong:
            return False
        own = [version for version in live if version.number == self.drift.detail.get("lost_by")]
        first, ids = min(page.fetched_at for page in drifted), [version.id for version in own or live]
        good = self.store.pages.good(*self._of, ids, since=first, limit=LOOK_AT)
        answers = self.store.extractions.latest([page.id for page in good])
        given = {page.id: names(answers[page.id]) for page in good}
        failed = [page for page in drifted if page.id not in given]
        last = max((page.id for page in failed), default=0)
        after = [found for number, found in given.items() if number > last]
        missing = self.missing
        fields = [one.load().fields for one in live] if missing else []
        presence = {name: profile.presence for some in fields for name, profile in some.items()}
        some = {name for name in missing if presence.get(name, 1.0) < ALWAYS}
        if any(sum(name in found for found in after) < presence[name] / 2 * max(len(after), MISSED) for name in some):
            return False
        fine = {page.url: page.id for page in reversed(good) if not missing - some - given[page.id]}
        again = bool(failed) and all(fine.get(page.url, 0) > page.id for page in failed)
        return again or sum(not missing - some - found for found in after) >= max(len(failed), HELD_OUT)

    def still_old(self, live: Sequence[Version], drifted: Sequence[StoredPage]) -> list[StoredPage]:
        """Good pages that came after the first bad one: the old design is still served."""
        first = min((page.fetched_at for page in drifted), default=None)
        here = {page.id for page in drifted}
        ids = [version.id for version in live]
        good = self.store.pages.good(*self._of, ids, since=first, limit=HELD_OUT + len(here))
        return [page for page in good if page.id not in here][:HELD_OUT]

    def waiting(self) -> list[int]:
        """The ids of the pages that are to be extracted again: all that the versions before failed on."""
        waiting = self.store.pages.failed_ids(*self._of, self.drift.versions)
        if self.missing:
            since = self.store.pages.failed_ids(
                *self._of, self.drift.versions, outcomes=_WITHOUT, since=self.drift.since
            )
            answers = self.store.extractions.latest(since)
            waiting += [number for number in since if self.missing - self._given(answers[number])]
        return waiting

    def extract_again(self, numbers: Sequence[int], live: Several[Version]) -> list[int]:
        """Extract these pages with what is live now, and give the ids of the repairs. What came before the drift was of
        another design, and stays what it was where that is not better: nothing is learned from it for this one."""
        before, since = self.store.extractions.latest(numbers), self._began()
        repairs, failures = [], []
        for page in self.store.pages.several(numbers):
            version, extraction = live.answer(page.html, page.url)
            found = names(extraction)
            earlier = before.get(page.id)
            had = self._given(earlier) if earlier is not None else set()
            complete = earlier is not None and earlier.outcome in _WITHOUT and not names(earlier) & self.wrong
            own = since is None or page.fetched_at >= since
            # What has next to nothing of the template is none of its pages, whatever a new rule finds there.
            fine = found and not extraction.failed and not complete and (own or found != had)
            better = (found > had and not extraction.scant) or fine
            if better and not extraction.reason:
                repairs.append(Repair(page.id, version.id, extraction.item, extraction.items, extraction.confidence))
            elif not complete and own:
                outcome = outcome_of(extraction)
                failures.append(
                    NewExtraction(
                        page.id, version.id, extraction.item, extraction.items, extraction.confidence, outcome
                    )
                )
        self.store.extractions.add(failures)
        return self.store.repairs.add(repairs)

    def _began(self) -> datetime | None:
        """When the first page came of what has drifted; of a new design, although single fields had drifted before."""
        since = self.drift.detail.get("since") if self.drift.detail.get("whole") else None
        return datetime.fromisoformat(since) if since else self.drift.since

    def _given(self, answer: StoredExtraction) -> set[str]:
        """The fields that the answer has, as far as they are believed."""
        return names(answer) - self.wrong


def fields_of(drift: PendingDrift) -> str:
    """What has drifted, in a few words."""
    return "the whole page" if drift.detail.get("whole") else ", ".join(names_of(drift))


def names_of(drift: PendingDrift) -> list[str]:
    """The fields that have drifted, where single ones have."""
    if drift.detail.get("whole"):
        return []
    return sorted({*(drift.detail.get("fields") or ()), *(drift.detail.get("wrong") or ())})


def why(drift: PendingDrift) -> str:
    """What pages of a template that drifts lack."""
    fields = ", ".join(sorted(drift.detail.get("wrong") or drift.detail.get("fields") or ()))
    if drift.detail.get("wrong"):
        return f"pages give values that are not to be believed of {fields}"
    if drift.detail.get("whole"):
        return f"pages give too little of {fields}" if fields else "pages give too little"
    return f"pages are without {fields}, which they should have" if fields else "its pages have changed"
