"""What the settings say of the trail."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class TrailSettings:
    """Where it is and what a question may cost."""

    database: str
    table: str
    region: str = ""
    """Empty: the first Region that is watched."""
    workgroup: str = "primary"
    output: str = ""
    """Where results are written, `s3://…`; empty: where the work group says."""
    longest: timedelta = timedelta(days=90)
    ask_above_usd: float = 0.25
    usd_per_tb: float = 5.0
    reuse: timedelta = timedelta(minutes=5)
    """For so long a result is good for the same question."""
    bot_role: str = "sagewatch-operate"
    """The role that this bot acts with for somebody."""

    @property
    def name(self) -> str:
        """As SQL has it."""
        return f"{self.database}.{self.table}"
