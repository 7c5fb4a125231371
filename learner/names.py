"""Names of sites and templates as parts of a path."""

from __future__ import annotations

import hashlib
import re

# Lower case only: two names that differ in case must not meet in one folder of a case-insensitive file system.
_PLAIN = re.compile(r"[a-z0-9_](?:[a-z0-9_.-]{0,62}[a-z0-9_-])?\Z")
_OTHERS = re.compile(r"[^a-z0-9_-]+")
_RESERVED = frozenset({"con", "prn", "aux", "nul", *(f"com{n}" for n in range(10)), *(f"lpt{n}" for n in range(10))})


def folder_name(name: str) -> str:
    """One path component for any name: never empty, never leading upwards, never hidden, the same every time.

    Plain names stay as they are. Others keep their readable part and get a digest after ``~``, a
    character that plain names don't have, so that two names never share a folder.
    """
    if _PLAIN.match(name) and name.split(".")[0] not in _RESERVED:
        return name
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    readable = _OTHERS.sub("-", name.lower()).strip("-")[:40]
    return f"{readable or 'name'}~{digest}"
