"""How far a rule is trusted before it has met a second page: a small network's estimate from other sites.

What a rule looks at (family, words in its class names, labels and paths, transforms, how many places it
matched) and what the field is called tell much about whether it will be right on the next page. The network
(reliability_training) learned that from rules made on one page of a training site and tried on its others;
here it is run in numpy, at learning time only. The weights of examples are added as counts.
"""

from __future__ import annotations

import json
import math
import re
import zlib
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from learner.learning.induction import Trial
from learner.programs.parts import NAMED_PARTS, PARTS
from learner.programs.persons import PERSONS
from learner.programs.program import Calibration, Rule
from learner.programs.selectors import Selector, generated
from learner.programs.transforms import NUMBER, TIMED

Array = NDArray[np.float32]
MODEL: Final = Path(__file__).parents[1] / "model"
FIELD_BUCKETS: Final = 509
WORD_BUCKETS: Final = 4_093
MAX_WORDS: Final = 12
MAX_FIELD_WORDS: Final = 4

_FAMILIES: Final = ("attribute", "data", "class", "label", "id", "meta", "ancestor", "tag", "path")
_TAKES: Final = ("text", "node", "tail", "@href", "@src", "@content", "@datetime", "@", "data")
_TAGS: Final = {
    "h1": 0, "h2": 1, "h3": 2, "h4": 2, "h5": 2, "h6": 2, "p": 3, "a": 4, "span": 5, "div": 6, "section": 6,
    "article": 6, "td": 7, "th": 7, "tr": 7, "li": 8, "ul": 8, "ol": 8, "dd": 9, "dt": 9, "img": 10, "meta": 11,
    "title": 12, "time": 13, "b": 14, "strong": 14, "em": 14, "i": 14, "script": 15, "link": 11,
}  # fmt: skip
_LIKE: Final = {
    "token": "shape", "upto": "before", "ahead": "split", "decimal": "number", "abridged": "number",
    "duration": "number", "iso": "date",
}  # fmt: skip
"""Transforms that the weights don't know -> those that break as they do."""
_TRANSFORMS: Final = ("after", "before", "split", "shape", "find", "until", "past", "strip", "absolute", "typed")
_ATTRIBUTES: Final = ("itemprop", "property", "name", "rel", "role", "href", "id", "data-", "aria-label", "other")
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+|[^\W\d_]+")
WIDTH: Final = 94
PRIOR_STRENGTH: Final = 3.0


def weigh(
    tried: Sequence[Trial], name: str, many: bool, column: bool = False, model: Network | None = None
) -> list[Rule]:
    """The trials' rules, each with the probabilities that it gives something on a new page that has the field, and
    that what it gives is right."""
    if not tried:
        return []
    dense, words, fields = encode(tried, name, many, column)
    prior = (model or network()).probability(dense, words, fields)
    out = []
    for trial, (probability, speaks) in zip(tried, prior, strict=True):
        # The page a rule was made from proves little; each further page counts in full.
        right, wrong = max(0.0, trial.right - 1.0), trial.wrong
        seen = right + wrong
        weight = (PRIOR_STRENGTH * float(probability) + right) / (
            PRIOR_STRENGTH + seen + 3 * wrong + 0.7 * trial.silent
        )
        reach = (PRIOR_STRENGTH * float(speaks) + seen) / (PRIOR_STRENGTH + seen + trial.silent)
        out.append(replace(trial.rule, weight=min(0.995, max(0.02, weight)), reach=min(1.0, max(0.02, reach))))
    return out


def words_of(text: str) -> list[str]:
    """The words in a name: ``articleBody-main`` -> article, body, main."""
    return [word.lower() for word in _WORD.findall(text) if len(word) > 1]


def bucket(word: str, buckets: int) -> int:
    """The word's number among ``buckets`` (0 is kept for no word); the same in every process."""
    return 1 + zlib.crc32(word.encode()) % (buckets - 1)


def selector_words(selector: Selector) -> list[str]:
    """The words that a selector relies on, the last step's first."""
    found: dict[str, None] = {}
    for text in selector.literals():
        for word in words_of(text) if not generated(text) else ():
            found.setdefault(word)
    return list(found)[:MAX_WORDS]


def encode(
    tried: Sequence[Trial], name: str, many: bool, column: bool
) -> tuple[Array, NDArray[np.int64], NDArray[np.int64]]:
    """Features of the trials: dense (n, WIDTH), hashed words of the rule (n, MAX_WORDS), of the field's name."""
    field_words = words_of(name)
    stems = {word.rstrip("s") for word in field_words}
    dense = np.zeros((len(tried), WIDTH), np.float32)
    words = np.zeros((len(tried), MAX_WORDS), np.int64)
    fields = np.zeros((len(tried), MAX_FIELD_WORDS), np.int64)
    for number, word in enumerate(field_words[:MAX_FIELD_WORDS]):
        fields[:, number] = bucket(word.rstrip("s"), FIELD_BUCKETS)
    families = {trial.rule.selector.family for trial in tried}
    for row, trial in enumerate(tried):
        own = selector_words(trial.rule.selector)
        for number, word in enumerate(own):
            words[row, number] = bucket(word, WORD_BUCKETS)
        values = _dense(trial, many, column)
        values.append(float(any(word.rstrip("s") in stems for word in own)))
        values.append(float(any(word.rstrip("s") in stems for word in own[:2])))
        values.append(len(families) / 9)
        values.append(trial.local)
        dense[row, : len(values)] = values
    return dense, words, fields


