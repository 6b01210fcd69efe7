"""Identity as a builtin plugin: its roles and its operations."""

from __future__ import annotations

from collections.abc import Sequence

from hub.contributions import Role, Route
from hub.hookspecs import hookimpl
from hub.identity.identity import Asker, Identity
from hub.identity.me import Me
from hub.identity.permissions import ROLES
from hub.identity.signin import SignIn


class IdentityPlugin:
    """Signing in, and what people do about themselves: ``/api/v1/signin/…`` and ``/api/v1/me…``."""

    builtin = True
    placeless = True
    prefix = ""

    def __init__(self, identity: Identity, asker: Asker) -> None:
        self.sign_in = SignIn(identity, asker)
        self.me = Me(identity, asker)

    @hookimpl
    def roles(self) -> Sequence[Role]:
        return ROLES

    @hookimpl
    def routes(self) -> Sequence[Route]:
        return (*self.sign_in.routes(), *self.me.routes())
