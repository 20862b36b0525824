"""Buttons, menus and forms on the Slack page in headless Chromium, pressed and filled by keyboard."""

import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.fakes_page import ALERTS, ANN, BEN, CARD, UNIX, Bot, Stage, mrkdwn, option, plain
from sandbox.slack.records import Json

sync_api = pytest.importorskip("playwright.sync_api", reason="the page tests need Playwright")
CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.page,
    pytest.mark.skipif(CHROMIUM is None, reason="the page tests need Chromium: `chromium` is not on the PATH"),
]
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]
MODAL = {
    "type": "modal",
    "callback_id": "ml:submit",
    "title": plain("Resolve #12"),
    "submit": plain("Resolve"),
    "blocks": [
        {"type": "alert", "level": "warning", "text": mrkdwn("*Think* first")},
        {
            "type": "input",
            "block_id": "reason",
            "label": plain("Reason"),
            "element": {"type": "plain_text_input", "action_id": "value"},
        },
        {
            "type": "input",
            "block_id": "until",
            "label": plain("Until"),
            "element": {
                "type": "static_select",
                "action_id": "value",
                "options": [option("6 hours", "6h"), option("7 days", "7d")],
            },
        },
        {
            "type": "input",
            "block_id": "rows",
            "optional": True,
            "label": plain("Rows"),
            "element": {
                "type": "checkboxes",
                "action_id": "value",
                "options": [option("recall", "1"), option("auc", "2")],
            },
        },
    ],
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """One Chromium for all tests."""
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """What all tests share."""
    made = Stage()
    yield made
    made.stop()


@pytest.fixture
def bot(stage: Stage) -> Bot:
    """The bot as if it had heard nothing yet."""
    return stage.fresh()


@pytest.fixture
def page(stage: Stage, browser: Any, bot: Bot) -> Iterator[Any]:
    """The page as Ann opens it; fails when it logs an error or asks anything of another host."""
    context = browser.new_context(viewport={"width": 1360, "height": 900})
    page = context.new_page()
    page.set_default_timeout(5_000)
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda said: troubles.append(said.text) if "Content Security" in said.text else None)
    page.on("request", lambda asked: None if asked.url.startswith(stage.url) else troubles.append(asked.url))
    page.goto(stage.url)
    page.locator(".bar h1", has_text="ml-alerts").wait_for()
    yield page
    context.close()
    assert troubles == []


def tab_to(page: Any, action: str) -> None:
    """Press Tab until the element of this action has the focus."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.dataset.action") == action:
            return
    raise AssertionError(f"Tab never reached {action}")


def test_tab_and_enter_press_a_button_whose_card_then_changes(page: Any, bot: Bot) -> None:
    """A keyboard reaches Acknowledge; the bot hears a block_actions, edits, and the focus stays in the message."""
    ts = bot.post(CARD)
    page.locator(".button", has_text="Acknowledge").wait_for()
    tab_to(page, "ml:act:1")
    page.keyboard.press("Enter")
    heard = bot.last("block_actions")
    assert (heard["user"]["id"], heard["actions"][0]["value"]) == (ANN, "ack 12")
    page.locator(".button[aria-busy=true]").wait_for(state="detached")
    bot.web.chat_update(channel=ALERTS, ts=ts, text="taken", blocks=[{"type": "section", "text": mrkdwn("*Taken*")}])
    page.locator(".message strong", has_text="Taken").wait_for()
    assert page.evaluate("document.activeElement.dataset.ts") == ts


def open_form(page: Any, bot: Bot) -> None:
    """Open the card's menu by keyboard, choose its second item, and get the form."""
    bot.post(CARD)
    bot.answer = lambda heard: (
        bot.web.views_open(trigger_id=heard["trigger_id"], view=MODAL) and None
        if heard["type"] == "block_actions"
        else None
    )
    page.locator(".button", has_text="Acknowledge").wait_for()
    tab_to(page, "ml:menu:2")
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.locator("dialog", has_text="Resolve #12").wait_for()
    assert bot.last("block_actions")["actions"][0]["selected_option"]["value"] == "form resolve 12"


