"""Dead letters put back: by reason, in part, killed in the middle, refused again, over SQS of the sandbox."""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import boto3
import pytest

from bot.alerts.redrive import UNKNOWN, Redriven, redrive, told
from bot.aws.inbox import dead_letters_url
from bot.aws.layer import AwsLayer
from bot.aws.settings import AwsSettings
from bot.errors import BadRequest
from bot.model.event import Message
from bot.outside import World
from bot.redriving import Wish, redriven, wish_of
from bot.settings import Fixed, InboxPart
from bot.store.engine import connect
from bot.store.migrate import migrate
from bot.store.tally import SqlTally
from sandbox.aws import AwsSandbox, CloudAccount

OWN, REGION = "111111111111", "us-west-2"
NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)


class Killed(Exception):
    """The process is no more."""


class Boxes:
    """A dead-letter queue and the inbox; every call can be the last one, before it or after it."""

    def __init__(self, *bodies: str, dies_at: int = 0) -> None:
        self.dead = {f"d{n}": body for n, body in enumerate(bodies)}
        self.inbox: list[str] = []
        self.hidden: set[str] = set()
        self.dies_at = dies_at
        self._calls = 0

    def _maybe(self) -> None:
        self._calls += 1
        if self._calls == self.dies_at:
            raise Killed

    def receive(self) -> tuple[Message, ...]:
        """Three at most."""
        self._maybe()
        seen = [id_ for id_ in self.dead if id_ not in self.hidden][:3]
        self.hidden |= set(seen)
        return tuple(Message(id_, id_, self.dead[id_], 1) for id_ in seen)

    def put_back(self, letter: Message) -> str:
        """Sent."""
        self._maybe()
        self.inbox.append(letter.body)
        self._maybe()
        return f"new-{len(self.inbox)}"

    def delete(self, letters: Sequence[Message]) -> None:
        """Gone."""
        self._maybe()
        for one in letters:
            self.dead.pop(one.id, None)
        self._maybe()

    def show(self, letters: Sequence[Message]) -> None:
        """To be seen again."""
        self.hidden -= {one.id for one in letters}

    def why(self, ids: Sequence[str]) -> dict[str, str]:
        """Odd ones left the fleet, even ones broke, each third has no reason."""
        numbers = {id_: int(id_.removeprefix("d")) for id_ in ids if id_.startswith("d")}
        return {id_: "not in the fleet" if n % 2 else "it broke" for id_, n in numbers.items() if n % 3}


def done(boxes: Boxes, **more: object) -> Redriven:
    """A run."""
    return redrive(boxes, lambda ids: boxes.why(list(ids)), **more)  # type: ignore[arg-type]


SEVEN = tuple("abcdefg")


def test_all_are_put_back_and_counted_by_reason() -> None:
    """And a second run finds nothing."""
    boxes = Boxes(*SEVEN)
    assert done(boxes).back == {"not in the fleet": 2, "it broke": 2, UNKNOWN: 3}
    assert (boxes.dead, sorted(boxes.inbox)) == ({}, list(SEVEN))
    assert done(boxes) == Redriven()


def test_only_those_of_a_reason() -> None:
    """Whatever its capitals; the others are left and can be seen at once."""
    boxes = Boxes(*SEVEN)
    found = done(boxes, reason="NOT in")
    assert (found.back, found.left) == ({"not in the fleet": 2}, {"it broke": 2, UNKNOWN: 3})
    assert (sorted(boxes.inbox), boxes.hidden & set(boxes.dead)) == (["b", "f"], set())


def test_no_more_than_the_limit() -> None:
    """Of those that were looked at the rest is told as left."""
    boxes = Boxes(*SEVEN)
    assert done(boxes, limit=4).back.total() == 4
    assert (len(boxes.inbox), len(boxes.dead), boxes.hidden & set(boxes.dead)) == (4, 3, set())


def test_a_look_moves_nothing() -> None:
    """All are told, none is hidden."""
    boxes = Boxes(*SEVEN)
    assert done(boxes, only_look=True).left.total() == 7
    assert (len(boxes.dead), boxes.inbox, boxes.hidden) == (7, [], set())


def test_killed_between_any_two_calls_nothing_is_lost() -> None:
    """At worst one message is in both places: what it tells counts once."""
    for dies_at in range(1, 40):
        boxes = Boxes(*SEVEN, dies_at=dies_at)
        try:
            done(boxes)
        except Killed:
            assert {*boxes.inbox, *boxes.dead.values()} == set(SEVEN)
            assert len(boxes.inbox) + len(boxes.dead) <= len(SEVEN) + 1
        boxes.hidden.clear()  # the queue shows them again by itself
        boxes.dies_at = 0
        done(boxes)
        assert set(boxes.inbox) == set(SEVEN)
        assert len(boxes.inbox) <= len(SEVEN) + 1
        assert boxes.dead == {}


def test_what_is_refused_again_meanwhile_is_left() -> None:
    """A fix that mends nothing does not go round for ever."""

    class Round(Boxes):
        """Whose inbox refuses at once."""

        def put_back(self, letter: Message) -> str:
            """Dead again, under the id that it was sent with."""
            new = super().put_back(letter)
            self.dead[new] = letter.body
            return new

    boxes = Round("a", "b")
    found = done(boxes)
    assert (found.back.total(), found.left.total(), len(boxes.dead)) == (2, 2, 2)


