"""Papers: one of everything that is listed, for each mix of place, bureau, project, sensitivity and recusal, in two counties.

Of each sort of document there is the same pile, stored as its plugin would have. ``id`` and ``number`` are the same word, by which
lists and tables name them.
"""

from __future__ import annotations

import itertools
import pkgutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from importlib import import_module
from typing import Any

import msgspec
from msgspec.structs import replace

import plugins
from hub.api import Business, Context, Identity, IdNumberText, Limit, Office, PhoneText, Secret
from hub.app import Hub
from hub.store.database import to_milliseconds
from hub.words.actors import HUB
from hub.worklist.documents import Task
from plugins.complaints.documents import Complaint
from plugins.declaration.documents import Beneficiary, Case, Stay
from plugins.declaration.projects import Form
from plugins.interception.documents import CheckList, Hit, Recovery
from plugins.message_board.documents import Message
from plugins.notices.documents import Notice
from plugins.overdue.documents import Watch
from plugins.overdue.orders import Order
from plugins.payments.documents import Batch, Benefit, Intake
from plugins.payments.documents import Row as Payment
from plugins.policy.documents import PolicyFile
from plugins.publicity.documents import Publicity
from plugins.publicity.documents import Row as Published
from plugins.survey.documents import Survey
from plugins.village.documents import Reading
from tests.world import ANJU, DONGCHAN, JUXIAN, SHEHONG, VILLAGE

CIVIL, FARMING, FINANCE = "民政局", "农业农村局", "财政局"
OLD_AGE, ALLOWANCE = "30005", "30001"
TAIHE = "510981001"  # a town of 射洪市
PLACES = (VILLAGE, JUXIAN, DONGCHAN, TAIHE)
# The serial numbers of the first paper of each county.
FIRST = {ANJU: 0, SHEHONG: 8 * PLACES.index(TAIHE)}
ELDER, MASKED = "510904194403150023", "李*兰"
# Whoever is one of these pairs keeps away by person, the others by their number.
ACCUSED_OFFICES = (Office(JUXIAN, CIVIL), Office(SHEHONG))


@dataclass(frozen=True, kw_only=True)
class Paper:
    """What the rule looks at. ``about``: the ID number of the person it is about. ``at``: the place whose holders have its task."""

    serial: int
    place: str
    path: tuple[str, ...]
    bureau: str
    project: str
    sensitive: bool = False
    avoid: tuple[str, ...] = ()
    about: str = ELDER
    avoid_offices: tuple[Office, ...] = ()
    at: str = ""
    role: str = "handler"

    @property
    def county(self) -> str:
        return self.path[1]

    @property
    def recused(self) -> bool:
        return bool(self.avoid or self.about != ELDER or self.avoid_offices)


Sort = Callable[[Paper, str, datetime], Any]


def pile(hub: Hub, persons: tuple[str, ...], numbers: tuple[str, ...]) -> tuple[Paper, ...]:
    """All mixes; then, in both counties, those from which these persons and these offices must keep away, and one about each number."""
    tree = hub.places.tree
    mixes = itertools.product(PLACES, (CIVIL, FARMING), (OLD_AGE, ALLOWANCE), (False, True))
    plain = [
        {"place": place, "bureau": bureau, "project": project, "sensitive": sensitive}
        for place, bureau, project, sensitive in mixes
    ]
    about = [{"about": number} for number in numbers]
    ways = [{"avoid": persons}, *about, *({"avoid_offices": (office,)} for office in ACCUSED_OFFICES)]
    same = {"bureau": CIVIL, "project": OLD_AGE}
    kept = [{"place": place, **same, **way} for place in (VILLAGE, TAIHE) for way in ways]
    return tuple(_paper(serial, tree[each["place"]].path, each) for serial, each in enumerate([*plain, *kept]))


def _paper(serial: int, path: tuple[str, ...], given: Mapping[str, Any]) -> Paper:
    """Every third task has gone up to the county; every fifth is a leader's."""
    at = path[1] if serial % 3 == 2 else given["place"]
    return Paper(serial=serial, path=path, at=at, role="leader" if serial % 5 == 4 else "handler", **given)


def name_of(collection: str, paper: Paper) -> str:
    return name_by(collection, paper.serial)


def name_by(collection: str, serial: int) -> str:
    return f"{collection.upper().replace('.', '-')}-{serial:03d}"


