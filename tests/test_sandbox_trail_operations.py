"""What one may ask CloudTrail of trails and of event history, and what EventBridge hears of it."""

import json
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.aws.trail import identities
from sandbox.aws.trail.events import Event
from sandbox.aws.trail.files import Origin
from sandbox.aws.trail.stage import ARCHIVE, HUB, LOGS, MANAGEMENT, PROD, REGION, Staged, trailed

ARN = f"arn:aws:cloudtrail:{REGION}:{MANAGEMENT}:trail/organisation"
SECOND = timedelta(seconds=1)


@pytest.fixture
def stage() -> Iterator[Staged]:
    with trailed() as staged:
        yield staged


def deleted(stage: Staged, name: str, *, ago: timedelta = timedelta(0), who: dict[str, Any] | None = None) -> str:
    """SageMaker, or somebody, deleted an endpoint; returns the event's id."""
    caller = who or identities.service("sagemaker.amazonaws.com")
    given = Event(stage.clock.now() - ago, PROD, REGION, caller, "sagemaker", "DeleteEndpoint", {"EndpointName": name})
    return stage.aws.trail.recorder.add(given, Origin.LIVE)


def error(call: Any, **given: Any) -> str:
    """The code that a call is refused with."""
    with pytest.raises(ClientError) as refused:
        call(**given)
    return str(refused.value.response["Error"]["Code"])


def test_the_trail_is_told_to_every_account(stage: Staged) -> None:
    """By its ARN anywhere; it is the management account's."""
    for account in (HUB, PROD, ARCHIVE):
        cloudtrail = stage.aws.client("cloudtrail", account)
        (trail,) = cloudtrail.describe_trails()["trailList"]
        assert trail["TrailARN"] == ARN
        assert (trail["IsOrganizationTrail"], trail["IsMultiRegionTrail"], trail["S3BucketName"]) == (True, True, LOGS)
        assert cloudtrail.get_trail(Name=ARN)["Trail"]["HomeRegion"] == REGION
        assert cloudtrail.list_trails()["Trails"][0]["Name"] == "organisation"
        assert cloudtrail.get_trail_status(Name=ARN)["IsLogging"] is True
    elsewhere = stage.aws.client("cloudtrail", PROD, "us-east-1")
    assert len(elsewhere.describe_trails()["trailList"]) == 1
    assert elsewhere.describe_trails(includeShadowTrails=False)["trailList"] == []
    assert error(elsewhere.get_trail, Name="organisation") == "TrailNotFoundException"
    assert error(elsewhere.get_trail, Name="a") == "InvalidTrailNameException"
    assert error(elsewhere.get_trail, Name="arn:aws:cloudtrail:nowhere") == "CloudTrailARNInvalidException"


def test_members_cannot_change_it(stage: Staged) -> None:
    """Only the management account and the delegated administrator, in the trail's home Region."""
    member, administrator = stage.aws.client("cloudtrail", PROD), stage.aws.client("cloudtrail", ARCHIVE)
    for call, given in (
        (member.stop_logging, {"Name": ARN}),
        (member.start_logging, {"Name": ARN}),
        (member.update_trail, {"Name": ARN, "S3KeyPrefix": "mine"}),
        (member.put_event_selectors, {"TrailName": ARN, "EventSelectors": []}),
    ):
        assert error(call, **given) == "NotOrganizationMasterAccountException"
    away = stage.aws.client("cloudtrail", ARCHIVE, "us-east-1")
    assert error(away.stop_logging, Name=ARN) == "InvalidHomeRegionException"
    administrator.stop_logging(Name=ARN)
    assert administrator.get_trail_status(Name="organisation")["IsLogging"] is False


def test_rights_are_needed(stage: Staged) -> None:
    """Event history on everything, a trail by its ARN."""
    nobody, reader = stage.user(PROD, "nobody"), stage.user(PROD, "reader", "cloudtrail:LookupEvents")
    assert error(stage.client("cloudtrail", nobody).lookup_events) == "AccessDeniedException"
    assert stage.client("cloudtrail", reader).lookup_events()["Events"] == []
    assert error(stage.client("cloudtrail", reader).get_trail, Name=ARN) == "AccessDeniedException"


