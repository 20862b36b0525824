"""Credentials that are chosen at signing: one client serves every account, and none signs without a target."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Literal

from botocore.credentials import CredentialResolver
from botocore.session import Session

RoleKind = Literal["read", "operate"]


@dataclass(frozen=True, slots=True)
class Route:
    """The account that the running call is for, and the kind of role that it is made with."""

    account_id: str
    kind: RoleKind
    held: Any = field(default=None, compare=False, repr=False)
    """Credentials for this very call; without them those of the kind's role are found."""


class NoTarget(RuntimeError):
    """A call was about to be signed and nobody had said for which account; it is not sent."""


_ROUTE: ContextVar[Route] = ContextVar("sagewatch_aws_route")


@contextmanager
def routed(route: Route) -> Iterator[None]:
    """Sign the calls made inside for this target. Nested, the inner one counts."""
    token = _ROUTE.set(route)
    try:
        yield
    finally:
        _ROUTE.reset(token)


def routed_account() -> str:
    """The account that the running call is for; empty when none was chosen."""
    route = _ROUTE.get(None)
    return route.account_id if route else ""


class RoutedCredentials:
    """What botocore's signers ask for keys; shaped as `botocore.credentials.Credentials`."""

    method = "sagewatch-routed"
    account_id = None

    def __init__(self, resolve: Callable[[Route], Any]) -> None:
        self._resolve = resolve

    def _target(self) -> Any:
        try:
            route = _ROUTE.get()
        except LookupError:
            raise NoTarget("no account was chosen for this call") from None
        return self._resolve(route)

    @property
    def access_key(self) -> str:
        """Of the target's credentials; so are the two below."""
        return str(self._target().access_key)

    @property
    def secret_key(self) -> str:
        """Never logged."""
        return str(self._target().secret_key)

    @property
    def token(self) -> str | None:
        """The session token; None for long-lived keys."""
        token: str | None = self._target().token
        return token

    def get_frozen_credentials(self) -> Any:
        """One consistent set of keys: what signers use."""
        return self._target().get_frozen_credentials()

    def get_deferred_property(self, property_name: str) -> None:
        """No account id in endpoints: it would be baked into a client that serves many accounts."""


class _Provider:
    """The only link of botocore's chain, so that no other source of keys can step in."""

    METHOD = CANONICAL_NAME = "sagewatch-routed"

    def __init__(self, credentials: RoutedCredentials) -> None:
        self._credentials = credentials

    def load(self) -> RoutedCredentials:
        return self._credentials


def routed_session(resolve: Callable[[Route], Any]) -> Any:
    """A botocore session whose clients sign with `resolve(route)`."""
    session = Session()
    session.register_component("credential_provider", CredentialResolver([_Provider(RoutedCredentials(resolve))]))
    return session
