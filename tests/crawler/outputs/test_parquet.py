"""Items as a Parquet file: the types of its columns."""

from __future__ import annotations

import io
import json
import sys
from datetime import UTC, date, datetime
from typing import Any

import pytest

from crawler.outputs.parquet import ParquetItemExporter
from learner.errors import EvergreenError

parquet = pytest.importorskip("pyarrow.parquet")


def written(*values: Any) -> tuple[str, list[Any]]:
    """The column's type and its values, after they were written and read again."""
    file = io.BytesIO()
    exporter = ParquetItemExporter(file)
    exporter.start_exporting()
    for value in values:
        exporter.export_item({"key": "k"} if value is ... else {"key": "k", "x": value})
    exporter.finish_exporting()
    column = parquet.read_table(file)["x"]
    return str(column.type), column.to_pylist()


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["a", "b"], "string"),
        (["a", ..., None], "string"),
        ([1, 2], "int64"),
        ([1, 2.5], "double"),
        ([True, False], "bool"),
        ([date(2026, 1, 2)], "date32[day]"),
        ([datetime(2026, 1, 2, 3)], "timestamp[us]"),
        ([datetime(2026, 1, 2, 3, tzinfo=UTC)], "timestamp[us, tz=UTC]"),
        ([["a", "b"], []], "list<element: string>"),
        ([[1, 2], [0.5]], "list<element: double>"),
        ([None], "string"),
    ],
    ids=str,
)
def test_a_column_has_the_type_of_its_values(values: list[Any], kind: str) -> None:
    told, read = written(*values)
    assert told.replace("item", "element") == kind
    assert read == [None if value is ... else value for value in values]


@pytest.mark.parametrize(
    "values", [[1, "a"], ["a", ["b"]], [{"b": 1}], [[{"b": 1}]], [2**70], [[1, "a"]], [True, 1]], ids=str
)
def test_values_of_several_types_become_texts(values: list[Any]) -> None:
    told, read = written(*values)
    assert told == "string"
    assert [text if text == value else json.loads(text) for text, value in zip(read, values, strict=True)] == values


def test_without_pyarrow_the_command_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(EvergreenError) as told:
        ParquetItemExporter(io.BytesIO())
    assert told.value.hint == "pip install 'evergreen-crawler[parquet]'"
