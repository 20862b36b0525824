"""Settings: a TOML file, then the environment, checked whole before anything starts."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

PREFIX = "SAGEWATCH_"


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
    storm_over: int = Field(
        10,
        ge=1,
        le=100,
        description="First cards, or notes that call people, that may wait in a channel: of more, one message tells.",
    )


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
    """The queue that events arrive in (docs/alarms.md, docs/reports.md)."""

    queue_url: str = Field(
        "",
        pattern=r"^(https?://[^/\s]+/\d{12}/[A-Za-z0-9_-]{1,80}(\.fifo)?)?$",
        description="URL of an SQS queue in the observability account that EventBridge fills; empty: none.",
    )
    workers: int = Field(2, ge=1, le=16, description="How many threads of a process take events from the queue.")


Family = Literal["model quality", "data quality", "bias", "explainability", "operations"]


class AlarmPart(Part):
    """Which CloudWatch alarms are of models, beside those on SageMaker's metrics and those that a tag says so of."""

    namespaces: Mapping[str, Family] = Field(
        default_factory=dict, description="Namespaces whose metrics are of models, each with their family."
    )
    names: tuple[str, ...] = Field(
        (), description="Names of alarms that are of models whatever they watch; `*` stands for anything."
    )


class TrailPart(Part):
    """CloudTrail over all accounts, read by Athena in the observability account (docs/trail.md)."""

    table: str = Field(
        "",
        pattern=r"^([a-z0-9_]{1,128}\.[a-z0-9_]{1,128})?$",
        description="The table over the log files, as `database.table`; empty: nothing is asked of the trail.",
    )
    region: str = Field("", description="Where the table is; the first of `aws.regions` when empty.")
    workgroup: str = Field(
        "primary", pattern=r"^[A-Za-z0-9._-]{1,128}$", description="Athena's work group; its cutoff is obeyed."
    )
    output: str = Field(
        "", pattern=r"^(s3://.+)?$", description="Where Athena writes results, `s3://…`; the work group's when empty."
    )
    logs: str = Field(
        "", pattern=r"^(s3://[^/]+(/.*)?)?$", description="Where the log files lie, `s3://…`; for `trail-table` alone."
    )
    seconds: float = Field(60, gt=0, le=900, description="How long a question to the trail may take.")
    longest_days: int = Field(90, ge=1, le=366, description="The longest time that a question may look over.")
    ask_above_usd: float = Field(0.25, ge=0, description="A question that costs more is asked back before it is run.")
    usd_per_tb: float = Field(5, gt=0, description="What Athena charges for a terabyte that is scanned.")
    reuse_minutes: int = Field(
        5, ge=0, le=60, description="For so long a result of Athena's is good for the same question; 0: never."
    )
    questions: str = Field("", description="A folder with question files of your own (docs/trail.md); empty: none.")
    about_people: bool = Field(
        False, description="Allow the questions about one person's activity: `person` and `busy-people`."
    )


class IncidentPart(Part):
    """What holds for incidents when no route says otherwise."""

    acknowledge_hours: float = Field(24, gt=0, le=24 * 30, description="How long an acknowledgement holds.")
    cool_down_hours: float = Field(6, ge=0, le=24 * 7, description="After *worse* was said, quiet for this long.")


class HandOffPart(Part):
    """A pager or a webhook that routes may name (docs/handoff.md)."""

    kind: Literal["pagerduty", "webhook"] = Field(description="PagerDuty's Events API v2, or a signed webhook.")
    url: SecretStr = Field(
        SecretStr(""), description="Where it is sent; needed for a webhook. PagerDuty's is the one of its US region."
    )
    secret: SecretStr = Field(
        SecretStr(""), description="PagerDuty's routing key, 32 characters; what a webhook is signed with, 16 or more."
    )
    private: bool = Field(False, description="Allow an address of a private network; else only public ones are.")
    seconds: float = Field(10, ge=1, le=20, description="How long it may take to answer.")

    @model_validator(mode="after")
    def _whole(self) -> Self:
        secret, url = self.secret.get_secret_value(), self.url.get_secret_value()
        if self.kind == "pagerduty" and not re.fullmatch(r"[A-Za-z0-9]{32}", secret):
            raise ValueError("secret is no routing key: PagerDuty's has 32 letters and digits")
        if self.kind == "webhook" and len(secret) < 16:
            raise ValueError("secret must have 16 characters or more")
        if self.kind == "webhook" and not url:
            raise ValueError("url is missing: where the webhook is")
        if url and (fault := _plain_http(url)):
            raise ValueError(f"url: {fault}")
        return self


def _plain_http(url: str) -> str:
    """What is wrong with an address as it is written, without repeating it; bot/handoff/guard.py has all rules."""
    if not url.partition("//")[2].partition("/")[0].isascii():
        return "its host has other characters than ASCII; a name with such letters begins with xn--"
    if re.match(r"https://[^\s/@]+(/|$|:)", url) or re.match(
        r"http://(localhost|127\.0\.0\.1|\[::1\])(:\d+)?(/|$)", url
    ):
        return ""
    return "only https:// is spoken, but for a receiver on this machine, and no user name belongs there"


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
    alarms: AlarmPart = AlarmPart()
    trail: TrailPart = TrailPart()
    incidents: IncidentPart = IncidentPart()
    hand_off: Mapping[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")], HandOffPart] = Field(
        default_factory=dict, description="Pagers and webhooks, by the names that routes know."
    )
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
