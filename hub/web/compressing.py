"""HTML goes out compressed. JSON does not: it may hold a session's token as it is, whose letters the size would tell one by one;
on pages the token is masked anew each time."""

from __future__ import annotations

from tornado.httputil import HTTPHeaders, HTTPServerRequest
from tornado.web import GZipContentEncoding

from hub.web.statics import codings_in


class CompressedPages(GZipContentEncoding):
    """Tornado's, for pages alone; below 1 KB they go as they are."""

    def __init__(self, request: HTTPServerRequest) -> None:
        super().__init__(request)
        self._gzipping = "gzip" in codings_in(request.headers.get("Accept-Encoding", ""))

    def transform_first_chunk(
        self, status_code: int, headers: HTTPHeaders, chunk: bytes, finishing: bool
    ) -> tuple[int, HTTPHeaders, bytes]:
        """Nothing else is touched, not even its ``Vary``."""
        if not headers.get("Content-Type", "").startswith("text/html"):
            self._gzipping = False
            return status_code, headers, chunk
        return super().transform_first_chunk(status_code, headers, chunk, finishing)
