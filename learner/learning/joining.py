"""Which fields are joined texts: their values stand nowhere as a whole, and their parts stand each by itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from learner.pages.values import Value, kind_of
from learner.programs.examples import LabelledPage, records_of
from learner.programs.joints import joint_of

MAX_PAGES: Final = 12
MAX_RECORDS: Final = 24
"""Records of a list page that are looked at."""
MOST: Final = 0.8
"""Share of the values standing nowhere as a whole that must be joined in one way; of others that may have the same mark
in them, one for each five."""


def joints_of(pages: Sequence[LabelledPage]) -> dict[str, str]:
    """By field, what its values' parts are joined with, of fields whose values are such texts."""
    found: dict[str, str] = {}
    names = list(dict.fromkeys(name for page in pages for name in page.values))
    for name in names:
        told = [
            (page, record[name])
            for page in pages[:MAX_PAGES]
            for record in records_of([page.example])[:MAX_RECORDS]
            if name in record
        ]
        if joint := _joint([(page, value) for page, value in told if _is_text(value)], len(told)):
            found[name] = joint
    return found


def _is_text(value: Value) -> bool:
    return isinstance(value, str) and kind_of(value) == "text"


def _joint(told: Sequence[tuple[LabelledPage, Value]], count: int) -> str:
    """What joins the parts of most of the values that stand nowhere as a whole; empty where not all of so many are
    texts, or nothing does."""
    texts = [(page, value) for page, value in told if isinstance(value, str)]
    if len(texts) < count:
        return ""
    whole = [text for page, text in texts if page.places(text, 1)]
    joints = Counter(joint_of(text, page.forms) for page, text in texts if not page.places(text, 1))
    if not joints:
        return ""
    best, most = joints.most_common(1)[0]
    # Paragraphs are a list if most pages have several: else what stands around them is the value.
    against = sum(best in text for text in whole) / (1 - MOST) if best.strip() else len(whole)
    return best if most >= MOST * joints.total() and most > against else ""
