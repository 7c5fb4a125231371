"""Feed files on disk: a good export is replaced by a whole one or not at all.

Scrapy writes into the final file while it crawls, so that a killed crawl leaves half a file where a good one was.
Here items go to a part file beside the target; at the end of the crawl it takes the target's place by one rename.
"""

from __future__ import annotations

import contextlib
import errno
import glob
import logging
import os
import re
import secrets
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from scrapy import Spider
from scrapy.crawler import Crawler
from scrapy.settings import BaseSettings
from scrapy.utils.misc import load_object
from w3lib.url import file_uri_to_path

from crawler.names import safe_name
from learner.errors import EvergreenError

try:
    import fcntl
except ImportError:  # pragma: no cover - only where flock does not exist
    fcntl = None  # type: ignore[assignment]

logger = logging.getLogger(__name__)
_YOUNG = 10.0  # seconds


class WholeFileStorage:
    """Feed storage for paths and ``file:`` URIs. Same options as Scrapy's own FileFeedStorage."""

    def __init__(self, uri: str, *, feed_options: dict[str, Any] | None = None, crawler: Crawler | None = None) -> None:
        self.path = Path(file_uri_to_path(uri) if uri.startswith("file:") else uri)
        self.overwrite = bool((feed_options or {}).get("overwrite", False))
        self._crawler = crawler
        self._failure: OSError | None = None

    @classmethod
    def from_crawler(
        cls, crawler: Crawler, uri: str, *, feed_options: dict[str, Any] | None = None
    ) -> WholeFileStorage:
        return cls(uri, feed_options=feed_options, crawler=crawler)

    def open(self, spider: Spider) -> IO[bytes]:
        """The file to write to. Where there can be none, items go nowhere, and ``store`` raises: Scrapy counts what is
        raised there, and nothing that is raised here, where it would take the items from other feeds as well."""
        try:
            return self.begin()
        except OSError as error:
            self._failure = error
            logger.error("%s can't be written, and is without items: %s", self.path, error)
            return open(os.devnull, "wb")

    def begin(self) -> IO[bytes]:
        """The part file to write to; the target itself where it is a pipe or a device. Raises OSError."""
        target = self._target()
        target.parent.mkdir(parents=True, exist_ok=True)
        if _is_special(target):
            return target.open("wb" if self.overwrite else "ab")
        _sweep(target)
        part = target.with_name(f".{target.name}.{os.getpid()}.{secrets.token_hex(4)}.part")
        file = part.open("xb")
        _lock(file, wait=False)
        return file

    def store(self, file: IO[bytes]) -> None:
        """Put the written part in the target's place. An export of no items leaves a target with content alone.

        Raises OSError when the disk refuses, or refused the part; the target is then as it was.
        """
        if self._failure is not None:
            file.close()
            raise self._failure
        target = self._target()
        if _is_special(target):
            file.close()
            return
        part = Path(file.name)
        try:
            if self._exported_nothing() and target.exists() and target.stat().st_size:
                logger.warning("No item was exported: %s stays as it was.", target)
                return
            file.flush()
            os.fsync(file.fileno())
            if self.overwrite or not target.exists():
                _keep_mode(target, part)
                os.replace(part, target)
            else:
                _append(target, part)
        finally:
            file.close()
            part.unlink(missing_ok=True)

    def _target(self) -> Path:
        # A link stays a link: the file that it points to is replaced. A pipe behind a link has no name.
        return self.path if _is_special(self.path) else self.path.resolve()

    def _exported_nothing(self) -> bool:
        return self._crawler is not None and not self._crawler.stats.get_value("item_scraped_count", 0)


def check_feeds(settings: BaseSettings) -> None:
    """Raises EvergreenError for the first feed on disk that can't be written, as far as placeholders let it be known.
    Files that the project stores otherwise are its own matter."""
    others = settings.getdict("FEED_STORAGES")
    for uri in map(str, settings.getdict("FEEDS")):
        scheme = urlsplit(uri).scheme
        if scheme not in ("", "file") or load_object(others.get(scheme) or WholeFileStorage) is not WholeFileStorage:
            continue
        try:
            _try(WholeFileStorage(re.sub(r"%\(.*", "part", uri)).path)
        except OSError as error:
            raise EvergreenError(
                f"The items can't be written to {uri}: {error.strerror or error}.",
                hint="name another file, or let its folder be written",
            ) from error


def uri_params(params: dict[str, Any], spider: Spider) -> dict[str, Any]:
    """Placeholders of feed URIs (``%(name)s``...) as safe path components: a spider named ``../../x`` stays inside."""
    return {key: safe_name(value) if isinstance(value, str) else value for key, value in params.items()}


@contextlib.contextmanager
def whole_file(path: Path, *, append: bool) -> Iterator[IO[bytes]]:
    """A file to write to, which takes its place at ``path`` by one rename at the end of the block: after what is there
    (``append``) or instead of it. If the block raises, ``path`` stays as it was. Raises OSError."""
    storage = WholeFileStorage(str(path), feed_options={"overwrite": not append})
    file = storage.begin()
    try:
        yield file
    except BaseException:
        with contextlib.suppress(OSError):
            file.close()
        if Path(file.name).suffix == ".part":
            Path(file.name).unlink(missing_ok=True)
        raise
    storage.store(file)


def write_whole(path: Path, lines: Iterator[bytes] | list[bytes], *, append: bool) -> None:
    """Write ``lines`` as a ``whole_file``. Raises OSError."""
    with whole_file(path, append=append) as file:
        file.writelines(lines)


def _try(path: Path) -> None:
    """Make a file where the part of a feed would go, and remove it. Raises OSError."""
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not _is_special(path):
        there = next(folder for folder in path.resolve().parents if folder.exists())
        with tempfile.TemporaryFile(dir=there):
            pass


def _is_special(path: Path) -> bool:
    try:
        return not stat.S_ISREG(path.stat().st_mode)
    except OSError:
        return False


def _lock(file: IO[bytes], *, wait: bool) -> bool:
    if fcntl is None:
        return wait
    try:
        fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _sweep(target: Path) -> None:
    """Remove part files of crawls that were killed: their lock is free, as a living crawl's is not."""
    for part in target.parent.glob(f".{glob.escape(target.name)}.*.part"):
        with contextlib.suppress(OSError), part.open("rb") as file:
            # A part that is this young may have been made a moment ago, and not be locked yet.
            if time.time() - os.fstat(file.fileno()).st_mtime > _YOUNG and _lock(file, wait=False):
                part.unlink()


def _keep_mode(target: Path, part: Path) -> None:
    with contextlib.suppress(OSError):
        os.chmod(part, stat.S_IMODE(target.stat().st_mode))


def _append(target: Path, part: Path) -> None:
    """Target plus part, copied together and renamed; two crawls that append at once take turns."""
    while True:
        with target.open("rb") as old:
            _lock(old, wait=True)
            if os.fstat(old.fileno()).st_ino != target.stat().st_ino:
                continue  # another crawl replaced it while we waited
            whole = part.with_name(part.name + ".whole.part")
            try:
                with whole.open("xb") as out, part.open("rb") as new:
                    _lock(out, wait=False)
                    shutil.copyfileobj(old, out)
                    shutil.copyfileobj(new, out)
                    out.flush()
                    os.fsync(out.fileno())
                _keep_mode(target, whole)
                os.replace(whole, target)
            finally:
                whole.unlink(missing_ok=True)
            return
