"""An account's S3 objects by their addresses."""

from datetime import datetime

from sandbox.aws import AwsSandbox


class Objects:
    """One account's objects by `s3://bucket/key`."""

    def __init__(self, aws: AwsSandbox, account_id: str) -> None:
        self._aws = aws
        self._account_id = account_id

    def put(self, uri: str, body: bytes, at: datetime) -> None:
        """Write an object. Raises KeyError when the bucket is not this account's."""
        bucket, key = split(uri)
        self._aws.put_object(self._account_id, bucket, key, body, at)

    def get(self, uri: str) -> bytes:
        """Read an object. Raises KeyError when it is not there."""
        bucket, key = split(uri)
        return self._aws.get_object(self._account_id, bucket, key)

    def under(self, uri: str) -> list[str]:
        """URIs that begin with `uri`, sorted. Raises KeyError when the bucket is not this account's."""
        bucket, prefix = split(uri)
        return [f"s3://{bucket}/{key}" for key in self._aws.list_objects(self._account_id, bucket, prefix)]

    def remove(self, uri: str) -> None:
        """Delete what begins with `uri`. Raises KeyError when the bucket is not this account's."""
        for found in self.under(uri):
            self._aws.delete_object(self._account_id, *split(found))


def split(uri: str) -> tuple[str, str]:
    """(bucket, key) of an S3 address; ValueError when it is none."""
    scheme, _, rest = uri.partition("://")
    bucket, _, key = rest.partition("/")
    if scheme != "s3" or not bucket:
        raise ValueError(f"{uri} is no S3 address")
    return bucket, key


def hour_path(hour: datetime) -> str:
    """The folder of an hour, `YYYY/MM/DD/HH`, as capture, ground truth and reports all use it."""
    return f"{hour:%Y/%m/%d/%H}"
