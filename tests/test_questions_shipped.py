"""The questions that come with the bot: whole, typed, and read by a parser as Athena would."""

from dataclasses import replace

import pytest

from bot.model.question import Question
from bot.questions.kinds import read
from bot.questions.load import load
from bot.questions.parsed import checked, fault

LOADED = load(given={"operate_role": "sagewatch-operate"}, known_settings=["trail.about_people"])
EVERY = list(LOADED.by_name.values())


def test_every_planned_question_is_there_and_whole() -> None:
    """In groups that people read, each with an example that has its answer."""
    assert LOADED.faults == ()
    assert len(LOADED.by_name) == 29
    assert {q.group for q in EVERY} == {
        "Endpoints",
        "Monitors",
        "Models",
        "Studio",
        "Access",
        "Governance",
        "Look around",
        "People",
    }
    assert [q.name for q in EVERY if not q.expected] == []


def test_what_is_about_one_person_s_activity_is_off() -> None:
    """Until a setting says otherwise, and that one alone."""
    off = {q.name for q in EVERY if LOADED.off(q)}
    assert off == {q.name for q in EVERY if q.group == "People"} == {"person", "busy-people"}
    allowed = load(given={"operate_role": "x"}, settings=["trail.about_people"], known_settings=["trail.about_people"])
    assert not any(allowed.off(q) for q in allowed.by_name.values())


@pytest.mark.parametrize("question", EVERY, ids=lambda q: q.name)
def test_a_parser_finds_nothing_wrong(question: Question) -> None:
    """Every column is one of `events`, every function is known, every placeholder stands in a WHERE."""
    assert fault(question) is None


@pytest.mark.parametrize("question", EVERY, ids=lambda q: q.name)
def test_an_example_gives_what_is_needed(question: Question) -> None:
    """Each word of it is a parameter's or one that every question has, and fits."""
    typed = dict(word.split("=") for word in question.example.split())
    wanted = {p.name: p for p in question.parameters}
    assert typed.keys() <= wanted.keys() | {"since", "until"}
    for name, word in typed.items():
        if name in wanted:
            read(wanted[name], word)
    assert {p.name for p in question.parameters if p.default is None} <= typed.keys()


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        ("actor", "actress", "actress"),
        ("strpos(", "system(", "system"),
        ("ORDER BY", "ORDER ORDER BY", "Invalid"),
    ],
)
def test_the_parser_sees_what_the_shape_does_not(before: str, after: str, reason: str) -> None:
    """A column that is not there, a function that nobody knows, what is no SQL."""
    one = LOADED.by_name["endpoint-created"]
    told = fault(replace(one, select=one.select.replace(before, after)))
    assert told is not None
    assert reason in told.reason


def test_what_only_a_parser_sees_is_a_fault_of_that_file_alone() -> None:
    """The others can be asked."""
    good, bad = LOADED.by_name["denied"], LOADED.by_name["endpoint-created"]
    broken = replace(bad, select=bad.select.replace("actor", "actress"))
    found = checked(replace(LOADED, by_name={"denied": good, "endpoint-created": broken}))
    assert list(found.by_name) == ["denied"]
    assert found.faults[0].file == "endpoint_created.sql"
