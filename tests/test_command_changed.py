"""`/ml changed` and the card's button: changes before an incident, the closest first, said once in its thread."""

import time
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.errors import AccessDenied, BadRequest, BotError, NotAllowed
from bot.logic.suspects import BEFORE, LONGEST, lookout
from bot.model.account import Account, Scope
from bot.model.observation import Window
from bot.model.person import Person
from bot.model.post import CardKey
from bot.model.reply import Actions, Column, Press, Reply, Table, User
from bot.model.trail import Estimate
from bot.parse import Number
from bot.ports import Ask, Failure
from bot.render import message
from bot.render.inline import words
from commands.changed import MOST_SHOWN, changed
from sandbox import fakes_trail as people
from sandbox.fakes import PLACE, FakeRoutes, at, run
from sandbox.fakes_fleet import FakeInventory
from sandbox.fakes_incident import Story
from sandbox.fakes_notices import FakeNotices
from sandbox.fakes_trail import Told
from sandbox.fakes_trail_port import FakeTrail, Trailed
from sandbox.slack.check_surface import problems_of

HOUR = timedelta(hours=1)
BEGAN = at(30)
NOW = at(31)
DATA = Window(at(28), at(29))
HOME = Account(PLACE.account_id, "ml-production", (PLACE.region,))
ELSEWHERE = Account("333333333333", "ml-test", (PLACE.region,))


def told(
    hour: float, event: str, request: dict[str, Any], who: people.Who = people.MAYA, **more: Any
) -> dict[str, Any]:
    """A record of the incident's place."""
    ago = (NOW - at(hour)) / timedelta(days=1)
    made = people.record(Told(ago, more.pop("account", PLACE.account_id), who, event, request, **more), NOW)
    return {**made, "awsRegion": PLACE.region}


@dataclass
class Auditor:
    """Somebody who asks about #1, which began at 30 h with data of 28 h to 29 h."""

    trailed: Trailed = field(default_factory=Trailed)
    notices: FakeNotices = field(default_factory=FakeNotices)
    accounts: tuple[Account, ...] = (HOME,)
    story: Story = field(default_factory=Story)

    def __post_init__(self) -> None:
        self.story.hears(replace(run(30, {"accuracy": 0.7}), window=DATA))

    def asks(self, *, number: int = 1, **given: Any) -> Reply:
        """The answer, which Slack takes and which is the asker's alone."""
        ask = Ask(Person("U1", "T1", "Ana"), NOW, Scope(self.accounts), time.monotonic() + 9)
        ask = replace(ask, whole=given.pop("whole", False))
        trail = FakeTrail(self.trailed, ask)
        reply = changed(
            trail,
            self.story.store,
            FakeInventory(),
            self.notices,
            FakeRoutes(),
            ask,
            number=Number(number, None),
            **given,
        )
        assert ask.whole or problems_of(message(reply).blocks, "message") == []
        assert (reply.private, reply.shareable) == (True, False)
        return reply


def rows(reply: Reply) -> list[tuple[str, ...]]:
    """Who, event, resource and how close, of each row."""
    (table,) = [part for part in reply.parts if isinstance(part, Table)]
    at_ = {column.title: n for n, column in enumerate(table.columns)}
    shown = [name for name in ("Who", "Event", "Resource", "Close to") if name in at_]
    return [tuple(_flat(row[at_[name]]) for name in shown) for row in table.rows]


def _flat(cell: Any) -> str:
    return words(cell) if isinstance(cell, tuple) else str(cell)


CLOSE = told(26, "UpdateEndpoint", {"endpointName": "bank-marketing-endpoint"})
MODELS = told(29.5, "CreateModel", {"modelName": "churn-4"}, people.PIPELINE)
ACCOUNT = told(29.9, "PutRolePolicy", {"roleName": "serving"}, service="iam")


def test_the_closest_comes_first_then_the_latest() -> None:
    """Its own resources, then models of its account, then the rest of the account."""
    auditor = Auditor(Trailed([ACCOUNT, MODELS, CLOSE]))
    assert [row[1:] for row in rows(auditor.asks())] == [
        ("UpdateEndpoint", "bank-marketing-endpoint", "its own"),
        ("CreateModel", "churn-4", "models of its account"),
        ("PutRolePolicy", "serving", "its account"),
    ]


@pytest.mark.parametrize(
    "record",
    [
        told(30.5, "DeleteEndpoint", {"endpointName": "bank-marketing"}),
        told(3, "DeleteEndpoint", {"endpointName": "bank-marketing"}),
        told(29, "DescribeEndpoint", {"endpointName": "bank-marketing"}, read_only=True),
        told(29, "DeleteEndpoint", {"endpointName": "bank-marketing"}, people.by_service),
        told(29, "DeleteEndpoint", {"endpointName": "bank-marketing"}, account=ELSEWHERE.id),
        {**told(29, "DeleteEndpoint", {"endpointName": "bank-marketing"}), "errorCode": people.DENIED},
    ],
    ids=["after it began", "long before", "only reads", "a service", "another account", "denied"],
)
def test_what_cannot_have_caused_it_is_left_out(record: dict[str, Any]) -> None:
    """An answer without changes says what was looked at."""
    auditor = Auditor(Trailed([record]), accounts=(HOME, ELSEWHERE))
    reply = auditor.asks()
    assert reply.text == ("No change by people or pipelines before #1 bank-marketing began",)
    assert [part for part in reply.parts if isinstance(part, Table)] == []
    assert any("Looked from" in words(getattr(part, "text", ())) for part in reply.parts)


