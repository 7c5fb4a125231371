"""What the examples' links to the next page have in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from learner.programs.examples import LabelledPage
from learner.programs.onward import Onward, changed, direction, leads_on, said

MOST_SAID: Final = 3
"""Texts of the examples' links, from which on they tell nothing."""


def onward_of(pages: Sequence[LabelledPage], name: str) -> Onward | None:
    """What they have in common; None for a field that is no link to the next page."""
    having = [page for page in pages if name in page.values]
    links = [(page, page.document.base, str(page.values[name])) for page in having]
    if not links or not all(leads_on(url, address) for _, url, address in links):
        return None
    parts = frozenset.intersection(*(changed(url, address) for _, url, address in links))
    ways = {1 if (way := direction(url, address)) is None else way for _, url, address in links}
    texts = [_said(page, address) for page, _, address in links]
    says = set[str]().union(*texts)
    known = says if all(texts) and len(says) <= MOST_SAID else ()
    return Onward(tuple(sorted(parts)), ways.pop() if len(ways) == 1 else 0, tuple(sorted(known)))


def _said(page: LabelledPage, address: str) -> set[str]:
    """What the page's links with this address say."""
    links = (link for link in page.document.root.iter("a") if link.get("href"))
    leading = [link for link in links if page.document.absolute(link.get("href", "")) == address]
    return {text for link in leading if (text := said(link, page.index.text))}
