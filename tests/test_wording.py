"""How an error's cause is told: as a sentence, with every name in it as it was typed."""

import pytest

from bot.errors import BotError
from bot.wording import told


@pytest.mark.parametrize(
    ("cause", "said"),
    [
        ("there is no incident #99", "There is no incident #99"),
        ("sagewatch-auc has no mute that was made here", "sagewatch-auc has no mute that was made here"),
        ("bank_v2 is no service", "bank_v2 is no service"),
        ("<name> is missing", "<name> is missing"),
    ],
)
def test_a_cause_begins_as_a_sentence_unless_a_name_begins_it(cause: str, said: str) -> None:
    """Alarms' and services' names have their case: a capital would make another of one."""
    assert told(BotError(cause)).text == (said,)
