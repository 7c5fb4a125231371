"""The base network's training, on episodes from recorded pages, and the model card of what came of it.

Whole sites are held out (learner.training.recorded.held_out). The state of a run is a checkpoint that the next start
continues from; every episode follows from the seed and its number, so an interrupted run ends with the same weights.
"""

from __future__ import annotations

import json
import math
import random
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from learner.errors import StateError
from learner.network.features import name_words
from learner.network.inference import Settings
from learner.network.network import Network, inference_of, save_network
from learner.training.episodes import Library, draw_episode, episode_loss
from learner.training.evaluation import Figure, evaluate, table
from learner.training.recorded import HELD_OUT_RULE, PreparedPage, family, held_out

Progress = Callable[[str], None]

_RAMP: Final = 200


@dataclass(frozen=True, slots=True)
class Plan:
    """How to train: ``minutes`` of this run, or until ``steps`` are done, whichever comes first.

    The learning rate falls over ``minutes`` (over ``steps`` where given: only then is a run repeatable).
    """

    minutes: float
    steps: int | None = None
    seed: int = 0
    batch: int = 3
    rate: float = 2e-3
    checkpoint_seconds: float = 120.0


class Training:
    """One run, continued from its checkpoint when there is one."""

    def __init__(self, library: Library, out: Path, settings: Settings, plan: Plan) -> None:
        self.library = library
        self.out = out
        self.plan = plan
        torch.manual_seed(plan.seed)
        self.network = Network(settings)
        decayed = [p for p in self.network.parameters() if p.dim() > 1]
        others = [p for p in self.network.parameters() if p.dim() <= 1]
        self.optimiser = torch.optim.AdamW(
            [{"params": decayed, "weight_decay": 0.02}, {"params": others, "weight_decay": 0.0}],
            lr=plan.rate,
            betas=(0.9, 0.98),
        )
        self.average = {name: value.clone() for name, value in self.network.state_dict().items()}
        self.step = 0
        self.seconds = 0.0
        self.losses: list[tuple[int, float]] = []
        self._resume()

    @property
    def _share(self) -> float:
        if self.plan.steps is not None:
            return min(self.step / self.plan.steps, 1.0)
        return min(self.seconds / max(self.plan.minutes * 60, 1e-9), 1.0)

    def run(self, progress: Progress) -> Network:
        """Train to the end of the plan, or to the end of its minutes, and give the averaged network."""
        began = last = saved = time.monotonic()
        before = self.seconds
        recent: list[float] = []
        while self._share < 1 and time.monotonic() - began < self.plan.minutes * 60:
            recent.append(self._advance())
            now = time.monotonic()
            self.seconds = before + now - began
            if now - last > 20:
                last = now
                mean = sum(recent) / len(recent)
                self.losses.append((self.step, round(mean, 4)))
                recent.clear()
                progress(f"step {self.step}  {self._share:5.1%}  loss {mean:.3f}  {self.seconds / 60:.1f} min")
            if now - saved > self.plan.checkpoint_seconds:
                saved = now
                self.save()
        self.save()
        final = Network(self.network.settings)
        final.load_state_dict(self.average)
        return final

    def _advance(self) -> float:
        """One step: a few episodes, one change of the weights."""
        chance = random.Random(f"{self.plan.seed} {self.step}")
        torch.manual_seed(chance.getrandbits(60))  # dropout
        self.network.train()
        share = self._share
        ramp = _RAMP if self.plan.steps is None else max(1, min(_RAMP, self.plan.steps // 10))
        rate = self.plan.rate * min(1.0, (self.step + 1) / ramp) * (0.03 + 0.97 * 0.5 * (1 + math.cos(math.pi * share)))
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        self.optimiser.zero_grad(set_to_none=True)
        total = 0.0
        for _ in range(self.plan.batch):
            loss = episode_loss(self.network, draw_episode(self.library, chance), chance)
            if loss is None:
                continue
            (loss / self.plan.batch).backward()  # type: ignore[no-untyped-call]
            total += float(loss.detach()) / self.plan.batch
        norm = nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        if torch.isfinite(norm):
            self.optimiser.step()
        self.step += 1
        keep = min(0.998, self.step / (self.step + 10))
        with torch.no_grad():
            for name, value in self.network.state_dict().items():
                self.average[name].lerp_(value, 1 - keep)
        return total

    def save(self) -> None:
        """Write the checkpoint: tensors, then the rest; a kill in between leaves the former one."""
        self.out.mkdir(parents=True, exist_ok=True)
        tensors = {f"network.{name}": value.contiguous() for name, value in self.network.state_dict().items()}
        tensors |= {f"average.{name}": value.contiguous() for name, value in self.average.items()}
        state = self.optimiser.state_dict()
        for number, moments in state["state"].items():
            tensors |= {f"optimiser.{number}.{name}": value.contiguous() for name, value in moments.items()}
        described = {
            "step": self.step,
            "seconds": self.seconds,
            "losses": self.losses,
            "seed": self.plan.seed,
            "batch": self.plan.batch,
            "settings": asdict(self.network.settings),
        }
        temporary = self.out / "checkpoint.safetensors.tmp"
        save_file(tensors, temporary, metadata={"state": json.dumps(described)})
        temporary.replace(self.out / "checkpoint.safetensors")

    def _resume(self) -> None:
        path = self.out / "checkpoint.safetensors"
        if not path.exists():
            return
        try:
            with safe_open(path, framework="pt") as opened:
                described = json.loads(opened.metadata()["state"])
            tensors = load_file(path)
        except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
            raise StateError(f"{path}: not a checkpoint ({error})", hint=f"rm {path}") from error
        same = (self.plan.seed, self.plan.batch, asdict(self.network.settings))
        if (described["seed"], described["batch"], described["settings"]) != same:
            raise StateError(
                f"{path}: a checkpoint of another seed, batch, width or release", hint="choose another --out"
            )
        part = "network."
        self.network.load_state_dict({n.removeprefix(part): t for n, t in tensors.items() if n.startswith(part)})
        self.average = {n.removeprefix("average."): t for n, t in tensors.items() if n.startswith("average.")}
        state = self.optimiser.state_dict()
        moments: dict[int, dict[str, Tensor]] = defaultdict(dict)
        for name, tensor in tensors.items():
            if name.startswith("optimiser."):
                _, number, moment = name.split(".")
                moments[int(number)][moment] = tensor
        state["state"] = dict(moments)
        self.optimiser.load_state_dict(state)
        self.step, self.seconds = described["step"], described["seconds"]
        self.losses = [tuple(point) for point in described["losses"]]


def split(pages: Iterable[PreparedPage]) -> tuple[list[PreparedPage], list[PreparedPage]]:
    """(training, held out), by site."""
    training: list[PreparedPage] = []
    other: list[PreparedPage] = []
    for page in pages:
        (other if held_out(page.site) else training).append(page)
    return training, other


def card(training: Training, figures: Sequence[Figure], trained: Sequence[PreparedPage]) -> dict[str, Any]:
    """What is to be known about the weights; sites are named by nothing but their number."""
    words = sorted({int(row) for page in trained for field in page.gold for row in name_words(field)} - {0})
    sets: dict[str, dict[str, int]] = {}
    for name in sorted({page.set for page in trained}):
        pages = [page for page in trained if page.set == name and not page.variant]
        sets[name] = {"sites": len({page.site for page in pages}), "pages": len(pages)}
    return {
        "name_words": words,
        "training": {
            "sets": sets,
            "families": len({family(page.site) for page in trained}),
            "seed": training.plan.seed,
            "steps": training.step,
            "minutes": round(training.seconds / 60, 1),
            "parameters": sum(p.numel() for p in training.network.parameters()),
        },
        "held_out_rule": HELD_OUT_RULE,
        "figures": [
            {
                name: round(value, 4) if isinstance(value, float) and not math.isnan(value) else value
                for name in Figure.__dataclass_fields__
                if (value := getattr(figure, name)) == value
            }
            for figure in figures
        ],
    }


def pretrain(
    pages: Sequence[PreparedPage],
    out: Path,
    settings: Settings,
    plan: Plan,
    progress: Progress,
    *,
    all_sites: bool = False,
) -> list[Figure]:
    """Train on the sites that are not held out, measure on those that are, write weights, card and loss plot."""
    training_pages, other = split(pages)
    if all_sites:
        training_pages = list(pages)
    training = Training(Library(training_pages), out, settings, plan)
    if not len(training.library):
        raise StateError(f"{out}: no site to train on; every site of the corpus is held out", hint="add a --corpus")
    network = training.run(progress)
    held, alone = Library(other), inference_of(network.eval())
    figures = [figure for task in ("same", "redesign", "simulated") for figure in evaluate(alone, held, task)]
    described = card(training, figures, training_pages)
    save_network(network, out, described)
    (out / "README.md").write_text(card_text(described, settings, figures), "utf-8")
    plot_losses(training.losses, out / "loss.png")
    return figures


def card_text(described: Mapping[str, Any], settings: Settings, figures: Sequence[Figure]) -> str:
    """The model card as Markdown."""
    training = described["training"]
    sets = "\n".join(f"| {name} | {row['sites']} | {row['pages']} |" for name, row in training["sets"].items())
    return f"""# Model card: the base network

Tells which places of a page show a field, given places that showed it on one to a few example pages. One set of
weights for all sites; nothing is fine-tuned before it is used. Read by `learner.network.scorer.load_scorer()`.

- Architecture: learner/network/network.py, width {settings.width}, {training["parameters"]:,} parameters in half
  precision.
- Features: version {settings.features} (learner/network/features.py).
- Training: {training["steps"]:,} steps of 3 episodes, {training["minutes"]} minutes on one shared core, seed
  {training["seed"]}; simulated redesigns (learner/training/redesign.py) as augmentation;
  {training["families"]} publishers.
- Not for: values that need more than one page to be known, text in images, pages that are drawn by scripts.

| set | sites | pages |
|---|---|---|
{sets}

## Held out

By site, never by page: {HELD_OUT_RULE}. `learner.training.recorded.held_out(site)` tells. The sets' held-out parts,
measured with one example page ("one": the right place of one-valued fields; "many": F1 of many-valued ones, a list is
answered with one coherent group of places; "all": mean by number of fields; "none": absent fields said to be absent;
">.9": share of answers with a probability above 0.9, "right": how many of these are right; "ms": the network's time
per page):

```
{table(figures)}
```

The gold of the recorded pages was located by programs; 1 to 2% of it is wrong, more in lists whose values are parts
of longer texts.
"""


def plot_losses(losses: Sequence[tuple[int, float]], path: Path) -> bool:
    """Draw the loss over steps; False when matplotlib isn't installed."""
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure as Drawing
    except ImportError:
        return False
    drawing = Drawing(figsize=(7, 4))
    FigureCanvasAgg(drawing)
    axes = drawing.add_subplot()
    axes.plot([step for step, _ in losses], [loss for _, loss in losses])
    axes.set_xlabel("step")
    axes.set_ylabel("loss")
    axes.set_yscale("log")
    drawing.savefig(path)
    return True
