"""Letter case: code that gives what a page says in capitals, or in small letters, is followed.

Values are found on pages without regard to case. Where all that a rule finds becomes the examples' values by one of a
few letter cases, the rule gives it so; where most of it has other capitals than the values, and no case makes them of
it, how the code writes them is not known, and the rule is no good.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Final

from learner.pages.values import Scalar, normal, scalars
from learner.programs.examples import LabelledPage
from learner.programs.parts import NAMED_PARTS
from learner.programs.persons import PERSONS
from learner.programs.program import Rule
from learner.programs.transforms import CASES, Transform, case_of

MAX_PAGES: Final = 24
MAX_PAIRS: Final = 200
MOST: Final = 0.5
"""Share of what a rule finds that has other capitals than the values, from which on it is not as the code writes it."""

_Pair = tuple[str, str]
"""What a rule finds, and the value."""


def cased(
    rules: Sequence[Rule], pages: Sequence[LabelledPage], name: str, former: Collection[Rule] | None
) -> tuple[Rule, ...]:
    """The rules, which give values in the letter case of the examples' values; without those that can't. ``former``:
    the field's rules on a former design, whose case is kept where the examples don't tell; if they had none, it is the
    new design that writes the values in another way, as nobody asks it to keep."""
    before = case_of(rule.transforms for rule in former or ())
    kept = []
    for rule in rules:
        pairs = [_pairs(part, pages, name) for part in rule.parts]
        steps = [step_of(own, before, strict=former is None) for own in pairs]
        # Of several persons in one text none is told once all is in small letters.
        named = any(steps) and rule.explode in (PERSONS, NAMED_PARTS)
        if all(step is not None for step in steps) and not named:
            both = zip(rule.parts, steps, strict=True)
            own, *more = (replace(part, transforms=part.transforms + (step or ())) for part, step in both)
            kept.append(replace(own, beside=more[0] if more else None))
    return tuple(kept)


def step_of(
    pairs: Sequence[_Pair], before: tuple[Transform, ...] = (), *, strict: bool = True
) -> tuple[Transform, ...] | None:
    """The step that makes the values of what is found, which may be none; None where there is no such step."""
    other = sum(_bare(found) != _bare(value) for found, value in pairs)
    fitting = [
        name for name, made in CASES.items() if all(_bare(made(found)) == _bare(value) for found, value in pairs)
    ]
    former = before[0][1].split() if before else []
    if not other:
        # What stands there in capitals may stand so by chance, where values of other places are made so.
        fitting = [name for name in fitting if name in former]
        return (("case", " ".join(fitting)),) if fitting else ()
    if fitting:
        return (("case", " ".join([name for name in fitting if name in former] or fitting)),)
    if before:
        return before
    return None if strict and other >= MOST * len(pairs) else ()


def _pairs(rule: Rule, pages: Sequence[LabelledPage], name: str) -> list[_Pair]:
    """What the rule finds on the pages, each beside the value that it is but for its capitals."""
    pairs: dict[_Pair, None] = {}
    having = [page for page in pages if name in page.values]
    for page in having[:MAX_PAGES]:
        values: dict[str, set[str]] = {}
        for value in scalars(page.values[name]):
            if isinstance(value, str):
                values.setdefault(normal(value), set()).add(value)
        for found in replace(rule, beside=None).values(page.index) if values else ():
            known = values.get(normal(found), ()) if isinstance(found, str) else ()
            pairs.update({(str(found), value): None for value in known if len(known) == 1 and _is_alike(found, value)})
        if len(pairs) >= MAX_PAIRS:
            break
    return list(pairs)


def _is_alike(found: Scalar, value: str) -> bool:
    """Whether both are the same but for their capitals: their marks, too."""
    return _bare(str(found)).casefold() == _bare(value).casefold()


def _bare(text: str) -> str:
    """The text without its white space, in which values may differ."""
    return "".join(text.split())
