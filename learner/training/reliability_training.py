"""Train the reliability network and the calibration of votes on recorded sites.

A rule made from the first page of a version is tried on the version's other pages; whether it was right is
what the network learns. Votes are calibrated on sites that the weights they are counted with did not come
from (two halves, each weighed by the other's network).
"""

from __future__ import annotations

import hashlib
import json
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.numpy import save_file
from torch import Tensor, nn

from learner.errors import EvergreenError, PageRejected
from learner.learning import reliability
from learner.learning.induction import Trial, agreement, trials
from learner.learning.learning import profile_of, select
from learner.pages.values import Scalar, scalars
from learner.programs.examples import LabelledPage
from learner.programs.program import Calibration, FieldProfile, FieldProgram, Rule
from learner.training.recorded import examples_of, held_out

MAX_TRIALS: Final = 90
MAX_TESTS: Final = 4
EMBEDDING: Final = 24
HIDDEN: Final = 64


@dataclass(frozen=True, slots=True)
class Task:
    """One field of one version: its trials and how each did on the other pages (NaN: gave nothing)."""

    set: str
    site: str
    name: str
    many: bool
    column: bool
    trials: list[Trial]
    outcomes: NDArray[np.float32]  # (trials, pages)
    values: list[list[list[Scalar]]]  # what each trial gave on each page
    profile: FieldProfile


def tasks_of(folder: Path, jobs: int = 2) -> list[Task]:
    """All tasks of a folder of recorded pages, in a stable order."""
    versions = sorted(path.parent for path in folder.glob("*/*/site.json"))
    work = [
        (path, version) for path in versions for version in json.loads((path / "site.json").read_text())["versions"]
    ]
    with ProcessPoolExecutor(jobs, mp_context=get_context("fork")) as pool:
        return [task for found in pool.map(_tasks, work, chunksize=4) for task in found]


def _tasks(where: tuple[Path, str]) -> list[Task]:
    folder, version = where
    meta = json.loads((folder / "site.json").read_text())
    examples = []
    for example in examples_of(folder / version, meta["site"], 1 + MAX_TESTS):
        try:
            examples.append(LabelledPage(example))
        except (PageRejected, EvergreenError):
            continue
    if len(examples) < 2:
        return []
    first, others = examples[0], examples[1:]
    listing = first.example.items is not None
    out = []
    for name in first.values:
        many = listing or isinstance(first.values[name], list)
        tests = [page for page in others if name in page.values]
        if not tests:
            continue
        tried = trials([first], name, many, listing)
        if not tried:
            continue
        chooser = random.Random(f"{folder.name}/{version}/{name}")
        if len(tried) > MAX_TRIALS:
            tried = chooser.sample(tried, MAX_TRIALS)
        outcomes = np.full((len(tried), len(tests)), np.nan, np.float32)
        profile = profile_of(name, [first], listing)
        reader = FieldProgram(profile, (), listing)
        given: list[list[list[Scalar]]] = []
        for row, trial in enumerate(tried):
            given.append([])
            for column, page in enumerate(tests):
                values = reader.read(trial.rule, page.index)
                given[-1].append(values)
                if values:
                    outcomes[row, column] = agreement(values, scalars(page.values[name]), listing)
        out.append(Task(folder.parent.name, meta["site"], name, many, listing, tried, outcomes, given, profile))
    return out


