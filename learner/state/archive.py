"""Pages in WARC files: one gzip member per record, read back by file, offset and length.

A process appends to files of its own, so no two ever write to one. A batch reaches the operating system
before ``append`` returns; a kill can only leave a torn tail behind that no offset points to.
"""

from __future__ import annotations

import os
import threading
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from learner.errors import StateError
from learner.names import folder_name
from learner.state.records import NewPage

ARCHIVE = "archive"
FILE_BYTES = 100_000_000
_GZIP = 31  # zlib's wbits for a gzip member
_LEVEL = 6  # 9 is what warcio would take: a third slower for one per cent


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record lies: a file relative to the archive's folder, offset and length in bytes."""

    file: str
    offset: int
    length: int


class Archive:
    """All WARC files below one folder. Safe to use from several threads and processes."""

    def __init__(self, folder: Path, *, file_bytes: int = FILE_BYTES) -> None:
        self._folder = folder
        self._file_bytes = file_bytes
        self._open: dict[str, _File] = {}
        self._lock = threading.Lock()

    def append(self, pages: Iterable[NewPage]) -> list[Place]:
        """Write the pages, flushed to the operating system, and say where they lie, in order.

        Raises StateError when the disk doesn't take them.
        """
        with self._lock:
            batches: dict[str, list[tuple[int, bytes]]] = {}
            for position, page in enumerate(pages):
                batches.setdefault(page.site, []).append((position, _compress(_record(page))))
            places: dict[int, Place] = {}
            for site, batch in batches.items():
                places.update(self._append(site, batch))
        return [places[position] for position in range(len(places))]

    def read(self, place: Place) -> bytes:
        """The body of one record, byte for byte. Raises StateError when the record isn't there any more."""
        path = (self._folder / place.file).resolve()
        if not path.is_relative_to(self._folder.resolve()):
            raise StateError(
                f"A page is said to lie outside of the archive: {place.file}.", hint="restore the database"
            )
        try:
            with path.open("rb") as file:
                file.seek(place.offset)
                member = file.read(place.length)
            # Unlike warcio's own reader, this one refuses a torn or damaged record.
            for record in ArchiveIterator(BytesIO(zlib.decompress(member, _GZIP))):
                body: bytes = record.raw_stream.read()
                return body
        except (OSError, ArchiveLoadFailed, zlib.error) as error:
            raise _lost(place, error) from error
        raise _lost(place, "no record")

    def close(self) -> None:
        with self._lock:
            for file in self._open.values():
                file.stream.close()
            self._open.clear()

    def _append(self, site: str, batch: list[tuple[int, bytes]]) -> dict[int, Place]:
        try:
            file = self._file(site)
            offset = file.size
            places = {}
            for position, member in batch:
                places[position] = Place(file.name, offset, len(member))
                offset += len(member)
            file.stream.write(b"".join(member for _, member in batch))
            file.stream.flush()
            file.size = offset
        except OSError as error:
            self._forget(site)
            raise StateError(
                f"The archive {self._folder / folder_name(site)} can't be written: {error.strerror or error}.",
                kept="every page archived before",
                hint="make room or make the folder writable, then run again",
            ) from error
        return places

    def _forget(self, site: str) -> None:
        # What a failed write left at the end has no known size: the next batch starts a new file.
        file = self._open.pop(site, None)
        if file is not None:
            try:
                file.stream.close()
            except OSError:
                return

    def _file(self, site: str) -> _File:
        file = self._open.get(site)
        # After a fork the parent's file would be shared: the child starts one of its own.
        if file is not None and (file.process != os.getpid() or file.size >= self._file_bytes):
            del self._open[site]
            file.stream.close()
            file = None
        if file is None:
            file = self._open[site] = _File.create(self._folder, site)
        return file


@dataclass(slots=True)
class _File:
    name: str
    stream: BinaryIO
    size: int
    process: int

    @classmethod
    def create(cls, folder: Path, site: str) -> _File:
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
        name = f"{folder_name(site)}/{stamp}-{os.getpid()}-{os.urandom(3).hex()}.warc.gz"
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        stream = path.open("xb")
        info = _compress(_info(path.name))
        stream.write(info)
        return cls(name, stream, len(info), os.getpid())


def _info(name: str) -> bytes:
    buffer = BytesIO()
    writer = WARCWriter(buffer, gzip=False)
    writer.write_record(writer.create_warcinfo_record(name, {"software": "evergreen-crawler", "format": "WARC/1.0"}))
    return buffer.getvalue()


def _record(page: NewPage) -> bytes:
    buffer = BytesIO()
    writer = WARCWriter(buffer, gzip=False)
    url, content_type = _header(page.url), _header(page.content_type)
    moment = page.fetched_at.replace(tzinfo=UTC) if page.fetched_at.tzinfo is None else page.fetched_at
    http = None
    if url.startswith(("http://", "https://")):
        headers = [("Content-Type", content_type), ("Content-Length", str(len(page.body)))]
        http = StatusAndHeaders(f"{int(page.status)} -", headers, protocol="HTTP/1.1")
    record = writer.create_warc_record(
        url,
        # Readers look for HTTP headers in the responses of http(s) URLs only.
        "response" if http else "resource",
        payload=BytesIO(page.body),
        length=len(page.body),
        warc_content_type="" if http else content_type or "text/html",
        http_headers=http,
        warc_headers_dict={"WARC-Date": moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")},
    )
    writer.write_record(record)
    return buffer.getvalue()


def _compress(data: bytes) -> bytes:
    compressor = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP)
    return compressor.compress(data) + compressor.flush()


def _header(value: str) -> str:
    """A value that can't begin a header of its own: the URL and the type come from the other side."""
    return "".join(
        c if " " < c < "\x7f" or c == " " else "".join(f"%{b:02X}" for b in c.encode("utf-8", "surrogatepass"))
        for c in value
    )


def _lost(place: Place, why: object) -> StateError:
    return StateError(
        f"The archived page at {place.file}, byte {place.offset}, can't be read: {why}.",
        kept="all other pages",
        hint="put the file back, or go on without the page",
    )
