"""Blocks are refused as Slack refuses them, with the reason and where it is."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.slack.check_surface import SURFACES, checked_blocks, checked_view, problems_of
from sandbox.slack.errors import SlackError

Json = dict[str, Any]


def plain(text: str) -> Json:
    """A plain_text object."""
    return {"type": "plain_text", "text": text}


def md(text: str) -> Json:
    """A mrkdwn object."""
    return {"type": "mrkdwn", "text": text}


def raw(text: str) -> Json:
    """A table's text cell."""
    return {"type": "raw_text", "text": text}


def option(text: str, value: str = "v") -> Json:
    """A menu's option."""
    return {"text": plain(text), "value": value}


def button(**more: Any) -> Json:
    """A button, changed as asked."""
    return {"type": "button", "action_id": "ml:act:1", "text": plain("Acknowledge"), "value": "ack 12", **more}


def actions(*elements: Json) -> Json:
    """An actions block."""
    return {"type": "actions", "elements": list(elements)}


def options(number: int) -> list[Json]:
    """So many different options."""
    return [option(f"Option {n}", f"v{n}") for n in range(number)]


def select(**more: Any) -> Json:
    """A static select."""
    return {"type": "static_select", "action_id": "s", "options": options(3), **more}


def overflow(number: int) -> Json:
    """An overflow menu with so many options."""
    return {"type": "overflow", "action_id": "o", "options": options(number)}


def table(rows: int, columns: int = 2, text: str = "x") -> Json:
    """A table of equal cells."""
    return {"type": "table", "rows": [[raw(text)] * columns for _ in range(rows)]}


def data_table(rows: int, columns: int = 2, text: str = "x", **more: Any) -> Json:
    """A data table: a header and so many rows."""
    header, row = [raw("Head")] * columns, [raw(text)] * columns
    return {"type": "data_table", "caption": "Rows", "rows": [header, *[row] * rows], **more}


def chart(series: int = 1, points: int = 2, **more: Any) -> Json:
    """A line chart with full series."""
    labels = [f"{n}h" for n in range(points)]
    data = [{"label": label, "value": 0.5} for label in labels]
    lines = [{"name": f"s{n}", "data": data} for n in range(series)]
    axis = {"categories": labels, "x_label": "hour"}
    return {"type": "data_visualization", "title": "AUC", "chart": {
        "type": "line", "series": lines, "axis_config": axis, **more}}  # fmt: skip


def pie(*values: float) -> Json:
    """A pie of these values."""
    segments = [{"label": f"p{n}", "value": value} for n, value in enumerate(values)]
    return {"type": "data_visualization", "title": "Share", "chart": {"type": "pie", "segments": segments}}


def rich(*elements: Json) -> Json:
    """A rich_text block of one section."""
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": list(elements)}]}


def text_input(**more: Any) -> Json:
    """An input block with a text field."""
    element = {"type": "plain_text_input", "action_id": "value", **more}
    return {"type": "input", "block_id": "reason", "label": plain("Reason"), "element": element}


