"""List pages: the records in document order, their fields kept together.

A record is what stands between two places of document order: from its start to the end of the start's
element, or to the next start. Fields are found over the whole page by their own rules and then fall to the
record in which they stand, so that a record without one of them keeps its others.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from lxml import etree

from learner.pages.values import Scalar, Value, same, scalars
from learner.programs.examples import Example, LabelledPage
from learner.programs.program import FieldProfile, Records, Rule
from learner.programs.selectors import Index, Selector, generate_common

Record = dict[str, Value]
Places = Mapping[str, Sequence[tuple[int, Scalar]]]
MAX_LEVELS: Final = 10
PARTED: Final = 3
"""Pages of which it is tried how they part."""
PROVEN: Final = 5
"""Records from which on a field that all of them have is one that records always have."""
MOST: Final = 0.5
"""Share of a page's records that must have such a field, where enough values of it are found."""
FITTING: Final = 0.75
"""Share of them that must have at least one such field, the same in all: else they are pieces of records."""
MERGED: Final = 0.5
"""Records for each value of such fields, below which several records were taken for one."""
PAGES: Final = 5
"""Pages with several records, from which on it is known what all records of a page share."""
BY_CHANCE: Final = 1e-3
"""The chance, at most, for a field to be one and the same in all records of each page of the examples."""
EMPTY: Final[tuple[object, ...]] = (None, "", [])


def whole(examples: Iterable[Example]) -> frozenset[str]:
    """The fields that every record of the examples has, as far as there are records enough to tell. What healing
    labelled tells nothing: it makes records of the columns that it sees."""
    records = [record for example in examples if example.source != "network" for record in example.items or ()]
    if len(records) < PROVEN:
        return frozenset()
    return frozenset.intersection(*(frozenset(n for n, v in record.items() if v not in EMPTY) for record in records))


def per_page(examples: Iterable[Example]) -> frozenset[str]:
    """The fields that are the page's, not the record's: all records of a page of the examples have one and the same
    value of it, or none has any, on so many pages that it is no chance, for pages differ. What healing labelled tells
    nothing."""
    pages = {one.url: one.items for one in examples if one.source != "network" and one.items}
    found = set()
    for name in {name for records in pages.values() for record in records for name in record}:
        columns = [[record.get(name) for record in records] for records in pages.values()]
        shown = [values for values in columns if any(value not in EMPTY for value in values)]
        if any(isinstance(one, list) or one in EMPTY or one != values[0] for values in shown for one in values):
            continue
        counts = Counter(repr(values[0]) for values in shown)
        pairs = math.comb(len(shown), 2)
        alike = (1 + sum(math.comb(count, 2) for count in counts.values())) / (2 + pairs)
        several = [len(values) - 1 for values in shown if len(values) > 1]
        if len(several) >= PAGES and alike ** sum(several) < BY_CHANCE:
            found.add(name)
    return frozenset(found)


def assemble(
    records: Records,
    places: Places,
    profiles: Mapping[str, FieldProfile],
    index: Index,
    whole: frozenset[str] = frozenset(),
) -> list[Record]:
    """The page's records, from where on the page their fields were found. ``whole`` are fields that all records have:
    of the ways to begin a record the first is taken in which they do, or else the one whose records are the most even.

    A field that few of them have even so, and that is found elsewhere, is left out, and so are records with few of
    these fields among others: an advertisement in the place of an answer.
    """
    required = records.required & places.keys()
    own = {name: found for name, found in places.items() if name not in records.carried}
    singles = [name for name in own if not ((profile := profiles.get(name)) and profile.many)]
    total = sum(map(len, own.values()))
    best: list[Record] = []
    loose: frozenset[str] = frozenset(places)
    most = 0.0
    for selector in records.starts:
        made = _fill(_reaches(records, selector, index), places, profiles, records.carried, required)
        strays = _loose(made, {name: len(found) for name, found in places.items()}, singles, whole & places.keys())
        held = sum(len(scalars(value)) for record in made for name, value in record.items() if name in own)
        even = coherence(made, places, records.carried)
        sure = not strays and held >= 0.9 * total
        if sure or even > 1.05 * most:
            best, loose, most = made, strays, even
        if sure:
            break
    kept = ({name: value for name, value in record.items() if name not in loose} for record in best)
    return without_strangers([record for record in kept if record], whole)


