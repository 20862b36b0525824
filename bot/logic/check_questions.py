"""What `doctor` says of question files."""

from collections.abc import Iterator
from typing import Final

from bot.logic.words import plural
from bot.model.checkup import Check
from bot.model.question import Questions

QUESTIONS: Final = "questions"


def question_checks(questions: Questions) -> Iterator[Check]:
    """Each damaged file by line and reason; the others counted."""
    for fault in questions.faults:
        said = f"line {fault.line}: {fault.reason}"
        yield Check(QUESTIONS, fault.file, "bad", said, "Correct it and start anew; docs/trail.md has the form.")
    own = sum(question.own for question in questions.by_name.values())
    if own:
        yield Check(QUESTIONS, "your own", "good", f"{plural(own, 'question')} of your own can be asked")
