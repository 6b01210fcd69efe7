"""健康一览: whether this node is ready, the others, live sessions, jobs with run now, what was cut off."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any

import msgspec

from hub.business.pages import RowView
from hub.console.schema import Reason
from hub.jobs import runner
from hub.jobs.runner import HUB_WIDE, JobRow
from hub.push.alerts import AlertLine
from hub.push.cutoffs import CutOff, called
from hub.push.operations import counties_of
from hub.push.push import AccountStanding
from hub.reading.templates import Templates
from hub.rules.context import Context, unit_of
from hub.store import nodes
from hub.web.health import Readiness
from hub.wechat.accounts import WeChatAccount
from hub.words.asking import Asked
from hub.words.clock import in_chinese
from hub.words.contributions import Figure, Form, News, Page, Route
from hub.words.errors import NotFound

LOOK, RUN = "ops.health", "ops.jobs"
CHECKS: Mapping[str, str] = {
    "mongodb": "数据库",
    "keys": "密钥",
    "regions": "地区",
    "live": "实时通道",
    "clock": "时钟",
    "templates": "消息模板",
}
MOST_JOBS = 200
LATELY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Instruments:
    """What the console reads and turns of the running hub."""

    ready: Callable[[], Awaitable[Readiness]]
    sessions: Callable[[], int]
    node: str
    cut_off: Callable[[], Awaitable[list[CutOff]]]
    alerts: Callable[..., Awaitable[list[AlertLine]]]
    accounts: Callable[[], Awaitable[list[AccountStanding]]]
    resume: Callable[[str, str | None], Awaitable[tuple[int, int]]]
    templates: Templates
    wechat: tuple[WeChatAccount, ...]


class HealthView(msgspec.Struct, frozen=True, kw_only=True):
    """What goes on at ``place``, and on this ``node``: its ``checks`` by name (``ok`` or what is wrong), its live ``sessions``; ``nodes``:
    seconds that each is late; ``needs``: how many things need somebody now."""

    place: str
    node: str
    ready: bool
    checks: dict[str, str]
    sessions: int
    nodes: dict[str, int]
    failing_jobs: int
    cut_off: int
    needs: int


@dataclass(frozen=True, kw_only=True)
class Looked:
    """What was found: ``late`` is seconds by node; ``resting`` accounts are the city's and looked at there alone."""

    readiness: Readiness
    late: Mapping[str, int]
    failing: list[JobRow]
    cut_off: list[CutOff]
    resting: list[AccountStanding]

    @property
    def wrong(self) -> Mapping[str, str]:
        """Checks that are not ok."""
        return {name: said for name, said in self.readiness.checks.items() if said != "ok"}

    @property
    def needs(self) -> int:
        late = sum(1 for seconds in self.late.values() if seconds)
        return len(self.cut_off) + len(self.failing) + len(self.resting) + len(self.wrong) + late


class JobLine(msgspec.Struct, frozen=True, kw_only=True):
    """A job in a county, ``*`` for the hub's own."""

    job: str
    label: str
    county: str
    next_at: datetime
    last_started: datetime | None
    last_finished: datetime | None
    last_error: str | None
    failures: int
    runs: int
    running: bool


class RunNow(msgspec.Struct, frozen=True, kw_only=True):
    """``job`` as ``plugin.name``, of the county of the place; at a city the hub's own."""

    job: Annotated[str, Asked("任务", look="hidden"), msgspec.Meta(max_length=200)]
    why: Reason


class HealthPage(msgspec.Struct, frozen=True, kw_only=True):
    """``needs`` somebody now; ``checks`` and ``nodes`` are in order."""

    view: HealthView
    needs: tuple[RowView, ...]
    checks: tuple[RowView, ...]
    nodes: tuple[RowView, ...]


class JobsPage(msgspec.Struct, frozen=True, kw_only=True):
    rows: tuple[RowView, ...]


class JobQuery(msgspec.Struct, frozen=True, kw_only=True):
    job: Annotated[str, msgspec.Meta(max_length=200)] = ""


class JobPage(msgspec.Struct, frozen=True, kw_only=True):
    title: str
    href: str
    job: str
    facts: tuple[tuple[str, str], ...]


class AlertsPage(msgspec.Struct, frozen=True, kw_only=True):
    """``lately``: how many of them came within a day."""

    lately: int
    rows: tuple[RowView, ...]


