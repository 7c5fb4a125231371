"""The base network's training: episodes from recorded pages, and what the result can do on other sites.

An episode is one to three pages of a design with their gold (the support) and one page to find the fields on:
another page of the design, a page of the site's next or former design, or of a simulated one. Whole sites are
held out (learner.recorded.held_out). The state of a run is a checkpoint that the next start continues from;
every episode follows from the seed and its number, so an interrupted run ends with the same weights.
"""

from __future__ import annotations

import json
import math
import random
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional

from learner.errors import StateError
from learner.features import BAGS, name_words
from learner.inference import Settings
from learner.network import (
    Exemplars,
    Network,
    PageTensors,
    exemplars_of,
    page_tensors,
    save_network,
)
from learner.recorded import HELD_OUT_RULE, PreparedPage, family, held_out
from learner.scorer import column, probabilities

Progress = Callable[[str], None]
Design = tuple[str, str, str]  # set, site, version

_PLACES_IN_TRAINING: Final = 700
_MANY_POSITIVES: Final = 60
_FIELDS: Final = 6
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


class Library:
    """Prepared pages by set, site, version and variant."""

    def __init__(self, pages: Iterable[PreparedPage]) -> None:
        self.designs: dict[Design, dict[int, list[PreparedPage]]] = defaultdict(lambda: defaultdict(list))
        self.versions: dict[tuple[str, str], list[str]] = defaultdict(list)
        for page in pages:
            if not any(any(rows) for values in page.gold.values() for rows in values):
                continue
            self.designs[page.set, page.site, page.version][page.variant].append(page)
            if page.version not in self.versions[page.set, page.site]:
                self.versions[page.set, page.site].append(page.version)
        self.sites: dict[str, list[str]] = defaultdict(list)
        for set_name, site in self.versions:
            self.sites[set_name].append(site)

    def __len__(self) -> int:
        return len(self.versions)

    def weight(self, set_name: str, site: str) -> float:
        """How often a site is drawn against others of its set."""
        versions = self.versions[set_name, site]
        pages = sum(len(self.designs[set_name, site, version].get(0, ())) for version in versions)
        return 0.25 if pages <= 1 else 1.0


@dataclass(frozen=True, slots=True)
class Episode:
    """Support pages, the page to read, and how: what is hidden from the network to keep it honest."""

    support: tuple[PreparedPage, ...]
    query: PreparedPage
    kind: str


def draw_episode(library: Library, chance: random.Random) -> Episode:
    """One episode; sets are drawn by the root of their number of sites, so that no set drowns the others.

    A site with a single page tells least and is drawn a quarter as often.
    """
    names = sorted(library.sites)
    set_name = chance.choices(names, [math.sqrt(len(library.sites[name])) for name in names])[0]
    sites = library.sites[set_name]
    site = chance.choices(sites, [library.weight(set_name, site) for site in sites])[0]
    versions = library.versions[set_name, site]
    number = chance.randrange(len(versions))
    design = library.designs[set_name, site, versions[number]]
    variants = sorted(design)
    other = None
    lonely = len(design[min(design)]) == 1  # then only another version shows other pages
    if len(versions) > 1 and chance.random() < (0.8 if lonely else 0.5):
        neighbour = number + 1 if number + 1 < len(versions) and (number == 0 or chance.random() < 0.5) else number - 1
        other = library.designs[set_name, site, versions[neighbour]]
    support_variant = chance.choice(variants) if chance.random() < 0.35 else 0
    pages = design.get(support_variant) or design[variants[0]]
    pages = chance.sample(pages, min(len(pages), chance.choice((1, 1, 1, 2, 3))))
    if other is not None:
        query_variant = chance.choice(sorted(other)) if chance.random() < 0.3 else 0
        return Episode(tuple(pages), chance.choice(other.get(query_variant) or other[min(other)]), "redesign")
    same = chance.random() < 0.55
    query_variant = support_variant if same else chance.choice([v for v in variants if v != support_variant] or [0])
    used = {page.name for page in pages}
    rest = [page for page in design.get(query_variant, []) if page.name not in used]
    if rest:
        return Episode(tuple(pages), chance.choice(rest), "same" if same else "simulated")
    if len(pages) > 1 and len(design.get(query_variant, [])) > 1:
        query = next(page for page in design[query_variant] if page.name == pages[-1].name)
        return Episode(tuple(pages[:-1]), query, "same" if same else "simulated")
    # A design with a single page: the page itself, redesigned.
    query_variant = chance.choice([v for v in variants if v != support_variant] or [support_variant])
    return Episode(tuple(pages[:1]), chance.choice(design[query_variant]), "itself")


