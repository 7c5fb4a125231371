"""Figures of a network on pages with gold."""

from __future__ import annotations

import torch
from training_tools import SMALL

from learner.network.network import Network, inference_of
from learner.training.episodes import Library
from learner.training.evaluation import evaluate
from learner.training.recorded import PreparedPage


def test_more_example_pages_and_other_tasks_are_measured(pages: list[PreparedPage]) -> None:
    torch.manual_seed(0)
    inference = inference_of(Network(SMALL).eval())
    for shots in (1, 2):
        assert [figure.set for figure in evaluate(inference, Library(pages), "same", shots)] == ["shops"]
