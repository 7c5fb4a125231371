"""What a retrain did: for each template an action, for people and as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from learner.state.records import RepairedItem
from learner.state.versions import RETIRED

LEARNED = "learned"
HEALED = "healed"
CAUGHT_UP = "caught_up"
NOT_LEARNED = "not_learned"
NOT_HEALED = "not_healed"
LEFT = "left_to_the_spider"
QUARANTINED = "quarantined"
POSTPONED = "postponed"
RETURNED = "returned"
TAKEN_BACK = "taken_back"
OUT_OF_TIME = "out_of_time"
ERROR = "error"
_DONE = (LEARNED, HEALED, CAUGHT_UP, RETURNED, TAKEN_BACK, RETIRED)


@dataclass(frozen=True, slots=True)
class TemplateReport:
    """What was done for one template.

    ``action``: learned, healed, caught_up (pages of an earlier heal extracted again), not_learned, not_healed,
    left_to_the_spider (not learned, and nobody waits for it), quarantined (a new version was not better), postponed
    (no heal may begin now), taken_back (the pages that had drifted are as they were before), returned (its design came
    back, and a retired version with it), retired (one of several live versions that no page fits any more),
    out_of_time or error.
    ``repaired`` of ``pages`` failed pages were extracted again; ``version`` is the number of the version that is new,
    or retired; ``beside`` those of the versions that stay live with it.
    """

    template: str
    action: str
    version: int | None = None
    reason: str = ""
    pages: int = 0
    repaired: int = 0
    seconds: float = 0.0
    detail: dict[str, Any] = field(default_factory=dict)
    beside: tuple[int, ...] = ()

    def __str__(self) -> str:
        words = [f"{self.template}: {self.action.replace('_', ' ')}"]
        if self.version is not None:
            beside = f" beside {' and '.join(map(str, self.beside))}" if self.beside else ""
            words.append(f"version {self.version}{beside}")
        if self.pages:
            words.append(f"{self.repaired} of {self.pages} failed pages repaired")
        if self.reason:
            words.append(self.reason)
        return ", ".join(words)


@dataclass(frozen=True, slots=True)
class RetrainReport:
    """What a run did. ``repaired`` are this run's items; ``Store.repairs.take`` delivers each of them once.

    ``why`` says of each template that is still ``drifting`` what its pages lack."""

    site: str
    templates: tuple[TemplateReport, ...] = ()
    repaired: tuple[RepairedItem, ...] = ()
    drifting: tuple[str, ...] = ()
    busy: bool = False
    seconds: float = 0.0
    why: Mapping[str, str] = field(default_factory=dict)

    @property
    def unexplained(self) -> list[str]:
        """Why templates still drift of which nothing in the report says that they were not healed, a line for each."""
        said = {report.template for report in self.templates if report.action not in _DONE}
        names = [name for name in self.drifting if name not in said]
        return [f"{self.site}/{name}: still drifts: {self.why.get(name, 'not healed')}" for name in names]

    @property
    def exit_code(self) -> int:
        """0 fine, 1 something failed, 3 drift found and not healed."""
        if any(report.action in (ERROR, NOT_LEARNED) for report in self.templates):
            return 1
        return 3 if self.drifting else 0

    @property
    def summary(self) -> str:
        """One line."""
        if self.busy:
            return f"{self.site}: another retrain is at work; nothing done"
        if not self.templates:
            return f"{self.site}: nothing to do"
        return f"{self.site}: " + "; ".join(map(str, self.templates)) + f" ({self.seconds:.1f} s)"

    def to_dict(self) -> dict[str, Any]:
        """For JSON; the repaired items only as a number."""
        return {
            "site": self.site,
            "exit_code": self.exit_code,
            "summary": self.summary,
            "busy": self.busy,
            "seconds": round(self.seconds, 2),
            "drifting": list(self.drifting),
            "why": dict(self.why),
            "repaired": len(self.repaired),
            "templates": [
                {
                    "template": report.template,
                    "action": report.action,
                    "version": report.version,
                    "beside": list(report.beside),
                    "reason": report.reason,
                    "pages": report.pages,
                    "repaired": report.repaired,
                    "seconds": round(report.seconds, 2),
                    "detail": report.detail,
                }
                for report in self.templates
            ],
        }
