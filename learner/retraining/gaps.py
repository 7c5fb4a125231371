"""What pages lacked before a template drifted, though all examples had it: it is no part of the drift.

Three shown pages that all have a field do not tell that every page has it. Pages without it are read in part, as pages
of a new design are, and would be taken for these; and healed code that takes it for always there, with as many examples
as pages were healed with, would miss it for ever.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from learner.programs.doubts import UNLIKELY, chance
from learner.retraining.fields import with_fields
from learner.retraining.promotion import LOOK_AT
from learner.retraining.validation import names
from learner.state.records import COMPLETE, PARTIAL

if TYPE_CHECKING:
    from datetime import datetime

    from learner import Extractor, Known
    from learner.state.records import StoredExtraction
    from learner.state.store import Store
    from learner.state.versions import Version

FEWEST: Final = 3
"""Pages without a field from which on it is not always there."""
SHARE: Final = 0.1
"""The same as a share of all pages: fewer may be mistakes."""


@dataclass(frozen=True, slots=True)
class Gaps:
    """``shares`` of the pages that have each field which some lacked before; by version (id) the fields that it takes
    to be ``expected``; the fields that have ``drifted``."""

    shares: Mapping[str, float] = field(default_factory=dict)
    expected: Mapping[int | None, frozenset[str]] = field(default_factory=dict)
    drifted: frozenset[str] = frozenset()

    @staticmethod
    def before(
        began: datetime | None,
        store: Store,
        of: tuple[str, str],
        live: Sequence[Version],
        drifted: Collection[str] = (),
    ) -> Gaps:
        """What pages of a template (site and name) lacked before its drift ``began``, which the ``live`` versions
        had read but for it; by no more pages than their examples allow."""
        ids, outcomes = [version.id for version in live], (PARTIAL, COMPLETE)
        pages = store.pages.failed(*of, ids, outcomes=outcomes, before=began, limit=LOOK_AT) if began else []
        loaded = {version.id: version.load() for version in live} if pages else {}
        if not pages or any(one.is_list for one in loaded.values()):
            return Gaps()
        expected: dict[int | None, frozenset[str]] = {number: one.expected for number, one in loaded.items()}
        answers = store.extractions.latest([page.id for page in pages])
        # What a page had at any time it has lost.
        had = {url: set(fact.item or {}) for url, fact in store.examples.told(*of).items()}
        for page in pages:
            had.setdefault(page.url, set()).update(names(answers[page.id]))
        lacking: defaultdict[str, list[str]] = defaultdict(list)
        for page in pages:
            lacks, due = _lacks(answers[page.id], expected)
            for name in lacks - had[page.url] if 2 * len(lacks) < len(due) else ():
                lacking[name].append(page.url)
        total, known, shares = len(pages), max(map(_whole, loaded.values())), {}
        for name, urls in lacking.items():
            many = len(set(urls)) >= FEWEST and len(urls) >= SHARE * total
            if many and chance(len(urls), total, 0, known) >= UNLIKELY:
                shares[name] = 1 - len(urls) / total
        return Gaps(shares, expected, frozenset(drifted))

    def explain(self, answer: StoredExtraction | None) -> bool:
        """Whether a page lacks nothing but what pages may lack, and what has not drifted."""
        if answer is None:
            return False
        lacks, due = _lacks(answer, self.expected)
        return bool(lacks) and lacks <= self.shares.keys() - self.drifted and 2 * len(lacks) < len(due)

    def whole(self, fact: Known, fields: Collection[str]) -> Known:
        """What is known of a page: all that it has, where it has all ``fields`` but what pages may lack."""
        having = (fact.item or {}).keys()
        return replace(fact, partly=False) if fact.partly and self.shares and having >= set(fields) else fact

    def allowed(self, extractor: Extractor) -> Extractor:
        """The extractor, of whose fields it is known that pages may lack them."""
        entries = extractor.program.fields
        shares = {name: share for name, share in self.shares.items() if name in extractor.expected}
        if not shares:
            return extractor
        profiles = {name: replace(entries[name].profile, presence=share) for name, share in shares.items()}
        fields: dict[str, Any] = {n: replace(e, profile=profiles.get(n, e.profile)) for n, e in entries.items()}
        return with_fields(extractor, fields)


def _lacks(
    answer: StoredExtraction, expected: Mapping[int | None, frozenset[str]]
) -> tuple[frozenset[str], frozenset[str]]:
    """The fields that the version which answered expects, and that the answer lacks; and all that it expects."""
    due = expected.get(answer.version_id, frozenset())
    return due - names(answer), due


def _whole(extractor: Extractor) -> int:
    """How many examples tell all that their pages have; not those that healing labelled."""
    return sum(one.source != "network" and one.is_whole(extractor.fields) for one in extractor.examples)
