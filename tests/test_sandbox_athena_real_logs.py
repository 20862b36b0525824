"""Real CloudTrail records of many services and years: each is a row, its members where the table has them.

They belong to their publishers and are read where they lie; where they are not, there is nothing to prove.
"""

import gzip
import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.athena.stage import HUB, PROD, REGION, ask, database, deliver, queried, trail_table

LOGS = Path(__file__).resolve().parents[2] / "shared" / "data" / "cloudtrail"
Record = dict[str, Any]
pytestmark = pytest.mark.skipif(not LOGS.is_dir(), reason="the real logs are not here")


def records() -> list[Record]:
    """Of every file, whether it is a log file or a list of events."""
    found: list[Record] = []
    for path in sorted(LOGS.rglob("*.json*")):
        body = path.read_bytes()
        read = json.loads(gzip.decompress(body) if path.suffix == ".gz" else body)
        found += read["Records"] if isinstance(read, dict) else read
    return found


@pytest.fixture(scope="module")
def real() -> list[Record]:
    """All of them."""
    return records()


@pytest.fixture(scope="module")
def trail(real: list[Record]) -> Iterator[Any]:
    """A connection to a trail with a log file for each day on which there are any, all in one account and Region."""
    days = defaultdict(list)
    for each in real:
        days[each["eventTime"][:10].replace("-", "/")].append(each)
    with queried() as aws:
        table = trail_table("trail", projection__day__range=f"{min(days)},{max(days)}")
        aws.client("glue", HUB).create_table(DatabaseName="default", TableInput=table)
        for day, events in days.items():
            deliver(aws, day, *events)
        connection = database(aws)
        yield connection
        connection.close()


def as_text(value: Any) -> str | None:
    """A member as a text column has it: a text as it is, anything else as its JSON."""
    return value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def test_every_record_is_a_row(trail: Any, real: list[Record]) -> None:
    """None lost, none twice, whatever service and year it is of."""
    names = Counter(each["eventName"] for each in real)
    assert len(names) > 100
    assert dict(ask(trail, "SELECT eventname, count(*) FROM trail GROUP BY eventname")) == names


def test_who_called_stands_in_its_columns(trail: Any, real: list[Record]) -> None:
    """ARN, session issuer and second factor of every identity, those of services without an ARN among them."""
    rows = ask(
        trail,
        "SELECT useridentity.arn, useridentity.type, useridentity.sessioncontext.sessionissuer.username,"
        " useridentity.sessioncontext.attributes.mfaauthenticated FROM trail",
    )
    identities = [each.get("userIdentity") or {} for each in real]
    contexts = [each.get("sessionContext") or {} for each in identities]
    wanted = [
        (
            *(identity.get("arn"), identity.get("type")),
            (context.get("sessionIssuer") or {}).get("userName"),
            (context.get("attributes") or {}).get("mfaAuthenticated"),
        )
        for identity, context in zip(identities, contexts, strict=True)
    ]
    assert Counter(rows) == Counter(wanted)
    assert any(arn is None for arn, *_ in rows)


def test_requests_are_kept_as_json(trail: Any, real: list[Record]) -> None:
    """What was asked is the same document again, so that its members can be taken out."""
    rows = ask(trail, "SELECT eventid, requestparameters, responseelements, readonly FROM trail")
    found = Counter((key, _sorted(request), _sorted(response), read_only) for key, request, response, read_only in rows)
    wanted = Counter(
        (
            each.get("eventID"),
            *(_sorted(as_text(each.get(name))) for name in ("requestParameters", "responseElements")),
            as_text(each.get("readOnly")),
        )
        for each in real
    )
    assert found == wanted


def _sorted(text: str | None) -> str | None:
    """JSON without its order and white space; a text that is none stays."""
    try:
        return None if text is None else json.dumps(json.loads(text), sort_keys=True)
    except ValueError:
        return text


def test_a_day_costs_its_own_file_alone(trail: Any, real: list[Record]) -> None:
    """Counted in bytes, and answered with that day's records."""
    day = Counter(each["eventTime"][:10].replace("-", "/") for each in real).most_common(1)[0]
    cursor = trail.cursor()
    cursor.execute("SELECT count(*) FROM trail")
    whole = cursor.data_scanned_in_bytes
    sql = "SELECT count(*) FROM trail WHERE account = ? AND region = ? AND day = ?"
    cursor.execute(sql, [f"'{value}'" for value in (PROD, REGION, day[0])], paramstyle="qmark")
    assert cursor.fetchall() == [(day[1],)]
    assert 0 < cursor.data_scanned_in_bytes < whole
