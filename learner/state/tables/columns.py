"""Items and details as the text of a column, and back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from learner.pages.values import from_json, to_json
from learner.state.records import Item


def as_json(detail: Mapping[str, Any]) -> str:
    # Reports may hold values of any kind; what JSON has no word for is kept as text.
    return json.dumps(dict(detail), default=str)


def dump(item: Item) -> str:
    return json.dumps({name: to_json(value) for name, value in item.items()})


def dump_all(items: Sequence[Item]) -> str:
    return json.dumps([{name: to_json(value) for name, value in item.items()} for item in items])


def load(text: str | None) -> dict[str, Any] | None:
    return None if text is None else {name: from_json(value) for name, value in json.loads(text).items()}


def load_all(text: str | None) -> list[dict[str, Any]] | None:
    if text is None:
        return None
    return [{name: from_json(value) for name, value in item.items()} for item in json.loads(text)]
