"""Time of extract() against parsing and hand-written parsel selectors, and of candidates() against lxml's parser.

    python -m benchmarks extract [--corpus FOLDER] [--pages 20] [--rounds 5] [--json FILE]

All read the same pages in turns, in this one process; times are of the processor, for each page the least of the
rounds, and medians over the pages. "asked" is the share of pages on which the network is asked for what the rules leave
out: ``extract`` takes many times as long there; ``read``, which crawls use, never asks it. Learned code of every
template of the fixture sites is compared with the selectors of its spider. On recorded pages, for which nobody wrote
selectors, the best CSS selector that was learned stands in for them, one for each field, with what its rule makes of
the text, and fields for which that is none are left out on both sides.
"""

from __future__ import annotations

import argparse
import gc
import json
import math
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
from crawler.reading.teaching import ITEMS
from crawler.spiders.articles import ArticlesSpider
from crawler.spiders.records import RecordsSpider
from crawler.spiders.shop import ShopSpider
from fixtures import SITES
from learner import EvergreenError, Example, learn
from learner.extractor import Extractor
from learner.pages.candidates import candidates
from learner.pages.page import Document, parse
from learner.programs import transforms
from learner.programs.program import Rule

EXTRACT_GOAL = 1.5
CANDIDATES_GOAL = 3.0
COLUMNS = ("asked", "extract", "read", "parsel", "e/parsel", "r/parsel", "candid.", "lxml", "c/lxml")
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
class Times:
    """Processor milliseconds that one page takes each way; whether the network was asked."""

    extract: float
    read: float
    written: float
    candidates: float
    parser: float
    asked: bool


@dataclass(frozen=True, slots=True)
class Row:
    """Medians over pages: milliseconds of each way, and the ratios that the goals are about."""

    name: str
    pages: int
    asked: float
    extract: float
    read: float
    written: float
    extract_ratio: float
    read_ratio: float
    candidates: float
    parser: float
    candidates_ratio: float

    @staticmethod
    def of(name: str, times: Sequence[Times]) -> Row:
        """The medians of these pages."""

        def middle(figure: Callable[[Times], float]) -> float:
            return statistics.median(map(figure, times))

        return Row(
            name,
            len(times),
            statistics.mean(own.asked for own in times),
            middle(lambda own: own.extract),
            middle(lambda own: own.read),
            middle(lambda own: own.written),
            middle(lambda own: own.extract / own.written),
            middle(lambda own: own.read / own.written),
            middle(lambda own: own.candidates),
            middle(lambda own: own.parser),
            middle(lambda own: own.candidates / own.parser),
        )

    def __str__(self) -> str:
        figures = (
            *(self.extract, self.read, self.written, self.extract_ratio, self.read_ratio),
            *(self.candidates, self.parser, self.candidates_ratio),
        )
        shown = "".join(f" {figure:8.2f}" for figure in figures)
        return f"{self.name[:32]:32} {self.pages:5} {self.asked:8.0%}{shown}"


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
    """0 when the median page meets both goals, 1 when not."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks extract", description=__doc__)
    parser.add_argument("--corpus", type=Path, metavar="FOLDER", help="recorded pages in place of the fixture sites")
    parser.add_argument("--sites", type=int, default=40, help="sites of the corpus, spread over it (default: 40)")
    parser.add_argument("--pages", type=int, default=20, help="pages of each kind (default: 20)")
    parser.add_argument("--rounds", type=int, default=5, help="times that all pages are read (default: 5)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to this file")
    options = parser.parse_args(arguments)
    warnings.simplefilter("ignore")
    kinds = recorded(options.corpus, options.sites, options.pages) if options.corpus else fixture_pages(options.pages)
    print(f"{'':32} pages" + "".join(f" {column:>8}" for column in COLUMNS))
    times: list[Times] = []
    rows = []
    for kind in kinds:
        gc.freeze()  # what learning has left is not looked through again while pages are read
        own = [measure(kind, url, html, options.rounds) for url, html in kind.pages]
        rows.append(Row.of(kind.name, own))
        times += own
        print(rows[-1], flush=True)
    if not times:
        raise SystemExit("no page could be compared")
    total = Row.of("all pages", times)
    print(total)
    print(
        f"\nmedian: extract / parsel {total.extract_ratio:.2f} (goal: at most {EXTRACT_GOAL}),"
        f" candidates / lxml {total.candidates_ratio:.2f} (goal: at most {CANDIDATES_GOAL})"
    )
    if options.json:
        report = {"all": asdict(total), "rows": [asdict(row) for row in rows]}
        options.json.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    return 0 if total.extract_ratio <= EXTRACT_GOAL and total.candidates_ratio <= CANDIDATES_GOAL else 1


def measure(kind: Pages, url: str, html: bytes, rounds: int) -> Times:
    """All ways over one page, in turns."""
    root = parse(html, url).root
    ways: Sequence[Callable[[], object]] = (
        lambda: [extractor.extract(html, url) for extractor in kind.learned],
        lambda: [extractor.read(html, url) for extractor in kind.learned],
        lambda: kind.written(url, html),
        # Nothing that an earlier round found out about the page may be known.
        lambda: candidates(Document(root, url)),
        lambda: etree.fromstring(html, etree.HTMLParser(encoding="utf-8", huge_tree=True)),
    )
    least = [math.inf] * len(ways)
    for number in range(rounds):
        for way in range(len(ways)) if number % 2 else reversed(range(len(ways))):
            began = time.thread_time()
            ways[way]()
            least[way] = min(least[way], 1000 * (time.thread_time() - began))
    asked = any(extractor.examples and extractor.read(html, url).abstained for extractor in kind.learned)
    return Times(*least, asked)


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
        rules = {name: rule for name in learned.fields if (rule := _best(learned, name))}
        if not rules:
            continue
        fields = {name: learned.program.fields[name] for name in rules}
        program = replace(learned.program, fields=fields, records=None)

        def written(url: str, html: bytes, rules: Any = rules, fields: Any = fields) -> dict[str, Any]:
            page = Parsed(url, Selector(text=html.decode("utf-8", "replace")))
            return {name: _values(page, rule, fields[name].many) for name, rule in rules.items()}

        name = f"{folder.parent.name}/{folder.name}"
        yield Pages(name, [(page.url, page.html) for page in gold], [Extractor(program, learned.examples)], written)


def _best(learned: Extractor, name: str) -> Rule | None:
    for rule in learned.program.fields[name].rules:
        if rule.selector.steps and (rule.selector.take == "text" or rule.selector.take.startswith("@")):
            return rule
    return None


def _values(page: Parsed, rule: Rule, many: bool) -> list[Any]:
    found, take = page.css(rule.selector.css()), rule.selector.take
    texts = (
        one.attrib.get(take[1:], "") if take != "text" else " ".join("".join(one.css("::text").getall()).split())
        for one in (found if many else found[:1])
    )
    links = ("absolute",) in rule.transforms
    return [page.urljoin(text) if links else transforms.apply(rule.transforms, text) for text in texts]
