"""Whether healing feeds on its own mistakes, and whether it can be fed: rounds of redesigns, and planted values.

    python -m benchmarks feedback [--site shop]... [--rounds 20] [--wrong 0.05] [--pages 12] [--json OUT]

*Rounds*: pages of the fixture sites, of every template, are redesigned anew each round
(``learner.training.redesign``); what the last version read in full is all that is known of them, and a share of these
values is replaced by those of other pages or records. After healing, the values are graded against what the generator
put on the pages. Of a list page's records those are compared that have most values in common, the nearest in order
first; values of a record too many are wrong, those of a record too few are missing. Of a list of values, the share
counts that is right. The same redesigns are also healed alone, from the first design and with nothing wrong known:
what is wrong there was not fed.

*Planted*: before a redesign, an attacker puts the known values of a share of the shop's products into a place of their
own, a review, a hidden element or a comment. After healing, other values stand there. The attack wins where they are
given.
"""

from __future__ import annotations

import argparse
import itertools
import json
import random
import statistics
import sys
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from html import escape
from pathlib import Path
from typing import Any

from benchmarks import accuracy
from fixtures import SITES, FixturePage, absolute
from learner import Example, Extraction, Extractor, Known, Page, heal, learn
from learner.pages.values import same
from learner.retraining.backlog import outcome_of
from learner.state.records import COMPLETE
from learner.training.redesign import redesign

HOST = "http://site.test"
TEMPLATES = {"shop": ("list", "product"), "articles": ("list", "article"), "records": ("list", "list-links")}
"""Items and links of a list are learned apart, as in a crawl."""
PER_PAGE = 20
PLANTED = ("title", "price", "sku")
POISON = {"title": "Buy at evil.example", "price": "£0.01", "sku": "XX-000000X"}
SHARES = (0.1, 0.25, 0.5, 0.75, 1.0)
_PLACES = {
    "review": '<div class="review"><p>{title}</p> <b class="price">{price}</b> <i class="code">{sku}</i></div>',
    "hidden": '<div style="display:none"><p>{title}</p> <b class="price">{price}</b> <i class="code">{sku}</i></div>',
    "comment": "<!-- <p>{title}</p> <b class=price>{price}</b> <i class=code>{sku}</i> -->",
}

Records = Sequence[Mapping[str, Any]]
"""What a page has: its records, or its item alone."""


@dataclass(frozen=True)
class Shown:
    """Pages of a template, HTML by URL, what they show, and whether that are records."""

    pages: dict[str, str]
    gold: dict[str, Records]
    listing: bool

    def told(self, records: Records) -> dict[str, Any]:
        """As Example and Known take them."""
        return {"items": records} if self.listing else {"item": records[0]}

    def read(self, extraction: Extraction) -> Records:
        return extraction.items if self.listing else [extraction.item]


@dataclass
class Score:
    """How many values of each field there are, and how many were right and wrong."""

    total: dict[str, int] = field(default_factory=dict)
    right: dict[str, float] = field(default_factory=dict)
    wrong: dict[str, float] = field(default_factory=dict)

    @property
    def shares(self) -> tuple[float, float]:
        """Of all values those that are right, and those that are wrong."""
        total = sum(self.total.values())
        return sum(self.right.values()) / total, sum(self.wrong.values()) / total

    def add(self, gold: Records, given: Records) -> None:
        """The records of a page."""
        left, over = dict(enumerate(gold)), dict(enumerate(given))
        pairs = itertools.product(left, over)
        for one, other in sorted(pairs, key=lambda p: (-_common(gold[p[0]], given[p[1]]), abs(p[0] - p[1]))):
            if one in left and other in over:
                self._compare(left.pop(one), over.pop(other))
        for record in left.values():
            self._compare(record, {})
        for record in over.values():
            self._compare({}, record)

    def _compare(self, gold: Mapping[str, Any], given: Mapping[str, Any]) -> None:
        for name in {**gold, **given}:
            right, wrong, _ = accuracy.grade(gold.get(name, ""), given.get(name))
            self.total[name] = self.total.get(name, 0) + (name in gold)
            self.right[name] = self.right.get(name, 0.0) + right
            self.wrong[name] = self.wrong.get(name, 0.0) + wrong


def _common(gold: Mapping[str, Any], given: Mapping[str, Any]) -> int:
    return sum(given.get(name) == value for name, value in gold.items())


def shown(site: str, template: str, design: int, count: int) -> Shown:
    """The first pages of a template."""
    all_pages = replace(SITES[site], size=count * PER_PAGE).pages(design).values()
    kind = template.removesuffix("-links")
    pages = sorted((page for page in all_pages if page.template == kind), key=lambda page: page.path)[:count]
    gold = {HOST + page.path: _gold(absolute(page, HOST), kind != template) for page in pages}
    listing = kind == template and any(page.items for page in pages)
    return Shown({HOST + page.path: page.html for page in pages}, gold, listing)


def _gold(page: FixturePage, links: bool) -> Records:
    if page.items and not links:
        return page.items
    return [{name: value for name, value in {**(page.item or {}), **page.links}.items() if value is not None}]


def spoiled(known: Mapping[str, Records], share: float, chance: random.Random) -> dict[str, Records]:
    """The same with a share of the values replaced by those of other records and pages."""
    records = [record for own in known.values() for record in own]

    def one(record: Mapping[str, Any]) -> Mapping[str, Any]:
        return {n: chance.choice(records).get(n, v) if chance.random() < share else v for n, v in record.items()}

    return {url: [one(record) for record in own] for url, own in known.items()}


