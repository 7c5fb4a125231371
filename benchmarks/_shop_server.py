"""The fixture shop in any size, as a process of its own: ``python -m benchmarks._shop_server PRODUCTS``."""

from __future__ import annotations

import json
import sys

from fixtures import Site
from fixtures.hosts import SiteHost
from fixtures.server import FixtureServer

if __name__ == "__main__":
    with FixtureServer(SiteHost({"shop": Site("shop", size=int(sys.argv[1]))})) as server:
        print(json.dumps({"url": server.url}), flush=True)
        server.serve_forever()
