"""Evergreen's learner: extraction code learned from pages and their values.

    extractor = learn([Example(url, html, item), ...])
    result = extractor.extract(html, url)
    repair = heal(extractor, [Page(url, html), ...])

Nothing here imports scrapy, and nothing imports torch before it is needed.
"""

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
from learner.examples import Example, Known
from learner.extractor import Evidence, Extraction, Extractor, load
from learner.healing import Repair, heal
from learner.learning import learn
from learner.page import Page
from learner.program import FieldProfile

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
