"""Question files: what is read, and what is wrong with one told by line and reason while the others live."""

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import BadRequest
from bot.model.question import Parameter, Question
from bot.questions.kinds import MOST_TEXT, read
from bot.questions.load import load, question
from bot.questions.tokens import Unreadable, tokens

HEAD = """-- title: Endpoints created
-- group: Endpoints
-- question: Who created endpoints?
-- param: endpoint resource optional - part of the name
-- param: least integer 1..30 = 2 - times at least
-- limit: 50
-- since: 30d
-- example: mine endpoint=fraud since=1d
-- expect: actor=maya | result=done
"""
SQL = """SELECT eventtime, actor FROM events -- read once
WHERE (:endpoint = '' OR strpos(mentions, lower(:endpoint)) > 0) AND 3 > :least -- not :this one
ORDER BY eventtime DESC
"""


def read_file(text: str = HEAD + SQL, file: str = "mine.sql") -> Question:
    """As the loader reads it."""
    return question(file, text, {"operate_role": "sagewatch-operate"})


def test_a_file_is_a_question() -> None:
    """Header, typed parameters, SQL with a `?` for each use of one, in order; comments are gone."""
    one = read_file()
    assert (one.name, one.limit, one.since, one.reads) == ("mine", 50, timedelta(days=30), 1)
    assert one.slots == ("endpoint", "endpoint", "least")
    assert one.select.count("?") == 3
    assert "--" not in one.select
    assert one.parameters[1] == Parameter("least", "integer", "times at least", 2, 1, 30)
    assert one.expected == ({"actor": "maya", "result": "done"},)
    assert one.example == "endpoint=fraud since=1d"


@pytest.mark.parametrize(
    ("before", "after", "line", "reason"),
    [
        ("-- limit: 50\n", "", 1, "lacks limit"),
        ("-- limit: 50", "-- limit: 5000", 6, "from 1 to 1000"),
        ("-- since: 30d", "-- since: soon", 7, "soon is no duration"),
        ("-- group:", "-- gruop:", 2, "no gruop; did you mean group?"),
        ("-- since: 30d", "-- limit: 30", 7, "limit is said twice"),
        ("-- title: Endpoints created", "-- title:", 1, "title is empty"),
        ("endpoint resource optional", "endpoint text optional", 4, "there is no kind text"),
        ("endpoint resource optional", "since resource optional", 4, "the name since is taken"),
        ("least integer 1..30 = 2", "least integer = 2", 5, "bounds"),
        ("least integer 1..30 = 2", "least integer 1..30 = 31", 5, "the default of least is no integer"),
        ("least integer 1..30 = 2", "least integer 1..30 optional", 5, "cannot be empty"),
        ("least integer 1..30 = 2", "least resource = {nobody}", 5, "the default of least"),
        ("least integer 1..30 = 2 -", "least -", 5, "param is:"),
        ("-- expect: actor=maya", "-- expect: actor", 9, "expect is column=value"),
        ("example: mine", "example: yours", 8, "begins with the question's name, mine"),
        ("SELECT eventtime", "DELETE eventtime", 10, "one SELECT"),
        ("FROM events", "FROM secrets", 10, "not secrets"),
        ("FROM events", 'FROM "secrets"', 10, "reads FROM events"),
        ("FROM events", "FROM events.secrets", 10, "reads FROM events"),
        ("FROM events", "FROM events, secrets", 10, "not by a comma"),
        ("FROM events", "FROM events e JOIN secrets s ON 1 = 1", 10, "not secrets"),
        ("FROM events", "FROM (secrets)", 10, "not secrets"),
        ("FROM events", "FROM ((secrets s)) JOIN events ON true", 10, "not secrets"),
        ("FROM events", "FROM (TABLE secrets) x", 10, "not table"),
        ("FROM events", "FROM (SELECT * FROM secrets) x", 10, "not secrets"),
        ("FROM events", "FROM (VALUES 1) x", 10, "not values"),
        ("3 > :least", "3 > :least AND 1 IN (TABLE secrets)", 11, "TABLE has no place"),
        ("3 > :least", "3 IN (SELECT 1 FROM secrets WHERE 3 > :least)", 11, "not secrets"),
        ("SELECT eventtime", "SELECT :least, eventtime", 10, "outside WHERE"),
        ("SELECT eventtime", "SELECT count(*) FILTER (WHERE 1 = :least), eventtime", 10, "outside WHERE"),
        ("ORDER BY eventtime DESC", "ORDER BY :least", 12, "outside WHERE"),
        ("ORDER BY eventtime DESC", "", 11, "ORDER BY"),
        ("DESC\n", "DESC LIMIT 5\n", 12, "not LIMIT"),
        ("DESC\n", "DESC; DROP TABLE x\n", 12, "no ;"),
        (":least --", "? --", 11, "name the placeholder"),
        (":least --", ":last --", 11, ":last is not declared"),
        (" AND 3 > :least", "", 1, "least is never used"),
        ("= ''", "= '", 11, "never closed"),
        ("lower(:endpoint)", "lower((:endpoint)", 12, "a ( is never closed"),
        ("lower(:endpoint)", "lower(:endpoint)))", 11, "a ) closes nothing"),
        ("SELECT", "WITH events AS (SELECT 1) SELECT", 10, "events is the trail"),
        ("SELECT", "WITH RECURSIVE a AS (SELECT 1) SELECT", 10, "RECURSIVE has no place"),
        ("-- read once", "/* read once */", 10, "a comment is written"),
        ("-- read once", "/* ' */ JOIN secrets ON true --'", 10, "a comment is written"),
    ],
)
def test_what_is_wrong_is_named_by_line_and_reason(before: str, after: str, line: int, reason: str) -> None:
    """One change to a good file each."""
    assert before in HEAD + SQL
    with pytest.raises(Unreadable) as told:
        read_file((HEAD + SQL).replace(before, after, 1))
    assert reason in told.value.reason
    assert told.value.line == line


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT extract(day FROM now()) FROM events WHERE 1 = :least AND '' = :endpoint ORDER BY 1",
        "SELECT 1 FROM events WHERE actor IS DISTINCT FROM :endpoint AND 1 = :least ORDER BY 1",
        """WITH a AS (SELECT actor FROM events WHERE actor = :endpoint), b AS (SELECT actor FROM a)
        SELECT row_number() OVER (PARTITION BY actor ORDER BY actor) FROM b WHERE 1 = :least ORDER BY 1""",
        "SELECT (SELECT max(day) FROM events WHERE actor = :endpoint) FROM events WHERE 2 > :least ORDER BY 1",
        """SELECT v FROM events CROSS JOIN UNNEST(split(mentions, ' ')) AS t (v)
        WHERE v = :endpoint AND 1 IN (:least, 2) ORDER BY 1""",
    ],
)
def test_what_a_question_may_be(sql: str) -> None:
    """Windows, common tables, sub-queries, UNNEST."""
    assert read_file(HEAD + sql).slots == tuple(t.text for t in tokens(sql) if t.kind == "parameter")


