"""``scrapy teach URL field=value ...``: a person shows values on one page, and says which places are meant."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scrapy import Request

from crawler.addresses import is_http
from crawler.callbacks.shapes import Kind, shapes_of
from crawler.command import EvergreenCommand, say, show_json
from crawler.inputs.examples import not_a_page, nowhere
from crawler.inputs.fetching import fetch
from crawler.inputs.lessons import Lesson, teach
from crawler.inputs.written import FieldType, as_typed, types_of
from crawler.names import unknown
from crawler.spider import learnable, spider_loader
from crawler.templates import Part
from crawler.verdict import USAGE
from learner.errors import InvalidExample, PageRejected, UnknownName
from learner.pages.values import scalars
from learner.state.store import Store

if TYPE_CHECKING:
    from learner.learning.sightings import Sighting
    from learner.programs.examples import LabelledPage


class Command(EvergreenCommand):
    names = "URL FIELD=VALUE..."
    about = "Show where values stand on a page, ask which places are meant, and learn from the answer"
    example = 'scrapy teach https://shop.example/p/1 title="Green tea" price="£4.00" --spider shop --template product'

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--spider", metavar="NAME", default="", help="whose site it is (default: by the URL)")
        parser.add_argument("--template", metavar="TEMPLATE", default="", help="what kind of page it is")
        parser.add_argument("--html", metavar="FILE", type=Path, help="the page as it was saved (default: fetch it)")
        parser.add_argument("--yes", action="store_true", help="ask nothing: all places count, the best rule wins")
        parser.add_argument("--only", action="store_true", help="let no other version answer any more")
        parser.add_argument("--seed", type=int, default=0)

    def work(self, args: list[str], opts: argparse.Namespace) -> int:
        assert self.settings is not None
        url, item = args[0], _item(args[1:])
        if not is_http(url):
            raise UnknownName(f"{url!r} is no http(s) URL.", hint="with --html it is the address that the page had")
        with self.open_store() as store:
            site = self.check_site(opts.spider or self._site_of(url), store)
            template = _template(store, site, learnable(site, self.settings), opts.template, item)
            types = types_of(store, site, template)
            for name in (name for name, value in item.items() if value is None and name not in types):
                raise unknown("field", name, types, where=f"what is learned of {site}/{template}")
            page = _opened(url, self._html(url, opts.html), item, types)
            item = page.values
            found = _sightings(page)
            ask = not opts.yes and not opts.json and sys.stdin.isatty()
            if not opts.json:
                print(f"{url} as {site}/{template}")
                for name in sorted(page.example.lacks):
                    print(f"\n{name}: the page has none")
            chosen = _choose(item, found, ask=ask, quiet=opts.json)
            lessons = []
            if opts.yes or ask:
                example = replace(page.example, places=chosen or None)
                lessons = teach(store, site, {template: [example]}, opts.seed, most_live=self.most_live(opts))
        if opts.json:
            show_json(_report(site, template, found, lessons))
        else:
            print("\n".join(line for lesson in lessons for line in lesson.lines(site)))
        if not lessons:
            say("Nothing was learned: nobody is here to choose.\nNext: the same command with --yes")
            return USAGE
        return max(lesson.exit_code for lesson in lessons)

    def _site_of(self, url: str) -> str:
        """The spider that the URL belongs to. Raises UnknownName."""
        assert self.settings is not None
        loader = spider_loader(self.settings)
        fitting = loader.find_by_request(Request(url)) or loader.list()
        if len(fitting) != 1:
            raise UnknownName(
                f"Which site {url} belongs to is not clear ({', '.join(sorted(fitting)) or 'there is no spider'}).",
                hint="add --spider NAME",
            )
        name: str = fitting[0]
        return name

    def _html(self, url: str, saved: Path | None) -> bytes:
        assert self.settings is not None
        if saved is None:
            return fetch([url], self.settings)[url]
        try:
            return saved.read_bytes()
        except OSError as error:
            raise InvalidExample(f"The saved page can't be read: {error}", hint="--html FILE") from error


def _item(pairs: Sequence[str]) -> dict[str, Any]:
    """Fields with their values: None for one that the page has not (``name=``), a list for one that is given several
    times. Raises UnknownName."""
    item: dict[str, Any] = {}
    for pair in pairs:
        name, mark, value = pair.partition("=")
        name = name.strip()
        if not mark or not name or (name in item and (item[name] is None or not value.strip())):
            raise UnknownName(
                f"{pair!r} is no FIELD=VALUE.",
                hint='write it as title="Green tea"; of a field that the page has not write subtitle=',
            )
        if not value.strip():
            item[name] = None
        else:
            item[name] = [*scalars(item[name]), value] if name in item else value
    return item


def _template(store: Store, site: str, parts: Mapping[str, Part], wanted: str, item: Mapping[str, Any]) -> str:
    """The template that the page is one of: the one that was named, or the only one it can be. Raises UnknownName."""
    known = list(parts) or store.templates(site)
    if wanted:
        if parts and wanted not in parts:
            raise unknown("template", wanted, parts, where=f"site {site}")
        fitting = [wanted]
    else:
        fitting = [name for name in known if name not in parts or set(item) <= set(parts[name].fields)]
        if not fitting and parts:
            fields = sorted({name for part in parts.values() for name in part.fields})
            strange = next((name for name in item if name not in fields), "")
            if strange:
                raise unknown("field", strange, fields, where=f"site {site}")
        if len(fitting) != 1:
            raise UnknownName(
                f"What kind of page of {site} it is, is not clear ({', '.join(known) or 'there is no template yet'}).",
                hint="add --template TEMPLATE",
            )
    part = parts.get(fitting[0])
    for name in item if part else ():
        if part and name not in part.fields:
            raise unknown("field", name, part.fields, where=f"template {fitting[0]}")
    if part.many if part else _is_list(store, site, fitting[0]):
        raise UnknownName(
            f"A page of template {fitting[0]} shows many records: they have to be given all.",
            hint=f'scrapy learn {site} --examples FILE.jsonl, with a line {{"url": ..., "items": [...]}}',
        )
    return fitting[0]


def _is_list(store: Store, site: str, template: str) -> bool:
    """Whether pages of a template that no spider describes show many records, by what is learned or was seen of it."""
    shape = shapes_of(store, site).get(template)
    live = store.versions.live(site, template)
    return bool(shape and shape.kind is not Kind.LINKS and shape.many) or bool(live and live.load().is_list)


def _opened(url: str, html: bytes, item: Mapping[str, Any], types: Mapping[str, FieldType]) -> LabelledPage:
    """The page, with the values in the types that their fields have.

    Raises InvalidExample for what is no page, or no value of such a type, ValueNotFound for a value that is nowhere
    on it.
    """
    from learner.programs.examples import Example, LabelledPage, opened
    from learner.programs.joints import shows

    try:
        given = {name: value for name, value in item.items() if value is not None}
        typed = as_typed(given, types, LabelledPage(Example(url, html, given)))
        page = opened(Example(url, html, {**item, **typed}, source="person"))
    except PageRejected as error:
        raise not_a_page(url, error) from error
    for name, value in typed.items():
        for scalar in scalars(value):
            if not isinstance(scalar, bool) and not shows(page, scalar):
                raise nowhere(page, name, scalar)
    return page


def _sightings(page: LabelledPage) -> dict[str, list[Sighting]]:
    from learner.learning.sightings import sightings

    return {name: sightings(page, name) for name in page.values}


def _choose(
    item: Mapping[str, Any], found: Mapping[str, Sequence[Sighting]], *, ask: bool, quiet: bool
) -> dict[str, tuple[str, ...]]:
    """Show the places of each field; the names of those that the person means, for fields where one was asked."""
    chosen = {}
    for name, places in found.items():
        if not quiet:
            print(f"\n{name} = {', '.join(map(str, scalars(item[name])))}")
            if not places and isinstance(item[name], str):
                print("  it stands there in parts")
            for number, place in enumerate(places, 1):
                print(f"  {number}. {place.where}\n       {place.context}\n       {_rule(place)}")
        if ask and len(places) > 1 and not isinstance(item[name], list):
            numbers = _ask(name, len(places))
            if numbers:
                chosen[name] = tuple(place for number in numbers for place in places[number - 1].places)
    return chosen


def _rule(place: Sighting) -> str:
    return f"rule: {place.rule} (trusted {place.weight:.2f})" if place.rule else "no rule leads there"


def _ask(name: str, most: int) -> list[int]:
    """The numbers of the places that are meant; none for all of them. Raises InvalidExample when the person ends it."""
    while True:
        try:
            answer = input(f"  Which are meant for {name}? Numbers with commas, or Enter for all: ")
        except (EOFError, KeyboardInterrupt):
            print()
            raise InvalidExample("Ended before the last answer.", kept="everything; nothing was learned") from None
        numbers = [int(part) for part in answer.replace(",", " ").split() if part.isdigit()]
        if len(numbers) == len(answer.replace(",", " ").split()) and all(1 <= n <= most for n in numbers):
            return numbers
        print(f"  Numbers from 1 to {most} are wanted.")


def _report(
    site: str, template: str, found: Mapping[str, Sequence[Sighting]], lessons: Sequence[Lesson]
) -> dict[str, Any]:
    return {
        "site": site,
        "template": template,
        "places": {name: [place.to_json() for place in places] for name, places in found.items()},
        "learned": lessons[0].to_json() if lessons else None,
    }
