"""Find, authorise, bind, run, audit."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from threading import Event

import pytest

from bot.dispatch import Answer, Dispatch, Request
from bot.errors import BadRequest, StoreDown, Unknowable
from bot.incidents import record
from bot.kit import ATTRIBUTE, Declared, IncidentNumber, Rest, command
from bot.logic.lifecycle import fold
from bot.model.account import Account
from bot.model.audit import AuditEntry
from bot.model.monitor import Schedule
from bot.model.person import Grant, Person, Role
from bot.model.place import Service
from bot.model.reply import Actions, Press, Reply, Text
from bot.ports import Ask, Directory
from bot.registry import Registry
from bot.render import plain_text
from sandbox.fakes import PLACE, FakeAudit, FakeIncidents, FakeRoutes, at, run

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
PROD = Account("222222222222", "ml-production", ("us-west-2",))
TEST = Account("333333333333", "ml-test", ("us-west-2", "eu-west-1"))
TWIN = Account("555555555555", "ml-test", ("us-west-2",))
GONE = Account("666666666666", "left", ("us-west-2",), linked=False)


class People:
    """U1 is a member, UG a guest, everybody else a stranger; `fresh` reads are noted."""

    def __init__(self) -> None:
        self.fresh, self.silent = 0, False
        self.groups = {"S1": frozenset({"U1"})}

    def person(self, user_id: str, team_id: str) -> Person:
        """By id."""
        return Person(user_id, team_id, user_id, guest=user_id == "UG", stranger=user_id not in {"U1", "UG"})

    def members(self, group: str, *, fresh: bool = False) -> frozenset[str]:
        """Counts fresh reads. Raises Unknowable while Slack is silent."""
        if self.silent:
            raise Unknowable("Slack does not say who is in that group.", "Try again.")
        self.fresh += fresh
        return self.groups.get(group, frozenset())

    def named(self, name: str) -> tuple[Person, ...]:
        """By id."""
        return (self.person(name, ""),)

    def by_email(self, address: str) -> Person | None:
        """Nobody's."""
        del address
        return None

    def is_external(self, channel_id: str) -> bool:
        """None is."""
        return False


class Inventory:
    """A fleet of four, one of which left."""

    def __init__(self, *accounts: Account) -> None:
        self._accounts = accounts or (PROD, TEST, GONE)

    def accounts(self) -> tuple[Account, ...]:
        """As remembered."""
        return self._accounts

    def resources(self) -> Mapping[tuple[str, str, str], str]:
        """One service in each account."""
        return {(PROD.id, "us-west-2", "fraud-2026"): "fraud", (TEST.id, "us-west-2", "churn-2026"): "churn"}

    def schedules(self) -> tuple[Schedule, ...]:
        """None was listed."""
        return ()


class Clock:
    """Stands still."""

    def __init__(self, at: datetime = NOW) -> None:
        self._at = at

    def now(self) -> datetime:
        """Always the same."""
        return self._at

    def sleep_until(self, when: datetime, stop: Event) -> None:
        """Never sleeps."""


@command("where", role="viewer", example="where")
def where(directory: Directory, ask: Ask, *, note: Rest = "") -> Reply:
    """Which accounts and Regions are asked."""
    targets = " ".join(f"{a.id}:{r}" for a, r in ask.scope.targets())
    return Reply((f"{targets} {note}".strip(),))


@command("break", role="responder")
def break_(ask: Ask) -> Reply:
    """Fails as told by the delivery's id."""
    raise {"store": StoreDown("The database does not answer.", "Try again."), "bug": ZeroDivisionError()}[ask.id]


@command("operate", role="operator")
def operate(ask: Ask) -> Reply:
    """Only for operators."""
    return Reply((", ".join(a.id for a in ask.scope.accounts),), shareable=False)


@command("shut", role="viewer", example="shut {number} for good")
def shut(ask: Ask, *, number: IncidentNumber, why: Rest = "") -> Reply:
    """Nothing."""
    return Reply((f"{number} {why} {ask.id}",))


@command("about", role="viewer", example="about {service} account={account}")
def about(ask: Ask, *, number: IncidentNumber) -> Reply:
    """Nothing."""
    return Reply((f"{number} {ask.id}",))


@command("offers", role="viewer")
def offers(ask: Ask) -> Reply:
    """Where it is worth offering what operators do."""
    return Reply((" ".join(a.id for a in ask.scope.accounts if ask.may(Role.OPERATOR, a.id)) or "nowhere",))


REGISTRY = Registry(
    {
        d.name: d
        for f in (where, break_, operate, shut, offers, about)
        if isinstance(d := getattr(f, ATTRIBUTE), Declared)
    },
    {},
)


