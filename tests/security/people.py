"""Residents of a test's own, beside the cast: everybody with an ID number that nobody else has."""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import dataclass
from typing import Any

from hub.identity.wechat_users import Binding, WechatUser
from hub.store.database import to_milliseconds
from hub.wechat.callbacks import AuthorizationRevoked, Callback
from tests.chain.cast import WINDOW, City, number_of
from tests.waiting import patience
from tests.web.scope import Resident, Who
from tests.web.small import Answer, Visitor
from tests.world import JUXIAN, VILLAGE

APPID = "wx0c00000000000001"
# Above those of the walks, so that no case of the cast is about one of them.
_SERIALS = itertools.count(2000)


def new_number() -> str:
    return number_of(next(_SERIALS))


@dataclass
class Phone:
    """A WeChat that is signed in to 遂宁一卡通, and whom it says it is."""

    city: City
    person: str
    name: str
    number: str
    visitor: Visitor

    @property
    def who(self) -> Resident:
        """For acts of the cast."""
        who = Resident(self.person)
        self.city.scene.visitors[who] = self.visitor
        return who

    async def ask(self, method: str, path: str, body: Any = None) -> Answer:
        options = {} if body is None else {"json": body}
        answer = await self.visitor.ask(method, f"/api/v1{path}", **options)
        assert answer.status < 500, answer.body
        await self.city.settled()
        return answer

    async def me(self) -> dict[str, Any]:
        answer: dict[str, Any] = (await self.ask("GET", "/me")).json
        return answer

    async def messages(self) -> list[str]:
        """Titles in the inbox, the oldest first."""
        items = (await self.ask("GET", "/inbox?limit=200")).json["items"]
        return [item["title"] for item in reversed(items)]


async def phone(city: City, person: str, number: str, *, name: str = "张桂英", region: str = VILLAGE) -> Phone:
    """Somebody new, who claims to be ``name`` with ``number``."""
    await city.hub.database["people"].insert_one({"_id": person, "name": "", "assurance": "none"})
    made = Phone(city, person, name, number, await city.scene.sign_in(person, "ykt", "resident"))
    claim = {"name": name, "id_number": number, "region": region, "consent_version": "1"}
    claimed = await made.ask("POST", "/me/claim", claim)
    assert claimed.status == 200, claimed.body
    made.visitor = await city.scene.sign_in(person, "ykt", "resident")
    return made


async def prove(city: City, whom: Phone, clerk: Who = WINDOW, place: str = JUXIAN) -> Answer:
    """At the window: the card says what the phone says."""
    body = {"person": whom.person, "name": whom.name, "id_number": whom.number}
    answer = await city.ask(clerk, "POST", f"/{place}/proofs", body)
    await city.settled()
    return answer


async def proved(city: City, person: str, number: str) -> Phone:
    made = await phone(city, person, number)
    answer = await prove(city, made)
    assert answer.status == 200 and answer.json["assurance"] == "proved", answer.body
    return made


async def bound(city: City, one: Phone, openid: str) -> None:
    """As signing in through WeChat leaves it."""
    user, binding = city.hub.units.new_id(), city.hub.units.new_id()
    now = to_milliseconds(city.hub.clock.now())
    known = WechatUser(id=user, appid=APPID, openid=openid, created_at=now)
    stands = Binding(id=binding, person=one.person, user=user, appid=APPID, side="resident", bound_at=now)
    await city.hub.database["wechat_users"].insert_one(city.hub.database.encode(known))
    await city.hub.database["wechat_bindings"].insert_one(city.hub.database.encode(stands))


async def revoke(city: City, one: Phone) -> str:
    """They take WeChat's permission back, as WeChat's callback tells it; the id of what the operations staff have to finish."""
    openid = f"o-{one.person}"
    await bound(city, one, openid)
    await city.hub.push.callbacks.take(Callback(f"k-{one.person}", (AuthorizationRevoked(APPID, openid),)))
    async with patience():
        while not (found := await city.all("withdrawals", persons=one.person)):
            await asyncio.sleep(0.01)
    return str(found[0]["_id"])
