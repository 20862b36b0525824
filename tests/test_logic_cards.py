"""What a card and its thread say."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from bot.logic.cards import MOST_ROWS, card, note
from bot.logic.lifecycle import fold
from bot.model.account import Account
from bot.model.incident import Act, Click, Entry, Incident, Queued, Reason
from bot.model.observation import UNREAD, Finding, Observation, Reading, Subject, Verdict
from bot.model.place import Family, Service
from bot.model.reply import (
    Actions,
    Bold,
    Facts,
    Heading,
    Menu,
    Note,
    Number,
    Paragraph,
    Press,
    Reply,
    Table,
    Time,
    User,
)
from bot.render import plain_text
from sandbox.fakes import PLACE, at, row, run

ACCOUNTS = {"222222222222": Account("222222222222", "ml-production", ("us-east-1",))}
BAD = {"accuracy": 0.75213, "recall": 0.4}


def incident(*log: Entry, now: float, family: Family = Family.MODEL_QUALITY) -> Incident:
    """Incident 12 with this log."""
    place = replace(PLACE, family=family)
    return Incident(12, place, Service("bank-marketing", "tag"), log, Queued(), fold(log, at(now)))


def drawn(*log: Entry, now: float, episode: int | None = None) -> Reply:
    """Its card."""
    return card(incident(*log, now=now), at(now), ACCOUNTS, episode)


def told(reason: Reason, *log: Entry, now: float) -> str:
    """Its thread's note, flat; mentions marked with an exclamation mark."""
    return flat(note(incident(*log, now=now), reason, at(now), ACCOUNTS).parts[0])


def ack(hour: float, *metrics: str, until: float = 9) -> Click:
    """Taken by U1."""
    return Click(f"ack:{hour}", Act.ACKNOWLEDGE, at(hour), "U1", tuple(map(row, metrics)), at(until), "label feed late")


def act(what: Act, hour: float, reason: str = "") -> Click:
    """A resolve or re-open by U2."""
    return Click(f"{what}:{hour}", what, at(hour), "U2", reason=reason)


def unread(hour: float, count: int | None) -> Observation:
    """A run whose report could not be read."""
    found = (Finding(UNREAD, Verdict.BAD, Reading(count)),)
    return replace(run(hour), findings=found, complete=False, detail="report missing: no such key")


def flat(part: object) -> str:
    """Every text in a part, times as hours and minutes, people by id."""
    return "".join(_words(part))


def _words(part: object) -> Iterator[str]:
    """The texts, in order."""
    match part:
        case str():
            yield part
        case Time(when):
            yield f"{when:%H:%M}"
        case User(person, mention):
            yield f"@{person}{'!' if mention else ''}"
        case tuple() | Bold() | Note() | Paragraph():
            yield from (word for item in (part if isinstance(part, tuple) else (part.text,)) for word in _words(item))
        case _:
            raise TypeError(part)


def presses(reply: Reply) -> list[tuple[str, str, str, str]]:
    """Every press of the card: label, line, what it does, style."""
    found: list[Press] = []
    for part in reply.parts:
        for item in part.items if isinstance(part, Actions) else ():
            found += item.items if isinstance(item, Menu) else [item]
    return [(p.label, p.line, p.does, p.style) for p in found]


def table(reply: Reply) -> list[list[str]]:
    """The card's table as text."""
    found = next(p for p in reply.parts if isinstance(p, Table))
    return [[c.text if isinstance(c, Number) else flat(c) for c in cells] for cells in found.rows]


def small_print(reply: Reply) -> list[str]:
    """The card's notes."""
    return [flat(p) for p in reply.parts if isinstance(p, Note)]


def test_an_open_card_says_what_where_and_since_when() -> None:
    """The notification alone names target, scope and the worst number."""
    reply = drawn(run(1, BAD), now=1)
    point = "#12 bank-marketing in ml-production: 2 model-quality constraints broken (recall 0.4000, limit 0.5000)"
    assert reply.text == (point,)
    assert reply.parts[0] == Heading("bank-marketing: model quality breaks its constraints")
    assert flat(reply.parts[1]).startswith("Open · #12 bank-marketing in ml-production · 2 model-quality")
    assert table(reply) == [
        ["1", "recall", "0.4000", "at least 0.5000"],
        ["2", "accuracy", "0.7521", "at least 0.8700"],
    ]
    facts = next(p for p in reply.parts if isinstance(p, Facts))
    assert {label: flat(value) for label, value in facts.items} == {
        "Account": "ml-production (222222222222), us-east-1",
        "Monitor": "bank-marketing-quality",
        "Endpoint": "bank-marketing-2026-11-02-0914",
        "Data window": "09:00 to 10:00",
        "Sample size": "1,000 records",
        "Since": "10:00",
        "Bad runs": "1",
    }
    assert not reply.shareable


