"""What 留言板 stores: a resident's message with all that was said and done about it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from hub.api import Filed, Machine, Move, Office, Secret, stored

NODE = "message_board"
Kind = Literal["consult", "suggest", "complain"]
KINDS: dict[str, str] = {"consult": "咨询", "suggest": "建议", "complain": "投诉"}
# The five grades of 好差评.
GRADES: dict[str, str] = {"5": "非常满意", "4": "满意", "3": "基本满意", "2": "不满意", "1": "非常不满意"}

MESSAGE = Machine(
    states={
        "waiting": "待分派",
        "handling": "处理中",
        "replied": "已回复",
        "proposed": "待确认转投诉",
        "rated": "已评价",
        "closed": "已关闭",
        "complained": "已转投诉",
    },
    moves={
        "reply": Move("回复", ("waiting", "handling"), "replied"),
        "take": Move("接办", ("waiting",), "handling"),
        "transfer": Move("转办", ("waiting", "handling"), "waiting"),
        "return": Move("退回", ("waiting", "handling"), "waiting"),
        "propose": Move("建议转为投诉", ("waiting", "handling"), "proposed"),
        "ask": Move("追问", ("replied",), "handling"),
        "rate": Move("评价", ("replied",), "rated"),
        "close": Move("关闭留言", ("waiting", "handling", "replied"), "closed"),
        "complain": Move("同意转为投诉", ("proposed",), "complained"),
        "decline": Move("不转投诉", ("proposed",), "handling"),
        "lapse": Move("到期关闭", ("replied",), "closed"),
        "go_on": Move("到期未确认，继续办理", ("proposed",), "handling"),
    },
)
FINAL = ("rated", "closed", "complained")
# Those in which an office has to do something, and those that wait for their writer.
WITH_OFFICE = ("waiting", "handling")
WITH_WRITER = ("replied", "proposed")


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """A reply of an office, or what its writer asked again (without a ``unit``)."""

    text: Secret
    at: datetime
    unit: str = ""
    handler: str = ""


class Message(Filed, frozen=True, kw_only=True):
    """``place`` and ``bureau`` are those of the office that has it, ``home`` the village of its writer. ``name`` is kept where the office
    may know it alone. ``step`` counts whose turn it was; ``before`` are the offices that have passed it on. ``due_at`` is the limit of the
    reply, ``ends_at`` when it goes on without its writer. ``proposed``: that it become a complaint was proposed once; ``complaint`` and
    ``complaint_number`` are of the one that it has become. ``slot`` tells apart the open ones of one person.
    """

    kind: Kind
    bureau: str
    project: str = ""
    node: str = NODE
    home: str
    slot: int
    subject: Secret
    text: Secret
    pictures: tuple[str, ...] = ()
    confidential: bool
    name: Secret | None = None
    said: tuple[Said, ...] = ()
    step: int = 1
    before: tuple[Office, ...] = ()
    assigned_at: datetime
    taken_at: datetime | None = None
    due_at: datetime
    ends_at: datetime | None = None
    proposed: bool = False
    complaint: str = ""
    complaint_number: str = ""
    grade: str = ""
    words: Secret | None = None

    @property
    def replies(self) -> int:
        return sum(1 for each in self.said if each.unit)

    @property
    def follow_ups(self) -> int:
        return len(self.said) - self.replies

    def __repr__(self) -> str:
        return f"Message({self.id!r}, {self.state!r})"


messages_of = stored("message_board.messages", Message)