def test_while_it_is_stopped_nothing_is_delivered(stage: Staged) -> None:
    """StopLogging itself is; event history goes on; what happened meanwhile is never delivered."""
    cloudtrail = stage.aws.client("cloudtrail", ARCHIVE)
    deleted(stage, "before")
    stage.later()
    cloudtrail.stop_logging(Name=ARN)
    stage.later()
    lost = deleted(stage, "meanwhile")
    stage.later()
    cloudtrail.start_logging(Name=ARN)
    stage.later(SECOND)
    deleted(stage, "after")
    stage.later()
    names = [each["requestParameters"]["endpointName"] for each in stage.records(name="DeleteEndpoint")]
    assert names == ["before", "after"]
    assert [each["eventName"] for each in stage.records(ARCHIVE)][:1] == ["StopLogging"]
    assert {"StopLogging", "StartLogging"} == {
        each["eventName"] for each in stage.records(ARCHIVE) if not each["readOnly"]
    }
    told = stage.aws.client("cloudtrail", PROD).lookup_events(
        LookupAttributes=[{"AttributeKey": "EventId", "AttributeValue": lost}]
    )
    assert [each["EventId"] for each in told["Events"]] == [lost]


def test_it_can_be_given_another_bucket_and_prefix(stage: Staged) -> None:
    """What is delivered from then on lies there; a bucket that is not there is refused."""
    cloudtrail = stage.aws.client("cloudtrail", ARCHIVE)
    assert error(cloudtrail.update_trail, Name=ARN, S3BucketName="nowhere") == "S3BucketDoesNotExistException"
    assert error(cloudtrail.update_trail, Name=ARN, SnsTopicName="news") == "UnsupportedOperationException"
    answer = cloudtrail.update_trail(Name=ARN, S3KeyPrefix="elsewhere", EnableLogFileValidation=False)
    assert (answer["S3KeyPrefix"], answer["LogFileValidationEnabled"]) == ("elsewhere", False)
    deleted(stage, "moved")
    stage.later()
    assert any(key.startswith("elsewhere/AWSLogs/") for key in stage.files())
    (changed,) = (each for each in stage.records(ARCHIVE, "UpdateTrail") if "errorCode" not in each)
    assert changed["requestParameters"]["s3KeyPrefix"] == "elsewhere"


def test_selectors_that_leave_out_management_events_silence_it(stage: Staged) -> None:
    """As StopLogging does, by another name."""
    cloudtrail = stage.aws.client("cloudtrail", ARCHIVE)
    assert cloudtrail.get_event_selectors(TrailName=ARN)["EventSelectors"][0]["IncludeManagementEvents"] is True
    assert error(cloudtrail.put_event_selectors, TrailName=ARN) == "InvalidEventSelectorsException"
    cloudtrail.put_event_selectors(TrailName=ARN, EventSelectors=[{"IncludeManagementEvents": False}])
    deleted(stage, "unseen")
    stage.later()
    assert stage.records() == []
    chosen = [{"Field": "eventCategory", "Equals": ["Management"]}]
    cloudtrail.put_event_selectors(TrailName=ARN, AdvancedEventSelectors=[{"FieldSelectors": chosen}])
    deleted(stage, "seen")
    stage.later()
    assert [each["requestParameters"] for each in stage.records()] == [{"endpointName": "seen"}]


def test_what_nobody_serves_is_refused_by_name(stage: Staged) -> None:
    """A trail cannot be deleted here."""
    cloudtrail = stage.aws.client("cloudtrail", ARCHIVE)
    assert error(cloudtrail.delete_trail, Name=ARN) == "NotImplementedInSandbox"


def test_event_history_has_an_event_before_its_file_is_there(stage: Staged) -> None:
    """Not at once: after a minute or two, and while its file is minutes away."""
    cloudtrail = stage.aws.client("cloudtrail", PROD)
    mine = deleted(stage, "bank")
    assert _found(cloudtrail) == []
    stage.later(timedelta(minutes=2))
    assert _found(cloudtrail) == [mine]
    assert stage.records() == []
    stage.later()
    assert _found(cloudtrail) == [mine]


def _found(cloudtrail: Any, **given: Any) -> list[str]:
    _breathe()
    by = [{"AttributeKey": "EventName", "AttributeValue": "DeleteEndpoint"}]
    return [each["EventId"] for each in cloudtrail.lookup_events(LookupAttributes=by, **given)["Events"]]


