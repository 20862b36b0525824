"""The world as AWS shows it: fleet, history, verbs, rights; over HTTP with plain boto3."""

import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.world import fleet, story
from sandbox.world.addresses import split
from sandbox.world.stage import Stage


@pytest.fixture(scope="module")
def demo() -> Iterator[Stage]:
    """One built world; tests only look at it, or let time pass."""
    running = Stage.start(monitors=("ModelQuality",))
    running.world.build()
    yield running
    running.aws.stop()


def test_the_fleet_is_linked_labelled_and_watched(demo: Stage) -> None:
    """As the bot's own credentials see it."""
    oam = demo.client("oam", demo.world.bot_credentials())
    sink = oam.list_sinks()["Items"][0]["Arn"]
    links = oam.list_attached_links(SinkIdentifier=sink)["Items"]
    assert {(link["LinkArn"].split(":")[4], link["Label"]) for link in links} == {
        (fleet.PRODUCTION, "ml-production"),
        (fleet.TEST, "ml-test"),
    }
    schedules = demo.reader("sagemaker", fleet.PRODUCTION).list_monitoring_schedules()["MonitoringScheduleSummaries"]
    assert {each["MonitoringType"] for each in schedules} == {"ModelQuality"}
    assert {each["MonitoringScheduleName"].split("-quality-")[0] for each in schedules} == {
        "bank-marketing",
        "loan-default",
    }
    endpoint = next(each["EndpointName"] for each in schedules if each["EndpointName"].startswith("bank"))
    described = demo.reader("sagemaker", fleet.PRODUCTION).describe_endpoint(EndpointName=endpoint)
    assert described["DataCaptureConfig"]["CurrentSamplingPercentage"] == 100


def test_production_says_its_service_by_tag_and_test_only_by_name(demo: Stage) -> None:
    """Both kinds occur."""
    tags = {}
    for account_id in fleet.LINKED:
        client = demo.reader("sagemaker", account_id)
        first = client.list_monitoring_schedules(NameContains="bank")["MonitoringScheduleSummaries"][0]
        listed = client.list_tags(ResourceArn=first["MonitoringScheduleArn"])["Tags"]
        tags[account_id] = {tag["Key"]: tag["Value"] for tag in listed}
    assert tags[fleet.PRODUCTION]["sagewatch:service"] == "bank-marketing"
    assert {"team", "owner"} <= set(tags[fleet.PRODUCTION])
    assert "sagewatch:service" not in tags[fleet.TEST]


def test_two_weeks_of_hourly_history_are_healthy_until_production_drifts(demo: Stage) -> None:
    """Five bad runs stand in production; nothing else was ever bad."""
    bad = {}
    for account_id in fleet.LINKED:
        runs = [
            run
            for run in demo.aws.monitoring(account_id).executions()
            if run.scheduled_at <= story.full_hour(demo.world.started_at)
        ]
        assert {run.status for run in runs} <= {"Completed", "CompletedWithViolations"}
        for schedule in demo.aws.monitoring(account_id).schedules():
            assert sum(run.schedule_name == schedule.name for run in runs) == 14 * 24 + 1
        bad[account_id] = [run for run in runs if run.status == "CompletedWithViolations"]
    assert [run.schedule_name.split("-quality-")[0] for run in bad[fleet.PRODUCTION]] == ["bank-marketing"] * 5
    assert bad[fleet.TEST] == []


def test_a_bad_run_tells_its_count_its_window_and_its_report(demo: Stage) -> None:
    """Exit message, environment, three files: what the product reads."""
    run = demo.runs(fleet.PRODUCTION, "bank-marketing")[0]
    job = demo.reader("sagemaker", fleet.PRODUCTION).describe_processing_job(
        ProcessingJobName=run["ProcessingJobArn"].split("/")[-1]
    )
    violations = demo.report(fleet.PRODUCTION, run, "constraint_violations")["violations"]
    statistics = demo.report(fleet.PRODUCTION, run, "statistics")
    limits = demo.report(fleet.PRODUCTION, run, "constraints")["binary_classification_constraints"]
    assert run["MonitoringExecutionStatus"] == "CompletedWithViolations"
    assert job["ProcessingJobStatus"] == "Completed"
    expected = f"CompletedWithViolations: Job completed successfully with {len(violations)} violations."
    assert job["ExitMessage"] == expected
    hour = run["ScheduledTime"]
    assert job["Environment"]["start_time"] == f"{hour - timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}"
    assert job["Environment"]["end_time"] == f"{hour:%Y-%m-%dT%H:%M:%SZ}"
    assert statistics["dataset"]["item_count"] > 400
    for violation in violations:
        value = statistics["binary_classification_metrics"][violation["metric_name"]]["value"]
        limit = limits[violation["metric_name"]]["threshold"]
        below = violation["constraint_check_type"] == "LessThanThreshold"
        assert value < limit if below else value > limit


