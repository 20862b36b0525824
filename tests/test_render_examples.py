"""What a card, an answer, a form and a file look like."""

import csv
import io
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.model.reply import (
    Actions,
    Bold,
    ChoiceField,
    ChoicesField,
    Code,
    Column,
    Confirm,
    DateField,
    Facts,
    Form,
    Heading,
    Link,
    Menu,
    Note,
    Number,
    Paragraph,
    Press,
    Reply,
    Table,
    TextField,
    Time,
    User,
    UserField,
)
from bot.render import csv_text, errors, message, notice, plain_text, values, view
from sandbox.slack.check_surface import checked_blocks, checked_view

AT = Time(datetime(2026, 11, 20, 9, 2, tzinfo=UTC))
DATE = "<!date^1795165320^{date_short_pretty} {time}|2026-11-20 09:02 UTC>"
TABLE = Table(
    "Broken constraints",
    (Column("Metric"), Column("Seen", "right"), Column("Since"), Column("")),
    (
        ("accuracy", Number(0.7521, "0.7521"), AT, Press("Take", "ack 12.1", does="act")),
        ("f1 <b> `x`", Number(0.5, "0.5"), (Bold("long"), " ago"), Press("Take", "ack 12.2", does="act")),
    ),
    total=9,
)
CARD = Reply(
    ("#12 bank-marketing: 8 broken",),
    (
        Heading("bank-marketing: model quality"),
        Paragraph((Bold("Open"), ", since ", AT, ", for ", User("U012AB3CD", mention=True))),
        Facts((("Account", ("ml-production ", Code("111122223333"))), ("Run", ()))),
        TABLE,
        Note(("Baseline of ", Link("https://console.example/x?a=<b>", "November & later"))),
        Actions(
            (
                Press("Acknowledge", "ack 12 at=3", "act", "primary"),
                Press("Share Here", "violations", "share", "primary"),
                Menu((Press("Resolve…", "resolve-with 12", "form"), Press("One Row…", "ack-row 12", "form"))),
            )
        ),
    ),
    (("3 of 3 accounts, 0.4 s",), ("ml-test: role X lacks ", Code("sagemaker:List*"))),
)


def test_a_card_stands_in_the_order_it_was_written() -> None:
    """Header, text, facts, sortable table, what is left out, small print, buttons, footer."""
    made = message(CARD, stamp="12:1.3.7")
    kinds = [block["type"] for block in checked_blocks(made.blocks)]
    assert kinds == ["header", "rich_text", "section", "data_table", "context", "context", "actions", "context"]
    assert [block["block_id"] for block in made.blocks] == [f"12:1.3.7:{n}" for n in range(8)]
    assert made.text == "#12 bank-marketing: 8 broken"


def test_running_text_is_structured_so_nothing_in_it_is_parsed() -> None:
    """A bold word, plain words, a date in the reader's zone and a mention are elements of their own."""
    elements = message(CARD).blocks[1]["elements"][0]["elements"]
    assert elements == [
        {"type": "text", "text": "Open", "style": {"bold": True}},
        {"type": "text", "text": ", since "},
        {
            "type": "date",
            "timestamp": 1795165320,
            "format": "{date_short_pretty} {time}",
            "fallback": "2026-11-20 09:02 UTC",
        },
        {"type": "text", "text": ", for "},
        {"type": "user", "user_id": "U012AB3CD"},
    ]


def test_facts_stand_side_by_side_and_empty_ones_show_a_dash() -> None:
    """Fields of one section, the label above its value."""
    fields = [field["text"] for field in message(CARD).blocks[2]["fields"]]
    assert fields == ["*Account*\nml-production `111122223333`", "*Run*\n\u2013"]


def test_table_cells_keep_their_kind() -> None:
    """Numbers sort by value, times are dates, buttons are action cells with a fallback."""
    table = message(CARD).blocks[3]
    text, number, time, action = table["rows"][1]
    assert text == {"type": "raw_text", "text": "accuracy"}
    assert number == {"type": "raw_number", "value": 0.7521, "text": "0.7521"}
    assert time["elements"][0]["elements"][0]["type"] == "date"
    assert (action["type"], action["element"]["value"], action["fallback"]["text"]) == (
        "action_cell",
        "ack 12.1",
        "Take",
    )
    assert message(CARD).blocks[4]["elements"][0]["text"] == "7 more of 9 are not shown."


