"""One POST, within a deadline, to an address that may be spoken to."""

import asyncio
import ssl
from datetime import datetime

from aiohttp import ClientError, ClientSession, ClientTimeout, InvalidURL, TCPConnector
from aiohttp.resolver import ThreadedResolver

from bot.handoff.guard import GuardedResolver, Refused, address_fault, bare, host_fault, host_of
from bot.handoff.request import Answer, Request, judged
from bot.model.handoff import Destination


def post(to: Destination, request: Request, now: datetime) -> Answer:
    """Blocks for at most `to.deadline_s`. Nothing that comes back is read but status and Retry-After."""
    if fault := _refused(to):
        return Answer("dead", fault)
    return asyncio.run(_post(to, request, now))


def _refused(to: Destination) -> str:
    """What can be told without looking a name up."""
    if fault := address_fault(to.url):
        return fault
    host = host_of(to.url)
    return host_fault(host, host, private=to.private) if bare(host) is not None else ""


async def _post(to: Destination, request: Request, now: datetime) -> Answer:
    guard = GuardedResolver(ThreadedResolver(), to)
    connector = TCPConnector(resolver=guard, socket_factory=guard.opened, limit=1, force_close=True)
    timeout = ClientTimeout(total=to.deadline_s)
    try:
        async with (
            ClientSession(connector=connector, timeout=timeout, trust_env=False, auto_decompress=False) as session,
            session.post(request.url, data=request.body, headers=request.headers, allow_redirects=False) as said,
        ):
            return judged(said.status, said.headers.get("Retry-After"), now)
    except TimeoutError:
        return Answer("again", f"it does not answer within {to.deadline_s:g} s")
    except (ClientError, OSError, ValueError) as error:
        return _broken(error)


def _broken(error: Exception) -> Answer:
    """What went wrong before there was an answer, without the address, which may hold a token."""
    if fault := _cause(error, Refused):
        return Answer("dead", str(fault))
    if _cause(error, ssl.SSLError):
        return Answer("again", "its certificate or its TLS is not accepted")
    if isinstance(error, InvalidURL) or not isinstance(error, (ClientError, OSError)):
        return Answer("dead", "it is no web address")
    return Answer("again", "it cannot be reached")


def _cause(error: BaseException | None, kind: type[BaseException]) -> BaseException | None:
    """The error of that kind behind this one; aiohttp wraps what its resolver raises."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        if isinstance(error, kind):
            return error
        seen.add(id(error))
        inner = getattr(error, "os_error", None)
        error = inner if isinstance(inner, BaseException) else error.__cause__ or error.__context__
    return None
