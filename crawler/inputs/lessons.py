"""Examples of a person turned into learned code: checked, learned from, recorded, put in charge."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from crawler.callbacks.shapes import shapes_of
from crawler.inputs.slips import differing, slips
from crawler.names import unknown
from crawler.reading.beside import own_fields
from crawler.verdict import FAILED, FINE
from learner.errors import InvalidExample, NothingLearned, PageRejected
from learner.pages.values import same, scalars
from learner.retraining.fields import only, with_bonds, with_fields
from learner.retraining.fitting import Several
from learner.retraining.promotion import outlasting
from learner.retraining.retraining import MOST_LIVE, TAUGHT
from learner.state.records import GONE, NewExample, NewPage
from learner.state.store import Store
from learner.state.versions import Version

if TYPE_CHECKING:
    from crawler.templates import Part
    from learner.extractor import Extraction, Extractor
    from learner.healing.strays import Recorded
    from learner.programs.examples import Example
    from learner.programs.program import FieldProgram

_RECORDED = 60
"""Pages of a template, the newest, that tell which rules lead to other things."""
_SHOWN = 5
"""Warnings about single values that are shown of a template."""
UNSAID: Final = 2
"""Pages of which a person names nearly all but a field, from which on it was not forgotten: they have none."""
NEARLY: Final = 0.66
"""Share of all fields that a page has to name for that."""
UNTOLD: Final = (
    "{}: what tells yes from no takes some ten pages of the new design, two or more with each (six where it is named "
    'like the field; one where a "Yes" or "No" stands beside the field\'s name)'
)
_TELLING = 3
"""Fields that are read on a page, all of which a person names, from which on that is all that the page has."""
_LONGEST = 80
"""Characters of a value that are shown."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """What came of the examples of one template: the version that is live now, those that stay ``beside`` it, what it
    answers, which of its fields go on with the rules that they had before, which were shown and are ``not_given``, what
    a person should know, which list pages have other records than were shown (``unlike``), and which of the fields that
    are not given are yes or no, of which more pages tell more (``untold``)."""

    template: str
    version: int
    beside: tuple[int, ...]
    fields: tuple[str, ...]
    kept: tuple[str, ...]
    not_given: tuple[str, ...]
    warnings: tuple[str, ...]
    unlike: tuple[str, ...] = ()
    untold: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As plain JSON."""
        return {name: list(v) if isinstance(v, tuple) else v for name, v in asdict(self).items()}

    @property
    def exit_code(self) -> int:
        """1 where something that was shown is not given, or records that were not shown are."""
        return FAILED if self.not_given or self.unlike else FINE

    def lines(self, site: str) -> list[str]:
        """For people."""
        told = [f"{site}/{self.template}: version {self.version} is live, it answers {', '.join(self.fields)}"]
        for number in self.beside:
            told.append(f"  version {number} stays beside it, for pages that look otherwise (--only ends that)")
        if self.kept:
            told.append(
                f"  as before, for the examples have no such field, or show what is read: {', '.join(self.kept)}"
            )
        told += [f"  note: {warning}" for warning in self.warnings]
        if self.warnings:
            told.append(
                "  Next: if a note tells of a mistake, correct the example and give it again "
                f"(scrapy rollback {site} --template {self.template} goes back)"
            )
        if self.not_given:
            told.append(f"  not given, for nothing that is learned reads it as shown: {', '.join(self.not_given)}")
        if self.unlike:
            told.append(f"  other records are read than are shown: {', '.join(self.unlike)}")
        if self.untold:
            told.append(f"  {UNTOLD.format(', '.join(self.untold))}")
        if self.exit_code != FINE:
            told.append(f"Next: correct the example, or show more pages: scrapy learn {site} --examples FILE.jsonl")
        return told


