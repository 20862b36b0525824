"""Faults on order: the next so many matching calls are refused, throttled, never answered, or answered twice."""

from dataclasses import dataclass
from threading import Lock
from typing import Literal

Kind = Literal["deny", "throttle", "timeout", "duplicate"]
KINDS: tuple[Kind, ...] = ("deny", "throttle", "timeout", "duplicate")
OF_CALLS: tuple[Kind, ...] = ("deny", "throttle", "timeout")
"""What befalls who calls; `duplicate` befalls what services bring to a queue, which comes at least once."""


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

        Raises ValueError for a kind that there is not, or fewer than one time.
        """
        known = next((each for each in KINDS if each == kind), None)
        if known is None:
            raise ValueError(f"{kind} is no fault; one of {', '.join(KINDS)}")
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
