"""How soon drift is raised, and how often falsely, on sequences of pages of the fixture sites and of recorded sites.

    python -m benchmarks drift [FOLDER] [--runs 40] [--pages 2000] [--json OUT]

Every page is read by the extractor once; sequences are drawn from what it gave (a page may come again). A run begins
with pages as they were learned; then the change comes. "in 5" is the share of runs in which drift was raised within
five pages of the template after it, "delay" the median number of pages until then; "false" are alarms before any
change, or where nothing changed that matters. FOLDER holds recorded sites: a redesign is one version after another.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from urllib.parse import urljoin

from lxml import etree, html

from fixtures import SITES
from fixtures.broken import HTML, Answer, spoiled
from fixtures.site import FixturePage
from learner import Example, Extraction, Extractor, learn
from learner.drift.condition import Usual, condition
from learner.drift.consistency import Consistency
from learner.drift.drift import USUAL, DriftDetector
from learner.errors import EvergreenError
from learner.pages.values import Value, same, scalars
from learner.programs.examples import LabelledPage
from learner.training.recorded import RecordedPage, RecordedSite, read_sites

TEMPLATES = (("shop", "product"), ("shop", "list"), ("articles", "article"), ("articles", "list"), ("records", "list"))
HOST = "http://site.test"
HEALTHY = 30  # pages before a change
PATIENCE = 400  # pages after it
CHANGED = 24  # pages that are changed by hand for a partial redesign
NOTICES = (
    *("blank", "soft_404", "soft_404_inside", "login", "login_inside", "captcha", "consent", "blocked"),
    *("blocked_inside", "error_200", "error_200_inside", "truncated"),
)

Pool = Sequence[Extraction]
Fresh = Callable[[], DriftDetector]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. ``delay`` is the median number of pages until drift was raised."""

    what: str
    runs: int
    raised: float
    in_five: float
    delay: float | None
    false: int
    pages: int


class Template:
    """A template with its extractor, and what it gives on pages, as a crawl judges it."""

    def __init__(self, extractor: Extractor) -> None:
        self.extractor = extractor
        self.usual = Usual.of(extractor.examples)
        self.consistency = Consistency.of(extractor.examples)
        self.detector = DriftDetector.watching(extractor)

    def read(self, page: bytes | str, url: str) -> Extraction:
        extraction = self.extractor.read(page, url)
        reason = extraction.reason or condition(page, url, extraction, self.usual)
        return replace(extraction, reason=reason) if reason else extraction

    def fresh(self) -> DriftDetector:
        return DriftDetector.from_dict(self.detector.to_dict(), self.consistency)


def run(
    template: Template, healthy: Pool, changed: Callable[[random.Random], Extraction], seed: int, before: int = HEALTHY
) -> tuple[int, int]:
    """Pages until drift was raised after the change (0: never), and false alarms before it."""
    chance = random.Random(seed)
    detector = template.fresh()
    for _ in range(before):
        if detector.observe(chance.choice(healthy)) is not None:
            return 0, 1
    for page in range(1, PATIENCE + 1):
        if detector.observe(changed(chance)) is not None:
            return page, 0
    return 0, 0


def mixed(old: Pool, new: Pool, share: float) -> Callable[[random.Random], Extraction]:
    return lambda chance: chance.choice(new if chance.random() < share else old)


def detect(
    what: str,
    cases: Iterable[tuple[Template, Pool, Callable[[random.Random], Extraction]]],
    runs: int,
    before: int = HEALTHY,
) -> Row:
    """A change that is to be noticed."""
    delays: list[int] = []
    false = count = 0
    for number, (template, healthy, changed) in enumerate(cases):
        for seed in range(runs):
            delay, alarm = run(template, healthy, changed, 1_000 * number + seed, before)
            false += alarm
            count += 1 - alarm
            if delay:
                delays.append(delay)
    in_five = sum(delay <= 5 for delay in delays)
    delay = statistics.median(delays) if delays else None
    return Row(what, count, len(delays) / max(1, count), in_five / max(1, count), delay, false, count * before)


