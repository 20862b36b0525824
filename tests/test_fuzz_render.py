"""Whatever AWS, Slack and people call things: nothing that is shown acts, and Slack would take all of it."""

import csv
import io
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from html import unescape
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import bot.errors
import commands
from bot.dispatch import Dispatch, Request
from bot.errors import BadRequest, BotError, RateLimited
from bot.kit import Catalogue
from bot.logic.cards import MOST_ROWS, card, note
from bot.logic.lifecycle import fold
from bot.logic.package_cards import card as package_card
from bot.logic.roundup import roundup
from bot.logic.storm_card import members, storm_card
from bot.logic.storm_notes import Said, is_urgent, storm_note
from bot.model.account import Account
from bot.model.incident import Incident, Reason
from bot.model.person import Grant, Role
from bot.model.post import CardKey
from bot.model.question import Questions
from bot.model.reply import (
    Form,
    Reply,
    Table,
)
from bot.model.storm import Storm
from bot.parse import quoted
from bot.ports import (
    AlarmOperations,
    Alarms,
    Approvals,
    Ask,
    Baselines,
    DataHealth,
    Incidents,
    Inventory,
    Metrics,
    Notices,
    Operations,
    PackageOperations,
    Packages,
    Refresh,
    Storms,
    Surroundings,
    Trail,
)
from bot.questions.load import load
from bot.registry import discover
from bot.render import csv_text, errors, message, notice, plain_text, reading, values, view
from bot.slack.drawing import Drawing, moved, replaced
from bot.wording import told
from sandbox.fakes import FakeAudit, at
from sandbox.fakes_hostile import NAMED, NOW, OWNER, HostileFleet, Words, fleet, gathered, incident, kept
from sandbox.fakes_hostile_alarms import HostileAlarms
from sandbox.fakes_hostile_fleet import HostileAnswers, HostileInventory
from sandbox.fakes_hostile_metrics import HostileMetrics
from sandbox.fakes_hostile_packages import HostilePackages, ticket
from sandbox.fakes_hostile_parts import forms, parts
from sandbox.fakes_hostile_trail import HostileTrail
from sandbox.fakes_notices import FakeNotices
from sandbox.fakes_packages import FakeApprovals
from sandbox.inert import OURS, active, marked, texts
from sandbox.slack.check_surface import checked_blocks, checked_view

TIMES = float(os.environ.get("FUZZ_TIMES", "1"))
"""How many times as much is tried: `FUZZ_TIMES=20 pytest tests/test_fuzz_render.py`."""
SHARES = {
    "incident": (300, 13_000),
    "command": (160, 20_000),
    "error": (60, 2_500),
    "part": (330, 59_000),
    "form": (300, 5_500),
}
"""Examples of each surface, and the strings that they must have handed over: counted as they are put into it."""
PROBE = "\x00Zq9 &lt;!here&gt;`"
"""Stands in for every string where it is asked whether they arrive; without a `<` of its own."""


class Probe(Words):
    """Hands out one string only."""

    def __call__(self) -> str:
        """The same."""
        self.given += 1
        return PROBE


Shown = Reply | Form
Surface = Callable[[Words], Iterator[Shown]]


def incidents_(words: Words) -> Iterator[Shown]:
    """Cards of the running and of an earlier episode, notes, and what the poster says of its own."""
    accounts = fleet(words, 1)
    one = incident(words, fold, accounts, rows=MOST_ROWS)
    labels = {a.id: a for a in accounts if words.any.random() < 0.8}
    yield card(one, NOW, labels)
    for reason in words.any.sample(list(Reason), 3):
        yield note(one, reason, NOW, labels)
    here = HostileFleet(Words(0))
    here.linked = accounts
    drawing = Drawing(kept(fold, one), here, here)  # type: ignore[arg-type]  # the two questions it asks
    key = CardKey(1, words.any.randint(1, one.state.episode))
    yield drawing.card(key)[0]
    if spoken := drawing.note(key, words.any.choice(list(Reason))):
        yield spoken.reply
    yield from storm(words, [one, incident(words, fold, accounts, rows=2)], labels)
    yield package_card(ticket(words, accounts[0]), labels)
    yield replaced() if words.any.random() < 0.1 else moved(words(), words())


