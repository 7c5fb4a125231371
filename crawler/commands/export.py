"""``scrapy export NAME``: the items of a site over time, from the store."""

from __future__ import annotations

import argparse
import contextlib
import csv
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

from scrapy.exporters import BaseItemExporter, CsvItemExporter, JsonItemExporter, JsonLinesItemExporter
from scrapy.utils.serialize import ScrapyJSONEncoder

from crawler.callbacks.shapes import templates_of
from crawler.command import EvergreenCommand, check_templates, say, show_json, template_option
from crawler.names import unknown
from crawler.outputs.feeds import whole_file
from crawler.outputs.history import History, moment
from crawler.outputs.parquet import ParquetItemExporter
from crawler.reading.reading import PROVENANCE
from crawler.spider import described
from crawler.verdict import FAILED, FINE
from learner.errors import UnknownName

if TYPE_CHECKING:
    from io import BytesIO

FORMATS = ("jsonl", "json", "csv", "parquet")
_SUFFIXES = {".jl": "jsonl", **{f".{name}": name for name in FORMATS}}


class Command(EvergreenCommand):
    names = "NAME"
    about = "Write the items of a site that the store has, each item once, the newest of it"
    example = "scrapy export shop --since 7d -O week.csv\nscrapy export shop --template product --provenance"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--since", metavar="WHEN", help="pages fetched from then on: 2026-11-24, 12h, 7d, 2w")
        parser.add_argument("--until", metavar="WHEN", help="pages fetched until then; a day counts whole")
        template_option(parser)
        parser.add_argument("--format", metavar="FORMAT", help=f"{', '.join(FORMATS)} (default: by the file's name)")
        parser.add_argument("--provenance", action="store_true", help="which version read each item, and when")
        where = parser.add_mutually_exclusive_group()
        where.add_argument("-o", "--output", metavar="FILE", type=Path, help="after what the file holds (jsonl, csv)")
        where.add_argument(
            "-o", "--output", metavar="FILE", type=Path, help="after the items in this file (jsonl, csv)"
        )
        where.add_argument(
            "-O", "--overwrite-output", dest="overwrite", metavar="FILE", type=Path, help="in place of this file"
        )

    def work(self, args: list[str], opts: argparse.Namespace) -> int:
        assert self.settings is not None
        path: Path | None = opts.overwrite or opts.output
        form = _format(opts.format, path)
        _check(form, opts)
        since = moment(opts.since) if opts.since else None
        until = moment(opts.until, end=True) if opts.until else None
        if since and until and since >= until:
            raise UnknownName(f"--since {opts.since} is not before --until {opts.until}.")
        with self.open_store(create=False) as store:
            site = self.check_site(args[0], store)
            told, url_field = described(site, self.settings)
            templates = {**templates_of(store, site), **told}
            parts = check_templates(store, site, opts.template)
            history = History(store, site, parts, templates, url_field, since, until, opts.provenance)
            if not history.scraped:
                say(f"{site}: no item was found. " + (f"{path} stays as it was." if path else "Nothing was written."))
                count = 0
            else:
                count = self._write(history, form, path, append=opts.output is not None)
        report = {"site": site, "items": count, "scraped": history.scraped, "format": form, "file": path}
        if opts.json:
            show_json(report)
        elif path and count:
            say(f"{path}: {count} items, the newest of {history.scraped}")
        return FINE if count else FAILED

    def _write(self, history: History, form: str, path: Path | None, *, append: bool) -> int:
        fields = history.fields
        header = True
        if append and form == "csv" and path is not None and path.exists() and path.stat().st_size:
            fields, header = _columns(path, fields), False
        with contextlib.ExitStack() as stack:
            file = sys.stdout.buffer if path is None else stack.enter_context(whole_file(path, append=append))
            exporter = _exporter(form, file, fields, header)
            exporter.start_exporting()
            count = 0
            for item in history:
                count += 1
                exporter.export_item(_flat(item) if form in ("csv", "parquet") else item)
            exporter.finish_exporting()
            file.flush()
        return count


def _format(wanted: str | None, path: Path | None) -> str:
    """Raises UnknownName."""
    if wanted:
        if wanted not in FORMATS:
            raise unknown("format", wanted, FORMATS)
        return wanted
    if path is None:
        return "jsonl"
    if path.suffix not in _SUFFIXES:
        raise UnknownName(f"{path}: its name tells no format.", hint=f"add --format {'|'.join(FORMATS)}")
    return _SUFFIXES[path.suffix]


def _check(form: str, opts: argparse.Namespace) -> None:
    """Raises UnknownName for what can't go together."""
    if opts.output and form not in ("jsonl", "csv"):
        raise UnknownName(f"Nothing can be put after the end of a {form} file.", hint="-O replaces it")
    if form == "parquet" and opts.overwrite is None:
        raise UnknownName("A parquet file needs a name.", hint="add -O items.parquet")
    if opts.json and not (opts.output or opts.overwrite):
        raise UnknownName("With --json stdout is for the report: the items need a file.", hint="add -O items.jsonl")


def _exporter(form: str, out: IO[bytes], fields: Sequence[str], header: bool) -> BaseItemExporter:
    file = cast("BytesIO", out)  # any binary file will do
    if form == "csv":
        return CsvItemExporter(file, fields_to_export=fields, include_headers_line=header, encoding="utf-8")
    if form == "parquet":
        return ParquetItemExporter(file, fields_to_export=fields)
    if form == "json":
        return JsonItemExporter(file, indent=0, encoding="utf-8")
    return JsonLinesItemExporter(file, encoding="utf-8")


def _flat(item: dict[str, Any]) -> dict[str, Any]:
    """For formats of rows: where an item comes from is one text."""
    if PROVENANCE not in item:
        return item
    return {**item, PROVENANCE: ScrapyJSONEncoder(ensure_ascii=False).encode(item[PROVENANCE])}


def _columns(path: Path, fields: Sequence[str]) -> list[str]:
    """The columns of a CSV file that items are put after. Raises UnknownName if it lacks one of ``fields``."""
    with path.open(encoding="utf-8", newline="") as file:
        columns = next(csv.reader(file), [])
    for name in fields:
        if name not in columns:
            raise unknown("column", name, columns, where=str(path))
    return columns
