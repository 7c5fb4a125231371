"""What the hand-written selectors of a spider made of templates return, checked against its templates."""

from __future__ import annotations

from typing import Any
from urllib.parse import urljoin

from crawler.names import unknown
from crawler.reading.reading import Item
from crawler.templates import Template
from learner.errors import UnknownName

ITEMS = "items"
"""In what the teacher of a ``many`` template returns: the key of its list of items."""


def checked(taught: Item, template: str, spec: Template, url: str) -> Item:
    """What a teacher said, without empty values, its links absolute.

    Raises UnknownName for a field that the template does not have.
    """
    fields = (*spec.follow, ITEMS) if spec.many else (*spec.fields, *spec.follow)
    for name in taught:
        if name not in fields:
            raise unknown("field", name, fields, where=f"template {template}, which its teacher returned")
    values = _filled(taught)
    for name in spec.follow:
        if name in values:
            links = values[name]
            values[name] = urljoin(url, links) if isinstance(links, str) else [urljoin(url, link) for link in links]
    if spec.many:
        items = [_filled(item) for item in taught.get(ITEMS) or ()]
        for item in items:
            for name in item:
                if name not in spec.fields:
                    raise unknown("field", name, spec.fields, where=f"an item of template {template}")
        values[ITEMS] = [item for item in items if item]
        values = _filled(values)
    return values


def nothing_learned(site: str, template: str | None = None) -> UnknownName:
    """The error of a page that nobody can read yet."""
    what = f"template {template!r} of {site}" if template else site
    return UnknownName(
        f"Nothing has been learned for {what} yet.",
        kept="every page and example recorded so far",
        hint=f"scrapy retrain {site} after a crawl with a teacher, or scrapy learn {site} --examples FILE.jsonl",
    )


def _filled(values: Item) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None and value != "" and value != []}
