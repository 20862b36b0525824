"""`/ml who`: the person and how they are known, what is denied or provisional, and how to ask for less or more."""

import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.errors import AccessDenied, BadRequest, Missing
from bot.model.account import Account, Scope
from bot.model.person import Person
from bot.model.reply import Actions, Bold, Code, Facts, Form, Note, Paragraph, Press, Reply, Table, User
from bot.model.trail import Estimate, Remark
from bot.ports import Ask, Failure
from bot.render import message
from bot.render.forms import view
from bot.render.inline import words
from commands.record import record
from commands.who import who_
from sandbox import fakes_trail as people
from sandbox.fakes_trail import Told
from sandbox.fakes_trail_port import FakeTrail, Trailed
from sandbox.fakes_trail_story import story
from sandbox.slack.check_surface import problems_of

NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)
REGION = people.REGION
PROD = Account(people.PRODUCTION, "ml-production", (REGION,))
TEST = Account(people.TEST, "ml-test", (REGION,))
MONTH = timedelta(days=30)


@dataclass
class Auditor:
    """Somebody who asks, and the trail."""

    trailed: Trailed = field(default_factory=lambda: Trailed(list(story(NOW))))
    accounts: tuple[Account, ...] = (PROD, TEST)

    def ask(self, **more: Any) -> Ask:
        """Of both accounts."""
        return Ask(Person("U1", "T1", "Ana"), NOW, Scope(self.accounts), time.monotonic() + 9, **more)

    def who(self, event: str, resource: str = "", since: timedelta = MONTH, **more: Any) -> Reply:
        """The answer, which Slack takes, which is the asker's alone and which nobody can share."""
        ask = self.ask(whole=more.pop("whole", False), narrowing=more.pop("narrowing", ""))
        reply = who_(FakeTrail(self.trailed, ask), ask, event=event, resource=resource, since=since, **more)
        assert ask.whole or problems_of(message(reply).blocks, "message") == []
        assert (reply.private, reply.shareable) == (True, False)
        return reply


@pytest.fixture
def auditor() -> Auditor:
    """With the bank's story."""
    return Auditor()


def rows(reply: Reply) -> list[dict[str, Any]]:
    """The table's rows by column; the facts that all share are in each."""
    tables = [part for part in reply.parts if isinstance(part, Table)]
    shared = {label: words(text) for part in reply.parts if isinstance(part, Facts) for label, text in part.items}
    if not tables:
        return []
    titles = [column.title for column in tables[0].columns]
    return [{**shared, **dict(zip(titles, row, strict=True))} for row in tables[0].rows]


def presses(reply: Reply) -> dict[str, str]:
    """Buttons by label."""
    items = [item for part in reply.parts if isinstance(part, Actions) for item in part.items]
    return {item.label: item.line for item in items if isinstance(item, Press)}


def said(reply: Reply) -> str:
    """Notes and footer as words."""
    notes = [words(part.text) for part in reply.parts if isinstance(part, Note | Paragraph)]
    return "\n".join([*notes, *map(words, reply.footer)])


def test_a_person_is_told_with_how_they_are_known_and_denials_are_marked(auditor: Auditor) -> None:
    """Three calls: one denied, one by Studio with source identity, one by the pipeline's session."""
    found = rows(auditor.who("CreateEndpoint"))
    assert [(r["Who"], r["Known by"], r["Resource"]) for r in found] == [
        ("maya.okafor@example.com", "Identity Center user", "fraud-try"),
        ("diego-ramirez", "source identity", "churn-try"),
        ("deploy-4711", "session name, role ml-deploy-pipeline", "bank-marketing-2026"),
    ]
    assert found[0]["Result"] == (Bold("denied"), " (AccessDeniedException)")
    assert found[1]["Result"] == "done"


def test_whoever_cannot_be_told_is_not_made_up(auditor: Auditor) -> None:
    """A shared role's session names nobody, and the reason is said."""
    (found,) = rows(auditor.who("StopMonitoringSchedule", "data-quality"))
    assert found["Who"] == "cannot be told"
    assert found["Known by"] == f"shared role {people.STUDIO_ROLE}; source identity is off in that Studio domain"


