"""Who did what here: commands, clicks and refusals."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Outcome = Literal["done", "refused", "failed"]


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One act. `line` is the command line as run; `detail` is the refusal's or failure's cause."""

    id: str
    at: datetime
    person_id: str
    team_id: str
    channel_id: str
    origin: Literal["command", "mention", "click", "form", "home"]
    line: str
    outcome: Outcome
    detail: str = ""
    took_ms: int = 0