def test_buttons_carry_their_command_line_and_only_one_is_primary() -> None:
    """`ml:<how>:<number>` is the action, the line its value; a menu's option says how and what."""
    share, menu = message(CARD).blocks[6]["elements"][1:]
    acknowledge = message(CARD, prefix="ai").blocks[6]["elements"][0]
    assert acknowledge["action_id"] == "ai:act:1"
    assert (acknowledge["value"], acknowledge["style"]) == ("ack 12 at=3", "primary")
    assert "style" not in share
    assert menu["type"] == "overflow"
    assert [option["value"] for option in menu["options"]] == ["form resolve-with 12", "form ack-row 12"]


def test_the_fallback_shows_the_table_as_text_and_keeps_its_actions() -> None:
    """Only blocks that every client knows; a select acts on a row."""
    fallback = message(CARD).fallback
    assert fallback is not None
    blocks = checked_blocks(fallback.blocks)
    assert {block["type"] for block in blocks} == {"header", "section", "context", "actions"}
    text = next(b["text"]["text"] for b in blocks if b["type"] == "section" and "```" in str(b.get("text")))
    assert text.splitlines()[1:5] == [
        "Metric        Seen  Since",
        "----------  ------  --------------------",
        "accuracy    0.7521  2026-11-20 09:02 UTC",
        "f1 &lt;b&gt; \u02cbx\u02cb     0.5  long ago",
    ]
    select = next(e for b in blocks if b["type"] == "actions" for e in b["elements"] if e["type"] == "static_select")
    assert [(o["text"]["text"], o["value"]) for o in select["options"]] == [
        ("Take: accuracy 0.7521", "act ack 12.1"),
        ("Take: f1 <b> `x` 0.5", "act ack 12.2"),
    ]
    assert blocks[1]["text"]["text"] == f"*Open*, since {DATE}, for <@U012AB3CD>"


def test_links_are_encoded_and_labels_escaped() -> None:
    """Nothing in an address can end the link."""
    assert "<https://console.example/x?a=%3Cb%3E|November &amp; later>" in str(message(CARD).blocks[5])


def test_showing_somebody_by_name_does_not_notify_them() -> None:
    """With names known only a mention mentions."""
    reply = Reply((User("U012AB3CD"), " and ", User("U999XYZ11", mention=True)))
    made = message(reply, names=lambda _: "Ana <Boss>")
    assert made.text == "Ana &lt;Boss&gt; and <@U999XYZ11>"
    assert message(reply).text == "<@U012AB3CD> and <@U999XYZ11>"


def test_new_content_or_a_new_stamp_makes_new_block_ids() -> None:
    """Slack keeps what somebody chose in a block whose id stays."""
    one, two = message(Reply(("a",))), message(Reply(("b",)))
    assert one.blocks[0]["block_id"] != two.blocks[0]["block_id"]
    assert message(Reply(("a",)), stamp="x").blocks[0]["block_id"] == "x:0"


@pytest.mark.parametrize("rows", [(), ((),)])
def test_a_table_without_cells_is_a_sentence(rows: tuple[tuple[()], ...]) -> None:
    """Slack wants at least one row and one column."""
    made = message(Reply(("x",), (Heading("h"), Table("Open incidents", (), rows))))
    assert "Open incidents: none." in str(made.blocks)


def test_a_reply_of_text_alone_shows_it() -> None:
    """Parts that do not begin with words begin with the text; parts that do are not preceded by it."""
    assert "Nothing is open." in str(message(Reply(("Nothing is open.",))).blocks)
    assert "3 open" in str(message(Reply(("3 open",), (TABLE,))).blocks[0])
    assert "said" not in str(message(Reply(("said",), (Heading("h"),))).blocks)


def test_a_second_table_is_text() -> None:
    """Slack takes one table in a message."""
    kinds = [block["type"] for block in message(Reply(("x",), (TABLE, TABLE))).blocks]
    assert kinds.count("data_table") == 1
    assert kinds.count("section") == 1