def without_strangers(made: list[dict[str, Any]], whole: Collection[str]) -> list[dict[str, Any]]:
    """The records without those that have less than half of the fields of the ``whole``, and no more than half as many
    of all as the fullest, if these are the fewer. Where nothing of the ``whole`` is read nothing is told, nor is it by
    what few have: one with all that the others have of it stays."""
    having = [sum(name in record for name in whole) for record in made]
    most = max(map(len, made), default=0)
    usual = {name for name in whole if 2 * sum(name in record for record in made) >= len(made)}
    fitting = [
        one
        for one, count in zip(made, having, strict=True)
        if 2 * count >= len(whole) or 2 * len(one) > most or usual <= one.keys()
    ]
    return fitting if len(whole) > 1 and any(having) and 2 * len(fitting) >= len(made) else made


def _loose(
    made: Sequence[Record], counts: Mapping[str, int], singles: Iterable[str], whole: frozenset[str]
) -> frozenset[str]:
    """The fields whose values don't fall into the records as they must: those of the ``whole`` that most records lack,
    for their values stand elsewhere; all fields where nearly none fits. ``counts`` are the numbers of values,
    ``singles`` the fields of which a record has one value."""
    if not whole:
        return frozenset()
    having = {name: sum(name in record for record in made) for name in whole}
    merged = len(made) < MERGED * min((counts[name] for name in singles if name in whole), default=0)
    if merged or max(having.values()) < FITTING * max(1, len(made)):
        return frozenset(counts)
    return frozenset(name for name, count in having.items() if count < MOST * min(len(made), counts[name]))


def _reaches(records: Records, selector: Selector, index: Index) -> list[tuple[int, int]]:
    """From where to where the page's records reach that begin in one of the ways."""
    starts = sorted({index.order[element] for element in index.elements_of(selector)})
    return windows(starts, records.inside, index)


def reaches(records: Records, index: Index) -> list[tuple[int, int]]:
    """The same of the first way in which several begin; none where none does."""
    return next((found for one in records.starts if len(found := _reaches(records, one, index)) > 1), [])


def windows(starts: Sequence[int], inside: bool, index: Index) -> list[tuple[int, int]]:
    """From each start to the next, or, ``inside`` its element, to that element's end if this comes before."""
    ends = [*starts[1:], len(index.elements)]
    pairs = zip(starts, ends, strict=True) if starts else ()
    return [(start, min(end, end_of(index.elements[start], index)) if inside else end) for start, end in pairs]


def end_of(element: etree._Element, index: Index) -> int:
    """The place after the element's last descendant."""
    while len(element):
        last = element[-1]
        if last not in index.order:
            break
        element = last
    return index.order[element] + 1


def _fill(
    reach: Sequence[tuple[int, int]],
    places: Places,
    profiles: Mapping[str, FieldProfile],
    carried: frozenset[str],
    required: frozenset[str],
) -> list[Record]:
    return [record for record, _ in _filled(reach, places, profiles, carried, required)]


def _filled(
    reach: Sequence[tuple[int, int]],
    places: Places,
    profiles: Mapping[str, FieldProfile],
    carried: frozenset[str],
    required: frozenset[str],
) -> Iterator[tuple[Record, tuple[int, int]]]:
    """The records, with from where to where they reach."""
    positions = {name: [place for place, _ in found] for name, found in places.items()}
    starts = [start for start, _ in reach]
    for start, stop in reach:
        record: Record = {}
        for name, found in places.items():
            at, profile = positions[name], profiles.get(name)
            many = profile is not None and profile.many
            first, after = bisect_right(at, start - 1), bisect_right(at, stop - 1)
            if name in carried and after:
                # Those of a list stand between the same two records.
                before = bisect_right(starts, at[after - 1])
                first = bisect_right(at, starts[before - 1] - 1) if many and before else 0 if many else after - 1
            if after > first:
                values = [value for _, value in found[first:after]]
                record[name] = values if many else values[0]
        own = record.keys() - carried
        if own and (not required or required & record.keys()):
            yield record, (start, stop)


def parting(
    pages: Sequence[LabelledPage], rules: Mapping[str, Rule], profiles: Mapping[str, FieldProfile]
) -> Records | None:
    """Of the ways in which the first pages part into records the one that parts them best; None when the rules find
    nothing.

    What makes a record of one page may be missing on others, where something else does.
    """
    first = pages[:PARTED]
    found = [entry[0] for page in first if (entry := part(page, rules, profiles)) is not None]
    if len(found) < 2:
        return found[0] if found else None
    telling = frozenset().union(*(one.required for one in found))
    ways = dict.fromkeys(way for one in found for way in (one, replace(one, required=telling - one.carried)))
    placed = [(page, _places(page, rules)) for page in first]
    return max(ways, key=lambda way: sum(_fit(way, page, places, profiles) for page, places in placed))


