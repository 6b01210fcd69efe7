"""How every page of the page table is opened: by whom, and on what that is really there.

As ``tests/web/samples`` ask the operation that its form posts to or that loads it. A page that has none of these says in ``OWN`` how
it is opened.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from uuid import uuid4

from hub.app import Hub
from hub.rules.importing import run_import
from hub.store.inbox import InboxDraft
from hub.web.pages.table import BoundPage, PageTable
from hub.words.actors import App
from hub.words.identities import Identity
from hub.words.personal import IdNumberText, Secret
from tests.branches.conftest import SEAT, TOWN, table
from tests.pages.flows.conftest import token_of
from tests.pages.flows.papers import PAPERS
from tests.pages.flows.phone import Phone
from tests.web import samples
from tests.web.samples import (
    catalogue,
    complaints,
    console,
    core,
    follow,
    interception,
    notices,
    overdue,
    policy,
    publicity,
    staff,
    survey,
)
from tests.web.samples.identity import AWAY, HOLDING
from tests.web.scope import Resident, Scene, Staff, Who
from tests.world import ANJU, CITY, JUXIAN, VILLAGE

# Whose page it is (None: a guest's), and its path behind the app.
Opening = tuple[Who | None, str]
USERS: Mapping[App, Who] = {
    "ykt": core.APPLICANT,
    "ydsh": core.WINDOW,
    "ydjd": complaints.LEADER,
    "ops": Staff("ops_system", CITY),
}
# Of no plugin.
PLAIN = ("", "/places", "/view", "/nowhere")
# As they are at the city, where they show all of its counties.
AT_THE_CITY: Mapping[App, tuple[str, ...]] = {
    "ops": (
        "/ops/plugins",
        "/deliveries",
        "/ops/health",
        "/ops/wechat",
        "/ops/workdays?month=1",
        "/declaration/catalogue",
    )
}


async def signing_in(scene: Scene, app: App) -> Opening:
    return None, "/signin"


async def password(scene: Scene, app: App) -> Opening:
    return USERS[app], "/password"


async def me(scene: Scene, app: App) -> Opening:
    return USERS[app], "/me"


def own(path: str) -> Callable[[Scene, App], Awaitable[Opening]]:
    """A page of one's own account, whoever one is."""

    async def opening(scene: Scene, app: App) -> Opening:
        return USERS[app], path

    return opening


async def ending_session(scene: Scene, app: App) -> Opening:
    visitor = await scene.visitor(USERS[app])
    session = await scene.session(visitor.person or "", app, "resident" if app == "ykt" else "staff")
    return USERS[app], f"/me/sessions/{session}/end"


async def unbinding(scene: Scene, app: App) -> Opening:
    """As somebody who is bound at a mini program."""
    visitor, database, appid = await scene.visitor(USERS[app]), scene.hub.database, f"wx-{app}"
    user = {"_id": f"user-{app}", "appid": appid, "openid": f"openid-{app}", "created_at": scene.hub.clock.now()}
    await database["wechat_users"].replace_one({"_id": user["_id"]}, user, upsert=True)
    binding = {"_id": f"binding-{app}", "person": visitor.person, "user": user["_id"], "appid": appid, "active": True}
    side = {"side": "resident" if app == "ykt" else "staff", "bound_at": scene.hub.clock.now()}
    await database["wechat_bindings"].replace_one({"_id": binding["_id"]}, {**binding, **side}, upsert=True)
    return USERS[app], f"/me/wechat/{appid}/unbind"


def of_position(path: str) -> Callable[[Scene, App], Awaitable[Opening]]:
    async def opening(scene: Scene, app: App) -> Opening:
        await scene.visitor(AWAY)
        return AWAY, f"/me/positions/{HOLDING}/{path}"

    return opening


def of_dispute(path: str) -> Callable[[Scene, App], Awaitable[Opening]]:
    async def opening(scene: Scene, app: App) -> Opening:
        question = await core.dispute(scene)
        return core.ARBITER, f"/{ANJU}/proofs/disputes/{question.path['id']}{path}"

    return opening


