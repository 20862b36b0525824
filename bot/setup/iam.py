"""IAM policies, written from the actions that the adapters declare."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.logic.mutes import OURS
from bot.setup.iam_trail import TrailNames, bot_trail_grants

Policy = dict[str, Any]
Grant = tuple[str, str]
"""An action and one ARN pattern that it is allowed on."""

_FREE = frozenset({"sts:GetCallerIdentity"})
"""Nobody needs a permission for these (STS API reference)."""
_WITH = {"s3:GetObject": "s3:ListBucket", "cloudwatch:PutMetricAlarm": "cloudwatch:TagResource"}
"""What goes along with an action.

Without the right to list, S3 says 403 of an object that is not there, and missing looks like refused (S3 API). Who
makes an alarm with tags needs the right to tag it (CloudWatch API: PutMetricAlarm).
"""
_IN_A_NAME = ("sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession")
"""Becoming a role with the person's name on the session (IAM User Guide: source identity, session tags)."""
_QUEUE = ("ChangeMessageVisibility", "DeleteMessage", "GetQueueAttributes", "ReceiveMessage")
_IN, _DEAD = "arn:aws:sqs:*:{account}:{queue}", "arn:aws:sqs:*:{account}:{queue}-dead*"
"""The queue, and its dead letters as docs/reports.md calls them."""
_SAGEMAKER = "arn:aws:sagemaker:*:*:"
_ALARM, _MUTE = "arn:aws:cloudwatch:*:*:alarm:", "arn:aws:cloudwatch:*:*:alarm-mute-rule:"
_READ_FILES = ("analysis.json", "constraint_violations.json", "constraints.json", "evaluation.json", "statistics.json")
"""What the bot reads of a monitor's or a model package's bucket.

What was captured lies in the same one and is none of its business.
"""
_COUNTED = ("arn:aws:s3:::{bucket}/*.jsonl",)
"""Captured data and ground truth: opened only where the settings say that predictions are counted."""
_SOURCES_ONLY = frozenset({"oam:GetLink"})
"""What is read where a link lives: the observability account has no link to itself."""
_ON = {
    "cloudwatch:DeleteAlarmMuteRule": (f"{_MUTE}{OURS}*",),
    "cloudwatch:DeleteAlarms": (f"{_ALARM}{OURS}*",),
    "cloudwatch:GetAlarmMuteRule": (f"{_MUTE}*",),
    "cloudwatch:ListTagsForResource": (f"{_ALARM}{OURS}*",),
    "cloudwatch:PutAlarmMuteRule": (f"{_ALARM}*", f"{_MUTE}{OURS}*"),
    "cloudwatch:PutMetricAlarm": (f"{_ALARM}{OURS}*",),
    "cloudwatch:TagResource": (f"{_ALARM}{OURS}*",),
    "oam:GetLink": ("arn:aws:oam:*:*:link/*",),
    "oam:ListAttachedLinks": ("arn:aws:oam:*:{account}:sink/*",),
    "s3:GetObject": tuple(f"arn:aws:s3:::{{bucket}}/*/{name}" for name in _READ_FILES),
    "s3:ListBucket": ("arn:aws:s3:::{bucket}",),
    "sagemaker:DescribeDataQualityJobDefinition": (f"{_SAGEMAKER}data-quality-job-definition/*",),
    "sagemaker:DescribeEndpoint": (f"{_SAGEMAKER}endpoint/*",),
    "sagemaker:DescribeEndpointConfig": (f"{_SAGEMAKER}endpoint-config/*",),
    "sagemaker:DescribeModelPackage": (f"{_SAGEMAKER}model-package/*",),
    "sagemaker:DescribeModelBiasJobDefinition": (f"{_SAGEMAKER}model-bias-job-definition/*",),
    "sagemaker:DescribeModelExplainabilityJobDefinition": (f"{_SAGEMAKER}model-explainability-job-definition/*",),
    "sagemaker:DescribeModelQualityJobDefinition": (f"{_SAGEMAKER}model-quality-job-definition/*",),
    "sagemaker:DescribeMonitoringSchedule": (f"{_SAGEMAKER}monitoring-schedule/*",),
    "sagemaker:DescribeProcessingJob": (f"{_SAGEMAKER}processing-job/*",),
    "sagemaker:ListTags": (f"{_SAGEMAKER}endpoint/*", f"{_SAGEMAKER}monitoring-schedule/*"),
    "sagemaker:StartMonitoringSchedule": (f"{_SAGEMAKER}monitoring-schedule/*",),
    "sagemaker:StopMonitoringSchedule": (f"{_SAGEMAKER}monitoring-schedule/*",),
    "sagemaker:UpdateModelPackage": (f"{_SAGEMAKER}model-package/*",),
    **{f"sqs:{act}": (_IN,) for act in _QUEUE},
    "sqs:GetQueueAttributes": (_IN, _DEAD),
    "sts:AssumeRole": ("arn:aws:iam::*:role/{read_role}",),
}
"""What each action is about (Service Authorization Reference); one that is not here is allowed on `*`."""


