"""Endpoints over HTTP: real boto3 against the sandbox's accounts and roles."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import replace

import pytest

from bot.model.fleet import Capture, Depth, Endpoint, Variant
from bot.model.place import About, Service, Severity
from bot.ports import Found, Sweep
from sandbox.aws.calls import Call
from sandbox.fakes_accounts import HOUR, PRODUCTION, REGION, TEST, Stage, causes, served


@pytest.fixture(scope="module")
def organisation() -> Iterator[Stage]:
    """Made once: its making costs more than what the tests ask."""
    with served() as made:
        yield made


@pytest.fixture
def stage(organisation: Stage) -> Stage:
    """Empty accounts on another day."""
    organisation.empty()
    return organisation


def all_of(found: Found[Sweep[Endpoint]]) -> tuple[Endpoint, ...]:
    """The endpoints of every account."""
    return tuple(endpoint for sweep in found.items for endpoint in sweep.items)


def named(items: Iterable[Endpoint]) -> list[str]:
    """Their names, sorted."""
    return sorted(e.name for e in items)


def test_an_endpoint_comes_with_its_configuration_capture_and_tags(stage: Stage) -> None:
    """Its service by tag, with what its owners say."""
    tags = {"sagewatch:service": "bank", "sagewatch:severity": "high", "stage": "prod"}
    stage.endpoint(PRODUCTION, "bank-2026-11-02", tags=tags)
    found = stage.resources(PRODUCTION).endpoints((), Depth.CHANGED)
    (endpoint,) = all_of(found)
    assert (found.asked, found.failures) == (1, ())
    assert endpoint == Endpoint(
        arn=f"arn:aws:sagemaker:{REGION}:{PRODUCTION}:endpoint/bank-2026-11-02",
        name="bank-2026-11-02",
        account_id=PRODUCTION,
        region=REGION,
        status="InService",
        created_at=stage.calendar.time,
        changed_at=stage.calendar.time,
        config="bank-2026-11-02-config",
        variants=(Variant("AllTraffic", "ml.m5.large", 2),),
        capture=Capture(enabled=True, percentage=50, destination="s3://bucket/capture"),
        service=Service("bank", "tag", About(severity=Severity.HIGH)),
        tags=tuple(sorted(tags.items())),
    )


def test_capture_that_was_never_set_up_or_stopped_by_itself_is_off(stage: Stage) -> None:
    """Whatever the configuration wanted."""
    stage.config(PRODUCTION, "bare", captures=False)
    stage.endpoint(PRODUCTION, "bare", config="bare")
    stage.endpoint(PRODUCTION, "halted")
    stage.aws.monitoring(PRODUCTION).capture("halted", works=False)
    found = {e.name: e.capture for e in all_of(stage.resources(PRODUCTION).endpoints((), Depth.CHANGED))}
    assert found["bare"] is None
    assert found["halted"] == Capture(enabled=False, percentage=50, destination="s3://bucket/capture")


def test_calls_are_counted(stage: Stage) -> None:
    """Per account one listing, one description per endpoint and one per configuration that nobody knows yet."""
    stage.config(PRODUCTION, "shared")
    for account, name in ((PRODUCTION, "a"), (PRODUCTION, "b"), (TEST, "d")):
        stage.endpoint(account, name, config="shared" if account == PRODUCTION else "")
    stage.endpoint(PRODUCTION, "c")
    stage.aws.calls.clear()
    first = all_of(stage.resources().endpoints((), Depth.EACH))
    cold = {"ListEndpoints": 2, "DescribeEndpoint": 4, "DescribeEndpointConfig": 3, "ListTags": 4}
    assert stage.heard() == cold
    again = all_of(stage.resources().endpoints(first, Depth.EACH))
    assert stage.heard() == {"ListEndpoints": 2, "DescribeEndpoint": 4}
    assert again == first
    assert all_of(stage.resources().endpoints(first, Depth.CHANGED)) == first
    assert stage.heard() == {"ListEndpoints": 2}
    assert all_of(stage.resources().endpoints(first, Depth.TAGS)) == first
    assert stage.heard() == {"ListEndpoints": 2, "DescribeEndpoint": 4, "ListTags": 4}


def test_only_what_changed_is_described_again(stage: Stage) -> None:
    """An update with another configuration, a new endpoint; one that is gone is not listed."""
    for name in ("kept", "updated", "gone"):
        stage.endpoint(PRODUCTION, name)
    before = all_of(stage.resources(PRODUCTION).endpoints((), Depth.CHANGED))
    stage.calendar.time += HOUR
    client = stage.aws.client("sagemaker", PRODUCTION)
    client.delete_endpoint(EndpointName="gone")
    client.delete_endpoint(EndpointName="updated")
    stage.config(PRODUCTION, "other")
    stage.endpoint(PRODUCTION, "updated", config="other", tags={"sagewatch:service": "renamed"})
    stage.endpoint(PRODUCTION, "new")
    stage.aws.calls.clear()
    found = stage.resources(PRODUCTION).endpoints(before, Depth.CHANGED)
    assert named(all_of(found)) == ["kept", "new", "updated"]
    updated = next(e for e in all_of(found) if e.name == "updated")
    assert (updated.config, updated.service.name) == ("other", "renamed")
    assert stage.heard() == {"ListEndpoints": 1, "DescribeEndpoint": 2, "DescribeEndpointConfig": 2, "ListTags": 2}


def test_tags_that_changed_are_seen_when_they_are_asked_for(stage: Stage) -> None:
    """Nothing in a listing tells of them."""
    stage.endpoint(PRODUCTION, "bank")
    before = all_of(stage.resources(PRODUCTION).endpoints((), Depth.CHANGED))
    tag = {"Key": "sagewatch:service", "Value": "acquisition"}
    stage.aws.client("sagemaker", PRODUCTION).add_tags(ResourceArn=before[0].arn, Tags=[tag])
    for depth, service in ((Depth.EACH, "bank"), (Depth.TAGS, "acquisition")):
        (found,) = all_of(stage.resources(PRODUCTION).endpoints(before, depth))
        assert found.service.name == service


def test_an_account_that_may_not_be_listed_takes_nothing_from_the_others(stage: Stage) -> None:
    """It is named with its role and the action that lacks, and of it nothing is called whole."""
    stage.endpoint(PRODUCTION, "bank")
    stage.endpoint(TEST, "bank")
    stage.aws.fault("deny", TEST, "sagemaker:ListEndpoints")
    found = stage.resources().endpoints((), Depth.CHANGED)
    assert [(s.account_id, s.whole) for s in found.items] == [(PRODUCTION, True)]
    assert causes(found) == [f"role sagewatch-read in ml-test ({TEST}) lacks sagemaker:ListEndpoints"]
    assert found.failures[0].error.next_step == "Add it to the role's policy."


def test_a_listing_that_breaks_off_is_not_whole(stage: Stage) -> None:
    """What came is kept, what lacks has not vanished."""
    for n in range(101):
        stage.endpoint(PRODUCTION, f"bank-{n:03}", config="" if n == 0 else "bank-000-config")
    known = all_of(stage.resources(PRODUCTION).endpoints((), Depth.CHANGED))
    assert len(known) == 101
    pages = iter([True])

    def throttle_the_next(call: Call) -> None:
        if call.operation == "ListEndpoints" and next(pages, False):
            stage.aws.fault("throttle", PRODUCTION, "sagemaker:ListEndpoints", times=3)

    stage.aws.on_call(throttle_the_next)
    found = stage.resources(PRODUCTION).endpoints(known, Depth.CHANGED)
    (sweep,) = found.items
    assert (len(sweep.items), sweep.whole) == (100, False)
    assert causes(found) == [f"AWS throttles sagemaker:ListEndpoints in ml-production ({PRODUCTION})"]


@pytest.mark.parametrize(
    ("operation", "lacks"),
    [
        ("DescribeEndpoint", {"config": "", "variants": (), "capture": None}),
        ("DescribeEndpointConfig", {"variants": ()}),
        ("ListTags", {"tags": ()}),
    ],
)
def test_an_endpoint_that_cannot_be_read_in_full_is_known_by_its_list(
    stage: Stage, operation: str, lacks: dict[str, object]
) -> None:
    """The account is named; what was known of it before stays, and the next sweep asks again."""
    stage.endpoint(PRODUCTION, "bank", tags={"stage": "prod"})
    stage.aws.fault("deny", PRODUCTION, f"sagemaker:{operation}")
    partial = stage.resources(PRODUCTION).endpoints((), Depth.CHANGED)
    assert causes(partial) == [f"role sagewatch-read in ml-production ({PRODUCTION}) lacks sagemaker:{operation}"]
    (whole,) = all_of(stage.resources(PRODUCTION).endpoints((), Depth.CHANGED))
    assert all_of(partial) == (replace(whole, **lacks),)  # type: ignore[arg-type]
    assert partial.items[0].whole
    if operation != "DescribeEndpointConfig":  # of what is known it is not asked for
        stage.aws.fault("deny", PRODUCTION, f"sagemaker:{operation}")
        assert all_of(stage.resources(PRODUCTION).endpoints((whole,), Depth.TAGS)) == (whole,)


def test_a_throttled_and_a_hung_account_leave_the_others_their_answer(stage: Stage) -> None:
    """Within the deadline, each told by its name."""
    for account in (PRODUCTION, TEST):
        stage.endpoint(account, "bank")
    stage.aws.fault("throttle", TEST, "sagemaker:ListEndpoints", times=3)
    throttled = stage.resources().endpoints((), Depth.CHANGED)
    assert (len(all_of(throttled)), causes(throttled)) == (
        1,
        [f"AWS throttles sagemaker:ListEndpoints in ml-test ({TEST})"],
    )
    stage.aws.fault("timeout", TEST, "sagemaker:ListEndpoints")
    began = time.monotonic()
    hung = stage.resources(seconds=2).endpoints((), Depth.CHANGED)
    assert time.monotonic() - began < 2.5
    assert (len(all_of(hung)), causes(hung)) == (1, [f"ml-test ({TEST}) did not answer within the time given"])
