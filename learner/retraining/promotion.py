"""Whether a version may go live: in the place of those that are live, beside some of them, or not at all.

After a redesign it has to read the pages that drifted better than what is live, and no worse those of the old design
where that is still served. What was learned from examples goes live at once; of those that were live before stay those
whose pages it does not read as well.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from learner.errors import PageRejected
from learner.extractor import Extraction, Extractor
from learner.forms.forms import Forms
from learner.learning.misreading import agrees
from learner.pages.values import Value, scalars
from learner.programs.examples import Example, Known, LabelledPage
from learner.programs.program import ALWAYS
from learner.programs.tally import Tally
from learner.retraining.fitting import Several
from learner.retraining.validation import Facts, Linked, Measure, Shown, measure
from learner.state.records import StoredPage
from learner.state.store import Store
from learner.state.versions import Version

AGREES: Final = 0.5  # of the values compared with known ones: prices may all have changed, titles don't
AGREES_ON_OLD: Final = 0.9
MANY: Final = 20  # known values that a version gives right which the live ones do not
SLACK: Final = 0.02  # of the share vouched for on pages of the old design
LOOK_AT: Final = 120  # newest pages that the live versions answered in full
SHOWING: Final = 2  # pages that show what is known of a field, and do not give it
LONG: Final = 3  # characters of a value that does not stand on several pages by chance
READS: Final = 0.95  # of the fields that a version must vouch for on pages that it is said to read as they are


@dataclass(frozen=True, slots=True)
class Evidence:
    """Pages with what is known of each: those that ``drifted``, and those of the old design that came since.

    ``lost`` are fields that an earlier heal missed, with their presence; ``wrong`` those of which the live versions
    give wrong values. ``labelled`` are pages as they are now, with what a person said of them. ``linked``: of links all
    that drifted, also those that were learned from; ``seen``: the same of all values.
    """

    drifted: Sequence[tuple[Shown, Facts | None]]
    still_old: Sequence[tuple[Shown, Facts | None]] = ()
    lost: Mapping[str, float] | None = None
    wrong: frozenset[str] = frozenset()
    labelled: Sequence[tuple[Shown, Facts]] = ()
    linked: Sequence[tuple[Shown, Facts | None]] = ()
    seen: Sequence[tuple[Shown, Facts | None]] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to be said of a new version with those that ``stay`` live beside it: ``why`` it must not go live ("" when
    it may), whether it loses nothing on pages of the old design (``spotless``), and the figures. ``overruled`` are
    fields that it reads otherwise than a person said, with the live version that reads them so."""

    stay: tuple[Version, ...]
    why: str
    spotless: bool
    figures: dict[str, Any]
    overruled: Mapping[str, Extractor] = field(default_factory=dict)

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
    figures["absent"] = _absent(evidence, presence)
    linked = [pair for pair in evidence.linked if isinstance(pair[1], Linked)]
    names = {name for _, facts in linked if isinstance(facts, Linked) for name in facts.lists | facts.kinds.keys()}
    found = measure(after, linked, presence).to_dict()["fields"] if linked else {}
    figures["unread"] = _unread(after, evidence.seen, presence)
    figures["links"] = {name: score for name, score in found.items() if name in names}
    why, spotless = "", True
    # What is vouched for is worth nothing where it is not what is known of the pages.
    gives = is_read.compared >= MANY and is_read.accuracy >= AGREES_ON_OLD and was_read.accuracy < AGREES
    if is_read.vouched <= was_read.vouched and not gives:
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
    why = why or _miscounted(after, (*evidence.drifted, *evidence.still_old))
    overruled = _overruled(live, after, evidence.labelled)
    if overruled and not why:
        why = f"reads {', '.join(sorted(overruled))} otherwise than a person said"
    return Verdict(tuple(stay), why, spotless and not why, figures, overruled)


def _miscounted(after: Several[int], pages: Iterable[tuple[Shown, Facts | None]]) -> str:
    """Why list pages are parted wrongly into records, by those that are known of them; "" where they are not."""
    tally = Tally()
    for page, facts in pages:
        if facts is None or not facts.items:
            continue
        try:
            opened = LabelledPage(Example(page.url, page.html, {}))
        except PageRejected:
            continue
        tally.count(facts.items, after.read(page.html, page.url).items, "\n".join(opened.forms))
    return tally.why


def _absent(evidence: Evidence, presence: Mapping[str, float]) -> list[str]:
    """The fields of some pages that none of the pages which drifted is known to have had: their absence tells nothing.
    Where a page is not known, or an earlier heal has missed the field, nobody can say."""
    known = [facts for _, facts in evidence.drifted if facts is not None and not isinstance(facts, Linked)]
    if not known or len(known) < len(evidence.drifted) or any(facts.items or _is_partly(facts) for facts in known):
        return []
    had = {name for facts in known for name in facts.item or {}} | (evidence.lost or {}).keys()
    had |= {name for facts in known if isinstance(facts, Known) for name in facts.fleeting}
    return sorted(name for name, share in presence.items() if share < ALWAYS and name not in had)


def _is_partly(facts: Facts) -> bool:
    return isinstance(facts, Known) and facts.partly


