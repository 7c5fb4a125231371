"""Items as a Parquet file, by pyarrow (the extra ``parquet``)."""

from __future__ import annotations

from datetime import date, datetime
from types import ModuleType
from typing import IO, Any, Final

from scrapy.exporters import BaseItemExporter
from scrapy.utils.serialize import ScrapyJSONEncoder

from learner.errors import EvergreenError

_GROUP: Final = 50_000
"""Items in a row group."""
_INT64: Final = 2**63
_NESTED: Final = "nested"
_TYPES: Final = {"bool": bool, "int": int, "float": float, "date": date, "str": str}


class ParquetItemExporter(BaseItemExporter):
    """Scrapy item exporter. Which columns there are is known at the end only: until then the items are in memory.

    A column has the type of its values: texts, numbers, truth, days, moments, or lists of one of these. A column of
    several types, or of nested values, has texts: what is no text stands there as JSON.
    """

    def __init__(self, file: IO[bytes], **options: Any) -> None:
        """Raises EvergreenError when pyarrow is not installed."""
        super().__init__(dont_fail=True, **options)
        self._arrow = _pyarrow()
        self._file = file
        self._rows: list[dict[str, Any]] = []
        self._kinds: dict[str, set[str]] = {}

    def export_item(self, item: Any) -> None:
        row = dict(self.get_serialized_fields(item))
        for name, value in row.items():
            self._kinds.setdefault(name, set()).add(_kind(value))
        self._rows.append(row)

    def finish_exporting(self) -> None:
        from pyarrow import parquet

        kinds = {name: _one(found - {""}) for name, found in self._kinds.items()}
        schema = self._arrow.schema([(name, self._type(kind)) for name, kind in kinds.items()])
        with parquet.ParquetWriter(self._file, schema) as writer:
            for start in range(0, len(self._rows), _GROUP):
                rows = self._rows[start : start + _GROUP]
                columns = [
                    self._arrow.array([_as(kind, row.get(name)) for row in rows], self._type(kind))
                    for name, kind in kinds.items()
                ]
                writer.write_table(self._arrow.table(columns, schema=schema))

    def _type(self, kind: str) -> Any:
        if kind.startswith("list "):
            return self._arrow.list_(self._type(kind.removeprefix("list ")))
        types = {
            "bool": self._arrow.bool_,
            "int": self._arrow.int64,
            "float": self._arrow.float64,
            "date": self._arrow.date32,
            "datetime": lambda: self._arrow.timestamp("us"),
            "moment": lambda: self._arrow.timestamp("us", tz="UTC"),
        }
        return types.get(kind, self._arrow.string)()


def _kind(value: Any) -> str:
    """The kind of a value; empty for one that says nothing of its kind."""
    if value is None or value == []:
        return ""
    if isinstance(value, list | tuple):
        kind = _one({_kind(one) for one in value} - {""})
        return _NESTED if kind == _NESTED or kind.startswith("list ") else f"list {kind}"
    if isinstance(value, datetime):
        return "moment" if value.tzinfo else "datetime"
    if isinstance(value, int) and not -_INT64 <= value < _INT64:
        return _NESTED
    return next((kind for kind, type_ in _TYPES.items() if isinstance(value, type_)), _NESTED)


def _one(kinds: set[str]) -> str:
    """The kind that holds values of all these."""
    for number, real in (("int", "float"), ("list int", "list float")):
        if kinds == {number, real}:
            return real
    return kinds.pop() if len(kinds) == 1 else (_NESTED if kinds else "str")


def _as(kind: str, value: Any) -> Any:
    if value is None or kind != _NESTED or isinstance(value, str):
        return value
    return ScrapyJSONEncoder(ensure_ascii=False).encode(value)


def _pyarrow() -> ModuleType:
    try:
        import pyarrow
    except ImportError as error:
        raise EvergreenError(
            "Parquet files are written by pyarrow, which is not installed.",
            kept="the file that was there before",
            hint="pip install 'evergreen-crawler[parquet]'",
        ) from error
    module: ModuleType = pyarrow
    return module
