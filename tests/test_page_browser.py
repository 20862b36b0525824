"""The Slack page in headless Chromium, against the real workspace server and a scripted bot on Socket Mode."""

import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from slack_sdk import WebClient

from sandbox.control import create_app
from sandbox.fakes_page import (
    ALERTS,
    ANN,
    BOT,
    CARD,
    GENERAL,
    UNIX,
    Bot,
    Stage,
    TinyAws,
    TinyWorld,
    mrkdwn,
    number,
    plain,
    raw,
    workspace,
)
from sandbox.slack.server import SlackServer
from sandbox.world.story import VERBS

sync_api = pytest.importorskip("playwright.sync_api", reason="the page tests need Playwright")
CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.page,
    pytest.mark.skipif(CHROMIUM is None, reason="the page tests need Chromium: `chromium` is not on the PATH"),
]
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]


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


def test_messages_blocks_are_drawn_each_in_its_own_way(page: Any, bot: Bot) -> None:
    """Every block and inline element that a message of ours may hold appears; what is unknown is named."""
    section = {"type": "rich_text_section", "elements": [{"type": "text", "text": "strong", "style": {"bold": True}}]}
    series = [{"name": "fraud", "data": [{"label": "0h", "value": 0.9}, {"label": "1h", "value": 0.7}]}]
    bot.post([
        {"type": "header", "text": plain("A header")},
        {
            "type": "section",
            "text": mrkdwn("_it_ ~no~ `code` <https://example.com/a|a link> <@U0ANN> <#C0GENERAL> <!subteam^S0ONCALL>"),
            "fields": [mrkdwn("*Account*\n1"), mrkdwn("*Region*\n2")],
        },
        {"type": "divider"},
        {"type": "context", "elements": [mrkdwn(f"<!date^{UNIX}^{{date_short_pretty}} {{time}}|x>")]},
        {"type": "rich_text", "elements": [{"type": "rich_text_list", "style": "bullet", "elements": [section]}]},
        {"type": "table", "rows": [[raw("Feature"), raw("Distance")], [raw("age"), number(0.31)]]},
        {"type": "image", "image_url": "https://elsewhere.example/a.png", "alt_text": "A picture"},
    ])  # fmt: skip
    bot.post([
        {
            "type": "data_visualization",
            "title": "AUC",
            "chart": {"type": kind, "series": series, "axis_config": {"categories": ["0h", "1h"], "y_label": "AUC"}},
        }
        for kind in ("line", "bar")
    ])  # fmt: skip
    bot.post([{"type": "markdown", "text": "# Title\n- [x] **done**"}])
    message = page.locator(".message").first
    message.locator("h3.header", has_text="A header").wait_for()
    for tag in ("em", "s", "code", "hr", "ul li strong"):
        assert message.locator(tag).count() == 1, tag
    assert message.locator("a[href='https://example.com/a']").inner_text() == "a link"
    assert message.locator(".mention").all_inner_texts() == ["@Ann Archer", "#general", "@ml-oncall"]
    assert message.locator(".section-field").count() == 2
    assert message.locator("time[data-unix]").inner_text() == "today 4:02 AM"
    assert message.locator("td.align-right").inner_text() == "0.31"
    assert "elsewhere.example is outside" in message.locator(".not-loaded").inner_text()
    page.locator(".kind-bar .chart-bar").first.wait_for()
    assert page.locator(".kind-line .chart-dot").count() == 2
    assert page.locator(".markdown input:checked").count() == 1
    drawn = page.evaluate("""async () => (await import("/blocks.js")).blocks([{type: "hologram"}], {})[0].innerText""")
    assert drawn == "Unknown block: hologram"


def test_text_of_others_never_becomes_markup(page: Any, bot: Bot) -> None:
    """Names and reports are shown letter by letter, whatever they contain."""
    evil = "<img src=x onerror=alert(1)> &lt;b&gt; <javascript:alert(1)|x> <!here|<i>>"
    text = "&lt;img src=x onerror=alert(1)&gt; <javascript:alert(1)|x>"
    bot.post([
        {"type": "header", "text": plain(evil)},
        {"type": "section", "text": mrkdwn(text), "fields": [plain(evil)]},
        {"type": "table", "rows": [[raw(evil)], [raw(evil)]]},
    ])  # fmt: skip
    body = page.locator(".message .message-body")
    body.wait_for()
    assert body.locator("img, i, b, a, script").count() == 0
    assert body.locator("td").inner_text() == evil
    assert "<img src=x onerror=alert(1)> <javascript:alert(1)|x>" in body.locator(".section").inner_text()


