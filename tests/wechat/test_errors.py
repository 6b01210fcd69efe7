"""The table of error codes against what the platform's rules demand, code by code."""

from datetime import UTC, datetime, timedelta

import pytest

from hub.wechat.errors import ErrorKind, classify, classify_token_call, known_codes, quota_returns_at

DEMANDED = {
    ErrorKind.TOKEN: (40001, 40014, 42001),
    ErrorKind.WAIT: (-1, 45011, 43108, 43117),
    ErrorKind.USER: (40003, 43004, 43019, 50002),
    ErrorKind.USER_TEMPLATE: (43101,),
    ErrorKind.CONFIG: (
        *(40037, 40036, 43107, 43116, 41030, 40165, 48001, 48004, 61007, 40164, 61004, 45035, 45103, 45109),
    ),
    ErrorKind.QUOTA: (45009,),
    ErrorKind.DROP: (47003, 47001, 40249, 45168),
    ErrorKind.DONE: (40241,),
}


@pytest.mark.parametrize(("kind", "errcode"), [(kind, code) for kind, codes in DEMANDED.items() for code in codes])
def test_each_code_has_its_class(kind, errcode):
    """What a sender does next is decided by the code alone."""
    verdict = classify(errcode)

    assert verdict.kind is kind


@pytest.mark.parametrize("errcode", known_codes())
def test_only_waiting_has_a_pause_and_it_grows(errcode):
    """A pause on anything else would be a retry that the class forbids."""
    verdict = classify(errcode)

    assert bool(verdict.waits) == (verdict.kind is ErrorKind.WAIT)
    assert list(verdict.waits) == sorted(verdict.waits)


@pytest.mark.parametrize(("errcode", "least"), [(45011, 60), (43108, 1), (43117, 60), (-1, 1)])
def test_the_first_pause_is_long_enough(errcode, least):
    """The platform's own minimum."""
    verdict = classify(errcode)

    assert verdict.wait >= timedelta(seconds=least)


def test_a_busy_system_is_left_alone_longer_each_time():
    """1, 5, 30 s, then 30 s again."""
    verdict = classify(-1)

    pauses = [verdict.wait_after(attempts).total_seconds() for attempts in (1, 2, 3, 4)]

    assert pauses == [1, 5, 30, 30]


def test_an_unknown_code_drops_the_message_and_tells_somebody():
    """A definite answer is no doubt; stopping an account for one unknown code would be worse."""
    verdict = classify(99999)

    assert (verdict.kind, verdict.alert) == (ErrorKind.DROP, True)


def test_a_wrong_credential_in_the_token_call_is_a_wrong_secret():
    """40001 means something else there, and retrying would go on for ever."""
    verdict = classify_token_call(40001)

    assert (verdict.kind, verdict.alert) == (ErrorKind.CONFIG, True)


@pytest.mark.parametrize(
    ("now", "hours"),
    [(datetime(2026, 11, 23, 4, 0, tzinfo=UTC), 12), (datetime(2026, 11, 23, 15, 59, 59, tzinfo=UTC), 0)],
)
def test_a_quota_comes_back_at_midnight_in_shanghai(now, hours):
    """The account pauses until then, wherever the server stands."""
    back = quota_returns_at(now)

    assert (back - now) // timedelta(hours=1) == hours
    assert back.astimezone(UTC) == datetime(2026, 11, 23, 16, 0, tzinfo=UTC)
