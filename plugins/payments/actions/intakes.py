"""Tables that come in: 名册 of a project, and the bank's results of a batch.

Uploaded, a table is cut into sealed parts; each part is read in a transaction of its own, which asks for the next one. So a
long table blocks nobody, a crash loses nothing, and no more than one part is in memory. A second run changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Annotated

import msgspec

from hub.api import (
    Actor,
    Asked,
    BadLine,
    CardText,
    Context,
    Identity,
    IdNumberText,
    Invalid,
    NotFound,
    PhoneText,
    Placement,
    Refused,
    Secret,
    Upload,
    check_all,
    idnumbers,
    is_name,
    keep_in_parts,
    leave_unfinished,
    money,
    plain_name,
    recusal,
    sealed,
    shanghai,
    sheets,
    shown_name,
    taken,
    unit_of,
    unsealed,
)
from plugins.declaration.events import ProjectOf
from plugins.payments.actions import paying
from plugins.payments.actions.benefits import hold_readers
from plugins.payments.business import (
    BATCHES,
    BENEFITS,
    benefit_fact,
    check_answered,
    check_bureau,
    check_paying,
    finance_of,
    kept_away,
    settle,
)
from plugins.payments.documents import (
    Batch,
    Benefit,
    Intake,
    IntakePart,
    Reject,
    batches_of,
    benefits_of,
    intakes_of,
    parts_of,
    rejects_of,
)
from plugins.payments.events import BenefitsStarted, BenefitStarted, Payee, Paying
from plugins.payments.steps import ReadIntakePart

ENROL = "payments.enrol"
Column = sheets.Column
Line = sheets.SheetRow

ROSTER_COLUMNS = (
    Column(label="姓名", sample="张三"),
    Column(label="身份证号", hint="18位", sample="510904194403150023", also=("证件号码", "身份证号码")),
    Column(label="社保卡号", hint="发放到这张卡", sample="6217000000000000009", also=("银行卡号", "一卡通卡号")),
    Column(label="手机号", required=False, sample="13800000000", also=("联系电话",)),
    Column(label="村（社区）", hint="12位代码，或“乡镇+村”全称", sample="聚贤镇万古桥村", also=("行政区划", "村代码")),
    Column(label="补贴标准", required=False, sample="100元/亩·年"),
    Column(label="数量", required=False, hint="面积、人数等", sample="3.5亩"),
    Column(label="金额", hint="每次发放的金额（元）", sample="350.00", also=("补贴金额",)),
)
RESULT_COLUMNS = (
    Column(label="流水号", hint="发放文件中的流水号", sample="510904-2026-P0001-000001-1"),
    Column(label="发放结果", hint="成功 或 失败", sample="成功", also=("结果",)),
    Column(label="失败原因", required=False, sample="账户状态异常"),
)
COLUMNS: Mapping[str, Sequence[sheets.Column]] = {"roster": ROSTER_COLUMNS, "results": RESULT_COLUMNS}
KEY: Mapping[str, str] = {"roster": "身份证号", "results": "流水号"}
RESULTS: Mapping[str, bool] = {"成功": True, "失败": False}
LONGEST = 60
DRY_RUN = "只试读，不改数据"
NOT_CATALOGUED = "项目目录里没有这个项目，请填写。"
CONCERNED = "导入人是当事人，按规定应当回避，请由其他经办人员导入"

Text = Annotated[str, msgspec.Meta(min_length=1, max_length=60)]


class RosterQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Whose 名册 it is; of a project in the catalogue what that says goes before this, and need not be given. ``dry_run``: only look,
    change nothing.
    """

    project: Annotated[Text, Asked("补贴项目", "项目代码，或这项补贴的名称。")]
    short: Annotated[str, Asked("项目简称"), msgspec.Meta(max_length=60)] = ""
    bureau: Annotated[str, Asked("主管部门", "如农业农村局。"), msgspec.Meta(max_length=60)] = ""
    sensitive: Annotated[bool, Asked("涉及困难、疾病、残疾或未成年人")] = False
    dry_run: Annotated[bool, Asked(DRY_RUN)] = False


class ResultsQuery(msgspec.Struct, frozen=True, kw_only=True):
    dry_run: Annotated[bool, Asked(DRY_RUN)] = False


