"""Words and signs for yes and no, and what schema.org says of things in stock."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

_YES_NO: Final = tuple(
    (frozenset(yes.split()), frozenset(no.split()))
    for yes, no in (
        ("true", "false"), ("yes y", "no n"), ("on", "off"), ("ja jo", "nein nee nej nei"), ("oui", "non"),
        ("si sí sì", "no"), ("sim", "não nao"), ("da", "nu ne"), ("tak", "nie"), ("ano áno", "ne nie"),
        ("igen", "nem"), ("evet", "hayır"), ("kyllä", "ei"), ("ναι", "όχι"), ("да", "нет не"), ("так", "ні"),
        ("是 有", "否 无"), ("はい", "いいえ"), ("✓ ✔ ☑ ✅", "✗ ✘ ☐ ☒ ❌ – - —"),
    )
)  # fmt: skip
"""Words and signs for yes and no that go together."""
_YES: Final = frozenset().union(*(yes for yes, _ in _YES_NO))
_NO: Final = frozenset().union(*(no for _, no in _YES_NO)) - {"–", "-", "—"}
_SCHEMA: Final = re.compile(r"https?://schema\.org/(\w+)")
_STOCKED: Final = frozenset(("instock", "instoreonly", "onlineonly", "limitedavailability"))
_UNSTOCKED: Final = frozenset(("outofstock", "soldout", "discontinued"))


def spoken(form: str) -> bool | None:
    """What a text, in its normal form, says by itself: yes or no, or that something is in stock or not, as schema.org
    does; None for anything else."""
    text = form.strip(" .:!")
    if text in _YES or text in _NO:
        return text in _YES
    found = _SCHEMA.fullmatch(text)
    if found and found[1] in _STOCKED | _UNSTOCKED:
        return found[1] in _STOCKED
    return None


def counterparts(forms: Iterable[str]) -> dict[str, bool]:
    """What else may stand where texts of these forms do, and what it says."""
    forms = list(forms)
    if any("schema.org/" in form for form in forms):
        start = forms[0].rpartition("/")[0] + "/"
        return {start + word: word in _STOCKED for word in sorted(_STOCKED | _UNSTOCKED)}
    pairs = [pair for pair in _YES_NO if any(form in side for form in forms for side in pair)]
    return {text: side == yes for yes, no in pairs for side in (yes, no) for text in sorted(side)}