class HealthPart:
    """Operations and pages. ``instruments`` are those of the running hub, which is built after its plugins."""

    def __init__(self, instruments: Callable[[], Instruments]) -> None:
        self._instruments = instruments

    def routes(self) -> tuple[Route, ...]:
        return (
            Route(method="GET", path="/health", call=self.health, access=LOOK),
            Route(method="GET", path="/jobs", call=self.jobs, access=LOOK),
            Route(method="POST", path="/jobs/run", call=self.run, access=RUN, at_city=True),
        )

    def pages(self) -> tuple[Page, ...]:
        running = Form(route="/jobs/run", then="/jobs", submit="立即执行", start=lambda page: {"job": page.job})
        return (
            _page(
                "/health",
                "健康一览",
                "health",
                self.show,
                LOOK,
                help="写着“异常”“已停用”的先处理，原因写在它下面。停用的，排除原因后点开恢复。都写着“正常”的，不用管。处理不了，告诉技术支持。",
            ),
            _page(
                "/jobs",
                "定时任务",
                "jobs",
                self.show_jobs,
                LOOK,
                help="到了时间自己会执行，平时不用管。连续失败的，看最后的错误，排除了再立即执行；弄不明白的，问技术支持。",
            ),
            _page(
                "/jobs/run",
                "立即执行",
                "job",
                self.show_job,
                RUN,
                running,
                help="到了时间自己会执行，着急才在这里点。点一次就够，过一会儿回列表看；还失败的，把最后的错误告诉技术支持。",
            ),
            _page(
                "/alerts",
                "告警",
                "alerts",
                self.show_alerts,
                LOOK,
                help="看完到“健康一览”，看哪一项不正常，从那里处理。处理好了，不用在这里确认。同一件事反复出现的，告诉技术支持。",
            ),
        )

    # --- operations

    async def health(self, ctx: Context) -> HealthView:
        """健康一览"""
        return _view(ctx, self._instruments(), await self._looked(ctx))

    async def jobs(self, ctx: Context) -> list[JobLine]:
        """定时任务"""
        return [_line(ctx, row) for row in await _jobs(ctx)]

    async def run(self, ctx: Context, body: RunNow) -> None:
        """立即执行定时任务"""
        counties_of(ctx)  # refuses a town
        database = unit_of(ctx).database
        if not await runner.rearm(database, body.job, ctx.county or HUB_WIDE, ctx.now(), unit_of(ctx).session):
            raise NotFound("没有这个定时任务。")
        ctx.audit("jobs.rearm", body.job, why=body.why)

    # --- pages

    async def show(self, ctx: Context) -> HealthPage:
        """健康一览"""
        looked = await self._looked(ctx)
        return HealthPage(
            view=_view(ctx, self._instruments(), looked),
            needs=(
                *(_cut_row(ctx, row) for row in looked.cut_off),
                *(_resting_row(ctx, each) for each in looked.resting),
                *(_job_row(ctx, _line(ctx, row)) for row in looked.failing),
                *(_check_row(name, said) for name, said in looked.wrong.items()),
                *(_node_row(name, seconds) for name, seconds in looked.late.items() if seconds),
            ),
            checks=tuple(_check_row(name, said) for name, said in looked.readiness.checks.items() if said == "ok"),
            nodes=tuple(_node_row(name, seconds) for name, seconds in looked.late.items() if not seconds),
        )

    async def numbers(self, ctx: Context) -> News:
        """How many things need somebody now: as many as 健康一览 has."""
        needs = (await self._looked(ctx)).needs
        figure = Figure(label="需要处理", text=str(needs), path="/health", unit="项", tone="bad" if needs else "")
        return News(count=needs, figures=(figure,))

    async def news_of_alerts(self, ctx: Context) -> News:
        """Those that came within a day."""
        lately = _lately(ctx, await self._instruments().alerts(counties_of(ctx)))
        return News(count=lately, line=f"近24小时{lately}条" if lately else "")

    async def show_jobs(self, ctx: Context) -> JobsPage:
        """定时任务"""
        return JobsPage(rows=tuple(_job_row(ctx, _line(ctx, row)) for row in await _jobs(ctx)))

    async def show_job(self, ctx: Context, query: JobQuery) -> JobPage:
        """立即执行前"""
        counties_of(ctx)  # refuses a town
        found = await runner.job_of(unit_of(ctx).database, query.job, ctx.county or HUB_WIDE)
        if found is None:
            raise NotFound
        line = _line(ctx, found)
        facts = (
            ("上次执行", in_chinese(line.last_finished) if line.last_finished else "还没有执行过"),
            ("下次执行", in_chinese(line.next_at)),
            ("连续失败", f"{line.failures}次" if line.failures else ""),
            ("最后的错误", line.last_error or ""),
        )
        return JobPage(title=line.label, href="/jobs", job=line.job, facts=facts)

    async def show_alerts(self, ctx: Context) -> AlertsPage:
        """告警"""
        found = await self._instruments().alerts(counties_of(ctx))
        rows = tuple(
            RowView(title=each.title, facts=(ctx.regions.full_name(each.place), in_chinese(each.at)), lacks=each.detail)
            for each in found
        )
        return AlertsPage(lately=_lately(ctx, found), rows=rows)

    async def _looked(self, ctx: Context) -> Looked:
        here = counties_of(ctx)
        instruments = self._instruments()
        late = {name: int(by.total_seconds()) for name, by in (await nodes.late_by(unit_of(ctx).database)).items()}
        accounts = [] if ctx.county else await instruments.accounts()
        return Looked(
            readiness=await instruments.ready(),
            late=late,
            failing=[row for row in await _jobs(ctx) if row.failures],
            cut_off=[row for row in await instruments.cut_off() if row.county in here],
            resting=[each for each in accounts if each.pauses],
        )