class Tally(msgspec.Struct, kw_only=True):
    """What one part came to."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    rejects: dict[int, str] = msgspec.field(default_factory=dict)


# --- receiving -------------------------------------------------------------------------------------------------------


async def receive_roster(ctx: Context, query: RosterQuery, upload: Upload) -> Intake:
    """An uploaded 名册 of a project of one's own bureau."""
    query = await as_catalogued(ctx, query)
    county = ctx.regions[ctx.county or ctx.place.code]
    own = Placement(path=county.path, county=ctx.county, bureau=query.bureau, project=query.project)
    check_bureau(ctx, own, query.bureau)
    intake = new_intake(
        ctx,
        kind="roster",
        bureau=(query.bureau,),
        unit=unit_of(ctx, county.code, query.bureau),
        **taken(query, "project", "short", "sensitive", "dry_run"),
    )
    return await receive(ctx, intake, upload)


async def as_catalogued(ctx: Context, query: RosterQuery) -> RosterQuery:
    """Whose project it is and how sensitive is not the uploader's word, where the place has it in its catalogue; subsidies
    that nobody declares need not stand there.
    """
    project = await ctx.ask(ProjectOf(code=query.project))
    if project is None or not project.found:
        if missing := [name for name in ("short", "bureau") if not getattr(query, name)]:
            raise Invalid(fields=dict.fromkeys(missing, NOT_CATALOGUED))
        return query
    known = {"short": project.short, "bureau": project.bureau, "sensitive": project.sensitive}
    return msgspec.structs.replace(query, **known)


async def receive_results(ctx: Context, id: str, query: ResultsQuery, upload: Upload) -> Intake:
    """The bank's results of a batch, brought in by the bureau that pays."""
    batch = await BATCHES.here(ctx, id)
    await check_all((check_paying, check_answered), ctx, batch)
    intake = new_intake(
        ctx,
        kind="results",
        dry_run=query.dry_run,
        batch=batch.id,
        unit=unit_of(ctx, batch.place, finance_of(batch)),
        **taken(batch, "project", "short", "bureau", "sensitive"),
    )
    return await receive(ctx, intake, upload)


def new_intake(ctx: Context, **given: object) -> Intake:
    """At the county: a table has people of many villages."""
    return msgspec.convert(
        {
            "_id": ctx.new_id(),
            "place": ctx.county or ctx.place.code,
            "maker": ctx.actor.person or "",
            "maker_key": ctx.actor.id_key,
            "maker_name": shown_name(ctx.actor),
            **given,
        },
        Intake,
    )


async def receive(ctx: Context, intake: Intake, upload: Upload) -> Intake:
    """Keep the table in sealed parts and ask for the first to be read. A table that is none leaves nothing behind."""
    columns, key = COLUMNS[intake.kind], KEY[intake.kind]
    parts, rows = await keep_in_parts(
        ctx,
        upload,
        columns,
        key=lambda row: (idnumbers.key(row.cells[key]),),
        begin=lambda unit: intakes_of(unit).insert(intake),
        keep=partial(keep, intake),
    )
    return await ctx.in_transaction(lambda unit: start(unit, intake.id, parts, rows))


async def keep(intake: Intake, ctx: Context, *, number: int, lines: Sequence[Line]) -> None:
    where = taken(intake, "place", "bureau", "project")
    part = IntakePart(id=ctx.new_id(), intake=intake.id, number=number, lines=sealed(lines), **where)
    await parts_of(ctx).insert(part)


async def start(ctx: Context, id: str, parts: int, rows: int) -> Intake:
    intake: Intake = await intakes_of(ctx).get(id)
    intake = await intakes_of(ctx).save(msgspec.structs.replace(intake, state="running", parts=parts, rows=rows))
    ctx.audit(f"payments.import_{intake.kind}", id, rows=rows, dry_run=intake.dry_run, project=intake.project)
    ctx.enqueue(ReadIntakePart(place=intake.place, subject=id, part=0))
    return intake


async def sweep(ctx: Context) -> None:
    """Uploads that never ended."""
    await leave_unfinished(ctx, intakes_of, parts_of, "intake", left)


def left(ctx: Context, intake: Intake) -> Intake:
    return msgspec.structs.replace(intake, state="left", finished_at=ctx.now())


# --- reading ---------------------------------------------------------------------------------------------------------


async def read_part(step: ReadIntakePart, ctx: Context) -> None:
    """The next part of a table: what is right goes in, the rest is listed with its reason. Told twice, once done."""
    intake: Intake | None = await intakes_of(ctx).first({"_id": step.subject})
    if intake is None or intake.state != "running" or intake.done != step.part:
        return
    part: IntakePart | None = await parts_of(ctx).first({"intake": intake.id, "number": step.part})
    if part is None:
        raise NotFound("导入的数据已不在，请重新上传。")
    read = read_roster if intake.kind == "roster" else read_results
    tally = await read(ctx, intake, unsealed(part.lines))
    await rejects_of(ctx).insert_many([reject(ctx, intake, line, why) for line, why in tally.rejects.items()])
    await parts_of(ctx).delete(part)
    intake = await intakes_of(ctx).save(counted(ctx, intake, tally))
    if intake.state == "running":
        ctx.enqueue(ReadIntakePart(place=intake.place, subject=intake.id, part=intake.done))
    elif intake.batch is not None and not intake.dry_run:
        await settle(ctx, intake.batch)


