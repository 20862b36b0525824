"""PagerDuty, by its Events API v2 (github.com/PagerDuty/developer-docs, docs/events-API-v2).

The dedup key is the episode: what follows a trigger is applied to its alert, and after a resolve the next trigger of
the same key makes a new alert. An acknowledge or a resolve without an open alert is dropped there. What begins at once
is one alert with a key of its own: nobody takes a hundred calls.
"""

import json
from typing import Final

from bot.handoff.request import Request
from bot.logic.handing import Links, key_of
from bot.model.handed import Action
from bot.model.handoff import Destination, HandOffRow
from bot.model.place import Severity

LONGEST_SUMMARY: Final = 1024
"""Characters of `payload.summary` ("Send an Alert Event")."""
LONGEST_NOTE: Final = 2_000
"""Of a source's sentence: an event takes 512 KB ("Events API v2 Overview"), and nobody reads more on a phone."""
SEVERITIES: Final = {
    Severity.CRITICAL: "critical",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "info",
}
"""PagerDuty knows these four ("PD-CEF")."""


def request(to: Destination, row: HandOffRow, links: Links) -> Request:
    """The event; only a trigger carries a payload."""
    out = row.out
    key = key_of(out) if row.together is None else f"sagewatch/storm/{row.together.key}"
    event: dict[str, object] = {"routing_key": to.secret, "event_action": out.action, "dedup_key": key}
    if out.action is Action.TRIGGER:
        shown = [("Slack card", links.slack), ("AWS console", out.told.console), ("Runbook", links.runbook)]
        event |= {
            "client": "Sagewatch",
            **({"client_url": links.slack} if links.slack else {}),
            "links": [{"href": href, "text": text} for text, href in shown if href],
            "payload": _payload(row, links),
        }
    body = json.dumps(event, ensure_ascii=True).encode()
    return Request(to.url, {"Content-Type": "application/json"}, body)


def _payload(row: HandOffRow, links: Links) -> dict[str, object]:
    out, told, many = row.out, row.out.told, row.together
    worst = told.worst
    details: dict[str, object] = {
        "account": f"{links.account} ({told.place.account_id})" if links.account else told.place.account_id,
        "region": told.place.region,
        "reason": out.reason.value,
        "rows bad": told.bad,
        "team": told.about.team,
        "owner": told.about.owner,
        "runbook": told.about.runbook,
        "incident": f"#{out.card.incident}, episode {out.card.episode}",
        **({"incidents": many.incidents} if many and many.incidents > 1 else {}),
    }
    if worst is not None:
        details["worst"] = {
            "metric": worst.metric,
            "check": worst.check,
            "seen": worst.seen,
            "limit": worst.limit,
            "note": worst.note[:LONGEST_NOTE],
        }
    return {
        "summary": _summary(row)[:LONGEST_SUMMARY],
        "source": f"{told.place.account_id}/{told.place.region}/{told.service}",
        "severity": SEVERITIES[many.severity if many else told.severity],
        "timestamp": (told.started_at or out.at).isoformat(),
        "component": told.service,
        "group": links.account or told.place.account_id,
        "class": told.place.family.value,
        "custom_details": details,
    }


def _summary(row: HandOffRow) -> str:
    """Of a storm of which one is left, that one's."""
    many, summary = row.together, row.out.told.summary
    return f"{many.incidents:,} incidents at once, such as {summary}" if many and many.incidents > 1 else summary
