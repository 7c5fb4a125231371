"""``scrapy learn-from FILE.warc.gz --items FILE``: begin with pages recorded elsewhere and an old export of them."""

from __future__ import annotations

import argparse
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from crawler.command import EvergreenCommand, positive, say, show_json
from crawler.inputs.exports import read_items, url_fields
from crawler.inputs.pairing import FOUND, Pairing, examples_of, pair
from crawler.inputs.warc import Recording
from crawler.names import unknown
from crawler.spider import learnable
from crawler.templates import Part
from crawler.verdict import FAILED, FINE
from learner.errors import InvalidExample, UnknownName
from learner.programs.examples import Example
from learner.retraining.retraining import relearn
from learner.state.records import NewExample, NewPage
from learner.state.reports import LEARNED, TemplateReport
from learner.state.store import Store

_SHOWN = 5


class Command(EvergreenCommand):
    names = "FILE..."
    about = "Learn from pages in WARC files and an old export of their items"
    example = "scrapy learn-from pages.warc.gz --items items.jsonl --spider shop --template product"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--items", metavar="FILE", type=Path, help="the export: .jsonl, .json or .csv")
        parser.add_argument("--spider", metavar="NAME", default="", help="whose site it is")
        parser.add_argument("--template", metavar="TEMPLATE", default="", help="what kind of pages they are")
        parser.add_argument("--url-field", metavar="FIELD", default="", help="where the items say their page's URL")
        parser.add_argument(
            "--pages", type=positive, default=300, metavar="N", help="pages to take at most (default: %(default)s)"
        )
        parser.add_argument("--only", action="store_true", help="let no other version answer any more")
        parser.add_argument("--seed", type=int, default=0)

    def work(self, args: list[str], opts: argparse.Namespace) -> int:
        assert self.settings is not None
        if opts.items is None or not opts.spider:
            raise UnknownName(
                f"{'--items FILE' if opts.items is None else '--spider NAME'} is missing.", hint=self.example
            )
        items = read_items(opts.items)
        with self.open_store() as store:
            site = self.check_site(opts.spider, store)
            names = dict.fromkeys(name for item in items for name in item)
            links = _links(opts.url_field, items, names)
            template, fields = _template(store, site, learnable(site, self.settings), opts.template, names, links)
            recording = Recording([Path(name) for name in args])
            pairing = pair(recording.pages(), items, links, opts.pages)
            many = _is_list(pairing, learnable(site, self.settings).get(template))
            examples, shares, joined = examples_of(pairing.pairs, fields, many=many)
            strange = [name for name in names if name not in fields]
            told = _account(pairing, recording, shares, len(items), strange, joined)
            if not opts.json:
                _show(told)
            if not examples:
                raise InvalidExample(
                    "No item could be matched with a page that shows its values: nothing was learned.",
                    kept="everything recorded and learned before",
                    hint="check that the export is of these pages, or name --url-field FIELD",
                )
            _record(store, site, template, examples, pairing)
            report = relearn(store, site, template, seed=opts.seed, most_live=self.most_live(opts), progress=say)
        if opts.json:
            show_json({**told, "site": site, "template": template, **_outcome(report)})
        else:
            print(f"{site}/{report}" + (" is live" if report.action == LEARNED else ""))
        return FINE if report.action == LEARNED else FAILED


def _links(wanted: str, items: Sequence[Mapping[str, Any]], names: Mapping[str, None]) -> list[str]:
    """The fields that may hold the page's URL. Raises UnknownName."""
    if not wanted:
        return url_fields([dict(item) for item in items])
    if wanted not in names:
        raise unknown("field", wanted, names, where="the items")
    return [wanted]


