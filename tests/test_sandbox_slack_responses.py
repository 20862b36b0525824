"""response_urls, triggers and modals: their uses, their time, what an acknowledgement does to them."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.webhook import WebhookClient

from sandbox.control import create_app
from sandbox.slack import click, deeds, say, submit, tiny
from sandbox.slack.errors import Refused
from sandbox.slack.records import App
from sandbox.slack.scripted import IGNORE, ScriptedApp
from sandbox.slack.server import SlackServer
from sandbox.slack.service import SLACK, Timing

Json = dict[str, Any]


class Clock:
    """Wall seconds that a test moves."""

    def __init__(self) -> None:
        self.at = 1_763_600_000.0

    def __call__(self) -> float:
        """Now."""
        return self.at


class Office:
    """A served workspace with a scripted bot, on a clock of its own."""

    def __init__(self, app: App | None = None) -> None:
        self.clock = Clock()
        self.workspace = tiny.workspace(app=app, now=self.clock)
        served = create_app(self.workspace, tiny.StillWorld(), tiny.StillAws(), timing=Timing(ack_s=0.3))
        self.slack = served[SLACK]
        self.server = SlackServer(served)
        self.url = self.server.start()
        self.bot = ScriptedApp(self.url, self.workspace.app.app_token)
        self.bot.start()
        self.client = WebClient(self.workspace.app.bot_token, base_url=f"{self.url}/api/", timeout=5)
        self.maya = self.workspace.users["U0MAYA"]

    def close(self) -> None:
        """Stop it all."""
        self.bot.stop()
        self.server.stop()

    def command(self) -> Json:
        """Maya types a command; its payload."""
        before = len(self.bot.heard)
        self.server.do(say.say(self.slack, self.maya, self.workspace.channels["C0ALERTS"], "/ml x"))
        return self.bot.wait("slash_commands", before + 1)["payload"]  # type: ignore[no-any-return]

    def press(self, ts: str, action_id: str = "go", value: Any = None) -> Json:
        """Maya uses an element of a message; the payload."""
        message = self.workspace.message("C0ALERTS", ts)
        assert message is not None
        ended = self.server.do(click.on_message(self.slack, self.maya, message, action_id, None, value))
        assert ended.error is None
        return self.bot.heard[-1]["payload"]  # type: ignore[no-any-return]

    def submit(self, values: Json) -> deeds.Outcome:
        """Maya sends her topmost modal."""
        return self.server.do(submit.submit(self.slack, self.maya, self.slack.views.stack("U0MAYA")[-1], values))

    def shown(self) -> list[tuple[str | None, str]]:
        """Who alone sees it (None: all) and the text, of every message."""
        return [(one.only_for, one.body["text"]) for one in self.workspace.history("C0ALERTS")]


@pytest.fixture
def office() -> Iterator[Office]:
    """A served workspace with a bot."""
    made = Office()
    yield made
    made.close()


def answer(url: str, **body: Any) -> tuple[int, str]:
    """POST to a response_url; status and body."""
    answered = WebhookClient(url, timeout=5).send_dict(body)
    is_fine = answered.status_code == 200
    return answered.status_code, str(answered.body if is_fine else json.loads(answered.body)["error"])


BUTTON = {"type": "button", "action_id": "go", "value": "ack 12", "text": {"type": "plain_text", "text": "Go"}}
CARD = [{"type": "actions", "block_id": "b1", "elements": [BUTTON]}]


def test_a_response_url_works_five_times(office: Office) -> None:
    """The sixth is 404 used_url, and nothing more is shown."""
    url = office.command()["response_url"]
    assert [answer(url, text=str(n))[0] for n in range(5)] == [200] * 5
    assert answer(url, text="6") == (404, "used_url")
    assert office.shown() == [("U0MAYA", str(n)) for n in range(5)]
    assert answer(f"{office.url}/actions/made-up", text="x") == (404, "used_url")


def test_a_response_url_ends_after_thirty_minutes(office: Office) -> None:
    """Just within, just after."""
    url = office.command()["response_url"]
    office.clock.at += 30 * 60 - 1
    assert answer(url, text="in time")[0] == 200
    office.clock.at += 2
    assert answer(url, text="late") == (404, "expired_url")


def test_a_commands_answer_replaces_what_the_command_produced(office: Office) -> None:
    """The acknowledgement's message first, then the one before; without a message it is posted."""
    office.bot.answers["slash_commands"] = lambda _: {"text": "asking 3 accounts"}
    url = office.command()["response_url"]
    answer(url, text="3 of 3", replace_original=True)
    assert office.shown() == [("U0MAYA", "3 of 3")]
    answer(url, text="for all", response_type="in_channel")
    answer(url, text="for all, newer", replace_original="true")
    answer(url, delete_original=True)
    assert office.shown() == [("U0MAYA", "3 of 3")]


