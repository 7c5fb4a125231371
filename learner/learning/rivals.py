"""Fields whose values stand beside each other: what tells the one from the other where a page has only one of them.

Of a price and the old price before it the price is the second, until a page comes that has no old price. The class or
the label of each stays. A rule that counts, or that takes the first number of the box in which both stand, is as right
on the examples as one that knows the class, and leads to the other value on such a page.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from lxml import etree

from learner.learning.induction import MAX_PAGES, Trial
from learner.pages.values import scalars
from learner.programs.examples import LabelledPage, Place
from learner.programs.orders import of_one_kind
from learner.programs.program import Rule, key
from learner.programs.selectors import Selector, wording
from learner.programs.transforms import KINDS

DIGITS: Final = 3
"""Digits of a number from which on it is no count of a few things."""
_KINDS: Final = ("amount", "date")
_TELLING: Final = ("after", "past")
"""Transforms that may know a value by the words before it. Those behind it may be the other value's."""


def apart(tried: Sequence[Trial], pages: Sequence[LabelledPage], name: str) -> list[Trial]:
    """The trials without the rules that tell the field from another one beside it by their order alone, if there is
    one that tells it otherwise on all ``pages``, the examples that have the field."""
    left = list(tried)
    for page in pages[:MAX_PAGES]:
        rivals = list(_rivals(page, name))
        if not rivals:
            continue
        telling = [trial for trial in left if not _by_order(trial.rule, rivals, page)]
        if not any(_is_right(trial) for trial in telling):
            return left
        left = telling
    return left


def _is_right(trial: Trial) -> bool:
    return not (trial.wrong or trial.silent or trial.stray or trial.proper)


def in_order(tried: Sequence[Trial], pages: Sequence[LabelledPage], name: str) -> list[Trial]:
    """The trials of a column without the rules that find its values in another order on some page, if there is one that
    finds them in the order of the records on all: the ranks of today are those of last week, of other teams."""
    left = list(tried)
    for page in pages[:MAX_PAGES]:
        wanted = [key(value) for value in scalars(page.values[name])]
        if len(set(wanted)) < 2:
            continue
        found = [[key(value) for value in trial.rule.values(page.index)] for trial in left]
        same = [trial for trial, values in zip(left, found, strict=True) if values == wanted]
        if not same:
            return list(tried)
        mixed = [Counter(values) == Counter(wanted) and values != wanted for values in found]
        left = [trial for trial, is_mixed in zip(left, mixed, strict=True) if not is_mixed]
    return left


def _rivals(page: LabelledPage, name: str) -> Iterator[etree._Element]:
    """Elements beside the field's own, in one parent, that have the value of another field that can be compared with it
    and is shown in the same unit: prices, but not a mean and a count."""
    akin = {other for pair in of_one_kind([page.values]) if name in pair for other in pair} - {name}
    own = _places(page, name) if akin else []
    for other in sorted(akin):
        for place in _places(page, other):
            beside = [one for one in own if one.element.getparent() is place.element.getparent()]
            if any(one.element is place.element for one in own):
                continue
            if any(_unit(one.text) == _unit(place.text) != "" for one in beside):
                yield place.element


def _places(page: LabelledPage, name: str) -> list[Place]:
    return [place for place in page.meant(name, scalars(page.values[name])[0]) if not place.data]


def _unit(text: str) -> str:
    """The unit in which a quantity is shown; empty for a short number without one, which may be anything."""
    kind = next((kind for kind in _KINDS if KINDS[kind].search(text)), "")
    if kind:
        return kind
    form = wording(text)
    return form if form.strip("0.,") or sum(map(str.isdigit, text)) >= DIGITS else ""


def _by_order(rule: Rule, rivals: Sequence[etree._Element], page: LabelledPage) -> bool:
    """Whether the rule, without its positions, reads one of the rivals, too, or what holds them."""
    selector = rule.selector
    if selector.data or selector.label or selector.family == "meta":
        return False
    loose = Selector(tuple(step._replace(position=0) for step in selector.steps), take=selector.take)
    reached = set(page.index.elements_of(loose))
    if any(
        rule.made(page.index.shown(one, selector.take), page.index) is not None for one in reached.intersection(rivals)
    ):
        return True
    literals = (step[1] for step in rule.transforms if step[0] in _TELLING)
    worded = any(any(map(str.isalpha, literal)) for literal in literals)
    return not worded and any(one in reached for rival in rivals for one in rival.iterancestors())
