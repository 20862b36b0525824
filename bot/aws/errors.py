"""The one translation of botocore's exceptions into ours, written for the person who reads them.

Of AWS's own text only an error code and an action name are let through: the rest may hold names that others chose.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from botocore import exceptions as boto

from bot.errors import AccessDenied, Missing, SourceError, Throttled, TimedOut
from bot.model.account import Account

DENIED = frozenset(
    {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError", "Forbidden", "403"}
)
THROTTLED = frozenset(
    {
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "RequestThrottled",
        "RequestThrottledException",
        "RequestLimitExceeded",
        "TooManyRequestsException",
        "LimitExceededException",
        "BandwidthLimitExceeded",
        "SlowDown",
        "PriorRequestNotComplete",
    }
)
"""As botocore's `standard` retries know them."""
MISSING = frozenset(
    {
        "EntityNotFoundException",
        "NoSuchKey",
        "NoSuchBucket",
        "ResourceNotFound",
        "ResourceNotFoundException",
        "NotFound",
        "NoSuchEntity",
        "404",
        "QueueDoesNotExist",
        "AWS.SimpleQueueService.NonExistentQueue",
    }
)
EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"})
UNKNOWN_KEY = frozenset(
    {"InvalidClientTokenId", "UnrecognizedClientException", "InvalidAccessKeyId", "AuthFailure", "OptInRequired"}
)
"""What AWS answers to a key that a Region does not know; opt-in Regions that are off answer so to every key."""
WRONG_SIGNATURE = frozenset({"SignatureDoesNotMatch", "IncompleteSignature", "InvalidSignatureException"})
SKEWED = frozenset({"RequestTimeTooSkewed", "RequestInTheFuture"})
WRONG_REGION = frozenset({"RegionDisabledException", "PermanentRedirect", "AuthorizationHeaderMalformed"})
UNAVAILABLE = frozenset({"InternalFailure", "InternalError", "InternalServerError", "ServiceUnavailable", "500", "503"})
TIMEOUTS = (boto.ConnectTimeoutError, boto.ReadTimeoutError)
UNREACHED = (boto.ConnectionError, boto.HTTPClientError)
NO_KEYS = (boto.NoCredentialsError, boto.PartialCredentialsError, boto.ProfileNotFound)
STALE_KEYS = (boto.CredentialRetrievalError, boto.TokenRetrievalError, boto.SSOError, boto.LoginError)
BROKEN_OFF = (boto.ResponseStreamingError, boto.IncompleteReadError, boto.ConnectionClosedError)

_ACTION = re.compile(r"not authorized to perform: ([a-z0-9-]{2,40}:[A-Za-z]{2,64})\b")
_CODE = re.compile(r"[A-Za-z0-9.:_-]{1,64}")
_ABSENT = re.compile(r"\b(could not find|does not exist|not found)\b", re.IGNORECASE)
"""SageMaker says of many absent resources `ValidationException: Could not find …`."""


BECOMING = "sts:AssumeRole, sts:SetSourceIdentity and sts:TagSession"
"""What it takes to become a role in a person's name (IAM User Guide: source identity, session tags)."""


@dataclass(frozen=True, slots=True)
class Call:
    """What was asked, of whom and as whom. An empty `role` is the bot's own."""

    account: Account
    region: str
    role: str
    action: str
    becoming: str = "sts:AssumeRole"
    """What becoming the role takes, of its trust policy and of the bot."""

    @property
    def where(self) -> str:
        """The account as people read it: label and id."""
        return where(self.account)

    @property
    def who(self) -> str:
        """The role that asked, with its account."""
        return f"role {self.role} in {self.where}" if self.role else f"the bot's own role in {self.where}"


def where(account: Account) -> str:
    """An account in a sentence: label and id, or the one that is known."""
    if account.id and account.label and account.label != account.id:
        return f"{account.label} ({account.id})"
    return account.label or account.id


@contextmanager
def translating(call: Call) -> Iterator[None]:
    """Turn what botocore raises inside into a SourceError; the original goes with it as `__cause__`."""
    try:
        yield
    except (boto.ClientError, boto.BotoCoreError) as error:
        raise translated(error, call) from error


