"""A webhook of anybody's: `sagewatch.handoff/v1`, signed, as docs/handoff.md and docs/handoff.schema.json say."""

import hmac
import json
from datetime import datetime
from hashlib import sha256
from typing import Final

from bot.handoff.request import Request
from bot.logic.handing import Links, key_of
from bot.model.handoff import Destination, HandOffRow, Worst

SCHEMA: Final = "sagewatch.handoff/v1"
STAMP: Final = "Sagewatch-Timestamp"
SIGNATURE: Final = "Sagewatch-Signature"


def request(to: Destination, row: HandOffRow, links: Links, now: datetime) -> Request:
    """The event with its signature of `now`, by the machine's clock: what is sent again is signed anew."""
    body = json.dumps(event(row, links), ensure_ascii=True).encode()
    stamp = str(int(now.timestamp()))
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Sagewatch",
        STAMP: stamp,
        SIGNATURE: signature(to.secret, stamp, body),
    }
    return Request(to.url, headers, body)


def signature(secret: str, stamp: str, body: bytes) -> str:
    """HMAC-SHA256 over timestamp, a full stop and the body as sent, in hexadecimal behind the scheme's version."""
    return f"v1={hmac.new(secret.encode(), stamp.encode() + b'.' + body, sha256).hexdigest()}"


def event(row: HandOffRow, links: Links) -> dict[str, object]:
    """As the schema has it."""
    out, told = row.out, row.out.told
    return {
        "schema": SCHEMA,
        "id": f"{key_of(out)}#{row.id}",
        "sequence": row.id,
        "key": key_of(out),
        "action": out.action.value,
        "reason": out.reason.value,
        "at": out.at.isoformat(),
        "summary": told.summary,
        "incident": {
            "number": out.card.incident,
            "episode": out.card.episode,
            "revision": out.revision,
            "status": told.status.value,
            "severity": told.severity.value,
            "family": told.place.family.value,
            "service": told.service,
            "account": {"id": told.place.account_id, "label": links.account or told.place.account_id},
            "region": told.place.region,
            "team": told.about.team,
            "owner": told.about.owner,
            "started_at": _moment(told.started_at),
            "resolved_at": _moment(told.resolved_at),
            "person": told.person_id,
            "until": _moment(told.until),
            "why": told.why,
        },
        "rows_bad": told.bad,
        "worst": _worst(told.worst),
        "links": {"slack": links.slack, "console": told.console, "runbook": links.runbook},
    }


def _worst(worst: Worst | None) -> dict[str, object] | None:
    if worst is None:
        return None
    numbers = {"seen": worst.seen, "limit": worst.limit}
    return {"metric": worst.metric, "check": worst.check, **numbers, "note": worst.note}


def _moment(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
