"""Links that lead on to the next page of a list: what they say, and how their addresses differ from the page's own.

A pager has links back as well, and the last page has no other; a rule that counts links takes one for the other.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol
from urllib.parse import parse_qsl, urlsplit

from lxml import etree

from learner.pages.page import host
from learner.pages.values import Scalar
from learner.programs.selectors import MAX_LABEL, wording

_DIGITS: Final = re.compile(r"\d{1,12}")


class Based(Protocol):
    """A page, as far as its links go."""

    @property
    def base(self) -> str: ...

    def absolute(self, link: str) -> str: ...


@dataclass(frozen=True, slots=True)
class Onward:
    """What a field's links have in common: the parts of their addresses that tell the page, whether its number rises
    (1) or falls (-1; 0 if that is not known), and what the links say, if that is known."""

    parts: tuple[str, ...]
    direction: int = 0
    says: tuple[str, ...] = ()

    def leads(self, url: str, address: str) -> bool:
        """Whether the address may be that of the page after this one."""
        if not set(self.parts) <= _telling(address):
            return False
        return not self.direction or direction(url, address) in (None, self.direction)

    def leading(
        self,
        found: Iterable[tuple[etree._Element, Scalar]],
        page: Based,
        links: Iterable[etree._Element],
        text: Callable[[etree._Element], str],
    ) -> Iterator[tuple[etree._Element, Scalar]]:
        """Of the links ``found`` on a page those that may lead to the next; none that says something else where one of
        all its ``links`` says what such links do. ``text`` gives an element's shown text."""
        spoken: bool | None = None
        for element, address in found:
            if not self.leads(page.base, page.absolute(str(address))):
                continue
            if self.says and element.tag == "a" and said(element, text) not in self.says:
                if spoken is None:
                    spoken = any(said(link, text) in self.says for link in links)
                if spoken:
                    continue
            yield element, address

    def to_json(self) -> dict[str, Any]:
        """What leads on as plain JSON."""
        return {"parts": list(self.parts), "direction": self.direction, "says": list(self.says)}

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> Onward:
        """The inverse of ``to_json``."""
        parts, says = (tuple(map(str, data.get(name, ()))) for name in ("parts", "says"))
        return Onward(parts, int(data.get("direction", 0)), says)


def leads_on(url: str, address: str) -> bool:
    """Whether an address is that of another page of the series to which a page belongs: it differs from the page's own
    in what it asks for, or in a number of its path, of which the first page may have none."""
    own, other = _address(url), _address(address)
    if own == other or own[0] != other[0]:
        return False
    if _DIGITS.sub("", own[1]) == _DIGITS.sub("", other[1]):
        return True
    return other[1].startswith(own[1]) and _DIGITS.findall(other[1][len(own[1]) :]) == ["2"]


def direction(url: str, address: str) -> int | None:
    """Whether the numbers of an address are higher (1) or lower (-1) than the page's own, or the same (0); None where
    it differs in more than numbers."""
    own, other = _address(url), _address(address)
    if any(_DIGITS.sub("0", one) != _DIGITS.sub("0", two) for one, two in zip(own, other, strict=True)):
        return None
    before, after = ([int(one) for part in parts for one in _DIGITS.findall(part)] for parts in (own, other))
    return (after > before) - (after < before)


def changed(url: str, address: str) -> frozenset[str]:
    """The parts of an address that differ from the page's own: what it asks for, or else the end of its path."""
    own, other = (dict(parse_qsl(_address(one)[2], keep_blank_values=True)) for one in (url, address))
    asked = frozenset(name for name, value in other.items() if own.get(name) != value)
    return asked or _telling(address).difference(other)


def _telling(address: str) -> frozenset[str]:
    """What an address asks for, and the end of its path, in which numbers are alike."""
    _, path, query = _address(address)
    *before, last = _DIGITS.sub("0", path).split("/")
    end = "/".join((*before[-1:], last)) if last == "0" else last
    return frozenset(("/" + end, *(name for name, _ in parse_qsl(query, keep_blank_values=True))))


def _address(url: str) -> tuple[str, str, str]:
    """Host, path and query in one order."""
    try:
        split = urlsplit(url)
    except ValueError:
        return "", "", ""
    return host(url), split.path.strip("/"), "&".join(sorted(split.query.split("&")))


def said(link: etree._Element, text: Callable[[etree._Element], str]) -> str:
    """What a link says, in a form in which numbers are alike; empty where that is long, or a mere number. ``text``
    gives an element's shown text."""
    told = text(link) or link.get("aria-label") or link.get("title") or link.get("rel") or ""
    form = wording(told)
    return "" if form == "0" or len(told) > MAX_LABEL else form or _DIGITS.sub("", told)
