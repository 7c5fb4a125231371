"""A redesign between two crawls: noticed, healed in the crawl or after it, nothing lost, nothing delivered twice."""

from __future__ import annotations

import json
from collections import Counter

from crawl_tools import RECORDS, SHOP, Project, processes, stats, watched

from crawler.demo import grade
from learner.state.store import Store

HEALED = 0.95
"""Share of right fields from which on the loop counts as closed; how good it is, is for the learner's own tests."""


def test_a_crawl_heals_itself(learned: Project) -> None:
    learned.switch(site="shop", design=2)
    output = learned.path("items.jsonl")
    # An earlier crawl has left the same pages unhealed: its items are none of this crawl's.
    assert learned.run("crawl", "shop", "-a", "mode=learned", "--nolog", "-s", "EVERGREEN_RETRAIN=never").code == 3
    done = learned.run("crawl", "shop", "-a", "mode=learned", "-O", str(output), **watched(learned))
    counted = stats(done.err)
    assert done.code == (3 if counted["drift_pending"] else 0), done.err[-3000:]
    assert counted["retrains"] >= 1
    assert counted["healed"] >= 1
    assert counted["hours_since_heal"] < 1
    assert counted["coverage/product/title"] == 1
    assert 0.7 <= counted["confidence/product/title"] <= 1
    items = learned.items("items.jsonl")
    assert Counter(item["url"] for item in items).most_common(1)[0][1] == 1
    assert len(items) == 32
    assert grade(SHOP, 2, learned.server, items).share > HEALED
    started = processes(learned)
    crawl = next(pid for pid, _, command in started if "crawl" in command.split())
    assert {pid for pid, _, command in started if "retrain" in command.split()} - {crawl}
    assert crawl not in {pid for pid, what, _ in started if what == "torch"}
    with Store.open(learned.state) as store:
        assert store.repairs.take("shop") == []  # what the crawl delivered is delivered
    assert not (learned.state / "repaired").exists()


def test_a_crawl_that_only_records_is_healed_afterwards(learned: Project) -> None:
    learned.switch(site="shop", design=2)
    output = learned.path("items.jsonl")
    for _ in range(2):  # of each page the newest visit is what is repaired for the file
        during = learned.run("crawl", "shop", "-a", "mode=learned", "-O", str(output), "-s", "EVERGREEN_RETRAIN=never")
        assert during.code == 3
        counted = stats(during.err)
        # Told on each day, also if nothing has changed since.
        (told,) = [line for line in during.err.splitlines() if "template product: values are left out: " in line]
        assert f"sku on {counted['withheld/product/sku']} pages (" in told
        assert told.endswith("Next: scrapy retrain shop")
    assert counted["hours_drifting"] < 1
    assert "hours_since_heal" not in counted
    assert counted["coverage/product/sku"] == 1 - counted["not_vouched_for/product/sku"] / counted["pages/product"]
    assert "Next: scrapy retrain shop" in during.err
    # Of pages that give nothing there is no item, and without an item there is no file.
    found = learned.items("items.jsonl") if output.exists() else []
    assert grade(SHOP, 2, learned.server, found).share < 0.6
    assert "DRIFT" in learned.call("status", "shop").out
    healed = learned.call("retrain", "shop")
    assert healed.code in (0, 3), healed.all
    assert (healed.code == 3) == ("DRIFT" in learned.call("status", "shop").out)
    repaired = learned.state / "repaired" / "shop.jsonl"
    items = [json.loads(line) for line in repaired.read_text().splitlines()]
    assert set(Counter(item["url"] for item in items).values()) == {1}
    assert grade(SHOP, 2, learned.server, items).share > HEALED
    assert learned.call("retrain", "shop").code == healed.code
    assert len(repaired.read_text().splitlines()) == len(items)
    back = learned.call("rollback", "shop")
    assert back.code == 0
    assert "shop/product: version 1 is live" in back.out
    with Store.open(learned.state) as store:
        live = store.versions.live("shop", "product")
        assert live is not None
        assert live.number == 1


def test_lost_links_are_replaced_by_known_urls(learned: Project) -> None:
    learned.switch(site="shop", broken="soft_404")
    done = learned.run("crawl", "shop", "-a", "mode=learned", "-s", "EVERGREEN_RETRAIN=never")
    learned.switch(site="shop", broken=None)
    counted = stats(done.err)
    assert counted["known_urls_requested"] == len(SHOP.pages(1)) - 1
    assert counted["pages/product"] == 32
    assert done.code != 0


def test_a_redesigned_register_is_still_reached(learned: Project) -> None:
    """Three list pages: too few for a sequential test, and the link to the next one is optional."""
    learned.switch(site="records", design=2)
    crawl = ("crawl", "records", "-a", "mode=learned", "-s", "EVERGREEN_RETRAIN=never", "-O")
    first = learned.run(*crawl, str(learned.path("first.jsonl")))
    assert (first.code, stats(first.err)["pages"]) == (3, len(RECORDS.pages(1)))
    assert learned.call("retrain", "records").code == 0
    # The items are healed, the links are not: what they led to before is asked for by memory.
    second = learned.run(*crawl, str(learned.path("second.jsonl")))
    counted = stats(second.err)
    assert (second.code, counted["lost_links/list-links/next"], counted["drift_pending"]) == (3, 2, 1)
    assert "no longer show the link next" in second.err
    healed = learned.call("retrain", "records")
    assert healed.code == 0
    assert "pages show links again. Next: scrapy crawl records" in healed.err
    third = learned.run(*crawl, str(learned.path("third.jsonl")))
    assert third.code == 0, third.err[-3000:]
    assert not any("lost" in name or "known" in name for name in stats(third.err))
    for name in ("second.jsonl", "third.jsonl"):
        score = grade(RECORDS, 2, learned.server, learned.items(name))
        assert (score.share, score.share_wrong) == (1.0, 0.0)


def test_links_are_found_under_their_new_addresses(learned: Project) -> None:
    learned.switch(site="shop", design=3)
    during = learned.run("crawl", "shop", "-a", "mode=learned", "-s", "EVERGREEN_RETRAIN=never")
    assert "response_status_count/301" in during.err
    learned.call("retrain", "shop")
    with Store.open(learned.state) as store:
        moves = store.pages.moves("shop")
        assert len(moves) == 33  # each product, and the second page of the list
        healed = store.versions.live("shop", "list")
        assert healed is not None
        assert healed.number == 2
    output = learned.path("items.jsonl")
    after = learned.run("crawl", "shop", "-a", "mode=learned", "-O", str(output), "-s", "EVERGREEN_RETRAIN=never")
    assert "response_status_count/301" not in after.err
    urls = [item["url"] for item in learned.items("items.jsonl")]
    assert len(urls) == len(set(urls)) == 32
    assert set(urls) <= set(moves.values())
