"""Healed fields, held against what is known of the same pages: those that give another thing's values are refuted.

What is known may have changed since, or be worded anew. It has not where a page still shows it, and the field gives
something else there; amounts may change all the same, but go with the known ones. Short values stand on any page: of
them all pages are asked together, whether one place of each has what is known of it, and records, whether they show
it and those beside them do not. What is known of another field is that one's. What stands beside a link to another
page, and is known of that one, is the other's.
"""

from __future__ import annotations

import re
import statistics
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from learner.extractor import Extractor
from learner.forms import amounts
from learner.forms.declarations import asset
from learner.forms.forms import Forms
from learner.forms.money import moneys
from learner.healing.coincidence import COMMON, FEWEST, LOOKED_AT, Coincidences, comes_again, is_another
from learner.healing.consensus import ANOTHER_FORM, SAME_DAY, alike
from learner.healing.memory import DISTINCT
from learner.healing.strays import Recorded
from learner.learning.induction import agreement
from learner.pages.values import Scalar, Value, moment_of, normal, readings_of, same, scalars
from learner.programs.examples import Known, LabelledPage
from learner.programs.program import FieldProgram, key
from learner.programs.recordlist import alike as shared
from learner.programs.recordlist import matched, per_page, reaches
from learner.programs.transforms import KINDS

SHORT: Final = 3
"""Characters of a known text, or digits of a number, from which on it tells something where several pages are known."""
DIGITS: Final = 4
"""The same of a number where fewer are."""
NEARLY: Final = 0.9
"""How far a list must be the known one (F1)."""
MOSTLY: Final = 0.8
"""The same of a list that has nothing else: subheadings among the steps of a recipe may be left out."""
FEW: Final = 2
"""Pages that tell as much, of values that are no chance."""
MUCH: Final = 0.6
"""Share of the pages on which a field has what is known of another from which on it is that one."""
DOUBTFUL: Final = 0.05
"""The chance of a place, at most, for what it has to be what is known: what is refuted is missing, and not wrong."""
SOME: Final = 0.1
"""Share of the pages on which a field is given what it has never been, though they show what it is, from which on it is
another thing there."""
MANY: Final = 8
"""Records that tell whether their numbers have to do with the known ones, and different ones among these."""
RELATED: Final = 0.3
"""How far the order of numbers must go with that of the known ones (Spearman)."""
MANY_PLACES: Final = 500
"""Places of a value that are looked at on a list page."""
LONGEST: Final = 120
"""Characters of a text in which several values may stand together."""
_HEAD: Final = frozenset(("title", "meta", "script"))
_MARKS: Final = re.compile(r"[\W_]+")


class _Pair(NamedTuple):
    """What is known of a field, and what it gives, on a page; of a page with one item all that is known of it."""

    page: LabelledPage
    known: Value
    given: Value
    others: Mapping[str, Value]
    row: int = -1
    """Which of the page's records it is."""


def refuted(
    extractor: Extractor,
    pages: Sequence[LabelledPage],
    facts: Mapping[str, Known],
    fact_of: Callable[[LabelledPage], Known | None],
) -> frozenset[str]:
    """The fields of which an extractor gives other values than are known of most of the pages that still show these,
    or the values of other things. ``facts`` are by address; ``fact_of`` tells what is known of each page."""
    pairs: dict[str, list[_Pair]] = {}
    of_pages = per_page(extractor.examples)
    lists: list[Sequence[Mapping[str, Value]]] = []
    reach_of: dict[LabelledPage, Sequence[tuple[int, int]]] = {}
    for page in pages:
        fact = fact_of(page)
        if fact is None and not of_pages:
            continue
        read = extractor.read(page.example.html, page.example.url)
        lists.append(read.items)
        if fact is None:
            continue
        rows = {id(record): row for row, record in enumerate(read.items)}
        for known, given in _records(extractor, fact, read.item, read.items):
            for name, value in known.items():
                if name in given and value not in (None, "", []):
                    own = {} if extractor.is_list else {n: v for n, v in known.items() if n != name}
                    row = rows.get(id(given), -1)
                    pairs.setdefault(name, []).append(_Pair(page, value, given[name], own, row))
        reach = reaches(records, page.index) if (records := extractor.program.records) is not None else []
        if len(reach) == len(read.items):
            reach_of[page] = reach
    shown = _Shown(pages, [pair for own in pairs.values() for pair in own])
    entries, recorded = extractor.program.fields, Recorded(pages, facts)
    return frozenset(
        name
        for name, own in pairs.items()
        if name in entries
        and not (entries[name].profile.kind == "link" and entries[name].many)
        and (
            shown.contradict(own, FEWEST if extractor.is_list else 1)
            or _is_incoherent(own if name not in of_pages else list({pair.page: pair for pair in own}.values()))
            or (extractor.is_list and name not in of_pages and (_is_unrelated(own) or shown.stay_within(own, reach_of)))
            or _is_overfull(own)
            or shown.are_cut(own)
            or _are_joined(own)
            or (not extractor.is_list and shown.are_others(own, _usual(name, facts)))
        )
    ) | frozenset(
        name
        for name, entry in entries.items()
        if (not entry.many and _is_borrowed(entry, extractor, recorded))
        or (name in of_pages and (_is_several(name, lists) or _is_inside(entry, extractor, pages)))
    )


