"""Why a run has no verdict, in words: the probable cause from what is cheaply known, and never more than that."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

from bot.logic.words import moment, plural
from bot.model.blind import RunFacts
from bot.model.monitor import Execution, RunStatus
from bot.model.observation import Window

MOST_REASON = 300
"""Characters of AWS's own words that a sentence quotes."""
DAY = timedelta(days=1)
_ACTION = re.compile(r"not authorized to perform:? ([a-z0-9-]{2,40}:[A-Za-z]{2,64})\b")
_EMPTY = re.compile(r"\bno (?:\w+ )?(?:data|records|rows)\b|empty", re.IGNORECASE)
"""A job that broke while it merged leaves an empty merge too, and that says nothing of the ids."""
_TELLING: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), words)
    for pattern, words in (
        (r"out ?of ?memory|more memory|exit code:? 137|oomkilled|memory (?:error|limit)", "ran out of memory"),
        (r"no space left|disk (?:is )?full|out of disk", "ran out of disk space"),
        (r"max(?:imum)? ?run-?time|runtime (?:limit|exceeded)|stoppingcondition", "took longer than it may"),
        (r"\bkms\b|encryption key", "may not use the key that the data is encrypted with"),
        (r"access ?denied|not authorized|forbidden|\b403\b", "may not read or write what it needs"),
        (r"capacityerror|insufficient capacity|no capacity", "got no machine from AWS"),
        (r"resourcelimitexceeded|limit exceeded|quota", "is over a quota of the account"),
        (r"image .*(?:not found|does not exist|cannot be pulled)", "found no container image"),
    )
)
"""AWS's reasons that say enough, and how they are told. The texts are not documented: what fits none is quoted."""


def tells_enough(execution: Execution) -> bool:
    """Whether AWS's own reason is the cause, so that nobody need look at the data."""
    return execution.status is RunStatus.STOPPED or _told(execution.failure) is not None


def cause(execution: Execution, facts: RunFacts) -> str:
    """One sentence, and a second for what could not be looked at where that leaves the cause open."""
    said = _told(execution.failure)
    if said:
        return said
    if execution.status is RunStatus.STOPPED:
        return "The run was stopped before it ended."
    found = next(filter(None, (look(execution, facts) for look in _LOOKS)), None)
    if found:
        return found
    return " ".join((_quoted(execution.failure), *_unlooked(facts)))


def span(window: Window, near: datetime) -> str:
    """`between 13:00 and 14:00 UTC`; with dates where the data is older than a day, or spans half of one."""
    close = window.end - window.start < DAY / 2 and near - window.start <= DAY
    start, end = (moment(at, dated=not close) for at in (window.start, window.end))
    return f"between {start} and {end} UTC"


def _told(reason: str) -> str | None:
    words = next((words for pattern, words in _TELLING if pattern.search(reason)), None)
    if words is None:
        return None
    action = _ACTION.search(reason)
    lacks = f": its role lacks {action.group(1)}" if action else ""
    return f"The monitor's job {words}{lacks} ({_short(reason)})."


def _endpoint(execution: Execution, facts: RunFacts) -> str | None:
    return f"The endpoint {execution.endpoint} no longer exists." if facts.endpoint_gone else None


def _capture(execution: Execution, facts: RunFacts) -> str | None:
    """What the endpoint says of its capture; not where the window holds data all the same."""
    if facts.capture is None or facts.captured:
        return None
    endpoint, changed = f"on the endpoint {execution.endpoint}", facts.changed_at
    if not facts.capture.enabled:
        since = f", last changed {moment(changed, dated=True)} UTC" if changed else ""
        said = f"data capture is switched off {endpoint}{since}"
    elif facts.halted:
        said = f"data capture has stopped {endpoint}, though it is switched on"
    else:
        return None
    return f"No captured data {_when(execution, facts)}: {said}." if facts.captured is False else f"D{said[1:]}."


def _captured(execution: Execution, facts: RunFacts) -> str | None:
    if facts.captured is not False:
        return None
    who = "the endpoint had no traffic" if execution.endpoint else "no transform job ran"
    late = facts.window and facts.looked_at and facts.looked_at - facts.window.end >= DAY
    why = f"{who}, capture stopped or the files were deleted since" if late else f"{who} or capture stopped"
    return f"No captured data {_when(execution, facts)}: {why}."


def _labels(execution: Execution, facts: RunFacts) -> str | None:
    if facts.labelled is not False:
        return None
    counted = _of(0, facts) if facts.predictions else "no prediction has a label"
    return f"No ground truth {_when(execution, facts)}: {counted}."


def _matches(execution: Execution, facts: RunFacts) -> str | None:
    """Both are there and nothing fits together."""
    when = _when(execution, facts)
    if facts.predictions and facts.matched == 0:
        return f"Ground truth {when} fits no prediction: {_of(0, facts)}."
    if facts.captured and facts.labelled and facts.merged is False and _EMPTY.search(execution.failure):
        return f"Captured data and ground truth are there {when}, and their merge is empty: no ids match."
    return None


_LOOKS: tuple[Callable[[Execution, RunFacts], str | None], ...] = (_endpoint, _capture, _captured, _labels, _matches)
"""What explains most comes first."""


def _of(labelled: int, facts: RunFacts) -> str:
    verb = "has" if facts.predictions == 1 else "have"
    return f"{labelled} of {plural(facts.predictions or 0, 'prediction')} {verb} a label"


def _when(execution: Execution, facts: RunFacts) -> str:
    return span(facts.window, execution.scheduled_at) if facts.window else "in the hours that it was to judge"


def _quoted(reason: str) -> str:
    return f"The monitor's job failed: {_short(reason)}." if reason else "The monitor's job failed and gave no reason."


def _short(reason: str) -> str:
    text = reason.strip().rstrip(".")
    return text if len(text) <= MOST_REASON else f"{text[: MOST_REASON - 1]}…"


def _unlooked(facts: RunFacts) -> tuple[str, ...]:
    return (f"Its data could not be looked at: {'; '.join(facts.unlooked)}.",) if facts.unlooked else ()