def test_a_command_may_be_kept_from_replacing() -> None:
    """With command_replaces off the answer stands below, as slackapi/bolt-js#2287 saw it."""
    office = Office(App(command_replaces=False))
    office.bot.answers["slash_commands"] = lambda _: {"text": "asking"}
    answer(office.command()["response_url"], text="done", replace_original=True)
    assert office.shown() == [("U0MAYA", "asking"), ("U0MAYA", "done")]
    office.close()


def test_a_click_brings_a_response_url_for_its_message(office: Office) -> None:
    """An ephemeral message can be changed by it, and is not in the payload."""
    private = office.client.chat_postEphemeral(channel="C0ALERTS", user="U0MAYA", text="old", blocks=CARD)
    payload = office.press(str(private["message_ts"]))
    assert "message" not in payload
    assert payload["container"]["is_ephemeral"] is True
    assert answer(payload["response_url"], text="new", replace_original=True)[0] == 200
    assert office.shown() == [("U0MAYA", "new")]


def test_a_click_on_a_card_says_where_and_what(office: Office) -> None:
    """The message, its channel, the button with its value; an answer without replace is private."""
    ts = str(office.client.chat_postMessage(channel="C0ALERTS", text="card", blocks=CARD)["ts"])
    payload = office.press(ts)
    assert payload["message"]["ts"] == payload["container"]["message_ts"] == ts
    assert payload["channel"] == {"id": "C0ALERTS", "name": "ml-alerts"}
    assert payload["user"] == {"id": "U0MAYA", "username": "maya", "name": "maya", "team_id": tiny.TEAM}
    act = payload["actions"][0]
    assert (act["block_id"], act["action_id"], act["value"], act["type"]) == ("b1", "go", "ack 12", "button")
    answer(payload["response_url"], text="you have it")
    assert office.shown() == [(None, "card"), ("U0MAYA", "you have it")]


def test_answers_are_checked(office: Office) -> None:
    """Bad blocks, no text, no JSON object; each uses the URL up."""
    url = office.command()["response_url"]
    assert answer(url, text="x", blocks=[{"type": "shout"}]) == (400, "invalid_blocks")
    assert answer(url, text=" ") == (400, "no_text")
    assert answer(url, text="x", response_type="loud") == (400, "invalid_response_type")
    office.slack.faults.add("invalid_blocks", 1)
    assert answer(url, text="x", blocks=CARD) == (400, "invalid_blocks")
    assert answer(url, text="x", blocks=CARD)[0] == 200
    assert answer(url, text="x") == (404, "used_url")


def test_what_was_chosen_comes_along_as_state(office: Office) -> None:
    """A menu's initial option first, then the one that this person chose, also with a later button."""
    first, second = ({"text": {"type": "plain_text", "text": one}, "value": one} for one in ("a", "b"))
    menu = {"type": "static_select", "action_id": "menu", "options": [first, second], "initial_option": first}
    blocks = [{"type": "actions", "block_id": "b1", "elements": [BUTTON, menu]}]
    ts = str(office.client.chat_postMessage(channel="C0ALERTS", text="x", blocks=blocks)["ts"])
    assert office.press(ts)["state"]["values"]["b1"]["menu"]["selected_option"]["value"] == "a"
    chosen = office.press(ts, "menu", "b")
    assert chosen["actions"][0]["selected_option"]["value"] == "b"
    assert office.press(ts)["state"]["values"]["b1"]["menu"]["selected_option"]["value"] == "b"


