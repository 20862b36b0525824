"""What a chart looks like in Slack, and in words."""

from typing import Any

import pytest

from bot.model.reply import Chart, Column, Heading, Line, Paragraph, Reply, Table
from bot.render import message, plain_text, reading
from bot.render.charts import unique
from sandbox.slack.check_surface import checked_blocks, checked_view

HOURS = ("14:00", "15:00", "16:00", "17:00", "18:00")
FELL = Line("accuracy", (0.91, 0.912, 0.9104477611, 0.35, 0.33))
LIMIT = Line("limit at least", (0.8792,) * 5, "limit")
ACCURACY = Chart("Accuracy of bank-marketing", HOURS, (FELL, LIMIT), "UTC", "share")


def blocks(*charts: Chart) -> list[dict[str, Any]]:
    """As Slack takes them, after the paragraph that every reply begins with."""
    return checked_blocks(message(Reply(("x",), charts)).blocks)[1:]


def fallback(*charts: Chart) -> list[str]:
    """The texts of the fallback, after the paragraph."""
    made = message(Reply(("x",), charts)).fallback
    assert made is not None
    texts = [block.get("text") or block["elements"][0] for block in checked_blocks(made.blocks)[1:]]
    return [text["text"].removeprefix("```\n").removesuffix("\n```") for text in texts]


def test_a_chart_is_slacks_own_with_every_category_in_every_series() -> None:
    """Values keep six significant digits: what is read in a tip."""
    (made,) = blocks(ACCURACY)
    assert made["title"] == "Accuracy of bank-marketing"
    assert made["chart"]["axis_config"] == {"categories": list(HOURS), "x_label": "UTC", "y_label": "share"}
    assert [one["name"] for one in made["chart"]["series"]] == ["accuracy", "limit at least"]
    assert made["chart"]["series"][0]["data"][2] == {"label": "16:00", "value": 0.910448}


@pytest.mark.parametrize("value", [0.0, 1_234_567.0, -0.000123456, 5e-324, 1e299, -1e299])
def test_values_lose_no_digit_that_counts(value: float) -> None:
    """Counts are whole, small shares keep their digits, and no size is an error."""
    (made,) = blocks(Chart("x", ("a", "b"), (Line("n", (value, 0.5)),)))
    assert made["chart"]["series"][0]["data"][0]["value"] == value
    assert fallback(Chart("x", ("a", "b"), (Line("n", (value, -value)),)))


def test_in_words_a_curve_tells_from_where_to_where_and_the_limit() -> None:
    """In modals, where Slack refuses the blocks, and in plain text."""
    line = "accuracy ███▁▁ 0.91 → 0.33 (limit at least 0.8792)"
    title = "Accuracy of bank-marketing: share, 14:00 to 18:00 UTC"
    assert fallback(ACCURACY) == [title, line]
    assert plain_text(Reply(("x",), (ACCURACY,))) == f"x\n\n{title}\n{line}"
    shown = checked_view(reading(Reply(("x",), (ACCURACY,))), "modal")["blocks"]
    assert line in shown[2]["text"]["text"]


def test_curves_of_a_chart_share_their_scale() -> None:
    """Noise on one line stays small beside the fall of another; limits follow."""
    steady = Line("recall", (0.90, 0.91, 0.90, 0.91, 0.90))
    band = Line("best of the rest", (1.0,) * 5, "band")
    assert fallback(Chart("x", HOURS, (FELL, steady, band, LIMIT)))[1].split("\n") == [
        "accuracy         ▇▇▇▁▁ 0.91 → 0.33",
        "recall           ▇▇▇▇▇ 0.9 → 0.9",
        "best of the rest █████ 1",
        "limit at least 0.8792",
    ]


def test_a_line_that_stays_is_one_number_and_lies_in_the_middle() -> None:
    """There is no scale."""
    assert fallback(Chart("x", HOURS, (Line("n", (3.0,) * 5),)))[1] == "n ▄▄▄▄▄ 3"


def test_bars_in_words_have_a_row_each() -> None:
    """Names are no course of time."""
    lines = (Line("invocations", (12_000.0, 6_000.0, 0.0)), Line("errors", (3.0, 0.0, -1.0)))
    shown = fallback(Chart("Traffic", ("bank", "loan", "churn"), lines, y_label="per hour", shape="bar"))
    assert shown[0] == "Traffic: per hour"
    assert [row.rstrip() for row in shown[1].split("\n")] == [
        "         invocations    errors",
        "bank          12,000         3  ████████████",
        "loan           6,000         0  ██████",
        "churn              0        -1",
    ]


