"""Templates that drift and that no retrain has healed: how a person shows what it did not find."""

from __future__ import annotations

import json
from shlex import quote

from learner.retraining.impasse import Impasse


def shown_by(site: str, impasse: Impasse) -> str:
    """The command by which a person labels a page of the new design."""
    if impasse.url and not impasse.many:
        values = " ".join(quote(f"{name}=VALUE") for name in impasse.fields)
        return f"scrapy teach {quote(impasse.url)} {values} --spider {site} --template {impasse.template}"
    example = {"url": impasse.url or "...", "template": impasse.template}
    values = '"items": [...]' if impasse.many else '"item": {...}'
    return f"scrapy learn {site} --examples FILE.jsonl, with the line {json.dumps(example)[:-1]}, {values}}}"


def otherwise(site: str) -> str:
    """What else may be the matter."""
    return f"(or scrapy learn {site} --gone FIELD, if the site does not show the field any more)"
