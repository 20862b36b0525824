"""A Web API call's arguments, from query, form or JSON: forms carry JSON and booleans as text."""

import json
from typing import Any

from sandbox.slack.errors import SlackError
from sandbox.slack.records import Json

_JSON_ARGUMENTS = ("blocks", "attachments", "view", "metadata", "files")


class Args:
    """What one call brought."""

    def __init__(self, given: Json) -> None:
        self.given = dict(given)
        for name in _JSON_ARGUMENTS:
            if isinstance(self.given.get(name), str):
                self.given[name] = _parsed(name, self.given[name])

    def need(self, *names: str) -> None:
        """Raises SlackError naming each argument that is missing."""
        missing = [name for name in names if _is_missing(self.given.get(name))]
        if missing:
            raise invalid(*(f"missing required field: {name}" for name in missing))

    def text(self, name: str, default: str = "") -> str:
        """An argument as text."""
        value = self.given.get(name)
        if value is None:
            return default
        if not _is_plain(value):
            raise invalid(f"{name} must be a string")
        return str(value)

    def flag(self, name: str) -> bool:
        """A switch: true, "true", 1 or "1"."""
        return self.text(name).lower() in {"true", "1"}

    def number(self, name: str, default: int, low: int, high: int) -> int:
        """A whole number; one outside `low`…`high` is Slack's `invalid_limit`."""
        try:
            value = int(self.text(name) or default)
        except ValueError:
            raise invalid(f"{name} must be an integer") from None
        if not low <= value <= high:
            raise SlackError("invalid_limit")
        return value

    def json(self, name: str) -> Any:
        """An argument that is JSON, None when it is not there."""
        return self.given.get(name)


def invalid(*reasons: str) -> SlackError:
    """Slack's `invalid_arguments` with its reasons."""
    return SlackError("invalid_arguments", response_metadata={"messages": [f"[ERROR] {one}" for one in reasons]})


def _is_missing(value: Any) -> bool:
    return value is None or value == ""


def _is_plain(value: Any) -> bool:
    return value is None or isinstance(value, str | int | float | bool)


def _parsed(name: str, text: str) -> Any:
    if not text:
        return None
    try:
        return json.loads(text)
    except ValueError:
        reasons = {"messages": [f"[ERROR] {name} is not valid JSON"]}
        raise SlackError(
            {"blocks": "invalid_blocks_format", "metadata": "invalid_metadata_format"}.get(name, "invalid_arguments"),
            response_metadata=reasons,
        ) from None
