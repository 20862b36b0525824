"""What a verb did, in the words of the control strip."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sandbox.aws import ExecutionRecord
from sandbox.world import fleet, packages, storms, traffic
from sandbox.world.story import BY_HAND, Deed, Serving


def told(deed: Deed, serving: Serving, level: int, now: datetime, runs: Sequence[ExecutionRecord]) -> dict[str, Any]:
    """The control API's answer; `serving` is the service's endpoint after the deed."""
    broken = sum(1 for run in runs if run.status == "CompletedWithViolations")
    failed = [run for run in runs if run.status == "Failed"]
    brief = deed.verb == "storm" or deed.verb in BY_HAND
    ran = f", {len(runs)} monitors ran, {broken} found violations" if runs or not brief else ""
    if failed:
        ran = f"{ran}, {len(failed)} failed ({str(failed[0].failure_reason).rstrip('.')})"
    return {
        "verb": deed.verb,
        "account": deed.account,
        "level": level,
        "now": now.isoformat(),
        "runs": len(runs),
        "violated": broken,
        "failed": len(failed),
        "endpoint": serving.names.endpoint,
        "said": f"{_sentence(deed, serving, level)}: it is {now:%H:%M} UTC{ran}.",
    }


def _sentence(deed: Deed, serving: Serving, level: int) -> str:
    """What was done, without what came of it."""
    where, named = fleet.LABELS[deed.account], serving.names
    monitor = named.schedule("ModelQuality")
    sentences = {
        "next_hour": "Time passed",
        "drift": f"Customers of {where} changed (level {level} of {traffic.LEVELS - 1})",
        "recover": f"Customers of {where} are as they were, and so are traffic, capture, labels and disk",
        "redeploy": f"The pipeline of {where} put {named.endpoint} in the old endpoint's place",
        "no_labels": f"No labels arrive for {named.service} in {where}",
        "no_traffic": f"Nobody calls {named.endpoint} in {where}",
        "drop_capture": f"Data capture of {named.endpoint} in {where} halted, requests go on",
        "fill_disk": f"The disk of {named.endpoint} in {where} filled up, so that capture halted",
        "fail_execution": f"The job of {monitor} in {where} ran out of memory",
        "stop_monitor": f"{monitor} in {where} is stopped",
        "start_monitor": f"{monitor} in {where} is started",
        "storm": f"{deed.count} alarms of {storms.services(deed)} services in {where} are off",
        "endpoint_failed": f"{named.endpoint} in {where} failed and answers nobody",
        "unlink": f"{where} is not linked to the observability account any more",
        "relink": f"{where} is linked to the observability account",
        "delete_endpoint_as": f"{deed.person.title()} deleted {named.endpoint} in {where}",
        "stop_monitor_as": f"{deed.person.title()} stopped {monitor} in {where}",
        "register_package": f"{packages.named(deed.person)} registered a version of {named.service} in {where}",
        "shared_role_as": f"Somebody with the shared role of Studio stopped a monitor of {named.service} in {where}",
    }
    return sentences[deed.verb]