def test_data_table_sorts_and_turns_pages_by_keyboard(page: Any, bot: Bot) -> None:
    """Heads sort numbers as numbers; the page survives an edit of the message."""
    rows = [[raw("Metric"), raw("Seen")], *[[raw(f"m{n}"), number(n)] for n in (10, 9, 8, 2, 1, 100)]]
    table = {"type": "data_table", "caption": "Broken", "page_size": 5, "rows": rows}
    ts = bot.post([table])
    cells = page.locator(".data-table tbody td:first-child")
    page.locator(".data-table").wait_for()
    assert cells.all_inner_texts() == ["m10", "m9", "m8", "m2", "m1"]
    page.locator(".sort", has_text="Seen").focus()
    page.keyboard.press("Enter")
    assert cells.all_inner_texts() == ["m1", "m2", "m8", "m9", "m10"]
    assert page.locator("th[aria-sort=ascending]").inner_text() == "Seen"
    page.locator("[aria-label='Next page']").focus()
    page.keyboard.press("Enter")
    assert cells.all_inner_texts() == ["m100"]
    bot.web.chat_update(channel=ALERTS, ts=ts, text="news", blocks=[table, {"type": "divider"}])
    page.locator(".message hr").wait_for()
    assert cells.all_inner_texts() == ["m100"]


def test_acting_as_somebody_else_hides_what_only_the_first_could_see(page: Any, bot: Bot) -> None:
    """Private answers stay private, and times are in the new person's zone."""
    bot.post([], text=f"at <!date^{UNIX}^{{time}}|x>")
    bot.web.chat_postEphemeral(channel=ALERTS, user=ANN, text="for Ann alone")
    page.locator(".ephemeral", has_text="Only visible to you").wait_for()
    page.locator(".switcher").focus()
    for key in ("Enter", "End", "Enter"):
        page.keyboard.press(key)
    page.locator(".switcher", has_text="Ben Baker").wait_for()
    page.locator(".message time", has_text="6:02 PM").wait_for()
    assert "for Ann alone" not in page.locator("body").inner_text()
    assert page.locator(".switcher .badge").inner_text() == "Guest"


def test_a_slash_brings_suggestions_and_enter_sends_what_is_typed(page: Any, bot: Bot) -> None:
    """Tab takes the command, Enter sends it, the arrow up recalls it, and its answer is private."""
    bot.answer = lambda heard: {"text": f"you said {heard['text']}"}
    page.locator(".composer textarea").first.focus()
    page.keyboard.type("/m")
    assert page.locator(".suggestion").inner_text().split("\n")[0].split() == ["/ml", "help"]
    page.keyboard.press("Tab")
    page.keyboard.type("incidents")
    page.keyboard.press("Enter")
    page.locator(".ephemeral", has_text="you said incidents").wait_for()
    assert page.locator(".ack").inner_text().endswith(" ms")
    page.keyboard.press("ArrowUp")
    assert page.locator(".composer textarea").first.input_value() == "/ml incidents"


def test_a_thread_opens_takes_a_reply_and_shows_broadcasts(page: Any, bot: Bot) -> None:
    """The summary counts, the pane lists, a broadcast reply also stands in the channel; Esc closes."""
    ts = bot.post(CARD)
    bot.post([], text="gets worse", thread_ts=ts, reply_broadcast=True)
    page.locator(".broadcast", has_text="replied to a thread").wait_for()
    page.locator(".thread-summary", has_text="1 reply").press("Enter")
    page.keyboard.type("looking")
    page.keyboard.press("Enter")
    page.locator(".thread .message", has_text="looking").wait_for()
    page.locator(".main .thread-summary", has_text="2 replies").wait_for()
    assert page.locator(".main .message", has_text="looking").count() == 0
    page.keyboard.press("Escape")
    page.locator(".thread").wait_for(state="hidden")


def test_the_home_can_be_opened_before_anything_was_published(page: Any, bot: Bot) -> None:
    """The app hears of it and publishes; a press there has no channel; opened again it is what was published."""
    page.locator(".sidebar button", has_text="Home").click()
    page.locator(".home-empty").wait_for()
    heard = bot.last("event_callback")["event"]
    assert (heard["type"], heard["tab"], heard["user"]) == ("app_home_opened", "home", ANN)
    bot.web.views_publish(user_id=ANN, view={"type": "home", "blocks": CARD})
    page.locator(".home-blocks .button", has_text="Acknowledge").click()
    pressed = bot.last("block_actions")
    assert pressed["container"]["type"] == "view"
    assert "channel" not in pressed
    page.locator(".sidebar button", has_text="ml-alerts").click()
    page.locator(".sidebar button", has_text="Home").click()
    page.locator(".home-blocks").wait_for()


