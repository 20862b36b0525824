"""Which objects a query reads, counted in bytes: partition projection and conditions on its keys."""

from collections.abc import Iterator
from typing import Any

import pytest
from pyathena.error import OperationalError

from sandbox.athena.stage import HUB, LOGS, PROD, TEST, TRAIL, ask, database, deliver, event, queried, trail_table
from sandbox.aws import AwsSandbox

REGIONS = ("us-east-1", "us-west-2")
DAYS = [f"2026/11/{day:02}" for day in range(18, 23)]


@pytest.fixture(scope="module")
def aws() -> Iterator[AwsSandbox]:
    """A file for each of two accounts, two Regions, five days: each of its own size."""
    with queried() as sandbox:
        glue = sandbox.client("glue", HUB)
        glue.create_table(DatabaseName="default", TableInput=trail_table("trail"))
        yield sandbox


@pytest.fixture(scope="module")
def sizes(aws: AwsSandbox) -> dict[tuple[str, str, str], int]:
    """Bytes by account, Region and day."""
    found, number = {}, 0
    for account in (PROD, TEST):
        for region in REGIONS:
            for day in DAYS:
                number += 1
                at = f"{day.replace('/', '-')}T10:00:00Z"
                made = event("CreateEndpoint", at, "x" * number, awsRegion=region, recipientAccountId=account)
                found[account, region, day] = deliver(aws, day, made, account=account, region=region)
    return found


@pytest.fixture(scope="module")
def connection(aws: AwsSandbox, sizes: dict[tuple[str, str, str], int]) -> Iterator[Any]:
    """Once the files are there."""
    made = database(aws)
    yield made
    made.close()


def scanned(connection: Any, sql: str, parameters: tuple[str, ...] = ()) -> tuple[list[tuple[Any, ...]], int]:
    """(rows, bytes read)."""
    cursor = connection.cursor()
    cursor.execute(sql, list(parameters) or None, paramstyle="qmark")
    return list(cursor.fetchall()), int(cursor.data_scanned_in_bytes)


WHERE = [
    ("true", lambda _a, _r, _d: True),
    ("day = '2026/11/20'", lambda _a, _r, d: d == DAYS[2]),
    (f"account = '{PROD}' AND region = 'us-west-2'", lambda a, r, _d: (a, r) == (PROD, "us-west-2")),
    ("day BETWEEN '2026/11/19' AND '2026/11/20'", lambda _a, _r, d: d in DAYS[1:3]),
    ("day IN ('2026/11/18', '2026/11/22', '2031/01/01')", lambda _a, _r, d: d in (DAYS[0], DAYS[4])),
    (f"account = '{TEST}' AND (day = '2026/11/18' OR region = 'us-east-1')", None),
    ("day >= date_format(DATE '2026-11-28' - INTERVAL '7' DAY, '%Y/%m/%d')", lambda _a, _r, d: d >= DAYS[3]),
    ("substr(day, 9) = '21'", lambda _a, _r, d: d == DAYS[3]),
    ("account LIKE '3%' AND eventname = 'CreateEndpoint'", lambda a, _r, _d: a == TEST),
    (f"account = '{PROD}' OR eventname = 'x'", lambda _a, _r, _d: True),
    ("day = '2031/01/01'", lambda _a, _r, _d: False),
    ("account = '999999999999'", lambda _a, _r, _d: False),
]


@pytest.mark.parametrize(("where", "kept"), WHERE, ids=[where for where, _ in WHERE])
def test_a_condition_on_keys_chooses_what_is_read(
    connection: Any, sizes: dict[tuple[str, str, str], int], where: str, kept: Any
) -> None:
    """Exactly the objects of the partitions that it leaves; beyond the projection there is nothing, and no error."""
    keep = kept or (lambda a, r, d: a == TEST and (d == DAYS[0] or r == "us-east-1"))
    wanted = {key: size for key, size in sizes.items() if keep(*key)}
    rows, bytes_read = scanned(connection, f"SELECT account, region, day FROM trail WHERE {where}")  # noqa: S608
    assert bytes_read == sum(wanted.values())
    if "eventname = 'x'" not in where:
        assert sorted(rows) == sorted(wanted)