def test_an_event_is_told_with_its_record(stage: Staged) -> None:
    """Whose key, who, on what; the record itself is a text."""
    keys = stage.user(PROD, "priya", "sagemaker:DeleteEndpoint")
    assert error(stage.client("sagemaker", keys).delete_endpoint, EndpointName="bank") == "ValidationException"
    stage.later()
    by = [{"AttributeKey": "Username", "AttributeValue": "priya"}]
    (told,) = stage.aws.client("cloudtrail", PROD).lookup_events(LookupAttributes=by)["Events"]
    record = json.loads(told["CloudTrailEvent"])
    assert record == stage.records(name="DeleteEndpoint")[0]
    assert (told["EventName"], told["EventSource"]) == ("DeleteEndpoint", "sagemaker.amazonaws.com")
    assert (told["ReadOnly"], told["AccessKeyId"]) == ("false", keys["aws_access_key_id"])
    assert told["EventTime"].isoformat() == record["eventTime"].replace("Z", "+00:00")


@pytest.mark.parametrize(
    ("key", "value", "region", "wanted"),
    [
        ("EventName", "CreateUser", "us-east-1", ["CreateUser"]),
        ("EventSource", "sagemaker.amazonaws.com", REGION, ["DeleteEndpoint"]),
        ("ReadOnly", "true", "us-east-1", []),
        ("ResourceName", "priya", "us-east-1", ["CreateAccessKey", "PutUserPolicy", "CreateUser"]),
        ("ResourceType", "AWS::IAM::User", "us-east-1", ["CreateAccessKey", "PutUserPolicy", "CreateUser"]),
        ("Username", "root", REGION, ["DeleteEndpoint"]),
        ("Username", "nobody", REGION, []),
    ],
)
def test_one_attribute_chooses(stage: Staged, key: str, value: str, region: str, wanted: list[str]) -> None:
    """Of the account and Region that are asked."""
    stage.user(PROD, "priya")
    deleted(stage, "bank", who=identities.root(PROD, stage.clock.now()))
    stage.later()
    by = [{"AttributeKey": key, "AttributeValue": value}]
    found = stage.aws.client("cloudtrail", PROD, region).lookup_events(LookupAttributes=by)["Events"]
    assert sorted(each["EventName"] for each in found) == sorted(wanted)


def test_wrong_questions_are_refused(stage: Staged) -> None:
    """Two attributes, a time that ends before it begins, a token of another question."""
    cloudtrail, now = stage.aws.client("cloudtrail", PROD), stage.clock.now()
    two = [{"AttributeKey": "EventName", "AttributeValue": name} for name in ("CreateEndpoint", "DeleteEndpoint")]
    assert error(cloudtrail.lookup_events, LookupAttributes=two) in {
        "InvalidLookupAttributesException",
        "ValidationException",
    }
    assert error(cloudtrail.lookup_events, StartTime=now, EndTime=now - SECOND) == "InvalidTimeRangeException"
    other = stage.aws.client("cloudtrail", HUB)
    assert error(other.lookup_events, NextToken="made up") == "InvalidNextTokenException"
    assert error(other.lookup_events, MaxResults=51) in {"InvalidMaxResultsException", "ValidationException"}


def test_pages_go_on_where_the_last_one_ended(stage: Staged) -> None:
    """Each event once, newest first, over files and what waits; what comes in meanwhile moves nothing."""
    for minute in range(130):
        deleted(stage, f"old-{minute}", ago=timedelta(minutes=minute))
    stage.later(timedelta(minutes=2))
    cloudtrail, pages, token = stage.aws.client("cloudtrail", PROD), [], {}
    while True:
        answer = cloudtrail.lookup_events(MaxResults=50, **token)
        pages.append(answer["Events"])
        if "NextToken" not in answer:
            break
        token = {"NextToken": answer["NextToken"]}
        deleted(stage, "between")
        stage.later(timedelta(minutes=10))
        stage.aws.trail.recorder.deliver(stage.clock.now())
        _breathe()
    assert [len(page) for page in pages] == [50, 50, 30]
    found = [each for page in pages for each in page]
    assert len({each["EventId"] for each in found}) == 130
    times = [each["EventTime"] for each in found]
    assert times == sorted(times, reverse=True)


