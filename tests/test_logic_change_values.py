"""What a call set, in words that can be compared with those of another call."""

import json
from typing import Any

import pytest

from bot.logic.change_values import MOST_CHARACTERS, value

SINK = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"AWS": ["arn:aws:iam::222222222222:root", "333333333333"]},
            "Action": ["oam:CreateLink", "oam:UpdateLink"],
            "Resource": "*",
            "Condition": {"ForAllValues:StringEquals": {"oam:ResourceTypes": ["AWS::CloudWatch::Metric"]}},
        }
    ],
}
LINKING = "oam:CreateLink, oam:UpdateLink"
OPEN = {"Effect": "Allow", "Principal": "*", "Action": "s3:PutObject", "Resource": "*"}


@pytest.mark.parametrize(
    ("event", "request_", "expected"),
    [
        (
            "UpdateLink",
            {"identifier": "a", "resourceTypes": ["AWS::Logs::LogGroup", "AWS::CloudWatch::Metric"]},
            ("Shares", "LogGroup, Metric"),
        ),
        (
            "UpdateLink",
            {
                "resourceTypes": ["AWS::CloudWatch::Metric"],
                "linkConfiguration": {"metricConfiguration": {"filter": "x"}},
            },
            ("Shares", "Metric with filters"),
        ),
        (
            "PutSinkPolicy",
            {"sinkIdentifier": "s", "policy": json.dumps(SINK)},
            (
                "Policy",
                f"allows 222222222222, 333333333333 {LINKING} where oam:ResourceTypes is AWS::CloudWatch::Metric",
            ),
        ),
        (
            "PutBucketPolicy",
            {"bucketName": "b", "bucketPolicy": {"Statement": OPEN}},
            ("Policy", "allows anybody s3:PutObject"),
        ),
        (
            "PutBucketPolicy",
            {"bucketPolicy": {"Statement": [{**OPEN, "Effect": "Deny"}] * 6}},
            ("Policy", "; ".join(["denies anybody s3:PutObject"] * 4) + "; and 2 more"),
        ),
        ("PutBucketPolicy", {"bucketPolicy": {"Statement": []}}, ("Policy", "no statement")),
        ("PutBucketPolicy", {"bucketPolicy": {"Statement": [{}]}}, ("Policy", "allows others than named")),
        (
            "UpdateTrail",
            {"name": "t", "s3BucketName": "other", "isMultiRegionTrail": False},
            ("Set", "isMultiRegionTrail false, s3BucketName other"),
        ),
        (
            "PutEventSelectors",
            {"trailName": "t", "eventSelectors": [{"readWriteType": "WriteOnly", "includeManagementEvents": True}]},
            ("Logs", "management events: WriteOnly"),
        ),
        (
            "PutEventSelectors",
            {"eventSelectors": [{"includeManagementEvents": False}]},
            ("Logs", "no management events"),
        ),
        ("PutEventSelectors", {"advancedEventSelectors": [{}]}, ("Logs", "advanced selectors")),
    ],
)
def test_what_a_call_sets_is_told_in_a_line(event: str, request_: dict[str, Any], expected: tuple[str, str]) -> None:
    """As its request has it."""
    assert value(event, request_) == expected


@pytest.mark.parametrize(
    ("event", "request_"),
    [
        ("DeleteLink", {"identifier": "a"}),
        ("UpdateLink", {"resourceTypes": None}),
        ("PutSinkPolicy", {}),
        ("PutSinkPolicy", {"policy": "{"}),
        ("PutSinkPolicy", {"policy": "[]"}),
        ("PutBucketPolicy", {"bucketPolicy": 7}),
        ("UpdateTrail", {"name": "t", "tags": []}),
        ("PutEventSelectors", {"eventSelectors": "x"}),
    ],
)
def test_what_says_nothing_is_not_told(event: str, request_: dict[str, Any]) -> None:
    """A request may be anything: nothing raises."""
    assert value(event, request_) is None


@pytest.mark.parametrize("bad", [7, "x", ["x"], {"a": 1}, {"AWS": 7}, {"AWS": None}, None])
def test_a_policy_of_any_shape_is_told_somehow(bad: Any) -> None:
    """Within its length."""
    statement = {"Effect": bad, "Principal": bad, "Action": bad, "Condition": bad}
    found = value("PutBucketPolicy", {"bucketPolicy": {"Statement": [statement] * 50}})
    assert found is not None
    assert len(found[1]) <= MOST_CHARACTERS
