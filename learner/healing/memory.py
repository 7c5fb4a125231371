"""What is known of a page: by its address, by values that only one page had if it moved, and of a list page the records
of any page, for records wander from page to page as new ones come."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Final

from learner.forms.amounts import amounts_on
from learner.forms.money import money
from learner.pages.values import Value, normal, scalars
from learner.programs.examples import Example, Known, LabelledPage, given

MOVED: Final = 5
"""Known pages from which on a page of an unknown address may be told by its values."""
DISTINCT: Final = 6
"""Characters from which a known value is unlikely to stand elsewhere on a page by chance."""
SEVERAL: Final = 3
"""Known records that a page must show for it to be told by them."""
HALF: Final = 0.5
"""The share of its values by which a record is recognised, if one of them is its own: the others may have changed."""
TOLD: Final = 3
"""Characters of a text that, beside a value of its own, tells a record whose numbers have changed."""
MOSTLY: Final = 0.8
"""Share of the records that must show a field as it was for it to stay, and of what stays of a record it is told by."""
STAYED: Final = 0.2
"""Share of the pages with a known address, from which on the site has not moved: a page of an unknown one is new then,
and shows known values of others beside its own."""
MAX_RECORDS: Final = 5_000

Record = Mapping[str, Value]


class Memory:
    """What is known of a site's pages, by their addresses (``facts``); asked about pages of the addresses ``urls``."""

    def __init__(self, facts: Mapping[str, Known], urls: Collection[str], *, lists: bool) -> None:
        self._any = next(iter(facts.values()), Known(""))
        self._facts = {url: fact.lasting for url, fact in facts.items()} if lists else facts
        self._past = facts
        self._lists = lists
        self._may_have_moved = len(facts) >= MOVED and sum(url in facts for url in urls) < STAYED * len(urls)
        self._found: dict[LabelledPage, Known | None] = {}
        self._changed: dict[LabelledPage, frozenset[str]] = {}

    def fact(self, page: LabelledPage) -> Known | None:
        """What is known of the page."""
        if page not in self._found:
            own = self._facts.get(page.example.url)
            if self._lists:
                self._found[page] = self._records_on(page, own) or own
            else:
                self._found[page] = own or self._moved(page)
        return self._found[page]

    def past(self, page: LabelledPage) -> Known | None:
        """The same with what is fleeting: of a list page that of the records which are known to be on it."""
        fact = self.fact(page)
        if not self._lists:
            return fact
        if fact is None or not fact.items or not fact.fleeting:
            return self._past.get(page.example.url)
        return replace(fact, items=[self._whole.get(_said(record), record) for record in fact.items])

    @cached_property
    def _whole(self) -> dict[str, Record]:
        """The known records with what is fleeting, by what lasts of them."""
        return {
            _said(lasting): record
            for url, fact in self._past.items()
            for record in fact.items or ()
            if (lasting := {name: value for name, value in record.items() if name not in fact.fleeting})
        }

    def values(self, page: LabelledPage) -> dict[str, Value]:
        """The values that are known of the page and last, by field; none of a page of which nothing is known."""
        fact = self.fact(page)
        return {} if fact is None else values_of(fact.lasting)

    def recognises(self, page: LabelledPage) -> bool:
        """Whether records are known to be on a list page, each by a value of its own."""
        fact = self.fact(page)
        return fact is not None and fact is not self._facts.get(page.example.url) and self._lists

    def keeps(self, page: LabelledPage) -> bool:
        """Whether a list page still shows the one record that is known of it, by a value of its own and half of all:
        the others may have changed."""
        records = list((fact.items if (fact := self.fact(page)) is not None else None) or ())
        if len(records) != 1:
            return False
        shown = "\n".join(page.forms)
        return bool(_own_places(records[0], shown, self._owners)) and _shares(records[0], shown) >= HALF

    def changed(self, page: LabelledPage) -> frozenset[str]:
        """The fields of a list page's records whose values are others now, on a page that shows the records by what
        stays: of stocks the prices, while names stay. What is known of these fields tells nothing."""
        self.fact(page)
        return self._changed.get(page, frozenset())

    def current(self, page: LabelledPage) -> Known | None:
        """What is known of the page and lasts, without the fields of its records that are others now."""
        fact, changed = self.fact(page), self.changed(page)
        if fact is None or not changed:
            return None if fact is None else fact.lasting
        items = [{name: value for name, value in record.items() if name not in changed} for record in fact.items or ()]
        return replace(fact, items=items)

    # Pages with one item

    @cached_property
    def _told(self) -> dict[str, list[tuple[str, str]]]:
        """Which page's which field has a value, for values that are long enough and that no second page has."""
        told: dict[str, list[tuple[str, str]]] = {}
        for url, fact in self._facts.items():
            for name, value in (fact.item or {}).items():
                for form in _distinct(value):
                    told.setdefault(form, []).append((url, name))
        return {form: places for form, places in told.items() if len({url for url, _ in places}) == 1}

    def _moved(self, page: LabelledPage) -> Known | None:
        if not self._may_have_moved:
            return None
        hits: Counter[str] = Counter()
        seen: set[tuple[str, str]] = set()
        for candidate in page.candidates:
            for url, name in self._told.get(normal(candidate.value), ()):
                if (url, name) not in seen:
                    seen.add((url, name))
                    hits[url] += 1
        ranked = hits.most_common(2)
        if not ranked or ranked[0][1] < 2 or (len(ranked) > 1 and ranked[0][1] < 2 * ranked[1][1]):
            return None
        return self._facts[ranked[0][0]]

    # List pages

    @cached_property
    def _records(self) -> list[Record]:
        records = [record for fact in self._facts.values() for record in fact.items or ()]
        return list({repr(sorted(record.items())): record for record in records}.values())[:MAX_RECORDS]

    @cached_property
    def _owners(self) -> Counter[str]:
        """How many records have a value, for values that are long enough."""
        return _owners_of(self._records)

    def _links(self, record: Record) -> list[str]:
        """The addresses in a record that no other one has, in their normal form."""
        return [form for form in _own_forms(record, self._owners) if "://" in form]

    def _records_on(self, page: LabelledPage, own: Known | None) -> Known | None:
        """The known records that the page shows, in its order; None where those of its address are all there, or where
        few are."""
        shown = "\n".join(page.forms)
        if own is not None and own.items and all(_shares(record, shown) == 1 for record in own.items):
            return None
        owned = [(places, record) for record in self._records if (places := _own_places(record, shown, self._owners))]
        here = [(min(places), record) for places, record in owned if _shares(record, shown) >= HALF]
        # A name that records of other pages have too tells them from those beside them.
        before = list((own.items if own is not None else None) or ())
        beside = _owners_of(before)
        again = [(places, record) for record in before if (places := _own_places(record, shown, beside))]
        stays = _staying(before, [record for _, record in again], shown)
        if stays:
            others = [(places, record) for places, record in owned if record not in before]
            left = [(min(places), record) for places, record in [*again, *others] if _tells(record, stays, shown)]
            if len(left) > len(here):
                here = left
                rows = [record for _, record in left]
                names = frozenset(name for record in rows for name in record) - stays
                self._changed[page] = frozenset(name for name in names if not _is_worded_anew(name, rows, page))
        # The name of another page's record may stand here for another thing; its link does not.
        links = [self._links(record) for _, record in here]
        linked = [any(_place(link, shown) >= 0 for link in own) for own in links]
        if 2 * sum(linked) > len(here):
            found = zip(here, links, linked, strict=True)
            here = [pair for pair, own, is_linked in found if is_linked or not own or pair[1] in before]
        if len(here) < SEVERAL:
            return None
        records = [record for _, record in sorted(here, key=lambda pair: pair[0])]
        return replace(self._any, url=page.example.url, item=None, items=records, partly=False)


