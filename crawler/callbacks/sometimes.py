"""How often the items of a spider have what only some of them have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

_PAGES: Final = 20
"""Pages of a crawl from which on it tells how many have a field that only some have."""
_ASKED: Final = 20
"""Different arguments of the spider, of which it is kept: of the newest."""


@dataclass(slots=True)
class Sometimes:
    """By what a crawl was asked for, and by field: how many items, or pages, had it, and of how many. Of the crawls
    that were asked for the same it is the one in which the fewest had it: how many do may differ from day to day."""

    asked: dict[str, dict[str, tuple[int, int]]] = field(default_factory=dict)

    def learned(self, asked: str, counts: Mapping[str, tuple[int, int]]) -> None:
        """The fields have been learned of so many items of a crawl that was asked for this: all else is forgotten."""
        self.asked = {asked: dict(counts)}

    def observe(self, asked: str, counts: Mapping[str, tuple[int, int]]) -> None:
        """A crawl came to its end in which pages had these fields."""
        before = self.asked.pop(asked, {})
        for name, (had, of) in counts.items():
            fewest = before.get(name)
            if of >= _PAGES and had and (fewest is None or had * fewest[1] < fewest[0] * of):
                before[name] = had, of
        if before:
            self.asked = dict([*self.asked.items(), (asked, before)][-_ASKED:])

    def of(self, asked: str) -> dict[str, tuple[int, int]]:
        """What is known of crawls that are asked for this; nothing where there was none."""
        return self.asked.get(asked, {})

    def to_dict(self) -> dict[str, Any]:
        return {asked: {name: list(counts) for name, counts in of.items()} for asked, of in self.asked.items()}

    @classmethod
    def from_dict(cls, state: Mapping[str, Any]) -> Sometimes:
        """Raises KeyError, TypeError or ValueError for what is none."""
        return cls(
            {asked: {name: (int(had), int(total)) for name, (had, total) in of.items()} for asked, of in state.items()}
        )
