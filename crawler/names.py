"""Names given by people: suggestions for typing errors, and forms that are safe in a path."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches

from learner.errors import UnknownName

_UNSAFE = re.compile(r"[^\w.-]+|\.{2,}|^\.+")


def safe_name(name: str) -> str:
    """``name`` as one path component: no separators, no leading dot, never empty, at most 100 characters."""
    return _UNSAFE.sub("_", name)[:100] or "_"


def unknown(kind: str, name: str, known: Iterable[str], *, where: str = "") -> UnknownName:
    """The error for a ``kind`` (spider, template, field...) that is not there, with the nearest names there are."""
    names = sorted(known)
    place = f" in {where}" if where else ""
    close = get_close_matches(name, names, n=1, cutoff=0.5)
    if close:
        answer = f"Did you mean {close[0]!r}?"
    elif names:
        answer = f"There are: {', '.join(names[:20])}."
    else:
        answer = f"There is no {kind} yet."
    return UnknownName(f"There is no {kind} {name!r}{place}. {answer}")
