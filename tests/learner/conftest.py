"""Stores on each kind of database, and recorded pages for tests of training, prepared once."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from training_tools import write_corpus

from learner.state.store import Store
from learner.training.recorded import PreparedPage, prepared

POSTGRESQL = os.environ.get("EVERGREEN_TEST_POSTGRESQL")
"""URL of a database in which schemas may be made and dropped; without it the tests on PostgreSQL are skipped."""


@pytest.fixture(
    params=[
        "sqlite",
        pytest.param("postgresql", marks=pytest.mark.skipif(not POSTGRESQL, reason="EVERGREEN_TEST_POSTGRESQL")),
    ]
)
def database(request: pytest.FixtureRequest) -> str | None:
    """URL of an empty database; None for SQLite in the state folder."""
    if request.param == "sqlite" or POSTGRESQL is None:
        return None
    schema = f"evergreen_test_{os.environ.get('PYTEST_XDIST_WORKER', '')}".rstrip("_")
    engine = create_engine(POSTGRESQL)
    with engine.begin() as connection:
        connection.execute(text(f"DROP SCHEMA IF EXISTS {schema} CASCADE"))
        connection.execute(text(f"CREATE SCHEMA {schema}"))
    engine.dispose()
    return f"{POSTGRESQL}{'&' if '?' in POSTGRESQL else '?'}options=-csearch_path%3D{schema}"


@pytest.fixture
def store(database: str | None, tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "state", database) as opened:
        yield opened


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> list[PreparedPage]:
    folder = tmp_path_factory.mktemp("corpus")
    return prepared([write_corpus(folder)], folder / "cache", 1)
