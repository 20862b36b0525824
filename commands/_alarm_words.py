"""What narrows a list of alarms: words, a state, and the word for those too that nobody is told of."""

from typing import Annotated

from bot.errors import BadRequest
from bot.kit import Kind
from bot.logic.alarm_lines import AlarmLine
from bot.model.alarm import AlarmState
from bot.parse import Reader

ALL = "all"
"""The word that lists what nobody is told of too."""
NONE = "No alarm is like that. Words narrow by name, service, metric, account or state (ALARM, OK, INSUFFICIENT DATA)."
_STATES = frozenset(state.value.casefold() for state in AlarmState)


def _state(word: str, _: Reader) -> AlarmState:
    try:
        return AlarmState(word.replace(" ", "_").upper())
    except ValueError:
        raise BadRequest(f"{word} is no state of an alarm", "Say ALARM, OK or INSUFFICIENT_DATA.") from None


State = Annotated[AlarmState, Kind("state", _state)]
"""`ALARM`, as CloudWatch writes it or as it is shown."""


def narrowed(text: str, state: AlarmState | None) -> str:
    """With a state as one of the words, as it is typed alone."""
    return f"{text} {state.value}".strip() if state else text


def words(text: str) -> list[str]:
    """What narrows; a state may be said as it is shown, in two words."""
    return text.casefold().replace("insufficient data", "insufficient_data").split()


def fits(line: AlarmLine, label: str, word: str) -> bool:
    """Whether it is in that state, or something that names it has the word; `label` is its account's."""
    alarm = line.alarm
    if word in _STATES:
        return word == alarm.state.value.casefold()
    return any(word in said.casefold() for said in (alarm.name, line.service, label, line.account_id, line.measured))