def teach(
    store: Store, site: str, examples: Mapping[str, Sequence[Example]], seed: int = 0, *, most_live: int = MOST_LIVE
) -> list[Lesson]:
    """Learn from examples, by template, and put the result in charge. Nothing is kept unless all can be learned.

    Of the versions that are live stay at most ``most_live - 1``: those of pages that look otherwise. Raises
    InvalidExample for examples that contradict each other, NothingLearned.
    """
    learned = {}
    for template, given in examples.items():
        # What is gone counts again where it is shown again.
        were_gone = store.events.gone(site, template)
        gone = were_gone - {name for example in given for name in example.values}
        earlier = _still_there(store.examples.best(site, template, source="person"), gone)
        new, earlier = _lacking(
            _united(given, earlier), earlier, store.examples.moments(site, template, "person"), were_gone
        )
        live = [(version, version.load()) for version in store.versions.all_live(site, template)]
        named = {name for example in given for name in (*example.values, *example.lacks)}
        learned[template] = (new, live, *_learn(earlier, new, live, named, seed, _recorded(store, site, template, new)))
    return [
        _put_in_charge(store, site, template, *entry, seed=seed, most_live=most_live)
        for template, entry in learned.items()
    ]


def leave_out(
    store: Store, site: str, templates: Sequence[str], names: Sequence[str], parts: Mapping[str, Part] | None = None
) -> list[Lesson]:
    """Go on without fields that are gone from the site for good: of the templates that have any of them, each live
    version is replaced by one that never asks for them. ``parts``: what the spider's teachers answer as well, by name.
    Raises UnknownName for a field that no template has, NothingLearned where no field would be left."""
    live = {name: [(one, one.load()) for one in store.versions.all_live(site, name)] for name in templates}
    shapes = shapes_of(store, site)
    known: dict[str, set[str]] = {}
    for template, versions in live.items():
        learned = {field for _, extractor in versions for field in extractor.fields}
        own = own_fields(store, site, shapes.get(template), (parts or {}).get(template), learned) if versions else ()
        known[template] = learned.union(own)
    for name in names:
        if name not in (everything := set[str]().union(*known.values())):
            raise unknown("field", name, everything, where=f"what is learned of {site}")
    for template, versions in live.items():
        for version, extractor in versions:
            if extractor.fields.keys() <= set(names):
                raise NothingLearned(
                    f"{site}/{template}: no field would be left of version {version.number}.",
                    kept="everything as it was",
                )
    return [
        _left_out(store, site, template, versions, frozenset(names))
        for template, versions in live.items()
        if not known[template].isdisjoint(names)
    ]


def _left_out(
    store: Store, site: str, template: str, versions: Sequence[tuple[Version, Extractor]], names: frozenset[str]
) -> Lesson:
    # What is promoted is asked first: the first of them comes last.
    for version, extractor in reversed(versions):
        if names.isdisjoint(extractor.fields):
            continue
        fewer = _only(frozenset(extractor.fields.keys() - names), extractor)
        metrics = {"examples": len(fewer.examples), "warnings": list(fewer.warnings)}
        new = store.versions.add(site, template, fewer, version.id, metrics, version.seed)
        beside = [one.id for one in store.versions.all_live(site, template) if one.id != version.id]
        store.versions.promote(new.id, {"reason": f"a person left out {', '.join(sorted(names))}"}, beside=beside)
    store.events.add(site, template, GONE, {"fields": sorted(names)})
    first, *others = store.versions.all_live(site, template)
    return Lesson(
        template, first.number, tuple(one.number for one in others), tuple(sorted(first.load().fields)), (), (), ()
    )


def _still_there(examples: Sequence[Example], gone: Collection[str]) -> list[Example]:
    """The examples without the fields that are gone."""
    if gone:
        examples = [only(frozenset(example.told or example.values).difference(gone), example) for example in examples]
    return [example for example in examples if example.values or example.lacks]


def _only(fields: frozenset[str], extractor: Extractor) -> Extractor:
    """The extractor as if it had been learned of these fields alone: what is gone is not to be healed either."""
    entries = {name: entry for name, entry in extractor.program.fields.items() if name in fields}
    return with_fields(extractor, entries, [only(fields, example) for example in extractor.examples])


