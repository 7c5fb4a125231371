"""Templates that no version answers: who answers in its place, and what is missing until one can be learned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from learner.retraining.fields import Wanted
from learner.state.reports import NOT_LEARNED
from learner.state.store import Store


@dataclass(frozen=True, slots=True)
class Unlearned:
    """``answers``: who does it; ``lacks``: why nothing is learned, or empty; ``next``: what to do."""

    answers: str
    lacks: str
    next: str

    def __str__(self) -> str:
        return "; ".join(filter(None, (f"{self.answers} answers", self.lacks))) + f". Next: {self.next}"


def unlearned(store: Store, site: str, wanted: Mapping[str, Wanted]) -> dict[str, Unlearned]:
    """By template; ``wanted`` are those of a spider that is only watched. Raises StateError."""
    return {
        template: _unlearned(store, site, template, wanted.get(template))
        for template in store.templates(site)
        if not store.versions.all_live(site, template)
    }


def _unlearned(store: Store, site: str, template: str, wanted: Wanted | None) -> Unlearned:
    answers = "the teacher" if wanted is None else "the spider's own code"
    pages = store.examples.addresses(site, template)
    if wanted is not None and pages < wanted.examples:
        return Unlearned(
            answers,
            f"of different pages {pages} {'is' if pages == 1 else 'are'} known, {wanted.examples} are needed",
            f"scrapy crawl {site}, until there are more, or a lower EVERGREEN_EXAMPLES",
        )
    if not pages:
        return Unlearned(answers, "no values of its pages are known", f"scrapy crawl {site}")
    for event in store.events.newest(site, template, NOT_LEARNED, limit=1):
        if event.detail.get("examples") == store.examples.newest(site, template):
            shown = f"scrapy learn {site} --examples FILE.jsonl"
            return Unlearned(answers, f"it could not be learned: {event.detail.get('reason')}", shown)
    return Unlearned(answers, "", f"scrapy retrain {site}")
