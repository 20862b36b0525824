"""What a run without a verdict lived from, over HTTP: the sandbox's world with data taken away."""

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.aws.layer import AwsLayer
from bot.logic.blind_words import cause
from bot.model.fleet import Capture, Endpoint, Variant
from bot.model.observation import Window
from bot.model.place import Family, Service
from bot.ports import DataHealth
from sandbox.aws import AwsSandbox
from sandbox.clock import WorldClock
from sandbox.fakes_site import HOUR, Site, facts
from sandbox.world import fleet, story
from sandbox.world.addresses import hour_path, split
from sandbox.world.world import SETTLED, World


@pytest.fixture(scope="module")
def built() -> Iterator[Site]:
    """A few hours of history."""
    clock = WorldClock()
    clock.advance_to(story.full_hour(clock.now()) + HOUR + SETTLED)
    with AwsSandbox(clock, fleet.accounts(), org_id=fleet.ORGANISATION, region=fleet.REGION) as aws:
        aws.start()
        world = World(aws, clock, history=timedelta(hours=3), monitors=("ModelQuality",))
        world.build()
        yield Site(aws, world)


@pytest.fixture
def site(built: Site) -> Iterator[Site]:
    """The same, with what a test took away or put there set right."""
    before = {uri: built.objects.get(uri) for uri in built.objects.under(f"s3://{built.named.bucket}/")}
    built.aws.calls.clear()
    yield built
    for uri in set(built.objects.under(f"s3://{built.named.bucket}/")) - before.keys():
        built.aws.delete_object(fleet.PRODUCTION, *split(uri))
    for uri, body in before.items():
        built.objects.put(uri, body, built.hour)


@pytest.fixture(scope="module")
def layer(built: Site) -> Iterator[AwsLayer]:
    """A layer that may count."""
    made = built.layer(count_predictions=True)
    yield made
    made.close()


@pytest.fixture(scope="module")
def discreet(built: Site) -> Iterator[AwsLayer]:
    """A layer with its defaults, which opens nothing that was captured."""
    made = built.layer()
    yield made
    made.close()


def test_the_adapter_is_the_port(site: Site, layer: AwsLayer) -> None:
    """The type checker holds it to the Protocol."""
    health: DataHealth = layer.data_health(site.ask())
    assert health.captures(()).items == ()


def test_without_ground_truth_the_predictions_are_counted(site: Site, layer: AwsLayer) -> None:
    """Those of that hour; captured lines are opened only where the settings say so."""
    site.without(site.folder(site.truth))
    found = facts(site, layer)
    (captured,) = site.objects.under(site.folder(site.captures))
    count = len(site.objects.get(captured).splitlines())
    assert (found.captured, found.labelled, found.predictions, found.matched) == (True, False, count, 0)
    assert found.window == Window(site.hour - HOUR, site.hour)
    assert cause(site.run(), found).endswith(f": 0 of {count} predictions have a label.")


def test_nothing_that_was_captured_is_opened_unless_the_settings_say_so(site: Site, discreet: AwsLayer) -> None:
    """The hour's listings are enough for the cause."""
    site.without(site.folder(site.truth))
    found = facts(site, discreet)
    assert (found.labelled, found.predictions) == (False, None)
    assert site.called()["s3:GetObject"] == 0
    assert cause(site.run(), found).endswith(": no prediction has a label.")


def test_labels_for_other_predictions_match_none(site: Site, layer: AwsLayer, discreet: AwsLayer) -> None:
    """The merge's output tells it where nothing is opened."""
    taken = site.without(
        site.folder(site.truth), site.folder(f"{site.named.uri('monitoring')}/merge/{site.named.endpoint}/AllTraffic")
    )
    uri = next(u for u in taken if "ground-truth" in u)
    site.objects.put(uri, b'{"groundTruthData":{"data":"1"},"eventMetadata":{"eventId":"other"}}\n{"broken', site.hour)
    found = facts(site, layer)
    assert (found.labelled, found.merged, found.matched) == (True, False, 0)
    assert found.predictions
    assert "fits no prediction: 0 of" in cause(site.run(), found)
    assert "their merge is empty" in cause(site.run(), facts(site, discreet))


