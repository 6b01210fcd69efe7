"""What a county can set."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from hub.api import Limit, Range


class SurveyConfig(msgspec.Struct, frozen=True, kw_only=True):
    """``required``: what a record needs besides time, result and handling, by project code, ``*`` for all others: of spot,
    findings, investigators, photos, signatures. ``moves``: which way a case goes after a result (pass where none is named: a survey
    finds facts, the next node decides). ``limit`` of a survey that is no part of a case, ``followup_limit`` of 落实调查处理.
    ``drafts_kept``: days for which drafts of a closed survey are kept after they came.
    """

    required: dict[str, tuple[Literal["spot", "findings", "investigators", "photos", "signatures"], ...]] = (
        msgspec.field(default_factory=lambda: {"*": ("spot", "investigators", "photos", "signatures")})
    )
    investigators_at_least: Annotated[int, Range(1, 10)] = 2
    moves: dict[Literal["true", "untrue", "changed", "unverifiable"], Literal["pass", "correct", "return"]] = {}
    limit: Limit = Limit(10)
    followup_limit: Limit = Limit(10)
    drafts_at_most: int = 20
    drafts_kept: int = 90
    records_at_most: int = 20
    history_at_most: int = 20
