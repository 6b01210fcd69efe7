"""银行退回: what a bank's answer means, what its person does about it, and what the handler does.

A bank's own text is for handlers alone: it says what it likes, also numbers. Residents read ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

ReturnName = Literal[
    "inactive",
    "lost",
    "closed",
    "frozen",
    "dormant",
    "id_expired",
    "limit",
    "not_payable",
    "wrong_name",
    "wrong_id",
    "wrong_card",
]


class Return(msgspec.Struct, frozen=True):
    """Why a bank gave a payment back. It is meant where a bank's text has one of the ``words``."""

    label: str
    words: tuple[str, ...]
    person: str
    handler: str


AGAIN = "办好后告诉便民服务窗口，登记后重新发放，不用重新申报。"
SAME_CARD = "办好后点“更正卡号”，还填这张卡，再提交银行重发。"
OTHER_CARD = "请本人拿着社保卡核对，点“更正卡号”填对，再提交银行重发。"
# The first that fits is meant: the narrower come first.
RETURNS: Mapping[str, Return] = {
    "inactive": Return(
        "社保卡的银行账户没有激活",
        ("未激活", "没有激活", "未启用"),
        f"请带身份证和社保卡，到发卡银行激活。{AGAIN}",
        f"请本人带身份证和社保卡到发卡银行激活。{SAME_CARD}",
    ),
    "lost": Return(
        "社保卡已挂失",
        ("挂失",),
        f"卡找到了的，请到发卡银行解除挂失；补办了新卡的，请带新卡到便民服务窗口更正卡号。{AGAIN}",
        "问清本人是解除挂失还是补办新卡，再点“更正卡号”填现在用的卡。",
    ),
    "closed": Return(
        "这张卡的银行账户已注销",
        ("销户", "注销", "已销"),
        f"请带身份证和现在用的社保卡，到便民服务窗口更正卡号。{AGAIN}",
        OTHER_CARD,
    ),
    "frozen": Return(
        "这张卡的银行账户被冻结",
        ("冻结", "止付"),
        f"请带身份证和社保卡，到发卡银行问清原因。{AGAIN}",
        f"请本人到发卡银行问清原因；短期解不开的，核对后换本人另一张社保卡。{SAME_CARD}",
    ),
    "dormant": Return(
        "这张卡很久没有用，银行账户停用了",
        ("睡眠", "久悬", "不动户", "长期不动"),
        f"请带身份证和社保卡，到发卡银行重新启用。{AGAIN}",
        f"请本人到发卡银行重新启用。{SAME_CARD}",
    ),
    "id_expired": Return(
        "在银行登记的身份证过期了",
        ("证件过期", "证件已过期", "身份证过期", "身份证已过期", "证件失效", "证件到期"),
        f"请带新的身份证和社保卡，到发卡银行更新。{AGAIN}",
        f"请本人带新身份证到发卡银行更新。{SAME_CARD}",
    ),
    "limit": Return(
        "超过了这张卡能收的金额",
        ("限额", "超限", "二类户", "Ⅱ类", "II类"),
        f"请带身份证和社保卡，到发卡银行调高限额。{AGAIN}",
        f"请本人到发卡银行调高限额或升为一类户。{SAME_CARD}",
    ),
    "not_payable": Return(
        "这张卡现在不能代发补贴",
        ("代发", "状态异常", "状态不正常", "非正常"),
        f"请带身份证和社保卡，到发卡银行问清原因并办好。{AGAIN}",
        f"请本人到发卡银行问清账户状态。{SAME_CARD}",
    ),
    "wrong_name": Return(
        "姓名和卡号对不上",
        ("户名", "姓名"),
        f"请带身份证和社保卡，到便民服务窗口核对姓名和卡号。{AGAIN}",
        OTHER_CARD,
    ),
    "wrong_id": Return(
        "身份证号和卡号对不上",
        ("证件", "身份证"),
        f"请带身份证和社保卡，到便民服务窗口核对。{AGAIN}",
        "核对身份证号和卡号是不是同一个人的；身份证号错的，请在名册中更正。",
    ),
    "wrong_card": Return(
        "卡号不对",
        ("卡号", "账号", "帐号", "账户不存在", "帐户不存在", "无此户", "查无此"),
        f"请带身份证和社保卡，到便民服务窗口核对卡号。{AGAIN}",
        OTHER_CARD,
    ),
}
UNKNOWN = Return(
    "银行没有入账",
    (),
    f"请带身份证和社保卡，到便民服务窗口核对；也可以先打下面的电话问清楚。{AGAIN}",
    "请向银行问清原因，与本人核对后点“更正卡号”，再提交银行重发。",
)


def name_of(said: str, codes: Mapping[str, ReturnName]) -> str:
    """Which of :data:`RETURNS` a bank's text means, or empty. ``codes``: the bank's own, each with its name; one stands at the beginning of
    the text, or alone."""
    code = said.partition(" ")[0].rstrip(":：")
    if code in codes:
        return codes[code]
    return next((name for name, each in RETURNS.items() if any(word in said for word in each.words)), "")


def named(name: str) -> Return:
    """What residents and handlers are told; of a text that nobody knows, what to do all the same."""
    return RETURNS.get(name, UNKNOWN)
