"""Who speaks on a card: pages and logs of endpoints and jobs, and of alarms those that fire."""

from dataclasses import replace
from typing import Any

import pytest

from bot.logic.alarms import observed
from bot.logic.card_subjects import subject_facts
from bot.logic.cards import card
from bot.logic.handing import told_of
from bot.logic.resource_pages import logs_url, page_url
from bot.model.alarm import AlarmChange, AlarmState, Contributor
from bot.model.around import Around
from bot.model.observation import ENDPOINT_FAILED, JOB_FAILED, Finding, Observation, Row, Subject, Verdict
from bot.model.reply import Link, Text
from bot.render import message
from sandbox.fakes import at, run
from sandbox.fakes_alarm import by_monitor, change, schedule
from sandbox.fakes_incident import ACCOUNTS, Story
from sandbox.slack.check_surface import problems_of

AROUND = Around(schedules=by_monitor(schedule()))
OK, ALARM = AlarmState.OK, AlarmState.ALARM
SAGEMAKER = "arn:aws:sagemaker:us-west-2:222222222222"
CONSOLE = "https://us-west-2.console.aws.amazon.com"
GROUP = f"{CONSOLE}/cloudwatch/home?region=us-west-2#logsV2:log-groups/log-group/$252Faws$252Fsagemaker$252F"
ENDPOINT = Subject(f"{SAGEMAKER}:endpoint/loan-2026", "Loan-2026", "Loan-2026")
JOB = Subject(f"{SAGEMAKER}:processing-job/features", "features-2026-11-20", "")


def failed(who: Subject, row: Row, hour: float = 1, verdict: Verdict = Verdict.BAD) -> Observation:
    """As an event tells it."""
    return Observation(f"{who.name}:{hour}:{verdict}", who, at(hour), (Finding(row, verdict),), complete=False)


def rang(*changes: AlarmChange, story: Story | None = None) -> Story:
    """They are told."""
    found = story or Story()
    for one in changes:
        said = observed(one, AROUND)
        assert isinstance(said, tuple)
        found.hears(said[2])
    return found


def facts(story: Story) -> dict[str, Text]:
    """Those that say something."""
    return {label: text for label, text in subject_facts(story.incident.state) if text}


def alarms(story: Story) -> list[str]:
    """By name, in order."""
    told = next((text for label, text in facts(story).items() if label.startswith("Alarm")), ())
    return [part.text for part in told if isinstance(part, Link)]


@pytest.mark.parametrize(
    ("failure", "label", "page", "logs"),
    [
        (failed(ENDPOINT, ENDPOINT_FAILED), "Endpoint", "endpoints/Loan-2026", "Endpoints$252FLoan-2026"),
        (
            failed(JOB, JOB_FAILED),
            "Processing job",
            "processing-jobs/features-2026-11-20",
            "ProcessingJobs$3FlogStreamNameFilter$3Dfeatures-2026-11-20",
        ),
    ],
)
def test_what_failed_has_its_page_and_its_logs(failure: Observation, label: str, page: str, logs: str) -> None:
    """By its name as it is written, capitals too. All jobs share a log group: a job's streams begin with its name."""
    story = Story()
    story.hears(failure)
    url = f"{CONSOLE}/sagemaker/home?region=us-west-2#/{page}"
    name = page.partition("/")[2]
    assert facts(story) == {label: (Link(url, name), " (", Link(f"{GROUP}{logs}", "logs"), ")")}
    assert told_of(story.incident).console == url


def test_a_job_that_failed_is_no_monitor() -> None:
    """But its runs are counted as one's."""
    story = Story()
    story.hears(failed(JOB, JOB_FAILED))
    assert "Bad runs" in story.card()


@pytest.mark.parametrize(
    "arn",
    ["", "<!channel>", "arn:aws-iso:sagemaker:us-iso-east-1:1:endpoint/x", "arn:aws:sagemaker:a.example/:1:endpoint/x"],
)
def test_there_is_no_page_in_no_known_console(arn: str) -> None:
    """The name is told all the same."""
    one = Subject(arn, "x", "x")
    assert (page_url(one), logs_url(one)) == ("", "")


