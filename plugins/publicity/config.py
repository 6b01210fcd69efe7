"""What a county can set."""

from __future__ import annotations

from typing import Literal

import msgspec

from hub.api import Limit


class PublicityConfig(msgspec.Struct, frozen=True, kw_only=True):
    """``start``: a 资格公示 is started by its handler, or with the first case that comes. ``names``: how much of a name is
    shown, by project code: ``usual`` 张*三, ``surname`` 张**. ``show_id_tail``: the last 4 of the ID number beside it, never
    of minors. ``sensitive_shows``: of sensitive projects name and village alone, or as of the others. ``phone``: 监督电话.
    ``upheld``: where a case goes whose objection is true. ``usual`` days where a project says none, ``least`` whatever it
    says, ``longest`` at all; ``payment_days`` the least and the most of a 发放公示. ``start_limit``, ``confirm_limit``: of
    the handler's tasks.
    """

    start: Literal["by_hand", "at_once"] = "by_hand"
    names: dict[str, Literal["usual", "surname"]] = {}
    show_id_tail: bool = False
    sensitive_shows: Literal["name", "all"] = "name"
    phone: str = ""
    upheld: Literal["return", "refuse"] = "return"
    usual: Limit = Limit(7, "calendar")
    least: Limit = Limit(1, "calendar")
    longest: int = 60
    payment_days: tuple[int, int] = (3, 60)
    start_limit: Limit = Limit(2)
    confirm_limit: Limit = Limit(3)
