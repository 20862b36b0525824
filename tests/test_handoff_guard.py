"""Where a hand-off may go: judged as it is written, as it is used, and as it is connected to."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from threading import Thread

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from bot.handoff.guard import GuardedResolver, Refused, address_fault, host_fault
from bot.handoff.post import post
from bot.handoff.request import Request
from bot.model.handoff import Destination

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("url", "good"),
    [
        ("https://hooks.example.com/x", True),
        ("http://127.0.0.1:8800/x", True),
        ("http://localhost/x", True),
        ("http://[::1]:9/x", True),
        ("http://hooks.example.com/x", False),
        ("http://127.0.0.2/x", False),
        ("http://localhost.example.com/x", False),
        ("https://user:word@example.com/", False),
        ("ftp://example.com/", False),
        ("file:///etc/passwd", False),
        ("https:///x", False),
        ("https://[::1", False),
        ("https://a:99999999/", False),
        ("https://xn--bcher-kva.example/", True),
        ("https://hooks.example.com./x", True),
        ("https://10.1.2.3/x", True),  # an address as it is written is judged by `host_fault`
        ("https://[fd12:3456::1]:8443/x", True),
        ("https://bücher.example/", False),
        ("https://\uff11\uff19\uff12.\uff10.\uff12.\uff12/", False),  # full-width digits: 192.0.2.2 to aiohttp
        ("https://\u2460\u2461\u2466.0.0.1/", False),
        ("https://127\u30020\u30020\u30021/", False),
        ("https://\u0661\u0662\u0667.0.0.1/", False),
        ("https://\u217cocalhost/", False),
        ("https://[::\uff11]/", False),
        ("https://%31%32%37.0.0.1/", False),
        ("https://%EF%BC%91/", False),
        ("https://127.0.0.1./", False),
        ("https://127.0.0.1../", False),
        ("https://2130706433/", False),
        ("https://017700000001/", False),
        ("https://0177.0.0.1/", False),
        ("https://0x7f000001/", False),
        ("https://0x7f.1/", False),
        ("https://0x/", False),
        ("https://127.1/", False),
        ("https://0/", False),
        ("https://1.2.3.4.5/", False),
        ("https://256.1.1.1/", False),
        ("https://exa mple.com/", False),
        ("https://a..example/", False),
        ("https://a\\@b.example/", False),
        ("https://xn--a.example/", True),  # no name of anybody's; its look-up says so
    ],
)
def test_addresses_as_written(url: str, good: bool) -> None:  # a table's column
    """https, but for this machine; nothing of the address is repeated."""
    fault = address_fault(url)
    assert (fault == "") is good
    assert url not in fault


@pytest.mark.parametrize(
    ("host", "public", "private"),
    [
        ("93.184.215.14", True, True),
        ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", True, True),
        ("10.0.0.5", False, True),
        ("192.168.1.1", False, True),
        ("fd12:3456::1", False, True),
        ("127.0.0.1", False, False),
        ("::ffff:127.0.0.1", False, False),
        ("169.254.169.254", False, False),
        ("::ffff:169.254.169.254", False, False),
        ("fd00:ec2::254", False, False),
        ("168.63.129.16", False, False),
        ("fe80::1%eth0", False, False),
        ("0.0.0.0", False, False),  # an address that is refused
        ("224.0.0.1", False, False),
        ("255.255.255.255", False, False),
        ("no address", False, False),
        ("64:ff9b::5db8:d70e", True, True),  # NAT64 of 93.184.215.14
        ("64:ff9b::a00:5", False, True),
        ("64:ff9b::a9fe:a9fe", False, False),
        ("64:ff9b::7f00:1", False, False),
        ("64:ff9b:1::5db8:d70e", False, False),  # NAT64 of one network's own
        ("2002:5db8:d70e::1", True, True),  # 6to4
        ("2002:a9fe:a9fe::1", False, False),
        ("2002:7f00:1::1", False, False),
        ("2001:0:5db8:d70e:0:ffff:5601:5601", False, False),  # Teredo, whose client is 169.254.169.254
        ("2001:0:a9fe:a9fe::1", False, False),
        ("::a9fe:a9fe", False, False),  # IPv4-compatible
        ("::5db8:d70e", False, False),
        ("::ffff:0:a9fe:a9fe", False, False),  # IPv4-translated
        ("::ffff:93.184.215.14", True, True),
        ("::ffff:10.0.0.5", False, True),
        ("fd00:ec2::23", False, False),
        ("fd20:ce::254", False, False),
        ("192.0.0.192", False, False),
        ("100.100.100.200", False, False),
        ("fec0::1", False, False),
        ("4000::1", False, False),
        ("::", False, False),
    ],
)
def test_addresses_as_they_are(host: str, public: bool, private: bool) -> None:  # a table's columns
    """Private ones only where the destination says so; those that hand out credentials never."""
    assert (host_fault(host, "hooks.example.com", private=False) == "") is public
    assert (host_fault(host, "hooks.example.com", private=True) == "") is private


@pytest.mark.parametrize(
    "url",
    [
        "https://169.254.169.254/latest",
        "https://10.0.0.1/",
        "https://[64:ff9b::a00:1]/",
        "https://localhost.localdomain/",
    ],
)
def test_what_is_refused_is_never_called(url: str) -> None:
    """A bare address is looked at before, a name when it is looked up; either is dead, not tried for ever."""
    to = Destination("hook", "webhook", url, "s" * 16, deadline_s=2)
    said = post(to, Request(url, {}, b"{}"), NOW)
    assert said.outcome in {"dead", "again"}
    assert said.outcome == "dead" or "localdomain" in url  # a machine need not know that name
    assert url not in said.said


class Answering(AbstractResolver):
    """A resolver that knows one address."""

    def __init__(self, address: str) -> None:
        self._address = address

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Whatever is asked."""
        return [ResolveResult(hostname=host, host=self._address, port=port, family=family, proto=0, flags=0)]

    async def close(self) -> None:
        """Nothing is open."""


