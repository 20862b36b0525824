"""The small print under answers that asked accounts."""

import pytest

from bot.ports import Found
from commands._footer import footer


@pytest.mark.parametrize(("took_s", "words"), [(0.0, "answered."), (0.09, "answered."), (0.1, "answered in 0.1 s.")])
def test_what_was_answered_at_once_says_nothing_of_time(took_s: float, words: str) -> None:
    """`in 0.0 s` would tell nobody anything."""
    assert footer(Found((), (), 2, took_s)) == ((f"2 of 2 account Regions {words}",),)
