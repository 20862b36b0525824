"""What the AWS layer is told by the settings; the app fills it in."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from bot.aws.trail_settings import TrailSettings
from bot.model.account import Account
from bot.model.place import ServiceRule
from bot.model.report import Source


def no_rules() -> Sequence[ServiceRule]:
    """Nothing is said of services."""
    return ()


@dataclass(frozen=True, slots=True)
class AwsSettings:
    """Where to look and as whom."""

    regions: tuple[str, ...] = ()
    """Regions to watch; empty: the session's own."""
    read_role: str = "sagewatch-read"
    """Assumed in each account, the bot's own excepted."""
    operate_role: str = "sagewatch-operate"
    """Assumed for a single act of an operator, in the bot's own account too."""
    operators: tuple[str, ...] | None = None
    """Ids of the accounts that operators may change, empty for every one; None where nobody is one."""
    external_id: str | None = None
    accounts: tuple[Account, ...] = ()
    """Accounts that are not linked; without Regions they have those of `regions`."""
    own_label: str = ""
    """What people call the bot's own account; its id when empty."""
    assume_own: bool = False
    """Assume the read role in the bot's own account too, instead of its own credentials."""
    endpoint_url: str | None = None
    """Forces every call to this address; None asks AWS."""
    workers: int = 32
    """Threads that ask, for all questions together; above 32 boto3 is bound by the interpreter.

    A Region takes at most half of them when several are asked.
    """
    per_account: int = 2
    """Calls that run at once in one account, whoever asks: SageMaker's quotas are an account's."""
    report_cap_bytes: int = 5 * 1024 * 1024
    """A report larger than this is not read: its address belongs to the other account."""
    count_predictions: bool = False
    """Open captured data and labels of a failed run, to count how many predictions have a label."""
    schedule_ttl: timedelta = timedelta(minutes=5)
    """How long a schedule's cadence and tags are believed."""
    sources: tuple[Source, ...] = ()
    """Where other monitors drop their reports."""
    trail: TrailSettings | None = None
    """Where the trail is; None: nothing is asked of it."""
    queue_url: str = ""
    """The bot's own queue; empty: none."""
    look_back: timedelta = timedelta(hours=26)
    """How far back the poll looks."""
    service_rules: Callable[[], Sequence[ServiceRule]] = no_rules
    """What the settings say of services just now."""
