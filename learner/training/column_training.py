"""Train the networks that tell columns and slots by how like they are to fields, on redesigns of recorded pages.

Each version of a site is learned from its first pages; the columns of the next version's pages are graded by what they
should give. A column that gives nearly all of a field's values is right; of a field that has none, that there is none.
"""

from __future__ import annotations

import itertools
import json
import math
import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.numpy import save_file
from torch import Tensor, nn

from learner.errors import EvergreenError
from learner.healing.columns import Columns
from learner.healing.judge import BEST_GROUPS, Fit, Judge, Likeness
from learner.healing.labelling import open_examples
from learner.healing.slots import Slots
from learner.learning.learning import learn
from learner.network.opinion import MAX_SUPPORT, Opinion
from learner.pages.values import Scalar, normal, scalars
from learner.programs.examples import LabelledPage
from learner.programs.program import overlap
from learner.training.recorded import examples_of, held_out

PAGES: Final = 3
SOME: Final = (1, 2, 3, 3, 5, 8)
"""Pages of a template that are looked at together, as it happens."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How networks are trained: their width, for how long, and whether they learn slower towards the end."""

    judge: type[Columns] | type[Slots]
    hidden: int
    epochs: int
    slows: bool


KINDS: Final = {
    Columns.name: Recipe(Columns, hidden=16, epochs=20, slows=False),
    Slots.name: Recipe(Slots, hidden=24, epochs=30, slows=True),
}
BATCH: Final = 8
RATE: Final = 5e-3
RIGHT: Final = 0.8
"""F1 of a column's values from which on it is the field's, if no other is better."""
EQUAL: Final = 0.03


@dataclass(frozen=True, slots=True)
class Redesign:
    """A version and the next: of each group of its records the columns of each field, with the F1 of their values."""

    site: str
    fields: tuple[str, ...]
    judge: Judge
    pages: tuple[LabelledPage, ...]
    groups: tuple[dict[str, list[Fit]], ...]
    right: tuple[dict[str, list[float]], ...]


def train(
    folders: Sequence[Path],
    out: Path,
    *,
    kind: str = Columns.name,
    seed: int = 0,
    all_sites: bool = False,
    progress: Callable[[str], None] = print,
) -> dict[str, float]:
    """Train both networks for columns or for slots and write ``<kind>.safetensors`` into ``out``.

    Gives the figures of the held-out sites: the share of the fields that are told with a probability of half and more,
    and the F1 of these. Raises EvergreenError when the folders have no redesigned pages of this kind.
    """
    found = [one for folder in folders for one in redesigns(folder, kind)]
    training = [one for one in found if all_sites or not held_out(one.site)]
    if not training:
        what = "list pages" if kind == Columns.name else "pages of one item"
        raise EvergreenError(f"No redesigned {what} are in these folders.", hint="name folders of recorded pages")
    progress(f"{len(found)} redesigns, {len(training)} to learn from")
    # Both halves are judged by what the other taught: that is what probabilities are calibrated on.
    halves = [training[::2], training[1::2]]
    told = [
        pair
        for one, other in (halves, halves[::-1])
        for pair in judged(Likeness(fitted(one, seed, kind)), other)
        if one and other
    ]
    level, slope = calibrate([pair for pair in told if pair[0] > 0])
    weights = fitted(training, seed, kind) | {"calibration": np.array([level, slope], np.float32)}
    out.mkdir(parents=True, exist_ok=True)
    save_file(weights, out / f"{kind}.safetensors")
    progress(f"calibration {level:.2f}, {slope:.2f}")
    rest = [one for one in found if held_out(one.site)]
    figures: dict[str, float] = {}
    for name, some in (("training", training), ("held_out", rest)):
        pairs = judged(Likeness(weights), some)
        sure = [right for probability, right in pairs if probability >= 0.5]
        figures |= {f"{name}_told": len(sure) / max(1, len(pairs)), f"{name}_right": sum(sure) / max(1, len(sure))}
    progress(json.dumps({name: round(value, 3) for name, value in figures.items()}))
    return figures


def redesigns(folder: Path, kind: str = Columns.name) -> Iterator[Redesign]:
    """All redesigns of list pages, or of others, in a folder of recorded pages, in a stable order."""
    for meta in sorted(folder.glob("*/*/site.json")):
        site = json.loads(meta.read_text())
        for one, following in itertools.pairwise(site["versions"]):
            redesign = _redesign(meta.parent, str(site["site"]), one, following, kind)
            if redesign is not None:
                yield redesign


def _redesign(folder: Path, site: str, one: str, following: str, kind: str) -> Redesign | None:
    lists = kind == Columns.name
    size = PAGES if lists else random.Random(f"{site} {one}").choice(SOME)
    before = [example for example in examples_of(folder / one, site, PAGES) if bool(example.items) is lists]
    after = [example for example in examples_of(folder / following, site, size) if bool(example.items) is lists]
    try:
        extractor = learn(before)
        pages = tuple(LabelledPage(example) for example in after)
    except EvergreenError:
        return None
    if extractor.is_list is not lists or not pages:
        return None
    shown = open_examples(extractor, MAX_SUPPORT)
    judge = KINDS[kind].judge(extractor, Opinion(extractor.program, extractor.examples, shown), shown)
    groups = tuple(judge.groups(pages))
    right = tuple({n: [_right(n, fit, pages) for fit in found] for n, found in fits.items()} for fits in groups)
    return Redesign(site, tuple(extractor.fields), judge, pages, groups, right)