@pytest.mark.parametrize(
    ("subject", "labels"),
    [
        (Subject("account:222222222222", "ml-production"), ["Account", "Since"]),
        (
            Subject("arn:aws:sagemaker:us-east-1:222222222222:endpoint/bank", "bank", "bank"),
            ["Account", "Since", "Endpoint"],
        ),
    ],
)
def test_what_has_no_runs_is_called_no_monitor(subject: Subject, labels: list[str]) -> None:
    """An account that left and an endpoint that failed are themselves what is bad: no monitor, no count of runs."""
    entry = replace(run(1, {"endpoint failed": None}), subject=subject, window=None, detail="")
    facts = next(p for p in drawn(entry, now=1).parts if isinstance(p, Facts))
    found = [label for label, _ in facts.items]
    assert [label for label in found if label not in {"Data window", "Sample size"}] == labels


def test_an_account_without_a_label_is_named_by_its_id() -> None:
    """A link that is gone takes its label along."""
    assert "#12 bank-marketing in 222222222222:" in flat(card(incident(run(1, BAD), now=1), at(1), {}).text)


def test_the_buttons_follow_the_state() -> None:
    """At most one is primary, and the presses carry the revision that they were drawn at."""
    menu = [
        ("One row…", "ack-row 12", "form", ""),
        ("Snooze…", "snooze-with 12", "form", ""),
        ("Assign…", "assign-with 12", "form", ""),
        ("Resolve…", "resolve-with 12", "form", ""),
    ]
    note = ("Note…", "note-with 12", "form", "")
    who = ("Who Changed It?", "changed 12 thread=yes account=222222222222 region=us-east-1", "act", "")
    taken = ack(1.5, "accuracy", "recall")
    assert presses(drawn(run(1, BAD), now=1)) == [
        ("Acknowledge", "ack 12 at=1", "act", "primary"),
        note,
        who,
        ("With reason and end…", "ack-with 12", "form", ""),
        *menu,
    ]
    assert presses(drawn(run(1, BAD), taken, now=2)) == [note, who, ("Extend…", "ack-with 12", "form", ""), *menu]
    assert presses(drawn(run(1, BAD), run(2), now=2)) == [("Re-open", "reopen 12", "act", ""), note, who]


def test_who_has_it_stands_on_the_card() -> None:
    """Until when and why; which rows if not all; whose time ran out."""
    reply = drawn(run(1, BAD), ack(1.5, "accuracy", "recall"), now=2)
    assert flat(reply.parts[1]).startswith("Acknowledged by @U1 · #12")
    assert "Acknowledged by @U1 until 18:00: label feed late" in small_print(reply)
    partly = small_print(drawn(run(1, BAD), ack(1.5, "recall"), now=2))
    assert "Acknowledged by @U1 (row 1) until 18:00: label feed late" in partly
    assert "@U1's acknowledgement ended 18:00" in small_print(drawn(run(1, BAD), ack(1.5, "recall"), now=9))


def test_a_resolved_card_keeps_what_fired_for_how_long_and_who_had_it() -> None:
    """With the numbers of now beside it, as far as the good run gave them."""
    log = (run(1, BAD), ack(1.5, "accuracy", "recall"), run(4.2, good={"recall": 0.6}))
    reply = drawn(*log, now=5)
    assert reply.text == ("#12 bank-marketing in ml-production: model quality resolved after 3 h 12 min",)
    assert reply.parts[0] == Heading("bank-marketing: model quality is good again")
    assert flat(reply.parts[1]).endswith("13:12, after 3 h 12 min · @U1 had it")
    assert [cells[2:] for cells in table(reply)] == [
        ["0.4000", "at least 0.5000", "0.6000"],
        ["0.7521", "at least 0.8700", "\N{EN DASH}"],
    ]
    assert not any("Acknowledged by" in line for line in small_print(reply))


def test_a_card_resolved_by_hand_says_by_whom_and_why() -> None:
    """What is still bad keeps its number."""
    reply = drawn(run(1, BAD), act(Act.RESOLVE, 2, "relabelled"), now=5)
    assert reply.parts[0] == Heading("bank-marketing: model quality was resolved by hand")
    assert flat(reply.parts[1]).endswith("11:00 by @U2, after 1 h: relabelled · never acknowledged")
    assert table(reply)[0][-1] == "0.4000"
    assert "Still broken; a run that judges data from after 11:00 opens it again." in small_print(reply)