def test_nothing_of_a_name_ends_its_address() -> None:
    """Names come from events."""
    found = replace(ENDPOINT, name="a|b>#/?$3F c", resource="a|b>#/?$3F c")
    for url in (page_url(found), logs_url(found)):
        assert not set(url.partition("#")[2]) & set("|>#?& ")
    assert logs_url(found).endswith("a$257Cb$253E$2523$252F$253F$25243F$2520c")


def test_many_endpoints_of_the_longest_names_fit_a_card() -> None:
    """The newest have links; the others are named."""
    story = Story()
    for n in range(9):
        name = f"{n}-{'e' * 61}"
        story.hears(failed(Subject(f"{SAGEMAKER}:endpoint/{name}", name, name), ENDPOINT_FAILED, 1 + n / 100))
    drawn = card(story.incident, at(2), ACCOUNTS)
    assert problems_of(message(drawn).blocks, "message") == []
    assert story.card().count("-eeee") >= 9
    assert sum(isinstance(part, Link) for part in facts(story)["Endpoint"]) == 6


HEARD: dict[str, tuple[tuple[AlarmChange, ...], list[str]]] = {
    "one fires, one is good again": (
        (change(hour=1, name="low"), change(hour=1.1, name="late"), change(OK, 2, ALARM, name="low")),
        ["late"],
    ),
    "one that was never bad": ((change(OK, 0.9, ALARM, name="fine"), change(hour=1, name="low")), ["low"]),
    "all good again: what fired": (
        (change(hour=1, name="low"), change(OK, 1.5, None, name="fine"), change(OK, 2, ALARM, name="low")),
        ["low"],
    ),
    "fires again": (
        (change(hour=1, name="low"), change(OK, 1.2, ALARM, name="low"), change(hour=1.4, name="low")),
        ["low"],
    ),
    "of a deployment": ((change(hour=1, name="low-2026-11-02-0941"),), ["low-2026-11-02-0941"]),
    "a series": (
        (
            change(hour=1, name="low#1", contributor=Contributor("abc", (("EndpointName", "bank-2026-11-02-0914"),))),
            change(hour=1.1, name="late", contributor=Contributor("def", ())),
        ),
        ["low#1 (bank)", "late"],
    ),
}


@pytest.mark.parametrize(("changes", "expected"), HEARD.values(), ids=HEARD)
def test_the_alarms_of_a_card_are_those_that_fire(changes: tuple[AlarmChange, ...], expected: list[str]) -> None:
    """Or that were the cause, once all is over."""
    assert alarms(rang(*changes)) == expected


def test_a_card_that_its_monitor_keeps_open_names_no_alarm_that_is_good_again() -> None:
    """It is bad by its monitor alone."""
    story = rang(change(hour=1))
    story.hears(run(1.1, {"accuracy": 0.7}))
    assert alarms(rang(change(OK, 1.5, ALARM), story=story)) == []
    assert "Monitor" in facts(story)


def test_an_alarm_of_an_episode_long_over_is_not_told_of_the_next() -> None:
    """The next one has a cause of its own."""
    story = rang(change(hour=1, name="low"), change(OK, 2, ALARM, name="low"), change(hour=400, name="late"))
    assert story.incident.state.episode == 2
    assert alarms(story) == ["late"]


def test_an_alarm_that_cannot_judge_is_told_on_a_card_about_that() -> None:
    """And while another fires, only that one."""
    nothing: dict[str, Any] = {"name": "blank"}
    story = rang(change(AlarmState.INSUFFICIENT_DATA, 1, OK, **nothing))
    assert alarms(story) == ["blank"]
    assert alarms(rang(change(hour=1.1, name="low"), story=story)) == ["low"]
