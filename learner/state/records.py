"""What the store takes and gives: frozen records, no behaviour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

Item = Mapping[str, Any]

# Outcomes of an extraction. Any other outcome is the reason a page was set aside (empty, login, ...).
COMPLETE = "complete"
PARTIAL = "partial"
FAILED = "failed"
REPAIRED = "repaired"


VISITS: Final = 5
"""Visits after which a page is taken at its word: what it gave on none of so many is no longer known of it."""
GONE: Final = "gone"
"""Event: a person said that fields are gone from the site for good."""
SEEN_AGAIN: Final = "seen_again"
"""Event: a crawl found such fields all the same."""
EVIDENCE: Final = "evidence"
"""In place of a crawl's name: the page was fetched only to learn from it, and a repair of it is nobody's item."""


@dataclass(frozen=True, slots=True)
class NewPage:
    """A page as it was received; ``body`` is kept byte for byte.

    ``asked_url`` is the address that was asked for, where the site says that it has moved to ``url`` for good;
    ``crawl`` the name of the crawl that fetched it, empty where none will take repaired items.
    """

    site: str
    template: str
    url: str
    body: bytes
    content_type: str
    status: int
    fetched_at: datetime
    asked_url: str = ""
    crawl: str = ""


@dataclass(frozen=True, slots=True)
class StoredPage:
    id: int
    site: str
    template: str
    url: str
    fetched_at: datetime
    html: bytes


@dataclass(frozen=True, slots=True)
class NewExample:
    """Field values for a stored page; ``source`` is person, spider (hand-written selectors), known or network;
    ``places`` as in ``learner.Example``."""

    page_id: int
    item: Item | None = None
    items: Sequence[Item] | None = None
    source: str = "spider"
    places: Mapping[str, Sequence[str]] | None = None


@dataclass(frozen=True, slots=True)
class NewExtraction:
    """What was extracted from a stored page; ``version_id`` is None when the teacher answered."""

    page_id: int
    version_id: int | None
    item: Item
    items: Sequence[Item] = ()
    confidence: Mapping[str, float] = field(default_factory=dict)
    outcome: str = COMPLETE


@dataclass(frozen=True, slots=True)
class StoredExtraction:
    """The newest extraction of a page."""

    page_id: int
    version_id: int | None
    item: dict[str, Any]
    items: list[dict[str, Any]]
    outcome: str


@dataclass(frozen=True, slots=True)
class PageAnswer:
    """What the version ``version`` (a number) answered on a page, in the crawl or when it was extracted again."""

    url: str
    fetched_at: datetime
    version: int
    item: dict[str, Any]
    items: list[dict[str, Any]]
    confidence: dict[str, float]
    outcome: str


@dataclass(frozen=True, slots=True)
class Repair:
    """A page that failed, extracted again by the version of this id: what ``Store.repairs.add`` takes."""

    page_id: int
    version_id: int
    item: Item
    items: Sequence[Item] = ()
    confidence: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RepairedItem:
    """An item that had failed in a crawl, the ``crawl`` of this name, and was extracted again from the archive.

    ``superseded``: a newer page of the same URL was answered. The item is not to be exported, only acknowledged.
    ``outdated``: the crawl that takes it has fetched a newer page itself, of which nothing is known as yet.
    """

    id: int
    site: str
    template: str
    url: str
    item: dict[str, Any]
    items: list[dict[str, Any]]
    confidence: dict[str, float]
    version: int
    fetched_at: datetime
    crawl: str = ""
    superseded: bool = False
    outdated: bool = False


@dataclass(frozen=True, slots=True)
class Scraped:
    """What was scraped from one page, at last: ``version`` is a number, None where the spider's selectors answered."""

    page_id: int
    template: str
    url: str
    fetched_at: datetime
    version: int | None
    item: dict[str, Any]
    items: list[dict[str, Any]]
    confidence: dict[str, float]


@dataclass(frozen=True, slots=True)
class PendingDrift:
    """Drift raised and not yet healed, of the ``versions`` (ids) that were live; ``since`` is when its first page was
    fetched, where that is known."""

    id: int
    site: str
    template: str
    versions: tuple[int, ...]
    raised_at: datetime
    since: datetime | None
    detail: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Event:
    id: int
    site: str
    template: str
    kind: str
    detail: dict[str, Any]
    at: datetime
