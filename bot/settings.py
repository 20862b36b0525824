"""Settings: a TOML file, then the environment, checked whole before anything starts."""

import difflib
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from bot.errors import BadRequest

PREFIX = "SAGEWATCH_"
ALIASES = {
    "SLACK_BOT_TOKEN": "slack.bot_token",
    "SLACK_APP_TOKEN": "slack.app_token",
    "SLACK_SIGNING_SECRET": "slack.signing_secret",
    "DATABASE_URL": "database_url",
    "PORT": "http.port",
}
"""Names that Slack's and Heroku's own guides use, and the setting that each fills."""
OUTSIDE = frozenset({"SETTINGS", "DEMO_PORT", "DEMO_KEEP", "DEMO_TRANSPORT", "DEMO_DATABASE"})
"""Environment names with our prefix that are no settings."""


class Part(BaseModel):
    """A table of the settings; unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class SlackPart(Part):
    """The workspace."""

    transport: Literal["socket", "http"] = Field(
        "socket", description="How Slack reaches the bot: `socket` (Socket Mode) or `http` (signed requests)."
    )
    bot_token: SecretStr = Field(SecretStr(""), description="Bot token, `xoxb-…`.")
    app_token: SecretStr = Field(
        SecretStr(""), description="App-level token with `connections:write`, `xapp-…`; for Socket Mode."
    )
    signing_secret: SecretStr = Field(SecretStr(""), description="Signing secret of the app; for `http`.")
    command: str = Field("/ml", pattern=r"^/[a-z0-9_-]{1,31}$", description="The slash command's name.")
    channel: str = Field("ml-alerts", min_length=1, description="Where cards go: a channel's id or name without `#`.")


class HttpPart(Part):
    """Where Slack's requests arrive when the transport is `http`."""

    host: str = Field("0.0.0.0", min_length=1, description="Address to listen on for Slack's requests.")
    port: int = Field(3000, ge=0, le=65535, description="Port for Slack's requests; 0 takes any free one.")


class TelemetryPart(Part):
    """Health, metrics and logs of a process."""

    host: str = Field("127.0.0.1", min_length=1, description="Address to listen on for probes and Prometheus.")
    port: int = Field(
        0, ge=0, le=65535, description="Port for `/healthz`, `/readyz` and `/metrics`; 0 opens none. One per process."
    )
    log_level: Literal["debug", "info", "warning"] = Field(
        "info", description="What is logged; `debug` has every call of a poll to AWS."
    )


class AccountPart(Part):
    """An account that is not linked and is read all the same."""

    id: str = Field(pattern=r"^\d{12}$", description="Twelve digits.")
    label: str = Field("", description="What people call it; the id when empty.")
    regions: tuple[str, ...] = Field((), description="Its Regions; `aws.regions` when empty.")


class AwsPart(Part):
    """The observability account and what is read from there."""

    regions: tuple[str, ...] = Field((), description="Regions to watch; the session's own when empty.")
    read_role: str = Field("sagewatch-read", description="Role to assume in each account for reading.")
    operate_role: str = Field("sagewatch-operate", description="Role to assume for what an operator does.")
    external_id: str = Field("", description="External id of these roles' trust policies, if they want one.")
    accounts: tuple[AccountPart, ...] = Field((), description="Accounts that are not linked.")
    own_label: str = Field("", description="What people call the observability account; its id when empty.")
    count_predictions: bool = Field(
        False,
        description="Open captured data and labels of a failed run, to say how many predictions have a label; "
        "the read role must be allowed to.",
    )


class WatchPart(Part):
    """The poll."""

    poll_seconds: int = Field(60, ge=10, le=3600, description="Seconds between polls of every account.")
    refresh_minutes: int = Field(
        10, ge=1, le=24 * 60, description="Minutes between listings of endpoints and monitoring schedules."
    )
    look_back_hours: int = Field(26, ge=2, le=24 * 14, description="How old a run may be and still be taken in.")


