"""Evergreen's learner: extraction code learned from pages and their values.

    extractor = learn([Example(url, html, item), ...])
    result = extractor.extract(html, url)
    repair = heal(extractor, [Page(url, html), ...])

Nothing here imports scrapy, and nothing imports torch, or numpy, before it is needed: a command that only looks into
the store begins at once.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from learner.errors import (
    EvergreenError,
    InvalidExample,
    NothingLearned,
    PageRejected,
    StateError,
    StateTooNew,
    UnknownName,
    ValueNotFound,
)

if TYPE_CHECKING:
    from learner.extractor import Evidence, Extraction, Extractor, load
    from learner.healing.healing import Repair, heal
    from learner.learning.learning import learn
    from learner.pages.page import Page
    from learner.programs.examples import Example, Known
    from learner.programs.program import FieldProfile

__all__ = [
    "EvergreenError",
    "Evidence",
    "Example",
    "Extraction",
    "Extractor",
    "FieldProfile",
    "InvalidExample",
    "Known",
    "NothingLearned",
    "Page",
    "PageRejected",
    "Repair",
    "StateError",
    "StateTooNew",
    "UnknownName",
    "ValueNotFound",
    "heal",
    "learn",
    "load",
]

_HOMES = {
    "programs.examples": ("Example", "Known"),
    "extractor": ("Evidence", "Extraction", "Extractor", "load"),
    "healing.healing": ("Repair", "heal"),
    "learning.learning": ("learn",),
    "pages.page": ("Page",),
    "programs.program": ("FieldProfile",),
}


def __getattr__(name: str) -> Any:
    """What is named above, imported when it is first used."""
    for module, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"learner.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
