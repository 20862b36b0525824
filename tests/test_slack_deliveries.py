"""Slack's deliveries: handled once, again after a failure, and a sent form each time."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Event
from typing import Any

import pytest
from sqlalchemy import Engine

from bot.errors import StoreDown
from bot.ports import Seen
from bot.slack.deliveries import Deliveries
from bot.slack.payload import delivery_id
from bot.store.seen import SqlSeen
from sandbox.fakes import FakeSeen

AT = datetime(2026, 11, 20, 9, tzinfo=UTC)


def deliveries(seen: Seen | None = None) -> Deliveries:
    """On a fresh store, unless told."""
    return Deliveries(seen or FakeSeen(), lambda: AT)


class Answers:
    """Handles by giving the next answer of a list."""

    def __init__(self, *answers: dict[str, Any] | None) -> None:
        self.left = list(answers)

    def __call__(self) -> dict[str, Any] | None:
        """None stands for a failure."""
        return self.left.pop(0)


def test_a_second_delivery_is_acknowledged_and_not_handled() -> None:
    """Slack did not hear the first acknowledgement."""
    handle, taken = Answers({"a": 1}), deliveries()
    assert taken.once("event:1", handle) == {"a": 1}
    assert taken.once("event:1", handle) == {}


def test_what_failed_is_not_acknowledged_and_runs_when_it_comes_again() -> None:
    """Until it works; then it is done."""
    handle, taken = Answers(None, None, {}), deliveries()
    assert [taken.once("event:1", handle) for _ in range(4)] == [None, None, {}, {}]
    assert handle.left == []


def test_a_bug_leaves_the_delivery_to_the_next_process(engine: Engine) -> None:
    """The store forgets it too."""
    assert deliveries(SqlSeen(engine)).once("event:1", lambda: None) is None
    assert deliveries(SqlSeen(engine)).once("event:1", lambda: {"done": True}) == {"done": True}
    assert not SqlSeen(engine).first("event:1", AT)


def test_two_deliveries_at_once_run_once_and_the_waiting_one_may_come_again() -> None:
    """The second is not acknowledged while nobody knows whether the first one fails."""
    taken, started, go = deliveries(), Event(), Event()
    runs: list[str] = []

    def slowly() -> dict[str, Any] | None:
        runs.append("run")
        started.set()
        assert go.wait(10)
        return {"first": True}

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(taken.once, "event:1", slowly)
        assert started.wait(10)
        assert taken.once("event:1", slowly) is None
        go.set()
        assert first.result(10) == {"first": True}
    assert taken.once("event:1", slowly) == {}
    assert runs == ["run"]


class Down:
    """A store that does not answer."""

    def first(self, id: str, now: datetime) -> bool:  # noqa: A002  # the port's word
        """Raises."""
        raise StoreDown("the database does not answer")

    def forget(self, id: str) -> None:  # noqa: A002  # the port's word
        """Raises."""
        raise StoreDown("the database does not answer")


@pytest.mark.parametrize("answer", [{"said": "the database does not answer"}, None])
def test_a_dead_store_silences_nobody(answer: dict[str, Any] | None) -> None:
    """The request runs and says what is down."""
    assert deliveries(Down()).once("command:1", lambda: answer) == answer


def handled(payload: dict[str, Any], kind: str = "interactive") -> int:
    """How often three deliveries of this run."""
    taken, runs = deliveries(), list[str]()

    def handle() -> dict[str, Any]:
        runs.append("run")
        return {}

    for _ in range(3):
        taken.once(delivery_id(kind, payload), handle)
    return len(runs)


def test_a_form_is_handled_each_time_and_all_else_once() -> None:
    """A corrected form has the view and the hash of the wrong one; what has no id is nobody's repetition."""
    view = {"id": "V1", "hash": "1.a"}
    assert handled({"type": "view_submission", "trigger_id": "1.2", "view": view}) == 3
    assert handled({"type": "block_actions", "trigger_id": "1.2"}) == 1
    assert handled({"trigger_id": "1.2"}, "slash_commands") == 1
    assert handled({"event_id": "Ev1"}, "events_api") == 1
    assert handled({"type": "view_closed"}) == 3
