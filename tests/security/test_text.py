"""Text that cannot be seen, or is written in another way, over HTTP on a whole hub."""

from __future__ import annotations

from typing import Any

import pikepdf
import pytest

from hub.identity.staff import NewStaff
from hub.words.ids import new_id
from tests.chain import acts
from tests.chain.cast import DECLARANT, LAND, LISTENER, NEIGHBOUR, VILLAGER, City, number_of
from tests.chain.ways import case_at_publicity
from tests.test_pdfs import WHO, evidence, laid_open, saved
from tests.web.test_files import form
from tests.world import ANJU, VILLAGE

INVISIBLE = ("\u200b", "\u202e\u202c", " \u3000\u200d", "\u2800", "\u3164")
OFFICE = {"against": "unit", "unit_region": VILLAGE, "project": LAND, "bureau": "农业农村局"}


async def filed(city: City, **about: Any) -> acts.Stored:
    """A complaint about a village's office, accepted."""
    answer = await acts.complain(city, **{**OFFICE, **about})
    assert answer.status == 201, answer.body.decode()
    complaint = await city.one("complaints.complaints", _id=answer.json["complaint"]["id"])
    accepted = await acts.press_complaint(city, complaint, "accept", LISTENER)
    assert accepted.status == 200, accepted.body.decode()
    return await city.one("complaints.complaints", _id=complaint["_id"])


@pytest.mark.parametrize("nothing", INVISIBLE)
async def test_what_cannot_be_seen_is_no_complaint(city: City, nothing: str) -> None:
    """Format characters alone counted as text."""
    answer = await acts.complain(city, **OFFICE, text=nothing)

    assert (answer.status, set(answer.error["fields"])) == (422, {"text"})


async def test_what_cannot_be_seen_is_no_official_reply_and_no_reason(city: City) -> None:
    """Neither opinion nor situation, nor why a limit is moved."""
    complaint = await filed(city, text="面积多报。")

    for nothing in INVISIBLE:
        reply = await acts.press_complaint(city, complaint, "reply", LISTENER, opinion=nothing, situation=nothing)
        body = {"version": complaint["version"], "reason": nothing}
        extended = await city.ask(LISTENER, "POST", f"/{ANJU}/complaints/{complaint['_id']}/extend", body)

        assert (reply.status, set(reply.error["fields"])) == (422, {"opinion"})
        assert (extended.status, set(extended.error["fields"])) == (422, {"reason"})


@pytest.mark.parametrize(
    "investigators",
    [
        ["\u200b", "\u200c"],
        ["杨帆", "杨\u200b帆"],
        ["杨帆", "杨 帆\u202e"],
        ["阿依·买买提", "阿依．买买提"],
        ["杨帆", "1"],
    ],
)
async def test_two_investigators_are_two_people(city: City, investigators: list[str]) -> None:
    """The rule was met by U+200B and U+200C, and by one name written twice."""
    body = {
        "id": new_id(city.hub.clock),
        "place": VILLAGE,
        "project": LAND,
        "name": "陈桂兰",
        "id_number": number_of(301),
    }
    await city.done(VILLAGER, "POST", f"/{VILLAGE}/survey/surveys", body)
    found = await city.one("survey.surveys", _id=body["id"])

    answer = await acts.survey(city, found, investigators=investigators)

    assert (answer.status, set(answer.error["fields"])) == (422, {"investigators"})


async def test_a_publicity_is_not_headed_by_nothing_nor_by_marks_of_direction(city: City) -> None:
    """Everybody reads the title: what cannot be seen leaves it to the hub, and it holds no number."""
    await case_at_publicity(city, 303)
    board = await city.one("publicity.publicities", node="publicity_village", state="preparing")

    called = await acts.press_board(city, board, "start", VILLAGER, title="找138 1234 5678")
    blank = await acts.press_board(city, board, "start", VILLAGER, title="\u200b\u202e")
    await city.settled()
    [notice] = (await city.ask(NEIGHBOUR, "GET", f"/{VILLAGE}/publicity/notices")).json["items"]

    assert (called.status, set(called.error["fields"])) == (422, {"title"})
    assert (blank.status, notice["title"]) == (200, board["title"])


@pytest.mark.parametrize(
    ("name", "phone"),
    [
        ("阿依古丽.买买提", "\u202d13800000000\u202c"),
        ("阿依古丽•〇孜", "138 0000 0000"),
        ("阿依古丽‧𠮷𡃁", "138-0000-0000"),
        ("阿○．买买提", "１３８００００００００"),
    ],
)
async def test_rare_names_and_pasted_phones_are_taken(city: City, name: str, phone: str) -> None:
    """Rare characters and 〇 after a dot, other dots, marks of direction around a copied number."""
    person = {"name": name, "id_number": number_of(302), "phone": phone, "card": acts.CARD}
    attempt = {
        "project": LAND,
        "declared_for": "other",
        "beneficiary": {**person, "region": VILLAGE, "category": "farmer"},
    }

    answer = await city.ask(DECLARANT, "POST", f"/{ANJU}/declaration/persons/check", attempt)

    assert answer.status == 200, answer.body.decode()


async def test_a_password_is_not_cleaned(city: City) -> None:
    """Every sign of it counts: what differs by one that cannot be seen is another password."""
    await city.hub.units.read(
        lambda ctx: city.hub.identity.staff.create_account(
            ctx, NewStaff(username="zhou.min", name="周敏"), "Bank 9876\u200b!x", must_change=False
        ),
        plugin="identity",
        place=city.hub.places.tree[ANJU],
    )

    async def sign_in(password: str) -> int:
        body = {"app": "ydsh", "username": " zhou.min\u200b", "password": password}
        return (await city.scene.guest.post("/api/v1/signin/account", body)).status

    assert [await sign_in(password) for password in ("Bank 9876!x", "Bank 9876\u200b!x")] == [401, 200]


@pytest.mark.parametrize(
    "written",
    [
        "138 1234 5678",
        "138-1234-5678",
        "一三八一二三四五六七八",
        "１３８１２３４５６７８",
        "陈 芳",
        "陈·芳",
        "陈\u200b芳",
    ],
)
async def test_a_public_summary_tells_nobodys_name_or_number(city: City, written: str) -> None:
    """The complainant is 陈芳."""
    complaint = await filed(city, text="面积多报。", publish=True)

    reply = await acts.press_complaint(city, complaint, "reply", LISTENER, public_summary=f"{written}反映的情况属实。")

    assert (reply.status, set(reply.error["fields"])) == (422, {"public_summary"})


async def test_a_pdf_of_a_confidential_complainant_tells_nothing_of_them(city: City) -> None:
    """Title, author, XMP, comments, EXIF and attachments stay behind at the door."""
    sent = await city.ask(NEIGHBOUR, "POST", "/files", data=form(saved(evidence()), filename="\u202efdp.exe"))

    kept = await city.ask(NEIGHBOUR, "GET", f"/files/{sent.json['id']}")

    assert kept.headers["Content-Type"] == "application/pdf"
    assert WHO.encode() not in laid_open(kept.body)


async def test_a_locked_pdf_is_refused_in_words(city: City) -> None:
    """What nobody can open is no evidence, and cannot be made safe."""
    locked = saved(evidence(), pikepdf.Encryption(owner="a", user="b"))

    answer = await city.ask(NEIGHBOUR, "POST", "/files", data=form(locked))

    assert (answer.status, answer.error["code"]) == (422, "pdf_not_readable")
