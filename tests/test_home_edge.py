"""App Home: what is wrong at a glance, what one has, what waits; drawn after the acknowledgement, with one's rights."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.alerts.watch import BOT
from bot.approvals import keep
from bot.logic.approvals import found
from bot.model.account import Scope
from bot.model.audit import AuditEntry
from bot.model.person import Grant, Role
from bot.model.reply import Reply
from bot.ports import Ask, PackageOperations, Packages
from sandbox.driver import Declined, find, text_of, until
from sandbox.fakes import FakeRoutes, at
from sandbox.fakes_office import ACCOUNT, OTHER, Office, office
from sandbox.fakes_packages import FakePackages, ModelRegistry, package, ref
from sandbox.slack import payloads


@pytest.fixture
def there(tmp_path: Path) -> Iterator[Office]:
    """An office in which nothing is wrong yet."""
    with office(str(tmp_path / "sagewatch.db")) as made:
        yield made


def shown(there: Office, word: str, who: str = "maya") -> str:
    """All that somebody's Home says, once it says that word."""
    return until(lambda: (t := text_of(there.drive.home(who))) and word in t and t, f"{word} is on the Home")


def opened(there: Office, word: str, who: str = "maya") -> str:
    """Somebody opens their Home."""
    assert there.drive.open_home(who)["ok"]
    return shown(there, word, who)


def audited(there: Office) -> list[AuditEntry]:
    """What was done from Homes, the newest first."""
    return [e for e in there.audit.tail(50) if e.origin == "home"]


def test_a_quiet_fleet_says_so(there: Office) -> None:
    """Nothing to press but what is always there."""
    said = opened(there, "Nothing is open")
    assert "No incident waits" in said
    assert "2 accounts watched" in said
    assert "Updated" in said
    assert [e.outcome for e in audited(there)] == ["done"]


def test_what_waits_is_acknowledged_on_the_home_which_is_then_drawn_anew(there: Office) -> None:
    """The worst said in words; afterwards it is Maya's, and Sam's Home says so when he opens it."""
    there.breaks(rows=3)
    there.breaks("churn", hour=2)
    said = opened(there, "2 open")
    assert "churn" in said
    assert "3 model-quality constraints broken" in said
    there.drive.press_home("maya", "Acknowledge")
    said = shown(there, "yours until")
    assert "1 open" in said
    assert there.drive.views("maya") == []
    theirs = opened(there, "1 open", "sam")
    assert "1 acknowledged" in theirs
    assert "none yours" in theirs


def test_whoever_may_not_acknowledge_is_offered_no_button(tmp_path: Path) -> None:
    """Each sees what waits; a channel's answer keeps the button, since somebody else may press it."""
    with office(str(tmp_path / "sagewatch.db"), Grant(Role.RESPONDER, ("U0SAM",), (), (OTHER.id,))) as there:
        there.breaks()
        there.breaks("churn", account=OTHER)
        assert "Acknowledge" not in opened(there, "2 open")
        assert opened(there, "2 open", "sam").count("ml-development") == 2
        there.drive.press_home("sam", "Acknowledge")
        assert "churn" in shown(there, "yours until", "sam").partition("Yours")[2]
        assert "Acknowledge" not in shown(there, "1 open", "sam").splitlines()
        there.drive.say("maya", "/ml incidents")
        private = until(lambda: [m for m in there.drive.messages("maya") if "1 open" in text_of(m)], "it is told")[-1]
        assert "Acknowledge" not in text_of(private).splitlines()
        there.drive.press("maya", private, "Share Here")
        shared = until(lambda: [m for m in there.drive.messages("sam") if "1 open" in text_of(m)], "it is shared")[-1]
        assert "Acknowledge" in text_of(shared).splitlines()


def test_an_act_that_comes_too_late_says_whose_it_is_in_a_modal(there: Office) -> None:
    """There is no message that an answer could be put beside; the Home is right afterwards."""
    there.breaks()
    opened(there, "1 open")
    opened(there, "1 open", "sam")
    there.drive.press_home("sam", "Acknowledge")
    shown(there, "yours until", "sam")
    there.drive.press_home("maya", "Acknowledge")
    modal = until(lambda: there.drive.views("maya"), "it is told")[-1]
    assert "is acknowledged by" in text_of(modal)
    assert "Nothing is open" in shown(there, "Nothing is open")