def _dense(trial: Trial, many: bool, column: bool) -> list[float]:
    rule, selector = trial.rule, trial.rule.selector
    steps = selector.steps
    family = [float(selector.family == name) for name in _FAMILIES]
    take = "data" if selector.data else selector.take
    take = "node" if take.startswith("node") else take if take in _TAKES else "@"
    takes = [float(take == name) for name in _TAKES]
    tags = [0.0] * 17
    tags[_TAGS.get(trial.tag, 16)] = 1.0
    named = [_LIKE.get(step[0], step[0]) for step in rule.transforms]
    literals = selector.literals()
    # The number before a value, or behind it, is a shape to the weights.
    shapes = [step for step in rule.transforms if step[0] not in ("until", "past") or step[1] != NUMBER]
    transforms = [
        float(name in named or (name == "typed" and bool({"number", "date", "datetime"} & set(named))))
        for name in _TRANSFORMS
    ]
    attributes = [0.0] * len(_ATTRIBUTES)
    for step in steps:
        if step.attribute[0]:
            key = "data-" if step.attribute[0].startswith("data-") else step.attribute[0]
            attributes[_ATTRIBUTES.index(key) if key in _ATTRIBUTES else -1] = 1.0
    positions = [abs(step.position) for step in steps if step.position]
    tokens = [token for step in steps for token in step.classes]
    return [
        *family, *takes, *tags, *transforms, *attributes,
        float(trial.matches == 1),
        math.log1p(trial.matches) / 4,
        float(rule.last),
        len(steps) / 8,
        len(positions) / 6,
        min(max(positions, default=0), 20) / 10,
        float(bool(steps) and steps[0].tag == "body"),
        float(bool(steps) and bool(steps[-1].position)),
        float(bool(steps) and bool(steps[-1].classes)),
        float(bool(steps) and bool(steps[-1].attribute[0])),
        sum(step.child for step in steps) / 6,
        min(len(tokens), 6) / 4,
        float(any(map(generated, tokens))),
        min(len(selector.label), 60) / 30,
        len(selector.hops) / 4,
        float(rule.explode not in ("", PERSONS, PARTS, NAMED_PARTS)),
        (len(rule.transforms) - (TIMED in rule.transforms)) / 2,  # which the weights don't know
        float(any("{" in part for step in rule.transforms for part in step[1:2])),
        math.log1p(trial.places) / 3,
        math.log1p(trial.length) / 6,
        float(many),
        float(column),
        math.log1p(trial.gold) / 4,
        trial.fit,
        float(trial.digits),
        len(selector.data) / 6,
        float(any(re.search(r"\d{3}", text) for text in literals)),
        float(any(re.search(r"\d", text) for text in literals)),
        min(len(selector.label.strip("0123456789")), 30) / 30 * any(map(str.isdigit, selector.label)),
        len("".join(re.findall(r"[a-z]{2,}", " ".join(p for s in shapes for p in s[1:2])))) / 20,
        float(any(name == "shape" and "+" in step[1] for name, step in zip(named, rule.transforms, strict=True))),
    ]  # fmt: skip


class Network:
    """The reliability network in numpy: two embedding bags and the dense features through two layers."""

    def __init__(self, weights: dict[str, Array]) -> None:
        self.weights = weights

    def probability(self, dense: Array, words: NDArray[np.int64], fields: NDArray[np.int64]) -> Array:
        """Probabilities that a rule's value is right on a new page, and that it gives one at all, (n, 2)."""
        w = self.weights
        rule = _bag(w["words.weight"], words)  # (n, d)
        field = _bag(w["fields.weight"], fields)  # (n, d)
        x = np.concatenate([dense, rule, field, rule * field], 1)
        x = np.maximum(x @ w["hidden.weight"].T + w["hidden.bias"], 0)
        x = np.maximum(x @ w["second.weight"].T + w["second.bias"], 0)
        z = x @ w["out.weight"].T + w["out.bias"]
        probability: Array = 1 / (1 + np.exp(-np.clip(z, -30, 30)))
        return probability


def _bag(table: Array, ids: NDArray[np.int64]) -> Array:
    """The mean of the words' vectors; zero where there is no word."""
    shown = (ids > 0)[..., None]
    total: Array = (table[ids] * shown).sum(1) / np.maximum(shown.sum(1), 1)
    return total


@lru_cache(maxsize=1)
def network() -> Network:
    """The network shipped with the package."""
    from safetensors.numpy import load_file

    return Network(
        {name: array.astype(np.float32) for name, array in load_file(MODEL / "reliability.safetensors").items()}
    )


@lru_cache(maxsize=1)
def calibration() -> Calibration:
    """The calibration shipped with the package."""
    data: dict[str, Any] = json.loads((MODEL / "calibration.json").read_text(encoding="utf-8"))
    return Calibration(tuple(map(float, data["coefficients"])))