def _united(given: Sequence[Example], before: Sequence[Example]) -> list[Example]:
    """One example for each page: with what several say of it, and what earlier ones said that still stands there."""
    united: dict[str, Example] = {}
    for example in given:
        other = united.get(example.url)
        united[example.url] = example if other is None else _joined(other, example)
    for earlier in before:
        new = united.get(earlier.url)
        if new is not None and new.item is not None and earlier.item is not None:
            missing = {n: value for n, value in earlier.item.items() if n not in new.item and n not in new.lacks}
            still = _standing(replace(new, item=missing)) if missing else {}
            lacks = new.lacks | (earlier.lacks - new.item.keys())
            united[earlier.url] = replace(new, item={**new.item, **still}, lacks=lacks)
    return list(united.values())


def _lacking(
    new: Sequence[Example], earlier: Sequence[Example], moments: Mapping[str, datetime], gone: Collection[str]
) -> tuple[list[Example], list[Example]]:
    """The examples; those that name nearly all but a field lack it, where that was known when they were given and
    several are so. One may have been forgotten. What was ``gone`` is known from now on."""
    now = max(moments.values(), default=datetime.min) + timedelta(seconds=1)
    urls = {example.url for example in new}
    given = [
        *((one, now) for one in new),
        *((one, moments.get(one.url, now)) for one in earlier if one.url not in urls),
    ]
    fields = {name for one, _ in given for name in one.values}
    lacks: dict[str, set[str]] = defaultdict(set)
    for name in fields:
        known = now if name in gone else min(moment for one, moment in given if name in one.values)
        since = [one for one, moment in given if one.item is not None and moment >= known and name not in one.values]
        lacking = [one for one in since if NEARLY * len(fields) <= len(one.values) + len(one.lacks - {name})]
        if len(lacking) >= UNSAID:
            for one in lacking:
                lacks[one.url].add(name)

    def with_lacks(examples: Sequence[Example]) -> list[Example]:
        return [replace(one, lacks=one.lacks | lacks[one.url]) if one.url in lacks else one for one in examples]

    return with_lacks(new), with_lacks(earlier)


def _joined(one: Example, other: Example) -> Example:
    """Two examples of one page as one. Raises InvalidExample if they contradict each other."""
    if one.item is None or other.item is None:
        if one.items == other.items:
            return one
        raise InvalidExample(
            f"Two examples of {one.url} say different things of its records.", hint="leave one of them out"
        )
    told, others = one.told or {}, other.told or {}
    for name in told.keys() & others.keys():
        if told[name] is not others[name] and not same(told[name] or [], others[name] or []):
            raise InvalidExample(
                f"Two examples of {one.url} contradict each other: {name} is {str(told[name])[:80]!r} in one and "
                f"{str(others[name])[:80]!r} in the other.",
                kept="everything recorded and learned before",
                hint="correct one of them",
            )
    places = {**(one.places or {}), **(other.places or {})} or None
    return replace(one, item={**one.item, **other.item}, places=places, lacks=one.lacks | other.lacks)


def _standing(example: Example) -> dict[str, Any]:
    """The values that stand on their page."""
    from learner.programs.examples import opened
    from learner.programs.joints import shows

    try:
        page = opened(example)
    except PageRejected:
        return {}
    return {name: value for name, value in example.values.items() if all(shows(page, one) for one in scalars(value))}


