"""Where links of a field are known to lead. New ones come to the top of a list and move the others from page to page,
so what is known of one page is known of all: on any of them, the list that holds the known links is the field's."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from learner.extractor import Extractor
from learner.forms.links import SEVERAL, addresses_like, kinds_on, links_on, lists_on
from learner.pages.values import Value, scalars
from learner.programs.examples import Known, LabelledPage

HALF: Final = 0.5
"""The share of a list that must be known; of other lists, from which on they may as well be meant."""


@dataclass(frozen=True, slots=True)
class Listed:
    """The ``links`` of a list, and the share of them that is known (0..1)."""

    links: list[str]
    share: float


class Directory:
    """Of the fields of pages that hold lists of links. ``shown`` are example pages, opened: what they link to and no
    fact names is no link of any field."""

    def __init__(self, extractor: Extractor, facts: Mapping[str, Known], shown: Sequence[LabelledPage]) -> None:
        links = link_fields(extractor)
        several = {name for name, many in links.items() if many and _stand(shown, name)}
        items = [*(fact.item for fact in facts.values()), *(example.item for example in extractor.examples)]
        self._known = {name: {one for item in items for one in _addresses(item, name)} for name in links}
        linked = {address for page in shown for _, address in links_on(page)}
        followed = {address for known in self._known.values() for address in known}
        self._others = {name: (linked | followed) - known for name, known in self._known.items()}
        sizes = {name: [len(told) for page in shown if (told := _addresses(page.values, name))] for name in several}
        self.few = frozenset(name for name, some in sizes.items() if max(some) < SEVERAL)
        read = {example.url for example in extractor.examples}
        having = {name: {url for url, fact in facts.items() if _addresses(fact.item, name)} for name in self.few}
        self._seen = {name: linked | followed | read | having[name] for name in self.few}
        self.lists = frozenset(several - self.few)
        self._single = frozenset(name for name, many in links.items() if not many)
        self._least = {name: HALF * median(sizes[name]) for name in self.lists}
        self._like: dict[str, Callable[[str], bool]] = {}
        # Where pages show lists of each other's links, such as those of all tags, only what is known of a page tells.
        self._shared = {name for name in self.lists if self._finds(name, shown)}

    def listed(self, name: str, page: LabelledPage, own: Value | None = None) -> Listed | None:
        """A field's list on the page: known links, and new ones that are marked up and written like these; ``own`` are
        those known of the page itself. None where it can't be told which they are."""
        return self._listed(name, page, lists_on(page), own) if name in self.lists else None

    def _listed(self, name: str, page: LabelledPage, lists: Sequence[set[str]], own: Value | None) -> Listed | None:
        chosen = _of_its_own(lists, _texts(own))
        if not chosen and name in self._shared:
            chosen = self._of_any(name, lists)
        return self._completed(name, page, chosen)

    def own(self, name: str, page: LabelledPage, own: Value | None) -> Listed | None:
        """The same of a field that has ``few`` links on each page: those known of the page itself that it shows. Others
        like them that nobody has seen yet may be the field's as well."""
        here, known = dict.fromkeys(address for _, address in links_on(page)), _texts(own)
        links = [address for address in here if address in known]
        new = sum(one not in self._seen[name] and one not in known and self._is_like(name, one) for one in here)
        return Listed(links, len(links) / (len(links) + new)) if links else None

    def kinds(self, page: LabelledPage, item: Mapping[str, Value]) -> dict[str, list[set[str]]]:
        """By field the kinds of links that are known of a page and that it still shows."""
        told = {name: kinds_on(page, _addresses(item, name)) for name in self.few | self.lists | self._single}
        return {name: kinds for name, kinds in told.items() if kinds}

    def shown(self, page: LabelledPage, item: Mapping[str, Value]) -> dict[str, Value]:
        """What is known of a page, as far as it can be held against it: single links that it still has, and lists as it
        shows them today. One that can't be told is what it was, if nothing else on the page may be meant."""
        here = {address for _, address in links_on(page)}
        lists = lists_on(page)
        out: dict[str, Value] = {}
        for name in {**item, **dict.fromkeys(sorted(self.lists))}:
            value = item.get(name)
            found = self._listed(name, page, lists, value) if name in self.lists else None
            if found is not None:
                out[name] = found.links
            elif value is not None and name in self.lists:
                out |= {} if self._may_be_meant(name, lists) else {name: value}
            elif name in self.few:
                out |= {name: some} if (some := [one for one in scalars(value) if one in here]) else {}
            elif value is not None and (name not in self._single or value in here):
                out[name] = value
        return out

    def _may_be_meant(self, name: str, lists: Sequence[set[str]]) -> bool:
        """Whether one of the lists is as long as usual, and its links are written like the known ones."""
        least = max(SEVERAL, self._least[name])
        return any(sum(self._is_like(name, link) for link in one - self._others[name]) >= least for one in lists)

    def _is_like(self, name: str, address: str) -> bool:
        """Whether an address is written like the field's known ones."""
        if name not in self._like:
            self._like[name] = addresses_like(sorted(self._known[name]))
        return self._like[name](address)

    def _finds(self, name: str, shown: Iterable[LabelledPage]) -> bool:
        """Whether what is known of any page tells of all examples which links they have."""
        for page in shown:
            found = self._completed(name, page, self._of_any(name, lists_on(page)))
            told = _addresses(page.values, name)
            if set(found.links if found is not None else ()) != told and len(told) >= max(SEVERAL, self._least[name]):
                return False
        return True

    def _of_any(self, name: str, lists: Sequence[set[str]]) -> list[set[str]]:
        """The list with most known links, if no other may as well be meant, and it is no box of a few."""
        known = self._known[name]
        best = max(lists, key=lambda one: len(one & known), default=set())
        others = (len(one & known) for one in lists if not one <= best)
        clear = max(others, default=0) < HALF * len(best & known) and len(best) >= self._least[name]
        return [best] if clear and len(best & known) >= SEVERAL else []

    def _completed(self, name: str, page: LabelledPage, chosen: Sequence[set[str]]) -> Listed | None:
        """All links of these lists that are the field's, in their order, if half of them are known."""
        known, here = self._known[name], set[str]().union(*chosen)
        is_like = addresses_like(sorted(here & known))
        links = dict.fromkeys(
            address
            for _, address in links_on(page)
            if address in here and address not in self._others[name] and (address in known or is_like(address))
        )
        share = len(known.intersection(links)) / max(1, len(links))
        return Listed(list(links), share) if share >= HALF else None


