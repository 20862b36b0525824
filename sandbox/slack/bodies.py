"""The control API's arguments: one sentence for each that is missing, unknown or of the wrong kind."""

import json

from aiohttp import web

from sandbox.slack.errors import Refused
from sandbox.slack.records import Json


class Body:
    """What a request brought; names that the path does not know are refused, so that typing errors show."""

    def __init__(self, given: Json, *names: str) -> None:
        unknown = sorted(set(given) - set(names))
        if unknown:
            raise Refused(400, f"unknown: {', '.join(unknown)}; known: {', '.join(names)}")
        self.given = given

    def text(self, name: str) -> str:
        """A text that must be there and not be empty."""
        value = self.optional(name)
        if value is None:
            raise Refused(400, f"{name} is missing")
        return value

    def optional(self, name: str) -> str | None:
        """A text that may be left out; an empty one counts as left out."""
        value = self.given.get(name)
        if value is None or value == "":
            return None
        if not isinstance(value, str):
            raise Refused(400, f"{name} must be a text")
        return value

    def mapping(self, name: str) -> Json:
        """An object, empty when left out."""
        value = self.given.get(name)
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise Refused(400, f"{name} must be an object")
        return value

    def number(self, name: str, default: int, low: int, high: int) -> int:
        """A whole number within bounds."""
        value = self.given.get(name, default)
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise Refused(400, f"{name} must be a whole number from {low} to {high}")
        return value


async def posted(request: web.Request, *names: str) -> Body:
    """A POST's JSON object with no other names in it; raises Refused 400."""
    try:
        given = json.loads(await request.text() or "{}")
    except ValueError:
        raise Refused(400, "the body must be JSON") from None
    if not isinstance(given, dict):
        raise Refused(400, "the body must be a JSON object")
    return Body(given, *names)