def test_a_large_table_is_cut_to_the_budget_and_says_by_how_much() -> None:
    """The buttons below it stay."""
    big = Table("All", (Column("a"),), tuple((f"row {n} " + "x" * 300,) for n in range(90)))
    made = message(Reply(("x",), (big, Actions((Press("More", "more"),)))))
    shown = len(made.blocks[1]["rows"]) - 1
    assert 30 < shown < 45
    assert made.blocks[2]["elements"][0]["text"] == f"{90 - shown} more of 90 are not shown."
    assert made.blocks[3]["type"] == "actions"


def test_long_lines_become_buttons_and_too_long_ones_are_missed() -> None:
    """An option keeps 150 characters, a button 2,000; beyond that it is said that something is cut."""
    menu = Menu((Press("A", "a"), Press("B", "b"), Press("Long", "c" * 200)))
    elements = message(Reply(("x",), (Actions((menu,)),))).blocks[1]["elements"]
    assert [element["type"] for element in elements] == ["button", "overflow"]
    lost = message(Reply(("x",), (Actions((Press("Long", "c" * 2001),)),)))
    assert lost.blocks[-1]["elements"][0]["text"] == "Cut to fit one Slack message."


def test_a_menu_asks_before_it_acts_when_one_of_its_items_does() -> None:
    """Slack asks for the menu as a whole, in the item's words only where they are all the same."""
    ask = Confirm("Resolve?", "It opens again if it is still bad.", "Resolve")
    some = Menu((Press("A", "a"), Press("B", "b", confirm=ask)))
    same = Menu((Press("A", "a", confirm=ask), Press("B", "b", confirm=ask)))
    one, two = message(Reply(("x",), (Actions((some, same)),))).blocks[1]["elements"]
    assert one["confirm"]["title"]["text"] == "Go ahead?"
    assert two["confirm"]["title"]["text"] == "Resolve?"


FORM = Form(
    "Acknowledge with a reason and more",
    "ack 12 at=3",
    (
        TextField("reason", "Reason", placeholder="label feed late", multiline=True, initial="it <is>"),
        ChoiceField("until", "Until", (("24 hours", "24h"), ("7 days", "7d")), initial="24h", hint="then it opens"),
        ChoicesField("rows", "Rows", (("accuracy", "1"), ("f1", "2")), initial=("1", "2"), optional=True),
        DateField("day", "Until the end of", initial="2026-11-27"),
        UserField("who", "Who", initial="U0MAYA"),
    ),
    intro=(Paragraph(("Takes ", Bold("all"))), TABLE),
)


def test_a_form_is_a_modal_whose_metadata_holds_the_line() -> None:
    """Title cut to 24 characters, an input per field, and no table that a modal would refuse."""
    made: dict[str, Any] = view(FORM, metadata={"channel": "C1"})
    checked_view(made, "modal")
    assert made["title"]["text"] == "Acknowledge with a reas…"
    assert made["private_metadata"] == '{"channel": "C1", "line": "ack 12 at=3"}'
    assert [block["block_id"] for block in made["blocks"][-5:]] == ["reason", "until", "rows", "day", "who"]
    assert made["blocks"][-4]["element"]["initial_option"]["value"] == "24h"
    assert made["blocks"][-2]["element"]["initial_date"] == "2026-11-27"
    assert made["blocks"][-1]["element"]["initial_user"] == "U0MAYA"


@pytest.mark.parametrize(
    "field", [DateField("a", "A", "2026-02-30"), DateField("a", "A", "tomorrow"), UserField("a", "A", "maya")]
)
def test_a_picker_that_cannot_show_its_first_value_begins_empty(field: DateField | UserField) -> None:
    """Slack would refuse the whole form for it."""
    element = view(Form("t", "x", (field,)))["blocks"][0]["element"]
    assert not [key for key in element if key.startswith("initial")]


