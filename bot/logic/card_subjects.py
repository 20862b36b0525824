"""Who speaks on a card: monitors, alarms, jobs and endpoints, each with its pages in the console."""

from collections.abc import Sequence

from bot.logic.alarm_page import alarm_url
from bot.logic.phrases import alarm as alarm_name
from bot.logic.resource_pages import ENDPOINT, JOB, logs_url, page_url
from bot.logic.services import unstamped
from bot.logic.succession import kind, tells_changes
from bot.model.alarm_series import alarm_of_subject
from bot.model.incident import State, Status
from bot.model.observation import Subject
from bot.model.reply import Inline, Link, Text

MOST_LINKS = 5
"""Alarms with a link each, the newest that spoke; a fact takes 2,000 characters (Slack), and names may be long."""
MOST_PAGES = 3
"""Endpoints, or jobs, with a link to their page and one to their logs."""
Fact = tuple[str, Text]


def subject_facts(state: State) -> tuple[Fact, ...]:
    """As far as there are any; a text may be empty."""
    monitors = [s.name for s in state.subjects if has_runs(s) and kind(s.arn) != JOB]
    jobs = [s for s in state.subjects if kind(s.arn) == JOB]
    return (
        (_many("Monitor", len(monitors)), (", ".join(monitors),) if monitors else ()),
        *_alarms(in_alarm(state)),
        (_many("Processing job", len(jobs)), _paged(jobs)),
        ("Endpoint", _endpoints(state)),
    )


def has_runs(subject: Subject) -> bool:
    """Whether it is a monitor or a job: an alarm only changes, an endpoint or account is itself bad."""
    itself = subject.name == subject.resource or subject.arn.startswith("account:")
    return not itself and not tells_changes(subject.arn)


def in_alarm(state: State) -> tuple[Subject, ...]:
    """The alarms that fire; where nothing is bad those that fired, and on a card about blindness those that are blind.

    The newest last. One that is good again, or that was replaced by another, is no cause any more.
    """
    alarms = [s for s in state.subjects if tells_changes(s.arn)]
    if state.is_blind_only:
        blind = {b.subject.arn for b in state.blind or state.blinds}
        return tuple(s for s in alarms if s.arn in blind)
    over = state.status is Status.RESOLVED or not state.bad_rows
    names = {r.row.alarm for r in state.rows if r.bad or over}
    left = set() if over else {d.subject.arn for d in state.departures}
    return tuple(s for s in alarms if _row_alarm(s) in names and s.arn not in left)


def _row_alarm(subject: Subject) -> str:
    """What the row of an alarm, or of one of its series, is called: without the stamp of a deployment."""
    name = alarm_name(alarm_of_subject(subject.arn))
    return f"{unstamped(name)}{subject.name.removeprefix(name)}"


def _alarms(found: Sequence[Subject]) -> tuple[Fact, ...]:
    """Each with its page, as many as fit."""
    links: list[Inline] = []
    for one in found[-MOST_LINKS:]:
        links += [", ", Link(url, one.name) if (url := alarm_url(one.arn)) else one.name]
    more = f" and {len(found) - MOST_LINKS:,} more" if len(found) > MOST_LINKS else ""
    return ((_many("Alarm", len(found)), (*links[1:], *((more,) if more else ()))),) if found else ()


def _endpoints(state: State) -> Text:
    """What is watched, by name; with its pages where the endpoint itself is what speaks."""
    spoke = [s for s in state.subjects if kind(s.arn) == ENDPOINT]
    names = {s.name for s in spoke}
    others = ", ".join(dict.fromkeys(s.resource for s in state.subjects if s.resource and s.resource not in names))
    paged = _paged(spoke)
    return (*((others,) if others else ()), *((", ",) if others and paged else ()), *paged)


def _paged(found: Sequence[Subject]) -> Text:
    """Each with a link to its page and its logs, the older ones by name alone."""
    words: list[Inline] = []
    for nth, one in enumerate(found):
        page, logs = page_url(one), logs_url(one)
        linked = page and logs and nth >= len(found) - MOST_PAGES
        words += [", ", *((Link(page, one.name), " (", Link(logs, "logs"), ")") if linked else (one.name,))]
    return tuple(words[1:])


def _many(one: str, count: int) -> str:
    return one if count == 1 else f"{one}s"
