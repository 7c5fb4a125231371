"""How a place is marked up, and the two elements around it: by that the places of other things are known."""

from __future__ import annotations

from itertools import islice
from typing import Final

from lxml import etree

from learner.pages.candidates import markup

AROUND: Final = 2


def marking(element: etree._Element) -> str:
    """The tags and classes, without digits, of the element and those around it."""
    near = [element, *islice(element.iterancestors(), AROUND)]
    return " < ".join(".".join(filter(None, markup(one))) for one in near)
