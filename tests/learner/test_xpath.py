"""Selectors run as XPath lead to the same elements as selectors looked up in tables."""

from __future__ import annotations

import pytest

from fixtures import SITES
from learner.page import parse
from learner.selectors import Index, generate


@pytest.mark.parametrize("site", sorted(SITES))
@pytest.mark.parametrize("design", [1, 2, 3])
def test_xpath_and_tables_agree(site: str, design: int) -> None:
    pages = list(SITES[site].pages(design).values())
    for page in pages[:: max(1, len(pages) // 2)][:2]:
        document = parse(page.html, "http://127.0.0.1/")
        tables = Index(document)
        selectors = [s for element in tables.elements[::3] for s in generate(element, "text", tables)]
        for selector in dict.fromkeys(selectors):
            assert selector.path
            searched = Index(document)._searched(selector)
            assert searched == tables._looked_up(selector.steps), str(selector)
