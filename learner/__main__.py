"""``python -m learner``: train the base network, and measure it on sites it never saw."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from learner.errors import EvergreenError
from learner.training.recorded import PreparedPage, held_out, prepared


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. Returns 0 fine, 1 failed; argparse ends with 2 on wrong usage."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except EvergreenError as error:
        print(error.show(), file=sys.stderr)
        return error.exit_code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m learner", description=__doc__)
    commands = parser.add_subparsers(required=True)
    pretrain = commands.add_parser("pretrain", help="train the base network on folders of recorded pages")
    pretrain.add_argument("--minutes", type=float, default=50, help="time of training (50)")
    pretrain.add_argument("--steps", type=int, help="train for so many steps instead: a repeatable run")
    pretrain.add_argument("--width", type=float, default=1.0, help="scale of the channels (1.0)")
    pretrain.add_argument("--seed", type=int, default=0)
    pretrain.add_argument("--out", type=Path, required=True, help="folder for checkpoint, weights, card and plot")
    pretrain.add_argument("--variants", type=int, default=2, help="simulated redesigns of each page (2)")
    pretrain.add_argument("--all-sites", action="store_true", help="hold no site out: figures then say nothing")
    pretrain.set_defaults(run=_pretrain)
    reliability = commands.add_parser("reliability", help="train the trust in rules, and calibrate votes")
    reliability.add_argument("--corpus", type=Path, required=True, help="folder of recorded pages")
    reliability.add_argument("--out", type=Path, required=True, help="folder for weights and calibration")
    reliability.add_argument("--seed", type=int, default=0)
    reliability.add_argument("--all-sites", action="store_true", help="hold no site out: figures then say nothing")
    reliability.set_defaults(run=_reliability)
    for name, told in (("columns", "columns of redesigned lists"), ("slots", "slots of other redesigned pages")):
        columns = commands.add_parser(name, help=f"train what tells the {told}")
        columns.add_argument("--corpus", type=Path, action="append", required=True, help="folder of recorded pages")
        columns.add_argument("--out", type=Path, required=True, help="folder for the weights")
        columns.add_argument("--seed", type=int, default=0)
        columns.add_argument("--all-sites", action="store_true", help="hold no site out: figures then say nothing")
        columns.set_defaults(run=_columns, kind=name)
    evaluate = commands.add_parser("evaluate", help="right places per set, with one example page")
    evaluate.add_argument("--weights", type=Path, help="folder of weights (those of the package)")
    evaluate.add_argument("--redesign", action="store_true", help="learn from one version, read the next")
    evaluate.add_argument("--held-out", action="store_true", help="only sites that training never saw")
    evaluate.add_argument("--shots", type=int, default=1, help="example pages (1)")
    evaluate.set_defaults(run=_evaluate)
    widths = commands.add_parser("widths", help="accuracy against speed of networks of several widths, and a plot")
    widths.add_argument(
        "--weights", type=Path, action="append", required=True, help="folder of weights, one of several"
    )
    widths.add_argument("--out", type=Path, required=True, help="the plot, a .png file")
    widths.set_defaults(run=_widths)
    for command in (pretrain, evaluate, widths):
        command.add_argument("--corpus", type=Path, action="append", required=True, help="folder of recorded pages")
        command.add_argument("--sets", help="only these sets, with commas between")
        command.add_argument("--cache", type=Path, help="folder for prepared pages (beside --out, or .evergreen/cache)")
        command.add_argument("--threads", type=int, default=2, help="of the processor (2)")
    return parser


def _say(line: str) -> None:
    print(line, flush=True)


def _sets(options: argparse.Namespace) -> list[str] | None:
    return options.sets.split(",") if options.sets else None


def _columns(options: argparse.Namespace) -> int:
    from learner.training.column_training import train

    train(options.corpus, options.out, kind=options.kind, seed=options.seed, all_sites=options.all_sites)
    return 0


def _reliability(options: argparse.Namespace) -> int:
    from learner.training.reliability_training import train

    train(options.corpus, options.out, options.seed, options.all_sites, _say)
    return 0


def _pretrain(options: argparse.Namespace) -> int:
    import torch

    from learner.network.inference import Settings
    from learner.training.evaluation import table
    from learner.training.pretraining import Plan, pretrain

    torch.set_num_threads(options.threads)
    cache = options.cache or options.out / "cache"
    pages = prepared(
        options.corpus, cache, options.variants, sets=_sets(options), processes=options.threads, progress=_say
    )
    plan = Plan(options.minutes, options.steps, options.seed)
    figures = pretrain(pages, options.out, Settings(options.width), plan, _say, all_sites=options.all_sites)
    _say(table(figures))
    return 0


def _as_recorded(options: argparse.Namespace) -> list[PreparedPage]:
    """The pages as they are, without simulated redesigns."""
    cache = options.cache or Path(".evergreen/cache")
    return prepared(options.corpus, cache, 0, sets=_sets(options), processes=options.threads, progress=_say)


def _evaluate(options: argparse.Namespace) -> int:
    from learner.network.scorer import load_scorer
    from learner.training.episodes import Library
    from learner.training.evaluation import evaluate, table

    inference = load_scorer(options.weights).inference
    pages = _as_recorded(options)
    if options.held_out:
        pages = [page for page in pages if held_out(page.site)]
    _say(table(evaluate(inference, Library(pages), "redesign" if options.redesign else "same", options.shots)))
    return 0


def _widths(options: argparse.Namespace) -> int:
    from learner.training.widths import measure, plot, table

    pages = _as_recorded(options)
    measured = measure(options.weights, [page for page in pages if held_out(page.site)])
    _say(table(measured))
    if not plot(measured, options.out):
        _say("no plot: matplotlib is not installed (pip install matplotlib)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