def test_only_the_bot_may_assume_the_read_role_and_the_role_only_reads(demo: Stage) -> None:
    """An administrator of another account is refused, and so is every write or foreign bucket."""
    with pytest.raises(ClientError) as refused:
        demo.admin("sts", fleet.OBSERVABILITY).assume_role(
            RoleArn=f"arn:aws:iam::{fleet.PRODUCTION}:role/sagewatch-read", RoleSessionName="somebody"
        )
    assert refused.value.response["Error"]["Code"] == "AccessDenied"
    client = demo.reader("sagemaker", fleet.PRODUCTION)
    name = demo.aws.monitoring(fleet.PRODUCTION).schedules()[0].name
    assert client.describe_monitoring_schedule(MonitoringScheduleName=name)["MonitoringScheduleStatus"] == "Scheduled"
    acts: tuple[Callable[[], object], ...] = (
        lambda: client.stop_monitoring_schedule(MonitoringScheduleName=name),
        client.list_models,
        lambda: demo.reader("s3", fleet.PRODUCTION).get_object(Bucket=fleet.bucket(fleet.TEST), Key="x"),
        lambda: demo.reader("s3", fleet.PRODUCTION).put_object(
            Bucket=fleet.bucket(fleet.PRODUCTION), Key="x", Body=b""
        ),
        lambda: demo.client("iam", demo.world.bot_credentials()).list_users(),
    )
    for act in acts:
        with pytest.raises(ClientError) as denied:
            act()
        assert denied.value.response["Error"]["Code"] in {"AccessDenied", "AccessDeniedException"}


def operator(demo: Stage, **narrowed: str) -> Any:
    """Production's SageMaker as the bot operates it for a person."""
    sts = demo.client("sts", demo.world.bot_credentials())
    given = sts.assume_role(
        RoleArn=f"arn:aws:iam::{fleet.PRODUCTION}:role/sagewatch-operate",
        RoleSessionName="sagewatch",
        SourceIdentity="priya@example.com",
        Tags=[{"Key": "slack-user", "Value": "U0PRIYANAT"}],
        **narrowed,
    )
    assert given["SourceIdentity"] == "priya@example.com"
    keys = {"access_key_id": given["Credentials"]["AccessKeyId"]}
    keys["secret_access_key"] = given["Credentials"]["SecretAccessKey"]
    return demo.client("sagemaker", {**keys, "session_token": given["Credentials"]["SessionToken"]})


