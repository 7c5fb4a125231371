"""The add-on: one line in a project's settings, ``ADDONS = {"crawler.addon.Evergreen": 500}``.

It sets only what is unset: a setting of the project, the command line or a spider stays as it is.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

from scrapy.exceptions import NotConfigured
from scrapy.settings import BaseSettings

_COMPONENTS: tuple[tuple[str, str, int], ...] = (
    # First of all: a delivery is no download, and needs none of the checks of one.
    ("DOWNLOADER_MIDDLEWARES", "crawler.reading.delivery.DeliveryMiddleware", 10),
    ("DOWNLOADER_MIDDLEWARES", "crawler.addresses.PrivateAddressMiddleware", 60),
    # Nearest to the spider: what it sees is what the callback yielded.
    ("SPIDER_MIDDLEWARES", "crawler.standby.watching.WatchMiddleware", 1000),
    ("EXTENSIONS", "crawler.extension.Evergreen", 500),
    # Only scrapy-poet reads it, where there is one.
    ("SCRAPY_POET_PROVIDERS", "crawler.poet.LearnedProvider", 500),
)
_PACKAGES = ("sqlalchemy", "warcio", "lxml", "bs4", "numpy", "dateparser", "dateutil", "price_parser", "safetensors")
"""What a crawl imports. torch is not among them: a retrain says by itself that it is missing."""
_STORAGE = "crawler.outputs.feeds.WholeFileStorage"


class Evergreen:
    """Watch, learn and repair the crawl of a project; export feeds as whole files."""

    def update_settings(self, settings: BaseSettings) -> None:
        """Raises NotConfigured where a package is missing without which the crawl itself would break."""
        missing = [package for package in _PACKAGES if find_spec(package) is None]
        if missing:
            raise NotConfigured(
                f"{', '.join(missing)} is not installed. The crawl goes on without Evergreen; "
                "pip install evergreen-crawler brings what it needs."
            )
        for name, path, order in _COMPONENTS:
            _add(settings, name, path, order)
        for scheme in ("", "file"):
            _add(settings, "FEED_STORAGES", _STORAGE, None, key=scheme)
        _add(settings, "FEED_EXPORTERS", "crawler.outputs.columns.CsvExporter", None, key="csv")
        settings.set("FEED_STORE_EMPTY", False, priority="addon")
        settings.set("FEED_URI_PARAMS", "crawler.outputs.feeds.uri_params", priority="addon")


def _add(settings: BaseSettings, name: str, path: str, order: int | None, *, key: str | None = None) -> None:
    """Put a component into a dictionary setting, unless the project says something about it already."""
    entries: dict[Any, Any] = settings.getdict(name)
    entry = path if key is None else key
    if entry in entries:
        return
    entries[entry] = order if key is None else path
    settings.set(name, entries, settings.getpriority(name) or 0)
