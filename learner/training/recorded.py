"""Recorded pages with the values they show, read from a folder.

``<set>/<site>/site.json`` names a site's versions (designs, oldest first); ``<version>/<page>.html.gz`` is a
page as served and ``<page>.json`` its gold: ``item`` {field: text or list of texts}, or ``items`` (the records
of a list page in document order). Sites, never pages, are held out of training: see held_out.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import unicodedata
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from learner.errors import PageRejected, StateError
from learner.network.features import FEATURES_VERSION, MAX_PLACES, Features, as_arrays, features
from learner.pages.candidates import Candidate, candidates
from learner.pages.page import Document, parse
from learner.programs.examples import Example
from learner.training.redesign import redesign

HELD_OUT_OF: Final = 5
HELD_OUT_RULE: Final = (
    "family(site) is the site's name in lower case: of a host name its registrable label alone, of any other name"
    " its parts between dashes without 'oral', 'list', 'detail', single letters and parts with a digit;"
    f" a site is held out when int(sha256(family)[:8], 16) % {HELD_OUT_OF} == 0"
)

_SPACE = re.compile(r"\s+")
_VARIANT = re.compile(r"^(?:oral|list|detail|.|.*\d.*)$")
_SHORT_TEXT: Final = 40


@dataclass(frozen=True, slots=True)
class RecordedPage:
    """One page: ``fields`` maps a field to its values; ``many`` names the fields that may have several."""

    set: str
    site: str
    version: str
    name: str
    url: str
    html: bytes
    fields: Mapping[str, tuple[str, ...]]
    many: frozenset[str]
    is_list: bool


@dataclass(frozen=True, slots=True)
class RecordedSite:
    """A site's pages by version, oldest version first."""

    set: str
    name: str
    versions: Mapping[str, tuple[RecordedPage, ...]]


def family(site: str) -> str:
    """The name that all pages of one publisher share, whatever set or variant of the site they are in."""
    name = site.strip().lower().removeprefix("www.")
    if "." in name:
        labels = name.split(":")[0].split(".")[:-1]
        if len(labels) > 1 and len(labels[-1]) <= 3:
            labels = labels[:-1]
        return labels[-1]
    parts = [part for part in name.split("-") if part and not _VARIANT.match(part)]
    return "-".join(parts) or name


def held_out(site: str) -> bool:
    """Whether the shipped weights never saw the site in training."""
    return int(hashlib.sha256(family(site).encode()).hexdigest()[:8], 16) % HELD_OUT_OF == 0


def read_sites(corpus: Path, sets: Collection[str] | None = None, limit: int | None = None) -> Iterator[RecordedSite]:
    """The sites of the folder in the order of their names, at most ``limit`` pages of a version.

    Raises StateError when the folder holds no site, or a site that can't be read.
    """
    found = False
    for description in sorted(corpus.glob("*/*/site.json")):
        found = True
        set_name = description.parent.parent.name
        if sets and set_name not in sets:
            continue
        try:
            meta = json.loads(description.read_text("utf-8"))
            versions = {
                str(version): pages
                for version in meta["versions"]
                if (pages := _pages(description.parent / str(version), set_name, meta, limit))
            }
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise StateError(f"{description.parent}: not a recorded site ({error})") from error
        if versions:
            yield RecordedSite(set_name, str(meta["site"]), versions)
    if not found:
        raise StateError(
            f"{corpus}: no recorded site (<set>/<site>/site.json) in it", hint="python -m fixtures write FOLDER"
        )


def examples_of(folder: Path, site: str, limit: int) -> Iterator[Example]:
    """The first pages of a version as examples, in the order of their names."""
    for path in sorted(folder.glob("*.json"))[:limit]:
        gold = json.loads(path.read_text())
        html = gzip.decompress(path.with_name(path.stem + ".html.gz").read_bytes())
        items = gold.get("items")
        yield Example(gold.get("url") or f"http://{site}/", html, None if items else gold["item"], items or None)


