"""Reference pages, written from the code: a test fails when they are stale."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from bot.kit import Declared
from bot.loading import ALIASES, known
from bot.model.question import Parameter, Question
from bot.questions.configured import ABOUT_PEOPLE
from bot.questions.load import load
from bot.registry import Registry, discover
from bot.settings import AwsPart
from bot.setup import iam, manifest

DOCS = Path(__file__).parent.parent.parent / "docs"
EXAMPLE = {"service": "bank-marketing", "monitor": "bank-marketing-quality", "account": "ml-production", "number": "12"}
MADE = "<!-- Written by `make docs` from the code. -->\n\n"


def pages(registry: Registry, rights: iam.Rights) -> Mapping[str, str]:
    """File name to text."""
    return {
        "questions.md": questions_page(registry.slash),
        "commands.md": commands_page(registry),
        "settings.md": settings_page(),
        "iam.md": iam_page(rights),
        "manifest.json": manifest.text(registry.slash),
    }


def commands_page(registry: Registry) -> str:
    """Every command: usage, help, role, example."""
    head = (
        f"# Commands\n\n{MADE}Type them as `{registry.slash} …` anywhere, or as `@Sagewatch …` in a channel, a thread "
        "or a direct message. Words come in the order of the usage line; `name=value` and `--name value` work too. "
        "Durations: `15m`, `24h`, `7d`; days: `2026-11-20`, in your time zone.\n\n"
        "A command that reads takes `account=` (label or id) and `region=`, several with commas.\n"
    )
    return "\n".join([head, *(_command(c, registry.slash) for c in registry.visible())])


def _command(declared: Declared, slash: str) -> str:
    return (
        f"## {slash} {declared.name}\n\n`{declared.usage(slash)}`\n\n{declared.help}\n\n"
        f"Role: {declared.role.value}. Example: `{slash} {declared.example.format(**EXAMPLE)}`\n"
    )


def questions_page(slash: str) -> str:
    """Every question that comes with the bot: what it asks, takes and is asked like."""
    given = {"operate_role": AwsPart().operate_role}
    every = load(given=given, known_settings=[ABOUT_PEOPLE]).by_name.values()
    head = (
        f"# Questions to CloudTrail\n\n{MADE}`{slash} ask` lists them. Every one takes `since=`, `until=`, `account=` "
        "and `region=` besides its own values. [The trail](trail.md) says what they cost and how to write one.\n"
    )
    groups = sorted({question.group for question in every})
    return "\n".join([head, *(_group(name, [q for q in every if q.group == name], slash) for name in groups)])


def _group(name: str, every: Sequence[Question], slash: str) -> str:
    return "\n".join([f"## {name}\n", *(_question(one, slash) for one in sorted(every, key=lambda q: q.name))])


def _question(one: Question, slash: str) -> str:
    takes = "".join(f"\n- `{p.name}=`: {p.label}{'' if p.default is None else _left_out(p)}" for p in one.parameters)
    off = f"\n\nOff unless `{one.setting}` is set." if one.setting else ""
    return f"### {one.title}\n\n{one.asks}{off}\n{takes}\n\n`{slash} ask {f'{one.name} {one.example}'.strip()}`\n"


def _left_out(parameter: Parameter) -> str:
    return f" (`{parameter.default}` when left out)" if parameter.default != "" else " (any when left out)"


def settings_page() -> str:
    """Every setting: name, meaning, default, environment variable."""
    rows = [f"| `{n}` | {text} | {_default(d)} | `{_variable(n)}` |" for n, text, d in known()]
    return (
        f"# Settings\n\n{MADE}A TOML file named by `SAGEWATCH_SETTINGS` (else `sagewatch.toml` here), then the "
        "environment, which wins. Lists and tables are JSON in the environment. "
        f"{_aliases()} are understood too. An unknown name stops the start and is told with the nearest known "
        "one. `ROLE` is one of viewer, responder, auditor, operator, admin; nobody named for viewer or responder "
        "means every full member of the workspace. `NAME` is what routes call a pager or webhook.\n\n"
        "| name | meaning | default | environment |\n|---|---|---|---|\n"
    ) + "\n".join([*rows, ""])


def _aliases() -> str:
    *most, last = (f"`{name}`" for name in ALIASES)
    return f"{', '.join(most)} and {last}"


def _default(value: object) -> str:
    shown = str(value)
    hidden = shown in {"", "()", "{}", "PydanticUndefined"} or set(shown) == {"*"}
    return "" if hidden else f"`{shown}`"


def _variable(name: str) -> str:
    if name.startswith("roles."):
        return "SAGEWATCH_ROLES"
    if name.startswith("hand_off."):
        return f"SAGEWATCH_HAND_OFF__NAME__{name.rpartition('.')[2].upper()}"
    name = name.partition("[]")[0]
    return f"SAGEWATCH_{name.upper().replace('.', '__')}"


def iam_page(rights: iam.Rights) -> str:
    """The policies, with the settings' defaults."""
    return (
        f"# IAM\n\n{MADE}`python -m bot iam` prints these with your settings (those of `aws`); it "
        "asks neither AWS nor Slack. Replace `OBSERVABILITY-ACCOUNT` by the account's twelve digits, and "
        "`MONITOR-BUCKET` by the bucket that the account's monitors write to, a line each where there are several. In "
        "GovCloud and China, ARNs begin with `arn:aws-us-gov:` and `arn:aws-cn:`. Where a bucket is encrypted with a "
        "key of your own, its readers need `kms:Decrypt` on that key too.\n\nOf a bucket the bot reads a monitor's "
        "reports and constraints, never what was captured. With `aws.count_predictions` it opens the captured data "
        "and labels of a failed run, to say how many predictions have a label; then the right to is printed too. "
        "Of a prefix that `reports` names it reads what lies there; `REPORT-QUEUE` is the queue of `inbox.queue_url`, "
        "left out where there is none.\n\nMetrics of linked accounts come through their links. With the read role's "
        "rights on CloudWatch those of other accounts are read, and it is found out whether a link's metric filter "
        "hides what monitors measure.\n\n"
    ) + iam.page(rights, iam.Names())


def write(rights: iam.Rights) -> None:
    """Write every page."""
    import commands

    for name, text in pages(discover(commands), rights).items():
        (DOCS / name).write_text(text, encoding="utf-8")
