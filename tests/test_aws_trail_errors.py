"""What can be wrong with the trail: table, rights, limits, damaged files; each told with its next step."""

import gzip
import hashlib
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.aws.settings import AwsSettings
from bot.aws.trail import AwsTrail
from bot.errors import AccessDenied, BotError, Missing, Throttled, TimedOut
from bot.model.account import Account, Scope
from bot.model.observation import Window
from bot.model.trail import TrailQuery, Wanted
from sandbox import fakes_trail as people
from sandbox import fakes_trail_files as files
from sandbox.fakes_trail import OBSERVABILITY, PRODUCTION, REGION, TEST, Told
from sandbox.fakes_trail_site import BOT_MAY, LABELS, LOGS, NOW, RESULTS, ROOT, Site, policy, served

DAY = timedelta(days=1)
WEEK = Window(NOW - 7 * DAY, NOW)
DELETED = Wanted("DeleteEndpoint")
ALL = TrailQuery("SELECT eventname, account FROM events ORDER BY eventtime DESC", (), 100)
SLOW = TrailQuery(
    "SELECT sum(length(concat(a.mentions, b.mentions, c.mentions, d.mentions))) AS n "
    "FROM events a CROSS JOIN events b CROSS JOIN events c CROSS JOIN events d ORDER BY 1",
    (),
    1,
)
"""Hundreds of millions of rows."""


@pytest.fixture(scope="module")
def started() -> Iterator[Site]:
    """With two slots of Athena's."""
    with served(slots=2) as site:
        yield site


@pytest.fixture
def site(started: Site) -> Site:
    """With one log file, the table and the bot's rights as they should be."""
    started.empty()
    started.table()
    _allow(started, *BOT_MAY)
    started.deliver([_deleted("a", 2)])
    started.aws.calls.clear()
    return started


def test_while_no_account_is_known_that_is_what_is_said(site: Site) -> None:
    """Not that the table lacks them: a bot that has just started has not listed them yet."""
    nobody = replace(site.ask(), scope=Scope(()))
    with pytest.raises(BotError, match="No account is known here yet"):
        site.shared.trail(nobody).calls(DELETED, WEEK)


def _deleted(name: str, days: float, account: str = PRODUCTION) -> dict[str, object]:
    return people.record(Told(days, account, people.MAYA, "DeleteEndpoint", {"endpointName": name}), NOW)


def _allow(site: Site, *actions: str) -> None:
    iam = site.aws.client("iam", OBSERVABILITY)
    iam.put_user_policy(UserName="sagewatch-bot", PolicyName="bot", PolicyDocument=policy(*actions))


def refusal(site: Site, query: TrailQuery = ALL, **settings: object) -> BotError:
    """What a question of a new process is told."""
    with pytest.raises(BotError) as told:
        site.trail(site.layer(**settings), seconds=20).ask(query, WEEK)
    return told.value


def test_no_table_in_the_settings_is_said_by_every_method() -> None:
    """Nothing is asked of AWS."""
    assert AwsSettings().trail is None
    trail = AwsTrail(None, None)  # type: ignore[arg-type]  # there is no question where there is no trail
    for ask in (
        trail.events,
        lambda: trail.estimate(WEEK),
        lambda: trail.ask(ALL, WEEK),
        lambda: trail.calls(DELETED, WEEK),
        lambda: trail.stop("x"),
    ):
        with pytest.raises(BotError, match="No trail is set up"):
            ask()


def test_a_table_that_is_not_there_is_named(site: Site) -> None:
    """With what prints the statement that makes it."""
    site.athena("DROP TABLE observability.trail")
    told = refusal(site)
    assert isinstance(told, Missing)
    assert "no table observability.trail in us-west-2" in told.cause
    assert "trail-table" in told.next_step


OLD = f"""CREATE EXTERNAL TABLE observability.trail (
    useridentity STRUCT<type: STRING, principalid: STRING, arn: STRING, accountid: STRING, invokedby: STRING,
        accesskeyid: STRING, username: STRING, sessioncontext: STRUCT<attributes: STRUCT<mfaauthenticated: STRING,
        creationdate: STRING>, sessionissuer: STRUCT<type: STRING, principalid: STRING, arn: STRING,
        accountid: STRING, username: STRING>>>,
    eventtime STRING, eventsource STRING, eventname STRING, awsregion STRING, sourceipaddress STRING,
    useragent STRING, errorcode STRING, errormessage STRING, requestparameters STRING, responseelements STRING,
    eventid STRING, readonly STRING, recipientaccountid STRING)
PARTITIONED BY (account STRING, region STRING, day STRING)
ROW FORMAT SERDE 'org.apache.hive.hcatalog.data.JsonSerDe'
STORED AS INPUTFORMAT 'com.amazon.emr.cloudtrail.CloudTrailInputFormat'
OUTPUTFORMAT 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat'
LOCATION 's3://{LOGS}/{ROOT}'
TBLPROPERTIES ('projection.enabled'='true', 'projection.account.type'='enum',
    'projection.account.values'='{PRODUCTION},{OBSERVABILITY}', 'projection.region.type'='enum',
    'projection.region.values'='{REGION}', 'projection.day.type'='date', 'projection.day.format'='yyyy/MM/dd',
    'projection.day.range'='2026/01/01,NOW',
    'storage.location.template'='s3://{LOGS}/{ROOT}${{account}}/CloudTrail/${{region}}/${{day}}')"""


