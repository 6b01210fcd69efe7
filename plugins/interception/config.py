"""What a county can set."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from hub.api import Asked, Limit, Range, money

# Decimals of an area in 亩, and of whatever else is counted.
AREA_PLACES = 4


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """What a project's policy allows (R10). Ages in full years, both included; ``most`` of what is counted (亩, 头, 台), a
    decimal text.
    """

    age_min: int | None = None
    age_max: int | None = None
    most: str | None = None

    def __post_init__(self) -> None:
        try:
            money.decimal(self.most or "0", AREA_PLACES)
        except money.BadAmount as problem:
            raise ValueError(f"most: {problem.text}") from None


class InterceptionConfig(msgspec.Struct, frozen=True, kw_only=True):
    """``rules``: which rules run for a project that names none itself (rosters, surveys); ``usual_rules`` for one that is not
    in it. ``off`` are rules that never run here, ``severity`` changes that of single ones.

    ``exclusive``: groups of projects of which a person may enjoy one (R07); ``renewable`` projects are declared anew by who
    enjoys them. ``policy`` by project (R10). ``confirm_within``: how long the bureau has. ``answer_within``: what a resident is
    told of the wait. ``objection_office`` is where they can object. ``importers``: roles that may bring lists in.
    ``longest_window``: months of one statistic. ``least_shown``: smaller numbers are 少于5 to those who may not see the persons
    behind them.
    """

    rules: Annotated[dict[str, tuple[str, ...]], Asked("各项目的比对规则")] = {}
    usual_rules: Annotated[tuple[str, ...], Asked("默认比对规则")] = ("R01", "R07", "R08", "R12")
    off: Annotated[tuple[str, ...], Asked("停用的规则")] = ()
    severity: Annotated[dict[str, Literal["block", "warn"]], Asked("规则的处理方式")] = {}
    exclusive: Annotated[tuple[tuple[str, ...], ...], Asked("不能同时享受的项目")] = (
        ("30001", "30002"),
        ("30002", "30003"),
        ("30002", "30006"),
    )
    renewable: Annotated[tuple[str, ...], Asked("可续报的项目")] = ("10001", "10002", "40001", "40002")
    policy: Annotated[dict[str, Policy], Asked("各项目的政策条件")] = msgspec.field(
        default_factory=lambda: {
            "20001": Policy(age_min=60),
            "30005": Policy(age_min=80),
            "30006": Policy(age_max=18),
            "90001": Policy(age_min=60),
        }
    )
    confirm_within: Annotated[Limit, Asked("确认期限")] = Limit(5)
    answer_within: Annotated[Limit, Asked("告知居民的期限")] = Limit(15)
    objection_office: Annotated[str, Asked("申诉地点")] = "户籍所在地便民服务窗口"
    importers: Annotated[tuple[str, ...], Asked("可导入名单的角色")] = ("handler", "discipline")
    longest_window: Annotated[int, Range(1, 240), Asked("统计最长月数")] = 36
    least_shown: Annotated[int, Range(1, 100), Asked("小于此数显示为“少于”")] = 5
