"""Everything the stand-in remembers."""

from __future__ import annotations

import itertools
from collections import Counter, OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hub.wechat.simulator.accounts import StandInAccount
from hub.wechat.simulator.codes import Codes
from hub.wechat.simulator.events import Events
from hub.wechat.simulator.people import People
from hub.wechat.simulator.phones import PhoneMessage, Phones
from hub.wechat.simulator.quotas import PerMinute, Quotas
from hub.wechat.simulator.refusal import Refusal
from hub.wechat.simulator.settings import SimulatorSettings
from hub.wechat.simulator.tokens import TokenBook
from hub.wechat.simulator.weather import Weather
from hub.words.clock import Clock, ShiftedClock

_SAME_ID_FOR = timedelta(minutes=10)

# Real ones have 19 digits: more than a JavaScript number holds, which is worth finding out here.
_FIRST_MSGID = 2_400_000_000_000_000_001


@dataclass(slots=True)
class Account:
    """One account at work. ``busy`` are the openids that a send is on its way to."""

    setup: StandInAccount
    tokens: TokenBook
    quotas: Quotas
    keep_message_ids: int
    busy: set[str] = field(default_factory=set)
    _sent: OrderedDict[tuple[str, str], tuple[datetime, PhoneMessage]] = field(default_factory=OrderedDict)

    def sent_before(self, openid: str, client_msg_id: str, now: datetime) -> PhoneMessage | None:
        """The message that was sent to this openid under the same id in the last ten minutes."""
        while self._sent and now - next(iter(self._sent.values()))[0] >= _SAME_ID_FOR:
            self._sent.popitem(last=False)
        found = self._sent.get((openid, client_msg_id))
        return found[1] if found else None

    def remember(self, message: PhoneMessage, client_msg_id: str, now: datetime) -> None:
        """Swallow sends with the same id from now on."""
        self._sent[message.openid, client_msg_id] = now, message
        if len(self._sent) > self.keep_message_ids:
            self._sent.popitem(last=False)


class World:
    """The accounts, the people, their phones, the weather. No HTTP here."""

    def __init__(self, clock: Clock, settings: SimulatorSettings) -> None:
        self.settings = settings
        self.clock = ShiftedClock(clock)
        self.people = People()
        self.phones = Phones(settings.keep_messages)
        self.codes = Codes(settings.keep_codes)
        self.sign_ins = PerMinute(settings.sign_ins_per_minute)
        self.weather = Weather()
        self.events = Events(self.clock, settings)
        self.risky_words: tuple[str, ...] = ()
        self.calls: Counter[str] = Counter()
        self.in_flight = 0
        self._accounts: dict[str, Account] = {}
        self._msgids = itertools.count(_FIRST_MSGID)

    def now(self) -> datetime:
        """The stand-in's time."""
        return self.clock.now()

    def open_account(self, setup: StandInAccount) -> Account:
        """Add an account, or change the settings of one that is there."""
        if known := self._accounts.get(setup.appid):
            known.setup = setup
            return known
        limits = {
            "/cgi-bin/message/template/send": self.settings.template_quota,
            "/cgi-bin/message/subscribe/send": self.settings.subscribe_quota,
        }
        life = timedelta(seconds=self.settings.token_life)
        account = Account(setup, TokenBook(life), Quotas(limits), self.settings.keep_message_ids)
        self._accounts[setup.appid] = account
        return account

    def account(self, appid: str) -> Account:
        """The account with this appid, or 40013."""
        if account := self._accounts.get(appid):
            return account
        raise Refusal(40013)

    def accounts(self) -> tuple[Account, ...]:
        """All of them."""
        return tuple(self._accounts.values())

    def account_of_token(self, token: str) -> Account:
        """The account this token opens, or 41001, 40001, 42001."""
        if not token:
            raise Refusal(41001)
        for account in self._accounts.values():
            if account.tokens.knows(token):
                account.tokens.check(token, self.now())
                return account
        raise Refusal(40001)

    def new_msgid(self) -> str:
        """The id that a send answers with and its callback carries."""
        return str(next(self._msgids))