def test_what_a_table_of_aws_s_page_lacks_is_told_with_the_line_that_adds_it(site: Site) -> None:
    """It answers all the same; the line is Athena's own and works."""
    site.table(statement=OLD)
    answer = site.trail(site.layer(), PRODUCTION).calls(DELETED, WEEK)
    assert [call.resource for call in answer.items] == ["a"]
    (remark,) = answer.scan.remarks
    assert "source identity and Identity Center users" in remark.said
    site.athena(remark.line)
    assert site.trail(site.layer(), PRODUCTION).calls(DELETED, WEEK).scan.remarks == ()


def test_an_account_that_the_table_does_not_have_is_never_silently_empty(site: Site) -> None:
    """Others answer, and the line that adds it is there; alone it is an error with the same line."""
    site.table(statement=OLD)
    site.deliver([_deleted("theirs", 3, TEST)])
    answer = site.trail(site.layer()).ask(ALL, WEEK)
    assert {row[1] for row in answer.rows} == {PRODUCTION}
    added = next(r for r in answer.scan.remarks if TEST in r.said)
    with pytest.raises(BotError, match="None of these accounts") as told:
        site.trail(site.layer(), TEST).ask(ALL, WEEK)
    assert added.line in told.value.next_step
    site.athena(added.line)
    assert {row[1] for row in site.trail(site.layer()).ask(ALL, WEEK).rows} == {PRODUCTION, TEST}


def test_a_table_that_is_divided_otherwise_is_refused(site: Site) -> None:
    """AWS's page for one account has a day alone."""
    site.table(
        statement=f"CREATE EXTERNAL TABLE observability.trail (eventtime STRING) PARTITIONED BY (`timestamp` STRING) "
        f"ROW FORMAT SERDE 'org.apache.hive.hcatalog.data.JsonSerDe' "
        f"STORED AS INPUTFORMAT 'com.amazon.emr.cloudtrail.CloudTrailInputFormat' "
        f"OUTPUTFORMAT 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat' LOCATION 's3://{LOGS}/'"
    )
    assert "not divided by account, region and day" in refusal(site).cause


@pytest.mark.parametrize(
    ("lacking", "cause"),
    [
        ("s3:ListBucket", "lacks s3:ListBucket"),
        ("s3:GetObject", "may not read the log files or write the results"),
        ("glue:GetTable", "lacks glue:GetTable"),
        ("athena:StartQueryExecution", "lacks athena:StartQueryExecution"),
        ("athena:GetQueryResults", "lacks athena:GetQueryResults"),
    ],
)
def test_a_right_that_lacks_is_named(site: Site, lacking: str, cause: str) -> None:
    """The bucket's, the catalog's, Athena's."""
    _allow(site, *(action for action in BOT_MAY if action != lacking))
    told = refusal(site)
    assert isinstance(told, AccessDenied)
    assert cause in told.cause
    assert told.next_step


def test_the_work_group_s_limit_is_told_with_what_was_read(site: Site) -> None:
    """And how to ask for less."""
    client = site.aws.client("athena", OBSERVABILITY)
    client.create_work_group(
        Name="small",
        Configuration={
            "BytesScannedCutoffPerQuery": 10_000_000,
            "ResultConfiguration": {"OutputLocation": f"s3://{RESULTS}/"},
        },
    )
    noise = [_deleted("x", n / 100) for n in range(3)]
    site.put(files.key(ROOT, PRODUCTION, REGION, NOW - DAY, "large"), _large(noise), NOW - DAY)
    told = refusal(site, workgroup="small", output="")
    assert "limit of bytes was reached" in told.cause
    assert "were read, for" in told.cause
    assert "account=" in told.next_step


def _large(records: list[dict[str, object]]) -> bytes:
    """More than ten million bytes, of which gzip makes nothing smaller."""
    random_words = hashlib.shake_256(b"seed").hexdigest(11_000_000)
    text = json.dumps({"Records": [*records, {**records[0], "additionalEventData": random_words}]})
    return gzip.compress(text.encode(), 1)