def counted(ctx: Context, intake: Intake, tally: Tally) -> Intake:
    over = intake.done + 1 == intake.parts
    return msgspec.structs.replace(
        intake,
        done=intake.done + 1,
        added=intake.added + tally.added,
        changed=intake.changed + tally.changed,
        unchanged=intake.unchanged + tally.unchanged,
        rejected=intake.rejected + len(tally.rejects),
        state="done" if over else "running",
        finished_at=ctx.now() if over else None,
    )


def reject(ctx: Context, intake: Intake, line: int, reason: str) -> Reject:
    where = taken(intake, "place", "bureau", "project")
    return Reject(id=ctx.new_id(), intake=intake.id, line=line, reason=reason, **where)


# --- 名册 ------------------------------------------------------------------------------------------------------------


async def read_roster(ctx: Context, intake: Intake, lines: Sequence[Line]) -> Tally:
    tally = Tally()
    names = villages(ctx)
    wanted: dict[str, tuple[Line, Benefit]] = {}
    for line in lines:
        try:
            benefit = read_benefit(ctx, intake, line, names)
            wanted[ctx.store.blind(benefit.identity.id_number)] = (line, benefit)
        except BadLine as bad:
            tally.rejects[line.number] = bad.reason
    await refuse_guarded(ctx, intake, wanted, tally)
    same = {"project": intake.project, "open": True, "identity.id_number.b": {"$in": list(wanted)}}
    known = {ctx.store.blind(benefit.identity.id_number): benefit for benefit in await benefits_of(ctx).find(same)}
    maker = Actor(kind="staff", person=intake.maker, id_key=intake.maker_key)
    fresh: dict[str, Benefit] = {}
    changed: list[Benefit] = []
    for key, (line, benefit) in wanted.items():
        before = known.get(key)
        new = before is None or particulars(before) != particulars(benefit)
        if new and recusal.is_avoided(maker, before or benefit):
            tally.rejects[line.number] = CONCERNED
        elif before is None:
            fresh[key] = benefit
        elif before.state not in ("active", "suspended"):
            tally.rejects[line.number] = "此人在本项目已停发，不能通过名册恢复"
        elif not new:
            tally.unchanged += 1
        else:
            changed.append(onto(ctx, before, benefit, intake))
    tally.added, tally.changed = len(fresh), len(changed)
    if not intake.dry_run:
        readers = await hold_readers(ctx, list(fresh))
        begun = await benefits_of(ctx).insert_many([read_by(each, readers.get(key)) for key, each in fresh.items()])
        if begun:
            facts = tuple(benefit_fact(ctx, BenefitStarted, benefit, "名册导入") for benefit in begun)
            ctx.emit(BenefitsStarted(place=intake.place, benefits=facts))
        await benefits_of(ctx).save_many(changed)
    return tally


async def refuse_guarded(ctx: Context, intake: Intake, wanted: dict[str, tuple[Line, Benefit]], tally: Tally) -> None:
    """Whom another plugin does not let onto a roster leaves it, with its neutral words."""
    payees = tuple(
        Payee(row=str(line.number), benefit=None, **taken(benefit, "place", "identity", "quantity"))
        for line, benefit in wanted.values()
    )
    carrier = Paying(
        batch=intake.id,
        bureau=intake.bureau[0],
        rows=payees,
        **taken(intake, "project", "short", "place", "sensitive", "dry_run"),
    )
    try:
        await ctx.guard(ENROL, carrier)
    except Refused as refused:
        for payee in payees:
            carrier.hold(payee.row, refused.text)
    for key, (line, _) in list(wanted.items()):
        if (reason := carrier.held.get(str(line.number))) is not None:
            tally.rejects[line.number] = reason
            del wanted[key]