DATE = "<!date^1763600000^{date_short_pretty} {time}|2026-11-20 09:02 UTC>"
GOOD: list[tuple[str, list[Json]]] = [
    ("nothing", []),
    ("fifty blocks", [{"type": "divider"}] * 50),
    ("header at its longest", [{"type": "header", "text": plain("h" * 150)}]),
    ("section at its longest", [{"type": "section", "text": md("s" * 3000)}]),
    ("ten fields", [{"type": "section", "fields": [md("f" * 1000)] * 10}]),
    ("section with a button", [{"type": "section", "text": md("s"), "accessory": button(style="danger")}]),
    ("date", [{"type": "section", "text": md(f"since {DATE}")}]),
    ("group mention", [{"type": "section", "text": md("<!subteam^S0MLADM> <!here> <@U0MAYA>")}]),
    ("context", [{"type": "context", "elements": [md("c")] * 10}]),
    ("25 buttons", [actions(*(button(action_id=f"a{n}") for n in range(25)))]),
    ("button at its longest", [actions(button(value="v" * 2000, text=plain("t" * 75)))]),
    ("same action_id in two blocks", [actions(button()), actions(button())]),
    ("overflow of five", [actions(overflow(5))]),
    ("select with an initial option", [actions(select(initial_option=option("Option 1", "v1")))]),
    ("image", [{"type": "image", "image_url": "https://example.com/a.png", "alt_text": "chart"}]),
    ("table", [table(100)]),
    ("data table", [data_table(200, page_size=100, row_header_column_index=1)]),
    ("data table with a button in a row", [{"type": "data_table", "caption": "c", "rows": [
        [raw("Row"), raw("Act")],
        [raw("auc"), {"type": "action_cell", "element": button(), "fallback": raw("ack 12.1")}]]}]),
    ("data table with numbers", [{"type": "data_table", "caption": "c", "rows": [
        [raw("Seen")], [{"type": "raw_number", "value": 0.85, "text": "0.85"}]]}]),
    ("tables have budgets of their own", [data_table(150, 1, "x" * 100)]),
    ("chart", [chart(12, 20)]),
    ("two pies", [pie(1, 2), pie(3)]),
    ("rich text", [rich({"type": "text", "text": "now ", "style": {"bold": True}},
                        {"type": "date", "timestamp": 1763600000, "format": "{time}", "fallback": "09:02"},
                        {"type": "user", "user_id": "U0MAYA"})]),
    ("markdown", [{"type": "markdown", "text": "m" * 12_000}]),
    ("13,200 characters", [{"type": "section", "text": md("s" * 2640)}] * 5),
]  # fmt: skip

