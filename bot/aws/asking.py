"""Which question a call is made for: once that is over, nothing more is sent for it, no retry either."""

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, TypeVar

from bot.errors import TimedOut
from bot.ports.ask import Ask

T = TypeVar("T")
_ASK: ContextVar[Ask] = ContextVar("sagewatch_ask")


def asked_by(ask: Ask, run: Callable[[], T]) -> T:
    """Run it as part of the question."""
    token = _ASK.set(ask)
    try:
        return run()
    finally:
        _ASK.reset(token)


def for_a_person() -> bool:
    """Whether a person waits for the running call, and not the poll."""
    ask = _ASK.get(None)
    return ask is not None and not ask.person.bot


def over(ask: Ask) -> bool:
    """Whether nobody waits for the answer any more."""
    return ask.cancelled() or not ask.left_s()


def stop_when_over(**_: Any) -> None:
    """A handler of botocore's `before-send`, which comes before each attempt. Raises TimedOut.

    botocore knows no deadline of its own: each attempt would wait out the read timeout, however late it begins.
    """
    ask = _ASK.get(None)
    if ask is not None and over(ask):
        raise TimedOut("the question was over before AWS answered it", "Ask again, or for less.")
