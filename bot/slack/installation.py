"""The app's installation in Slack as `doctor` looks at it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from typing import Any

from slack_sdk import WebClient

from bot.errors import BotError, ChannelLost, ChatError, RateLimited, Refused, Unconfirmed
from bot.logic.check_clock import header_checks
from bot.logic.check_routes import ROUTES, call_checks
from bot.logic.check_slack import (
    CHANNELS,
    ROLES,
    SLACK,
    Named,
    channel_check,
    group_checks,
    groups_untold,
    lost_channel,
    person_check,
    scope_check,
    two_names,
)
from bot.logic.routing import channels as led_to
from bot.logic.words import plural
from bot.model.checkup import Check, Status
from bot.model.route import Route
from bot.slack.channels import Channels
from bot.slack.web import Nobody, client, translated

_TIMEOUT_S = 4
"""For each of a few calls: somebody waits for them."""
MOST_PEOPLE = 25
"""Of those named in the settings are looked up, a call each."""
_AGAIN = "Ask again in a minute."
_GRANT = "See the line on scopes."


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the manifest and the settings want of Slack. An `app_token` is tried by asking for a connection."""

    scopes: tuple[str, ...]
    channel: str
    groups: tuple[Named, ...] = ()
    people: tuple[Named, ...] = ()
    app_token: str = field(default="", repr=False)


class SlackInstallation:
    """`bot.ports.health.ChatHealth` on the Web API. `wall` is the machine's clock."""

    def __init__(self, web: WebClient, wanted: Wanted, wall: Callable[[], datetime]) -> None:
        self._client = client(web.token, web.base_url, _TIMEOUT_S)
        self._wanted = wanted
        self._wall = wall

    def checks(self, channels: Iterable[str], routes: Iterable[Route]) -> tuple[Check, ...]:
        """The token first: without it nothing else can be asked. Once Slack is silent, nothing more is."""
        before = self._wall()
        try:
            with translated():
                me = self._client.auth_test()
        except ChatError as error:
            rest = tuple(
                Check(area, "all", "unknown", "not looked at", "See the line on Slack.") for area in (CHANNELS, ROLES)
            )
            return (_trouble(SLACK, "bot token", error), *rest, *self._line())
        routes = tuple(routes)
        also = (*channels, *led_to(routes))
        found = list(self._token(me, before + (self._wall() - before) / 2))
        try:
            for check in chain(self._line(), self._channels(also, str(me.get("user"))), self._roles(routes)):
                found.append(check)  # noqa: PERF402  # those before a silence stay
        except Unconfirmed as error:
            said = f"{error.cause} What comes after the last line on it was not looked at."
            found.append(Check(SLACK, "all", "bad", said, _AGAIN))
        return tuple(found)

    def _token(self, me: Any, here_at: datetime) -> Iterator[Check]:
        said = {name.lower(): value for name, value in me.headers.items()}
        yield Check(SLACK, "bot token", "good", f"it is {me.get('user')} of {me.get('team')}")
        yield scope_check(said.get("x-oauth-scopes"), self._wanted.scopes)
        yield from header_checks("Slack", said.get("date", ""), here_at)

    def _line(self) -> Iterator[Check]:
        """Whether Slack would open a socket to this app token; the address that it gives is not used."""
        token = self._wanted.app_token
        if not token:
            return
        try:
            with translated():
                client(token, self._client.base_url, _TIMEOUT_S).apps_connections_open(app_token=token)
        except Unconfirmed:
            raise
        except ChatError as error:
            step = "Check SLACK_APP_TOKEN: an app-level token with `connections:write`, `xapp-…`."
            yield _trouble(SLACK, "app token", error, step)
        else:
            yield Check(SLACK, "app token", "good", "Slack opens a socket for it")

    def _channels(self, also: Iterable[str], bot: str) -> Iterator[Check]:
        """The default channel and the others, each once."""
        found, names = Channels(self._client), dict[str, str]()
        for name in dict.fromkeys(c.lstrip("#") for c in (self._wanted.channel, *also)):
            try:
                channel_id = found.id_of(name)
                if names.setdefault(channel_id, name) != name:
                    yield two_names(names[channel_id], name)
                    continue
                with translated():
                    channel = self._client.conversations_info(channel=channel_id)["channel"]
            except ChannelLost:
                yield lost_channel(name, bot)
            except Unconfirmed:
                raise
            except ChatError as error:
                yield _trouble(CHANNELS, f"#{name}", error)
            else:
                yield channel_check(name, channel, bot)

    def _roles(self, routes: Sequence[Route]) -> Iterator[Check]:
        calling = [route for route in routes if route.group]
        if self._wanted.groups or calling:
            yield from self._groups(self._wanted.groups, calling)
        people = self._wanted.people
        for one in people[:MOST_PEOPLE]:
            yield self._person(one)
        if len(people) > MOST_PEOPLE:
            said = f"{plural(len(people) - MOST_PEOPLE, 'person', 'people')} more than {MOST_PEOPLE} were not looked up"
            yield Check(ROLES, "people", "unknown", said, "Name groups in place of people.")

    def _groups(self, named: Sequence[Named], calling: Sequence[Route]) -> Iterator[Check]:
        try:
            with translated():
                groups = self._client.usergroups_list()["usergroups"]
        except Unconfirmed:
            raise
        except Refused as error:
            if named:
                yield groups_untold(named, error.cause, error.next_step or _GRANT)
            for route in calling:
                said = f"nobody is called: the user groups cannot be read. {error.cause}"
                yield Check(ROUTES, route.name, "bad", said, error.next_step or _GRANT)
        except ChatError as error:
            yield _trouble(ROLES, "user groups", error)
        else:
            yield from group_checks(named, {str(one[key]) for one in groups for key in ("id", "handle")})
            yield from call_checks(calling, {str(one["id"]) for one in groups})

    def _person(self, one: Named) -> Check:
        try:
            with translated():
                return person_check(one, self._client.users_info(user=one.who)["user"])
        except Nobody:
            return person_check(one, None)
        except Unconfirmed:
            raise
        except ChatError as error:
            return _trouble(ROLES, one.role, error)


def _trouble(area: str, subject: str, error: BotError, next_step: str = "") -> Check:
    """Slack's asking to wait passes."""
    status: Status = "unknown" if isinstance(error, RateLimited) else "bad"
    return Check(area, subject, status, error.cause, next_step or error.next_step or _AGAIN)
