"""The inspector on the page, in headless Chromium: live, filtered, by keyboard, and never as markup."""

import json
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from sandbox.control import create_app
from sandbox.driver import Driver
from sandbox.slack import tiny
from sandbox.slack.scripted import ScriptedApp
from sandbox.slack.server import SlackServer
from sandbox.slack.service import SLACK, Slack, Timing

sync_api = pytest.importorskip("playwright.sync_api", reason="the page tests need Playwright")
CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.page,
    pytest.mark.skipif(CHROMIUM is None, reason="the page tests need Chromium: `chromium` is not on the PATH"),
]
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]
EVIL = "<img src=x onerror=alert(1)><b>bold</b>"


class Office:
    """A served workspace with a scripted bot that answers commands."""

    def __init__(self) -> None:
        served = create_app(tiny.workspace(), tiny.StillWorld(), tiny.StillAws(), timing=Timing(ack_s=0.5))
        self.slack: Slack = served[SLACK]
        self.server = SlackServer(served)
        self.drive = Driver(self.server.start())
        app = self.slack.workspace.app
        self.bot = ScriptedApp(self.drive.url, app.app_token)
        self.bot.answers["slash_commands"] = lambda frame: {"text": f"you said {frame['payload']['text']}"}
        self.bot.start()
        agent = "id/0123abcd"
        self.client = WebClient(app.bot_token, base_url=f"{self.drive.url}/api/", user_agent_suffix=agent)

    def fail(self) -> None:
        """A call of the bot that Slack refuses."""
        with pytest.raises(SlackApiError):
            self.client.chat_postMessage(channel="C0NOWHERE", text="lost in space")


@pytest.fixture(scope="module")
def office() -> Iterator[Office]:
    """What all tests share."""
    made = Office()
    yield made
    made.bot.stop()
    made.server.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """One Chromium for all tests."""
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(params=["light"])
def page(request: pytest.FixtureRequest, office: Office, browser: Any) -> Iterator[Any]:
    """The page with nothing in the inspector, which is open; fails when the page logs an error."""
    office.drive.post("/_sandbox/inspect", clear=True)
    context = browser.new_context(
        viewport={"width": 1360, "height": 900},
        color_scheme=request.param,
        permissions=["clipboard-read", "clipboard-write"],
    )
    page = context.new_page()
    page.set_default_timeout(5_000)
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda said: troubles.append(said.text) if "Content Security" in said.text else None)
    page.goto(office.drive.url)
    page.locator(".bar h1", has_text="ml-alerts").wait_for()
    page.get_by_role("button", name="Inspector").press("Enter")
    page.locator(".inspector-empty", has_text="Nothing yet. What Slack delivers to the bot").wait_for()
    yield page
    context.close()
    assert troubles == []


def names(page: Any) -> list[str]:
    """What the lines are called, from above."""
    found: list[str] = page.locator(".exchange-rows .exchange-name b").all_inner_texts()
    return found


def line(page: Any, name: str) -> Any:
    """The line of that name, once it is there."""
    found = page.locator(".exchange-rows .exchange", has_text=name)
    found.wait_for()
    return found


def test_exchanges_appear_as_they_happen_and_open_by_keyboard(page: Any, office: Office) -> None:
    """Up chooses the newest; both bodies stand side by side; Copy copies; Esc gives the focus back."""
    office.client.auth_test()
    office.drive.say("maya", "/ml violations")
    delivery = line(page, "/ml violations")
    assert names(page) == ["auth.test", "/ml violations"]
    assert delivery.locator(".kind").inner_text() == "Delivery"
    assert delivery.locator(".exchange-about").inner_text() == "Maya Okafor"
    assert delivery.locator(".outcome").inner_text() == "ok"
    assert delivery.locator(".ms").inner_text().endswith(" ms")
    page.keyboard.press("ArrowUp")
    answer = page.get_by_role("region", name="Acknowledgement").locator("pre")
    answer.wait_for()
    assert json.loads(answer.inner_text()) == {"text": "you said violations"}
    payload = page.get_by_role("region", name="Payload").locator("pre")
    assert json.loads(payload.inner_text())["command"] == "/ml"
    left, right = payload.bounding_box(), answer.bounding_box()
    assert left["x"] + left["width"] <= right["x"]
    assert abs(left["y"] - right["y"]) < 1
    page.get_by_role("button", name="Copy acknowledgement").press("Enter")
    page.locator(".copy", has_text="Copied").wait_for()
    assert json.loads(page.evaluate("navigator.clipboard.readText()")) == {"text": "you said violations"}
    page.get_by_role("listbox", name="Exchanges").focus()
    page.keyboard.press("ArrowUp")
    page.locator(".detail h2", has_text="auth.test").wait_for()
    assert page.get_by_role("option", selected=True).locator("b").inner_text() == "auth.test"
    page.keyboard.press("Escape")
    page.locator(".inspector").wait_for(state="hidden")
    assert page.evaluate("document.activeElement.textContent") == "Inspector"
    assert page.get_by_role("button", name="Inspector").get_attribute("aria-expanded") == "false"


