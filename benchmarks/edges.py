"""The edges that are compared, each in its process: `python -m benchmarks.edges ours|bare http|socket ADDRESS`."""

import asyncio
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiohttp import web
from slack_bolt import App
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.request import BoltRequest
from slack_sdk import WebClient
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.edge import Edge
from bot.slack.handling import Handling
from bot.slack.listener import Listener
from bot.slack.pools import Pools
from bot.slack.signed_requests import MOST_BYTES, PATH, SignedRequests
from bot.slack.socket_line import SocketLine
from bot.store.engine import connect
from bot.store.migrate import migrate
from bot.store.seen import SqlSeen

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"  # noqa: S105  # nobody's
THREADS = 4
"""As many as the product has."""


def acknowledging(*, verify: bool) -> App:
    """A Bolt app with one command that acknowledges; `verify` leaves the signature to Bolt."""
    app = App(
        client=WebClient(),
        signing_secret=SECRET if verify else None,
        authorize=lambda: AuthorizeResult(enterprise_id=None, team_id="T1", bot_user_id="U1", bot_token="xoxb-1"),  # noqa: S106
        process_before_response=True,
        token_verification_enabled=False,
        request_verification_enabled=verify,
    )

    @app.command("/ml")
    def command(ack: Callable[[], None]) -> None:
        ack()

    return app


def _wall() -> datetime:
    return datetime.now(UTC)


def ours(transport: str, address: str) -> None:
    """As the product puts it together, with its store on a disk, fully synchronised."""
    engine = connect(f"sqlite:///{Path(tempfile.mkdtemp()) / 'edge.db'}")
    migrate(engine)
    seen, pools = SqlSeen(engine), Pools(fast=THREADS)
    handling = Handling(acknowledging(verify=False), pools, seen, _wall)
    if transport == "socket":
        Edge(SocketLine(handling, app_token="xapp-1", base_url=f"{address}/api/")).start()  # noqa: S106
        print(address, flush=True)
    else:
        requests = SignedRequests(handling, _wall, signing_secret=SECRET)
        line = Listener("127.0.0.1", 0, requests.routes(), settings="", most_bytes=MOST_BYTES)
        Edge(line).start()
        print(line.url + PATH, flush=True)
    sys.stdin.read()


def bare(transport: str, address: str) -> None:
    """What Bolt's guides lead to, with its work in a pool and its acknowledgement before the response."""
    pool = ThreadPoolExecutor(THREADS)
    asyncio.run(_bare_socket(pool, address) if transport == "socket" else _bare_http(pool))


async def _bare_http(pool: ThreadPoolExecutor) -> None:
    app = acknowledging(verify=True)

    async def events(request: web.Request) -> web.Response:
        asked = BoltRequest(body=await request.text(), headers=dict(request.headers))
        answered = await asyncio.get_running_loop().run_in_executor(pool, app.dispatch, asked)
        return web.Response(status=answered.status, text=answered.body)

    served = web.Application()
    served.add_routes([web.post(PATH, events)])
    runner = web.AppRunner(served, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(f"http://127.0.0.1:{runner.addresses[0][1]}{PATH}", flush=True)
    await asyncio.to_thread(sys.stdin.read)


async def _bare_socket(pool: ThreadPoolExecutor, address: str) -> None:
    app = acknowledging(verify=False)
    client = SocketModeClient(
        app_token="xapp-1",  # noqa: S106
        web_client=AsyncWebClient(token="xapp-1", base_url=f"{address}/api/"),  # noqa: S106
    )

    async def listen(line: Any, request: SocketModeRequest) -> None:
        asked = BoltRequest(mode="socket_mode", body=request.payload)
        await asyncio.get_running_loop().run_in_executor(pool, app.dispatch, asked)
        await line.send_socket_mode_response(SocketModeResponse(request.envelope_id))

    client.socket_mode_request_listeners.append(listen)
    await client.connect()  # type: ignore[no-untyped-call]
    print(address, flush=True)
    await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    {"ours": ours, "bare": bare}[sys.argv[1]](sys.argv[2], sys.argv[3] if len(sys.argv) > 3 else "")