def _learn(
    earlier: Sequence[Example],
    new: Sequence[Example],
    live: Sequence[tuple[Version, Extractor]],
    named: Collection[str],
    seed: int,
    recorded: Recorded,
) -> tuple[Extractor, tuple[str, ...], list[str]]:
    """The extractor, the fields that keep their rules (those that are not ``named`` now among them), and warnings.
    ``recorded`` pages tell which rules lead to other things."""
    from learner import learn
    from learner.healing.strays import parted
    from learner.learning.misreading import as_shown

    urls = {example.url for example in new}
    before = [example for example in earlier if example.url not in urls]
    if live and not any(example.values for example in (*new, *before)):
        # Of a field that a page lacks is known what a spider gave of others.
        before = [example for example in _fitting(live, new).examples if example.url not in urls]
    extractor = learn([*new, *before], seed=seed)
    warnings = []
    if before and (missed := _missed(extractor, new)):
        with suppress(NothingLearned):
            # Of the earlier examples those that the new ones alone lead to are of the same design.
            alone = learn(new, seed=seed)
            alike = [example for example in before if _is_alike(alone, example)]
            if 0 < len(alike) < len(before):
                alone = learn([*new, *alike], seed=seed)
            if len(alike) < len(before) and _missed(alone, new) < missed:
                extractor = alone
                left = len(before) - len(alike)
                which = "1 earlier example looks" if left == 1 else f"{left} earlier examples look"
                warnings.append(f"{which} otherwise, and {'was' if left == 1 else 'were'} not used: another design?")
    # However many earlier examples have them otherwise.
    program, refuted = as_shown(extractor.program, new)
    if not program.fields:
        raise NothingLearned("no field could be learned: " + "; ".join(refuted), hint="check the examples' values")
    extractor = with_fields(extractor, program.fields, warnings=refuted)
    warnings += extractor.warnings
    odd = slips(new, [*earlier, *(example for _, one in live for example in one.examples)])
    warnings += odd[:_SHOWN]
    unread = [note for note in _unread(extractor, new) if note not in odd]
    warnings += unread[:_SHOWN]
    if len(unread) > _SHOWN:
        warnings.append(f"and {len(unread) - _SHOWN} more values that are not read as they were shown")
    kept: tuple[str, ...] = ()
    if live:
        extractor, kept = _with_other_fields(extractor, _fitting(live, new), new, named)
        extractor = with_bonds(extractor, [one for _, one in live])
        warnings = [warning for warning in warnings if warning.split()[0].rstrip(":") not in kept]
    extractor, astray = parted(extractor, sorted(named), recorded)
    warnings += [
        f"{name} is given what is known of another page on {url}: show what it is there" for name, url in astray.items()
    ]
    return (
        extractor,
        kept,
        [*warnings, *_unsaid(extractor, new), *_lists_of_one(extractor, named), *_scattered(extractor, new)],
    )


def _recorded(store: Store, site: str, template: str, new: Sequence[Example]) -> Recorded:
    """The newest pages of the template, those that are shown among them, and what is known by address."""
    from learner.healing.strays import Recorded
    from learner.programs.examples import Example, Known, LabelledPage

    if any(example.items is not None for example in new):
        return Recorded((), {})
    facts = {fact.url: fact for fact in store.examples.known(site, template)}
    for old, moved in store.pages.moves(site).items():
        if old in facts:
            facts.setdefault(moved, facts[old])
    stored = store.pages.several(store.pages.ids(site, template)[-_RECORDED:])
    newest: dict[str, bytes | str] = {page.url: page.html for page in stored}
    for example in new:
        known = facts.get(example.url)
        facts[example.url] = Known(example.url, {**((known.item if known else None) or {}), **(example.item or {})})
        newest[example.url] = example.html
    opened = []
    for url, html in newest.items():
        with suppress(PageRejected):
            opened.append(LabelledPage(Example(url, html, {})))
    return Recorded(opened, facts)


def _fitting(live: Sequence[tuple[Version, Extractor]], shown: Sequence[Example]) -> Extractor:
    """The live extractor that fits the most of the pages; of equal ones the one that is asked first."""
    several = Several([(number, extractor) for number, (_, extractor) in enumerate(live)])
    fitted = Counter(several.answer(example.html, example.url)[0] for example in shown)
    return live[max(range(len(live)), key=lambda number: fitted[number])][1]


def _missed(extractor: Extractor, examples: Sequence[Example]) -> int:
    """How many values are not read as the examples say."""
    from learner.learning.misreading import agrees, tally

    missed = 0
    for example in examples:
        if example.items is not None:
            missed += tally(extractor, example).missed
        else:
            read = extractor.read(example.html, example.url)
            missed += len(example.lacks & read.item.keys()) + sum(
                name not in read.item or not agrees(read.item[name], value, example.url)
                for name, value in example.values.items()
            )
    return missed


