"""Which addresses a hand-off may go to.

A destination stands in the settings, which whoever runs the bot writes; nobody can name one from Slack or in the
routes' file. All the same a slip, or a name whose address changes, must not carry an incident or a signature to a
neighbour: https only, public addresses only unless the destination says `private`, and never the addresses at which
clouds hand out credentials.
"""

from ipaddress import IPv4Address, IPv6Address, ip_address
from socket import AddressFamily
from typing import Final
from urllib.parse import urlsplit

from aiohttp.abc import AbstractResolver, ResolveResult

from bot.model.handoff import Destination

LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_METADATA: Final = frozenset({ip_address("169.254.169.254"), ip_address("fd00:ec2::254"), ip_address("168.63.129.16")})
"""EC2's, its IPv6 one, Azure's wire server; other link-local addresses are refused anyway."""


def address_fault(url: str) -> str:
    """Why an address as it is written is refused; empty when it is not. Nothing of it is repeated."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError:
        return "it is no web address"
    if parts.scheme not in {"https", "http"} or not host:
        return "it is no web address"
    if parts.username is not None or parts.password is not None:
        return "it holds a user name: a webhook is signed, it needs none"
    if parts.scheme == "http" and host not in LOOPBACK:
        return "only https:// is spoken, but for a receiver on this machine"
    return ""


def host_fault(host: str, url_host: str, *, private: bool) -> str:
    """Why an IP address is refused. `url_host` is what the URL says: this machine is spoken to where it is named."""
    try:
        ip = ip_address(host.partition("%")[0])
    except ValueError:
        return "its address cannot be read"
    plain = (ip.ipv4_mapped or ip) if isinstance(ip, IPv6Address) else ip
    if plain.is_loopback:
        return "" if url_host in LOOPBACK else "its name leads to this machine"
    if plain in _METADATA or plain.is_link_local or plain.is_multicast or plain.is_unspecified:
        return "its address is none that anybody receives at"
    return "" if plain.is_global or (private and _inside(plain)) else "its address is of a private network"


def _inside(ip: IPv4Address | IPv6Address) -> bool:
    return ip.is_private and not ip.is_reserved


class Refused(OSError):
    """An address was refused; the text says why."""


class GuardedResolver(AbstractResolver):
    """Looks a name up and lets through only what may be spoken to; what is connected to is what was looked at."""

    def __init__(self, inner: AbstractResolver, to: Destination) -> None:
        self._inner = inner
        self._private = to.private
        self._host = urlsplit(to.url).hostname or ""

    async def resolve(
        self, host: str, port: int = 0, family: AddressFamily = AddressFamily.AF_INET
    ) -> list[ResolveResult]:
        """All of them must be good: a name with one bad address is a slip or an attack. Raises Refused."""
        found = await self._inner.resolve(host, port, family)
        for one in found:
            if fault := host_fault(one["host"], self._host, private=self._private):
                raise Refused(fault)
        return found

    async def close(self) -> None:
        """The inner one."""
        await self._inner.close()
