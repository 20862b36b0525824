"""Endpoints: what lists, descriptions and configurations say of them."""

from dataclasses import replace
from datetime import UTC, datetime

from bot.aws.hub import Answer, Target
from bot.aws.jobs import MOST_MESSAGE
from bot.logic.plain import plain
from bot.model.fleet import Capture, Endpoint, Variant
from bot.model.place import Service


def endpoint_of(row: Answer, target: Target) -> Endpoint:
    """A row of ListEndpoints: all but its configuration, what that holds, and its tags."""
    name = str(row["EndpointName"])
    return Endpoint(
        arn=str(row["EndpointArn"]),
        name=name,
        account_id=target.account.id,
        region=target.region,
        status=str(row["EndpointStatus"]),
        created_at=_utc(row["CreationTime"]),
        changed_at=_utc(row["LastModifiedTime"]),
        config="",
        variants=(),
        capture=None,
        service=Service(name),
    )


def differs(row: Endpoint, known: Endpoint | None) -> bool:
    """Whether a listed endpoint is new, has changed since it was described, or never was in full."""
    return known is None or not known.variants or (row.changed_at, row.status) != (known.changed_at, known.status)


def described(row: Endpoint, said: Answer) -> Endpoint:
    """With what DescribeEndpoint says; its variants wait for the configuration."""
    return replace(
        row,
        status=str(said["EndpointStatus"]),
        changed_at=_utc(said["LastModifiedTime"]),
        config=str(said.get("EndpointConfigName", "")),
        capture=_capture(said.get("DataCaptureConfig")),
        failure=plain(said.get("FailureReason"), MOST_MESSAGE),
    )


def variants_of(config: Answer) -> tuple[Variant, ...]:
    """Of a configuration, with the instances that it begins with."""
    return tuple(
        Variant(str(v["VariantName"]), str(v.get("InstanceType", "")), int(v.get("InitialInstanceCount", 0)))
        for v in config.get("ProductionVariants", ())
    )


def running(variants: tuple[Variant, ...], said: Answer) -> tuple[Variant, ...]:
    """A configuration's variants with the instances that run now; one that is being made has none to tell of."""
    counts = {str(v["VariantName"]): v.get("CurrentInstanceCount") for v in said.get("ProductionVariants", ())}
    now = ((v, counts.get(v.name)) for v in variants)
    return tuple(v if count is None else replace(v, instances=int(count)) for v, count in now)


def _capture(said: Answer | None) -> Capture | None:
    """None where it was never set up; it may be set up and have stopped by itself (DataCaptureConfigSummary)."""
    if not said:
        return None
    works = bool(said.get("EnableCapture")) and said.get("CaptureStatus") != "Stopped"
    return Capture(works, int(said.get("CurrentSamplingPercentage", 0)), str(said.get("DestinationS3Uri", "")))


def captured_by(said: Answer | None) -> Capture | None:
    """What a configuration's DataCaptureConfig asks for."""
    if not said:
        return None
    enabled, share = bool(said.get("EnableCapture")), int(said.get("InitialSamplingPercentage", 0))
    return Capture(enabled, share, str(said.get("DestinationS3Uri", "")))


def _utc(when: datetime) -> datetime:
    return when.astimezone(UTC)