def test_rows_that_are_good_again_leave_the_table_and_stay_named() -> None:
    """Until the whole card resolves."""
    reply = drawn(run(1, BAD), run(2, {"recall": 0.4}), now=2)
    assert [cells[1] for cells in table(reply)] == ["recall"]
    assert "Good again: accuracy" in small_print(reply)


def test_the_worst_fifteen_rows_are_shown_and_the_rest_counted() -> None:
    """Counted once, with the total; everything else is behind `violations`."""
    reply = drawn(run(1, {f"m{i:02}": i / 100 for i in range(20)}), now=1)
    rows = table(reply)
    assert (len(rows), rows[0][1], rows[-1][1]) == (MOST_ROWS, "m00", "m14")
    assert next(p for p in reply.parts if isinstance(p, Table)).total == 20
    assert "more" not in small_print(reply)
    assert plain_text(reply).count("5 more of 20 are not shown.") == 1


@pytest.mark.parametrize(("count", "words"), [(8, "8 violations"), (1, "1 violation"), (None, "violations")])
def test_an_unread_report_gives_the_count_and_why_details_lack(count: int | None, words: str) -> None:
    """There is no table of one row without a limit."""
    reply = drawn(unread(1, count), now=1)
    assert reply.text == (f"#12 bank-marketing in ml-production: {words}, and the report could not be read",)
    assert not any(isinstance(p, Table) for p in reply.parts)
    assert small_print(reply) == [
        f"A run counted {words}; its report could not be read.",
        "report missing: no such key",
    ]
    assert f"A run counted {words}; its report could not be read." in small_print(
        drawn(unread(1, count), run(2), now=2)
    )


def test_worse_and_back_are_said_on_the_card() -> None:
    """While it is not resolved."""
    worse = [run(h, {"accuracy": seen}) for h, seen in ((1, 0.8), (2, 0.7), (3, 0.7))]
    assert "Worse beyond noise: accuracy, 12:00" in small_print(drawn(*worse, now=3))
    back = drawn(run(1, BAD), run(2), run(3, BAD), now=3)
    assert "It was resolved and came back 12:00" in small_print(back)
    assert small_print(drawn(run(1, BAD), run(2), run(3, BAD), run(4), now=4)) == []


def test_another_episodes_card_links_the_one_before() -> None:
    """And the card before, drawn again, has no buttons."""
    log = (run(1, BAD), run(2), run(9, BAD))
    now = drawn(*log, now=9)
    assert "Came back after 7 h; the episode before was resolved 11:00" in small_print(now)
    before = drawn(*log, now=9, episode=1)
    assert before.parts[:-1] == drawn(*log[:2], now=3).parts[:-1]
    assert (presses(before), small_print(before)) == ([], ["It came back: a newer card has it."])
    assert drawn(*log, now=9, episode=2) == now


@pytest.mark.parametrize(
    ("family", "heading", "nouns"),
    [
        (Family.DATA_QUALITY, "data quality breaks its constraints", "2 data-quality constraints"),
        (Family.BIAS, "bias drifted from its baseline", "2 bias constraints"),
        (Family.EXPLAINABILITY, "explainability drifted from its baseline", "2 explainability constraints"),
        (Family.OPERATIONS, "recall and 1 more need attention", "2 operations checks"),
    ],
)
def test_other_families_have_their_words(family: Family, heading: str, nouns: str) -> None:
    """One card function serves all."""
    reply = card(incident(run(1, BAD), now=1, family=family), at(1), ACCOUNTS)
    assert reply.parts[0] == Heading(f"bank-marketing: {heading}")
    assert nouns in flat(reply.text)


