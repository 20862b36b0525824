"""Which addresses a hand-off may go to.

A destination stands in the settings, which whoever runs the bot writes; nobody can name one from Slack or in the
routes' file. All the same a slip, or a name whose address changes, must not carry an incident or a signature to a
neighbour: https only, public addresses only unless the destination says `private`, and never the addresses at which
clouds hand out credentials.
"""

import re
import socket
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from socket import AddressFamily
from typing import Final
from urllib.parse import urlsplit

from aiohttp import AddrInfoType
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from bot.model.handoff import Destination

LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_NOBODYS: Final = (
    *map(ip_network, ("fd00:ec2::/32", "fd20:ce::254/128", "168.63.129.16/32", "192.0.0.0/24", "64:ff9b:1::/48")),
)
"""EC2's own services over IPv6, Google's metadata server over IPv6, Azure's wire server, IETF's assignments (RFC 6890;
Oracle's older metadata server is among them), NAT64 of one network's own, of which nobody can tell where it leads
(RFC 8215). The other clouds' metadata servers have link-local addresses, which are refused anyway."""
_PUBLIC: Final = ip_network("2000::/3")
"""All that IANA has given out ("Internet Protocol Version 6 Address Space")."""
_NAT64: Final = ip_network("64:ff9b::/96")
_EMBEDDING: Final = (_NAT64, ip_network("::/96"), ip_network("::ffff:0:0:0/96"))
"""The last 32 bits are an IPv4 address: NAT64 (RFC 6052), IPv4-compatible (RFC 4291), IPv4-translated (RFC 2765)."""


def host_of(url: str) -> str:
    """The host that is connected to, by the URL type that aiohttp itself uses. Raises ValueError."""
    return URL(url).raw_host or ""


def address_fault(url: str) -> str:
    """Why an address as it is written is refused; empty when it is not. Nothing of it is repeated."""
    try:
        parts = urlsplit(url)
        host, used = parts.hostname or "", host_of(url)
        _ = parts.port
    except ValueError:
        return "it is no web address"
    if parts.scheme not in {"https", "http"} or not host:
        return "it is no web address"
    if parts.username is not None or parts.password is not None:
        return "it holds a user name: a webhook is signed, it needs none"
    if parts.scheme == "http" and host not in LOOPBACK:
        return "only https:// is spoken, but for a receiver on this machine"
    return _name_fault(host, used)


def _name_fault(host: str, used: str) -> str:
    """Of a host as it is written and as it is used."""
    if not host.isascii():
        return "its host has other characters than ASCII; a name with such letters begins with xn--"
    if bare(used) is not None:
        return ""
    if not re.fullmatch(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*\.?", used):
        return "it is no web address"
    # What ends in a number is meant as an address (url.spec.whatwg.org, "ends in a number checker").
    if re.search(r"(^|\.)(\d+|0[xX][0-9A-Fa-f]*)\.?$", used):
        return "its host is a number, but no address as one is written: four numbers of 0 to 255"
    return ""


def bare(host: str) -> IPv4Address | IPv6Address | None:
    """The IP address that a host is; None for a name. aiohttp asks no resolver about one."""
    try:
        return ip_address(host.partition("%")[0])
    except ValueError:
        return None


def host_fault(host: str, url_host: str, *, private: bool) -> str:
    """Why an IP address is refused. `url_host` is what the URL says: this machine is spoken to where it is named."""
    ip = bare(host)
    if ip is None:
        return "its address cannot be read"
    faults = (_ip_fault(one, named=url_host in LOOPBACK, private=private) for one in _stands_for(ip))
    return next(filter(None, faults), "")


def _ip_fault(ip: IPv4Address | IPv6Address, *, named: bool, private: bool) -> str:
    if ip.is_loopback:
        return "" if named else "its name leads to this machine"
    if ip.is_link_local or ip.is_multicast or ip.is_unspecified or any(ip in network for network in _NOBODYS):
        return "its address is none that anybody receives at"
    public = ip.is_global and (isinstance(ip, IPv4Address) or ip in _PUBLIC or ip in _NAT64)
    return "" if public or (private and ip.is_private and not ip.is_reserved) else "its address is of a private network"


def _stands_for(ip: IPv4Address | IPv6Address) -> Iterator[IPv4Address | IPv6Address]:
    """An address and those within it, to which a translator or a tunnel passes on what is sent there."""
    if isinstance(ip, IPv4Address):
        yield ip
        return
    if ip.ipv4_mapped is not None:
        yield ip.ipv4_mapped
        return
    yield ip
    if not (ip.is_loopback or ip.is_unspecified) and any(ip in network for network in _EMBEDDING):
        yield IPv4Address(int(ip) & 0xFFFF_FFFF)
    if ip.sixtofour is not None:
        yield ip.sixtofour
    yield from ip.teredo or ()


class Refused(OSError):
    """An address was refused; the text says why."""


class GuardedResolver(AbstractResolver):
    """Looks a name up and lets through only what may be spoken to; `opened` looks at what is connected to."""

    def __init__(self, inner: AbstractResolver, to: Destination) -> None:
        self._inner = inner
        self._private = to.private
        self._host = host_of(to.url)

    async def resolve(
        self, host: str, port: int = 0, family: AddressFamily = AddressFamily.AF_INET
    ) -> list[ResolveResult]:
        """All of them must be good: a name with one bad address is a slip or an attack. Raises Refused."""
        found = await self._inner.resolve(host, port, family)
        for one in found:
            if fault := host_fault(one["host"], self._host, private=self._private):
                raise Refused(fault)
        return found

    def opened(self, info: AddrInfoType) -> socket.socket:
        """A socket for an address, however it was come by: no other is connected to. Raises Refused."""
        family, kind, protocol, _, address = info
        if fault := host_fault(str(address[0]), self._host, private=self._private):
            raise Refused(fault)
        return socket.socket(family, kind, protocol)

    async def close(self) -> None:
        """The inner one."""
        await self._inner.close()
