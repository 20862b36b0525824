"""The poll: what it makes of accounts and runs that answer, refuse, hang or come late."""

import time
from dataclasses import replace

import pytest

from bot.alerts.reader import MOST_LOOKS
from bot.alerts.watch import Pace, Watch
from bot.errors import AccessDenied, SourceError, Throttled, TimedOut
from bot.model.account import Account
from bot.model.blind import RunFacts
from bot.model.incident import Status
from bot.model.monitor import Report, RunStatus
from bot.model.observation import NO_DATA, UNREAD, Finding, Observation, Row, Verdict, Window
from bot.ports import Directory, Failure, Found, Inventory
from sandbox.fakes import FakeRoutes, at, finding
from sandbox.fakes_fleet import FakeDirectory
from sandbox.fakes_rounds import NO_RIGHT, OWN, PROD, TEST, Stage, report, run


def test_the_fakes_are_the_ports() -> None:
    """The type checker holds them to the Protocols; this holds the file to being checked."""
    stage = Stage()
    directory: Directory = FakeDirectory(stage.fleet)
    inventory: Inventory = stage.inventory
    assert directory.accounts().items
    assert inventory.names() == ()


def test_a_region_that_is_never_read_leaves_the_accounts_of_the_others_known() -> None:
    """From the first poll on, in the inventory that says who may do what."""
    stage = Stage(run(PROD, 9))
    stage.fleet.unlisted = (Failure(OWN, "eu-west-1", AccessDenied("Region off")),)
    assert stage.watch.poll() == 1
    assert stage.inventory.accounts() == (OWN, PROD, TEST)
    assert "ml-production bank" in stage.cards()


def test_a_partial_answer_adds_accounts_and_regions_and_takes_none_off() -> None:
    """A complete one takes off what is no longer linked."""
    stage = Stage()
    wide = replace(PROD, regions=("us-west-2", "eu-west-1"), telemetry=("AWS::Logs::LogGroup",))
    stage.inventory.remember((wide, TEST), at(1))
    new = Account("444444444444", "ml-new", ("us-west-2",))
    stage.fleet.accounts = (OWN, replace(PROD, label="ml-prod"), new)
    stage.fleet.unlisted = (Failure(OWN, "eu-west-1", TimedOut("slow")),)
    stage.watch.poll()
    assert stage.inventory.accounts() == (new, OWN, replace(wide, label="ml-prod"), TEST)
    stage.fleet.unlisted = ()
    stage.watch.poll()
    assert [a.label for a in stage.inventory.accounts() if a.linked] == ["ml-new", "ml-observability", "ml-prod"]
    assert stage.inventory.accounts()[2].regions == ("us-west-2",)


def test_when_nobody_can_list_the_accounts_those_known_are_asked() -> None:
    """Expired keys of the directory hide no run."""
    stage = Stage(run(PROD, 9))
    stage.inventory.remember((PROD,), at(1))

    class Mute(FakeDirectory):
        """Cannot say who the bot is."""

        def accounts(self) -> Found[Account]:
            """Raises."""
            raise AccessDenied("the bot's AWS credentials have expired")

    bound = stage.fleet.bind
    watch = Watch(
        lambda ask: {**bound(ask), Directory: Mute(stage.fleet)},
        stage.incidents,
        stage.inventory,
        FakeRoutes(),
        stage.clock,
        pace=Pace(),
        changed=lambda: None,
    )
    assert watch.poll() == 1
    assert stage.inventory.seen_at() == at(1)


def test_a_run_is_recorded_once() -> None:
    """Every poll lists it anew."""
    stage = Stage(run(PROD, 9))
    assert [stage.watch.poll(), stage.watch.poll()] == [1, 0]
    assert stage.cards()["ml-production bank"].revision == 1
    assert len(stage.woken) == 1


def test_a_run_that_is_under_way_is_no_observation() -> None:
    """It will be."""
    assert Stage(run(PROD, 9, RunStatus.RUNNING)).watch.poll() == 0


