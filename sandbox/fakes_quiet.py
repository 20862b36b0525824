"""A fleet of one account in which nothing is found, with one endpoint and its monitor."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from threading import Event

from bot.model.account import Account
from bot.model.blind import Newest
from bot.model.checkup import Check
from bot.model.fleet import Capture, Endpoint
from bot.model.monitor import Schedule, Violation
from bot.model.place import About, Place, Service
from bot.model.route import Match, Route, RouteBook, RouteRule
from bot.ports import Found
from sandbox.fakes import HOUR, PLACE, START
from sandbox.fakes_resources import Holdings

ACCOUNT = Account(PLACE.account_id, "ml-production", ("us-east-1",))


class Fleet:
    """What AWS, the clock and the routes say of it."""

    def now(self) -> datetime:
        """The machine's time."""
        return datetime.now(UTC)

    def sleep_until(self, when: datetime, stop: Event) -> None:
        """Never sleeps."""

    def reachable(self) -> Found[Account]:
        """All."""
        return Found((ACCOUNT,), asked=1)

    def violations(self, service: str | None, since: timedelta) -> Found[Violation]:
        """None."""
        del service, since
        return Found((), asked=1)

    def captures(self, endpoints: Sequence[Endpoint]) -> Found[Newest]:
        """None."""
        return Found((), asked=len(endpoints))

    def checks(self) -> tuple[Check, ...]:
        """Nothing was looked at."""
        return ()

    def book(self) -> RouteBook:
        """The usual."""
        return RouteBook((RouteRule(Match(), Route("ml-alerts")),))

    def route(self, place: Place, about: About) -> Route:
        """The usual."""
        del place, about
        return Route("ml-alerts")

    def all(self) -> tuple[Route, ...]:
        """The only one."""
        return (Route("ml-alerts"),)

    def problem(self) -> str:
        """None."""
        return ""


def holdings() -> Holdings:
    """An endpoint and its monitor."""
    arn, service = f"arn:aws:sagemaker:us-east-1:{ACCOUNT.id}", Service(PLACE.service)
    place, capture = (ACCOUNT.id, "us-east-1"), Capture(enabled=True, percentage=100, destination="s3://bucket")
    served = Endpoint(f"{arn}:endpoint/e", "e", *place, "InService", START, START, "c", (), capture, service)
    monitor = Schedule(f"{arn}:monitoring-schedule/m", "m", *place, PLACE.family, "e", HOUR, service)
    return Holdings([served], [monitor])
