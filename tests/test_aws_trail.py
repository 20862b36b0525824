"""The trail over the sandbox's Athena: every question answered, what is new bridged, who asks the same shares a run."""

import gc
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import pytest

from bot.errors import BadRequest, SourceError, Throttled
from bot.logic.actor import actor
from bot.logic.changes import change_of
from bot.model.account import Scope
from bot.model.news import Change
from bot.model.observation import Window
from bot.model.trail import Call, Wanted
from bot.ports import Calls
from bot.questions.load import load
from sandbox import fakes_trail as people
from sandbox.driver import until
from sandbox.fakes_trail import OBSERVABILITY, PRODUCTION, REGION, TEST, Told
from sandbox.fakes_trail_site import LABELS, NOW, Site, served

HOUR = timedelta(hours=1)
MONTH = Window(NOW - timedelta(days=30), NOW)
LOADED = load(given={"operate_role": "sagewatch-operate"}, known_settings=["trail.about_people"])
DELETED = Wanted("DeleteEndpoint")


@pytest.fixture(scope="module")
def started() -> Iterator[Site]:
    """One for all."""
    with served() as site:
        yield site


@pytest.fixture
def site(started: Site) -> Site:
    """Without a log file."""
    started.empty()
    started.aws.calls.clear()
    return started


def deleted(name: str, at: datetime, account: str = PRODUCTION, who: people.Who = people.MAYA) -> dict[str, Any]:
    """An endpoint's deletion."""
    ago = (NOW - at) / timedelta(days=1)
    return people.record(Told(ago, account, who, "DeleteEndpoint", {"endpointName": name}), NOW)


def found(calls: Calls) -> list[tuple[str, bool]]:
    """Resource, and whether it is provisional."""
    return [(call.resource, call.provisional) for call in calls.items]


def test_the_ladder_is_the_same_in_sql_and_for_records(site: Site) -> None:
    """Whoever is named of a file is named of a look-up."""
    whos = (people.MAYA, people.DIEGO, people.STUDIO, people.PIPELINE, people.PRIYA, people.BOT, people.root)
    records = [deleted(f"e{n}", NOW - HOUR * (n + 2), who=who) for n, who in enumerate((*whos, people.by_service))]
    site.deliver(records)
    delivered = site.trail().calls(DELETED, MONTH).items
    by_id = {r["eventID"]: actor(r["userIdentity"], "sagewatch-operate") for r in records}
    assert {call.id: call.actor for call in delivered} == by_id
    assert not any(call.provisional for call in delivered)


def test_a_call_before_midnight_whose_file_came_after_it_is_found_for_its_day(site: Site) -> None:
    """At 23:58, delivered at 00:04, under the next day; and exactly: not for the day after."""
    midnight = NOW.replace(hour=0)
    late, early = midnight - timedelta(minutes=2), midnight + timedelta(minutes=1)
    site.deliver([deleted("late", late), deleted("early", early)])
    day = Window(midnight - timedelta(days=1), midnight)
    assert found(site.trail().calls(DELETED, day)) == [("late", False)]
    assert found(site.trail().calls(DELETED, Window(midnight, NOW))) == [("early", False)]


def test_what_was_done_just_now_is_provisional_and_appears_once_when_its_file_came(site: Site) -> None:
    """From the account's own history until the trail has it."""
    before, now = deleted("old", NOW - 5 * HOUR), deleted("new", NOW - timedelta(minutes=1))
    site.deliver([before])
    site.remember([before, now])
    assert found(site.trail(site.layer()).calls(DELETED, MONTH)) == [("new", True), ("old", False)]
    site.deliver([now])
    site.calendar.today += timedelta(minutes=10)
    window = Window(MONTH.start, site.calendar.today)
    assert found(site.trail(site.layer()).calls(DELETED, window)) == [("new", False), ("old", False)]


def test_a_call_whose_file_is_late_while_newer_files_came_is_found_all_the_same(site: Site) -> None:
    """For two hours, where the event is named; what changed of whatever kind is looked up for minutes only."""
    late, newer = deleted("late", NOW - timedelta(minutes=90)), deleted("newer", NOW - timedelta(minutes=20))
    site.deliver([newer])
    site.remember([late, newer])
    assert found(site.trail(site.layer()).calls(DELETED, MONTH)) == [("newer", False), ("late", True)]
    assert found(site.trail(site.layer()).calls(Wanted(changes=True), MONTH)) == [("newer", False)]


