"""The story that a newcomer plays: a card arrives, somebody takes it, it repeats, worsens, recovers, comes back.

By Socket Mode with SQLite, and by signed HTTP with PostgreSQL.
"""

from collections.abc import Callable, Iterator
from typing import Any, get_args

import pytest

from sandbox.demo import Demo
from sandbox.driver import Declined, Driver, text_of, until
from sandbox.environment import Transport

both = pytest.mark.parametrize("demo", get_args(Transport), indirect=True)
Json = dict[str, Any]
METRICS = ("recall", "accuracy", "auc", "f1")


def cards(drive: Driver, who: str = "maya") -> list[Json]:
    """The cards in #ml-alerts, oldest first."""
    return [m for m in drive.messages(who) if (m.get("blocks") or [{}])[0].get("type") == "header"]


def card(drive: Driver, *, says: str = "", lacks: str = "") -> Json:
    """The newest card, once it says so."""

    def look() -> Json | None:
        found = cards(drive)
        text = text_of(found[-1]) if found else ""
        return found[-1] if found and says in text and not (lacks and lacks in text) else None

    return until(look, f"a card that says {says!r} and not {lacks!r}") or {}


def answer(drive: Driver, who: str, line: str, *, channel: str = "ml-alerts") -> str:
    """What a person is told after typing a line: the newest private message."""
    return text_of(drive.answer(who, line, channel=channel))


def thread(drive: Driver, parent: Json) -> str:
    """The card's thread, without the card."""
    return "\n".join(text_of(m) for m in drive.messages("maya", thread_ts=parent["ts"])[1:])


def told(drive: Driver, who: str, does: Any) -> str:
    """What is told privately after an act."""
    before = {m["ts"] for m in drive.messages(who)}
    does()
    return until(
        lambda: "\n".join(text_of(m) for m in drive.messages(who) if m["ts"] not in before), f"{who} is told something"
    )


@both
def test_the_whole_story(drive: Driver) -> None:
    """Arrive, acknowledge, repeat, worse, recover, and again within and after the episode."""
    first = card(drive, says="bank-marketing")
    text = text_of(first)
    for part in ("ml-production", "222222222222", "us-west-2", "Data window", "Sample size", "Since", *METRICS):
        assert part in text

    drive.press("maya", first, "Acknowledge")
    card(drive, says="Maya Okafor")
    until(lambda: "acknowledged by" in thread(drive, first), "the thread says who has it")

    channel_before = len(drive.messages("maya"))
    runs = 5
    drive.world("next_hour")
    card(drive, says=f"\n{runs + 1}\n")
    assert len(drive.messages("maya")) == channel_before, "a repeat is counted, not posted"

    drive.world("drift")
    drive.world("drift")
    worse = card(drive, says="\nOpen\n")
    assert worse["ts"] == first["ts"], "still the same card"
    until(lambda: "worse" in thread(drive, first).lower(), "the thread says that it is worse")

    drive.press("diego", card(drive), "Acknowledge")
    card(drive, says="Diego Ramírez")

    drive.world("recover")
    resolved = card(drive, says="Resolved")
    assert "Diego Ramírez" in text_of(resolved)
    assert "recall" in text_of(resolved), "what fired is kept"

    drive.world("drift")
    back = card(drive, says="Acknowledged")
    assert back["ts"] == first["ts"], "within the episode it is the same card and the same owner"

    drive.world("recover")
    card(drive, says="Resolved")
    for _ in range(3):
        drive.world("next_hour")
    drive.world("drift")
    until(lambda: len(cards(drive)) == 2, "a new episode is a new card")
    assert "came back" in text_of(cards(drive)[-1]).lower()


@both
def test_commands_answer_privately_and_can_be_shared(drive: Driver) -> None:
    """Nobody else sees an answer until it is shared."""
    card(drive)
    assert "broken constraints" in answer(drive, "maya", "/ml violations since=7d")
    assert "broken constraints" not in "\n".join(text_of(m) for m in drive.messages("diego"))
    private = drive.messages("maya")[-1]
    drive.press("maya", private, "Share Here")
    until(
        lambda: any("Shared by" in text_of(m) for m in drive.messages("diego")),
        "the channel sees the shared answer",
    )
    assert "ml-production" in answer(drive, "maya", "/ml accounts")
    assert "1 open" in answer(drive, "maya", "/ml incidents")
    assert "accounts" in answer(drive, "maya", "/ml")
    assert "What you can ask" in answer(drive, "maya", "/ml help")
    assert "/ml ack <number>" in answer(drive, "maya", "/ml help ack")


@both
def test_a_window_button_replaces_the_answer(drive: Driver) -> None:
    """The buttons of an answer carry command lines."""
    card(drive)
    answer(drive, "maya", "/ml violations")
    private = drive.messages("maya")[-1]
    drive.press("maya", private, "14 Days")
    until(
        lambda: any("last 14 days" in text_of(m) for m in drive.messages("maya") if m["ts"] == private["ts"]),
        "the answer is replaced",
    )