def test_answers_of_a_form_are_read_back_by_field() -> None:
    """Choices are joined by commas; what was left empty is left out."""
    state = {
        "values": {
            "reason": {"value": {"type": "plain_text_input", "value": "label feed late"}},
            "until": {"value": {"type": "static_select", "selected_option": {"value": "7d"}}},
            "rows": {"value": {"type": "checkboxes", "selected_options": [{"value": "1"}, {"value": "2"}]}},
            "note": {"value": {"type": "plain_text_input", "value": None}},
            "who": {"value": {"type": "static_select", "selected_option": None}},
            "day": {"value": {"type": "datepicker", "selected_date": "2026-11-27"}},
            "owner": {"value": {"type": "users_select", "selected_user": "U0MAYA"}},
            "nobody": {"value": {"type": "users_select", "selected_user": None}},
        }
    }
    answers = {"reason": "label feed late", "until": "7d", "rows": "1,2", "day": "2026-11-27", "owner": "U0MAYA"}
    assert values(state) == answers


@pytest.mark.parametrize(
    "form",
    [
        Form("t", "x" * 3000, ()),
        Form("t", "x", (ChoiceField("a", "A", ()),)),
        Form("t", "x", (ChoicesField("a", "A", tuple((str(n), str(n)) for n in range(11))),)),
        Form("t", "x", (ChoiceField("a", "A", (("a", "v" * 151),)),)),
    ],
)
def test_a_form_that_slack_would_refuse_is_an_error_where_it_is_made(form: Form) -> None:
    """Too much metadata, no options, too many, too long."""
    with pytest.raises(ValueError, match=r"fit|characters"):
        view(form)


def test_a_notice_says_what_happened_in_an_alert() -> None:
    """A long text goes on below the alert; buttons would lead nowhere and are left out."""
    short = notice(Reply(("May not be saved: see /ml incidents",)), failed=True)
    assert checked_view(short, "modal")["blocks"][0]["level"] == "error"
    long = notice(Reply(("word " * 80,), (Actions((Press("A", "a"),)),)))
    assert [block["type"] for block in checked_view(long, "modal")["blocks"]] == ["alert", "section"]


def test_errors_keep_the_form_open() -> None:
    """By field, as Slack's acknowledgement wants them."""
    assert errors({"until": "not a time"}) == {"response_action": "errors", "errors": {"until": "not a time"}}


def test_plain_text_has_everything_but_what_is_pressed() -> None:
    """For logs and terminals."""
    text = plain_text(CARD)
    assert "Open, since 2026-11-20 09:02 UTC, for @U012AB3CD" in text
    assert "Account: ml-production 111122223333" in text
    assert "7 more of 9 are not shown." in text
    assert "Acknowledge" not in text
    assert "Take" not in text


def test_csv_cells_are_never_formulas_and_numbers_stay_numbers() -> None:
    """A quote before what a spreadsheet would run; a negative number is no formula."""
    cells = ('=HYPERLINK("http://x")', "+1", "-x", "@sum", "\t=1", Number(-0.5, "-0.5"), AT, (Code("=1"),), "a,b\nc")
    text = csv_text(Table("t", tuple(Column(f"c{n}") for n in range(len(cells))), (cells,)))
    row = list(csv.reader(io.StringIO(text)))[1]
    assert row[:5] == ['\'=HYPERLINK("http://x")', "'+1", "'-x", "'@sum", "'=1"]
    assert row[5:] == ["-0.5", "2026-11-20T09:02:00+00:00", "'=1", "a,b c"]


@pytest.mark.parametrize("delimiter", [",", ";", "|"])
def test_csv_read_with_another_separator_has_no_formula_either(delimiter: str) -> None:
    """Excel splits at semicolons where the comma is for decimals: what stands behind one begins a cell."""
    cells = ("a;=1+1", 'b; "=2', "c;;@x", "d,-x", "e|=3", "f;\uff1d4", "g;-0.5", "v1-2; ok", "h;\u200b=5")
    text = csv_text(Table("t", tuple(Column(f"c{n}") for n in range(len(cells))), (cells,)))
    assert not [c for r in csv.reader(io.StringIO(text), delimiter=delimiter) for c in r if _runs(c)]
    assert list(csv.reader(io.StringIO(text)))[1][7] == "v1-2; ok"


def _runs(cell: str) -> bool:
    """As careless readers see it, who drop quotes and blanks around a cell."""
    return cell.replace('"', "").lstrip().startswith(("=", "+", "-", "@", "\uff1d"))
