"""What the web door cleans up behind itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from hub.rules.context import Context, unit_of
from hub.store.clocks import sweep_time
from hub.web.idempotency import Keys
from hub.web.settings import WebSettings
from hub.words.contributions import Job
from hub.words.hookspecs import hookimpl


class UpkeepPlugin:
    """The web door's own jobs."""

    builtin = True
    placeless = True
    prefix = "web"

    def __init__(self, settings: WebSettings) -> None:
        self._kept = settings.idempotency_kept

    @hookimpl
    def jobs(self) -> Sequence[Job]:
        return [
            Job(
                name="forget_keys",
                call=self.forget_keys,
                label="清理过期的请求编号",
                every=timedelta(hours=1),
                transaction=False,
            )
        ]

    async def forget_keys(self, ctx: Context) -> None:
        """Remove idempotency keys whose time has passed, a share of all in one go."""
        database, clock = unit_of(ctx).database, unit_of(ctx).units.clock
        await Keys(database, clock).sweep(await sweep_time(database, clock) - self._kept)
