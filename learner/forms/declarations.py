"""What a page declares of itself for machines: meta elements, its title, embedded data.

Redesigns change what people see more than what machines read. A field whose values used to be declared is one still.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import Final
from urllib.parse import unquote, urlsplit

from learner.pages.values import Scalar, kind_of, normal
from learner.programs.examples import LabelledPage

SHORTEST: Final = 4
"""Characters of a name that tells pictures apart."""
SHORT: Final = 3
TELLING: Final = 8
"""Characters of a text that is not declared, or does not stand within another, by chance."""
LONGER: Final = 3
"""How many times as long a text may be that holds a value: a title with the site's name, but not the whole article."""
_FORMAT: Final = re.compile(r"\.[a-z]{3,4}$", re.IGNORECASE)
_SIZE: Final = re.compile(r"[-_@~]?\d{2,5}x\d{2,5}|[-_](?:scaled|thumb|small|medium|large)$", re.IGNORECASE)


class Declarations:
    """What one page declares."""

    def __init__(self, page: LabelledPage) -> None:
        self._page = page
        declared = [c for c in page.candidates if c.kind in ("meta", "data")]
        self.texts = frozenset(normal(c.value) for c in declared)
        self._pictures = {asset(c.value) for c in declared if c.kind == "meta" and "image" in c.name and "/" in c.value}

    def hold(self, value: Scalar) -> bool:
        """Whether the value is declared, by itself or within a longer text."""
        if not isinstance(value, str):
            return any(place.data or place.element.tag in ("meta", "title") for place in self._page.places(value, 40))
        form = normal(value)
        if form in self.texts:
            return len(form) >= SHORT
        return len(form) >= TELLING and any(form in text for text in self.texts if len(text) <= LONGER * len(form))

    def show(self, value: Scalar) -> bool:
        """Whether the value is the address of a declared picture, in any size."""
        return isinstance(value, str) and bool(name := asset(value)) and name in self._pictures


def habits(pages: Iterable[LabelledPage]) -> tuple[frozenset[str], frozenset[str]]:
    """The fields of one value, no links, that most of these pages declare, and those that are a declared picture."""
    held: Counter[str] = Counter()
    shown: Counter[str] = Counter()
    for page in pages:
        declarations = Declarations(page)
        for name, value in page.values.items():
            if not isinstance(value, list):
                held[name] += 1 if kind_of(value) != "link" and declarations.hold(value) else -1
                shown[name] += 1 if declarations.show(value) else -1
    return frozenset(+held), frozenset(+shown)


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