async def proving(scene: Scene, app: App) -> Opening:
    return core.WINDOW, f"/{JUXIAN}/proofs"


async def disputes(scene: Scene, app: App) -> Opening:
    await core.dispute(scene)
    return core.ARBITER, f"/{ANJU}/proofs/disputes"


async def claiming(scene: Scene, app: App) -> Opening:
    return Resident(None), f"/claim?town={JUXIAN}"


async def inbox(scene: Scene, app: App) -> Opening:
    await message(scene, app)
    return USERS[app], "/inbox"


async def message(scene: Scene, app: App) -> Opening:
    visitor = await scene.visitor(USERS[app])
    draft = InboxDraft(
        id=uuid4().hex,
        person=visitor.person or "",
        app=app,
        county=ANJU,
        message="worklist.arrived",
        code="P01",
        title="新待办：高龄津贴资格审核，请在规定的期限内办理",
        body="安居区聚贤镇万古桥村的高龄津贴申报已到您处。\n请在12月8日前办理，逾期将转上一级督办。",
        at=scene.hub.clock.now(),
        link="/pages/tasks",
        urgent=True,
    )
    await scene.hub.database.transaction(lambda session: scene.hub.push.inbox.append(session, [draft]))
    return USERS[app], f"/inbox/{draft.id}"


async def of_branches(scene: Scene, app: App) -> Opening:
    await run_import(scene.hub.units, "branches", table(TOWN, SEAT), lambda done, total, so_far=None: None)
    return None, f"/{ANJU}/branches"


def of_policy(path: str) -> Callable[[Scene, App], Awaitable[Opening]]:
    async def opening(scene: Scene, app: App) -> Opening:
        file = await policy.stored(scene)
        return USERS[app], f"/{ANJU}/policy/files{path.format(id=file.id)}"

    return opening


def of_notice(path: str, state: str = "sent") -> Callable[[Scene, App], Awaitable[Opening]]:
    """To whoever got it, or at the desk."""

    async def opening(scene: Scene, app: App) -> Opening:
        who = USERS[app] if path.startswith("/inbox") else notices.CLERK
        notice = await notices.stored(scene, state, who)
        return who, f"/{ANJU}/notices{path.format(id=notice.id)}"

    return opening


async def groups(scene: Scene, app: App) -> Opening:
    await core.groups(scene)
    return core.WINDOW, f"/{JUXIAN}/worklist/groups"


async def together(scene: Scene, app: App) -> Opening:
    await core.groups(scene)
    return core.WINDOW, f"/{JUXIAN}/worklist/together?node=accept"


async def refusing(scene: Scene, app: App) -> Opening:
    task = await core.claimed_task(scene)
    return core.WINDOW, f"/{JUXIAN}/worklist/tasks/{task.path['id']}/decide?move=correct"


async def surveying(scene: Scene, app: App) -> Opening:
    """Of a household."""
    accused = Identity(name=Secret("李桂兰"), id_number=IdNumberText("510904194012250027"), region=VILLAGE)
    complaint = await complaints.stored(scene, row_place=VILLAGE, accused=accused)
    return complaints.HANDLER, f"/{ANJU}/complaints/{complaint.id}/survey"


async def notice(scene: Scene, app: App) -> Opening:
    """Of somebody's village, while it runs."""
    question = await publicity.board(scene)
    return USERS[app], f"/{ANJU}/publicity/notices/{question.path['id']}"


async def of_projects(scene: Scene, app: App) -> Opening:
    return None, f"/{ANJU}/publicity/projects"


async def without_network(scene: Scene, app: App) -> Opening:
    return survey.SURVEYOR, f"/{VILLAGE}/survey/offline"


async def saved_draft(scene: Scene, app: App) -> Opening:
    question = await survey.draft(scene)
    path = "/survey/surveys/{id}/drafts/{draft}/submit".format_map(question.path)
    return survey.SURVEYOR, f"/{VILLAGE}{path}"


async def correction(scene: Scene, app: App) -> Opening:
    question = await survey.correct(scene)
    path = f"/survey/surveys/{question.path['id']}/drafts/{question.json['draft']}/correct"
    return survey.SURVEYOR, f"/{VILLAGE}{path}"


