"""What a field's rules find on the examples besides its value: the prices of other things, in cards below it.

A rule that takes the first of several places takes another thing's where the field is absent. Where that is marked up
as other things are on the examples, and the field never is, the rule is misled.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Final

from learner.pages.values import scalars
from learner.programs.examples import LabelledPage
from learner.programs.markings import marking
from learner.programs.program import FieldProgram, key

MOST: Final = 40
"""Places of a rule, and markings of a field, that are looked at."""


def strangers_of(
    entry: FieldProgram, pages: Sequence[LabelledPage], absent: Sequence[LabelledPage] = ()
) -> frozenset[str]:
    """How other things are marked up that the rules of a field with one value find on ``pages``, or where it is
    ``absent``, and the field's own places are not."""
    if entry.many or entry.profile.kind == "boolean":
        return frozenset()
    own: set[str] = set()
    others: set[str] = set()
    for rule in entry.rules:
        if rule.selector.data:
            continue
        for page in pages:
            value = next((key(one) for one in scalars(page.values.get(entry.profile.name))), None)
            found = [(marking(element), key(one)) for element, one in islice(rule.found(page.index), MOST)]
            if found and found[-1 if rule.last else 0][1] == value:
                own |= {place for place, one in found if one == value}
                others |= {place for place, one in found if one != value}
        for page in absent:
            picked = rule.picked(page.index)
            if picked is not None:
                others.add(marking(picked[0]))
    return frozenset(sorted(others - own)[:MOST])
