"""Recorded pages for tests of training, prepared once."""

from __future__ import annotations

import pytest
from training_tools import write_corpus

from learner.recorded import PreparedPage, prepared


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> list[PreparedPage]:
    folder = tmp_path_factory.mktemp("corpus")
    return prepared([write_corpus(folder)], folder / "cache", 1)
