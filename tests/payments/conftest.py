"""A county office that pays: the plugins' real parts on the real database; other plugins' events are told by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from hub.api import Guard, IdNumberText, Push, Secret, Upload, hookimpl
from hub.identity import prooffacts
from hub.testing import HubSetup, StandIn
from hub.words.actors import Actor
from plugins.publicity import events as publicity
from tests.plugins.conftest import FARMING, Office, open_projects
from tests.world import ANJU, SHEHONG, UNHURRIED, World

PLUGINS = Path(__file__).parents[2] / "plugins"
FINANCE = "财政局"
LAND = "10001"
ROSTER, RESULTS = "POST payments/rosters", "POST payments/batches/{id}/results"
HEAD = "姓名,身份证号,社保卡号,手机号,村（社区）,补贴标准,数量,金额"


class Guarding:
    """A plugin that guards payments as 拦截 will; tests say whom it holds."""

    USES = ("payments",)

    def __init__(self) -> None:
        self.held: dict[str, str] = {}
        self.before: list[Any] = []
        self.enrolling: list[Any] = []

    @hookimpl
    def guards(self) -> Sequence[Guard]:
        return (Guard(action="payments.pay", call=self.look), Guard(action="payments.enrol", call=self.see))

    async def see(self, ctx: Any, enrolling: Any) -> None:
        for call in self.enrolling:
            await call()

    async def look(self, ctx: Any, paying: Any) -> None:
        for call in self.before:
            await call()
        for payee in paying.rows:
            if (reason := self.held.get(payee.identity.id_number.reveal())) is not None:
                paying.hold(payee.row, reason)


def number_of(n: int) -> str:
    """An invented ID number."""
    from stdnum.iso7064 import mod_11_2

    digits = f"5109041955{1 + n // 28000 % 12:02d}{1 + n // 1000 % 28:02d}{n % 1000:03d}"
    return digits + mod_11_2.calc_check_digit(digits)


def card_of(n: int) -> str:
    from stdnum import luhn

    digits = f"621700{n:012d}"
    return digits + luhn.calc_check_digit(digits)


def line(n: int, **changes: str) -> str:
    cells = {
        "name": f"张{'一二三四五六七八九十'[n % 10]}",
        "number": number_of(n),
        "card": card_of(n),
        "phone": "13800000000",
        "village": "聚贤镇万古桥村",
        "standard": "100元/亩·年",
        "quantity": "3.5亩",
        "amount": "350.00",
    }
    return ",".join((cells | changes).values())


def roster(*lines: str) -> Upload:
    return Upload(filename="roster.csv", data="\n".join([HEAD, *lines]).encode())


def results(*lines: tuple[str, ...]) -> Upload:
    text = "\n".join(["流水号,发放结果,失败原因", *(",".join(cells) for cells in lines)])
    return Upload(filename="results.csv", data=text.encode())


class PayOffice(Office):
    """The same for benefits, batches and payments. A minute passes, so that steps have an order."""

    pace = timedelta(minutes=1)

    def __init__(self, world: World, guarding: Any) -> None:
        super().__init__(world, guarding)
        self.guarding = guarding

    def farmer(self, person: str = "罗勇", county: str = ANJU, bureau: str = FARMING) -> Actor:
        """Of the bureau that grants."""
        return self.staff(person, self.position("handler", county, bureau=bureau))

    def finance(self, person: str = "钱进", county: str = ANJU) -> Actor:
        """Of the bureau that pays."""
        return self.staff(person, self.position("handler", county, bureau=FINANCE))

    def proved(self, person: str, n: int) -> Actor:
        key = self.world.database.blind(IdNumberText(number_of(n)))
        return Actor(kind="resident", app="ykt", person=person, assurance="proved", name=Secret("张一"), id_key=key)

    async def prove(self, person: str, n: int, *, before: tuple[str, ...] = ()) -> Actor:
        """A handler has seen their card; ``before`` are those whose claim it ended."""
        actor = self.proved(person, n)
        told = prooffacts.PersonProved(place=ANJU, person=person, id_key=actor.id_key or "", before=before)
        await self.tell(told, plugin="proofs")
        return actor

    async def enrol(
        self,
        *lines: str,
        dry_run: bool = False,
        actor: Actor | None = None,
        project: str = LAND,
        bureau: str = FARMING,
    ) -> Any:
        query = {"project": project, "short": "地力保护", "bureau": bureau, "dry_run": dry_run}
        actor = actor or self.farmer(bureau=bureau)
        intake = await self.ask(actor, ROSTER, query=query, upload=roster(*lines))
        await self.deliver()
        return await self.ask(actor, "GET payments/intakes/{id}", id=intake.id)

    async def new_batch(self, period: str = "2026", *, bureau: str = FARMING, **more: str) -> Any:
        body = {"project": LAND, "period": period, "title": f"{period}年地力保护补贴"} | more
        batch = await self.ask(self.farmer(bureau=bureau), "POST payments/batches", body=body)
        await self.deliver()
        return await self.batch(batch.id, bureau=bureau)

    async def batch(self, id: str, bureau: str = FARMING) -> Any:
        return (await self.ask(self.farmer(bureau=bureau), "GET payments/batches/{id}", id=id)).batch

    async def counts(self, id: str) -> dict[str, int]:
        counts = (await self.ask(self.farmer(), "GET payments/batches/{id}", id=id)).counts
        return {name: count for name, count in msgspec.structs.asdict(counts).items() if count}

    async def rows(self, id: str) -> list[Any]:
        return (await self.ask(self.farmer(), "GET payments/batches/{id}/rows", id=id)).items

    async def applied(self, period: str = "2026", **more: str) -> Any:
        batch = await self.new_batch(period, **more)
        await self.ask(self.farmer(), "POST payments/batches/{id}/apply", id=batch.id, body={"version": batch.version})
        await self.deliver()
        return await self.batch(batch.id)

    async def published(self, period: str = "2026", **more: str) -> Any:
        batch = await self.applied(period, **more)
        await self.decide(self.farmer("何军"), batch.id, "pass", "同意")
        return await self.batch(batch.id)

    async def confirmed(self, period: str = "2026", *, but: Sequence[int] = (), **more: str) -> Any:
        """After the publicity, of which the rows ``but`` (from 0) are objected to."""
        batch = await self.published(period, **more)
        await self.confirm_rows(batch.id, but)
        return await self.batch(batch.id)

    async def confirm_rows(self, id: str, but: Sequence[int] = ()) -> None:
        rows = await self.rows(id)
        events = [self.row_confirmed(id, row.id) for at, row in enumerate(rows) if at not in but]
        await self.tell(*events, publicity_confirmed(id))

    def row_confirmed(self, batch: str, row: str) -> Any:
        return publicity.RowConfirmed(place=ANJU, subject=batch, row=f"p-{row}", subject_row=row)

    async def disbursed(self, period: str = "2026", *, but: Sequence[int] = (), **more: str) -> Any:
        batch = await self.confirmed(period, but=but, **more)
        await self.decide(self.finance(), batch.id, "pass", "同意拨付")
        return await self.batch(batch.id)

    async def paying(self, period: str = "2026", *, but: Sequence[int] = (), **more: str) -> Any:
        batch = await self.disbursed(period, but=but, **more)
        await self.decide(self.finance(), batch.id, "pass", "发放")
        return await self.batch(batch.id)

    async def answer(self, id: str, *lines: tuple[str, ...], dry_run: bool = False) -> Any:
        intake = await self.ask(self.finance(), RESULTS, id=id, query={"dry_run": dry_run}, upload=results(*lines))
        await self.deliver()
        return await self.ask(self.finance(), "GET payments/intakes/{id}", id=intake.id)

    async def rejects(self, intake: Any) -> list[tuple[int, str]]:
        actor = self.finance() if intake.kind == "results" else self.farmer()
        page = await self.ask(actor, "GET payments/intakes/{id}/rejects", id=intake.id)
        return [(each.line, each.reason) for each in page.items]


def publicity_confirmed(batch: str) -> Any:
    return publicity.PublicityConfirmed(place=ANJU, subject=batch, publicity="p1")


def publicity_facts() -> StandIn:
    """The facts of publicity, told by hand here; publicity itself has its own tests."""
    return StandIn(needs=("declaration", "worklist"), events=publicity.EVENTS)


@pytest.fixture(scope="session")
async def guarding() -> Guarding:
    return Guarding()


@pytest.fixture(scope="session")
def hub_setup(guarding: Guarding) -> HubSetup:
    return HubSetup(
        plugins=("declaration", "payments"),
        stand_ins={"publicity": publicity_facts(), "guarding": guarding},
        on=(ANJU, SHEHONG),
        settings=UNHURRIED,
        prepare=open_projects,
    )


@pytest.fixture(scope="session")
async def pay_world(county_worlds: Any, hub_setup: HubSetup) -> World:
    return await county_worlds(hub_setup)


@pytest.fixture
async def office(pay_world: World, guarding: Guarding) -> PayOffice:
    """安居区 and 射洪市 with payments on; nothing has happened yet."""
    await pay_world.begin()
    guarding.held, guarding.before, guarding.enrolling = {}, [], []
    return PayOffice(pay_world, guarding)


def messages(pushes: Sequence[Any]) -> list[tuple[str, tuple[str, ...]]]:
    return sorted((push.message, push.to.ids) for push in pushes if isinstance(push, Push) and hasattr(push.to, "ids"))
