"""Monitors of spidermon over what a crawl counted: coverage, confidence, drift, how much came, heals that nobody
has looked at.

    EXTENSIONS = {"spidermon.contrib.scrapy.extensions.Spidermon": 500}
    SPIDERMON_ENABLED = True
    SPIDERMON_ENGINE_STOP_MONITORS = ("crawler.monitors.EvergreenMonitorSuite",)

They run when the engine has stopped: only then is everything counted. What was never counted is not judged: a spider
that nothing is learned for passes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Final

from spidermon import Monitor, MonitorSuite, monitors

PREFIX: Final = "evergreen/"


class _CrawlMonitor(Monitor):  # type: ignore[misc]  # spidermon has no types
    """What the monitors read: the statistics of Evergreen, and their limits in the settings."""

    def figure(self, name: str) -> Any:
        return self.data.stats.get(PREFIX + name)

    def by_field(self, name: str) -> Iterator[tuple[str, float]]:
        """TEMPLATE/FIELD with the figure of this name."""
        start = f"{PREFIX}{name}/"
        for key, value in sorted(self.data.stats.items()):
            if key.startswith(start):
                yield key.removeprefix(start), value

    def limit(self, setting: str, default: float) -> float:
        return float(self.data.crawler.settings.getfloat(setting, default))

    def judge(self, said: list[str], setting: str, limit: float) -> None:
        """Fail with what is to be said, if there is anything."""
        if said:
            self.fail(f"{'; '.join(said)} (limit: {setting}={limit:g})")


@monitors.name("Field coverage")
class CoverageMonitor(_CrawlMonitor):
    """Fields that pages of their template always have are there."""

    def test_coverage(self) -> None:
        least = self.limit("EVERGREEN_MONITOR_COVERAGE", 0.9)
        coverage = dict(self.by_field("coverage"))
        # Only of a field that is expected on every page is it counted that it was missing on one.
        expected = {name: coverage.get(name, 0.0) for name, _ in self.by_field("not_vouched_for")}
        low = [f"{name} on {share:.1%} of the pages" for name, share in expected.items() if share < least]
        self.judge(low, "EVERGREEN_MONITOR_COVERAGE", least)


@monitors.name("Confidence")
class ConfidenceMonitor(_CrawlMonitor):
    """Values are as trusted as they should be."""

    def test_confidence(self) -> None:
        least = self.limit("EVERGREEN_MONITOR_CONFIDENCE", 0.75)
        low = [f"{name} with {mean:.2f} on average" for name, mean in self.by_field("confidence") if mean < least]
        self.judge(low, "EVERGREEN_MONITOR_CONFIDENCE", least)


@monitors.name("Drift")
class DriftMonitor(_CrawlMonitor):
    """No template drifts unhealed."""

    def test_drift(self) -> None:
        pending, most = self.figure("drift_pending") or 0, self.limit("EVERGREEN_MONITOR_DRIFT", 0)
        hours = self.figure("hours_drifting") or 0.0
        said = [f"{pending} template(s) drifting, the first for {hours:g} hours"] if pending > most else []
        self.judge(said, "EVERGREEN_MONITOR_DRIFT", most)


@monitors.name("Items and pages")
class VolumeMonitor(_CrawlMonitor):
    """There are about as many items and pages as usual."""

    def test_volume(self) -> None:
        least = self.limit("EVERGREEN_LEAST_SHARE", 0.5)
        told = [*self.by_field("fewer"), *self.by_field("more")]
        odd = [f"{what}: {share:.1%} of the usual number" for what, share in told]
        self.judge(odd, "EVERGREEN_LEAST_SHARE", least)


@monitors.name("Time since the last heal")
class HealMonitor(_CrawlMonitor):
    """What was healed a short time ago wants a look."""

    def test_heal(self) -> None:
        hours, least = self.figure("hours_since_heal"), self.limit("EVERGREEN_MONITOR_HEAL_HOURS", 1)
        fresh = hours is not None and hours < least
        said = [f"healed {hours:g} hours ago, look at scrapy report {self.data.spider.name}"] if fresh else []
        self.judge(said, "EVERGREEN_MONITOR_HEAL_HOURS", least)


class EvergreenMonitorSuite(MonitorSuite):  # type: ignore[misc]  # spidermon has no types
    """All of them, for SPIDERMON_ENGINE_STOP_MONITORS."""

    monitors: ClassVar[list[type[Monitor]]] = [
        CoverageMonitor,
        ConfidenceMonitor,
        DriftMonitor,
        VolumeMonitor,
        HealMonitor,
    ]
