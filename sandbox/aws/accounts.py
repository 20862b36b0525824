"""The accounts of the organisation and who may speak in them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class CloudAccount:
    """An account with its administrator's static keys; `label` is the account's name in the organisation."""

    id: str
    label: str
    access_key_id: str
    secret_access_key: str
    email: str = ""

    @property
    def address(self) -> str:
        """The account's e-mail address, one under example.com unless given."""
        return self.email or f"{self.label}@example.com"


@dataclass(frozen=True, slots=True)
class Principal:
    """Who signs a call. `arn` is a user's or, for a session, `arn:aws:sts::<account>:assumed-role/<role>/<name>`."""

    account: str
    arn: str
    user_id: str
    access_key_id: str
    administrator: bool = False
    user_name: str | None = None
    role_arn: str | None = None
    source_identity: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    transitive_tags: frozenset[str] = frozenset()
    session_policies: tuple[str, ...] = ()
    created_at: datetime | None = None
    """World time at which the session began; None for keys that never expire."""
    mfa: bool = False
    on_behalf_of: Mapping[str, str] = field(default_factory=dict)
    """`userId` and `identityStoreArn` of the Identity Center user for whom an application acts; else empty."""
    invoked_by: str = ""
    """The service of AWS that makes the call for them; empty when they make it."""

    @property
    def principal_arn(self) -> str:
        """`aws:PrincipalArn`: the role behind a session, else the user (AWS docs: global condition keys)."""
        return self.role_arn or self.arn
