"""Pages that gave values before and can't be used in this crawl: they answer with an error, or show something else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Final

_NAMED: Final = 10


@dataclass(frozen=True, slots=True)
class _Page:
    """One page of a ``kind`` (a template, or a callback), and ``why`` it can't be used: a status, if it is an
    ``error``, or what it is instead; the ``addresses`` under which it may be known."""

    kind: str
    why: str
    error: bool
    addresses: frozenset[str]


class Unusable:
    """Of one crawl. Of each page counts what was noted last."""

    def __init__(self) -> None:
        self._pages: dict[str, _Page] = {}

    def error(self, kind: str, url: str, status: int, addresses: Iterable[str] = ()) -> None:
        """A page answered with an error; ``addresses`` have led there."""
        self._pages[url] = _Page(kind, str(status), True, frozenset((url, *addresses)))

    def refused(self, kind: str, url: str, reason: str) -> None:
        """A page is none of its kind."""
        self._pages[url] = _Page(kind, reason, False, frozenset((url,)))

    def missed(self, knew: Callable[[Collection[str]], Collection[str]]) -> Missed:
        """Those of them which somebody ``knew``: of the others nothing is lost."""
        known = knew({address for page in self._pages.values() for address in page.addresses}) if self._pages else ()
        return Missed({url: page for url, page in self._pages.items() if not page.addresses.isdisjoint(known)})


class Missed:
    """Pages that gave values before, and can't be used."""

    def __init__(self, pages: dict[str, _Page]) -> None:
        self._pages = pages

    def statistics(self, of: Callable[[str], int]) -> dict[str, int]:
        """``errors/STATUS`` and ``unusable/KIND`` pages, and of how many, ``unusable_of/KIND``; ``of`` tells how many
        of a kind came."""
        errors = [page for page in self._pages.values() if page.error]
        kinds, failed = Counter(page.kind for page in self._pages.values()), Counter(page.kind for page in errors)
        counts = {f"errors/{status}": count for status, count in Counter(page.why for page in errors).items()}
        for kind, count in kinds.items():
            counts |= {f"unusable/{kind}": count, f"unusable_of/{kind}": of(kind) + failed[kind]}
        return counts

    def __str__(self) -> str:
        """The pages with the reasons, as far as there is room; empty if there are none."""
        told = [f"{url} ({page.why})" for url, page in self._pages.items()]
        more = f" and {len(told) - _NAMED} more" if len(told) > _NAMED else ""
        return ", ".join(told[:_NAMED]) + more

    def __len__(self) -> int:
        return len(self._pages)