class ReportPart(Part):
    """A prefix in S3 where a monitor other than Model Monitor drops its reports (docs/reports.md)."""

    account: str = Field(pattern=r"^\d{12}$", description="The account that the reports speak for; twelve digits.")
    region: str = Field(pattern=r"^[a-z]{2,4}(-[a-z]+)+-\d{1,2}$", description="The Region of bucket and service.")
    bucket: str = Field(pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", description="The bucket's name.")
    prefix: str = Field(
        min_length=1, max_length=900, description="The prefix; `%Y`, `%m`, `%d`, `%H` are when it was written."
    )
    kind: Literal["evidently", "sagewatch"] = Field(description="Evidently's JSON, or `sagewatch.report/v1`.")
    service: str = Field("", max_length=200, description="The service; needed for Evidently, which names none.")
    family: Literal["", "model quality", "data quality", "bias", "explainability", "operations"] = Field(
        "", description="What it is about; Evidently's is `data quality` when empty."
    )
    cadence_minutes: int = Field(0, ge=0, le=31 * 24 * 60, description="How often reports come; 0: no rhythm.")

    @field_validator("prefix")
    @classmethod
    def _known_tokens(cls, prefix: str) -> str:
        if re.search(r"%(?![YmdH])", prefix):
            raise ValueError("after % comes one of Y, m, d, H")
        return prefix

    @model_validator(mode="after")
    def _named(self) -> Self:
        if self.kind == "evidently" and not self.service.strip():
            raise ValueError("Evidently's reports name no service: say which it is")
        return self


class InboxPart(Part):
    """The queue that events arrive in (docs/reports.md)."""

    queue_url: str = Field(
        "",
        pattern=r"^(https?://[^/\s]+/\d{12}/[A-Za-z0-9_-]{1,80}(\.fifo)?)?$",
        description="URL of an SQS queue in the observability account that EventBridge fills; empty: none.",
    )


class IncidentPart(Part):
    """What holds for incidents when no route says otherwise."""

    acknowledge_hours: float = Field(24, gt=0, le=24 * 30, description="How long an acknowledgement holds.")
    cool_down_hours: float = Field(6, ge=0, le=24 * 7, description="After *worse* was said, quiet for this long.")


class RolePart(Part):
    """Who has a role."""

    users: tuple[str, ...] = Field((), description="User ids, `U…`.")
    groups: tuple[str, ...] = Field((), description="User groups, by id or handle.")
    accounts: tuple[str, ...] = Field((), description="Account ids that the role is limited to; every one when empty.")


RoleName = Literal["viewer", "responder", "auditor", "operator", "admin"]


class Settings(BaseSettings):
    """Everything that can be set. Lists and tables may be given in the environment as JSON."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        nested_model_default_partial_update=True,
    )

    database_url: str = Field("sqlite:///sagewatch.db", description="Where incidents are kept.")
    routes_file: str = Field(
        "", description="A TOML file with routes and services (docs/routes.md), read anew when it changes; empty: none."
    )
    answer_seconds: float = Field(20, gt=0, le=600, description="How long a question may take before it is cut off.")
    slack: SlackPart = SlackPart()
    http: HttpPart = HttpPart()
    telemetry: TelemetryPart = TelemetryPart()
    aws: AwsPart = AwsPart()
    watch: WatchPart = WatchPart()
    reports: tuple[ReportPart, ...] = Field((), description="Where other monitors drop reports; a table a prefix.")
    inbox: InboxPart = InboxPart()
    incidents: IncidentPart = IncidentPart()
    roles: Mapping[RoleName, RolePart] = Field(default_factory=dict, description="Who may do what.")

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, url: str) -> str:
        if not url.startswith(("sqlite:///", "postgres://", "postgresql://", "postgresql+psycopg://")):
            raise ValueError("starts with sqlite:/// or postgresql://")
        return url

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003  # the signature is pydantic's
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment beats the file; both are beaten by what the caller says."""
        path = settings_path()
        toml = (TomlConfigSettingsSource(settings_cls, path),) if path else ()
        return (init_settings, env_settings, *toml)


class Fixed(Settings):
    """Settings that are said, whatever file or environment there is: a demo must not reach a real workspace."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what the caller says."""
        return (init_settings,)


def settings_path() -> Path | None:
    """The file named by SAGEWATCH_SETTINGS, else `sagewatch.toml` here if there is one."""
    named = os.environ.get(f"{PREFIX}SETTINGS")
    if named:
        return Path(named)
    here = Path("sagewatch.toml")
    return here if here.exists() else None


def load() -> Settings:
    """Read and check. Raises BadRequest that names each wrong key and the nearest known one."""
    named = os.environ.get(f"{PREFIX}SETTINGS")
    if named and not Path(named).is_file():
        raise BadRequest(f"there is no settings file {named}", f"Correct {PREFIX}SETTINGS or write the file.")
    aliased: dict[str, Any] = {}
    for variable, key in ALIASES.items():
        if value := os.environ.get(variable):
            _put(aliased, key.split("."), value)
    try:
        _refuse_unknown_variables(os.environ)
        return Settings(**aliased)
    except ValidationError as error:
        raise BadRequest("\n".join(_complaints(error)), "Correct the settings; docs/settings.md lists them.") from None
    except ValueError as error:
        raise BadRequest(f"the settings cannot be read: {error}", "Correct the settings file.") from None


def _put(tree: dict[str, Any], keys: list[str], value: str) -> None:
    for key in keys[:-1]:
        tree = tree.setdefault(key, {})
    tree[keys[-1]] = value


def known() -> Iterator[tuple[str, str, object]]:
    """Every setting as (dotted name, description, default), in the order of the classes."""
    yield from _known(Settings, "")


def _known(model: type[BaseModel], prefix: str) -> Iterator[tuple[str, str, object]]:
    for name, info in model.model_fields.items():
        inner = info.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from _known(inner, f"{prefix}{name}.")
        elif (row := _row(inner)) is not None:
            yield from ((f"{prefix}{name}[].{k}", f.description or "", f.default) for k, f in row.model_fields.items())
        elif name == "roles":
            yield from ((f"roles.ROLE.{k}", f.description or "", f.default) for k, f in RolePart.model_fields.items())
        else:
            yield f"{prefix}{name}", info.description or "", info.get_default(call_default_factory=True)


def _row(annotation: object) -> type[BaseModel] | None:
    """What a list of tables has in each row."""
    first = next(iter(get_args(annotation)), None)
    return first if isinstance(first, type) and issubclass(first, BaseModel) else None


def _nearest(name: str) -> str:
    close = difflib.get_close_matches(name, [k for k, _, _ in known()], n=1, cutoff=0.5)
    return f"; did you mean {close[0]}?" if close else ""


def _complaints(error: ValidationError) -> Iterator[str]:
    for one in error.errors(include_url=False, include_input=False):
        name = ".".join(str(x) for x in one["loc"])
        if one["type"] == "extra_forbidden":
            yield f"unknown setting {name}{_nearest(name)}"
        else:
            yield f"setting {name}: {one['msg'].removeprefix('Value error, ')}"


def _refuse_unknown_variables(environ: Mapping[str, str]) -> None:
    tops = set(Settings.model_fields)
    for variable in environ:
        name = variable.removeprefix(PREFIX)
        if variable == name or name in OUTSIDE:
            continue
        dotted = name.lower().replace("__", ".")
        if dotted.split(".")[0] not in tops:
            raise BadRequest(f"unknown setting {variable}{_nearest(dotted)}", "docs/settings.md lists them.")