def _template(
    store: Store, site: str, parts: Mapping[str, Part], wanted: str, names: Mapping[str, None], links: Sequence[str]
) -> tuple[str, list[str]]:
    """The template of the pages, and the fields of the items that are its. Raises UnknownName."""
    if not parts:
        known = store.templates(site)
        if not wanted and len(known) != 1:
            raise UnknownName(
                f"What kind of pages of {site} they are, is not clear ({', '.join(known) or 'there is no template'}).",
                hint="add --template TEMPLATE",
            )
        return wanted or known[0], [name for name in names if name != "url" or "url" not in links]
    if wanted and wanted not in parts:
        raise unknown("template", wanted, parts, where=f"site {site}")
    having = {
        name: [one for one in names if one in part.fields]
        for name, part in parts.items()
        if not wanted or name == wanted
    }
    most = max(map(len, having.values()))
    best = [name for name, fields in having.items() if len(fields) == most]
    if not most:
        strange = next((name for name in names if name not in links), next(iter(names)))
        fields = {field for name in having for field in parts[name].fields}
        raise unknown("field", strange, fields, where=wanted or f"site {site}")
    if len(best) > 1:
        raise UnknownName(
            f"What kind of pages of {site} they are, is not clear ({', '.join(best)}).", hint="add --template TEMPLATE"
        )
    return best[0], having[best[0]]


def _is_list(pairing: Pairing, part: Part | None) -> bool:
    """Whether the pages show many items each: as the spider says, or else as they were found."""
    if part is not None:
        return part.many
    counts = sorted(len(one.items) for one in pairing.pairs)
    return bool(counts) and counts[len(counts) // 2] > 1


def _account(
    pairing: Pairing,
    recording: Recording,
    shares: Mapping[str, float],
    items: int,
    strange: Sequence[str],
    joined: Collection[str],
) -> dict[str, Any]:
    return {
        "items": items,
        "matched_by_url": pairing.by_url,
        "matched_by_values": pairing.by_values,
        "pages_matched": len(pairing.pairs),
        "pages_not_matched": [page.url for page in pairing.unmatched_pages],
        "items_not_matched": [dict(item) for item in pairing.unmatched_items],
        "records_skipped": dict(recording.skipped),
        "fields": {name: round(share, 4) for name, share in shares.items()},
        "fields_left_out": [*strange, *(name for name, share in shares.items() if share < FOUND or name in joined)],
        "fields_joined": sorted(joined),
    }


def _show(told: Mapping[str, Any]) -> None:
    print(
        f"{told['matched_by_url'] + told['matched_by_values']} of {told['items']} items matched with "
        f"{told['pages_matched']} pages: {told['matched_by_url']} by URL, {told['matched_by_values']} by values"
    )
    for what, name in (("pages without an item", "pages_not_matched"), ("items without a page", "items_not_matched")):
        for entry in told[name][:_SHOWN]:
            print(f"  {what}: {str(entry)[:150]}")
        if len(told[name]) > _SHOWN:
            print(f"  {what}: {len(told[name]) - _SHOWN} more")
    for reason, count in sorted(told["records_skipped"].items()):
        print(f"  records skipped: {count}, {reason}")
    for name in told["fields_left_out"]:
        share = told["fields"].get(name)
        why = "the template has no such field" if share is None else f"stands on {share:.0%} of the pages"
        if name in told["fields_joined"]:
            why = 'its lists are joined with commas, which does not tell where an element ends: write ["one", "two"]'
        print(f"  left out: {name}, {why}")


def _record(store: Store, site: str, template: str, examples: Sequence[Example], pairing: Pairing) -> None:
    moments = {one.page.url: one.page.fetched_at for one in pairing.pairs}
    bodies = [one.html if isinstance(one.html, bytes) else one.html.encode() for one in examples]
    numbers = store.pages.add(
        [
            NewPage(site, template, one.url, body, "text/html", 200, moments[one.url])
            for one, body in zip(examples, bodies, strict=True)
        ]
    )
    store.examples.add(
        [NewExample(number, one.item, one.items, "spider") for number, one in zip(numbers, examples, strict=True)]
    )


def _outcome(report: TemplateReport) -> dict[str, Any]:
    return {"action": report.action, "version": report.version, "reason": report.reason, "detail": report.detail}
