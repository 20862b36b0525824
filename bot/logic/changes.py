"""What somebody changed that governance rests on, from CloudTrail's record of the call to a message about it.

Which calls: those that stop somebody from seeing (a monitor, data capture, an alarm, an account's link, the trail) or
that take something away. Members are the API's, their first letter in small (CloudTrail record contents).
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from bot.logic.actor import actor
from bot.logic.actor_words import how, who
from bot.logic.trail_records import moment
from bot.logic.words import listing
from bot.model.news import Change
from bot.model.reply import Text, Time
from bot.model.trail import Actor, KnownBy

API_CALL: Final = "AWS API Call via CloudTrail"
SOURCES: Final = ("aws.sagemaker", "aws.monitoring", "aws.oam", "aws.cloudtrail", "aws.s3")
"""Of EventBridge's events that tell of these calls."""
MOST_NAME: Final = 300


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of call: where it is recorded, the title's ending, and what follows from it."""

    source: str
    ending: str
    follows: str
    named: Callable[[Mapping[str, Any]], tuple[str, ...]]


def _of(*keys: str) -> Callable[[Mapping[str, Any]], tuple[str, ...]]:
    """The first of these members that is there."""

    def named(request: Mapping[str, Any]) -> tuple[str, ...]:
        return next(((str(request[key])[:MOST_NAME],) for key in keys if request.get(key)), ())

    return named


def _alarms(request: Mapping[str, Any]) -> tuple[str, ...]:
    names = request.get("alarmNames")
    return tuple(str(name)[:MOST_NAME] for name in names) if isinstance(names, list) else ()


_SCHEDULE: Final = _of("monitoringScheduleName")
_TRAIL: Final = _of("name", "trailName")
_LINK: Final = _of("identifier")
_SINK: Final = _of("sinkIdentifier", "identifier")
_BUCKET: Final = _of("bucketName")
KINDS: Final[Mapping[str, Kind]] = {
    "StopMonitoringSchedule": Kind("sagemaker", "was stopped", "It judges no data until it is started.", _SCHEDULE),
    "DeleteMonitoringSchedule": Kind("sagemaker", "was deleted", "Nothing judges its data any more.", _SCHEDULE),
    "UpdateMonitoringAlert": Kind("sagemaker", "alerts otherwise", "It alerts after as many runs as below.", _SCHEDULE),
    "DeleteEndpoint": Kind("sagemaker", "was deleted", "Whoever calls it gets errors.", _of("endpointName")),
    "UpdateEndpoint": Kind("sagemaker", "lost data capture", "Monitors live from it.", _of("endpointName")),
    "DeleteAlarms": Kind("monitoring", "was deleted", "Nobody is told by it any more.", _alarms),
    "DisableAlarmActions": Kind("monitoring", "was silenced", "It is judged, and calls nobody.", _alarms),
    "PutMetricAlarm": Kind("monitoring", "was loosened", "It fires later than before.", _of("alarmName")),
    "DeleteLink": Kind("oam", "was deleted", "The account's telemetry is no longer shared.", _LINK),
    "UpdateLink": Kind("oam", "was changed", "What the account shares may be less.", _LINK),
    "DeleteSink": Kind("oam", "was deleted", "No account's telemetry arrives any more.", _SINK),
    "PutSinkPolicy": Kind("oam", "has another policy", "It decides which accounts may share telemetry.", _SINK),
    "StopLogging": Kind("cloudtrail", "logs no more", "What happens now is in no log file, ever.", _TRAIL),
    "DeleteTrail": Kind("cloudtrail", "was deleted", "What happens now is in no log file, ever.", _TRAIL),
    "UpdateTrail": Kind("cloudtrail", "was changed", "Log files may lie elsewhere, or not come.", _TRAIL),
    "PutEventSelectors": Kind("cloudtrail", "selects other events", "Some calls may be in no log file.", _TRAIL),
    "PutBucketPolicy": Kind("s3", "has another policy", "It decides who may read and write log files.", _BUCKET),
    "DeleteBucketPolicy": Kind("s3", "lost its policy", "CloudTrail may not be able to write to it.", _BUCKET),
}
CHANGED: Final = Kind("monitoring", "was changed", "How it was before is not known.", _of("alarmName"))
"""An alarm that was there before, of which nobody can tell how it was."""
PUT: Final = Kind(
    "monitoring",
    "was made or changed",
    "Whether it was there before, and how it was then, is not known.",
    _of("alarmName"),
)
"""An alarm that the call may have made."""
WHAT: Final = {
    "sagemaker": "Monitor",
    "monitoring": "Alarm",
    "oam": "Telemetry link",
    "cloudtrail": "Trail",
    "s3": "Bucket of the trail",
}
_ROLES: Final = frozenset({"executionRoleArn", "roleArn"})


