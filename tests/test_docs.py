"""Generated pages are fresh, and what is written by hand speaks of what there is."""

import json
import re
from pathlib import Path
from typing import get_args

import commands
from bot.aws import actions
from bot.logic import lint
from bot.logic.changes import API_CALL, KINDS, SOURCES
from bot.registry import discover
from bot.setup import manifest
from bot.setup.iam import Rights
from bot.setup.pages import DOCS, pages
from sandbox.northbank import workspace

ROOT = Path(__file__).parent.parent


def test_generated_pages_are_fresh() -> None:
    """`make docs` writes them."""
    holders: tuple[actions.Holder, ...] = ("bot", "read", "operate", "trail", "trail-read", "redrive")
    rights = Rights(*(actions.declared(holder) for holder in holders))
    made = pages(discover(commands), rights)
    stale = [n for n, text in made.items() if (DOCS / n).read_text(encoding="utf-8") != text]
    assert stale == []


def test_the_demo_installs_what_the_manifest_says() -> None:
    """So every run of the demo proves that these scopes and events suffice."""
    made, app = json.loads(manifest.text()), workspace().app
    assert set(made["oauth_config"]["scopes"]["bot"]) == app.scopes
    assert set(made["settings"]["event_subscriptions"]["bot_events"]) == app.events
    assert [c["command"] for c in made["features"]["slash_commands"]] == [c.command for c in app.commands]


def test_every_doubt_about_an_alarm_is_said_to_be_told_where_it_is() -> None:
    """One row speaks of each, and says whether a card tells it."""
    section = (DOCS / "alarms.md").read_text(encoding="utf-8").split("\n## What is wrong with an alarm\n")[1]
    lines = section.split("\n## ", maxsplit=1)[0].splitlines()
    rows = [line.strip("|").split("|") for line in lines if line.startswith("| ")][1:]
    for rule in get_args(lint.Rule):
        (told,) = [told.strip() for *said, told in rows if rule in " ".join(said)]
        assert (told == "on the card") is (rule in lint.ON_CARDS), rule


def test_the_readme_names_every_command() -> None:
    """And no other."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for declared in discover(commands).visible():
        assert f"/ml {declared.name}" in readme


def test_links_between_pages_lead_somewhere() -> None:
    """Relative links in the README and in docs."""
    for page in (ROOT / "README.md", *DOCS.rglob("*.md")):
        for target in re.findall(r"\]\((?!http)([^)#]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_every_call_of_the_control_api_is_described() -> None:
    """In docs/sandbox.md."""
    source = "".join(
        (ROOT / "sandbox" / n).read_text(encoding="utf-8") for n in ("control.py", "inspector.py", "receiver.py")
    )
    page = (DOCS / "sandbox.md").read_text(encoding="utf-8")
    paths = set(re.findall(r'"(/_sandbox/\w+)"', source))
    assert {p for p in paths if f"{p}`" not in page} == set()


def test_the_rule_for_change_notices_names_every_call_that_is_told() -> None:
    """A new kind of change must be in the pattern that people copy; so must every source."""
    (pattern,) = [
        p
        for p in re.findall(r"```json\n(.*?)```", (DOCS / "alarms.md").read_text(encoding="utf-8"), re.DOTALL)
        if "eventName" in p
    ]
    said = json.loads(pattern)
    assert KINDS.keys() <= set(said["detail"]["eventName"])
    assert set(said["source"]) == set(SOURCES)
    assert said["detail-type"] == [API_CALL]