@dataclass(frozen=True, slots=True)
class Rights:
    """The actions that the adapters declare, by whose policy they belong in; the app hands them in."""

    bot: frozenset[str]
    read: frozenset[str]
    operate: frozenset[str] = frozenset()
    trail: frozenset[str] = frozenset()
    """Of the bot's own role, where a trail is set up."""
    trail_read: frozenset[str] = frozenset()
    """Of the read role, where a trail is set up."""
    redrive: frozenset[str] = frozenset()
    """Of whoever puts dead letters back into the queue."""


@dataclass(frozen=True, slots=True)
class Names:
    """What stands in the policies; the words in capitals are for the reader to replace, and AWS refuses them."""

    account: str = "OBSERVABILITY-ACCOUNT"
    buckets: tuple[str, ...] = ("MONITOR-BUCKET",)
    bot_role: str = "sagewatch-bot"
    read_role: str = "sagewatch-read"
    operator_role: str = "sagewatch-operate"
    external_id: str = ""
    counting: bool = False
    """Captured data and labels may be opened too, to count predictions."""
    drops: tuple[tuple[str, str], ...] = ()
    """Bucket and prefix where other monitors drop reports."""
    queue: str = "REPORT-QUEUE"
    """The queue that events arrive in; empty where there is none."""
    trail: TrailNames | None = field(default_factory=TrailNames)
    """None where no trail is set up."""


@dataclass(frozen=True, slots=True)
class Document:
    """One policy and where it belongs."""

    title: str
    where: str
    policy: Policy


def read_grants(rights: Rights, names: Names) -> tuple[Grant, ...]:
    """What the read role may do in its account."""
    wanted = rights.read - _FREE
    granted = _grants(_with_others(wanted), names)
    dropped = (grant for bucket, prefix in names.drops for grant in _dropped(bucket, prefix))
    return tuple(dict.fromkeys((*granted, *dropped)))


def _dropped(bucket: str, prefix: str) -> tuple[Grant, ...]:
    """Reading what lies under a prefix, up to the first date in it."""
    under = prefix.partition("%")[0]
    return (("s3:GetObject", f"arn:aws:s3:::{bucket}/{under}*"), ("s3:ListBucket", f"arn:aws:s3:::{bucket}"))


def operator_grants(rights: Rights, names: Names) -> tuple[Grant, ...]:
    """What the operator role may do in its account."""
    return _grants(_with_others(rights.operate - _FREE), names)


def _with_others(wanted: frozenset[str]) -> frozenset[str]:
    return wanted | {also for action, also in _WITH.items() if action in wanted}


def bot_grants(rights: Rights, names: Names) -> tuple[Grant, ...]:
    """What the bot's own role may do: its own account is read with it, without another role, and changed by none."""
    read = Rights(rights.bot, rights.read - _SOURCES_ONLY)
    operator = f"arn:aws:iam::*:role/{names.operator_role}"
    becomes = tuple((action, operator) for action in _IN_A_NAME) if rights.operate else ()
    unused = frozenset() if names.queue else frozenset(f"sqs:{act}" for act in _QUEUE)
    return (*_grants(rights.bot - _FREE - unused, names), *becomes, *read_grants(read, names))


def policy(grants: Iterable[Grant]) -> Policy:
    """A policy document, actions on the same ARNs in one statement."""
    arns: dict[str, tuple[str, ...]] = {}
    for action, arn in grants:
        arns[action] = (*arns.get(action, ()), arn)
    actions: dict[tuple[str, ...], list[str]] = {}
    for action, on in arns.items():
        actions.setdefault(on, []).append(action)
    return _document({"Action": _bare(done), "Resource": _bare(on)} for on, done in actions.items())