def test_failed_and_stopped_runs_are_blind_with_the_cause_in_words() -> None:
    """They say neither good nor bad of any row; the window is known for the listing."""
    bad, stopped, failed = run(PROD, 7), run(PROD, 8, RunStatus.STOPPED), run(PROD, 9, RunStatus.FAILED)
    stage = Stage(bad, stopped, failed)
    window = Window(at(8), at(9))
    stage.fleet.facts[failed.id] = RunFacts(window=window, captured=False)
    assert [stage.watch.poll(), stage.watch.poll()] == [3, 0]
    _, *blind = stage.incidents.get(1, at(10)).log
    assert all(isinstance(o, Observation) and not o.complete for o in blind)
    notes = [[(f.row, f.verdict, f.note) for f in o.findings] for o in blind if isinstance(o, Observation)]
    assert notes[0] == [(NO_DATA, Verdict.BLIND, "The run was stopped before it ended.")]
    assert notes[1][0][2].startswith("No captured data between ")
    assert stage.fleet.looked == [failed.id], "nobody looks at the data of one that was stopped"
    state = stage.incidents.get(1, at(10)).state
    assert [r.row.metric for r in state.bad_rows] == ["accuracy"]
    assert state.window is None, "the values that are shown are of another"
    assert isinstance(blind[1], Observation)
    assert blind[1].window == window


def test_a_round_looks_at_the_data_of_the_newest_failed_runs_of_an_account() -> None:
    """The others get AWS's own words, and so do all behind an account that fell silent."""
    runs = [run(PROD, 1 + n / 4, RunStatus.FAILED) for n in range(MOST_LOOKS + 3)]
    stage = Stage(*runs)
    assert stage.watch.poll() == len(runs)
    assert stage.fleet.looked == [r.id for r in runs[3:]]
    silent = Stage(*runs)
    silent.fleet.facts[runs[5].id] = RunFacts(unlooked=("ml-production did not answer",), answered=False)
    assert silent.watch.poll() == len(runs)
    assert silent.fleet.looked == [r.id for r in runs[3:6]]


def test_a_report_that_is_refused_makes_a_card_that_says_why() -> None:
    """People must hear that something is bad."""
    stage = Stage(run(PROD, 9))
    stage.fleet.reports[stage.fleet.runs[0].id] = NO_RIGHT
    assert stage.watch.poll() == 1
    state = stage.cards()["ml-production bank"].state
    assert [r.row for r in state.bad_rows] == [UNREAD]
    assert state.detail == "role sagewatch-read in ml-production lacks s3:GetObject. Add it to the role's policy."
    assert state.count is None
    assert stage.watch.poll() == 0


def test_a_clean_runs_numbers_are_read_while_it_is_in_doubt_that_all_is_good() -> None:
    """Resolved by a number within noise of what fired: the next one's tells; after that nobody asks."""
    stage = Stage()

    def ends(hour: float, seen: float) -> list[float | None]:
        """A run; returns the numbers that the log got of it."""
        bad = seen < 0.5
        one = run(PROD, hour, RunStatus.VIOLATED if bad else RunStatus.CLEAN)
        found = finding("f1", seen, Verdict.BAD if bad else Verdict.GOOD, error=0.01)
        stage.fleet.runs.append(one)
        stage.fleet.reports[one.id] = Report((found,), None, 1000, int(bad), "", readable=True)
        stage.clock.time = at(hour + 0.1)
        stage.watch.poll()
        kept = [e for e in stage.incidents.get(1, at(hour)).log if isinstance(e, Observation) and e.id == one.id]
        return [f.reading.seen for e in kept for f in e.findings]

    assert ends(10, 0.49) == [0.49]
    assert ends(11, 0.51) == [0.51], "it resolves the card"
    assert ends(12, 0.51) == [0.51], "good within noise"
    assert ends(13, 0.60) == [0.60], "good beyond it"
    assert ends(14, 0.60) == []


def test_a_clean_run_whose_report_is_refused_is_good() -> None:
    """Its status is its verdict; only an open card makes anybody ask for its numbers."""
    bad, good = run(PROD, 8), run(PROD, 9, RunStatus.CLEAN)
    stage = Stage(bad)
    stage.watch.poll()
    stage.fleet.runs.append(good)
    stage.fleet.reports[good.id] = NO_RIGHT
    assert stage.watch.poll() == 1
    assert stage.incidents.get(1, at(10)).state.status is Status.RESOLVED


