"""Items that a callback held back for what they lack, or did not give: from learned code, or left to wait."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from crawler.callbacks.filling import values_of
from crawler.callbacks.shapes import Shape
from crawler.reading.live import Count, Live, Read
from crawler.reading.losses import Losses
from crawler.reading.remembered import Remembered
from crawler.responses import page_of
from crawler.standby.absence import Absence
from crawler.standby.comparison import Comparison
from crawler.standby.defaults import Defaults
from crawler.standby.links import Links
from crawler.standby.observation import Observation
from crawler.standby.omissions import Omissions
from crawler.standby.page import SettledPage
from crawler.standby.remains import Remains
from crawler.standby.renewal import Renewal
from crawler.standby.substitutes import Answer, Substitutes, absent, unfound
from crawler.standby.vitality import Vitality, is_strange, is_unread
from crawler.standby.waiting import Came, Waiting
from learner.drift.condition import condition

if TYPE_CHECKING:
    from crawler.standby.watching import Visit


class Items:
    """``enough``: pages after which what a callback gives is told; ``may_heal`` tells whether what failed may still be
    repaired in this crawl; ``asked`` names what the crawl was asked for."""

    def __init__(
        self,
        comparison: Comparison,
        observation: Observation,
        substitutes: Substitutes,
        losses: Losses,
        remembered: Remembered,
        absence: Absence,
        vitality: Vitality,
        waiting: Waiting,
        links: Links,
        count: Count,
        defaults: Defaults,
        remains: Remains,
        omissions: Omissions,
        renewal: Renewal,
        *,
        enough: int,
        may_heal: Callable[[], bool],
        asked: str,
    ) -> None:
        self._comparison = comparison
        self._observation = observation
        self._substitutes = substitutes
        self._losses = losses
        self._remembered = remembered
        self._absence = absence
        self._vitality = vitality
        self._waiting = waiting
        self._links = links
        self._count = count
        self._defaults = defaults
        self._remains = remains
        self._omissions = omissions
        self._renewal = renewal
        self._enough = enough
        self._may_heal = may_heal
        self._asked = asked

    def settle(self, page: SettledPage, template: str, shape: Shape, read: Read | None) -> None:
        visit = page.visit
        given = visit.items.get(template, [])
        known = not given and not visit.failed and self._omissions.none(template, visit.response)
        if given and read is not None and self._omissions.gives(template, visit.response, given):
            page.kept += [item for item in given if any(item is held for held in visit.held)]
            self._count(f"omitted/{template}", len(given))
            return  # the page had no item before, and what the spider finds there is next to nothing
        changed = read is not None and read.extraction.failed and not read.extraction.reason
        usual = shape.gives_always(self._enough) and not self._comparison.stopped(template, changed=changed)
        believed = usual and not given and self._rightly_none(visit, template)
        always = usual and not believed
        if len(given) > 1:
            shape.many = True
        if given:
            found = {name for item in given for name, value in values_of(item).items() if value is not False}
            shape.gone -= found
            shape.stale = {name: version for name, version in shape.stale.items() if name not in found}
            self._gave(template, given, visit.response.url, read, own=True)
            self._absence.gave(template)
        if read is None and not given and condition(page_of(visit.response), visit.response.url):
            return  # none of the template
        if given or not self._comparison.is_new(template):
            self._remains.observe(template, visit, given, read, shape.gone | self._comparison.dropped(template))
        if read is None:
            if visit.failed or visit.blank:
                return  # a page that nobody could read
            shape.count(given)
            if given:
                self._observation.learn(visit, page.match, template, shape, [values_of(item) for item in given])
            return
        if not (given or always or visit.failed or self._remembered.gave(template, visit.response)):
            if not believed:
                shape.count(given)
            if not known:
                self._omissions.doubt(template, visit.response)
                judge = partial(self._observation.judge, visit, page.match, template, read, [], False)
                self._absence.lacks(template, judge)
            return
        dropped = self._comparison.dropped(template)
        extraction, fields, url = read.extraction.without(dropped), read.live.always - dropped, visit.response.url
        healed, fact = "heal" in read.version.metrics, read.live.told().get(url)
        told_before = (fact.item if fact is not None else None) or {}
        # What a healed version says is not what was held against the spider's values of the design before.
        doubts = frozenset[str]()
        if not healed:
            doubts = self._comparison.doubted(template, extraction, told_before, page.match.holds)
        names = [name for name in extraction.item if given and all(unfound(item, [name], url) for item in given)]
        doubts |= self._renewal.stale(template, shape, read.version.number, extraction.item, told_before, names)
        answer = Answer(read.live.confirmed(extraction, url), read.version.number, visit.fetched_at, doubts)
        for item in given:
            shape.compare(values_of(item), visit.handed)
        alone = shape.own(read.live.fields) | shape.handed_over(read.live.fields)
        own = alone - dropped - shape.taken(visit.handed).keys()
        taken = {
            id(item): self._defaults.take(template, item, read, url)
            for item in given
            if any(item is held for held in visit.held)
        }
        some = shape.optional(read.live.fields, self._asked)
        some = {name: counts for name, counts in some.items() if name not in {*dropped, *shape.taken(visit.handed)}}
        due = fields | extraction.confidence.keys()
        handed = shape.taken(visit.handed).keys()
        rare = read.live.sometimes - shape.gone - dropped - handed
        self._vitality.observe(template, due, given, url, own, shape.share_of_zeros, some, rare)
        strange = bool(given) and is_strange(extraction, given, url)
        if not strange:
            self._vitality.witness.observe(template, read.live, extraction, url, rare, shape.seen(), healed=healed)
            self._vitality.doubtful(template, given, extraction, url)
        if (not extraction.failed and strange) or (read.beside and (strange or not given)):
            self._waiting.reads_beside(template, read.version.number, given, url)
        page.new += self._waiting.decided(template, visit.response)
        sure = self._vitality.sure(template, answer, given, url)
        lacking = {id(item): absent(item, fields | taken[id(item)], url) for item in given if id(item) in taken}
        unread = extraction.scant
        if given and (unread or strange):
            self._vitality.misses(template, own | some.keys(), given, url, told_before)
        doubted = {n for n, names in lacking.items() if unread or not self._vitality.believed(template, names, fields)}
        broken = bool(doubted) or (not given and always)
        # What only some pages have: whether the spider has lost it, or the page has none, the crawl as a whole tells.
        found = set() if strange else self._vitality.may_lack(template, rare & extraction.confidence.keys())
        ended = (
            set() if strange or broken else self._ended(template, read.live, rare - extraction.confidence.keys(), url)
        )
        lost = {id(item): names for item in given if id(item) in taken and (names := absent(item, found | ended, url))}
        if not (broken or lost) and not visit.failed:
            shape.count(given)
        rightly = self._rightly_absent(template, given, lacking, doubted, sure)
        unsure = {name for names in lost.values() for name in names} - sure.extraction.confidence.keys()
        told = [values_of(item) for item in given]
        self._observation.judge(visit, page.match, template, read, told, broken or bool(lost), rightly | unsure)
        self._losses.observe(read.live, template, extraction.abstained.keys() if broken else (), url)
        for number, names in lost.items():
            lacking[number] += names
            undecided = not self._vitality.decided(template, names)
            doubted |= {number} if undecided or not unsure.issuperset(names) else set()
        fails, broken = broken, broken or bool(doubted)
        filled = [item for item in given if id(item) in lacking]
        if not any(lacking[id(item)] or absent(item, handed, url) for item in filled):
            filled = []  # they go on as they are: what they lack is not on the page
        page.kept += filled
        missed = {name for number in doubted for name in lacking[number]} - sure.extraction.confidence.keys()
        # Of a page of the known design items wait until it is known whether the selectors work, else for a repair: what
        # learned code still finds on another design may be something else.
        doubtful = bool(filled) and self._omissions.is_doubtful(template, url)
        if doubtful or (broken and (self._may_heal() if extraction.failed and fails else missed)):
            held = self._waiting.hold(template, visit, extraction, answer)
            strange = strange or is_unread(extraction, given, url) or not given
            held.fails, held.strange = held.fails or fails, held.strange or strange
            held.ended |= ended
            held.visits.append(Came(visit.handed, [item for item in filled if doubtful or id(item) in doubted]))
            filled, broken = [item for item in filled if not doubtful and id(item) not in doubted], False
        if filled or broken:
            led = self._links.led(visit.response)
            items = self._substitutes.items(template, shape, sure, filled, url, visit.handed, led=led)
            if items:
                self._gave(template, items, url, read)
                self._vitality.doubt(template, items, extraction, url)
            else:
                self._waiting.went(template, url, [], read.extraction)
            page.new += items
        if given and visit.failed and shape.many and not doubtful:
            self._go_on(page, template, shape, answer, read, given)
        self._waiting.believed(template, url, rightly)

    def _go_on(
        self, page: SettledPage, template: str, shape: Shape, answer: Answer, read: Read, given: Sequence[Any]
    ) -> None:
        """Give the records of a page after those of which the callback gave items before it raised."""
        visit, url = page.visit, page.visit.response.url
        if read.extraction.failed and self._may_heal():
            held = self._waiting.hold(template, visit, read.extraction, answer)
            held.fails = True
            held.visits.append(Came(visit.handed, before=given))
            return
        sure = self._vitality.sure(template, answer, [], url)
        items = self._substitutes.items(template, shape, sure, [], url, visit.handed, before=given)
        if items:
            self._gave(template, [*given, *items], url, read)
        page.new += items

    def _gave(self, template: str, items: Sequence[Any], url: str, read: Read | None, *, own: bool = False) -> None:
        names = frozenset[str]() if read is None else read.live.fields
        lacking = frozenset[str]().union(*(absent(item, names, url) for item in items))
        self._waiting.gave(template, url, lacking, names - lacking)
        if read is not None:
            self._waiting.went(template, url, items, read.extraction, own=own)

    def _ended(self, template: str, live: Live, names: Collection[str], url: str) -> set[str]:
        """Which of the fields that only some pages have, and that nothing finds on a page, it had before, where the
        spider has found them nowhere in this crawl: the values may be there under another label."""
        if not self._may_heal() or not names:
            return set()
        fact = live.told().get(url)
        before = self._vitality.may_lack(template, (fact.item or {}).keys() & names if fact is not None else ())
        return {name for name in before if self._losses.gave(template, url, name)}

    def _rightly_none(self, visit: Visit, template: str) -> bool:
        """Whether a page without an item of the template is believed, for its request may ask for none: the spider gave
        whole items of other templates there, such items on other pages of the crawl, and the page is not known to have
        had one."""
        given = [item for items in visit.items.values() for item in items]
        whole = bool(given) and not visit.failed and not any(item is held for item in given for held in visit.held)
        return whole and self._absence.given(template) and not self._remembered.gave(template, visit.response)

    def _rightly_absent(
        self,
        template: str,
        given: Sequence[Any],
        lacking: Mapping[int, Sequence[str]],
        doubted: Collection[int],
        sure: Answer,
    ) -> set[str]:
        """The fields that no item of the page has, as far as the spider is believed: what learned code finds there in
        spite of that is none of their values."""
        believed = [set(names) for number, names in lacking.items() if number not in doubted]
        if doubted or len(believed) < len(given) or not believed:
            return set()
        names = set.intersection(*believed) - sure.extraction.confidence.keys()
        for name in names:
            self._count(f"believed/{template}/{name}")
        return names
