"""What a county can set."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from hub.api import Asked, Limit, Range


class SurveyConfig(msgspec.Struct, frozen=True, kw_only=True):
    """``required``: what a record needs besides time, result and handling, by project code, ``*`` for all others: of spot,
    findings, investigators, photos, signatures. ``moves``: which way a case goes after a result (pass where none is named: a survey
    finds facts, the next node decides). ``limit`` of a survey that is no part of a case, ``followup_limit`` of 落实调查处理.
    ``drafts_kept``: days for which drafts of a closed survey are kept after they came.
    """

    required: Annotated[
        dict[str, tuple[Literal["spot", "findings", "investigators", "photos", "signatures"], ...]],
        Asked("各项目必填内容"),
    ] = msgspec.field(default_factory=lambda: {"*": ("spot", "investigators", "photos", "signatures")})
    investigators_at_least: Annotated[int, Range(1, 10), Asked("最少调查人数")] = 2
    moves: Annotated[
        dict[Literal["true", "untrue", "changed", "unverifiable"], Literal["pass", "correct", "return"]],
        Asked("各结果的去向"),
    ] = {}
    limit: Annotated[Limit, Asked("调查期限")] = Limit(10)
    followup_limit: Annotated[Limit, Asked("落实处理期限")] = Limit(10)
    drafts_at_most: Annotated[int, Range(1, 1000), Asked("最多草稿数")] = 20
    drafts_kept: Annotated[int, Range(1, 3660), Asked("草稿保留天数")] = 90
    records_at_most: Annotated[int, Range(1, 1000), Asked("每件最多记录数")] = 20
    history_at_most: Annotated[int, Range(1, 200), Asked("显示的历史记录数")] = 20