def test_the_operate_role_starts_and_stops_monitors_and_a_session_policy_narrows_it_to_one(demo: Stage) -> None:
    """Nothing else is allowed, not even reading; the trust wants the bot."""
    names = [schedule.name for schedule in demo.aws.monitoring(fleet.PRODUCTION).schedules()]
    every = operator(demo)
    every.stop_monitoring_schedule(MonitoringScheduleName=names[0])
    assert demo.aws.monitoring(fleet.PRODUCTION).schedules()[0].status == "Stopped"
    arn = f"arn:aws:sagemaker:{fleet.REGION}:{fleet.PRODUCTION}:monitoring-schedule/{names[0]}"
    statement = {"Effect": "Allow", "Action": "sagemaker:StartMonitoringSchedule", "Resource": arn}
    one = operator(demo, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    one.start_monitoring_schedule(MonitoringScheduleName=names[0])
    acts: tuple[Callable[[], object], ...] = (
        lambda: every.delete_monitoring_schedule(MonitoringScheduleName=names[0]),
        every.list_monitoring_schedules,
        lambda: one.start_monitoring_schedule(MonitoringScheduleName=names[1]),
        lambda: one.stop_monitoring_schedule(MonitoringScheduleName=names[0]),
    )
    for act in acts:
        with pytest.raises(ClientError) as denied:
            act()
        assert denied.value.response["Error"]["Code"] == "AccessDeniedException"
    assert demo.aws.monitoring(fleet.PRODUCTION).schedules()[0].status == "Scheduled"


def test_rows_of_the_last_day_lie_in_the_bucket_in_sagemakers_layout(demo: Stage) -> None:
    """Captures, labels and merge output of one hour; a week ago only reports."""
    s3 = demo.admin("s3", fleet.PRODUCTION)
    bucket = fleet.bucket(fleet.PRODUCTION)
    hour = story.full_hour(demo.world.started_at) - timedelta(hours=2)
    run = next(run for run in demo.runs(fleet.PRODUCTION, "bank-marketing") if run["ScheduledTime"] > hour)
    captured = f"bank-marketing/datacapture/{run['EndpointName']}/AllTraffic"
    merged = f"bank-marketing/monitoring/merge/{run['EndpointName']}/AllTraffic"

    def rows(folder: str, at: datetime) -> int:
        found = s3.list_objects_v2(Bucket=bucket, Prefix=f"{folder}/{at:%Y/%m/%d/%H}/").get("Contents", [])
        bodies = [s3.get_object(Bucket=bucket, Key=each["Key"])["Body"].read() for each in found]
        return sum(len(body.splitlines()) for body in bodies)

    counts = [rows(folder, hour) for folder in (captured, "bank-marketing/ground-truth", merged)]
    assert counts[0] > 400
    assert counts == [counts[0]] * 3
    assert rows(captured, hour - timedelta(days=7)) == 0


def test_a_verb_runs_every_monitor_once_and_leaves_the_clock_after_the_hour(demo: Stage) -> None:
    """Then nothing is due, however often the world ticks."""
    before = demo.clock.now()
    said = demo.world.do("next_hour")
    assert demo.clock.now() >= story.full_hour(before) + timedelta(hours=1, minutes=20)
    assert said["runs"] == len(fleet.DEPLOYMENTS)
    newest = demo.runs(fleet.PRODUCTION, "bank-marketing")[0]
    assert newest["ScheduledTime"] == story.full_hour(before) + timedelta(hours=1)
    assert newest["LastModifiedTime"] < demo.clock.now()
    assert demo.world.tick() == 0


def test_recover_then_drift_twice_then_recover_shows_in_the_accuracy(demo: Stage) -> None:
    """Level 0 within limits, then three quarters, then the article's third."""

    def accuracy() -> float:
        run = demo.runs(fleet.TEST, "bank-marketing")[0]
        metrics = demo.report(fleet.TEST, run, "statistics")["binary_classification_metrics"]
        return float(metrics["accuracy"]["value"])

    seen = []
    for verb in ("recover", "drift", "drift", "drift", "recover"):
        said = demo.world.do(verb, fleet.TEST)
        seen.append((said["level"], accuracy()))
    assert [level for level, _ in seen] == [0, 1, 2, 2, 0]
    healthy, first, second, still, recovered = (value for _, value in seen)
    assert healthy > 0.88
    assert recovered > 0.88
    assert 0.65 < first < 0.8
    assert max(second, still) < 0.45
    assert demo.runs(fleet.TEST, "bank-marketing")[0]["MonitoringExecutionStatus"] == "Completed"


@pytest.mark.parametrize(("verb", "account"), [("explode", None), ("drift", "555555555555"), ("drift", "log-archive")])
def test_an_unknown_verb_or_account_is_refused_with_the_valid_ones(demo: Stage, verb: str, account: str | None) -> None:
    """And nothing happens."""
    journal = demo.world.journal
    with pytest.raises(ValueError, match="one of"):
        demo.world.do(verb, account)
    assert demo.world.journal == journal


def test_a_schedule_made_by_a_user_runs_and_one_that_is_stopped_does_not(demo: Stage) -> None:
    """Everything that exists in Model Monitor is run, not only what the world made; labels that lack make it fail."""
    client = demo.admin("sagemaker", fleet.PRODUCTION)
    schedule = next(s for s in demo.aws.monitoring(fleet.PRODUCTION).schedules() if s.name.startswith("bank"))
    definition = client.describe_model_quality_job_definition(JobDefinitionName=schedule.definition_name)
    for name, labels in (("mine", "ground-truth"), ("blind", "nowhere")):
        given = definition["ModelQualityJobInput"]
        truths = {"S3Uri": given["GroundTruthS3Input"]["S3Uri"].replace("ground-truth", labels)}
        client.create_model_quality_job_definition(
            JobDefinitionName=f"{name}-job",
            ModelQualityAppSpecification=definition["ModelQualityAppSpecification"],
            ModelQualityJobInput={**given, "GroundTruthS3Input": truths},
            ModelQualityJobOutputConfig=definition["ModelQualityJobOutputConfig"],
            JobResources=definition["JobResources"],
            RoleArn=definition["RoleArn"],
        )
        client.create_monitoring_schedule(
            MonitoringScheduleName=name,
            MonitoringScheduleConfig={
                "ScheduleConfig": {"ScheduleExpression": "cron(0 * ? * * *)"},
                "MonitoringJobDefinitionName": f"{name}-job",
                "MonitoringType": "ModelQuality",
            },
        )
    demo.world.do("next_hour")
    mine, blind = demo.runs(fleet.PRODUCTION, "mine"), demo.runs(fleet.PRODUCTION, "blind")
    theirs = demo.runs(fleet.PRODUCTION, "bank-marketing")[0]
    assert [run["MonitoringExecutionStatus"] for run in mine] == ["Completed"]
    metrics = "binary_classification_metrics"
    assert (
        demo.report(fleet.PRODUCTION, mine[0], "statistics")[metrics]
        == (demo.report(fleet.PRODUCTION, theirs, "statistics")[metrics])
    )
    assert [(run["MonitoringExecutionStatus"], run["FailureReason"]) for run in blind] == [
        ("Failed", "Job inputs had no data")
    ]
    for name in ("mine", "blind"):
        client.stop_monitoring_schedule(MonitoringScheduleName=name)
    demo.world.do("next_hour")
    client.start_monitoring_schedule(MonitoringScheduleName="mine")
    demo.world.do("next_hour")
    assert len(demo.runs(fleet.PRODUCTION, "blind")) == 1
    assert len(demo.runs(fleet.PRODUCTION, "mine")) == 2


def test_a_run_whose_constraints_cannot_be_read_fails_and_the_next_one_goes_on(demo: Stage) -> None:
    """What a team breaks by hand is theirs to see."""
    schedule = demo.aws.monitoring(fleet.TEST).schedules()[0]
    uri = schedule.definition["ModelQualityBaselineConfig"]["ConstraintsResource"]["S3Uri"]
    bucket, key = split(uri)
    kept = demo.aws.get_object(fleet.TEST, bucket, key)
    s3 = demo.admin("s3", fleet.TEST)
    for damaged in (b"{", b'{"binary_classification_constraints": {"auc": {"threshold": "x"}}}'):
        s3.put_object(Bucket=bucket, Key=key, Body=damaged)
        demo.world.do("next_hour")
        newest = demo.runs(fleet.TEST, "bank-marketing")[0]
        assert newest["MonitoringExecutionStatus"] == "Failed"
        assert "cannot be read" in newest["FailureReason"]
    s3.put_object(Bucket=bucket, Key=key, Body=kept)
    demo.world.do("next_hour")
    assert demo.runs(fleet.TEST, "bank-marketing")[0]["MonitoringExecutionStatus"] == "Completed"


def test_the_past_can_be_told_further_back(demo: Stage) -> None:
    """A day more of every schedule, and nothing twice."""
    more = timedelta(days=15)
    assert demo.world.reach_back(more) == len(fleet.DEPLOYMENTS) * 24
    assert demo.world.reach_back(more) == 0
    assert demo.world.reach_back(timedelta(days=1)) == 0
