"""Patterns that people write are taken only when no name can make them run for ever."""

import re
import time

import pytest

from bot.logic.patterns import mistake


@pytest.mark.parametrize(
    ("pattern", "template"),
    [
        (r"^fraud-", "fraud"),
        (r"^(?P<team>[a-z]+)-(?P<model>.+?)-\d{4}-\d{2}-\d{2}", r"\g<team>-\g<model>"),
        (r"(?i)^(prod|test)-(\w+)$", r"\2"),
        (r"[])(+*?]x", "x"),
        (r"\(a\)+", "x"),
        (r"(?:abc)+", "x"),
        (r"a{2}b{,3}c{1,2}", "x"),
        (r"a{b", "x"),
        ("", ""),
    ],
)
def test_what_ends_soon_is_taken(pattern: str, template: str) -> None:
    assert mistake(pattern, template) == ""


@pytest.mark.parametrize(
    ("pattern", "template", "told"),
    [
        (r"(a+)+$", "", "for ever"),
        (r"^(?:a|a)*$", "", "for ever"),
        (r"(a?){40}a{40}", "", "for ever"),
        (r"(.*)(.*)(.*)(.*)(.*)x", "", "for ever"),
        (r"((((a{1,9}){1,9}){1,9}){1,9}){1,9}", "", "for ever"),
        ("(a|a)" * 30 + "x", "", "for ever"),
        (r"(?=a+)b", "", "neither"),
        (r"(?#)(a+)+", "", "neither"),
        (r"(a)|)(b+)+", "", "no regular expression"),
        (r"(unclosed", "", "no regular expression"),
        (r"a(b)", r"\2", "invalid group reference"),
        (r"a(b)", r"\g<team>", "team"),
        (r"a", r"\q", "bad escape"),
        ("(" * 100 + ")" * 100, "", ""),
        ("a" * 10_000, "", ""),
    ],
)
def test_what_cannot_be_taken_is_told_why(pattern: str, template: str, told: str) -> None:
    assert told in mistake(pattern, template)


def test_the_worst_pattern_that_is_taken_ends_within_a_poll() -> None:
    """Four repetitions, on the longest name, from every place of it."""
    worst = ".*.*.*.*x"
    assert mistake(worst) == ""
    began = time.perf_counter()
    assert re.search(worst, "a" * 63) is None
    assert time.perf_counter() - began < 1
