"""Pages without what only some pages have: rightly so, unless no page of the crawl has it any more."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from crawler.callbacks.shapes import Shape

_KEPT: Final = 100
"""Pages of a template that are kept until it is known whether the crawl has any that gives something of it."""
_CHANCE: Final = 0.001
"""Chance at which a crawl of so many pages has none that does."""


class Absence:
    """Of one crawl. ``shapes``: what is known of the spider's templates before it."""

    def __init__(self, shapes: Mapping[str, Shape]) -> None:
        self._shares = {name: shape.giving / shape.pages for name, shape in shapes.items() if shape.pages}
        self._gave: set[str] = set()
        self._pages: dict[str, list[Callable[[], None]]] = {}

    def gave(self, template: str) -> None:
        """A page gave something of the template: those that did not are taken at their word."""
        self._gave.add(template)
        self._pages.pop(template, None)

    def given(self, template: str) -> bool:
        """Whether a page of the crawl gave something of the template."""
        return template in self._gave

    def lacks(self, template: str, judge: Callable[[], None]) -> None:
        """A page of the callback gave nothing of the template, which only some pages have; how it would be judged."""
        pages = self._pages.setdefault(template, [])
        if template not in self._gave and len(pages) < _KEPT:
            pages.append(judge)

    def conclude(self) -> None:
        """Judge the pages of templates that most pages had before, and none of so many has in this crawl."""
        pages, self._pages = self._pages, {}
        for template, lacking in pages.items():
            share = self._shares.get(template, 0.0)
            if share >= 0.5 and (1 - share) ** len(lacking) <= _CHANCE:
                for judge in lacking:
                    judge()
