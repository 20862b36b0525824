"""The poll as the net under packages' events: what waits gets a card, and what became of it is found, whoever did."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from bot.alerts.package_net import MOST_NEW, SETTLES, PackageNet
from bot.approvals import Office, decide
from bot.aws.layer import AwsLayer
from bot.errors import AccessDenied, TimedOut
from bot.model.account import Account, Scope
from bot.model.package import Approval
from bot.model.person import Person
from bot.ports import Ask, Failure, PackageOperations, Packages
from bot.render.text import plain_text
from bot.store.engine import connect
from bot.store.packages import SqlApprovals
from sandbox.driver import text_of, until
from sandbox.fakes import FakePeople, FakeRoutes, at
from sandbox.fakes_accounts import PRODUCTION, Stage, served
from sandbox.fakes_fleet import FakeInventory, StillClock
from sandbox.fakes_office import office
from sandbox.fakes_packages import ACCOUNT, REGION, FakeApprovals, FakePackages, ModelRegistry, package, ref

PROD, OTHER = Account(ACCOUNT, "ml-production", (REGION,)), Account("333333333333", "ml-test", (REGION,))
SCOPE = Scope((PROD, OTHER))
PRIYA = Person("U0PRIYA", "T1", "Priya")
HOUR, MINUTE = timedelta(hours=1), 1 / 60


class Round:
    """Polls over a registry in memory."""

    def __init__(self) -> None:
        self.registry, self.approvals, self.inventory = ModelRegistry(), FakeApprovals(), FakeInventory()
        self.inventory.remember((PROD, OTHER), at(9))
        self.net = PackageNet(
            self.bind,
            self.approvals,
            self.inventory,
            FakeRoutes(),
            StillClock(at(9)),
            look_back=timedelta(hours=24),
            within_s=5,
            stopped=lambda: False,
        )

    def bind(self, ask: Ask) -> Mapping[type, object]:
        """The two ports of the registry."""
        port = FakePackages(self.registry, ask)
        return {Packages: port, PackageOperations: port}

    def poll(self, hour: float) -> int:
        """How much changed."""
        return self.net.take(SCOPE, at(hour))

    def card(self) -> str:
        """Of the newest round of the one package."""
        (ticket,) = self.approvals.of([ref().arn])
        return plain_text(self.approvals.card(ticket))


@pytest.fixture
def poll() -> Round:
    """Each test's own."""
    return Round()


def test_what_waits_gets_one_card_however_often_it_is_polled(poll: Round) -> None:
    """Not what was registered before anybody looked, which `/ml approve` lists all the same."""
    poll.registry.register(package(), package(of=ref(1, "ancient", hour=-20)))
    assert [poll.poll(hour) for hour in (9.1, 9.2, 9.3)] == [1, 0, 0]
    assert [ticket.ref.title for ticket in poll.approvals.open()] == ["bank-marketing version 3"]
    assert len(poll.approvals.notices.rows("ml-alerts")) == 1
    assert "waits for approval" in poll.card()


@pytest.mark.parametrize(
    ("approval", "said"),
    [
        (Approval.APPROVED, "Approved outside of Slack by erin"),
        (Approval.REJECTED, "Rejected outside of Slack by erin"),
        (None, "It was deleted before anybody decided"),
    ],
)
def test_what_became_of_it_elsewhere_is_found_by_the_next_poll(
    poll: Round, approval: Approval | None, said: str
) -> None:
    """Once, and its card says so."""
    poll.registry.register(package())
    poll.poll(9.1)
    if approval is None:
        poll.registry.delete(ref().arn)
    else:
        poll.registry.decide(ref().arn, approval, text="as <!channel> agreed")
    assert [poll.poll(hour) for hour in (9.2, 9.3)] == [1, 0]
    assert said in poll.card()
    assert poll.approvals.open() == ()


def test_a_decision_whose_answer_never_came_is_its_persons_once_the_poll_finds_it(poll: Round) -> None:
    """It was written all the same: by the words that it was written with it is known for the one that was begun."""
    poll.registry.register(package())
    poll.poll(9.1)
    ask = Ask(PRIYA, at(9.2), SCOPE, 0.0)
    port = FakePackages(poll.registry, ask)
    desk = Office(poll.approvals, port, port, FakePeople(), poll.inventory, FakeRoutes())
    poll.registry.loses = True
    with pytest.raises(TimedOut):
        decide(desk, package(), Approval.REJECTED, "recall fell", ask)
    assert "waits for approval" in poll.card()
    assert poll.poll(9.3) == 1
    assert "Rejected by @U0PRIYA" in poll.card()
    assert "outside of Slack" not in poll.card()