class _Tensors:
    """Pages as tensors, made when needed; the least recently made are forgotten."""

    def __init__(self, bound: int = 400) -> None:
        self._made: dict[int, PageTensors] = {}
        self._bound = bound

    def of(self, page: PreparedPage) -> PageTensors:
        made = self._made.pop(id(page), None)
        if made is None:
            made = page_tensors(page.features)
            if len(self._made) >= self._bound:
                del self._made[next(iter(self._made))]
        self._made[id(page)] = made
        return made


def _cut(page: PreparedPage, chance: random.Random) -> PreparedPage:
    """A long page without some stretches that hold no gold."""
    count = len(page.features.rows)
    if count <= _PLACES_IN_TRAINING:
        return page
    keep = np.ones(count, dtype=bool)
    gold = sorted({row for values in page.gold.values() for rows in values for row in rows})
    guarded = np.zeros(count, dtype=bool)
    guarded[gold] = True
    stretch = max(20, count // 16)
    for _ in range(64):
        excess = int(keep.sum()) - _PLACES_IN_TRAINING
        if excess <= 0:
            break
        start = chance.randrange(count)
        stop = start + min(stretch, excess)
        keep[start:stop] &= guarded[start:stop]
    return _only(page, keep)


def _only(page: PreparedPage, keep: NDArray[np.bool_]) -> PreparedPage:
    """The page with some of its places."""
    place = np.cumsum(keep) - 1
    names = type(page.features).__dataclass_fields__
    cut = type(page.features)(*(getattr(page.features, name)[keep] for name in names))
    gold = {
        field: tuple(tuple(int(place[row]) for row in rows if keep[row]) for rows in values)
        for field, values in page.gold.items()
    }
    return replace(page, features=cut, gold=gold)


def _without(page: PreparedPage, field: str) -> PreparedPage:
    """The page as if it did not show the field."""
    rows = _rows(page, field)
    keep = np.ones(len(page.features.rows), dtype=bool)
    keep[rows] = False
    cut = _only(page, keep)
    return replace(cut, gold={name: values for name, values in cut.gold.items() if name != field})


def _rows(page: PreparedPage, field: str) -> list[int]:
    return sorted({row for rows in page.gold.get(field, ()) for row in rows})


def _hide(page: PageTensors, generator: torch.Generator, hidden: Hidden) -> PageTensors:
    """Words, signatures and shapes dropped at random, so that no single one is relied on."""
    words = page.words
    dropped = torch.rand(words.shape, generator=generator) < hidden.words
    start = 0
    for (_, slots), lost in zip(BAGS, hidden.bags, strict=True):
        if lost:
            dropped[:, start : start + slots] = True
        start += slots
    numbers = page.numbers
    if hidden.shapes:
        noise = torch.randn(numbers.shape[0], 6, generator=generator) * 0.08
        numbers = numbers.clone()
        numbers[:, :6] += noise
    signatures = page.signatures
    if any(hidden.signatures):
        signatures = signatures.masked_fill(torch.tensor(hidden.signatures), 0)
    return replace(page, words=words.masked_fill(dropped, 0), numbers=numbers, signatures=signatures)


@dataclass(frozen=True, slots=True)
class Hidden:
    """What an episode hides, on both sides alike."""

    words: float
    bags: tuple[bool, ...]
    shapes: bool
    signatures: tuple[bool, ...]


def _hidden(chance: random.Random, episode: Episode) -> Hidden:
    names = [name for name, _ in BAGS]
    bags = [chance.random() < 0.06 for _ in names]
    if episode.kind == "itself" or _same_article(episode):
        bags[names.index("text")] = True
    else:
        bags[names.index("text")] = chance.random() < 0.3
    signatures = tuple(chance.random() < 0.12 for _ in range(6))
    return Hidden(0.12, tuple(bags), episode.kind != "same", signatures)


def _same_article(episode: Episode) -> bool:
    """Whether query and support show the same values: then texts must not give them away."""
    known = {
        int(page.features.texts[row]) for page in episode.support for field in page.gold for row in _rows(page, field)
    }
    rows = [row for field in episode.query.gold for row in _rows(episode.query, field)]
    return sum(int(episode.query.features.texts[row]) in known for row in rows) > 0.4 * len(rows)


def episode_loss(network: Network, episode: Episode, chance: random.Random) -> Tensor | None:
    """The loss of one episode; None when it asks for nothing."""
    generator = torch.Generator().manual_seed(chance.getrandbits(60))
    support = episode.support
    fields = [
        field for field in sorted({f for page in support for f in page.gold}) if any(_rows(p, field) for p in support)
    ]
    if not fields:
        return None
    chance.shuffle(fields)
    fields = fields[:_FIELDS]
    query = _cut(episode.query, chance)
    lost = chance.choice(fields)
    if chance.random() < 0.25 and 0 < len(_rows(query, lost)) < _MANY_POSITIVES:
        query = _without(query, lost)
    hidden = _hidden(chance, episode)
    taught = []
    for page in support:
        page = _cut(page, chance)
        taught.append(
            (_hide(page_tensors(page.features), generator, hidden), {field: _rows(page, field) for field in fields})
        )
    asked = _hide(page_tensors(query.features), generator, hidden)
    many = [any(field in page.many for page in support) for field in fields]
    blind = chance.random() < 0.12
    nameless = [not blind and chance.random() < 0.35 for _ in fields]
    exemplars = exemplars_of(network, [] if blind else taught, fields, many, nameless)
    if chance.random() < 0.15 and len(exemplars.texts):
        exemplars = replace(exemplars, texts=exemplars.texts[:0])
    first, final, none = network(exemplars, asked)
    return field_losses(exemplars, query, fields, final, none) + 0.3 * field_losses(
        exemplars, query, fields, first, none
    )


def field_losses(
    exemplars: Exemplars, query: PreparedPage, fields: Sequence[str], logits: Tensor, none: Tensor
) -> Tensor:
    """Mean over fields: one value, minus log of the probability of all its places; many, cross-entropy of each."""
    losses = []
    for row, field in enumerate(fields):
        rows = _rows(query, field)
        if query.gold.get(field) and not rows:
            continue  # its value is on the page in a form that no candidate has: nothing to teach
        if bool(exemplars.many[row]) and len(query.gold.get(field, ())) != 1:
            target = torch.zeros(logits.shape[1])
            target[rows] = 1
            each = functional.binary_cross_entropy_with_logits(logits[row], target, reduction="none")
            weight = 1.0 / (min(len(rows), _MANY_POSITIVES) + 2)
            losses.append(each.sum() * weight * (_MANY_POSITIVES / max(len(rows), _MANY_POSITIVES)))
            continue
        if bool(exemplars.many[row]):
            target = torch.zeros(logits.shape[1])
            target[rows] = 1
            losses.append(
                functional.binary_cross_entropy_with_logits(logits[row], target, reduction="sum") / (len(rows) + 2)
            )
            continue
        joined = functional.log_softmax(torch.cat([logits[row], none[row : row + 1]]), dim=0)
        losses.append(-torch.logsumexp(joined[rows], 0) if rows else -joined[-1])
    return torch.stack(losses).mean() if losses else (logits.sum() + none.sum()) * 0


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


@dataclass(frozen=True, slots=True)
class Figure:
    """Of one set: share of one-valued fields whose first choice is right, mean F1 of many-valued ones."""

    set: str
    task: str
    one: float
    ones: int
    many: float
    manies: int
    macro: float  # mean of one and many by number of fields
    absent: float  # share of absent one-valued fields that are said to be absent
    trusted: float  # share of one-valued answers given with probability above 0.9
    right: float  # of these, the share that is right
    milliseconds: float  # per page, without candidates and features


def evaluate(network: Network, library: Library, task: str, shots: int = 1, limit: int = 5) -> list[Figure]:
    """Figures per set. ``task``: same (other pages of the design), redesign (the next version), simulated."""
    network.eval()
    tensors = _Tensors(40)
    tallies: dict[str, _Tally] = defaultdict(_Tally)
    for set_name, site in sorted(library.versions):
        for support, queries in _tasks(library, set_name, site, task, shots, limit):
            tallies[set_name].add(network, support, queries, tensors)
    return [tally.figure(name, task) for name, tally in sorted(tallies.items())]


def _tasks(
    library: Library, set_name: str, site: str, task: str, shots: int, limit: int
) -> Iterable[tuple[list[PreparedPage], list[PreparedPage]]]:
    versions = library.versions[set_name, site]
    designs = [library.designs[set_name, site, version] for version in versions]
    if task == "same":
        for design in designs:
            if len(design[0]) > shots:
                yield design[0][:shots], design[0][shots : shots + limit]
    elif task == "simulated":
        for design in designs:
            names = {page.name for page in design[0][:shots]}
            queries = [page for page in design.get(1, []) if page.name not in names][:limit]
            if design[0] and queries:
                yield design[0][:shots], queries
    else:
        for old, new in pairwise(designs):
            if old[0] and new[0]:
                yield old[0][: max(shots, 1)], new[0][:limit]


class _Tally:
    def __init__(self) -> None:
        self.one: list[float] = []
        self.many: list[float] = []
        self.absent: list[float] = []
        self.sure: list[bool] = []
        self.sure_right: list[float] = []
        self.seconds = 0.0
        self.pages = 0

    def add(
        self, network: Network, support: list[PreparedPage], queries: list[PreparedPage], tensors: _Tensors
    ) -> None:
        fields = sorted({f for page in support for f in page.gold if _rows(page, f)})
        if not fields:
            return
        many = [any(field in page.many for page in support) for field in fields]
        taught = [(tensors.of(page), {field: _rows(page, field) for field in fields}) for page in support]
        with torch.inference_mode():
            exemplars = exemplars_of(network, taught, fields, many)
            for query in queries:
                began = time.perf_counter()
                _, logits, none = network(exemplars, tensors.of(query))
                self.seconds += time.perf_counter() - began
                self.pages += 1
                for row, field in enumerate(fields):
                    self._field(query, field, logits[row].double().numpy(), float(none[row]), many[row])

    def _field(self, query: PreparedPage, field: str, logits: Any, none: float, many: bool) -> None:
        rows = _rows(query, field)
        values, _, absent = probabilities(logits, none, query.features.texts, many)
        if many:
            if rows:
                self.many.append(_f1(query, field, values))
            return
        best = int(values.argmax())
        if not query.gold.get(field):
            self.absent.append(float(absent > values[best]))
            return
        right = float(best in rows)
        self.one.append(right)
        self.sure.append(bool(values[best] > 0.9))
        if values[best] > 0.9:
            self.sure_right.append(right)

    def figure(self, name: str, task: str) -> Figure:
        return Figure(
            name,
            task,
            _mean(self.one),
            len(self.one),
            _mean(self.many),
            len(self.many),
            _mean(self.one + self.many),
            _mean(self.absent),
            _mean([float(sure) for sure in self.sure]),
            _mean(self.sure_right),
            1000 * self.seconds / max(self.pages, 1),
        )


def _f1(query: PreparedPage, field: str, values: Any) -> float:
    """F1 over texts: a value shown in two places counts once."""
    texts = query.features.texts
    found = {int(texts[row]) for row in column(values, query.features)}
    gold = [{int(texts[row]) for row in rows} for rows in query.gold[field] if rows]
    lost = sum(not rows for rows in query.gold[field])
    hit = sum(bool(group & found) for group in gold)
    extra = len(found - set().union(*gold))
    return 2 * hit / (hit + extra + len(gold) + lost) if hit else 0.0


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else float("nan")


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
    held = Library(other)
    figures = [figure for task in ("same", "redesign", "simulated") for figure in evaluate(network, held, task)]
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
weights for all sites; nothing is fine-tuned before it is used. Read by `learner.scorer.load_scorer()`.

- Architecture: learner/network.py, width {settings.width}, {training["parameters"]:,} parameters in half precision.
- Features: version {settings.features} (learner/features.py).
- Training: {training["steps"]:,} steps of 3 episodes, {training["minutes"]} minutes on one shared core, seed
  {training["seed"]}; simulated redesigns (learner/redesign.py) as augmentation; {training["families"]} publishers.
- Not for: values that need more than one page to be known, text in images, pages that are drawn by scripts.

| set | sites | pages |
|---|---|---|
{sets}

## Held out

By site, never by page: {HELD_OUT_RULE}. `learner.recorded.held_out(site)` tells. The sets' held-out parts, measured
with one example page ("one": the right place of one-valued fields; "many": F1 of many-valued ones, a list is answered
with one coherent group of places; "all": mean by number of fields; "none": absent fields said to be absent; ">.9":
share of answers with a probability above 0.9, "right": how many of these are right; "ms": the network's time per page):

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


def table(figures: Sequence[Figure]) -> str:
    """The figures as lines for a person."""
    lines = [
        f"{'task':10} {'set':10} {'one':>6} {'n':>5} {'many':>6} {'n':>5} {'all':>6} {'none':>6}"
        f" {'>.9':>6} {'right':>6}"
        f" {'ms':>6}"
    ]
    for f in figures:
        lines.append(
            f"{f.task:10} {f.set:10} {f.one:6.3f} {f.ones:5} {f.many:6.3f} {f.manies:5} {f.macro:6.3f} {f.absent:6.3f}"
            f" {f.trusted:6.3f} {f.right:6.3f} {f.milliseconds:6.1f}"
        )
    for task in dict.fromkeys(f.task for f in figures):
        rows = [f.macro for f in figures if f.task == task]
        lines.append(f"{task:10} {'macro':10} {'':26}{_mean(rows):6.3f}")
    return "\n".join(lines)