def _right(name: str, fit: Fit, pages: Sequence[LabelledPage]) -> float:
    """F1 of what a column gives of a field, the mean over the pages."""
    shares = []
    for number, page in enumerate(pages):
        given = [value for (at, _), value in fit.values.items() if at == number]
        shares.append(overlap(_bag(given, page), _bag(scalars(page.values.get(name)), page)))
    return sum(shares) / len(shares)


def _bag(values: Sequence[Scalar], page: LabelledPage) -> Counter[str]:
    """Values under forms in which equal ones are equal: links as absolute addresses."""
    texts = map(str, values)
    return Counter(normal(page.document.absolute(one) if one.startswith(("/", "http", "?")) else one) for one in texts)


class ColumnNetwork(nn.Module):
    """(n, features) -> (n,) scores; ``none`` is that of a field that is not there."""

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.hidden = nn.Linear(width, hidden)
        self.out = nn.Linear(hidden, 1)
        self.none = nn.Parameter(torch.tensor(2.0))
        self.mean: Tensor
        self.scale: Tensor
        self.register_buffer("mean", torch.zeros(width))
        self.register_buffer("scale", torch.ones(width))

    def forward(self, rows: Tensor) -> Tensor:
        x = torch.relu(self.hidden((rows - self.mean) / self.scale))
        return self.out(x).squeeze(-1)  # type: ignore[no-any-return]


def fitted(found: Sequence[Redesign], seed: int, kind: str = Columns.name) -> dict[str, NDArray[np.float32]]:
    """The weights of both networks, as the numpy side reads them."""
    alone = [
        (
            [fit.features for own in one.groups for fit in own.get(name, ())],
            [f for own in one.right for f in own.get(name, ())],
        )
        for one in found
        for name in one.fields
    ]
    weights = _named("alone", _fit(alone, seed, KINDS[kind])) | {"calibration": np.array([0.0, 1.0], np.float32)}
    likeness = Likeness(weights)
    beside = [
        (rows, [right[name][fits[name].index(fit)] for fit in chosen])
        for one in found
        for fits, right in _best(one, likeness)
        for name, (chosen, rows) in one.judge.related(likeness, one.pages, fits).items()
    ]
    return weights | _named("beside", _fit(beside, seed, KINDS[kind]))


def _best(one: Redesign, likeness: Likeness) -> list[tuple[dict[str, list[Fit]], dict[str, list[float]]]]:
    """The groups that say most of the fields, with what is right."""
    ranked = sorted(zip(one.groups, one.right, strict=True), key=lambda entry: -one.judge.standing(likeness, entry[0]))
    return ranked[:BEST_GROUPS]


def _fit(tasks: Sequence[tuple[Sequence[NDArray[Any]], Sequence[float]]], seed: int, recipe: Recipe) -> ColumnNetwork:
    """A network that tells the columns that are right from the others and from there being none, field by field."""
    torch.manual_seed(seed)
    given = [(torch.tensor(np.array(rows, np.float32)), torch.tensor(right)) for rows, right in tasks if len(rows)]
    network = ColumnNetwork(given[0][0].shape[1], recipe.hidden)
    together = torch.cat([rows for rows, _ in given])
    network.mean.copy_(together.mean(0))
    network.scale.copy_(together.std(0) + 1e-3)
    optimizer = torch.optim.Adam(network.parameters(), lr=RATE, weight_decay=1e-3)
    for epoch in range(recipe.epochs):
        random.Random(seed * recipe.epochs + epoch).shuffle(given)
        for group in optimizer.param_groups:
            group["lr"] = RATE * (1 - epoch / recipe.epochs) if recipe.slows else RATE
        for start in range(0, len(given), BATCH):
            losses = []
            for rows, right in given[start : start + BATCH]:
                scores = network(rows)
                total = torch.logsumexp(torch.cat([scores, network.none[None]]), 0)
                best = right.max()
                meant = scores[right >= best - EQUAL] if best >= RIGHT else network.none[None]
                losses.append(total - torch.logsumexp(meant, 0))
            optimizer.zero_grad()
            torch.stack(losses).mean().backward()  # type: ignore[no-untyped-call]
            optimizer.step()
    return network


def _named(stage: str, network: ColumnNetwork) -> dict[str, NDArray[np.float32]]:
    return {f"{stage}.{name}": value.numpy().astype(np.float32) for name, value in network.state_dict().items()}


def judged(likeness: Likeness, found: Sequence[Redesign]) -> list[tuple[float, float]]:
    """For each field the probability with which a column is told (0: none is), and how right its values are."""
    out = []
    for one in found:
        told = one.judge.best(likeness, one.pages, one.groups)
        fits = {
            id(fit.values): share
            for own, right in zip(one.groups, one.right, strict=True)
            for n in own
            for fit, share in zip(own[n], right[n], strict=True)
        }
        for name in one.fields:
            answer = told.get(name)
            out.append((0.0, 0.0) if answer is None else (answer.probability, fits[id(answer.values)]))
    return out


def calibrate(pairs: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Level and slope of the logistic regression of rightness on the logit of the probability."""
    logits = torch.tensor([math.log(max(p, 1e-3) / max(1 - p, 1e-3)) for p, _ in pairs])
    right = torch.tensor([share for _, share in pairs])
    line = torch.tensor([0.0, 1.0], requires_grad=True)
    optimizer = torch.optim.LBFGS([line], max_iter=100)

    def loss() -> Tensor:
        optimizer.zero_grad()
        value = nn.functional.binary_cross_entropy_with_logits(line[0] + line[1] * logits, right)
        value.backward()  # type: ignore[no-untyped-call]
        return value

    optimizer.step(loss)  # type: ignore[no-untyped-call]
    level, slope = line.detach().tolist()
    return level, slope