def test_what_is_put_back_to_waiting_gets_a_card_of_its_own(poll: Round) -> None:
    """Once a late listing cannot be what shows it; the first card stays as it ended."""
    poll.registry.register(package())
    poll.poll(9.1)
    poll.registry.decide(ref().arn, Approval.REJECTED)
    poll.poll(9.2)
    poll.registry.register(package())
    decided_at = 11.0
    soon, later = decided_at + SETTLES / HOUR / 2, decided_at + SETTLES / HOUR
    assert [poll.poll(hour) for hour in (soon, later, later + 0.1)] == [0, 1, 0]
    keys = [key for key in poll.approvals.notices.said if key.startswith(f"package:{ref().arn}:")]
    words = [plain_text(poll.approvals.notices.said[key][1]) for key in keys]
    assert ["was rejected" in words[0], "waits for approval" in words[1], len(words)] == [True, True, 2]


def test_an_account_that_does_not_answer_ends_nothing_and_hides_no_other(poll: Round) -> None:
    """What waited there waits; the other's is found."""
    poll.registry.register(package())
    poll.poll(9.1)
    poll.registry.failures = (Failure(PROD, REGION, AccessDenied("role x lacks sagemaker:ListModelPackages")),)
    poll.registry.register(package(of=ref(1, "churn", OTHER.id)))
    assert poll.poll(9.2) == 1
    assert {ticket.ref.name for ticket in poll.approvals.open()} == {"bank-marketing", "churn"}


def test_many_that_wait_come_over_several_polls_and_those_of_a_closed_account_hold_up_no_other(poll: Round) -> None:
    """What one account never describes would else be asked for again and again, before all that is younger."""
    poll.registry.register(*(package(of=ref(n, "closed", hour=8)) for n in range(1, MOST_NEW + 6)))
    poll.registry.register(*(package(of=ref(n, "churn", OTHER.id)) for n in range(1, MOST_NEW + 6)))
    poll.registry.closed = {PROD.id}
    told = [poll.poll(9.1 + MINUTE * n) for n in range(3)]
    assert max(told) <= MOST_NEW
    assert sum(told) == MOST_NEW + 5
    poll.registry.closed = set()
    assert poll.poll(9.5) == MOST_NEW
    assert poll.poll(9.6) == 5


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """Two accounts, one of which has a group. Nothing carries their events anywhere."""
    with served() as made:
        made.aws.client("sagemaker", PRODUCTION).create_model_package_group(ModelPackageGroupName="bank")
        yield made


@pytest.fixture
def layer(stage: Stage) -> Iterator[AwsLayer]:
    """The bot's, with the role that it reads by."""
    made = stage.layer()
    yield made
    made.close()


def test_without_any_event_the_poll_finds_both_the_package_and_its_decision(
    stage: Stage, layer: AwsLayer, tmp_path: Path
) -> None:
    """From SageMaker's own listing to one message in Slack, which is edited; a restarted process posts no second."""
    path = str(tmp_path / "sagewatch.db")
    sagemaker = stage.aws.client("sagemaker", PRODUCTION)
    asked = stage.ask()
    with office(path) as there:
        there.inventory.remember(asked.scope.accounts, there.fleet.now())
        engine = connect(f"sqlite:///{path}")

        def poll() -> int:
            net = PackageNet(
                layer.bind,
                SqlApprovals(engine),
                there.inventory,
                FakeRoutes(),
                StillClock(stage.calendar.time),
                look_back=timedelta(hours=24),
                within_s=30,
                stopped=lambda: False,
            )
            return net.take(asked.scope, stage.calendar.time)

        def shown(word: str) -> str:
            until(lambda: there.posts() or not there.notices.channels(), "all is shown")
            (message,) = there.drive.messages("maya")
            assert word in text_of(message)
            return str(message["ts"])

        made = sagemaker.create_model_package(ModelPackageGroupName="bank", ModelApprovalStatus="PendingManualApproval")
        arn = made["ModelPackageArn"]
        assert [poll(), poll()] == [1, 0]
        ts = shown("bank version 1 waits for approval")
        sagemaker.update_model_package(
            ModelPackageArn=arn, ModelApprovalStatus="Rejected", ApprovalDescription="recall fell"
        )
        assert [poll(), poll()] == [1, 0]
        assert shown("Rejected outside of Slack by") == ts
        assert shown("recall fell") == ts
        engine.dispose()
