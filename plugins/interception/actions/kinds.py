"""The kinds of check lists: their columns, and how a line of one is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

import msgspec

from hub.api import BadLine, days, idnumbers, is_name, money, plain_name, sheets
from plugins.interception.actions.rules import AREA, CARD, NAME, UNTIL
from plugins.interception.config import AREA_PLACES

ID = "身份证号"
LONGEST = 60
Column = sheets.Column

PERSON = (
    Column(label=NAME, sample="张三"),
    Column(label=ID, hint="18位", sample="510904194403150023", also=("证件号码", "身份证号码", "公民身份号码")),
)


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of list. ``ref`` names the column that tells several entries of one person apart; without one, a person has one
    entry.
    """

    code: str
    label: str
    more: tuple[sheets.Column, ...] = ()
    ref: str | None = None

    @property
    def columns(self) -> tuple[sheets.Column, ...]:
        return (*PERSON, *self.more)


def optional(label: str, sample: str = "", also: tuple[str, ...] = ()) -> sheets.Column:
    return Column(label=label, required=False, sample=sample, also=also)


KINDS: Mapping[str, Kind] = {
    kind.code: kind
    for kind in (
        Kind(code="death", label="死亡人员", more=(optional("死亡日期", "2026-03-01"), optional("登记机关"))),
        Kind(code="payroll", label="财政供养人员", more=(optional("单位", "安居区某局"), optional("职务"))),
        Kind(
            code="cadres",
            label="村干部、经办人员及其亲属",
            more=(optional("关系", "配偶"), optional("干部姓名", "李四"), optional("职务", "村委会主任")),
        ),
        Kind(
            code="vehicles",
            label="车辆登记",
            more=(Column(label="车牌号", sample="川J00000"), optional("车型"), optional("登记日期")),
            ref="车牌号",
        ),
        Kind(
            code="houses",
            label="不动产登记",
            more=(Column(label="不动产权证号", sample="0000001"), optional("坐落"), optional("面积（平方米）")),
            ref="不动产权证号",
        ),
        Kind(
            code="companies",
            label="工商登记",
            more=(
                Column(label="统一社会信用代码", sample="91510900MA00000000"),
                optional("企业名称"),
                optional("身份"),
            ),
            ref="统一社会信用代码",
        ),
        Kind(
            code="prisoners",
            label="服刑人员",
            more=(optional("服刑起", "2025-01-01"), optional(UNTIL, "2027-12-31")),
        ),
        Kind(code="moved_out", label="户籍迁出", more=(optional("迁出日期", "2026-05-06"), optional("迁往地"))),
        Kind(
            code="land",
            label="土地承包",
            more=(Column(label=AREA, sample="3.50", also=("承包面积",)), optional("合同号", "J0000001")),
            ref="合同号",
        ),
        Kind(
            code="identities",
            label="身份和卡号",
            more=(optional(CARD, "6217000000000000009", also=("银行卡号", "一卡通卡号")),),
            ref=CARD,
        ),
        Kind(
            code="supporters",
            label="赡养人",
            more=(Column(label="赡养人姓名", sample="张小三"), optional("关系", "子女")),
            ref="赡养人姓名",
        ),
    )
}


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A line that can be right: whose it is, and what it says of them."""

    number: str
    says: dict[str, str]

    def __repr__(self) -> str:
        return "Entry(***)"


def read_entry(kind: Kind, cells: Mapping[str, str], today: date) -> Entry:
    """What a line says; ``BadLine`` with the first thing wrong."""
    try:
        number = idnumbers.parse(cells[ID], today).number
    except idnumbers.BadNumber as problem:
        raise BadLine(problem.text.rstrip("。")) from None
    says = {
        column.label: read_cell(column, cells.get(column.label, ""), today)
        for column in kind.columns
        if column.label != ID
    }
    return Entry(number=number, says={label: text for label, text in says.items() if text})


def read_cell(column: sheets.Column, text: str, today: date) -> str:
    if len(text) > LONGEST:
        raise BadLine(f"“{column.label}”不超过{LONGEST}字")
    if not text:
        if column.required:
            raise BadLine(f"缺少“{column.label}”")
        return ""
    if column.label in DAYS:
        return read_day(column.label, text, today)
    return READ.get(column.label, str)(text)


def read_name(text: str) -> str:
    name = plain_name(text)
    if not is_name(name):
        raise BadLine("姓名应为身份证上的姓名")
    return name


def read_card(text: str) -> str:
    try:
        return idnumbers.card(text)
    except idnumbers.BadNumber as problem:
        raise BadLine(problem.text.rstrip("。")) from None


def read_area(text: str) -> str:
    try:
        area = money.cell(text.removesuffix("亩"), AREA_PLACES)
    except money.BadAmount as problem:
        raise BadLine(f"承包面积（亩）{problem.text}".rstrip("。")) from None
    if not 0 < area < 100_000:
        raise BadLine("承包面积应大于0且小于10万亩")
    return format(area.normalize(), "f")


def read_day(label: str, text: str, today: date) -> str:
    try:
        return days.read(text, today, past=DAYS[label]).isoformat()
    except days.BadDay as problem:
        raise BadLine(f"“{label}”：{problem.text.rstrip('。')}") from None


# The columns that hold days; True where the day has passed when it is told.
DAYS: Mapping[str, bool] = {"死亡日期": True, "登记日期": True, "迁出日期": False, "服刑起": False, UNTIL: False}


# What is compared is read strictly; the rest is kept as it was written.
READ: Mapping[str, Callable[[str], str]] = {
    NAME: read_name,
    CARD: read_card,
    AREA: read_area,
}