def test_a_run_that_cannot_be_placed_hides_none_after_it() -> None:
    """Oldest first, it would be met at every poll until it is too old."""
    stage = Stage(run(PROD, 7), run(PROD, 8, endpoint="loans"), run(PROD, 9))
    stage.fleet.schedules[stage.fleet.runs[0].id] = SourceError("ValidationException")
    assert stage.watch.poll() == 2
    assert set(stage.cards()) == {"ml-production bank", "ml-production loans"}


@pytest.mark.parametrize("error", [Throttled("slow down"), TimedOut("no answer")])
def test_an_account_that_does_not_answer_is_left_until_the_next_poll(error: SourceError) -> None:
    """Its runs stay unseen, other accounts' are recorded."""
    stage = Stage(run(PROD, 7), run(PROD, 8), run(TEST, 9))
    late = stage.fleet.runs[0].id
    stage.fleet.schedules[late] = error
    assert stage.watch.poll() == 1
    assert stage.fleet.read.count(stage.fleet.runs[1].id) == 0
    del stage.fleet.schedules[late]
    assert stage.watch.poll() == 2
    assert set(stage.cards()) == {"ml-production bank", "ml-test bank"}


def test_a_run_that_never_answers_comes_last_from_then_on() -> None:
    """Those behind it are recorded at the second poll."""
    stage = Stage(run(PROD, 7), run(PROD, 8), run(PROD, 9))
    stage.fleet.schedules[stage.fleet.runs[0].id] = TimedOut("no answer")
    assert [stage.watch.poll() for _ in range(3)] == [0, 2, 0]
    assert stage.cards()["ml-production bank"].state.observed_at == at(9)


def test_a_slow_account_delays_no_other() -> None:
    """The others' cards are asked for while it is still waited for."""
    stage = Stage(run(PROD, 8), run(TEST, 9), pace=Pace(read_s=1.5))
    stage.fleet.hung = {(PROD.id, "us-west-2")}
    began = time.monotonic()
    assert stage.watch.poll() == 1
    assert stage.woken[0] - began < 1
    assert time.monotonic() - began > 1.4
    assert set(stage.cards()) == {"ml-test bank"}


def test_a_slow_region_delays_no_other_of_its_account() -> None:
    """An account is read by Region."""
    wide = replace(PROD, regions=("eu-west-1", "us-west-2"))
    stage = Stage(run(wide, 7), replace(run(wide, 9), region="us-west-2"), pace=Pace(read_s=0.5))
    stage.fleet.accounts = (OWN, wide)
    stage.fleet.hung = {(PROD.id, "eu-west-1")}
    assert stage.watch.poll() == 1
    assert [i.place.region for i in stage.cards().values()] == ["us-west-2"]


def test_a_round_begins_no_run_after_its_time() -> None:
    """Days of runs after an outage are taken in several polls."""
    stage = Stage(*(run(PROD, hour) for hour in range(1, 10)), pace=Pace(round_s=0))
    assert stage.watch.poll() == 0
    stage.watch = stage.again(Pace())
    assert stage.watch.poll() == 9
    assert stage.cards()["ml-production bank"].state.runs == 9


def test_runs_of_a_place_are_taken_oldest_first_whatever_the_list_says() -> None:
    """The newest decides what is bad now."""
    stage = Stage(run(PROD, 9), run(PROD, 7), run(PROD, 8))
    stage.fleet.reports = {
        r.id: report(m) for r, m in zip(stage.fleet.runs, ("auc", "accuracy", "recall"), strict=True)
    }
    stage.watch.poll()
    state = stage.cards()["ml-production bank"].state
    assert [r.row for r in state.bad_rows] == [Row("auc", "LessThanThreshold")]
    assert [r.number for r in state.rows] == [3, 1, 2]


def test_an_unread_finding_has_no_number() -> None:
    """Unknown is not zero."""
    stage = Stage(run(PROD, 9))
    stage.fleet.reports[stage.fleet.runs[0].id] = NO_RIGHT
    stage.watch.poll()
    (entry,) = stage.incidents.get(1, at(10)).log
    assert isinstance(entry, Observation)
    assert entry.findings == (Finding(UNREAD, Verdict.BAD),)
