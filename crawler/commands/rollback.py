"""``scrapy rollback NAME``: the version before the live one answers again."""

from __future__ import annotations

import argparse

from crawler.command import FINE, EvergreenCommand, check_templates, check_version, show_json, template_option
from learner.errors import UnknownName
from learner.store import Store


class Command(EvergreenCommand):
    names = "NAME"
    about = "Make an earlier version of the learned code live again"
    example = "scrapy rollback shop --template product --to 2"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        template_option(parser, "only this template (default: all that can go back)")
        parser.add_argument("--to", type=int, metavar="NUMBER", help="this version (needs --template)")

    def work(self, args: list[str], opts: argparse.Namespace) -> int:
        if opts.to is not None and not opts.template:
            raise UnknownName("--to is the number of a version of one template.", hint="add --template TEMPLATE")
        with self.open_store(create=False) as store:
            site = self.check_site(args[0], store)
            back = check_templates(store, site, opts.template)
            if opts.to is not None:
                check_version(store, site, opts.template, opts.to)
            elif not opts.template:
                back = [name for name in back if _can_go_back(store, site, name)]
            if not back:
                raise UnknownName(
                    f"{site} has no earlier version to go back to.", hint=f"scrapy status {site} shows the versions"
                )
            live = {template: store.versions.rollback(site, template, opts.to).number for template in back}
        if opts.json:
            show_json(live)
        else:
            for template, number in live.items():
                print(f"{site}/{template}: version {number} is live")
        return FINE


def _can_go_back(store: Store, site: str, template: str) -> bool:
    live = store.versions.live(site, template)
    earlier = [version for version in store.versions.all(site, template) if version.state == "retired"]
    return live is not None and any(version.number < live.number for version in earlier)