def trust(names: Names, *, in_a_name: bool = False) -> Policy:
    """Who may become the read or the operator role: the bot's role alone, with the external id where one is set.

    The operator role is assumed `in_a_name`: the session says for whom.
    """
    required = {"aws:PrincipalArn": f"arn:aws:iam::{names.account}:role/{names.bot_role}"}
    if names.external_id:
        required["sts:ExternalId"] = names.external_id
    root = {"AWS": f"arn:aws:iam::{names.account}:root"}
    condition = {"StringEquals": required}
    actions = _bare(_IN_A_NAME if in_a_name else _IN_A_NAME[:1])
    return _document([{"Principal": root, "Action": actions, "Condition": condition}])


def documents(rights: Rights, names: Names) -> tuple[Document, ...]:
    """Everything that has to be made in IAM; of the operator role only when something is done with it."""
    sources = "in each account that is read, the observability account excepted"
    bot = policy(bot_grants(rights, names))
    return (
        Document(f"Trust policy of role {names.read_role}", sources, trust(names)),
        Document(f"Policy of role {names.read_role}", sources, policy(read_grants(rights, names))),
        *_operator_documents(rights, names),
        Document(f"Policy of role {names.bot_role}", "in the observability account, where the bot runs as it", bot),
        *_trail_documents(rights, names),
        *_redrive_documents(rights, names),
    )


def redrive_grants(rights: Rights, names: Names) -> tuple[Grant, ...]:
    """What moves dead letters back: the queue takes them, its dead-letter queue gives them."""
    said = {"account": names.account, "queue": names.queue}
    both = {"sqs:GetQueueAttributes": (_IN, _DEAD), "sqs:SendMessage": (_IN,)}
    return tuple((act, arn.format(**said)) for act in sorted(rights.redrive) for arn in both.get(act, (_DEAD,)))


def _redrive_documents(rights: Rights, names: Names) -> Iterator[Document]:
    if rights.redrive and names.queue:
        where = "in the observability account, by whoever runs `python -m bot redrive`; the bot itself needs it not"
        yield Document("Policy for redrive", where, policy(redrive_grants(rights, names)))


def trail_read_grants(rights: Rights) -> tuple[Grant, ...]:
    """What the read role may do besides where a trail is set up; CloudTrail knows no resources here."""
    return tuple((action, "*") for action in sorted(rights.trail_read))


def _trail_documents(rights: Rights, names: Names) -> Iterator[Document]:
    if names.trail is None or not rights.trail:
        return
    sources = "in each account whose trail is read, to see what no log file has yet"
    grants = bot_trail_grants(rights.trail, names.account, names.trail)
    recent = trail_read_grants(rights)
    yield Document(f"Policy of role {names.read_role} for the trail", sources, policy(recent))
    where = "in the observability account, where the table over the log files is"
    # The bot reads its own account without another role.
    yield Document(f"Policy of role {names.bot_role} for the trail", where, policy((*grants, *recent)))


def _operator_documents(rights: Rights, names: Names) -> Iterator[Document]:
    if rights.operate:
        where = (
            "in each account where operators may change something through the bot, and in the observability account, "
            "where alarms on linked accounts' metrics are made"
        )
        yield Document(f"Trust policy of role {names.operator_role}", where, trust(names, in_a_name=True))
        yield Document(f"Policy of role {names.operator_role}", where, policy(operator_grants(rights, names)))


def text(rights: Rights, names: Names) -> str:
    """For a terminal: headings and JSON."""
    return "\n".join(f"# {d.title}, {d.where}\n{_json(d.policy)}" for d in documents(rights, names))


def page(rights: Rights, names: Names) -> str:
    """For the documents: the body of a page in Markdown."""
    return "\n".join(
        f"## {d.title}\n\nNeeded {d.where}.\n\n```json\n{_json(d.policy)}```\n" for d in documents(rights, names)
    )


def _grants(actions: Iterable[str], names: Names) -> tuple[Grant, ...]:
    return tuple((action, arn) for action in sorted(actions) for arn in _arns(action, names))


def _arns(action: str, names: Names) -> Iterator[str]:
    counted = _COUNTED if names.counting and action == "s3:GetObject" else ()
    for pattern in (*_ON.get(action, ("*",)), *counted):
        buckets = names.buckets if "{bucket}" in pattern else ("",)
        said = {"account": names.account, "read_role": names.read_role, "queue": names.queue}
        yield from (pattern.format(bucket=bucket, **said) for bucket in buckets)


def _document(statements: Iterable[Policy]) -> Policy:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **one} for one in statements]}


def _bare(texts: Sequence[str]) -> str | list[str]:
    return texts[0] if len(texts) == 1 else list(texts)


def _json(found: Policy) -> str:
    return json.dumps(found, indent=2) + "\n"