def test_a_damaged_file_hides_no_other(tmp_path: Path) -> None:
    """Each fault has its file; a name that is taken, bytes that are no text, a setting that nobody knows are faults."""
    files = {
        "mine.sql": (HEAD + SQL).encode(),
        "Bad-Name.sql": (HEAD + SQL).encode(),
        "broken.sql": b"-- title: x\n\xff",
        "endpoint_created.sql": (HEAD + SQL).replace("example: mine", "example: endpoint-created").encode(),
        "large.sql": b"-" * 100_001,
        "set.sql": (HEAD + "-- setting: trail.magic\n" + SQL).replace("example: mine", "example: set").encode(),
    }
    for name, body in files.items():
        (tmp_path / name).write_bytes(body)
    found = load(str(tmp_path), given={"operate_role": "x"}, known_settings=["trail.about_people"])
    assert found.by_name["mine"].own
    assert not found.by_name["endpoint-created"].own
    told = {f.file: (f.line, f.reason) for f in found.faults}
    assert told.keys() == files.keys() - {"mine.sql"}
    assert told["broken.sql"] == (2, "it is not UTF-8")
    assert "already" in told["endpoint_created.sql"][1]
    assert "trail.magic" in told["set.sql"][1]


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    """And the bot's own questions live."""
    found = load(str(tmp_path / "none"), given={"operate_role": "x"}, known_settings=["trail.about_people"])
    assert "cannot be read" in found.faults[0].reason
    assert found.by_name


ONE = {
    "event": "CreateEndpoint",
    "resource": 'fraud\'s "endpoint"; --',
    "person": "maya@example.com",
    "account": "222222222222",
    "day": "2026-11-20",
    "duration": "1h30m",
    "integer": "7",
}


@pytest.mark.parametrize(("kind", "word"), ONE.items())
def test_each_kind_reads_its_words(kind: str, word: str) -> None:
    """Texts as they are, durations as seconds, integers as numbers."""
    value = read(Parameter("x", kind, "", low=1, high=9), word)
    assert value == {"duration": 5400, "integer": 7}.get(kind, word)


@pytest.mark.parametrize(
    ("kind", "word"),
    [
        ("event", "Create Endpoint"),
        ("event", "x' OR 1=1"),
        ("resource", ""),
        ("resource", "a\nb"),
        ("resource", "x" * (MOST_TEXT + 1)),
        ("account", "22222222222\uff12"),
        ("account", "prod"),
        ("day", "yesterday"),
        ("duration", "7"),
        ("integer", "0"),
        ("integer", "10"),
        ("integer", "7.0"),
        ("integer", "\u0667"),
    ],
)
def test_what_is_out_of_bounds_is_refused_about_its_parameter(kind: str, word: str) -> None:
    """A form shows it at the field."""
    with pytest.raises(BadRequest) as told:
        read(Parameter("x", kind, "", low=1, high=9), word)
    assert told.value.field == "x"


def line_at_fault(text: str) -> int:
    """1 where nothing is wrong."""
    try:
        read_file(text)
    except Unreadable as error:
        return error.line
    return 1


@given(st.text(max_size=200))
def test_any_text_is_read_or_told(text: str) -> None:
    """A file of a team's own may hold anything."""
    assert 1 <= line_at_fault(text) <= text.count("\n") + 2


@given(st.text(max_size=120))
def test_any_sql_is_read_or_told(sql: str) -> None:
    """After a header that is right."""
    assert line_at_fault(HEAD + sql) <= (HEAD + sql).count("\n") + 1