def read_benefit(ctx: Context, intake: Intake, line: Line, names: Mapping[str, str]) -> Benefit:
    """The benefit that a line asks for; ``BadLine`` with the first thing wrong."""
    cells = line.cells
    if line.problem:
        raise BadLine(line.problem)
    if line.twin is not None:
        raise BadLine(f"与第{line.twin}行是同一人")
    today = shanghai(ctx.now()).date()
    try:
        number = idnumbers.parse(cells["身份证号"], today)
        card = CardText(idnumbers.card(cells["社保卡号"]))
        phone = PhoneText(idnumbers.phone(text)) if (text := cells.get("手机号", "")) else None
    except idnumbers.BadNumber as problem:
        raise BadLine(problem.text.rstrip("。")) from None
    name = plain_name(cells["姓名"])
    if not is_name(name):
        raise BadLine("姓名应为身份证上的姓名")
    try:
        amount = money.amount_in_cell(cells["金额"])
    except money.BadAmount as problem:
        raise BadLine(f"金额{problem.text}".rstrip("。")) from None
    region = region_of(ctx, cells["村（社区）"], names)
    new = Benefit(
        id=ctx.new_id(),
        place=region,
        project=intake.project,
        short=intake.short,
        bureau=intake.bureau[0],
        sensitive=intake.sensitive,
        source="roster",
        identity=Identity(
            name=Secret(name),
            id_number=IdNumberText(number.number),
            phone=phone,
            card=card,
            region=region,
            minor=idnumbers.age(number.birth, today) < 14,
        ),
        standard=cells.get("补贴标准", "")[:LONGEST],
        quantity=cells.get("数量", "")[:LONGEST],
        amount=money.written(amount),
        intake=intake.id,
    )
    return brought_in(ctx, new, new, intake, "名册导入")


def brought_in(ctx: Context, before: Benefit, after: Benefit, intake: Intake, label: str) -> Benefit:
    """By whoever has brought the table in."""
    line = BENEFITS.line(ctx, before, "import", label)
    by = msgspec.structs.replace(line, unit=intake.unit, handler=intake.maker_name, person=intake.maker)
    return BENEFITS.amended(ctx, before, after, by)


def villages(ctx: Context) -> dict[str, str]:
    """The code of every village (or town without villages) of this county, by its name from the town down."""
    return {
        ctx.regions.full_name(region.code).removeprefix(ctx.regions.full_name(ctx.county or "")): region.code
        for region in ctx.regions
        if region.county == ctx.county and region.level in ("town", "village") and region.status == "active"
    }


def region_of(ctx: Context, text: str, names: Mapping[str, str]) -> str:
    code = names.get(text, text)
    region = ctx.regions.get(code)
    if region is None or region.county != ctx.county:
        raise BadLine("村（社区）不在本区县，请填写12位代码或“乡镇+村”全称")
    if region.status == "abolished":
        raise BadLine("村（社区）已撤并，请填写合并后的村（社区）")
    if ctx.regions.at_level(code, "village") is None:
        raise BadLine("请填写到村（社区）")
    return code


def read_by(benefit: Benefit, person: str | None) -> Benefit:
    return kept_away(msgspec.structs.replace(benefit, readers=(person,), told=(person,))) if person else benefit


# What a 名册 says anew of somebody who is on it already.
PARTICULARS = ("identity", "place", "standard", "quantity", "amount")


def particulars(benefit: Benefit) -> dict[str, object]:
    return taken(benefit, *PARTICULARS)


def onto(ctx: Context, before: Benefit, wanted: Benefit, intake: Intake) -> Benefit:
    """A known benefit with what the new 名册 says."""
    after = msgspec.structs.replace(before, **taken(wanted, *PARTICULARS))
    return brought_in(ctx, before, after, intake, "名册更新")


# --- results of the bank ---------------------------------------------------------------------------------------------


async def read_results(ctx: Context, intake: Intake, lines: Sequence[Line]) -> Tally:
    tally = Tally()
    batch: Batch = await batches_of(ctx).get(intake.batch or "")
    answers: dict[str, str | None] = {}
    at: dict[str, int] = {}
    for line in lines:
        try:
            slip, failure = read_result(line)
        except BadLine as bad:
            tally.rejects[line.number] = bad.reason
            continue
        answers[slip], at[slip] = failure, line.number
    by = paying.bank_line(ctx, batch, intake.maker_name, intake.maker)
    wrong, known = await paying.settle_rows(ctx, batch, answers, by, dry_run=intake.dry_run)
    tally.rejects |= {at[slip]: why for slip, why in wrong.items()}
    tally.unchanged = len(known)
    tally.changed = len(answers) - len(wrong) - len(known)
    return tally


def read_result(line: Line) -> tuple[str, str | None]:
    """The slip, and why it failed; None when it was paid."""
    if line.problem:
        raise BadLine(line.problem)
    if line.twin is not None:
        raise BadLine(f"与第{line.twin}行的流水号相同")
    slip, said = line.cells["流水号"], line.cells["发放结果"]
    if not slip:
        raise BadLine("缺少流水号")
    if said not in RESULTS:
        raise BadLine("发放结果应为“成功”或“失败”")
    return slip, None if RESULTS[said] else (line.cells.get("失败原因", "")[:LONGEST] or "银行未说明原因")