def test_data_that_is_all_there_is_no_cause(site: Site, layer: AwsLayer) -> None:
    """Then AWS's own words are all there is."""
    found = facts(site, layer)
    assert (found.captured, found.labelled, found.merged, found.unlooked) == (True, True, True, ())
    assert cause(site.run(), found) == "The monitor's job failed: Job inputs had no data."


def test_an_hour_without_captured_data_is_found_by_few_calls(site: Site, layer: AwsLayer) -> None:
    """The endpoint, its variants, the window; the definition is remembered."""
    facts(site, layer)
    site.without(site.folder(site.captures))
    site.aws.calls.clear()
    found = facts(site, layer)
    assert (found.captured, found.labelled) == (False, None)
    assert site.called() == {"sagemaker:DescribeEndpoint": 1, "s3:ListBucket": 2}


def test_a_window_of_eight_days_costs_no_more_listings_than_an_hour(site: Site, layer: AwsLayer) -> None:
    """Keys are in order, so one listing begins at the window's first hour."""
    client = site.aws.client("sagemaker", fleet.PRODUCTION, fleet.REGION)
    definition = client.describe_model_quality_job_definition(JobDefinitionName=site.named.definition("ModelQuality"))
    given = {k: v for k, v in definition.items() if k not in {"ResponseMetadata", "JobDefinitionArn", "CreationTime"}}
    given["ModelQualityJobInput"]["EndpointInput"] |= {"StartTimeOffset": "-P8D", "EndTimeOffset": "-P1D"}
    client.create_model_quality_job_definition(**{**given, "JobDefinitionName": "late-labels"})
    late = site.schedule(definition="late-labels")
    found = facts(site, layer, schedule=late)
    assert found.window == Window(site.hour - timedelta(days=8), site.hour - timedelta(days=1))
    assert found.captured is False, "what is newer than the window does not count"
    assert site.called()["s3:ListBucket"] == 2
    long_ago = f"{site.captures}/{hour_path(site.hour - timedelta(days=5))}/a.jsonl"
    site.objects.put(long_ago, b"{}", site.hour)
    assert facts(site, layer, schedule=late).captured is True


@pytest.mark.parametrize(("minutes", "there"), [(30, True), (0, False)])
def test_a_window_that_ends_within_an_hour_takes_in_that_hour(
    site: Site, layer: AwsLayer, minutes: int, there: bool
) -> None:
    """Files lie by the hour in which they were captured; an empty one is a folder's mark."""
    site.without(f"{site.captures}/")
    site.objects.put(f"{site.folder(site.captures, 1)}", b"", site.hour)
    site.objects.put(f"{site.folder(site.captures, 0)}a.jsonl", b"{}", site.hour)
    found = facts(site, layer, site.run(scheduled_at=site.hour + timedelta(minutes=minutes)))
    assert found.captured is there


def test_what_the_endpoint_says_of_itself_comes_first(site: Site, layer: AwsLayer) -> None:
    """Gone; made without capture; capturing to an address that is none."""
    assert facts(site, layer, site.run(endpoint="long-gone")).endpoint_gone
    client = site.aws.client("sagemaker", fleet.PRODUCTION, fleet.REGION)
    variants = client.describe_endpoint_config(EndpointConfigName=site.named.endpoint)["ProductionVariants"]
    captures = {
        "unwatched": None,
        "astray": {
            "EnableCapture": True,
            "InitialSamplingPercentage": 100,
            "DestinationS3Uri": "s3://no/../way",
            "CaptureOptions": [{"CaptureMode": "Input"}],
        },
        "quiet": {
            "EnableCapture": True,
            "InitialSamplingPercentage": 100,
            "DestinationS3Uri": f"s3://{site.named.bucket}",
            "CaptureOptions": [{"CaptureMode": "Input"}],
        },
    }
    for name, capture in captures.items():
        config = {"DataCaptureConfig": capture} if capture else {}
        client.create_endpoint_config(EndpointConfigName=name, ProductionVariants=variants, **config)
        client.create_endpoint(EndpointName=name, EndpointConfigName=name)
    off, astray, quiet = (facts(site, layer, site.run(endpoint=name)) for name in captures)
    assert cause(site.run(endpoint="unwatched"), off).startswith(
        "Data capture is switched off on the endpoint unwatched, last changed "
    )
    assert astray.unlooked == ("the endpoint's capture names no plain S3 address",)
    assert quiet.captured is False, "a bucket without the endpoint's folder"


