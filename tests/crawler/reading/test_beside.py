"""Fields that nothing is learned of go on coming from the teacher, as long as it says what learned code does."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import pytest
from scrapy.http import HtmlResponse, Response
from watch_tools import HOST, tea, teas

from crawler.inputs.lessons import GONE
from crawler.options import Options
from crawler.reading.answers import Answers
from crawler.reading.beside import unlearned
from crawler.reading.live import LiveSite
from crawler.spider import EvergreenSpider, Template
from learner.retraining.retraining import retrain
from learner.state.store import Store

OTHER = "<h2>{name}</h2><div><b>{price}</b></div><em>from {place}</em>"


class Teas(EvergreenSpider):
    name = "teas"
    start_urls: ClassVar = [f"{HOST}/tea/0"]
    start_template = "tea"
    templates: ClassVar = {"tea": Template(fields=("name", "price", "japanese", "rare"))}
    raises = False

    def teach_tea(self, response: Response) -> Mapping[str, Any]:
        if self.raises:
            raise ValueError("no such tea")
        values = {
            name: response.css(f"{selector}::text").get() for name, selector in (("name", "h1.t"), ("price", "p.p"))
        }
        return {**values, "japanese": response.url[-1] in "034"}


def crawl(state: Path, pages: Mapping[str, str], spider: EvergreenSpider) -> tuple[list[Any], Counter[str]]:
    """What is exported of ``japanese``, page by page, and the statistics."""
    counts: Counter[str] = Counter()
    site = LiveSite("teas", Options(state), lambda name, count=1: counts.update({name: count}))
    answers = Answers(spider, site, site._count, lambda: False, 100)
    found = []
    for path, html in pages.items():
        read = asyncio.run(answers.read(HtmlResponse(HOST + path, body=html, encoding="utf-8"), "tea"))
        found.append(read.item.get("japanese"))
    answers.save()
    asyncio.run(site.close())
    retrain(site.store, "teas")
    site.store.close()
    return found, counts


@pytest.mark.parametrize(
    ("design", "mode", "raises", "given", "lost"),
    [
        (None, "auto", False, True, 0),
        (OTHER, "auto", False, False, 10),
        (None, "auto", True, False, 10),
        (None, "learned", False, False, 0),
    ],
    ids=["as ever", "a new design", "a teacher that raises", "learned code alone"],
)
def test_what_cannot_be_learned_comes_from_the_teacher_while_it_works(
    design: str | None, mode: str, raises: bool, given: bool, lost: int, tmp_path: Path
) -> None:
    japanese = [number in (0, 3, 4) for number in range(10)]
    assert crawl(tmp_path, teas(), Teas(mode="auto"))[0] == japanese
    pages = teas() if design is None else teas(lambda name, number: tea(name, number, design))
    if design is not None:
        crawl(tmp_path, pages, Teas(mode="learned"))
    spider = Teas(mode=mode)
    spider.raises = raises
    found, counts = crawl(tmp_path, pages, spider)
    assert found == (japanese if given else [None] * 10)
    assert counts["learned"] == 10
    assert counts["taught/tea/japanese"] == (10 if given else 0)
    assert counts["lost/tea/japanese"] == lost
    with Store.open(tmp_path) as store:
        (part,) = Teas.templates["tea"].parts("tea")
        assert unlearned(store, "teas", part, {"name", "price"}) == {"japanese": 1.0}
        store.events.add("teas", "tea", GONE, {"fields": ["japanese"]})
        assert unlearned(store, "teas", part, {"name", "price"}) == {}
