"""现场核验 at a window, and 身份争议 as somebody above decides it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hub.identity.people import Person
from hub.words.personal import IdNumberText
from tests.pages.flows.conftest import Lends
from tests.pages.flows.phone import Phone
from tests.rows.rows import Walk, Walker
from tests.web.samples import core
from tests.web.scope import RESIDENTS, number_of
from tests.web.small import Visitor
from tests.world import ANJU, JUXIAN, VILLAGE

PROOFS = f"/ydsh/{JUXIAN}/proofs"
DISPUTES = f"/ydsh/{ANJU}/proofs/disputes"


@pytest.fixture
async def window(walk: Walk) -> Walker:
    return await walk.staff("window", JUXIAN, node="accept")


async def test_a_window_proves_who_stands_there(walk: Walk, window: Walker, lends: Lends, script: bool) -> None:
    """By the card and the code on the resident's phone; a wrong code is said at the number, and nothing is lost."""
    name = "陈芳" if script else "刘梅"
    resident = await walk.resident(name)
    own, phone = await lends(resident, script=script), await lends(window, "ydsh", script=script)
    code = await code_of(own)

    await phone.open(f"/ydsh/{JUXIAN}")
    await phone.tap("现场核验")
    await phone.fill("身份码", "00000000")
    await phone.fill("姓名", name)
    await phone.fill("身份证号", RESIDENTS[name])
    await phone.tap("核验")
    await phone.reads("处要改", "与对方手机上绑定的不一致")
    await phone.fill("身份码", code)
    await phone.tap("核验")
    await phone.headed("已核验")

    await phone.tap("核验下一位")
    await phone.is_at(PROOFS)
    await own.open("/ykt/me/real-name")
    await own.reads("已核验", "核验地点")


async def test_who_is_proved_already_opens_a_dispute_that_somebody_above_decides(
    walk: Walk, window: Walker, lends: Lends, script: bool
) -> None:
    """Both read what it means for them; a decision needs words."""
    number = IdNumberText(number_of(f"twins-{script}"))
    holder, claimant = await two_of_one_number(walk, number)
    code = await code_of(await lends(claimant, script=script))
    asked = {"person": code, "name": "张桂兰", "id_number": number.reveal(), "method": "id_card"}
    await window.post(f"/{JUXIAN}/proofs", asked)
    theirs = await lends(holder, script=script)
    await theirs.open("/ykt/me/real-name")
    await theirs.reads("待核定", "有人用您的身份证号在")
    above = await lends(await walk.staff("handler", ANJU, node="disputes"), "ydsh", script=script)

    await above.open(f"/ydsh/{ANJU}")
    await above.tap("身份争议")
    await above.is_at(DISPUTES)
    await above.tap("张*兰的身份争议")
    await above.reads("申请人", "原持有人")
    await above.tap("维持原核验")
    await above.reads("核定后不能撤销")
    await above.tap("维持原核验")
    await above.reads("处要改")
    await above.fill("核定的理由", "原核验材料齐全。")
    await above.tap("维持原核验")

    await above.reads("维持原核验", "原核验材料齐全。")
    await theirs.open("/ykt/me/real-name")
    await theirs.reads("维持您的核验，一切不变。")


async def test_a_dispute_is_decided_for_the_claimant_when_the_days_are_over(walk: Walk, lends: Lends) -> None:
    """The page says that it harms the other."""
    question = await core.dispute(walk.scene)
    walk.hub.clock.advance(timedelta(minutes=1))  # type: ignore[attr-defined]
    phone = await lends(await walk.staff("handler", ANJU, node="disputes"), "ydsh")

    await phone.open(f"{DISPUTES}/{question.path['id']}")
    await phone.tap("改为申请人")
    await phone.reads("原持有人的核验失效")
    await phone.fill("核定的理由", "户口簿和本人一致。")
    await phone.tap("改为申请人")

    await phone.reads("已改为申请人")


async def test_only_a_general_position_is_shown_disputes(walk: Walk, lends: Lends) -> None:
    """A bureau's handler has no tile that would refuse them."""
    phone = await lends(await walk.staff("handler", ANJU, "民政局"), "ydsh")

    await phone.open(f"/ydsh/{ANJU}")

    await phone.reads("现场核验")
    await phone.reads_not("身份争议")


async def two_of_one_number(walk: Walk, number: IdNumberText) -> tuple[Walker, Walker]:
    """Who is proved, and who says the same number is theirs."""
    shared = {"name": "张桂兰", "id_number": number, "region": VILLAGE}
    both = (
        Person(id=f"holder-{number.reveal()}", assurance="proved", **shared),  # type: ignore[arg-type]
        Person(id=f"claimant-{number.reveal()}", assurance="claimed", **shared),  # type: ignore[arg-type]
    )
    await walk.hub.database["people"].insert_many([walk.hub.database.encode(each) for each in both])
    holder, claimant = [Walker(walk, Visitor(walk.scene.http, walk.hub.url, each.id)) for each in both]
    return holder, claimant


async def code_of(phone: Phone) -> str:
    """身份码, as its owner reads it."""
    await phone.open("/ykt/me/real-name")
    return await phone.page.locator("dt:has-text('身份码') + dd").inner_text()