def _unread(
    after: Several[int], seen: Sequence[tuple[Shown, Facts | None]], presence: Mapping[str, float]
) -> list[str]:
    """The fields of which the pages that drifted show what is known of them, and that are given on none of these.

    Of a field that few pages have, too few are among those held out to tell that it is not read; of one that nothing
    was learned of, as what the spider gives all items alike, nothing is to be read."""
    known = [(page, facts) for page, facts in seen if facts is not None and not facts.items and facts.item]
    scores = measure(after, known, presence).fields if known else {}
    unread = (name for name, score in scores.items() if score.missing >= SHOWING and not score.right + score.wrong)
    silent = [name for name in unread if name in presence]
    showing = Counter[str]()
    for page, facts in known if silent else ():
        try:
            opened = LabelledPage(Example(page.url, page.html, {}))
        except PageRejected:
            continue
        told = {name: value for name in silent if _tells(value := (facts.item or {}).get(name))}
        forms = Forms(opened, [one for value in told.values() for one in scalars(value)])
        showing.update(name for name, value in told.items() if all(forms.of(one) is not None for one in scalars(value)))
    return sorted(name for name in silent if showing[name] >= SHOWING)


def _tells(value: Value | None) -> bool:
    """Whether a value does not stand on a page by chance."""
    if value in (None, "", []) or any(isinstance(one, bool) for one in scalars(value)):
        return False
    return all(len(str(one)) >= LONG for one in scalars(value))


def _overruled(
    live: Sequence[tuple[Version, Extractor]], after: Several[int], labelled: Sequence[tuple[Shown, Facts]]
) -> dict[str, Extractor]:
    """The fields that the live versions read as a person said, and that are read otherwise after."""
    overruled = {}
    before = Several([(extractor, extractor) for _, extractor in live])
    for page, facts in labelled:
        who, was = before.answer(page.html, page.url)
        now = after.read(page.html, page.url)
        for name, value in (facts.item or {}).items():
            both = name in was.item and name in now.item
            if both and agrees(was.item[name], value, page.url) and not agrees(now.item[name], value, page.url):
                overruled[name] = who
    return overruled


def is_corrected(extractor: Extractor, shown: Iterable[Example]) -> bool:
    """Whether a person has shown pages of the extractor's design otherwise than it reads them."""
    for example in shown:
        read = extractor.read(example.html, example.url)
        same = [
            agrees(read.item[name], value, example.url) for name, value in example.values.items() if name in read.item
        ]
        if not all(same) and (not read.failed or 2 * sum(same) >= len(example.values)):
            return True
    return False


def outlasting(
    store: Store,
    live: Sequence[tuple[Version, Extractor]],
    new: Extractor,
    shown: Sequence[Example] = (),
    *,
    most: int,
) -> list[Version]:
    """At most so many of the live versions of a template, to stay beside a new one that was learned from examples.

    One that reads a page which a person has ``shown`` in full, and fits it best, is what the person corrects: it goes.
    Of the others stay those whose own examples, or newest pages, the new one does not read as well: they are of another
    design.
    """
    if not live:
        return []
    first, numbers = live[0][0], [version.id for version, _ in live]
    pages = store.pages.good(first.site, first.template, numbers, limit=LOOK_AT)
    answers = store.extractions.latest([page.id for page in pages])
    answered: dict[int | None, list[StoredPage]] = defaultdict(list)
    for page in pages:
        answered[answers[page.id].version_id].append(page)
    corrected = _reading_in_full(live, shown)
    urls = {example.url for example in shown}
    others = [
        version
        for version, old in live
        if version.id not in corrected
        and not _reads_as_well(
            new,
            old,
            [example for example in old.examples if example.url not in urls],
            [page for page in answered[version.id] if page.url not in urls],
        )
    ]
    return staying(others, Counter({number: len(own) for number, own in answered.items()}), most)


def _reading_in_full(live: Sequence[tuple[Version, Extractor]], shown: Iterable[Example]) -> set[int]:
    """The ids of versions that fit one of the pages best, and leave out nothing that pages always have."""
    several = Several([(version.id, extractor) for version, extractor in live])
    answers = [several.answer(example.html, example.url) for example in shown]
    return {number for number, extraction in answers if extraction.confidence and not extraction.failed}


def _reads_as_well(new: Extractor, old: Extractor, examples: Sequence[Example], pages: Sequence[Shown]) -> bool:
    """Whether the new extractor gives as much that is right on the old one's examples, and as much on its pages."""
    presence = {name: profile.presence for name, profile in old.fields.items()}
    taught = [(example, example) for example in examples if example.source != "network"]
    unknown = [(page, None) for page in (*pages, *(example for example in examples if example.source == "network"))]

    def measured(some: Sequence[tuple[Shown, Facts | None]]) -> tuple[Measure, Measure]:
        return measure(old, some, presence), measure(new, some, presence)

    (was_right, is_right), (was_read, is_read) = measured(taught), measured(unknown)
    return is_right.accuracy >= was_right.accuracy - SLACK and is_read.vouched >= was_read.vouched - SLACK


def staying(live: Sequence[Version], fitted: Counter[int | None], most: int) -> list[Version]:
    """At most so many of the live versions, in their order: those that ``fitted`` (by id) most pages."""
    kept = sorted(live, key=lambda version: -fitted[version.id])[: max(0, most)]
    return [version for version in live if version in kept]
