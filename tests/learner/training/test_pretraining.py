"""Training: repeatable, resumable, split by site, and better than nothing after a few steps."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest
import torch
from training_tools import SMALL, write_corpus

from learner.__main__ import main
from learner.errors import StateError
from learner.network.network import Network
from learner.network.scorer import load_scorer
from learner.training.episodes import Library
from learner.training.evaluation import table
from learner.training.pretraining import Plan, Training, pretrain, split
from learner.training.recorded import PreparedPage, held_out


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> object:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def silent(_: str) -> None:
    pass


def weights(network: Network) -> dict[str, torch.Tensor]:
    return network.state_dict()


def test_sites_are_in_one_part_only(pages: list[PreparedPage]) -> None:
    training, other = split(pages)
    assert training
    assert other
    assert not {page.site for page in training} & {page.site for page in other}
    assert all(held_out(page.site) for page in other)


def test_a_seed_gives_one_network(pages: list[PreparedPage], tmp_path: Path) -> None:
    plan = Plan(minutes=5, steps=4, seed=3)
    one = Training(Library(pages), tmp_path / "one", SMALL, plan).run(silent)
    other = Training(Library(pages), tmp_path / "other", SMALL, plan).run(silent)
    third = Training(Library(pages), tmp_path / "third", SMALL, replace(plan, seed=4)).run(silent)
    assert all(torch.equal(weights(one)[name], weights(other)[name]) for name in weights(one))
    assert any(not torch.equal(weights(one)[name], weights(third)[name]) for name in weights(one))


def test_an_interrupted_run_ends_like_an_uninterrupted_one(pages: list[PreparedPage], tmp_path: Path) -> None:
    plan = Plan(minutes=5, steps=6, seed=3)
    whole = Training(Library(pages), tmp_path / "whole", SMALL, plan).run(silent)
    first = Training(Library(pages), tmp_path / "parts", SMALL, plan)
    for _ in range(3):
        first._advance()
    first.save()
    second = Training(Library(pages), tmp_path / "parts", SMALL, plan)
    assert second.step == 3
    resumed = second.run(silent)
    assert all(torch.equal(weights(whole)[name], weights(resumed)[name]) for name in weights(whole))


def test_a_checkpoint_of_another_run_is_refused(pages: list[PreparedPage], tmp_path: Path) -> None:
    training = Training(Library(pages), tmp_path, SMALL, Plan(minutes=1, steps=1))
    training.save()
    with pytest.raises(StateError, match="another seed"):
        Training(Library(pages), tmp_path, SMALL, Plan(minutes=1, steps=1, seed=9))
    (tmp_path / "checkpoint.safetensors").write_bytes(b"broken")
    with pytest.raises(StateError, match="not a checkpoint"):
        Training(Library(pages), tmp_path, SMALL, Plan(minutes=1, steps=1))


def test_training_finds_fields_of_sites_it_never_saw(pages: list[PreparedPage], tmp_path: Path) -> None:
    figures = pretrain(pages, tmp_path, SMALL, Plan(minutes=2, steps=70, seed=1), silent)
    by_task = {figure.task: figure for figure in figures}
    assert set(by_task) == {"same", "redesign", "simulated"}
    assert by_task["same"].one > 0.8
    assert "shops" in table(figures)
    card = load_scorer(tmp_path).card
    assert card["training"]["seed"] == 1
    assert "site" not in json.dumps(card["figures"])


def test_nothing_to_train_on_is_told(pages: list[PreparedPage], tmp_path: Path) -> None:
    _, other = split(pages)
    with pytest.raises(StateError, match="held out"):
        pretrain(other, tmp_path, SMALL, Plan(minutes=1, steps=1), silent)


def test_the_commands_train_and_measure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    corpus = write_corpus(tmp_path / "corpus", 8)
    shared = ["--corpus", str(corpus), "--cache", str(tmp_path / "cache"), "--threads", "1"]
    trained = tmp_path / "out"
    assert main(["pretrain", *shared, "--out", str(trained), "--steps", "2", "--width", "0.25", "--variants", "1"]) == 0
    assert (trained / "network.safetensors").exists()
    assert main(["evaluate", *shared, "--weights", str(trained), "--redesign"]) == 0
    assert "redesign" in capsys.readouterr().out
    assert main(["evaluate", *shared, "--weights", str(corpus)]) == 1
    assert "no weights" in capsys.readouterr().err


def test_networks_of_several_widths_are_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shared = ["--corpus", str(write_corpus(tmp_path / "corpus")), "--cache", str(tmp_path / "cache")]
    shared += ["--threads", "1"]
    chosen = []
    for width in ("0.5", "0.25"):
        folder = str(tmp_path / width)
        chosen += ["--weights", folder]
        assert main(["pretrain", *shared, "--out", folder, "--steps", "1", "--width", width, "--variants", "0"]) == 0
    capsys.readouterr()
    assert main(["widths", *shared, *chosen, "--out", str(tmp_path / "widths.png")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines if line.strip()[:2] in ("wi", "0.")] == ["width", "0.25", "0.5"]
    assert [line.split()[-1] for line in lines if line.strip().startswith("0.5 ")] == ["1.00"]
    if find_spec("matplotlib"):
        assert (tmp_path / "widths.png").read_bytes().startswith(b"\x89PNG")
    else:
        assert "pip install matplotlib" in lines[-1]
