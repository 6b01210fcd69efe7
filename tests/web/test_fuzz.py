"""Requests that nobody thought of, made by schemathesis from our own description: no 500, nothing undescribed."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import hypothesis
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks

from hub.web.settings import HEADER_BYTES, Rate, WebSettings
from tests.web.small import SmallHub, Visitor, small_hub
from tests.world import JUXIAN

EXAMPLES = 6
# Values that the description allows, and values that it does not.
MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
# Not that everything allowed is accepted, nor everything else refused: rules between fields and cursors are beyond a schema, and
# an empty field of a form counts as not given.
load_all_checks()
WANTED = CHECKS.get_by_names(
    [
        "not_a_server_error",
        "status_code_conformance",
        "content_type_conformance",
        "response_schema_conformance",
        "response_headers_conformance",
        "allow_header_conformance",
    ]
)
WITHOUT_LIMIT = WebSettings(person_rate=Rate(10**6), address_rate=Rate(10**6), upload_rate=Rate(10**6))
# These break on purpose, and the last exists to be called seldom.
ON_PURPOSE = {f"/api/v1/{{place}}/trials/{name}" for name in ("crash", "leak", "hang", "lost", "seldom")}
# WeChat is not asked here, and a session that signs itself out answers 401 from then on.
ELSEWHERE = {"/api/v1/signin/wechat", "/api/v1/signin/out", "/api/v1/me/wechat/oa", "/api/v1/me/wechat/mp"}

# How a message is framed is read before there is an operation: tests/security/test_doors.py.
FRAMING = {"transfer-encoding", "content-length", "connection"}


# The hub answers beside it in the same process, and its driver numbers what it sends to the database by that module.
@pytest.mark.filterwarnings("ignore:Do not use the `random` module inside strategies")
async def test_no_request_breaks_an_operation(mongo_uri: str, seed: int) -> None:
    async with small_hub(mongo_uri, f"test_{uuid4().hex}", settings=WITHOUT_LIMIT) as hub:
        document = (await hub.guest.get("/openapi.json")).json
        visitors = [await hub.handler(JUXIAN), await hub.resident(assurance="proved")]

        tried = await asyncio.to_thread(_fuzz, document, hub, visitors, seed)

    assert tried >= EXAMPLES * len(document["paths"]) / 2


def _fuzz(document: dict[str, Any], hub: SmallHub, visitors: list[Visitor], seed: int) -> int:
    schema = schemathesis.openapi.from_dict(document)
    tried = 0
    for found in schema.get_all_operations():
        operation = found.ok()
        if operation.path in ON_PURPOSE | ELSEWHERE:
            continue
        for number, visitor in enumerate(visitors):
            for mode in MODES:
                tried += _try(operation, mode, hub.base, visitor.headers, seed + number)
    return tried


def _try(operation: Any, mode: GenerationMode, base: str, headers: dict[str, str], seed: int) -> int:
    tried = 0

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=EXAMPLES,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @hypothesis.given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: Any) -> None:
        nonlocal tried
        tried += 1
        if "place" in case.path_parameters and seed % 2:
            # Invented places are unknown: most of the time ask at one that is there.
            case.path_parameters["place"] = JUXIAN
        hypothesis.assume(FRAMING.isdisjoint(name.lower() for name in case.headers or ()))
        asked = requests.Request(**case.as_transport_kwargs(base_url=base, headers=headers))
        # Whoever sends more in one line than all headers may have is hung up on, without an answer.
        hypothesis.assume(len(asked.prepare().url or "") < HEADER_BYTES // 2)
        answer = case.call(base_url=base, headers=headers)
        case.validate_response(answer, checks=WANTED)

    try:
        ask()
    except Unsatisfiable:
        # An operation that takes anything, or nothing, cannot be asked wrongly.
        assert mode is GenerationMode.NEGATIVE
    return tried