def test_an_account_that_refuses_hides_no_other(site: Site) -> None:
    """Its past is there from the files; what it did since is missing, and that is said with the right that lacks."""
    site.remember([deleted("a", NOW - HOUR / 60), deleted("b", NOW - HOUR / 60, TEST)])
    site.deliver([deleted("c", NOW - 9 * HOUR, TEST)])
    site.aws.fault("deny", TEST, "cloudtrail:LookupEvents", 1)
    answer = site.trail().calls(DELETED, MONTH)
    assert sorted(found(answer)) == [("a", True), ("c", False)]
    (failure,) = answer.failures
    assert failure.account.id == TEST
    assert "lacks cloudtrail:LookupEvents" in failure.error.cause


def test_an_account_that_left_is_still_read_and_not_asked(site: Site) -> None:
    """Its log files stay; its role may be gone."""
    site.deliver([deleted("mine", NOW - 48 * HOUR, TEST)])
    ask = site.ask(TEST)
    gone = replace(ask, scope=Scope(tuple(replace(a, linked=False) for a in ask.scope.accounts)))
    answer = site.shared.trail(gone).calls(DELETED, MONTH)
    assert (found(answer), answer.failures) == ([("mine", False)], ())
    assert site.calls("LookupEvents") == 0


def test_only_what_is_wanted_is_looked_up_and_read(site: Site) -> None:
    """By resource, in values and not in members' names; by changes; by event."""
    done, read_only = deleted("fraud-2", NOW - HOUR / 60), deleted("fraud-3", NOW - 5 * HOUR)
    site.remember([done, {**done, "eventID": "x" * 36, "errorCode": "AccessDenied"}])
    site.deliver([read_only, deleted("endpointName-of-others", NOW - 6 * HOUR)])
    trail = site.trail()
    assert found(trail.calls(Wanted("DeleteEndpoint", "FRAUD"), MONTH))[-2:] == [("fraud-2", True), ("fraud-3", False)]
    assert found(trail.calls(Wanted(resource="fraud", changes=True), MONTH)) == [("fraud-2", True), ("fraud-3", False)]
    assert found(trail.calls(Wanted(resource="endpointname"), MONTH)) == [("endpointName-of-others", False)]
    assert found(trail.calls(Wanted("CreateEndpoint"), MONTH)) == []


def test_the_newest_file_of_each_place_is_told_and_who_is_silent(site: Site) -> None:
    """By the time in its name, today's or yesterday's."""
    site.deliver([deleted("a", NOW - HOUR), deleted("b", NOW - 30 * HOUR, OBSERVABILITY)])
    scan = site.trail(site.layer()).calls(DELETED, MONTH).scan
    after = timedelta(minutes=6)
    assert scan.newest == {
        (PRODUCTION, REGION): NOW - HOUR + after,
        (OBSERVABILITY, REGION): NOW - 30 * HOUR + after,
    }
    assert scan.silent == ((TEST, REGION),)


def test_the_same_question_soon_again_costs_nothing(site: Site) -> None:
    """Within the same five minutes; another process has Athena's own reuse."""
    site.deliver([deleted("a", NOW - HOUR)])
    minutes = timedelta(minutes=5)
    layer = site.layer(reuse=minutes)
    asked = Wanted("DeleteEndpoint", "a")
    first = site.trail(layer).calls(asked, Window(MONTH.start, NOW - timedelta(minutes=1))).scan
    assert first.scanned_bytes > 0
    assert first.usd == pytest.approx(10 / 2**20 * 5)
    again = Window(MONTH.start, NOW)
    site.calls("StartQueryExecution")
    second = site.trail(layer).calls(asked, again).scan
    assert (second.reused, second.usd) == (True, 0.0)
    assert site.calls("StartQueryExecution") == 0
    other = site.trail(site.layer(reuse=minutes)).calls(asked, again).scan
    assert (other.reused, other.usd) == (True, 0.0)
    assert site.calls("StartQueryExecution") == 1


def test_who_ask_the_same_at_once_share_a_run(site: Site) -> None:
    """Eight askers, one query; each has the answer."""
    site.deliver([deleted("a", NOW - HOUR)])
    layer = site.layer()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: site.trail(layer).calls(DELETED, MONTH), range(8)))
    assert [found(answer) for answer in answers] == [[("a", False)]] * 8
    assert site.calls("StartQueryExecution") == 1


def test_the_estimate_is_the_size_of_the_partitions_that_are_read(site: Site) -> None:
    """Of the accounts, Regions and days asked for, a day more on each side; no query is run."""
    keys = site.deliver([deleted("a", NOW - HOUR), deleted("b", NOW - 26 * HOUR), deleted("c", NOW - HOUR, TEST)])
    site.deliver([deleted("old", NOW - timedelta(days=9))])
    client = site.aws.client("s3", OBSERVABILITY)
    sizes = [client.head_object(Bucket="trail-logs", Key=key)["ContentLength"] for key in keys]
    estimate = site.trail(site.layer(), PRODUCTION).estimate(Window(NOW - timedelta(days=1), NOW), reads=2)
    assert estimate.log_bytes == 2 * sum(sizes[:2])
    assert (estimate.sampled, estimate.dear) == (False, False)
    assert site.calls("StartQueryExecution") == 0
    assert site.trail(site.layer(ask_above_usd=0.00001)).estimate(MONTH).dear


