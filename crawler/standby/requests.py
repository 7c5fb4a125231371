"""Requests that a callback held back for what they lack, and links that it lost: filled in and followed, or left to
wait."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from scrapy import Request, Spider
from scrapy.http import Response

from crawler.callbacks.callbacks import Recipe, carried
from crawler.callbacks.filling import missing
from crawler.callbacks.shapes import LINK, Kind, Origin, Shape, handed_template, links_template
from crawler.reading.live import Read
from crawler.reading.losses import Losses
from crawler.reading.remembered import Remembered
from crawler.responses import body_asked
from crawler.standby.absence import Absence
from crawler.standby.comparison import Comparison
from crawler.standby.links import Links, Source, with_only_link
from crawler.standby.observation import Observation
from crawler.standby.page import SettledPage
from crawler.standby.substitutes import absent
from crawler.standby.vitality import Vitality, is_strange
from crawler.standby.waiting import Held, Waiting
from learner.extractor import DOUBTFUL, Extraction
from learner.state.records import Item

if TYPE_CHECKING:
    from crawler.standby.watching import Visit


class Requests:
    """``unlearned``: templates of links that pages have lost and nothing is learned of.

    ``shapes``: what is known of the spider's templates; ``enough`` and ``may_heal`` as for items;
    ``learned``: the fields of a template that learned code answers."""

    def __init__(
        self,
        spider: Spider,
        shapes: Mapping[str, Shape],
        remembered: Remembered,
        comparison: Comparison,
        observation: Observation,
        losses: Losses,
        absence: Absence,
        links: Links,
        waiting: Waiting,
        vitality: Vitality,
        *,
        enough: int,
        may_heal: Callable[[], bool],
        learned: Callable[[str], Collection[str]],
    ) -> None:
        self._spider = spider
        self._shapes = shapes
        self._remembered = remembered
        self._comparison = comparison
        self._observation = observation
        self._losses = losses
        self._absence = absence
        self._links = links
        self._waiting = waiting
        self._enough = enough
        self._may_heal = may_heal
        self._fields = learned
        self._vitality = vitality
        self._always = {
            (shape.callback, target): recipe.always()
            for shape in shapes.values()
            for target, recipe in shape.recipes.items()
            if recipe.keys.seen >= enough
        }
        self._alive: set[tuple[str, str]] = set()
        self._unknown: Counter[tuple[str, str]] = Counter()
        self._unsure: dict[tuple[str, str], dict[tuple[str, str], None]] = {}
        self._visited: set[str] = set()
        self._moved: set[str] = set()
        self.unlearned: set[str] = set()
        self._strange: dict[tuple[str, str], list[tuple[Source, Response]]] = {}

    def unknown(self) -> dict[str, int]:
        """By kind the pages without links that such pages always had, and no page of the crawl has, of which nobody
        knows where they led: nothing is learned of them, and the pages are not known."""
        return {
            f"{links_template(callback)}/{target}": pages
            for (callback, target), pages in sorted(self._unknown.items())
            if pages and (callback, target) not in self._alive and not self._learned(callback, target)
        }

    def unsure(self) -> dict[str, int]:
        """By kind the pages with links that learned code finds and does not vouch for, where nobody knows them: they
        are not followed. None of kinds that the spider itself finds in this crawl, or that a repair has told."""
        told = {
            f"{links_template(callback)}/{target}": sum(not self._waiting.given(*page) for page in pages)
            for (callback, target), pages in sorted(self._unsure.items())
            if (callback, target) not in self._alive
        }
        return {kind: pages for kind, pages in told.items() if pages}

    def unlearned_links(self) -> dict[str, list[str]]:
        """By template the links that nearly all of its pages have, and that are not learned though others are."""
        told = {}
        for template, shape in self._shapes.items():
            live = self._fields(template) if shape.kind is Kind.LINKS else ()
            if live:
                told[template] = [
                    n for n in shape.learnable.difference(live) if 2 * shape.recipes[n].seen >= shape.pages
                ]
        return {template: names for template, names in told.items() if names}

    def by_memory(self) -> list[Request]:
        """Requests for lost links of pages whose addresses nobody knows: for those of known pages that did not come, if
        others have moved. Where none has, the crawl may have been sent to other pages than before."""
        strange, self._strange = self._strange, {}
        return [
            request
            for (callback, target), pages in strange.items()
            if links_template(callback) in self._moved
            for request in self._links.elsewhere(pages[0][0], target, pages[0][1], self._visited, len(pages))
        ]

    def settle(self, page: SettledPage, template: str, shape: Shape, read: Read | None) -> None:
        visit, extraction = page.visit, None if read is None else read.extraction
        self._visited.update(self._remembered.addresses(visit.response))
        if self._remembered.address(template, visit.response) != visit.response.url:
            self._moved.add(template)
        lost = [target for target in shape.recipes if self._is_lost(visit, shape, target, extraction)]
        if read is not None:
            # A link is followed once: of those that values are handed over with these are waited for.
            bare = [target for target in shape.recipes if not self._hands_over(visit.callback, target)]
            usual = [target for target in bare if self._is_usual(visit, shape, target, extraction)]
            self._waiting.lacks(template, visit.response.url, usual)
        shown: dict[str, Any] = {}
        for target, requests in visit.links.items():
            self._alive.add((visit.callback, target))
            shape.gone.discard(target)
            self._absence.gave(template)
            links = list(dict.fromkeys(filter(None, map(page.link, requests))))
            if links:
                shown[target] = links if len(links) > 1 else links[0]
        if not lost and not visit.failed:
            shape.count(visit.links)
            if asked := body_asked(visit.response):
                shape.remember(asked, shown)
            for target, requests in visit.links.items():
                recipe = shape.recipes.setdefault(target, Recipe.of(requests[0], self._spider))
                recipe.seen += 1
                always = self.always(visit.callback, target)
                for request in requests:
                    given = carried(request)[0]
                    whole = not any(missing(given.get(path)) for path in always)
                    recipe.observe(request, self._spider, whole=whole)
                shape.observe(target, "", Origin.PAGE if target in shown else Origin.ELSEWHERE)
        if read is None:
            if shown and not lost and not visit.failed:
                self._observation.learn_links(visit, template, shown)
            if lost:
                self.unlearned.add(template)
        elif self._is_of(page, template, read, visit.links or lost):
            # Of links that learned code finds in part the page is known to have more.
            missed = [target for target in lost if self._missed(page, target, page.links(target))]
            read = replace(read, extraction=read.extraction.without(missed))
            self._observation.judge(visit, page.match, template, read, [shown], bool(lost))
            absent = set(lost) & read.extraction.abstained.keys()
            self._losses.observe(read.live, template, absent, self._remembered.address(template, visit.response))
        for target in lost:
            if self._hands_over(visit.callback, target):
                continue  # what is handed over with them settles it
            if extraction is not None and not page.links(target):
                if self._may_heal():
                    self._waiting.hold(template, visit, extraction).lost.add(target)
                self._doubt(page, template, target, extraction.abstained.get(target), page.likely(target))
            self._follow_lost(page, target)
        for target in visit.links if visit.failed else ():
            if not self._hands_over(visit.callback, target):
                self._go_on(page, target)

    def settle_handed(self, page: SettledPage, template: str, shape: Shape, read: Read | None) -> None:
        visit, extraction = page.visit, None if read is None else read.extraction
        links = self._shapes.get(links_template(visit.callback))
        requests = visit.links.get(shape.target, [])
        records = []
        for request in requests:
            self._absence.gave(template)
            link = page.link(request)
            values = {path: value for path, value in carried(request)[0].items() if not missing(value)}
            if link is not None:
                records.append({LINK: link, **values})
        # Where these links lead may stand nowhere on the page: then nothing is learned of what they hand over.
        own = self.always(visit.callback, shape.target) - (frozenset() if read is None else read.live.fields)
        own -= shape.addressed
        given, url = [carried(one)[0] for one in requests], visit.response.url
        # That of all pages none has what only some have tells that it is lost, as it does of items.
        rare = frozenset[str]() if read is None else read.live.sometimes - {LINK} - shape.gone
        found = rare.intersection(*(() if extraction is None else (extraction.confidence,)))
        self._vitality.observe(template, found, given, url, own, some=rare)
        if read is not None and extraction is not None and requests:
            self._vitality.witness.observe(template, read.live, extraction, url, rare, shape.seen())
            self._vitality.doubtful(template, given, extraction, url)
        page.new += self._waiting.decided(template, visit.response)
        held = [request for request in requests if any(request is one for one in visit.held)]
        always = frozenset[str]() if read is None else read.live.always - {LINK}
        lacking = [one for one in held if any(missing(carried(one)[0].get(path)) for path in always)]
        found = frozenset(self._vitality.may_lack(template, found))
        unsure = [one for one in held if absent(carried(one)[0], found, url)]
        hands_over = self._hands_over(visit.callback, shape.target)
        lost = hands_over and links is not None and self._is_lost(visit, links, shape.target, extraction)
        if not lost and not lacking and not visit.failed:
            shape.count(requests)
        if len(requests) > 1:
            shape.many = True
        if read is None or extraction is None:
            if records and not visit.failed:
                self._observation.learn(visit, page.match, template, shape, records)
            if lost:
                self.unlearned.add(template)
                self._follow_lost(page, shape.target)
            if requests and visit.failed and hands_over:
                self._go_on(page, shape.target)
            return
        broken = lost or bool(lacking)
        if not self._is_of(page, template, read, requests or broken):
            return
        undecided = found - self._vitality.believed_of_some(template, found)
        withheld = undecided if unsure else frozenset[str]()
        self._observation.judge(visit, page.match, template, read, records, broken or bool(unsure), withheld)
        # What a list of so few records may lack is not absent.
        gone = extraction.abstained.keys() - (read.live.expected - extraction.expected) if broken else ()
        self._losses.observe(read.live, template, gone, self._remembered.address(template, visit.response))
        if broken:
            if lacking and not lost and not is_strange(extraction, [carried(one)[0] for one in lacking], url):
                there = rare - self._vitality.may_lack(template, rare)
                doubts = self._comparison.doubted(template, extraction, {})
                read = replace(read, extraction=extraction.without(there | doubts))
            self._hand_over(page, template, shape.target, read, lacking, lost)
        elif unsure:
            self._fill_in(page, template, shape.target, read, unsure, found)
        if requests and visit.failed:
            self._go_on(page, shape.target, self._said(page, shape.target, read))

    def always(self, callback: str, target: str) -> frozenset[str]:
        """What links of this kind have nearly always handed over in items, in crawls before, by path."""
        return self._always.get((callback, target), frozenset())

    def _hand_over(
        self, page: SettledPage, template: str, target: str, read: Read, lacking: Sequence[Request], lost: bool
    ) -> None:
        """Put what requests lack into them, and follow those that are lost, or let them wait for a repair."""
        visit, extraction = page.visit, read.extraction
        requests = visit.links.get(target, [])
        said = self._said(page, target, read)
        told = _with_links(said)
        records = said if told or not extraction.likely else _likely(extraction)
        if lost and not told and not page.links(target):
            self._doubt(page, template, target, extraction.abstained.get(LINK), _with_links(records))
        expected, linked = read.live.always - {LINK}, [(page.link(request), request) for request in lacking]
        page.kept += lacking
        if extraction.failed and self._may_heal():
            held = self._waiting.hold(template, visit, extraction)
            held.requests += linked
            held.expected = expected
            held.lost |= {target} if lost else set()
            held.records, held.links, held.source = records, page.links(target), self._source(page.visit)
            held.single, held.several = not read.live.is_list, len(requests) > 1
            page.new += self._by_former_addresses(page, target) if lost else []
            return
        if extraction.failed:
            page.new += self._by_former_addresses(page, target) if lost else []
            page.new += self._links.unrepaired(target, expected, said, linked, visit.response)
        else:
            page.new += self._links.handed_over(said, linked, requests, visit.response)
        if lost:
            self._follow_lost(page, target, records)

    @staticmethod
    def _said(page: SettledPage, target: str, read: Read) -> Sequence[Item]:
        """What learned code says is handed over with links of this kind: of a page of one record with its only link."""
        requests = page.visit.links.get(target, [])
        if read.live.is_list or len(requests) > 1:
            return read.extraction.records
        return with_only_link(read.extraction.records, page.links(target), [page.link(one) for one in requests])

    def _fill_in(
        self,
        page: SettledPage,
        template: str,
        target: str,
        read: Read,
        unsure: Sequence[Request],
        found: frozenset[str],
    ) -> None:
        """Put what only some pages have into requests that lack it, or let them wait until it is known whether the
        spider has lost it."""
        page.kept += unsure
        held = Held(page.visit.response.url, requests=[(page.link(one), one) for one in unsure], undecided=found)
        held.records = self._said(page, target, read)
        page.new += self._waiting.undecided(template, held, page.visit.response)

    def _follow_lost(self, page: SettledPage, target: str, records: Sequence[Item] = ()) -> None:
        """Follow the lost links of one kind: the ``records`` of what is handed over with them, or what else learned
        code says of them, or those that the page had when it was last read."""
        callback, response, links = page.visit.callback, page.visit.response, page.links(target)
        if not links and not _with_links(records):
            source = self._source(page.visit)
            likely = [] if self._hands_over(callback, target) else page.likely(target)
            page.new += self._links.follow(callback, target, likely, response)
            page.new += self._links.known(source, target, response, records)
            if likely:
                return
            if not source.asked and not self._links.known_of(source, target):
                self._strange.setdefault((callback, target), []).append((source, response))
            if self._shapes[links_template(callback)].follows_always(target, self._enough):
                self._unknown[callback, target] += not self._links.known_of(source, target)
            return
        missed = self._missed(page, target, [*records, *links])
        for found in (records, links):
            page.new += self._links.follow(callback, target, found, response)
        page.new += self._links.recall(self._source(page.visit), target, missed, response)

    def _go_on(self, page: SettledPage, target: str, records: Sequence[Item] = ()) -> None:
        """Follow the links of one kind after those that the callback gave before it raised: of the ``records`` of what
        is handed over with them, of what else learned code says of them, or those known of the page that it still
        shows."""
        callback, response = page.visit.callback, page.visit.response
        given = {link for request in page.visit.links[target] if (link := page.link(request))}
        links = page.links(target)
        read = [self._links.after(found, given, response) for found in (records, links)]
        if not (_with_links(records) or links):
            known = self._links.known_of(self._source(page.visit), target)
            read = [[{LINK: link} for link in known if page.match.link(link) is not None and link not in given]]
        for found in read:
            page.new += self._links.follow(callback, target, found, response)

    def _doubt(self, page: SettledPage, template: str, target: str, why: str | None, likely: Sequence[Item]) -> None:
        """Take note of a page on which learned code finds links that it does not vouch for, and that nobody knows."""
        if why == DOUBTFUL and not likely and not self._links.known_of(self._source(page.visit), target):
            self._unsure.setdefault((page.visit.callback, target), {})[template, page.visit.response.url] = None

    def _by_former_addresses(self, page: SettledPage, target: str) -> list[Request]:
        """Requests for the links that the page had and shows no more, as far as it is known what they hand over: those
        that have moved tell by redirects which of its links are theirs."""
        known = self._links.known_of(self._source(page.visit), target)
        gone = [{LINK: link} for link in known if page.match.link(link) is None]
        return self._links.follow(page.visit.callback, target, gone, page.visit.response, "known_links", whole=True)

    def _missed(self, page: SettledPage, target: str, found: Sequence[Item]) -> list[str]:
        """The links known of the page that it still shows, of kinds of which learned code has ``found`` none."""
        given = {page.visit.response.urljoin(str(record[LINK])) for record in found if record.get(LINK)}
        kinds = page.kinds(self._links.known_of(self._source(page.visit), target)) if given else []
        return [link for kind in kinds if kind.isdisjoint(given) for link in sorted(kind)]

    def _source(self, visit: Visit) -> Source:
        response = visit.response
        return Source(visit.callback, self._remembered.addresses(response), visit.fetched_at, body_asked(response))

    def _is_of(self, page: SettledPage, template: str, read: Read, given: Any) -> bool:
        """Whether the page is one of those that have something of the template, for the callback gave it or should
        have: what some pages have only, the others lack rightly, unless all of the crawl do."""
        visit = page.visit
        if given or visit.failed or self._remembered.gave(template, visit.response):
            return True
        judge = partial(self._observation.judge, visit, page.match, template, read, [], False)
        self._absence.lacks(template, judge)
        return False

    def _learned(self, callback: str, target: str) -> bool:
        """Whether learned code reads links of this kind."""
        return target in self._fields(links_template(callback)) or bool(self._fields(handed_template(callback, target)))

    def _hands_over(self, callback: str, target: str) -> bool:
        """Whether values of the callback's pages are handed over with links of this kind."""
        shape = self._shapes.get(handed_template(callback, target))
        return shape is not None and bool(shape.fields - {LINK})

    def _is_lost(self, visit: Visit, shape: Shape, target: str, extraction: Extraction | None) -> bool:
        """Whether the page should have had links of this kind, and the spider found none.

        Where it found some on other pages of this crawl, it is believed, unless this page gave nothing at all, or it
        raised there.
        """
        if not self._is_missing(visit, shape, target, extraction):
            return False
        if shape.follows_always(target, self._enough):
            return True
        if self._links.known_of(self._source(visit), target):
            return True
        seen = extraction is not None and _reads(extraction, target)
        return seen and self._is_usual(visit, shape, target, extraction)

    def _is_missing(self, visit: Visit, shape: Shape, target: str, extraction: Extraction | None) -> bool:
        """Whether the spider found no links of this kind on the page, and is not believed."""
        recipe = shape.recipes.get(target)
        if recipe is None or not recipe.seen or target in visit.links or target in shape.gone:
            return False
        read = extraction is None or _reads(extraction, target)
        changed = extraction is not None and (extraction.failed or self._lacks_known(visit, shape, extraction))
        if self._comparison.stopped(links_template(visit.callback), target, changed=changed, read=read):
            return False
        whole = not visit.failed and bool(visit.links or visit.items)
        return (visit.callback, target) not in self._alive or not whole

    def _lacks_known(self, visit: Visit, shape: Shape, extraction: Extraction) -> bool:
        """Whether the page had links of a kind before, and learned code reads none of these any more."""
        known, source = {*shape.recipes} - {*visit.links}, self._source(visit)
        return any(not _reads(extraction, target) and self._links.known_of(source, target) for target in known)

    def _is_usual(self, visit: Visit, shape: Shape, target: str, extraction: Extraction | None) -> bool:
        """Whether links of this kind that are read on the page, and that most pages have, are lost: the spider found
        none in all of the crawl, or raised on the page."""
        alive = (visit.callback, target) in self._alive and not visit.failed
        usual = target in shape.recipes and 2 * shape.recipes[target].seen >= shape.pages
        return usual and not alive and self._is_missing(visit, shape, target, extraction)


def _reads(extraction: Extraction, target: str) -> bool:
    """Whether learned code reads links of this kind, or what is handed over with them."""
    return not extraction.item.keys().isdisjoint((target, LINK)) or bool(extraction.items)


def _likely(extraction: Extraction) -> Sequence[Item]:
    """The records with links that are not vouched for."""
    return extraction.likely if extraction.items else [{**extraction.item, **one} for one in extraction.likely]


def _with_links(records: Sequence[Item]) -> list[Item]:
    """The records that have a link."""
    return [record for record in records if record.get(LINK)]
