"""What a spider says beside what learned code says of the same pages, in one crawl.

The one was learned from the other. Where they begin to differ, either the spider's author has changed its code, and it
is to be learned from anew, or the site has changed, and one of them is mistaken.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from crawler.callbacks.code import Code
from crawler.callbacks.filling import Keys
from crawler.callbacks.shapes import LINK, Kind, Shape
from learner.extractor import Extraction
from learner.pages.values import same
from learner.state.records import Item

FEWEST: Final = 3
"""Pages on which the two differ, from which on it is no chance."""
USUALLY: Final = 0.9
"""Share of the pages of crawls before on which they agreed."""


class Comparison:
    """``code``: the spider's; ``began``: when the crawl did. ``shapes``: what is known of the spider's templates,
    brought up to date here."""

    def __init__(self, code: Code, shapes: Mapping[str, Shape], began: datetime) -> None:
        self._code = code
        self._shapes = shapes
        self._began = began
        self._before = {name: (shape.agreed.copy(), shape.differed.copy()) for name, shape in shapes.items()}
        self._agreed: dict[str, Counter[str]] = {}
        self._differed: dict[str, Counter[str]] = {}
        self._unanswered: dict[tuple[str, str], Sequence[Item]] = {}
        self._failed: Counter[str] = Counter()
        self._pages: Counter[str] = Counter()
        self._learning: set[str] = set()
        self._settled: set[str] = set()
        self._fresh: dict[str, Shape] = {}
        self._blind: set[str] = set()

    def learns(self, template: str) -> None:
        """The template is being learned from what the spider's code says now."""
        shape = self._shapes[template]
        if template not in self._learning and self.is_new(template):
            self._begin_anew(shape, Shape(shape.callback, shape.kind))
            shape.code = self._code.fingerprint
        self._learning.add(template)

    def is_new(self, template: str) -> bool:
        """Whether the spider's code has changed since the template was learned from it."""
        shape = self._shapes.get(template)
        return shape is not None and self._code.changed(shape.code)

    def dropped(self, template: str) -> frozenset[str]:
        """The fields that the code named when it was learned from, and names no more."""
        if not self.is_new(template):
            return frozenset()
        return frozenset(name for name in self._shapes[template].names if not self._code.names(name))

    def has_found(self, template: str, values: Item, fields: Collection[str]) -> bool:
        """Whether what the spider's changed code gives has something of the page: one of the learned ``fields``, or one
        that it did not have before. What its items always have says nothing."""
        shape = self._shapes[template]
        if shape.kind is not Kind.ITEMS:
            return bool(values)
        told = [name for name, value in values.items() if shape.constant.get(name) != repr(value)[:80]]
        return any(name in fields or name not in shape.origins for name in told)

    def is_nowhere(self, template: str, name: str, value: Any) -> bool:
        """Whether the value is one that pages do not show (see ``Shape.is_nowhere``)."""
        shape = self._shapes.get(template)
        return shape is not None and shape.is_nowhere(name, value)

    def yields(self, template: str) -> Shape:
        """What the spider's changed code has yielded of a template so far in this crawl: to be added to."""
        shape = self._shapes[template]
        return self._fresh.setdefault(template, Shape(shape.callback, shape.kind))

    def stopped(self, template: str, target: str = "", *, changed: bool = False, read: bool = True) -> bool:
        """Whether the spider's code has changed, and yields nothing of the template (or no such link) any more, though
        learned code ``read`` that on the page. Where the page has ``changed`` for learned code, too, as long as the
        spider finds nothing, or where it found nothing before its code changed, another design tells why."""
        fresh = self._fresh.get(template)
        if fresh is None and (changed or not self.is_new(template)):
            self._blind.add(template)
        if not self.is_new(template) or not read:
            return False
        if fresh is None:
            return template not in self._blind and not self._shapes[template].silent
        return bool(target) and target not in fresh.origins

    def observe(self, template: str, url: str, extraction: Extraction, told: Sequence[Item]) -> list[str]:
        """A page of which the spider has ``told`` something, and what learned code says of it; the fields in which they
        differ."""
        self._pages[template] += 1
        if extraction.failed:
            self._failed[template] += 1
            self._unanswered[template, url] = told
            return []
        left = [{name: values[name] for name in values.keys() & extraction.abstained.keys()} for values in told]
        if any(left):
            self._unanswered[template, url] = left
        return self._compare(template, extraction, told)

    @property
    def unanswered(self) -> set[str]:
        """The templates with pages of which learned code could not say all that the spider did."""
        return {template for template, _ in self._unanswered}

    def repaired(self, template: str, url: str, extraction: Extraction) -> None:
        """What newer code says of a page, in place of what could not be said before."""
        if told := self._unanswered.pop((template, url), ()):
            self._compare(template, extraction, told)

    def _compare(self, template: str, extraction: Extraction, told: Sequence[Item]) -> list[str]:
        said = extraction.items or [extraction.item]
        kind = self._shapes[template].kind
        # Which of its links a page's callback follows, and in what order, is its own affair.
        if len(told) != len(said) or kind is Kind.LINKS:
            return []
        agreed, differed = Counter[str](), Counter[str]()
        for values, record in zip(told, said, strict=True):
            for name in (values.keys() & record.keys()) - ({LINK} if kind is Kind.HANDED else set()):
                (agreed if same(record[name], values[name]) else differed)[name] += 1
        names = [name for name in agreed | differed if differed[name] > agreed[name]]
        self._agreed.setdefault(template, Counter()).update(agreed.keys() - set(names))
        self._differed.setdefault(template, Counter()).update(names)
        return names

    def contradicted(self, template: str) -> dict[str, int]:
        """The fields of which the two say different things on most pages of the crawl, though they used to agree; on
        how many pages. None where the code has changed."""
        if template in self._settled:
            return {}
        agreed, differed = self._before.get(template, (Counter[str](), Counter[str]()))
        return {
            name: count
            for name, count in self._differing(template).items()
            if agreed[name] >= USUALLY * (agreed[name] + differed[name])
        }

    def doubted(
        self, template: str, extraction: Extraction, known: Item, holds: Callable[[Any], bool] = lambda _: False
    ) -> frozenset[str]:
        """Of which fields learned code is not believed where the spider gives none: of pages on which both said
        something, in crawls before and so far in this one, it said something else on too many. ``known`` is what the
        spider said of this page before: where learned code says the same it is believed, and where it ever was
        mistaken it is not if it says something else while the page still ``holds`` what is known."""
        agreed, differed = (counts.copy() for counts in self._before.get(template, (Counter[str](), Counter[str]())))
        wrong = self.contradicted(template)
        for counts, now in ((agreed, self._agreed), (differed, self._differed)):
            counts.update({n: count for n, count in now.get(template, Counter[str]()).items() if n not in wrong})

        def is_doubted(name: str) -> bool:
            told = known.keys() & extraction.item.keys()
            if name in told and same(extraction.item[name], known[name]):
                return False
            often = agreed[name] < USUALLY * (agreed[name] + differed[name])
            return often or (name in told and differed[name] > 0 and holds(known[name]))

        return frozenset(name for name in extraction.confidence if is_doubted(name))

    def conclude(self, live: Mapping[str, Collection[str]]) -> dict[str, str]:
        """At the end of the crawl, of the templates with ``live`` code and its fields: those that are to be learned
        anew, because the spider's code has changed and no longer says what is learned, and why."""
        anew = {}
        for template in self._learning:
            self._settle(template, self._shapes[template])
        for template, seen in self._shapes.items():
            # Of what it found something of it is not blind, whatever it did not find on other pages.
            told = self._pages[template] or template in self._learning
            seen.silent = not told and (seen.silent or template in self._blind)
        for template, fields in live.items():
            shape = self._shapes.get(template)
            if shape is None or template in self._settled:
                continue
            if not self._code.is_known(shape.code):  # learned by an earlier release, or another Python
                self._settle(template, shape)
            elif not self.is_new(template):
                self._add_up(template, shape)
            elif self._pages[template] >= FEWEST:
                if why := self._why(template, shape, fields):
                    anew[template] = why
                    self._begin_anew(shape, self._fresh[template])
                self._settle(template, shape)
        return anew

    def _why(self, template: str, shape: Shape, fields: Collection[str]) -> str:
        told = [
            ("has no more", sorted(self.dropped(template) & set(fields))),
            ("has new", sorted(self._fresh[template].fields - {*fields, *shape.names})),
            ("says something else of", sorted(self._differing(template))),
        ]
        if 2 * self._failed[template] > self._pages[template]:
            told.append(("reads what learned code can't read, in", [shape.callback]))
        return ", ".join(f"{what} {', '.join(names)}" for what, names in told if names)

    def _differing(self, template: str) -> dict[str, int]:
        agreed, differed = (some.get(template, Counter[str]()) for some in (self._agreed, self._differed))
        return {name: count for name, count in differed.items() if count >= FEWEST and count > agreed[name]}

    def _add_up(self, template: str, shape: Shape) -> None:
        """What the crawl saw joins what crawls before did, but for what contradicts it."""
        agreed, differed = self._before.get(template, (Counter[str](), Counter[str]()))
        wrong = self.contradicted(template)
        shape.agreed = agreed + self._agreed.get(template, Counter())
        now = self._differed.get(template, Counter())
        shape.differed = differed + Counter({name: count for name, count in now.items() if name not in wrong})

    def _begin_anew(self, shape: Shape, fresh: Shape) -> None:
        """What the code yields is known anew; links of kinds that it follows no more are not missed."""
        shape.origins, shape.forms = fresh.origins, fresh.forms
        shape.handed, shape.constant = fresh.handed, fresh.constant
        shape.zeros, shape.falses = fresh.zeros, fresh.falses
        shape.shown, shape.unlike = fresh.shown, fresh.unlike
        shape.recipes = {target: recipe for target, recipe in shape.recipes.items() if target in fresh.origins}
        shape.agreed, shape.differed = Counter(), Counter()
        shape.keys, shape.omitted = Keys(), []
        shape.since = self._began.isoformat()

    def _settle(self, template: str, shape: Shape) -> None:
        shape.code = self._code.fingerprint
        shape.names = tuple(name for name in shape.origins if self._code.names(name))
        self._settled.add(template)
