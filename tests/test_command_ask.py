"""`/ml ask`: which questions there are, values as words or by a form, rows as a table, the price before the run."""

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.errors import BadRequest
from bot.model.account import Account, Scope
from bot.model.person import Person
from bot.model.question import Fault, Questions
from bot.model.reply import Actions, Form, Menu, Number, Paragraph, Press, Reply, Table, TextField, Time, User
from bot.model.trail import Estimate, TrailQuery
from bot.ports import Ask
from bot.questions.load import load
from bot.registry import Registry, discover
from bot.render import message
from bot.render.forms import view
from bot.render.inline import words
from commands.ask import ask_, ask_with
from commands.cancel import cancel
from sandbox.fakes_hostile import SNIPPETS
from sandbox.fakes_trail_port import FakeTrail, Trailed
from sandbox.slack.check_surface import problems_of

NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)
PROD = Account("222222222222", "ml-production", ("us-west-2",))
LOADED = load(given={"operate_role": "sagewatch-operate"}, known_settings=["trail.about_people"])


@pytest.fixture(scope="module")
def registry() -> Registry:
    """What people type goes through it."""
    import commands

    return discover(commands)


@dataclass
class Auditor:
    """Somebody who asks."""

    registry: Registry
    trailed: Trailed = field(default_factory=Trailed)
    questions: Questions = LOADED

    def ask(self, line: str = "ask", fields: dict[str, str] | None = None, **more: Any) -> Reply | Form:
        """What comes of a line, which Slack takes and which is the asker's alone."""
        from bot.parse import Reader

        read = self.registry.read(line, Reader(NOW), form=line.startswith("ask-with"), extra=fields)
        asked = Ask(
            Person("U1", "T1", "Ana"), NOW, Scope((PROD,)), time.monotonic() + 9, narrowing=read.narrowing(), **more
        )
        values: dict[str, Any] = dict(read.values)
        if line.startswith("ask-with"):
            return ask_with(self.questions, asked, **values)
        reply = ask_(FakeTrail(self.trailed, asked), self.questions, self.registry, asked, **values)
        if isinstance(reply, Reply):
            assert problems_of(message(reply).blocks, "message") == []
            assert (reply.private, reply.shareable) == (True, False)
        return reply

    def answer(self, line: str, **more: Any) -> Reply:
        """No form."""
        reply = self.ask(line, **more)
        assert isinstance(reply, Reply)
        return reply

    def form(self, line: str) -> Form:
        """No answer."""
        form = self.ask(line)
        assert isinstance(form, Form)
        view(form)
        return form

    def query(self) -> TrailQuery:
        """What the trail was asked last."""
        query, _ = self.trailed.asked[-1]
        assert isinstance(query, TrailQuery)
        return query


@pytest.fixture
def auditor(registry: Registry) -> Auditor:
    """With three rows to every question."""
    made = Auditor(registry)
    made.trailed.rows = (
        ("2026-11-20T09:00:00Z", "maya@example.com", "Identity Center user", PROD.id, 3.0),
        ("2026-11-19T09:00:00Z", "AmazonSageMaker-Execution", "shared role", PROD.id, 1234567.0),
        ("2026-11-18T09:00:00Z", "U0MAYA123", "Slack, through this bot", "555555555555", None),
    )
    return made


def table(reply: Reply) -> Table:
    """The only one."""
    return next(part for part in reply.parts if isinstance(part, Table))


def presses(reply: Reply) -> dict[str, str]:
    """Buttons by label."""
    items = [item for part in reply.parts if isinstance(part, Actions) for item in part.items]
    return {item.label: item.line for item in items if isinstance(item, Press)}


def test_questions_are_listed_by_group_with_what_they_want(auditor: Auditor) -> None:
    """Those that are off say which setting allows them, and cannot be chosen; damaged files are named."""
    auditor.questions = Questions(LOADED.by_name, (Fault("mine.sql", 3, "limit is empty"),), LOADED.allowed)
    reply = auditor.answer("ask")
    text = "\n".join(words(part.text) for part in reply.parts if isinstance(part, Paragraph))
    assert "Endpoints\n/ml ask capture-disabled" in text
    assert "/ml ask timeline  Everything about one resource (name=…)" in text
    assert "/ml ask busy-people  Who changes most (off: trail.about_people)" in text
    assert "mine.sql, line 3: limit is empty" in repr(reply.parts)
    (menu,) = [
        item for part in reply.parts if isinstance(part, Actions) for item in part.items if isinstance(item, Menu)
    ]
    assert len(menu.items) == len(LOADED.by_name) - 2
    assert words(reply.text) == "27 questions to CloudTrail"


def test_rows_are_told_in_people_s_words(auditor: Auditor) -> None:
    """Times, labels of accounts, numbers, who it was and who cannot be told."""
    found = table(auditor.answer("ask endpoint-created since=30d"))
    assert [c.title for c in found.columns] == ["When", "Who", "Known by", "Account", "Times"]
    assert found.rows[0][0] == Time(NOW - timedelta(days=5))
    assert found.rows[0][3] == "ml-production"
    assert found.rows[1][1:3] == ("cannot be told", "shared role AmazonSageMaker-Execution, used without a name")
    assert found.rows[1][4] == Number(1234567.0, "1,234,567")
    assert found.rows[2][1] == (User("U0MAYA123"),)
    assert found.rows[2][3:] == ("555555555555", "")


