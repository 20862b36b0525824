"""Every call to AWS, as botocore tells of it: logged under the id of what asked, counted, told to listeners."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot.aws.actions import action_of
from bot.aws.asking import for_a_person
from bot.aws.routing import routed_account
from bot.log import LOG, current_id
from bot.telemetry import AWS_CALLS


@dataclass(frozen=True, slots=True)
class Heard:
    """One call, however often it was tried. `account_id` is empty for the bot's own word with STS."""

    action: str
    account_id: str
    region: str
    outcome: str
    """`ok`, AWS's error code, or the exception's name when no answer came."""
    took_s: float


_LISTENERS: list[Callable[[Heard], None]] = []
_KEY = "sagewatch"
"""Where the request's own context keeps (action, Region, when it began)."""


def listen(listener: Callable[[Heard], None]) -> Callable[[], None]:
    """Tell `listener` of each call of this process, in the thread that made it; gives what ends that."""
    _LISTENERS.append(listener)
    return lambda: _LISTENERS.remove(listener)


def hear(events: Any) -> None:
    """Hear every call of the client or session whose events these are."""
    events.register("before-call", _begun)
    events.register("before-send", _traced)
    events.register("after-call", _ended)
    events.register("after-call-error", _failed)


def _begun(model: Any, context: dict[str, Any], **_: Any) -> None:
    action = action_of(model.service_model.signing_name, model.name)
    context[_KEY] = (action, context.get("client_region", ""), time.monotonic())


def _traced(request: Any, **_: Any) -> None:
    """The id goes along in the user agent, where CloudTrail keeps it too; botocore writes that anew until it sends."""
    if traced := current_id():
        agent = request.headers.get("User-Agent", b"")
        words = agent.decode() if isinstance(agent, bytes) else agent
        request.headers["User-Agent"] = f"{words} id/{traced}".strip()


def _ended(parsed: Any, context: dict[str, Any], **_: Any) -> None:
    error = parsed.get("Error") if isinstance(parsed, dict) else None
    _told(context, str((error or {}).get("Code") or "ok"))


def _failed(exception: BaseException, context: dict[str, Any], **_: Any) -> None:
    _told(context, type(exception).__name__)


def _told(context: dict[str, Any], outcome: str) -> None:
    """Calls for a person are logged as they come, those of the poll for whoever looks closer."""
    action, region, began = context[_KEY]
    heard = Heard(action, routed_account(), region, outcome, time.monotonic() - began)
    AWS_CALLS.labels(action, outcome).observe(heard.took_s)
    log = LOG.info if for_a_person() else LOG.debug
    log(
        "aws call",
        action=action,
        account=heard.account_id,
        region=region,
        outcome=outcome,
        took_ms=round(heard.took_s * 1_000),
    )
    for listener in tuple(_LISTENERS):
        listener(heard)
