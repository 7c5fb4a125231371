"""The fixture server, and projects that have learned its sites."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from crawl_tools import RECORDS, SHOP, Project

from fixtures.hosts import SiteHost
from fixtures.server import running


@pytest.fixture(scope="session")
def host() -> SiteHost:
    return SiteHost({"shop": SHOP, "records": RECORDS})


@pytest.fixture(scope="session")
def server(host: SiteHost) -> Iterator[str]:
    with running(host) as fixture_server:
        yield fixture_server.url


@pytest.fixture(scope="session")
def learned_state(server: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state folder in which shop and records were taught and learned."""
    project = Project(server, tmp_path_factory.mktemp("learned"))
    for site in ("shop", "records"):
        project.switch(site=site, design=1)
        done = project.run("crawl", site, "-O", str(project.path("taught.jsonl")), "--nolog")
        assert done.code == 0, done.err
    done = project.call("retrain")
    assert done.code == 0, done.all
    return project.state


@pytest.fixture
def project(server: str, tmp_path: Path) -> Project:
    """A fresh project; the sites have their first design."""
    fresh = Project(server, tmp_path)
    for site in ("shop", "records"):
        fresh.switch(site=site, design=1)
    return fresh


@pytest.fixture
def learned(project: Project, learned_state: Path) -> Project:
    """A project that has learned shop and records."""
    shutil.copytree(learned_state, project.state)
    return project
