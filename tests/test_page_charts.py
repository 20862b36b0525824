"""Charts on the Slack page in headless Chromium, as the bot sends them: legible, and every value can be read."""

import shutil
from collections.abc import Iterator
from itertools import combinations
from typing import Any

import pytest

from bot.model.reply import Chart, Line, Reply
from bot.render import message
from sandbox.fakes_page import Bot, Stage

sync_api = pytest.importorskip("playwright.sync_api", reason="the page tests need Playwright")
CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.page,
    pytest.mark.skipif(CHROMIUM is None, reason="the page tests need Chromium: `chromium` is not on the PATH"),
]
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]
HOURS = ("14:00", "15:00", "16:00")
ACCURACY = Chart(
    "Accuracy", HOURS, (Line("accuracy", (0.9104, 0.912, 0.33)), Line("limit", (0.8792,) * 3, "limit")), "UTC", "share"
)


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


@pytest.fixture(params=["light", "dark"])
def page(stage: Stage, browser: Any, bot: Bot, request: pytest.FixtureRequest) -> Iterator[Any]:
    """The page as Ann opens it, by day and by night; fails when it logs an error."""
    context = browser.new_context(viewport={"width": 1360, "height": 900}, color_scheme=request.param)
    page = context.new_page()
    page.set_default_timeout(5_000)
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.goto(stage.url)
    page.locator(".bar h1", has_text="ml-alerts").wait_for()
    yield page
    context.close()
    assert troubles == []


def post(bot: Bot, page: Any, *charts: Chart) -> list[Any]:
    """Two in a message, as Slack takes them; the figures."""
    for i in range(0, len(charts), 2):
        bot.post(message(Reply(("news",), charts[i : i + 2])).blocks)
    page.locator(".chart-block").nth(len(charts) - 1).wait_for()
    return [page.locator(".chart-block").nth(i) for i in range(len(charts))]


def many(count: int, shape: Any, labels: tuple[str, ...], scale: float, unit: str) -> Chart:
    """Lines that rise and fall."""
    lines = (
        Line(f"loan-default-prod-{n}", tuple(scale * (i * (n + 3)) for i in range(len(labels)))) for n in range(count)
    )
    return Chart("Many", labels, tuple(lines), "UTC", unit, shape)


CROWDED = (
    ACCURACY,
    many(6, "line", tuple(f"{n} Nov 14:0{n % 10}" for n in range(10, 30)), 1.0, "ms"),
    many(1, "area", tuple(f"{n:02}:00" for n in range(20)), 1e7, "requests per 5 min"),
    many(2, "bar", tuple(f"loan-default-class-{n:02}"[:18] + f"{n:02}" for n in range(20)), 5_000.0, "per h"),
    many(1, "bar", ("06:00", "07:00"), 0.0, "per h"),
    many(1, "line", ("06:00",), 1.0, ""),
)


def test_no_label_lies_on_another_or_outside(page: Any, bot: Bot) -> None:
    """Twenty long ones, names of bars, and millions on the axis: some are left out, or they are slanted."""
    for figure in post(bot, page, *CROWDED):
        image = figure.locator(".chart").bounding_box()
        slanted = figure.locator(".chart-text[transform]")
        level = figure.locator(".chart-text:not([transform])")
        boxes = [level.nth(i).bounding_box() for i in range(level.count())]
        for one, other in combinations(boxes, 2):
            assert not (overlap(one, other, "x", "width") and overlap(one, other, "y", "height"))
        for box in (*boxes, *(slanted.nth(i).bounding_box() for i in range(slanted.count()))):
            assert image["x"] - 1 <= box["x"] <= box["x"] + box["width"] <= image["x"] + image["width"] + 1
            assert image["y"] - 1 <= box["y"] <= box["y"] + box["height"] <= image["y"] + image["height"] + 1


def overlap(one: Any, other: Any, start: str, size: str) -> bool:
    """Along one direction."""
    return bool(one[start] < other[start] + other[size] and other[start] < one[start] + one[size])


def test_pointer_and_arrow_keys_tell_every_value_of_a_category(page: Any, bot: Bot) -> None:
    """Right and left, first and last; Esc and leaving end it."""
    (figure,) = post(bot, page, ACCURACY)
    image, tip = figure.locator(".chart"), figure.locator(".chart-tip")
    assert not tip.is_visible()
    box = image.bounding_box()
    page.mouse.move(box["x"] + box["width"] - 30, box["y"] + 40)
    assert tip.inner_text().split("\n") == ["16:00", "accuracy", "0.33", "limit", "0.8792"]
    page.mouse.move(2, 2)
    assert not tip.is_visible()
    image.focus()
    told = []
    for key in ("ArrowRight", "ArrowRight", "End", "ArrowLeft", "Home", "ArrowLeft"):
        page.keyboard.press(key)
        told.append(tip.inner_text().split("\n")[0])
    assert told == ["14:00", "15:00", "16:00", "15:00", "14:00", "14:00"]
    page.keyboard.press("Escape")
    assert not tip.is_visible()


def test_a_chart_says_what_it_is_and_its_names_are_text(page: Any, bot: Bot) -> None:
    """To screen readers, in the legend and in the tip."""
    evil = "<img src=x onerror=1>"
    (figure,) = post(bot, page, Chart(evil, (evil, "b"), (Line(evil, (1.0, 2.0)),), evil, evil, "bar"))
    image = figure.locator(".chart")
    assert image.get_attribute("aria-label") == f"{evil}: bar chart of <img src=x onerror=…"
    image.focus()
    page.keyboard.press("Home")
    assert figure.locator(".chart-tip-title").inner_text() == "<img src=x onerror=…"
    assert figure.locator(".legend").inner_text() == "<img src=x onerror=…"
    assert figure.locator("img").count() == 0


AXES = [
    ([0, 0, 0], True, ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
    ([0.33, 0.91], False, ["0.2", "0.4", "0.6", "0.8", "1.0"]),
    ([-0.3, 0.2], False, ["-0.3", "-0.2", "-0.1", "0.0", "0.1", "0.2"]),
    ([120_000, 4], True, ["0", "50,000", "100,000", "150,000"]),
    ([2_500_000], True, ["0", "500K", "1M", "1.5M", "2M", "2.5M"]),
    ([5], False, ["2", "3", "4", "5", "6", "7", "8"]),
]


def test_axes_have_round_marks_around_what_is_drawn(page: Any) -> None:
    """From zero for bars; millions are written short."""
    script = """async ([values, zero]) => {
        const made = (await import("/chart_axes.js")).axis(values, zero);
        return made.marks.map(made.write);
    }"""
    for values, from_zero, marks in AXES:
        assert page.evaluate(script, [values, from_zero]) == marks
