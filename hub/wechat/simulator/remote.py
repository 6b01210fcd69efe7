"""The control face from the other side: what tests, the demo and the benchmarks say to a stand-in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

import aiohttp
import msgspec

from hub.wechat.simulator.accounts import StandInAccount
from hub.wechat.simulator.weather import Fault


class ControlFailed(Exception):
    """The stand-in did not understand; the text is its answer."""


class Remote:
    """Speaks to ``control_url`` (of this process's stand-in, or of another's)."""

    def __init__(self, control_url: str, http: aiohttp.ClientSession) -> None:
        self._url = f"{control_url.rstrip('/')}/_control"
        self._http = http

    async def open_account(self, account: StandInAccount) -> None:
        """Add an account, or change the settings of one that is there (its callback address, say)."""
        await self._do("POST", "accounts", msgspec.to_builtins(account))

    async def add_person(
        self,
        person: str,
        *,
        follows: bool = False,
        credits: Mapping[str, int] | None = None,
        openids: Mapping[str, str] | None = None,
        phone: str = "13800000000",
    ) -> dict[str, str]:
        """Make a person known at all accounts; their openids by appid."""
        new = {
            "person": person,
            "follows": follows,
            "credits": credits or {},
            "openids": openids or {},
            "phone": phone,
        }
        answer = await self._do("POST", "people", {"people": [new]})
        return dict(answer["people"][0]["openids"])

    async def add_people(self, people: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Many at once: mappings as `add_person` builds them; each answer has ``person`` and ``openids``."""
        answer = await self._do("POST", "people", {"people": list(people)})
        return list(answer["people"])

    async def code(
        self,
        appid: str,
        person: str,
        kind: Literal["login", "oauth", "phone"] = "login",
        *,
        scope: Literal["snsapi_base", "snsapi_userinfo"] = "snsapi_base",
        snapshot: bool = False,
    ) -> str:
        """What `wx.login`, the OAuth redirect or `getPhoneNumber` gives to this person's phone."""
        wanted = {"appid": appid, "person": person, "kind": kind, "scope": scope, "snapshot": snapshot}
        return str((await self._do("POST", "codes", wanted))["code"])

    async def follow(self, appid: str, person: str, *, follows: bool = True) -> None:
        """Follow or leave an official account; the hub gets the event."""
        await self._do("POST", "follow", {"appid": appid, "person": person, "follows": follows})

    async def popup(self, appid: str, person: str, choices: Mapping[str, Literal["accept", "reject"]]) -> None:
        """Tap in the subscribe popup; each accept is one credit."""
        await self._do("POST", "popup", {"appid": appid, "person": person, "choices": choices})

    async def change(self, appid: str, person: str, choices: Mapping[str, Literal["accept", "reject"]]) -> None:
        """Switch subscriptions in the mini program's settings."""
        await self._do("POST", "change", {"appid": appid, "person": person, "choices": choices})

    async def revoke(self, appid: str, person: str) -> None:
        """Withdraw the permission to use one's data."""
        await self._do("POST", "revoke", {"appid": appid, "person": person})

    async def set_credits(self, appid: str, person: str, by_template: Mapping[str, int]) -> None:
        """Set credits without an event."""
        await self._do("POST", "credits", {"appid": appid, "person": person, "credits": by_template})

    async def set_standing(self, appid: str, person: str, **standing: bool | str) -> None:
        """``blacklisted``, ``frozen``, or ``finish`` (the status that template messages to them end with)."""
        await self._do("POST", "standing", {"appid": appid, "person": person, **standing})

    async def fault(self, **fault: Any) -> None:
        """Let something go wrong; the fields of :class:`~hub.wechat.simulator.weather.Fault`."""
        await self._do("POST", "faults", {"faults": [msgspec.to_builtins(Fault(**fault))]})

    async def clear_faults(self) -> None:
        """No more faults."""
        await self._do("DELETE", "faults")

    async def sky(
        self, *, latency: float | None = None, outage: Literal["refuse", "503", "none"] | None = None
    ) -> None:
        """The latency of every answer (seconds); an outage, or its end."""
        wanted = {"latency": latency, "outage": outage}
        await self._do("POST", "sky", {key: value for key, value in wanted.items() if value is not None})

    async def callbacks(self, *, copies: int = 1, delay: float = 0.0, hold: bool = False) -> None:
        """How callbacks come from now on."""
        await self._do("POST", "callbacks", {"copies": copies, "delay": delay, "hold": hold})

    async def set_quota(self, appid: str, path: str, limit: int) -> None:
        """Calls per day of one API."""
        await self._do("POST", "quota", {"appid": appid, "path": path, "limit": limit})

    async def advance_clock(self, seconds: float) -> None:
        """Move the stand-in's clock on."""
        await self._do("POST", "clock", {"advance": seconds})

    async def kill_tokens(self, appid: str) -> None:
        """All access tokens of the account are refused from now on."""
        await self._do("POST", "kill-tokens", {"appid": appid})

    async def messages(
        self, openid: str | None = None, *, after: int = 0, wait: float = 0.0, limit: int = 10_000
    ) -> list[dict[str, Any]]:
        """The messages on one phone, or on all; waits up to ``wait`` seconds for the first."""
        query = f"messages?after={after}&wait={wait}&limit={limit}" + (f"&openid={openid}" if openid else "")
        return list((await self._do("GET", query))["messages"])

    async def clear_messages(self) -> None:
        """Wipe all phones."""
        await self._do("DELETE", "messages")

    async def counters(self) -> dict[str, Any]:
        """Calls by path and errcode, callbacks by fate, messages shown."""
        return await self._do("GET", "counters")

    async def settled(self) -> dict[str, Any]:
        """The counters, once no callback is queued or under way."""
        return await self._do("POST", "settle")

    async def _do(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        data = msgspec.json.encode(body) if body is not None else None
        async with self._http.request(method, f"{self._url}/{path}", data=data) as response:
            answer: dict[str, Any] = msgspec.json.decode(await response.read())
            if response.status != 200:
                raise ControlFailed(str(answer.get("error", answer)))
            return answer
