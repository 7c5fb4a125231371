"""Boxes that hold more than a field's value: rules that search them, where others lead to the value's own place.

Of a list of facts the first number with a fraction is the rating, until a page comes that has no rating: then it is the
cost. The row of the rating, told by its class or its label, is not there, and says nothing. A box, the list around it,
its parents, all say the same wrong thing: that they are many proves nothing, for they are one search.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import deepcopy
from typing import Final

from lxml import etree

from learner.learning.induction import MAX_PAGES, Trial
from learner.pages.page import text_of
from learner.programs.examples import LabelledPage
from learner.programs.program import Rule
from learner.programs.selectors import Index
from learner.programs.transforms import Transform, apply

_NAMED: Final = frozenset(("attribute", "class", "id", "label"))
"""Families of rules that a page without the field says nothing to."""
_COUNTED: Final = ("find", "shape", "token")
"""Transforms that take one of several runs of a text, by its number."""
_ANY: Final = ("find", "number", "0")

Spot = tuple[etree._Element, str]
"""An element, and what is read there."""


def unsearched(tried: Sequence[Trial], chosen: Sequence[Rule], pages: Sequence[LabelledPage]) -> list[Trial]:
    """The trials without the rules that would find something else in the box they search if the field's own place was
    not in it, where another rule leads to that place on all ``pages``, the examples that have the field."""
    ways = {(rule.selector, *rule.reading) for rule in chosen}
    named = [trial for trial in tried if (trial.rule.selector, *trial.rule.reading) in ways and _is_named(trial)]
    left = list(tried)
    for page in pages[:MAX_PAGES] if named else ():
        spots = list(_spots(named, page.index))
        rest: dict[tuple[Spot, Spot], str] = {}
        left = [trial for trial in left if not _searches(trial, spots, page.index, rest)]
    return left


def _is_named(trial: Trial) -> bool:
    """Whether the rule leads to the value on every example, by a name that is not one page's own."""
    right = not (trial.wrong or trial.silent or trial.stray or trial.proper or trial.local)
    selector = trial.rule.selector
    return right and selector.family in _NAMED and not any(step.position for step in selector.steps)


def _spots(named: Sequence[Trial], index: Index) -> Iterator[Spot]:
    """The places to which the rules lead that have no other one in them."""
    found = dict.fromkeys(spot for trial in named if (spot := _spot(trial, index)) is not None)
    yield from (one for one in found if not any(_holds(one, other) for other in found))


def _spot(trial: Trial, index: Index) -> Spot | None:
    take = trial.rule.selector.take
    picked = trial.rule.picked(index) if trial.rule.is_shown else None
    return None if picked is None else (picked[0], take)


def _holds(one: Spot, other: Spot) -> bool:
    """Whether the text of the one place is more than that of the other, which stands in it."""
    (box, take), (element, part) = one, other
    if take != "text" or one == other:
        return False
    return box in element.iterancestors() or (box is element and part.startswith("node:"))


def _searches(trial: Trial, spots: Sequence[Spot], index: Index, rest: dict[tuple[Spot, Spot], str]) -> bool:
    """Whether the rule finds something in a box without what stands in one of the ``spots``."""
    box = _spot(trial, index)
    if box is None or not trial.rule.transforms:
        return False
    loose = tuple(map(_loosened, trial.rule.transforms))
    for spot in spots:
        if _holds(box, spot):
            if (box, spot) not in rest:
                rest[box, spot] = _without(box[0], spot)
            if apply(loose, rest[box, spot], index.document) not in (None, ""):
                return True
    return False


def _loosened(step: Transform) -> Transform:
    """The transform that takes the first of several runs, of numbers any."""
    if step[0] not in _COUNTED:
        return step
    return _ANY if step[1] == _ANY[1] or r"\d" in step[1] else (*step[:2], "0")


def _without(box: etree._Element, spot: Spot) -> str:
    """The text of the box without what is read at the spot."""
    element, take = spot
    path = []
    while element is not box:
        parent = element.getparent()
        assert parent is not None
        path.append(parent.index(element))
        element = parent
    whole = inner = deepcopy(box)
    for number in reversed(path):
        inner = inner[number]
    if take == "text":
        for child in list(inner):
            inner.remove(child)
        inner.text = None
    elif take == "tail":
        inner.tail = None
    elif take == "node:0":
        inner.text = None
    else:
        inner[int(take[5:]) - 1].tail = None
    return text_of(whole)
