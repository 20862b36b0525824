"""What the product counts and times, in Prometheus' form; each process shows its own."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

REGISTRY = CollectorRegistry()
TYPE = CONTENT_TYPE_LATEST
"""The exposition's content type."""
_ACK_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0)
"""Up to the three seconds that Slack waits."""
_CALL_S = (0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0)

DELIVERIES = Counter(
    "sagewatch_deliveries", "Slack's deliveries, by how they ended.", ("type", "outcome"), registry=REGISTRY
)
ACKNOWLEDGED = Histogram(
    "sagewatch_acknowledge_seconds",
    "From a delivery's arrival to its acknowledgement.",
    ("type",),
    buckets=_ACK_S,
    registry=REGISTRY,
)
REFUSED = Counter(
    "sagewatch_requests_refused", "HTTP requests that Slack did not just sign.", ("why",), registry=REGISTRY
)
COMMANDS = Histogram(
    "sagewatch_command_seconds",
    "Command lines run, by how they ended.",
    ("command", "outcome"),
    buckets=_CALL_S,
    registry=REGISTRY,
)
AWS_CALLS = Histogram(
    "sagewatch_aws_call_seconds",
    "Calls to AWS, retries included, by how they ended.",
    ("action", "outcome"),
    buckets=_CALL_S,
    registry=REGISTRY,
)
SHOWN = Counter(
    "sagewatch_shown", "What the poster sent to Slack, by kind and outcome.", ("does", "outcome"), registry=REGISTRY
)
POLLS = Histogram(
    "sagewatch_poll_seconds",
    "Polls of the fleet, by how they ended.",
    ("outcome",),
    buckets=(0.5, 1, 2.5, 5, 10, 25, 45, 90),
    registry=REGISTRY,
)
POLLED_AT = Gauge("sagewatch_poll_last_success_timestamp_seconds", "When a poll last ended well.", registry=REGISTRY)
RUNS = Counter("sagewatch_runs_recorded", "Monitoring runs taken in.", registry=REGISTRY)
REPORTS = Counter(
    "sagewatch_reports",
    "Reports of other monitors, by how they came and what became of them.",
    ("by", "outcome"),
    registry=REGISTRY,
)
EVENTS = Counter(
    "sagewatch_events",
    "Messages of the inbox, by the source that read them and what became of them.",
    ("source", "outcome"),
    registry=REGISTRY,
)
FOUND = Counter(
    "sagewatch_alarms_found_by_poll", "Changed alarms that no event told of, though events come.", registry=REGISTRY
)
OUTBOX = Gauge("sagewatch_outbox_rows", "Rows that wait to be shown, or were given up.", ("state",), registry=REGISTRY)
HANDED = Counter(
    "sagewatch_handed_off",
    "Attempts to hand off to a pager or a webhook, by how they ended.",
    ("destination", "outcome"),
    registry=REGISTRY,
)
SLOW = Gauge("sagewatch_slow_questions", "Questions in the slow pool, waiting ones included.", registry=REGISTRY)


_ENDS = ("unacknowledged", "acknowledged")
_KINDS = {
    kind: (tuple(DELIVERIES.labels(kind, end) for end in _ENDS), ACKNOWLEDGED.labels(kind))
    for kind in ("events_api", "interactive", "slash_commands", "other")
}
"""By Socket Mode's word for the envelope: looked up once, since every delivery passes here."""


def delivered(kind: str, took_s: float, *, acknowledged: bool) -> None:
    """One of Slack's deliveries ended."""
    ends, took = _KINDS.get(kind, _KINDS["other"])
    ends[acknowledged].inc()
    took.observe(took_s)


def exposition() -> bytes:
    """Everything, as Prometheus scrapes it."""
    return generate_latest(REGISTRY)
