"""What of a response can be read as a page."""

from __future__ import annotations

from scrapy.http import Response, TextResponse, XmlResponse
from scrapy.utils.request import fingerprint

LEARNED = "evergreen"
"""Flag of a response that learned code reads for the callback: what the callback yields of it teaches nothing."""
EVIDENCE = "evergreen_evidence"
"""Request meta: the page is asked for only to learn from it, and nothing of it goes out."""
NOT_HTML = "not_html"
"""Why a response is no page: it is something else."""
_FOR_GOOD = (301, 308)
_HTML = frozenset((b"", b"text/html", b"application/xhtml+xml", b"application/vnd.wap.xhtml+xml"))


def unreadable(response: Response) -> str:
    """Why a response can't be a page at all: "", empty or not_html."""
    if not response.body.strip():
        return "empty"
    if not isinstance(response, TextResponse) or isinstance(response, XmlResponse):
        return NOT_HTML
    kind = (response.headers.get("Content-Type") or b"").split(b";")[0].strip().lower()
    return "" if kind in _HTML else NOT_HTML


def is_evidence(response: Response) -> bool:
    """Whether the page was asked for only to learn from it."""
    return response.request is not None and EVIDENCE in response.request.meta


def page_of(response: Response) -> bytes | str:
    """The bytes of the page, or its text where only the HTTP header told the encoding."""
    kind = (response.headers.get("Content-Type") or b"").lower()
    if b"charset" in kind and b"utf-8" not in kind:
        return response.text
    return response.body


def content_type(response: Response) -> str:
    """The header, or that of a page where there is none."""
    return (response.headers.get("Content-Type") or b"text/html").decode("latin-1")


def body_asked(response: Response) -> str:
    """A name for what was asked for, where the address alone does not say it: a form was sent, or another body. The
    address is its end."""
    request = response.request
    if request is None or (request.method in ("GET", "HEAD") and not request.body):
        return ""
    return f"{fingerprint(request).hex()} {response.url}"


def asked_url(response: Response) -> str:
    """The address that was asked for, if it has moved for good to that of the response; else ""."""
    meta = {} if response.request is None else response.meta
    visited: list[str] = meta.get("redirect_urls", [])
    for_good = all(reason in _FOR_GOOD for reason in meta.get("redirect_reasons", []))
    return visited[0] if visited and for_good and visited[0] != response.url else ""
