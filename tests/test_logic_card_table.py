"""What a card's table says of each type of monitor."""

from dataclasses import replace

import pytest

from bot.logic.cards import card
from bot.logic.lifecycle import fold
from bot.logic.notes import note
from bot.model.account import Account
from bot.model.incident import Act, Click, Entry, Incident, Queued, Reason
from bot.model.observation import (
    ENDPOINT_FAILED,
    JOB_FAILED,
    LEFT,
    ROLLED_BACK,
    Finding,
    Observation,
    Reading,
    Row,
    Verdict,
)
from bot.model.place import Family, Service
from bot.model.reply import Note, Number, Reply, Table
from bot.render import message, plain_text
from bot.render.tables import visible
from sandbox.fakes import PLACE, at, run
from sandbox.slack.check_surface import problems_of

ACCOUNTS = {"222222222222": Account("222222222222", "ml-production", ("us-east-1",))}
SENTENCE = "Data type match requirement is not met. Expected data type: Integral, Expected match: 100.0%."


def bad(metric: str, check: str, *numbers: float | None, note: str = "") -> Finding:
    """A broken check."""
    return Finding(Row(metric, check), Verdict.BAD, Reading(*numbers), note)


COMPLETENESS = bad("age", "completeness_check", 0.95, 0.98, None, 1000, note="Value: 0.95")
TYPE = bad("age", "data_type_check", None, 1.0, note=SENTENCE + " " + "Observed: " * 20)
GONE = bad("f2", "missing_column_check", note="There are missing columns")
QUALITY = (TYPE, GONE, COMPLETENESS)


def found(hour: float, *findings: Finding) -> Observation:
    """A run that found this."""
    return replace(run(hour), findings=findings)


def incident(family: Family, *log: Entry, now: float = 2) -> Incident:
    """Incident 12 with this log."""
    return Incident(12, replace(PLACE, family=family), Service("bank", "tag"), log, Queued(), fold(log, at(now)))


def drawn(family: Family, *log: Entry, now: float = 2) -> Reply:
    """Its card."""
    return card(incident(family, *log, now=now), at(now), ACCOUNTS)


def table(reply: Reply) -> tuple[list[str], list[list[str]]]:
    """The card's table: its titles and its rows, as text."""
    part = next(p for p in reply.parts if isinstance(p, Table))
    rows = [[c.text if isinstance(c, Number) else str(c) for c in row] for row in part.rows]
    return [c.title for c in part.columns], rows


def test_data_quality_names_feature_and_check_and_gives_the_monitor_s_sentence_where_no_number_is() -> None:
    """A missing column leads; a sentence is cut where it is long."""
    reply = drawn(Family.DATA_QUALITY, found(1, *QUALITY))
    titles, rows = table(reply)
    assert titles == ["#", "Feature", "Check", "Seen", "Limit", "The monitor says"]
    assert rows == [
        ["1", "f2", "column missing", "\N{EN DASH}", "\N{EN DASH}", "There are missing columns"],
        ["2", "age", "data type", "\N{EN DASH}", "at least 1", (SENTENCE + " " + "Observed: " * 20)[:199] + "…"],
        ["3", "age", "completeness", "0.9500", "at least 0.9800", ""],
    ]
    assert "3 data-quality constraints broken (column f2 missing)" in plain_text(reply)


@pytest.mark.parametrize(
    ("completeness", "headline"),
    [(0.97, "(drift of balance, limit 0.1000)"), (0.3, "(completeness of age 0.3000, limit 0.9800)")],
)
def test_the_headline_leads_with_what_is_worst_though_it_has_no_number(completeness: float, headline: str) -> None:
    """A drift that nothing measured is more than a value in a hundred that lacks, and less than two in three."""
    drift = bad("balance", "baseline_drift_check", None, 0.1, note="It drifted.")
    reply = drawn(
        Family.DATA_QUALITY, found(1, drift, bad("age", "completeness_check", completeness, 0.98, None, 1000))
    )
    assert f"2 data-quality constraints broken {headline}" in plain_text(reply)


