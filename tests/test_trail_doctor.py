"""What `doctor` and `trail-table` find of a trail: layouts, freshness, rights, and the lines that mend it."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from bot.aws.trail_ground import Trails
from bot.aws.trail_health import TrailHealth
from bot.errors import BotError
from bot.logic.check_questions import question_checks
from bot.logic.trail_layout import (
    COLUMNS,
    Layout,
    TrailFound,
    adding,
    ddl,
    fields,
    layout_of,
    layout_of_template,
    mending,
)
from bot.model.checkup import Check
from bot.model.question import Fault, Questions
from bot.settings import TrailPart
from bot.setup.trail_table import statement
from sandbox import fakes_trail as people
from sandbox import fakes_trail_files as files
from sandbox.fakes_trail import OBSERVABILITY, PRODUCTION, REGION, TEST, Told
from sandbox.fakes_trail_site import LOGS, NOW, ROOT, Site, served

ORG = "o-abcdefghij"
LAYOUTS = {
    f"{ORG}/AWSLogs/{ORG}/": "Control Tower, landing zone 3.0 and later",
    f"{ORG}/AWSLogs/": "Control Tower before landing zone 3.0",
    f"AWSLogs/{ORG}/": "organisation trail",
    f"trails/AWSLogs/{ORG}/": "organisation trail",
    "AWSLogs/": "a trail in each account",
    "team/AWSLogs/": "a trail in each account",
}


@pytest.mark.parametrize(("root", "kind"), LAYOUTS.items())
def test_every_layout_is_known_by_a_file_s_key_and_by_a_table_s_template(root: str, kind: str) -> None:
    """Digests and insights follow none."""
    key = files.key(root, PRODUCTION, REGION, NOW)
    found = layout_of("logs", key)
    assert found == Layout("logs", root)
    assert found.kind == kind
    assert layout_of_template(found.template) == found
    assert key.startswith(found.prefix(PRODUCTION, REGION, f"{NOW:%Y/%m/%d}"))
    assert layout_of("logs", key.replace("/CloudTrail/", "/CloudTrail-Digest/")) is None


def test_a_table_of_a_hundred_accounts_and_more_names_none() -> None:
    """An enum holds a few dozen; beyond, each question says which."""
    layout = Layout("logs", "AWSLogs/")
    few = ddl(layout, "a.b", ["1", "2"], [REGION], date(2026, 1, 1))
    many = ddl(layout, "a.b", [f"{n:012}" for n in range(101)], [REGION], date(2026, 1, 1))
    assert "'projection.account.values' = '1,2'" in few
    assert "'projection.account.type' = 'injected'" in many
    assert "projection.account.values" not in many


def test_fields_of_a_struct_are_its_paths() -> None:
    """However deep, past arrays and maps."""
    kind = "struct<a:string, b:struct<c:array<struct<x:int>>,d:map<string,string>>,e:string>"
    assert list(fields("top", kind)) == ["top", "top.a", "top.b", "top.b.c", "top.b.d", "top.e"]
    assert "useridentity.sessioncontext.sourceidentity" in set(fields("useridentity", COLUMNS["useridentity"]))


def test_mending_names_what_lacks() -> None:
    """Nothing of a whole table; a column that is needed; one field of two."""
    whole = [path for name, kind in COLUMNS.items() for path in fields(name, kind)]
    assert list(mending("a.b", whole)) == []
    ((said, line),) = mending("a.b", [p for p in whole if not p.endswith("sourceidentity")])
    assert said == "sourceidentity"
    assert line.startswith("ALTER TABLE a.b CHANGE COLUMN useridentity useridentity STRUCT<")
    assert list(mending("a.b", [p for p in whole if p != "eventid"])) == [
        ("eventid", "ALTER TABLE a.b ADD COLUMNS (eventid STRING)")
    ]


@pytest.fixture(scope="module")
def started() -> Iterator[Site]:
    """One for all."""
    with served() as site:
        yield site


@pytest.fixture
def site(started: Site) -> Site:
    """With fresh files of two accounts and one that is late."""
    started.empty()
    started.table()
    made = ((0.01, OBSERVABILITY), (0.02, PRODUCTION), (0.5, TEST))
    started.deliver(people.record(Told(d, a, people.MAYA, "CreateEndpoint", {}), NOW) for d, a in made)
    return started


def checks(site: Site, *accounts: str) -> list[Check]:
    """The trail's lines."""
    layer = site.layer()
    trails: Trails | None = layer.trails
    return list(TrailHealth(trails).checks(site.ask(*accounts)))


