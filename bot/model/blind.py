"""What is cheaply known of a monitor that could not judge."""

from dataclasses import dataclass
from datetime import datetime

from bot.model.fleet import Capture
from bot.model.observation import Window


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What was looked at for a run without a verdict; whatever is None was not, or could not be told."""

    window: Window | None = None
    """The data that the run was to judge."""
    endpoint_gone: bool = False
    changed_at: datetime | None = None
    """When the endpoint was changed last."""
    capture: Capture | None = None
    """As the endpoint has it now."""
    halted: bool = False
    """Capture is configured and yet not running."""
    captured: bool | None = None
    """Whether any hour of the window holds captured data."""
    wants_labels: bool = False
    labelled: bool | None = None
    """Whether any hour of the window holds ground truth."""
    merged: bool | None = None
    """Whether the merge of both holds anything."""
    predictions: int | None = None
    matched: int | None = None
    """How many of the predictions have a label."""
    unlooked: tuple[str, ...] = ()
    """Why something could not be looked at, a clause each."""
    looked_at: datetime | None = None
    answered: bool = True
    """False when the account fell silent, so that its other runs need not be waited for."""


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest hour that holds files of a resource; None when there is none in this month and the one before."""

    arn: str
    hour: datetime | None
