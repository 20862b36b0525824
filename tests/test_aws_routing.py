"""Routed credentials: each call is signed for its own account, whoever else calls at that moment, or not at all."""

import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import boto3
import pytest

from bot.aws.asking import asked_by
from bot.aws.hub import Hub, Target
from bot.aws.routing import NoTarget
from bot.aws.settings import AwsSettings
from bot.errors import AccessDenied, BotError, SourceError, TimedOut
from bot.model.account import Account, Scope
from bot.model.person import Person
from bot.ports.ask import Ask

REGION = "us-gov-west-1"
OWN = "100000000000"
ACCOUNTS = [Account(f"{500000000000 + n}", f"account-{n}", (REGION,)) for n in range(50)]
IDENTITY = """<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws-us-gov:iam::{0}:user/x</Arn>
<UserId>x</UserId><Account>{0}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"""
ASSUMED = """<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIA{0}</AccessKeyId>
<SecretAccessKey>s</SecretAccessKey><SessionToken>token-{0}</SessionToken><Expiration>{1}</Expiration></Credentials>
</AssumeRoleResult></AssumeRoleResponse>"""


class Sts(ThreadingHTTPServer):
    """STS that answers with the account whose key signed the call; an assumed key is `ASIA` and the account."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.roles: list[str] = []
        self.sessions: list[dict[str, str]] = []
        self.tokens: set[tuple[str, str]] = set()
        self.lasts = timedelta(hours=1)
        self.slow_s = 0.0
        self.fails = False
        self.answered = 0

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    """One connection's calls."""

    protocol_version = "HTTP/1.1"
    server: Sts

    def do_POST(self) -> None:
        """Either of the two operations."""
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        said = {name: values[0] for name, values in form.items()}
        signed = re.search(r"Credential=(?:AKIA|ASIA)(\d{12})/", self.headers["Authorization"])
        assert signed
        time.sleep(self.server.slow_s)
        self.server.answered += 1
        if self.server.fails:
            self._send("<ErrorResponse><Error><Code>InternalFailure</Code></Error></ErrorResponse>", 500)
        elif said["Action"] == "AssumeRole":
            self._send(self._assume(said))
        else:
            self.server.tokens.add((signed[1], self.headers.get("X-Amz-Security-Token", "")))
            self._send(IDENTITY.format(signed[1]))

    def _assume(self, said: dict[str, str]) -> str:
        self.server.roles.append(said["RoleArn"])
        self.server.sessions.append(said)
        return ASSUMED.format(said["RoleArn"].split(":")[4], (datetime.now(UTC) + self.server.lasts).isoformat())

    def _send(self, body: str, status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the name that http.server gives it
        """Nothing: the server remembers what matters."""


@pytest.fixture
def sts() -> Iterator[Sts]:
    """On loopback, a thread a connection."""
    server = Sts()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def hub(sts: Sts) -> Iterator[Hub]:
    """As the bot, in GovCloud."""
    made = hub_of(sts)
    yield made
    made.close()


def hub_of(sts: Sts, **settings: object) -> Hub:
    """A hub whose own keys belong to the account 100000000000."""
    given: dict[str, object] = {"endpoint_url": sts.url, "workers": 32, **settings}
    return Hub(boto3.Session(f"AKIA{OWN}", "secret", region_name=REGION), AwsSettings(**given))  # type: ignore[arg-type]


def caller(hub: Hub, account: Account) -> str:
    """Who the call was signed as."""
    return str(hub.call(Target(account, REGION), "sts", "GetCallerIdentity")["Account"])


def test_fifty_accounts_from_32_threads_are_never_mistaken_and_each_is_assumed_once(hub: Hub, sts: Sts) -> None:
    """1,500 calls through one client; the reply names the account of the key that signed it."""
    asked = [ACCOUNTS[(n * 7) % 50] for n in range(1500)]
    with ThreadPoolExecutor(32) as pool:
        answered = list(pool.map(lambda account: caller(hub, account), asked))
    assert answered == [account.id for account in asked]
    assert Counter(sts.roles) == Counter(f"arn:aws-us-gov:iam::{a.id}:role/sagewatch-read" for a in ACCOUNTS)
    assert {s["RoleSessionName"] for s in sts.sessions} == {"sagewatch"}
    assert sts.tokens - {(OWN, "")} == {(a.id, f"token-{a.id}") for a in ACCOUNTS}


def test_one_account_asked_by_many_at_once_is_assumed_once(hub: Hub, sts: Sts) -> None:
    """The others wait for the first."""
    sts.slow_s = 0.1
    with ThreadPoolExecutor(16) as pool:
        assert set(pool.map(lambda _: caller(hub, ACCOUNTS[0]), range(16))) == {ACCOUNTS[0].id}
    assert len(sts.roles) == 1


def test_accounts_do_not_wait_for_each_other_to_be_assumed(hub: Hub, sts: Sts) -> None:
    """Sixteen AssumeRole calls of 0.2 s take less than one after another."""
    caller(hub, ACCOUNTS[49])
    sts.slow_s = 0.2
    began = time.monotonic()
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda account: caller(hub, account), ACCOUNTS[:16]))
    assert time.monotonic() - began < 0.2 * 16