def test_drifts_are_ordered_by_what_the_monitor_says_of_them_which_is_no_number_of_ours() -> None:
    """The farthest leads, and what was seen stays unknown."""
    said = "Baseline drift distance: {} exceeds threshold: 0.1"
    far = {"age": 0.116, "balance": 0.5, "campaign": 0.913}
    drifts = [bad(name, "baseline_drift_check", None, 0.1, note=said.format(by)) for name, by in far.items()]
    reply = drawn(Family.DATA_QUALITY, found(1, *drifts))
    assert "3 data-quality constraints broken (drift of campaign, limit 0.1000)" in plain_text(reply)
    assert [row[:4] for row in table(reply)[1]] == [
        ["1", "campaign", "drift", "\N{EN DASH}"],
        ["2", "balance", "drift", "\N{EN DASH}"],
        ["3", "age", "drift", "\N{EN DASH}"],
    ]


def test_a_resolved_card_says_what_a_feature_is_now() -> None:
    """A share that is good again has its number, what has none its sentence."""
    good = Finding(COMPLETENESS.row, Verdict.GOOD, Reading(0.99, 0.98, None, 1000))
    titles, rows = table(drawn(Family.DATA_QUALITY, found(1, *QUALITY), found(2, good)))
    assert titles == ["#", "Feature", "Check", "Seen when it fired", "Limit", "Seen now", "The monitor says"]
    assert rows[0][-2:] == ["\N{EN DASH}", "There are missing columns"]
    assert rows[2] == ["3", "age", "completeness", "0.9500", "at least 0.9800", "0.9900", ""]


def test_the_sentence_stands_for_the_number_that_lacks_now_or_lacked_when_it_fired() -> None:
    """Statistics may be missing in one run and there in the next."""
    without = bad("age", "completeness_check", None, 0.98, note="Value: 0.94")
    good = Finding(COMPLETENESS.row, Verdict.GOOD, Reading(0.99, 0.98, None, 1000))
    _, rows = table(drawn(Family.DATA_QUALITY, found(1, COMPLETENESS), found(2, without)))
    assert rows == [["1", "age", "completeness", "\N{EN DASH}", "at least 0.9800", "Value: 0.94"]]
    _, rows = table(drawn(Family.DATA_QUALITY, found(1, COMPLETENESS), found(1.5, without), found(2, good)))
    assert rows == [["1", "age", "completeness", "0.9500", "at least 0.9800", "0.9900"]]


def test_rows_in_running_text_say_what_is_checked() -> None:
    """Two checks of one feature are told apart in notes too."""
    again = found(2, COMPLETENESS)
    reply = drawn(Family.DATA_QUALITY, found(1, *QUALITY), again)
    notes = ["".join(map(str, p.text)) for p in reply.parts if isinstance(p, Note)]
    assert "Good again: column f2 missing, data type of age" in notes
    more = incident(Family.DATA_QUALITY, found(1, GONE), found(2, GONE, COMPLETENESS))
    assert "broken too: completeness of age 0.9500, limit 0.9800" in plain_text(
        note(more, Reason.NEW_ROW, at(2), ACCOUNTS)
    )


def test_bias_is_held_to_the_baseline_on_both_sides_of_zero() -> None:
    """An infinite metric has no number; its sentence says it."""
    rows_of = (
        bad("DAR [Sex=0]", "bias_drift_check", -0.347, -0.0951, note="Metric value -0.347"),
        bad("TE [Sex=0]", "bias_drift_check", None, 2.9167, note="Metric value Infinity"),
    )
    reply = drawn(Family.BIAS, found(1, *rows_of))
    assert "(DAR [Sex=0] -0.3470, limit ±0.0951)" in plain_text(reply)
    assert table(reply) == (
        ["#", "Metric", "Seen", "Limit", "The monitor says"],
        [
            ["1", "DAR [Sex=0]", "-0.3470", "within ±0.0951", ""],
            ["2", "TE [Sex=0]", "\N{EN DASH}", "within ±2.917", "Metric value Infinity"],
        ],
    )


def test_explainability_says_the_score_and_its_limit() -> None:
    """One row a label."""
    shap = bad("shap [label0]", "feature_attribution_drift_check", 0.764, 0.9, note="drift 0.764")
    reply = drawn(Family.EXPLAINABILITY, found(1, shap))
    assert table(reply) == (["#", "Metric", "Seen", "Limit"], [["1", "shap [label0]", "0.7640", "at least 0.9000"]])
    assert "attribution order of shap [label0] 0.7640, limit 0.9000" in plain_text(reply)


