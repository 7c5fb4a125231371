"""``python -m crawler.reading.worker``: reads pages for a crawl, in a process of its own, beside it on another core.

On stdin come requests, a line of JSON and then as many bytes of the page as it says; on stdout go an empty line and the
answers, a line of JSON each, in the same order. A page that crashes or hangs the parser takes this process with it, and
not the crawl.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from functools import lru_cache
from typing import IO, Any

from learner.extractor import Extraction, Extractor, load
from learner.pages.values import from_json, to_json


def main() -> None:
    """Answer until stdin ends."""
    serve(sys.stdin.buffer, sys.stdout.buffer)


def serve(requests: IO[bytes], answers: IO[bytes]) -> None:
    """Say that all is imported, then answer the requests one by one."""
    answers.write(b"\n")
    answers.flush()
    while line := requests.readline():
        request = json.loads(line)
        page = requests.read(request["length"])
        html = page.decode() if request["text"] else page
        answers.write(encode(_extractor(request["folder"]).read(html, request["url"])))
        answers.flush()


@lru_cache(maxsize=64)
def _extractor(folder: str) -> Extractor:
    return load(folder)


def encode(extraction: Extraction) -> bytes:
    """An extraction as a line of JSON, without its evidence."""
    answer = {
        "item": to_json(extraction.item),
        "items": to_json(extraction.items),
        "confidence": extraction.confidence,
        "abstained": extraction.abstained,
        "reason": extraction.reason,
        "expected": sorted(extraction.expected),
        "unproven": extraction.unproven,
        "likely": to_json(extraction.likely),
    }
    return json.dumps(answer).encode() + b"\n"


def decode(line: bytes) -> Extraction:
    """The inverse of ``encode``."""
    answer: Mapping[str, Any] = json.loads(line)
    return Extraction(
        item=from_json(answer["item"]),
        items=from_json(answer["items"]),
        confidence=answer["confidence"],
        abstained=answer["abstained"],
        reason=answer["reason"],
        expected=frozenset(answer["expected"]),
        unproven=answer["unproven"],
        likely=from_json(answer["likely"]),
    )


if __name__ == "__main__":
    main()