class Desk:
    """A dispatch with everything faked around it."""

    def __init__(self, *grants: Grant, accounts: tuple[Account, ...] = ()) -> None:
        self.audit, self.people = FakeAudit(), People()
        self.dispatch = Dispatch(
            REGISTRY,
            self._bind,
            self.people,
            self.audit,
            Inventory(*accounts),
            Clock(),
            grants,  # type: ignore[arg-type]
        )

    @staticmethod
    def _bind(_: Ask) -> Mapping[type, object]:
        return {Directory: object()}

    def ask(self, line: str, user: str = "U1", *, id_: str = "1", private: bool = False) -> Answer:
        """Run a line as somebody."""
        return self.dispatch.prepare(Request(id_, line, user, "T1", "C1", "command", private=private)).run()

    def text(self, line: str, user: str = "U1") -> str:
        """The answer as text."""
        content = self.ask(line, user).content
        assert isinstance(content, Reply)
        return plain_text(content)

    def written(self) -> AuditEntry:
        """The newest audit entry."""
        return self.audit.tail(1)[0]


def test_a_question_goes_to_the_fleet_and_is_audited() -> None:
    """Accounts that left are not asked; the line and who asked are kept."""
    desk = Desk()
    assert "222222222222:us-west-2 333333333333:us-west-2 333333333333:eu-west-1 hello" in desk.text("where hello")
    assert (desk.written().line, desk.written().outcome, desk.written().person_id) == ("where hello", "done", "U1")


@pytest.mark.parametrize("name", ["ml-production", "222222222222", "ML-Production", "prod"])
def test_account_by_label_id_or_part(name: str) -> None:
    """Whatever is unambiguous."""
    assert "222222222222:us-west-2" in Desk().text(f"where account={name}")


def test_an_ambiguous_label_asks_which_id() -> None:
    """Labels belong to the other account and may double."""
    told = Desk(accounts=(PROD, TEST, TWIN)).text("where account=ml-test")
    assert "333333333333 or 555555555555" in told


def test_unknown_account_and_region_are_told_with_the_nearest() -> None:
    """With usage and an example."""
    assert "did you mean ml-production" in Desk().text("where account=ml-prodution")
    told = Desk().text("where region=us-west-3")
    assert "did you mean us-west-2" in told
    assert "/ml where" in told


def test_region_narrows() -> None:
    """Only that Region is asked."""
    assert Desk().text("where region=eu-west-1").startswith("333333333333:eu-west-1")


def test_guests_and_strangers_are_refused_whatever_they_type() -> None:
    """Also when the words are wrong: a stranger learns nothing. Both are audited."""
    for user, word in (("UG", "Guests"), ("UX", "workspace")):
        desk = Desk()
        assert word in desk.text("nonsense", user)
        assert (desk.written().outcome, desk.written().person_id) == ("refused", user)


def test_a_role_limited_to_an_account_narrows_the_scope() -> None:
    """And naming another account is refused."""
    desk = Desk(Grant(Role.VIEWER, users=("U1",), accounts=(TEST.id,)))
    assert "222222222222" not in desk.text("where")
    assert "does not cover ml-production" in desk.text("where account=ml-production")


def test_operators_are_checked_anew_before_the_act() -> None:
    """A group left a minute ago no longer counts."""
    desk = Desk(Grant(Role.OPERATOR, groups=("S1",)))
    assert PROD.id in desk.text("operate")
    assert desk.people.fresh == 1
    desk.people.groups = {}
    assert "operator" in desk.text("operate")


def test_what_a_group_that_was_left_gave_is_not_operated() -> None:
    """Another grant keeps the role, for its own accounts only."""
    desk = Desk(Grant(Role.OPERATOR, groups=("S1",)), Grant(Role.OPERATOR, ("U1",), accounts=(TEST.id,)))
    assert PROD.id in desk.text("operate")
    job = desk.dispatch.prepare(Request("2", "operate", "U1", "T1", "C1", "command"))
    desk.people.groups = {}
    said = job.run().content
    assert isinstance(said, Reply)
    assert said.text == (TEST.id,)


def test_a_failure_is_told_and_audited() -> None:
    """The cause and the next step; a bug propagates to the edge, audited as failed."""
    desk = Desk()
    answer = desk.ask("break", id_="store")
    assert isinstance(answer.error, StoreDown)
    assert desk.written().outcome == "failed"
    with pytest.raises(ZeroDivisionError):
        desk.ask("break", id_="bug")
    assert {e.detail for e in desk.audit.tail(2)} == {"The database does not answer.", "something broke"}


