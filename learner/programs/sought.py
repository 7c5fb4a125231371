"""Yes or no, told by something being there: a badge, an old price, the words "Sold out"."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lxml import etree

from learner.programs.selectors import Index, Selector


@dataclass(frozen=True, slots=True)
class Sought:
    """What is sought within the elements that a rule leads to, and what its being there says; the contrary is said
    where it is not. Where there is no such element, nothing is said: a page of another design tells neither."""

    selector: Selector
    says: bool

    def told(self, index: Index, selector: Selector) -> Iterator[tuple[etree._Element, bool]]:
        """Each element of the rule's ``selector`` with what it says."""
        around = around_of(element for element, _ in index.places(self.selector))
        for element, _ in index.places(selector):
            yield element, (element in around) is self.says

    def to_json(self) -> dict[str, Any]:
        """As plain JSON."""
        return {"selector": self.selector.to_json(), "says": self.says}

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> Sought:
        """The inverse of ``to_json``; raises ValueError for what is none."""
        return Sought(Selector.from_json(data["selector"]), bool(data["says"]))

    def __str__(self) -> str:
        return f"has {self.selector}" if self.says else f"lacks {self.selector}"


def around_of(elements: Iterator[etree._Element]) -> set[etree._Element]:
    """The elements, and all around them."""
    return {around for element in elements for around in (element, *element.iterancestors())}
