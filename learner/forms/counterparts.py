"""What a page shows for the values that it embeds as data: the same words, often in another form.

Embedded data says "0.5 cup butter ((melted))" where people read "½ cup butter, melted".
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property, lru_cache
from typing import Final

from learner.pages.candidates import Candidate, markup
from learner.pages.values import scalars
from learner.programs.examples import LabelledPage

SHOWN: Final = ("block", "inline")
ALIKE: Final = 0.75
"""The least F1 of the words of two texts that say the same."""
MOSTLY: Final = 0.6
"""The share of a list's values that the page must show for it to be the same list."""
FEW: Final = 5
"""Values of an example that tell whether a field stands in what pages show."""
_WORD: Final = re.compile(r"\d+|[^\W\d_]+")


class Counterparts:
    """The shown texts of a page, by their words; they are gone through when they are first asked for."""

    def __init__(self, candidates: Sequence[Candidate]) -> None:
        self._candidates = candidates

    @cached_property
    def _holding(self) -> dict[str, list[int]]:
        holding: dict[str, list[int]] = defaultdict(list)
        for number, candidate in enumerate(self._candidates):
            if candidate.kind in SHOWN:
                for word in _words(candidate.value):
                    holding[word].append(number)
        return holding

    def as_shown(self, numbers: Sequence[int]) -> list[int]:
        """The places that show what a list's places embed as data; these themselves where there are no such."""
        places = [self._candidates[number] for number in numbers]
        if len(places) < 2 or 2 * sum(place.kind == "data" for place in places) < len(places):
            return list(numbers)
        shown = self.of([place.value for place in places])
        if shown is None:
            return list(numbers)
        return [other if other >= 0 else own for own, other in zip(numbers, shown, strict=True)]

    def of(self, texts: Sequence[str]) -> list[int] | None:
        """The number of the candidate that shows each of the texts; None where too few are shown.

        A text that is not shown has the number -1. Places of the kind that shows most of the texts are preferred.
        """
        rivals = [self._alike(text) for text in texts]
        if not texts or sum(map(bool, rivals)) < MOSTLY * len(rivals):
            return None
        kinds = Counter(kind for found in rivals for kind in {self._markup(number) for number in found})
        return [self._best(found, kinds) for found in rivals]

    def _best(self, found: Mapping[int, float], kinds: Mapping[tuple[str, str], int]) -> int:
        return max(found, key=lambda number: (found[number], kinds[self._markup(number)], -number), default=-1)

    def _alike(self, text: str) -> dict[int, float]:
        """Candidates with nearly the words of the text, and how far they have."""
        words = _words(text)
        shared = Counter(number for word in words for number in self._holding.get(word, ()))
        out = {}
        for number, count in shared.items():
            share = 2 * count / (len(words) + len(_words(self._candidates[number].value)))
            if share >= ALIKE:
                out[number] = share
        return out

    def _markup(self, number: int) -> tuple[str, str]:
        return markup(self._candidates[number].element)


def shown_fields(pages: Iterable[LabelledPage]) -> frozenset[str]:
    """The fields whose examples stand in what their pages show."""
    held: Counter[str] = Counter()
    for page in pages:
        for name, value in page.values.items():
            for one in scalars(value)[:FEW]:
                held[name] += 1 if any(place.exact and not place.data for place in page.places(one)) else -1
    return frozenset(+held)


@lru_cache(maxsize=20_000)
def _words(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(unicodedata.normalize("NFKC", text).casefold()))