def test_share_is_offered_on_private_answers_only() -> None:
    """It carries the line that made the answer."""
    content = Desk().ask("where x", private=True).content
    assert isinstance(content, Reply)
    last = content.parts[-1]
    assert isinstance(last, Actions)
    assert last.items[0] == Press("Share Here", "where x", does="share")
    public = Desk().ask("where x").content
    assert isinstance(public, Reply)
    assert not public.parts


def test_what_one_person_may_not_do_is_not_offered_to_them_alone() -> None:
    """Others see an answer to all. With groups that cannot be read the press decides."""
    everywhere = (f"{PROD.id} {TEST.id} {GONE.id}",)
    desk = Desk(Grant(Role.OPERATOR, groups=("S1",), accounts=(TEST.id,)))
    assert offered(desk, private=True) == (TEST.id,)
    assert offered(desk, private=False) == everywhere
    desk.people.groups = {}
    assert offered(desk, private=True) == ("nowhere",)
    desk.people.silent = True
    assert offered(desk, private=True) == everywhere


def offered(desk: Desk, *, private: bool) -> Text:
    """What `offers` says."""
    content = desk.ask("offers", private=private).content
    assert isinstance(content, Reply)
    return content.text


def test_an_audit_that_cannot_be_written_hides_nothing() -> None:
    """The answer still comes."""

    class Down(FakeAudit):
        """A store that is down."""

        def write(self, entry: AuditEntry) -> None:
            """Refuses."""
            raise StoreDown("down")

    desk = Desk()
    desk.audit = Down()
    desk.dispatch = Dispatch(REGISTRY, lambda _: {Directory: 0}, desk.people, desk.audit, Inventory(), Clock(), ())  # type: ignore[arg-type]
    assert "us-west-2" in desk.text("where")


def test_an_unknown_command_names_the_nearest() -> None:
    """As a BadRequest."""
    answer = Desk().ask("wher")
    assert isinstance(answer.error, BadRequest)
    assert "did you mean where" in answer.error.cause


def test_a_question_has_a_deadline() -> None:
    """Within the settings' seconds."""
    seen: list[float] = []

    def bind(ask: Ask) -> Mapping[type, object]:
        seen.append(ask.left_s())
        return {Directory: 0}

    desk = Desk()
    desk.dispatch = Dispatch(REGISTRY, bind, desk.people, desk.audit, Inventory(), Clock(), (), answer_s=5)  # type: ignore[arg-type]
    desk.ask("where")
    assert timedelta(seconds=4) < timedelta(seconds=seen[0]) <= timedelta(seconds=5)


def test_examples_speak_of_this_fleet() -> None:
    """Not of placeholders."""
    told = Desk().text("where note= region=nowhere")
    assert "{" not in told
    assert "/ml where" in told


def test_examples_have_no_name_of_an_account_that_their_reader_may_not_view() -> None:
    """Nor of any for whom nobody can tell."""
    assert "/ml about churn account=ml-production" in Desk().text("about x")
    desk = Desk(Grant(Role.VIEWER, ("U1",), accounts=(TEST.id,)))
    assert "/ml about churn account=ml-test" in desk.text("about x")
    desk = Desk(Grant(Role.VIEWER, ("U1",), accounts=(PROD.id,)))
    assert "/ml about fraud account=ml-production" in desk.text("about x")
    desk = Desk(Grant(Role.VIEWER, ("U2",)))
    assert "/ml about bank-marketing account=production" in desk.text("about x")


@pytest.mark.parametrize(("hour", "number"), [(2, "1"), (24 * 90, "12")])
def test_an_example_s_number_is_of_an_incident_that_there_is(hour: float, number: str) -> None:
    """Of one that is not resolved or was lately; a plausible one where there is none, or the store does not say."""
    incidents = FakeIncidents(fold)
    record(incidents, [(PLACE, Service(PLACE.service), run(1, {"accuracy": 0.5}))], FakeRoutes().route, at(1))
    for runs in range(2, 6):
        record(incidents, [(PLACE, Service(PLACE.service), run(runs))], FakeRoutes().route, at(runs))
    clock = Clock(at(hour))
    desk = Dispatch(REGISTRY, Desk._bind, People(), FakeAudit(), Inventory(), clock, (), incidents=incidents)  # type: ignore[arg-type]
    content = desk.prepare(Request("1", "shut", "U1", "T1", "C1", "command")).run().content
    assert isinstance(content, Reply)
    assert f"/ml shut {number} for good" in plain_text(content)


def test_the_command_s_own_name_is_used() -> None:
    """A workspace may call it otherwise."""
    desk = Desk()
    desk.dispatch.registry = Registry(REGISTRY.commands, {}, "/gov")
    content = desk.ask("where region=nowhere").content
    assert isinstance(content, Reply)
    assert "/gov accounts lists them" in plain_text(content)
