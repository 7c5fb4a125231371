"""Reading recorded pages, finding their gold, and holding sites out."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from learner.errors import StateError
from learner.pages.candidates import candidates
from learner.pages.page import parse
from learner.training.recorded import (
    family,
    gold_places,
    held_out,
    load_prepared,
    plain,
    prepare,
    prepared,
    read_sites,
)

URL = "http://books.example/1"


def write_site(corpus: Path, site: str, pages: dict[str, dict[str, tuple[str, dict[str, Any]]]]) -> None:
    """``pages``: version -> page -> (html, gold)."""
    folder = corpus / "books" / site
    folder.mkdir(parents=True)
    meta = {"site": site, "versions": list(pages), "fields": {"title": {"many": False}, "tags": {"many": True}}}
    (folder / "site.json").write_text(json.dumps(meta))
    for version, named in pages.items():
        (folder / version).mkdir()
        for name, (html, gold) in named.items():
            (folder / version / f"{name}.html.gz").write_bytes(gzip.compress(html.encode()))
            (folder / version / f"{name}.json").write_text(json.dumps({"url": f"http://{site}/{name}", **gold}))


def page(title: str, *tags: str) -> tuple[str, dict[str, Any]]:
    shown = "".join(f"<li class=tag>{tag}</li>" for tag in tags)
    html = f"<html><body><h1 class=title>{title}</h1><ul>{shown}</ul><p>About us</p></body></html>"
    return html, {"item": {"title": title, "tags": list(tags)}}


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "corpus"
    write_site(folder, "one.example", {"v1": {"a": page("Red", "x", "y"), "b": page("Blue", "z")}})
    write_site(folder, "two.example", {"v1": {"a": page("Green", "x")}, "v2": {"a": page("Green", "x")}})
    rows = [{"name": "Ann", "day": "Monday"}, {"name": "Bob"}]
    html = "<html><body><table><tr><td>Ann<td>Monday<tr><td>Bob<td></table></body></html>"
    write_site(folder, "list.example", {"v1": {"a": (html, {"items": rows})}})
    return folder


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("www.bbc.com", "bbc.co.uk"),
        ("about.gitlab.com", "gitlab.com"),
        ("courts-ca2", "courts-oral-ca5"),
        ("meet-chi-transit-list", "meet-chi-transit-detail"),
        ("Site.Example", "site.example"),
    ],
)
def test_variants_of_a_site_are_held_out_together(one: str, other: str) -> None:
    assert family(one) == family(other)
    assert held_out(one) == held_out(other)


def test_about_a_fifth_of_sites_is_held_out() -> None:
    share = sum(held_out(f"site{chr(97 + n % 26)}{chr(97 + n // 26 % 26)}.com") for n in range(600)) / 600
    assert 0.1 < share < 0.3


def test_a_corpus_is_read_by_site_and_version(corpus: Path) -> None:
    sites = {site.name: site for site in read_sites(corpus)}
    assert list(sites) == ["list.example", "one.example", "two.example"]
    assert list(sites["two.example"].versions) == ["v1", "v2"]
    first = sites["one.example"].versions["v1"][0]
    assert dict(first.fields) == {"title": ("Red",), "tags": ("x", "y")}
    assert first.many == {"tags"}
    listed = sites["list.example"].versions["v1"][0]
    assert listed.is_list
    assert dict(listed.fields) == {"name": ("Ann", "Bob"), "day": ("Monday",)}


def test_a_folder_without_sites_is_told(tmp_path: Path) -> None:
    with pytest.raises(StateError, match="no recorded site"):
        list(read_sites(tmp_path))


def test_a_broken_site_is_told(corpus: Path) -> None:
    (corpus / "books" / "one.example" / "site.json").write_text("{")
    with pytest.raises(StateError, match=r"one\.example"):
        list(read_sites(corpus))


@pytest.mark.parametrize(
    ("text", "same"),
    [(" A  B ", "ab"), ("▢ 1 cup", "1cup"), ("“Caf\u00e9”", '"caf\u00e9"'), ("- item", "item"), ("\uff21", "a")],
)
def test_plain_text(text: str, same: str) -> None:
    assert plain(text) == same


@pytest.mark.parametrize(
    ("value", "held"),
    [
        ("The Title", ["The Title"]),
        ("http://books.example/x", ["/x"]),
        ("Ann Lee", ["By Ann Lee", "By Ann Lee"]),
        ("nowhere", []),
    ],
)
def test_gold_is_found_as_text_as_address_or_inside_a_short_text(value: str, held: list[str]) -> None:
    html = "<html><body><h1>The  title</h1><div><p>By Ann Lee</p></div><a href='/x'>go</a></body></html>"
    document = parse(html, URL)
    found = candidates(document)
    (numbers,) = gold_places(document, found, {"field": [value]})["field"]
    assert [found[n].value.casefold() for n in numbers] == [text.casefold() for text in held]


def test_prepared_pages_come_from_the_cache_the_second_time(corpus: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    first = prepared([corpus], cache, 1)
    files = {path: path.stat().st_mtime_ns for path in cache.iterdir()}
    again = prepared([corpus], cache, 1)
    assert {path: path.stat().st_mtime_ns for path in cache.iterdir()} == files
    assert len(first) == len(again) == 10  # 5 pages and a redesign of each
    for one, other in zip(first, again, strict=True):
        assert (one.site, one.variant, one.gold, one.many) == (other.site, other.variant, other.gold, other.many)
        assert np.array_equal(one.features.words, other.features.words)


def test_gold_points_at_rows(corpus: Path) -> None:
    site = next(site for site in read_sites(corpus) if site.name == "one.example")
    done = prepare(site.versions["v1"][0])
    assert done is not None
    assert [len(rows) for rows in done.gold["tags"]] == [1, 1]
    assert all(row < len(done.features.rows) for values in done.gold.values() for rows in values for row in rows)


def test_a_file_that_is_not_prepared_pages(tmp_path: Path) -> None:
    path = tmp_path / "x.npz"
    path.write_bytes(b"no")
    with pytest.raises(StateError, match="prepared pages"):
        load_prepared(path)
