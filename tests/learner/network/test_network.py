"""The network: sizes, exactness of shortcuts, scores, and weights on disk."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from learner.errors import StateError
from learner.network.features import features
from learner.network.inference import Settings, choose_exemplars, page_arrays
from learner.network.network import Network, exemplars_of, inference_of, page_tensors, save_network
from learner.network.scorer import NETWORKS, SHIPPED, VARIABLE, Scorer, column, load_scorer, probabilities
from learner.pages.candidates import candidates
from learner.pages.page import Document, parse

SMALL = Settings(width=0.25)


def page(title: str, price: str, *tags: str) -> tuple[Document, list]:
    shown = "".join(f"<li class=tag>{tag}</li>" for tag in tags)
    html = f"""<html><head><meta property="og:title" content="{title}"></head><body><nav><a href="/">Home</a></nav>
    <h1 class="title">{title}</h1><p>Price: <span class="price">{price}</span></p><ul>{shown}</ul></body></html>"""
    document = parse(html, "http://books.example/1")
    return document, candidates(document)


def numbers(found: list, value: str) -> list[int]:
    return [number for number, candidate in enumerate(found) if candidate.value == value]


@pytest.fixture(scope="module")
def network() -> Network:
    torch.manual_seed(1)
    return Network(SMALL).eval()


@pytest.fixture(scope="module")
def scorer(network: Network) -> Scorer:
    return Scorer(inference_of(network), {})


@pytest.mark.parametrize("shown", [0, 1, 2])
def test_inference_gives_the_numbers_of_the_network(network: Network, shown: int) -> None:
    titles = ("Red", "Blue")[:shown]
    pages = [page(title, "$ 1", *(f"tag {n}" for n in range(20))) for title in titles]
    arrays = [features(document, found) for document, found in pages]
    rows = [
        {"title": numbers(found, title), "tags": [n for n, c in enumerate(found) if c.value.startswith("tag")]}
        for (_, found), title in zip(pages, titles, strict=True)
    ]
    names, many, nameless = ("title", "tags", "isbn"), (False, True, False), (False, False, True)
    asked = features(*page("Green", "$ 3", "tag 1"))
    with torch.inference_mode():
        taught = exemplars_of(network, [(page_tensors(a), r) for a, r in zip(arrays, rows, strict=True)], names, many,
                              nameless)  # fmt: skip
        _, logits, none = network(taught, page_tensors(asked))
    inference = inference_of(network)
    told = inference.exemplars([(page_arrays(a), r) for a, r in zip(arrays, rows, strict=True)], names, many, nameless)
    found, absent = inference.logits(told, page_arrays(asked))
    assert np.allclose(found, logits.numpy(), atol=1e-4)
    assert np.allclose(absent, none.numpy(), atol=1e-4)


def test_width_scales_the_parameters() -> None:
    sizes = [sum(p.numel() for p in Network(Settings(width=width)).parameters()) for width in (0.25, 0.5, 1.0)]
    assert sizes[0] < sizes[1] < sizes[2]


def test_a_seed_gives_one_network() -> None:
    torch.manual_seed(5)
    one = Network(SMALL).state_dict()
    torch.manual_seed(5)
    other = Network(SMALL).state_dict()
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_exemplars_are_embedded_as_on_the_whole_page() -> None:
    torch.manual_seed(1)
    network = Network(SMALL).eval()
    document, found = page("Red", "$ 1", *(f"tag {n}" for n in range(60)))
    tensors = page_tensors(features(document, found))
    rows = {"title": numbers(found, "Red"), "tags": [n for n, c in enumerate(found) if c.value.startswith("tag")]}
    with torch.inference_mode():
        exemplars = exemplars_of(network, [(tensors, rows)], ["title", "tags"], [False, True])
        whole = network.embed(tensors)
    for row, field in enumerate(("title", "tags")):
        for number, place in enumerate(choose_exemplars(tensors.signatures.numpy(), rows[field])):
            assert torch.allclose(whole[place], exemplars.vectors[row, number], atol=1e-5)


def test_scores_are_probabilities_of_all_candidates(scorer: Scorer) -> None:
    document, found = page("Red", "$ 1", "a", "b")
    golds = {
        "title": numbers(found, "Red"),
        "price": numbers(found, "$ 1"),
        "tags": numbers(found, "a") + numbers(found, "b"),
    }
    support = scorer.support([(document, found, golds)], fields=["isbn"])
    assert support.fields == ("title", "price", "tags", "isbn")
    assert support.exemplars.many.tolist() == [False, False, True, False]
    other, places = page("Blue", "$ 2", "c")
    scores = scorer.score(support, other, places)
    for field in support.fields:
        assert scores[field].shape == (len(places),)
        assert ((scores[field] >= 0) & (scores[field] <= 1)).all()
        assert 0 <= scores.none[field] <= 1
    titles = numbers(places, "Blue")
    assert len(titles) == 2
    assert len({scores["title"][n] for n in titles}) == 1
    assert scores.places["title"].sum() + scores.none["title"] == pytest.approx(1)


def test_scores_are_the_same_each_time_and_whatever_was_asked_before(scorer: Scorer) -> None:
    document, found = page("Red", "$ 1", "a")
    support = scorer.support([(document, found, {"title": numbers(found, "Red")})])
    first = scorer.score(support, document, found)["title"]
    scorer.score(support, *page("Other", "$ 3"))
    assert np.array_equal(first, scorer.score(support, document, found)["title"])


def test_answers_are_candidates_or_nothing(scorer: Scorer) -> None:
    document, found = page("Red", "$ 1", "a", "b")
    support = scorer.support([(document, found, {"title": numbers(found, "Red"), "tags": numbers(found, "a")})])
    scores = scorer.score(support, document, found)
    for field in support.fields:
        assert all(0 <= number < len(found) for number in scores.answers[field])
    assert len(scores.answers["title"]) <= 1


def test_a_list_is_answered_with_one_coherent_group() -> None:
    document, found = page("Red", "$ 1", "one", "two", "three")
    arrays = features(document, found)
    likely = np.full(len(found), 0.01)
    tags = [n for n, c in enumerate(found) if c.element.tag == "li"]
    likely[tags] = [0.9, 0.5, 0.8]
    (around,) = (n for n, c in enumerate(found) if c.element.tag == "ul")
    likely[around] = 0.7  # holds the same values in one text
    likely[numbers(found, "$ 1")] = 0.45  # likely alone, but nothing like the others
    assert column(likely, arrays) == tags
    assert column(likely * 0.1, arrays) == []


@pytest.mark.parametrize("shown", [0, 1, 3])
def test_any_number_of_example_pages(scorer: Scorer, shown: int) -> None:
    pages = [page(title, "$ 1") for title in ("Red", "Blue", "Green")[:shown]]
    taught = [(d, f, {"title": numbers(f, t)}) for (d, f), t in zip(pages, ("Red", "Blue", "Green"), strict=False)]
    support = scorer.support(taught, fields=["title"])
    assert scorer.score(support, *page("New", "$ 5"))["title"].shape


def test_a_page_without_candidates_holds_nothing(scorer: Scorer) -> None:
    support = scorer.support([], fields=["title"])
    scores = scorer.score(support, parse("<p></p>", "http://x.example/"), [])
    assert scores["title"].shape == (0,)
    assert scores.none["title"] == 1


def test_places_of_one_text_share_their_probability() -> None:
    texts = np.array([1, 2, 1], dtype=np.uint32)
    text, place, none = probabilities(np.array([1.0, 0.0, 1.0]), 0.0, texts, many=False)
    assert text[0] == text[2] == pytest.approx(place[0] + place[2])
    assert place.sum() + none == pytest.approx(1)


def test_weights_survive_the_disk(network: Network, scorer: Scorer, tmp_path: Path) -> None:
    save_network(network, tmp_path, {"name_words": [1]})
    loaded = load_scorer(tmp_path)
    assert loaded.inference.settings == SMALL
    document, found = page("Red", "$ 1", "a")
    golds = {"title": numbers(found, "Red")}
    one = scorer.score(scorer.support([(document, found, golds)]), document, found)
    other = loaded.score(loaded.support([(document, found, golds)]), document, found)
    assert np.allclose(one["title"], other["title"], atol=0.02)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("card.json", "{", "can't be read"),
        ("card.json", '{"format": "else"}', "does not describe"),
        ("card.json", '{"format": "evergreen-network"}', "can't be read"),
        ("network.safetensors", "", "can't be read"),
    ],
)
def test_foreign_weights_are_refused(network: Network, tmp_path: Path, name: str, content: str, message: str) -> None:
    save_network(network, tmp_path, {})
    (tmp_path / name).write_text(content)
    with pytest.raises(StateError, match=message):
        load_scorer(tmp_path)


def test_weights_of_other_features_are_refused(network: Network, tmp_path: Path) -> None:
    save_network(network, tmp_path, {})
    card = json.loads((tmp_path / "card.json").read_text())
    card["settings"]["features"] = 0
    (tmp_path / "card.json").write_text(json.dumps(card))
    with pytest.raises(StateError, match="features 0"):
        load_scorer(tmp_path)


def test_no_weights(tmp_path: Path) -> None:
    with pytest.raises(StateError, match="no weights"):
        load_scorer(tmp_path)


@pytest.mark.parametrize("name", NETWORKS)
def test_networks_come_with_the_package(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, name)
    assert load_scorer() is load_scorer(SHIPPED / name)
    assert load_scorer().inference.settings.width == {"full": 1.0, "half": 0.5}[name]
    assert load_scorer().card["training"]["steps"] > 1000


def test_a_folder_may_be_named_in_place_of_the_packages_networks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, network: Network
) -> None:
    save_network(network, tmp_path, {})
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    assert load_scorer().inference.settings == SMALL
    monkeypatch.setenv(VARIABLE, str(tmp_path / "nothing"))
    with pytest.raises(StateError, match="no weights"):
        load_scorer()
