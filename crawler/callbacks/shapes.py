"""How the callbacks of a spider yield what they yield: learned by watching, kept from crawl to crawl.

A template of such a spider is a callback with a type of items (``parse_book.Book``), with the links of its pages
(``parse-links``), or with what it hands over with links of one kind (``parse-links-parse_book``). What is no page and
lists addresses, as a sitemap does, has one of its own (``_parse_sitemap-listed``), of which nothing is learned.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from crawler.callbacks.callbacks import Recipe
from crawler.callbacks.constants import Constants
from crawler.callbacks.filling import NEARLY_ALL, Keys, form_of, is_zero, missing
from crawler.callbacks.sometimes import Sometimes
from crawler.templates import Template
from learner.pages.values import scalars
from learner.retraining.fields import Wanted
from learner.state.store import Store

LINK = "url"
"""The field of a handed-over record that is the link itself."""
_CHOICES = 8
"""Different values of a field up to which it may be one of few."""
_SHORT = 40
"""Characters of such a value, as Python writes it."""
_EACH = 3
"""Items for each of them, on average, from which on they are believed to be all."""
_AGAIN = 2
"""Items for each of them, on average, from which on they come again."""
_FEWEST = 2
"""Pages with links, or with many items, from which on these are learned, if a site has no more."""
_POSTED = 200
"""Pages that were asked for by more than an address, of which the links are kept."""


class Kind(StrEnum):
    """What a template holds."""

    ITEMS = "items"
    LINKS = "links"
    HANDED = "handed"
    LISTED = "listed"


class Origin(StrEnum):
    """Where a value comes from: the page, a longer text of the page, its address, what the request handed over, or
    elsewhere."""

    PAGE = "page"
    PART = "part"
    URL = "url"
    REQUEST = "request"
    ELSEWHERE = "elsewhere"


@dataclass(slots=True)
class Shape:
    """What was seen of one template.

    ``pages`` of the callback, and those ``giving`` something of this template; ``many``: a page gave several items.
    By field: ``origins``, counts of where its values came from; ``forms``, how they are restored; ``handed``, the path
    in the request where they came from there; ``shown``, how many of these the page showed, too; ``unlike``, how often
    something else was handed over than the item has; ``constant``, the only value so far, None for several;
    ``choices``, the different values so far, None for many; ``agreed`` and ``differed``, on how many pages learned code
    said the same, or something else; ``contradicted``, on how many pages of the last crawl it did where it used to
    agree; ``disorder``, on how many of its pages the spider's own values contradicted each other, in words.
    ``recipes``: how links are followed, by their kind. ``code``:
    fingerprint of the spider's code that yielded all this, which ``names`` these fields; ``since``: the moment from
    which on it does, empty where it always did. ``keys``: the fields that are set in its items;
    ``constants``: what is one and the same in all of them. ``posted``: the links, by their kind, of pages that are not
    known by their addresses alone, by the names of what was asked for: of the newest. ``came``: pages that gave
    something in the last crawl that came to its end; ``settled``: as many, if they were no more than in the one before,
    else 0. ``unlisted``: the kinds of links to which lists of addresses led no more when they came last. ``gone``: the
    fields, or kinds of links, that a person has said to be gone and that were not seen since: not kept here.
    ``zeros``: by field, in how many items it was 0, and that stood nowhere; ``falses``: in how many it was no.
    ``sometimes``: how often crawls had what only some items have.
    ``omitted``: checksums of the addresses of pages that gave none of it while the spider read the others.
    ``stale``: the fields of which a version (its number) gives what was known before, since the spider finds them no
    more. ``silent``: the spider has found nothing of all this since a crawl in which its code had not changed, or
    learned code could not read the pages either.
    """

    callback: str
    kind: Kind
    type: str = ""
    target: str = ""
    pages: int = 0
    giving: int = 0
    many: bool = False
    origins: dict[str, Counter[str]] = field(default_factory=dict)
    forms: dict[str, str] = field(default_factory=dict)
    handed: dict[str, str] = field(default_factory=dict)
    shown: Counter[str] = field(default_factory=Counter)
    unlike: Counter[str] = field(default_factory=Counter)
    constant: dict[str, str | None] = field(default_factory=dict)
    choices: dict[str, list[str] | None] = field(default_factory=dict)
    agreed: Counter[str] = field(default_factory=Counter)
    differed: Counter[str] = field(default_factory=Counter)
    contradicted: dict[str, int] = field(default_factory=dict)
    disorder: dict[str, int] = field(default_factory=dict)
    recipes: dict[str, Recipe] = field(default_factory=dict)
    code: str = ""
    names: tuple[str, ...] = ()
    since: str = ""
    keys: Keys = field(default_factory=Keys)
    constants: Constants = field(default_factory=Constants)
    posted: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    came: int = 0
    settled: int = 0
    unlisted: list[str] = field(default_factory=list)
    gone: set[str] = field(default_factory=set)
    silent: bool = False
    omitted: list[int] = field(default_factory=list)
    stale: dict[str, int] = field(default_factory=dict)
    zeros: Counter[str] = field(default_factory=Counter)
    falses: Counter[str] = field(default_factory=Counter)
    sometimes: Sometimes = field(default_factory=Sometimes)

    def enough(self, examples: int) -> int:
        """Different pages from which on the template is learned: ``examples``, or all that there are where links, or
        items of which a page has many, are on fewer."""
        few = (self.many or self.kind is not Kind.ITEMS) and self.settled >= _FEWEST
        return min(examples, self.settled) if few else examples

    def wanted(self, examples: int) -> Wanted:
        """What is to be learned of it beside the spider."""
        since = datetime.fromisoformat(self.since) if self.since else None
        return Wanted(self.enough(examples), self.learnable, since)

    def count(self, given: Any) -> None:
        """Count a page of the callback, and whether it gave something."""
        self.pages += 1
        self.giving += bool(given)

    def gives_always(self, enough: int) -> bool:
        """Whether every one of enough pages gave something."""
        return self.pages >= enough and self.giving == self.pages

    def follows_always(self, target: str, enough: int) -> bool:
        """Whether every one of enough pages had links of this kind."""
        return self.pages >= enough and target in self.recipes and self.recipes[target].seen == self.pages

    def remember(self, asked: str, links: Mapping[str, Any]) -> None:
        """The links that a page had which is known by what was ``asked`` for."""
        self.posted.pop(asked, None)
        self.posted[asked] = {target: [str(link) for link in scalars(shown)] for target, shown in links.items()}
        if len(self.posted) > _POSTED:
            del self.posted[next(iter(self.posted))]

    def observe(self, name: str, value: Any, origin: Origin, path: str = "", *, shown: bool = False) -> None:
        """Count where the value of a field came from, and whether the page has ``shown`` it as well."""
        self.origins.setdefault(name, Counter())[origin] += 1
        self.zeros[name] += origin is Origin.ELSEWHERE and is_zero(value)
        self.falses[name] += value is False
        self.forms[name] = form_of(value)
        text = repr(value)[:80]
        if self.constant.setdefault(name, text) != text:
            self.constant[name] = None
        choices = self.choices.setdefault(name, [])
        if choices is not None and text not in choices:
            self.choices[name] = [*choices, text] if len(choices) < _CHOICES and len(text) <= _SHORT else None
        if path:
            self.shown[name] += shown
            self.unlike[name] += self.handed.get(name, path) != path
            self.handed[name] = path

    def origin(self, name: str) -> Origin:
        """Where the field's values come from on nearly all pages that have it.

        A word that is always the same and part of something longer is there by chance. What differs from page to page,
        and stands there, is read there, though the request may have handed over the same.
        """
        counts = self.origins.get(name, Counter())
        # 0 is what is said of a number that a page does not show, as long as most show one.
        zeros = self.zeros[name] if 2 * self.zeros[name] < counts.total() else 0
        enough = NEARLY_ALL * (counts.total() - zeros)
        if self._differs(name) and counts[Origin.PAGE] + self.shown[name] >= enough > 0:
            return Origin.PAGE
        for origin in (Origin.PAGE, Origin.URL, Origin.REQUEST):
            if counts[origin] >= enough > 0:
                return origin
        varies = self.constant.get(name) is None
        shown = varies and counts[Origin.PAGE] + counts[Origin.PART] >= enough > 0
        return Origin.PAGE if shown or self._is_chosen(name) else Origin.ELSEWHERE

    def _differs(self, name: str) -> bool:
        """Whether the field's values don't come again and again."""
        choices = self.choices.get(name)
        return choices is None or len(choices) * _AGAIN > self.origins.get(name, Counter()).total()

    def compare(self, values: Mapping[str, Any], handed: Mapping[str, Any]) -> None:
        """Count what the request of an item's page handed over otherwise than the item has it."""
        for name, path in self.handed.items():
            given = handed.get(path)
            if name in values and not missing(given):
                self.unlike[name] += type(given) is not type(values[name]) or given != values[name]

    def taken(self, handed: Mapping[str, Any]) -> dict[str, Any]:
        """By field what the request handed over, of fields that have always had just that."""
        return {
            name: handed[path]
            for name, path in self.handed.items()
            if not (self.unlike[name] or missing(handed.get(path)) or name in self.gone)
            and self.origins[name][Origin.REQUEST] == self.origins[name].total()
        }

    def may_be_chosen(self, name: str) -> bool:
        """Whether the field has had few values so far: pages may tell which, though they don't show it."""
        return self.kind is Kind.ITEMS and self.choices.get(name) is not None

    def _is_chosen(self, name: str) -> bool:
        """Whether the field's values are few and come again and again, as the stars of a class do, and are not handed
        over."""
        if self.kind is not Kind.ITEMS:
            return False
        choices, counts = self.choices.get(name) or [], self.origins.get(name, Counter())
        given = counts[Origin.URL] + counts[Origin.REQUEST]
        return len(choices) > 1 and counts.total() >= _EACH * len(choices) and not given

    @property
    def fields(self) -> frozenset[str]:
        """The fields that are read from the page. What is handed over with all links alike is not: the page has such a
        word by chance, a label perhaps, and requests are made with it anyway."""
        read = frozenset(name for name in self.origins if self.origin(name) is Origin.PAGE)
        return frozenset(n for n in read if self.kind is not Kind.HANDED or n == LINK or self.constant.get(n) is None)

    @property
    def learnable(self) -> frozenset[str]:
        """The fields that learned code could read: of links alone what they hand over knows no more than the links."""
        return frozenset() if self.kind is Kind.HANDED and self.fields == {LINK} else self.fields - self.gone

    @property
    def usual(self) -> frozenset[str]:
        """The fields that nearly all items have."""
        totals = {name: counts.total() for name, counts in self.origins.items()}
        least = NEARLY_ALL * max(totals.values(), default=0)
        return frozenset(name for name, total in totals.items() if total >= least) - self.gone

    def own(self, learned: Collection[str]) -> frozenset[str]:
        """The fields that nearly all items have by the spider's code alone: they are not ``learned``, and come neither
        from the address nor from the request."""
        usual = self.usual.difference(learned)
        return frozenset(name for name in usual if self.origin(name) in (Origin.PAGE, Origin.ELSEWHERE))

    def optional(self, learned: Collection[str], asked: str) -> dict[str, tuple[int, int]]:
        """The fields that only some items have, by the spider's code alone; how many items had each, and of how many,
        in crawls that were ``asked`` for the same: 0 of 0 where there was none."""
        counts = self.sometimes.of(asked) if self.sometimes.asked else self.seen()
        return {
            name: counts.get(name, (0, 0))
            for name in self.origins.keys() - self.usual - self.gone - set(learned)
            if self.origin(name) in (Origin.PAGE, Origin.ELSEWHERE)
        }

    def seen(self) -> dict[str, tuple[int, int]]:
        """In how many of the items each field was that was learned from, and of how many."""
        totals = {name: counts.total() for name, counts in self.origins.items()}
        return {name: (total, max(totals.values())) for name, total in totals.items()}

    def handed_over(self, learned: Collection[str]) -> frozenset[str]:
        """The fields that nearly all items have, and that the request hands over: they are not ``learned``."""
        usual = self.usual.difference(learned)
        return frozenset(name for name in usual if self.origin(name) is Origin.REQUEST)

    @property
    def addressed(self) -> frozenset[str]:
        """The fields that are the address of the page."""
        return frozenset(name for name in self.origins if self.origin(name) is Origin.URL)

    def stands_elsewhere(self, name: str) -> bool:
        """Whether the field's values were not to be found on nearly all pages, nor handed over to them."""
        counts = self.origins.get(name, Counter())
        return counts[Origin.ELSEWHERE] >= NEARLY_ALL * counts.total() > 0

    def is_nowhere(self, name: str, value: Any) -> bool:
        """Whether the value is 0, as it is where pages do not show the field's number."""
        return is_zero(value) and self.zeros[name] > 0

    def share_of_zeros(self, name: str) -> float:
        """The share of the items that has 0, or no, in the field, with one more, which may be the next."""
        return (self.zeros[name] + self.falses[name] + 1) / (self.origins.get(name, Counter()).total() + 2)

    def to_dict(self) -> dict[str, Any]:
        plain = {name: getattr(self, name) for name in self.__slots__ if name != "gone"}
        recipes = {target: recipe.to_dict() for target, recipe in self.recipes.items()}
        parts = {"keys": self.keys.to_dict(), "constants": self.constants.to_dict()}
        return plain | parts | {"recipes": recipes, "sometimes": self.sometimes.to_dict()}

    @classmethod
    def from_dict(cls, state: Mapping[str, Any]) -> Shape:
        """Raises KeyError, TypeError or ValueError for what is none."""
        return cls(
            **{
                **state,
                "kind": Kind(state["kind"]),
                "origins": {name: Counter(counts) for name, counts in state["origins"].items()},
                "shown": Counter(state.get("shown", {})),
                "unlike": Counter(state.get("unlike", {})),
                "agreed": Counter(state.get("agreed", {})),
                "differed": Counter(state.get("differed", {})),
                "zeros": Counter(state.get("zeros", {})),
                "falses": Counter(state["falses"] if "falses" in state else _all_false(state)),
                "recipes": {target: Recipe.from_dict(recipe) for target, recipe in state["recipes"].items()},
                "keys": Keys.from_dict(state["keys"]) if "keys" in state else Keys(),
                "constants": Constants.from_dict(state["constants"]) if "constants" in state else Constants(),
                "sometimes": Sometimes.from_dict(state.get("sometimes", {})),
            }
        )


