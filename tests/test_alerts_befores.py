"""How something was before a call changed it: by the call before it, where its account tells that."""

import json
from typing import Any

import pytest

from bot.alerts.listening import Wanted
from bot.alerts.sources import cloudtrail_change
from bot.errors import AccessDenied
from bot.logic.lifecycle import fold
from bot.logic.moments import moment
from bot.model.account import Account
from bot.model.route import Route
from bot.ports import Failure
from bot.render.text import plain_text
from sandbox import fakes_trail as people
from sandbox.fakes import FakeIncidents, FakeRoutes
from sandbox.fakes_fleet import StillClock
from sandbox.fakes_inbox import Ears
from sandbox.fakes_trail import Told

OWNER, REGION = "222222222222", "us-west-2"
ACCOUNT = Account(OWNER, "prod", (REGION,))
FOUND = moment("2026-11-20T16:00:00Z")
assert FOUND is not None
NOW = FOUND


@pytest.fixture
def ears() -> Ears:
    """The account is known, and one route wants changes."""
    routes = FakeRoutes(Route("ml-governance", changes=True))
    found = Ears(StillClock(NOW), incidents=FakeIncidents(fold), routes=routes, wanted=Wanted())
    found.inventory.remember((ACCOUNT,), NOW)
    return found


def said(ears: Ears) -> list[str]:
    """Messages, as text."""
    return [plain_text(reply) for _, reply in ears.notices.said.values()]


def alert(points: int, period: int, days: float = 0.0001, schedule: str = "bank-q", **more: Any) -> dict[str, Any]:
    """An alert of a monitor was set to so many bad runs of so many, so long ago."""
    request = {"monitoringScheduleName": schedule, "datapointsToAlert": points, "evaluationPeriod": period}
    return people.record(Told(days, OWNER, people.MAYA, "UpdateMonitoringAlert", {**request, **more}), NOW)


def as_told(body: dict[str, Any]) -> str:
    """By EventBridge."""
    about = {"account": OWNER, "detail": body, "source": "aws.sagemaker", "id": body["eventID"]}
    return json.dumps({**cloudtrail_change.SAMPLE, **about})


@pytest.mark.parametrize(
    ("earlier", "expected"),
    [
        ([alert(1, 1, 9)], "1 bad run of 1 → 3 bad runs of 5"),
        ([alert(1, 1, 30), alert(2, 5, 9)], "2 bad runs of 5 → 3 bad runs of 5"),
        ([alert(3, 6, 9)], "3 bad runs of 6 → 3 bad runs of 5"),
        ([alert(1, 1, 9, "other")], "3 bad runs of 5; what it was before is not known"),
        ([alert(1, 1, 9, monitoringAlertName="another")], "3 bad runs of 5; what it was before is not known"),
        ([], "3 bad runs of 5; what it was before is not known"),
        ([alert(3, 5, 9)], ""),
        ([alert(5, 5, 9)], ""),
    ],
)
def test_an_alert_is_told_with_how_it_was_and_only_where_it_alerts_later(
    ears: Ears, earlier: list[dict[str, Any]], expected: str
) -> None:
    """As the account's own CloudTrail has the call before this one."""
    body = alert(3, 5)
    ears.trailed.records = [*earlier, body]
    ears.hear(as_told(body))
    assert [expected in text for text in said(ears)] == [True] * bool(expected)


def test_an_alert_is_told_where_nobody_can_say_how_it_was(ears: Ears) -> None:
    """The account refuses; what is known is said all the same."""
    ears.trailed.failures = (Failure(ACCOUNT, REGION, AccessDenied("the role lacks it", "Add it.")),)
    ears.hear(as_told(alert(3, 5)))
    (text,) = said(ears)
    assert "3 bad runs of 5; what it was before is not known" in text


def shares(days: float, *kinds: str) -> dict[str, Any]:
    """A link was made to share these, so long ago."""
    request = {"identifier": "arn:link/a", "resourceTypes": [f"AWS::CloudWatch::{kind}" for kind in kinds]}
    return people.record(Told(days, OWNER, people.MAYA, "UpdateLink", request, service="oam"), NOW)


@pytest.mark.parametrize(
    ("earlier", "expected"),
    [
        ([shares(9, "Metric", "Logs")], "Shares before: Logs, Metric"),
        ([shares(9, "Metric")], "Shares before: the same"),
        ([], "Shares: Metric; what it was before is not known"),
    ],
)
def test_a_link_is_told_with_what_it_shared_and_shares(
    ears: Ears, earlier: list[dict[str, Any]], expected: str
) -> None:
    """So is a policy, or a trail: what their requests say whole."""
    body = shares(0.0001, "Metric")
    ears.trailed.records = [*earlier, body]
    ears.hear(json.dumps({**json.loads(as_told(body)), "source": "aws.oam"}))
    (text,) = said(ears)
    assert expected in text
    assert "Shares: Metric" in text