def first_of(collection: str, county: str) -> str:
    """Of 民政局, of a project that is not sensitive; no pair keeps away from it."""
    return name_by(collection, FIRST[county])


async def store(hub: Hub, papers: Iterable[Paper]) -> None:
    """Each paper once in every collection."""
    now, papers = to_milliseconds(hub.clock.now()), tuple(papers)
    for collection, make in SORTS.items():
        made = [(paper, _placed(hub, make(paper, name_of(collection, paper), now), paper, now)) for paper in papers]
        kept = [await _kept_away(hub, collection, document, paper) for paper, document in made]
        await hub.database[collection].insert_many([_row(hub, document) for document in kept])


def businesses() -> Mapping[str, Business[Any]]:
    """Those of all plugins, by their collection."""
    modules = [import_module(each.name) for each in pkgutil.walk_packages(plugins.__path__, "plugins.")]
    found = {id(each): each for module in modules for each in vars(module).values() if isinstance(each, Business)}
    return {each.collection: each for each in found.values()}


def numbers_in(value: Any) -> list[str]:
    """The ID numbers that a document holds, at whatever depth."""
    if isinstance(value, IdNumberText):
        return [value.reveal()]
    if isinstance(value, msgspec.Struct):
        return [number for name in value.__struct_fields__ for number in numbers_in(getattr(value, name))]
    return [number for each in value for number in numbers_in(each)] if isinstance(value, tuple) else []


async def _kept_away(hub: Hub, collection: str, document: Any, paper: Paper) -> Any:
    """As its plugin would keep it: of its own accord whom it is about, and what else this sort of document is told by others."""
    told = {name: getattr(paper, name) for name in TOLD.get(collection, ())}
    document = replace(document, **told)
    if collection in ("worklist.tasks", "overdue.watches"):
        return replace(document, avoid_keys=(hub.database.blind(IdNumberText(paper.about)),))
    business = businesses().get(collection)
    if business is None:
        return document
    plugin, place = collection.partition(".")[0], hub.places.tree[document.place]

    async def derived(ctx: Context) -> Any:
        return business.derived(ctx, document)

    return await hub.units.read(derived, plugin=plugin, place=place, actor=HUB)


def _placed(hub: Hub, document: Any, paper: Paper, now: datetime) -> Any:
    path = hub.places.tree[document.place].path
    # The newest first by what was stored, as in life.
    return replace(document, path=path, county=paper.county, created_at=now + timedelta(milliseconds=paper.serial))


def _row(hub: Hub, document: Any) -> dict[str, Any]:
    row = hub.database.encode(document)
    if isinstance(document, Hit):
        row["key"] = hub.database.blind(document.identity.id_number)
    return row


# --- each sort of document ------------------------------------------------------------------------------------------------


def _common(paper: Paper, id: str) -> dict[str, Any]:
    return {
        "id": id,
        "place": paper.place,
        "project": paper.project,
        "short": paper.project,
        "sensitive": paper.sensitive,
    }


def _identity(paper: Paper) -> Identity:
    return Identity(name=Secret("李桂兰"), id_number=IdNumberText(paper.about), region=paper.place)


def task(paper: Paper, id: str, now: datetime) -> Task:
    return Task(
        id=id,
        place=paper.place,
        at=paper.at,
        subject=id,
        node="approve_county",
        label="审批",
        round=1,
        role=paper.role,
        bureau=paper.bureau,
        project=paper.project,
        title=f"{paper.project} · {MASKED}",
        number=id,
        link="/",
        arrived_at=now,
        due_at=now + timedelta(days=-1 if paper.serial % 2 else 30),
        sensitive=paper.sensitive,
        hidden=True,
    )


def watch(paper: Paper, id: str, now: datetime) -> Watch:
    """Nobody's but a handler's: leaders do not read about persons of sensitive projects here."""
    return Watch(
        id=id,
        place=paper.place,
        row=paper.path[:3][-1],
        subject=id,
        node="approve_county",
        label="审批",
        round=1,
        role="handler",
        bureau=paper.bureau,
        project=paper.project,
        title=f"{paper.project} · {MASKED}",
        number=id,
        link="/",
        arrived_at=now - timedelta(days=9),
        limit_at=now - timedelta(days=1),
        due_at=now - timedelta(days=1),
        days=5,
        state="late",
        sensitive=paper.sensitive,
        hidden=True,
    )