def storm(words: Words, incidents: Sequence[Incident], labels: Mapping[str, Account]) -> Iterator[Shown]:
    """A storm's card, and what its thread is told of one and of many."""
    found = members(incidents, [CardKey(i.number, words.any.randint(1, i.state.episode)) for i in incidents], NOW)
    began = Storm(1, "storm/a/b", words(), at(1), 1)
    yield storm_card(began, found * words.any.choice((1, 3, 40)), labels, 1)
    reason = words.any.choice([r for r in Reason if is_urgent(r, broadcast=False)])
    said = [Said(m.incident, reason, m.incident.revision) for m in found]
    yield storm_note(said * words.any.choice((1, 9)), NOW, labels)
    yield storm_note(said[:1], NOW, labels)
    why = {m.incident.number: [(r, words.any.randrange(1, 4)) for r in Reason] for m in found}
    yield roundup(found * words.any.choice((1, 40)), why, NOW, labels)


REGISTRY = discover(commands)
ALL = {**REGISTRY.commands, **REGISTRY.forms}
LINES: dict[str, Sequence[str]] = {
    "violations": ("", "{word}", "since=7d account={word}", "{known} region={word}", "since={word}"),
    "metrics": ("", "{known}", "{known} {word}", "{word}", "quality drift", "{known} since=30d", "{known} traffic cpu"),
    "alarms": ("", "all", "{word}", "{known}", "refresh=yes"),
    "alarm new": ("", "{known}", "{known} {word}", "{word}", "account={word}"),
    "alarm plan": ("watch={watch} reason={word}", "watch={watch} name={word}", "watch={watch} topic={word}", "{word}"),
    "alarm make": ("watch={watch} reason={word}", "watch={watch} limit=0.1 reason={word}", "{word}"),
    "alarm mute": ("{alarm} 4h {word}", "{alarm} 4h confirm=yes", "{word} {word}", "{alarm} 30d"),
    "mute-with": ("1", "alarm={alarm}", "{word}", "99", "alarm={word}"),
    "alarm unmute": ("#1", "#99", "{alarm}", "{alarm} confirm=yes", "{word}"),
    "alarm delete": ("{alarm}", "{alarm} confirm=yes", "{word}"),
    "who": ("CreateEndpoint", "CreateEndpoint {word} since=30d", "{word}", "CreateEndpoint changes=yes run=yes"),
    "changed": ("1", "1 thread=yes", "1 run=yes", "{word}", "99"),
    "ask": ("", "endpoint-created", "{word}", "endpoint-created since=30d {word}", "endpoint-created run=yes"),
    "cancel": ("7f0d0a56-6f0e-4d0e-9c4d-0d6a5a0a3c11", "{word}"),
    "record": ("x 2h {place}", "x 2h {place}", "{word} 2h {place}"),
    "ask-with": ("endpoint-created", "{word}"),
    "accounts": ("", "account={word}"),
    "status": ("", "refresh=yes", "account={word}", "{word}"),
    "endpoints": ("", "refresh=yes", "{known}", "{word}", "{known} refresh=yes"),
    "monitors": ("", "refresh=yes", "{known}", "{word}", "{monitor} refresh=yes"),
    "monitors start": ("{monitor}", "{monitor} confirm=yes", "{word} confirm=yes"),
    "monitors stop": ("{monitor}", "{monitor} confirm=yes", "{word} confirm=yes", "{monitor} confirm={word}"),
    "incidents": ("", "since=30d", "mine", "{word}"),
    "rows": ("1", "{word}", "99"),
    "storm": ("1", "{word}", "99"),
    "ack-all": ("1", "1 at=1 2h {word}", "1 at=99", "{word}", "99"),
    "ack-all-with": ("1", "1 at=1", "1 at=99", "{word}", "99"),
    "route": ("", "1", "{word}", "{known}"),
    "home": ("", "{word}"),
    "doctor": ("", "account={word}"),
    "help": ("", "{word}", "ack"),
    "ack": ("1", "1 {word}", "1.1 {word}", "1 rows=1,2 end=2h {word}", "{word}", "99", "1.99"),
    "resolve": ("1 {word}", "1.2 {word}", "{word}", "99 {word}"),
    "reopen": ("1 {word}", "1.2", "{word}"),
    "snooze": ("1 4h {word}", "1 tomorrow", "1 {word}", "{word}", "99 1h", "1.2 1h"),
    "assign": ("1 {word}", "1 me 6h {word}", "1.1 me", "{word}", "99 me"),
    "note": ("1 {word}", "1.2 {word}", "{word}", "99 {word}"),
    "snooze-with": ("1", "{word}", "99"),
    "approve": ("", "{package}", "{package} confirm=yes", "{package} reason={word} confirm=yes", "{word} 3", "{word}"),
    "reject": ("{package} {word}", "{word} 3 {word}", "{word} {word}"),
    "reject-with": ("{package}", "{word}"),
    "assign-with": ("1", "{word}", "99"),
    "note-with": ("1", "{word}", "99"),
    "ack-with": ("1", "2", "{word}"),
    "ack-row": ("1", "2", "99"),
    "resolve-with": ("1", "{word}"),
}
"""What is typed after each command or form; a new command must say what its fuzzing types."""