def _said(record: Record) -> str:
    return repr(sorted(record.items()))


def _owners_of(records: Iterable[Record]) -> Counter[str]:
    """How many of the records have a value, for values that are long enough."""
    return Counter(form for record in records for value in record.values() for form in _distinct(value))


def _own_forms(record: Record, owners: Mapping[str, int]) -> list[str]:
    """The values of a record that no other one has, in their normal form."""
    return [form for value in record.values() for form in _distinct(value) if owners[form] == 1]


def _own_places(record: Record, shown: str, owners: Mapping[str, int]) -> list[int]:
    """Where a page shows the values of a record that no other one has."""
    return [place for form in _own_forms(record, owners) if (place := _place(form, shown)) >= 0]


def _place(form: str, shown: str) -> int:
    """Where a page shows a value itself, and not one that begins or ends like it: "/event/4" is not in "/event/41"."""
    place = shown.find(form)
    while place >= 0 and _goes_on(form, shown, place):
        place = shown.find(form, place + 1)
    return place


def _goes_on(form: str, shown: str, place: int) -> bool:
    """Whether a number goes on past what is found of it, or an address."""
    end = place + len(form)
    before, after = shown[max(0, place - 1) : place], shown[end : end + 1]
    if (form[0].isdigit() and before.isdigit()) or (form[-1].isdigit() and after.isdigit()):
        return True
    return "://" in form and (after.isalnum() or after in ("-", "_"))


