"""``scrapy rollback NAME``: the version before the live one answers again; of several, the one that went live last no
longer does."""

from __future__ import annotations

import argparse

from crawler.command import EvergreenCommand, check_templates, check_version, show_json, template_option
from crawler.verdict import FINE
from learner.errors import UnknownName
from learner.state.store import Store
from learner.state.versions import RETIRED


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
            live = {}
            for template in back:
                store.versions.rollback(site, template, opts.to)
                live[template] = [version.number for version in store.versions.all_live(site, template)]
        if opts.json:
            show_json({template: numbers[0] for template, numbers in live.items()})
        else:
            for template, numbers in live.items():
                several = "s" if len(numbers) > 1 else ""
                which = " and ".join(map(str, numbers))
                print(f"{site}/{template}: version{several} {which} {'are' if several else 'is'} live")
        return FINE


def _can_go_back(store: Store, site: str, template: str) -> bool:
    """Whether several versions are live, of which one can go, or an earlier one was."""
    live = store.versions.all_live(site, template)
    return len(live) > 1 or (bool(live) and any(one.state == RETIRED for one in store.versions.all(site, template)))
