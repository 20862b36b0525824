"""Slack's deliveries: handled once, again after a failure, a sent form each time; asked of the store together."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from datetime import UTC, datetime
from threading import Event
from typing import Any, TypeVar

import pytest
from sqlalchemy import Engine

from bot.errors import StoreDown
from bot.ports import Seen
from bot.slack.deliveries import Deliveries, Replayed
from bot.slack.intake import MOST, Intake
from bot.slack.payload import delivery_id
from bot.slack.pools import Pools
from bot.store.seen import SqlSeen
from sandbox.fakes import FakeSeen

T = TypeVar("T")
AT = datetime(2026, 11, 20, 9, tzinfo=UTC)
Payload = dict[str, Any]


def on_loop(work: Callable[[Deliveries], Coroutine[Any, Any, T]], seen: Seen | None = None) -> T:
    """What it gives, with deliveries on a fresh store unless told."""

    async def run() -> T:
        pools = Pools()
        try:
            return await work(Deliveries(Intake(seen or FakeSeen(), pools, lambda: AT)))
        finally:
            pools.close()

    return asyncio.run(run())


class Answers:
    """Handles by giving the next answer of a list."""

    def __init__(self, *answers: Payload | None) -> None:
        self.left = list(answers)

    def __call__(self) -> Payload | None:
        """None stands for a failure."""
        return self.left.pop(0)


async def each(taken: Deliveries, handle: Callable[[], Payload | None], times: int) -> list[Payload | None]:
    """The same delivery so often."""
    return [await taken.once("event:1", handle) for _ in range(times)]


def test_a_second_delivery_is_acknowledged_and_not_handled() -> None:
    """Slack did not hear the first acknowledgement."""
    assert on_loop(lambda taken: each(taken, Answers({"a": 1}), 2)) == [{"a": 1}, {}]


def test_what_failed_is_not_acknowledged_and_runs_when_it_comes_again() -> None:
    """Until it works; then it is done."""
    handle = Answers(None, None, {})
    assert on_loop(lambda taken: each(taken, handle, 4)) == [None, None, {}, {}]
    assert handle.left == []


def test_a_bug_leaves_the_delivery_to_the_next_process(engine: Engine) -> None:
    """The store forgets it too."""
    assert on_loop(lambda taken: each(taken, Answers(None), 1), SqlSeen(engine)) == [None]
    assert on_loop(lambda taken: each(taken, Answers({"done": True}), 1), SqlSeen(engine)) == [{"done": True}]
    assert not SqlSeen(engine).firsts(["event:1"], AT)[0]


def test_two_deliveries_at_once_run_once_and_the_waiting_one_may_come_again() -> None:
    """The second is not acknowledged while nobody knows whether the first one fails."""
    runs: list[str] = []
    started, go = Event(), Event()

    def slowly() -> Payload | None:
        runs.append("run")
        started.set()
        assert go.wait(10)
        return {"first": True}

    async def both(taken: Deliveries) -> list[Payload | None]:
        first = asyncio.create_task(taken.once("event:1", slowly))
        await asyncio.to_thread(started.wait, 10)
        second = await taken.once("event:1", slowly)
        go.set()
        return [await first, second, await taken.once("event:1", slowly)]

    assert on_loop(both) == [{"first": True}, None, {}]
    assert runs == ["run"]


def test_a_replayed_request_is_told_and_uses_up_nothing() -> None:
    """Neither the delivery that it copies, nor one that has no id, nor one that still runs."""
    started, go = Event(), Event()

    def slowly() -> Payload:
        started.set()
        assert go.wait(10)
        return {"a": 1}

    async def tried(taken: Deliveries) -> Payload | None:
        assert await taken.once("", Answers({}), "sig:1") == {}
        for name in ("event:1", ""):
            with pytest.raises(Replayed):
                await taken.once(name, Answers(), "sig:1")
        first = asyncio.create_task(taken.once("event:1", slowly, "sig:2"))
        await asyncio.to_thread(started.wait, 10)
        with pytest.raises(Replayed):
            await taken.once("event:1", Answers(), "sig:2")
        assert await taken.once("event:1", Answers(), "sig:3") is None
        go.set()
        return await first

    assert on_loop(tried) == {"a": 1}


def test_what_a_handler_raises_reaches_who_waits_and_the_next_one_runs() -> None:
    """The threads go on."""

    def broken() -> Payload:
        raise ZeroDivisionError

    async def tried(taken: Deliveries) -> Payload | None:
        with pytest.raises(ZeroDivisionError):
            await taken.once("event:1", broken)
        return await taken.once("event:2", Answers({"a": 1}))

    assert on_loop(tried) == {"a": 1}


class Down:
    """A store that does not answer; counts how often it is asked."""

    def __init__(self, error: Exception) -> None:
        self.asked = 0
        self._error = error

    def firsts(self, ids: Sequence[str], now: datetime) -> Sequence[bool]:
        """Raises."""
        self.asked += 1
        raise self._error

    def forget(self, id: str) -> None:  # noqa: A002  # the port's word
        """Raises."""
        raise StoreDown("the database does not answer")


@pytest.mark.parametrize("answer", [{"said": "the database does not answer"}, None])
def test_a_dead_store_silences_nobody(answer: Payload | None) -> None:
    """The request runs and says what is down; the store is left alone for a moment, for each question takes long."""
    down = Down(StoreDown("the database does not answer"))
    assert on_loop(lambda taken: each(taken, Answers(answer, answer, answer), 3), down) == [answer] * 3
    assert down.asked == 1


def test_a_store_that_breaks_ends_no_thread() -> None:
    """What nobody foresaw is logged, and the deliveries run."""
    down = Down(ZeroDivisionError())
    assert on_loop(lambda taken: each(taken, Answers({}, {}), 2), down) == [{}, {}]
    assert down.asked == 2


class Slow(FakeSeen):
    """A store that answers once it may, and keeps how many ids each question had."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.go = Event(), Event()
        self.sizes: list[int] = []

    def firsts(self, ids: Sequence[str], now: datetime) -> tuple[bool, ...]:
        """As the fake, later."""
        self.asked.set()
        assert self.go.wait(10)
        self.sizes.append(len(ids))
        return super().firsts(ids, now)