def order(paper: Paper, id: str, now: datetime) -> Order:
    """As it is copied of a watch: of a sensitive project nobody is named."""
    same = {
        name: getattr(watch(paper, id, now), name) for name in ("place", "row", "project", "bureau", "node", "label")
    }
    return Order(
        **same,
        id=id,
        number=id,
        state="issued",
        issue="",
        task=id,
        title=paper.project if paper.sensitive else f"{paper.project} · {MASKED}",
        case=id,
        due_at=now - timedelta(days=1),
        sensitive=paper.sensitive,
        person="somebody",
        name="周敏",
        office=paper.place,
        role=paper.role,
        issuer="somebody else",
        issuer_name="林峰",
        issued_at=paper.path[1],
        words=Secret("请办结"),
        answer_by=now + timedelta(days=3),
        since=now,
    )


def complaint(paper: Paper, id: str, now: datetime) -> Complaint:
    return Complaint(
        **_common(paper, id),
        number=id,
        title="投诉",
        kind="free",
        against="project",
        bureau=paper.bureau,
        seat=paper.place,
        type="other",
        type_label="其他",
        text=Secret("内容"),
        readers=("somebody",),
        complainant="somebody",
        complainant_key="key",
        name=Secret("王建国"),
        confidential=False,
        publish=False,
        notice="0",
        notice_at=now,
        accused=_identity(paper),
        accused_masked=MASKED,
        state="accepted",
        assigned_at=now,
        accepted_at=now,
        task_due=now + timedelta(days=-1 if paper.serial % 2 else 30),
        urged="late",
    )


def message(paper: Paper, id: str, now: datetime) -> Message:
    return Message(
        id=id,
        place=paper.place,
        number=id,
        kind="consult",
        bureau=paper.bureau,
        project=paper.project,
        home=paper.place,
        slot=1,
        subject=Secret("标题"),
        text=Secret("内容"),
        confidential=False,
        name=Secret("王建国"),
        readers=("somebody",),
        state="handling",
        assigned_at=now,
        due_at=now + timedelta(days=-1 if paper.serial % 2 else 30),
    )


def case(paper: Paper, id: str, now: datetime) -> Case:
    step = Stay(
        node="accept", label="受理", round=1, place=paper.place, unit="", state="handling", entered_at=now, since=now
    )
    elder = Beneficiary(
        name="李桂兰",
        id_number=IdNumberText(paper.about),
        phone=PhoneText("19900000001"),
        region=paper.place,
        category="aged_80",
    )
    return Case(
        **_common(paper, id),
        number=id,
        project_name=paper.project,
        bureau=paper.bureau,
        declared_for="other",
        applicant="somebody",
        applicant_name="王建国",
        readers=("somebody",),
        beneficiary=elder,
        files_of=id,
        chain=("accept",),
        limits={},
        form=Form(),
        node="accept",
        progress=(step,),
        open=False,
        submitted_at=now,
    )


def survey(paper: Paper, id: str, now: datetime) -> Survey:
    return Survey(
        **_common(paper, id),
        number=id,
        origin="survey",
        subject=id,
        round=1,
        bureau=paper.bureau,
        identity=_identity(paper),
        due_at=now + timedelta(days=-1 if paper.serial % 2 else 30),
        state="submitted" if paper.serial % 5 == 4 else "wanted",
        result="changed",
    )


def hit(paper: Paper, id: str, now: datetime) -> Hit:
    return Hit(
        **_common(paper, id),
        number=id,
        rule="R01",
        label="已故人员",
        severity="block",
        key="",
        identity=_identity(paper),
        bureau=paper.bureau,
        month=f"{now:%Y-%m}",
        source="entry",
        at_entry=True,
        evidence=Secret("[]"),
        print="",
        state="confirmed",
        # One person has one open hit per rule.
        open=False,
    )


def recovery(paper: Paper, id: str, now: datetime) -> Recovery:
    same = {**_common(paper, id), "number": id, "bureau": paper.bureau}
    return Recovery(**same, hit=id, identity=_identity(paper), amount="100.00")


def check_list(paper: Paper, id: str, now: datetime) -> CheckList:
    same = {"kind": "death", "source": "民政", "as_of": date(2026, 11, 1), "replace": True, "dry_run": False}
    return CheckList(id=id, place=paper.county, maker="somebody", maker_name="", state="done", **same)


