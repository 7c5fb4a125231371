"""Two designs of a site served at once, for long: each page is answered by the version that fits it."""

from __future__ import annotations

import json
from collections import Counter, defaultdict

from crawl_tools import SHOP, Project, stats

from crawler.demo import grade
from fixtures.hosts import SiteHost

CRAWL = ("crawl", "shop", "-a", "mode=learned", "-s", "EVERGREEN_PROVENANCE=1")


def test_both_designs_are_answered_and_nothing_is_healed_twice(learned: Project, host: SiteHost) -> None:
    versions_of: defaultdict[int, Counter[int]] = defaultdict(Counter)
    for draw, healed in ((1, True), (2, False)):
        learned.switch(site="shop", design=2, share=0.5, draw=draw)
        name = f"items{draw}.jsonl"
        done = learned.run(*CRAWL, "-O", str(learned.path(name)))
        counted = stats(done.err)
        assert (done.code, counted["drift_pending"]) == (0, 0), done.err[-3000:]
        assert ("template product: drift" in done.err) == healed
        items = learned.items(name)
        provenance = {item["url"]: item.pop("_evergreen") for item in items}
        score = grade(SHOP, host.design, learned.server, items)
        assert (score.share, score.share_wrong) == (1.0, 0.0)
        if draw == 2:
            for url, said in provenance.items():
                versions_of[host.design(url.removeprefix(learned.server))][said["version"]] += 1
    assert {design: set(versions) for design, versions in versions_of.items()} == {1: {1}, 2: {2}}
    assert learned.call("retrain", "shop").out == "shop: nothing to do\n"
    assert "product: version 2 or 1 answers" in learned.call("status", "shop").out
    for way, told in ((("-o", str(learned.path("code"))), "file"), ((), "code")):
        ejected = json.loads(learned.call("eject", "shop", "--template", "product", "--json", *way).out)["product"]
        (other,) = ejected["beside"]
        assert (ejected["version"], other["version"], other["class"]) == (2, 1, "ShopProductPage1")
        assert ejected[told] != other[told]
    assert learned.call("report", "shop", "-o", str(learned.path("shop.html"))).code == 0
    assert "beside 1" in learned.path("shop.html").read_text()
    back = learned.call("rollback", "shop", "--template", "product")
    assert back.out == "shop/product: version 1 is live\n"
