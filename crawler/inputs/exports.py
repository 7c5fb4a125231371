"""An export of items read again: JSON Lines, JSON or CSV."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any, Final

from crawler.addresses import is_http
from learner.errors import InvalidExample

_DELIMITERS: Final = (",", ";", "\t")

Item = dict[str, Any]

_LIST = re.compile(r"\s*\[\s*[\"']")
"""How a cell of CSV begins that holds a list of texts: as JSON, or as Python shows it, which is refused."""


def read_items(path: Path) -> list[Item]:
    """The items of a file, without empty values and fields that begin with ``_``. Raises InvalidExample."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidExample(
            f"{path} is not UTF-8: {error.reason} at byte {error.start}.",
            hint="save it as UTF-8 (in Excel: CSV UTF-8), or: iconv -f WINDOWS-1252 -t UTF-8 OLD > NEW",
        ) from error
    except OSError as error:
        raise InvalidExample(f"The items can't be read: {error}", hint="--items FILE.jsonl, .json or .csv") from error
    read = _csv if path.suffix == ".csv" else _json if text.lstrip().startswith("[") else _lines
    items = [item for entry in read(text, path) if (item := _filled(entry))]
    if not items:
        raise InvalidExample(f"{path} holds no item.", hint="--items FILE.jsonl, .json or .csv")
    return items


def url_fields(items: list[Item]) -> list[str]:
    """Fields that nearly always hold a URL; ``url`` first."""
    names = dict.fromkeys(name for item in items for name in item)
    having = {name: [item[name] for item in items if name in item] for name in names}
    links = [name for name, values in having.items() if sum(map(_is_link, values)) >= 0.8 * len(values)]
    return sorted(links, key=lambda name: name != "url")


def _is_link(value: Any) -> bool:
    return isinstance(value, str) and is_http(value)


def _filled(item: dict[Any, Any]) -> Item:
    return {
        str(name): value
        for name, value in item.items()
        if value not in (None, "", []) and not str(name).startswith("_") and _is_value(value)
    }


def _is_value(value: Any) -> bool:
    if isinstance(value, list):
        return all(isinstance(one, str | int | float) for one in value)
    return isinstance(value, str | int | float)


def _csv(text: str, path: Path) -> list[dict[Any, Any]]:
    """The rows; a column that has a cell which is a JSON list of texts holds lists. Raises InvalidExample where others
    of its cells are none."""
    lines = text.splitlines(keepends=True)
    reader = csv.DictReader(lines, delimiter=_delimiter(lines[0] if lines else ""))
    rows = [
        (reader.line_num, {name: value for name, value in row.items() if name is not None and value}) for row in reader
    ]
    for name in reader.fieldnames or ():
        cells = {number: str(row[name]) for number, row in rows if name in row}
        lists = {number: _list(cell) for number, cell in cells.items() if _LIST.match(cell)}
        for number, cell in cells.items() if lists else ():
            if not lists.get(number):
                raise InvalidExample(
                    f"{path} line {number}: {cell[:80]!r} in the column {name} is no list, as others there are.",
                    hint='write each cell of the column as a JSON list, ["one", "two"]',
                )
        for number, row in rows if lists else ():
            row.update({name: lists[number]} if number in lists else {})
    return [row for _, row in rows]


def _delimiter(header: str) -> str:
    """What parts the names of the columns: Excel writes semicolons where commas are decimal marks."""
    counts = {mark: header.count(mark) for mark in _DELIMITERS}
    return max(_DELIMITERS, key=lambda mark: counts[mark])


def _list(cell: str) -> list[Any]:
    """The list that a cell holds; empty if it is none."""
    try:
        found = json.loads(cell)
    except (ValueError, RecursionError):
        return []
    return found if isinstance(found, list) else []


def _json(text: str, path: Path) -> list[dict[Any, Any]]:
    return _dicts([(1, text)], path)


def _lines(text: str, path: Path) -> list[dict[Any, Any]]:
    return _dicts([(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()], path)


def _dicts(texts: list[tuple[int, str]], path: Path) -> list[dict[Any, Any]]:
    found: list[dict[Any, Any]] = []
    for number, text in texts:
        try:
            entry = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise InvalidExample(f"{path} line {number} is not JSON: {error}") from error
        for item in entry if isinstance(entry, list) else [entry]:
            if not isinstance(item, dict):
                raise InvalidExample(f"{path} line {number} is not a JSON object.")
            found.append(item)
    return found