def _records(
    extractor: Extractor, fact: Known, item: Mapping[str, Value], items: Sequence[Mapping[str, Value]]
) -> Iterator[tuple[Mapping[str, Value], Mapping[str, Value]]]:
    """What is known of a page with what is given: of a list page record by record, as far as one is recognised."""
    if not extractor.is_list:
        yield fact.item or {}, item
        return
    for known, given in matched(items, fact.items or ()):
        agreeing = set(shared(known, given))
        yield {name: value for name, value in known.items() if agreeing - {name}}, given


def _single(pairs: Sequence[_Pair]) -> list[_Pair]:
    """Those of single values."""
    return [pair for pair in pairs if not isinstance(pair.known, list) and not isinstance(pair.given, list)]


def _usual(name: str, facts: Mapping[str, Known]) -> list[Scalar]:
    """All single values that are known of a field."""
    values = (fact.item.get(name) for fact in facts.values() if fact.item)
    return [value for value in values if value is not None and not isinstance(value, list)]


class _Shown:
    """Where known values are still shown on pages."""

    def __init__(self, pages: Sequence[LabelledPage], pairs: Sequence[_Pair]) -> None:
        self._pages = pages
        values: dict[LabelledPage, list[Scalar]] = {}
        for pair in pairs:
            values.setdefault(pair.page, []).extend(scalars(pair.known))
        self._forms = {page: Forms(page, own, own) for page, own in values.items()}
        self._coincidences: Coincidences | None = None

    def contradict(self, pairs: Sequence[_Pair], least: int) -> bool:
        """Whether more of the pages that show what is known, ``least`` or more, give something else than give it."""
        others = [pair for pair in pairs if not self._agrees(pair)]
        wrong = sum(self._is_there(pair, len(pairs) >= FEWEST) for pair in others)
        return wrong >= least and wrong > len(pairs) - len(others)

    def stay_within(self, pairs: Sequence[_Pair], reach_of: Mapping[LabelledPage, Sequence[tuple[int, int]]]) -> bool:
        """Whether more records show by itself what is known of them, where something else is given, than are given it:
        short values too, if they stand less often in the records beside. Numbers that go with the known ones, and days
        may be what they are now, beside what they were."""
        single = [pair for pair in _single(pairs) if pair.page in reach_of and pair.row >= 0]
        others = [pair for pair in single if not self._agrees(pair)]
        if len(others) < FEWEST or 2 * len(others) <= len(single) or _may_have_moved(others):
            return False
        within = by_chance = 0.0
        for pair in others:
            places = self._alone(pair)
            own = [any(start <= place < stop for place in places) for start, stop in reach_of[pair.page]]
            within += own[pair.row]
            by_chance += own[pair.row] and (sum(own) - 1) / max(1, len(own) - 1)
        return within > len(single) - len(others) and 2 * within > len(others) and 2 * by_chance < within

    def are_others(self, pairs: Sequence[_Pair], usual: Sequence[Scalar]) -> bool:
        """Whether what is given is another thing. ``usual``: the values of all pages that are known."""
        if self.are_of_another(pairs):
            return True
        return comes_again(usual) and (self.stay_elsewhere(pairs, usual) or self.are_no_such(pairs, usual))

    def are_of_another(self, pairs: Sequence[_Pair]) -> bool:
        """Whether what is given is, on most pages of which both are known and differ, what is known of another field,
        and seldom what is known of this one, which these pages still show."""
        single = _single(pairs)
        for other in {name for pair in single for name, value in pair.others.items() if not isinstance(value, list)}:
            right = wrong = told = total = 0
            for pair in single:
                known, given, value = scalars(pair.known), scalars(pair.given), scalars(pair.others.get(other))
                if not value or _alike(known[0], value[0]) or not self._stays(pair.page, known[0]):
                    continue
                total += 1
                right += _alike(given[0], known[0]) or self._says(pair.page, known[0], given[0])
                if _alike(given[0], value[0]):
                    wrong += 1
                    told += _tells(value[0], several=False)
            if (wrong >= FEWEST or told >= FEW) and wrong > right and wrong >= MUCH * total:
                return True
        return False

    def stay_elsewhere(self, pairs: Sequence[_Pair], usual: Sequence[Scalar]) -> bool:
        """Whether values that come again stand in one place of nearly all pages as they are known, and those that are
        given have nothing to do with them. Prices are none: what they were may stand beside what they are."""
        single = _single(pairs)
        known = {self._pages.index(pair.page): scalars(pair.known)[0] for pair in single}
        if any(map(self._is_price, known, known.values())):
            return False
        given = {self._pages.index(pair.page): scalars(pair.given)[0] for pair in single if not self._agrees(pair)}
        given |= {at: value for at, value in known.items() if at not in given}
        if not is_another(given, known):
            return False
        self._coincidences = self._coincidences or Coincidences(self._pages)
        return self._coincidences.agreement(known, len(known), usual).chance <= DOUBTFUL

    def are_no_such(self, pairs: Sequence[_Pair], usual: Sequence[Scalar]) -> bool:
        """Whether values that come again stand by themselves on pages of which they are known, and not on the others,
        while some of these are given what the field has never been: not "Used" but a colour."""
        single = _single(pairs)
        if not all(isinstance(value, str) for value in usual):
            return False
        words = set(map(key, usual))
        known = {pair.page: str(pair.known) for pair in single}
        others_given = [pair for pair in single if key(scalars(pair.given)[0]) not in words]
        astray = [pair for pair in others_given if _stands(pair.page, str(pair.known)) and not self._agrees(pair)]
        wrong = 0
        for pair in astray:
            others = [page for page, value in known.items() if key(value) != key(known[pair.page])]
            showing = sum(_stands(page, known[pair.page]) for page in others)
            wrong += showing <= COMMON * len(others)
        return wrong >= FEWEST and wrong >= SOME * len(single)

    def are_cut(self, pairs: Sequence[_Pair]) -> bool:
        """Whether lists lack some of what is known of them and still stands on their pages, and have nothing else: on
        some pages, for what left a list may stand elsewhere on one."""
        lists = [pair for pair in pairs if isinstance(pair.known, list)]
        cut = sum(
            _keys(pair.given) < _keys(pair.known) and not self._agrees(pair) and self._keeps(pair) for pair in lists
        )
        return cut >= FEW and cut >= SOME * len(lists)

    def _keeps(self, pair: _Pair) -> bool:
        """Whether a page has all values that are known of a list and are not given."""
        given = _keys(pair.given)
        left = [value for value in scalars(pair.known) if key(value) not in given]
        return all(_tells(value, several=True) and pair.page.places(value, 1) for value in left)

    def _is_price(self, at: int, value: Scalar) -> bool:
        """Whether the page shows the value as an amount of money."""
        return bool(_money(value)) or any(_money(place.text) for place in self._pages[at].places(value, 4))

    def _stays(self, page: LabelledPage, value: Scalar) -> bool:
        """Whether the page has the value somewhere."""
        return self._forms[page].of(value) is not None or _reads(page, value)

    def _agrees(self, pair: _Pair) -> bool:
        known, given = scalars(pair.known), scalars(pair.given)
        if isinstance(pair.known, list) or isinstance(pair.given, list):
            more = Counter(map(key, given)) - Counter(map(key, known))
            if agreement(given, known, column=False) >= (NEARLY if more else MOSTLY):
                return True
            return len(known) == len(given) and all(map(self._says, [pair.page] * len(known), known, given))
        return self._says(pair.page, known[0], given[0])

    def _says(self, page: LabelledPage, known: Scalar, given: Scalar) -> bool:
        """Whether the two say the same, in any form in which the page may show what is known."""
        form = self._forms[page].of(known)
        if same(given, known) or (form is not None and same(given, form)):
            return True
        if not isinstance(known, str) or not isinstance(given, str):
            return False
        if set(moneys(known)) & set(moneys(given)) or _bare(known) == _bare(given):
            return True
        if "/" in known and asset(known) == asset(given) != "":
            return True
        likeness = alike(given, known)
        return likeness == SAME_DAY or (likeness == ANOTHER_FORM and not _stands(page, known))

    def _alone(self, pair: _Pair) -> list[int]:
        """Where the page has the known value by itself, a number perhaps with its unit."""
        form = self._forms[pair.page].of(scalars(pair.known)[0])
        if form is None or isinstance(form, bool):
            return []
        places = (place for place in pair.page.places(form, MANY_PLACES) if not place.data)
        return [pair.page.index.order[one.element] for one in places if one.exact or not isinstance(form, str)]

    def _is_there(self, pair: _Pair, several: bool) -> bool:
        """Whether the page still shows what is known, and others do not: it is not there by chance. Nor is a list of
        which more is given."""
        known = scalars(pair.known)
        if isinstance(pair.known, list) and not Counter(map(key, known)) - Counter(map(key, scalars(pair.given))):
            return True
        if any(_money(value) for value in known) or not any(_tells(value, several) for value in known):
            return False
        if not all(self._shows(pair.page, value) for value in known):
            return False
        others = [page for page in self._pages if page is not pair.page][:LOOKED_AT]
        showing = sum(all(page.places(value, 1) for value in known) for page in others)
        return showing <= COMMON * len(others)

    def _shows(self, page: LabelledPage, value: Scalar) -> bool:
        """Whether readers see the value: titles that were changed may stay in what is meant for machines."""
        form = self._forms[page].of(value)
        if not isinstance(form, str) or "/" in form:
            return form is not None or _reads(page, value)
        places = page.places(form)
        return any(not place.data and place.element.tag not in _HEAD and "@" not in place.take for place in places)


