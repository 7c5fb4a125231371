"""What the items of a spider have that is one and the same in all of them, whatever their pages show."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from itemadapter import ItemAdapter

from crawler.callbacks.filling import missing

_LONGEST: Final = 200
"""Characters of a text, up to which it may be a constant of the code."""
_SEVERAL: Final = 3
"""Different arguments of the spider, from which on what was the same with all of them does not depend on them."""


@dataclass(slots=True)
class Constants:
    """``values`` that every item of ``seen`` pages had, by field, as the ``code`` of this fingerprint gave them when
    the spider was ``asked`` for these things. Whatever is true or false is worked out, and no constant."""

    code: str = ""
    asked: list[str] = field(default_factory=list)
    seen: int = 0
    values: dict[str, Any] = field(default_factory=dict)

    def observe(self, items: Iterable[Any], code: str, asked: str) -> None:
        """The items of a page. What changed code gives is known anew."""
        if code != self.code:
            self.code, self.asked, self.seen, self.values = code, [], 0, {}
        if asked not in self.asked:
            self.asked = [*self.asked, asked][-_SEVERAL:]
        for number, item in enumerate(items):
            values = ItemAdapter(item)
            if not self.seen and not number:
                self.values = {name: one for name, one in values.items() if isinstance(name, str) and _may_be(one)}
            for name, value in [*self.values.items()]:
                other = values.get(name)
                if type(other) is not type(value) or other != value:
                    del self.values[name]
        self.seen += 1

    def known(self, enough: int, code: str, asked: str) -> dict[str, Any]:
        """The values, if enough pages show them, and nothing has changed of what they may come from."""
        same = code == self.code and (asked in self.asked or len(self.asked) >= _SEVERAL)
        return dict(self.values) if same and self.seen >= enough else {}

    def to_dict(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}

    @classmethod
    def from_dict(cls, state: Mapping[str, Any]) -> Constants:
        """Raises KeyError, TypeError or ValueError for what is none."""
        return cls(str(state["code"]), list(state["asked"]), int(state["seen"]), dict(state["values"]))


def _may_be(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, (str, int, float)) or missing(value):
        return False
    return not isinstance(value, str) or len(value) <= _LONGEST
