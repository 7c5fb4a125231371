"""How far a rule is trusted before it has met a second page: learned from rules on other sites."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from learner.induction import Trial
from learner.program import Calibration, Rule

_PRIOR: Final = {
    "attribute": 0.9, "data": 0.8, "class": 0.87, "label": 0.85, "id": 0.85, "meta": 0.7,
    "ancestor": 0.75, "tag": 0.6, "path": 0.5,
}  # fmt: skip


def weigh(tried: Sequence[Trial], name: str, many: bool) -> list[Rule]:
    """The trials' rules with their weights."""
    out = []
    for trial in tried:
        prior = _PRIOR[trial.rule.selector.family]
        if not many:
            prior *= 0.9 if trial.matches > 1 else 1.0
            if any(step.position for step in trial.rule.selector.steps):
                prior *= 0.85
            if trial.rule.selector.steps and trial.rule.selector.steps[-1].tag == "h1":
                prior = max(prior, 0.85)
        if any(step[0] == "shape" for step in trial.rule.transforms):
            prior *= 0.95
        weight = (4 * prior + trial.right) / (4 + trial.right + 3 * trial.wrong + 0.5 * trial.silent)
        out.append(replace(trial.rule, weight=weight))
    return out


def calibration() -> Calibration:
    """The shipped calibration."""
    return Calibration()
