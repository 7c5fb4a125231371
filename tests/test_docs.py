"""The documentation is tested: what it names exists, what exists is named, and what is marked as running runs."""

from __future__ import annotations

import argparse
import configparser
import importlib
import inspect
import os
import pkgutil
import re
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import scrapy
import scrapy.commands
from scrapy.settings import Settings

import learner
from crawler.spider import EvergreenSpider, Template
from fixtures import Site
from fixtures.hosts import SiteHost
from fixtures.server import running

ROOT = Path(__file__).resolve().parents[1]
COMMANDS = (ROOT / "docs/commands.md").read_text(encoding="utf-8")
SETTINGS = (ROOT / "docs/settings.md").read_text(encoding="utf-8")
ARCHITECTURE = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
PYTHON = (ROOT / "docs/python-api.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = sorted(path for path in (*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("*/README.md")))
PACKAGES = ("crawler", "learner", "fixtures", "benchmarks")
RUNS = re.compile(r"<!-- runs -->\n```(\w+)\n(.*?)```\n(?:\n```text\n(.*?)```)?", re.DOTALL)
"""A block that is marked as running: its language, its text, and the output shown below it."""


def code(folder: str) -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / folder).rglob("*.py")))


def commands() -> list[str]:
    return [path.stem for path in sorted((ROOT / "crawler/commands").glob("*.py")) if path.stem != "__init__"]


def modules() -> list[str]:
    found = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
    return [str(path.relative_to(ROOT)) for path in found if not path.stem.startswith("_")]


def statistics() -> list[str]:
    """The fixed beginnings of the names that the crawl counts under."""
    text = code("crawler")
    found = re.findall(r'(?:_count\(|_set\(|figures\[)f?"([a-z_]+)', text) + re.findall(
        r'self\.counts\["([a-z_]+)"\]', text
    )
    return sorted({*found, *re.findall(r'"evergreen/([a-z_]+)"', text)})


def test_every_setting_is_documented_and_every_documented_one_exists() -> None:
    named = Counter(re.findall(r'"(EVERGREEN_[A-Z_]+)"', code("crawler") + code("learner")))
    read = {name for name, times in named.items() if times > 1}  # once in the list of all names, and where it is read
    assert read >= {"EVERGREEN_STATE", "EVERGREEN_RETRAIN"}
    assert set(re.findall(r"^\| `(EVERGREEN_[A-Z_]+)`", SETTINGS, re.MULTILINE)) == read


@pytest.mark.parametrize("name", commands())
def test_every_command_is_documented(name: str) -> None:
    section = re.search(rf"^## scrapy {name}\n(.*?)(?=^## |\Z)", COMMANDS, re.MULTILINE | re.DOTALL)
    assert section is not None
    for option in options_of(name):
        assert f"`{option}`" in section[1] or f"{option} " in section[1] or f"{option}]" in section[1], option


def options_of(name: str) -> list[str]:
    """The long options of a command that Scrapy's command of that name, or every command, does not have."""
    command = importlib.import_module(f"crawler.commands.{name}").Command()
    command.settings = Settings()
    parser = argparse.ArgumentParser(conflict_handler="resolve")
    command.add_options(parser)
    theirs = argparse.ArgumentParser(conflict_handler="resolve")
    scrapys = next((base for base in type(command).__mro__ if base.__module__.startswith("scrapy.commands")), None)
    assert scrapys is not None
    scrapys.add_options(command, theirs)
    known = {*theirs._option_string_actions, "--json"}
    return [option for option in parser._option_string_actions if option.startswith("--") and option not in known]


