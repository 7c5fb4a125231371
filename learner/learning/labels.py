"""Labels beside values: what tells a value from its neighbours where the page names each of them.

In a list of names and values the third row is another one on the next page, where the second is missing. The name of
the row is what stays. It is so in a text, too: of "Coursework (40%), exam (60%)" the first share is another one where
a presentation is named before.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain
from typing import Final

from lxml import etree

from learner.learning.induction import MAX_GROUP, MAX_PAGES, TELLING, Trial
from learner.learning.reliability import words_of
from learner.pages.digits import MARKS
from learner.pages.values import Value, normal, same, scalars
from learner.programs import transforms as t
from learner.programs.captions import rows_beside
from learner.programs.examples import LabelledPage
from learner.programs.program import Rule
from learner.programs.selectors import MAX_LABEL, Selector, generate_labelled

NEIGHBOURS: Final = 2
"""Other names beside other values, as the field's name is beside its value, from which on the page names its values."""
SHORTEST: Final = 3
"""Characters of a value from which on a label that has it in it is no name of the field."""
ENOUGH: Final = 5
"""Examples that must say the same words beside a number, from which on these belong to it."""
SEVERAL: Final = 3
"""Different texts among these, at least."""
MAX_TEXT: Final = 400
"""Characters of a text in which names before values are looked for."""
_UNIT = re.compile(rf"\d(?:[\d.,' {MARKS}]*\d)?[^\S\n]*([^\W\d_]+|%|)")
"""A number, and the word or sign behind it."""
_PLACED: Final = frozenset(("ancestor", "path", "tag"))
"""Families of rules that know a value by where it stands among others."""
_NAME = re.compile(r"[^\W\d_]{2,}\s*([:(=\[])\s*$")
"""The end of a text that names what follows: a word and a mark."""


def settled(tried: Sequence[Trial], pages: Sequence[LabelledPage]) -> list[Trial]:
    """The trials without the rules that tell a value from others with names of their own by position alone, on any of
    the ``pages``, the examples that have the field: on the others they lead to another value. What is named otherwise,
    or not at all, on one of the examples is not told so."""
    told = {trial.rule.selector.label for trial in tried if _is_name(trial)}
    left = list(tried)
    for page in pages[:MAX_PAGES] if told else ():
        own = {normal(one) for value in page.values.values() for one in scalars(value) if isinstance(one, str)}
        names = {name for name in told if not any(form in name for form in own if len(form) >= SHORTEST)}
        named: dict[etree._Element, dict[str, list[Selector]]] = {}
        left = [trial for trial in left if not (names and _by_position(trial, names, page, named))]
    return left


def settled_columns(tried: Sequence[Trial], pages: Sequence[LabelledPage]) -> list[Trial]:
    """The same of the columns of records, each of which names its values: where a record lacks one of them, the third
    is another one. A rule that goes by the name has to find no less than all others."""
    most = max((trial.right for trial in tried), default=0.0)
    best = [trial for trial in tried if trial.right >= most - 1e-9 and not trial.stray]
    names = {trial.rule.selector.label for trial in best if _says_words(trial.rule.selector.label)}
    left = list(tried)
    for page in pages[:MAX_PAGES] if names else ():
        named: dict[etree._Element, dict[str, list[Selector]]] = {}
        left = [trial for trial in left if _is_first(trial) or not _by_position(trial, names, page, named)]
    return left


def _is_first(trial: Trial) -> bool:
    """Whether nothing stands before the rule's places that another record may lack."""
    positions = [step.position for step in trial.rule.selector.steps if step.position]
    return bool(positions) and all(position == 1 for position in positions)


def _says_words(label: str) -> bool:
    return any(map(str.isalpha, label)) and not any(map(str.isdigit, label))


def _is_name(trial: Trial) -> bool:
    """Whether the rule's label leads to the value on every example, and is no number."""
    label = trial.rule.selector.label
    told = bool(label) and not (trial.wrong or trial.silent or trial.stray) and trial.matches == 1
    return told and _says_words(label)


