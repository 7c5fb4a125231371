"""Which examples and pages are learned from, and which are held out to judge what was learned."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from learner.pages.values import Value
    from learner.programs.examples import Example, Known
    from learner.state.records import StoredPage

_Page = TypeVar("_Page")

LEARN_FROM: Final = 20  # examples
HELD_OUT: Final = 10  # examples or pages
HEAL_WITH: Final = 24  # pages
USUAL: Final = 0.8
"""Share of the known pages with a field from which on it is of interest which have none."""
FEW: Final = 2
"""Pages without a field that are healed with, or held out, before others."""
SOME: Final = 4
"""The same of pages with a field that not nearly all have."""
RARE: Final = 0.25
"""Share of the pages with a boolean, at most, that have its rarer value: few of them would be among those that are
learned from, and one alone tells nothing."""
OF_RARE: Final = 4
"""Pages with a rare value that are learned from, or healed with, before others."""


def split(examples: Sequence[Example]) -> tuple[list[Example], list[Example]]:
    """Examples to learn from, at most ``LEARN_FROM``, and to hold out, none of fewer than six.

    A person's examples are learned from, never held out. Examples that have different fields take turns, so that
    fields which few pages have are among them. The first with yes, where nearly all say no, are learned from, too.
    """
    persons = [example for example in examples if example.is_shown]
    others = _in_turns([example for example in examples if not example.is_shown])
    held = min(HELD_OUT, max(2, len(others) // 4)) if len(others) >= 6 else 0
    room = max(0, LEARN_FROM - len(persons))
    rare = _rare([(example, example.values) for example in others])[: room // 2] if held else []
    first = {id(example) for example in rare}
    usual = [example for example in others if id(example) not in first]
    stride = max(2, len(usual) // held) if held else 0
    held_out = usual[1::stride][:held] if held else []
    chosen = {id(example) for example in held_out}
    training = [*rare, *(example for example in usual if id(example) not in chosen)]
    return [*persons[:LEARN_FROM], *training[:room]], held_out


def _in_turns(examples: Sequence[Example]) -> list[Example]:
    """The same examples, newest first, those with different sets of fields alternating."""
    kinds: dict[frozenset[str], list[Example]] = defaultdict(list)
    for example in examples:
        kinds[frozenset(example.values)].append(example)
    turns = list(kinds.values())
    longest = max(map(len, turns), default=0)
    return [kind[position] for position in range(longest) for kind in turns if position < len(kind)]


def _rare(having: Sequence[tuple[_Page, Mapping[str, Value]]]) -> list[_Page]:
    """Of each boolean field the first pages that have the value which few have."""
    names = dict.fromkeys(name for _, item in having for name, value in item.items() if isinstance(value, bool))
    found: dict[int, _Page] = {}
    for name in names:
        told = Counter(value for _, item in having if isinstance(value := item.get(name), bool))
        value, count = min(told.items(), key=lambda one: one[1])
        if len(told) > 1 and count <= RARE * told.total():
            found |= {id(page): page for page in [page for page, item in having if item.get(name) is value][:OF_RARE]}
    return list(found.values())


def divide(pages: Sequence[StoredPage], known: Mapping[str, Known]) -> tuple[list[StoredPage], list[StoredPage]]:
    """Pages to heal with, those of known URLs first, and every third page held out when there are six or more.

    First of all come some that are known to lack what nearly all have: only they tell a rule that finds the field from
    one that finds the next best thing where there is none. Then some with what others lack, as an old price: where none
    of them is healed with it is not found, and what stands in its place is taken for something else; and some with yes,
    where nearly all say no.
    """
    ordered = sorted(pages, key=lambda page: page.url not in known)
    told = [page for page in ordered if page.url in known]
    rare = _rare([(page, known[page.url].item or {}) for page in told])
    leading = {page.id: page for page in (*_telling(told, known), *rare)}
    ordered = [*leading.values(), *(page for page in ordered if page.id not in leading)]
    if len(ordered) < 6:
        return ordered, []
    held_out = ordered[2::3][:HELD_OUT]
    chosen = {page.id for page in held_out}
    return [page for page in ordered if page.id not in chosen][:HEAL_WITH], held_out


def _telling(pages: Sequence[StoredPage], known: Mapping[str, Known]) -> list[StoredPage]:
    """Of each field that nearly all known pages have a few of those that have none, of others some of those with it."""
    items = [(page, item) for page in pages if (item := known[page.url].item)]
    names = [{name for name, value in item.items() if value not in (None, "", [])} for _, item in items]
    having = Counter(name for own in names for name in own)
    without: dict[int, StoredPage] = {}
    having_some: dict[int, StoredPage] = {}
    for name, count in having.items():
        usual = count >= USUAL * len(items)
        told = [page for (page, _), own in zip(items, names, strict=True) if (name in own) != usual]
        if usual:
            without |= {page.id: page for page in told[:FEW]}
        else:
            having_some |= {page.id: page for page in told[:SOME]}
    return list((without | having_some).values())
