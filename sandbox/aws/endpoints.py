"""Endpoints as AWS describes them, on top of moto's; and world time on what moto dates by the wall clock."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from sandbox.aws import behind, packages, sagemaker_news
from sandbox.aws.errors import AwsError
from sandbox.aws.listing import chosen, ordered
from sandbox.aws.monitoring import Stores
from sandbox.aws.operations import Request, Values, operation
from sandbox.aws.paging import page
from sandbox.aws.sagemaker_news import Emit


class Endpoints:
    """Endpoints and their configurations; moto makes them, but leaves out what captures, and pages by numbers."""

    def __init__(self, stores: Stores, now: Callable[[], datetime], emit: Emit) -> None:
        self._stores = stores
        self._now = now
        self._emit = emit

    @operation("sagemaker", "DescribeEndpoint")
    def describe(self, request: Request) -> Values:
        """CaptureStatus is Started while capture is enabled and works (SageMaker API: DataCaptureConfigSummary)."""
        name = request.params["EndpointName"]
        works = self._stores(request.account, request.region).capturing(name)
        with behind.LOCK:
            held = _held(request)
            return {
                **_summary(held),
                "EndpointConfigName": held.endpoint_config_name,
                "ProductionVariants": [{**_WEIGHTS, **variant} for variant in held.production_variants],
                "DataCaptureConfig": _capture(held.data_capture_config, works=works),
                "FailureReason": held.failure_reason,
            }

    @operation("sagemaker", "ListEndpoints")
    def list(self, request: Request) -> Values:
        """Newest first unless asked otherwise; ten to a page."""
        with behind.LOCK:
            held = behind.sagemaker(request.account, request.region).endpoints.values()
            summaries = [_summary(endpoint) for endpoint in held]
        kept = ordered(chosen(summaries, request.params, "Endpoint"), request.params, "Endpoint")
        items, token = page(kept, request.params, lambda item: str(item["EndpointName"]), default=10)
        return {"Endpoints": items, "NextToken": token}

    @operation("sagemaker", "DescribeEndpointConfig")
    def describe_config(self, request: Request) -> Values:
        """Variants with their instances, and the whole DataCaptureConfig, as they were given."""
        name = request.params["EndpointConfigName"]
        with behind.LOCK:
            held = behind.sagemaker(request.account, request.region).endpoint_configs.get(name)
            if held is None:
                raise AwsError("ValidationException", f'Could not find endpoint configuration "{name}".')
            return {
                "EndpointConfigName": held.endpoint_config_name,
                "EndpointConfigArn": held.endpoint_config_arn,
                "ProductionVariants": [{"InitialVariantWeight": 1.0, **each} for each in held.production_variants],
                "DataCaptureConfig": held.data_capture_config or None,
                "AsyncInferenceConfig": held.async_inference_config or None,
                "KmsKeyId": held.kms_key_id,
                "CreationTime": moment(held.creation_time),
            }

    @operation("sagemaker", "DeleteEndpoint")
    def delete(self, request: Request) -> Values | None:
        """Its monitoring schedules go first, as in Amazon's own notebooks; whether AWS insists is not documented."""
        name = request.params["EndpointName"]
        with behind.LOCK:
            held = _held(request)
        store = self._stores(request.account, request.region)
        watching = [schedule.name for schedule in store.schedules() if schedule.endpoint_name == name]
        if watching:
            raise AwsError("ValidationException", f'Endpoint "{name}" still has monitoring schedule {watching[0]}')
        store.delete_endpoint(name, self._now())
        self._emit(request.account, request.region, sagemaker_news.endpoint(held, "DELETING", *_when(held, self._now)))
        return None

    def fail(self, account: str, region: str, name: str, reason: str) -> None:
        """Let an endpoint fail as AWS may, or serve again: an empty reason. Raises KeyError where there is none."""
        with behind.LOCK:
            held: Any = behind.sagemaker(account, region).endpoints[name]
            status = "Failed" if reason else "InService"
            if held.endpoint_status == status:
                return
            held.endpoint_status, held.failure_reason = status, reason or None
            held.last_modified_time = _naive(self._now())
        told = sagemaker_news.endpoint(held, "FAILED" if reason else "IN_SERVICE", *_when(held, self._now, reason))
        self._emit(account, region, told)


def _held(request: Request) -> Any:
    """Moto's endpoint of the name that is asked for. Raises AwsError when there is none."""
    name = request.params["EndpointName"]
    held = behind.sagemaker(request.account, request.region).endpoints.get(name)
    if held is None:
        raise AwsError("ValidationException", f'Could not find endpoint "{name}".')
    return held


def _summary(held: Any) -> Values:
    """EndpointSummary."""
    return {
        "EndpointName": held.endpoint_name,
        "EndpointArn": held.arn,
        "CreationTime": moment(held.creation_time),
        "LastModifiedTime": moment(held.last_modified_time),
        "EndpointStatus": held.endpoint_status,
    }


_WEIGHTS = {"CurrentWeight": 1.0, "DesiredWeight": 1.0}
"""A variant's share when none is given (SageMaker API: ProductionVariant)."""


def _capture(config: Mapping[str, Any] | None, *, works: bool) -> Values | None:
    """DataCaptureConfigSummary; an endpoint made without capture has none."""
    if not config:
        return None
    enabled = bool(config.get("EnableCapture", False))
    return {
        "EnableCapture": enabled,
        "CaptureStatus": "Started" if enabled and works else "Stopped",
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


def _naive(at: datetime) -> datetime:
    """As moto keeps it."""
    return at.astimezone(UTC).replace(tzinfo=None)


def _when(held: Any, now: Callable[[], datetime], reason: str = "") -> tuple[datetime, str, datetime | None]:
    """Of an endpoint's event: when, why, and when the endpoint was made."""
    return now(), reason, moment(held.creation_time)


def stamps(now: Callable[[], datetime], emit: Emit) -> dict[tuple[str, str], Stamp]:
    """What to do after moto has made a thing: date it by the world's clock, and tell of it."""

    def naive() -> datetime:
        return _naive(now())

    def endpoint(request: Request) -> None:
        held = behind.sagemaker(request.account, request.region).endpoints[request.params["EndpointName"]]
        held.creation_time = held.last_modified_time = naive()
        for status in ("CREATING", "IN_SERVICE"):
            emit(request.account, request.region, sagemaker_news.endpoint(held, status, now()))

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
        ("sagemaker", "CreateModelPackage"): packages.made(now, emit),
        ("s3", "PutObject"): written,
        ("s3", "CopyObject"): written,
        ("s3", "CompleteMultipartUpload"): written,
    }
