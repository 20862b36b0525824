"""EventBridge's envelope, read strictly (EventBridge User Guide: "Events metadata reference")."""

import json
from typing import Final

from bot.errors import Malformed
from bot.logic.strict import ACCOUNT, REGION, Part
from bot.model.event import Event

MOST_BODY: Final = 1024 * 1024
"""An SQS message's size at most (SQS: message quotas)."""
_NEEDED: Final = ("id", "source", "detail-type", "account", "region", "time", "detail")


def event(body: str) -> Event:
    """Raises Malformed for what EventBridge never sends."""
    if len(body) > MOST_BODY:
        raise Malformed(f"it is larger than {MOST_BODY} characters")
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        raise Malformed("it is not JSON") from None
    if not isinstance(said, dict):
        raise Malformed("it holds no JSON object")
    part = Part(said)
    part.only(said, _NEEDED)
    return Event(
        id=part.line("id"),
        source=part.line("source", 256),
        kind=part.line("detail-type"),
        account_id=part.matched("account", ACCOUNT),
        region=part.matched("region", REGION),
        at=part.moment("time"),
        detail=part.part("detail").said,
    )