def _is_alike(extractor: Extractor, example: Example) -> bool:
    """Whether most of the values of an example are read. Yes and no don't show what a page looks like."""
    seen = {name for name, value in example.values.items() if not isinstance(value, bool)}
    if not seen or all(profile.kind == "boolean" for profile in extractor.fields.values()):
        return True
    example = example if example.items is not None else only(frozenset(seen), example)
    return 2 * _missed(extractor, [example]) <= _told(example)


def _told(example: Example) -> int:
    """How many values an example shows."""
    records = [example.values] if example.items is None else example.items
    return sum(value not in (None, "", []) for record in records for value in record.values())


def _unread(extractor: Extractor, examples: Sequence[Example]) -> list[str]:
    """Of each value that the extractor does not read as the example says: what it reads."""
    told = []
    for example in examples:
        read = extractor.read(example.html, example.url)
        if example.items is not None:
            told += _unlike(extractor, example)
            continue
        told += [
            f"{name} is read as {str(read.item[name])[:_LONGEST]!r} on {example.url}, though the page has none"
            for name in sorted(example.lacks & read.item.keys())
        ]
        wrong = [note for name in example.values if (note := _note(extractor, read, name, example))]
        if len(wrong) > 1 and 2 * len(wrong) > len(example.values) and example.is_whole(extractor.fields):
            count = f"{len(wrong)} of {len(example.values)} values are"
            told.append(f"{count} not read as shown on {example.url}: is it a page of another template?")
        else:
            told += [f"{note} on {example.url}" for note in wrong]
    return told


def _unlike(extractor: Extractor, example: Example) -> list[str]:
    """What is read of the records of a list page otherwise than they are shown."""
    from learner.learning.misreading import difference, tally

    there = tally(extractor, example)
    if there.shown and not there.read:
        return [f"no record is read on {example.url}"]
    told = []
    if there.more or there.lost:
        told.append(
            f"{there.read} records are read on {example.url}, of which {there.shown - there.lost} are shown, and "
            f"{there.lost} that are shown are not read"
            if there.lost
            else f"{there.read} records are read on {example.url}, where {there.shown} are shown"
        )
    told += [f"{name} is in no record that is read on {example.url}" for name in sorted(there.unread)]
    told += [f"{name} is read as {difference(*both)}, on {example.url}" for name, both in there.otherwise.items()]
    return told


def _unsaid(extractor: Extractor, examples: Sequence[Example]) -> list[str]:
    """Of pages of which a person named most fields: those that were not named, and that are read all the same."""
    told = []
    for example in examples:
        if example.item is not None and example.is_whole(extractor.fields):
            read = extractor.read(example.html, example.url).item
            names = sorted(read.keys() - example.values.keys() - example.lacks)
            told += [
                f"{name} is read as {str(read[name])[:_LONGEST]!r} on {example.url}, too: if the page has none, say so "
                f'("{name}": null, or scrapy teach {example.url} {name}=)'
                for name in names
            ]
    return told


def _lists_of_one(extractor: Extractor, named: Collection[str]) -> list[str]:
    """Lists that have one element on all pages shown: how a page parts several is not known."""
    having = [example.item for example in extractor.examples if example.item is not None]
    told = []
    for name in sorted(set(named).intersection(extractor.fields)):
        lists = [item[name] for item in having if isinstance(item.get(name), list)]
        if lists and all(len(scalars(values)) == 1 for values in lists):
            told.append(f"{name} is a list of one wherever it was shown: show a page with several, too")
    return told


def _scattered(extractor: Extractor, examples: Sequence[Example]) -> list[str]:
    """Short values of one page that stand there in several places, of fields that no other page shows: it does not tell
    which is meant."""
    from learner.learning.labels import shown_elsewhere
    from learner.programs.examples import opened

    having = Counter(name for example in extractor.examples for name in example.values)
    told = []
    for example in examples if not extractor.is_list else ():
        page = opened(example)
        for name in sorted(example.values.keys() & extractor.fields.keys()):
            places = shown_elsewhere(extractor.program.fields[name].rules, page, name) if having[name] < 2 else 0
            if places > 1:
                told.append(
                    f"{name}: {str(example.values[name])!r} stands in {places} places on {example.url}, and one page "
                    "does not tell which is meant: choose it (scrapy teach without --yes), or show a page with another "
                    "value"
                )
    return told