def _pages(folder: Path, set_name: str, meta: Mapping[str, Any], limit: int | None) -> tuple[RecordedPage, ...]:
    pages = []
    for gold_path in sorted(folder.glob("*.json"))[:limit]:
        gold = json.loads(gold_path.read_text("utf-8"))
        html = gzip.decompress(gold_path.with_name(gold_path.stem + ".html.gz").read_bytes())
        records = gold.get("items")
        fields, many = _columns(records) if records else _fields(gold.get("item") or {}, meta.get("fields") or {})
        url = gold.get("url") or f"http://{meta['site']}/"
        pages.append(
            RecordedPage(
                set_name, str(meta["site"]), folder.name, gold_path.stem, url, html, fields, many, bool(records)
            )
        )
    return tuple(pages)


def _columns(records: Sequence[Mapping[str, Any]]) -> tuple[dict[str, tuple[str, ...]], frozenset[str]]:
    columns: dict[str, list[str]] = {}
    for record in records:
        for field, value in record.items():
            for text in value if isinstance(value, list) else [value]:
                if text is not None and str(text).strip():
                    columns.setdefault(field, []).append(str(text))
    return {field: tuple(values) for field, values in columns.items()}, frozenset(columns)


def _fields(item: Mapping[str, Any], described: Mapping[str, Any]) -> tuple[dict[str, tuple[str, ...]], frozenset[str]]:
    fields: dict[str, tuple[str, ...]] = {}
    many = set()
    for field, value in item.items():
        description = described.get(field)
        if isinstance(value, list) or (isinstance(description, dict) and description.get("many")):
            many.add(field)
        values = value if isinstance(value, list) else [value]
        texts = tuple(str(text) for text in values if text is not None and str(text).strip())
        if texts:
            fields[field] = texts
    return fields, frozenset(many)


