"""What items of a crawl have, and what they lack though pages of their template always have it, with the reasons."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final

from learner.extractor import DOUBTFUL, GONE, WRONG, Extraction

_SAYS: Final = "="
_NOT_FOUND: Final = "not found"
_BELIEVED: Final = "not there, says the spider"
_UNSURE: Final = frozenset((_NOT_FOUND, _BELIEVED))
"""Reasons for which a page may rightly be without: nothing was found there that could be a value."""
_TELLING: Final = 3
"""Fields of which a page may lack most, from which on its design is another one."""
_WORDS: Final = MappingProxyType({DOUBTFUL: "not sure enough", WRONG: "contradicted", GONE: "known to have drifted"})


class Withheld:
    """Of one crawl. Of each page counts what was noted last. ``links`` are fields that hold links: whether those that a
    page lacks are lost is asked elsewhere (see ``crawler.reading.losses``)."""

    def __init__(self) -> None:
        self.links: frozenset[str] = frozenset()
        self._pages: dict[tuple[str, str], Mapping[str, str]] = {}
        self._had: dict[str, dict[int, frozenset[str]]] = {}
        self._sets: dict[frozenset[str], frozenset[str]] = {}
        self._beside: dict[str, dict[int, str]] = {}
        self._records: dict[str, dict[int, tuple[int, Mapping[str, int]]]] = {}

    def note(
        self, template: str, url: str, lacking: Iterable[str], extraction: Extraction, having: Iterable[str] = ()
    ) -> None:
        """The items of a page lack these fields, of which learned code says this; some of them have what is in
        ``having``."""
        self._pages.pop((template, url), None)
        if why := {name: _why(name, extraction) for name in lacking}:
            self._pages[template, url] = why
        told = frozenset(said for record in extraction.records for said in sayings(record))
        self._has(template, url, frozenset(having) | told)

    def tally(self, template: str, url: str, items: Iterable[Collection[str]], fields: Collection[str]) -> None:
        """The page is a list, and its ``items`` have these of the ``fields``. Of items that come in parts it is counted
        how many came at most; what they lack is what was last said of them."""
        pages, lacking, count = self._records.setdefault(template, {}), Counter[str](), 0
        for having in items:
            count += 1
            lacking.update(name for name in fields if name not in having and name not in self.links)
        most, _ = pages.get(hash(url), (0, {}))
        pages[hash(url)] = max(most, count), dict(lacking)

    def beside(self, template: str, url: str) -> None:
        """The page is of another design than those that the spider reads."""
        self._beside.setdefault(template, {})[hash(url)] = url

    def waits(self, template: str, url: str) -> None:
        """The page's items wait for a repair: what they have is not known yet."""
        self._had.get(template, {}).pop(hash(url), None)

    def forget(self, template: str, url: str) -> None:
        """No item is given of the page, which may have none."""
        self.waits(template, url)
        self._pages.pop((template, url), None)
        self._records.get(template, {}).pop(hash(url), None)

    def believed(self, template: str, url: str, names: Iterable[str]) -> None:
        """The page has no values of these fields, says the spider, which finds them elsewhere."""
        why = self._pages.get((template, url), {})
        if there := [name for name in names if name in why]:
            self._pages[template, url] = {**why, **dict.fromkeys(there, _BELIEVED)}

    def repaired(self, template: str, url: str, found: Iterable[str], lost: Iterable[str] = ()) -> None:
        """Its items have these fields now, and no longer what is ``lost``. What was said of the others was said by code
        that was not made for it."""
        found, lost = frozenset(found), frozenset(lost)
        self._has(template, url, found | (self._had.get(template, {}).get(hash(url), frozenset()) - lost))
        why = self._pages.pop((template, url), {})
        left = {n: one if one in _UNSURE else _NOT_FOUND for n, one in why.items() if n not in found}
        if left := left | dict.fromkeys(sorted(lost), _WORDS[DOUBTFUL]):
            self._pages[template, url] = left

    def pages(self, template: str) -> int:
        """How many pages of the template were noted."""
        return len(self._had.get(template, {}))

    def had(self, template: str) -> Counter[str]:
        """On how many of them items have each field, and of yes and no on how many they say each (see ``sayings``)."""
        return Counter(name for names in self._had.get(template, {}).values() for name in names)

    def records(self, template: str) -> tuple[int, Counter[str]]:
        """How many items came of the lists of the template, and how many of them lack each field."""
        pages, lacking = self._records.get(template, {}).values(), Counter[str]()
        for _, without in pages:
            lacking.update(without)
        return sum(count for count, _ in pages), lacking

    def of_designs(self, template: str) -> tuple[list[frozenset[str]], dict[str, frozenset[str]]]:
        """The fields that items of each page have: of pages that the spider reads, and by URL of those of another
        design."""
        had, beside = self._had.get(template, {}), self._beside.get(template, {})
        own = [names for number, names in had.items() if number not in beside]
        return own, {url: had[number] for number, url in beside.items() if number in had}

    def had_by(self, template: str, url: str) -> Collection[str] | None:
        """The fields that the page's items have; None where that is not known."""
        return self._had.get(template, {}).get(hash(url))

    def lacking(self, template: str) -> dict[str, tuple[int, int]]:
        """On how many pages of the template items lack each field that all should have; and on how many of these
        something was found, and not given."""
        counts, found = Counter[str](), Counter[str]()
        for (of, _), why in self._pages.items():
            if of == template:
                counts.update(why.keys() - self.links)
                found.update(name for name, reason in why.items() if reason not in _UNSURE)
        return {name: (count, found[name]) for name, count in counts.items()}

    def bare(self, template: str, names: Collection[str]) -> Counter[str]:
        """On how many of the pages whose items lack more than half of these fields they lack each. Of one or two fields
        nothing is told."""
        due = frozenset(names) - self.links
        bare = (why.keys() & due for (of, _), why in self._pages.items() if of == template and len(due) >= _TELLING)
        return Counter(name for lacking in bare if 2 * len(lacking) > len(due) for name in lacking)

    def without(self, template: str, name: str) -> list[str]:
        """The pages of the template whose items lack a field, and where nothing was found that could be its value."""
        return [url for (of, url), why in self._pages.items() if of == template and why.get(name) in _UNSURE]

    def newest(self, template: str, names: Collection[str]) -> str:
        """The newest page of the template whose items lack one of the fields; empty if there is none."""
        urls = (url for (of, url), why in reversed(self._pages.items()) if of == template and why.keys() & set(names))
        return next(urls, "")

    def statistics(self) -> dict[str, int]:
        """``withheld/TEMPLATE/FIELD``: the pages whose items lack it."""
        names = ((template, name) for (template, _), why in self._pages.items() for name in why)
        return {f"withheld/{template}/{name}": count for (template, name), count in Counter(names).items()}

    def sentences(self) -> dict[str, tuple[str, str]]:
        """By template, what its items lack, on how many pages and why; and the newest of these pages."""
        counts: dict[str, dict[str, Counter[str]]] = {}
        newest = {}
        for (template, url), why in self._pages.items():
            newest[template] = url
            for name, reason in why.items():
                counts.setdefault(template, {}).setdefault(name, Counter())[reason] += 1
        return {
            template: (
                ", ".join(
                    f"{name} on {reasons.total()} page{'s' * (reasons.total() > 1)} ({_each(reasons)})"
                    for name, reasons in sorted(fields.items())
                ),
                newest[template],
            )
            for template, fields in counts.items()
        }

    def _has(self, template: str, url: str, names: frozenset[str]) -> None:
        own = names - self.links
        self._had.setdefault(template, {})[hash(url)] = self._sets.setdefault(own, own)


def sayings(record: Mapping[str, Any]) -> list[str]:
    """What a record says of each field that is yes or no: ``sold=True``."""
    return [f"{name}{_SAYS}{value}" for name, value in record.items() if isinstance(value, bool)]


def may_say(name: str) -> tuple[str, str]:
    """What a record may say of such a field."""
    return f"{name}{_SAYS}True", f"{name}{_SAYS}False"


def field_of(saying: str) -> str:
    """The field that a saying is of; that of a field's name is itself."""
    return saying.partition(_SAYS)[0]


def _why(name: str, extraction: Extraction) -> str:
    # What is vouched for and is left out all the same was not sure enough to speak in the spider's place.
    why = DOUBTFUL if name in extraction.confidence else extraction.abstained.get(name, "")
    return _WORDS.get(why, _NOT_FOUND)


def _each(reasons: Counter[str]) -> str:
    if len(reasons) == 1:
        return next(iter(reasons))
    return ", ".join(f"{reason} {count}" for reason, count in reasons.most_common())