def test_a_refused_listing_is_named_and_the_rest_is_told(site: Site, layer: AwsLayer) -> None:
    """Role and right, and where."""
    site.aws.fault("deny", fleet.PRODUCTION, "ListObjectsV2", 2)
    found = facts(site, layer)
    assert found.answered
    assert found.window
    assert found.capture is not None
    (said,) = found.unlooked
    assert said == f"role sagewatch-read in ml-production ({fleet.PRODUCTION}) lacks s3:ListBucket"
    assert said in cause(site.run(), found)


def test_captured_lines_that_may_not_be_read_are_not_counted(site: Site, layer: AwsLayer) -> None:
    """As with a key that the role may not use: the cause stands without the number."""
    site.without(site.folder(site.truth))
    site.aws.fault("deny", fleet.PRODUCTION, "GetObject", 1)
    found = facts(site, layer)
    assert (found.labelled, found.predictions, found.unlooked) == (False, None, ())


def test_more_than_the_cap_is_not_opened(site: Site) -> None:
    """The bytes stand in the listing."""
    small = site.layer(count_predictions=True, report_cap_bytes=1024)
    site.without(site.folder(site.truth))
    assert facts(site, small).predictions is None
    assert site.called()["s3:GetObject"] == 0
    small.close()


def test_an_account_that_hangs_is_given_up_within_the_questions_time(site: Site) -> None:
    """And is not to be waited for again."""
    hasty = site.layer()
    assert facts(site, hasty).answered
    site.aws.fault("timeout", fleet.PRODUCTION, "DescribeEndpoint")
    began = time.monotonic()
    found = hasty.data_health(site.ask(seconds=1)).facts(site.run(), site.schedule())
    assert time.monotonic() - began < 4
    assert not found.answered
    assert "did not answer" in found.unlooked[0]
    hasty.close()


def test_a_deleted_definition_leaves_the_captured_data_to_look_at(site: Site, layer: AwsLayer) -> None:
    """Where labels lie is not known then."""
    site.without(site.folder(site.captures))
    found = facts(site, layer, schedule=site.schedule(definition="deleted"))
    assert found.unlooked == ("its job definition is deleted",)
    assert (found.window, found.captured) == (Window(site.hour - HOUR, site.hour), False)