QUERIES = [
    ("WITH e AS (SELECT * FROM trail) SELECT count(*) FROM e WHERE day = '2026/11/20'", 1),
    (
        "WITH e AS (SELECT * FROM trail WHERE day = '2026/11/20') SELECT count(*) FROM e a JOIN e b ON a.eventid = b.eventid",  # noqa: E501
        2,
    ),
    ("SELECT count(*) FROM (SELECT day AS d, lower(eventname) AS n FROM trail) WHERE d = '2026/11/20' AND n = 'x'", 1),
    ("SELECT * FROM (SELECT day, count(*) AS n FROM trail GROUP BY day) WHERE day = '2026/11/20'", 1),
    ("SELECT count(*) FROM (SELECT day FROM trail UNION ALL SELECT day AS x FROM trail) WHERE day = '2026/11/20'", 2),
    (
        "SELECT count(*) FROM trail a JOIN trail b ON a.eventid = b.eventid AND b.day = '2026/11/20' WHERE a.day = '2026/11/20'",  # noqa: E501
        2,
    ),
    (
        "SELECT eventname FROM trail WHERE day = '2026/11/20' AND EXISTS (SELECT 1 FROM trail b WHERE b.day = '2026/11/20')",  # noqa: E501
        2,
    ),
    ("SELECT count(*) FROM trail WHERE day = '2026/11/20' LIMIT 1", 1),
]


@pytest.mark.parametrize(("sql", "times"), QUERIES, ids=[sql[:60] for sql, _ in QUERIES])
def test_conditions_reach_through_subqueries(
    connection: Any, sizes: dict[tuple[str, str, str], int], sql: str, times: int
) -> None:
    """WITH, subqueries, unions, joins; what is named twice is read twice."""
    day = sum(size for (_, _, each), size in sizes.items() if each == DAYS[2])
    assert scanned(connection, sql)[1] == times * day


def test_conditions_do_not_reach_where_they_would_change_the_answer(
    connection: Any, sizes: dict[tuple[str, str, str], int]
) -> None:
    """Past a LIMIT, a window, and the side of an outer join that may be missing."""
    whole = sum(sizes.values())
    windowed = "SELECT * FROM (SELECT day, row_number() OVER (ORDER BY day, account, region) AS r FROM trail) WHERE day = '2026/11/22'"  # noqa: E501
    rows, bytes_read = scanned(connection, windowed)
    assert (min(rank for _, rank in rows), bytes_read) == (17, whole)
    limited = "SELECT count(*) FROM (SELECT day FROM trail ORDER BY day LIMIT 4) WHERE day = '2026/11/22'"
    assert scanned(connection, limited) == ([(0,)], whole)
    missing = (
        "SELECT count(*) FROM (VALUES ('2026/11/18'), ('2030/01/01')) AS t(d)"
        " LEFT JOIN trail ON trail.day = t.d WHERE trail.day IS NULL"
    )
    assert scanned(connection, missing) == ([(1,)], whole)


def test_a_bound_parameter_prunes_like_a_literal(connection: Any, sizes: dict[tuple[str, str, str], int]) -> None:
    """The loader's way: values never stand in the statement."""
    sql = "SELECT count(*) FROM trail WHERE account = ? AND day BETWEEN ? AND ?"
    rows, bytes_read = scanned(connection, sql, (f"'{PROD}'", "'2026/11/18'", "'2026/11/19'"))
    assert rows == [(4,)]
    assert bytes_read == sum(size for (a, _, d), size in sizes.items() if a == PROD and d in DAYS[:2])


