"""Endpoints as AWS describes them, on top of moto's; and world time on what moto dates by the wall clock."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from sandbox.aws import behind
from sandbox.aws.errors import AwsError
from sandbox.aws.operations import Request, Values, operation


class Endpoints:
    """DescribeEndpoint: moto leaves out whether capture runs and how much of the traffic it takes."""

    @operation("sagemaker", "DescribeEndpoint")
    def describe(self, request: Request) -> Values:
        """CaptureStatus is Started while capture is enabled (SageMaker API: DataCaptureConfigSummary)."""
        name = request.params["EndpointName"]
        with behind.LOCK:
            held = behind.sagemaker(request.account, request.region).endpoints.get(name)
            if held is None:
                raise AwsError("ValidationException", f'Could not find endpoint "{name}".')
            return {
                "EndpointName": held.endpoint_name,
                "EndpointArn": held.arn,
                "EndpointConfigName": held.endpoint_config_name,
                "ProductionVariants": [{**_WEIGHTS, **variant} for variant in held.production_variants],
                "DataCaptureConfig": _capture(held.data_capture_config),
                "EndpointStatus": held.endpoint_status,
                "FailureReason": held.failure_reason,
                "CreationTime": moment(held.creation_time),
                "LastModifiedTime": moment(held.last_modified_time),
            }


_WEIGHTS = {"CurrentWeight": 1.0, "DesiredWeight": 1.0}
"""A variant's share when none is given (SageMaker API: ProductionVariant)."""


def _capture(config: Mapping[str, Any] | None) -> Values | None:
    """DataCaptureConfigSummary; an endpoint made without capture has none."""
    if not config:
        return None
    enabled = bool(config.get("EnableCapture", False))
    return {
        "EnableCapture": enabled,
        "CaptureStatus": "Started" if enabled else "Stopped",
        "CurrentSamplingPercentage": config["InitialSamplingPercentage"],
        "DestinationS3Uri": config["DestinationS3Uri"],
        "KmsKeyId": config.get("KmsKeyId", ""),
    }


def moment(value: Any) -> datetime | None:
    """Read moto's naive or textual UTC as an aware moment."""
    if value is None:
        return None
    found = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return found if found.tzinfo else found.replace(tzinfo=UTC)


Stamp = Callable[[Request], None]


def stamps(now: Callable[[], datetime]) -> dict[tuple[str, str], Stamp]:
    """What to do after moto has made a thing: date it by the world's clock."""

    def naive() -> datetime:
        return now().astimezone(UTC).replace(tzinfo=None)

    def endpoint(request: Request) -> None:
        held = behind.sagemaker(request.account, request.region).endpoints[request.params["EndpointName"]]
        held.creation_time = held.last_modified_time = naive()

    def endpoint_config(request: Request) -> None:
        configs = behind.sagemaker(request.account, request.region).endpoint_configs
        configs[request.params["EndpointConfigName"]].creation_time = naive()

    def written(request: Request) -> None:
        bucket = behind.s3(request.account).get_bucket(request.params["Bucket"])
        held = bucket.keys.get(request.params["Key"])
        if held is not None:
            held.last_modified = naive()

    return {
        ("sagemaker", "CreateEndpoint"): endpoint,
        ("sagemaker", "CreateEndpointConfig"): endpoint_config,
        ("s3", "PutObject"): written,
        ("s3", "CopyObject"): written,
        ("s3", "CompleteMultipartUpload"): written,
    }