def test_a_csv_shows_its_first_lines_as_text(page: Any, bot: Bot) -> None:
    """Whatever they say; the whole of it can be downloaded."""
    rows = "\ufeffmetric,seen\r\n" + "".join(f"<b>m{n}</b>,{n}\r\n" for n in range(9))
    bot.web.files_upload_v2(channel=ALERTS, content=rows.encode(), filename="a.csv", title="Rows")
    shown = page.locator(".file-preview")
    shown.wait_for()
    assert shown.inner_text().splitlines() == [
        "metric,seen",
        *(f"<b>m{n}</b>,{n}" for n in range(5)),
        "\u2026 4 more lines",
    ]
    assert page.locator("a.file").get_attribute("download") == "a.csv"


def test_a_reload_comes_back_to_the_same_person_and_channel(page: Any, bot: Bot) -> None:
    """Who and where one was is kept; unread channels are marked until they are opened."""
    bot.post([], channel=GENERAL, text="over here")
    page.locator(".place.unread", has_text="general").press("Enter")
    page.locator(".message", has_text="over here").wait_for()
    assert page.locator(".place.unread").count() == 0
    page.reload()
    page.locator(".message", has_text="over here").wait_for()
    assert page.locator(".place.here").inner_text() == "general"
    assert page.url.endswith(f"#{ANN}/{GENERAL}")


def test_an_edit_redraws_its_message_alone_among_hundreds(browser: Any) -> None:
    """Other messages keep their nodes; after the server was gone the page catches up by itself."""
    full = workspace()
    channel = full.channels[ALERTS]
    ours = {"type": "message", "user": BOT, "bot_id": full.app.bot_id}
    many = [full.post(channel, {**ours, "text": f"number {n}"}) for n in range(300)]
    server = SlackServer(create_app(full, TinyWorld(), TinyAws()))
    page = browser.new_page()
    page.goto(server.start())
    page.locator(".message", has_text="number 299").wait_for()
    page.evaluate("document.querySelectorAll('.message').forEach((node) => { node.kept = true; })")
    client = WebClient(full.app.bot_token, base_url=f"{server.url}/api/")
    client.chat_update(channel=ALERTS, ts=many[5].ts, text="changed")
    page.locator(".message", has_text="changed").wait_for()
    assert page.evaluate("[...document.querySelectorAll('.message')].filter((node) => node.kept).length") == 299
    port = int(server.url.rpartition(":")[2])
    server.stop()
    page.locator(".lost").wait_for()
    full.bus = type(full.bus)()
    full.post(channel, {"type": "message", "user": BOT, "text": "while you were away"})
    again = SlackServer(create_app(full, TinyWorld(), TinyAws()), port)
    again.start()
    page.locator(".message", has_text="while you were away").wait_for()
    page.locator(".lost").wait_for(state="hidden")
    page.close()
    again.stop()


def test_the_strip_moves_the_world_and_says_what_happened(page: Any) -> None:
    """Each verb has its button; its sentence appears; a verb of an account carries it; faults can be ordered."""
    keys = page.locator(".strip-controls [data-key]").evaluate_all("nodes => nodes.map((node) => node.dataset.key)")
    assert sorted(keys) == sorted(f"strip/{verb}" for verb in (*VERBS, "register_by_pipeline"))
    page.locator(".strip select").select_option("222222222222")
    page.get_by_role("button", name="Recover").press("Enter")
    page.locator(".strip-last", has_text="recover was done to 222222222222").wait_for()
    assert "09:02 UTC" in page.locator(".world-clock").inner_text()
    page.get_by_role("button", name="Faults…").press("Enter")
    page.get_by_role("button", name="Arm Slack fault").press("Enter")
    page.locator(".strip-last", has_text="Armed: Slack lose_reply").wait_for()


DATES = [
    ("{date_num} {time}", "2026-11-23 4:02 AM"),
    ("{date_short_pretty}", "today"),
    ("{date_long}", "Monday, November 23rd"),
    ("{date} {time_secs}", "November 23rd 4:02:00 AM"),
    ("{ago}", "3 hours ago"),
    ("{nonsense}", "fallback"),
]


def test_dates_read_as_slack_writes_them(page: Any) -> None:
    """Slack's date tokens in a reader's zone; an unknown one gives the fallback."""
    script = """async ([unix, pattern]) => (await import("/dates.js"))
        .formatDate(unix, pattern, "fallback", {zone: "America/New_York", now: (unix + 10800) * 1000})"""
    for pattern, expected in DATES:
        assert page.evaluate(script, [UNIX, pattern]) == expected
