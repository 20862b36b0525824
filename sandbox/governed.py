"""Athena over the organisation's trail, set up as docs/trail.md says: table, work group, settings."""

import time
from datetime import datetime
from typing import Any, Final

from bot.logic.trail_layout import Layout, ddl
from sandbox.aws import AwsSandbox
from sandbox.world import fleet, trail

TABLE: Final = "observability.trail"
CUTOFF_BYTES: Final = 10_000_000_000
"""What a question may read at most: five cents' worth."""
SETTINGS: Final = {"table": TABLE, "workgroup": trail.WORKGROUP, "logs": f"s3://{trail.COPY}/"}
"""The bot's `[trail]`."""
_PATIENCE_S: Final = 10.0


def found(aws: AwsSandbox, started_at: datetime) -> None:
    """Of a world that starts then: work group, database and table. RuntimeError where Athena makes them not."""
    client = aws.client("athena", fleet.OBSERVABILITY)
    client.create_work_group(
        Name=trail.WORKGROUP,
        Configuration={
            "ResultConfiguration": {"OutputLocation": f"s3://{trail.RESULTS}/"},
            "EnforceWorkGroupConfiguration": True,
            "BytesScannedCutoffPerQuery": CUTOFF_BYTES,
        },
    )
    layout = Layout(trail.COPY, trail.ROOT)
    run(client, f"CREATE DATABASE IF NOT EXISTS {TABLE.partition('.')[0]}")
    run(client, ddl(layout, TABLE, sorted(fleet.LABELS), [fleet.REGION], (started_at - trail.SINCE).date()))


def run(client: Any, statement: str) -> None:
    """A statement in the bot's work group, to its end. Raises RuntimeError when it fails."""
    begun = client.start_query_execution(QueryString=statement, WorkGroup=trail.WORKGROUP)["QueryExecutionId"]
    end = time.monotonic() + _PATIENCE_S
    while time.monotonic() < end:
        said = client.get_query_execution(QueryExecutionId=begun)["QueryExecution"]["Status"]
        if said["State"] == "SUCCEEDED":
            return
        if said["State"] in {"FAILED", "CANCELLED"}:
            raise RuntimeError(said.get("StateChangeReason", said["State"]))
        time.sleep(0.01)
    raise RuntimeError(f"Athena did not answer within {_PATIENCE_S:g} s")