def plain(text: str) -> str:
    """``text`` as values are compared: without case, white space, typographic quotes and a leading bullet."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).replace("’", "'").replace("“", '"').replace("”", '"')
    return _SPACE.sub("", text.casefold()).lstrip("▢•·▪◦*☐□-–—")


def plain_texts(document: Document, candidates: Sequence[Candidate]) -> list[str]:
    """The plain text of each candidate; of a link attribute that of the absolute address."""
    texts = []
    for candidate in candidates:
        value = candidate.value
        if candidate.kind == "attribute" and candidate.name in ("href", "src", "poster", "data-src"):
            value = document.absolute(value)
        texts.append(plain(value))
    return texts


def gold_places(
    document: Document, candidates: Sequence[Candidate], fields: Mapping[str, Sequence[str]]
) -> dict[str, list[list[int]]]:
    """For each field and each of its values the candidates that hold it; a value that is nowhere has none.

    A value that no candidate equals may be part of short texts (``By Ann Lee``): then the shortest hold it.
    """
    texts = plain_texts(document, candidates)
    index: dict[str, list[int]] = {}
    for number, text in enumerate(texts):
        index.setdefault(text, []).append(number)
    places: dict[str, list[list[int]]] = {}
    for field, values in fields.items():
        places[field] = [_places(plain(value), texts, index) for value in dict.fromkeys(values)]
    return places


def _places(value: str, texts: Sequence[str], index: Mapping[str, list[int]]) -> list[int]:
    if not value:
        return []
    if value in index:
        return index[value]
    if len(value) < 3:
        return []
    bound = 2 * len(value) + _SHORT_TEXT
    lengths = [(len(text), number) for number, text in enumerate(texts) if len(text) <= bound and value in text]
    if not lengths:
        return []
    shortest = min(lengths)[0]
    return [number for length, number in lengths if length <= shortest + 3]


@dataclass(frozen=True, slots=True)
class PreparedPage:
    """A page as arrays with its gold: ``gold[field]`` lists, for each value, the rows of ``features`` that hold it."""

    set: str
    site: str
    version: str
    name: str
    variant: int
    features: Features
    gold: Mapping[str, tuple[tuple[int, ...], ...]]
    many: frozenset[str]


def prepare(page: RecordedPage, variant: int = 0, limit: int = MAX_PLACES) -> PreparedPage | None:
    """The page's arrays; of a simulated redesign of it when ``variant`` is not 0. None when it can't be read.

    A redesign's seed depends on site, version and variant: pages of one version are redesigned alike.
    """
    try:
        document = parse(page.html, page.url)
        if variant:
            strength = 0.4 + 0.3 * (variant % 3)
            seed = zlib.crc32(f"{page.set} {page.site} {page.version} {variant}".encode())
            document = parse(redesign(document.root, seed, strength), page.url)
    except PageRejected:
        return None
    found = candidates(document)
    arrays = features(document, found, limit)
    row_of = {int(number): row for row, number in enumerate(arrays.rows)}
    gold = {
        field: tuple(tuple(row_of[number] for number in numbers if number in row_of) for numbers in values)
        for field, values in gold_places(document, found, page.fields).items()
    }
    return PreparedPage(page.set, page.site, page.version, page.name, variant, arrays, gold, page.many)


def prepared(
    corpora: Iterable[Path],
    cache: Path,
    variants: int,
    *,
    sets: Collection[str] | None = None,
    limit: int = 10,
    processes: int = 1,
    progress: Callable[[str], None] = lambda line: None,
) -> list[PreparedPage]:
    """Every readable page of the corpora as arrays, ``variants`` redesigns of each beside it; cached by content.

    At most ``limit`` pages of a version. Raises StateError when a corpus holds no site.
    """
    sites = [site for corpus in corpora for site in read_sites(corpus, sets, limit)]
    cache.mkdir(parents=True, exist_ok=True)
    tasks = [(site, cache / _cache_name(site, variants), variants) for site in sites]
    missing = [task for task in tasks if not task[1].exists()]
    if processes > 1 and len(missing) > 1:
        with ProcessPoolExecutor(processes, mp_context=get_context("forkserver")) as pool:
            for number, _ in enumerate(pool.map(_prepare_site, missing, chunksize=4), 1):
                if number % 25 == 0 or number == len(missing):
                    progress(f"prepared {number} of {len(missing)} sites")
    else:
        for number, task in enumerate(missing, 1):
            _prepare_site(task)
            if number % 25 == 0 or number == len(missing):
                progress(f"prepared {number} of {len(missing)} sites")
    return [page for _, path, _ in tasks for page in load_prepared(path)]


def _cache_name(site: RecordedSite, variants: int) -> str:
    digest = hashlib.sha256(f"{FEATURES_VERSION} {variants}".encode())
    for version, pages in site.versions.items():
        for page in pages:
            digest.update(f"{version} {page.name} {page.url} {sorted(page.fields.items())}".encode())
            digest.update(page.html)
    return f"{site.set}-{re.sub('[^a-z0-9.-]', '_', site.name.lower())[:60]}-{digest.hexdigest()[:12]}.npz"


def _prepare_site(task: tuple[RecordedSite, Path, int]) -> None:
    site, path, variants = task
    pages = [
        done
        for recorded in site.versions.values()
        for page in recorded
        for variant in range(variants + 1)
        if (done := prepare(page, variant)) is not None
    ]
    save_prepared(path, pages)


def save_prepared(path: Path, pages: Sequence[PreparedPage]) -> None:
    """Write pages to one file, under a temporary name first."""
    arrays: dict[str, NDArray[Any]] = {}
    described = []
    for number, page in enumerate(pages):
        arrays |= {f"{number}.{name}": array for name, array in as_arrays(page.features).items()}
        described.append(
            {
                "page": [page.set, page.site, page.version, page.name, page.variant],
                "gold": page.gold,
                "many": sorted(page.many),
            }
        )
    arrays["pages"] = np.frombuffer(json.dumps(described).encode(), dtype=np.uint8)
    temporary = path.with_name(path.name + ".tmp")
    with temporary.open("wb") as file:
        np.savez(file, allow_pickle=False, **arrays)
    temporary.replace(path)


def load_prepared(path: Path) -> list[PreparedPage]:
    """Pages written by save_prepared. Raises StateError when the file is not one."""
    try:
        with np.load(path, allow_pickle=False) as arrays:
            described = json.loads(bytes(arrays["pages"]))
            return [
                PreparedPage(
                    set=str(entry["page"][0]),
                    site=str(entry["page"][1]),
                    version=str(entry["page"][2]),
                    name=str(entry["page"][3]),
                    variant=int(entry["page"][4]),
                    features=Features(**{name: arrays[f"{number}.{name}"] for name in Features.__dataclass_fields__}),
                    gold={field: tuple(map(tuple, values)) for field, values in entry["gold"].items()},
                    many=frozenset(entry["many"]),
                )
                for number, entry in enumerate(described)
            ]
    except (OSError, ValueError, KeyError, TypeError, BadZipFile) as error:
        raise StateError(f"{path}: not a file of prepared pages ({error})", hint=f"rm {path}") from error