def view(title: str = "Acknowledge", **more: Any) -> Json:
    """A modal with a reason, an optional end, and boxes."""
    text = {"type": "plain_text_input", "action_id": "value", "max_length": 20}
    boxes = {"type": "checkboxes", "action_id": "value", "options": [
        {"text": {"type": "plain_text", "text": row}, "value": row} for row in ("auc", "recall")]}  # fmt: skip
    until = {"type": "plain_text_input", "action_id": "value", "initial_value": "24h"}
    return {
        "type": "modal",
        "title": {"type": "plain_text", "text": title},
        "submit": {"type": "plain_text", "text": "Save"},
        "private_metadata": "12",
        "blocks": [
            {"type": "input", "block_id": "reason", "label": {"type": "plain_text", "text": "Why"}, "element": text},
            {"type": "input", "block_id": "until", "optional": True, "label": {"type": "plain_text", "text": "Until"},
             "element": until},
            {"type": "input", "block_id": "rows", "label": {"type": "plain_text", "text": "Rows"}, "element": boxes},
        ],
        **more,
    }  # fmt: skip


FILLED = {"reason": "label feed late", "rows": ["recall"]}


def opened(office: Office, **more: Any) -> Json:
    """A modal opened by a command's trigger."""
    trigger = office.command()["trigger_id"]
    return office.client.views_open(trigger_id=trigger, view=view(**more))["view"]  # type: ignore[no-any-return]


def error_of(office: Office, method: str, **arguments: Any) -> str:
    """The error with which Slack refuses a call."""
    with pytest.raises(SlackApiError) as refused:
        office.client.api_call(method, json=arguments)
    return str(refused.value.response["error"])


def test_a_trigger_opens_one_view_within_three_seconds(office: Office) -> None:
    """Used twice: exchanged; late: expired; made up: invalid."""
    trigger = office.command()["trigger_id"]
    office.client.views_open(trigger_id=trigger, view=view())
    assert error_of(office, "views.open", trigger_id=trigger, view=view()) == "exchanged_trigger_id"
    late = office.command()["trigger_id"]
    office.clock.at += 3.1
    assert error_of(office, "views.open", trigger_id=late, view=view()) == "expired_trigger_id"


def test_a_trigger_can_be_made_to_expire(office: Office) -> None:
    """By a fault: as one that came too late."""
    office.slack.faults.add("expire_trigger", 1)
    trigger = office.command()["trigger_id"]
    assert error_of(office, "views.open", trigger_id=trigger, view=view()) == "expired_trigger_id"
    assert office.client.views_open(trigger_id=office.command()["trigger_id"], view=view())["ok"]
    assert error_of(office, "views.open", trigger_id="1.2.3", view=view()) == "invalid_trigger_id"
    assert error_of(office, "views.open", trigger_id="1.2.3") == "invalid_arguments"


def test_views_lie_upon_each_other_three_deep(office: Office) -> None:
    """The fourth is push_limit_reached; closing shows the one below."""
    first = opened(office, title="One")
    for title in ("Two", "Three"):
        office.client.views_push(trigger_id=office.command()["trigger_id"], view=view(title))
    pushed = {"trigger_id": office.command()["trigger_id"], "view": view("Four")}
    assert error_of(office, "views.push", **pushed) == "push_limit_reached"
    stack = office.slack.views.stack("U0MAYA")
    assert [one["title"]["text"] for one in stack] == ["One", "Two", "Three"]
    assert {one["root_view_id"] for one in stack} == {first["id"]}
    office.server.do(submit.close(office.slack, office.maya, stack[-1]))
    assert office.slack.views.stack("U0MAYA")[-1]["title"]["text"] == "Two"


def test_an_update_with_an_old_hash_is_a_conflict(office: Office) -> None:
    """The id stays, the hash changes."""
    first = opened(office)
    second = office.client.views_update(view_id=first["id"], view=view("Newer"), hash=first["hash"])["view"]
    assert second["id"] == first["id"]
    assert second["hash"] != first["hash"]
    stale = {"view_id": first["id"], "view": view(), "hash": first["hash"]}
    assert error_of(office, "views.update", **stale) == "hash_conflict"
    assert error_of(office, "views.update", view_id="V0", view=view()) == "not_found"


def test_a_submission_carries_every_field_and_an_empty_answer_closes(office: Office) -> None:
    """Initial values where nothing was entered."""
    opened(office)
    assert office.submit(FILLED).error is None
    sent = office.bot.heard[-1]["payload"]
    values = sent["view"]["state"]["values"]
    assert sent["type"] == "view_submission"
    assert sent["view"]["private_metadata"] == "12"
    assert values["reason"]["value"] == {"type": "plain_text_input", "value": "label feed late"}
    assert values["until"]["value"]["value"] == "24h"
    assert [one["value"] for one in values["rows"]["value"]["selected_options"]] == ["recall"]
    assert office.slack.views.stack("U0MAYA") == []


