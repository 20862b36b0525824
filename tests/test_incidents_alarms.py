"""Alarms in an incident: in any order, told twice, beside a monitor, deleted, made anew."""

from dataclasses import replace
from datetime import timedelta
from itertools import permutations

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.incidents import record
from bot.logic.alarms import gone, observed
from bot.logic.lifecycle import fold
from bot.model.alarm import AlarmChange, AlarmGone, AlarmState, Contributor
from bot.model.around import Around
from bot.model.incident import Incident, Reason, Status
from bot.model.observation import Observation
from bot.model.place import Family, Place, Service
from sandbox.fakes import FakeIncidents, FakeRoutes, at, run
from sandbox.fakes_alarm import alarm, change, metric, watched
from sandbox.fakes_incident import Story, said

OK, ALARM, UNKNOWN = AlarmState.OK, AlarmState.ALARM, AlarmState.INSUFFICIENT_DATA


def told(one: AlarmChange | AlarmGone) -> Observation:
    """The observation of it."""
    found = gone(one, Around()) if isinstance(one, AlarmGone) else observed(one, Around())
    assert isinstance(found, tuple)
    return found[2]


def story(*changes: AlarmChange | AlarmGone) -> Story:
    """They are heard in this order."""
    found = Story()
    found.hears(*map(told, changes))
    return found


def test_an_alarm_opens_and_resolves_its_card() -> None:
    """In place."""
    found = story()
    assert found.hears(told(change(ALARM, 1))) == [("card", Reason.FIRST, False)]
    assert found.hears(told(change(OK, 3, ALARM))) == said(Reason.RESOLVED)
    assert found.incident.state.status is Status.RESOLVED


def test_an_older_change_never_undoes_a_newer_one() -> None:
    """The good news came first: what it ended is over when it is told, and no card is made of it."""
    late = story(change(OK, 2, ALARM))
    assert late.hears(told(change(ALARM, 1))) == []
    assert late.incident.state.status is Status.RESOLVED
    open_one = story(change(ALARM, 5))
    assert open_one.hears(told(change(OK, 4, ALARM))) == [("card", Reason.COUNT, False)]
    assert open_one.incident.state.status is Status.OPEN


COURSE = (change(ALARM, 1), change(OK, 2, ALARM), change(UNKNOWN, 3, OK), change(OK, 4, UNKNOWN), change(ALARM, 5, OK))


def test_every_order_of_the_same_changes_ends_alike() -> None:
    """As the fold of all of them in order."""
    right = fold(tuple(map(told, COURSE)), at(6))
    for order in permutations(COURSE):
        found = story(*order).store.get(1, at(6)).state
        assert (found.status, found.bad_rows, found.blind) == (right.status, right.bad_rows, right.blind)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(COURSE), min_size=1, max_size=25))
def test_doubles_and_disorder_change_nothing(heard: list[AlarmChange]) -> None:
    """However often each is told, and by whatever way."""
    once = sorted(set(heard), key=lambda c: c.alarm.state_at)
    ways = [replace(one, heard=("eventbridge", "sns", "poll")[n % 3]) for n, one in enumerate(heard)]
    found = story(*ways)
    kept = found.store.at(Place("222222222222", "us-east-1", "bank-marketing", Family.MODEL_QUALITY), at(6))
    right = fold(tuple(map(told, once)), at(6))
    assert (kept.state.status if kept else Status.RESOLVED) is right.status
    if kept is not None:
        assert (kept.state.bad_rows, kept.state.runs) == (right.bad_rows, right.runs)


def test_the_same_change_by_three_ways_counts_once() -> None:
    """EventBridge, a topic, the poll."""
    ways = [replace(change(ALARM, 1), heard=heard) for heard in ("eventbridge", "sns", "poll")]
    found = story(*ways)
    assert (found.incident.state.runs, len(found.incident.log)) == (1, 1)


def test_without_data_an_alarm_is_blind_and_that_is_said_once() -> None:
    """What was bad stays, and what was good is not bad."""
    found = story(change(ALARM, 1))
    assert found.hears(told(change(UNKNOWN, 2, ALARM))) == said(Reason.BLIND)
    assert (found.incident.state.status, len(found.incident.state.bad_rows)) == (Status.OPEN, 1)
    quiet = story(change(UNKNOWN, 1))
    assert "cannot be judged" in quiet.card()
    assert quiet.hears(told(change(OK, 2, UNKNOWN))) == said(Reason.RESOLVED)


def test_an_alarm_shares_the_card_of_its_monitor_and_never_the_row() -> None:
    """Each is good when it says so itself."""
    found = Story()
    found.hears(run(1, {"accuracy": 0.75}), told(change(ALARM, 1.1)))
    assert [r.row.metric for r in found.incident.state.rows] == ["alarm: bank-marketing-accuracy", "accuracy"]
    found.hears(run(2, good={"accuracy": 0.95}))
    assert [r.row.metric for r in found.incident.state.bad_rows] == ["alarm: bank-marketing-accuracy"]
    found.hears(told(change(OK, 2.5, ALARM)))
    assert found.incident.state.status is Status.RESOLVED