ADMIN = (Grant(Role.ADMIN, (OWNER,)),)
QUESTIONS = load(given={"operate_role": "sagewatch-operate"}, known_settings=["trail.about_people"])


def commands_(words: Words, only: str = "") -> Iterator[Shown]:
    """Every command and form, asked of one fleet."""
    here = HostileFleet(words)
    incidents = (incident(words, fold, here.linked, rows=2) for _ in range(words.any.randint(0, 6)))
    asked = {port for declared in ALL.values() for _, port in declared.ports}
    inventory = HostileInventory(words, here.linked, here.names())
    packages = HostilePackages(words, here.linked, here.reachable().failures)
    ports = {
        **dict.fromkeys(asked - {Ask, Catalogue}, here),
        **dict.fromkeys((Refresh, Operations, DataHealth), HostileAnswers(inventory, here.reachable().failures)),
        **dict.fromkeys((Metrics, Baselines), HostileMetrics(words, inventory, here.reachable().failures)),
        **dict.fromkeys((Alarms, AlarmOperations, Surroundings), HostileAlarms(inventory, here.reachable().failures)),
        **dict.fromkeys((Packages, PackageOperations), packages),
        Approvals: FakeApprovals(),
        Trail: HostileTrail(words, tuple(here.linked), here.reachable().failures),
        Questions: QUESTIONS,
        Notices: FakeNotices(),
        Inventory: inventory,
        Incidents: (store := kept(fold, *incidents)),
        Storms: gathered(store),
    }
    dispatch = Dispatch(REGISTRY, lambda _: ports, here, FakeAudit(), inventory, here, ADMIN)  # type: ignore[arg-type]
    for name, lines in LINES.items():
        if only in {"", name}:
            monitor = words.any.choice([s.name for s in inventory.schedules()] or ["none"])
            alarm = words.any.choice([a.arn for a in inventory.alarms()] or ["none"])
            watched = words.any.choice([*inventory.schedules(), None])
            named = {
                "watch": quoted("/".join((*watched.monitor, "accuracy", "L0.5")) if watched else "none"),
                "known": quoted(words.any.choice(here.names())),
                "monitor": quoted(monitor),
                "alarm": quoted(alarm),
                "package": packages.arn(),
                "place": f"account={here.linked[0].id} region={here.linked[0].regions[0]}",
            }
            rest = words.any.choice(lines).format(word=words(), **named)
            opens = name in REGISTRY.forms
            request = Request(
                f"{name}{words.given}", f"{name} {rest}", OWNER, "T1", "C1", "command", opens, private=True
            )
            yield dispatch.prepare(request).run().content


ERRORS = [e for e in vars(bot.errors).values() if isinstance(e, type) and issubclass(e, BotError)]


def errors_(words: Words) -> Iterator[Shown]:
    """Every kind of failure, whoever worded it."""
    for kind in ERRORS:
        if kind is BadRequest:
            yield told(BadRequest(words(), words(), usage=words(), example=words()))
        elif not issubclass(kind, RateLimited):
            yield told(kind(words(), words()))


SURFACES: dict[str, Surface] = {
    "incident": incidents_,
    "command": commands_,
    "error": errors_,
    "part": parts,
    "form": forms,
}

WORDLESS = {"cancel", "record"}
"""Surfaces that show nothing of anybody's, or refuse it without repeating it."""
LINKED = {"part", "metrics", "command"}
"""Surfaces with links of ours."""


def check(shown: Shown, names: Callable[[str], str], *, links: bool = False) -> None:
    """Whatever is made of it for Slack is taken there and inert; its words alone are safe in a terminal."""
    if isinstance(shown, Form):
        _check_view(view(shown, metadata={"channel": "C1"}), links=links)
        return
    made = message(shown, names=names)
    assert made.fallback is not None
    for one in (made, made.fallback):
        checked_blocks(_sent(one.blocks))
        checked_view(_sent({"type": "home", "blocks": one.blocks}), "home")
        assert 1 <= len(one.text) <= 4_000
        assert [*active(one.blocks, links=links), *active(one.text), *marked(one.text, links=links)] == []
    _check_view(notice(shown), links=links)
    _check_view(reading(shown), links=links)
    assert list(active(plain_text(shown, names=names))) == []
    for part in shown.parts:
        if isinstance(part, Table):
            _check_sheet(csv_text(part, names))