def test_a_work_group_that_is_not_there_is_named(site: Site) -> None:
    """As the setting that is wrong."""
    told = refusal(site, workgroup="nobody")
    assert "work group" in told.cause
    assert told.next_step == "Correct trail.workgroup."


def test_nowhere_to_write_results_is_told(site: Site) -> None:
    """Neither the work group nor the settings say where."""
    told = refusal(site, output="")
    assert "where Athena may write results" in told.cause


def test_somebody_s_cancel_ends_a_run_for_whoever_waits(site: Site) -> None:
    """By its id, from any process."""
    runs: list[str] = []

    def began(run: str) -> None:
        runs.append(run)
        other = site.trail(site.layer())
        threading.Timer(0.3, lambda: other.stop(run)).start()

    with pytest.raises(BotError, match="was cancelled"):
        site.trail(site.layer(), PRODUCTION, running=began).ask(_slow(site), WEEK)
    assert len(runs) == 1


def _slow(site: Site) -> TrailQuery:
    site.deliver([_deleted(f"e{n}", n / 60) for n in range(120)])
    return SLOW


def test_a_question_that_is_over_stops_its_run(site: Site) -> None:
    """What nobody waits for is not paid to its end; how much was read is said."""
    said: list[str] = []
    query = _slow(site)
    with pytest.raises(TimedOut, match="had not answered"):
        site.trail(site.layer(), PRODUCTION, seconds=5, progress=said.append).ask(query, WEEK)
    assert said
    assert site.calls("StopQueryExecution") == 1
    states = site.aws.client("athena", OBSERVABILITY)
    newest = states.list_query_executions(WorkGroup="primary")["QueryExecutionIds"][0]
    for _ in range(100):
        state = states.get_query_execution(QueryExecutionId=newest)["QueryExecution"]["Status"]["State"]
        if state == "CANCELLED":
            break
        time.sleep(0.05)
    assert state == "CANCELLED"


def test_no_free_slot_is_told(site: Site) -> None:
    """After it was tried again."""
    query = _slow(site)
    layer = site.layer()
    stop = threading.Event()
    held = [
        threading.Thread(target=_hold, args=(site, replace(query, limit=n + 1), stop), daemon=True) for n in range(2)
    ]
    for one in held:
        one.start()
    time.sleep(1)
    try:
        with pytest.raises(Throttled, match="no slot free"):
            site.trail(layer, PRODUCTION).ask(ALL, WEEK)
    finally:
        stop.set()
        for one in held:
            one.join()


def _hold(site: Site, query: TrailQuery, stop: threading.Event) -> None:
    try:
        site.trail(site.layer(), PRODUCTION, seconds=30, cancelled=stop.is_set).ask(query, WEEK)
    except BotError:
        return


def test_damaged_files_are_left_out_counted_and_named(site: Site) -> None:
    """Broken off, no gzip, no JSON: the others answer."""
    whole = files.body([_deleted("lost", 1)])
    for name, body in (("cut", whole[: len(whole) // 2]), ("bare", b"not gzip"), ("odd", gzip.compress(b"{]"))):
        site.put(files.key(ROOT, PRODUCTION, REGION, NOW - DAY, name), body, NOW - DAY)
    layer = site.layer()
    for trail in (site.trail(layer), site.trail(layer)):
        answer = trail.calls(DELETED, WEEK)
        assert [call.resource for call in answer.items] == ["a"]
        (remark,) = answer.scan.remarks
        assert remark.said.startswith("3 damaged log files left out: 222222222222_CloudTrail_us-west-2_")
    assert site.calls("StartQueryExecution") == 3 + 1 + 1


def test_too_many_damaged_files_are_given_up(site: Site) -> None:
    """Each costs another run."""
    for n in range(7):
        site.put(files.key(ROOT, PRODUCTION, REGION, NOW - DAY, str(n)), b"x", NOW - DAY)
    assert "More than 5 log files" in refusal(site).cause


def test_digests_and_insights_beside_the_logs_are_never_read(site: Site) -> None:
    """They lie under names of their own."""
    for sibling in ("CloudTrail-Digest", "CloudTrail-Insight"):
        key = files.key(ROOT, PRODUCTION, REGION, NOW - DAY).replace("/CloudTrail/", f"/{sibling}/")
        site.put(key, files.body([_deleted(sibling, 1)]), NOW - DAY)
    answer = site.trail(site.layer()).calls(DELETED, WEEK)
    assert [call.resource for call in answer.items] == ["a"]


def test_an_account_nobody_knows_is_refused_by_its_id(site: Site) -> None:
    """Never an empty answer."""
    ask = replace(site.ask(PRODUCTION), scope=Scope((Account("999999999999", "stranger", (REGION,)),)))
    with pytest.raises(BotError, match="None of these accounts"):
        site.layer().trail(ask).ask(ALL, WEEK)
    assert LABELS
