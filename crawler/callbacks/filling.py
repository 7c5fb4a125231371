"""Items of any kind: told apart, read, filled and built. dict, Item, dataclass, attrs and pydantic alike."""

from __future__ import annotations

import copy
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from itemadapter import ItemAdapter
from scrapy import Item

NEARLY_ALL = 0.9
"""Share of the items that have a field, from which on all are taken to have it."""
_KEPT = 300
"""Fields of which it is kept how often they were set: some items have others each time."""


@dataclass(slots=True)
class Keys:
    """Which fields were set in ``seen`` items of one kind: ``present``, with or without a value; ``valued``, with one.
    ``blank``: what a field holds where it has no value, if that is not None."""

    seen: int = 0
    present: Counter[str] = field(default_factory=Counter)
    valued: Counter[str] = field(default_factory=Counter)
    blank: dict[str, Any] = field(default_factory=dict)

    def observe(self, values: Mapping[str, Any]) -> None:
        """Count one item; of names that no JSON could hold nothing is known."""
        self.seen += 1
        for name, value in values.items():
            if not isinstance(name, str) or (name not in self.present and len(self.present) >= _KEPT):
                continue
            self.present[name] += 1
            self.valued[name] += not missing(value)
            if isinstance(value, list):
                self.blank[name] = []
            elif missing(value):
                self.blank[name] = "" if isinstance(value, str) else None

    def usual(self) -> set[str]:
        """The fields that most items have a value of."""
        return {name for name, count in self.valued.items() if 2 * count > self.seen}

    def complete(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The values with what code relies on being set in every such item, as it is where nothing is known."""
        unknown = {name for name, count in self.present.items() if count >= NEARLY_ALL * self.seen} - values.keys()
        return {**values, **{name: copy.copy(self.blank.get(name)) for name in sorted(unknown)}}

    def below(self, path: str) -> Keys:
        """Those of the item of this path, of several items that are counted together by their paths."""
        start = f"{path}."
        inner = [
            {name.removeprefix(start): one for name, one in part.items() if name.startswith(start)}
            for part in (self.present, self.valued, self.blank)
        ]
        return Keys(self.seen, Counter(inner[0]), Counter(inner[1]), inner[2])

    def to_dict(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}

    @classmethod
    def from_dict(cls, state: Mapping[str, Any]) -> Keys:
        """Raises KeyError or TypeError for what is none."""
        return cls(int(state["seen"]), Counter(state["present"]), Counter(state["valued"]), dict(state["blank"]))


def type_name(cls: type) -> str:
    """``module:name`` of a type."""
    return f"{cls.__module__}:{cls.__qualname__}"


def item_type(name: str) -> type | None:
    """The type of this name, if its module is loaded: nothing is imported by a name out of the store."""
    module, _, path = name.partition(":")
    found: Any = sys.modules.get(module)
    for part in path.split("."):
        found = getattr(found, part, None)
    return found if isinstance(found, type) and ItemAdapter.is_item_class(found) else None


def missing(value: Any) -> bool:
    """Whether a field has no value: None, an empty text or collection, or a dict of fields without one."""
    if isinstance(value, str):
        return not value.strip()
    if isinstance(value, dict):
        return all(map(missing, value.values()))
    return value is None or (isinstance(value, (list, tuple, dict, set, frozenset)) and not value)


def is_zero(value: Any) -> bool:
    """Whether the value is a number that is 0: what is counted, or read, where nothing is found."""
    return isinstance(value, (int, float, Decimal)) and not isinstance(value, bool) and value == 0


def values_of(item: Any) -> dict[str, Any]:
    """The fields of an item that have a value."""
    return {name: value for name, value in ItemAdapter(item).items() if not missing(value)}


def filled(item: Any, values: Mapping[str, Any]) -> Any | None:
    """The item with these values: itself, or where it can't be changed a new one; None where neither can be."""
    adapter = ItemAdapter(item)
    try:
        for name, value in values.items():
            adapter[name] = value
    except Exception:  # frozen, or validated: what kinds of items raise here is theirs
        return build(type(item), {**dict(adapter.items()), **values})
    return item


def build(cls: type, values: Mapping[str, Any], keys: Keys | None = None) -> Any | None:
    """An item of the class; None when it wants more or other values than these. A dict or Item has the ``keys`` that
    such items always have; other types know by themselves what a field is that nobody sets."""
    if keys is not None and issubclass(cls, (dict, Item)):
        known = ItemAdapter.get_field_names_from_class(cls)
        values = {
            name: v for name, v in keys.complete(values).items() if name in values or known is None or name in known
        }
    try:
        return cls(**values)
    except Exception:
        return None


def takes(item: Any, name: str) -> bool:
    """Whether the item may have a field of this name."""
    return isinstance(item, dict) or name in ItemAdapter(item).field_names()


def learnable(value: Any) -> Any | None:
    """The value in the form in which a page can show it: a text, number or date, yes or no, or a list of several; or
    None."""
    if isinstance(value, (list, tuple)):
        inner = [learnable(one) for one in value]
        if not inner or any(one is None or isinstance(one, (list, bool)) for one in inner):
            return None
        # A list that always has one value is read as that value, so that its neighbours on the page are not taken in.
        return inner if len(inner) > 1 else inner[0]
    if isinstance(value, Decimal):
        return float(value) if value.is_finite() else None
    if isinstance(value, str):
        return value if value.strip() else None
    return value if isinstance(value, (int, float, date)) else None


def form_of(value: Any) -> str:
    """The name of the form that ``restored`` brings back: decimal with its places, list or tuple, with that of what
    they hold, or ""."""
    if isinstance(value, (list, tuple)):
        inner = {form_of(one) for one in value}
        return f"{'tuple' if isinstance(value, tuple) else 'list'} {min(inner, default='')}".strip()
    return f"decimal {value.as_tuple().exponent}" if isinstance(value, Decimal) else ""


def restored(value: Any, form: str) -> Any:
    """A learned value in the form that the spider gives it."""
    kind, _, rest = form.partition(" ")
    if kind in ("list", "tuple"):
        several = [restored(one, rest) for one in (value if isinstance(value, list) else [value])]
        return tuple(several) if kind == "tuple" else several
    if kind == "decimal":
        try:
            exact = Decimal(str(value))
            rounded = exact.quantize(Decimal(1).scaleb(int(rest)))
        except (InvalidOperation, ValueError):
            return value
        # The spider may give one value as 12 and the next as 12.50.
        return rounded if rounded == exact else exact
    return copy.copy(value)
