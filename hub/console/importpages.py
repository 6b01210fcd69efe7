"""The pages of 数据导入: what can be imported, a file that is uploaded, how far its run is, and what is asked before it counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from hub.business.pages import RowView
from hub.console import imports
from hub.console.imports import ENTER, HISTORY, KindView, RunView, Tally
from hub.identity.mypages import Sure
from hub.rules.context import Context
from hub.words.clock import in_chinese
from hub.words.contributions import Form, Missing, Page, Paging

LIVE = ("ops.imports",)
TONES: Mapping[str, str] = {
    "trying": "info",
    "tried": "wait",
    "running": "info",
    "done": "ok",
    "stopped": "mute",
    "failed": "bad",
    "left": "mute",
}
READS = "表格用CSV或XLSX，其他用YAML。内容要和上面说的一样。"
# More is read in the table.
MOST_SHOWN = 100


class ImportsPage(msgspec.Struct, frozen=True, kw_only=True):
    """What can be imported, on the first page alone, and what was."""

    kinds: tuple[RowView, ...]
    rows: tuple[RowView, ...]
    next: str | None


class KindPage(msgspec.Struct, frozen=True, kw_only=True):
    title: str
    href: str
    kind: KindView


class RunPage(msgspec.Struct, frozen=True, kw_only=True):
    """``far`` says how far it is, and ``share`` how much of it in percent; ``would``: nothing is written yet. ``may``: it can be confirmed
    and would do something, if only that the next table is compared with this one."""

    run: RunView
    tone: str
    facts: tuple[tuple[str, str], ...]
    far: str
    share: int
    would: bool
    may: bool
    rejected: int


class RejectsPage(msgspec.Struct, frozen=True, kw_only=True):
    title: str
    href: str
    rows: tuple[tuple[str, str], ...]
    rejected: int


class MissingPage(msgspec.Struct, frozen=True, kw_only=True):
    """What the last table had and this one has not, ``lost`` in words: the first of ``what``."""

    title: str
    href: str
    lost: str
    rows: tuple[Missing, ...]
    more: bool


class ConfirmPage(Sure, frozen=True, kw_only=True):
    """``seen``: the trial that it tells of."""

    seen: str


async def show(ctx: Context, query: Paging) -> ImportsPage:
    """数据导入"""
    offered = [] if query.cursor else await imports.kinds(ctx)
    found = await HISTORY.page(ctx, query)
    return ImportsPage(
        kinds=tuple(
            RowView(
                title=each.label,
                facts=("表格" if each.columns else "文本文件",),
                href=f"/imports/kinds/{each.name}",
            )
            for each in offered
        ),
        rows=tuple(map(_row, found.items)),
        next=found.next,
    )


async def show_kind(ctx: Context, kind: str) -> KindPage:
    """上传文件"""
    found = imports.kind_view(imports.kind_of(ctx, kind).record)
    return KindPage(title=found.label, href="/imports", kind=found)


async def show_run(ctx: Context, id: str) -> RunPage:
    """一次导入"""
    run = await imports.show(ctx, id)
    would = not run.confirmed
    tally = _tally(run)
    return RunPage(
        run=run,
        tone=_tone(run),
        facts=(
            ("将新增" if would else "新增", str(tally.added)),
            ("将更改" if would else "更改", str(tally.changed)),
            ("没有变化", str(tally.unchanged)),
            ("不能导入" if would else "未导入", str(tally.rejected)),
            ("分批" if run.parts > 1 else "地区", f"已做{run.done}{_of(run)}，共{_steps(run)}{_of(run)}"),
            ("停在", _at(run) if run.state in ("stopped", "failed") and run.rows else ""),
            ("上传", "，".join(filter(None, (run.by, in_chinese(run.created_at) if run.created_at else "")))),
            ("结束", in_chinese(run.finished_at) if run.finished_at else ""),
        ),
        far=_far(run),
        share=_share(run),
        would=would,
        may=run.state == "tried" and (tally.added + tally.changed > 0 or bool(run.lost)),
        rejected=tally.rejected,
    )


async def show_rejects(ctx: Context, id: str) -> RejectsPage:
    """没有导入的"""
    run = await imports.show(ctx, id)
    rows = tuple((_row_name(each.row, run.counted), each.why) for each in run.rejects[:MOST_SHOWN])
    return RejectsPage(title=run.label, href=f"/imports/{id}", rows=rows, rejected=_tally(run).rejected)


async def show_missing(ctx: Context, id: str) -> MissingPage:
    """上次的表里有、这次没有的"""
    run = await imports.mine(ctx, id)
    rows = tuple(await imports.lost_of(ctx, run, MOST_SHOWN))
    more = run.lost is not None and run.lost.what > len(rows)
    return MissingPage(title=run.label, href=f"/imports/{id}", lost=imports.view(ctx, run).lost, rows=rows, more=more)


async def confirming(ctx: Context, id: str) -> ConfirmPage:
    """确认导入前"""
    run = await imports.show(ctx, id)
    left_out = ""
    if run.tried.rejected and run.whole_place:
        left_out = f"有{run.tried.rejected}处写错。这几个地区有写错的行，整个地区都不导入。"
    elif run.tried.rejected:
        left_out = f"{run.tried.rejected}{run.counted}不能导入，会跳过。"
    unsaid = run.tried.added + run.tried.changed - len(run.changes)
    return ConfirmPage(
        title=run.label,
        href=f"/imports/{id}",
        seen=run.mark,
        says=tuple(
            filter(
                None,
                (
                    f"将新增{run.tried.added}项，更改{run.tried.changed}项。",
                    left_out,
                    f"上次的表里有、这次没有：{run.lost}。导入不会收回，请在导入后逐个办理。" if run.lost else "",
                    "导入后不能一键撤回；写错了，改好文件再导入一次。",
                    *run.changes,
                    f"还有{unsaid}项没有列出。" if run.changes and unsaid > 0 else "",
                ),
            )
        ),
        tone="",
    )


async def stopping(ctx: Context, id: str) -> Sure:
    """停止导入前"""
    run = await imports.show(ctx, id)
    kept = "已经导入的保留。以后重新上传同一个文件，已导入的不会重复。"
    return Sure(
        title=run.label,
        href=f"/imports/{id}",
        says=("做完手上的就停，后面的不再导入。", kept) if run.confirmed else ("这是试算，停下不影响任何数据。",),
    )


def _tally(run: RunView) -> Tally:
    return run.tally if run.confirmed else run.tried


def _tone(run: RunView) -> str:
    """What is done in part is not simply well."""
    return "wait" if run.state == "done" and run.tally.rejected else TONES[run.state]


def _far(run: RunView) -> str:
    rows = _at(run) if run.rows else "刚开始"
    part = f"第{run.done + 1}批，" if run.parts > 1 else ""
    return f"{run.where}：{part}{rows}。" if run.where else ""


def _steps(run: RunView) -> int:
    return run.places * run.parts


def _of(run: RunView) -> str:
    return "批" if run.parts > 1 else "个"


def _share(run: RunView) -> int:
    """In percent: the places, and of the one at work its rows."""
    part = run.row / run.rows if run.rows else 0.0
    return int(100 * (run.done + part) / max(_steps(run), 1))


def _at(run: RunView) -> str:
    return f"第{run.row}{run.counted}，共{run.rows}{run.counted}"


def _row_name(row: str, counted: str) -> str:
    return f"第{row}{counted}" if row.isdigit() else row


def _row(run: RunView) -> RowView:
    tally = _tally(run)
    return RowView(
        title=run.label,
        facts=(in_chinese(run.created_at) if run.created_at else "", run.by, f"新增{tally.added}，更改{tally.changed}"),
        pill=run.state_text,
        tone=_tone(run),
        lacks=f"{tally.rejected}{run.counted}没有导入" if tally.rejected and run.state == "done" else "",
        href=f"/imports/{run.id}",
    )


def _page(path: str, title: str, template: str, load: Any, form: Form | None = None, **more: Any) -> Page:
    return Page(apps=("ops",), path=path, title=title, template=template, load=load, access=ENTER, form=form, **more)


def _sure(path: str, title: str, load: Any, help: str, tone: str = "", **more: Any) -> Page:
    form = Form(route=path, then="/imports/{id}", submit=title, tone=tone, **more)
    return _page(path, title, "identity/sure.html", load, form, help=help)


PAGES: Sequence[Page] = (
    _page(
        "/imports",
        "数据导入",
        "console/imports.html",
        show,
        live=LIVE,
        help="选一种数据，上传文件。先试算，不改数据；您看过结果，确认后才导入。同一个文件可以重复导入，不会重复增加。",
    ),
    _page(
        "/imports/kinds/{kind}",
        "上传文件",
        "console/import-kind.html",
        show_kind,
        Form(
            route="/imports/kinds/{kind}",
            then="/imports/{id}",
            submit="上传并试算",
            labels={"file": "文件"},
            reads=READS,
        ),
        help="文件要和页面上的样子一致。上传后先试算，这时不改任何数据。文件里的内容加密保存，导入结束就删除。",
    ),
    _page(
        "/imports/{id}",
        "导入",
        "console/import.html",
        show_run,
        live=LIVE,
        help="试算不改数据，看过结果再确认导入。导入要几分钟，可以先离开这一页。没有导入的行，改好后重新上传文件即可。",
    ),
    _sure(
        "/imports/{id}/run",
        "确认导入",
        confirming,
        "数字和您预想的差得多，先不要确认，回去看看文件有没有拿错。导入开始后，停下也不会退回原样。",
        start=lambda page: {"seen": page.seen},
        anew=("seen",),
    ),
    _sure(
        "/imports/{id}/stop",
        "停止导入",
        stopping,
        "发现文件拿错了，就马上停。已经导入的，要用正确的文件再导入一次来改。只是觉得慢的，不用停，等一等就好。",
        "bad",
    ),
    _page(
        "/imports/{id}/rejects",
        "没有导入的",
        "console/import-rejects.html",
        show_rejects,
        Form(route="/imports/{id}/report", then="/imports/{id}", submit="下载表格"),
        help="照原因在原来的文件里改，改好后重新上传整个文件，已经导入的不会重复。看不懂原因的，问技术支持。",
    ),
    _page(
        "/imports/{id}/missing",
        "这次没有的",
        "console/import-missing.html",
        show_missing,
        Form(route="/imports/{id}/missing", then="/imports/{id}", submit="下载表格"),
        help="先问清楚：真离职的，点开他办“离职”；只是调走的，点开岗位办“结束岗位”；漏填的，补进表里重新导入。账号和岗位都不会自己收回。",
    ),
)