def _staying(before: Collection[Record], again: Collection[Record], shown: str) -> frozenset[str]:
    """The fields whose texts a page shows as they were, of most of the records known of its address of which it shows
    values of their own (``again``). None unless half of all are among these, each by two fields: a list of names alone,
    as that of what is read most, is not theirs."""
    if len(again) < max(SEVERAL, HALF * len(before)):
        return frozenset()
    having = Counter(name for record in again for name in record)
    left = Counter(name for record in again for name, value in record.items() if _is_shown(value, shown))
    stays = frozenset(name for name, count in left.items() if count >= MOSTLY * having[name])
    return stays if len(stays) > 1 else frozenset()


def _distinct(value: Value) -> list[str]:
    """The normal forms of those of the values that are long enough to tell something."""
    forms = [normal(one) for one in scalars(value) if isinstance(one, str)]
    return [form for form in forms if len(form) >= DISTINCT]


def _shares(record: Record, shown: str) -> float:
    """The share of a record's values that stand in what a page shows, in its normal form."""
    forms = [normal(str(one)) for value in record.values() for one in scalars(value)]
    return sum(form in shown for form in forms) / max(1, len(forms))


def _is_shown(value: Value, shown: str) -> bool:
    """Whether texts that are no number, nor a time, stand in what a page shows, all of them."""
    forms = [normal(one) for one in scalars(value) if isinstance(one, str)]
    told = [form for form in forms if len(form) >= TOLD and any(map(str.isalpha, form))]
    return bool(told) and len(told) == len(scalars(value)) and all(form in shown for form in told)


def _is_worded_anew(name: str, records: Iterable[Record], page: LabelledPage) -> bool:
    """Whether a page shows the amounts that are known of a field of these records in other words ("12.50 EUR") and
    hardly any others: beside others they may be those of the day before."""
    values = {value for record in records for value in scalars(record.get(name)) if isinstance(value, str)}
    known = {amount for value in values if (amount := money(value)) is not None}
    if len(known) < max(SEVERAL, len(values)):
        return False
    shown = {amount for _, _, amount in amounts_on(page)}
    return len(known & shown) >= MOSTLY * len(known) and len(shown - known) < HALF * len(known)


def _tells(record: Record, stays: Collection[str], shown: str) -> bool:
    """Whether a page shows what stays of a record, of two fields or more."""
    own = [_is_shown(value, shown) for name, value in record.items() if name in stays]
    return sum(own) > 1 and sum(own) >= MOSTLY * len(own)


def values_of(fact: Known) -> dict[str, Value]:
    """The values that are known, by field; of a list page, columns."""
    return Example(fact.url, "", fact.item, fact.items).values


def without_empty(fact: Known) -> Known:
    """What is known without fields that are empty: that the page lacks them."""
    item = None if fact.item is None else given(fact.item)
    items = None if fact.items is None else [given(record) for record in fact.items]
    return replace(fact, item=item, items=items)