def test_while_the_database_is_down_a_home_that_stands_stays_and_a_new_one_says_so(
    there: Office, tmp_path: Path
) -> None:
    """An act says in a modal that it was not done; what cannot be shown can be asked for again."""
    there.breaks()
    opened(there, "1 open")
    with closing(sqlite3.connect(tmp_path / "sagewatch.db", isolation_level=None)) as database:
        database.execute("ALTER TABLE incidents RENAME TO lost")
        there.drive.press_home("maya", "Acknowledge")
        modal = until(lambda: there.drive.views("maya"), "it is told")[-1]
        assert "The database" in text_of(modal)
        there.settle()
        assert "1 open" in text_of(there.drive.home("maya"))
        assert "The database" in opened(there, "The database")
        database.execute("ALTER TABLE lost RENAME TO incidents")
    there.drive.press_home("maya", "Refresh")
    shown(there, "1 open")


def test_refresh_draws_it_anew_and_help_is_read_in_a_modal(there: Office) -> None:
    """Neither needs a channel."""
    opened(there, "Nothing is open")
    there.breaks()
    there.drive.press_home("maya", "Refresh")
    shown(there, "1 open")
    there.drive.press_home("maya", "What You Can Ask")
    assert "/ml accounts" in text_of(until(lambda: there.drive.views("maya"), "help opens")[-1])


def test_what_comes_too_late_for_a_modal_is_said_in_messages(there: Office) -> None:
    """A trigger lasts three seconds."""
    opened(there, "Nothing is open")
    late = press(there, "ml:run:1", "help")
    there.on_loop(lambda: there.slack.triggers.exchange(late["trigger_id"]))
    assert there.take(late) == {}
    until(lambda: any("What you can ask Sagewatch" in text_of(m) for m in direct(there)), "it is said")


def test_a_file_that_is_asked_for_on_the_home_comes_into_messages(there: Office) -> None:
    """What is said of it comes there too."""
    there.breaks()
    opened(there, "1 open")
    assert there.take(press(there, "ml:file:1", "incidents")) == {}
    until(lambda: any("in your messages" in text_of(m) for m in direct(there)), "it is told")
    assert [m for m in direct(there) if m.get("files")]


def test_a_form_opens_from_the_home(there: Office) -> None:
    """Sent from no channel, it is done all the same."""
    there.breaks()
    opened(there, "1 open")
    assert there.take(press(there, "ml:form:1", "ack-with 1")) == {}
    view = until(lambda: there.drive.views("maya"), "the form opens")[-1]
    assert there.drive.submit("maya", view, {})["ok"]
    until(lambda: there.store.get(1, there.fleet.now()).state.owner_id == "U0MAYA", "it is taken")


def test_a_form_marks_the_field_that_is_wrong(there: Office) -> None:
    """A past day stands at the day, not at the choice above it; corrected, it is done."""
    there.breaks()
    opened(there, "1 open")
    assert there.take(press(there, "ml:form:1", "snooze-with 1")) == {}
    view = until(lambda: there.drive.views("maya"), "the form opens")[-1]
    past = there.fleet.now().date() - timedelta(days=1)
    marked = there.drive.submit("maya", view, {"until": "1h", "day": past.isoformat()})
    assert marked["errors"] == {"day": f"{past} at 09:00 is past. Choose a day within the next year."}
    assert there.drive.submit("maya", view, {"until": "1h"})["ok"]
    until(lambda: there.store.get(1, there.fleet.now()).state.snooze, "it rests")


def test_a_guest_gets_the_refusal_and_nothing_more(there: Office) -> None:
    """No number, no name, no button."""
    there.breaks()
    said = opened(there, "Guests cannot use this bot", "gus")
    assert "bank-marketing" not in said
    assert not [block for block in there.drive.home("gus")["blocks"] if block["type"] == "actions"]
    assert [e.outcome for e in audited(there)] == ["refused"]


def test_a_stranger_gets_no_home_and_no_word(there: Office) -> None:
    """Of another company's people nothing is published, whatever Slack delivers."""
    with pytest.raises(Declined):
        there.drive.open_home("pat")
    event = {"type": "app_home_opened", "user": "U0PAT", "channel": "D0PAT", "tab": "home", "event_ts": "1.1"}
    payload = payloads.event(there.slack.workspace, "Ev1", event, is_ext_shared=False)
    assert there.take({**payload, "team_id": "T0PARTNER"}, "events_api") == {}
    there.settle()
    assert there.slack.workspace.homes == {}
    assert audited(there) == []


def test_only_what_the_role_covers_is_shown(tmp_path: Path) -> None:
    """The accounts watched are counted by it too."""
    with office(str(tmp_path / "sagewatch.db"), Grant(Role.VIEWER, ("U0MAYA",), (), (ACCOUNT.id,))) as there:
        there.breaks()
        there.breaks("churn", account=OTHER, hour=2)
        said = opened(there, "1 open")
        assert "churn" not in said
        assert "1 account watched" in said


