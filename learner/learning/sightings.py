"""Where on a page a value stands, told to a person: the place, its surroundings, and the rule it would lead to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any, Final

from lxml import etree

from learner.learning.induction import trials
from learner.learning.learning import select
from learner.pages.candidates import Candidate
from learner.pages.page import squash
from learner.pages.values import Scalar, scalars
from learner.programs.examples import LabelledPage, Place

AROUND: Final = 40
"""Characters shown on either side of a value."""
STEPS: Final = 3
"""Elements shown of the way to a place."""
_POOL: Final = 20_000


@dataclass(frozen=True, slots=True)
class Sighting:
    """One place where a value stands, or several that nobody can tell apart by eye.

    ``places`` are their names (for ``Example.places``); ``where`` is the way there, ``context`` the text around the
    value; ``rule`` is the best rule that would be learned if this place were meant, ``weight`` how far it is trusted
    (0..1). ``rule`` is empty where none can be learned.
    """

    places: tuple[str, ...]
    where: str
    context: str
    rule: str
    weight: float

    def to_json(self) -> dict[str, Any]:
        """As plain JSON."""
        return {"where": self.where, "context": self.context, "rule": self.rule, "weight": round(self.weight, 4)}


def sightings(page: LabelledPage, name: str) -> list[Sighting]:
    """Where the value of a field stands (of a list: its first), the place with the most trusted rule first."""
    value = scalars(page.values[name])[0]
    found: list[Sighting] = []
    for group in _alike(page.everywhere(value)):
        rule, weight = _rule(page, name, group)
        inner = max(group, key=lambda place: place.name.count("/"))
        found.append(Sighting(tuple(p.name for p in group), _where(inner), _context(inner, value), rule, weight))
    return sorted(found, key=lambda sighting: -sighting.weight)


def nearest(page: LabelledPage, value: Scalar, count: int = 3) -> list[str]:
    """Texts of the page that are most like a value, for one that stands nowhere."""
    wanted = squash(str(value))
    words = max(1, len(wanted.split()))
    pool: dict[str, None] = {}
    for candidate in page.candidates:
        for text in _windows(_spaced(candidate), words, len(wanted)):
            pool.setdefault(text)
        if len(pool) > _POOL:
            break
    folded: dict[str, str] = {}
    for text in pool:
        folded.setdefault(text.casefold(), text)
    return [folded[text] for text in get_close_matches(wanted.casefold(), folded, n=count, cutoff=0.6)]


def _spaced(candidate: Candidate) -> str:
    """The candidate's text, with a space between words of elements that stand side by side: a label and its value."""
    texts = list(map(str, candidate.element.itertext()))
    if squash("".join(texts)) != candidate.value:
        return candidate.value
    whole = ""
    for text in texts:
        whole += f" {text}" if whole[-1:].isalnum() and text[:1].isalnum() else text
    return squash(whole)


def _windows(text: str, words: int, length: int) -> Iterator[str]:
    """The text, if it is about as long as the value, or else its stretches of as many words."""
    if len(text) <= 2 * length:
        yield text
        return
    parts = text.split()[:400]
    for start in range(len(parts) - words + 1):
        yield " ".join(parts[start : start + words])


def _alike(places: Sequence[Place]) -> list[list[Place]]:
    """Places in groups that look like one: the same text read from an element and from others inside it."""
    groups: list[list[Place]] = []
    for place in places:
        for group in groups:
            if any(_same_spot(place, other) for other in group):
                group.append(place)
                break
        else:
            groups.append([place])
    return groups


def _same_spot(one: Place, other: Place) -> bool:
    if one.data or other.data or one.take.startswith("@") or other.take.startswith("@") or one.text != other.text:
        return False
    lineage = {one.element, *one.element.iterancestors()}
    return other.element in lineage or one.element in other.element.iterancestors()


def _rule(page: LabelledPage, name: str, group: Sequence[Place]) -> tuple[str, float]:
    """The best rule for a field whose value is meant to stand here, and its weight."""
    many = isinstance(page.values[name], list)
    whole = page.example
    page.example = replace(whole, places={name: tuple(place.name for place in group)})
    try:
        rules = select(tried, name, many) if (tried := trials([page], name, many)) else ()
    finally:
        page.example = whole
    return (str(rules[0]), rules[0].weight) if rules else ("", 0.0)


def _where(place: Place) -> str:
    """The way to a place, as people write it: ``div.product > p.price``."""
    if place.data:
        return f"embedded data: {' > '.join(place.data)}"
    steps = [_step(place.element), *map(_step, place.element.iterancestors())]
    way = " > ".join(reversed(steps[:STEPS]))
    if place.take.startswith("@"):
        return f"{way}, {place.take.removeprefix('@')}"
    return f"{way}, text beside it" if place.take == "tail" else way


def _step(element: etree._Element) -> str:
    name = element.get("id")
    classes = "".join(f".{one}" for one in (element.get("class") or "").split()[:2])
    if element.tag == "meta":
        return f"meta {element.get('property') or element.get('name') or element.get('itemprop') or ''}".strip()
    return f"{element.tag}{f'#{name}' if name else ''}{classes}"


def _context(place: Place, value: Scalar) -> str:
    """The text around the place, shortened on both sides of it."""
    if place.data or place.take.startswith("@"):
        whole = place.text
    else:
        home = place.element.getparent()
        around = place.element if home is None else home
        whole = squash(" ".join(map(str, around.itertext())))
    text = place.text if place.text in whole else str(value)
    at = max(0, whole.find(text))
    start, stop = max(0, at - AROUND), at + min(len(text), 2 * AROUND) + AROUND
    return ("..." if start else "") + whole[start:stop] + ("..." if stop < len(whole) else "")
