"""Noticing that a template changed: sequential tests with a stated false-alarm rate.

Every page of a template is a trial. A *field* fails on it when it is not vouched for; the *page* fails when at least
half of the fields that pages nearly always have fail (where there are such fields). A *value* fails when it is vouched
for and yet unlike all that were seen: of another form, or another field's (``learner.drift.consistency``), or, of a
field that tells pages apart, the same as on the page before. It is *news* where nearly all of a page were never seen,
of a field whose values come again; and *mixed* where it has another field's value in it, or is in it, and no example
has that (``learner.programs.doubts``). A field that only some pages have is *lost* on a page that gave it before and
should still give it (a crawl tells: ``lose``). Pages recognised as something else (empty, login, captcha...) are
counted by name and are no trials.

Each stream of trials is watched by three CUSUM tests of "fails as often as ever" (rate q0) against

    gone   q1 = q0 + 0.90 (1 - q0)      the rule finds nothing any more
    part   q1 = q0 + 0.35 (1 - q0)      it fails on some pages: a rollout, one variant of two
    few    q1 = q0 + 0.06 (1 - q0)      it fails on few: the beginning of a slow rollout

A trial x (1 = failed) adds the log-likelihood ratio, never below zero: S <- max(0, S + log P1(x) / P0(x)).
Drift is raised when S reaches h.

**False alarms.** Started at any page, the product of likelihood ratios is a supermartingale while the true rate is at
most q0, so it ever reaches e^h with probability at most e^-h (Ville). A CUSUM is the best of the tests started at
every page: the mean distance between its false alarms is at least e^h pages (Lorden), its rate at most e^-h a page.
With the rate ``alarms`` to spend, seven sixteenths of it go to the page, six to the K fields, one and a half to the V
kinds of values, a half to the N streams of news and mixed values, and one to the L fields that may be lost, each share
parted by the three tests: h = ln(6.9 / alarms) for the page, ln(8 K / alarms) for a field, ln(32 V / alarms) for
values, ln(96 N / alarms) for news and mixed ones, and ln(48 L / alarms) for what is lost. At the default of 1 in
10,000 pages that is 11.1 and, with 6 fields of which one may be lost (V = 12, N = 6), 13.1, 15.2, 15.6 and 13.1. The
bound is for all streams together whatever their dependence; measured rates are several times lower because S jumps
past h (tests/learner/test_drift.py measures them).

**What q0 is.** For a field, the upper 95% bound (Wilson) of the failure rate seen: in the examples, and on the
first ``LEARNED_PAGES`` pages, which count only once ``DELAY`` more have passed, so that a redesign does not
teach that it is normal. What is learned never rises above the examples' own bound, nor above 60% for a field
that they nearly always have, so that one that fails from the first page on is raised too. A field known from
three examples needs 19 pages at first, one known from fifty 5, one that is absent on 40% of the pages 18 to 20.
For the page it is a prior of 3% worth 30 pages, updated the same way, at least 2%: a redesign that breaks every
field is raised on the 4th page (the 3rd later on), and within 5 if one of them should escape. No single page
can raise drift: its weight is below h / 2.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Protocol

from learner.drift.consistency import Consistency, is_near, key_of
from learner.programs.doubts import NEARLY, Familiar, spread, texts_of
from learner.programs.examples import shares_of
from learner.programs.orders import Bonds

if TYPE_CHECKING:
    from learner.extractor import Extractor
    from learner.programs.examples import Example

ALARMS: Final = 1e-4  # false alarms a page, over all streams of a template
REMOVED: Final = (0.90, 0.35, 0.06)  # share of the pages that were fine and now fail: gone, part, few
DELAY: Final = 25  # pages
LEARNED_PAGES: Final = 400
USUAL: Final = 0.8  # presence from which on a field counts for the page
RARE: Final = 0.05  # presence below which a field is not watched: nobody would miss it in time
_Z: Final = 1.645
_FIELD_FLOOR: Final = 0.01
_PAGE_FLOOR: Final = 0.02
_PAGE_PRIOR: Final = (0.9, 30.0)  # failures, pages
_LOST_PRIOR: Final = (1.0, 2000.0)  # failures, pages
_LOST_FLOOR: Final = 0.0005
_ALWAYS: Final = 0.999  # presence from which on a field can't be absent without a failure
FORMS: Final = 40  # forms of a field from which on one more tells nothing
MET: Final = 400  # values met since the examples, from which on those of a field are not said to come again
_LATER: Final = ("new", "mixed")
_FORMAT: Final = 2


class Seen(Protocol):
    """What the detector looks at in an extraction."""

    @property
    def item(self) -> Mapping[str, Any]: ...
    @property
    def items(self) -> Sequence[Mapping[str, Any]]: ...
    @property
    def reason(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Drift:
    """Drift of a template. ``fields`` are those whose rules fail: all of them when ``whole`` is true.

    ``wrong`` are those of them whose rules find something, but not what they used to.
    ``pages``: how many pages back the change is estimated to lie; ``since``: when that page was fetched, if told.
    """

    whole: bool
    fields: tuple[str, ...]
    pages: int
    since: datetime | None
    statistic: float
    threshold: float
    wrong: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """For ``Store.drifts.record``."""
        return {
            "whole": self.whole,
            "fields": list(self.fields),
            "pages": self.pages,
            "since": None if self.since is None else self.since.isoformat(),
            "statistic": round(self.statistic, 3),
            "threshold": round(self.threshold, 3),
            "wrong": list(self.wrong),
        }

    def __str__(self) -> str:
        what = "the whole page" if self.whole else ", ".join(self.fields)
        if self.wrong:
            what += f" (values unlike those before: {', '.join(self.wrong)})"
        if self.statistic < self.threshold:
            return f"drift of {what}, as the pages of a crawl tell together"
        return f"drift of {what} over {self.pages} pages ({self.statistic:.1f} of {self.threshold:.1f})"


class DriftDetector:
    """Watches one template under the extractor versions that are live.

    ``fields`` maps each field to the share of pages that have it, as seen on ``examples`` pages. ``alarms`` is the
    highest rate of false alarms per page, over all fields together. ``consistency`` is what the values have in common,
    ``shares`` the share of a list's records that have a field.
    ``in_a_row`` counts by name the pages set aside since the last page of the template.
    """

    def __init__(
        self,
        fields: Mapping[str, float],
        *,
        examples: int = 1,
        is_list: bool = False,
        alarms: float = ALARMS,
        consistency: Consistency | None = None,
        shares: Mapping[str, float] | None = None,
    ) -> None:
        self.shares = dict(shares or {})
        self.fields = {name: min(1.0, max(0.0, presence)) for name, presence in sorted(fields.items())}
        self.examples = max(1, examples)
        self.is_list = is_list
        self.alarms = alarms
        self.pages = 0
        self.set_aside: Counter[str] = Counter()
        self.in_a_row: Counter[str] = Counter()
        self.consistency = consistency or Consistency()
        self.raised: Drift | None = None
        self._usual = frozenset(name for name, presence in self.fields.items() if presence >= USUAL)
        watched = {name: presence for name, presence in self.fields.items() if presence >= RARE}
        share = 8 * max(1, len(watched)) / alarms
        self._page = _Stream(math.log(6.9 / alarms), *_PAGE_PRIOR)
        self._streams = {
            name: _Stream(math.log(share), (1 - presence) * self.examples, self.examples, highest=_highest(presence))
            for name, presence in watched.items()
        }
        some = [name for name, presence in watched.items() if presence < _ALWAYS and not is_list]
        self._lost = {
            name: _Stream(math.log(48 * len(some) / alarms), *_LOST_PRIOR, lowest=_LOST_FLOOR) for name in some
        }
        self._forms = {name: _Forms(seen) for name, seen in self.consistency.forms.items() if name in self.fields}
        kinds = max(1, len(self._forms) + len(self.consistency.distinct))
        self._values = {
            ("form", name): _Stream(math.log(32 * kinds / alarms), forms.novel, forms.examples, highest=0.98)
            for name, forms in self._forms.items()
        }
        self._news = {n: _News(known) for n, known in self.consistency.doubts.familiar.items() if n in self.fields}
        mixing = sorted({name for pair in self.consistency.doubts.apart for name in pair} & self.fields.keys())
        unlike = [("new", name) for name in self._news] + [("mixed", name) for name in mixing]
        for kind, name in unlike:
            known = self.consistency.doubts.familiar[name] if kind == "new" else None
            failures, pages = (0.0, self.examples) if known is None else (float(known.strange), known.pages)
            level = math.log(96 * len(unlike) / alarms)
            self._values[kind, name] = _Stream(level, failures, pages, highest=0.98, rises=True)
        self._before: dict[str, str] = {}
        for name in sorted(self.consistency.distinct & self.fields.keys()):
            self._values["same", name] = _Stream(math.log(32 * kinds / alarms), 0.0, self.examples, highest=0.98)

    @classmethod
    def watching(cls, *extractors: Extractor, alarms: float = ALARMS) -> DriftDetector:
        """A fresh detector for an extractor, or for several of which each page is answered by one."""
        known: dict[str, list[tuple[float, int]]] = {}
        for extractor in extractors:
            whole = sum(example.is_whole(extractor.fields) for example in extractor.examples)
            for name, profile in extractor.fields.items():
                known.setdefault(name, []).append((profile.presence, max(1, whole)))
        examples = pooled(extractors)
        return cls(
            {n: sum(p * weight for p, weight in seen) / sum(weight for _, weight in seen) for n, seen in known.items()},
            examples=sum(example.is_whole(known) for example in examples),
            is_list=extractors[0].is_list,
            alarms=alarms,
            consistency=Consistency.of(examples, bonds_of(extractors)),
            shares=shares_of(examples),
        )

    def observe(self, extraction: Seen, *, reason: str = "", fetched_at: datetime | None = None) -> Drift | None:
        """Count one page; drift when this page is the one that proves it (or proves it for one more field).

        ``reason`` names why the page is none of the template's, where the extraction doesn't know.
        """
        set_aside = reason or extraction.reason
        if set_aside:
            self.set_aside[set_aside] += 1
            self.in_a_row[set_aside] += 1
            return None
        self.pages += 1
        self.in_a_row.clear()
        failed = {name for name in self.fields if not self._has(extraction, name)}
        broken = 2 * len(failed & self._usual) >= len(self._usual) > 0
        whole = self._page.observe(broken, fetched_at)
        gone = {name: stream for name, stream in self._streams.items() if stream.observe(name in failed, fetched_at)}
        for name, stream in self._lost.items():
            if name in extraction.item:
                stream.observe(False, fetched_at)
        wrong = self._observe_values(extraction, fetched_at)
        if whole:
            return self._raise_whole(self._page)
        return self._raise_fields(gone, wrong)

    def lose(self, name: str, *, fetched_at: datetime | None = None) -> Drift | None:
        """Count a page that no longer gives a field which it gave before, and should still give: besides ``observe``,
        and like it drift when this page proves it. Fields that every page has are no matter of this."""
        stream = self._lost.get(name)
        raised = stream is not None and stream.observe(True, fetched_at)
        return self._raise_fields({name: stream}, {}) if raised and stream is not None else None

    def conclude(self, *names: str) -> Drift | None:
        """Raise drift of fields, or of the whole page, that a crawl as a whole has proved. None if it is known."""
        if not names:
            return self._raise_whole(self._page)
        known = () if self.raised is None else self.raised.fields
        streams = {name: self._lost.get(name) or self._streams.get(name) for name in names if name not in known}
        return self._raise_fields({name: stream for name, stream in streams.items() if stream is not None}, {})

    def doubt(self, *names: str) -> Drift | None:
        """Raise drift of fields whose values a crawl has proved to be wrong. None if it is known."""
        known = frozenset() if self.raised is None else self.doubted
        wrong = {name: self._streams[name] for name in names if name in self._streams and name not in known}
        return self._raise_fields({}, wrong)

    def _raise_whole(self, stream: _Stream) -> Drift | None:
        if self.raised is not None and self.raised.whole:
            return None
        self.raised = stream.drift(True, tuple(self.fields), () if self.raised is None else self.raised.wrong)
        return self.raised

    def _raise_fields(self, gone: Mapping[str, _Stream], wrong: Mapping[str, _Stream]) -> Drift | None:
        if not (gone or wrong) or (self.raised is not None and self.raised.whole):
            return None
        known, before = ((), ()) if self.raised is None else (self.raised.fields, self.raised.wrong)
        if not gone.keys() - set(known) and not wrong.keys() - set(before):
            return None
        stream = next(iter((gone or wrong).values()))
        fields = tuple(dict.fromkeys((*known, *gone, *wrong)))
        self.raised = stream.drift(False, fields, tuple(dict.fromkeys((*before, *wrong))))
        return self.raised

    @property
    def doubted(self) -> frozenset[str]:
        """The fields whose values are not to be believed since drift was raised."""
        return frozenset() if self.raised is None else frozenset(self.raised.wrong)

    def _observe_values(self, extraction: Seen, fetched_at: datetime | None) -> dict[str, _Stream]:
        """Fields whose values prove, with this page, not to be what they were."""
        raised: dict[str, _Stream] = {}
        records = extraction.items if self.is_list else (extraction.item,)
        columns: dict[str, list[Any]] = {}
        for record in records:
            for name, value in record.items():
                columns.setdefault(name, []).append(value)
        mixed = self._mixed(records) if self.consistency.doubts.apart else set()
        for (kind, name), stream in self._values.items():
            if name not in columns:
                continue
            failed: bool | None
            if kind == "form":
                seen = [self.consistency.form(name, value) for value in columns[name]]
                failed = self._forms[name].observe(seen, learn=not stream.raised)
            elif kind == "new":
                failed = self._news[name].observe(texts_of(records, name), learn=stream.calm)
            elif kind == "mixed":
                failed = name in mixed
            else:
                key = " ".join(map(key_of, columns[name]))
                failed, self._before[name] = self._before.get(name) == key, key
            if failed is not None and stream.observe(failed, fetched_at):
                raised[name] = stream
        return raised

    def _mixed(self, records: Sequence[Mapping[str, Any]]) -> set[str]:
        """The fields that have another's value in them on this page, or are in another's."""
        doubts = self.consistency.doubts
        return {name for pair, mixed, _ in doubts.mixtures(spread(records)) for name in doubts.blamed(pair, mixed)}

    def _has(self, extraction: Seen, name: str) -> bool:
        if not self.is_list:
            return name in extraction.item
        having = sum(name in record for record in extraction.items)
        return having > 0 and having >= 0.5 * self.shares.get(name, self.fields[name]) * len(extraction.items)

    def _seen(self, kind: str, name: str) -> _Forms | _News | None:
        """What is remembered of a field's values."""
        return self._forms[name] if kind == "form" else self._news[name] if kind == "new" else None

    def to_dict(self) -> dict[str, Any]:
        """The state, for JSON."""
        return {
            "format": _FORMAT,
            "fields": self.fields,
            "shares": self.shares,
            "examples": self.examples,
            "is_list": self.is_list,
            "alarms": self.alarms,
            "pages": self.pages,
            "set_aside": dict(self.set_aside),
            "in_a_row": dict(self.in_a_row),
            "raised": None if self.raised is None else self.raised.to_dict(),
            "values": {
                f"{kind} {name}": [stream.to_dict(), seen.to_dict() if (seen := self._seen(kind, name)) else None]
                for (kind, name), stream in self._values.items()
            },
            "page": self._page.to_dict(),
            "streams": {name: stream.to_dict() for name, stream in self._streams.items()},
            "lost": {name: stream.to_dict() for name, stream in self._lost.items()},
        }

    @classmethod
    def from_dict(cls, state: Mapping[str, Any], consistency: Consistency | None = None) -> DriftDetector:
        """Go on where ``to_dict`` was called, with the same ``consistency``.

        Raises ValueError for a state that isn't one.
        """
        try:
            if state["format"] != _FORMAT:
                raise ValueError(f"drift state of format {state['format']}, not {_FORMAT}")
            detector = cls(
                state["fields"],
                examples=state["examples"],
                is_list=state["is_list"],
                alarms=state["alarms"],
                consistency=consistency,
                shares=state.get("shares"),
            )
            detector.pages = int(state["pages"])
            detector.set_aside.update(state["set_aside"])
            detector.in_a_row.update(state["in_a_row"])
            detector.raised = None if state["raised"] is None else _drift(state["raised"])
            detector._page.restore(state["page"])
            for name, stream in detector._streams.items():
                stream.restore(state["streams"][name])
            for name, stream in detector._lost.items():
                if name in state.get("lost", {}):  # what was saved before there was such a thing has none
                    stream.restore(state["lost"][name])
            for (kind, name), stream in detector._values.items():
                if kind in _LATER and f"{kind} {name}" not in state["values"]:
                    continue  # what was saved before there was such a thing has none
                own, forms = state["values"][f"{kind} {name}"]
                stream.restore(own)
                if (seen := detector._seen(kind, name)) is not None:
                    seen.restore(forms)
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"not the state of a drift detector: {error!r}") from error
        return detector