def test_the_makefile_runs_tests_that_exist() -> None:
    paths = re.findall(r"\btests/[\w./]+", (ROOT / "Makefile").read_text(encoding="utf-8"))
    assert [path for path in paths if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_that_are_shown_exist(page: Path) -> None:
    """Of each line of a shell that begins with scrapy: the command, and the long options of those of Evergreen."""
    shells = re.findall(r"^```sh\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    for line in "\n".join(shells).replace("\\\n", " ").splitlines():
        for name, rest in re.findall(r"(?:^|&& )scrapy ([\w-]+)([^&|]*)", line):
            assert name in commands() or (Path(scrapy.__file__).parent / "commands" / f"{name}.py").exists(), line
            options = options_of(name) if name in commands() else []
            for option in re.findall(r" (--[a-z-]+)", rest.partition("#")[0]):
                assert option in (*options, "--json", "--nolog", "--logfile"), line


@pytest.mark.parametrize("name", statistics())
def test_every_statistic_is_documented(name: str) -> None:
    assert re.search(rf"`{name}[`/]", SETTINGS)


@pytest.mark.parametrize("name", modules())
def test_every_module_is_on_the_map(name: str) -> None:
    assert re.search(rf"\b{Path(name).stem}\b", ARCHITECTURE)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (page.parent / target).exists(), target


@pytest.mark.parametrize("name", ["service", "timer"])
def test_unit_files_can_be_read(name: str) -> None:
    unit = configparser.ConfigParser(interpolation=None)
    unit.optionxform = str  # type: ignore[method-assign,assignment]
    unit.read(ROOT / f"docs/evergreen-retrain.{name}", encoding="utf-8")
    assert "scrapy retrain" in unit["Service"]["ExecStart"] if name == "service" else unit["Timer"]["OnCalendar"]


@dataclass(frozen=True, slots=True)
class Tour:
    """A page of which the marked blocks are run, one after the other, in one shell."""

    page: str
    sites: Mapping[str, Site]
    where: Path | None
    """The folder they are run in; a fresh one where it is None."""
    fewest: int


TOURS = (
    Tour("README.md", {"shop": Site("shop", size=120), "articles": Site("articles")}, ROOT, 4),
    Tour("docs/tutorial.md", {"shop": Site("shop", size=40)}, None, 7),
)


@pytest.mark.timeout(400)
@pytest.mark.skipif(not (shutil.which("bash") and shutil.which("curl")), reason="needs bash and curl")
@pytest.mark.parametrize("tour", TOURS, ids=lambda tour: tour.page)
def test_what_is_shown_of_daily_use_is_so(tour: Tour, tmp_path: Path) -> None:
    text = (ROOT / tour.page).read_text(encoding="utf-8")
    steps = [(step, shown) for language, step, shown in RUNS.findall(text) if language == "sh"]
    assert len(steps) >= tour.fewest
    with running(SiteHost(dict(tour.sites))) as server:
        script = "\n".join(step for step, _ in steps).replace("http://127.0.0.1:8765", server.url)
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script.replace("build/", f"{tmp_path}/")],
            cwd=tour.where or tmp_path,
            env=_environment(EVERGREEN_STATE=str(tmp_path / ".evergreen")),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
    assert done.returncode == 0, done.stdout
    said = [_shape(line.replace(f"{tmp_path}/", "build/")) for line in done.stdout.splitlines()]
    for line in "".join(shown for _, shown in steps).splitlines():
        wanted, whole = _shape(line.removesuffix("...")), not line.endswith("...")
        assert any(one == wanted if whole else one.startswith(wanted) for one in said), f"{line}\n\n{done.stdout}"


@pytest.mark.parametrize("text", [text for language, text, _ in RUNS.findall(README) if language == "python"])
def test_the_library_does_what_the_readme_shows(text: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", text.replace("build/", f"{tmp_path}/")],
        env=_environment(),
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    persuasion = "{'title': 'Persuasion', 'author': 'Anne Elliot'}"
    assert done.stdout.count(persuasion) == 2
    assert "True {'title': 1.0, 'author': 1.0}" in done.stdout


@pytest.mark.parametrize("text", [text for language, text, _ in RUNS.findall(PYTHON) if language == "python"])
def test_the_python_interface_is_as_it_is_told(text: str) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", text], env=_environment(), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", learner.__all__)
def test_every_name_of_the_library_is_documented(name: str) -> None:
    """A class with all its public parts, a function with all its parameters, an error in its table."""
    told = getattr(learner, name)
    if inspect.isclass(told) and issubclass(told, Exception):
        assert f"`{name}`" in PYTHON
        return
    if inspect.isfunction(told):
        assert f"`{name}{_parameters(told)}`" in PYTHON
        return
    section = re.search(rf"^### {name}\n(.*?)(?=^##)", PYTHON, re.MULTILINE | re.DOTALL)
    assert section is not None
    for part, value in vars(told).items():
        if not part.startswith("_"):
            shown = f"`{part}{_parameters(value)}`" if inspect.isfunction(value) else f"`{part}"
            assert shown in section[1], shown


@pytest.mark.parametrize("told", [EvergreenSpider, Template], ids=lambda told: told.__name__)
def test_what_spiders_are_made_of_is_documented(told: type) -> None:
    for part in told.__annotations__:
        assert re.search(rf"^\| `{part}` \|", PYTHON, re.MULTILINE), part


def _parameters(function: Callable[..., Any]) -> str:
    """The parameters of a function as they are shown: without types, and without self."""
    signature = inspect.signature(function)
    shown = [
        parameter.replace(annotation=inspect.Parameter.empty)
        for name, parameter in signature.parameters.items()
        if name != "self"
    ]
    text = str(signature.replace(parameters=shown, return_annotation=inspect.Signature.empty))
    return text.replace("'", '"')


def _environment(**more: str) -> dict[str, str]:
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("EVERGREEN_")}
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    return {**inherited, "PATH": path, "PYTHONPATH": str(ROOT), **more}


def _shape(line: str) -> str:
    """A line without its numbers, and without the folder that the state folder is in."""
    return re.sub(r"\S*/\.evergreen/", ".evergreen/", re.sub(r"\d+", "0", line))


def test_commands_are_there_in_every_project_without_a_setting() -> None:
    """All but those that Scrapy has as well, and those whose name is none of Python's."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    scrapys = {module.name for module in pkgutil.iter_modules(scrapy.commands.__path__)}
    wanted = {name for name in commands() if name.isidentifier()} - scrapys
    found = project["entry-points"]["scrapy.commands"]
    assert found == {name: f"crawler.commands.{name}:Command" for name in sorted(wanted)}