def _note(extractor: Extractor, read: Extraction, name: str, example: Example) -> str:
    """What is wrong with a field; empty if nothing is."""
    from learner.extractor import DOUBTFUL
    from learner.learning.misreading import agrees, difference

    if name not in extractor.fields:
        return ""  # among the extractor's own warnings
    if name in read.item:
        found, shown = read.item[name], example.values[name]
        if same(found, shown) or str(found) == str(shown):
            return ""  # of another type: told once for all examples
        if note := differing(name, scalars(found), scalars(shown)):
            return note
        return "" if agrees(found, shown, example.url) else f"{name} is read as {difference(found, shown)},"
    if read.abstained.get(name) == DOUBTFUL:
        return f"{name} is found, but not trusted yet (show a second page),"
    return f"{name} is not found"


def _with_other_fields(
    new: Extractor, live: Extractor, shown: Sequence[Example], named: Collection[str]
) -> tuple[Extractor, tuple[str, ...]]:
    """The new extractor with the live one's rules of fields that are not ``named``, or that only it knows, unless it
    reads them otherwise than the examples show them, or finds them on a page that lacks them, or that it reads as they
    show them and learned of more pages, and the names of these."""
    from learner.learning.misreading import agrees

    if new.is_list or live.is_list:
        return new, ()
    as_shown: dict[str, list[bool | None]] = {name: [] for name in live.program.fields}
    for example in shown:
        item = live.read(example.html, example.url).item
        for name in example.values.keys() & as_shown.keys():
            as_shown[name].append(agrees(item[name], example.values[name], example.url) if name in item else None)
        for name in example.lacks & as_shown.keys():
            as_shown[name].append(name not in item)
        if example.is_whole(live.program.fields):
            # Whoever shows most of a page and not this field may have forgotten it: what is learned of all decides.
            unsaid = item.keys() - example.values.keys() - example.lacks
            for name in unsaid & new.program.fields.keys() & as_shown.keys():
                as_shown[name].append(False)

    def is_kept(name: str) -> bool:
        if name not in named or name not in new.program.fields:
            return False not in as_shown[name]
        known, told = (sum(name in example.values for example in one.examples) for one in (live, new))
        return known > told and bool(as_shown[name]) and all(as_shown[name])

    kept = tuple(sorted(filter(is_kept, live.program.fields)))
    fields = {name: _as_rare(entry, live, new) for name, entry in new.program.fields.items()}
    if not kept:
        return with_fields(new, fields), ()
    fields |= {name: _as_whole_pages(live.program.fields[name], live, shown) for name in kept}
    urls = {example.url for example in new.examples}
    former = [
        _fitted(new, kept, live.doubts.companions, example) for example in live.examples if example.url not in urls
    ]
    examples = [*new.examples, *(example for example in former if example.values)]
    return with_fields(new, fields, examples), kept


def _as_rare(entry: FieldProgram, live: Extractor, new: Extractor) -> FieldProgram:
    """The field, no more often there than pages had it before, where too few are shown to tell."""
    from learner.extractor import PROVEN

    profile = entry.profile
    before = live.fields.get(profile.name)
    if before is None or sum(profile.name in example.values for example in new.examples) >= PROVEN:
        return entry
    return replace(entry, profile=replace(profile, presence=min(profile.presence, before.presence)))


def _as_whole_pages(entry: FieldProgram, live: Extractor, shown: Sequence[Example]) -> FieldProgram:
    """The field, which pages have less often where a person has shown whole ones of the known design without it, and
    it is not read there either."""
    profile, lacking = entry.profile, 0
    for example in shown:
        told, item = example.values.keys(), live.read(example.html, example.url).item.keys()
        known = 2 * len(told & item) >= len(told)
        whole = example.is_whole(live.fields) or (len(item) >= _TELLING and item <= told)
        lacking += known and whole and profile.name not in told | item
    having = sum(profile.name in example.values for example in live.examples) or 1
    return replace(entry, profile=replace(profile, presence=having / (having / profile.presence + lacking)))