@both
def test_forms_acknowledge_with_a_reason_and_one_row(drive: Driver) -> None:
    """The menu's forms: reason and end; some rows; resolve; and the button that opens it again."""
    drive.press("maya", card(drive), "One row…")
    view = until(lambda: drive.views("maya"), "the form opens")[-1]
    drive.submit("maya", view, {"rows": ["1"], "end": "4h"})
    until(lambda: not drive.views("maya"), "the form closes")
    until(lambda: "(row 1)" in thread(drive, card(drive)), "the row is said")

    drive.press("maya", card(drive), "With reason and end…")
    view = until(lambda: drive.views("maya"), "the form opens")[-1]
    drive.submit("maya", view, {"reason": "label feed late", "end": "24h"})
    card(drive, says="label feed late")

    drive.press("maya", card(drive), "Resolve…")
    view = until(lambda: drive.views("maya"), "the form opens")[-1]
    drive.submit("maya", view, {"reason": "relabelled"})
    card(drive, says="relabelled")
    drive.press("diego", card(drive, says="Fixed, waiting for the window"), "Re-open")
    card(drive, lacks="Fixed, waiting")


@both
def test_typed_acts(drive: Driver) -> None:
    """`ack 1 6h label feed late`, `resolve`, `reopen`; conflicts are told with what to do."""
    card(drive)
    assert "You have #1" in answer(drive, "maya", "/ml ack 1 6h label feed late")
    card(drive, says="label feed late")
    assert "is acknowledged by Maya Okafor" in answer(drive, "diego", "/ml ack 1")
    assert "resolved" in answer(drive, "diego", "/ml resolve 1 relabelled")
    card(drive, says="Fixed, waiting for the window")
    assert "open again" in answer(drive, "maya", "/ml reopen 1")
    card(drive, lacks="Fixed, waiting")
    assert "open already" in answer(drive, "maya", "/ml reopen 1")


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ("/ml violatons", "did you mean violations"),
        ("/ml violations bank-markting", "did you mean bank-marketing"),
        ("/ml violations account=ml-prodution", "did you mean ml-production"),
        ("/ml violations since=soon", "no duration"),
        ("/ml ack 99", "99"),
        ("/ml ack 1.99", "row"),
        ("/ml ack twelve", "no incident's number"),
        ("/ml violations region=us-west-9", "did you mean us-west-2"),
    ],
)
def test_mistakes_are_told_with_the_way_out(shared: Driver, line: str, part: str) -> None:
    """A suggestion, the usage line, an example."""
    assert part in answer(shared, "maya", line)


def test_people_without_the_role_are_told_and_nothing_changes(shared: Driver) -> None:
    """A click by a member without the role, a guest, a stranger; each told privately."""
    here = card(shared, lacks="Acknowledged")
    assert "responder" in told(shared, "kenji", lambda: shared.press("kenji", here, "Acknowledge"))
    assert "Guests" in told(shared, "leila", lambda: shared.press("leila", here, "Acknowledge"))
    assert "workspace" in answer(shared, "tom.fisher", "/ml incidents", channel="partner-acme")
    assert "Acknowledged" not in text_of(card(shared))


def test_nothing_is_shared_into_a_channel_of_another_company(shared: Driver) -> None:
    """The private answer may be asked there, not shown to all."""
    answer(shared, "maya", "/ml incidents", channel="partner-acme")
    private = shared.messages("maya", channel="partner-acme")[-1]
    before = {m["ts"] for m in shared.messages("maya", channel="partner-acme")}
    seen_by_tom = len(shared.messages("tom.fisher", channel="partner-acme"))
    shared.press("maya", private, "Share Here", channel="partner-acme")
    said = until(
        lambda: [m for m in shared.messages("maya", channel="partner-acme") if m["ts"] not in before], "a refusal"
    )
    assert "another company" in text_of(said[-1])
    assert len(shared.messages("tom.fisher", channel="partner-acme")) == seen_by_tom


def test_a_mention_is_answered_in_its_thread(shared: Driver) -> None:
    """For all to see; slash commands do not work there."""
    shared.say("maya", "@Sagewatch incidents", channel="ml-platform")
    asked = shared.messages("diego", channel="ml-platform")[-1]

    def look() -> str:
        found = shared.messages("diego", channel="ml-platform", thread_ts=asked["ts"])
        return text_of(found[-1]) if len(found) > 1 else ""

    assert "open" in until(look, "the answer in the thread")


def test_an_unknown_control_input_is_refused(shared: Driver) -> None:
    """The sandbox's own arguments."""
    with pytest.raises(Declined, match="400"):
        shared.world("sunshine")


@pytest.fixture(scope="module", params=get_args(Transport))
def shared(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, demo_of: Callable[..., Demo]
) -> Iterator[Driver]:
    """One demo on each transport, for tests that leave the incident as it is."""
    started = demo_of(request.param, tmp_path_factory.mktemp("shared"))
    started.start()
    driver = Driver(started.url)
    until(lambda: driver.state()["ready"], "the bot connects")
    card(driver)
    yield driver
    started.stop()