def _alike(one: Scalar, other: Scalar) -> bool:
    """Whether two values of different fields are the same, a number perhaps as an amount of money."""
    if same(one, other):
        return True
    if isinstance(one, str) == isinstance(other, str):
        return False
    amount = amounts.amount_of(one), amounts.amount_of(other)
    return amount[0] is not None and amount[1] is not None and amount[0][1] == amount[1][1]


def _tells(value: Scalar, several: bool) -> bool:
    """Whether a value is long enough not to stand on a page by chance."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return sum(map(str.isdigit, str(value))) >= (SHORT if several else DIGITS)
    return len(normal(str(value))) >= (SHORT if several else DISTINCT)


def _reads(page: LabelledPage, value: Scalar) -> bool:
    """Whether a text of the page is the number, in one of the ways in which it can be read."""
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return False
    texts = (candidate.value for candidate in page.candidates)
    return any(text[:1].isdigit() and text[-1:].isdigit() and value in readings_of(text) for text in texts)


def _stands(page: LabelledPage, value: str) -> bool:
    """Whether the page has the text by itself."""
    return any(place.exact and not place.data for place in page.places(value))


def _may_have_moved(pairs: Sequence[_Pair]) -> bool:
    """Whether values are what they became of those that are known: other days, or numbers of which the greater ones are
    greater still."""
    both = [(scalars(pair.known)[0], scalars(pair.given)[0]) for pair in pairs]
    if 2 * sum(moment_of(a) is not None and moment_of(b) is not None for a, b in both) > len(both):
        return True
    amount = [(amounts.amount_of(a), amounts.amount_of(b)) for a, b in both]
    numbers = [(a[1], b[1]) for a, b in amount if a is not None and b is not None]
    if 2 * len(numbers) <= len(both):
        return False
    known, given = (_ranks(values) for values in zip(*numbers, strict=True))
    if len(set(known)) < FEWEST:
        return True
    return len(set(given)) > 1 and statistics.correlation(known, given) >= RELATED


def _money(value: Scalar) -> str:
    """The amount of money in a text, alone or among few words; "" where there is none."""
    found = KINDS["amount"].search(value) if isinstance(value, str) else None
    return found.group() if found is not None and moneys(found.group()) and len(str(value)) <= 40 else ""


def _bare(text: str) -> str:
    return _MARKS.sub("", normal(text))


def _is_several(name: str, lists: Sequence[Sequence[Mapping[str, Value]]]) -> bool:
    """Whether what all records of a page share differs from record to record, on more than a few pages."""
    shown = [{key(one) for record in records if name in record for one in scalars(record[name])} for records in lists]
    return sum(len(values) > 1 for values in shown) > SOME * sum(map(bool, shown))


def _is_inside(entry: FieldProgram, extractor: Extractor, pages: Sequence[LabelledPage]) -> bool:
    """Whether what all records of a page share is read within one of them, on most pages that have several."""
    records, inside, told = extractor.program.records, 0, 0
    if records is None:
        return False
    for page in pages:
        reach = reaches(records, page.index)
        answer = entry.run(page.index, extractor.program.calibration) if len(reach) > 1 else None
        if answer is not None and answer.confidence >= extractor.threshold:
            places = [place for place, _ in entry.located(answer.rule, page.index)]
            told += 1
            inside += all(reach[0][0] <= place < reach[-1][0] for place in places)
    return told >= FEW and 2 * inside > told


def _is_unrelated(pairs: Sequence[_Pair]) -> bool:
    """Whether whole numbers of records, as their own numbers or counts, have nothing to do with what was known: neither
    are they the same, nor are greater ones greater still."""
    both = [(pair.known, pair.given) for pair in _single(pairs)]
    numbers = [(a, b) for a, b in both if isinstance(a, int) and isinstance(b, int) and not isinstance(a, bool)]
    if len(numbers) < max(MANY, len(both)) or 2 * sum(a == b for a, b in numbers) >= len(numbers):
        return False
    known, given = (_ranks(values) for values in zip(*numbers, strict=True))
    if len(set(known)) < MANY:
        return False
    return len(set(given)) == 1 or statistics.correlation(known, given) < RELATED


def _ranks(values: Sequence[float]) -> list[int]:
    rank = {value: at for at, value in enumerate(sorted(set(values)))}
    return [rank[value] for value in values]


def _is_incoherent(pairs: Sequence[_Pair]) -> bool:
    """Whether amounts have nothing to do with those that are known of the same pages."""
    single = _single(pairs)
    known = {pair.page: _money(value) or value for pair in single for value in scalars(pair.known)}
    given = {pair.page: _money(value) or value for pair in single for value in scalars(pair.given)}
    return len(known) == len(single) and amounts.contradict(given, known)


def _is_overfull(pairs: Sequence[_Pair]) -> bool:
    """Whether lists have all that is known of them, and more, on most pages: what stands beside them, too. A list that
    grows does so on some."""
    lists = [(*map(_keys, (pair.known, pair.given)),) for pair in pairs if isinstance(pair.known, list)]
    wrong = sum(known < given for known, given in lists)
    return wrong >= FEW and 2 * wrong > len(lists)


def _are_joined(pairs: Sequence[_Pair]) -> bool:
    """Whether what is known as several values is given as one short text that has them all, on most pages: nobody took
    it apart. Long ones are those of a design that runs its paragraphs together."""
    lists = [(scalars(pair.known), scalars(pair.given)) for pair in pairs if isinstance(pair.known, list)]
    several = [(known, given) for known, given in lists if len(known) > 1]
    joined = sum(
        len(given) < len(known)
        and all(len(str(text)) <= LONGEST for text in given)
        and all(any(key(one) in key(text) for text in given) for one in known)
        for known, given in several
    )
    return joined >= FEW and 2 * joined > len(several)


def _keys(value: Value) -> set[str]:
    return set(map(key, scalars(value)))


def _is_borrowed(entry: FieldProgram, extractor: Extractor, recorded: Recorded) -> bool:
    """Whether most of a field's values stand beside a link to another page, and are known of that one."""
    borrowed = told = 0
    for page in recorded.pages:
        answer = entry.run(page.index, extractor.program.calibration)
        if answer is None or answer.confidence < extractor.threshold:
            continue
        told += 1
        element = next((element for element, _ in answer.rule.found(page.index)), None)
        if element is not None:
            value = scalars(answer.value)[0]
            borrowed += recorded.of_another(page, entry.profile.name, element, value) != ""
    return borrowed >= FEWEST and 2 * borrowed > told
