"""``scrapy learn NAME --examples FILE``: a person shows what is wanted; learned code answers from then on."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from crawler.command import EvergreenCommand, check_templates, say, show_json
from crawler.inputs.examples import Given, check_names, check_values, parted, read_examples, repeated
from crawler.inputs.fetching import fetch
from crawler.inputs.lessons import Lesson, leave_out, teach
from crawler.spider import learnable, taught
from crawler.templates import Part
from crawler.verdict import FINE
from learner.errors import UnknownName
from learner.programs.examples import Example


def _wanted(part: Part) -> str:
    """What examples of a part look like."""
    values = ", ".join(f'"{name}": ...' for name in part.fields)
    record = f'"items": [{{{values}}}]' if part.many else f'"item": {{{values}}}'
    return f'{{"url": ..., "template": "{part.name}", {record}}}'


class Command(EvergreenCommand):
    names = "NAME"
    about = "Learn from examples that a person gives"
    example = "scrapy learn shop --examples examples.jsonl --template product\nscrapy learn shop --gone old_price"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument(
            "--examples", metavar="FILE", type=Path, help='JSON lines: {"url", "template", "item" or "items", "html"}'
        )
        parser.add_argument(
            "--template", metavar="TEMPLATE", default="", help="of lines that name none; with --gone: only this one"
        )
        parser.add_argument(
            "--gone",
            metavar="FIELD",
            action="append",
            default=[],
            help="instead of learning: this field is gone from the site for good (may be given several times)",
        )
        parser.add_argument("--only", action="store_true", help="let no other version answer any more")
        parser.add_argument("--seed", type=int, default=0)

    def work(self, args: list[str], opts: argparse.Namespace) -> int:
        assert self.settings is not None
        if opts.gone:
            return self._leave_out(args[0], opts)
        if opts.examples is None:
            raise UnknownName(
                "Nothing to learn from was given.",
                hint=f"add --examples FILE.jsonl; scrapy retrain {args[0]} learns from recorded pairs",
            )
        given = read_examples(opts.examples, opts.template)
        with self.open_store() as store:
            site = self.check_site(args[0], store)
            parts = learnable(site, self.settings)
            given = parted(given, parts)
            check_names(given, parts)
            notes = repeated(given)
            pages = self._pages(given)
            examples: dict[str, list[Example]] = {}
            for one in given:
                examples.setdefault(one.template, []).append(check_values(one, pages[one.line]))
            lessons = teach(store, site, examples, opts.seed, most_live=self.most_live(opts))
            by_hand = taught(site, self.settings)
            missing = [
                p for name, p in parts.items() if name not in by_hand and not store.versions.all_live(site, name)
            ]
        self._show(site, lessons, opts)
        for part in missing:
            say(f"note: {site}/{part.name} is not learned yet, and no crawl can do without: {_wanted(part)}")
        for note in notes:
            say(f"note: {note}")
        return max((lesson.exit_code for lesson in lessons), default=FINE)

    def _leave_out(self, name: str, opts: argparse.Namespace) -> int:
        """Go on without fields that are gone. Raises UnknownName, NothingLearned."""
        assert self.settings is not None
        if opts.examples is not None:
            raise UnknownName("--gone and --examples are two steps.", hint="--gone first, then --examples")
        with self.open_store(create=False) as store:
            site = self.check_site(name, store)
            templates = check_templates(store, site, opts.template)
            lessons = leave_out(store, site, templates, opts.gone, taught(site, self.settings))
        self._show(site, lessons, opts)
        say(f"Not asked for any more: {', '.join(opts.gone)}.\nNext: scrapy retrain {site}, which extracts what waits")
        return FINE

    def _show(self, site: str, lessons: Sequence[Lesson], opts: argparse.Namespace) -> None:
        if opts.json:
            show_json({lesson.template: lesson.to_json() for lesson in lessons})
        else:
            print("\n".join(line for lesson in lessons for line in lesson.lines(site)))

    def _pages(self, given: Sequence[Given]) -> dict[int, bytes]:
        """The page of each line: saved, or fetched as politely as a crawl would. Raises InvalidExample."""
        assert self.settings is not None
        missing = [one.url for one in given if one.html is None]
        fetched = fetch(missing, self.settings) if missing else {}
        return {one.line: fetched[one.url] if one.html is None else one.html for one in given}
