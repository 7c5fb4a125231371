"""``scrapy eject NAME``: the learned code as readable Python, for people and for those who want to leave."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import Any

from crawler.command import EvergreenCommand, check_templates, say, show_json, template_option
from crawler.names import safe_name
from crawler.outputs.feeds import write_whole
from crawler.reading.teaching import nothing_learned
from crawler.verdict import FINE


class Command(EvergreenCommand):
    names = "NAME"
    about = "Write the learned code of a site as Python page objects"
    example = "scrapy eject shop -o learned"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument(
            "-o", "--output", metavar="FOLDER", type=Path, help="one file per template (default: print)"
        )
        template_option(parser)

    def work(self, args: list[str], opts: argparse.Namespace) -> int:
        with self.open_store(create=False) as store:
            site = self.check_site(args[0], store)
            wanted = check_templates(store, site, opts.template)
            live = [(name, one, at) for name in wanted for at, one in enumerate(store.versions.all_live(site, name))]
            if not live:
                raise nothing_learned(site, opts.template)
            report: dict[str, dict[str, Any]] = {}
            for template, version, at in live:
                # Of several live versions the first has the template's name, the others their number with it.
                number = str(version.number) if at else ""
                name = class_name(site, template, number)
                code = version.load().source_code(name).rstrip("\n") + "\n"
                told: dict[str, Any] = {"version": version.number, "class": name}
                if at:
                    report[template].setdefault("beside", []).append(told)
                else:
                    report[template] = told
                if opts.output is None:
                    told["code"] = code
                    if not opts.json:
                        print(code)
                    continue
                opts.output.mkdir(parents=True, exist_ok=True)
                path = opts.output / f"{'_'.join(filter(None, (_module(site), _module(template), number)))}.py"
                write_whole(path, [code.encode()], append=False)
                told["file"] = path
                say(f"{path}: version {version.number}")
        if opts.json:
            show_json(report)
        return FINE


def class_name(site: str, template: str, number: str = "") -> str:
    """A Python class name for a template: shop, product -> ShopProductPage."""
    words = re.findall(r"[A-Za-z0-9]+", f"{site} {template}")
    name = "".join(word[:1].upper() + word[1:] for word in words) + f"Page{number}"
    return name if name[0].isalpha() else f"Site{name}"


def _module(name: str) -> str:
    return re.sub(r"\W", "_", safe_name(name))
