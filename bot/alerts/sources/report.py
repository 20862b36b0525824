"""A report of our own JSON, sent as a custom event."""

from typing import Any, Final

from bot.logic import own_report
from bot.logic.reported import by_event
from bot.model.event import Event
from bot.model.report import Observed

NAME: Final = "report"
KIND: Final = "Sagewatch Report"
"""The `detail-type`; the `source` is the sender's own."""
SAMPLE: Final[dict[str, Any]] = {
    "version": "0",
    "id": "7bf73129-1428-4cd3-a780-95db273d1602",
    "detail-type": KIND,
    "source": "com.example.monitor",
    "account": "222222222222",
    "time": "2026-11-20T14:05:03Z",
    "region": "us-west-2",
    "resources": [],
    "detail": {
        "schema": own_report.SCHEMA,
        "id": "loan-default-2026-11-20T14",
        "service": "loan-default",
        "family": "model quality",
        "monitor": {"name": "hourly-scores"},
        "at": "2026-11-20T14:05:00Z",
        "cadence_minutes": 60,
        "complete": True,
        "samples": 468,
        "findings": [{"metric": "auc", "direction": "at_least", "seen": 0.871, "limit": 0.9}],
    },
}


def recognises(event: Event) -> bool:
    """By the detail's type alone: anybody may name a source, and EventBridge says whose it is."""
    return event.vouched and event.kind == KIND


def parse(event: Event) -> Observed:
    """Raises Malformed."""
    return by_event(own_report.read(event.detail), event.account_id, event.region, event.id, event.at)
