"""The world's clock: wall time plus an offset that only grows."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Event, Thread

from sandbox.clock import WorldClock

HOUR = timedelta(hours=1)


def _in_thread(work: Callable[[], None]) -> Thread:
    """A thread that is already running."""
    thread = Thread(target=work)
    thread.start()
    return thread


def test_tells_wall_time_in_utc_until_it_is_advanced() -> None:
    """A fresh clock is the machine's."""
    clock = WorldClock()
    assert clock.now().tzinfo is UTC
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=1)
    assert clock.offset == timedelta(0)


def test_starts_with_the_offset_it_is_given() -> None:
    """Another process tells the same time from the offset alone."""
    first = WorldClock()
    first.advance_to(first.now() + HOUR)
    second = WorldClock(first.offset)
    assert abs(second.now() - first.now()) < timedelta(seconds=1)


def test_advances_and_never_goes_back() -> None:
    """A moment in the past changes nothing."""
    clock = WorldClock()
    start = clock.now()
    clock.advance_to(start + HOUR)
    reached = clock.now()
    assert start + HOUR <= reached < start + HOUR + timedelta(seconds=1)
    clock.advance_to(start)
    assert clock.now() >= reached


def test_sleep_ends_at_its_moment() -> None:
    """No advance and no stop: the machine's time passes."""
    clock = WorldClock()
    when = clock.now() + timedelta(seconds=0.15)
    clock.sleep_until(when, Event())
    assert when <= clock.now() < when + timedelta(seconds=1)


def test_sleep_until_the_past_returns_at_once() -> None:
    """There is nothing to wait for."""
    clock, began = WorldClock(), time.monotonic()
    clock.sleep_until(clock.now() - HOUR, Event())
    assert time.monotonic() - began < 0.05


def test_sleepers_wake_when_the_offset_passes_them() -> None:
    """An hour that passes in a moment wakes those who waited for it, and not those who wait for later."""
    clock, stop, woken = WorldClock(), Event(), list[str]()
    near, far = clock.now() + HOUR, clock.now() + 3 * HOUR

    def sleep(name: str, when: datetime) -> Callable[[], None]:
        def work() -> None:
            clock.sleep_until(when, stop)
            woken.append(name)

        return work

    first, second = _in_thread(sleep("near", near)), _in_thread(sleep("far", far))
    clock.advance_to(near)
    first.join(timeout=1)
    assert woken == ["near"]
    stop.set()
    second.join(timeout=1)
    assert woken == ["near", "far"]
