"""S3 as the caller of a query may use it: read in the process, allowed as over HTTP."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from sandbox.athena.failures import QueryFailed
from sandbox.athena.rights import Rights
from sandbox.aws.errors import AwsError
from sandbox.aws.ground import Ground
from sandbox.aws.objects import NoSuchObject, Stored
from sandbox.aws.operations import Request

_S3_DENIED, _NO_BUCKET, _NO_WRITE = 1501, 1306, 401
"""Types of Athena's error catalog."""


def split(uri: str) -> tuple[str, str]:
    """(bucket, key) of an S3 URI. Raises ValueError of anything else."""
    scheme, _, rest = uri.partition("://")
    bucket, _, key = rest.partition("/")
    if scheme not in {"s3", "s3a", "s3n"} or not bucket:
        raise ValueError(f"{uri} is no S3 location")
    return bucket, key


class Storage:
    """The caller's."""

    def __init__(self, ground: Ground, request: Request) -> None:
        self._ground = ground
        self._rights = Rights(ground.authoriser, request)

    def listed(self, uris: Sequence[str]) -> Iterator[tuple[Stored, ...]]:
        """What lies under each of these, but for hidden files. Raises QueryFailed where the caller may not read it.

        Athena hides files whose names begin with an underscore or a dot (Athena User Guide, "Troubleshoot").
        """
        for bucket, group in groupby(uris, lambda uri: _split(uri)[0]):
            prefixes = [_folder(_split(uri)[1]) for uri in group]
            for prefix, found in zip(prefixes, self._under(bucket, prefixes), strict=True):
                shown = tuple(each for each in found if not each.key.rsplit("/", 1)[-1].startswith(("_", ".")))
                for each in shown:
                    self._allow(f"s3://{bucket}/{prefix}", "GetObject", bucket, Key=each.key)
                    self._decrypt(each)
                yield shown

    def _decrypt(self, each: Stored) -> None:
        """The caller's right on the key of an object (Athena User Guide, "Permissions to encrypted data")."""
        try:
            if each.kms_key:
                self._rights.kms("Decrypt", each.kms_key)
        except AwsError as error:
            words = (
                f"Error opening Hive split {each.uri} (offset=0, length={each.size_bytes}):"
                f" com.amazonaws.services.s3.model.AmazonS3Exception: {error.message} (Service: Amazon S3; Status Code:"
                " 403; Error Code: AccessDenied)"
            )
            raise QueryFailed("HIVE_CANNOT_OPEN_SPLIT", words, _S3_DENIED) from None

    def fetch(self, each: Stored) -> bytes:
        """What a listed object holds. Raises QueryFailed where it is gone meanwhile."""
        try:
            return self._ground.objects.get(each.account_id, each.bucket, each.key)
        except NoSuchObject:
            words = "com.amazonaws.services.s3.model.AmazonS3Exception: The specified key does not exist"
            raise QueryFailed("HIVE_CURSOR_ERROR", f"{words} ({each.uri})") from None

    def write(self, uri: str, body: bytes) -> None:
        """Put an object. Raises QueryFailed where the caller may not."""
        bucket, key = split(uri)
        try:
            self._rights.s3("PutObject", bucket, Key=key)
            if encrypted := self._ground.objects.kms_key(self._owner(bucket), bucket, key):
                self._rights.kms("GenerateDataKey", encrypted)
            self._ground.objects.put(self._owner(bucket), bucket, key, body, self._ground.now())
        except (AwsError, NoSuchObject):
            words = (
                f"Access denied when writing output to url: {uri} . Please ensure you are allowed to access the S3"
                " bucket. If you are encrypting query results with KMS key, please ensure you are allowed to access"
                " your KMS key"
            )
            raise QueryFailed("", words, _NO_WRITE) from None

    def read(self, uri: str) -> bytes:
        """An object's body. Raises AwsError where the caller may not, NoSuchObject where it is not there."""
        bucket, key = split(uri)
        self._rights.s3("GetObject", bucket, Key=key)
        if encrypted := self._ground.objects.kms_key(self._owner(bucket), bucket, key):
            self._rights.kms("Decrypt", encrypted)
        return self._ground.objects.get(self._owner(bucket), bucket, key)

    def _owner(self, bucket: str) -> str:
        """Empty where there is no such bucket, which is then found by nobody."""
        return self._ground.objects.owner(bucket) or ""

    def may_write_to(self, uri: str) -> bool:
        """Whether the bucket of an output location can be found by the caller, who needs s3:GetBucketLocation."""
        try:
            bucket, _ = split(uri)
            self._rights.s3("GetBucketLocation", bucket)
        except (ValueError, AwsError):
            return False
        return bool(self._owner(bucket))

    def _under(self, bucket: str, prefixes: Sequence[str]) -> list[tuple[Stored, ...]]:
        for prefix in prefixes:
            self._allow(f"s3://{bucket}/{prefix}", "ListObjectsV2", bucket, Prefix=prefix)
        try:
            return list(self._ground.objects.under(bucket, prefixes))
        except NoSuchObject:
            words = (
                "The specified bucket does not exist (Service: Amazon S3; Status Code: 404; Error Code: NoSuchBucket)"
            )
            raise QueryFailed("", f"{words}: {bucket}", _NO_BUCKET) from None

    def _allow(self, path: str, operation: str, bucket: str, **params: str) -> None:
        try:
            self._rights.s3(operation, bucket, **params)
        except AwsError:
            raise QueryFailed("", f"Permission denied on S3 path: {path}", _S3_DENIED) from None


def _split(uri: str) -> tuple[str, str]:
    try:
        return split(uri)
    except ValueError as error:
        raise QueryFailed("HIVE_INVALID_METADATA", str(error)) from None


def _folder(prefix: str) -> str:
    """A location is a folder, whether or not it ends with a slash."""
    return prefix if not prefix or prefix.endswith("/") else f"{prefix}/"