def test_the_thread_hears_person_act_resource_and_time_once() -> None:
    """How the person is known stays with the asker; pressed again it is said again only when more is found."""
    auditor = Auditor(Trailed([CLOSE]))
    assert "Said in the card's thread." in said(auditor.asks(thread=True))
    ((channel, reply),) = auditor.notices.said.values()
    (row,) = auditor.notices.rows(channel)
    assert row.card == CardKey(1, 1)
    (table,) = [part for part in reply.parts if isinstance(part, Table)]
    assert table.columns == tuple(map(Column, ("When", "Who", "Event", "Resource")))
    assert "The card's thread has it already." in said(auditor.asks(thread=True))
    auditor.trailed.records.append(MODELS)
    assert "Said in the card's thread." in said(auditor.asks(thread=True))
    assert len(auditor.notices.said) == 2


def said(reply: Reply) -> str:
    """Its notes and footer."""
    return "\n".join([*(words(getattr(p, "text", ())) for p in reply.parts), *map(words, reply.footer)])


def test_the_only_button_of_its_own_is_for_more_of_the_service() -> None:
    """A file is offered beside every table already."""
    (actions,) = [part for part in Auditor(Trailed([CLOSE])).asks().parts if isinstance(part, Actions)]
    assert [item.label for item in actions.items if isinstance(item, Press)] == ["7 Days of This Service"]


def test_nobody_is_told_in_the_thread_who_only_asks() -> None:
    """Typed, the answer is the asker's."""
    auditor = Auditor(Trailed([CLOSE]))
    auditor.asks()
    assert auditor.notices.said == {}


def test_a_shared_role_s_user_cannot_be_told_and_this_bot_s_is_named() -> None:
    """A person in Slack is shown as such."""
    studio = told(27, "DeleteEndpoint", {"endpointName": "bank-marketing-1"}, people.STUDIO)
    ours = told(26, "UpdateEndpoint", {"endpointName": "bank-marketing-1"}, people.BOT)
    reply = Auditor(Trailed([studio, ours])).asks()
    (table,) = [part for part in reply.parts if isinstance(part, Table)]
    assert [row[1] for row in table.rows] == ["cannot be told", (User("U0PRIYANAT"),)]


def test_many_are_cut_and_counted_and_a_file_has_all() -> None:
    """The total stands with the table."""
    many = [told(26 + n / 100, "UpdateEndpoint", {"endpointName": f"bank-marketing-{n}"}) for n in range(30)]
    auditor = Auditor(Trailed(many))
    (table,) = [part for part in auditor.asks().parts if isinstance(part, Table)]
    assert (len(table.rows), table.total) == (MOST_SHOWN, 30)
    (table,) = [part for part in auditor.asks(whole=True).parts if isinstance(part, Table)]
    assert len(table.rows) == 30


def test_what_is_dear_is_asked_back_and_nothing_is_read() -> None:
    """Run It keeps the thread."""
    auditor = Auditor(Trailed([CLOSE], estimate=Estimate(2**40, 5.0, dear=True)))
    reply = auditor.asks(thread=True)
    (actions,) = [part for part in reply.parts if isinstance(part, Actions)]
    first = actions.items[0]
    assert isinstance(first, Press)
    assert first.line.startswith("changed 1 thread=yes account=222222222222 region=us-east-1")
    assert auditor.trailed.asked == []
    auditor.asks(thread=True, run=True)
    assert len(auditor.trailed.asked) == 1


def test_who_may_not_or_cannot_is_told() -> None:
    """A number that there is not, an account that the role does not cover, a trail that refuses."""
    auditor = Auditor()
    with pytest.raises(BadRequest, match="99"):
        auditor.asks(number=99)
    with pytest.raises(NotAllowed, match="does not cover the account 222222222222"):
        Auditor(accounts=(ELSEWHERE,)).asks()
    auditor.trailed.refused = BotError("No trail is set up here.", "Set trail.table.")
    with pytest.raises(BotError, match="No trail is set up here"):
        auditor.asks()


def test_an_account_that_refuses_is_named_beside_what_was_found() -> None:
    """What its log files have is shown all the same."""
    refused = Failure(HOME, PLACE.region, AccessDenied("It may not look events up.", "Grant it."))
    reply = Auditor(Trailed([CLOSE], failures=(refused,))).asks()
    assert len(rows(reply)) == 1
    assert "ml-production" in said(reply)


def look_from(now: datetime = NOW, **changed_: Any) -> Window:
    """The window of an incident whose first bad run is as said."""
    story = Story()
    story.hears(replace(run(30, {"accuracy": 0.7}), **changed_))
    return lookout(story.incident, now)


def test_it_is_looked_a_day_before_the_data_and_not_after_the_verdict() -> None:
    """Without a window of data, before the verdict; never farther back than a week."""
    assert look_from(window=DATA) == Window(at(28) - BEFORE, BEGAN + timedelta(seconds=1))
    assert look_from(window=None).start == BEGAN - BEFORE
    assert look_from(window=Window(BEGAN - timedelta(days=30), at(29))).start == BEGAN - LONGEST
