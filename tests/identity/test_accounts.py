"""Staff accounts: signing in, the lock, passwords."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from itertools import pairwise

import pytest

from hub.identity.accounts import Locked, WrongPassword
from hub.identity.passwords import Passwords, generate, is_weak, problem_of
from hub.identity.settings import IdentitySettings
from hub.identity.staff import NewStaff, PositionWanted
from hub.reading.config import convert
from hub.testing.hashing import AS_SHIPPED
from hub.words.errors import Conflict, Forbidden, Invalid, NotSignedIn, SetupError, TooMany

from .conftest import PASSWORD, TOWN

AT_THE_WINDOW = PositionWanted(role="window", region=TOWN, node="accept")


def credentials(username="zhoumin", password=PASSWORD, app="ydsh"):
    return {"app": app, "username": username, "password": password}


async def fail(desk, times, username="zhoumin"):
    """Refusals of so many wrong passwords."""
    refusals = []
    for _ in range(times):
        with pytest.raises((NotSignedIn, TooMany)) as refused:
            await desk.call("POST", "/signin/account", credentials(username, "Wrong-Pass-1"))
        refusals.append(refused.value)
    return refusals


async def test_the_right_password_opens_a_session_with_the_positions(desk):
    await desk.hire("zhoumin", AT_THE_WINDOW)

    _, actor = await desk.staff("zhoumin")

    assert (actor.kind, [(held.role, held.region) for held in actor.positions]) == ("staff", [("window", TOWN)])


async def test_capitals_and_full_width_letters_are_the_same_name(desk):
    await desk.hire("zhoumin")

    answer = await desk.call("POST", "/signin/account", credentials("ＺhouMin"))

    assert answer.kind == "staff"


async def test_unknown_names_and_wrong_passwords_get_the_same_answer(desk):
    await desk.hire("zhoumin")

    (known,), (unknown,) = await fail(desk, 1), await fail(desk, 1, "nobody")

    assert (type(known), known.text) == (type(unknown), unknown.text) == (WrongPassword, WrongPassword.message)


async def test_unknown_names_cost_the_same_comparison(desk, monkeypatch):
    await desk.hire("zhoumin")
    compared = []
    matches = Passwords.matches

    async def counted(self, stored, password):
        compared.append(stored is None)
        return await matches(self, stored, password)

    monkeypatch.setattr(Passwords, "matches", counted)

    await fail(desk, 1), await fail(desk, 1, "nobody")

    assert compared == [False, True]


@pytest.mark.parametrize("username", ["zhoumin", "nobody"])
async def test_five_failures_lock_the_name_whether_it_exists_or_not(desk, username):
    await desk.hire("zhoumin")

    refusals = await fail(desk, 6, username)

    assert [type(refusal) for refusal in refusals] == [WrongPassword] * 5 + [Locked]


async def test_the_right_password_does_not_open_a_lock(desk):
    await desk.hire("zhoumin")
    await fail(desk, 5)

    with pytest.raises(Locked, match="15分钟"):
        await desk.call("POST", "/signin/account", credentials())


async def test_a_lock_ends_after_fifteen_minutes_and_the_count_starts_anew(desk):
    await desk.hire("zhoumin")
    await fail(desk, 5)
    desk.clock.advance(timedelta(minutes=15))

    again = await fail(desk, 4)

    assert [type(refusal) for refusal in again] == [WrongPassword] * 4
    assert (await desk.call("POST", "/signin/account", credentials())).kind == "staff"


async def test_trying_during_a_lock_does_not_prolong_it(desk):
    await desk.hire("zhoumin")
    await fail(desk, 5)
    desk.clock.advance(timedelta(minutes=14))
    await fail(desk, 3)
    desk.clock.advance(timedelta(minutes=1))

    answer = await desk.call("POST", "/signin/account", credentials())

    assert answer.kind == "staff"


async def test_a_success_takes_back_the_failures_before_it(desk):
    await desk.hire("zhoumin")
    await fail(desk, 4)
    await desk.staff("zhoumin")

    refusals = await fail(desk, 4)

    assert [type(refusal) for refusal in refusals] == [WrongPassword] * 4


async def test_twenty_guesses_at_once_are_five_guesses(desk):
    await desk.hire("zhoumin")

    attempts = [desk.call("POST", "/signin/account", credentials(password=f"Wrong-Pass-{n}")) for n in range(20)]
    outcomes = await asyncio.gather(*attempts, return_exceptions=True)

    assert sum(isinstance(outcome, WrongPassword) for outcome in outcomes) == 5


async def test_an_administrator_lifts_a_lock(desk):
    await desk.hire("zhoumin")
    await fail(desk, 5)

    await desk.act(lambda ctx: desk.identity.staff.unlock(ctx, "zhoumin"))

    assert (await desk.call("POST", "/signin/account", credentials())).kind == "staff"


async def test_failures_and_locks_are_audited_without_the_name(desk):
    account = await desk.hire("zhoumin")
    await fail(desk, 5)
    await fail(desk, 1, "nobody")

    refused, locked = await desk.audited("signin.refused"), await desk.audited("signin.locked")

    assert [line["subject"] for line in refused[:5]] == [account.account] * 5
    assert [line["subject"] for line in locked] == [account.account]
    assert "zhoumin" not in str(refused + locked)
    assert "nobody" not in str(refused + locked)


async def test_a_closed_account_answers_like_a_wrong_password(desk):
    await desk.hire("zhoumin")
    await desk.act(lambda ctx: desk.identity.staff.leave_job(ctx, "zhoumin"))

    with pytest.raises(WrongPassword):
        await desk.call("POST", "/signin/account", credentials())


@pytest.mark.parametrize("act", ["disable", "reset_password", "leave_job"])
async def test_what_closes_an_account_closes_it_to_a_sign_in_at_work_too(desk, monkeypatch, act):
    """The password was right a moment ago; the session does not exist yet, so it cannot be ended."""
    await desk.hire("zhoumin")

    async def meanwhile(account, password):
        await desk.act(lambda ctx: getattr(desk.identity.staff, act)(ctx, "zhoumin"))

    monkeypatch.setattr(desk.identity.accounts, "renewed_hash", meanwhile)
    with pytest.raises(WrongPassword):
        await desk.staff("zhoumin")

    assert await desk.database["sessions"].count_documents({}) == 0


async def test_a_member_of_staff_cannot_sign_in_to_the_residents_app(desk):
    await desk.hire("zhoumin")

    with pytest.raises(Invalid, match="微信登录"):
        await desk.call("POST", "/signin/account", credentials(app="ykt"))


async def test_a_first_password_must_be_changed_before_anything_else_works(desk):
    new = NewStaff(username="zhoumin", name="周敏", positions=(AT_THE_WINDOW,))
    created = await desk.act(lambda ctx: desk.identity.staff.create_account(ctx, new))
    answer = await desk.call("POST", "/signin/account", credentials(password=created.password))
    limited = await desk.actor(answer.token, "ydsh")

    await desk.call("POST", "/me/password", {"old": created.password, "new": PASSWORD}, actor=limited)

    freed = await desk.actor(answer.token, "ydsh")
    assert (answer.must_change_password, limited.positions, len(freed.positions)) == (True, (), 1)


async def test_changing_the_password_ends_the_other_sessions(desk):
    await desk.hire("zhoumin")
    (kept, actor), (lost, _) = await desk.staff("zhoumin"), await desk.staff("zhoumin", "ops")

    await desk.call("POST", "/me/password", {"old": PASSWORD, "new": "Xin-Mi7-Ma-Hao"}, actor=actor)

    sessions = desk.identity.sessions
    assert (await sessions.actor(kept, "ydsh") is None, await sessions.actor(lost, "ops") is None) == (False, True)


async def test_a_wrong_old_password_changes_nothing_and_counts_for_the_lock(desk):
    await desk.hire("zhoumin")
    _, actor = await desk.staff("zhoumin")

    for _ in range(5):
        with pytest.raises(Invalid, match="原密码"):
            await desk.call("POST", "/me/password", {"old": "Wrong-Pass-1", "new": "Xin-Mi7-Ma-Hao"}, actor=actor)

    with pytest.raises(Locked):
        await desk.call("POST", "/me/password", {"old": PASSWORD, "new": "Xin-Mi7-Ma-Hao"}, actor=actor)


async def test_wrong_old_passwords_in_a_session_do_not_keep_anybody_from_signing_in(desk):
    await desk.hire("zhoumin")
    _, actor = await desk.staff("zhoumin")

    for _ in range(5):
        with pytest.raises(Invalid, match="原密码"):
            await desk.call("POST", "/me/password", {"old": "Wrong-Pass-1", "new": "Xin-Mi7-Ma-Hao"}, actor=actor)

    assert (await desk.call("POST", "/signin/account", credentials())).kind == "staff"


@pytest.mark.parametrize(
    "settings", [{"lock_after": 0}, {"lock_for": "PT0S"}, {"lock_for": "PT5H"}, {"unknown_every": "PT0S"}]
)
def test_a_lock_that_locks_nothing_is_refused_before_the_start(settings):
    with pytest.raises(SetupError):
        convert(settings, IdentitySettings, where="config.yaml")


async def test_the_last_five_passwords_are_refused_and_the_sixth_is_not(desk):
    await desk.hire("zhoumin")
    _, actor = await desk.staff("zhoumin")
    used = [PASSWORD, *(f"Xin-Mi7-Ma-Ge{letter}" for letter in "acegi")]
    for old, new in pairwise(used):
        await desk.call("POST", "/me/password", {"old": old, "new": new}, actor=actor)

    for former in used[1:]:
        with pytest.raises(Invalid, match="内容有误") as refused:
            await desk.call("POST", "/me/password", {"old": used[-1], "new": former}, actor=actor)
        assert "最近5次" in refused.value.fields["new"]

    await desk.call("POST", "/me/password", {"old": used[-1], "new": PASSWORD}, actor=actor)


async def test_a_resident_has_no_password_to_change(desk):
    _, actor = await desk.resident("li")

    with pytest.raises(Forbidden):
        await desk.call("POST", "/me/password", {"old": "a", "new": PASSWORD}, actor=actor)


async def test_a_taken_username_is_refused_and_leaves_no_second_person(desk):
    await desk.hire("zhoumin")

    with pytest.raises(Conflict, match="已存在"):
        await desk.hire("ZhouMin")

    assert await desk.database["people"].count_documents({}) == 1


async def test_a_reset_password_ends_sessions_and_must_be_changed(desk):
    await desk.hire("zhoumin")
    token, _ = await desk.staff("zhoumin")

    password = await desk.act(lambda ctx: desk.identity.staff.reset_password(ctx, "zhoumin"))

    assert await desk.identity.sessions.actor(token, "ydsh") is None
    assert (await desk.call("POST", "/signin/account", credentials(password=password))).must_change_password


def test_a_hash_costs_as_much_as_owasp_asks():
    """Other tests hash at a lower price."""
    assert AS_SHIPPED.hash(PASSWORD).startswith("$argon2id$v=19$m=19456,t=2,p=1$")


async def test_too_many_waiting_for_a_comparison_are_told_to_come_again():
    passwords = Passwords(threads=1, waiting=2)

    outcomes = await asyncio.gather(*(passwords.matches(None, "x") for _ in range(4)), return_exceptions=True)

    passwords.close()
    assert [isinstance(outcome, TooMany) for outcome in outcomes] == [False, False, True, True]


WEAK = (
    "P@ssw0rd Passw0rd! Admin@123 Admin123! Abc12345 Abcd1234! Aa123456 Aa123456! Qwerty123! 1qaz@WSX 1qaz2WSX "
    "Qwer1234 Aa111111 Welcome2026! Suining@2026 Sichuan123! Test1234! Yikatong2026 Aaaa1111! Abc@1234 Admin888! "
    "Root@1234"
)


@pytest.mark.parametrize("weak", WEAK.split())
def test_a_guessable_password_is_weak_however_it_is_dressed_up(weak):
    assert is_weak(weak)


@pytest.mark.parametrize("strong", ["Kuai-Le7-Shan", "Tr0ub4dor&3x", "shan7-Cheng.He", "Wo3ai-chi-Lajiao"])
def test_an_unguessable_password_is_not_weak(strong):
    assert problem_of(strong, "zhoumin") is None


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("Ab1-xyz", "8至128"),
        ("kuailedeshan", "至少三种"),
        ("K7-zhoumin-x", "不能包含账号"),
        ("Admin@123", "过于简单"),
        ("Kuai-7" * 40, "8至128"),
    ],
)
def test_the_refusal_of_a_password_says_why(password, words):
    problem = problem_of(password, "zhoumin")

    assert problem is not None
    assert words in problem


def test_generated_passwords_keep_the_rules_and_differ():
    made = {generate() for _ in range(50)}

    assert len(made) == 50
    assert all(problem_of(password) is None for password in made)
