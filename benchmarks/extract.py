"""Time of extract() against parsing and hand-written parsel selectors, and of candidates() against lxml's parser.

    python -m benchmarks extract [--corpus FOLDER] [--pages 60] [--rounds 9] [--json FILE]

Both read the same pages in turns, in this one process; times are of the processor, and a ratio is the median of those
of the rounds. Learned code of every template of the fixture sites is compared with the selectors of its spider. On
recorded pages, for which nobody wrote selectors, the best CSS selector that was learned stands in for them, one for
each field, and fields for which that is none are left out on both sides.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from lxml import etree
from parsel import Selector

from benchmarks.accuracy import pages_of
from crawler.spiders.articles import ArticlesSpider
from crawler.spiders.records import RecordsSpider
from crawler.spiders.shop import ShopSpider
from crawler.teaching import ITEMS
from fixtures import SITES
from learner import EvergreenError, Example, learn
from learner.candidates import candidates
from learner.extractor import Extractor
from learner.page import Document, parse

EXTRACT_GOAL = 1.5
CANDIDATES_GOAL = 3.0
SHOTS = 30
RECORDED_SHOTS = 3
SERVER = "http://127.0.0.1:8000"


@dataclass(frozen=True, slots=True)
class Pages:
    """Pages of one kind with both ways to read them: by learned code, and by hand-written selectors."""

    name: str
    pages: Sequence[tuple[str, bytes]]
    learned: Sequence[Extractor]
    written: Callable[[str, bytes], Any]


@dataclass(frozen=True, slots=True)
class Row:
    """Processor milliseconds per page of each, and the two ratios that the goals are about."""

    name: str
    pages: int
    kilobytes: float
    extract: float
    written: float
    ratio: float
    candidates: float
    parser: float
    candidates_ratio: float


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a spider's hand-written selectors ask of a response, without Scrapy's own time."""

    url: str
    selector: Selector

    def css(self, query: str) -> Any:
        return self.selector.css(query)

    def urljoin(self, url: str) -> str:
        return urljoin(self.url, url)


