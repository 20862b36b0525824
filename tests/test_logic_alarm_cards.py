"""What a card shows of alarms: alone, beside a monitor's rows, fired on missing data, doubted, resolved."""

from typing import Any

import pytest

from bot.logic.alarm_page import alarm_url
from bot.logic.alarms import observed
from bot.logic.cards import card
from bot.model.alarm import AlarmChange, AlarmState
from bot.model.around import Around
from bot.model.incident import Reason
from bot.model.place import About
from bot.model.reply import Facts, Link, Table
from sandbox.fakes import at, run
from sandbox.fakes_alarm import NOTHING, by_monitor, change, metric, schedule, watched
from sandbox.fakes_incident import ACCOUNTS, Story

AROUND = Around(schedules=by_monitor(schedule()))
ARTICLE: dict[str, Any] = {"reason": NOTHING, "values": (), "missing": "breaching", "period_s": 600}


def heard(*changes: AlarmChange, story: Story | None = None) -> Story:
    """They are told."""
    found = story or Story(about=About(runbook="https://example.com/runbook"))
    for one in changes:
        said = observed(one, AROUND)
        assert isinstance(said, tuple)
        found.hears(said[2])
    return found


def test_an_alarm_alone_is_a_card_of_its_own() -> None:
    """Account, service, what it watches, seen against limit, since when, runbook, a link to the console."""
    story = heard(change(hour=1))
    text = story.card()
    assert "bank-marketing: model quality alarm fired" in text
    assert "alarm bank-marketing-accuracy fired at 0.7521, limit 0.8734" in text
    assert "accuracy (alarm bank-marketing-accuracy)" in text
    assert "ml-production (222222222222)" in text
    facts = next(p for p in card(story.incident, at(1), ACCOUNTS).parts if isinstance(p, Facts))
    links = {label: part for label, parts in facts.items for part in parts if isinstance(part, Link)}
    assert links["Runbook"].url == "https://example.com/runbook"
    assert links["Alarm"] == Link(alarm_url(change().alarm.arn), "bank-marketing-accuracy")
    assert {label for label, _ in facts.items} >= {"Account", "Since", "Times fired", "Endpoint"}
    assert "Monitor" not in dict(facts.items)


def test_what_fired_on_missing_data_says_so_and_what_is_wrong_with_it() -> None:
    """The article's own alarm: nothing was seen, and that stands where a number would."""
    text = heard(change(hour=1, watched=(watched(metric(), period_s=600),), **ARTICLE)).card()
    assert "alarm bank-marketing-accuracy fired on missing data, limit 0.8734" in text
    assert "Fired on missing data: bank-marketing-accuracy." in text
    assert "no data" in text
    assert "bank-marketing-accuracy: It counts missing data as breaching" in text


def test_an_alarm_joins_the_card_of_its_monitor() -> None:
    """One table; the alarm is counted apart."""
    story = heard(change(hour=1.5), story=Story())
    story.hears(run(1.6, {"accuracy": 0.75, "recall": 0.4}))
    text = story.card()
    assert "2 model-quality constraints broken and 1 alarm fired" in text
    assert "bank-marketing: model quality breaks its constraints" in text
    (table,) = [p for p in card(story.incident, at(2), ACCOUNTS).parts if isinstance(p, Table)]
    assert (table.caption, len(table.rows)) == ("Broken constraints and alarms", 3)
    assert "bank-marketing-quality" in text


def test_a_resolved_alarm_keeps_what_fired() -> None:
    """And what it is now."""
    story = heard(change(hour=1), change(AlarmState.OK, 3, AlarmState.ALARM))
    text = story.card()
    assert "bank-marketing: model quality is good again" in text
    assert "0.7521" in text
    assert "0.9104" in text
    assert "everything that fired is good again" in story.told(Reason.RESOLVED)


@pytest.mark.parametrize(
    ("comparison", "limit", "words"),
    [
        ("LessThanThreshold", 0.87, "at least 0.8700"),
        ("LessThanOrEqualToThreshold", 0.87, "above 0.8700"),
        ("GreaterThanThreshold", 3.0, "at most 3"),
        ("GreaterThanOrEqualToThreshold", 3.0, "below 3"),
        ("LessThanLowerOrGreaterThanUpperThreshold", 531.4, "band edge 531.4"),
    ],
)
def test_a_limit_says_which_side_is_good(comparison: str, limit: float, words: str) -> None:
    """Each of CloudWatch's comparisons."""
    assert words in heard(change(hour=1, comparison=comparison, threshold=limit, values=(9.0,))).card()


def test_many_alarms_have_a_few_links() -> None:
    """The newest; the others are counted."""
    story = heard(*(change(hour=1 + n / 100, name=f"alarm-{n}") for n in range(8)))
    assert "and 3 more" in story.card()
    assert "8 model-quality alarms fired" in story.card()
    assert "bank-marketing: model quality alarms fired" in story.card()


@pytest.mark.parametrize(
    ("arn", "url"),
    [
        (
            "arn:aws:cloudwatch:us-west-2:1" + "1" * 11 + ":alarm:a b/c#d\x1f6d442278dba546f6",
            "https://us-west-2.console.aws.amazon.com/cloudwatch/home?region=us-west-2#alarmsV2:alarm/a%20b%2Fc%23d",
        ),
        (
            "arn:aws-cn:cloudwatch:cn-north-1:" + "1" * 12 + ":alarm:x",
            "https://cn-north-1.console.amazonaws.cn/cloudwatch/home?region=cn-north-1#alarmsV2:alarm/x",
        ),
        ("arn:aws:sagemaker:us-west-2:" + "1" * 12 + ":endpoint/x", ""),
        ("<!channel>", ""),
    ],
)
def test_an_alarms_page_is_in_its_partitions_console(arn: str, url: str) -> None:
    """Nothing of its name can end the address; a series has its alarm's page."""
    assert alarm_url(arn) == url
