"""What the spiders of the fixture sites share. The server is on this machine: no pauses between pages."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import urljoin

from scrapy.settings import BaseSettings

from crawler.addresses import is_http
from crawler.spider import EvergreenSpider
from learner.errors import UnknownName

LOOPBACK_SETTINGS = {
    "AUTOTHROTTLE_ENABLED": False,
    "DOWNLOAD_DELAY": 0.0,
    "CONCURRENT_REQUESTS": 16,
    "CONCURRENT_REQUESTS_PER_DOMAIN": 16,
    "DOWNLOAD_TIMEOUT": 10,
    "RETRY_TIMES": 1,
}


class FixtureSpider(EvergreenSpider):
    """A spider of ``python -m fixtures serve``: the server's URL is in EVERGREEN_FIXTURES, unless ``-a start`` is."""

    start_path: ClassVar[str] = "/"
    custom_settings = LOOPBACK_SETTINGS

    @classmethod
    def prepared(cls, settings: BaseSettings, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Raises UnknownName when nothing says where the server is."""
        if arguments.get("start"):
            return dict(arguments)
        server = settings.get("EVERGREEN_FIXTURES") or os.environ.get("EVERGREEN_FIXTURES")
        if not server:
            raise UnknownName(
                f"Spider {cls.name} crawls a fixture site, and nothing says where its server is.",
                hint="python -m fixtures serve, then EVERGREEN_FIXTURES=http://127.0.0.1:PORT",
            )
        if not is_http(server):
            raise UnknownName(f"EVERGREEN_FIXTURES is {server!r}, which is no http(s) URL.")
        return {**arguments, "start": urljoin(server, cls.start_path)}


def squashed(texts: list[str]) -> str:
    """The texts as one, with single spaces."""
    return " ".join("".join(texts).split())