BAD: list[tuple[str, list[Json], str, str]] = [
    ("51 blocks", [{"type": "divider"}] * 51, "no more than 50 items allowed", "/blocks"),
    ("unknown block", [{"type": "banner"}], "unsupported type: banner", "/blocks/0/type"),
    ("no type", [{"text": md("x")}], "missing required field: type", "/blocks/0"),
    ("not an object", ["x"], "must be an object", "/blocks/0"),  # type: ignore[list-item]
    ("header too long", [{"type": "header", "text": plain("h" * 151)}], "less than 151", "/blocks/0/text/text"),
    ("mrkdwn header", [{"type": "header", "text": md("h")}], "unsupported type: mrkdwn", "/blocks/0/text/type"),
    ("empty header", [{"type": "header", "text": plain("")}], "more than 0", "/blocks/0/text/text"),
    ("section too long", [{"type": "section", "text": md("s" * 3001)}], "less than 3001", "/blocks/0/text/text"),
    ("section of nothing", [{"type": "section"}], "text or fields", "/blocks/0"),
    ("eleven fields", [{"type": "section", "fields": [md("f")] * 11}], "no more than 10", "/blocks/0/fields"),
    ("field too long", [{"type": "section", "fields": [md("f" * 2001)]}], "less than 2001", "/blocks/0/fields/0/text"),
    ("unknown property", [{"type": "divider", "colour": "red"}], "additional property: colour", "/blocks/0"),
    ("emoji in mrkdwn", [{"type": "section", "text": {**md("x"), "emoji": True}}], "property: emoji", "/blocks/0/text"),
    ("eleven in context", [{"type": "context", "elements": [md("c")] * 11}], "no more than 10", "/blocks/0/elements"),
    ("button in context", [{"type": "context", "elements": [button()]}], "type: button", "/blocks/0/elements/0"),
    ("26 buttons", [actions(*(button(action_id=f"a{n}") for n in range(26)))], "no more than 25", "/blocks/0/elements"),
    ("button text", [actions(button(text=plain("t" * 76)))], "less than 76", "/blocks/0/elements/0/text/text"),
    ("button value", [actions(button(value="v" * 2001))], "less than 2001", "/blocks/0/elements/0/value"),
    ("button url", [actions(button(url="u" * 3001))], "less than 3001", "/blocks/0/elements/0/url"),
    ("button style", [actions(button(style="green"))], "must be one of", "/blocks/0/elements/0/style"),
    ("button without id", [actions({"type": "button", "text": plain("x")})], "field: action_id", "/blocks/0/elements"),
    ("long action_id", [actions(button(action_id="a" * 256))], "less than 256", "/blocks/0/elements/0/action_id"),
    ("same action_id in a block", [actions(button(), button())], "`action_id` ml:act:1", "/blocks/0"),
    ("same block_id", [{"type": "divider", "block_id": "b"}] * 2, "`block_id` b already", "/blocks/1/block_id"),
    ("confirm title", [actions(button(confirm={
        "title": plain("t" * 101), "text": md("?"), "confirm": plain("y"), "deny": plain("n")}))],
     "less than 101", "/blocks/0/elements/0/confirm/title/text"),
    ("confirm without deny", [actions(button(confirm={"title": plain("t"), "text": md("?"), "confirm": plain("y")}))],
     "missing required field: deny", "/blocks/0/elements/0/confirm"),
    ("overflow of one", [actions(overflow(1))], "no fewer than 2", "/blocks/0/elements/0/options"),
    ("overflow of six", [actions(overflow(6))], "no more than 5", "/blocks/0/elements/0/options"),
    ("option value", [actions(select(options=[option("x", "v" * 151)]))], "less than 151",
     "/blocks/0/elements/0/options/0/value"),
    ("option text", [actions(select(options=[option("x" * 76)]))], "less than 76",
     "/blocks/0/elements/0/options/0/text/text"),
    ("equal option values", [actions(select(options=[option("x"), option("y")]))], "must be unique",
     "/blocks/0/elements/0/options"),
    ("101 options", [actions(select(options=options(101)))], "no more than 100", "/blocks/0/elements/0/options"),
    ("no options", [actions({"type": "static_select", "action_id": "s"})], "exactly one of", "/blocks/0/elements/0"),
    ("initial option of another menu", [actions(select(initial_option=option("x", "zz")))], "one of the options",
     "/blocks/0/elements/0"),
    ("eleven checkboxes", [actions({"type": "checkboxes", "action_id": "c", "options": options(11)})],
     "no more than 10", "/blocks/0/elements/0/options"),
    ("text field in actions", [actions({"type": "plain_text_input", "action_id": "t"})], "unsupported type",
     "/blocks/0/elements/0/type"),
    ("bad date in a picker", [actions({"type": "datepicker", "action_id": "d", "initial_date": "2026-13-01"})],
     "valid date", "/blocks/0/elements/0/initial_date"),
    ("date without fallback", [{"type": "section", "text": md("<!date^1763600000^{time}>")}], "invalid date",
     "/blocks/0/text/text"),
    ("date with unknown token", [{"type": "section", "text": md("<!date^1763600000^{hour}|x>")}], "invalid date",
     "/blocks/0/text/text"),
    ("unknown special mention", [{"type": "section", "text": md("<!everybody>")}], "special mention",
     "/blocks/0/text/text"),
    ("image without alt", [{"type": "image", "image_url": "https://example.com"}], "field: alt_text", "/blocks/0"),
    ("image of two sources", [{"type": "image", "alt_text": "a", "image_url": "https://x", "slack_file": {"id": "F1"}}],
     "exactly one of", "/blocks/0"),
    ("two tables", [table(1), table(1)], "only 1 table", "/blocks"),
    ("101 table rows", [table(101, 1)], "no more than 100", "/blocks/0/rows"),
    ("21 columns", [table(1, 21)], "no more than 20", "/blocks/0/rows/0"),
    ("table too long", [table(11, 1, "x" * 1000)], "10000 characters", "/blocks/0/rows"),
    ("button in a table", [{"type": "table", "rows": [[button()]]}], "unsupported type", "/blocks/0/rows/0/0/type"),
    ("data table of a header only", [data_table(0)], "no fewer than 2", "/blocks/0/rows"),
    ("202 data table rows", [data_table(201)], "no more than 201", "/blocks/0/rows"),
    ("data table too long", [data_table(21, 1, "x" * 1000)], "20000 characters", "/blocks/0/rows"),
    ("page of 101", [data_table(1, page_size=101)], "between 1 and 100", "/blocks/0/page_size"),
    ("no caption", [{"type": "data_table", "rows": data_table(1)["rows"]}], "field: caption", "/blocks/0"),
    ("uneven rows", [{"type": "data_table", "caption": "c", "rows": [[raw("a")], [raw("a"), raw("b")]]}],
     "same number of cells", "/blocks/0/rows"),
    ("rich text in a header row", [{"type": "data_table", "caption": "c", "rows": [[rich()], [raw("a")]]}],
     "unsupported type: rich_text", "/blocks/0/rows/0/0/type"),
    ("row header beyond the columns", [data_table(1, 2, row_header_column_index=2)], "index of a column",
     "/blocks/0/row_header_column_index"),
    ("number as text", [{"type": "data_table", "caption": "c", "rows": [[raw("a")], [
        {"type": "raw_number", "value": "0.8"}]]}], "must be a number", "/blocks/0/rows/1/0/value"),
    ("not a number", [{"type": "data_table", "caption": "c", "rows": [[raw("a")], [
        {"type": "raw_number", "value": float("nan")}]]}], "must be a number", "/blocks/0/rows/1/0/value"),
    ("three charts", [chart()] * 3, "only 2 data_visualization", "/blocks"),
    ("13 series", [chart(13)], "no more than 12", "/blocks/0/chart/series"),
    ("21 points", [chart(1, 21)], "no more than 20", "/blocks/0/chart/series/0/data"),
    ("chart title", [{**chart(), "title": "t" * 51}], "less than 51", "/blocks/0/title"),
    ("series without a category", [chart(axis_config={"categories": ["0h", "1h", "2h"]})], "exactly once",
     "/blocks/0/chart/series/0/data"),
    ("empty slice", [pie(1, 0)], "greater than 0", "/blocks/0/chart/segments/1/value"),
    ("alert in a message", [{"type": "alert", "text": md("x")}], "unsupported type: alert", "/blocks/0/type"),
    ("empty text run", [rich({"type": "text", "text": ""})], "more than 0", "/blocks/0/elements/0/elements/0/text"),
    ("date run without a token", [rich({"type": "date", "timestamp": 1, "format": "today"})], "invalid date format",
     "/blocks/0/elements/0/elements/0/format"),
    ("unknown run", [rich({"type": "button", "text": "x"})], "unsupported type",
     "/blocks/0/elements/0/elements/0/type"),
    ("12,001 of markdown", [{"type": "markdown", "text": "m" * 6001}] * 2, "12000 characters", "/blocks"),
]  # fmt: skip


