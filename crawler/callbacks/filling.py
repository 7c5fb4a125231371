"""Items of any kind: told apart, read, filled and built. dict, Item, dataclass, attrs and pydantic alike."""

from __future__ import annotations

import copy
import sys
from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from itemadapter import ItemAdapter


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
    """Whether a field has no value: None, or an empty text or collection."""
    if isinstance(value, str):
        return not value.strip()
    return value is None or (isinstance(value, (list, tuple, dict, set, frozenset)) and not value)


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


def build(cls: type, values: Mapping[str, Any]) -> Any | None:
    """An item of the class; None when it wants more or other values than these."""
    try:
        return cls(**values)
    except Exception:
        return None


def takes(item: Any, name: str) -> bool:
    """Whether the item may have a field of this name."""
    return isinstance(item, dict) or name in ItemAdapter(item).field_names()


def learnable(value: Any) -> Any | None:
    """The value in the form in which it can stand on a page: a text, number or date, or a list of several; or None."""
    if isinstance(value, (list, tuple)):
        inner = [learnable(one) for one in value]
        if not inner or any(one is None or isinstance(one, list) for one in inner):
            return None
        # A list that always has one value is read as that value, so that its neighbours on the page are not taken in.
        return inner if len(inner) > 1 else inner[0]
    if isinstance(value, bool):
        # A page shows words; "1" or "yes" would be found on nearly all of them.
        return None
    if isinstance(value, Decimal):
        return float(value) if value.is_finite() else None
    if isinstance(value, str):
        return value if value.strip() else None
    return value if isinstance(value, (int, float, date)) else None


def form_of(value: Any) -> str:
    """The name of the form that ``restored`` brings back: list, tuple, decimal with its places, or ""."""
    if isinstance(value, (list, tuple)):
        return "tuple" if isinstance(value, tuple) else "list"
    return f"decimal {value.as_tuple().exponent}" if isinstance(value, Decimal) else ""


def restored(value: Any, form: str) -> Any:
    """A learned value in the form that the spider gives it."""
    if form in ("list", "tuple"):
        several = value if isinstance(value, list) else [value]
        return tuple(several) if form == "tuple" else list(several)
    kind, _, places = form.partition(" ")
    if kind == "decimal":
        try:
            return Decimal(str(value)).quantize(Decimal(1).scaleb(int(places)))
        except (InvalidOperation, ValueError):
            return value
    return copy.copy(value)
