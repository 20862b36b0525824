"""What docs/sandbox.md says of Athena, CloudTrail and model packages is tested where it says so."""

import ast
import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
PAGE = TESTS.parent / "docs" / "sandbox.md"
_FILE = re.compile(r"`(\w+)`:((?: `test_\w+`,?)+)")


SECTIONS = {"Athena": "athena", "CloudTrail": "trail", "Model packages": "packages"}
"""A section's title, and what its tests' files are called."""


def rows(page: str, title: str) -> list[list[str]]:
    """The cells of the table under a title."""
    section = page.split(f"\n## {title}\n")[1].split("\n## ", maxsplit=1)[0]
    lines = [line for line in section.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if "| behaviour |" not in line]


def missing(page: str, title: str) -> list[str]:
    """Rows without a source or a test, and tests that are not there."""
    found = []
    for behaviour, source, tests in rows(page, title):
        named = [(file, test) for file, several in _FILE.findall(tests) for test in re.findall(r"test_\w+", several)]
        if not source or not named:
            found.append(behaviour)
        found += [f"{file}: {test}" for file, test in named if test not in functions(SECTIONS[title], file)]
    return found


def functions(part: str, file: str) -> set[str]:
    """The tests of a file; none when it is not there."""
    path = TESTS / f"test_sandbox_{part}_{file}.py"
    body = ast.parse(path.read_text(encoding="utf-8")).body if path.exists() else []
    return {each.name for each in body if isinstance(each, ast.FunctionDef)}


@pytest.mark.parametrize("title", SECTIONS)
def test_every_behaviour_names_a_test_that_there_is(title: str) -> None:
    """A renamed or dropped test is told, and a row that names none."""
    page = PAGE.read_text(encoding="utf-8")
    assert len(rows(page, title)) > 3
    assert missing(page, title) == []


def test_a_row_without_its_test_is_found() -> None:
    """The check can fail."""
    wrong = (
        "\n## Athena\n| behaviour | source | test |\n| a | API | `ddl`: `test_nothing` |\n| b | API | soon |\n## Next"
    )
    assert missing(wrong, "Athena") == ["ddl: test_nothing", "b"]