async def watching(scene: Scene, app: App) -> Opening:
    """Numbers of something."""
    await interception.one(scene)
    return interception.DISCIPLINE, f"/{ANJU}/interception"


async def project(scene: Scene, app: App) -> Opening:
    return None, f"/{ANJU}/declaration/projects/{core.OLD_AGE}"


def elsewhere(path: str) -> Callable[[Scene, App], Awaitable[Opening]]:
    """A list of the operations staff's, with a message in it that has failed."""

    async def open_it(scene: Scene, app: App) -> Opening:
        await core.replay(scene)
        return core.OPS, f"/{ANJU}{path}"

    return open_it


async def rearming(scene: Scene, app: App) -> Opening:
    question = await core.rearm(scene)
    return core.OPS, f"/{ANJU}/deliveries/cut-off/rearm?name={question.json['name']}"


async def alerted(scene: Scene, app: App) -> Opening:
    await core.alert(scene)
    return core.OPS, f"/{ANJU}/ops/alerts"


async def running(scene: Scene, app: App) -> Opening:
    question = await console.run_job(scene)
    return core.OPS, f"/{ANJU}/ops/jobs/run?job={question.json['job']}"


async def switched(scene: Scene, app: App) -> Opening:
    await console.changed(scene)
    return core.OPS, f"/{ANJU}/ops/plugins"


async def undoing(scene: Scene, app: App) -> Opening:
    return core.OPS, f"/{ANJU}/ops/plugins/undo?version={await console.changed(scene)}"


async def one_plugin(scene: Scene, app: App) -> Opening:
    return core.OPS, f"/{ANJU}/ops/plugins/complaints"


async def workdays(scene: Scene, app: App) -> Opening:
    return console.CITY_OPS, f"/{CITY}/ops/workdays?year=2027"


async def pasting(scene: Scene, app: App) -> Opening:
    return console.CITY_OPS, f"/{CITY}/ops/workdays/import"


async def resting(scene: Scene, app: App) -> Opening:
    """Nothing rests in a hub without accounts, and the page says so."""
    return console.CITY_OPS, f"/{CITY}/ops/wechat/oa/resume"


def of_late(path: str) -> Callable[[Scene, App], Awaitable[Opening]]:
    """Numbers of what is late in a county."""

    async def opening(scene: Scene, app: App) -> Opening:
        await overdue.late(scene)
        return overdue.LEADER, f"/{ANJU}/overdue{path}"

    return opening


async def followed(scene: Scene, app: App) -> Opening:
    await follow.followed(scene)
    return follow.LEADER, f"/{ANJU}/follow"


async def one_followed(scene: Scene, app: App) -> Opening:
    question = await follow.followed(scene)
    return follow.LEADER, f"/{ANJU}/follow/message/{question.path['id']}"


async def of_declarations(scene: Scene, app: App) -> Opening:
    return USERS[app], f"/{ANJU}/declaration/overview"


async def roster(scene: Scene, app: App) -> Opening:
    """With a vacancy."""
    await staff.vacant(scene)
    return staff.SECURITY, f"/{ANJU}/staff"


async def person_found(scene: Scene, app: App) -> Opening:
    return staff.SECURITY, f"/{ANJU}/staff/search"


def of_catalogue(path: str) -> Callable[[Scene, App], Awaitable[Opening]]:
    async def opening(scene: Scene, app: App) -> Opening:
        code, _ = await catalogue.draft(scene)
        return core.OPS, f"/{ANJU}/declaration/catalogue/{code}{path}"

    return opening