class _Stream:
    """Trials of one kind: their usual failure rate and the tests."""

    def __init__(
        self,
        threshold: float,
        failures: float,
        pages: float,
        *,
        highest: float | None = None,
        lowest: float = _PAGE_FLOOR,
        rises: bool = False,
    ) -> None:
        """``highest`` usual rate, and no higher than what is known says, unless it ``rises`` with what is learned."""
        self.threshold = threshold
        self.lowest = lowest
        self.failures = failures
        self.pages = pages
        self.highest = highest if highest is None or rises else min(highest, _upper_bound(failures, pages))
        self.learned = 0
        self.waiting = ""
        self.tests = tuple(_Test(removed) for removed in REMOVED)
        self.raised = False
        self._weigh()

    def observe(self, failed: bool, fetched_at: datetime | None) -> bool:
        """Whether this trial is the first to reach the threshold."""
        for test in self.tests:
            test.observe(failed, fetched_at)
        if self.learned < LEARNED_PAGES:
            self._learn(failed)
        if self.raised or not any(test.sum >= self.threshold for test in self.tests):
            return False
        self.raised = True
        return True

    @property
    def calm(self) -> bool:
        """Whether nothing speaks for a change that breaks all."""
        return self.tests[0].sum == 0.0

    def drift(self, whole: bool, fields: tuple[str, ...], wrong: tuple[str, ...] = ()) -> Drift:
        test = max(self.tests, key=lambda test: test.sum)
        # Wrong values were exported and are to be read again: as far back as any of the tests has doubts.
        first = max(self.tests, key=lambda test: test.pages) if wrong else test
        return Drift(whole, fields, first.pages, first.since, test.sum, self.threshold, wrong)

    def _learn(self, failed: bool) -> None:
        self.waiting += "1" if failed else "0"
        if len(self.waiting) <= DELAY or self.raised:
            return
        self.failures += self.waiting[0] == "1"
        self.pages += 1
        self.learned += 1
        self.waiting = self.waiting[1:]
        self._weigh()

    def _weigh(self) -> None:
        if self.highest is None:
            usual = max(self.lowest, self.failures / self.pages)
        else:
            usual = min(self.highest, max(_FIELD_FLOOR, _upper_bound(self.failures, self.pages)))
        for test in self.tests:
            test.weigh(usual)

    def to_dict(self) -> dict[str, Any]:
        return {
            "failures": self.failures,
            "pages": self.pages,
            "learned": self.learned,
            "waiting": self.waiting,
            "raised": self.raised,
            "tests": [[t.sum, t.pages, None if t.since is None else t.since.isoformat()] for t in self.tests],
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        self.failures, self.pages = float(state["failures"]), float(state["pages"])
        self.learned, self.waiting, self.raised = int(state["learned"]), str(state["waiting"]), bool(state["raised"])
        for test, (total, pages, since) in zip(self.tests, state["tests"], strict=True):
            test.sum, test.pages = float(total), int(pages)
            test.since = None if since is None else datetime.fromisoformat(since)
        self._weigh()


class _Forms:
    """The forms that a field's values had, in the examples and on pages long enough ago."""

    def __init__(self, seen: Sequence[str]) -> None:
        counts = Counter(seen)
        self.seen = set(counts)
        self.examples = float(len(seen))
        self.novel = float(sum(n == 1 and not is_near(form, self.seen - {form}) for form, n in counts.items()))
        self.learned = 0
        self.waiting: list[str] = []

    def observe(self, forms: Sequence[str], *, learn: bool) -> bool:
        """Whether most of a page's forms are new. They are remembered later, one of them for each page."""
        new = [form for form in forms if not is_near(form, self.seen)]
        if learn and self.learned < LEARNED_PAGES and len(self.seen) < FORMS:
            self.waiting.append(new[0] if new else "")
            if len(self.waiting) > DELAY:
                self.learned += 1
                self.seen.add(self.waiting.pop(0) or next(iter(self.seen)))
        return 2 * len(new) > len(forms) and len(self.seen) < FORMS

    def to_dict(self) -> dict[str, Any]:
        return {"seen": sorted(self.seen), "learned": self.learned, "waiting": self.waiting}

    def restore(self, state: Mapping[str, Any]) -> None:
        self.seen, self.learned = set(map(str, state["seen"])), int(state["learned"])
        self.waiting = list(map(str, state["waiting"]))


class _News:
    """The values of a field that come again: those of the examples, and those met since."""

    def __init__(self, known: Familiar) -> None:
        self.known = known.values
        self.met: dict[str, int] = {}
        self.pages = 0
        self.before: frozenset[str] = frozenset()

    def observe(self, values: Collection[str], *, learn: bool) -> bool | None:
        """Whether nearly all of a page's values are met for the first time. None where this page tells nothing: what is
        met again after other values has no weight until ``DELAY`` pages later. What the page before had, too, is a
        sequence in some order (all goods of one brand).

        While there are doubts (not ``learn``) nothing that was met becomes known.
        """
        self.pages += 1
        if not values or len(self.met) >= MET:
            return None
        new = [value for value in values if value not in self.known]
        first = [value for value in new if value not in self.met]
        again = self.before.issuperset(values)
        self.before = frozenset(values)
        for value in first:
            self.met[value] = self.pages
        if learn:
            old = {value for value in new if self.pages - self.met[value] > DELAY}
            self.known |= old
            new = [value for value in new if value not in old]
        if len(first) >= NEARLY * len(values):
            return True
        return None if new and len(new) >= NEARLY * len(values) and not again else False

    def to_dict(self) -> dict[str, Any]:
        return {"met": self.met, "pages": self.pages, "known": sorted(self.known & self.met.keys())}

    def restore(self, state: Mapping[str, Any]) -> None:
        self.met = {str(value): int(page) for value, page in state["met"].items()}
        self.pages = int(state["pages"])
        self.known |= frozenset(map(str, state["known"]))


class _Test:
    """One CUSUM; ``pages`` and ``since`` reach back to where the sum last left zero."""

    __slots__ = ("failed", "fine", "pages", "removed", "since", "sum")

    def __init__(self, removed: float) -> None:
        self.removed = removed
        self.sum = 0.0
        self.pages = 0
        self.since: datetime | None = None
        self.failed = self.fine = 0.0

    def weigh(self, usual: float) -> None:
        drifted = usual + self.removed * (1 - usual)
        self.failed = math.log(drifted / usual)
        self.fine = math.log((1 - drifted) / (1 - usual))

    def observe(self, failed: bool, fetched_at: datetime | None) -> None:
        if self.sum == 0.0 and failed:
            self.since = fetched_at
        self.sum += self.failed if failed else self.fine
        self.pages += 1
        if self.sum <= 0.0:
            self.sum, self.pages, self.since = 0.0, 0, None


def pooled(extractors: Sequence[Extractor]) -> list[Example]:
    """The examples of all of them, each once: a healed one keeps those of its parent."""
    return list({(one.url, one.html): one for extractor in extractors for one in extractor.examples}.values())


def bonds_of(extractors: Sequence[Extractor]) -> Bonds:
    """What the former examples of all of them showed of pairs of fields."""
    return Bonds.united(extractor.program.bonds for extractor in extractors)


def _upper_bound(failures: float, pages: float) -> float:
    """Wilson's upper 95% bound of a rate."""
    rate, square = failures / pages, _Z * _Z
    middle = rate + square / (2 * pages)
    spread = _Z * math.sqrt(rate * (1 - rate) / pages + square / (4 * pages * pages))
    return (middle + spread) / (1 + square / pages)


def _highest(presence: float) -> float:
    return 0.6 if presence >= USUAL else 0.98


def _drift(state: Mapping[str, Any]) -> Drift:
    since = state["since"]
    return Drift(
        bool(state["whole"]),
        tuple(state["fields"]),
        int(state["pages"]),
        None if since is None else datetime.fromisoformat(since),
        float(state["statistic"]),
        float(state["threshold"]),
        tuple(state["wrong"]),
    )
