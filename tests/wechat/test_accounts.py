"""Account settings: refused with words before the hub listens."""

import msgspec
import pytest

from hub.wechat.accounts import OFFICIAL_HOST, WeChatAccount, check_accounts
from hub.words.errors import SetupError

from .conftest import mini_program, official


@pytest.mark.parametrize(
    "url",
    [
        "http://api.weixin.qq.com",
        "https://127.0.0.1:8443",
        "https://localhost",
        "https://[::1]",
        "https://10.0.0.5",
        "https://192.168.1.9",
        "https://standin.local",
        "https://standin",
        "ftp://api.weixin.qq.com",
        "",
    ],
)
def test_production_speaks_to_wechat_alone(url):
    """Neither plain HTTP nor a machine of ours."""
    problems = official(url).problems(production=True)

    assert len(problems) == 1
    assert "base_url" in problems[0]


def test_the_real_host_is_fine_in_production():
    """And it is what an account has when nothing is said."""
    account = msgspec.structs.replace(official("x"), base_url=OFFICIAL_HOST)

    check_accounts((account,), production=True)

    assert WeChatAccount.__struct_defaults__[1] == OFFICIAL_HOST


def test_a_stand_in_is_fine_elsewhere():
    """The demo and the tests live on it."""
    problems = official("http://127.0.0.1:9000").problems(production=False)

    assert problems == []


def test_all_problems_are_told_at_once():
    """Nobody wants to start the hub five times to find five mistakes."""
    broken = msgspec.structs.replace(official("http://127.0.0.1:1"), aes_key="short", callback_token="", secret="")
    twin = msgspec.structs.replace(mini_program("http://127.0.0.1:1"), appid=broken.appid)

    with pytest.raises(SetupError) as raised:
        check_accounts((broken, twin), production=False)

    assert len(raised.value.problems) == 4


def test_secrets_stay_out_of_every_text():
    """Logs, tracebacks and rich print records with repr."""
    account = official("http://127.0.0.1:1")

    text = f"{account!r} {account} {list(account.__rich_repr__())}"

    for secret in (account.secret, account.aes_key, account.callback_token):
        assert secret not in text
