"""The dashboards of one account: they are global, whatever the Region."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from threading import RLock


@dataclass(frozen=True, slots=True)
class Dashboard:
    """A dashboard; `body` as it was put."""

    arn: str
    name: str
    body: str
    modified_at: datetime
    tags: Mapping[str, str] = field(default_factory=dict)


class DashboardStore:
    """Safe for threads."""

    def __init__(self, account_id: str) -> None:
        self._start = f"arn:aws:cloudwatch::{account_id}:dashboard/"
        self._dashboards: dict[str, Dashboard] = {}
        self._lock = RLock()

    def dashboards(self) -> list[Dashboard]:
        """All, by name."""
        with self._lock:
            return [dashboard for _, dashboard in sorted(self._dashboards.items())]

    def dashboard(self, name: str) -> Dashboard | None:
        """One, if there is."""
        return self._dashboards.get(name)

    def put(self, name: str, body: str, tags: Mapping[str, str], at: datetime) -> None:
        """Create, or replace the body and leave the tags."""
        with self._lock:
            before = self._dashboards.get(name)
            kept = before.tags if before is not None else tags
            self._dashboards[name] = Dashboard(self._start + name, name, body, at, kept)

    def tag(self, name: str, change: Callable[[Mapping[str, str]], Mapping[str, str]]) -> bool:
        """Give a dashboard other tags; False where there is none of that name."""
        with self._lock:
            dashboard = self._dashboards.get(name)
            if dashboard is not None:
                self._dashboards[name] = replace(dashboard, tags=change(dashboard.tags))
            return dashboard is not None

    def delete(self, name: str) -> bool:
        """Whether there was one."""
        with self._lock:
            return self._dashboards.pop(name, None) is not None


DashboardStores = Callable[[str], DashboardStore]
"""From an account's id to its dashboards."""
