"""Pages that somebody else recorded, in WARC files."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed

from crawler.addresses import is_http
from learner.errors import InvalidExample
from learner.pages.page import decode

MAX_BYTES: Final = 6_000_000
_HTML: Final = ("text/html", "application/xhtml+xml")


@dataclass(frozen=True, slots=True)
class RecordedPage:
    """A page with the address and the time that its record tells."""

    url: str
    html: bytes
    fetched_at: datetime


@dataclass
class Recording:
    """WARC files, read one record at a time. ``skipped`` counts, while it is read, what was no page, by reason."""

    paths: Sequence[Path]
    skipped: Counter[str] = field(default_factory=Counter)

    def pages(self) -> Iterator[RecordedPage]:
        """The HTML pages that were answered with 200, in the order of the files. Raises InvalidExample."""
        for path in self.paths:
            try:
                with path.open("rb") as file:
                    yield from self._pages(file)
            except (ArchiveLoadFailed, zlib.error, EOFError) as error:
                raise InvalidExample(f"{path} is no WARC file, or damaged: {error}") from error
            except OSError as error:
                raise InvalidExample(f"{path} can't be read: {error.strerror or error}") from error

    def _pages(self, file: Any) -> Iterator[RecordedPage]:
        for record in ArchiveIterator(file):
            if record.rec_type not in ("response", "resource"):
                continue
            url = record.rec_headers.get_header("WARC-Target-URI") or ""
            reason = _no_page(record, url)
            body = b"" if reason else record.content_stream().read(MAX_BYTES + 1)
            if not reason and not 0 < len(body) <= MAX_BYTES:
                reason = "too large" if body else "empty"
            if reason:
                self.skipped[reason] += 1
                continue
            yield RecordedPage(url.strip("<>"), _in_utf8(body, _kind(record)), _moment(record))


def _no_page(record: Any, url: str) -> str:
    if not is_http(url.strip("<>")):
        return "no http(s) address"
    if record.rec_type == "response" and record.http_headers is None:
        return "no HTTP"
    if record.http_headers is not None and record.http_headers.get_statuscode() != "200":
        return f"status {record.http_headers.get_statuscode()[:3]}"
    kind = _kind(record).split(";")[0].strip().lower()
    return "" if not kind or kind in _HTML else "not HTML"


def _kind(record: Any) -> str:
    headers = record.http_headers if record.http_headers is not None else record.rec_headers
    return headers.get_header("Content-Type") or ""


def _in_utf8(body: bytes, kind: str) -> bytes:
    """The body as it is, or in UTF-8 where only the HTTP header told another encoding."""
    _, mark, charset = kind.lower().partition("charset=")
    charset = charset.split(";")[0].strip("\"' ")
    if not mark or charset in ("utf-8", "utf8", ""):
        return body
    try:
        return body.decode(charset, "replace").encode()
    except LookupError:
        return decode(body).encode()


def _moment(record: Any) -> datetime:
    text = record.rec_headers.get_header("WARC-Date") or ""
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return datetime.now(UTC)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
