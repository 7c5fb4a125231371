"""Texts that are one page's own: its title, its values, amounts of money. None of them names a field.

A page's title may stand right before its price, and the old price before the new one. As a label it leads nowhere on
the next page, or, where that page lists this one's thing beside its own, to that thing's price.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from learner.pages.values import numbers_in, readings_of, scalars
from learner.programs.examples import LabelledPage
from learner.programs.selectors import label_form
from learner.programs.transforms import KINDS

SHORTEST: Final = 4
"""Characters of a value from which on no label is the same by chance."""
LEAST: Final = 100
"""The smallest whole number that no label has in it by chance."""
_PARTS: Final = re.compile(r"\s[-–—|·:»]\s|\s?\|\s?|:\s")
_CAPTIONED: Final = ("date", "time", "amount", "percent", "phone")
"""Kinds of texts that are no names."""


class Proper:
    """What is a page's own."""

    def __init__(self, page: LabelledPage) -> None:
        root = page.document.root
        title = root.find(".//title")
        headings = [page.index.text(one) for one in root.iter("h1")]
        titles = [*_PARTS.split(title.text), *headings] if title is not None and title.text else headings
        values = [one for value in page.values.values() for one in scalars(value)]
        forms = {label_form(text) for text in (*titles, *(one for one in values if isinstance(one, str)))}
        self._forms = frozenset(form for form in forms if len(form) >= SHORTEST)
        self._numbers = frozenset(
            one
            for one in values
            if isinstance(one, (int, float)) and not isinstance(one, bool) and (abs(one) >= LEAST or one != int(one))
        )

    def has(self, text: str) -> bool:
        """Whether the text, of which case and white space don't matter, is or has in it what is the page's own."""
        return label_form(text) in self._forms or is_quantity(text) or self._says(text)

    def _says(self, text: str) -> bool:
        runs = (text[start:stop] for start, stop in numbers_in(text)) if self._numbers else ()
        return any(one in self._numbers for run in runs for one in readings_of(run))


@lru_cache(maxsize=4_096)
def is_quantity(text: str) -> bool:
    """Whether the text is a date, a time or the like as a whole, or has an amount of money in it: no name."""
    if not any(map(str.isdigit, text)):
        return False
    if not any(map(str.isalpha, text)):
        return True
    whole = text.strip()
    # Labels are kept in lower case, and abbreviations of currencies are not written so.
    return any(KINDS[kind].fullmatch(whole) for kind in _CAPTIONED) or any(
        KINDS["amount"].search(one) for one in (whole, whole.upper())
    )