def test_without_a_target_nothing_is_signed(hub: Hub, sts: Sts) -> None:
    """A call outside of any target fails before it is sent."""
    caller(hub, ACCOUNTS[0])
    before = len(sts.tokens)
    with pytest.raises(NoTarget):
        hub.client("sts", REGION).get_caller_identity()
    assert len(sts.tokens) == before


def test_another_thread_does_not_inherit_a_target(hub: Hub) -> None:
    """A bare thread has no target until it is given one."""
    caller(hub, ACCOUNTS[0])
    with ThreadPoolExecutor(1) as pool, pytest.raises(NoTarget):
        pool.submit(hub.client("sts", REGION).get_caller_identity).result()


def test_the_bot_s_own_account_is_asked_with_its_own_keys(hub: Hub, sts: Sts) -> None:
    """Unless the settings want the role there too."""
    own = Account(OWN, "own", (REGION,))
    assert caller(hub, own) == OWN
    assert sts.roles == []
    assuming = hub_of(sts, assume_own=True, external_id="word")
    assert caller(assuming, own) == OWN
    assuming.close()
    assert sts.roles == [f"arn:aws-us-gov:iam::{OWN}:role/sagewatch-read"]
    assert (sts.sessions[0]["ExternalId"], sts.sessions[0]["DurationSeconds"]) == ("word", "3600")


def test_credentials_near_their_end_are_renewed(hub: Hub, sts: Sts) -> None:
    """Nine minutes left is within botocore's mandatory ten."""
    sts.lasts = timedelta(minutes=9)
    for _ in range(3):
        caller(hub, ACCOUNTS[0])
    assert len(sts.roles) == 3


def test_without_credentials_the_error_says_so(sts: Sts, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with no keys, profile or role."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_CONTAINER_CREDENTIALS_FULL_URI"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    hub = Hub(boto3.Session(region_name=REGION), AwsSettings(endpoint_url=sts.url))
    with pytest.raises(AccessDenied, match="no AWS credentials"):
        caller(hub, ACCOUNTS[0])
    hub.close()


def test_nobody_listening_is_told_with_the_region() -> None:
    """A wrong Region or a network without a way out."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    server.server_close()
    hub = Hub(
        boto3.Session(f"AKIA{OWN}", "secret", region_name=REGION),
        AwsSettings(endpoint_url=f"http://127.0.0.1:{server.server_port}"),
    )
    with pytest.raises(TimedOut, match=f"could not be reached in {REGION}"):
        caller(hub, ACCOUNTS[0])
    hub.close()


def test_a_hub_without_any_region_is_refused() -> None:
    """Neither the settings nor the session name one."""

    class Nowhere(boto3.Session):
        """A session whose machine has no Region configured."""

        region_name = None

    with pytest.raises(BotError, match="No AWS Region") as refused:
        Hub(Nowhere("AKIA", "x"), AwsSettings())
    assert "aws.regions" in refused.value.next_step


def question(cancelled: Callable[[], bool], seconds: float = 30) -> Ask:
    """Somebody's, who may lose interest."""
    person = Person("U1", "T1", "Ana")
    return Ask(person, datetime(2026, 11, 2, tzinfo=UTC), Scope(()), time.monotonic() + seconds, cancelled=cancelled)


@pytest.mark.parametrize(("seconds", "cancelled"), [(30, True), (0, False)])
def test_for_a_question_that_is_over_no_role_is_assumed_and_nothing_is_sent(
    hub: Hub, sts: Sts, seconds: float, *, cancelled: bool
) -> None:
    """Cancelled or at its deadline."""
    caller(hub, ACCOUNTS[0])
    before = sts.answered
    with pytest.raises(TimedOut, match="over"):
        asked_by(question(lambda: cancelled, seconds), lambda: caller(hub, ACCOUNTS[1]))
    with pytest.raises(TimedOut, match="over"):
        asked_by(question(lambda: cancelled, seconds), lambda: caller(hub, ACCOUNTS[0]))
    assert sts.answered == before


def test_a_question_that_ends_meanwhile_is_not_tried_again(hub: Hub, sts: Sts) -> None:
    """Its first attempt fails while somebody waits, its second would be for nobody."""
    caller(hub, ACCOUNTS[0])
    before, sts.fails = sts.answered, True
    with pytest.raises(TimedOut, match="over"):
        asked_by(question(lambda: sts.answered > before), lambda: caller(hub, ACCOUNTS[0]))
    assert sts.answered == before + 1


def test_trouble_at_aws_is_tried_three_times(hub: Hub, sts: Sts) -> None:
    """While somebody waits."""
    caller(hub, ACCOUNTS[0])
    before, sts.fails = sts.answered, True
    with pytest.raises(SourceError, match="failed"):
        asked_by(question(bool), lambda: caller(hub, ACCOUNTS[0]))
    assert sts.answered == before + 3