def _all_false(state: Mapping[str, Any]) -> dict[str, int]:
    """In how many items each field that has been no may have been that, of a state in which they were not counted."""
    noes = [name for name, texts in state.get("choices", {}).items() if "False" in (texts or ())]
    return {name: sum(state["origins"].get(name, {}).values()) for name in noes}


def shapes_of(store: Store, site: str) -> dict[str, Shape]:
    """The shapes of a spider's templates, by their names. Raises StateError."""
    shapes = {name: Shape.from_dict(state) for name, state in store.shapes.of(site).items()}
    for name, shape in shapes.items():
        shape.gone = store.events.gone(site, name)
    return shapes


def wanted(store: Store, site: str, examples: int) -> dict[str, Wanted]:
    """What is to be learned beside the site's spider, if that is only watched: from so many examples on."""
    return {name: shape.wanted(examples) for name, shape in shapes_of(store, site).items()}


def enough_to_learn(store: Store, site: str, examples: int) -> bool:
    """Whether a template of a spider that is only watched is not learned, and so many different pages of it are known.
    Raises StateError."""
    return any(
        one.fields
        and store.examples.addresses(site, name, since=one.since) >= one.examples
        and not store.versions.all_live(site, name)
        for name, one in wanted(store, site, examples).items()
    )


def templates_of(store: Store, site: str) -> dict[str, Template]:
    """What a spider that is only watched would say of its templates: those of links hold no items."""
    follow = {"links": ""}
    return {
        name: Template(many=shape.many) if shape.kind is Kind.ITEMS else Template(follow=follow)
        for name, shape in shapes_of(store, site).items()
    }


def items_template(callback: str, cls: type) -> str:
    """The template of a callback's items of one type."""
    return f"{callback}.{cls.__name__}"


def links_template(callback: str) -> str:
    """The template of the links of a callback's pages."""
    return f"{callback}-links"


def listed_template(callback: str) -> str:
    """The template of what is no page and leads to pages, of a callback."""
    return f"{callback}-listed"


def handed_template(callback: str, target: str) -> str:
    """The template of what a callback hands over with links of one kind."""
    return f"{callback}-links-{target}"
