"""Faults on order: of the next so many calls of whoever asks, or deeds of AWS's own services."""

from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Final, Literal

Kind = Literal["deny", "throttle", "timeout", "duplicate", "late", "damage"]
KINDS: tuple[Kind, ...] = ("deny", "throttle", "timeout", "duplicate", "late", "damage")
OF_CALLS: tuple[Kind, ...] = ("deny", "throttle", "timeout")
"""What befalls who calls; `duplicate` befalls what services bring to a queue, which comes at least once, `late` and
`damage` the log files that CloudTrail puts into a bucket."""
_DEEDS: Final[Mapping[Kind, frozenset[str]]] = {
    "duplicate": frozenset({"SendMessage", "sqs:SendMessage"}),
    "late": frozenset({"PutObject", "s3:PutObject"}),
    "damage": frozenset({"PutObject", "s3:PutObject"}),
}
"""What AWS's services do that can go wrong."""


@dataclass(slots=True)
class _Ordered:
    kind: Kind
    account_id: str
    operation: str
    left: int


class Faults:
    """What is on order, first come first served."""

    def __init__(self) -> None:
        self._ordered: list[_Ordered] = []
        self._lock = Lock()

    def order(self, kind: str, account_id: str, operation: str, times: int) -> None:
        """`operation` is `ListMonitoringExecutions` or `sagemaker:ListMonitoringExecutions`.

        Raises ValueError for a kind that there is not, an operation that it cannot befall, or fewer than one time.
        """
        known = next((each for each in KINDS if each == kind), None)
        if known is None:
            raise ValueError(f"{kind} is no fault; one of {', '.join(KINDS)}")
        if operation not in _DEEDS.get(known, {operation}):
            raise ValueError(f"{kind} befalls {min(_DEEDS[known])} alone, not {operation}")
        if times < 1:
            raise ValueError("a fault happens at least once")
        with self._lock:
            self._ordered.append(_Ordered(known, account_id, operation, times))

    def take(self, account_id: str, service: str, operation: str, kinds: tuple[Kind, ...] = OF_CALLS) -> Kind | None:
        """The fault that this call meets, counted down; None when it goes through."""
        with self._lock:
            for ordered in self._ordered:
                wanted = {operation, f"{service}:{operation}"}
                due = ordered.left and ordered.kind in kinds and ordered.account_id == account_id
                if due and ordered.operation in wanted:
                    ordered.left -= 1
                    return ordered.kind
            return None

    def clear(self) -> None:
        """Forget what is on order."""
        with self._lock:
            self._ordered.clear()