def translated(error: Exception, call: Call) -> SourceError:
    """The SourceError that says who lacks what, and what to do."""
    if isinstance(error, boto.ClientError):
        return _refused(error, call)
    if isinstance(error, NO_KEYS):
        return _keyless("the bot has no AWS credentials", "Give its process a role, a profile or keys.")
    if isinstance(error, STALE_KEYS):
        return _stale()
    return _unanswered(error, call)


def lasting(error: SourceError) -> SourceError:
    """The error, if asking again cannot help; else it is raised."""
    if error.retryable:
        raise error
    return error


def _unanswered(error: Exception, call: Call) -> SourceError:
    if isinstance(error, TIMEOUTS):
        return TimedOut(f"{call.where} did not answer {call.action} in {call.region} in time", "Ask again.")
    if isinstance(error, BROKEN_OFF):
        return TimedOut(f"the answer of {call.where} to {call.action} broke off", "Ask again.")
    if isinstance(error, UNREACHED):
        return TimedOut(
            f"AWS could not be reached in {call.region} for {call.where}",
            f"Check the network and that {call.region} is a Region.",
        )
    return SourceError(f"{call.action} failed in {call.where}: {type(error).__name__}", "The log has the details.")


def _refused(error: boto.ClientError, call: Call) -> SourceError:
    said = error.response.get("Error", {})
    code, text = str(said.get("Code", "")), str(said.get("Message", ""))
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    assuming = error.operation_name == "AssumeRole"
    if code in THROTTLED:
        action = "sts:AssumeRole" if assuming else call.action
        return Throttled(f"AWS throttles {action} in {call.where}", "Ask again in a minute.")
    if code in DENIED:
        return _cannot_assume(call) if assuming else _denied(text, call)
    if code in MISSING or (code.startswith("Validation") and _ABSENT.search(text)):
        return Missing(f"what {call.action} asked for is not there in {call.where}", "It may have been deleted.")
    return _unusable(code, call) or _failed(code, status, call)


def _keyless(cause: str, next_step: str) -> AccessDenied:
    """Trouble with credentials: nobody was refused this very thing, so it is asked for again once they are right."""
    refusal = AccessDenied(cause, next_step)
    refusal.retryable = True
    return refusal


def _cannot_assume(call: Call) -> AccessDenied:
    return _keyless(
        f"cannot assume {call.who}",
        "Check that the role exists, that its trust policy names the bot (and its external id), "
        f"and that the bot may call {call.becoming} on it.",
    )


def _denied(text: str, call: Call) -> AccessDenied:
    named = _ACTION.search(text)
    action = named.group(1) if named else call.action
    if "explicit deny" in text:
        return AccessDenied(f"{call.who} is denied {action} by a policy", "Take the deny out of that policy.")
    return AccessDenied(f"{call.who} lacks {action}", "Add it to the role's policy.")


def _stale() -> AccessDenied:
    return _keyless("the bot's AWS credentials have expired", "Renew them, or give its process a role.")


def _unusable(code: str, call: Call) -> SourceError | None:
    """Credentials or Region that AWS does not take; None when the code says something else."""
    if code in EXPIRED:
        return _stale()
    if code in UNKNOWN_KEY:
        return _keyless(
            f"AWS does not know the bot's credentials in {call.region} for {call.where}",
            f"If {call.region} is an opt-in Region, enable it in that account or leave it out; else renew the keys.",
        )
    if code in WRONG_REGION:
        return AccessDenied(
            f"Region {call.region} is not enabled in {call.where}, or the data lies in another",
            "Enable it in that account, or leave it out of the settings.",
        )
    if code in WRONG_SIGNATURE:
        return _keyless("AWS does not accept the bot's signature", "Check the secret access key.")
    if code in SKEWED:
        return _keyless("the clock of the bot's machine is wrong", "Set the clock: AWS allows five minutes.")
    return None


def _failed(code: str, status: int, call: Call) -> SourceError:
    name = code if _CODE.fullmatch(code) else "an unknown error"
    failure = SourceError(f"{call.action} failed in {call.where}: {name}", "The log has the details.")
    if code in UNAVAILABLE or status in {500, 502, 503, 504}:
        failure.retryable = True
        failure.next_step = "AWS has trouble there; ask again."
    return failure
