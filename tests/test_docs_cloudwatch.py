"""What docs/sandbox.md says of CloudWatch, and of how events are delivered, is tested where it says so."""

import ast
import re
from pathlib import Path

TESTS = Path(__file__).parent
PAGE = TESTS.parent / "docs" / "sandbox.md"
_FILE = re.compile(r"`(\w+)`:((?: `test_\w+`,?)+)")
SECTIONS = {"CloudWatch behaviours": "test_sandbox_cloudwatch_", "Delivery behaviours": "test_sandbox_"}
"""And how the names of their tests' files begin."""


def rows(page: str, heading: str = "CloudWatch behaviours") -> list[list[str]]:
    """The cells of the tables under a heading."""
    section = page.split(f"\n## {heading}\n")[1].split("\n## ", maxsplit=1)[0]
    lines = [line for line in section.splitlines() if line.startswith("| ")]
    return [
        [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines if "| behaviour |" not in line
    ]


def named(cell: str) -> list[tuple[str, str]]:
    """(file's last word, test) of what a row names."""
    return [(file, test) for file, tests in _FILE.findall(cell) for test in re.findall(r"test_\w+", tests)]


def functions(file: str) -> set[str]:
    """The tests of a file; none when it is not there."""
    path = TESTS / f"{file}.py"
    body = ast.parse(path.read_text(encoding="utf-8")).body if path.exists() else []
    return {each.name for each in body if isinstance(each, ast.FunctionDef)}


def missing(page: str, heading: str = "CloudWatch behaviours") -> list[str]:
    """Rows without a source or a test, and tests that are not there."""
    found, start = [], SECTIONS[heading]
    for behaviour, source, *tests in rows(page, heading):
        if not source or len(tests) != 1 or not named(tests[0]):
            found.append(behaviour)
        found += [f"{file}: {test}" for file, test in named("".join(tests)) if test not in functions(start + file)]
    return found


def test_every_behaviour_names_a_test_that_there_is() -> None:
    """A renamed or dropped test is told, and a row that names none."""
    page = PAGE.read_text(encoding="utf-8")
    for heading in SECTIONS:
        assert len(rows(page, heading)) > 10
        assert missing(page, heading) == []


def test_a_row_without_its_test_is_found() -> None:
    """The check can fail."""
    head = "\n## CloudWatch behaviours\n| behaviour | source | test |\n"
    wrong = (
        head
        + "| a | API | `data`: `test_nothing_of_the_kind` |\n| b | API | soon |\n| c | | `data`: `test_x` |\n## Next"
    )
    assert missing(wrong) == ["data: test_nothing_of_the_kind", "b", "c", "data: test_x"]
