"""What a service that stands outside of this package is given to build on."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sandbox.aws.accounts import CloudAccount
from sandbox.aws.authorise import Authoriser
from sandbox.aws.objects import Objects


@dataclass(frozen=True, slots=True)
class Ground:
    """Accounts by id, who may do what, S3 in the process, the world's time.

    `at_stop` takes what is to be called when the sandbox stops.
    """

    accounts: Mapping[str, CloudAccount]
    authoriser: Authoriser
    objects: Objects
    now: Callable[[], datetime]
    at_stop: Callable[[Callable[[], None]], None]


Guests = Callable[[Ground], Iterable[object]]
"""Makes objects whose methods declare operations."""


def nobody(_: Ground) -> Iterable[object]:
    """No guests."""
    return ()