def test_hidden_files_and_siblings_are_not_read(aws: AwsSandbox, connection: Any) -> None:
    """Names that begin with an underscore or a dot, digests beside the logs, a day whose name begins alike."""
    for name in ("CloudTrail/us-east-1/2026/11/05/_SUCCESS", "CloudTrail/us-east-1/2026/11/05/.tmp"):
        aws.put_object(HUB, LOGS, f"{TRAIL}/{PROD}/{name}", b"x" * 99, aws.clock.now())
    for name in ("CloudTrail-Digest/us-east-1/2026/11/05/a.gz", "CloudTrail/us-east-1/2026/11/055/a.gz"):
        aws.put_object(HUB, LOGS, f"{TRAIL}/{PROD}/{name}", b"x" * 99, aws.clock.now())
    assert scanned(connection, "SELECT count(*) FROM trail WHERE day = '2026/11/05'") == ([(0,)], 0)


def test_the_path_of_a_row_is_told(connection: Any) -> None:
    """The hidden column, which a star leaves out."""
    rows = ask(connection, f"SELECT \"$path\" FROM trail WHERE account = '{PROD}' AND day = '2026/11/20' ORDER BY 1")  # noqa: S608
    assert [path.startswith(f"s3://{LOGS}/{TRAIL}/{PROD}/CloudTrail/us-") for (path,) in rows] == [True, True]
    cursor = connection.cursor()
    cursor.execute("SELECT * FROM trail WHERE day = '2026/11/20'")
    names = [each[0] for each in cursor.description]
    assert (names[-3:], "$path" in names) == (["account", "region", "day"], False)


PROPERTIES = [
    ({"projection__account__type": "injected"}, "account = '222222222222'", 10),
    (
        {"projection__account__type": "injected"},
        "account IN ('222222222222', '333333333333') AND day < '2026/11/20'",
        8,
    ),
    ({"projection__day__range": "NOW-20DAYS,NOW"}, "day = '2026/11/20'", 4),
    ({"projection__day__range": "2026/11/20,2026/11/21"}, "true", 8),
    ({"projection__day__interval": "2", "projection__day__range": "2026/11/18,2026/11/22"}, "true", 12),
    ({"projection__account__values": PROD}, "true", 10),
]


@pytest.mark.parametrize(("changed", "where", "rows"), PROPERTIES)
def test_projection_is_read_from_the_tables_properties(
    aws: AwsSandbox, connection: Any, changed: dict[str, str], where: str, rows: int
) -> None:
    """Ranges, intervals, NOW by the world's clock, injected values."""
    glue = aws.client("glue", HUB)
    glue.create_table(DatabaseName="default", TableInput=trail_table("other", **changed))
    try:
        assert ask(connection, f"SELECT count(*) FROM other WHERE {where}") == [(rows,)]  # noqa: S608
    finally:
        glue.delete_table(DatabaseName="default", Name="other")


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        (
            {"projection__account__type": "injected"},
            "CONSTRAINT_VIOLATION: For the injected projected partition column",
        ),
        ({"projection__account__type": "guess"}, "INVALID_TABLE_PROPERTY"),
        ({"projection__day__range": "2026/11/20-2026/11/21"}, "INVALID_TABLE_PROPERTY"),
        ({"projection__day__format": "yyyy-MM-dd"}, "INVALID_TABLE_PROPERTY"),
        ({"storage__location__template": "s3://b/${account}/${day}/"}, "INVALID_TABLE_PROPERTY.*column region"),
        ({"storage__location__template": "s3://nowhere-1/${account}/${region}/${day}/"}, "bucket does not exist"),
    ],
)
def test_wrong_properties_fail_the_query(
    aws: AwsSandbox, connection: Any, changed: dict[str, str], reason: str
) -> None:
    """Glue takes them; Athena reads them when it is asked."""
    glue = aws.client("glue", HUB)
    glue.create_table(DatabaseName="default", TableInput=trail_table("wrong", **changed))
    try:
        with pytest.raises(OperationalError, match=reason):
            ask(connection, "SELECT count(*) FROM wrong")
    finally:
        glue.delete_table(DatabaseName="default", Name="wrong")