@pytest.mark.parametrize("blocks", [blocks for _, blocks in GOOD], ids=[name for name, _ in GOOD])
def test_what_slack_takes_is_taken_and_gets_ids(blocks: list[Json]) -> None:
    """Good blocks pass, and every one has an id afterwards, unique in the message."""
    made = checked_blocks(blocks)
    ids = [block["block_id"] for block in made]
    assert len(ids) == len(set(ids)) == len(blocks)
    assert [{k: v for k, v in block.items() if k != "block_id"} for block in made] == blocks


@pytest.mark.parametrize(("blocks", "reason", "pointer"), [case[1:] for case in BAD], ids=[case[0] for case in BAD])
def test_what_slack_refuses_is_refused_with_the_reason(blocks: list[Json], reason: str, pointer: str) -> None:
    """Bad blocks are invalid_blocks; a message says what and where."""
    with pytest.raises(SlackError) as refused:
        checked_blocks(blocks)
    assert refused.value.code == "invalid_blocks"
    messages = refused.value.detail["response_metadata"]["messages"]
    assert any(reason in one and f"[json-pointer:{pointer}" in one for one in messages), messages


def test_too_much_text_in_all_is_msg_blocks_too_long() -> None:
    """One character more than the budget of a whole message."""
    with pytest.raises(SlackError) as refused:
        checked_blocks([{"type": "section", "text": md("s" * 2640)}] * 5 + [{"type": "header", "text": plain("x")}])
    assert refused.value.code == "msg_blocks_too_long"


@pytest.mark.parametrize("kind", ["table", "data_table", "data_visualization", "markdown"])
def test_tables_and_charts_are_refused_in_modals(kind: str) -> None:
    """What shows data belongs into messages."""
    assert kind in SURFACES["message"]
    assert problems_of([{"type": kind}], "modal") == [f"[ERROR] unsupported type: {kind} [json-pointer:/blocks/0/type]"]


