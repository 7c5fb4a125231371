"""``scrapy status [NAME]``: what is learned, what drifted, what waits."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from crawler.callbacks.shapes import shapes_of, wanted
from crawler.command import EvergreenCommand, show_json
from crawler.outputs.unhealed import otherwise, shown_by
from crawler.outputs.unlearned import Unlearned, unlearned
from crawler.reading.beside import own_fields
from crawler.reading.live import MANY
from crawler.spider import taught
from crawler.templates import Part
from crawler.verdict import FINE
from crawler.volume import Unusual, last_judged
from learner.drift.condition import in_words
from learner.retraining.budget import Budget
from learner.retraining.impasse import Impasse, impasses
from learner.state.store import Store

_SHOWN = ("pages", "examples", "example_pages", "undelivered")


class Command(EvergreenCommand):
    names = "[NAME]"
    about = "Show versions, drift and recorded pages of a site, or of all"
    example = "scrapy status shop\nscrapy status --json | jq '.shop.product.live'"

    def work(self, args: list[str], opts: argparse.Namespace) -> int:
        with self.open_store(create=False) as store:
            sites = [self.check_site(args[0], store)] if args else store.sites()
            fewer = {site: last_judged(store, site) for site in sites}
            more = {site: last_judged(store, site, "more") for site in sites}
            missing = {site: unlearned(store, site, wanted(store, site, self.options.examples)) for site in sites}
            unhealed = {site: impasses(store, site, Budget(self.options.heals_per_day)) for site in sites}
            state = {
                site: _site(store, site, fewer[site], more[site], missing[site], self._taught(site), unhealed[site])
                for site in sites
            }
        if opts.json:
            show_json(state)
        elif not state:
            print("Nothing has been recorded yet. Next: scrapy crawl NAME -O items.jsonl")
        else:
            for site, templates in state.items():
                _show(site, templates, fewer[site], more[site], missing[site])
        return FINE

    def _taught(self, site: str) -> dict[str, Part]:
        """What teachers answer as well, by the names of the parts."""
        assert self.settings is not None
        return taught(site, self.settings)


def _site(
    store: Store,
    site: str,
    fewer: list[Unusual],
    more: list[Unusual],
    missing: Mapping[str, Unlearned],
    taught: Mapping[str, Part],
    unhealed: Mapping[str, Impasse],
) -> dict[str, Any]:
    pending = {drift.template: drift for drift in store.drifts.pending(site)}
    shapes = shapes_of(store, site)
    state: dict[str, Any] = {}
    for template in store.templates(site):
        live = store.versions.all_live(site, template)
        fields = {name for version in live for name in version.load().fields}
        drift = pending.get(template)
        watch = store.detectors.state(site, template, [version.id for version in live]) if live else None
        state[template] = {
            "live": live[0].number if live else None,
            "beside": [version.number for version in live[1:]],
            "fields": sorted(fields),
            "versions": [
                {
                    "number": version.number,
                    "state": version.state,
                    "parent": version.parent,
                    "created_at": version.created_at,
                    "note": version.note,
                    "metrics": dict(version.metrics),
                }
                for version in store.versions.all(site, template)
            ],
            "asked": unhealed[template].reason if template in unhealed else "",
            "next": _next(site, unhealed.get(template)) if drift else "",
            "otherwise": otherwise(site, unhealed[template].gone, unhealed[template].shown)
            if template in unhealed
            else "",
            "drift": {"raised_at": drift.raised_at, **drift.detail} if drift else None,
            "none_of_it_in_a_row": (watch or {}).get("in_a_row", {}),
            "fewer": {one.what: one.share for one in fewer if one.concerns(template)},
            "more": {one.what: one.share for one in more if one.concerns(template)},
            "own": sorted(own_fields(store, site, shapes.get(template), taught.get(template), fields)) if live else [],
            "contradicted": dict(shapes[template].contradicted) if template in shapes else {},
            "disorder": dict(shapes[template].disorder) if template in shapes else {},
            "unlearned": asdict(missing[template]) if template in missing else None,
            "counts": store.counts(site, template) | {"example_pages": store.examples.addresses(site, template)},
        }
    return state


def _next(site: str, unhealed: Impasse | None) -> str:
    """The command that leads on from drift."""
    return f"scrapy retrain {site}" if unhealed is None or unhealed.fresh else shown_by(site, unhealed)


def _show(
    site: str, templates: dict[str, Any], fewer: list[Unusual], more: list[Unusual], missing: Mapping[str, Unlearned]
) -> None:
    print(site)
    if fewer:
        print(f"  THE LAST CRAWL BROUGHT FAR FEWER THAN USUAL: {'; '.join(map(str, fewer))}. Look at the site.")
    if more:
        print(f"  THE LAST CRAWL BROUGHT FAR MORE THAN USUAL: {'; '.join(map(str, more))}. Look at its items.")
    if not templates:
        print("  nothing recorded yet")
    for name, state in templates.items():
        counts = state["counts"]
        answers = f"not learned yet, {missing[name].answers} answers" if name in missing else _in_charge(state)
        print(f"  {name}: {answers}; {counts['pages']} pages, {counts['examples']} pairs{_repeated(counts)}")
        if name in missing:
            print(f"    {_sentence(missing[name])}Next: {missing[name].next}")
        if state["own"]:
            print(f"    not learned, the spider's own code alone gives them: {', '.join(state['own'])}")
        rest = [f"{count} {what}" for what, count in sorted(counts.items()) if count and what not in _SHOWN]
        if rest:
            print(f"    of the pages: {', '.join(rest)}")
        if counts["undelivered"]:
            print(f"    repaired and not delivered yet: {counts['undelivered']}. Next: scrapy retrain {site}")
        if state["drift"]:
            asked = f" A PERSON IS ASKED: {state['asked']}." if state["asked"] else ""
            print(f"    DRIFT since {state['drift']['raised_at']:%Y-%m-%d %H:%M}.{asked} Next: {state['next']}")
        if state["otherwise"]:
            print(f"      {state['otherwise']}")
        for field, pages in state["contradicted"].items():
            print(f"    THE SPIDER AND LEARNED CODE SAY DIFFERENT THINGS OF {field} ({pages} pages of the last crawl).")
            print(f"      Next: mend the spider's selectors, or, if they are right, scrapy retrain {site} --anew")
        for what, pages in state["disorder"].items():
            print(f"    THE SPIDER'S VALUES CONTRADICT EACH OTHER: {what} ({pages} pages of the last crawl).")
            print("      Next: mend the spider's selectors, or, if they are right, show such a page with scrapy teach")
        in_a_row = Counter(state["none_of_it_in_a_row"])
        if in_a_row.total() >= MANY:
            print(f"    THE LAST {in_a_row.total()} PAGES WERE NONE OF IT: {in_words(in_a_row)}. Look at the site.")
        for version in state["versions"]:
            note = f": {version['note']}" if version["note"] else ""
            print(f"    version {version['number']} {version['state']}, {version['created_at']:%Y-%m-%d %H:%M}{note}")


def _repeated(counts: Mapping[str, int]) -> str:
    """Of how many pages the pairs are, where some have several."""
    number = counts["example_pages"]
    return "" if number == counts["examples"] else f" of {number} different page{'s' if number > 1 else ''}"


def _sentence(missing: Unlearned) -> str:
    return f"{missing.lacks[0].upper()}{missing.lacks[1:]}. " if missing.lacks else ""


def _in_charge(state: dict[str, Any]) -> str:
    beside = "".join(f" or {number}" for number in state["beside"])
    return f"version {state['live']}{beside} answers {', '.join(state['fields'])}"