def test_the_client_holds_back_what_is_incomplete(office: Office) -> None:
    """Required fields, lengths, unknown names: nothing is sent."""
    opened(office)
    before = len(office.bot.heard)
    cases: list[tuple[Json, int, set[str]]] = [
        ({}, 422, {"reason", "rows"}),
        ({**FILLED, "reason": "x" * 21}, 422, {"reason"}),
        ({**FILLED, "reason": "  "}, 422, {"reason"}),
        ({**FILLED, "rows": ["f2"]}, 422, {"rows"}),
        ({**FILLED, "colour": "red"}, 400, set()),
    ]
    for values, status, fields in cases:
        with pytest.raises(Refused) as refused:
            office.submit(values)
        assert refused.value.status == status
        assert set(refused.value.detail.get("errors", {})) == fields
    assert len(office.bot.heard) == before


def test_errors_stand_at_their_fields_and_the_view_stays(office: Office) -> None:
    """Only at fields that the view has."""
    opened(office)
    errors = {"until": "No such duration"}
    office.bot.answers["interactive"] = lambda _: {"response_action": "errors", "errors": errors}
    ended = office.submit(FILLED)
    assert (ended.error, ended.errors) == ("invalid_fields", errors)
    errors = {"nowhere": "x"}
    assert office.submit(FILLED).error == "invalid_errors"
    assert len(office.slack.views.stack("U0MAYA")) == 1


@pytest.mark.parametrize(
    ("payload", "titles"),
    [
        ({"response_action": "update", "view": view("Saved")}, ["Saved"]),
        ({"response_action": "push", "view": view("More")}, ["Acknowledge", "More"]),
        ({"response_action": "clear"}, []),
    ],
)
def test_a_submissions_answer_moves_the_stack(office: Office, payload: Json, titles: list[str]) -> None:
    """update, push, clear."""
    opened(office)
    office.bot.answers["interactive"] = lambda _: payload
    assert office.submit(FILLED).error is None
    assert [one["title"]["text"] for one in office.slack.views.stack("U0MAYA")] == titles


def test_a_submission_that_nobody_takes_leaves_the_view(office: Office) -> None:
    """The person is warned, the view stays; so with an answer that Slack refuses."""
    opened(office)
    watcher = office.workspace.bus.watch("U0MAYA")
    office.bot.answers["interactive"] = lambda _: IGNORE
    assert office.submit(FILLED).error == "operation_timeout"
    kinds = [watcher.news.get_nowait() for _ in range(watcher.news.qsize())]
    assert {"kind": "warning", "user": "U0MAYA", "text": click.TROUBLE} in kinds
    office.bot.answers["interactive"] = lambda _: {"response_action": "update", "view": {"type": "modal"}}
    assert office.submit(FILLED).error == "invalid_arguments"
    assert len(office.slack.views.stack("U0MAYA")) == 1


def test_closing_is_told_to_whoever_asked_for_it(office: Office) -> None:
    """notify_on_close."""
    opened(office)
    before = len(office.bot.heard)
    office.server.do(submit.close(office.slack, office.maya, office.slack.views.stack("U0MAYA")[-1]))
    assert len(office.bot.heard) == before
    opened(office, notify_on_close=True)
    office.server.do(submit.close(office.slack, office.maya, office.slack.views.stack("U0MAYA")[-1]))
    payload = office.bot.wait("interactive")["payload"]
    assert (payload["type"], payload["is_cleared"]) == ("view_closed", False)
    assert "trigger_id" not in payload


def test_app_home_is_one_persons(office: Office) -> None:
    """Published again it keeps its id; a stale hash is a conflict."""
    home = {"type": "home", "blocks": CARD}
    first = office.client.views_publish(user_id="U0MAYA", view=home)["view"]
    second = office.client.views_publish(user_id="U0MAYA", view=home, hash=first["hash"])["view"]
    assert second["id"] == first["id"]
    assert set(office.workspace.homes) == {"U0MAYA"}
    stale = {"user_id": "U0MAYA", "view": home, "hash": first["hash"]}
    assert error_of(office, "views.publish", **stale) == "hash_conflict"
    assert error_of(office, "views.publish", user_id="U0NOBODY", view=home) == "user_not_found"
