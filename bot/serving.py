"""The part of the product that people in Slack speak to: dispatch, and the edge that brings them to it."""

from collections.abc import Callable, Mapping
from typing import Any

import commands
from bot.dispatch import Dispatch
from bot.model.person import Grant, Role
from bot.outside import World
from bot.ports import Ask, Audit, Incidents, Inventory, Seen
from bot.registry import discover
from bot.settings import Settings
from bot.slack.answers import Answers
from bot.slack.bolt import build as build_bolt
from bot.slack.chat import SlackChat
from bot.slack.desk import Desk
from bot.slack.edge import Line
from bot.slack.handling import Handling
from bot.slack.health import Health
from bot.slack.listener import Listener
from bot.slack.people import SlackPeople
from bot.slack.pools import Pools
from bot.slack.signed_requests import MOST_BYTES, SignedRequests
from bot.slack.socket_line import SocketLine


def slack_line(settings: Settings, world: World, handling: Handling, health: Health) -> SocketLine | Listener:
    """How Slack reaches the bot. Raises BotError without the secret that the transport needs."""
    slack = settings.slack
    if slack.transport == "socket":
        return SocketLine(handling, app_token=slack.app_token.get_secret_value(), base_url=world.slack_url)
    requests = SignedRequests(handling, world.wall, signing_secret=slack.signing_secret.get_secret_value())
    routes = [*requests.routes(), *health.probes()]
    at = settings.http
    return Listener(at.host, at.port, routes, settings="http.host and http.port", most_bytes=MOST_BYTES)


def telemetry_lines(settings: Settings, health: Health) -> tuple[Line, ...]:
    """Probes and metrics, where the settings want them."""
    at = settings.telemetry
    routes = [*health.probes(why=True), *health.metrics()]
    return (Listener(at.host, at.port, routes, settings="telemetry.host and telemetry.port"),) if at.port else ()


def handling(
    settings: Settings,
    world: World,
    stores: Mapping[type, Any],
    bind: Callable[[Ask], Mapping[type, object]],
    chat: SlackChat,
    people: SlackPeople,
    pools: Pools,
    identity: Mapping[str, str],
    stopping: Callable[[], bool],
) -> Handling:
    """From one of Slack's deliveries to its acknowledgement."""
    dispatch = Dispatch(
        discover(commands, settings.slack.command),
        bind,
        people,
        stores[Audit],
        stores[Inventory],
        world.clock,
        _grants(settings),
        answer_s=settings.answer_seconds,
        trail_s=settings.trail.seconds,
        extra_ids=frozenset(a.id for a in settings.aws.accounts),
        stopping=stopping,
        incidents=stores[Incidents],
    )
    desk = Desk(dispatch, pools, people, Answers(chat))
    bolt = build_bolt(chat.client, desk, settings.slack.command, identity)
    return Handling(bolt, pools, stores[Seen], world.wall)


def _grants(settings: Settings) -> tuple[Grant, ...]:
    return tuple(Grant(Role(name), r.users, r.groups, r.accounts) for name, r in settings.roles.items())