@pytest.mark.parametrize("address", ["10.0.0.1", "64:ff9b::a9fe:a9fe", "127.0.0.1"])
def test_a_name_and_what_is_connected_to_are_judged_alike(address: str) -> None:
    """Whatever way an address is come by, no socket is opened for one that is refused."""
    guard = GuardedResolver(Answering(address), Destination("hook", "webhook", "https://hooks.example.com/", "s" * 16))
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with pytest.raises(Refused):
        asyncio.run(guard.resolve("hooks.example.com", 443))
    with pytest.raises(Refused):
        guard.opened((family, socket.SOCK_STREAM, 6, "", (address, 443)))


@contextmanager
def heard() -> Iterator[tuple[int, list[bytes]]]:
    """A port of this machine, and the first bytes of whoever comes."""
    came: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(20)

        def hear() -> None:
            line, _ = listening.accept()
            with line:
                came.append(line.recv(4))

        hearing = Thread(target=hear, daemon=True)
        hearing.start()
        yield listening.getsockname()[1], came
        with socket.create_connection(listening.getsockname()) as last:
            last.sendall(b"last")
        hearing.join(20)


@pytest.mark.parametrize(
    ("url", "reaches"),
    [
        ("http://127.0.0.1:{}/", True),
        ("https://\uff11\uff12\uff17.0.0.1:{}/", False),
        ("https://[::ffff:127.0.0.1]:{}/", False),
    ],
)
def test_this_machine_is_reached_only_where_it_is_named(url: str, reaches: bool) -> None:
    """By real sockets: not through full-width digits, nor by an address that stands for it."""
    with heard() as (port, came):
        to = Destination("hook", "webhook", url.format(port), "s" * 16, deadline_s=5)
        said = post(to, Request(to.url, {}, b"{}"), NOW)
    assert (said.outcome, came) == (("again", [b"POST"]) if reaches else ("dead", [b"last"]))