def main(arguments: Sequence[str]) -> int:
    """0 when the median template meets both goals, 1 when not."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks extract", description=__doc__)
    parser.add_argument("--corpus", type=Path, metavar="FOLDER", help="recorded pages in place of the fixture sites")
    parser.add_argument("--sites", type=int, default=40, help="sites of the corpus, spread over it (default: 40)")
    parser.add_argument("--pages", type=int, default=60, help="pages of each kind (default: 60)")
    parser.add_argument("--rounds", type=int, default=9, help="times that all pages are read (default: 9)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to this file")
    options = parser.parse_args(arguments)
    warnings.simplefilter("ignore")
    kinds = recorded(options.corpus, options.sites, options.pages) if options.corpus else fixture_pages(options.pages)
    print(f"{'pages':32} {'KB':>6} {'extract':>9} {'parsel':>9} {'ratio':>6} {'candid.':>9} {'lxml':>9} {'ratio':>6}")
    rows = []
    for kind in kinds:
        row = measure(kind, options.rounds)
        rows.append(row)
        print(
            f"{row.name:32} {row.kilobytes:6.1f} {row.extract:6.2f} ms {row.written:6.2f} ms {row.ratio:6.2f}"
            f" {row.candidates:6.2f} ms {row.parser:6.2f} ms {row.candidates_ratio:6.2f}",
            flush=True,
        )
    if not rows:
        raise SystemExit("no page could be compared")
    extract = statistics.median(row.ratio for row in rows)
    listed = statistics.median(row.candidates_ratio for row in rows)
    print(
        f"\nmedian: extract / parsel {extract:.2f} (goal: at most {EXTRACT_GOAL}),"
        f" candidates / lxml {listed:.2f} (goal: at most {CANDIDATES_GOAL})"
    )
    if options.json:
        report = {"extract_ratio": extract, "candidates_ratio": listed, "rows": [asdict(row) for row in rows]}
        options.json.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    return 0 if extract <= EXTRACT_GOAL and listed <= CANDIDATES_GOAL else 1


def measure(kind: Pages, rounds: int) -> Row:
    """Both ways over all pages, in turns."""

    def extract(url: str, html: bytes) -> None:
        for extractor in kind.learned:
            extractor.extract(html, url)

    documents = {url: parse(html, url) for url, html in kind.pages}
    ways: Sequence[Callable[[str, bytes], object]] = (
        extract,
        kind.written,
        # Nothing that an earlier round found out about the page may be known.
        lambda url, _: candidates(Document(documents[url].root, url)),
        lambda _, html: etree.fromstring(html, etree.HTMLParser(encoding="utf-8", huge_tree=True)),
    )
    times: list[list[float]] = []
    for number in range(rounds + 1):
        order = range(len(ways)) if number % 2 else reversed(range(len(ways)))
        taken = {way: _milliseconds(ways[way], kind.pages) for way in order}
        if number:  # the first round fills caches
            times.append([taken[way] for way in range(len(ways))])
    middle = [statistics.median(column) for column in zip(*times, strict=True)]
    ratios = [statistics.median(own[way] / own[way + 1] for own in times) for way in (0, 2)]
    size = statistics.mean(len(html) for _, html in kind.pages) / 1000
    return Row(kind.name, len(kind.pages), size, middle[0], middle[1], ratios[0], middle[2], middle[3], ratios[1])


def _milliseconds(way: Callable[[str, bytes], object], pages: Sequence[tuple[str, bytes]]) -> float:
    began = time.process_time()
    for url, html in pages:
        way(url, html)
    return 1000 * (time.process_time() - began) / len(pages)


def fixture_pages(limit: int) -> Iterator[Pages]:
    """Every template of the fixture sites in their first design."""
    for spider_class in (ShopSpider, ArticlesSpider, RecordsSpider):
        spider = spider_class(start=SERVER + "/")
        own = SITES[spider.name].pages(1).values()
        for template, spec in spider.pages.items():
            teach = spider.teacher(template)
            assert teach is not None
            pages = [(SERVER + page.path, page.html.encode()) for page in own if page.template == template]

            def written(url: str, html: bytes, teach: Any = teach) -> Mapping[str, Any]:
                taught: Mapping[str, Any] = teach(Parsed(url, Selector(text=html.decode())))
                return taught

            learned = []
            for part in spec.parts(template):
                examples = []
                for url, html in pages[:SHOTS]:
                    taught = written(url, html)
                    if part.many:
                        examples.append(Example(url, html, items=[_filled(item) for item in taught[ITEMS]]))
                    elif values := _filled({name: taught[name] for name in part.fields}):
                        examples.append(Example(url, html, values))
                learned.append(learn(examples))
            yield Pages(f"{spider.name} {template}", pages[:limit], learned, written)


def _filled(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value}


def recorded(corpus: Path, sites: int, limit: int) -> Iterator[Pages]:
    """Sites of the corpus, as many as wanted, from all of its sets; list pages are read as columns of values."""
    folders = sorted(path.parent for path in corpus.glob("*/*/site.json"))
    for folder in folders[:: max(1, len(folders) // sites)][:sites]:
        version = str(json.loads((folder / "site.json").read_text(encoding="utf-8"))["versions"][0])
        gold = pages_of(folder, version, limit)
        try:
            learned = learn([page.example() for page in gold[:RECORDED_SHOTS]])
        except EvergreenError:
            continue
        queries = {name: query for name in learned.fields if (query := _best(learned, name))}
        if not queries:
            continue
        fields = {name: learned.program.fields[name] for name in queries}
        program = replace(learned.program, fields=fields, records=None)

        def written(_: str, html: bytes, queries: Any = queries) -> dict[str, Any]:
            page = Selector(text=html.decode("utf-8", "replace"))
            return {
                name: _squashed(page.css(query), attribute, many) for name, (query, attribute, many) in queries.items()
            }

        name = f"{folder.parent.name}/{folder.name}"[:32]
        yield Pages(name, [(page.url, page.html) for page in gold], [Extractor(program)], written)


def _best(learned: Extractor, name: str) -> tuple[str, str, bool] | None:
    program = learned.program.fields[name]
    for rule in program.rules:
        take = rule.selector.take
        if rule.selector.steps and (take == "text" or take.startswith("@")):
            return rule.selector.css(), take[1:] if take != "text" else "", program.many
    return None


def _squashed(found: Any, attribute: str, many: bool) -> list[str]:
    return [
        one.attrib.get(attribute, "") if attribute else " ".join("".join(one.css("::text").getall()).split())
        for one in (found if many else found[:1])
    ]
