"""Extractor versions: immutable folders. A folder appears under its name complete, or not at all."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from learner.errors import StateError, StateTooNew
from learner.state.lease import identity, is_dead

if TYPE_CHECKING:
    from learner.extractor import Extractor

VERSIONS = "versions"
_DRAFT = ".draft-"

CANDIDATE = "candidate"
LIVE = "live"
RETIRED = "retired"
QUARANTINED = "quarantined"


class Saves(Protocol):
    """What can be kept as a version."""

    def save(self, folder: Path) -> None: ...


@dataclass(frozen=True, slots=True)
class Version:
    """One learned extractor of a template. ``number`` counts per template from 1; ``parent`` is a version's id."""

    id: int
    site: str
    template: str
    number: int
    parent: int | None
    state: str
    folder: Path
    metrics: dict[str, Any]
    note: str
    seed: int
    created_at: datetime

    def load(self) -> Extractor:
        """The extractor. Raises StateError when its folder was damaged or taken away."""
        from learner.extractor import load

        try:
            return load(self.folder)
        except StateTooNew:
            raise
        except StateError as error:
            raise StateError(
                f"Version {self.number} of {self.site}/{self.template} can't be loaded: {error.message}.",
                kept="all other versions and the archive",
                hint=f"scrapy retrain {self.site}, which learns anew, or scrapy rollback {self.site}",
            ) from error


def write_draft(parent: Path, extractor: Saves) -> Path:
    """Save into a temporary folder inside ``parent``, down to the disk. Only ``publish`` makes it a version."""
    draft = parent / f"{_DRAFT}{identity().replace('|', '+')}-{os.urandom(4).hex()}"
    try:
        parent.mkdir(parents=True, exist_ok=True)
        sweep(parent)
        draft.mkdir()
        extractor.save(draft)
        _sync(draft)
    except OSError as error:
        shutil.rmtree(draft, ignore_errors=True)
        raise StateError(
            f"The new version can't be written below {parent}: {error.strerror or error}.",
            kept="the live version and all others",
            hint="make room or make the folder writable, then run again",
        ) from error
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    return draft


def publish(draft: Path, number: int) -> Path:
    """Give the draft its number. A folder of that number that has no row is what a killed process left."""
    folder = draft.parent / str(number)
    if folder.exists():
        os.rename(folder, draft.with_name(f"{_DRAFT}orphan-{os.urandom(4).hex()}"))
    os.rename(draft, folder)
    _sync_folder(folder.parent)
    return folder


def sweep(parent: Path) -> None:
    """Remove drafts whose process is dead."""
    for draft in parent.glob(f"{_DRAFT}*"):
        owner = draft.name.removeprefix(_DRAFT).rpartition("-")[0]
        if owner == "orphan" or is_dead(owner.replace("+", "|")):
            shutil.rmtree(draft, ignore_errors=True)


def _sync(folder: Path) -> None:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            with path.open("rb+") as file:
                os.fsync(file.fileno())
        elif path.is_dir():
            _sync_folder(path)
    _sync_folder(folder)


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":  # elsewhere a folder can't be opened, and needs no sync
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