OWN: Mapping[str, Callable[[Scene, App], Awaitable[Opening]]] = {
    "branches ": of_branches,
    "branches /nearest": own(f"/{ANJU}/branches/nearest"),
    "complaints /{id}/survey": surveying,
    "interception ": watching,
    "declaration /overview": of_declarations,
    "declaration /projects/{code}": project,
    "declaration /catalogue/{code}/lists/{group}": of_catalogue("/lists/materials"),
    "declaration /catalogue/{code}/preview": of_catalogue("/preview"),
    "follow ": followed,
    "follow /{kind}/{id}": one_followed,
    "deliveries /cut-off/rearm": rearming,
    "deliveries /failed": elsewhere("/deliveries/failed"),
    "deliveries /unreached": elsewhere("/deliveries/unreached"),
    "identity /signin": signing_in,
    "identity /password": password,
    "identity /claim": claiming,
    "identity /me": me,
    "identity /me/real-name": own("/me/real-name"),
    "identity /me/sessions": own("/me/sessions"),
    "identity /me/sessions/others": own("/me/sessions/others"),
    "identity /me/sessions/{session_id}/end": ending_session,
    "identity /me/consents": own("/me/consents"),
    "identity /me/consents/withdraw": own("/me/consents/withdraw"),
    "identity /me/wechat": own("/me/wechat"),
    "identity /me/wechat/{appid}/unbind": unbinding,
    "identity /me/positions": own("/me/positions"),
    "identity /me/positions/{id}/leave": of_position("leave"),
    "identity /me/positions/{id}/return": of_position("return"),
    "overdue ": of_late(""),
    "overdue /own": of_late("/own"),
    "proofs ": proving,
    "proofs /disputes": disputes,
    "proofs /disputes/{id}": of_dispute(""),
    "proofs /disputes/{id}/uphold": of_dispute("/uphold"),
    "proofs /disputes/{id}/dismiss": of_dispute("/dismiss"),
    "inbox ": inbox,
    "inbox /{id}": message,
    "preferences ": own("/preferences"),
    "ops /alerts": alerted,
    "ops /jobs/run": running,
    "ops /plugins": switched,
    "ops /plugins/undo": undoing,
    "ops /plugins/{name}": one_plugin,
    "ops /wechat/{account}/resume": resting,
    "ops /workdays": workdays,
    "ops /workdays/import": pasting,
    "notices /inbox": of_notice("/inbox"),
    "notices /inbox/{id}": of_notice("/inbox/{id}"),
    "notices /desk/new": of_notice("/desk/new"),
    "notices /desk/{id}/files": of_notice("/desk/{id}/files", "draft"),
    "policy /files": of_policy(""),
    "policy /files/{id}": of_policy("/{id}"),
    "publicity /notices/{id}": notice,
    "publicity /projects": of_projects,
    "staff ": roster,
    "staff /search": person_found,
    "survey /offline": without_network,
    "survey /surveys/{id}/drafts/{draft}/submit": saved_draft,
    "survey /surveys/{id}/drafts/{draft}/correct": correction,
    "worklist /groups": groups,
    "worklist /together": together,
    "worklist /tasks/{id}/decide": refusing,
}


def pages_of(hub: Hub, app: App) -> Iterator[BoundPage]:
    router = hub.application.parts.router
    return PageTable(hub.host, router, lambda: hub.places.tree, hub.counties).of(app)


async def opening_of(scene: Scene, app: App, bound: BoundPage) -> Opening:
    """Fails for a page that nobody has said how to open."""
    path = bound.page.path
    if own := {**OWN, **PAPERS}.get(f"{bound.plugin} {path}"):
        return await own(scene, app)
    known = f"GET /api/v1/{{place}}/{bound.prefix}{path}"
    sample = samples.SAMPLES.get(bound.target.name if bound.target else known)
    if sample is None:
        assert known in samples.OPEN, f"how is the page {path} of {bound.plugin} opened? Say so in OWN"
        return USERS[app], f"/{ANJU}/{bound.prefix}{path}"
    question = await sample.ask(scene)
    return sample.insider, f"/{sample.place}/{bound.prefix}{path.format_map(question.path)}"


async def signed_in(scene: Scene, phone: Phone, app: App, who: Who | None) -> None:
    """From now on the phone is this person's."""
    await phone.page.context.clear_cookies(name=f"hub_{app}")
    if who is not None:
        person = (await scene.visitor(who)).person or ""
        token = await token_of(scene.hub, person, app)
        await phone.page.context.add_cookies([{"name": f"hub_{app}", "value": token, "url": phone.url}])