def benefit(paper: Paper, id: str, now: datetime) -> Benefit:
    same = {**_common(paper, id), "number": id, "bureau": paper.bureau}
    # One person has one open benefit per project.
    more = {"source": "roster", "identity": _identity(paper), "told": paper.avoid, "amount": "25.00"}
    return Benefit(**same, **more, state="ended", open=False)


def batch(paper: Paper, id: str, now: datetime) -> Batch:
    return Batch(
        **{**_common(paper, id), "place": paper.county},
        number=id,
        title="发放",
        bureau=(paper.bureau, FINANCE),
        period=id,
        publicity=Limit(7, "calendar"),
        maker="somebody",
        state="paying",
        collected=True,
    )


def told_notice(paper: Paper, id: str, now: datetime) -> Notice:
    """It is about nobody."""
    return Notice(
        id=id,
        place=paper.county,
        number=id,
        state="draft",
        title=id,
        text=id,
        unit=paper.bureau,
        roles=("resident",),
        urgent=False,
        asks=True,
    )


def policy(paper: Paper, id: str, now: datetime) -> PolicyFile:
    """It is about nobody."""
    return PolicyFile(
        id=id,
        place=paper.county,
        number=id,
        state="draft",
        title=id,
        bureau=paper.bureau,
        file=id,
        media_type="application/pdf",
        size=1,
        sha256="",
        pages=1,
    )


def payment(paper: Paper, id: str, now: datetime) -> Payment:
    """All of a county stand in its first batch."""
    return Payment(
        **_common(paper, id),
        number=id,
        batch=first_of("payments.batches", paper.county),
        serial=paper.serial,
        benefit=id,
        case=None,
        bureau=(paper.bureau, FINANCE),
        identity=_identity(paper),
        readers=(),
        agents=(),
        told=paper.avoid,
        period=id,
        standard="",
        quantity="",
        amount="25.00",
        state="sent",
        attempt=1,
    )


def intake(paper: Paper, id: str, now: datetime) -> Intake:
    return Intake(
        **{**_common(paper, id), "place": paper.county},
        kind="roster",
        bureau=(paper.bureau,),
        dry_run=False,
        maker="somebody",
        maker_name="",
        unit="",
        state="done",
    )


def publicity(paper: Paper, id: str, now: datetime) -> Publicity:
    return Publicity(
        **_common(paper, id),
        number=id,
        kind="case",
        title="公示",
        bureau=paper.bureau,
        node="publicity_town",
        label="乡镇公示",
        unit="",
        least=Limit(5, "calendar"),
        limit=Limit(5, "calendar"),
        state="running",
        started_at=now,
        ends_at=now + timedelta(days=9),
    )


def published(paper: Paper, id: str, now: datetime) -> Published:
    """All of a county stand in its first publicity."""
    return Published(
        **_common(paper, id),
        publicity=first_of("publicity.publicities", paper.county),
        serial=paper.serial,
        kind="case",
        about=id,
        round=1,
        number=id,
        bureau=paper.bureau,
        identity=_identity(paper),
        state="shown",
    )


def reading(paper: Paper, id: str, now: datetime) -> Reading:
    """It is about nobody."""
    return Reading(id=id, place=paper.place, number=id, state="logged", read_at=now, text=(id,), publicities=1)


SORTS: Mapping[str, Sort] = {
    "worklist.tasks": task,
    "overdue.watches": watch,
    "overdue.orders": order,
    "complaints.complaints": complaint,
    "message_board.messages": message,
    "declaration.cases": case,
    "survey.surveys": survey,
    "interception.hits": hit,
    "interception.recoveries": recovery,
    "interception.lists": check_list,
    "payments.benefits": benefit,
    "payments.batches": batch,
    "payments.rows": payment,
    "payments.intakes": intake,
    "notices.notices": told_notice,
    "policy.files": policy,
    "publicity.publicities": publicity,
    "publicity.rows": published,
    "village.readings": reading,
}
# Whom other plugins tell this one to keep away; what follows from the document itself its plugin fills in.
ALL_TOLD = ("avoid", "avoid_offices")
TOLD: Mapping[str, tuple[str, ...]] = {
    "worklist.tasks": ALL_TOLD,
    "overdue.watches": ALL_TOLD,
    "overdue.orders": ALL_TOLD,
    "complaints.complaints": ALL_TOLD,
    "message_board.messages": ALL_TOLD,
    "survey.surveys": ALL_TOLD,
    "interception.hits": ("avoid",),
    "interception.recoveries": ("avoid",),
}