def _check_view(made: dict[str, Any], *, links: bool) -> None:
    checked_view(_sent(made), "modal")
    assert list(active(made, links=links)) == []


def _check_sheet(text: str) -> None:
    assert list(active(text.replace("\r\n", "\n"))) == []
    for line in csv.reader(io.StringIO(text, newline="")):
        for cell in line:
            assert not cell.startswith(("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")) or float(cell)


def _sent(value: Any) -> Any:
    """As it arrives; raises where it is no JSON or no UTF-8."""
    return json.loads(json.dumps(value, ensure_ascii=False, allow_nan=False).encode())


def fuzzed(surface: str, examples: int, spent: list[int]) -> None:
    """Draw the surface from so many examples; what each was drawn with is noted."""

    @settings(
        max_examples=round(examples * TIMES),
        deadline=None,
        derandomize=TIMES == 1,
        database=None,
        # Without shrinking: the strings come from a seed, and what is wrong is named anyway.
        phases=(Phase.generate,),
        suppress_health_check=(HealthCheck.too_slow,),
    )
    @given(st.integers(0, 2**32), st.lists(st.text(max_size=20), min_size=1, max_size=8))
    def draw(seed: int, arbitrary: list[str]) -> None:
        words = Words(seed, arbitrary)
        called = {NAMED: words()}
        for shown in SURFACES[surface](words):
            check(shown, lambda user_id: called.get(user_id, ""), links=surface in LINKED)
        spent.append(words.given)

    draw()


@pytest.mark.parametrize("surface", SURFACES)
def test_nothing_shown_acts_whatever_things_are_called(surface: str) -> None:
    """Each surface is drawn with its share of 100,000 hostile strings, and Slack would take every message."""
    spent: list[int] = []
    examples, share = SHARES[surface]
    fuzzed(surface, examples, spent)
    assert sum(spent) >= share * TIMES


def test_the_shares_are_a_hundred_thousand_strings_and_leave_no_surface_out() -> None:
    """What one test draws is counted there; together they keep the promise."""
    assert sum(share for _, share in SHARES.values()) >= 100_000
    assert SHARES.keys() == SURFACES.keys()


def test_every_command_and_form_is_fuzzed() -> None:
    """A new file in commands/ must say what is typed after it."""
    assert LINES.keys() == ALL.keys()


@pytest.mark.parametrize("surface", [*SURFACES, *LINES])
def test_the_strings_reach_what_is_shown_and_are_escaped_once(surface: str) -> None:
    """An entity that was escaped by somebody before stays what it is; the check is not about empty messages."""
    seen = 0
    for seed in range(12):
        words = Probe(seed)
        drawn = SURFACES[surface](words) if surface in SURFACES else commands_(words, surface)
        for shown in drawn:
            check(shown, lambda _: "", links=surface in LINKED)
            made = view(shown) if isinstance(shown, Form) else message(shown).blocks
            seen += json.dumps(made).count("Zq9")
            for text in texts(made):
                assert not set("<>") & set(unescape(OURS.sub("", text)))
    assert seen or surface in WORDLESS


@pytest.mark.parametrize(
    "text", ["<!here>", "a <@U123>", "<https://x|y>", "a & b", "&quot;", "<!date^1^{date}|x>", ">"]
)
def test_the_check_finds_markup_that_is_not_ours(text: str) -> None:
    """In mrkdwn; as an element; raw control characters anywhere."""
    assert list(marked(text))
    assert list(active({"type": "mrkdwn", "text": text, "verbatim": True}))
    assert list(active({"type": "rich_text", "elements": [{"type": "user", "user_id": "U123"}]}))
    assert list(active({"type": "raw_text", "text": "\x1b[31m"}))
    assert list(active({"type": "plain_text", "text": text, "emoji": True}))
    assert list(marked("<@U0OWNER> <!date^1^{time}|09:00 UTC> a &amp; b")) == []


@settings(derandomize=True, deadline=None, database=None)
@given(st.text(max_size=50), st.dictionaries(st.text(max_size=5), st.text(max_size=50), max_size=3))
def test_what_people_enter_comes_back_and_is_marked_safely(entered: str, wrong: dict[str, str]) -> None:
    """Whatever it is; a mark is never empty, which Slack would not show."""
    assert values({"values": {"a": {"value": {"value": entered}}}}) == ({"a": entered} if entered else {})
    marks = errors(wrong)["errors"]
    assert marks.keys() == wrong.keys()
    assert all(marks.values())
    assert list(active(list(marks.values()))) == []
