"""Crawls as a user starts them: real processes against the fixture server."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from crawl_tools import RECORDS, ROOT, SHOP, Project, examples, finish, processes, product, stats, wait_until, watched

from crawler.demo import grade
from fixtures import Site
from learner.state.store import Store

SITES = {"shop": SHOP, "records": RECORDS}


@pytest.mark.parametrize("site", ["shop", "records"])
def test_the_teacher_answers_and_is_recorded(project: Project, site: str) -> None:
    done = project.run("crawl", site, "-O", str(project.path("items.jsonl")))
    assert done.code == 0, done.err
    score = grade(SITES[site], 1, project.server, project.items("items.jsonl"))
    assert (score.share, score.wrong) == (1.0, 0)
    counted = stats(done.err)
    assert counted["recorded_pairs"] == counted["recorded_pages"] > 0
    with Store.open(project.state) as store:
        template = SITES[site].templates[-1]
        assert store.counts(site, template)["examples"] == counted[f"pages/{template}"]


@pytest.mark.parametrize("site", ["shop", "records"])
def test_learned_code_answers_alone_and_without_torch(learned: Project, site: str) -> None:
    output = str(learned.path("items.jsonl"))
    done = learned.run("crawl", site, "-a", "mode=learned", "-O", output, **watched(learned))
    assert done.code == 0, done.err
    score = grade(SITES[site], 1, learned.server, learned.items("items.jsonl"))
    assert score.share > 0.98
    counted = stats(done.err)
    assert "taught" not in counted
    assert counted["recorded_extractions"] == counted["learned"] > 0
    assert [what for _, what, _ in processes(learned)] == ["start"]


def test_a_long_crawl_is_read_by_a_worker_process(learned: Project) -> None:
    output = str(learned.path("items.jsonl"))
    # With a pause between pages, or the crawl may be over before the worker has started.
    pace = ("-s", "EVERGREEN_WORKER_AFTER=1", "-s", "DOWNLOAD_DELAY=0.01")
    done = learned.run("crawl", "shop", "-a", "mode=learned", "-O", output, *pace, **watched(learned))
    assert done.code == 0, done.err
    assert grade(SHOP, 1, learned.server, learned.items("items.jsonl")).share > 0.98
    started = processes(learned)
    assert any("crawler.reading.worker" in command for _, _, command in started)
    assert "torch" not in {what for _, what, _ in started}


def test_provenance_on_request(learned: Project) -> None:
    done = learned.run(
        "crawl", "shop", "-O", str(learned.path("items.jsonl")), "-s", "EVERGREEN_PROVENANCE=1", "--nolog"
    )
    assert done.code == 0
    item = learned.items("items.jsonl")[0]
    origin = item.pop("_evergreen")
    assert origin["template"] == "product"
    assert origin["version"] == 1
    assert origin["fetched_at"].endswith("+00:00")
    assert all(0.5 <= origin["confidence"][name] <= 1.0 for name in item if name != "url")


@pytest.mark.parametrize(
    ("broken", "code", "counted"),
    [
        ("empty", 1, "refused/empty"),
        ("binary", 1, "refused/not_html"),
        ("not_html", 1, "refused/not_html"),
        ("server_error", 1, "errors/500"),
    ],
)
def test_pages_that_are_none_are_counted(learned: Project, broken: str, code: int, counted: str) -> None:
    learned.switch(site="shop", broken=broken)
    done = learned.run("crawl", "shop", "-s", "RETRY_TIMES=0")
    learned.switch(site="shop", broken=None)
    assert "Traceback" not in done.all
    assert done.code == code
    assert stats(done.err)[counted] == 1
    with Store.open(learned.state) as store:
        assert store.drifts.pending("shop") == []


def test_some_broken_pages_do_not_spoil_the_crawl(learned: Project) -> None:
    learned.switch(site="shop", broken="empty", broken_share=0.1)
    done = learned.run("crawl", "shop", "-O", str(learned.path("items.jsonl")))
    learned.switch(site="shop", broken=None)
    counted = stats(done.err)
    assert counted["refused/empty"] > 0
    assert done.code == 0
    assert counted["drift_pending"] == 0


@pytest.mark.parametrize(
    ("broken", "name", "share"),
    [
        ("captcha", "captcha", 0.15),
        ("login_inside", "login", 0.15),
        ("truncated", "truncated", 0.15),
        ("blocked", "blocked", 1),
    ],
)
def test_pages_that_are_none_of_their_template_start_no_retraining(
    learned: Project, broken: str, name: str, share: float
) -> None:
    learned.switch(site="shop", broken=broken, broken_share=share)
    done = learned.run("crawl", "shop", "-a", "mode=learned", "-O", str(learned.path("items.jsonl")))
    learned.switch(site="shop", broken=None)
    counted = stats(done.err)
    assert counted[f"refused/{name}"] == counted["refused"] > 0
    assert (counted["drift_pending"], counted.get("retrains", 0)) == (0, 0)
    assert done.code == (1 if share == 1 else 0), done.err[-500:]
    with Store.open(learned.state) as store:
        assert store.counts("shop", "list").get("partial", 0) + store.counts("shop", "product").get("partial", 0) == 0
    if share < 1:
        items = learned.items("items.jsonl")
        assert len(items) == counted["pages/product"] - counted["refused"]


def test_many_pages_in_a_row_that_are_none_are_told(learned: Project) -> None:
    for broken in ("soft_404", None):
        learned.switch(site="shop", broken=broken)
        done = learned.run("crawl", "shop", "-a", "mode=learned")
        assert ("the last 20 pages were none of template product" in done.err) == (broken is not None)
        told = "THE LAST 32 PAGES WERE NONE OF IT: soft_404 32" in learned.call("status", "shop").out
        assert told == (broken is not None)


@pytest.mark.parametrize("spoiled", ["import", "callback", "field"])
def test_a_spider_of_ones_own_that_fails(project: Project, spoiled: str) -> None:
    """Exceptions in every callback, and a teacher's misspelt field, are failures that cron sees."""
    name = {"import": "title", "callback": "title", "field": "titel"}[spoiled]
    body = "raise RuntimeError('spoiled')" if spoiled == "callback" else f"return {{'{name}': 'x'}}"
    start = f"{project.server}/shop/" if spoiled != "import" else "http://127.0.0.1:9/"
    folder = project.own(
        "SPIDER_MODULES = ['own_spiders']\nCOMMANDS_MODULE = 'crawler.commands'\n"
        "ADDONS = {'crawler.addon.Evergreen': 500}\nRETRY_TIMES = 0\n",
        "from crawler.spider import EvergreenSpider, Template\n"
        "class Own(EvergreenSpider):\n"
        "    name = 'own'\n"
        f"    start_urls = ['{start}']\n"
        "    start_template = 'page'\n"
        "    templates = {'page': Template(fields=('title',))}\n"
        "    def teach_page(self, response):\n"
        f"        {body}\n",
    )
    done = project.run_in(folder, "crawl", "own")
    assert done.code == {"import": 1, "callback": 1, "field": 2}[spoiled]
    if spoiled == "field":
        assert "field 'titel'" in done.err
        assert "Did you mean 'title'?" in done.err