def test_a_form_is_opened_filled_corrected_and_sent_by_keyboard(page: Any, bot: Bot) -> None:
    """Required fields are asked for, the app's errors stand at their field, the values arrive."""
    open_form(page, bot)
    page.keyboard.press("Enter")
    assert page.locator(".input-error").all_inner_texts() == [*["Please complete this required field."] * 2, ""]
    page.keyboard.type("label feed")
    page.keyboard.press("Tab")
    for key in ("Enter", "End", "Enter", "Tab", "Space"):
        page.keyboard.press(key)
    bot.answer = lambda _: {"response_action": "errors", "errors": {"reason": "Say more"}}
    tabbed = page.locator("dialog .button.primary")
    tabbed.focus()
    page.keyboard.press("Enter")
    page.locator(".input-error", has_text="Say more").wait_for()
    assert page.evaluate("document.activeElement.value") == "label feed"
    bot.answer = lambda _: None
    page.keyboard.type("!")
    page.keyboard.press("Enter")
    page.locator("dialog").wait_for(state="detached")
    values = bot.last("view_submission")["view"]["state"]["values"]
    assert values["reason"]["value"]["value"].strip("!") == "label feed"
    assert values["until"]["value"]["selected_option"]["value"] == "7d"
    assert [one["value"] for one in values["rows"]["value"]["selected_options"]] == ["1"]


def field(name: str, kind: str, **more: Any) -> Json:
    """An optional input block."""
    element = {"type": kind, "action_id": "value", **more}
    return {"type": "input", "block_id": name, "optional": True, "label": plain(name), "element": element}


def test_every_kind_of_field_sends_its_own_kind_of_value(page: Any, bot: Bot) -> None:
    """Numbers, dates, times, instants in the person's zone, several options, one of some."""
    options = [option("recall", "1"), option("auc", "2")]
    fields = [
        field("who", "users_select", initial_user=ANN),
        field("number", "number_input", is_decimal_allowed=True),
        field("day", "datepicker"),
        field("time", "timepicker"),
        field("at", "datetimepicker"),
        field("many", "multi_static_select", options=options),
        field("one", "radio_buttons", options=options),
        field("kept", "static_select", options=options, initial_option=options[1]),
    ]
    bot.post(CARD)
    bot.answer = lambda heard: (
        bot.web.views_open(trigger_id=heard["trigger_id"], view={**MODAL, "blocks": fields}) and None
        if heard["type"] == "block_actions"
        else None
    )
    page.locator(".button", has_text="Acknowledge").click()
    page.locator("[data-field=who] .select").focus()
    for key in ("Enter", "b", "Enter"):
        page.keyboard.press(key)
    entries = {"number": "0.5", "day": "2026-11-24", "time": "09:30", "at": "2026-11-23T04:02"}
    for name, value in entries.items():
        page.locator(f"[data-field={name}] input").fill(value)
    page.locator("[data-field=many] .select").focus()
    for key in ("Enter", "Space", "ArrowDown", "Space", "Escape"):
        page.keyboard.press(key)
    page.locator("[data-field=one] input").first.press("Space")
    page.locator("dialog .button.primary").press("Enter")
    page.locator("dialog").wait_for(state="detached")
    sent = {name: entry["value"] for name, entry in bot.last("view_submission")["view"]["state"]["values"].items()}
    assert sent["number"]["value"] == "0.5"
    assert sent["day"]["selected_date"] == "2026-11-24"
    assert sent["time"]["selected_time"] == "09:30"
    assert sent["at"]["selected_date_time"] == UNIX
    assert [one["value"] for one in sent["many"]["selected_options"]] == ["1", "2"]
    assert sent["one"]["selected_option"]["value"] == "1"
    assert sent["kept"]["selected_option"]["value"] == "2"
    assert sent["who"]["selected_user"] == BEN


def test_escape_closes_a_menu_a_list_and_a_form_one_by_one(page: Any, bot: Bot) -> None:
    """Esc takes only what lies on top, and the focus goes back to what opened it."""
    open_form(page, bot)
    page.locator("dialog .select").focus()
    page.keyboard.press("Enter")
    page.locator(".popup").wait_for()
    page.keyboard.press("Escape")
    assert page.locator(".popup").count() == 0
    assert page.locator("dialog").count() == 1
    page.keyboard.press("Escape")
    page.locator("dialog").wait_for(state="detached")
    assert page.evaluate("document.activeElement.dataset.action") == "ml:menu:2"


def test_a_press_that_nobody_acknowledges_is_marked(page: Any, bot: Bot) -> None:
    """The button stops turning and says so; the client's own warning goes over the page."""
    bot.post(CARD)
    page.locator(".button", has_text="Acknowledge").wait_for()
    page.evaluate("async () => (await import('/api.js')).post('fault', {slack: 'lose_ack', times: 1})")
    page.locator(".button", has_text="Acknowledge").click()
    page.locator(".failed", has_text="did not answer in time").wait_for()
    page.locator(".toast").wait_for()
    assert page.locator("[aria-busy=true]").count() == 0