def test_what_the_bot_did_for_somebody_names_that_somebody(auditor: Auditor) -> None:
    """By their id in Slack, without notifying them."""
    auditor.trailed.records.append(
        people.record(Told(1, people.PRODUCTION, people.BOT, "StopMonitoringSchedule", {"x": "mine"}), NOW)
    )
    (found,) = rows(auditor.who("StopMonitoringSchedule", "mine"))
    assert found["Who"] == (User("U0PRIYANAT"),)
    assert found["Known by"] == "Slack, through this bot"


def test_names_are_found_whatever_their_case_and_corrected_when_wrong(auditor: Auditor) -> None:
    """`createendpoint` is one; `CreateEndpont` is asked back; `any` wants a resource."""
    assert len(rows(auditor.who("createendpoint"))) == 3
    with pytest.raises(BadRequest, match="did you mean CreateEndpoint") as told:
        auditor.who("CreateEndpont")
    assert told.value.field == "event"
    with pytest.raises(BadRequest, match="any event of what"):
        auditor.who("any")
    every = auditor.who("any", "churn")
    assert [r["Event"] for r in rows(every)] == ["DeleteEndpoint", "CreateEndpoint"]
    assert words(every.text).startswith("Any event of churn: 2 calls")


def test_only_changes_leaves_out_what_was_denied_and_what_only_reads(auditor: Auditor) -> None:
    """And the button leads back."""
    reply = auditor.who("CreateEndpoint", changes=True)
    assert [r["Who"] for r in rows(reply)] == ["diego-ramirez", "deploy-4711"]
    assert presses(reply)["All Calls"] == "who CreateEndpoint since=2592000s"
    assert "2 changes" in words(reply.text)


def test_what_no_log_file_has_yet_is_marked_provisional(auditor: Auditor) -> None:
    """Counted in the first sentence, marked in its row, explained below."""
    auditor.trailed.delivered = NOW - timedelta(days=2)
    reply = auditor.who("DeleteEndpoint")
    shared = dict(next(part.items for part in reply.parts if isinstance(part, Facts)))
    assert words(shared["Result"]) == "done, provisional"
    assert words(reply.text) == "DeleteEndpoint: 2 calls, 2 provisional in 30 d"
    assert "not delivered yet" in said(reply)


def test_an_empty_answer_about_a_global_service_says_where_it_is_recorded(auditor: Auditor) -> None:
    """Roles are made in us-east-1, whoever makes them from where."""
    wanted = "Calls of CreateRole are recorded in us-east-1, which was not looked at: aws.regions has to name it."
    assert wanted in said(auditor.who("CreateRole"))
    assert "us-east-1" not in said(auditor.who("UpdateEndpoint", "nothing"))


def test_an_empty_answer_says_what_was_looked_at(auditor: Auditor) -> None:
    """Accounts, Region, time, and how fresh the files are."""
    auditor.trailed.scan = {"newest": {(PROD.id, REGION): NOW - timedelta(minutes=5)}, "silent": ((TEST.id, REGION),)}
    reply = auditor.who("UpdateEndpoint", "nothing")
    assert rows(reply) == []
    assert "Looked for UpdateEndpoint with nothing in it in 2 accounts, us-west-2" in said(reply)
    assert "Newest log file: ml-production (us-west-2) 2026-11-25 08:55 UTC" in said(reply)
    assert "No log file within two days: ml-test in us-west-2." in said(reply)


def test_buttons_ask_for_older_other_spans_and_the_same_again(auditor: Auditor) -> None:
    """Older begins where this ends; narrowing is kept."""
    reply = auditor.who("CreateEndpoint", "bank marketing", since=timedelta(days=7), narrowing="account=ml-production")
    found = presses(reply)
    assert found["Older"] == (
        'who CreateEndpoint "bank marketing" account=ml-production since=604800s until=2026-11-18T09:00:00Z'
    )
    assert found["30 d"] == 'who CreateEndpoint "bank marketing" account=ml-production since=30d'
    assert found["Only Changes"].endswith("changes=yes since=604800s")


