"""Which fields are joined texts: their values stand nowhere as a whole, and their parts stand each by itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from learner.pages.values import kind_of, normal
from learner.programs.examples import LabelledPage, Place, holds_blocks, records_of
from learner.programs.joints import MARKS, joint_of, parts_of_text

MAX_PAGES: Final = 12
MAX_RECORDS: Final = 24
"""Records of a list page that are looked at."""
MOST: Final = 0.8
"""Share of the values standing nowhere by themselves that must be joined in one way; of others one for each five may
have the same mark in them."""
FEW: Final = 6
"""Longer texts that are looked at for the parts of one that stands in them."""
SENTENCE: Final = 20
"""Characters that parts joined by white space have on average, where they stand in a longer text as one."""


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
        texts = [(page, value) for page, value in told if isinstance(value, str) and kind_of(value) == "text"]
        if len(texts) == len(told) and (joint := _joint(texts)):
            found[name] = joint
    return found


def _joint(texts: Sequence[tuple[LabelledPage, str]]) -> str:
    """What joins the parts of most of the values that stand nowhere by themselves; empty where nothing does."""
    # A text of several lines is not as a page shows it anywhere: what stands there has spaces in their place.
    places = [() if "\n" in text.strip() else page.places(text, FEW) for page, text in texts]
    whole = [one for one, found in zip(texts, places, strict=True) if any(place.exact for place in found)]
    parted = [
        (page, text, _joint_on(page, text, found))
        for (page, text), found in zip(texts, places, strict=True)
        if not any(place.exact for place in found)
    ]
    joints = Counter(joint for _, _, joint in parted)
    if not joints:
        return ""
    best, most = joints.most_common(1)[0]
    if most < MOST * joints.total():
        return ""
    if best.strip():
        return best if sum(best in text for _, text in whole) <= (1 - MOST) * most else ""
    # Where most values are no paragraphs, what stands around these is the value.
    return best if sum(not parts_of_text(text, best, page.leaves) for page, text in whole) < most else ""


def _joint_on(page: LabelledPage, text: str, around: Sequence[Place]) -> str:
    """What joins the parts of a text that stands nowhere, or in the longer texts ``around``: then the parts stand
    there, and are no words of a sentence. Where white space joins all that an element says, that has the value."""
    if around and not any(mark in text for mark in MARKS) and len(normal(text)) < 2 * SENTENCE:
        return ""
    joint = joint_of(text, page)
    parts = (parts_of_text(text, joint, page.leaves) or []) if joint else []
    elements = [{place.element for place in page.places(part) if place.exact} for part in parts]
    if around and parts:
        within = any(not holds_blocks(place.element) for place in around)  # of one paragraph
        if not joint.strip() and (within or len(normal(text)) < SENTENCE * len(parts)):
            return ""
        holders = (set(place.element.iter()) for place in around if not place.data)
        return joint if any(all(not one.isdisjoint(holder) for one in elements) for holder in holders) else ""
    if joint and not joint.strip() and "\n" not in joint:
        holding = (page.index.text(above) for first in elements[:1] for one in first for above in one.iterancestors())
        return "" if any(normal(one) == normal(text) for one in holding) else joint
    return joint
