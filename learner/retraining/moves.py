"""What is known of pages whose addresses have moved, and of links to them: a new design often has new addresses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from html import unescape
from urllib.parse import urlsplit

from learner.pages.page import decode
from learner.pages.values import Scalar, Value, scalars
from learner.programs.examples import Known
from learner.state.records import StoredPage


class Moves:
    """Addresses and where they lead for good (``learner.state.tables.pages.Pages.moves``)."""

    def __init__(self, moved: Mapping[str, str]) -> None:
        self._new = moved
        self._old = {new: old for old, new in moved.items()}

    def known(self, page: StoredPage, known: Mapping[str, Known]) -> Known | None:
        """What is known of the page under its address or the former one; links that it shows under their new addresses
        alone have these. Of those of the former address it has them, too, where none was found since it moved."""
        own, former = known.get(page.url), known.get(self._old.get(page.url, ""))
        fact = own or former
        if fact is None or not self._new:
            return fact
        text = unescape(decode(page.html))
        item = None if fact.item is None else self._item(fact.item, text)
        items = None if fact.items is None else [self._item(record, text) for record in fact.items]
        if own is not None and item is not None and former is not None and former.item is not None:
            before = {name: value for name, value in former.item.items() if name not in item}
            item |= {n: new for n, new in self._item(before, text).items() if _are_others(new, before[n])}
        return replace(fact, url=page.url, item=item, items=items)

    def moved(self, fact: Known) -> Known:
        """What is known of a page, with all links that have moved under their new addresses."""
        if fact.item is None or not self._new:
            return fact
        return replace(fact, item={name: self._followed(value) for name, value in fact.item.items()}, items=None)

    def _followed(self, value: Value) -> Value:
        if isinstance(value, list):
            return [self._new.get(one, one) if isinstance(one, str) else one for one in value]
        return self._new.get(value, value) if isinstance(value, str) else value

    def _item(self, item: Mapping[str, Value], text: str) -> dict[str, Value]:
        return {
            name: [self._link(one, text) for one in value] if isinstance(value, list) else self._link(value, text)
            for name, value in item.items()
        }

    def _link(self, value: Scalar, text: str) -> Scalar:
        new = self._new.get(value) if isinstance(value, str) else None
        return new if new is not None and _stands(new, text) and not _stands(str(value), text) else value


def _are_others(new: Value, before: Value) -> bool:
    """Whether none of the links is what it was."""
    return set(scalars(new)).isdisjoint(scalars(before))


def _stands(address: str, text: str) -> bool:
    """Whether the address stands in the text of a page, as a link at least: whole, or without its host."""
    parts = urlsplit(address)
    path = parts._replace(scheme="", netloc="").geturl()
    return any(f"{mark}{link}{mark}" in text for link in (address, path) for mark in "\"'") if path else False
