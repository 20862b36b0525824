"""What a digest says, and when it is due."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta

import pytest

from bot.logic.digest import MOST_ROWS, digest
from bot.logic.digest_hours import LATE, due
from bot.logic.lifecycle import fold
from bot.model.account import Account
from bot.model.incident import Act, Click, Entry, Incident, Queued
from bot.model.observation import NO_DATA, SILENT, Finding, Observation, Row, Verdict
from bot.model.place import About, Family, Place, Service, Severity
from bot.model.reply import Group, Heading, Reply, Table, Time, User
from bot.render import message, plain_text
from sandbox.fakes import HOUR, at, row, run, subject
from sandbox.slack.check_surface import problems_of

NOW = at(24)
ACCOUNTS = {"222222222222": Account("222222222222", "ml-production", ())}


def incident(number: int, *log: Entry, service: str = "bank-marketing", severity: Severity | None = None) -> Incident:
    """As the store gives it now."""
    place = Place("222222222222", "us-east-1", service, Family.MODEL_QUALITY)
    return Incident(
        number, place, Service(service, "tag", About(severity=severity)), log, Queued(), fold(log, NOW, 6 * HOUR)
    )


def ack(hour: float, until: float, person: str = "U1") -> Click:
    """Somebody takes accuracy."""
    return Click(f"c{hour}", Act.ACKNOWLEDGE, at(hour), person, (row("accuracy"),), at(until))


def broken(*hours: float) -> list[Observation]:
    """Runs with bad accuracy."""
    return [run(hour, {"accuracy": 0.5}) for hour in hours]


def blind(hour: float, of: Row, by: str) -> Observation:
    """A monitor that could not judge."""
    return Observation(
        f"b{by}", subject(by), at(hour), (Finding(of, Verdict.BLIND, note="no capture"),), complete=False
    )


def text(*incidents: Incident) -> str:
    """The digest of a day, on one line."""
    return " ".join(plain_text(digest(incidents, at(0), NOW, ACCOUNTS)).split())


def table(reply: Reply) -> Table:
    """Its one table."""
    (found,) = (part for part in reply.parts if isinstance(part, Table))
    return found


def test_a_day_with_nothing_says_so_in_one_line() -> None:
    """No heading, no table."""
    reply = digest((), at(0), NOW, {})
    assert plain_text(reply).startswith("Daily digest: nothing is open, and nothing was resolved since")
    assert not any(isinstance(part, Heading | Table) for part in reply.parts)
    assert len(message(reply).blocks) == 1


def test_what_is_open_stands_by_urgency_with_who_has_it_and_until_when() -> None:
    """What ran out first, then open by severity and age, then what somebody has."""
    reply = digest(
        (
            incident(1, *broken(10), ack(11, 40, "U1")),
            incident(2, *broken(12)),
            incident(3, *broken(20), severity=Severity.CRITICAL),
            incident(4, *broken(1, 2), ack(2.5, 5, "U2"), *broken(6)),
            incident(5, *broken(8)),
            incident(6, *broken(9), Click("s", Act.SNOOZE, at(10), "U3", until=at(30))),
        ),
        at(0),
        NOW,
        ACCOUNTS,
    )
    rows = table(reply).rows
    assert [(r[0], r[4], r[5]) for r in rows] == [
        ("4", "run out", "23 h"),
        ("3", "open", "4 h"),
        ("5", "open", "16 h"),
        ("2", "open", "12 h"),
        ("1", "acknowledged", "14 h"),
        ("6", "snoozed", "15 h"),
    ]
    assert rows[0][6] == (User("U2"), " had it")
    assert rows[1][6] == "nobody"
    assert [(r[6], r[7]) for r in rows[4:]] == [((User("U1"),), Time(at(40))), ((User("U3"),), Time(at(30)))]
    assert "Daily digest: 3 open, 1 run out, 1 acknowledged, 1 snoozed" in plain_text(reply)
    assert not any(isinstance(piece, Group) or getattr(piece, "mention", False) for r in rows for piece in r[6])


def test_what_was_resolved_is_named_with_how_long_it_lasted() -> None:
    """Also when nothing is open any more: then without a table."""
    done = incident(7, *broken(2, 3), run(5, good={"accuracy": 0.9}), service="churn")
    assert "Resolved: #7 churn after 3 h." in text(done)
    assert "Not resolved" not in text(done)
    fixed = incident(8, *broken(2), Click("r", Act.RESOLVE, at(4), "U1"), service="churn")
    assert "Resolved: #8 churn after 2 h (fixed, waiting for the window)." in text(fixed)


@pytest.mark.parametrize(
    ("waits", "said"),
    [
        ([], ""),
        ([0.5], "Acknowledged: 1 time, half of them within 30 min."),
        ([0.25, 1, 9], "Acknowledged: 3 times, half of them within 1 h."),
        ([1, 2], "half of them within 1 h 30 min."),
    ],
)
def test_the_time_to_acknowledge_is_the_middle_one(waits: Iterable[float], said: str) -> None:
    """Of each episode's first press; those of the days before do not count."""
    taken = [incident(n, *broken(2), ack(2 + wait, 40), ack(20, 50)) for n, wait in enumerate(waits, 1)]
    earlier = incident(99, *broken(-9), ack(-8, 40))
    told = text(*taken, earlier, incident(98, *broken(3)))
    assert said in told
    assert ("Acknowledged:" in told) == bool(said)