def _fitted(
    new: Extractor, kept: Collection[str], companions: Collection[tuple[str, str]], example: Example
) -> Example:
    """The example without values that the new rules read otherwise: those of a former design are no measure of what
    comes now."""
    read = new.read(example.html, example.url).item
    named = {name for name, value in example.values.items() if name in read and same(read[name], value)}.union(kept)
    gone = example.values.keys() - named
    # Nor does it show what never stands alone without its companion.
    return only(frozenset(named - {name for name, other in companions if other in gone}), example)


def _put_in_charge(
    store: Store,
    site: str,
    template: str,
    new: Sequence[Example],
    live: Sequence[tuple[Version, Extractor]],
    extractor: Extractor,
    kept: tuple[str, ...],
    warnings: Sequence[str],
    *,
    seed: int,
    most_live: int,
) -> Lesson:
    from learner.learning.misreading import RIGHT_ENOUGH, tally

    _record(store, site, template, new)
    stay = outlasting(store, live, extractor, new, most=most_live - 1)
    version = store.versions.add(
        site,
        template,
        extractor,
        parent=live[0][0].id if live else None,
        metrics={TAUGHT: True, "examples": len(extractor.examples), "warnings": list(warnings)},
        seed=seed,
    )
    store.versions.promote(version.id, {"reason": "taught by a person"}, beside=[one.id for one in stay])
    store.events.add(site, template, "learned", {"version": version.number, "fields": sorted(extractor.fields)})
    beside = tuple(one.number for one in stay)
    lists = [(example.url, tally(extractor, example)) for example in new if example.items is not None]
    fields = {name for name, one in extractor.program.fields.items() if one.trust >= extractor.threshold}
    # On one of the pages that show it a field may be lost.
    unread = {name for _, there in lists for name in there.unread}
    given = fields - unread.difference(*(there.found for _, there in lists)) - _found_on_none(extractor, new)
    shown = {name for example in new for name in example.values}
    # What was given before and no longer is, for it is found on pages that lack it, was not named.
    for _, one in live[:1] if not extractor.is_list else ():
        entries = one.program.fields.items()
        shown.update(name for name, entry in entries if entry.trust >= one.threshold and name not in extractor.fields)
    unlike = [url for url, there in lists if there.more or there.lost > (1 - RIGHT_ENOUGH) * there.shown]
    return Lesson(
        template,
        version.number,
        beside,
        tuple(sorted(given)),
        kept,
        tuple(sorted(shown - given)),
        tuple(warnings),
        tuple(unlike),
        tuple(sorted(name for name in shown - given if _is_yes_or_no(name, new))),
    )


def _found_on_none(extractor: Extractor, new: Sequence[Example]) -> set[str]:
    """The fields that are found on none of the pages with one item which show them."""
    from learner.extractor import DOUBTFUL

    shown, found = set[str](), set[str]()
    for example in new:
        if example.items is None:
            read = extractor.read(example.html, example.url)
            shown |= example.values.keys()
            found |= {name for name in example.values if name in read.item or read.abstained.get(name) == DOUBTFUL}
    return shown - found


def _is_yes_or_no(name: str, new: Sequence[Example]) -> bool:
    values = [example.values[name] for example in new if example.items is None and name in example.values]
    return bool(values) and all(isinstance(value, bool) for value in values)


def _record(store: Store, site: str, template: str, new: Sequence[Example]) -> None:
    now = datetime.now(UTC)
    bodies = [one.html if isinstance(one.html, bytes) else one.html.encode("utf-8", "replace") for one in new]
    numbers = store.pages.add(
        [NewPage(site, template, one.url, body, "text/html", 200, now) for one, body in zip(new, bodies, strict=True)]
    )
    store.examples.add(
        [
            NewExample(number, one.told, one.items, one.source, one.places)
            for number, one in zip(numbers, new, strict=True)
        ]
    )
