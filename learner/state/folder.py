"""The state folder: marked as ours before anything else is put into it."""

from __future__ import annotations

import json
import os
import uuid
from pathlib import Path

from learner.errors import StateError, StateTooNew, StateUnwritable

FORMAT = "format.json"
FORMAT_NUMBER = 1


def open_folder(state: Path, *, create: bool) -> None:
    """Make sure that ``state`` is a folder of ours, marked as such before anything else is put into it."""
    mark = state / FORMAT
    try:
        if not state.exists():
            if not create:
                raise StateError(
                    f"There is no state folder {state.absolute()} yet.",
                    hint="crawl first: scrapy crawl NAME -O items.jsonl; or go to the folder of the project",
                )
            state.mkdir(parents=True, exist_ok=True)
        if not state.is_dir():
            raise StateError(
                f"The state folder {state} is a file.",
                kept="the file",
                hint="move it away, or choose another folder: set EVERGREEN_STATE",
            )
        if mark.exists():
            _check_mark(mark)
            return
        strange = [entry.name for entry in state.iterdir() if not entry.name.startswith(".") and entry != mark]
        if strange and not mark.exists():
            raise StateError(
                f"{state} is not an Evergreen state folder (it holds {', '.join(sorted(strange)[:3])}).",
                kept="nothing in it was changed",
                hint="choose an empty or a new folder: set EVERGREEN_STATE",
            )
        draft = state / f".{FORMAT}.{os.getpid()}.{uuid.uuid4().hex}"
        draft.write_text(json.dumps({"evergreen": FORMAT_NUMBER}) + "\n", encoding="ascii")
        os.replace(draft, mark)
    except OSError as error:
        raise unusable(state, error) from error


def _check_mark(mark: Path) -> None:
    try:
        number = json.loads(mark.read_bytes())["evergreen"]
        newer = int(number) > FORMAT_NUMBER
    except (ValueError, KeyError, TypeError) as error:
        raise StateError(
            f"{mark.parent} is not an Evergreen state folder: {mark.name} can't be read.",
            kept="nothing in it was changed",
            hint="choose another folder: set EVERGREEN_STATE",
        ) from error
    if newer:
        raise StateTooNew(
            f"{mark.parent} was written by a newer release (format {number}; this one knows up to {FORMAT_NUMBER}).",
            kept="nothing in it was changed",
            hint="pip install --upgrade evergreen-crawler",
        )


def unusable(folder: Path, error: OSError) -> StateUnwritable:
    return StateUnwritable(
        f"The folder {folder} can't be used: {error.strerror or error}.",
        kept="everything written before",
        hint="make it writable, make room, or choose another folder: set EVERGREEN_STATE",
    )