def test_no_alarm_speaks_for_another() -> None:
    """Nor does its being deleted, nor one that is made anew under another stamp while the old one lives."""
    other = "bank-marketing-recall"
    found = story(change(ALARM, 1), change(ALARM, 1, name=other), change(OK, 2, ALARM, name=other))
    assert [r.row.metric for r in found.incident.state.bad_rows] == ["alarm: bank-marketing-accuracy"]
    found.hears(told(AlarmGone(alarm(other), at(3))))
    assert len(found.incident.state.bad_rows) == 1
    two = story(change(ALARM, 1, name="acc-2026-11-02-0914"), change(OK, 99, ALARM, name="acc-2026-11-20-1450"))
    assert len(two.incident.state.bad_rows) == 1


def test_a_deleted_alarms_row_closes_after_two_cadences_whatever_else_speaks() -> None:
    """Other alarms of the service are no successors of it."""
    found = story(change(ALARM, 1), change(ALARM, 1, name="bank-marketing-recall"))
    found.hears(told(AlarmGone(alarm(), at(2))), told(change(OK, 2.1, ALARM, name="bank-marketing-recall")))
    assert [r.row.metric for r in found.incident.state.bad_rows] == ["alarm: bank-marketing-accuracy"]
    found.waits(4.1)
    assert found.incident.state.status is Status.RESOLVED


def test_an_alarm_that_is_made_anew_goes_on_where_the_deleted_one_was() -> None:
    """The same row, whatever stamp its name bears."""
    old, new = "acc-2026-11-02-0914", "acc-2026-11-20-1450"
    found = story(change(ALARM, 1, name=old), AlarmGone(alarm(old), at(2)), change(ALARM, 2.5, name=new))
    assert [r.row.metric for r in found.incident.state.rows] == ["alarm: acc"]
    found.waits(9)
    assert found.incident.state.status is Status.OPEN
    found.hears(told(change(OK, 10, ALARM, name=new)))
    assert found.incident.state.status is Status.RESOLVED


def test_an_alarm_whose_comparison_was_changed_leaves_no_row_behind() -> None:
    """It speaks for all of itself."""
    found = story(change(ALARM, 1), change(OK, 2, ALARM, comparison="LessThanOrEqualToThreshold"))
    assert found.incident.state.status is Status.RESOLVED


def test_of_one_alarm_over_many_series_each_is_a_row() -> None:
    """One that recovers leaves the others."""
    select = 'SELECT MIN(accuracy) FROM "aws/sagemaker/Endpoints/model-metrics" GROUP BY Endpoint, Variant'
    series = [Contributor(v, (("Endpoint", "bank-marketing"), ("Variant", v))) for v in ("blue", "green")]

    def changed(state: AlarmState, hour: float, one: Contributor) -> AlarmChange:
        return change(state, hour, None, contributor=one, kind="insights", watched=(), expression=select)

    found = story(*(changed(ALARM, 1, one) for one in series), changed(OK, 2, series[0]))
    (left,) = found.incident.state.bad_rows
    assert left.row.metric == "alarm: bank-marketing-accuracy (bank-marketing, green)"


def listed(store: FakeIncidents) -> list[Incident]:
    """What is open."""
    return list(store.list(at(9)))


def test_an_alarm_ends_what_it_began_even_where_its_family_is_known_otherwise_by_then() -> None:
    """A composite alarm whose children nobody could look at when it fired; the next time it is told in its own."""
    store = FakeIncidents(fold)
    place = Place("111111111111", "us-west-2", "any", Family.OPERATIONS)
    better = replace(place, family=Family.MODEL_QUALITY, account_id="222222222222")
    for where, one in ((place, change(ALARM, 1)), (better, change(OK, 2, ALARM)), (better, change(ALARM, 9))):
        record(store, [(where, Service("any"), told(one))], FakeRoutes().route, one.alarm.state_at)
        if one.alarm.state is OK:
            assert listed(store) == []
    assert [i.place for i in listed(store)] == [better]


def test_an_alarms_episode_lasts_two_of_its_own_cadences_beyond_its_end() -> None:
    """Five minutes each."""
    short = {"watched": (watched(metric(), period_s=300),), "period_s": 300}
    minute = 1 / 60
    for after, episode in ((9 * minute, 1), (11 * minute, 2)):
        course = (change(ALARM, 1, **short), change(OK, 1.5, ALARM, **short), change(ALARM, 1.5 + after, OK, **short))
        found = story(*course)
        assert (found.incident.state.episode, found.incident.state.cadence) == (episode, timedelta(minutes=5))
