"""The rules of proofs: which clerk may prove whom, and what becomes of everything else on that ID number."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from hub.identity import belongings
from hub.identity.accounts import ACCOUNTS
from hub.identity.disputes import Dispute
from hub.identity.identity import IdentityServices
from hub.identity.people import Person, Proof
from hub.identity.prooffacts import NODE, RESIDENTS, BindingProved, PassOnRest, PersonProved, note_ended
from hub.rules.context import Context, transaction_of, unit_of
from hub.words.actors import APPS, Actor, App, Position
from hub.words.contributions import KnownPlace, Succession
from hub.words.errors import Forbidden, NotFound
from hub.words.personal import IdNumberText
from hub.words.regions import RegionTree
from hub.words.text import number_signs, same_name

PROVE, DECIDE = "proofs.prove", "proofs.decide"
PROVERS = ("window", "handler")
DECIDERS = ("handler", "leader")
# Of one number. More claims than that on one number is an attack, and the first hundred are told.
MOST_CLAIMS = 100

# Of one number, among whom the one with the 身份码 is looked for: far more than whoever floods it can sign up.
MOST_BEARERS = 2000

NO_NUMBER = "您的账号没有登记身份证号，不能办理核验。请系统管理员用 hub users import 补登后重试。"
NOT_ONESELF = "不能核验自己的身份，请由其他经办人员办理。"
SAME_PHONE = "此人与您使用同一个微信或手机号，须由其他经办人员核验。"
ELSEWHERE = "请到本人户籍所在地或已享受补贴所在地的村（社区）、乡镇或区县窗口办理核验。"


class Settled(msgspec.Struct, frozen=True):
    """``ended``: whose claim is over. ``passed``: how many documents have come to the one who was proved."""

    ended: tuple[str, ...]
    passed: int


class Proving:
    """Judges clerks and settles proofs, inside the transaction of the act."""

    def __init__(self, identity: IdentityServices) -> None:
        self._identity = identity

    # --- who may prove whom ---------------------------------------------------------------------------------------------

    async def clerk_of(self, ctx: Context) -> Person:
        """The one who acts, who must be known by number: else nobody could say that they prove somebody else."""
        try:
            clerk = await self._identity.people.get(ctx.actor.person or "", transaction_of(ctx))
        except NotFound:
            raise Forbidden(NO_NUMBER) from None
        if clerk.id_number is None:
            raise Forbidden(NO_NUMBER)
        return clerk

    async def check_stranger(self, ctx: Context, clerk: Person, person: Person) -> None:
        """Nobody decides about themselves, nor about whoever uses their phone, under whatever account."""
        if clerk.id == person.id or clerk.id_number == person.id_number:
            raise Forbidden(NOT_ONESELF)
        same_number = clerk.phone is not None and clerk.phone == person.phone
        if same_number or await self._identity.wechat.share_a_phone(transaction_of(ctx), clerk.id, person.id):
            raise Forbidden(SAME_PHONE)

    async def check_place(self, ctx: Context, person: Person, number: IdNumberText) -> None:
        """A clerk answers for the people of their own place, and where somebody belongs is not what a claim says."""
        known = await belongings.known_places(ctx, unit_of(ctx).database.blind(number))
        if not answers_for(ctx.regions, desk_of(ctx), known, person.region):
            raise Forbidden(ELSEWHERE)

    async def bearer(self, ctx: Context, said: str, number: IdNumberText) -> Person | None:
        """Who says that this number is theirs and is meant, by their 身份码 or the id of their record."""
        claims = await self._identity.people.with_number(transaction_of(ctx), number, "", MOST_BEARERS)
        code = number_signs(said)
        meant = [each for each in claims if each.id == said or code_of(ctx, each.id) == code]
        return meant[0] if len(meant) == 1 else None

    # --- a proof ----------------------------------------------------------------------------------------------------------

    async def standing(self, ctx: Context, person: Person, number: IdNumberText) -> Person | None:
        """Whoever else is proved to have this number."""
        others = await self._identity.people.with_number(transaction_of(ctx), number, person.id, 1)
        return next((other for other in others if other.assurance == "proved"), None)

    async def settle(
        self, ctx: Context, person: Person, number: IdNumberText, proof: Proof, dispute: str = ""
    ) -> Settled:
        """This record is the human from now on: every other claim on the number ends, every ``dispute`` about it but the one
        that is being decided, and what was theirs comes along.
        """
        session = transaction_of(ctx)
        others = await self._identity.people.with_number(session, number, person.id, MOST_CLAIMS)
        employed = await self.employed(ctx, [other.id for other in others])
        ended = tuple(other.id for other in others if other.id not in employed)
        # Before the proof: of two of one number the index would refuse the second.
        await self._end(ctx, ended, [other.id for other in others if other.id in employed])
        await self._identity.people.prove(session, person, proof)
        # Another name under the same number is another human who has mistyped it: their own papers stay theirs.
        same = [other.id for other in others if same_name(other.name, person.name)]
        await self._identity.successions.add(session, [id for id in same if id in ended], person.id, ctx.now())
        passed = await pass_on(ctx, [Succession(before=id, person=person.id) for id in same])
        await self._identity.sessions.rights_changed(session, [person.id, *(other.id for other in others)])
        self._tell(ctx, person.id, number, ended, passed)
        key = unit_of(ctx).database.blind(number)
        for other in await self._identity.disputes.overtake(session, key, dispute, ctx.now()):
            note_ended(ctx, other)
        return Settled(ended, passed)

    async def _end(self, ctx: Context, ended: Sequence[str], employed: Sequence[str]) -> None:
        """Claims end; what an administrator has put on record of a member of staff stays, as a claim."""
        session = transaction_of(ctx)
        await self._identity.people.end_claims(session, ended)
        await self._identity.people.end_proofs(session, employed)
        for other in ended:
            ctx.audit("person.claim_ended", other, why="another binding was proved")

    def _tell(self, ctx: Context, person: str, number: IdNumberText, ended: tuple[str, ...], passed: int) -> None:
        key = unit_of(ctx).database.blind(number)
        for county in ctx.regions.counties_below(ctx.place.path[0]):
            ctx.emit(PersonProved(place=county.code, person=person, id_key=key, before=ended))
        ctx.emit(
            BindingProved(
                place=ctx.place.code, proof=ctx.new_id(), at=ctx.now(), person=person, ended=ended, passed=passed
            )
        )

    # --- who hears --------------------------------------------------------------------------------------------------------

    async def employed(self, ctx: Context, persons: Sequence[str]) -> set[str]:
        """Which of these are records of staff."""
        accounts = (
            unit_of(ctx)
            .database[ACCOUNTS]
            .find({"person": {"$in": list(persons)}}, {"person": 1}, session=transaction_of(ctx))
        )
        return {row["person"] async for row in accounts}

    async def hears(self, ctx: Context, claimant: Person, number: IdNumberText) -> dict[str, tuple[str, ...]]:
        """By app, who else has this number on record: as a resident the holder of the proof, as staff every account."""
        others = await self._identity.people.with_number(transaction_of(ctx), number, claimant.id, MOST_CLAIMS)
        employed = await self.employed(ctx, [other.id for other in others])
        hearing: dict[str, tuple[str, ...]] = {
            RESIDENTS: tuple(other.id for other in others if other.assurance == "proved")
        }
        for person in sorted(employed):
            for app in await self._apps_of(ctx, person):
                hearing[app] = (*hearing.get(app, ()), person)
        return hearing

    async def _apps_of(self, ctx: Context, person: str) -> list[App]:
        """The staff's apps that somebody uses: bound there, or signed in."""
        session = transaction_of(ctx)
        accounts = {appid: app for app in APPS for appid in self._identity.wechat.serving(app).all}
        bound = await self._identity.wechat.bound(person, accounts, session)
        used = {accounts[appid] for appid in bound} | await self._identity.sessions.apps_of(session, person)
        return [app for app in APPS if app in used and app != RESIDENTS]


