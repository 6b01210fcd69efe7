"""Access tokens as the platform hands them out."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

from hub.wechat.simulator.refusal import Refusal

# In the last five minutes of a stable token a new one is given out; both are good.
_OVERLAP = timedelta(minutes=5)
_FORCED_PER_DAY = 20
_FORCED_GAP = timedelta(seconds=30)
_ORDINARY_PER_DAY = 2000
_KEPT = 1000


@dataclass(slots=True)
class _Token:
    value: str
    expires_at: datetime
    is_killed: bool = False


class TokenBook:
    """The tokens of one account. Stable and ordinary ones do not touch each other."""

    def __init__(self, life: timedelta) -> None:
        self.life = life
        self._known: OrderedDict[str, _Token] = OrderedDict()
        self._stable: _Token | None = None
        self._ordinary: _Token | None = None
        self._forced: list[datetime] = []
        self._ordinary_calls: list[datetime] = []

    def stable(self, now: datetime, *, force: bool) -> tuple[str, int]:
        """`stable_token`: the same token until five minutes before its end; ``force`` kills the old one."""
        if force:
            self._force(now)
        if self._stable is None or self._stable.expires_at - now <= _OVERLAP:
            self._stable = self._new(now)
        return self._stable.value, _seconds_left(self._stable, now)

    def ordinary(self, now: datetime) -> tuple[str, int]:
        """`token`: a new one per call; the one before stays good for five minutes."""
        self._ordinary_calls = [at for at in self._ordinary_calls if now - at < timedelta(days=1)]
        if len(self._ordinary_calls) >= _ORDINARY_PER_DAY:
            raise Refusal(45009)
        self._ordinary_calls.append(now)
        if self._ordinary:
            self._ordinary.expires_at = min(self._ordinary.expires_at, now + _OVERLAP)
        self._ordinary = self._new(now)
        return self._ordinary.value, _seconds_left(self._ordinary, now)

    def knows(self, value: str) -> bool:
        """Whether this account ever gave it out (and has not forgotten)."""
        return value in self._known

    def check(self, value: str, now: datetime) -> None:
        """Raise the refusal that WeChat would give for this token, or return."""
        token = self._known.get(value)
        if token is None or token.is_killed:
            raise Refusal(40001)
        if token.expires_at <= now:
            raise Refusal(42001)

    def kill_all(self) -> None:
        """As when somebody else has forced a refresh or the secret was changed."""
        for token in self._known.values():
            token.is_killed = True
        self._stable = self._ordinary = None

    def _force(self, now: datetime) -> None:
        self._forced = [at for at in self._forced if now - at < timedelta(days=1)]
        if len(self._forced) >= _FORCED_PER_DAY:
            raise Refusal(45009)
        if self._forced and now - self._forced[-1] < _FORCED_GAP:
            raise Refusal(45011)
        self._forced.append(now)
        if self._stable:
            self._stable.is_killed = True
            self._stable = None

    def _new(self, now: datetime) -> _Token:
        # Real ones have some 136 characters and may grow to 512.
        token = _Token(f"76_{secrets.token_urlsafe(105)}", now + self.life)
        self._known[token.value] = token
        if len(self._known) > _KEPT:
            self._known.popitem(last=False)
        return token


def _seconds_left(token: _Token, now: datetime) -> int:
    return int((token.expires_at - now).total_seconds())