def link_fields(extractor: Extractor) -> dict[str, bool]:
    """The fields of pages of one thing that are links, and whether they have many."""
    entries = {} if extractor.is_list else extractor.program.fields
    return {name: entry.many for name, entry in entries.items() if entry.profile.kind == "link"}


def _of_its_own(lists: Sequence[set[str]], own: set[str]) -> list[set[str]]:
    """The lists that hold the links known of the page: such of which most are, and that say more than those before."""
    chosen: list[set[str]] = []
    left = set(own)
    for one in sorted(lists, key=lambda one: -len(one & own)):
        if len(one & left) >= max(1, HALF * len(one)):
            chosen.append(one)
            left -= one
    return chosen if len(own - left) >= min(SEVERAL, len(own)) else []


def _addresses(item: Mapping[str, Value] | None, name: str) -> set[str]:
    return _texts((item or {}).get(name))


def _texts(value: Value | None) -> set[str]:
    return {one for one in scalars(value) if isinstance(one, str)}


def _stand(shown: Sequence[LabelledPage], name: str) -> bool:
    """Whether the values of the examples are links that their pages show, not pictures or texts."""
    told = [(address, page) for page in shown for address in _addresses(page.values, name)]
    linked = {page: {address for _, address in links_on(page)} for page in shown}
    return bool(told) and all(address in linked[page] for address, page in told)
