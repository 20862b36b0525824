"""Logs and results that are encrypted with a KMS key: who may not use the key gets no answer."""

from collections.abc import Iterator
from typing import Any

import pytest
from pyathena.error import OperationalError

from sandbox.athena.stage import HUB, LOGS, REGION, RESULTS, ask, database, deliver, event, queried, trail_table, user
from sandbox.aws import AwsSandbox

KEY = f"arn:aws:kms:{REGION}:{HUB}:key/0f7a1c52-6a2e-4a8c-9a41-7d0a2f1f4c11"
PLAIN, SECRET = "2026/11/19", "2026/11/20"
EVERYTHING = (("athena:*", "glue:*", "s3:*"), "*")


def encrypt(aws: AwsSandbox, bucket: str, key: str) -> None:
    """From now on, what is put into a bucket is encrypted with a key."""
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}}
    configuration = {"Rules": [rule]}
    aws.client("s3", HUB).put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration=configuration)


@pytest.fixture(scope="module")
def aws() -> Iterator[AwsSandbox]:
    """A day of a trail from before its bucket was encrypted, and one from after."""
    with queried() as sandbox:
        table = trail_table("trail")
        sandbox.client("glue", HUB).create_table(DatabaseName="default", TableInput=table)
        deliver(sandbox, PLAIN, event("CreateEndpoint", "2026-11-19T09:00:00Z"))
        encrypt(sandbox, LOGS, KEY)
        deliver(sandbox, SECRET, event("DeleteEndpoint", "2026-11-20T09:00:00Z"))
        yield sandbox


def asked(aws: AwsSandbox, keys: dict[str, str], day: str) -> Any:
    """The events of a day, as a user."""
    connection = database(aws, keys)
    try:
        return ask(connection, "SELECT eventname FROM trail WHERE day = ?", [f"'{day}'"])
    finally:
        connection.close()


def test_who_may_not_decrypt_reads_what_lies_in_the_open(aws: AwsSandbox) -> None:
    """All rights on S3 are not enough for an encrypted object; the reason names the right, the key, the file."""
    keys = user(aws, "keyless", EVERYTHING)
    assert asked(aws, keys, PLAIN) == [("CreateEndpoint",)]
    with pytest.raises(
        OperationalError, match=r"HIVE_CANNOT_OPEN_SPLIT.*not authorized to perform: kms:Decrypt"
    ) as error:
        asked(aws, keys, SECRET)
    assert KEY in str(error.value)
    assert f"s3://{LOGS}/" in str(error.value)


def test_who_may_decrypt_with_that_key_reads_all(aws: AwsSandbox) -> None:
    """The right on another key is none on this."""
    assert asked(aws, user(aws, "holder", EVERYTHING, ("kms:Decrypt", KEY)), SECRET) == [("DeleteEndpoint",)]
    other = user(aws, "other", EVERYTHING, ("kms:Decrypt", KEY.replace("0f7a", "ffff")))
    with pytest.raises(OperationalError, match="kms:Decrypt"):
        asked(aws, other, SECRET)


def test_an_answer_that_was_read_once_is_not_given_to_who_may_not_read(aws: AwsSandbox) -> None:
    """Files are unpacked once for all callers; rights are asked each time."""
    assert asked(aws, user(aws, "first", EVERYTHING, ("kms:*", "*")), SECRET) == [("DeleteEndpoint",)]
    with pytest.raises(OperationalError, match="kms:Decrypt"):
        asked(aws, user(aws, "second", EVERYTHING), SECRET)


def test_results_are_written_and_read_with_their_own_key(aws: AwsSandbox) -> None:
    """A key is named by its id too. Without `kms:GenerateDataKey` nothing is written."""
    own = KEY.replace("0f7a", "2222")
    encrypt(aws, RESULTS, own.rpartition("/")[2])
    both = user(aws, "writer", EVERYTHING, (("kms:GenerateDataKey", "kms:Decrypt"), own))
    assert asked(aws, both, PLAIN) == [("CreateEndpoint",)]
    with pytest.raises(OperationalError, match="Access denied when writing output"):
        asked(aws, user(aws, "reader", EVERYTHING, ("kms:Decrypt", own)), PLAIN)
