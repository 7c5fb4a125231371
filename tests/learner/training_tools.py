"""A small corpus to train on."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path

from learner.network.inference import Settings

SMALL = Settings(width=0.25)
_NAMES = "river stone cloud maple ember frost quill harbor lantern meadow orchid pepper"
WORDS = _NAMES.split()


def write_corpus(corpus: Path, sites: int = 12) -> Path:
    """Sites of two designs, three pages each; every site has class names of its own."""
    chance = random.Random(4)
    for number in range(sites):
        site = f"site{chr(97 + number)}.example"
        folder = corpus / "shops" / site
        folder.mkdir(parents=True)
        (folder / "site.json").write_text(json.dumps({"site": site, "versions": ["v1", "v2"], "fields": {}}))
        for version, tag in (("v1", "span"), ("v2", "p")):
            (folder / version).mkdir()
            name = f"{chance.choice(WORDS)}-{version}"
            for page in "abc":
                title = " ".join(chance.sample(WORDS, 3)).title()
                price = f"$ {chance.randint(1, 99)}.00"
                tags = chance.sample(WORDS, 3)
                shown = "".join(f"<li>{word}</li>" for word in tags)
                html = (
                    f"<html><body><nav><a href='/'>Home</a><a href='/all'>All</a></nav><div class='{name}'>"
                    f"<h1 class='{name}-title'>{title}</h1><{tag} class='{name}-price'>{price}</{tag}>"
                    f"<ul class='{name}-tags'>{shown}</ul><p>Ships in two days</p></div></body></html>"
                )
                item = {"title": title, "price": price, "tags": tags}
                (folder / version / f"{page}.html.gz").write_bytes(gzip.compress(html.encode()))
                gold = {"url": f"http://{site}/{page}", "item": item}
                (folder / version / f"{page}.json").write_text(json.dumps(gold))
    return corpus