def placed(
    records: Records,
    rules: Mapping[str, Rule],
    profiles: Mapping[str, FieldProfile],
    page: LabelledPage,
) -> list[tuple[Mapping[str, Value], tuple[int, int]]]:
    """The records that are known of a page, those that are found there, and from where to where they reach."""
    best: list[tuple[Mapping[str, Value], tuple[int, int]]] = []
    for selector in records.starts:
        made = list(reaching(records, selector, rules, profiles, page))
        reach_of = {id(record): reach for record, reach in made}
        pairs = matched([record for record, _ in made], page.example.items or ())
        matching = [(record, reach_of[id(one)]) for record, one in pairs if one]
        best = max(best, matching, key=len)
    return best


def reaching(
    records: Records,
    selector: Selector,
    rules: Mapping[str, Rule],
    profiles: Mapping[str, FieldProfile],
    page: LabelledPage,
) -> Iterator[tuple[Record, tuple[int, int]]]:
    """The page's records that begin in one of the ways, with from where to where they reach."""
    places, reach = _places(page, rules), _reaches(records, selector, page.index)
    return _filled(reach, places, profiles, records.carried, records.required & places.keys())


def covering(records: Records, fields: Collection[str], known: Iterable[Mapping[str, Value]]) -> Records:
    """The same parting, with more required fields where known records have none of those of ``fields``, which are read:
    one that some records lack makes no record alone."""
    own = set(fields) - records.carried
    required = records.required & own
    lost = [have for record in known if (have := _given(record) & own) and not have & required] if required else []
    while lost:
        counts = Counter(name for have in lost for name in have)
        most = min(counts, key=lambda name: (-counts[name], name))
        required |= {most}
        lost = [have for have in lost if most not in have]
    return replace(records, required=records.required | required)


def _given(record: Mapping[str, Value]) -> frozenset[str]:
    return frozenset(name for name, value in record.items() if value not in EMPTY)


def _places(page: LabelledPage, rules: Mapping[str, Rule]) -> Places:
    """Where the rules find their fields; without those that they don't."""
    return {name: found for name, rule in rules.items() if (found := rule.places(page.index))}


def _fit(records: Records, page: LabelledPage, places: Places, profiles: Mapping[str, FieldProfile]) -> float:
    """How well the page parts in this way, as ``part`` measures it."""
    if not places:
        return 0.0
    made = assemble(records, places, profiles, page.index)
    gold = list(page.example.items or ())
    return agreement(made, gold) if gold else coherence(made, places, records.carried)