def test_a_third_chart_stands_in_words_and_says_so() -> None:
    """Slack takes two in a message."""
    kinds = [block["type"] for block in blocks(ACCURACY, ACCURACY, ACCURACY)]
    assert kinds == ["data_visualization", "data_visualization", "context", "section", "context"]
    assert blocks(ACCURACY, ACCURACY, ACCURACY)[4]["elements"][0]["text"] == (
        "Slack draws 2 charts a message: this one stands in words."
    )


def test_a_chart_without_room_stands_in_words_before_a_table_takes_the_rest() -> None:
    """What is said and pressed comes first, then charts, then tables."""
    long = Paragraph(("x" * 12_400,))
    many = tuple(Line(f"line {n}", tuple(map(float, range(20))), "seen") for n in range(6))
    wide = Chart("wide", tuple(f"category number {n}" for n in range(20)), many)
    table = Table("t", (Column("a"),), (("b",),) * 50)
    kinds = [b["type"] for b in checked_blocks(message(Reply(("x",), (long, table, wide))).blocks)]
    assert kinds[-2:] == ["context", "section"]
    assert "data_visualization" not in kinds
    short = message(Reply(("x",), (Paragraph(("x",)), table, wide))).blocks
    assert {"data_table", "data_visualization"} <= {block["type"] for block in short}


def test_of_more_lines_than_fit_the_limits_and_bands_stay() -> None:
    """In the order given; what is not drawn is named."""
    seen = tuple(Line(f"s{n}", (1.0, 2.0)) for n in range(9))
    made, said = blocks(Chart("x", ("a", "b"), (*seen, Line("limit", (1.0, 1.0), "limit"))))
    assert [one["name"] for one in made["chart"]["series"]] == ["s0", "s1", "s2", "s3", "s4", "limit"]
    assert said["elements"][0]["text"] == "Not drawn: s5, s6, s7 and 1 more."


@pytest.mark.parametrize("values", [(1.0,), (1.0, float("nan")), (1.0, float("inf")), (1.0, 1e301), ()])
def test_a_line_without_a_value_everywhere_is_named_and_not_drawn(values: tuple[float, ...]) -> None:
    """No value is made up; a chart of nothing else says so."""
    half = Line("half <b>", values)
    made, said = blocks(Chart("x", ("a", "b"), (half, Line("whole", (1.0, 2.0)))))
    assert [one["name"] for one in made["chart"]["series"]] == ["whole"]
    assert said["elements"][0]["text"] == "Not drawn: half &lt;b&gt;."
    nothing, named = blocks(Chart("Accuracy", ("a", "b"), (half,)))
    assert nothing["elements"][0]["elements"][0]["text"] == "Accuracy: nothing to draw."
    assert named["elements"][0]["text"] == "Not drawn: half &lt;b&gt;."
    assert "nothing to draw" in plain_text(Reply(("x",), (Chart("y", (), (Line("z", ()),)),)))


def test_of_more_points_than_fit_the_newest_stay_and_of_bars_the_first() -> None:
    """And it is said."""
    line = Line("n", tuple(map(float, range(32))))
    names = tuple(f"c{n}" for n in range(32))
    newest, said = blocks(Chart("x", names, (line,)))
    assert newest["chart"]["axis_config"]["categories"] == list(names[12:])
    assert said["elements"][0]["text"] == "Only the last 20 of 32 are drawn."
    first, _ = blocks(Chart("x", names, (line,), shape="bar"))
    assert first["chart"]["axis_config"]["categories"] == list(names[:20])


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        (("accuracy", "recall"), ["accuracy", "recall"]),
        (("loan-default-classifier-staging",), ["loan-default-classi…"]),
        (
            ("loan-default-classifier-staging", "loan-default-classifier-production"),
            ["loan-default-classi…", "loan-defau…roduction"],
        ),
        (("a", "a", "a\n", "a 2"), ["a", "a 2", "a 3", "a 2 2"]),
        (("x" * 30, "x" * 30, "x" * 30), ["x" * 19 + "…", "x" * 10 + "…" + "x" * 9, "x" * 17 + "… 2"]),
        (("", " ", "\x00"), ["–", "– 2", "– 3"]),  # noqa: RUF001  # the dash stands where there is nothing
    ],
)
def test_names_are_short_and_none_is_there_twice(names: tuple[str, ...], shown: list[str]) -> None:
    """Endpoints often differ at their ends only."""
    assert list(unique(names)) == shown


def test_a_chart_after_a_heading_keeps_its_place() -> None:
    """Room is given by rank, order by the reply."""
    reply = Reply(("x",), (Heading("h"), ACCURACY, Paragraph(("below",))))
    assert [block["type"] for block in message(reply).blocks] == ["header", "data_visualization", "rich_text"]
