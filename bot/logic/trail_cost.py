"""What reading the trail costs in Athena."""

from typing import Final

_MB: Final = 2**20
_TB: Final = 2**40
LEAST_BYTES: Final = 10 * _MB
"""Charged at least for a query (Athena pricing), and its cutoff's smallest setting (WorkGroupConfiguration)."""


def usd(scanned_bytes: int, usd_per_tb: float, *, reused: bool = False) -> float:
    """Dollars for a query: by whole megabytes, ten at least; a reused result is free (Athena pricing)."""
    if reused:
        return 0.0
    charged = max(LEAST_BYTES, -(-scanned_bytes // _MB) * _MB)
    return charged / _TB * usd_per_tb