def part(
    page: LabelledPage, rules: Mapping[str, Rule], profiles: Mapping[str, FieldProfile]
) -> tuple[Records, float] | None:
    """How the page parts into records, and how well: the share of its example's values that fall right, or,
    where only columns are known, how evenly the values fall (see coherence).

    None when no rule finds anything.
    """
    gold = list(page.example.items or ())
    index = page.index
    places = _places(page, rules)
    if not places:
        return None
    given = {name: len(found) for name, found in places.items()}
    if gold:
        counts = {name: sum(1 for record in gold if record.get(name) not in EMPTY) for name in places}
        given = {name: sum(len(scalars(record.get(name))) for record in gold) for name in places}
        size = len(gold)
    else:
        counts = given
        size = sorted(counts.values())[len(counts) // 2]
    best: tuple[Records, float] | None = None
    anchors = sorted(places, key=lambda name: (abs(len(places[name]) - size), -counts[name]))
    for anchor in anchors[:3]:
        elements = list(dict.fromkeys(index.elements[place] for place, _ in places[anchor]))
        for containers in _levels(elements):
            selectors = _selecting(containers, index)
            for number, selector in enumerate(selectors[:2]):
                starts = sorted({index.order[element] for element in index.elements_of(selector)})
                if not starts or len(starts) > 4 * size + 20:
                    continue
                for inside in (True, False):
                    reach = windows(starts, inside, index)
                    for carried in _carried(places, given, size, bool(gold)):
                        full = counts if gold else {name: len(found) for name, found in places.items()}
                        required = frozenset(n for n in places if full[n] >= size) - carried
                        made = _fill(reach, places, profiles, carried, required)
                        score = agreement(made, gold) if gold else coherence(made, places, carried)
                        if best is None or score > best[1] + 1e-9:
                            others = tuple(s for n, s in enumerate(selectors) if n != number)
                            best = Records((selector, *others), inside, carried, required), score
                if best is not None and best[1] > 0.999:
                    return best
    return best


def coherence(made: Sequence[Mapping[str, Value]], places: Places, carried: frozenset[str]) -> float:
    """How evenly values fall into records (0..1): every value in a record, every record with every field."""
    own = [name for name in places if name not in carried]
    total = sum(len(places[name]) for name in own)
    held = sum(len(scalars(value)) for record in made for name, value in record.items() if name not in carried)
    filled = sum(1 for record in made for name in own if name in record)
    if not total or not made:
        return 0.0
    precision, recall = held / total, filled / (len(made) * len(own))
    return 2 * precision * recall / (precision + recall)


def _levels(elements: list[etree._Element]) -> Iterable[list[etree._Element]]:
    """The elements' ancestors, level by level, as long as every element has one of its own; widest first."""
    levels = [elements]
    current: list[etree._Element] = elements
    for _ in range(MAX_LEVELS):
        parents = [element.getparent() for element in current]
        if any(parent is None for parent in parents):
            break
        distinct = [parent for parent in dict.fromkeys(parents) if parent is not None]
        if len(distinct) < 0.9 * len(elements) or len(distinct) < 2:
            break
        levels.append(distinct)
        current = distinct
    return reversed(levels)


def _selecting(containers: list[etree._Element], index: Index) -> list[Selector]:
    """Selectors that find the containers and little else, at most four."""
    wanted = set(containers)
    scored = []
    for number, selector in enumerate(dict.fromkeys(generate_common(containers, "text", index))):
        found = set(index.elements_of(selector))
        hit = len(found & wanted)
        if hit >= 0.9 * len(wanted):
            scored.append((len(found) - hit + 3 * (len(wanted) - hit), number, selector))
    scored.sort(key=lambda entry: entry[:2])
    chosen: list[Selector] = []
    families: set[str] = set()
    for _, _, selector in scored:
        if selector.family not in families and len(chosen) < 4:
            families.add(selector.family)
            chosen.append(selector)
    return chosen


def _carried(places: Places, counts: Mapping[str, int], size: int, certain: bool) -> list[frozenset[str]]:
    """Fields that may stand over a group: found fewer times than the records have them."""
    few = frozenset(
        name
        for name, found in places.items()
        if size > 1 and len(found) < (0.7 * counts[name] if certain else 0.5 * size)
    )
    return [frozenset(), few] if few and len(few) < len(places) else [frozenset()]


def agreement(made: Sequence[Mapping[str, Value]], gold: Sequence[Mapping[str, Value]]) -> float:
    """Share of the gold records' values that stand in their records; extra records count against it."""
    total = sum(len(scalars(v)) > 0 for record in gold for v in record.values())
    if not total:
        return 0.0
    right = sum(len(alike(record, found)) for record, found in matched(made, gold))
    extra = max(0, len(made) - len(gold))
    return right / (total + extra)


def matched(
    made: Sequence[Mapping[str, Value]], gold: Sequence[Mapping[str, Value]]
) -> Iterator[tuple[Mapping[str, Value], Mapping[str, Value]]]:
    """Each gold record with the one of the same number, or, where the numbers of records differ, with the one that
    agrees most; with an empty one where none agrees, or only in what all gold records say: that is the page's."""
    shared = _shared(gold)
    cursor = 0
    for record in gold:
        own = record.keys() - shared
        agreeing = {at: set(alike(record, made[at])) for at in range(cursor, min(cursor + 4, len(made)))}
        best = max(agreeing, key=lambda at: (len(agreeing[at] & own), len(agreeing[at])), default=None)
        if best is None or not agreeing[best] or (not agreeing[best] & own and made[best].keys() & own):
            yield record, {}
        else:
            cursor = best + 1
            yield record, made[best]


def _shared(gold: Sequence[Mapping[str, Value]]) -> frozenset[str]:
    """The fields of which several records all say the same."""
    if len(gold) < 2:
        return frozenset()
    first, *others = gold
    return frozenset(n for n, value in first.items() if all(n in one and same(one[n], value) for one in others))


def alike(gold: Mapping[str, Value], found: Mapping[str, Value]) -> list[str]:
    """The fields of which two records say the same."""
    return [name for name, value in gold.items() if name in found and _alike(found[name], value)]


def _alike(left: Value, right: Value) -> bool:
    return same(scalars(left)[0] if not isinstance(right, list) else left, right)