def test_the_noisiest_have_the_most_broken_runs_of_the_day() -> None:
    """Three of them, and none for a single run; older runs do not count."""
    noisy = [incident(n, *broken(*range(1, n)), service=f"s{n}") for n in range(2, 7)]
    old = incident(9, *broken(*range(-20, 0), 1), service="old")
    told = text(*noisy, old)
    assert "Noisiest: #6 s6, model quality: 5 broken runs; #5 s5, model quality: 4 broken runs; #4 s4" in told
    assert "#9 old," not in told
    assert "Noisiest" not in text(incident(1, *broken(3)))


def test_monitors_that_cannot_judge_are_named() -> None:
    """By their newest word: one that sees again is none of them."""
    log = (*broken(1), blind(2, NO_DATA, "quality"), blind(3, SILENT, "bias"), blind(3.5, NO_DATA, "sees"))
    told = text(incident(1, *log, run(5, good={"recall": 0.9}, by="sees", complete=False)))
    assert "Cannot judge: #1 quality (no data), #1 bias (silent)." in told


def test_five_hundred_incidents_fit_a_message_of_slack() -> None:
    """The most urgent ones are in it, and how many there are; names may be long and hostile."""
    many = [
        incident(n, *broken(*range(1, 6)), blind(6, NO_DATA, "<!here>" * 9), service=f"*<@U{n}>*" + "x" * 240)
        for n in range(1, 501)
    ]
    done = [incident(n, *broken(1), run(3, good={"accuracy": 1.0}), service="y" * 256) for n in range(501, 600)]
    reply = digest([*many, *done], at(0), NOW, ACCOUNTS)
    made = message(reply)
    said = plain_text(reply)
    assert (table(reply).total, len(table(reply).rows)) == (500, MOST_ROWS)
    assert problems_of(made.blocks, "message") == []
    assert "500 open, 99 resolved" in said
    assert "and 91 more" in said
    assert "and 492 more" in said


LONDON = "Europe/London"


@pytest.mark.parametrize(
    ("hour", "zone", "now", "day", "span_h"),
    [
        ("08:30", "UTC", "2026-11-25T08:29", None, 0),
        ("08:30", "UTC", "2026-11-25T08:30", "2026-11-25", 24),
        ("08:30", "UTC", "2026-11-25T14:30", "2026-11-25", 24),
        ("08:30", "UTC", "2026-11-25T14:31", None, 0),
        ("23:30", "UTC", "2026-11-26T01:00", "2026-11-25", 24),
        ("08:30", "Asia/Kolkata", "2026-11-25T03:00", "2026-11-25", 24),
        ("08:30", "America/Los_Angeles", "2026-11-25T17:00", "2026-11-25", 24),
        ("08:30", LONDON, "2026-03-29T07:30", "2026-03-29", 23),
        ("08:30", LONDON, "2026-10-25T08:29", None, 0),
        ("08:30", LONDON, "2026-10-25T08:30", "2026-10-25", 25),
        ("01:30", LONDON, "2026-03-29T01:30", "2026-03-29", 24),
        ("01:30", LONDON, "2026-10-25T00:30", "2026-10-25", 24),
        ("01:30", LONDON, "2026-10-25T01:30", "2026-10-25", 24),
        ("00:00", "Pacific/Kiritimati", "2026-11-24T10:00", "2026-11-25", 24),
    ],
)
def test_a_digest_is_due_from_its_hour_on_for_six(hour: str, zone: str, now: str, day: str | None, span_h: int) -> None:
    """The day is its readers'; the night when clocks change has one too, whichever way they go."""
    found = due(time.fromisoformat(hour), zone, datetime.fromisoformat(now).replace(tzinfo=UTC))
    assert (found and str(found.day)) == day
    if found:
        assert found.at - found.since == timedelta(hours=span_h)


@pytest.mark.parametrize("zone", [LONDON, "America/New_York", "Australia/Lord_Howe", "UTC"])
@pytest.mark.parametrize("hour", [time(0), time(1, 30), time(2), time(2, 30), time(8, 30), time(23, 59)])
def test_every_day_of_a_year_has_one(zone: str, hour: time) -> None:
    """Looked at every 20 minutes: each local day once, in order, whatever clocks do; a gap of five hours loses none."""
    now, days = datetime(2026, 1, 1, 12, tzinfo=UTC), list[date]()
    for nth in range(366 * 72):
        now += timedelta(minutes=20)
        asleep = nth % 100 < 15  # five hours
        found = None if asleep else due(hour, zone, now)
        if found and found.day not in days[-1:]:
            days.append(found.day)
    assert days == [days[0] + timedelta(days=n) for n in range(len(days))]
    assert len(days) >= 365
    assert timedelta(hours=6) == LATE
