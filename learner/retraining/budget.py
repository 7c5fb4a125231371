"""How often a site may be healed without a person: a number of heals a day, and a pause that doubles with each failure.

Both are read from the store's events, so that they hold for all processes, and for heals that were killed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from learner.state.store import Store

HEALING: Final = "healing"
"""The event that a heal was begun."""
FAILURES: Final = ("not_healed", "error")
SUCCESSES: Final = ("promoted", "rolled_back")
DAY: Final = timedelta(days=1)
FIRST_PAUSE: Final = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Budget:
    """``heals``: at most so many of a site are begun in 24 hours, None for any number."""

    heals: int | None = None

    def refused(
        self, store: Store, site: str, template: str, now: datetime | None = None, *, whole: bool = False
    ) -> str:
        """Why no heal of the template may begin now; empty when one may. Drift of the ``whole`` page is not postponed
        for failures to heal single fields: the site was redesigned since."""
        now = now or datetime.now(UTC)
        if self.heals is not None:
            begun = store.events.newest(site, kind=HEALING, limit=self.heals)
            if len(begun) >= self.heals and (not begun or begun[-1].at > now - DAY):
                return f"{self.heals} heals were begun within a day, which is all that may be"
        failures = []
        for event in store.events.newest(site, template, limit=100):
            if event.kind in SUCCESSES:
                break
            if event.kind in FAILURES and (not whole or event.detail.get("whole", True)):
                failures.append(event.at)
        if len(failures) > 1:
            until = failures[0] + min(DAY, FIRST_PAUSE * 2 ** min(len(failures) - 2, 10))
            if now < until:
                return (
                    f"{len(failures)} heals failed one after another; the next may begin at {until:%Y-%m-%d %H:%M} UTC"
                )
        return ""
