"""Names of callbacks, and how requests for them are made: learned links are followed as the spider's own were."""

from __future__ import annotations

import dis
import functools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urldefrag

from itemadapter import ItemAdapter
from scrapy import Request, Spider
from scrapy.http import Response
from scrapy.link import Link
from scrapy.spiders import CrawlSpider

from crawler.callbacks.filling import NEARLY_ALL, Keys, build, item_type, type_name

RULES = "rules"
"""The name of the pages of a CrawlSpider that have no callback: their links are followed by its rules, no more."""
_OWN_META = frozenset(("rule", "link_text", "depth"))
_PLAIN = (str, int, float, bool, type(None))
_LOST = object()
_OFTEN = 2
"""Links that hand over the same word, from which on it comes again."""
_REMEMBERED = 1000
"""Requests of one kind of links of which it is kept what they handed over: the newest."""


def callback_name(request: Request, spider: Spider) -> str:
    """The name of the function that is called with the page; "" for one without a name."""
    number = rule_number(request, spider)
    if number is not None:
        return _rule_name(spider, number)
    if request.callback is None:
        if not isinstance(spider, CrawlSpider):
            return "parse"
        own = type(spider).parse_start_url is not CrawlSpider.parse_start_url
        return "parse_start_url" if own else RULES
    return _name(request.callback)


def target_name(request: Request, spider: Spider) -> str:
    """The name of a kind of links: that of the callback, with the rule's number where several rules have it."""
    name, number = callback_name(request, spider), rule_number(request, spider)
    if number is None:
        return name
    rules = range(len(spider._rules))  # type: ignore[attr-defined]
    return name if sum(_rule_name(spider, one) == name for one in rules) == 1 else f"{name}-{number}"


def rule_number(request: Request, spider: Spider) -> int | None:
    """The number of the CrawlSpider's rule that the request follows."""
    number = request.meta.get("rule")
    by_rule = isinstance(spider, CrawlSpider) and isinstance(number, int) and 0 <= number < len(spider._rules)
    return number if by_rule and request.callback == spider._callback else None  # type: ignore[attr-defined]


def _rule_name(spider: Spider, number: int) -> str:
    callback = spider._rules[number].callback  # type: ignore[attr-defined]
    return RULES if callback is None else _name(callback)


def _name(function: Callable[..., Any]) -> str:
    while isinstance(function, functools.partial):
        function = function.func
    name = getattr(function, "__name__", "")
    return name if name.isidentifier() else ""


