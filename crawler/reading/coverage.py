"""How often the fields of a template came, and how far they were trusted: what a crawl tells its monitors."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(slots=True)
class _Count:
    pages: int = 0
    found: Counter[str] = field(default_factory=Counter)
    confidence: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))


class Coverage:
    """Pages answered by learned code, by template. A page that is repaired in the crawl counts as repaired."""

    def __init__(self) -> None:
        self._templates: dict[str, _Count] = {}

    def observe(self, template: str, fields: Iterable[str], confidence: Mapping[str, float]) -> None:
        """One page: ``confidence`` (0..1) of each of the ``fields`` that was vouched for."""
        count = self._templates.setdefault(template, _Count())
        count.pages += 1
        count.found.update(dict.fromkeys(fields, 0))
        self._add(count, confidence)

    def repaired(self, template: str, before: Iterable[str], confidence: Mapping[str, float]) -> None:
        """The same page again, which had the fields ``before`` when it was observed."""
        if template in self._templates:
            had = set(before)
            self._add(self._templates[template], {name: share for name, share in confidence.items() if name not in had})

    def statistics(self) -> dict[str, float]:
        """``coverage/TEMPLATE/FIELD``: share of the pages that have it; ``confidence/TEMPLATE/FIELD``: its mean."""
        figures: dict[str, float] = {}
        for template, count in self._templates.items():
            for name, found in count.found.items():
                figures[f"coverage/{template}/{name}"] = round(found / count.pages, 4)
                if found:
                    figures[f"confidence/{template}/{name}"] = round(count.confidence[name] / found, 4)
        return figures

    @staticmethod
    def _add(count: _Count, confidence: Mapping[str, float]) -> None:
        for name, share in confidence.items():
            count.found[name] += 1
            count.confidence[name] += share