def rounds(site: str, template: str, number: int, share: float, count: int, *, fed: bool = True) -> list[Score]:
    """The score of the first design, and after each round; each begins with the first design, if it is not ``fed`` by
    the one before."""
    first = shown(site, template, 1, count)
    extractor = learned = learn(
        [Example(url, html, **first.told(first.gold[url])) for url, html in first.pages.items()]
    )
    score, known = judged(extractor, first, first.pages, first.gold)
    out = [score]
    for seed in range(1, number + 1):
        if fed:
            known = spoiled(known, share, random.Random(f"{site} {seed}"))
        else:
            extractor, known = learned, first.gold
        new = {url: redesign(html, seed, 0.5) for url, html in first.pages.items()}
        facts = [Known(url, **first.told(records)) for url, records in known.items()]
        extractor = heal(extractor, [Page(url, html) for url, html in new.items()], known=facts).extractor
        score, known = judged(extractor, first, new, known)
        out.append(score)
    return out


def judged(
    extractor: Extractor, first: Shown, pages: Mapping[str, str], known: Mapping[str, Records]
) -> tuple[Score, dict[str, Records]]:
    """How the pages are read, and what is known of them then: of pages that were not read in full, what was known; a
    field that an item lacks keeps its value."""
    score, out = Score(), dict(known)
    for url, html in pages.items():
        extraction = extractor.read(html, url)
        given = first.read(extraction)
        score.add(first.gold[url], given)
        if outcome_of(extraction) == COMPLETE:
            out[url] = given if first.listing else [{**known[url][0], **given[0]}]
    return score, out


def planted(html: str, place: str, values: Mapping[str, Any]) -> str:
    head, body, rest = html.partition("<body")
    opening, _, content = rest.partition(">")
    block = _PLACES[place].format(**{name: escape(str(values[name])) for name in PLANTED})
    return f"{head}{body}{opening}>{block}{content}"


def attack(place: str, share: float, count: int) -> tuple[float, float]:
    """Shares of the attacked values that are the attacker's after healing, and of all values that are right."""
    old = shown("shop", "product", 1, count)
    wanted = {url: {name: item[name] for name in PLANTED} for url, (item,) in old.gold.items()}
    extractor = learn([Example(url, html, wanted[url]) for url, html in old.pages.items()])
    new = shown("shop", "product", 2, count)
    chance = random.Random(f"{place} {share}")
    attacked = set(chance.sample(sorted(new.pages), round(share * len(new.pages))))
    pages = [
        Page(url, planted(html, place, wanted[url]) if url in attacked else html) for url, html in new.pages.items()
    ]
    healed = heal(extractor, pages, known=[Known(url, item) for url, item in wanted.items()]).extractor
    lost = right = 0
    for url, html in new.pages.items():
        page = planted(html, place, POISON) if url in attacked else html
        item = healed.read(page, url).item
        lost += sum(url in attacked and item.get(name) == POISON[name] for name in PLANTED)
        right += sum(name in item and same(item[name], new.gold[url][0][name]) for name in PLANTED)
    return lost / max(1, len(attacked) * len(PLANTED)), right / (len(new.pages) * len(PLANTED))


def main(arguments: list[str]) -> int:
    """Exit code 1 when the last rounds are worse by more than 0.02 than the same redesigns healed alone, or an attack
    on half of the pages wins anywhere."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks feedback", description=__doc__)
    parser.add_argument("--site", action="append", choices=sorted(SITES), help="only this site (may be repeated)")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--wrong", type=float, default=0.05, help="share of the known values that are wrong (0.05)")
    parser.add_argument("--pages", type=int, default=12)
    parser.add_argument("--json", type=Path, help="write all figures")
    options = parser.parse_args(arguments)
    warnings.simplefilter("ignore")
    sites = options.site or list(TEMPLATES)
    figures: dict[str, Any] = {"rounds": {}, "planted": []}
    decays = wins = False
    for site, template in [(name, template) for name in sites for template in TEMPLATES[name]]:
        scores = rounds(site, template, options.rounds, options.wrong, options.pages)
        alone = rounds(site, template, options.rounds, 0.0, options.pages, fed=False)
        told = {"fed": scores, "alone": alone}
        figures["rounds"][f"{site}/{template}"] = {kind: [asdict(one) for one in own] for kind, own in told.items()}
        before, *healed = [score.shares for score in scores]
        first, last, own = healed[:5], healed[-5:], [score.shares for score in alone[-5:]]
        decays |= _mean(last, 0) < _mean(own, 0) - 0.02 or _mean(last, 1) > _mean(own, 1) + 0.02
        print(f"{site}/{template}: right/wrong before {before[0]:.3f}/{before[1]:.3f}, after each round")
        print("   " + " ".join(f"{right:.3f}/{wrong:.3f}" for right, wrong in healed))
        ends = [f"{_mean(some, 0):.3f}/{_mean(some, 1):.3f}" for some in (first, last, own)]
        print(f"   first five rounds {ends[0]}, last five {ends[1]}, these healed alone {ends[2]}", flush=True)
    if "shop" in sites:
        print("\nplanted on a share of the pages: values that are the attacker's / values that are right")
        for place in _PLACES:
            row = [(share, *attack(place, share, options.pages)) for share in SHARES]
            figures["planted"] += [[place, *entry] for entry in row]
            wins |= any(lost > 0 for share, lost, _ in row if share <= 0.5)
            print(f"   {place:8}" + "".join(f"  {share:4.0%}: {lost:.3f}/{right:.3f}" for share, lost, right in row))
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n")
    return 1 if decays or wins else 0


def _mean(shares: Sequence[tuple[float, float]], place: int) -> float:
    return statistics.mean(entry[place] for entry in shares)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
