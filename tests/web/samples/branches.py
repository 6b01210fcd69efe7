"""银行网点: open to all."""

from __future__ import annotations

from collections.abc import Mapping

from tests.web.scope import Sample

SAMPLES: Mapping[str, Sample] = {}
OPEN: Mapping[str, str] = {
    "GET /api/v1/{place}/branches": "where banks are, with the phone of their counter",
    "POST /api/v1/{place}/branches/nearest": "the same by a position, which is in no address and is not kept",
}