def test_an_interrupted_crawl_keeps_what_it_saw(project: Project) -> None:
    process = project.begin(
        "crawl", "shop", "-O", str(project.path("items.jsonl")), "-s", "DOWNLOAD_DELAY=0.1", "-L", "ERROR"
    )
    wait_until(lambda: any(part.stat().st_size > 600 for part in project.folder.glob(".items.jsonl.*.part")), process)
    done = finish(process, signal.SIGINT)
    assert done.code == 1
    assert "interrupted" in done.err
    exported = len(project.items("items.jsonl"))
    with Store.open(project.state) as store:
        assert store.counts("shop", "product")["examples"] == exported > 0


def test_a_state_that_cannot_be_written_stops_no_crawl(project: Project) -> None:
    Store.open(project.state).close()
    (project.state / "archive").write_text("a file where the archive's folder should be")
    done = project.run("crawl", "shop", "-O", str(project.path("items.jsonl")))
    assert done.code == 0
    assert done.err.count("can't be recorded") == 1
    assert len(project.items("items.jsonl")) == 32
    assert stats(done.err)["record_failed"] == 34


FULL = f"ulimit -f 48; exec {sys.executable} -m scrapy crawl shop"
"""No file may grow beyond 48 kB: to the program, this is a full disk."""
READ_ONLY = f"""
import ctypes, os
# Permissions hold for root, too, without CAP_DAC_OVERRIDE.
ctypes.CDLL(None).prctl(24, 1, 0, 0, 0)
os.execv({sys.executable!r}, [{sys.executable!r}, "-m", "scrapy", "crawl", "shop", *os.sys.argv[1:]])
"""


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("trouble", ["full", "read-only"])
def test_a_state_without_room_or_permission_stops_no_crawl(
    project: Project, learned_state: Path, trouble: str, known: bool
) -> None:
    """Learned code goes on to answer, or the teacher where nothing is learned; that nothing is recorded is told."""
    if known:
        shutil.copytree(learned_state, project.state)
    else:
        project.state.mkdir()
    output = ("-O", str(project.path("items.jsonl")), "-s", "EVERGREEN_RETRAIN=never")
    command = ["bash", "-c", f'{FULL} "$@"', "-", *output]
    if trouble == "read-only":
        command = [sys.executable, "-c", READ_ONLY, *output]
        for path in (project.state, *project.state.rglob("*")):
            path.chmod(0o555 if path.is_dir() else 0o444)
    done = subprocess.run(command, cwd=ROOT, env=project.environment(), capture_output=True, text=True, timeout=250)
    for path in (project.state, *project.state.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    counted = stats(done.stderr)
    # The items are there; that nothing is recorded is told by the exit code.
    assert done.returncode == 3 * ("state_unusable" in counted), done.stderr[-2000:]
    assert len(project.items("items.jsonl")) == 32
    assert ("learned" in counted) == known
    assert counted.get("state_unusable", 0) + counted.get("record_failed", 0) > 0
    assert "recorded" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_settings_are_safe(project: Project) -> None:
    done = project.run("settings", "--get", "ROBOTSTXT_OBEY")
    assert done.out.strip() == "True"
    fetched = project.run("fetch", f"file://{Path(__file__)}", "--nolog")
    assert "def test_the_settings_are_safe" not in fetched.all


def test_gold_is_graded_as_it_should_be() -> None:
    site = Site("shop", size=2)
    pages = [page for page in site.pages(1).values() if page.template == "product"]
    total = sum(1 for page in pages for value in (page.item or {}).values() if value not in (None, "", []))
    item = {**(pages[0].item or {}), "url": "http://h" + pages[0].path}
    item["image"] = "http://h" + str(item["image"])
    half = grade(site, 1, "http://h", [item, {"url": "http://h" + pages[1].path, "title": "wrong"}])
    assert half.total == total
    assert half.right == len(item) - 1
    assert half.wrong == 1
    assert sys.version_info >= (3, 11)


def learn_a_product(project: Project) -> None:
    url, item = product(project)
    example = {"url": url, "template": "product", "item": item}
    assert project.run("learn", "shop", "--examples", examples(project, example)).code == 0


def test_what_a_teacher_shows_is_learned_beside_what_a_person_has_shown(project: Project) -> None:
    learn_a_product(project)
    crawl = ("crawl", "shop", "-s", "EVERGREEN_EXAMPLES=4", "-O", str(project.path("items.jsonl")))
    # Two pages of the list are too few; those of two crawls are enough, and no more is to be learned after that.
    for learned in (0, 1, 0):
        done = project.run(*crawl)
        counted = stats(done.err)
        assert (done.code, counted.get("first_versions", 0), counted.get("retrains", 0)) == (0, learned, learned)
    with Store.open(project.state) as store:
        assert store.versions.live("shop", "list") is not None


def test_links_that_a_teacher_no_longer_finds_are_asked_for_by_memory(project: Project) -> None:
    learn_a_product(project)
    never = ("crawl", "shop", "-s", "EVERGREEN_RETRAIN=never")
    assert project.run(*never).code == 0
    project.switch(site="shop", design=2)
    done = project.run(*never)
    project.switch(site="shop", design=1)
    assert stats(done.err).get("pages/product") == 32, stats(done.err)
    assert done.code == 3


OWN = """
SPIDER_MODULES = ["own_spiders"]
ADDONS = {"crawler.addon.Evergreen": 500}
"""
TEACHER = """
from crawler.spider import EvergreenSpider, Template
class Own(EvergreenSpider):
    name = "own"
    start_urls = ["SERVER/shop/"]
    start_template = "list"
    templates = {"list": Template(follow={"products": "product"}), "product": Template(fields=("title",))}
    def teach_list(self, response):
        return {"products": response.css("a[href*=product]::attr(href)").getall()[:4]}
    def teach_product(self, response):
        return {"title": response.css("h1::text").get()}
"""


def own(project: Project, settings: str, teacher: str = TEACHER) -> Path:
    """A project with a spider of its own."""
    return project.own(settings, teacher.replace("SERVER", project.server))


@pytest.mark.parametrize("commands", ["", "COMMANDS_MODULE = 'crawler.commands'\n"], ids=["Scrapy's", "Evergreen's"])
def test_what_became_of_a_crawl_is_told_once(commands: str, project: Project) -> None:
    """By the log, where the command is Scrapy's own, which always ends with 0."""
    nothing = TEACHER.replace('"h1::text"', '"h9::text"')
    done = project.run_in(own(project, OWN + commands, nothing), "crawl", "own")
    told = "5 pages were read, and no item came of them"
    assert done.err.count(told) == 1
    assert (f"WARNING: own: {told}" in done.err) == (not commands)
    assert done.code == (1 if commands else 0)


def test_a_crawl_that_has_nothing_left_to_do_is_fine(project: Project) -> None:
    folder = own(project, OWN + "COMMANDS_MODULE = 'crawler.commands'\n")
    for items in (4, None):
        done = project.run_in(folder, "crawl", "own", "-s", "JOBDIR=job")
        assert (done.code, stats(done.err).get("resumed")) == (0, None if items else 1), done.err
        assert ("'item_scraped_count': 4" in done.err) == bool(items)


def test_teachers_answer_without_a_database(project: Project) -> None:
    folder = own(project, OWN + "COMMANDS_MODULE = 'crawler.commands'\n")
    out_of_reach = ("-s", f"EVERGREEN_DATABASE=sqlite:///{project.path('nowhere')}/x.sqlite3")
    done = project.run_in(folder, "crawl", "own", "-a", "mode=learned", *out_of_reach)
    assert (done.code, "can't be used" in done.err) == (1, True)
    done = project.run_in(folder, "crawl", "own", *out_of_reach)
    assert done.code == 3
    assert "'item_scraped_count': 4" in done.err
    assert "own: the state can't be written or read" in done.err
