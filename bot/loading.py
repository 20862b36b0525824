"""Reads the settings, and says in a sentence what is wrong with them; lists those that there are."""

import difflib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from bot.errors import BadRequest
from bot.settings import PREFIX, HandOffPart, RolePart, Settings

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
        elif name in _NAMED:
            word, part = _NAMED[name]
            yield from ((f"{name}.{word}.{k}", f.description or "", f.default) for k, f in part.model_fields.items())
        else:
            yield f"{prefix}{name}", info.description or "", info.get_default(call_default_factory=True)


_NAMED: dict[str, tuple[str, type[BaseModel]]] = {"roles": ("ROLE", RolePart), "hand_off": ("NAME", HandOffPart)}
"""Tables of tables: how their names are written in the docs, and what stands in each."""


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
