"""Whether a version may go live: in the place of those that are live, beside some of them, or not at all.

It has to read the pages that drifted better than what is live, and no worse those of the old design where that is
still served.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from learner.extractor import Extraction, Extractor
from learner.fitting import Several
from learner.validation import Facts, Shown, measure
from learner.versions import Version

AGREES: Final = 0.5  # of the values compared with known ones: prices may all have changed, titles don't
AGREES_ON_OLD: Final = 0.9
SLACK: Final = 0.02  # of the share vouched for on pages of the old design
READS: Final = 0.95  # of the fields that a version must vouch for on pages that it is said to read as they are


@dataclass(frozen=True, slots=True)
class Evidence:
    """Pages with what is known of each: those that ``drifted``, and those of the old design that came since.

    ``lost`` are fields that an earlier heal missed, with their presence; ``wrong`` those of which the live versions
    give wrong values.
    """

    drifted: Sequence[tuple[Shown, Facts | None]]
    still_old: Sequence[tuple[Shown, Facts | None]] = ()
    lost: Mapping[str, float] | None = None
    wrong: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to be said of a new version with those that ``stay`` live beside it: ``why`` it must not go live ("" when
    it may), whether it loses nothing on pages of the old design (``spotless``), and the figures."""

    stay: tuple[Version, ...]
    why: str
    spotless: bool
    figures: dict[str, Any]

    @property
    def vouched(self) -> float:
        """Share of the fields vouched for on the pages that drifted (0..1)."""
        return float(self.figures["after"]["vouched"])


@dataclass(frozen=True, slots=True)
class _Without:
    """An extractor without the fields that are wrong, as a crawl withholds them."""

    extractor: Extractor
    wrong: frozenset[str]

    @property
    def fields(self) -> Mapping[str, Any]:
        return self.extractor.fields

    def read(self, html: bytes | str, url: str) -> Extraction:
        return self.extractor.read(html, url).without(self.wrong)


def judge(
    live: Sequence[tuple[Version, Extractor]], new: Extractor, stay: Sequence[Version], evidence: Evidence
) -> Verdict:
    """``live`` are the live versions in the order in which they are asked; a new one is asked before them."""
    answering = [(version.number, _Without(extractor, evidence.wrong)) for version, extractor in live]
    kept = {version.number for version in stay}
    before, after = Several(answering), Several([(0, new), *(one for one in answering if one[0] in kept)])
    presence = {**(evidence.lost or {}), **{name: profile.presence for name, profile in before.fields.items()}}
    was_read, is_read = (measure(each, evidence.drifted, presence) for each in (before, after))
    figures: dict[str, Any] = {"presence": presence, "before": was_read.to_dict(), "after": is_read.to_dict()}
    why, spotless = "", True
    if is_read.vouched <= was_read.vouched:
        why = f"vouches for {is_read.vouched:.0%} of the fields on the new pages, {was_read.vouched:.0%} before"
    elif is_read.compared >= 3 and is_read.agreement < AGREES:
        why = f"agrees with {is_read.agreement:.0%} of {is_read.compared} known values on the new pages"
    if evidence.still_old:
        was, now = (measure(each, evidence.still_old, presence) for each in (before, after))
        figures |= {"old_pages_before": was.to_dict(), "old_pages_after": now.to_dict()}
        spotless = now.vouched >= was.vouched and now.agreement == 1.0
        if not why and now.vouched < was.vouched - SLACK:
            why = f"vouches for {now.vouched:.0%} of the fields on pages of the old design, {was.vouched:.0%} before"
        elif not why and now.compared and now.agreement < AGREES_ON_OLD:
            why = f"agrees with {now.agreement:.0%} of {now.compared} values on pages of the old design"
    return Verdict(tuple(stay), why, spotless and not why, figures)


def staying(live: Sequence[Version], fitted: Counter[int | None], most: int) -> list[Version]:
    """At most so many of the live versions, in their order: those that ``fitted`` (by id) most pages."""
    kept = sorted(live, key=lambda version: -fitted[version.id])[: max(0, most)]
    return [version for version in live if version in kept]
