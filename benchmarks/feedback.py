"""Whether healing feeds on its own mistakes, and whether it can be fed: rounds of redesigns, and planted values.

    python -m benchmarks feedback [--rounds 20] [--wrong 0.05] [--pages 12] [--json OUT]

*Rounds*: pages of the fixture sites are redesigned anew each round (``learner.redesign``); what the last version gave
is all that is known of them, and a share of these values is replaced by those of other pages. After healing, the
values are graded against what the generator put on the pages.

*Planted*: before a redesign, an attacker puts the known values of a share of the pages into a place of their own, a
review, a hidden element or a comment. After healing, other values stand there. The attack wins where they are given.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import warnings
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from fixtures import SITES
from learner import Example, Extractor, Known, Page, heal, learn
from learner.redesign import redesign
from learner.values import same

HOST = "http://site.test"
TEMPLATES = (
    ("shop", "product", ("title", "price", "sku", "brand")),
    ("articles", "article", ("title", "author", "date")),
)
PLANTED = ("title", "price", "sku")
POISON = {"title": "Buy at evil.example", "price": "£0.01", "sku": "XX-000000X"}
SHARES = (0.1, 0.25, 0.5, 0.75, 1.0)
_PLACES = {
    "review": '<div class="review"><p>{title}</p> <b class="price">{price}</b> <i class="code">{sku}</i></div>',
    "hidden": '<div style="display:none"><p>{title}</p> <b class="price">{price}</b> <i class="code">{sku}</i></div>',
    "comment": "<!-- <p>{title}</p> <b class=price>{price}</b> <i class=code>{sku}</i> -->",
}

Items = dict[str, dict[str, Any]]


def shown(site: str, template: str, design: int, count: int) -> tuple[dict[str, str], Items]:
    """HTML and values of pages, by URL."""
    pages = [page for page in SITES[site].pages(design).values() if page.template == template]
    pages = sorted(pages, key=lambda page: page.path)[:count]
    return {HOST + p.path: p.html for p in pages}, {HOST + p.path: dict(p.item or {}) for p in pages}


def grade(extractor: Extractor, pages: Mapping[str, str], gold: Items) -> tuple[float, float, Items]:
    """Shares of the values that are right and wrong, and what was given. Links count by their end."""
    right = wrong = total = 0
    given: Items = {}
    for url, html in pages.items():
        given[url] = dict(extractor.read(html, url).item)
        for name, value in gold[url].items():
            total += 1
            if name in given[url]:
                agrees = same(given[url][name], value) or str(given[url][name]).endswith(str(value))
                right += agrees
                wrong += not agrees
    return right / total, wrong / total, given


def spoiled(known: Items, share: float, chance: random.Random) -> Items:
    """The same with a share of the values replaced by those of other pages."""
    urls = list(known)
    out: Items = {url: dict(item) for url, item in known.items()}
    for item in out.values():
        for name in item:
            if chance.random() < share:
                other = known[chance.choice(urls)]
                item[name] = other.get(name, item[name])
    return out


def rounds(
    site: str, template: str, fields: Sequence[str], number: int, share: float, count: int
) -> list[tuple[float, float]]:
    """Shares of right and wrong values after each round."""
    pages, whole = shown(site, template, 1, count)
    gold = {url: {name: item[name] for name in fields} for url, item in whole.items()}
    examples = [Example(url, html, gold[url]) for url, html in list(pages.items())[:12]]
    extractor = learn(examples)
    right, wrong, known = grade(extractor, pages, gold)
    out = [(right, wrong)]
    for seed in range(1, number + 1):
        chance = random.Random(f"{site} {seed}")
        known = spoiled(known, share, chance)
        new = {url: redesign(html, seed, 0.5) for url, html in pages.items()}
        facts = [Known(url, item) for url, item in known.items()]
        extractor = heal(extractor, [Page(url, html) for url, html in new.items()], known=facts).extractor
        right, wrong, given = grade(extractor, new, gold)
        # A field that is not given keeps the value that was known.
        known = {url: {**known[url], **given[url]} for url in known}
        out.append((right, wrong))
    return out


def planted(html: str, place: str, values: Mapping[str, Any]) -> str:
    head, body, rest = html.partition("<body")
    opening, _, content = rest.partition(">")
    block = _PLACES[place].format(**{name: escape(str(values[name])) for name in PLANTED})
    return f"{head}{body}{opening}>{block}{content}"


def attack(place: str, share: float, count: int) -> tuple[float, float]:
    """Shares of the attacked values that are the attacker's after healing, and of all values that are right."""
    old, gold = shown("shop", "product", 1, count)
    wanted = {url: {name: item[name] for name in PLANTED} for url, item in gold.items()}
    extractor = learn([Example(url, html, wanted[url]) for url, html in list(old.items())[:12]])
    new, new_gold = shown("shop", "product", 2, count)
    chance = random.Random(f"{place} {share}")
    attacked = set(chance.sample(sorted(new), round(share * len(new))))
    pages = [Page(url, planted(html, place, wanted[url]) if url in attacked else html) for url, html in new.items()]
    healed = heal(extractor, pages, known=[Known(url, item) for url, item in wanted.items()]).extractor
    lost = right = 0
    for url, html in new.items():
        page = planted(html, place, POISON) if url in attacked else html
        item = healed.read(page, url).item
        lost += sum(url in attacked and item.get(name) == POISON[name] for name in PLANTED)
        right += sum(name in item and same(item[name], new_gold[url][name]) for name in PLANTED)
    return lost / max(1, len(attacked) * len(PLANTED)), right / (len(new) * len(PLANTED))


def main(arguments: list[str]) -> int:
    """Exit code 1 when the last rounds are worse than the first by more than 0.02, or an attack on half of the pages
    wins anywhere."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks feedback", description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--wrong", type=float, default=0.05, help="share of the known values that are wrong (0.05)")
    parser.add_argument("--pages", type=int, default=12)
    parser.add_argument("--json", type=Path, help="write all figures")
    options = parser.parse_args(arguments)
    warnings.simplefilter("ignore")
    figures: dict[str, Any] = {"rounds": {}, "planted": []}
    decays = False
    for site, template, fields in TEMPLATES:
        shares = rounds(site, template, fields, options.rounds, options.wrong, options.pages)
        figures["rounds"][f"{site}/{template}"] = shares
        healed = shares[1:]
        first, last = healed[:5], healed[-5:]
        decays |= _mean(last, 0) < _mean(first, 0) - 0.02 or _mean(last, 1) > _mean(first, 1) + 0.02
        print(f"{site}/{template}: right/wrong before {shares[0][0]:.3f}/{shares[0][1]:.3f}, after each round")
        print("   " + " ".join(f"{right:.3f}/{wrong:.3f}" for right, wrong in healed))
        ends = [f"{_mean(some, 0):.3f}/{_mean(some, 1):.3f}" for some in (first, last)]
        print(f"   first five rounds {ends[0]}, last five {ends[1]}", flush=True)
    print("\nplanted on a share of the pages: values that are the attacker's / values that are right")
    wins = False
    for place in _PLACES:
        row = [(share, *attack(place, share, options.pages)) for share in SHARES]
        figures["planted"] += [[place, *entry] for entry in row]
        wins |= any(lost > 0 for share, lost, _ in row if share <= 0.5)
        print(f"   {place:8}" + "".join(f"  {share:4.0%}: {lost:.3f}/{right:.3f}" for share, lost, right in row))
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n")
    return 1 if decays or wins else 0


def _mean(shares: Sequence[tuple[float, float]], place: int) -> float:
    return statistics.mean(entry[place] for entry in shares)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