def change_of(record: Mapping[str, Any], account_id: str, region: str, *, polled: bool = False) -> Change | None:
    """None of a call that failed, is none of these and passes no role of another account. Nothing raises."""
    event, id_, at = str(record.get("eventName") or ""), record.get("eventID"), moment(record.get("eventTime"))
    request, identity = record.get("requestParameters"), record.get("userIdentity")
    if not isinstance(id_, str) or at is None or not isinstance(request, Mapping) or record.get("errorCode"):
        return None
    kind, source = KINDS.get(event), str(record.get("eventSource") or "").removesuffix(".amazonaws.com")
    known = kind is not None and kind.source == source
    if not known and not (source == "sagemaker" and passed_roles(request, account_id)):
        return None
    told = identity if isinstance(identity, Mapping) else {}
    return Change(id_, at, account_id, region, event, request, told, polled)


def passed_roles(request: Mapping[str, Any], account_id: str) -> tuple[str, ...]:
    """Roles of other accounts that a request hands on."""
    found = [str(request[key])[:MOST_NAME] for key in sorted(_ROLES & request.keys())]
    return tuple(role for role in found if role.startswith("arn:") and f":iam::{account_id}:" not in role)


def names_of(change: Change) -> tuple[str, ...]:
    """What it is about."""
    kind = KINDS.get(change.event)
    found = kind.named(change.request) if kind else ()
    return found or _of("endpointName", "modelName", "monitoringScheduleName", "processingJobName")(change.request)


def title(change: Change, names: Collection[str], label: str, known: Kind | None = None) -> str:
    """`Monitor bank-marketing-quality was stopped`; `label` is what its account is called.

    `known` is what the call came to, where that is not what such a call comes to by itself.
    """
    kind = known or KINDS.get(change.event)
    named = listing(tuple(map(_short, names)), most=3) or change.event
    if kind is None:
        return f"A role of another account was passed for {named}"
    if kind.source == "oam":  # its resources have ids for names
        what = f"Link of {label} to the observability account" if kind.named is _LINK else f"Telemetry sink of {label}"
        return f"{what} {kind.ending}"
    what = "Endpoint" if change.event in {"DeleteEndpoint", "UpdateEndpoint"} else WHAT[kind.source]
    return f"{what} {named} {kind.ending}"


def _short(name: str) -> str:
    """The name in an ARN; a name that is none may have slashes of its own."""
    return name.rpartition("/")[2] or name if name.startswith("arn:") else name


def text(change: Change, known: Kind | None = None) -> str:
    """What follows; and that no event told it."""
    kind = known or KINDS.get(change.event)
    follows = kind.follows if kind else "What runs with it acts in that account."
    return f"{follows} Found by the poll: no event told it." if change.polled else follows


def caller(change: Change, bot_role: str) -> Actor:
    """Who did it, by the ladder."""
    return actor(change.identity, bot_role)


def is_by_nobody(found: Actor) -> bool:
    """A service that works by itself. Who cannot be told at all may be anybody, and is told as unknown."""
    return found.known_by is KnownBy.SERVICE


def facts(change: Change, found: Actor) -> tuple[tuple[str, Text], ...]:
    """Who, how that is known, when, by which call, on what where the title has no name for it."""
    person = who(found)
    named: Text = person if isinstance(person, tuple) else (str(person),)
    told = (("By", named), ("Known by", (how(found),)), ("At", (Time(change.at),)), ("Call", (change.event,)))
    return (*told, *(("ARN", (name,)) for name in names_of(change) if name.startswith("arn:")))