def test_model_quality_has_no_column_for_what_the_limit_says() -> None:
    """A metric without a constraint has a dash, as ever."""
    gini = bad("gini", "LessThanThreshold", note="Metric gini with 0.6111 was LessThanThreshold 0.6611")
    assert table(drawn(Family.MODEL_QUALITY, found(1, gini)))[0] == ["#", "Metric", "Seen", "Limit"]


@pytest.mark.parametrize(
    "check", ["baseline_drift_check", "missing_column_check", "bias_drift_check", "data_type_check"]
)
def test_nothing_is_worse_without_numbers_and_a_standard_error(check: str) -> None:
    """However far it moves."""
    log = [found(hour, bad("age", check, seen, 0.1)) for hour, seen in ((1, 0.2), (2, 5.0), (3, 9.0), (4, None))]
    assert fold(log, at(5)).worse_rows == ()


def test_a_share_of_records_becomes_worse_beyond_its_noise() -> None:
    """Completeness of a thousand records has a standard error."""
    log = [found(h, bad("age", "completeness_check", s, 0.98, None, 1000)) for h, s in ((1, 0.95), (2, 0.8), (3, 0.8))]
    assert fold(log, at(4)).worse_rows == (Row("age", "completeness_check"),)


@pytest.mark.parametrize("numbers", [(0.5, 0.9), ()])
@pytest.mark.parametrize("resolved", [False, True])
def test_two_thousand_long_rows_are_the_worst_the_total_and_within_slack_s_limits(
    numbers: tuple[float, ...], resolved: bool
) -> None:
    """Names of 200 characters, sentences of 1,000."""
    findings = [
        bad(f"{n:04}{'é&<' * 66}"[:200], "completeness_check", *numbers, note="<!here> & " * 100) for n in range(2000)
    ]
    end = (Click("r", Act.RESOLVE, at(1.5), "U1", reason="r" * 300),) if resolved else ()
    reply = drawn(Family.DATA_QUALITY, replace(found(1, *findings), detail="s3://" + "d" * 900), *end)
    part = next(p for p in reply.parts if isinstance(p, Table))
    assert (len(part.rows), part.total) == (15, 2000)
    assert plain_text(reply).count("1,985") == 1
    assert "1,985 more of 2,000 are not shown." in plain_text(reply)
    made = message(reply)
    assert made.fallback is not None
    for one in (made, made.fallback):
        assert problems_of(one.blocks, "message") == []
        assert sum(visible(block) for block in one.blocks) <= 13_000


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (ENDPOINT_FAILED, "endpoint failed"),
        (ROLLED_BACK, "deployment rolled back"),
        (JOB_FAILED, "processing job failed"),
        (LEFT, "account link removed"),
    ],
)
def test_what_happened_is_told_as_such_and_not_as_a_constraint(row: Row, said: str) -> None:
    """Its reason stands beside it; nothing was seen and nothing is held to a limit."""
    reply = drawn(Family.OPERATIONS, found(1, Finding(row, Verdict.BAD, note="the ping check failed")))
    assert table(reply) == (["#", "What", "Why"], [["1", said, "the ping check failed"]])
    text = plain_text(reply)
    assert f"bank: {said}" in text
    assert "What is wrong" in text
    assert not any(word in text for word in ("constraint", "check broken", "The monitor says"))
    guessed = replace(incident(Family.OPERATIONS, found(1, Finding(row, Verdict.BAD))), service=Service("bank", "name"))
    told = plain_text(card(guessed, at(2), ACCOUNTS))
    assert ("by name" in told) == (row != LEFT), "an account's link is nobody's guess"


def test_what_happened_beside_an_alarm_keeps_the_alarms_numbers() -> None:
    """The endpoint failed, and its errors rang too."""
    alarm = bad("alarm: errors", "GreaterThanThreshold", 30.0, 2.0)
    titles, rows = table(drawn(Family.OPERATIONS, found(1, Finding(ENDPOINT_FAILED, Verdict.BAD), alarm)))
    assert titles == ["#", "What", "Seen", "Limit"]
    assert sorted(row[1] for row in rows) == ["alarm errors", "endpoint failed"]