def _by_position(
    trial: Trial, names: set[str], page: LabelledPage, named: dict[etree._Element, dict[str, list[Selector]]]
) -> bool:
    """Whether without its positions the rule leads to values with other names, too, and takes any text for the value,
    not a date or an amount alone. ``named``: labels by place."""
    selector, index = trial.rule.selector, page.index
    numbered = selector.take.startswith("node:") and selector.take != "node:0"
    telling = any(step[0] == "find" and step[1] != "number" for step in trial.rule.transforms)
    if selector.data or (selector.label and not numbered) or telling:
        return False
    places = index.find(selector)
    if not places:
        return False
    place, take = places[-1 if trial.rule.last else 0].element, selector.take
    if numbered:
        # A text by its number, behind a child: it is that child's tail, among those of the others.
        whole, place, take = place, place[int(take[5:]) - 1], "tail"
        rivals = list(whole.iterchildren(place.tag))
    else:
        rivals = index.elements_of(Selector(tuple(step._replace(position=0) for step in selector.steps), take=take))

    def labels(element: etree._Element) -> list[Selector]:
        known = named.setdefault(element, {})
        if take not in known:
            known[take] = list(generate_labelled(element, take, index)) if index.shown(element, take) else []
        return known[take]

    own = {label.hops for label in labels(place) if label.label in names}
    others = {
        label.label
        for element in (rivals[:MAX_GROUP] if own else ())
        for label in labels(element)
        if label.hops in own and any(map(str.isalpha, label.label))
    }
    return len(others - names) >= NEIGHBOURS


def worded(tried: Sequence[Trial], pages: Sequence[LabelledPage], name: str) -> list[Trial]:
    """The trials without those that count values in texts which name each of them ("Coursework (40%), exam (60%)", in
    one text or in rows made alike), if a rule finds the field's by its name there on all ``pages``, the examples that
    have the field."""
    named = [trial for trial in tried if _name(trial) and not (trial.wrong or trial.silent or trial.stray)]
    left = list(tried)
    for page in pages[:MAX_PAGES] if named else ():
        own = {normal(one) for value in page.values.values() for one in scalars(value) if isinstance(one, str)}
        told = {_name(trial) for trial in named if not any(normal(_name(trial)[:-1]) in form for form in own)}
        value = str(scalars(page.values[name])[0])
        left = [trial for trial in left if not (told and _counts(trial, told, value, page))]
    return left


def called(tried: Sequence[Trial], pages: Sequence[LabelledPage], name: str) -> list[Trial]:
    """The trials without those that find a short value of the only example elsewhere than where a label is the field's
    name: there it stands by chance, as the score of something else."""
    stems = _stems(name)
    if len(pages) != 1 or not stems or not _is_short(pages[0].values[name]):
        return list(tried)
    places = [_place(trial.rule, pages[0]) for trial in tried]
    said = (_stems(trial.rule.selector.label) for trial in tried)
    own = {place for place, words in zip(places, said, strict=True) if place is not None and stems <= words}
    around = own.union(*(place.iterancestors() for place in own))

    def is_there(place: etree._Element | None) -> bool:
        return not own or place is None or place in around or any(one in own for one in place.iterancestors())

    return [trial for trial, place in zip(tried, places, strict=True) if is_there(place)]


def scattered(rules: Sequence[Rule], page: LabelledPage, name: str) -> int:
    """In how many places of a page rules find a short value of which it is the only example; 0 for a longer one, which
    no page shows twice by chance, and where a class, a key or a label that a rule goes by is named like the field."""
    stems = _stems(name)
    if not _is_short(page.values[name]) or any(stems & _stems(" ".join(rule.selector.literals())) for rule in rules):
        return 0
    return len(_innermost({place for rule in rules if (place := _place(rule, page)) is not None}))


def shown_elsewhere(rules: Sequence[Rule], page: LabelledPage, name: str) -> int:
    """In how many places the page shows such a value, be it within a text; 0 where a label that is the field's name
    tells which of them is meant, or the example does."""
    stems = _stems(name)
    told = stems and any(stems <= _stems(rule.selector.label) for rule in rules)
    if told or not _is_short(value := page.values[name]) or name in (page.example.places or {}):
        return 0
    return len(_innermost({place.element for place in page.everywhere(scalars(value)[0])}))


def _is_short(value: Value) -> bool:
    return not isinstance(value, list | bool) and len(normal(str(value))) < TELLING


def _stems(text: str) -> set[str]:
    return {word.rstrip("s") for word in words_of(text) if len(word) >= SHORTEST}


def _innermost(places: set[etree._Element]) -> set[etree._Element]:
    return places.difference(*(place.iterancestors() for place in places))


def _place(rule: Rule, page: LabelledPage) -> etree._Element | None:
    """The element in which the rule finds its value; None for embedded data."""
    found = () if rule.selector.data else page.index.find(rule.selector)
    return found[-1 if rule.last else 0].element if found else None


