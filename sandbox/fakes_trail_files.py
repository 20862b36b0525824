"""Log files as CloudTrail delivers them: their names, and what is in them.

Source: CloudTrail User Guide, "CloudTrail log file examples" and "Finding your CloudTrail log files".
"""

import gzip
import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any


def key(root: str, account: str, region: str, delivered: datetime, seed: str = "") -> str:
    """Under `root`, which ends in `AWSLogs/` or in the organisation's id; by the day of delivery."""
    digest = hashlib.sha256(f"{account}{region}{delivered}{seed}".encode()).hexdigest()[:16]
    name = f"{account}_CloudTrail_{region}_{delivered:%Y%m%dT%H%M}Z_{digest}.json.gz"
    return f"{root}{account}/CloudTrail/{region}/{delivered:%Y/%m/%d}/{name}"


def body(records: Iterable[Mapping[str, Any]]) -> bytes:
    """The file's content."""
    return gzip.compress(json.dumps({"Records": list(records)}).encode(), mtime=0)
