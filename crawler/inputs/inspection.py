"""What the learned code of a site says of one page, for people at a prompt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from scrapy import Spider
from scrapy.http import Response

from crawler.names import unknown
from crawler.options import Options
from crawler.reading.teaching import nothing_learned
from crawler.responses import page_of, unreadable
from learner.errors import EvergreenError, UnknownName
from learner.extractor import Extraction
from learner.retraining.fitting import fit
from learner.state.store import Store
from learner.state.versions import Version


@dataclass(frozen=True, slots=True)
class Inspector:
    """The shortcut ``evergreen`` of ``scrapy shell``. It looks, and records nothing.

    ``evergreen()`` reads the page with the template that fits it best, ``evergreen("product")`` with this one, and
    ``evergreen("product", 2)`` with a version of it; ``evergreen.explain("product")`` tells what each rule says.
    """

    options: Options
    spider: Spider | None
    response: Response | None

    def __call__(self, template: str = "", version: int | None = None) -> Extraction | None:
        """Print the values with their confidence, and give the extraction."""
        found: Extraction | None = _told(lambda: self._read(template, version))
        return found

    def explain(self, template: str = "", version: int | None = None) -> None:
        """Print what each rule of each field says of the page."""
        _told(lambda: self._explain(template, version))

    def _read(self, template: str, number: int | None) -> Extraction:
        page, url = self._page()
        chosen, extraction = max(
            ((one, one.load().extract(page, url)) for one in self._versions(template, number)),
            key=lambda read: fit(read[1]),
        )
        print(f"{_name(chosen)}: {_verdict(extraction)}")
        for name, value in extraction.item.items():
            print(f"  {name:20} {extraction.confidence.get(name, 0.0):.2f}  {_short(value)}")
        for record in extraction.items[:3]:
            print(f"  {_short(record)}")
        if len(extraction.items) > 3:
            print(f"  and {len(extraction.items) - 3} more records")
        for name, why in extraction.abstained.items():
            print(f"  {name:20} not known: {why}")
        return extraction

    def _explain(self, template: str, number: int | None) -> None:
        page, url = self._page()
        chosen = max(self._versions(template, number), key=lambda version: fit(version.load().extract(page, url)))
        print(f"{_name(chosen)}\n{chosen.load().explain(page, url)}")

    def _page(self) -> tuple[bytes | str, str]:
        if self.response is None:
            raise UnknownName("There is no page yet.", hint='fetch("https://...")')
        reason = unreadable(self.response)
        if reason:
            raise UnknownName(f"{self.response.url} is no page that can be read: {reason}.")
        return page_of(self.response), self.response.url

    def _versions(self, template: str, number: int | None) -> list[Version]:
        """The live versions of the template, or of each; or the version of this number. Raises UnknownName."""
        with Store.open(self.options.state, self.options.database, create=False) as store:
            sites = store.sites()
            site = self.spider.name if self.spider is not None and self.spider.name in sites else ""
            if not site and len(sites) == 1:
                (site,) = sites
            if not site:
                raise UnknownName(
                    f"Which site the page is of, is not clear ({', '.join(sites)}).", hint="scrapy shell --spider NAME"
                )
            templates = store.templates(site)
            if template and template not in templates:
                raise unknown("template", template, templates, where=f"site {site}")
            if number is None:
                found = [
                    version
                    for name in ([template] if template else templates)
                    for version in store.versions.all_live(site, name)
                ]
            else:
                found = [
                    version
                    for name in ([template] if template else templates)
                    for version in store.versions.all(site, name)
                    if version.number == number
                ]
        if not found:
            raise nothing_learned(site, template)
        return found


def answering(options: Options, site: str) -> list[str]:
    """The versions that answer for a site, one line each."""
    with Store.open(options.state, options.database, create=False) as store:
        return [_name(one) for name in store.templates(site) for one in store.versions.all_live(site, name)]


def _name(version: Version) -> str:
    return f"{version.site}/{version.template}, version {version.number} ({version.state})"


def _verdict(extraction: Extraction) -> str:
    if extraction.reason:
        return f"not a page of it: {extraction.reason}"
    known = len(extraction.confidence)
    return f"{known} of {known + len(extraction.abstained)} fields known"


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 120 else f"{text[:117]}..."


def _told(work: Callable[[], Any]) -> Any:
    """What the work gives; an error is shown as text, for at a prompt a traceback is noise."""
    try:
        return work()
    except EvergreenError as error:
        print(error.show())
        return None