def carried(request: Request) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a request hands over to its callback, by path (``cb_kwargs.item.title``, ``meta.page``): the values, and
    the items that hold some of them."""
    values: dict[str, Any] = {}
    items: dict[str, Any] = {}
    for part, given in (("cb_kwargs", request.cb_kwargs), ("meta", request.meta)):
        for name, value in given.items():
            if part == "meta" and (name in _OWN_META or name.startswith("download_")):
                continue
            path = f"{part}.{name}"
            if ItemAdapter.is_item(value):
                items[path] = value
                values.update({f"{path}.{inner}": held for inner, held in ItemAdapter(value).items()})
            else:
                values[path] = value
    return values, items


@dataclass(slots=True)
class Recipe:
    """How requests of one kind of links are made.

    ``callback`` and ``errback`` are names of the spider's methods ("" for none); ``rule`` the number of a rule.
    ``constant``: path -> the value that all such requests hand over; ``varied``: paths whose values differ;
    ``items``: path -> type of an item that is handed over. ``handed``: what differs of known requests, by their URL,
    as far as it is plain and in no item. ``seen``: pages with such a link. ``keys``: fields of handed-over items, by
    path.
    """

    callback: str
    errback: str = ""
    rule: int | None = None
    dont_filter: bool = False
    priority: int = 0
    constant: dict[str, Any] = field(default_factory=dict)
    varied: set[str] = field(default_factory=set)
    items: dict[str, str] = field(default_factory=dict)
    handed: dict[str, dict[str, Any]] = field(default_factory=dict)
    repeatable: bool = True
    seen: int = 0
    keys: Keys = field(default_factory=Keys)

    @classmethod
    def of(cls, request: Request, spider: Spider) -> Recipe:
        """The recipe by which the request was made."""
        number = rule_number(request, spider)
        values, items = carried(request)
        callback, errback = _method(request.callback, spider), _method(request.errback, spider)
        known = number is not None or (callback is not None and errback is not None)
        plain = request.method == "GET" and not request.body
        return cls(
            callback or "",
            errback or "",
            number,
            request.dont_filter,
            request.priority,
            {path: value for path, value in values.items() if isinstance(value, _PLAIN)},
            {path for path, value in values.items() if not isinstance(value, _PLAIN)},
            {path: type_name(type(item)) for path, item in items.items()},
            {},
            known and plain,
        )

    def observe(self, request: Request, spider: Spider, *, whole: bool = True) -> None:
        """What this request has in common with those before stays; the rest varies. ``whole``: it hands over what such
        requests do."""
        new = Recipe.of(request, spider)
        url = urldefrag(request.url).url
        self.handed.pop(url, None)
        if new.constant:
            self.handed[url] = dict(new.constant)
        if len(self.handed) > _REMEMBERED:
            del self.handed[next(iter(self.handed))]
        for path in {*self.constant, *new.constant}:
            if self.constant.get(path, _LOST) != new.constant.get(path, _LOST):
                self.constant.pop(path, None)
                self.varied.add(path)
        self.varied |= new.varied
        for path in self.varied:
            self.constant.pop(path, None)
        self.items.update(new.items)
        if whole:
            self.keys.observe({path: value for path, value in carried(request)[0].items() if self._holder(path)})
        self.rule, self.callback, self.errback = new.rule, new.callback, new.errback
        self.dont_filter, self.priority, self.repeatable = new.dont_filter, new.priority, new.repeatable

    def lacks(self, given: Mapping[str, Any]) -> list[str]:
        """Arguments that can't be handed over: the callback would miss them. A field of an item may be absent."""
        return sorted(self._arguments() - given.keys())

    def remembered(self, url: str) -> dict[str, Any]:
        """Of the arguments that differ from request to request, those that were handed over with this URL before."""
        handed, arguments = self.handed.get(urldefrag(url).url, {}), self._arguments()
        return {path: value for path, value in handed.items() if path in arguments}

    def at_times_none(self) -> set[str]:
        """The arguments that some requests hand over as None: their links have no such value."""
        nothing = {path for values in self.handed.values() for path, value in values.items() if value is None}
        return nothing & self._arguments()

    def comes_again(self, path: str, value: Any) -> bool:
        """Whether the value is a word, and such words were handed over with many links each: a category, no amount."""
        words = [values[path] for values in self.handed.values() if isinstance(values.get(path), str)]
        if not isinstance(value, str) or any(map(str.isdigit, value)) or words.count(value) < _OFTEN:
            return False
        return len(set(words)) * _OFTEN <= len(words)

    def usual(self) -> set[str]:
        """The fields of handed-over items that most requests have a value of, and not all the same."""
        return self.keys.usual() & self.varied

    def asks_anew(self) -> bool:
        """Whether the same address is asked for again with whatever a page hands over, by a filter that is told not to:
        each page completes its item there, for instance."""
        return self.dont_filter and bool(self.items or self.varied)

    def always(self) -> frozenset[str]:
        """The fields of handed-over items that nearly all requests have a value of, and not all the same."""
        least = NEARLY_ALL * self.keys.seen
        return frozenset(path for path, count in self.keys.valued.items() if count >= least) & self.varied

    def _arguments(self) -> set[str]:
        """What differs from request to request and stands in no item."""
        return {path for path in self.varied if not self._holder(path)}

    def _holder(self, path: str) -> str:
        """The path of the item that holds the value of this path; empty if none does."""
        return next((holder for holder in self.items if path.startswith(f"{holder}.")), "")

    def request(self, url: str, spider: Spider, given: Mapping[str, Any], response: Response) -> Request | None:
        """A request as the spider would have made it; None where it can't be made (see ``lacks``)."""
        if not self.repeatable or self.lacks(given):
            return None
        if self.rule is not None:
            request = spider._build_request(self.rule, Link(url))  # type: ignore[attr-defined]
            made: Request | None = spider._rules[self.rule].process_request(request, response)  # type: ignore[attr-defined]
            return made
        handed = {**self.constant, **given}
        arguments: dict[str, dict[str, Any]] = {"cb_kwargs": {}, "meta": {}}
        for path, kind in self.items.items():
            part, _, name = path.partition(".")
            cls = item_type(kind)
            item = None if cls is None else build(cls, _below(path, handed), self.keys.below(path))
            if item is None:
                return None
            arguments[part][name] = item
        for path, value in handed.items():
            part, _, name = path.partition(".")
            if not self._holder(path):
                arguments[part][name] = value
        return Request(
            url,
            callback=getattr(spider, self.callback) if self.callback else None,
            errback=getattr(spider, self.errback) if self.errback else None,
            dont_filter=self.dont_filter,
            priority=self.priority,
            cb_kwargs=arguments["cb_kwargs"],
            meta=arguments["meta"],
        )

    def to_dict(self) -> dict[str, Any]:
        handed = {url: values for url in self.handed if (values := self.remembered(url))}
        plain = {name: getattr(self, name) for name in self.__slots__}
        return plain | {"varied": sorted(self.varied), "handed": handed, "keys": self.keys.to_dict()}

    @classmethod
    def from_dict(cls, state: Mapping[str, Any]) -> Recipe:
        keys = Keys.from_dict(state["keys"]) if "keys" in state else Keys()
        return cls(**{**state, "varied": set(state["varied"]), "keys": keys})


def ignores(function: Callable[..., Any], path: str) -> bool:
    """Whether a callback takes the argument of this path and never looks at it, by its code. One that is decorated, or
    that asks for all of its arguments at once, may."""
    part, _, name = path.partition(".")
    code = getattr(function, "__code__", None)
    if part != "cb_kwargs" or code is None or hasattr(function, "__wrapped__"):
        return False
    named = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    if name not in named or name in code.co_cellvars or not {"locals", "super", "vars"}.isdisjoint(code.co_names):
        return False
    read = (one.argval for one in dis.get_instructions(code) if "FAST" in one.opname)
    return not any(name == told or (isinstance(told, tuple) and name in told) for told in read)


def _below(path: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of one item, out of those of all paths."""
    return {inner.removeprefix(f"{path}."): value for inner, value in values.items() if inner.startswith(f"{path}.")}


def _method(function: Callable[..., Any] | None, spider: Spider) -> str | None:
    """The name by which the spider has this function: "" for none at all, None for one that it does not have."""
    if function is None:
        return ""
    name = getattr(function, "__name__", "")
    mine = getattr(function, "__self__", None) is spider and callable(getattr(spider, name, None))
    return name if mine else None


def spiders_named(name: str, modules: Iterator[str] | list[str]) -> list[type[Spider]]:
    """The spiders of this name that are defined in these modules, or below them."""
    found: dict[type[Spider], None] = {}
    waiting = [Spider]
    while waiting:
        for spider in waiting.pop().__subclasses__():
            waiting.append(spider)
            inside = any(spider.__module__ == one or spider.__module__.startswith(f"{one}.") for one in modules)
            if inside and getattr(spider, "name", None) == name:
                found[spider] = None
    return list(found)