def test_of_many_calls_older_begins_after_the_last_that_is_shown(auditor: Auditor) -> None:
    """A hundred are shown, a file has a thousand."""
    every = [Told(n / 100, PROD.id, people.PIPELINE, "CreateEndpoint", {"endpointName": f"e{n}"}) for n in range(150)]
    auditor.trailed.records = [people.record(one, NOW) for one in every]
    reply = auditor.who("CreateEndpoint", since=timedelta(days=7))
    assert len(rows(reply)) == 100
    assert "more than 100 calls" in words(reply.text)
    oldest = NOW - timedelta(days=1) + timedelta(seconds=1)
    assert presses(reply)["Older"].endswith(f"until={oldest:%Y-%m-%dT%H:%M:%SZ}")
    whole = rows(auditor.who("CreateEndpoint", since=timedelta(days=7), whole=True))
    assert len(whole) == 149
    assert "Record" not in whole[0]


def test_what_is_dear_is_asked_back_first(auditor: Auditor) -> None:
    """About how much, for how much; nothing is run until it is said."""
    auditor.trailed.estimate = Estimate(12 * 2**30, 0.0586, sampled=True, dear=True)
    reply = auditor.who("CreateEndpoint")
    assert words(reply.text) == "That would read about 12 GB, US$0.06."
    assert presses(reply)["Run It"] == "who CreateEndpoint since=2592000s run=yes"
    assert presses(reply)["A Quarter of the Time"] == "who CreateEndpoint since=648000s"
    assert auditor.trailed.asked == []
    assert len(rows(auditor.who("CreateEndpoint", run=True))) == 3


def test_the_small_print_has_price_remarks_and_who_could_not_be_asked(auditor: Auditor) -> None:
    """A remark brings the line that mends it; an account that refuses hides no other."""
    line = "ALTER TABLE logs.trail SET TBLPROPERTIES ('projection.account.values' = '1,2')"
    remark = Remark("ml-dev is not in the table.", line)
    auditor.trailed.scan = {"scanned_bytes": 18 * 2**20, "usd": 0.0001, "remarks": (remark,)}
    auditor.trailed.failures = (Failure(TEST, REGION, AccessDenied("role r lacks cloudtrail:LookupEvents", "Add it.")),)
    reply = auditor.who("CreateEndpoint")
    assert "18 MB read, less than US$0.01." in said(reply)
    assert (f"{remark.said} This mends it: ", Code(line)) in reply.footer
    assert "ml-test did not answer: role r lacks cloudtrail:LookupEvents. Add it." in said(reply)
    auditor.trailed.scan = {"reused": True}
    assert "An earlier result, US$0." in said(auditor.who("CreateEndpoint"))


def test_a_record_is_read_in_a_form_without_its_secrets(auditor: Auditor) -> None:
    """Addresses and user agents stand there and nowhere else."""
    reply = auditor.who("DeleteEndpoint", "churn")
    assert "192.0.2.17" not in repr(reply)
    assert "aws-cli" not in repr(reply)
    made = opened(auditor, "DeleteEndpoint")
    shown = repr(made)
    assert "192.0.2.17" in shown
    assert "aws-cli/2.31.0" in shown
    assert made.submit == ""
    assert "submit" not in view(made)
    auditor.trailed.records = [
        people.record(
            Told(1, PROD.id, people.MAYA, "CreateEndpoint", {"environment": {"DB": "hunter2"}, "password": "hunter2"}),
            NOW,
        )
    ]
    assert "hunter2" not in repr(opened(auditor, "CreateEndpoint"))


def opened(auditor: Auditor, event: str) -> Form:
    """The record of the newest such event."""
    body = next(b for b in auditor.trailed.records if b["eventName"] == event and b["recipientAccountId"] == PROD.id)
    ask = replace(auditor.ask(), scope=Scope((PROD,)))
    at = datetime.fromisoformat(body["eventTime"])
    return record(FakeTrail(auditor.trailed, ask), ask, id=body["eventID"], at=at)


def test_a_record_of_nowhere_is_asked_back(auditor: Auditor) -> None:
    """Of two accounts nobody knows which; one that is not there is missing."""
    ask = auditor.ask()
    with pytest.raises(BadRequest, match="in which account"):
        record(FakeTrail(auditor.trailed, ask), ask, id="x", at=NOW)
    alone = replace(ask, scope=Scope((PROD,)))
    with pytest.raises(Missing):
        record(FakeTrail(auditor.trailed, alone), alone, id="x", at=NOW)
