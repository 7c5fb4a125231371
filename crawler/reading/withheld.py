"""What items of a crawl lack though pages of their template always have it, by the reasons why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from learner.extractor import DOUBTFUL, GONE, WRONG, Extraction

_NOT_FOUND: Final = "not found"
_WORDS: Final = MappingProxyType({DOUBTFUL: "not sure enough", WRONG: "contradicted", GONE: "known to have drifted"})


class Withheld:
    """Of one crawl. Of each page counts what was noted last."""

    def __init__(self) -> None:
        self._pages: dict[tuple[str, str], Mapping[str, str]] = {}

    def note(self, template: str, url: str, lacking: Iterable[str], extraction: Extraction) -> None:
        """The items of a page lack these fields, of which learned code says this."""
        self._pages.pop((template, url), None)
        if why := {name: _why(name, extraction) for name in lacking}:
            self._pages[template, url] = why

    def repaired(self, template: str, url: str, found: Iterable[str]) -> None:
        """Its items have these fields now."""
        why = self._pages.pop((template, url), {})
        if left := {name: reason for name, reason in why.items() if name not in set(found)}:
            self._pages[template, url] = left

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


def _why(name: str, extraction: Extraction) -> str:
    # What is vouched for and is left out all the same was not sure enough to speak in the spider's place.
    why = DOUBTFUL if name in extraction.confidence else extraction.abstained.get(name, "")
    return _WORDS.get(why, _NOT_FOUND)


def _each(reasons: Counter[str]) -> str:
    if len(reasons) == 1:
        return next(iter(reasons))
    return ", ".join(f"{reason} {count}" for reason, count in reasons.most_common())