def test_those_who_come_while_the_store_answers_share_the_next_question() -> None:
    """However many; each gets its own answer, the second of the same id a no."""
    seen = Slow()

    async def asked() -> list[bool]:
        pools = Pools()
        intake = Intake(seen, pools, lambda: AT)

        def first(name: str) -> "asyncio.Future[bool]":
            return intake.take([name], lambda news: news is not None and news[0])

        alone = first("0")
        await asyncio.to_thread(seen.asked.wait, 10)
        rest = [first(str(n // 2)) for n in range(2 * MOST + 2)]
        seen.go.set()
        said = await asyncio.gather(alone, *rest)
        pools.close()
        return said

    said = asyncio.run(asked())
    assert seen.sizes == [1, MOST, MOST, 2]
    assert said == [True, False, False, *[True, False] * MOST]


def handled(payload: Payload, kind: str = "interactive") -> int:
    """How often three deliveries of this run."""
    runs: list[str] = []

    def handle() -> Payload:
        runs.append("run")
        return {}

    async def thrice(taken: Deliveries) -> None:
        for _ in range(3):
            await taken.once(delivery_id(kind, payload), handle)

    on_loop(thrice)
    return len(runs)


def test_a_form_is_handled_each_time_and_all_else_once() -> None:
    """A corrected form has the view and the hash of the wrong one; what has no id is nobody's repetition."""
    view = {"id": "V1", "hash": "1.a"}
    assert handled({"type": "view_submission", "trigger_id": "1.2", "view": view}) == 3
    assert handled({"type": "block_actions", "trigger_id": "1.2"}) == 1
    assert handled({"trigger_id": "1.2"}, "slash_commands") == 1
    assert handled({"event_id": "Ev1"}, "events_api") == 1
    assert handled({"type": "view_closed"}) == 3
