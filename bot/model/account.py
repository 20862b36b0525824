"""Accounts of the fleet, as the observability account sees them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Account:
    """One AWS account. The id is its identity; the label belongs to the account's owner and may double."""

    id: str
    label: str
    regions: tuple[str, ...]
    telemetry: tuple[str, ...] = ()
    """OAM resource types that the link shares, such as `AWS::CloudWatch::Metric`."""
    linked: bool = True
    """False for an account named in the settings, or one whose link is gone."""
    own: bool = False
    """The observability account itself, which shares nothing with itself."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Which accounts and Regions a question is for; what was typed as `account=` and `region=`, resolved."""

    accounts: tuple[Account, ...]
    regions: tuple[str, ...] = ()
    """Empty: every Region of each account."""

    def targets(self) -> tuple[tuple[Account, str], ...]:
        """Each (account, Region) of the scope, in order."""
        return tuple((a, r) for a in self.accounts for r in a.regions if not self.regions or r in self.regions)
