"""What a crawl has to say of its spider's own code: each sentence once, statistics brought up to their totals."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Collection, Mapping

from crawler.reading.live import Count, LiveSite

logger = logging.getLogger(__name__)


class Account:
    """Of one crawl of a site."""

    def __init__(self, site: LiveSite, count: Count) -> None:
        self._site = site
        self._count = count
        self._said: set[str] = set()
        self._totals: Counter[str] = Counter()
        self._lost_links: set[str] = set()

    def say(self, sentence: str) -> None:
        """Warn of something, once."""
        if sentence not in self._said:
            self._said.add(sentence)
            logger.warning("%s: %s", self._site.site, sentence)

    def total(self, name: str, total: int) -> None:
        """Bring a statistic up to the total, however often it is told."""
        self._count(name, total - self._totals[name])
        self._totals[name] = total

    def dead(self, found_nothing: Mapping[str, Mapping[str, int]]) -> None:
        """By template the fields that the spider's selectors found nowhere, with the number of pages: what of that is
        lost, for nothing is learned of it, and what learned code stands in for."""
        for template, pages in found_nothing.items():
            live = self._site.get(template)
            known = pages.keys() & (live.fields if live is not None else set())
            if known:
                self.say(
                    f"{template}: the spider's own code found no {', '.join(sorted(known))} on any page of this crawl: "
                    "items have of it only what learned code vouches for. Mend the selectors."
                )
            for name in sorted(pages.keys() - known):
                self.total(f"lost/{template}/{name}", pages[name])
                self.say(
                    f"{template}: the spider's own code found no {name} on any page of this crawl, and nothing is "
                    "learned of it: items lack it. Mend the selectors."
                )

    def missed(self, lacking: Mapping[str, Mapping[str, int]]) -> None:
        """By template the fields that items lack on pages which the spider could not read, with the number of pages,
        though it found them on others: ``dead`` tells of the rest."""
        for template, pages in lacking.items():
            for name, count in pages.items():
                if count > self._totals[f"lost/{template}/{name}"]:
                    self.total(f"lost/{template}/{name}", count)
                    self.say(
                        f"{template}: on pages that the spider's own code can't read it finds no {name}, and nothing "
                        "is learned of it: items lack it. Mend the selectors."
                    )

    def doubted(self, lacking: Mapping[str, Mapping[str, int]]) -> None:
        """By template the fields that the spider's selectors found nowhere, with the number of items without the value
        that learned code finds: it is not sure enough of them."""
        for template, items in lacking.items():
            for name, count in items.items():
                self.total(f"doubted/{template}/{name}", count)
                self.say(
                    f"{template}: the spider's own code found no {name} on any page of this crawl, and learned code "
                    f"is not sure of what it finds there: {count} item(s) lack it. Mend the selectors."
                )

    def ended(self, pages: Mapping[str, Mapping[str, int]]) -> None:
        """By template the fields that only some pages have, and that the spider finds on none of so many any more;
        nothing is learned of them."""
        for template, fields in pages.items():
            live = self._site.get(template)
            for name, count in fields.items():
                if live is None or name not in live.fields:
                    self.total(f"ended/{template}/{name}", count)
                    self.say(
                        f"{template}: the spider's own code found {name} on none of {count} pages, and nothing is "
                        "learned of it: on other days some pages have it. Mend the selectors."
                    )

    def unknown(self, links: Mapping[str, int]) -> None:
        """By kind the links that pages always had and have no more, of which nothing is known, with the number of
        pages."""
        for kind, pages in links.items():
            self.total(f"links_unknown/{kind}", pages)
            self.say(f"Pages show no {kind} any more, as they always did, and where these led is not known.")

    def refused(self, pages: Collection[tuple[str, str]]) -> None:
        """Pages (template, URL) of which no item was given, for nobody knows whether they have any."""
        for template, count in Counter(template for template, _ in pages).items():
            self.total(f"unsure_items/{template}", count)
            url = min(url for of, url in pages if of == template)
            self.say(
                f"{template}: of pages that are not known, as {url}, the spider's own code finds next to nothing. It "
                "gives no item of some such pages, so that learned code does not either."
            )

    def unsure(self, links: Mapping[str, int]) -> None:
        """By kind the pages with links that learned code does not vouch for, with the number of pages."""
        for kind, pages in links.items():
            self.total(f"links_unsure/{kind}", pages)
            self.say(f"Pages show links that may be {kind}. Learned code is not sure enough of them to follow them.")

    def unlearned(self, links: Mapping[str, Collection[str]]) -> None:
        """By template the links that the spider follows and learned code does not read, though it reads others."""
        for template, names in links.items():
            self.say(
                f"{template}: links for {', '.join(sorted(names))} are not learned. Where the spider's own code loses "
                f"them, those known of each page are followed, and new ones are not found. If pages show them as they "
                f"did before, scrapy retrain {self._site.site} --anew may learn them."
            )

    def lost_links(self, pages: Mapping[str, int]) -> None:
        """By kind the pages that have lost links, as long as no new version has an answer to it."""
        for kind in {*self._lost_links, *pages}:
            self.total(f"lost_links_not_healed/{kind}", pages.get(kind, 0))
        self._lost_links = set(pages)

    def not_listed(self, there: Mapping[str, int], unfollowed: Mapping[str, int]) -> None:
        """By callback the known pages that are there though no list of addresses leads to them any more; and where none
        is, how many addresses are listed that nothing follows."""
        for name, counts in (("not_listed", there), ("unfollowed", unfollowed)):
            for callback, count in counts.items():
                self.total(f"{name}/{callback}", count)

    def contradicted(self, template: str, fields: Mapping[str, int]) -> None:
        """The fields of a template of which learned code says something else, with the number of pages."""
        for name, pages in fields.items():
            self.total(f"contradicted/{template}/{name}", pages)
        if fields:
            self.say(
                f"{template}: the spider's own code and learned code, which used to agree, say different things of "
                f"{', '.join(fields)}. The spider's values were exported."
            )

    def disorder(self, template: str, told: Mapping[str, int]) -> None:
        """What of a template contradicts what, by the spider's own values, with the number of pages."""
        for what, pages in told.items():
            self.total(f"disorder/{template}/{what}", pages)
        if told:
            each = ", ".join(f"{what} on {pages} pages" for what, pages in told.items())
            self.say(
                f"{template}: {each}, by what the spider's own code found; no example has that. Its selectors may have "
                "changed places. The spider's values were exported, and are not learned from."
            )
