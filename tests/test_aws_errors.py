"""What botocore raises is told with role, action and account, and with a next step."""

import pytest
from botocore import exceptions as boto

from bot.aws.errors import Call, translated, where
from bot.errors import AccessDenied, Missing, SourceError, Throttled, TimedOut
from bot.model.account import Account

ACCOUNT = Account("222222222222", "ml-production", ("us-west-2",))
CALL = Call(ACCOUNT, "us-west-2", "sagewatch-read", "sagemaker:ListMonitoringExecutions")
OWN = Call(ACCOUNT, "us-west-2", "", "oam:ListSinks")
EVIL = "<!channel> see https://evil.example"


def refusal(
    code: str, message: str = EVIL, operation: str = "ListMonitoringExecutions", status: int = 400
) -> Exception:
    """As botocore raises what AWS answers."""
    answer = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return boto.ClientError(answer, operation)


@pytest.mark.parametrize(
    ("error", "kind", "cause"),
    [
        (
            refusal("AccessDeniedException"),
            AccessDenied,
            "role sagewatch-read in ml-production (222222222222) lacks sagemaker:ListMonitoringExecutions",
        ),
        (
            refusal("AccessDenied", "User: arn:aws:sts::1:x is not authorized to perform: kms:Decrypt on resource: y"),
            AccessDenied,
            "role sagewatch-read in ml-production (222222222222) lacks kms:Decrypt",
        ),
        (
            refusal("AccessDenied", "not authorized to perform: s3:GetObject with an explicit deny in a policy"),
            AccessDenied,
            "role sagewatch-read in ml-production (222222222222) is denied s3:GetObject by a policy",
        ),
        (
            refusal("AccessDenied", operation="AssumeRole"),
            AccessDenied,
            "cannot assume role sagewatch-read in ml-production (222222222222)",
        ),
        (
            refusal("ThrottlingException"),
            Throttled,
            "AWS throttles sagemaker:ListMonitoringExecutions in ml-production (222222222222)",
        ),
        (
            refusal("Throttling", operation="AssumeRole"),
            Throttled,
            "AWS throttles sts:AssumeRole in ml-production (222222222222)",
        ),
        (refusal("SlowDown", status=503), Throttled, "AWS throttles"),
        (refusal("NoSuchKey", status=404), Missing, "is not there in ml-production (222222222222)"),
        (refusal("ResourceNotFound"), Missing, "is not there"),
        (refusal("ValidationException", 'Could not find endpoint "x".'), Missing, "is not there"),
        (refusal("ExpiredTokenException"), AccessDenied, "credentials have expired"),
        (refusal("UnrecognizedClientException"), AccessDenied, "does not know the bot's credentials in us-west-2"),
        (refusal("RegionDisabledException"), AccessDenied, "Region us-west-2 is not enabled"),
        (refusal("SignatureDoesNotMatch"), AccessDenied, "signature"),
        (refusal("RequestTimeTooSkewed"), AccessDenied, "clock"),
        (
            refusal("InternalFailure", status=500),
            SourceError,
            "failed in ml-production (222222222222): InternalFailure",
        ),
        (refusal("ValidationException"), SourceError, "ValidationException"),
        (refusal(EVIL), SourceError, "an unknown error"),
        (boto.ConnectTimeoutError(endpoint_url="http://x"), TimedOut, "in time"),
        (boto.ReadTimeoutError(endpoint_url="http://x"), TimedOut, "in time"),
        (boto.EndpointConnectionError(endpoint_url="http://x"), TimedOut, "could not be reached in us-west-2"),
        (boto.ConnectionClosedError(endpoint_url="http://x"), TimedOut, "broke off"),
        (boto.IncompleteReadError(actual_bytes=1, expected_bytes=2), TimedOut, "broke off"),
        (boto.NoCredentialsError(), AccessDenied, "no AWS credentials"),
        (boto.CredentialRetrievalError(provider="x", error_msg="y"), AccessDenied, "expired"),
        (boto.ParamValidationError(report="x"), SourceError, "ParamValidationError"),
    ],
)
def test_each_error_says_who_lacks_what_and_what_to_do(error: Exception, kind: type, cause: str) -> None:
    """The cause is ours from its first word to its last; AWS's own sentence is not repeated."""
    told = translated(error, CALL)
    assert type(told) is kind
    assert cause in told.cause
    assert told.next_step
    assert "evil" not in told.cause + told.next_step


@pytest.mark.parametrize(
    ("error", "retryable"),
    [
        (refusal("ThrottlingException"), True),
        (refusal("ServiceUnavailable", status=503), True),
        (boto.ReadTimeoutError(endpoint_url="http://x"), True),
        (refusal("ExpiredTokenException"), True),
        (refusal("AccessDenied", operation="AssumeRole"), True),
        (boto.NoCredentialsError(), True),
        (refusal("AccessDeniedException"), False),
        (refusal("ValidationException"), False),
    ],
)
def test_it_says_whether_asking_again_can_help(error: Exception, *, retryable: bool) -> None:
    """Throttling, time-outs, trouble at AWS or with credentials pass; a missing right is the thing's own."""
    assert translated(error, CALL).retryable is retryable


def test_the_bot_s_own_role_is_called_so() -> None:
    """In its own account no role was assumed."""
    assert translated(refusal("AccessDenied"), OWN).cause == (
        "the bot's own role in ml-production (222222222222) lacks oam:ListSinks"
    )


def test_an_account_is_named_by_what_is_known_of_it() -> None:
    """Label and id; the id once when there is no label."""
    assert where(ACCOUNT) == "ml-production (222222222222)"
    assert where(Account("222222222222", "222222222222", ())) == "222222222222"
    assert where(Account("", "the bot's own account", ())) == "the bot's own account"
