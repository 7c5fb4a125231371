"""A good export is replaced by a whole one, or stays."""

from __future__ import annotations

import contextlib
import os
import signal
import stat
from pathlib import Path

import pytest
from crawl_tools import Project, finish, wait_until
from scrapy import Spider
from scrapy.settings import Settings

from crawler.outputs.feeds import WholeFileStorage, check_feeds, uri_params, write_whole
from learner.errors import EvergreenError

SLOW = ("-s", "DOWNLOAD_DELAY=0.1", "-s", "CONCURRENT_REQUESTS=1", "-L", "ERROR")


def export(path: Path | str, data: bytes, *, overwrite: bool) -> None:
    storage = WholeFileStorage(str(path), feed_options={"overwrite": overwrite})
    file = storage.open(Spider("any"))
    file.write(data)
    storage.store(file)


@pytest.mark.parametrize(
    ("before", "overwrite", "after"),
    [(None, True, b"new"), (None, False, b"new"), (b"old ", True, b"new"), (b"old ", False, b"old new")],
)
def test_export_replaces_or_appends(tmp_path: Path, before: bytes | None, overwrite: bool, after: bytes) -> None:
    path = tmp_path / "sub" / "items.jsonl"
    if before is not None:
        path.parent.mkdir()
        path.write_bytes(before)
    export(path, b"new", overwrite=overwrite)
    assert path.read_bytes() == after
    assert os.listdir(path.parent) == ["items.jsonl"]


def test_target_is_untouched_until_the_end(tmp_path: Path) -> None:
    path = tmp_path / "items.json"
    path.write_bytes(b"old")
    storage = WholeFileStorage(path.as_uri(), feed_options={"overwrite": True})
    file = storage.open(Spider("any"))
    file.write(b"new" * 100_000)
    assert path.read_bytes() == b"old"
    storage.store(file)
    assert path.read_bytes() == b"new" * 100_000


def test_mode_and_link_of_the_target_are_kept(tmp_path: Path) -> None:
    real, link = tmp_path / "real.jsonl", tmp_path / "link.jsonl"
    real.write_bytes(b"old")
    real.chmod(0o640)
    link.symlink_to(real)
    export(link, b"new", overwrite=True)
    assert link.is_symlink()
    assert real.read_bytes() == b"new"
    assert stat.S_IMODE(real.stat().st_mode) == 0o640


def test_a_device_is_written_to_directly() -> None:
    export("/dev/null", b"new", overwrite=True)
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


def test_parts_of_the_killed_are_swept_and_those_of_the_living_stay(tmp_path: Path) -> None:
    path = tmp_path / "items [1].jsonl"
    dead = tmp_path / f".{path.name}.1.0.part"
    dead.write_bytes(b"half")
    living = WholeFileStorage(str(path), feed_options={"overwrite": True}).open(Spider("any"))
    for part in (dead, Path(living.name)):
        os.utime(part, (1, 1))
    export(path, b"whole", overwrite=True)
    assert not dead.exists()
    assert Path(living.name).exists()
    living.close()


def test_two_that_append_at_once_both_arrive(tmp_path: Path) -> None:
    path = tmp_path / "items.jsonl"
    path.write_bytes(b"0\n")
    storages = [WholeFileStorage(str(path)) for _ in range(3)]
    files = [storage.open(Spider("any")) for storage in storages]
    for number, (storage, file) in enumerate(zip(storages, files, strict=True)):
        file.write(f"{number}\n".encode())
        storage.store(file)
    assert sorted(path.read_bytes().split()) == [b"0", b"0", b"1", b"2"]


def test_lines_that_break_off_leave_the_file(tmp_path: Path) -> None:
    path = tmp_path / "repaired.jsonl"
    path.write_bytes(b"old\n")

    def lines() -> object:
        yield b"new\n"
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        write_whole(path, lines(), append=True)  # type: ignore[arg-type]
    assert path.read_bytes() == b"old\n"
    assert os.listdir(tmp_path) == ["repaired.jsonl"]


def test_a_file_that_cannot_be_made_is_told_when_it_is_stored(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="File exists"):
        export(tmp_path / "file" / "items.jsonl", b"new", overwrite=True)


