"""What an event hinted at is looked at, each place once; what takes long is held meanwhile."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from threading import Event, Thread

from bot.alerts.holding import Holding
from bot.errors import StoreDown, Throttled
from bot.model.account import Account, Scope
from bot.model.event import Message
from bot.model.news import Look
from sandbox.driver import until
from sandbox.fakes_fleet import StillClock
from sandbox.fakes_inbox import Ears, FakeInbox

NOW = datetime(2026, 11, 20, 16, tzinfo=UTC)
OWNER, REGION = "222222222222", "us-west-2"
ACCOUNT = Account(OWNER, "prod", (REGION,))
MESSAGES = (Message("1", "r", "{}", 1),)


def ears(found: list[Scope], *, new: int = 1, breaks: int = 0) -> Ears:
    """Whose looks are noted; so many of the first ones break."""

    def runs(scope: Scope) -> int:
        found.append(scope)
        if len(found) <= breaks:
            raise StoreDown("the database does not answer") if len(found) == 1 else ZeroDivisionError
        return new

    made = Ears(StillClock(NOW), runs=runs)
    made.inventory.remember((ACCOUNT,), NOW)
    return made


@contextmanager
def running(work: object) -> Iterator[None]:
    """A thread of its own, ended with the block."""
    stop = Event()
    assert callable(work)
    thread = Thread(target=work, args=(stop,), daemon=True)
    thread.start()
    yield
    stop.set()
    thread.join(timeout=5)
    assert not thread.is_alive()


def hint(region: str = REGION, account: str = OWNER) -> Look:
    """At the runs there."""
    return Look(account, region, "bank-marketing-quality")


def test_many_hints_at_one_place_are_one_look() -> None:
    """And what is not of the fleet is none."""
    found: list[Scope] = []
    looker = ears(found).listening(FakeInbox()).looker
    looker.want([hint()] * 20)
    looker.want([hint("eu-west-1"), hint(account="999999999999")])
    with running(looker.run):
        until(lambda: found, "it is looked")
        looker.want([hint()] * 20)
        time.sleep(0.7)
    assert [s.targets() for s in found] == [((ACCOUNT, REGION),)]


def test_a_look_that_finds_nothing_new_is_made_once_more() -> None:
    """The listing may lag behind the event; a third time is the poll's."""
    found: list[Scope] = []
    looker = ears(found, new=0).listening(FakeInbox()).looker
    looker.look(hint())
    assert [look.again for look in looker.waiting()] == [True]
    looker.look(looker.waiting()[0])
    assert len(looker.waiting()) == 1


def test_a_look_that_breaks_ends_nothing() -> None:
    """The thread goes on, and the poll is the net."""
    found: list[Scope] = []
    made = ears(found, breaks=2)
    other = Account("333333333333", "test", (REGION,))
    third = Account("444444444444", "more", (REGION,))
    made.inventory.remember((ACCOUNT, other, third), NOW)
    looker = made.listening(FakeInbox()).looker
    looker.want([hint(account=a.id) for a in (ACCOUNT, other, third)])
    with running(looker.run):
        until(lambda: len(found) == 3, "all are looked at")


def test_what_takes_long_is_held_again_and_again() -> None:
    """Until it is done; what fails to be held is tried again."""

    class Refusing(FakeInbox):
        """The first time SQS asks to slow down, the second time something breaks."""

        def extend(self, messages: object, seconds: int) -> None:
            """As said."""
            super().extend(MESSAGES, seconds)
            if len(self.extended) <= 2:
                raise Throttled("slow down") if len(self.extended) == 1 else ZeroDivisionError

    inbox = Refusing()
    holding = Holding(inbox, every_s=0.05, for_s=30)
    with running(holding.run):
        with holding.hold(MESSAGES):
            until(lambda: len(inbox.extended) >= 4, "it is held")
        time.sleep(0.1)
        held = len(inbox.extended)
        time.sleep(0.2)
    assert len(inbox.extended) == held
    assert inbox.extended[-1] == (MESSAGES, 30)


def test_what_is_quick_is_not_held() -> None:
    """Most batches cost no call more."""
    inbox = FakeInbox()
    holding = Holding(inbox, every_s=5)
    with running(holding.run), holding.hold(MESSAGES):
        time.sleep(0.05)
    assert inbox.extended == []
