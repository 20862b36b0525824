"""CloudTrail put together: the recorder that hears of calls, and the operations that one may call."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from sandbox.aws.faults import Faults
from sandbox.aws.objects import Objects
from sandbox.aws.trail.lookup import Lookup
from sandbox.aws.trail.operations import CloudTrail
from sandbox.aws.trail.recorder import Emit, Recorder
from sandbox.aws.trail.shipping import Shipping
from sandbox.aws.trail.trails import Trails


@dataclass(frozen=True, slots=True)
class Parts:
    """What there is of CloudTrail in all accounts."""

    trails: Trails
    shipping: Shipping
    recorder: Recorder

    def services(self, now: Callable[[], datetime]) -> tuple[object, ...]:
        """What declares operations."""
        return CloudTrail(self.trails, now), Lookup(self.recorder.history, now)


def parts(accounts: Iterable[str], objects: Objects, emit: Emit, faults: Faults) -> Parts:
    """All of it; no trail is set up."""
    trails = Trails()
    shipping = Shipping(trails, objects, faults)
    return Parts(trails, shipping, Recorder(accounts, trails, shipping, emit))
