"""Pictures by what they show: one picture has many addresses, for its sizes and formats."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote, urlsplit

from learner.examples import LabelledPage

SHORTEST: Final = 4
"""Characters of a name that tells pictures apart."""
_FORMAT: Final = re.compile(r"\.[a-z]{3,4}$", re.IGNORECASE)
_SIZE: Final = re.compile(r"[-_@~]?\d{2,5}x\d{2,5}|[-_](?:scaled|thumb|small|medium|large)$", re.IGNORECASE)


def asset(address: str) -> str:
    """The name of the picture that the address leads to, without its size and format; empty if it has none.

    ``/2024/05/tea-pot-1200x630.jpg?w=40`` -> ``tea-pot``.
    """
    try:
        path = urlsplit(address).path
    except ValueError:
        return ""
    name = _SIZE.sub("", _FORMAT.sub("", unquote(path).rstrip("/").rpartition("/")[2])).casefold()
    return name if len(name) >= SHORTEST else ""


def declared(page: LabelledPage) -> frozenset[str]:
    """The pictures that the page's head names as its own, for those who link to it (``og:image`` and the like)."""
    named = {asset(c.value) for c in page.candidates if c.kind == "meta" and "image" in c.name and "/" in c.value}
    return frozenset(named - {""})
