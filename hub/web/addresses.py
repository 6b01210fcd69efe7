"""Where a request comes from, when proxies stand between."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

from tornado.httputil import HTTPServerRequest

from hub.errors import SetupError

FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Real-Ip")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Proxies:
    """The proxies whose word is believed: addresses or networks such as ``10.0.0.0/8``."""

    def __init__(self, trusted: Sequence[str]) -> None:
        try:
            self._trusted = tuple(ipaddress.ip_network(one, strict=False) for one in trusted)
        except ValueError as error:
            raise SetupError(
                f"config.yaml: web.trusted_proxies: {error}; write addresses such as 10.0.0.5 or 10.0.0.0/8"
            ) from None

    def client(self, request: HTTPServerRequest) -> str:
        """The address of the client: the last one that no trusted proxy speaks for. Others' headers are not believed."""
        address = request.remote_ip or "unknown"
        if not self._is_trusted(address):
            return address
        for hop in reversed(request.headers.get("X-Forwarded-For", "").split(",")):
            if _read(hop.strip()) is None:
                return address
            address = hop.strip()
            if not self._is_trusted(address):
                return address
        return address

    def is_secure(self, request: HTTPServerRequest) -> bool:
        """Whether the client speaks https, to us or to a trusted proxy."""
        if request.remote_ip and self._is_trusted(request.remote_ip):
            return request.headers.get("X-Forwarded-Proto", request.protocol).rpartition(",")[2].strip() == "https"
        return request.protocol == "https"

    def _is_trusted(self, text: str) -> bool:
        address = _read(text)
        return address is not None and any(address in network for network in self._trusted)


def is_this_machine(request: HTTPServerRequest) -> bool:
    """Whether the request was made here, and not by a proxy that runs here for somebody else."""
    address = _read(request.remote_ip or "")
    forwarded = any(header in request.headers for header in FORWARDED)
    return address is not None and address.is_loopback and not forwarded


def group_of(address: str) -> str:
    """What is counted as one caller: an IPv4 address, or the /64 that a provider gives to one IPv6 customer."""
    read = _read(address)
    if isinstance(read, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((read, 64), strict=False))
    return address


def _read(text: str) -> Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None
