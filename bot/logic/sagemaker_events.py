"""What SageMaker tells by EventBridge of endpoints, deployments and jobs, as verdicts.

Sources: SageMaker Developer Guide, "Events that SageMaker AI sends to EventBridge"; API reference, DescribeEndpoint and
DescribeProcessingJob, whose words the details repeat. Statuses come as IN_SERVICE there, as InService from the API.
"""

import re
from datetime import datetime
from typing import Final

from bot.logic.arns import partition
from bot.logic.aws_json import Told
from bot.logic.services import service_of, unstamped
from bot.model.event import Event
from bot.model.observation import (
    DELETED,
    ENDPOINT_FAILED,
    JOB_FAILED,
    ROLLED_BACK,
    Finding,
    Observation,
    Subject,
    Verdict,
)
from bot.model.place import Family, Place
from bot.model.report import Observed

SOURCE: Final = "aws.sagemaker"
MOST_NAME: Final = 63
"""Characters of a name (SageMaker API reference)."""
_FAILED: Final = frozenset({"failed", "updaterollbackfailed", "outofservice"})
_MONITORING: Final = re.compile(r"(?:^|-)(?:monitoring|merge)-[0-9]{12}-[0-9a-f]{12,32}")
"""How Model Monitor ends the names of its jobs (saved outputs of AWS's notebooks)."""


def status(told: Told, key: str) -> str:
    """One of SageMaker's words in either spelling, as one lower-case word; empty where there is none."""
    return told.words(key, 64).replace("_", "").casefold()


def endpoint(event: Event) -> Observed | None:
    """What an endpoint's state says; None while it is on its way to another. Raises Malformed."""
    detail = Told(event.detail, "detail.")
    state = status(detail, "EndpointStatus")
    if state == "inservice":
        return _of_endpoint(event, detail, state, Finding(ENDPOINT_FAILED, Verdict.GOOD))
    if state in {"deleting", "deleted"}:
        return _of_endpoint(event, detail, state, Finding(DELETED, Verdict.GONE))
    if state in _FAILED:
        return _of_endpoint(event, detail, state, Finding(ENDPOINT_FAILED, Verdict.BAD, note=_why(detail)))
    return None


def deployment(event: Event) -> Observed | None:
    """Whether a deployment was rolled back; the next one that begins ends that. Raises Malformed."""
    detail = Told(event.detail, "detail.")
    state, pending = status(detail, "EndpointStatus"), detail.within("PendingDeploymentSummary")
    if state == "rollingback":
        note = _why(detail) or _variants(pending)
        return _of_endpoint(event, detail, state, Finding(ROLLED_BACK, Verdict.BAD, note=note))
    aims_at = pending.words("EndpointConfigName", MOST_NAME)
    # Scaling is an update too, and aims at the configuration that there is.
    if state == "updating" and aims_at and aims_at != detail.words("EndpointConfigName", MOST_NAME):
        return _of_endpoint(event, detail, state, Finding(ROLLED_BACK, Verdict.GOOD))
    return endpoint(event)


def is_monitors(name: str) -> bool:
    """Whether a processing job is Model Monitor's own: its run tells more than the job."""
    return _MONITORING.search(name) is not None


def job(event: Event, name: str) -> Observed | None:
    """How a processing job ended; None where it did not, or somebody stopped it. Raises Malformed.

    Each run has a name of its own: what it is for is the name without its stamp, and the next one may be good.
    """
    detail = Told(event.detail, "detail.")
    state = status(detail, "ProcessingJobStatus")
    if state not in {"completed", "failed"}:
        return None
    said = " ".join(filter(None, (detail.words("FailureReason"), detail.words("ExitMessage"))))
    finding = Finding(JOB_FAILED, Verdict.BAD, note=said) if state == "failed" else Finding(JOB_FAILED, Verdict.GOOD)
    purpose = unstamped(name)
    subject = Subject(_arn(event, "processing-job", purpose), name, "")
    ended = detail.when("ProcessingEndTime") if detail.said.get("ProcessingEndTime") is not None else event.at
    mark = f"job:{event.account_id}:{event.region}:{name}:{state}"
    return _observed(event, detail, purpose, mark, subject, ended, finding)


def _of_endpoint(event: Event, detail: Told, state: str, finding: Finding) -> Observed:
    name = detail.needed("EndpointName", MOST_NAME)
    subject = Subject(_arn(event, "endpoint", name), name, name)
    mark = f"endpoint:{event.account_id}:{event.region}:{name}:{state}:{event.at:%Y-%m-%dT%H:%M:%SZ}"
    return _observed(event, detail, name, mark, subject, event.at, finding)


def _observed(
    event: Event, detail: Told, name: str, mark: str, subject: Subject, at: datetime, finding: Finding
) -> Observed:
    """It speaks of this one row alone."""
    service = service_of(name, dict(_tags(detail)))
    place = Place(event.account_id, event.region, service.name, Family.OPERATIONS)
    return place, service, Observation(mark, subject, at, (finding,), complete=False)


def _tags(detail: Told) -> tuple[tuple[str, str], ...]:
    return detail.pairs("Tags", 50) if isinstance(detail.said.get("Tags"), dict) else ()


def _why(detail: Told) -> str:
    return detail.words("FailureReason")


def _variants(pending: Told) -> str:
    """What the variants say of themselves."""
    statuses = (s for variant in pending.each("ProductionVariants", 20) for s in variant.each("VariantStatus", 20))
    return "; ".join(dict.fromkeys(filter(None, (s.words("StatusMessage", 300) for s in statuses))))


def _arn(event: Event, kind: str, name: str) -> str:
    """Its identity here; SageMaker writes names in ARNs in lower case."""
    return f"arn:{partition(event.region)}:sagemaker:{event.region}:{event.account_id}:{kind}/{name.lower()}"