@pytest.mark.parametrize(
    ("feed", "why"),
    [
        ("new/folder/items.jsonl", ""),
        ("%(name)s/%(time)s.json", ""),
        ("/dev/null", ""),
        ("stdout:", ""),
        ("folder", "Is a directory"),
        ("file/items.jsonl", "Not a directory"),
        ("file/%(name)s.jsonl", "Not a directory"),
        ("/proc/items.jsonl", "No such file"),
    ],
)
def test_feeds_that_cannot_be_written_are_known_before_the_crawl(
    feed: str, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    monkeypatch.chdir(tmp_path)
    settings = Settings({"FEEDS": {feed: {"format": "jsonlines"}}})
    with contextlib.nullcontext() if not why else pytest.raises(EvergreenError, match=why):
        check_feeds(settings)
    assert sorted(os.listdir()) == ["file", "folder"]


def test_a_feed_that_cannot_be_written_takes_no_items_from_others(project: Project) -> None:
    settings = 'FEEDS={"/proc/x.jsonl": {"format": "jsonlines"}, "%s": {"format": "jsonlines"}}'
    spider, good = project.path("tea.py"), project.path("good.jsonl")
    spider.write_text(
        "import scrapy\n"
        "class Tea(scrapy.Spider):\n"
        "    name = 'tea'\n"
        f"    start_urls = ['{project.server}/shop/']\n"
        "    def parse(self, response):\n"
        "        yield {'title': response.css('title::text').get()}\n"
    )
    done = project.run("runspider", str(spider), "-s", settings % good)
    assert len(good.read_text().splitlines()) == 1
    assert "/proc/x.jsonl can't be written" in done.err
    assert "'feedexport/failed_count/WholeFileStorage': 1" in done.err
    done = project.run("crawl", "shop", "-O", "/proc/x.jsonl", "--nolog")
    assert (done.code, done.out) == (1, "")
    assert "The items can't be written to /proc/x.jsonl" in done.err


@pytest.mark.parametrize("name", ["../../x", "/etc/x", "a/../../b", "..", "c:\\x"])
def test_a_placeholder_is_one_component_of_a_path(name: str) -> None:
    safe = uri_params({"name": name, "batch_id": 1}, Spider("any"))
    assert safe["batch_id"] == 1
    assert Path("feeds", safe["name"]).resolve().parent == Path("feeds").resolve()
    assert not {"/", "\\"} & set(safe["name"])


def test_a_spider_with_a_path_for_a_name_writes_inside(project: Project) -> None:
    spider = project.path("evil.py")
    spider.write_text(
        "import scrapy\n"
        "class Evil(scrapy.Spider):\n"
        "    name = '../../x'\n"
        f"    start_urls = ['{project.server}/shop/']\n"
        "    def parse(self, response):\n"
        "        yield {'title': response.css('title::text').get()}\n"
    )
    inside = project.path("a") / "b"
    done = project.run("runspider", str(spider), "-o", f"{inside}/%(name)s.jsonl", "-s", "AUTOTHROTTLE_ENABLED=0")
    assert done.code == 0, done.err
    assert [path.parent for path in project.folder.rglob("*.jsonl")] == [inside]


@pytest.mark.parametrize("start", ["/-/broken/empty", "/-/broken/soft_404", "/shop/nothing"])
def test_a_crawl_without_items_leaves_the_export(project: Project, start: str) -> None:
    output = project.path("items.json")
    output.write_text('[{"title": "good"}]')
    done = project.run("crawl", "shop", "-a", f"start={project.server}{start}", "-O", str(output), "-L", "ERROR")
    assert done.code == 1
    assert "Traceback" not in done.all
    assert output.read_text() == '[{"title": "good"}]'


def test_a_killed_crawl_leaves_the_export(project: Project) -> None:
    output = project.path("items.json")
    output.write_text('[{"title": "good"}]')
    process = project.begin("crawl", "shop", "-O", str(output), *SLOW)
    wait_until(lambda: any(part.stat().st_size > 300 for part in project.folder.glob(".items.json.*.part")), process)
    finish(process, signal.SIGKILL)
    assert output.read_text() == '[{"title": "good"}]'
    done = project.run("crawl", "shop", "-O", str(output), "-L", "ERROR")
    assert done.code == 0
    assert len(output.read_text().splitlines()) > 30