def test_what_is_said_is_plain() -> None:
    """Most first; no control character reaches the terminal."""
    found = Redriven()
    found.back.update({"a\x1b[31m": 1, "it broke": 12})
    found.left.update({UNKNOWN: 1})
    lines = told(found).splitlines()
    assert lines[:3] == ["Put back: 13", "     12  it broke", "      1  a?[31m"]
    assert lines[3] == "Left: 1"
    assert told(Redriven(), only_look=True) == "Dead: 0\n"


@pytest.mark.parametrize(
    ("words", "wish"),
    [
        ("", Wish()),
        ("--list", Wish(only_look=True)),
        ("--limit 20", Wish(limit=20)),
        ("--limit=20 --reason=fleet", Wish(limit=20, reason="fleet")),
    ],
)
def test_words(words: str, wish: Wish) -> None:
    """In any order."""
    assert wish_of(words.split()) == wish


@pytest.mark.parametrize("policy", ["", "{", "[]", "{}", '{"deadLetterTargetArn": null}'])
def test_a_queue_without_dead_letters(policy: str) -> None:
    """However its policy is damaged."""
    assert dead_letters_url("https://sqs.us-west-2.amazonaws.com/111111111111/q", policy) == ""


class Noon:
    """A clock that stands."""

    def now(self) -> datetime:
        """Always the same."""
        return NOW


@pytest.fixture(scope="module")
def aws() -> Iterator[AwsSandbox]:
    """One account."""
    account = CloudAccount(OWN, "own", "AKIAOWNSAGE", "secret")
    with AwsSandbox(Noon(), [account], region=REGION) as running:
        running.start()
        yield running


def test_over_sqs_what_died_is_received_again(aws: AwsSandbox) -> None:
    """The real calls: its id among the dead letters is the one that it was refused under."""
    sqs = aws.client("sqs", OWN)
    sqs.create_queue(QueueName="q-dead")
    policy = {"deadLetterTargetArn": f"arn:aws:sqs:{REGION}:{OWN}:q-dead", "maxReceiveCount": 1}
    attributes = {"RedrivePolicy": json.dumps(policy), "VisibilityTimeout": "0"}
    url = sqs.create_queue(QueueName="q", Attributes=attributes)["QueueUrl"]
    ids = {sqs.send_message(QueueUrl=url, MessageBody=f"body {n}")["MessageId"]: n for n in range(13)}
    for _ in range(4):
        sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)
    session = boto3.Session("AKIAOWNSAGE", "secret", region_name=REGION)
    named = f"https://sqs.{REGION}.amazonaws.com/{OWN}/q"
    layer = AwsLayer(session, AwsSettings(endpoint_url=aws.endpoint_url, queue_url=named))
    try:
        why = {id_: "even" if n % 2 == 0 else "odd" for id_, n in ids.items()}
        looked = redrive(layer.dead_letters(), lambda _: why, only_look=True)
        assert looked.left == {"even": 7, "odd": 6}
        assert redrive(layer.dead_letters(), lambda _: why, reason="even").back == {"even": 7}
        counts = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])["Attributes"]
        assert counts["ApproximateNumberOfMessages"] == "7"
        assert redrive(layer.dead_letters(), lambda _: why).back == {"odd": 6}
        bare = AwsLayer(session, AwsSettings(endpoint_url=aws.endpoint_url, queue_url=f"{named}-dead"))
        with pytest.raises(BadRequest, match="no dead-letter queue"):
            bare.dead_letters()
        bare.close()
    finally:
        layer.close()


def test_the_command_reads_reasons_from_the_database(aws: AwsSandbox, tmp_path: Path) -> None:
    """Settings, store and queue together: told first, then put back, then nothing is left."""
    sqs = aws.client("sqs", OWN)
    sqs.create_queue(QueueName="c-dead")
    policy = {"deadLetterTargetArn": f"arn:aws:sqs:{REGION}:{OWN}:c-dead", "maxReceiveCount": 1}
    attributes = {"RedrivePolicy": json.dumps(policy), "VisibilityTimeout": "0"}
    url = sqs.create_queue(QueueName="c", Attributes=attributes)["QueueUrl"]
    ids = [sqs.send_message(QueueUrl=url, MessageBody=f"body {n}")["MessageId"] for n in range(2)]
    for _ in range(2):
        sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)
    database = f"sqlite:///{tmp_path / 'sagewatch.db'}"
    engine = connect(database)
    migrate(engine)
    SqlTally(engine).refuse({ids[0]: "account 333333333333 is not in the fleet"}, NOW)
    engine.dispose()
    named = f"https://sqs.{REGION}.amazonaws.com/{OWN}/c"
    settings = Fixed(database_url=database, inbox=InboxPart(queue_url=named))
    world = World(session=boto3.Session("AKIAOWNSAGE", "secret", region_name=REGION), aws_url=aws.endpoint_url)
    said: list[str] = []
    for wish in (Wish(only_look=True), Wish(reason="fleet"), Wish(), Wish()):
        redriven(settings, world, AwsSettings(endpoint_url=aws.endpoint_url, queue_url=named), wish, said.append)
    known, unknown = "account 333333333333 is not in the fleet", UNKNOWN
    assert said[0].splitlines()[0] == "Dead: 2"
    assert said[1].splitlines() == ["Put back: 1", f"      1  {known}", "Left: 1", f"      1  {unknown}"]
    assert said[2:] == [f"Put back: 1\n      1  {unknown}\n", "Put back: 0\n"]
