"""What a rule is trusted before and after it has met further pages."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from learner.learning import reliability
from learner.learning.induction import Trial
from learner.learning.learning import select
from learner.programs.program import Rule
from learner.programs.selectors import Selector, Step

TRIAL = Trial(Rule(Selector((Step("h1", ("title",)),))), 1.0, 0.0, 0, 1, 3, "h1", 20, 1, 1.0, False)


def weight(trial: Trial, name: str = "title") -> float:
    (rule,) = reliability.weigh([trial], name, many=False)
    return rule.weight


def test_meaning_is_trusted_more_than_position() -> None:
    steps = tuple(Step("div", position=n, child=n > 1) for n in (1, 3, 2, 7))
    position = replace(TRIAL, rule=Rule(Selector((Step("body"), *steps))), tag="div")
    assert weight(TRIAL) > weight(position)


@pytest.mark.parametrize(
    ("change", "rises"),
    [({"right": 6.0}, True), ({"wrong": 1.0}, False), ({"silent": 2}, False), ({"right": 4.0, "wrong": 2.0}, False)],
)
def test_further_pages_move_the_weight(change: dict[str, float], rises: bool) -> None:
    assert (weight(replace(TRIAL, **change)) > weight(TRIAL)) is rises


def test_weights_are_probabilities() -> None:
    for right in (0.0, 1.0, 50.0):
        for wrong in (0.0, 50.0):
            assert 0 < weight(replace(TRIAL, right=right, wrong=wrong)) < 1


def test_encoding_is_bounded_and_the_same_in_every_process() -> None:
    dense, words, fields = reliability.encode([TRIAL], "article_title", False, False)
    assert dense.shape == (1, reliability.WIDTH)
    assert words.max() < reliability.WORD_BUCKETS
    assert fields.max() < reliability.FIELD_BUCKETS
    code = "from learner.learning.reliability import bucket; print(bucket('title', 509))"
    said = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": "7"}
    )
    assert int(said.stdout) == reliability.bucket("title", 509)


@pytest.mark.parametrize(
    ("name", "words"),
    [("articleBody-main", ["article", "body", "main"]), ("ISBN13", ["isbn", "13"]), ("a_b", []), ("", [])],
)
def test_words_of_names(name: str, words: list[str]) -> None:
    assert reliability.words_of(name) == words


def test_trained_network_runs_alike_in_torch_and_numpy() -> None:
    import torch

    from learner.training.reliability_training import ReliabilityNetwork, as_numpy

    torch.manual_seed(3)
    model = ReliabilityNetwork().eval()
    arrays = reliability.encode([TRIAL], "title", False, False)
    with torch.no_grad():
        expected = torch.sigmoid(model(*(torch.from_numpy(array) for array in arrays))).numpy()
    assert np.allclose(as_numpy(model).probability(*arrays), expected, atol=1e-5)


def test_a_rule_is_left_where_the_only_one_that_has_lists_whole_is_named_by_a_page() -> None:
    """A label that is one page's own text leads nowhere on others; what is left has a value more, or is nothing."""
    whole = replace(TRIAL, proper=True, whole=2)
    more = replace(TRIAL, rule=Rule(Selector((Step("li"),))), wrong=0.4, whole=0, amiss=2)
    assert [rule.selector for rule in select([whole, more], "steps", True)] == [more.rule.selector]