def _breathe() -> None:
    """So that a second call is no third within a second."""
    time.sleep(0.51)


def test_two_calls_a_second_are_answered(stage: Staged) -> None:
    """For each account and Region; the third is throttled."""
    cloudtrail = stage.aws.client("cloudtrail", PROD)
    cloudtrail.lookup_events()
    cloudtrail.lookup_events()
    assert error(cloudtrail.lookup_events) == "ThrottlingException"
    stage.aws.client("cloudtrail", HUB).lookup_events()
    stage.aws.client("cloudtrail", PROD, "us-east-1").lookup_events()


def test_event_history_ends_after_ninety_days(stage: Staged) -> None:
    """An event of 91 days ago is gone, one of 89 is there."""
    deleted(stage, "old", ago=timedelta(days=91))
    young = deleted(stage, "young", ago=timedelta(days=89))
    stage.later()
    assert _found(stage.aws.client("cloudtrail", PROD)) == [young]


def test_the_past_is_told_as_far_as_it_is_asked(stage: Staged) -> None:
    """What is told on demand is asked for by time, no further than the answer needs."""
    asked, now = [], stage.clock.now()
    stage.aws.trail.recorder.history.earlier = asked.append
    deleted(stage, "bank")
    stage.later()
    assert len(_found(stage.aws.client("cloudtrail", PROD), StartTime=now - timedelta(days=3))) == 1
    assert min(asked) == now - timedelta(days=3)


def queue(stage: Staged, pattern: dict[str, Any]) -> Any:
    """A rule on production's default bus to a queue; reads what came."""
    sqs, events = stage.aws.client("sqs", PROD), stage.aws.client("events", PROD)
    url = sqs.create_queue(QueueName="changes")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    allow = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": document})
    events.put_rule(Name="changes", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="changes", Targets=[{"Id": "1", "Arn": arn}])

    def read() -> list[dict[str, Any]]:
        found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        return [json.loads(each["Body"]) for each in found]

    return read


def test_eventbridge_hears_of_changes_within_a_minute(stage: Staged) -> None:
    """The record is the detail; reads are not told, failures are."""
    pattern = {"detail-type": ["AWS API Call via CloudTrail"], "source": ["aws.sagemaker"]}
    read = queue(stage, pattern)
    keys = stage.user(PROD, "maya", "sagemaker:*")
    sagemaker = stage.client("sagemaker", keys)
    sagemaker.list_endpoints()
    assert error(sagemaker.delete_endpoint, EndpointName="bank") == "ValidationException"
    stage.later(timedelta(minutes=1))
    (told,) = read()
    assert (told["source"], told["account"], told["region"]) == ("aws.sagemaker", PROD, REGION)
    detail = told["detail"]
    assert (detail["eventName"], detail["errorCode"]) == ("DeleteEndpoint", "ValidationException")
    assert detail["userIdentity"]["userName"] == "maya"
    assert told["time"] == detail["eventTime"]
    stage.later()
    assert detail in stage.records(name="DeleteEndpoint")
    assert read() == []


def test_eventbridge_hears_nothing_while_no_trail_logs(stage: Staged) -> None:
    """A trail with logging enabled is required (EventBridge User Guide); its own end is told."""
    read = queue(stage, {"detail-type": ["AWS API Call via CloudTrail"]})
    stage.later()
    read()
    stage.aws.client("cloudtrail", ARCHIVE).stop_logging(Name=ARN)
    stage.later(SECOND)
    deleted(stage, "bank")
    stage.later()
    assert read() == []


def test_the_past_is_not_told_to_eventbridge(stage: Staged) -> None:
    """It was told when it happened, to a queue that nobody reads any more."""
    read = queue(stage, {"detail-type": ["AWS API Call via CloudTrail"], "source": ["aws.sagemaker"]})
    given = Event(
        stage.clock.now(),
        PROD,
        REGION,
        identities.service("sagemaker.amazonaws.com"),
        "sagemaker",
        "StopPipelineExecution",
    )
    stage.aws.trail.recorder.add(given, Origin.PAST)
    stage.later()
    assert read() == []
