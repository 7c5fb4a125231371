"""WARC files for tests, written by warcio."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

MOMENT = "2025-03-01T12:00:00Z"


def write_warc(path: Path, *records: tuple[str, bytes] | tuple[str, bytes, dict[str, Any]]) -> Path:
    """One record for each URL and body; the third may give ``status``, ``kind`` (content type) and ``type``."""
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=path.suffix == ".gz")
        writer.write_record(writer.create_warcinfo_record(path.name, {"software": "test"}))
        for url, body, *more in records:
            options = more[0] if more else {}
            headers = [("Content-Type", options.get("kind", "text/html; charset=utf-8")), *options.get("headers", ())]
            http = StatusAndHeaders(f"{options.get('status', 200)} -", headers, protocol="HTTP/1.1")
            kind = options.get("type", "response")
            writer.write_record(
                writer.create_warc_record(
                    url,
                    kind,
                    payload=BytesIO(body),
                    length=len(body),
                    http_headers=http if kind == "response" else None,
                    warc_content_type="" if kind == "response" else options.get("kind", "text/html"),
                    warc_headers_dict={"WARC-Date": MOMENT},
                )
            )
    return path
