"""Rules that lead to other things: a few shown pages can't tell them from the others, recorded ones do.

A box of similar things shows their prices as the page shows its own, and a thing that has none left would be given the
first of theirs; an old price that is looked for where the only price stands is the price. What was recorded of these
pages, and of those that they link to, tells which rules do so. They are left out where others do as well without.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from lxml import etree

from learner.extractor import Extractor
from learner.pages.values import Scalar, Value, same
from learner.programs.examples import Known, LabelledPage
from learner.programs.program import FieldProgram, Rule

FEWEST: Final = 2
"""Pages on which a rule leads to another thing: on one it may be a value that has changed."""
LOOKED_AT: Final = 20
"""Places of a rule on a page that are looked at."""
AROUND: Final = 3
"""Levels up to which what stands around a value is looked at for links."""
TELLING: Final = 3
"""Characters of a value that is not another field's by chance."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """Pages as they were recorded last, and what is known by address."""

    pages: Sequence[LabelledPage]
    facts: Mapping[str, Known]

    def known(self, url: str, name: str) -> Scalar | None:
        """The single value that a page is known to have."""
        fact = self.facts.get(url)
        value = (fact.item or {}).get(name) if fact is not None else None
        return None if isinstance(value, list) else value

    def of_another(self, page: LabelledPage, name: str, element: etree._Element, value: Scalar) -> str:
        """The address of the thing whose value this is, for it stands beside a link to it; empty if it is nobody's. Yes
        and no are many things'."""
        own = self.known(page.example.url, name)
        if isinstance(value, bool) or (own is not None and same(own, value)):
            return ""
        for around in itertools.islice((element, *element.iterancestors()), AROUND):
            links = [page.document.absolute(link) for one in around.iter("a") if (link := one.get("href"))]
            if links:
                others = (link for link in links if link != page.example.url)
                told = ((other, self.known(other, name)) for other in others)
                return next((other for other, one in told if one is not None and same(one, value)), "")
        return ""

    def is_another_field(self, extractor: Extractor, page: LabelledPage, name: str, value: Scalar) -> bool:
        """Whether the value is known of the page as another field's, and not as this one's, and is that of the other
        still: what was a price yesterday may be the old price today."""
        fact = self.facts.get(page.example.url)
        known = (fact.item or {}) if fact is not None else {}
        if isinstance(value, bool) or len(str(value)) < TELLING or (name in known and same(known[name], value)):
            return False
        others = (other for other, one in known.items() if other != name and same(one, value))
        return any(_says(entry, extractor, page, value) for n in others if (entry := extractor.program.fields.get(n)))


def parted(extractor: Extractor, names: Sequence[str], recorded: Recorded) -> tuple[Extractor, dict[str, str]]:
    """The extractor without those rules of single values that lead to other things, where others are as good without
    them; and where fields are given another thing's value all the same: of each an address."""
    fields = dict(extractor.program.fields)
    astray = {}
    for name in names:
        entry = fields.get(name)
        if entry is None or entry.many or extractor.is_list:
            continue
        if any(name in (fact.item or {}) for fact in recorded.facts.values()):
            entry = fields[name] = _without_strays(entry, extractor, recorded)
            if found := _astray(entry, extractor, recorded):
                astray[name] = found
    program = replace(extractor.program, fields=fields)
    changed = Extractor(program, extractor.examples, warnings=extractor.warnings, threshold=extractor.threshold)
    return changed, astray


def _without_strays(entry: FieldProgram, extractor: Extractor, recorded: Recorded) -> FieldProgram:
    """The field without the rules that lead to other things; or without those that give them, if that is too few; or as
    it is."""
    reaching, giving = Counter[Rule](), Counter[Rule]()
    for rule, page in itertools.product(entry.rules, recorded.pages):
        reaching[rule] += _reaches(rule, page, entry.profile.name, recorded)
        giving[rule] += _gives(rule, extractor, page, entry.profile.name, recorded)
    right = _right(entry, extractor, recorded)
    for counts in (reaching + giving, giving):
        rules = tuple(rule for rule in entry.rules if counts[rule] < FEWEST)
        fewer = replace(entry, rules=rules)
        if rules and len(rules) < len(entry.rules) and right <= _right(fewer, extractor, recorded):
            return fewer
    return entry


def _reaches(rule: Rule, page: LabelledPage, name: str, recorded: Recorded) -> bool:
    found = itertools.islice(rule.found(page.index), LOOKED_AT)
    return any(recorded.of_another(page, name, element, value) for element, value in found)


def _gives(rule: Rule, extractor: Extractor, page: LabelledPage, name: str, recorded: Recorded) -> bool:
    picked = rule.picked(page.index)
    if picked is None:
        return False
    if recorded.of_another(page, name, *picked):
        return True
    return recorded.is_another_field(extractor, page, name, picked[1])


def _says(entry: FieldProgram, extractor: Extractor, page: LabelledPage, value: Value) -> bool:
    answer = entry.run(page.index, extractor.program.calibration)
    return answer is not None and answer.confidence >= extractor.threshold and same(answer.value, value)


def _right(entry: FieldProgram, extractor: Extractor, recorded: Recorded) -> set[str]:
    """The addresses of the pages of which the field is given as it is known, or as it was shown."""
    right = set()
    for page in recorded.pages:
        known = recorded.known(page.example.url, entry.profile.name)
        if known is None:
            continue
        if _says(entry, extractor, page, known):
            right.add(page.example.url)
    return right


def _astray(entry: FieldProgram, extractor: Extractor, recorded: Recorded) -> str:
    """The address of a page that is given another thing's value; empty if there is none."""
    for page in recorded.pages:
        answer = entry.run(page.index, extractor.program.calibration)
        if answer is None or answer.confidence < extractor.threshold:
            continue
        picked = answer.rule.picked(page.index)
        if picked is not None and recorded.of_another(page, entry.profile.name, *picked):
            return page.example.url
    return ""
