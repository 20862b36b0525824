"""moto's state: one lock for it, and the backends that our own operations read.

moto keeps its state in the process, not in an object, so one sandbox can live in a process at a time.
"""

from collections.abc import Iterator
from threading import RLock
from typing import Any

from moto.events.models import events_backends
from moto.iam.models import IAMBackend, iam_backends
from moto.moto_api._internal import mock_random
from moto.moto_api._internal.models import moto_api_backend
from moto.s3.models import S3Backend, s3_backends
from moto.sagemaker.models import SageMakerModelBackend, sagemaker_backends
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends

LOCK = RLock()
"""Held around everything that touches moto: its dictionaries are not made for threads."""

PARTITION = "aws"


def iam(account: str) -> IAMBackend:
    """The account's users, roles and policies."""
    return iam_backends[account][PARTITION]


def s3(account: str) -> S3Backend:
    """The account's buckets."""
    return s3_backends[account][PARTITION]


def bucket_owner(bucket: str) -> str | None:
    """Which account a bucket belongs to; bucket names are global."""
    owner: tuple[str, str] | None = s3_backends.bucket_accounts.get(bucket)
    return owner[1] if owner else None


def sagemaker(account: str, region: str) -> SageMakerModelBackend:
    """The account's models, endpoints and job definitions in one Region."""
    return sagemaker_backends[account][region]


def events(account: str, region: str) -> Any:
    """The account's event buses and rules in one Region."""
    return events_backends[account][region]


def sqs(account: str, region: str) -> Any:
    """The account's queues in one Region."""
    return sqs_backends[account][region]


def queue(arn: str) -> Any | None:
    """A queue by its ARN, if there is one."""
    region, account, name = arn.split(":")[3:6]
    return sqs_backends[account][region].queues.get(name)


def sns(account: str, region: str) -> Any:
    """The account's topics in one Region."""
    return sns_backends[account][region]


def every_sns(region: str) -> Iterator[Any]:
    """The topics and subscriptions of every account that has any."""
    for backends in list(sns_backends.values()):
        if region in backends:
            yield backends[region]


def access_key(key_id: str) -> tuple[str, Any] | None:
    """(account, moto's AccessKey) of an IAM user's key."""
    for account, backends in list(iam_backends.items()):
        found = backends[PARTITION].access_keys.get(key_id)
        if found is not None:
            return account, found
    return None


def document(policy: Any) -> str:
    """The JSON of a managed policy's default version."""
    return next(str(each.document) for each in policy.versions if each.version_id == policy.default_version_id)


def reset() -> None:
    """Forget everything in every account; ids that moto makes up begin anew, so that a story has the same again."""
    with LOCK:
        moto_api_backend.reset()
        mock_random.seed(0)
