"""How each paper is opened to be printed: by whom, and on what that is really there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any
from uuid import uuid4

from msgspec.structs import replace

from hub.api import Secret
from hub.store.database import to_milliseconds
from hub.words.actors import App
from plugins.complaints.documents import Reply
from plugins.publicity.documents import Face
from tests.web.samples import complaints, core, publicity, survey, window
from tests.web.scope import Scene, Who
from tests.world import ANJU, JUXIAN, VILLAGE

Opening = tuple[Who | None, str]
Opens = Callable[[Scene, App], Awaitable[Opening]]
HOME = "安居区聚贤镇万古桥村"
GRANTS = core.BUREAU
SITUATION = "我局会同聚贤镇人民政府到村核查，查阅了村民代表会议记录和张榜照片，走访了五户邻居。" * 3


def of_case(paper: str, *, refused: bool = False) -> Opens:
    """As its declarant, or as the window that has it."""

    async def opening(scene: Scene, app: App) -> Opening:
        task = await core._claimed(scene)
        if refused:
            await core._decide(scene, task, "refuse")
        mine = app == "ykt"
        path = f"/{ANJU}/declaration/{'cases' if mine else 'review'}/{task['subject']}/print/{paper}"
        return core.APPLICANT if mine else core.WINDOW, path

    return opening


def entered(paper: str) -> Opens:
    """As the window that has entered it."""

    async def opening(scene: Scene, app: App) -> Opening:
        case = await window.entered(scene)
        if paper == "decision":
            await scene.visitor(core.WINDOW)
            await core._decide(scene, await core.claimed_of(scene, case["id"]), "refuse")
        return window.ENTERS, f"/{JUXIAN}/declaration/window/cases/{case['id']}/print/{paper}"

    return opening


async def answered(scene: Scene, app: App) -> Opening:
    """A complaint that has its reply."""
    now = to_milliseconds(scene.hub.clock.now())
    reply = Reply(
        number=1,
        processed_at=now,
        opinion=Secret("村里评议程序符合规定，已要求村委会今后张榜不少于七天。"),
        situation=Secret(SITUATION),
        handler="罗勇",
        unit="安居区民政局",
        upheld="no",
        at=now,
    )
    found = await complaints.stored(scene, "replied", replies=(reply,), next_at=now + timedelta(days=15))
    if app == "ykt":
        return core.APPLICANT, f"/{ANJU}/complaints/mine/{found.id}/print"
    return complaints.HANDLER, f"/{ANJU}/complaints/{found.id}/print"


async def notice_of(scene: Scene, people: int = 1) -> str:
    """The id of one that runs, with so many in it."""
    first = await publicity._row(scene)
    for serial in range(2, people + 1):
        face = Face(name="欧阳*文", village=HOME, standard="每亩每年100元", quantity="3.20亩", amount="320.00")
        await publicity._store(
            scene, "publicity.rows", replace(first, id=uuid4().hex, serial=serial, about=uuid4().hex, face=face)
        )
    return str(first.publicity)


async def notice(scene: Scene, app: App) -> Opening:
    id = await notice_of(scene)
    if app == "ykt":
        return None, f"/{ANJU}/publicity/notices/{id}/print"
    return publicity.CLERK, f"/{JUXIAN}/publicity/board/{id}/print"


async def roster_of(scene: Scene, people: int = 1) -> str:
    """The id of a batch with so many on its 名册."""
    first = await core._row(scene)
    for serial in range(2, people + 1):
        number = f"{first.number[:-6]}{serial:06}"
        row = replace(first, id=uuid4().hex, number=number, serial=serial, standard="每月25元", quantity="1人")
        await core._store(scene, "payments.rows", row)
    counted = {"rows": people, "total": f"{25 * people}.00"}
    await scene.hub.database["payments.batches"].update_one({"_id": first.batch}, {"$set": counted})
    return str(first.batch)


async def roster(scene: Scene, app: App) -> Opening:
    return GRANTS, f"/{ANJU}/payments/batches/{await roster_of(scene)}/print"


async def paid(scene: Scene, app: App) -> Opening:
    """A payment that has reached its card."""
    id = (await core.payment_made(scene)).path["id"]
    return (
        (core.PAID, f"/{ANJU}/payments/mine/{id}/year")
        if app == "ykt"
        else (GRANTS, f"/{ANJU}/payments/rows/{id}/year")
    )


async def surveyed(scene: Scene, app: App) -> Opening:
    submitted: Mapping[str, Any] = await survey._submitted(scene)
    return survey.SURVEYOR, f"/{VILLAGE}/survey/surveys/{submitted['survey']['id']}/print"


async def before_survey(scene: Scene, app: App) -> Opening:
    begun = await survey._begun(scene)
    return survey.SURVEYOR, f"/{VILLAGE}/survey/surveys/{begun['id']}/blank"


PAPERS: Mapping[str, Opens] = {
    "declaration /cases/{id}/print/receipt": of_case("receipt"),
    "declaration /cases/{id}/print/form": of_case("form"),
    "declaration /cases/{id}/print/decision": of_case("decision", refused=True),
    "declaration /window/cases/{id}/print/receipt": entered("receipt"),
    "declaration /window/cases/{id}/print/form": entered("form"),
    "declaration /window/cases/{id}/print/decision": entered("decision"),
    "declaration /review/{id}/print/receipt": of_case("receipt"),
    "declaration /review/{id}/print/form": of_case("form"),
    "declaration /review/{id}/print/decision": of_case("decision", refused=True),
    "complaints /mine/{id}/print": answered,
    "complaints /{id}/print": answered,
    "publicity /notices/{id}/print": notice,
    "publicity /board/{id}/print": notice,
    "payments /batches/{id}/print": roster,
    "payments /mine/{id}/year": paid,
    "payments /rows/{id}/year": paid,
    "survey /surveys/{id}/print": surveyed,
    "survey /surveys/{id}/blank": before_survey,
}
