"""Slack's Web API as the People port, against the strict sandbox over HTTP."""

import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from bot.errors import (
    Unknowable,
)
from bot.slack.chat import client
from bot.slack.people import SlackPeople
from sandbox.fakes_web import TEAM, Office, served, silent


@pytest.fixture
def office() -> Iterator[Office]:
    """Each test's own."""
    with served() as made:
        yield made


def test_people_are_who_slack_says_and_strangers_else(office: Office) -> None:
    """Guest, partner, unknown, and a payload from another workspace."""
    people = office.people()
    ana = people.person("U0ANA00000", TEAM)
    assert (ana.name, ana.tz, ana.guest, ana.stranger) == ("Ana Costa", "Europe/Lisbon", False, False)
    assert people.person("U0GUEST000", TEAM).guest
    assert people.person("U0PARTNER0", TEAM).stranger
    assert people.person("U0NOBODY00", TEAM).stranger
    assert people.person("U0ANA00000", "T0OTHER000").stranger
    assert (people.name("U0ANA00000"), people.name("U0NOBODY00")) == ("Ana Costa", "")


def test_groups_are_remembered_for_a_minute_and_read_anew_when_it_matters(office: Office) -> None:
    """By id or handle; who was removed is out at the next fresh read."""
    now = [0.0]
    people = office.people(lambda: now[0])
    assert people.members("@ml-oncall") == people.members("S0ONCALL00") == {"U0ANA00000"}
    assert people.members("no-such-group") == frozenset()
    office.slack.workspace.groups["S0ONCALL00"].users.clear()
    assert people.members("S0ONCALL00") == {"U0ANA00000"}
    assert people.members("S0ONCALL00", fresh=True) == frozenset()
    office.slack.workspace.groups["S0ONCALL00"].users.append("U0GUEST000")
    now[0] = 61.0
    assert people.members("S0ONCALL00") == {"U0GUEST000"}


def test_when_slack_does_not_answer_the_known_stands_and_a_fresh_read_fails_closed(office: Office) -> None:
    """An outage lets nobody in who was not in, and nobody act where a fresh look decides."""
    now = [0.0]
    people = office.people(lambda: now[0])
    people.members("ml-oncall")
    people.person("U0ANA00000", TEAM)
    now[0] = 3600.0
    office.slack.faults.add("500", 6)
    assert people.members("ml-oncall") == {"U0ANA00000"}
    assert not people.person("U0ANA00000", TEAM).stranger
    for unknown in (
        lambda: people.members("ml-oncall", fresh=True),
        lambda: people.person("U0GUEST000", TEAM),
        lambda: people.is_external("C0SHARED00"),
    ):
        with pytest.raises(Unknowable) as told:
            unknown()
        assert told.value.next_step == "Try again in a moment."


def test_a_broken_method_is_asked_once_in_five_seconds_whoever_wants_to_know(office: Office) -> None:
    """People wait for look-ups: nobody waits for a method that just failed; other methods are asked all the same."""
    now = [0.0]
    people = office.people(lambda: now[0])
    office.slack.faults.add("500", 9)
    with pytest.raises(Unknowable):
        people.person("U0ANA00000", TEAM)
    assert {people.name(f"U0NUMBER{n:02}") for n in range(50)} == {""}
    with pytest.raises(Unknowable):
        people.members("ml-oncall")
    assert office.slack.faults.state()["left"] == {"500": 7}
    with pytest.raises(Unknowable):
        people.members("ml-oncall")
    assert office.slack.faults.state()["left"] == {"500": 7}
    now[0] = 5.1
    assert people.name("U0ANA00000") == ""
    assert office.slack.faults.state()["left"] == {"500": 6}


def test_a_429_for_one_method_is_no_silence_of_the_others(office: Office) -> None:
    """Slack counts calls by method."""
    people = office.people()
    office.slack.faults.add("429", 1)
    with pytest.raises(Unknowable):
        people.person("U0ANA00000", TEAM)
    assert people.members("ml-oncall") == {"U0ANA00000"}


def test_names_come_from_memory_for_an_hour(office: Office) -> None:
    """Who is unknown is asked once too."""
    now = [0.0]
    people = office.people(lambda: now[0])
    shown = [people.name(one) for one in ("U0ANA00000", "U0NOBODY00")]
    now[0] = 3000.0
    office.slack.faults.add("429", 5)
    assert [people.name(one) for one in ("U0ANA00000", "U0NOBODY00")] == shown == ["Ana Costa", ""]
    assert office.slack.faults.state()["left"] == {"429": 5}


@pytest.mark.parametrize(
    "called", ["@ana", "ana", "ANA", "Ana Costa", "<@U0ANA00000>", "<@U0ANA00000|ana>", "U0ANA00000"]
)
def test_somebody_is_found_by_what_they_are_called(office: Office, called: str) -> None:
    """Slash commands get `@ana` as text."""
    assert [person.id for person in office.people().named(called)] == ["U0ANA00000"]


def test_nobody_is_found_by_another_name_and_the_listing_is_remembered(office: Office) -> None:
    """It is read once an hour; a listing that fails is no answer."""
    people = office.people()
    assert people.named("@nobody") == ()
    office.slack.faults.add("429", 5)
    assert [person.id for person in people.named("@ana")] == ["U0ANA00000"]
    with pytest.raises(Unknowable):
        office.people().named("@ana")


def test_what_the_bot_may_not_read_makes_nobody_a_stranger(office: Office) -> None:
    """A missing scope is told as what it is, and leaves a group empty."""
    app = office.slack.workspace.app
    office.slack.workspace.app = replace(app, scopes=app.scopes - {"users:read", "usergroups:read"})
    with pytest.raises(Unknowable, match="missing_scope"):
        office.people().person("U0ANA00000", TEAM)
    assert office.people().members("ml-oncall") == frozenset()


def test_look_ups_give_up_before_slack_gives_up_on_us(office: Office) -> None:
    """A click must be acknowledged within three seconds."""
    with silent() as url:
        people = SlackPeople(client("xoxb-any", url), TEAM)
        began = time.monotonic()
        with pytest.raises(Unknowable):
            people.person("U0ANA00000", TEAM)
        with pytest.raises(Unknowable):
            people.members("ml-oncall", fresh=True)
        assert time.monotonic() - began < 2.9


def test_shared_channels_are_external(office: Office) -> None:
    """Of one that the bot cannot see, nobody can tell."""
    people = office.people()
    assert people.is_external("C0SHARED00")
    assert not people.is_external("C0ALERTS00")
    with pytest.raises(Unknowable, match="cannot tell") as told:
        people.is_external("C0NOWHERE0")
    assert "Invite me" in told.value.next_step