def endure(what: str, cases: Iterable[tuple[Fresh, Callable[[random.Random], Extraction]]], pages: int) -> Row:
    """What is no drift: alarms in so many pages of each case, in stretches of 500 with a fresh detector."""
    false = count = total = 0
    for number, (fresh, drawn) in enumerate(cases):
        for stretch in range(max(1, pages // 500)):
            chance = random.Random(f"{number} {stretch}")
            detector = fresh()
            count += 1
            for _ in range(500):
                total += 1
                if detector.observe(drawn(chance)) is not None:
                    false += 1
                    break
    return Row(what, count, 0.0, 0.0, None, false, total)


# Fixture sites


class FixtureTemplate:
    """A template of a fixture site in one design: learned from six pages of it, read on all."""

    def __init__(self, site: str, name: str, design: int) -> None:
        self.site, self.name, self.design = site, name, design
        pages = self.pages(design)
        chosen = pages[:6] if len(pages) > 10 else pages[:4]
        self.template = Template(learn([fixture_example(page) for page in chosen]))
        self.healthy = self.read(design)

    def pages(self, design: int) -> list[FixturePage]:
        return [page for page in SITES[self.site].pages(design).values() if page.template == self.name][:80]

    def read(self, design: int) -> Pool:
        return self.made(lambda text: text, design)

    def made(self, change: Callable[[str], str], design: int | None = None, limit: int = 80) -> Pool:
        """What the extractor gives on pages that were changed."""
        pages = self.pages(design or self.design)[:limit]
        return [self.template.read(change(page.html), HOST + page.path) for page in pages]


def fixture_example(page: FixturePage) -> Example:
    url = HOST + page.path
    if page.items is not None:
        return Example(url, page.html, items=page.items)
    if page.item is not None:
        return Example(url, page.html, item=page.item)
    links = {name: link for name, link in page.links.items() if link}
    return Example(url, page.html, item={n: _absolute(url, link) for n, link in links.items()})


def _absolute(url: str, link: Value) -> Value:
    return [urljoin(url, str(one)) for one in link] if isinstance(link, list) else urljoin(url, str(link))


def moved(page: FixturePage, name: str) -> str:
    """The page with the elements that show one field built anew: other tags and classes, in another place."""
    opened = LabelledPage(fixture_example(page))
    for value in scalars(opened.values.get(name)):
        for place in opened.places(value, 4):
            element = place.element
            parent = element.getparent()
            if parent is None or element.tag in ("html", "body", "head", "title") or place.data:
                continue
            for attribute in [key for key in element.attrib if key not in ("href", "src", "alt")]:
                del element.attrib[attribute]
            if element.tag not in ("a", "img", "td", "li"):
                element.tag = "u"
            around = etree.Element("div", {"class": "x1"})
            around.tail, element.tail = element.tail, None
            parent.replace(element, around)
            around.append(element)
    return str(etree.tostring(opened.document.root, encoding="unicode", method="html"))


def swapped(text: str) -> str:
    """A shop page of the first design whose prices have changed places."""
    root = html.document_fromstring(text)
    new, old = root.find_class("product-price")[0].find_class("price"), root.find_class("old-price")
    if new and old:
        new[0].text, old[0].text = old[0].text, new[0].text
    return str(etree.tostring(root, encoding="unicode", method="html"))


def stuck(text: str) -> str:
    """A shop page of the first design whose title, wherever it stands, is that of the shop."""
    title = text.partition('<h1 class="product-title">')[2].partition("</h1>")[0]
    return text.replace(title, "Hearth &amp; Hollow, all our goods")


def banner(text: str) -> str:
    """The page with a seasonal banner: a heading, a price, a date and links before everything else."""
    block = (
        '<div class="banner sale"><h2 class="title">Winter sale</h2><p>Until 24 December 2026: from <b class="price">'
        '£3.99</b></p><a href="/sale">See all</a><ul><li>Free delivery</li><li>Gift cards</li></ul></div>'
    )
    head, body, rest = text.partition("<body")
    opening, _, content = rest.partition(">")
    return f"{head}{body}{opening}>{block}{content}"


def by_name(kind: str, text: str) -> str:
    return spoiled(kind, Answer(200, HTML, text.encode())).body.decode(errors="replace")


def fixture_rows(runs: int, pages: int) -> list[Row]:
    made = [FixtureTemplate(site, name, design) for site, name in TEMPLATES for design in (1, 2, 3)]
    first = [one for one in made if one.design == 1]
    shop = first[0]
    reads = {(one.site, one.name, one.design, design): one.read(design) for one in made for design in (1, 2, 3)}

    def redesigns(share: float) -> Iterable[tuple[Template, Pool, Callable[[random.Random], Extraction]]]:
        for one in made:
            for design in (1, 2, 3):
                if design != one.design:
                    new = reads[one.site, one.name, one.design, design]
                    yield one.template, one.healthy, mixed(one.healthy, new, share)

    partial_cases = []
    for one in made:
        some = one.pages(one.design)[:CHANGED]
        for name, profile in one.template.extractor.fields.items():
            pool = [one.template.read(moved(page, name), HOST + page.path) for page in some]
            lost = [extraction for extraction in pool if name not in extraction.confidence]
            if profile.presence > 0.5 and len(lost) >= 0.9 * len(pool) * profile.presence:
                partial_cases.append((one.template, one.healthy, mixed(pool, pool, 1.0)))
    both = []
    for site, name in TEMPLATES:
        pages_of = {design: _plain(site, name).pages(design) for design in (1, 2)}
        examples = [fixture_example(page) for design in (1, 2) for page in pages_of[design][:4]]
        template = Template(learn(examples))
        pools = [[template.read(p.html, HOST + p.path) for p in pages_of[design]] for design in (1, 2)]
        if all(not extraction.failed for pool in pools for extraction in pool):
            both.append((template.fresh, mixed(pools[0], pools[1], 0.5)))
    swap, constant = shop.made(swapped), shop.made(stuck)
    rows = [
        detect("redesign, all pages", redesigns(1.0), runs),
        detect("redesign, half of the pages", redesigns(0.5), runs),
        detect("redesign, 5% of the pages, after 400", redesigns(0.05), max(1, runs // 8), 400),
        detect(f"one field moved ({len(partial_cases)} fields)", partial_cases, runs),
        detect("price and old price swapped", [(shop.template, shop.healthy, mixed(swap, swap, 1.0))], runs),
        detect("title the same on all pages", [(shop.template, shop.healthy, mixed(constant, constant, 1.0))], runs),
        endure("unchanged", [(one.template.fresh, mixed(one.healthy, one.healthy, 1.0)) for one in made], pages),
        endure("unchanged, two designs learned (A/B)", both, pages),
        endure(
            "unchanged, in the order of the brands", [(shop.template.fresh, in_order(shop.healthy, "brand"))], pages
        ),
        *(
            endure(f"made up: {share:.0%} of the values not vouched for", [made_up(share)], 25 * pages)
            for share in (0.01, 0.03)
        ),
        endure("seasonal banner", [(one.template.fresh, mixed(one.made(banner), (), 0.0)) for one in made], pages),
        endure(
            "another language, 30% of the pages",
            [
                (one.template.fresh, mixed(one.healthy, one.made(partial(by_name, "language"), limit=20), 0.3))
                for one in made
            ],
            pages,
        ),
    ]
    for share in (0.2, 1.0):
        cases = []
        for one in first:
            notices = [e for kind in NOTICES for e in one.made(partial(by_name, kind), limit=6)]
            cases.append((one.template.fresh, mixed(one.healthy, notices, share)))
        rows.append(endure(f"pages that are none, {share:.0%} of all", cases, pages))
    told = Counter(
        extraction.reason or ("not told" if extraction.failed else "read all the same")
        for one in made
        for kind in NOTICES
        for extraction in one.made(partial(by_name, kind), limit=4)
    )
    print("pages that are none:", ", ".join(f"{name} {count}" for name, count in sorted(told.items())))
    reduced = [page for page in shop.pages(1) if "old_price" in (page.item or {})]
    wrong = sum(_is_swapped(extraction, page) for extraction, page in zip(swap, shop.pages(1), strict=True))
    print(f"swapped prices that were vouched for: {wrong} of {len(reduced)}")
    return rows


def _plain(site: str, name: str) -> FixtureTemplate:
    plain = FixtureTemplate.__new__(FixtureTemplate)
    plain.site, plain.name, plain.design = site, name, 1
    return plain


def _is_swapped(extraction: Extraction, page: FixturePage) -> bool:
    old = (page.item or {}).get("old_price")
    return old is not None and same(extraction.item.get("price", ""), old)


def in_order(pool: Pool, name: str) -> Callable[[random.Random], Extraction]:
    """Pages sorted by a field, from one end to the other, again and again."""
    ordered = sorted(pool, key=lambda extraction: str(extraction.item.get(name)))
    place = 0

    def following(chance: random.Random) -> Extraction:
        nonlocal place
        place += 1
        return ordered[place % len(ordered)]

    return following


def made_up(share: float) -> tuple[Fresh, Callable[[random.Random], Extraction]]:
    """Answers without pages: six fields, one of them on 60% of the pages; a share of the values is not vouched for, and
    one page in 200 gives nothing."""
    presence = {"title": 1.0, "price": 1.0, "sku": 1.0, "text": 1.0, "image": 1.0, "old_price": 0.6}

    def drawn(chance: random.Random) -> Extraction:
        if chance.random() < 0.005:
            return Extraction()
        return Extraction({name: 1 for name, often in presence.items() if chance.random() < often * (1 - share)})

    return lambda: DriftDetector(presence, examples=20), drawn


# Recorded sites


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of one redesign, or of one version's own pages."""

    set: str
    site: str
    kept: float  # of a redesign the share of the fields still vouched for; else of the pages, for the weakest field
    delay: int
    false: int
    pages: int
    redesign: bool


def recorded(site: RecordedSite, pages: int) -> list[Recorded]:
    """Learn from half of a version's pages (three at most), watch the others, then the next version's."""
    warnings.simplefilter("ignore")
    versions = list(site.versions.values())
    out = []
    for number, own in enumerate(versions):
        chosen = own[: max(1, min(3, len(own) // 2))]
        try:
            template = Template(learn([_recorded_example(page) for page in chosen]))
        except EvergreenError:
            continue
        rest = [template.read(page.html, page.url) for page in own[len(chosen) :]]
        healthy = [e for e in rest if not e.failed] or [template.read(p.html, p.url) for p in chosen]
        if len(rest) >= 4:
            row = endure("", [(template.fresh, mixed(rest, rest, 1.0))], pages)
            out.append(Recorded(site.set, site.name, _weakest(template, rest), 0, row.false, row.pages, False))
        if number + 1 < len(versions):
            new = [template.read(page.html, page.url) for page in versions[number + 1]]
            delay, alarm = run(template, healthy, mixed(new, new, 1.0), 1)
            out.append(Recorded(site.set, site.name, _kept(template, new), delay, alarm, HEALTHY, True))
    return out


def _recorded_example(page: RecordedPage) -> Example:
    item = {n: list(v) if n in page.many or len(v) > 1 else v[0] for n, v in page.fields.items()}
    if not page.is_list:
        return Example(page.url, page.html, item)
    size = max(map(len, page.fields.values()))
    records = [{n: v[row] for n, v in page.fields.items() if len(v) == size} for row in range(size)]
    return Example(page.url, page.html, items=records)


def _kept(template: Template, pool: Pool) -> float:
    """The share of the fields that are still vouched for."""
    weight = {name: profile.presence for name, profile in template.extractor.fields.items()}
    total = sum(weight.values()) * len(pool)
    return sum(weight[name] for extraction in pool for name in extraction.confidence) / total if total else 0.0


def _weakest(template: Template, pool: Pool) -> float:
    """Of the field that is vouched for least, among those that nearly all examples had, the share of the pages."""
    usual = [name for name, profile in template.extractor.fields.items() if profile.presence >= USUAL]
    return min((sum(name in one.confidence for one in pool) / len(pool) for name in usual), default=1.0)


def recorded_rows(folder: Path, pages: int, jobs: int) -> list[Row]:
    with ProcessPoolExecutor(jobs, mp_context=get_context("fork")) as pool:
        found = [one for many in pool.map(partial(recorded, pages=pages), read_sites(folder)) for one in many]
    rows = []
    redesigns = [one for one in found if one.redesign]
    for what, low, high in (
        ("recorded redesign, all", 0.0, 9.0),
        ("... no field is vouched for any more", 0.0, 0.001),
        ("... under half of them", 0.001, 0.5),
        ("... half of them or more", 0.5, 9.0),
    ):
        here = [one for one in redesigns if low <= one.kept < high and not one.false]
        delays = [one.delay for one in here if one.delay]
        in_five = sum(delay <= 5 for delay in delays) / max(1, len(here))
        delay = statistics.median(delays) if delays else None
        rows.append(Row(what, len(here), len(delays) / max(1, len(here)), in_five, delay, 0, 0))
    for what, low, high in (
        ("recorded, unchanged", 0.5, 9.0),
        ("... a field is found on under half of the pages", 0.0, 0.5),
    ):
        here = [one for one in found if not one.redesign and low <= one.kept < high]
        false, total = sum(one.false for one in here), sum(one.pages for one in here)
        rows.append(Row(what, len(here), 0.0, 0.0, None, false, total))
    return rows


def table(rows: Sequence[Row]) -> None:
    print(f"\n{'':44}{'runs':>6}{'raised':>8}{'in 5':>7}{'delay':>7}{'false':>7}{'pages':>9}")
    for row in rows:
        found = f"{row.raised:8.1%}{row.in_five:7.1%}{row.delay or 0:7.0f}" if row.raised or row.delay else " " * 22
        print(f"{row.what:44}{row.runs:6}{found}{row.false:7}{row.pages:9}")


def main(arguments: list[str]) -> int:
    """Exit code 1 when a full redesign of a fixture site is not raised within five pages in 99% of the runs, or when
    there is more than one false alarm in 10,000 unchanged pages."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks drift", description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", help="folder of recorded pages")
    parser.add_argument("--runs", type=int, default=40, help="runs of each change (40)")
    parser.add_argument("--pages", type=int, default=2000, help="pages of each template that is unchanged (2000)")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--json", type=Path, help="write all figures")
    options = parser.parse_args(arguments)
    warnings.simplefilter("ignore")
    rows = fixture_rows(options.runs, options.pages)
    if options.folder:
        rows += recorded_rows(options.folder, options.pages, options.jobs)
    table(rows)
    if options.json:
        options.json.write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n")
    quiet = [row for row in rows if row.what.startswith(("unchanged", "seasonal"))]
    alarms = sum(row.false for row in quiet) / sum(row.pages for row in quiet)
    print(f"\nfalse alarms in 10,000 pages that did not change: {10_000 * alarms:.2f}")
    return 0 if rows[0].in_five >= 0.99 and alarms <= 1e-4 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
