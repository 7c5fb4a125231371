"""Training: repeatable, resumable, split by site, and better than nothing after a few steps."""

from __future__ import annotations

import gzip
import json
import random
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from learner.__main__ import main
from learner.errors import StateError
from learner.inference import Settings
from learner.network import Network
from learner.pretraining import (
    Library,
    Plan,
    Training,
    _without,
    draw_episode,
    evaluate,
    pretrain,
    split,
    table,
)
from learner.recorded import PreparedPage, held_out, prepared
from learner.scorer import load_scorer

SMALL = Settings(width=0.25)
_NAMES = "river stone cloud maple ember frost quill harbor lantern meadow orchid pepper"
WORDS = _NAMES.split()


def write_corpus(corpus: Path, sites: int = 12) -> Path:
    """Sites of two designs, three pages each; every site has class names of its own."""
    chance = random.Random(4)
    for number in range(sites):
        site = f"site{chr(97 + number)}.example"
        folder = corpus / "shops" / site
        folder.mkdir(parents=True)
        (folder / "site.json").write_text(json.dumps({"site": site, "versions": ["v1", "v2"], "fields": {}}))
        for version, tag in (("v1", "span"), ("v2", "p")):
            (folder / version).mkdir()
            name = f"{chance.choice(WORDS)}-{version}"
            for page in "abc":
                title = " ".join(chance.sample(WORDS, 3)).title()
                price = f"$ {chance.randint(1, 99)}.00"
                tags = chance.sample(WORDS, 3)
                shown = "".join(f"<li>{word}</li>" for word in tags)
                html = (
                    f"<html><body><nav><a href='/'>Home</a><a href='/all'>All</a></nav><div class='{name}'>"
                    f"<h1 class='{name}-title'>{title}</h1><{tag} class='{name}-price'>{price}</{tag}>"
                    f"<ul class='{name}-tags'>{shown}</ul><p>Ships in two days</p></div></body></html>"
                )
                item = {"title": title, "price": price, "tags": tags}
                (folder / version / f"{page}.html.gz").write_bytes(gzip.compress(html.encode()))
                gold = {"url": f"http://{site}/{page}", "item": item}
                (folder / version / f"{page}.json").write_text(json.dumps(gold))
    return corpus


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> object:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> list[PreparedPage]:
    folder = tmp_path_factory.mktemp("corpus")
    return prepared([write_corpus(folder)], folder / "cache", 1)


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


def test_episodes_never_ask_for_a_page_they_show(pages: list[PreparedPage]) -> None:
    library = Library(pages)
    kinds = set()
    for number in range(200):
        episode = draw_episode(library, random.Random(number))
        kinds.add(episode.kind)
        assert all(page is not episode.query for page in episode.support)
        assert {page.site for page in episode.support} == {episode.query.site}
    assert {"same", "redesign", "simulated"} <= kinds


def test_a_page_without_a_field_keeps_the_others(pages: list[PreparedPage]) -> None:
    page = pages[0]
    cut = _without(page, "price")
    assert "price" not in cut.gold
    assert len(cut.features.rows) == len(page.features.rows) - sum(map(len, page.gold["price"]))
    for before, after in zip(page.gold["tags"], cut.gold["tags"], strict=True):
        assert [page.features.texts[row] for row in before] == [cut.features.texts[row] for row in after]


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
    assert load_scorer(tmp_path).card["training"]["seed"] == 1
    assert "site" not in json.dumps(load_scorer(tmp_path).card["figures"])


def test_more_example_pages_and_other_tasks_are_measured(pages: list[PreparedPage]) -> None:
    torch.manual_seed(0)
    network = Network(SMALL)
    for shots in (1, 2):
        assert [figure.set for figure in evaluate(network, Library(pages), "same", shots)] == ["shops"]


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
    assert main(["evaluate", *shared, "--weights", str(tmp_path)]) == 1
    assert "no weights" in capsys.readouterr().err
