"""Where a request comes from, when proxies stand between."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence

from tornado.httputil import HTTPServerRequest

from hub.words.errors import SetupError

FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Real-Ip")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
# RFC 6052: what a phone's network without IPv4 makes of an IPv4 address.
NAT64 = ipaddress.ip_network("64:ff9b::/96")
# 1.2.3.4, 1.2.3.4:5678, [2001:db8::1]:5678, [2001:db8::1], 2001:db8::1, fe80::1%eth0
_WRITTEN = re.compile(
    r"(?P<v4>[0-9.]+)(?::[0-9]{1,5})?|\[(?P<inside>[0-9A-Fa-f:.]+)(?:%\w+)?\](?::[0-9]{1,5})?|(?P<v6>[0-9A-Fa-f:.]+)(?:%\w+)?"
)


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
        address = _plain(request.remote_ip or "unknown")
        if not self._is_trusted(address):
            return address
        for hop in reversed(request.headers.get("X-Forwarded-For", "").split(",")):
            if _read(hop) is None:
                return address
            address = _plain(hop)
            if not self._is_trusted(address):
                return address
        return address

    def caller(self, request: HTTPServerRequest) -> str:
        """What is counted as one caller: the client's IPv4 address, or the /64 that a provider gives to one IPv6 customer."""
        return group_of(self.client(request))

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
    return address if read is None else str(read)


def _plain(text: str) -> str:
    read = _read(text)
    return text.strip() if read is None else str(read)


def _read(text: str) -> Address | None:
    """An address as proxies write it: with a port, in brackets, with a zone, or an IPv4 address inside an IPv6 one."""
    found = _WRITTEN.fullmatch(text.strip())
    try:
        return (
            None if found is None else _unwrapped(ipaddress.ip_address(found["v4"] or found["inside"] or found["v6"]))
        )
    except ValueError:
        return None


def _unwrapped(address: Address) -> Address:
    """The IPv4 address that an IPv6 one stands for: a dual-stack socket's, or a translator's."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF) if address in NAT64 else address
