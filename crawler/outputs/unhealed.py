"""Templates that drift and that no retrain has healed: how a person shows what it did not find."""

from __future__ import annotations

import json
from collections.abc import Collection
from shlex import quote
from typing import Final

from learner.retraining.impasse import Impasse

_URL: Final = "URL"


def shown_by(site: str, impasse: Impasse) -> str:
    """The command by which a person labels a page of the new design; of yes and no, several. Where no such page is
    known the person finds one, and writes it in the place of URL."""
    url = impasse.url or _URL
    if not impasse.many:
        single = [name for name in impasse.fields if name not in impasse.booleans]
        values = " ".join(quote(f"{name}=VALUE") for name in single)
        command = f"scrapy teach {quote(url)} {values} --spider {site} --template {impasse.template}"
        if len(single) == len(impasse.fields):
            return command
        return " and ".join([*([command] if single else []), _several(site, impasse)])
    record = {name: True if name in impasse.booleans else "VALUE" for name in impasse.fields}
    line = json.dumps({"url": url, "template": impasse.template, "items": [record]})
    return f"scrapy learn {site} --examples FILE.jsonl, with the line {line}, with such a record for each of the page's"


def _several(site: str, impasse: Impasse) -> str:
    """The command by which a person shows on which pages yes and no are said: one page does not tell what says so."""
    item = {name: True for name in impasse.fields if name in impasse.booleans}
    line = json.dumps({"url": impasse.url or _URL, "template": impasse.template, "item": item})
    return (
        f"scrapy learn {site} --examples FILE.jsonl, with the line {line} and such lines of nine pages more, yes and no"
    )


def otherwise(site: str, gone: Collection[str], shown: Collection[str] = ()) -> str:
    """What else may be the matter with fields that next to no page has any more, or that all of few ``shown`` pages
    have; empty where there are none."""
    rare = ", ".join(quote(f"{name}=") for name in sorted(shown))
    none = f"(a page that has none is shown with {rare} and no value)" if rare else ""
    return " ".join(filter(None, (none, _gone(site, gone))))


def _gone(site: str, gone: Collection[str]) -> str:
    if len(gone) < 2:
        return "".join(
            f"(or scrapy learn {site} --gone {quote(name)}, if the site does not show it any more)" for name in gone
        )
    fields = f"the field any more, one of {', '.join(sorted(gone))}"
    return f"(or scrapy learn {site} --gone FIELD, if the site does not show {fields})"