class ReliabilityNetwork(nn.Module):
    """dense (n, WIDTH), words (n, 12), field words (n, 4) -> logits (n, 2): right if it gives something; gives."""

    def __init__(self) -> None:
        super().__init__()
        self.words = nn.Embedding(reliability.WORD_BUCKETS, EMBEDDING, padding_idx=0)
        self.fields = nn.Embedding(reliability.FIELD_BUCKETS, EMBEDDING, padding_idx=0)
        self.hidden = nn.Linear(reliability.WIDTH + 3 * EMBEDDING, HIDDEN)
        self.second = nn.Linear(HIDDEN, HIDDEN // 2)
        self.out = nn.Linear(HIDDEN // 2, 2)
        self.dropout = nn.Dropout(0.2)
        nn.init.normal_(self.words.weight, std=0.1)
        nn.init.normal_(self.fields.weight, std=0.1)

    def forward(self, dense: Tensor, words: Tensor, fields: Tensor) -> Tensor:
        rule, field = self._bag(self.words, words), self._bag(self.fields, fields)
        x = torch.cat([dense, rule, field, rule * field], 1)
        x = self.dropout(torch.relu(self.hidden(x)))
        x = self.dropout(torch.relu(self.second(x)))
        logits: Tensor = self.out(x)
        return logits

    def _bag(self, table: nn.Embedding, ids: Tensor) -> Tensor:
        shown = (ids > 0).unsqueeze(-1)
        if self.training:
            # Words are dropped at random, or the network would learn sites by heart.
            shown = shown & (torch.rand(ids.shape) > 0.25).unsqueeze(-1)
        total: Tensor = (table(ids) * shown).sum(1) / shown.sum(1).clamp(min=1)
        return total


def fit(
    tasks: Sequence[Task], seed: int = 0, epochs: int = 14, say: Callable[[str], None] = print
) -> ReliabilityNetwork:
    """The network trained on the tasks' outcomes; each task weighs the same, however many trials it has."""
    torch.manual_seed(seed)
    parts: dict[str, list[Any]] = defaultdict(list)
    for task in tasks:
        dense, words, fields = reliability.encode(task.trials, task.name, task.many, task.column)
        given = ~np.isnan(task.outcomes)
        spoke = given.mean(1)
        right = np.nansum(task.outcomes, 1) / np.maximum(given.sum(1), 1)
        parts["dense"].append(dense)
        parts["words"].append(words)
        parts["fields"].append(fields)
        parts["target"].append(np.stack([right, spoke], 1))
        each = np.full(len(given), 1 / np.sqrt(len(given)))
        parts["weight"].append(np.stack([each * spoke, each], 1))
    data = {name: torch.tensor(np.concatenate(arrays)) for name, arrays in parts.items()}
    data = {name: tensor.float() if tensor.is_floating_point() else tensor for name, tensor in data.items()}
    model = ReliabilityNetwork()
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=1e-2)
    count = len(data["target"])
    batches = max(1, count // 512)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 3e-3, total_steps=epochs * batches + 1)
    generator = torch.Generator().manual_seed(seed)
    for epoch in range(epochs):
        model.train()
        order = torch.randperm(count, generator=generator)
        total = 0.0
        for batch in order.chunk(batches):
            logits = model(data["dense"][batch], data["words"][batch], data["fields"][batch])
            losses = nn.functional.binary_cross_entropy_with_logits(logits, data["target"][batch], reduction="none")
            loss = (losses * data["weight"][batch]).sum() / data["weight"][batch].sum()
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            schedule.step()
            total += float(loss.detach())
        say(f"epoch {epoch + 1:2d} of {epochs}  loss {total / batches:.4f}")
    return model.eval()


def as_numpy(model: ReliabilityNetwork) -> reliability.Network:
    """The trained network as it is run when learning."""
    return reliability.Network(
        {name: value.detach().numpy().astype(np.float32) for name, value in model.state_dict().items()}
    )


def votes_of(task: Task, network: reliability.Network) -> Iterator[tuple[tuple[float, ...], float, str]]:
    """Figures of the vote on each test page, how right the elected answer was, and the field's set."""
    weighed = reliability.weigh(task.trials, task.name, task.many, task.column, network)
    rows = {_identity(trial.rule): row for row, trial in enumerate(task.trials)}
    rules = select(task.trials, task.name, task.many, task.column, network)
    program = FieldProgram(task.profile, rules, task.column)
    assert len(weighed) == len(rows)
    for column in range(task.outcomes.shape[1]):
        given = [(rule, task.values[rows[_identity(rule)]][column]) for rule in rules]
        vote = program.elect(given)
        if vote is None:
            continue
        row = rows[_identity(vote[0])]
        yield vote[3], float(task.outcomes[row, column]), task.set


def _identity(rule: Rule) -> Rule:
    return replace(rule, weight=0.5, reach=1.0)


def calibrate(votes: Sequence[tuple[tuple[float, ...], float, str]], steps: int = 400) -> Calibration:
    """Logistic regression from figures to rightness; every set weighs the same."""
    figures = torch.tensor([[1.0, *vote[0]] for vote in votes])
    right = torch.tensor([vote[1] for vote in votes])
    sizes = Counter(vote[2] for vote in votes)
    weight = torch.tensor([1.0 / sizes[vote[2]] ** 0.5 for vote in votes])
    coefficients = torch.zeros(figures.shape[1], requires_grad=True)
    optimizer = torch.optim.LBFGS([coefficients], max_iter=steps)

    def closure() -> Tensor:
        optimizer.zero_grad()
        losses = nn.functional.binary_cross_entropy_with_logits(figures @ coefficients, right, reduction="none")
        loss: Tensor = (losses * weight).sum() / weight.sum() + 1e-3 * (coefficients[1:] ** 2).sum()
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    optimizer.step(closure)  # type: ignore[no-untyped-call]
    return Calibration(tuple(round(float(c), 4) for c in coefficients.detach()))


def half(site: str) -> int:
    """The half of the training sites that the site is in."""
    return int(hashlib.sha256(f"half {site}".encode()).hexdigest()[:8], 16) % 2


def train(folder: Path, out: Path, seed: int = 0, everything: bool = False, say: Callable[[str], None] = print) -> None:
    """Train on the folder's sites (without those held out) and write weights and calibration into ``out``."""
    tasks = tasks_of(folder)
    kept = [task for task in tasks if everything or not held_out(task.site)]
    test = [task for task in tasks if held_out(task.site)]
    say(f"{len(kept)} tasks of {len({t.site for t in kept})} sites to learn from, {len(test)} held out")
    votes = []
    for number in (0, 1):
        model = as_numpy(fit([task for task in kept if half(task.site) != number], seed, say=lambda _: None))
        votes += [vote for task in kept if half(task.site) == number for vote in votes_of(task, model)]
    calibration = calibrate(votes)
    network = as_numpy(fit(kept, seed, say=say))
    out.mkdir(parents=True, exist_ok=True)
    save_file(
        {name: array.astype(np.float16) for name, array in network.weights.items()}, out / "reliability.safetensors"
    )
    (out / "calibration.json").write_text(json.dumps({"coefficients": calibration.coefficients}) + "\n")
    for label, group in (("training", kept), ("held out", test)):
        report(label, [vote for task in group for vote in votes_of(task, network)], calibration, say)


def report(
    label: str,
    votes: Sequence[tuple[tuple[float, ...], float, str]],
    calibration: Calibration,
    say: Callable[[str], None],
) -> None:
    """Say how right the elected answers are by confidence."""
    judged = [(calibration.confidence(figures), right, name) for figures, right, name in votes]
    for name in sorted({entry[2] for entry in judged}):
        mine = [entry for entry in judged if entry[2] == name]
        cells = []
        for low, high in ((0, 0.3), (0.3, 0.5), (0.5, 0.7), (0.7, 0.9), (0.9, 1.01)):
            rights = [entry[1] for entry in mine if low <= entry[0] < high]
            cells.append(f"{low:.1f}+ {len(rights):4d} {sum(rights) / max(1, len(rights)):.2f}")
        say(f"{label:9s} {name:9s} right {sum(e[1] for e in mine) / len(mine):.3f}  " + "   ".join(cells))
