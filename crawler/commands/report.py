"""``scrapy report NAME``: what became of a site, as one HTML file."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path

from crawler.callbacks.shapes import wanted
from crawler.command import EvergreenCommand, as_json, say
from crawler.names import safe_name
from crawler.outputs.feeds import write_whole
from crawler.outputs.report import page
from crawler.outputs.unlearned import unlearned
from crawler.verdict import FINE
from learner.retraining.figures import figures


class Command(EvergreenCommand):
    names = "NAME"
    about = "Write a report of a site: fields over time, drift, versions, the last heal, the learned code"
    example = "scrapy report shop\nscrapy report shop -o /srv/www/shop.html"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument(
            "-o", "--output", metavar="FILE", type=Path, help="the file (default: NAME-report.html; of JSON: print it)"
        )

    def work(self, args: list[str], opts: argparse.Namespace) -> int:
        with self.open_store(create=False) as store:
            told = figures(store, self.check_site(args[0], store))
            missing = unlearned(store, told.site, wanted(store, told.site, self.options.examples))
        content = as_json(asdict(told)) if opts.json else page(told, missing)
        if opts.json and opts.output is None:
            print(content)
            return FINE
        path: Path = opts.output or Path(f"{safe_name(told.site)}-report.html")
        write_whole(path, [content.encode()], append=False)
        say(f"{told.site}: {path}")
        return FINE
