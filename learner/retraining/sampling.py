"""Which examples and pages are learned from, and which are held out to judge what was learned."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from learner.programs.examples import Example
    from learner.state.records import StoredPage

LEARN_FROM: Final = 20  # examples
HELD_OUT: Final = 10  # examples or pages
HEAL_WITH: Final = 24  # pages


def split(examples: Sequence[Example]) -> tuple[list[Example], list[Example]]:
    """Examples to learn from, at most ``LEARN_FROM``, and to hold out, none of fewer than six.

    A person's examples are learned from, never held out. Examples that have different fields take turns, so that
    fields which few pages have are among them.
    """
    persons = [example for example in examples if example.source == "person"]
    others = _in_turns([example for example in examples if example.source != "person"])
    held = min(HELD_OUT, max(2, len(others) // 4)) if len(others) >= 6 else 0
    room = max(0, LEARN_FROM - len(persons))
    stride = max(2, len(others) // held) if held else 0
    held_out = others[1::stride][:held] if held else []
    chosen = {id(example) for example in held_out}
    training = [example for example in others if id(example) not in chosen]
    return [*persons[:LEARN_FROM], *training[:room]], held_out


def _in_turns(examples: Sequence[Example]) -> list[Example]:
    """The same examples, newest first, those with different sets of fields alternating."""
    kinds: dict[frozenset[str], list[Example]] = defaultdict(list)
    for example in examples:
        kinds[frozenset(example.values)].append(example)
    turns = list(kinds.values())
    longest = max(map(len, turns), default=0)
    return [kind[position] for position in range(longest) for kind in turns if position < len(kind)]


def divide(pages: Sequence[StoredPage], known: Collection[str]) -> tuple[list[StoredPage], list[StoredPage]]:
    """Pages to heal with, those of known URLs first, and every third page held out when there are six or more."""
    ordered = sorted(pages, key=lambda page: page.url not in known)
    if len(ordered) < 6:
        return ordered, []
    held_out = ordered[2::3][:HELD_OUT]
    chosen = {page.id for page in held_out}
    return [page for page in ordered if page.id not in chosen][:HEAL_WITH], held_out
