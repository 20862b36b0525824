"""What the bot needs to read the trail: a policy of its own, for where a trail is set up."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

Grant = tuple[str, str]

MULTIPART: Final = ("s3:AbortMultipartUpload", "s3:ListMultipartUploadParts")
"""Athena writes large results in parts, with the caller's rights (Athena User Guide: access to result locations)."""
DATABASE: Final = "glue:GetDatabase"
"""Athena's guide wants it beside every right on a table (Athena User Guide: access to databases and tables)."""


@dataclass(frozen=True, slots=True)
class TrailNames:
    """What stands in the trail's policy; words in capitals are for the reader to replace."""

    database: str = "TRAIL-DATABASE"
    table: str = "TRAIL-TABLE"
    workgroup: str = "TRAIL-WORKGROUP"
    logs: tuple[str, str] = ("TRAIL-BUCKET", "")
    """Bucket and prefix of the log files."""
    results: tuple[str, str] = ("RESULT-BUCKET", "")
    """Bucket and prefix that Athena writes to."""


def place(uri: str, default: str) -> tuple[str, str]:
    """Bucket and prefix of `s3://bucket/prefix/`; the default bucket where it is empty."""
    bucket, _, prefix = uri.removeprefix("s3://").partition("/")
    return (bucket, prefix) if bucket else (default, "")


def bot_trail_grants(declared: Iterable[str], account: str, names: TrailNames) -> tuple[Grant, ...]:
    """What the adapters call, and what Athena does with the caller's rights (User Guide: access to Athena)."""
    return tuple(dict.fromkeys((*_called(declared, account, names), *_through_athena(account, names))))


def _called(declared: Iterable[str], account: str, names: TrailNames) -> Iterator[Grant]:
    for action in sorted(declared):
        if action.startswith("athena:"):
            yield action, f"arn:aws:athena:*:{account}:workgroup/{names.workgroup}"
        elif action.startswith("glue:"):
            yield from _catalog(action, account, names)
        else:
            yield action, f"arn:aws:s3:::{names.logs[0]}"


def _catalog(action: str, account: str, names: TrailNames) -> Iterator[Grant]:
    """Each level of the catalog must be allowed (Glue Developer Guide: resource ARNs)."""
    start = f"arn:aws:glue:*:{account}"
    for resource in ("catalog", f"database/{names.database}", f"table/{names.database}/{names.table}"):
        yield action, f"{start}:{resource}"


def _through_athena(account: str, names: TrailNames) -> Iterator[Grant]:
    yield from ((DATABASE, arn) for action, arn in _catalog("", account, names) if ":table/" not in arn)
    yield "s3:GetObject", f"arn:aws:s3:::{names.logs[0]}/{names.logs[1]}*"
    bucket, prefix = names.results
    yield "s3:GetBucketLocation", f"arn:aws:s3:::{bucket}"
    yield from ((action, f"arn:aws:s3:::{bucket}/{prefix}*") for action in ("s3:GetObject", "s3:PutObject", *MULTIPART))