def test_a_definition_in_the_schedule_itself_is_read_there(site: Site, layer: AwsLayer) -> None:
    """Monitors of data quality may be so; they want no labels."""
    client = site.aws.client("sagemaker", fleet.PRODUCTION, fleet.REGION)
    definition = {
        "MonitoringInputs": [
            {
                "BatchTransformInput": {
                    "DataCapturedDestinationS3Uri": f"s3://{site.named.bucket}/batch",
                    "DatasetFormat": {"Csv": {"Header": False}},
                    "LocalPath": "/opt/ml/processing/input",
                    "StartTimeOffset": "-PT2H",
                }
            }
        ],
        "MonitoringOutputConfig": {
            "MonitoringOutputs": [
                {"S3Output": {"S3Uri": f"s3://{site.named.bucket}/out", "LocalPath": "/opt/ml/processing/output"}}
            ]
        },
        "MonitoringResources": {
            "ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.xlarge", "VolumeSizeInGB": 20}
        },
        "MonitoringAppSpecification": {"ImageUri": "1.dkr.ecr.us-west-2.amazonaws.com/analyzer"},
        "RoleArn": f"arn:aws:iam::{fleet.PRODUCTION}:role/SageMakerExecutionRole",
    }
    config = {"ScheduleConfig": {"ScheduleExpression": "cron(0 * ? * * *)"}, "MonitoringJobDefinition": definition}
    client.create_monitoring_schedule(MonitoringScheduleName="batch-data", MonitoringScheduleConfig=config)
    run = site.run(schedule_name="batch-data", endpoint="", family=Family.DATA_QUALITY)
    inline = site.schedule(name="batch-data", endpoint="", definition="", family=Family.DATA_QUALITY)
    site.objects.put(
        f"s3://{site.named.bucket}/batch/input/{hour_path(site.hour - 2 * HOUR)}/a.jsonl", b"{}", site.hour
    )
    found = facts(site, layer, run, inline)
    assert (found.window, found.captured, found.labelled) == (Window(site.hour - 2 * HOUR, site.hour), True, None)
    site.without(f"s3://{site.named.bucket}/batch/")
    site.objects.put(f"s3://{site.named.bucket}/batch/input/2020/01/01/00/a.jsonl", b"{}", site.hour)
    assert "no transform job ran" in cause(run, facts(site, layer, run, inline))
    client.delete_monitoring_schedule(MonitoringScheduleName="batch-data")


def endpoint(site: Site, destination: str) -> Endpoint:
    """Bank-marketing's, capturing there."""
    at, capture = site.world.started_at, Capture(True, 100, destination)
    return Endpoint(
        "arn:e",
        site.named.endpoint,
        fleet.PRODUCTION,
        fleet.REGION,
        "InService",
        at,
        at,
        "c",
        (Variant("AllTraffic"),),
        capture,
        Service("bank-marketing"),
    )


def test_the_newest_hour_is_found_by_one_listing_if_it_is_today_and_by_four_at_most(
    site: Site, layer: AwsLayer
) -> None:
    """Today, this month, the month before; older than that is none. Names that are no hours are passed."""
    here = endpoint(site, site.named.uri("datacapture"))
    health = layer.data_health(site.ask())
    now = site.hour.replace(month=11, day=20, hour=15)
    site.without(f"{site.captures}/")
    for name in ("2026/11/20/15/x", "2026/11/20/tmp/x", "2026/11/20/99/x"):
        site.objects.put(f"{site.captures}/{name.replace('2026', f'{now.year}')}", b"{}", site.hour)
    ask = replace(site.ask(), now=now)
    health = layer.data_health(ask)
    site.aws.calls.clear()
    (found,) = health.captures((here,)).items
    assert (found.hour, site.called()["s3:ListBucket"]) == (now, 1)

    for day, listings in ((now.replace(day=3), 3), (now.replace(month=10, day=31), 4)):
        site.without(f"{site.captures}/")
        site.objects.put(f"{site.captures}/{hour_path(day)}/x", b"{}", site.hour)
        site.objects.put(f"{site.captures}/{day:%Y/%m}/77/01/x", b"{}", site.hour)
        site.aws.calls.clear()
        (found,) = health.captures((here,)).items
        assert (found.hour, site.called()["s3:ListBucket"]) == (day, listings)

    site.without(f"{site.captures}/")
    site.objects.put(f"{site.captures}/{hour_path(now.replace(month=9))}/x", b"{}", site.hour)
    assert health.captures((here,)).items[0].hour is None


def test_the_newest_label_is_that_of_the_schedules_definition(site: Site, layer: AwsLayer) -> None:
    """An account that refuses is a failure, and the others answer."""
    (found,) = layer.data_health(site.ask()).labels((site.schedule(),)).items
    assert found.hour == site.hour - HOUR
    site.aws.fault("deny", fleet.PRODUCTION, "ListObjectsV2", 1)
    (failure,) = layer.data_health(site.ask()).labels((site.schedule(),)).failures
    assert failure.error.cause.endswith("lacks s3:ListBucket")
