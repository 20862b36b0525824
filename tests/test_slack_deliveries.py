"""Slack's deliveries: handled once, again after a failure, a sent form each time; asked of the store together."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Event
from typing import Any, TypeVar

import pytest
from sqlalchemy import Engine

from bot.errors import StoreDown
from bot.ports import Seen
from bot.slack.deliveries import Deliveries, Unwanted
from bot.slack.firsts import MOST, Firsts
from bot.slack.payload import delivery_id
from bot.store.seen import SqlSeen
from sandbox.fakes import FakeSeen

T = TypeVar("T")
AT = datetime(2026, 11, 20, 9, tzinfo=UTC)
Payload = dict[str, Any]


def on_loop(work: Callable[[Deliveries], Coroutine[Any, Any, T]], seen: Seen | None = None) -> T:
    """What it gives, with deliveries on a fresh store unless told."""

    async def run() -> T:
        with ThreadPoolExecutor(1) as thread:
            return await work(Deliveries(Firsts(seen or FakeSeen(), thread, lambda: AT)))

    return asyncio.run(run())


class Answers:
    """Handles by giving the next answer of a list."""

    def __init__(self, *answers: Payload | None) -> None:
        self.left = list(answers)

    async def __call__(self) -> Payload | None:
        """None stands for a failure."""
        return self.left.pop(0)


async def each(taken: Deliveries, handle: Callable[[], Awaitable[Payload | None]], times: int) -> list[Payload | None]:
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

    async def both(taken: Deliveries) -> list[Payload | None]:
        started, go = asyncio.Event(), asyncio.Event()

        async def slowly() -> Payload | None:
            runs.append("run")
            started.set()
            await go.wait()
            return {"first": True}

        first = asyncio.create_task(taken.once("event:1", slowly))
        await started.wait()
        second = await taken.once("event:1", slowly)
        go.set()
        return [await first, second, await taken.once("event:1", slowly)]

    assert on_loop(both) == [{"first": True}, None, {}]
    assert runs == ["run"]


def test_what_may_not_be_handled_is_not_and_may_come_again() -> None:
    """A replayed request must not use up the delivery that it copies."""

    async def says(wanted: bool) -> bool:
        return wanted

    async def tried(taken: Deliveries) -> Payload | None:
        for name in ("event:1", ""):
            with pytest.raises(Unwanted):
                await taken.once(name, Answers(), says(False))
        return await taken.once("event:1", Answers({"a": 1}), says(True))

    assert on_loop(tried) == {"a": 1}


class Down:
    """A store that does not answer; counts how often it is asked."""

    def __init__(self) -> None:
        self.asked = 0

    def firsts(self, ids: Sequence[str], now: datetime) -> Sequence[bool]:
        """Raises."""
        self.asked += 1
        raise StoreDown("the database does not answer")

    def forget(self, id: str) -> None:  # noqa: A002  # the port's word
        """Raises."""
        raise StoreDown("the database does not answer")


@pytest.mark.parametrize("answer", [{"said": "the database does not answer"}, None])
def test_a_dead_store_silences_nobody(answer: Payload | None) -> None:
    """The request runs and says what is down; the store is left alone for a moment, for each question takes long."""
    down = Down()
    assert on_loop(lambda taken: each(taken, Answers(answer, answer, answer), 3), down) == [answer] * 3
    assert down.asked == 1


class Slow(FakeSeen):
    """A store that answers once it may, and keeps how many ids each question had."""

    def __init__(self) -> None:
        super().__init__()
        self.go = Event()
        self.sizes: list[int] = []

    def firsts(self, ids: Sequence[str], now: datetime) -> tuple[bool, ...]:
        """As the fake, later."""
        assert self.go.wait(10)
        self.sizes.append(len(ids))
        return super().firsts(ids, now)


def test_those_who_come_while_the_store_answers_share_the_next_question() -> None:
    """However many; each gets its own answer, the second of the same id a no."""
    seen = Slow()

    async def asked() -> list[bool]:
        with ThreadPoolExecutor(1) as thread:
            firsts = Firsts(seen, thread, lambda: AT)
            alone = firsts.first("0")
            await asyncio.sleep(0.01)
            rest = [firsts.first(str(n // 2)) for n in range(2 * MOST + 2)]
            seen.go.set()
            return await asyncio.gather(alone, *rest)

    said = asyncio.run(asked())
    assert seen.sizes == [1, MOST, MOST, 2]
    assert said == [True, False, False, *[True, False] * MOST]


def handled(payload: Payload, kind: str = "interactive") -> int:
    """How often three deliveries of this run."""
    runs: list[str] = []

    async def handle() -> Payload:
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
