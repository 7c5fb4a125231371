"""``scrapy genspider -t evergreen``: a spider to begin with, in a project that has only the add-on and the commands."""

from __future__ import annotations

from pathlib import Path

import pytest
from crawl_tools import SHOP, Project

USAGE = 2
SETTINGS = """BOT_NAME = "theirs"
SPIDER_MODULES = ["theirs"]
NEWSPIDER_MODULE = "theirs"
ADDONS = {"crawler.addon.Evergreen": 500}
COMMANDS_MODULE = "crawler.commands"
DOWNLOAD_DELAY = 0
TWISTED_REACTOR = "twisted.internet.asyncioreactor.AsyncioSelectorReactor"
"""


@pytest.fixture
def theirs(tmp_path: Path) -> Path:
    """A project of somebody else."""
    folder = tmp_path / "project"
    (folder / "theirs").mkdir(parents=True)
    (folder / "scrapy.cfg").write_text("[settings]\ndefault = theirs.settings\n")
    (folder / "theirs" / "__init__.py").write_text("")
    (folder / "theirs" / "settings.py").write_text(SETTINGS)
    return folder


def test_the_new_spider_crawls_and_learns(project: Project, theirs: Path) -> None:
    made = project.run_in(theirs, "genspider", "-t", "evergreen", "shop", f"{project.server}/shop/")
    assert made.code == 0, made.all
    assert "Created spider 'shop' using template 'evergreen'" in made.out
    items = project.path("items.jsonl")
    crawled = project.run_in(theirs, "crawl", "shop", "-O", str(items), "--nolog")
    assert crawled.code == 0, crawled.all
    titles = {page.item["title"] for page in SHOP.pages(1).values() if page.template == "product" and page.item}
    assert {item["title"] for item in project.items("items.jsonl")} == titles
    again = project.run_in(theirs, "genspider", "-t", "evergreen", "shop", "shop.example")
    assert again.code == 1
    assert "already exists" in again.out


def test_templates_of_the_project_go_first(project: Project, theirs: Path) -> None:
    own = theirs / "scaffold" / "spiders"
    own.mkdir(parents=True)
    (own / "evergreen.tmpl").write_text("# Ours, for $domain\n")
    with (theirs / "theirs" / "settings.py").open("a") as file:
        file.write('TEMPLATES_DIR = "scaffold"\n')
    assert project.run_in(theirs, "genspider", "-t", "evergreen", "tea", "tea.example").code == 0
    assert (theirs / "theirs" / "tea.py").read_text() == "# Ours, for tea.example\n"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["-t", "evergren", "tea", "tea.example"], USAGE, "Did you mean 'evergreen'?"),
        (["--list"], 0, "  basic\n  crawl\n  csvfeed\n  evergreen\n"),
        (["--dump", "evergreen"], 0, "class $classname(EvergreenSpider):"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else None,
)
def test_names_of_templates(project: Project, arguments: list[str], code: int, said: str) -> None:
    done = project.call("genspider", *arguments)
    assert said in done.all
    assert done.code == code