def test_values_are_bound_where_they_stand(auditor: Auditor) -> None:
    """By name, without one where one must be given, and for every placeholder; nothing of it is in the SQL."""
    auditor.answer('ask endpoint-created endpoint="fraud two" since=2d')
    assert auditor.query().values == ("fraud two", "fraud two")
    assert "fraud" not in auditor.query().select
    auditor.answer('ask timeline "bank marketing"')
    assert auditor.query().values == ("bank marketing",)
    auditor.answer("ask capture-disabled percent=50 until=2026-11-20T09:00Z since=1d")
    assert auditor.query().values == (50,)
    _, window = auditor.trailed.asked[-1]
    assert (window.start, window.end) == (NOW - timedelta(days=6), NOW - timedelta(days=5))


@pytest.mark.parametrize(
    ("line", "cause"),
    [
        ("ask endpoint-craeted", "did you mean endpoint-created"),
        ("ask endpoint-created endpont=x", "no endpont=; did you mean endpoint?"),
        ("ask endpoint-created x y", "y is not understood here"),
        ("ask capture-disabled percent=500", "no whole number from 1 to 100"),
        ("ask person person=ana", "is off here"),
        ("ask endpoint-created run=maybe", "neither yes nor no"),
    ],
)
def test_a_wrong_word_is_told(auditor: Auditor, line: str, cause: str) -> None:
    """With the nearest right one, and nothing is asked."""
    with pytest.raises(BadRequest) as told:
        auditor.ask(line)
    assert cause in told.value.cause
    assert auditor.trailed.asked == []


def test_what_is_off_says_which_setting_allows_it(auditor: Auditor) -> None:
    """And answers once it is set."""
    with pytest.raises(BadRequest) as told:
        auditor.ask("ask busy-people")
    assert "trail.about_people = true" in told.value.next_step
    auditor.questions = Questions(LOADED.by_name, (), frozenset({"trail.about_people"}))
    assert isinstance(auditor.ask("ask busy-people"), Reply)


def test_a_missing_value_opens_a_form_that_asks_the_same(auditor: Auditor) -> None:
    """A field for each parameter and for the time; what was typed is kept; sent, it asks."""
    made = auditor.form("ask timeline account=ml-production")
    assert [(f.name, getattr(f, "initial", "")) for f in made.fields] == [("name", ""), ("since", "7d")]
    assert made.line == "ask timeline account=ml-production"
    auditor.ask(made.line, {"name": 'fraud "2"', "since": "3d"})
    assert auditor.query().values == ('fraud "2"',)
    filled = auditor.form("ask-with capture-disabled percent=80 since=1209600s")
    assert [f.initial for f in filled.fields if isinstance(f, TextField)] == ["80", "14d"]


def test_buttons_ask_the_same_over_other_spans(auditor: Auditor) -> None:
    """With its values and the narrowing, or with other values."""
    found = presses(auditor.answer('ask endpoint-created endpoint="a b" account=ml-production since=3d'))
    line = 'ask endpoint-created endpoint="a b" account=ml-production'
    assert found["30 d"] == f"{line} since=30d"
    assert found["Refresh"] == f"{line} since=259200s"
    assert found["Other Values…"] == 'ask-with endpoint-created endpoint="a b" account=ml-production since=259200s'
    assert auditor.form(found["Other Values…"]).fields[0] == TextField(
        "endpoint", "Part of the endpoint's name", optional=True, initial="a b", max_chars=200
    )


def test_the_price_comes_before_what_is_dear(auditor: Auditor) -> None:
    """Nothing runs until somebody says so."""
    auditor.trailed.estimate = Estimate(2**40, 5.0, dear=True)
    reply = auditor.answer("ask endpoint-created since=30d")
    assert words(reply.text) == "That would read at most 1 TB, US$5.00."
    assert auditor.trailed.asked == []
    auditor.answer(presses(reply)["Run It"])
    assert len(auditor.trailed.asked) == 1


def test_no_rows_and_too_many_are_said(auditor: Auditor) -> None:
    """What was looked at; that there is more than is shown."""
    auditor.trailed.rows = ()
    reply = auditor.answer("ask denied")
    assert "Nothing of that in 1 account, us-west-2" in "".join(
        words(part.text) for part in reply.parts if isinstance(part, Paragraph)
    )
    auditor.trailed.rows = (("2026-11-20T09:00:00Z", "ana", "IAM user", PROD.id, 1.0),) * 201
    assert words(auditor.answer("ask denied").text).startswith(
        "Calls to SageMaker that were denied: more than 200 rows"
    )


def test_whoever_waits_hears_how_far_it_is_and_can_end_it(auditor: Auditor) -> None:
    """The run's id is told as soon as there is one, and `cancel` ends it."""
    said: list[str] = []
    runs: list[str] = []
    auditor.answer("ask denied", progress=said.append, running=runs.append)
    assert said == ["Athena has read 2 GB so far…"]
    asked = Ask(Person("U1", "T1", "Ana"), NOW, Scope((PROD,)), time.monotonic() + 9)
    cancel(FakeTrail(auditor.trailed, asked), run=runs[0])
    assert auditor.trailed.stopped == runs


@pytest.mark.parametrize("text", SNIPPETS)
def test_hostile_cells_stay_cells(auditor: Auditor, text: str) -> None:
    """Whoever may call AWS may write into the trail: no name of theirs is more than text, nor a formula."""
    auditor.trailed.columns = ("actor", "known_by", "account", "message", "eventtime")
    auditor.trailed.rows = ((text, "session name", text, text, text), (text, "shared role", None, None, None))
    reply = auditor.answer("ask denied")
    assert problems_of(message(reply).blocks, "message") == []
    assert "<!channel>" not in repr(message(reply).fallback)