def test_notes_name_target_and_scope_and_what_happened() -> None:
    """Some are shown at the channel's bottom, where no card is beside them."""
    name = "#12 bank-marketing in ml-production: "
    bad, taken = run(1, BAD), ack(1.5, "accuracy", "recall")
    worst = "(recall 0.4000, limit 0.5000)"
    assert told(Reason.RETURNED, bad, run(2), run(3, BAD), now=3) == (
        f"{name}it is back: 2 model-quality constraints broken {worst}"
    )
    owned = told(Reason.RETURNED, bad, taken, run(2), run(3, BAD), now=3)
    assert "Acknowledged by @U1 until 18:00" in owned
    new = told(Reason.NEW_ROW, bad, taken, run(2, BAD | {"f1": 0.1}), now=2)
    assert new == f"{name}broken too: f1 0.1000, limit 0.5000 · broken for 1 h"
    assert "broken too: f1 0.1000" in told(Reason.NEW_ROW, bad, run(2, BAD | {"f1": 0.1}), now=2)
    worse = [run(h, {"accuracy": seen}) for h, seen in ((1, 0.8), (2, 0.7), (3, 0.7))]
    assert told(Reason.WORSE, *worse, now=3) == (
        f"{name}worse beyond noise for two runs: accuracy 0.7000, limit 0.8700, fired at 0.8000 · broken for 2 h"
    )
    assert told(Reason.ACKNOWLEDGED, bad, taken, now=2) == (
        f"{name}acknowledged by @U1 until 18:00: label feed late · broken for 1 h"
    )
    assert told(Reason.REOPENED, bad, act(Act.RESOLVE, 2), act(Act.REOPEN, 3, "no"), now=3) == (
        f"{name}re-opened by @U2: no · broken for 2 h"
    )
    assert told(Reason.RESOLVED, bad, act(Act.RESOLVE, 2, "fixed"), now=2) == f"{name}resolved by @U2 after 1 h: fixed"
    assert told(Reason.RESOLVED, bad, run(2), now=2) == (
        f"{name}resolved after 1 h: everything that fired is good again"
    )


def test_only_the_owner_whose_time_ran_out_is_mentioned() -> None:
    """Nobody is for their own click."""
    bad, taken = run(1, BAD), ack(1.5, "accuracy", "recall", until=3)
    assert "@U1!, your acknowledgement ended 12:00" in told(Reason.RUN_OUT, bad, taken, now=3)
    for reason in set(Reason) - {Reason.RUN_OUT}:
        assert "!" not in told(reason, bad, taken, now=2)


def test_a_note_that_is_sent_late_is_still_true() -> None:
    """It is built when it is sent: the incident may have moved on since it was queued."""
    bad, taken = run(1, BAD), ack(1.5, "accuracy", "recall", until=3)
    assert "!" not in told(Reason.RUN_OUT, bad, taken, ack(3.5, "recall"), now=4)
    assert told(Reason.ACKNOWLEDGED, bad, taken, now=3.5).startswith(
        "#12 bank-marketing in ml-production: acknowledged by @U1"
    )
    assert "was resolved" in told(Reason.RESOLVED, bad, run(2), run(3, BAD), now=3)
    late = told(Reason.REOPENED, bad, now=1)
    assert "open again, by a result that arrived late" in late


def test_what_accounts_say_stays_text() -> None:
    """Names, details and reasons of others never become links, mentions or presses."""
    hostile = "<!channel> <https://evil|x> `*_~"
    log = replace(run(1, {hostile: 0.1}), detail=hostile)
    label = {"222222222222": Account("222222222222", hostile, ("us-east-1",))}
    shown = replace(incident(log, now=1), service=Service(hostile))
    for reply in (card(shown, at(1), label), *(note(shown, reason, at(1), label) for reason in Reason)):
        assert hostile in flat(reply.text)
        assert not [p for p in presses(reply) if hostile in str(p)]
        assert "Link(" not in repr(reply)


def test_every_holder_stands_on_the_card_with_rows_and_end() -> None:
    """Whoever has most comes first and needs no rows while none is left open."""
    bad = run(1, {"accuracy": 0.75, "recall": 0.4, "f1": 0.1})
    ana, bob = ack(1.5, "accuracy", "f1"), replace(ack(1.6, "recall", until=4), id="bob", person_id="U2", reason="")
    both = small_print(drawn(bad, ana, bob, now=2))
    assert "Acknowledged by @U1 until 18:00: label feed late; @U2 (row 2) until 13:00" in both
    assert "acknowledged by @U1 until 18:00: label feed late; @U2 (row 2) until 13:00" in told(
        Reason.ACKNOWLEDGED, bad, ana, bob, now=2
    )
    after = small_print(drawn(bad, ana, bob, now=4))
    assert "Acknowledged by @U1 (rows 1, 3) until 18:00: label feed late" in after
    assert "@U2's acknowledgement ended 13:00" in after
    assert "@U2!, your acknowledgement ended 13:00 and" in told(Reason.RUN_OUT, bad, ana, bob, now=4)