def test_filters_leave_what_is_looked_for(page: Any, office: Office) -> None:
    """By kind, by text in the bodies, also of what comes later, by failure, by the bot's id."""
    office.drive.say("maya", "/ml violations")
    office.client.chat_postMessage(channel="C0ALERTS", text="a needle in it")
    office.fail()
    line(page, "channel_not_found")
    chips = page.get_by_role("group", name="Filters")
    assert [" ".join(words.split()) for words in chips.get_by_role("button").all_inner_texts()] == [
        "Deliveries 1", "Slack calls 2", "AWS calls 0", "Errors only 1"]  # fmt: skip
    chips.get_by_role("button", name="Slack calls").press("Enter")
    assert names(page) == ["/ml violations"]
    assert page.locator(".inspector-state").inner_text() == "1 of 3"
    chips.get_by_role("button", name="Slack calls").press("Enter")
    chips.get_by_role("button", name="Errors only").press("Enter")
    assert page.locator(".exchange-rows .outcome").all_inner_texts() == ["channel_not_found"]
    chips.get_by_role("button", name="Errors only").press("Enter")
    search = page.get_by_role("searchbox", name="Filter by text")
    search.fill("NEEDLE")
    page.locator(".inspector-state", has_text="1 of 3").wait_for()
    assert names(page) == ["chat.postMessage"]
    office.client.auth_test()
    office.client.chat_postMessage(channel="C0ALERTS", text="another needle")
    page.locator(".inspector-state", has_text="2 of 5").wait_for()
    search.fill("haystack")
    page.get_by_role("button", name="Show all").press("Enter")
    line(page, "/ml violations").click()
    assert len(names(page)) == 5
    line(page, "auth.test").click()
    page.locator(".same-id", has_text="0123abcd").press("Enter")
    page.locator(".inspector-state", has_text="4 of 5").wait_for()


def test_pause_holds_new_ones_back_and_clear_forgets_all(page: Any, office: Office) -> None:
    """Paused, they are counted and come when it goes on; cleared, the sandbox has none either."""
    office.client.auth_test()
    line(page, "auth.test")
    page.get_by_role("button", name="Pause").press("Enter")
    office.drive.say("maya", "/ml while paused")
    page.get_by_role("button", name="Resume (1 new)").wait_for()
    assert names(page) == ["auth.test"]
    page.get_by_role("button", name="Resume (1 new)").press("Enter")
    line(page, "/ml while paused")
    page.get_by_role("button", name="Clear").press("Enter")
    page.locator(".inspector-empty", has_text="Nothing yet").wait_for()
    assert office.drive.exchanges() == []


def test_a_long_body_says_that_it_was_cut(page: Any, office: Office) -> None:
    """With its whole size; what was kept is shown as it is."""
    with pytest.raises(SlackApiError):
        office.client.chat_postMessage(channel="C0ALERTS", text="x" * 70_000)
    line(page, "msg_too_long").click()
    page.locator(".cut", has_text="Cut: only the first 64 KB of 68.4 KB are kept.").wait_for()
    assert "xxxx" in page.get_by_role("region", name="Arguments").locator("pre").inner_text()


@pytest.mark.parametrize("page", ["light", "dark"], indirect=True)
def test_what_others_wrote_is_shown_letter_by_letter_in_both_themes(page: Any, office: Office) -> None:
    """In lines and in bodies; text stands out from its ground."""
    office.drive.say("maya", f"/ml {EVIL}")
    office.client.chat_postMessage(channel="C0ALERTS", text=EVIL, username=EVIL)
    line(page, "chat.postMessage").click()
    page.get_by_role("region", name="Arguments").locator("pre", has_text=EVIL).wait_for()
    line(page, "/ml").click()
    page.get_by_role("region", name="Acknowledgement").locator("pre").wait_for()
    assert page.locator(".inspector img, .inspector .exchange-name b > *, .inspector pre b").count() == 0
    for shown in (".exchange-name b", ".outcome", ".exchange-about", ".json-name", ".json-string", ".facts dt"):
        assert contrast(page, f".inspector-body {shown}") >= 4.5, shown


def contrast(page: Any, selector: str) -> float:
    """WCAG's ratio of the first such element's text to the panel's ground."""
    colours = page.evaluate(
        """(selector) => [document.querySelector(selector), document.querySelector(".inspector-body")].map((node, i) =>
            getComputedStyle(node)[i ? "backgroundColor" : "color"].match(/[0-9.]+/g).slice(0, 3).map(Number))""",
        selector,
    )
    light, dark = sorted((luminance(colour) for colour in colours), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: list[float]) -> float:
    """WCAG's relative luminance of red, green and blue."""
    parts = [part / 255 for part in colour]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