def test_an_estimate_over_many_days_looks_at_some(site: Site) -> None:
    """At most 96 listings; what they hold is taken for all."""
    every = [deleted("a", NOW - timedelta(days=n, minutes=30)) for n in range(80)]
    site.deliver(every)
    longest = Window(NOW - timedelta(days=80), NOW)
    exact = site.trail(site.layer(), PRODUCTION).estimate(longest)
    assert site.calls("ListObjectsV2") == 82
    many = site.trail(site.layer(), *LABELS).estimate(longest)
    assert many.sampled
    assert site.calls("ListObjectsV2") <= 96
    assert many.log_bytes == pytest.approx(exact.log_bytes, rel=0.5)


def test_a_window_that_is_too_long_is_refused_before_anything_is_asked(site: Site) -> None:
    """With what would do."""
    with pytest.raises(BadRequest, match="120 d is longer") as told:
        site.trail().calls(DELETED, Window(NOW - timedelta(days=120), NOW))
    assert (told.value.field, told.value.next_step) == ("since", "Say since=90d or less; until= moves it back.")
    assert site.calls("StartQueryExecution") == 0


def test_a_record_comes_from_the_account_or_else_from_its_file(site: Site) -> None:
    """Whole: request, identity, address; the file's when the account has it no more."""
    body = deleted("a", NOW - 5 * HOUR)
    site.deliver([body])
    trail = site.trail()
    at = NOW - 5 * HOUR
    of_file = trail.record((PRODUCTION, REGION), body["eventID"], at)
    site.remember([body])
    of_account = trail.record((PRODUCTION, REGION), body["eventID"], at)
    assert of_account.body == body
    wanted = ("eventID", "eventTime", "eventName", "sourceIPAddress", "userAgent", "requestParameters")
    assert {name: of_file.body[name] for name in wanted} == {name: body[name] for name in wanted}
    assert unmarked(of_file.call) == unmarked(of_account.call)
    identity = of_file.body["userIdentity"]
    assert isinstance(identity, dict)
    assert identity["arn"] == body["userIdentity"]["arn"]


def test_earlier_calls_of_a_kind_come_from_the_accounts_own_history(site: Site) -> None:
    """Newest first, of that place; a refusal and what is too much are said."""
    asked = [
        people.record(Told(days, PRODUCTION, people.MAYA, "UpdateMonitoringAlert", {"datapointsToAlert": days}), NOW)
        for days in (1, 20, 2)
    ]
    site.remember([*asked, deleted("a", NOW - 30 * HOUR)])
    change = change_of(asked[0], PRODUCTION, REGION)
    assert change is not None
    assert until(partial(earlier, site, change), "an answer") == [2, 20]
    site.aws.fault("deny", PRODUCTION, "cloudtrail:LookupEvents", 1)
    with pytest.raises(SourceError, match="lacks cloudtrail:LookupEvents"):
        site.trail().before(change)


def earlier(site: Site, change: Change) -> list[int]:
    """What was asked for before; nothing while the tests before this one have used up the second's two lookups."""
    try:
        return [call.request["datapointsToAlert"] for call in site.trail().before(change)]
    except Throttled:
        return []


def lines(site: Site) -> set[int]:
    """The descriptors of all open connections to AWS."""
    port, found = urlsplit(site.aws.endpoint_url).port, set()
    for each in [each for each in gc.get_objects() if isinstance(each, socket.socket)]:
        with suppress(OSError):  # it is closed, or closes now: AWS is a thread beside us
            if each.getsockname()[1] != port and each.getpeername()[1] == port:
                found.add(each.fileno())
    return found


def test_a_layer_that_is_closed_leaves_no_connection_open(site: Site) -> None:
    """Those of PyAthena's own clients are closed too."""
    before, layer = lines(site), site.layer()
    site.trail(layer).calls(DELETED, MONTH)
    assert lines(site) - before
    layer.close()
    assert lines(site) - before == set()


def unmarked(call: Call) -> Call:
    """Without what tells where it is from."""
    return replace(call, provisional=False)


def test_names_of_events_are_those_that_botocore_knows(site: Site) -> None:
    """Without a call to AWS."""
    names = site.trail().events()
    assert {"CreateEndpoint", "PutMetricAlarm", "DeleteLink", "StopLogging", "AssumeRole", "ConsoleLogin"} <= set(names)
    assert not site.aws.calls