def test_packages_that_wait_are_counted_from_the_store_and_listed_for_whoever_may_decide(tmp_path: Path) -> None:
    """Home asks no account. Its button does, and its list opens above it; who is no operator only reads the number."""
    registry = ModelRegistry()

    def more(ask: Ask) -> dict[type, object]:
        return dict.fromkeys((Packages, PackageOperations), FakePackages(registry, ask))

    operator = Grant(Role.OPERATOR, ("U0MAYA",))
    with office(str(tmp_path / "sagewatch.db"), operator, more=more) as there:
        assert "model package" not in opened(there, "Nothing is open")
        made = package(of=replace(ref(), region=ACCOUNT.regions[0]))
        registry.register(made)
        keep(there.approvals, FakeRoutes(), {}, [made], Ask(BOT, there.fleet.now(), Scope(()), 0.0))
        there.drive.press_home("maya", "Refresh")
        assert "Waiting packages" in shown(there, "1 model package waits for approval.")
        assert "Waiting packages" not in opened(there, "1 model package waits for approval.", "sam")
        assert registry.reads == 0
        there.drive.press_home("maya", "Waiting packages")
        listed = until(lambda: there.drive.views("maya"), "the list opens")[-1]
        assert "bank-marketing version 3" in text_of(listed)
        there.approvals.change(made.ref.arn, lambda t: found(t, None, at(11)), lambda _: Reply(("gone",)), at(11))
        there.drive.press_home("maya", "Refresh")
        until(lambda: "model package" not in text_of(there.drive.home("maya")), "none waits")


def test_the_messages_tab_draws_nothing(there: Office) -> None:
    """Slack tells of both tabs."""
    event = {"type": "app_home_opened", "user": "U0MAYA", "channel": "D0MAYA", "tab": "messages", "event_ts": "1.1"}
    payload = payloads.event(there.slack.workspace, "Ev1", event, is_ext_shared=False)
    assert there.take(payload, "events_api") == {}
    there.settle()
    assert there.slack.workspace.homes == {}


def test_what_was_drawn_for_an_older_home_never_takes_the_place_of_a_newer(there: Office) -> None:
    """Two openings at once: the one that is published last was drawn for a Home that is gone."""
    opened(there, "Nothing is open")
    before = there.drive.home("maya")
    there.drive.press_home("maya", "Refresh")
    newer = until(lambda: (h := there.drive.home("maya"))["hash"] != before["hash"] and h, "it is drawn anew")
    event = {
        "type": "app_home_opened",
        "user": "U0MAYA",
        "channel": "D0MAYA",
        "tab": "home",
        "event_ts": "1.1",
        "view": before,
    }
    there.take(payloads.event(there.slack.workspace, "Ev9", event, is_ext_shared=False), "events_api")
    there.settle()
    assert there.drive.home("maya")["hash"] == newer["hash"]


def test_opening_is_acknowledged_while_every_worker_is_busy(there: Office) -> None:
    """Drawing waits its turn, Slack does not."""
    there.fleet.gate.clear()
    for _ in range(6):
        there.drive.say("sam", "/ml violations")
    assert there.drive.open_home("maya")["ack_ms"] < 1000
    there.fleet.gate.set()
    shown(there, "Nothing is open")


def test_blocks_that_slack_refuses_are_published_plainer(there: Office) -> None:
    """Tables as text, the buttons in a menu; pressed, it does the same."""
    there.breaks()
    there.slack.faults.add("invalid_blocks", 1)
    opened(there, "1 open")
    home = there.drive.home("maya")
    assert not [block for block in home["blocks"] if block["type"] == "data_table"]
    block_id, action_id, value = find(home["blocks"], "Acknowledge: 1 bank-marketing")
    acted = {"view_id": home["id"], "block_id": block_id, "action_id": action_id, "value": value}
    there.drive.post("/_sandbox/click", user="U0MAYA", **acted)
    shown(there, "yours until")


def press(there: Office, action_id: str, line: str) -> dict[str, Any]:
    """Maya's press on her Home, as Slack delivers it."""
    user = there.slack.workspace.users["U0MAYA"]
    home = there.drive.home("maya")
    base = there.on_loop(lambda: payloads.interaction(there.slack, "block_actions", user))
    return {
        **base,
        "container": {"type": "view", "view_id": home["id"]},
        "view": home,
        "actions": [{"type": "button", "action_id": action_id, "block_id": "b", "value": line, "action_ts": "1.1"}],
    }


def direct(there: Office) -> list[dict[str, Any]]:
    """Maya's conversation with the bot."""
    found: list[dict[str, Any]] = there.drive.get("/_sandbox/messages", user="U0MAYA", channel="D0MAYA")["messages"]
    return found