def why_kept_away(actor: Actor, dispute: Dispute) -> str:
    """Why somebody must leave it to others, as far as their own session tells; "" for no reason."""
    if actor.id_key is None:
        return NO_NUMBER
    if actor.person == dispute.clerk or actor.id_key == dispute.clerk_key:
        return "须由原核验人以外的人员核定。"
    return "不能核定与自己有关的争议，请由其他人员办理。" if actor.id_key == dispute.id_key else ""


def decides(actor: Actor) -> bool:
    """Whether one of their positions is one that decides disputes."""
    return any(map(is_general, actor.positions))


def is_general(position: Position) -> bool:
    """A position that is bound to no bureau and no project: who somebody is, is nobody's subsidy."""
    return (
        position.role in DECIDERS
        and position.bureau is None
        and position.project is None
        and position.node in (None, NODE)
    )


def code_of(ctx: Context, person: str) -> str:
    """身份码: eight digits that a resident reads out at the window, so that of several claims on one number theirs is meant."""
    return f"{int(unit_of(ctx).database.cipher.digest('identity code', person), 16) % 10**8:08d}"


def desk_of(ctx: Context) -> str:
    """Where the clerk sits, wherever they ask: the highest of their positions over the place of the request."""
    held = {position.region for position in ctx.actor.positions if position.role in PROVERS}
    return next((code for code in ctx.place.path if code in held), ctx.place.code)


def answers_for(tree: RegionTree, place: str, known: Sequence[KnownPlace], home: str | None) -> bool:
    """Whether the people of ``place`` are those to prove somebody.

    What was granted lies there; or, where nothing was granted yet, everything that an office has looked at (one careless
    office must not be enough to make somebody its own); or, of somebody whom nobody knows yet, the home that they name.
    """
    there = [each for each in known if each.place in tree]
    granted = [each.place for each in there if each.granted]
    if granted:
        return any(_lies_in(tree, each, place) for each in granted)
    if there:
        return all(_lies_in(tree, each.place, place) for each in there)
    return home is not None and home in tree and _lies_in(tree, home, place)


def _lies_in(tree: RegionTree, inner: str, outer: str) -> bool:
    return outer in tree[inner].path


async def pass_on(ctx: Context, successions: Sequence[Succession]) -> int:
    """Hand over as much as one transaction takes; the rest follows by itself."""
    passed, left = await belongings.pass_on(ctx, successions)
    if passed:
        ctx.audit("person.passed_on", successions[0].person, documents=passed)
    if left:
        ctx.enqueue(PassOnRest(place=ctx.place.code, successions=left))
    return passed


async def pass_on_rest(step: PassOnRest, ctx: Context) -> None:
    """The next part of what was too much for one transaction."""
    await pass_on(ctx, step.successions)