def modal(**more: Any) -> Json:
    """A modal with one field."""
    return {"type": "modal", "title": plain("Acknowledge"), "submit": plain("Save"), "blocks": [text_input()], **more}


GOOD_VIEWS: list[tuple[str, Json]] = [
    ("modal", modal()),
    ("modal without input or submit", {"type": "modal", "title": plain("t"), "blocks": [
        {"type": "alert", "text": md("may not be saved"), "level": "warning"}]}),
    ("metadata at its longest", modal(private_metadata="m" * 3000)),
    ("one hundred blocks", modal(blocks=[{"type": "divider"}] * 100)),
    ("home", {"type": "home", "blocks": [data_table(3), chart()]}),
]  # fmt: skip

BAD_VIEWS: list[tuple[str, Json, str]] = [
    ("title too long", modal(title=plain("t" * 25)), "less than 25"),
    ("submit too long", modal(submit=plain("t" * 25)), "less than 25"),
    ("no title", {"type": "modal", "blocks": []}, "missing required field: title"),
    ("input without submit", {"type": "modal", "title": plain("t"), "blocks": [text_input()]}, "field: submit"),
    ("metadata too long", modal(private_metadata="m" * 3001), "less than 3001"),
    ("callback_id too long", modal(callback_id="m" * 256), "less than 256"),
    ("101 blocks", modal(blocks=[{"type": "divider"}] * 101), "no more than 100"),
    ("placeholder", modal(blocks=[text_input(placeholder=plain("p" * 151))]), "less than 151"),
    ("max_length", modal(blocks=[text_input(max_length=3001)]), "between 1 and 3000"),
    ("lengths crossed", modal(blocks=[text_input(min_length=9, max_length=3)]), "must not exceed"),
    ("initial too long", modal(blocks=[text_input(initial_value="abc", max_length=2)]), "must not exceed"),
    ("alert too long", modal(blocks=[{"type": "alert", "text": md("a" * 201)}]), "less than 201"),
    ("label too long", modal(blocks=[{**text_input(), "label": plain("l" * 2001)}]), "less than 2001"),
    ("a home as a modal", {"type": "home", "blocks": []}, "unsupported type: home"),
    ("blocks missing", {"type": "modal", "title": plain("t")}, "missing required field: blocks"),
    ("unknown property", modal(colour="red"), "additional property: colour"),
]  # fmt: skip


@pytest.mark.parametrize("view", [case[1] for case in GOOD_VIEWS], ids=[case[0] for case in GOOD_VIEWS])
def test_views_that_slack_takes(view: Json) -> None:
    """Good views pass with their blocks' ids filled in."""
    made = checked_view(view, view["type"])
    assert all(block["block_id"] for block in made["blocks"])


@pytest.mark.parametrize(("view", "reason"), [case[1:] for case in BAD_VIEWS], ids=[case[0] for case in BAD_VIEWS])
def test_views_that_slack_refuses(view: Json, reason: str) -> None:
    """Bad views are invalid_arguments, with the reasons."""
    with pytest.raises(SlackError) as refused:
        checked_view(view, "modal")
    assert refused.value.code == "invalid_arguments"
    messages = refused.value.detail["response_metadata"]["messages"]
    assert any(reason in one for one in messages), messages


KEYS = st.sampled_from(["type", "text", "elements", "options", "rows", "chart", "series", "element", "value", "title"])
KINDS = st.sampled_from(sorted({*SURFACES["message"], *SURFACES["modal"], "mrkdwn", "plain_text", "button", "pie"}))
GARBAGE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3) | KINDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None)
@given(GARBAGE, st.sampled_from(["message", "modal", "home"]))
def test_any_garbage_is_answered_and_never_breaks_the_checks(garbage: Any, surface: str) -> None:
    """Whatever stands there, the answer is a list of reasons; only an empty list of blocks has none."""
    assert problems_of(garbage, surface) or garbage == [] or all("type" in block for block in garbage)
