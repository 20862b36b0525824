"""A report that another monitor drops, and one that it sends, each become a card in the channel."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.alerts.sources import report
from sandbox.demo import Demo
from sandbox.driver import Driver, text_of, until
from sandbox.world import fleet

QUEUE = "sagewatch-reports"
URL = f"https://sqs.{fleet.REGION}.amazonaws.com/{fleet.OBSERVABILITY}/{QUEUE}"
SOURCE = {
    "account": fleet.PRODUCTION,
    "region": fleet.REGION,
    "bucket": fleet.bucket(fleet.PRODUCTION),
    "prefix": "evidently/churn/%Y/%m/%d/",
    "kind": "evidently",
    "service": "churn",
}


@pytest.fixture
def demo(tmp_path: Path, demo_of: Callable[..., Demo]) -> Iterator[Demo]:
    """The bot reads a prefix and a queue; the queue is made once AWS is there, and the bot waits for it."""
    settings = {"inbox": {"queue_url": URL}, "reports": [SOURCE]}
    started = demo_of("socket", tmp_path / "kept", **settings)
    started.start()
    started.aws.client("sqs", fleet.OBSERVABILITY).create_queue(QueueName=QUEUE)
    yield started
    started.stop()


def test_reports_become_cards_and_rows_of_violations(demo: Demo, drive: Driver) -> None:
    """One by each way, answered for by `/ml violations` too."""
    now = demo.clock.now()
    config = {"type": "evidently:metric_v2:ValueDrift", "column": "tenure", "method": "PSI", "threshold": 0.1}
    drifted = json.dumps({"metrics": [{"config": config, "value": 0.42}], "tests": []}).encode()
    demo.aws.put_object(fleet.PRODUCTION, SOURCE["bucket"], f"{now:evidently/churn/%Y/%m/%d/}a.json", drifted, now)
    detail = {**report.SAMPLE["detail"], "service": "fraud", "at": f"{now:%Y-%m-%dT%H:%M:%SZ}"}
    event = {**report.SAMPLE, "detail": detail, "time": f"{now:%Y-%m-%dT%H:%M:%SZ}"}
    demo.aws.client("sqs", fleet.OBSERVABILITY).send_message(QueueUrl=URL, MessageBody=json.dumps(event))
    drive.world("next_hour")

    def told() -> bool:
        shown = "\n".join(text_of(m) for m in drive.messages("maya"))
        return all(word in shown for word in ("churn", "tenure", "fraud", "auc"))

    until(told, "a card for each", within_s=30)
    before = len(drive.messages("maya"))
    drive.say("maya", "/ml violations churn")
    answer = until(lambda: [t for m in drive.messages("maya")[before:] if "tenure" in (t := text_of(m))], "an answer")
    assert "PSI" in answer[0]
    assert "at most 0.1000" in answer[0]
