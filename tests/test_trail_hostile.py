"""Values that mean harm: none changes what a question means, whatever it holds."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
import sqlglot
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import exp

from bot.errors import BadRequest
from bot.logic.trail_records import call, fits
from bot.logic.trail_rows import calls_query
from bot.logic.trail_view import TrailTable, Within, bounded, literal
from bot.model.observation import Window
from bot.model.question import Parameter
from bot.model.trail import TrailQuery, Wanted
from bot.questions.kinds import read
from bot.questions.load import load
from sandbox.fakes_hostile import SNIPPETS
from sandbox.fakes_trail import PRODUCTION, REGION
from sandbox.fakes_trail_site import NOW, Site, served
from sandbox.fakes_trail_story import story

TIMELINE = load(given={"operate_role": "x"}, known_settings=["trail.about_people"]).by_name["timeline"]
TABLE = TrailTable("logs", "trail", frozenset({"useridentity.sessioncontext.sourceidentity"}), "sagewatch-operate")
WEEK = Window(datetime(2026, 11, 18, 9, tzinfo=UTC), datetime(2026, 11, 25, 9, tzinfo=UTC))
SQL = (
    *("'", "''", "'''", "\\'", "\\", '"', "' OR '1'='1", "' OR 1=1 --", "'; DROP TABLE trail; --", "x') > 0 OR (true"),
    *(
        "' UNION ALL SELECT * FROM secrets --",
        "/*",
        "*/",
        "--",
        "' --",
        "-- '",
        ";",
        "?",
        "? ?",
        "$1",
        "{name}",
        "%(x)s",
    ),
    *(
        "'||(SELECT max(arn) FROM x)||'",
        "\u2019 OR \u20191\u2019=\u20191",
        "\uff07",
        "\u02bc",
        "%27",
        "&#39;",
        "U&'\\0027'",
    ),
    *("%", "_", "%' ESCAPE '", "E'\\x27'", "CAST(1 AS varchar)", "NULL", "TRUE", "1e999", "0x27", "\U0001f409'"),
    *("a" * 65_536, "'" * 65_536, "'" * 200, "x" * 199 + "'"),
)
HOSTILE = tuple(dict.fromkeys((*SQL, *SNIPPETS)))


def values() -> Iterator[str]:
    """At least 200 of them: each alone, and joined at random."""
    any_ = Random(7)  # noqa: S311  # the same each time is what is wanted
    yield from HOSTILE
    while True:
        yield "".join(any_.choices(HOSTILE, k=any_.choice((2, 3))))[:190]


def placed(query: TrailQuery) -> str:
    """The statement as Athena makes it: each literal in the place of its question mark."""
    made = bounded(query, TABLE, Within(["222222222222"], ["us-west-2"], WEEK, ("s3://b/o'brien",)))
    assert made.sql.count("?") == len(made.values), "a question mark in a text may be taken for a placeholder"
    literals = iter([literal(value) for value in made.values])
    text = re.sub(r"\?", lambda _: next(literals), made.sql)
    assert next(literals, None) is None
    return text


def meant(sql: str) -> tuple[exp.Expression, list[str]]:
    """The statement's tree without its texts, and these in order."""
    (tree,) = sqlglot.parse(sql, dialect="athena")
    assert tree is not None
    texts = [one for one in tree.find_all(exp.Literal) if one.is_string]
    said = [str(one.this) for one in texts]
    for one in texts:
        one.set("this", "")
    return tree, said


def assert_harmless(word: str) -> None:
    """It is refused, or its statement is the harmless one's but for the one text."""
    try:
        text = str(read(Parameter("name", "resource", ""), word))
    except BadRequest:
        return
    for make in (lambda w: TrailQuery(TIMELINE.select, (w,), 9), lambda w: calls_query(Wanted("X", w))):
        tree, said = meant(placed(make(text)))
        other, harmless = meant(placed(make("harmless")))
        assert tree == other
        assert said == [text if one == "harmless" else one for one in harmless]


def test_two_hundred_hostile_values_change_no_query_s_meaning() -> None:
    """Quotes, comments, unions, Unicode, 64 KB."""
    some = [value for value, _ in zip(values(), range(210), strict=False)]
    for word in some:
        assert_harmless(word)
    assert len(some) == 210


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=250))
def test_no_text_changes_a_query_s_meaning(word: str) -> None:
    """Whatever it is."""
    assert_harmless(word)


@given(st.text(max_size=300))
def test_a_literal_is_one_text(word: str) -> None:
    """Between its quotes every quote is doubled."""
    made = literal(word)
    assert made[0] == made[-1] == "'"
    assert made[1:-1].replace("''", "") == word.replace("'", "")
    assert made[1:-1].count("'") == 2 * word.count("'")


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """With the bank's story, and one endpoint whose name is a quote's."""
    with served() as made:
        made.deliver(story(NOW))
        yield made


@pytest.mark.parametrize(
    "word", ["' OR '1'='1", "''", "\\", "%", "bank_marketing", "x') > 0 OR (true", "\U0001f409'", "?"]
)
def test_athena_finds_what_has_the_text_in_it_and_nothing_else(site: Site, word: str) -> None:
    """The same as looking through the records one by one."""
    month = Window(NOW - timedelta(days=30), NOW)
    wanted = Wanted(resource=word)
    expected = {
        one.id
        for body in story(NOW)
        if (one := call(body, (PRODUCTION, REGION), "sagewatch-operate"))
        and body["recipientAccountId"] == PRODUCTION
        and month.start <= one.at < month.end
        and fits(one, body, wanted)
    }
    found = site.trail(site.shared, PRODUCTION).calls(wanted, month)
    assert {one.id for one in found.items} == expected