def measured(tried: Sequence[Trial], pages: Sequence[LabelledPage], name: str) -> list[Trial]:
    """The trials without those that find a number as one of something else ("20%" in an advertisement) than stands
    behind the field's own name on all ``pages``, the examples that have it ("Width 20 cm")."""
    numbers = [page for page in pages if all(map(_is_number, scalars(page.values[name])))]
    own = [trial for trial in tried if _is_name(trial) and trial.rule.selector.label in _names(name)]
    left = list(tried)
    for page in numbers[:MAX_PAGES] if own else ():
        told = {unit for trial in own if (unit := _unit(trial, page))}
        left = [trial for trial in left if not (told and _unit(trial, page) not in {"", *told})]
    return left


def accompanied(rules: Sequence[Rule], pages: Sequence[LabelledPage], name: str) -> tuple[Rule, ...]:
    """The rules; those that find a number by its position alone, with the words that stand beside it on all ``pages``,
    the examples that have the field: without these it is one of another thing."""
    if not all(map(_is_number, (value for page in pages for value in scalars(page.values[name])))):
        return tuple(rules)
    return tuple(replace(rule, transforms=(*_company(rule, pages, name), *rule.transforms)) for rule in rules)


def _company(rule: Rule, pages: Sequence[LabelledPage], name: str) -> tuple[t.Transform, ...]:
    """The step that tells whether what stands beside a number is there; none if that differs, or is not known."""
    selector = rule.selector
    placed = selector.family in _PLACED or any(step.position for step in selector.steps)
    if not placed or not rule.is_shown or not rule.transforms or rule.is_derived:
        return ()
    texts = []
    for page in pages:
        picked = rule.picked(page.index)
        if picked is not None and same(picked[1], page.values[name]):
            texts.append(page.index.shown(picked[0], selector.take))
    if len(texts) < ENOUGH or len(set(texts)) < SEVERAL:
        return ()
    if any(len(text) > MAX_LABEL or len(_UNIT.findall(text)) != 1 for text in texts):
        return ()
    words = [t.beginnings(text) for text in texts]
    shared = set.intersection(*words)
    return ((t.AMID, " ".join(sorted(shared))),) if shared or not any(words) else ()


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _names(field: str) -> set[str]:
    """What a caption says that is the field's name."""
    return {normal("".join(words_of(field)))}


def _unit(trial: Trial, page: LabelledPage) -> str:
    """What stands behind the only number in the text that the rule finds on the page: a sign or a word."""
    picked = trial.rule.picked(page.index)
    text = page.index.shown(picked[0], trial.rule.selector.take) if picked is not None else ""
    found = _UNIT.findall(text) if len(text) <= MAX_TEXT else []
    return normal(found[0]) if len(found) == 1 else ""


def _name(trial: Trial) -> str:
    """The name and the mark after it behind which the rule reads a text; empty for other rules."""
    first = trial.rule.transforms[:1]
    literal = first[0][1] if first and first[0][0] == "after" else ""
    return literal.strip() if _NAME.search(literal) else ""


def _counts(trial: Trial, told: set[str], value: str, page: LabelledPage) -> bool:
    """Whether the rule takes its part of a text without a name, and texts there have others with names of their own."""
    if not trial.rule.transforms or _name(trial) or trial.rule.selector.data:
        return False
    places = page.index.find(trial.rule.selector)
    if not places:
        return False
    place = places[-1 if trial.rule.last else 0]
    beside = (page.index.shown(row, trial.rule.selector.take) for row in rows_beside(place.element))
    texts = [text for text in chain((place.text,), beside) if len(text) <= MAX_TEXT]
    words = {_word(one) for one in told if one.casefold() in place.text.casefold()}
    marks = {one[-1] for one in told}
    return bool(words) and any(_words(text, value, marks) - words for text in texts)


def _words(text: str, value: str, marks: set[str]) -> set[str]:
    """The last words of the names in the text before what has the form of the value."""
    return {_word(text[:at]) for at in _starts(text, value) if (name := _NAME.search(text[:at])) and name[1] in marks}


def _starts(text: str, value: str) -> Iterator[int]:
    """Where in the text something of the value's form may begin."""
    shape = t.shape_of(value, exact=False) or r"[^\W\d_]"
    yield from (found.start() for found in re.finditer(rf"(?<![\w.,]){shape}", text))


def _word(name: str) -> str:
    found = _NAME.search(name)
    return normal(found.group().strip()) if found else ""