def _view(ctx: Context, instruments: Instruments, looked: Looked) -> HealthView:
    return HealthView(
        place=ctx.place.code,
        node=instruments.node,
        ready=looked.readiness.ready,
        checks=looked.readiness.checks,
        sessions=instruments.sessions(),
        nodes=dict(looked.late),
        failing_jobs=len(looked.failing),
        cut_off=len(looked.cut_off),
        needs=looked.needs,
    )


def _lately(ctx: Context, found: list[AlertLine]) -> int:
    return sum(1 for each in found if each.at > ctx.now() - LATELY)


async def _jobs(ctx: Context) -> list[JobRow]:
    """Those of the counties here, failing ones first; at a city the hub's own as well."""
    counties = [county or HUB_WIDE for county in counties_of(ctx)]
    return await runner.jobs_of(unit_of(ctx).database, counties, limit=MOST_JOBS)


def _name(row: JobRow) -> str:
    return f"{row.plugin}.{row.job}"


def _line(ctx: Context, row: JobRow) -> JobLine:
    plugin = unit_of(ctx).units.host.plugins.get(row.plugin)
    labels = {job.name: job.label for job in plugin.jobs} if plugin else {}
    return JobLine(
        job=_name(row),
        label=labels.get(row.job, _name(row)),
        county=row.county,
        next_at=row.next_at,
        last_started=row.last_started,
        last_finished=row.last_finished,
        last_error=row.last_error,
        failures=row.failures,
        runs=row.runs,
        running=row.owner is not None,
    )


def _place(ctx: Context, county: str | None) -> tuple[str, str]:
    """Code and name of a county, or of the city."""
    code = ctx.place.path[0] if county in (None, HUB_WIDE) else county or ""
    return code, ctx.regions.full_name(code)


def _job_row(ctx: Context, line: JobLine) -> RowView:
    code, name = _place(ctx, line.county)
    pill, tone = (
        (f"失败{line.failures}次", "bad") if line.failures else ("正在执行", "info") if line.running else ("", "")
    )
    ran = f"上次{in_chinese(line.last_finished)}" if line.last_finished else "还没有执行过"
    return RowView(
        title=line.label,
        facts=(name, ran, f"下次{in_chinese(line.next_at)}"),
        pill=pill,
        tone=tone,
        lacks=line.last_error or "",
        href=f"/ops/{code}/ops/jobs/run?job={line.job}",
    )


def _check_row(name: str, said: str) -> RowView:
    ok = said == "ok"
    title = CHECKS.get(name, name)
    return RowView(title=title, pill="正常" if ok else "异常", tone="ok" if ok else "bad", lacks="" if ok else said)


def _node_row(name: str, late: int) -> RowView:
    return RowView(title=name, pill=f"迟到{late}秒" if late else "正常", tone="bad" if late else "ok")


def _cut_row(ctx: Context, row: CutOff) -> RowView:
    """Words first; whoever mends it looks for its name."""
    code, name = _place(ctx, row.county)
    return RowView(
        title=called(unit_of(ctx).units.host, row.name),
        facts=(name, f"{in_chinese(row.cut_at)}起停用" if row.cut_at else "", f"失败{row.failures}次", row.name),
        pill="已停用",
        tone="bad",
        lacks=row.error,
        href=f"/ops/{code}/deliveries/cut-off/rearm?name={row.name}",
    )


def _resting_row(ctx: Context, account: AccountStanding) -> RowView:
    return RowView(
        title=f"微信账号{account.name}",
        facts=(f"{len(account.pauses)}项暂停，微信发不出去",),
        pill="已暂停",
        tone="bad",
        href=f"/ops/{ctx.place.code}/ops/wechat",
    )


def _page(path: str, title: str, template: str, load: Any, access: str, form: Form | None = None, *, help: str) -> Page:
    return Page(
        apps=("ops",),
        path=path,
        title=title,
        template=f"console/{template}.html",
        load=load,
        access=access,
        form=form,
        help=help,
    )
