from __future__ import annotations

import gzip
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from store_tools import new_page, run_python
from warcio.archiveiterator import ArchiveIterator

from learner.errors import StateError
from learner.state.archive import Archive, Place


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    opened = Archive(tmp_path / "archive")
    yield opened
    opened.close()


def files(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.warc.gz"))


def test_other_tools_read_the_files(archive: Archive, tmp_path: Path) -> None:
    archive.append([new_page(n, body=b"<p>%d</p>" % n, status=200 + n) for n in range(3)])
    (file,) = files(tmp_path)
    with file.open("rb") as stream:
        records = [
            (record.rec_type, record.rec_headers.get_header("WARC-Target-URI"), record.content_stream().read())
            for record in ArchiveIterator(stream, check_digests="raise")
        ]
    assert records[0][0] == "warcinfo"
    assert records[1:] == [("response", f"http://shop.example/{n}", b"<p>%d</p>" % n) for n in range(3)]
    assert gzip.decompress(file.read_bytes()).count(b"\r\nWARC-Type: ") == 4


@pytest.mark.parametrize(
    ("url", "content_type"),
    [
        ("http://shop.example/\r\nWARC-Type: warcinfo", "text/html"),
        ("http://shop.example/a b\x00ü\ud800", "text/html"),
        ("http://shop.example/", "text/html\r\nSet-Cookie: a=b\r\n\r\nbody"),
        ("", ""),
        ("file:///tmp/page.html", "text/html"),
        ("HTTP://SHOP.EXAMPLE/", "text/html"),
    ],
)
def test_the_other_side_writes_no_headers(url: str, content_type: str, archive: Archive, tmp_path: Path) -> None:
    (place,) = archive.append([new_page(url=url, content_type=content_type, body=b"body")])
    assert archive.read(place) == b"body"
    text = gzip.decompress(files(tmp_path)[0].read_bytes())
    assert text.count(b"\r\nWARC-Type: ") == 2, "warcinfo and the page"
    assert b"\r\nSet-Cookie" not in text


def test_a_torn_tail_harms_nothing(archive: Archive, tmp_path: Path) -> None:
    places = archive.append([new_page(n, body=os.urandom(3_000)) for n in range(3)])
    bodies = [archive.read(place) for place in places]
    archive.close()
    (file,) = files(tmp_path)
    with file.open("ab") as stream:
        stream.write(gzip.compress(b"WARC/1.0\r\nWARC-Type: resp")[:-9])
    assert [archive.read(place) for place in places] == bodies
    archive.append([new_page()])
    assert len(files(tmp_path)) == 2, "a new process never appends to a file that may be torn"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path, place: path.unlink(),
        lambda path, place: os.truncate(path, place.offset + place.length - 1),
        lambda path, place: os.truncate(path, place.offset),
        lambda path, place: path.write_bytes(path.read_bytes()[: place.offset] + b"x" * place.length),
        lambda path, place: path.write_bytes(b"\x1f\x8b" + os.urandom(place.offset + place.length)),
    ],
)
def test_a_lost_record_is_a_clear_error(
    spoil: Callable[[Path, Place], object], archive: Archive, tmp_path: Path
) -> None:
    place = archive.append([new_page(body=b"<p>text</p>" * 100)])[0]
    archive.close()
    spoil(files(tmp_path)[0], place)
    with pytest.raises(StateError) as raised:
        archive.read(place)
    assert place.file in raised.value.message


@pytest.mark.parametrize("file", ["../secret", "/etc/passwd", "shop/../../secret"])
def test_nothing_outside_is_read(file: str, archive: Archive, tmp_path: Path) -> None:
    place = archive.append([new_page()])[0]
    (tmp_path / "secret").write_bytes(files(tmp_path)[0].read_bytes())
    with pytest.raises(StateError):
        archive.read(replace(place, file=file))


def test_full_files_are_followed_by_new_ones(tmp_path: Path) -> None:
    archive = Archive(tmp_path, file_bytes=5_000)
    places: list[Place] = []
    for n in range(8):
        places += archive.append([new_page(n, body=b"%d" % n + os.urandom(2_000))])
    archive.close()
    assert len(files(tmp_path)) == 4
    assert [archive.read(place)[:1] for place in places] == [b"%d" % n for n in range(8)]


@pytest.mark.parametrize("site", ["../../x", "a/b", "/etc", "..", "", "Größe", "con", "x" * 300, "a\x00b"])
def test_every_site_stays_inside(site: str, archive: Archive, tmp_path: Path) -> None:
    (place,) = archive.append([new_page(site=site, body=b"body")])
    assert archive.read(place) == b"body"
    assert len(files(tmp_path / "archive")) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["archive"]


def test_no_two_writers_share_a_file(tmp_path: Path) -> None:
    script = """
import os, sys
from pathlib import Path
from learner.state.archive import Archive
from store_tools import new_page
archive = Archive(Path(sys.argv[1]))
archive.append([new_page(1)])
children = []
for n in range(3):
    child = os.fork()
    if child == 0:
        place, = archive.append([new_page(n, body=b"%d" % n)])
        os._exit(0 if archive.read(place) == b"%d" % n else 1)
    children.append(child)
assert [os.waitpid(child, 0)[1] for child in children] == [0] * 3
place, = archive.append([new_page(9, body=b"nine")])
assert archive.read(place) == b"nine"
"""
    run_python(script, tmp_path)
    assert len(files(tmp_path)) == 4


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_a_clear_error_and_the_next_batch_starts_a_new_file(archive: Archive, tmp_path: Path) -> None:
    place = archive.append([new_page(body=b"first")])[0]
    archive._open["shop"].stream.close()
    with Path("/dev/full").open("wb") as full:
        archive._open["shop"].stream = full
        with pytest.raises(StateError, match="can't be written"):
            archive.append([new_page(body=os.urandom(100_000))])
    (after,) = archive.append([new_page(body=b"after")])
    assert (archive.read(place), archive.read(after)) == (b"first", b"after")
    assert len(files(tmp_path)) == 2