def test_no_trail_has_no_lines(site: Site) -> None:
    """Who has none is not told of it."""
    assert list(TrailHealth(None).checks(site.ask())) == []


def test_a_trail_that_is_well_is_told_part_by_part(site: Site) -> None:
    """Layout, freshness of each account, Athena, look-ups; what is late is a warning."""
    found = {(c.subject, c.status): c.said for c in checks(site)}
    assert found["observability.trail", "good"] == (
        f"Control Tower, landing zone 3.0 and later, under s3://{LOGS}/{ROOT}"
    )
    assert found["ml-production (222222222222) in us-west-2", "good"] == "log files are fresh"
    assert found["ml-test (333333333333) in us-west-2", "warn"] == "the newest log file is 11 h 54 min old"
    assert found["Athena", "good"].startswith("a question was answered (")
    assert found["ml-production (222222222222)", "good"] == "what no log file has yet can be looked up"


def test_what_is_wrong_is_a_line_with_its_next_step(site: Site) -> None:
    """An account that the table lacks, one that is silent, a look-up that is refused, a damaged file, no table."""
    site.table(accounts=(OBSERVABILITY, PRODUCTION))
    site.put(files.key(ROOT, PRODUCTION, REGION, NOW - timedelta(minutes=20)), b"x", NOW)
    site.aws.fault("deny", PRODUCTION, "cloudtrail:LookupEvents", 1)
    found = checks(site)
    (lacking,) = [c for c in found if c.subject == "observability.trail"]
    assert (lacking.status, lacking.next_step) == (
        "warn",
        adding("observability.trail", "account", [OBSERVABILITY, PRODUCTION, TEST]),
    )
    refused = next(c for c in found if c.subject == "ml-production (222222222222)")
    assert (refused.status, "lacks cloudtrail:LookupEvents" in refused.said) == ("warn", True)
    asked = next(c for c in found if c.subject == "Athena")
    assert (asked.status, "1 damaged log file left out" in asked.said) == ("warn", True)
    site.empty()
    assert {c.status for c in checks(site, PRODUCTION) if "in us-west-2" in c.subject} == {"bad"}
    site.athena("DROP TABLE observability.trail")
    (alone,) = checks(site)
    assert (alone.status, "no table" in alone.said) == ("bad", True)


def test_the_table_s_statement_is_found_in_the_bucket_and_works(site: Site) -> None:
    """Layout, accounts, Regions, the first year; run as it is printed it makes a table that answers."""
    found = site.shared.trail_layout(site.ask(), REGION, LOGS, "")
    assert found == TrailFound(Layout(LOGS, ROOT), (OBSERVABILITY, PRODUCTION, TEST), (REGION,), date(2026, 1, 1))
    printed = statement(TrailPart(table="observability.trail"), found)
    assert printed.startswith(f"-- Control Tower, landing zone 3.0 and later: s3://{LOGS}/{ROOT}\n-- 3 accounts,")
    site.athena("DROP TABLE observability.trail")
    for one in "".join(line for line in printed.splitlines(keepends=True) if line[:2] != "--").split(";"):
        if one.strip():
            site.athena(one)
    assert [c.status for c in checks(site, PRODUCTION)] == ["good"] * 4


def test_other_layouts_beside_it_are_named_and_none_is_an_error(site: Site) -> None:
    """One table has one layout."""
    site.put(files.key("old/AWSLogs/", PRODUCTION, REGION, NOW), b"", NOW)
    found = site.shared.trail_layout(site.ask(), REGION, LOGS, "")
    assert found.others == (Layout(LOGS, "old/AWSLogs/"),)
    assert "not in this table: a trail in each account" in statement(TrailPart(), found)
    with pytest.raises(BotError, match="No CloudTrail log file"):
        site.shared.trail_layout(site.ask(), REGION, LOGS, "nowhere/")


def test_damaged_question_files_are_lines_of_the_doctor() -> None:
    """By line and reason."""
    (line,) = question_checks(Questions({}, (Fault("mine.sql", 3, "limit is empty"),)))
    assert (line.subject, line.status, line.said) == ("mine.sql", "bad", "line 3: limit is empty")
    assert list(question_checks(Questions())) == []
