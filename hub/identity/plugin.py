"""Identity as a builtin plugin: its roles and its operations."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from hub.identity.consents import Consents, ConsentWithdrawn
from hub.identity.identity import Asker, IdentityServices
from hub.identity.me import Me
from hub.identity.mypages import MyPages
from hub.identity.mypositions import OwnPositions
from hub.identity.mysessions import OwnSessions
from hub.identity.pages import IdentityPages
from hub.identity.permissions import ROLES
from hub.identity.positions import MIGRATIONS, PositionChanged
from hub.identity.realname import RealNames
from hub.identity.signin import SignIn
from hub.rules.context import Context, unit_of
from hub.store.clocks import sweep_time
from hub.words.contributions import Event, Job, Migration, Page, Role, Route
from hub.words.hookspecs import hookimpl


class IdentityPlugin:
    """Signing in, and what people do about themselves: ``/api/v1/signin/…`` and ``/api/v1/me…``."""

    builtin = True
    placeless = True
    prefix = ""

    def __init__(self, identity: IdentityServices, asker: Asker) -> None:
        self._identity = identity
        self.sign_in = SignIn(identity, asker)
        self.me = Me(identity, asker)
        self._names, self._consents = RealNames(identity), Consents(identity)
        self._sessions, self._positions = OwnSessions(identity), OwnPositions(identity)
        mine = MyPages(self.me, self._names, self._consents, self._sessions, self._positions)
        self._pages = IdentityPages(self.me, mine, identity.settings.consent_version)

    @hookimpl
    def roles(self) -> Sequence[Role]:
        return ROLES

    @hookimpl
    def routes(self) -> Sequence[Route]:
        parts = (self.sign_in, self.me, self._names, self._consents, self._sessions, self._positions)
        return tuple(route for part in parts for route in part.routes())

    @hookimpl
    def pages(self) -> Sequence[Page]:
        return self._pages.pages()

    @hookimpl
    def events(self) -> Sequence[type[Event]]:
        return (PositionChanged, ConsentWithdrawn)

    @hookimpl
    def migrations(self) -> Sequence[Migration]:
        return MIGRATIONS

    @hookimpl
    def jobs(self) -> Sequence[Job]:
        return (
            Job(
                name="sweep",
                call=self._sweep,
                label="清理过期的登录和凭证",
                every=timedelta(minutes=10),
                transaction=False,
            ),
            Job(
                name="tell_of_days",
                call=self._identity.staff.tell_of_days,
                label="岗位到任和到期",
                every=timedelta(minutes=1),
                transaction=False,
            ),
        )

    async def _sweep(self, ctx: Context) -> None:
        await self._identity.sweep(await sweep_time(unit_of(ctx).database, unit_of(ctx).units.clock))
