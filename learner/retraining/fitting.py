"""Which of several extractors fits a page. One of them answers it: values of two are never mixed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Generic, Protocol, TypeVar

from learner.extractor import Extraction

T = TypeVar("T")


class Reads(Protocol):
    """An extractor, as far as it is asked."""

    @property
    def fields(self) -> Mapping[str, Any]: ...

    def read(self, html: bytes | str, url: str) -> Extraction: ...


def fit(extraction: Extraction) -> tuple[bool, float, int, float]:
    """How well an extractor fits the page that it read, to be compared with others: whether all is there that pages
    always have, the share of its fields that it vouches for (0..1), the number of records, and the fields' mean
    confidence (0..1)."""
    known = len(extraction.confidence)
    asked = known + len(extraction.abstained)
    if not known or extraction.reason:
        return False, 0.0, 0, 0.0
    size = len(extraction.items)
    return not extraction.failed, known / asked, size, sum(extraction.confidence.values()) / known


class Best(Generic[T]):
    """The best of the answers that it was shown; of equal ones the first."""

    def __init__(self) -> None:
        self.found: tuple[T, Extraction] | None = None

    def enough(self, who: T, extraction: Extraction) -> bool:
        """Take note of an answer; whether no other can be better: nothing is left out, or the page can't be read. Where
        one finds a single record of a list, another may find all."""
        if self.found is None or fit(extraction) > fit(self.found[1]):
            self.found = who, extraction
        return bool(extraction.reason) or (not extraction.abstained and len(extraction.items) != 1)


class Several(Generic[T]):
    """Extractors with a name for each, asked in their order until one answers in full."""

    def __init__(self, extractors: Iterable[tuple[T, Reads]]) -> None:
        self._extractors: Sequence[tuple[T, Reads]] = tuple(extractors)

    @property
    def fields(self) -> Mapping[str, Any]:
        """What is known of each field; the first that has it knows best."""
        return {name: one for _, each in reversed(self._extractors) for name, one in each.fields.items()}

    def answer(self, html: bytes | str, url: str) -> tuple[T, Extraction]:
        """The one that fits the page best, and what it says."""
        best = Best[T]()
        for who, extractor in self._extractors:
            if best.enough(who, extractor.read(html, url)):
                break
        assert best.found is not None
        return best.found

    def read(self, html: bytes | str, url: str) -> Extraction:
        """What the one says that fits the page best."""
        return self.answer(html, url)[1]
