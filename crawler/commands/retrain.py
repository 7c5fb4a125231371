"""``scrapy retrain [NAME]``: the scheduled job, which learns what is not learned and heals what drifted."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from crawler.callbacks.shapes import wanted
from crawler.command import EvergreenCommand, check_templates, say, show_json, template_option
from crawler.names import unknown
from crawler.outputs.repaired import deliver_repaired
from crawler.outputs.unhealed import otherwise, shown_by
from crawler.outputs.webhook import ask
from crawler.verdict import FINE
from learner.errors import EvergreenError, UnknownName
from learner.retraining.budget import Budget
from learner.retraining.impasse import impasses
from learner.retraining.retraining import relearn, retrain
from learner.state.reports import RetrainReport
from learner.state.store import Store


class Command(EvergreenCommand):
    names = "[NAME]"
    about = "Learn from recorded pairs, and heal what drifted"
    example = "scrapy retrain shop\nscrapy retrain --seconds 600        # all sites, from cron or a timer"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--seconds", type=float, metavar="N", help="time budget of a site")
        parser.add_argument(
            "--wait", type=float, default=0.0, metavar="N", help="seconds to wait for another retrain of the site (0)"
        )
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument(
            "-O",
            "--overwrite-output",
            dest="output",
            metavar="FILE.jsonl",
            type=Path,
            help="repaired items, in place of what the file holds (default: after the items in EVERGREEN_REPAIRED)",
        )
        parser.add_argument(
            "--anew", action="store_true", help="instead: learn NAME anew from the newest examples, whatever is live"
        )
        template_option(parser, "with --anew: only this one")
        parser.add_argument("--no-delivery", action="store_true", help="leave repaired items to a running crawl")

    def work(self, args: list[str], opts: argparse.Namespace) -> int:
        if opts.output is not None and opts.output.suffix not in (".jsonl", ".jl"):
            raise UnknownName(f"{opts.output}: repaired items are written as JSON lines.", hint="-O repaired.jsonl")
        if opts.anew:
            return self._anew(args, opts)
        if args and not self.options.state.exists() and args[0] not in self.spiders():
            raise unknown("site", args[0], self.spiders())
        # In a wrong folder there is none, and no scheduled job is to begin one there.
        with self.open_store(create=False) as store:
            sites = [self.check_site(args[0], store)] if args else store.sites()
            unsettled = set(sites) if args else store.unsettled()
            codes, reports = [FINE], {}
            for site in sites:
                if site in unsettled:
                    code, reports[site] = self._site(store, site, opts)
                    codes.append(code)
                else:
                    reports[site] = _at_rest(site)
        if opts.json:
            show_json(reports)
        if not args:
            say(_summary(len(sites), sum(map(_did_something, reports.values())), sum(code != FINE for code in codes)))
        return max(codes)

    def _anew(self, args: list[str], opts: argparse.Namespace) -> int:
        """Learn the templates of one site anew. Raises UnknownName, StateError."""
        if not args:
            raise UnknownName("--anew is for one site.", hint="scrapy retrain NAME --anew")
        with self.open_store(create=False) as store:
            site = self.check_site(args[0], store)
            told = wanted(store, site, self.options.examples)
            reports = (
                relearn(store, site, template, seed=opts.seed, wanted=told, alone=True, progress=say)
                for template in check_templates(store, site, opts.template)
                if store.examples.newest(site, template)
            )
            report = RetrainReport(site, tuple(reports))
        if opts.json:
            show_json({site: report.to_dict()})
        else:
            print("\n".join(f"{site}/{one}" for one in report.templates) or report.summary)
        return report.exit_code

    def _site(self, store: Store, site: str, opts: argparse.Namespace) -> tuple[int, dict[str, Any]]:
        """Exit code and report of one site; the trouble of one is not the others'."""
        try:
            report = retrain(
                store,
                site,
                seconds=opts.seconds,
                wait=opts.wait,
                seed=opts.seed,
                budget=Budget(self.options.heals_per_day),
                most_live=self.options.live_versions,
                wanted=wanted(store, site, self.options.examples),
                progress=say,
            )
            delivered = 0 if opts.no_delivery else self._deliver(store, site, opts.output)
            asked = self._ask(store, report)
            unhealed = [
                one for one in impasses(store, site, Budget(self.options.heals_per_day)).values() if not one.fresh
            ]
        except (EvergreenError, OSError) as error:
            say(f"{site}: {error.show() if isinstance(error, EvergreenError) else error}")
            return 1, {"error": str(error)}
        if not opts.json:
            print(report.summary)
            for line in report.unexplained:
                say(f"{line}. Next: scrapy status {site}")
            for one in unhealed:
                say(f"{site}/{one.template}: a person is asked. Next: {shown_by(site, one)}")
                if also := otherwise(site, one.gone, one.shown):
                    say(f"  {also}")
        return report.exit_code, {**report.to_dict(), "delivered": delivered, "webhook": asked}

    def _ask(self, store: Store, report: RetrainReport) -> str:
        """Tell the hook what needs a person; what became of it."""
        url = self.options.webhook
        asked = ask(store, report, url) if url else ""
        if asked not in ("", "told"):
            say(f"{report.site}: EVERGREEN_WEBHOOK could not be told: {asked}")
        return asked

    def _deliver(self, store: Store, site: str, output: Path | None) -> int:
        assert self.settings is not None
        path = output or self.options.repaired_file(site)
        done = deliver_repaired(store, site, path, self.settings, append=output is None)
        if done.items:
            say(f"{site}: {done.items} repaired items in {path}")
        if done.links:
            say(f"{site}: {done.links} pages show links again. Next: scrapy crawl {site}, which follows them")
        return done.items


def _at_rest(site: str) -> dict[str, Any]:
    from learner.state.reports import RetrainReport

    return {**RetrainReport(site).to_dict(), "delivered": 0}


def _did_something(report: dict[str, Any]) -> bool:
    return any(report.get(name) for name in ("templates", "delivered", "busy", "drifting", "error"))


def _summary(sites: int, busy: int, failed: int) -> str:
    if not busy:
        return f"{sites} sites: nothing to do"
    return f"{sites} sites: {busy} had something to do, {failed} need a look"
