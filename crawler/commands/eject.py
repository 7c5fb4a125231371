"""``scrapy eject NAME``: the learned code as readable Python, for people and for those who want to leave."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from crawler.command import FINE, EvergreenCommand, say
from crawler.extension import nothing_learned
from crawler.names import safe_name, unknown


class Command(EvergreenCommand):
    names = "NAME"
    about = "Write the learned code of a site as Python page objects"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument(
            "-o", "--output", metavar="FOLDER", type=Path, help="one file per template (default: print)"
        )
        parser.add_argument("--template", metavar="TEMPLATE", help="only this template")

    def work(self, args: list[str], opts: argparse.Namespace) -> int:
        with self.open_store(create=False) as store:
            site = self.check_site(args[0], store)
            templates = store.templates(site)
            if opts.template and opts.template not in templates:
                raise unknown("template", opts.template, templates, where=f"site {site}")
            wanted = [opts.template] if opts.template else templates
            live = [(name, version) for name in wanted if (version := store.live(site, name))]
            if not live:
                raise nothing_learned(site, opts.template)
            for template, version in live:
                code = version.load().source_code(class_name(site, template))
                if opts.output is None:
                    print(code)
                    continue
                opts.output.mkdir(parents=True, exist_ok=True)
                path = opts.output / f"{_module(site)}_{_module(template)}.py"
                path.write_text(code if code.endswith("\n") else code + "\n", encoding="utf-8")
                say(f"{path}: version {version.number}")
        return FINE


def class_name(site: str, template: str) -> str:
    """A Python class name for a template: shop, product -> ShopProductPage."""
    words = re.findall(r"[A-Za-z0-9]+", f"{site} {template}")
    name = "".join(word[:1].upper() + word[1:] for word in words) + "Page"
    return name if name[0].isalpha() else f"Site{name}"


def _module(name: str) -> str:
    return re.sub(r"\W", "_", safe_name(name))
